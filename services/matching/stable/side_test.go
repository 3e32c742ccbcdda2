package stable

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sunmao/services/matching/market"
)

// TestReserve: reserved seats go to members first, nobody else is passed over, and
// what members leave is used by others.
func TestReserve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 4, agents: 9, companies: 0, supply: 1, capacity: 4})
		var seats []Seats
		for j := range m.Posts() {
			if n := rapid.IntRange(0, int(m.PostCap[j])).Draw(t, "reserved"); n > 0 {
				seats = append(seats, Seats{Post: int32(j), Count: int32(n)})
			}
		}
		member := make([]bool, m.Agents())
		for i := range member {
			if member[i] = rapid.Bool().Draw(t, "member"); member[i] {
				for k := range seats {
					seats[k].Members = append(seats[k].Members, int32(i))
				}
			}
		}
		x, err := Reserve(m, seats)
		if err != nil {
			t.Fatal(err)
		}
		r := solve(t, x.Market, Options{})
		if _, err := Verify(x.Market, r, 1); err != nil {
			t.Fatal(err)
		}
		pairs := x.Fold(r.Pairs)
		reserved := make([]int, m.Posts())
		for _, s := range seats {
			reserved[s.Post] = int(s.Count)
		}
		prioAt := func(i int, j int32) uint32 {
			return m.Prio[m.Off[i]+int64(slices.IndexFunc(m.Of(i), func(e market.Edge) bool { return e.Post == j }))]
		}
		for i := range m.Agents() {
			for _, e := range m.Of(i)[:placeOf(m.Of(i), pairs, i)] {
				held, members := 0, 0
				for _, p := range pairs {
					if p.Post == e.Post {
						held++
						if member[p.Agent] {
							members++
						}
					}
				}
				if held < int(m.PostCap[e.Post]) {
					t.Fatalf("agent %d passed over at post %d with free slots", i, e.Post)
				}
				for _, p := range pairs {
					if p.Post != e.Post {
						continue
					}
					better := prioAt(i, e.Post) < prioAt(int(p.Agent), e.Post)
					if better && member[i] == member[p.Agent] {
						t.Fatalf("agent %d passed over at post %d for %d of the same kind", i, e.Post, p.Agent)
					}
					if member[i] && !member[p.Agent] && (better || members < reserved[e.Post]) {
						t.Fatalf("member %d passed over at post %d for %d: %d members, %d reserved", i, e.Post, p.Agent, members, reserved[e.Post])
					}
				}
			}
		}
	})
}

func TestReserve_Refuses(t *testing.T) {
	m := &market.Market{Off: []int64{0}, PostCap: []int32{2}, Company: []int32{-1}}
	for _, s := range [][]Seats{{{Post: 1, Count: 1}}, {{Post: 0, Count: 3}}, {{Post: 0, Count: -1}}, {{Post: 0, Count: 1}, {Post: 0, Count: 2}}} {
		if _, err := Reserve(m, s); err == nil {
			t.Errorf("Reserve(%v) accepted", s)
		}
	}
}

// TestSolve_Together: kept groups are at one post, the others know why not, and
// Verify accepts the result but none with a group torn apart or invented.
func TestSolve_Together(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 4, agents: 8, companies: 2, groups: 1, supply: rapid.IntRange(1, 2).Draw(t, "most"), capacity: 4})
		all := make([]int32, m.Agents())
		for i := range all {
			all[i] = int32(i)
		}
		all = rapid.Permutation(all).Draw(t, "order")
		for len(all) >= 2 && len(m.Together) < 3 {
			n := rapid.IntRange(2, min(3, len(all))).Draw(t, "group")
			m.Together = append(m.Together, all[:n])
			all = all[n:]
		}
		a, err := Arrange(m)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{CompanyOptimal: rapid.Bool().Draw(t, "company side")}
		r, err := a.Solve(o)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := a.Solve(o); err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("solved again: %+v, %v, want %+v", again, err, r)
		}
		if len(r.Kept)+len(r.Released) != len(m.Together) {
			t.Fatalf("%d kept and %d released of %d groups", len(r.Kept), len(r.Released), len(m.Together))
		}
		if _, err := Verify(m, r, 1); err != nil {
			t.Fatal(err)
		}
		for _, x := range r.Released {
			if x.Reason == "" {
				t.Fatal("released without a reason")
			}
		}
		forged := *r
		for k, p := range r.Pairs {
			if slices.ContainsFunc(r.Kept, func(g Group) bool { return slices.Contains(g.Members, p.Agent) }) {
				forged.Pairs = slices.Delete(slices.Clone(r.Pairs), k, k+1)
				if _, err := Verify(m, &forged, 1); err == nil {
					t.Fatal("a group torn apart is accepted")
				}
			}
		}
		if len(r.Released) > 0 {
			forged = *r
			forged.Kept = append(slices.Clone(r.Kept), Group{Members: r.Released[0].Members, Post: 0})
			if _, err := Verify(m, &forged, 1); err == nil && !unbroken(m, &forged) {
				t.Fatal("an invented group is accepted")
			}
		}
	})
}

