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

// crown finds the worst held entry of a company over all its posts: a winner tree
// of ranks over the posts of each company. Only companies with a full quota need
// it, so a tree is built when that happens.
type crown struct {
	start []int32 // the posts of company c are posts[start[c]:start[c+1]]
	posts []int32
	slot  []int32 // place of a post among those of its company
	tree  []rank  // of company c from 2*start[c]: node 1 is the root, the leaves are n..2n-1
}

// vacant stands for a post that holds nobody: no entry is less.
func vacant() rank { return rank{post: -1} }

func newCrown(m *market.Market) *crown {
	c := &crown{
		start: make([]int32, m.Companies()+1), posts: make([]int32, m.Posts()), slot: make([]int32, m.Posts()),
		tree: market.Make[rank](2 * m.Posts()),
	}
	for _, k := range m.Company {
		if k >= 0 {
			c.start[k+1]++
		}
	}
	for k := range m.Companies() {
		c.start[k+1] += c.start[k]
	}
	fill := make([]int32, m.Companies())
	for j, k := range m.Company {
		if k >= 0 {
			c.slot[j] = fill[k]
			c.posts[c.start[k]+fill[k]] = int32(j)
			fill[k]++
		}
	}
	return c
}

// build fills the tree of company k from the worst entry of each of its posts.
func (c *crown) build(k int32, worst func(j int32) rank) {
	posts := c.posts[c.start[k]:c.start[k+1]]
	n := len(posts)
	t := c.tree[2*c.start[k] : 2*c.start[k+1]]
	for s, j := range posts {
		t[n+s] = worst(j)
	}
	for x := n - 1; x > 0; x-- {
		t[x] = worseOf(t[2*x], t[2*x+1])
	}
}

// update sets the worst entry of post j, of company k.
func (c *crown) update(k, j int32, r rank) {
	n := c.start[k+1] - c.start[k]
	t := c.tree[2*c.start[k] : 2*c.start[k+1]]
	x := n + c.slot[j]
	t[x] = r
	for x > 1 {
		up := worseOf(t[x], t[x^1])
		x >>= 1
		if t[x] == up {
			return
		}
		t[x] = up
	}
}

// leaf returns the entry last set for post j of company k.
func (c *crown) leaf(k, j int32) rank {
	return c.tree[c.start[k]+c.start[k+1]+c.slot[j]]
}

// worst returns the worst entry of company k, vacant if it holds nobody.
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
