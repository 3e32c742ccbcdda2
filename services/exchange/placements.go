package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoPlacement = partnership.Refuse(partnership.ErrNotFound, "没有这条安置，或者您无权查看。请从列表重新打开")

// PlacementRow is a placement as lists show one. The student is masked as the actor
// may see: empty for the district.
type PlacementRow struct {
	Placement partnership.Placement
	Student   StudentRow
}

// PlacementView is what the page of one placement shows.
type PlacementView struct {
	PlacementRow
	Missing  []partnership.Finding // what stops the start, or the close
	Warnings []partnership.Finding // rules that ask for a reason
	Signs    []Sign
	Verbs    []Verb
	Records  bool // the actor may record papers
}

// Sign is one signature of the agreement: whose, when, and whether the actor records it.
type Sign struct {
	Who   partnership.Signer
	Words string
	Day   string
	Can   bool
}

// holding are the states that take a slot, as a filter takes them.
func holding() []string {
	var out []string
	for _, s := range partnership.HoldingStates() {
		out = append(out, string(s))
	}
	return out
}

func (x *Exchange) visiblePlacement(ctx context.Context, actor partnership.Actor, id string) (partnership.Placement, error) {
	p, err := x.placements.Get(ctx, id)
	if err != nil {
		return p, known(err, errNoPlacement)
	}
	may := maySeePlacement(actor, &p)
	if !may {
		if may, err = x.overseesSchool(ctx, actor, p.School); err != nil {
			return partnership.Placement{}, err
		}
	}
	if !may {
		return partnership.Placement{}, errNoPlacement
	}
	return p, nil
}

// maySeePlacement reports whether the placement is the actor's own, as school or company.
func maySeePlacement(actor partnership.Actor, p *partnership.Placement) bool {
	return actor.Role == partnership.RoleSchool && actor.SpeaksFor(p.School) || actor.Role == partnership.RoleCompany && actor.SpeaksFor(p.Company)
}

// Placements lists the placements that concern the actor, the newest first.
func (x *Exchange) Placements(ctx context.Context, actor partnership.Actor, l List) ([]PlacementRow, string, error) {
	where, err := x.between(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	if l.State != "" {
		where = store.And(where, store.Field("state").Eq(l.State))
	}
	page, next, err := x.placements.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("_c")}, After: l.After, Limit: l.limit()})
	if err != nil {
		return nil, "", err
	}
	rows, err := x.placementRows(ctx, actor, page)
	return rows, next, err
}

