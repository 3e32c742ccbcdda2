package sheets

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"sunmao/services/partnership"
)

var formats = []Format{XLSX, CSV, GB18030}

// exported writes rows and reads them back.
func exported(t rapid.TB, f Format, k Kind, rows []map[string]any) []map[string]any {
	var b bytes.Buffer
	if err := Export(&b, f, k, true, slices.Values(rows)); err != nil {
		t.Fatalf("export: %v", err)
	}
	im, err := NewImport(bytes.NewReader(b.Bytes()), "x"+f.Ext(), k, Options{Demo: true})
	if err != nil {
		t.Fatalf("import of %s: %v", f, err)
	}
	defer im.Close()
	var back []map[string]any
	for l := range im.Lines() {
		if len(l.Problems) > 0 {
			t.Fatalf("%s: %v", f, l.Problems)
		}
		back = append(back, l.Row.Values)
	}
	if im.Err() != nil {
		t.Fatalf("%s: %v", f, im.Err())
	}
	return back
}

var nasty = []rune("=+-@\t＝＋－＠'\",;\n 甲𠮷㙍é_xX0041|a1￥&<>]")

// awkward draws texts made to break an export: signs that start formulas, quotes,
// line ends, rare characters, the escapes of Excel.
func awkward(limit int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		s := string(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(nasty), rapid.Rune()), 1, limit).Draw(t, "text"))
		s = strings.Map(func(r rune) rune {
			if r == '\uFFFD' || r >= 0xE000 && r <= 0xF8FF { // private use: each encoding has its own
				return -1
			}
			return r
		}, s)
		s = Clean(s)
		if s == "" {
			return "空"
		}
		return s
	})
}

func TestExportRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "rows")
		rows := make([]map[string]any, n)
		for i := range rows {
			day := time.Date(2026, 1, 1, 0, 0, 0, 0, partnership.Beijing)
			start := rapid.IntRange(0, 800).Draw(t, "start")
			rows[i] = map[string]any{
				"title":        awkward(60).Draw(t, "title"),
				"company":      awkward(60).Draw(t, "company"),
				"duties":       awkward(200).Draw(t, "duties"),
				"slots":        rapid.IntRange(1, 10_000).Draw(t, "slots"),
				"start":        partnership.Day(day.AddDate(0, 0, start)),
				"end":          partnership.Day(day.AddDate(0, 0, start+rapid.IntRange(0, 300).Draw(t, "days"))),
				"pay":          rapid.Int64Range(0, 100_000_000).Draw(t, "fen"),
				"daily_hours":  float64(rapid.IntRange(0, 48).Draw(t, "halves")) / 2,
				"holiday_work": rapid.Bool().Draw(t, "holiday"),
				"hazards":      []string{"高处", "粉尘"},
				"labour_grade": "Ⅱ",
			}
		}
		f := rapid.SampledFrom(formats).Draw(t, "format")
		if got := exported(t, f, Posts(), rows); !reflect.DeepEqual(got, rows) {
			t.Fatalf("%s\n got %q\nwant %q", f, got, rows)
		}
	})
}

func TestExportNeutralisesFormulas(t *testing.T) {
	attacks := []string{"=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x", "'=1", "''+1", "\"=cmd", "=HYPERLINK(\"http://x\")"}
	rows := make([]map[string]any, len(attacks))
	for i, a := range attacks {
		rows[i] = map[string]any{"name": a}
	}
	for _, f := range formats {
		var b bytes.Buffer
		must(t, Export(&b, f, Companies(), false, slices.Values(rows)))
		if f == XLSX {
			noFormulas(t, b.Bytes())
			continue
		}
		c, err := openCSV(&source{ReaderAt: bytes.NewReader(b.Bytes()), size: int64(b.Len()), name: "x.csv"})
		must(t, err)
		for {
			rec, err := c.csv.Read()
			if err == io.EOF {
				break
			}
			must(t, err)
			for _, cell := range rec {
				if r, _ := utf8.DecodeRuneInString(cell); cell != "" && live(r) {
					t.Errorf("%s: cell %q would be run", f, cell)
				}
			}
		}
		for i, back := range exported(t, f, Companies(), rows) {
			if want := Clean(attacks[i]); back["name"] != want {
				t.Errorf("%s: read back %q, want %q", f, back["name"], want)
			}
		}
	}
}

