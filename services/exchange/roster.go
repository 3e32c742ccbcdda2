package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// rosterWords are the users' words for the fields of a roster that may change.
var rosterWords = map[string]string{"class": "班级", "major": "专业", "entry_year": "入学年份", "birth_date": "出生日期", "sex": "性别", "residence": "常住区县",
	"priority": "家庭经济困难", "fit": "校医意见", FieldName: "姓名", FieldIDNumber: "身份证号", FieldPhone: "联系电话", FieldGuardian: "监护人姓名", FieldGuardianPhone: "监护人电话"}

// studentIntake takes in a school's roster. Students are told by school and number; those
// of a class in the file who are not in it are marked as gone, not deleted.
type studentIntake struct {
	x       *Exchange
	batch   string // of the import under way, so that a run written before is known
	names   *importNames
	given   string // the school, where the file has no school column
	sealer  *store.Sealer
	cohorts map[string]map[string]partnership.Cohort // by school and name
	numbers map[string]string                        // number by school and blind index of the ID number, of the rows so far
	seen    map[string]bool                          // ids of the students in the file
	classes map[string]bool                          // ids of the cohorts in the file
	unsure  bool                                     // a row does not even tell whose it is: nobody can be called gone
}

func (x *Exchange) newStudentIntake(names *importNames, school, batch string) (*studentIntake, error) {
	s, err := x.seals()
	return &studentIntake{x: x, batch: batch, names: names, given: school, sealer: s, cohorts: map[string]map[string]partnership.Cohort{},
		numbers: map[string]string{}, seen: map[string]bool{}, classes: map[string]bool{}}, err
}

func (in *studentIntake) cohort(ctx context.Context, school, name string) (c partnership.Cohort, ok bool, err error) {
	byName, ok := in.cohorts[school]
	if !ok {
		byName = map[string]partnership.Cohort{}
		for c, err := range in.x.cohorts.Find(ctx, store.Query{Where: store.Field("school").Eq(school)}) {
			if err != nil {
				return c, false, fmt.Errorf("cohorts of the roster: %w", err)
			}
			byName[c.Name] = c
		}
		in.cohorts[school] = byName
	}
	c, ok = byName[name]
	return c, ok, nil
}

