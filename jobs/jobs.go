// Package jobs says when work runs (定时任务): one table of jobs, each a line that
// calls a use case, a lease so that with several nodes each run happens once, a
// history of runs, and the same run by hand for any day. Running a job twice for a
// day changes nothing.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"sunmao/services/account"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Job is one kind of scheduled work.
type Job struct {
	Name    string
	Words   string // what it does, for the jobs page
	Spec    string // cron, five fields, Beijing time
	Back    int    // days before today that a scheduled run works for
	Timeout time.Duration
	Quiet   bool // a scheduled run that changes nothing leaves no history
	// Run works for a day (2006-01-02) and says in words what it changed; "" for nothing.
	Run func(ctx context.Context, day string) (string, error)
}

// Table lists every job over the use cases.
func Table(x *exchange.Exchange, a *account.Accounts) []Job {
	counted := func(n int, err error, words string) (string, error) {
		if err != nil || n == 0 {
			return "", err
		}
		return fmt.Sprintf(words, n), nil
	}
	return []Job{
		{Name: "settle", Words: "补办未完成的收录与匹配", Spec: "* * * * *", Timeout: 5 * time.Minute, Quiet: true,
			Run: func(ctx context.Context, _ string) (string, error) {
				n, err := x.SettleAll(ctx)
				return counted(n, err, "办结 %d 条")
			}},
		{Name: "expire", Words: "关闭已过截止日期的岗位", Spec: "10 0 * * *", Timeout: 5 * time.Minute,
			Run: func(ctx context.Context, day string) (string, error) {
				n, err := x.CloseExpired(ctx, day)
				return counted(n, err, "关闭 %d 个岗位")
			}},
		{Name: "rates", Words: "计算各项比率，每个范围每天一份快照", Spec: "30 2 * * *", Back: 1, Timeout: 10 * time.Minute,
			Run: func(ctx context.Context, day string) (string, error) { return x.RefreshRates(ctx, day) }},
		{Name: "placements", Words: "补完中断的安置登记，释放没有主的名额", Spec: "20 * * * *", Timeout: 10 * time.Minute, Quiet: true,
			Run: func(ctx context.Context, _ string) (string, error) {
				n, err := x.MendPlacements(ctx)
				return counted(n, err, "补完 %d 条安置")
			}},
		{Name: "imports", Words: "续办中断的导入，清除超过一天的上传文件", Spec: "* * * * *", Timeout: 10 * time.Minute, Quiet: true,
			Run: func(ctx context.Context, _ string) (string, error) {
				n, err := x.ResumeImports(ctx)
				return counted(n, err, "处理 %d 个导入")
			}},
		{Name: "reconcile", Words: "核对检索索引与数据是否一致，不一致就补齐", Spec: "10 3 * * *", Timeout: 30 * time.Minute,
			Run: func(ctx context.Context, _ string) (string, error) { return x.Reconcile(ctx) }},
		{Name: "trail", Words: "校验审计记录的链条，把末条校验值写进日志", Spec: "50 4 * * *", Timeout: 30 * time.Minute,
			Run: func(ctx context.Context, _ string) (string, error) { return x.CheckTrail(ctx) }},
		{Name: "retention", Words: "删除保存到期的学生个人信息和旧导入的问题清单", Spec: "30 4 * * *", Timeout: time.Hour,
			Run: func(ctx context.Context, day string) (string, error) { return x.Retain(ctx, day) }},
		{Name: "sessions", Words: "清理已过期的登录", Spec: "40 3 * * *", Timeout: time.Minute,
			Run: func(ctx context.Context, _ string) (string, error) {
				n, err := a.Sweep(ctx)
				return counted(n, err, "清理 %d 个过期登录")
			}},
	}
}

var runSpec = store.Spec{Name: "job_runs", Trail: true, Indexes: []store.Index{{Fields: []string{"job", "start"}}}}

// Runner runs the jobs on schedule and by hand.
type Runner struct {
	jobs   []Job
	store  *store.Store
	runs   *store.Coll[partnership.JobRun]
	now    func() time.Time
	log    *slog.Logger
	holder string
	cron   *cron.Cron
	stop   context.CancelFunc
	ctx    context.Context //nolint:containedctx // the life of the scheduled runs, ended by Stop
	busy   sync.WaitGroup
}

// New returns a runner; holder names this process among several nodes. A job whose
// cron spec does not parse is an error.
func New(s *store.Store, jobs []Job, holder string, now func() time.Time, log *slog.Logger) (*Runner, error) {
	r := &Runner{jobs: jobs, store: s, runs: store.Open[partnership.JobRun](s, runSpec), now: now, log: log, holder: holder,
		cron: cron.New(cron.WithLocation(partnership.Beijing))}
	r.ctx, r.stop = context.WithCancel(context.Background())
	for _, j := range jobs {
		if _, err := r.cron.AddFunc(j.Spec, func() { r.scheduled(j) }); err != nil {
			return nil, fmt.Errorf("job %s: spec %q: %w", j.Name, j.Spec, err)
		}
	}
	return r, nil
}

// Start begins the schedule.
func (r *Runner) Start() { r.cron.Start() }

