package web

import (
	"fmt"
	"iter"
	"net/http"
	"strconv"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// sendTable sends a list that is not imported again: headings of its own, row by row. A
// fault half-way cuts the connection.
func (s *Site) sendTable(v *visit, plainName, title string, headers []string, rows iter.Seq2[[]any, error]) error {
	format, err := sheets.ParseFormat(v.Query("format"))
	if err != nil {
		return err
	}
	if err := download(v, format, plainName, title); err != nil {
		return err
	}
	v.Header("Content-Type", format.ContentType())
	out, err := sheets.NewListWriter(v.Writer, format, title, headers)
	if err != nil {
		return s.cutOff(v, fmt.Errorf("export of %s: %w", plainName, err))
	}
	for row, err := range rows {
		if err == nil {
			err = out.Write(row)
		}
		if err != nil {
			_ = out.Close() // the fault before is the one to tell
			return s.cutOff(v, fmt.Errorf("export of %s: %w", plainName, err))
		}
	}
	if err := out.Close(); err != nil {
		return s.cutOff(v, fmt.Errorf("export of %s: %w", plainName, err))
	}
	return nil
}

// roundFile sends the result of a round: who goes where and why, who stays unplaced, which
// posts stay cold.
func (s *Site) roundFile(v *visit) error {
	view, err := s.exchange.Round(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	r := &view.Round
	headers := []string{"结果", "班级批次或岗位", "去向岗位", "企业", "人数", "适配分", "状态", "理由", "更合适而没有去成的", "怎样改善"}
	return s.sendTable(v, "round", r.Name, headers, func(yield func([]any, error) bool) {
		for i := range view.Allocations {
			a := &view.Allocations[i]
			why := joinWords("；", a.Place, joinWords("；", a.Why...))
			if !yield([]any{"安置", a.CohortName, a.PostTitle, a.CompanyName, a.Count, points(a.Score), lineWords(r, a), why, joinWords("；", a.Blocked...), ""}, nil) {
				return
			}
		}
		for _, side := range []struct {
			words string
			list  []partnership.Unmet
		}{{"未安置学生", r.Unplaced}, {"未招满岗位", r.Cold}} {
			for _, u := range side.list {
				if !yield([]any{side.words, u.Name, "", "", u.Count, "", "", u.Why, joinWords("；", u.Blocked...), u.Change}, nil) {
					return
				}
			}
		}
	})
}

type runPage struct {
	page
	Facts []fact
	Lines []allocationRow
	Back  string
}

// roundRun shows a result that a later run replaced.
func (s *Site) roundRun(v *visit) error {
	n, err := strconv.Atoi(v.Param("key"))
	if err != nil {
		return partnership.ErrNotFound
	}
	view, err := s.exchange.Round(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	run, err := s.exchange.Run(v.ctx(), v.actor, v.Param("id"), n)
	if err != nil {
		return err
	}
	p := &runPage{Back: roundURL(run.Round)}
	title := "第 " + plain(n) + " 次运行"
	p.page = page{Title: title, Crumbs: []link{{URL: "/rounds", Label: "匹配轮次"}, {URL: p.Back, Label: view.Round.Name}, {Label: title}}}
	p.Facts = []fact{{"分配方式", run.Mode.Words()}, {"运行", moment(run.At)}, {"参加学生", number(run.Students) + " 人"}, {"可用名额", number(run.Seats) + " 个"}, {"安置", number(run.Placed) + " 人"},
		{"排除的安排", count(len(run.Barred), "条")}, {"结论", orDash(run.Verdict)}, {"输入摘要", orDash(cutWords(run.Digest, 16))}}
	for i := range run.Lines {
		l := &run.Lines[i]
		p.Lines = append(p.Lines, allocationRow{Cohort: l.CohortName, Post: l.PostTitle, Company: l.CompanyName, Count: number(l.Count), Score: points(l.Score)})
	}
	return s.render(v, http.StatusOK, "run", p)
}
