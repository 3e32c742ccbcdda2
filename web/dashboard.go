package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
)

type dashboardPage struct {
	page
	View     viewFilter
	Whose    string // 全区, a school or a group
	Year     string
	Years    []link
	AsOf     string
	Totals   []kpi
	Panels   []panel
	Changed  []string
	Versions string // definitions and cut-off, for the source lines
	Missing  string // address of what is missing in the report, for those who can supply it
	Report   string // the report of whose figures these are
	Check    string // what in it does not add up
}

// kpi is one figure beside that of the district.
type kpi struct {
	Whose string
	figureCell
	Against string // 全区 26.58%，高 3.20 个百分点
}

func (s *Site) dashboard(v *visit) error {
	p, err := s.readDashboard(v)
	if err != nil {
		return err
	}
	p.page = page{Title: p.Year + " 届数据看板", Crumbs: []link{{Label: "数据看板"}}, Charts: true}
	if v.Query("format") != "" {
		return sendPanels(v, p.Whose+" "+p.Title, []sheets.SheetTable{p.kpiSheet()}, p.Panels)
	}
	if p.View.Saved, err = s.savedViews(v, "/dashboard"); err != nil {
		return err
	}
	return s.render(v, http.StatusOK, "dashboard", p)
}

// dashboardQuery reads the address. A school begins with its own figures; with "school="
// in the address it sees the district's.
func dashboardQuery(v *visit) exchange.DashboardQuery {
	values := v.Request.URL.Query()
	q := exchange.DashboardQuery{School: values.Get("school"), By: values.Get("by"), Group: values.Get("group"), X: values.Get("x"), Y: values.Get("y")}
	if y, err := strconv.Atoi(values.Get("year")); err == nil && y >= 2000 && y <= 2100 {
		q.Year = y
	}
	if v.actor.Role == partnership.RoleSchool && !values.Has("school") {
		q.School = v.actor.Party
	}
	return q
}

// dashboardURL is the address of a view; school is always in it, since its absence means
// something else to a school.
func dashboardURL(path string, q exchange.DashboardQuery, change func(*exchange.DashboardQuery)) string {
	change(&q)
	values := url.Values{"school": {q.School}, "year": {plain(q.Year)}}
	for name, value := range map[string]string{"by": q.By, "group": q.Group, "x": q.X, "y": q.Y} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return path + "?" + values.Encode()
}

func (s *Site) readDashboard(v *visit) (*dashboardPage, error) {
	asked := dashboardQuery(v)
	d, err := s.exchange.Dashboard(v.ctx(), v.actor, asked)
	if err != nil {
		return nil, err
	}
	asked.Year = d.Year
	path := v.Request.URL.Path
	p := &dashboardPage{Whose: whoseFigures(&d), Year: plain(d.Year), AsOf: day(d.AsOf), Changed: d.Changed}
	for _, y := range d.Years {
		p.Years = append(p.Years, link{dashboardURL(path, asked, func(q *exchange.DashboardQuery) { q.Year = y }), plain(y), y == d.Year})
	}
	p.readTotals(&d)
	p.View = viewFilter{Path: path, Fields: dashboardFields(v, &d), Here: dashboardURL(path, asked, func(*exchange.DashboardQuery) {})}
	p.View.Excel = p.View.Here + "&format=xlsx"
	report := (&reportAsk{School: d.School, Year: d.Year}).query()
	p.Report, p.Check = reportPath+"?"+report, reportCheckPath+"?"+report
	if d.School != "" && d.Group == "" {
		p.Missing = "/dashboard/missing?" + report
	}
	p.Panels = s.dashboardPanels(&d, asked)
	return p, nil
}

func whoseFigures(d *exchange.Dashboard) string {
	whose := "全区"
	for _, sc := range d.Schools {
		if sc.ID == d.School {
			whose = sc.Short
		}
	}
	if d.Group != "" {
		whose += " " + d.Group
	}
	return whose
}

func (p *dashboardPage) readTotals(d *exchange.Dashboard) {
	for _, key := range mainRates() {
		f := figureNamed(d.Totals, key, d.Year)
		if f == nil {
			continue
		}
		k := kpi{Whose: p.Whose, figureCell: cellOf(f)}
		if d.School != "" || d.Group != "" {
			k.Against = against(&k.figureCell, d.Mean(key))
		}
		p.Totals = append(p.Totals, k)
	}
	if len(p.Totals) > 0 {
		p.Versions = "定义版本 " + p.Totals[0].Version + "，统计截止 " + p.Totals[0].CutOff
	}
}

