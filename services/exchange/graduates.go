package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Where each graduate went (毕业去向): the school records it, the company named in it and
// the graduate confirm it or object, school or district rule. Published counts, which name
// nobody, come in by import and are no part of this.

// OutcomeDraft is what a school records of one graduate.
type OutcomeDraft struct {
	Number    string // 学号
	Year      int    // of graduation
	Direction partnership.Direction
	Through   bool
	Employer  string // full name
	Industry  string // code; empty takes the company's
	Occ       string // code
	Region    string // of work; empty takes the company's
	PayFen    int64  // a month
	Major     string // code; empty takes the roster's
	Label     string // the school's own 对口 label: 对口 | 不对口 | empty
	Evidence  []string
}

// outcomeOf makes the outcome that a draft stands for, with what roster and register know.
func (x *Exchange) outcomeOf(ctx context.Context, school string, d *OutcomeDraft) (partnership.Outcome, error) {
	o := partnership.Outcome{School: school, Year: d.Year, Student: strings.TrimSpace(d.Number), Direction: d.Direction, Through: d.Through, Employer: strings.TrimSpace(d.Employer),
		Industry: d.Industry, Occ: d.Occ, Region: d.Region, PayFen: d.PayFen, Major: d.Major, Label: d.Label}
	for _, e := range d.Evidence {
		if e = strings.TrimSpace(e); e != "" {
			o.Evidence = append(o.Evidence, e)
		}
	}
	bad := partnership.Invalid{}
	if err := mergeInvalid(bad, o.CheckRecord(x.today())); err != nil && !errors.As(err, &partnership.Invalid{}) {
		return o, err
	}
	if o.Student != "" {
		s, err := x.students.Get(ctx, studentID(school, o.Student))
		switch {
		case err == nil:
			o.Cohort = s.Entry.CohortName
			if o.Major == "" {
				o.Major = s.Entry.Major
			}
		case !errors.Is(err, partnership.ErrNotFound):
			return o, err
		}
	}
	m, ok := x.cat().Major(o.Major)
	switch {
	case o.Major == "":
		bad.Add("major", "名册里没有这个学号的专业，请写专业代码")
	case !ok:
		bad.Add("major", "专业目录里没有代码 %s", o.Major)
	default:
		o.MajorName, o.Category = m.Name, m.Category.Name
	}
	if err := x.employerOf(ctx, &o); err != nil {
		return o, err
	}
	if o.Occ != "" {
		found, err := x.checkOccupation(o.Occ)
		if err != nil {
			bad.Add("occupation", "%s", sentence(err))
		}
		o.Occ = found.Code
	}
	if o.Industry != "" {
		i, ok := x.cat().Industry(o.Industry)
		if !ok {
			bad.Add("industry", "国民经济行业分类里没有代码 %s", o.Industry)
		}
		o.Industry = i.Code
	}
	if _, ok := x.cat().Region(o.Region); o.Region != "" && !ok {
		bad.Add("region", "没有行政区划代码 %s", o.Region)
	}
	alignOutcome(x.cat(), &o)
	return o, bad.Err()
}

// employerOf finds the employer among the companies of the platform, by its name however
// it is spelt, and takes over industry and place from there.
func (x *Exchange) employerOf(ctx context.Context, o *partnership.Outcome) error {
	if o.Employer == "" {
		return nil
	}
	found, err := x.companies.All(ctx, store.Query{Where: store.Field("name_key").Eq(partnership.NameKey(o.Employer)), Limit: 1})
	if err != nil {
		return fmt.Errorf("employer: %w", err)
	}
	if len(found) == 0 {
		return nil
	}
	c := &found[0]
	if c.MergedInto != "" {
		into, err := x.companies.Get(ctx, c.MergedInto)
		if err != nil {
			return fmt.Errorf("company %s, merged: %w", c.ID, err)
		}
		c = &into
	}
	o.Employer, o.EmployerID = c.Name, c.ID
	o.Industry, o.Region = cmp.Or(o.Industry, c.Industry), cmp.Or(o.Region, c.Region)
	return nil
}

var errNotSchool = partnership.Refuse(partnership.ErrForbidden, "毕业去向由学校登记，企业和毕业生确认")

