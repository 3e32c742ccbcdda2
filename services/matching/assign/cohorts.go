package assign

import (
	"cmp"
	"math"
	"slices"

	"sunmao/services/matching/market"
)

// cohorts is the forward auction for agents of many students (similar persons,
// Bertsekas and Castañon 1989). An agent bids for as many seats as it still
// needs, best first; all its seats are held at one profit, lam: its bid for a
// seat is the weight less lam, and rises by itself when lam falls. Its own bids
// never stand against it.
type cohorts struct {
	m       *market.Market
	n       *Counters
	posts   int32
	nodes   int32
	up      []int32
	leaf    []int32
	cap     []int32
	count   []int32
	price   []int64 // lower bound of the price now; of a node not full its reserve
	kids    []tournament[int64]
	options []option // edges by agent, then company, then post
	off     []int64
	agents  []cohort
	entry   []entryOf // holders of each post
	base    []int64
	held    []int32 // entries of each post
	eps     int64
	queue   []int32
}

// option is an edge in the auction.
type option struct {
	weight int64
	floor  int64 // the price for this agent, own bids left out, is at least this
	post   int32
	count  int32 // seats held
}

type cohort struct {
	lam    int64
	left   int32 // students without a seat who still bid
	queued bool
	bound  int64       // no option that is not at hand is worth more
	near   [hand]int32 // options at hand, best first when all were last read; -1 none
}

// entryOf is a holder of a post: option o of agent a.
type entryOf struct {
	agent, option int32
}

const never = math.MaxInt64 / 4 // price of what cannot be had

func newCohorts(m *market.Market, w Weights, grain int64, n *Counters) *cohorts {
	nA, nP := len(m.Supply), len(m.PostCap)
	c := &cohorts{m: m, n: n, posts: int32(nP), off: m.Off} //nolint:gosec // Check bounds the nodes
	c.up, c.cap = rightTree(m)
	c.nodes = int32(len(c.up)) //nolint:gosec // Check bounds the nodes
	c.options = make([]option, len(m.Edges))
	wanted := make([]int32, nP)
	for a := range nA {
		class := uint8(0)
		if m.Class != nil {
			class = m.Class[a]
		}
		own := c.options[m.Off[a]:m.Off[a+1]]
		for k, e := range m.Of(a) {
			own[k] = option{weight: w.Of(class, e.Score) * grain, post: e.Post}
			wanted[e.Post]++
		}
		slices.SortFunc(own, func(x, y option) int {
			return cmp.Or(cmp.Compare(c.up[x.post], c.up[y.post]), cmp.Compare(x.post, y.post))
		})
	}
	c.base = make([]int64, nP+1)
	for j, k := range wanted {
		c.base[j+1] = c.base[j] + int64(k)
	}
	c.entry, c.held = make([]entryOf, c.base[nP]), make([]int32, nP)
	c.count, c.price = make([]int32, c.nodes), make([]int64, c.nodes)
	c.kids, c.leaf = newTournaments[int64](c.up, c.nodes)
	c.agents = make([]cohort, nA)
	return c
}

// rightTree lists parents and quotas of posts, companies and groups; nodes at
// the top have the number of nodes for a parent.
func rightTree(m *market.Market) (up, quota []int32) {
	nP, nC, nG := len(m.PostCap), len(m.CompanyCap), len(m.GroupCap)
	nodes := int32(nP + nC + nG) //nolint:gosec // Check bounds the nodes
	up = make([]int32, 0, nodes)
	for _, l := range []struct {
		of      []int32
		n, base int
	}{{m.Company, nP, nP}, {m.Group, nC, nP + nC}, {m.GroupUp, nG, nP + nC}} {
		for i := range l.n {
			if l.of == nil || l.of[i] < 0 {
				up = append(up, nodes)
			} else {
				up = append(up, l.of[i]+int32(l.base)) //nolint:gosec // Check bounds the nodes
			}
		}
	}
	quota = slices.Concat(m.PostCap, m.CompanyCap, m.GroupCap)
	return up, quota
}

func (c *cohorts) run(phases []int64) {
	last := int64(0)
	for _, eps := range phases {
		c.eps = eps
		c.reset(margin * last)
		for len(c.queue) > 0 {
			q := c.queue
			c.queue = nil
			for _, a := range q {
				c.agents[a].queued = false
				c.serve(a)
			}
		}
		c.closePrices()
		last = eps
	}
}

// closePrices brings every price to what it is: nothing lags behind.
func (c *cohorts) closePrices() {
	for j := range c.posts {
		c.freshen(j)
	}
	for v := c.nodes - 1; v >= 0; v-- { // parents first: groups, companies, posts
		c.catchUp(v)
	}
}

func (c *cohorts) catchUp(v int32) {
	for q := c.up[v]; q < c.nodes; q = c.up[q] {
		c.price[v] = max(c.price[v], c.price[q])
	}
}

