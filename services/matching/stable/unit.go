package stable

import (
	"math"
	"sync"
	"sync/atomic"

	"sunmao/services/matching/market"
)

const (
	nobody = int32(-1)
	batch  = 64 // students or offers taken together, so that their waits for memory overlap
	waves  = 12 // in which the students come to make their first proposals
)

// units runs deferred acceptance for single students on flat arrays, in rounds.
//
// In the first half of a round the students who look for a place (the next wave of
// newcomers, and who lost a seat in the round before) go down their lists to a post
// that may keep them, which its cut-off tells; in the second half the posts answer.
// The first half reads the lists and the cut-offs, the second what the posts hold,
// region by region of the market. Workers share the students in the first half, the
// regions in the second, and nothing else: no half writes what another worker reads
// in it, and as the outcome does not depend on the order of proposals, it is the
// same on any number of cores.
//
// All of it is working memory, set up with the market and used again by every
// solve: fresh pages would cost more than the solving.
type units struct {
	*layout
	cut   []uint32 // a worse priority is surely refused by the post; never rises
	seats []seats  // of each post
	slot  []uint64 // held by post j: slot[base:base+n], priority<<32 | student; a heap with the worst on top once the post or its company is full
	quota []quota  // of each company; the last one stands for none
	crown *crown   // of the companies with a full quota; see worker.displace
	place []place  // of each student
	spare []market.Pair
}

// seats is what an offer needs to know about a post.
type seats struct {
	base    uint32
	n, cap  int32
	company int32 // that without a quota for none
}

// quota is what an offer needs to know about a company. Once it is full, worst is
// the entry it would let go first, but see displace.
type quota struct {
	taken, cap int32
	worst      rank
}

// place is where on its list a student is held, and the post there; none at the end
// of the list.
type place struct {
	depth uint32
	post  int32
}

// offer is a student, by its place in the arrangement, and the line it proposes at.
type offer struct {
	student int32
	line
}

// units solves the arranged market.
func (a *layout) units(workers int) *Result {
	n, u := len(a.at), a.memory
	regions := (len(a.post)-1)>>a.region + 1
	workers = max(1, min(workers, regions, n/5000))
	u.clear()
	crew := make([]*worker, workers)
	for k := range crew {
		crew[k] = &worker{units: u, out: make([][]offer, regions)}
	}
	for r := 0; ; r++ {
		idle := r >= waves
		for _, w := range crew {
			idle = idle && len(w.losers) == 0
		}
		if idle {
			return u.result(workers)
		}
		together(workers, func(k int) {
			w := crew[k]
			w.again()
			if r < waves {
				from, to := n*r/waves, n*(r+1)/waves
				w.start(from+(to-from)*k/workers, from+(to-from)*(k+1)/workers)
			}
		})
		var next atomic.Int32
		together(workers, func(k int) { // whoever is free takes the next region
			for q := int(next.Add(1)) - 1; q < regions; q = int(next.Add(1)) - 1 {
				for _, w := range crew {
					crew[k].answer(w.out[q])
					w.out[q] = w.out[q][:0]
				}
			}
		})
	}
}

// together runs f(0) … f(n-1) at the same time.
func together(n int, f func(k int)) {
	var wg sync.WaitGroup
	for k := 1; k < n; k++ {
		wg.Go(func() { f(k) })
	}
	f(0)
	wg.Wait()
}

func newUnits(m *market.Market, a *layout) *units {
	nP, nC := len(a.post), m.Companies()
	u := &units{
		layout: a, cut: market.Make[uint32](nP + 1), seats: market.Make[seats](nP), quota: make([]quota, nC+1),
		place: market.Make[place](m.Agents()), spare: market.Make[market.Pair](m.Agents()),
	}
	for c, q := range m.CompanyCap {
		u.quota[c].cap = q
	}
	u.quota[nC].cap = math.MaxInt32
	company := make([]int32, nP)
	base, room := uint32(0), rooms(m)
	for x, j := range a.post {
		if company[x] = -1; j < 0 {
			continue
		}
		company[x] = m.Company[j]
		u.seats[x] = seats{base: base, cap: m.PostCap[j], company: m.Company[j]}
		if m.Company[j] < 0 {
			u.seats[x].company = int32(nC) //nolint:gosec // an int32 by Check
		}
		base += room[j] + 1 // one more, to read ahead
	}
	u.slot = market.Make[uint64](int(base))
	u.crown = newCrown(nC, company)
	clear(u.slot) // to have the pages
	clear(u.place)
	clear(u.spare)
	return u
}

