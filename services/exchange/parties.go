package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoCompany = partnership.Refuse(partnership.ErrNotFound, "没有这家企业，或者您无权查看。请从企业名录重新打开")

// CompanyView is what the page of one company shows.
type CompanyView struct {
	Company      partnership.Company
	Posts        []partnership.Post
	Cooperations []partnership.Cooperation
	Classes      []partnership.OrderClass
	Findings     []partnership.Finding // of the rules for hosts
	Twins        []Twin                // companies that may be the same under another spelling
	Verbs        []Verb
	Relation     partnership.Relation     // of the actor's school with it
	Delegations  []partnership.Delegation // schools it lets post for it, as far as the actor may know
}

// Companies lists companies by name: schools see approved ones, a company itself,
// a district those of its region, the operator all.
func (x *Exchange) Companies(ctx context.Context, actor partnership.Actor, l List) ([]partnership.Company, string, error) {
	var where store.Filter
	switch actor.Role {
	case partnership.RoleSchool:
		where = store.Field("state").Eq(string(partnership.CompanyApproved))
	case partnership.RoleCompany:
		where = store.Field("_id").Eq(actor.Party)
	case partnership.RoleDistrict, partnership.RoleOperator:
		where = companiesWithin(actor)
		if l.State != "" {
			where = store.And(where, store.Field("state").Eq(l.State))
		}
	default:
		return nil, "", partnership.ErrForbidden
	}
	if key := partnership.NameKey(l.Text); key != "" {
		where = store.And(where, store.Field("name_key").Prefix(key))
	}
	return x.companies.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("name")}, After: l.After, Limit: l.limit()})
}

func maySeeCompany(actor partnership.Actor, c *partnership.Company) bool {
	return overseesCompany(actor, c) || actor.SpeaksFor(c.ID) || actor.Role == partnership.RoleSchool && c.State == partnership.CompanyApproved
}

// overseesCompany: the district that approves it, else that of its seat.
func overseesCompany(actor partnership.Actor, c *partnership.Company) bool {
	return actor.Oversees(cmp.Or(c.District, c.Region))
}

// companiesWithin is overseesCompany as a filter.
func companiesWithin(actor partnership.Actor) store.Filter {
	if actor.Role != partnership.RoleDistrict {
		return store.Filter{}
	}
	return store.Or(within(actor, "district"), store.And(store.Not(store.Field("district").Gt("")), within(actor, "region")))
}

// Company returns what the page of one company shows.
func (x *Exchange) Company(ctx context.Context, actor partnership.Actor, id string) (CompanyView, error) {
	c, err := x.companies.Get(ctx, id)
	if err != nil {
		return CompanyView{}, known(err, errNoCompany)
	}
	if !maySeeCompany(actor, &c) {
		return CompanyView{}, errNoCompany
	}
	view := CompanyView{Company: c, Findings: x.companyFindings(&c)}
	where := store.Field("company").Eq(id)
	if actor.Role == partnership.RoleSchool {
		where = store.And(where, store.Field("state").In(string(partnership.PostOpen), string(partnership.PostFull)))
	}
	if view.Posts, err = x.posts.All(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("state"), store.Desc("_u")}, Limit: 100}); err != nil {
		return view, err
	}
	mine := store.Field("company").Eq(id)
	if actor.Role == partnership.RoleSchool {
		mine = store.And(mine, store.Field("school").Eq(actor.Party))
	}
	register, err := x.between(ctx, actor)
	if err != nil {
		return view, err
	}
	if view.Cooperations, err = x.cooperations.All(ctx, store.Query{Where: store.And(store.Field("company").Eq(id), register)}); err != nil {
		return view, err
	}
	if view.Classes, err = x.classes.All(ctx, store.Query{Where: mine}); err != nil {
		return view, err
	}
	if actor.SeesAll() {
		if c.State == partnership.CompanyPending || c.State == partnership.CompanySuspended {
			view.Verbs = append(view.Verbs, Verb{Key: "approve", Words: "审核通过，进入企业库"})
		}
		if c.State == partnership.CompanyApproved {
			view.Verbs = append(view.Verbs, Verb{Key: "suspend", Words: "暂停合作", Why: true})
		}
		if view.Twins, err = x.twinsOf(ctx, c); err != nil {
			return view, err
		}
	}
	return view, x.ties(ctx, actor, &view)
}

