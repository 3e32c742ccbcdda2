package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/search"
	"sunmao/services/partnership"
)

// How much an account's record of searches keeps.
const (
	maxRecent = 10
	maxSaved  = 50
)

// Searches returns what the actor looked for lately and has saved; nobody else sees it.
func (x *Exchange) Searches(ctx context.Context, actor partnership.Actor) (partnership.Searches, error) {
	s, err := x.searches.Get(ctx, actor.Account)
	if errors.Is(err, partnership.ErrNotFound) {
		return partnership.Searches{}, nil
	}
	return s, err
}

// changeSearches edits the actor's record, or begins it.
func (x *Exchange) changeSearches(ctx context.Context, actor partnership.Actor, change func(*partnership.Searches) error) error {
	for range 3 {
		_, err := x.searches.Edit(ctx, actor.Account, change)
		if !errors.Is(err, partnership.ErrNotFound) {
			return err
		}
		var s partnership.Searches
		s.ID = actor.Account
		if err := change(&s); err != nil {
			return err
		}
		if err := x.searches.Insert(ctx, &s); !errors.Is(err, partnership.ErrDuplicate) {
			return err
		}
	}
	return partnership.ErrConflict
}

var errNothingNew = errors.New("nothing new to keep")

// Remember notes that the actor searched for a text, the latest first. Asking the same
// again writes nothing while it is the latest; what looks like a personal number is not kept.
func (x *Exchange) Remember(ctx context.Context, actor partnership.Actor, text string) error {
	text = strings.Join(strings.Fields(text), " ")
	if !countable(text) || len([]rune(text)) > 100 {
		return nil
	}
	err := x.changeSearches(ctx, actor, func(s *partnership.Searches) error {
		if len(s.Recent) > 0 && s.Recent[0].Text == text {
			return errNothingNew
		}
		s.Recent = slices.DeleteFunc(s.Recent, func(r partnership.RecentSearch) bool { return r.Text == text })
		s.Recent = slices.Insert(s.Recent, 0, partnership.RecentSearch{Text: text, At: x.stamp()})
		s.Recent = s.Recent[:min(len(s.Recent), maxRecent)]
		return nil
	})
	if errors.Is(err, errNothingNew) {
		return nil
	}
	return err
}

// ForgetRecent empties the actor's list of recent searches.
func (x *Exchange) ForgetRecent(ctx context.Context, actor partnership.Actor) error {
	return x.changeSearches(ctx, actor, func(s *partnership.Searches) error { s.Recent = nil; return nil })
}

// SaveSearch keeps a list with its filters under a name; the same name again replaces it.
// path is the address of a list with its query, on this site.
func (x *Exchange) SaveSearch(ctx context.Context, actor partnership.Actor, name, path string) error {
	name = strings.Join(strings.Fields(name), " ")
	bad := partnership.Invalid{}
	if n := len([]rune(name)); n == 0 || n > 30 {
		bad.Add("name", "请给这个检索起一个名字，最多 30 个字")
	}
	if len(path) > 1500 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		bad.Add("path", "这个检索的条件太多，不能保存")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	return x.changeSearches(ctx, actor, func(s *partnership.Searches) error {
		one := partnership.SavedSearch{Key: x.newID(), Name: name, Path: path, Made: x.stamp(), Seen: x.stamp()}
		if at := slices.IndexFunc(s.Saved, func(o partnership.SavedSearch) bool { return o.Name == name }); at >= 0 {
			one.Key = s.Saved[at].Key
			s.Saved[at] = one
			return nil
		}
		if len(s.Saved) >= maxSaved {
			return partnership.Refuse(partnership.ErrConflict, "最多保存 %d 个检索，请先删除不用的", maxSaved)
		}
		s.Saved = append(s.Saved, one)
		return nil
	})
}

var errNoSearch = partnership.Refuse(partnership.ErrNotFound, "没有这个检索，可能已经删除")

// LookAt opens a saved search: what is there now counts as seen.
func (x *Exchange) LookAt(ctx context.Context, actor partnership.Actor, key string) (partnership.SavedSearch, error) {
	var found partnership.SavedSearch
	err := x.changeSearches(ctx, actor, func(s *partnership.Searches) error {
		at := slices.IndexFunc(s.Saved, func(o partnership.SavedSearch) bool { return o.Key == key })
		if at < 0 {
			return errNoSearch
		}
		found = s.Saved[at]
		s.Saved[at].Seen = x.stamp()
		return nil
	})
	return found, err
}

