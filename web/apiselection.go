package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// selectionOperations are a two-way selection in the API.
func (s *Site) selectionOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/rounds/{id}/selection", id: "get-selection", summary: "双选收到了哪些志愿和排序", roles: everyRole, add: serves(s.apiSelection)},
		{method: post, path: "/rounds/{id}/act", id: "act-selection", summary: "提前截止学生志愿或企业排序", roles: schoolSide, add: serves(s.apiActSelection)},
		{method: post, path: "/rounds/{id}/run", id: "rerun-round", summary: "双选到期后运行，或带着排除的安排重新运行预览", roles: schoolSide, add: serves(s.apiRerunRound)},
		{method: get, path: "/rounds/{id}/choices/{key}", id: "list-choices", summary: "一个班级批次的志愿和结果；key 为批次编号", roles: schools, add: serves(s.apiChoices)},
		{method: post, path: "/rounds/{id}/choices/{key}", id: "save-choice", summary: "录入一名学生的志愿", roles: schools, add: serves(s.apiSaveChoice)},
		{method: post, path: "/rounds/{id}/recommend/{key}", id: "recommend-group", summary: "用同一张志愿表推荐一组学生", roles: schools, add: serves(s.apiRecommend)},
		{method: get, path: "/rounds/{id}/candidates/{key}", id: "list-candidates", summary: "填报本企业一个岗位的学生；key 为岗位编号", roles: companies, add: serves(s.apiCandidates)},
		{method: post, path: "/rounds/{id}/candidates/{key}", id: "rank-candidates", summary: "给候选人排名次，或只定规则", roles: companies, add: serves(s.apiRank)},
	}
}

type selectionDoc struct {
	Phase   string        `json:"phase" doc:"choosing 征集学生志愿 | ranking 企业排序 | over 征集结束"`
	Cohorts []handedDoc   `json:"cohorts"`
	Posts   []wantedDoc   `json:"posts"`
	Round   *roundDoc     `json:"round"`
	Days    *selectionDay `json:"days"`
}

type selectionDay struct {
	ChoicesBy string `json:"choices_by" doc:"学生志愿截止日，2027-01-15"`
	RanksBy   string `json:"ranks_by" doc:"企业排序截止日"`
}

type handedDoc struct {
	Cohort   string `json:"cohort"`
	Name     string `json:"name"`
	Students int    `json:"students"`
	Handed   int    `json:"handed" doc:"已交志愿"`
}

type wantedDoc struct {
	Post       string `json:"post"`
	Title      string `json:"title"`
	Slots      int    `json:"slots"`
	Candidates int    `json:"candidates"`
	Rule       string `json:"rule" doc:"fit | skills | near；空为没有答复"`
	Ranked     int    `json:"ranked" doc:"逐个排了名次的人数"`
}

func (s *Site) apiSelection(ctx context.Context, v *visit, in *byID) (*one[selectionDoc], error) {
	round, err := s.exchange.Round(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	view, err := s.exchange.Selection(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	d, r := selectionDoc{Phase: string(view.Phase), Cohorts: []handedDoc{}, Posts: []wantedDoc{}}, roundDocOf(&round.Round, nil)
	d.Round, d.Days = &r, &selectionDay{round.Round.Selection.ChoicesBy, round.Round.Selection.RanksBy}
	for _, c := range view.Cohorts {
		d.Cohorts = append(d.Cohorts, handedDoc{c.Cohort, c.Name, c.Students, c.Handed})
	}
	for _, p := range view.Posts {
		w := wantedDoc{Post: p.Post, Title: p.Title, Slots: p.Slots, Candidates: p.Candidates}
		if p.Ranking != nil && !p.Ranking.Silent {
			w.Rule, w.Ranked = string(p.Ranking.Rule), len(p.Ranking.Order)
		}
		d.Posts = append(d.Posts, w)
	}
	return &one[selectionDoc]{d}, nil
}

type actOnSelection struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Verb string `json:"verb" enum:"close-choices,close-ranks"`
	}
}

func (s *Site) apiActSelection(ctx context.Context, v *visit, in *actOnSelection) (*one[roundDoc], error) {
	r, err := s.exchange.ActSelection(ctx, v.actor, in.ID, in.Body.Verb)
	if err != nil {
		return nil, err
	}
	return &one[roundDoc]{roundDocOf(&r, nil)}, nil
}

type rerun struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Forbidden []string `json:"forbidden,omitempty" maxItems:"10000" doc:"不要的安排：批次编号:岗位编号"`
	}
}

