package web

import (
	"context"

	"sunmao/services/catalogue"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type nameDoc struct {
	ID    string `json:"id"`
	Kind  string `json:"kind" doc:"major 专业 | occupation 职业 | company 企业 | school 学校"`
	Text  string `json:"text" doc:"写的名称"`
	Value string `json:"value" doc:"代码或编号"`
	Words string `json:"words"`
	Name  string `json:"name" doc:"谁回答的"`
	Role  string `json:"role"`
	At    int64  `json:"at" doc:"1970 年起的毫秒"`
}

func nameDocOf(a *partnership.NameAnswer) nameDoc {
	return nameDoc{a.ID, a.Kind, a.Text, a.Value, a.Words, a.Name, string(a.Role), int64(a.At)}
}

func (s *Site) apiNames(ctx context.Context, v *visit, _ *none) (*pageOfDocs[nameDoc], error) {
	all, err := s.exchange.NameAnswers(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	return pageFrom(all, "", nameDocOf), nil
}

type nameAsk struct {
	Kind string `query:"kind" required:"true" enum:"major,occupation,company,school"`
	Text string `query:"text" required:"true" minLength:"1" maxLength:"100"`
}

type meaningDoc struct {
	Value   string      `json:"value" doc:"代码或编号；空为不能确定"`
	Words   string      `json:"words"`
	Kept    *nameDoc    `json:"kept" doc:"依据的是以前的哪条回答"`
	Ask     string      `json:"ask" doc:"不能确定时的问题"`
	Choices []choiceDoc `json:"choices"`
}

type choiceDoc struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Why   string `json:"why"`
}

func (s *Site) apiNameMeans(ctx context.Context, v *visit, in *nameAsk) (*one[meaningDoc], error) {
	m, err := s.exchange.NameMeans(ctx, v.actor, in.Kind, in.Text)
	if err != nil {
		return nil, err
	}
	d := meaningDoc{Value: m.Value, Words: m.Words, Choices: []choiceDoc{}}
	if m.Kept != nil {
		kept := nameDocOf(m.Kept)
		d.Kept = &kept
	}
	if m.Question != nil {
		d.Ask = m.Question.Ask
		for _, c := range m.Question.Choices {
			d.Choices = append(d.Choices, choiceDoc(c))
		}
	}
	return &one[meaningDoc]{d}, nil
}

type nameSaid struct {
	Body struct {
		Kind  string `json:"kind" enum:"major,occupation,company,school"`
		Text  string `json:"text" minLength:"1" maxLength:"100" doc:"写的名称"`
		Value string `json:"value" minLength:"1" maxLength:"200" doc:"它指的代码或编号"`
	}
}

func (s *Site) apiAnswerName(ctx context.Context, v *visit, in *nameSaid) (*one[nameDoc], error) {
	a, err := s.exchange.AnswerName(ctx, v.actor, in.Body.Kind, in.Body.Text, in.Body.Value)
	if err != nil {
		return nil, err
	}
	return &one[nameDoc]{nameDocOf(&a)}, nil
}

type nameForgotten struct {
	Body struct {
		ID string `json:"id" minLength:"1" maxLength:"300"`
	}
}

type nothing struct{}

func (s *Site) apiForgetName(ctx context.Context, v *visit, in *nameForgotten) (*nothing, error) {
	return &nothing{}, s.exchange.ForgetName(ctx, v.actor, in.Body.ID)
}

type missedDoc struct {
	ID        string    `json:"id"`
	Text      string    `json:"text"`
	Kind      string    `json:"kind" doc:"在哪一类里找的；空为全部"`
	Times     int       `json:"times"`
	Schools   int       `json:"schools" doc:"其中学校找的次数"`
	Companies int       `json:"companies" doc:"其中企业找的次数"`
	Last      int64     `json:"last" doc:"最近一次，1970 年起的毫秒"`
	Now       int       `json:"now" doc:"现在能找到几条"`
	Answers   []stepDoc `json:"answers" doc:"以前怎么处理的"`
}

func (s *Site) apiUnmet(ctx context.Context, v *visit, _ *none) (*pageOfDocs[missedDoc], error) {
	all, err := s.exchange.Missed(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	return pageFrom(all, "", func(m *exchange.MissedView) missedDoc {
		return missedDoc{m.ID, m.Text, m.Kind, m.Times, m.Schools, m.Companies, int64(m.Last), m.Now, stepDocs(m.Answers)}
	}), nil
}

type unmetAnswer struct {
	Body struct {
		ID  string `json:"id" minLength:"1" maxLength:"300"`
		How string `json:"how" minLength:"1" maxLength:"200" doc:"怎么处理的"`
	}
}

func (s *Site) apiAnswerUnmet(ctx context.Context, v *visit, in *unmetAnswer) (*nothing, error) {
	return &nothing{}, s.exchange.DoneMissed(ctx, v.actor, in.Body.ID, in.Body.How)
}

type industryFitAsk struct {
	School string `query:"school" maxLength:"100" doc:"学校编号；不给为全区"`
	System string `query:"system" maxLength:"40" doc:"产业集群体系，如 2335；不给为指标所用的体系"`
}

type industryFitDoc struct {
	School     string       `json:"school"`
	System     string       `json:"system"`
	Year       int          `json:"year" doc:"在校生数的年份"`
	Version    string       `json:"version" doc:"对照表的版本"`
	ByMajors   shareDoc     `json:"by_majors" doc:"按专业：服务集群的专业数 ÷ 开设专业数"`
	ByStudents shareDoc     `json:"by_students" doc:"按学生：上述专业的在校生 ÷ 开设专业的在校生"`
	Clusters   []clusterDoc `json:"clusters" doc:"一个专业可以服务几个集群，各行不能相加"`
	Unserving  []majorDoc   `json:"unserving" doc:"没有对应集群的专业"`
	Uncounted  []majorDoc   `json:"uncounted" doc:"没有报在校生数的专业，只计入按专业的口径"`
}

type shareDoc struct {
	Rate        string `json:"rate" doc:"指标的名字"`
	Numerator   int    `json:"numerator"`
	Denominator int    `json:"denominator"`
	Percent     string `json:"percent"`
}

type clusterDoc struct {
	Name       string        `json:"name"`
	Tier       string        `json:"tier"`
	Industries []string      `json:"industries" doc:"国民经济行业代码（平台解读）"`
	Source     string        `json:"source"`
	Students   int           `json:"students"`
	Majors     []servedMajor `json:"majors"`
}

type servedMajor struct {
	Code     string   `json:"code"`
	Name     string   `json:"name"`
	Students int      `json:"students"`
	Path     []string `json:"path" doc:"怎样对应的，逐步"`
}

type majorDoc struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func majorDocs(all []catalogue.Major) []majorDoc {
	out := make([]majorDoc, 0, len(all))
	for _, m := range all {
		out = append(out, majorDoc{m.Code, m.Name})
	}
	return out
}

func (s *Site) apiIndustryFit(ctx context.Context, v *visit, in *industryFitAsk) (*one[industryFitDoc], error) {
	f, err := s.exchange.IndustryFit(ctx, v.actor, exchange.IndustryFitQuery{School: in.School, System: in.System})
	if err != nil {
		return nil, err
	}
	share := func(rate string, sh catalogue.Share) shareDoc { return shareDoc{rate, sh.Num, sh.Den, percentOf(sh)} }
	d := industryFitDoc{School: f.School, System: f.System, Year: f.Year, Version: f.Version, ByMajors: share(fitByMajors, f.ByMajors), ByStudents: share(fitByStudents, f.ByStudents),
		Clusters: []clusterDoc{}, Unserving: majorDocs(f.Unserving), Uncounted: majorDocs(f.Uncounted)}
	for _, r := range f.Rows {
		k := clusterDoc{r.Cluster.Name, r.Cluster.Tier, list(r.Cluster.Industries), r.Cluster.Source, r.Students, []servedMajor{}}
		for _, m := range r.Majors {
			k.Majors = append(k.Majors, servedMajor{m.Major.Code, m.Major.Name, m.Students, list(m.Path)})
		}
		d.Clusters = append(d.Clusters, k)
	}
	return &one[industryFitDoc]{d}, nil
}
