package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// A stored figure that somebody changed behind the platform's back is named by the check,
// and two days are compared in words.
func TestTamperedSnapshotIsNoticed(t *testing.T) {
	h := exchangetest.Small(t)
	op := partnership.System("test")
	days := [2]string{}
	for n := range days {
		for i := range 20 {
			if err := h.RecordOutcome(ctx, graduate(fmt.Sprint(n, "-", i), "装备制造大类", []partnership.Direction{partnership.Employed, partnership.Progress}[n])); err != nil {
				t.Fatal(err)
			}
		}
		days[n] = partnership.Day(h.Clock.Now())
		h.Clock.Move(24 * time.Hour)
		if _, err := h.RefreshRates(ctx, days[n]); err != nil {
			t.Fatal(err)
		}
	}
	changes, err := h.CompareDays(ctx, op, days[0], days[1])
	if err != nil || len(changes) == 0 {
		t.Errorf("nothing changed between %v: %v", days, err)
	}
	if r, err := h.RecheckRates(ctx, op, days[1]); err != nil || len(r.Differences) > 0 || r.Figures == 0 {
		t.Fatalf("untouched snapshots: %+v, %v", r, err)
	}
	snapshots := store.Open[partnership.Snapshot](store.New(h.Backend, h.Clock.Now), store.Spec{Name: "snapshots"})
	id := "district/district|" + days[1]
	if _, err := snapshots.Edit(ctx, id, func(s *partnership.Snapshot) error {
		s.Groups[0].Figures[0].Numerator++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	r, err := h.RecheckRates(ctx, op, days[1])
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(r.Differences, "\n")
	if !strings.Contains(text, id) || !strings.Contains(text, "被改动过") || !strings.Contains(text, "存的与重算的不同") {
		t.Errorf("a changed snapshot: %q", text)
	}
}
