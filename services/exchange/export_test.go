package exchange

import (
	"context"
	"runtime"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// EndDelegationOnly ends a delegation as a crash would leave it: its posts still name the school.
func (x *Exchange) EndDelegationOnly(ctx context.Context, school, company string) error {
	_, err := x.delegated.Edit(ctx, partnership.RelationID(school, company), func(d *partnership.Delegation) error {
		return d.Revoke(partnership.System("test"), x.stamp())
	})
	return err
}

// ReadOutcomes reads and decodes every outcome and computes nothing: what a pass that
// computes all rates is measured against.
func (x *Exchange) ReadOutcomes(ctx context.Context) (n int, err error) {
	for o, err := range x.outcomes.Find(ctx, store.Query{WithDeleted: true}) {
		if err != nil {
			return n, err
		}
		if o.Year > 0 {
			n++
		}
	}
	return n, nil
}

// ComputeAll computes every rate of every scope in one pass and makes the snapshots. held is
// called while all groups are held, of which there are so many.
func (x *Exchange) ComputeAll(ctx context.Context, day string, held func(groups int)) (outcomes, snapshots int, err error) {
	t, err := x.tally(ctx, x.stamp())
	if err != nil {
		return 0, 0, err
	}
	for range t.snapshots(day) {
		snapshots++
	}
	held(len(t.groups))
	runtime.KeepAlive(t)
	return t.rows, snapshots, nil
}
