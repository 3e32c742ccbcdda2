package stable

import (
	"slices"

	"sunmao/services/matching/market"
)

// entry is a held line of a post; how many students hold it is in cohorts.held.
type entry struct {
	key  uint64
	line uint32
}

// cohorts runs deferred acceptance for agents with any number of students. A whole
// group of students moves at once; where groups would push each other round in
// circles, the laps are taken together (see lap), so that the work depends on the
// number of lines and not on the number of students.
type cohorts struct {
	m      *market.Market
	lists  lists
	agent  []int32  // of each line
	held   []int32  // students at each line
	next   []uint32 // line at which an agent proposes
	free   []int64  // students of an agent that look for a place
	heap   [][]entry
	fill   []int64
	quota  *tree
	taken  []int64 // under each quota
	crown  *crown  // of companies over posts
	crest  *crown  // of groups over companies and groups
	todo   []int32
	onTodo []bool
	steps  int64 // left

	// The chain of displacements under way: every step moves the same number of
	// students one step on, and nothing else has changed since its start.
	chain []step
	seen  []int32 // place of an agent in chain + 1
	size  int64   // students moved by each step
}

// step is one displacement: students of line in displace those of line out.
type step struct{ in, out uint32 }

func solveCohorts(m *market.Market, l lists) (*Result, error) {
	c := &cohorts{
		m: m, lists: l,
		agent: make([]int32, len(m.Edges)), held: make([]int32, len(m.Edges)),
		next: make([]uint32, m.Agents()), free: make([]int64, m.Agents()),
		heap: make([][]entry, m.Posts()), fill: make([]int64, m.Posts()), quota: newTree(m),
		onTodo: make([]bool, m.Agents()), seen: make([]int32, m.Agents()),
	}
	c.taken = make([]int64, len(c.quota.up))
	c.crown = newCrown(m.Companies(), m.Company)
	c.crest = newCrown(len(c.taken), c.quota.up)
	nobody := func(int32) rank { return vacant() }
	for q := range c.taken {
		if q < m.Companies() {
			c.crown.build(int32(q), nobody) //nolint:gosec // an int32 by Check
		}
		c.crest.build(int32(q), nobody) //nolint:gosec // an int32 by Check
	}
	for i := range m.Agents() {
		for e := m.Off[i]; e < m.Off[i+1]; e++ {
			c.agent[e] = int32(i)
		}
		c.next[i] = uint32(l.from[i])
		if m.Supply[i] > 0 {
			c.release(int32(i), int64(m.Supply[i]))
		}
	}
	c.steps = maxSteps * (int64(len(m.Edges)) + 1000)
	for len(c.todo) > 0 {
		i := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		c.onTodo[i] = false
		c.propose(i)
		if c.steps < 0 {
			return nil, ErrSteps
		}
	}
	return c.result(), nil
}

// release lets n students of agent i look for a place.
func (c *cohorts) release(i int32, n int64) {
	c.free[i] += n
	if !c.onTodo[i] {
		c.onTodo[i] = true
		c.todo = append(c.todo, i)
	}
}

// propose finds places for the free students of agent i.
func (c *cohorts) propose(i int32) {
	for c.free[i] > 0 && c.steps >= 0 {
		c.steps--
		l := c.next[i]
		if int64(l) >= c.lists.to[i] {
			c.free[i] = 0
			c.broken()
			return
		}
		j := c.m.Edges[l].Post
		key := keyOf(c.m.Prio[l], int(i))
		room, tight := c.room(j)
		if room > 0 {
			n := min(room, c.free[i])
			c.seat(l, j, key, n)
			c.free[i] -= n
			c.broken()
			continue
		}
		w, most := j, c.free[i] // the post whose worst entry would have to go, and how often
		if tight >= 0 {
			w = c.worstUnder(tight).post
			most = min(most, c.within(j, tight))
		}
		if w < 0 || !c.worst(w).worseThan(rank{key, j}) {
			c.next[i]++
			c.broken()
			continue
		}
		out := c.heap[w][0].line
		if w == j {
			c.record(i, step{l, out})
		} else {
			c.broken() // another lap would find other slots free
		}
		n := min(most, int64(c.held[out]))
		c.free[i] -= n
		c.unseat(out, w, n)
		c.seat(l, j, key, n)
		if loser := c.agent[out]; loser != i {
			c.release(loser, n)
		} else {
			c.free[i] += n
		}
	}
}

// room is how many students post j can take before it or a quota around it is full,
// and if that is none, the innermost full quota, -1 for the post itself.
func (c *cohorts) room(j int32) (room int64, tight int32) {
	room, tight = int64(c.m.PostCap[j])-c.fill[j], -1
	for q := c.quota.of[j]; q >= 0 && room > 0; q = c.quota.up[q] {
		if left := c.quota.cap[q] - c.taken[q]; left < room {
			room, tight = left, q
		}
	}
	return room, tight
}

