package main

import (
	"strconv"
	"strings"

	"sunmao/services/catalogue"
)

// occupationCmd suggests occupations for a post's title and duties.
type occupationCmd struct {
	Title  string `arg:"" help:"岗位名称，例如 \"数控车工 两班倒 包吃住\"。"`
	Duties string `help:"岗位职责，可不写。"`
	Limit  int    `default:"5" help:"最多给出几个职业。"`
	Format string `default:"table" enum:"table,csv,json" help:"输出格式：table、csv 或 json。"`
}

func (c *occupationCmd) Run(app *App) error {
	cat, err := catalogue.Load()
	if err != nil {
		return err
	}
	found := cat.Suggest(c.Title, c.Duties, c.Limit)
	if found == nil {
		found = []catalogue.Suggestion{} // JSON [] and not null
	}
	rows := make([][]string, len(found))
	for i, s := range found {
		rows[i] = []string{s.Code, s.Name, strconv.FormatFloat(s.Score, 'f', 4, 64), strings.Join(s.Why, "；")}
	}
	return app.Table(c.Format, []string{"code", "name", "score", "why"}, rows, found)
}
