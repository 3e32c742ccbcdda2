package stable

import (
	"cmp"
	"fmt"
	"slices"

	"sunmao/services/matching/market"
)

// Prepare returns a market with strict ranks for Solve, m itself if it has them and
// no locks. Otherwise the result shares no arrays that differ, and
//
//   - lists hold only pairs that both sides listed and that are not Forbidden;
//   - a market without lists gets them from the scores, on both sides;
//   - ties of a company are broken by priority class (market.Class), then by who
//     missed out more often (market.Missed, the rotation between rounds), then by one
//     lottery for all posts, drawn from the seed and the student's identifier alone:
//     a student's number does not depend on who else takes part;
//   - the agent of a Fixed pair lists only that post and is ranked first there.
//
// A company compares candidates of its different posts by their tie class; so ranks
// lines of one company count places, and posts without one count scores.
func Prepare(m *market.Market, seed uint64) (*market.Market, error) {
	if m.Prio != nil && len(m.Fixed)+len(m.Forbidden) == 0 {
		return m, nil
	}
	fixed, err := fixedPosts(m)
	if err != nil {
		return nil, err
	}
	p := *m
	p.Fixed, p.Forbidden, p.Tier = nil, nil, nil
	p.Off, p.Edges = make([]int64, 1, m.Agents()+1), make([]market.Edge, 0, len(m.Edges))
	tier := make([]uint32, 0, len(m.Edges))
	forbidden := make(map[[2]int32]bool, len(m.Forbidden))
	for _, f := range m.Forbidden {
		forbidden[[2]int32{f.Agent, f.Post}] = true
	}
	for i := range m.Agents() {
		from := len(p.Edges)
		for e := m.Off[i]; e < m.Off[i+1]; e++ {
			t, j := tierOf(m, e), m.Edges[e].Post
			if f := fixed[i]; f >= 0 && j != f || t == market.Unlisted && f < 0 {
				continue
			} else if f >= 0 {
				t = 0
			}
			if len(forbidden) > 0 && forbidden[[2]int32{int32(i), j}] {
				continue
			}
			p.Edges = append(p.Edges, m.Edges[e])
			tier = append(tier, t)
		}
		if fixed[i] >= 0 && len(p.Edges) == from {
			p.Edges = append(p.Edges, market.Edge{Post: fixed[i]})
			tier = append(tier, 0)
		}
		if m.Tier == nil && m.Prio == nil {
			byScore(p.Edges[from:], tier[from:])
		}
		p.Off = append(p.Off, int64(len(p.Edges)))
	}
	p.Prio = draw(&p, tier, fixed, lottery(m, seed))
	return &p, nil
}

// fixedPosts returns the post of each agent with a fixed pair, -1 for the others.
func fixedPosts(m *market.Market) ([]int32, error) {
	fixed := slices.Repeat([]int32{-1}, m.Agents())
	for _, f := range m.Fixed {
		if f.Count < m.Supply[f.Agent] {
			return nil, fmt.Errorf("双向选择：第 %d 个学生或班级共 %d 人，只锁定了 %d 人；请把锁定的人单列一个班级", f.Agent+1, m.Supply[f.Agent], f.Count)
		}
		if fixed[f.Agent] >= 0 {
			return nil, fmt.Errorf("双向选择：第 %d 个学生或班级锁定了两次，只能锁定一个岗位", f.Agent+1)
		}
		fixed[f.Agent] = f.Post
	}
	return fixed, nil
}

func tierOf(m *market.Market, e int64) uint32 {
	switch {
	case m.Tier != nil:
		return m.Tier[e]
	case m.Prio != nil:
		return min(m.Prio[e], market.Unlisted-1)
	}
	return market.ByScore(m.Edges[e].Score)
}

// byScore orders a list by score, the higher first, then by post.
func byScore(edges []market.Edge, tier []uint32) {
	slices.SortFunc(edges, func(a, b market.Edge) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Post, b.Post)) })
	for k, e := range edges {
		tier[k] = market.ByScore(e.Score)
	}
}

// lottery returns the agents in the order of the draw: priority class first, then
// who missed out more often, then the hash of seed and identifier (the number where there are no names).
func lottery(m *market.Market, seed uint64) []int32 {
	ticket := make([]uint64, m.Agents())
	order := make([]int32, m.Agents())
	for i := range ticket {
		order[i] = int32(i)
		h := uint64(i)
		if m.AgentID != nil {
			h = fnv64(m.AgentID[i])
		}
		ticket[i] = scramble(scramble(seed) ^ h)
	}
	slices.SortFunc(order, func(a, b int32) int {
		if m.Class != nil && m.Class[a] != m.Class[b] {
			return cmp.Compare(m.Class[a], m.Class[b])
		}
		if m.Missed != nil && m.Missed[a] != m.Missed[b] {
			return cmp.Compare(m.Missed[b], m.Missed[a])
		}
		return cmp.Or(cmp.Compare(ticket[a], ticket[b]), cmp.Compare(a, b))
	})
	return order
}

// fnv64 is the 64-bit FNV-1a hash, written out so that stored lotteries can be
// recomputed in any language.
func fnv64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// scramble is the output function of SplitMix64 (Steele, Lea and Flood 2014).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw ranks the candidates of every company, or group of companies, or of a post without one, by tie
// class, then lottery, then post: the priority is the place in that order. Locked
// agents come before all others.
func draw(m *market.Market, tier []uint32, fixed, order []int32) []uint32 {
	quota := newTree(m)
	start := make([]int64, quota.sides()+1)
	for _, e := range m.Edges {
		start[quota.side(e.Post)+1]++
	}
	for s := range len(start) - 1 {
		start[s+1] += start[s]
	}
	type ticket struct {
		tier uint64 // 0 for the locked, else the class + 1
		edge int64
	}
	tickets := make([]ticket, len(m.Edges))
	fill := slices.Clone(start)
	for _, i := range order {
		for e := m.Off[i]; e < m.Off[i+1]; e++ {
			s := quota.side(m.Edges[e].Post)
			t := ticket{tier: uint64(tier[e]) + 1, edge: e}
			if fixed[i] >= 0 {
				t.tier = 0
			}
			tickets[fill[s]] = t
			fill[s]++
		}
	}
	prio := make([]uint32, len(m.Edges))
	for s := range len(start) - 1 {
		some := tickets[start[s]:start[s+1]]
		slices.SortStableFunc(some, func(a, b ticket) int { return cmp.Compare(a.tier, b.tier) })
		for k, t := range some {
			prio[t.edge] = uint32(k)
		}
	}
	return prio
}
