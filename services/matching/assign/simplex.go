package assign

import (
	"math/bits"
	"slices"
	"sync/atomic"
)

// simplex is the primal network simplex method (Dantzig 1951) for markets of
// cohorts, whose network is small and whose flows are large. A spanning tree of
// arcs carries the flow; every other arc is at one of its bounds. An arc whose
// reduced cost says that more should flow enters the tree, the first arc of the
// cycle it closes that can take no more leaves. Trees are kept strongly feasible
// (Cunningham 1976): from every node something can still go to the ground, so
// that no sequence of steps without gain comes back to where it was.
//
// Three things make it fast. All arcs that enter in a round are found with the
// potentials of its beginning, the greatest gain first, as an auction would sell
// its dearest seats first; whether an arc still gains when its turn comes is
// seen on the way round its cycle, which has to be walked anyway. So potentials
// are computed once a round, not subtree by subtree after each step. And between
// full looks an agent only looks at the offers that were best at the last one.
type simplex[W int32 | int64] struct {
	g      *network
	tree   []branch
	link   []link[W] // of each node to its parent in the tree
	up     []int32   // parent in the network
	state  []int8    // of each node's own arc
	y      []W       // potentials: values on the left, prices negated on the right
	fresh  []bool    // potentials computed in this sweep
	off    []int32   // offers of agent a: offers[off[a]:off[a+1]]
	offers []offer[W]
	hands  []offer[W] // hand of them for each agent: the best when it last looked at all
}

// walk is the method at work on a part of the market that shares no node but the
// ground with the rest: parts are solved apart, and at the same time.
type walk[W int32 | int64] struct {
	*simplex[W]
	nodes           []int32 // ascending, agents first
	agents          []int32 // of these
	path            []int32
	list            []entrant[W]
	order           []uint64
	pivots, scanned int64
}

// link says all that potentials ask of the tree.
type link[W int32 | int64] struct {
	rise   W // y of the node less y of its parent
	parent int32
}

// branch is the arc between a node of the tree and its parent.
type branch struct {
	up, down int32 // how many more can go to the parent, and from it
	size     int32 // nodes in the subtree
	arc      int8
}

// offer is an edge that may be worth taking; post is its node.
type offer[W int32 | int64] struct {
	post   int32
	weight W
}

// entrant is an arc along which more should flow.
type entrant[W int32 | int64] struct {
	cost     W // reduced cost, negative
	weight   W // of an edge; other arcs have none
	from, to int32
	own      int32 // the node whose own arc it is; -1: an edge
	room     int32 // how many more it can take
	back     int32 // how many of those it carries can be sent back; all if it is at a bound
}

// The arc between a node and its parent in the tree.
const (
	edgeArc   int8 = iota // joins an agent and a post
	ownArc                // the node's own, to the parent it also has in the network
	parentArc             // the parent's own
)

// Where a node's own arc is. Those on the left are never at zero: that nobody
// is taken away who is not there follows from the edges.
const (
	inTree int8 = iota
	atZero
	atCap
	atMost // atCap on the left
)

// direction is the sign of the reduced cost at which an own arc gains.
var direction = [...]int8{inTree: 0, atZero: 1, atCap: -1, atMost: 1}

const (
	hand    = 16 // offers at hand
	refresh = 4  // rounds until an agent looks at all its offers again

	// boundless stands for more students than there are. It stays so while flows
	// are added and taken away, because they add up to mostPeople at most.
	boundless  = 1 << 30
	mostPeople = 1 << 28
)

// startSimplex solves by the simplex method. It does nothing if numbers could outgrow
// 62 bits: then all is left to the repair.
func (g *network) startSimplex(students int64) {
	switch g.width(students) {
	case 32:
		newSimplex[int32](g).run()
	case 64:
		newSimplex[int64](g).run()
	}
}

