package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Insight is what the charts of the district's industry and schools are drawn from: each
// part answers one question, and reads what the tables and lists read.
type Insight struct {
	DashboardQuery
	Years   []int
	Schools []partnership.School
	AsOf    string // day of the snapshot that Flows come from
	Flows   []Flow
	// WithoutFlows says that the snapshot has industries and no flows: it was made before flows
	// were kept with it, or nobody's class of majors is recorded.
	WithoutFlows bool
	Months       []string // 2026-12, the twelve from this one
	Demand       []MonthDemand
	Places       []Place
	Classes      []partnership.OrderClass
}

// Flow is how many graduates of a class of majors went into an industry. Those that must
// not be shown one by one stand together, with Industry empty.
type Flow struct {
	Class, Industry string
	People          int64
}

// MonthDemand sets, for a category and each of Months, the slots that are open in that
// month against the students whose internship runs in it.
type MonthDemand struct {
	Code, Category  string
	Slots, Students []int64
}

// Place is a school, company or training base with coordinates.
type Place struct {
	Kind, ID, Name, Owner string
	Point                 partnership.Point
	Sample                bool
}

// placesShown bounds the map; a district has some hundred companies.
const placesShown = 5000

// Insight answers for a year and, of the flows, for the district or the actor's own school:
// where one school's graduates work is its own matter.
func (x *Exchange) Insight(ctx context.Context, actor partnership.Actor, q DashboardQuery) (Insight, error) {
	in := Insight{DashboardQuery: q}
	d, err := x.openDashboard(ctx, actor, q)
	if err != nil {
		return in, err
	}
	in.Years, in.Year, in.AsOf, in.School = d.Years, d.Year, d.AsOf, d.School
	for _, s := range d.Schools {
		if actor.SpeaksFor(s.ID) {
			in.Schools = append(in.Schools, s)
		}
	}
	if in.School != "" && !actor.SpeaksFor(in.School) {
		return in, partnership.Refuse(partnership.ErrForbidden, "一所学校的毕业生去了哪些行业只有本校能看。请看全区的流向")
	}
	snap, err := d.shelf.page(ctx, page{in.School, ByIndustry, in.Year})
	if err != nil {
		return in, err
	}
	if in.School != "" || actor.SeesAll() { // a school could take its own people off the district's
		in.Flows = flowsFor(snap.Flows, in.School != "" || isSystem(actor))
		in.WithoutFlows = len(snap.Flows) == 0 && len(snap.Groups) > 0
	}
	in.Months = monthsFrom(x.now(), 12)
	if in.Demand, err = x.demandByMonth(ctx, actor, in.Months); err != nil {
		return in, err
	}
	if in.Places, err = x.places(ctx, actor); err != nil {
		return in, err
	}
	in.Classes, err = x.classesOf(ctx, actor)
	return in, err
}

// flowsFor puts what is hidden of a class together: HideFlows leaves no small group there.
func flowsFor(all []partnership.SnapshotFlow, whole bool) []Flow {
	var out []Flow
	rest := map[string]int{}
	for _, f := range all {
		if !f.Hidden || whole {
			out = append(out, Flow{f.Class, f.Industry, f.People})
			continue
		}
		at, ok := rest[f.Class]
		if !ok {
			at = len(out)
			rest[f.Class] = at
			out = append(out, Flow{Class: f.Class})
		}
		out[at].People += f.People
	}
	// A class that is a small group as a whole is not shown at all.
	return slices.DeleteFunc(out, func(f Flow) bool { return f.Industry == "" && f.People < smallestShown })
}

// smallestShown is the smallest group of people that others may read of.
const smallestShown = 5

func monthsFrom(now time.Time, n int) []string {
	first := time.Date(now.In(partnership.Beijing).Year(), now.In(partnership.Beijing).Month(), 1, 0, 0, 0, 0, partnership.Beijing)
	out := make([]string, n)
	for i := range out {
		out[i] = first.AddDate(0, i, 0).Format("2006-01")
	}
	return out
}

