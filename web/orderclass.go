package web

import (
	"net/http"
	"net/url"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// classRoutes are the pages of order classes (订单班).
func (s *Site) classRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	every, both := access{roles: everyRole}, access{roles: parties}
	return []route{
		{get, "/order-classes", every, s.classes},
		{get, "/order-classes/new", both, s.classForm},
		{post, "/order-classes", both, s.saveClass},
		{get, "/order-classes/:id", every, s.class},
		{get, "/order-classes/:id/edit", both, s.classForm},
		{post, "/order-classes/:id", both, s.saveClass},
		{post, "/order-classes/:id/act", both, s.actClass},
		{post, "/order-classes/:id/record", both, s.recordClass},
	}
}

func classURL(id string) string { return pageOf(exchange.KindClass, id) }

func (s *Site) class(v *visit) error {
	view, err := s.exchange.OrderClass(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	switch v.Query("format") {
	case "xlsx":
		return s.sendGrids(v, "order-class", view.Class.Name, classGrids(&view)...)
	case "members":
		return s.exportMembers(v, []string{view.Class.ID})
	}
	return s.showClass(v, http.StatusOK, &view, nil)
}

func (s *Site) showClass(v *visit, status int, view *exchange.ClassView, refused *form) error {
	o := &view.Class
	at := classURL(o.ID)
	p := &recordPage{page: page{Title: o.Name, Crumbs: []link{{URL: "/order-classes", Label: "订单班"}, {Label: o.Name}}}, State: classVerdict(o), Sample: o.Sample,
		Facts: classFacts(o), Grids: classGrids(view), Verbs: verbForms(at, view.Verbs), Links: []link{{URL: at + "?format=xlsx", Label: "下载 Excel"}}}
	if view.Edits {
		p.Links = append([]link{{URL: at + "/edit", Label: "修改名额与承诺"}}, p.Links...)
	}
	if v.actor.Role == partnership.RoleSchool {
		p.Links = append(p.Links, link{URL: "/import?kind=class-members", Label: "导入学生"})
		if len(view.Members) > 0 {
			p.Links = append(p.Links, link{URL: at + "?format=members", Label: "导出学生表"})
		}
	}
	if view.Untold > 0 {
		p.Intro = "这个班没有开班。名额已经放开，学生可以报别的班。还有 " + number(view.Untold) + " 名学生没有登记通知，下面的名单可以逐个打开查看电话。"
	}
	p.Forms = s.classForms(v, view, refused)
	for i := range p.Grids {
		if p.Grids[i].Title == "学生名单" && view.Records {
			p.Grids[i].Pick, p.Grids[i].PickForm = "students", "form-reach"
		}
	}
	for _, st := range o.Steps {
		p.Steps = append(p.Steps, stepRow{moment(st.At), partnership.ClassState(st.To).Words(), st.Why})
	}
	return s.showRecord(v, status, p)
}

// exportMembers sends the students of order classes in the columns they are taken in by.
func (s *Site) exportMembers(v *visit, classes []string) error {
	rows, err := s.exchange.ClassMemberRows(v.ctx(), v.actor, classes)
	if err != nil {
		return err
	}
	return s.sendRows(v, sheets.XLSX, sheets.ClassMembers(), false, rowsAs(rows))
}

func classFacts(o *partnership.OrderClass) []fact {
	confirmed := "企业还没有确认"
	if o.Confirmed != nil {
		confirmed = "企业已于 " + day(o.Confirmed.Day) + " 确认"
	}
	return []fact{{"企业", o.CompanyName}, {"学校", o.SchoolName}, {"类别", o.Kind}, {"专业", orDash(o.MajorNames)}, {"状态", o.Standing().Words()},
		{"名额", number(o.Seats) + " 人，还有 " + number(o.FreeSeats()) + " 个"}, {"最低开班人数", number(o.Minimum) + " 人"}, {"报名截止", orDash(day(o.DecideBy))},
		{"培养时间", orDash(span(o.From, o.To))}, {"承诺", confirmed}}
}

// classGrids are the tables of a class, on the page and in the workbook alike.
func classGrids(view *exchange.ClassView) []grid {
	o := &view.Class
	promises := grid{Title: "承诺与兑现", Head: []string{"承诺", "约定", "期限", "实际", "结果"}, Empty: "没有登记承诺。",
		Note: "录用比例 = 录用人数 ÷ 入班人数。录用取自毕业去向里就业单位为本企业的记录，或由学校、企业登记。"}
	tones := map[partnership.PromiseState]string{partnership.PromiseKept: "good", partnership.PromiseBroken: "bad", partnership.PromisePending: "info", partnership.PromiseUnknown: "warn"}
	for _, one := range view.Promises {
		promises.add(words(one.Name), words(one.Promised), dayCell(one.Due), words(one.Delivered), toned(one.State.Words(), tones[one.State]))
	}
	stages := grid{Title: "各阶段人数", Head: []string{"阶段", "人数", "占入班", "依据"}}
	for i, s := range partnership.Stages() {
		n := *o.At(s)
		if i > 0 && o.Enrolled == 0 {
			break
		}
		stages.add(words(s.Words()), amount(n), share(n, o.Enrolled), words(stageSource(o, s)))
	}
	out := []grid{promises, stages}
	rounds := grid{Title: "选拔", Head: []string{"轮次", "日期", "方式", "参加", "入选", "说明"}}
	for i, r := range o.Rounds {
		chosen := 0
		for j := range o.Members {
			if o.Members[j].Round == i+1 {
				chosen++
			}
		}
		rounds.add(words("第 "+plain(i+1)+" 轮"), dayCell(r.Day), words(r.Way), amount(r.Applied), amount(chosen), words(orDash(r.Note)))
	}
	if len(rounds.Rows) > 0 {
		out = append(out, rounds)
	}
	if len(view.Members) > 0 {
		out = append(out, memberGrid(view))
	}
	return out
}

// stageSource says on what the count of a stage rests.
func stageSource(o *partnership.OrderClass, s partnership.Stage) string {
	if len(o.Members) > 0 {
		return "按学生名单清点"
	}
	for i := len(o.Recorded) - 1; i >= 0; i-- {
		if r := &o.Recorded[i]; r.Stage == s {
			return joinWords("，", day(r.Day)+" "+r.Name+" 登记", r.Proof)
		}
	}
	if o.Sample {
		return "示例"
	}
	return "登记时的人数"
}

func memberGrid(view *exchange.ClassView) grid {
	g := grid{Title: "学生名单", Head: []string{"学生", "入班", "选拔", "完成培养", "上岗实习", "录用", "满 6 个月", "满 12 个月", "情况"}}
	for i := range view.Members {
		m := &view.Members[i]
		name := joinWords(" ", m.Student.Number, m.Student.Name)
		if name == "" {
			name = "学生（个人信息已删除）"
		}
		first := cell{Words: name, ID: m.Member.Student}
		if m.Student.Number != "" {
			first.URL = "/students/" + url.PathEscape(m.Student.ID)
		}
		round := "—"
		if m.Member.Round > 0 {
			round = "第 " + plain(m.Member.Round) + " 轮"
		}
		state := "在班"
		if m.Member.Left != "" {
			first.ID = ""
			state = day(m.Member.Left) + " 退出：" + m.Member.LeftWhy
		}
		if m.Member.Told != nil {
			state += "，" + day(m.Member.Told.Day) + " 已通知"
		}
		row := []cell{first, dayCell(m.Member.On), words(round)}
		for _, s := range partnership.Stages()[1:] {
			row = append(row, dayCell(m.Days[s]))
		}
		g.add(append(row, words(state))...)
	}
	return g
}

// classForms are the small forms of a class's page.
func (s *Site) classForms(v *visit, view *exchange.ClassView, refused *form) []smallForm {
	o := &view.Class
	to := classURL(o.ID) + "/record"
	var out []smallForm
	school := v.actor.Role == partnership.RoleSchool
	open := o.Standing() == partnership.ClassEnrolling || o.Standing() == partnership.ClassOpened
	if school && open && o.FreeSeats() > 0 && (len(o.Members) > 0 || o.Enrolled == 0) {
		out = append(out, small("enrol", "学生入班", "登记入班", to, refused, func(f *form) []field {
			rounds := []option{{Value: "0", Label: "不经选拔"}}
			for i := range o.Rounds {
				rounds = append(rounds, option{Value: plain(i + 1), Label: "第 " + plain(i+1) + " 轮选拔"})
			}
			return []field{f.field("numbers", "学号", field{Kind: "textarea", Rows: 4, Width: 12, Required: true, Hint: "每行一个。都对才写入，有错一个也不写。"}),
				f.field("round", "选拔", field{Kind: "select", Width: 12, Options: rounds})}
		}))
	}
	if view.Edits {
		out = append(out, small("round", "登记选拔", "登记选拔", to, refused, func(f *form) []field {
			return []field{f.field("day", "日期", field{Kind: "date", Width: 12, Required: true}), f.field("way", "方式", field{Width: 12, Required: true, Hint: "如：面试、实操"}),
				f.field("applied", "参加人数", field{Kind: "number", Width: 12, Unit: "人"}), f.field("note", "说明", field{Width: 12})}
		}))
	}
	if view.Records && len(o.Members) > 0 && o.Standing() != partnership.ClassEnrolling {
		out = append(out, small("reach", "登记阶段", "登记所选学生", to, refused, func(f *form) []field {
			var stages []option
			for _, st := range partnership.Stages()[1:] {
				if st != partnership.StageTrained || school {
					stages = append(stages, option{Value: string(st), Label: st.Words()})
				}
			}
			return []field{f.field("stage", "阶段", field{Kind: "select", Width: 12, Options: stages}), f.field("reached", "日期", field{Kind: "date", Width: 12, Required: true, Hint: "先在名单里勾选学生"})}
		}))
	}
	if view.Records && len(o.Members) == 0 {
		out = append(out, small("count", "按人数登记", "登记人数", to, refused, func(f *form) []field {
			var stages []option
			for _, st := range partnership.Stages() {
				stages = append(stages, option{Value: string(st), Label: st.Words()})
			}
			return []field{f.field("stage", "阶段", field{Kind: "select", Width: 12, Options: stages}), f.field("n", "人数", field{Kind: "number", Width: 12, Unit: "人", Required: true}),
				f.field("counted", "截至日期", field{Kind: "date", Width: 12, Required: true}), f.field("proof", "依据", field{Width: 12, Hint: "如：企业录用名单"})}
		}))
	}
	if school && open && o.Live() > 0 {
		out = append(out, small("leave", "学生退出", "登记退出", to, refused, func(f *form) []field {
			return []field{f.field("number", "学号", field{Width: 12, Required: true}), f.field("why", "原因", field{Width: 12, Required: true})}
		}))
	}
	return out
}

// recordClass does what one of the small forms asks.
func (s *Site) recordClass(v *visit) error {
	id := v.Param("id")
	do := func(key string, f *form) (string, error) {
		switch key {
		case "enrol":
			numbers, round := partnership.TrimmedNumbers(f.text("numbers")), f.whole("round")
			_, err := s.exchange.EnrolClass(v.ctx(), v.actor, id, numbers, round)
			return "已登记 " + number(len(numbers)) + " 名学生入班", err
		case "round":
			r := partnership.SelectionRound{Day: f.text("day"), Way: f.text("way"), Applied: f.whole("applied"), Note: f.text("note")}
			if err := f.bad.Err(); err != nil {
				return "", err
			}
			_, err := s.exchange.AddClassRound(v.ctx(), v.actor, id, r)
			return "已登记选拔", err
		case "reach":
			st := partnership.Stage(f.text("stage"))
			_, err := s.exchange.ReachStage(v.ctx(), v.actor, id, st, f.values["students"], f.text("reached"))
			return "已登记 " + number(len(f.values["students"])) + " 名学生" + st.Words(), renamed(err, "day", "reached")
		case "count":
			r := partnership.StageRecord{Stage: partnership.Stage(f.text("stage")), N: f.whole("n"), Day: f.text("counted"), Proof: f.text("proof")}
			if err := f.bad.Err(); err != nil {
				return "", err
			}
			_, err := s.exchange.StateCount(v.ctx(), v.actor, id, r)
			return "已登记" + r.Stage.Words() + " " + number(r.N) + " 人", renamed(err, "day", "counted")
		case "leave":
			_, err := s.exchange.LeaveClass(v.ctx(), v.actor, id, partnership.StudentID(v.actor.Party, f.text("number")), f.text("why"))
			return "已登记退出，名额已经放开", err
		}
		return "", partnership.Refuse(partnership.ErrConflict, "没有这个操作，请刷新后再试")
	}
	return s.sentForm(v, classURL(id), do, func(status int, f *form) error {
		view, err := s.exchange.OrderClass(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		return s.showClass(v, status, &view, f)
	})
}

func (s *Site) actClass(v *visit) error {
	o, err := s.exchange.ActClass(v.ctx(), v.actor, v.Param("id"), v.PostForm("verb"), v.PostForm("why"))
	if err != nil {
		return err
	}
	said := map[string]string{"confirm": "已确认承诺", "open": "已开班", "finish": "已结束", "tell": "已登记通知学生",
		"call-off": "已登记不开班，名额已经放开。请通知名单上的学生"}[v.PostForm("verb")]
	v.flash(said)
	return redirectTo(v, classURL(o.ID))
}

func (s *Site) classForm(v *visit) error {
	values := url.Values{"kind": {"订单班"}}
	if id := v.Param("id"); id != "" {
		view, err := s.exchange.OrderClass(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		values = classValues(&view.Class)
	}
	return s.showClassForm(v, http.StatusOK, v.Param("id"), newForm(values))
}

func classValues(o *partnership.OrderClass) url.Values {
	v := url.Values{"rev": {strconv.FormatInt(o.Rev, 10)}, "kind": {o.Kind}, "name": {o.Name}, "majors": o.Majors, "company": {o.CompanyName}, "school": {o.School}, "seats": {plain(o.Seats)}, "minimum": {plain(o.Minimum)},
		"decide_by": {o.DecideBy}, "from": {o.From}, "to": {o.To}, "promised_by": {o.PromisedBy}, "promised_posts_by": {o.PromisedPostsBy}}
	if o.PromisedHirePct > 0 {
		v.Set("promised_hire_pct", plain(o.PromisedHirePct))
	}
	if o.PromisedPayFen > 0 {
		v.Set("promised_pay_fen", typedYuan(o.PromisedPayFen))
	}
	return v
}

func (s *Site) showClassForm(v *visit, status int, id string, f *form) error {
	p := &formPage{page: page{Title: "登记订单班", Crumbs: []link{{URL: "/order-classes", Label: "订单班"}, {Label: "登记"}}}, Submit: "保存", Cancel: "/order-classes",
		Intro: "报名截止时不到最低开班人数就不开班，名额放开。承诺要由企业确认。"}
	f.Action = "/order-classes"
	if id != "" {
		p.Title, p.Cancel, f.Action = "修改订单班", classURL(id), classURL(id)
		p.Crumbs = []link{{URL: "/order-classes", Label: "订单班"}, {URL: p.Cancel, Label: f.text("name")}, {Label: "修改"}}
		f.Hidden = append(f.Hidden, pair{"rev", f.text("rev")})
	}
	schools, err := s.exchange.Schools(v.ctx())
	if err != nil {
		return err
	}
	partner, err := s.partnerField(v, f, schools, id != "")
	if err != nil {
		return err
	}
	f.done(s.classFields(v, f, schools, partner))
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) classFields(v *visit, f *form, schools []partnership.School, partner field) []section {
	if v.actor.Role == partnership.RoleSchool {
		for _, sc := range schools {
			if sc.ID == v.actor.Party {
				schools = []partnership.School{sc}
				break
			}
		}
	}
	return []section{
		{Legend: "班级", Fields: []field{partner, f.field("name", "班级名称", field{Required: true, Width: 6, Hint: "如：2026级某某企业数控订单班"}),
			f.field("kind", "类别", field{Kind: "select", Required: true, Width: 3, Options: choices(partnership.ClassKinds())}),
			f.field("seats", "计划人数", field{Kind: "number", Required: true, Width: 3, Unit: "人"}),
			f.field("minimum", "最低开班人数", field{Kind: "number", Required: true, Width: 3, Unit: "人", Hint: "不到就不开班"}),
			f.field("decide_by", "报名截止", field{Kind: "date", Required: true, Width: 3}),
			f.field("from", "开班日期", field{Kind: "date", Required: true, Width: 3}), f.field("to", "结束日期", field{Kind: "date", Required: true, Width: 3}),
			f.field("majors", "专业", field{Kind: "checks", Required: true, Width: 12, Options: s.offeredMajors(schools, f.values["majors"])})}},
		{Legend: "企业的承诺", Fields: []field{
			f.field("promised_hire_pct", "录用比例不低于", field{Kind: "number", Width: 3, Unit: "%", Hint: "按入班人数"}),
			f.field("promised_pay_fen", "月薪不低于", field{Kind: "number", Width: 3, Unit: "元/月"}),
			f.field("promised_by", "录用期限", field{Kind: "date", Width: 3}), f.field("promised_posts_by", "实习岗位期限", field{Kind: "date", Width: 3, Hint: "到这一天全体上岗"})}},
	}
}

// partnerField asks for the other party: a school names the company, a company chooses the
// school. Once saved it stands.
func (s *Site) partnerField(v *visit, f *form, schools []partnership.School, fixed bool) (field, error) {
	if v.actor.Role == partnership.RoleCompany {
		var all []option
		for _, sc := range schools {
			all = append(all, option{Value: sc.ID, Label: sc.Name})
		}
		return f.field("school", "学校", field{Kind: "select", Required: true, Width: 6, Options: openOr("请选择", all)}), nil
	}
	found, _, err := s.exchange.Companies(v.ctx(), v.actor, exchange.List{Limit: 100})
	if err != nil {
		return field{}, err
	}
	var names []option
	for i := range found {
		names = append(names, option{Value: found[i].Name})
	}
	return f.field("company", "企业", field{Required: true, Fixed: fixed, Width: 6, List: names, Hint: "已入库企业的全称"}), nil
}

// partnerNamed reads the other party of a form into its ids.
func (s *Site) partnerNamed(v *visit, f *form, school, company *string) error {
	if v.actor.Role == partnership.RoleCompany {
		*school = f.text("school")
		return nil
	}
	m, err := s.exchange.NameMeans(v.ctx(), v.actor, exchange.NameCompany, f.text("company"))
	if err != nil {
		return err
	}
	if *company = m.Value; m.Value == "" {
		f.bad.Add("company", "企业库里没有“%s”，请按企业库里的全称填写，或先请区教委登记", f.text("company"))
	}
	return nil
}

// between reads which record between a school and a company a form saves: the one it was
// opened from, as it stood then, if it is there for the actor; or a new one with the partner
// that the form names.
func (s *Site) between(v *visit, f *form, rec *partnership.Record, there func(id string) error, school, company *string) error {
	if rec.ID = v.Param("id"); rec.ID == "" {
		return s.partnerNamed(v, f, school, company)
	}
	if err := there(rec.ID); err != nil {
		return err
	}
	var err error
	if rec.Rev, err = strconv.ParseInt(f.text("rev"), 10, 64); err != nil {
		return errStale
	}
	return nil
}

func (s *Site) saveClass(v *visit) error {
	f := newForm(v.Request.PostForm)
	draft := partnership.OrderClass{Kind: f.text("kind"), Name: f.text("name"), Majors: f.values["majors"], Seats: f.whole("seats"), Minimum: f.whole("minimum"), DecideBy: f.text("decide_by"),
		From: f.text("from"), To: f.text("to"), PromisedHirePct: f.whole("promised_hire_pct"), PromisedPayFen: f.fen("promised_pay_fen"), PromisedBy: f.text("promised_by"), PromisedPostsBy: f.text("promised_posts_by")}
	there := func(id string) error { _, err := s.exchange.OrderClass(v.ctx(), v.actor, id); return err }
	if err := s.between(v, f, &draft.Record, there, &draft.School, &draft.Company); err != nil {
		return err
	}
	err := f.bad.Err()
	if err == nil {
		draft, err = s.exchange.SaveClass(v.ctx(), v.actor, draft)
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showClassForm(v, explain(err).Status, v.Param("id"), f)
	}
	v.flash("订单班已保存")
	return redirectTo(v, classURL(draft.ID))
}
