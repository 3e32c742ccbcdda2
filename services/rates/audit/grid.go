package audit

import (
	"regexp"
	"strings"
)

// block is one table cut out of a sheet: its header rows, its data rows, and what was
// written around it.
type block struct {
	sheet  string
	title  string
	header [][]string // folded, merged areas filled in
	rows   []dataRow
	width  int
}

type dataRow struct {
	line    int // row in the sheet, from 0
	cells   []string
	raw     []string
	section string // the line above that stands alone: a school, a year
}

// grid is a sheet with its merged areas filled in, raw and folded.
type grid struct {
	raw, folded [][]string
	width       int
}

func newGrid(s Sheet) grid {
	g := grid{}
	for _, row := range s.Cells {
		g.width = max(g.width, len(row))
	}
	for _, row := range s.Cells {
		raw := make([]string, g.width)
		copy(raw, row)
		g.raw = append(g.raw, raw)
	}
	for _, m := range s.Merged {
		if m.Top < 0 || m.Left < 0 || m.Top >= len(g.raw) || m.Left >= g.width {
			continue
		}
		for r := m.Top; r <= m.Bottom && r < len(g.raw); r++ {
			for c := m.Left; c <= m.Right && c < g.width; c++ {
				g.raw[r][c] = g.raw[m.Top][m.Left]
			}
		}
	}
	for _, row := range g.raw {
		f := make([]string, g.width)
		for c, v := range row {
			f[c] = fold(v)
		}
		g.folded = append(g.folded, f)
	}
	return g
}

// shape is what one row looks like.
type shape struct {
	filled   int    // cells with something in them
	distinct int    // different contents: a merged title counts once
	numbers  int    // numbers that are not years
	years    int    // years
	only     string // the content if distinct is 1
}

var yearWord = regexp.MustCompile(`(19[89]\d|20[0-4]\d)`)
var yearOnly = regexp.MustCompile(`^(19[89]\d|20[0-4]\d)(?:[-—–~至/](?:(?:19|20)?\d\d))?(?:年度|学年度|学年|年|届|级)?(?:毕业生)?$`)

func shapeOf(row []string) (s shape) {
	seen := map[string]bool{}
	for _, v := range row {
		if v == "" {
			continue
		}
		s.filled++
		if !seen[v] {
			seen[v] = true
			s.distinct++
			s.only = v
		}
		switch {
		case yearOnly.MatchString(v):
			s.years++
		case parseNumber(v).ok:
			s.numbers++
		}
	}
	return s
}

func isNote(v string) bool {
	for _, p := range []string{"注:", "注", "备注", "说明", "数据来源", "资料来源", "来源:", "填表", "制表", "*"} {
		if strings.HasPrefix(v, p) && len([]rune(v)) > len([]rune(p)) {
			return true
		}
	}
	return false
}

// isSentence tells running text from a label.
func isSentence(v string) bool {
	return len([]rune(v)) >= 12 && strings.ContainsAny(v, "。,;，；") && strings.ContainsAny(v, "0123456789")
}

// blocks cuts a sheet into tables. Text that belongs to none is returned apart.
func (g grid) blocks(name string) (out []*block, text []string) {
	var b *block
	title, section := "", ""
	for r := 0; r < len(g.folded); r++ {
		s := shapeOf(g.folded[r])
		switch {
		case s.filled == 0:
			if b != nil && g.startsTable(r+1) {
				b = nil
			}
		case s.distinct == 1 && s.numbers == 0 && (s.filled > 1 || g.width == 1 || g.folded[r][0] != "" || b == nil):
			switch {
			case isNote(s.only) || isSentence(s.only):
				text = append(text, s.only)
			case b == nil || g.headerAt(r+1) && !g.plainSection(r, b):
				b, section = nil, ""
				if strings.HasPrefix(s.only, "单位") && title != "" {
					title += " " + s.only
				} else {
					title = s.only
				}
			case g.rowIsEmptyBut(r, b):
				b.rows = append(b.rows, dataRow{r, g.folded[r], g.raw[r], section})
			default:
				section = s.only
			}
		case b == nil:
			if n := g.headerRows(r); n > 0 {
				b = &block{sheet: name, title: title, width: g.width}
				b.header = g.header(r, n)
				out = append(out, b)
				section = ""
				r += n - 1
			}
		default:
			b.rows = append(b.rows, dataRow{r, g.folded[r], g.raw[r], section})
		}
	}
	return out, text
}

