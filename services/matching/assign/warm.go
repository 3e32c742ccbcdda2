package assign

import (
	"errors"
	"math"
	"unsafe"
)

// A cohort of hundreds that withdraws or shrinks is answered by the simplex method once
// searches take long: one after the other reads the same part of the market
// again. Whoever has no place any more is unseated; what is left keeps to all quotas,
// and a tree is planted in this flow. The potentials before the change said of every
// edge that it gains nothing: so an edge can gain only where its agent's value or its
// post's price has fallen since, and only what hangs below an arc that has left the
// tree has other potentials than before. The work is that of the part of the market
// which the change reaches, once a round, and not once a search. Prices fall then; where
// they rise, as when a post closes, every agent whose value falls would have to look at
// all its edges each round, and searches are shorter.

// patience is how many arcs a node of a network of cohorts searches may still have to
// read: laying a tree costs about as much.
const patience = 10

var endless = math.Inf(1)

// errLong: searches have taken longer than it takes to plant a tree.
var errLong = errors.New("逐个调整过长")

// tooLong tells whether searches, of which the last ones are not shorter than the first,
// will take longer than laying a tree, when so many of all students out of place are left.
func (g *network) tooLong(left, whole int64) bool {
	spent, nodes := float64(g.n.Arcs-g.since), float64(g.ground)
	return g.patience < 0 || spent > nodes && spent*float64(left) > g.patience*nodes*float64(whole-left)
}

// restart solves again from the present flow, less the students of an agent beyond its
// number.
func (g *network) restart(a int32) error {
	if g.width(int64(g.most)) == 32 {
		restart[int32](g, a)
	} else {
		restart[int64](g, a)
	}
	return g.rebalance()
}

func restart[W int32 | int64](g *network, a int32) {
	g.evict(a)
	s := &warm[W]{walk: walk[W]{simplex: &simplex[W]{g: g}}, shut: g.shut()}
	s.plant()
	s.run()
	s.store()
}

// evict unseats the students of an agent beyond its number; what flows through every
// node is then what is seated.
func (g *network) evict(a int32) {
	for over := g.node[a].through - int64(g.node[a].cap); over > 0; over = g.node[a].through - int64(g.node[a].cap) {
		h := g.node[a].hold
		g.unseat(h, int32(min(int64(g.holds[h].count), over))) //nolint:gosec // at most the count
	}
	for _, q := range g.inner {
		g.node[q].through = 0
	}
	lift := func(v int32) {
		x := &g.node[v]
		x.flow = int32(x.through) //nolint:gosec // within the quota
		if x.up != g.ground {
			g.node[x.up].through += x.through
		}
	}
	for v := range g.ground {
		if !g.isInner(v) {
			lift(v)
		}
	}
	for _, q := range g.inner {
		lift(q)
	}
}

// warm is the simplex method from a flow and from potentials that were the best before
// a change. Its nodes are those that what has left the tree reaches.
type warm[W int32 | int64] struct {
	walk[W]
	shut   []int32 // see network.shut
	was    []W     // potentials before
	moved  []bool  // nodes whose potential may be another now
	listed []bool  // nodes of the walk: these, and those with an own arc to them
	fell   []bool  // agents whose value has fallen, or without students

	// The tree as planted: the subtree of a node is span[place:end].
	topDown, place, end, span []int32

	near  []nearby[W] // candidates, copied so that those of all posts lie side by side
	shelf []shelf[W]  // which of them are those of a post
	best  []entrant[W]
	found []int32 // agents with one
}

// nearby is a candidate of a post.
type nearby[W int32 | int64] struct {
	agent  int32
	weight W
}

// shelf is a part of near. Other candidates gain only when the potential of the post is
// above a bound.
type shelf[W int32 | int64] struct {
	from, to int32
	bound    W
}

// reachNear is which part of the largest weight the candidates that are copied are
// within.
const reachNear = 320

// run takes arcs into the tree until none gains.
func (s *warm[W]) run() {
	for {
		s.sweep()
		s.findEdges()
		s.findOwn()
		if len(s.list) == 0 {
			return
		}
		for _, k := range s.bestFirst() {
			s.take(s.list[uint32(k)], 0) //nolint:gosec // the low half is the place
		}
	}
}

// take lets an arc enter if that costs less than the limit.
func (s *warm[W]) take(e entrant[W], limit W) bool {
	leave, entered := s.enter(e, limit)
	if leave >= 0 {
		s.move(leave)
	}
	return entered
}

// move notes that potentials below a node have changed. Where the tree is no longer as
// planted below it, they have changed before.
func (s *warm[W]) move(v int32) {
	if s.moved[v] {
		return
	}
	for _, u := range s.span[s.place[v]:s.end[v]] {
		if s.moved[u] {
			continue
		}
		s.moved[u] = true
		s.watch(u)
		for _, c := range s.g.children(u) {
			s.watch(c)
		}
	}
}

func (s *warm[W]) watch(v int32) {
	if !s.listed[v] {
		s.listed[v] = true
		s.nodes = append(s.nodes, v)
	}
}

