package exchange

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// A two-way selection (双选) is a round that collects lists first: schools enter what
// their students want, then companies rank those who chose them, or set a rule. Whoever
// hands in nothing by the deadline is counted. Then the round is run like any other.

// CohortChoices counts the choices of one cohort.
type CohortChoices struct {
	Cohort, Name, School string
	Students, Handed     int // students who may take part, those with choices
}

// PostChoices counts who chose one post.
type PostChoices struct {
	Post, Title, CompanyName string
	Slots, Candidates        int
	Ranking                  *partnership.Ranking // nil: nothing handed in yet
}

// SelectionView is what the page of a two-way selection shows while it collects.
type SelectionView struct {
	Phase    partnership.Phase
	Cohorts  []CohortChoices // those the actor may see
	Posts    []PostChoices   // the company's own; all for who runs the round
	Silence  partnership.Silence
	MayEnter bool   // the actor enters choices of its students
	MayRank  bool   // the actor ranks candidates
	Verbs    []Verb // close-choices, close-ranks
}

// openSelection starts to collect. The seed of the draw is published from the first day,
// so that nobody can choose it knowing the lists.
func (x *Exchange) openSelection(ctx context.Context, actor partnership.Actor, r partnership.Round) (RoundView, error) {
	if err := r.Selection.Check(x.today()); err != nil {
		return RoundView{}, err
	}
	r.Selection.ChoicesCut, r.Selection.RanksCut, r.Selection.Silence = false, false, nil
	r.ID, r.Mode, r.State = x.newID(), partnership.ModeStable, partnership.RoundCollecting
	if r.Seed == 0 {
		h := fnv.New64a()
		h.Write([]byte(r.ID)) //nolint:errcheck // never fails
		r.Seed = h.Sum64() % 1_000_000_000
	}
	r.Steps = []partnership.Step{{At: x.stamp(), Actor: actor.Account, To: string(partnership.RoundCollecting)}}
	if err := x.rounds.Insert(ctx, &r); err != nil {
		return RoundView{}, fmt.Errorf("new selection: %w", err)
	}
	return x.Round(ctx, actor, r.ID)
}

// roundCohorts is the filter of the cohorts a round is about: those open, of the owner if
// it is a school.
func (x *Exchange) roundCohorts(ctx context.Context, r *partnership.Round) (store.Filter, error) {
	where := store.Field("state").Eq(string(partnership.CohortOpen))
	_, err := x.schools.Get(ctx, r.Owner)
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return where, err
	}
	switch {
	case err == nil:
		where = store.And(where, store.Field("school").Eq(r.Owner))
	case isRegion(r.Owner): // a district arranges for the schools of its region
		where = store.And(where, store.Field("region").Prefix(partnership.RegionPrefix(r.Owner)))
	}
	return where, nil
}

// takesPart says whether a round that collects concerns the actor.
func (x *Exchange) takesPart(ctx context.Context, actor partnership.Actor, r *partnership.Round) (bool, error) {
	if r.Selection == nil {
		return false, nil
	}
	switch actor.Role {
	case partnership.RoleSchool:
		if _, err := x.schools.Get(ctx, r.Owner); err == nil {
			return actor.SpeaksFor(r.Owner), nil
		}
		// the district's: every school of its region
		own := partnership.Actor{Region: r.Owner}
		return !isRegion(r.Owner) || own.Covers(x.regionOfSchool(ctx, actor.Party)), nil
	case partnership.RoleCompany:
		n, err := x.posts.Count(ctx, store.And(store.Field("company").Eq(actor.Party), store.Field("state").Eq(string(partnership.PostOpen))))
		if err != nil || n > 0 {
			return n > 0, err
		}
		n, err = x.rankings.Count(ctx, store.And(store.Field("round").Eq(r.ID), store.Field("company").Eq(actor.Party)))
		return n > 0, err
	}
	return mayRunRound(actor, r), nil
}

// selection returns a round that collects, as far as the actor takes part in it.
func (x *Exchange) selection(ctx context.Context, actor partnership.Actor, id string) (partnership.Round, error) {
	r, err := x.rounds.Get(ctx, id)
	if err != nil {
		return r, known(err, errNoRound)
	}
	ok, err := x.takesPart(ctx, actor, &r)
	if err != nil {
		return r, err
	}
	if !ok {
		return partnership.Round{}, errNoRound
	}
	return r, nil
}

// during refuses what comes too early or too late.
func (x *Exchange) during(r *partnership.Round, phase partnership.Phase) error {
	now := r.Selection.Phase(x.today())
	if r.State == partnership.RoundCollecting && now == phase {
		return nil
	}
	switch {
	case r.State != partnership.RoundCollecting:
		return partnership.Refuse(partnership.ErrConflict, "这一轮双选现在是“%s”，名单已经固定，不能再改", r.State.Words())
	case phase == partnership.PhaseChoosing:
		return partnership.Refuse(partnership.ErrConflict, "学生志愿已在 %s 截止，现在是“%s”，不能再填；可以在下一轮填报", r.Selection.ChoicesBy, now.Words())
	case now == partnership.PhaseChoosing:
		return partnership.Refuse(partnership.ErrConflict, "学生志愿 %s 截止后才能排序，现在可以先定规则", r.Selection.ChoicesBy)
	}
	return partnership.Refuse(partnership.ErrConflict, "企业排序已在 %s 截止，不能再改", r.Selection.RanksBy)
}

