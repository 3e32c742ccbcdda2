package main

import (
	"container/heap"
	"math"
	"slices"

	"sunmao/services/matching/market"
)

// textbook is the successive shortest path algorithm on the graph student → post →
// company: the students are added one by one, each by the best chain of moves, which
// is found by Bellman and Ford's algorithm with a queue.
type textbook struct {
	m              *market.Market
	at             []int32   // post of each student, -1 for none
	held           [][]int32 // students at each post
	posts          [][]int32 // of each company
	taken          []int32
	score          int64
	searches, arcs int64

	gain  []int64 // of the best chain so far that brings one student too many to a post
	mover []int32 // who moves in there
	after []int32 // the post that had one too many before, -1 for the new student
	in    []bool
	queue []int32
}

func newTextbook(m *market.Market) *textbook {
	t := &textbook{
		m: m, at: slices.Repeat([]int32{-1}, m.Agents()), held: make([][]int32, m.Posts()),
		posts: make([][]int32, m.Companies()), taken: make([]int32, m.Companies()),
		gain: make([]int64, m.Posts()), mover: make([]int32, m.Posts()), after: make([]int32, m.Posts()), in: make([]bool, m.Posts()),
	}
	for j, c := range m.Company {
		if c >= 0 {
			t.posts[c] = append(t.posts[c], int32(j)) //nolint:gosec // a benchmark instance
		}
	}
	return t
}

func (t *textbook) solve() {
	for i := range t.m.Agents() {
		t.add(int32(i)) //nolint:gosec // a benchmark instance
	}
}

// add places student s if that gains anything.
func (t *textbook) add(s int32) {
	t.searches++
	for j := range t.gain {
		t.gain[j] = math.MinInt64
	}
	t.spread(s, 0, -1)
	best, end, home := int64(0), int32(-1), int32(-1)
	for len(t.queue) > 0 {
		j := t.queue[0]
		t.queue = t.queue[1:]
		t.in[j] = false
		full := len(t.held[j]) == int(t.m.PostCap[j])
		c := t.m.Company[j]
		where := []int32{j}
		switch {
		case full:
		case c >= 0 && t.taken[c] == t.m.CompanyCap[c]:
			where = t.posts[c]
		default:
			if t.gain[j] > best {
				best, end, home = t.gain[j], j, -1
			}
			continue
		}
		for _, k := range where {
			for _, h := range t.held[k] {
				left := t.gain[j] - t.scoreOf(h, k)
				if left > best {
					best, end, home = left, j, h
				}
				t.spread(h, left, j)
			}
		}
	}
	if end >= 0 {
		t.score += best
		t.apply(end, home)
	}
}

// spread offers student h, free to move after post j had one too many, to its posts.
func (t *textbook) spread(h int32, left int64, j int32) {
	for _, e := range t.m.Of(int(h)) {
		t.arcs++
		if e.Post == t.at[h] || left+int64(e.Score) <= t.gain[e.Post] {
			continue
		}
		t.gain[e.Post], t.mover[e.Post], t.after[e.Post] = left+int64(e.Score), h, j
		if !t.in[e.Post] {
			t.in[e.Post] = true
			t.queue = append(t.queue, e.Post)
		}
	}
}

// apply makes the moves of the chain that ends at post end, where home, if
// anybody, goes home.
func (t *textbook) apply(end, home int32) {
	if home >= 0 {
		t.leave(home)
	}
	for j := end; j >= 0; {
		h, next := t.mover[j], t.after[j]
		t.leave(h)
		t.at[h] = j
		t.held[j] = append(t.held[j], h)
		if c := t.m.Company[j]; c >= 0 {
			t.taken[c]++
		}
		j = next
	}
}

func (t *textbook) leave(h int32) {
	j := t.at[h]
	if j < 0 {
		return
	}
	t.at[h] = -1
	t.held[j] = slices.DeleteFunc(t.held[j], func(x int32) bool { return x == h })
	if c := t.m.Company[j]; c >= 0 {
		t.taken[c]--
	}
}

func (t *textbook) scoreOf(h, j int32) int64 {
	for _, e := range t.m.Of(int(h)) {
		if e.Post == j {
			return int64(e.Score)
		}
	}
	return 0
}

// keys is a heap with the worst rank on top.
type keys []uint64

func (k keys) Len() int           { return len(k) }
func (k keys) Less(i, j int) bool { return k[i] > k[j] }
func (k keys) Swap(i, j int)      { k[i], k[j] = k[j], k[i] }
func (k *keys) Push(x any)        { *k = append(*k, x.(uint64)) } //nolint:errcheck,forcetypeassert // heap.Push below
func (k *keys) Pop() any {
	x := (*k)[len(*k)-1]
	*k = (*k)[:len(*k)-1]
	return x
}

// plainAcceptance is deferred acceptance as Gale and Shapley tell it: student by
// student in the order of the file, a heap a post, and a look at all posts of a
// company whose quota is full.
func plainAcceptance(m *market.Market) []market.Pair {
	held := make([]keys, m.Posts())
	posts := make([][]int32, m.Companies())
	for j, c := range m.Company {
		if c >= 0 {
			posts[c] = append(posts[c], int32(j)) //nolint:gosec // a benchmark instance
		}
	}
	taken := make([]int32, m.Companies())
	next := slices.Clone(m.Off[:m.Agents()])
	at := slices.Repeat([]int32{-1}, m.Agents())
	for i := range m.Agents() {
		for s := int32(i); s >= 0 && next[s] < m.Off[s+1]; { //nolint:gosec // a benchmark instance
			e := next[s]
			next[s]++
			j := m.Edges[e].Post
			key := uint64(m.Prio[e])<<32 | uint64(uint32(s)) //nolint:gosec // a benchmark instance
			c := m.Company[j]
			out := j // the post that has to let somebody go
			switch {
			case len(held[j]) == int(m.PostCap[j]):
			case c >= 0 && taken[c] == m.CompanyCap[c]:
				for _, k := range posts[c] {
					if len(held[k]) > 0 && (len(held[out]) == 0 || held[k][0] > held[out][0]) {
						out = k
					}
				}
			default:
				heap.Push(&held[j], key)
				at[s] = j
				if c >= 0 {
					taken[c]++
				}
				s = -1
				continue
			}
			if len(held[out]) == 0 || held[out][0] < key {
				continue
			}
			loser := int32(uint32(heap.Pop(&held[out]).(uint64))) //nolint:gosec,errcheck,forcetypeassert // the low half is the student
			heap.Push(&held[j], key)
			at[s], at[loser] = j, -1
			s = loser
		}
	}
	var pairs []market.Pair
	for i, j := range at {
		if j >= 0 {
			pairs = append(pairs, market.Pair{Agent: int32(i), Post: j, Count: 1}) //nolint:gosec // a benchmark instance
		}
	}
	return pairs
}
