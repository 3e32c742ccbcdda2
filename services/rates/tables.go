package rates

import (
	"slices"
	"strconv"

	"sunmao/services/partnership"
)

// Table is one table of an annual quality report, filled as far as the data reach.
type Table struct {
	Key     string        `json:"key"`
	Title   string        `json:"title"`
	Columns []Column      `json:"columns"`
	Rows    [][]string    `json:"rows"` // one text per column; numbers as plain decimals
	Notes   []string      `json:"notes,omitempty"`
	Missing []MissingCell `json:"missing,omitempty"`
	// Supplied are the cells, by row and column, that somebody reported as they stand, in
	// tables whose other cells the platform counts.
	Supplied [][2]int `json:"-"`
}

// Column is one column; columns with the same Group stand under one heading.
type Column struct {
	Group   string `json:"group,omitempty"`
	Header  string `json:"header"`
	Unit    string `json:"unit,omitempty"` // %, 人, 元 …
	Numeric bool   `json:"numeric,omitempty"`
}

// MissingCell says who can supply an empty cell, and by when.
type MissingCell struct {
	Row          string `json:"row"`
	Column       string `json:"column"`
	WhoCanSupply string `json:"who_can_supply"`
	Due          string `json:"due"` // 2006-01-02
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
	Nests     []Nest   // of the same Rollup
	Enrolment []Enrolment
	Pathways  []Pathway
	Bases     []Base
	Surveys   []Survey
	Progress  []ProgressPath
	Training  []Training
	Pay       []PublishedPay
	// Registered is what registers of the platform say for items that nobody reported; School
	// "" is the whole district, where what several schools share counts once.
	Registered []Reported
	Reported   []Reported // everything else, by the keys in tables_school.go and tables_national.go
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

// PublishedPay is an average starting pay that a school printed without the people it is
// of; it stands where pay is not known person by person. Major "" is the whole school.
type PublishedPay struct {
	School, Major string
	Year          int
	Yuan          string
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
	b := newBuilder(f)
	out := []Table{b.enrolment(), b.graduates(), b.pathways(), b.training(), b.bases(), b.certificates(), b.employment(),
		b.employmentByMajor(), b.satisfaction(), b.progression(), b.cooperation()}
	out = append(out, b.national()...)
	for i := range out {
		for j := range out[i].Missing {
			out[i].Missing[j].Due = b.due(out[i].Missing[j].WhoCanSupply)
		}
	}
	return out
}

type builder struct {
	Facts
	at     map[Scope]*Group
	hidden map[hiddenAt]bool
}

type hiddenAt struct {
	scope Scope
	rate  string
}

func newBuilder(f *Facts) *builder {
	b := &builder{Facts: *f, at: make(map[Scope]*Group, len(f.Groups)), hidden: map[hiddenAt]bool{}}
	if b.Years == 0 {
		b.Years = 3
	}
	for _, g := range f.Groups {
		b.at[g.Scope] = g
	}
	if b.Minimum <= 0 {
		return b
	}
	// All publications of the district and its schools are judged together: what one of them
	// hides must not follow from another.
	var shown []*Group
	for _, g := range f.Groups {
		if d := g.Scope.Dim; d == Whole || d == Class || d == Category || d == Major {
			shown = append(shown, g)
		}
	}
	defs := Definitions()
	for i, row := range Hide(shown, defs, f.Nests, Sight{Minimum: b.Minimum}) {
		for j, h := range row {
			if h {
				b.hidden[hiddenAt{shown[j].Scope, defs[i].Key}] = true
			}
		}
	}
	return b
}

// hides reports whether what a rate is made of must not be printed for a group.
func (b *builder) hides(g *Group, rate string) bool { return b.hidden[hiddenAt{g.Scope, rate}] }

// hidesCount reports whether a count of a group must not be printed because a rate that is
// made of the same people is hidden: one table may not show what another hides.
func (b *builder) hidesCount(g *Group, c Count) bool {
	switch {
	case c <= Waiting:
		return b.hides(g, "progression") || b.hides(g, "direct_employment")
	case c >= LocalCounty && c <= LocalProvince:
		return b.hides(g, "local_county")
	case c >= Sector1 && c <= Sector3:
		return b.hides(g, "sector1")
	case c >= Certified && c <= MiddleOf:
		return b.hides(g, "certificate")
	case c == CourseTaken || c == CoursePassed:
		return b.hides(g, "course_pass")
	}
	return false
}

// due is the day by which something is to be supplied: destinations by the cut-off of the
// graduation year, the rest with the annual report at the end of the year.
func (b *builder) due(who string) string {
	if who == byLedger {
		return strconv.Itoa(b.Year) + "-08-31"
	}
	return strconv.Itoa(b.Year) + "-12-31"
}

func (b *builder) years() []int {
	out := make([]int, 0, b.Years)
	for y := b.Year - b.Years + 1; y <= b.Year; y++ {
		out = append(out, y)
	}
	return out
}

func (b *builder) group(year int, d Dim, value string) *Group {
	return b.at[Scope{Year: year, School: b.School, Dim: d, Value: value}]
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

// HiddenMark stands in a cell that is not shown because the group is small.
const HiddenMark = "*"

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// miss records an empty cell and returns it.
func (t *Table) miss(row, column, who string) string {
	t.Missing = append(t.Missing, MissingCell{Row: row, Column: column, WhoCanSupply: who})
	return ""
}

// count and rate columns of a year.
func numeric(group, header, unit string) Column {
	return Column{Group: group, Header: header, Unit: unit, Numeric: true}
}

func yearWord(y int) string { return strconv.Itoa(y) + "年" }

// graduates is the table of graduates and progression by category (表15、16、27、28 上半).
func (b *builder) graduates() Table {
	t := Table{Key: "graduates", Title: "毕业生与升学情况（按专业类）", Columns: []Column{{Header: "专业类"}}, Notes: b.notes()}
	for _, y := range b.years() {
		g := yearWord(y)
		t.Columns = append(t.Columns, numeric(g, "毕业人数", "人"), numeric(g, "占比", "%"), numeric(g, "升学人数", "人"), numeric(g, "升学率", "%"))
	}
	for _, c := range append(b.values(Category), totalRow) {
		row := []string{c}
		for _, y := range b.years() {
			d, v := Category, c
			if c == totalRow {
				d, v = Whole, ""
			}
			row = append(row, b.graduateCells(&t, c, y, b.group(y, d, v))...)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// totalRow is what the last row of a table is called.
const totalRow = "合计"

func (b *builder) graduateCells(t *Table, row string, year int, g *Group) []string {
	all := b.group(year, Whole, "")
	y := yearWord(year) + " "
	switch {
	case all == nil:
		return []string{t.miss(row, y+"毕业人数", byLedger), "", t.miss(row, y+"升学人数", byLedger), ""}
	case g == nil || g.Knows(Graduates) && g.Tally[Graduates] == 0:
		return []string{"", "", "", ""}
	case b.hides(g, "progression"):
		return slices.Repeat([]string{HiddenMark}, 4)
	}
	n := g.Tally
	out := []string{t.known(g, row, y+"毕业人数", Graduates), "", t.known(g, row, y+"升学人数", Progressed), ""}
	if g.Knows(Graduates) {
		out[1] = Percent(n[Graduates], all.Tally[Graduates])
	}
	if g.Knows(Graduates, Progressed) {
		out[3] = Percent(n[Progressed], n[Graduates])
	}
	return out
}

func (b *builder) notes() []string {
	out := []string{"比率四舍五入到两位小数，由本表人数计算；口径见指标说明。实习不算就业。“对口”为学校自报，“按编码对口”由职业、行业编码对照专业目录判定，两种方法不能混用。"}
	if b.CutOff != "" {
		out = append(out, "统计截止："+partnership.DayWords(b.CutOff)+"。")
	}
	if b.Minimum > 0 {
		out = append(out, "“"+HiddenMark+"”表示人数少于"+itoa(b.Minimum)+"人，或为防止倒推而不显示。")
	}
	return out
}

// employmentColumns: 对口 as the school reports it and, apart, as the codes say.
var employmentColumns = []Column{numeric("", "毕业人数", "人"), numeric("", "直接就业人数", "人"), numeric("", "直接就业率", "%"),
	numeric("", "对口就业人数", "人"), numeric("", "对口率", "%"), numeric("", "按编码对口人数", "人"), numeric("", "按编码对口率", "%")}

// employmentCells are the cells of employmentColumns for one group. A method is printed
// where it covers everybody in work, so that its rate divides by the printed 直接就业人数.
func (b *builder) employmentCells(t *Table, g *Group, row string) []string {
	n := g.Tally
	if b.hides(g, "direct_employment") {
		return slices.Repeat([]string{HiddenMark}, len(employmentColumns))
	}
	out := []string{t.known(g, row, "毕业人数", Graduates), t.known(g, row, "直接就业人数", Direct), ""}
	if g.Knows(Graduates, Direct) {
		out[2] = Percent(n[Direct], n[Graduates])
	}
	method := func(column, rate string, covered int64, aligned int64) {
		switch {
		case !g.Knows(Direct) || covered != n[Direct]:
			out = append(out, t.miss(row, column, byLedger), "")
		case b.hides(g, rate):
			out = append(out, HiddenMark, HiddenMark)
		default:
			out = append(out, itoa(aligned), Percent(aligned, n[Direct]))
		}
	}
	method("对口就业人数", "alignment_school", n[LabelKnown], n[LabelAligned])
	method("按编码对口人数", "alignment", n[Listed], n.Of(AlignedExact, AlignedNear))
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
	for _, c := range b.values(Category) {
		if g := b.group(b.Year, Category, c); g != nil {
			t.Rows = append(t.Rows, append([]string{yearWord(b.Year), c}, b.employmentCells(&t, g, c)...))
		}
	}
	for _, y := range b.years() {
		row := []string{yearWord(y), totalRow}
		if g := b.group(y, Whole, ""); g != nil {
			row = append(row, b.employmentCells(&t, g, yearWord(y))...)
		} else {
			row = append(row, t.miss(yearWord(y), "毕业人数", byLedger), t.miss(yearWord(y), "直接就业人数", byLedger), "", t.miss(yearWord(y), "对口就业人数", byLedger), "", t.miss(yearWord(y), "按编码对口人数", byLedger), "")
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// employmentByMajor is 表25, with starting pay: of the people whose pay is known, else as
// the school printed it.
func (b *builder) employmentByMajor() Table {
	t := Table{Key: "employment_by_major", Title: "毕业生就业情况（按专业）", Notes: append(b.notes(), "平均起薪有逐人工资的由平台计算，没有的为学校填报。"),
		Columns: append(append([]Column{{Header: "专业"}}, employmentColumns...), numeric("", "平均起薪", "元/月"), numeric("", "起薪中位数", "元/月"))}
	for _, m := range append(b.values(Major), totalRow) {
		d, v := Major, m
		if m == totalRow {
			d, v = Whole, ""
		}
		g := b.group(b.Year, d, v)
		if g == nil {
			continue
		}
		row := append([]string{m}, b.employmentCells(&t, g, m)...)
		mean, median := Quotient(g.Tally[PayFen], g.Tally[Paid]*100, 1, 2), g.medianPay()
		switch {
		case b.hides(g, "pay_mean") && mean != "":
			mean, median = HiddenMark, HiddenMark
		case mean == "":
			mean = b.publishedPay(v)
		}
		if mean == "" && g.Tally[Direct] > 0 {
			t.miss(m, "平均起薪", byLedger)
		}
		t.Rows = append(t.Rows, append(row, mean, median))
	}
	return t
}

// publishedPay is the average a school printed for a major of the report's year. Averages
// of several schools cannot be averaged.
func (b *builder) publishedPay(major string) string {
	found := ""
	for _, p := range b.Pay {
		if b.of(p.School) && p.Year == b.Year && p.Major == major {
			if found != "" {
				return ""
			}
			found = p.Yuan
		}
	}
	return found
}
