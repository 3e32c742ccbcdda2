package exchange

import (
	"context"
	"errors"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var (
	errNoCooperation = partnership.Refuse(partnership.ErrNotFound, "没有这个合作项目，或者您无权查看。请从合作登记重新打开")
	errNoAlliance    = partnership.Refuse(partnership.ErrNotFound, "没有这个联合体、共同体或集团，或者您无权查看。请从合作登记重新打开")
)

// CooperationQuery narrows the cooperation register (合作登记).
type CooperationQuery struct {
	List
	Company string // id
	Form    string
}

// The states of CooperationQuery.State.
const (
	CooperationRunning = "running" // in force today
	CooperationOver    = "over"
	CooperationOverdue = "overdue" // a pledge is not kept though its day has passed
)

func (x *Exchange) cooperationFilter(ctx context.Context, actor partnership.Actor, q *CooperationQuery) (store.Filter, error) {
	where, err := x.between(ctx, actor)
	if err != nil {
		return where, err
	}
	if q.Company != "" {
		where = store.And(where, store.Field("company").Eq(q.Company))
	}
	if q.Form != "" {
		where = store.And(where, store.Field("form").Eq(q.Form))
	}
	today := x.today()
	over := store.And(store.Field("to").Gt(""), store.Field("to").Lt(today))
	switch q.State {
	case CooperationRunning:
		where = store.And(where, store.Not(over), store.Not(store.Field("from").Gt(today)))
	case CooperationOver:
		where = store.And(where, over)
	case CooperationOverdue:
		where = store.And(where, store.Field("overdue").Gt(""), store.Field("overdue").Lt(today))
	}
	return where, nil
}

// Cooperations lists the register by company.
func (x *Exchange) Cooperations(ctx context.Context, actor partnership.Actor, q CooperationQuery) ([]partnership.Cooperation, string, error) {
	where, err := x.cooperationFilter(ctx, actor, &q)
	if err != nil {
		return nil, "", err
	}
	found, next, err := x.cooperations.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("company"), store.Asc("_id")}, After: q.After, Limit: q.limit()})
	if err != nil {
		return nil, "", err
	}
	return found, next, x.namedParties(ctx, found)
}

