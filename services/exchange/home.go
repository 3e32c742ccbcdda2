package exchange

import (
	"context"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Home is the page people land on: what needs them, by when, then the counts.
type Home struct {
	Tasks  []Task
	Counts []Count
}

// Count is one number with its name and the list it opens.
type Count struct {
	Name string
	N    int64
	Kind string
}

// Home returns the worklist and the counts of the actor's role.
func (x *Exchange) Home(ctx context.Context, actor partnership.Actor) (Home, error) {
	tasks, err := x.Worklist(ctx, actor)
	if err != nil {
		return Home{}, err
	}
	counts, err := x.homeCounts(ctx, actor)
	return Home{tasks, counts}, err
}

func (x *Exchange) homeCounts(ctx context.Context, actor partnership.Actor) ([]Count, error) {
	state := func(s string) store.Filter { return store.Field("state").Eq(s) }
	openPosts := func() (int64, error) { return x.posts.Count(ctx, state(string(partnership.PostOpen))) }
	type counter struct {
		what string
		f    func() (int64, error)
		kind string
	}
	var all []counter
	switch actor.Role {
	case partnership.RoleSchool:
		mine := store.And(store.Field("school").Eq(actor.Party), state(string(partnership.CohortOpen)))
		all = []counter{
			{"待安置批次", func() (int64, error) { return x.cohorts.Count(ctx, mine) }, KindCohort},
			{"待安置学生", func() (int64, error) { return x.sizes(ctx, mine) }, KindCohort},
			{"在岗学生", func() (int64, error) {
				return x.placements.Count(ctx, store.And(store.Field("school").Eq(actor.Party), state(string(partnership.PlacementOnPost))))
			}, KindFollow},
			{"招收中的岗位", openPosts, KindPost},
		}
	case partnership.RoleCompany:
		mine := store.Field("company").Eq(actor.Party)
		all = []counter{
			{"招收中的岗位", func() (int64, error) { return x.posts.Count(ctx, store.And(mine, state(string(partnership.PostOpen)))) }, KindPost},
			{"剩余名额", func() (int64, error) { return x.slotsLeft(ctx, store.And(mine, state(string(partnership.PostOpen)))) }, KindPost},
			{"在岗学生", func() (int64, error) {
				return x.placements.Count(ctx, store.And(mine, state(string(partnership.PlacementOnPost))))
			}, KindFollow},
			{"匹配的班级批次", func() (int64, error) { return x.matches.Count(ctx, mine) }, KindCohort},
		}
	default:
		all = []counter{
			{"合作企业", func() (int64, error) {
				return x.companies.Count(ctx, store.And(companiesWithin(actor), state(string(partnership.CompanyApproved))))
			}, KindCompany},
			{"招收中的岗位", func() (int64, error) {
				return x.posts.Count(ctx, store.And(postsWithin(actor), state(string(partnership.PostOpen))))
			}, KindPost},
			{"待安置批次", func() (int64, error) {
				return x.cohorts.Count(ctx, store.And(within(actor, "region"), state(string(partnership.CohortOpen))))
			}, KindCohort},
			{"实训基地", func() (int64, error) { return x.bases.Count(ctx, within(actor, "region")) }, KindBase},
		}
	}
	out := make([]Count, 0, len(all))
	for _, c := range all {
		n, err := c.f()
		if err != nil {
			return nil, fmt.Errorf("count of %s: %w", c.what, err)
		}
		out = append(out, Count{c.what, n, c.kind})
	}
	return out, nil
}

// sizes adds up the students of cohorts.
func (x *Exchange) sizes(ctx context.Context, where store.Filter) (n int64, err error) {
	for c, err := range store.Scan[struct {
		Size int64 `json:"size"`
	}](ctx, x.cohorts, store.Query{Where: where}) {
		if err != nil {
			return 0, err
		}
		n += c.Size
	}
	return n, nil
}

// slotsLeft adds up the free slots of posts.
func (x *Exchange) slotsLeft(ctx context.Context, where store.Filter) (n int64, err error) {
	for p, err := range store.Scan[struct {
		Slots int64 `json:"slots"`
		Taken int64 `json:"taken"`
	}](ctx, x.posts, store.Query{Where: where}) {
		if err != nil {
			return 0, err
		}
		n += max(0, p.Slots-p.Taken)
	}
	return n, nil
}

func lastWhy(steps []partnership.Step) string {
	if len(steps) == 0 {
		return ""
	}
	return steps[len(steps)-1].Why
}
