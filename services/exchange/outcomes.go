package exchange

import (
	"context"
	"errors"

	"sunmao/services/partnership"
)

// RecordOutcome stores where a graduate went, or a row of published counts: new, or over
// what was recorded under the same id, which is kept as past. Recording the same again
// changes nothing.
func (x *Exchange) RecordOutcome(ctx context.Context, o partnership.Outcome) error {
	alignOutcome(x.cat(), &o)
	err := x.outcomes.Insert(ctx, &o)
	if !errors.Is(err, partnership.ErrDuplicate) {
		return err
	}
	_, err = x.amendOutcome(ctx, o.ID, func(old *partnership.Outcome) error {
		o.Corrections = old.Corrections
		*old = o
		alignOutcome(x.cat(), old)
		return nil
	})
	return err
}

var errUnchanged = errors.New("nothing to change")

// amendOutcome lets change alter an outcome and keeps what it said before. With
// RecordOutcome it is the one way by which outcomes change once a district is loaded, so
// that the figures of every earlier day can be computed again.
func (x *Exchange) amendOutcome(ctx context.Context, id string, change func(*partnership.Outcome) error) (partnership.Outcome, error) {
	var same partnership.Outcome
	out, err := x.outcomes.Edit(ctx, id, func(o *partnership.Outcome) error {
		to := *o
		if err := change(&to); err != nil {
			return err
		}
		if !o.Amend(to, x.stamp()) {
			same = *o
			return errUnchanged
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return same, nil
	}
	return out, err
}