func (s *Site) apiRerunRound(ctx context.Context, v *visit, in *rerun) (*one[roundDoc], error) {
	view, err := s.exchange.Round(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	view.Round.Forbidden = in.Body.Forbidden
	if view, err = s.exchange.RunRound(ctx, v.actor, view.Round); err != nil {
		return nil, err
	}
	return &one[roundDoc]{roundDocOf(&view.Round, view.Allocations)}, nil
}

// OfRound names a round and something in it; exported, because huma leaves out the fields of
// an embedded struct that is not.
type OfRound struct {
	ID  string `path:"id" maxLength:"200"`
	Key string `path:"key" maxLength:"200"`
}

type wishesDoc struct {
	Student string   `json:"student"`
	Number  string   `json:"number"`
	Posts   []string `json:"posts" doc:"岗位编号，最想去的在前；空为未交"`
	Group   bool     `json:"group" doc:"整组去同一岗位"`
	Post    string   `json:"post" doc:"运行后去的岗位"`
	Wish    int      `json:"wish" doc:"第几志愿"`
	Why     string   `json:"why"`
	Blocked []string `json:"blocked"`
	Change  string   `json:"change"`
}

type choicesBody struct {
	Open    bool        `json:"open" doc:"现在可以录入"`
	Options []optionDoc `json:"options" doc:"可以填报的岗位"`
	Items   []wishesDoc `json:"items"`
}

type optionDoc struct {
	Post    string `json:"post"`
	Title   string `json:"title"`
	Company string `json:"company"`
	Score   int    `json:"score"`
}

func (s *Site) apiChoices(ctx context.Context, v *visit, in *OfRound) (*one[choicesBody], error) {
	view, err := s.exchange.Choices(ctx, v.actor, in.ID, in.Key)
	if err != nil {
		return nil, err
	}
	b := choicesBody{Open: view.Open, Options: []optionDoc{}, Items: []wishesDoc{}}
	for _, m := range view.Options {
		b.Options = append(b.Options, optionDoc{m.Post, m.PostTitle, m.CompanyName, m.Score})
	}
	for i := range view.Rows {
		r := &view.Rows[i]
		d := wishesDoc{Student: r.ID, Number: r.Number, Posts: []string{}, Blocked: []string{}}
		if c := r.Choice; c != nil {
			d.Posts, d.Group = c.Posts, c.Group != ""
			if res := c.Result; res != nil && view.Round.State != partnership.RoundCollecting {
				d.Post, d.Wish, d.Why, d.Blocked, d.Change = res.Post, res.Wish, res.Why, list(res.Blocked), res.Change
			}
		}
		b.Items = append(b.Items, d)
	}
	return &one[choicesBody]{b}, nil
}

type newChoice struct {
	OfRound
	Body struct {
		Student string   `json:"student" maxLength:"200"`
		Posts   []string `json:"posts" minItems:"1" maxItems:"6" doc:"岗位编号，最想去的在前"`
		Refused []string `json:"refused,omitempty" maxItems:"50" doc:"不愿去的岗位"`
	}
}

type savedBody struct {
	Saved int `json:"saved"`
}

func (s *Site) apiSaveChoice(ctx context.Context, v *visit, in *newChoice) (*one[savedBody], error) {
	if _, err := s.exchange.SaveChoice(ctx, v.actor, in.ID, in.Body.Student, in.Body.Posts, in.Body.Refused); err != nil {
		return nil, err
	}
	return &one[savedBody]{savedBody{1}}, nil
}

type newGroup struct {
	OfRound
	Body struct {
		Students []string `json:"students,omitempty" maxItems:"5000" doc:"空为还没有交志愿的全部学生"`
		Posts    []string `json:"posts" minItems:"1" maxItems:"6"`
		Together bool     `json:"together,omitempty" doc:"去同一个岗位；容不下时逐人安排"`
	}
}

func (s *Site) apiRecommend(ctx context.Context, v *visit, in *newGroup) (*one[savedBody], error) {
	n, err := s.exchange.Recommend(ctx, v.actor, in.ID, exchange.Recommendation{Cohort: in.Key, Students: in.Body.Students, Posts: in.Body.Posts, Together: in.Body.Together})
	if err != nil {
		return nil, err
	}
	return &one[savedBody]{savedBody{n}}, nil
}

type candidateDoc struct {
	Student string   `json:"student"`
	Name    string   `json:"name" doc:"只有姓"`
	School  string   `json:"school"`
	Cohort  string   `json:"cohort"`
	Major   string   `json:"major"`
	Skills  []string `json:"skills"`
	Score   int      `json:"score"`
}

type candidatesBody struct {
	MayRule bool           `json:"may_rule"`
	MayRank bool           `json:"may_rank"`
	Items   []candidateDoc `json:"items" doc:"按现在的次序；征集志愿时为空"`
}

func (s *Site) apiCandidates(ctx context.Context, v *visit, in *OfRound) (*one[candidatesBody], error) {
	view, err := s.exchange.CandidatesOf(ctx, v.actor, in.ID, in.Key)
	if err != nil {
		return nil, err
	}
	b := candidatesBody{MayRule: view.MayRule, MayRank: view.MayRank, Items: []candidateDoc{}}
	for i := range view.Candidates {
		c := &view.Candidates[i]
		b.Items = append(b.Items, candidateDoc{c.ID, c.Name, c.SchoolName, c.CohortName, c.MajorName, list(c.Skills), c.Score})
	}
	return &one[candidatesBody]{b}, nil
}

type newRanking struct {
	OfRound
	Body struct {
		Rule    string   `json:"rule" enum:"fit,skills,near"`
		Order   []string `json:"order,omitempty" maxItems:"5000" doc:"学生编号，最想要的在前"`
		Refused []string `json:"refused,omitempty" maxItems:"5000" doc:"不接收的学生"`
	}
}

func (s *Site) apiRank(ctx context.Context, v *visit, in *newRanking) (*one[savedBody], error) {
	b := &in.Body
	r, err := s.exchange.SaveRanking(ctx, v.actor, in.ID, in.Key, partnership.Ranking{Rule: partnership.RankRule(b.Rule), Order: b.Order, Refused: b.Refused})
	if err != nil {
		return nil, err
	}
	return &one[savedBody]{savedBody{len(r.Order)}}, nil
}
