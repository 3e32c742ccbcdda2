package assign

import (
	"slices"

	"sunmao/services/matching/market"
)

// A search seldom needs more than the few tightest arcs of a node, and a list of
// candidates may hold tens of thousands. So lists are split: the near part, all
// arcs up to some reduced cost, is read when the node is settled; the far part
// only when the search gets as far as the nearest arc in it can be, for which
// the node stands in the queue a second time. How near that is is known without
// reading: the slack when the list was split, plus how the node's own potential
// has moved since, less the most that any other may have moved.

// shelf says how a list is split: the first n arcs are near.
type shelf struct {
	n     int32 // -1: not split yet
	slack int64 // no far arc had a reduced cost below this
	pot   int64 // potential of the node then
	drift int64 // drift of the other side then
}

// least is a lower bound of the reduced costs of the far arcs.
func (x *shelf) least(pot, drift int64) int64 {
	return x.slack + pot - x.pot - (drift - x.drift)
}

const (
	longList = 32 // agents with more edges get a split list
	nearPart = 8  // one in so many arcs is near
	nearMin  = 8

	nearReach = 128 // candidates within this part of the largest weight are listed at once
)

// splitLists prepares the split lists of agents that have many edges. They are
// reordered, so the edges must be our own.
func (g *network) splitLists() {
	long := false
	for a := range g.agents {
		long = long || g.off[a+1]-g.off[a] > longList
	}
	if long {
		g.edges = slices.Clone(g.edges)
		g.shelfA = make([]shelf, g.agents)
		for a := range g.shelfA {
			g.shelfA[a].n = -1
		}
	}
}

// split moves the near arcs of a list to its front; cost gives reduced costs.
func split[T any](g *network, x *shelf, list []T, cost func(T) int64) {
	costs := g.costs[:0]
	for _, e := range list {
		costs = append(costs, cost(e))
	}
	n := min(len(costs), max(nearMin, len(costs)/nearPart))
	sorted := append(g.sorted[:0], costs...)
	limit := nth(sorted, n-1)
	g.costs, g.sorted = costs, sorted
	k := 0
	for i := range list {
		if costs[i] <= limit {
			list[i], list[k] = list[k], list[i]
			costs[i], costs[k] = costs[k], costs[i]
			k++
		}
	}
	x.n, x.slack = int32(k), limit+1 //nolint:gosec // edges of one node
}

