package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/matching"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

var errNoRound = partnership.Refuse(partnership.ErrNotFound, "没有这个匹配轮次，或者您无权查看")

// RoundView is what the page of one round shows.
type RoundView struct {
	Round       partnership.Round
	Allocations []partnership.Allocation
	CanRun      bool
}

// Rounds lists rounds, the newest first: a school its own and the district's, the
// district all, a company the two-way selections that it takes part in.
func (x *Exchange) Rounds(ctx context.Context, actor partnership.Actor, l List) ([]partnership.Round, string, error) {
	var where store.Filter
	switch actor.Role {
	case partnership.RoleOperator:
	case partnership.RoleDistrict: // those made before rounds named their region are told apart below
		where = store.Or(within(actor, "region"), within(actor, "owner"), store.Not(store.Field("region").Gt("")))
	case partnership.RoleSchool:
		where = store.Or(store.Field("owner").Eq(actor.Party), store.Field("state").Eq(string(partnership.RoundPublished)), store.Field("selection.choices_by").Gt(""))
	case partnership.RoleCompany:
		where = store.Field("selection.choices_by").Gt("")
	default:
		return nil, "", partnership.ErrForbidden
	}
	page, next, err := x.rounds.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("_c")}, After: l.After, Limit: l.limit()})
	if err != nil || actor.Role == partnership.RoleOperator {
		return page, next, err
	}
	shown := page[:0]
	for i := range page {
		r := &page[i]
		ok := mayRunRound(actor, r) || actor.Role == partnership.RoleSchool && r.State == partnership.RoundPublished
		if !ok {
			if ok, err = x.takesPart(ctx, actor, r); err != nil {
				return nil, "", err
			}
		}
		if ok {
			shown = append(shown, page[i])
		}
	}
	return shown, next, nil
}

// mayRunRound: the school or the district that owns it, the district of a school that
// does, and the operator.
func mayRunRound(actor partnership.Actor, r *partnership.Round) bool {
	switch actor.Role {
	case partnership.RoleOperator:
		return true
	case partnership.RoleSchool:
		return actor.SpeaksFor(r.Owner)
	case partnership.RoleDistrict:
		return actor.Covers(r.Region) || actor.Covers(r.Owner) || r.Region == "" && !isRegion(r.Owner)
	}
	return false
}

// isRegion reports whether the owner of a round is a district, by its six-digit code.
func isRegion(owner string) bool {
	return len(owner) == 6 && strings.Trim(owner, "0123456789") == ""
}

// Round returns a round with its result; a school sees the lines of its own cohorts, a
// company that takes part in a two-way selection those of its own posts once published.
func (x *Exchange) Round(ctx context.Context, actor partnership.Actor, id string) (RoundView, error) {
	r, err := x.rounds.Get(ctx, id)
	if err != nil {
		return RoundView{}, known(err, errNoRound)
	}
	if err := x.withResult(ctx, &r); err != nil {
		return RoundView{}, err
	}
	view := RoundView{Round: r, CanRun: mayRunRound(actor, &r)}
	if !view.CanRun && (actor.Role != partnership.RoleSchool || r.State != partnership.RoundPublished) {
		ok, err := x.takesPart(ctx, actor, &r)
		if err != nil {
			return RoundView{}, err
		}
		if !ok {
			return RoundView{}, errNoRound
		}
		view.Round = withoutOthers(actor, r)
		if r.State != partnership.RoundPublished {
			return view, nil
		}
	}
	where := store.Field("round").Eq(id)
	if actor.Role == partnership.RoleCompany {
		where = store.And(where, store.Field("company").Eq(actor.Party))
	}
	if actor.Role == partnership.RoleSchool {
		where = store.And(where, store.Field("school").Eq(actor.Party))
		view.Round.Unplaced = slices.DeleteFunc(slices.Clone(r.Unplaced), func(u partnership.Unmet) bool { return u.Party != actor.Party })
	}
	view.Allocations, err = x.allocations.All(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("cohort"), store.Desc("score")}})
	return view, err
}

