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

// With minimums, too: members count towards the class they go to, no class is open
// below its minimum, and given where groups go and the bound, the plan holds.
func TestTogetherAndMinimums(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	kept, inClass, equal, cases := 0, 0, 0, 300
	for k := range cases {
		m := small(r, shape{agents: 6, posts: 4, companies: 2, supply: 1, cap: 4, score: 9})
		for a := range m.Supply {
			m.Supply[a] = 1
		}
		m.Together = [][]int32{{0, 3}, {1, 4, 5}}
		m.MinBatch = []int32{3, 0, 2, 1 + int32(r.IntN(3))}
		res, err := Solve(m, Options{})
		if err != nil {
			t.Fatalf("case %d: %v\n%s", k, err, dump(m))
		}
		if err := Verify(m, res); err != nil {
			t.Fatalf("case %d: %v\n%s", k, err, dump(m))
		}
		most, same := int64(-1), int64(-1)
		for p0 := int32(-1); p0 < 4; p0++ {
			for p1 := int32(-1); p1 < 4; p1++ {
				c, _ := joined(m, &Result{Joint: &Joint{Post: []int32{p0, p1}}})
				if c == nil {
					continue
				}
				core, members, err := seated(m, c.Fixed)
				if err != nil {
					continue
				}
				rest := planBrute(core, members)
				if rest < 0 {
					continue
				}
				for _, p := range c.Fixed {
					for _, e := range m.Of(int(p.Agent)) {
						if e.Post == p.Post {
							rest += 2*int64(e.Score) + 1
						}
					}
				}
				if most = max(most, rest); (p0 < 0) == (res.Joint.Post[0] < 0) && (p1 < 0) == (res.Joint.Post[1] < 0) {
					same = max(same, rest)
				}
			}
		}
		got := 2*res.Score + res.Placed
		if got > same || res.Joint.Bound < most || res.Joint.Value != got || res.Plan.Value != got {
			t.Fatalf("case %d: %d, best that keeps the same groups %d, of all %d, bound %d\n%s", k, got, same, most, res.Joint.Bound, dump(m))
		}
		if got == same {
			equal++
		}
		fill := make([]int32, 4)
		for _, p := range res.Matches {
			fill[p.Post] += p.Count
		}
		for j, n := range fill {
			if 0 < n && n < m.MinBatch[j] {
				t.Fatalf("case %d: class %d is open with %d of %d\n%s", k, j, n, m.MinBatch[j], dump(m))
			}
		}
		for _, j := range res.Joint.Post {
			if j >= 0 {
				kept++
				if m.MinBatch[j] > 0 {
					inClass++
				}
			}
		}
	}
	t.Logf("%d groups kept, %d of them in a class; %d of %d plans the best that keep the same groups", kept, inClass, equal, cases)
	if kept < 60 || inClass < 20 || equal < cases/2 {
		t.Errorf("%d groups kept, %d of them in a class; %d of %d plans the best", kept, inClass, equal, cases)
	}
}
