package assign

import (
	"math"
	"slices"

	"sunmao/services/matching/market"
)

const (
	// grain is how many parts a unit of weight has in the auctions.
	grain = 16

	// margin, in last epsilons, is how far below the last prices a phase starts:
	// with 2 thousands of students end loose, 8 wastes bids.
	margin = 4

	// cohortPart is which part of the largest weight epsilon is for cohorts, in
	// one phase: from zero prices no seat with a price stays empty, while a large
	// cohort that turns elsewhere in a later phase leaves many behind.
	cohortPart = 1024
)

// start runs an auction and loads its prices, rounded to weights, and its seats
// into the network.
func (g *network) start(m *market.Market, workers int) {
	top := int64(0)
	for class := range g.w.Mul {
		top = max(top, g.w.Of(uint8(class), g.w.High), -g.w.Of(uint8(class), g.w.Low)) //nolint:gosec // classes are bytes
	}
	single := true
	for _, s := range m.Supply {
		single = single && s <= 1
	}
	if single && len(g.w.Mul) == 1 && top < math.MaxInt32/grain/4 {
		g.startSingles(m, top, workers)
	} else if top < never/grain/4 {
		g.startCohorts(m, top)
	}
}

// phases lists epsilons from a part of the largest weight down to last, each
// 1/16 of the one before.
func phases[B int32 | int64](top, last int64) []B {
	var p []B
	for e := last; ; e *= 16 {
		p = append(p, B(e))
		if e > top*grain/256 {
			break
		}
	}
	slices.Reverse(p)
	return p
}

func (g *network) startSingles(m *market.Market, top int64, workers int) {
	u := newAuction(m, int32(g.w.Mul[0]*grain), int32(g.w.Add[0]*grain), workers, g.n) //nolint:gosec // checked by the caller
	u.run(phases[int32](top, 1))
	for v := u.nodes - 1; v >= 0; v-- {
		if p := u.catchUp(v); p < closed {
			g.pot[g.lefts+v] = int64(p / grain)
		}
	}
	g.holds = market.Make[hold](len(u.bidders))[:0]
	for a := range u.bidders {
		x := &u.bidders[a]
		if x.post < 0 {
			continue
		}
		k := 0
		for x.near[k].Post != x.post {
			k++
		}
		g.seat(int32(a), g.lefts+x.post, 1, (x.near[k].Score-u.add)/u.mul) //nolint:gosec // an agent
	}
}

func (g *network) startCohorts(m *market.Market, top int64) {
	c := newCohorts(m, g.w, grain, g.n)
	c.run([]int64{max(1, top*grain/cohortPart)})
	for v := range c.nodes {
		if c.price[v] < never {
			g.pot[g.lefts+v] = c.price[v] / grain
		}
	}
	for a := range g.agents {
		for _, o := range c.options[c.off[a]:c.off[a+1]] {
			if o.count > 0 {
				g.seat(a, g.lefts+o.post, o.count, g.edge(a, g.lefts+o.post))
			}
		}
	}
}
