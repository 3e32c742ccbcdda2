package assign

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"sunmao/services/matching/market"
)

// ErrNotProven is wrapped by every refusal of Verify.
var ErrNotProven = errors.New("结果未能证明最优")

// Verify proves a result from the market alone, by complementary slackness: it
// shares no code with the solver but the definition of the weights. It checks
// that the matches are pairs of the market within every quota, that the totals
// are right, that no price is negative, that a quota with a price is used up,
// that no pair is worth more than its student's value and its seat's price
// together, and that every match is worth exactly that. Then no assignment can
// be better. One pass over the edges, shared between the cores.
func Verify(m *market.Market, r *Result) error {
	if err := m.Check(); err != nil {
		return err
	}
	return verify(m, r, runtime.GOMAXPROCS(0))
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotProven, fmt.Sprintf(format, args...))
}

func verify(m *market.Market, r *Result, workers int) error {
	alone := m
	m, err := joined(m, r)
	if err != nil {
		return err
	}
	free, err := release(alone)
	if err != nil {
		return err
	}
	core, members, err := seated(free, m.Fixed[len(alone.Fixed):])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotProven, err)
	}
	if r.Cert.Low > 0 || r.Cert.High < 0 {
		return refuse("score range %d to %d leaves out 0", r.Cert.Low, r.Cert.High)
	}
	w, err := weightsFor(core, r.Objective, r.Cert.Low, r.Cert.High)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotProven, err)
	}
	v := &verifier{m: m, core: core, r: r, w: w}
	if err := v.checkTotals(); err != nil {
		return err
	}
	value := v.worth(v.free) + v.worth(m.Fixed[len(alone.Fixed):])
	if r.Joint != nil {
		if err := v.checkBound(free, "groups", r.Joint.Bound, r.Joint.Value, value, &r.Joint.Relax); err != nil {
			return err
		}
	}
	if r.Plan != nil {
		if err := v.checkBound(free, "a plan", r.Plan.Bound, r.Plan.Value, value, &r.Plan.Relax); err != nil {
			return err
		}
	}
	low, err := v.openClasses(members)
	if err != nil {
		return err
	}
	if err := v.load(&r.Cert, low); err != nil {
		return err
	}
	return v.checkEdges(workers)
}

type verifier struct {
	m, core      *market.Market
	r            *Result
	w            Weights
	price, value []int64       // of a seat at each post; of each agent
	free         []market.Pair // matches less fixed pairs: what was decided
	first        []int32       // first of them of each agent, agents + 1 entries
	fixedScore   int64
}

// checkTotals checks the shape and sums of the matches.
func (v *verifier) checkTotals() error {
	m, r := v.m, v.r
	v.first = make([]int32, len(m.Supply)+1)
	placed := int64(0)
	for k, p := range r.Matches {
		if uint(p.Agent) >= uint(len(m.Supply)) || uint(p.Post) >= uint(len(m.PostCap)) || p.Count <= 0 {
			return refuse("match %d is agent %d, post %d, count %d", k, p.Agent, p.Post, p.Count)
		}
		if k > 0 {
			q := r.Matches[k-1]
			if p.Agent < q.Agent || p.Agent == q.Agent && p.Post <= q.Post {
				return refuse("match %d is out of order", k)
			}
		}
		placed += int64(p.Count)
	}
	if placed != r.Placed || m.Students()-placed != r.Unplaced {
		return refuse("placed %d and unplaced %d, counted %d of %d", r.Placed, r.Unplaced, placed, m.Students())
	}
	if err := v.setFixedApart(); err != nil {
		return err
	}
	for _, p := range v.free {
		v.first[p.Agent+1]++
	}
	for a := range m.Supply {
		v.first[a+1] += v.first[a]
	}
	return nil
}

