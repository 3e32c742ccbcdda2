package web

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// chartsPage asks four questions about the district's schools and industry; each is a
// panel: a table, the picture drawn from it, and its Excel.
type chartsPage struct {
	page
	View   viewFilter
	Panels []panel
	Year   string
	Years  []link
}

func (s *Site) charts(v *visit) error {
	asked := dashboardQuery(v)
	if v.actor.SeesAll() {
		asked.School = "" // where one school's graduates work is its own matter
	}
	in, err := s.exchange.Insight(v.ctx(), v.actor, asked)
	if err != nil {
		return err
	}
	p := &chartsPage{page: page{Title: "供需与流向", Crumbs: []link{{URL: "/dashboard", Label: "数据看板"}, {Label: "供需与流向"}}, Charts: true}, Year: plain(in.Year)}
	for _, y := range in.Years {
		p.Years = append(p.Years, link{dashboardURL("/charts", in.DashboardQuery, func(q *exchange.DashboardQuery) { q.Year, q.By, q.X, q.Y = y, "", "", "" }), plain(y), y == in.Year})
	}
	p.Panels = s.insightPanels(v, &in)
	p.View = viewFilter{Path: "/charts", Here: dashboardURL("/charts", exchange.DashboardQuery{Year: in.Year, School: in.School}, func(*exchange.DashboardQuery) {})}
	p.View.Excel = p.View.Here + "&format=xlsx"
	if v.Query("format") != "" {
		if only := v.Query("panel"); only != "" {
			p.Panels = slices.DeleteFunc(p.Panels, func(one panel) bool { return one.ID != only })
		}
		if len(p.Panels) == 0 {
			return partnership.ErrNotFound
		}
		return sendPanels(v, p.Title+" "+p.Year, nil, p.Panels)
	}
	if p.View.Saved, err = s.savedViews(v, "/charts"); err != nil {
		return err
	}
	for i := range p.Panels {
		p.Panels[i].Links = append(p.Panels[i].Links, link{URL: p.View.Excel + "&panel=" + p.Panels[i].ID, Label: "Excel"})
	}
	return s.render(v, http.StatusOK, "charts", p)
}

func (s *Site) insightPanels(v *visit, in *exchange.Insight) []panel {
	return []panel{flowPanel(v, in), heatPanel(in), s.mapPanel(v, in), funnelPanel(in), promisePanel(in)}
}

// flowPanel: from classes of majors to industries.
func flowPanel(v *visit, in *exchange.Insight) panel {
	whose := "全区"
	if in.School != "" {
		whose = "本校"
	}
	p := panel{ID: "flow", Title: whose + " " + plain(in.Year) + " 届直接就业的毕业生，从哪些专业去了哪些行业", Chart: "sankey", Unit: " 人", Tall: true, Folded: true, Wide: true,
		Caption: "左为专业大类，右为用人单位的行业（GB/T 4754 大类），线的粗细是人数", Head: []panelHead{{Name: "专业大类"}, {Name: "行业"}, {Name: "人数", Num: true}},
		Notes: []string{"只统计登记了用人单位行业的直接就业毕业生，与“就业指标”按行业分组同一口径，取自 " + day(in.AsOf) + " 的快照。"}}
	p.Empty = "这一届还没有登记用人单位行业的毕业生。"
	if in.School == "" && !v.actor.SeesAll() {
		p.Empty = "全区的流向只有区教委能看：减去本校的人，就能推算出别的学校。请看本校的流向。"
	}
	if in.WithoutFlows {
		p.Empty = day(in.AsOf) + " 的快照有各行业的人数，没有流向：它做成时还不记流向，或者这些毕业生没有登记专业类。今夜 02:30 的任务“计算各项比率”会写出新的一份，明天打开就有；仍没有，请学校在去向登记里补上专业类。"
	}
	for _, f := range in.Flows {
		industry := f.Industry
		if industry == "" {
			industry = "其他行业（每项人数少，合并）"
		}
		p.Rows = append(p.Rows, []panelCell{textCell(f.Class), textCell(industry), countCell(f.People)})
	}
	if in.School == "" {
		p.Notes = append(p.Notes, "人数过少、或能由其他数推算出来的去向合并为“其他行业”。")
	}
	return p
}