// SaveOutcome records where a graduate of the actor's school went, or mends the record.
func (x *Exchange) SaveOutcome(ctx context.Context, actor partnership.Actor, d OutcomeDraft) (partnership.Outcome, error) {
	if actor.Role != partnership.RoleSchool || actor.Party == "" {
		return partnership.Outcome{}, errNotSchool
	}
	to, err := x.outcomeOf(ctx, actor.Party, &d)
	if err != nil {
		return to, err
	}
	lease, err := x.lease(ctx, "outcome:"+derivedID(actor.Party, to.Student), 30*time.Second) // two clerks, one graduate
	if errors.Is(err, partnership.ErrConflict) {
		return to, partnership.Refuse(partnership.ErrConflict, "学号 %s 的去向正在登记，请稍后刷新再看", to.Student)
	}
	if err != nil {
		return to, err
	}
	defer func() {
		if err := lease.Release(context.WithoutCancel(ctx)); err != nil {
			x.log.Warn("lease of an outcome not released, it will run out", "err", err)
		}
	}()
	old, err := x.outcomeOfStudent(ctx, actor.Party, to.Student)
	if errors.Is(err, partnership.ErrNotFound) {
		var o partnership.Outcome
		if err := o.Restate(to, actor, x.stamp()); err != nil {
			return o, err
		}
		o.ID = x.newID()
		return o, x.outcomes.Insert(ctx, &o)
	}
	if err != nil {
		return to, err
	}
	return x.amendOutcome(ctx, old.ID, func(o *partnership.Outcome) error { return x.restate(o, to, actor) })
}

// restate mends a stored record; corrections by people go before the tables as ever.
func (x *Exchange) restate(o *partnership.Outcome, to partnership.Outcome, by partnership.Actor) error {
	if err := o.Restate(to, by, x.stamp()); err != nil {
		return err
	}
	alignOutcome(x.cat(), o)
	return nil
}

func (x *Exchange) outcomeOfStudent(ctx context.Context, school, number string) (partnership.Outcome, error) {
	return x.outcomes.First(ctx, store.Query{Where: store.And(store.Field("school").Eq(school), store.Field("student").Eq(number))})
}

// GraduateRow is one outcome as the actor may see it.
type GraduateRow struct {
	partnership.Outcome
	Name       string // 张*
	SchoolName string
}

// GraduateQuery asks for a page of outcomes. List.Text is the beginning of a student
// number (the school) or of an employer's name.
type GraduateQuery struct {
	List
	Year int
}

// The states that outcomes can be narrowed to.
const (
	OutcomesUnanswered = "unanswered" // by the company
	OutcomesDisputed   = "disputed"
	OutcomesConfirmed  = "confirmed" // by company or graduate, nobody objecting
)

// graduatesOf is the filter of the outcomes the actor may know: a school its own, a company
// those that name it, a district those of its schools.
func (x *Exchange) graduatesOf(ctx context.Context, actor partnership.Actor) (store.Filter, error) {
	singular := store.Field("direction").Gt("")
	switch actor.Role {
	case partnership.RoleSchool:
		return store.And(store.Field("school").Eq(actor.Party), singular), nil
	case partnership.RoleCompany:
		return store.And(store.Field("employer_id").Eq(actor.Party), singular), nil
	case partnership.RoleDistrict, partnership.RoleOperator:
		own, err := x.ownSchools(ctx, actor)
		return store.And(own, singular), err
	}
	return store.Filter{}, partnership.ErrForbidden
}

func (x *Exchange) graduateFilter(ctx context.Context, actor partnership.Actor, q *GraduateQuery) (store.Filter, error) {
	where, err := x.graduatesOf(ctx, actor)
	if err != nil {
		return where, err
	}
	if q.Year != 0 {
		where = store.And(where, store.Field("year").Eq(q.Year))
	}
	if text := strings.TrimSpace(q.Text); text != "" {
		by := store.Field("employer").Prefix(text)
		if actor.Role == partnership.RoleSchool {
			by = store.Or(by, store.Field("student").Prefix(text))
		}
		where = store.And(where, by)
	}
	switch q.State {
	case OutcomesUnanswered:
		where = store.And(where, unansweredOutcome())
	case OutcomesDisputed:
		where = store.And(where, store.Field("disputed").Eq(true))
	case OutcomesConfirmed:
		where = store.And(where, store.Field("disputed").Ne(true), store.Or(store.Field("by_company.agrees").Eq(true), store.Field("by_graduate.agrees").Eq(true)))
	}
	return where, nil
}

func unansweredOutcome() store.Filter {
	return store.And(store.Field("employer_id").Gt(""), store.Not(store.Field("by_company.at").Gt(0)))
}

// Graduates lists outcomes, the latest year first.
func (x *Exchange) Graduates(ctx context.Context, actor partnership.Actor, q GraduateQuery) ([]GraduateRow, string, error) {
	where, err := x.graduateFilter(ctx, actor, &q)
	if err != nil {
		return nil, "", err
	}
	found, next, err := x.outcomes.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("year"), store.Desc("_id")}, After: q.After, Limit: q.limit()})
	if err != nil {
		return nil, "", err
	}
	rows, err := x.graduateRows(ctx, actor, found)
	return rows, next, err
}

