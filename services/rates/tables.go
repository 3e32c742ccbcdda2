package rates

import (
	"slices"
	"strconv"
)

// Table is one table of an annual quality report, filled as far as the data reach.
type Table struct {
	Key     string        `json:"key"`
	Title   string        `json:"title"`
	Columns []Column      `json:"columns"`
	Rows    [][]string    `json:"rows"` // one text per column; numbers as plain decimals
	Notes   []string      `json:"notes,omitempty"`
	Missing []MissingCell `json:"missing,omitempty"`
}

// Column is one column; columns with the same Group stand under one heading.
type Column struct {
	Group   string `json:"group,omitempty"`
	Header  string `json:"header"`
	Unit    string `json:"unit,omitempty"` // %, 人, 元 …
	Numeric bool   `json:"numeric,omitempty"`
}

// MissingCell says who can supply an empty cell.
type MissingCell struct {
	Row          string `json:"row"`
	Column       string `json:"column"`
	WhoCanSupply string `json:"who_can_supply"`
}

// Facts is what the report tables are filled from: the groups of a roll-up, and what only
// somebody can report. School "" is the whole district.
type Facts struct {
	School    string
	Year      int      // the year of the report
	Years     int      // how many years side by side, the report's last; 0 means 3
	Minimum   int64    // groups of fewer people are hidden (Protect); 0 hides none
	CutOff    string   // 截止日期 of the groups
	Groups    []*Group // of a Rollup over these years
	Enrolment []Enrolment
	Pathways  []Pathway
	Bases     []Base
	Surveys   []Survey
	Progress  []ProgressPath
	Training  []Training
	Reported  []Reported // everything else, by the keys in tables_school.go and tables_national.go
}

// Enrolment is the students of a major.
type Enrolment struct {
	School, Category, Major string
	Year                    int
	Students                int64
}

// Pathway leads from a secondary major to a college major (贯通).
type Pathway struct{ School, Major, CollegeMajor, College, Note string }

// Base is a training base.
type Base struct {
	School, Name, Level, Majors string
	EquipmentYuan               int64
	Workstations                int64
}

// Survey is one satisfaction survey. Answers 0 means that the number is not known.
type Survey struct {
	School, Indicator, Method string
	Year                      int
	Satisfied, Answers        int64
}

// ProgressPath counts 升学 by road: 高考, 职教高考, 对口单招, 中本贯通, 中高贯通.
type ProgressPath struct {
	School, Path string
	Year         int
	People       int64
}

// Training counts teachers' training days by level: 国家级, 市级, 区级, 校本, 企业实践.
type Training struct {
	School, Level string
	Year          int
	Days          int64
}

// Reported is one number that a school or company reports itself, by key.
type Reported struct {
	School, Key, Value string
	Year               int
}

// Who can supply what.
const (
	bySchool   = "学校"
	byCompany  = "合作企业（由学校催报）"
	byDistrict = "区教委"
	bySurvey   = "学校（组织问卷，填有效回答数与满意数）"
	byLedger   = "学校（在“去向登记”补录）"
)

// Tables fills every report table. The order is that of the printed report: the school's
// own tables first, then the national ones.
func Tables(f *Facts) []Table {
	b := builder{Facts: *f}
	if b.Years == 0 {
		b.Years = 3
	}
	out := []Table{b.enrolment(), b.graduates(), b.pathways(), b.training(), b.bases(), b.certificates(), b.employment(),
		b.employmentByMajor(), b.satisfaction(), b.progression(), b.cooperation()}
	return append(out, b.national()...)
}

type builder struct{ Facts }

func (b *builder) years() []int {
	out := make([]int, 0, b.Years)
	for y := b.Year - b.Years + 1; y <= b.Year; y++ {
		out = append(out, y)
	}
	return out
}

func (b *builder) group(year int, d Dim, value string) *Group {
	for _, g := range b.Groups {
		if g.Scope == (Scope{Year: year, School: b.School, Dim: d, Value: value}) {
			return g
		}
	}
	return nil
}