func (c *cohorts) reset(margin int64) {
	for v := range c.nodes {
		c.price[v] = max(0, c.price[v]-margin)
		if c.count[v] < c.cap[v] {
			c.price[v] = 0
		}
		if c.cap[v] == 0 {
			c.price[v] = never
		}
	}
	for v := c.nodes - 1; v >= 0; v-- {
		c.catchUp(v)
	}
	clear(c.count)
	clear(c.held)
	for v := range c.kids {
		c.kids[v].clear()
	}
	for k := range c.options {
		c.options[k].floor, c.options[k].count = 0, 0
	}
	c.queue = c.queue[:0]
	for a := range c.agents {
		c.agents[a] = cohort{lam: never, left: c.m.Supply[a], queued: true, bound: never}
		c.queue = append(c.queue, int32(a)) //nolint:gosec // Check bounds the nodes
	}
}

// bid of a holder for its seats.
func (c *cohorts) bid(x entryOf) int64 {
	return c.options[c.off[x.agent]+int64(x.option)].weight - c.agents[x.agent].lam
}

func (c *cohorts) holders(j int32) []entryOf {
	return c.entry[c.base[j] : c.base[j]+int64(c.held[j])]
}

// freshen passes the lowest bid of post j up its tree.
func (c *cohorts) freshen(j int32) {
	x := int64(never)
	for _, h := range c.holders(j) {
		x = min(x, c.bid(h))
	}
	if c.count[j] == c.cap[j] && x < never {
		c.price[j] = max(c.price[j], x)
	}
	for v, q := j, c.up[j]; q < c.nodes; v, q = q, c.up[q] {
		c.kids[q].set(c.leaf[v], x)
		x = c.kids[q].min[1]
		if c.count[q] == c.cap[q] && x < never {
			c.price[q] = max(c.price[q], x)
		}
	}
}

// others finds the lowest bid at post j that is not agent a's own.
func (c *cohorts) others(j, a int32) (low int64, at int) {
	low, at = never, -1
	for k, h := range c.holders(j) {
		if h.agent != a {
			if b := c.bid(h); b < low {
				low, at = b, k
			}
		}
	}
	return low, at
}

// cheapest finds the post under inner node q with the lowest bid that is not
// a's own. The tournament may lag behind: the winner's bid is checked, and a's
// own winning bids are set aside while it looks.
func (c *cohorts) cheapest(q, a int32) (low int64, j int32) {
	var aside []int32
	for {
		was := c.kids[q].min[1]
		if was >= never {
			low, j = never, -1
			break
		}
		j = q
		for j >= c.posts {
			j = c.kids[j].lowest()
		}
		if slices.Contains(aside, j) {
			low = was
			break
		}
		c.freshen(j)
		if c.kids[q].min[1] != was {
			continue
		}
		low, _ = c.others(j, a)
		if low <= was {
			break
		}
		aside = append(aside, j)
		c.pretend(j, low)
	}
	for _, k := range aside {
		c.pretend(k, c.lowest(k))
	}
	return low, j
}

func (c *cohorts) lowest(j int32) int64 {
	low, _ := c.others(j, -1)
	return low
}

func (c *cohorts) pretend(j int32, x int64) {
	for v, q := j, c.up[j]; q < c.nodes; v, q = q, c.up[q] {
		c.kids[q].set(c.leaf[v], x)
		x = c.kids[q].min[1]
	}
}

// quote tells what the next seat at post j costs agent a, how many can be had
// at that price, and at which post somebody must leave for them (-1: nobody).
func (c *cohorts) quote(a, j int32) (price int64, avail, from int32) {
	v, room := j, int32(math.MaxInt32)
	for v < c.nodes && c.count[v] < c.cap[v] {
		room = min(room, c.cap[v]-c.count[v])
		v = c.up[v]
	}
	c.catchUp(j)
	switch {
	case v >= c.nodes:
		return c.price[j], room, -1
	case v == j:
		c.freshen(j)
		low, k := c.others(j, a)
		if k < 0 {
			return never, 0, -1
		}
		h := c.holders(j)[k]
		return max(low, c.price[j]), c.options[c.off[h.agent]+int64(h.option)].count, j
	}
	low, from := c.cheapest(v, a)
	if from < 0 {
		return never, 0, -1
	}
	_, k := c.others(from, a)
	h := c.holders(from)[k]
	return max(low, c.price[j]), min(room, c.options[c.off[h.agent]+int64(h.option)].count), from
}

const (
	shortlist = 8  // options a bid looks at together
	hand      = 24 // options at hand
)

// pick is an option with what it is worth at most.
type pick struct {
	value  int64
	option int32
}

