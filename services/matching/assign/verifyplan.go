package assign

import (
	"math"
	"math/bits"
	"slices"

	"sunmao/services/matching/market"
)

// openClasses checks the plan of a market with minimums and returns the lower
// bounds it sets, less the members of groups there; the quotas of classes that stay
// closed become 0. Without minimums there must be no plan.
func (v *verifier) openClasses(members []int32) ([]int32, error) {
	c, plan := v.core, v.r.Plan
	if !slices.ContainsFunc(c.MinBatch, func(n int32) bool { return n > 0 }) {
		if plan != nil {
			return nil, refuse("市场没有起开人数，结果却有开班方案")
		}
		return nil, nil
	}
	if plan == nil {
		return nil, refuse("市场有起开人数，结果却没有开班方案")
	}
	low, open := make([]int32, len(c.PostCap)), make([]bool, len(c.PostCap))
	for k, j := range plan.Open {
		if uint(j) >= uint(len(low)) || c.MinBatch[j] == 0 || k > 0 && plan.Open[k-1] >= j {
			return nil, refuse("第 %d 个开班的岗位 %d 没有起开人数，或没有排好序", k, j)
		}
		low[j], open[j] = max(0, c.MinBatch[j]-members[j]), true
	}
	cut := *c
	cut.PostCap = slices.Clone(c.PostCap)
	for j, n := range c.MinBatch {
		if n == 0 || open[j] {
			continue
		}
		if members[j] > 0 {
			return nil, refuse("岗位 %d 没有开班，却有同去小组在那里", j)
		}
		cut.PostCap[j] = 0
	}
	v.core = &cut
	return low, nil
}

// seated takes the members of kept groups and their seats out of the market, and
// counts them by post. What they leave of a minimum is openClasses' affair.
func seated(core *market.Market, pairs []market.Pair) (*market.Market, []int32, error) {
	members := make([]int32, len(core.PostCap))
	if len(pairs) == 0 {
		return core, members, nil
	}
	c := ownQuotas(core)
	for _, p := range pairs {
		if err := take(&c, p); err != nil {
			return nil, nil, err
		}
		members[p.Post] += p.Count
	}
	return &c, members, nil
}

// checkBound checks that the prices of the relaxation prove the bound, by weak
// duality: prices that no pair beats cost at least what any assignment is worth.
func (v *verifier) checkBound(free *market.Market, what string, bound, stated, value int64, relax *Cert) error {
	cost, err := v.boundBy(free, relax)
	if err != nil {
		return err
	}
	if cost != bound || value != stated || value > cost {
		return refuse("%s说值 %d、上界 %d，按结果算是 %d 和 %d", what, stated, bound, value, cost)
	}
	return nil
}

// boundBy returns what no assignment of market c can be worth more than,
// proven by weak duality: prices that no pair beats.
func (v *verifier) boundBy(c *market.Market, cert *Cert) (int64, error) {
	if cert.Low != v.w.Low || cert.High != v.w.High {
		return 0, refuse("上界用的是另一组权重")
	}
	w, err := weightsFor(c, v.r.Objective, cert.Low, cert.High)
	if err != nil {
		return 0, err
	}
	relax := &verifier{m: v.m, core: c, r: v.r, w: w, first: make([]int32, len(c.Supply)+1)}
	cost, err := relax.costOf(cert)
	if err != nil {
		return 0, err
	}
	for a := range c.Supply {
		if _, err := relax.checkAgent(a); err != nil {
			return 0, err
		}
	}
	return cost, nil
}

// worth adds up the weights of matches that have an edge.
func (v *verifier) worth(pairs []market.Pair) int64 {
	value := int64(0)
	for _, p := range pairs {
		class := uint8(0)
		if v.m.Class != nil {
			class = v.m.Class[p.Agent]
		}
		for _, e := range v.m.Of(int(p.Agent)) {
			if e.Post == p.Post {
				value += v.w.Of(class, e.Score) * int64(p.Count)
			}
		}
	}
	return value
}

// joined returns the market with the members of each kept group fixed at its
// post: given these, the rest must be optimal.
func joined(m *market.Market, r *Result) (*market.Market, error) {
	if len(m.Together) == 0 {
		if r.Joint != nil {
			return nil, refuse("市场没有同去小组，结果却有")
		}
		return m, nil
	}
	if r.Joint == nil || len(r.Joint.Post) != len(m.Together) {
		return nil, refuse("同去小组没有逐个答复")
	}
	c := *m
	c.Fixed = slices.Clone(m.Fixed)
	for k, j := range r.Joint.Post {
		if j < 0 {
			continue
		}
		for _, a := range m.Together[k] {
			if !slices.ContainsFunc(m.Of(int(a)), func(e market.Edge) bool { return e.Post == j }) {
				return nil, refuse("小组成员学生 %d（第 %d 组）与岗位 %d 之间没有候选", a, k, j)
			}
			c.Fixed = append(c.Fixed, market.Pair{Agent: a, Post: j, Count: 1})
		}
	}
	return &c, nil
}

// costOf loads prices without asking that quotas with a price are used, and
// returns what all quotas cost at them.
func (v *verifier) costOf(cert *Cert) (int64, error) {
	c := v.core
	ls, err := newLevels(c, cert)
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for _, l := range []*level{ls.agent, ls.school, ls.post, ls.company, ls.group} {
		for i, p := range l.own {
			hi, lo := bits.Mul64(uint64(p), uint64(l.cap[i])) //nolint:gosec // p is checked next
			if p < 0 || hi != 0 || lo > math.MaxInt64>>1 || total > math.MaxInt64>>1 {
				return 0, refuse("%s %d 的价格是 %d，超出范围", l.what, i, p)
			}
			total += int64(lo) //nolint:gosec // bounded
		}
	}
	return total, v.load(ls)
}
