package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// cooperationOperations are the cooperation register, the alliances and the evidence pack in
// the API.
func (s *Site) cooperationOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/cooperations", id: "list-cooperations", summary: "合作登记：形式、期限、承诺与兑现；state 可为 running、over、overdue", roles: everyRole, add: serves(s.apiCooperations)},
		{method: post, path: "/cooperations", id: "create-cooperation", summary: "登记合作项目", roles: schools, add: serves(s.apiCreateCooperation)},
		{method: get, path: "/cooperations/{id}", id: "get-cooperation", summary: "一个合作项目", roles: everyRole, add: serves(s.apiCooperation)},
		{method: post, path: "/cooperations/{id}", id: "change-cooperation", summary: "修改合作项目；带回 rev", roles: schools, add: serves(s.apiChangeCooperation)},
		{method: post, path: "/cooperations/{id}/pledge", id: "pledge-cooperation", summary: "登记承诺；给出 n 和 kept 时登记第 n 条兑现；给出 n 和 agree 时核对对方登记的兑现", roles: parties, add: serves(s.apiPledge)},
		{method: get, path: "/alliances", id: "list-alliances", summary: "产教联合体、行业产教融合共同体和职教集团", roles: everyRole, add: serves(s.apiAlliances)},
		{method: post, path: "/alliances", id: "create-alliance", summary: "登记联合体、共同体或集团", roles: schools, add: serves(s.apiCreateAlliance)},
		{method: get, path: "/alliances/{id}", id: "get-alliance", summary: "一个联合体、共同体或集团的成员", roles: everyRole, add: serves(s.apiAlliance)},
		{method: get, path: "/companies/{id}/evidence", id: "get-company-evidence", summary: "产教融合型企业佐证：每项的数值、依据的记录数和还缺什么", roles: everyRole, add: serves(s.apiEvidence)},
	}
}

type cooperationDoc struct {
	ID          string `json:"id"`
	Rev         int64  `json:"rev"`
	School      string `json:"school"`
	SchoolName  string `json:"school_name"`
	Company     string `json:"company"`
	CompanyName string `json:"company_name"`
	cooperationTerms
	Pledges []pledgeDoc `json:"pledges"`
	Source  string      `json:"source"`
	Sample  bool        `json:"sample"`
}

// cooperationTerms is what a school writes of a cooperation.
type cooperationTerms struct {
	Form         string `json:"form" maxLength:"30" doc:"合作形式"`
	Majors       string `json:"majors,omitempty" maxLength:"500"`
	Detail       string `json:"detail,omitempty" maxLength:"500"`
	Paper        string `json:"paper,omitempty" maxLength:"500" doc:"协议：编号、网址或存放处"`
	From         string `json:"from,omitempty" doc:"开始日期"`
	To           string `json:"to,omitempty" doc:"结束日期；空为长期"`
	EquipmentFen int64  `json:"equipment_fen,omitempty" doc:"企业提供设备，分"`
	FundsFen     int64  `json:"funds_fen,omitempty" doc:"企业投入资金，分"`
	Courses      int    `json:"courses,omitempty"`
	Textbooks    int    `json:"textbooks,omitempty"`
	StaffTrained int    `json:"staff_trained,omitempty" doc:"培训企业员工人数"`
}

func (t *cooperationTerms) cooperation() partnership.Cooperation {
	return partnership.Cooperation{Form: t.Form, Majors: t.Majors, Detail: t.Detail, Paper: t.Paper, From: t.From, To: t.To, EquipmentFen: t.EquipmentFen, FundsFen: t.FundsFen,
		Courses: t.Courses, Textbooks: t.Textbooks, StaffTrained: t.StaffTrained}
}

type pledgeDoc struct {
	By     string `json:"by"`
	What   string `json:"what"`
	Amount int    `json:"amount"`
	Unit   string `json:"unit"`
	Due    string `json:"due"`
	Kept   string `json:"kept" doc:"兑现日期；空为还没有"`
	Done   int    `json:"done"`
	Proof  string `json:"proof" doc:"佐证"`
	SaidBy string `json:"said_by"`
	Answer string `json:"answer" doc:"对方核对：confirmed | disputed"`
	Why    string `json:"why"`
	State  string `json:"state" doc:"open | late | part | kept | disputed"`
}

