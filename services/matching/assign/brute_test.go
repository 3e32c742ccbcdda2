package assign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sunmao/services/matching/market"
)

// shape says what a random small market may have.
type shape struct {
	agents, posts, companies, groups, schools int
	supply, cap, score, low                   int
	classes, fixed, forbidden                 int
	deep                                      bool // groups in groups, schools in schools
}

func small(r *rand.Rand, s shape) *market.Market {
	pick := func(n int) int32 { return int32(r.IntN(n)) }
	maybe := func(n int) int32 { return int32(r.IntN(n+1)) - 1 }
	m := &market.Market{Off: []int64{0}}
	for range s.agents {
		m.Supply = append(m.Supply, pick(s.supply+1))
		for j := range s.posts {
			if r.IntN(3) > 0 {
				m.Edges = append(m.Edges, market.Edge{Post: int32(j), Score: pick(s.score-s.low+1) + int32(s.low)})
			}
		}
		m.Off = append(m.Off, int64(len(m.Edges)))
	}
	for range s.posts {
		m.PostCap = append(m.PostCap, pick(s.cap+1))
		m.Company = append(m.Company, maybe(s.companies))
	}
	for range s.companies {
		m.CompanyCap = append(m.CompanyCap, pick(s.cap+2))
	}
	if s.groups > 0 {
		for range s.companies {
			m.Group = append(m.Group, maybe(s.groups))
		}
		for k := range s.groups {
			m.GroupCap = append(m.GroupCap, pick(s.cap+2))
			if s.deep {
				m.GroupUp = append(m.GroupUp, maybe(s.groups-k-1)+int32(k)+1)
				if m.GroupUp[k] == int32(k) {
					m.GroupUp[k] = -1
				}
			}
		}
	}
	if s.schools > 0 {
		for range s.agents {
			m.School = append(m.School, maybe(s.schools))
		}
		for k := range s.schools {
			m.SchoolCap = append(m.SchoolCap, pick(s.cap+2))
			if s.deep {
				m.SchoolUp = append(m.SchoolUp, maybe(k)) // the other way round: parents first
			}
		}
	}
	if s.classes > 0 {
		for range s.agents {
			m.Class = append(m.Class, uint8(r.IntN(s.classes)))
		}
	}
	lockSome(r, m, s)
	return m
}

func lockSome(r *rand.Rand, m *market.Market, s shape) {
	for range s.forbidden {
		m.Forbidden = append(m.Forbidden, market.Pair{Agent: int32(r.IntN(s.agents)), Post: int32(r.IntN(s.posts))})
	}
	for range s.fixed {
		p := market.Pair{Agent: int32(r.IntN(s.agents)), Post: int32(r.IntN(s.posts)), Count: int32(r.IntN(2))}
		m.Fixed = append(m.Fixed, p)
		if _, err := release(m); err != nil {
			m.Fixed = m.Fixed[:len(m.Fixed)-1]
		}
	}
}

// value of an assignment: per class in order of priority, fit and placed in the
// order of the objective. Compared as lists, this is the definition of best.
type value []int64

// brute tries every assignment.
type brute struct {
	m         *market.Market
	core      *market.Market
	objective Objective
	use       [4][]int32 // post, company, group, school
	now, best value
	low       []int32 // least students of each post, nil for none
}

func classOf(m *market.Market, a int) int {
	if m.Class == nil {
		return 0
	}
	return int(m.Class[a])
}

func bruteForce(t testing.TB, m *market.Market, objective Objective) value {
	core, err := release(m)
	if err != nil {
		t.Fatal(err)
	}
	n := 1
	for a := range m.Supply {
		n = max(n, classOf(m, a)+1)
	}
	b := &brute{m: m, core: core, objective: objective, now: make(value, 2*n)}
	for k, c := range [][]int32{m.PostCap, m.CompanyCap, m.GroupCap, m.SchoolCap} {
		b.use[k] = make([]int32, len(c))
	}
	b.agent(0)
	return b.best
}

func (b *brute) agent(a int) {
	if a == len(b.core.Supply) {
		for j, n := range b.low {
			if b.use[0][j] < n {
				return
			}
		}
		if b.best == nil || slices.Compare(b.now, b.best) > 0 {
			b.best = slices.Clone(b.now)
		}
		return
	}
	b.edge(a, 0, b.core.Supply[a])
}

// edge tries every number of agent a's remaining students on its k-th edge.
func (b *brute) edge(a, k int, left int32) {
	edges := b.core.Of(a)
	if k == len(edges) || left == 0 {
		b.agent(a + 1)
		return
	}
	e := edges[k]
	c := 2 * classOf(b.m, a)
	fit, num := c, c+1
	if b.objective == PlacedFirst {
		fit, num = c+1, c
	}
	n := int32(0)
	for {
		b.edge(a, k+1, left-n)
		if n == left || !b.add(a, int(e.Post), 1) {
			break
		}
		n++
		b.now[fit] += int64(e.Score)
		b.now[num]++
	}
	for ; n > 0; n-- {
		b.add(a, int(e.Post), -1)
		b.now[fit] -= int64(e.Score)
		b.now[num]--
	}
}

