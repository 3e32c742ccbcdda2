package assign

import "math"

const far = math.MaxInt64 / 4

// searchState is one shortest-path search in the residual network, forward from
// a node with excess or backward, against the arcs, from one with a deficit. A
// student and its seat are one: an agent is not put in the queue when it is
// reached over a seat, or on the way to its seats, but passed through.
type searchState struct {
	forward bool
	epoch   uint32 // even; stamp = epoch reached, epoch+1 settled
	seen    []int32
	queue   queue
	bound   int64 // the ground is at most as far as this
}

func (g *network) startSearch(v int32, forward bool) {
	s := &g.search
	s.forward = forward
	s.epoch += 2
	if s.epoch == 0 {
		for v := range g.node {
			g.node[v].stamp = 0
		}
		s.epoch = 2
	}
	s.seen = s.seen[:0]
	s.queue.reset()
	s.bound = far
	g.reach(v, -1, 0)
}

// better notes that v is at distance d over the node from, unless it is nearer.
func (g *network) better(v, from int32, d int64) bool {
	s, p := &g.search, &g.node[v]
	switch {
	case p.stamp < s.epoch:
		p.stamp = s.epoch
		s.seen = append(s.seen, v)
	case p.stamp > s.epoch || d >= p.dist:
		return false
	}
	p.dist, p.link = d, from
	return true
}

// reach offers v, to be visited later, at distance d over the node from.
func (g *network) reach(v, from int32, d int64) {
	if g.better(v, from, d) {
		g.search.queue.push(d, v)
	}
}

// find searches from start for the nearest node where its excess can end, or its
// deficit be served: the ground, or a node off balance the other way. It moves
// the potentials and returns -1 if there is none.
func (g *network) find(start int32, forward bool) int32 {
	s := &g.search
	g.startSearch(start, forward)
	g.n.Searches++
	for {
		d, v, ok := s.queue.pop()
		if !ok {
			return -1
		}
		if v > g.ground { // a node's coming back, for its next arcs
			if v -= g.ground + 1; v < g.agents {
				g.toPosts(v, g.node[v].dist)
			} else {
				g.climb(v, g.node[v].dist)
			}
			continue
		}
		if p := &g.node[v]; p.stamp != s.epoch || p.dist != d {
			continue
		} else {
			p.stamp++
		}
		if v == g.ground || v != start && g.serves(v) {
			g.shift(d)
			return v
		}
		if end := g.visit(v, d); end >= 0 {
			g.shift(d)
			return end
		}
	}
}

// serves tells whether what is searched for can end at a node.
func (g *network) serves(v int32) bool {
	if g.search.forward {
		return g.excess(v) < 0
	}
	return g.excess(v) > 0
}

// visit goes on from a settled node; it returns a node passed through at which
// the search ends, or -1.
func (g *network) visit(v int32, d int64) int32 {
	switch {
	case v < g.agents:
		g.passAgent(v, d)
	case v >= g.lefts && v < g.lefts+g.posts:
		g.toParent(v, d)
		if g.search.forward {
			return g.toHolders(v, d)
		}
		g.toCandidates(v, d)
	default:
		g.toParent(v, d)
		g.toChildren(v, d)
	}
	return -1
}

// toHolders passes through the agents with a seat at post v.
func (g *network) toHolders(v int32, d int64) int32 {
	holders := g.holders[v-g.lefts]
	g.n.Arcs += int64(len(holders))
	for _, h := range holders {
		a := h.agent
		if !g.better(a, v, d) {
			continue
		}
		g.node[a].stamp++
		if g.serves(a) {
			return a
		}
		g.passAgent(a, d)
	}
	return -1
}

// passAgent goes on from an agent at distance d.
func (g *network) passAgent(a int32, d int64) {
	s := &g.search
	g.toParent(a, d)
	if s.forward && !g.kept {
		g.toPosts(a, d)
		return
	}
	if only := g.node[a].only; only >= 0 {
		g.n.Arcs++
		g.reachPost(g.lefts+only, a, d)
	} else {
		for h := g.node[a].hold; h >= 0; h = g.holds[h].next {
			g.n.Arcs++
			g.reachPost(g.lefts+g.holds[h].post, a, d)
		}
	}
	if !s.forward {
		return
	}
	switch at := d + g.node[a].lead; {
	case at >= s.bound:
	case at <= s.queue.now:
		g.toPosts(a, d)
	default:
		s.queue.push(at, a+g.ground+1)
	}
}

