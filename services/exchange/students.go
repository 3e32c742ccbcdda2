package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
)

var errNoStudent = partnership.Refuse(partnership.ErrNotFound, "没有这名学生，或者您无权查看。请从学生名册重新打开")

// The personal fields of a student, as Reveal takes them.
const (
	FieldName          = "name"
	FieldIDNumber      = "id_number"
	FieldPhone         = "phone"
	FieldGuardian      = "guardian"
	FieldGuardianPhone = "guardian_phone"
)

// What the log of reveals writes for an export of the roster, masked or in full.
const (
	FieldExport     = "export"
	FieldExportFull = "export_full"
	FieldExportRows = "export_rows" // the rows behind a figure, masked
)

var personalWords = map[string]string{FieldName: "姓名", FieldIDNumber: "身份证号", FieldPhone: "联系电话", FieldGuardian: "监护人姓名", FieldGuardianPhone: "监护人电话"}

// PersonalWords gives a personal field, or an export, in the users' language.
func PersonalWords(field string) string {
	switch field {
	case FieldExport:
		return "导出名册（已遮盖）"
	case FieldExportFull:
		return "导出名册（完整信息）"
	case FieldExportRows:
		return "导出指标背后的记录（已遮盖）"
	case FieldErase:
		return "删除个人信息"
	case FieldLinks:
		return "生成毕业生确认链接"
	case FieldContactPhone:
		return "账号的联系电话"
	case FieldContacts:
		return "导出未送达消息（完整电话）"
	case FieldRecord:
		return "导出本人的全部记录"
	}
	return personalWords[field]
}

// StudentRow is a student as lists show one: personal fields masked. What the actor may
// not see is empty; a company before consent sees surname, major and skills only.
type StudentRow struct {
	ID            string
	Number        string
	Name          string // 张*
	IDNumber      string // 5002**********123X
	Phone         string // 138****5678
	Guardian      string
	GuardianPhone string
	Cohort        string
	CohortName    string
	Major         string
	MajorName     string
	Skills        []string
	EntryYear     int
	Age           int // today, full years; -1 if the birth date is not known
	Sex           string
	Priority      bool
	Residence     string
	Change        partnership.RowChange
	Changed       []string // what the last import changed, in the users' words
	Held          string   // placement that the student accepted
	Reveals       []string // personal fields that the actor may have opened
}

// studentID is the id of a student document: the same school and number, the same id.
func studentID(school, number string) string { return partnership.StudentID(school, number) }

// studentOf is the id of the student of an outcome, "" if it names none.
func studentOf(o *partnership.Outcome) string {
	if o.Student == "" {
		return o.Pseudonym
	}
	return studentID(o.School, o.Student)
}

// derivedID is an id that follows from two texts: made again, it is the same.
func derivedID(a, b string) string {
	sum := sha256.Sum256([]byte(a + "\x00" + b))
	return hex.EncodeToString(sum[:12])
}

// place is where a sealed field of a student belongs.
func sealedPlace(student, field string) string { return "students/" + student + "/" + field }

// sealedField is the field of an entry by its name.
func sealedField(e *partnership.RosterEntry, field string) *partnership.Sealed {
	return map[string]*partnership.Sealed{FieldName: &e.Name, FieldIDNumber: &e.IDNumber, FieldPhone: &e.Phone,
		FieldGuardian: &e.Guardian, FieldGuardianPhone: &e.GuardianPhone}[field]
}

// personal opens one field of a student. The caller masks it, or has logged the reveal.
func (x *Exchange) personal(s *partnership.Student, field string) (string, error) {
	sealer, err := x.seals()
	if err != nil {
		return "", err
	}
	return sealer.Open(sealedPlace(s.ID, field), *sealedField(&s.Entry, field))
}

// masked is the row of a student for its own school.
func (x *Exchange) masked(s *partnership.Student) (StudentRow, error) {
	e := &s.Entry
	row := StudentRow{ID: s.ID, Number: s.Number, Cohort: e.Cohort, CohortName: e.CohortName, Major: e.Major, MajorName: e.MajorName,
		EntryYear: e.EntryYear, Age: regulation.AgeOn(e.Birth, x.today()), Sex: e.Sex, Priority: e.Priority, Residence: e.Residence,
		Change: e.Change, Held: s.Held}
	for _, f := range e.Changed {
		row.Changed = append(row.Changed, rosterWords[f])
	}
	for _, f := range []struct {
		field string
		to    *string
		mask  func(string) string
	}{{FieldName, &row.Name, partnership.MaskName}, {FieldIDNumber, &row.IDNumber, partnership.MaskID}, {FieldPhone, &row.Phone, partnership.MaskPhone},
		{FieldGuardian, &row.Guardian, partnership.MaskName}, {FieldGuardianPhone, &row.GuardianPhone, partnership.MaskPhone}} {
		text, err := x.personal(s, f.field)
		if err != nil {
			return row, err
		}
		if *f.to = f.mask(text); text != "" {
			row.Reveals = append(row.Reveals, f.field)
		}
	}
	return row, nil
}