// Selection tells how far a two-way selection is: who has handed in, who has not.
func (x *Exchange) Selection(ctx context.Context, actor partnership.Actor, id string) (SelectionView, error) {
	r, err := x.selection(ctx, actor, id)
	if err != nil {
		return SelectionView{}, err
	}
	b, err := x.readBallot(ctx, &r)
	if err != nil {
		return SelectionView{}, err
	}
	runs := mayRunRound(actor, &r)
	v := SelectionView{Phase: r.Selection.Phase(x.today()), Silence: b.silence()}
	v.MayEnter = actor.Role == partnership.RoleSchool && x.during(&r, partnership.PhaseChoosing) == nil
	v.MayRank = actor.Role == partnership.RoleCompany && r.State == partnership.RoundCollecting && v.Phase != partnership.PhaseOver
	for i := range b.cohorts {
		c := &b.cohorts[i]
		if actor.SeesAll() || actor.SpeaksFor(c.School) {
			v.Cohorts = append(v.Cohorts, CohortChoices{c.ID, c.Name, c.SchoolName, b.students[c.ID], b.handed[c.ID]})
		}
	}
	for j := range b.posts {
		p := &b.posts[j]
		own := actor.Role == partnership.RoleCompany && actor.SpeaksFor(p.Company)
		if !own && (!runs || len(b.chosen[p.ID]) == 0) {
			continue
		}
		row := PostChoices{p.ID, p.Title, p.CompanyName, p.Left(), len(b.chosen[p.ID]), b.rankings[p.ID]}
		if own && v.Phase == partnership.PhaseChoosing {
			row.Candidates = 0 // still changing, and nobody's business before the deadline
		}
		v.Posts = append(v.Posts, row)
	}
	if runs && r.State == partnership.RoundCollecting {
		switch v.Phase {
		case partnership.PhaseChoosing:
			v.Verbs = []Verb{{Key: "close-choices", Words: "提前截止学生志愿"}}
		case partnership.PhaseRanking:
			v.Verbs = []Verb{{Key: "close-ranks", Words: "提前截止企业排序"}}
		}
	}
	return v, nil
}

// ActSelection ends the choosing or the ranking before its day.
func (x *Exchange) ActSelection(ctx context.Context, actor partnership.Actor, id, verb string) (partnership.Round, error) {
	r, err := x.rounds.Edit(ctx, id, func(r *partnership.Round) error {
		if r.Selection == nil || !mayRunRound(actor, r) {
			return errNoRound
		}
		phase, why := partnership.PhaseChoosing, "提前截止学生志愿"
		if verb == "close-ranks" {
			phase, why = partnership.PhaseRanking, "提前截止企业排序"
		} else if verb != "close-choices" {
			return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
		}
		if err := x.during(r, phase); err != nil {
			return err
		}
		r.Selection.ChoicesCut, r.Selection.RanksCut = true, verb == "close-ranks"
		r.Steps = append(r.Steps, partnership.Step{At: x.stamp(), Actor: actor.Account, From: string(r.State), To: string(r.State), Why: why})
		return nil
	})
	return r, known(err, errNoRound)
}

// ChoiceRow is one student of a cohort with the choices handed in.
type ChoiceRow struct {
	StudentRow
	Choice *partnership.Choice // nil: none yet
}

// ChoicesView is what the page of one cohort's choices shows.
type ChoicesView struct {
	Round   partnership.Round
	Cohort  partnership.Cohort
	Options []partnership.Match // posts the cohort's students may choose, the best fit first
	Rows    []ChoiceRow
	Open    bool // choices may be entered now
}

// Choices lists the students of one cohort of the actor's school with their choices.
func (x *Exchange) Choices(ctx context.Context, actor partnership.Actor, round, cohort string) (ChoicesView, error) {
	var v ChoicesView
	var err error
	if v.Round, err = x.selection(ctx, actor, round); err != nil {
		return v, err
	}
	if v.Cohort, err = x.cohorts.Get(ctx, cohort); err != nil {
		return v, known(err, errNoCohort)
	}
	if actor.Role != partnership.RoleSchool || !actor.SpeaksFor(v.Cohort.School) {
		return v, errNoCohort
	}
	if v.Options, err = x.choosable(ctx, cohort); err != nil {
		return v, err
	}
	v.Open = x.during(&v.Round, partnership.PhaseChoosing) == nil
	handed := map[string]*partnership.Choice{}
	for c, err := range x.choices.Find(ctx, store.Query{Where: store.And(store.Field("round").Eq(round), store.Field("cohort").Eq(cohort))}) {
		if err != nil {
			return v, fmt.Errorf("choices of %s: %w", cohort, err)
		}
		handed[c.Student] = &c
	}
	students, err := x.cohortStudents(ctx, cohort)
	if err != nil {
		return v, err
	}
	for i := range students {
		s := &students[i]
		if !s.Free() && handed[s.ID] == nil {
			continue
		}
		row, err := x.masked(s)
		if err != nil {
			return v, err
		}
		v.Rows = append(v.Rows, ChoiceRow{row, handed[s.ID]})
	}
	return v, nil
}

