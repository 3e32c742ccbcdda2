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
		if y+4 > len(h) {
			break
		}
		c := (*[4]uint64)(h[y:])
		most := max(c[0], c[1], c[2], c[3])
		if most <= k {
			h[x] = k
			return
		}
		z := y
		if c[1] == most {
			z = y + 1
		}
		if c[2] == most {
			z = y + 2
		}
		if c[3] == most {
			z = y + 3
		}
		h[x] = most
		x = z
	}
	if y := 4*x + 1; y < len(h) {
		z, most := y, h[y]
		for i := y + 1; i < len(h); i++ {
			if h[i] > most {
				z, most = i, h[i]
			}
		}
		if most > k {
			h[x] = most
			x = z
		}
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
