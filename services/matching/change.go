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
	var out []Miss
	x := newWords()
	one := newSeeker(&s, x)
	var p post
	for k := range posts {
		if k >= len(free) || free[k] <= 0 {
			continue
		}
		p.set(&posts[k], x, &w)
		first := p.score(&one, &w)
		relaxed, words, ok := relax(s, &first)
		if !ok {
			continue
		}
		eased := newSeeker(&relaxed, x)
		again := p.score(&eased, &w)
		if again.refused != open {
			continue
		}
		out = append(out, Miss{Index: k, Free: free[k], Fit: again.fit(&w), Words: words})
	}
	slices.SortStableFunc(out, func(a, b Miss) int {
		return cmp.Or(cmp.Compare(b.Fit.Points, a.Fit.Points), cmp.Compare(posts[a.Index].ID, posts[b.Index].ID))
	})
	if top > 0 && len(out) > top {
		out = out[:top]
	}
	return out
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
