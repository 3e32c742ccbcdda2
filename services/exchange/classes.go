package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoClass = partnership.Refuse(partnership.ErrNotFound, "没有这个订单班，或者您无权查看。请从订单班列表重新打开")

// ClassView is what the page of one order class shows.
type ClassView struct {
	Class    partnership.OrderClass
	Members  []ClassMemberRow // none for the district, which sees counts
	Promises []partnership.Promise
	Verbs    []Verb
	Edits    bool // the actor may change the class
	Records  bool // the actor may record stages
	Untold   int  // students of a class that did not open whom nobody has told
}

// ClassMemberRow is one student of an order class, masked as the actor may see.
type ClassMemberRow struct {
	Member  partnership.ClassMember
	Student StudentRow
	Days    map[partnership.Stage]string // day on which each stage was reached
	PayFen  int64                        // of the employment by the company, 0 if not known
}

func (x *Exchange) visibleClass(ctx context.Context, actor partnership.Actor, id string) (partnership.OrderClass, error) {
	found, err := x.ClassesByID(ctx, actor, []string{id})
	if err != nil {
		return partnership.OrderClass{}, err
	}
	if len(found) == 0 {
		return partnership.OrderClass{}, errNoClass
	}
	return found[0], nil
}

// OrderClass returns what the page of one order class shows: its promises beside what was
// delivered, counted now from the members' placements and outcomes.
func (x *Exchange) OrderClass(ctx context.Context, actor partnership.Actor, id string) (ClassView, error) {
	o, err := x.visibleClass(ctx, actor, id)
	if err != nil {
		return ClassView{}, err
	}
	students, known, err := x.reached(ctx, &o)
	if err != nil {
		return ClassView{}, err
	}
	setCounts(&o, o.Counted(known))
	var pays []int64
	for _, r := range known {
		if r.Hired != "" && r.PayFen > 0 {
			pays = append(pays, r.PayFen)
		}
	}
	view := ClassView{Class: o, Promises: o.Promises(x.today(), pays), Verbs: classVerbs(actor, &o), Untold: len(o.Untold())}
	school, company := actor.Role == partnership.RoleSchool, actor.Role == partnership.RoleCompany
	view.Edits = (school || company) && o.Standing() == partnership.ClassEnrolling
	view.Records = (school || company) && o.Standing() != partnership.ClassNotOpened
	if !school && !company {
		return view, nil
	}
	for i := range o.Members {
		m := &o.Members[i]
		row := ClassMemberRow{Member: *m, Days: map[partnership.Stage]string{}, PayFen: known[m.Student].PayFen}
		for _, s := range partnership.Stages() {
			row.Days[s] = m.Day(s, known[m.Student])
		}
		if s := students[m.Student]; s != nil {
			if school {
				row.Student, err = x.masked(s)
			} else {
				row.Student, err = x.forCompany(s, false)
			}
			if err != nil {
				return view, err
			}
		}
		view.Members = append(view.Members, row)
	}
	return view, nil
}

func setCounts(o *partnership.OrderClass, counts [6]int) {
	for i, s := range partnership.Stages() {
		*o.At(s) = counts[i]
	}
}

