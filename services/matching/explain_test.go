package matching

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sunmao/services/matching/assign"
	"sunmao/services/matching/market"
	"sunmao/services/matching/stable"
)

// drawMarket makes a small market whose scores differ from each other.
func drawMarket(t *rapid.T, supply int) *market.Market {
	m := &market.Market{Off: []int64{0}}
	for range rapid.IntRange(0, 2).Draw(t, "companies") {
		m.CompanyCap = append(m.CompanyCap, int32(rapid.IntRange(0, 4).Draw(t, "quota")))
	}
	for range rapid.IntRange(1, 4).Draw(t, "posts") {
		m.PostCap = append(m.PostCap, int32(rapid.IntRange(0, 3).Draw(t, "slots")))
		m.Company = append(m.Company, int32(rapid.IntRange(-1, m.Companies()-1).Draw(t, "company")))
	}
	for range rapid.IntRange(1, 6).Draw(t, "agents") {
		m.Supply = append(m.Supply, int32(rapid.IntRange(1, supply).Draw(t, "supply")))
		for j := range m.Posts() {
			if rapid.Bool().Draw(t, "edge") {
				m.Edges = append(m.Edges, market.Edge{Post: int32(j), Score: int32(rapid.IntRange(1, 9999).Draw(t, "score"))})
			}
		}
		m.Off = append(m.Off, int64(len(m.Edges)))
	}
	return m
}

func count(pairs []market.Pair, of func(p market.Pair) bool) int64 {
	n := int64(0)
	for _, p := range pairs {
		if of(p) {
			n += int64(p.Count)
		}
	}
	return n
}

// TestExplainAssignment checks what the words claim against the market: the cause
// is true, and forcing the wish costs at least what is said.
func TestExplainAssignment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, 1)
		r, err := assign.Solve(m, assign.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x, err := ExplainAssignment(m, r)
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Agents() {
			s := x.Agent(i)
			if len(s.Words) != len(s.Places) || (s.Unplaced > 0) != (s.Change != nil) {
				t.Fatalf("story %+v", s)
			}
			checkCauses(t, m, r.Matches, s)
			for _, b := range s.Blocked {
				forced := *m
				forced.Fixed = []market.Pair{{Agent: int32(i), Post: b.Post, Count: 1}}
				if int64(m.PostCap[b.Post]) == 0 || m.Company[b.Post] >= 0 && m.CompanyCap[m.Company[b.Post]] == 0 {
					continue
				}
				f, err := assign.Solve(&forced, assign.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if lost := r.Score - f.Score; lost < b.Short {
					t.Fatalf("agent %d at post %d: said to cost %d, costs %d", i, b.Post, b.Short, lost)
				}
			}
			if s.Change != nil && s.Change.Post >= 0 {
				again, err := assign.Solve(s.Change.Apply(m), assign.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if again.Score <= r.Score {
					t.Fatalf("change %+v gains nothing", s.Change)
				}
			}
			if s.Change != nil && (s.Change.Post < 0) != (len(m.Of(i)) == 0) {
				t.Fatalf("change %+v with %d candidates", s.Change, len(m.Of(i)))
			}
		}
		checkPosts(t, m, r.Matches, x)
	})
}

// TestExplainStable: every post a student would rather have is full of better
// placed ones, and the rival named is one of them.
func TestExplainStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := stable.Prepare(drawMarket(t, 3), rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := stable.Solve(m, stable.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x := ExplainStable(m, r)
		for i := range m.Agents() {
			s := x.Agent(i)
			checkCauses(t, m, r.Pairs, s)
			for _, b := range s.Blocked {
				if b.Rival < 0 {
					continue
				}
				side := func(p market.Pair) bool {
					return p.Post == b.Post || b.Cause == QuotaFull && m.Company[p.Post] == m.Company[b.Post]
				}
				own := m.Prio[x.edge(market.Pair{Agent: int32(i), Post: b.Post})]
				for _, p := range r.Pairs {
					if side(p) && p.Agent != int32(i) && m.Prio[x.edge(p)] > own {
						t.Fatalf("agent %d passed over at post %d for %d", i, b.Post, p.Agent)
					}
				}
			}
		}
		checkPosts(t, m, r.Pairs, x)
	})
}

// TestExplainStable_Change: after the change named, solving again places everybody
// of the agent; and no smaller change at any one post does.
func TestExplainStable_Change(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(t, rapid.IntRange(1, 3).Draw(t, "most"))
		if rapid.Bool().Draw(t, "grouped") {
			m.GroupCap = []int32{int32(rapid.IntRange(0, 5).Draw(t, "group quota"))}
			for range m.CompanyCap {
				m.Group = append(m.Group, int32(rapid.IntRange(-1, 0).Draw(t, "group")))
			}
		}
		m, err := stable.Prepare(m, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := stable.Solve(m, stable.Options{CompanyOptimal: rapid.Bool().Draw(t, "company side")})
		if err != nil {
			t.Fatal(err)
		}
		x := ExplainStable(m, r)
		for i := range m.Agents() {
			s := x.Agent(i)
			if s.Change == nil || s.Change.Post < 0 {
				continue
			}
			if !s.Change.Smallest || s.Change.Cost() <= 0 || !x.admits(s.Change, int32(i)) {
				t.Fatalf("agent %d is not placed by %+v", i, s.Change)
			}
			for _, e := range m.Of(i) {
				for n := int64(1); ; n++ {
					c := x.enlarge(e.Post, n)
					if c.Cost() >= s.Change.Cost() {
						break
					}
					if x.admits(c, int32(i)) {
						t.Fatalf("agent %d: %+v does, smaller than %+v", i, c, s.Change)
					}
				}
				enough := x.enlarge(e.Post, x.suffices(int32(i), m.Off[i]+int64(slices.Index(m.Of(i), e))))
				if !x.admits(enough, int32(i)) {
					t.Fatalf("agent %d is not placed by %+v, said to suffice", i, enough)
				}
			}
		}
	})
}

