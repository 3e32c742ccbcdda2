package stable

import (
	"math"
	"sync"
	"sync/atomic"

	"sunmao/services/matching/market"
)

const (
	nobody = int32(-1)
	batch  = 64 // students advanced together, so that their cache misses overlap
	rounds = 16 // in which the first proposals are made
)

// units runs deferred acceptance for single students on flat arrays.
//
// Each block of companies belongs to one worker; a student whose next possible
// post belongs to another is handed over between rounds. A foreign cut-off may be
// read while it changes: cut-offs only fall, so an old one rejects nobody wrongly.
//
// All of it is working memory, set up with the market and used again by every
// solve: fresh pages would cost more than the solving.
type units struct {
	*Arranged
	cut   []uint32 // a worse priority is surely refused by the post; never rises; atomic
	post  []seats  // the last one stands for the end of a list
	slot  []uint64 // held by post j: slot[base:base+n], priority<<32 | student; a heap with the worst on top once the post or its company is full
	quota []quota  // of each side: companies, then posts without one
	crown *crown   // of the companies with a full quota; see worker.displace
	owner []uint8  // block of each post
	place []place  // of each student
	// placed is the post of each agent + 1, filled at the end.
	placed []int32
	spare  []market.Pair // of the first result
}

// seats is what a proposal needs to know about a post.
type seats struct {
	base   uint32
	n, cap int32
	side   int32 // see sideOf
}

// quota is what a proposal needs to know about a company. Once it is full, worst is
// the entry it would let go first, but see displace.
type quota struct {
	taken, cap int32
	worst      rank
}

// place is the line at which a student is held and its post, or the end of its list.
type place struct {
	line uint32
	post int32
}

// proposal is a student, by its place in the market order, at a line of its list.
type proposal struct {
	student int32
	at      uint32
	line
}