// RunRound freezes the open cohorts (of the owner, if it is a school) and the open
// posts, solves, and stores a preview: allocations with reasons, who stays unplaced
// and why, which posts stay cold. An empty ID makes a new round; running a preview
// again with other settings replaces its result. Nothing is offered to anybody before
// PublishRound.
func (x *Exchange) RunRound(ctx context.Context, actor partnership.Actor, r partnership.Round) (RoundView, error) {
	switch actor.Role {
	case partnership.RoleSchool:
		r.Owner, r.Region = actor.Party, x.regionOfSchool(ctx, actor.Party)
	case partnership.RoleDistrict:
		r.Owner, r.Region = actor.Region, actor.Region
	case partnership.RoleOperator:
		r.Owner, r.Region = cmp.Or(r.Owner, actor.Region), cmp.Or(actor.Region, r.Region)
	default:
		return RoundView{}, partnership.Refuse(partnership.ErrForbidden, "匹配轮次由学校和区教委组织")
	}
	if r.Mode.Words() == "" {
		r.Mode = partnership.ModeAssign
	}
	if strings.TrimSpace(r.Name) == "" {
		r.Name = x.today() + " " + r.Mode.Words()
	}
	var old partnership.Round
	if r.ID != "" {
		var err error
		old, err = x.rounds.Get(ctx, r.ID)
		if err != nil || !mayRunRound(actor, &old) {
			return RoundView{}, errNoRound
		}
		if old.State == partnership.RoundPublished {
			return RoundView{}, partnership.Refuse(partnership.ErrConflict, "这一轮已经发布，不能重新运行；可以新建一轮")
		}
		r.Record, r.Owner, r.Region, r.Steps, r.Sample = old.Record, old.Owner, cmp.Or(old.Region, r.Region), old.Steps, old.Sample
		r.State, r.Selection, r.Runs = old.State, old.Selection, old.Runs
		if r.Selection != nil {
			r.Mode, r.Seed = partnership.ModeStable, old.Seed // published before the lists came in
			if phase := r.Selection.Phase(x.today()); phase != partnership.PhaseOver {
				return RoundView{}, partnership.Refuse(partnership.ErrConflict, "现在是“%s”，两边的名单还没有收齐；到期或提前截止后才能运行", phase.Words())
			}
		}
	} else if r.Selection != nil {
		return x.openSelection(ctx, actor, r)
	}
	weights, err := matching.WeightsOf(r.Weights)
	if err != nil {
		return RoundView{}, partnership.Invalid{"weights": {err.Error()}}
	}
	r.Weights = weights.Map()
	begun := x.now()
	lines, err := x.decideRound(ctx, &r, weights)
	if x.watch.Round != nil && err == nil {
		x.watch.Round(string(r.Mode), x.now().Sub(begun))
	}
	if err != nil {
		return RoundView{}, err
	}
	ctx = context.WithoutCancel(ctx) // what is decided is stored whole
	if err := x.keepRun(ctx, &old, &r); err != nil {
		return RoundView{}, err
	}
	r.Steps = append(r.Steps, partnership.Step{At: x.stamp(), Actor: actor.Account, From: string(r.State), To: string(partnership.RoundPreview)})
	r.State = partnership.RoundPreview
	if err := x.keepRound(ctx, &r, lines); err != nil {
		return RoundView{}, err
	}
	return x.Round(ctx, actor, r.ID)
}

