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
	// Dated work does what the day says: it closes, ends and erases. A scheduled run that comes
	// more than mostApart days after the last good one is refused until somebody has looked at
	// the clock of the server and run it by hand.
	Dated bool
	// Run works for a day (2006-01-02) and says in words what it changed; "" for nothing.
	Run func(ctx context.Context, day string) (string, error)
}

// mostApart is how many days may lie between two runs of dated work on schedule: longer than a
// site stands still over the holidays of National Day, shorter than most wrong clocks are wrong.
const mostApart = 15

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
		{Name: "expire", Words: "关闭已过截止日期的岗位", Spec: "10 0 * * *", Dated: true, Timeout: 5 * time.Minute,
			Run: func(ctx context.Context, day string) (string, error) {
				n, err := x.CloseExpired(ctx, day)
				return counted(n, err, "关闭 %d 个岗位")
			}},
		{Name: "classes", Words: "结束报名截止而人数不足的订单班，重新清点各班的阶段人数", Spec: "15 0 * * *", Dated: true, Timeout: 10 * time.Minute,
			Run: func(ctx context.Context, day string) (string, error) { return x.TendClasses(ctx, day) }},
		{Name: "rates", Words: "计算各项比率，每个范围每天一份快照", Spec: "30 2 * * *", Back: 1, Dated: true, Timeout: 10 * time.Minute,
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
		{Name: "unmet", Words: "汇总没有人应的岗位和没有岗位的班级，写明原因和最近的三个选择", Spec: "20 1 * * *", Timeout: 30 * time.Minute,
			Run: func(ctx context.Context, day string) (string, error) { return x.RollUnmet(ctx, day) }},
		{Name: "reconcile", Words: "核对检索索引与数据是否一致，不一致就补齐", Spec: "10 3 * * *", Timeout: 30 * time.Minute,
			Run: func(ctx context.Context, _ string) (string, error) { return x.Reconcile(ctx) }},
		{Name: "trail", Words: "校验审计记录的链条，把末条校验值写进日志", Spec: "50 4 * * *", Timeout: 30 * time.Minute,
			Run: func(ctx context.Context, _ string) (string, error) { return x.CheckTrail(ctx) }},
		{Name: "regulation", Words: "按当天的规定复核在招岗位和在岗安置", Spec: "40 0 * * *", Dated: true, Timeout: time.Hour,
			Run: func(ctx context.Context, _ string) (string, error) { return x.RecheckRules(ctx) }},
		{Name: "retention", Words: "删除保存到期的学生个人信息和旧导入的问题清单", Spec: "30 4 * * *", Dated: true, Timeout: time.Hour,
			Run: func(ctx context.Context, day string) (string, error) { return x.Retain(ctx, day) }},
		{Name: "reminders", Words: "把新的待办马上告知要求马上知道的账号，每天七点起发每日汇总，列出要打电话告知的账号", Spec: "*/5 * * * *", Timeout: 20 * time.Minute, Quiet: true,
			Run: func(ctx context.Context, day string) (string, error) { return x.Remind(ctx, day, a) }},
		{Name: "webhooks", Words: "把各单位要知道的变化放进待发消息（接口推送）", Spec: "* * * * *", Timeout: 10 * time.Minute, Quiet: true,
			Run: func(ctx context.Context, _ string) (string, error) {
				n, err := x.TellWebhooks(ctx)
				return counted(n, err, "推送 %d 个事件")
			}},
		{Name: "notify", Words: "送出待发的消息，没送到的隔一段时间再试", Spec: "* * * * *", Timeout: 20 * time.Minute, Quiet: true,
			Run: func(ctx context.Context, _ string) (string, error) {
				sent, failed, err := x.Outbox().Deliver(ctx)
				if err != nil || sent+failed == 0 {
					return "", err
				}
				return fmt.Sprintf("送达 %d 条，没有送达 %d 条", sent, failed), nil
			}},
		{Name: "sessions", Words: "清理已过期的登录和一次性链接", Spec: "40 3 * * *", Timeout: time.Minute,
			Run: func(ctx context.Context, _ string) (string, error) {
				n, err := a.Sweep(ctx)
				return counted(n, err, "清理 %d 个过期的登录和链接")
			}},
	}
}

var pauseSpec = store.Spec{Name: "job_pauses", Trail: true}

var runSpec = store.Spec{Name: "job_runs", Trail: true, Indexes: []store.Index{{Fields: []string{"job", "start"}}}}

// Runner runs the jobs on schedule and by hand.
type Runner struct {
	jobs   []Job
	store  *store.Store
	runs   *store.Coll[partnership.JobRun]
	pauses *store.Coll[partnership.JobPause]
	works  *store.Coll[partnership.Work]
	found  *store.Coll[partnership.WorkResult]
	now    func() time.Time
	log    *slog.Logger
	holder string
	specs  []cron.Schedule // of each job
	next   []time.Time     // when each job runs next; zero before the first look at the clock
	loop   sync.WaitGroup
	halt   chan struct{} // closed: no job starts any more
	once   sync.Once
	stop   context.CancelFunc
	ran    func(job string, ok bool, took time.Duration)
	ctx    context.Context //nolint:containedctx // the life of the scheduled runs, ended by Stop
	busy   sync.WaitGroup
}