// width is how many bits the potentials of the simplex method need; 0 stands for
// more than there are.
func (g *network) width(students int64) int {
	// A potential is a sum of edges along the tree, at most two for each agent on
	// the way.
	most := 4 * (int64(min(g.agents, g.posts)) + 1)
	switch top := g.top(); {
	case students > mostPeople || top >= (1<<62)/most || len(g.edges) > 1<<30:
		return 0
	case top < (1<<30)/most:
		return 32
	}
	return 64
}

func newSimplex[W int32 | int64](g *network) *simplex[W] {
	n := int(g.ground) + 1
	s := &simplex[W]{g: g, tree: make([]branch, n), link: make([]link[W], n), up: make([]int32, n), state: make([]int8, n), y: make([]W, n), fresh: make([]bool, n)}
	for v := range g.ground {
		up, down := g.node[v].cap, int32(0)
		if v < g.lefts {
			up, down = boundless, g.node[v].cap
		}
		s.tree[v], s.link[v].parent, s.up[v] = branch{up: up, down: down, size: 1, arc: ownArc}, g.node[v].up, g.node[v].up
	}
	s.tree[g.ground], s.link[g.ground].parent = branch{size: 1}, -1
	for v := range g.ground {
		if !g.isInner(v) {
			s.tree[g.node[v].up].size++
		}
	}
	for _, v := range g.inner {
		s.tree[g.node[v].up].size += s.tree[v].size
	}
	s.listOffers()
	return s
}

// listOffers leaves out what nobody can take and what is worth nothing.
func (s *simplex[W]) listOffers() {
	g := s.g
	shut := g.shut()
	s.off = make([]int32, g.agents+1)
	s.offers = make([]offer[W], 0, len(g.edges))
	s.hands = make([]offer[W], hand*int(g.agents))
	for a := range g.agents {
		mul, add := g.weigh(a)
		for _, e := range g.edges[g.off[a]:g.off[a+1]] {
			if w := int64(e.Score)*mul + add; w > 0 && g.node[a].cap > 0 && (shut == nil || shut[g.lefts+e.Post] < 0) {
				s.offers = append(s.offers, offer[W]{g.lefts + e.Post, W(w)})
			}
		}
		s.off[a+1] = int32(len(s.offers)) //nolint:gosec // startSimplex bounds the edges
		copy(s.hands[hand*a:hand*(a+1)], s.of(a))
	}
}

func (s *simplex[W]) of(a int32) []offer[W] { return s.offers[s.off[a]:s.off[a+1]] }

// run solves the parts, the largest first, and loads the result.
func (s *simplex[W]) run() {
	parts := s.parts()
	var next atomic.Int32
	s.fresh[s.g.ground] = true
	inParallel(min(s.g.workers, len(parts)), func(int) {
		for k := next.Add(1) - 1; int(k) < len(parts); k = next.Add(1) - 1 {
			parts[k].run()
		}
	})
	for _, p := range parts {
		s.g.n.Pivots += p.pivots
		s.g.n.Scanned += p.scanned
	}
	s.load()
}

// run takes arcs into the tree until none gains.
func (s *walk[W]) run() {
	for round := int32(0); ; round++ {
		s.sweep()
		s.findEdges(func(a int32) bool { return (a+round)%refresh == 0 })
		if round%2 == 0 || len(s.list) == 0 {
			s.findOwn()
		}
		if len(s.list) == 0 {
			s.findEdges(func(int32) bool { return true })
			if len(s.list) == 0 {
				break
			}
		}
		for _, k := range s.bestFirst() {
			s.enter(s.list[uint32(k)], 0) //nolint:gosec // the low half is the place
		}
	}
}

// bestFirst returns the places on the list in the low halves, the greatest gain first,
// to 31 bits of it.
func (s *walk[W]) bestFirst() []uint64 {
	greatest := int64(0)
	for _, e := range s.list {
		greatest = max(greatest, -int64(e.cost))
	}
	shift := max(0, bits.Len64(uint64(greatest))-31)
	s.order = s.order[:0]
	for k, e := range s.list {
		s.order = append(s.order, uint64((greatest+int64(e.cost))>>shift)<<32|uint64(k)) //nolint:gosec // not negative
	}
	slices.Sort(s.order)
	return s.order
}

