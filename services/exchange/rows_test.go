package exchange_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/rates"
)

// Behind every figure of the demo district stand rows that add up to it.
func TestRowsAddUpToEveryFigure(t *testing.T) {
	h := exchangetest.Empty(t)
	b, err := demo.District(h.Catalogue, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Load(ctx, b); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RefreshRates(ctx, demo.CutOff); err != nil {
		t.Fatal(err)
	}
	op := partnership.System("test")
	opened := map[string]int{}
	for _, g := range exchange.Groupings() {
		all, err := h.Rates(ctx, op, exchange.RateQuery{By: g[0]})
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range all {
			d, _ := rates.Find(f.Rate)
			if i%(len(all)/9+1) != 0 || d.Kind() == rates.Median || strings.HasPrefix(f.Rate, "major_industry_match_s") {
				continue
			}
			var num, den int64
			rows := readRows(t, h, op, exchange.RowsQuery{Rate: f.Rate, By: f.By, School: f.School, Group: f.Group, Year: f.Year})
			for _, r := range rows {
				num, den = num+r.Num, den+r.Den
				if r.Why == "" {
					t.Errorf("%s %s %d: a row without a reason: %+v", f.Rate, f.Group, f.Year, r)
				}
			}
			if d.Kind() == rates.Mean && d.OfOutcomes() {
				num = f.Numerator // a sum of pay, not of people
			}
			if num != f.Numerator || den != f.Denominator {
				t.Errorf("%s by %s, %s %d: %d rows give %d/%d, the figure is %d/%d", f.Rate, f.By, f.Group, f.Year, len(rows), num, den, f.Numerator, f.Denominator)
			}
			opened[f.By]++
		}
	}
	for _, g := range exchange.Groupings() {
		if opened[g[0]] == 0 {
			t.Errorf("no figure by %s was opened", g[0])
		}
	}
}

func readRows(t *testing.T, h *exchangetest.House, actor partnership.Actor, q exchange.RowsQuery) []exchange.FigureRow {
	t.Helper()
	q.Page = exchange.AllRows
	r, err := h.Rows(ctx, actor, q)
	if err != nil {
		t.Fatalf("rows of %+v: %v", q, err)
	}
	return r.Rows
}

// What a reader may not see in the figures he cannot have from their rows either.
func TestRowsKeepToWhatMayBeSeen(t *testing.T) {
	h := exchangetest.Small(t)
	put := func(school, category, employer string, d partnership.Direction, n int) {
		t.Helper()
		for i := range n {
			o := partnership.Outcome{School: school, Year: 2026, Category: category, Student: fmt.Sprint(category, employer, d, i), Direction: d, Employer: employer, Industry: "C3484"}
			o.ID = h.Store.NewID()
			if err := h.Load(ctx, partnership.Bundle{Outcomes: []partnership.Outcome{o}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(exchangetest.School, "装备制造大类", "某厂", partnership.Employed, 9)
	put(exchangetest.School, "装备制造大类", "", partnership.Progress, 9)
	put(exchangetest.School, "旅游大类", "某店", partnership.Employed, 3)
	put(exchangetest.School, "旅游大类", "", partnership.Progress, 8)
	put(exchangetest.School2, "装备制造大类", "某厂", partnership.Employed, 7)
	put(exchangetest.School2, "装备制造大类", "小厂", partnership.Employed, 6)
	put(exchangetest.School2, "装备制造大类", "", partnership.Progress, 9)
	whole := exchange.RowsQuery{Rate: "direct_employment", By: exchange.ByDistrict, Year: 2026}
	category := func(rate, name string) exchange.RowsQuery {
		return exchange.RowsQuery{Rate: rate, By: exchange.ByCategory, School: exchangetest.School, Group: name, Year: 2026}
	}
	t.Run("a hidden figure stays shut", func(t *testing.T) {
		_, err := h.Rows(ctx, as["district"], category("alignment", "旅游大类"))
		kindIs(t, err, partnership.ErrForbidden)
		if rows := readRows(t, h, as["school"], category("alignment", "旅游大类")); len(rows) != 11 {
			t.Errorf("the school itself reads %d rows, want its 3 employed and 8 left out", len(rows))
		}
	})
	t.Run("the district reads no more of a person than the figure says", func(t *testing.T) {
		for _, r := range readRows(t, h, as["district"], whole) {
			if r.ID+r.Number+r.Cohort+r.Major+r.Direction+r.Employer+r.Region != "" || r.PayFen != 0 || len(r.AlignWhy) > 0 {
				t.Errorf("a row of the district says %+v", r)
			}
			if r.Code == "" || r.Why == "" {
				t.Errorf("a row without code or reason: %+v", r)
			}
		}
	})
	t.Run("a row has another code in every figure", func(t *testing.T) {
		seen := map[string]bool{}
		for _, r := range readRows(t, h, as["district"], whole) {
			seen[r.Code] = true
		}
		for _, r := range readRows(t, h, as["district"], exchange.RowsQuery{Rate: "alignment", By: exchange.ByCompany, Group: "某厂", Year: 2026}) {
			if seen[r.Code] {
				t.Errorf("code %s is met again", r.Code)
			}
		}
	})
	t.Run("a school reads its own rows and the number of the others", func(t *testing.T) {
		r, err := h.Rows(ctx, as["school2"], whole)
		if err != nil || r.Total != 22 || r.Others != 29 {
			t.Errorf("%d rows and %d others (%v), want 22 and 29", r.Total, r.Others, err)
		}
		for _, row := range r.Rows {
			if row.Number == "" || row.School != "乙技工学校" {
				t.Errorf("its own row reads %+v", row)
			}
		}
	})
	t.Run("another school's figure does not exist", func(t *testing.T) {
		_, err := h.Rows(ctx, as["school2"], category("direct_employment", "装备制造大类"))
		kindIs(t, err, partnership.ErrNotFound)
	})
	t.Run("schools are named only where each one's share is shown", func(t *testing.T) {
		for _, r := range readRows(t, h, as["district"], whole) {
			if r.School == "" {
				t.Errorf("both schools have many, and a row names none: %+v", r)
			}
		}
		for _, r := range readRows(t, h, as["district"], exchange.RowsQuery{Rate: "alignment", By: exchange.ByCompany, Group: "某厂", Year: 2026}) {
			if r.School != "" {
				t.Errorf("how one school's graduates spread over firms is its own matter: %+v", r)
			}
		}
	})
	t.Run("one part only", func(t *testing.T) {
		q := whole
		q.Part = "numerator"
		if rows := readRows(t, h, as["district"], q); len(rows) != 25 {
			t.Errorf("%d rows in the numerator, want 25", len(rows))
		}
		q.Part = "none"
		var bad partnership.Invalid
		if _, err := h.Rows(ctx, as["district"], q); !errors.As(err, &bad) {
			t.Errorf("an unknown part gives %v", err)
		}
	})
	t.Run("no such figure", func(t *testing.T) {
		for _, q := range []exchange.RowsQuery{{Rate: "nothing", By: exchange.ByDistrict, Year: 2026}, {Rate: "direct_employment", By: exchange.ByDistrict, Year: 1999}, category("direct_employment", "没有的类")} {
			_, err := h.Rows(ctx, as["district"], q)
			kindIs(t, err, partnership.ErrNotFound)
		}
	})
}