// against says how a figure stands to the district's, in percentage points.
func against(c *figureCell, mean *partnership.Figure) string {
	m := cellOf(mean)
	if m.Value == "" {
		return ""
	}
	words := "全区 " + m.Value + "%"
	a, err1 := strconv.ParseFloat(c.Value, 64)
	b, err2 := strconv.ParseFloat(m.Value, 64)
	switch diff := a - b; {
	case err1 != nil || err2 != nil:
		return words
	case diff > 0.004:
		return words + "，高 " + strconv.FormatFloat(diff, 'f', 2, 64) + " 个百分点"
	case diff < -0.004:
		return words + "，低 " + strconv.FormatFloat(-diff, 'f', 2, 64) + " 个百分点"
	}
	return words + "，持平"
}

// kpiSheet is the row of figures on top, for Excel.
func (p *dashboardPage) kpiSheet() sheets.SheetTable {
	t := sheets.SheetTable{Sheet: "总览", Title: p.Whose + " " + p.Year + " 届", Notes: []string{p.Versions + "，快照日期 " + p.AsOf}}
	for _, h := range []string{"指标", "百分比（%）", "分子/分母", "与全区相比"} {
		t.Columns = append(t.Columns, sheets.TableColumn{Header: h})
	}
	for _, k := range p.Totals {
		var percent any = sheets.Decimal(k.Value)
		if k.Value == "" {
			percent = k.Percent
		}
		t.Rows = append(t.Rows, []any{k.Name, percent, k.Fraction, k.Against})
	}
	return t
}

func figureNamed(list []partnership.Figure, rate string, year int) *partnership.Figure {
	for i := range list {
		if list[i].Rate == rate && list[i].Year == year {
			return &list[i]
		}
	}
	return nil
}

// dashboardFields are the filters, each with what may be chosen.
func dashboardFields(v *visit, d *exchange.Dashboard) []field {
	var years, groups, ways, kinds []option
	for i := len(d.Years) - 1; i >= 0; i-- {
		years = append(years, option{Value: plain(d.Years[i]), Label: plain(d.Years[i]) + " 届"})
	}
	whose := []option{{Label: "全区"}}
	for _, sc := range d.Schools {
		whose = append(whose, option{Value: sc.ID, Label: sc.Short})
	}
	for _, g := range exchange.Groupings() {
		own := g[0] == exchange.ByCompany || g[0] == exchange.ByIndustry || g[0] == exchange.ByCluster
		if g[0] != exchange.ByDistrict && (!own || d.School == "" || v.actor.SpeaksFor(d.School)) {
			ways = append(ways, option{Value: g[0], Label: g[1]})
		}
	}
	groups = []option{{Label: "全部"}}
	for i := range d.Groups {
		if name := d.Groups[i].Name; !slices.ContainsFunc(groups, func(o option) bool { return o.Value == name }) {
			groups = append(groups, option{Value: name, Label: name})
		}
	}
	for _, def := range rates.Definitions() {
		if def.Unit == "%" {
			kinds = append(kinds, option{Value: def.Key, Label: def.Name})
		}
	}
	fields := []field{{Name: "year", Label: "毕业年份", Options: choose(years, plain(d.Year))}, {Name: "school", Label: "学校", Options: choose(whose, d.School)},
		{Name: "by", Label: "分组", Options: choose(ways, d.By)}}
	if d.By != exchange.BySchool && len(groups) > 1 {
		fields = append(fields, field{Name: "group", Label: "只看一组", Options: choose(groups, d.Group)})
	}
	return append(fields, field{Name: "x", Label: "横轴指标", Options: choose(kinds, d.X)}, field{Name: "y", Label: "纵轴指标", Options: choose(kinds, d.Y)})
}

type missingPage struct {
	page
	Whose  string
	Rows   []missingSum
	Report string
}

// missingSum is what one party still owes a report, by when.
type missingSum struct{ Who, Due, Count, Tables string }

// dashboardMissing is a part of the dashboard that is fetched after it: what the report of
// the school still lacks, who supplies it and by when.
func (s *Site) dashboardMissing(v *visit) error {
	a, err := s.readReport(v)
	if err != nil {
		return err
	}
	tables, err := s.exchange.Report(v.ctx(), v.actor, a.School, a.Year, false)
	if err != nil {
		return err
	}
	type key struct{ who, due string }
	count, in := map[key]int{}, map[key][]string{}
	for i := range tables {
		for _, m := range tables[i].Missing {
			k := key{m.WhoCanSupply, m.Due}
			count[k]++
			if !slices.Contains(in[k], tables[i].Title) {
				in[k] = append(in[k], tables[i].Title)
			}
		}
	}
	p := &missingPage{page: page{Title: "还缺什么"}, Whose: a.Name, Report: "/report?" + a.query() + "#missing"}
	soonest := func(x, y key) int { return cmp.Or(strings.Compare(x.due, y.due), strings.Compare(x.who, y.who)) }
	for _, k := range slices.SortedFunc(maps.Keys(count), soonest) {
		p.Rows = append(p.Rows, missingSum{k.who, day(k.due), number(count[k]), strings.Join(in[k], "、")})
	}
	return s.fragment(v, "missing", p)
}
