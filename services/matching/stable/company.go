package stable

import (
	"cmp"
	"slices"

	"sunmao/services/matching/market"
)

// companies runs deferred acceptance with the companies proposing: each offers its
// places to its candidates best first, under the slots of the post and its own
// quota, and those of groups; a student keeps the best offers and returns the others, and a returned
// place is offered on.
type companies struct {
	m     *market.Market
	lists lists
	agent []int32
	start []int64  // candidates of post j: line[start[j]:start[j+1]], best first
	line  []uint32 //
	next  []int64
	part  []int32 // students of the candidate at next already asked
	fill  []int64 // open offers of each post
	quota *tree
	taken []int64 // offers under each quota
	held  []int32 // offers an agent holds at a line
	have  []int64 // offers an agent holds
	side  [][]int32
	todo  []int32
	on    []bool
}

func solveCompanies(m *market.Market, l lists) (*Result, error) {
	c := newCompanies(m, l)
	budget := maxSteps * (int64(len(m.Edges)) + 1000)
	for len(c.todo) > 0 {
		s := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		c.on[s] = false
		for c.offer(s) {
			if budget--; budget < 0 {
				return nil, ErrSteps
			}
		}
	}
	return c.result(), nil
}

func newCompanies(m *market.Market, l lists) *companies {
	c := &companies{
		m: m, lists: l, agent: make([]int32, len(m.Edges)), start: make([]int64, m.Posts()+1),
		fill: make([]int64, m.Posts()), quota: newTree(m), part: make([]int32, m.Posts()),
		held: make([]int32, len(m.Edges)), have: make([]int64, m.Agents()),
	}
	c.taken = make([]int64, len(c.quota.up))
	c.side, c.on = make([][]int32, c.quota.sides()), make([]bool, c.quota.sides())
	for i := range m.Agents() {
		for e := l.from[i]; e < l.to[i]; e++ {
			c.agent[e] = int32(i)
			c.start[m.Edges[e].Post+1]++
		}
	}
	for j := range m.Posts() {
		c.start[j+1] += c.start[j]
	}
	c.next = slices.Clone(c.start[:m.Posts()])
	c.line = make([]uint32, c.start[m.Posts()])
	fill := slices.Clone(c.next)
	for i := range m.Agents() {
		for e := l.from[i]; e < l.to[i]; e++ {
			j := m.Edges[e].Post
			c.line[fill[j]] = uint32(e)
			fill[j]++
		}
	}
	for j := range m.Posts() {
		slices.SortFunc(c.line[c.start[j]:c.start[j+1]], func(a, b uint32) int { return cmp.Compare(c.key(a), c.key(b)) })
		s := c.quota.side(int32(j))
		c.side[s] = append(c.side[s], int32(j))
		c.again(s)
	}
	return c
}

func (c *companies) key(e uint32) uint64 { return keyOf(c.m.Prio[e], int(c.agent[e])) }

func (c *companies) again(s int32) {
	if !c.on[s] {
		c.on[s] = true
		c.todo = append(c.todo, s)
	}
}

// offer lets side s make its next offer and says whether there was one.
func (c *companies) offer(s int32) bool {
	best, j := rank{}, int32(-1)
	for _, p := range c.side[s] {
		if c.next[p] == c.start[p+1] || c.room(p) == 0 {
			continue
		}
		if r := (rank{c.key(c.line[c.next[p]]), p}); j < 0 || best.worseThan(r) {
			best, j = r, p
		}
	}
	if j < 0 {
		return false
	}
	e := c.line[c.next[j]]
	i := c.agent[e]
	n := min(c.room(j), int64(c.m.Supply[i]-c.part[j]))
	if c.part[j] += int32(n); c.part[j] == c.m.Supply[i] {
		c.next[j]++
		c.part[j] = 0
	}
	c.move(e, n)
	c.have[i] += n
	for c.have[i] > int64(c.m.Supply[i]) {
		c.giveBack(i)
	}
	return true
}

// move changes the offers held at line e by n.
func (c *companies) move(e uint32, n int64) {
	j := c.m.Edges[e].Post
	c.held[e] += int32(n)
	c.fill[j] += n
	for q := c.quota.of[j]; q >= 0; q = c.quota.up[q] {
		c.taken[q] += n
	}
}

// room is how many offers more post j can make.
func (c *companies) room(j int32) int64 {
	room := int64(c.m.PostCap[j]) - c.fill[j]
	for q := c.quota.of[j]; q >= 0 && room > 0; q = c.quota.up[q] {
		room = min(room, c.quota.cap[q]-c.taken[q])
	}
	return room
}

// giveBack lets agent i return what it holds too much from the end of its list.
func (c *companies) giveBack(i int32) {
	e := c.lists.to[i] - 1
	for c.held[e] == 0 {
		e--
	}
	n := min(c.have[i]-int64(c.m.Supply[i]), int64(c.held[e]))
	c.move(uint32(e), -n)
	c.have[i] -= n
	c.again(c.quota.side(c.m.Edges[e].Post))
}

func (c *companies) result() *Result {
	r := &Result{}
	for i := range c.m.Agents() {
		from := len(r.Pairs)
		for e := c.lists.from[i]; e < c.lists.to[i]; e++ {
			if c.held[e] > 0 {
				r.Pairs = append(r.Pairs, market.Pair{Agent: int32(i), Post: c.m.Edges[e].Post, Count: c.held[e]})
			}
		}
		slices.SortFunc(r.Pairs[from:], func(a, b market.Pair) int { return int(a.Post) - int(b.Post) })
	}
	for j := range c.m.Posts() {
		r.Proposals += c.next[j] - c.start[j]
	}
	r.Cutoffs = c.cutoffs()
	return r
}

// cutoffs finds whom each post would keep: the worst of the innermost full quota.
func (c *companies) cutoffs() []uint32 {
	worst, under := make([]uint32, c.m.Posts()), make([]uint32, len(c.taken))
	for e, n := range c.held {
		if n > 0 {
			j := c.m.Edges[e].Post
			worst[j] = max(worst[j], c.m.Prio[e])
			for q := c.quota.of[j]; q >= 0; q = c.quota.up[q] {
				under[q] = max(under[q], c.m.Prio[e])
			}
		}
	}
	for j := range worst {
		if c.fill[j] == int64(c.m.PostCap[j]) {
			continue
		}
		worst[j] = Open
		for q := c.quota.of[j]; q >= 0; q = c.quota.up[q] {
			if c.taken[q] == c.quota.cap[q] {
				worst[j] = under[q]
				break
			}
		}
	}
	return worst
}
