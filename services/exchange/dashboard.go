package exchange

import (
	"cmp"
	"context"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// DashboardQuery is what the page's address asks for; zero values choose for themselves.
type DashboardQuery struct {
	Year   int
	School string // id; empty = the district
	By     string // how groups are compared: one of Groupings but district
	Group  string // one of these groups: its figures and its years; empty = all of them
	X, Y   string // the two rates that groups are set against each other by
}

// Dashboard is what the district's first page of figures shows; it comes from the
// last snapshot and two grouped counts.
type Dashboard struct {
	DashboardQuery                      // as it was answered
	Years          []int                // that have graduates
	Schools        []partnership.School // the actor may choose from
	AsOf           string               // day of the snapshot
	Totals         []partnership.Figure // of the district, the school or the group chosen, in the year
	District       []partnership.Figure // of the district in the year, to compare with
	BySchool       []partnership.Figure
	Trend          []partnership.Figure // of the district and each school shown, all years
	Groups         []GroupRow
	Demand         []DemandRow
	// DemandSample says that generated posts are among those counted in Demand.
	DemandSample bool
	Changed      []string // since the snapshot before

	shelf *shelf
}

// Mean is the district's own figure of a rate in the year: what schools and groups are set
// against. A mean of the groups would count a class of three like one of three hundred.
func (d *Dashboard) Mean(rate string) *partnership.Figure {
	for i := range d.District {
		if d.District[i].Rate == rate {
			return &d.District[i]
		}
	}
	return nil
}

// GroupRow is one group with all its figures.
type GroupRow struct {
	School, SchoolName, Name string
	Figures                  []partnership.Figure
}

// Figure is the row's figure of a rate, nil if it has none.
func (g *GroupRow) Figure(rate string) *partnership.Figure {
	for i := range g.Figures {
		if g.Figures[i].Rate == rate {
			return &g.Figures[i]
		}
	}
	return nil
}

// DemandRow sets the slots still open for a category against the students who look for one.
type DemandRow struct {
	Code, Category  string
	Posts           int64
	Slots, Students int64
	Cohorts         int64
}

// fewSchools is up to how many schools a page shows each of them by itself.
const fewSchools = 3

// Dashboard returns the figures of a graduation year.
func (x *Exchange) Dashboard(ctx context.Context, actor partnership.Actor, q DashboardQuery) (Dashboard, error) {
	d, err := x.openDashboard(ctx, actor, q)
	if err != nil {
		return d, err
	}
	s := d.shelf
	if err := d.read(ctx, s, actor); err != nil {
		return d, err
	}
	if err := d.narrow(ctx, s, actor); err != nil {
		return d, err
	}
	if d.Demand, err = x.demand(ctx, actor, &d); err != nil {
		return d, err
	}
	samples, err := x.posts.Count(ctx, store.And(postsWithin(actor), store.Field("state").Eq(string(partnership.PostOpen)), store.Field("sample").Eq(true)))
	d.DemandSample = samples > 0
	return d, err
}

// openDashboard finds what the actor may choose from and the snapshots to read.
func (x *Exchange) openDashboard(ctx context.Context, actor partnership.Actor, q DashboardQuery) (Dashboard, error) {
	d := Dashboard{DashboardQuery: q}
	var err error
	if d.shelf, err = x.newShelf(ctx, actor, "", false); err != nil {
		return d, err
	}
	for _, s := range d.shelf.schools {
		if actor.Oversees(s.Region) || actor.SpeaksFor(s.ID) {
			d.Schools = append(d.Schools, s)
		}
	}
	if q.School != "" && !slices.ContainsFunc(d.Schools, func(s partnership.School) bool { return s.ID == q.School }) {
		return d, partnership.Refuse(partnership.ErrNotFound, "没有这所学校的数据，或者您无权查看")
	}
	return d, d.choose(ctx, d.shelf)
}

// choose fills in what the query left open.
func (d *Dashboard) choose(ctx context.Context, s *shelf) (err error) {
	d.AsOf = s.day
	if d.Years, err = s.years(ctx); err != nil {
		return err
	}
	if d.Year == 0 && len(d.Years) > 0 {
		d.Year = d.Years[len(d.Years)-1]
	}
	if !slices.ContainsFunc(Groupings(), func(g [2]string) bool { return g[0] == d.By && d.By != ByDistrict }) {
		d.By = ByCategory
		if d.School == "" && len(d.Schools) > fewSchools {
			d.By = ByClass
		}
	}
	d.X, d.Y = cmp.Or(d.X, "direct_employment"), cmp.Or(d.Y, "alignment_school")
	for _, key := range []*string{&d.X, &d.Y} {
		if _, ok := rates.Find(*key); !ok {
			return partnership.Invalid{"rate": {"没有名为“" + *key + "”的指标"}}
		}
	}
	return nil
}

func (d *Dashboard) read(ctx context.Context, s *shelf, actor partnership.Actor) error {
	district, err := s.page(ctx, page{by: ByDistrict})
	if err != nil {
		return err
	}
	d.Changed = district.Changed
	d.Trend = figures(district, actor, 0)
	d.District = ofYear(d.Trend, d.Year)
	d.Totals = d.District
	for _, sc := range d.Schools {
		if sc.ID != d.School && (d.School != "" || len(d.Schools) > fewSchools) {
			continue
		}
		own, err := s.page(ctx, page{school: sc.ID, by: BySchool})
		if err != nil {
			return err
		}
		all := figures(own, actor, 0)
		d.Trend = append(d.Trend, all...)
		if sc.ID == d.School {
			d.Totals = ofYear(all, d.Year)
			d.Changed = own.Changed
		}
	}
	schools, err := s.page(ctx, page{by: BySchool, year: d.Year})
	if err != nil {
		return err
	}
	mine := make(map[string]bool, len(d.Schools))
	for i := range d.Schools {
		mine[d.Schools[i].ID] = true
	}
	d.BySchool = slices.DeleteFunc(figures(schools, actor, d.Year), func(f partnership.Figure) bool { return !mine[f.School] })
	return d.readGroups(ctx, s, actor)
}

func ofYear(all []partnership.Figure, year int) (out []partnership.Figure) {
	for _, f := range all {
		if f.Year == year {
			out = append(out, f)
		}
	}
	return out
}

// readGroups reads the groups that are compared. A school's own words for its categories
// and its cohorts are compared school by school; everything else over the district.
func (d *Dashboard) readGroups(ctx context.Context, s *shelf, actor partnership.Actor) error {
	names := map[string]string{}
	var list []page
	for _, sc := range d.Schools {
		names[sc.ID] = sc.Short
		if d.School == sc.ID || d.School == "" && (d.By == ByCategory || d.By == ByCohort) {
			list = append(list, page{sc.ID, d.By, d.Year})
		}
	}
	if d.By == BySchool {
		d.Groups = rowsOf(d.BySchool, names)
		return nil
	}
	if len(list) == 0 {
		list = []page{{"", d.By, d.Year}}
	}
	for _, p := range list {
		if !maySeePage(actor, p) {
			return partnership.Refuse(partnership.ErrForbidden, "一所学校的毕业生在各单位、行业、集群的分布只有本校能看。请看全区的分布，或换一种分组")
		}
		snap, err := s.page(ctx, p)
		if err != nil {
			return err
		}
		d.Groups = append(d.Groups, rowsOf(figures(snap, actor, d.Year), names)...)
	}
	return nil
}

// narrow reads one group through the years, if one is asked for.
func (d *Dashboard) narrow(ctx context.Context, s *shelf, actor partnership.Actor) error {
	if d.Group == "" || d.By == BySchool {
		return nil
	}
	at := slices.IndexFunc(d.Groups, func(g GroupRow) bool { return g.Name == d.Group })
	if at < 0 {
		return partnership.Refuse(partnership.ErrNotFound, "%d 届没有“%s”这一组。请换一届，或在“只看一组”里重新选择", d.Year, d.Group)
	}
	school := d.Groups[at].School
	d.Trend = nil
	for _, y := range d.Years {
		snap, err := s.page(ctx, page{school, d.By, y})
		if err != nil {
			return err
		}
		for _, f := range figures(snap, actor, y) {
			if f.Group == d.Group {
				d.Trend = append(d.Trend, f)
			}
		}
	}
	d.Totals = ofYear(d.Trend, d.Year)
	return nil
}

// rowsOf puts the figures of each group side by side.
func rowsOf(all []partnership.Figure, names map[string]string) []GroupRow {
	var out []GroupRow
	for _, f := range all {
		if n := len(out); n == 0 || out[n-1].Name != f.Group || out[n-1].School != f.School {
			out = append(out, GroupRow{School: f.School, SchoolName: names[f.School], Name: f.Group})
		}
		last := &out[len(out)-1]
		last.Figures = append(last.Figures, f)
	}
	return out
}

// demand groups open slots and waiting students by category, the widest gap first.
func (x *Exchange) demand(ctx context.Context, actor partnership.Actor, d *Dashboard) ([]DemandRow, error) {
	rows := map[string]*DemandRow{}
	at := func(code string) *DemandRow {
		if rows[code] == nil {
			rows[code] = &DemandRow{Code: code, Category: x.categoryName(code)}
		}
		return rows[code]
	}
	posts, err := x.posts.Group(ctx, store.And(postsWithin(actor), store.Field("state").Eq(string(partnership.PostOpen))), []string{"category"}, store.Sum("slots"), store.Sum("taken"))
	if err != nil {
		return nil, err
	}
	for _, g := range posts {
		r := at(g.Text(0))
		r.Posts, r.Slots = g.Count, int64(g.Aggs[0]-g.Aggs[1])
	}
	var own store.Filter
	if actor.Role == partnership.RoleDistrict {
		ids := make([]string, len(d.Schools)) // those it oversees
		for i := range d.Schools {
			ids[i] = d.Schools[i].ID
		}
		own = store.Field("school").In(ids)
	}
	cohorts, err := x.cohorts.Group(ctx, store.And(own, store.Field("state").Eq(string(partnership.CohortOpen))), []string{"category"}, store.Sum("size"))
	if err != nil {
		return nil, err
	}
	for _, g := range cohorts {
		r := at(g.Text(0))
		r.Cohorts, r.Students = g.Count, int64(g.Aggs[0])
	}
	out := make([]DemandRow, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b DemandRow) int {
		return cmp.Or(cmp.Compare(b.Students-b.Slots, a.Students-a.Slots), cmp.Compare(a.Code, b.Code))
	})
	return out, nil
}

// categoryName is what a 专业大类 is called.
func (x *Exchange) categoryName(code string) string {
	if g, ok := x.cat().GroupOf(code); ok {
		return g.Name
	}
	return "未归类"
}