func (a *Arranged) units(workers int) *Result {
	workers = min(workers, blocks, a.m.Agents()/5000+1)
	u := a.memory
	u.clear()
	crew := make([]*worker, workers)
	for k := range crew {
		crew[k] = &worker{units: u, id: k, out: make([][]proposal, workers)}
		for j := range blocks {
			crew[k].owns[j] = j % workers
		}
	}
	for r := 0; ; r++ {
		idle := r >= rounds
		for _, w := range crew {
			w.in = w.in[:0]
			for _, from := range crew {
				w.in = append(w.in, from.out[w.id]...)
				from.out[w.id] = from.out[w.id][:0]
			}
			idle = idle && len(w.in) == 0
		}
		if idle {
			return u.result(workers)
		}
		together(workers, func(k int) {
			w := crew[k]
			for b := k; r < rounds && b < blocks; b += workers {
				w.start(a.end[b*buckets+buckets*r/rounds], a.end[b*buckets+buckets*(r+1)/rounds])
			}
			w.receive()
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

func newUnits(a *Arranged) *units {
	m := a.m
	nP, nC := m.Posts(), m.Companies()
	u := &units{
		Arranged: a, cut: make([]uint32, nP+1), post: make([]seats, nP+1), quota: make([]quota, nC+nP+1),
		crown: newCrown(m), owner: make([]uint8, nP), place: market.Make[place](m.Agents()), placed: market.Make[int32](m.Agents()),
	}
	for s := range u.quota {
		u.quota[s].cap = math.MaxInt32
		if s < nC {
			u.quota[s].cap = m.CompanyCap[s]
		}
	}
	base := uint32(0)
	for j, room := range u.room() {
		u.post[j] = seats{base: base, cap: m.PostCap[j], side: sideOf(m, int32(j))} //nolint:gosec // an int32 by Check
		u.owner[j] = uint8(u.post[j].side % blocks)                                 //nolint:gosec // below blocks
		base += room + 1                                                            // one more, to read ahead
	}
	u.post[nP].base = base
	u.slot = market.Make[uint64](int(base) + 1)
	u.spare = market.Make[market.Pair](m.Agents())
	clear(u.slot) // to have the pages
	clear(u.place)
	clear(u.spare)
	return u
}

// clear makes the market empty again.
func (u *units) clear() {
	for j := range u.post {
		u.post[j].n = 0
		u.cut[j] = math.MaxUint32
	}
	for c := range u.quota {
		q := &u.quota[c]
		if q.taken = 0; q.cap == 0 {
			u.tighten(int32(c)) //nolint:gosec // a company
		}
	}
	clear(u.placed)
}

// room bounds how many students each post can ever hold at once: its slots, and
// where all slots together are far more than the students, its candidates.
func (u *units) room() []uint32 {
	room := make([]uint32, u.m.Posts())
	sum := int64(0)
	for j := range room {
		n := u.m.PostCap[j]
		if c := u.m.Company[j]; c >= 0 {
			n = min(n, u.m.CompanyCap[c])
		}
		room[j] = uint32(n) //nolint:gosec // not negative
		sum += int64(n)
	}
	if sum <= 4*int64(u.m.Agents())+int64(len(room)) {
		return room
	}
	degree := make([]uint32, len(room)+1)
	for _, l := range u.lines {
		degree[l.post]++
	}
	for j := range room {
		room[j] = min(room[j], degree[j])
	}
	return room
}

func (u *units) heap(p *seats) []uint64 { return u.slot[p.base : p.base+uint32(p.n)] } //nolint:gosec // not negative

// worst is the worst entry of post j, whose entries are a heap.
func (u *units) worst(j int32) rank {
	if p := &u.post[j]; p.n > 0 {
		return rank{u.slot[p.base], j}
	}
	return vacant()
}

// worker owns the posts of some blocks.
type worker struct {
	*units
	id     int
	owns   [blocks]int // worker of each block
	losers []int32
	in     []proposal
	out    [][]proposal // for each worker
	buf    [batch]proposal
	ahead  [batch]uint32
	warm   uint64 // sum of what was read ahead of its use
}

// start makes the first proposals of the students [from, to) of the market order.
func (w *worker) start(from, to int32) {
	for from < to {
		n := min(batch, to-from)
		b := w.buf[:n]
		for k := range b {
			student := from + int32(k) //nolint:gosec // below batch
			at := w.from[student]
			b[k] = proposal{student: student, at: at, line: w.lines[at]}
		}
		w.advance(b)
		from += n
		w.replace(batch)
	}
	w.replace(1)
}

// receive takes over the students handed over by other workers.
func (w *worker) receive() {
	for list := w.in; len(list) > 0; {
		n := min(batch, len(list))
		w.advance(append(w.buf[:0], list[:n]...))
		list = list[n:]
		w.replace(batch)
	}
	w.replace(1)
}

// replace lets those who lost their seats go on as long as there are enough of them.
func (w *worker) replace(enough int) {
	for len(w.losers) >= enough {
		n := min(batch, len(w.losers))
		some := w.losers[len(w.losers)-n:]
		b := w.buf[:n]
		for k, student := range some {
			b[k].student, b[k].at = student, w.place[student].line+1
		}
		for k := range b {
			b[k].line = w.lines[b[k].at]
		}
		w.losers = w.losers[:len(w.losers)-n]
		w.advance(b)
	}
}

// advance walks the lists of the students in b until somebody keeps them. What a
// stage needs is read for all of them by the stage before, so that the processor
// waits for memory once a batch and not once a student.
func (w *worker) advance(b []proposal) {
	lines, cut := w.lines, w.cut
	for len(b) > 0 {
		for k := range b {
			w.ahead[k] = atomic.LoadUint32(&cut[b[k].post])
		}
		for k := range b { // down to a post that may accept
			p := &b[k]
			for c := w.ahead[k]; p.prio > c; c = atomic.LoadUint32(&cut[p.post]) {
				p.at++
				p.line = lines[p.at]
			}
		}
		b = w.mine(b)
		for k := range b {
			p := &w.post[b[k].post]
			at := p.n // the next free place, or the worst of a full post
			if at == p.cap {
				at = 0
			}
			w.warm += w.slot[p.base+uint32(at)] + uint64(w.quota[p.side].taken) //nolint:gosec // any bits will do
		}
		b = w.offers(b)
	}
}

// mine keeps the proposals to posts of this worker and hands over the others.
func (w *worker) mine(b []proposal) []proposal {
	live := 0
	for _, p := range b {
		if int(p.post) == w.m.Posts() {
			w.place[p.student] = place{p.at, p.post}
		} else if o := w.owns[w.owner[p.post]]; o != w.id {
			w.out[o] = append(w.out[o], p)
		} else {
			b[live] = p
			live++
		}
	}
	return b[:live]
}

// offers makes the proposals and returns those refused, one line on.
func (w *worker) offers(b []proposal) []proposal {
	refused := 0
	for k := range b {
		p := &b[k]
		loser := w.offer(p)
		if loser == p.student {
			b[refused] = proposal{p.student, p.at + 1, w.lines[p.at+1]}
			refused++
			continue
		}
		w.place[p.student] = place{p.at, p.post}
		if loser != nobody {
			w.losers = append(w.losers, loser)
		}
	}
	return b[:refused]
}

// offer proposes a student to a post of this worker and returns who loses a seat by
// it: nobody, another, or the student itself.
func (w *worker) offer(x *proposal) int32 {
	p := &w.post[x.post]
	key := keyOf(x.prio, int(x.student))
	q := &w.quota[p.side]
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
	if q.taken++; q.taken == q.cap {
		w.tighten(p.side)
	}
	return nobody
}

// displace seats a student at a post with a free slot of a company with a full
// quota, in place of the company's worst.
func (w *worker) displace(x *proposal, p *seats, key uint64) int32 {
	c, q := p.side, &w.quota[p.side]
	out := q.worst
	// A post that took somebody better since left its entry in the crown as it was.
	for out.post >= 0 {
		now := w.worst(out.post)
		if now == out {
			break
		}
		w.crown.update(c, out.post, now)
		out = w.crown.worst(c)
	}
	q.worst = out
	if out.post < 0 || key > out.key {
		w.lower(x.post, out.key)
		return x.student
	}
	from := &w.post[out.post]
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

// lower notes that post j refuses everybody worse than the key.
func (u *units) lower(j int32, key uint64) {
	if prio := uint32(key >> 32); prio < u.cut[j] {
		atomic.StoreUint32(&u.cut[j], prio)
	}
}

// tighten is called when the quota of company c is full.
func (u *units) tighten(c int32) {
	for _, j := range u.crown.posts[u.crown.start[c]:u.crown.start[c+1]] {
		if p := &u.post[j]; p.n < p.cap {
			heapify(u.heap(p))
		}
	}
	u.crown.build(c, u.worst)
	u.quota[c].worst = u.crown.worst(c)
}

// result lists the students where they are held.
func (u *units) result(workers int) *Result {
	n := u.m.Agents()
	post := u.placed
	pairs := u.spare
	if u.spare = nil; pairs == nil {
		pairs = market.Make[market.Pair](n)
	}
	placed, proposals := make([]int, workers), make([]int64, workers)
	together(workers, func(k int) {
		for x := n * k / workers; x < n*(k+1)/workers; x++ {
			p := u.place[x]
			proposals[k] += int64(p.line - u.from[x])
			if int(p.post) < u.m.Posts() {
				post[u.agent[x]] = p.post + 1
				proposals[k]++
			}
		}
	})
	together(workers, func(k int) {
		from, to := n*k/workers, n*(k+1)/workers
		at := from
		for i := from; i < to; i++ {
			if j := post[i]; j > 0 {
				pairs[at] = market.Pair{Agent: int32(i), Post: j - 1, Count: 1} //nolint:gosec // an int32 by Check
				at++
			}
		}
		placed[k] = at - from
	})
	r := &Result{}
	at := 0
	for k, p := range placed {
		at += copy(pairs[at:], pairs[n*k/workers:][:p])
		r.Proposals += proposals[k]
	}
	r.Pairs = pairs[:at]
	return r
}
