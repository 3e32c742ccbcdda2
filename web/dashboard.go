package web

import (
	"net/http"
	"slices"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type dashboardPage struct {
	page
	Year     string
	Years    []link
	AsOf     string
	Totals   []figureCell
	Schools  []schoolRates
	Trend    trendTable   // of the whole district
	Trends   []trendTable // of each school
	Groups   []categoryGroup
	Demand   []demandRow
	Sums     demandRow
	Sample   bool // generated posts are among those of Demand
	Changed  []string
	Versions string // definitions and cut-off, for the source lines
	Small    bool   // some group is small
}

type schoolRates struct {
	Name  string
	Cells []figureCell
}

// trendTable has a row for each year and a column for each rate.
type trendTable struct {
	Name string
	Head []string
	Rows []trendRow
}

type trendRow struct {
	Year  string
	Cells []figureCell
}

type categoryGroup struct {
	School string
	Rows   []categoryLine
}

type categoryLine struct {
	Category                       string
	Direct, Alignment, Progression figureCell
	Both                           bool // direct and alignment are there: a point of the quadrant
}

type demandRow struct {
	Code, Category                        string
	Posts, Slots, Cohorts, Students, Gap  string
	SlotsN, StudentsN, GapN, PostN, CohoN int64
	Short                                 bool // fewer slots than students
}

func (s *Site) dashboard(v *visit) error {
	p, err := s.readDashboard(v)
	if err != nil {
		return err
	}
	p.page = page{Title: p.Year + " 届数据看板", Crumbs: []link{{Label: "数据看板"}}, Charts: true}
	return s.render(v, http.StatusOK, "dashboard", p)
}

func (s *Site) readDashboard(v *visit) (*dashboardPage, error) {
	year, err := strconv.Atoi(v.Query("year"))
	if err != nil || year < 2000 || year > 2100 {
		year = 0
	}
	d, err := s.exchange.Dashboard(v.ctx(), v.actor, exchange.DashboardQuery{Year: year})
	if err != nil {
		return nil, err
	}
	p := &dashboardPage{Year: plain(d.Year), AsOf: day(d.AsOf), Changed: d.Changed}
	for _, y := range d.Years {
		p.Years = append(p.Years, link{v.Request.URL.Path + "?year=" + plain(y), plain(y), y == d.Year})
	}
	for _, key := range mainRates() {
		if f := figureNamed(d.Totals, key, d.Year); f != nil {
			p.Totals = append(p.Totals, cellOf(f))
		}
	}
	if len(p.Totals) > 0 {
		p.Versions = "定义版本 " + p.Totals[0].Version + "，统计截止 " + p.Totals[0].CutOff
	}
	p.readSchools(d)
	for i := range d.Groups {
		p.addCategory(&d.Groups[i])
	}
	p.readDemand(d.Demand)
	p.Sample = d.DemandSample
	return p, nil
}

func figureNamed(list []partnership.Figure, rate string, year int) *partnership.Figure {
	for i := range list {
		if list[i].Rate == rate && list[i].Year == year {
			return &list[i]
		}
	}
	return nil
}

// readSchools splits the figures of schools and of all years by whose they are.
func (p *dashboardPage) readSchools(d exchange.Dashboard) {
	of := map[string][]partnership.Figure{}
	var order []string
	for _, f := range d.Trend {
		if _, seen := of[f.School]; !seen {
			order = append(order, f.School)
		}
		of[f.School] = append(of[f.School], f)
	}
	slices.Sort(order)
	for _, school := range order {
		t := trend(of[school], d.Years)
		if school == "" {
			p.Trend = t
			continue
		}
		p.Trends = append(p.Trends, t)
		row := schoolRates{Name: t.Name}
		for _, key := range mainRates() {
			row.Cells = append(row.Cells, cellOf(figureNamed(of[school], key, d.Year)))
		}
		p.Schools = append(p.Schools, row)
	}
}

func trend(figures []partnership.Figure, years []int) trendTable {
	t := trendTable{Name: figures[0].Group}
	var keys []string
	for _, key := range mainRates() {
		for _, f := range figures {
			if f.Rate == key {
				keys, t.Head = append(keys, key), append(t.Head, f.Name)
				break
			}
		}
	}
	for _, y := range years {
		row, any := trendRow{Year: plain(y)}, false
		for _, key := range keys {
			f := figureNamed(figures, key, y)
			any = any || f != nil
			row.Cells = append(row.Cells, cellOf(f))
		}
		if any {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func (p *dashboardPage) addCategory(row *exchange.GroupRow) {
	at := slices.IndexFunc(p.Groups, func(g categoryGroup) bool { return g.School == row.SchoolName })
	if at < 0 {
		p.Groups = append(p.Groups, categoryGroup{School: row.SchoolName})
		at = len(p.Groups) - 1
	}
	line := categoryLine{row.Name, cellOf(row.Figure("direct_employment")), cellOf(row.Figure("alignment_school")), cellOf(row.Figure("progression")), false}
	line.Both = line.Direct.Value != "" && line.Alignment.Value != ""
	p.Small = p.Small || line.Direct.Small || line.Alignment.Small || line.Progression.Small
	p.Groups[at].Rows = append(p.Groups[at].Rows, line)
}

func demandOf(code, category string, posts, slots, cohorts, students int64) demandRow {
	gap := slots - students
	r := demandRow{Code: code, Category: category, Posts: number(posts), Slots: number(slots), Cohorts: number(cohorts), Students: number(students), Gap: number(gap),
		SlotsN: slots, StudentsN: students, GapN: gap, PostN: posts, CohoN: cohorts, Short: gap < 0}
	if gap > 0 {
		r.Gap = "+" + r.Gap
	}
	return r
}

func (p *dashboardPage) readDemand(rows []exchange.DemandRow) {
	var sum exchange.DemandRow
	for _, r := range rows {
		p.Demand = append(p.Demand, demandOf(r.Code, r.Category, r.Posts, r.Slots, r.Cohorts, r.Students))
		sum.Posts, sum.Slots, sum.Cohorts, sum.Students = sum.Posts+r.Posts, sum.Slots+r.Slots, sum.Cohorts+r.Cohorts, sum.Students+r.Students
	}
	p.Sums = demandOf("", "合计", sum.Posts, sum.Slots, sum.Cohorts, sum.Students)
}

type screenPage struct {
	dashboardPage
	Counts []countRow
}

// screen is the wall for visits: the dashboard's figures at 1920x1080, nothing personal.
func (s *Site) screen(v *visit) error {
	d, err := s.readDashboard(v)
	if err != nil {
		return err
	}
	h, err := s.exchange.Home(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &screenPage{dashboardPage: *d}
	p.page = page{Title: "大屏", Charts: true, Wall: true}
	for _, c := range h.Counts {
		p.Counts = append(p.Counts, countRow{"", c.Name, number(c.N)})
	}
	return s.render(v, http.StatusOK, "screen", p)
}