// reached reads what placements and outcomes say of the members: an intern is who started on
// a post of the company, hired is whose recorded outcome names the company as employer.
func (x *Exchange) reached(ctx context.Context, o *partnership.OrderClass) (map[string]*partnership.Student, map[string]partnership.Reached, error) {
	students, known := map[string]*partnership.Student{}, map[string]partnership.Reached{}
	var ids, numbers []string
	for i := range o.Members {
		ids = append(ids, o.Members[i].Student)
	}
	if len(ids) == 0 {
		return students, known, nil
	}
	for s, err := range x.students.Find(ctx, store.Query{Where: store.Field("_id").In(ids)}) {
		if err != nil {
			return nil, nil, fmt.Errorf("students of an order class: %w", err)
		}
		students[s.ID] = &s
		numbers = append(numbers, s.Number)
	}
	where := store.And(store.Field("student").In(ids), store.Field("company").Eq(o.Company), store.Field("kind").Eq(string(partnership.KindInternship)), store.Field("started_on").Gt(""))
	for p, err := range x.placements.Find(ctx, store.Query{Where: where}) {
		if err != nil {
			return nil, nil, fmt.Errorf("placements of an order class: %w", err)
		}
		r := known[p.Student]
		if r.Interned == "" || p.StartedOn < r.Interned {
			r.Interned = p.StartedOn
		}
		known[p.Student] = r
	}
	c, err := x.companies.Get(ctx, o.Company)
	if err != nil {
		return nil, nil, fmt.Errorf("company of an order class: %w", err)
	}
	where = store.And(store.Field("school").Eq(o.School), store.Or(store.Field("student").In(numbers), store.Field("pseudonym").In(ids)))
	for out, err := range x.outcomes.Find(ctx, store.Query{Where: where}) {
		if err != nil {
			return nil, nil, fmt.Errorf("outcomes of an order class: %w", err)
		}
		if out.Direction == partnership.Employed && worksFor(&out, &c) {
			id := studentOf(&out)
			r := known[id]
			r.Hired, r.PayFen = partnership.Day(max(out.Since, out.Created).Time()), out.PayFen
			known[id] = r
		}
	}
	return students, known, nil
}

// worksFor reports whether an outcome names the company as employer, by any of its spellings.
func worksFor(o *partnership.Outcome, c *partnership.Company) bool {
	key := partnership.NameKey(o.Employer)
	return key != "" && (key == c.NameKey || slices.ContainsFunc(c.Spellings, func(s string) bool { return partnership.NameKey(s) == key }))
}

func classVerbs(actor partnership.Actor, o *partnership.OrderClass) []Verb {
	var out []Verb
	school, company := actor.Role == partnership.RoleSchool, actor.Role == partnership.RoleCompany
	if company && o.Confirmed == nil && o.Standing() != partnership.ClassNotOpened && (o.PromisedHirePct > 0 || o.PromisedPayFen > 0 || o.PromisedPostsBy != "") {
		out = append(out, Verb{Key: "confirm", Words: "确认这些承诺"})
	}
	switch o.Standing() {
	case partnership.ClassEnrolling:
		if school {
			out = append(out, Verb{Key: "open", Words: "开班"})
		}
		if school || company {
			out = append(out, Verb{Key: "call-off", Words: "不开班", Why: true})
		}
	case partnership.ClassOpened:
		if school {
			out = append(out, Verb{Key: "finish", Words: "结束这个班", Why: true})
		}
	case partnership.ClassNotOpened:
		if school && len(o.Untold()) > 0 {
			out = append(out, Verb{Key: "tell", Words: "登记：已通知全部 " + strconv.Itoa(len(o.Untold())) + " 名学生"})
		}
	}
	return out
}

// SaveClass sets up an order class (empty ID) or changes one that still enrols. Both its
// parties may; changed promises are the company's only once it has confirmed them again.
func (x *Exchange) SaveClass(ctx context.Context, actor partnership.Actor, draft partnership.OrderClass) (partnership.OrderClass, error) {
	switch {
	case draft.ID != "":
	case actor.Role == partnership.RoleSchool:
		draft.School = actor.Party
	case actor.Role == partnership.RoleCompany:
		draft.Company = actor.Party
	default:
		return draft, partnership.Refuse(partnership.ErrForbidden, "订单班由学校或企业登记")
	}
	var old partnership.OrderClass
	if draft.ID != "" {
		var err error
		if old, err = x.visibleClass(ctx, actor, draft.ID); err != nil {
			return draft, err
		}
		switch {
		case actor.SeesAll():
			return draft, partnership.Refuse(partnership.ErrForbidden, "订单班由学校或企业修改")
		case draft.Rev != old.Rev:
			return draft, partnership.Refuse(partnership.ErrConflict, "这个班刚被别人修改过，请重新打开后再改")
		case old.Standing() != partnership.ClassEnrolling:
			return draft, partnership.Refuse(partnership.ErrConflict, "这个班现在是“%s”，承诺和名额不能再改", old.Standing().Words())
		}
		draft = withTerms(old, &draft)
	}
	if err := x.checkClass(ctx, actor, &draft); err != nil {
		return draft, err
	}
	now := x.stamp()
	switch {
	case actor.Role == partnership.RoleCompany:
		draft.Confirmed = &partnership.Mark{Day: x.today(), By: actor.Account}
	case draft.ID == "" || !draft.SamePromises(&old):
		draft.Confirmed = nil
	}
	if draft.ID != "" {
		if err := x.classes.Replace(ctx, &draft); err != nil {
			return draft, fmt.Errorf("save order class: %w", err)
		}
		return draft, x.put(ctx, x.classDocument(&draft))
	}
	draft.State, draft.Sample = partnership.ClassEnrolling, false
	draft.Steps = []partnership.Step{{At: now, Actor: actor.Account, To: string(partnership.ClassEnrolling)}}
	draft.ID = x.newID()
	if err := x.classes.Insert(ctx, &draft); err != nil {
		return draft, fmt.Errorf("create order class: %w", err)
	}
	return draft, x.put(ctx, x.classDocument(&draft))
}

