package stable

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sunmao/services/matching/market"
)

// shape bounds the random markets of a test.
type shape struct {
	posts, agents, companies, groups, supply, capacity int
}

var tiny = shape{posts: 4, agents: 5, companies: 2, groups: 2, supply: 1, capacity: 2}

// drawMarket makes a random market with strict ranks.
func drawMarket(t *rapid.T, s shape) *market.Market {
	m := &market.Market{Off: []int64{0}}
	for range rapid.IntRange(0, s.companies).Draw(t, "companies") {
		m.CompanyCap = append(m.CompanyCap, int32(rapid.IntRange(0, 2*s.capacity).Draw(t, "quota")))
	}
	for range rapid.IntRange(1, s.posts).Draw(t, "posts") {
		m.PostCap = append(m.PostCap, int32(rapid.IntRange(0, s.capacity).Draw(t, "slots")))
		m.Company = append(m.Company, int32(rapid.IntRange(-1, m.Companies()-1).Draw(t, "company")))
	}
	if rapid.Bool().Draw(t, "grouped") {
		for g := range rapid.IntRange(0, s.groups).Draw(t, "groups") {
			m.GroupCap = append(m.GroupCap, int32(rapid.IntRange(0, 2*s.capacity).Draw(t, "group quota")))
			m.GroupUp = append(m.GroupUp, int32(rapid.IntRange(-1, g-1).Draw(t, "around")))
		}
		for range m.CompanyCap {
			m.Group = append(m.Group, int32(rapid.IntRange(-1, len(m.GroupCap)-1).Draw(t, "group")))
		}
	}
	all := make([]int32, m.Posts())
	for j := range all {
		all[j] = int32(j)
	}
	for range rapid.IntRange(1, s.agents).Draw(t, "agents") {
		m.Supply = append(m.Supply, int32(rapid.IntRange(1/s.supply, s.supply).Draw(t, "supply")))
		list := rapid.Permutation(all).Draw(t, "list")
		for _, j := range list[:rapid.IntRange(0, len(list)).Draw(t, "length")] {
			m.Edges = append(m.Edges, market.Edge{Post: j, Score: int32(rapid.IntRange(0, 9).Draw(t, "score"))})
		}
		m.Off = append(m.Off, int64(len(m.Edges)))
	}
	m.Prio = make([]uint32, len(m.Edges))
	places := make([]uint32, len(m.Edges))
	for e := range places {
		places[e] = uint32(e)
	}
	copy(m.Prio, rapid.Permutation(places).Draw(t, "ranks"))
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

// brute knows stability from its definition alone: a matching is the list place of
// every student (len(list) for nowhere).
type brute struct{ m *market.Market }

// choice is what the market keeps of the entries: best first, under the slots of
// each post and all quotas around it.
func (b brute) choice(held []rank) []rank {
	held = slices.Clone(held)
	slices.SortFunc(held, func(x, y rank) int { return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.post, y.post)) })
	slots, quota, group := slices.Clone(b.m.PostCap), slices.Clone(b.m.CompanyCap), slices.Clone(b.m.GroupCap)
	var kept []rank
	for _, r := range held {
		counters := []*int32{&slots[r.post]}
		if c := b.m.Company[r.post]; c >= 0 {
			counters = append(counters, &quota[c])
			if b.m.Group != nil {
				for g := b.m.Group[c]; g >= 0; g = b.m.GroupUp[g] {
					counters = append(counters, &group[g])
				}
			}
		}
		if slices.ContainsFunc(counters, func(n *int32) bool { return *n == 0 }) {
			continue
		}
		for _, n := range counters {
			*n--
		}
		kept = append(kept, r)
	}
	return kept
}

// held returns what all posts hold.
func (b brute) held(place []int) []rank {
	var held []rank
	for i, k := range place {
		if e := b.m.Off[i] + int64(k); e < b.m.Off[i+1] {
			held = append(held, rank{keyOf(b.m.Prio[e], i), b.m.Edges[e].Post})
		}
	}
	return held
}

// stable says whether no side wants to drop anybody and no post above the place of
// a student on its list would keep it.
func (b brute) stable(place []int) bool {
	held := b.held(place)
	if len(b.choice(held)) != len(held) {
		return false
	}
	for i, k := range place {
		for e := b.m.Off[i]; e < b.m.Off[i]+int64(k) && e < b.m.Off[i+1]; e++ {
			r := rank{keyOf(b.m.Prio[e], i), b.m.Edges[e].Post}
			if slices.Contains(b.choice(append(slices.Clone(held), r)), r) {
				return false
			}
		}
	}
	return true
}

// all calls f with every matching.
func (b brute) all(f func(place []int)) {
	place := make([]int, b.m.Agents())
	var set func(i int)
	set = func(i int) {
		if i == len(place) {
			f(place)
			return
		}
		for k := 0; k <= int(b.m.Off[i+1]-b.m.Off[i]); k++ {
			place[i] = k
			set(i + 1)
		}
	}
	set(0)
}

