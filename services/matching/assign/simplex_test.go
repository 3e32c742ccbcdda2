package assign

import (
	"math/rand/v2"
	"reflect"
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

// Markets that share nothing are solved apart: the optimum of all is the sum of theirs,
// whatever the number of workers.
func TestSimplexSolvesComponentsApart(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	all, want := &market.Market{Off: []int64{0}}, int64(0)
	for k := range 70 { // one is large, some are medium, some too small for a part of their own
		m := city(r, 20+k*k/4, 15+k, 6, 1.0, 9)
		one, err := Solve(m, Options{})
		if err != nil {
			t.Fatal(err)
		}
		want += one.Score
		posts, companies := int32(len(all.PostCap)), int32(len(all.CompanyCap))
		all.Supply = append(all.Supply, m.Supply...)
		all.PostCap, all.CompanyCap = append(all.PostCap, m.PostCap...), append(all.CompanyCap, m.CompanyCap...)
		for _, c := range m.Company {
			if c >= 0 {
				c += companies
			}
			all.Company = append(all.Company, c)
		}
		for a := range m.Supply {
			for _, e := range m.Of(a) {
				all.Edges = append(all.Edges, market.Edge{Post: e.Post + posts, Score: e.Score})
			}
			all.Off = append(all.Off, int64(len(all.Edges)))
		}
	}
	first, err := Solve(all, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if first.Score != want || first.Counters.Loose > 0 || first.Counters.Pivots == 0 {
		t.Errorf("score %d with %+v, the markets apart score %d", first.Score, first.Counters, want)
	}
	if err := Verify(all, first); err != nil {
		t.Error(err)
	}
	second, err := Solve(all, Options{Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, second) {
		t.Error("four workers find another result than one")
	}
}