// withTerms is the old class with the terms of a form: what people and stages say stays.
func withTerms(old partnership.OrderClass, form *partnership.OrderClass) partnership.OrderClass {
	out := old
	out.Kind, out.Name, out.Majors, out.Seats, out.Minimum = form.Kind, form.Name, form.Majors, form.Seats, form.Minimum
	out.DecideBy, out.From, out.To = form.DecideBy, form.From, form.To
	out.PromisedHirePct, out.PromisedPayFen, out.PromisedBy, out.PromisedPostsBy = form.PromisedHirePct, form.PromisedPayFen, form.PromisedBy, form.PromisedPostsBy
	return out
}

// checkClass checks the fields and fills in what follows from them.
func (x *Exchange) checkClass(ctx context.Context, actor partnership.Actor, o *partnership.OrderClass) error {
	bad := partnership.Invalid{}
	s, err := x.schools.Get(ctx, o.School)
	switch {
	case errors.Is(err, partnership.ErrNotFound):
		bad.Add("school", "请选择学校")
	case err != nil:
		return err
	}
	c, err := x.companies.Get(ctx, o.Company)
	switch {
	case errors.Is(err, partnership.ErrNotFound) || err == nil && !maySeeCompany(actor, &c):
		bad.Add("company", "请选择已入库的企业")
	case err != nil:
		return err
	}
	o.SchoolName, o.CompanyName = s.Name, c.Name
	o.MajorNames = x.checkMajors(o.Majors, bad)
	o.Name = strings.TrimSpace(o.Name)
	o.Year = yearOf(o.From)
	return mergeInvalid(bad, o.Check())
}

// editClass changes a class of the actor's in one write, with its counts as they follow.
func (x *Exchange) editClass(ctx context.Context, actor partnership.Actor, id string, change func(*partnership.OrderClass) error) (partnership.OrderClass, error) {
	if _, err := x.visibleClass(ctx, actor, id); err != nil {
		return partnership.OrderClass{}, err
	}
	o, err := x.classes.Edit(ctx, id, func(o *partnership.OrderClass) error {
		if err := change(o); err != nil {
			return err
		}
		_, known, err := x.reached(ctx, o)
		setCounts(o, o.Counted(known))
		return err
	})
	if err != nil {
		return o, known(err, errNoClass)
	}
	return o, x.put(ctx, x.classDocument(&o))
}

// ActClass moves a class by a verb: confirm (company), open, finish, tell (school),
// call-off (either). A class called off frees its students.
func (x *Exchange) ActClass(ctx context.Context, actor partnership.Actor, id, verb, why string) (partnership.OrderClass, error) {
	var freed []string
	o, err := x.editClass(ctx, actor, id, func(o *partnership.OrderClass) (err error) {
		freed = nil
		switch verb {
		case "confirm":
			return o.Confirm(actor, x.stamp())
		case "open":
			return o.Open(actor, x.stamp())
		case "finish":
			return o.Finish(actor, x.stamp(), why)
		case "tell":
			return o.Tell(actor, x.stamp(), nil)
		case "call-off":
			freed, err = o.CallOff(actor, x.stamp(), why)
			return err
		}
		return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
	})
	if err != nil {
		return o, err
	}
	return o, x.leaveClass(context.WithoutCancel(ctx), o.ID, freed)
}

