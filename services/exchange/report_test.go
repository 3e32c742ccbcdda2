package exchange_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/sheets"
)

func TestReport_FilledFromTheData(t *testing.T) {
	h := exchangetest.Empty(t)
	b, err := demo.District(h.Catalogue, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Load(ctx, partnership.Bundle{Schools: b.Schools, Outcomes: b.Outcomes, Published: b.Published, Bases: b.Bases}); err != nil {
		t.Fatal(err)
	}
	tables, err := h.Report(ctx, as["district"], demo.Centre, 2025, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 12 {
		t.Fatalf("%d tables", len(tables))
	}
	var book bytes.Buffer
	if err := exchange.WriteReport(&book, "职教中心 2025 年度", tables); err != nil {
		t.Fatal(err)
	}
	grids, err := sheets.Grids(&book, "report.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if len(grids) != len(tables)+1 {
		t.Errorf("%d sheets for %d tables and the list of missing cells", len(grids), len(tables))
	}
	row := func(sheet string, want ...string) {
		t.Helper()
		for _, g := range grids {
			if !strings.Contains(g.Name, sheet) {
				continue
			}
			for _, r := range g.Cells {
				if slices.ContainsFunc(r, func(c string) bool { return c == want[0] }) && !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(r, w) }) {
					return
				}
			}
		}
		t.Errorf("no row of %s holds %v", sheet, want)
	}
	row("直接就业", "2025年", "合计", "2125", "514", "24.19", "439", "85.41")
	row("直接就业", "2025年", "加工制造类", "512", "153", "29.88", "137", "89.54")
	row("毕业生与升学", "信息技术类", "478", "416", "87.03")
	row("产教融合", "校企合作企业数", "63")
	row("待补", "双师型教师比例", "学校")

	t.Run("another school reads nothing of it", func(t *testing.T) {
		_, err := h.Report(ctx, as["school"], demo.Centre, 2025, false)
		kindIs(t, err, partnership.ErrNotFound)
	})
	t.Run("for the public small groups are hidden", func(t *testing.T) {
		public, err := h.Report(ctx, as["district"], demo.Centre, 2025, true)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(public, func(tb rates.Table) bool {
			return slices.ContainsFunc(tb.Rows, func(r []string) bool { return slices.Contains(r, "*") })
		}) {
			t.Error("no cell is hidden in the published report")
		}
	})
}
