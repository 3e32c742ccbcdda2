package assign

import (
	"math/rand/v2"
	"testing"

	"sunmao/services/matching/market"
)

// What the simplex method hands over is optimal as it is: nobody is loose and
// nothing out of balance, whatever the width of its numbers.
func TestSimplexLeavesNothingToRepair(t *testing.T) {
	check := func(t *testing.T, m *market.Market, o Objective, run func(g *network)) {
		t.Helper()
		core, err := release(m)
		if err != nil {
			t.Fatal(err)
		}
		w, err := NewWeights(core, o)
		if err != nil {
			t.Fatal(err)
		}
		var n Counters
		g := newNetwork(core, w, 1, &n)
		run(g)
		g.settle(1)
		off := 0
		for v := range g.ground {
			if g.excess(v) != 0 {
				off++
			}
		}
		if off > 0 || n.Loose > 0 {
			t.Fatalf("%d nodes out of balance, %d students loose\n%s", off, n.Loose, dump(m))
		}
	}
	narrow := func(g *network) { newSimplex[int32](g).run() }
	wide := func(g *network) { newSimplex[int64](g).run() }
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(11, uint64(len(name))))
			for range 300 {
				m := small(r, s)
				o := Objective(r.IntN(2))
				check(t, m, o, wide)
				if s.classes == 0 {
					check(t, m, o, narrow)
				}
			}
		})
	}
	t.Run("long lists", func(t *testing.T) {
		r := rand.New(rand.NewPCG(12, 12))
		for _, slack := range []float64{0.5, 0.9, 1.1} {
			m := city(r, 200, 150, 60, slack, 40)
			check(t, m, FitFirst, narrow)
			check(t, m, PlacedFirst, wide)
		}
	})
}