// within is how many students post j can take within quota q.
func (c *cohorts) within(j, q int32) int64 {
	room := int64(c.m.PostCap[j]) - c.fill[j]
	for p := c.quota.of[j]; p != q; p = c.quota.up[p] {
		room = min(room, c.quota.cap[p]-c.taken[p])
	}
	return room
}

// worstUnder is the worst entry under quota q.
func (c *cohorts) worstUnder(q int32) rank {
	if int(q) < c.m.Companies() {
		return c.crown.worst(q)
	}
	return c.crest.worst(q)
}

// count adds n students at post j to the quotas around it and tells them its worst
// entry.
func (c *cohorts) count(j int32, n int64) {
	q := c.quota.of[j]
	if q < 0 {
		return
	}
	c.crown.update(q, j, c.worst(j))
	c.taken[q] += n
	for up := c.quota.up[q]; up >= 0; q, up = up, c.quota.up[up] {
		c.crest.update(up, q, c.worstUnder(q))
		c.taken[up] += n
	}
}

// worst is the worst entry of post j.
func (c *cohorts) worst(j int32) rank {
	if len(c.heap[j]) == 0 {
		return vacant()
	}
	return rank{c.heap[j][0].key, j}
}

// seat adds n students to a line.
func (c *cohorts) seat(l uint32, j int32, key uint64, n int64) {
	if c.held[l] == 0 {
		c.push(j, entry{key, l})
	}
	c.held[l] += int32(n)
	c.fill[j] += n
	c.count(j, n)
}

// unseat takes n students from the worst line of post j. They and their fellows
// have been refused there for good.
func (c *cohorts) unseat(l uint32, j int32, n int64) {
	c.held[l] -= int32(n)
	c.fill[j] -= n
	if i := c.agent[l]; c.next[i] <= l {
		c.next[i] = l + 1
		c.broken()
	}
	if c.held[l] == 0 {
		c.pop(j)
		c.broken()
	}
	c.count(j, -n)
}

// broken ends the chain: something changed that a further lap would not repeat.
func (c *cohorts) broken() {
	for _, s := range c.chain {
		c.seen[c.agent[s.in]] = 0
	}
	c.chain = c.chain[:0]
}

// record notes that all free students of agent i are about to take step s. When
// the chain has come back to i it first takes as many further laps as it can.
func (c *cohorts) record(i int32, s step) {
	n := c.free[i]
	if n > int64(c.held[s.out]) || n != c.size {
		c.broken()
		c.size = n
	}
	if at := c.seen[i]; at > 0 {
		c.lap(c.chain[at-1:])
		c.broken()
	}
	if n <= int64(c.held[s.out]) {
		c.chain = append(c.chain, s)
		c.seen[i] = int32(len(c.chain))
	}
}

// lap moves the students of a closed chain on as often as every displaced line
// keeps at least one student, so that all laps are alike.
func (c *cohorts) lap(steps []step) {
	times := int64(1) << 40
	for _, s := range steps {
		times = min(times, (int64(c.held[s.out])-1)/c.size)
	}
	if times <= 0 {
		return
	}
	move := int32(times * c.size)
	for _, s := range steps {
		c.held[s.in] += move
		c.held[s.out] -= move
	}
}

func (c *cohorts) push(j int32, e entry) {
	h := append(c.heap[j], e)
	x := len(h) - 1
	for x > 0 && h[(x-1)/2].key < e.key {
		h[x] = h[(x-1)/2]
		x = (x - 1) / 2
	}
	h[x] = e
	c.heap[j] = h
}

func (c *cohorts) pop(j int32) {
	h := c.heap[j]
	e := h[len(h)-1]
	h = h[:len(h)-1]
	c.heap[j] = h
	for x := 0; len(h) > 0; {
		y := 2*x + 1
		if y+1 < len(h) && h[y+1].key > h[y].key {
			y++
		}
		if y >= len(h) || h[y].key <= e.key {
			h[x] = e
			return
		}
		h[x] = h[y]
		x = y
	}
}

func (c *cohorts) result() *Result {
	r := &Result{Cutoffs: make([]uint32, c.m.Posts())}
	for i := range c.m.Agents() {
		from := len(r.Pairs)
		for l := c.lists.from[i]; l < c.lists.to[i]; l++ {
			if c.held[l] > 0 {
				r.Pairs = append(r.Pairs, market.Pair{Agent: int32(i), Post: c.m.Edges[l].Post, Count: c.held[l]})
			}
		}
		r.Proposals += min(int64(c.next[i])+1, c.lists.to[i]) - c.lists.from[i]
		slices.SortFunc(r.Pairs[from:], func(a, b market.Pair) int { return int(a.Post) - int(b.Post) })
	}
	for j := range r.Cutoffs {
		switch room, tight := c.room(int32(j)); {
		case room > 0:
			r.Cutoffs[j] = Open
		case tight < 0:
			r.Cutoffs[j] = c.worst(int32(j)).prio()
		default:
			r.Cutoffs[j] = c.worstUnder(tight).prio()
		}
	}
	return r
}
