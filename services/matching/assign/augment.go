package assign

import "math"

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
	case u != g.ground && g.node[u].up == v: // to the parent
		if u < g.lefts {
			return g.node[u].flow - g.node[u].low
		}
		return g.node[u].cap - g.node[u].flow
	case v < g.lefts: // to a child
		return g.node[v].cap - g.node[v].flow
	default:
		return g.node[v].flow - g.node[v].low
	}
}

// move sends n students from u to v.
func (g *network) move(u, v, n int32) {
	switch {
	case u < g.agents && v >= g.lefts && v != g.ground:
		g.seat(u, v, n, g.edge(u, v))
	case v < g.agents && u >= g.lefts && u != g.ground:
		g.unseat(g.holdOf(v, u), n)
	case u != g.ground && g.node[u].up == v:
		if u < g.lefts {
			g.node[u].flow -= n
			g.node[v].through -= int64(n)
		} else {
			g.node[u].flow += n
			g.node[v].through += int64(n)
		}
	case v < g.lefts:
		g.node[v].flow += n
		g.node[u].through += int64(n)
	default:
		g.node[v].flow -= n
		g.node[u].through -= int64(n)
	}
}

// augment sends as much as possible along the path just found. The links lead
// from end to start; in a forward search against the flow.
func (g *network) augment(start, end int32) {
	forward := g.search.forward
	want := g.excess(start)
	if !forward {
		want = -want
	}
	if end != g.ground {
		x := g.excess(end)
		want = min(want, max(x, -x))
	}
	n := int32(min(want, math.MaxInt32))
	for v := end; v != start; v = g.node[v].link {
		if forward {
			n = min(n, g.residual(g.node[v].link, v))
		} else {
			n = min(n, g.residual(v, g.node[v].link))
		}
	}
	for v := end; v != start; v = g.node[v].link {
		if forward {
			g.move(g.node[v].link, v, n)
		} else {
			g.move(v, g.node[v].link, n)
		}
	}
}
