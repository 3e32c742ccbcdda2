package exchange

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Dashboard is what the district's first page of figures shows; it comes from the
// last snapshot and two grouped counts.
type Dashboard struct {
	Year   int
	Years  []int // that have figures
	AsOf   string
	Totals []partnership.Figure // of the whole district in the year
	// ByCategory holds, for each school and category, the rates of the year.
	ByCategory []CategoryRow
	BySchool   []partnership.Figure
	Trend      []partnership.Figure // of the district and every school, all years
	Demand     []DemandRow
	// DemandSample says that generated posts are among those counted in Demand.
	DemandSample bool
	Changed      []string // since the snapshot before
}

// CategoryRow is one category's main rates side by side.
type CategoryRow struct {
	School, SchoolName, Category   string
	Direct, Alignment, Progression *partnership.Figure
}

// DemandRow sets the slots still open for a category against the students who look for one.
type DemandRow struct {
	Code, Category  string
	Posts           int64
	Slots, Students int64
	Cohorts         int64
}

// Dashboard returns the figures of a graduation year (0 = the latest).
func (x *Exchange) Dashboard(ctx context.Context, actor partnership.Actor, year int) (Dashboard, error) {
	d := Dashboard{Year: year}
	snap, err := x.snapshotOrLive(ctx, "")
	if err != nil {
		return d, err
	}
	d.AsOf, d.Changed = snap.Day, snap.Changed
	snap.Figures = shown(actor, "", snap.Figures)
	for _, f := range snap.Figures {
		if !slices.Contains(d.Years, f.Year) {
			d.Years = append(d.Years, f.Year)
		}
	}
	slices.Sort(d.Years)
	if d.Year == 0 && len(d.Years) > 0 {
		d.Year = d.Years[len(d.Years)-1]
	}
	for _, f := range snap.Figures {
		if f.By == BySchool && !actor.SeesAll() && !actor.SpeaksFor(f.School) {
			continue
		}
		if f.By == ByDistrict || f.By == BySchool {
			d.Trend = append(d.Trend, f)
		}
		switch {
		case f.Year != d.Year:
		case f.By == ByDistrict:
			d.Totals = append(d.Totals, f)
		case f.By == BySchool:
			d.BySchool = append(d.BySchool, f)
		}
	}
	if d.ByCategory, err = x.categoryRows(ctx, actor, d.Year); err != nil {
		return d, err
	}
	if d.Demand, err = x.demand(ctx); err != nil {
		return d, err
	}
	_, err = x.posts.First(ctx, store.Query{Where: store.And(store.Field("state").Eq(string(partnership.PostOpen)), store.Field("sample").Eq(true))})
	if errors.Is(err, partnership.ErrNotFound) {
		return d, nil
	}
	d.DemandSample = err == nil
	return d, err
}

func (x *Exchange) snapshotOrLive(ctx context.Context, school string) (partnership.Snapshot, error) {
	s, err := x.lastSnapshot(ctx, scopeName(school), "")
	if !errors.Is(err, partnership.ErrNotFound) {
		return s, err
	}
	t, err := x.tallyOutcomes(ctx)
	if err != nil {
		return s, err
	}
	names, err := x.schoolNames(ctx)
	if err != nil {
		return s, err
	}
	return partnership.Snapshot{Scope: scopeName(school), Day: x.today(), Figures: t.figures(school, x.today(), names)}, nil
}

func (x *Exchange) categoryRows(ctx context.Context, actor partnership.Actor, year int) ([]CategoryRow, error) {
	schools, err := x.Schools(ctx)
	if err != nil {
		return nil, err
	}
	var out []CategoryRow
	for _, s := range schools {
		if !actor.SeesAll() && !actor.SpeaksFor(s.ID) {
			continue
		}
		snap, err := x.snapshotOrLive(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		rows := map[string]int{}
		for _, f := range shown(actor, s.ID, snap.Figures) {
			if f.By != ByCategory || f.Year != year {
				continue
			}
			at, ok := rows[f.Group]
			if !ok {
				at = len(out)
				rows[f.Group] = at
				out = append(out, CategoryRow{School: s.ID, SchoolName: s.Short, Category: f.Group})
			}
			switch f.Rate {
			case "direct_employment":
				out[at].Direct = &f
			case "alignment":
				out[at].Alignment = &f
			case "progression":
				out[at].Progression = &f
			}
		}
	}
	return out, nil
}

// demand groups open slots and waiting students by category, the widest gap first.
func (x *Exchange) demand(ctx context.Context) ([]DemandRow, error) {
	rows := map[string]*DemandRow{}
	at := func(code string) *DemandRow {
		if rows[code] == nil {
			name := "未归类"
			if g, ok := x.cat().GroupOf(code); ok {
				name = g.Name
			}
			rows[code] = &DemandRow{Code: code, Category: name}
		}
		return rows[code]
	}
	posts, err := x.posts.Group(ctx, store.Field("state").Eq(string(partnership.PostOpen)), []string{"category"}, store.Sum("slots"), store.Sum("taken"))
	if err != nil {
		return nil, err
	}
	for _, g := range posts {
		r := at(g.Text(0))
		r.Posts, r.Slots = g.Count, int64(g.Aggs[0]-g.Aggs[1])
	}
	cohorts, err := x.cohorts.Group(ctx, store.Field("state").Eq(string(partnership.CohortOpen)), []string{"category"}, store.Sum("size"))
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

// MajorNamed resolves what a person wrote for a major; see catalogue.ResolveMajor.
func (x *Exchange) MajorNamed(text string) catalogue.Resolution {
	return x.cat().ResolveMajor(text, catalogue.Secondary)
}
