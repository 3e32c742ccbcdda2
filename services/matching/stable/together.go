package stable

import (
	"cmp"
	"fmt"
	"slices"

	"sunmao/services/matching/market"
)

// tries is how many common posts are tried for a group if Options say nothing.
const tries = 64

// solveTogether handles groups (couples, friends: market.Together) by a bounded
// repair of the matching without them. With groups a stable matching need not exist
// and to find one is NP-complete (Ronn 1990), so each group in turn, as the market
// lists them, tries the posts that all its members listed, the best for them first:
// its members list that post alone, and the market is solved again. The post is
// kept if all of them get it and no earlier group is torn apart; a group without
// such a post is released, and its members are placed one by one.
//
// The matching is stable for everybody else; the members of a kept group may have
// given up a better post of their own, which is what they asked for.
func (x *engine) solveTogether() (*Result, error) {
	r, err := x.solve()
	if err != nil {
		return nil, err
	}
	var bound []int32
	defer func() {
		for _, a := range bound {
			x.unbind(a)
		}
	}()
	for _, g := range x.m.Together {
		if len(g) < 2 {
			continue
		}
		again, reason, err := x.keep(g, r)
		if err != nil {
			return nil, err
		}
		if again == nil {
			r.Released = append(r.Released, Release{Members: slices.Clone(g), Reason: reason})
			continue
		}
		r, bound = again, append(bound, g...)
	}
	return r, nil
}

// keep looks for a post for group g beside the groups kept in r, and leaves its
// members bound to it; or says why there is none.
func (x *engine) keep(g []int32, r *Result) (*Result, string, error) {
	most := x.side.Tries
	if most <= 0 {
		most = tries
	}
	posts, reason := commonPosts(&x.m, g)
	for n, p := range posts {
		if n == most {
			return nil, fmt.Sprintf("前 %d 个共同填报的岗位都容不下全组", most), nil
		}
		for k, a := range g {
			x.bind(a, p.lines[k])
		}
		again, err := x.solve()
		if err != nil {
			return nil, "", err
		}
		again.Kept = append(slices.Clone(r.Kept), Group{Members: slices.Clone(g), Post: p.post})
		again.Released = r.Released
		if unbroken(&x.m, again) {
			return again, "", nil
		}
		for _, a := range g {
			x.unbind(a)
		}
	}
	return nil, reason, nil
}

// common is a post that all members of a group listed, with their lines.
type common struct {
	post  int32
	lines []int64
	sum   int64 // of the places on their lists
}

// commonPosts returns the posts that could take the whole group, best first, and
// what to say if none of them does.
func commonPosts(m *market.Market, g []int32) ([]common, string) {
	at := make(map[int32]*common)
	need := int64(0)
	for n, a := range g {
		need += int64(m.Supply[a])
		for e := m.Off[a]; e < m.Off[a+1]; e++ {
			j := m.Edges[e].Post
			c := at[j]
			if n == 0 {
				c = &common{post: j}
				at[j] = c
			}
			if c == nil || len(c.lines) != n {
				continue
			}
			c.lines = append(c.lines, e)
			c.sum += e - m.Off[a]
		}
	}
	var out []common
	shared := false
	for j, c := range at {
		if len(c.lines) < len(g) {
			continue
		}
		shared = true
		k := m.Company[j]
		if int64(m.PostCap[j]) >= need && (k < 0 || int64(m.CompanyCap[k]) >= need) {
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b common) int { return cmp.Or(cmp.Compare(a.sum, b.sum), cmp.Compare(a.post, b.post)) })
	switch {
	case !shared:
		return nil, "组员没有共同填报的岗位"
	case len(out) == 0:
		return nil, fmt.Sprintf("共同填报的岗位名额都不足 %d 人", need)
	}
	return out, "共同填报的岗位里，总有组员的名次不够，或会拆散先前的小组"
}

// unbroken says whether all members of all kept groups are where they should be.
func unbroken(m *market.Market, r *Result) bool {
	for _, g := range r.Kept {
		for _, a := range g.Members {
			k, ok := slices.BinarySearchFunc(r.Pairs, market.Pair{Agent: a, Post: g.Post}, func(p, q market.Pair) int {
				return cmp.Or(cmp.Compare(p.Agent, q.Agent), cmp.Compare(p.Post, q.Post))
			})
			if m.Supply[a] > 0 && (!ok || r.Pairs[k].Count != m.Supply[a]) {
				return false
			}
		}
	}
	return true
}
