package assign

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sunmao/services/matching/market"
)

// city is a random market large enough for the auctions to run in rounds.
func city(r *rand.Rand, agents, posts, degree int, slack float64, supply int32) *market.Market {
	m := &market.Market{Off: []int64{0}}
	students := int32(0)
	for range agents {
		m.Supply = append(m.Supply, 1+r.Int32N(supply))
		students += m.Supply[len(m.Supply)-1]
		seen := map[int32]bool{}
		home := r.IntN(posts)
		for range degree {
			j := int32((home + r.IntN(posts/4+1)*r.IntN(4)) % posts)
			if !seen[j] {
				seen[j] = true
				m.Edges = append(m.Edges, market.Edge{Post: j, Score: r.Int32N(10001)})
			}
		}
		m.Off = append(m.Off, int64(len(m.Edges)))
	}
	companies := posts/5 + 1
	seats := slack * float64(students)
	m.CompanyCap = make([]int32, companies)
	for j := range posts {
		m.PostCap = append(m.PostCap, int32(seats*1.25/float64(posts)*2*r.Float64()))
		m.Company = append(m.Company, int32(j%companies))
		m.CompanyCap[j%companies] += int32(float64(m.PostCap[j]) * 0.8)
	}
	return m
}

func TestSolveEqualsTextbook(t *testing.T) {
	for _, tc := range []struct {
		name           string
		agents, degree int
		slack          float64
		supply         int32
	}{
		{"students, room for all", 600, 8, 1.1, 1},
		{"students, too few seats", 600, 8, 0.7, 1},
		{"students, long lists", 300, 40, 1.0, 1},
		{"cohorts", 60, 20, 1.05, 30},
		{"cohorts, too few seats", 60, 20, 0.6, 30},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 5))
			for range 2 {
				m := city(r, tc.agents, 80, tc.degree, tc.slack, tc.supply)
				res, err := Solve(m, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if err := Verify(m, res); err != nil {
					t.Fatal(err)
				}
				if got, want := 2*res.Score+res.Placed, textbookScore(m); got != want {
					t.Errorf("2*fit+placed = %d, textbook %d", got, want)
				}
			}
		})
	}
}

func TestSameResultOnAnyNumberOfWorkers(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, supply := range []int32{1, 30} {
		m := city(r, 12000/int(supply), 200, 9, 1.0, supply)
		var want []byte
		for _, workers := range []int{1, 2, 3, 8} {
			res, err := Solve(m, Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(res)
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			} else if !slices.Equal(got, want) {
				t.Errorf("supply %d: %d workers give another result than 1", supply, workers)
			}
		}
	}
}

func TestMetamorphic(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	m := city(r, 400, 40, 7, 0.9, 3)
	base, err := Solve(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		change func(*market.Market)
		want   int64
	}{
		{"agents and posts renumbered", func(c *market.Market) { *c = *renumbered(r, m) }, base.Score},
		{"scores times three", func(c *market.Market) {
			c.Edges = slices.Clone(m.Edges)
			for k := range c.Edges {
				c.Edges[k].Score *= 3
			}
		}, 3 * base.Score},
		{"a post nobody wants", func(c *market.Market) {
			c.PostCap, c.Company = append(slices.Clone(m.PostCap), 99), append(slices.Clone(m.Company), 0)
		}, base.Score},
		{"an agent without students", func(c *market.Market) {
			c.Supply = append(slices.Clone(m.Supply), 0)
			c.Edges = append(slices.Clone(m.Edges), market.Edge{Post: 0, Score: 10000})
			c.Off = append(slices.Clone(m.Off), int64(len(c.Edges)))
		}, base.Score},
		{"worthless edges", func(c *market.Market) {
			c.Supply = append(slices.Clone(m.Supply), 5)
			c.Edges = append(slices.Clone(m.Edges), market.Edge{Post: 0, Score: -1})
			c.Off = append(slices.Clone(m.Off), int64(len(c.Edges)))
		}, base.Score},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := *m
			tc.change(&c)
			res, err := Solve(&c, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if res.Score != tc.want {
				t.Errorf("score %d, want %d", res.Score, tc.want)
			}
			if err := Verify(&c, res); err != nil {
				t.Error(err)
			}
		})
	}
}

func renumbered(r *rand.Rand, m *market.Market) *market.Market {
	c := &market.Market{CompanyCap: m.CompanyCap, Off: []int64{0}}
	agents, posts := r.Perm(len(m.Supply)), r.Perm(len(m.PostCap))
	where := make([]int32, len(posts))
	for k, j := range posts {
		where[j] = int32(k)
		c.PostCap, c.Company = append(c.PostCap, m.PostCap[j]), append(c.Company, m.Company[j])
	}
	for _, a := range agents {
		c.Supply = append(c.Supply, m.Supply[a])
		for _, e := range m.Of(a) {
			c.Edges = append(c.Edges, market.Edge{Post: where[e.Post], Score: e.Score})
		}
		c.Off = append(c.Off, int64(len(c.Edges)))
	}
	return c
}

