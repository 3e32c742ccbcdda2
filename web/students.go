package web

import (
	"errors"
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// studentRoutes are the pages of a school's roster. Whoever opens a personal field says
// why; what was opened is on that one answer only.
func (s *Site) studentRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	mine := access{roles: schools}
	return []route{
		{get, "/students", mine, s.students},
		{post, "/students/export", mine, s.exportStudents},
		{get, "/students/:id", mine, s.student},
		{post, "/students/:id/reveal", mine, s.revealStudent},
		{post, "/students/:id/record", mine, s.studentRecord},
		{post, "/students/:id/erase", mine, s.eraseStudent},
		{get, "/reveals", access{roles: []partnership.Role{partnership.RoleSchool, partnership.RoleOperator}}, s.reveals},
	}
}

type studentsPage struct {
	page
	List    cursorList
	Selects []field
	Rows    []studentRow
	Changes []countRow // what the last imports changed, each opens its rows
	Kept    []pair     // the filters, carried into the export
	Formats []option
	Narrow  bool
}

type studentRow struct {
	URL, Number, Name, About, Class, Major, Phone string
	Change                                        mark
	Changed                                       string
	Placed                                        string
	Green                                         bool
}

func rosterMark(c partnership.RowChange) mark {
	tones := map[partnership.RowChange]string{partnership.RowNew: "info", partnership.RowChanged: "warn", partnership.RowGone: "bad"}
	return mark{c.Words(), tones[c]}
}

func studentURL(id string) string { return "/students/" + url.PathEscape(id) }

func studentRowOf(r *exchange.StudentRow) studentRow {
	row := studentRow{URL: studentURL(r.ID), Number: r.Number, Name: r.Name, Class: r.CohortName, Major: orDash(r.MajorName), Phone: orDash(r.Phone),
		About: orDash(joinWords("，", r.Sex, ageWords(r.Age))), Changed: joinWords("、", r.Changed...), Green: r.Priority}
	if r.Change != partnership.RowUnchanged {
		row.Change = rosterMark(r.Change)
	}
	if r.Held != "" {
		row.Placed = "已有岗位"
	}
	return row
}

func ageWords(age int) string {
	if age < 0 {
		return ""
	}
	return plain(age) + " 岁"
}

// rosterQuery reads the filters of the roster from an address or a form.
func rosterQuery(values url.Values) exchange.RosterQuery {
	q := exchange.RosterQuery{Cohort: values.Get("cohort"), Change: partnership.RowChange(values.Get("change")), Green: values.Get("green") != ""}
	q.Text, q.State, q.After, q.Limit = values.Get("q"), values.Get("state"), values.Get("after"), 50
	return q
}

var rosterFilters = []string{"q", "cohort", "change", "state", "green"}

func (s *Site) students(v *visit) error {
	values := v.Request.URL.Query()
	q := rosterQuery(values)
	rows, next, err := s.exchange.Students(v.ctx(), v.actor, q)
	if err != nil {
		return err
	}
	p := &studentsPage{page: page{Title: "学生名册", Crumbs: []link{{Label: "学生名册"}}}, Formats: exportFormats()}
	p.List = cursorList{Path: "/students", Label: "学号、姓名或身份证号", Placeholder: "学号开头，或完整的姓名、身份证号", Query: q.Text}
	kept := url.Values{}
	for _, name := range rosterFilters {
		if text := values.Get(name); text != "" {
			kept.Set(name, text)
			p.Kept = append(p.Kept, pair{name, text})
		}
	}
	p.Narrow = len(p.Kept) > 0
	p.List.follow(kept, q.After, next)
	if p.Selects, err = s.rosterSelects(v, &q); err != nil {
		return err
	}
	for i := range rows {
		p.Rows = append(p.Rows, studentRowOf(&rows[i]))
	}
	changes, err := s.exchange.RosterStatus(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		kind partnership.RowChange
		n    int
	}{{partnership.RowNew, changes.New}, {partnership.RowChanged, changes.Changed}, {partnership.RowGone, changes.Gone}, {partnership.RowUnchanged, changes.Unchanged}} {
		p.Changes = append(p.Changes, countRow{"/students?change=" + string(c.kind), c.kind.Words(), number(c.n)})
	}
	return s.render(v, http.StatusOK, "students", p)
}

// rosterSelects are the filters beside the search box.
func (s *Site) rosterSelects(v *visit, q *exchange.RosterQuery) ([]field, error) {
	classes := []option{{Label: "全部班级"}}
	for after := ""; ; {
		page, next, err := s.exchange.Cohorts(v.ctx(), v.actor, exchange.List{After: after, Limit: 100})
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			classes = append(classes, option{Value: c.ID, Label: c.Name})
		}
		if after = next; after == "" {
			break
		}
	}
	changes := []option{{Label: "全部"}}
	for _, c := range []partnership.RowChange{partnership.RowNew, partnership.RowChanged, partnership.RowGone, partnership.RowUnchanged} {
		changes = append(changes, option{Value: string(c), Label: c.Words()})
	}
	return []field{
		{Name: "cohort", Label: "班级", Options: choose(classes, q.Cohort)},
		{Name: "change", Label: "上次导入", Options: choose(changes, string(q.Change))},
		{Name: "state", Label: "岗位", Options: choose([]option{{Label: "全部"}, {Value: exchange.RosterFree, Label: "还没有岗位"}, {Value: exchange.RosterHeld, Label: "已有岗位"}}, q.State)},
		{Name: "green", Label: "绿色通道", Options: choose([]option{{Label: "全部"}, {Value: "1", Label: "家庭经济困难，优先"}}, yesNo(q.Green, "1", ""))},
	}, nil
}