// heatPanel: which majors lack posts in which months.
func heatPanel(in *exchange.Insight) panel {
	p := panel{ID: "heat", Title: "哪些专业大类在哪几个月岗位不够", Wide: true, Caption: "每格为剩余名额减去待安置学生，负数是缺口，单位：人",
		Head: textHead("专业大类"), Empty: "没有招收中的岗位，也没有待安置的批次。",
		Notes: []string{"按此刻招收中的岗位和开放的批次，各按起止月份计入。底色：缺口超过学生数的一半最深；数字前的正负号与底色说的是同一件事；空格表示那个月两边都没有。"}}
	for _, m := range in.Months {
		p.Head = append(p.Head, panelHead{Name: monthWords(m), Num: true})
	}
	for i := range in.Demand {
		d := &in.Demand[i]
		row, any := []panelCell{textCell(d.Category)}, false
		for m := range in.Months {
			slots, students := d.Slots[m], d.Students[m]
			if slots == 0 && students == 0 {
				row = append(row, panelCell{})
				continue
			}
			any = true
			row = append(row, panelCell{Text: signed(slots - students), Value: plain(int(slots - students)), Heat: heatOf(slots, students)})
		}
		if any {
			p.Rows = append(p.Rows, row)
		}
	}
	return p
}

// heatOf is the shade of a gap by its share of the larger side.
func heatOf(slots, students int64) string {
	switch {
	case 2*slots < students:
		return "less2"
	case slots < students:
		return "less1"
	case slots > 2*students:
		return "more2"
	case slots > students:
		return "more1"
	}
	return "even"
}

// kilometres of one degree of latitude, and of longitude at the equator: WGS 84 mean.
const kilometresADegree = 111.32