// setFixedApart takes the fixed pairs out of the matches: the quotas of core are
// already without them.
func (v *verifier) setFixedApart() error {
	v.free = v.r.Matches
	if len(v.m.Fixed) == 0 {
		return nil
	}
	v.free = slices.Clone(v.r.Matches)
	for _, f := range v.m.Fixed {
		k, ok := slices.BinarySearchFunc(v.free, f, comparePairs)
		if f.Count > 0 && (!ok || v.free[k].Count < f.Count) {
			return refuse("fixed pair of agent %d and post %d is not kept", f.Agent, f.Post)
		}
		if ok {
			v.free[k].Count -= f.Count
		}
		for _, e := range v.m.Of(int(f.Agent)) {
			if e.Post == f.Post {
				v.fixedScore += int64(e.Score) * int64(f.Count)
			}
		}
	}
	v.free = slices.DeleteFunc(v.free, func(p market.Pair) bool { return p.Count == 0 })
	return nil
}

// level is one kind of quota: its prices, what is used, and the sum of prices
// from each one up.
type level struct {
	what     string
	own      []int64
	cap      []int32
	low      []int32 // nil: nothing is forced
	use, sum []int64
}

func (l *level) check() error {
	for i, p := range l.own {
		least := int64(0)
		if l.low != nil {
			least = int64(l.low[i])
		}
		switch {
		case l.use[i] < least:
			return refuse("%s %d is open with %d, its minimum is %d", l.what, i, l.use[i], least)
		case p < 0 && p > -math.MaxInt64>>3 && least > 0 && l.use[i] == least: // a subsidy
		case l.use[i] > int64(l.cap[i]):
			return refuse("%s %d takes %d, its quota is %d", l.what, i, l.use[i], l.cap[i])
		case p < 0 || p > math.MaxInt64>>3:
			return refuse("price of %s %d is %d", l.what, i, p)
		case p > 0 && l.use[i] < int64(l.cap[i]):
			return refuse("%s %d has a price of %d but only %d of %d used", l.what, i, p, l.use[i], l.cap[i])
		}
	}
	return nil
}

func newLevel(what string, own []int64, quota []int32) (*level, error) {
	if len(own) != len(quota) {
		return nil, refuse("%d prices for %d of %s", len(own), len(quota), what)
	}
	return &level{what: what, own: own, cap: quota, use: make([]int64, len(quota)), sum: make([]int64, len(quota))}, nil
}

// load computes the price of each seat and the value of each agent, and checks
// every quota.
func (v *verifier) load(cert *Cert, low []int32) error {
	c := v.core
	var ls [5]*level
	for k, s := range []struct {
		what  string
		own   []int64
		quota []int32
	}{{"agent", cert.Agent, c.Supply}, {"school", cert.School, c.SchoolCap}, {"post", cert.Post, c.PostCap},
		{"company", cert.Company, c.CompanyCap}, {"group", cert.Group, c.GroupCap}} {
		l, err := newLevel(s.what, s.own, s.quota)
		if err != nil {
			return err
		}
		ls[k] = l
	}
	agent, school, post, company, group := ls[0], ls[1], ls[2], ls[3], ls[4]
	post.low = low
	for _, p := range v.free {
		agent.use[p.Agent] += int64(p.Count)
		post.use[p.Post] += int64(p.Count)
	}
	school.sumUp(agent, c.School)
	company.sumUp(post, c.Company)
	group.sumUp(company, c.Group)
	if err := tower(school, c.SchoolUp); err != nil {
		return err
	}
	if err := tower(group, c.GroupUp); err != nil {
		return err
	}
	for _, l := range ls {
		if err := l.check(); err != nil {
			return err
		}
	}
	company.add(c.Group, group)
	post.add(c.Company, company)
	agent.add(c.School, school)
	for _, l := range []*level{post, agent} {
		for i, s := range l.sum {
			if s > math.MaxInt64>>2 {
				return refuse("prices above %s %d add up to %d", l.what, i, s)
			}
		}
	}
	v.price, v.value = post.sum, agent.sum
	return nil
}

