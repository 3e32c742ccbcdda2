package exchange_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// Many cohorts of two schools want the same workstations at the same instant, on two nodes:
// never more is booked than there is, and who loses is told.
func TestBase_ConcurrentBookings(t *testing.T) {
	h := withRoster(t, 5)
	node := h.Again(t)
	if _, err := h.SaveCohort(ctx, as["school2"], exchangetest.Class("乙校数控班", 20)); err != nil {
		t.Fatal(err)
	}
	base, err := h.SaveBase(ctx, as["school"], partnership.TrainingBase{Name: "数控实训中心", Kind: "校内", Level: "市级", Majors: []string{"660103"}, Workstations: 30, OpenToOthers: true, OpenSeats: 12})
	if err != nil {
		t.Fatal(err)
	}
	cohort := map[string]string{}
	for _, who := range []string{"school", "school2"} {
		found, _, err := h.Cohorts(ctx, as[who], exchange.List{Limit: 10})
		if err != nil || len(found) == 0 {
			t.Fatal(err)
		}
		cohort[who] = found[0].ID
	}
	k := partnership.BaseBooking{Subject: "车工实训", Seats: 5, From: "2026-11-23", To: "2027-01-15", Weekdays: []int{1, 3}, Parts: []string{partnership.Morning}}
	var wg sync.WaitGroup
	var won [2]atomic.Int64
	for i := range 24 {
		wg.Go(func() {
			who, x := "school", h.Exchange
			if i%2 == 1 {
				who, x = "school2", node.Exchange
			}
			one := k
			one.Cohort = cohort[who]
			_, err := x.BookBase(ctx, as[who], base.ID, one)
			if err == nil {
				won[i%2].Add(1)
				return
			}
			kindIs(t, err, partnership.ErrConflict)
		})
	}
	wg.Wait()
	v, err := h.Base(ctx, as["school"], base.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := won[0].Load() + won[1].Load(); n != 6 || won[1].Load() > 2 || len(v.Bookings) != 6 || v.Weeks[1].Peak != 30 || v.Weeks[1].Left != 0 {
		t.Errorf("30 workstations, 12 open: %d bookings of 5 went in, %d of them others'; peak %d", n, won[1].Load(), v.Weeks[1].Peak)
	}
	if won[1].Load() > 0 {
		theirs, err := h.Base(ctx, as["school2"], base.ID, 0)
		if err != nil || len(theirs.Bookings) != int(won[1].Load()) || theirs.Bookings[0].State != partnership.BookingAsked {
			t.Fatalf("the other school sees %+v, %v", theirs.Bookings, err)
		}
		id := theirs.Bookings[0].ID
		_, err = h.ActBooking(ctx, as["school2"], base.ID, 0, id, "confirm", "")
		kindIs(t, err, partnership.ErrForbidden)
		if b, err := h.ActBooking(ctx, as["school"], base.ID, 0, id, "decline", "设备检修"); err != nil || b.State != partnership.BookingDeclined {
			t.Errorf("decline: %+v, %v", b, err)
		}
	}
	_, err = h.SaveBase(ctx, as["school"], func() partnership.TrainingBase { b := base; b.Workstations = 10; return b }())
	if err == nil {
		t.Error("fewer workstations than are booked")
	}
	_, err = h.SaveBase(ctx, as["school2"], base)
	kindIs(t, err, partnership.ErrForbidden)
	_, err = h.BookBase(ctx, as["company"], base.ID, k)
	kindIs(t, err, partnership.ErrForbidden)
}
