package exchange

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
)

// By names how figures are grouped. The report's own categories stay a school's; over the
// whole district they are joined by the two-digit code of the catalogue.
const (
	ByDistrict = "district"
	BySchool   = "school"
	ByClass    = "class"    // 专业大类 of the national catalogue
	ByCategory = "category" // 专业类 as the school's table prints it
	ByMajor    = "major"
	ByCohort   = "cohort"
	ByCompany  = "company"
	ByIndustry = "industry"
	ByCluster  = "cluster"
)

// Groupings are all ways to group, with their words, in the order of filters.
func Groupings() [][2]string {
	return [][2]string{{ByDistrict, "全区"}, {BySchool, "按学校"}, {ByClass, "按专业大类（国家目录）"}, {ByCategory, "按专业类（学校报表）"}, {ByMajor, "按专业"},
		{ByCohort, "按班级批次"}, {ByCompany, "按用人单位"}, {ByIndustry, "按行业"}, {ByCluster, "按产业集群"}}
}

var dimBy = map[rates.Dim]string{rates.Class: ByClass, rates.Category: ByCategory, rates.Major: ByMajor, rates.Cohort: ByCohort,
	rates.Company: ByCompany, rates.Industry: ByIndustry, rates.Cluster: ByCluster}

// page names a list of groups: of a school or, for "", of the district. Year 0: all years.
type page struct {
	school, by string
	year       int
}

func (p page) String() string {
	s := "district/"
	if p.school != "" {
		s = "school:" + p.school + "/"
	}
	s += p.by
	if p.year != 0 {
		s += "/" + strconv.Itoa(p.year)
	}
	return s
}

// turn is when a page is written: the schools' first, and last the district's own page, which
// is what tells that a day has snapshots.
func (p page) turn() int {
	switch {
	case p.school != "":
		return 0
	case p.by != ByDistrict:
		return 1
	}
	return 2
}

// pagesOf lists the pages a group stands on. The district's groups by a school's own
// categories or cohorts say nothing that the schools' do not.
func pagesOf(s rates.Scope) []page {
	by := dimBy[s.Dim]
	switch {
	case s.Dim == rates.Whole && s.School == "":
		return []page{{by: ByDistrict}}
	case s.Dim == rates.Whole:
		return []page{{by: BySchool, year: s.Year}, {school: s.School, by: BySchool}}
	case by == "", s.School == "" && (s.Dim == rates.Category || s.Dim == rates.Cohort):
		return nil
	}
	return []page{{s.School, by, s.Year}}
}

// shared reports whether others than the school itself may see a page: how the graduates
// of one school spread over firms is its own matter, and groups of few everywhere.
func (p page) shared() bool {
	return p.school == "" || p.by != ByCompany && p.by != ByIndustry && p.by != ByCluster
}

// publishedRates are the rates of groups whose rows were generated so that the published
// counts hold: these figures are as published, all others of such groups are 示例.
var publishedRates = []string{"direct_employment", "progression", "destination", "alignment_school"}

func (t *tally) generated(s rates.Scope, rate string) bool {
	if !t.sample[schoolYear{s.School, s.Year}] {
		return false
	}
	exact := s.Dim == rates.Whole || s.Dim == rates.Class || s.Dim == rates.Category
	return !exact || !slices.Contains(publishedRates, rate)
}

// groupName is what a group is called.
func (t *tally) groupName(s rates.Scope) string {
	switch {
	case s.Dim != rates.Whole:
		return s.Value
	case s.School != "":
		return t.names[s.School]
	}
	return "全区"
}

// snapshots yields the figures of every page, one page after the other, the district's own
// last: everything a reader may ever be shown, each figure with whom it must be hidden from.
func (t *tally) snapshots(day string) iter.Seq[partnership.Snapshot] {
	return func(yield func(partnership.Snapshot) bool) {
		defs := rates.Definitions()
		var known []partnership.SnapshotRate
		for _, d := range defs {
			known = append(known, partnership.SnapshotRate{Key: d.Key, Name: d.Name, Version: d.Version, Unit: d.Unit})
		}
		hidden := t.hidden(defs)
		groups := map[page][]*rates.Group{}
		for _, g := range t.groups {
			for _, p := range pagesOf(g.Scope) {
				groups[p] = append(groups[p], g)
			}
		}
		order := slices.SortedFunc(maps.Keys(groups), func(a, b page) int {
			return cmp.Or(cmp.Compare(a.turn(), b.turn()), cmp.Compare(a.String(), b.String()))
		})
		for _, p := range order {
			s := partnership.Snapshot{Scope: p.String(), School: p.school, Of: t.names[p.school], By: p.by, Year: p.year, Day: day, AsOf: t.asOf, Rates: known}
			s.ID = s.Scope + "|" + day
			for _, g := range groups[p] {
				if figures := t.figuresOf(g, defs, cutOff(g.Scope.Year, day), hidden[g.Scope]); len(figures) > 0 {
					s.Groups = append(s.Groups, partnership.SnapshotGroup{Name: t.groupName(g.Scope), School: g.Scope.School, Year: g.Scope.Year, Figures: figures})
				}
			}
			if len(s.Groups) == 0 {
				continue
			}
			if p.by == ByIndustry {
				s.Flows = t.flowsOf(p)
			}
			if !yield(s) {
				return
			}
		}
	}
}

