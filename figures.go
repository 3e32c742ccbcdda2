package main

import (
	"fmt"
	"os"
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

type importCmd struct {
	Kind    string   `arg:"" enum:"companies,posts,cohorts,graduates,students,bases,order-classes,report" help:"导入什么：companies 企业、posts 岗位、cohorts 班级批次、graduates 毕业去向、students 学生名册、bases 实训基地、order-classes 订单班、report 填好交回的报告数据表。" placeholder:"种类"`
	Files   []string `arg:"" help:"CSV（UTF-8 或 GB18030）或 Excel 文件。" placeholder:"文件"`
	Partial bool     `help:"有错的行跳过，其余照常写入；不写则有一行错就什么都不写。"`
	School  string   `help:"表中没有学校一列时，这批数据属于哪所学校。" placeholder:"名称"`
}

func (c *importCmd) Run(app *App) error {
	return app.with(func(h *house) error {
		school := ""
		if c.School != "" {
			s, err := h.exchange.SchoolNamed(app.Ctx, c.School)
			if err != nil {
				return err
			}
			school = s.ID
		}
		bad := 0
		for _, name := range c.Files {
			take := importFile
			if c.Kind == "report" {
				take = importReport
			}
			n, err := take(app, h, exchange.ImportRequest{Kind: c.Kind, File: name, Partial: c.Partial, School: school})
			if err != nil {
				return err
			}
			bad += n
		}
		if bad > 0 && !c.Partial {
			return partnership.Refuse(partnership.ErrConflict, "共 %d 处错误，什么都没有写入。改好后再导入，或加 --partial 只写入没有错误的行", bad)
		}
		return nil
	})
}

func orNone(s string) string {
	if s == "" {
		return "无"
	}
	return s
}

func importFile(app *App, h *house, req exchange.ImportRequest) (int, error) {
	f, err := os.Open(req.File)
	if err != nil {
		return 0, partnership.Refuse(partnership.ErrNotFound, "打不开文件 %s：%v", req.File, err)
	}
	defer f.Close() //nolint:errcheck // opened for reading
	req.Body = f
	told := 0.0
	req.Progress = func(stage string, share float64) {
		if told > share { // the next pass begins
			told = 0
		}
		if share-told >= 0.1 {
			told = share
			fmt.Fprintf(app.Err, "%s：%s %d%%\n", req.File, stage, int(share*100))
		}
	}
	report, err := h.exchange.Import(app.Ctx, operator(), req)
	if err != nil {
		return 0, err
	}
	for _, p := range report.Problems {
		fmt.Fprintln(app.Err, p)
	}
	for _, d := range report.Duplicates {
		fmt.Fprintln(app.Err, d)
	}
	fmt.Fprintf(app.Out, "%s：读到 %d 行，写入 %d 行，有错 %d 行；新增 %d，有变化 %d，文件里已没有 %d，无变化 %d。导入编号 %s\n",
		req.File, report.Rows, report.Written, report.BadRows, report.Changes.New, report.Changes.Changed, report.Changes.Gone, report.Changes.Unchanged, orNone(report.Batch))
	if report.Lost != "" {
		return 0, partnership.Refuse(partnership.ErrConflict, "%s：%s", req.File, report.Lost)
	}
	return len(report.Problems), nil
}
