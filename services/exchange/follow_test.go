package exchange_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
)

// following runs Follow on a node until the test ends or stop is called.
func following(t *testing.T, h *exchangetest.House) (stop func()) {
	t.Helper()
	inner, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { h.Follow(inner, 10*time.Millisecond) })
	stop = func() { cancel(); done.Wait() }
	t.Cleanup(stop)
	return stop
}

// finds waits until the node's own index shows what is wanted of a post, for at most 2 s: what several nodes promise.
func finds(t *testing.T, h *exchangetest.House, id string, want func(search.Hit, bool) bool) {
	t.Helper()
	var got search.Result
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var err error
		if got, err = h.Index.Find(ctx, search.Query{Text: "数控车工", Kinds: []string{exchange.KindPost}, Filters: map[string][]string{exchange.SeeField: {"schools"}}, Limit: 50}); err != nil {
			t.Fatal(err)
		}
		var hit search.Hit
		there := false
		for _, g := range got.Hits {
			if g.ID == id {
				hit, there = g, true
			}
		}
		if want(hit, there) {
			return
		}
	}
	t.Fatalf("not within 2 s; found %+v", got.Hits)
}

func TestFollow(t *testing.T) {
	h := exchangetest.Small(t)
	early := h.Open(t, exchangetest.Lathe())
	other := h.Again(t)
	found := func(_ search.Hit, there bool) bool { return there }
	stop := following(t, other)

	t.Run("what was saved before the node began", func(t *testing.T) { finds(t, other, early.ID, found) })
	t.Run("what another node saves", func(t *testing.T) {
		late := h.Open(t, exchangetest.Lathe())
		finds(t, other, late.ID, found)
	})
	t.Run("what another node changes", func(t *testing.T) {
		if _, err := h.ActPost(ctx, as["company"], early.ID, "close", ""); err != nil {
			t.Fatal(err)
		}
		finds(t, other, early.ID, func(_ search.Hit, there bool) bool { return !there })
	})
	stop()

	t.Run("it goes on where it stopped", func(t *testing.T) {
		position, err := other.Index.Position()
		if err != nil || position == "" {
			t.Fatalf("position = %q, %v; want one", position, err)
		}
		missed := h.Open(t, exchangetest.Lathe())
		following(t, other)
		finds(t, other, missed.ID, found)
		if n, err := other.Index.Count(ctx); err != nil || n[exchange.KindPost] != 3 {
			t.Errorf("posts in the index: %v, %v; want 3", n, err)
		}
	})
}

// A node that saves and follows at the same time must end with the newest revision of everything, whichever way it came.
func TestFollow_NewestWins(t *testing.T) {
	h := exchangetest.Small(t)
	other := h.Again(t)
	following(t, h)
	following(t, other)
	draft, err := h.SavePost(ctx, as["company"], exchangetest.Lathe())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		node := []*exchangetest.House{h, other}[i%2]
		draft.Slots++
		if draft, err = node.SavePost(ctx, as["company"], draft); err != nil {
			t.Fatal(err)
		}
	}
	for name, node := range map[string]*exchangetest.House{"the node itself": h, "another node": other} {
		var have map[string]int64
		for end := time.Now().Add(2 * time.Second); have[draft.ID] != draft.Rev && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if have, err = node.Index.Revisions(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if have[draft.ID] != draft.Rev {
			t.Errorf("%s has revision %d, want %d", name, have[draft.ID], draft.Rev)
		}
	}
}
