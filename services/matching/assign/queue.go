package assign

// queue is a monotone priority queue: nothing smaller than the last pop is
// pushed. Entries at the current distance, which are most of them because
// tight arcs have length zero, go on a stack; the others in a binary heap.
type queue struct {
	now   int64
	stack []int32
	heap  []entry
}

type entry struct {
	d int64
	v int32
}

func (q *queue) reset() {
	q.now, q.stack, q.heap = 0, q.stack[:0], q.heap[:0]
}

func (q *queue) push(d int64, v int32) {
	if d == q.now {
		q.stack = append(q.stack, v)
		return
	}
	h := append(q.heap, entry{})
	i := len(h) - 1
	for i > 0 {
		p := (i - 1) / 2
		if h[p].d <= d {
			break
		}
		h[i] = h[p]
		i = p
	}
	h[i] = entry{d, v}
	q.heap = h
}

func (q *queue) pop() (d int64, v int32, ok bool) {
	if n := len(q.stack); n > 0 {
		v = q.stack[n-1]
		q.stack = q.stack[:n-1]
		return q.now, v, true
	}
	h := q.heap
	n := len(h)
	if n == 0 {
		return 0, 0, false
	}
	top, last := h[0], h[n-1]
	h = h[:n-1]
	n--
	i := 0
	for {
		c := 2*i + 1
		if c >= n {
			break
		}
		if c+1 < n && h[c+1].d < h[c].d {
			c++
		}
		if h[c].d >= last.d {
			break
		}
		h[i] = h[c]
		i = c
	}
	if n > 0 {
		h[i] = last
	}
	q.heap, q.now = h, top.d
	return top.d, top.v, true
}