// clear makes the market empty again.
func (u *units) clear() {
	for x := range u.seats {
		u.seats[x].n = 0
		u.cut[x] = math.MaxUint32
		if u.seats[x].cap == 0 {
			u.cut[x] = 0
		}
	}
	u.cut[len(u.seats)] = math.MaxUint32 // the end of a list keeps everybody
	for c := range u.quota {
		q := &u.quota[c]
		if q.taken = 0; q.cap == 0 {
			u.tighten(int32(c)) //nolint:gosec // a company
		}
	}
}

// rooms bounds how many students each post can ever hold at once: its slots, and
// where all slots together are far more than the students, its candidates.
func rooms(m *market.Market) []uint32 {
	room := make([]uint32, m.Posts())
	sum := int64(0)
	for j := range room {
		n := m.PostCap[j]
		if c := m.Company[j]; c >= 0 {
			n = min(n, m.CompanyCap[c])
		}
		room[j] = uint32(n) //nolint:gosec // not negative
		sum += int64(n)
	}
	if sum <= 4*int64(m.Agents())+int64(len(room)) {
		return room
	}
	degree := make([]uint32, len(room))
	for _, e := range m.Edges {
		degree[e.Post]++
	}
	for j := range room {
		room[j] = min(room[j], degree[j])
	}
	return room
}

func (u *units) heap(p *seats) []uint64 { return u.slot[p.base : p.base+uint32(p.n)] } //nolint:gosec // not negative

// worst is the worst entry of post x, whose entries are a heap.
func (u *units) worst(x int32) rank {
	if p := &u.seats[x]; p.n > 0 {
		return rank{u.slot[p.base], x}
	}
	return vacant()
}

// worker is what a worker has for itself.
type worker struct {
	*units
	losers []int32   // students who lost a seat of a post it answered for
	out    [][]offer // of its students, to each region
	seeker [batch]seeker
	warm   uint64 // sum of what was read ahead of its use
}

// seeker is a student on the way down its list.
type seeker struct {
	student int32
	depth   uint32
	line
	cut uint32 // of the post there
}

// start lets the students [from, to) of the arrangement make their first proposals.
func (w *worker) start(from, to int) {
	for from < to {
		b := w.seeker[:min(batch, to-from)]
		heads := w.head[from : from+len(b)]
		for k := range b {
			b[k] = seeker{student: int32(from + k), line: heads[k][0]} //nolint:gosec // an int32 by Check
		}
		w.seek(b)
		from += len(b)
	}
}

// again lets the losers go on.
func (w *worker) again() {
	for list := w.losers; len(list) > 0; {
		b := w.seeker[:min(batch, len(list))]
		for k := range b {
			s := list[k]
			b[k] = seeker{student: s, depth: w.place[s].depth + 1}
		}
		for k := range b {
			b[k].line = w.lineAt(b[k].student, b[k].depth)
		}
		w.seek(b)
		list = list[len(b):]
	}
	w.losers = w.losers[:0]
}

func (a *layout) lineAt(student int32, depth uint32) line {
	if depth < first {
		return a.head[student][depth]
	}
	return a.rest[a.from[student]+depth-first]
}

// seek walks down the lists to posts that may keep the students and notes the
// offers there. What a stage needs is read for all of them by the stage before, so
// that the processor waits for memory once a batch and not once a student.
func (w *worker) seek(b []seeker) {
	for k := range b {
		b[k].cut = w.cut[b[k].post]
	}
	end := int32(len(w.post)) //nolint:gosec // below twice the posts
	for k := range b {
		x := &b[k]
		depth, l := x.depth, x.line
		if l.prio > x.cut {
			depth, l = w.next(x.student, depth+1)
		}
		w.place[x.student] = place{depth, l.post}
		if l.post < end {
			out := &w.out[l.post>>w.region]
			*out = append(*out, offer{x.student, l})
		}
	}
}

// next returns the first line from depth on whose post may keep the student.
func (w *worker) next(student int32, depth uint32) (uint32, line) {
	cut := w.cut
	head := &w.head[student]
	for ; depth < first; depth++ {
		if l := head[depth]; l.prio <= cut[l.post] {
			return depth, l
		}
	}
	rest := w.rest[w.from[student]:]
	for ; ; depth++ {
		if l := rest[depth-first]; l.prio <= cut[l.post] {
			return depth, l
		}
	}
}

// answer decides about offers to posts of one region.
func (w *worker) answer(offers []offer) {
	for len(offers) > 0 {
		b := offers[:min(batch, len(offers))]
		warm := uint64(0)
		for k := range b {
			p := &w.seats[b[k].post]
			free := p.n & ((p.n - p.cap) >> 31)                                    // the next free slot, or the worst of a full post
			warm += w.slot[p.base+uint32(free)] + uint64(w.quota[p.company].taken) //nolint:gosec // any bits will do
		}
		w.warm += warm
		for k := range b {
			if loser := w.offer(&b[k]); loser != nobody {
				w.losers = append(w.losers, loser)
			}
		}
		offers = offers[len(b):]
	}
}

