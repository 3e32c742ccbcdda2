package web

import (
	"context"
	"net/http"
	"slices"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// alignOperations are what people say of occupations, majors and names, and what the
// district makes of it: corrections, rulings, answers, unmet demand, the fit of majors
// with industries.
func (s *Site) alignOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: post, path: "/posts/{id}/corrections", id: "correct-post", summary: "确认或更正岗位的职业、某个专业的对口程度", roles: everyRole, add: serves(s.apiCorrectPost)},
		{method: get, path: "/outcomes", id: "list-outcomes", summary: "毕业去向里一个专业与一个职业的名单", roles: schoolSide, add: serves(s.apiOutcomes)},
		{method: get, path: "/outcomes/pairs", id: "list-outcome-pairs", summary: "毕业去向里有哪些专业与职业，各多少人对口", roles: schoolSide, add: serves(s.apiOutcomePairs)},
		{method: get, path: "/outcomes/{id}", id: "get-outcome", summary: "一条毕业去向和它的更正记录", roles: schoolSide, add: serves(s.apiOutcome)},
		{method: post, path: "/outcomes/{id}/corrections", id: "correct-outcome", summary: "更正一条毕业去向的职业或对口程度", roles: schoolSide, add: serves(s.apiCorrectOutcome)},
		{method: get, path: "/rulings", id: "list-rulings", summary: "区教委的对口认定，待答复的在前", roles: everyRole, add: serves(s.apiRulings)},
		{method: post, path: "/rulings", id: "rule", summary: "对全区认定一个专业与一个职业的对口程度，或撤回、维持不变", roles: overseers, add: serves(s.apiRule)},
		{method: post, path: "/rulings/ask", id: "ask-ruling", summary: "提请区教委认定", roles: parties, add: serves(s.apiAskRuling)},
		{method: get, path: "/names", id: "list-names", summary: "本单位（区教委为全区）回答过的名称对照", roles: everyRole, add: serves(s.apiNames)},
		{method: get, path: "/names/means", id: "name-means", summary: "一个名称指什么；只是相近的，返回问题和可选的答案", roles: everyRole, add: serves(s.apiNameMeans)},
		{method: post, path: "/names", id: "answer-name", summary: "回答一个名称指什么；以后不再问", roles: everyRole, add: serves(s.apiAnswerName)},
		{method: post, path: "/names/forget", id: "forget-name", summary: "删除一条名称对照，以后重新问", roles: everyRole, add: serves(s.apiForgetName)},
		{method: get, path: "/unmet", id: "list-unmet", summary: "搜过却一条也没有的词，次数多的在前", roles: overseers, add: serves(s.apiUnmet)},
		{method: get, path: "/unmet/demand", id: "list-unmet-demand", summary: "没有人应的岗位和没有岗位的班级：原因和最近的三个选择；学校、企业只看自己的", roles: everyRole, add: serves(s.apiUnmetDemand)},
		{method: post, path: "/unmet", id: "answer-unmet", summary: "记下一个没人找到的词怎么处理了", roles: overseers, add: serves(s.apiAnswerUnmet)},
		{method: get, path: "/industry-fit", id: "get-industry-fit", summary: "专业与产业匹配度：按专业数、按学生数两种口径", roles: schoolSide, add: serves(s.apiIndustryFit)},
	}
}

type correctPost struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Field string `json:"field" enum:"occupation,major"`
		Code  string `json:"code,omitempty" maxLength:"20" doc:"职业或专业代码；field 为 occupation 时不给，则撤回指定的职业"`
		Level string `json:"level,omitempty" enum:"exact,near,unrelated" doc:"专业的对口程度；不给则撤回对这个专业的更正"`
		Why   string `json:"why,omitempty" maxLength:"500" doc:"与平台的判断不同时必填"`
	}
}

func (s *Site) apiCorrectPost(ctx context.Context, v *visit, in *correctPost) (*one[postDoc], error) {
	b := &in.Body
	p, err := s.exchange.CorrectPost(ctx, v.actor, in.ID, exchange.Said{Field: b.Field, Code: b.Code, Level: b.Level, Why: b.Why})
	if err != nil {
		return nil, err
	}
	doc := postDocOf(&p)
	doc.Corrections = sayDocs(p.Corrections)
	return &one[postDoc]{doc}, nil
}

