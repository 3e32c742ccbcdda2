package assign

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

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
		return refuse("分值范围 %d 到 %d 不含 0", r.Cert.Low, r.Cert.High)
	}
	w, err := weightsFor(core, r.Objective, r.Cert.Low, r.Cert.High)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotProven, err)
	}
	v := &verifier{m: m, core: core, r: r, w: w}
	if err := v.checkTotals(); err != nil {
		return err
	}
	value := int64(0) // of what was decided; only a stated bound is compared with it
	if r.Joint != nil || r.Plan != nil {
		value = v.worth(v.free) + v.worth(m.Fixed[len(alone.Fixed):])
	}
	if r.Joint != nil {
		if err := v.checkBound(free, "同去小组", r.Joint.Bound, r.Joint.Value, value, &r.Joint.Relax); err != nil {
			return err
		}
	}
	if r.Plan != nil {
		if err := v.checkBound(free, "开班方案", r.Plan.Bound, r.Plan.Value, value, &r.Plan.Relax); err != nil {
			return err
		}
	}
	low, err := v.openClasses(members)
	if err != nil {
		return err
	}
	ls, err := newLevels(v.core, &r.Cert)
	if err != nil {
		return err
	}
	if err := v.load(ls); err != nil {
		return err
	}
	var quotas error
	var wg sync.WaitGroup
	wg.Go(func() { quotas = v.checkQuotas(ls, low) }) // beside the edges, which take several times as long
	edges := v.checkEdges(workers)
	wg.Wait()
	return cmp.Or(quotas, edges)
}

type verifier struct {
	m, core      *market.Market
	r            *Result
	w            Weights
	price, value []int64       // of a seat at each post; of each agent
	near         []int32       // price, where all fit: half the memory to look them up in; else nil
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
			return refuse("第 %d 条安排是学生 %d、岗位 %d、%d 人，市场里没有", k, p.Agent, p.Post, p.Count)
		}
		if k > 0 {
			q := r.Matches[k-1]
			if p.Agent < q.Agent || p.Agent == q.Agent && p.Post <= q.Post {
				return refuse("第 %d 条安排没有按学生、岗位排好序", k)
			}
		}
		placed += int64(p.Count)
	}
	if placed != r.Placed || m.Students()-placed != r.Unplaced {
		return refuse("说已安排 %d 人、未安排 %d 人，实际数到 %d 人，共 %d 人", r.Placed, r.Unplaced, placed, m.Students())
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
			return refuse("学生 %d 与岗位 %d 已锁定，结果里没有保住", f.Agent, f.Post)
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
			return refuse("%s %d 开了 %d 人，起开人数是 %d", l.what, i, l.use[i], least)
		case p < 0 && p > -math.MaxInt64>>3 && least > 0 && l.use[i] == least: // a subsidy
		case l.use[i] > int64(l.cap[i]):
			return refuse("%s %d 安排了 %d 人，名额是 %d", l.what, i, l.use[i], l.cap[i])
		case p < 0 || p > math.MaxInt64>>3:
			return refuse("%s %d 的价格是 %d，超出范围", l.what, i, p)
		case p > 0 && l.use[i] < int64(l.cap[i]):
			return refuse("%s %d 有价格 %d，名额却只用了 %d 个，共 %d 个", l.what, i, p, l.use[i], l.cap[i])
		}
	}
	return nil
}

// levels are the five kinds of quota with their prices.
type levels struct{ agent, school, post, company, group *level }

func newLevels(c *market.Market, cert *Cert) (*levels, error) {
	ls := &levels{}
	for _, s := range []struct {
		to    **level
		what  string
		own   []int64
		quota []int32
	}{{&ls.agent, "学生", cert.Agent, c.Supply}, {&ls.school, "学校", cert.School, c.SchoolCap}, {&ls.post, "岗位", cert.Post, c.PostCap},
		{&ls.company, "企业", cert.Company, c.CompanyCap}, {&ls.group, "集团", cert.Group, c.GroupCap}} {
		if len(s.own) != len(s.quota) {
			return nil, refuse("有 %d 个价格，却有 %d 个%s", len(s.own), len(s.quota), s.what)
		}
		*s.to = &level{what: s.what, own: s.own, cap: s.quota}
	}
	return ls, nil
}

// load computes the price of each seat and the value of each agent.
func (v *verifier) load(ls *levels) error {
	c := v.core
	if err := ls.school.addTower(c.SchoolUp); err != nil {
		return err
	}
	if err := ls.group.addTower(c.GroupUp); err != nil {
		return err
	}
	ls.company.add(c.Group, ls.group)
	ls.post.add(c.Company, ls.company)
	ls.agent.add(c.School, ls.school)
	for _, l := range []*level{ls.post, ls.agent} {
		for i, s := range l.sum {
			if s > math.MaxInt64>>2 {
				return refuse("%s %d 以上的价格合计 %d，超出范围", l.what, i, s)
			}
		}
	}
	v.price, v.value, v.near = ls.post.sum, ls.agent.sum, narrow(ls.post.sum)
	return nil
}

