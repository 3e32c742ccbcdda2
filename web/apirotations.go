package web

import (
	"context"
	"net/http"

	"sunmao/services/partnership"
)

// rotationOperations are the plans of work-study rotation (工读轮换) in the API.
func (s *Site) rotationOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/rotations", id: "list-rotations", summary: "工读轮换方案", roles: schoolSide, add: serves(s.apiRotations)},
		{method: post, path: "/rotations", id: "plan-rotation", summary: "按岗位名额分批，排出轮换方案；排不出时说明要分几批", roles: schools, add: serves(s.apiPlanRotation)},
		{method: get, path: "/rotations/{id}", id: "get-rotation", summary: "一个轮换方案：每一轮谁在哪个岗位", roles: schoolSide, add: serves(s.apiRotation)},
	}
}

type rotationDoc struct {
	ID         string                     `json:"id"`
	Cohort     string                     `json:"cohort"`
	CohortName string                     `json:"cohort_name"`
	Name       string                     `json:"name"`
	From       string                     `json:"from"`
	To         string                     `json:"to"`
	TurnWeeks  int                        `json:"turn_weeks" doc:"每轮几周"`
	Batches    int                        `json:"batches" doc:"批数"`
	Students   int                        `json:"students"`
	WorkDays   int                        `json:"work_days" doc:"每名学生在企业的天数"`
	Posts      []partnership.RotationPost `json:"posts"`
	Turns      []partnership.Turn         `json:"turns" doc:"at：学生编号到 posts 的位置；只给本校"`
}

func rotationDocOf(r *partnership.Rotation) rotationDoc {
	d := rotationDoc{ID: r.ID, Cohort: r.Cohort, CohortName: r.CohortName, Name: r.Name, From: r.From, To: r.To, TurnWeeks: r.TurnWeeks, Batches: r.Batches, Students: len(r.Students),
		Posts: append([]partnership.RotationPost{}, r.Posts...), Turns: []partnership.Turn{}}
	if len(r.Students) > 0 {
		d.WorkDays = r.WorkDays(r.Students[0])
	}
	for _, t := range r.Turns {
		t.At = map[string]int{}
		d.Turns = append(d.Turns, t)
	}
	return d
}

func (s *Site) apiRotations(ctx context.Context, v *visit, in *stated) (*pageOfDocs[rotationDoc], error) {
	found, next, err := s.exchange.Rotations(ctx, v.actor, in.list())
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, rotationDocOf), nil
}

func (s *Site) apiRotation(ctx context.Context, v *visit, in *byID) (*one[rotationDoc], error) {
	view, err := s.exchange.Rotation(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	d := rotationDocOf(&view.Rotation)
	if v.actor.SpeaksFor(view.Rotation.School) {
		d.Turns = view.Rotation.Turns
	}
	return &one[rotationDoc]{d}, nil
}

type rotationAsk struct {
	Body struct {
		Cohort    string   `json:"cohort" maxLength:"200" doc:"班级批次编号"`
		Name      string   `json:"name" maxLength:"60"`
		From      string   `json:"from"`
		To        string   `json:"to"`
		TurnWeeks int      `json:"turn_weeks"`
		Batches   int      `json:"batches"`
		Posts     []string `json:"posts" maxItems:"100" doc:"岗位编号"`
	}
}

func (s *Site) apiPlanRotation(ctx context.Context, v *visit, in *rotationAsk) (*one[rotationDoc], error) {
	b := &in.Body
	r, err := s.exchange.PlanRotation(ctx, v.actor, partnership.Rotation{Cohort: b.Cohort, Name: b.Name, From: b.From, To: b.To, TurnWeeks: b.TurnWeeks, Batches: b.Batches}, b.Posts)
	if err != nil {
		return nil, err
	}
	d := rotationDocOf(&r)
	d.Turns = r.Turns
	return &one[rotationDoc]{d}, nil
}
