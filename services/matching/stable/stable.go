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
//
// Quotas of company groups or regions (market.Group) nest further out and are meant
// in the same way: the candidates of all their posts are compared with each other. A
// quota on the students' side (market.School) is not supported if it could bind: who
// of a school has to make room would follow from an order of the school over its own
// students, which two-way selection does not have, so "stable" has no meaning there.
// Minimums of order classes (market.MinBatch) and groups of friends (market.Together)
// need not allow any stable matching; both are a bounded repair whose outcome says
// what it could not keep.
package stable

import (
	"errors"
	"fmt"
	"math"
	"slices"

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
	// Closed are the order classes that did not get their minimum (market.MinBatch),
	// by post.
	Closed []Closure
	// Cutoffs are the published cut-offs (录取线): whoever has a priority below that
	// of a post would be kept by it; Open where everybody would.
	Cutoffs []uint32
	// Proposals is the number of list lines the proposing side went through: a
	// property of the market, the same on every machine.
	Proposals int64
}

// Open is the cut-off of a post that would keep anybody.
const Open = math.MaxUint32

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
var ErrSteps = errors.New("双向选择：大班级互相挤位，步数多得算不完；请把这些班级的学生逐人列出")

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
	return newEngine(a, o).solveClasses()
}

// supported refuses what this mode cannot honour instead of ignoring it.
func supported(m *market.Market) error {
	switch {
	case m.Prio == nil && len(m.Edges) > 0:
		return errors.New("双向选择：市场没有严格的名次，请先抽签定序（stable.Prepare）")
	case int64(len(m.Edges))+int64(m.Agents()) >= 1<<32:
		return fmt.Errorf("双向选择：%d 名学生共 %d 条志愿，超出一次能处理的 42 亿条；请分批", m.Agents(), len(m.Edges))
	case schoolBinds(m):
		return errSchool
	case len(m.Fixed)+len(m.Forbidden) > 0:
		return errors.New("双向选择：锁定和禁止的配对要在抽签定序时处理（stable.Prepare）")
	case slices.Contains(m.Prio, Open):
		return fmt.Errorf("双向选择：名次 %d 留作“谁都收”，请用更小的数", Open)
	}
	return nil
}

// schoolBinds says whether a quota on the students' side could keep anybody out.
func schoolBinds(m *market.Market) bool {
	n := make([]int64, len(m.SchoolCap))
	for i, q := range m.School {
		for q >= 0 {
			n[q] += int64(m.Supply[i])
			if m.SchoolUp == nil {
				break
			}
			q = m.SchoolUp[q]
		}
	}
	for q, c := range m.SchoolCap {
		if n[q] > int64(c) {
			return true
		}
	}
	return false
}

// errSchool: see the package comment.
var errSchool = errors.New("双向选择：不能限制每所学校去多少人。谁该让出名额，要由学校在自己的学生之间排出先后，双向选择里没有这个次序；" +
	"请改用统筹分配，或由学校先确定参加的学生")
