package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"sunmao/jobs"
	"sunmao/services/partnership"
)

// shortly is how long a person is kept waiting for an answer before the page shows how
// far the work is, unless Config says otherwise.
const shortly = 900 * time.Millisecond

type workPage struct {
	page
	Work    workRow
	Running bool
	Stop    bool // asked to stop, not stopped yet
}

type worksPage struct {
	page
	Rows []workRow
}

// workRow is a piece of work as its page, the list and the strip under the head show it.
type workRow struct {
	What, At, Took, Step, Result string
	URL, ResultURL               string
	State                        mark
	Percent                      float64
	Running                      bool
}

func workURL(id string) string { return "/works/" + url.PathEscape(id) }

// work begins something that may take longer than a person likes to look at an unchanged
// page. What ends shortly is answered as if it had been done at once; for the rest the
// page of the work shows how far it is. It returns an error as the work does.
func (s *Site) work(v *visit, what string, run func(context.Context) (jobs.Outcome, error)) error {
	w, err := s.jobs.Begin(v.ctx(), v.actor, what, run)
	if err != nil {
		return err
	}
	out, err, ended := w.Wait(s.patience)
	if !ended {
		v.Redirect(http.StatusSeeOther, workURL(w.ID))
		return nil
	}
	if err := s.jobs.SawWork(v.ctx(), w.ID); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	if out.Found == nil { // else its page says it all
		v.flash(out.Words)
	}
	v.Redirect(http.StatusSeeOther, out.URL)
	return nil
}

// found reads what the work that the address names (?work=) found out, and says when that
// was: "" where the address names none.
func (s *Site) found(v *visit, found any, paths ...string) (string, error) {
	id := v.Query("work")
	if id == "" {
		return "", nil
	}
	w, err := s.jobs.Found(v.ctx(), v.actor, id, found, paths...)
	if err != nil {
		return "", err
	}
	return moment(w.Ended), nil
}

func (s *Site) workRow(w *partnership.Work) workRow {
	row := workRow{What: w.What, At: moment(w.Began), Step: w.Step, Result: w.Result, URL: workURL(w.ID), ResultURL: w.URL, Percent: float64(w.Permille) / 10, Running: w.State == partnership.WorkRunning}
	ended := w.Ended
	if ended == 0 {
		ended = partnership.At(s.now())
	}
	row.Took = decimal(float64(max(0, ended-w.Began))/1000) + " 秒"
	switch w.State {
	case partnership.WorkRunning:
		row.State = mark{w.State.Words(), "info"}
	case partnership.WorkDone:
		row.State = mark{w.State.Words(), "good"}
	case partnership.WorkFailed:
		row.State = mark{w.State.Words(), "bad"}
	default:
		row.State = mark{w.State.Words(), ""}
	}
	return row
}

// workView shows how far a piece of work is, and at its end what came of it.
func (s *Site) workView(v *visit) error {
	w, err := s.jobs.Work(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	p := &workPage{page: page{Title: w.What, Narrow: true, Crumbs: []link{{URL: "/works", Label: "进行中的工作"}, {Label: w.What}}}, Work: s.workRow(&w), Running: w.State == partnership.WorkRunning, Stop: w.Stop}
	if !p.Running && !w.Seen {
		if err := s.jobs.SawWork(v.ctx(), w.ID); err != nil {
			return err
		}
	}
	return s.render(v, http.StatusOK, "work", p)
}

func (s *Site) workList(v *visit) error {
	all, err := s.jobs.Works(v.ctx(), v.actor, false, 50)
	if err != nil {
		return err
	}
	p := &worksPage{page: page{Title: "进行中的工作", Crumbs: []link{{Label: "进行中的工作"}}}, Rows: s.busyImports(v)}
	for i := range all {
		p.Rows = append(p.Rows, s.workRow(&all[i]))
	}
	return s.render(v, http.StatusOK, "works", p)
}

func (s *Site) stopWork(v *visit) error {
	id := v.Param("id")
	if err := s.jobs.StopWork(v.ctx(), v.actor, id); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, workURL(id))
	return nil
}

// busyImports are the person's imports that go on by themselves, as rows of work.
func (s *Site) busyImports(v *visit) []workRow {
	all, err := s.exchange.BusyImports(v.ctx(), v.actor)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			s.log.Error("ongoing imports", "request", v.id, "error", err.Error())
		}
		return nil
	}
	var out []workRow
	for i := range all {
		b := &all[i]
		out = append(out, workRow{What: "导入" + b.File, At: moment(b.Created), Took: decimal(float64(max(0, partnership.At(s.now())-b.Created))/1000) + " 秒", Step: b.State.Words() + " " + plain(b.Progress/10) + "%",
			URL: importURL(b.ID), State: importMark(b.State), Percent: float64(b.Progress) / 10, Running: true})
	}
	return out
}

// ongoing are the pieces of work that the person should not forget: those that run, and
// those that ended while nobody looked.
func (s *Site) ongoing(v *visit) []workRow {
	if v.actor.Role == "" || v.actor.Unready {
		return nil
	}
	all, err := s.jobs.Works(v.ctx(), v.actor, true, 3)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			s.log.Error("ongoing work", "request", v.id, "error", err.Error())
		}
		return nil // the page itself is none the worse
	}
	rows := make([]workRow, 0, len(all))
	for i := range all {
		rows = append(rows, s.workRow(&all[i]))
	}
	return slices.DeleteFunc(append(rows, s.busyImports(v)...), func(row workRow) bool { return row.URL == v.Request.URL.Path })
}