// offer decides about an offer and returns who loses a seat by it: nobody, another,
// or the student itself.
func (w *worker) offer(x *offer) int32 {
	p := &w.seats[x.post]
	key := keyOf(x.prio, int(x.student))
	if p.n == p.cap {
		h := w.heap(p)
		if len(h) == 0 || key > h[0] {
			return x.student
		}
		loser := int32(uint32(h[0])) //nolint:gosec // the low half is the student
		h[0] = key
		down(h, 0)
		w.lower(x.post, h[0])
		return loser
	}
	q := &w.quota[p.company]
	if q.taken == q.cap {
		return w.displace(x, p, key)
	}
	p.n++
	h := w.heap(p)
	h[len(h)-1] = key
	if p.n == p.cap {
		heapify(h)
		w.lower(x.post, h[0])
	}
	if int(p.company) < len(w.quota)-1 { // the last is shared by all workers
		if q.taken++; q.taken == q.cap {
			w.tighten(p.company)
		}
	}
	return nobody
}

// displace seats a student at a post with a free slot of a company with a full
// quota, in place of the company's worst.
func (w *worker) displace(x *offer, p *seats, key uint64) int32 {
	c, q := p.company, &w.quota[p.company]
	out := w.latest(c)
	if out.post < 0 || key > out.key {
		w.lower(x.post, out.key)
		return x.student
	}
	from := &w.seats[out.post]
	h := w.heap(from)
	h[0] = h[len(h)-1]
	from.n--
	down(h[:len(h)-1], 0)
	p.n++
	h = w.heap(p)
	h[len(h)-1] = key
	up(h)
	if p.n == p.cap {
		w.lower(x.post, h[0])
	}
	if r := (rank{h[0], x.post}); r.worseThan(w.crown.leaf(c, x.post)) {
		w.crown.update(c, x.post, r)
		q.worst = w.crown.worst(c)
	}
	return int32(uint32(out.key)) //nolint:gosec // the low half is the student
}

// latest is the worst entry of company c with a full quota.
func (u *units) latest(c int32) rank {
	q := &u.quota[c]
	// A post that took somebody better since left its entry in the crown as it was.
	for q.worst.post >= 0 {
		now := u.worst(q.worst.post)
		if now == q.worst {
			break
		}
		u.crown.update(c, q.worst.post, now)
		q.worst = u.crown.worst(c)
	}
	return q.worst
}

// lower notes that post x refuses everybody worse than the key.
func (u *units) lower(x int32, key uint64) {
	u.cut[x] = min(u.cut[x], uint32(key>>32))
}

// tighten is called when the quota of company c is full.
func (u *units) tighten(c int32) {
	for _, x := range u.crown.kids[u.crown.start[c]:u.crown.start[c+1]] {
		if p := &u.seats[x]; p.n < p.cap {
			heapify(u.heap(p))
		}
	}
	u.crown.build(c, u.worst)
	u.quota[c].worst = u.crown.worst(c)
}

// result lists the students where they are held.
func (u *units) result(workers int) *Result {
	n := len(u.at)
	pairs := u.spare // pages of its own for the first result
	if u.spare = nil; pairs == nil {
		pairs = market.Make[market.Pair](n)
	}
	placed, lines := make([]int, workers), make([]int64, workers)
	together(workers, func(k int) {
		from, to := n*k/workers, n*(k+1)/workers
		at, sum := from, int64(0)
		for i := from; i < to; i++ {
			p := u.place[u.at[i]]
			sum += int64(p.depth)
			if int(p.post) < len(u.post) {
				pairs[at] = market.Pair{Agent: int32(i), Post: u.post[p.post], Count: 1} //nolint:gosec // an int32 by Check
				at++
			}
		}
		placed[k], lines[k] = at-from, sum+int64(at-from)
	})
	r := &Result{Cutoffs: u.cutoffs()}
	at := 0
	for k, p := range placed {
		at += copy(pairs[at:], pairs[n*k/workers:][:p])
		r.Proposals += lines[k]
	}
	r.Pairs = pairs[:at]
	return r
}

// cutoffs reads off whom each post would keep.
func (u *units) cutoffs() []uint32 {
	cut := make([]uint32, len(u.id))
	for j, x := range u.id {
		p := &u.seats[x]
		switch q := &u.quota[p.company]; {
		case p.n == p.cap:
			cut[j] = u.worst(x).prio()
		case q.taken == q.cap:
			cut[j] = u.latest(p.company).prio()
		default:
			cut[j] = Open
		}
	}
	return cut
}
