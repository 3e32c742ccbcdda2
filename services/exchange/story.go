package exchange

import (
	"context"
	"fmt"
	"math"

	"sunmao/services/matching"
	"sunmao/services/matching/market"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// blockedKept is how many of the posts that a cohort would have liked better are
// explained with its result: the best ones.
const blockedKept = 5

// missedRounds counts, for each cohort, the published rounds of the same owner that
// left students of it without a place.
func (x *Exchange) missedRounds(ctx context.Context, r *partnership.Round) (map[string]uint8, error) {
	out := map[string]uint8{}
	where := store.And(store.Field("owner").Eq(r.Owner), store.Field("state").Eq(string(partnership.RoundPublished)))
	before, err := x.rounds.All(ctx, store.Query{Where: where})
	if err != nil {
		return nil, fmt.Errorf("rounds before: %w", err)
	}
	for i := range before {
		if err := x.withResult(ctx, &before[i]); err != nil {
			return nil, err
		}
		for _, u := range before[i].Unplaced {
			if out[u.ID] < math.MaxUint8 {
				out[u.ID]++
			}
		}
	}
	return out, nil
}

// told is what the result means for the agent at hand, in words that its school may
// read: cohorts of other schools are not named.
func (in *frozen) told(agent int) matching.AgentStory {
	school := in.cohorts[in.agents[agent]].School
	in.words.AgentName = func(a int32) string {
		switch c := &in.cohorts[in.agents[a]]; {
		case c.School != school:
			return "外校的一个班级批次"
		case in.isGreen(a):
			return c.Name + "的绿色通道学生"
		default:
			return c.Name
		}
	}
	in.words.PostName = func(j int32) string { return in.posts[j].Title + "（" + in.posts[j].CompanyName + "）" }
	in.words.CompanyName = func(c int32) string { return in.companyName[c] }
	return in.words.Agent(agent)
}

// isGreen says whether an agent is the green channel of its cohort.
func (in *frozen) isGreen(agent int32) bool {
	return in.market.Class != nil && in.market.Class[agent] == green
}

// lines turns the result into allocations with their reasons, and says which cohorts
// stay unplaced and why.
func (in *frozen) lines(r *partnership.Round) []partnership.Allocation {
	out := make([]partnership.Allocation, 0, len(in.result))
	var idle []int // cohorts with nothing they could go to
	r.Unplaced = nil
	left := map[string]int{} // cohorts in r.Unplaced
	for i := range in.agents {
		c, story := &in.cohorts[in.agents[i]], in.told(i)
		for k, p := range story.Places {
			out = in.addLine(out, r, p, &story, k)
		}
		if story.Unplaced == 0 {
			continue
		}
		if at, ok := left[c.ID]; ok { // of the green channel, too
			u, rest := &r.Unplaced[at], in.whyUnplaced(i, &story)
			u.Count += rest.Count
			u.Change = greenAndRest(u.Change, rest.Change)
			continue
		}
		left[c.ID] = len(r.Unplaced)
		r.Unplaced = append(r.Unplaced, in.whyUnplaced(i, &story))
		if len(in.market.Of(i)) == 0 {
			idle = append(idle, len(r.Unplaced)-1)
		}
	}
	in.nearest(r, idle)
	return out
}

// addLine adds the k-th place of an agent's story to the lines, or to the line of
// its cohort at that post.
func (in *frozen) addLine(out []partnership.Allocation, r *partnership.Round, p market.Pair, story *matching.AgentStory, k int) []partnership.Allocation {
	c, post := &in.cohorts[in.agents[p.Agent]], &in.posts[p.Post]
	priority := 0
	if in.isGreen(p.Agent) {
		priority = int(p.Count)
	}
	for n := len(out) - 1; n >= 0 && out[n].Cohort == c.ID; n-- {
		if out[n].Post == post.ID {
			out[n].Count += int(p.Count)
			out[n].Place = greenAndRest(out[n].Place, story.Words[k])
			return out
		}
	}
	m := in.pair(c.ID, post.ID)
	a := partnership.Allocation{RunLine: partnership.RunLine{Cohort: c.ID, CohortName: c.Name, School: c.School, Post: post.ID, PostTitle: post.Title,
		Company: post.Company, CompanyName: post.CompanyName, Count: int(p.Count), Score: m.Score}, Priority: priority, Why: m.Reasons,
		Place: story.Words[k], State: offerPreview, Sample: r.Sample}
	if priority > 0 {
		a.Place = "绿色通道先安排，" + a.Place
	}
	for _, b := range story.Blocked {
		if int(b.Score) > m.Score && len(a.Blocked) < blockedKept {
			a.Blocked = append(a.Blocked, b.Words)
		}
	}
	return append(out, a)
}

// greenAndRest puts words about the green channel and the rest of a cohort together.
func greenAndRest(green, rest string) string {
	if green == rest {
		return green
	}
	return green + "；其余学生：" + rest
}

func (in *frozen) whyUnplaced(i int, story *matching.AgentStory) partnership.Unmet {
	c := &in.cohorts[in.agents[i]]
	u := partnership.Unmet{ID: c.ID, Name: c.Name, Party: c.School, Count: int(story.Unplaced)}
	if story.Change.Post < 0 {
		u.Kind, u.Why, u.Change = "no-major", "没有招收中的岗位与“"+c.MajorName+"”对口，或都不符合所定的条件", "请区教委向相关行业企业征集岗位"
		return u
	}
	u.Kind = "no-slot"
	if story.Change.Slots == 0 {
		u.Kind = "rule"
	}
	seats := 0
	for _, e := range in.market.Of(i) {
		seats += int(in.market.PostCap[e.Post])
	}
	u.Why = fmt.Sprintf("对口岗位共 %d 个名额，已由匹配度更高的批次占满或受企业 10%% 上限限制", seats)
	u.Change = story.Change.Words
	for _, b := range story.Blocked[:min(len(story.Blocked), blockedKept)] {
		u.Blocked = append(u.Blocked, b.Words)
	}
	return u
}

// nearest adds, for cohorts with nothing to go to, the post that relaxing one
// condition of their own would open.
func (in *frozen) nearest(r *partnership.Round, idle []int) {
	if len(idle) == 0 {
		return
	}
	free := make([]int, len(in.posts))
	facts := make([]matching.PostFacts, len(in.posts))
	for j := range in.posts {
		free[j], facts[j] = int(in.market.PostCap[j]), postFacts(&in.posts[j], &employer{})
	}
	for _, p := range in.result {
		free[p.Post] -= int(p.Count)
	}
	seekers := make([]matching.SeekerFacts, len(idle))
	at := map[string]int{}
	for i := range in.cohorts {
		at[in.cohorts[i].ID] = i
	}
	for k, n := range idle {
		seekers[k] = cohortFacts(&in.cohorts[at[r.Unplaced[n].ID]])
		seekers[k].MinLevel = matching.Near // pairs are made for related majors alone
	}
	for k, misses := range matching.Misses(seekers, facts, free, in.weights, 1) {
		if len(misses) > 0 {
			u := &r.Unplaced[idle[k]]
			u.Change = misses[0].Words + "；" + u.Change
		}
	}
}

// explain says which posts stay cold, and why.
func (in *frozen) explain(r *partnership.Round) {
	filled := make([]int, len(in.posts))
	perCompany := make([]int32, len(in.companies))
	for _, p := range in.result {
		filled[p.Post] += int(p.Count)
		perCompany[in.market.Company[p.Post]] += p.Count
	}
	wanted := make([]bool, len(in.posts))
	for _, e := range in.market.Edges {
		wanted[e.Post] = true
	}
	r.Cold = nil
	for j := range in.posts {
		p := &in.posts[j]
		left := p.Left() - filled[j]
		if left <= 0 {
			continue
		}
		u := partnership.Unmet{ID: p.ID, Name: p.Title, Party: p.Company, Count: left, Kind: "no-student", Why: "对口的班级批次都已有匹配度更高的安排", Change: "可放宽专业要求，或提高待遇、提供住宿"}
		switch c := in.market.Company[j]; {
		case !wanted[j]:
			u.Kind, u.Why, u.Change = "no-major", "没有开放的班级批次与这个岗位的职业对口", "请核对岗位对应的职业，或与学校商量订单班"
		case perCompany[c] >= in.market.CompanyCap[c]:
			u.Kind, u.Why, u.Change = "rule", fmt.Sprintf("企业本轮已有 %d 名实习生，达到在岗职工的 10%%", perCompany[c]), "更新在岗职工人数及其证明，或分批接收"
		}
		r.Cold = append(r.Cold, u)
	}
}
