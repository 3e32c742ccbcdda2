package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// classOperations are order classes (订单班) in the API.
func (s *Site) classOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/order-classes", id: "list-order-classes", summary: "订单班的承诺与各阶段人数", roles: everyRole, add: serves(s.apiClasses)},
		{method: post, path: "/order-classes", id: "create-order-class", summary: "登记订单班", roles: parties, add: serves(s.apiCreateClass)},
		{method: get, path: "/order-classes/{id}", id: "get-order-class", summary: "一个订单班：承诺与兑现、选拔、可以做的事", roles: everyRole, add: serves(s.apiClass)},
		{method: post, path: "/order-classes/{id}", id: "change-order-class", summary: "修改招生中的订单班；带回 rev", roles: parties, add: serves(s.apiSaveClass)},
		{method: post, path: "/order-classes/{id}/act", id: "act-order-class", summary: "确认承诺、开班、不开班、登记已通知学生、结束", roles: parties, add: serves(s.apiActClass)},
		{method: post, path: "/order-classes/{id}/enrol", id: "enrol-order-class", summary: "按学号登记学生入班：都写入，或一个也不写", roles: schools, add: serves(s.apiEnrol)},
		{method: post, path: "/order-classes/{id}/reach", id: "reach-order-class", summary: "登记学生到达的阶段", roles: parties, add: serves(s.apiReach)},
		{method: post, path: "/order-classes/{id}/count", id: "count-order-class", summary: "没有学生名单的班，按人数登记一个阶段", roles: parties, add: serves(s.apiCountClass)},
	}
}

type classDoc struct {
	ID              string   `json:"id"`
	Rev             int64    `json:"rev" doc:"修改次数，修改时带回"`
	State           string   `json:"state" doc:"enrolling 招生中 | opened 已开班 | not_opened 未开班 | finished 已结束"`
	Name            string   `json:"name"`
	Kind            string   `json:"kind"`
	Company         string   `json:"company"`
	CompanyName     string   `json:"company_name"`
	School          string   `json:"school"`
	SchoolName      string   `json:"school_name"`
	Majors          []string `json:"majors"`
	Year            int      `json:"year"`
	Seats           int      `json:"seats"`
	Left            int      `json:"left" doc:"还有几个名额"`
	Minimum         int      `json:"minimum" doc:"最低开班人数"`
	DecideBy        string   `json:"decide_by" doc:"报名截止"`
	From            string   `json:"from"`
	To              string   `json:"to"`
	PromisedHirePct int      `json:"promised_hire_pct"`
	PromisedPayFen  int64    `json:"promised_pay_fen"`
	PromisedBy      string   `json:"promised_by"`
	PromisedPostsBy string   `json:"promised_posts_by"`
	Confirmed       string   `json:"confirmed" doc:"企业确认承诺的日期；空为还没有确认"`
	Enrolled        int      `json:"enrolled"`
	Trained         int      `json:"trained"`
	Interned        int      `json:"interned"`
	Hired           int      `json:"hired"`
	At6             int      `json:"at6" doc:"满 6 个月在岗"`
	At12            int      `json:"at12" doc:"满 12 个月在岗"`
	Sample          bool     `json:"sample"`
}

func classDocOf(o *partnership.OrderClass) classDoc {
	d := classDoc{ID: o.ID, Rev: o.Rev, State: string(o.Standing()), Name: o.Name, Kind: o.Kind, Company: o.Company, CompanyName: o.CompanyName, School: o.School, SchoolName: o.SchoolName,
		Majors: list(o.Majors), Year: o.Year, Seats: o.Seats, Left: o.FreeSeats(), Minimum: o.Minimum, DecideBy: o.DecideBy, From: o.From, To: o.To,
		PromisedHirePct: o.PromisedHirePct, PromisedPayFen: o.PromisedPayFen, PromisedBy: o.PromisedBy, PromisedPostsBy: o.PromisedPostsBy,
		Enrolled: o.Enrolled, Trained: o.Trained, Interned: o.Interned, Hired: o.Hired, At6: o.At6, At12: o.At12, Sample: o.Sample}
	if o.Confirmed != nil {
		d.Confirmed = o.Confirmed.Day
	}
	return d
}

type promiseDoc struct {
	Name      string `json:"name"`
	Promised  string `json:"promised"`
	Due       string `json:"due"`
	Delivered string `json:"delivered"`
	State     string `json:"state" doc:"kept 已兑现 | broken 低于承诺 | pending 未到期 | unknown 没有记录"`
}

type classMemberDoc struct {
	Student string            `json:"student"`
	Number  string            `json:"number"`
	Name    string            `json:"name" doc:"已遮盖"`
	Round   int               `json:"round" doc:"第几轮选拔入选；0 为不经选拔"`
	Days    map[string]string `json:"days" doc:"各阶段到达的日期；空为还没有"`
	Left    string            `json:"left" doc:"退出日期"`
	LeftWhy string            `json:"left_why"`
	Told    string            `json:"told" doc:"没有开班时，通知学生的日期"`
}

type classWhole struct {
	Class    classDoc                     `json:"class"`
	Promises []promiseDoc                 `json:"promises"`
	Rounds   []partnership.SelectionRound `json:"rounds"`
	Members  []classMemberDoc             `json:"members" doc:"只给学校和企业"`
	Untold   int                          `json:"untold" doc:"没有开班、还没有通知的学生数"`
	Verbs    []string                     `json:"verbs"`
}

func (s *Site) apiClasses(ctx context.Context, v *visit, in *stated) (*pageOfDocs[classDoc], error) {
	found, next, err := s.exchange.OrderClasses(ctx, v.actor, in.list())
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, classDocOf), nil
}