func noFormulas(t *testing.T, data []byte) {
	t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(data))
	must(t, err)
	defer x.Close()
	for _, s := range x.GetSheetList() {
		rows, err := x.GetRows(s)
		must(t, err)
		for r, row := range rows {
			for c := range row {
				if f, err := x.GetCellFormula(s, fmt.Sprintf("%s%d", columnName(c+1), r+1)); err != nil || f != "" {
					t.Errorf("%s row %d column %d holds the formula %q (%v)", s, r+1, c+1, f, err)
				}
			}
		}
	}
}

func TestPersonalColumnsStayHome(t *testing.T) {
	var b bytes.Buffer
	must(t, Export(&b, CSV, Students(), false, slices.Values([]map[string]any{{"student_no": "1", "name": "示例学生", "phone": "10000000000", "class": "一班"}})))
	if s := b.String(); strings.Contains(s, "示例学生") || strings.Contains(s, "10000000000") || strings.Contains(s, "姓名") {
		t.Errorf("personal fields in %s", s)
	}
}

func TestTemplate(t *testing.T) {
	for _, k := range Kinds() {
		t.Run(k.ID, func(t *testing.T) {
			var b bytes.Buffer
			must(t, Template(&b, k, map[string][]string{"major": {"660103 数控技术应用"}}))
			im, err := NewImport(bytes.NewReader(b.Bytes()), k.ID+".xlsx", k, Options{})
			must(t, err)
			defer im.Close()
			for l := range im.Lines() {
				t.Errorf("the example row came in: %+v", l)
			}
			if im.Err() != nil || len(im.Binding.Extra) > 0 {
				t.Errorf("error %v, extra %q", im.Err(), im.Binding.Extra)
			}
			x, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
			must(t, err)
			defer x.Close()
			dvs, err := x.GetDataValidations(k.Title)
			must(t, err)
			want := 0
			for _, c := range k.Columns {
				if c.Type == Enum || c.Type == Bool || c.Field == "major" {
					want++
				}
			}
			if len(dvs) != want {
				t.Errorf("%d drop-down lists, want %d", len(dvs), want)
			}
			noFormulas(t, b.Bytes())
		})
	}
}

// The example row, once changed, is data.
func TestChangedExampleIsData(t *testing.T) {
	k := Cohorts()
	var head, row []string
	for _, c := range k.Columns {
		head, row = append(head, c.Header), append(row, c.Example)
	}
	row[0] = "另一个班"
	rows, problems := readAll(t, "f.csv", strings.Join(head, ",")+"\n"+strings.Join(row, ",")+"\n", k)
	if len(rows) != 1 || len(problems) > 0 {
		t.Errorf("%d rows, problems %q", len(rows), problems)
	}
}

func TestRejects(t *testing.T) {
	text := "班级,自编列,专业代码,入学年份,人数\n一班,x,660103,2024,45\n二班,y,999999,2024,-4\n三班,z,660108,2024,30\n"
	opt := Options{Lookups: Lookups{Major: majors}}
	var b bytes.Buffer
	bad, err := Rejects(&b, strings.NewReader(text), "c.csv", Cohorts(), opt)
	must(t, err)
	if bad != 1 {
		t.Fatalf("%d bad rows, want 1", bad)
	}
	x, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	must(t, err)
	defer x.Close()
	rows, err := x.GetRows("班级批次")
	must(t, err)
	if want := []string{"班级", "自编列", "专业代码", "入学年份", "人数", reasonHeader, lineHeader}; !slices.Equal(rows[0], want) {
		t.Errorf("headings %q, want %q", rows[0], want)
	}
	if len(rows) != 2 || rows[1][0] != "二班" || rows[1][1] != "y" || rows[1][6] != "3" || !strings.Contains(rows[1][5], "没有专业") || !strings.Contains(rows[1][5], "负数") {
		t.Errorf("rows %q", rows)
	}
	marked, err := x.GetCellStyle("班级批次", "C2")
	must(t, err)
	plain, err := x.GetCellStyle("班级批次", "A2")
	must(t, err)
	if marked == plain {
		t.Error("the wrong cell is not marked")
	}
	must(t, x.SetCellValue("班级批次", "C2", "660103"))
	must(t, x.SetCellValue("班级批次", "E2", 40))
	var mended bytes.Buffer
	must(t, x.Write(&mended))
	im, err := NewImport(bytes.NewReader(mended.Bytes()), "c.xlsx", Cohorts(), opt)
	must(t, err)
	defer im.Close()
	for l := range im.Lines() {
		if len(l.Problems) > 0 || l.Row.Count("size") != 40 {
			t.Errorf("mended row %+v", l)
		}
	}
	if !slices.Equal(im.Binding.Extra, []string{"自编列"}) {
		t.Errorf("extra columns %q", im.Binding.Extra)
	}
}

