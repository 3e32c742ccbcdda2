package exchange

import (
	"context"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// RosterChanges counts what an import of a roster changed.
type RosterChanges struct{ New, Changed, Gone, Unchanged int }

// rosterWords are the users' words for the fields of a roster that may change.
var rosterWords = map[string]string{"class": "班级", "major": "专业", "entry_year": "入学年份", "birth_date": "出生日期", "sex": "性别", "residence": "常住区县",
	"priority": "家庭经济困难", "fit": "校医意见", FieldName: "姓名", FieldIDNumber: "身份证号", FieldPhone: "联系电话", FieldGuardian: "监护人姓名", FieldGuardianPhone: "监护人电话"}

// studentIntake takes in a school's roster. Students are told by school and number; those
// of a class in the file who are not in it are marked as gone, not deleted.
type studentIntake struct {
	x       *Exchange
	names   *importNames
	school  string
	sealer  *store.Sealer
	schools map[string]*schoolRoster
	fresh   []partnership.Student
}

// schoolRoster is what is known of a school before the import.
type schoolRoster struct {
	cohorts  map[string]partnership.Cohort // by name
	students map[string]*partnership.Student
	byKey    map[string]string // number by blind index of the ID number
}

func (x *Exchange) newStudentIntake(names *importNames, school string) (intake, error) {
	s, err := x.seals()
	return &studentIntake{x: x, names: names, school: school, sealer: s, schools: map[string]*schoolRoster{}}, err
}

func (in *studentIntake) roster(ctx context.Context, school string) (*schoolRoster, error) {
	if r, ok := in.schools[school]; ok {
		return r, nil
	}
	r := &schoolRoster{cohorts: map[string]partnership.Cohort{}, students: map[string]*partnership.Student{}, byKey: map[string]string{}}
	mine := store.Query{Where: store.Field("school").Eq(school)}
	for c, err := range in.x.cohorts.Find(ctx, mine) {
		if err != nil {
			return nil, fmt.Errorf("cohorts of the roster: %w", err)
		}
		r.cohorts[c.Name] = c
	}
	for s, err := range in.x.students.Find(ctx, mine) {
		if err != nil {
			return nil, fmt.Errorf("roster: %w", err)
		}
		r.students[s.ID] = &s
		if s.Entry.IDKey != "" {
			r.byKey[s.Entry.IDKey] = s.Number
		}
	}
	in.schools[school] = r
	return r, nil
}

func (in *studentIntake) row(ctx context.Context, r sheets.Row, problem func(field, what, allowed string)) error {
	school, ok := in.names.school(in.school, r, problem)
	if !ok {
		return nil
	}
	roster, err := in.roster(ctx, school)
	if err != nil {
		return err
	}
	cohort, ok := roster.cohorts[r.Text("class")]
	if !ok {
		problem("class", "本校没有登记“"+r.Text("class")+"”这个班级批次", "先登记或导入班级批次，或改成已登记的名称")
		return nil
	}
	if id := r.Text(FieldIDNumber); len(id) == 18 && r.Has("birth_date") {
		if birth := id[6:10] + "-" + id[10:12] + "-" + id[12:14]; birth != r.Text("birth_date") {
			problem("birth_date", "出生日期与身份证号里的不一致", "以身份证为准改正")
			return nil
		}
	}
	key := in.sealer.Blind(FieldIDNumber, r.Text(FieldIDNumber))
	if other, taken := roster.byKey[key]; taken && key != "" && other != r.Text("student_no") {
		problem(FieldIDNumber, "与学号 "+other+" 的学生身份证号相同", "核对后改正其中一个")
		return nil
	}
	if key != "" {
		roster.byKey[key] = r.Text("student_no")
	}
	in.fresh = append(in.fresh, in.student(school, r, &cohort, key))
	return nil
}

// student is the row as a document with its personal fields sealed.
func (in *studentIntake) student(school string, r sheets.Row, c *partnership.Cohort, key string) partnership.Student {
	s := partnership.Student{School: school, Number: r.Text("student_no")}
	s.ID = studentID(school, s.Number)
	e := &s.Entry
	*e = partnership.RosterEntry{Cohort: c.ID, CohortName: c.Name, Major: c.Major, MajorName: c.MajorName, EntryYear: c.EntryYear,
		Birth: r.Text("birth_date"), Sex: r.Text("sex"), Residence: r.Text("residence"), Priority: r.Bool("priority"), IDKey: key,
		NameKey: in.sealer.Blind(FieldName, r.Text(FieldName))}
	if m, ok := in.x.cat().Major(r.Text("major")); ok && m.Code != c.Major {
		e.Major, e.MajorName = m.Code, m.Name
	}
	if r.Has("entry_year") {
		e.EntryYear = r.Count("entry_year")
	}
	if r.Has("fit") {
		fit := r.Bool("fit")
		e.Fit = &fit
	}
	if id := r.Text(FieldIDNumber); len(id) == 18 && e.Birth == "" {
		e.Birth = id[6:10] + "-" + id[10:12] + "-" + id[12:14]
	}
	for field := range personalWords {
		*sealedField(e, field) = in.sealer.Seal(sealedPlace(s.ID, field), r.Text(field))
	}
	return s
}

// differences names the fields in which the new entry differs from the old.
func (in *studentIntake) differences(old, now *partnership.Student) ([]string, error) {
	a, b := &old.Entry, &now.Entry
	var out []string
	for _, f := range []struct {
		field string
		same  bool
	}{{"class", a.Cohort == b.Cohort}, {"major", a.Major == b.Major}, {"entry_year", a.EntryYear == b.EntryYear}, {"birth_date", a.Birth == b.Birth},
		{"sex", a.Sex == b.Sex}, {"residence", a.Residence == b.Residence}, {"priority", a.Priority == b.Priority}, {"fit", sameBool(a.Fit, b.Fit)},
		{FieldIDNumber, a.IDKey == b.IDKey}} {
		if !f.same {
			out = append(out, f.field)
		}
	}
	for _, field := range []string{FieldName, FieldPhone, FieldGuardian, FieldGuardianPhone} {
		was, err := in.sealer.Open(sealedPlace(old.ID, field), *sealedField(a, field))
		if err != nil {
			return nil, err
		}
		is, err := in.sealer.Open(sealedPlace(now.ID, field), *sealedField(b, field))
		if err != nil {
			return nil, err
		}
		if was != is {
			out = append(out, field)
		}
	}
	return out, nil
}

func sameBool(a, b *bool) bool { return a == b || a != nil && b != nil && *a == *b }

// rosterPlan is what an import will write.
type rosterPlan struct {
	RosterChanges
	insert []partnership.Student
	edits  []rosterEdit
}

// rosterEdit is an entry to put in place of the student's present one.
type rosterEdit struct {
	id    string
	entry partnership.RosterEntry
	keep  bool // the present entry is kept for undo
}

// plan compares the file with what is known.
func (in *studentIntake) plan(batch string) (*rosterPlan, error) {
	p := &rosterPlan{}
	seen, classes := map[string]bool{}, map[string]bool{}
	for i := range in.fresh {
		s := &in.fresh[i]
		seen[s.ID], classes[s.Entry.Cohort] = true, true
		s.Entry.Batch = batch
		old, ok := in.schools[s.School].students[s.ID]
		if !ok {
			s.Entry.Change, s.Since = partnership.RosterNew, batch
			p.insert = append(p.insert, *s)
			continue
		}
		fields, err := in.differences(old, s)
		if err != nil {
			return nil, err
		}
		switch {
		case len(fields) > 0 || old.Entry.Change == partnership.RosterGone:
			s.Entry.Change, s.Entry.Changed = partnership.RosterChanged, fields
			p.edits = append(p.edits, rosterEdit{id: s.ID, entry: s.Entry, keep: true})
			p.Changed++
		default:
			p.Unchanged++
			if e := old.Entry; e.Change != partnership.RosterUnchanged {
				e.Change, e.Changed = partnership.RosterUnchanged, nil
				p.edits = append(p.edits, rosterEdit{id: s.ID, entry: e})
			}
		}
	}
	p.New = len(p.insert)
	for _, school := range in.schools {
		for id, old := range school.students {
			if e := old.Entry; !seen[id] && classes[e.Cohort] && e.Change != partnership.RosterGone {
				e.Change, e.Changed, e.Batch = partnership.RosterGone, nil, batch
				p.edits = append(p.edits, rosterEdit{id: id, entry: e, keep: true})
				p.Gone++
			}
		}
	}
	return p, nil
}

func (in *studentIntake) flush(ctx context.Context, report *ImportReport) error {
	p, err := in.plan(report.Batch)
	if err != nil {
		return err
	}
	if err := in.x.students.InsertMany(ctx, p.insert); err != nil {
		return err
	}
	err = inParallel(len(p.edits), func(i int) error {
		edit := &p.edits[i]
		_, err := in.x.students.Edit(ctx, edit.id, func(s *partnership.Student) error {
			if edit.keep {
				before := s.Entry
				s.Before = &before
			}
			s.Entry = edit.entry
			return nil
		})
		return err
	})
	report.Written, report.Roster = len(in.fresh), p.RosterChanges
	return err
}

// UndoRoster takes an import of a roster back: new students go, changed ones and those
// marked as gone are as before. It is refused while a new student is named for an offer
// or a later import has changed any of them.
func (x *Exchange) UndoRoster(ctx context.Context, actor partnership.Actor, batch string) (RosterChanges, error) {
	var done RosterChanges
	if actor.Role != partnership.RoleSchool {
		return done, partnership.Refuse(partnership.ErrForbidden, "学生名册只有学校自己能导入和撤销")
	}
	mine := store.Field("school").Eq(actor.Party)
	students, err := x.students.All(ctx, store.Query{Where: store.And(mine, store.Field("entry.batch").Eq(batch))})
	if err != nil {
		return done, err
	}
	if err := x.mayUndo(ctx, mine, students, batch); err != nil {
		return done, err
	}
	err = inParallel(len(students), func(i int) error { return x.undoEntry(ctx, &students[i], batch) })
	if err != nil {
		return done, fmt.Errorf("undo import %s: %w", batch, err)
	}
	for i := range students {
		switch {
		case students[i].Since == batch:
			done.New++
		case students[i].Entry.Change == partnership.RosterGone:
			done.Gone++
		default:
			done.Changed++
		}
	}
	_, err = x.imports.Edit(ctx, batch, func(b *partnership.ImportBatch) error { b.State = "undone"; return nil })
	return done, err
}

// mayUndo refuses in words what stands in the way of an undo.
func (x *Exchange) mayUndo(ctx context.Context, mine store.Filter, students []partnership.Student, batch string) error {
	later, err := x.students.Count(ctx, store.And(mine, store.Field("before.batch").Eq(batch)))
	switch {
	case err != nil:
		return err
	case later > 0:
		return partnership.Refuse(partnership.ErrConflict, "其中 %d 名学生后来又被导入改过，请先撤销后面的批次", later)
	case len(students) == 0:
		return partnership.Refuse(partnership.ErrNotFound, "没有这个导入批次，或者已经撤销")
	}
	used := 0
	for i := range students {
		if students[i].Since != batch {
			if students[i].Before == nil {
				return partnership.Refuse(partnership.ErrConflict, "这一批之前的内容已不再保留，不能撤销；请改正名册后重新导入")
			}
			continue
		}
		n, err := x.placements.Count(ctx, store.Field("student").Eq(students[i].ID))
		if err != nil {
			return err
		}
		if n > 0 {
			used++
		}
	}
	if used > 0 {
		return partnership.Refuse(partnership.ErrConflict, "这批导入的 %d 名学生已经被安排岗位，不能整批撤销；请改正名册后重新导入", used)
	}
	return nil
}

func (x *Exchange) undoEntry(ctx context.Context, s *partnership.Student, batch string) error {
	if s.Since == batch {
		return x.students.Purge(ctx, s.ID)
	}
	_, err := x.students.Edit(ctx, s.ID, func(s *partnership.Student) error {
		if s.Entry.Batch != batch || s.Before == nil {
			return errMoved
		}
		s.Entry, s.Before = *s.Before, nil
		return nil
	})
	return movedIsFine(err)
}

// RosterStatus counts the students of the actor's school by what the last import of
// their class changed.
func (x *Exchange) RosterStatus(ctx context.Context, actor partnership.Actor) (RosterChanges, error) {
	var c RosterChanges
	if actor.Role != partnership.RoleSchool {
		return c, partnership.Refuse(partnership.ErrForbidden, "学生名册只有学校自己能看")
	}
	rows, err := x.students.Group(ctx, store.Field("school").Eq(actor.Party), []string{"entry.change"})
	if err != nil {
		return c, err
	}
	at := map[string]*int{"new": &c.New, "changed": &c.Changed, "gone": &c.Gone, "unchanged": &c.Unchanged}
	for _, r := range rows {
		if n := at[r.Text(0)]; n != nil {
			*n = int(r.Count)
		}
	}
	return c, nil
}

// cohortStudents are the students of a cohort, by number.
func (x *Exchange) cohortStudents(ctx context.Context, cohort string) ([]partnership.Student, error) {
	return x.students.All(ctx, store.Query{Where: store.Field("entry.cohort").Eq(cohort), Sort: []store.Sort{store.Asc("number")}})
}