// ExportCooperations yields the register as it is filtered, by the fields of the sheet
// 合作登记: a row for each pledge, or one for an entry without any.
func (x *Exchange) ExportCooperations(ctx context.Context, actor partnership.Actor, q CooperationQuery) func(yield func(map[string]any, error) bool) {
	return func(yield func(map[string]any, error) bool) {
		for q.Limit = 100; ; {
			found, next, err := x.Cooperations(ctx, actor, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range found {
				for _, row := range cooperationRows(&found[i]) {
					if !yield(row, nil) {
						return
					}
				}
			}
			if q.After = next; next == "" {
				return
			}
		}
	}
}

// namedParties fills in the names of entries that were taken over without them.
func (x *Exchange) namedParties(ctx context.Context, all []partnership.Cooperation) error {
	var schools, companies []string
	for i := range all {
		if all[i].SchoolName == "" || all[i].CompanyName == "" {
			schools, companies = append(schools, all[i].School), append(companies, all[i].Company)
		}
	}
	names := map[string]string{}
	err := byField(ctx, x.schools, "_id", schools, func(s *partnership.School) { names[s.ID] = s.Name })
	if err != nil {
		return err
	}
	if err := byField(ctx, x.companies, "_id", companies, func(c *partnership.Company) { names[c.ID] = c.Name }); err != nil {
		return err
	}
	for i := range all {
		c := &all[i]
		if c.SchoolName == "" {
			c.SchoolName = names[c.School]
		}
		if c.CompanyName == "" {
			c.CompanyName = names[c.Company]
		}
	}
	return nil
}

// Cooperation returns one entry of the register.
func (x *Exchange) Cooperation(ctx context.Context, actor partnership.Actor, id string) (partnership.Cooperation, error) {
	c, err := x.cooperations.Get(ctx, id)
	if err != nil {
		return c, known(err, errNoCooperation)
	}
	mine := actor.Role == partnership.RoleSchool && actor.SpeaksFor(c.School) || actor.Role == partnership.RoleCompany && actor.SpeaksFor(c.Company)
	if !mine {
		if mine, err = x.overseesSchool(ctx, actor, c.School); err != nil {
			return partnership.Cooperation{}, err
		}
	}
	if !mine {
		return partnership.Cooperation{}, errNoCooperation
	}
	one := []partnership.Cooperation{c}
	err = x.namedParties(ctx, one)
	return one[0], err
}

// SaveCooperation enters a cooperation of the actor's school (empty ID) or changes it. With
// a company that is suspended nothing new is entered.
func (x *Exchange) SaveCooperation(ctx context.Context, actor partnership.Actor, draft partnership.Cooperation) (partnership.Cooperation, error) {
	if actor.Role != partnership.RoleSchool {
		return draft, partnership.Refuse(partnership.ErrForbidden, "合作项目由学校登记，企业登记自己的承诺和兑现")
	}
	fresh := draft.ID == ""
	if fresh {
		draft.School, draft.Source, draft.Sample, draft.Pledges, draft.Overdue, draft.Awaits = actor.Party, "", false, nil, "", nil
	} else {
		old, err := x.Cooperation(ctx, actor, draft.ID)
		if err != nil {
			return draft, err
		}
		if draft.Rev != old.Rev {
			return draft, partnership.Refuse(partnership.ErrConflict, "这个项目刚被别人修改过，请重新打开后再改")
		}
		draft.Record, draft.School, draft.Company, draft.Pledges, draft.Overdue, draft.Awaits, draft.Source, draft.Sample = old.Record, old.School, old.Company, old.Pledges, old.Overdue, old.Awaits, old.Source, old.Sample
	}
	bad := partnership.Invalid{}
	c, err := x.companies.Get(ctx, draft.Company)
	switch {
	case errors.Is(err, partnership.ErrNotFound) || err == nil && fresh && !maySeeCompany(actor, &c):
		bad.Add("company", "请选择已入库的企业")
	case err != nil:
		return draft, err
	}
	s, err := x.schools.Get(ctx, draft.School)
	if err != nil {
		return draft, fmt.Errorf("school of a cooperation: %w", err)
	}
	draft.CompanyName, draft.SchoolName = c.Name, s.Name
	if err := mergeInvalid(bad, draft.Check()); err != nil {
		return draft, err
	}
	if !fresh {
		return draft, x.cooperations.Replace(ctx, &draft)
	}
	draft.ID = x.newID()
	return draft, x.cooperations.Insert(ctx, &draft)
}

// PledgeCooperation adds what the actor's side promises.
func (x *Exchange) PledgeCooperation(ctx context.Context, actor partnership.Actor, id string, p partnership.Pledge) (partnership.Cooperation, error) {
	switch {
	case actor.Role == partnership.RoleCompany:
		p.By = partnership.ByCompany
	case p.By == "":
		p.By = partnership.BySchool // a school may also enter what the company promised
	}
	return x.editCooperation(ctx, actor, id, func(c *partnership.Cooperation) error { return c.Promise(p) })
}

// KeepPledge records what was kept of a pledge, by its number from 1, with the evidence.
func (x *Exchange) KeepPledge(ctx context.Context, actor partnership.Actor, id string, n int, k partnership.Kept) (partnership.Cooperation, error) {
	return x.editCooperation(ctx, actor, id, func(c *partnership.Cooperation) error { return c.Keep(actor, x.today(), n, k) })
}

// ReplyPledge is the other side's word on a pledge recorded as kept.
func (x *Exchange) ReplyPledge(ctx context.Context, actor partnership.Actor, id string, n int, agree bool, why string) (partnership.Cooperation, error) {
	return x.editCooperation(ctx, actor, id, func(c *partnership.Cooperation) error { return c.Reply(actor, n, agree, why) })
}

func (x *Exchange) editCooperation(ctx context.Context, actor partnership.Actor, id string, change func(*partnership.Cooperation) error) (partnership.Cooperation, error) {
	if _, err := x.Cooperation(ctx, actor, id); err != nil {
		return partnership.Cooperation{}, err
	}
	if actor.SeesAll() {
		return partnership.Cooperation{}, partnership.Refuse(partnership.ErrForbidden, "承诺和兑现由学校或企业登记")
	}
	c, err := x.cooperations.Edit(ctx, id, change)
	return c, known(err, errNoCooperation)
}

// Alliances lists the alliances the actor may read: a school or company those it keeps or is
// a member of, a district those that its schools keep.
func (x *Exchange) Alliances(ctx context.Context, actor partnership.Actor, l List) ([]partnership.Alliance, string, error) {
	var where store.Filter
	switch actor.Role {
	case partnership.RoleSchool, partnership.RoleCompany:
		where = store.Field("parties").Has(actor.Party)
	case partnership.RoleDistrict, partnership.RoleOperator:
		var err error
		if where, err = x.ownSchools(ctx, actor); err != nil {
			return nil, "", err
		}
	default:
		return nil, "", partnership.ErrForbidden
	}
	return x.alliances.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("kind"), store.Asc("name")}, After: l.After, Limit: l.limit()})
}