// A comma too many shifts a row: what it pushes beyond the last heading is kept.
func TestRejectsKeepWhatStandsBeyondTheHeadings(t *testing.T) {
	text := "班级,专业代码,入学年份,人数\n一班,数控,技术,2024,45,有住宿,\n二班,999999,2024,30\n"
	var b bytes.Buffer
	bad, err := Rejects(&b, strings.NewReader(text), "c.csv", Cohorts(), Options{Lookups: Lookups{Major: majors}})
	must(t, err)
	x, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	must(t, err)
	defer x.Close()
	rows, err := x.GetRows("班级批次")
	must(t, err)
	if bad != 2 || len(rows) != 3 || !slices.Equal(rows[1][6:], []string{"45", "有住宿"}) || rows[1][5] != "2" || !strings.Contains(rows[1][4], "多出 2 格") || len(rows[2]) != 6 {
		t.Errorf("%d bad: %q", bad, rows)
	}
}

func TestWriteTables(t *testing.T) {
	table := SheetTable{
		Title: "表24 毕业生直接就业情况",
		Columns: []TableColumn{{Header: "专业大类"}, {Group: "直接就业", Header: "人数", Format: "#,##0"},
			{Group: "直接就业", Header: "比例", Format: "0.00%"}, {Header: "说明"}},
		Rows:  [][]any{{"合计", 1514, 514.0 / 2125, "=1+1"}, {"旅游服务类"}},
		Notes: []string{"截至 2025-08-31"},
	}
	var b bytes.Buffer
	must(t, WriteTables(&b, []SheetTable{table, table}))
	noFormulas(t, b.Bytes())
	grids, err := Grids(bytes.NewReader(b.Bytes()), "r.xlsx")
	must(t, err)
	if len(grids) != 2 || grids[0].Name == grids[1].Name {
		t.Fatalf("grids %+v", grids)
	}
	g := grids[0]
	got := []string{g.At(1, 4), g.At(2, 1), g.At(3, 1), g.At(2, 3), g.At(3, 3), g.At(4, 2), g.At(4, 3), g.At(4, 4), g.At(6, 2)}
	want := []string{table.Title, "专业大类", "专业大类", "直接就业", "比例", "1,514", "24.19%", "=1+1", "截至 2025-08-31"}
	if !slices.Equal(got, want) {
		t.Errorf("cells\n got %q\nwant %q", got, want)
	}
	x, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	must(t, err)
	defer x.Close()
	layout, err := x.GetPageLayout(g.Name)
	must(t, err)
	if layout.Size == nil || *layout.Size != paperA4 {
		t.Errorf("paper %v, want A4", layout.Size)
	}
	names := map[string]string{}
	for _, d := range x.GetDefinedName() {
		names[d.Scope] = d.RefersTo
	}
	if want := "'" + g.Name + "'!$1:$3"; names[g.Name] != want {
		t.Errorf("repeated headings %v, want %s", maps.Values(names), want)
	}
}

func TestParseFormat(t *testing.T) {
	for s, want := range map[string]Format{"": XLSX, "xlsx": XLSX, "csv": CSV, "gb18030": GB18030} {
		if got, err := ParseFormat(s); got != want || err != nil {
			t.Errorf("ParseFormat(%q) = %v, %v", s, got, err)
		}
	}
	if _, err := ParseFormat("pdf"); err == nil {
		t.Error("pdf was accepted")
	}
}

// A list export is streamed; its print setup must come through all the same.
func TestListPrints(t *testing.T) {
	var b bytes.Buffer
	l, err := NewListWriter(&b, XLSX, "名单/2025:*", []string{"姓名", "人数"})
	must(t, err)
	must(t, l.Write([]any{"甲", 3}))
	must(t, l.Close())
	x, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	must(t, err)
	defer x.Close()
	sheet := x.GetSheetName(0)
	layout, err := x.GetPageLayout(sheet)
	must(t, err)
	if layout.Size == nil || *layout.Size != paperA4 || layout.Orientation == nil || *layout.Orientation != "landscape" {
		t.Errorf("layout %+v, want A4 landscape", layout)
	}
	panes, err := x.GetPanes(sheet)
	must(t, err)
	if !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, want the heading frozen", panes)
	}
	if names := x.GetDefinedName(); len(names) != 1 || names[0].RefersTo != "'"+sheet+"'!$1:$1" {
		t.Errorf("print titles %+v", names)
	}
	v, err := x.GetCellType(sheet, "B2")
	if err != nil || v != excelize.CellTypeUnset && v != excelize.CellTypeNumber {
		t.Errorf("a number became cell type %v, %v", v, err)
	}
}
