package jobs

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// eventually waits for what another goroutine writes, for at most ten seconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within ten seconds: %s", what)
}

func TestWork_Found(t *testing.T) {
	h := exchangetest.Small(t)
	r := runner(t, h, nil)
	me := partnership.Actor{Account: "district", Role: partnership.RoleDistrict}
	w, err := r.Begin(ctx, me, "核对", func(context.Context) (Outcome, error) {
		return Outcome{Words: "两处", URL: "/audit?year=2025", Found: []string{"甲", "乙"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err, ended := w.Wait(10 * time.Second)
	if err != nil || !ended || out.URL != "/audit?work="+w.ID+"&year=2025" {
		t.Fatalf("%+v %v %v", out, err, ended)
	}
	other := me
	other.Account = "school"
	for _, tc := range []struct {
		name  string
		actor partnership.Actor
		id    string
		path  string
		found bool
	}{
		{"its page", me, w.ID, "/audit", true},
		{"another page", me, w.ID, "/snapshots", false},
		{"somebody else", other, w.ID, "/audit", false},
		{"no work", me, "none", "/audit", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			_, err := r.Found(ctx, tc.actor, tc.id, &got, tc.path)
			if tc.found && (err != nil || !slices.Equal(got, []string{"甲", "乙"})) || !tc.found && !errors.Is(err, partnership.ErrNotFound) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	r.now = func() time.Time { return h.Clock.Now().Add(keptFor + time.Hour) }
	if err := r.forgetWorks(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := r.found.Get(ctx, w.ID); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("what it found outlives the work: %v", err)
	}
}

func TestWork(t *testing.T) {
	h := exchangetest.Small(t)
	r := runner(t, h, nil)
	me := partnership.Actor{Account: "district", Role: partnership.RoleDistrict}
	get := func(id string) partnership.Work {
		t.Helper()
		w, err := r.Work(ctx, me, id)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}

	t.Run("done in the name of who began it, though the request is over", func(t *testing.T) {
		request, over := context.WithCancel(ctx)
		var by partnership.Actor
		go1 := make(chan struct{})
		w, err := r.Begin(request, me, "算一轮", func(ctx context.Context) (Outcome, error) {
			<-go1
			by = partnership.ActorIn(ctx)
			return Outcome{Words: "安置 3 人", URL: "/rounds/1"}, partnership.Tell(ctx, "保存", 900)
		})
		if err != nil {
			t.Fatal(err)
		}
		over()
		if _, _, ended := w.Wait(time.Millisecond); ended {
			t.Error("ended before it began")
		}
		if got := get(w.ID); got.State != partnership.WorkRunning {
			t.Errorf("state %s while it runs", got.State)
		}
		close(go1)
		if out, err, ended := w.Wait(10 * time.Second); !ended || err != nil || out.URL != "/rounds/1" {
			t.Errorf("%+v %v %v", out, err, ended)
		}
		if by.Account != me.Account {
			t.Errorf("the audit trail would name %q", by.Account)
		}
		eventually(t, "the end in the store", func() bool { return get(w.ID).State == partnership.WorkDone })
		if got := get(w.ID); got.Result != "安置 3 人" || got.URL != "/rounds/1" || got.Seen {
			t.Errorf("stored %+v", got)
		}
	})

	t.Run("tells how far it is, and stops when asked", func(t *testing.T) {
		w, err := r.Begin(ctx, me, "重建索引", func(ctx context.Context) (Outcome, error) {
			for {
				if err := partnership.Tell(ctx, "第一步", 250); err != nil {
					return Outcome{}, err
				}
				time.Sleep(time.Millisecond)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "its step", func() bool { got := get(w.ID); return got.Step == "第一步" && got.Permille == 250 })
		if err := r.StopWork(ctx, partnership.Actor{Account: "somebody"}, w.ID); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("somebody else stops it: %v", err)
		}
		if err := r.StopWork(ctx, me, w.ID); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the stop", func() bool { return get(w.ID).State == partnership.WorkStopped })
		if err := r.StopWork(ctx, me, w.ID); err != nil {
			t.Errorf("stopping what has ended: %v", err)
		}
	})

	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"refused in words", partnership.Refuse(partnership.ErrConflict, "这一轮已经发布"), "这一轮已经发布"},
		{"a fault", errors.New("disk on fire"), "平台出了差错，没有做完，原因已记入日志。请稍后重新开始；仍不行时请联系平台运维"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, err := r.Begin(ctx, me, "算一轮", func(context.Context) (Outcome, error) { return Outcome{}, tc.err })
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "the end", func() bool { return get(w.ID).State == partnership.WorkFailed })
			if got := get(w.ID).Result; got != tc.want {
				t.Errorf("says %q, want %q", got, tc.want)
			}
		})
	}
	t.Run("a panic", func(t *testing.T) {
		w, err := r.Begin(ctx, me, "算一轮", func(context.Context) (Outcome, error) { panic("oh") })
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the end", func() bool { return get(w.ID).State == partnership.WorkFailed })
	})

	t.Run("its node went away", func(t *testing.T) {
		hold := make(chan struct{})
		w, err := r.Begin(ctx, me, "算一轮", func(context.Context) (Outcome, error) { <-hold; return Outcome{}, nil })
		if err != nil {
			t.Fatal(err)
		}
		defer close(hold)
		if got := r.alive(partnership.Work{State: partnership.WorkRunning, Beat: partnership.At(r.now().Add(-lostAfter - time.Second))}); got.State != partnership.WorkFailed {
			t.Errorf("state %s without a sign of life", got.State)
		}
		if got := get(w.ID); got.State != partnership.WorkRunning {
			t.Errorf("state %s with one", got.State)
		}
	})

	if all, err := r.Works(ctx, me, true, 50); err != nil || len(all) != 6 {
		t.Errorf("%d not seen, %v; want all six", len(all), err)
	}
	h.Clock.Move(keptFor + time.Hour)
	if _, err := r.Begin(ctx, me, "新的", func(context.Context) (Outcome, error) { return Outcome{}, nil }); err != nil {
		t.Fatal(err)
	}
	if all, err := r.Works(ctx, me, false, 50); err != nil || len(all) != 1 {
		t.Errorf("%d after a week, %v; want the new one", len(all), err)
	}
}
