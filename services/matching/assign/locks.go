package assign

import (
	"fmt"
	"slices"

	"sunmao/services/matching/market"
)

// release returns what is left to decide once the locks are set: fixed students
// and their seats are taken out of the quotas all the way up both trees,
// forbidden pairs lose their edge. A market without locks is returned as it is.
func release(m *market.Market) (*market.Market, error) {
	if len(m.Fixed) == 0 && len(m.Forbidden) == 0 {
		return m, nil
	}
	c := ownQuotas(m)
	c.Fixed, c.Forbidden = nil, nil
	c.MinBatch = slices.Clone(m.MinBatch)
	forbidden := make(map[[2]int32]bool, len(m.Forbidden))
	for _, p := range m.Forbidden {
		forbidden[[2]int32{p.Agent, p.Post}] = true
	}
	if err := checkClasses(m); err != nil {
		return nil, err
	}
	for _, p := range m.Fixed {
		if forbidden[[2]int32{p.Agent, p.Post}] {
			return nil, fmt.Errorf("学生 %d 与岗位 %d 既被锁定又被禁止；请去掉一个", p.Agent, p.Post)
		}
		if err := take(&c, p); err != nil {
			return nil, err
		}
		if c.MinBatch != nil && p.Count > 0 {
			c.MinBatch[p.Post] = 0
		}
	}
	if len(forbidden) == 0 {
		return &c, nil
	}
	c.Off = make([]int64, 1, len(m.Off))
	c.Edges = make([]market.Edge, 0, len(m.Edges))
	for i := range m.Supply {
		for _, e := range m.Of(i) {
			if !forbidden[[2]int32{int32(i), e.Post}] {
				c.Edges = append(c.Edges, e)
			}
		}
		c.Off = append(c.Off, int64(len(c.Edges)))
	}
	return &c, nil
}

// ownQuotas copies a market with quotas that can be changed.
func ownQuotas(m *market.Market) market.Market {
	c := *m
	for _, v := range []*[]int32{&c.Supply, &c.SchoolCap, &c.PostCap, &c.CompanyCap, &c.GroupCap} {
		*v = slices.Clone(*v)
	}
	return c
}

// checkClasses refuses an order class that fixed pairs open halfway, and drops
// the minimum of those that they open.
func checkClasses(m *market.Market) error {
	fixed := make([]int32, len(m.MinBatch))
	for _, p := range m.Fixed {
		if int(p.Post) < len(fixed) {
			fixed[p.Post] += p.Count
		}
	}
	for j, n := range fixed {
		if n > 0 && n < m.MinBatch[j] {
			return fmt.Errorf("订单班岗位 %d 满 %d 人才开班，却只锁定了 %d 人；请锁定到起开人数，或不锁定", j, m.MinBatch[j], n)
		}
	}
	return nil
}

// take uses up the quotas of a fixed pair.
func take(c *market.Market, p market.Pair) error {
	spend := func(what string, v []int32, i int32) error {
		if v[i] < p.Count {
			return fmt.Errorf("锁定的学生 %d 与岗位 %d(%d 人)超出%s %d 的限额", p.Agent, p.Post, p.Count, what, i)
		}
		v[i] -= p.Count
		return nil
	}
	if err := spend("学生", c.Supply, p.Agent); err != nil {
		return err
	}
	if err := spend("岗位", c.PostCap, p.Post); err != nil {
		return err
	}
	climb := func(what string, v, up []int32, q int32) error {
		for q >= 0 {
			if err := spend(what, v, q); err != nil {
				return err
			}
			if up == nil {
				return nil
			}
			q = up[q]
		}
		return nil
	}
	if c.School != nil {
		if err := climb("学校", c.SchoolCap, c.SchoolUp, c.School[p.Agent]); err != nil {
			return err
		}
	}
	k := c.Company[p.Post]
	if err := climb("企业", c.CompanyCap, nil, k); err != nil || k < 0 || c.Group == nil {
		return err
	}
	return climb("集团", c.GroupCap, c.GroupUp, c.Group[k])
}

// addFixed merges the fixed pairs into the matches. Their score counts where
// the pair has an edge.
func (r *Result) addFixed(m *market.Market) {
	if len(m.Fixed) == 0 {
		return
	}
	for _, p := range m.Fixed {
		if p.Count == 0 {
			continue
		}
		r.Matches = append(r.Matches, p)
		r.Placed += int64(p.Count)
		for _, e := range m.Of(int(p.Agent)) {
			if e.Post == p.Post {
				r.Score += int64(e.Score) * int64(p.Count)
			}
		}
	}
	sortPairs(r.Matches)
	out := r.Matches[:0]
	for _, p := range r.Matches {
		if n := len(out); n > 0 && out[n-1].Agent == p.Agent && out[n-1].Post == p.Post {
			out[n-1].Count += p.Count
		} else {
			out = append(out, p)
		}
	}
	r.Matches = out
}
