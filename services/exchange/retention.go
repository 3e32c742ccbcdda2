package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Personal data leave again 保存期限与删除: when their time is over, or when a school erases
// one student on request (个人信息保护法第四十七条). What is erased is the roster's document
// whole, what was written about the student in placements, and the number in outcomes; what
// is counted stays, so no figure changes. Backups of before follow within their seven days.

// FieldErase and FieldRecord are what the log of reveals writes for an erasure and for a
// copy of all that is kept about a student.
const (
	FieldErase  = "erase"
	FieldRecord = "record"
)

// reportKept is how long the words of an import's problems are kept, which may quote the file.
const reportKept = 90 * 24 * time.Hour

// EraseStudent erases the personal data of a student of the actor's school, with a
// reason that is logged. ErrConflict while a placement holds the student: its papers are needed.
func (x *Exchange) EraseStudent(ctx context.Context, actor partnership.Actor, id, reason string) error {
	s, err := x.ownStudent(ctx, actor, id)
	if err != nil {
		return err
	}
	if s.Held != "" {
		return partnership.Refuse(partnership.ErrConflict, "这名学生还有没结束的安置，协议和保险材料要用到这些信息。请先结束或取消安置，再删除")
	}
	if err := x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, School: s.School, Student: s.ID, Field: FieldErase, Reason: reason}); err != nil {
		return err
	}
	return x.eraseStudents(ctx, []partnership.Student{s})
}

// Retain erases the students whose time is over on the given day and the words of old
// imports. It says what it did; done again, it finds nothing.
func (x *Exchange) Retain(ctx context.Context, day string) (string, error) {
	students, err := x.eraseDue(ctx, day)
	if err != nil {
		return "", err
	}
	imports, err := x.forgetImports(ctx)
	if err != nil {
		return "", err
	}
	messages, err := x.outbox.Sweep(ctx)
	if err != nil {
		return "", err
	}
	if students+imports+messages == 0 {
		return "", nil
	}
	return fmt.Sprintf("到期删除 %d 名学生的个人信息，清除 %d 次旧导入的问题清单、%d 条旧消息", students, imports, messages), nil
}

func (x *Exchange) eraseDue(ctx context.Context, day string) (int, error) {
	if x.retention <= 0 {
		return 0, nil
	}
	where := store.Or(store.Field("entry.entry_year").Le(x.retention.LastEntryYear(day)), store.Field("entry.change").Eq(string(partnership.RowGone)))
	done := 0
	for after := ""; ; {
		page, next, err := x.students.Page(ctx, store.Query{Where: where, After: after, Limit: runLength})
		if err != nil {
			return done, fmt.Errorf("students whose time is over: %w", err)
		}
		var due []partnership.Student
		for i := range page {
			if x.retention.Due(&page[i], day) {
				due = append(due, page[i])
			}
		}
		if err := x.eraseStudents(ctx, due); err != nil {
			return done, err
		}
		done += len(due)
		if after = next; after == "" {
			return done, nil
		}
	}
}

// eraseStudents erases them: what refers to them first, they themselves last, so that a run
// that was cut off is done again.
func (x *Exchange) eraseStudents(ctx context.Context, students []partnership.Student) error {
	if len(students) == 0 {
		return nil
	}
	var ids []string
	byNumber := map[string]map[string]string{} // school to number to id
	for i := range students {
		s := &students[i]
		ids = append(ids, s.ID)
		if byNumber[s.School] == nil {
			byNumber[s.School] = map[string]string{}
		}
		byNumber[s.School][s.Number] = s.ID
	}
	if err := x.forgetPlacements(ctx, ids); err != nil {
		return err
	}
	if err := x.forgetChoices(ctx, ids); err != nil {
		return err
	}
	for school, numbers := range byNumber {
		if err := x.forgetOutcomes(ctx, school, numbers); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := x.students.Purge(ctx, id); err != nil {
			return fmt.Errorf("erase student: %w", err)
		}
		if err := x.Note(ctx, "erase", "students", id); err != nil {
			return err
		}
	}
	return nil
}