// decideRound solves a round and returns its lines; the round tells the rest.
func (x *Exchange) decideRound(ctx context.Context, r *partnership.Round, weights matching.Weights) ([]partnership.Allocation, error) {
	if r.Selection != nil {
		if err := partnership.Tell(ctx, "按两边的名单计算结果", 0); err != nil {
			return nil, err
		}
		b, lines, err := x.runSelection(ctx, r)
		if err != nil {
			return nil, err
		}
		return lines, x.keepResults(ctx, b)
	}
	if err := partnership.Tell(ctx, "取出班级批次、岗位和它们的匹配", 50); err != nil {
		return nil, err
	}
	in, err := x.freeze(ctx, r, weights)
	if err != nil {
		return nil, err
	}
	if err := partnership.Tell(ctx, fmt.Sprintf("求解：%d 名学生，%d 个名额", r.Students, r.Seats), 200); err != nil {
		return nil, err
	}
	if err := in.solve(r); err != nil {
		return nil, err
	}
	if err := partnership.Tell(ctx, "结果已核对，正在写明每条安排的理由", 600); err != nil {
		return nil, err
	}
	in.explain(r)
	return in.lines(r), partnership.Tell(ctx, "保存", 900)
}

// withResult adds what a round's result says of those left over. A round kept by an older
// version has it in itself.
func (x *Exchange) withResult(ctx context.Context, r *partnership.Round) error {
	d, err := x.results.Get(ctx, r.ID)
	if errors.Is(err, partnership.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("result of round %s: %w", r.ID, err)
	}
	r.Unplaced, r.Cold, r.Prices = d.Unplaced, d.Cold, d.Prices
	return nil
}

// keepRound stores the round and makes its allocations the given ones.
func (x *Exchange) keepRound(ctx context.Context, r *partnership.Round, lines []partnership.Allocation) error {
	fresh := r.ID == ""
	if fresh {
		r.ID = x.newID()
	}
	_, err := putOver(ctx, x.results, r.ID, func(d *partnership.RoundResult) error {
		d.Unplaced, d.Cold, d.Prices = r.Unplaced, r.Cold, r.Prices
		return nil
	})
	if err != nil {
		return fmt.Errorf("result of round %s: %w", r.ID, err)
	}
	bare := *r
	bare.Unplaced, bare.Cold, bare.Prices = nil, nil, nil
	if fresh {
		err = x.rounds.Insert(ctx, &bare)
	} else {
		err = x.rounds.Replace(ctx, &bare)
	}
	if err != nil {
		return fmt.Errorf("round %s: %w", r.ID, err)
	}
	r.Record = bare.Record
	old, err := x.allocations.All(ctx, store.Query{Where: store.Field("round").Eq(r.ID)})
	if err != nil {
		return err
	}
	for _, a := range old {
		if err := x.allocations.Purge(store.Derived(ctx), a.ID); err != nil {
			return fmt.Errorf("old result of round %s: %w", r.ID, err)
		}
	}
	for i := range lines {
		lines[i].Round = r.ID
		lines[i].ID = r.ID + ":" + lines[i].Cohort + ":" + lines[i].Post
	}
	if err := x.allocations.InsertMany(ctx, lines); err != nil {
		return fmt.Errorf("result of round %s: %w", r.ID, err)
	}
	return nil
}

// PublishRound offers the round's result to schools and companies. One write publishes
// it; its lines become offers after that, and publishing again finishes what a failure
// left over.
func (x *Exchange) PublishRound(ctx context.Context, actor partnership.Actor, id string) (partnership.Round, error) {
	r, err := x.rounds.Edit(ctx, id, func(r *partnership.Round) error {
		if !mayRunRound(actor, r) {
			return errNoRound
		}
		if r.State == partnership.RoundPublished {
			left, err := x.allocations.Count(ctx, store.And(store.Field("round").Eq(id), store.Field("state").Eq(offerPreview)))
			if err != nil || left > 0 {
				return err
			}
		}
		if r.State != partnership.RoundPreview {
			return partnership.Refuse(partnership.ErrConflict, "这一轮现在是“%s”，不能发布", r.State.Words())
		}
		r.Steps = append(r.Steps, partnership.Step{At: x.stamp(), Actor: actor.Account, From: string(r.State), To: string(partnership.RoundPublished)})
		r.State = partnership.RoundPublished
		return nil
	})
	if err != nil {
		return r, known(err, errNoRound)
	}
	if r.Selection != nil {
		if err := x.nameSelected(ctx, actor, id); err != nil {
			return r, err
		}
	}
	return r, x.offerRound(ctx, id)
}
