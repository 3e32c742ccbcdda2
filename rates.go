package main

import (
	"fmt"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type ratesCmd struct {
	Year   int    `help:"毕业年份；不写为全部年份。" placeholder:"年份"`
	By     string `default:"school" enum:"district,school,class,category,major,cohort,company,industry,cluster" help:"按什么分组：district 全区、school 学校、class 国家目录专业大类、category 学校报表的专业类、major 专业、cohort 班级批次、company 用人单位、industry 行业、cluster 产业集群。" placeholder:"分组"`
	School string `help:"只看一所学校：写名称中能区分的一部分即可。" placeholder:"名称"`
	All    bool   `help:"列出全部比率；不写只列直接就业率、对口率（按编码、学校自报）、升学率。"`
	Day    string `help:"看这一天的快照，如 2025-12-31；不写则由现在的数据计算。" placeholder:"日期"`
	Check  bool   `help:"用那一天的数据重算 --day 的全部快照，与存的逐一比较；有一处不同，退出码为 1。"`
	Shared bool   `help:"按区内共享的口径输出：人数少于 5 的组不显示，也不能由其他数倒推。"`
	Format string `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

// mainRates are printed unless --all asks for every definition.
var mainRates = map[string]bool{"direct_employment": true, "alignment": true, "alignment_school": true, "progression": true}

func (c *ratesCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		if c.Check {
			return c.check(app, h)
		}
		q := exchange.RateQuery{Year: c.Year, By: c.By, Day: c.Day, Live: c.Day == ""}
		actor := operator()
		if c.Shared {
			actor.Role = partnership.RoleDistrict
		}
		only := ""
		if c.School != "" {
			s, err := h.exchange.SchoolNamed(app.Ctx, c.School)
			if err != nil {
				return err
			}
			q.School, only = s.ID, s.ID
		}
		figures, err := h.exchange.Rates(app.Ctx, actor, q)
		if err != nil {
			return err
		}
		schools, err := h.exchange.Schools(app.Ctx)
		if err != nil {
			return err
		}
		names := map[string]string{"": "全区"}
		for _, s := range schools {
			names[s.ID] = s.Name
		}
		cols := []string{"school", "year", "group", "rate", "numerator", "denominator", "percent"}
		if c.Format != "csv" {
			cols = append(cols, "name", "version", "cut_off")
		}
		rows := [][]string{}
		kept := []partnership.Figure{}
		for _, f := range figures {
			if !c.All && !mainRates[f.Rate] || only != "" && f.School != only {
				continue
			}
			row := []string{names[f.School], strconv.Itoa(f.Year), f.Group, f.Rate,
				strconv.FormatInt(f.Numerator, 10), strconv.FormatInt(f.Denominator, 10), f.Percent + f.Amount} // one of them is empty
			if f.Hidden {
				row[4], row[5], row[6] = "*", "*", "*"
			}
			if c.Format != "csv" {
				row = append(row, f.Name, f.Version, f.CutOff)
			}
			rows = append(rows, row)
			kept = append(kept, f)
		}
		return app.Table(c.Format, cols, rows, kept)
	})
}

// check counts the day's data again and compares with its snapshots.
func (c *ratesCmd) check(app *App, h *house) error {
	if c.Day == "" {
		return partnership.Invalid{"day": {"--check 要同时用 --day 指明哪一天的快照"}}
	}
	r, err := h.exchange.RecheckRates(app.Ctx, operator(), c.Day)
	if err != nil {
		return err
	}
	for _, d := range r.Differences[:min(len(r.Differences), 50)] {
		fmt.Fprintln(app.Out, d)
	}
	if len(r.Differences) > 0 {
		return partnership.Refuse(partnership.ErrConflict, "%s 的 %d 份快照、%d 个数字中有 %d 处与重算结果不同", r.Day, r.Scopes, r.Figures, len(r.Differences))
	}
	_, err = fmt.Fprintf(app.Out, "%s 的 %d 份快照、%d 个数字，按当时（%s）的数据重算，全部一致\n", r.Day, r.Scopes, r.Figures, r.AsOf.Time().Format("2006-01-02 15:04"))
	return err
}
