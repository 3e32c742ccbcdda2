package exchange

import (
	"context"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// TestMendPlacements leaves behind what a crash between two writes would.
func TestMendPlacements(t *testing.T) {
	ctx := context.Background()
	b, err := sqlitedoc.Open(ctx, t.TempDir(), sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, partnership.Beijing)
	clock := func() time.Time { return now }
	s := store.New(b, clock)
	x := New(Config{Store: s, Now: clock})

	post := partnership.Post{Title: "数控车工", State: partnership.PostFull, Slots: 2, Taken: 2}
	post.ID = "post"
	if err := x.posts.Insert(ctx, &post); err != nil {
		t.Fatal(err)
	}
	for id, state := range map[string]partnership.PlacementState{"held": partnership.PlacementAccepted, "cut": partnership.PlacementProposed} {
		p := partnership.Placement{State: state, Post: "post", Student: "s-" + id}
		p.ID = id
		if err := x.placements.Insert(ctx, &p); err != nil {
			t.Fatal(err)
		}
		st := partnership.Student{Held: id, HeldAt: partnership.At(now)}
		st.ID = "s-" + id
		if err := x.students.Insert(ctx, &st); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		name  string
		after time.Duration
		want  int
	}{{"while it may still be under way", time.Minute, 0}, {"when it cannot be", time.Hour, 2}, {"again", time.Hour, 0}} {
		now = now.Add(step.after)
		if n, err := x.MendPlacements(ctx); n != step.want || err != nil {
			t.Errorf("%s: mended %d (%v), want %d", step.name, n, err, step.want)
		}
	}
	post, err = x.posts.Get(ctx, "post")
	if err != nil || post.Taken != 1 || post.State != partnership.PostOpen {
		t.Errorf("post has %d taken, %s (%v); want 1, open", post.Taken, post.State, err)
	}
	for id, want := range map[string]string{"s-held": "held", "s-cut": ""} {
		if st, err := x.students.Get(ctx, id); err != nil || st.Held != want {
			t.Errorf("%s is held by %q (%v), want %q", id, st.Held, err, want)
		}
	}
}
