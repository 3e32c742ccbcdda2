package stable

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sunmao/services/matching/market"
)

// TestSolve_EqualRanks: ranks that break their contract by being equal still give a
// matching in which nobody strictly better is passed over.
func TestSolve_EqualRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 5, agents: 8, companies: 2, supply: rapid.IntRange(1, 3).Draw(t, "most"), capacity: 3})
		for e := range m.Prio {
			m.Prio[e] %= 3
		}
		for _, o := range []Options{{}, {Workers: 2}, {CompanyOptimal: true}} {
			if _, err := Verify(m, solve(t, m, o), 2); err != nil {
				t.Fatalf("%+v: %v", o, err)
			}
		}
	})
}

// carousel makes n large cohorts and n posts that push a trickle round in a circle:
// cohort i prefers post i, then post i+1; post i ranks cohort i-1 above cohort i;
// one student more starts the trickle.
func carousel(n int, size int32) *market.Market {
	m := &market.Market{Off: []int64{0}}
	for i := range n {
		m.PostCap, m.Company = append(m.PostCap, size), append(m.Company, -1)
		m.Supply = append(m.Supply, size)
		m.Edges = append(m.Edges, market.Edge{Post: int32(i)}, market.Edge{Post: int32((i + 1) % n)})
		m.Prio = append(m.Prio, 2, 1)
		m.Off = append(m.Off, int64(len(m.Edges)))
	}
	m.Supply = append(m.Supply, 1)
	m.Edges = append(m.Edges, market.Edge{Post: 0})
	m.Prio = append(m.Prio, 0)
	m.Off = append(m.Off, int64(len(m.Edges)))
	return m
}

// TestSolve_HugeCohorts: two thousand million students in a few cohorts, moved one by one by
// the textbook rule, take no longer than a few.
func TestSolve_HugeCohorts(t *testing.T) {
	for _, n := range []int{2, 3, 50} {
		m := carousel(n, int32(2_000_000_000/n))
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		r := solve(t, m, Options{})
		if _, err := Verify(m, r, 1); err != nil {
			t.Fatal(err)
		}
		small := carousel(n, 3)
		want := solve(t, small, Options{})
		if len(r.Pairs) != len(want.Pairs) || r.Proposals != want.Proposals {
			t.Errorf("%d posts: %d pairs after %d proposals, with small cohorts %d after %d",
				n, len(r.Pairs), r.Proposals, len(want.Pairs), want.Proposals)
		}
	}
}

// TestSolve_Empty: markets with nothing in them.
func TestSolve_Empty(t *testing.T) {
	for name, m := range map[string]*market.Market{
		"nobody":         {Off: []int64{0}},
		"no posts":       {Off: []int64{0, 0}, Supply: []int32{1}},
		"no slots":       {Off: []int64{0, 1}, Supply: []int32{1}, PostCap: []int32{0}, Company: []int32{-1}, Edges: []market.Edge{{}}, Prio: []uint32{0}},
		"no quota":       {Off: []int64{0, 1}, Supply: []int32{1}, PostCap: []int32{1}, Company: []int32{0}, CompanyCap: []int32{0}, Edges: []market.Edge{{}}, Prio: []uint32{0}},
		"no students":    {Off: []int64{0, 1}, Supply: []int32{0}, PostCap: []int32{1}, Company: []int32{-1}, Edges: []market.Edge{{}}, Prio: []uint32{0}},
		"idle company":   {Off: []int64{0}, CompanyCap: []int32{0, 5}},
		"largest cohort": {Off: []int64{0, 1}, Supply: []int32{1<<31 - 1}, PostCap: []int32{5}, Company: []int32{-1}, Edges: []market.Edge{{}}, Prio: []uint32{0}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
			for _, o := range []Options{{}, {CompanyOptimal: true}} {
				r := solve(t, m, o)
				if _, err := Verify(m, r, 2); err != nil {
					t.Error(err)
				}
				if want := name == "largest cohort"; (len(r.Pairs) > 0) != want {
					t.Errorf("pairs = %v", r.Pairs)
				}
			}
		})
	}
}

// TestSolve_SameOnAnyCores: a market large enough to be shared between workers gives
// the same bytes whatever their number.
func TestSolve_SameOnAnyCores(t *testing.T) {
	m := crowd(20000, 900, 8)
	want := solve(t, m, Options{Workers: 1})
	if _, err := Verify(m, want, 1); err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{2, 3, 8, 100} {
		got := solve(t, m, Options{Workers: workers})
		if !slices.Equal(got.Pairs, want.Pairs) || got.Proposals != want.Proposals {
			t.Errorf("%d workers: another result", workers)
		}
		if _, err := Verify(m, got, workers); err != nil {
			t.Error(err)
		}
	}
	one, err := solveCohorts(m, ownLists(m))
	if err != nil || !slices.Equal(one.Pairs, want.Pairs) {
		t.Errorf("as cohorts of one: another result, %v", err)
	}
}

// crowd is a contested market: popular posts, quotas that bind.
func crowd(students, posts, wishes int) *market.Market {
	m := &market.Market{Off: []int64{0}}
	next := scramble(7)
	draw := func(n int) int {
		next = scramble(next)
		return int(next % uint64(n))
	}
	for c := range posts / 3 {
		m.CompanyCap = append(m.CompanyCap, int32(students*2/posts+draw(40)+c%2))
	}
	for j := range posts {
		m.PostCap = append(m.PostCap, int32(students/posts+draw(30)))
		m.Company = append(m.Company, int32(j%(posts/3+5))-1)
		if m.Company[j] >= int32(m.Companies()) {
			m.Company[j] = -1
		}
	}
	order := make([]uint32, students)
	for i := range order {
		k := draw(i + 1)
		order[i], order[k] = order[k], uint32(i)
	}
	for i := range students {
		m.Supply = append(m.Supply, 1)
		seen := map[int]bool{}
		for len(seen) < wishes {
			j := min(draw(posts), draw(posts))
			if seen[j] {
				continue
			}
			seen[j] = true
			m.Edges = append(m.Edges, market.Edge{Post: int32(j), Score: int32(draw(10000))})
			m.Prio = append(m.Prio, uint32(draw(20))<<24|order[i])
		}
		m.Off = append(m.Off, int64(len(m.Edges)))
	}
	return m
}

func BenchmarkSolve(b *testing.B) {
	m := crowd(200000, 20000, 20)
	a, err := Arrange(m)
	if err != nil {
		b.Fatal(err)
	}
	var r *Result
	for b.Loop() {
		if r, err = a.Solve(Options{Workers: 2}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.Proposals), "proposals")
}

func BenchmarkVerify(b *testing.B) {
	m := crowd(200000, 20000, 20)
	r, err := Solve(m, Options{Workers: 2})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Verify(m, r, 2); err != nil {
			b.Fatal(err)
		}
	}
}
