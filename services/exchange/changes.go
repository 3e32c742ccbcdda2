package exchange

import (
	"context"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// The feeds of changes: what was created, changed or removed since the reader last asked,
// kind by kind, for systems that keep a copy. They rest on the store's own feed, in which
// no acknowledged write is ever passed over: SQLite counts commits, MongoDB reads its
// change stream. Every record comes in its present state, so one that changed twice
// between two readings may come once; one may also come again.

// Change is one record that changed, as the actor may know it.
type Change[T any] struct {
	ID   string
	Rev  int64 // a reader takes only what is newer than what it has
	At   partnership.Stamp
	Gone bool // deleted, or no longer for this actor to see; then Doc is nil
	Doc  *T
}

// Feed is one reading of a feed.
type Feed[T any] struct {
	Items []Change[T]
	Next  string // where to go on, always set
	More  bool   // there may be more at once; else ask again later
}

// SinceQuery says where a reader goes on.
type SinceQuery struct {
	Since string // Next of the reading before; empty for everything there is
	Limit int    // of records read in one step, 1 to 500
}

// feedSteps bounds how many batches one reading looks through for something that the
// actor may see.
const feedSteps = 20

// view says what an actor knows of a record: whether it sees it now, and if not, whether
// it may have seen it before and should be told that it is gone.
type view[T any] func(*T) (sees, saw bool)

func changesOf[T any, P interface {
	*T
	Rec() *partnership.Record
}](ctx context.Context, c *store.Coll[T], kind string, q SinceQuery, known view[T]) (Feed[T], error) {
	var f Feed[T]
	limit := q.Limit
	if limit < 1 || limit > 500 {
		limit = 100
	}
	of, cursor, ok := strings.Cut(q.Since, ":")
	if q.Since != "" && (!ok || of != kind) {
		return f, partnership.Invalid{"since": {"这个位置不是本接口给出的。请原样使用上一次答复里的 next，或者不给 since 从头读起"}}
	}
	for range feedSteps {
		batch, next, err := c.Changes(ctx, cursor, limit)
		if err != nil {
			return f, err
		}
		cursor, f.More = next, len(batch) > 0
		for i := range batch {
			r := P(&batch[i]).Rec()
			sees, saw := known(&batch[i])
			switch {
			case r.Deleted == 0 && sees:
				f.Items = append(f.Items, Change[T]{ID: r.ID, Rev: r.Rev, At: r.Updated, Doc: &batch[i]})
			case sees || saw:
				f.Items = append(f.Items, Change[T]{ID: r.ID, Rev: r.Rev, At: r.Updated, Gone: true})
			}
		}
		if len(f.Items) > 0 || !f.More {
			break
		}
	}
	f.Next = kind + ":" + cursor
	return f, nil
}

// went reports whether the steps of a record lead through a state.
func went(steps []partnership.Step, through func(state string) bool) bool {
	return slices.ContainsFunc(steps, func(s partnership.Step) bool { return through(s.From) || through(s.To) })
}

// PostChanges is the feed of posts.
func (x *Exchange) PostChanges(ctx context.Context, actor partnership.Actor, q SinceQuery) (Feed[partnership.Post], error) {
	return changesOf(ctx, x.posts, "posts", q, func(p *partnership.Post) (bool, bool) {
		public := p.State == partnership.PostClosed || p.State == partnership.PostExpired || went(p.Steps, func(s string) bool { return partnership.PostState(s).Public() })
		return actor.MaySeePost(p), actor.Role == partnership.RoleSchool && public
	})
}

// CohortChanges is the feed of cohorts.
func (x *Exchange) CohortChanges(ctx context.Context, actor partnership.Actor, q SinceQuery) (Feed[partnership.Cohort], error) {
	return changesOf(ctx, x.cohorts, "cohorts", q, func(c *partnership.Cohort) (bool, bool) {
		open := c.State == partnership.CohortPlaced || c.State == partnership.CohortClosed || went(c.Steps, func(s string) bool { return s == string(partnership.CohortOpen) })
		return actor.MaySeeCohort(c), actor.Role == partnership.RoleCompany && open
	})
}

// CompanyChanges is the feed of companies.
func (x *Exchange) CompanyChanges(ctx context.Context, actor partnership.Actor, q SinceQuery) (Feed[partnership.Company], error) {
	return changesOf(ctx, x.companies, "companies", q, func(c *partnership.Company) (bool, bool) {
		approved := c.State == partnership.CompanySuspended || c.MergedInto != ""
		return maySeeCompany(actor, c), actor.Role == partnership.RoleSchool && approved
	})
}

// BaseChanges is the feed of training bases.
func (x *Exchange) BaseChanges(ctx context.Context, actor partnership.Actor, q SinceQuery) (Feed[partnership.TrainingBase], error) {
	return changesOf(ctx, x.bases, "bases", q, func(b *partnership.TrainingBase) (bool, bool) {
		return maySeeBase(actor, b), b.Rev > 1 // it may have been open to others
	})
}

// ClassChanges is the feed of order classes.
func (x *Exchange) ClassChanges(ctx context.Context, actor partnership.Actor, q SinceQuery) (Feed[partnership.OrderClass], error) {
	own, err := x.schoolsWithin(ctx, actor)
	if err != nil {
		return Feed[partnership.OrderClass]{}, err
	}
	return changesOf(ctx, x.classes, "order-classes", q, func(o *partnership.OrderClass) (bool, bool) { return maySeeClass(actor, o, own), false })
}

// PlacementChanges is the feed of placements, with their students masked.
func (x *Exchange) PlacementChanges(ctx context.Context, actor partnership.Actor, q SinceQuery) (Feed[PlacementRow], error) {
	var own []string
	var err error
	if actor.Role == partnership.RoleDistrict {
		if own, err = x.schoolsWithin(ctx, actor); err != nil {
			return Feed[PlacementRow]{}, err
		}
	}
	found, err := changesOf(ctx, x.placements, "placements", q, func(p *partnership.Placement) (bool, bool) {
		return actor.Role == partnership.RoleOperator || actor.SpeaksFor(p.School) || actor.SpeaksFor(p.Company) || slices.Contains(own, p.School), false
	})
	out := Feed[PlacementRow]{Next: found.Next, More: found.More}
	if err != nil {
		return out, err
	}
	var page []partnership.Placement
	for _, c := range found.Items {
		if c.Doc != nil {
			page = append(page, *c.Doc)
		}
	}
	rows, err := x.placementRows(ctx, actor, page)
	if err != nil {
		return out, err
	}
	for _, c := range found.Items {
		row := Change[PlacementRow]{ID: c.ID, Rev: c.Rev, At: c.At, Gone: c.Gone}
		if c.Doc != nil {
			row.Doc, rows = &rows[0], rows[1:]
		}
		out.Items = append(out.Items, row)
	}
	return out, nil
}
