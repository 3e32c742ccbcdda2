package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"sunmao/services/account"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

var (
	ctx      = context.Background()
	operator = partnership.Actor{Account: "o", Role: partnership.RoleOperator}
	quiet    = slog.New(slog.DiscardHandler)
)

func runner(t *testing.T, h *exchangetest.House, jobs []Job) *Runner {
	t.Helper()
	r, err := New(h.Store, jobs, "test", h.Clock.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTable_EverySpecParsesAndRunsTwice(t *testing.T) {
	h := exchangetest.Small(t)
	if err := h.Reindex(ctx); err != nil {
		t.Fatal(err)
	}
	accounts, err := account.New(account.Config{Store: h.Store, Now: h.Clock.Now, Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	table := Table(h.Exchange, accounts)
	r := runner(t, h, table)
	for _, j := range table {
		for range 2 {
			run, err := r.RunNow(ctx, operator, j.Name, "")
			if err != nil || !run.OK || run.Result == "" {
				t.Errorf("%s: %+v, %v", j.Name, run, err)
			}
			h.Clock.Move(time.Minute)
		}
	}
	list, err := r.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if len(s.Last) != 2 || s.Next.IsZero() || s.Words == "" {
			t.Errorf("%s: %d runs, next %v, %q", s.Name, len(s.Last), s.Next, s.Words)
		}
	}
}

func TestNew_RefusesABadSpec(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := New(h.Store, []Job{{Name: "x", Spec: "0 30 2 * * *"}}, "test", h.Clock.Now, quiet); err == nil {
		t.Error("a spec of six fields was taken")
	}
}

func TestRunNow(t *testing.T) {
	h := exchangetest.Small(t)
	var day string
	failing := errors.New("disk on fire")
	r := runner(t, h, []Job{
		{Name: "day", Spec: "30 2 * * *", Back: 1, Timeout: time.Minute, Run: func(_ context.Context, d string) (string, error) { day = d; return "做了", nil }},
		{Name: "bad", Spec: "30 2 * * *", Timeout: time.Minute, Run: func(context.Context, string) (string, error) { return "", failing }},
	})
	t.Run("works for the day before by default", func(t *testing.T) {
		if _, err := r.RunNow(ctx, operator, "day", ""); err != nil || day != "2026-11-19" {
			t.Errorf("day = %q (%v), want 2026-11-19", day, err)
		}
	})
	t.Run("works for the day asked for", func(t *testing.T) {
		if _, err := r.RunNow(ctx, operator, "day", "2025-12-31"); err != nil || day != "2025-12-31" {
			t.Errorf("day = %q (%v)", day, err)
		}
	})
	t.Run("refuses a day that is none", func(t *testing.T) {
		var bad partnership.Invalid
		if _, err := r.RunNow(ctx, operator, "day", "31.12.2025"); !errors.As(err, &bad) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("works for today and refuses a day to come", func(t *testing.T) {
		if _, err := r.RunNow(ctx, operator, "day", "2026-11-20"); err != nil || day != "2026-11-20" {
			t.Errorf("day = %q (%v)", day, err)
		}
		var bad partnership.Invalid
		if _, err := r.RunNow(ctx, operator, "day", "2026-11-21"); !errors.As(err, &bad) || day != "2026-11-20" {
			t.Errorf("ran for %q, error = %v", day, err)
		}
	})
	t.Run("unknown job names the others", func(t *testing.T) {
		_, err := r.RunNow(ctx, operator, "sleep", "")
		if !errors.Is(err, partnership.ErrNotFound) || !strings.Contains(err.Error(), "day") {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("schools may not", func(t *testing.T) {
		_, err := r.RunNow(ctx, partnership.Actor{Role: partnership.RoleSchool}, "day", "")
		if !errors.Is(err, partnership.ErrForbidden) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("a failure is kept in the history", func(t *testing.T) {
		if _, err := r.RunNow(ctx, operator, "bad", ""); !errors.Is(err, failing) {
			t.Errorf("error = %v", err)
		}
		list, err := r.List(ctx)
		if err != nil || list[1].Last[0].OK || !strings.Contains(list[1].Last[0].Result, "disk on fire") {
			t.Errorf("history = %+v (%v)", list, err)
		}
	})
}

func TestPause(t *testing.T) {
	h := exchangetest.Small(t)
	runs := 0
	jobs := []Job{{Name: "count", Spec: "* * * * *", Timeout: time.Minute, Run: func(context.Context, string) (string, error) { runs++; return "做了", nil }}}
	r, other := runner(t, h, jobs), runner(t, h.Again(t), jobs)
	for _, tc := range []struct {
		name string
		by   partnership.Actor
		job  string
		why  string
		want error
	}{
		{"the district may not", partnership.Actor{Role: partnership.RoleDistrict}, "count", "停机", partnership.ErrForbidden},
		{"no such job", operator, "sleep", "停机", partnership.ErrNotFound},
	} {
		if err := r.Pause(ctx, tc.by, tc.job, tc.why); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	var bad partnership.Invalid
	if err := r.Pause(ctx, operator, "count", " "); !errors.As(err, &bad) {
		t.Errorf("without a reason: %v", err)
	}
	if err := r.Resume(ctx, operator, "count"); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("resumed what is not paused: %v", err)
	}
	if err := r.Pause(ctx, operator, "count", "迁移数据"); err != nil {
		t.Fatal(err)
	}
	if err := r.Pause(ctx, operator, "count", "再停"); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("paused twice: %v", err)
	}
	for _, node := range []*Runner{r, other} {
		node.scheduled(jobs[0])
		list, err := node.List(ctx)
		if err != nil || runs != 0 || list[0].Paused == nil || list[0].Paused.Why != "迁移数据" {
			t.Errorf("paused: %d runs, %+v (%v)", runs, list[0].Paused, err)
		}
	}
	if _, err := r.RunNow(ctx, operator, "count", ""); err != nil || runs != 1 {
		t.Errorf("by hand: %d runs (%v)", runs, err)
	}
	if err := other.Resume(ctx, operator, "count"); err != nil {
		t.Fatal(err)
	}
	if r.scheduled(jobs[0]); runs != 2 {
		t.Errorf("after it: %d runs, want 2", runs)
	}
}

func TestInWords(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"a sentence for people", fmt.Errorf("wrapped: %w", partnership.Refuse(partnership.ErrConflict, "磁盘满了，请清理")), "磁盘满了，请清理"},
		{"too long", fmt.Errorf("read: %w", context.DeadlineExceeded), "超过了允许的时间，已中止；下次会接着做"},
		{"a stop", fmt.Errorf("read: %w", context.Canceled), "平台停止，任务中止；下次会接着做"},
		{"anything else", errors.New("disk on fire"), "没有做完，下次会再试。原因：disk on fire"},
	} {
		if got := inWords(tc.err); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestRun_OncePerLease(t *testing.T) {
	h := exchangetest.Small(t)
	inside, release := make(chan struct{}), make(chan struct{})
	job := Job{Name: "slow", Spec: "* * * * *", Timeout: time.Minute, Run: func(context.Context, string) (string, error) {
		close(inside)
		<-release
		return "完", nil
	}}
	r := runner(t, h, []Job{job})
	done := make(chan error, 1)
	go func() {
		_, err := r.RunNow(ctx, operator, "slow", "")
		done <- err
	}()
	<-inside
	if _, err := r.RunNow(ctx, operator, "slow", ""); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("it runs twice at the same time: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	t.Run("a dead node's lease runs out", func(t *testing.T) {
		if _, err := h.Store.Lease(ctx, "job:slow", "dead", time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := r.RunNow(ctx, operator, "slow", ""); !errors.Is(err, partnership.ErrConflict) {
			t.Errorf("while the lease runs: %v", err)
		}
		h.Clock.Move(2 * time.Minute)
		inside = make(chan struct{})
		if _, err := r.RunNow(ctx, operator, "slow", ""); err != nil {
			t.Errorf("after the lease ran out: %v", err)
		}
	})
}

func TestStop_WaitsForRunningJobs(t *testing.T) {
	h := exchangetest.Small(t)
	started, finished := make(chan struct{}), false
	r := runner(t, h, []Job{{Name: "slow", Spec: "* * * * *", Timeout: time.Minute, Run: func(context.Context, string) (string, error) {
		close(started)
		time.Sleep(50 * time.Millisecond)
		finished = true
		return "完", nil
	}}})
	r.Start()
	h.Clock.Move(time.Minute)
	<-started
	stop, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r.Stop(stop)
	if !finished {
		t.Error("Stop returned before the running job had finished")
	}
}

// A clock that jumps: set back, the jobs of every minute go on from there; set forward, each job
// that fell due runs once, and work that closes and erases by the day waits for a person.
func TestTick_ClockJumps(t *testing.T) {
	h := exchangetest.Small(t)
	ran := map[string][]string{}
	var mu sync.Mutex
	work := func(name string) func(context.Context, string) (string, error) {
		return func(_ context.Context, day string) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			ran[name] = append(ran[name], day)
			return "做了", nil
		}
	}
	r := runner(t, h, []Job{
		{Name: "minute", Spec: "* * * * *", Timeout: time.Minute, Run: work("minute")},
		{Name: "nightly", Spec: "30 4 * * *", Timeout: time.Minute, Run: work("nightly")},
		{Name: "erase", Spec: "30 4 * * *", Timeout: time.Minute, Dated: true, Run: work("erase")},
	})
	// after moves the clock, lets it tick, and asks how often each job has run since.
	after := func(what string, d time.Duration, minute, nightly, erase int) {
		t.Helper()
		mu.Lock()
		clear(ran)
		mu.Unlock()
		h.Clock.Move(d)
		r.tick()
		r.busy.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(ran["minute"]) != minute || len(ran["nightly"]) != nightly || len(ran["erase"]) != erase {
			t.Errorf("%s: ran %v, want %d, %d, %d", what, ran, minute, nightly, erase)
		}
	}
	after("the first look", 0, 0, 0, 0)
	after("a second later", time.Second, 0, 0, 0)
	after("a day later", 24*time.Hour, 1, 1, 1)
	after("a minute later", time.Minute, 1, 0, 0)
	after("set back five hours", -5*time.Hour, 0, 0, 0)
	after("a minute after that", time.Minute, 1, 0, 0)
	after("back where it was", 5*time.Hour, 1, 0, 0)
	after("set forward three years", 3*365*24*time.Hour, 1, 1, 0)
	after("the night after", 24*time.Hour, 1, 1, 0)
	if _, err := r.RunNow(ctx, operator, "erase", ""); err != nil {
		t.Fatal(err)
	}
	after("the night after a person ran it", 24*time.Hour, 1, 1, 1)
	last, err := r.runs.First(ctx, store.Query{Where: store.And(store.Field("job").Eq("erase"), store.Field("ok").Eq(false))})
	if err != nil || !strings.Contains(last.Result, "时钟") {
		t.Errorf("the refusal says %q (%v)", last.Result, err)
	}
}