// values lists the values of a dimension that have graduates in the years shown.
func (b *builder) values(d Dim) []string {
	var out []string
	for _, g := range b.Groups {
		s := g.Scope
		if s.School == b.School && s.Dim == d && s.Year > b.Year-b.Years && s.Year <= b.Year && g.Tally[Graduates] > 0 && !slices.Contains(out, s.Value) {
			out = append(out, s.Value)
		}
	}
	return out
}

// hiddenRows says which values of a dimension are too small to be shown in a year.
func (b *builder) hiddenRows(year int, d Dim, values []string) map[string]bool {
	if b.Minimum <= 0 {
		return nil
	}
	counts := make([]int64, len(values)+1)
	sum := Sum{Total: len(values)}
	for i, v := range values {
		if g := b.group(year, d, v); g != nil {
			counts[i] = g.Tally[Graduates]
			counts[len(values)] += counts[i]
		}
		sum.Parts = append(sum.Parts, i)
	}
	out := map[string]bool{}
	for i, h := range Protect(counts, []Sum{sum}, b.Minimum) {
		if h && i < len(values) {
			out[values[i]] = true
		} else if h {
			out["合计"] = true
		}
	}
	return out
}

// hiddenMark stands in a cell that is not shown because the group is small.
const hiddenMark = "*"

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// miss records an empty cell and returns it.
func (t *Table) miss(row, column, who string) string {
	t.Missing = append(t.Missing, MissingCell{row, column, who})
	return ""
}

// count and rate columns of a year.
func numeric(group, header, unit string) Column {
	return Column{Group: group, Header: header, Unit: unit, Numeric: true}
}

func yearWord(y int) string { return strconv.Itoa(y) + "年" }

