package exchange

import (
	"context"
	"errors"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/rates"
)

// RateQuery asks for figures.
type RateQuery struct {
	Year   int    // 0 = all years
	School string // id; empty = the district and every school
	By     string // one of Groupings; empty = all
	Day    string // of the snapshot; empty = the newest
	Live   bool   // compute from the data now instead of reading a snapshot
}

// Rates returns figures with everything that explains them. Schools see their own and
// the district's, companies the district's only. Small groups are hidden.
func (x *Exchange) Rates(ctx context.Context, actor partnership.Actor, q RateQuery) ([]partnership.Figure, error) {
	if q.School != "" {
		if ok, err := x.readsSchool(ctx, actor, q.School); err != nil || !ok {
			return nil, errors.Join(err, partnership.Refuse(partnership.ErrNotFound, "没有这所学校的数据，或者您无权查看"))
		}
	}
	s, err := x.newShelf(ctx, actor, q.Day, q.Live)
	if err != nil {
		return nil, err
	}
	return s.rates(ctx, actor, q)
}

func (s *shelf) rates(ctx context.Context, actor partnership.Actor, q RateQuery) ([]partnership.Figure, error) {
	owners := []string{""}
	for _, sc := range s.schools {
		if s.only.school(sc.ID) {
			owners = append(owners, sc.ID)
		}
	}
	if q.School != "" {
		owners = []string{q.School}
	}
	years, err := s.pageYears(ctx, q.Year)
	if err != nil {
		return nil, err
	}
	var out []partnership.Figure
	for _, g := range Groupings() {
		by := g[0]
		if q.By != "" && q.By != by {
			continue
		}
		for _, p := range pagesFor(owners, by, years) {
			if !maySeePage(actor, p) {
				continue
			}
			snap, err := s.page(ctx, p)
			if err != nil {
				return nil, err
			}
			out = append(out, figures(snap, actor, q.Year)...)
		}
	}
	return out, nil
}

// pagesFor lists the pages of owners (schools' ids, "" for the district) for a grouping.
// Whole schools come from their own pages, which hold all years.
func pagesFor(owners []string, by string, years []int) []page {
	var out []page
	for _, owner := range owners {
		switch {
		case by == ByDistrict && owner == "":
			out = append(out, page{by: ByDistrict})
		case by == ByDistrict || by == BySchool && owner == "":
		case by == BySchool:
			out = append(out, page{school: owner, by: BySchool})
		default:
			for _, y := range years {
				out = append(out, page{owner, by, y})
			}
		}
	}
	return out
}

// maySeePage: a school its own pages and the district's, companies the district's, the
// district all but what only a school itself may know.
func maySeePage(actor partnership.Actor, p page) bool {
	switch {
	case p.school == "" || actor.SpeaksFor(p.school):
		return true
	case !actor.SeesAll():
		return false
	}
	return p.shared() || isSystem(actor)
}

// pageYears lists the years whose pages answer a query: the one asked for, or all.
func (s *shelf) pageYears(ctx context.Context, year int) ([]int, error) {
	if year != 0 {
		return []int{year}, nil
	}
	district, err := s.page(ctx, page{by: ByDistrict})
	if err != nil {
		return nil, err
	}
	var out []int
	for _, g := range district.Groups {
		out = append(out, g.Year)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Definitions lists the rates' definitions for the glossary.
func Definitions() []rates.Definition { return rates.Definitions() }
