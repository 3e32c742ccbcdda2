package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// A report goes out as a workbook with its missing cells named, comes back with some of
// them filled in, and is held against the tables as they are now: what is the same stays,
// what was missing is taken in, and what the platform counts itself is not overwritten.

// ReportCell is one cell of a report's workbook that is not what the platform has.
type ReportCell struct {
	Table  string `json:"table"` // title
	Row    string `json:"row"`   // its leading texts, joined
	Column string `json:"column"`
	Was    string `json:"was,omitempty"` // here
	Now    string `json:"now"`           // in the file
	Why    string `json:"why,omitempty"` // it cannot be taken in; empty if it can
}

// ReturnedReport says what a workbook that came back holds.
type ReturnedReport struct {
	School, Name string // id and name; "" for the district
	Year         int
	Tables       int
	Same         int          // cells that are as they are here
	Filled       []ReportCell // that can be taken in
	Refused      []ReportCell
}

// ReadReport reads a workbook of WriteReport: the title it was written with and its tables
// as they were, but for Key and Numeric, which a sheet does not show.
func ReadReport(r io.Reader, file string) (title string, tables []rates.Table, err error) {
	grids, err := sheets.Grids(r, file)
	if err != nil {
		return "", nil, err
	}
	at := map[string]int{}
	for i := range grids {
		g := &grids[i]
		if t, ok := strings.CutSuffix(g.At(1, 1), missingTitle); ok {
			title = t
			for line := 3; line <= len(g.Cells); line++ {
				if n, ok := at[g.At(line, 1)]; ok {
					tables[n].Missing = append(tables[n].Missing, rates.MissingCell{Row: g.At(line, 2), Column: g.At(line, 3), WhoCanSupply: g.At(line, 4), Due: g.At(line, 5)})
				}
			}
			continue
		}
		t := readReportSheet(g)
		at[t.Title] = len(tables)
		tables = append(tables, t)
	}
	if title == "" {
		return "", nil, partnership.Invalid{"file": {"这不是平台导出的报告数据表：没有“待补”这张工作表。请用“导出 Excel”得到的工作簿填写"}}
	}
	return title, tables, nil
}

const missingTitle = "：待补的格子"

// unitIn takes a heading apart: 毕业人数（人）.
var unitIn = regexp.MustCompile(`^(.+)（([^（）]+)）$`)

