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

	pot       []int64
	low       []int32 // nil: all zero
	cap, flow []int32 // of the arc to the parent
	through   []int64 // flow on the other side of the node
	up        []int32
	kidOff    []int32 // children of node v: kid[kidOff[v]:kidOff[v+1]]
	kid       []int32
	inner     []int32 // schools, companies, groups: children before parents

	holds         []hold
	free          int32
	atA           []int32 // first hold of an agent
	atP           []int32 // first hold of a post
	back          reverse // candidates of each post, built when first needed
	shelfA        []shelf // how the edges of each agent are split; nil where all are short
	fallen        int64   // the most that a value may have fallen so far
	sunk          int64   // and a price
	costs, sorted []int64 // space for splitting
	search        searchState
	trial         bool    // give up when hope is spent
	hope          int64   // what a trial may still gain
	touched       []int32 // nodes a change may have put out of balance
	most          int32   // stands for every larger quota
	n             *Counters
}

// hold is a bundle of students of one agent at one post; lists end with -1.
type hold struct {
	agent, post, count  int32
	nextA, nextP, prevP int32
	score               int32
}

func newNetwork(m *market.Market, w Weights, n *Counters) *network {
	nA, nS := len(m.Supply), len(m.SchoolCap)
	nP, nC, nG := len(m.PostCap), len(m.CompanyCap), len(m.GroupCap)
	total := nA + nS + nP + nC + nG
	g := &network{
		off: m.Off, edges: m.Edges, class: m.Class, w: w, n: n,
		agents: int32(nA), lefts: int32(nA + nS), posts: int32(nP), ground: int32(total), //nolint:gosec // Check bounds the nodes
		pot: make([]int64, total+1), flow: make([]int32, total+1), through: make([]int64, total+1),
		cap: make([]int32, 0, total+1), up: make([]int32, 0, total+1), free: -1,
		atA: filled(nA, -1), atP: filled(nP, -1),
	}
	// More than all students is as good as any larger quota, and never full;
	// the double leaves room for more students later.
	most := int32(min(2*m.Students()+1, math.MaxInt32)) //nolint:gosec // bounded
	g.most = most
	for _, c := range [][]int32{m.Supply, m.SchoolCap, m.PostCap, m.CompanyCap, m.GroupCap} {
		for _, x := range c {
			g.cap = append(g.cap, min(x, most))
		}
	}
	parents := func(of []int32, n int, base int) {
		for i := range n {
			if of == nil || of[i] < 0 {
				g.up = append(g.up, g.ground)
			} else {
				g.up = append(g.up, of[i]+int32(base)) //nolint:gosec // Check bounds the nodes
			}
		}
	}
	parents(m.School, nA, nA)
	parents(m.SchoolUp, nS, nA)
	parents(m.Company, nP, nA+nS+nP)
	parents(m.Group, nC, nA+nS+nP+nC)
	parents(m.GroupUp, nG, nA+nS+nP+nC)
	g.cap, g.up = append(g.cap, 0), append(g.up, g.ground)
	g.listChildren()
	g.search.init(total + 1)
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
	for v := range g.ground {
		if g.up[v] != g.ground {
			g.kidOff[g.up[v]+1]++
		}
	}
	for v := range g.ground + 1 {
		g.kidOff[v+1] += g.kidOff[v]
	}
	for v := range g.ground { // each root's tree from the top down, then turned round
		if g.isInner(v) && g.up[v] == g.ground {
			g.inner = append(g.inner, v)
		}
	}
	at := append([]int32(nil), g.kidOff...)
	g.kid = make([]int32, g.kidOff[g.ground+1])
	for v := range g.ground {
		if q := g.up[v]; q != g.ground {
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

func (g *network) lower(v int32) int32 {
	if g.low == nil {
		return 0
	}
	return g.low[v]
}

// excess of a node: what comes in less what goes out; negative is a deficit.
func (g *network) excess(v int32) int64 {
	if v < g.lefts {
		return int64(g.flow[v]) - g.through[v]
	}
	return g.through[v] - int64(g.flow[v])
}

// seat adds n students of agent a at post p (a right node).
func (g *network) seat(a, p, n, score int32) {
	g.through[a] += int64(n)
	g.through[p] += int64(n)
	j := p - g.lefts
	for h := g.atA[a]; h >= 0; h = g.holds[h].nextA {
		if g.holds[h].post == j {
			g.holds[h].count += n
			return
		}
	}
	h := g.free
	if h >= 0 {
		g.free = g.holds[h].nextA
	} else {
		h = int32(len(g.holds)) //nolint:gosec // at most one a unit or edge
		g.holds = append(g.holds, hold{})
	}
	g.holds[h] = hold{agent: a, post: j, count: n, nextA: g.atA[a], nextP: g.atP[j], prevP: -1, score: score}
	if g.atP[j] >= 0 {
		g.holds[g.atP[j]].prevP = h
	}
	g.atA[a], g.atP[j] = h, h
}

// unseat takes n students of the hold away.
func (g *network) unseat(h, n int32) {
	x := &g.holds[h]
	g.through[x.agent] -= int64(n)
	g.through[g.lefts+x.post] -= int64(n)
	if x.count -= n; x.count > 0 {
		return
	}
	if x.prevP >= 0 {
		g.holds[x.prevP].nextP = x.nextP
	} else {
		g.atP[x.post] = x.nextP
	}
	if x.nextP >= 0 {
		g.holds[x.nextP].prevP = x.prevP
	}
	link := &g.atA[x.agent]
	for *link != h {
		link = &g.holds[*link].nextA
	}
	*link = x.nextA
	x.nextA, g.free = g.free, h
}

// holdOf finds the hold of agent a at post p, -1 if there is none.
func (g *network) holdOf(a, p int32) int32 {
	h := g.atA[a]
	for h >= 0 && g.holds[h].post != p-g.lefts {
		h = g.holds[h].nextA
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
