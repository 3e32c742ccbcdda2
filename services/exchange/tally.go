package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// tally is one reading of everything that is counted, as it stood at a moment. School in
// a scope is the school's id.
type tally struct {
	asOf   partnership.Stamp // 0 = now
	groups []*rates.Group
	nests  []rates.Nest
	flows  func(year int, school string) []rates.Flow
	names  map[string]string // of schools
	sample map[schoolYear]bool
	rows   int // outcomes and ledger rows read
}

// schoolYear is a school's year of graduation; school "" is the district.
type schoolYear struct {
	school string
	year   int
}

// tally reads all outcomes once, as they stood at a moment (0 = now), and then the
// documents that count otherwise. Memory grows with the number of groups only.
func (x *Exchange) tally(ctx context.Context, asOf partnership.Stamp) (*tally, error) {
	return x.tallyWhere(ctx, asOf, store.Filter{}, nil)
}

// tallyWhere counts only some of the outcomes, and only what is in sight.
func (x *Exchange) tallyWhere(ctx context.Context, asOf partnership.Stamp, where store.Filter, only *sight) (*tally, error) {
	r, err := x.newReader(ctx)
	if err != nil {
		return nil, err
	}
	t := &tally{asOf: asOf, names: r.names, sample: map[schoolYear]bool{}}
	for id := range r.names {
		if !only.school(id) {
			delete(r.names, id)
		}
	}
	c := counting{tally: t, only: only, up: rates.NewRollup(r.successor), enrolled: map[enrolledIn]int64{}}
	if c.completed, err = x.completedPlacements(ctx, asOf); err != nil {
		return nil, err
	}
	var read partnership.Outcome // one for all: a pointer to each would be an allocation for each
	for o, err := range x.outcomes.Find(ctx, store.Query{Where: only.where(where), WithDeleted: asOf != 0}) {
		if err != nil {
			return nil, fmt.Errorf("outcomes: %w", err)
		}
		read = o
		if then, ok := read.AsOf(asOf); ok {
			if err := c.outcome(r, then); err != nil {
				return nil, err
			}
		}
	}
	single := c.up.Recorded()
	for i := range c.ledger {
		if l := &c.ledger[i]; !single[rates.Scope{Year: l.Year, School: l.School}] {
			if err := c.up.AddLedger(l); err != nil {
				return nil, err
			}
		}
	}
	if err := x.countInputs(ctx, &c); err != nil {
		return nil, err
	}
	t.groups, t.nests, t.flows = c.up.Groups(), c.up.Nests(), c.up.Flows
	return t, nil
}

// counting is a tally while it is being made.
type counting struct {
	*tally
	only      *sight
	up        *rates.Rollup
	ledger    []rates.Ledger    // counted last, where there are no single outcomes
	completed map[string]string // of a student, the company where an internship was completed
	latest    int               // year of graduation
	enrolled  map[enrolledIn]int64
}

func (c *counting) outcome(r *outcomeReader, o *partnership.Outcome) error {
	c.rows++
	c.latest = max(c.latest, o.Year)
	if o.Ledger != nil {
		c.ledger = append(c.ledger, r.ledger(o))
		return nil
	}
	row := r.row(o)
	if err := c.up.Add(&row); err != nil {
		return fmt.Errorf("outcome %s: %w", o.ID, err)
	}
	if o.Sample {
		c.sample[schoolYear{o.School, o.Year}], c.sample[schoolYear{"", o.Year}] = true, true
	}
	if len(c.completed) == 0 {
		return nil
	}
	if company, ok := c.completed[studentOf(o)]; ok {
		n := int64(0)
		if o.Direction == partnership.Employed && company == o.Employer {
			n = 1
		}
		in := []rates.In{{Dim: rates.Company, Value: company}, {Dim: rates.Major, Value: row.Major}}
		if err := c.up.AddCount(o.Year, o.School, in, rates.Completed, 1); err != nil {
			return err
		}
		return c.up.AddCount(o.Year, o.School, in, rates.Retained, n)
	}
	return nil
}

// outcomeReader reads outcomes as the rates see them. It remembers what it has looked up.
type outcomeReader struct {
	cat       *catalogue.Catalogue
	names     map[string]string // of schools
	regions   map[string]string
	successor map[string]string
	classes   map[string]string
	majors    map[[2]string]string
	trades    map[string]trade
	system    string // of industry clusters
	home      string // the district
}

// trade is what an industry code says.
type trade struct {
	division string // 大类 of GB/T 4754
	sector   uint8
	clusters string
}

func (x *Exchange) newReader(ctx context.Context) (*outcomeReader, error) {
	r := &outcomeReader{cat: x.cat(), names: map[string]string{}, regions: map[string]string{}, successor: x.cat().Successors(catalogue.Secondary),
		classes: map[string]string{}, majors: map[[2]string]string{}, trades: map[string]trade{}, home: defaultRegion}
	for s, err := range x.schools.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, err
		}
		r.names[s.ID], r.regions[s.ID] = s.Name, s.Region
	}
	if all := x.cat().Clusters(r.home, ""); len(all) > 0 {
		r.system = all[0].System
	}
	return r, nil
}

