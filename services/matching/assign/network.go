package assign

import (
	"math"
	"slices"

	"sunmao/services/matching/market"
)

// network is the market as a circulation. Agents and schools are the left
// nodes, posts, companies and groups the right ones, and the ground is where
// students come from and where seats end:
//
//	ground -> school -> agent -> post -> company -> group -> ground
//
// Each node but the ground owns the arc between itself and its parent, with
// bounds low..cap and a flow; agent-post arcs are unbounded and only those in
// use are kept, as holds. A node's potential is its value V on the left and its
// price P on the right, 0 at the ground, so the reduced costs are
//
//	agent->post V+P-w    left parent->child V(parent)-V(child)
//	right child->parent P(parent)-P(child)
//
// The flow is a pseudoflow: every arc is at the bound its reduced cost asks for,
// and what does not balance at a node is its excess (students without a seat,
// or a quota that is overrun) or deficit (a priced seat that stands empty).
type network struct {
	off   []int64
	edges []market.Edge
	class []uint8
	w     Weights

	agents, lefts, posts int32 // agents < lefts (first right node)
	ground               int32

	node   []node
	kidOff []int32 // children of node v: kid[kidOff[v]:kidOff[v+1]]
	kid    []int32
	inner  []int32 // schools, companies, groups: children before parents

	holds         []hold
	holders       [][]holder // of each post
	free          int32
	back          reverse // candidates of each post, listed when first needed
	fallen        int64   // the most that a value may have fallen so far
	kept          bool    // see keep
	horizon, slip int64
	workers       int
	search        searchState
	trial         bool    // give up when hope is spent
	hope          int64   // what a trial may still gain
	patience      float64 // see tooLong
	since         int64   // arcs read before the present change
	touched       []int32 // nodes a change may have put out of balance
	most          int32   // stands for every larger quota
	n             *Counters
}

// node has all that a search asks of a node in one cache line.
type node struct {
	pot, dist, lead int64 // lead: see keep
	through         int64 // flow on the other side
	low, cap, flow  int32 // of the arc to the parent
	up              int32
	hold            int32  // first of an agent
	only            int32  // post of an agent with one hold, else -1
	link            int32  // next node towards the start of the search
	stamp           uint32 // of the last search that reached the node
}

// hold is a bundle of students of one agent at one post.
type hold struct {
	agent, post, count int32
	next               int32 // of the agent, -1 ends
	place              int32 // in the list of the post's holders
	score              int32
}

// holder is a hold seen from its post.
type holder struct {
	agent, hold int32
}

func newNetwork(m *market.Market, w Weights, workers int, n *Counters) *network {
	nA, nS := len(m.Supply), len(m.SchoolCap)
	nP, nC, nG := len(m.PostCap), len(m.CompanyCap), len(m.GroupCap)
	total := nA + nS + nP + nC + nG
	g := &network{
		off: m.Off, edges: m.Edges, class: m.Class, w: w, workers: workers, n: n,
		agents: int32(nA), lefts: int32(nA + nS), posts: int32(nP), ground: int32(total), //nolint:gosec // Check bounds the nodes
		node: market.Make[node](total + 1), free: -1, patience: endless, holders: make([][]holder, nP),
		// More than all students is as good as any larger quota, and never full;
		// the double leaves room for more students later.
		most: int32(min(2*m.Students()+1, math.MaxInt32)), //nolint:gosec // bounded
	}
	from := 0
	for _, l := range []struct {
		caps, up []int32
		base     int
	}{{m.Supply, m.School, nA}, {m.SchoolCap, m.SchoolUp, nA}, {m.PostCap, m.Company, nA + nS + nP},
		{m.CompanyCap, m.Group, nA + nS + nP + nC}, {m.GroupCap, m.GroupUp, nA + nS + nP + nC}} {
		nodes := g.node[from : from+len(l.caps)]
		spread(workers, len(nodes), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				x := &nodes[i]
				x.cap, x.hold, x.only, x.up = min(l.caps[i], g.most), -1, -1, g.ground
				if l.up != nil && l.up[i] >= 0 {
					x.up = l.up[i] + int32(l.base) //nolint:gosec // Check bounds the nodes
				}
			}
		})
		from += len(nodes)
	}
	g.node[total].up = g.ground
	g.listChildren()
	return g
}

func filled(n int, x int32) []int32 {
	v := make([]int32, n)
	for i := range v {
		v[i] = x
	}
	return v
}

