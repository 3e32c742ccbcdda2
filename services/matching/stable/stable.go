// Package stable computes the two-way selection (双向选择): a many-to-one stable
// matching of students, or cohorts of identical students, with posts, under the
// slots of each post and the quota of each company over its posts.
//
// The rule is deferred acceptance (Gale and Shapley 1962). Students propose down
// their lists; a company keeps the best proposals it has seen under the slots of
// each post and then under its own quota: the greedy choice on nested (laminar)
// quotas, which is substitutable and never shrinks, so that the outcome is stable,
// the same whatever the order of proposals, and best for every student among all
// stable outcomes (Hatfield and Milgrom 2005). No student gains by misreporting
// the list (Roth 1982; Hatfield and Milgrom 2005, theorem 11). With
// Options.CompanyOptimal the companies propose: best for them, worst for the
// students, and truthfulness is lost.
//
// A pair blocks a matching if the student prefers the post to the place it has and
// the company would keep it: the post has a free slot, or holds somebody ranked
// lower; and where the post has a slot but the company's quota is full, the company
// holds somebody ranked lower. Verify looks for such a pair without solving.
package stable

import (
	"errors"
	"fmt"

	"sunmao/services/matching/market"
)

// Options choose the side that is favoured and the cores to use.
type Options struct {
	// CompanyOptimal makes the companies propose.
	CompanyOptimal bool
	// Workers is the number of goroutines; the result does not depend on it.
	// Less than one means one.
	Workers int
	// Tries bounds how many placements of a group (market.Together) are tried
	// before the group is let go; 0 means 64 per group.
	Tries int
}

// Result is a stable matching.
type Result struct {
	// Pairs are sorted by agent, then post; counts are positive.
	Pairs []market.Pair
	// Kept are the groups that got one post together, Released those that could
	// not: their members are placed one by one.
	Kept     []Group
	Released []Release
	// Proposals is the number of list lines the proposing side went through: a
	// property of the market, the same on every machine.
	Proposals int64
}

// Group is a group of agents that goes to Post together.
type Group struct {
	Members []int32
	Post    int32
}

// Release says why the members of a group could not stay together.
type Release struct {
	Members []int32
	Reason  string // Chinese
}

// ErrSteps is returned when a market of large cohorts is built so that they push
// each other round in small steps beyond any sensible number. Markets of single
// students never do.
var ErrSteps = errors.New("stable: the cohorts push each other round in too many small steps; list their students one by one")

// maxSteps bounds the proposals of cohorts per list line.
const maxSteps = 1000

// Solve returns the stable matching of a market with strict ranks (see Prepare).
// It does not change the market.
func Solve(m *market.Market, o Options) (*Result, error) {
	a, err := Arrange(m)
	if err != nil {
		return nil, err
	}
	return a.Solve(o)
}

// Solve is the function Solve for a market that has been arranged before.
func (a *Arranged) Solve(o Options) (*Result, error) {
	switch {
	case len(a.m.Together) > 0:
		return solveTogether(a.m, o)
	case a.lines != nil && !o.CompanyOptimal:
		return a.units(max(o.Workers, 1)), nil
	}
	return solveLists(a.m, ownLists(a.m), o)
}

// supported refuses what this mode cannot honour instead of ignoring it.
func supported(m *market.Market) error {
	if m.Prio == nil && len(m.Edges) > 0 {
		return errors.New("stable: the market has no strict ranks, see Prepare")
	}
	if int64(len(m.Edges))+int64(m.Agents()) >= 1<<32 {
		return fmt.Errorf("stable: %d edges of %d agents, at most 2^32-1 together", len(m.Edges), m.Agents())
	}
	switch {
	case m.Group != nil:
		return errors.New("stable: quotas of company groups are for assignment only")
	case m.School != nil:
		return errors.New("stable: quotas of schools are for assignment only")
	case m.MinBatch != nil:
		return errors.New("stable: minimum batches are for assignment only")
	case len(m.Fixed)+len(m.Forbidden) > 0:
		return errors.New("stable: locks are applied by Prepare")
	}
	return nil
}

// lists are the part of each agent's list that counts: edges from[i] up to to[i].
type lists struct{ from, to []int64 }

func ownLists(m *market.Market) lists { return lists{m.Off[:m.Agents()], m.Off[1:]} }

func solveLists(m *market.Market, l lists, o Options) (*Result, error) {
	switch {
	case o.CompanyOptimal:
		return solveCompanies(m, l)
	case single(m):
		return arrange(m, l).units(max(o.Workers, 1)), nil
	}
	return solveCohorts(m, l)
}