// sweep computes the potentials from the tree, each node after its parent.
func (s *walk[W]) sweep() {
	link, y, fresh := s.link, s.y, s.fresh
	for _, v := range s.nodes {
		fresh[v] = false
	}
	for _, v := range s.nodes {
		if l := link[v]; fresh[l.parent] {
			y[v], fresh[v] = y[l.parent]+l.rise, true
		} else {
			s.locate(v)
		}
	}
}

// locate computes the potential of a node and of those above it.
func (s *walk[W]) locate(v int32) {
	link, y, fresh, path := s.link, s.y, s.fresh, s.path[:0]
	for x := v; !fresh[x]; x = link[x].parent {
		path = append(path, x)
	}
	for k := len(path) - 1; k >= 0; k-- {
		x := path[k]
		y[x], fresh[x] = y[link[x].parent]+link[x].rise, true
	}
	s.path = path
}

// findEdges lists, for each agent, the two edges that gain most, among those at
// hand or among all.
func (s *walk[W]) findEdges(all func(a int32) bool) {
	y := s.y
	s.list = s.list[:0]
	for _, a := range s.agents {
		offers := s.of(a)
		if len(offers) > hand {
			if all(a) {
				s.look(a, offers)
			}
			offers = s.hands[hand*a : hand*(a+1)]
		}
		s.scanned += int64(len(offers))
		first, second := entrant[W]{own: -1, room: boundless}, entrant[W]{own: -1, room: boundless}
		ya := y[a]
		for _, o := range offers {
			d := ya - o.weight - y[o.post]
			if d >= second.cost {
				continue
			}
			if d >= first.cost {
				second.cost, second.weight, second.to = d, o.weight, o.post
			} else {
				second.cost, second.weight, second.to = first.cost, first.weight, first.to
				first.cost, first.weight, first.to = d, o.weight, o.post
			}
		}
		for _, e := range [2]entrant[W]{first, second} {
			if e.from = a; e.cost < 0 {
				s.list = append(s.list, e)
			}
		}
	}
}

// look takes the best offers of all to hand.
func (s *walk[W]) look(a int32, offers []offer[W]) {
	s.scanned += int64(len(offers))
	best := s.hands[hand*a : hand*(a+1)]
	var cost [hand]W
	n := 0
	ya, y := s.y[a], s.y
	for _, o := range offers {
		d := ya - o.weight - y[o.post]
		if n < hand {
			n++
		} else if d >= cost[hand-1] {
			continue
		}
		i := n - 1
		for ; i > 0 && cost[i-1] > d; i-- {
			cost[i], best[i] = cost[i-1], best[i-1]
		}
		cost[i], best[i] = d, o
	}
}

// findOwn lists the nodes' own arcs that should carry more or less.
func (s *walk[W]) findOwn() {
	g := s.g
	for _, v := range s.nodes {
		up := s.up[v]
		d := (s.y[v] - s.y[up]) * W(direction[s.state[v]&3]) // & spares a check of the index
		if d >= 0 {
			continue
		}
		e := entrant[W]{cost: d, from: v, to: up, own: v, room: boundless}
		if v >= g.lefts {
			e.room = g.node[v].cap
		}
		if s.state[v] == atCap && v >= g.lefts {
			e.from, e.to = up, v
		}
		s.list = append(s.list, e)
	}
}

