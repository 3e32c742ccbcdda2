package stable

// A heap of keys with the worst, the largest, on top and four children a node: half
// the levels of a binary heap, and the children of a node in one cache line.

func heapify(h []uint64) {
	for x := (len(h)-2)>>2 + 1; x > 0; x-- {
		down(h, x-1)
	}
}

func down(h []uint64, x int) {
	if x >= len(h) {
		return
	}
	k := h[x]
	for {
		y := 4*x + 1
		if y >= len(h) {
			break
		}
		c := h[y:min(y+4, len(h))]
		z, most := 0, c[0]
		for i := 1; i < len(c); i++ {
			if c[i] > most {
				z, most = i, c[i]
			}
		}
		if most <= k {
			break
		}
		h[x] = most
		x = y + z
	}
	h[x] = k
}

func up(h []uint64) {
	x := len(h) - 1
	k := h[x]
	for x > 0 && h[(x-1)/4] < k {
		h[x] = h[(x-1)/4]
		x = (x - 1) / 4
	}
	h[x] = k
}
