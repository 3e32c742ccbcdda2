package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// placementOperations are placements in the API, from the answer to the close.
func (s *Site) placementOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/worklist", id: "get-worklist", summary: "待办：需要您处理的事，按期限排列", roles: everyRole, add: serves(s.apiWorklist)},
		{method: get, path: "/placements", id: "list-placements", summary: "学生安置，最近的在前；个人信息已遮盖", roles: everyRole, add: serves(s.apiPlacements)},
		{method: get, path: "/placements/{id}", id: "get-placement", summary: "一条安置：还缺什么、签字、可以做的事", roles: everyRole, add: serves(s.apiPlacement)},
		{method: post, path: "/placements/{id}/act", id: "act-placement", summary: "接受、谢绝、登记上岗、办结或提前结束", roles: parties, add: serves(s.apiActPlacement)},
		{method: post, path: "/placements/act", id: "act-placements", summary: "成批登记上岗或办结，逐条给出结果", roles: parties, add: serves(s.apiActPlacements)},
		{method: post, path: "/placements/{id}/sign", id: "sign-placement", summary: "登记签字或知情同意", roles: parties, add: serves(s.apiSign)},
		{method: post, path: "/placements/{id}/papers", id: "save-placement-papers", summary: "登记材料；不给的项目保持原样", roles: parties, add: serves(s.apiPapers)},
		{method: post, path: "/placements/{id}/evaluate", id: "evaluate-placement", summary: "登记本方的实习鉴定", roles: parties, add: serves(s.apiEvaluate)},
		{method: post, path: "/placements/{id}/note", id: "note-placement", summary: "登记本方的周志", roles: parties, add: serves(s.apiNote)},
		{method: post, path: "/placements/{id}/answer", id: "answer-roll-mark", summary: "登记对点名异常的处理", roles: schools, add: serves(s.apiAnswerMark)},
		{method: post, path: "/placements/{id}/reveal", id: "reveal-placed", summary: "查看学生的一项个人信息；写明原因，记入日志", roles: parties, person: true, add: serves(s.apiRevealPlaced)},
		{method: get, path: "/supervision", id: "list-supervision", summary: "在岗学生，有异常的在前", roles: parties, add: serves(s.apiSupervision)},
		{method: post, path: "/supervision/roll", id: "call-roll", summary: "登记一个岗位一天的点名；没有列出的学生为在岗", roles: companies, add: serves(s.apiCallRoll)},
	}
}

type placementDoc struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	Words     string `json:"state_words"`
	Student   string `json:"student" doc:"学号和姓名，已遮盖；区教委为空"`
	Cohort    string `json:"cohort"`
	School    string `json:"school"`
	Company   string `json:"company"`
	Post      string `json:"post"`
	PostTitle string `json:"post_title"`
	From      string `json:"from"`
	To        string `json:"to"`
	StartedOn string `json:"started_on"`
	OpenMarks int    `json:"open_marks" doc:"还没有处理的点名异常"`
}

func placementDocOf(r *exchange.PlacementRow) placementDoc {
	p := &r.Placement
	return placementDoc{p.ID, string(p.State), p.State.Words(), joinWords(" ", r.Student.Number, r.Student.Name), p.CohortName, p.SchoolName, p.CompanyName, p.Post, p.PostTitle, p.From, p.To, p.StartedOn, p.Open}
}

type findingDoc struct {
	Rule     string `json:"rule"`
	Article  string `json:"article"`
	Severity string `json:"severity"`
	Sentence string `json:"sentence"`
	Fix      string `json:"fix"`
}

func findingDocs(found []partnership.Finding) []findingDoc {
	out := make([]findingDoc, 0, len(found))
	for _, f := range found {
		out = append(out, findingDoc{f.Rule, f.Article, f.Severity, f.Sentence, f.Fix})
	}
	return out
}

