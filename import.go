package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

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
	if len(report.Unread) > 0 {
		fmt.Fprintf(app.Err, "%s：没有认出的列，它们的内容不会导入：%s。列名见网站“导入”页的模板\n", req.File, strings.Join(report.Unread, "、"))
	}
	fmt.Fprintf(app.Out, "%s：读到 %d 行，写入 %d 行，有错 %d 行；新增 %d，有变化 %d，文件里已没有 %d，无变化 %d。导入编号 %s\n",
		req.File, report.Rows, report.Written, report.BadRows, report.Changes.New, report.Changes.Changed, report.Changes.Gone, report.Changes.Unchanged, orNone(report.Batch))
	if report.Lost != "" {
		return 0, partnership.Refuse(partnership.ErrConflict, "%s：%s", req.File, report.Lost)
	}
	return len(report.Problems), nil
}

// importReport holds a report workbook that came back against the data and takes in the
// cells that the school supplies.
func importReport(app *App, h *house, req exchange.ImportRequest) (_ int, err error) {
	f, err := os.Open(req.File)
	if err != nil {
		return 0, partnership.Refuse(partnership.ErrNotFound, "打不开文件 %s：%v", req.File, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := h.exchange.ReturnReport(app.Ctx, operator(), f, req.File)
	if err != nil {
		return 0, err
	}
	for _, c := range r.Refused {
		fmt.Fprintf(app.Err, "%s：%s，%s，%s：%q：%s\n", req.File, c.Table, c.Row, c.Column, c.Now, c.Why)
	}
	taken := 0
	if len(r.Filled) > 0 && (len(r.Refused) == 0 || req.Partial) {
		if taken, err = h.exchange.FillReport(app.Ctx, operator(), r.School, r.Year, r.Filled); err != nil {
			return 0, err
		}
	}
	_, err = fmt.Fprintf(app.Out, "%s：%s %d 年度，%d 张表；与平台一致 %d 格，填报写入 %d 格，不能写入 %d 格\n", req.File, r.Name, r.Year, r.Tables, r.Same, taken, len(r.Refused))
	return len(r.Refused), err
}
