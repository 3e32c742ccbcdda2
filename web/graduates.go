package web

import (
	"net/http"
	"net/url"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// graduateRoutes are where graduates went: recorded by the school, confirmed by company
// and graduate, ruled on by school and district.
func (s *Site) graduateRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	every, school := access{roles: everyRole}, access{roles: schools}
	return []route{
		{get, "/graduates", every, s.graduates},
		{get, "/graduates/new", school, s.graduateForm},
		{post, "/graduates", school, s.saveGraduate},
		{post, "/graduates/links", school, s.graduateLinks},
		{post, "/graduates/export", every, s.exportGraduates},
		{get, "/graduates/:id", every, s.graduate},
		{get, "/graduates/:id/edit", school, s.graduateForm},
		{post, "/graduates/:id/answer", access{roles: companies}, s.answerGraduate},
		{post, "/graduates/:id/rule", access{roles: schoolSide}, s.ruleGraduate},
		{post, "/graduates/:id/link", school, s.linkGraduate},
		{post, "/graduates/:id/reveal", access{roles: parties}, s.revealGraduate},
		{get, "/confirm/:token", access{anyone: true}, s.confirmForm},
		{post, "/confirm/:token", access{anyone: true}, s.confirmByLink},
	}
}

func graduateURL(id string) string { return "/graduates/" + url.PathEscape(id) }

var graduateStates = []option{{Value: exchange.OutcomesUnanswered, Label: "等用人单位确认"}, {Value: exchange.OutcomesDisputed, Label: "有异议"}, {Value: exchange.OutcomesConfirmed, Label: "已确认"}}

type graduatesPage struct {
	page
	List          cursorList
	Rows          []graduateRow
	Year          string
	Total         string
	School, Other bool // the school's own list; that of others
	Kept          []pair
}

type graduateRow struct {
	URL, Who, School, Major, Year, Direction, Employer string
	Company, Graduate, State                           mark
	Sample                                             bool
}

// answerMark is one side's word on an outcome. A company is late with it, a graduate may
// leave it.
func answerMark(a *partnership.OutcomeAnswer, late string) mark {
	switch {
	case a == nil:
		return mark{a.Words(), late}
	case a.Agrees:
		return mark{a.Words(), "good"}
	case a.Open:
		return mark{a.Words(), "bad"}
	}
	return mark{a.Words(), "info"}
}

func graduateRowOf(r *exchange.GraduateRow) graduateRow {
	who := joinWords(" ", r.Student, r.Name)
	if who == "" {
		who = "1 名毕业生"
	}
	company := mark{Words: "平台上没有这家单位"}
	if r.EmployerID != "" || r.ByCompany != nil {
		company = answerMark(r.ByCompany, "warn")
	} else if r.Employer == "" {
		company = mark{Words: "—"}
	}
	return graduateRow{URL: graduateURL(r.ID), Who: who, School: r.SchoolName, Major: r.MajorName, Year: plain(r.Year) + " 届", Direction: r.Direction.Words(), Employer: orDash(r.Employer),
		Company: company, Graduate: answerMark(r.ByGraduate, ""), Sample: r.Sample}
}

// graduateQuery reads the filters of the list from an address or a form.
func graduateQuery(values url.Values) exchange.GraduateQuery {
	f := newForm(values)
	q := exchange.GraduateQuery{Year: f.whole("year")}
	q.Text, q.State, q.After, q.Limit = f.text("q"), f.text("state"), values.Get("after"), 50
	return q
}

func (s *Site) graduates(v *visit) error {
	list, ask := readCursor(v, "/graduates")
	list.Label, list.Placeholder = "查找毕业去向", map[bool]string{true: "学号或用人单位的开头", false: "用人单位的开头"}[v.actor.Role == partnership.RoleSchool]
	q := graduateQuery(v.Request.URL.Query())
	q.State = list.states(ask.State, graduateStates)
	found, next, err := s.exchange.Graduates(v.ctx(), v.actor, q)
	if err != nil {
		return err
	}
	kept := url.Values{}
	for name, value := range map[string]string{"state": q.State, "q": list.Query, "year": v.Query("year")} {
		if value != "" {
			kept.Set(name, value)
		}
	}
	list.follow(kept, q.After, next)
	p := &graduatesPage{page: page{Title: "毕业去向", Crumbs: []link{{Label: "毕业去向"}}}, List: list, Year: v.Query("year"), School: v.actor.Role == partnership.RoleSchool}
	p.Other = !p.School
	for _, name := range sortedKeys(kept) {
		p.Kept = append(p.Kept, pair{name, kept.Get(name)})
	}
	for i := range found {
		p.Rows = append(p.Rows, graduateRowOf(&found[i]))
	}
	return s.render(v, http.StatusOK, "graduates", p)
}

