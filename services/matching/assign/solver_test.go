package assign

import (
	"math/rand/v2"
	"testing"
)

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
