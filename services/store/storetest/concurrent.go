package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// each runs n goroutines and waits; the first error fails the test.
func (k *kit) each(n int, run func(i int) error) {
	k.Helper()
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = run(i) })
	}
	all.Wait()
	k.must(errors.Join(errs...))
}

// Feed runs only the test of the feed, for a server with another kind of feed.
func Feed(t *testing.T, cfg Config) { testFeed(newKit(t, cfg)) }

// testFeed reads the feed while it is written to: nothing may be missed, whatever the
// order of commits, restarts of the reader and repeated deliveries.
func testFeed(k *kit) {
	const writes = 20
	seen := map[string]int64{}
	cursor := ""
	drain := func(limit int) int {
		docs, next, err := k.offers.Changes(k.ctx, cursor, limit)
		k.must(err)
		for _, o := range docs {
			seen[o.ID] = max(seen[o.ID], o.Rev)
		}
		cursor = next
		return len(docs)
	}
	if n := drain(10); n != 0 {
		k.Errorf("%d changes in an empty collection", n)
	}
	var done atomic.Bool
	var all sync.WaitGroup
	all.Go(func() {
		defer done.Store(true)
		k.each(k.cfg.Writers, func(w int) error {
			for i := range writes {
				o := offer(fmt.Sprintf("w%d-%d", w, i))
				if err := k.offers.Insert(k.ctx, &o); err != nil {
					return err
				}
				if _, err := k.offers.Update(k.ctx, o.ID, store.Filter{}, store.Inc("slots", 1)); err != nil {
					return err
				}
				if i%5 == 0 {
					if err := k.offers.Delete(k.ctx, o.ID); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
	for !done.Load() {
		drain(7)
	}
	all.Wait()
	for drain(50) > 0 {
	}
	for w := range k.cfg.Writers {
		for i := range writes {
			want := int64(2)
			if i%5 == 0 {
				want = 3
			}
			if id := fmt.Sprintf("w%d-%d", w, i); seen[id] != want {
				k.Fatalf("%s seen at revision %d, want %d", id, seen[id], want)
			}
		}
	}
}

func testLeases(k *kit) {
	ttl := 30 * time.Second
	pass := func(d time.Duration) { k.clock.Add(d.Milliseconds()) }
	a, err := k.s.Lease(k.ctx, "rates", "a", ttl)
	k.must(err)
	if a.Fence != 1 || a.Stop.Sub(k.now()) > ttl*2/3 {
		k.Errorf("first lease: %+v", a)
	}
	_, err = k.s.Lease(k.ctx, "rates", "b", ttl)
	k.want(err, partnership.ErrConflict)
	pass(ttl / 2)
	k.must(a.Renew(k.ctx, ttl))
	pass(ttl / 2)
	_, err = k.s.Lease(k.ctx, "rates", "b", ttl)
	k.want(err, partnership.ErrConflict)
	again, err := k.s.Lease(k.ctx, "rates", "a", ttl)
	k.must(err)
	if again.Fence != 1 {
		k.Errorf("prolonging raised the fence to %d", again.Fence)
	}
	pass(ttl + time.Second)
	b, err := k.s.Lease(k.ctx, "rates", "b", ttl)
	k.must(err)
	if b.Fence != 2 {
		k.Errorf("fence after a change of hands: %d", b.Fence)
	}
	k.want(a.Renew(k.ctx, ttl), partnership.ErrConflict)
	k.must(a.Release(k.ctx)) // lost already: changes nothing
	_, err = k.s.Lease(k.ctx, "rates", "a", ttl)
	k.want(err, partnership.ErrConflict)
	k.must(b.Release(k.ctx))
	_, err = k.s.Lease(k.ctx, "rates", "a", ttl)
	k.must(err)

	pass(-48 * time.Hour) // a clock that was two days ahead is set right: nobody waits for two days
	_, err = k.s.Lease(k.ctx, "rates", "b", ttl)
	k.must(err)
	pass(48 * time.Hour)

	var got atomic.Int64
	k.each(k.cfg.Writers, func(i int) error {
		_, err := k.s.Lease(k.ctx, "race", fmt.Sprint(i), ttl)
		if errors.Is(err, partnership.ErrConflict) || errors.Is(err, partnership.ErrDuplicate) {
			return nil
		}
		got.Add(1)
		return err
	})
	if got.Load() != 1 {
		k.Errorf("%d hold one lease", got.Load())
	}
}

// testBoundedCounter: the last free slot is never given twice.
func testBoundedCounter(k *kit) {
	const slots = 50
	o := offer("post")
	o.Slots = slots
	k.put(o)
	var given atomic.Int64
	k.each(k.cfg.Writers, func(int) error {
		for {
			_, err := k.offers.Update(k.ctx, "post", store.Field("slots").Gt(0), store.Inc("slots", -1), store.Inc("rank", 1))
			if errors.Is(err, partnership.ErrConflict) {
				return nil
			}
			if err != nil {
				return err
			}
			given.Add(1)
		}
	})
	got, err := k.offers.Get(k.ctx, "post")
	k.must(err)
	if given.Load() != slots || got.Slots != 0 || *got.Rank != slots || got.Rev != slots+1 {
		k.Errorf("%d given, stored %+v", given.Load(), got)
	}
}

// testContention: every edit counts once though all want the same document.
func testContention(k *kit) {
	k.put(offer("a"))
	const edits = 5
	k.each(k.cfg.Writers, func(int) error {
		for range edits {
			if _, err := k.offers.Edit(k.ctx, "a", func(o *Offer) error { o.Slots++; return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	got, err := k.offers.Get(k.ctx, "a")
	k.must(err)
	if want := int64(k.cfg.Writers * edits); got.Slots != want || got.Rev != want+1 {
		k.Errorf("slots %d at revision %d, want %d", got.Slots, got.Rev, want)
	}
}

// testOwnCounts: a count and a group that follow a writer's own write hold it, whoever else
// writes and counts at that instant.
func testOwnCounts(k *kit) {
	const writes = 10
	status := store.Field("status")
	k.each(k.cfg.Writers, func(w int) error {
		for i := range writes {
			o := offer(fmt.Sprintf("w%d-%d", w, i))
			o.Status = fmt.Sprint("w", w)
			if err := k.offers.Insert(k.ctx, &o); err != nil {
				return err
			}
			all, err := k.offers.Count(k.ctx, store.Filter{})
			if err != nil {
				return err
			}
			own, err := k.offers.Count(k.ctx, status.Eq(o.Status))
			if err != nil {
				return err
			}
			if own != int64(i+1) || all < own {
				return fmt.Errorf("writer %d after %d writes counts %d of its own and %d of all", w, i+1, own, all)
			}
			rows, err := k.offers.Group(k.ctx, status.Eq(o.Status), []string{"status"}, store.Sum("slots"))
			if err != nil {
				return err
			}
			if len(rows) != 1 || rows[0].Count != int64(i+1) || rows[0].Aggs[0] != float64(i) {
				return fmt.Errorf("writer %d after %d writes groups %+v", w, i+1, rows)
			}
			rows[0].Aggs[0], rows[0].By[0] = -1, "spoilt" // the caller's own to write to
			if _, err := k.offers.Update(k.ctx, o.ID, store.Filter{}, store.Inc("slots", 1)); err != nil {
				return err
			}
			rows, err = k.offers.Group(k.ctx, status.Eq(o.Status), nil, store.Sum("slots"))
			if err != nil {
				return err
			}
			if len(rows) != 1 || rows[0].Aggs[0] != float64(i+1) {
				return fmt.Errorf("writer %d after %d updates sums %+v", w, i+1, rows)
			}
		}
		return nil
	})
	for w := range k.cfg.Writers {
		k.must(k.offers.Purge(k.ctx, fmt.Sprintf("w%d-0", w)))
		k.must(k.offers.Delete(k.ctx, fmt.Sprintf("w%d-1", w)))
		n, err := k.offers.Count(k.ctx, status.Eq(fmt.Sprint("w", w)))
		k.must(err)
		if n != writes-2 {
			k.Errorf("writer %d counts %d after a purge and a deletion, want %d", w, n, writes-2)
		}
	}
}
