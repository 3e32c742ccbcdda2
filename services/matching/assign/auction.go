package assign

import (
	"math"
	"math/bits"
	"slices"
	"sync"

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

	posts, nodes int32 // right nodes: posts, companies, groups; up == nodes at the top
	up, leaf     []int32
	cap, count   []int32
	price        []int32  // of a post: may lag behind its parents'; of an inner node: its own
	base         []int64  // first slot of a post
	slot         []uint64 // bid<<32 | agent, a heap for each post
	kids         []tournament
	root         []int32 // top of each post's tree
	under        grouped // posts of each root

	bidders []bidder
	floor   []int32 // price of each school
	eps     int32
	list    []int32 // unseated, ascending while there are many
	lost    [][]int32
	bids    []wish // by place in list
	sorted  []wish // by root
	ends    []int32
	marks   []uint64 // a bit for each agent
}

// bidder is an agent in the auction, one cache line: the edges that were best
// when all were last read, at the weight of the auction, and the most that any
// other can be worth since, because prices only rise.
type bidder struct {
	near  [front]market.Edge // Score holds the weight
	bound int32
	post  int32    // -1: unseated
	_     [2]int32 // fills the line
}

// wish is a bid not yet answered; post -1 is none.
type wish struct {
	agent, post, bid int32
}

const (
	front   = 6       // edges kept at hand
	fewPart = 512     // part of all agents that is too few for a round of bids
	closed  = 1 << 30 // price of what has no capacity
	nothing = math.MinInt32
)

func newAuction(m *market.Market, mul, add int32, workers int, n *Counters) *auction {
	nA, nP, nC, nG := len(m.Supply), len(m.PostCap), len(m.CompanyCap), len(m.GroupCap)
	u := &auction{m: m, mul: mul, add: add, n: n, workers: workers,
		posts: int32(nP), nodes: int32(nP + nC + nG), floor: make([]int32, len(m.SchoolCap))} //nolint:gosec // Check bounds the nodes
	u.cap = append(append(append(u.cap, m.PostCap...), m.CompanyCap...), m.GroupCap...)
	u.up = make([]int32, 0, u.nodes)
	for _, l := range []struct {
		of      []int32
		n, base int
	}{{m.Company, nP, nP}, {m.Group, nC, nP + nC}, {m.GroupUp, nG, nP + nC}} {
		for i := range l.n {
			if l.of == nil || l.of[i] < 0 {
				u.up = append(u.up, u.nodes)
			} else {
				u.up = append(u.up, l.of[i]+int32(l.base)) //nolint:gosec // Check bounds the nodes
			}
		}
	}
	u.base = make([]int64, nP+1)
	for j, w := range wanted(m, workers) {
		if u.cap[j] > w {
			u.cap[j] = w + 1 // never full
		}
		u.base[j+1] = u.base[j] + int64(min(w, u.cap[j]))
	}
	u.slot = market.Make[uint64](int(u.base[nP]))
	u.count, u.price = make([]int32, u.nodes), make([]int32, u.nodes+1)
	u.kids, u.leaf = newTournaments(u.up, u.nodes)
	u.root = make([]int32, nP)
	for j := range u.root {
		r := int32(j) //nolint:gosec // Check bounds the nodes
		for u.up[r] < u.nodes {
			r = u.up[r]
		}
		u.root[j] = r
	}
	u.under = group(u.root, int(u.nodes))
	u.bidders = market.Make[bidder](nA)
	spread(workers, nA, func(from, to int) {
		for a := from; a < to; a++ {
			u.bidders[a].post = -1
		}
	})
	u.list = make([]int32, 0, nA)
	u.bids, u.sorted, u.ends = market.Make[wish](nA), market.Make[wish](nA), make([]int32, u.nodes+1)
	u.lost, u.marks = make([][]int32, workers), make([]uint64, nA/64+1)
	return u
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
	last := int32(0)
	if from > 0 {
		last = phases[from-1]
	} else {
		u.n.Scanned += int64(len(u.m.Edges))
	}
	few := max(len(u.bidders)/fewPart, 256)
	for k, eps := range phases[from:] {
		u.eps = eps
		u.reset(margin * last)
		u.round(func(a int32) {
			x := &u.bidders[a]
			if x.post = -1; k+from == 0 {
				u.look(a, false)
			} else {
				x.bound += margin * last
			}
		})
		for len(u.list) > few {
			u.round(nil)
		}
		for _, a := range u.list {
			for a >= 0 {
				a = u.bid(a)
			}
		}
		last = eps
	}
}

