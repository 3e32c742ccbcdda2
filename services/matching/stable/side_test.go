package stable

import (
	"fmt"
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
		m := drawMarket(t, shape{posts: 4, agents: 8, companies: 2, supply: 1, capacity: 4})
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
		r := solve(t, m, Options{CompanyOptimal: rapid.Bool().Draw(t, "company side")})
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