// listChildren groups the nodes under schools, companies and groups by parent.
func (g *network) listChildren() {
	g.kidOff = make([]int32, g.ground+2)
	first := int32(0)
	if g.lefts == g.agents {
		first = g.agents // where there are no schools no agent has a parent
	}
	for v := first; v < g.ground; v++ {
		if g.node[v].up != g.ground {
			g.kidOff[g.node[v].up+1]++
		}
	}
	for v := range g.ground + 1 {
		g.kidOff[v+1] += g.kidOff[v]
	}
	for v := first; v < g.ground; v++ { // each root's tree from the top down, then turned round
		if g.isInner(v) && g.node[v].up == g.ground {
			g.inner = append(g.inner, v)
		}
	}
	at := append([]int32(nil), g.kidOff...)
	g.kid = make([]int32, g.kidOff[g.ground+1])
	for v := first; v < g.ground; v++ {
		if q := g.node[v].up; q != g.ground {
			g.kid[at[q]] = v
			at[q]++
		}
	}
	for k := 0; k < len(g.inner); k++ {
		for _, c := range g.children(g.inner[k]) {
			if g.isInner(c) {
				g.inner = append(g.inner, c)
			}
		}
	}
	slices.Reverse(g.inner)
}

// isInner tells whether a node other than the ground is a school, company or group.
func (g *network) isInner(v int32) bool {
	return v >= g.agents && v < g.lefts || v >= g.lefts+g.posts
}

func (g *network) children(v int32) []int32 { return g.kid[g.kidOff[v]:g.kidOff[v+1]] }

// weigh returns the factors of an agent's scores.
func (g *network) weigh(a int32) (mul, add int64) {
	if g.class == nil {
		return g.w.Mul[0], g.w.Add[0]
	}
	c := g.class[a]
	return g.w.Mul[c], g.w.Add[c]
}

// prices copies those of the posts, for passes over all edges.
func (g *network) prices() []int64 {
	p := make([]int64, g.posts)
	for j := range p {
		p[j] = g.node[int(g.lefts)+j].pot
	}
	return p
}

// excess of a node: what comes in less what goes out; negative is a deficit.
func (g *network) excess(v int32) int64 {
	if v < g.lefts {
		return int64(g.node[v].flow) - g.node[v].through
	}
	return g.node[v].through - int64(g.node[v].flow)
}

// seat adds n students of agent a at post p (a right node).
func (g *network) seat(a, p, n, score int32) {
	g.node[a].through += int64(n)
	g.node[p].through += int64(n)
	j := p - g.lefts
	for h := g.node[a].hold; h >= 0; h = g.holds[h].next {
		if g.holds[h].post == j {
			g.holds[h].count += n
			return
		}
	}
	h := g.free
	if h >= 0 {
		g.free = g.holds[h].next
	} else {
		h = int32(len(g.holds)) //nolint:gosec // at most one a unit or edge
		g.holds = append(g.holds, hold{})
	}
	x := &g.node[a]
	g.holds[h] = hold{agent: a, post: j, count: n, next: x.hold, place: int32(len(g.holders[j])), score: score} //nolint:gosec // agents
	g.holders[j] = append(g.holders[j], holder{a, h})
	x.hold = h
	g.setOnly(x)
}

// unseat takes n students of the hold away.
func (g *network) unseat(h, n int32) {
	x := &g.holds[h]
	g.node[x.agent].through -= int64(n)
	g.node[g.lefts+x.post].through -= int64(n)
	if x.count -= n; x.count > 0 {
		return
	}
	list := g.holders[x.post]
	last := list[len(list)-1]
	list[x.place], g.holds[last.hold].place = last, x.place
	g.holders[x.post] = list[:len(list)-1]
	a := &g.node[x.agent]
	a.lead = 0
	link := &a.hold
	for *link != h {
		link = &g.holds[*link].next
	}
	*link = x.next
	x.next, g.free = g.free, h
	g.setOnly(a)
}

func (g *network) setOnly(a *node) {
	a.only = -1
	if a.hold >= 0 && g.holds[a.hold].next < 0 {
		a.only = g.holds[a.hold].post
	}
}

// holdOf finds the hold of agent a at post p, -1 if there is none.
func (g *network) holdOf(a, p int32) int32 {
	h := g.node[a].hold
	for h >= 0 && g.holds[h].post != p-g.lefts {
		h = g.holds[h].next
	}
	return h
}

// edge finds the score of agent a at post p.
func (g *network) edge(a, p int32) int32 {
	for _, e := range g.edges[g.off[a]:g.off[a+1]] {
		if e.Post == p-g.lefts {
			return e.Score
		}
	}
	panic("assign: path over a pair without an edge")
}