func TestHostileMarkets(t *testing.T) {
	big := int32(math.MaxInt32)
	one := func(supply, quota, company, score int32) *market.Market {
		return &market.Market{Supply: []int32{supply}, PostCap: []int32{quota}, Company: []int32{0},
			CompanyCap: []int32{company}, Off: []int64{0, 1}, Edges: []market.Edge{{Post: 0, Score: score}}}
	}
	for _, tc := range []struct {
		name    string
		m       *market.Market
		placed  int64
		refused bool
	}{
		{"nothing at all", &market.Market{Off: []int64{0}}, 0, false},
		{"no edges", &market.Market{Supply: []int32{3}, PostCap: []int32{1}, Company: []int32{-1}, Off: []int64{0, 0}}, 0, false},
		{"a billion students, a billion seats", one(1_000_000_000, 1_000_000_000, 1_000_000_000, 100), 1_000_000_000, false},
		{"quotas at the limit", one(1, big, big, 10000), 1, false},
		{"no seats", one(5, 0, 9, 10), 0, false},
		{"no company quota", one(5, 9, 0, 10), 0, false},
		{"score at the limit", one(1, 1, 1, big), 1, false},
		{"negative score", one(5, 9, 9, -7), 0, false},
		{"score zero still places", one(5, 9, 9, 0), 5, false},
		{"total beyond the limit", one(big, big, big, big), 0, true},
		{"duplicate edge", &market.Market{Supply: []int32{1}, PostCap: []int32{1}, Company: []int32{-1}, Off: []int64{0, 2}, Edges: []market.Edge{{}, {}}}, 0, true},
		{"edge to nowhere", &market.Market{Supply: []int32{1}, PostCap: []int32{1}, Company: []int32{-1}, Off: []int64{0, 1}, Edges: []market.Edge{{Post: 7}}}, 0, true},
		{"negative supply", one(-1, 1, 1, 1), 0, true},
		{"offsets that overlap", &market.Market{Supply: []int32{1, 1}, PostCap: []int32{1}, Company: []int32{-1}, Off: []int64{0, 5, 1}, Edges: []market.Edge{{}}}, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			res, err := Solve(tc.m, Options{})
			if tc.refused {
				if err == nil {
					t.Fatal("accepted")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if res.Placed != tc.placed {
				t.Errorf("placed %d, want %d", res.Placed, tc.placed)
			}
			if err := Verify(tc.m, res); err != nil {
				t.Error(err)
			}
		})
	}
}

// Every change to a result must be refused: any number in it, any match left
// out, doubled or moved.
func TestVerifyRefusesMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			refused := 0
			for range 50 {
				m := small(r, s)
				res, err := Solve(m, Options{Objective: Objective(r.IntN(2))})
				if err != nil {
					t.Fatal(err)
				}
				for range 25 {
					c := mutated(r, res)
					if c == nil {
						continue
					}
					err := Verify(m, c)
					if err == nil && !alsoOptimal(m, res, c) {
						t.Fatalf("accepted %+v\nfor %+v\n%s", c, res, dump(m))
					}
					if err != nil {
						refused++
						if !errors.Is(err, ErrNotProven) {
							t.Fatalf("refused with another error: %v", err)
						}
					}
				}
			}
			if refused < 300 {
				t.Errorf("only %d mutations were refused", refused)
			}
		})
	}
}

// alsoOptimal tells whether a mutation hit upon another true proof of the same
// totals: prices of the dual, or seats of the primal, need not be unique.
func alsoOptimal(m *market.Market, want, got *Result) bool {
	return slices.Equal(valueOf(m, want), valueOf(m, got)) && want.Score == got.Score && want.Placed == got.Placed && want.Unplaced == got.Unplaced
}

func mutated(r *rand.Rand, res *Result) *Result {
	c := *res
	c.Matches = slices.Clone(res.Matches)
	prices := []*[]int64{&c.Cert.Agent, &c.Cert.School, &c.Cert.Post, &c.Cert.Company, &c.Cert.Group}
	for _, p := range prices {
		*p = slices.Clone(*p)
	}
	delta := []int64{1, -1, 2, 1 << 40, math.MinInt64, math.MaxInt64}[r.IntN(6)]
	pick := 0
	if len(c.Matches) > 0 {
		pick = r.IntN(len(c.Matches))
	}
	switch k := r.IntN(9); {
	case k == 0:
		c.Score += delta
	case k == 1:
		c.Placed += delta
	case k == 2:
		c.Unplaced += delta
	case k == 3 && len(c.Matches) > 0:
		c.Matches = slices.Delete(c.Matches, pick, pick+1)
	case k == 4 && len(c.Matches) > 0:
		c.Matches[pick].Post += int32(1 - 2*r.IntN(2))
	case k == 5 && len(c.Matches) > 0:
		c.Matches[pick].Count += int32(delta)
	case k == 6 && len(c.Matches) > 0:
		c.Matches = slices.Insert(c.Matches, pick, c.Matches[pick])
	case k >= 7:
		p := *prices[r.IntN(len(prices))]
		if len(p) == 0 {
			return nil
		}
		p[r.IntN(len(p))] += delta
	default:
		return nil
	}
	return &c
}