// Stop ends the schedule and waits for running jobs as long as ctx allows, then cancels them.
func (r *Runner) Stop(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		<-r.cron.Stop().Done()
		r.busy.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	r.stop()
	<-done
}

func (r *Runner) scheduled(j Job) {
	r.busy.Add(1)
	defer r.busy.Done()
	day := partnership.Day(r.now().AddDate(0, 0, -j.Back))
	_, err := r.run(r.ctx, j, day, "定时")
	if err != nil && !errors.Is(err, partnership.ErrConflict) {
		r.log.Error("job", "job", j.Name, "day", day, "err", err)
	}
}

// Go runs something once, now, in the life of the runner: Stop waits for it. What names it
// in the log if it fails.
func (r *Runner) Go(what string, run func(ctx context.Context) error) {
	r.busy.Add(1)
	go func() {
		defer r.busy.Done()
		if err := run(r.ctx); err != nil {
			r.log.Error("background work", "what", what, "err", err)
		}
	}()
}

// RunNow runs a job by hand for a day; an empty day is the one a scheduled run of
// today would take. ErrNotFound for an unknown job, ErrConflict while it runs elsewhere.
func (r *Runner) RunNow(ctx context.Context, actor partnership.Actor, name, day string) (partnership.JobRun, error) {
	if actor.Role != partnership.RoleOperator && actor.Role != partnership.RoleDistrict {
		return partnership.JobRun{}, partnership.Refuse(partnership.ErrForbidden, "只有区教委和平台运维可以手动运行任务")
	}
	for _, j := range r.jobs {
		if j.Name != name {
			continue
		}
		if day == "" {
			day = partnership.Day(r.now().AddDate(0, 0, -j.Back))
		} else if _, err := time.Parse(time.DateOnly, day); err != nil {
			return partnership.JobRun{}, partnership.Invalid{"day": {"日期请写成 2025-12-31 这样"}}
		}
		return r.run(ctx, j, day, actor.Account)
	}
	names := make([]string, len(r.jobs))
	for i, j := range r.jobs {
		names[i] = j.Name
	}
	return partnership.JobRun{}, partnership.Refuse(partnership.ErrNotFound, "没有名为 %s 的任务，可选：%s", name, strings.Join(names, "、"))
}

// asJob ascribes what a scheduled run writes to the job; what somebody started stays theirs.
func asJob(ctx context.Context, name string) context.Context {
	if partnership.ActorIn(ctx).Account != "" {
		return ctx
	}
	return partnership.System("job-" + name).In(ctx)
}

// run takes the job's lease, runs it and writes its history.
func (r *Runner) run(ctx context.Context, j Job, day, by string) (partnership.JobRun, error) {
	ctx, cancel := context.WithTimeout(ctx, j.Timeout)
	defer cancel()
	// The lease outlives the timeout, so a run that hangs cannot be doubled; a node
	// that dies leaves it to run out, and the next minute's run takes over.
	lease, err := r.store.Lease(ctx, "job:"+j.Name, r.holder+"/"+r.store.NewID(), j.Timeout+j.Timeout/2)
	if errors.Is(err, partnership.ErrConflict) {
		return partnership.JobRun{}, partnership.Refuse(partnership.ErrConflict, "任务 %s 正在运行，请稍后再看结果", j.Name)
	}
	if err != nil {
		return partnership.JobRun{}, fmt.Errorf("lease of job %s: %w", j.Name, err)
	}
	defer func() {
		if err := lease.Release(context.WithoutCancel(ctx)); err != nil {
			r.log.Warn("job lease not released, it will run out", "job", j.Name, "err", err)
		}
	}()
	run := partnership.JobRun{Job: j.Name, Day: day, Start: partnership.At(r.now()), By: by}
	words, failed := j.Run(asJob(ctx, j.Name), day)
	run.End, run.OK, run.Result = partnership.At(r.now()), failed == nil, words
	if failed != nil {
		run.Result = failed.Error()
	} else if words == "" {
		run.Result = "没有要做的事"
	}
	if j.Quiet && failed == nil && words == "" && by == "定时" {
		return run, nil
	}
	run.ID = j.Name + "|" + r.store.NewID()
	if err := r.runs.Insert(context.WithoutCancel(ctx), &run); err != nil {
		return run, errors.Join(failed, fmt.Errorf("history of job %s: %w", j.Name, err))
	}
	if failed != nil {
		return run, fmt.Errorf("job %s for %s: %w", j.Name, day, failed)
	}
	return run, nil
}

// Status is one line of the jobs page.
type Status struct {
	Name, Words, Spec string
	Next              time.Time
	Last              []partnership.JobRun // newest first, at most five
}

// List returns every job with its last runs and its next one.
func (r *Runner) List(ctx context.Context) ([]Status, error) {
	out := make([]Status, 0, len(r.jobs))
	for _, j := range r.jobs {
		s := Status{Name: j.Name, Words: j.Words, Spec: j.Spec}
		if at, err := cron.ParseStandard(j.Spec); err == nil {
			s.Next = at.Next(r.now().In(partnership.Beijing))
		}
		var err error
		s.Last, err = r.runs.All(ctx, store.Query{Where: store.Field("job").Eq(j.Name), Sort: []store.Sort{store.Desc("start")}, Limit: 5})
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