func checkCauses(t *rapid.T, m *market.Market, pairs []market.Pair, s AgentStory) {
	for _, b := range s.Blocked {
		at := count(pairs, func(p market.Pair) bool { return p.Post == b.Post })
		full := at == int64(m.PostCap[b.Post])
		c := m.Company[b.Post]
		quota := c >= 0 && count(pairs, func(p market.Pair) bool { return m.Company[p.Post] == c }) == int64(m.CompanyCap[c])
		switch b.Cause {
		case PostFull:
			if !full {
				t.Fatalf("%s: %d of %d", b.Words, at, m.PostCap[b.Post])
			}
		case QuotaFull:
			if full || !quota {
				t.Fatalf("%s: post full %v, quota full %v", b.Words, full, quota)
			}
		default:
			t.Fatalf("blocked by %s: %s", b.Cause, b.Words)
		}
		if b.Rival >= 0 && count(pairs, func(p market.Pair) bool {
			return p.Agent == b.Rival && (p.Post == b.Post || b.Cause == QuotaFull && m.Company[p.Post] == c)
		}) == 0 {
			t.Fatalf("rival %d is not there: %s", b.Rival, b.Words)
		}
	}
}

func checkPosts(t *rapid.T, m *market.Market, pairs []market.Pair, x *Explainer) {
	for j := range m.Posts() {
		s := x.Post(j)
		if free := int64(m.PostCap[j]) - count(pairs, func(p market.Pair) bool { return int(p.Post) == j }); free != s.Free || (free > 0) != (s.Words != "") {
			t.Fatalf("%d free, story %+v", free, s)
		}
		candidates := slices.ContainsFunc(m.Edges, func(e market.Edge) bool { return int(e.Post) == j })
		if s.Free > 0 && candidates == (s.Cause == NoCandidate) {
			t.Fatalf("candidates %v, story %+v", candidates, s)
		}
	}
}

// TestExplain_Words shows one story as people read it.
func TestExplain_Words(t *testing.T) {
	m, err := market.ReadText(strings.NewReader(market.Header + `
company 长安 1
post 焊工 1 长安
post 装配 2 长安
post 护理 1
student 甲班 1
student 乙班 2
student 丙班 1
edge 甲班 焊工 9000
edge 乙班 焊工 8000
edge 乙班 装配 7000
`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := assign.Solve(m, assign.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := ExplainAssignment(m, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		got  string
		says []string
	}{
		{"placed", x.Agent(0).Words[0], []string{"焊工", "90 分", "最高"}},
		{"post full", x.Agent(1).Blocked[0].Words, []string{"1 个名额已满", "甲班"}},
		{"quota full", x.Agent(1).Blocked[1].Words, []string{"企业长安共 1 个名额已满"}},
		{"more slots", x.Agent(1).Change.Words, []string{"企业长安总名额增加 2 个", "安排到装配", "2 人"}},
		{"nothing eligible", x.Agent(2).Change.Words, []string{"放宽"}},
		{"quota leaves slots", x.Post(1).Words, []string{"空 2 个名额", "企业长安"}},
		{"nobody comes", x.Post(2).Words, []string{"空 1 个名额", "没有符合条件"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, w := range tc.says {
				if !strings.Contains(tc.got, w) {
					t.Errorf("%q does not say %q", tc.got, w)
				}
			}
		})
	}
}

func TestNearMisses(t *testing.T) {
	near, far, other, law := welder(), welder(), welder(), welder()
	near.ID, far.ID, other.ID, law.ID = "near", "far", "other", "law"
	far.At = Point{106.63, 30.12}
	other.Majors = []Major{{"730101", "护理", Exact}}
	law.Forbidden = "不得安排"
	s := cohort()
	s.MaxKM, s.MinLevel = 5, Near
	got := NearMisses(s, []PostFacts{near, far, other, law}, []int{3, 2, 9, 9}, DefaultWeights(), 0)
	if len(got) != 2 || got[0].Index != 0 || got[1].Index != 1 {
		t.Fatalf("near misses = %+v, want the near and the far post", got)
	}
	if !strings.Contains(got[0].Words, "12 公里") || !strings.Contains(got[1].Words, "56 公里") || got[0].Free != 3 {
		t.Errorf("words = %q, %q", got[0].Words, got[1].Words)
	}
	s.MaxKM = 0
	got = NearMisses(s, []PostFacts{near, other}, []int{3, 2}, DefaultWeights(), 1)
	if len(got) != 1 || got[0].Index != 1 || !strings.Contains(got[0].Words, "专业要求放宽到不对口") {
		t.Errorf("near misses = %+v, want the other major", got)
	}
	if got := NearMisses(s, []PostFacts{other}, []int{0}, DefaultWeights(), 0); len(got) != 0 {
		t.Error("a full post is offered")
	}
}
