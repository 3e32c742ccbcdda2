package audit

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
)

// book is all tables of one audit and what has been found in them.
type book struct {
	tables   []*table
	texts    []note
	findings []Finding
	sums     []*sumFault
	divisors []divisor
	schools  map[string]string // see school
	accused  map[*cell]bool    // cells that already have a finding
}

// note is a line of running text.
type note struct{ sheet, text string }

func newBook(sheets []Sheet) *book {
	b := &book{accused: map[*cell]bool{}}
	for _, s := range sheets {
		g := newGrid(s)
		blocks, text := g.blocks(s.Name)
		for _, bl := range blocks {
			if t := newTable(bl); t != nil {
				b.tables = append(b.tables, t)
				if len(blocks) > 1 && t.title != "" {
					t.name = s.Name + " " + t.title
				}
			}
		}
		for _, x := range text {
			b.texts = append(b.texts, note{s.Name, x})
		}
	}
	return b
}

// accuse records a finding on a cell. A cell is accused once: the first check to explain
// it wins, and the order of the checks puts the better explanation first.
func (b *book) accuse(c *cell, k Kind, recomputed string, weight float64, format string, args ...any) {
	if b.accused[c] {
		return
	}
	b.accused[c] = true
	b.findings = append(b.findings, Finding{Table: c.t.name, Row: c.row, Column: c.col, Published: c.raw, Recomputed: recomputed,
		Kind: k, Explanation: fmt.Sprintf(format, args...), weight: weight, at: c})
}

// group is the records of a table that are added up together: one school, one year.
type group struct {
	t       *table
	school  string
	year    int
	records []*record
}

// groups splits the records of a table by school and year, in the order of the table.
func (t *table) groups() []*group {
	var out []*group
	byKey := map[string]*group{}
	for _, r := range t.records {
		entity := ""
		if i := strings.LastIndex(r.label, "@"); i >= 0 {
			entity = r.label[i:]
		}
		k := r.school + "|" + itoa(r.year) + entity
		g := byKey[k]
		if g == nil {
			g = &group{t: t, school: r.school, year: r.year}
			byKey[k] = g
			out = append(out, g)
		}
		g.records = append(g.records, r)
	}
	return out
}

func (r *record) get(m *measure) *cell {
	if m == nil || m.index >= len(r.cells) {
		return nil
	}
	return r.cells[m.index]
}

// by returns the cell of the first measure with this role, nil if there is none.
func (r *record) by(want role) *cell {
	for _, m := range r.t.measures {
		if m.role == want {
			if c := r.cells[m.index]; c != nil {
				return c
			}
		}
	}
	return nil
}

func (t *table) has(want role) bool {
	return slices.ContainsFunc(t.measures, func(m *measure) bool { return m.role == want })
}

// bare is a label as it is compared across tables: without the words that mean nothing.
func bare(label string) string {
	if i := strings.LastIndex(label, "@"); i >= 0 {
		label = label[:i]
	}
	if i := strings.LastIndex(label, "/"); i >= 0 {
		label = label[i+1:]
	}
	if isTotal(label) == total {
		return "合计"
	}
	label = strings.TrimPrefix(label, "其中:")
	for _, s := range []string{"专业大类", "专业类", "大类", "专业", "类"} {
		if t := strings.TrimSuffix(label, s); len(t) < len(label) && len([]rune(t)) >= 2 {
			return t
		}
	}
	return label
}

// sameSchool compares names of schools; one may be a shortening of the other, and a
// table that names no school speaks of any.
func sameSchool(a, b string) bool {
	if a == b || a == "" || b == "" {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	return len([]rune(a)) >= 3 && subsequence(a, b)
}

func subsequence(short, long string) bool {
	for _, r := range short {
		i := strings.IndexRune(long, r)
		if i < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(long[i:])
		long = long[i+size:]
	}
	return true
}

func sameYear(a, b int) bool { return a == b || a == 0 || b == 0 }

// where names a cell for an explanation in another table.
func (c *cell) where() string {
	return strings.TrimSpace(c.t.name + " " + c.row + " " + c.col)
}

func relative(a, b float64) float64 {
	if b == 0 {
		return 1
	}
	d := (a - b) / b
	if d < 0 {
		return -d
	}
	return d
}

// text of an exact value with at most two decimals, whole numbers plain.
func show(x *big.Rat) string {
	if x.IsInt() {
		return x.Num().String()
	}
	return strings.TrimRight(strings.TrimRight(x.FloatString(2), "0"), ".")
}
