package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Candidate is a student who chose a post, as the company sees one before consent:
// surname, major, skills. Which choice it was is not told, so that nobody is punished for
// an honest list.
type Candidate struct {
	StudentRow
	SchoolName string
	Score      int
	Reasons    []string
}

// CandidatesView is one post of the actor's company with those who chose it.
type CandidatesView struct {
	Round      partnership.Round
	Post       partnership.Post
	Ranking    *partnership.Ranking
	Candidates []Candidate // as ranked now: by hand, then by the rule; empty while students choose
	MayRule    bool        // the rule may be set now
	MayRank    bool        // candidates may be ranked by hand now
}

// CandidatesOf lists who chose a post of the actor's company.
func (x *Exchange) CandidatesOf(ctx context.Context, actor partnership.Actor, round, post string) (CandidatesView, error) {
	var v CandidatesView
	var err error
	if v.Round, err = x.selection(ctx, actor, round); err != nil {
		return v, err
	}
	if v.Post, err = x.visiblePost(ctx, actor, post); err != nil {
		return v, err
	}
	if actor.Role != partnership.RoleCompany || !actor.SpeaksFor(v.Post.Company) {
		return v, errNoPost
	}
	phase := v.Round.Selection.Phase(x.today())
	collecting := v.Round.State == partnership.RoundCollecting
	v.MayRule, v.MayRank = collecting && phase != partnership.PhaseOver, collecting && phase == partnership.PhaseRanking
	b, err := x.readBallot(ctx, &v.Round)
	if err != nil {
		return v, err
	}
	v.Ranking = b.rankings[post]
	if phase == partnership.PhaseChoosing && collecting {
		return v, nil
	}
	students, err := x.choosers(ctx, b.chosen[post])
	if err != nil {
		return v, err
	}
	cohorts := map[string]*partnership.Cohort{}
	for i := range b.cohorts {
		cohorts[b.cohorts[i].ID] = &b.cohorts[i]
	}
	for _, at := range b.order(&v.Post, students) {
		s, c := students[at.student], cohorts[at.cohort]
		row, err := x.forCompany(s, false)
		if err != nil {
			return v, err
		}
		row.CohortName, row.Skills = c.Name, c.Skills
		m := b.pair(c.ID, post)
		v.Candidates = append(v.Candidates, Candidate{row, c.SchoolName, m.Score, m.Reasons})
	}
	return v, nil
}

// choosers reads the students of some choices by id.
func (x *Exchange) choosers(ctx context.Context, choices []*partnership.Choice) (map[string]*partnership.Student, error) {
	ids := make([]string, len(choices))
	for i, c := range choices {
		ids[i] = c.Student
	}
	out := map[string]*partnership.Student{}
	if len(ids) == 0 {
		return out, nil
	}
	return out, byField(ctx, x.students, "_id", ids, func(s *partnership.Student) { out[s.ID] = s })
}

// SaveRanking enters how a company orders the candidates of a post: a rule, and by hand
// those it wants first or not at all. The rule may be set while students still choose.
func (x *Exchange) SaveRanking(ctx context.Context, actor partnership.Actor, round, post string, draft partnership.Ranking) (partnership.Ranking, error) {
	v, err := x.CandidatesOf(ctx, actor, round, post)
	if err != nil {
		return draft, err
	}
	if !v.MayRule || len(draft.Order)+len(draft.Refused) > 0 {
		if err := x.during(&v.Round, partnership.PhaseRanking); err != nil {
			return draft, err
		}
	}
	bad := partnership.Invalid{}
	for _, id := range slices.Concat(draft.Order, draft.Refused) {
		if !slices.ContainsFunc(v.Candidates, func(c Candidate) bool { return c.ID == id }) {
			bad.Add("order", "只能给填报了这个岗位的学生排名次")
			break
		}
	}
	if err := mergeInvalid(bad, draft.Check()); err != nil {
		return draft, err
	}
	return putOver(ctx, x.rankings, derivedID(round, post), func(r *partnership.Ranking) error {
		r.Round, r.Post, r.Company, r.Silent, r.By, r.At = round, post, v.Post.Company, false, actor.Account, x.stamp()
		r.Rule, r.Order, r.Refused = draft.Rule, draft.Order, draft.Refused
		return nil
	})
}

// standing is one candidate of a post with the place the company gives it; equal places
// are drawn.
type standing struct {
	student, cohort string
	place           uint32
}

// order puts the candidates of a post into the company's order. Those it refuses, and those
// whom no match makes eligible, are left out.
func (b *ballot) order(p *partnership.Post, students map[string]*partnership.Student) []standing {
	ranking := b.rankings[p.ID]
	if ranking == nil {
		ranking = &partnership.Ranking{Rule: partnership.RankFit}
	}
	type candidate struct {
		standing
		hand int // place by hand, or all places by hand taken
		rule []int
	}
	var all []candidate
	for _, c := range b.chosen[p.ID] {
		m, s := b.pair(c.Cohort, p.ID), students[c.Student]
		if m == nil || s == nil || !s.Free() || slices.Contains(ranking.Refused, c.Student) {
			continue
		}
		at := candidate{standing: standing{student: c.Student, cohort: c.Cohort}, hand: len(ranking.Order), rule: []int{m.Score}}
		if k := slices.Index(ranking.Order, c.Student); k >= 0 {
			at.hand = k
		}
		switch ranking.Rule {
		case partnership.RankSkills:
			at.rule = []int{partOf(m, "skills"), m.Score}
		case partnership.RankNear:
			at.rule = []int{0, m.Score}
			if s.Entry.Residence != "" && s.Entry.Residence == p.Region {
				at.rule[0] = 1
			}
		}
		all = append(all, at)
	}
	compare := func(a, b candidate) int { return cmp.Or(cmp.Compare(a.hand, b.hand), slices.Compare(b.rule, a.rule)) }
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Or(compare(a, b), cmp.Compare(a.student, b.student)) })
	out := make([]standing, len(all))
	for i := range all {
		if i > 0 {
			all[i].place = all[i-1].place
			if compare(all[i-1], all[i]) != 0 {
				all[i].place++
			}
		}
		out[i] = all[i].standing
	}
	return out
}

// partOf is what a match got for one criterion.
func partOf(m *partnership.Match, key string) int {
	for i := range m.Parts {
		if m.Parts[i].Key == key {
			return m.Parts[i].Got
		}
	}
	return 0
}

// noteSilent keeps that a company handed in nothing for a post that somebody chose.
func (x *Exchange) noteSilent(ctx context.Context, r *partnership.Round, b *ballot) error {
	for i := range b.posts {
		p := &b.posts[i]
		if len(b.chosen[p.ID]) == 0 || b.rankings[p.ID] != nil {
			continue
		}
		silent := partnership.Ranking{Round: r.ID, Post: p.ID, Company: p.Company, Rule: partnership.RankFit, Silent: true, By: "selection", At: x.stamp()}
		silent.ID = derivedID(r.ID, p.ID)
		if err := x.rankings.Insert(ctx, &silent); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
			return fmt.Errorf("silence of post %s: %w", p.ID, err)
		}
	}
	return nil
}

// rankingsOf counts, of the posts of a company that somebody chose in a selection, those it
// ranked and those it let lie.
func (x *Exchange) rankingsOf(ctx context.Context, company string) (ranked, silent int, err error) {
	mine := store.Field("company").Eq(company)
	all, err := x.rankings.Count(ctx, mine)
	if err != nil {
		return 0, 0, err
	}
	n, err := x.rankings.Count(ctx, store.And(mine, store.Field("silent").Eq(true)))
	return int(all - n), int(n), err
}
