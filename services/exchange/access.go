package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// within is the filter for records whose field is a place the actor oversees: a district
// those of its region (none without one), everybody else is narrowed by other means.
func within(actor partnership.Actor, field string) store.Filter {
	switch {
	case actor.Role != partnership.RoleDistrict:
		return store.Filter{}
	case actor.Region == "":
		return store.Or() // nothing: the prefix of no region would be everything
	}
	return store.Field(field).Prefix(partnership.RegionPrefix(actor.Region))
}

// postsWithin is the filter for the posts a district reads: those whose workplace lies in
// it, and those of the companies it approved, wherever they are.
func postsWithin(actor partnership.Actor) store.Filter {
	if actor.Role != partnership.RoleDistrict {
		return store.Filter{}
	}
	return store.Or(within(actor, "region"), within(actor, "district"))
}

// ownSchools is the filter for records of the schools in a district's region; for the
// other roles it lets everything through.
func (x *Exchange) ownSchools(ctx context.Context, actor partnership.Actor) (store.Filter, error) {
	if actor.Role != partnership.RoleDistrict {
		return store.Filter{}, nil
	}
	ids, err := x.schoolsWithin(ctx, actor)
	return store.Field("school").In(ids), err
}

// between is the filter for records that lie between a school and a company: each sees its
// own, a district those of its schools, the operator all.
func (x *Exchange) between(ctx context.Context, actor partnership.Actor) (store.Filter, error) {
	switch actor.Role {
	case partnership.RoleSchool:
		return store.Field("school").Eq(actor.Party), nil
	case partnership.RoleCompany:
		return store.Field("company").Eq(actor.Party), nil
	case partnership.RoleDistrict, partnership.RoleOperator:
		return x.ownSchools(ctx, actor)
	}
	return store.Filter{}, partnership.ErrForbidden
}

// schoolsWithin are the ids of the schools in the actor's region.
func (x *Exchange) schoolsWithin(ctx context.Context, actor partnership.Actor) ([]string, error) {
	all, err := x.Schools(ctx)
	if err != nil {
		return nil, fmt.Errorf("schools of a region: %w", err)
	}
	ids := []string{}
	for i := range all {
		if actor.Role != partnership.RoleDistrict || actor.Covers(all[i].Region) {
			ids = append(ids, all[i].ID)
		}
	}
	return ids, nil
}

// regionOfSchool is where a school lies, "" if that is not known.
func (x *Exchange) regionOfSchool(ctx context.Context, id string) string {
	s, err := x.schools.Get(ctx, id)
	if err != nil {
		return ""
	}
	return s.Region
}

// overseesSchool reports whether the actor oversees what a school does.
func (x *Exchange) overseesSchool(ctx context.Context, actor partnership.Actor, school string) (bool, error) {
	if actor.Role != partnership.RoleDistrict {
		return actor.Role == partnership.RoleOperator, nil
	}
	s, err := x.schools.Get(ctx, school)
	if errors.Is(err, partnership.ErrNotFound) {
		return false, nil
	}
	return actor.Covers(s.Region), err
}

// Barred says why the accounts of a party may not be used now; "" if they may: a school or
// company that is suspended, or was merged into another, neither signs in nor goes on.
func (x *Exchange) Barred(ctx context.Context, role partnership.Role, party string) (string, error) {
	if role == partnership.RoleSchool {
		return x.barredSchool(ctx, party)
	}
	if role != partnership.RoleCompany {
		return "", nil
	}
	c, err := x.companies.Get(ctx, party)
	switch {
	case errors.Is(err, partnership.ErrNotFound):
		return "", nil // an account made before its company
	case err != nil:
		return "", fmt.Errorf("company of an account: %w", err)
	case c.State == partnership.CompanySuspended:
		return "贵企业已被区教委暂停，账号暂时不能登录。请联系区教委了解原因", nil
	case c.MergedInto != "":
		return "这家企业已并入另一家企业，请用并入后的企业账号登录", nil
	}
	return "", nil
}

// Party is a school or company as its accounts are made for it.
type Party struct{ ID, Name, Region string }

var errNoParty = partnership.Refuse(partnership.ErrNotFound, "没有这所学校或这家企业，或者您无权查看。请从企业或学校的页面重新打开")

// Party returns the school or company that accounts of a role belong to, if the actor
// may know of it; for district and operator the platform itself.
func (x *Exchange) Party(ctx context.Context, actor partnership.Actor, role partnership.Role, id string) (Party, error) {
	switch role {
	case partnership.RoleSchool:
		s, err := x.schools.Get(ctx, id)
		if err != nil {
			return Party{}, known(err, errNoParty)
		}
		if !actor.Oversees(s.Region) && !actor.SpeaksFor(id) {
			return Party{}, errNoParty
		}
		return Party{s.ID, s.Name, s.Region}, nil
	case partnership.RoleCompany:
		c, err := x.companies.Get(ctx, id)
		if err != nil {
			return Party{}, known(err, errNoParty)
		}
		if !maySeeCompany(actor, &c) {
			return Party{}, errNoParty
		}
		return Party{c.ID, c.Name, cmp.Or(c.District, actor.Region)}, nil
	case partnership.RoleDistrict, partnership.RoleOperator:
		return Party{Name: role.Words(), Region: actor.Region}, nil
	}
	return Party{}, errNoParty
}
