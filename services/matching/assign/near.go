package assign

import (
	"math/bits"
	"slices"

	"sunmao/services/matching/market"
)

// A backward search seldom needs more than the few tightest candidates of a post,
// and a list may hold tens of thousands. So lists are laid out in rungs of twice
// the length each, tighter candidates on lower rungs; a search comes back to a
// post for the next rung only when it gets as far as the tightest candidate on it
// can be. How tight that is is known without reading: the reduced cost when the
// list was laid out, plus how the post's price has moved since, less the most
// that a value may have fallen.

// candidate is an edge seen from its post.
type candidate struct {
	agent, score int32
}

// reverse lists the candidates of each post, those within reach of its price or
// all.
type reverse struct {
	off   []int64 // candidates of post j: list[off[j]:off[j+1]]
	list  []candidate
	first []int32 // rungs of post j: least[first[j]:first[j+1]]
	least []int64 // of each rung: the least reduced cost, price left out, when laid out
	laid  []bool
	next  []int8  // rung to read next in the present search
	drift []int64 // what could have fallen when laid out
	read  []int32 // candidates read since then, once more could have fallen

	full    bool    // all are listed
	reach   int64   // otherwise: no other had a lower reduced cost
	price   []int64 // of each post when listed
	fallen  int64   // and what could have fallen then
	costs   []int64 // space for laying out
	aside   [][]candidate
	highest []int64
}

const lowest = 4 // candidates on the lowest rung; 8, 16 … follow

// rungs is the number of rungs for n candidates.
func rungs(n int64) int32 {
	return int32(bits.Len64(uint64(n+lowest-1) / lowest)) //nolint:gosec // a small number
}

// rung tells where on the list rung k begins.
func rung(k int32, n int64) int64 { return min(n, lowest<<k-lowest) }

func newReverse(off []int64, list []candidate) reverse {
	n := len(off) - 1
	r := reverse{off: off, list: list, first: make([]int32, n+1), laid: make([]bool, n), drift: make([]int64, n),
		read: make([]int32, n), next: make([]int8, n)}
	for j := range n {
		r.first[j+1] = r.first[j] + rungs(off[j+1]-off[j])
	}
	r.least = make([]int64, r.first[n])
	return r
}

// lift raises what rung k of post j promises to what it holds, but not above the next.
func (r *reverse) lift(j, k int32, least int64) {
	if k+1 < r.first[j+1] {
		least = min(least, r.least[k+1])
	}
	r.least[k] = max(r.least[k], least)
}

func (r *reverse) of(j int32) []candidate { return r.list[r.off[j]:r.off[j+1]] }

// toCandidates offers the candidates of post v.
func (g *network) toCandidates(v int32, d int64) {
	if g.back.off == nil {
		g.listMore()
	}
	g.layStale(v - g.lefts)
	if g.kept {
		g.offerAgents(v, d, g.back.aside[v-g.lefts])
	}
	g.climb(v, d)
}

// climb offers the candidates of post v as far as the search has come, and puts
// the post in the queue for the rest.
func (g *network) climb(v int32, d int64) {
	s, r, j := &g.search, &g.back, v-g.lefts
	for {
		if !r.laid[j] { // listed anew since
			g.layStale(j)
		}
		k := r.first[j] + int32(r.next[j])
		var at int64
		switch {
		case k < r.first[j+1]:
			at = d + max(0, r.least[k]+g.node[v].pot-g.drift(j))
		case r.full:
			return
		default:
			at = d + max(0, r.reach+1+g.node[v].pot-r.price[j]-(g.fallen-r.fallen))
		}
		switch {
		case at >= s.bound:
			return
		case at > s.queue.now:
			s.queue.push(at, v+g.ground+1)
			return
		case k < r.first[j+1]:
			if least := g.offerAgents(v, d, g.take(j)); g.kept {
				r.lift(j, k, least)
			}
		default:
			g.listMore()
		}
	}
}

// drift is how much values may have fallen since the candidates of post j were
// laid out.
func (g *network) drift(j int32) int64 {
	if g.kept {
		return g.slip
	}
	return g.fallen - g.back.drift[j]
}

// take returns the candidates on the next rung of post j.
func (g *network) take(j int32) []candidate {
	r := &g.back
	list, k := r.of(j), int32(r.next[j])
	r.next[j]++
	part := list[rung(k, int64(len(list))):rung(k+1, int64(len(list)))]
	if !g.kept && g.fallen > r.drift[j] {
		r.read[j] += int32(len(part)) //nolint:gosec // candidates of one post
	}
	return part
}

// layStale lays the candidates of post j out if they never were, or if it pays: so
// many were read only because values may have fallen, or set aside because they
// have.
func (g *network) layStale(j int32) {
	r := &g.back
	r.next[j] = 0
	n := int(r.off[j+1] - r.off[j])
	if r.laid[j] && (!g.kept && int(r.read[j]) <= 2*n || g.kept && len(r.aside[j]) <= n/4+8) {
		return
	}
	r.costs = g.lay(j, r.costs)
}

