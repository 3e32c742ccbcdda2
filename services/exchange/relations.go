package exchange

import (
	"context"
	"errors"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// relation returns how the actor's school stands with a company.
func (x *Exchange) relation(ctx context.Context, school, company string) (partnership.Relation, error) {
	r, err := x.relations.Get(ctx, partnership.RelationID(school, company))
	if errors.Is(err, partnership.ErrNotFound) {
		return partnership.Relation{School: school, Company: company}, nil
	}
	return r, err
}

// pausedBy is the set of schools that have paused a company.
func (x *Exchange) pausedBy(ctx context.Context, company string) (map[string]bool, error) {
	out := map[string]bool{}
	for r, err := range x.relations.Find(ctx, store.Query{Where: store.And(store.Field("company").Eq(company), store.Field("paused").Eq(true))}) {
		if err != nil {
			return nil, fmt.Errorf("relations of company %s: %w", company, err)
		}
		out[r.School] = true
	}
	return out, nil
}

// SetRelation pauses the cooperation of the actor's school with a company, or takes it
// up again. A paused company's posts no longer match the school's cohorts; the other
// schools and what is agreed already are not touched.
func (x *Exchange) SetRelation(ctx context.Context, actor partnership.Actor, company string, paused bool, why string) (partnership.Relation, error) {
	c, err := x.companies.Get(ctx, company)
	if err != nil {
		return partnership.Relation{}, known(err, errNoCompany)
	}
	if !maySeeCompany(actor, &c) {
		return partnership.Relation{}, errNoCompany
	}
	if actor.Role != partnership.RoleSchool {
		return partnership.Relation{}, partnership.Refuse(partnership.ErrForbidden, "由学校决定本校与企业的合作；区教委可以暂停企业，对全部学校生效")
	}
	id := partnership.RelationID(actor.Party, company)
	set := func(r *partnership.Relation) error { return r.Set(actor, x.stamp(), paused, why) }
	r, err := x.relations.Edit(ctx, id, set)
	if errors.Is(err, partnership.ErrNotFound) {
		r = partnership.Relation{School: actor.Party, Company: company}
		r.ID = id
		if err = set(&r); err == nil {
			err = x.relations.Insert(ctx, &r)
		}
		if errors.Is(err, partnership.ErrDuplicate) { // a colleague was faster
			r, err = x.relations.Edit(ctx, id, set)
		}
	}
	if err != nil {
		return r, err
	}
	return r, x.rematch(ctx, actor.Party)
}

// rematch settles the open cohorts of a school anew, now or by the job.
func (x *Exchange) rematch(ctx context.Context, school string) error {
	where := store.And(store.Field("school").Eq(school), store.Field("state").Eq(string(partnership.CohortOpen)))
	cohorts, err := x.cohorts.All(ctx, store.Query{Where: where})
	if err != nil {
		return fmt.Errorf("cohorts of %s: %w", school, err)
	}
	for i := range cohorts {
		c, err := x.cohorts.Edit(store.Derived(ctx), cohorts[i].ID, func(c *partnership.Cohort) error { c.Unsettled = true; return nil })
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return fmt.Errorf("cohort %s: %w", cohorts[i].ID, err)
		}
		cohorts[i] = c
	}
	if err := x.settleCohorts(ctx, cohorts); err != nil {
		x.log.WarnContext(ctx, "cohorts not settled, the job will", "err", err)
	}
	return nil
}

// delegations lists the schools that a company has ever let post for it.
func (x *Exchange) delegations(ctx context.Context, where store.Filter) ([]partnership.Delegation, error) {
	return x.delegated.All(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("_id")}})
}

// Delegate lets a school post for the actor's company, or takes that back. After that the
// school may no longer change the posts it listed; they stay open and are the company's.
func (x *Exchange) Delegate(ctx context.Context, actor partnership.Actor, school string, give bool) (partnership.Delegation, error) {
	if actor.Role != partnership.RoleCompany {
		return partnership.Delegation{}, partnership.Refuse(partnership.ErrForbidden, "只有企业自己可以委托学校代为发布岗位")
	}
	s, err := x.schools.Get(ctx, school)
	if err != nil {
		return partnership.Delegation{}, known(err, partnership.Invalid{"school": {"请选择一所学校"}})
	}
	id := partnership.RelationID(school, actor.Party)
	set := func(d *partnership.Delegation) error {
		if give {
			return d.Give(actor, x.stamp())
		}
		return d.Revoke(actor, x.stamp())
	}
	d, err := x.delegated.Edit(ctx, id, set)
	if errors.Is(err, partnership.ErrNotFound) {
		d = partnership.Delegation{School: school, SchoolName: s.Name, Company: actor.Party}
		d.ID = id
		if err = set(&d); err == nil {
			err = x.delegated.Insert(ctx, &d)
		}
		if errors.Is(err, partnership.ErrDuplicate) {
			d, err = x.delegated.Edit(ctx, id, set)
		}
	}
	if err != nil || give {
		return d, err
	}
	return d, x.undelegate(ctx, actor, &d)
}

// undelegate takes the school off the posts it listed. The delegation itself is what
// counts (see visiblePost), so a crash half-way leaves no right behind.
func (x *Exchange) undelegate(ctx context.Context, actor partnership.Actor, d *partnership.Delegation) error {
	posts, err := x.posts.All(ctx, store.Query{Where: store.And(store.Field("company").Eq(d.Company), store.Field("delegated_to").Eq(d.School))})
	if err != nil {
		return fmt.Errorf("posts of a delegation: %w", err)
	}
	for i := range posts {
		p, err := x.posts.Edit(ctx, posts[i].ID, func(p *partnership.Post) error {
			p.DelegatedTo, p.DelegateName, p.Unsettled = "", "", true
			p.Steps = append(p.Steps, partnership.Step{At: x.stamp(), Actor: actor.Account, From: string(p.State), To: string(p.State), Why: "企业撤回了对" + d.SchoolName + "的委托"})
			return nil
		})
		if err != nil {
			return fmt.Errorf("take %s off post %s: %w", d.School, posts[i].ID, err)
		}
		x.settleSaved(ctx, p)
	}
	return nil
}

// stands reports whether the company of a post lets the school post for it now.
func (x *Exchange) stands(ctx context.Context, school, company string) (bool, error) {
	d, err := x.delegated.Get(ctx, partnership.RelationID(school, company))
	if errors.Is(err, partnership.ErrNotFound) {
		return false, nil
	}
	return err == nil && d.Active, err
}