// flowsOf are the flows from majors to the industries of a page.
func (t *tally) flowsOf(p page) []partnership.SnapshotFlow {
	all := t.flows(p.year, p.school)
	hidden := rates.HideFlows(all, rates.SharedMinimum)
	out := make([]partnership.SnapshotFlow, len(all))
	for i, f := range all {
		out[i] = partnership.SnapshotFlow{Class: f.Class, Industry: f.Industry, People: f.People, Hidden: hidden[i]}
	}
	return out
}

func (t *tally) figuresOf(g *rates.Group, defs []rates.Definition, cutOff string, c *concealed) []partnership.SnapshotFigure {
	var buf [64]partnership.SnapshotFigure
	out := buf[:0]
	for i := range defs {
		if !defs[i].Fits(g.Scope.Dim) {
			continue
		}
		r := defs[i].Rate(g, cutOff)
		if r.Empty() {
			continue
		}
		f := partnership.SnapshotFigure{Rate: i, Numerator: r.Numerator, Denominator: r.Denominator, Percent: r.Percent, Amount: r.Amount, Sample: t.generated(g.Scope, defs[i].Key)}
		if c != nil {
			f.Hidden, f.HiddenFrom = c.all&(1<<i) != 0, c.from[i]
		}
		out = append(out, f)
	}
	return slices.Clone(out)
}

// concealed says which rates of a group are hidden: bit i of all, and the schools of from.
type concealed struct {
	all  uint64
	from map[int][]string
}

// hidden works out for every group which figures the district may not see, and which of
// the district's a school may not see because it knows its own people.
func (t *tally) hidden(defs []rates.Definition) map[rates.Scope]*concealed {
	out := map[rates.Scope]*concealed{}
	at := func(s rates.Scope) *concealed {
		c := out[s]
		if c == nil {
			c = &concealed{from: map[int][]string{}}
			out[s] = c
		}
		return c
	}
	var common, district []*rates.Group
	own := map[string][]*rates.Group{}
	for _, g := range t.groups {
		if len(pagesOf(g.Scope)) == 0 {
			continue
		}
		if g.Scope.School == "" {
			district = append(district, g)
		} else {
			own[g.Scope.School] = append(own[g.Scope.School], g)
		}
		if (page{school: g.Scope.School, by: dimBy[g.Scope.Dim]}).shared() {
			common = append(common, g)
		}
	}
	for i, row := range rates.Hide(common, defs, t.nests, rates.Sight{Minimum: rates.SharedMinimum}) {
		for j, h := range row {
			if h {
				at(common[j].Scope).all |= 1 << i
			}
		}
	}
	for _, school := range slices.Sorted(maps.Keys(t.names)) {
		known := slices.Concat(district, own[school])
		for i, row := range rates.Hide(known, defs, t.nests, rates.Sight{Minimum: rates.SharedMinimum, Own: school}) {
			for j, h := range row[:len(district)] {
				if h {
					c := at(district[j].Scope)
					c.from[i] = append(c.from[i], school)
				}
			}
		}
	}
	return out
}

// cutOff is the day figures of a graduation year stand for: its last day, or today
// while the year runs.
func cutOff(year int, today string) string {
	return min(fmt.Sprintf("%04d-12-31", year), today)
}

// figures spells out the figures of a year in a snapshot (0: of all years) as the actor may
// see them.
func figures(s *partnership.Snapshot, actor partnership.Actor, year int) []partnership.Figure {
	n := 0
	for i := range s.Groups {
		if year == 0 || s.Groups[i].Year == year {
			n += len(s.Groups[i].Figures)
		}
	}
	out := make([]partnership.Figure, 0, n)
	for i := range s.Groups {
		g := &s.Groups[i]
		if year != 0 && g.Year != year {
			continue
		}
		until := cutOff(g.Year, s.Day)
		for k := range g.Figures {
			v := &g.Figures[k]
			r := &s.Rates[v.Rate]
			f := partnership.Figure{Rate: r.Key, Name: r.Name, Version: r.Version, Unit: r.Unit, Year: g.Year, By: s.By, Group: g.Name, School: g.School, CutOff: until, Sample: v.Sample}
			if concealedFrom(v, actor, g.School) {
				f.Hidden = true
			} else {
				f.Numerator, f.Denominator, f.Percent, f.Amount = v.Numerator, v.Denominator, v.Percent, v.Amount
			}
			out = append(out, f)
		}
	}
	return out
}

// concealedFrom reports whether a figure of a school (or, for "", of the district) must be
// hidden from the actor.
func concealedFrom(f *partnership.SnapshotFigure, actor partnership.Actor, school string) bool {
	if school != "" && actor.SpeaksFor(school) || isSystem(actor) {
		return false
	}
	return f.Hidden || actor.Role == partnership.RoleSchool && slices.Contains(f.HiddenFrom, actor.Party)
}

// isSystem reports the actor of the command line, who holds the data folder anyway.
func isSystem(actor partnership.Actor) bool {
	return actor.Role == partnership.RoleOperator && strings.HasPrefix(actor.Account, "system:")
}