type placementViewDoc struct {
	Placement placementDoc `json:"placement"`
	Missing   []findingDoc `json:"missing" doc:"还缺什么：齐了才能上岗（在岗时为办结）"`
	Warnings  []findingDoc `json:"warnings" doc:"需要说明理由的提示"`
	Signs     []signDoc    `json:"signs"`
	Verbs     []string     `json:"verbs" doc:"现在可以做的事"`
}

type signDoc struct {
	Who   string `json:"who"`
	Words string `json:"words"`
	Day   string `json:"day"`
}

func (s *Site) apiPlacements(ctx context.Context, v *visit, in *stated) (*pageOfDocs[placementDoc], error) {
	found, next, err := s.exchange.Placements(ctx, v.actor, in.list())
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, placementDocOf), nil
}

func (s *Site) apiPlacement(ctx context.Context, v *visit, in *byID) (*one[placementViewDoc], error) {
	view, err := s.exchange.Placement(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	d := placementViewDoc{placementDocOf(&view.PlacementRow), findingDocs(view.Missing), findingDocs(view.Warnings), []signDoc{}, []string{}}
	for _, sign := range view.Signs {
		d.Signs = append(d.Signs, signDoc{string(sign.Who), sign.Words, sign.Day})
	}
	for _, verb := range view.Verbs {
		d.Verbs = append(d.Verbs, verb.Key)
	}
	return &one[placementViewDoc]{d}, nil
}

// again is the placement as it stands after a change.
func (s *Site) again(ctx context.Context, v *visit, p partnership.Placement, err error) (*one[placementViewDoc], error) {
	if err != nil {
		return nil, err
	}
	return s.apiPlacement(ctx, v, &byID{p.ID})
}

type actPlacementInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Verb string `json:"verb" enum:"accept,decline,start,complete,end,end-student"`
		Why  string `json:"why,omitempty" maxLength:"500" doc:"谢绝和提前结束时必填"`
	}
}

func (s *Site) apiActPlacement(ctx context.Context, v *visit, in *actPlacementInput) (*one[placementViewDoc], error) {
	p, err := s.exchange.ActPlacement(ctx, v.actor, in.ID, in.Body.Verb, in.Body.Why)
	return s.again(ctx, v, p, err)
}

type actPlacementsInput struct {
	Body struct {
		IDs  []string `json:"ids" minItems:"1" maxItems:"200"`
		Verb string   `json:"verb" enum:"start,complete"`
	}
}

type doneDoc struct {
	ID    string `json:"id"`
	OK    bool   `json:"ok"`
	Words string `json:"words" doc:"现在的状态，或没有办成的原因"`
}

func (s *Site) apiActPlacements(ctx context.Context, v *visit, in *actPlacementsInput) (*pageOfDocs[doneDoc], error) {
	done, err := s.exchange.ActPlacements(ctx, v.actor, in.Body.IDs, in.Body.Verb)
	if err != nil {
		return nil, err
	}
	return pageFrom(done, "", func(d *exchange.Done) doneDoc { return doneDoc{d.ID, d.OK, d.Words} }), nil
}

type signInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Who string `json:"who" enum:"school,company,student,student_consent,guardian_consent"`
		Day string `json:"day" doc:"2027-02-20"`
	}
}

func (s *Site) apiSign(ctx context.Context, v *visit, in *signInput) (*one[placementViewDoc], error) {
	p, err := s.exchange.SignPlacement(ctx, v.actor, in.ID, partnership.Signer(in.Body.Who), in.Body.Day)
	return s.again(ctx, v, p, err)
}

type policyDoc struct {
	Insurer string `json:"insurer,omitempty" maxLength:"100"`
	Number  string `json:"number,omitempty" maxLength:"100"`
	From    string `json:"from"`
	To      string `json:"to"`
	Paid    string `json:"paid,omitempty" enum:"学校,企业"`
}

type trainingDoc struct {
	Day    string `json:"day"`
	Topic  string `json:"topic,omitempty" maxLength:"200"`
	Passed bool   `json:"passed"`
}

