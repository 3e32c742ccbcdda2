package web

import (
	"context"
	"net/http"

	"sunmao/services/partnership"
)

// offerOperations are the offers of a published round in the API: the company answers,
// the school names students, as on their pages.
func (s *Site) offerOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/offers", id: "list-offers", summary: "已发布轮次的安排，等待答复的在前", roles: everyRole, add: serves(s.apiOffers)},
		{method: get, path: "/offers/{id}", id: "get-offer", summary: "一条安排：分数、理由、已指定的学生（已遮盖）、可以做的事", roles: everyRole, add: serves(s.apiOffer)},
		{method: post, path: "/offers/{id}/act", id: "act-offer", summary: "企业接受，或写明原因谢绝；学校指定学生", roles: parties, add: serves(s.apiActOffer)},
	}
}

type offerDoc struct {
	ID         string   `json:"id"`
	Round      string   `json:"round"`
	State      string   `json:"state" doc:"offered 待企业答复，accepted 已接受，declined 已谢绝"`
	Words      string   `json:"state_words"`
	Cohort     string   `json:"cohort"`
	CohortName string   `json:"cohort_name"`
	Post       string   `json:"post"`
	PostTitle  string   `json:"post_title"`
	Company    string   `json:"company"`
	Count      int      `json:"count" doc:"安排的人数"`
	Score      int      `json:"score" doc:"适配分，0 到 100"`
	Reasons    []string `json:"reasons"`
}

func offerDocOf(a *partnership.Allocation) offerDoc {
	return offerDoc{a.ID, a.Round, a.State, allocationWords(a.State), a.Cohort, a.CohortName, a.Post, a.PostTitle, a.CompanyName, a.Count, a.Score, list(a.Why)}
}

type offerViewDoc struct {
	Offer      offerDoc       `json:"offer"`
	RoundName  string         `json:"round_name"`
	From       string         `json:"from"`
	To         string         `json:"to"`
	Placements []placementDoc `json:"placements" doc:"已指定的学生"`
	Open       int            `json:"open" doc:"还没有指定学生的名额"`
	Verbs      []string       `json:"verbs" doc:"现在可以做的事"`
}

func (s *Site) apiOffers(ctx context.Context, v *visit, in *stated) (*pageOfDocs[offerDoc], error) {
	found, next, err := s.exchange.Offers(ctx, v.actor, in.list())
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, offerDocOf), nil
}

func (s *Site) apiOffer(ctx context.Context, v *visit, in *byID) (*one[offerViewDoc], error) {
	view, err := s.exchange.Offer(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	d := offerViewDoc{Offer: offerDocOf(&view.Offer), RoundName: view.Round, From: view.From, To: view.To, Placements: []placementDoc{}, Open: view.Open, Verbs: []string{}}
	for i := range view.Placements {
		d.Placements = append(d.Placements, placementDocOf(&view.Placements[i]))
	}
	for _, verb := range view.Verbs {
		d.Verbs = append(d.Verbs, verb.Key)
	}
	return &one[offerViewDoc]{d}, nil
}

type actOfferInput struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Verb string `json:"verb" enum:"accept,decline,name"`
		Why  string `json:"why,omitempty" maxLength:"500" doc:"谢绝时必填，学校会看到"`
	}
}

func (s *Site) apiActOffer(ctx context.Context, v *visit, in *actOfferInput) (*one[offerViewDoc], error) {
	var err error
	if in.Body.Verb == "name" {
		_, err = s.exchange.NameStudents(ctx, v.actor, in.ID, nil)
	} else {
		_, err = s.exchange.ActOffer(ctx, v.actor, in.ID, in.Body.Verb, in.Body.Why)
	}
	if err != nil {
		return nil, err
	}
	return s.apiOffer(ctx, v, &byID{in.ID})
}