// placementRows adds the students, masked, in one read.
func (x *Exchange) placementRows(ctx context.Context, actor partnership.Actor, page []partnership.Placement) ([]PlacementRow, error) {
	rows := make([]PlacementRow, len(page))
	var ids []string
	for i := range page {
		rows[i].Placement = page[i]
		ids = append(ids, page[i].Student)
	}
	if len(ids) == 0 || actor.SeesAll() {
		return rows, nil
	}
	students := map[string]*partnership.Student{}
	for s, err := range x.students.Find(ctx, store.Query{Where: store.Field("_id").In(ids)}) {
		if err != nil {
			return nil, fmt.Errorf("students of placements: %w", err)
		}
		students[s.ID] = &s
	}
	for i := range rows {
		p := &rows[i].Placement
		s := students[p.Student]
		if s == nil {
			continue // erased by the retention rule
		}
		var err error
		if actor.Role == partnership.RoleSchool {
			rows[i].Student, err = x.masked(s)
		} else {
			rows[i].Student, err = x.forCompany(s, p.State.Holds() && p.Agreement.Consented())
			rows[i].Student.Skills = p.Skills
		}
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Placement returns what the page of one placement shows, checked against the rules of
// the day.
func (x *Exchange) Placement(ctx context.Context, actor partnership.Actor, id string) (PlacementView, error) {
	p, err := x.visiblePlacement(ctx, actor, id)
	if err != nil {
		return PlacementView{}, err
	}
	rows, err := x.placementRows(ctx, actor, []partnership.Placement{p})
	if err != nil {
		return PlacementView{}, err
	}
	view := PlacementView{PlacementRow: rows[0], Verbs: placementVerbs(actor, &p), Records: p.State.Holds() && !actor.SeesAll()}
	if p.State.Holds() || p.State == partnership.PlacementProposed {
		found, err := x.placementFindings(ctx, &p, false)
		if err != nil {
			return view, err
		}
		view.Missing, view.Warnings = found.standing, found.warnings
	}
	if p.State == partnership.PlacementOnPost {
		if view.Missing, err = x.openArchive(ctx, &p); err != nil {
			return view, err
		}
	}
	view.Signs = signsOf(actor, &p)
	return view, nil
}

func signsOf(actor partnership.Actor, p *partnership.Placement) []Sign {
	if p.Agreement == nil {
		return nil
	}
	a := p.Agreement
	days := map[partnership.Signer]string{partnership.SignSchool: a.School, partnership.SignCompany: a.Company, partnership.SignStudent: a.Student,
		partnership.ConsentSelf: a.StudentConsent, partnership.ConsentGuard: a.GuardianConsent}
	var out []Sign
	for _, who := range partnership.Signers() {
		can := p.State == partnership.PlacementAccepted && (who == partnership.SignCompany) == (actor.Role == partnership.RoleCompany) && !actor.SeesAll()
		out = append(out, Sign{Who: who, Words: who.Words(), Day: days[who], Can: can})
	}
	return out
}

// placementVerbs lists what the actor may do with the placement in its state.
func placementVerbs(actor partnership.Actor, p *partnership.Placement) []Verb {
	var out []Verb
	school, company := actor.Role == partnership.RoleSchool, actor.Role == partnership.RoleCompany
	switch p.State {
	case partnership.PlacementProposed:
		if school {
			out = append(out, Verb{Key: "accept", Words: "学生接受"})
		}
		if school || company {
			out = append(out, Verb{Key: "decline", Words: "谢绝", Why: true})
		}
	case partnership.PlacementAgreed:
		if school || company {
			out = append(out, Verb{Key: "start", Words: "登记上岗"})
		}
	case partnership.PlacementOnPost:
		if school {
			out = append(out, Verb{Key: "complete", Words: "办结"})
		}
		if school || company {
			out = append(out, Verb{Key: "evaluate", Words: "写实习鉴定"})
		}
	}
	if p.State.Holds() && (school || company) {
		out = append(out, Verb{Key: "end", Words: "提前结束", Why: true})
		if school {
			out = append(out, Verb{Key: "end-student", Words: "学生要求提前结束", Why: true})
		}
	}
	return out
}

// ActPlacement moves the placement by a verb: accept, decline, start, complete, end,
// end-student.
func (x *Exchange) ActPlacement(ctx context.Context, actor partnership.Actor, id, verb, why string) (partnership.Placement, error) {
	p, err := x.visiblePlacement(ctx, actor, id)
	if err != nil {
		return p, err
	}
	switch verb {
	case "accept":
		return x.acceptPlacement(ctx, actor, p)
	case "end", "end-student":
		return x.endPlacement(ctx, actor, p, verb == "end-student", why)
	}
	p, err = x.placements.Edit(ctx, id, func(p *partnership.Placement) error {
		switch verb {
		case "decline":
			return p.Decline(actor, x.stamp(), why)
		case "start":
			found, err := x.placementFindings(ctx, p, false)
			if err != nil {
				return err
			}
			return p.Start(actor, x.stamp(), found.standing)
		case "complete":
			open, err := x.openArchive(ctx, p)
			if err != nil {
				return err
			}
			return p.Complete(actor, x.stamp(), open)
		}
		return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
	})
	if err != nil || verb != "complete" {
		return p, err
	}
	return p, x.letGo(ctx, &p)
}

// acceptPlacement confirms the student: the student is held, then a slot of the post is
// taken, each by one write that cannot be made twice; whoever comes too late is told and
// nothing stays behind. The student's other proposals are freed.
func (x *Exchange) acceptPlacement(ctx context.Context, actor partnership.Actor, p partnership.Placement) (partnership.Placement, error) {
	a, err := x.allocations.Get(ctx, p.Offer)
	switch {
	case err != nil:
		return p, known(err, errNoOffer)
	case actor.Role != partnership.RoleSchool:
		return p, partnership.Refuse(partnership.ErrForbidden, "这一步由学校来做")
	case p.State != partnership.PlacementProposed:
		return p, partnership.Refuse(partnership.ErrConflict, "安置现在是“%s”，不能再接受，请刷新后再看", p.State.Words())
	case a.State != offerAccepted:
		return p, partnership.Refuse(partnership.ErrConflict, "企业还没有同意这条安排，请等企业答复后再确认")
	}
	if err := x.barred(ctx, &p); err != nil {
		return p, err
	}
	if _, err := x.students.Edit(ctx, p.Student, func(s *partnership.Student) error { return s.Hold(p.ID, x.stamp()) }); err != nil {
		return p, known(err, errNoStudent)
	}
	undo := context.WithoutCancel(ctx)
	post, err := x.posts.Edit(ctx, p.Post, func(post *partnership.Post) error {
		post.Unsettled = true
		return post.TakeSlot(actor, x.stamp())
	})
	if err != nil {
		return p, errors.Join(err, x.letGo(undo, &p))
	}
	done, err := x.placements.Edit(ctx, p.ID, func(p *partnership.Placement) error { return p.Accept(actor, x.stamp(), x.agreementOf(&post, p)) })
	if err != nil {
		return p, errors.Join(err, x.giveBack(undo, actor, &p), x.letGo(undo, &p))
	}
	if post.State == partnership.PostFull {
		x.settleSaved(ctx, post)
	}
	return done, x.freeOthers(ctx, actor, &done)
}

// barred refuses a student whom the law keeps from this post whatever papers follow.
func (x *Exchange) barred(ctx context.Context, p *partnership.Placement) error {
	found, err := x.placementFindings(ctx, p, false)
	if err != nil {
		return err
	}
	for _, f := range found.standing {
		if f.Severity == "forbidden" && f.Field != "signatures" {
			return partnership.Refuse(partnership.ErrConflict, "不能安排：%s（%s）。%s", f.Sentence, f.Article, f.Fix)
		}
	}
	return nil
}

// freeOthers releases the student's unanswered proposals.
func (x *Exchange) freeOthers(ctx context.Context, actor partnership.Actor, p *partnership.Placement) error {
	others, err := x.placements.All(ctx, store.Query{Where: store.And(store.Field("student").Eq(p.Student), store.Field("state").Eq(string(partnership.PlacementProposed)))})
	if err != nil {
		return err
	}
	for i := range others {
		_, err := x.placements.Edit(ctx, others[i].ID, func(p *partnership.Placement) error { return p.Free(actor, x.stamp()) })
		if err != nil && !errors.Is(err, partnership.ErrConflict) {
			return fmt.Errorf("free proposal %s: %w", others[i].ID, err)
		}
	}
	return nil
}

// giveBack returns the placement's slot to its post.
func (x *Exchange) giveBack(ctx context.Context, actor partnership.Actor, p *partnership.Placement) error {
	was := partnership.PostState("")
	post, err := x.posts.Edit(ctx, p.Post, func(post *partnership.Post) error {
		post.Unsettled, was = true, post.State
		return post.GiveSlotBack(actor, x.stamp())
	})
	if err != nil {
		return fmt.Errorf("give slot of post %s back: %w", p.Post, err)
	}
	if was != post.State {
		x.settleSaved(ctx, post)
	}
	return nil
}

// letGo frees the student from the placement. One erased meanwhile needs no freeing.
func (x *Exchange) letGo(ctx context.Context, p *partnership.Placement) error {
	_, err := x.students.Edit(ctx, p.Student, func(s *partnership.Student) error { s.Release(p.ID); return nil })
	if errors.Is(err, partnership.ErrNotFound) {
		return nil
	}
	return err
}

// endPlacement ends it early; the slot is free again and so is the student.
func (x *Exchange) endPlacement(ctx context.Context, actor partnership.Actor, p partnership.Placement, forStudent bool, why string) (partnership.Placement, error) {
	done, err := x.placements.Edit(ctx, p.ID, func(p *partnership.Placement) error { return p.End(actor, x.stamp(), forStudent, why) })
	if err != nil {
		return p, err
	}
	rest := context.WithoutCancel(ctx) // the end is written; what follows from it must follow
	return done, errors.Join(x.giveBack(rest, actor, &done), x.letGo(rest, &done))
}

// SignPlacement records a signature of the agreement or a consent, given on a day.
func (x *Exchange) SignPlacement(ctx context.Context, actor partnership.Actor, id string, who partnership.Signer, day string) (partnership.Placement, error) {
	return x.editPlacement(ctx, actor, id, func(p *partnership.Placement) error { return p.Sign(actor, x.stamp(), who, day) })
}

// EvaluatePlacement records the evaluation of the actor's side.
func (x *Exchange) EvaluatePlacement(ctx context.Context, actor partnership.Actor, id string, e partnership.Evaluation) (partnership.Placement, error) {
	return x.editPlacement(ctx, actor, id, func(p *partnership.Placement) error { return p.Evaluate(actor, x.stamp(), e) })
}

// SavePapers records the same papers for all these placements, since those of a class
// are usually one: fields the form leaves empty stay as they are. It returns how many
// were recorded; the first that fails stops it.
func (x *Exchange) SavePapers(ctx context.Context, actor partnership.Actor, ids []string, form partnership.Papers) (int, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for i, id := range ids {
		if _, err := x.editPlacement(ctx, actor, id, func(p *partnership.Placement) error { return p.TakePapers(actor, x.stamp(), form) }); err != nil {
			return i, err
		}
	}
	return len(ids), nil
}

// SavePapersAlike records the same papers for a placement and all others of its cohort on
// its post that hold a slot. It returns how many that were.
func (x *Exchange) SavePapersAlike(ctx context.Context, actor partnership.Actor, id string, form partnership.Papers) (int, error) {
	p, err := x.visiblePlacement(ctx, actor, id)
	if err != nil {
		return 0, err
	}
	ids := []string{id}
	where := store.And(store.Field("cohort").Eq(p.Cohort), store.Field("post").Eq(p.Post), store.Field("state").In(holding()))
	for other, err := range store.Scan[partnership.Record](ctx, x.placements, store.Query{Where: where}) {
		if err != nil {
			return 0, fmt.Errorf("placements of the same cohort and post: %w", err)
		}
		ids = append(ids, other.ID)
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	return x.SavePapers(ctx, actor, ids, form)
}

func (x *Exchange) editPlacement(ctx context.Context, actor partnership.Actor, id string, change func(*partnership.Placement) error) (partnership.Placement, error) {
	p, err := x.placements.Edit(ctx, id, func(p *partnership.Placement) error {
		if !maySeePlacement(actor, p) {
			return errNoPlacement
		}
		return change(p)
	})
	return p, known(err, errNoPlacement)
}
