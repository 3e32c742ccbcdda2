package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// graduateOperations are where graduates went, in the API.
func (s *Site) graduateOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/graduates", id: "list-graduates", summary: "逐人的毕业去向，最近一届在前；学校看本校的，企业看写明本企业的，区教委看本区的", roles: everyRole, add: serves(s.apiGraduates)},
		{method: post, path: "/graduates", id: "record-graduate", summary: "登记一名毕业生的去向，或改正已登记的", roles: schools, add: serves(s.apiRecordGraduate)},
		{method: get, path: "/graduates/{id}", id: "get-graduate", summary: "一条毕业去向、各方的答复和经过", roles: everyRole, add: serves(s.apiGraduate)},
		{method: post, path: "/graduates/{id}/answer", id: "answer-graduate", summary: "用人单位确认，或提出异议并写明原因", roles: companies, add: serves(s.apiAnswerGraduate)},
		{method: post, path: "/graduates/{id}/rule", id: "rule-graduate", summary: "处理异议：学校维持登记，区教委维持或裁定为另一去向", roles: schoolSide, add: serves(s.apiRuleGraduate)},
		{method: post, path: "/graduates/{id}/link", id: "link-graduate", summary: "生成毕业生本人的一次性确认链接；以前的失效", roles: schools, add: serves(s.apiLinkGraduate)},
	}
}

type graduatesAsk struct {
	Paging
	Q     string `query:"q" maxLength:"100" doc:"用人单位的开头；学校还可写学号的开头"`
	State string `query:"state" enum:"unanswered,disputed,confirmed" doc:"unanswered 等用人单位确认 | disputed 有异议 | confirmed 已确认"`
	Year  int    `query:"year" minimum:"0" maximum:"2100" doc:"届，0 为全部"`
}

type graduateDoc struct {
	ID         string    `json:"id"`
	Student    string    `json:"student" doc:"学号，只有本校看得到"`
	Name       string    `json:"name" doc:"已遮盖；区教委为空"`
	School     string    `json:"school"`
	Year       int       `json:"year"`
	Major      string    `json:"major"`
	MajorName  string    `json:"major_name"`
	Direction  string    `json:"direction"`
	Words      string    `json:"direction_words"`
	Employer   string    `json:"employer"`
	EmployerID string    `json:"employer_id" doc:"平台上被请来确认的企业，空为不在平台上"`
	ByCompany  string    `json:"by_company" doc:"用人单位的答复"`
	ByGraduate string    `json:"by_graduate" doc:"毕业生的答复"`
	AskBy      string    `json:"ask_by" doc:"用人单位应在哪天之前答复"`
	Disputed   bool      `json:"disputed" doc:"有异议还没有处理：统计时按去向不明计"`
	Final      bool      `json:"final" doc:"区教委已裁定"`
	Evidence   []string  `json:"evidence"`
	Steps      []stepDoc `json:"steps"`
}

func graduateDocOf(r *exchange.GraduateRow) graduateDoc {
	return graduateDoc{r.ID, r.Student, r.Name, r.SchoolName, r.Year, r.Major, r.MajorName, string(r.Direction), r.Direction.Words(), r.Employer, r.EmployerID, r.ByCompany.Words(), r.ByGraduate.Words(), r.AskBy, r.Disputed, r.Final, list(r.Evidence), stepDocs(r.Steps)}
}

func (s *Site) apiGraduates(ctx context.Context, v *visit, in *graduatesAsk) (*pageOfDocs[graduateDoc], error) {
	q := exchange.GraduateQuery{Year: in.Year, List: exchange.List{State: in.State, Text: in.Q, After: in.After, Limit: in.Limit}}
	found, next, err := s.exchange.Graduates(ctx, v.actor, q)
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, graduateDocOf), nil
}