func (b brute) pairs(place []int) []market.Pair {
	var pairs []market.Pair
	for i, k := range place {
		if e := b.m.Off[i] + int64(k); e < b.m.Off[i+1] {
			pairs = append(pairs, market.Pair{Agent: int32(i), Post: b.m.Edges[e].Post, Count: 1})
		}
	}
	return pairs
}

// best returns the best and the worst place of each student over all stable matchings.
func (b brute) extremes() (best, worst []int) {
	b.all(func(place []int) {
		if !b.stable(place) {
			return
		}
		if best == nil {
			best, worst = slices.Clone(place), slices.Clone(place)
		}
		for i, k := range place {
			best[i], worst[i] = min(best[i], k), max(worst[i], k)
		}
	})
	return best, worst
}

func solve(t interface{ Fatal(...any) }, m *market.Market, o Options) *Result {
	r, err := Solve(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSolve_AgainstAllMatchings enumerates every matching: the result is the stable
// one that is best for each student, or worst when the companies propose.
func TestSolve_AgainstAllMatchings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, tiny)
		b := brute{m}
		best, worst := b.extremes()
		if got, want := solve(t, m, Options{}).Pairs, b.pairs(best); !slices.Equal(got, want) {
			t.Fatalf("students propose: %v, want %v", got, want)
		}
		if got, want := solve(t, m, Options{Workers: 3}).Pairs, b.pairs(best); !slices.Equal(got, want) {
			t.Fatalf("with three workers: %v, want %v", got, want)
		}
		if got, err := solveCohorts(m, ownLists(m)); err != nil || !slices.Equal(got.Pairs, b.pairs(best)) {
			t.Fatalf("as cohorts of one: %v, %v, want %v", got, err, b.pairs(best))
		}
		if got, want := solve(t, m, Options{CompanyOptimal: true}).Pairs, b.pairs(worst); !slices.Equal(got, want) {
			t.Fatalf("companies propose: %v, want %v", got, want)
		}
	})
}

// TestVerify_AgainstDefinition: Verify accepts a matching exactly if the definition does.
func TestVerify_AgainstDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 3, agents: 4, companies: 2, groups: 1, supply: 1, capacity: 2})
		b := brute{m}
		b.all(func(place []int) {
			_, err := Verify(m, &Result{Pairs: b.pairs(place)}, 2)
			if want := b.stable(place); (err == nil) != want {
				t.Fatalf("matching %v: stable %v, Verify says %v", b.pairs(place), want, err)
			}
		})
	})
}

// expand gives every student of a cohort its own agent.
func expand(m *market.Market) (*market.Market, []int32) {
	x := *m
	x.Supply, x.Off, x.Edges, x.Prio = nil, []int64{0}, nil, nil
	var cohort []int32
	for i, n := range m.Supply {
		for range n {
			x.Supply = append(x.Supply, 1)
			x.Edges = append(x.Edges, m.Of(i)...)
			x.Prio = append(x.Prio, m.Prio[m.Off[i]:m.Off[i+1]]...)
			x.Off = append(x.Off, int64(len(x.Edges)))
			cohort = append(cohort, int32(i))
		}
	}
	return &x, cohort
}

func fold(pairs []market.Pair, cohort []int32) []market.Pair {
	count := map[[2]int32]int32{}
	for _, p := range pairs {
		count[[2]int32{cohort[p.Agent], p.Post}] += p.Count
	}
	var out []market.Pair
	for k, n := range count {
		out = append(out, market.Pair{Agent: k[0], Post: k[1], Count: n})
	}
	slices.SortFunc(out, func(a, b market.Pair) int { return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Post, b.Post)) })
	return out
}

// TestSolve_CohortsAreStudents: a market of cohorts has the outcome of the same
// market student by student, for either side, and Verify accepts both.
func TestSolve_CohortsAreStudents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 6, agents: 6, companies: 3, groups: 2, supply: 9, capacity: 12})
		x, cohort := expand(m)
		for _, o := range []Options{{}, {CompanyOptimal: true}} {
			got := solve(t, m, o)
			single := solve(t, x, o)
			if want := fold(single.Pairs, cohort); !slices.Equal(got.Pairs, want) {
				t.Fatalf("%+v: cohorts %v, students %v", o, got.Pairs, want)
			}
			p, err := Verify(m, got, 1)
			if err != nil {
				t.Fatal(err)
			}
			q, err := Verify(x, single, 3)
			if err != nil {
				t.Fatal(err)
			}
			if p.Placed != q.Placed || p.Unplaced != q.Unplaced || p.Score != q.Score {
				t.Fatalf("proofs differ: %+v and %+v", p, q)
			}
		}
	})
}

