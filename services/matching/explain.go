package matching

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"sunmao/services/matching/assign"
	"sunmao/services/matching/market"
	"sunmao/services/matching/stable"
)

// Cause is what kept an agent from a post, or a slot from being filled.
type Cause string

// The causes.
const (
	PostFull    Cause = "post"     // the slots of the post are taken
	QuotaFull   Cause = "company"  // the quota of the company is taken (10 % rule)
	GroupFull   Cause = "group"    // the quota of the company group or region is taken
	SchoolFull  Cause = "school"   // the quota of the agent's school is taken
	Closed      Cause = "closed"   // the order class did not open
	Elsewhere   Cause = "whole"    // the plan as a whole is better so
	NoCandidate Cause = "nobody"   // nobody eligible, or nobody listed it
	Preferred   Cause = "better"   // every candidate is at a better place
	Together    Cause = "together" // the agent asked to stay with its group
)

// Blocked is a post that an agent would have liked better than its place.
type Blocked struct {
	Post  int32
	Score int32
	Cause Cause
	// Rival is the agent at that post who would have to make room, -1 if none: the
	// one with the lowest score (assignment) or rank (two-way selection) there.
	Rival int32
	// Short is how many hundredths of a point the plan would lose by this wish at
	// least; assignment only.
	Short int64
	// Fewer: the plan would place fewer students.
	Fewer bool
	Words string
}

// AgentStory is why an agent is where it is.
type AgentStory struct {
	Agent    int32
	Places   []market.Pair
	Unplaced int64
	Words    []string  // one for each place
	Blocked  []Blocked // best first: better than its worst place, and those of its own that the rest did not get
	Change   *Change   // where somebody stays unplaced
}

// PostStory is why slots of a post stay empty.
type PostStory struct {
	Post  int32
	Free  int64
	Cause Cause
	Words string // empty if there are none
}

// Explainer puts a solved market in words. It reads prices, cut-offs and places
// only, so it can explain a stored result years later.
type Explainer struct {
	m      *market.Market
	pairs  []market.Pair
	byPost []market.Pair    // the same by post, the rival first
	start  []int            // of each post in byPost
	fill   []int64          // students at each post
	taken  []int64          // students at each company
	degree []int32          // candidates of each post
	least  [][2]market.Pair // of each company, the two agents with the least merit
	// The same of each group.
	grouped []int64
	lowest  [][2]market.Pair

	AgentName, PostName, CompanyName func(int32) string // as written in the words

	prices *assign.Result // nil for two-way selection
	weight assign.Weights

	// Of two-way selection:
	bound  map[int32]int32          // post of agents in kept groups
	closed map[int32]stable.Closure // classes that did not open
	seek   *seekers                 // made when first asked for

	searched int64 // edges of the markets solved again so far
}

// ExplainAssignment explains a result of assign.Solve.
func ExplainAssignment(m *market.Market, r *assign.Result) (*Explainer, error) {
	w, err := assign.NewWeights(m, r.Objective)
	if err != nil {
		return nil, err
	}
	x := explainer(m, r.Matches)
	x.prices, x.weight = r, w
	x.order(func(p market.Pair) int64 { return int64(x.score(p)) })
	return x, nil
}

// ExplainStable explains a result of stable.Solve; m is the market that was solved,
// after stable.Prepare.
func ExplainStable(m *market.Market, r *stable.Result) *Explainer {
	x := explainer(m, r.Pairs)
	x.bound = make(map[int32]int32)
	for _, g := range r.Kept {
		for _, a := range g.Members {
			x.bound[a] = g.Post
		}
	}
	x.closed = make(map[int32]stable.Closure, len(r.Closed))
	for _, c := range r.Closed {
		x.closed[c.Post] = c
	}
	x.order(func(p market.Pair) int64 { return -int64(m.Prio[x.edge(p)]) })
	return x
}

func explainer(m *market.Market, pairs []market.Pair) *Explainer {
	x := &Explainer{
		m: m, pairs: pairs, fill: make([]int64, m.Posts()), taken: make([]int64, m.Companies()),
		degree: make([]int32, m.Posts()), start: make([]int, m.Posts()+1), grouped: make([]int64, len(m.GroupCap)),
		AgentName: namer(m.AgentID), PostName: namer(m.PostID), CompanyName: namer(m.CompanyID),
	}
	for _, e := range m.Edges {
		x.degree[e.Post]++
	}
	for _, p := range pairs {
		x.fill[p.Post] += int64(p.Count)
		if c := m.Company[p.Post]; c >= 0 {
			x.taken[c] += int64(p.Count)
			for g := x.group(c); g >= 0; g = around(m.GroupUp, g) {
				x.grouped[g] += int64(p.Count)
			}
		}
		x.start[p.Post+1]++
	}
	for j := range m.Posts() {
		x.start[j+1] += x.start[j]
	}
	return x
}

