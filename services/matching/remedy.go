package matching

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/matching/market"
	"sunmao/services/matching/stable"
)

// Change is the smallest enlargement that would place the rest of an agent: so many
// slots more at one post, and so many more in the quotas around it.
//
// In assignment they can then be placed without moving anybody. In two-way selection
// that would not be stable: whoever ranks higher and would rather be there comes
// first, so the enlargement counts them in, and solving again places the agent.
type Change struct {
	Post  int32 // -1: no post is open to the agent at all
	Slots int64
	Quota int64   // of the company
	Group []int64 // of the groups around it, the innermost first
	First int64   // of the added places, how many others take before the agent
	// Smallest says that nothing less would do; otherwise the change is enough, but
	// a smaller one was not looked for, because the market is too large or has
	// classes or groups of friends.
	Smallest bool
	Words    string
}

// Cost is the number of places added at all levels together.
func (c *Change) Cost() int64 {
	sum := c.Slots + c.Quota
	for _, n := range c.Group {
		sum += n
	}
	return sum
}

// searchEdges bounds the edges of the markets that one Explainer solves again to find
// the smallest changes: about two seconds.
const searchEdges = 30_000_000

// change finds the smallest enlargement for n students of agent i who are not placed.
func (x *Explainer) change(i int32, n int64) *Change {
	best := &Change{Post: -1, Words: "没有一个岗位符合条件：要放宽距离、专业或时间，见最接近的岗位"}
	switch {
	case len(x.m.Of(int(i))) == 0:
		return best
	case x.prices == nil:
		best = x.stableChange(i, n)
	default:
		best = x.plainChange(i, n)
	}
	best.Words = x.changeWords(best, n)
	return best
}

// plainChange places n students without moving anybody.
func (x *Explainer) plainChange(i int32, n int64) *Change {
	var best *Change
	score := int32(0)
	for _, e := range x.m.Of(int(i)) {
		c := x.enlarge(e.Post, n)
		if best == nil || cmp.Or(cmp.Compare(c.Cost(), best.Cost()), cmp.Compare(score, e.Score)) < 0 {
			best, score = c, e.Score
		}
	}
	best.Smallest = true
	return best
}

// enlarge makes room for n students more at post j and in all quotas around it.
func (x *Explainer) enlarge(j int32, n int64) *Change {
	c := &Change{Post: j, Slots: max(0, x.fill[j]+n-int64(x.m.PostCap[j]))}
	if k := x.m.Company[j]; k >= 0 {
		c.Quota = max(0, x.taken[k]+n-int64(x.m.CompanyCap[k]))
		for g := x.group(k); g >= 0; g = around(x.m.GroupUp, g) {
			c.Group = append(c.Group, max(0, x.grouped[g]+n-int64(x.m.GroupCap[g])))
		}
	}
	return c
}

// Apply returns the market after the change.
func (c *Change) Apply(m *market.Market) *market.Market {
	wide := *m
	wide.PostCap, wide.CompanyCap, wide.GroupCap = slices.Clone(m.PostCap), slices.Clone(m.CompanyCap), slices.Clone(m.GroupCap)
	wide.PostCap[c.Post] += int32(c.Slots) //nolint:gosec // no more than all students
	if k := m.Company[c.Post]; k >= 0 {
		wide.CompanyCap[k] += int32(c.Quota) //nolint:gosec // as above
		if m.Group != nil {
			g := m.Group[k]
			for _, n := range c.Group {
				wide.GroupCap[g] += int32(n) //nolint:gosec // as above
				g = around(m.GroupUp, g)
			}
		}
	}
	return &wide
}

// stableChange finds the post where the fewest places more bring all students of
// agent i in. What surely suffices at a post follows from counting those who rank
// higher there and are not at a better post of their own list; in a small market
// solving again finds whether less will do, for the number of places that suffices
// only has to grow to bring more students in.
func (x *Explainer) stableChange(i int32, n int64) *Change {
	type option struct {
		post        int32
		least, most int64
	}
	var options []option
	for e := x.m.Off[i]; e < x.m.Off[i+1]; e++ {
		options = append(options, option{post: x.m.Edges[e].Post, least: n, most: x.suffices(i, e)})
	}
	slices.SortStableFunc(options, func(a, b option) int {
		return cmp.Compare(x.enlarge(a.post, a.most).Cost(), x.enlarge(b.post, b.most).Cost())
	})
	best, most := x.enlarge(options[0].post, options[0].most), options[0].most
	if len(x.m.Together) == 0 && x.m.MinBatch == nil {
		for _, o := range options {
			// Only what costs less than the best so far is of interest.
			for hi := o.most; o.least <= hi && x.searched <= searchEdges; {
				mid := (o.least + hi) / 2
				c := x.enlarge(o.post, mid)
				if c.Cost() >= best.Cost() {
					hi = mid - 1
					continue
				}
				x.searched += int64(len(x.m.Edges)) + 1000
				if x.admits(c, i) {
					best, most, hi = c, mid, mid-1
				} else {
					o.least = mid + 1
				}
			}
		}
		best.Smallest = x.searched <= searchEdges
	}
	best.First = max(0, most-n)
	return best
}

// admits solves the market again after the change and says whether all students of
// agent i are placed then.
func (x *Explainer) admits(c *Change, i int32) bool {
	r, err := stable.Solve(c.Apply(x.m), stable.Options{})
	if err != nil {
		return false
	}
	left := int64(x.m.Supply[i])
	for _, p := range r.Pairs {
		if p.Agent == i {
			left -= int64(p.Count)
		}
	}
	return left == 0
}