// forCompany is the row that the company of a placement sees: before consent surname,
// major and skills, afterwards number, sex, age and the masked phone too.
func (x *Exchange) forCompany(s *partnership.Student, consented bool) (StudentRow, error) {
	full, err := x.masked(s)
	if err != nil {
		return StudentRow{}, err
	}
	row := StudentRow{ID: s.ID, Name: full.Name, MajorName: full.MajorName, Age: -1}
	if consented {
		row.Number, row.Phone, row.Sex, row.Age, row.CohortName = full.Number, full.Phone, full.Sex, full.Age, full.CohortName
		row.Reveals = []string{FieldName, FieldPhone}
	}
	return row, nil
}

// RosterQuery asks for a page of a school's roster. List.Text is the beginning of a
// student number, a whole name or a whole ID number; List.State is "free" for those who
// may still be placed or "held" for those who have a placement.
type RosterQuery struct {
	List
	Cohort string
	Change partnership.RowChange // only these; empty for all
	Green  bool                  // only the green channel (家庭经济困难 优先)
}

// The states that a roster can be narrowed to.
const (
	RosterFree = "free"
	RosterHeld = "held"
)

// rosterFilter is the query as a filter, within the actor's school.
func (x *Exchange) rosterFilter(actor partnership.Actor, q *RosterQuery) (store.Filter, error) {
	if actor.Role != partnership.RoleSchool {
		return store.Filter{}, partnership.Refuse(partnership.ErrForbidden, "学生名册只有学校自己能看")
	}
	where := []store.Filter{store.Field("school").Eq(actor.Party)}
	if q.Cohort != "" {
		where = append(where, store.Field("entry.cohort").Eq(q.Cohort))
	}
	if q.Change != "" {
		where = append(where, store.Field("entry.change").Eq(string(q.Change)))
	}
	if q.Green {
		where = append(where, store.Field("entry.priority").Eq(true))
	}
	switch q.State {
	case RosterFree:
		where = append(where, store.Not(store.Field("held").Gt("")), store.Field("entry.change").Ne(string(partnership.RowGone)))
	case RosterHeld:
		where = append(where, store.Field("held").Gt(""))
	}
	if text := strings.TrimSpace(q.Text); text != "" {
		sealer, err := x.seals()
		if err != nil {
			return store.Filter{}, err
		}
		where = append(where, store.Or(store.Field("number").Prefix(text), store.Field("entry.name_key").Eq(sealer.Blind(FieldName, text)),
			store.Field("entry.id_key").Eq(sealer.Blind(FieldIDNumber, text))))
	}
	return store.And(where...), nil
}

// Students lists a school's roster by number, masked. Only the school itself has one:
// company and district do not see it.
func (x *Exchange) Students(ctx context.Context, actor partnership.Actor, q RosterQuery) ([]StudentRow, string, error) {
	where, err := x.rosterFilter(actor, &q)
	if err != nil {
		return nil, "", err
	}
	page, next, err := x.students.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("number")}, After: q.After, Limit: q.limit()})
	if err != nil {
		return nil, "", err
	}
	rows := make([]StudentRow, len(page))
	for i := range page {
		if rows[i], err = x.masked(&page[i]); err != nil {
			return nil, "", err
		}
	}
	return rows, next, nil
}

// ExportStudents yields the roster as filtered, for a file: masked, or with personal
// fields in full. Either way it asks for a reason and logs the export before the first row.
func (x *Exchange) ExportStudents(ctx context.Context, actor partnership.Actor, q RosterQuery, full bool, reason string) (iter.Seq2[map[string]any, error], error) {
	where, err := x.rosterFilter(actor, &q)
	if err != nil {
		return nil, err
	}
	n, err := x.students.Count(ctx, where)
	if err != nil {
		return nil, err
	}
	field := FieldExport
	if full {
		field = FieldExportFull
	}
	if err := x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, School: actor.Party, Field: field, Count: int(n), Reason: reason}); err != nil {
		return nil, err
	}
	return func(yield func(map[string]any, error) bool) {
		for s, err := range x.students.Find(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("number")}}) {
			var row map[string]any
			if err == nil {
				row, err = x.exportRow(&s, full)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}, nil
}

