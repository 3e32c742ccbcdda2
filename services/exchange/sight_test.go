package exchange_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// Two districts on one platform: what each reads as 全区 is its own schools, from snapshots as
// from the data now; the other's schools are not there, by list, by page or by row.
func TestFiguresStayInTheirDistrict(t *testing.T) {
	h := exchangetest.Small(t)
	far := partnership.School{Name: "江北职业学校", Short: "江北职校", Kind: "中职", Region: "500105"}
	far.ID = "school-far"
	if err := h.Load(ctx, partnership.Bundle{Schools: []partnership.School{far}}); err != nil {
		t.Fatal(err)
	}
	importText(t, h, "graduates", "学校,毕业年份,专业大类,毕业生数,升学人数,直接就业人数,对口就业人数\n"+
		"甲职业学校,2025,装备制造大类,100,60,30,25\n江北职业学校,2025,装备制造大类,200,100,90,80\n", false)
	far2 := partnership.Actor{Account: "far", Role: partnership.RoleDistrict, Region: "500105"}
	city := partnership.Actor{Account: "city", Role: partnership.RoleDistrict, Region: "500100"}
	farSchool := partnership.Actor{Account: "fs", Role: partnership.RoleSchool, Party: far.ID, Region: "500105"}
	if _, err := h.RefreshRates(ctx, "2026-11-20"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		actor   partnership.Actor
		n, d    int64
		schools []string
	}{
		{"this district", as["district"], 30, 100, []string{exchangetest.School}},
		{"the other district", far2, 90, 200, []string{far.ID}},
		{"the city around both", city, 120, 300, []string{exchangetest.School, far.ID}},
		{"the operator", as["operator"], 120, 300, []string{exchangetest.School, far.ID}},
		{"a school beside the other", farSchool, 90, 200, []string{far.ID}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, live := range []bool{false, true} {
				all, err := h.Rates(ctx, tc.actor, exchange.RateQuery{Year: 2025, By: exchange.ByDistrict, Live: live})
				if err != nil {
					t.Fatal(err)
				}
				f := find(all, "direct_employment", "全区", 2025)
				if f == nil || f.Numerator != tc.n || f.Denominator != tc.d {
					t.Errorf("live %v: the district's direct employment = %+v, want %d/%d", live, f, tc.n, tc.d)
				}
				own, err := h.Rates(ctx, tc.actor, exchange.RateQuery{Year: 2025, By: exchange.BySchool, Live: live})
				if err != nil {
					t.Fatal(err)
				}
				var schools []string
				for _, f := range own {
					if f.Rate == "direct_employment" && !slices.Contains(schools, f.School) {
						schools = append(schools, f.School)
					}
				}
				slices.Sort(schools)
				want := slices.Sorted(slices.Values(tc.schools))
				if !slices.Equal(schools, want) {
					t.Errorf("live %v: schools %v, want %v", live, schools, want)
				}
			}
			d, err := h.Dashboard(ctx, tc.actor, exchange.DashboardQuery{Year: 2025})
			if err != nil {
				t.Fatal(err)
			}
			if f := d.Mean("direct_employment"); f == nil || f.Denominator != tc.d {
				t.Errorf("the dashboard's district = %+v, want %d graduates", f, tc.d)
			}
			rows, err := h.Rows(ctx, tc.actor, exchange.RowsQuery{Rate: "direct_employment", By: exchange.ByDistrict, Year: 2025, Page: exchange.AllRows})
			if err != nil {
				t.Fatal(err)
			}
			var people int64
			for _, r := range rows.Reasons {
				people += r.People
			}
			if people != tc.d {
				t.Errorf("the rows behind it are of %d people, want %d", people, tc.d)
			}
		})
	}
	t.Run("the other's school is not there", func(t *testing.T) {
		_, byRate := h.Rates(ctx, far2, exchange.RateQuery{Year: 2025, School: exchangetest.School})
		_, byPage := h.Dashboard(ctx, far2, exchange.DashboardQuery{School: exchangetest.School})
		_, byRow := h.Rows(ctx, far2, exchange.RowsQuery{Rate: "direct_employment", By: exchange.BySchool, School: exchangetest.School, Year: 2025})
		_, byReport := h.Report(ctx, far2, exchangetest.School, 2025, false)
		for what, err := range map[string]error{"rates": byRate, "dashboard": byPage, "rows": byRow, "report": byReport} {
			if !errors.Is(err, partnership.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
	t.Run("a district's report is its own", func(t *testing.T) {
		tables, err := h.Report(ctx, far2, "", 2025, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, tb := range tables {
			for _, row := range tb.Rows {
				if strings.Contains(strings.Join(row, " "), "甲职业学校") {
					t.Errorf("%s names a school of another district: %v", tb.Title, row)
				}
				if tb.Key == "progression" && row[0] == "2025年" && row[1] != "200" {
					t.Errorf("graduates of the district = %s, want 200", row[1])
				}
			}
		}
	})
}