func (s *Site) apiClass(ctx context.Context, v *visit, in *byID) (*one[classWhole], error) {
	view, err := s.exchange.OrderClass(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[classWhole]{classWholeOf(&view)}, nil
}

func classWholeOf(view *exchange.ClassView) classWhole {
	out := classWhole{Class: classDocOf(&view.Class), Promises: []promiseDoc{}, Rounds: append([]partnership.SelectionRound{}, view.Class.Rounds...), Members: []classMemberDoc{}, Untold: view.Untold, Verbs: []string{}}
	for _, p := range view.Promises {
		out.Promises = append(out.Promises, promiseDoc{p.Name, p.Promised, p.Due, p.Delivered, string(p.State)})
	}
	for i := range view.Members {
		m := &view.Members[i]
		d := classMemberDoc{Student: m.Member.Student, Number: m.Student.Number, Name: m.Student.Name, Round: m.Member.Round, Days: map[string]string{}, Left: m.Member.Left, LeftWhy: m.Member.LeftWhy}
		for st, day := range m.Days {
			d.Days[string(st)] = day
		}
		if m.Member.Told != nil {
			d.Told = m.Member.Told.Day
		}
		out.Members = append(out.Members, d)
	}
	for _, verb := range view.Verbs {
		out.Verbs = append(out.Verbs, verb.Key)
	}
	return out
}

type classTerms struct {
	Rev             int64    `json:"rev,omitempty" doc:"修改时带回"`
	School          string   `json:"school,omitempty" maxLength:"100" doc:"企业登记时给出学校编号"`
	Company         string   `json:"company,omitempty" maxLength:"100" doc:"学校登记时给出企业编号"`
	Kind            string   `json:"kind" enum:"订单班,冠名班,定制班,学徒制班"`
	Name            string   `json:"name" maxLength:"60"`
	Majors          []string `json:"majors" maxItems:"20"`
	Seats           int      `json:"seats"`
	Minimum         int      `json:"minimum"`
	DecideBy        string   `json:"decide_by"`
	From            string   `json:"from"`
	To              string   `json:"to"`
	PromisedHirePct int      `json:"promised_hire_pct,omitempty"`
	PromisedPayFen  int64    `json:"promised_pay_fen,omitempty"`
	PromisedBy      string   `json:"promised_by,omitempty"`
	PromisedPostsBy string   `json:"promised_posts_by,omitempty"`
}

type classAsk struct {
	Body classTerms
}

type classChange struct {
	ID   string `path:"id" maxLength:"200"`
	Body classTerms
}

func (s *Site) apiCreateClass(ctx context.Context, v *visit, in *classAsk) (*one[classDoc], error) {
	return s.apiSaveClass(ctx, v, &classChange{Body: in.Body})
}

func (s *Site) apiSaveClass(ctx context.Context, v *visit, in *classChange) (*one[classDoc], error) {
	b := &in.Body
	o := partnership.OrderClass{School: b.School, Company: b.Company, Kind: b.Kind, Name: b.Name, Majors: b.Majors, Seats: b.Seats, Minimum: b.Minimum, DecideBy: b.DecideBy, From: b.From, To: b.To,
		PromisedHirePct: b.PromisedHirePct, PromisedPayFen: b.PromisedPayFen, PromisedBy: b.PromisedBy, PromisedPostsBy: b.PromisedPostsBy}
	o.ID, o.Rev = in.ID, b.Rev
	o, err := s.exchange.SaveClass(ctx, v.actor, o)
	return &one[classDoc]{classDocOf(&o)}, err
}

type classActAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Verb string `json:"verb" enum:"confirm,open,call-off,tell,finish"`
		Why  string `json:"why,omitempty" maxLength:"500"`
	}
}

func (s *Site) apiActClass(ctx context.Context, v *visit, in *classActAsk) (*one[classDoc], error) {
	o, err := s.exchange.ActClass(ctx, v.actor, in.ID, in.Body.Verb, in.Body.Why)
	return &one[classDoc]{classDocOf(&o)}, err
}

type enrolAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Numbers []string `json:"numbers" minItems:"1" maxItems:"500" doc:"学号"`
		Round   int      `json:"round,omitempty" doc:"第几轮选拔；0 为不经选拔"`
	}
}

func (s *Site) apiEnrol(ctx context.Context, v *visit, in *enrolAsk) (*one[classDoc], error) {
	o, err := s.exchange.EnrolClass(ctx, v.actor, in.ID, in.Body.Numbers, in.Body.Round)
	return &one[classDoc]{classDocOf(&o)}, err
}

type reachAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Stage    string   `json:"stage" enum:"trained,interned,hired,at6,at12"`
		Students []string `json:"students" minItems:"1" maxItems:"500" doc:"学生编号"`
		Day      string   `json:"day"`
	}
}

func (s *Site) apiReach(ctx context.Context, v *visit, in *reachAsk) (*one[classDoc], error) {
	o, err := s.exchange.ReachStage(ctx, v.actor, in.ID, partnership.Stage(in.Body.Stage), in.Body.Students, in.Body.Day)
	return &one[classDoc]{classDocOf(&o)}, err
}

type countAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Stage string `json:"stage" enum:"enrolled,trained,interned,hired,at6,at12"`
		N     int    `json:"n"`
		Day   string `json:"day" doc:"截至日期"`
		Proof string `json:"proof,omitempty" maxLength:"200" doc:"依据"`
	}
}

func (s *Site) apiCountClass(ctx context.Context, v *visit, in *countAsk) (*one[classDoc], error) {
	b := &in.Body
	o, err := s.exchange.StateCount(ctx, v.actor, in.ID, partnership.StageRecord{Stage: partnership.Stage(b.Stage), N: b.N, Day: b.Day, Proof: b.Proof})
	return &one[classDoc]{classDocOf(&o)}, err
}
