package stable

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"sunmao/services/matching/market"
)

// Proof is what Verify has established about a matching without a blocking pair.
type Proof struct {
	Placed, Unplaced int64 // students
	Score            int64 // sum of the scores of the placed
	Lines            int64 // list lines read: those above each student's place
}

// A Flaw is the reason why a matching is no stable matching of the market.
type Flaw struct {
	Agent, Post int32  // -1 where the reason is about one side only
	Reason      string // Chinese
}

func (f *Flaw) Error() string {
	where := ""
	if f.Agent >= 0 {
		where = fmt.Sprintf("学生 %d：", f.Agent)
	}
	if f.Post >= 0 {
		where += fmt.Sprintf("岗位 %d：", f.Post)
	}
	return "结果不稳定：" + where + f.Reason
}

func flaw(agent, post int32, format string, args ...any) error {
	return &Flaw{Agent: agent, Post: post, Reason: fmt.Sprintf(format, args...)}
}

// Verify proves that r is a stable matching of m, or returns a *Flaw. It shares no
// code with the solver: one pass over the lists finds every student's place, the
// slots used and the worst priority held by each post and company, and compares the
// lines above each place with the cut-offs of the result. These are believed only
// if they are, in the end, those that follow from what is held; a result without
// cut-offs takes one pass more to find them. Members of a kept group are only
// checked to be together. Workers above one share the students.
func Verify(m *market.Market, r *Result, workers int) (Proof, error) {
	bound, err := boundPosts(m, r)
	if err != nil {
		return Proof{}, err
	}
	closed, err := closures(m, r)
	if err != nil {
		return Proof{}, err
	}
	c := &check{m: m, bound: bound, closed: closed, parts: make([]*part, max(1, min(workers, m.Agents()/5000+1)))}
	at := 0
	for k := range c.parts {
		p := &part{check: c, from: m.Agents() * k / len(c.parts), to: m.Agents() * (k + 1) / len(c.parts)}
		end, _ := slices.BinarySearchFunc(r.Pairs, p.to, func(x market.Pair, i int) int { return cmp.Compare(int(x.Agent), i) })
		if at > 0 {
			p.last = r.Pairs[at-1]
		} else {
			p.last = market.Pair{Agent: -1}
		}
		p.pairs, at = r.Pairs[at:end], end
		c.parts[k] = p
	}
	if at < len(r.Pairs) {
		return Proof{}, unordered(r.Pairs[at])
	}
	if c.bar = r.Cutoffs; c.bar == nil {
		c.bar = make([]uint32, m.Posts()) // nobody is better than the best
		if c.bar, err = c.pass(); err != nil {
			return Proof{}, err
		}
	} else if len(c.bar) != m.Posts() {
		return Proof{}, flaw(-1, -1, "有 %d 个岗位，结果却有 %d 条录取线", m.Posts(), len(c.bar))
	}
	bar, err := c.pass()
	if err != nil {
		return Proof{}, err
	}
	for j, b := range bar {
		if b != c.bar[j] {
			return Proof{}, flaw(-1, int32(j), "结果的录取线是 %d，按录取的学生应为 %d", c.bar[j], b) //nolint:gosec // an int32 by Check
		}
	}
	proof := c.parts[0].proof
	proof.Unplaced = m.Students() - proof.Placed
	return proof, nil
}

// unordered is the flaw of a pair that is not where its order wants it.
func unordered(p market.Pair) error {
	return flaw(p.Agent, p.Post, "结果没有按学生、岗位排好序，或同一对出现两次")
}

// boundPosts returns the common post of each member of a kept group, nil if there
// are none, -1 for all others.
func boundPosts(m *market.Market, r *Result) ([]int32, error) {
	if len(r.Kept) == 0 {
		return nil, nil
	}
	group := make([]int32, m.Agents()) // number + 1 of the group asked for
	for k, g := range m.Together {
		for _, a := range g {
			group[a] = int32(k) + 1
		}
	}
	bound := slices.Repeat([]int32{-1}, m.Agents())
	for _, g := range r.Kept {
		if len(g.Members) == 0 || uint(g.Post) >= uint(m.Posts()) {
			return nil, flaw(-1, g.Post, "同去小组没有成员或岗位不存在")
		}
		for _, a := range g.Members {
			if uint(a) >= uint(m.Agents()) || group[a] == 0 || group[a] != group[g.Members[0]] || bound[a] >= 0 {
				return nil, flaw(a, g.Post, "不是报名同去的小组成员")
			}
			bound[a] = g.Post
		}
		if want := m.Together[group[g.Members[0]]-1]; len(want) != len(g.Members) {
			return nil, flaw(g.Members[0], g.Post, "同去小组有 %d 人，结果只保住 %d 人", len(want), len(g.Members))
		}
	}
	return bound, nil
}