// nth returns what would stand at place k if v were sorted; it reorders v.
func nth(v []int64, k int) int64 {
	lo, hi := 0, len(v)-1
	for lo < hi {
		p := v[lo+(hi-lo)/2]
		i, j := lo, hi
		for i <= j {
			for v[i] < p {
				i++
			}
			for v[j] > p {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return v[k]
		}
	}
	return v[k]
}

// reverse lists the candidates of each post: those near its price, or all.
type reverse struct {
	off  []int64
	cand []candidate
	all  bool
	slot []shelf // how each post's list is split
}

type candidate struct {
	agent, score int32
}

// listNear lists, for each post, the candidates whose reduced cost is at most
// reach. A search that needs more makes the full list.
func (g *network) listNear(reach int64, workers int) {
	type entry struct {
		post int32
		candidate
	}
	parts := make([][]entry, max(1, workers))
	n := len(parts)
	spread(n, n*1024, func(from, _ int) {
		w := from / 1024
		lo, hi := int(g.agents)*w/n, int(g.agents)*(w+1)/n
		var list []entry
		for a := lo; a < hi; a++ {
			mul, add := g.weigh(int32(a)) //nolint:gosec // an agent
			top := g.pot[a] - add - reach
			for _, e := range g.edges[g.off[a]:g.off[a+1]] {
				if top+g.pot[g.lefts+e.Post] <= int64(e.Score)*mul {
					list = append(list, entry{e.Post, candidate{int32(a), e.Score}}) //nolint:gosec // an agent
				}
			}
		}
		parts[w] = list
	})
	r := &g.back
	*r = reverse{off: make([]int64, g.posts+1), slot: make([]shelf, g.posts)}
	for _, list := range parts {
		for _, e := range list {
			r.off[e.post+1]++
		}
	}
	for j := range g.posts {
		r.off[j+1] += r.off[j]
		r.slot[j] = shelf{n: int32(r.off[j+1] - r.off[j]), slack: reach + 1, pot: g.pot[g.lefts+j], drift: g.fallen} //nolint:gosec // candidates of one post
	}
	r.cand = make([]candidate, r.off[g.posts])
	at := slices.Clone(r.off)
	for _, list := range parts {
		for _, e := range list {
			r.cand[at[e.post]] = e.candidate
			at[e.post]++
		}
	}
}

// listAll lists all candidates of each post.
func (g *network) listAll() {
	r := &g.back
	*r = reverse{off: make([]int64, g.posts+1), slot: make([]shelf, g.posts), all: true}
	for _, e := range g.edges {
		r.off[e.Post+1]++
	}
	for j := range g.posts {
		r.off[j+1] += r.off[j]
		r.slot[j].n = -1
	}
	r.cand = market.Make[candidate](len(g.edges))
	at := slices.Clone(r.off)
	for a := range g.agents {
		for _, e := range g.edges[g.off[a]:g.off[a+1]] {
			r.cand[at[e.Post]] = candidate{a, e.Score}
			at[e.Post]++
		}
	}
}

// nearEdges returns the edges of agent a to read now and from which reduced
// cost on there may be others.
func (g *network) nearEdges(a int32) (near []market.Edge, more int64) {
	edges := g.edges[g.off[a]:g.off[a+1]]
	if len(edges) <= longList {
		return edges, far
	}
	x := &g.shelfA[a]
	if x.n >= 0 {
		more = x.least(g.pot[a], g.sunk)
	}
	if x.n < 0 || more <= 0 {
		mul, add := g.weigh(a)
		split(g, x, edges, func(e market.Edge) int64 {
			return g.pot[a] + g.pot[g.lefts+e.Post] - int64(e.Score)*mul - add
		})
		x.pot, x.drift = g.pot[a], g.sunk
		more = x.slack
	}
	if int(x.n) == len(edges) {
		more = far
	}
	return edges[:x.n], more
}

// nearCandidates does the same for the candidates of post j.
func (g *network) nearCandidates(j int32) (near []candidate, more int64) {
	r := &g.back
	if r.off == nil {
		g.listAll()
	}
	list := r.cand[r.off[j]:r.off[j+1]]
	x := &r.slot[j]
	P := g.pot[g.lefts+j]
	if x.n >= 0 {
		more = x.least(P, g.fallen)
	}
	if r.all && (x.n < 0 || more <= 0) {
		if len(list) == 0 {
			return nil, far
		}
		split(g, x, list, func(c candidate) int64 {
			mul, add := g.weigh(c.agent)
			return g.pot[c.agent] + P - int64(c.score)*mul - add
		})
		x.pot, x.drift = P, g.fallen
		more = x.slack
	}
	if r.all && int(x.n) == len(list) {
		more = far
	}
	return list[:x.n], more
}

// later puts node v in the queue once more, for its far arcs.
func (g *network) later(v int32, d, more int64) {
	s := &g.search
	if at := d + max(more, 0); at < s.bound {
		s.queue.push(at, v+g.ground+1)
	}
}

// farther reads the far arcs of a node that the search has come back to.
func (g *network) farther(v int32) {
	s := &g.search
	d := s.dist[v]
	if v < g.agents {
		edges := g.edges[g.off[v]:g.off[v+1]]
		x := &g.shelfA[v]
		g.offerPosts(v, d, edges[x.n:])
		x.n = -1
		return
	}
	r := &g.back
	j := v - g.lefts
	if !r.all {
		g.listAll()
		g.offerAgents(v, d, r.cand[r.off[j]:r.off[j+1]])
		return
	}
	x := &r.slot[j]
	g.offerAgents(v, d, r.cand[r.off[j]+int64(max(x.n, 0)):r.off[j+1]]) // -1: listed anew since
	x.n = -1
}