// SaveChoice enters what one student wants: posts, the best first, and posts not wanted.
// It replaces what was entered before.
func (x *Exchange) SaveChoice(ctx context.Context, actor partnership.Actor, round, student string, posts, refused []string) (partnership.Choice, error) {
	r, err := x.selection(ctx, actor, round)
	if err != nil {
		return partnership.Choice{}, err
	}
	s, err := x.ownStudent(ctx, actor, student)
	if err != nil {
		return partnership.Choice{}, err
	}
	if err := x.during(&r, partnership.PhaseChoosing); err != nil {
		return partnership.Choice{}, err
	}
	if !s.Free() {
		return partnership.Choice{}, partnership.Refuse(partnership.ErrConflict, "这名学生已有岗位，不参加这一轮")
	}
	options, err := x.choosable(ctx, s.Entry.Cohort)
	if err != nil {
		return partnership.Choice{}, err
	}
	c := partnership.Choice{Posts: posts, Refused: refused}
	if err := mergeInvalid(outside(posts, options), c.Check()); err != nil {
		return c, err
	}
	return x.putChoice(ctx, actor, &r, &s, posts, refused, "")
}

// outside blames the choices that are no posts of the cohort.
func outside(posts []string, options []partnership.Match) partnership.Invalid {
	bad := partnership.Invalid{}
	for i, p := range posts {
		if !slices.ContainsFunc(options, func(m partnership.Match) bool { return m.Post == p }) {
			bad.Add("choice"+string(rune('1'+min(i, partnership.ChoicesMost-1))), "这个岗位不在可选范围：没有在招收，与专业不对应，或不符合规定")
		}
	}
	return bad
}

// putChoice stores a student's choices over those before.
func (x *Exchange) putChoice(ctx context.Context, actor partnership.Actor, r *partnership.Round, s *partnership.Student, posts, refused []string, group string) (partnership.Choice, error) {
	return putOver(ctx, x.choices, derivedID(r.ID, s.ID), func(c *partnership.Choice) error {
		c.Round, c.School, c.Student, c.Number, c.Cohort = r.ID, s.School, s.ID, s.Number, s.Entry.Cohort
		c.Posts, c.Refused, c.Group, c.By, c.At, c.Result = posts, refused, group, actor.Account, x.stamp(), nil
		return nil
	})
}

// putOver changes the document with this id, or makes it.
func putOver[T any](ctx context.Context, c *store.Coll[T], id string, set func(*T) error) (T, error) {
	doc, err := c.Edit(ctx, id, set)
	if !errors.Is(err, partnership.ErrNotFound) {
		return doc, err
	}
	var fresh T
	recordOf(&fresh).ID = id
	if err := set(&fresh); err != nil {
		return fresh, err
	}
	if err = c.Insert(ctx, &fresh); errors.Is(err, partnership.ErrDuplicate) { // a colleague was faster
		return c.Edit(ctx, id, set)
	}
	return fresh, err
}

// Recommendation is a whole group that a school recommends with one list.
type Recommendation struct {
	Cohort   string
	Students []string // ids; empty for all of the cohort who have no choices of their own
	Posts    []string // the best first
	Together bool     // they go to one and the same post or are placed one by one
}

// Recommend enters one list for a whole group of a cohort, and returns for how many.
// Choices that students made themselves are not replaced unless the student is named.
func (x *Exchange) Recommend(ctx context.Context, actor partnership.Actor, round string, in Recommendation) (int, error) {
	v, err := x.Choices(ctx, actor, round, in.Cohort)
	if err != nil {
		return 0, err
	}
	if err := x.during(&v.Round, partnership.PhaseChoosing); err != nil {
		return 0, err
	}
	if err := mergeInvalid(outside(in.Posts, v.Options), (&partnership.Choice{Posts: in.Posts}).Check()); err != nil {
		return 0, err
	}
	var chosen []string
	for i := range v.Rows {
		row := &v.Rows[i]
		if row.Held == "" && (slices.Contains(in.Students, row.ID) || len(in.Students) == 0 && row.Choice == nil) {
			chosen = append(chosen, row.ID)
		}
	}
	if len(chosen) < max(1, len(in.Students)) {
		return 0, partnership.Invalid{"students": {"只能推荐“" + v.Cohort.Name + "”里还没有岗位的学生；一个都不选，就推荐还没有志愿的全部学生"}}
	}
	group := ""
	if in.Together && len(chosen) > 1 {
		group = derivedID(round, strings.Join(chosen, ","))
	}
	students, err := x.students.All(ctx, store.Query{Where: store.Field("_id").In(chosen)})
	if err != nil {
		return 0, err
	}
	err = inParallel(len(students), func(i int) error {
		_, err := x.putChoice(ctx, actor, &v.Round, &students[i], in.Posts, nil, group)
		return err
	})
	return len(students), err
}
