package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type cohortsPage struct {
	page
	List   listing
	Rows   []cohortRow
	MayAdd bool
}

type cohortRow struct {
	URL, School, Major, Size, Window, Needs, Far string
	Name                                         []piece
	State                                        mark
	Sample                                       bool
	Why                                          reasons
}

func cohortMark(s partnership.CohortState) mark {
	tones := map[partnership.CohortState]string{partnership.CohortOpen: "info", partnership.CohortPlaced: "good"}
	return mark{s.Words(), tones[s]}
}

func cohortRowOf(c *partnership.Cohort) cohortRow {
	row := cohortRow{URL: pageOf(exchange.KindCohort, c.ID), Name: pieces(c.Name, nil), School: c.SchoolName, Major: c.MajorName + "（" + c.Major + "）",
		Size: number(c.Size), Window: span(c.From, c.To), State: cohortMark(c.State), Sample: c.Sample}
	if c.NeedsBeds {
		row.Needs = "需要住宿"
	}
	if c.Priority > 0 {
		row.Needs = joinWords("，", row.Needs, "优先安置 "+number(c.Priority)+" 人")
	}
	return row
}

// cohorts is the list of cohorts.
func (s *Site) cohorts(v *visit) error {
	q, r, err := s.list(v, "/cohorts")
	if err != nil {
		return err
	}
	if v.Query("format") != "" {
		return s.exportCohorts(v, &q)
	}
	found, err := s.exchange.CohortsByID(v.ctx(), v.actor, ids(r.Hits))
	if err != nil {
		return err
	}
	p := &cohortsPage{page: page{Title: "班级批次", Crumbs: []link{{Label: "班级批次"}}}, List: s.shown(v, &q, r), MayAdd: v.actor.Role == partnership.RoleSchool}
	p.List.Empty = "学校登记并开放后会出现在这里。"
	if p.MayAdd && !q.narrowed() {
		p.List.Empty = "点“登记批次”，填写专业、人数和时间，平台会给出候选岗位。"
	}
	byHit(r.Hits, found, func(d *partnership.Cohort) string { return d.ID }, func(c *partnership.Cohort, h *search.Hit) {
		row := cohortRowOf(c)
		row.Name, row.Far, row.Why = marked(c.Name, h), farWords(h.Distance), reasonsOf(*h, q.query.Sort)
		p.Rows = append(p.Rows, row)
	})
	return s.render(v, http.StatusOK, "cohorts", p)
}

type cohortPage struct {
	page
	Cohort  partnership.Cohort
	State   mark
	Facts   []fact
	Matches []matchRow
	Plans   []planRow
	CanEdit bool
	EditURL string
	OwnOnly bool // the reader sees only its own company's posts
}

// planRow is what a round gave the cohort.
type planRow struct {
	URL, Post, Company, Count, Score, State string
	Why                                     []string
}

func allocationWords(state string) string {
	return map[string]string{"preview": "预览", "offered": "待答复", "accepted": "已接受", "declined": "已谢绝"}[state]
}

func (s *Site) cohort(v *visit) error {
	view, err := s.exchange.Cohort(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	c := &view.Cohort
	p := &cohortPage{page: page{Title: c.Name, Crumbs: []link{{URL: "/cohorts", Label: "班级批次"}, {Label: c.Name}}},
		Cohort: *c, State: cohortMark(c.State), Facts: s.cohortFacts(c, view.Grade), Matches: matchRows(view.Matches, false),
		CanEdit: view.CanEdit, EditURL: pageOf(exchange.KindCohort, c.ID) + "/edit", OwnOnly: v.actor.Role == partnership.RoleCompany}
	visible, err := s.visibleRounds(v, view.Allocations)
	if err != nil {
		return err
	}
	for _, a := range view.Allocations {
		if !visible[a.Round] {
			continue
		}
		p.Plans = append(p.Plans, planRow{pageOf(exchange.KindPost, a.Post), a.PostTitle, a.CompanyName, number(a.Count), points(a.Score), allocationWords(a.State), a.Why})
	}
	return s.render(v, http.StatusOK, "cohort", p)
}

// visibleRounds tells which rounds of these lines the actor may know of: somebody
// else's preview is nobody's result yet.
func (s *Site) visibleRounds(v *visit, lines []partnership.Allocation) (map[string]bool, error) {
	out := map[string]bool{}
	for _, a := range lines {
		if _, asked := out[a.Round]; asked {
			continue
		}
		_, err := s.exchange.Round(v.ctx(), v.actor, a.Round)
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return nil, err
		}
		out[a.Round] = err == nil
	}
	return out, nil
}