// group is the quota of groups around company c, -1 for none.
func (x *Explainer) group(c int32) int32 {
	if x.m.Group == nil {
		return -1
	}
	return x.m.Group[c]
}

func namer(ids []string) func(int32) string {
	return func(i int32) string {
		if ids == nil {
			return strconv.Itoa(int(i))
		}
		return ids[i]
	}
}

// order sorts the pairs of every post by merit, the least first, and notes the
// least of every company.
func (x *Explainer) order(merit func(p market.Pair) int64) {
	type ranked struct {
		market.Pair
		merit int64
	}
	all := make([]ranked, len(x.pairs))
	for k, p := range x.pairs {
		all[k] = ranked{p, merit(p)}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.merit, b.merit), cmp.Compare(b.Agent, a.Agent), cmp.Compare(a.Post, b.Post))
	})
	x.byPost = make([]market.Pair, len(all))
	x.least, x.lowest = make([][2]market.Pair, x.m.Companies()), make([][2]market.Pair, len(x.m.GroupCap))
	fill := slices.Clone(x.start)
	for _, p := range all {
		x.byPost[fill[p.Post]] = p.Pair
		fill[p.Post]++
		if c := x.m.Company[p.Post]; c >= 0 {
			note(&x.least[c], p.Pair)
			for g := x.group(c); g >= 0; g = around(x.m.GroupUp, g) {
				note(&x.lowest[g], p.Pair)
			}
		}
	}
}

// note keeps the first two agents it is told of.
func note(l *[2]market.Pair, p market.Pair) {
	switch {
	case l[0].Count == 0:
		l[0] = p
	case l[1].Count == 0 && p.Agent != l[0].Agent:
		l[1] = p
	}
}

// edge returns the place of a pair in the market's edges, -1 for a locked pair
// without one.
func (x *Explainer) edge(p market.Pair) int64 {
	for e := x.m.Off[p.Agent]; e < x.m.Off[p.Agent+1]; e++ {
		if x.m.Edges[e].Post == p.Post {
			return e
		}
	}
	return -1
}

func (x *Explainer) score(p market.Pair) int32 {
	if e := x.edge(p); e >= 0 {
		return x.m.Edges[e].Score
	}
	return 0
}

// places returns the pairs of agent i.
func (x *Explainer) places(i int32) []market.Pair {
	from, _ := slices.BinarySearchFunc(x.pairs, i, func(p market.Pair, i int32) int { return cmp.Compare(p.Agent, i) })
	to, _ := slices.BinarySearchFunc(x.pairs, i+1, func(p market.Pair, i int32) int { return cmp.Compare(p.Agent, i) })
	return x.pairs[from:to]
}

// rival returns who would have to make room at post j, other than agent i.
func (x *Explainer) rival(j, i int32) int32 {
	for _, p := range x.byPost[x.start[j]:x.start[j+1]] {
		if p.Agent != i {
			return p.Agent
		}
	}
	return -1
}

func (x *Explainer) postFull(j int32) bool { return x.fill[j] >= int64(x.m.PostCap[j]) }

func (x *Explainer) quotaFull(j int32) bool {
	c := x.m.Company[j]
	return c >= 0 && x.taken[c] >= int64(x.m.CompanyCap[c])
}

// groupFull returns the innermost full quota of groups around post j.
func (x *Explainer) groupFull(j int32) (int32, bool) {
	c := x.m.Company[j]
	if c < 0 {
		return -1, false
	}
	for g := x.group(c); g >= 0; g = around(x.m.GroupUp, g) {
		if x.grouped[g] >= int64(x.m.GroupCap[g]) {
			return g, true
		}
	}
	return -1, false
}

// around is the quota around quota q, -1 for none.
func around(up []int32, q int32) int32 {
	if up == nil {
		return -1
	}
	return up[q]
}

