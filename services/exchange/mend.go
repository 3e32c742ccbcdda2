package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// settled is how long after a write its companions must have been written: what is
// younger may still be under way.
const settled = 10 * time.Minute

// MendPlacements puts right what a crash between the writes of one confirmation or end
// left behind: slots counted without a placement, and students held by one that does not
// hold. A crash only ever leaves a slot too many taken, never one given twice. It returns
// how many posts and students it mended; a second run mends nothing.
func (x *Exchange) MendPlacements(ctx context.Context) (int, error) {
	posts, err := x.mendSlots(ctx)
	if err != nil {
		return posts, err
	}
	students, err := x.mendHolds(ctx)
	return posts + students, err
}

// mendSlots makes the slots taken of each post with placements the number of its
// placements that hold one or were completed.
func (x *Exchange) mendSlots(ctx context.Context) (int, error) {
	rows, err := x.placements.Group(ctx, store.Filter{}, []string{"post", "state"})
	if err != nil {
		return 0, fmt.Errorf("count slots: %w", err)
	}
	ids := map[string]bool{}
	for _, r := range rows {
		ids[r.Text(0)] = true
	}
	mended := 0
	for id := range ids {
		p, err := x.posts.Get(ctx, id)
		switch {
		case errors.Is(err, partnership.ErrNotFound):
			continue
		case err != nil:
			return mended, err
		case p.Updated > partnership.At(x.now().Add(-settled)):
			continue
		}
		// Counted after the post was read, which the edit below checks, so that no
		// confirmation comes in between.
		n, err := x.placements.Count(ctx, store.And(store.Field("post").Eq(id), store.Field("state").In(append(holding(), string(partnership.PlacementCompleted)))))
		if err != nil {
			return mended, err
		}
		if int(n) >= p.Taken {
			continue
		}
		_, err = x.posts.Edit(ctx, id, func(now *partnership.Post) error {
			if now.Rev != p.Rev {
				return errMoved
			}
			now.Unsettled = true
			for now.Taken > int(n) {
				if err := now.GiveSlotBack(partnership.System("mend"), x.stamp()); err != nil {
					return err
				}
			}
			return nil
		})
		if movedIsFine(err) != nil {
			return mended, fmt.Errorf("slots of post %s: %w", id, err)
		}
		if err == nil {
			mended++
		}
	}
	return mended, nil
}

// mendHolds frees students held by a placement that ended or was never confirmed.
func (x *Exchange) mendHolds(ctx context.Context) (int, error) {
	old := partnership.At(x.now().Add(-settled))
	held, err := x.students.All(ctx, store.Query{Where: store.And(store.Field("held").Gt(""), store.Field("held_at").Lt(old))})
	if err != nil {
		return 0, fmt.Errorf("held students: %w", err)
	}
	mended := 0
	for i := range held {
		p, err := x.placements.Get(ctx, held[i].Held)
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return mended, err
		}
		if err == nil && slices.Contains(partnership.HoldingStates(), p.State) {
			continue
		}
		_, err = x.students.Edit(ctx, held[i].ID, func(s *partnership.Student) error {
			if s.Rev != held[i].Rev {
				return errMoved
			}
			s.Release(held[i].Held)
			return nil
		})
		if movedIsFine(err) != nil {
			return mended, fmt.Errorf("free student: %w", err)
		}
		if err == nil {
			mended++
		}
	}
	return mended, nil
}