type correctOutcome struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Field string `json:"field" enum:"occupation,level"`
		Code  string `json:"code,omitempty" maxLength:"20" doc:"职业代码，field 为 occupation 时"`
		Level string `json:"level,omitempty" enum:"exact,near,unrelated" doc:"对口程度，field 为 level 时；不给则撤回"`
		Why   string `json:"why,omitempty" maxLength:"500" doc:"与平台的判断不同时必填"`
	}
}

type outcomeDoc struct {
	ID          string   `json:"id"`
	School      string   `json:"school"`
	Year        int      `json:"year" doc:"毕业年份"`
	Student     string   `json:"student" doc:"学号；本校以外只留末两位"`
	Major       string   `json:"major"`
	Occupation  string   `json:"occupation"`
	Level       string   `json:"level" doc:"exact 对口 | near 相近 | unrelated 不对口"`
	Path        []string `json:"path" doc:"怎样判断的，逐步"`
	RestsOn     string   `json:"rests_on" doc:"codes 按编码 | ruling 区教委认定 | correction 人工更正"`
	AlignedBy   string   `json:"aligned_by" doc:"所依据的表的版本"`
	Corrections []sayDoc `json:"corrections"`
	Sample      bool     `json:"sample"`
}

func outcomeDocOf(v *visit, o *partnership.Outcome) outcomeDoc {
	return outcomeDoc{o.ID, o.School, o.Year, studentNumber(v.actor, o.Student), o.Major, o.Occ, o.Aligned, list(o.AlignWhy), orText(o.Ruled, "codes"), o.AlignedBy, sayDocs(o.Corrections), o.Sample}
}

func (s *Site) apiCorrectOutcome(ctx context.Context, v *visit, in *correctOutcome) (*one[outcomeDoc], error) {
	b := &in.Body
	o, err := s.exchange.CorrectOutcome(ctx, v.actor, in.ID, exchange.Said{Field: b.Field, Code: b.Code, Level: b.Level, Why: b.Why})
	if err != nil {
		return nil, err
	}
	return &one[outcomeDoc]{outcomeDocOf(v, &o)}, nil
}

