package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// A report's workbook comes back with missing cells filled in: first what it would bring,
// then, on a second press, the writing. The file itself is not kept.
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
	defer func() {
		if err := errors.Join(file.Close(), v.Request.MultipartForm.RemoveAll()); err != nil {
			s.log.Warn("uploaded file not removed", "request", v.id, "error", err.Error())
		}
	}()
	r, err := s.exchange.ReturnReport(v.ctx(), v.actor, file, header.Filename)
	var invalid partnership.Invalid
	if errors.As(err, &invalid) {
		return s.showReturned(v, http.StatusUnprocessableEntity, &reportBackPage{Fault: invalid.Error()})
	}
	if err != nil {
		return err
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
