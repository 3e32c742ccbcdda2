package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// TendClasses ends the classes whose enrolment is over without the least number of
// students, and counts the stages of the others again, since placements and outcomes go on
// without them. It says what changed; done again, it finds nothing.
func (x *Exchange) TendClasses(ctx context.Context, day string) (string, error) {
	actor := partnership.System("classes")
	ended, counted := 0, 0
	for o, err := range x.classes.Find(ctx, store.Query{Where: store.Field("state").In(string(partnership.ClassEnrolling), string(partnership.ClassOpened), string(partnership.ClassNotOpened))}) {
		if err != nil {
			return "", fmt.Errorf("order classes: %w", err)
		}
		switch {
		case o.TooFew(day):
			why := fmt.Sprintf("报名 %s 截止，入班 %d 人，不到最低开班人数 %d 人", o.DecideBy, o.Live(), o.Minimum)
			if _, err := x.ActClass(ctx, actor, o.ID, "call-off", why); err != nil && !errors.Is(err, partnership.ErrConflict) {
				return "", err
			}
			ended++
		case o.State == partnership.ClassNotOpened: // a crash may have cut off the freeing
			if err := x.leaveClass(ctx, o.ID, o.Untold()); err != nil {
				return "", err
			}
		default:
			_, known, err := x.reached(ctx, &o)
			if err != nil {
				return "", err
			}
			was, is := o, o.Counted(known)
			setCounts(&was, is)
			if was.Enrolled == o.Enrolled && was.Trained == o.Trained && was.Interned == o.Interned && was.Hired == o.Hired && was.At6 == o.At6 && was.At12 == o.At12 {
				continue
			}
			if _, err := x.editClass(store.Derived(ctx), actor, o.ID, func(*partnership.OrderClass) error { return nil }); err != nil {
				return "", err
			}
			counted++
		}
	}
	if err := x.mendClassHolds(ctx); err != nil {
		return "", err
	}
	if ended+counted == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d 个订单班人数不足，未开班；%d 个班的各阶段人数有变化", ended, counted), nil
}

// mendClassHolds frees students whom an enrolment that was cut off has left bound to a
// class they are not in.
func (x *Exchange) mendClassHolds(ctx context.Context) error {
	live := map[string][]string{}
	for s, err := range x.students.Find(ctx, store.Query{Where: store.Field("class").Gt("")}) {
		if err != nil {
			return fmt.Errorf("students in order classes: %w", err)
		}
		if _, read := live[s.Class]; !read {
			o, err := x.classes.Get(ctx, s.Class)
			if err != nil && !errors.Is(err, partnership.ErrNotFound) {
				return err
			}
			live[s.Class] = []string{}
			for i := range o.Members {
				if m := &o.Members[i]; m.Left == "" {
					live[s.Class] = append(live[s.Class], m.Student)
				}
			}
		}
		if !slices.Contains(live[s.Class], s.ID) {
			if err := x.leaveClass(ctx, s.Class, []string{s.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

// classes are order classes that wait for the actor: to be opened, to be told, to be
// confirmed.
func (w *worklist) classes(mine store.Filter) {
	if w.err != nil {
		return
	}
	states := store.Field("state").In(string(partnership.ClassEnrolling), string(partnership.ClassNotOpened), string(partnership.ClassOpened))
	found, err := w.x.classes.All(w.ctx, store.Query{Where: store.And(mine, states), Limit: 200})
	if err != nil {
		w.err = err
		return
	}
	for i := range found {
		o := &found[i]
		t := Task{Kind: KindClass, ID: o.ID}
		switch untold := len(o.Untold()); {
		case w.actor.Role == partnership.RoleCompany:
			if o.State == partnership.ClassNotOpened || o.Confirmed != nil || o.PromisedHirePct+int(o.PromisedPayFen) == 0 {
				continue
			}
			t.Title, t.Why, t.Due = "“"+o.Name+"”的承诺等您确认", "学校登记了录用比例和报酬，请核对后确认", o.DecideBy
		case untold > 0:
			t.Title, t.Why, t.Due, t.Count = fmt.Sprintf("“%s”没有开班，%d 名学生等通知", o.Name, untold), "名额已经放开，学生可以报别的班；通知后登记", w.today, int64(untold)
		case o.State == partnership.ClassEnrolling && o.DecideBy <= w.later && o.Live() >= o.Minimum:
			t.Title, t.Why, t.Due = "“"+o.Name+"”可以开班", fmt.Sprintf("入班 %d 人，已到最低开班人数 %d 人", o.Live(), o.Minimum), o.DecideBy
		case o.State == partnership.ClassEnrolling && o.DecideBy <= w.later:
			t.Title, t.Why, t.Due = "“"+o.Name+"”报名将截止", fmt.Sprintf("入班 %d 人，还差 %d 人；到期不足就不开班", o.Live(), o.Minimum-o.Live()), o.DecideBy
		default:
			continue
		}
		w.add(t)
	}
}