type graduatePage struct {
	page
	Row      graduateRow
	Action   string
	Facts    []fact
	Evidence []string
	Steps    []stepRow
	Refused  []string
	Name     string // opened for this one answer
	Edit     string
	Answer   bool // the company may answer
	Objects  bool // and may object
	Disputed bool
	Rule     bool     // may rule on it
	Choices  []option // directions the district may set
	Link     bool
	Reveal   bool
}

func (s *Site) graduate(v *visit) error { return s.showGraduate(v, http.StatusOK, "", nil) }

func (s *Site) showGraduate(v *visit, status int, name string, refused error) error {
	r, err := s.exchange.Graduate(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	row := graduateRowOf(&r)
	p := &graduatePage{page: page{Title: row.Who + " 的去向", Crumbs: []link{{URL: "/graduates", Label: "毕业去向"}, {Label: row.Who}}}, Row: row, Action: graduateURL(r.ID), Name: name, Evidence: r.Evidence, Disputed: r.Disputed}
	row.State = mark{"已登记", "info"}
	switch {
	case r.Disputed:
		row.State = mark{"有异议，按去向不明计", "bad"}
	case r.Final:
		row.State = mark{"区教委已裁定", "good"}
	case r.ByCompany != nil && r.ByCompany.Agrees || r.ByGraduate != nil && r.ByGraduate.Agrees:
		row.State = mark{"已确认", "good"}
	}
	p.Row = row
	p.Facts = []fact{{"学校", r.SchoolName}, {"届", row.Year}, {"专业", joinWords(" ", r.MajorName, r.Major)}, {"去向", r.Direction.Words() + yesNo(r.Through, "（贯通培养）", "")}, {"用人单位", row.Employer},
		{"职业", orDash(joinWords(" ", s.occupationName(r.Occ), r.Occ))}, {"工作地", orDash(s.countyName(r.Region))}, {"用人单位确认", row.Company.Words}, {"毕业生确认", row.Graduate.Words}}
	if v.actor.Role == partnership.RoleSchool {
		p.Facts = append(p.Facts, fact{"月收入", yuanOrDash(r.PayFen)}, fact{"学校认为", orDash(r.Label)})
	}
	for _, st := range r.Steps {
		p.Steps = append(p.Steps, stepRow{moment(st.At), st.Why, ""})
	}
	if refused != nil {
		f := newForm(nil)
		if !f.refused(refused, nil) {
			return refused
		}
		f.done(nil)
		p.Refused = f.Whole
	}
	switch v.actor.Role {
	case partnership.RoleSchool:
		p.Edit, p.Link, p.Reveal, p.Rule = p.Action+"/edit", r.Student != "", r.Student != "", r.Disputed
	case partnership.RoleCompany:
		p.Answer, p.Objects, p.Reveal = r.ByCompany == nil || !r.ByCompany.Open && !r.Final, !r.Final, true
	case partnership.RoleDistrict, partnership.RoleOperator:
		p.Rule = r.Disputed
		p.Choices = append([]option{{Label: "维持学校的登记"}}, directionOptions()...)
	}
	return s.render(v, status, "graduate", p)
}

func yuanOrDash(fen int64) string {
	if fen == 0 {
		return "—"
	}
	return yuan(fen) + " 元"
}

func directionOptions() []option {
	var out []option
	for _, d := range partnership.Directions() {
		out = append(out, option{Value: string(d), Label: d.Words()})
	}
	return out
}

func (s *Site) graduateForm(v *visit) error {
	values := url.Values{"year": {s.today()[:4]}}
	if id := v.Param("id"); id != "" {
		r, err := s.exchange.Graduate(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		values = url.Values{"student_no": {r.Student}, "year": {plain(r.Year)}, "direction": {string(r.Direction)}, "employer": {r.Employer}, "occupation": {r.Occ}, "industry": {r.Industry}, "region": {r.Region},
			"major": {r.Major}, "label": {r.Label}, "evidence": {strings.Join(r.Evidence, "\n")}, "fixed": {"1"}}
		if r.PayFen > 0 {
			values.Set("pay", strings.ReplaceAll(yuan(r.PayFen), ",", ""))
		}
		if r.Through {
			values.Set("through", "1")
		}
	}
	return s.showGraduateForm(v, http.StatusOK, newForm(values))
}

func (s *Site) showGraduateForm(v *visit, status int, f *form) error {
	p := &formPage{page: page{Title: "登记毕业去向", Crumbs: []link{{URL: "/graduates", Label: "毕业去向"}, {Label: "登记"}}}, Submit: "保存", Cancel: "/graduates",
		Intro: "一名毕业生一条。用人单位在平台上的，会请它确认；毕业生用学校给的链接确认。实习、见习不算就业。"}
	f.Action = "/graduates"
	f.done([]section{
		{Legend: "毕业生", Fields: []field{
			f.field("student_no", "学号", field{Required: true, Width: 4, Hint: "名册里有的，专业和班级自动带出"}),
			f.field("year", "毕业年份", field{Kind: "number", Required: true, Width: 4}),
			f.field("major", "专业代码", field{Width: 4, Hint: "空着则按名册"}),
		}},
		{Legend: "去向", Fields: []field{
			f.field("direction", "去向", field{Kind: "select", Required: true, Width: 4, Options: append([]option{{Label: "请选择"}}, directionOptions()...)}),
			f.field("employer", "用人单位全称", field{Width: 8, Hint: "就业必填"}),
			f.field("through", "贯通培养升学（3+2、3+4、五年制）", field{Kind: "check", Width: 4}),
			f.field("occupation", "职业", field{Width: 4, Hint: "名称或代码，用来判断是否对口"}),
			f.field("industry", "行业", field{Width: 4, Hint: "空着则按企业登记的行业"}),
			f.field("region", "工作地", field{Kind: "select", Width: 4, Options: append([]option{{Label: "按用人单位所在地"}}, s.counties(v)...)}),
			f.field("pay", "月收入", field{Kind: "number", Width: 4, Unit: "元", Hint: "首月税前"}),
			f.field("label", "学校认为", field{Kind: "select", Width: 4, Options: []option{{Label: "没有判断"}, {Value: "对口", Label: "对口"}, {Value: "不对口", Label: "不对口"}}}),
		}},
		{Legend: "佐证", Fields: []field{f.field("evidence", "佐证材料和存放处", field{Kind: "textarea", Rows: 3, Width: 12, Hint: "一行一条，如：劳动合同 2027-031，就业办。自主创业、灵活就业必填"})}},
	})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) saveGraduate(v *visit) error {
	f := newForm(v.Request.PostForm)
	d := exchange.OutcomeDraft{Number: f.text("student_no"), Year: f.whole("year"), Direction: partnership.Direction(f.text("direction")), Through: f.on("through"), Employer: f.text("employer"), Region: f.text("region"),
		PayFen: f.fen("pay"), Major: f.text("major"), Label: f.text("label"), Evidence: strings.Split(f.text("evidence"), "\n")}
	var err error
	if d.Occ, err = s.named(v, f, "occupation", exchange.NameOccupation); err != nil {
		return err
	}
	if f.text("industry") != "" {
		d.Industry = s.readIndustry(f)
	}
	if err = f.bad.Err(); err == nil {
		var o partnership.Outcome
		if o, err = s.exchange.SaveOutcome(v.ctx(), v.actor, d); err == nil {
			v.flash("已登记：" + o.Direction.Words() + yesNo(o.EmployerID != "" && o.ByCompany == nil, "，已请用人单位确认", ""))
			return redirectTo(v, graduateURL(o.ID))
		}
	}
	if !f.refused(err, nil) {
		return err
	}
	return s.showGraduateForm(v, explain(err).Status, f)
}

// graduateDone answers a form on the page of an outcome.
func (s *Site) graduateDone(v *visit, err error, said string) error {
	if err != nil {
		if f := newForm(nil); f.refused(err, nil) {
			return s.showGraduate(v, explain(err).Status, "", err)
		}
		return err
	}
	v.flash(said)
	return redirectTo(v, graduateURL(v.Param("id")))
}

func (s *Site) answerGraduate(v *visit) error {
	agrees := v.PostForm("verb") == "confirm"
	_, err := s.exchange.AnswerOutcome(v.ctx(), v.actor, v.Param("id"), agrees, v.PostForm("why"))
	return s.graduateDone(v, err, yesNo(agrees, "已确认", "异议已提出，学校和区教委会看到；处理之前按去向不明计"))
}

func (s *Site) ruleGraduate(v *visit) error {
	_, err := s.exchange.RuleOutcome(v.ctx(), v.actor, v.Param("id"), partnership.Direction(v.PostForm("direction")), v.PostForm("why"))
	return s.graduateDone(v, err, "已处理，各方都能看到")
}

func (s *Site) revealGraduate(v *visit) error {
	name, err := s.exchange.RevealGraduate(v.ctx(), v.actor, v.Param("id"), v.PostForm("reason"))
	if err != nil {
		if f := newForm(nil); f.refused(err, nil) {
			return s.showGraduate(v, explain(err).Status, "", err)
		}
		return err
	}
	return s.showGraduate(v, http.StatusOK, name, nil)
}

func (s *Site) linkGraduate(v *visit) error {
	r, err := s.exchange.Graduate(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	token, l, err := s.exchange.LinkGraduate(v.ctx(), v.actor, r.ID)
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, "link", &linkPage{page: page{Title: "毕业生确认链接", Narrow: true}, Head: "链接已生成", Lead: "请发给这名毕业生本人。打开后只看到学校、专业、去向和用人单位，不用登录。",
		Label: "学号 " + r.Student + " 的确认链接", Link: s.url + "/confirm/" + token,
		Notes: []string{"有效到 " + moment(l.Expires) + "，只能答复一次。", "以前发给他的链接已经失效。", "链接只显示这一次，平台不保存。"}, Done: graduateURL(r.ID), DoneWords: "回到这条去向"})
}

// graduateLinks sends a file of links, for a teacher to hand out.
func (s *Site) graduateLinks(v *visit) error {
	rows, err := s.exchange.LinkGraduates(v.ctx(), v.actor, graduateQuery(v.Request.PostForm), v.PostForm("reason"))
	if err != nil {
		return err
	}
	return s.sendRows(v, sheets.XLSX, sheets.GraduateLinks(), false, func(yield func(map[string]any, error) bool) {
		for r, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(map[string]any{"student_no": r.Student, "name": r.Name, "class": r.Cohort, "direction": r.Direction.Words(), "link": s.url + "/confirm/" + r.Token, "until": partnership.Day(r.Expires.Time())}, nil) {
				return
			}
		}
	})
}

func (s *Site) exportGraduates(v *visit) error {
	format, err := sheets.ParseFormat(v.PostForm("format"))
	if err != nil {
		return err
	}
	rows, err := s.exchange.ExportGraduates(v.ctx(), v.actor, graduateQuery(v.Request.PostForm), v.PostForm("reason"))
	if err != nil {
		return err
	}
	return s.sendRows(v, format, sheets.Outcomes(), false, rows)
}

type confirmPage struct {
	page
	Facts    []fact
	Form     form
	Open     bool
	Answered string
	Final    bool
}

// missed counts an open of a link that is none, from an address: links cannot be guessed,
// and nobody shall try for long. Good links are not counted, since a whole class may sit
// behind one address.
func (s *Site) missed(v *visit, err error) error {
	if explain(err).Status == http.StatusNotFound {
		if over := s.accounts.Try(v.ctx(), "graduate", v.address()); over != nil {
			return over
		}
	}
	return err
}

func (s *Site) confirmForm(v *visit) error { return s.showConfirm(v, http.StatusOK, newForm(nil)) }

func (s *Site) showConfirm(v *visit, status int, f *form) error {
	l, err := s.exchange.ByLink(v.ctx(), v.Param("token"))
	if err != nil {
		return s.missed(v, err)
	}
	p := &confirmPage{page: page{Title: "确认毕业去向", Narrow: true}, Open: l.Open, Final: l.Final,
		Facts: []fact{{"学校", l.School}, {"届", plain(l.Year) + " 届"}, {"专业", l.Major}, {"登记的去向", l.Direction.Words()}, {"用人单位", orDash(l.Employer)}}}
	if l.Answer != nil {
		p.Answered = l.Answer.Words()
	}
	f.Action = "/confirm/" + url.PathEscape(v.Param("token"))
	f.done([]section{{Fields: []field{
		f.field("answer", "上面登记的对吗", field{Kind: "radios", Required: true, Width: 12, Options: []option{{Value: "yes", Label: "对"}, {Value: "no", Label: "不对", Note: "学校和区教委会核对，填写的用人单位也会看到"}}}),
		f.field("claim", "实际去向", field{Kind: "select", Width: 6, Options: append([]option{{Label: "（不对时选填）"}}, directionOptions()...)}),
		f.field("why", "哪里不对", field{Kind: "textarea", Rows: 3, Width: 12, Hint: "不对时必填，如：没有去过这家单位。请不要写身份证号、电话"}),
	}}})
	p.Form = *f
	return s.render(v, status, "confirm", p)
}

func (s *Site) confirmByLink(v *visit) error {
	f := newForm(v.Request.PostForm)
	answer := f.text("answer")
	if answer != "yes" && answer != "no" {
		f.bad.Add("answer", "请选择对或不对")
	}
	err := f.bad.Err()
	if err == nil {
		err = s.exchange.AnswerByLink(v.ctx(), v.Param("token"), answer == "yes", partnership.Direction(f.text("claim")), f.text("why"))
	}
	if err != nil {
		if !f.refused(err, nil) {
			return s.missed(v, err)
		}
		return s.showConfirm(v, explain(err).Status, f)
	}
	v.flash(yesNo(answer == "yes", "谢谢，已确认", "异议已提出，学校会核对。这个链接在有效期内可以再打开看结果"))
	return redirectTo(v, "/confirm/"+url.PathEscape(v.Param("token")))
}