// TestVerify_RefusesMutations changes a stable matching in every single way.
func TestVerify_RefusesMutations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 5, agents: 6, companies: 2, groups: 1, supply: 3, capacity: 4})
		r := solve(t, m, Options{CompanyOptimal: rapid.Bool().Draw(t, "company side")})
		if _, err := Verify(m, r, 1); err != nil {
			t.Fatal(err)
		}
		bare := Result{Pairs: r.Pairs}
		if _, err := Verify(m, &bare, 2); err != nil {
			t.Fatalf("without cut-offs: %v", err)
		}
		for j := range r.Cutoffs {
			for _, by := range []uint32{1, ^uint32(0)} {
				forged := *r
				forged.Cutoffs = slices.Clone(r.Cutoffs)
				forged.Cutoffs[j] += by
				if _, err := Verify(m, &forged, 1); err == nil {
					t.Fatalf("cut-off %d of post %d changed by %d is accepted", r.Cutoffs[j], j, int32(by))
				}
			}
		}
		refused := func(name string, pairs []market.Pair) {
			for _, cut := range [][]uint32{nil, r.Cutoffs} {
				if _, err := Verify(m, &Result{Pairs: pairs, Cutoffs: cut}, 2); err == nil {
					t.Fatalf("%s accepted: %v instead of %v, cut-offs %v", name, pairs, r.Pairs, cut)
				}
			}
		}
		for k := range r.Pairs {
			refused("missing pair", slices.Delete(slices.Clone(r.Pairs), k, k+1))
			refused("pair twice", slices.Insert(slices.Clone(r.Pairs), k, r.Pairs[k]))
			for _, count := range []int32{r.Pairs[k].Count - 1, r.Pairs[k].Count + 1, -1, 0} {
				pairs := slices.Clone(r.Pairs)
				pairs[k].Count = count
				refused(fmt.Sprintf("count %d", count), pairs)
			}
			for j := range int32(m.Posts()) {
				if j == r.Pairs[k].Post {
					continue
				}
				pairs := slices.Clone(r.Pairs)
				pairs[k].Post = j
				if !blockedByWish(m, pairs) {
					refused(fmt.Sprintf("post %d", j), pairs)
				}
			}
		}
	})
}

// blockedByWish says that the changed matching happens to be another stable one,
// which the definition (not Verify) decides on single students.
func blockedByWish(m *market.Market, pairs []market.Pair) bool {
	x, cohort := expand(m)
	left := map[int32][]market.Pair{}
	for _, p := range pairs {
		left[p.Agent] = append(left[p.Agent], p)
	}
	place := make([]int, x.Agents())
	for i := range place {
		place[i] = int(x.Off[i+1] - x.Off[i])
		// The first of equal students get the better places.
		mine := left[cohort[i]]
		best := -1
		for k := range mine {
			at := slices.IndexFunc(x.Of(i), func(e market.Edge) bool { return e.Post == mine[k].Post })
			if mine[k].Count > 0 && at >= 0 && at < place[i] {
				best, place[i] = k, at
			}
		}
		if best >= 0 {
			mine[best].Count--
		}
	}
	for _, mine := range left {
		for _, p := range mine {
			if p.Count != 0 {
				return false
			}
		}
	}
	sorted := slices.IsSortedFunc(pairs, func(a, b market.Pair) int {
		if c := cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Post, b.Post)); c != 0 {
			return c
		}
		return 1
	})
	return sorted && brute{x}.stable(place)
}

// TestSolve_Truthful tries every list a student could hand in instead of the true
// one: none gives it a better place.
func TestSolve_Truthful(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 4, agents: 4, companies: 2, groups: 1, supply: 1, capacity: 2})
		honest := solve(t, m, Options{})
		for i := range m.Agents() {
			truth := m.Of(i)
			place := placeOf(truth, honest.Pairs, i)
			for _, lie := range sublists(len(truth)) {
				r := solve(t, withList(m, i, lie), Options{})
				if got := placeOf(truth, r.Pairs, i); got < place {
					t.Fatalf("agent %d gets place %d by handing in %v, place %d by the truth", i, got, lie, place)
				}
			}
		}
	})
}

func placeOf(list []market.Edge, pairs []market.Pair, i int) int {
	for _, p := range pairs {
		if int(p.Agent) == i {
			return slices.IndexFunc(list, func(e market.Edge) bool { return e.Post == p.Post })
		}
	}
	return len(list)
}

// sublists returns every ordered choice from 0..n-1.
func sublists(n int) [][]int {
	out := [][]int{{}}
	for k := 0; k < len(out); k++ {
		for x := range n {
			if !slices.Contains(out[k], x) {
				out = append(out, append(slices.Clone(out[k]), x))
			}
		}
	}
	return out
}

// withList replaces the list of agent i by the given places of its own list.
func withList(m *market.Market, i int, places []int) *market.Market {
	x := *m
	x.Off, x.Edges, x.Prio = []int64{0}, nil, nil
	for a := range m.Agents() {
		if a != i {
			x.Edges = append(x.Edges, m.Of(a)...)
			x.Prio = append(x.Prio, m.Prio[m.Off[a]:m.Off[a+1]]...)
		} else {
			for _, k := range places {
				x.Edges = append(x.Edges, m.Edges[m.Off[a]+int64(k)])
				x.Prio = append(x.Prio, m.Prio[m.Off[a]+int64(k)])
			}
		}
		x.Off = append(x.Off, int64(len(x.Edges)))
	}
	return &x
}
