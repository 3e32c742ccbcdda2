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

	// schoolRounds is how often schools are priced, schoolPhases how many phases are
	// run again after that, schoolRough how many of these are left out but for the last
	// time.
	schoolRounds, schoolPhases, schoolRough = 4, 4, 2
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
	all := phases(top, 1)
	u.run(all, 0)
	if len(m.SchoolCap) > 0 {
		g.balanceSchools(u, all)
	}
	for s, p := range u.floor {
		g.node[g.agents+int32(s)].pot = int64(p / grain) //nolint:gosec // a school
	}
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

// balanceSchools prices the schools and lets the students bid again, roughly at first.
func (g *network) balanceSchools(u *auction, all []int32) {
	from := min(len(all)-1, max(1, len(all)-schoolPhases))
	for n := range schoolRounds {
		if !g.priceSchools(u) && n == 0 {
			return
		}
		to := len(all)
		if n < schoolRounds-1 {
			to = max(from+1, to-schoolRough)
		}
		u.run(all[:to], from)
	}
}

// priceSchools gives each school the price that the last student it may send is just
// worth, those with the greatest value first: the auction itself knows nothing of
// schools. It tells whether any price has changed. Whoever is worth less than the
// price stays away from the next auction, and prices of posts fall by it; a few
// rounds come near to the balance that single searches, each of which would look at
// all students of a school, are then to find.
func (g *network) priceSchools(u *auction) bool {
	values := make([][]int32, g.lefts-g.agents)
	for a := range u.bidders {
		if q := u.m.School[a]; q >= 0 && u.m.Supply[a] > 0 {
			if _, _, v, _ := u.best(&u.bidders[a]); v > 0 {
				values[q] = append(values[q], v)
			}
		}
	}
	floor := make([]int32, len(values))
	for _, v := range g.inner {
		if v >= g.lefts {
			continue
		}
		list, q := values[v-g.agents], g.node[v].up
		if over := len(list) - int(g.node[v].cap); over > 0 {
			slices.Sort(list)
			floor[v-g.agents] = list[over-1]
			list = list[over:]
		}
		if q != g.ground {
			values[q-g.agents] = append(values[q-g.agents], list...)
		}
	}
	for k := len(g.inner) - 1; k >= 0; k-- { // parents first
		if v := g.inner[k]; v < g.lefts && g.node[v].up != g.ground {
			floor[v-g.agents] = max(floor[v-g.agents], floor[g.node[v].up-g.agents])
		}
	}
	same := slices.Equal(floor, u.floor)
	u.floor = floor
	return !same
}
