package main

import (
	"errors"
	"fmt"
	"os"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type reportCmd struct {
	Year   int    `required:"" help:"报告年份。" placeholder:"年份"`
	School string `help:"学校名称中能区分的一部分；不写为全区。" placeholder:"名称"`
	Out    string `required:"" help:"写到这个 Excel 文件（.xlsx）。" placeholder:"文件"`
	Public bool   `help:"用于公开：人数少于 20 的组不显示，也不能由其他数倒推。"`
}

func (c *reportCmd) Run(app *App) error {
	return app.with(func(h *house) (err error) {
		id, title := "", "全区"
		if c.School != "" {
			s, err := h.exchange.SchoolNamed(app.Ctx, c.School)
			if err != nil {
				return err
			}
			id, title = s.ID, s.Name
		}
		tables, err := h.exchange.Report(app.Ctx, operator(), id, c.Year, c.Public)
		if err != nil {
			return err
		}
		f, err := os.Create(c.Out)
		if err != nil {
			return partnership.Refuse(partnership.ErrUnavailable, "不能写文件 %s：%v", c.Out, err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := exchange.WriteReport(f, fmt.Sprintf("%s %d 年度", title, c.Year), tables); err != nil {
			return err
		}
		missing := 0
		for _, t := range tables {
			missing += len(t.Missing)
		}
		_, err = fmt.Fprintf(app.Out, "已写 %s：%d 张表，待补 %d 格（见最后一张工作表）\n", c.Out, len(tables), missing)
		return err
	})
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
