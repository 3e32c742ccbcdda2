package assign

import (
	"errors"
	"fmt"
	"slices"

	"sunmao/services/matching/market"
)

// Solver keeps an optimum and its prices, so that after a change the next
// optimum is found by balancing what the change put out of balance, instead of
// from the beginning. Every method leaves an exact optimum; a refused change
// leaves the last one. It is not safe for use by several goroutines at once.
type Solver struct {
	m       *market.Market // as changed, locks included
	opt     Options
	g       *network
	fixedAt []int32 // fixed students by post
	fixedOf []int32 // and by agent
	edges   bool    // the edges are our own copy
	r       Result
	broken  error
}

// NewSolver solves the market and keeps it. The market itself is not changed.
func NewSolver(m *market.Market, opt Options) (*Solver, error) {
	if hasMinimums(m) || len(m.Together) > 0 {
		return nil, errors.New("有起开人数或同去小组的市场不能逐项调整；请整体重新求解")
	}
	s := &Solver{opt: opt, r: Result{Objective: opt.Objective}}
	c := *m
	c.Supply, c.PostCap, c.CompanyCap = slices.Clone(m.Supply), slices.Clone(m.PostCap), slices.Clone(m.CompanyCap)
	s.m = &c
	s.fixedAt, s.fixedOf = make([]int32, len(m.PostCap)), make([]int32, len(m.Supply))
	g, _, err := optimum(s.m, opt, &s.r)
	if err != nil {
		return nil, err
	}
	for _, p := range m.Fixed {
		s.fixedAt[p.Post] += p.Count
		s.fixedOf[p.Agent] += p.Count
	}
	s.adopt(g)
	return s, nil
}

// Market is the market as changed so far. It must not be modified.
func (s *Solver) Market() *market.Market { return s.m }

// Result is the present optimum with its proof.
func (s *Solver) Result() *Result {
	r := &Result{Objective: s.opt.Objective, Counters: s.r.Counters}
	s.g.report(s.m, r)
	return r
}

// Score is the total fit of the present optimum, fixed pairs left out; Placed
// the students it places.
func (s *Solver) Score() (fit, placed int64) {
	for h := range s.g.holds {
		x := &s.g.holds[h]
		fit += int64(x.score) * int64(x.count)
		placed += int64(x.count)
	}
	return fit, placed
}

// SetCap gives a post n slots. It refuses fewer than fixed pairs need.
func (s *Solver) SetCap(post int, n int32) error {
	if err := s.ready(post, len(s.m.PostCap), "岗位"); err != nil {
		return err
	}
	if n < s.fixedAt[post] {
		return fmt.Errorf("岗位 %d：名额 %d 少于已锁定的 %d 人", post, n, s.fixedAt[post])
	}
	was := s.m.PostCap[post]
	s.m.PostCap[post] = n
	err := s.g.setBounds(s.g.lefts+int32(post), n-s.fixedAt[post]) //nolint:gosec // a post
	if err != nil {
		s.m.PostCap[post] = was
	}
	return s.done(err)
}

// ClosePost takes all slots away but those of fixed pairs.
func (s *Solver) ClosePost(post int) error {
	if err := s.ready(post, len(s.m.PostCap), "岗位"); err != nil {
		return err
	}
	return s.SetCap(post, s.fixedAt[post])
}

// SetSupply gives an agent n students.
func (s *Solver) SetSupply(agent int, n int32) error {
	if err := s.ready(agent, len(s.m.Supply), "学生"); err != nil {
		return err
	}
	if n < s.fixedOf[agent] {
		return fmt.Errorf("学生 %d：人数 %d 少于已锁定的 %d 人", agent, n, s.fixedOf[agent])
	}
	if s.m.Students()-int64(s.m.Supply[agent])+int64(n) >= int64(s.g.most) {
		return s.rebuild(func() { s.m.Supply[agent] = n })
	}
	s.m.Supply[agent] = n
	return s.done(s.g.setBounds(int32(agent), n-s.fixedOf[agent])) //nolint:gosec // an agent
}

// Withdraw takes an agent and all its students, but for fixed ones, out.
func (s *Solver) Withdraw(agent int) error {
	if err := s.ready(agent, len(s.m.Supply), "学生"); err != nil {
		return err
	}
	return s.SetSupply(agent, s.fixedOf[agent])
}

