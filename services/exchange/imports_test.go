package exchange_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
)

func importText(t *testing.T, h *exchangetest.House, kind, text string, partial bool) exchange.ImportReport {
	t.Helper()
	r, err := h.Import(ctx, as["operator"], exchange.ImportRequest{Kind: kind, File: kind + ".csv", Body: strings.NewReader(text), Partial: partial})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestImport_OneBadRowWritesNothing(t *testing.T) {
	h := exchangetest.Small(t)
	text := "学校,毕业年份,专业大类,毕业生数,升学人数,直接就业人数,对口就业人数\n" +
		"甲职业学校,2026,装备制造大类,100,60,30,25\n" +
		"甲职业学校,2026,教育与体育大类,50,20,10,12\n"
	r := importText(t, h, "graduates", text, false)
	if r.Rows != 2 || r.BadRows != 1 || r.Written != 0 || len(r.Problems) != 1 {
		t.Fatalf("report = %+v", r)
	}
	if got := r.Problems[0].String(); !strings.HasPrefix(got, "graduates.csv:3: 对口就业人数: ") {
		t.Errorf("problem = %q, want file:line: column: …", got)
	}
	figures, err := h.Rates(ctx, as["operator"], exchange.RateQuery{Year: 2026, By: exchange.BySchool, Live: true})
	if err != nil || len(figures) != 0 {
		t.Errorf("figures after a refused file = %v (%v)", figures, err)
	}
	if r := importText(t, h, "graduates", text, true); r.Written != 1 {
		t.Errorf("partial: written %d, want 1", r.Written)
	}
}

func TestImport_GraduatesSumUpAndRepeat(t *testing.T) {
	h := exchangetest.Small(t)
	text := "school,year,category,graduates,progressed,direct_employed,aligned\n甲职业学校,2026,装备制造大类,100,60,30,25\n甲职业学校,2026,教育与体育大类,50,20,10,8\n"
	body, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same file again changes nothing
		importText(t, h, "graduates", body, false)
		all, err := h.Rates(ctx, as["operator"], exchange.RateQuery{Year: 2026, By: exchange.BySchool, Live: true})
		if err != nil {
			t.Fatal(err)
		}
		if f := find(all, "direct_employment", "甲职业学校", 2026); f == nil || f.Numerator != 40 || f.Denominator != 150 || f.Percent != "26.67" {
			t.Errorf("school's direct employment = %+v, want 40/150", f)
		}
	}
}

func TestImport_CompaniesAcrossSpellings(t *testing.T) {
	h := exchangetest.Small(t)
	r := importText(t, h, "companies", "企业名称,所在区县\n重庆渝瀚电子科技有限公司,荣昌区\n重庆瑜瀚电子科技有限公司,荣昌区\n重庆市甲精密机械有限公司,荣昌区\n重庆全新食品有限公司,荣昌区\n", false)
	if len(r.Problems) != 0 {
		t.Fatalf("problems: %v", r.Problems)
	}
	said := strings.Join(r.Duplicates, "\n")
	if !strings.Contains(said, "瑜瀚") || !strings.Contains(said, "甲精密机械") || strings.Contains(said, "全新食品") {
		t.Errorf("duplicates offered:\n%s", said)
	}
}

func TestImport_UnknownMajorNamesTheNearest(t *testing.T) {
	h := exchangetest.Small(t)
	r := importText(t, h, "cohorts", "班级名称,学校,专业代码,入学年份,人数,开始日期,结束日期\n数控1班,甲职业学校,660130,2024,30,2027-03-01,2027-08-31\n", false)
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].String(), "660103") {
		t.Errorf("problems = %v, want the nearest valid codes named", r.Problems)
	}
}

func TestImport_PostsNeedTheirCompany(t *testing.T) {
	h := exchangetest.Small(t)
	head := "岗位名称,企业名称,招收人数,开始日期,结束日期,岗位职责\n"
	if r := importText(t, h, "posts", head+"数控车工,没有这家公司,3,2027-03-01,2027-08-31,操作数控车床\n", false); len(r.Problems) != 1 || r.Written != 0 {
		t.Errorf("report = %+v, want the company refused", r)
	}
	if r := importText(t, h, "posts", head+"数控车工,重庆甲精密机械有限公司,3,2027-03-01,2027-08-31,操作数控车床\n", false); r.Written != 1 || len(r.Problems) != 0 {
		t.Errorf("report = %+v, want one post written", r)
	}
}