// class is the catalogue's category that a report's category is read as.
func (r *outcomeReader) class(category string) string {
	class, ok := r.classes[category]
	if !ok && category != "" {
		class = category
		if all := r.cat.Category(category, catalogue.Secondary); len(all) > 0 {
			class = all[0].Name
		}
		r.classes[category] = class
	}
	return class
}

// major is the present name of a major: that of its code, else the one written.
func (r *outcomeReader) major(code, name string) string {
	key := [2]string{code, name}
	known, ok := r.majors[key]
	if !ok {
		known = name
		if m, ok := r.cat.Major(code); ok && code != "" {
			known = m.Name
		} else if res := r.cat.ResolveMajor(name, catalogue.Secondary); res.Sure {
			known = res.Major.Name
		}
		r.majors[key] = known
	}
	return known
}

func (r *outcomeReader) trade(code string) trade {
	t, ok := r.trades[code]
	if !ok && code != "" {
		if chain := r.cat.IndustryChain(code); len(chain) > 0 {
			t.division, t.sector = chain[min(1, len(chain)-1)].Name, uint8(chain[len(chain)-1].Sector()) //nolint:gosec // 0..3
		}
		var names []string
		for _, k := range r.cat.ClustersOf(r.home, r.system, code) {
			names = append(names, k.Name)
		}
		t.clusters = strings.Join(names, "|")
		r.trades[code] = t
	}
	return t
}

func (r *outcomeReader) ledger(o *partnership.Outcome) rates.Ledger {
	l := rates.Ledger{School: o.School, Year: o.Year, Category: o.Category, Class: r.class(o.Category),
		Graduates: o.Ledger.Graduates, Progressed: o.Ledger.Progressed, Direct: o.Ledger.Direct, Aligned: o.Ledger.Aligned}
	if o.MajorName != "" || o.Major != "" {
		l.Major = r.major(o.Major, o.MajorName)
	}
	return l
}

func (r *outcomeReader) row(o *partnership.Outcome) rates.Row {
	t := r.trade(o.Industry)
	if o.Disputed { // counted as 去向不明 until the school mends it or somebody rules
		then := *o
		then.Direction, o = partnership.Unknown, &then
	}
	return rates.Row{School: o.School, Class: r.class(o.Category), Category: o.Category, Major: r.major(o.Major, o.MajorName), Cohort: o.Cohort,
		Company: o.Employer, Industry: t.division, Cluster: t.clusters, Sector: t.sector, Year: o.Year, Count: 1, Direction: directionOf(o.Direction),
		Through: o.Through, Aligned: closeness(o.Aligned), SchoolLabel: answer(o.Label), SurveyLabel: answer(o.Survey), Local: near(o.Region, r.regions[o.School]), PayFen: o.PayFen}
}

func directionOf(d partnership.Direction) rates.Direction {
	switch d {
	case partnership.Employed:
		return rates.Employed
	case partnership.Progress:
		return rates.Progress
	case partnership.Enlisted:
		return rates.Army
	case partnership.Founded:
		return rates.Founder
	case partnership.Freelance:
		return rates.Freelance
	case partnership.Overseas:
		return rates.Overseas
	case partnership.Searching:
		return rates.Seeking
	case partnership.Resting:
		return rates.NotSeeking
	case partnership.Interning:
		return rates.Internship
	case partnership.Unknown:
	}
	return rates.Unknown
}

func closeness(aligned string) rates.Level {
	switch catalogue.Closeness(aligned) {
	case catalogue.Exact:
		return rates.Exact
	case catalogue.Near:
		return rates.Near
	case catalogue.Unrelated:
		return rates.Unrelated
	case catalogue.Undecided:
	}
	return rates.Open
}

func answer(label string) rates.Answer {
	switch label {
	case "是", "对口", "yes":
		return rates.Yes
	case "否", "不对口", "no":
		return rates.No
	}
	return rates.Unasked
}

// near says how far a place of work is from the school's own county.
func near(region, home string) rates.Place {
	switch {
	case len(region) < 2 || len(home) < 2:
		return rates.Somewhere
	case region == home:
		return rates.County
	case cityOf(region) == cityOf(home):
		return rates.City
	case region[:2] == home[:2]:
		return rates.Province
	}
	return rates.Away
}

// cityOf is the prefecture of a county; the four municipalities are one city each.
func cityOf(region string) string {
	if len(region) < 4 {
		return region
	}
	if slices.Contains([]string{"11", "12", "31", "50"}, region[:2]) {
		return region[:2]
	}
	return region[:4]
}