// Alliance returns one alliance with its members.
func (x *Exchange) Alliance(ctx context.Context, actor partnership.Actor, id string) (partnership.Alliance, error) {
	a, err := x.alliances.Get(ctx, id)
	if err != nil {
		return a, known(err, errNoAlliance)
	}
	for _, m := range a.Parties {
		if actor.SpeaksFor(m) {
			return a, nil
		}
	}
	if may, err := x.overseesSchool(ctx, actor, a.School); err != nil || !may {
		return partnership.Alliance{}, errors.Join(err, errNoAlliance)
	}
	return a, nil
}

// SaveAlliance enters an alliance that the actor's school is a member of (empty ID), or
// changes one it keeps. Members are given by name; those the platform knows are tied to
// their records.
func (x *Exchange) SaveAlliance(ctx context.Context, actor partnership.Actor, draft partnership.Alliance) (partnership.Alliance, error) {
	if actor.Role != partnership.RoleSchool {
		return draft, partnership.Refuse(partnership.ErrForbidden, "联合体、共同体和集团由学校登记")
	}
	fresh := draft.ID == ""
	if fresh {
		draft.School, draft.Source, draft.Sample = actor.Party, "", false
	} else {
		old, err := x.Alliance(ctx, actor, draft.ID)
		switch {
		case err != nil:
			return draft, err
		case !actor.SpeaksFor(old.School):
			return draft, partnership.Refuse(partnership.ErrForbidden, "由登记它的学校修改")
		case draft.Rev != old.Rev:
			return draft, partnership.Refuse(partnership.ErrConflict, "刚被别人修改过，请重新打开后再改")
		}
		draft.Record, draft.School, draft.Source, draft.Sample = old.Record, old.School, old.Source, old.Sample
	}
	if err := x.tieMembers(ctx, actor, draft.Members); err != nil {
		return draft, err
	}
	if err := draft.Check(); err != nil {
		return draft, err
	}
	if !fresh {
		return draft, x.alliances.Replace(ctx, &draft)
	}
	draft.ID = x.newID()
	return draft, x.alliances.Insert(ctx, &draft)
}

// tieMembers finds the schools and companies that members' names stand for.
func (x *Exchange) tieMembers(ctx context.Context, actor partnership.Actor, members []partnership.Member) error {
	schools, err := x.Schools(ctx)
	if err != nil {
		return err
	}
	ids := map[string]string{}
	var keys []string
	for _, m := range members {
		keys = append(keys, partnership.NameKey(m.Name))
	}
	err = byField(ctx, x.companies, "name_key", keys, func(c *partnership.Company) {
		if maySeeCompany(actor, c) && c.MergedInto == "" {
			ids[c.NameKey] = c.ID
		}
	})
	if err != nil {
		return err
	}
	for i := range schools {
		ids[partnership.NameKey(schools[i].Name)] = schools[i].ID
	}
	for i := range members {
		members[i].Party = ids[partnership.NameKey(members[i].Name)]
	}
	return nil
}

// pledges are promises of the actor's side that are due, and records of the other side that
// wait for its word.
func (w *worklist) pledges(mine store.Filter) {
	if w.err != nil {
		return
	}
	side := map[partnership.Role]string{partnership.RoleSchool: partnership.BySchool, partnership.RoleCompany: partnership.ByCompany}[w.actor.Role]
	due := store.And(store.Field("overdue").Gt(""), store.Field("overdue").Le(w.later))
	found, err := w.x.cooperations.All(w.ctx, store.Query{Where: store.And(mine, store.Or(due, store.Field("awaits").Has(side))), Sort: []store.Sort{store.Asc("_id")}, Limit: 500})
	if err != nil {
		w.err = err
		return
	}
	open := Task{Title: "%d 条承诺到期", Why: "兑现后登记日期和佐证，没有兑现的与对方商量", Kind: KindPledge}
	check := Task{Title: "%d 条兑现等您核对", Why: "对方登记已经兑现，属实请核对，不属实请写明", Kind: KindPledge}
	for i := range found {
		for j := range found[i].Pledges {
			switch p := &found[i].Pledges[j]; {
			case p.Kept != "" && p.Answer == "" && p.SaidBy != side:
				check.Count, check.ID = check.Count+1, found[i].ID
			case p.By == side && p.Due != "" && p.Due <= w.later && (p.Kept == "" || p.Done < p.Amount):
				open.Count, open.ID = open.Count+1, found[i].ID
				if open.Due == "" || p.Due < open.Due {
					open.Due = p.Due
				}
			}
		}
	}
	for _, t := range []Task{open, check} {
		if t.Count == 0 {
			continue
		}
		if t.Title = fmt.Sprintf(t.Title, t.Count); t.Count > 1 {
			t.ID = ""
		}
		w.add(t)
	}
}
