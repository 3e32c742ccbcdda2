package exchange

import (
	"context"
	"errors"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoSchool = partnership.Refuse(partnership.ErrNotFound, "没有这所学校，或者您无权查看。请从“学校”页重新打开")

// OverseenSchools lists the schools an officer answers for, by name: a district those of
// its region, the operator all.
func (x *Exchange) OverseenSchools(ctx context.Context, actor partnership.Actor, l List) ([]partnership.School, string, error) {
	if !actor.SeesAll() {
		return nil, "", partnership.Refuse(partnership.ErrForbidden, "学校由区教委和平台运维管理")
	}
	return x.schools.Page(ctx, store.Query{Where: within(actor, "region"), Sort: []store.Sort{store.Asc("name")}, After: l.After, Limit: l.limit()})
}

// ActSchool suspends a school, so that none of its accounts can be used, or lets it in
// again. Its records stay as they are, and students on post are followed by the companies.
func (x *Exchange) ActSchool(ctx context.Context, actor partnership.Actor, id, verb, why string) (partnership.School, error) {
	if !actor.SeesAll() {
		return partnership.School{}, partnership.Refuse(partnership.ErrForbidden, "只有区教委和平台运维可以暂停学校")
	}
	s, err := x.schools.Edit(ctx, id, func(s *partnership.School) error {
		if !actor.Oversees(s.Region) {
			return errNoSchool
		}
		switch verb {
		case "suspend":
			return s.Suspend(actor, x.stamp(), why)
		case "resume":
			return s.Resume(actor, x.stamp())
		}
		return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
	})
	return s, known(err, errNoSchool)
}

// barredSchool says why the accounts of a school may not be used now.
func (x *Exchange) barredSchool(ctx context.Context, id string) (string, error) {
	s, err := x.schools.Get(ctx, id)
	switch {
	case errors.Is(err, partnership.ErrNotFound):
		return "", nil // an account made before its school
	case err != nil:
		return "", fmt.Errorf("school of an account: %w", err)
	case s.Suspended:
		return "贵校已被区教委暂停，账号暂时不能登录。请联系区教委了解原因", nil
	}
	return "", nil
}
