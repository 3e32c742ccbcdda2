package stable

import (
	"math"

	"sunmao/services/matching/market"
)

const nobody = int32(-1)

// units runs deferred acceptance for single students on flat arrays.
type units struct {
	m        *market.Market
	lists    lists
	cut      []uint32 // worst priority in a full post; never rises
	compCut  []uint32 // the same for companies; the last one stands for "no company"
	company  []int32  // of each post; the number of companies for none
	cap, n   []int32
	base     []int64
	slot     []uint64 // keys held by post j: slot[base[j]:base[j]+n[j]], a heap with the worst on top once the post or its company is full
	compCap  []int32
	compN    []int32
	crown    *crown
	cur      []uint32
	queue    []int32
	proposed int64
}

func solveUnits(m *market.Market, l lists, workers int) *Result {
	u := newUnits(m, l)
	for i := range m.Agents() {
		u.walk(int32(i), l.from[i])
		for len(u.queue) > 0 {
			a := u.queue[len(u.queue)-1]
			u.queue = u.queue[:len(u.queue)-1]
			u.walk(a, int64(u.cur[a])+1)
		}
	}
	return u.result()
}

func newUnits(m *market.Market, l lists) *units {
	nP, nC := m.Posts(), m.Companies()
	u := &units{
		m: m, lists: l, cut: make([]uint32, nP), compCut: make([]uint32, nC+1),
		company: make([]int32, nP), cap: make([]int32, nP), n: make([]int32, nP), base: make([]int64, nP+1),
		compCap: make([]int32, nC+1), compN: make([]int32, nC+1), cur: make([]uint32, m.Agents()),
	}
	u.crown = newCrown(m, func(a, b int32) bool { return u.slot[u.base[a]] > u.slot[u.base[b]] })
	copy(u.compCap, m.CompanyCap)
	u.compCap[nC] = math.MaxInt32
	for c := range u.compCut {
		u.compCut[c] = math.MaxUint32
		if u.compCap[c] == 0 {
			u.tighten(int32(c))
		}
	}
	degree := make([]int32, nP)
	for i := range m.Agents() {
		for e := l.from[i]; e < l.to[i]; e++ {
			degree[m.Edges[e].Post]++
		}
	}
	for j := range nP {
		u.cut[j] = math.MaxUint32
		u.company[j] = m.Company[j]
		if u.company[j] < 0 {
			u.company[j] = int32(nC)
		}
		u.cap[j] = m.PostCap[j]
		u.base[j+1] = u.base[j] + int64(min(m.PostCap[j], degree[j]))
	}
	u.slot = make([]uint64, u.base[nP])
	return u
}

// walk proposes for student a from line l on until some post keeps it.
func (u *units) walk(a int32, l int64) {
	end := u.lists.to[a]
	for ; l < end; l++ {
		j, p := u.m.Edges[l].Post, u.m.Prio[l]
		if p > u.cut[j] || p > u.compCut[u.company[j]] {
			continue
		}
		loser := u.propose(j, keyOf(p, int(a)), a)
		if loser == a {
			continue
		}
		u.cur[a] = uint32(l)
		if loser != nobody {
			u.queue = append(u.queue, loser)
		}
		u.proposed += l - u.lists.from[a] + 1
		return
	}
	u.cur[a] = math.MaxUint32
}

// propose offers a to post j and returns who loses a seat by it: nobody, another,
// or a itself.
func (u *units) propose(j int32, key uint64, a int32) int32 {
	c := u.company[j]
	h := u.slot[u.base[j] : u.base[j]+int64(u.n[j]) : u.base[j+1]]
	tight := u.compN[c] == u.compCap[c]
	if u.n[j] == u.cap[j] {
		if len(h) == 0 || key > h[0] {
			return a
		}
		loser := int32(uint32(h[0]))
		h[0] = key
		down(h, 0)
		u.cut[j] = uint32(h[0] >> 32)
		if tight {
			u.crown.update(c, j, true)
			u.worst(c)
		}
		return loser
	}
	if tight {
		w := u.crown.worst(c)
		if w < 0 || key > u.slot[u.base[w]] {
			return a
		}
		g := u.slot[u.base[w] : u.base[w]+int64(u.n[w])]
		loser := int32(uint32(g[0]))
		g[0] = g[len(g)-1]
		u.n[w]--
		down(g[:len(g)-1], 0)
		u.crown.update(c, w, u.n[w] > 0)
		h = u.slot[u.base[j] : u.base[j]+int64(u.n[j])+1]
		h[u.n[j]] = key
		up(h)
		u.n[j]++
		if u.n[j] == u.cap[j] {
			u.cut[j] = min(u.cut[j], uint32(h[0]>>32))
		}
		u.crown.update(c, j, true)
		u.worst(c)
		return loser
	}
	h = h[:len(h)+1]
	h[len(h)-1] = key
	u.n[j]++
	if u.n[j] == u.cap[j] {
		heapify(h)
		u.cut[j] = uint32(h[0] >> 32)
	}
	if u.compN[c]++; u.compN[c] == u.compCap[c] {
		u.tighten(c)
	}
	return nobody
}

// tighten is called when the quota of company c is full.
func (u *units) tighten(c int32) {
	if int(c) == u.m.Companies() {
		return
	}
	for _, j := range u.crown.of(c) {
		if u.n[j] < u.cap[j] {
			heapify(u.slot[u.base[j] : u.base[j]+int64(u.n[j])])
		}
	}
	u.crown.build(c, func(j int32) bool { return u.n[j] > 0 })
	u.worst(c)
}

func (u *units) worst(c int32) {
	if w := u.crown.worst(c); w >= 0 {
		u.compCut[c] = uint32(u.slot[u.base[w]] >> 32)
	}
}

func heapify(h []uint64) {
	for x := len(h)/2 - 1; x >= 0; x-- {
		down(h, x)
	}
}

func down(h []uint64, x int) {
	if x >= len(h) {
		return
	}
	k := h[x]
	for {
		y := 2*x + 1
		if y >= len(h) {
			break
		}
		if y+1 < len(h) && h[y+1] > h[y] {
			y++
		}
		if h[y] <= k {
			break
		}
		h[x] = h[y]
		x = y
	}
	h[x] = k
}

func up(h []uint64) {
	x := len(h) - 1
	k := h[x]
	for x > 0 && h[(x-1)/2] < k {
		h[x] = h[(x-1)/2]
		x = (x - 1) / 2
	}
	h[x] = k
}

func (u *units) result() *Result {
	r := &Result{Pairs: make([]market.Pair, 0, u.m.Agents())}
	for i, l := range u.cur {
		if l == math.MaxUint32 {
			r.Proposals += u.lists.to[i] - u.lists.from[i]
			continue
		}
		r.Proposals += int64(l) - u.lists.from[i] + 1
		r.Pairs = append(r.Pairs, market.Pair{Agent: int32(i), Post: u.m.Edges[l].Post, Count: 1})
	}
	return r
}
