package assign

import "math/bits"

// queue is a monotone priority queue, a radix heap (Ahuja, Mehlhorn, Orlin,
// Tarjan 1990): nothing smaller than the last pop is pushed. An entry lies in the
// bucket of the highest bit in which it differs from the last pop, so that those
// at the current distance, which are most of them because tight arcs have length
// zero, are in bucket 0, a stack.
type queue struct {
	now    int64
	filled uint64 // a bit for each bucket that is not empty
	bucket [64][]entry
}

type entry struct {
	d int64
	v int32
}

func (q *queue) reset() {
	for m := q.filled; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		q.bucket[k] = q.bucket[k][:0]
	}
	q.now, q.filled = 0, 0
}

func (q *queue) push(d int64, v int32) {
	k := bits.Len64(uint64(d ^ q.now)) //nolint:gosec // not negative
	q.bucket[k] = append(q.bucket[k], entry{d, v})
	q.filled |= 1 << k
}

func (q *queue) pop() (d int64, v int32, ok bool) {
	if q.filled == 0 {
		return 0, 0, false
	}
	if q.filled&1 == 0 {
		q.advance()
	}
	b := q.bucket[0]
	e := b[len(b)-1]
	q.bucket[0] = b[:len(b)-1]
	if len(b) == 1 {
		q.filled &^= 1
	}
	return e.d, e.v, true
}

// advance moves on to the smallest entry and spreads its bucket over those below.
func (q *queue) advance() {
	k := bits.TrailingZeros64(q.filled)
	b := q.bucket[k]
	q.now = b[0].d
	for _, e := range b[1:] {
		q.now = min(q.now, e.d)
	}
	q.bucket[k] = b[:0]
	q.filled &^= 1 << k
	for _, e := range b {
		q.push(e.d, e.v)
	}
}