// DropSearch deletes a saved search.
func (x *Exchange) DropSearch(ctx context.Context, actor partnership.Actor, key string) error {
	return x.changeSearches(ctx, actor, func(s *partnership.Searches) error {
		n := len(s.Saved)
		s.Saved = slices.DeleteFunc(s.Saved, func(o partnership.SavedSearch) bool { return o.Key == key })
		if len(s.Saved) == n {
			return errNoSearch
		}
		return nil
	})
}

// maxNew is how far NewSince counts.
const maxNew = 100

// NewSince counts the hits of a query that came or changed after a moment, up to 100.
func (x *Exchange) NewSince(ctx context.Context, actor partnership.Actor, q search.Query, since partnership.Stamp) (int, error) {
	q.Sort, q.Limit, q.Offset, q.After, q.Facets, q.Plain, q.Explain = search.SortNewest, maxNew, 0, "", nil, true, false
	r, err := x.Peek(ctx, actor, q)
	if err != nil {
		return 0, fmt.Errorf("count new hits: %w", err)
	}
	n := 0
	for _, h := range r.Hits {
		if h.Updated > int64(since) {
			n++
		}
	}
	return n, nil
}

// Visible leaves out hits of records that the actor may not see as they are now: an
// index that lags, or whose node was cut off, shows nobody what has been closed.
func (x *Exchange) Visible(ctx context.Context, actor partnership.Actor, hits []search.Hit) ([]search.Hit, error) {
	ids := map[string][]string{}
	for _, h := range hits {
		ids[h.Kind] = append(ids[h.Kind], h.ID)
	}
	sees, err := x.sees(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(hits), func(h search.Hit) bool { return h.Kind != KindMajor && !sees[h.ID] }), nil
}

// sees tells which of the ids, by kind, the actor may see now.
func (x *Exchange) sees(ctx context.Context, actor partnership.Actor, ids map[string][]string) (map[string]bool, error) {
	sees := map[string]bool{}
	own, err := x.schoolsWithin(ctx, actor)
	if err != nil {
		return nil, err
	}
	return sees, errors.Join(
		mark(ctx, x.posts, ids[KindPost], actor.MaySeePost, sees),
		mark(ctx, x.cohorts, ids[KindCohort], actor.MaySeeCohort, sees),
		mark(ctx, x.companies, ids[KindCompany], func(c *partnership.Company) bool { return maySeeCompany(actor, c) }, sees),
		mark(ctx, x.bases, ids[KindBase], func(b *partnership.TrainingBase) bool { return maySeeBase(actor, b) }, sees),
		mark(ctx, x.classes, ids[KindClass], func(o *partnership.OrderClass) bool { return maySeeClass(actor, o, own) }, sees))
}

// Origin is a place that distances can be measured from.
type Origin struct {
	Key, Name string // Key: id of a school or company, or region:code
	Point     partnership.Point
}

// Origins lists where distances can be measured from: the actor's own place first, then
// the schools and the seat of the district.
func (x *Exchange) Origins(ctx context.Context, actor partnership.Actor) ([]Origin, error) {
	schools, err := x.Schools(ctx)
	if err != nil {
		return nil, err
	}
	var out []Origin
	add := func(key, name string, p *partnership.Point) {
		switch {
		case p == nil:
		case actor.SpeaksFor(key):
			out = slices.Insert(out, 0, Origin{key, name, *p})
		default:
			out = append(out, Origin{key, name, *p})
		}
	}
	for _, s := range schools {
		name := s.Short
		if name == "" {
			name = s.Name
		}
		add(s.ID, name, s.Point)
	}
	if actor.Role == partnership.RoleCompany {
		c, err := x.companies.Get(ctx, actor.Party)
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return nil, err
		}
		add(actor.Party, "本企业", c.Point)
	}
	if r, ok := x.cat().Region(actor.Region); ok && r.Point.Known() {
		add("region:"+r.Code, r.Name+"政府驻地", &partnership.Point{Lng: r.Point.Lng, Lat: r.Point.Lat})
	}
	return out, nil
}