func (s *Site) cooperationDocOf(c *partnership.Cooperation) cooperationDoc {
	d := cooperationDoc{ID: c.ID, Rev: c.Rev, School: c.School, SchoolName: c.SchoolName, Company: c.Company, CompanyName: c.CompanyName, Pledges: []pledgeDoc{}, Source: c.Source, Sample: c.Sample,
		cooperationTerms: cooperationTerms{c.Form, c.Majors, c.Detail, c.Paper, c.From, c.To, c.EquipmentFen, c.FundsFen, c.Courses, c.Textbooks, c.StaffTrained}}
	for i := range c.Pledges {
		p := &c.Pledges[i]
		d.Pledges = append(d.Pledges, pledgeDoc{p.By, p.What, p.Amount, p.Unit, p.Due, p.Kept, p.Done, p.Proof, p.SaidBy, p.Answer, p.Why, string(p.State(s.today()))})
	}
	return d
}

func (s *Site) apiCooperations(ctx context.Context, v *visit, in *stated) (*pageOfDocs[cooperationDoc], error) {
	found, next, err := s.exchange.Cooperations(ctx, v.actor, exchange.CooperationQuery{List: in.list()})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, s.cooperationDocOf), nil
}

func (s *Site) apiCooperation(ctx context.Context, v *visit, in *byID) (*one[cooperationDoc], error) {
	c, err := s.exchange.Cooperation(ctx, v.actor, in.ID)
	return &one[cooperationDoc]{s.cooperationDocOf(&c)}, err
}

type cooperationAsk struct {
	Body struct {
		Company string `json:"company" maxLength:"100" doc:"企业编号"`
		cooperationTerms
	}
}

func (s *Site) apiCreateCooperation(ctx context.Context, v *visit, in *cooperationAsk) (*one[cooperationDoc], error) {
	draft := in.Body.cooperation()
	draft.Company = in.Body.Company
	c, err := s.exchange.SaveCooperation(ctx, v.actor, draft)
	return &one[cooperationDoc]{s.cooperationDocOf(&c)}, err
}

type cooperationChange struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Rev int64 `json:"rev"`
		cooperationTerms
	}
}

func (s *Site) apiChangeCooperation(ctx context.Context, v *visit, in *cooperationChange) (*one[cooperationDoc], error) {
	draft := in.Body.cooperation()
	draft.ID, draft.Rev = in.ID, in.Body.Rev
	c, err := s.exchange.SaveCooperation(ctx, v.actor, draft)
	return &one[cooperationDoc]{s.cooperationDocOf(&c)}, err
}

type pledgeAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		By     string `json:"by,omitempty" maxLength:"10" doc:"由谁承诺：学校 | 企业；学校可以登记企业的承诺"`
		What   string `json:"what,omitempty" maxLength:"200"`
		Amount int    `json:"amount,omitempty"`
		Unit   string `json:"unit,omitempty" maxLength:"10"`
		Due    string `json:"due,omitempty"`
		N      int    `json:"n,omitempty" doc:"第几条承诺，从 1 起"`
		Kept   string `json:"kept,omitempty" doc:"兑现日期"`
		Done   int    `json:"done,omitempty" doc:"兑现数量"`
		Proof  string `json:"proof,omitempty" maxLength:"300" doc:"佐证"`
		Agree  *bool  `json:"agree,omitempty" doc:"核对：是否属实"`
		Why    string `json:"why,omitempty" maxLength:"300" doc:"哪里不符"`
	}
}

func (s *Site) apiPledge(ctx context.Context, v *visit, in *pledgeAsk) (*one[cooperationDoc], error) {
	b := &in.Body
	var c partnership.Cooperation
	var err error
	switch {
	case b.Agree != nil:
		c, err = s.exchange.ReplyPledge(ctx, v.actor, in.ID, b.N, *b.Agree, b.Why)
	case b.Kept != "":
		c, err = s.exchange.KeepPledge(ctx, v.actor, in.ID, b.N, partnership.Kept{Day: b.Kept, Done: b.Done, Proof: b.Proof})
	default:
		c, err = s.exchange.PledgeCooperation(ctx, v.actor, in.ID, partnership.Pledge{By: b.By, What: b.What, Amount: b.Amount, Unit: b.Unit, Due: b.Due})
	}
	return &one[cooperationDoc]{s.cooperationDocOf(&c)}, err
}

