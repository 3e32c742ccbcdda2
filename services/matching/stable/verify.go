package stable

import (
	"cmp"
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
	return fmt.Sprintf("stable: agent %d, post %d: %s", f.Agent, f.Post, f.Reason)
}

func flaw(agent, post int32, format string, args ...any) error {
	return &Flaw{Agent: agent, Post: post, Reason: fmt.Sprintf(format, args...)}
}

// rank orders the entries of a company: by priority, then agent, then post. The
// worst of a post or company is the largest.
type rank struct {
	key  uint64 // priority<<32 | agent
	post int32
}

func keyOf(prio uint32, agent int) uint64 { return uint64(prio)<<32 | uint64(uint32(agent)) }

func (r rank) worseThan(s rank) bool { return r.key > s.key || r.key == s.key && r.post > s.post }

// wish is a line above a student's place: the post must have good reason to refuse.
type wish struct {
	key  uint64
	post int32
}

// Verify proves that r is a stable matching of m, or returns a *Flaw. It shares no
// code with the solver: one pass finds every student's place, the slots used and
// the worst student held by each post and company; then each line above a place is
// compared with those. Members of a kept group are only checked to be together.
// Workers above one share the students.
func Verify(m *market.Market, r *Result, workers int) (Proof, error) {
	if err := inOrder(m, r.Pairs); err != nil {
		return Proof{}, err
	}
	bound, err := boundPosts(m, r)
	if err != nil {
		return Proof{}, err
	}
	parts := make([]*part, max(1, min(workers, m.Agents())))
	each := func(f func(p *part)) {
		var wg sync.WaitGroup
		for _, p := range parts[1:] {
			wg.Go(func() { f(p) })
		}
		f(parts[0])
		wg.Wait()
	}
	at := 0
	for k := range parts {
		p := &part{m: m, bound: bound, from: m.Agents() * k / len(parts), to: m.Agents() * (k + 1) / len(parts)}
		end, _ := slices.BinarySearchFunc(r.Pairs, p.to, func(x market.Pair, i int) int { return cmp.Compare(int(x.Agent), i) })
		p.pairs, at = r.Pairs[at:end], end
		parts[k] = p
	}
	each((*part).places)
	all := parts[0]
	for _, p := range parts {
		if p.err != nil {
			return Proof{}, p.err
		}
		if p != all {
			all.add(p)
		}
	}
	if err := all.caps(); err != nil {
		return Proof{}, err
	}
	each(func(p *part) { p.blocks(all) })
	for _, p := range parts {
		if p.err != nil {
			return Proof{}, p.err
		}
	}
	all.proof.Unplaced = m.Students() - all.proof.Placed
	return all.proof, nil
}

// inOrder checks that the pairs name things that exist, sorted and without repeats.
func inOrder(m *market.Market, pairs []market.Pair) error {
	last := market.Pair{Agent: -1}
	for _, p := range pairs {
		if uint(p.Agent) >= uint(m.Agents()) || uint(p.Post) >= uint(m.Posts()) || p.Count <= 0 {
			return flaw(p.Agent, p.Post, "结果里有不存在的学生、岗位或人数 %d", p.Count)
		}
		if p.Agent < last.Agent || p.Agent == last.Agent && p.Post <= last.Post {
			return flaw(p.Agent, p.Post, "结果没有按学生、岗位排好序,或同一对出现两次")
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
			return nil, flaw(g.Members[0], g.Post, "同去小组有 %d 人,结果只保住 %d 人", len(want), len(g.Members))
		}
	}
	return bound, nil
}

// part is one worker's stretch of students and what it found there.
type part struct {
	m        *market.Market
	bound    []int32
	from, to int
	pairs    []market.Pair

	fill, companyFill   []int64
	worst, companyWorst []rank
	wishes              []wish
	proof               Proof
	err                 error
}

// places walks every list down to the student's place.
func (p *part) places() {
	m := p.m
	p.fill, p.worst = make([]int64, m.Posts()), make([]rank, m.Posts())
	p.companyFill, p.companyWorst = make([]int64, m.Companies()), make([]rank, m.Companies())
	p.wishes = make([]wish, 0, 2*(p.to-p.from))
	pairs := p.pairs
	for i := p.from; i < p.to; i++ {
		n := 0
		for n < len(pairs) && int(pairs[n].Agent) == i {
			n++
		}
		if p.err = p.place(i, pairs[:n]); p.err != nil {
			return
		}
		pairs = pairs[n:]
	}
}

