package assign

import (
	"math"

	"sunmao/services/matching/market"
)

// auction is the forward auction with epsilon scaling for students (supply 1):
// each unseated student bids for its best post what makes its second best as
// good, plus epsilon; the lowest bid under the lowest quota that is full loses.
type auction struct {
	m        *market.Market
	mul, add int32
	n        *Counters
	workers  int

	posts, nodes int32    // right nodes: posts, companies, groups; up == nodes at the top
	node         []quota  // one more, below no price, where what is above the top is read
	price        []int32  // of a post: may lag behind its parents'; of an inner node: its own
	slot         []uint64 // bid<<32 | agent, of each post; a heap once it is in order
	ordered      []bool   // of a node: see order
	kids         tournaments
	under        grouped // posts of each root

	bidders []bidder
	floor   []int32 // price of each school
	eps     int32
	list    []int32    // unseated, ascending while they are many
	sector  []uint8    // of each post
	wishes  [][][]wish // bids not yet answered, by part of the list, then sector
	lost    [][]int32  // who is unseated after a round, by sector
	dirty   [][]int32  // roots where a price above a post has risen, by sector
	hit     []bool     // whether a root is among them
	marks   []uint64   // a bit for each agent
	ahead   []uint64   // see fetch
}

// quota is a right node in the auction: half a cache line.
type quota struct {
	base       int64 // of a post: its first slot; of an inner node: its tournament
	cap, count int32
	up, root   int32 // parent, top of the tree
	leaf, kids int32 // place in the parent's tournament, leaves of its own
}

// bidder is an agent in the auction, one cache line: the edges that were best
// when all were last read, at the weight of the auction, and the most that any
// other can be worth since, because prices only rise.
type bidder struct {
	near  [front]market.Edge // Score holds the weight
	bound int32
	_     [3]int32 // fills the line
}

const (
	front   = 6       // edges kept at hand
	fewPart = 2048    // part of all agents that is too few for a round of bids
	closed  = 1 << 30 // price of what has no capacity
	nothing = math.MinInt32
)

func newAuction(m *market.Market, mul, add int32, workers int, n *Counters) *auction {
	nA, nP, nC, nG := len(m.Supply), len(m.PostCap), len(m.CompanyCap), len(m.GroupCap)
	u := &auction{m: m, mul: mul, add: add, n: n, workers: workers,
		posts: int32(nP), nodes: int32(nP + nC + nG), floor: make([]int32, len(m.SchoolCap))} //nolint:gosec // Check bounds the nodes
	u.plant(wanted(m, workers))
	u.bidders = market.Make[bidder](nA)
	u.list = make([]int32, 0, nA)
	u.lost, u.dirty, u.hit = make([][]int32, sectors), make([][]int32, sectors), make([]bool, u.nodes)
	u.ahead = make([]uint64, sectors+workers)
	u.wishes = make([][][]wish, workers)
	for k := range u.wishes {
		u.wishes[k] = make([][]wish, sectors)
	}
	u.marks = make([]uint64, nA/64+1)
	return u
}

// plant makes the trees of quotas, and room for as many bids at each post as it has
// slots or candidates.
func (u *auction) plant(want []int32) {
	m, nP, nC := u.m, len(u.m.PostCap), len(u.m.CompanyCap)
	u.node = make([]quota, u.nodes+1)
	u.node[u.nodes].up = u.nodes
	v := 0
	for _, l := range []struct {
		caps, of []int32
		base     int
	}{{m.PostCap, m.Company, nP}, {m.CompanyCap, m.Group, nP + nC}, {m.GroupCap, m.GroupUp, nP + nC}} {
		for i, c := range l.caps {
			x := &u.node[v]
			if x.cap, x.up = c, u.nodes; l.of != nil && l.of[i] >= 0 {
				x.up = l.of[i] + int32(l.base) //nolint:gosec // Check bounds the nodes
			}
			v++
		}
	}
	slots := int64(0)
	for j, w := range want {
		x := &u.node[j]
		if x.cap > w {
			x.cap = w + 1 // never full
		}
		x.base = slots
		slots += int64(min(w, x.cap))
	}
	u.slot = market.Make[uint64](int(slots))
	u.price, u.ordered = make([]int32, u.nodes+1), make([]bool, u.nodes)
	u.kids = newTournaments(u.node, u.nodes)
	root := make([]int32, nP)
	for j := range root {
		r := int32(j) //nolint:gosec // Check bounds the nodes
		for u.node[r].up < u.nodes {
			r = u.node[r].up
		}
		root[j], u.node[j].root = r, r
	}
	u.under = group(root, int(u.nodes))

	// Trees go to sectors of about as many slots each.
	u.sector = make([]uint8, nP)
	at, all := int64(0), slots+int64(nP)
	for r := range u.nodes {
		s := uint8(min(at*sectors/max(all, 1), sectors-1)) //nolint:gosec // below 64
		for _, j := range u.under.of(r) {
			u.sector[j] = s
			at += 1 + int64(u.node[j].cap)
		}
	}
}

