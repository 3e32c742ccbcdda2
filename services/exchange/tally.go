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

// By names how figures are grouped. The report's own categories stay a school's;
// over the whole district they are joined by the two-digit code of the catalogue.
const (
	ByDistrict = "district"
	BySchool   = "school"
	ByCategory = "category" // 专业大类 as the school's table prints it
	ByMajor    = "major"
	ByClass    = "class" // 专业大类 of the national catalogue, over all schools
)

// ledgerRates are the rates that published counts can carry; a ledger has no codes,
// pay or places, so it can say nothing else.
var ledgerRates = []string{"direct_employment", "progression", "alignment", "destination"}

const (
	methodCode   = "按职业编码"
	methodLabel  = "学校自报"
	methodsMixed = "按职业编码与学校自报合计"
)

// bucket is one group's counts with where they come from.
type bucket struct {
	group   rates.Group
	single  bool // has outcomes of single students
	ledger  bool // has published counts
	missing map[rates.Count]bool
}

// tally is all buckets by scope; School in a scope is the school's id.
type tally struct {
	buckets map[rates.Scope]*bucket
	sample  map[rates.Scope]bool
}

func (t *tally) at(s rates.Scope) *bucket {
	b := t.buckets[s]
	if b == nil {
		b = &bucket{group: rates.Group{Scope: s}, missing: map[rates.Count]bool{}}
		t.buckets[s] = b
	}
	return b
}

// tallyOutcomes reads all outcomes once and counts them in every scope. Memory grows
// with the number of groups only.
func (x *Exchange) tallyOutcomes(ctx context.Context) (*tally, error) {
	t := &tally{buckets: map[rates.Scope]*bucket{}, sample: map[rates.Scope]bool{}}
	up := rates.NewRollup(nil)
	schools := map[string]partnership.School{}
	for s, err := range x.schools.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, err
		}
		schools[s.ID] = s
	}
	classes := map[string]string{}
	for o, err := range x.outcomes.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, fmt.Errorf("outcomes: %w", err)
		}
		class, ok := classes[o.Category]
		if !ok {
			class = x.className(o.Category)
			classes[o.Category] = class
		}
		if o.Ledger != nil {
			t.addLedger(&o, class)
			continue
		}
		row := x.rateRow(&o, class, schools[o.School].Region)
		if err := up.Add(&row); err != nil {
			return nil, fmt.Errorf("outcome %s: %w", o.ID, err)
		}
		if o.Sample {
			t.sample[rates.Scope{Year: o.Year, School: o.School}] = true
		}
	}
	for _, g := range up.Groups() {
		b := t.at(g.Scope)
		b.single = true
		b.group = merged(g, b.group.Tally)
	}
	return t, nil
}

// merged adds the ledger's counts to a group of single outcomes.
func merged(g *rates.Group, ledger rates.Tally) rates.Group {
	out := *g
	for c, n := range ledger {
		out.Tally[c] += n
	}
	return out
}

// className is the catalogue's category that a report's category is read as.
func (x *Exchange) className(category string) string {
	if category == "" {
		return ""
	}
	if all := x.cat().Category(category, catalogue.Secondary); len(all) > 0 {
		return all[0].Name
	}
	return category
}

// addLedger adds a row of published counts at its own grain: a row of a major never
// adds to its category, nor a category to its school, because reports contradict
// themselves and each grain keeps what was printed for it.
func (t *tally) addLedger(o *partnership.Outcome, class string) {
	scopes := []rates.Scope{{Year: o.Year, School: o.School}, {Year: o.Year}}
	switch {
	case o.MajorName != "":
		scopes = []rates.Scope{{Year: o.Year, School: o.School, Dim: rates.Major, Value: o.MajorName}}
	case o.Category != "":
		scopes = []rates.Scope{{Year: o.Year, School: o.School, Dim: rates.Category, Value: o.Category}, {Year: o.Year, Dim: rates.Class, Value: class}}
	}
	for _, s := range scopes {
		b := t.at(s)
		b.ledger = true
		for _, m := range []struct {
			c rates.Count
			n *int64
		}{{rates.Graduates, o.Ledger.Graduates}, {rates.Progressed, o.Ledger.Progressed}, {rates.Direct, o.Ledger.Direct}, {rates.AlignedExact, o.Ledger.Aligned}} {
			if m.n == nil {
				b.missing[m.c] = true
			} else {
				b.group.Tally[m.c] += *m.n
			}
		}
	}
}