// findEdges lists, for each agent, the edge that gains most.
func (s *warm[W]) findEdges() {
	g := s.g
	s.list = s.list[:0]
	for _, v := range s.nodes {
		if v < g.agents && g.node[v].cap > 0 {
			if s.fell[v] = s.y[v] < s.was[v]; s.fell[v] {
				s.readEdges(v)
			}
		}
	}
	for _, v := range s.nodes {
		if v >= g.lefts && v < g.lefts+g.posts && s.y[v] > s.was[v] && !s.closed(v) {
			s.readCandidates(v)
		}
	}
	for _, a := range s.found {
		s.list = append(s.list, s.best[a])
		s.best[a].cost = 0
	}
	s.found = s.found[:0]
}

// readEdges offers the edges of an agent whose value has fallen.
func (s *warm[W]) readEdges(a int32) {
	g := s.g
	edges := g.edges[g.off[a]:g.off[a+1]]
	s.scanned += int64(len(edges))
	for _, e := range edges {
		if p := g.lefts + e.Post; !s.closed(p) {
			w := s.weight(a, e.Score)
			s.offer(a, p, w, s.y[a]-w-s.y[p])
		}
	}
}

// readCandidates offers those of a post whose price has fallen.
func (s *warm[W]) readCandidates(p int32) {
	if s.y[p] > s.shelf[p].bound {
		s.fetch(p)
	}
	x, y := &s.shelf[p], s.y[p]
	list := s.near[x.from:x.to]
	s.scanned += int64(len(list))
	for _, c := range list {
		if d := s.y[c.agent] - c.weight - y; d < 0 && !s.fell[c.agent] {
			s.offer(c.agent, p, c.weight, d)
		}
	}
}

// fetch copies the candidates of a post that may gain at its price or a little below.
// Whose value has not fallen is no nearer than its rung promises.
func (s *warm[W]) fetch(p int32) {
	g, r, j := s.g, &s.g.back, p-s.g.lefts
	if !r.laid[j] {
		g.layStale(j)
	}
	x := &s.shelf[p]
	x.from, x.bound = int32(len(s.near)), above[W]() //nolint:gosec // at most twice the edges
	s.put(r.aside[j])
	list, reach := r.of(j), int64(s.y[p])+g.slip+g.top()/reachNear
	for k := range r.first[j+1] - r.first[j] {
		if least := r.least[r.first[j]+k]; least > reach {
			x.bound = W(least - g.slip)
			break
		}
		s.put(list[rung(k, int64(len(list))):rung(k+1, int64(len(list)))])
	}
	x.to = int32(len(s.near)) //nolint:gosec // as above
}

func (s *warm[W]) put(list []candidate) {
	for _, c := range list {
		s.near = append(s.near, nearby[W]{c.agent, s.weight(c.agent, c.score)})
	}
}

// above is a number above every potential.
func above[W int32 | int64]() W { return 1 << (8*unsafe.Sizeof(W(0)) - 2) }

func (s *warm[W]) weight(a, score int32) W {
	mul, add := s.g.weigh(a)
	return W(int64(score)*mul + add)
}

func (s *warm[W]) closed(p int32) bool { return s.shut != nil && s.shut[p] >= 0 }

// offer notes an edge if it is the one of its agent that gains most.
func (s *warm[W]) offer(a, p int32, w, cost W) {
	if best := &s.best[a]; cost < best.cost {
		if best.cost == 0 {
			s.found = append(s.found, a)
		}
		*best = entrant[W]{cost: cost, weight: w, from: a, to: p, own: -1, room: boundless}
	}
}

// store puts seats and prices into the network, and what is kept with them.
func (s *warm[W]) store() {
	g := s.g
	g.n.Pivots += s.pivots
	g.n.Scanned += s.scanned
	for v := range g.ground {
		if g.node[v].pot = int64(s.y[v]); v >= g.lefts {
			g.node[v].pot = -g.node[v].pot
		}
	}
	s.storeSeats()
	g.settleAll()
	g.priceShut(s.shut)
	g.raiseAll()
	for a := range g.agents {
		if g.node[a].cap == 0 {
			g.appraise(a)
		}
		g.moved(a, g.node[a].pot-int64(s.was[a]))
	}
	for p := g.lefts; p < g.lefts+g.posts; p++ {
		if -g.node[p].pot > int64(s.was[p]) {
			g.sank(p)
		}
	}
}

// storeSeats moves only who moves.
func (s *warm[W]) storeSeats() {
	g := s.g
	for k := range g.holds {
		h := &g.holds[k]
		if h.count == 0 {
			continue
		}
		v, n := s.edgeAt(h.agent, g.lefts+h.post)
		if n < h.count {
			g.unseat(int32(k), h.count-n) //nolint:gosec // a hold
		} else if n == h.count {
			s.tree[v].arc = ownArc // nothing to add
		}
	}
	for v := range g.ground {
		if s.tree[v].arc != edgeArc {
			continue
		}
		agent, post, n, w := s.edgeOf(v)
		if h := g.holdOf(agent, post); h >= 0 {
			n -= g.holds[h].count
		}
		if n > 0 {
			mul, add := g.weigh(agent)
			g.seat(agent, post, n, int32((w-add)/mul)) //nolint:gosec // a score
		}
	}
}