// wanted counts the edges of each post.
func wanted(m *market.Market, workers int) []int32 {
	parts := make([][]int32, workers)
	inParallel(workers, func(k int) {
		n := make([]int32, len(m.PostCap))
		for _, e := range m.Edges[len(m.Edges)*k/workers : len(m.Edges)*(k+1)/workers] {
			n[e.Post]++
		}
		parts[k] = n
	})
	for _, p := range parts[1:] {
		for j, n := range p {
			parts[0][j] += n
		}
	}
	return parts[0]
}

// run bids through the phases from the largest epsilon to the smallest. The
// prices of a phase start a margin below those of the last, so that few posts
// with a price stay empty. In a phase all unseated bid at once, in rounds, as
// long as they are many; then one after the other, the displaced next.
//
// All edges are read at the start of the first phase only. When prices fall by the
// margin, what was out of sight can have gained no more than that. (A post whose
// company is no longer full may fall farther. Who misses that ends loose; there
// are fewer of these than an epsilon leaves.)
//
// It begins with phase number from, on top of the phase before unless that is 0.
func (u *auction) run(phases []int32, from int) {
	few := max(len(u.bidders)/fewPart, 64)
	for k, eps := range phases[from:] {
		drop := int32(0)
		switch k += from; k {
		case 0:
		case 1:
			drop = firstMargin * phases[0]
		default:
			drop = margin * phases[k-1]
		}
		u.eps = eps
		u.reset(drop)
		u.round(drop, k == 0)
		for len(u.list) > few {
			u.round(0, false)
		}
		for _, a := range u.list {
			for a >= 0 {
				a = u.bid(a)
			}
		}
	}
}

// reset empties all posts and lowers all prices.
func (u *auction) reset(drop int32) {
	for v := range u.nodes {
		u.price[v] = max(0, u.price[v]-drop)
		x := &u.node[v]
		if x.count < x.cap {
			u.price[v] = 0
		}
		if x.cap == 0 {
			u.price[v] = closed
		}
	}
	for v := u.nodes - 1; v >= 0; v-- {
		u.catchUp(v)
	}
	for v := range u.nodes {
		u.node[v].count = 0
	}
	clear(u.ordered)
	u.price[u.nodes] = closed // where unused places of near point
	u.list = u.list[:0]
	for a, n := range u.m.Supply {
		if n > 0 {
			u.list = append(u.list, int32(a)) //nolint:gosec // Check bounds the nodes
		}
	}
}

// catchUp raises the price of a node to its parents'.
func (u *auction) catchUp(v int32) int32 {
	p := u.price[v]
	for q := u.node[v].up; q < u.nodes; q = u.node[q].up {
		p = max(p, u.price[q])
	}
	u.price[v] = p
	return p
}

// look reads all edges of an agent, keeps the best at hand, the very best first, and
// returns what the best two are worth. Prices of posts lag behind those of their parents
// only while single bids are placed.
func (u *auction) look(a int32, lag bool) (v1, v2 int32) {
	x := &u.bidders[a]
	edges := u.m.Edges[u.m.Off[a]:u.m.Off[a+1]]
	// The best by value, then by place; whoever falls out raises the bound. It goes
	// without branches, because a processor could only guess them.
	const none = int64(nothing) << 32
	b0, b1, b2, b3, b4, b5, out := none, none, none, none, none, none, none
	for k, e := range edges {
		p := u.price[e.Post]
		if lag {
			p = u.catchUp(e.Post)
		}
		v := int64(e.Score*u.mul+u.add-p)<<32 | (math.MaxUint32 - int64(k))
		b0, v = max(b0, v), min(b0, v)
		b1, v = max(b1, v), min(b1, v)
		b2, v = max(b2, v), min(b2, v)
		b3, v = max(b3, v), min(b3, v)
		b4, v = max(b4, v), min(b4, v)
		b5, v = max(b5, v), min(b5, v)
		out = max(out, v)
	}
	for i, v := range [front]int64{b0, b1, b2, b3, b4, b5} {
		x.near[i] = market.Edge{Post: u.nodes}
		if v > none {
			e := edges[math.MaxUint32-v&math.MaxUint32]
			x.near[i] = market.Edge{Post: e.Post, Score: e.Score*u.mul + u.add}
		}
	}
	x.bound = int32(out >> 32)              //nolint:gosec // a value
	return int32(b0 >> 32), int32(b1 >> 32) //nolint:gosec // values
}

