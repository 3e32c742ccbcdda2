package rates_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sunmao/services/rates"
	"sunmao/services/rates/audit"
)

var update = flag.Bool("update", false, "write docs/rates.md anew")

// docs/rates.md is printed from the definitions; when it is stale, run
//
//	go test ./services/rates -run TestDocs -update
func TestDocsAreCurrent(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "rates.md")
	want := docs()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/rates.md is stale: run go test ./services/rates -run TestDocs -update")
	}
}

func docs() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p(`# 指标口径与核对 Rates and the audit of published tables

This page is printed from the definitions in services/rates (go test ./services/rates -run TestDocs -update); edit them, not it.

## Rounding 舍入

Percents and averages are computed in whole numbers (128-bit where needed), rounded half up to two decimals. No rate is
computed for a group of nobody: it is empty, not zero. Numerator, denominator, definition version and cut-off day (截止日期)
always stand beside the figure; figures are comparable only if key and version agree.

## Definitions 指标

| key | 名称 | 分子 | 分母 | 不计 | 单位 | 版本 |
|---|---|---|---|---|---|---|
`)
	for _, d := range rates.Definitions() {
		p("| `%s` | %s | %s | %s | %s | %s | %s |\n", d.Key, d.Name, d.Numerator, d.Denominator, d.Exclusions, d.Unit, d.Version)
	}
	p("\n### Why, source and scope 为什么、来源、适用\n\n")
	for _, d := range rates.Definitions() {
		p("- `%s` %s。来源：%s。适用：%s。截止：%s。\n", d.Key, strings.TrimSuffix(d.Why, "。"), d.Source, d.Scope, d.CutOff)
	}
	p(`
Alignment 对口 is decided from codes, with the table's version and the reason kept per outcome; what a school labels and what
graduates answer are two other methods with rates of their own, never mixed in. An internship (实习、见习) is never counted as
employment: such a person stays among those without a destination.

## Small groups 小组隐藏

A rate is hidden in shared views if its denominator is 1 to %d people, in publications if it is 1 to %d. Further cells are
hidden (complementary suppression) until no hidden cell follows from the visible ones by any combination of the sums a
reader knows (schools of the district, categories and majors of a school, years), and until the hidden part of a visible total is
itself no small group. Each rate is judged by its own denominator. Hidden cells look alike, whatever hid them.

## Snapshots 快照

One snapshot per scope and day, with a SHA-256 digest of its content: the same data of that day give the same digest again.
Comparing two says in words what moved, appeared, vanished, or is no longer comparable because a definition changed. The page 指标快照
(/snapshots) lists the days, compares two and counts any day again; a snapshot changed behind the platform's back is named.

## From a figure to its rows 数字背后的记录

Every figure on the dashboard and the rates page opens /rows: what is in the numerator, what in the denominator only, what is left out, and why.
A hidden figure stays shut. A school reads its own students by number and masked name, and an export of them asks for a reason that is logged;
others read codes that hold within one figure only. /report prints all report tables with who can supply what is missing, and /report/check
runs the audit over them before they are published.

The workbook of a report comes back: on /report, or by `+"`"+`sunmao import report FILE.xlsx`+"`"+`. Read back, its tables are the report's tables cell
for cell, so the export imported again changes nothing. Cells that were missing and have been filled in are taken in where the school supplies
them itself (reported items, training days, 升学 by road); what the platform counts from its records is refused, with the reason. The lists'
exports (企业, 岗位, 班级批次, 基地, 订单班, 学生名册) imported again leave every row unchanged.

/dashboard answers for a year, the district, a school or one group; what is asked stands in its address, which can be saved under a name, and its
Excel holds a sheet for each question of the page with the rows shown. Schools and groups are set against the district's own figure, never against
a mean of groups. /charts draws the flow from majors to industries (kept with the snapshot of the industries; flows that could be worked out from the
totals stand together), open slots against students by month, the places of schools, companies and bases, and the promises of order classes.
Pictures are drawn from the tables under them.

## Audit 核对已公布的表

On the page 核对公布的数据 (/audit; API: POST /api/v1/audit) files are dropped or chosen, checked in memory, shown worst first and given
back as CSV or Excel; the files are not kept, what was found is for a week and for this person only. No script is needed. On the command line,
`+"`sunmao audit FILE…`"+` reads .csv and .xlsx tables, long or wide, and the report's text as .txt; files given together are held against
one another. It prints table, row, column, published, recomputed, kind, explanation, worst first. A value that is right at the
precision it is printed with is silent, whether rounded half up or half to even; truncation is told apart.

| kind | 名称 | 含义 |
|---|---|---|
`, rates.SharedMinimum-1, rates.PublicationMinimum-1)
	for _, k := range audit.Kinds() {
		p("| %s | %s | %s |\n", k.Kind, k.Name, k.Means)
	}
	p(`
How it decides:

- A rate column is tied to counts by the definitions above, by its name (双师型教师占专业课教师比例, 合格率 of 合格人数), or by the pair of
  count columns that explains at least 60 %% of three or more of its rows. Columns it cannot tie are left alone.
- One wrong number gives one finding. Where a total, a row and a rate disagree, the cell that puts all of them right is named.
- A divisor is named only if it stands in the table, or if it is the only whole number within 10 %% of the right one that gives the
  printed value and meeting it by chance is unlikely (under 15 %%, or one digit off: 442 for 422).
- A share that no whole number of people gives is reported only where the number of people is printed and the column does not hold
  mean scores.
- People without a destination are reported only if in another year nobody, or less than nobody, was left over.
- Two spellings are reported for firms whose names differ in one character or in 市, 有限公司; and for rows of two lists that are otherwise alike.
`)
	return b.Bytes()
}