// lay lays the candidates of post j out; costs is space to work in.
func (g *network) lay(j int32, costs []int64) []int64 {
	r := &g.back
	list, n := r.of(j), r.off[j+1]-r.off[j]
	costs = costs[:0]
	for _, c := range list {
		mul, add := g.weigh(c.agent)
		costs = append(costs, g.node[c.agent].pot-int64(c.score)*mul-add)
	}
	top := r.first[j+1] - r.first[j]
	for k := top - 1; k > 0; k-- {
		part(costs[:rung(k+1, n)], list, int(rung(k, n)))
	}
	for k := range top {
		r.least[r.first[j]+k] = slices.Min(costs[rung(k, n):rung(k+1, n)])
	}
	r.laid[j], r.drift[j], r.read[j] = true, g.fallen, 0
	if g.kept {
		r.aside[j] = r.aside[j][:0]
	}
	return costs
}

// part brings the n least of v, and what belongs to them, to the front.
func part(v []int64, with []candidate, n int) {
	lo, hi := 0, len(v)-1
	for lo < hi {
		p := v[lo+(hi-lo)/2]
		i, j := lo, hi
		for i <= j {
			for v[i] < p {
				i++
			}
			for v[j] > p {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				with[i], with[j] = with[j], with[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			hi = j
		case n >= i:
			lo = i
		default:
			return
		}
	}
}

// reachPart is which part of the largest weight the first candidates listed are
// within; reachWiden is how much wider each next listing is.
const (
	reachPart  = 128
	reachWiden = 16
)

func (g *network) top() int64 { return max(g.w.Of(0, g.w.High), -g.w.Of(0, g.w.Low), 1) }

// listMore lists more candidates than are listed now.
func (g *network) listMore() {
	reach := max(1, g.top()/reachPart)
	if g.back.off != nil {
		reach = g.back.reach * reachWiden
	}
	if reach >= g.top() {
		g.listAll()
		return
	}
	g.back = reverse{}
	g.back = newReverse(g.gather(reach))
	g.back.reach, g.back.price, g.back.fallen = reach, g.prices(), g.fallen
}

// listAll lists all candidates of each post.
func (g *network) listAll() {
	g.back = reverse{}
	g.back = newReverse(g.gather(far))
	g.back.full = true
}

// found is an edge within reach.
type found struct {
	post int32
	candidate
}

// gather lists the candidates of each post whose reduced cost is within reach.
func (g *network) gather(reach int64) (off []int64, list []candidate) {
	workers := max(1, min(g.workers, int(g.agents)/1024))
	each := g.eachEdge
	if reach < far { // few: to note them is faster than to look for them twice
		near := make([][]found, workers)
		price := g.prices()
		inParallel(workers, func(k int) { near[k] = g.within(reach, price, k, workers) })
		each = func(k, _ int, f func(found)) {
			for _, x := range near[k] {
				f(x)
			}
		}
	}
	count := make([][]int32, workers)
	inParallel(workers, func(k int) {
		n := make([]int32, g.posts)
		each(k, workers, func(x found) { n[x.post]++ })
		count[k] = n
	})
	off = make([]int64, g.posts+1)
	for j := range g.posts {
		n := int64(0)
		for k := range count {
			n, count[k][j] = n+int64(count[k][j]), int32(n) //nolint:gosec // candidates of one post
		}
		off[j+1] = off[j] + n
	}
	list = market.Make[candidate](int(off[g.posts]))
	inParallel(workers, func(k int) {
		at := count[k]
		each(k, workers, func(x found) {
			list[off[x.post]+int64(at[x.post])] = x.candidate
			at[x.post]++
		})
	})
	return off, list
}

// share is which agents are part k of n.
func (g *network) share(k, n int) (from, to int32) {
	return int32(int(g.agents) * k / n), int32(int(g.agents) * (k + 1) / n) //nolint:gosec // agents
}

// eachEdge calls f with the edges of the agents of part k of n.
func (g *network) eachEdge(k, n int, f func(found)) {
	for a, to := g.share(k, n); a < to; a++ {
		for _, e := range g.edges[g.off[a]:g.off[a+1]] {
			f(found{e.Post, candidate{a, e.Score}})
		}
	}
}

// within returns the edges of the agents of part k of n with a reduced cost within
// reach at these prices of posts.
func (g *network) within(reach int64, price []int64, k, n int) []found {
	a, to := g.share(k, n)
	list := make([]found, 0, to-a)
	for ; a < to; a++ {
		mul, add := g.weigh(a)
		most := reach + add - g.node[a].pot
		for _, e := range g.edges[g.off[a]:g.off[a+1]] {
			if price[e.Post]-int64(e.Score)*mul <= most {
				list = append(list, found{e.Post, candidate{a, e.Score}})
			}
		}
	}
	return list
}