// place walks the list of agent i, whose pairs are in post order.
func (p *part) place(i int, pairs []market.Pair) error {
	m := p.m
	left := int64(m.Supply[i])
	above := len(p.wishes)
	found := 0
	bound := int32(-1)
	if p.bound != nil {
		bound = p.bound[i]
	}
	for e := m.Off[i]; e < m.Off[i+1] && left > 0; e++ {
		j := m.Edges[e].Post
		key := keyOf(m.Prio[e], i)
		p.proof.Lines++
		if count := countAt(pairs, j); count > 0 {
			if left -= count; left < 0 {
				return flaw(int32(i), j, "安排的人数超过 %d 人", m.Supply[i])
			}
			found++
			p.seat(rank{key: key, post: j}, count, m.Edges[e].Score)
		}
		if left > 0 && bound < 0 {
			p.wishes = append(p.wishes, wish{key: key, post: j})
		}
	}
	if found < len(pairs) {
		return flaw(int32(i), pairs[0].Post, "安排到双方没有互相列出的岗位,或人数超过 %d 人", m.Supply[i])
	}
	if bound >= 0 {
		p.wishes = p.wishes[:above]
		if left > 0 || found != 1 || pairs[0].Post != bound {
			return flaw(int32(i), bound, "报告说小组同去此岗位,结果却不是")
		}
	}
	return nil
}

func countAt(pairs []market.Pair, post int32) int64 {
	if len(pairs) == 1 {
		if pairs[0].Post == post {
			return int64(pairs[0].Count)
		}
		return 0
	}
	k, ok := slices.BinarySearchFunc(pairs, post, func(p market.Pair, j int32) int { return cmp.Compare(p.Post, j) })
	if !ok {
		return 0
	}
	return int64(pairs[k].Count)
}

func (p *part) seat(r rank, count int64, score int32) {
	p.proof.Placed += count
	p.proof.Score += count * int64(score)
	p.fill[r.post] += count
	if r.worseThan(p.worst[r.post]) {
		p.worst[r.post] = r
	}
	if c := p.m.Company[r.post]; c >= 0 {
		p.companyFill[c] += count
		if r.worseThan(p.companyWorst[c]) {
			p.companyWorst[c] = r
		}
	}
}

// add merges what another worker found.
func (p *part) add(q *part) {
	p.proof.Placed += q.proof.Placed
	p.proof.Score += q.proof.Score
	p.proof.Lines += q.proof.Lines
	for j, n := range q.fill {
		p.fill[j] += n
		if q.worst[j].worseThan(p.worst[j]) {
			p.worst[j] = q.worst[j]
		}
	}
	for c, n := range q.companyFill {
		p.companyFill[c] += n
		if q.companyWorst[c].worseThan(p.companyWorst[c]) {
			p.companyWorst[c] = q.companyWorst[c]
		}
	}
}

func (p *part) caps() error {
	for j, n := range p.fill {
		if n > int64(p.m.PostCap[j]) {
			return flaw(-1, int32(j), "岗位有 %d 个名额,安排了 %d 人", p.m.PostCap[j], n)
		}
	}
	for c, n := range p.companyFill {
		if n > int64(p.m.CompanyCap[c]) {
			return flaw(-1, -1, "企业 %d 共 %d 个名额,安排了 %d 人", c, p.m.CompanyCap[c], n)
		}
	}
	return nil
}

// blocks looks for a wish that the company would rather accept.
func (p *part) blocks(all *part) {
	for _, w := range p.wishes {
		j := w.post
		r := rank(w)
		if all.fill[j] == int64(p.m.PostCap[j]) {
			if all.worst[j].worseThan(r) {
				p.err = flaw(int32(uint32(w.key)), j, "学生更愿去此岗位,而岗位里有名次更低的学生")
				return
			}
			continue
		}
		c := p.m.Company[j]
		if c < 0 || all.companyFill[c] < int64(p.m.CompanyCap[c]) {
			p.err = flaw(int32(uint32(w.key)), j, "学生更愿去此岗位,而岗位和企业都有空额")
			return
		}
		if all.companyWorst[c].worseThan(r) {
			p.err = flaw(int32(uint32(w.key)), j, "学生更愿去此岗位,岗位有空额,而企业里有名次更低的学生")
			return
		}
	}
}
