package web

import (
	"context"
	"net/http"

	"sunmao/jobs"
	"sunmao/services/partnership"
)

type jobsPage struct {
	page
	MayPause bool
	Rows     []jobRow
}

type jobRow struct {
	Name, Words, Spec, Next string
	Paused                  string // by whom, when, why; "" if it runs
	Runs                    []jobRunRow
}

type jobRunRow struct {
	At, Day, Took, By, Result string
	Done                      mark
}

func (s *Site) jobList(v *visit) error {
	list, err := s.jobs.List(v.ctx())
	if err != nil {
		return err
	}
	p := &jobsPage{MayPause: v.actor.Role == partnership.RoleOperator, page: page{Title: "定时任务", Crumbs: []link{{Label: "定时任务"}}}}
	for _, j := range list {
		row := jobRow{Name: j.Name, Words: j.Words, Spec: j.Spec, Next: moment(partnership.At(j.Next))}
		if j.Paused != nil {
			row.Paused = joinWords("，", j.Paused.By, moment(j.Paused.At), j.Paused.Why)
		}
		for _, r := range j.Last {
			one := jobRunRow{moment(r.Start), day(r.Day), decimal(float64(r.End-r.Start)/1000) + " 秒", r.By, r.Result, mark{"完成", "good"}}
			if !r.OK {
				one.Done = mark{"失败", "bad"}
			}
			row.Runs = append(row.Runs, one)
		}
		p.Rows = append(p.Rows, row)
	}
	return s.render(v, http.StatusOK, "jobs", p)
}

func (s *Site) runJob(v *visit) error {
	actor, name, day := v.actor, v.Param("name"), v.PostForm("day")
	return s.work(v, "运行任务 "+name, func(ctx context.Context) (jobs.Outcome, error) {
		run, err := s.jobs.RunNow(ctx, actor, name, day)
		return jobs.Outcome{Words: "任务 " + run.Job + " 已运行：" + run.Result, URL: "/jobs"}, err
	})
}

// pauseJob pauses a job with a reason, or lets it run again.
func (s *Site) pauseJob(v *visit) error {
	name, verb := v.Param("name"), v.PostForm("verb")
	if verb == "resume" {
		if err := s.jobs.Resume(v.ctx(), v.actor, name); err != nil {
			return err
		}
		v.flash("任务 " + name + " 已恢复，按时间运行")
	} else {
		if err := s.jobs.Pause(v.ctx(), v.actor, name, v.PostForm("why")); err != nil {
			return err
		}
		v.flash("任务 " + name + " 已暂停，恢复之前不会按时间运行")
	}
	v.Redirect(http.StatusSeeOther, "/jobs")
	return nil
}
