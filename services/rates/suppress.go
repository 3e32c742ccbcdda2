package rates

import (
	"cmp"
	"math/bits"
	"math/rand/v2"
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
// It hides cells that need no further ones to be hidden for their sake, and the smallest of
// these. counts must be consistent with sums.
func Protect(counts []int64, sums []Sum, minimum int64) []bool {
	p := newProtector(counts, sums, minimum)
	small := false
	for c, n := range counts {
		if n > 0 && n < minimum {
			p.hide(c)
			small = true
		}
	}
	if small {
		p.settle()
		for p.combined() {
			p.settle()
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
	state   []sumState
	due     []int // sums to look at again
}

// sumState is what is hidden among the parts of a sum.
type sumState struct {
	parts  int
	people int64
	due    bool // it is to be looked at again
}

func newProtector(counts []int64, sums []Sum, minimum int64) *protector {
	p := &protector{counts: counts, sums: sums, minimum: minimum, hidden: make([]bool, len(counts)), in: make([][]int, len(counts)), state: make([]sumState, len(sums))}
	for s, sum := range sums {
		p.in[sum.Total] = append(p.in[sum.Total], s)
		for _, c := range sum.Parts {
			p.in[c] = append(p.in[c], s)
		}
	}
	return p
}

func (p *protector) hide(c int) {
	p.hidden[c] = true
	for _, s := range p.in[c] {
		if p.sums[s].Total != c {
			p.state[s].parts++
			p.state[s].people += p.counts[c]
		}
		if !p.state[s].due {
			p.state[s].due = true
			p.due = append(p.due, s)
		}
	}
}

// settle mends single sums until none gives anything away.
func (p *protector) settle() {
	for len(p.due) > 0 {
		s := p.due[0]
		p.due, p.state[s].due = p.due[1:], false
		for p.leaks(s) && p.hideAnother(s) {
			continue
		}
	}
}

// leaks reports a sum whose hidden cells follow from it, or whose hidden remainder is small.
func (p *protector) leaks(s int) bool {
	st := &p.state[s]
	if p.hidden[p.sums[s].Total] {
		return st.parts == 0
	}
	return st.parts == 1 || st.parts > 1 && st.people < p.minimum
}

// hideAnother hides one more visible part of a sum, or its total if no part is left; it
// reports whether there was one.
func (p *protector) hideAnother(s int) bool {
	best, bestCost := -1, 0
	for _, c := range p.sums[s].Parts {
		if p.hidden[c] || p.counts[c] <= 0 {
			continue
		}
		cost := p.opens(c, s)
		if best < 0 || cost < bestCost || cost == bestCost && p.counts[c] < p.counts[best] {
			best, bestCost = c, cost
		}
	}
	if t := p.sums[s].Total; best < 0 && !p.hidden[t] && p.counts[t] > 0 {
		best = t
	}
	if best < 0 {
		return false
	}
	p.hide(best)
	return true
}

// opens counts the sums besides s that would begin to leak if c were hidden.
func (p *protector) opens(c, s int) int {
	n := 0
	for _, o := range p.in[c] {
		if o != s && p.state[o].parts == 0 && !p.hidden[p.sums[o].Total] {
			n++
		}
	}
	return n
}

// combined finds hidden cells that follow from several sums together and hides another
// cell beside each; it reports whether it hid one.
func (p *protector) combined() bool {
	changed := false
	for _, part := range p.components() {
		for _, c := range p.determined(part) {
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
	touched := make([]bool, len(p.sums))
	for c, h := range p.hidden {
		if h {
			for _, s := range p.in[c] {
				touched[s] = true
				group[find(s)] = find(p.in[c][0])
			}
		}
	}
	by := map[int][]int{}
	for s := range p.sums {
		if touched[s] {
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

// term is one unknown of an equation.
type term struct {
	col int
	val uint64
}

// determined returns the hidden cells that the given sums fix. An unknown is fixed if it is
// 0 in every solution of the homogeneous equations, so one random solution tells: that an
// open unknown should be 0 in it by chance happens once in 2^61. The solution is drawn
// from a fixed seed, and is found by elimination forwards over sparse rows alone.
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
	rows := make([][]term, 0, len(sums))
	for _, s := range sums {
		var row []term
		for _, c := range p.sums[s].Parts {
			if p.hidden[c] {
				row = append(row, term{column(c), 1})
			}
		}
		if t := p.sums[s].Total; p.hidden[t] {
			row = append(row, term{column(t), prime - 1})
		}
		rows = append(rows, row)
	}
	x := homogeneous(rows, len(cells))
	var out []int
	for i, v := range x {
		if v == 0 {
			out = append(out, cells[i])
		}
	}
	return out
}

// homogeneous returns a random solution of rows·x = 0.
func homogeneous(rows [][]term, n int) []uint64 {
	slices.SortStableFunc(rows, func(a, b []term) int { return cmp.Compare(len(a), len(b)) })
	pivot := make([][]term, n) // by the first column of the row, its coefficient 1
	var order []int
	work := make([]uint64, n)
	for _, row := range rows {
		first := reduce(row, pivot, work)
		if len(first) == 0 {
			continue
		}
		pivot[first[0].col] = first
		order = append(order, first[0].col)
	}
	rng := rand.New(rand.NewPCG(0x5355_4e4d, 0x414f))
	x := make([]uint64, n)
	for c := range x {
		if pivot[c] == nil {
			x[c] = 1 + rng.Uint64N(prime-1)
		}
	}
	// A row's other columns are behind its first one, so backwards all are known.
	slices.Sort(order)
	for _, c := range slices.Backward(order) {
		var v uint64
		for _, t := range pivot[c][1:] {
			v = (v + mul(t.val, x[t.col])) % prime
		}
		x[c] = (prime - v) % prime
	}
	return x
}

// reduce takes the pivots out of a row and returns what is left, sorted by column, the
// first coefficient 1; empty if nothing is. work is all zeros and is left so.
func reduce(row []term, pivot [][]term, work []uint64) []term {
	var cols ascending
	put := func(t term, by uint64) {
		if work[t.col] == 0 {
			cols.push(t.col)
		}
		work[t.col] = (work[t.col] + mul(t.val, by)) % prime
	}
	for _, t := range row {
		put(t, 1)
	}
	var out []term
	last := -1
	for len(cols) > 0 {
		c := cols.pop()
		v := work[c]
		if c == last || v == 0 {
			continue // pushed twice, or cancelled
		}
		if pivot[c] != nil {
			for _, t := range pivot[c] {
				put(t, prime-v)
			}
			continue
		}
		last = c
		out = append(out, term{c, v})
	}
	for _, t := range out {
		work[t.col] = 0
	}
	if len(out) > 0 {
		inv := power(out[0].val, prime-2)
		for i := range out {
			out[i].val = mul(out[i].val, inv)
		}
	}
	return out
}

// ascending is a heap of columns.
type ascending []int

func (h *ascending) push(c int) {
	*h = append(*h, c)
	for i := len(*h) - 1; i > 0 && (*h)[i] < (*h)[(i-1)/2]; i = (i - 1) / 2 {
		(*h)[i], (*h)[(i-1)/2] = (*h)[(i-1)/2], (*h)[i]
	}
}

func (h *ascending) pop() int {
	top, last := (*h)[0], len(*h)-1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	for i := 0; ; {
		least := i
		for _, j := range [2]int{2*i + 1, 2*i + 2} {
			if j < last && (*h)[j] < (*h)[least] {
				least = j
			}
		}
		if least == i {
			return top
		}
		(*h)[i], (*h)[least] = (*h)[least], (*h)[i]
		i = least
	}
}

func mul(a, b uint64) uint64 {
	if a == 1 {
		return b
	}
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