// add changes the use of every quota above the pair; it refuses to overrun one.
func (b *brute) add(a, j int, d int32) bool {
	m := b.core
	type spot struct {
		k int
		i int32
	}
	spots := []spot{{0, int32(j)}}
	if k := m.Company[j]; k >= 0 {
		spots = append(spots, spot{1, k})
		if m.Group != nil {
			for g := m.Group[k]; g >= 0; {
				spots = append(spots, spot{2, g})
				if m.GroupUp == nil {
					break
				}
				g = m.GroupUp[g]
			}
		}
	}
	if m.School != nil {
		for g := m.School[a]; g >= 0; {
			spots = append(spots, spot{3, g})
			if m.SchoolUp == nil {
				break
			}
			g = m.SchoolUp[g]
		}
	}
	caps := [4][]int32{m.PostCap, m.CompanyCap, m.GroupCap, m.SchoolCap}
	for _, s := range spots {
		if b.use[s.k][s.i]+d > caps[s.k][s.i] {
			return false
		}
	}
	for _, s := range spots {
		b.use[s.k][s.i] += d
	}
	return true
}

// valueOf computes the value of a result, fixed pairs left out as in brute.
func valueOf(m *market.Market, r *Result) value {
	n := 1
	for a := range m.Supply {
		n = max(n, classOf(m, a)+1)
	}
	v := make(value, 2*n)
	fixed := map[[2]int32]int32{}
	for _, p := range m.Fixed {
		fixed[[2]int32{p.Agent, p.Post}] += p.Count
	}
	for _, p := range r.Matches {
		count := int64(p.Count - fixed[[2]int32{p.Agent, p.Post}])
		score := int64(0)
		for _, e := range m.Of(int(p.Agent)) {
			if e.Post == p.Post {
				score = int64(e.Score)
			}
		}
		c := 2 * classOf(m, int(p.Agent))
		v[c] += score * count
		v[c+1] += count
		if r.Objective == PlacedFirst {
			v[c] -= score*count - count
			v[c+1] += score*count - count
		}
	}
	return v
}

var shapes = map[string]shape{
	"posts only":         {agents: 5, posts: 4, supply: 1, cap: 2, score: 9},
	"companies":          {agents: 5, posts: 4, companies: 2, supply: 1, cap: 2, score: 9},
	"cohorts":            {agents: 3, posts: 3, companies: 2, supply: 4, cap: 4, score: 9},
	"ties":               {agents: 5, posts: 4, companies: 2, supply: 2, cap: 2, score: 1},
	"negative scores":    {agents: 4, posts: 4, companies: 2, supply: 2, cap: 3, score: 5, low: -5},
	"groups":             {agents: 4, posts: 4, companies: 3, groups: 2, supply: 2, cap: 3, score: 9},
	"schools":            {agents: 4, posts: 3, schools: 2, supply: 2, cap: 3, score: 9},
	"deep on both sides": {agents: 4, posts: 4, companies: 3, groups: 3, schools: 3, supply: 2, cap: 3, score: 6, deep: true},
	"single, deep":       {agents: 6, posts: 5, companies: 4, groups: 3, supply: 1, cap: 2, score: 9, deep: true},
	"single, groups":     {agents: 6, posts: 4, companies: 5, groups: 2, supply: 1, cap: 2, score: 9},
	"classes":            {agents: 4, posts: 3, companies: 2, schools: 2, supply: 2, cap: 2, score: 6, low: -2, classes: 3},
	"locks":              {agents: 4, posts: 3, companies: 2, groups: 1, schools: 2, supply: 3, cap: 3, score: 6, fixed: 2, forbidden: 2},
}

func TestSolveEqualsBruteForce(t *testing.T) {
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(len(name))))
			for k := range 250 {
				m := small(r, s)
				for _, o := range []Objective{FitFirst, PlacedFirst} {
					res, err := Solve(m, Options{Objective: o})
					if err != nil {
						t.Fatalf("case %d: %v\n%s", k, err, dump(m))
					}
					if err := Verify(m, res); err != nil {
						t.Fatalf("case %d objective %d: %v\n%s", k, o, err, dump(m))
					}
					if got, want := valueOf(m, res), bruteForce(t, m, o); !slices.Equal(got, want) {
						t.Fatalf("case %d objective %d: got %v, brute force %v\n%s", k, o, got, want, dump(m))
					}
				}
			}
		})
	}
}

func dump(m *market.Market) string { return fmt.Sprintf("%+v", *m) }