// enter sends as many students as possible round the cycle that the entrant
// closes, if that costs less than the limit, and takes it into the tree. It tells
// the node above which an arc has left, -1 if none has.
func (s *walk[W]) enter(e entrant[W], limit W) (leave int32, entered bool) {
	tree, link := s.tree, s.link
	cost, n := -e.weight, e.room
	leave = -1
	rising := false // the arc between leave and its parent, on the way up or down
	x, z := e.from, e.to
	for x != z {
		// Of several arcs that take no more the last one on the way from the top of
		// the cycle and round has to leave, to keep the tree strongly feasible.
		if b := &tree[x]; b.size < tree[z].size {
			if b.down < n {
				n, leave, rising = b.down, x, false
			}
			cost += link[x].rise
			x = link[x].parent
		} else {
			b = &tree[z]
			if b.up <= n {
				n, leave, rising = b.up, z, true
			}
			cost -= link[z].rise
			z = link[z].parent
		}
	}
	if cost >= limit {
		return -1, false
	}
	s.pivots++
	if n > 0 {
		for v := e.from; v != x; v = link[v].parent {
			tree[v].down -= n
			tree[v].up += n
		}
		for v := e.to; v != x; v = link[v].parent {
			tree[v].up -= n
			tree[v].down += n
		}
	}
	switch {
	case leave < 0: // the entrant comes to its bound
		if e.own >= 0 {
			s.state[e.own] = atZero
			if (e.from == e.own) == (e.own >= s.g.lefts) {
				s.state[e.own] = s.full(e.own)
			}
		}
	case rising:
		s.swap(e, n, leave, x, e.to, e.from)
	default:
		s.swap(e, n, leave, x, e.from, e.to)
	}
	return leave, true
}

// swap takes the arc above leave out of the tree, and with it the subtree that
// contains node in, and hangs that subtree by the entrant below node out.
func (s *simplex[W]) swap(e entrant[W], n, leave, top, in, out int32) {
	tree, links := s.tree, s.link
	s.settleLeaving(leave)
	size := tree[leave].size
	for v := links[leave].parent; v != top; v = links[v].parent {
		tree[v].size -= size
	}
	for v := out; v != top; v = links[v].parent {
		tree[v].size += size
	}
	l := link[W]{e.weight, out}
	b := branch{arc: edgeArc, up: e.room - n, down: e.back + n}
	if in == e.to {
		l.rise, b.up, b.down = -l.rise, b.down, b.up
	}
	if e.own >= 0 {
		s.state[e.own] = inTree
		b.arc = parentArc
		if e.own == in {
			b.arc = ownArc
		}
	}
	for v, below := in, int32(0); ; { // turn the way from in to leave round
		old, was := tree[v], links[v]
		b.size = size - below
		tree[v], links[v] = b, l
		if v == leave {
			return
		}
		below = old.size
		l = link[W]{-was.rise, v}
		b = branch{arc: old.arc, up: old.down, down: old.up}
		if old.arc != edgeArc {
			b.arc = ownArc + parentArc - old.arc
		}
		v = was.parent
	}
}

// settleLeaving notes at which bound the arc above v leaves the tree.
func (s *simplex[W]) settleLeaving(v int32) {
	b := &s.tree[v]
	own, used := v, b.down
	switch b.arc {
	case edgeArc:
		return
	case parentArc:
		own, used = s.link[v].parent, b.up
	}
	s.state[own] = s.full(own)
	if own >= s.g.lefts && used == 0 {
		s.state[own] = atZero
	}
}

func (s *simplex[W]) full(v int32) int8 {
	if v < s.g.lefts {
		return atMost
	}
	return atCap
}

// load puts seats and prices into the network.
func (s *simplex[W]) load() {
	g := s.g
	for v := range g.ground {
		g.node[v].pot = int64(s.y[v])
		if v >= g.lefts {
			g.node[v].pot = -g.node[v].pot
		}
		if s.tree[v].arc != edgeArc {
			continue
		}
		if agent, post, n, w := s.edgeOf(v); n > 0 {
			mul, add := g.weigh(agent)
			g.seat(agent, post, n, int32((w-add)/mul)) //nolint:gosec // a score
		}
	}
}

// edgeOf is the edge between a node and its parent, and how many students it carries.
func (s *simplex[W]) edgeOf(v int32) (agent, post, n int32, weight int64) {
	b, l := s.tree[v], s.link[v]
	if v < s.g.agents {
		return v, l.parent, b.down, int64(l.rise)
	}
	return l.parent, v, b.up, -int64(l.rise)
}
