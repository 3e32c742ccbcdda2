package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"sunmao/jobs"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// A report's workbook comes back with missing cells filled in: first what it would bring,
// then, on a second press, the writing. The file itself is not kept; what it would bring is,
// for a week.
type reportBackPage struct {
	page
	exchange.ReturnedReport
	Report string // address of the report
	SameN  string
	Body   string // Filled, for the second press
	Fault  string // why the file was not read
}

func (s *Site) returnReport(v *visit) error {
	header, err := v.FormFile("file")
	if err != nil {
		return s.showReturned(v, http.StatusUnprocessableEntity, &reportBackPage{Fault: "请选择填好的 Excel 文件（.xlsx）"})
	}
	file, err := header.Open()
	if err != nil {
		return err
	}
	content, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close(), v.Request.MultipartForm.RemoveAll()); err != nil {
		return err
	}
	actor := v.actor
	err = s.work(v, "核对交回的数据表", func(ctx context.Context) (jobs.Outcome, error) {
		r, err := s.exchange.ReturnReport(ctx, actor, bytes.NewReader(content), header.Filename)
		return jobs.Outcome{Words: "填报了 " + number(len(r.Filled)) + " 格，还没有写入", URL: reportReturnPath, Found: r}, err
	})
	var invalid partnership.Invalid
	if errors.As(err, &invalid) {
		return s.showReturned(v, http.StatusUnprocessableEntity, &reportBackPage{Fault: invalid.Error()})
	}
	return err
}

const reportReturnPath = "/report/return"

// returnedReport shows what a workbook that came back would bring.
func (s *Site) returnedReport(v *visit) error {
	var r exchange.ReturnedReport
	at, err := s.found(v, &r, reportReturnPath)
	if err != nil {
		return err
	}
	if at == "" {
		return redirectTo(v, "/report")
	}
	p := &reportBackPage{ReturnedReport: r, SameN: number(r.Same), Report: "/report?" + (&reportAsk{School: r.School, Year: r.Year}).query()}
	body, err := json.Marshal(r.Filled)
	if err != nil {
		return err
	}
	p.Body = string(body)
	return s.showReturned(v, http.StatusOK, p)
}

func (s *Site) showReturned(v *visit, status int, p *reportBackPage) error {
	p.page = page{Title: "交回填好的数据表", Crumbs: []link{{URL: "/dashboard", Label: "数据看板"}, {URL: "/report", Label: "报告数据表"}, {Label: "交回"}}}
	return s.render(v, status, "reportback", p)
}

func (s *Site) fillReport(v *visit) error {
	var cells []exchange.ReportCell
	year, err := strconv.Atoi(v.PostForm("year"))
	if err != nil || json.Unmarshal([]byte(v.PostForm("cells")), &cells) != nil {
		return partnership.Invalid{"cells": {"填报的内容没有完整送达，请返回重新选择文件"}}
	}
	school := v.PostForm("school")
	if _, err := s.exchange.FillReport(v.ctx(), v.actor, school, year, cells); err != nil {
		return err
	}
	return redirectTo(v, "/report?"+(&reportAsk{School: school, Year: year}).query())
}
