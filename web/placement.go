package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// placementStates are the states of a placement in the order of its life.
var placementStates = []partnership.PlacementState{partnership.PlacementProposed, partnership.PlacementAccepted, partnership.PlacementAgreed, partnership.PlacementOnPost,
	partnership.PlacementCompleted, partnership.PlacementEnded, partnership.PlacementDeclined, partnership.PlacementReleased}

func (s *Site) placements(v *visit) error {
	list, ask := readCursor(v, "/placements")
	return s.showPlacements(v, list, ask, nil)
}

func (s *Site) showPlacements(v *visit, list cursorList, ask exchange.List, done []doneRow) error {
	var states []option
	for _, st := range placementStates {
		states = append(states, option{Value: string(st), Label: st.Words()})
	}
	ask.State = list.states(ask.State, states)
	if v.Query("format") != "" {
		return s.exportPlacements(v, ask)
	}
	found, next, err := s.exchange.Placements(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.pages(ask, next)
	p := &placementsPage{page: page{Title: "学生安置", Crumbs: []link{{Label: "学生安置"}}}, List: list, Rows: placementRowsOf(found), Done: done, Export: "/placements?format=xlsx"}
	if ask.State != "" {
		p.Export += "&state=" + ask.State
	}
	if !v.actor.SeesAll() && len(p.Rows) > 0 {
		p.Bulk = []option{{Value: "start", Label: "登记上岗"}}
		if v.actor.Role == partnership.RoleSchool {
			p.Bulk = append(p.Bulk, option{Value: "complete", Label: "办结"})
		}
	}
	return s.render(v, http.StatusOK, "placements", p)
}

// actPlacements starts or completes the ticked rows and says of each what became of it.
func (s *Site) actPlacements(v *visit) error {
	results, err := s.exchange.ActPlacements(v.ctx(), v.actor, v.PostFormArray("id"), v.PostForm("verb"))
	if err != nil {
		return err
	}
	done := make([]doneRow, len(results))
	for i, r := range results {
		view, err := s.exchange.Placement(v.ctx(), v.actor, r.ID)
		row := doneRow{URL: placementURL(r.ID), Student: "编号 " + r.ID, Words: r.Words, OK: r.OK}
		switch {
		case err == nil:
			row.Student = placementRowsOf([]exchange.PlacementRow{view.PlacementRow})[0].Student
		case !errors.Is(err, partnership.ErrNotFound):
			return err
		}
		done[i] = row
	}
	return s.showPlacements(v, cursorList{Path: "/placements"}, exchange.List{State: v.PostForm("state"), Limit: 50}, done)
}

type placementPage struct {
	page
	Row      placementRow
	Facts    []fact
	Missing  []findingRow
	Warnings []findingRow
	Unasked  []findingRow // what nobody has answered and no start waits for
	Signs    []signRow
	Verbs    []verbForm
	Steps    []stepRow
	Action   string
	Today    string
	Papers   bool // the reader may record papers
	Paper    bool // there is an agreement to print
	Personal []personalRow
	Reveal   string // where the form goes
	Reason   string
	Refused  []string
	Judged   []judgedRow
	Judge    bool // the reader may evaluate now
	Follow   *followPanel
}

type signRow struct {
	Who, Words, Day string
	Can             bool
}

// judgedRow is one side's evaluation.
type judgedRow struct{ Who, Score, Words, Day string }

// followPanel is how the student is followed at work.
type followPanel struct {
	Marks   []markRow
	Notes   []noteRow
	Last    string // roll call
	Can     bool   // the reader may write
	Answers bool   // the reader answers exceptions
}

type markRow struct {
	Day, On, Words, Answer string
	Open                   bool
}

type noteRow struct{ Week, Who, Words string }

func (s *Site) placement(v *visit) error { return s.showPlacement(v, http.StatusOK, "", "", nil) }

func (s *Site) showPlacement(v *visit, status int, opened, text string, refused error) error {
	view, err := s.exchange.Placement(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	d := &view.Placement
	row := placementRowsOf([]exchange.PlacementRow{view.PlacementRow})[0]
	p := &placementPage{page: page{Title: row.Student + " → " + d.PostTitle, Crumbs: []link{{URL: "/placements", Label: "学生安置"}, {Label: d.PostTitle}}}, Row: row,
		Missing: findingRows(view.Missing), Action: placementURL(d.ID), Today: s.today(), Papers: view.Records,
		Paper: d.Agreement != nil && !v.actor.SeesAll(), Reason: v.PostForm("reason"), Reveal: placementURL(d.ID) + "/reveal"}
	known, unasked := splitUnknown(view.Warnings)
	p.Warnings, p.Unasked = findingRows(known), findingRows(unasked)
	p.Facts = s.placementFacts(d, row.Student)
	var bad partnership.Invalid
	if errors.As(refused, &bad) {
		for _, name := range sortedKeys(bad) {
			p.Refused = append(p.Refused, bad[name]...)
		}
	}
	if len(view.Student.Reveals) > 0 {
		p.Personal = personalRows(&view.Student, opened, text)
	}
	for _, sign := range view.Signs {
		p.Signs = append(p.Signs, signRow{string(sign.Who), sign.Words, day(sign.Day), sign.Can && sign.Day == ""})
	}
	for _, verb := range view.Verbs {
		if verb.Key == "evaluate" {
			p.Judge = true // has a form of its own
			continue
		}
		p.Verbs = append(p.Verbs, verbForms(p.Action, []exchange.Verb{verb})...)
	}
	if !v.actor.SeesAll() {
		for _, st := range d.Steps {
			p.Steps = append(p.Steps, stepRow{moment(st.At), partnership.PlacementState(st.To).Words(), st.Why})
		}
		p.Follow = followPanelOf(v.actor, d)
		p.Judged = judgedRows(d)
	}
	return s.render(v, status, "placement", p)
}

// splitUnknown parts what a rule found from what it could not judge.
func splitUnknown(all []partnership.Finding) (known, unasked []partnership.Finding) {
	for _, f := range all {
		if f.Unknown {
			unasked = append(unasked, f)
		} else {
			known = append(known, f)
		}
	}
	return known, unasked
}

func (s *Site) placementFacts(d *partnership.Placement, student string) []fact {
	facts := []fact{{"学生", student}, {"班级批次", d.CohortName}, {"岗位", d.PostTitle}, {"企业", d.CompanyName}, {"学校", d.SchoolName}, {"起止时间", span(d.From, d.To)},
		{"实际上岗", orDash(day(d.StartedOn))}, {"指导教师", orDash(joinWords("；", d.Papers.SchoolTutor, d.Papers.CompanyTutor))}}
	if t := d.Papers.Training; t != nil {
		facts = append(facts, fact{"岗前培训", joinWords("，", day(t.Day), t.Topic, yesNo(t.Passed, "合格", "不合格"))})
	}
	for _, i := range d.Papers.Policies {
		facts = append(facts, fact{"实习责任保险", joinWords("，", span(i.From, i.To), i.Insurer, i.Number, "保费由"+orDash(i.Paid)+"付")})
	}
	if d.Ended != nil {
		facts = append(facts, fact{"提前结束", day(d.Ended.Day) + "，" + d.Ended.By + "：" + d.Ended.Reason})
	}
	for _, e := range d.Papers.Evidence {
		facts = append(facts, fact{"佐证", e})
	}
	return facts
}

func judgedRows(d *partnership.Placement) []judgedRow {
	var out []judgedRow
	for _, e := range []struct {
		who string
		is  *partnership.Evaluation
	}{{"学校", d.BySchool}, {"企业", d.ByCompany}} {
		if e.is != nil {
			out = append(out, judgedRow{e.who, plain(e.is.Score) + " 分", e.is.Words, day(e.is.Day)})
		}
	}
	return out
}

// followPanelOf is nil before the start.
func followPanelOf(actor partnership.Actor, d *partnership.Placement) *followPanel {
	if d.StartedOn == "" {
		return nil
	}
	f := &followPanel{Last: orDash(day(d.Follow.LastCall())), Can: d.State == partnership.PlacementOnPost, Answers: actor.Role == partnership.RoleSchool}
	for _, m := range d.Follow.Marks {
		row := markRow{Day: m.Day, On: day(m.Day), Words: joinWords("：", m.Kind.Words(), m.Words), Open: m.Answer == "" && m.Kind != partnership.RollLeave}
		if m.Answer != "" {
			row.Answer = day(m.AnsweredOn) + " 学校：" + m.Answer
		}
		f.Marks = append(f.Marks, row)
	}
	slices.Reverse(f.Marks)
	slices.SortStableFunc(f.Marks, func(a, b markRow) int { return int(yesNo(b.Open, "1", "0")[0]) - int(yesNo(a.Open, "1", "0")[0]) })
	for _, n := range slices.Backward(d.Follow.Notes) {
		f.Notes = append(f.Notes, noteRow{day(n.Week) + "起的一周", n.Side.Words(), n.Words})
	}
	return f
}

func (s *Site) actPlacement(v *visit) error {
	p, err := s.exchange.ActPlacement(v.ctx(), v.actor, v.Param("id"), v.PostForm("verb"), v.PostForm("why"))
	if err != nil {
		return err
	}
	v.flash("已登记：" + p.State.Words())
	v.Redirect(http.StatusSeeOther, placementURL(p.ID))
	return nil
}

func (s *Site) signPlacement(v *visit) error {
	p, err := s.exchange.SignPlacement(v.ctx(), v.actor, v.Param("id"), partnership.Signer(v.PostForm("who")), v.PostForm("day"))
	if err != nil {
		return err
	}
	v.flash("已登记" + partnership.Signer(v.PostForm("who")).Words() + "：" + p.State.Words())
	v.Redirect(http.StatusSeeOther, placementURL(p.ID))
	return nil
}

// revealPlaced opens one personal field of the placed student for this one answer.
func (s *Site) revealPlaced(v *visit) error {
	name := v.PostForm("field")
	text, err := s.exchange.RevealPlaced(v.ctx(), v.actor, v.Param("id"), name, v.PostForm("reason"))
	switch {
	case errors.As(err, new(partnership.Invalid)):
		return s.showPlacement(v, http.StatusUnprocessableEntity, "", "", err)
	case err != nil:
		return err
	}
	return s.showPlacement(v, http.StatusOK, name, text, nil)
}

func (s *Site) evaluatePlacement(v *visit) error {
	f := newForm(v.Request.PostForm)
	e := partnership.Evaluation{Score: f.whole("score"), Words: f.text("words")}
	if f.text("score") == "" {
		f.bad.Add("score", "请填写成绩（0 到 100）")
	}
	return s.placementForm(v, f.bad.Err(), "已登记实习鉴定", func() (partnership.Placement, error) {
		return s.exchange.EvaluatePlacement(v.ctx(), v.actor, v.Param("id"), e)
	})
}

func (s *Site) notePlacement(v *visit) error {
	return s.placementForm(v, nil, "已登记周志", func() (partnership.Placement, error) {
		return s.exchange.NoteWeek(v.ctx(), v.actor, v.Param("id"), v.PostForm("day"), v.PostForm("words"))
	})
}

func (s *Site) answerMark(v *visit) error {
	return s.placementForm(v, nil, "已登记处理结果，企业会看到", func() (partnership.Placement, error) {
		return s.exchange.AnswerMark(v.ctx(), v.actor, v.Param("id"), v.PostForm("day"), v.PostForm("answer"))
	})
}

// placementForm does what one of the small forms of the page asks, and shows on the page
// what is wrong with it.
func (s *Site) placementForm(v *visit, err error, said string, do func() (partnership.Placement, error)) error {
	var p partnership.Placement
	if err == nil {
		p, err = do()
	}
	switch {
	case errors.As(err, new(partnership.Invalid)):
		return s.showPlacement(v, http.StatusUnprocessableEntity, "", "", err)
	case err != nil:
		return err
	}
	v.flash(said)
	v.Redirect(http.StatusSeeOther, placementURL(p.ID))
	return nil
}

type supervisionPage struct {
	page
	Posts  []followPost
	Rows   []followRow // the school's
	Full   bool
	Quiet  int // rows without an alert
	Today  string
	Kinds  []option
	Caller bool // the reader calls the roll
	Export string
}

// followPost is one post with its students on it, for the roll call.
type followPost struct {
	ID, Title string
	Rows      []followRow
}

type followRow struct {
	ID, URL, Student, Post, Company, Called, Noted string
	Alerts                                         []string
	Sample                                         bool
}

// supervision lists the students on post, exceptions first; the company calls the roll here.
func (s *Site) supervision(v *visit) error {
	found, full, err := s.exchange.Supervision(v.ctx(), v.actor, v.Query("post"))
	if err != nil {
		return err
	}
	if v.Query("format") != "" {
		return s.exportSupervision(v, found)
	}
	p := &supervisionPage{page: page{Title: "在岗跟踪", Crumbs: []link{{URL: "/placements", Label: "学生安置"}, {Label: "在岗跟踪"}}}, Full: full, Export: "/supervision?" + url.Values{"post": {v.Query("post")}, "format": {"xlsx"}}.Encode(), Today: s.today(),
		Caller: v.actor.Role == partnership.RoleCompany, Kinds: []option{{Label: "在岗"}}}
	for _, k := range partnership.RollKinds() {
		p.Kinds = append(p.Kinds, option{Value: string(k), Label: k.Words()})
	}
	for i := range found {
		r := &found[i]
		base := placementRowsOf([]exchange.PlacementRow{r.PlacementRow})[0]
		row := followRow{base.ID, base.URL, base.Student, base.Post, base.Company, orDash(day(r.LastCall)), orDash(day(r.LastNote)), r.Alerts, base.Sample}
		if len(row.Alerts) == 0 {
			p.Quiet++
		}
		p.Rows = append(p.Rows, row)
		if !p.Caller {
			continue
		}
		at := slices.IndexFunc(p.Posts, func(f followPost) bool { return f.ID == r.Placement.Post })
		if at < 0 {
			p.Posts, at = append(p.Posts, followPost{ID: r.Placement.Post, Title: r.Placement.PostTitle}), len(p.Posts)
		}
		p.Posts[at].Rows = append(p.Posts[at].Rows, row)
	}
	return s.render(v, http.StatusOK, "supervision", p)
}

func (s *Site) callRoll(v *visit) error {
	call := exchange.RollCall{Post: v.PostForm("post"), Day: v.PostForm("day"), Marks: map[string]partnership.RollMark{}}
	for _, id := range v.PostFormArray("id") {
		if kind := v.PostForm("kind-" + id); kind != "" {
			call.Marks[id] = partnership.RollMark{Kind: partnership.RollKind(kind), Words: v.PostForm("words-" + id)}
		}
	}
	n, err := s.exchange.CallRoll(v.ctx(), v.actor, call)
	if err != nil {
		return err
	}
	v.flash(fmt.Sprintf("%s 已点名 %d 人，异常 %d 人", day(call.Day), n, len(call.Marks)))
	v.Redirect(http.StatusSeeOther, "/supervision")
	return nil
}
