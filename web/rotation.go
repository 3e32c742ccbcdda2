package web

import (
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// rotationRoutes are the plans of work-study rotation (工读轮换).
func (s *Site) rotationRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	school := access{roles: schools}
	return []route{
		{get, "/rotations", access{roles: schoolSide}, s.rotations},
		{get, "/rotations/new", school, s.rotationForm},
		{post, "/rotations", school, s.planRotation},
		{get, "/rotations/:id", access{roles: schoolSide}, s.rotation},
		{post, "/rotations/:id/act", school, s.dropRotation},
	}
}

func rotationURL(id string) string { return "/rotations/" + url.PathEscape(id) }

func (s *Site) rotations(v *visit) error {
	if v.Query("format") != "" {
		format, err := fileFormat(v)
		if err != nil {
			return err
		}
		return s.sendRows(v, format, sheets.Rotations(), false, s.exchange.ExportRotations(v.ctx(), v.actor))
	}
	list, ask := readCursor(v, "/rotations")
	found, next, err := s.exchange.Rotations(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.pages(ask, next)
	g := grid{Title: "轮换方案", Head: []string{"方案", "班级批次", "时间", "批数", "每轮", "人数"}, Empty: "在班级批次的页面点“工读轮换”，按岗位名额分批，平台排好每一轮谁去哪里。"}
	for i := range found {
		r := &found[i]
		g.add(linked(r.Name, rotationURL(r.ID)), words(r.CohortName), words(span(r.From, r.To)), amount(r.Batches), words(plain(r.TurnWeeks)+" 周"), amount(len(r.Students)))
	}
	p := &recordPage{page: page{Title: "工读轮换", Crumbs: []link{{Label: "工读轮换"}}}, Grids: []grid{g}}
	if v.actor.Role == partnership.RoleSchool {
		p.Links = append(p.Links, link{URL: "/import?kind=rotations", Label: "导入 Excel"})
	}
	p.Links = append(p.Links, link{URL: "/rotations?format=xlsx", Label: "导出 Excel"})
	if list.More != "" {
		p.Links = append(p.Links, link{URL: list.More, Label: "下一页"})
	}
	return s.showRecord(v, http.StatusOK, p)
}

func (s *Site) rotation(v *visit) error {
	view, err := s.exchange.Rotation(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	r := &view.Rotation
	grids := rotationGrids(&view)
	if v.Query("format") == "xlsx" {
		return s.sendGrids(v, "rotation", r.Name, grids...)
	}
	at := rotationURL(r.ID)
	p := &recordPage{page: page{Title: r.Name, Broad: true, Crumbs: []link{{URL: "/rotations", Label: "工读轮换"}, {Label: r.Name}}}, Sample: r.Sample, Grids: grids,
		Links: []link{{URL: at + "?format=xlsx", Label: "下载 Excel"}},
		Facts: []fact{{"班级批次", r.CohortName}, {"时间", span(r.From, r.To)}, {"批数", number(r.Batches) + " 批，每批最多 " + number(len(r.Batch(r.Batches))) + " 人"},
			{"每轮", number(r.TurnWeeks) + " 周，共 " + number(len(r.Turns)) + " 轮"}, {"每名学生在企业", number(r.WorkDays(r.Students[0])) + " 天"}, {"依据", "每批轮到的次数相同；同一时间不超过岗位名额"}}}
	if v.actor.SpeaksFor(r.School) {
		p.Verbs = verbForms(at, []exchange.Verb{{Key: "drop", Words: "删除这个方案"}})
	}
	return s.showRecord(v, http.StatusOK, p)
}

// rotationGrids are the plan by turns and by students, on the page and in the workbook alike.
func rotationGrids(view *exchange.RotationView) []grid {
	r := &view.Rotation
	turns := grid{Title: "按轮次", Head: []string{"轮次", "时间", "到企业的批次", "在校的批次"}}
	for _, p := range r.Posts {
		turns.Head = append(turns.Head, p.Company+" "+p.Title+"（"+plain(p.Slots)+" 个名额）")
	}
	for i, t := range r.Turns {
		used := make([]int, len(r.Posts))
		for _, at := range t.At {
			used[at]++
		}
		row := []cell{words("第 " + plain(i+1) + " 轮"), words(span(t.From, t.To)), words("第 " + plain(t.Batch) + " 批"), words("其余 " + plain(r.Batches-1) + " 批")}
		for _, n := range used {
			row = append(row, amount(n))
		}
		turns.add(row...)
	}
	if len(view.Students) == 0 {
		return []grid{turns}
	}
	people := grid{Title: "按学生", Head: []string{"学生", "批次", "在企业天数"}, Note: "空格为在校学习。"}
	for i, t := range r.Turns {
		people.Head = append(people.Head, "第 "+plain(i+1)+" 轮 "+t.From[5:])
	}
	for _, st := range view.Students {
		name := joinWords(" ", st.Number, st.Name)
		if name == "" {
			name = "学生（个人信息已删除）"
		}
		row := []cell{words(name), words("第 " + plain(r.BatchOf(st.ID)) + " 批"), amount(r.WorkDays(st.ID))}
		for _, t := range r.Turns {
			where := ""
			if at, ok := t.At[st.ID]; ok {
				where = r.Posts[at].Title
			}
			row = append(row, words(where))
		}
		people.add(row...)
	}
	return []grid{turns, people}
}

func (s *Site) rotationForm(v *visit) error {
	return s.showRotationForm(v, http.StatusOK, newForm(url.Values{"cohort": {v.Query("cohort")}, "batches": {"2"}, "turn_weeks": {"2"}}))
}

// showRotationForm offers the posts that suit the cohort, the best first.
func (s *Site) showRotationForm(v *visit, status int, f *form) error {
	view, err := s.exchange.Cohort(v.ctx(), v.actor, f.text("cohort"))
	if err != nil {
		return err
	}
	c := &view.Cohort
	if f.text("from") == "" {
		f.values.Set("from", c.From)
		f.values.Set("to", c.To)
		f.values.Set("name", c.Name+" 工读轮换")
	}
	var posts []option
	for i := range view.Matches {
		if m := &view.Matches[i]; len(posts) < 30 {
			posts = append(posts, option{Value: m.Post, Label: m.CompanyName + " " + m.PostTitle + "（" + number(m.Slots) + " 个名额）"})
		}
	}
	at := pageOf(exchange.KindCohort, c.ID)
	p := &formPage{page: page{Title: "工读轮换", Crumbs: []link{{URL: at, Label: c.Name}, {Label: "工读轮换"}}}, Submit: "排出方案", Cancel: at,
		Intro: "名册里的学生平均分批，各批轮流到企业，轮到的次数相同；任何时候都不超过岗位名额和企业在岗职工的 10%。"}
	f.Action = "/rotations"
	f.Hidden = []pair{{"cohort", c.ID}}
	f.done([]section{{Legend: "方案", Fields: []field{
		f.field("name", "名称", field{Required: true, Width: 6}), f.field("batches", "批数", field{Kind: "number", Required: true, Width: 3, Unit: "批"}),
		f.field("turn_weeks", "每轮", field{Kind: "number", Required: true, Width: 3, Unit: "周"}),
		f.field("from", "开始日期", field{Kind: "date", Required: true, Width: 3}), f.field("to", "结束日期", field{Kind: "date", Required: true, Width: 3}),
		f.field("posts", "岗位", field{Kind: "checks", Required: true, Width: 12, Options: posts})}}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) planRotation(v *visit) error {
	f := newForm(v.Request.PostForm)
	draft := partnership.Rotation{Cohort: f.text("cohort"), Name: f.text("name"), From: f.text("from"), To: f.text("to"), Batches: f.whole("batches"), TurnWeeks: f.whole("turn_weeks")}
	err := f.bad.Err()
	if err == nil {
		draft, err = s.exchange.PlanRotation(v.ctx(), v.actor, draft, f.values["posts"])
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showRotationForm(v, explain(err).Status, f)
	}
	v.flash("已排出方案")
	return redirectTo(v, rotationURL(draft.ID))
}

func (s *Site) dropRotation(v *visit) error {
	if err := s.exchange.DropRotation(v.ctx(), v.actor, v.Param("id")); err != nil {
		return err
	}
	v.flash("已删除")
	return redirectTo(v, "/rotations")
}
