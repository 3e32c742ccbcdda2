package stable

import (
	"cmp"
	"errors"
	"fmt"
	"math"
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
	return fmt.Sprintf("stable: agent %d, post %d: %s", f.Agent, f.Post, f.Reason)
}

func flaw(agent, post int32, format string, args ...any) error {
	return &Flaw{Agent: agent, Post: post, Reason: fmt.Sprintf(format, args...)}
}

// Verify proves that r is a stable matching of m, or returns a *Flaw. It shares no
// code with the solver: one pass over the lists finds every student's place, the
// slots used and the worst priority held by each post and company; a second one
// compares the lines above each place with those. Members of a kept group are only
// checked to be together. Workers above one share the students.
func Verify(m *market.Market, r *Result, workers int) (Proof, error) {
	if err := inOrder(m, r.Pairs); err != nil {
		return Proof{}, err
	}
	bound, err := boundPosts(m, r)
	if err != nil {
		return Proof{}, err
	}
	c := &check{m: m, bound: bound, limit: market.Make[uint32](m.Agents()), bar: make([]uint32, m.Posts())}
	parts := make([]*part, max(1, min(workers, m.Agents()/5000+1)))
	at := 0
	for k := range parts {
		p := &part{check: c, from: m.Agents() * k / len(parts), to: m.Agents() * (k + 1) / len(parts)}
		end, _ := slices.BinarySearchFunc(r.Pairs, p.to, func(x market.Pair, i int) int { return cmp.Compare(int(x.Agent), i) })
		p.pairs, at = r.Pairs[at:end], end
		parts[k] = p
	}
	if err := each(parts, (*part).places); err != nil {
		return Proof{}, err
	}
	all := parts[0]
	for _, p := range parts[1:] {
		all.add(p)
	}
	if err := c.bars(all); err != nil {
		return Proof{}, err
	}
	if err := each(parts, (*part).blocks); err != nil {
		return Proof{}, err
	}
	all.proof.Unplaced = m.Students() - all.proof.Placed
	return all.proof, nil
}

