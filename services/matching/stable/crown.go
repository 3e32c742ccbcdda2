package stable

import "sunmao/services/matching/market"

// crown finds the worst held entry of a company over all its posts: a winner tree
// over the posts of each company. Only companies with a full quota need it, so a
// tree is built when that happens.
type crown struct {
	start []int32 // the posts of company c are posts[start[c]:start[c+1]]
	posts []int32
	slot  []int32 // place of a post among those of its company
	tree  []int32 // of company c from 2*start[c]: node 1 is the root, the leaves are n..2n-1; -1 empty
	worse func(a, b int32) bool
}

// newCrown prepares the trees. worse(a, b) says that the worst entry of post a is
// worse than that of post b; it is only asked about posts that hold somebody.
func newCrown(m *market.Market, worse func(a, b int32) bool) *crown {
	c := &crown{
		start: make([]int32, m.Companies()+1), posts: make([]int32, m.Posts()), slot: make([]int32, m.Posts()),
		tree: make([]int32, 2*m.Posts()), worse: worse,
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

func (c *crown) of(k int32) []int32 { return c.posts[c.start[k]:c.start[k+1]] }

// build fills the tree of company k; holds says which posts hold somebody.
func (c *crown) build(k int32, holds func(j int32) bool) {
	posts := c.of(k)
	n := len(posts)
	t := c.tree[2*c.start[k]:]
	for s, j := range posts {
		t[n+s] = -1
		if holds(j) {
			t[n+s] = j
		}
	}
	for x := n - 1; x > 0; x-- {
		t[x] = c.winner(t[2*x], t[2*x+1])
	}
}

// update follows a change of post j, which holds somebody or not.
func (c *crown) update(k, j int32, holds bool) {
	n := c.start[k+1] - c.start[k]
	t := c.tree[2*c.start[k]:]
	x := n + c.slot[j]
	t[x] = -1
	if holds {
		t[x] = j
	}
	for x >>= 1; x > 0; x >>= 1 {
		t[x] = c.winner(t[2*x], t[2*x+1])
	}
}

// worst returns the post with the worst entry of company k, -1 if it holds nobody.
func (c *crown) worst(k int32) int32 {
	if c.start[k] == c.start[k+1] {
		return -1
	}
	return c.tree[2*c.start[k]+1]
}

func (c *crown) winner(a, b int32) int32 {
	if b < 0 || a >= 0 && c.worse(a, b) {
		return a
	}
	return b
}
