package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// most placements that one page of those on post holds.
const followedMost = 1000

// FollowRow is one student on post as the page of supervision shows one.
type FollowRow struct {
	PlacementRow
	Alerts   []string // what is not as it should be, the gravest first; none for a quiet row
	LastCall string
	LastNote string // by the actor's own side
}

// Supervision lists the students on post that the actor's side looks after, exceptions
// first: open marks of roll calls, then days without a roll call, then weeks without a
// note, then the rest by post. More than a thousand are cut off, which full tells.
func (x *Exchange) Supervision(ctx context.Context, actor partnership.Actor, post string) (rows []FollowRow, full bool, err error) {
	where := []store.Filter{store.Field("state").Eq(string(partnership.PlacementOnPost))}
	switch actor.Role {
	case partnership.RoleSchool:
		where = append(where, store.Field("school").Eq(actor.Party))
	case partnership.RoleCompany:
		where = append(where, store.Field("company").Eq(actor.Party))
	case partnership.RoleDistrict, partnership.RoleOperator:
		return nil, false, partnership.Refuse(partnership.ErrForbidden, "在岗情况由学校和企业跟踪，区教委看安置列表和统计")
	default:
		return nil, false, partnership.ErrForbidden
	}
	if post != "" {
		where = append(where, store.Field("post").Eq(post))
	}
	all, err := x.placements.All(ctx, store.Query{Where: store.And(where...), Sort: []store.Sort{store.Desc("open"), store.Asc("post")}, Limit: followedMost + 1})
	if err != nil {
		return nil, false, fmt.Errorf("placements on post: %w", err)
	}
	full = len(all) > followedMost
	shown, err := x.placementRows(ctx, actor, all[:min(len(all), followedMost)])
	if err != nil {
		return nil, false, err
	}
	today := x.today()
	weight := make(map[string]int, len(shown))
	for _, r := range shown {
		row := FollowRow{PlacementRow: r, LastCall: r.Placement.Follow.LastCall(), LastNote: r.Placement.Follow.LastNote(actor.Role)}
		row.Alerts, weight[r.Placement.ID] = followAlerts(&r.Placement, actor.Role, today)
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b FollowRow) int {
		return cmp.Or(-cmp.Compare(weight[a.Placement.ID], weight[b.Placement.ID]), cmp.Compare(a.Placement.PostTitle, b.Placement.PostTitle),
			cmp.Compare(a.Student.Number, b.Student.Number))
	})
	return rows, full, nil
}

// followAlerts says what of a placement on post is not as it should be, and how grave it is.
func followAlerts(p *partnership.Placement, side partnership.Role, today string) (alerts []string, weight int) {
	for _, m := range p.Follow.Marks {
		if m.Answer == "" && m.Kind != partnership.RollLeave {
			words := partnership.DayWords(m.Day) + m.Kind.Words()
			if m.Words != "" {
				words += "（" + m.Words + "）"
			}
			alerts, weight = append(alerts, words+"，学校还没有处理"), weight+100
			if m.Kind == partnership.RollHurt {
				weight += 1000
			}
		}
	}
	if days := daysBetween(max(p.StartedOn, p.Follow.LastCall()), today); days > 3 {
		alerts, weight = append(alerts, fmt.Sprintf("%d 天没有点名", days)), weight+10
	}
	noted := p.Follow.LastNote(side)
	if noted == "" {
		if days := daysBetween(p.StartedOn, today); days > 7 {
			alerts, weight = append(alerts, "还没有周志"), weight+5
		}
	} else if days := daysBetween(noted, today); days > 13 {
		alerts, weight = append(alerts, fmt.Sprintf("%d 周没有周志", days/7-1)), weight+5
	}
	if p.To < today {
		alerts, weight = append(alerts, "实习期 "+p.To+" 已满，还没有办结"), weight+20
	}
	return alerts, weight
}

// daysBetween is the number of days from one day to another; 0 if either is none.
func daysBetween(from, to string) int {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(b.Sub(a).Hours() / 24)
}

// RollCall is one roll call of a mentor: who of the students on a post was not there, or not
// well, on a day, by placement. All others were there.
type RollCall struct {
	Post  string
	Day   string
	Marks map[string]partnership.RollMark
}

