package exchange

import (
	"context"
	"errors"
	"strings"

	"sunmao/search"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// countMissed counts a query that found nothing as unmet demand, without who asked.
func (x *Exchange) countMissed(ctx context.Context, q search.Query) error {
	id := missedID(q)
	for range 3 {
		_, err := x.missed.Update(ctx, id, store.Filter{}, store.Inc("times", 1), store.Set("last", int64(x.stamp())))
		if err == nil || !errors.Is(err, partnership.ErrNotFound) {
			return err
		}
		m := partnership.MissedQuery{Text: strings.Join(strings.Fields(q.Text), " "), Kind: strings.Join(q.Kinds, ","), Times: 1, Last: x.stamp()}
		m.ID = id
		if err := x.missed.Insert(ctx, &m); !errors.Is(err, partnership.ErrDuplicate) {
			return err
		}
	}
	return nil
}

// Missed lists the queries that found nothing, the most frequent first.
func (x *Exchange) Missed(ctx context.Context, actor partnership.Actor) ([]partnership.MissedQuery, error) {
	if !actor.SeesAll() {
		return nil, partnership.Refuse(partnership.ErrForbidden, "未满足的检索只供区教委查看")
	}
	return x.missed.All(ctx, store.Query{Sort: []store.Sort{store.Desc("times")}, Limit: 100})
}
