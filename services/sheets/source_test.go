package sheets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"sunmao/services/partnership"
)

// onlyReader hides that its reader could be read from any place.
type onlyReader struct{ io.Reader }

func tempFiles(t *testing.T) []string {
	t.Helper()
	all, err := os.ReadDir(os.TempDir())
	must(t, err)
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// An upload that comes as a stream is spooled, its rows arrive, and nothing of it
// is left behind, whether it was good or not.
func TestSpoolLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var csv strings.Builder
	csv.WriteString("企业名称,备注\n")
	for i := range 40_000 {
		fmt.Fprintf(&csv, "示例%d公司,这是一条用来占地方的备注\n", i)
	}
	var book bytes.Buffer
	must(t, Export(&book, XLSX, Companies(), true, func(yield func(map[string]any) bool) {
		for i := range 3000 {
			if !yield(map[string]any{"name": fmt.Sprintf("示例%d公司", i)}) {
				return
			}
		}
	}))
	var strs strings.Builder // more shared strings than stay in memory
	strs.WriteString(`<sst><si><t>企业名称</t></si>`)
	for i := range 100_000 {
		fmt.Fprintf(&strs, "<si><t>示例%d公司%x%x%x</t></si>", i, i*7919, i*104729, i*15485863)
	}
	strs.WriteString(strings.Repeat("<si><r><t>富</t></r><r><t>文本</t></r><rPh><t>注音</t></rPh></si>", 2) + `</sst>`)
	parts := rawBook(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>100001</v></c></row></sheetData></worksheet>`)
	parts["xl/sharedStrings.xml"] = strs.String()
	parts["xl/_rels/workbook.xml.rels"] = `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/s.xml"/><Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>`
	for _, tc := range []struct {
		name string
		data []byte
		rows int
		last string
	}{
		{"long.csv", []byte(csv.String()), 40_000, "示例39999公司"},
		{"book.xlsx", book.Bytes(), 3000, "示例2999公司"},
		{"strings.xlsx", archive(t, parts), 1, "富文本"},
	} {
		im, err := NewImport(onlyReader{bytes.NewReader(tc.data)}, tc.name, Companies(), Options{})
		must(t, err)
		last, before := "", 0.0
		for l := range im.Lines() {
			last = l.Row.Text("name")
			if p := im.Progress(); p < before || p > 1 {
				t.Fatalf("%s: progress went from %v to %v", tc.name, before, p)
			} else {
				before = p
			}
		}
		if im.Err() != nil || im.Rows() != tc.rows || last != tc.last || before < 0.9 {
			t.Errorf("%s: %d rows, last %q, progress %v, error %v", tc.name, im.Rows(), last, before, im.Err())
		}
		must(t, im.Close())
	}
	for _, name := range []string{"no-heading.csv", "no.xlsx"} {
		_, err := NewImport(onlyReader{strings.NewReader(strings.Repeat("甲,乙\n", 300_000))}, name, Companies(), Options{})
		var invalid partnership.Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v, want bad input", name, err)
		}
	}
	if left := tempFiles(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestFileTooLarge(t *testing.T) {
	block := bytes.Repeat([]byte("x"), 1<<20)
	var parts []io.Reader
	for range MaxFile/len(block) + 1 {
		parts = append(parts, bytes.NewReader(block))
	}
	_, err := Open(io.MultiReader(parts...), "a.csv")
	var invalid partnership.Invalid
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "最大 64 MB") {
		t.Errorf("error %v", err)
	}
}

// A quote inside a cell (an inch mark) spoils its own line and no other, however long the file is;
// the quote that opens a cell and is never closed is named with its line.
func TestStrayQuotes(t *testing.T) {
	const lines = 60_000
	file := func(odd string) string {
		var b strings.Builder
		b.WriteString("企业名称,备注\n")
		for i := range lines {
			if i == 1 {
				b.WriteString(odd)
				continue
			}
			fmt.Fprintf(&b, "示例%d公司,这是一条用来占地方的备注，长到整个文件超过四兆字节为止\n", i)
		}
		return b.String()
	}
	for _, tc := range []struct {
		name, odd  string
		rows       int
		wrong, off string
	}{
		{"inch mark", "示例1公司,12\" 显示器\n", lines - 1, "3", ""},
		{"quote behind a closed one", "\"示例1公司\"x,备注\n", lines - 1, "3", ""},
		{"quotes written twice", "示例1公司,\"12\"\" 显示器\"\n", lines, "", ""},
		{"line end in quotes", "示例1公司,\"两行\n备注\"\r\n", lines, "", ""},
		{"never closed", "示例1公司,\"备注\n", 1, "", "引号不成对"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rows, problems := readAll(t, "a.csv", file(tc.odd), Companies())
			all := strings.Join(problems, "\n")
			if len(rows) != tc.rows || tc.wrong == "" && tc.off == "" && all != "" || !strings.Contains(all, tc.off) || !strings.Contains(all, tc.wrong) {
				t.Errorf("%d rows, want %d; %.300s", len(rows), tc.rows, all)
			}
		})
	}
}
