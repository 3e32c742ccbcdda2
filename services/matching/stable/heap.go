package stable

// A heap of keys with the worst, the largest, on top.

func heapify(h []uint64) {
	for x := len(h)/2 - 1; x >= 0; x-- {
		down(h, x)
	}
}

func down(h []uint64, x int) {
	if x >= len(h) {
		return
	}
	k := h[x]
	for {
		y := 2*x + 1
		if y >= len(h) {
			break
		}
		if y+1 < len(h) && h[y+1] > h[y] {
			y++
		}
		if h[y] <= k {
			break
		}
		h[x] = h[y]
		x = y
	}
	h[x] = k
}

func up(h []uint64) {
	x := len(h) - 1
	k := h[x]
	for x > 0 && h[(x-1)/2] < k {
		h[x] = h[(x-1)/2]
		x = (x - 1) / 2
	}
	h[x] = k
}
