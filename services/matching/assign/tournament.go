package assign

import "math"

// tournament keeps the lowest bid among the children of a quota.
type tournament struct {
	min []int32 // heap layout from 1; the leaves are the second half
	who []int32 // the node at each leaf
}

// newTournaments builds one for each node that has children, in one array, and
// gives each node its leaf.
func newTournaments(up []int32, nodes int32) (of []tournament, leaf []int32) {
	of, leaf = make([]tournament, nodes), make([]int32, nodes)
	kids := make([]int32, nodes)
	for v := range nodes {
		if q := up[v]; q < nodes {
			leaf[v] = kids[q]
			kids[q]++
		}
	}
	size, total := make([]int32, nodes), int32(0)
	for q, n := range kids {
		if n > 0 {
			size[q] = 1
			for size[q] < n {
				size[q] *= 2
			}
			total += size[q]
		}
	}
	min, who := make([]int32, 2*total), make([]int32, total)
	for q, s := range size {
		of[q] = tournament{min[: 2*s : 2*s], who[:s:s]}
		min, who = min[2*s:], who[s:]
		of[q].clear()
	}
	for v := range nodes {
		if q := up[v]; q < nodes {
			of[q].who[leaf[v]] = v
		}
	}
	return of, leaf
}

func (t *tournament) clear() {
	for i := range t.min {
		t.min[i] = math.MaxInt32
	}
}

// set gives a leaf its lowest bid; the winner is then min[1].
func (t *tournament) set(leaf int32, bid int32) {
	i := len(t.who) + int(leaf)
	t.min[i] = bid
	for i > 1 {
		i >>= 1
		b := min(t.min[2*i], t.min[2*i+1])
		if t.min[i] == b {
			return
		}
		t.min[i] = b
	}
}

// lowest returns the node with the lowest bid.
func (t *tournament) lowest() int32 {
	i := 1
	for i < len(t.who) {
		i *= 2
		if t.min[i] > t.min[i+1] {
			i++
		}
	}
	return t.who[i-len(t.who)]
}
