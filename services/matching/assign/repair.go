package assign

import (
	"errors"
	"slices"
)

// errUnmeetable: a lower bound cannot be met by any assignment.
var errUnmeetable = errors.New("没有任何分配能满足起开人数")

// errNoGain: a trial was given up because it cannot gain.
var errNoGain = errors.New("没有更好")

// settle brings the pseudoflow into line with the prices of the right nodes:
// values follow from them, students whose seat is not among their best are
// unseated, and every quota is at the bound its price asks for.
func (g *network) settle(workers int) {
	shut := g.shut()
	for v, q := range shut {
		if q == int32(v) { //nolint:gosec // a node
			g.node[v].pot = far
		}
	}
	g.raiseAll()
	price := g.prices()
	workers = max(1, min(workers, int(g.agents)/1024))
	loose := make([][]int32, workers)
	inParallel(workers, func(k int) {
		for a := int(g.agents) * k / workers; a < int(g.agents)*(k+1)/workers; a++ {
			a := int32(a) //nolint:gosec // an agent
			if !g.revalue(a, price) {
				loose[k] = append(loose[k], a)
			}
		}
	})
	for _, a := range slices.Concat(loose...) {
		g.contentAt(a)
	}
	g.priceShut(shut)
	g.settleAll()
}

// settleAll puts every arc to a parent at the bound its price asks for.
func (g *network) settleAll() {
	for _, v := range g.inner {
		g.node[v].through = 0
	}
	for a := range g.agents {
		g.settleNode(a)
	}
	for p := g.lefts; p < g.lefts+g.posts; p++ {
		g.settleNode(p)
	}
	for _, v := range g.inner {
		g.settleNode(v)
	}
}

// revalue sets what an agent is worth at these prices of posts, and tells whether
// its seats are among its best.
func (g *network) revalue(a int32, price []int64) bool {
	mul, add := g.weigh(a)
	x := &g.node[a]
	best := g.node[x.up].pot
	for _, e := range g.edges[g.off[a]:g.off[a+1]] {
		best = max(best, int64(e.Score)*mul+add-price[e.Post])
	}
	x.pot = best
	for h := x.hold; h >= 0; h = g.holds[h].next {
		if y := &g.holds[h]; int64(y.score)*mul+add-price[y.post] != best {
			return false
		}
	}
	return true
}

// shut tells for each right node which of the quotas above it, or its own, is
// zero, the highest; -1 if none is. It is nil if no node is shut.
func (g *network) shut() []int32 {
	var by []int32
	mark := func(v int32) {
		q := int32(-1)
		if by != nil && g.node[v].up != g.ground {
			q = by[g.node[v].up]
		}
		if q < 0 && g.node[v].cap == 0 {
			q = v
		}
		if q >= 0 {
			if by == nil {
				by = filled(int(g.ground), -1)
			}
			by[v] = q
		}
	}
	for k := len(g.inner) - 1; k >= 0; k-- {
		if v := g.inner[k]; v >= g.lefts {
			mark(v)
		}
	}
	for p := g.lefts; p < g.lefts+g.posts; p++ {
		mark(p)
	}
	return by
}

// priceShut gives each quota of zero the lowest price that nobody would pay.
func (g *network) priceShut(by []int32) {
	if by == nil {
		return
	}
	for v, q := range by {
		if q >= 0 {
			g.node[v].pot = 0
		}
	}
	for a := range g.agents {
		mul, add := g.weigh(a)
		for _, e := range g.edges[g.off[a]:g.off[a+1]] {
			if q := by[g.lefts+e.Post]; q >= 0 {
				g.node[q].pot = max(g.node[q].pot, int64(e.Score)*mul+add-g.node[a].pot)
			}
		}
	}
	g.raiseAll()
}

// raiseAll raises all nodes but agents, parents first.
func (g *network) raiseAll() {
	for k := len(g.inner) - 1; k >= 0; k-- {
		g.raise(g.inner[k])
	}
	for p := g.lefts; p < g.lefts+g.posts; p++ {
		g.raise(p)
	}
}

// raise lifts a node that nothing flows through, and nothing must, to its
// parent: its arc is not in the residual network downwards, so searches leave
// it behind, but a price below zero would need a minimum to justify it.
func (g *network) raise(v int32) {
	if g.node[v].flow == 0 && g.node[v].pot < g.node[g.node[v].up].pot {
		g.node[v].pot = g.node[g.node[v].up].pot
	}
}

// appraise sets the value of an agent: the best of its edges at these prices.
func (g *network) appraise(a int32) {
	mul, add := g.weigh(a)
	best := g.node[g.node[a].up].pot
	for _, e := range g.edges[g.off[a]:g.off[a+1]] {
		best = max(best, int64(e.Score)*mul+add-g.node[g.lefts+e.Post].pot)
	}
	g.node[a].pot = best
}

// contentAt unseats the agent's students whose seat is not among their best.
func (g *network) contentAt(a int32) {
	mul, add := g.weigh(a)
	for h := g.node[a].hold; h >= 0; {
		x := g.holds[h]
		if int64(x.score)*mul+add-g.node[g.lefts+x.post].pot != g.node[a].pot {
			g.n.Loose += int64(x.count)
			g.unseat(h, x.count)
		}
		h = x.next
	}
}

// settleNode puts the arc to the parent at the bound its price asks for and
// adds it to the parent.
func (g *network) settleNode(v int32) {
	price := g.node[v].pot - g.node[g.node[v].up].pot
	switch {
	case price > 0:
		g.node[v].flow = g.node[v].cap
	case price < 0:
		g.node[v].flow = g.node[v].low
	default:
		g.node[v].flow = int32(min(max(g.node[v].through, int64(g.node[v].low)), int64(g.node[v].cap)))
	}
	if g.node[v].up != g.ground {
		g.node[g.node[v].up].through += int64(g.node[v].flow)
	}
}

// rebalance balances all nodes.
func (g *network) rebalance() error {
	var nodes []int32
	for v := range g.ground {
		if g.excess(v) != 0 {
			nodes = append(nodes, v)
		}
	}
	return g.balance(nodes)
}

// balance carries every excess to where it can end and serves every deficit,
// each along a shortest path, so that the reduced costs stay right throughout:
// when nothing is left unbalanced the flow is optimal and the potentials prove
// it (Ahuja, Magnanti, Orlin, Network Flows, 9.7). The nodes are all that are
// not balanced; what a search moves between stays balanced.
func (g *network) balance(nodes []int32) error {
	for _, forward := range [2]bool{true, false} {
		for _, v := range nodes {
			for whole := int64(0); ; {
				left := g.excess(v)
				if !forward {
					left = -left
				}
				if left <= 0 {
					break
				}
				if whole = max(whole, left); !forward && v < g.agents && g.tooLong(left, whole) {
					return errLong
				}
				end := g.find(v, forward)
				if end < 0 {
					return errUnmeetable
				}
				if !g.pay(end, left) {
					return errNoGain
				}
				g.augment(v, end)
			}
		}
	}
	return nil
}

// pay takes from the hope of a trial what the search has just shown to be lost:
// all n students at its start are that far from where they can end, so the dual
// objective, and with it the best that can come out, falls by so much. It tells
// whether there is hope left.
func (g *network) pay(end int32, n int64) bool {
	if !g.trial {
		return true
	}
	g.hope -= g.node[end].dist * n
	return g.hope > 0
}
