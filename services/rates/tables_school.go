package rates

import (
	"slices"
	"strings"
)

// of reports whether a fact of a school belongs into these tables.
func (b *builder) of(school string) bool { return b.School == "" || b.School == school }

// who names whose fact it is, in a district's tables.
func (b *builder) who(school, name string) string {
	if b.School != "" {
		return name
	}
	return school + " " + name
}

// enrolment is 表10、11: students by major.
func (b *builder) enrolment() Table {
	t := Table{Key: "enrolment", Title: "在校生情况（按专业）", Columns: []Column{{Header: "专业类"}, {Header: "专业"}}}
	totals := map[int]int64{}
	type row struct{ category, major string }
	var rows []row
	students := map[row]map[int]int64{}
	for _, e := range b.Enrolment {
		if !b.of(e.School) || e.Year <= b.Year-b.Years || e.Year > b.Year {
			continue
		}
		r := row{e.Category, e.Major}
		if students[r] == nil {
			students[r] = map[int]int64{}
			rows = append(rows, r)
		}
		students[r][e.Year] += e.Students
		totals[e.Year] += e.Students
	}
	for _, y := range b.years() {
		t.Columns = append(t.Columns, numeric(yearWord(y), "在校生数", "人"), numeric(yearWord(y), "占比", "%"))
	}
	for _, r := range rows {
		cells := []string{r.category, r.major}
		for _, y := range b.years() {
			if n, ok := students[r][y]; ok {
				cells = append(cells, itoa(n), Percent(n, totals[y]))
			} else {
				cells = append(cells, "", "")
			}
		}
		t.Rows = append(t.Rows, cells)
	}
	cells := []string{"合计", ""}
	for _, y := range b.years() {
		if totals[y] == 0 {
			cells = append(cells, t.miss("合计", yearWord(y)+" 在校生数", bySchool), "")
			continue
		}
		cells = append(cells, itoa(totals[y]), "100.00")
	}
	t.Rows = append(t.Rows, cells)
	return t
}

// pathways is 表18.
func (b *builder) pathways() Table {
	t := Table{Key: "pathways", Title: "中高职贯通培养路径", Columns: []Column{{Header: "学校"}, {Header: "中职专业"}, {Header: "高职专业"}, {Header: "合作院校"}, {Header: "备注"}}}
	for _, p := range b.Pathways {
		if b.of(p.School) {
			t.Rows = append(t.Rows, []string{p.School, p.Major, p.CollegeMajor, p.College, p.Note})
		}
	}
	if len(t.Rows) == 0 {
		t.miss("全表", "中职专业", bySchool)
	}
	return t
}

// training is 表19: teachers' training in days by level, practice in firms among them.
func (b *builder) training() Table {
	t := Table{Key: "training", Title: "教师培训与企业实践（人天）", Columns: []Column{{Header: "级别"}}}
	for _, y := range b.years() {
		t.Columns = append(t.Columns, numeric("", yearWord(y), "人天"))
	}
	sum := map[int]int64{}
	for _, level := range []string{"国家级", "市级", "区级", "校本", "其他", "企业实践"} {
		row := []string{level}
		for _, y := range b.years() {
			var days int64
			known := false
			for _, x := range b.Training {
				if b.of(x.School) && x.Year == y && x.Level == level {
					days, known = days+x.Days, true
				}
			}
			if !known {
				row = append(row, t.miss(level, yearWord(y), bySchool))
				continue
			}
			sum[y] += days
			row = append(row, itoa(days))
		}
		t.Rows = append(t.Rows, row)
	}
	row := []string{"合计"}
	for _, y := range b.years() {
		cell := ""
		if !slices.ContainsFunc(t.Missing, func(m MissingCell) bool { return m.Column == yearWord(y) }) {
			cell = itoa(sum[y]) // a total with a hole in it would be read as the whole
		}
		row = append(row, cell)
	}
	t.Rows = append(t.Rows, row)
	return t
}