// readReportSheet reads one table back as writeTable laid it out.
func readReportSheet(g *sheets.Grid) rates.Table {
	t := rates.Table{Title: g.At(1, 1)}
	head, wide := 2, len(g.Cells[0])
	if len(g.Cells) > 1 {
		wide = max(wide, len(g.Cells[1]))
	}
	notes := map[int]bool{}
	for _, m := range g.Merged {
		if m.Top == 2 {
			head = 3
		}
	}
	if head == 3 && len(g.Cells) > 2 {
		wide = max(wide, len(g.Cells[2]))
	}
	for _, m := range g.Merged {
		if m.Top > head && m.Left == 1 && m.Right == wide {
			notes[m.Top] = true
		}
	}
	for col := 1; col <= wide; col++ {
		c := rates.Column{Header: g.At(head, col)}
		if head == 3 && g.At(2, col) != c.Header {
			c.Group = g.At(2, col)
		}
		if m := unitIn.FindStringSubmatch(c.Header); m != nil {
			c.Header, c.Unit = m[1], m[2]
		}
		t.Columns = append(t.Columns, c)
	}
	for line := head + 1; line <= len(g.Cells); line++ {
		if notes[line] {
			t.Notes = append(t.Notes, g.At(line, 1))
			continue
		}
		row := make([]string, wide)
		for col := range row {
			row[col] = g.At(line, col+1)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// reportTitleIn is what names a report inside its workbook.
var reportTitleIn = regexp.MustCompile(`^(.+) (\d{4}) 年度`)

// ReturnReport reads a workbook that came back and says what in it differs from the report
// as it is now. It writes nothing; FillReport does.
func (x *Exchange) ReturnReport(ctx context.Context, actor partnership.Actor, file io.Reader, name string) (ReturnedReport, error) {
	var out ReturnedReport
	if err := partnership.Tell(ctx, "读出交回的表", 0); err != nil {
		return out, err
	}
	title, tables, err := ReadReport(file, name)
	if err != nil {
		return out, err
	}
	m := reportTitleIn.FindStringSubmatch(title)
	if m == nil {
		return out, partnership.Invalid{"file": {"“待补”工作表的标题应为“学校 年份 年度”，现在是“" + title + "”。请不要改动标题"}}
	}
	out.Name = m[1]
	out.Year, _ = strconv.Atoi(m[2]) // four digits
	if out.Name != wholeDistrict {
		s, err := x.SchoolNamed(ctx, out.Name)
		if err != nil {
			return out, err
		}
		out.School = s.ID
	}
	now, err := x.Report(partnership.Within(ctx, 200, 800), actor, out.School, out.Year, false)
	if err != nil {
		return out, err
	}
	if err := partnership.Tell(ctx, "与现在的数据表逐格比较", 800); err != nil {
		return out, err
	}
	out.Tables = len(tables)
	for i := range tables {
		t := &tables[i]
		at := slices.IndexFunc(now, func(o rates.Table) bool { return o.Title == t.Title })
		if at < 0 {
			out.Refused = append(out.Refused, ReportCell{Table: t.Title, Why: "报告里没有这张表"})
			continue
		}
		out.compare(&now[at], t)
	}
	return out, nil
}

// wholeDistrict is whose the report of all schools is.
const wholeDistrict = "全区"

// compare holds a table that came back against the one there is. Rows are found by their
// leading texts, columns by their headings, so that both may have moved.
func (r *ReturnedReport) compare(now, back *rates.Table) {
	lines := map[string]int{}
	for i, row := range now.Rows {
		lines[rowName(now, row)] = i
	}
	columns := map[string]int{}
	for i, c := range now.Columns {
		columns[columnName(c)] = i
	}
	for _, row := range back.Rows {
		lead := make([]string, 0, len(now.Columns))
		for i, c := range back.Columns {
			if at, ok := columns[columnName(c)]; ok && !now.Columns[at].Numeric {
				lead = append(lead, row[i])
			}
		}
		name := strings.TrimSpace(strings.Join(lead, " "))
		line, there := lines[name]
		if !there {
			r.Refused = append(r.Refused, ReportCell{Table: back.Title, Row: name, Why: "报告里没有这一行"})
			continue
		}
		for i, c := range back.Columns {
			at, ok := columns[columnName(c)]
			cell := ReportCell{Table: back.Title, Row: name, Column: columnName(c), Now: strings.TrimSpace(row[i])}
			switch {
			case !ok && cell.Now != "":
				cell.Why = "报告里没有这一列"
				r.Refused = append(r.Refused, cell)
			case !ok, cell.Now == rates.HiddenMark:
			case sameCell(now.Rows[line][at], cell.Now):
				r.Same++
			case cell.Now == "":
			default:
				if _, cell.Why = r.place(now, line, at, &cell); cell.Why != "" {
					r.Refused = append(r.Refused, cell)
				} else {
					r.Filled = append(r.Filled, cell)
				}
			}
		}
	}
}

func rowName(t *rates.Table, row []string) string {
	var out []string
	for i, c := range t.Columns {
		if !c.Numeric && i < len(row) {
			out = append(out, row[i])
		}
	}
	return strings.TrimSpace(strings.Join(out, " "))
}

func columnName(c rates.Column) string { return strings.TrimSpace(c.Group + " " + c.Header) }

// sameCell compares texts, and numbers by their value.
func sameCell(a, b string) bool {
	if a == b {
		return true
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && x == y
}

// place is where a filled cell is kept, or why it cannot be.
func (r *ReturnedReport) place(t *rates.Table, line, column int, c *ReportCell) (partnership.Published, string) {
	c.Was = t.Rows[line][column]
	p := partnership.Published{School: r.School, Value: c.Now, Source: "报告数据表填报"}
	slot, ok := t.SlotOf(line, column)
	switch {
	case !ok && c.Was == "":
		return p, "这一格不能在报告里填：请导入毕业去向、学生名册或实训基地，平台由它们算出"
	case !ok:
		return p, "这一格由平台按登记的数据算出，不能在报告里改。请更正原始数据"
	case r.School == "":
		return p, "全区的数由各校的数合成，请在这所学校的报告里填"
	}
	p.Table, p.Item, p.Unit = slot.Table, slot.Item, slot.Unit
	p.Year = slot.Year
	n, err := strconv.ParseFloat(c.Now, 64)
	switch {
	case !slot.Number:
		if len([]rune(c.Now)) > 200 {
			return p, "最多 200 个字"
		}
	case err != nil || n < 0:
		return p, "须是数字，不带单位"
	case slot.Unit == "%" && n > 100:
		return p, "百分比不能超过 100"
	case slot.Whole && n != float64(int64(n)):
		return p, "须是整数"
	}
	return p, ""
}

// FillReport takes in cells of a school's report that the school supplies itself. All are
// checked first: one bad cell means that nothing is written.
func (x *Exchange) FillReport(ctx context.Context, actor partnership.Actor, school string, year int, cells []ReportCell) (int, error) {
	tables, err := x.Report(ctx, actor, school, year, false) // refuses whose it is not
	if err != nil {
		return 0, err
	}
	r := ReturnedReport{School: school, Year: year}
	bad := partnership.Invalid{}
	var all []partnership.Published
	taken := map[string]string{}
	for i := range cells {
		c := cells[i]
		p, why := r.find(tables, &c)
		key := fmt.Sprint(p.Item, " ", p.Year)
		switch was, twice := taken[key]; {
		case why != "":
			bad.Add("cells", "%s，%s，%s：%s", c.Table, c.Row, c.Column, why)
		case twice && !sameCell(was, c.Now):
			bad.Add("cells", "%s，%s，%s：在另一张表里写的是 %s，两处要一致", c.Table, c.Row, c.Column, was)
		case !twice:
			taken[key] = c.Now
			all = append(all, p)
		}
	}
	if err := bad.Err(); err != nil {
		return 0, err
	}
	for _, p := range all {
		if err := x.putPublished(ctx, p); err != nil {
			return 0, err
		}
	}
	return len(cells), nil
}

// find looks a cell up in the report as it is now.
func (r *ReturnedReport) find(tables []rates.Table, c *ReportCell) (partnership.Published, string) {
	for i := range tables {
		t := &tables[i]
		if t.Title != c.Table {
			continue
		}
		for line, row := range t.Rows {
			for j, col := range t.Columns {
				if rowName(t, row) == c.Row && columnName(col) == c.Column {
					return r.place(t, line, j, c)
				}
			}
		}
	}
	return partnership.Published{}, "报告里没有这一格"
}

// putPublished keeps a number that a school reports, over the one it reported before.
func (x *Exchange) putPublished(ctx context.Context, p partnership.Published) error {
	where := store.And(store.Field("school").Eq(p.School), store.Field("year").Eq(p.Year))
	for old, err := range x.published.Find(ctx, store.Query{Where: where}) {
		if err != nil {
			return fmt.Errorf("published figures: %w", err)
		}
		same := old.Table == p.Table && old.Item == p.Item
		same = same || p.Table == tableReported && old.Table == tableCooperation && cooperationKeys[old.Item] == p.Item
		if same && old.Group == p.Group {
			_, err := x.published.Edit(ctx, old.ID, func(o *partnership.Published) error {
				o.Value, o.Source = p.Value, p.Source
				return nil
			})
			return err
		}
	}
	p.ID = strings.Join([]string{p.Table, p.School, strconv.Itoa(p.Year), p.Item}, ":")
	err := x.published.Insert(ctx, &p)
	if errors.Is(err, partnership.ErrDuplicate) {
		_, err = x.published.Edit(ctx, p.ID, func(o *partnership.Published) error { o.Value, o.Source = p.Value, p.Source; return nil })
	}
	return err
}