type filingDoc struct {
	Kind   string   `json:"kind" enum:"F1,F2,F3,F4"`
	Office string   `json:"office" maxLength:"100"`
	Day    string   `json:"day"`
	Rules  []string `json:"rules,omitempty" maxItems:"10"`
	Reason string   `json:"reason,omitempty" maxLength:"500"`
}

type papersInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Alike        bool              `json:"alike,omitempty" doc:"同一班级、同一岗位的学生一并登记"`
		PlanOn       string            `json:"plan_on,omitempty" doc:"实习方案日期"`
		SchoolRules  []string          `json:"school_rules,omitempty" maxItems:"10" doc:"管理办法、安全规定、应急预案"`
		ApprovedOn   string            `json:"approved_on,omitempty" doc:"党组织会议研究日期"`
		PublishedOn  string            `json:"published_on,omitempty" doc:"名单公示日期"`
		RollMatches  *bool             `json:"roll_matches,omitempty" doc:"与学籍一致"`
		Policies     []policyDoc       `json:"policies,omitempty" maxItems:"10" doc:"实习责任保险，要覆盖每一天"`
		SchoolTutor  string            `json:"school_tutor,omitempty" maxLength:"60"`
		CompanyTutor string            `json:"company_tutor,omitempty" maxLength:"60"`
		Training     *trainingDoc      `json:"training,omitempty"`
		FromAway     *bool             `json:"from_away,omitempty"`
		Lodging      string            `json:"lodging,omitempty" enum:"统一住宿,自行住宿,回家住"`
		LodgingOK    *bool             `json:"lodging_ok,omitempty"`
		Approver     string            `json:"approver,omitempty" maxLength:"60"`
		Filings      []filingDoc       `json:"filings,omitempty" maxItems:"10"`
		Reasons      map[string]string `json:"reasons,omitempty" doc:"规则编号到理由"`
		Archive      []string          `json:"archive,omitempty" maxItems:"20"`
		Evidence     []string          `json:"evidence,omitempty" maxItems:"50"`
	}
}

func (s *Site) apiPapers(ctx context.Context, v *visit, in *papersInput) (*one[placementViewDoc], error) {
	b := &in.Body
	p := partnership.Papers{PlanOn: b.PlanOn, SchoolRules: b.SchoolRules, ApprovedOn: b.ApprovedOn, PublishedOn: b.PublishedOn, RollMatches: b.RollMatches, SchoolTutor: b.SchoolTutor,
		CompanyTutor: b.CompanyTutor, FromAway: b.FromAway, Lodging: b.Lodging, LodgingOK: b.LodgingOK, Approver: b.Approver, Reasons: b.Reasons, Archive: b.Archive, Evidence: b.Evidence}
	for _, i := range b.Policies {
		p.Policies = append(p.Policies, partnership.Policy(i))
	}
	if b.Training != nil {
		p.Training = &partnership.Training{Day: b.Training.Day, Topic: b.Training.Topic, Passed: b.Training.Passed}
	}
	for _, d := range b.Filings {
		p.Filings = append(p.Filings, partnership.Filing(d))
	}
	var err error
	if b.Alike {
		_, err = s.exchange.SavePapersAlike(ctx, v.actor, in.ID, p)
	} else {
		_, err = s.exchange.SavePapers(ctx, v.actor, []string{in.ID}, p)
	}
	if err != nil {
		return nil, err
	}
	return s.apiPlacement(ctx, v, &byID{in.ID})
}

type evaluateInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Score int    `json:"score" minimum:"0" maximum:"100"`
		Words string `json:"words" minLength:"1" maxLength:"1000"`
	}
}

func (s *Site) apiEvaluate(ctx context.Context, v *visit, in *evaluateInput) (*one[placementViewDoc], error) {
	p, err := s.exchange.EvaluatePlacement(ctx, v.actor, in.ID, partnership.Evaluation{Score: in.Body.Score, Words: in.Body.Words})
	return s.again(ctx, v, p, err)
}

type noteInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Day   string `json:"day" doc:"这一周的任一天"`
		Words string `json:"words" minLength:"2" maxLength:"2000"`
	}
}

func (s *Site) apiNote(ctx context.Context, v *visit, in *noteInput) (*one[placementViewDoc], error) {
	p, err := s.exchange.NoteWeek(ctx, v.actor, in.ID, in.Body.Day, in.Body.Words)
	return s.again(ctx, v, p, err)
}

type answerMarkInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Day    string `json:"day" doc:"点名那天"`
		Answer string `json:"answer" minLength:"2" maxLength:"200" doc:"怎样处理的"`
	}
}

func (s *Site) apiAnswerMark(ctx context.Context, v *visit, in *answerMarkInput) (*one[placementViewDoc], error) {
	p, err := s.exchange.AnswerMark(ctx, v.actor, in.ID, in.Body.Day, in.Body.Answer)
	return s.again(ctx, v, p, err)
}

func (s *Site) apiRevealPlaced(ctx context.Context, v *visit, in *revealAsk) (*one[revealed], error) {
	text, err := s.exchange.RevealPlaced(ctx, v.actor, in.ID, in.Body.Field, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &one[revealed]{revealed{in.Body.Field, text}}, nil
}

type followDoc struct {
	Placement placementDoc `json:"placement"`
	Alerts    []string     `json:"alerts"`
	LastCall  string       `json:"last_call"`
	LastNote  string       `json:"last_note" doc:"本方最近一次周志所在周的周一"`
}

type supervisionAsk struct {
	Post string `query:"post" maxLength:"200" doc:"只要这个岗位"`
}

func (s *Site) apiSupervision(ctx context.Context, v *visit, in *supervisionAsk) (*pageOfDocs[followDoc], error) {
	found, _, err := s.exchange.Supervision(ctx, v.actor, in.Post)
	if err != nil {
		return nil, err
	}
	return pageFrom(found, "", func(r *exchange.FollowRow) followDoc {
		return followDoc{placementDocOf(&r.PlacementRow), list(r.Alerts), r.LastCall, r.LastNote}
	}), nil
}

type rollInput struct {
	Body struct {
		Post  string `json:"post" maxLength:"200"`
		Day   string `json:"day" doc:"2027-03-08"`
		Marks []struct {
			Placement string `json:"placement" maxLength:"200"`
			Kind      string `json:"kind" enum:"absent,leave,late,unwell,hurt,other"`
			Words     string `json:"words,omitempty" maxLength:"200"`
		} `json:"marks" maxItems:"1000" doc:"只列异常"`
	}
}

type rollDone struct {
	Called int `json:"called" doc:"点名的人数"`
}

func (s *Site) apiCallRoll(ctx context.Context, v *visit, in *rollInput) (*one[rollDone], error) {
	call := exchange.RollCall{Post: in.Body.Post, Day: in.Body.Day, Marks: map[string]partnership.RollMark{}}
	for _, m := range in.Body.Marks {
		call.Marks[m.Placement] = partnership.RollMark{Kind: partnership.RollKind(m.Kind), Words: m.Words}
	}
	n, err := s.exchange.CallRoll(ctx, v.actor, call)
	if err != nil {
		return nil, err
	}
	return &one[rollDone]{rollDone{n}}, nil
}

type taskDoc struct {
	Title string `json:"title"`
	Why   string `json:"why"`
	URL   string `json:"url" doc:"在哪个页面处理"`
	Due   string `json:"due" doc:"期限，空为没有"`
	Count int64  `json:"count"`
}

func (s *Site) apiWorklist(ctx context.Context, v *visit, _ *none) (*pageOfDocs[taskDoc], error) {
	tasks, err := s.exchange.Worklist(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	return pageFrom(tasks, "", func(t *exchange.Task) taskDoc {
		return taskDoc{t.Title, t.Why, taskURL(t, v.actor.Role), t.Due, t.Count}
	}), nil
}