// CallRoll records a roll call for every student who is on the post that day, and returns
// how many. Calling again for the same day corrects it. A mark for somebody who is not on
// the post is refused before anything is written.
func (x *Exchange) CallRoll(ctx context.Context, actor partnership.Actor, call RollCall) (int, error) {
	if actor.Role != partnership.RoleCompany {
		return 0, partnership.Refuse(partnership.ErrForbidden, "点名由企业指导教师来做")
	}
	here, err := x.placements.All(ctx, store.Query{Where: store.And(store.Field("company").Eq(actor.Party), store.Field("state").Eq(string(partnership.PlacementOnPost)),
		store.Field("post").Eq(call.Post)), Limit: followedMost})
	if err != nil {
		return 0, fmt.Errorf("students on post: %w", err)
	}
	here = slices.DeleteFunc(here, func(p partnership.Placement) bool { return p.StartedOn > call.Day })
	if len(here) == 0 {
		return 0, partnership.Refuse(partnership.ErrNotFound, "这个岗位那天没有在岗的学生")
	}
	now := x.stamp()
	for id, m := range call.Marks {
		at := slices.IndexFunc(here, func(p partnership.Placement) bool { return p.ID == id })
		if at < 0 {
			return 0, errNoPlacement
		}
		trial := here[at] // what is wrong is said before the first write
		trial.Follow.Called, trial.Follow.Marks = slices.Clone(trial.Follow.Called), slices.Clone(trial.Follow.Marks)
		if err := trial.CallRoll(actor, now, call.Day, &m); err != nil {
			return 0, err
		}
	}
	for i := range here {
		var mark *partnership.RollMark
		if m, ok := call.Marks[here[i].ID]; ok {
			mark = &m
		}
		if _, err := x.editPlacement(ctx, actor, here[i].ID, func(p *partnership.Placement) error { return p.CallRoll(actor, now, call.Day, mark) }); err != nil {
			return i, err
		}
	}
	return len(here), nil
}

// AnswerMark records what the school did about an exception of a roll call.
func (x *Exchange) AnswerMark(ctx context.Context, actor partnership.Actor, id, day, answer string) (partnership.Placement, error) {
	return x.editPlacement(ctx, actor, id, func(p *partnership.Placement) error { return p.AnswerMark(actor, x.stamp(), day, answer) })
}

// NoteWeek records the note of the actor's side on the week of a day.
func (x *Exchange) NoteWeek(ctx context.Context, actor partnership.Actor, id, day, words string) (partnership.Placement, error) {
	return x.editPlacement(ctx, actor, id, func(p *partnership.Placement) error { return p.Note(actor, x.stamp(), day, words) })
}

// RevealPlaced opens one personal field of the placed student, for the school or, after
// consent, the company; see [Exchange.Reveal].
func (x *Exchange) RevealPlaced(ctx context.Context, actor partnership.Actor, id, field, reason string) (string, error) {
	p, err := x.visiblePlacement(ctx, actor, id)
	if err != nil {
		return "", err
	}
	return x.Reveal(ctx, actor, p.Student, field, reason)
}

// Done is what became of one of several things to be done at once.
type Done struct {
	ID    string
	Words string // the state now, or why not
	OK    bool
}

// The most placements that one bulk action takes.
const bulkMost = 200

// ActPlacements starts or completes several placements, each by itself: what stands in the
// way of one does not stop the others. The answers come in the order of the ids.
func (x *Exchange) ActPlacements(ctx context.Context, actor partnership.Actor, ids []string, verb string) ([]Done, error) {
	switch {
	case verb != "start" && verb != "complete":
		return nil, partnership.Invalid{"verb": {"可以成批办理的有：登记上岗、办结"}}
	case len(ids) == 0:
		return nil, partnership.Invalid{"ids": {"请先选学生"}}
	case len(ids) > bulkMost:
		return nil, partnership.Invalid{"ids": {fmt.Sprintf("一次最多 %d 名学生，现在选了 %d 名，请分几次办理", bulkMost, len(ids))}}
	}
	out := make([]Done, 0, len(ids))
	for _, id := range ids {
		p, err := x.ActPlacement(ctx, actor, id, verb, "")
		var refused *partnership.Refused
		switch {
		case err == nil:
			out = append(out, Done{ID: id, Words: p.State.Words(), OK: true})
		case errors.As(err, &refused):
			out = append(out, Done{ID: id, Words: refused.Sentence})
		default:
			return out, fmt.Errorf("%s placement %s: %w", verb, id, err)
		}
	}
	return out, nil
}
