package exchange

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/matching"
	"sunmao/services/matching/market"
	"sunmao/services/matching/stable"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// ballot is what both sides handed in for a two-way selection, and what it makes of it.
type ballot struct {
	*frozen
	choices  []partnership.Choice // by student id; the agents of the market
	chosen   map[string][]*partnership.Choice
	rankings map[string]*partnership.Ranking
	students map[string]int // of each cohort, who may take part
	handed   map[string]int // of them, with choices
	stable   *stable.Result
}

// readBallot reads the cohorts, posts, choices and rankings of a selection.
func (x *Exchange) readBallot(ctx context.Context, r *partnership.Round) (*ballot, error) {
	b := &ballot{chosen: map[string][]*partnership.Choice{}, rankings: map[string]*partnership.Ranking{},
		students: map[string]int{}, handed: map[string]int{}}
	var err error
	if b.frozen, err = x.freezeSides(ctx, r, matching.DefaultWeights()); err != nil {
		return nil, err
	}
	open := map[string]bool{}
	for i := range b.cohorts {
		open[b.cohorts[i].ID] = true
	}
	rows, err := x.students.Group(ctx, store.And(store.Field("entry.cohort").In(slices.Sorted(maps.Keys(open))), store.Not(store.Field("held").Gt("")),
		store.Field("entry.change").Ne(string(partnership.RowGone))), []string{"entry.cohort"})
	if err != nil {
		return nil, fmt.Errorf("students of a selection: %w", err)
	}
	for _, row := range rows {
		b.students[row.Text(0)] = int(row.Count)
	}
	mine := store.Field("round").Eq(r.ID)
	if b.choices, err = x.choices.All(ctx, store.Query{Where: mine}); err != nil {
		return nil, fmt.Errorf("choices: %w", err)
	}
	b.choices = slices.DeleteFunc(b.choices, func(c partnership.Choice) bool { return !open[c.Cohort] })
	slices.SortFunc(b.choices, func(p, q partnership.Choice) int { return cmp.Compare(p.Student, q.Student) })
	for i := range b.choices {
		c := &b.choices[i]
		b.handed[c.Cohort]++
		for _, p := range c.Posts {
			b.chosen[p] = append(b.chosen[p], c)
		}
	}
	for k, err := range x.rankings.Find(ctx, store.Query{Where: mine}) {
		if err != nil {
			return nil, fmt.Errorf("rankings: %w", err)
		}
		b.rankings[k.Post] = &k
	}
	return b, nil
}

// silence counts who has handed in nothing.
func (b *ballot) silence() partnership.Silence {
	var s partnership.Silence
	for i := range b.cohorts {
		id := b.cohorts[i].ID
		s.Students += b.students[id]
		s.Mute += max(0, b.students[id]-b.handed[id])
	}
	for j := range b.posts {
		p := &b.posts[j]
		if len(b.chosen[p.ID]) == 0 {
			continue
		}
		s.Posts++
		if k := b.rankings[p.ID]; k == nil || k.Silent {
			s.Unranked = append(s.Unranked, p.CompanyName+" "+p.Title)
		}
	}
	return s
}