// each runs f on all parts at the same time and returns the first error in order.
func each(parts []*part, f func(*part) error) error {
	errs := make([]error, len(parts))
	var wg sync.WaitGroup
	for k, p := range parts {
		wg.Go(func() { errs[k] = f(p) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// inOrder checks that the pairs name things that exist, sorted and without repeats.
func inOrder(m *market.Market, pairs []market.Pair) error {
	last := market.Pair{Agent: -1}
	for _, p := range pairs {
		if uint(p.Agent) >= uint(m.Agents()) || uint(p.Post) >= uint(m.Posts()) || p.Count <= 0 {
			return flaw(p.Agent, p.Post, "结果里有不存在的学生、岗位或人数 %d", p.Count)
		}
		if p.Agent < last.Agent || p.Agent == last.Agent && p.Post <= last.Post {
			return flaw(p.Agent, p.Post, "结果没有按学生、岗位排好序，或同一对出现两次")
		}
		last = p
	}
	return nil
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
	// limit[i] is how many lines of agent i stand above its last place.
	limit []uint32
	// A student with a priority below bar[j] would be kept by post j; always is
	// where everybody would, which the bar alone cannot say of the worst priority.
	bar    []uint32
	always []bool
}

// part is one worker's stretch of students and what it found there.
type part struct {
	*check
	from, to int
	pairs    []market.Pair
	posts    []holding
	found    []seated // not yet entered into posts
	proof    Proof
}

// some places are entered at a time.
const some = 64

// seated is a line with students.
type seated struct{ edge, count int64 }

// holding is what a post holds: students, and the worst priority among them.
type holding struct{ students, worst uint32 }

// places walks every list down to the student's place.
func (p *part) places() error {
	m := p.m
	p.posts, p.found = make([]holding, m.Posts()), make([]seated, 0, 2*some)
	pairs := p.pairs
	for i := p.from; i < p.to; i++ {
		n := 0
		for n < len(pairs) && int(pairs[n].Agent) == i {
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
		if len(p.found) >= some {
			p.enter()
		}
	}
	p.enter()
	return nil
}

// whole finds the place of an agent whose students are all at one post.
func (p *part) whole(i int, x market.Pair) error {
	from, to := p.m.Off[i], p.m.Off[i+1]
	e := from
	for e < to && p.m.Edges[e].Post != x.Post {
		e++
	}
	if e == to {
		return unlisted(x)
	}
	p.found = append(p.found, seated{e, int64(x.Count)})
	p.limit[i] = uint32(e - from) //nolint:gosec // below 2^32 by supported
	p.proof.Lines += e - from + 1
	return nil
}

func unlisted(x market.Pair) error {
	return flaw(x.Agent, x.Post, "安排到双方没有互相列出的岗位")
}

// parted finds the places of an agent at several posts, or of one with students
// left over. Its pairs are in post order.
func (p *part) parted(i int, pairs []market.Pair) error {
	m := p.m
	from, to := m.Off[i], m.Off[i+1]
	left := int64(m.Supply[i])
	found := 0
	e := from
	for ; e < to && left > 0; e++ {
		k, ok := slices.BinarySearchFunc(pairs, m.Edges[e].Post, func(p market.Pair, j int32) int { return cmp.Compare(p.Post, j) })
		if !ok {
			continue
		}
		found++
		if left -= int64(pairs[k].Count); left < 0 {
			return flaw(pairs[k].Agent, pairs[k].Post, "安排的人数超过 %d 人", m.Supply[i])
		}
		p.found = append(p.found, seated{e, int64(pairs[k].Count)})
	}
	p.proof.Lines += e - from
	if found < len(pairs) {
		return unlisted(pairs[0])
	}
	if left == 0 && e > from {
		e-- // the line of the last place
	}
	p.limit[i] = uint32(e - from) //nolint:gosec // below 2^32 by supported
	if p.bound != nil && p.bound[i] >= 0 {
		if left > 0 || found != 1 || pairs[0].Post != p.bound[i] {
			return flaw(int32(i), p.bound[i], "报告说小组同去此岗位，结果却不是") //nolint:gosec // an int32 by Check
		}
		p.limit[i] = 0
	}
	return nil
}

// enter counts the lines found. They are entered many at a time, because each is
// somewhere else in memory and the processor can then fetch them together.
func (p *part) enter() {
	for _, f := range p.found {
		x := p.m.Edges[f.edge]
		p.proof.Placed += f.count
		p.proof.Score += f.count * int64(x.Score)
		h := &p.posts[x.Post]
		h.students += uint32(f.count) //nolint:gosec // no agent beyond its supply, all of them below 2^31
		h.worst = max(h.worst, p.m.Prio[f.edge])
	}
	p.found = p.found[:0]
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

// bars checks the slots and quotas and finds whom each post would keep.
func (c *check) bars(all *part) error {
	m := c.m
	taken, worst := make([]int64, m.Companies()), make([]uint32, m.Companies())
	for j, h := range all.posts {
		if int64(h.students) > int64(m.PostCap[j]) {
			return flaw(-1, int32(j), "岗位有 %d 个名额，安排了 %d 人", m.PostCap[j], h.students) //nolint:gosec // an int32 by Check
		}
		if k := m.Company[j]; k >= 0 {
			taken[k] += int64(h.students)
			worst[k] = max(worst[k], h.worst)
		}
	}
	for k, n := range taken {
		if n > int64(m.CompanyCap[k]) {
			return flaw(-1, -1, "企业 %d 共 %d 个名额，安排了 %d 人", k, m.CompanyCap[k], n)
		}
	}
	c.always = make([]bool, m.Posts())
	for j := range c.bar {
		k := m.Company[j]
		switch {
		case int64(all.posts[j].students) == int64(m.PostCap[j]):
			c.bar[j] = all.posts[j].worst
		case k >= 0 && taken[k] == int64(m.CompanyCap[k]):
			c.bar[j] = worst[k]
		default:
			c.bar[j], c.always[j] = math.MaxUint32, true
		}
	}
	return nil
}

// blocks looks for a line above a place whose post would keep the student.
func (p *part) blocks() error {
	edges, prio, bar := p.m.Edges, p.m.Prio, p.bar
	for i := p.from; i < p.to; i++ {
		n := int64(p.limit[i])
		if n == 0 {
			continue
		}
		from := p.m.Off[i]
		for e := from; e < from+n; e++ {
			if j := edges[e].Post; prio[e] < bar[j] || prio[e] == math.MaxUint32 && p.always[j] {
				return p.blocked(i, j)
			}
		}
	}
	return nil
}

func (p *part) blocked(i int, j int32) error {
	if p.always[j] {
		return flaw(int32(i), j, "学生更愿去此岗位，而岗位和企业都有空额") //nolint:gosec // an int32 by Check
	}
	return flaw(int32(i), j, "学生更愿去此岗位，而岗位或企业留着名次更低的学生") //nolint:gosec // an int32 by Check
}