// demandByMonth spreads open slots and waiting students over the months they stand for.
// Both sides are grouped in the store, so that it costs what the list of categories costs.
func (x *Exchange) demandByMonth(ctx context.Context, actor partnership.Actor, months []string) ([]MonthDemand, error) {
	rows := map[string]*MonthDemand{}
	at := func(code string) *MonthDemand {
		if rows[code] == nil {
			rows[code] = &MonthDemand{Code: code, Category: x.categoryName(code), Slots: make([]int64, len(months)), Students: make([]int64, len(months))}
		}
		return rows[code]
	}
	spread := func(to []int64, from, until string, n int64) {
		for i, m := range months {
			if len(from) >= 7 && len(until) >= 7 && from[:7] <= m && m <= until[:7] {
				to[i] += n
			}
		}
	}
	by := []string{"category", "from", "to"}
	posts, err := x.posts.Group(ctx, store.And(postsWithin(actor), store.Field("state").Eq(string(partnership.PostOpen))), by, store.Sum("slots"), store.Sum("taken"))
	if err != nil {
		return nil, fmt.Errorf("slots by month: %w", err)
	}
	for _, g := range posts {
		spread(at(g.Text(0)).Slots, g.Text(1), g.Text(2), int64(g.Aggs[0]-g.Aggs[1]))
	}
	own, err := x.ownSchools(ctx, actor)
	if err != nil {
		return nil, err
	}
	cohorts, err := x.cohorts.Group(ctx, store.And(own, store.Field("state").Eq(string(partnership.CohortOpen))), by, store.Sum("size"))
	if err != nil {
		return nil, fmt.Errorf("students by month: %w", err)
	}
	for _, g := range cohorts {
		spread(at(g.Text(0)).Students, g.Text(1), g.Text(2), int64(g.Aggs[0]))
	}
	out := make([]MonthDemand, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b MonthDemand) int { return cmp.Compare(a.Code, b.Code) })
	return out, nil
}

// places are the schools, companies and bases that the actor may see and that lie somewhere.
func (x *Exchange) places(ctx context.Context, actor partnership.Actor) ([]Place, error) {
	var out []Place
	add := func(kind, id, name, owner string, p *partnership.Point, sample bool) {
		if p != nil && (p.Lng != 0 || p.Lat != 0) && len(out) < placesShown {
			out = append(out, Place{kind, id, name, owner, *p, sample})
		}
	}
	located := store.Field("point").Exists()
	for s, err := range x.schools.Find(ctx, store.Query{Where: store.And(within(actor, "region"), located)}) {
		if err != nil {
			return nil, fmt.Errorf("schools on the map: %w", err)
		}
		add(KindSchool, s.ID, cmp.Or(s.Short, s.Name), "", s.Point, false)
	}
	for c, err := range x.companies.Find(ctx, store.Query{Where: store.And(within(actor, "region"), store.Field("state").Eq(string(partnership.CompanyApproved)), located)}) {
		if err != nil {
			return nil, fmt.Errorf("companies on the map: %w", err)
		}
		if maySeeCompany(actor, &c) {
			add(KindCompany, c.ID, c.Name, "", c.Point, c.Sample)
		}
	}
	for b, err := range x.bases.Find(ctx, store.Query{Where: store.And(within(actor, "region"), located)}) {
		if err != nil {
			return nil, fmt.Errorf("bases on the map: %w", err)
		}
		if maySeeBase(actor, &b) {
			add(KindBase, b.ID, b.Name, b.OwnerName, b.Point, b.Sample)
		}
	}
	return out, nil
}

// KindSchool names schools among the places; they are in no index.
const KindSchool = "school"

// classesOf are the order classes that the actor may see.
func (x *Exchange) classesOf(ctx context.Context, actor partnership.Actor) ([]partnership.OrderClass, error) {
	own, err := x.schoolsWithin(ctx, actor)
	if err != nil {
		return nil, err
	}
	var out []partnership.OrderClass
	for o, err := range x.classes.Find(ctx, store.Query{Sort: []store.Sort{store.Asc("_id")}}) {
		if err != nil {
			return nil, fmt.Errorf("order classes: %w", err)
		}
		if maySeeClass(actor, &o, own) {
			out = append(out, o)
		}
	}
	return out, nil
}
