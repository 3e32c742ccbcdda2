package matching

import (
	"cmp"
	"fmt"
	"slices"
)

// Miss is a post that one hard rule alone keeps from a seeker.
type Miss struct {
	Index int // of the post
	Free  int // slots it has left
	Fit   Fit // with the rule lifted
	Words string
}

// NearMisses lists the posts with free slots that a seeker could have if one rule of
// its own were relaxed: the distance, the level of the major, the pay, the dates. A
// rule of law or of the post is never one of them. The smallest change comes first:
// the post that a single rule keeps away and that fits best; at most top of them.
func NearMisses(s SeekerFacts, posts []PostFacts, free []int, w Weights, top int) []Miss {
	return Misses([]SeekerFacts{s}, posts, free, w, top)[0]
}

// Misses is NearMisses for many seekers.
func Misses(seekers []SeekerFacts, posts []PostFacts, free []int, w Weights, top int) [][]Miss {
	x := NewPool(seekers, w)
	out := make([][]Miss, len(seekers))
	better := func(a, b Miss) int {
		return cmp.Or(cmp.Compare(b.Fit.Points, a.Fit.Points), cmp.Compare(posts[a.Index].ID, posts[b.Index].ID))
	}
	for k := range posts {
		if k >= len(free) || free[k] <= 0 {
			continue
		}
		x.post.set(&posts[k], x.words, &w)
		for n := range x.seekers {
			first := x.post.score(&x.seekers[n], &w)
			eased, words, ok := x.seekers[n].eased(&first)
			if !ok {
				continue
			}
			again := x.post.score(&eased, &w)
			if again.refused != open {
				continue
			}
			if top > 0 && len(out[n]) >= top && again.points < out[n][len(out[n])-1].Fit.Points {
				continue
			}
			out[n] = append(out[n], Miss{Index: k, Free: free[k], Fit: again.fit(&w), Words: words})
			if top > 0 {
				slices.SortStableFunc(out[n], better)
				out[n] = out[n][:min(len(out[n]), top)]
			}
		}
	}
	for n := range out {
		slices.SortStableFunc(out[n], better)
	}
	return out
}

// eased is the seeker without the one rule of theirs that refused the pair, and that change in
// words; false where nothing of theirs refused it.
func (s *seeker) eased(r *pair) (seeker, string, bool) {
	facts, words, ok := relax(*s.SeekerFacts, r)
	if !ok {
		return seeker{}, "", false
	}
	out := *s
	out.SeekerFacts, out.window = &facts, windowOf(facts.From, facts.To)
	return out, words, true
}

// relax lifts the one rule of the seeker that refused the pair.
func relax(s SeekerFacts, r *pair) (SeekerFacts, string, bool) {
	p := r.post
	switch r.refused {
	case tooFarOff:
		km := float64(r.metres/1000 + 1)
		s.MaxKM = km
		return s, fmt.Sprintf("距离放宽到 %g 公里，就可以去%s", km, or(p.Title, p.ID)), true
	case wrongMajor:
		s.MinLevel = r.level
		return s, fmt.Sprintf("专业要求放宽到%s，就可以去%s", r.level.Words(), or(p.Title, p.ID)), true
	case tooLittlePay:
		s.MinPayFen = p.PayFen
		return s, fmt.Sprintf("报酬要求降到 %s 元，就可以去%s", yuan(p.PayFen), or(p.Title, p.ID)), true
	case noOverlap:
		s.From, s.To = p.From, p.To
		return s, fmt.Sprintf("时间改为 %s 至 %s，就可以去%s", p.From, p.To, or(p.Title, p.ID)), true
	}
	return s, "", false
}