// ties adds how the actor's school stands with the company, and whom the company lets
// post for it: the company and the district know all, a school its own.
func (x *Exchange) ties(ctx context.Context, actor partnership.Actor, view *CompanyView) error {
	var err error
	where := store.Field("company").Eq(view.Company.ID)
	if actor.Role == partnership.RoleSchool {
		where = store.And(where, store.Field("school").Eq(actor.Party))
		if view.Relation, err = x.relation(ctx, actor.Party, view.Company.ID); err != nil {
			return err
		}
		if view.Relation.Paused {
			view.Verbs = append(view.Verbs, Verb{Key: "resume", Words: "恢复本校合作"})
		} else {
			view.Verbs = append(view.Verbs, Verb{Key: "pause", Words: "暂停本校合作", Why: true})
		}
	}
	view.Delegations, err = x.delegations(ctx, where)
	return err
}

// SaveCompany registers a company (pending until the district approves it) or changes
// what it says of itself.
func (x *Exchange) SaveCompany(ctx context.Context, actor partnership.Actor, draft partnership.Company) (partnership.Company, error) {
	if err := x.checkCompany(&draft); err != nil {
		return draft, err
	}
	if draft.ID == "" {
		if !actor.SeesAll() {
			return draft, partnership.Refuse(partnership.ErrForbidden, "企业由区教委登记，或由企业自行注册后等待审核")
		}
		draft.State, draft.Steps, draft.Sample = partnership.CompanyPending, nil, false
		if actor.Role == partnership.RoleDistrict {
			draft.District = actor.Region
		}
		draft.ID = x.newID()
		if err := x.companies.Insert(ctx, &draft); err != nil {
			return draft, fmt.Errorf("create company: %w", err)
		}
	} else {
		old, err := x.companies.Get(ctx, draft.ID)
		if err != nil {
			return draft, known(err, errNoCompany)
		}
		switch {
		case !overseesCompany(actor, &old) && !actor.SpeaksFor(old.ID):
			return draft, errNoCompany
		case draft.Rev != old.Rev:
			return draft, partnership.Refuse(partnership.ErrConflict, "企业信息刚被别人改过，您的修改没有保存。请返回重新打开")
		}
		holdBack(&draft, &old, actor)
		if err := x.companies.Replace(ctx, &draft); err != nil {
			return draft, fmt.Errorf("save company: %w", err)
		}
	}
	return draft, x.put(ctx, x.companyDocument(&draft))
}

// holdBack restores what a form may not change: how the company stands, and from the company
// itself what it was approved for.
func holdBack(draft, old *partnership.Company, actor partnership.Actor) {
	draft.Record, draft.State, draft.Steps, draft.Sample, draft.Blocked, draft.MergedInto = old.Record, old.State, old.Steps, old.Sample, old.Blocked, old.MergedInto
	draft.Comments, draft.District, draft.Spellings, draft.Nature = old.Comments, old.District, old.Spellings, old.Nature
	if actor.Role != partnership.RoleCompany {
		if draft.Credit.AsOf != "" || draft.Safety.AsOf != "" {
			draft.Bar()
		}
		return
	}
	draft.Name, draft.NameKey, draft.CreditCode, draft.Region, draft.Point, draft.Cluster = old.Name, old.NameKey, old.CreditCode, old.Region, old.Point, old.Cluster
	draft.Credit, draft.Safety = old.Credit, old.Safety
}

// checkCompany checks the fields and fills in what follows from them.
func (x *Exchange) checkCompany(c *partnership.Company) error {
	bad := partnership.Invalid{}
	c.Name = strings.TrimSpace(c.Name)
	if n := len([]rune(c.Name)); n < 2 || n > 80 {
		bad.Add("name", "企业名称应为 2 到 80 个字，请按营业执照填写")
	}
	if c.CreditCode != "" {
		code, err := catalogue.CreditCode(c.CreditCode)
		if err := mergeInvalid(bad, err); err != nil && !errors.As(err, &partnership.Invalid{}) {
			return err
		}
		if err == nil {
			c.CreditCode = code
		}
	}
	if c.Industry != "" {
		if i, ok := x.cat().Industry(c.Industry); ok {
			c.Industry = i.Code
		} else {
			bad.Add("industry", "国民经济行业分类里没有代码 %s", c.Industry)
		}
	}
	if _, ok := x.cat().Region(c.Region); !ok {
		bad.Add("region", "没有行政区划代码 %s", c.Region)
	}
	if c.Staff < 0 {
		bad.Add("staff", "在岗职工人数不能是负数")
	}
	if err := mergeInvalid(bad, c.CheckPenalty(x.today())); err != nil && !errors.As(err, &partnership.Invalid{}) {
		return err
	}
	c.NameKey = partnership.NameKey(c.Name)
	return bad.Err()
}