// bases is 表21.
func (b *builder) bases() Table {
	t := Table{Key: "bases", Title: "实训基地", Columns: []Column{{Header: "学校"}, {Header: "基地"}, {Header: "级别"}, {Header: "对应专业"},
		numeric("", "主要设备总值", "万元"), numeric("", "工位数", "个")}}
	for _, x := range b.Bases {
		if !b.of(x.School) {
			continue
		}
		row := []string{x.School, x.Name, x.Level, x.Majors, "", ""}
		if x.EquipmentYuan > 0 {
			row[4] = Quotient(x.EquipmentYuan, 10000, 1, 2)
		} else {
			t.miss(x.Name, "主要设备总值", bySchool)
		}
		if x.Workstations > 0 {
			row[5] = itoa(x.Workstations)
		} else {
			t.miss(x.Name, "工位数", bySchool)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// certificates is 表22, from the counts in the groups.
func (b *builder) certificates() Table {
	t := Table{Key: "certificates", Title: "专业课合格与证书获取", Columns: []Column{{Header: "年度"}, {Header: "指标"}, numeric("", "人数", "人"), numeric("", "应考人数", "人"), numeric("", "比例", "%")}}
	for _, y := range b.years() {
		g := b.group(y, Whole, "")
		for _, x := range []struct {
			name     string
			num, den Count
		}{{"专业课合格", CoursePassed, CourseTaken}, {"职业资格证书/技能等级证书", AssessedPassed, Assessed}, {"中级及以上证书", CertifiedMiddle, MiddleOf}} {
			row := []string{yearWord(y), x.name, "", "", ""}
			switch {
			case g != nil && b.hidesCount(g, x.den):
				row[2], row[3], row[4] = HiddenMark, HiddenMark, HiddenMark
			case g != nil && g.Tally[x.den] > 0:
				row[2], row[3], row[4] = itoa(g.Tally[x.num]), itoa(g.Tally[x.den]), Percent(g.Tally[x.num], g.Tally[x.den])
			default:
				t.miss(yearWord(y)+" "+x.name, "人数", bySchool)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// satisfaction is 表26: every share with its n, or not at all.
func (b *builder) satisfaction() Table {
	t := Table{Key: "satisfaction", Title: "满意度", Columns: []Column{{Header: "学校"}, {Header: "指标"}, {Header: "年度"}, numeric("", "满意数", "份"), numeric("", "有效回答数", "份"),
		numeric("", "满意度", "%"), {Header: "调查方式"}}}
	for _, s := range b.Surveys {
		if !b.of(s.School) || s.Year <= b.Year-b.Years || s.Year > b.Year {
			continue
		}
		row := []string{s.School, s.Indicator, yearWord(s.Year), "", "", "", s.Method}
		if s.Answers > 0 && s.Answers < b.Minimum {
			row[3], row[4], row[5] = HiddenMark, HiddenMark, HiddenMark
		} else if s.Answers > 0 {
			row[3], row[4], row[5] = itoa(s.Satisfied), itoa(s.Answers), Percent(s.Satisfied, s.Answers)
		} else {
			t.miss(b.who(s.School, s.Indicator+" "+yearWord(s.Year)), "有效回答数", bySurvey)
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		t.miss("全表", "满意度", bySurvey)
	}
	return t
}

// progressionPaths are the roads of 表28.
var progressionPaths = []string{"高考", "职教高考", "对口单招", "中本贯通", "中高贯通"}

// progression is 表28: 升学 by road.
func (b *builder) progression() Table {
	t := Table{Key: "progression", Title: "升学情况（按途径）", Columns: []Column{{Header: "年度"}, numeric("", "毕业人数", "人"), numeric("", "升学总人数", "人"), numeric("", "升学率", "%")}}
	for _, p := range progressionPaths {
		t.Columns = append(t.Columns, numeric("", p, "人"))
	}
	for _, y := range b.years() {
		row := []string{yearWord(y), "", "", ""}
		g := b.group(y, Whole, "")
		hidden := g != nil && b.hidesCount(g, Progressed)
		switch {
		case hidden:
			row[1], row[2], row[3] = HiddenMark, HiddenMark, HiddenMark
		case g != nil && g.Knows(Graduates, Progressed) && g.Tally[Graduates] > 0:
			row[1], row[2], row[3] = itoa(g.Tally[Graduates]), itoa(g.Tally[Progressed]), Percent(g.Tally[Progressed], g.Tally[Graduates])
		default:
			t.miss(yearWord(y), "毕业人数", byLedger)
		}
		for _, p := range progressionPaths {
			var n int64
			known := false
			for _, x := range b.Progress {
				if b.of(x.School) && x.Year == y && x.Path == p {
					n, known = n+x.People, true
				}
			}
			switch {
			case !known:
				row = append(row, t.miss(yearWord(y), p, byLedger))
			case hidden:
				row = append(row, HiddenMark)
			default:
				row = append(row, itoa(n))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// item is one line of a table of reported numbers.
type item struct {
	key, name, unit, who string
	from                 func(*builder, int) string // computed from the groups, if it can be
}

// cooperationItems are the lines of 表29. The unit of 接收毕业生 is stated twice over, as
// people and as a share, because the printed form asks for a 比例 in 人.
var cooperationItems = []item{
	{"group_led", "牵头职教集团", "", bySchool, nil},
	{"group_joined", "参与职教集团", "", bySchool, nil},
	{"industry_college", "组建产业学院", "个", bySchool, nil},
	{"partner_companies", "校企合作企业数", "个", bySchool, nil},
	{"external_bases", "校外实训基地数", "个", bySchool, nil},
	{"company_equipment_10k_yuan", "企业提供的实践教学设备总值", "万元", byCompany, nil},
	{"key_projects", "重点项目", "", bySchool, nil},
	{"internship_slots", "岗位实习岗位数", "个", byCompany, func(b *builder, y int) string { return b.counted(y, Slots) }},
	{"teacher_practice_bases", "合作企业教师实践基地数", "个", bySchool, nil},
	{"courses_co_developed", "合作开发课程", "门", bySchool, nil},
	{"textbooks_co_developed", "合作开发教材", "本", bySchool, nil},
	{"company_staff_trained", "学校培训企业员工", "人", bySchool, nil},
	{"order_class_students", "订单班人数", "人", bySchool, func(b *builder, y int) string { return b.counted(y, OrderEnrolled) }},
	{"hired_by_partners", "合作企业接收毕业生数", "人", byCompany, nil},
	{"internship_subsidy_yuan", "生均企业实习经费补贴", "元", byDistrict, nil},
	{"special_subsidy_yuan", "生均财政专项补贴", "元", byDistrict, nil},
}

// counted returns a count of the whole in a year, "" if nothing was counted. Nobody is a
// number as well, where others were counted beside it.
func (b *builder) counted(year int, c Count) string {
	g := b.group(year, Whole, "")
	if g == nil || !g.Knows(c) {
		return ""
	}
	if b.hidesCount(g, c) {
		return HiddenMark
	}
	known := g.Tally[c]
	switch c {
	case Graduates, Direct, Progressed, Through, Startup, Military, Flexible, Abroad, Waiting:
		known = g.Tally[Graduates]
	case Sector1, Sector2, Sector3:
		known = g.Tally.Of(Sector1, Sector2, Sector3)
	case LocalCounty, LocalCity, LocalProvince:
		known = g.Tally[PlaceKnown]
	default:
	}
	if c >= Sector1 && c <= Sector3 || c >= LocalCounty && c <= LocalProvince {
		if !g.Knows(Direct) || g.Tally[Listed] != g.Tally[Direct] {
			return "" // the number of a part of them would be read as that of all
		}
	}
	if known == 0 {
		return ""
	}
	return itoa(g.Tally[c])
}

// rate returns a share of the whole in a year, "" if there is nobody.
func (b *builder) rate(year int, key string) string {
	d, ok := Find(key)
	g := b.group(year, Whole, "")
	if !ok || g == nil {
		return ""
	}
	if b.hides(g, key) {
		return HiddenMark
	}
	r := d.Rate(g, b.CutOff)
	return r.Percent + r.Amount // one of them is empty
}

func (b *builder) cooperation() Table {
	t := b.reported("cooperation", "产教融合（校企合作）", cooperationItems)
	t.Notes = append(t.Notes, "没有填报的格取自合作登记、实训基地和毕业去向：按学年（上年 9 月 1 日到当年 8 月 31 日）内有效的项目计，没有开始日期的项目不计。")
	return t
}

// reported prints items down the rows with the report's year and the one before, in the
// national layout: 序号, 指标, 单位, 上年, 本年.
func (b *builder) reported(key, title string, items []item) Table {
	t := Table{Key: key, Title: title, Columns: []Column{{Header: "序号"}, {Header: "指标"}, {Header: "单位"}, numeric("", yearWord(b.Year-1), ""), numeric("", yearWord(b.Year), "")}}
	for i, it := range items {
		row := []string{itoa(int64(i + 1)), it.name, it.unit}
		for _, y := range []int{b.Year - 1, b.Year} {
			v, supplied := b.valueOf(it, y)
			if v == "" {
				v = t.miss(it.name, yearWord(y), it.who)
			}
			if note := b.otherwise(it, y, v); note != "" {
				t.Notes = append(t.Notes, note)
			}
			if supplied {
				t.Supplied = append(t.Supplied, [2]int{i, len(row)})
			}
			row = append(row, v)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// otherwise says in a note where a register of the platform has another number than the one
// a school stated, which stands.
func (b *builder) otherwise(it item, year int, shown string) string {
	for _, r := range b.Registered {
		if b.School != "" && r.School == b.School && r.Key == it.key && r.Year == year && shown != "" && r.Value != shown {
			return "“" + it.name + "”" + yearWord(year) + "填报为 " + shown + "，平台登记的是 " + r.Value + "，请核对。"
		}
	}
	return ""
}

// valueOf returns a computed number, else what was reported, else what a register says. In a
// district's table reported numbers of several schools are added up only where all are whole,
// with what is registered of those that reported nothing; names are listed.
func (b *builder) valueOf(it item, year int) (value string, supplied bool) {
	if it.from != nil {
		if v := it.from(b, year); v != "" {
			return v, false
		}
	}
	var vals []string
	stated := map[string]bool{}
	for _, r := range b.Reported {
		if b.of(r.School) && r.Key == it.key && r.Year == year && strings.TrimSpace(r.Value) != "" {
			vals, stated[r.School] = append(vals, strings.TrimSpace(r.Value)), true
		}
	}
	for _, r := range b.Registered {
		mine := r.School == b.School && len(stated) == 0
		rest := b.School == "" && r.School != "" && len(stated) > 0 && !stated[r.School]
		if r.Key == it.key && r.Year == year && (mine || rest) {
			vals = append(vals, r.Value)
		}
	}
	return together(vals, it.unit), len(vals) == 1
}

// additive are units whose numbers may be added across schools.
var additive = []string{"人", "个", "本", "门", "项", "人次", "人天", "家"}

func together(vals []string, unit string) string {
	if len(vals) <= 1 {
		return strings.Join(vals, "")
	}
	var sum int64
	for _, v := range vals {
		n, err := parseWhole(v)
		if err != nil || !slices.Contains(additive, unit) {
			return strings.Join(slices.Compact(slices.Sorted(slices.Values(vals))), "；")
		}
		sum += n
	}
	return itoa(sum)
}
