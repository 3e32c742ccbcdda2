package rates

import (
	"math/bits"
	"slices"
)

// Smallest groups that may be shown.
const (
	SharedMinimum      = 5  // views shared between schools and the district
	PublicationMinimum = 20 // rates in publications
)

// Sum says that one cell is the sum of others: a total of a row, of a column, of a category's
// majors. A cell may stand in any number of sums.
type Sum struct {
	Total int
	Parts []int
}

// Protect says which of the counted cells must be hidden so that no group of 1 to
// minimum-1 people can be read or worked out. Cells of nobody are never hidden: there is
// nothing to protect. What it guarantees (suppress_test.go proves it with an attacker who
// solves the equations):
//
//   - every cell with 0 < n < minimum is hidden;
//   - no hidden cell follows from the visible ones by adding and subtracting along sums,
//     however many are combined;
//   - the hidden parts of a visible total are at least two and together at least minimum
//     people, so that their remainder is no small group either.
//
// It hides the smallest cells that serve. counts must be consistent with sums.
func Protect(counts []int64, sums []Sum, minimum int64) []bool {
	p := protector{counts: counts, sums: sums, minimum: minimum, hidden: make([]bool, len(counts)), in: make([][]int, len(counts))}
	for s, sum := range sums {
		for _, c := range append([]int{sum.Total}, sum.Parts...) {
			p.in[c] = append(p.in[c], s)
		}
	}
	any := false
	for c, n := range counts {
		p.hidden[c] = n > 0 && n < minimum
		any = any || p.hidden[c]
	}
	if any {
		for p.simple() || p.combined() {
			continue
		}
	}
	return p.hidden
}

type protector struct {
	counts  []int64
	sums    []Sum
	minimum int64
	hidden  []bool
	in      [][]int // sums of each cell
}

// simple mends single sums until none gives anything away; it reports whether it hid a cell.
func (p *protector) simple() bool {
	changed := false
	for again := true; again; {
		again = false
		for s := range p.sums {
			if p.leaks(s) && p.hideAnother(s) {
				again, changed = true, true
			}
		}
	}
	return changed
}

// leaks reports a sum whose hidden cells follow from it, or whose hidden remainder is small.
func (p *protector) leaks(s int) bool {
	var parts int
	var people int64
	for _, c := range p.sums[s].Parts {
		if p.hidden[c] {
			parts++
			people += p.counts[c]
		}
	}
	if p.hidden[p.sums[s].Total] {
		return parts == 0
	}
	return parts == 1 || parts > 1 && people < p.minimum
}

// hideAnother hides the smallest visible part of a sum, or its total if no part is left.
func (p *protector) hideAnother(s int) bool {
	best := -1
	for _, c := range p.sums[s].Parts {
		if !p.hidden[c] && p.counts[c] > 0 && (best < 0 || p.counts[c] < p.counts[best]) {
			best = c
		}
	}
	if best < 0 && !p.hidden[p.sums[s].Total] && p.counts[p.sums[s].Total] > 0 {
		best = p.sums[s].Total
	}
	if best < 0 {
		return false
	}
	p.hidden[best] = true
	return true
}

// combined finds hidden cells that follow from several sums together and hides another
// cell beside each; it reports whether it hid one.
func (p *protector) combined() bool {
	changed := false
	for _, part := range p.components() {
		fixed := p.determined(part)
		for _, c := range fixed {
			// ContainsFunc stops at the first sum in which a cell could be hidden.
			near := slices.ContainsFunc(p.in[c], p.hideAnother)
			// Where its own sums are hidden already, a cell further along must go.
			changed = near || slices.ContainsFunc(part, p.hideAnother) || changed
		}
	}
	return changed
}

// components splits the sums with hidden cells into sets that share none.
func (p *protector) components() [][]int {
	group := make([]int, len(p.sums))
	for s := range group {
		group[s] = s
	}
	find := func(s int) int {
		for group[s] != s {
			group[s] = group[group[s]]
			s = group[s]
		}
		return s
	}
	for c, h := range p.hidden {
		if h {
			for _, s := range p.in[c][min(1, len(p.in[c])):] {
				group[find(s)] = find(p.in[c][0])
			}
		}
	}
	by := map[int][]int{}
	for s, sum := range p.sums {
		if p.hidden[sum.Total] || slices.ContainsFunc(sum.Parts, func(c int) bool { return p.hidden[c] }) {
			by[find(s)] = append(by[find(s)], s)
		}
	}
	var out [][]int
	for s := range p.sums {
		if len(by[s]) > 0 {
			out = append(out, by[s])
		}
	}
	return out
}

// prime is the field in which the equations are solved: 2^61-1. The coefficients are 1 and
// -1, so a rank lost to the prime would need a minor divisible by it.
const prime = 1<<61 - 1