func (s *Site) cohortFacts(c *partnership.Cohort, grade int) []fact {
	minors := "未填写"
	if c.Minors > 0 {
		minors = number(c.Minors) + " 人"
	}
	far := "不限"
	if c.MaxKM > 0 {
		far = decimal(c.MaxKM) + " 公里以内"
	}
	floor := "不限"
	if c.MinPayFen > 0 {
		floor = "不低于 " + yuan(c.MinPayFen) + " 元/月"
	}
	year := plain(c.EntryYear) + " 年入学"
	if grade > 0 {
		year += "，实习时读 " + plain(grade) + " 年级"
	}
	return []fact{{"学校", c.SchoolName}, {"专业", c.MajorName + "（" + c.Major + "）"}, {"人数", number(c.Size) + " 人"}, {"年级", joinWords("，", year, c.Programme)},
		{"起止时间", span(c.From, c.To)}, {"优先安置", count(c.Priority, "人")}, {"未满 18 周岁", minors}, {"住宿", yesNo(c.NeedsBeds, "需要", "不要求")},
		{"距离", far}, {"报酬", floor}, {"技能", orDash(joinWords("、", c.Skills...))}, {"其他需要", orDash(c.Needs)}}
}

func (s *Site) cohortForm(v *visit) error {
	id := v.Param("id")
	values := url.Values{"entry_year": {plain(s.now().In(partnership.Beijing).Year() - 2)}}
	if id != "" {
		view, err := s.exchange.Cohort(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		if !view.CanEdit {
			return partnership.Refuse(partnership.ErrForbidden, "只有所在学校可以修改这个班级批次")
		}
		values = cohortValues(&view.Cohort)
	}
	return s.showCohortForm(v, http.StatusOK, id, newForm(values))
}

func (s *Site) showCohortForm(v *visit, status int, id string, f *form) error {
	schools, err := s.exchange.Schools(v.ctx())
	if err != nil {
		return err
	}
	var majors []option
	for _, sc := range schools {
		if sc.ID != v.actor.Party {
			continue
		}
		for _, m := range sc.Majors {
			majors = append(majors, option{Value: m.Code, Label: m.Name + "（" + m.Code + "）"})
		}
	}
	p := &formPage{page: page{Title: "登记班级批次", Crumbs: []link{{URL: "/cohorts", Label: "班级批次"}, {Label: "登记批次"}}},
		Intro: "登记后平台立即给出候选岗位。企业能看到人数、专业和需要，看不到学生姓名。", Submit: "保存并查看候选岗位", Cancel: "/cohorts"}
	f.Action = "/cohorts"
	if id != "" {
		p.Title, p.Cancel = "修改班级批次", pageOf(exchange.KindCohort, id)
		p.Crumbs = []link{{URL: "/cohorts", Label: "班级批次"}, {URL: p.Cancel, Label: f.text("name")}, {Label: "修改"}}
		f.Action = p.Cancel
	}
	if rev := f.text("rev"); rev != "" {
		f.Hidden = append(f.Hidden, pair{"rev", rev})
	}
	f.done(cohortFields(f, majors))
	p.Form = *f
	return s.render(v, status, "form", p)
}

func cohortFields(f *form, majors []option) []section {
	return []section{
		{Legend: "班级", Fields: []field{
			f.field("name", "班级或批次名称", field{Required: true, Width: 6, Hint: "如：2024级数控1班 岗位实习"}),
			f.field("major", "专业", field{Kind: "select", Required: true, Width: 6, Options: append([]option{{Label: "请选择"}}, majors...)}),
			f.field("entry_year", "入学年份", field{Kind: "number", Required: true, Width: 3}),
			f.field("programme", "学制", field{Width: 3, Hint: "如：三年、3+2、3+4"}),
			f.field("size", "人数", field{Kind: "number", Required: true, Width: 3, Unit: "人"}),
			f.field("minors", "未满 18 周岁", field{Kind: "number", Width: 3, Unit: "人"}),
			f.field("priority", "优先安置人数", field{Kind: "number", Width: 3, Unit: "人", Hint: "家庭经济困难等，先安排"}),
			f.field("skills", "已掌握的技能", field{Width: 8, Hint: "用逗号分开"}),
		}},
		{Legend: "时间与需要", Fields: []field{
			f.field("from", "开始日期", field{Kind: "date", Required: true, Width: 3}),
			f.field("to", "结束日期", field{Kind: "date", Required: true, Width: 3}),
			f.field("max_km", "最远距离", field{Kind: "number", Width: 3, Unit: "公里", Hint: "留空不限"}),
			f.field("min_pay_fen", "最低报酬", field{Kind: "number", Width: 3, Unit: "元/月", Hint: "留空不限"}),
			f.field("needs", "其他需要", field{Kind: "textarea", Rows: 3, Width: 12}),
			f.field("needs_beds", "需要企业提供住宿", field{Kind: "check", Width: 6}),
		}},
	}
}

func (s *Site) saveCohort(v *visit) error {
	id := v.Param("id")
	f := newForm(v.Request.PostForm)
	draft := partnership.Cohort{}
	if id != "" {
		view, err := s.exchange.Cohort(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		draft = view.Cohort
		if draft.Rev, err = strconv.ParseInt(f.text("rev"), 10, 64); err != nil {
			return errStale
		}
	}
	if draft.Major != f.text("major") {
		draft.MajorName = ""
	}
	draft.Name, draft.Major, draft.Programme = f.text("name"), f.text("major"), f.text("programme")
	draft.EntryYear, draft.Size, draft.Minors, draft.Priority = f.whole("entry_year"), f.whole("size"), f.whole("minors"), f.whole("priority")
	draft.From, draft.To, draft.Skills, draft.Needs = f.text("from"), f.text("to"), f.words("skills"), f.text("needs")
	draft.NeedsBeds, draft.MaxKM, draft.MinPayFen = f.on("needs_beds"), f.decimal("max_km"), f.fen("min_pay_fen")
	err := f.bad.Err()
	if err == nil {
		draft, err = s.exchange.SaveCohort(v.ctx(), v.actor, draft)
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showCohortForm(v, explain(err).Status, id, f)
	}
	v.flash("班级批次已保存")
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindCohort, draft.ID))
	return nil
}

func cohortValues(c *partnership.Cohort) url.Values {
	v := url.Values{"rev": {strconv.FormatInt(c.Rev, 10)}, "name": {c.Name}, "major": {c.Major}, "programme": {c.Programme}, "from": {c.From}, "to": {c.To},
		"skills": {joinWords("，", c.Skills...)}, "needs": {c.Needs}}
	for name, n := range map[string]int{"entry_year": c.EntryYear, "size": c.Size, "minors": c.Minors, "priority": c.Priority} {
		if n != 0 {
			v.Set(name, plain(n))
		}
	}
	if c.MaxKM > 0 {
		v.Set("max_km", decimal(c.MaxKM))
	}
	if c.MinPayFen > 0 {
		v.Set("min_pay_fen", typedYuan(c.MinPayFen))
	}
	if c.NeedsBeds {
		v.Set("needs_beds", "1")
	}
	return v
}
