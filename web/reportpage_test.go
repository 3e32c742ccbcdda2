package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/demo"
)

// The report is one page to print, a workbook, and a list of what does not add up in it.
func TestReportPage(t *testing.T) {
	h := openDistrict(t)
	officer, school := h.as(t, "district"), h.as(t, "school")
	res, body := officer.follow(officer.get("/report?year=2025"))
	if res.StatusCode != http.StatusOK || strings.Count(body, `id="t-`) < 10 || !strings.Contains(body, "谁来补") {
		t.Errorf("the district's report: status %d, %d tables", res.StatusCode, strings.Count(body, `id="t-`))
	}
	if res, file := officer.get("/report?year=2025&format=xlsx&school=" + demo.Centre); res.StatusCode != http.StatusOK || !strings.HasPrefix(file, "PK") {
		t.Errorf("a workbook: status %d", res.StatusCode)
	}
	if res, body := officer.follow(officer.get("/report/check?year=2025")); res.StatusCode != http.StatusOK || !strings.Contains(body, "对不上的数") || !strings.Contains(body, `name="work"`) {
		t.Errorf("what does not add up: status %d", res.StatusCode)
	}
	if res, _ := school.follow(school.get("/report?year=2025")); res.StatusCode != http.StatusOK {
		t.Errorf("a school's own report: status %d", res.StatusCode)
	}
	if res, _ := school.get("/report?year=2025&school=there-is-none"); res.StatusCode != http.StatusNotFound {
		t.Errorf("another school's report: status %d", res.StatusCode)
	}
}

func TestSnapshotsPage(t *testing.T) {
	h := openDistrict(t)
	b := h.as(t, "district")
	_, body := b.get("/snapshots")
	if !strings.Contains(body, demo.CutOff) {
		t.Fatalf("no snapshot of %s is listed", demo.CutOff)
	}
	// A day of its own: the clock of these tests stands still, so what others added to the
	// district counts as having been there when the snapshots of demo.CutOff were made.
	const fresh = "2020-01-01"
	if _, err := h.exchange.RefreshRates(t.Context(), fresh); err != nil {
		t.Fatal(err)
	}
	if _, body := b.follow(b.submit("/snapshots", "/snapshots/check", url.Values{"day": {fresh}})); !strings.Contains(body, "全部一致") {
		t.Error("counted again, the snapshots differ")
	}
	if res, body := b.get("/snapshots?from=" + demo.CutOff + "&to=" + demo.CutOff); res.StatusCode != http.StatusOK || !strings.Contains(body, "完全相同") {
		t.Errorf("a day against itself: status %d", res.StatusCode)
	}
	if res, _ := b.get("/snapshots?from=" + demo.CutOff + "&to=1999-01-01"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a day without snapshots: status %d", res.StatusCode)
	}
	if res, _ := b.get(apiRoot + "/snapshots"); res.StatusCode != http.StatusOK {
		t.Errorf("the API: status %d", res.StatusCode)
	}
	if res, _ := h.as(t, "school").get("/snapshots"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a school reads the district's snapshots: status %d", res.StatusCode)
	}
}

// A workbook goes out, comes back with a cell filled in, and the next report has it; as it
// went out it changes nothing.
func TestReportComesBack(t *testing.T) {
	h := openDistrict(t)
	b := h.as(t, "school")
	_, book := b.get("/report?year=2025&format=xlsx")
	if res, body := b.follow(sendTo(t, b, "/audit", "/report/return", "file", map[string]string{"report.xlsx": book})); res.StatusCode != http.StatusOK || !strings.Contains(body, "没有要写入的内容") || strings.Contains(body, "不能写入") {
		t.Errorf("the workbook as it went out: status %d", res.StatusCode)
	}
	if res, _ := sendTo(t, b, "/audit", "/report/return", "file", map[string]string{"report.csv": "a,b\n1,2\n"}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no workbook of ours: status %d", res.StatusCode)
	}
	cells := `[{"table":"表3 教学资源表","row":"4 专业群数 个","column":"2025年","now":"6"}]`
	form := url.Values{"school": {demo.Centre}, "year": {"2025"}, "cells": {cells}}
	if res, _ := b.submit("/audit", "/report/fill", form); res.StatusCode >= 400 {
		t.Errorf("filling a cell: status %d", res.StatusCode)
	}
	_, body := b.follow(b.get("/report?year=2025"))
	row := regexp.MustCompile(`专业群数</td><td>个</td><td class="num">[^<]*</td><td class="num">([^<]*)<`).FindStringSubmatch(body)
	if row == nil || row[1] != "6" {
		t.Errorf("after filling, the report has %q", row)
	}
	form.Set("cells", `[{"table":"表1 计分卡","row":"1 毕业生人数 人","column":"2025年","now":"6"}]`)
	if res, _ := b.submit("/audit", "/report/fill", form); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a count of the records overwritten: status %d", res.StatusCode)
	}
}