// serve bids for agent a until all its students have a seat or none is worth
// having.
func (c *cohorts) serve(a int32) {
	x := &c.agents[a]
	own := c.options[c.off[a]:c.off[a+1]]
	var buf [shortlist]pick
	list, bound := buf[:0], int64(math.MaxInt64)
	c.n.Bids++
	for {
		if len(list) == 0 || list[0].value < bound {
			if bound <= 0 { // nothing left is worth a seat
				x.left = 0
				x.lam = min(x.lam, 0)
				return
			}
			if list, bound = c.look(x, own, buf[:0]); len(list) == 0 || list[0].value < bound {
				c.lookAll(x, own)
				list, bound = c.look(x, own, buf[:0])
			}
			continue
		}
		top := list[0]
		if top.value <= 0 {
			x.left = 0
			x.lam = min(x.lam, 0)
			return
		}
		o := &own[top.option]
		price, avail, from := c.quote(a, o.post)
		o.floor = max(o.floor, price)
		if v := o.weight - price; v < top.value {
			list = again(list, pick{v, top.option}, bound)
			continue
		}
		if x.left == 0 { // the best that is left: what the last seat was worth more than
			x.lam = min(x.lam, top.value-c.eps)
			return
		}
		n := min(x.left, avail)
		if from >= 0 {
			c.evict(from, a, n)
		}
		c.take(a, top.option, n)
	}
}

// look lists the best options at hand by their known bounds; bound is what no
// other is worth more than.
func (c *cohorts) look(x *cohort, own []option, list []pick) ([]pick, int64) {
	bound := max(x.bound, 0)
	if x.bound == never { // nothing at hand yet
		return list, never
	}
	c.n.Scanned += hand
	for _, k := range x.near {
		if k < 0 {
			break
		}
		o := &own[k]
		v := o.weight - max(o.floor, c.price[o.post])
		if v <= 0 {
			continue
		}
		if len(list) < shortlist {
			list = append(list, pick{})
		} else if v <= list[shortlist-1].value {
			bound = max(bound, v)
			continue
		} else {
			bound = max(bound, list[shortlist-1].value)
		}
		i := len(list) - 1
		for ; i > 0 && list[i-1].value < v; i-- {
			list[i] = list[i-1]
		}
		list[i] = pick{v, k}
	}
	return list, bound
}

// lookAll reads all options of an agent and takes the best at hand.
func (c *cohorts) lookAll(x *cohort, own []option) {
	c.n.Scanned += int64(len(own))
	var value [hand]int64
	n := 0
	x.bound = 0
	for k := range own {
		o := &own[k]
		v := o.weight - max(o.floor, c.price[o.post])
		switch {
		case v <= 0:
			continue
		case n < hand:
			n++
		case v <= value[hand-1]:
			x.bound = max(x.bound, v)
			continue
		default:
			x.bound = max(x.bound, value[hand-1])
		}
		i := n - 1
		for ; i > 0 && value[i-1] < v; i-- {
			value[i], x.near[i] = value[i-1], x.near[i-1]
		}
		value[i], x.near[i] = v, int32(k) //nolint:gosec // an option
	}
	if n < hand {
		x.near[n] = -1
	}
}

// again puts the first of the list back where its lower value belongs, or drops
// it if others not listed may be better.
func again(list []pick, p pick, bound int64) []pick {
	i := 0
	for ; i+1 < len(list) && list[i+1].value > p.value; i++ {
		list[i] = list[i+1]
	}
	list[i] = p
	if p.value < bound && i == len(list)-1 {
		return list[:i]
	}
	return list
}

// evict takes n seats at post j from whoever, other than a, bids least.
func (c *cohorts) evict(j, a, n int32) {
	_, k := c.others(j, a)
	h := c.holders(j)[k]
	o := &c.options[c.off[h.agent]+int64(h.option)]
	o.count -= n
	if o.count == 0 {
		last := c.held[j] - 1
		c.entry[c.base[j]+int64(k)] = c.entry[c.base[j]+int64(last)]
		c.held[j] = last
	}
	for v := j; v < c.nodes; v = c.up[v] {
		c.count[v] -= n
	}
	// What was closed to the loser only because it held the seat itself may be
	// open again, here and at the company's other posts.
	own := c.options[c.off[h.agent]:c.off[h.agent+1]]
	y := &c.agents[h.agent]
	q := c.up[j]
	c.reopen(y, &own[h.option])
	if q < c.nodes {
		for k := h.option - 1; k >= 0 && c.up[own[k].post] == q; k-- {
			c.reopen(y, &own[k])
		}
		for k := int(h.option) + 1; k < len(own) && c.up[own[k].post] == q; k++ {
			c.reopen(y, &own[k])
		}
	}
	y.left += n
	if !y.queued {
		y.queued = true
		c.queue = append(c.queue, h.agent)
	}
	c.freshen(j)
}

// reopen forgets what an option cost the agent alone.
func (c *cohorts) reopen(y *cohort, o *option) {
	if o.floor > c.price[o.post] {
		y.bound = max(y.bound, o.weight-c.price[o.post])
	}
	o.floor = 0
}

// take seats n students of a by its option.
func (c *cohorts) take(a, option, n int32) {
	o := &c.options[c.off[a]+int64(option)]
	j := o.post
	if o.count == 0 {
		c.entry[c.base[j]+int64(c.held[j])] = entryOf{a, option}
		c.held[j]++
	}
	o.count += n
	for v := j; v < c.nodes; v = c.up[v] {
		c.count[v] += n
	}
	c.agents[a].left -= n
	c.freshen(j)
}
