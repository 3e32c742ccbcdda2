package exchange

import (
	"cmp"
	"context"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// within is the filter for records whose field is a place the actor oversees: a district
// those of its region, everybody else is narrowed by other means.
func within(actor partnership.Actor, field string) store.Filter {
	if actor.Role != partnership.RoleDistrict {
		return store.Filter{}
	}
	return store.Field(field).Prefix(partnership.RegionPrefix(actor.Region))
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
		if !actor.SeesAll() && !actor.SpeaksFor(id) {
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
