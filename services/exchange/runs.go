package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// keepRun keeps the result that the next run of a round replaces.
func (x *Exchange) keepRun(ctx context.Context, old, r *partnership.Round) error {
	if old.State != partnership.RoundPreview {
		return nil
	}
	lines, err := x.allocations.All(ctx, store.Query{Where: store.Field("round").Eq(old.ID), Sort: []store.Sort{store.Asc("cohort"), store.Desc("score")}})
	if err != nil {
		return err
	}
	r.Runs = old.Runs + 1
	run := partnership.RoundRun{Round: old.ID, Number: r.Runs, At: x.stamp(), Mode: old.Mode, Weights: old.Weights, Seed: old.Seed, Barred: old.Forbidden, Digest: old.Digest,
		Students: old.Students, Seats: old.Seats, Placed: old.Placed, Score: old.Score, Verdict: old.Verdict}
	if n := len(old.Steps); n > 0 {
		run.At, run.By = old.Steps[n-1].At, old.Steps[n-1].Actor
	}
	for i := range lines {
		run.Lines = append(run.Lines, lines[i].RunLine)
	}
	run.ID = fmt.Sprintf("%s:%d", old.ID, run.Number)
	if err := x.runs.Insert(ctx, &run); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
		return fmt.Errorf("keep the run of round %s: %w", old.ID, err)
	}
	return nil
}

// Runs lists the results of a round that later runs replaced, the newest first, without
// their lines. Who runs the round sees them.
func (x *Exchange) Runs(ctx context.Context, actor partnership.Actor, round string) ([]partnership.RoundRun, error) {
	if err := x.mayLookBack(ctx, actor, round); err != nil {
		return nil, err
	}
	all, err := x.runs.All(ctx, store.Query{Where: store.Field("round").Eq(round), Sort: []store.Sort{store.Desc("number")}, Limit: 100})
	for i := range all {
		all[i].Lines = nil
	}
	return all, err
}

// Run returns one result that was replaced.
func (x *Exchange) Run(ctx context.Context, actor partnership.Actor, round string, number int) (partnership.RoundRun, error) {
	if err := x.mayLookBack(ctx, actor, round); err != nil {
		return partnership.RoundRun{}, err
	}
	r, err := x.runs.Get(ctx, fmt.Sprintf("%s:%d", round, number))
	return r, known(err, errNoRound)
}

func (x *Exchange) mayLookBack(ctx context.Context, actor partnership.Actor, round string) error {
	r, err := x.rounds.Get(ctx, round)
	if err != nil {
		return known(err, errNoRound)
	}
	if !mayRunRound(actor, &r) {
		return errNoRound
	}
	return nil
}

// withoutOthers is a round as those see it who take part in it and do not run it: nothing of a
// result before it is published, and afterwards nothing of others.
func withoutOthers(actor partnership.Actor, r partnership.Round) partnership.Round {
	if r.State == partnership.RoundPreview {
		r.State = partnership.RoundCollecting // for them it still waits
	}
	r.Digest, r.Verdict, r.Score, r.Bound, r.Placed, r.Prices, r.Forbidden = "", "", 0, 0, 0, nil, nil
	if r.State != partnership.RoundPublished {
		r.Unplaced, r.Cold = nil, nil
		if s := r.Selection; s != nil {
			hidden := *s
			hidden.Silence, r.Selection = nil, &hidden
		}
		return r
	}
	others := func(u partnership.Unmet) bool { return u.Party != actor.Party }
	r.Unplaced, r.Cold = slices.DeleteFunc(slices.Clone(r.Unplaced), others), slices.DeleteFunc(slices.Clone(r.Cold), others)
	return r
}
