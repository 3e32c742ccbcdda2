package audit

import (
	"fmt"
	"math"
	"strings"
)

// checkCopies finds whole columns and rows that repeat those of another year or school.
// One equal cell is chance and is never reported.
func (b *book) checkCopies() {
	for _, t := range b.tables {
		for _, m := range t.measures {
			lists := copyable(t, m)
			n := math.Log10(float64(max(1, len(lists))))
			for i := range lists {
				for j := range lists[i+1:] {
					bar := chance + n // as many pairs of years of one school, about
					if lists[i].school != lists[i+1+j].school {
						bar += n // as many squared of schools
					}
					b.copiedColumn(t, m, &lists[i], &lists[i+1+j], bar)
				}
			}
		}
		b.copiedRows(t)
	}
}

// fewestCopied is how many rows two columns must have in common to be called copied.
const fewestCopied = 4

// chance is the odds, as a power of ten, against two columns of a table being equal by
// accident from which on they are called copied: that small numbers are equal says little,
// and among thousands of schools some are.
const chance = 3

// list is one measure of one year and school, row by row.
type list struct {
	*group
	area  bool // its school is a whole area
	cells []*cell
	of    map[string]*cell // by label
}

// copyable lists a measure's columns that are long enough to be copies. A table has thousands of
// groups at times, and they are compared two by two: what is known of each is worked out once.
func copyable(t *table, m *measure) (out []list) {
	for _, g := range t.groups() {
		if len(g.records) < fewestCopied {
			continue
		}
		l := list{group: g, area: isArea(g.school), of: map[string]*cell{}}
		for _, r := range g.records {
			if c := r.get(m); c != nil && r.kind == item {
				l.cells = append(l.cells, c)
				l.of[r.label] = c
			}
		}
		if len(l.cells) >= fewestCopied {
			out = append(out, l)
		}
	}
	return out
}

// copiedColumn compares one measure of two years or two schools, row by row.
func (b *book) copiedColumn(t *table, m *measure, g, h *list, bar float64) {
	if (g.year == h.year) == (g.school == h.school) {
		return
	}
	if g.school != h.school && (g.area || h.area) {
		return
	}
	same, different, odds := 0, map[string]bool(nil), 0.0
	var first *cell
	for _, c := range h.cells {
		o := g.of[c.rec.label]
		if o == nil || !o.n.eq(c.n) {
			return
		}
		if c.n.mant == 0 {
			continue
		}
		if different == nil {
			different = map[string]bool{}
		}
		same++
		different[c.n.String()] = true
		odds += math.Log10(max(1, math.Abs(float64(c.n.mant))/3)) // a third: numbers of two years are alike
		if first == nil {
			first = c
		}
	}
	if same < fewestCopied || odds < bar || len(different) < 3 || m.rate && len(different) < 4 {
		return
	}
	b.column(first, fmt.Sprintf("%d 行", same), Copied, "", "“%s”一列 %d 行与 %s 的逐行相同，像是沿用或照抄", m.name, same, groupName(g.group))
}

func groupName(g *group) string {
	var s []string
	if g.school != "" {
		s = append(s, g.school)
	}
	if g.year > 0 {
		s = append(s, yearName(g.year))
	}
	return strings.Join(s, " ")
}

// column records a finding on a whole column, named by one of its cells.
func (b *book) column(c *cell, published string, k Kind, recomputed, format string, args ...any) {
	row := "（整列）"
	if g := groupName(&group{school: c.rec.school, year: c.rec.year}); g != "" {
		row = g + row
	}
	b.findings = append(b.findings, Finding{Table: c.t.name, Row: row, Column: c.col, Published: published, Recomputed: recomputed,
		Kind: k, Explanation: fmt.Sprintf(format, args...), weight: 0.5})
}

// copiedRows finds a row whose counts are all those of the year before.
func (b *book) copiedRows(t *table) {
	seen := map[string][]*record{}
	for _, r := range t.records {
		if r.kind != item || r.year == 0 {
			continue
		}
		k := r.school + "|" + r.label
		for _, o := range seen[k] {
			if o.year != r.year {
				b.copiedRow(r, o)
			}
		}
		seen[k] = append(seen[k], r)
	}
}

func (b *book) copiedRow(r, o *record) {
	same, total, seen := 0, 0, map[string]bool{}
	var last *cell
	for _, m := range r.t.measures {
		x, y := r.get(m), o.get(m)
		if !m.counts() || x == nil || y == nil {
			continue
		}
		total++
		if x.n.eq(y.n) && x.n.float() >= 20 {
			same++
			seen[x.n.String()] = true
			last = x
		}
	}
	if same >= 3 && same == total && len(seen) >= 3 {
		b.accuse(last, Copied, "", 0.3, "本行 %d 个人数与 %s 的全部相同，像是沿用或照抄", same, yearName(o.year))
	}
}
