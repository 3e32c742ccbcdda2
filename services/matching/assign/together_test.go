package assign

import (
	"math/rand/v2"
	"testing"
)

// Groups are kept at one post, what is left is optimal, and no way of keeping
// them is worth more than the bound.
func TestTogether(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	kept := 0
	for k := range 300 {
		m := small(r, shape{agents: 6, posts: 4, companies: 2, schools: 1, supply: 1, cap: 4, score: 9})
		for a := range m.Supply {
			m.Supply[a] = 1
		}
		m.Together = [][]int32{{0, 3}, {1, 4, 5}}
		res, err := Solve(m, Options{})
		if err != nil {
			t.Fatalf("case %d: %v\n%s", k, err, dump(m))
		}
		if err := Verify(m, res); err != nil {
			t.Fatalf("case %d: %v\n%s", k, err, dump(m))
		}
		best := int64(-1)
		for p0 := int32(-1); p0 < 4; p0++ {
			for p1 := int32(-1); p1 < 4; p1++ {
				if (p0 < 0) != (res.Joint.Post[0] < 0) || (p1 < 0) != (res.Joint.Post[1] < 0) {
					continue // compare with plans that keep the same groups
				}
				c, _ := joined(m, &Result{Joint: &Joint{Post: []int32{p0, p1}}})
				if c == nil {
					continue
				}
				c.Together = nil
				if a, err := Solve(c, Options{}); err == nil {
					best = max(best, 2*a.Score+a.Placed)
				}
			}
		}
		for _, j := range res.Joint.Post {
			if j >= 0 {
				kept++
			}
		}
		if got := 2*res.Score + res.Placed; got > best || res.Joint.Bound < best {
			t.Fatalf("case %d: %d, best %d, bound %d\n%s", k, got, best, res.Joint.Bound, dump(m))
		}
	}
	if kept < 100 {
		t.Errorf("only %d groups kept", kept)
	}
}
