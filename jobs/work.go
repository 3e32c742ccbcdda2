package jobs

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Long work that a person starts (a round, a check, a job by hand) runs in the life of the runner,
// not of the request: the page may be closed, and looked at again from any node.

const (
	beatEvery = time.Second
	lostAfter = 20 * time.Second // without a beat the node has gone
	keptFor   = 7 * 24 * time.Hour
)

var foundSpec = store.Spec{Name: "work_results"}

var workSpec = store.Spec{Name: "works", Indexes: []store.Index{{Fields: []string{"account", "began"}}, {Fields: []string{"account", "seen"}}, {Fields: []string{"began"}}}}

// Outcome is what came of a piece of work.
type Outcome struct {
	Words string // for people
	URL   string // where the result is
	// Found is what the page at URL shows where it stands in no document: kept with the
	// work, for Runner.Found, and URL gets the query field "work" that names it.
	Found any
}

// Work is a piece of work that this process has begun.
type Work struct {
	ID   string
	done chan struct{}
	out  Outcome
	err  error
}

// Wait returns the outcome if it is there within d.
func (w *Work) Wait(d time.Duration) (out Outcome, err error, ended bool) { //nolint:revive // the error is of the work
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-w.done:
		return w.out, w.err, true
	case <-t.C:
		return Outcome{}, nil, false
	}
}

// Begin starts work in the actor's name. Its context ends when somebody stops it or the
// program ends; what it tells by partnership.Tell is shown.
func (r *Runner) Begin(ctx context.Context, actor partnership.Actor, what string, run func(context.Context) (Outcome, error)) (*Work, error) {
	if err := r.forgetWorks(ctx); err != nil {
		return nil, err
	}
	now := partnership.At(r.now())
	doc := partnership.Work{What: what, Account: actor.Account, Role: actor.Role, State: partnership.WorkRunning, Step: "开始", Began: now, Beat: now}
	if err := r.works.Insert(ctx, &doc); err != nil {
		return nil, fmt.Errorf("begin work: %w", err)
	}
	w := &Work{ID: doc.ID, done: make(chan struct{})}
	r.Go("work "+doc.ID, func(life context.Context) error {
		defer close(w.done)
		inner, stop := context.WithCancel(actor.In(life))
		defer stop()
		p := &pulse{r: r, id: doc.ID, stop: stop}
		var beating sync.WaitGroup
		quit := make(chan struct{})
		beating.Go(func() { p.beat(inner, quit) })
		w.out, w.err = guarded(partnership.Telling(inner, p.tell), run)
		if w.err == nil && w.out.Found != nil {
			w.err = r.keepFound(inner, w)
		}
		close(quit)
		beating.Wait()
		return r.endWork(life, w, p.stopped)
	})
	return w, nil
}

// guarded turns a panic of the work into an error: one person's work does not end the program.
func guarded(ctx context.Context, run func(context.Context) (Outcome, error)) (out Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return run(ctx)
}

// pulse writes the signs of life of a piece of work.
type pulse struct {
	r    *Runner
	id   string
	stop context.CancelFunc

	mu       sync.Mutex
	step     string
	permille int
	stopped  bool // read after beat has returned
}

func (p *pulse) tell(step string, permille int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step, p.permille = step, permille
}

func (p *pulse) beat(ctx context.Context, quit <-chan struct{}) {
	t := time.NewTicker(beatEvery)
	defer t.Stop()
	for {
		select {
		case <-quit:
			return
		case <-t.C:
		}
		p.mu.Lock()
		ops := []store.Op{store.Set("beat", int64(partnership.At(p.r.now()))), store.Set("permille", p.permille)}
		if p.step != "" {
			ops = append(ops, store.Set("step", p.step))
		}
		p.mu.Unlock()
		doc, err := p.r.works.Update(context.WithoutCancel(ctx), p.id, store.Filter{}, ops...)
		if err != nil {
			p.r.log.Warn("work cannot tell how far it is", "err", err)
			continue
		}
		if doc.Stop && !p.stopped {
			p.stopped = true
			p.stop()
		}
	}
}