// determined returns the hidden cells that the given sums fix. A cell is fixed if, after
// elimination, its row has no other unknown in it.
func (p *protector) determined(sums []int) []int {
	at := map[int]int{}
	var cells []int
	column := func(c int) int {
		i, ok := at[c]
		if !ok {
			i = len(cells)
			at[c] = i
			cells = append(cells, c)
		}
		return i
	}
	type entry struct {
		col int
		val uint64
	}
	var sparse [][]entry
	for _, s := range sums {
		var row []entry
		for _, c := range p.sums[s].Parts {
			if p.hidden[c] {
				row = append(row, entry{column(c), 1})
			}
		}
		if t := p.sums[s].Total; p.hidden[t] {
			row = append(row, entry{column(t), prime - 1})
		}
		sparse = append(sparse, row)
	}
	m := make([][]uint64, len(sparse))
	for i, row := range sparse {
		m[i] = make([]uint64, len(cells))
		for _, e := range row {
			m[i][e.col] = (m[i][e.col] + e.val) % prime
		}
	}
	reduce(m)
	var out []int
	for _, row := range m {
		only, n := -1, 0
		for c, v := range row {
			if v != 0 {
				only = c
				n++
			}
		}
		if n == 1 {
			out = append(out, cells[only])
		}
	}
	return out
}

// reduce brings a matrix into reduced row echelon form modulo prime.
func reduce(m [][]uint64) {
	if len(m) == 0 {
		return
	}
	top := 0
	for col := 0; col < len(m[0]) && top < len(m); col++ {
		pivot := slices.IndexFunc(m[top:], func(r []uint64) bool { return r[col] != 0 })
		if pivot < 0 {
			continue
		}
		m[top], m[top+pivot] = m[top+pivot], m[top]
		inv := power(m[top][col], prime-2)
		for c := col; c < len(m[top]); c++ {
			m[top][c] = mul(m[top][c], inv)
		}
		for r := range m {
			if f := m[r][col]; r != top && f != 0 {
				for c := col; c < len(m[r]); c++ {
					if m[top][c] != 0 {
						m[r][c] = (m[r][c] + prime - mul(f, m[top][c])) % prime
					}
				}
			}
		}
		top++
	}
}

func mul(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	_, r := bits.Div64(hi, lo, prime)
	return r
}

func power(a, e uint64) uint64 {
	r := uint64(1)
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			r = mul(r, a)
		}
		a = mul(a, a)
	}
	return r
}

// Publish computes the rates of all groups and hides the small ones, with as many others
// as it takes that none can be subtracted back. Each rate is judged by its own
// denominator: a class of 30 of whom 3 took a job shows its 直接就业率 but not its 对口率.
// The sums known to a reader (district of its schools, each of its categories, majors …)
// are taken from the scopes; only those that hold exactly can be used to subtract.
func Publish(groups []*Group, defs []Definition, cutOff string, minimum int64) []Rate {
	sums := scopeSums(groups)
	var out []Rate
	for i := range defs {
		counts := make([]int64, len(groups))
		made := make([]Rate, len(groups))
		for j, g := range groups {
			made[j] = defs[i].Rate(g, cutOff)
			counts[j] = max(made[j].Denominator, 0)
		}
		hidden := Protect(counts, holding(sums, counts), minimum)
		for j, r := range made {
			switch {
			case r.Empty():
			case hidden[j]:
				out = append(out, r.Hide())
			default:
				out = append(out, r)
			}
		}
	}
	return out
}

// scopeSums lists the sums between groups: years apart, the district of its schools, and
// each whole of the values of each dimension.
func scopeSums(groups []*Group) []Sum {
	at := map[Scope]int{}
	for i, g := range groups {
		at[g.Scope] = i
	}
	parts := map[[2]any][]int{} // total's scope and how it is parted
	var order [][2]any
	put := func(total Scope, how any, i int) {
		if _, ok := at[total]; !ok || at[total] == i {
			return
		}
		k := [2]any{total, how}
		if parts[k] == nil {
			order = append(order, k)
		}
		parts[k] = append(parts[k], i)
	}
	for i, g := range groups {
		s := g.Scope
		if s.School != "" {
			put(Scope{Year: s.Year, Dim: s.Dim, Value: s.Value}, "schools", i)
		}
		if s.Dim != Whole {
			put(Scope{Year: s.Year, School: s.School}, s.Dim, i)
		}
		if s.Year != 0 {
			put(Scope{School: s.School, Dim: s.Dim, Value: s.Value}, "years", i)
		}
	}
	out := make([]Sum, 0, len(order))
	for _, k := range order {
		out = append(out, Sum{at[k[0].(Scope)], parts[k]})
	}
	return out
}

// holding keeps the sums that are exact for these counts.
func holding(sums []Sum, counts []int64) []Sum {
	var out []Sum
	for _, s := range sums {
		var n int64
		for _, c := range s.Parts {
			n += counts[c]
		}
		if n == counts[s.Total] {
			out = append(out, s)
		}
	}
	return out
}