func (x *Exchange) forgetPlacements(ctx context.Context, students []string) error {
	var found []string
	if err := byField(ctx, x.placements, "student", students, func(p *partnership.Placement) { found = append(found, p.ID) }); err != nil {
		return err
	}
	for _, id := range found {
		_, err := x.placements.Edit(store.Derived(ctx), id, func(p *partnership.Placement) error { p.Forget(); return nil })
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return fmt.Errorf("placement of an erased student: %w", err)
		}
	}
	return nil
}

// forgetChoices takes away what students chose in two-way selections, with their numbers.
func (x *Exchange) forgetChoices(ctx context.Context, students []string) error {
	var found []string
	if err := byField(ctx, x.choices, "student", students, func(c *partnership.Choice) { found = append(found, c.ID) }); err != nil {
		return err
	}
	for _, id := range found {
		if err := x.choices.Purge(ctx, id); err != nil {
			return fmt.Errorf("choices of an erased student: %w", err)
		}
	}
	return nil
}

func (x *Exchange) forgetOutcomes(ctx context.Context, school string, numbers map[string]string) error {
	found := map[string]string{}
	for o, err := range x.outcomes.Find(ctx, store.Query{Where: store.Field("school").Eq(school)}) {
		if err != nil {
			return fmt.Errorf("outcomes of erased students: %w", err)
		}
		if id, ok := numbers[o.Student]; ok && o.Student != "" {
			found[o.ID] = id
		}
	}
	for id, student := range found {
		if err := x.dropLinks(ctx, id); err != nil {
			return err
		}
		_, err := x.outcomes.Edit(ctx, id, func(o *partnership.Outcome) error { o.Forget(student); return nil })
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return fmt.Errorf("outcome of an erased student: %w", err)
		}
	}
	return nil
}

// forgetImports clears the problem lists of imports that are long over, and what was kept
// to undo them.
func (x *Exchange) forgetImports(ctx context.Context) (int, error) {
	old := partnership.At(x.now().Add(-reportKept))
	all, err := x.imports.All(ctx, store.Query{Where: store.And(store.Field("_c").Lt(old), store.Field("report").Gt(""))})
	if err != nil {
		return 0, fmt.Errorf("old imports: %w", err)
	}
	for i := range all {
		if _, err := x.imports.Edit(store.Derived(ctx), all[i].ID, func(b *partnership.ImportBatch) error { b.Report = ""; return nil }); err != nil {
			return i, fmt.Errorf("old import %s: %w", all[i].ID, err)
		}
	}
	return len(all), nil
}

// StudentRecord is all that is kept about one student, for the student to have
// (个人信息保护法第四十五条).
type StudentRecord struct {
	Row        map[string]any // by the fields of the roster's table, in full
	Placements []partnership.Placement
	Outcomes   []partnership.Outcome
	Reveals    []partnership.Reveal // who opened which field, and why
	Until      string               // the day after which it is erased; "" if no day is set
}

// StudentRecord returns the record of a student of the actor's school. It asks for a
// reason and is logged like every opening of personal fields.
func (x *Exchange) StudentRecord(ctx context.Context, actor partnership.Actor, id, reason string) (StudentRecord, error) {
	var r StudentRecord
	s, err := x.ownStudent(ctx, actor, id)
	if err != nil {
		return r, err
	}
	if err := x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, School: s.School, Student: s.ID, Number: s.Number,
		Field: FieldRecord, Reason: reason}); err != nil {
		return r, err
	}
	if r.Row, err = x.exportRow(&s, true); err != nil {
		return r, err
	}
	if r.Placements, err = x.placements.All(ctx, store.Query{Where: store.Field("student").Eq(s.ID), Sort: []store.Sort{store.Asc("_c")}}); err != nil {
		return r, fmt.Errorf("placements of a student: %w", err)
	}
	if r.Outcomes, err = x.outcomes.All(ctx, store.Query{Where: store.And(store.Field("school").Eq(s.School), store.Field("student").Eq(s.Number))}); err != nil {
		return r, fmt.Errorf("outcomes of a student: %w", err)
	}
	if r.Reveals, err = x.reveals.All(ctx, store.Query{Where: store.And(store.Field("school").Eq(s.School), store.Field("student").Eq(s.ID)), Sort: []store.Sort{store.Asc("at")}}); err != nil {
		return r, fmt.Errorf("reveals of a student: %w", err)
	}
	r.Until = x.retention.Until(&s)
	return r, nil
}