// TestSolve_Classes: classes get their minimum or nobody, the matching is stable once
// those closed are out of it, and neither the market nor its arrangement has changed.
func TestSolve_Classes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 5, agents: 6, companies: 2, groups: 1, supply: rapid.IntRange(1, 3).Draw(t, "most"), capacity: 5})
		plain := *m
		for range m.Posts() {
			m.MinBatch = append(m.MinBatch, int32(rapid.IntRange(0, 4).Draw(t, "minimum")))
		}
		a, err := Arrange(m)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{CompanyOptimal: rapid.Bool().Draw(t, "company side")}
		r, err := a.Solve(o)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := a.Solve(o); err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("solved again: %+v, %v, want %+v", again, err, r)
		}
		if _, err := Verify(m, r, 1); err != nil {
			t.Fatal(err)
		}
		plain.PostCap = slices.Clone(m.PostCap)
		for _, c := range r.Closed {
			plain.PostCap[c.Post] = 0
			if c.Had >= c.Need || c.Need != m.MinBatch[c.Post] {
				t.Fatalf("closed: %+v", c)
			}
		}
		if want := solve(t, &plain, o); !slices.Equal(r.Pairs, want.Pairs) {
			t.Fatalf("pairs %v, without the closed classes %v", r.Pairs, want.Pairs)
		}
		fill := make([]int32, m.Posts())
		for _, p := range r.Pairs {
			fill[p.Post] += p.Count
		}
		for j, n := range fill {
			if 0 < n && n < m.MinBatch[j] {
				t.Fatalf("class %d has %d of %d", j, n, m.MinBatch[j])
			}
		}
		forged := *r
		for k := range r.Closed { // said to be open, it blocks or falls short
			forged.Closed = slices.Delete(slices.Clone(r.Closed), k, k+1)
			if _, err := Verify(m, &forged, 1); err == nil && m.PostCap[r.Closed[k].Post] > 0 {
				t.Fatalf("closure %+v left out is accepted", r.Closed[k])
			}
		}
		for j, n := range fill {
			forged.Closed = append(slices.Clone(r.Closed), Closure{Post: int32(j)})
			if _, err := Verify(m, &forged, 1); err == nil && (n > 0 || m.MinBatch[j] == 0) {
				t.Fatalf("post %d with %d students is said to be closed", j, n)
			}
		}
	})
}

// TestSolve_Refuses: what has no meaning here is refused with a reason.
func TestSolve_Refuses(t *testing.T) {
	market3 := func() *market.Market {
		return &market.Market{Off: []int64{0, 1, 2, 3}, Supply: []int32{1, 1, 1}, PostCap: []int32{3}, Company: []int32{-1},
			Edges: make([]market.Edge, 3), Prio: []uint32{0, 1, 2}}
	}
	for _, tc := range []struct {
		name string
		set  func(m *market.Market)
		says string
	}{
		{"a school quota that binds", func(m *market.Market) { m.School, m.SchoolCap = []int32{0, 0, 0}, []int32{2} }, "每所学校"},
		{"a quota around schools that binds", func(m *market.Market) {
			m.School, m.SchoolCap, m.SchoolUp = []int32{0, 0, 0}, []int32{3, 2}, []int32{1, -1}
		}, "每所学校"},
		{"no ranks", func(m *market.Market) { m.Prio = nil }, "名次"},
		{"locks", func(m *market.Market) { m.Fixed = []market.Pair{{}} }, "锁定"},
		{"a rank that stands for anybody", func(m *market.Market) { m.Prio[1] = Open }, "4294967295"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := market3()
			tc.set(m)
			if _, err := Solve(m, Options{}); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("err = %v, want one about %s", err, tc.says)
			}
		})
	}
	m := market3()
	m.School, m.SchoolCap = []int32{0, 0, 0}, []int32{3} // cannot bind
	if r := solve(t, m, Options{}); len(r.Pairs) != 3 {
		t.Errorf("a school quota that cannot bind: %v", r.Pairs)
	}
}

func TestSolve_TogetherReasons(t *testing.T) {
	// Both want post 0 with one slot, then post 1 with two; a third ranks best at 1.
	m := &market.Market{
		Supply: []int32{1, 1, 1}, PostCap: []int32{1, 2}, Company: []int32{-1, -1}, Off: []int64{0, 2, 4, 5},
		Edges: []market.Edge{{Post: 0}, {Post: 1}, {Post: 0}, {Post: 1}, {Post: 1}}, Prio: []uint32{0, 1, 1, 2, 3},
		Together: [][]int32{{0, 1}},
	}
	r := solve(t, m, Options{})
	if want := []market.Pair{{Agent: 0, Post: 1, Count: 1}, {Agent: 1, Post: 1, Count: 1}}; !slices.Equal(r.Pairs, want) {
		t.Errorf("pairs = %v, want %v", r.Pairs, want)
	}
	m.Prio[4] = 0
	for name, tc := range map[string]struct {
		change func()
		says   string
	}{
		"outranked":      {func() {}, "名次不够"},
		"too few slots":  {func() { m.PostCap[1] = 1 }, "不足 2 人"},
		"nothing common": {func() { m.Together = [][]int32{{1, 2}}; m.Off[1], m.Off[2] = 2, 3; m.Off[3] = 4 }, "没有共同"},
	} {
		t.Run(name, func(t *testing.T) {
			keep := *m
			keep.PostCap, keep.Off = slices.Clone(m.PostCap), slices.Clone(m.Off)
			tc.change()
			if name == "nothing common" {
				m.Edges, m.Prio = m.Edges[:4], m.Prio[:4]
			}
			r := solve(t, m, Options{})
			if len(r.Released) != 1 || !strings.Contains(r.Released[0].Reason, tc.says) {
				t.Errorf("released = %v, want %s", fmt.Sprint(r.Released), tc.says)
			}
			*m = keep
		})
	}
}
