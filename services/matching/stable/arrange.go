package stable

import (
	"math/bits"
	"runtime"

	"sunmao/services/matching/market"
)

const (
	blocks  = 8   // parts of the market that different workers can own
	buckets = 128 // of students by the priority at their first wish
)

// Arranged is a market laid out for Solve: the lists of single students as one
// array of lines in market order, so that the solver reads memory from front to
// back. Arranging takes several times as long as solving and depends on the lists
// alone; it is done once when a market is read.
//
// The order serves speed and nothing else, for the outcome of deferred acceptance
// does not depend on the order of proposals. One Arranged can be solved again and
// again, but not by two at the same time. Students go by the block of their
// first wish (which says who owns it), then roughly by the priority there, because
// a seat given to a good candidate is seldom taken away again, then by the post,
// so that neighbours propose to the same one.
type Arranged struct {
	m     *market.Market
	lines []line // the lists one after the other, each closed by a line at no post
	// Students in market order: agent[k] has its list at lines[from[k]].
	agent []int32
	from  []uint32
	end   [blocks*buckets + 1]int32 // bucket b is agent[end[b]:end[b+1]]

	memory *units
}

// line is one wish: the post and the student's priority there.
type line struct {
	post int32
	prio uint32
}

// Arrange lays a market with strict ranks (see Prepare) out.
func Arrange(m *market.Market) (*Arranged, error) {
	if err := supported(m); err != nil {
		return nil, err
	}
	if !single(m) || len(m.Together) > 0 {
		return &Arranged{m: m}, nil
	}
	return arrange(m, ownLists(m)), nil
}

// single says whether every agent is one student.
func single(m *market.Market) bool {
	for _, s := range m.Supply {
		if s != 1 {
			return false
		}
	}
	return true
}

func arrange(m *market.Market, l lists) *Arranged {
	n := m.Agents()
	a := &Arranged{m: m, agent: market.Make[int32](n), from: market.Make[uint32](n)}
	bucket := market.Make[uint16](n)
	shift := spread(m, l)
	for i := range bucket {
		if e := l.from[i]; e < l.to[i] {
			b := int(sideOf(m, m.Edges[e].Post)%blocks)*buckets + int(min(m.Prio[e]>>shift, buckets-1))
			bucket[i] = uint16(b) //nolint:gosec // below blocks*buckets
		}
		a.end[bucket[i]+1]++
	}
	for b := range blocks * buckets {
		a.end[b+1] += a.end[b]
	}
	fill := a.end
	for _, i := range byFirstWish(m, l) {
		b := bucket[i]
		a.agent[fill[b]] = i
		fill[b]++
	}
	total := int64(n)
	for i := range n {
		total += l.to[i] - l.from[i]
	}
	a.lines = market.Make[line](int(total))
	at := uint32(0)
	for k, i := range a.agent {
		a.from[k] = at
		at += uint32(l.to[i]-l.from[i]) + 1 //nolint:gosec // below 2^32 by supported
	}
	cores := runtime.GOMAXPROCS(0)
	together(cores, func(c int) {
		for k := n * c / cores; k < n*(c+1)/cores; k++ {
			i := a.agent[k]
			edges, prio := m.Edges[l.from[i]:l.to[i]], m.Prio[l.from[i]:l.to[i]]
			lines := a.lines[a.from[k]:]
			for x, e := range edges {
				lines[x] = line{e.Post, prio[x]}
			}
			lines[len(edges)] = line{post: int32(m.Posts())} //nolint:gosec // an int32 by Check
		}
	})
	a.memory = newUnits(a)
	return a
}

// sideOf numbers the companies and, behind them, the posts without one.
func sideOf(m *market.Market, j int32) int32 {
	if c := m.Company[j]; c >= 0 {
		return c
	}
	return int32(m.Companies()) + j //nolint:gosec // an int32 by Check
}

// byFirstWish returns the students by their first wish; those without one first.
func byFirstWish(m *market.Market, l lists) []int32 {
	first := func(i int) int {
		if e := l.from[i]; e < l.to[i] {
			return int(m.Edges[e].Post) + 1
		}
		return 0
	}
	start := make([]int32, m.Posts()+2)
	for i := range m.Agents() {
		start[first(i)+1]++
	}
	for j := range m.Posts() + 1 {
		start[j+1] += start[j]
	}
	sorted := market.Make[int32](m.Agents())
	for i := range m.Agents() {
		j := first(i)
		sorted[start[j]] = int32(i) //nolint:gosec // an int32 by Check
		start[j]++
	}
	return sorted
}

// spread returns the shift that brings the priorities at first wishes, judged by a
// sample, into the buckets.
func spread(m *market.Market, l lists) int {
	n := m.Agents()
	most := uint32(0)
	for s := range min(n, 1000) {
		i := s * (n / min(n, 1000))
		if e := l.from[i]; e < l.to[i] {
			most = max(most, m.Prio[e])
		}
	}
	return max(0, bits.Len32(most)-bits.Len32(buckets-1))
}
