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
	} else {
		g.startSimplex(top, m.Students())
	}
}

// phases lists epsilons from a part of the largest weight down to last, each
// 1/16 of the one before.
func phases(top, last int64) []int32 {
	var p []int32
	for e := last; ; e *= 16 {
		p = append(p, int32(e)) //nolint:gosec // the caller bounds the weights
		if e > top*grain/256 {
			break
		}
	}
	slices.Reverse(p)
	return p
}

func (g *network) startSingles(m *market.Market, top int64, workers int) {
	u := newAuction(m, int32(g.w.Mul[0]*grain), int32(g.w.Add[0]*grain), workers, g.n) //nolint:gosec // checked by the caller
	u.run(phases(top, 1))
	for v := u.nodes - 1; v >= 0; v-- {
		if p := u.catchUp(v); p < closed {
			g.node[g.lefts+v].pot = int64(p / grain)
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
