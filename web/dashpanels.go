package web

import (
	"slices"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/rates"
)

// dashboardPanels are the questions of the dashboard, in the order they are asked.
func (s *Site) dashboardPanels(d *exchange.Dashboard, asked exchange.DashboardQuery) []panel {
	of := map[string][]partnership.Figure{}
	var order []string
	for _, f := range d.Trend {
		key := f.School
		if d.Group != "" {
			key = ""
		}
		if _, seen := of[key]; !seen {
			order = append(order, key)
		}
		of[key] = append(of[key], f)
	}
	slices.Sort(order)
	first := ""
	if d.School != "" && d.Group == "" {
		first = d.School
	}
	var out []panel
	if list := of[first]; len(list) > 0 {
		out = append(out, trendPanel("trend", "这几届里各项比率怎样变化", list, d.Years))
	}
	if p := schoolsPanel(d, of, order); len(p.Rows) > 1 && d.Group == "" {
		out = append(out, p)
	}
	out = append(out, groupPanels(d, asked)...)
	for _, id := range order {
		if id != first && d.Group == "" {
			p := trendPanel("trend-"+id, of[id][0].Group+"的比率怎样变化", of[id], d.Years)
			p.Folded = true
			out = append(out, p)
		}
	}
	return append(out, demandPanel(d))
}

// trendPanel has a row for each year and a column for each rate.
func trendPanel(id, title string, figures []partnership.Figure, years []int) panel {
	p := panel{ID: id, Title: title, Chart: "line", Unit: "%", Caption: figures[0].Group + "，按毕业年份，单位：%", Head: textHead("届"), Empty: "没有数据。"}
	var keys []string
	for _, key := range mainRates() {
		for _, f := range figures {
			if f.Rate == key {
				keys, p.Head = append(keys, key), append(p.Head, panelHead{Name: f.Name, Num: true})
				break
			}
		}
	}
	for _, y := range years {
		row, any := []panelCell{textCell(plain(y))}, false
		for _, key := range keys {
			f := figureNamed(figures, key, y)
			any = any || f != nil
			row = append(row, rateCell(cellOf(f)))
		}
		if any {
			p.Rows = append(p.Rows, row)
		}
	}
	return p
}