func (s *Site) apiGraduate(ctx context.Context, v *visit, in *byID) (*one[graduateDoc], error) {
	r, err := s.exchange.Graduate(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[graduateDoc]{graduateDocOf(&r)}, nil
}

// graduateAgain is the outcome as it stands after a change.
func (s *Site) graduateAgain(ctx context.Context, v *visit, o partnership.Outcome, err error) (*one[graduateDoc], error) {
	if err != nil {
		return nil, err
	}
	return s.apiGraduate(ctx, v, &byID{o.ID})
}

type recordGraduateAsk struct {
	Body struct {
		Student    string   `json:"student" minLength:"1" maxLength:"40" doc:"学号"`
		Year       int      `json:"year" minimum:"2000" maximum:"2100"`
		Direction  string   `json:"direction" enum:"employed,progress,enlisted,founded,freelance,overseas,searching,resting,interning,unknown"`
		Through    bool     `json:"through,omitempty" doc:"贯通培养升学"`
		Employer   string   `json:"employer,omitempty" maxLength:"100" doc:"用人单位全称，就业必填"`
		Industry   string   `json:"industry,omitempty" maxLength:"10"`
		Occupation string   `json:"occupation,omitempty" maxLength:"20" doc:"职业代码"`
		Region     string   `json:"region,omitempty" maxLength:"6"`
		PayFen     int64    `json:"pay_fen,omitempty" minimum:"0" doc:"月收入，分"`
		Major      string   `json:"major,omitempty" maxLength:"20" doc:"空着则按名册"`
		Label      string   `json:"label,omitempty" enum:"对口,不对口"`
		Evidence   []string `json:"evidence,omitempty" maxItems:"20"`
	}
}

func (s *Site) apiRecordGraduate(ctx context.Context, v *visit, in *recordGraduateAsk) (*one[graduateDoc], error) {
	b := &in.Body
	o, err := s.exchange.SaveOutcome(ctx, v.actor, exchange.OutcomeDraft{Number: b.Student, Year: b.Year, Direction: partnership.Direction(b.Direction), Through: b.Through, Employer: b.Employer, Industry: b.Industry,
		Occ: b.Occupation, Region: b.Region, PayFen: b.PayFen, Major: b.Major, Label: b.Label, Evidence: b.Evidence})
	return s.graduateAgain(ctx, v, o, err)
}

type answerGraduateAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Agrees bool   `json:"agrees"`
		Why    string `json:"why,omitempty" maxLength:"300" doc:"不属实时必填"`
	}
}

func (s *Site) apiAnswerGraduate(ctx context.Context, v *visit, in *answerGraduateAsk) (*one[graduateDoc], error) {
	o, err := s.exchange.AnswerOutcome(ctx, v.actor, in.ID, in.Body.Agrees, in.Body.Why)
	return s.graduateAgain(ctx, v, o, err)
}

type ruleGraduateAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Direction string `json:"direction,omitempty" enum:"employed,progress,enlisted,founded,freelance,overseas,searching,resting,interning,unknown" doc:"裁定为；空为维持登记"`
		Why       string `json:"why" minLength:"1" maxLength:"500" doc:"各方都会看到"`
	}
}

func (s *Site) apiRuleGraduate(ctx context.Context, v *visit, in *ruleGraduateAsk) (*one[graduateDoc], error) {
	o, err := s.exchange.RuleOutcome(ctx, v.actor, in.ID, partnership.Direction(in.Body.Direction), in.Body.Why)
	return s.graduateAgain(ctx, v, o, err)
}

type graduateLinkDoc struct {
	Link    string `json:"link" doc:"只给这一次"`
	Expires int64  `json:"expires" doc:"1970 年起的毫秒"`
}

func (s *Site) apiLinkGraduate(ctx context.Context, v *visit, in *byID) (*one[graduateLinkDoc], error) {
	token, l, err := s.exchange.LinkGraduate(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[graduateLinkDoc]{graduateLinkDoc{s.url + "/confirm/" + token, int64(l.Expires)}}, nil
}
