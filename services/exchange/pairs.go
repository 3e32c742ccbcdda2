package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sunmao/services/matching"
	"sunmao/services/matching/market"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// sides are open cohorts and posts with what comparing them takes. They are compared from the
// documents as they are, every cohort with every post that leads to its major: the matches kept
// with a post are its best few, and a round over these alone would not be the best round.
type sides struct {
	cohorts   []partnership.Cohort
	posts     []partnership.Post
	employers []*employer // of each post
	weights   matching.Weights
	cohortAt  map[string]int32
	postAt    map[string]int32
	pairs     map[[2]int32]*partnership.Match // those that were put in words
}

// newSides reads the employers of the posts.
func (x *Exchange) newSides(ctx context.Context, cohorts []partnership.Cohort, posts []partnership.Post, w matching.Weights) (*sides, error) {
	s := &sides{cohorts: cohorts, posts: posts, weights: w, employers: make([]*employer, len(posts)),
		cohortAt: make(map[string]int32, len(cohorts)), postAt: make(map[string]int32, len(posts)), pairs: map[[2]int32]*partnership.Match{}}
	companies := employers{x, map[string]*employer{}}
	for i := range cohorts {
		s.cohortAt[cohorts[i].ID] = int32(i) //nolint:gosec // far below 2^31 cohorts
	}
	for j := range posts {
		s.postAt[posts[j].ID] = int32(j) //nolint:gosec // far below 2^31 posts
		var err error
		if s.employers[j], err = companies.of(ctx, posts[j].Company); err != nil {
			return nil, fmt.Errorf("post %s: %w", posts[j].ID, err)
		}
	}
	return s, nil
}

// edges returns for each cohort the posts that it may go to with their points, in the order of
// the posts. Pairs that a rule forbids, and posts of companies that its school has paused, are
// left out.
func (s *sides) edges() [][]market.Edge {
	type class struct {
		cohorts []int
		pool    *matching.Pool
	}
	byMajor := map[string]*class{}
	for i := range s.cohorts {
		c := byMajor[s.cohorts[i].Major]
		if c == nil {
			c = &class{}
			byMajor[s.cohorts[i].Major] = c
		}
		c.cohorts = append(c.cohorts, i)
	}
	for _, c := range byMajor {
		facts := make([]matching.SeekerFacts, len(c.cohorts))
		for k, i := range c.cohorts {
			facts[k] = cohortFacts(&s.cohorts[i])
		}
		c.pool = matching.NewPool(facts, s.weights)
	}
	out := make([][]market.Edge, len(s.cohorts))
	var points []int32
	for j := range s.posts {
		p, company := &s.posts[j], s.employers[j]
		facts := postFacts(p, company)
		for _, link := range p.Links {
			c := byMajor[link.Code]
			if c == nil {
				continue
			}
			points = c.pool.Points(&facts, points)
			for k, i := range c.cohorts {
				if points[k] >= 0 && !company.paused[s.cohorts[i].School] {
					out[i] = append(out[i], market.Edge{Post: int32(j), Score: points[k]}) //nolint:gosec // far below 2^31 posts
				}
			}
		}
	}
	return out
}

// pair is what a cohort and a post are to one another, in words, nil where they have nothing to
// do with one another, or must not.
func (s *sides) pair(cohort, post string) *partnership.Match {
	i, ok := s.cohortAt[cohort]
	j, known := s.postAt[post]
	if !ok || !known {
		return nil
	}
	key := [2]int32{i, j}
	if m, ok := s.pairs[key]; ok {
		return m
	}
	c, p, company := &s.cohorts[i], &s.posts[j], s.employers[j]
	var m *partnership.Match
	at := slices.IndexFunc(p.Links, func(l partnership.MajorLink) bool { return l.Code == c.Major })
	if at >= 0 && !company.paused[c.School] {
		if fit := matching.Score(postFacts(p, company), cohortFacts(c), s.weights); fit.Refused == "" {
			one := matchOf(p, c, p.Links[at], &fit)
			m = &one
		}
	}
	s.pairs[key] = m
	return m
}

// choosable are the posts that a cohort's students may choose, the best fit first: open ones
// that lead to its major and that no rule forbids.
func (x *Exchange) choosable(ctx context.Context, cohort string) ([]partnership.Match, error) {
	c, err := x.cohorts.Get(ctx, cohort)
	if err != nil {
		return nil, known(err, errNoCohort)
	}
	where := store.And(store.Field("state").Eq(string(partnership.PostOpen)), store.Field("link_majors").Has(c.Major))
	posts, err := x.posts.All(ctx, store.Query{Where: where})
	if err != nil {
		return nil, fmt.Errorf("posts for %s: %w", cohort, err)
	}
	s, err := x.newSides(ctx, []partnership.Cohort{c}, posts, matching.DefaultWeights())
	if err != nil {
		return nil, err
	}
	out := make([]partnership.Match, 0, len(posts))
	for j := range posts {
		if m := s.pair(c.ID, posts[j].ID); m != nil {
			out = append(out, *m)
		}
	}
	slices.SortFunc(out, func(a, b partnership.Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Post, b.Post))
	})
	return out, nil
}