// New returns a runner; holder names this process among several nodes. A job whose
// cron spec does not parse is an error.
func New(s *store.Store, jobs []Job, holder string, now func() time.Time, log *slog.Logger) (*Runner, error) {
	r := &Runner{jobs: jobs, store: s, runs: store.Open[partnership.JobRun](s, runSpec), pauses: store.Open[partnership.JobPause](s, pauseSpec), works: store.Open[partnership.Work](s, workSpec), found: store.Open[partnership.WorkResult](s, foundSpec), now: now, log: log, holder: holder,
		specs: make([]cron.Schedule, len(jobs)), next: make([]time.Time, len(jobs)), halt: make(chan struct{})}
	for i, j := range jobs {
		var err error
		if r.specs[i], err = cron.ParseStandard(j.Spec); err != nil {
			return nil, fmt.Errorf("job %s: spec %q: %w", j.Name, j.Spec, err)
		}
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r, nil
}

// Start begins the schedule: a look at the clock every second. Waiting once until the next
// run, as cron does, would wait for hours where the clock is set back.
func (r *Runner) Start() {
	r.tick()
	r.loop.Go(func() {
		every := time.NewTicker(time.Second)
		defer every.Stop()
		for {
			select {
			case <-every.C:
				r.tick()
			case <-r.halt:
				return
			}
		}
	})
}

// tick starts the jobs that are due by the clock as it stands.
func (r *Runner) tick() {
	now := r.now().In(partnership.Beijing)
	for i, j := range r.jobs {
		next := r.specs[i].Next(now)
		if !r.next[i].IsZero() && !now.Before(r.next[i]) {
			r.busy.Add(1)
			go func() {
				defer r.busy.Done()
				r.scheduled(j)
			}()
			r.next[i] = next
		}
		if r.next[i].IsZero() || next.Before(r.next[i]) { // the first look, or a clock set back
			r.next[i] = next
		}
	}
}

// Stop ends the schedule and waits for running jobs as long as ctx allows, then cancels them.
func (r *Runner) Stop(ctx context.Context) {
	done := make(chan struct{})
	r.once.Do(func() { close(r.halt) })
	go func() {
		r.loop.Wait()
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

// Watch makes the runner tell of each run; call it before Start.
func (r *Runner) Watch(ran func(job string, ok bool, took time.Duration)) { r.ran = ran }

func (r *Runner) scheduled(j Job) {
	day := partnership.Day(r.now().AddDate(0, 0, -j.Back))
	_, err := r.pauses.Get(r.ctx, j.Name)
	if err == nil {
		return
	}
	if !errors.Is(err, partnership.ErrNotFound) {
		r.log.Error("job not run: whether it is paused cannot be read", "job", j.Name, "err", err)
		return
	}
	if j.Dated {
		j.Run = r.plausible(j)
	}
	_, err = r.run(r.ctx, j, day, "定时")
	if err != nil && !errors.Is(err, partnership.ErrConflict) {
		r.log.Error("job", "job", j.Name, "day", day, "err", err)
	}
}

// plausible is the run of dated work, refused where the day lies far from that of the last good
// run: a clock that jumped must not close posts or erase people.
func (r *Runner) plausible(j Job) func(ctx context.Context, day string) (string, error) {
	return func(ctx context.Context, day string) (string, error) {
		last, err := r.runs.First(ctx, store.Query{Where: store.And(store.Field("job").Eq(j.Name), store.Field("ok").Eq(true)), Sort: []store.Sort{store.Desc("start")}})
		if errors.Is(err, partnership.ErrNotFound) {
			return j.Run(ctx, day) // the first of all
		}
		if err != nil {
			return "", err
		}
		if n := daysFrom(last.Day, day); n > mostApart {
			return "", partnership.Refuse(partnership.ErrConflict,
				"服务器的日期是 %s，离上次运行（%s）%d 天，可能是时钟不对，所以没有运行。请核对服务器时间；日期无误就手动运行一次，之后照常", day, last.Day, n)
		}
		return j.Run(ctx, day)
	}
}

// daysFrom counts the days from one to another, negative if that is earlier.
func daysFrom(a, b string) int {
	from, err := time.Parse(time.DateOnly, a)
	to, err2 := time.Parse(time.DateOnly, b)
	if err != nil || err2 != nil {
		return 0
	}
	return int(to.Sub(from).Hours() / 24)
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

// named finds a job; ErrNotFound names all there are.
func (r *Runner) named(name string) (Job, error) {
	names := make([]string, len(r.jobs))
	for i, j := range r.jobs {
		if j.Name == name {
			return j, nil
		}
		names[i] = j.Name
	}
	return Job{}, partnership.Refuse(partnership.ErrNotFound, "没有名为 %s 的任务，可选：%s", name, strings.Join(names, "、"))
}

var errNotYours = partnership.Refuse(partnership.ErrForbidden, "只有区教委和平台运维可以手动运行任务")

// Pause ends the scheduled runs of a job on all nodes until Resume, with a reason that the
// page shows; by hand it can still be run. Only the operator may: a pause stops what the
// platform promised to everybody. ErrConflict if it is paused already.
func (r *Runner) Pause(ctx context.Context, actor partnership.Actor, name, why string) error {
	if actor.Role != partnership.RoleOperator {
		return partnership.Refuse(partnership.ErrForbidden, "只有平台运维可以暂停任务")
	}
	if _, err := r.named(name); err != nil {
		return err
	}
	if why = strings.TrimSpace(why); why == "" || len([]rune(why)) > 200 {
		return partnership.Invalid{"why": {"请写明暂停的原因（200 字以内），任务页上会显示"}}
	}
	p := partnership.JobPause{By: actor.Account, At: partnership.At(r.now()), Why: why}
	p.ID = name
	err := r.pauses.Insert(ctx, &p)
	if errors.Is(err, partnership.ErrDuplicate) {
		return partnership.Refuse(partnership.ErrConflict, "任务 %s 已经暂停，请刷新后再看", name)
	}
	return err
}

// Resume lets a paused job run on schedule again. ErrConflict if it is not paused.
func (r *Runner) Resume(ctx context.Context, actor partnership.Actor, name string) error {
	if actor.Role != partnership.RoleOperator {
		return partnership.Refuse(partnership.ErrForbidden, "只有平台运维可以恢复任务")
	}
	if _, err := r.named(name); err != nil {
		return err
	}
	if _, err := r.pauses.Get(ctx, name); errors.Is(err, partnership.ErrNotFound) {
		return partnership.Refuse(partnership.ErrConflict, "任务 %s 没有暂停，请刷新后再看", name)
	} else if err != nil {
		return err
	}
	return r.pauses.Purge(ctx, name)
}

// RunNow runs a job by hand for a day; an empty day is the one a scheduled run of
// today would take. A day to come is Invalid: a slip of the pen must not close posts or
// erase people before their time. ErrNotFound for an unknown job, ErrConflict while it
// runs elsewhere.
func (r *Runner) RunNow(ctx context.Context, actor partnership.Actor, name, day string) (partnership.JobRun, error) {
	if actor.Role != partnership.RoleOperator && actor.Role != partnership.RoleDistrict {
		return partnership.JobRun{}, errNotYours
	}
	j, err := r.named(name)
	if err != nil {
		return partnership.JobRun{}, err
	}
	today := partnership.Day(r.now())
	if day == "" {
		day = partnership.Day(r.now().AddDate(0, 0, -j.Back))
	} else if _, err := time.Parse(time.DateOnly, day); err != nil {
		return partnership.JobRun{}, partnership.Invalid{"day": {"日期请写成 2025-12-31 这样"}}
	} else if day > today {
		return partnership.JobRun{}, partnership.Invalid{"day": {"今天是 " + today + "，不能为以后的日期运行"}}
	}
	return r.run(ctx, j, day, actor.Account)
}

// asJob ascribes what a scheduled run writes to the job; what somebody started stays theirs.
func asJob(ctx context.Context, name string) context.Context {
	if partnership.ActorIn(ctx).Account != "" {
		return ctx
	}
	return partnership.System("job-" + name).In(ctx)
}

// inWords is a failure as the jobs page shows it: the sentence for people if there is
// one; else that it failed, and the cause for whoever reads the log.
func inWords(err error) string {
	var refused *partnership.Refused
	if errors.As(err, &refused) && refused.Sentence != "" {
		return refused.Sentence
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "超过了允许的时间，已中止；下次会接着做"
	}
	if errors.Is(err, context.Canceled) {
		return "平台停止，任务中止；下次会接着做"
	}
	return "没有做完，下次会再试。原因：" + err.Error()
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
	if r.ran != nil {
		r.ran(j.Name, run.OK, time.Duration(run.End-run.Start)*time.Millisecond)
	}
	if failed != nil {
		run.Result = inWords(failed)
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
	Paused            *partnership.JobPause // nil while it runs on schedule
	Last              []partnership.JobRun  // newest first, at most five
}

// List returns every job with its last runs and its next one.
func (r *Runner) List(ctx context.Context) ([]Status, error) {
	out := make([]Status, 0, len(r.jobs))
	for _, j := range r.jobs {
		s := Status{Name: j.Name, Words: j.Words, Spec: j.Spec}
		if at, err := cron.ParseStandard(j.Spec); err == nil {
			s.Next = at.Next(r.now().In(partnership.Beijing))
		}
		p, err := r.pauses.Get(ctx, j.Name)
		if err == nil {
			s.Paused = &p
		} else if !errors.Is(err, partnership.ErrNotFound) {
			return nil, err
		}
		s.Last, err = r.runs.All(ctx, store.Query{Where: store.Field("job").Eq(j.Name), Sort: []store.Sort{store.Desc("start")}, Limit: 5})
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
