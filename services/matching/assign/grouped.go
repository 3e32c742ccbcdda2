package assign

// grouped lists numbers by the group they belong to.
type grouped struct {
	off, item []int32
}

// group sorts the indices of key by key, 0 <= key < n, keeping their order.
func group(key []int32, n int) grouped {
	g := grouped{make([]int32, n+1), make([]int32, len(key))}
	for _, k := range key {
		g.off[k+1]++
	}
	for k := range n {
		g.off[k+1] += g.off[k]
	}
	at := append([]int32(nil), g.off...)
	for i, k := range key {
		g.item[at[k]] = int32(i) //nolint:gosec // Check bounds the nodes
		at[k]++
	}
	return g
}

func (g *grouped) of(k int32) []int32 { return g.item[g.off[k]:g.off[k+1]] }
