package main

import (
	"fmt"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type roundCmd struct {
	List    roundListCmd    `cmd:"" default:"1" help:"列出匹配轮次。"`
	Run     roundRunCmd     `cmd:"" help:"运行一轮匹配，得到预览。"`
	Publish roundPublishCmd `cmd:"" help:"发布一轮的结果。"`
}

type roundListCmd struct {
	Format string `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

func (c *roundListCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		list, _, err := h.exchange.Rounds(app.Ctx, operator(), exchange.List{Limit: 100})
		if err != nil {
			return err
		}
		rows := make([][]string, 0, len(list))
		for _, r := range list {
			rows = append(rows, []string{r.ID, r.Name, string(r.Mode), string(r.State), strconv.Itoa(r.Placed), strconv.Itoa(r.Students), strconv.Itoa(r.Seats)})
		}
		return app.Table(c.Format, []string{"id", "name", "mode", "state", "placed", "students", "seats"}, rows, list)
	})
}

type roundRunCmd struct {
	Mode   string `default:"assign" enum:"assign,stable" help:"assign 统筹分配，stable 双向选择。" placeholder:"方式"`
	Name   string `help:"这一轮的名称。" placeholder:"名称"`
	School string `help:"只为一所学校运行；不写为全区。" placeholder:"名称"`
	Region string `default:"500153" help:"区县代码。" placeholder:"代码"`
	Seed   uint64 `default:"1" help:"公布的抽签种子，同分时用。" placeholder:"种子"`
	Format string `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`

	Weight map[string]int `help:"本轮计分的权重，如 pay=1500;skills=1700（分值 1 分写 100，各项合计 10000；名称见 docs/matching.md 第 1 节）；不写的用默认。" placeholder:"名称=数"`
}

func (c *roundRunCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		owner := c.Region
		if c.School != "" {
			s, err := h.exchange.SchoolNamed(app.Ctx, c.School)
			if err != nil {
				return err
			}
			owner = s.ID
		}
		view, err := h.exchange.RunRound(app.Ctx, operator(), partnership.Round{Name: c.Name, Owner: owner, Region: c.Region, Mode: partnership.RoundMode(c.Mode), Seed: c.Seed, Weights: c.Weight})
		if err != nil {
			return err
		}
		rows := make([][]string, 0, len(view.Allocations))
		for _, a := range view.Allocations {
			rows = append(rows, []string{a.CohortName, a.PostTitle, a.CompanyName, strconv.Itoa(a.Count), points(a.Score)})
		}
		if err := app.Table(c.Format, []string{"cohort", "post", "company", "count", "score"}, rows, view); err != nil {
			return err
		}
		r := view.Round
		fmt.Fprintf(app.Err, "轮次 %s：%d 人中安置 %d 人，名额 %d，未安置批次 %d 个，空余岗位 %d 个。%s\n",
			r.ID, r.Students, r.Placed, r.Seats, len(r.Unplaced), len(r.Cold), r.Verdict)
		return nil
	})
}

func points(hundredths int) string { return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100) }

type roundPublishCmd struct {
	ID string `arg:"" help:"轮次编号。" placeholder:"编号"`
}

func (c *roundPublishCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		r, err := h.exchange.PublishRound(app.Ctx, operator(), c.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(app.Out, "已发布“%s”：%d 人\n", r.Name, r.Placed)
		return err
	})
}
