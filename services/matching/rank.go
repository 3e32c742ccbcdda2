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

// Pool is seekers made ready to be compared with one post after the other. It may
// not be used by two at the same time, and the seekers may not change meanwhile.
type Pool struct {
	seekers []seeker
	words   *words
	weights Weights
	post    post
	best    []standing
}

// standing is a seeker's points for the post at hand.
type standing struct{ points, index int32 }

// NewPool makes seekers ready for a round with the weights, which must have passed
// Check.
func NewPool(seekers []SeekerFacts, w Weights) *Pool {
	x := &Pool{seekers: make([]seeker, len(seekers)), words: newWords(), weights: w}
	for k := range seekers {
		x.seekers[k] = newSeeker(&seekers[k], x.words)
	}
	return x
}

// Points writes the points of each seeker for the post, without words, -1 where a
// rule forbids the pair, and returns them; into is used if it is long enough.
func (x *Pool) Points(p *PostFacts, into []int32) []int32 {
	if cap(into) < len(x.seekers) {
		into = make([]int32, len(x.seekers))
	}
	into = into[:len(x.seekers)]
	x.post.set(p, x.words, &x.weights)
	for k := range x.seekers {
		into[k] = -1
		if r := x.post.score(&x.seekers[k], &x.weights); r.refused == open {
			into[k] = int32(r.points) //nolint:gosec // at most Full
		}
	}
	return into
}

// Standing is how one seeker stands to a post, without words.
type Standing struct {
	Points int32 // the fit; where one rule forbids the pair that the seeker could ease, the fit once it is eased; else 0
	Cause  Gate  // CauseMajor whenever the major is out of reach, whatever else forbids the pair
}

// Judge writes how each seeker stands to the post and returns it; into is used if it is
// long enough. Score and NearMisses put a pair in words.
func (x *Pool) Judge(p *PostFacts, into []Standing) []Standing {
	if cap(into) < len(x.seekers) {
		into = make([]Standing, len(x.seekers))
	}
	into = into[:len(x.seekers)]
	x.post.set(p, x.words, &x.weights)
	for k := range x.seekers {
		s := &x.seekers[k]
		if levelRank(x.post.level(s.Major)) < levelRank(s.MinLevel) {
			into[k] = Standing{Cause: CauseMajor}
			continue
		}
		r := x.post.score(s, &x.weights)
		into[k] = Standing{int32(r.points), gates[r.refused]} //nolint:gosec // at most Full
		if eased, _, ok := s.eased(&r); ok {
			if again := x.post.score(&eased, &x.weights); again.refused == open {
				into[k].Points = int32(again.points) //nolint:gosec // at most Full
			}
		}
	}
	return into
}

// Rank returns the seekers that fit the post best, at most top of them (0: all), best
// first; equal scores are ordered by ID. Pairs that a rule forbids are left out. It
// takes memory for top seekers, however many there are, and puts only these in words.
func (x *Pool) Rank(p *PostFacts, top int) []Ranked {
	x.post.set(p, x.words, &x.weights)
	x.best = x.best[:0]
	for k := range x.seekers {
		if r := x.post.score(&x.seekers[k], &x.weights); r.refused == open {
			x.best = keep(x.best, standing{int32(r.points), int32(k)}, top, x.compare) //nolint:gosec // an index
		}
	}
	slices.SortFunc(x.best, x.compare)
	out := make([]Ranked, len(x.best))
	for n, b := range x.best {
		r := x.post.score(&x.seekers[b.index], &x.weights)
		out[n] = Ranked{Index: int(b.index), Fit: r.fit(&x.weights)}
	}
	return out
}

// compare orders by points, then ID.
func (x *Pool) compare(a, b standing) int {
	if a.points != b.points {
		return int(b.points - a.points)
	}
	return cmp.Or(cmp.Compare(x.seekers[a.index].ID, x.seekers[b.index].ID), cmp.Compare(a.index, b.index))
}

// keep adds s to the best, at most top of them (0: all), a heap with the worst on top
// once there are so many.
func keep(best []standing, s standing, top int, compare func(a, b standing) int) []standing {
	if top <= 0 || len(best) < top {
		best = append(best, s)
		if len(best) == top {
			for k := top/2 - 1; k >= 0; k-- {
				sink(best, k, compare)
			}
		}
		return best
	}
	if compare(s, best[0]) < 0 {
		best[0] = s
		sink(best, 0, compare)
	}
	return best
}

func sink(h []standing, k int, compare func(a, b standing) int) {
	for {
		c := 2*k + 1
		if c+1 < len(h) && compare(h[c+1], h[c]) > 0 {
			c++
		}
		if c >= len(h) || compare(h[c], h[k]) <= 0 {
			return
		}
		h[k], h[c] = h[c], h[k]
		k = c
	}
}

// Rank is Pool.Rank for one post.
func Rank(p PostFacts, seekers []SeekerFacts, w Weights, top int) []Ranked {
	return NewPool(seekers, w).Rank(&p, top)
}

// RankPosts returns the posts that fit a seeker best, in the manner of Rank.
func RankPosts(s SeekerFacts, posts []PostFacts, w Weights, top int) []Ranked {
	x := newWords()
	one := newSeeker(&s, x)
	compare := func(a, b standing) int {
		return cmp.Or(cmp.Compare(b.points, a.points), cmp.Compare(posts[a.index].ID, posts[b.index].ID), cmp.Compare(a.index, b.index))
	}
	var p post
	var best []standing
	for k := range posts {
		p.set(&posts[k], x, &w)
		if r := p.score(&one, &w); r.refused == open {
			best = keep(best, standing{int32(r.points), int32(k)}, top, compare) //nolint:gosec // an index
		}
	}
	slices.SortFunc(best, compare)
	out := make([]Ranked, len(best))
	for n, b := range best {
		p.set(&posts[b.index], x, &w)
		r := p.score(&one, &w)
		out[n] = Ranked{Index: int(b.index), Fit: r.fit(&w)}
	}
	return out
}

// Table scores every post with every seeker, without words: points[k][n] belongs to
// posts[k] and seekers[n], -1 where a rule forbids the pair. It makes the edges of
// a round.
func Table(posts []PostFacts, seekers []SeekerFacts, w Weights) [][]int32 {
	x := NewPool(seekers, w)
	points := make([][]int32, len(posts))
	for k := range posts {
		points[k] = x.Points(&posts[k], nil)
	}
	return points
}
