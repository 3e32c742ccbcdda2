package exchange

import (
	"context"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoCohort = partnership.Refuse(partnership.ErrNotFound, "没有这个班级批次，或者您无权查看。可能链接不完整，请从列表重新打开")

// CohortView is what the page of one cohort shows.
type CohortView struct {
	Cohort      partnership.Cohort
	Matches     []partnership.Match // candidate posts, best first
	Allocations []partnership.Allocation
	Grade       int // study year on the first day of the window
	CanEdit     bool
}

// SaveCohort creates the cohort (empty ID) or changes it, and settles it.
func (x *Exchange) SaveCohort(ctx context.Context, actor partnership.Actor, draft partnership.Cohort) (partnership.Cohort, error) {
	fresh := draft.ID == ""
	if fresh {
		if actor.Role == partnership.RoleSchool {
			draft.School = actor.Party
		}
		draft.State, draft.Steps, draft.Sample = partnership.CohortOpen, nil, false
	} else {
		old, err := x.visibleCohort(ctx, actor, draft.ID)
		if err != nil {
			return draft, err
		}
		if draft.Rev != 0 && draft.Rev != old.Rev {
			return draft, partnership.Refuse(partnership.ErrConflict, "这个班级批次刚被别人修改过，请重新打开后再改")
		}
		draft.Record, draft.School, draft.State, draft.Steps, draft.Sample = old.Record, old.School, old.State, old.Steps, old.Sample
	}
	if !actor.MayEditCohort(&draft) {
		return draft, partnership.Refuse(partnership.ErrForbidden, "只有所在学校可以登记和修改班级批次")
	}
	if err := x.checkCohort(ctx, &draft); err != nil {
		return draft, err
	}
	draft.Unsettled = true
	if !fresh {
		if err := x.cohorts.Replace(ctx, &draft); err != nil {
			return draft, fmt.Errorf("save cohort: %w", err)
		}
	} else {
		draft.ID = x.newID()
		if err := x.cohorts.Insert(ctx, &draft); err != nil {
			return draft, fmt.Errorf("create cohort: %w", err)
		}
	}
	if err := x.settleCohorts(ctx, []partnership.Cohort{draft}); err != nil {
		x.log.WarnContext(ctx, "cohort saved, settling left to the job", "cohort", draft.ID, "err", err)
		return draft, nil
	}
	return x.cohorts.Get(ctx, draft.ID)
}

// checkCohort checks the fields and fills in what follows from them.
func (x *Exchange) checkCohort(ctx context.Context, c *partnership.Cohort) error {
	bad := partnership.Invalid{}
	school, err := x.schools.Get(ctx, c.School)
	if err != nil {
		return partnership.Invalid{"school": {"没有这所学校"}}
	}
	c.SchoolName = school.Name
	if c.Region == "" {
		c.Region = school.Region
	}
	if c.Point == nil {
		c.Point = school.Point
	}
	if m, err := x.cat().CheckMajor(c.Major); err != nil {
		bad.Add("major", "%s", sentence(err))
	} else {
		c.Major, c.Category = m.Code, m.Category.Code
		if c.MajorName == "" {
			c.MajorName = m.Name
		}
	}
	return mergeInvalid(bad, c.Check())
}

// Cohort returns what the page of one cohort shows.
func (x *Exchange) Cohort(ctx context.Context, actor partnership.Actor, id string) (CohortView, error) {
	c, err := x.visibleCohort(ctx, actor, id)
	if err != nil {
		return CohortView{}, err
	}
	view := CohortView{Cohort: c, Grade: c.Grade(c.From), CanEdit: actor.MayEditCohort(&c)}
	where := store.Field("cohort").Eq(id)
	if actor.Role == partnership.RoleCompany {
		where = store.And(where, store.Field("company").Eq(actor.Party))
	}
	if view.Matches, err = x.matches.All(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("score")}, Limit: 50}); err != nil {
		return view, err
	}
	if actor.Role != partnership.RoleCompany {
		where := store.Field("cohort").Eq(id)
		if actor.Role == partnership.RoleSchool { // a preview is the organiser's, on the round's own page
			where = store.And(where, store.Field("state").Ne(offerPreview))
		}
		view.Allocations, err = x.allocations.All(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("_c")}, Limit: 100})
	}
	return view, err
}

// Cohorts lists the cohorts the actor may see.
func (x *Exchange) Cohorts(ctx context.Context, actor partnership.Actor, l List) ([]partnership.Cohort, string, error) {
	var where store.Filter
	switch actor.Role {
	case partnership.RoleSchool:
		where = store.Field("school").Eq(actor.Party)
	case partnership.RoleCompany:
		where = store.Field("state").Eq(string(partnership.CohortOpen))
	case partnership.RoleDistrict, partnership.RoleOperator:
		where = within(actor, "region")
	default:
		return nil, "", partnership.ErrForbidden
	}
	if l.State != "" {
		where = store.And(where, store.Field("state").Eq(l.State))
	}
	return x.cohorts.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("school"), store.Asc("name")}, After: l.After, Limit: l.limit()})
}

func (x *Exchange) visibleCohort(ctx context.Context, actor partnership.Actor, id string) (partnership.Cohort, error) {
	c, err := x.cohorts.Get(ctx, id)
	if err != nil {
		return c, known(err, errNoCohort)
	}
	if !actor.MaySeeCohort(&c) {
		return c, errNoCohort
	}
	return c, nil
}

// Candidates lists the best matches of a school's or a company's open side.
func (x *Exchange) Candidates(ctx context.Context, actor partnership.Actor, l List) ([]partnership.Match, string, error) {
	where, err := x.between(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	return x.matches.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("score")}, After: l.After, Limit: l.limit()})
}