// SetScore changes the score of a pair that has an edge.
func (s *Solver) SetScore(agent, post int, score int32) error {
	if err := errors.Join(s.ready(agent, len(s.m.Supply), "学生"), s.ready(post, len(s.m.PostCap), "岗位")); err != nil {
		return err
	}
	if !s.edges {
		own := slices.Clone(s.m.Edges)
		if len(s.g.edges) > 0 && len(s.m.Edges) > 0 && &s.g.edges[0] == &s.m.Edges[0] {
			s.g.edges = own
		} else {
			s.g.edges = slices.Clone(s.g.edges) // locks have made another list
		}
		s.m.Edges, s.edges = own, true
	}
	k := slices.IndexFunc(s.m.Of(agent), func(e market.Edge) bool { return int(e.Post) == post })
	if k < 0 {
		return fmt.Errorf("学生 %d 没有岗位 %d 这个候选", agent, post)
	}
	if score < s.g.w.Low || score > s.g.w.High {
		return s.rebuild(func() { s.m.Of(agent)[k].Score = score })
	}
	s.m.Of(agent)[k].Score = score
	return s.done(s.g.setScore(int32(agent), int32(post), score)) //nolint:gosec // an agent and a post
}

// rebuild solves from the beginning: the change leaves the range for which
// weights and bounds were derived.
func (s *Solver) rebuild(change func()) error {
	change()
	g, _, err := optimum(s.m, s.opt, &s.r)
	if err == nil {
		s.adopt(g)
	}
	return s.done(err)
}

// adopt keeps a solved network.
func (s *Solver) adopt(g *network) {
	g.keep()
	if int64(g.most) > 4*int64(g.agents) && g.width(int64(g.most)) > 0 { // cohorts
		g.patience = patience
	}
	s.g = g
}

func (s *Solver) ready(i, n int, what string) error {
	if s.broken != nil {
		return s.broken
	}
	if i < 0 || i >= n {
		return fmt.Errorf("没有这个%s：%d", what, i)
	}
	return nil
}

func (s *Solver) done(err error) error {
	if err != nil {
		s.broken = fmt.Errorf("上一次改动没有完成，请重新求解：%w", err)
	}
	return err
}

// setBounds changes the quota of a node and restores the balance.
func (g *network) setBounds(v, n int32) error {
	g.node[v].cap = min(n, g.most)
	g.settleArc(v)
	return g.restore(v)
}

// settleArc is settleNode for a flow that is already counted at the parent.
func (g *network) settleArc(v int32) {
	was := g.node[v].flow
	if q := g.node[v].up; q != g.ground {
		g.node[q].through -= int64(was)
		g.touch(q)
	}
	g.settleNode(v)
	g.touch(v)
}

func (g *network) touch(v int32) {
	if !slices.Contains(g.touched, v) {
		g.touched = append(g.touched, v)
	}
}

// setScore changes the score of an edge and brings its agent into line.
func (g *network) setScore(a, j, score int32) error {
	edges := g.edges[g.off[a]:g.off[a+1]]
	for k := range edges {
		if edges[k].Post == j {
			edges[k].Score = score
		}
	}
	r := &g.back
	for k, c := range r.of(j) {
		if c.agent == a {
			r.of(j)[k].score = score
		}
	}
	for k, c := range r.aside[j] {
		if c.agent == a {
			r.aside[j][k].score = score
		}
	}
	r.laid[j] = false
	if h := g.holdOf(a, g.lefts+j); h >= 0 {
		g.holds[h].score = score
	}
	for h := g.node[a].hold; h >= 0; h = g.holds[h].next {
		g.touch(g.lefts + g.holds[h].post)
	}
	was := g.node[a].pot
	g.appraise(a)
	g.moved(a, g.node[a].pot-was)
	g.node[a].lead = 0
	g.contentAt(a)
	g.settleArc(a)
	return g.restore(a)
}

// restore balances the touched nodes, of which the first has changed.
func (g *network) restore(first int32) error {
	g.touch(first)
	nodes := g.touched
	defer func() { g.touched = g.touched[:0] }()
	g.since = g.n.Arcs
	err := g.balance(nodes)
	if errors.Is(err, errLong) {
		return g.restart(first)
	}
	return err
}