// graduates is the table of graduates and progression by category (表15、16、27、28 上半).
func (b *builder) graduates() Table {
	t := Table{Key: "graduates", Title: "毕业生与升学情况（按专业类）", Columns: []Column{{Header: "专业类"}}}
	cats := b.values(Category)
	hidden := map[int]map[string]bool{}
	for _, y := range b.years() {
		g := yearWord(y)
		t.Columns = append(t.Columns, numeric(g, "毕业人数", "人"), numeric(g, "占比", "%"), numeric(g, "升学人数", "人"), numeric(g, "升学率", "%"))
		hidden[y] = b.hiddenRows(y, Category, cats)
	}
	for _, c := range append(cats, "合计") {
		row := []string{c}
		for _, y := range b.years() {
			d, v := Category, c
			if c == "合计" {
				d, v = Whole, ""
			}
			g, all := b.group(y, d, v), b.group(y, Whole, "")
			switch {
			case hidden[y][c]:
				row = append(row, hiddenMark, hiddenMark, hiddenMark, hiddenMark)
			case all == nil:
				who := byLedger
				row = append(row, t.miss(c, yearWord(y)+" 毕业人数", who), "", t.miss(c, yearWord(y)+" 升学人数", who), "")
			case g == nil:
				row = append(row, "", "", "", "")
			default:
				n := g.Tally
				row = append(row, t.known(g, c, yearWord(y)+" 毕业人数", Graduates), "", t.known(g, c, yearWord(y)+" 升学人数", Progressed), "")
				if g.Knows(Graduates) {
					row[len(row)-3] = Percent(n[Graduates], all.Tally[Graduates])
				}
				if g.Knows(Graduates, Progressed) {
					row[len(row)-1] = Percent(n[Progressed], n[Graduates])
				}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Notes = b.notes()
	return t
}

func (b *builder) notes() []string {
	out := []string{"比率四舍五入到两位小数，由本表人数计算；口径见指标说明。实习不算就业。“对口”为学校自报，“按编码对口”由职业、行业编码对照专业目录判定，两种方法不能混用。"}
	if b.CutOff != "" {
		out = append(out, "统计截止："+b.CutOff+"。")
	}
	if b.Minimum > 0 {
		out = append(out, "“"+hiddenMark+"”表示人数少于"+itoa(b.Minimum)+"人，或为防止倒推而不显示。")
	}
	return out
}

// employmentColumns: 对口 as the school reports it and, apart, as the codes say.
var employmentColumns = []Column{numeric("", "毕业人数", "人"), numeric("", "直接就业人数", "人"), numeric("", "直接就业率", "%"),
	numeric("", "对口就业人数", "人"), numeric("", "对口率", "%"), numeric("", "按编码对口人数", "人"), numeric("", "按编码对口率", "%")}

// employmentCells are the cells of employmentColumns for one group. A method is printed
// where it covers everybody in work, so that its rate divides by the printed 直接就业人数.
func (t *Table) employmentCells(g *Group, row string) []string {
	n := g.Tally
	out := []string{t.known(g, row, "毕业人数", Graduates), t.known(g, row, "直接就业人数", Direct), ""}
	if g.Knows(Graduates, Direct) {
		out[2] = Percent(n[Direct], n[Graduates])
	}
	method := func(column string, covered int64, aligned int64) {
		if !g.Knows(Direct) || covered != n[Direct] {
			out = append(out, t.miss(row, column, byLedger), "")
			return
		}
		out = append(out, itoa(aligned), Percent(aligned, n[Direct]))
	}
	method("对口就业人数", n[LabelKnown], n[LabelAligned])
	method("按编码对口人数", n[Listed], n.Of(AlignedExact, AlignedNear))
	return out
}

// known is a count that everybody in the group published, else a missing cell.
func (t *Table) known(g *Group, row, column string, c Count) string {
	if !g.Knows(c) {
		return t.miss(row, column, byLedger)
	}
	return itoa(g.Tally[c])
}

// employment is 表24: employment by year, and by category for the year of the report.
func (b *builder) employment() Table {
	t := Table{Key: "employment", Title: "毕业生直接就业与对口情况（按年度、专业类）", Columns: append([]Column{{Header: "年度"}, {Header: "专业类"}}, employmentColumns...), Notes: b.notes()}
	cats := b.values(Category)
	hidden := b.hiddenRows(b.Year, Category, cats)
	for _, c := range cats {
		if g := b.group(b.Year, Category, c); g != nil {
			t.Rows = append(t.Rows, append([]string{yearWord(b.Year), c}, shownOr(hidden[c], t.employmentCells(g, c))...))
		}
	}
	for _, y := range b.years() {
		row := []string{yearWord(y), "合计"}
		if g := b.group(y, Whole, ""); g != nil {
			row = append(row, shownOr(y == b.Year && hidden["合计"], t.employmentCells(g, yearWord(y)))...)
		} else {
			row = append(row, t.miss(yearWord(y), "毕业人数", byLedger), t.miss(yearWord(y), "直接就业人数", byLedger), "", t.miss(yearWord(y), "对口就业人数", byLedger), "", t.miss(yearWord(y), "按编码对口人数", byLedger), "")
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func shownOr(hidden bool, cells []string) []string {
	if hidden {
		return slices.Repeat([]string{hiddenMark}, len(cells))
	}
	return cells
}

// employmentByMajor is 表25, with starting pay.
func (b *builder) employmentByMajor() Table {
	t := Table{Key: "employment_by_major", Title: "毕业生就业情况（按专业）", Notes: b.notes(),
		Columns: append(append([]Column{{Header: "专业"}}, employmentColumns...), numeric("", "平均起薪", "元/月"), numeric("", "起薪中位数", "元/月"))}
	majors := b.values(Major)
	hidden := b.hiddenRows(b.Year, Major, majors)
	for _, m := range append(majors, "合计") {
		d, v := Major, m
		if m == "合计" {
			d, v = Whole, ""
		}
		g := b.group(b.Year, d, v)
		if g == nil {
			continue
		}
		row := append([]string{m}, t.employmentCells(g, m)...)
		mean, median := Quotient(g.Tally[PayFen], g.Tally[Paid]*100, 1, 2), g.medianPay()
		if mean == "" && g.Tally[Direct] > 0 {
			t.miss(m, "平均起薪", byLedger)
		}
		row = append(row, mean, median)
		t.Rows = append(t.Rows, append(row[:1], shownOr(hidden[m], row[1:])...))
	}
	return t
}