// startsTable reports whether the row looks like a title or a header.
func (g grid) startsTable(r int) bool {
	for r < len(g.folded) && shapeOf(g.folded[r]).filled == 0 {
		r++
	}
	if r >= len(g.folded) {
		return true
	}
	s := shapeOf(g.folded[r])
	return s.distinct == 1 || s.numbers == 0
}

// headerAt reports whether a header follows at once: a row of words without numbers.
func (g grid) headerAt(r int) bool {
	if r >= len(g.folded) {
		return false
	}
	s := shapeOf(g.folded[r])
	return s.distinct >= 2 && s.numbers == 0 && !g.missingOnly(r)
}

// plainSection reports that the line in row r stands inside the table and does not begin another.
func (g grid) plainSection(r int, b *block) bool {
	s := shapeOf(g.folded[r])
	return b.textual() && !strings.HasPrefix(s.only, "表")
}

// rowIsEmptyBut tells a data row whose figures are all blank from a section line: its
// name stands in the first column and is not merged across.
func (g grid) rowIsEmptyBut(r int, b *block) bool {
	return !b.textual() && shapeOf(g.folded[r]).filled == 1 && isTotal(g.folded[r][0]) != item
}

// textual reports that the table so far has no number in it.
func (b *block) textual() bool {
	for _, row := range b.rows {
		if shapeOf(row.cells).numbers > 0 {
			return false
		}
	}
	return true
}

// missingOnly reports a row with a name and nothing but "/" behind it.
func (g grid) missingOnly(r int) bool {
	words := 0
	for _, v := range g.folded[r] {
		if !isMissing(v) {
			words++
		}
	}
	return words <= 1
}

// headerRows counts the header rows that begin at r, 0 if none do.
func (g grid) headerRows(r int) int {
	s := shapeOf(g.folded[r])
	if s.numbers > 0 || s.distinct < 2 {
		return 0
	}
	n := 1
	for n < 4 && r+n < len(g.folded) {
		next := shapeOf(g.folded[r+n])
		if next.filled == 0 || next.numbers > 0 || g.missingOnly(r+n) || !g.unfinished(r, n) || isNote(g.folded[r+n][0]) {
			break
		}
		n++
	}
	return n
}

// unfinished reports that header rows r..r+n-1 leave columns apart that only the next row
// can tell: a name spread over several columns, or a blank filled below.
func (g grid) unfinished(r, n int) bool {
	above, below := g.folded[r+n-1], g.folded[r+n]
	for c := range below {
		if below[c] == "" || below[c] == above[c] {
			continue
		}
		if above[c] == "" || c+1 < len(above) && above[c] == above[c+1] || c > 0 && above[c] == above[c-1] {
			return true
		}
	}
	return false
}

// header returns the header rows with names carried to the right over the blanks that a
// merged cell leaves when a sheet is saved as CSV.
func (g grid) header(r, n int) [][]string {
	out := make([][]string, n)
	for i := range n {
		row := append([]string(nil), g.folded[r+i]...)
		if i < n-1 {
			last := g.folded[r+n-1]
			for c := 1; c < len(row); c++ {
				if row[c] == "" && last[c] != "" {
					row[c] = row[c-1]
				}
			}
		}
		out[i] = row
	}
	return out
}

// path returns the different header words above a column, top to bottom.
func (b *block) path(c int) []string {
	var out []string
	for _, row := range b.header {
		if v := row[c]; v != "" && (len(out) == 0 || out[len(out)-1] != v) {
			out = append(out, v)
		}
	}
	return out
}
