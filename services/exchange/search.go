package exchange

import (
	"context"
	"slices"

	"sunmao/search"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Found is what a search found.
type Found struct {
	search.Result
	// CatchingUp says that the index is being built or is out of order, so that the store
	// answered itself: all that is there, but words only as they are written.
	CatchingUp bool
}

// scope narrows a query to what the actor may find.
func (x *Exchange) scope(ctx context.Context, actor partnership.Actor, q search.Query) (search.Query, error) {
	if actor.Role == partnership.RoleOperator {
		return q, nil
	}
	see := []string{seeAll, "party:" + actor.Party}
	switch actor.Role {
	case partnership.RoleDistrict:
		see = []string{seeAll, seeRegion + actor.Region}
		schools, err := x.schoolsWithin(ctx, actor)
		if err != nil {
			return q, err
		}
		for _, id := range schools {
			see = append(see, "party:"+id)
		}
	case partnership.RoleSchool:
		see = append(see, seeSchools)
	case partnership.RoleCompany:
		see = append(see, seeCompanies)
	}
	filters := map[string][]string{}
	for f, v := range q.Filters {
		if f != SeeField {
			filters[f] = v
		}
	}
	filters[SeeField] = see
	q.Filters = filters
	return q, nil
}

// loosen is what the nearest alternatives may let go; never who may see.
var loosen = []string{RegionField, PeriodField, MajorField, CategoryField, OccupationField, LodgingField, OpenField, PostKindField, ClusterField, SchoolField,
	IndustryField, KindOfField, LevelField, YearField}

// Search finds what the actor may see. A query with words that finds nothing with all
// of them is counted as unmet demand: what has half of 天体物理 is no answer to it.
func (x *Exchange) Search(ctx context.Context, actor partnership.Actor, q search.Query) (Found, error) {
	r, err := x.Peek(ctx, actor, q)
	if err == nil && r.Whole == 0 && !r.CatchingUp && q.Offset == 0 && q.After == "" && countable(q.Text) {
		if err := x.countMissed(ctx, actor, q); err != nil {
			x.log.WarnContext(ctx, "unmet query not counted", "err", err)
		}
	}
	return r, err
}

// Peek is Search for words still being typed, and for counts: nothing is noted.
func (x *Exchange) Peek(ctx context.Context, actor partnership.Actor, q search.Query) (Found, error) {
	if q.Limit < 1 || q.Limit > 100 {
		q.Limit = 20
	}
	if q.Loosen == nil {
		q.Loosen = loosen
	}
	q.Facets = slices.DeleteFunc(slices.Clone(q.Facets), func(f string) bool { return f == SeeField })
	q, err := x.scope(ctx, actor, q)
	if err != nil {
		return Found{}, err
	}
	if x.indexWhole() {
		r, err := x.index.Find(ctx, q)
		if err == nil || ctx.Err() != nil {
			return Found{Result: r}, err
		}
		x.log.ErrorContext(ctx, "search index does not answer, the store does", "err", err)
	}
	r, err := x.fromStore(ctx, q)
	return Found{r, true}, err
}

// indexWhole reports whether the index has everything. Once it has, it stays so while
// the process runs: a rebuild works beside it.
func (x *Exchange) indexWhole() bool {
	if !x.whole.Load() && x.index.Whole() {
		x.whole.Store(true)
	}
	return x.whole.Load()
}

// Complete suggests titles as they are typed, among what the actor may find. Since a draft must not
// show through the search box, each is looked up in the store as well.
func (x *Exchange) Complete(ctx context.Context, actor partnership.Actor, prefix string, kinds []string, n int) ([]search.Suggestion, error) {
	q, err := x.scope(ctx, actor, search.Query{})
	if err != nil {
		return nil, err
	}
	found, err := x.index.Suggest(ctx, prefix, kinds, q.Filters, 3*n)
	if err != nil || actor.Role == partnership.RoleOperator {
		return found[:min(n, len(found))], err
	}
	ids := map[string][]string{}
	for _, s := range found {
		ids[s.Kind] = append(ids[s.Kind], s.ID)
	}
	sees, err := x.sees(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(s search.Suggestion) bool { return s.Kind != KindMajor && !sees[s.ID] })
	return found[:min(n, len(found))], nil
}

// mark notes which of the ids the actor may see.
func mark[T any, P interface {
	*T
	Rec() *partnership.Record
}](ctx context.Context, c *store.Coll[T], ids []string, may func(*T) bool, sees map[string]bool) error {
	if len(ids) == 0 {
		return nil
	}
	for t, err := range c.Find(ctx, store.Query{Where: store.Field("_id").In(ids)}) {
		if err != nil {
			return err
		}
		if may(&t) {
			sees[P(&t).Rec().ID] = true
		}
	}
	return nil
}

// byIDs reads documents in one query and returns those the actor may see, in the order
// of the ids: the rows of a page of search results, as they are now.
func byIDs[T any, P interface {
	*T
	Rec() *partnership.Record
}](ctx context.Context, c *store.Coll[T], ids []string, may func(*T) bool) ([]T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := c.All(ctx, store.Query{Where: store.Field("_id").In(ids)})
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(found))
	for i := range found {
		at[P(&found[i]).Rec().ID] = i
	}
	out := make([]T, 0, len(found))
	for _, id := range ids {
		if i, ok := at[id]; ok && may(&found[i]) {
			out = append(out, found[i])
		}
	}
	return out, nil
}

// PostsByID returns the posts of these ids that the actor may see, in the order of the ids.
func (x *Exchange) PostsByID(ctx context.Context, actor partnership.Actor, ids []string) ([]partnership.Post, error) {
	return byIDs(ctx, x.posts, ids, actor.MaySeePost)
}

// CompaniesByID does so for companies.
func (x *Exchange) CompaniesByID(ctx context.Context, actor partnership.Actor, ids []string) ([]partnership.Company, error) {
	return byIDs(ctx, x.companies, ids, func(c *partnership.Company) bool { return maySeeCompany(actor, c) })
}

// CohortsByID does so for cohorts.
func (x *Exchange) CohortsByID(ctx context.Context, actor partnership.Actor, ids []string) ([]partnership.Cohort, error) {
	return byIDs(ctx, x.cohorts, ids, actor.MaySeeCohort)
}

// BasesByID does so for training bases.
func (x *Exchange) BasesByID(ctx context.Context, actor partnership.Actor, ids []string) ([]partnership.TrainingBase, error) {
	return byIDs(ctx, x.bases, ids, func(b *partnership.TrainingBase) bool { return maySeeBase(actor, b) })
}

// ClassesByID does so for order classes.
func (x *Exchange) ClassesByID(ctx context.Context, actor partnership.Actor, ids []string) ([]partnership.OrderClass, error) {
	own, err := x.schoolsWithin(ctx, actor)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, x.classes, ids, func(o *partnership.OrderClass) bool { return maySeeClass(actor, o, own) })
}

func maySeeBase(actor partnership.Actor, b *partnership.TrainingBase) bool {
	return b.OpenToOthers || actor.Oversees(b.Region) || actor.Role == partnership.RoleSchool || actor.SpeaksFor(b.Owner)
}

// maySeeClass: its two parties, and whoever oversees its school; own are the schools that
// a district oversees.
func maySeeClass(actor partnership.Actor, o *partnership.OrderClass, own []string) bool {
	return actor.Role == partnership.RoleOperator || actor.Role == partnership.RoleDistrict && slices.Contains(own, o.School) || actor.SpeaksFor(o.Company) || actor.SpeaksFor(o.School)
}