// reset empties all posts and lowers all prices by the margin.
func (u *auction) reset(margin int32) {
	for v := range u.nodes {
		u.price[v] = max(0, u.price[v]-margin)
		if u.count[v] < u.cap[v] {
			u.price[v] = 0
		}
		if u.cap[v] == 0 {
			u.price[v] = closed
		}
	}
	for v := u.nodes - 1; v >= 0; v-- {
		u.catchUp(v)
	}
	clear(u.count)
	for v := range u.kids {
		u.kids[v].clear()
	}
	u.price[u.nodes] = closed // where unused places of near point
	u.list = u.list[:0]
	for a, n := range u.m.Supply {
		if n > 0 {
			u.list = append(u.list, int32(a)) //nolint:gosec // Check bounds the nodes
		}
	}
}

// round lets all unseated bid at the prices as they stand, then answers the
// bids, tree by tree: what happens in one tree does not depend on another, so
// the outcome does not depend on how trees are shared between workers. The list
// of unseated becomes that of the losers. Before it bids, each agent is prepared.
func (u *auction) round(prepare func(a int32)) {
	bids := u.bids[:len(u.list)]
	spread(u.workers, len(u.list), func(from, to int) {
		for k := from; k < to; k++ {
			if prepare != nil {
				prepare(u.list[k])
			}
			bids[k] = u.wish(u.list[k])
		}
	})
	ends := u.ends
	clear(ends)
	for _, w := range bids {
		if w.post >= 0 {
			ends[u.root[w.post]+1]++
		}
	}
	for r := range u.nodes {
		ends[r+1] += ends[r]
	}
	n := ends[u.nodes]
	for _, w := range bids {
		if w.post >= 0 {
			r := u.root[w.post]
			u.sorted[ends[r]] = w
			ends[r]++
		}
	}
	u.n.Bids += int64(len(bids))
	var wg sync.WaitGroup
	for k := range u.workers {
		lo, hi := u.cut(n, k), u.cut(n, k+1)
		wg.Go(func() { u.lost[k] = u.answer(lo, hi, u.lost[k][:0]) })
	}
	wg.Wait()
	u.list = u.list[:0]
	for _, l := range u.lost {
		u.list = append(u.list, l...)
	}
	u.sortList()
}

// sortList brings the unseated into ascending order, so that the next round
// reads the bidders from front to back.
func (u *auction) sortList() {
	for _, a := range u.list {
		u.marks[a>>6] |= 1 << (a & 63)
	}
	n := 0
	for w, b := range u.marks {
		for ; b != 0; b &= b - 1 {
			u.list[n] = int32(w<<6 + bits.TrailingZeros64(b)) //nolint:gosec // an agent
			n++
		}
		u.marks[w] = 0
	}
}

// cut finds the root at which the k-th of the workers' shares of n bids begins.
func (u *auction) cut(n int32, k int) int32 {
	if k == u.workers {
		return u.nodes
	}
	at := int32(int64(n) * int64(k) / int64(u.workers)) //nolint:gosec // below n
	r, _ := slices.BinarySearch(u.ends[:u.nodes], at)
	return int32(r) //nolint:gosec // a node
}

// answer places the bids on the roots lo..hi and returns who ends unseated.
func (u *auction) answer(lo, hi int32, lost []int32) []int32 {
	at := int32(0)
	if lo > 0 {
		at = u.ends[lo-1]
	}
	for r := lo; r < hi; r++ {
		if at == u.ends[r] {
			continue
		}
		for _, w := range u.sorted[at:u.ends[r]] {
			if w.bid <= u.catchUp(w.post) {
				lost = append(lost, w.agent)
			} else if out := u.place(w.agent, w.post, w.bid); out >= 0 {
				lost = append(lost, out)
			}
		}
		at = u.ends[r]
		for _, j := range u.under.of(r) {
			u.catchUp(j)
		}
	}
	return lost
}