func (x *Exchange) graduateRows(ctx context.Context, actor partnership.Actor, found []partnership.Outcome) ([]GraduateRow, error) {
	names := map[string]string{}
	for s, err := range x.schools.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, err
		}
		names[s.ID] = s.Name
	}
	rows, ids := make([]GraduateRow, len(found)), []string{}
	for i := range found {
		rows[i] = GraduateRow{Outcome: forReader(found[i], actor), SchoolName: names[found[i].School]}
		ids = append(ids, studentOf(&found[i]))
	}
	if actor.SeesAll() {
		return rows, nil
	}
	masked := map[string]string{}
	var failed error
	err := byField(ctx, x.students, "_id", append([]string(nil), ids...), func(s *partnership.Student) {
		name, err := x.personal(s, FieldName)
		masked[s.ID], failed = partnership.MaskName(name), errors.Join(failed, err)
	})
	for i := range rows {
		rows[i].Name = masked[ids[i]]
	}
	return rows, errors.Join(err, failed)
}

// forReader leaves out of an outcome what is not for the actor: others than the school see
// no number, no pay and no earlier records, a company no label either.
func forReader(o partnership.Outcome, actor partnership.Actor) partnership.Outcome {
	if actor.SpeaksFor(o.School) {
		return o
	}
	o.Past, o.Student, o.Pseudonym, o.PayFen, o.Corrections = nil, "", "", 0, nil
	if actor.Role == partnership.RoleCompany {
		o.Label, o.Survey, o.Evidence, o.Cohort = "", "", nil, ""
	}
	return o
}

// Graduate returns one outcome that the actor may know of.
func (x *Exchange) Graduate(ctx context.Context, actor partnership.Actor, id string) (GraduateRow, error) {
	o, err := x.knownGraduate(ctx, actor, id)
	if err != nil {
		return GraduateRow{}, err
	}
	rows, err := x.graduateRows(ctx, actor, []partnership.Outcome{o})
	if err != nil {
		return GraduateRow{}, err
	}
	return rows[0], nil
}

func (x *Exchange) knownGraduate(ctx context.Context, actor partnership.Actor, id string) (partnership.Outcome, error) {
	o, err := x.outcomes.Get(ctx, id)
	if err != nil {
		return o, known(err, errNoOutcome)
	}
	ok := actor.Role == partnership.RoleSchool && actor.SpeaksFor(o.School) || actor.Role == partnership.RoleCompany && actor.SpeaksFor(o.EmployerID)
	if !ok {
		if ok, err = x.overseesSchool(ctx, actor, o.School); err != nil {
			return partnership.Outcome{}, err
		}
	}
	if !ok || !o.Singular() {
		return partnership.Outcome{}, errNoOutcome
	}
	return o, nil
}

// AnswerOutcome is the company's word on an outcome that names it.
func (x *Exchange) AnswerOutcome(ctx context.Context, actor partnership.Actor, id string, agrees bool, why string) (partnership.Outcome, error) {
	o, err := x.knownGraduate(ctx, actor, id)
	if err != nil {
		return o, err
	}
	if actor.Role != partnership.RoleCompany {
		return o, partnership.Refuse(partnership.ErrForbidden, "由用人单位确认；毕业生用学校给的链接确认")
	}
	o, err = x.amendOutcome(ctx, id, func(o *partnership.Outcome) error {
		if o.EmployerID != actor.Party {
			return errNoOutcome
		}
		return o.Say(partnership.AnswerCompany, partnership.OutcomeAnswer{Agrees: agrees, By: actor.Account, Why: why}, x.stamp())
	})
	return forReader(o, actor), err
}

// RuleOutcome ends the objections to an outcome: the school keeps its record, the district
// keeps it or sets another direction.
func (x *Exchange) RuleOutcome(ctx context.Context, actor partnership.Actor, id string, to partnership.Direction, why string) (partnership.Outcome, error) {
	o, err := x.knownGraduate(ctx, actor, id)
	if err != nil {
		return o, err
	}
	if actor.Role == partnership.RoleCompany {
		return o, partnership.Refuse(partnership.ErrForbidden, "异议由学校处理，或由区教委裁定")
	}
	o, err = x.amendOutcome(ctx, id, func(o *partnership.Outcome) error {
		if err := o.Rule(actor, x.stamp(), to, why); err != nil {
			return err
		}
		alignOutcome(x.cat(), o)
		return nil
	})
	return forReader(o, actor), err
}

// RevealGraduate opens the name of a graduate to the company that is asked whether the
// graduate works there; the reason is logged before.
func (x *Exchange) RevealGraduate(ctx context.Context, actor partnership.Actor, id, reason string) (string, error) {
	o, err := x.knownGraduate(ctx, actor, id)
	if err != nil {
		return "", err
	}
	if actor.SeesAll() {
		return "", partnership.Refuse(partnership.ErrForbidden, "姓名只供学校和被填写的用人单位核对")
	}
	s, err := x.students.Get(ctx, studentOf(&o))
	if err != nil {
		return "", known(err, partnership.Refuse(partnership.ErrNotFound, "学校名册里已没有这名毕业生，请向学校核对"))
	}
	name, err := x.personal(&s, FieldName)
	if err != nil {
		return "", err
	}
	return name, x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, School: s.School, Student: s.ID, Number: s.Number, Field: FieldName, Reason: reason})
}
