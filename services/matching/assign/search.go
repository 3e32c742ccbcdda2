package assign

import (
	"math"

	"sunmao/services/matching/market"
)

const far = math.MaxInt64 / 4

// searchState is one shortest-path search: tentative distances, the tree, and
// the nodes settled so far. A stamp tells whether a node belongs to it.
type searchState struct {
	dist  []int64
	link  []int32 // next node towards the start of the search
	stamp []uint32
	epoch uint32 // even; stamp = epoch seen, epoch+1 settled
	done  []int32
	queue queue
	bound int64 // distance at which the ground was seen
}

func (s *searchState) init(n int) {
	s.dist, s.link, s.stamp = make([]int64, n), make([]int32, n), make([]uint32, n)
}

func (s *searchState) start(v int32) {
	s.epoch += 2
	if s.epoch == 0 {
		clear(s.stamp)
		s.epoch = 2
	}
	s.done = s.done[:0]
	s.queue.reset()
	s.bound = far
	s.dist[v], s.link[v], s.stamp[v] = 0, -1, s.epoch
	s.queue.push(0, v)
}

// reach offers v at distance d over the node from.
func (s *searchState) reach(v, from int32, d int64) {
	if d >= s.bound {
		return
	}
	switch st := s.stamp[v]; {
	case st < s.epoch:
		s.stamp[v] = s.epoch
	case st > s.epoch || d >= s.dist[v]:
		return
	}
	s.dist[v], s.link[v] = d, from
	s.queue.push(d, v)
}

// next settles and returns the nearest open node.
func (s *searchState) next() (v int32, d int64, ok bool) {
	for {
		d, v, ok = s.queue.pop()
		if !ok {
			return 0, 0, false
		}
		if int(v) >= len(s.dist) { // a node's second coming, for its far arcs
			return v, d, true
		}
		if s.stamp[v] == s.epoch && s.dist[v] == d {
			s.stamp[v]++
			s.done = append(s.done, v)
			return v, d, true
		}
	}
}

// forward finds the nearest node where excess from v can end: the ground or a
// node with a deficit. It moves the potentials and returns -1 if there is none.
func (g *network) forward(start int32) int32 {
	s := &g.search
	s.start(start)
	g.n.Searches++
	for {
		v, d, ok := s.next()
		if !ok {
			return -1
		}
		if v > g.ground {
			g.farther(v - g.ground - 1)
			continue
		}
		if v == g.ground || v != start && g.excess(v) < 0 {
			g.shift(d, 1)
			return v
		}
		switch {
		case v < g.agents:
			g.forwardAgent(v, d)
		case v < g.lefts:
			g.forwardSchool(v, d)
		default:
			g.forwardRight(v, d)
		}
	}
}

// see offers the ground, which bounds the search.
func (s *searchState) see(v, from int32, d int64, ground int32) {
	s.reach(v, from, d)
	if v == ground {
		s.bound = min(s.bound, d)
	}
}

func (g *network) forwardAgent(a int32, d int64) {
	if g.flow[a] > g.lower(a) {
		g.search.see(g.up[a], a, d+g.pot[a]-g.pot[g.up[a]], g.ground)
	}
	near, more := g.nearEdges(a)
	g.offerPosts(a, d, near)
	g.later(a, d, more)
}

func (g *network) offerPosts(a int32, d int64, edges []market.Edge) {
	s := &g.search
	mul, add := g.weigh(a)
	base := d + g.pot[a] - add
	g.n.Arcs += int64(len(edges))
	for _, e := range edges {
		p := g.lefts + e.Post
		if nd := base + g.pot[p] - int64(e.Score)*mul; nd < s.bound {
			s.reach(p, a, nd)
		}
	}
}

func (g *network) forwardSchool(v int32, d int64) {
	s := &g.search
	if g.flow[v] > g.lower(v) {
		s.see(g.up[v], v, d+g.pot[v]-g.pot[g.up[v]], g.ground)
	}
	kids := g.children(v)
	g.n.Arcs += int64(len(kids))
	for _, c := range kids {
		if g.flow[c] < g.cap[c] {
			s.reach(c, v, d+g.pot[v]-g.pot[c])
		}
	}
}

func (g *network) forwardRight(v int32, d int64) {
	s := &g.search
	if g.flow[v] < g.cap[v] {
		s.see(g.up[v], v, d+g.pot[g.up[v]]-g.pot[v], g.ground)
	}
	if v < g.lefts+g.posts {
		for h := g.atP[v-g.lefts]; h >= 0; h = g.holds[h].nextP {
			g.n.Arcs++
			s.reach(g.holds[h].agent, v, d)
		}
		return
	}
	kids := g.children(v)
	g.n.Arcs += int64(len(kids))
	for _, c := range kids {
		if g.flow[c] > g.lower(c) {
			s.reach(c, v, d+g.pot[c]-g.pot[v])
		}
	}
}