// catchUp raises the price of a node to its parents'.
func (u *auction) catchUp(v int32) int32 {
	p := u.price[v]
	for q := u.up[v]; q < u.nodes; q = u.up[q] {
		p = max(p, u.price[q])
	}
	u.price[v] = p
	return p
}

// look reads all edges of an agent and keeps the best at hand. Prices of posts
// lag behind those of their parents only while single bids are placed.
func (u *auction) look(a int32, lag bool) {
	x := &u.bidders[a]
	var best [front]int32
	n := 0
	bound := int32(nothing)
	for _, e := range u.m.Edges[u.m.Off[a]:u.m.Off[a+1]] {
		p := u.price[e.Post]
		if lag {
			p = u.catchUp(e.Post)
		}
		e.Score = e.Score*u.mul + u.add
		v := e.Score - p
		if n < front {
			n++
		} else if v <= best[front-1] {
			bound = max(bound, v)
			continue
		} else {
			bound = max(bound, best[front-1])
		}
		i := n - 1
		for ; i > 0 && best[i-1] < v; i-- {
			best[i], x.near[i] = best[i-1], x.near[i-1]
		}
		best[i], x.near[i] = v, e
	}
	for ; n < front; n++ {
		x.near[n] = market.Edge{Post: u.nodes}
	}
	x.bound = bound
}

// best finds the best two at hand at the prices as they stand; the second is -1
// if staying without a seat is as good.
func (u *auction) best(x *bidder) (k1, k2 int, v1, v2 int32) {
	v1, v2, k1, k2 = nothing, 0, 0, -1
	for k, e := range x.near {
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

// wish computes the bid of an agent. No price lags behind when it is called.
func (u *auction) wish(a int32) wish {
	x := &u.bidders[a]
	k1, _, v1, v2 := u.best(x)
	if v2 < x.bound {
		u.look(a, false)
		k1, _, v1, v2 = u.best(x)
	}
	f := u.least(a)
	if v1 <= f {
		return wish{agent: a, post: -1}
	}
	v2 = max(v2, f)
	return wish{a, x.near[k1].Post, x.near[k1].Score - v2 + u.eps}
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
		return u.place(a, j, x.near[k1].Score-max(v2, f)+u.eps)
	}
}

// place takes the seat: the lowest bid under the lowest full quota leaves.
func (u *auction) place(a, j, b int32) int32 {
	item := uint64(b)<<32 | uint64(a) //nolint:gosec // not negative
	v := j
	for v < u.nodes && u.count[v] < u.cap[v] {
		v = u.up[v]
	}
	u.bidders[a].post = j
	if v == j {
		h := u.heap(j)
		out := int32(h[0] & math.MaxUint32) //nolint:gosec // an agent
		sink(h, item)
		u.bidders[out].post = -1
		u.changed(j)
		return out
	}
	out := int32(-1)
	if v < u.nodes {
		from := v
		for from >= u.posts {
			from = u.kids[from].lowest()
		}
		h := u.heap(from)
		out = int32(h[0] & math.MaxUint32) //nolint:gosec // an agent
		u.bidders[out].post = -1
		sink(h[:len(h)-1], h[len(h)-1])
		for q := from; q < u.nodes; q = u.up[q] {
			u.count[q]--
		}
		u.changed(from)
	}
	for q := j; q < u.nodes; q = u.up[q] {
		u.count[q]++
	}
	rise(u.heap(j), item)
	u.changed(j)
	return out
}

func (u *auction) heap(j int32) []uint64 {
	return u.slot[u.base[j] : u.base[j]+int64(u.count[j])]
}

// changed passes the lowest bid of post j up its tree.
func (u *auction) changed(j int32) {
	x := int32(math.MaxInt32)
	if u.count[j] > 0 {
		x = int32(u.slot[u.base[j]] >> 32) //nolint:gosec // a bid
		if u.count[j] == u.cap[j] && x > u.price[j] {
			u.price[j] = x
		}
	}
	for v, q := j, u.up[j]; q < u.nodes; v, q = q, u.up[q] {
		k := &u.kids[q]
		k.set(u.leaf[v], x)
		x = k.min[1]
		if u.count[q] == u.cap[q] && x > u.price[q] {
			u.price[q] = x
		}
	}
}
