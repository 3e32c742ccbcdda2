package matching

import (
	"cmp"
	"slices"
)

// Ranked is one candidate of a ranking: its place in the slice handed in, and the
// fit.
type Ranked struct {
	Index int
	Fit   Fit
}

// Rank returns the seekers that fit a post best, at most top of them (0: all), best
// first; equal scores are ordered by ID. Pairs that a rule forbids are left out.
func Rank(p PostFacts, seekers []SeekerFacts, w Weights, top int) []Ranked {
	one := newPost(&p)
	pairs := make([]pair, len(seekers))
	for k := range seekers {
		pairs[k] = one.score(newSeeker(&seekers[k]), &w)
	}
	return best(pairs, &w, top, func(k int) string { return seekers[k].ID })
}

// RankPosts returns the posts that fit a seeker best, in the manner of Rank.
func RankPosts(s SeekerFacts, posts []PostFacts, w Weights, top int) []Ranked {
	one := newSeeker(&s)
	pairs := make([]pair, len(posts))
	for k := range posts {
		pairs[k] = newPost(&posts[k]).score(one, &w)
	}
	return best(pairs, &w, top, func(k int) string { return posts[k].ID })
}

// best puts only the pairs in words that will be shown.
func best(pairs []pair, w *Weights, top int, id func(k int) string) []Ranked {
	var order []int
	for k := range pairs {
		if pairs[k].refused == open {
			order = append(order, k)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(pairs[b].points, pairs[a].points), cmp.Compare(id(a), id(b)), cmp.Compare(a, b))
	})
	if top > 0 && len(order) > top {
		order = order[:top]
	}
	out := make([]Ranked, len(order))
	for n, k := range order {
		out[n] = Ranked{Index: k, Fit: pairs[k].fit(w)}
	}
	return out
}

// Table scores every post with every seeker, without words: points[k][n] belongs to
// posts[k] and seekers[n], -1 where a rule forbids the pair. It makes the edges of
// a round.
func Table(posts []PostFacts, seekers []SeekerFacts, w Weights) [][]int32 {
	ready := make([]*seeker, len(seekers))
	for n := range seekers {
		ready[n] = newSeeker(&seekers[n])
	}
	points := make([][]int32, len(posts))
	for k := range posts {
		p := newPost(&posts[k])
		points[k] = make([]int32, len(seekers))
		for n, s := range ready {
			points[k][n] = -1
			if r := p.score(s, &w); r.refused == open {
				points[k][n] = int32(r.points)
			}
		}
	}
	return points
}