func exportFormats() []option {
	return []option{{Value: string(sheets.XLSX), Label: "Excel（.xlsx）"}, {Value: string(sheets.CSV), Label: "CSV（UTF-8）"}, {Value: string(sheets.GB18030), Label: "CSV（GB18030）"}}
}

// exportStudents sends the roster as filtered. It is a form, not a link: it asks for a
// reason, and the log has it before the first row leaves.
func (s *Site) exportStudents(v *visit) error {
	f := v.Request.PostForm
	format, err := sheets.ParseFormat(f.Get("format"))
	if err != nil {
		return err
	}
	kind, _ := sheets.KindOf("students")
	full := f.Get("full") != ""
	rows, err := s.exchange.ExportStudents(v.ctx(), v.actor, rosterQuery(f), full, f.Get("reason"))
	if err != nil {
		return err
	}
	return s.sendRows(v, format, kind, true, rows)
}

type studentPage struct {
	page
	Row      studentRow
	Facts    []fact
	Personal []personalRow
	Reveal   string // where the form goes
	Self     string // the student's own address
	Reason   string
	Whole    []string // why a reveal was refused
}

// personalRow is one sealed field: masked, or as opened on this answer.
type personalRow struct {
	Field, Name, Text string
	Can, Open         bool
}

func (s *Site) student(v *visit) error { return s.showStudent(v, http.StatusOK, "", "", nil) }

func (s *Site) showStudent(v *visit, status int, opened, text string, refused error) error {
	r, err := s.exchange.Student(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	p := &studentPage{page: page{Title: r.Number + " " + r.Name, Crumbs: []link{{URL: "/students", Label: "学生名册"}, {Label: r.Number}}},
		Row: studentRowOf(&r), Self: studentURL(r.ID), Reveal: studentURL(r.ID) + "/reveal", Reason: v.PostForm("reason"), Personal: personalRows(&r, opened, text)}
	p.Facts = []fact{{"学号", r.Number}, {"班级", r.CohortName}, {"专业", joinWords(" ", r.MajorName, r.Major)}, {"入学年份", yesNo(r.EntryYear > 0, plain(r.EntryYear)+" 年", "未填写")}, {"性别和年龄", p.Row.About},
		{"常住区县", orDash(s.countyName(r.Residence))}, {"绿色通道", yesNo(r.Priority, "家庭经济困难，优先安排", "否")}, {"上次导入", joinWords("：", r.Change.Words(), p.Row.Changed)}}
	var bad partnership.Invalid
	if errors.As(refused, &bad) {
		for _, name := range sortedKeys(bad) {
			p.Whole = append(p.Whole, bad[name]...)
		}
	} else if refused != nil {
		p.Whole = []string{explain(refused).Detail}
	}
	return s.render(v, status, "student", p)
}

func personalRows(r *exchange.StudentRow, opened, text string) []personalRow {
	var out []personalRow
	for _, f := range []struct{ field, text string }{{exchange.FieldName, r.Name}, {exchange.FieldIDNumber, r.IDNumber}, {exchange.FieldPhone, r.Phone},
		{exchange.FieldGuardian, r.Guardian}, {exchange.FieldGuardianPhone, r.GuardianPhone}} {
		row := personalRow{Field: f.field, Name: exchange.PersonalWords(f.field), Text: orDash(f.text)}
		for _, can := range r.Reveals {
			row.Can = row.Can || can == f.field
		}
		if f.field == opened {
			row.Text, row.Open = text, true
		}
		if row.Can || r.Number != "" && row.Text != "—" {
			out = append(out, row)
		}
	}
	return out
}

// revealStudent opens one field for this one answer.
func (s *Site) revealStudent(v *visit) error {
	field := v.PostForm("field")
	text, err := s.exchange.Reveal(v.ctx(), v.actor, v.Param("id"), field, v.PostForm("reason"))
	switch {
	case errors.As(err, new(partnership.Invalid)):
		return s.showStudent(v, http.StatusUnprocessableEntity, "", "", err)
	case err != nil:
		return err
	}
	return s.showStudent(v, http.StatusOK, field, text, nil)
}

type revealsPage struct {
	page
	List cursorList
	Rows []revealRow
}

type revealRow struct{ At, Who, What, Whose, URL, Reason string }

// reveals is the log of who opened which personal fields and why.
func (s *Site) reveals(v *visit) error {
	list, ask := readCursor(v, "/reveals")
	ask.State = ""
	found, next, err := s.exchange.Reveals(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.pages(ask, next)
	p := &revealsPage{page: page{Title: "个人信息查看记录", Crumbs: []link{{URL: "/students", Label: "学生名册"}, {Label: "查看记录"}}}, List: list}
	if v.actor.Role != partnership.RoleSchool {
		p.Crumbs = p.Crumbs[1:]
	}
	for _, r := range found {
		row := revealRowOf(&r)
		if v.actor.Role != partnership.RoleSchool {
			row.URL = ""
		}
		p.Rows = append(p.Rows, row)
	}
	return s.render(v, http.StatusOK, "reveals", p)
}
