package stable

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sunmao/services/matching/market"
)

// Seats are places of a post reserved for some agents (预留名额: green channel, order
// classes). What they do not use is open to everybody.
type Seats struct {
	Post    int32
	Count   int32
	Members []int32
}

// Reserved is a market in which every reserve is a post of its own: members list it
// just before the post, others just after it, and it prefers members. So every
// place of a post follows its own order, the reserved ones first (Kominers and
// Sönmez 2016, slot-specific priorities): what is proven of plain markets, stable,
// best for students, truthful, holds for reserves too. A member in a reserved
// place also comes first under the quota of the company.
type Reserved struct {
	Market *market.Market // to be solved and verified
	of     []int32        // the post behind each post
}

// Reserve splits the reserved seats off. The priorities of m must be below 2^31.
func Reserve(m *market.Market, seats []Seats) (*Reserved, error) {
	if err := supported(m); err != nil {
		return nil, err
	}
	x := *m
	r := &Reserved{Market: &x}
	x.PostCap, x.Company = slices.Clone(m.PostCap), slices.Clone(m.Company)
	if m.PostID != nil {
		x.PostID = slices.Clone(m.PostID)
	}
	for j := range m.PostCap {
		r.of = append(r.of, int32(j)) //nolint:gosec // an int32 by Check
	}
	at := make([][]int32, m.Posts()) // reserves of each post
	member := make([]map[int32]bool, len(seats))
	for k, s := range seats {
		if uint(s.Post) >= uint(m.Posts()) || s.Count < 0 || s.Count > x.PostCap[s.Post] {
			return nil, fmt.Errorf("双向选择：岗位 %[2]d 预留 %[1]d 个名额，已没有这么多", s.Count, s.Post)
		}
		x.PostCap[s.Post] -= s.Count
		at[s.Post] = append(at[s.Post], int32(len(r.of))) //nolint:gosec // posts and reserves are few
		r.of = append(r.of, s.Post)
		x.PostCap, x.Company = append(x.PostCap, s.Count), append(x.Company, m.Company[s.Post])
		if m.PostID != nil {
			x.PostID = append(x.PostID, m.PostID[s.Post])
		}
		member[k] = make(map[int32]bool, len(s.Members))
		for _, a := range s.Members {
			member[k][a] = true
		}
	}
	x.Off, x.Edges, x.Prio = make([]int64, 1, len(m.Off)), make([]market.Edge, 0, len(m.Edges)), make([]uint32, 0, len(m.Edges))
	for i := range m.Agents() {
		for e := m.Off[i]; e < m.Off[i+1]; e++ {
			if m.Prio[e] > math.MaxInt32 {
				return nil, fmt.Errorf("双向选择：第 %[2]d 条志愿的名次 %[1]d 太大，放不下预留名额", m.Prio[e], e)
			}
			r.line(m, e, at[m.Edges[e].Post], func(p int32) bool { return member[int(p)-m.Posts()][int32(i)] }) //nolint:gosec // an int32 by Check
		}
		x.Off = append(x.Off, int64(len(x.Edges)))
	}
	return r, nil
}

// line writes edge e of m and those to the reserves of its post: the own ones
// before, the others behind. Priorities grow by 2^31 but for members in their own.
func (r *Reserved) line(m *market.Market, e int64, reserves []int32, own func(p int32) bool) {
	x := r.Market
	add := func(post int32, prio uint32) {
		x.Edges = append(x.Edges, market.Edge{Post: post, Score: m.Edges[e].Score})
		x.Prio = append(x.Prio, prio)
	}
	const others = 1 << 31
	for _, p := range reserves {
		if own(p) {
			add(p, m.Prio[e])
		}
	}
	add(m.Edges[e].Post, m.Prio[e]|others)
	for _, p := range reserves {
		if !own(p) {
			add(p, m.Prio[e]|others)
		}
	}
}

// Fold returns the pairs in terms of the posts of the market handed to Reserve.
func (r *Reserved) Fold(pairs []market.Pair) []market.Pair {
	out := slices.Clone(pairs)
	for k := range out {
		out[k].Post = r.of[out[k].Post]
	}
	slices.SortFunc(out, func(a, b market.Pair) int { return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Post, b.Post)) })
	n := 0
	for _, p := range out {
		if n > 0 && out[n-1].Agent == p.Agent && out[n-1].Post == p.Post {
			out[n-1].Count += p.Count
			continue
		}
		out[n] = p
		n++
	}
	return out[:n]
}