// runSelection makes the market of a selection, solves it and says of each student and
// each post why.
func (x *Exchange) runSelection(ctx context.Context, r *partnership.Round) (*ballot, []partnership.Allocation, error) {
	b, err := x.readBallot(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	if err := x.noteSilent(ctx, r, b); err != nil {
		return nil, nil, err
	}
	silence := b.silence()
	r.Selection.Silence = &silence
	all := make([]*partnership.Choice, len(b.choices))
	for i := range b.choices {
		all[i] = &b.choices[i]
	}
	students, err := x.choosers(ctx, all)
	if err != nil {
		return nil, nil, err
	}
	missed, err := x.missedRounds(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	b.lay(r, students, missed)
	if err := b.decide(r); err != nil {
		return nil, nil, err
	}
	return b, b.outcome(r), nil
}

// lay turns choices and rankings into the arrays of a market: the agents are students.
func (b *ballot) lay(r *partnership.Round, students map[string]*partnership.Student, missed map[string]uint8) {
	barred := map[string]bool{}
	for _, pair := range r.Forbidden {
		barred[pair] = true
	}
	place := map[string]map[string]uint32{}
	for j := range b.posts {
		p := &b.posts[j]
		place[p.ID] = map[string]uint32{}
		for _, s := range b.order(p, students) {
			place[p.ID][s.student] = s.place
		}
	}
	sum, m, groups := sha256.New(), &b.market, map[string][]int32{}
	r.Students, r.Seats = 0, 0
	for _, n := range b.students {
		r.Students += n
	}
	for _, n := range m.PostCap {
		r.Seats += int(n)
	}
	m.Off = append(m.Off, 0)
	b.choices = slices.DeleteFunc(b.choices, func(c partnership.Choice) bool { s := students[c.Student]; return s == nil || !s.Free() })
	for i := range b.choices {
		c := &b.choices[i]
		m.AgentID, m.Supply, m.Missed = append(m.AgentID, c.Student), append(m.Supply, 1), append(m.Missed, missed[c.Cohort])
		class := uint8(1)
		if students[c.Student].Entry.Priority {
			class = 0
		}
		m.Class = append(m.Class, class)
		for _, p := range c.Posts {
			at, ok := b.postAt[p]
			tier, ranked := place[p][c.Student]
			if !ok || !ranked || barred[c.Cohort+":"+p] || slices.Contains(c.Refused, p) {
				continue
			}
			score := b.pair(c.Cohort, p).Score
			m.Edges, m.Tier = append(m.Edges, market.Edge{Post: at, Score: int32(score)}), append(m.Tier, tier) //nolint:gosec // 0..10000
			fmt.Fprintf(sum, "%s %s %d %d\n", c.Student, p, score, tier)
		}
		m.Off = append(m.Off, int64(len(m.Edges)))
		if c.Group != "" {
			groups[c.Group] = append(groups[c.Group], int32(i)) //nolint:gosec // far below 2^31 students
		}
	}
	if m.Tier == nil {
		m.Tier = []uint32{}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		m.Together = append(m.Together, groups[name])
	}
	r.Digest = hex.EncodeToString(sum.Sum(nil))
}

// decide solves the market and proves the result.
func (b *ballot) decide(r *partnership.Round) error {
	ranked, err := stable.Prepare(&b.market, r.Seed)
	if err != nil {
		return fmt.Errorf("selection: %w", err)
	}
	if b.stable, err = stable.Solve(ranked, stable.Options{}); err != nil {
		return fmt.Errorf("selection: %w", err)
	}
	if _, err := stable.Verify(ranked, b.stable, 1); err != nil {
		return fmt.Errorf("selection: result is not stable: %w", err)
	}
	b.result, b.words = b.stable.Pairs, matching.ExplainStable(ranked, b.stable)
	b.words.AgentName = func(int32) string { return "另一名学生" }
	b.words.PostName = func(j int32) string { return b.posts[j].Title + "（" + b.posts[j].CompanyName + "）" }
	b.words.CompanyName = func(c int32) string { return b.companyName[c] }
	r.Verdict = "已核验：没有一名学生与一个岗位会同时更愿意选择对方（稳定）"
	if n := len(b.stable.Released); n > 0 {
		r.Verdict += "；有 " + strconv.Itoa(n) + " 个小组没能去同一岗位，改为逐人安排：" + b.stable.Released[0].Reason
	}
	r.Score, r.Placed = 0, len(b.result)
	for _, p := range b.result {
		r.Score += int64(b.scoreOf(p))
	}
	r.Bound = r.Score
	return nil
}

// outcome tells each student the result, gathers the students of a cohort at a post into
// one line, and says who stays unplaced and which posts stay cold.
func (b *ballot) outcome(r *partnership.Round) []partnership.Allocation {
	lines := map[[2]string]*partnership.Allocation{}
	wishes := map[[2]string]map[int]int{}
	left := map[string][]string{} // words of those without a place, by cohort
	cohorts := map[string]*partnership.Cohort{}
	for i := range b.cohorts {
		cohorts[b.cohorts[i].ID] = &b.cohorts[i]
	}
	for i := range b.choices {
		c, story := &b.choices[i], b.words.Agent(i)
		c.Result = b.resultOf(c, &story)
		if c.Result.Post == "" {
			left[c.Cohort] = append(left[c.Cohort], c.Number+"："+c.Result.Why)
			continue
		}
		key, post := [2]string{c.Cohort, c.Result.Post}, &b.posts[story.Places[0].Post]
		if lines[key] == nil {
			m := b.pair(c.Cohort, post.ID)
			lines[key] = &partnership.Allocation{RunLine: partnership.RunLine{Cohort: c.Cohort, CohortName: cohorts[c.Cohort].Name, School: c.School, Post: post.ID, PostTitle: post.Title,
				Company: post.Company, CompanyName: post.CompanyName, Score: m.Score}, Why: m.Reasons, State: offerPreview, Sample: r.Sample}
			wishes[key] = map[int]int{}
		}
		lines[key].Count++
		if b.market.Class[i] == 0 {
			lines[key].Priority++
		}
		lines[key].Students = append(lines[key].Students, c.Student)
		wishes[key][c.Result.Wish]++
	}
	out := make([]partnership.Allocation, 0, len(lines))
	for key, a := range lines {
		var words []string
		for _, n := range slices.Sorted(maps.Keys(wishes[key])) {
			words = append(words, fmt.Sprintf("第 %d 志愿 %d 人", n, wishes[key][n]))
		}
		a.Place = strings.Join(words, "，")
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, c partnership.Allocation) int {
		return cmp.Or(cmp.Compare(a.Cohort, c.Cohort), cmp.Compare(c.Count, a.Count), cmp.Compare(a.Post, c.Post))
	})
	b.unplaced(r, left)
	b.cold(r)
	return out
}

// resultOf is what a student is told.
func (b *ballot) resultOf(c *partnership.Choice, story *matching.AgentStory) *partnership.ChoiceResult {
	out := &partnership.ChoiceResult{}
	for _, k := range story.Blocked[:min(len(story.Blocked), blockedKept)] {
		out.Blocked = append(out.Blocked, k.Words)
	}
	if len(story.Places) == 0 {
		out.Why = "填报的岗位都没有排上"
		if len(b.market.Of(int(story.Agent))) == 0 {
			out.Why = "填报的岗位已不在招收，或企业没有接收"
		}
		if story.Change != nil {
			out.Change = story.Change.Words
		}
		return out
	}
	p := &b.posts[story.Places[0].Post]
	out.Post, out.PostTitle, out.Company, out.CompanyName = p.ID, p.Title, p.Company, p.CompanyName
	out.Wish, out.Why = slices.Index(c.Posts, p.ID)+1, story.Words[0]
	return out
}

// unplaced says of each cohort how many stay without a place, and why.
func (b *ballot) unplaced(r *partnership.Round, left map[string][]string) {
	r.Unplaced = nil
	for i := range b.cohorts {
		c := &b.cohorts[i]
		u := partnership.Unmet{ID: c.ID, Name: c.Name, Party: c.School, Kind: "no-slot"}
		mute, tried := max(0, b.students[c.ID]-b.handed[c.ID]), left[c.ID]
		u.Count = mute + len(tried)
		var why []string
		if len(tried) > 0 {
			why = append(why, fmt.Sprintf("%d 人填报的岗位都没有排上", len(tried)))
			u.Change = "可在下一轮多填几个志愿，或请企业增加名额"
			u.Blocked = tried[:min(len(tried), blockedKept)]
		}
		if mute > 0 {
			why = append(why, fmt.Sprintf("%d 人没有在 %s 前交志愿", mute, r.Selection.ChoicesBy))
		}
		switch {
		case b.students[c.ID] == 0 && c.Size > 0:
			u.Count, u.Kind, u.Change = c.Size, "no-roster", "先导入学生名册，再填志愿"
			why = []string{"还没有学生名册，没有人能填志愿"}
		case len(tried) == 0:
			u.Kind, u.Change = "silent", "请班主任组织学生在下一轮填报，或用“整组推荐”"
		}
		if u.Count > 0 {
			u.Why = strings.Join(why, "；")
			r.Unplaced = append(r.Unplaced, u)
		}
	}
}

// cold says which posts that the cohorts could have chosen stay with free slots, and why.
func (b *ballot) cold(r *partnership.Round) {
	wanted := map[string]bool{}
	for _, of := range b.edges() {
		for _, e := range of {
			wanted[b.posts[e.Post].ID] = true
		}
	}
	r.Cold = nil
	for j := range b.posts {
		p, story := &b.posts[j], b.words.Post(j)
		if story.Free <= 0 {
			continue
		}
		u := partnership.Unmet{ID: p.ID, Name: p.Title, Party: p.Company, Count: int(story.Free), Kind: "no-student", Change: "可提高待遇、提供住宿，或到学校宣讲"}
		_, u.Why, _ = strings.Cut(story.Words, "：")
		switch {
		case !wanted[p.ID]:
			u.Kind, u.Why, u.Change = "no-major", "没有开放的班级批次与这个岗位的职业对口", "请核对岗位对应的职业，或与学校商量订单班"
		case len(b.chosen[p.ID]) == 0:
			u.Why = "没有学生填报"
		case story.Cause == matching.QuotaFull:
			u.Kind, u.Change = "rule", "更新在岗职工人数及其证明，或分批接收"
		case story.Cause == matching.NoCandidate:
			u.Why = "填报的学生都不在企业接收之列"
		}
		r.Cold = append(r.Cold, u)
	}
}

// keepResults writes to each student's choices what the run gave.
func (x *Exchange) keepResults(ctx context.Context, b *ballot) error {
	err := inParallel(len(b.choices), func(i int) error {
		_, err := x.choices.Edit(ctx, b.choices[i].ID, func(c *partnership.Choice) error {
			c.Result = b.choices[i].Result
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("results of a selection: %w", err)
	}
	return nil
}

// nameSelected makes a proposed placement for every student whom a selection gave a
// place. Doing it again names only who is missing.
func (x *Exchange) nameSelected(ctx context.Context, actor partnership.Actor, round string) error {
	lines, err := x.allocations.All(ctx, store.Query{Where: store.And(store.Field("round").Eq(round), store.Field("state").Eq(offerPreview))})
	if err != nil {
		return err
	}
	return inParallel(len(lines), func(i int) error {
		a := &lines[i]
		named, err := x.placements.All(ctx, store.Query{Where: store.Field("offer").Eq(a.ID)})
		if err != nil {
			return err
		}
		var students []partnership.Student
		err = byField(ctx, x.students, "_id", slices.Clone(a.Students), func(s *partnership.Student) {
			if s.Free() && !slices.ContainsFunc(named, func(p partnership.Placement) bool { return p.Student == s.ID }) {
				students = append(students, *s)
			}
		})
		if err != nil {
			return err
		}
		slices.SortFunc(students, func(p, q partnership.Student) int { return cmp.Compare(p.Number, q.Number) })
		open := openSeats(a, named)
		fresh, err := x.proposals(ctx, actor, a, students[:min(len(students), len(open))], open)
		if err != nil || len(fresh) == 0 {
			return err
		}
		if err := x.placements.InsertMany(ctx, fresh); err != nil {
			return fmt.Errorf("placements of round %s: %w", round, err)
		}
		return nil
	})
}