// suffices is for how many students more there has to be room at the post of edge e
// and in all quotas around it, so that agent i surely gets all its students there or
// to a better place. If it did not, the post or a quota around it would be full of
// others who rank higher; but with more places nobody is worse off than before, so
// these are among those who are there now or would rather be there now.
func (x *Explainer) suffices(i int32, e int64) int64 {
	j, prio := x.m.Edges[e].Post, x.m.Prio[e]
	if x.seek == nil {
		x.seek = x.newSeekers()
	}
	need := func(node int32, free int64, capacity int32) int64 {
		others := x.seek.above(node, prio)
		mine, own := x.ownPart(i, node)
		if mine < prio {
			others -= own
		}
		if more := others + own - int64(capacity); more > 0 {
			return more + free
		}
		return 0
	}
	room := need(j, int64(x.m.PostCap[j])-x.fill[j], x.m.PostCap[j])
	if k := x.m.Company[j]; k >= 0 {
		nP, nC := int32(x.m.Posts()), int32(x.m.Companies()) //nolint:gosec // int32 by Check
		room = max(room, need(nP+k, int64(x.m.CompanyCap[k])-x.taken[k], x.m.CompanyCap[k]))
		for g := x.group(k); g >= 0; g = around(x.m.GroupUp, g) {
			room = max(room, need(nP+nC+g, int64(x.m.GroupCap[g])-x.grouped[g], x.m.GroupCap[g]))
		}
	}
	return room
}

// seekers lists for each node (posts, then companies, then groups) the agents who are
// there or would rather be there than where they are, by priority.
type seekers struct {
	start []int64
	prio  []uint32 // of the seekers of a node, ascending
	upTo  []int64  // students among them, up to each
}

// node and its best priority there for an agent, with the students concerned.
type sought struct {
	node int32
	prio uint32
	n    int64
}

func (x *Explainer) newSeekers() *seekers {
	nodes := x.m.Posts() + x.m.Companies() + len(x.m.GroupCap)
	s := &seekers{start: make([]int64, nodes+1)}
	var all, own []sought
	for i := range x.m.Agents() {
		own = x.sought(own[:0], int32(i)) //nolint:gosec // an int32 by Check
		all = append(all, own...)
	}
	slices.SortFunc(all, func(a, b sought) int { return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.prio, b.prio)) })
	for _, a := range all {
		s.start[a.node+1]++
	}
	for k := range nodes {
		s.start[k+1] += s.start[k]
	}
	for k, a := range all {
		n := a.n
		if int64(k) > s.start[a.node] {
			n += s.upTo[k-1]
		}
		s.prio, s.upTo = append(s.prio, a.prio), append(s.upTo, n)
	}
	return s
}

// sought appends where agent i is or would rather be.
func (x *Explainer) sought(out []sought, i int32) []sought {
	add := func(node int32, prio uint32, n int64) {
		for k := range out {
			if out[k].node == node {
				out[k].prio = min(out[k].prio, prio)
				return
			}
		}
		out = append(out, sought{node, prio, n})
	}
	nP, nC := int32(x.m.Posts()), int32(x.m.Companies()) //nolint:gosec // int32 by Check
	for k, n := range x.remaining(i) {
		e := x.m.Off[i] + int64(k)
		j, prio := x.m.Edges[e].Post, x.m.Prio[e]
		if bound, ok := x.bound[i]; n == 0 || ok && j != bound {
			continue
		}
		add(j, prio, n)
		if c := x.m.Company[j]; c >= 0 {
			add(nP+c, prio, n)
			for g := x.group(c); g >= 0; g = around(x.m.GroupUp, g) {
				add(nP+nC+g, prio, n)
			}
		}
	}
	return out
}

// remaining is, for each line of agent i, how many of its students are not placed at
// a better one.
func (x *Explainer) remaining(i int32) []int64 {
	left := int64(x.m.Supply[i])
	places := x.places(i)
	out := make([]int64, x.m.Off[i+1]-x.m.Off[i])
	for k, e := range x.m.Of(int(i)) {
		out[k] = left
		for _, p := range places {
			if p.Post == e.Post {
				left -= int64(p.Count)
			}
		}
	}
	return out
}

// ownPart returns agent i's own part of a node.
func (x *Explainer) ownPart(i, node int32) (prio uint32, n int64) {
	for _, s := range x.sought(nil, i) {
		if s.node == node {
			return s.prio, s.n
		}
	}
	return 0, 0
}

// above is how many students of a node rank above a priority.
func (s *seekers) above(node int32, prio uint32) int64 {
	from, to := s.start[node], s.start[node+1]
	k, _ := slices.BinarySearch(s.prio[from:to], prio)
	if k == 0 {
		return 0
	}
	return s.upTo[from+int64(k)-1]
}

func (x *Explainer) changeWords(c *Change, n int64) string {
	var more []string
	name := x.PostName(c.Post)
	if c.Slots > 0 {
		more = append(more, fmt.Sprintf("%s增加 %d 个名额", name, c.Slots))
	}
	if c.Quota > 0 {
		more = append(more, fmt.Sprintf("企业%s总名额增加 %d 个", x.CompanyName(x.m.Company[c.Post]), c.Quota))
	}
	for _, g := range c.Group {
		if g > 0 {
			more = append(more, fmt.Sprintf("所属集团或地区的名额增加 %d 个", g))
		}
	}
	switch {
	case len(more) == 0:
		return fmt.Sprintf("%s还有空额：要放宽的是学校或开班人数的限制", name)
	case x.prices != nil:
		return fmt.Sprintf("%s，就能在不动别人的情况下把这 %d 人安排到%s", strings.Join(more, "、"), n, name)
	}
	words := fmt.Sprintf("%s，这 %d 人就有岗位", strings.Join(more, "、"), n)
	if c.First > 0 {
		words += fmt.Sprintf("；增加的名额里 %d 个会先由名次更前、更想来的学生占去", c.First)
	}
	return words
}
