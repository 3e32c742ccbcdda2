package stable

import "sunmao/services/matching/market"

// rank orders the entries of a company: by priority, then student, then post. The
// worst of a post or company is the largest.
type rank struct {
	key  uint64 // priority<<32 | student
	post int32
}

func keyOf(prio uint32, student int) uint64 { return uint64(prio)<<32 | uint64(uint32(student)) } //nolint:gosec // an int32

func (r rank) worseThan(s rank) bool { return r.key > s.key || r.key == s.key && r.post > s.post }

// prio is the priority of the entry.
func (r rank) prio() uint32 { return uint32(r.key >> 32) } //nolint:gosec // the high half

// vacant stands for a post that holds nobody: no entry is less.
func vacant() rank { return rank{post: -1} }

// crown finds the worst held entry of a company over all its posts, or of a group
// over all its companies: for each of the parents a winner tree of ranks over its
// children. Only parents with a full quota need it.
type crown struct {
	start []int32 // the children of parent k are kids[start[k]:start[k+1]]
	kids  []int32
	slot  []int32 // place of a child among those of its parent
	tree  []rank  // of parent k from 2*start[k]: node 1 is the root, the leaves are n..2n-1
}

// newCrown makes room for parents; parent[x] is that of child x, -1 for none.
func newCrown(parents int, parent []int32) *crown {
	c := &crown{
		start: make([]int32, parents+1), kids: make([]int32, len(parent)), slot: make([]int32, len(parent)),
		tree: market.Make[rank](2 * len(parent)),
	}
	for _, k := range parent {
		if k >= 0 {
			c.start[k+1]++
		}
	}
	for k := range parents {
		c.start[k+1] += c.start[k]
	}
	fill := make([]int32, parents)
	for x, k := range parent {
		if k >= 0 {
			c.slot[x] = fill[k]
			c.kids[c.start[k]+fill[k]] = int32(x) //nolint:gosec // an int32 by Check
			fill[k]++
		}
	}
	return c
}

// build fills the tree of parent k from the worst entry of each of its children.
func (c *crown) build(k int32, worst func(x int32) rank) {
	kids := c.kids[c.start[k]:c.start[k+1]]
	n := len(kids)
	t := c.tree[2*c.start[k] : 2*c.start[k+1]]
	for s, x := range kids {
		t[n+s] = worst(x)
	}
	for x := n - 1; x > 0; x-- {
		t[x] = worseOf(t[2*x], t[2*x+1])
	}
}

// update sets the worst entry of child x, of parent k.
func (c *crown) update(k, x int32, r rank) {
	n := c.start[k+1] - c.start[k]
	t := c.tree[2*c.start[k] : 2*c.start[k+1]]
	s := n + c.slot[x]
	t[s] = r
	for s > 1 {
		up := worseOf(t[s], t[s^1])
		s >>= 1
		if t[s] == up {
			return
		}
		t[s] = up
	}
}

// leaf returns the entry last set for child x of parent k.
func (c *crown) leaf(k, x int32) rank {
	return c.tree[c.start[k]+c.start[k+1]+c.slot[x]]
}

// worst returns the worst entry of parent k, vacant if it holds nobody.
func (c *crown) worst(k int32) rank {
	if c.start[k] == c.start[k+1] {
		return vacant()
	}
	return c.tree[2*c.start[k]+1]
}

func worseOf(a, b rank) rank {
	if a.worseThan(b) {
		return a
	}
	return b
}
