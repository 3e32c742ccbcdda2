package main

import (
	"fmt"
	"os"

	"sunmao/jobs"
)

type jobCmd struct {
	List jobListCmd `cmd:"" default:"1" help:"列出任务、时间和最近的运行。"`
	Run  jobRunCmd  `cmd:"" help:"立即运行一个任务。"`
}

type jobListCmd struct {
	Format string `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

func runnerOf(app *App, h *house) (*jobs.Runner, error) {
	return jobs.New(h.store, append(jobs.Table(h.exchange, h.accounts), h.jobs(app)...), fmt.Sprintf("cli/%d", os.Getpid()), app.Now, app.Log)
}

func (c *jobListCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		r, err := runnerOf(app, h)
		if err != nil {
			return err
		}
		list, err := r.List(app.Ctx)
		if err != nil {
			return err
		}
		rows := make([][]string, 0, len(list))
		for _, j := range list {
			last := "还没有运行过"
			if len(j.Last) > 0 {
				last = j.Last[0].Start.Time().Format("2006-01-02 15:04:05") + " " + j.Last[0].Result
			}
			rows = append(rows, []string{j.Name, j.Spec, j.Next.Format("2006-01-02 15:04"), last, j.Words})
		}
		return app.Table(c.Format, []string{"job", "schedule", "next", "last", "what"}, rows, nil)
	})
}

type jobRunCmd struct {
	Name string `arg:"" help:"任务名，如 rates、settle、expire。" placeholder:"任务"`
	Day  string `help:"为哪一天运行，如 2025-12-31；不写为平时运行的那一天。" placeholder:"日期"`
}

func (c *jobRunCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		r, err := runnerOf(app, h)
		if err != nil {
			return err
		}
		run, err := r.RunNow(app.Ctx, operator(), c.Name, c.Day)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(app.Out, "%s：%s\n", run.Job, run.Result)
		return err
	})
}
