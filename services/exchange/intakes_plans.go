package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// ownCohorts finds the cohorts of the actor's school by name, each name once.
func (n *importNames) ownCohort(ctx context.Context, name string, bad func(field, what, allowed string)) (*partnership.Cohort, error) {
	found, err := n.x.cohorts.All(ctx, store.Query{Where: store.And(store.Field("school").Eq(n.actor.Party), store.Field("name").Eq(name)), Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("cohort of a row: %w", err)
	}
	if len(found) == 0 {
		bad("class", "本校没有班级批次“"+name+"”", "班级批次列表里的名称")
		return nil, nil
	}
	return &found[0], nil
}

// bookingTable takes in bookings of training bases. A year's book belongs to all who book:
// an import adds to it, and takes only its own bookings back.
func (x *Exchange) bookingTable(names *importNames, batch string) *recordTable[partnership.BaseBook] {
	in := &bookingRows{x: x, names: names, batch: batch, bases: map[string]*partnership.TrainingBase{}}
	return &recordTable[partnership.BaseBook]{
		x: x, coll: x.books, rec: (*partnership.BaseBook).Rec, seen: map[string]bool{}, shared: true,
		key: in.key, id: func(key string) string { return key },
		find: func(ctx context.Context, keys []string) (map[string]partnership.BaseBook, error) {
			out := map[string]partnership.BaseBook{}
			return out, byField(ctx, x.books, "_id", slices.Clone(keys), func(k *partnership.BaseBook) { out[k.ID] = *k })
		},
		fill: in.fill,
		own: func(k partnership.BaseBook) partnership.BaseBook {
			k.Bookings = slices.DeleteFunc(slices.Clone(k.Bookings), func(b partnership.BaseBooking) bool { return b.Import != batch })
			return k
		},
		words: map[string]string{"bookings": "预订"},
		name:  func(k *partnership.BaseBook) string { return in.nameOf(k.Base) },
		restore: func(k *partnership.BaseBook, _ partnership.BaseBook) {
			k.Bookings = slices.DeleteFunc(k.Bookings, func(b partnership.BaseBooking) bool { return b.Import == batch })
		},
		finish: func(context.Context, []string) error { return nil },
	}
}

// bookingRows reads the rows of bookings.
type bookingRows struct {
	x     *Exchange
	names *importNames
	batch string
	bases map[string]*partnership.TrainingBase // by what a row wrote
}

func (in *bookingRows) nameOf(id string) string {
	for _, b := range in.bases {
		if b != nil && b.ID == id {
			return b.Name + " 的预订"
		}
	}
	return "预订"
}

// base finds the base that a row names among those the actor may book.
func (in *bookingRows) base(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (*partnership.TrainingBase, error) {
	text := r.Text("base")
	b, asked := in.bases[text]
	if !asked {
		found, err := in.x.bases.All(ctx, store.Query{Where: store.Or(store.Field("_id").Eq(text), store.Field("name").Eq(text)), Limit: 50})
		if err != nil {
			return nil, fmt.Errorf("base of a row: %w", err)
		}
		found = slices.DeleteFunc(found, func(b partnership.TrainingBase) bool { return !maySeeBase(in.names.actor, &b) })
		if len(found) > 1 {
			var ids []string
			for i := range found {
				ids = append(ids, found[i].ID+"（"+found[i].OwnerName+"）")
			}
			bad("base", fmt.Sprintf("有 %d 个基地叫“%s”", len(found), text), "填基地编号："+strings.Join(ids, "、"))
			return nil, nil
		}
		if len(found) == 1 {
			b = &found[0]
		}
		in.bases[text] = b
	}
	if b == nil {
		bad("base", "没有实训基地“"+text+"”", "实训基地列表里的名称")
	}
	return b, nil
}

func (in *bookingRows) key(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
	b, err := in.base(ctx, r, bad)
	if b == nil || err != nil {
		return "", err
	}
	return bookID(b.ID, partnership.SchoolYear(r.Text("start"))), nil
}

func (in *bookingRows) fill(ctx context.Context, book *partnership.BaseBook, r sheets.Row, there bool, bad func(field, what, allowed string)) error {
	b, err := in.base(ctx, r, bad)
	if b == nil || err != nil {
		return err
	}
	if school, ok := in.names.school(in.names.actor.Party, r, bad); !ok || !in.names.actor.SpeaksFor(school) {
		return nil
	}
	if state := r.Text("state"); state == partnership.BookingDeclined.Words() || state == partnership.BookingCancelled.Words() {
		if !there {
			bad("state", state+"的行不会预订", "空着，或删去这一行")
		}
		return nil // a list that was exported with what came to nothing
	}
	book.Bookings = slices.Clone(book.Bookings) // the book it is compared with keeps its own
	if !there {
		book.Base, book.Year = b.ID, partnership.SchoolYear(r.Text("start"))
	}
	k := partnership.BaseBooking{Import: in.batch, Teachers: r.Bool("teachers"), Subject: r.Text("subject"), Seats: r.Count("seats"), From: r.Text("start"), To: r.Text("end")}
	for _, day := range r.Texts("weekdays") {
		k.Weekdays = append(k.Weekdays, 1+slices.Index(weekdayWords, day))
	}
	for _, part := range r.Texts("parts") {
		k.Parts = append(k.Parts, map[string]string{"上午": partnership.Morning, "下午": partnership.Afternoon}[part])
	}
	if !k.Teachers {
		c, err := in.names.ownCohort(ctx, r.Text("class"), bad)
		if c == nil || err != nil {
			return err
		}
		k.Cohort, k.CohortName = c.ID, c.Name
	}
	if slices.ContainsFunc(book.Bookings, func(old partnership.BaseBooking) bool {
		return old.State.Holds() && sameBooking(&old, &k, in.names.actor.Party)
	}) {
		return nil // it stands already
	}
	k, err = in.x.bookable(ctx, in.names.actor, b, k)
	if err == nil {
		err = book.Book(b, k)
	}
	if errors.Is(err, partnership.ErrConflict) || errors.Is(err, partnership.ErrForbidden) {
		bad("seats", sentence(err), "空余的时间和工位")
		return nil
	}
	return tellInvalid(err, bad)
}

// sameBooking reports whether two bookings of a school are one and the same.
func sameBooking(a, b *partnership.BaseBooking, school string) bool {
	return a.School == school && a.Cohort == b.Cohort && a.Teachers == b.Teachers && a.Subject == b.Subject && a.Seats == b.Seats && a.From == b.From && a.To == b.To &&
		slices.Equal(a.Weekdays, b.Weekdays) && slices.Equal(a.Parts, b.Parts)
}

// memberTable takes in students of order classes. A student is bound to one class at a time:
// that is done when the row is written, and undone with it.
type memberTable struct {
	*recordTable[partnership.OrderClass]
	names   *importNames
	batch   string
	classes map[string]*partnership.OrderClass
}

func (x *Exchange) memberTable(names *importNames, batch string) *memberTable {
	t := &memberTable{names: names, batch: batch, classes: map[string]*partnership.OrderClass{}}
	t.recordTable = &recordTable[partnership.OrderClass]{
		x: x, coll: x.classes, rec: (*partnership.OrderClass).Rec, seen: map[string]bool{}, shared: true,
		key: t.key,
		find: func(ctx context.Context, keys []string) (map[string]partnership.OrderClass, error) {
			out := map[string]partnership.OrderClass{}
			return out, byField(ctx, x.classes, "_id", slices.Clone(keys), func(o *partnership.OrderClass) { out[o.ID] = *o })
		},
		fill: t.fill,
		own: func(o partnership.OrderClass) partnership.OrderClass {
			return partnership.OrderClass{Members: slices.DeleteFunc(slices.Clone(o.Members), func(m partnership.ClassMember) bool { return m.Import != batch })}
		},
		words: map[string]string{"members": "学生"},
		name:  func(o *partnership.OrderClass) string { return o.Name },
		restore: func(o *partnership.OrderClass, _ partnership.OrderClass) {
			o.Members = slices.DeleteFunc(o.Members, func(m partnership.ClassMember) bool { return m.Import == batch })
			if len(o.Members) == 0 { // nobody was stated as a number: Enrol would have refused
				setCounts(o, [6]int{})
			}
		},
		finish: func(ctx context.Context, ids []string) error {
			slices.Sort(ids)
			for _, id := range slices.Compact(ids) {
				if _, err := x.editClass(ctx, partnership.System("classes"), id, func(*partnership.OrderClass) error { return nil }); err != nil {
					return err
				}
			}
			return x.mendClassHolds(ctx)
		},
	}
	return t
}

func (t *memberTable) key(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
	name := r.Text("class")
	o, asked := t.classes[name]
	if !asked {
		found, err := t.x.classes.All(ctx, store.Query{Where: store.And(store.Field("school").Eq(t.names.actor.Party), store.Or(store.Field("name").Eq(name), store.Field("_id").Eq(name))), Limit: 2})
		if err != nil {
			return "", fmt.Errorf("order class of a row: %w", err)
		}
		if len(found) == 1 {
			o = &found[0]
		}
		if t.classes[name] = o; len(found) > 1 {
			delete(t.classes, name)
			bad("class", "本校有几个订单班都叫“"+name+"”", "填订单班编号")
			return "", nil
		}
	}
	if o == nil {
		bad("class", "本校没有订单班“"+name+"”", "订单班列表里的名称")
		return "", nil
	}
	return o.ID, nil
}

func (t *memberTable) fill(ctx context.Context, o *partnership.OrderClass, r sheets.Row, _ bool, bad func(field, what, allowed string)) error {
	o.Members = slices.Clone(o.Members) // the class it is compared with keeps its own
	id := studentID(o.School, r.Text("student_no"))
	s, err := t.x.students.Get(ctx, id)
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return err
	}
	switch {
	case err != nil:
		bad("student_no", "本校名册里没有这个学号", "名册里的学号；新学生请先导入名册")
	case s.Class != "" && s.Class != o.ID:
		bad("student_no", "这名学生已在另一个订单班", "先在那个班登记退出")
	case s.Entry.Change == partnership.RowGone:
		bad("student_no", "这名学生已从名册移出", "在册的学生")
	case !slices.Contains(o.Majors, s.Entry.Major):
		bad("student_no", "这名学生的专业是"+s.Entry.MajorName, "这个班招"+o.MajorNames)
	default:
		was := len(o.Members)
		if err := o.Enrol(t.names.actor, t.x.stamp(), []string{id}, r.Count("round")); err != nil {
			if errors.Is(err, partnership.ErrConflict) {
				bad("class", sentence(err), "还有名额、还在报名的班")
				return nil
			}
			return tellInvalid(err, bad)
		}
		if len(o.Members) > was {
			o.Members[was].Import = t.batch
		}
	}
	return nil
}

// write binds the students of a run to their classes before they are enrolled; one whom
// another class was quicker to bind is told.
func (t *memberTable) write(ctx context.Context, batch string, run []change, bad badCell) error {
	bound := run[:0:0]
	for _, c := range run {
		if c.what == partnership.RowUnchanged {
			continue
		}
		e := c.doc.(entry[partnership.OrderClass]) //nolint:forcetypeassert // our own
		student := e.doc.Members[len(e.doc.Members)-1].Student
		_, err := t.x.students.Edit(ctx, student, func(s *partnership.Student) error { return s.JoinClass(e.doc.ID) })
		switch {
		case errors.Is(err, partnership.ErrConflict):
			bad(c.row, "student_no", sentence(err)+movedSince, "先在那个班登记退出")
			continue
		case errors.Is(err, partnership.ErrNotFound):
			bad(c.row, "student_no", goneSince, checkAgain)
			continue
		}
		if err != nil {
			return err
		}
		bound = append(bound, c)
	}
	return t.recordTable.write(ctx, batch, bound, bad)
}

// rotationTable takes in plans of work-study rotation and works each out.
func (x *Exchange) rotationTable(names *importNames) *recordTable[partnership.Rotation] {
	key := func(r *partnership.Rotation) string { return r.Cohort + "\x00" + r.Name }
	return &recordTable[partnership.Rotation]{
		x: x, coll: x.rotations, rec: (*partnership.Rotation).Rec, seen: map[string]bool{},
		key: func(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
			c, err := names.ownCohort(ctx, r.Text("class"), bad)
			if c == nil || err != nil {
				return "", err
			}
			return key(&partnership.Rotation{Cohort: c.ID, Name: r.Text("name")}), nil
		},
		find: findByPart(x.rotations, 0, "cohort", key),
		fill: func(ctx context.Context, plan *partnership.Rotation, r sheets.Row, there bool, bad func(field, what, allowed string)) error {
			c, err := names.ownCohort(ctx, r.Text("class"), bad)
			if c == nil || err != nil {
				return err
			}
			if there && samePlan(plan, r.Text("start"), r.Text("end"), r.Count("batches"), r.Count("turn_weeks"), r.Texts("posts")) {
				return nil
			}
			options, err := x.choosable(ctx, c.ID)
			if err != nil {
				return err
			}
			var posts []string
			wrong := false
			for _, text := range r.Texts("posts") {
				if id := postNamed(text, options, func(what, allowed string) { wrong = true; bad("posts", what, allowed) }); id != "" {
					posts = append(posts, id)
				}
			}
			if wrong {
				return nil
			}
			draft := partnership.Rotation{Record: plan.Record, Cohort: c.ID, Name: r.Text("name"), From: r.Text("start"), To: r.Text("end"), Batches: r.Count("batches"), TurnWeeks: r.Count("turn_weeks")}
			if draft, err = x.workOut(ctx, names.actor, draft, posts); err != nil {
				return tellInvalid(err, func(field, what, allowed string) {
					if field == "cohort" {
						field = "class"
					}
					bad(field, what, allowed)
				})
			}
			*plan = draft
			return nil
		},
		own:    func(r partnership.Rotation) partnership.Rotation { return r },
		words:  map[string]string{"from": "开始日期", "to": "结束日期", "batches": "批数", "turn_weeks": "每轮周数", "posts": "岗位", "students": "学生", "turns": "轮次"},
		name:   func(r *partnership.Rotation) string { return r.Name },
		finish: func(context.Context, []string) error { return nil },
	}
}
