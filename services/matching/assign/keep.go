package assign

// A network that is kept for changes, or searched for plans, knows for each agent
// how far the nearest post is that it does not sit at, and for each post its
// candidates in order. Both are kept up with the potentials, exactly where it
// matters: a search then reads little beyond what it needs, however many changes
// there have been.
//
//   - The lead of an agent is at most the reduced cost of any edge of it but its seats',
//     up to the horizon. It follows the agent's value; when the price of a post falls,
//     those candidates are told whose edge comes within the horizon.
//   - The candidates of a post are laid out by values that may since have slipped
//     by so much at most. An agent whose value has slipped farther, below the
//     highest it had, is set aside at all its posts and read with each of them.

// horizonPart is which part of the largest weight horizon and slip are.
const horizonPart = 80

// keep prepares the network for changes.
func (g *network) keep() {
	g.listAll()
	r := &g.back
	g.horizon = max(1, g.top()/horizonPart)
	g.slip = g.horizon
	r.aside = make([][]candidate, g.posts)
	r.highest = make([]int64, g.agents)
	price := g.prices()
	g.kept = true
	spread(g.workers, int(g.posts), func(from, to int) {
		var costs []int64
		for j := from; j < to; j++ {
			costs = g.lay(int32(j), costs) //nolint:gosec // a post
		}
	})
	spread(g.workers, int(g.agents), func(from, to int) {
		for a := int32(from); a < int32(to); a++ { //nolint:gosec // agents
			mul, add := g.weigh(a)
			tight, lead, V := 0, int64(far), g.node[a].pot
			r.highest[a] = V
			for _, e := range g.edges[g.off[a]:g.off[a+1]] {
				if slack := V + price[e.Post] - int64(e.Score)*mul - add; slack == 0 {
					tight++
				} else {
					lead = min(lead, slack)
				}
			}
			g.setLead(a, tight, lead)
		}
	})
}

// setLead notes the reduced costs of an agent's edges: how many are zero, and the
// least of the others.
func (g *network) setLead(a int32, tight int, lead int64) {
	for h := g.node[a].hold; h >= 0; h = g.holds[h].next {
		tight-- // a seat is among its agent's best
	}
	if tight > 0 {
		lead = 0
	}
	g.node[a].lead = min(lead, g.horizon)
}

// moved follows an agent whose value has changed by d.
func (g *network) moved(a int32, d int64) {
	r := &g.back
	g.node[a].lead = max(0, min(g.node[a].lead+d, g.horizon))
	if d > 0 {
		r.highest[a] = max(r.highest[a], g.node[a].pot)
	} else if g.node[a].pot < r.highest[a]-g.slip {
		r.highest[a] = g.node[a].pot
		for _, e := range g.edges[g.off[a]:g.off[a+1]] {
			r.aside[e.Post] = append(r.aside[e.Post], candidate{a, e.Score})
		}
	}
}

// sank tells the candidates of post v, whose price has fallen.
func (g *network) sank(v int32) {
	r, j := &g.back, v-g.lefts
	if len(r.aside[j]) > 0 {
		g.tell(v, r.aside[j])
	}
	if !r.laid[j] {
		g.layStale(j)
	}
	list := r.of(j)
	for k := range r.first[j+1] - r.first[j] {
		if r.least[r.first[j]+k]+g.node[v].pot-g.slip >= g.horizon {
			return
		}
		r.lift(j, r.first[j]+k, g.tell(v, list[rung(k, int64(len(list))):rung(k+1, int64(len(list)))]))
	}
}

// tell lets candidates of post v know how near it is now; it returns what offerAgents
// does.
func (g *network) tell(v int32, list []candidate) int64 {
	g.n.Arcs += int64(len(list))
	least := int64(far)
	for _, c := range list {
		mul, add := g.weigh(c.agent)
		cost := g.node[c.agent].pot - int64(c.score)*mul - add
		least = min(least, cost)
		if slack := cost + g.node[v].pot; slack < g.node[c.agent].lead && g.holdOf(c.agent, v) < 0 {
			g.node[c.agent].lead = slack
		}
	}
	return least
}
