package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

func graduate(id, category string, d partnership.Direction) partnership.Outcome {
	o := partnership.Outcome{School: exchangetest.School, Year: 2026, Category: category, Student: id, Direction: d}
	o.ID = "out-" + id
	return o
}

// A snapshot can be counted again from the data of its day, whatever was recorded, changed
// or added since; the next day's says what changed.
func TestSnapshotsAreCountedAgain(t *testing.T) {
	h := exchangetest.Small(t)
	op := partnership.System("test")
	record := func(o partnership.Outcome) {
		t.Helper()
		if err := h.RecordOutcome(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	refresh := func(day string) string {
		t.Helper()
		words, err := h.RefreshRates(ctx, day)
		if err != nil {
			t.Fatal(err)
		}
		return words
	}
	rate := func(day, key string) string {
		t.Helper()
		all, err := h.Rates(ctx, op, exchange.RateQuery{Year: 2026, School: exchangetest.School, By: exchange.BySchool, Day: day})
		if err != nil {
			t.Fatal(err)
		}
		if f := find(all, key, "甲职业学校", 2026); f != nil {
			return fmt.Sprintf("%d/%d %s", f.Numerator, f.Denominator, f.Percent)
		}
		return "none"
	}
	for i := range 40 {
		d := partnership.Employed
		if i >= 30 {
			d = partnership.Searching
		}
		record(graduate(fmt.Sprint(i), "装备制造大类", d))
	}
	first := partnership.Day(h.Clock.Now())
	h.Clock.Move(24 * time.Hour)
	refresh(first)
	if got := rate(first, "direct_employment"); got != "30/40 75.00" {
		t.Fatalf("on the first day %s, want 30/40", got)
	}
	second := partnership.Day(h.Clock.Now())
	record(graduate("35", "装备制造大类", partnership.Employed)) // found a job
	record(graduate("0", "装备制造大类", partnership.Progress))  // was recorded wrongly
	record(graduate("1", "装备制造大类", partnership.Employed))  // says the same
	record(graduate("40", "装备制造大类", partnership.Enlisted)) // is new
	h.Clock.Move(24 * time.Hour)
	record(graduate("2", "装备制造大类", partnership.Progress)) // belongs to the third day
	words := refresh(second)
	if got := rate(second, "direct_employment"); got != "31/41 75.61" {
		t.Errorf("on the second day %s, want 31/41: what was recorded after midnight is not in it", got)
	}
	if want := "2026年 甲职业学校 直接就业率：由 75.00%（30/40） 变为 75.61%（31/41）（分子+1，分母+1）"; !strings.Contains(words, want) {
		t.Errorf("the job says %q, want %q in it", words, want)
	}
	if got := rate(first, "direct_employment"); got != "30/40 75.00" {
		t.Errorf("the first day's figure is now %s", got)
	}
	if got := refresh(second); !strings.Contains(got, "新写 0 份") || strings.Contains(got, "数据已有变动") {
		t.Errorf("run again: %q", got)
	}
	for _, day := range []string{first, second} {
		r, err := h.RecheckRates(ctx, op, day)
		if err != nil || len(r.Differences) > 0 || r.Figures == 0 {
			t.Errorf("%s counted again: %+v, %v; want no difference", day, r, err)
		}
	}
	t.Run("a day on which nothing changed keeps no second copy", func(t *testing.T) {
		h.Clock.Move(48 * time.Hour)
		third := partnership.Day(h.Clock.Now().AddDate(0, 0, -2))
		refresh(third)
		fourth := partnership.Day(h.Clock.Now().AddDate(0, 0, -1))
		if words := refresh(fourth); strings.Contains(words, "处变化") {
			t.Errorf("the job says %q, although nothing changed", words)
		}
		if got := rate(fourth, "direct_employment"); got != rate(third, "direct_employment") || got == "none" {
			t.Errorf("figure of the fourth day %s", got)
		}
		r, err := h.RecheckRates(ctx, op, fourth)
		if err != nil || len(r.Differences) > 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("the days are listed", func(t *testing.T) {
		days, err := h.SnapshotDays(ctx, as["district"], 10)
		if err != nil || len(days) != 4 || days[3].Day != first || len(days[2].Changed) == 0 {
			t.Errorf("days %+v, %v", days, err)
		}
		_, err = h.SnapshotDays(ctx, as["school"], 10)
		kindIs(t, err, partnership.ErrForbidden)
	})
	t.Run("a day without snapshots is not found", func(t *testing.T) {
		_, err := h.RecheckRates(ctx, op, "2020-01-01")
		kindIs(t, err, partnership.ErrNotFound)
	})
}

// What posts, classes and schools count is overwritten; a snapshot of before still counts
// again to the same.
func TestSnapshotsOfWhatIsOverwritten(t *testing.T) {
	h := exchangetest.Small(t)
	if err := h.RecordOutcome(ctx, graduate("1", "装备制造大类", partnership.Employed)); err != nil {
		t.Fatal(err)
	}
	class, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控一班", 40))
	if err != nil {
		t.Fatal(err)
	}
	first := partnership.Day(h.Clock.Now())
	h.Clock.Move(24 * time.Hour)
	if _, err := h.RefreshRates(ctx, first); err != nil {
		t.Fatal(err)
	}
	class.Size = 44
	if _, err := h.SaveCohort(ctx, as["school"], class); err != nil {
		t.Fatal(err)
	}
	second := partnership.Day(h.Clock.Now())
	h.Clock.Move(24 * time.Hour)
	words, err := h.RefreshRates(ctx, second)
	if err != nil || !strings.Contains(words, "岗位实习覆盖率：由 0.00%（0/40） 变为 0.00%（0/44）（分子+0，分母+4）") {
		t.Errorf("the job says %q (%v)", words, err)
	}
	for _, day := range []string{first, second} {
		if r, err := h.RecheckRates(ctx, partnership.System("test"), day); err != nil || len(r.Differences) > 0 {
			t.Errorf("%s counted again: %+v, %v", day, r, err)
		}
	}
}
