package stable

import (
	"cmp"
	"slices"

	"sunmao/services/matching/market"
)

// Closure is an order class (订单班) that did not open.
type Closure struct {
	Post int32
	// Had is how many students it would have had when it was closed, Need the
	// minimum (market.MinBatch).
	Had, Need int32
}

// solveClasses handles minimums of order classes by a bounded repair: with them a
// stable matching need not exist, and to find one is NP-complete (Biró, Fleiner,
// Irving and Manlove 2010). The market is solved with all classes open; of those
// that got students, but too few, the emptiest (by share of the minimum, an eighth of
// them at a time, at least one) are closed, and so on until every open class has its
// minimum. The matching is stable with the closed classes left out of it.
func (x *engine) solveClasses() (*Result, error) {
	var closed []Closure
	defer func() { // an Arranged can be solved again
		for _, c := range closed {
			x.room(c.Post, x.slots[c.Post])
		}
	}()
	for {
		r, err := x.solveTogether()
		if err != nil {
			return nil, err
		}
		short := shortClasses(&x.m, r.Pairs)
		if len(short) == 0 {
			slices.SortFunc(closed, func(a, b Closure) int { return cmp.Compare(a.Post, b.Post) })
			r.Closed = closed
			for _, c := range closed {
				r.Cutoffs[c.Post] = 0
			}
			return r, nil
		}
		for _, c := range short[:(len(short)+7)/8] {
			closed = append(closed, c)
			x.room(c.Post, 0)
		}
	}
}

// shortClasses lists the classes with some students, but fewer than their minimum,
// the emptiest first.
func shortClasses(m *market.Market, pairs []market.Pair) []Closure {
	if m.MinBatch == nil {
		return nil
	}
	fill := make([]int32, m.Posts())
	for _, p := range pairs {
		fill[p.Post] += p.Count
	}
	var short []Closure
	for j, n := range fill {
		if 0 < n && n < m.MinBatch[j] {
			short = append(short, Closure{Post: int32(j), Had: n, Need: m.MinBatch[j]}) //nolint:gosec // an int32 by Check
		}
	}
	slices.SortFunc(short, func(a, b Closure) int {
		return cmp.Or(cmp.Compare(int64(a.Had)*int64(b.Need), int64(b.Had)*int64(a.Need)), cmp.Compare(a.Post, b.Post))
	})
	return short
}