// Agent tells the story of agent i.
func (x *Explainer) Agent(i int) AgentStory {
	a := int32(i) //nolint:gosec // an index of the market
	s := AgentStory{Agent: a, Places: x.places(a), Unplaced: int64(x.m.Supply[i])}
	own := x.m.Of(i)
	order := make([]int, len(own))
	for k := range order {
		order[k] = k
	}
	if x.prices != nil { // in assignment the higher score is the better wish
		slices.SortStableFunc(order, func(p, q int) int { return cmp.Compare(own[q].Score, own[p].Score) })
	}
	worst := len(order)
	place := make(map[int32]int, len(s.Places))
	for _, p := range s.Places {
		s.Unplaced -= int64(p.Count)
		place[p.Post] = slices.IndexFunc(order, func(k int) bool { return own[k].Post == p.Post })
		s.Words = append(s.Words, x.placeWords(p, place[p.Post], len(order)))
	}
	if s.Unplaced == 0 {
		worst = 0
		for _, k := range place {
			worst = max(worst, k)
		}
	}
	for _, k := range order[:worst] {
		// Of a cohort that is partly left over, the rest was kept from its own posts, too.
		if _, mine := place[own[k].Post]; !mine || s.Unplaced > 0 {
			s.Blocked = append(s.Blocked, x.blocked(a, own[k]))
		}
	}
	if s.Unplaced > 0 {
		s.Change = x.change(a, s.Unplaced)
	}
	return s
}

func (x *Explainer) placeWords(p market.Pair, at, of int) string {
	name, points := x.PostName(p.Post), Points(int(x.score(p)))
	switch {
	case at < 0:
		return fmt.Sprintf("%s：按锁定安排 %d 人", name, p.Count)
	case x.prices == nil && at == 0:
		return fmt.Sprintf("%s：%d 人，第 1 志愿，匹配 %s 分", name, p.Count, points)
	case x.prices == nil:
		return fmt.Sprintf("%s：%d 人，第 %d 志愿（共 %d 个），匹配 %s 分；排在前面的志愿都没有名额留给名次更低的人", name, p.Count, at+1, of, points)
	case at == 0:
		return fmt.Sprintf("%s：%d 人，匹配 %s 分，是可去岗位中最高的", name, p.Count, points)
	}
	return fmt.Sprintf("%s：%d 人，匹配 %s 分，在可去的 %d 个岗位中排第 %d；这样安排全体总分最高", name, p.Count, points, of, at+1)
}

// seatPrice is the price of a seat at post j with its company and groups.
func (x *Explainer) seatPrice(j int32) int64 {
	c := x.prices.Cert
	sum := at(c.Post, j)
	if k := x.m.Company[j]; k >= 0 {
		sum += at(c.Company, k)
		for g := x.group(k); g >= 0; g = around(x.m.GroupUp, g) {
			sum += at(c.Group, g)
		}
	}
	return sum
}

// agentPrice is the value of a place to agent i with what its school charges.
func (x *Explainer) agentPrice(i int32) int64 {
	sum := at(x.prices.Cert.Agent, i)
	if x.m.School != nil {
		for q := x.m.School[i]; q >= 0; q = around(x.m.SchoolUp, q) {
			sum += at(x.prices.Cert.School, q)
		}
	}
	return sum
}

// at is s[i], or the zero value where the market has no such quota.
func at[T int32 | int64](s []T, i int32) T {
	if int(i) >= len(s) {
		return 0
	}
	return s[i]
}

