package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type formPage struct {
	page
	Intro  string
	Form   form
	Submit string // words of the main button
	Second string // words of a second button, value "submit" of name then; empty for none
	Cancel string
}

// postForm is the empty form, or that of a post to change.
func (s *Site) postForm(v *visit) error {
	id := v.Param("id")
	values := url.Values{"kind": {string(partnership.KindInternship)}, "hours_per_day": {"8"}, "days_per_week": {"5"}, "pay_form": {"货币"}, "pay_to": {"学生本人"}, "pay_cycle": {"30"}}
	if home := s.counties(v); len(home) > 0 {
		values.Set("region", home[0].Value)
	}
	switch {
	case id == "" && v.actor.Role != partnership.RoleCompany:
		if v.Query("company") == "" {
			return partnership.Invalid{"company": {"学校受企业委托后可以代为发布岗位。请从委托企业的页面点“代发岗位”"}}
		}
		values.Set("company", v.Query("company"))
	case id != "":
		view, err := s.exchange.Post(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		if !view.CanEdit {
			return partnership.Refuse(partnership.ErrForbidden, "只有发布企业可以修改这个岗位")
		}
		values = postValues(&view.Post)
	}
	return s.showPostForm(v, http.StatusOK, id, newForm(values))
}

func (s *Site) showPostForm(v *visit, status int, id string, f *form) error {
	schools, err := s.exchange.Schools(v.ctx())
	if err != nil {
		return err
	}
	f.Action = "/posts"
	p := &formPage{page: page{Title: "发布岗位", Crumbs: []link{{URL: "/posts", Label: "岗位"}, {Label: "发布岗位"}}},
		Intro: "带“必填”的项目要填写，其余可以留空。保存时平台会按实习管理规定检查，并推测对应的职业和专业。", Submit: "保存草稿", Second: "保存并提交审核", Cancel: "/posts"}
	if id != "" {
		p.Title, p.Submit, p.Second, p.Cancel = "修改岗位", "保存修改", "", pageOf(exchange.KindPost, id)
		p.Crumbs = []link{{URL: "/posts", Label: "岗位"}, {URL: p.Cancel, Label: f.text("title")}, {Label: "修改"}}
		f.Action = p.Cancel
	}
	if company := f.text("company"); id == "" && company != "" {
		party, err := s.exchange.Party(v.ctx(), v.actor, partnership.RoleCompany, company)
		if err != nil {
			return err
		}
		p.Title = "代“" + party.Name + "”发布岗位"
		f.Hidden = append(f.Hidden, pair{"company", party.ID})
	}
	if rev := f.text("rev"); rev != "" {
		f.Hidden = append(f.Hidden, pair{"rev", rev})
	}
	f.done(s.postFields(v, f, schools))
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) postFields(v *visit, f *form, schools []partnership.School) []section {
	kinds := []option{{Value: string(partnership.KindInternship)}, {Value: string(partnership.KindObservation)}, {Value: string(partnership.KindJob)}}
	for i := range kinds {
		kinds[i].Label = partnership.PostKind(kinds[i].Value).Words()
	}
	grades := []option{{Value: "0", Label: "不清楚"}, {Value: "1", Label: "Ⅰ 级（轻）"}, {Value: "2", Label: "Ⅱ 级（中）"}, {Value: "3", Label: "Ⅲ 级（重）"}, {Value: "4", Label: "Ⅳ 级（极重）"}}
	return []section{
		{Legend: "岗位", Fields: []field{
			f.field("title", "岗位名称", field{Required: true, Width: 8, Hint: "用行业里的叫法，如“数控车床操作”，不要写“学徒”“普工”"}),
			f.field("kind", "类别", field{Kind: "select", Options: kinds}),
			f.field("duties", "工作内容", field{Kind: "textarea", Rows: 5, Width: 12, Required: true, Hint: "学生每天做什么、用什么设备。平台据此推测职业编码和对应专业"}),
			f.field("skills", "技能要求", field{Width: 8, Hint: "用逗号分开，如：数控编程，识读零件图"}),
			f.field("occupation", "职业编码", field{Hint: "可留空，由平台推测"}),
			f.field("majors", "接受的专业", field{Kind: "checks", Width: 12, Options: s.offeredMajors(schools, f.values["majors"])}),
		}},
		{Legend: "人数与时间", Fields: []field{
			f.field("slots", "招收人数", field{Kind: "number", Required: true, Width: 3, Unit: "人"}),
			f.field("from", "开始日期", field{Kind: "date", Required: true, Width: 3}),
			f.field("to", "结束日期", field{Kind: "date", Required: true, Width: 3}),
			f.field("closes_on", "报名截止", field{Kind: "date", Width: 3}),
			f.field("region", "工作地点所在区县", field{Kind: "select", Options: s.counties(v)}),
			f.field("address", "详细地址", field{Width: 8, Auto: "street-address"}),
			f.field("sites", "其他工作地点", field{Kind: "textarea", Rows: 2, Width: 12, Hint: "学生也可能去的地点，每行一个地址。没有请留空"}),
		}},
		{Legend: "报酬与食宿", Fields: []field{
			f.field("pay_fen", "报酬", field{Kind: "number", Width: 3, Unit: "元/月"}),
			f.field("pay_wage_fen", "相同岗位工资", field{Kind: "number", Width: 3, Unit: "元/月", Hint: "岗位实习报酬原则上不低于它的 80%"}),
			f.field("lowest_wage_fen", "最低档工资", field{Kind: "number", Width: 3, Unit: "元/月", Hint: "本单位的标准；报酬不到 80% 时，不低于它也可以"}),
			f.field("assists", "只做辅助，尚未相对独立工作", field{Kind: "check", Width: 3}),
			f.field("pay_cycle", "发放周期", field{Kind: "number", Width: 3, Unit: "天", Hint: "不超过 1 个月"}),
			f.field("pay_form", "发放形式", field{Width: 3, Hint: "应为货币"}),
			f.field("pay_to", "发放给", field{Width: 3, Hint: "应直接给学生本人"}),
			f.field("fees", "向学生收取的费用", field{Width: 3, Hint: "不得收费；没有请留空"}),
			f.field("lodging", "提供住宿", field{Kind: "check", Width: 3}), f.field("meals", "提供工作餐", field{Kind: "check", Width: 3}),
			f.field("transport", "交通", field{Width: 6, Hint: "如：厂车接送。没有安排请留空"}),
		}},
		{Legend: "工作条件", Fields: []field{
			f.field("hours_per_day", "每天工时", field{Kind: "number", Width: 3, Unit: "小时"}),
			f.field("days_per_week", "每周天数", field{Kind: "number", Width: 3, Unit: "天"}),
			f.field("tutors", "企业指导教师", field{Kind: "number", Width: 3, Unit: "人"}),
			f.field("same_post_staff", "同岗位在岗职工", field{Kind: "number", Width: 3, Unit: "人", Hint: "同岗位实习生不超过它的 20%"}),
			f.field("labour_grade", "体力劳动强度", field{Kind: "select", Width: 4, Options: grades}),
			f.field("hazards", "危害因素", field{Width: 8, Hint: "如：高处作业，噪声。没有请留空"}),
			f.field("lift_kg", "单次搬举最重", field{Kind: "number", Width: 3, Unit: "公斤"}), f.field("lifts_per_hour", "每小时搬举", field{Kind: "number", Width: 3, Unit: "次"}),
			f.field("motions_per_minute", "流水线动作", field{Kind: "number", Width: 3, Unit: "次/分", Hint: "搬举和动作次数关系到未满 18 岁的学生能否去"}),
			f.field("night_shift", "有夜班", field{Kind: "check", Width: 3}), f.field("overtime", "有加班", field{Kind: "check", Width: 3}), f.field("rest_day_work", "休息日或节假日上班", field{Kind: "check", Width: 3}),
		}},
	}
}

// offeredMajors are the majors that the district's schools teach, and those chosen before.
func (s *Site) offeredMajors(schools []partnership.School, chosen []string) []option {
	var out []option
	seen := map[string]bool{}
	add := func(code string) {
		if name := s.majorName(code); name != "" && !seen[code] {
			seen[code] = true
			out = append(out, option{Value: code, Label: name + "（" + code + "）"})
		}
	}
	for _, sc := range schools {
		for _, m := range sc.Majors {
			add(m.Code)
		}
	}
	for _, code := range chosen {
		add(code)
	}
	slices.SortStableFunc(out, func(a, b option) int { return strings.Compare(a.Value, b.Value) })
	return out
}

// savePost creates or changes a post and, if asked, submits it at once.
func (s *Site) savePost(v *visit) error {
	id := v.Param("id")
	f := newForm(v.Request.PostForm)
	draft := partnership.Post{}
	if id != "" { // what the form does not show stays as it is
		view, err := s.exchange.Post(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		draft = view.Post
		if draft.Rev, err = strconv.ParseInt(f.text("rev"), 10, 64); err != nil {
			return errStale
		}
	}
	if id == "" {
		draft.Company = f.text("company") // for a company itself its own is taken
	}
	readPost(f, &draft)
	if err := f.bad.Err(); err != nil {
		return s.showPostForm(v, http.StatusUnprocessableEntity, id, f)
	}
	saved, err := s.exchange.SavePost(v.ctx(), v.actor, draft)
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showPostForm(v, explain(err).Status, id, f)
	}
	words := "岗位已保存"
	if f.text("then") == "submit" {
		if _, err := s.exchange.ActPost(v.ctx(), v.actor, saved.ID, "submit", ""); err != nil {
			return err
		}
		words = "岗位已保存并提交，等待区教委审核"
	}
	v.flash(words)
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindPost, saved.ID))
	return nil
}

