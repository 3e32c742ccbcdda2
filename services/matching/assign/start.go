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
	// with 2 thousands of students end loose, 8 wastes bids. After the first phase
	// less is enough, because the others mend what that leaves.
	margin, firstMargin = 4, 3

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
		g.startSimplex(m.Students())
	}
}

// phases lists epsilons. The first is 1/156 of the largest weight; 1/20 where there
// are more students than seats, because prices rise farther before the last have
// given up. The others are powers of 16, so that from a whole weight on they fall on
// whole weights, to which prices are rounded in the end.
func phases(top int64, scarce bool) []int32 {
	first := max(1, top*grain/156)
	if scarce {
		first = max(1, top*grain/20)
	}
	var p []int32
	for e := int64(1); e == 1 || 3*e <= first; e *= 16 {
		p = append(p, int32(e)) //nolint:gosec // below first
	}
	if first > 1 {
		p = append(p, int32(first)) //nolint:gosec // the caller bounds the weights
	}
	slices.Reverse(p)
	return p
}

func (g *network) startSingles(m *market.Market, top int64, workers int) {
	u := newAuction(m, int32(g.w.Mul[0]*grain), int32(g.w.Add[0]*grain), workers, g.n) //nolint:gosec // checked by the caller
	all := phases(top, g.seats(u) < m.Students())
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
	g.loadSeats(u)
}

// seats is how many students the quotas of the right side let in at most.
func (g *network) seats(u *auction) int64 {
	under := make([]int64, g.ground+1)
	for j := range u.posts {
		under[g.node[g.lefts+j].up] += int64(u.node[j].cap)
	}
	for _, v := range g.inner {
		if v >= g.lefts {
			under[g.node[v].up] += min(int64(g.node[v].cap), under[v])
		}
	}
	return under[g.ground]
}

// loadSeats takes over who sits where.
func (g *network) loadSeats(u *auction) {
	type place struct{ post, n int32 }
	at := market.Make[place](len(u.bidders))
	all := make([]holder, 0, len(u.bidders))
	for j := range u.posts {
		h := u.heap(j)
		for n, item := range h {
			at[item&math.MaxUint32] = place{j + 1, int32(n)} //nolint:gosec // seats of a post
		}
		from := len(all)
		all = all[:from+len(h)]
		g.holders[j] = all[from:len(all):len(all)]
		g.node[g.lefts+j].through = int64(len(h))
	}
	// Holds are numbered by agent.
	parts := u.workers
	first := make([]int32, parts+1)
	each := func(k int, f func(a int)) {
		for a := len(at) * k / parts; a < len(at)*(k+1)/parts; a++ {
			if at[a].post > 0 {
				f(a)
			}
		}
	}
	inParallel(parts, func(k int) { each(k, func(int) { first[k+1]++ }) })
	for k := range parts {
		first[k+1] += first[k]
	}
	g.holds = market.Make[hold](len(u.bidders))[:first[parts]]
	inParallel(parts, func(k int) {
		h := first[k]
		each(k, func(a int) {
			j, n := at[a].post-1, at[a].n
			x, y := &u.bidders[a], &g.node[a]
			i := 0
			for x.near[i].Post != j {
				i++
			}
			g.holds[h] = hold{agent: int32(a), post: j, count: 1, next: -1, place: n, score: (x.near[i].Score - u.add) / u.mul} //nolint:gosec // an agent
			g.holders[j][n] = holder{int32(a), h}                                                                               //nolint:gosec // an agent
			y.through, y.hold, y.only = 1, h, j
			h++
		})
	})
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