// leaveClass frees students from a class. One erased meanwhile needs no freeing.
func (x *Exchange) leaveClass(ctx context.Context, class string, students []string) error {
	return inParallel(len(students), func(i int) error {
		_, err := x.students.Edit(ctx, students[i], func(s *partnership.Student) error { s.LeaveClass(class); return nil })
		if errors.Is(err, partnership.ErrNotFound) {
			return nil
		}
		return err
	})
}

// EnrolClass adds students of the school, by number, to a class: all of them or none. round
// is the selection round they were chosen in, 0 for none.
func (x *Exchange) EnrolClass(ctx context.Context, actor partnership.Actor, id string, numbers []string, round int) (partnership.OrderClass, error) {
	o, err := x.visibleClass(ctx, actor, id)
	if err != nil {
		return o, err
	}
	if actor.Role != partnership.RoleSchool {
		return o, partnership.Refuse(partnership.ErrForbidden, "学生由学校登记入班")
	}
	if len(numbers) == 0 {
		return o, partnership.Invalid{"numbers": {"请填写学号，每行一个"}}
	}
	bad := partnership.Invalid{}
	ids := make([]string, len(numbers))
	for i, n := range numbers {
		ids[i] = studentID(o.School, n)
		s, err := x.students.Get(ctx, ids[i])
		switch {
		case errors.Is(err, partnership.ErrNotFound):
			bad.Add("numbers", "第 %d 个学号 %s 不在本校名册里", i+1, n)
		case err != nil:
			return o, err
		case s.Class != "" && s.Class != id:
			bad.Add("numbers", "第 %d 个学号 %s 已在另一个订单班", i+1, n)
		case s.Entry.Change == partnership.RowGone:
			bad.Add("numbers", "第 %d 个学号 %s 已从名册移出", i+1, n)
		case !slices.Contains(o.Majors, s.Entry.Major):
			bad.Add("numbers", "第 %d 个学号 %s 的专业是%s，这个班招%s", i+1, n, s.Entry.MajorName, o.MajorNames)
		}
	}
	if err := bad.Err(); err != nil {
		return o, err
	}
	var held []string
	undo := func(err error) error { return errors.Join(err, x.leaveClass(context.WithoutCancel(ctx), id, held)) }
	for _, s := range ids {
		fresh := false
		_, err := x.students.Edit(ctx, s, func(s *partnership.Student) error { fresh = s.Class != id; return s.JoinClass(id) })
		if err != nil {
			return o, undo(err)
		}
		if fresh {
			held = append(held, s)
		}
	}
	done, err := x.editClass(ctx, actor, id, func(o *partnership.OrderClass) error { return o.Enrol(actor, x.stamp(), ids, round) })
	if err != nil {
		return o, undo(err)
	}
	return done, nil
}

// LeaveClass takes a student out of a class, with the reason.
func (x *Exchange) LeaveClass(ctx context.Context, actor partnership.Actor, id, student, why string) (partnership.OrderClass, error) {
	o, err := x.editClass(ctx, actor, id, func(o *partnership.OrderClass) error { return o.Leave(actor, x.stamp(), student, why) })
	if err != nil {
		return o, err
	}
	return o, x.leaveClass(context.WithoutCancel(ctx), id, []string{student})
}

// AddClassRound records a round of selection.
func (x *Exchange) AddClassRound(ctx context.Context, actor partnership.Actor, id string, r partnership.SelectionRound) (partnership.OrderClass, error) {
	return x.editClass(ctx, actor, id, func(o *partnership.OrderClass) error { return o.AddRound(actor, r) })
}

// ReachStage records that students of a class reached a stage on a day.
func (x *Exchange) ReachStage(ctx context.Context, actor partnership.Actor, id string, stage partnership.Stage, students []string, day string) (partnership.OrderClass, error) {
	return x.editClass(ctx, actor, id, func(o *partnership.OrderClass) error { return o.Reach(actor, x.stamp(), stage, students, day) })
}

// StateCount records a count of a stage for a class whose students are not named.
func (x *Exchange) StateCount(ctx context.Context, actor partnership.Actor, id string, r partnership.StageRecord) (partnership.OrderClass, error) {
	return x.editClass(ctx, actor, id, func(o *partnership.OrderClass) error { return o.StateCount(actor, x.stamp(), r) })
}
