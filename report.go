package main

import (
	"fmt"
	"io"

	"sunmao/services/exchange"
)

type reportCmd struct {
	Year   int    `required:"" help:"报告年份。" placeholder:"年份"`
	School string `help:"学校名称中能区分的一部分；不写为全区。" placeholder:"名称"`
	Out    string `required:"" help:"写到这个 Excel 文件（.xlsx）。" placeholder:"文件"`
	Public bool   `help:"用于公开：人数少于 20 的组不显示，也不能由其他数倒推。"`
}

func (c *reportCmd) Run(app *App) error {
	return app.with(func(h *house) error {
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
		err = writeFile(c.Out, func(w io.Writer) error {
			return exchange.WriteReport(w, fmt.Sprintf("%s %d 年度", title, c.Year), tables)
		})
		if err != nil {
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
