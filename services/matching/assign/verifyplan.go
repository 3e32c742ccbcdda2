package assign

import (
	"math"
	"math/bits"
	"slices"
)

// openClasses checks the plan of a market with minimums and returns the lower
// bounds it sets; the quotas of classes that stay closed become 0. Without
// minimums there must be no plan.
func (v *verifier) openClasses() ([]int32, error) {
	c, plan := v.core, v.r.Plan
	if !slices.ContainsFunc(c.MinBatch, func(n int32) bool { return n > 0 }) {
		if plan != nil {
			return nil, refuse("a plan for a market without minimums")
		}
		return nil, nil
	}
	if plan == nil {
		return nil, refuse("no plan for a market with minimums")
	}
	if err := v.checkBound(plan); err != nil {
		return nil, err
	}
	low := make([]int32, len(c.PostCap))
	for k, j := range plan.Open {
		if uint(j) >= uint(len(low)) || c.MinBatch[j] == 0 || k > 0 && plan.Open[k-1] >= j {
			return nil, refuse("open class %d is post %d", k, j)
		}
		low[j] = c.MinBatch[j]
	}
	cut := *c
	cut.PostCap = slices.Clone(c.PostCap)
	for j, n := range c.MinBatch {
		if n > 0 && low[j] == 0 {
			cut.PostCap[j] = 0
		}
	}
	v.core = &cut
	return low, nil
}

// checkBound checks that the prices of the relaxation prove the bound, by weak
// duality: prices that no pair beats cost at least what any assignment is worth.
func (v *verifier) checkBound(plan *Plan) error {
	c, cert := v.core, &plan.Relax
	if cert.Low != v.w.Low || cert.High != v.w.High {
		return refuse("the bound is for other weights")
	}
	relax := &verifier{m: v.m, core: c, r: v.r, w: v.w, first: make([]int32, len(c.Supply)+1)}
	cost, err := relax.costOf(cert)
	if err != nil {
		return err
	}
	for a := range c.Supply {
		if _, err := relax.checkAgent(a); err != nil {
			return err
		}
	}
	value := int64(0)
	for _, p := range v.free {
		class := uint8(0)
		if c.Class != nil {
			class = c.Class[p.Agent]
		}
		for _, e := range c.Of(int(p.Agent)) {
			if e.Post == p.Post {
				value += v.w.Of(class, e.Score) * int64(p.Count)
			}
		}
	}
	if cost != plan.Bound || value != plan.Value || value > cost {
		return refuse("plan of %d under a bound of %d, computed %d and %d", plan.Value, plan.Bound, value, cost)
	}
	return nil
}

// costOf loads prices without asking that quotas with a price are used, and
// returns what all quotas cost at them.
func (v *verifier) costOf(cert *Cert) (int64, error) {
	c := v.core
	total := int64(0)
	var ls [5]*level
	for k, s := range []struct {
		what  string
		own   []int64
		quota []int32
	}{{"agent", cert.Agent, c.Supply}, {"school", cert.School, c.SchoolCap}, {"post", cert.Post, c.PostCap},
		{"company", cert.Company, c.CompanyCap}, {"group", cert.Group, c.GroupCap}} {
		l, err := newLevel(s.what, s.own, s.quota)
		if err != nil {
			return 0, err
		}
		ls[k] = l
		for i, p := range s.own {
			hi, lo := bits.Mul64(uint64(p), uint64(s.quota[i])) //nolint:gosec // p is checked next
			if p < 0 || hi != 0 || lo > math.MaxInt64>>1 || total > math.MaxInt64>>1 {
				return 0, refuse("price of %s %d is %d", s.what, i, p)
			}
			total += int64(lo) //nolint:gosec // bounded
		}
	}
	if err := tower(ls[1], c.SchoolUp); err != nil {
		return 0, err
	}
	if err := tower(ls[4], c.GroupUp); err != nil {
		return 0, err
	}
	ls[3].add(c.Group, ls[4])
	ls[2].add(c.Company, ls[3])
	ls[0].add(c.School, ls[1])
	v.price, v.value = ls[2].sum, ls[0].sum
	return total, nil
}
