package exchange

import (
	"context"
	"errors"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/rates/audit"
)

// CheckReport audits the platform's own report tables before they are published, by the
// same rules as anybody's: what the schools recorded and printed may contradict itself.
// The tables are held against one another. How far it is, it tells the context.
func CheckReport(ctx context.Context, tables []rates.Table) ([]audit.Finding, error) {
	all := make([]audit.Sheet, 0, len(tables))
	for i := range tables {
		all = append(all, sheetOf(&tables[i]))
	}
	return audit.Run(ctx, all)
}

// sheetOf lays a table out as it is printed: groups above headings above rows.
func sheetOf(t *rates.Table) audit.Sheet {
	s := audit.Sheet{Name: t.Title}
	groups, heads, grouped := make([]string, len(t.Columns)), make([]string, len(t.Columns)), false
	for i, c := range t.Columns {
		groups[i], grouped = c.Group, grouped || c.Group != ""
		if heads[i] = c.Header; c.Unit != "" {
			heads[i] += "（" + c.Unit + "）"
		}
	}
	if grouped {
		s.Cells = append(s.Cells, groups)
	}
	s.Cells = append(append(s.Cells, heads), t.Rows...)
	return s
}

// CompareDays says what changed from the snapshots of one day to those of another, over the
// whole district and each school. What is hidden from anybody stays so.
func (x *Exchange) CompareDays(ctx context.Context, actor partnership.Actor, from, to string) ([]rates.Change, error) {
	if !actor.SeesAll() {
		return nil, partnership.Refuse(partnership.ErrForbidden, "只有区教委和平台运维可以比较全区的快照")
	}
	schools, err := x.Schools(ctx)
	if err != nil {
		return nil, err
	}
	only, err := x.sightOf(ctx, actor)
	if err != nil {
		return nil, err
	}
	pages := []page{{by: ByDistrict}}
	for _, s := range schools {
		if only.school(s.ID) {
			pages = append(pages, page{school: s.ID, by: BySchool})
		}
	}
	if only != nil { // the stored page is of all districts together
		pages = pages[1:]
	}
	var out []rates.Change
	for i, p := range pages {
		was, now, err := x.pageOfDays(ctx, p, from, to)
		if errors.Is(err, partnership.ErrNotFound) && i > 0 {
			continue // a school without figures on one of the days
		}
		if err != nil {
			return nil, err
		}
		out = append(out, rates.Compare(ratesOf(was, false), ratesOf(now, false))...)
	}
	rates.SortChanges(out)
	return out, nil
}

// pageOfDays reads a page on two days; a day without snapshots is not found.
func (x *Exchange) pageOfDays(ctx context.Context, p page, from, to string) (was, now *partnership.Snapshot, err error) {
	for _, one := range []struct {
		day string
		at  **partnership.Snapshot
	}{{from, &was}, {to, &now}} {
		s, err := x.snapshots.Get(ctx, p.String()+"|"+one.day)
		if errors.Is(err, partnership.ErrNotFound) {
			return nil, nil, partnership.Refuse(partnership.ErrNotFound, "“%s”没有快照，请从列表里选择日期", one.day)
		}
		if err != nil {
			return nil, nil, err
		}
		if *one.at, err = x.content(ctx, &s); err != nil {
			return nil, nil, err
		}
	}
	return was, now, nil
}
