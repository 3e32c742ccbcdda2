package exchange

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
)

var errNoRotation = partnership.Refuse(partnership.ErrNotFound, "没有这个轮换方案，或者您无权查看。请从列表重新打开")

// RotationView is what the page of one plan shows.
type RotationView struct {
	Rotation partnership.Rotation
	Students []StudentRow // masked, in the order of the plan; none for whom the roster is not
}

// PlanRotation makes and keeps a plan of work-study rotation (工读轮换) for a cohort of the
// actor's school: posts are ids of open internship posts whose days cover the term. It is
// refused if a first-year class would work, or a company would have more interns on any day
// than the tenth of its staff leaves.
func (x *Exchange) PlanRotation(ctx context.Context, actor partnership.Actor, draft partnership.Rotation, posts []string) (partnership.Rotation, error) {
	draft, err := x.workOut(ctx, actor, draft, posts)
	if err != nil {
		return draft, err
	}
	draft.Record = partnership.Record{ID: x.newID()}
	return draft, x.rotations.Insert(ctx, &draft)
}

// workOut makes a plan and keeps nothing.
func (x *Exchange) workOut(ctx context.Context, actor partnership.Actor, draft partnership.Rotation, posts []string) (partnership.Rotation, error) {
	if actor.Role != partnership.RoleSchool {
		return draft, partnership.Refuse(partnership.ErrForbidden, "工读轮换由学校安排")
	}
	c, err := x.visibleCohort(ctx, actor, draft.Cohort)
	if err != nil {
		return draft, err
	}
	draft.School, draft.CohortName, draft.Sample = c.School, c.Name, c.Sample
	students, err := x.cohortStudents(ctx, c.ID)
	if err != nil {
		return draft, err
	}
	draft.Students, draft.Posts = nil, nil
	for i := range students {
		if students[i].Entry.Change != partnership.RowGone {
			draft.Students = append(draft.Students, students[i].ID)
		}
	}
	bad := partnership.Invalid{}
	for _, id := range posts {
		p, err := x.posts.Get(ctx, id)
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return draft, err
		}
		switch {
		case err != nil || !actor.MaySeePost(&p):
			bad.Add("posts", "有一个岗位已经看不到了，请重新选择")
		case p.Kind != partnership.KindInternship:
			bad.Add("posts", "“%s”不是岗位实习，不能轮换", p.Title)
		case p.From > draft.From || p.To < draft.To:
			bad.Add("posts", "“%s”的时间是 %s 到 %s，覆盖不了 %s 到 %s", p.Title, p.From, p.To, draft.From, draft.To)
		case p.Left() == 0:
			bad.Add("posts", "“%s”没有空余名额", p.Title)
		default:
			draft.Posts = append(draft.Posts, partnership.RotationPost{Post: p.ID, Title: p.Title, Company: p.CompanyName, Slots: p.Left()})
		}
	}
	if g := c.Grade(draft.From); g == 1 {
		bad.Add("cohort", "轮换开始时这个班是一年级，一年级学生不能参加岗位实习")
	}
	if err := mergeInvalid(bad, draft.Plan()); err != nil {
		return draft, err
	}
	if err := draft.Verify(); err != nil {
		return draft, fmt.Errorf("rotation: %w", err)
	}
	return draft, x.withinTenth(ctx, &draft)
}

// withinTenth checks each turn against the 10 % rule of the companies, with the interns of
// all schools that are confirmed there. Where the staff is not known nothing can be checked.
func (x *Exchange) withinTenth(ctx context.Context, r *partnership.Rotation) error {
	hosts := make([]partnership.Post, len(r.Posts))
	for i := range r.Posts {
		var err error
		if hosts[i], err = x.posts.Get(ctx, r.Posts[i].Post); err != nil {
			return fmt.Errorf("post of a rotation: %w", err)
		}
	}
	need := map[string]map[int]int{} // company -> turn -> heads
	names := map[string]string{}
	for t := range r.Turns {
		for _, at := range r.Turns[t].At {
			p := &hosts[at]
			if need[p.Company] == nil {
				need[p.Company] = map[int]int{}
			}
			need[p.Company][t]++
			names[p.Company] = p.CompanyName
		}
	}
	bad := partnership.Invalid{}
	for _, company := range slices.Sorted(maps.Keys(need)) {
		c, err := x.companies.Get(ctx, company)
		if err != nil {
			return err
		}
		if c.Staff == 0 {
			continue
		}
		all, err := x.bookings(ctx, company, nil)
		if err != nil {
			return err
		}
		for t, n := range need[company] {
			for _, s := range regulation.Capacity(regulation.InternLimit(c.Staff, companyPercent), all, r.Turns[t].From, r.Turns[t].To) {
				if n > s.Left {
					bad.Add("posts", "%s 在 %s 到 %s 还能接收 %d 名实习生（在岗职工的 10%%，含所有学校），这一轮要去 %d 人", names[company], s.From, s.To, max(0, s.Left), n)
				}
			}
		}
	}
	return bad.Err()
}

// Rotations lists the plans of the actor's school, or of the schools a district oversees,
// the newest first.
func (x *Exchange) Rotations(ctx context.Context, actor partnership.Actor, l List) ([]partnership.Rotation, string, error) {
	var where store.Filter
	switch actor.Role {
	case partnership.RoleSchool:
		where = store.Field("school").Eq(actor.Party)
	case partnership.RoleDistrict, partnership.RoleOperator:
		var err error
		if where, err = x.ownSchools(ctx, actor); err != nil {
			return nil, "", err
		}
	default:
		return nil, "", partnership.ErrForbidden
	}
	return x.rotations.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("_c")}, After: l.After, Limit: l.limit()})
}

// Rotation returns one plan.
func (x *Exchange) Rotation(ctx context.Context, actor partnership.Actor, id string) (RotationView, error) {
	r, err := x.rotations.Get(ctx, id)
	if err != nil {
		return RotationView{}, known(err, errNoRotation)
	}
	mine := actor.Role == partnership.RoleSchool && actor.SpeaksFor(r.School)
	if !mine {
		if may, err := x.overseesSchool(ctx, actor, r.School); err != nil || !may {
			return RotationView{}, errors.Join(err, errNoRotation)
		}
		return RotationView{Rotation: r}, nil
	}
	view := RotationView{Rotation: r}
	found := map[string]*partnership.Student{}
	for s, err := range x.students.Find(ctx, store.Query{Where: store.Field("_id").In(r.Students)}) {
		if err != nil {
			return view, fmt.Errorf("students of a rotation: %w", err)
		}
		found[s.ID] = &s
	}
	for _, id := range r.Students {
		row := StudentRow{ID: id}
		if s := found[id]; s != nil {
			if row, err = x.masked(s); err != nil {
				return view, err
			}
		}
		view.Students = append(view.Students, row)
	}
	return view, nil
}

// DropRotation throws a plan of the actor's school away.
func (x *Exchange) DropRotation(ctx context.Context, actor partnership.Actor, id string) error {
	v, err := x.Rotation(ctx, actor, id)
	if err != nil {
		return err
	}
	if !actor.SpeaksFor(v.Rotation.School) {
		return partnership.Refuse(partnership.ErrForbidden, "轮换方案由学校删除")
	}
	return x.rotations.Delete(ctx, id)
}
