package assign

import "math"

// tournaments keep for each quota with children, once it is in order (see
// auction.order), the lowest bid among them.
type tournaments struct {
	min []int32 // of a quota: 2*kids numbers from base, heap layout from 1; the leaves are the second half
	who []int32 // from base/2: the node at each leaf, -1 none
}

// newTournaments gives each node its leaf, and each node with children its place.
func newTournaments(node []quota, nodes int32) (t tournaments) {
	for v := range node {
		if q := node[v].up; q < nodes {
			node[v].leaf = node[q].kids
			node[q].kids++
		}
	}
	total := int64(0)
	for v := range node {
		if x := &node[v]; x.kids > 0 {
			n := int32(1)
			for n < x.kids {
				n *= 2
			}
			x.kids, x.base = n, 2*total
			total += int64(n)
		}
	}
	t = tournaments{make([]int32, 2*total), filled(int(total), -1)}
	for v := range node {
		if q := node[v].up; q < nodes {
			t.who[node[q].base/2+int64(node[v].leaf)] = int32(v) //nolint:gosec // a node
		}
	}
	return t
}

// fill gives each leaf of x the lowest bid of its node and plays the tournament.
func (t *tournaments) fill(x *quota, lowest func(v int32) int32) {
	min := t.min[x.base : x.base+2*int64(x.kids)]
	for i, v := range t.who[x.base/2 : x.base/2+int64(x.kids)] {
		if min[int(x.kids)+i] = math.MaxInt32; v >= 0 {
			min[int(x.kids)+i] = lowest(v)
		}
	}
	for i := x.kids - 1; i > 0; i-- {
		if min[i] = min[2*i]; min[2*i+1] < min[i] {
			min[i] = min[2*i+1]
		}
	}
}

// set gives a leaf of x its lowest bid and returns the lowest of all.
func (t *tournaments) set(x *quota, leaf, bid int32) int32 {
	min := t.min[x.base : x.base+2*int64(x.kids)]
	i := x.kids + leaf
	min[i] = bid
	for i > 1 {
		i >>= 1
		b := min[2*i]
		if c := min[2*i+1]; c < b {
			b = c
		}
		if min[i] == b {
			break
		}
		min[i] = b
	}
	return min[1]
}

// lowest returns the node with the lowest bid under x.
func (t *tournaments) lowest(x *quota) int32 {
	min := t.min[x.base : x.base+2*int64(x.kids)]
	i := int32(1)
	for i < x.kids {
		i *= 2
		if min[i] > min[i+1] {
			i++
		}
	}
	return t.who[x.base/2+int64(i-x.kids)]
}