// narrow returns the prices in half the memory, nil if one does not fit.
func narrow(price []int64) []int32 {
	near := make([]int32, len(price))
	for j, p := range price {
		if p != int64(int32(p)) { //nolint:gosec // that is the question
			return nil
		}
		near[j] = int32(p) //nolint:gosec // as found
	}
	return near
}

// checkQuotas counts what the matches use of every quota and checks it.
func (v *verifier) checkQuotas(ls *levels, low []int32) error {
	c := v.core
	ls.post.low = low
	all := []*level{ls.agent, ls.school, ls.post, ls.company, ls.group}
	for _, l := range all {
		l.use = make([]int64, len(l.cap))
	}
	for _, p := range v.free {
		ls.agent.use[p.Agent] += int64(p.Count)
		ls.post.use[p.Post] += int64(p.Count)
	}
	ls.school.sumUp(ls.agent, c.School)
	ls.company.sumUp(ls.post, c.Company)
	ls.group.sumUp(ls.company, c.Group)
	ls.school.sumTower(c.SchoolUp)
	ls.group.sumTower(c.GroupUp)
	for _, l := range all {
		if err := l.check(); err != nil {
			return err
		}
	}
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

// sumTower adds the use of each node of a level that is a tree in itself to all above it.
func (l *level) sumTower(up []int32) {
	direct := slices.Clone(l.use)
	for i, q := range up {
		for ; q >= 0; q = up[q] {
			l.use[q] += direct[i]
		}
	}
}

// add sums the prices from this level up, saturating.
func (l *level) add(up []int32, over *level) {
	if l.sum = l.own; up == nil {
		return
	}
	l.sum = slices.Clone(l.own)
	for i, q := range up {
		if q >= 0 {
			l.sum[i] = min(l.sum[i]+over.sum[q], math.MaxInt64>>2+1)
		}
	}
}

// addTower does so for a level that is a tree in itself, and checks its prices first: only
// sums of sound ones saturate.
func (l *level) addTower(up []int32) error {
	for i, p := range l.own {
		if p < 0 || p > math.MaxInt64>>3 {
			return refuse("%s %d 的价格是 %d，超出范围", l.what, i, p)
		}
	}
	l.sum = slices.Clone(l.own)
	for i, q := range up {
		for ; q >= 0; q = up[q] {
			l.sum[i] = min(l.sum[i]+l.own[q], math.MaxInt64>>2+1)
		}
	}
	return nil
}

// checkEdges passes over all edges, each worker over the next run of agents that
// nobody has taken, and sums the score of the matches. Its error is that of the
// lowest agent.
func (v *verifier) checkEdges(workers int) error {
	const run = 8192
	nA := len(v.core.Supply)
	errs := make([]error, (nA+run-1)/run)
	var next, total atomic.Int64
	total.Store(v.fixedScore)
	var wg sync.WaitGroup
	for range max(1, min(workers, len(errs))) {
		wg.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(errs); k = int(next.Add(1)) - 1 {
				score, err := int64(0), error(nil) // of its own: errs is shared line by line
				for a := k * run; a < min(nA, (k+1)*run) && err == nil; a++ {
					var s int64
					s, err = v.checkAgent(a)
					score += s
				}
				errs[k] = err
				total.Add(score)
			}
		})
	}
	wg.Wait()
	if err := cmp.Or(errs...); err != nil {
		return err
	}
	if n := total.Load(); n != v.r.Score {
		return refuse("总分说是 %d，各条安排加起来是 %d", v.r.Score, n)
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
	edges := v.core.Of(a)
	bad := -1
	if near := v.near; near != nil {
		for k, e := range edges {
			if e.Score < low || e.Score > high || int64(e.Score)*mul-int64(near[e.Post]) > value {
				bad = k
				break
			}
		}
	} else {
		bad = slices.IndexFunc(edges, func(e market.Edge) bool {
			return e.Score < low || e.Score > high || int64(e.Score)*mul-v.price[e.Post] > value
		})
	}
	if bad >= 0 {
		e := edges[bad]
		if e.Score < low || e.Score > high {
			return 0, refuse("学生 %d 有分值 %d，权重只适用于 %d 到 %d", a, e.Score, low, high)
		}
		return 0, refuse("学生 %d 现在值 %d，换到岗位 %d 值 %d", a, value+add, e.Post, int64(e.Score)*mul+add-v.price[e.Post])
	}
	score := int64(0)
	for _, p := range v.free[v.first[a]:v.first[a+1]] {
		k := slices.IndexFunc(edges, func(e market.Edge) bool { return e.Post == p.Post })
		if k < 0 {
			return 0, refuse("学生 %d 安排到岗位 %d，两者之间没有候选", a, p.Post)
		}
		e := edges[k]
		price := int64(0)
		if v.near != nil {
			price = int64(v.near[e.Post])
		} else {
			price = v.price[e.Post]
		}
		if int64(e.Score)*mul-price != value {
			return 0, refuse("学生 %d 按价格值 %d，安排到岗位 %d 只值 %d", a, value+add, e.Post, int64(e.Score)*mul+add-v.price[e.Post])
		}
		score += int64(e.Score) * int64(p.Count)
	}
	return score, nil
}