// schoolsPanel sets the schools shown beside the district.
func schoolsPanel(d *exchange.Dashboard, of map[string][]partnership.Figure, order []string) panel {
	p := panel{ID: "schools", Title: "各校与全区差在哪里", Chart: "bar", Unit: "%", Caption: plain(d.Year) + " 届，单位：%", Head: textHead("学校")}
	var keys []string
	for _, key := range mainRates() {
		if def, ok := rates.Find(key); ok && slices.ContainsFunc(d.Trend, func(f partnership.Figure) bool { return f.Rate == key && f.Year == d.Year }) {
			keys, p.Head = append(keys, key), append(p.Head, panelHead{Name: def.Name, Num: true})
		}
	}
	for _, id := range order {
		name := of[id][0].Group
		for _, sc := range d.Schools {
			if sc.ID == id {
				name = sc.Short
			}
		}
		row := []panelCell{textCell(name)}
		for _, key := range keys {
			row = append(row, rateCell(cellOf(figureNamed(of[id], key, d.Year))))
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// groupNouns are what groups are called in a heading.
var groupNouns = map[string]string{exchange.BySchool: "学校", exchange.ByClass: "专业大类", exchange.ByCategory: "专业类", exchange.ByMajor: "专业", exchange.ByCohort: "班级",
	exchange.ByCompany: "用人单位", exchange.ByIndustry: "行业", exchange.ByCluster: "产业集群"}

// groupsShown keeps a picture readable; the table and the export have all groups.
const groupsShown = 40

// groupsOpen is up to how many groups the table stands open below its picture.
const groupsOpen = 8

// groupPanels compare the groups by the two rates chosen, school by school: as bars, and
// against the district's own figures.
func groupPanels(d *exchange.Dashboard, asked exchange.DashboardQuery) []panel {
	x, _ := rates.Find(d.X)
	y, _ := rates.Find(d.Y)
	what := groupNouns[d.By]
	var out []panel
	small := false
	for from := 0; from < len(d.Groups); {
		to := from + 1
		for to < len(d.Groups) && d.Groups[to].SchoolName == d.Groups[from].SchoolName && d.By != exchange.BySchool {
			to++
		}
		rows := d.Groups[from:to]
		if d.By == exchange.BySchool {
			rows, to = d.Groups, len(d.Groups)
		}
		whose := rows[0].SchoolName
		if d.By == exchange.BySchool || whose == "" {
			whose = "全区"
		}
		key := plain(from)
		bars := panel{ID: "groups-" + key, Title: whose + "：哪些" + what + x.Name + "高、" + y.Name + "高", Chart: "barh", Unit: "%", Tall: true,
			Caption: "各" + what + "的" + x.Name + "与" + y.Name + "，单位：%",
			Head:    []panelHead{{Name: what}, {Name: x.Name, Num: true}, {Name: y.Name, Num: true}},
			Links:   []link{{URL: "/rates?by=" + d.By + "&year=" + plain(d.Year) + "&school=" + queryEscape(rows[0].School), Label: "全部指标"}}}
		third := "progression"
		if def, ok := rates.Find(third); ok && d.X != third && d.Y != third {
			bars.Head = append(bars.Head, panelHead{Name: def.Name, Num: true, Skip: true})
		} else {
			third = ""
		}
		points := panel{ID: "quadrant-" + key, Title: whose + "：哪些" + what + "两项都高于全区，哪些都低", Chart: "quadrant", Tall: true, Folded: true,
			Caption: "虚线是全区的" + x.Name + "与" + y.Name + "：右上两项都高于全区，左下两项都低", MeanOf: "全区", MeanX: cellOf(d.Mean(d.X)).Value, MeanY: cellOf(d.Mean(d.Y)).Value,
			Head: []panelHead{{Name: what}, {Name: x.Name + "（%）", Num: true}, {Name: y.Name + "（%）", Num: true}, {Name: "与全区相比", Skip: true}}}
		for i := range rows {
			a, b := cellOf(rows[i].Figure(d.X)), cellOf(rows[i].Figure(d.Y))
			name := panelCell{Text: rows[i].Name}
			if d.By != exchange.BySchool && d.Group == "" {
				name.URL = dashboardURL("/dashboard", asked, func(q *exchange.DashboardQuery) {
					q.School, q.By, q.Group = rows[i].School, d.By, rows[i].Name
				})
			}
			line := []panelCell{name, rateCell(a), rateCell(b)}
			if third != "" {
				line = append(line, rateCell(cellOf(rows[i].Figure(third))))
			}
			bars.Rows = append(bars.Rows, line)
			if a.Value != "" && b.Value != "" {
				points.Rows = append(points.Rows, []panelCell{{Text: rows[i].Name}, rateValue(a), rateValue(b), textCell(x.Name + higher(a.Value, points.MeanX) + "，" + y.Name + higher(b.Value, points.MeanY))})
			}
			small = small || a.Small || b.Small
		}
		bars.Folded = len(bars.Rows) > groupsOpen
		if len(bars.Rows) > groupsShown {
			bars.Chart = ""
		}
		bars.Notes = []string{x.Name + " = " + x.Numerator + " ÷ " + x.Denominator + "；" + y.Name + " = " + y.Numerator + " ÷ " + y.Denominator + "。"}
		if small {
			bars.Notes = append(bars.Notes, "* 不足 10 人，一个人就会使百分比变动 10 个点以上，请看人数。")
		}
		out = append(out, bars)
		if len(points.Rows) > 1 && points.MeanX != "" && points.MeanY != "" {
			out = append(out, points)
		}
		from = to
	}
	return out
}

func rateValue(f figureCell) panelCell { return panelCell{Text: f.Value, Value: f.Value} }

// higher says in a word how a value stands to the district's.
func higher(value, mean string) string {
	switch a, b := decimalOf(value), decimalOf(mean); {
	case a > b:
		return "高"
	case a < b:
		return "低"
	}
	return "持平"
}

// demandPanel sets open slots against waiting students.
func demandPanel(d *exchange.Dashboard) panel {
	p := panel{ID: "demand", Title: "哪些专业大类的岗位不够，哪些有富余", Sample: d.DemandSample, Chart: "bar", Unit: " 人", Tall: true, Wide: true, Caption: "招收中岗位的剩余名额与待安置学生，单位：人",
		Head:  []panelHead{{Name: "专业大类"}, {Name: "剩余名额", Num: true}, {Name: "待安置学生", Num: true}, {Name: "差额", Num: true, Skip: true}, {Name: "岗位（个）", Num: true, Skip: true}, {Name: "批次（个）", Num: true, Skip: true}},
		Notes: []string{"按此刻的岗位和批次统计；岗位的专业大类由其职业对应的专业得出。"}, Links: []link{{URL: "/charts", Label: "按月份看"}}, Empty: "还没有招收中的岗位和待安置的批次。"}
	var sum exchange.DemandRow
	for _, r := range d.Demand {
		p.Rows = append(p.Rows, demandCells(&r))
		sum.Posts, sum.Slots, sum.Cohorts, sum.Students = sum.Posts+r.Posts, sum.Slots+r.Slots, sum.Cohorts+r.Cohorts, sum.Students+r.Students
	}
	if len(p.Rows) > 0 {
		sum.Category = "合计"
		p.Foot = demandCells(&sum)
	}
	return p
}

func demandCells(r *exchange.DemandRow) []panelCell {
	gap := r.Slots - r.Students
	g := panelCell{Text: signed(gap), Value: plain(int(gap))}
	if gap < 0 && r.Category != "合计" {
		g.Mark = &mark{"不够", "bad"}
	}
	return []panelCell{textCell(r.Category), countCell(r.Slots), countCell(r.Students), g, countCell(r.Posts), countCell(r.Cohorts)}
}

// signed writes a difference with its sign.
func signed(n int64) string {
	if n > 0 {
		return "+" + number(n)
	}
	return number(n)
}

func decimalOf(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return n
}