// toPosts offers the posts that agent a could take.
func (g *network) toPosts(a int32, d int64) {
	s := &g.search
	mul, add := g.weigh(a)
	base := g.node[a].pot - add
	edges := g.edges[g.off[a]:g.off[a+1]]
	g.n.Arcs += int64(len(edges))
	tight, lead := 0, int64(far)
	for _, e := range edges {
		p := g.lefts + e.Post
		slack := base + g.node[p].pot - int64(e.Score)*mul
		if slack == 0 {
			tight++
		} else {
			lead = min(lead, slack)
		}
		if d+slack < s.bound {
			g.reachPost(p, a, d+slack)
		}
	}
	if g.kept {
		g.setLead(a, tight, lead)
	}
}

// reachPost offers a post. If from there the ground is near, no other way needs
// to be followed farther than that.
func (g *network) reachPost(p, from int32, d int64) {
	s := &g.search
	if !g.better(p, from, d) {
		return
	}
	s.queue.push(d, p)
	if !s.forward {
		d += g.node[p].pot
	} else if g.node[p].pot != 0 {
		return
	}
	if d >= s.bound {
		return
	}
	for v := p; v != g.ground; v = g.node[v].up {
		if !g.open(v, true) {
			return
		}
	}
	s.bound = d
}

// offerAgents offers candidates of post p and tells the least reduced cost of theirs,
// its price left out.
func (g *network) offerAgents(p int32, d int64, list []candidate) int64 {
	base := d + g.node[p].pot
	g.n.Arcs += int64(len(list))
	least := int64(far)
	for _, c := range list {
		mul, add := g.weigh(c.agent)
		cost := g.node[c.agent].pot - int64(c.score)*mul - add
		least = min(least, cost)
		if base+cost < g.search.bound {
			g.reachAgent(c.agent, p, base+cost)
		}
	}
	return least
}

// reachAgent offers an agent in a backward search.
func (g *network) reachAgent(a, from int32, d int64) {
	if !g.better(a, from, d) {
		return
	}
	if g.serves(a) {
		g.search.queue.push(d, a)
		return
	}
	g.passAgent(a, d)
}

// toParent goes from a node to its parent if the arc between them lets more, or
// less, through.
func (g *network) toParent(v int32, d int64) {
	s, up := &g.search, g.node[v].up
	if d += g.rise(v); d > s.bound || !g.open(v, true) {
		return
	}
	g.reach(up, v, d)
	if up == g.ground {
		s.bound = d
	}
}

func (g *network) toChildren(v int32, d int64) {
	s := &g.search
	kids := g.children(v)
	g.n.Arcs += int64(len(kids))
	for _, c := range kids {
		nd := d - g.rise(c)
		switch {
		case nd >= s.bound || !g.open(c, false):
		case c < g.agents && !s.forward:
			g.reachAgent(c, v, nd)
		default:
			g.reach(c, v, nd)
		}
	}
}

// rise is the length of the way from a node to its parent.
func (g *network) rise(v int32) int64 {
	d := g.node[v].pot - g.node[g.node[v].up].pot
	if (v < g.lefts) != g.search.forward {
		return -d
	}
	return d
}

// open tells whether the search can pass between a node and its parent.
func (g *network) open(v int32, upwards bool) bool {
	if upwards == (v < g.lefts) == g.search.forward {
		return g.node[v].flow > g.node[v].low
	}
	return g.node[v].flow < g.node[v].cap
}

// shift moves the potentials of the nodes reached by what their distance is short
// of the end's: after a forward search towards lower values and higher prices,
// after a backward one back.
func (g *network) shift(end int64) {
	s := &g.search
	if s.forward {
		g.fallen += end
	}
	for _, v := range s.seen {
		if d := end - g.node[v].dist; d > 0 && v != g.ground {
			if (v < g.lefts) == s.forward {
				d = -d
			}
			g.node[v].pot += d
			if g.kept && v < g.agents {
				g.moved(v, d)
			}
		}
	}
	if !g.kept || s.forward {
		return
	}
	for _, v := range s.seen {
		if v >= g.lefts && v < g.lefts+g.posts && end > g.node[v].dist {
			g.sank(v)
		}
	}
}
