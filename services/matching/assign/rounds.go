package assign

import (
	"math/bits"
	"sync/atomic"
)

const (
	sectors = 64   // parts of the posts that are answered by themselves
	dense   = 32   // part of all agents from which on their order on the list matters
	batch   = 32   // agents read at once
	alone   = 4096 // bids that are too few to share between workers
)

// wish is a bid not yet answered; post -1 is none.
type wish struct {
	agent, post, bid int32
}

// round lets all unseated bid at the prices as they stand, then answers the
// bids, sector by sector: what happens in one tree does not depend on another, so
// the outcome does not depend on how sectors are shared between workers. The list
// of unseated becomes that of the losers. The bounds of all are raised before.
func (u *auction) round(raise int32, read bool) {
	n, workers := len(u.list), u.workers
	if n < alone {
		workers = 1
	}
	scanned := make([]int64, workers)
	inParallel(workers, func(k int) {
		scanned[k], u.ahead[sectors+k] = u.ask(u.list[n*k/workers:n*(k+1)/workers], raise, read, u.wishes[k])
	})
	u.n.Bids += int64(n)
	for _, s := range scanned {
		u.n.Scanned += s
	}
	var next atomic.Int32
	inParallel(workers, func(int) {
		for s := next.Add(1) - 1; s < sectors; s = next.Add(1) - 1 {
			u.answer(s, u.wishes[:workers])
		}
	})
	u.list = u.list[:0]
	for _, l := range u.lost {
		u.list = append(u.list, l...)
	}
	if len(u.list) > len(u.bidders)/dense {
		u.sortList()
	}
}

// ask collects the bids of some of the unseated by sector and counts the edges it
// reads. It goes in batches: what a batch needs of main memory is fetched before any
// of it is used.
func (u *auction) ask(list []int32, raise int32, read bool, wishes [][]wish) (scanned int64, ahead uint64) {
	scanned = front * int64(len(list))
	for s := range wishes {
		wishes[s] = wishes[s][:0]
	}
	var bound [batch]int32
	var w [batch]wish
	var again [batch]int
	for len(list) > 0 {
		now := list[:min(batch, len(list))]
		list = list[len(now):]
		for i, a := range now {
			bound[i] = u.bidders[a].bound + raise
		}
		late := again[:0]
		for i, a := range now {
			x := &u.bidders[a]
			if x.bound = bound[i]; read {
				late = append(late, i)
				continue
			}
			k1, _, v1, v2 := u.best(x)
			if v2 < x.bound {
				late = append(late, i)
				continue
			}
			w[i] = u.wish(a, x, k1, v1, v2)
		}
		ahead ^= u.touch(now, late)
		for _, i := range late {
			a := now[i]
			scanned += u.m.Off[a+1] - u.m.Off[a]
			v1, v2 := u.look(a, false)
			w[i] = u.wish(a, &u.bidders[a], 0, v1, max(v2, 0))
		}
		for _, w := range w[:len(now)] {
			if w.post >= 0 {
				s := u.sector[w.post]
				wishes[s] = append(wishes[s], w)
			}
		}
	}
	return scanned, ahead
}

// touch reads of the edges of some agents of a batch what look will wait for. What it
// returns means nothing.
func (u *auction) touch(now []int32, which []int) (ahead uint64) {
	for _, i := range which {
		if from, to := u.m.Off[now[i]], u.m.Off[now[i]+1]; from < to {
			ahead ^= uint64(u.m.Edges[from].Post ^ u.m.Edges[(from+to)/2].Post ^ u.m.Edges[to-1].Post) //nolint:gosec // no number
		}
	}
	return ahead
}

// sortList brings the unseated into ascending order, so that the next round
// reads the bidders from front to back.
func (u *auction) sortList() {
	for _, a := range u.list {
		u.marks[a>>6] |= 1 << (a & 63)
	}
	n := 0
	for w, b := range u.marks {
		for ; b != 0; b &= b - 1 {
			u.list[n] = int32(w<<6 + bits.TrailingZeros64(b)) //nolint:gosec // an agent
			n++
		}
		u.marks[w] = 0
	}
}

// answer places the bids on the posts of a sector and lists who ends unseated.
func (u *auction) answer(s int32, bids [][][]wish) {
	lost, dirty, ahead := u.lost[s][:0], u.dirty[s][:0], uint64(0)
	for _, wishes := range bids {
		for list := wishes[s]; len(list) > 0; list = list[min(batch, len(list)):] {
			now := list[:min(batch, len(list))]
			ahead ^= u.fetch(now)
			for _, w := range now {
				if w.bid <= u.catchUp(w.post) {
					lost = append(lost, w.agent)
					continue
				}
				out, rose := u.place(w.agent, w.post, w.bid)
				if out >= 0 {
					lost = append(lost, out)
				}
				if r := u.node[w.post].root; rose && !u.hit[r] {
					u.hit[r] = true
					dirty = append(dirty, r)
				}
			}
		}
	}
	for _, r := range dirty {
		u.hit[r] = false
		for _, j := range u.under.of(r) {
			u.catchUp(j)
		}
	}
	u.lost[s], u.dirty[s], u.ahead[s] = lost, dirty, ahead
}

// fetch reads what placing these bids will read first, so that main memory is
// waited for once and not for each. What it returns means nothing; it is kept, so
// that the compiler keeps the reading.
func (u *auction) fetch(list []wish) (ahead uint64) {
	var at [batch]int64
	for i, w := range list {
		x := &u.node[w.post]
		at[i] = x.base + int64(x.count&((x.count-x.cap)>>31)) // the next free slot, or the first of a full post
	}
	for i, w := range list {
		ahead ^= u.slot[at[i]] ^ uint64(u.node[u.node[w.post].up].count) //nolint:gosec // no number
	}
	return ahead
}

// wish is the bid of an agent for the best at hand. No price lags behind when it is called.
func (u *auction) wish(a int32, x *bidder, k1 int, v1, v2 int32) wish {
	f := u.least(a)
	if v1 <= f {
		return wish{agent: a, post: -1}
	}
	return wish{a, x.near[k1].Post, x.near[k1].Score - max(v2, f) + u.eps}
}
