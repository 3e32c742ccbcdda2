package main

import (
	"fmt"
	"strings"

	"sunmao/search"
)

type searchCmd struct {
	Query  string   `arg:"" help:"要找的词，可以是汉字、拼音或首字母。" placeholder:"词"`
	Kind   []string `help:"只找这些种类：post、company、base、class、major、cohort。" placeholder:"种类"`
	Filter []string `help:"筛选，如 region=500153、major=660103、lodging=yes；可重复。" placeholder:"字段=值"`
	Limit  int      `default:"20" help:"最多列出几条（1 到 100）。" placeholder:"条数"`
	Format string   `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

type hitLine struct {
	ID    string   `json:"id"`
	Kind  string   `json:"kind"`
	Title string   `json:"title"`
	Score float64  `json:"score"`
	Why   []string `json:"why"`
}

func (c *searchCmd) Run(app *App) error {
	if c.Limit < 1 || c.Limit > 100 {
		return usagef("--limit 应在 1 到 100 之间")
	}
	filters := map[string][]string{}
	for _, f := range c.Filter {
		field, value, ok := strings.Cut(f, "=")
		if !ok || field == "" || value == "" {
			return usagef("--filter 应写成 字段=值，例如 region=500153，现在是 %q", f)
		}
		filters[field] = append(filters[field], value)
	}
	return app.with(func(h *house) error {
		r, err := h.exchange.Search(app.Ctx, operator(), search.Query{Text: c.Query, Kinds: c.Kind, Filters: filters, Limit: c.Limit, Explain: true})
		if err != nil {
			return err
		}
		lines := make([]hitLine, 0, len(r.Hits))
		rows := make([][]string, 0, len(r.Hits))
		for _, hit := range r.Hits {
			why := hit.Why
			if why == nil {
				why = []string{}
			}
			lines = append(lines, hitLine{hit.ID, hit.Kind, hit.Title, hit.Score, why})
			rows = append(rows, []string{hit.ID, hit.Kind, hit.Title, fmt.Sprintf("%.2f", hit.Score), strings.Join(why, "；")})
		}
		if err := app.Table(c.Format, []string{"id", "kind", "title", "score", "why"}, rows, lines); err != nil {
			return err
		}
		if r.Total == 0 && c.Format == "table" {
			fmt.Fprintln(app.Err, "没有找到。")
			for _, n := range r.Nearest {
				fmt.Fprintf(app.Err, "  相近：%s（%s）\n", n.Title, n.ID)
			}
		}
		return nil
	})
}

type reindexCmd struct{}

func (reindexCmd) Run(app *App) error {
	h, err := openHouse(app)
	if err != nil {
		return err
	}
	if err := h.exchange.Reindex(app.Ctx); err != nil {
		return fmt.Errorf("%w (%w)", err, h.Close())
	}
	counts, err := h.index.Count(app.Ctx)
	if err == nil {
		total := 0
		for _, n := range counts {
			total += n
		}
		fmt.Fprintf(app.Out, "检索索引已重建：%d 条\n", total)
	}
	if cerr := h.Close(); err == nil {
		err = cerr
	}
	return err
}
