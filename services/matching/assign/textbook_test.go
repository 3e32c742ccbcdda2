package assign

import (
	"container/heap"

	"sunmao/services/matching/market"
)

// textbook is min-cost flow by successive shortest paths (Edmonds and Karp 1972)
// on an explicit network: the reference that the engine is compared with, in
// results and, in benchmarks, in time.
type textbook struct {
	head          []int32 // by node, -1 ends
	next, to, cap []int32
	cost          []int64
	dist, pot     []int64
	from          []int32
	source, sink  int32
	nodes         int
}

func (b *textbook) arc(u, v, c int32, cost int64) {
	for k, x := range [2][2]int32{{u, v}, {v, u}} {
		b.next = append(b.next, b.head[x[0]])
		b.head[x[0]] = int32(len(b.to))
		b.to = append(b.to, x[1])
		if k == 0 {
			b.cap, b.cost = append(b.cap, c), append(b.cost, cost)
		} else {
			b.cap, b.cost = append(b.cap, 0), append(b.cost, -cost)
		}
	}
}

type byDist []entry

func (h byDist) Len() int           { return len(h) }
func (h byDist) Less(i, j int) bool { return h[i].d < h[j].d }
func (h byDist) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byDist) Push(x any)        { *h = append(*h, x.(entry)) }
func (h *byDist) Pop() any {
	x := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return x
}

// textbookScore is the largest total fit, then the most students placed, of a
// market with posts and companies, in one number: 2*fit + placed.
func textbookScore(m *market.Market) int64 {
	nA, nP, nC := int32(len(m.Supply)), int32(len(m.PostCap)), int32(len(m.CompanyCap))
	b := &textbook{source: nA + nP + nC, sink: nA + nP + nC + 1, nodes: int(nA + nP + nC + 2)}
	b.head = filled(b.nodes, -1)
	top := int64(0)
	for _, e := range m.Edges {
		top = max(top, 2*int64(e.Score)+1)
	}
	for a := range nA {
		b.arc(b.source, a, m.Supply[a], 0)
		b.arc(a, b.sink, m.Supply[a], top) // stays without a seat
		for _, e := range m.Of(int(a)) {
			if w := 2*int64(e.Score) + 1; w > 0 {
				b.arc(a, nA+e.Post, m.Supply[a], top-w)
			}
		}
	}
	for j := range nP {
		to := b.sink
		if k := m.Company[j]; k >= 0 {
			to = nA + nP + k
		}
		b.arc(nA+j, to, m.PostCap[j], 0)
	}
	for k := range nC {
		b.arc(nA+nP+k, b.sink, m.CompanyCap[k], 0)
	}
	b.pot, b.dist, b.from = make([]int64, b.nodes), make([]int64, b.nodes), make([]int32, b.nodes)
	cost, flow := int64(0), int64(0)
	for b.path() {
		n := int32(1 << 30)
		for v := b.sink; v != b.source; v = b.to[b.from[v]^1] {
			n = min(n, b.cap[b.from[v]])
		}
		for v := b.sink; v != b.source; v = b.to[b.from[v]^1] {
			b.cap[b.from[v]] -= n
			b.cap[b.from[v]^1] += n
			cost += int64(n) * b.cost[b.from[v]]
		}
		flow += int64(n)
	}
	return flow*top - cost
}

func (b *textbook) path() bool {
	const inf = int64(1) << 60
	for v := range b.dist {
		b.dist[v] = inf
	}
	b.dist[b.source] = 0
	h := &byDist{{0, b.source}}
	for h.Len() > 0 {
		x := heap.Pop(h).(entry)
		if x.d > b.dist[x.v] {
			continue
		}
		for e := b.head[x.v]; e >= 0; e = b.next[e] {
			if d := x.d + b.cost[e] + b.pot[x.v] - b.pot[b.to[e]]; b.cap[e] > 0 && d < b.dist[b.to[e]] {
				b.dist[b.to[e]], b.from[b.to[e]] = d, e
				heap.Push(h, entry{d, b.to[e]})
			}
		}
	}
	if b.dist[b.sink] == inf {
		return false
	}
	for v := range b.pot {
		b.pot[v] += min(b.dist[v], b.dist[b.sink])
	}
	return true
}
