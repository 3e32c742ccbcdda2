package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoOffer = partnership.Refuse(partnership.ErrNotFound, "没有这条安排，或者您无权查看。请从列表重新打开")

// The states of an allocation once its round is published. Before, it is a preview.
const (
	offerPreview  = "preview"
	offerOffered  = "offered"
	offerAccepted = "accepted"
	offerDeclined = "declined"
)

// OfferView is one line of a published round: so many students of a cohort for a post.
type OfferView struct {
	Offer      partnership.Allocation
	Round      string // name
	Seed       uint64 // published, so that the draw of students can be repeated
	From, To   string
	Placements []PlacementRow // the students named so far
	Open       int            // seats without a student
	Verbs      []Verb         // accept, decline (company); name (school)
}

// offerRound turns the allocations of a published round into offers. Doing it again
// touches only those left over.
func (x *Exchange) offerRound(ctx context.Context, round string) error {
	left, err := x.allocations.All(ctx, store.Query{Where: store.And(store.Field("round").Eq(round), store.Field("state").Eq(offerPreview))})
	if err != nil {
		return err
	}
	err = inParallel(len(left), func(i int) error {
		_, err := x.allocations.Edit(ctx, left[i].ID, func(a *partnership.Allocation) error {
			if a.State == offerPreview {
				a.State = offerOffered
			}
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("offers of round %s: %w", round, err)
	}
	return nil
}

func (x *Exchange) visibleOffer(ctx context.Context, actor partnership.Actor, id string) (partnership.Allocation, error) {
	a, err := x.allocations.Get(ctx, id)
	if err != nil {
		return a, known(err, errNoOffer)
	}
	mine := actor.Role == partnership.RoleSchool && actor.SpeaksFor(a.School) || actor.Role == partnership.RoleCompany && actor.SpeaksFor(a.Company)
	if !mine {
		if mine, err = x.overseesSchool(ctx, actor, a.School); err != nil {
			return partnership.Allocation{}, err
		}
	}
	if !mine || a.State == offerPreview {
		return partnership.Allocation{}, errNoOffer
	}
	return a, nil
}

// Offers lists the lines of published rounds that concern the actor, the newest first;
// List.State is offered, accepted or declined.
func (x *Exchange) Offers(ctx context.Context, actor partnership.Actor, l List) ([]partnership.Allocation, string, error) {
	states := []string{offerOffered, offerAccepted, offerDeclined}
	if l.State != "" {
		states = []string{l.State}
	}
	states = slices.DeleteFunc(states, func(s string) bool { return s == offerPreview })
	where, err := x.between(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	return x.allocations.Page(ctx, store.Query{Where: store.And(where, store.Field("state").In(states)), Sort: []store.Sort{store.Desc("_c")}, After: l.After, Limit: l.limit()})
}

// Offer returns what the page of one offer shows.
func (x *Exchange) Offer(ctx context.Context, actor partnership.Actor, id string) (OfferView, error) {
	a, err := x.visibleOffer(ctx, actor, id)
	if err != nil {
		return OfferView{}, err
	}
	view := OfferView{Offer: a}
	r, err := x.rounds.Get(ctx, a.Round)
	if err != nil {
		return view, fmt.Errorf("round of offer %s: %w", id, err)
	}
	post, err := x.posts.Get(ctx, a.Post)
	if err != nil {
		return view, fmt.Errorf("post of offer %s: %w", id, err)
	}
	view.Round, view.Seed, view.From, view.To = r.Name, r.Seed, post.From, post.To
	named, err := x.placements.All(ctx, store.Query{Where: store.Field("offer").Eq(id), Sort: []store.Sort{store.Asc("seat"), store.Asc("_c")}})
	if err != nil {
		return view, err
	}
	if view.Placements, err = x.placementRows(ctx, actor, named); err != nil {
		return view, err
	}
	view.Open = len(openSeats(&a, named))
	view.Verbs = offerVerbs(actor, &a, view.Open)
	return view, nil
}

func offerVerbs(actor partnership.Actor, a *partnership.Allocation, open int) []Verb {
	switch {
	case actor.Role == partnership.RoleCompany && a.State == offerOffered:
		return []Verb{{Key: "accept", Words: "同意接收"}, {Key: "decline", Words: "谢绝", Why: true}}
	case actor.Role == partnership.RoleSchool && a.State != offerDeclined && open > 0:
		return []Verb{{Key: "name", Words: "确定学生"}}
	}
	return nil
}

// ActOffer is the company's answer to a line: accept, or decline with a reason that
// the school reads. Declining frees the students named for it.
func (x *Exchange) ActOffer(ctx context.Context, actor partnership.Actor, id, verb, why string) (partnership.Allocation, error) {
	a, err := x.visibleOffer(ctx, actor, id)
	if err != nil {
		return a, err
	}
	if actor.Role != partnership.RoleCompany {
		return a, partnership.Refuse(partnership.ErrForbidden, "这条安排由企业答复")
	}
	to := map[string]string{"accept": offerAccepted, "decline": offerDeclined}[verb]
	if to == "" {
		return a, partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
	}
	why = strings.TrimSpace(why)
	if to == offerDeclined && why == "" {
		return a, partnership.Invalid{"why": {"请写明谢绝的原因，学校会看到这句话"}}
	}
	a, err = x.allocations.Edit(ctx, id, func(a *partnership.Allocation) error {
		if a.State != offerOffered {
			return partnership.Refuse(partnership.ErrConflict, "这条安排已经答复过，请刷新后再看")
		}
		a.State = to
		if why != "" {
			a.Why = append(a.Why, "企业答复："+why)
		}
		return nil
	})
	if err != nil || to == offerAccepted {
		return a, err
	}
	named, err := x.placements.All(ctx, store.Query{Where: store.And(store.Field("offer").Eq(id), store.Field("state").Eq(string(partnership.PlacementProposed)))})
	if err != nil {
		return a, err
	}
	for i := range named {
		_, err := x.placements.Edit(ctx, named[i].ID, func(p *partnership.Placement) error { return p.Decline(actor, x.stamp(), why) })
		if err != nil && !errors.Is(err, partnership.ErrConflict) {
			return a, err
		}
	}
	return a, nil
}

// seat is a free seat of an offer; again counts the students who gave it up.
type seat struct{ n, again int }

// openSeats are the seats of an offer that nobody is named for.
func openSeats(a *partnership.Allocation, named []partnership.Placement) []seat {
	if a.State == offerDeclined {
		return nil
	}
	var open []seat
	for n := 1; n <= a.Count; n++ {
		s, live := seat{n: n}, false
		for i := range named {
			if named[i].Seat != n {
				continue
			}
			switch named[i].State {
			case partnership.PlacementDeclined, partnership.PlacementReleased, partnership.PlacementEnded:
				s.again++
			default:
				live = true
			}
		}
		if !live {
			open = append(open, s)
		}
	}
	return open
}

// placementID gives each taking of a seat one id, so that two clicks cannot name two
// students for the same seat.
func placementID(offer string, s seat) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", offer, s.n, s.again))
	return hex.EncodeToString(sum[:12])
}

// NameStudents names students of the offer's cohort for its open seats: those given, or,
// if none are given, as many as there are seats by [partnership.Draw] with the round's
// published seed. Students who are no longer on the roster, hold a placement or are named
// for this offer already cannot be named.
func (x *Exchange) NameStudents(ctx context.Context, actor partnership.Actor, id string, chosen []string) ([]partnership.Placement, error) {
	a, err := x.visibleOffer(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	if actor.Role != partnership.RoleSchool {
		return nil, partnership.Refuse(partnership.ErrForbidden, "由学校确定去哪些学生")
	}
	named, err := x.placements.All(ctx, store.Query{Where: store.Field("offer").Eq(id)})
	if err != nil {
		return nil, err
	}
	open := openSeats(&a, named)
	switch {
	case a.State == offerDeclined:
		return nil, partnership.Refuse(partnership.ErrConflict, "企业已经谢绝这条安排，不能再确定学生")
	case len(open) == 0:
		return nil, partnership.Refuse(partnership.ErrConflict, "这条安排的 %d 个名额都已确定学生", a.Count)
	case len(chosen) > len(open):
		return nil, partnership.Refuse(partnership.ErrConflict, "还有 %d 个名额，选了 %d 名学生，请减少后再提交", len(open), len(chosen))
	}
	students, err := x.pick(ctx, &a, named, chosen, len(open))
	if err != nil {
		return nil, err
	}
	fresh, err := x.proposals(ctx, actor, &a, students, open)
	if err != nil {
		return nil, err
	}
	err = x.placements.InsertMany(ctx, fresh)
	if errors.Is(err, partnership.ErrDuplicate) {
		return nil, partnership.Refuse(partnership.ErrConflict, "刚有人为这条安排确定了学生，请刷新后再看")
	}
	return fresh, err
}

// greenSeats is how many of the next n students of an offer the round meant to be of the green
// channel; all of them may be, if it set none apart for the cohort.
func (x *Exchange) greenSeats(ctx context.Context, a *partnership.Allocation, named []partnership.Placement, n int) (int, error) {
	lines, err := x.allocations.Group(ctx, store.And(store.Field("round").Eq(a.Round), store.Field("cohort").Eq(a.Cohort)), nil, store.Sum("priority"))
	if err != nil {
		return 0, fmt.Errorf("green channel of cohort %s: %w", a.Cohort, err)
	}
	if len(lines) == 0 || lines[0].Aggs[0] == 0 {
		return n, nil
	}
	var held []string
	for i := range named {
		if named[i].State.Holds() || named[i].State == partnership.PlacementProposed || named[i].State == partnership.PlacementCompleted {
			held = append(held, named[i].Student)
		}
	}
	have, err := x.students.Count(ctx, store.And(store.Field("_id").In(held), store.Field("entry.priority").Eq(true)))
	if err != nil {
		return 0, fmt.Errorf("green channel of offer %s: %w", a.ID, err)
	}
	return max(0, a.Priority-int(have)), nil
}

// pick finds the students to name.
func (x *Exchange) pick(ctx context.Context, a *partnership.Allocation, named []partnership.Placement, chosen []string, n int) ([]partnership.Student, error) {
	all, err := x.cohortStudents(ctx, a.Cohort)
	if err != nil {
		return nil, err
	}
	here := map[string]bool{}
	for i := range named {
		here[named[i].Student] = true
	}
	free := slices.DeleteFunc(all, func(s partnership.Student) bool { return s.School != a.School || !s.Free() || here[s.ID] })
	if len(chosen) == 0 {
		if len(free) == 0 {
			return nil, partnership.Refuse(partnership.ErrConflict, "“%s”没有可以安排的学生：请先导入学生名册，或学生都已有岗位", a.CohortName)
		}
		offers, err := x.offersOf(ctx, a.Cohort)
		if err != nil {
			return nil, err
		}
		r, err := x.rounds.Get(ctx, a.Round)
		if err != nil {
			return nil, fmt.Errorf("round of offer %s: %w", a.ID, err)
		}
		green, err := x.greenSeats(ctx, a, named, n)
		if err != nil {
			return nil, err
		}
		return partnership.Draw(free, offers, r.Seed, n, green), nil
	}
	var out []partnership.Student
	for _, id := range chosen {
		at := slices.IndexFunc(free, func(s partnership.Student) bool { return s.ID == id })
		if at < 0 || slices.ContainsFunc(out, func(s partnership.Student) bool { return s.ID == id }) {
			return nil, partnership.Invalid{"students": {"只能选“" + a.CohortName + "”里还没有岗位、没有为这条安排选过的学生，每人一次"}}
		}
		out = append(out, free[at])
	}
	return out, nil
}

// offersOf counts, for the students of a cohort, the offers they are named for.
func (x *Exchange) offersOf(ctx context.Context, cohort string) (map[string]int, error) {
	rows, err := x.placements.Group(ctx, store.Field("cohort").Eq(cohort), []string{"student"})
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, r := range rows {
		out[r.Text(0)] = int(r.Count)
	}
	return out, nil
}

// proposals makes one proposed placement for each student.
func (x *Exchange) proposals(ctx context.Context, actor partnership.Actor, a *partnership.Allocation, students []partnership.Student, open []seat) ([]partnership.Placement, error) {
	post, err := x.posts.Get(ctx, a.Post)
	if err != nil {
		return nil, fmt.Errorf("post of offer %s: %w", a.ID, err)
	}
	cohort, err := x.cohorts.Get(ctx, a.Cohort)
	if err != nil {
		return nil, fmt.Errorf("cohort of offer %s: %w", a.ID, err)
	}
	out := make([]partnership.Placement, len(students))
	for i := range students {
		s := &students[i]
		p := &out[i]
		*p = partnership.Placement{State: partnership.PlacementProposed, Offer: a.ID, Seat: open[i].n, Post: a.Post, PostTitle: a.PostTitle, Kind: post.Kind,
			Company: a.Company, CompanyName: a.CompanyName, School: a.School, SchoolName: cohort.SchoolName, Cohort: a.Cohort, CohortName: a.CohortName,
			Student: s.ID, MajorName: s.Entry.MajorName, Skills: cohort.Skills, From: post.From, To: post.To, Sample: a.Sample,
			Steps: []partnership.Step{{At: x.stamp(), Actor: actor.Account, To: string(partnership.PlacementProposed)}}}
		p.ID = placementID(a.ID, open[i])
	}
	return out, nil
}