type allianceDoc struct {
	ID      string               `json:"id"`
	Rev     int64                `json:"rev"`
	Kind    string               `json:"kind" doc:"市域产教联合体 | 行业产教融合共同体 | 职教集团"`
	Name    string               `json:"name"`
	From    string               `json:"from"`
	To      string               `json:"to"`
	Paper   string               `json:"paper"`
	Detail  string               `json:"detail"`
	Members []partnership.Member `json:"members"`
	Sample  bool                 `json:"sample"`
}

func allianceDocOf(a *partnership.Alliance) allianceDoc {
	return allianceDoc{a.ID, a.Rev, a.Kind, a.Name, a.From, a.To, a.Paper, a.Detail, append([]partnership.Member{}, a.Members...), a.Sample}
}

func (s *Site) apiAlliances(ctx context.Context, v *visit, in *Paging) (*pageOfDocs[allianceDoc], error) {
	found, next, err := s.exchange.Alliances(ctx, v.actor, exchange.List{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, allianceDocOf), nil
}

func (s *Site) apiAlliance(ctx context.Context, v *visit, in *byID) (*one[allianceDoc], error) {
	a, err := s.exchange.Alliance(ctx, v.actor, in.ID)
	return &one[allianceDoc]{allianceDocOf(&a)}, err
}

type allianceAsk struct {
	Body struct {
		Kind    string   `json:"kind" maxLength:"30"`
		Name    string   `json:"name" maxLength:"80"`
		From    string   `json:"from,omitempty"`
		To      string   `json:"to,omitempty"`
		Paper   string   `json:"paper,omitempty" maxLength:"500"`
		Detail  string   `json:"detail,omitempty" maxLength:"500"`
		Leads   []string `json:"leads,omitempty" maxItems:"500" doc:"牵头单位的全称"`
		Members []string `json:"members,omitempty" maxItems:"500" doc:"其他成员的全称；本校要在内"`
	}
}

func (s *Site) apiCreateAlliance(ctx context.Context, v *visit, in *allianceAsk) (*one[allianceDoc], error) {
	b := &in.Body
	draft := partnership.Alliance{Kind: b.Kind, Name: b.Name, From: b.From, To: b.To, Paper: b.Paper, Detail: b.Detail}
	for _, name := range b.Leads {
		draft.Members = append(draft.Members, partnership.Member{Name: name, Leads: true})
	}
	for _, name := range b.Members {
		draft.Members = append(draft.Members, partnership.Member{Name: name})
	}
	a, err := s.exchange.SaveAlliance(ctx, v.actor, draft)
	return &one[allianceDoc]{allianceDocOf(&a)}, err
}

type evidenceDoc struct {
	Company string            `json:"company"`
	Name    string            `json:"name"`
	From    string            `json:"from"`
	To      string            `json:"to"`
	Part    bool              `json:"part" doc:"只含您看得到的学校的记录"`
	Items   []evidenceItemDoc `json:"items"`
}

type evidenceItemDoc struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Unit    string `json:"unit"`
	Rows    int    `json:"rows" doc:"依据的记录数"`
	Missing string `json:"missing" doc:"还缺什么、谁能提供"`
}

func (s *Site) apiEvidence(ctx context.Context, v *visit, in *byID) (*one[evidenceDoc], error) {
	pack, err := s.exchange.Evidence(ctx, v.actor, in.ID)
	d := evidenceDoc{Company: pack.Company.ID, Name: pack.Company.Name, From: pack.From, To: pack.To, Part: pack.Part, Items: []evidenceItemDoc{}}
	for _, i := range pack.Items {
		d.Items = append(d.Items, evidenceItemDoc{i.Name, i.Value, i.Unit, i.Rows, i.Missing})
	}
	return &one[evidenceDoc]{d}, err
}
