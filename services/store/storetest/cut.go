package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"sunmao/services/store"
)

// Cut runs writes while the connection loses replies to writes that have taken place.
// cutting switches that on and off and returns how many were lost so far. Nothing may
// happen twice, nothing acknowledged may be missing, and where nobody can know, the
// store must say so (ErrUnknown).
func Cut(t *testing.T, cfg Config, cutting func(on bool) int64) {
	k := newKit(t, cfg)
	const inserts, edits, incs, clients = 100, 160, 160, 4
	counter := k.put(offer("counter"))
	for c := range clients {
		k.put(offer(fmt.Sprint("edit", c)))
	}
	var unknown atomic.Int64
	cutting(true)
	k.each(clients, func(c int) error {
		for i := range inserts / clients {
			o := offer(fmt.Sprintf("insert%d-%d", c, i))
			if err := k.offers.Insert(k.ctx, &o); err != nil {
				return err
			}
		}
		for range edits / clients {
			if _, err := k.offers.Edit(k.ctx, fmt.Sprint("edit", c), func(o *Offer) error { o.Slots++; return nil }); err != nil {
				return err
			}
		}
		for range incs / clients {
			_, err := k.offers.Update(k.ctx, counter.ID, store.Field("slots").Ge(0), store.Inc("slots", 1))
			if errors.Is(err, store.ErrUnknown) {
				unknown.Add(1)
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	lost := cutting(false)
	if lost < (inserts+edits+incs)/60 {
		t.Errorf("only %d replies were cut: the test proves little", lost)
	}
	n, err := k.offers.Count(k.ctx, store.Field("_id").Prefix("insert"))
	k.must(err)
	if n != inserts {
		t.Errorf("%d documents, want %d", n, inserts)
	}
	for c := range clients {
		got, err := k.offers.Get(k.ctx, fmt.Sprint("edit", c))
		k.must(err)
		if got.Slots != edits/clients || got.Rev != 1+edits/clients {
			t.Errorf("%d edits, stored %d at revision %d", edits/clients, got.Slots, got.Rev)
		}
	}
	got, err := k.offers.Get(k.ctx, counter.ID)
	k.must(err)
	if sure := incs - unknown.Load(); got.Slots < sure || got.Slots > incs {
		t.Errorf("%d increments acknowledged, %d unknown, %d stored", sure, unknown.Load(), got.Slots)
	}
	t.Logf("%d replies cut, %d of %d increments unknown", lost, unknown.Load(), incs)
}