// keepFound keeps what the work found out and puts its name into the address of the result.
func (r *Runner) keepFound(ctx context.Context, w *Work) error {
	at, err := url.Parse(w.out.URL)
	if err != nil {
		return fmt.Errorf("address of a result: %w", err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(z).Encode(w.out.Found), z.Close()); err != nil {
		return fmt.Errorf("keep what work %s found: %w", w.ID, err)
	}
	doc := partnership.WorkResult{Record: partnership.Record{ID: w.ID}, Body: base64.StdEncoding.EncodeToString(b.Bytes())}
	if err := r.found.Insert(ctx, &doc); err != nil {
		return fmt.Errorf("keep what work %s found: %w", w.ID, err)
	}
	q := at.Query()
	q.Set("work", w.ID)
	at.RawQuery = q.Encode()
	w.out.URL = at.String()
	return nil
}

// Found reads what a piece of work of the actor found out into found, if its result is
// shown at one of the paths.
func (r *Runner) Found(ctx context.Context, actor partnership.Actor, id string, found any, paths ...string) (partnership.Work, error) {
	w, err := r.Work(ctx, actor, id)
	if err != nil {
		return w, err
	}
	if at, _, _ := strings.Cut(w.URL, "?"); w.State != partnership.WorkDone || !slices.Contains(paths, at) {
		return w, errNoWork
	}
	doc, err := r.found.Get(ctx, id)
	if errors.Is(err, partnership.ErrNotFound) {
		return w, errNoWork
	}
	if err != nil {
		return w, err
	}
	packed, err := base64.StdEncoding.DecodeString(doc.Body)
	if err != nil {
		return w, fmt.Errorf("what work %s found: %w", id, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return w, fmt.Errorf("what work %s found: %w", id, err)
	}
	if err := json.NewDecoder(z).Decode(found); err != nil {
		return w, fmt.Errorf("what work %s found: %w", id, err)
	}
	return w, nil
}

// endWork writes how it ended. What was asked to stop and was done all the same is done.
func (r *Runner) endWork(ctx context.Context, w *Work, stopped bool) error {
	state, words := partnership.WorkDone, w.out.Words
	switch {
	case w.err != nil && stopped && errors.Is(w.err, context.Canceled):
		state, words = partnership.WorkStopped, "已按您的要求停止，没有保存结果"
	case w.err != nil:
		state, words = partnership.WorkFailed, workFault(w.err)
	}
	_, err := r.works.Update(context.WithoutCancel(ctx), w.ID, store.Filter{}, store.Set("state", string(state)), store.Set("result", words), store.Set("url", w.out.URL),
		store.Set("ended", int64(partnership.At(r.now()))))
	return errors.Join(err, unexpected(w.err))
}

// workFault is a failure for the person: the sentence that was written for people, else a safe one.
func workFault(err error) string {
	var invalid partnership.Invalid
	var refused *partnership.Refused
	switch {
	case errors.As(err, &invalid):
		return invalid.Error()
	case errors.As(err, &refused) && refused.Sentence != "":
		return refused.Sentence
	case errors.Is(err, context.Canceled):
		return "平台停机，没有做完。请重新开始"
	}
	return "平台出了差错，没有做完，原因已记入日志。请稍后重新开始；仍不行时请联系平台运维"
}

// unexpected is an error that the log should have: none that was told to the person in its own words.
func unexpected(err error) error {
	var invalid partnership.Invalid
	var refused *partnership.Refused
	if errors.As(err, &invalid) || errors.As(err, &refused) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

var errNoWork = partnership.Refuse(partnership.ErrNotFound, "没有这项工作，或者它不是您开始的。七天前的记录已清除")

// Work tells how far a piece of work of the actor is. One whose node went away has failed.
func (r *Runner) Work(ctx context.Context, actor partnership.Actor, id string) (partnership.Work, error) {
	w, err := r.works.Get(ctx, id)
	if errors.Is(err, partnership.ErrNotFound) || err == nil && w.Account != actor.Account {
		return partnership.Work{}, errNoWork
	}
	return r.alive(w), err
}

func (r *Runner) alive(w partnership.Work) partnership.Work {
	if w.State == partnership.WorkRunning && r.now().Sub(w.Beat.Time()) > lostAfter {
		w.State, w.Result = partnership.WorkFailed, "处理它的节点停了，没有做完。请重新开始"
	}
	return w
}

// Works lists the work of the actor, the latest first; unseen: only what runs, or has
// ended without the person being told.
func (r *Runner) Works(ctx context.Context, actor partnership.Actor, unseen bool, limit int) ([]partnership.Work, error) {
	q := store.Query{Where: store.Field("account").Eq(actor.Account), Sort: []store.Sort{store.Desc("began")}, Limit: limit}
	if unseen {
		q.Where, q.Sort = store.And(q.Where, store.Field("seen").Eq(false)), nil
	}
	all, err := r.works.All(ctx, q)
	for i := range all {
		all[i] = r.alive(all[i])
	}
	return all, err
}

// StopWork asks a running piece of work to stop: at its next step it does.
func (r *Runner) StopWork(ctx context.Context, actor partnership.Actor, id string) error {
	w, err := r.Work(ctx, actor, id)
	if err != nil || w.State != partnership.WorkRunning {
		return err
	}
	_, err = r.works.Update(ctx, id, store.Filter{}, store.Set("stop", true))
	return err
}

// SawWork notes that the person knows how it ended.
func (r *Runner) SawWork(ctx context.Context, id string) error {
	_, err := r.works.Update(ctx, id, store.Filter{}, store.Set("seen", true))
	return err
}

// forgetWorks removes what is older than a week.
func (r *Runner) forgetWorks(ctx context.Context) error {
	old, err := r.works.All(ctx, store.Query{Where: store.Field("began").Lt(int64(partnership.At(r.now().Add(-keptFor)))), Limit: 100})
	if err != nil {
		return fmt.Errorf("old work: %w", err)
	}
	for i := range old {
		if err := r.found.Purge(ctx, old[i].ID); err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return fmt.Errorf("old work: %w", err)
		}
		if err := r.works.Purge(ctx, old[i].ID); err != nil {
			return fmt.Errorf("old work: %w", err)
		}
	}
	return nil
}
