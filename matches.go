package main

import (
	"strconv"
	"strings"

	"sunmao/services/partnership"
)

// platform shows the stored matches of one post or cohort, best first.
func (c *matchCmd) platform(app *App) error {
	if (c.Post == "") == (c.Cohort == "") {
		return usagef("请给出 --in 文件，或 --post 岗位编号，或 --cohort 班级批次编号（三者之一）")
	}
	return app.with(func(h *house) error {
		var matches []partnership.Match
		if c.Post != "" {
			v, err := h.exchange.Post(app.Ctx, operator(), c.Post)
			if err != nil {
				return err
			}
			matches = v.Matches
		} else {
			v, err := h.exchange.Cohort(app.Ctx, operator(), c.Cohort)
			if err != nil {
				return err
			}
			matches = v.Matches
		}
		rows := make([][]string, 0, len(matches))
		for _, m := range matches {
			rows = append(rows, []string{m.Post, m.PostTitle, m.CompanyName, m.Cohort, m.CohortName, strconv.Itoa(m.Size), points(m.Score), m.Level, strings.Join(m.Reasons, "；")})
		}
		if matches == nil {
			matches = []partnership.Match{}
		}
		return app.Table(c.Format, []string{"post", "title", "company", "cohort", "cohort_name", "size", "score", "level", "reasons"}, rows, matches)
	})
}