// check is what all parts share.
type check struct {
	m     *market.Market
	bound []int32
	parts []*part
	// A student with a priority below bar[j] would be kept by post j: the worst
	// priority that it holds, or its company; open where everybody would.
	bar    []uint32
	closed []bool // posts of classes that did not open
}

// part is one worker's stretch of students and what it found there.
type part struct {
	*check
	from, to int
	pairs    []market.Pair
	last     market.Pair // before them
	posts    []holding
	proof    Proof
}

// holding is what a post holds: students, and the worst priority among them.
type holding struct{ students, worst uint32 }

// pass walks all lists down to the students' places, looks for lines above them
// below the bar, and returns the bars that follow from the places; parts[0] has the
// proof.
func (c *check) pass() ([]uint32, error) {
	errs := make([]error, len(c.parts))
	var wg sync.WaitGroup
	for k, p := range c.parts {
		wg.Go(func() { errs[k] = p.walk() })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	all := c.parts[0]
	for _, p := range c.parts[1:] {
		all.add(p)
	}
	return c.bars(all.posts)
}

func (p *part) walk() error {
	m := p.m
	p.posts, p.proof = make([]holding, m.Posts()), Proof{}
	pairs, last := p.pairs, p.last
	for i := p.from; i < p.to; i++ {
		n := 0
		for n < len(pairs) && int(pairs[n].Agent) == i {
			x := pairs[n]
			if uint(x.Post) >= uint(m.Posts()) || x.Count <= 0 {
				return flaw(x.Agent, x.Post, "结果里有不存在的岗位，或人数是 %d", x.Count)
			}
			if x.Agent == last.Agent && x.Post <= last.Post {
				return unordered(x)
			}
			last = x
			n++
		}
		var err error
		if n == 1 && pairs[0].Count == m.Supply[i] && p.bound == nil {
			err = p.whole(i, pairs[0])
		} else {
			err = p.parted(i, pairs[:n])
		}
		if err != nil {
			return err
		}
		pairs = pairs[n:]
	}
	if len(pairs) > 0 {
		return unordered(pairs[0]) // or of an agent that is none
	}
	return nil
}

// whole checks an agent whose students are all at one post.
func (p *part) whole(i int, x market.Pair) error {
	from, to := p.m.Off[i], p.m.Off[i+1]
	edges, prio, bar := p.m.Edges[from:to], p.m.Prio[from:to], p.bar
	for k, e := range edges {
		r := prio[k]
		if e.Post == x.Post {
			p.hold(e, r, x.Count)
			p.proof.Lines += int64(k) + 1
			return nil
		}
		if r < bar[e.Post] || r == Open {
			return p.blocked(i, e.Post, r)
		}
	}
	return unlisted(x)
}

func unlisted(x market.Pair) error {
	return flaw(x.Agent, x.Post, "安排到双方没有互相列出的岗位")
}

// hold counts students at a line.
func (p *part) hold(e market.Edge, prio uint32, count int32) {
	p.proof.Placed += int64(count)
	p.proof.Score += int64(count) * int64(e.Score)
	h := &p.posts[e.Post]
	h.students += uint32(count) //nolint:gosec // no agent beyond its supply, all of them below 2^31
	h.worst = max(h.worst, prio)
}

// parted checks an agent at several posts, or one with students left over. Its
// pairs are in post order.
func (p *part) parted(i int, pairs []market.Pair) error {
	m := p.m
	left, found := int64(m.Supply[i]), 0
	bound := p.bound != nil && p.bound[i] >= 0
	for e := m.Off[i]; e < m.Off[i+1] && left > 0; e++ {
		x, r := m.Edges[e], m.Prio[e]
		p.proof.Lines++
		k, ok := slices.BinarySearchFunc(pairs, x.Post, func(p market.Pair, j int32) int { return cmp.Compare(p.Post, j) })
		if ok {
			found++
			if left -= int64(pairs[k].Count); left < 0 {
				return flaw(pairs[k].Agent, pairs[k].Post, "安排的人数超过 %d 人", m.Supply[i])
			}
			p.hold(x, r, pairs[k].Count)
		}
		// Where the last of them are, nobody wants to go any more.
		if (!ok || left > 0) && !bound && (r < p.bar[x.Post] || r == Open) {
			return p.blocked(i, x.Post, r)
		}
	}
	switch {
	case found < len(pairs):
		return unlisted(pairs[0])
	case bound && m.Supply[i] > 0 && (left > 0 || found != 1 || pairs[0].Post != p.bound[i]):
		return flaw(int32(i), p.bound[i], "报告说小组同去此岗位，结果却不是") //nolint:gosec // an int32 by Check
	}
	return nil
}

// add merges what another worker found.
func (p *part) add(q *part) {
	p.proof.Placed += q.proof.Placed
	p.proof.Score += q.proof.Score
	p.proof.Lines += q.proof.Lines
	for j, h := range q.posts {
		p.posts[j].students += h.students
		p.posts[j].worst = max(p.posts[j].worst, h.worst)
	}
}

// bars checks slots, quotas and minimums and finds whom each post would keep. With
// nested quotas it is the innermost one used up that decides: somebody better than
// the worst under it would take that one's place and leave all quotas further out as
// they are.
func (c *check) bars(posts []holding) ([]uint32, error) {
	m := c.m
	for j, h := range posts {
		if n := int64(h.students); n > int64(m.PostCap[j]) {
			return nil, flaw(-1, int32(j), "岗位有 %d 个名额，安排了 %d 人", m.PostCap[j], n) //nolint:gosec // an int32 by Check
		} else if err := c.class(j, n); err != nil {
			return nil, err
		}
	}
	quotas, err := c.quotas(posts)
	if err != nil {
		return nil, err
	}
	bar := make([]uint32, m.Posts())
	for j, h := range posts {
		switch k := m.Company[j]; {
		case c.closed != nil && c.closed[j]:
			bar[j] = 0
		case int64(h.students) == int64(m.PostCap[j]):
			bar[j] = h.worst
		case k >= 0:
			bar[j] = quotas[k]
		default:
			bar[j] = Open
		}
	}
	return bar, nil
}

// quotas checks those of companies and groups, and returns the bar that each company
// puts before a post with free slots.
func (c *check) quotas(posts []holding) ([]uint32, error) {
	m := c.m
	taken, worst := make([]int64, m.Companies()+len(m.GroupCap)), make([]uint32, m.Companies()+len(m.GroupCap))
	for j, h := range posts {
		for q := m.Company[j]; q >= 0; q = c.over(q) {
			taken[q] += int64(h.students)
			worst[q] = max(worst[q], h.worst)
		}
	}
	for q, n := range taken {
		k := q - m.Companies()
		if k < 0 && n > int64(m.CompanyCap[q]) {
			return nil, flaw(-1, -1, "企业 %d 共 %d 个名额，安排了 %d 人", q, m.CompanyCap[q], n)
		} else if k >= 0 && n > int64(m.GroupCap[k]) {
			return nil, flaw(-1, -1, "集团或地区 %d 共 %d 个名额，安排了 %d 人", k, m.GroupCap[k], n)
		}
	}
	bar := make([]uint32, m.Companies())
	for k := range bar {
		bar[k] = Open
		for q := int32(k); q >= 0; q = c.over(q) { //nolint:gosec // an int32 by Check
			if full := c.capOf(q) == taken[q]; full {
				bar[k] = worst[q]
				break
			}
		}
	}
	return bar, nil
}

// over is the quota around quota q, -1 for none: companies are numbered first, then
// groups.
func (c *check) over(q int32) int32 {
	n := int32(c.m.Companies()) //nolint:gosec // an int32 by Check
	up := int32(-1)
	switch {
	case q < n && c.m.Group != nil:
		up = c.m.Group[q]
	case q >= n && c.m.GroupUp != nil:
		up = c.m.GroupUp[q-n]
	}
	if up < 0 {
		return -1
	}
	return n + up
}

func (c *check) capOf(q int32) int64 {
	if n := int32(c.m.Companies()); q >= n { //nolint:gosec // an int32 by Check
		return int64(c.m.GroupCap[q-n])
	}
	return int64(c.m.CompanyCap[q])
}

func (p *part) blocked(i int, j int32, prio uint32) error {
	switch {
	case prio == Open:
		return flaw(int32(i), j, "名次 %d 是留作“谁都收”的，不能用", prio) //nolint:gosec // an int32 by Check
	case p.bar[j] == Open:
		return flaw(int32(i), j, "学生更愿去此岗位，而岗位和企业都有空额") //nolint:gosec // an int32 by Check
	}
	return flaw(int32(i), j, "学生更愿去此岗位，而岗位或企业留着名次更低的学生") //nolint:gosec // an int32 by Check
}

// closures returns which posts are said to be classes that did not open.
func closures(m *market.Market, r *Result) ([]bool, error) {
	if len(r.Closed) == 0 {
		return nil, nil
	}
	closed := make([]bool, m.Posts())
	for _, x := range r.Closed {
		if uint(x.Post) >= uint(m.Posts()) || m.MinBatch == nil || m.MinBatch[x.Post] == 0 || closed[x.Post] {
			return nil, flaw(-1, x.Post, "没有开班人数的岗位不能说是没有开班")
		}
		closed[x.Post] = true
	}
	return closed, nil
}

// class checks the minimum of a class with n students.
func (c *check) class(j int, n int64) error {
	switch {
	case c.closed != nil && c.closed[j] && n > 0:
		return flaw(-1, int32(j), "没有开班，却安排了 %d 人", n) //nolint:gosec // an int32 by Check
	case c.m.MinBatch != nil && 0 < n && n < int64(c.m.MinBatch[j]):
		return flaw(-1, int32(j), "至少 %d 人才能开班，只安排了 %d 人", c.m.MinBatch[j], n) //nolint:gosec // an int32 by Check
	}
	return nil
}
