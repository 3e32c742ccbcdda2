package stable

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sunmao/services/matching/market"
)

func read(t *testing.T, lines ...string) *market.Market {
	t.Helper()
	m, err := market.ReadText(strings.NewReader(market.Header + "\n" + strings.Join(lines, "\n") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func prepared(t *testing.T, m *market.Market, seed uint64) *market.Market {
	t.Helper()
	p, err := Prepare(m, seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

// words writes the matching with names.
func words(m *market.Market, r *Result) string {
	var out []string
	for _, p := range r.Pairs {
		out = append(out, fmt.Sprintf("%s-%s:%d", m.AgentID[p.Agent], m.PostID[p.Post], p.Count))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestPrepare_Lists(t *testing.T) {
	for _, tc := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"scores on both sides", []string{"post p 1", "post q 1", "student a 1", "student b 1",
			"edge a p 9", "edge a q 8", "edge b p 7", "edge b q 1"}, "a-p:1 b-q:1"},
		{"lists beat scores", []string{"post p 1", "post q 1", "student a 1", "student b 1",
			"edge a p 9", "edge a q 8", "edge b p 7", "edge b q 1", "prefers a q p", "ranks p b a", "ranks q a b"}, "a-q:1 b-p:1"},
		{"nobody gets an unlisted post", []string{"post p 2", "student a 1", "student b 1",
			"edge a p 9", "edge b p 7", "ranks p b"}, "b-p:1"},
		{"quota of the company by place on the lists", []string{"company c 1", "post p 1 c", "post q 1 c", "student a 1", "student b 1",
			"prefers a p", "prefers b q", "ranks p b a", "ranks q b"}, "b-q:1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := prepared(t, read(t, tc.lines...), 1)
			r := solve(t, p, Options{})
			if got := words(p, r); got != tc.want {
				t.Errorf("matching %s, want %s", got, tc.want)
			}
			if _, err := Verify(p, r, 1); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPrepare_Locks(t *testing.T) {
	lines := []string{"post p 1", "post q 1", "student a 1", "student b 1", "edge a p 9", "edge a q 1", "edge b p 8", "edge b q 2"}
	m := read(t, lines...)
	m.Fixed = []market.Pair{{Agent: 1, Post: 0, Count: 1}}
	m.Forbidden = []market.Pair{{Agent: 0, Post: 1}}
	p := prepared(t, m, 1)
	if got := words(p, solve(t, p, Options{})); got != "b-p:1" {
		t.Errorf("matching %s, want the locked pair alone", got)
	}
	m.Supply[1] = 5
	if _, err := Prepare(m, 1); err == nil {
		t.Error("a part of a cohort was locked")
	}
	m.Supply[1] = 1
	m.Fixed = append(m.Fixed, market.Pair{Agent: 1, Post: 1, Count: 1})
	if _, err := Prepare(m, 1); err == nil {
		t.Error("a student was locked twice")
	}
}

// TestPrepare_Lottery: the draw depends on seed and names alone. The order of the
// lines and who else takes part change nobody's ticket, and seeds are fair.
func TestPrepare_Lottery(t *testing.T) {
	lines := []string{"post p 3"}
	for k := range 8 {
		lines = append(lines, fmt.Sprintf("student s%d 1", k), fmt.Sprintf("edge s%d p 5", k))
	}
	m := read(t, lines...)
	want := words(m, solve(t, prepared(t, m, 7), Options{}))
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		m := read(t, lines...)
		if got := words(m, solve(t, prepared(t, m, 7), Options{})); got != want {
			t.Fatalf("order of lines changed the draw: %s, want %s", got, want)
		}
	}
	wins := map[string]int{}
	const seeds = 2000
	for seed := range uint64(seeds) {
		for _, w := range strings.Fields(words(m, solve(t, prepared(t, m, seed), Options{}))) {
			wins[w]++
		}
	}
	for w, n := range wins {
		if share := float64(n) / seeds; share < 0.33 || share > 0.42 {
			t.Errorf("%s wins %.2f of the draws, want 3/8", w, share)
		}
	}
	m.Class = slices.Repeat([]uint8{1}, m.Agents())
	m.Class[5] = 0
	for seed := range uint64(20) {
		if got := words(m, solve(t, prepared(t, m, seed), Options{})); !strings.Contains(got, m.AgentID[5]+"-p") {
			t.Fatalf("seed %d: the green channel lost to a ticket: %s", seed, got)
		}
	}
}

// TestPrepare_Rotation: among equals, who missed out comes first; repeated over rounds
// nobody gets a second place before everybody had one.
func TestPrepare_Rotation(t *testing.T) {
	lines := []string{"post p 3"}
	for k := range 8 {
		lines = append(lines, fmt.Sprintf("student s%d 1", k), fmt.Sprintf("edge s%d p 5", k))
	}
	m := read(t, lines...)
	m.Missed = make([]uint8, m.Agents())
	had := make([]int, m.Agents())
	for round := range 16 {
		placed := make([]bool, m.Agents())
		for _, p := range solve(t, prepared(t, m, uint64(round)), Options{}).Pairs {
			placed[p.Agent] = true
			had[p.Agent]++
		}
		for i := range placed {
			if !placed[i] {
				m.Missed[i]++
			}
		}
		if slices.Max(had)-slices.Min(had) > 1 {
			t.Fatalf("round %d: places had %v", round, had)
		}
	}
}

// TestPrepare_Tickets pins the published lottery: changing it would change stored
// rounds.
func TestPrepare_Tickets(t *testing.T) {
	if got := scramble(0); got != 0xe220a8397b1dcdaf { // first output of SplitMix64 from 0
		t.Errorf("scramble(0) = %#x", got)
	}
	if got := fnv64("a"); got != 0xaf63dc4c8601ec8c { // published test vector of FNV-1a
		t.Errorf("fnv64(a) = %#x", got)
	}
}

// TestPrepare_AnySeed: a random market of ties is matched
// stably for every seed, and the seed decides nothing but ties.
func TestPrepare_AnySeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, shape{posts: 4, agents: 7, companies: 2, supply: 3, capacity: 3})
		m.Tier = make([]uint32, len(m.Prio))
		for e := range m.Tier {
			m.Tier[e] = m.Prio[e] % 3
			if m.Prio[e]%7 == 0 {
				m.Tier[e] = market.Unlisted
			}
		}
		m.Prio = nil
		p, err := Prepare(m, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		r := solve(t, p, Options{})
		if _, err := Verify(p, r, 1); err != nil {
			t.Fatal(err)
		}
		// Weakly stable under the ties as well: ranks by tier alone refuse nothing.
		byTier := *p
		byTier.Prio = make([]uint32, len(p.Edges))
		for i := range p.Agents() {
			for e := p.Off[i]; e < p.Off[i+1]; e++ {
				at := slices.IndexFunc(m.Of(i), func(x market.Edge) bool { return x.Post == p.Edges[e].Post })
				byTier.Prio[e] = m.Tier[m.Off[i]+int64(at)]
			}
		}
		if _, err := Verify(&byTier, &Result{Pairs: r.Pairs}, 1); err != nil {
			t.Fatal(err)
		}
	})
}