// exportRow is a student by the fields of the roster's table.
func (x *Exchange) exportRow(s *partnership.Student, full bool) (map[string]any, error) {
	e := &s.Entry
	row := map[string]any{"student_no": s.Number, "sex": e.Sex, "class": e.CohortName, "major": e.Major, "entry_year": e.EntryYear, "residence": e.Residence, "priority": e.Priority}
	if e.Fit != nil {
		row["fit"] = *e.Fit
	}
	masks := map[string]func(string) string{FieldName: partnership.MaskName, FieldIDNumber: partnership.MaskID, FieldPhone: partnership.MaskPhone,
		FieldGuardian: partnership.MaskName, FieldGuardianPhone: partnership.MaskPhone}
	for field, mask := range masks {
		text, err := x.personal(s, field)
		if err != nil {
			return nil, err
		}
		if !full {
			text = mask(text)
		}
		row[field] = text
	}
	if full {
		row["birth_date"] = e.Birth
	}
	return row, nil
}

// Student returns one student of the actor's school, masked.
func (x *Exchange) Student(ctx context.Context, actor partnership.Actor, id string) (StudentRow, error) {
	s, err := x.ownStudent(ctx, actor, id)
	if err != nil {
		return StudentRow{}, err
	}
	return x.masked(&s)
}

func (x *Exchange) ownStudent(ctx context.Context, actor partnership.Actor, id string) (partnership.Student, error) {
	s, err := x.students.Get(ctx, id)
	if err != nil {
		return s, known(err, errNoStudent)
	}
	if actor.Role != partnership.RoleSchool || !actor.SpeaksFor(s.School) {
		return partnership.Student{}, errNoStudent
	}
	return s, nil
}

// Reveal opens one personal field and logs who opened it and why before it returns: the
// school any field of its students; a company name and phone of the students whose
// placement with it has the consent of student and guardian.
func (x *Exchange) Reveal(ctx context.Context, actor partnership.Actor, student, field, reason string) (string, error) {
	s, err := x.students.Get(ctx, student)
	if err != nil {
		return "", known(err, errNoStudent)
	}
	if err := x.mayReveal(ctx, actor, &s, field); err != nil {
		return "", err
	}
	text, err := x.personal(&s, field)
	if err != nil {
		return "", err
	}
	err = x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, School: s.School, Student: s.ID,
		Number: s.Number, Field: field, Reason: reason})
	if err != nil {
		return "", err
	}
	return text, nil
}

func (x *Exchange) mayReveal(ctx context.Context, actor partnership.Actor, s *partnership.Student, field string) error {
	switch {
	case actor.Role == partnership.RoleSchool && actor.SpeaksFor(s.School):
	case actor.Role == partnership.RoleCompany && actor.Party != "":
		p, err := x.placements.First(ctx, store.Query{Where: store.And(store.Field("student").Eq(s.ID), store.Field("company").Eq(actor.Party),
			store.Field("state").In(holding()))})
		if err != nil {
			return known(err, errNoStudent)
		}
		if !p.Agreement.Consented() || field != FieldName && field != FieldPhone {
			return partnership.Refuse(partnership.ErrForbidden, "学生和监护人知情同意之后，企业只能查看姓名和联系电话")
		}
	default:
		return errNoStudent
	}
	if sealedField(&s.Entry, field) == nil {
		return partnership.Invalid{"field": {"没有这一项，可查看：姓名、身份证号、联系电话、监护人姓名、监护人电话"}}
	}
	return nil
}

// logReveal writes down who opens what and why; a reason too short or too long is Invalid.
func (x *Exchange) logReveal(ctx context.Context, r partnership.Reveal) error {
	r.Reason = strings.TrimSpace(r.Reason)
	if n := utf8.RuneCountInString(r.Reason); n < 2 || n > 200 {
		return partnership.Invalid{"reason": {"请写明原因（2 到 200 个字），会记入日志"}}
	}
	r.At, r.ID = x.stamp(), x.newID()
	if err := x.reveals.Insert(ctx, &r); err != nil {
		return fmt.Errorf("log reveal: %w", err)
	}
	return nil
}

// Reveals lists who opened which personal fields and why, the newest first: the school
// those of its students, the operator all.
func (x *Exchange) Reveals(ctx context.Context, actor partnership.Actor, l List) ([]partnership.Reveal, string, error) {
	var where store.Filter
	switch actor.Role {
	case partnership.RoleSchool:
		where = store.Field("school").Eq(actor.Party)
	case partnership.RoleOperator:
	default:
		return nil, "", partnership.Refuse(partnership.ErrForbidden, "查看记录由学校和平台运维核对")
	}
	return x.reveals.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("at")}, After: l.After, Limit: l.limit()})
}