// mapPanel: where schools, companies and bases lie, in kilometres from the district's seat.
func (s *Site) mapPanel(v *visit, in *exchange.Insight) panel {
	p := panel{ID: "map", Title: "企业和实训基地离学校有多远", Chart: "map", Unit: " 公里", Tall: true, Folded: true, Wide: true,
		Head:  []panelHead{{Name: "名称"}, {Name: "类别"}, {Name: "向东（公里）", Num: true}, {Name: "向北（公里）", Num: true}, {Name: "最近的学校", Skip: true}, {Name: "距离（公里）", Num: true, Skip: true}},
		Empty: "还没有登记坐标的学校、企业或基地。", Links: []link{{URL: "/companies?sort=distance", Label: "企业由近到远"}}}
	var origin partnership.Point
	from := "第一所学校"
	if r, ok := s.catalogue.Region(v.actor.Region); ok && r.Point.Known() {
		origin, from = partnership.Point{Lng: r.Point.Lng, Lat: r.Point.Lat}, r.Name+"政府驻地"
	} else if len(in.Places) > 0 {
		origin = in.Places[0].Point
	}
	p.Caption = "以" + from + "为中心，横轴向东、纵轴向北，单位：公里；圆点为企业，方块为实训基地，菱形为学校"
	p.Notes = []string{"位置取自登记的坐标，直线距离；不引用外部地图。"}
	words := map[string]string{exchange.KindSchool: "学校", exchange.KindCompany: "企业", exchange.KindBase: "实训基地"}
	for _, place := range in.Places {
		p.Sample = p.Sample || place.Sample
		name := panelCell{Text: place.Name}
		if place.Kind != exchange.KindSchool {
			name.URL = pageOf(place.Kind, place.ID)
		}
		east, north := eastNorth(origin, place.Point)
		near, far := nearestSchool(in.Places, place.Point)
		row := []panelCell{name, textCell(words[place.Kind]), kilometreCell(east), kilometreCell(north), textCell("—"), textCell("—")}
		if place.Kind != exchange.KindSchool && near != "" {
			row[4], row[5] = textCell(near), kilometreCell(far)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func kilometreCell(km float64) panelCell {
	text := strconv.FormatFloat(km, 'f', 1, 64)
	return panelCell{Text: text, Value: text}
}

// eastNorth is how far a point lies from an origin, in kilometres. Within a district the
// earth is flat enough: at 50 km the error is far below the decimal shown.
func eastNorth(origin, p partnership.Point) (east, north float64) {
	return (p.Lng - origin.Lng) * kilometresADegree * math.Cos(origin.Lat*math.Pi/180), (p.Lat - origin.Lat) * kilometresADegree
}

func nearestSchool(all []exchange.Place, p partnership.Point) (name string, km float64) {
	km = math.Inf(1)
	for _, s := range all {
		if s.Kind != exchange.KindSchool {
			continue
		}
		if east, north := eastNorth(p, s.Point); math.Hypot(east, north) < km {
			name, km = s.Name, math.Hypot(east, north)
		}
	}
	return name, km
}

// funnelPanel: how far the promised people of all order classes came.
func funnelPanel(in *exchange.Insight) panel {
	p := panel{ID: "funnel", Title: "订单班约定培养的人，走到哪一步少下来了", Chart: "barh", Unit: " 人", Caption: "所有订单班合计，单位：人", Empty: "还没有登记订单班。",
		Head:  []panelHead{{Name: "阶段"}, {Name: "人数", Num: true}, {Name: "占约定人数（%）", Num: true, Skip: true}, {Name: "比上一步少", Num: true, Skip: true}},
		Notes: []string{"约定人数是各班的计划名额。后面的阶段还没有到、或没有登记的班不计入那一步之后。"}, Links: []link{{URL: "/order-classes", Label: "订单班"}}}
	var seats int
	var n [6]int
	for i := range in.Classes {
		o := &in.Classes[i]
		p.Sample = p.Sample || o.Sample
		seats += o.Seats
		for j, m := range []int{o.Enrolled, o.Trained, o.Interned, o.Hired, o.At6, o.At12} {
			n[j] += m
		}
	}
	if len(in.Classes) == 0 {
		return p
	}
	before := seats
	for i, st := range append([]stage{{Name: "约定人数", N: seats, Count: number(seats), Value: plain(seats)}}, stagesOf(n[0], n[1], n[2], n[3], n[4], n[5])...) {
		row := []panelCell{textCell(st.Name), {Text: st.Count, Value: st.Value}, textCell("—"), textCell("—")}
		if st.Value != "" {
			if seats > 0 {
				share := strconv.FormatFloat(100*float64(st.N)/float64(seats), 'f', 2, 64)
				row[2] = panelCell{Text: share, Value: share}
			}
			if i > 0 {
				row[3] = panelCell{Text: signed(int64(st.N - before)), Value: plain(st.N - before)}
			}
			before = st.N
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// promisePanel: which companies kept what they promised.
func promisePanel(in *exchange.Insight) panel {
	p := panel{ID: "promises", Title: "哪些企业兑现了订单班的录用承诺", Chart: "barh", Unit: "%", Tall: true, Caption: "承诺录用与实际录用（录用 ÷ 入班），单位：%", Empty: "还没有登记订单班。",
		Head: []panelHead{{Name: "订单班"}, {Name: "承诺录用（%）", Num: true}, {Name: "实际录用（%）", Num: true}, {Name: "录用 / 入班", Skip: true}, {Name: "情况", Skip: true}}}
	all := slices.Clone(in.Classes)
	slices.SortFunc(all, func(a, b partnership.OrderClass) int { return cmp.Compare(a.CompanyName+a.Name, b.CompanyName+b.Name) })
	for i := range all {
		o := &all[i]
		row := classRowOf(o)
		line := []panelCell{{Text: o.Name, URL: "/order-classes?id=" + queryEscape(o.ID)}, {Text: row.Promise}, textCell("—"), textCell("—"), {Mark: &row.Verdict}}
		if o.PromisedHirePct > 0 {
			line[1] = panelCell{Text: plain(o.PromisedHirePct), Value: plain(o.PromisedHirePct)}
		}
		if o.Enrolled > 0 && o.Hired > 0 {
			kept := strconv.FormatFloat(100*float64(o.Hired)/float64(o.Enrolled), 'f', 2, 64)
			line[2], line[3] = panelCell{Text: kept, Value: kept}, textCell(fmt.Sprintf("%d / %d", o.Hired, o.Enrolled))
		}
		p.Sample = p.Sample || o.Sample
		p.Rows = append(p.Rows, line)
	}
	return p
}