// best finds the best two at hand at the prices as they stand; the second is -1
// if staying without a seat is as good.
func (u *auction) best(x *bidder) (k1, k2 int, v1, v2 int32) {
	v1, v2, k1, k2 = nothing, 0, 0, -1
	for k, e := range x.near[:] {
		if v := e.Score - u.price[e.Post]; v > v1 {
			if v1 > v2 {
				v2, k2 = v1, k1
			}
			v1, k1 = v, k
		} else if v > v2 {
			v2, k2 = v, k
		}
	}
	return k1, k2, v1, v2
}

// least is what agent a must be worth to take a seat: the price of its school.
func (u *auction) least(a int32) int32 {
	if len(u.floor) == 0 || u.m.School[a] < 0 {
		return 0
	}
	return u.floor[u.m.School[a]]
}

// bid seats agent a and returns whom it displaces, -1 if nobody.
func (u *auction) bid(a int32) int32 {
	u.n.Bids++
	x := &u.bidders[a]
	for {
		k1, k2, v1, v2 := u.best(x)
		u.n.Scanned += front
		if v2 < x.bound {
			u.n.Scanned += u.m.Off[a+1] - u.m.Off[a]
			u.look(a, true)
			continue
		}
		f := u.least(a)
		if v1 <= f {
			return -1
		}
		j := x.near[k1].Post
		if p := u.price[j]; u.catchUp(j) != p {
			continue
		}
		if k2 >= 0 {
			j2 := x.near[k2].Post
			if p := u.price[j2]; u.catchUp(j2) != p {
				continue
			}
		}
		out, _ := u.place(a, j, x.near[k1].Score-max(v2, f)+u.eps)
		return out
	}
}

// place takes the seat: the lowest bid under the lowest full quota leaves. It
// tells also whether the price of a quota above a post has risen.
func (u *auction) place(a, j, b int32) (out int32, rose bool) {
	item := uint64(b)<<32 | uint64(a) //nolint:gosec // not negative
	v := j
	for v < u.nodes && u.node[v].count < u.node[v].cap {
		v = u.node[v].up
	}
	if v == j {
		h := u.heap(j)
		out = int32(h[0] & math.MaxUint32) //nolint:gosec // an agent
		sink(h, item)
		return out, u.changed(j)
	}
	out = -1
	if v < u.nodes {
		from := v
		for from >= u.posts {
			from = u.kids.lowest(&u.node[from])
		}
		h := u.heap(from)
		out = int32(h[0] & math.MaxUint32) //nolint:gosec // an agent
		sink(h[:len(h)-1], h[len(h)-1])
		for q := from; q < u.nodes; q = u.node[q].up {
			u.node[q].count--
		}
		rose = u.changed(from)
	}
	for q := j; q < u.nodes; q = u.node[q].up {
		u.node[q].count++
	}
	if h := u.heap(j); u.ordered[j] {
		rise(h, item)
	} else {
		h[len(h)-1] = item
	}
	for q := j; q < u.nodes; q = u.node[q].up {
		if x := &u.node[q]; x.count == x.cap && !u.ordered[q] {
			u.order(q)
		}
	}
	return out, u.changed(j) || rose
}

// order is called when a quota is full for the first time in a phase, which it then
// stays: from now on the lowest bid under it is asked for. Until then bids only gather.
func (u *auction) order(v int32) {
	if u.ordered[v] {
		return
	}
	u.ordered[v] = true
	if v < u.posts {
		heapify(u.heap(v))
		return
	}
	u.kids.fill(&u.node[v], func(k int32) int32 {
		u.order(k)
		return u.lowest(k)
	})
}

// lowest is the lowest bid under a node in order.
func (u *auction) lowest(v int32) int32 {
	x := &u.node[v]
	switch {
	case x.count == 0:
		return math.MaxInt32
	case v < u.posts:
		return int32(u.slot[x.base] >> 32) //nolint:gosec // a bid
	}
	return u.kids.min[x.base+1]
}

func (u *auction) heap(j int32) []uint64 {
	x := &u.node[j]
	return u.slot[x.base : x.base+int64(x.count)]
}

// changed passes the lowest bid of post j up its tree. It tells whether the
// price of a quota above has risen.
func (u *auction) changed(j int32) (rose bool) {
	if !u.ordered[j] {
		return false
	}
	low, x := u.lowest(j), &u.node[j]
	if x.count == x.cap && low > u.price[j] {
		u.price[j] = low
	}
	for q := x.up; q < u.nodes && u.ordered[q]; q = x.up {
		leaf := x.leaf
		x = &u.node[q]
		low = u.kids.set(x, leaf, low)
		if x.count == x.cap && low > u.price[q] {
			u.price[q], rose = low, true
		}
	}
	return rose
}
