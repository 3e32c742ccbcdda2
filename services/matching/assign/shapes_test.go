package assign

import (
	"math/rand/v2"
	"testing"

	"sunmao/services/matching/market"
)

// hardShapes are markets that break matching engines: each of n students.
func hardShapes(n int) map[string]*market.Market {
	r := rand.New(rand.NewPCG(9, 9))
	posts := n / 10
	out := map[string]*market.Market{"random": city(r, n, posts, 8, 1.1, 1)}
	build := func(change func(m *market.Market)) *market.Market {
		m := city(r, n, posts, 8, 1.1, 1)
		change(m)
		return m
	}
	out["all scores equal"] = build(func(m *market.Market) {
		for k := range m.Edges {
			m.Edges[k].Score = 5000
		}
	})
	out["one post everybody wants"] = build(func(m *market.Market) {
		for a := range m.Supply {
			for k := range m.Of(a) {
				if e := &m.Of(a)[k]; k == 0 && !hasPost(m.Of(a)[1:], 0) {
					*e = market.Edge{Post: 0, Score: 10000}
				}
			}
		}
	})
	out["demand far above seats"] = build(func(m *market.Market) {
		for j := range m.PostCap {
			m.PostCap[j] /= 10
		}
	})
	out["company quotas always bind"] = build(func(m *market.Market) {
		for k := range m.CompanyCap {
			m.CompanyCap[k] /= 3
		}
	})
	out["school quotas bind"] = build(func(m *market.Market) {
		m.School, m.SchoolCap = make([]int32, n), make([]int32, 20)
		for a := range m.School {
			m.School[a] = int32(a % 20)
			m.SchoolCap[a%20]++
		}
		for k := range m.SchoolCap {
			if k%2 == 0 {
				m.SchoolCap[k] = m.SchoolCap[k] * 9 / 10
			}
		}
	})
	// Each student prefers the post of the next, by one point: a seat less at
	// one end moves everybody.
	chain := &market.Market{Off: []int64{0}}
	for a := range n {
		chain.Supply = append(chain.Supply, 1)
		chain.PostCap, chain.Company = append(chain.PostCap, 1), append(chain.Company, -1)
		chain.Edges = append(chain.Edges, market.Edge{Post: int32(a), Score: 5000})
		if a+1 < n {
			chain.Edges = append(chain.Edges, market.Edge{Post: int32(a + 1), Score: 5001})
		}
		chain.Off = append(chain.Off, int64(len(chain.Edges)))
	}
	out["long chain"] = chain
	return out
}

func hasPost(edges []market.Edge, j int32) bool {
	for _, e := range edges {
		if e.Post == j {
			return true
		}
	}
	return false
}

// Work is counted, not timed: edges and arcs read stay within a factor of what
// a random market of the size takes.
func TestHardShapes(t *testing.T) {
	const n = 10000
	work := func(c Counters) int64 { return 8*c.Bids + c.Scanned + c.Arcs }
	all := hardShapes(n)
	base := int64(0)
	for _, name := range []string{"random", "all scores equal", "one post everybody wants", "demand far above seats", "company quotas always bind", "school quotas bind", "long chain"} {
		m := all[name]
		res, err := Solve(m, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := Verify(m, res); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w := work(res.Counters)
		if name == "random" {
			base = w
		}
		t.Logf("%-28s work %9d, %.1f x random, %+v", name, w, float64(w)/float64(base), res.Counters)
		if w > 5*base {
			t.Errorf("%s takes %.1f times the work of a random market", name, float64(w)/float64(base))
		}
	}
}
