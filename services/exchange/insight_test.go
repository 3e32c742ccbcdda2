package exchange_test

import (
	"fmt"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// A snapshot with industries and no flows says so, so that the page can tell what to do.
func TestInsight_WithoutFlows(t *testing.T) {
	for _, c := range []struct {
		name, category string
		without        bool
	}{
		{"classes recorded", "装备制造大类", false},
		{"no class recorded, as in a snapshot that kept none", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := exchangetest.Small(t)
			for i := range 12 {
				o := graduate(fmt.Sprint(i), c.category, partnership.Employed)
				o.Employer, o.Industry = "某公司", "3525"
				if err := h.RecordOutcome(ctx, o); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := h.RefreshRates(ctx, partnership.Day(h.Clock.Now())); err != nil {
				t.Fatal(err)
			}
			in, err := h.Insight(ctx, as["district"], exchange.DashboardQuery{Year: 2026})
			if err != nil {
				t.Fatal(err)
			}
			if in.WithoutFlows != c.without || (len(in.Flows) > 0) == c.without {
				t.Errorf("without flows %v, %d flows; want without %v", in.WithoutFlows, len(in.Flows), c.without)
			}
		})
	}
}