// readPost takes the form's fields over into the post.
func readPost(f *form, p *partnership.Post) {
	p.Majors = slices.DeleteFunc(slices.Clone(f.values["majors"]), func(s string) bool { return s == "" })
	p.Kind, p.Title, p.Duties = partnership.PostKind(f.text("kind")), f.text("title"), f.text("duties")
	p.Skills, p.Occupation, p.Slots = f.words("skills"), f.text("occupation"), f.whole("slots")
	p.From, p.To, p.ClosesOn = f.text("from"), f.text("to"), f.text("closes_on")
	p.Region, p.Address = f.text("region"), f.text("address")
	p.Sites = slices.DeleteFunc(strings.Split(strings.ReplaceAll(f.text("sites"), "\r", ""), "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
	for i := range p.Sites {
		p.Sites[i] = strings.TrimSpace(p.Sites[i])
	}
	p.Transport, p.LowestFen, p.Assists = f.text("transport"), f.fen("lowest_wage_fen"), f.on("assists")
	p.LiftKg, p.LiftsPerHour, p.Motions = f.decimal("lift_kg"), f.decimal("lifts_per_hour"), f.decimal("motions_per_minute")
	p.PayFen, p.PayWageFen, p.PayCycle = f.fen("pay_fen"), f.fen("pay_wage_fen"), f.whole("pay_cycle")
	p.PayForm, p.PayTo, p.Fees = f.text("pay_form"), f.text("pay_to"), f.text("fees")
	p.Lodging, p.Meals = f.on("lodging"), f.on("meals")
	p.HoursPerDay, p.DaysPerWeek = f.decimal("hours_per_day"), f.decimal("days_per_week")
	p.NightShift, p.Overtime, p.RestDayWork = f.on("night_shift"), f.on("overtime"), f.on("rest_day_work")
	p.Hazards, p.LabourGrade = f.words("hazards"), f.whole("labour_grade")
	p.SamePostStaff, p.Tutors = f.whole("same_post_staff"), f.whole("tutors")
}

// postValues writes a post back into the form's fields.
func postValues(p *partnership.Post) url.Values {
	v := url.Values{
		"rev": {strconv.FormatInt(p.Rev, 10)}, "kind": {string(p.Kind)}, "title": {p.Title}, "duties": {p.Duties}, "skills": {joinWords("，", p.Skills...)},
		"majors": p.Majors, "occupation": {p.Occupation}, "slots": {plain(p.Slots)}, "from": {p.From}, "to": {p.To}, "closes_on": {p.ClosesOn},
		"region": {p.Region}, "address": {p.Address}, "pay_form": {p.PayForm}, "pay_to": {p.PayTo}, "fees": {p.Fees},
		"sites": {strings.Join(p.Sites, "\n")}, "transport": {p.Transport}, "hazards": {joinWords("，", p.Hazards...)}, "labour_grade": {plain(p.LabourGrade)},
	}
	for name, n := range map[string]int{"pay_cycle": p.PayCycle, "same_post_staff": p.SamePostStaff, "tutors": p.Tutors} {
		if n != 0 {
			v.Set(name, plain(n))
		}
	}
	for name, n := range map[string]float64{"hours_per_day": p.HoursPerDay, "days_per_week": p.DaysPerWeek, "lift_kg": p.LiftKg, "lifts_per_hour": p.LiftsPerHour, "motions_per_minute": p.Motions} {
		if n != 0 {
			v.Set(name, decimal(n))
		}
	}
	for name, fen := range map[string]int64{"pay_fen": p.PayFen, "pay_wage_fen": p.PayWageFen, "lowest_wage_fen": p.LowestFen} {
		if fen != 0 {
			v.Set(name, typedYuan(fen))
		}
	}
	for name, on := range map[string]bool{"assists": p.Assists, "lodging": p.Lodging, "meals": p.Meals, "night_shift": p.NightShift, "overtime": p.Overtime, "rest_day_work": p.RestDayWork} {
		if on {
			v.Set(name, "1")
		}
	}
	return v
}