func (in *studentIntake) take(ctx context.Context, rows []sheets.Row, bad badCell) ([]change, error) {
	now := make([]*partnership.Student, len(rows))
	var ids, keys []string
	for i, r := range rows {
		s, err := in.read(ctx, r, func(field, what, allowed string) { bad(i, field, what, allowed) })
		if err != nil {
			return nil, err
		}
		if now[i] = s; s != nil {
			ids = append(ids, s.ID)
			if s.Entry.IDKey != "" {
				keys = append(keys, s.Entry.IDKey)
			}
		}
	}
	known := map[string]partnership.Student{}
	if err := byField(ctx, in.x.students, "_id", ids, func(s *partnership.Student) { known[s.ID] = *s }); err != nil {
		return nil, err
	}
	held := map[string][]string{} // numbers of other students with the same ID number, by school and key
	err := byField(ctx, in.x.students, "entry.id_key", keys, func(s *partnership.Student) {
		held[s.School+s.Entry.IDKey] = append(held[s.School+s.Entry.IDKey], s.Number)
	})
	if err != nil {
		return nil, err
	}
	var out []change
	for i, s := range now {
		if s == nil {
			in.lost(ctx, rows[i])
			continue
		}
		in.seen[s.ID] = true
		if in.twice(s, held, func(field, what, allowed string) { bad(i, field, what, allowed) }) {
			continue
		}
		in.classes[s.Entry.Cohort] = true
		c := change{row: i, name: s.Number + " " + partnership.MaskName(rows[i].Text(FieldName))}
		old, there := known[s.ID]
		if err := in.compare(&c, &old, s, there); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// read is a row as a student, nil after calling bad.
func (in *studentIntake) read(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (*partnership.Student, error) {
	school, ok := in.names.school(in.given, r, bad)
	if !ok {
		return nil, nil
	}
	cohort, ok, err := in.cohort(ctx, school, r.Text("class"))
	if err != nil {
		return nil, err
	}
	if !ok {
		bad("class", "本校没有登记“"+r.Text("class")+"”这个班级批次", "先登记或导入班级批次，或改成已登记的名称")
		return nil, nil
	}
	if id := r.Text(FieldIDNumber); len(id) == 18 && r.Has("birth_date") && bornBy(id) != r.Text("birth_date") {
		bad("birth_date", "出生日期与身份证号里的不一致", "以身份证为准改正")
		return nil, nil
	}
	s := in.student(school, r, &cohort)
	return &s, nil
}

// bornBy is the birth date inside an ID number of 18 characters.
func bornBy(id string) string { return id[6:10] + "-" + id[10:12] + "-" + id[12:14] }

// twice reports an ID number that another student of the school has, in the file or stored.
func (in *studentIntake) twice(s *partnership.Student, held map[string][]string, bad func(field, what, allowed string)) bool {
	key := s.School + s.Entry.IDKey
	if s.Entry.IDKey == "" {
		return false
	}
	others := held[key]
	if n := in.numbers[key]; n != "" {
		others = append(slices.Clone(others), n)
	}
	for _, other := range others {
		if other != s.Number {
			bad(FieldIDNumber, "与学号 "+other+" 的学生身份证号相同", "核对后改正其中一个")
			return true
		}
	}
	in.numbers[key] = s.Number
	return false
}

// student is the row as a document with its personal fields sealed.
func (in *studentIntake) student(school string, r sheets.Row, c *partnership.Cohort) partnership.Student {
	s := partnership.Student{School: school, Number: r.Text("student_no")}
	s.ID = studentID(school, s.Number)
	e := &s.Entry
	*e = partnership.RosterEntry{Cohort: c.ID, CohortName: c.Name, Major: c.Major, MajorName: c.MajorName, EntryYear: c.EntryYear,
		Birth: r.Text("birth_date"), Sex: r.Text("sex"), Residence: r.Text("residence"), Priority: r.Bool("priority"),
		IDKey: in.sealer.Blind(FieldIDNumber, r.Text(FieldIDNumber)), NameKey: in.sealer.Blind(FieldName, r.Text(FieldName))}
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
		e.Birth = bornBy(id)
	}
	for field := range personalWords {
		*sealedField(e, field) = in.sealer.Seal(sealedPlace(s.ID, field), r.Text(field))
	}
	return s
}

// studentChange is what an import writes of one student: a new one, or an entry in place
// of the present one.
type studentChange struct {
	fresh *partnership.Student
	id    string
	entry partnership.RosterEntry
	keep  bool // the present entry is kept for undo
}

// compare says what a row's student is against the one stored.
func (in *studentIntake) compare(c *change, old, now *partnership.Student, there bool) error {
	if !there {
		now.Entry.Change = partnership.RowNew
		c.what, c.doc = partnership.RowNew, studentChange{fresh: now}
		return nil
	}
	fields, err := in.differences(old, now)
	if err != nil {
		return err
	}
	if len(fields) > 0 || old.Entry.Change == partnership.RowGone {
		now.Entry.Change, now.Entry.Changed = partnership.RowChanged, fields
		c.what, c.doc = partnership.RowChanged, studentChange{id: now.ID, entry: now.Entry, keep: true}
		for _, f := range fields {
			c.fields = append(c.fields, rosterWords[f])
		}
		return nil
	}
	c.what = partnership.RowUnchanged
	if e := old.Entry; e.Change != partnership.RowUnchanged && (in.batch == "" || e.Batch != in.batch) {
		e.Change, e.Changed = partnership.RowUnchanged, nil
		c.doc = studentChange{id: now.ID, entry: e}
	}
	return nil
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

func (in *studentIntake) lost(_ context.Context, r sheets.Row) {
	school, ok := in.names.school(in.given, r, func(string, string, string) {})
	if !ok || !r.Has("student_no") {
		in.unsure = true
		return
	}
	in.seen[studentID(school, r.Text("student_no"))] = true
}

// rest marks the students of the classes in the file who are not in it.
func (in *studentIntake) rest(ctx context.Context, each func([]change) error) error {
	if in.unsure {
		return nil
	}
	var run []change
	for class := range in.classes {
		for s, err := range in.x.students.Find(ctx, store.Query{Where: store.Field("entry.cohort").Eq(class)}) {
			if err != nil {
				return fmt.Errorf("students of the class: %w", err)
			}
			if in.seen[s.ID] || s.Entry.Change == partnership.RowGone {
				continue
			}
			name, err := in.sealer.Open(sealedPlace(s.ID, FieldName), s.Entry.Name)
			if err != nil {
				return err
			}
			e := s.Entry
			e.Change, e.Changed = partnership.RowGone, nil
			run = append(run, change{what: partnership.RowGone, name: s.Number + " " + partnership.MaskName(name), doc: studentChange{id: s.ID, entry: e, keep: true}})
			if len(run) == runLength {
				if err := each(run); err != nil {
					return err
				}
				run = nil
			}
		}
	}
	if len(run) == 0 {
		return nil
	}
	return each(run)
}

func (in *studentIntake) write(ctx context.Context, batch string, run []change, bad badCell) error {
	var fresh []partnership.Student
	var edits []studentChange
	var rows []int // of the edits
	for i := range run {
		c, ok := run[i].doc.(studentChange)
		switch {
		case !ok: // unchanged
		case c.fresh != nil:
			c.fresh.Since, c.fresh.Entry.Batch = batch, batch
			fresh = append(fresh, *c.fresh)
		default:
			if c.keep {
				c.entry.Batch = batch
			}
			edits, rows = append(edits, c), append(rows, run[i].row)
		}
	}
	if err := in.x.students.InsertMany(ctx, fresh); err != nil {
		return err
	}
	gone := make([]bool, len(edits))
	err := inParallel(len(edits), func(i int) error {
		_, err := in.x.students.Edit(ctx, edits[i].id, func(s *partnership.Student) error {
			if edits[i].keep && s.Entry.Batch != batch {
				before := s.Entry
				s.Before = &before
			}
			s.Entry = edits[i].entry
			return nil
		})
		if gone[i] = errors.Is(err, partnership.ErrNotFound); gone[i] {
			return nil
		}
		return err
	})
	for i := range gone {
		if gone[i] {
			bad(rows[i], "student_no", goneSince, checkAgain)
		}
	}
	return err
}

func (in *studentIntake) done(context.Context) error { return nil }

// runs hands on the students that an import wrote, a run at a time.
func (in *studentIntake) runs(ctx context.Context, batch string, each func([]partnership.Student) error) error {
	after := ""
	for {
		run, next, err := in.x.students.Page(ctx, store.Query{Where: store.Field("entry.batch").Eq(batch), After: after, Limit: runLength})
		if err != nil {
			return err
		}
		if err := each(run); err != nil {
			return err
		}
		if after = next; after == "" {
			return nil
		}
	}
}

// mayUndo: it is refused while a new student is named for an offer, or a later import has
// changed any of them.
func (in *studentIntake) mayUndo(ctx context.Context, batch string) error {
	later, err := in.x.students.Count(ctx, store.Or(store.Field("before.batch").Eq(batch), store.And(store.Field("since").Eq(batch), store.Field("entry.batch").Ne(batch))))
	if err != nil {
		return err
	}
	if later > 0 {
		return partnership.Refuse(partnership.ErrConflict, "其中 %d 名学生后来又被导入改过，请先撤销后面的批次", later)
	}
	total, used := 0, int64(0)
	err = in.runs(ctx, batch, func(run []partnership.Student) error {
		total += len(run)
		var fresh []string
		for i := range run {
			switch {
			case run[i].Since == batch:
				fresh = append(fresh, run[i].ID)
			case run[i].Before == nil:
				return partnership.Refuse(partnership.ErrConflict, "这一批之前的内容已不再保留，不能撤销；请改正名册后重新导入")
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		for i := range run {
			if run[i].Since == batch && run[i].Class != "" {
				return in.inClass(ctx, &run[i])
			}
		}
		n, err := in.x.placements.Count(ctx, store.Field("student").In(fresh))
		used += n
		return err
	})
	switch {
	case err != nil:
		return err
	case total == 0:
		return partnership.Refuse(partnership.ErrNotFound, "没有这个导入批次，或者已经撤销")
	case used > 0:
		return partnership.Refuse(partnership.ErrConflict, "这批导入的学生里有 %d 名已经被安排岗位，不能整批撤销；请改正名册后重新导入", used)
	}
	return nil
}

// inClass refuses to take a student back who is in an order class: the class counts on the
// seat, and the company was told. Which class is named, so that the student can leave it first.
func (in *studentIntake) inClass(ctx context.Context, s *partnership.Student) error {
	name := "订单班"
	if o, err := in.x.classes.Get(ctx, s.Class); err == nil {
		name = "“" + o.Name + "”"
	} else if !errors.Is(err, partnership.ErrNotFound) {
		return err
	}
	return partnership.Refuse(partnership.ErrConflict, "学号 %s 已在%s里，不能整批撤销；请先在订单班页面登记退出，再撤销", s.Number, name)
}

// undo: new students go, changed ones and those marked as gone are as before.
func (in *studentIntake) undo(ctx context.Context, batch string) error {
	return in.runs(ctx, batch, func(run []partnership.Student) error {
		return inParallel(len(run), func(i int) error { return in.x.undoEntry(ctx, &run[i], batch) })
	})
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
	if errors.Is(err, partnership.ErrNotFound) {
		return nil
	}
	return movedIsFine(err)
}

// RosterStatus counts the students of the actor's school by what the last import of
// their class changed.
func (x *Exchange) RosterStatus(ctx context.Context, actor partnership.Actor) (partnership.RowChanges, error) {
	var c partnership.RowChanges
	if actor.Role != partnership.RoleSchool {
		return c, partnership.Refuse(partnership.ErrForbidden, "学生名册只有学校自己能看")
	}
	rows, err := x.students.Group(ctx, store.Field("school").Eq(actor.Party), []string{"entry.change"})
	if err != nil {
		return c, err
	}
	at := map[partnership.RowChange]*int{partnership.RowNew: &c.New, partnership.RowChanged: &c.Changed, partnership.RowGone: &c.Gone, partnership.RowUnchanged: &c.Unchanged}
	for _, r := range rows {
		if n := at[partnership.RowChange(r.Text(0))]; n != nil {
			*n = int(r.Count)
		}
	}
	return c, nil
}

// cohortStudents are the students of a cohort, by number.
func (x *Exchange) cohortStudents(ctx context.Context, cohort string) ([]partnership.Student, error) {
	return x.students.All(ctx, store.Query{Where: store.Field("entry.cohort").Eq(cohort), Sort: []store.Sort{store.Asc("number")}})
}
