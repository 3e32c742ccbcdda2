package web

import (
	"net/http"
	"net/url"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type postsPage struct {
	page
	List   listing
	Rows   []postRow
	MayAdd bool
}

// postRow is one post in the words of the list.
type postRow struct {
	URL, Company, CompanyURL, Kind string
	Title                          []piece
	State                          mark
	Sample                         bool
	Left, Pay, Place, Window, Ends string
	Majors, Extras, Far            string
	Why                            reasons
}

// mark is a word with a tone, never only a colour.
type mark struct{ Words, Tone string }

func postMark(s partnership.PostState) mark {
	tones := map[partnership.PostState]string{partnership.PostOpen: "good", partnership.PostSubmitted: "info",
		partnership.PostReturned: "bad", partnership.PostFull: "warn"}
	return mark{s.Words(), tones[s]}
}

// posts is the list of posts: one search and one read for the rows, whatever is asked.
func (s *Site) posts(v *visit) error {
	q, r, err := s.list(v, "/posts")
	if err != nil {
		return err
	}
	if v.Query("format") != "" {
		return s.exportPosts(v, &q)
	}
	found, err := s.exchange.PostsByID(v.ctx(), v.actor, ids(r.Hits))
	if err != nil {
		return err
	}
	p := &postsPage{page: page{Title: "岗位", Crumbs: []link{{Label: "岗位"}}}, List: s.shown(v, &q, r), MayAdd: mayAddPost(v.actor)}
	p.List.Empty = emptyPosts(v.actor, q.narrowed())
	byHit(r.Hits, found, func(d *partnership.Post) string { return d.ID }, func(d *partnership.Post, h *search.Hit) {
		row := s.postRow(d)
		row.Title, row.Why, row.Far = marked(d.Title, h), reasonsOf(*h, q.query.Sort), farWords(h.Distance)
		p.Rows = append(p.Rows, row)
	})
	return s.render(v, http.StatusOK, "posts", p)
}

func mayAddPost(a partnership.Actor) bool { return a.Role == partnership.RoleCompany }

func emptyPosts(a partnership.Actor, narrowed bool) string {
	if !narrowed && a.Role == partnership.RoleCompany {
		return "还没有岗位。点“发布岗位”，填写后提交区教委审核。"
	}
	return "换一个说法，或去掉一些条件。企业发布并通过审核的岗位才会出现在这里。"
}

func (s *Site) postRow(p *partnership.Post) postRow {
	row := postRow{URL: pageOf(exchange.KindPost, p.ID), Title: []piece{{Text: p.Title}}, Company: p.CompanyName, CompanyURL: pageOf(exchange.KindCompany, p.Company), Kind: p.Kind.Words(),
		State: postMark(p.State), Sample: p.Sample, Left: number(p.Left()) + " / " + number(p.Slots), Pay: pay(p.PayFen),
		Place: s.countyName(p.Region), Window: span(p.From, p.To)}
	if p.ClosesOn != "" && p.State.Public() {
		row.Ends = until(s.today(), p.ClosesOn)
	}
	for i, l := range p.Links {
		if i == 3 {
			row.Majors += " 等"
			break
		}
		if i > 0 {
			row.Majors += "、"
		}
		row.Majors += l.Name
	}
	if p.Lodging {
		row.Extras = "包住"
	}
	if p.Meals {
		row.Extras = joinWords("·", row.Extras, "包餐")
	}
	return row
}

type postPage struct {
	page
	Post     partnership.Post
	State    mark
	Company  partnership.Company
	Facts    []fact
	Work     []fact // hours, hazards: what the regulation looks at
	Findings []findingRow
	Align    alignPanel
	Matches  []matchRow
	Steps    []stepRow
	Verbs    []verbForm
	CanEdit  bool
	MineOnly bool // the reader sees only its own school's cohorts
}

type fact struct{ Name, Value string }

type findingRow struct {
	Severity, Article, Sentence, Fix string
	Bad                              bool
}

type stepRow struct{ At, Words, Why string }

// verbForm is one button that changes a record.
type verbForm struct {
	Action, Key, Words, Confirm string
	Why, Danger                 bool
}

func verbForms(base string, verbs []exchange.Verb) []verbForm {
	out := make([]verbForm, 0, len(verbs))
	for _, one := range verbs {
		f := verbForm{Action: base + "/act", Key: one.Key, Words: one.Words, Why: one.Why}
		switch one.Key {
		case "close", "suspend", "return", "disable", "unlink", "pause", "drop":
			f.Danger = true
			f.Confirm = "确定要“" + one.Words + "”吗？"
		case "call-off":
			f.Danger, f.Confirm = true, "登记后所有学生退出这个班，名额放开，不能再改回。确定不开班吗？"
		case "stop":
			f.Danger, f.Confirm = true, "停止后什么也不会留下：已经写入的会撤回。确定停止吗？"
		case "undo":
			f.Danger, f.Confirm = true, "撤销后，这次导入新增的记录会删去，改动的恢复原样。确定撤销吗？"
		case "publish":
			f.Confirm = "发布后学校就能看到。确定“" + one.Words + "”吗？"
		}
		out = append(out, f)
	}
	return out
}

func (s *Site) post(v *visit) error {
	view, err := s.exchange.Post(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	p := &view.Post
	out := &postPage{page: page{Title: p.Title, Crumbs: []link{{URL: "/posts", Label: "岗位"}, {Label: p.Title}}},
		Post: *p, State: postMark(p.State), Company: view.Company, CanEdit: view.CanEdit, MineOnly: v.actor.Role == partnership.RoleSchool,
		Facts: s.postFacts(p), Work: postWork(p), Findings: findingRows(p.Findings), Matches: matchRows(view.Matches, true),
		Verbs: verbForms("/posts/"+url.PathEscape(p.ID), view.Verbs)}
	out.Align = s.alignPanel(v, p)
	if view.CanEdit || v.actor.SeesAll() {
		for _, st := range p.Steps {
			out.Steps = append(out.Steps, stepRow{moment(st.At), partnership.PostState(st.From).Words() + " → " + partnership.PostState(st.To).Words(), st.Why})
		}
	}
	return s.render(v, http.StatusOK, "post", out)
}

func (s *Site) postFacts(p *partnership.Post) []fact {
	left := number(p.Left()) + " 人（共招 " + number(p.Slots) + " 人，已定 " + number(p.Taken) + " 人）"
	closes := orDash(day(p.ClosesOn))
	if p.ClosesOn != "" && p.State.Public() {
		closes += "（" + until(s.today(), p.ClosesOn) + "）"
	}
	facts := []fact{
		{"类别", p.Kind.Words()}, {"剩余名额", left}, {"起止时间", span(p.From, p.To)}, {"报名截止", closes},
		{"报酬", pay(p.PayFen) + payHow(p)}, {"食宿", joinWords("，", yesNo(p.Lodging, "提供住宿", "不提供住宿"), yesNo(p.Meals, "提供工作餐", "不提供工作餐"))},
		{"交通", orDash(p.Transport)},
		{"工作地点", orDash(joinWords("；", append([]string{joinWords(" ", s.countyName(p.Region), p.Address)}, p.Sites...)...))}, {"企业指导教师", count(p.Tutors, "人")},
		{"技能要求", orDash(joinWords("、", p.Skills...))}, {"向学生收费", orDash(p.Fees)},
	}
	if p.DelegateName != "" {
		facts = append(facts, fact{"代为发布", p.DelegateName + "（受企业委托）"})
	}
	return facts
}

func payHow(p *partnership.Post) string {
	how := joinWords("，", p.PayForm, p.PayTo)
	if p.PayCycle > 0 {
		how = joinWords("，", how, "每 "+number(p.PayCycle)+" 天发放一次")
	}
	if p.PayWageFen > 0 {
		how = joinWords("，", how, "同岗位工资 "+yuan(p.PayWageFen)+" 元/月")
	}
	if p.Assists {
		how = joinWords("，", how, "只做辅助，尚未相对独立工作")
	}
	if p.LowestFen > 0 {
		how = joinWords("，", how, "最低档工资 "+yuan(p.LowestFen)+" 元/月")
	}
	if how == "" {
		return ""
	}
	return "（" + how + "）"
}

// measured is a number with its unit, empty where it is not known.
func measured(n float64, unit string) string {
	if n == 0 {
		return ""
	}
	return decimal(n) + " " + unit
}

func postWork(p *partnership.Post) []fact {
	hours := "未填写"
	if p.HoursPerDay > 0 {
		hours = "每天 " + decimal(p.HoursPerDay) + " 小时"
		if p.DaysPerWeek > 0 {
			hours += "，每周 " + decimal(p.DaysPerWeek) + " 天"
		}
	}
	grade := "未填写"
	if p.LabourGrade > 0 {
		grade = []string{"", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}[min(4, p.LabourGrade)] + " 级"
	}
	return []fact{{"工作时间", hours}, {"夜班", yesNo(p.NightShift, "有", "无")}, {"加班", yesNo(p.Overtime, "有", "无")}, {"休息日或节假日上班", yesNo(p.RestDayWork, "有", "无")},
		{"危害因素", orDash(joinWords("、", p.Hazards...))}, {"体力劳动强度", grade}, {"同岗位在岗职工", count(p.SamePostStaff, "人")},
		{"搬举", orDash(joinWords("，", measured(p.LiftKg, "公斤"), measured(p.LiftsPerHour, "次/小时")))}, {"流水线动作", orDash(measured(p.Motions, "次/分"))}}
}

func findingRows(list []partnership.Finding) []findingRow {
	words := map[string]string{"forbidden": "禁止", "filing": "须备案", "block": "缺材料", "warning": "提醒"}
	out := make([]findingRow, 0, len(list))
	for _, f := range list {
		out = append(out, findingRow{words[f.Severity], f.Article, f.Sentence, f.Fix, f.Severity == "forbidden"})
	}
	return out
}

// actPost moves a post by a verb, or shows on the error page why not.
func (s *Site) actPost(v *visit) error {
	p, err := s.exchange.ActPost(v.ctx(), v.actor, v.Param("id"), v.PostForm("verb"), v.PostForm("why"))
	if err != nil {
		return err
	}
	words := map[string]string{"submit": "已提交，等待区教委审核", "publish": "已发布，学校现在可以看到", "return": "已退回企业修改", "close": "岗位已关闭", "clone": "已复制为新岗位，请修改日期和人数后提交"}
	v.flash(words[v.PostForm("verb")])
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindPost, p.ID))
	return nil
}
