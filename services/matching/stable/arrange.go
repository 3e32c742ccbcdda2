package stable

import (
	"math/bits"
	"runtime"

	"sunmao/services/matching/market"
)

const (
	first   = 8    // lines of a list in its head
	streams = 64   // by which the students are ordered
	bins    = 2048 // of priorities, to find their quantiles
	regions = 64   // of posts, about
)

// Arranged is a market laid out for Solve: lists and posts where the solver finds
// them with the fewest waits for memory. Arranging depends on the lists alone; it
// is done once when a market is read.
//
// The order serves speed and nothing else, for the outcome of deferred acceptance
// does not depend on the order of proposals. Students go by their priority at their
// first wish, roughly, because a seat given to a good candidate is seldom taken away
// again; posts go by company. One Arranged can be solved again and again, but not by
// two at the same time.
type Arranged struct {
	m *market.Market
	*layout
}

// layout is the arrangement of a market of single students.
type layout struct {
	// The list of student k of the arrangement: the first lines lie together in one
	// cache line, the others from rest[from[k]]; a line at no post ends the list.
	head [][first]line
	rest []line
	from []uint32
	at   []int32 // place of each agent in the arrangement

	// Posts are numbered anew, company by company, so that each company lies in one
	// region of 1<<region posts; some numbers stay unused.
	id     []int32 // of each post of the market
	post   []int32 // of the market, for each number; -1 unused
	region int

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
	a := &Arranged{m: m}
	if single(m) && m.Group == nil {
		a.layout = arrange(m)
	}
	return a, nil
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

func arrange(m *market.Market) *layout {
	n := m.Agents()
	a := &layout{at: byFirstPriority(m), from: market.Make[uint32](n + 1)}
	a.number(m)
	for i, k := range a.at {
		a.from[k+1] = uint32(max(m.Off[i+1]-m.Off[i]+1-first, 0)) //nolint:gosec // below 2^32 by supported
	}
	for k := range n {
		a.from[k+1] += a.from[k]
	}
	a.head = market.Make[[first]line](n)
	a.rest = market.Make[line](int(a.from[n]))
	cores := runtime.GOMAXPROCS(0)
	together(cores, func(c int) {
		for i := n * c / cores; i < n*(c+1)/cores; i++ {
			a.copy(m, i)
		}
	})
	a.memory = newUnits(m, a)
	return a
}

// copy brings the list of agent i to its place.
func (a *layout) copy(m *market.Market, i int) {
	edges, prio := m.Of(i), m.Prio[m.Off[i]:m.Off[i+1]]
	k := a.at[i]
	head, rest := &a.head[k], a.rest[a.from[k]:a.from[k+1]]
	x := 0
	for ; x < min(len(edges), first); x++ {
		head[x] = line{a.id[edges[x].Post], prio[x]}
	}
	if x < first {
		head[x] = a.end()
		return
	}
	for ; x < len(edges); x++ {
		rest[x-first] = line{a.id[edges[x].Post], prio[x]}
	}
	rest[x-first] = a.end()
}

// end is the line at no post that ends a list.
func (a *layout) end() line { return line{post: int32(len(a.post))} } //nolint:gosec // below twice the posts

// number gives the posts their numbers.
func (a *layout) number(m *market.Market) {
	size := make([]int, m.Companies()+m.Posts()) // of each side
	most := m.Posts() / regions
	for j := range m.Posts() {
		s := sideOf(m, int32(j)) //nolint:gosec // an int32 by Check
		size[s]++
		most = max(most, size[s])
	}
	a.region = bits.Len(uint(most)) //nolint:gosec // not negative
	next, at := make([]int, len(size)), 0
	for s, n := range size {
		if n > 0 && (at+n-1)>>a.region > at>>a.region {
			at = (at>>a.region + 1) << a.region
		}
		next[s] = at
		at += n
	}
	a.id, a.post = make([]int32, m.Posts()), make([]int32, at)
	for x := range a.post {
		a.post[x] = -1
	}
	for j := range a.id {
		x := &next[sideOf(m, int32(j))]           //nolint:gosec // an int32 by Check
		a.id[j], a.post[*x] = int32(*x), int32(j) //nolint:gosec // below twice the posts
		*x++
	}
}

// byFirstPriority returns the place of every agent: by quantiles of the priority at
// the first wish, within a quantile as in the market. So the result, which goes agent
// by agent, reads the arrangement in a few streams.
func byFirstPriority(m *market.Market) []int32 {
	n := m.Agents()
	most := uint32(0)
	for i := range n {
		if e := m.Off[i]; e < m.Off[i+1] {
			most = max(most, m.Prio[e])
		}
	}
	shift := max(0, bits.Len32(most)-bits.Len32(bins-1))
	bin := market.Make[uint16](n)
	var count [bins]int32
	for i := range n {
		if e := m.Off[i]; e < m.Off[i+1] {
			bin[i] = uint16(m.Prio[e] >> shift) //nolint:gosec // below bins
		}
		count[bin[i]]++
	}
	var stream [bins]uint8
	var start [streams + 1]int32
	before := 0
	for b, c := range count {
		stream[b] = uint8(before * streams / (n + 1)) //nolint:gosec // below streams
		start[stream[b]+1] += c
		before += int(c)
	}
	for s := range streams {
		start[s+1] += start[s]
	}
	at := market.Make[int32](n)
	for i := range at {
		s := &start[stream[bin[i]]]
		at[i] = *s
		*s++
	}
	return at
}

// sideOf numbers the companies and, behind them, the posts without one.
func sideOf(m *market.Market, j int32) int32 {
	if c := m.Company[j]; c >= 0 {
		return c
	}
	return int32(m.Companies()) + j //nolint:gosec // an int32 by Check
}