// sumUp adds the use of the level below.
func (l *level) sumUp(below *level, up []int32) {
	for i, q := range up {
		if q >= 0 {
			l.use[q] += below.use[i]
		}
	}
}

// add sums the prices from this level up, saturating.
func (l *level) add(up []int32, over *level) {
	for i := range l.sum {
		l.sum[i] = l.own[i]
		if up != nil && up[i] >= 0 {
			l.sum[i] = min(l.sum[i]+over.sum[up[i]], math.MaxInt64>>2+1)
		}
	}
}

// tower does both for a level that is a tree in itself.
func tower(l *level, up []int32) error {
	direct := l.use
	l.use = append([]int64(nil), direct...)
	for i := range l.own {
		l.sum[i] = l.own[i]
		if l.own[i] < 0 || l.own[i] > math.MaxInt64>>3 {
			return refuse("price of %s %d is %d", l.what, i, l.own[i])
		}
		if up == nil {
			continue
		}
		for q := up[i]; q >= 0; q = up[q] {
			l.use[q] += direct[i]
			if l.own[q] < 0 || l.own[q] > math.MaxInt64>>3 {
				return refuse("price of %s %d is %d", l.what, q, l.own[q])
			}
			l.sum[i] = min(l.sum[i]+l.own[q], math.MaxInt64>>2+1)
		}
	}
	return nil
}

// checkEdges passes over all edges, each worker over a run of agents, and sums
// the score of the matches.
func (v *verifier) checkEdges(workers int) error {
	nA := len(v.core.Supply)
	workers = max(1, min(workers, nA))
	errs := make([]error, workers)
	scores := make([]int64, workers)
	var wg sync.WaitGroup
	for k := range workers {
		from, to := nA*k/workers, nA*(k+1)/workers
		wg.Go(func() {
			for a := from; a < to && errs[k] == nil; a++ {
				var s int64
				s, errs[k] = v.checkAgent(a)
				scores[k] += s
			}
		})
	}
	wg.Wait()
	total := v.fixedScore
	for k, err := range errs {
		if err != nil {
			return err
		}
		total += scores[k]
	}
	if total != v.r.Score {
		return refuse("score %d, the matches add up to %d", v.r.Score, total)
	}
	return nil
}

// checkAgent checks the edges and matches of one agent and returns the score of
// the matches.
func (v *verifier) checkAgent(a int) (int64, error) {
	mul, add := v.w.Mul[0], v.w.Add[0]
	if v.core.Class != nil {
		mul, add = v.w.Mul[v.core.Class[a]], v.w.Add[v.core.Class[a]]
	}
	value := v.value[a] - add
	low, high := v.w.Low, v.w.High
	for _, e := range v.core.Of(a) {
		if e.Score < low || e.Score > high {
			return 0, refuse("agent %d has a score of %d, the weights are made for %d to %d", a, e.Score, low, high)
		}
		if int64(e.Score)*mul-v.price[e.Post] > value {
			return 0, refuse("agent %d is worth %d, post %d would give it %d", a, value+add, e.Post, int64(e.Score)*mul+add-v.price[e.Post])
		}
	}
	score := int64(0)
	for _, p := range v.free[v.first[a]:v.first[a+1]] {
		k := slices.IndexFunc(v.core.Of(a), func(e market.Edge) bool { return e.Post == p.Post })
		if k < 0 {
			return 0, refuse("agent %d is matched with post %d, which it may not take", a, p.Post)
		}
		e := v.core.Of(a)[k]
		if int64(e.Score)*mul-v.price[e.Post] != value {
			return 0, refuse("agent %d is worth %d, its match with post %d gives %d", a, value+add, e.Post, int64(e.Score)*mul+add-v.price[e.Post])
		}
		score += int64(e.Score) * int64(p.Count)
	}
	return score, nil
}
