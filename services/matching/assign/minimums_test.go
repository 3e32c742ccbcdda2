package assign

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sunmao/services/matching/market"
)

// planBrute tries every set of open classes and solves each as a market in which
// closed posts have no slots; a class that stays below its minimum, less the members
// of groups that are there already, disqualifies.
func planBrute(m *market.Market, members []int32) int64 {
	var classes []int
	for j, n := range m.MinBatch {
		if n > 0 {
			classes = append(classes, j)
		}
	}
	best := int64(-1)
	for set := range 1 << len(classes) {
		c := *m
		c.MinBatch, c.PostCap = nil, slices.Clone(m.PostCap)
		low := make([]int32, len(m.PostCap))
		for k, j := range classes {
			switch {
			case set>>k&1 == 1:
				low[j] = max(0, m.MinBatch[j]-members[j])
			case members[j] > 0:
				low[j] = math.MaxInt32
			default:
				c.PostCap[j] = 0
			}
		}
		b := &brute{m: &c, core: &c, now: make(value, 2), low: low}
		for k, q := range [][]int32{c.PostCap, c.CompanyCap, c.GroupCap, c.SchoolCap} {
			b.use[k] = make([]int32, len(q))
		}
		b.agent(0)
		if b.best != nil {
			best = max(best, 2*b.best[0]+b.best[1])
		}
	}
	return best
}

func TestMinimums(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	equal, cases := 0, 400
	for k := range cases {
		m := small(r, shape{agents: 5, posts: 4, companies: 2, supply: 2, cap: 4, score: 9})
		m.MinBatch = make([]int32, 4)
		for j := range m.MinBatch {
			m.MinBatch[j] = int32(r.IntN(4))
		}
		res, err := Solve(m, Options{})
		if err != nil {
			t.Fatalf("case %d: %v\n%s", k, err, dump(m))
		}
		if err := Verify(m, res); err != nil {
			t.Fatalf("case %d: %v\n%s", k, err, dump(m))
		}
		if res.Plan == nil {
			continue
		}
		want := planBrute(m, make([]int32, len(m.PostCap)))
		if res.Plan.Value > want || res.Plan.Bound < want {
			t.Fatalf("case %d: plan %d, best %d, bound %d\n%s", k, res.Plan.Value, want, res.Plan.Bound, dump(m))
		}
		if res.Plan.Value == want {
			equal++
		}
	}
	if equal < cases*9/10 {
		t.Errorf("only %d of %d plans are the best", equal, cases)
	}
}