// blocked says what kept agent i from the post of edge e.
func (x *Explainer) blocked(i int32, e market.Edge) Blocked {
	b := Blocked{Post: e.Post, Score: e.Score, Rival: -1}
	name := x.PostName(e.Post)
	if j, ok := x.bound[i]; ok {
		b.Cause, b.Words = Together, fmt.Sprintf("%s：按申请与同伴一起去%s", name, x.PostName(j))
		return b
	}
	least := "名次最低"
	if x.prices != nil {
		least = "得分最低"
		b.Short, b.Fewer = x.short(i, e)
	}
	group, full := x.groupFull(e.Post)
	closed, shut := x.closed[e.Post]
	switch {
	case shut:
		b.Cause, b.Words = Closed, fmt.Sprintf("%s：想去且能去的只有 %d 人，不足开班的 %d 人，没有开班", name, closed.Had, closed.Need)
	case x.postFull(e.Post):
		b.Cause, b.Rival = PostFull, x.rival(e.Post, i)
		b.Words = fmt.Sprintf("%s：%d 个名额已满", name, x.m.PostCap[e.Post])
	case x.quotaFull(e.Post):
		c := x.m.Company[e.Post]
		b.Cause, b.Rival = QuotaFull, other(x.least[c], i)
		b.Words = fmt.Sprintf("%s：岗位还有空额，但企业%s共 %d 个名额已满", name, x.CompanyName(c), x.m.CompanyCap[c])
	case x.prices != nil && x.m.MinBatch != nil && x.fill[e.Post] == 0 && x.m.MinBatch[e.Post] > 0:
		b.Cause, b.Words = Closed, fmt.Sprintf("%s：不足开班的 %d 人，没有开班", name, x.m.MinBatch[e.Post])
	case full:
		b.Cause, b.Rival = GroupFull, other(x.lowest[group], i)
		b.Words = fmt.Sprintf("%s：岗位和企业还有空额，但企业集团或地区共 %d 个名额已满", name, x.m.GroupCap[group])
	case x.prices != nil && x.m.School != nil:
		b.Cause, b.Words = SchoolFull, fmt.Sprintf("%s：学校可安排的名额已满", name)
	default:
		b.Cause, b.Words = Elsewhere, fmt.Sprintf("%s：换过去不会更好", name)
	}
	if b.Rival >= 0 {
		b.Words += fmt.Sprintf("，其中%s的是%s", least, x.AgentName(b.Rival))
	}
	if x.prices != nil {
		switch {
		case b.Fewer:
			b.Words += "；换过去会有人没有岗位"
		case b.Short == 0:
			b.Words += "；换过去总分不会更高"
		default:
			b.Words += fmt.Sprintf("；换过去要有人让位，总分至少减少 %s 分", Points(int(b.Short)))
		}
	}
	return b
}

// other is the first of the two agents that is not i, -1 if none.
func other(l [2]market.Pair, i int32) int32 {
	for _, p := range l {
		if p.Count > 0 && p.Agent != i {
			return p.Agent
		}
	}
	return -1
}

// short is what the dual prices say the plan loses if agent i had this post: its
// value and the seat's price less the weight of the pair. fewer says that the loss
// is of students placed; otherwise it is of hundredths of a point, at least.
func (x *Explainer) short(i int32, e market.Edge) (points int64, fewer bool) {
	class := uint8(0)
	if x.m.Class != nil {
		class = x.m.Class[i]
	}
	gap := max(0, x.agentPrice(i)+x.seatPrice(e.Post)-x.weight.Of(class, e.Score))
	if x.prices.Objective == assign.PlacedFirst && gap >= x.weight.Add[class] {
		return 0, true
	}
	return gap / x.weight.Mul[class], false
}

// Post tells why slots of post j stay empty.
func (x *Explainer) Post(j int) PostStory {
	p := int32(j) //nolint:gosec // an index of the market
	s := PostStory{Post: p, Free: int64(x.m.PostCap[j]) - x.fill[j]}
	if s.Free <= 0 {
		return s
	}
	closed, shut := x.closed[p]
	group, full := x.groupFull(p)
	switch {
	case shut:
		s.Cause, s.Words = Closed, fmt.Sprintf("想来且能来的只有 %d 人，不足开班的 %d 人，没有开班", closed.Had, closed.Need)
	case x.degree[j] == 0:
		s.Cause, s.Words = NoCandidate, "没有符合条件或填报的学生"
	case x.quotaFull(p):
		c := x.m.Company[j]
		s.Cause, s.Words = QuotaFull, fmt.Sprintf("企业%s共 %d 个名额已用完", x.CompanyName(c), x.m.CompanyCap[c])
	case full:
		s.Cause, s.Words = GroupFull, fmt.Sprintf("企业集团或地区共 %d 个名额已用完", x.m.GroupCap[group])
	case x.prices != nil && x.m.MinBatch != nil && x.fill[j] == 0 && x.m.MinBatch[j] > 0:
		s.Cause, s.Words = Closed, fmt.Sprintf("不足开班的 %d 人，没有开班", x.m.MinBatch[j])
	default:
		s.Cause = Preferred
		s.Words = fmt.Sprintf("符合条件的 %d 个学生或班级里，没有来的都去了对他们更合适的岗位", x.degree[j])
		if x.prices == nil {
			s.Words = fmt.Sprintf("填报的 %d 个学生或班级里，没有来的都去了他们更愿意去的岗位", x.degree[j])
		}
	}
	s.Words = fmt.Sprintf("空 %d 个名额：%s", s.Free, s.Words)
	return s
}
