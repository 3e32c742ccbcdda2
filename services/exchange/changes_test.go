package exchange_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// copyOf keeps a copy of the posts as another system would: from where it was, to the end.
type copyOf struct {
	since string
	rev   map[string]int64
	state map[string]partnership.PostState
}

func (c *copyOf) read(t *testing.T, h *exchangetest.House, actor partnership.Actor, limit int) {
	t.Helper()
	for {
		f, err := h.PostChanges(ctx, actor, exchange.SinceQuery{Since: c.since, Limit: limit})
		if err != nil {
			t.Error(err)
			return
		}
		for _, one := range f.Items {
			switch {
			case one.Gone:
				delete(c.rev, one.ID)
				delete(c.state, one.ID)
			case one.Rev > c.rev[one.ID]:
				c.rev[one.ID], c.state[one.ID] = one.Rev, one.Doc.State
			}
		}
		if c.since = f.Next; !f.More {
			return
		}
	}
}

// A copy that is read while others write misses nothing, and loses what it may no longer see.
func TestChanges(t *testing.T) {
	h := exchangetest.Small(t)
	as := exchangetest.Actors()
	mine := copyOf{rev: map[string]int64{}, state: map[string]partnership.PostState{}}
	var writers sync.WaitGroup
	ids := make(chan string, 100)
	for w := range 4 {
		writers.Go(func() {
			for i := range 10 {
				p := exchangetest.Lathe()
				p.Title = fmt.Sprintf("车工 %d-%d", w, i)
				saved, err := h.SavePost(ctx, as["company"], p)
				if err != nil {
					t.Error(err)
					return
				}
				ids <- saved.ID
			}
		})
	}
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			mine.read(t, h, as["company"], 3)
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	writers.Wait()
	close(stop)
	reader.Wait()
	mine.read(t, h, as["company"], 3)
	close(ids)
	n := 0
	for id := range ids {
		n++
		if mine.rev[id] == 0 {
			t.Errorf("post %s was passed over", id)
		}
	}
	if n != 40 {
		t.Errorf("%d posts saved, want 40", n)
	}

	school := copyOf{rev: map[string]int64{}, state: map[string]partnership.PostState{}}
	school.read(t, h, as["school"], 100)
	if len(school.rev) != 0 {
		t.Errorf("a school reads %d drafts", len(school.rev))
	}
	open := h.Open(t, exchangetest.Lathe())
	school.read(t, h, as["school"], 100)
	if school.state[open.ID] != partnership.PostOpen {
		t.Errorf("the school's copy has %q of the open post", school.state[open.ID])
	}
	if _, err := h.ActPost(ctx, as["company"], open.ID, "close", ""); err != nil {
		t.Fatal(err)
	}
	school.read(t, h, as["school"], 100)
	if _, there := school.state[open.ID]; there {
		t.Error("the school keeps a post that it may no longer see")
	}

	var bad partnership.Invalid
	if _, err := h.PostChanges(ctx, as["school"], exchange.SinceQuery{Since: "cohorts:1"}); !errors.As(err, &bad) {
		t.Errorf("the place of another feed: %v, want Invalid", err)
	}
}
