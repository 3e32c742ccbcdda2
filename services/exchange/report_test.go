package exchange_test

import (
	"bytes"
	"reflect"
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
	var steps []string
	done := -1
	telling := partnership.Telling(ctx, func(step string, permille int) {
		if steps = append(steps, step); permille < done || permille > 700 {
			t.Errorf("%q is told at %d, after %d", step, permille, done)
		}
		done = permille
	})
	tables, err := h.Report(partnership.Within(telling, 0, 700), as["district"], demo.Centre, 2025, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) < 4 || len(slices.Compact(slices.Clone(steps))) != len(steps) || done < 600 {
		t.Errorf("told on the way: %q, the last at %d", steps, done)
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

// What goes out comes back: every table cell for cell, and nothing in it is new. What was
// filled in where something was missing is taken in, and the next report has it.
func TestReport_ComesBack(t *testing.T) {
	h := exchangetest.Empty(t)
	b, err := demo.District(h.Catalogue, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Load(ctx, partnership.Bundle{Schools: b.Schools, Outcomes: b.Outcomes, Published: b.Published, Bases: b.Bases}); err != nil {
		t.Fatal(err)
	}
	for _, of := range []struct{ id, name string }{{"", "全区"}, {demo.Centre, schoolName(b.Schools, demo.Centre)}} {
		tables, err := h.Report(ctx, as["district"], of.id, 2025, false)
		if err != nil {
			t.Fatal(err)
		}
		var book bytes.Buffer
		if err := exchange.WriteReport(&book, of.name+" 2025 年度", tables); err != nil {
			t.Fatal(err)
		}
		_, back, err := exchange.ReadReport(bytes.NewReader(book.Bytes()), "report.xlsx")
		if err != nil {
			t.Fatal(err)
		}
		if len(back) != len(tables) {
			t.Fatalf("%s: %d tables of %d came back", of.name, len(back), len(tables))
		}
		for i, want := range tables {
			want.Key, want.Supplied, want.Columns = "", nil, slices.Clone(want.Columns)
			for j := range want.Columns {
				want.Columns[j].Numeric = false
			}
			for j := range want.Missing {
				want.Missing[j].Column = strings.TrimSpace(want.Missing[j].Column)
			}
			if got := back[i]; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: table %s came back as\n%+v\nwas\n%+v", of.name, want.Title, got, want)
			}
		}
		r, err := h.ReturnReport(ctx, as["district"], bytes.NewReader(book.Bytes()), "report.xlsx")
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Filled)+len(r.Refused) != 0 || r.Same < 500 || r.School != of.id || r.Year != 2025 {
			t.Errorf("%s: the export is not what the platform has: same %d, filled %+v, refused %+v", of.name, r.Same, r.Filled, r.Refused)
		}
	}
}

func schoolName(all []partnership.School, id string) string {
	for _, s := range all {
		if s.ID == id {
			return s.Name
		}
	}
	return ""
}

func TestReport_FilledInIsTakenIn(t *testing.T) {
	h := exchangetest.Small(t)
	own := partnership.Published{School: exchangetest.School, Year: 2025, Table: "cooperation", Item: "合作开发课程", Value: "6", Source: "报告"}
	own.ID = "cooperation-1"
	if err := h.Load(ctx, partnership.Bundle{Published: []partnership.Published{own}}); err != nil {
		t.Fatal(err)
	}
	importText(t, h, "graduates", "学校,毕业年份,专业大类,毕业生数,升学人数,直接就业人数,对口就业人数\n甲职业学校,2025,装备制造大类,100,60,30,25\n", false)
	fill := func(table, row, column, now string) exchange.ReportCell {
		return exchange.ReportCell{Table: table, Row: row, Column: column, Now: now}
	}
	const coop, policy = "产教融合（校企合作）", "表6 落实政策表"
	book := func(cells ...exchange.ReportCell) *bytes.Reader {
		tables, err := h.Report(ctx, as["school"], exchangetest.School, 2025, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			put(t, tables, c)
		}
		var b bytes.Buffer
		if err := exchange.WriteReport(&b, "甲职业学校 2025 年度", tables); err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(b.Bytes())
	}
	returned := func(cells ...exchange.ReportCell) exchange.ReturnedReport {
		r, err := h.ReturnReport(ctx, as["school"], book(cells...), "r.xlsx")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	good := []exchange.ReportCell{fill(coop, "4 校企合作企业数 个", "2025年", "12"), fill(coop, "10 合作开发课程 门", "2025年", "7"), fill(coop, "7 重点项目", "2025年", "市级示范专业"),
		fill("教师培训与企业实践（人天）", "企业实践", "2025年", "492"), fill("升学情况（按途径）", "2025年", "中高贯通", "40"), fill(policy, "2 年生均财政拨款水平 元", "2025年", "15300.50")}
	r := returned(good...)
	if len(r.Filled) != len(good) || len(r.Refused) != 0 {
		t.Fatalf("filled %+v, refused %+v", r.Filled, r.Refused)
	}
	if n, err := h.FillReport(ctx, as["school"], r.School, r.Year, r.Filled); err != nil || n != len(good) {
		t.Fatalf("took in %d: %v", n, err)
	}
	if again := returned(); len(again.Filled) != 0 || again.Same < len(good) {
		t.Errorf("the report after it differs from itself: %+v", again.Filled)
	}
	if same := returned(good...); len(same.Filled) != 0 {
		t.Errorf("the same workbook once more brings %+v", same.Filled)
	}

	for name, tc := range map[string]struct {
		cell exchange.ReportCell
		why  string
	}{
		"a count of the records":  {fill("毕业生直接就业与对口情况（按年度、专业类）", "2025年 合计", "直接就业人数", "31"), "平台按登记的数据算出"},
		"no number":               {fill(coop, "4 校企合作企业数 个", "2025年", "十二家"), "须是数字"},
		"half a company":          {fill(coop, "4 校企合作企业数 个", "2025年", "12.5"), "须是整数"},
		"more than all":           {fill("表2 满意度调查表", "10 家长满意度 %", "2025年", "101"), "不能超过 100"},
		"what only imports bring": {fill("在校生情况（按专业）", "合计", "2025年 在校生数", "900"), "请导入"},
	} {
		t.Run(name, func(t *testing.T) {
			r := returned(tc.cell)
			if len(r.Filled) != 0 || len(r.Refused) != 1 || !strings.Contains(r.Refused[0].Why, tc.why) {
				t.Errorf("filled %+v, refused %+v, want a refusal with %q", r.Filled, r.Refused, tc.why)
			}
			if _, err := h.FillReport(ctx, as["school"], exchangetest.School, 2025, []exchange.ReportCell{tc.cell}); err == nil {
				t.Error("it was taken in")
			}
		})
	}
	t.Run("two tables that disagree", func(t *testing.T) {
		_, err := h.FillReport(ctx, as["school"], exchangetest.School, 2025, []exchange.ReportCell{
			fill(coop, "6 企业提供的实践教学设备总值 万元", "2025年", "100"), fill(policy, "14 企业提供的校内实践教学设备值 万元", "2025年", "90")})
		if !strings.Contains(errText(err), "两处要一致") {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("another school", func(t *testing.T) {
		_, err := h.ReturnReport(ctx, as["school2"], book(), "r.xlsx")
		kindIs(t, err, partnership.ErrNotFound)
		_, err = h.FillReport(ctx, as["school2"], exchangetest.School, 2025, good)
		kindIs(t, err, partnership.ErrNotFound)
	})
	t.Run("no report", func(t *testing.T) {
		_, err := h.ReturnReport(ctx, as["school"], strings.NewReader("a,b\n1,2\n"), "x.csv")
		if !strings.Contains(errText(err), "待补") {
			t.Errorf("error = %v", err)
		}
	})
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// put writes into the cell that a table names by its leading texts and heading.
func put(t *testing.T, tables []rates.Table, c exchange.ReportCell) {
	t.Helper()
	for i := range tables {
		tb := &tables[i]
		for _, row := range tb.Rows {
			for j, col := range tb.Columns {
				var lead []string
				for k, o := range tb.Columns {
					if !o.Numeric {
						lead = append(lead, row[k])
					}
				}
				if tb.Title == c.Table && strings.TrimSpace(strings.Join(lead, " ")) == c.Row && strings.TrimSpace(col.Group+" "+col.Header) == c.Column {
					row[j] = c.Now
					return
				}
			}
		}
	}
	t.Fatalf("no cell %+v", c)
}
