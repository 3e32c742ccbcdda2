package assign

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// answer has the next withdrawals answered by a tree at once, or by searches alone.
func (s *Solver) answer(tree bool) {
	s.g.patience = endless
	if tree && s.g.width(int64(s.g.most)) > 0 {
		s.g.patience = -1
	}
}

// Every kind of change, in any order, leaves an optimum that Verify proves and
// that is worth what a solve from the beginning finds.
func TestSolverStaysOptimal(t *testing.T) {
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(2, uint64(len(name))))
			for k := range 40 {
				m := small(r, s)
				o := Objective(r.IntN(2))
				w, err := NewSolver(m, Options{Objective: o})
				if err != nil {
					t.Fatal(err)
				}
				for step := range 12 {
					w.answer(r.IntN(2) == 0)
					a, j := r.IntN(s.agents), r.IntN(s.posts)
					var what string
					switch r.IntN(5) {
					case 0:
						what, err = "cap", w.SetCap(j, w.fixedAt[j]+int32(r.IntN(s.cap+1)))
					case 1:
						what, err = "close", w.ClosePost(j)
					case 2:
						what, err = "supply", w.SetSupply(a, w.fixedOf[a]+int32(r.IntN(s.supply+1)))
					case 3:
						what, err = "withdraw", w.Withdraw(a)
					case 4:
						if es := w.m.Of(a); len(es) > 0 {
							what, err = "score", w.SetScore(a, int(es[r.IntN(len(es))].Post), int32(r.IntN(s.score-s.low+3)+s.low-1))
						}
					}
					if err != nil {
						t.Fatalf("case %d step %d %s: %v\n%s", k, step, what, err, dump(w.m))
					}
					checkKept(t, w.g)
					got := w.Result()
					if err := Verify(w.Market(), got); err != nil {
						t.Fatalf("case %d step %d %s: %v\n%s", k, step, what, err, dump(w.m))
					}
					cold, err := Solve(w.Market(), Options{Objective: o})
					if err != nil || got.Score != cold.Score || got.Placed != cold.Placed {
						t.Fatalf("case %d step %d %s: warm %d/%d, cold %d/%d (%v)\n%s", k, step, what,
							got.Score, got.Placed, cold.Score, cold.Placed, err, dump(w.m))
					}
				}
			}
		})
	}
}

// Cohorts of a city withdraw, shrink and come back, posts lose seats, close and open
// again, by trees, by searches and by both in turn: the optimum is that of a solve from
// the beginning, and the same on any number of workers.
func TestCohortsComeAndGo(t *testing.T) {
	for _, tc := range []struct {
		name   string
		slack  float64
		seats  int32 // more or less of a post at a time
		school int   // cohorts of a school
		answer func(w *Solver, r *rand.Rand)
	}{
		{"trees, seats left", 1.2, 5, 0, func(w *Solver, _ *rand.Rand) { w.answer(true) }},
		{"trees, seats scarce", 0.8, 5, 0, func(w *Solver, _ *rand.Rand) { w.answer(true) }},
		{"trees, schools", 1, 5, 5, func(w *Solver, _ *rand.Rand) { w.answer(true) }},
		{"both", 1, 20, 30, func(w *Solver, r *rand.Rand) { w.answer(r.IntN(2) == 0) }},
		{"as it comes", 1, 60, 0, func(*Solver, *rand.Rand) {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(21, uint64(len(tc.name))))
			m := city(r, 150, 120, 30, tc.slack, 40)
			for a := range m.Supply {
				if tc.school > 0 {
					m.School = append(m.School, int32(a/tc.school))
					m.SchoolCap = append(m.SchoolCap, make([]int32, a/tc.school+1-len(m.SchoolCap))...)
					m.SchoolCap[a/tc.school] += m.Supply[a] * 7 / 8
				}
			}
			var kept [2]*Solver
			for k := range kept {
				var err error
				if kept[k], err = NewSolver(m, Options{Workers: 1 + 3*k}); err != nil {
					t.Fatal(err)
				}
			}
			trees := int64(0)
			for step := range 80 {
				seed := r.Uint64()
				for _, w := range kept {
					r := rand.New(rand.NewPCG(seed, 0))
					tc.answer(w, r)
					from := w.r.Counters.Pivots
					a, j := r.IntN(150), r.IntN(120)
					var err error
					switch r.IntN(6) {
					case 0, 1:
						err = w.Withdraw(a)
					case 2:
						err = w.SetSupply(a, r.Int32N(41))
					case 3:
						err = w.SetCap(j, max(0, w.m.PostCap[j]+r.Int32N(2*tc.seats+1)-tc.seats))
					case 4:
						err = w.ClosePost(j)
					case 5:
						err = w.SetScore(a, int(w.m.Of(a)[0].Post), r.Int32N(10001))
					}
					if err != nil {
						t.Fatal(err)
					}
					if w.r.Counters.Pivots > from {
						trees++
					}
					checkKept(t, w.g)
				}
				got, other := kept[0].Result(), kept[1].Result()
				if err := Verify(kept[0].Market(), got); err != nil {
					t.Fatalf("step %d: %v", step, err)
				}
				if !reflect.DeepEqual(got, other) {
					t.Fatalf("step %d: four workers find another result than one", step)
				}
				cold, err := Solve(kept[0].Market(), Options{})
				if err != nil || cold.Score != got.Score || cold.Placed != got.Placed {
					t.Fatalf("step %d: %d/%d, from the beginning %d/%d (%v)", step, got.Score, got.Placed, cold.Score, cold.Placed, err)
				}
			}
			if trees == 0 {
				t.Error("no change was answered by a tree")
			}
		})
	}
}