func (s *Site) apiOutcome(ctx context.Context, v *visit, in *byID) (*one[outcomeDoc], error) {
	o, err := s.exchange.Outcome(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[outcomeDoc]{outcomeDocOf(v, &o)}, nil
}

type outcomesAsk struct {
	Paging
	Major      string `query:"major" required:"true" maxLength:"20" doc:"专业代码"`
	Occupation string `query:"occupation" required:"true" maxLength:"20" doc:"职业代码"`
}

func (s *Site) apiOutcomes(ctx context.Context, v *visit, in *outcomesAsk) (*pageOfDocs[outcomeDoc], error) {
	found, next, err := s.exchange.OutcomesOfPair(ctx, v.actor, exchange.Pair{Major: in.Major, Occupation: in.Occupation}, exchange.List{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, func(o *partnership.Outcome) outcomeDoc { return outcomeDocOf(v, o) }), nil
}

type pairDoc struct {
	Major          string   `json:"major"`
	MajorName      string   `json:"major_name"`
	Occupation     string   `json:"occupation"`
	OccupationName string   `json:"occupation_name"`
	People         int64    `json:"people"`
	Exact          int64    `json:"exact"`
	Near           int64    `json:"near"`
	Unrelated      int64    `json:"unrelated"`
	Path           []string `json:"path"`
	Ruled          bool     `json:"ruled" doc:"区教委认定过"`
}

func (s *Site) apiOutcomePairs(ctx context.Context, v *visit, _ *none) (*pageOfDocs[pairDoc], error) {
	all, err := s.exchange.OutcomePairs(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	return pageFrom(all, "", func(p *exchange.OutcomePair) pairDoc {
		return pairDoc{p.Major, p.MajorName, p.Occ, p.OccName, p.N, p.Exact, p.Near, p.Not, list(p.Path), p.Ruled}
	}), nil
}

type rulingDoc struct {
	ID             string        `json:"id"`
	Major          string        `json:"major"`
	MajorName      string        `json:"major_name"`
	Occupation     string        `json:"occupation"`
	OccupationName string        `json:"occupation_name"`
	Level          string        `json:"level" doc:"exact | near | unrelated；空为没有生效的认定"`
	Computed       string        `json:"computed" doc:"只按专业教学标准的判断"`
	Path           []string      `json:"path"`
	Why            string        `json:"why"`
	Name           string        `json:"name" doc:"认定人"`
	At             int64         `json:"at" doc:"1970 年起的毫秒，0 为还没有认定"`
	Posts          int64         `json:"posts" doc:"这个职业在招的岗位"`
	Asks           []rulingAsked `json:"asks" doc:"等待答复的提请"`
	Steps          []stepDoc     `json:"steps" doc:"经过"`
}

type rulingAsked struct {
	At    int64  `json:"at"`
	Role  string `json:"role"`
	Name  string `json:"name"`
	Level string `json:"level"`
	Why   string `json:"why"`
	Post  string `json:"post"`
}

type stepDoc struct {
	At   int64  `json:"at"`
	From string `json:"from"`
	To   string `json:"to"`
	Why  string `json:"why"`
}

func stepDocs(all []partnership.Step) []stepDoc {
	out := make([]stepDoc, 0, len(all))
	for _, st := range all {
		out = append(out, stepDoc{int64(st.At), st.From, st.To, st.Why})
	}
	return out
}

func rulingDocOf(r *exchange.RulingView) rulingDoc {
	d := rulingDoc{ID: r.ID, Major: r.Major, MajorName: r.MajorName, Occupation: r.Occ, OccupationName: r.OccName, Level: r.Level, Computed: r.Computed,
		Path: list(r.Path), Why: r.Why, Name: r.Name, At: int64(r.At), Posts: r.Posts, Asks: []rulingAsked{}, Steps: stepDocs(r.Steps)}
	for _, a := range r.Asks {
		d.Asks = append(d.Asks, rulingAsked{int64(a.At), string(a.Role), a.Name, a.Level, a.Why, a.Post})
	}
	return d
}

func (s *Site) apiRulings(ctx context.Context, v *visit, _ *none) (*pageOfDocs[rulingDoc], error) {
	all, err := s.exchange.Rulings(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	return pageFrom(all, "", rulingDocOf), nil
}

type ruleAsk struct {
	Body struct {
		Major      string `json:"major" minLength:"1" maxLength:"20" doc:"专业代码"`
		Occupation string `json:"occupation" minLength:"1" maxLength:"20" doc:"职业代码"`
		Verb       string `json:"verb" enum:"rule,withdraw,dismiss" doc:"rule 认定 | withdraw 撤回认定 | dismiss 答复提请，维持不变"`
		Level      string `json:"level,omitempty" enum:"exact,near,unrelated" doc:"verb 为 rule 时必填"`
		Why        string `json:"why" minLength:"1" maxLength:"500" doc:"学校和企业会看到"`
	}
}

type ruledDoc struct {
	Ruling  rulingDoc `json:"ruling"`
	Touched int       `json:"touched" doc:"涉及的岗位和去向，几分钟内全部更新"`
}

func (s *Site) apiRule(ctx context.Context, v *visit, in *ruleAsk) (*one[ruledDoc], error) {
	b := &in.Body
	pair := exchange.Pair{Major: b.Major, Occupation: b.Occupation}
	var r partnership.Ruling
	var touched int
	var err error
	switch b.Verb {
	case "withdraw":
		r, touched, err = s.exchange.WithdrawRuling(ctx, v.actor, pair, b.Why)
	case "dismiss":
		r, err = s.exchange.DismissRuling(ctx, v.actor, pair, b.Why)
	default:
		r, touched, err = s.exchange.Rule(ctx, v.actor, pair, b.Level, b.Why)
	}
	if err != nil {
		return nil, err
	}
	return &one[ruledDoc]{ruledDoc{rulingDocOf(&exchange.RulingView{Ruling: r}), touched}}, nil
}

type rulingWanted struct {
	Body struct {
		Major      string `json:"major" minLength:"1" maxLength:"20"`
		Occupation string `json:"occupation" minLength:"1" maxLength:"20"`
		Level      string `json:"level" enum:"exact,near,unrelated" doc:"认为应是"`
		Why        string `json:"why" minLength:"1" maxLength:"500"`
		Post       string `json:"post,omitempty" maxLength:"200" doc:"由哪个岗位想到的"`
	}
}

func (s *Site) apiAskRuling(ctx context.Context, v *visit, in *rulingWanted) (*one[rulingDoc], error) {
	b := &in.Body
	r, err := s.exchange.AskRuling(ctx, v.actor, exchange.Pair{Major: b.Major, Occupation: b.Occupation}, b.Level, b.Why, b.Post)
	if err != nil {
		return nil, err
	}
	r.Asks = slices.DeleteFunc(slices.Clone(r.Asks), func(a partnership.RulingAsk) bool { return !v.actor.SpeaksFor(a.Party) }) // others' requests are theirs
	return &one[rulingDoc]{rulingDocOf(&exchange.RulingView{Ruling: r})}, nil
}