// ActCompany moves a company by a verb of the district: approve, suspend.
func (x *Exchange) ActCompany(ctx context.Context, actor partnership.Actor, id, verb, why string) (partnership.Company, error) {
	if !actor.SeesAll() {
		return partnership.Company{}, partnership.Refuse(partnership.ErrForbidden, "只有区教委可以审核或暂停企业")
	}
	c, err := x.companies.Edit(ctx, id, func(c *partnership.Company) error {
		if !overseesCompany(actor, c) {
			return errNoCompany
		}
		switch verb {
		case "approve":
			return c.Approve(actor, x.stamp())
		case "suspend":
			return c.Suspend(actor, x.stamp(), why)
		}
		return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
	})
	if err != nil {
		return c, known(err, errNoCompany)
	}
	return c, x.put(ctx, x.companyDocument(&c))
}

// schoolList is all schools as they were at a state of their collection.
type schoolList struct {
	state store.GroupRow
	all   []partnership.School
}

// Schools lists the schools. Nearly every page asks for them and they hardly ever change, so the
// list is kept while their number, revisions and last change are the same.
func (x *Exchange) Schools(ctx context.Context) ([]partnership.School, error) {
	rows, err := x.schools.Group(ctx, store.Filter{}, nil, store.Sum("_rev"), store.Max("_u"))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	now := rows[0]
	if kept := x.schoolList.Load(); kept != nil && kept.state.Count == now.Count && slices.Equal(kept.state.Aggs, now.Aggs) {
		return slices.Clone(kept.all), nil
	}
	all, err := x.schools.All(ctx, store.Query{Sort: []store.Sort{store.Asc("_id")}})
	if err != nil {
		return nil, err
	}
	x.schoolList.Store(&schoolList{now, all})
	return slices.Clone(all), nil
}

// SchoolNamed returns the one school whose name, short name or id contains text.
// Several or none are refused with the names to choose from.
func (x *Exchange) SchoolNamed(ctx context.Context, text string) (partnership.School, error) {
	all, err := x.Schools(ctx)
	if err != nil {
		return partnership.School{}, err
	}
	var hits, names []partnership.School
	for _, s := range all {
		if s.Name == text || s.Short == text || s.ID == text {
			return s, nil
		}
		if strings.Contains(s.Name, text) || strings.Contains(s.Short, text) || isSubsequence(text, s.Name) {
			hits = append(hits, s)
		}
		names = append(names, s)
	}
	if len(hits) == 1 {
		return hits[0], nil
	}
	list := make([]string, 0, len(names))
	if len(hits) > 1 {
		names = hits
	}
	for _, s := range names {
		list = append(list, s.Name)
	}
	if len(hits) == 0 {
		return partnership.School{}, partnership.Refuse(partnership.ErrNotFound, "没有名称含“%s”的学校，可选：%s", text, strings.Join(list, "、"))
	}
	return partnership.School{}, partnership.Refuse(partnership.ErrConflict, "“%s”对应不止一所学校，请写得更全：%s", text, strings.Join(list, "、"))
}

// isSubsequence reports whether the characters of short stand in long in this order
// (职教中心 in 职业教育中心), as people shorten names.
func isSubsequence(short, long string) bool {
	rest := []rune(long)
	for _, r := range short {
		i := strings.IndexRune(string(rest), r)
		if i < 0 {
			return false
		}
		rest = []rune(string(rest)[i+len(string(r)):])
	}
	return short != ""
}

// Bases lists training bases: a company its own and those open to others, a district
// those of its region and the open ones, others all.
func (x *Exchange) Bases(ctx context.Context, actor partnership.Actor, l List) ([]partnership.TrainingBase, string, error) {
	var where store.Filter
	switch actor.Role {
	case partnership.RoleCompany:
		where = store.Or(store.Field("owner").Eq(actor.Party), store.Field("open_to_others").Eq(true))
	case partnership.RoleDistrict:
		where = store.Or(within(actor, "region"), store.Field("open_to_others").Eq(true))
	}
	return x.bases.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("_id")}, After: l.After, Limit: l.limit()})
}

// OrderClasses lists order classes: each party its own, a district those of its schools,
// the operator all.
func (x *Exchange) OrderClasses(ctx context.Context, actor partnership.Actor, l List) ([]partnership.OrderClass, string, error) {
	where, err := x.between(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	return x.classes.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("_id")}, After: l.After, Limit: l.limit()})
}