// backward finds the nearest node from which a deficit at start can be served:
// the ground, or a node with excess.
func (g *network) backward(start int32) int32 {
	s := &g.search
	s.start(start)
	g.n.Searches++
	for {
		v, d, ok := s.next()
		if !ok {
			return -1
		}
		if v > g.ground {
			g.farther(v - g.ground - 1)
			continue
		}
		if v == g.ground || v != start && g.excess(v) > 0 {
			g.shift(d, -1)
			return v
		}
		switch {
		case v < g.agents:
			g.backwardAgent(v, d)
		case v < g.lefts:
			g.backwardSchool(v, d)
		default:
			g.backwardRight(v, d)
		}
	}
}

func (g *network) backwardAgent(a int32, d int64) {
	s := &g.search
	if g.flow[a] < g.cap[a] {
		s.see(g.up[a], a, d+g.pot[g.up[a]]-g.pot[a], g.ground)
	}
	for h := g.atA[a]; h >= 0; h = g.holds[h].nextA {
		g.n.Arcs++
		s.reach(g.lefts+g.holds[h].post, a, d)
	}
}

func (g *network) backwardSchool(v int32, d int64) {
	s := &g.search
	if g.flow[v] < g.cap[v] {
		s.see(g.up[v], v, d+g.pot[g.up[v]]-g.pot[v], g.ground)
	}
	for _, c := range g.children(v) {
		g.n.Arcs++
		if g.flow[c] > g.lower(c) {
			s.reach(c, v, d+g.pot[c]-g.pot[v])
		}
	}
}

func (g *network) backwardRight(v int32, d int64) {
	s := &g.search
	P := g.pot[v]
	if g.flow[v] > g.lower(v) {
		s.see(g.up[v], v, d+P-g.pot[g.up[v]], g.ground)
	}
	if v >= g.lefts+g.posts {
		for _, c := range g.children(v) {
			g.n.Arcs++
			if g.flow[c] < g.cap[c] {
				s.reach(c, v, d+P-g.pot[c])
			}
		}
		return
	}
	near, more := g.nearCandidates(v - g.lefts)
	g.offerAgents(v, d, near)
	g.later(v, d, more)
}

func (g *network) offerAgents(p int32, d int64, list []candidate) {
	s := &g.search
	base := d + g.pot[p]
	g.n.Arcs += int64(len(list))
	for _, c := range list {
		mul, add := g.weigh(c.agent)
		if nd := base + g.pot[c.agent] - int64(c.score)*mul - add; nd < s.bound {
			s.reach(c.agent, p, nd)
		}
	}
}

// shift moves the potentials of the settled nodes by what their distance is
// short of the end's, towards lower values and higher prices (sign 1, after a
// forward search) or back (-1).
func (g *network) shift(end int64, sign int64) {
	s := &g.search
	if sign > 0 {
		g.fallen += end
	} else {
		g.sunk += end
	}
	for _, v := range s.done {
		if d := end - s.dist[v]; d > 0 {
			if v < g.lefts {
				g.pot[v] -= sign * d
			} else if v != g.ground {
				g.pot[v] += sign * d
			}
		}
	}
}

// residual tells how many students can still go from u to v.
func (g *network) residual(u, v int32) int32 {
	switch {
	case u < g.agents && v >= g.lefts && v != g.ground: // agent to post
		return math.MaxInt32
	case v < g.agents && u >= g.lefts && u != g.ground: // post back to agent
		if h := g.holdOf(v, u); h >= 0 {
			return g.holds[h].count
		}
		return 0
	case u != g.ground && g.up[u] == v: // to the parent
		if u < g.lefts {
			return g.flow[u] - g.lower(u)
		}
		return g.cap[u] - g.flow[u]
	case v < g.lefts: // to a child
		return g.cap[v] - g.flow[v]
	default:
		return g.flow[v] - g.lower(v)
	}
}

// move sends n students from u to v.
func (g *network) move(u, v, n int32) {
	switch {
	case u < g.agents && v >= g.lefts && v != g.ground:
		g.seat(u, v, n, g.edge(u, v))
	case v < g.agents && u >= g.lefts && u != g.ground:
		g.unseat(g.holdOf(v, u), n)
	case u != g.ground && g.up[u] == v:
		if u < g.lefts {
			g.flow[u] -= n
			g.through[v] -= int64(n)
		} else {
			g.flow[u] += n
			g.through[v] += int64(n)
		}
	case v < g.lefts:
		g.flow[v] += n
		g.through[u] += int64(n)
	default:
		g.flow[v] -= n
		g.through[u] -= int64(n)
	}
}

// augment sends as much as possible along the path just found. The links lead
// from end to start; in a forward search against the flow.
func (g *network) augment(start, end int32, forward bool) {
	link := g.search.link
	want := g.excess(start)
	if !forward {
		want = -want
	}
	if end != g.ground {
		x := g.excess(end)
		want = min(want, max(x, -x))
	}
	n := int32(min(want, math.MaxInt32))
	for v := end; v != start; v = link[v] {
		if forward {
			n = min(n, g.residual(link[v], v))
		} else {
			n = min(n, g.residual(v, link[v]))
		}
	}
	for v := end; v != start; v = link[v] {
		if forward {
			g.move(link[v], v, n)
		} else {
			g.move(v, link[v], n)
		}
	}
}