// rateRow reads an outcome as the rates see it.
func (x *Exchange) rateRow(o *partnership.Outcome, class, home string) rates.Row {
	r := rates.Row{School: o.School, Class: class, Category: o.Category, Major: o.MajorName, Company: o.Employer,
		Year: o.Year, Count: 1, Through: o.Through, PayFen: o.PayFen, Industry: o.Industry}
	r.Direction = map[partnership.Direction]rates.Direction{partnership.Employed: rates.Employed, partnership.Progress: rates.Progress,
		partnership.Enlisted: rates.Army, partnership.Founded: rates.Founder, partnership.Searching: rates.Seeking, partnership.Interning: rates.Internship}[o.Direction]
	r.Aligned = map[string]rates.Level{"exact": rates.Exact, "near": rates.Near, "unrelated": rates.Unrelated}[o.Aligned]
	r.SchoolLabel = answer(o.Label)
	r.SurveyLabel = answer(o.Survey)
	if i, ok := x.cat().Industry(o.Industry); ok {
		r.Sector = uint8(i.Sector()) //nolint:gosec // 0..3
	}
	switch {
	case o.Region == "":
	case o.Region == home:
		r.Local = rates.County
	case cityOf(o.Region) == cityOf(home):
		r.Local = rates.City
	case o.Region[:2] == home[:min(2, len(home))]:
		r.Local = rates.Province
	default:
		r.Local = rates.Away
	}
	return r
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

// figures computes every rate of every bucket of a school (or, for "", of the district).
func (t *tally) figures(school, today string, names map[string]string) []partnership.Figure {
	var scopes []rates.Scope
	for s := range t.buckets {
		inDistrict := school == "" && (s.School == "" && (s.Dim == rates.Whole || s.Dim == rates.Class) || s.School != "" && s.Dim == rates.Whole)
		inSchool := school != "" && s.School == school && (s.Dim == rates.Whole || s.Dim == rates.Category || s.Dim == rates.Major)
		if inDistrict || inSchool {
			scopes = append(scopes, s)
		}
	}
	slices.SortFunc(scopes, rates.Scope.Compare)
	var out []partnership.Figure
	for _, s := range scopes {
		out = append(out, t.bucketFigures(s, today, names)...)
	}
	return out
}

func (t *tally) bucketFigures(s rates.Scope, today string, names map[string]string) []partnership.Figure {
	b := t.buckets[s]
	by, group := ByDistrict, "全区"
	switch {
	case s.Dim == rates.Category:
		by, group = ByCategory, s.Value
	case s.Dim == rates.Class:
		by, group = ByClass, s.Value
	case s.Dim == rates.Major:
		by, group = ByMajor, s.Value
	case s.School != "":
		by, group = BySchool, names[s.School]
	}
	var out []partnership.Figure
	for _, d := range rates.Definitions() {
		if b.ledger && !slices.Contains(ledgerRates, d.Key) || b.lacks(&d) {
			continue
		}
		r := d.Rate(&b.group, cutOff(s.Year, today))
		if r.Empty() {
			continue
		}
		f := partnership.Figure{Rate: d.Key, Name: d.Name, Version: d.Version, Year: s.Year, By: by, Group: group, School: s.School,
			Numerator: r.Numerator, Denominator: r.Denominator, Percent: r.Percent, Amount: r.Amount, Unit: d.Unit, CutOff: r.CutOff,
			Sample: by == ByMajor && t.sample[rates.Scope{Year: s.Year, School: s.School}]}
		if strings.HasPrefix(d.Key, "alignment") {
			f.Method = b.method()
		}
		out = append(out, f)
	}
	return out
}

// lacks reports whether a count that the definition needs was not published here.
func (b *bucket) lacks(d *rates.Definition) bool {
	if len(b.missing) == 0 {
		return false
	}
	num, den, less := d.Parts()
	return slices.ContainsFunc(slices.Concat(num, den, less), func(c rates.Count) bool { return b.missing[c] })
}

func (b *bucket) method() string {
	switch {
	case b.ledger && b.single:
		return methodsMixed
	case b.ledger:
		return methodLabel
	}
	return methodCode
}

// cutOff is the day figures of a graduation year stand for: its last day, or today
// while the year runs.
func cutOff(year int, today string) string {
	return min(fmt.Sprintf("%04d-12-31", year), today)
}
