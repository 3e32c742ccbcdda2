package assign

// sink replaces the root of a heap; rise places the last.
func sink(h []uint64, x uint64) {
	if len(h) > 0 {
		sinkAt(h, 0, x)
	}
}

func sinkAt(h []uint64, i int, x uint64) {
	n := len(h)
	for {
		c := 2*i + 1
		if c >= n {
			break
		}
		if c+1 < n && h[c+1] < h[c] {
			c++
		}
		if h[c] >= x {
			break
		}
		h[i] = h[c]
		i = c
	}
	h[i] = x
}

// heapify makes a heap of h.
func heapify(h []uint64) {
	for i := len(h)/2 - 1; i >= 0; i-- {
		sinkAt(h, i, h[i])
	}
}

func rise(h []uint64, x uint64) {
	i := len(h) - 1
	for i > 0 {
		p := (i - 1) / 2
		if h[p] <= x {
			break
		}
		h[i] = h[p]
		i = p
	}
	h[i] = x
}
