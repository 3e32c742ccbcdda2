package partnership

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func stations(n int) *TrainingBase {
	return &TrainingBase{Name: "数控实训中心", Owner: "s", School: "s", Kind: "校内", Level: "市级", Workstations: n, OpenToOthers: true, OpenSeats: n / 2, TeacherPlaces: 3}
}

func booking(school string, seats int) BaseBooking {
	return BaseBooking{State: BookingConfirmed, School: school, Subject: "车工", Seats: seats, From: "2026-11-23", To: "2026-12-04", Weekdays: []int{1, 2}, Parts: []string{Morning}}
}

func TestBaseBookingCheck(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*BaseBooking)
		field  string
	}{
		{"as it should be", func(*BaseBooking) {}, ""},
		{"over two school years", func(k *BaseBooking) { k.From, k.To = "2027-08-30", "2027-09-03" }, "to"},
		{"ends before it begins", func(k *BaseBooking) { k.To = "2026-11-22" }, "to"},
		{"for nobody", func(k *BaseBooking) { k.Seats = 0 }, "seats"},
		{"no weekday", func(k *BaseBooking) { k.Weekdays = nil }, "weekdays"},
		{"a weekday that is not there", func(k *BaseBooking) { k.To, k.Weekdays = "2026-11-23", []int{7} }, "weekdays"},
		{"an evening", func(k *BaseBooking) { k.Parts = []string{"night"} }, "parts"},
		{"for nothing", func(k *BaseBooking) { k.Subject = " " }, "subject"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := booking("s", 5)
			tc.change(&k)
			err := k.Check()
			var bad Invalid
			if tc.field == "" && err != nil || tc.field != "" && (!errors.As(err, &bad) || bad[tc.field] == nil) {
				t.Errorf("Check = %v, want a complaint about %q", err, tc.field)
			}
		})
	}
}

func TestBaseBookClash(t *testing.T) {
	book, base := &BaseBook{}, stations(20)
	for _, tc := range []struct {
		name string
		k    BaseBooking
		want string // part of the refusal
	}{
		{"the owner", booking("s", 12), ""},
		{"another school within what is open", booking("o", 8), ""},
		{"the owner, and it is full", booking("s", 1), "2026-11-23上午只剩 0 个"},
		{"another half day is free", func() BaseBooking { k := booking("s", 20); k.Parts = []string{Afternoon}; return k }(), ""},
		{"others beyond what is open", func() BaseBooking { k := booking("o", 11); k.Weekdays = []int{4}; return k }(), "对外开放 10 个工位"},
		{"teachers have places of their own", func() BaseBooking { k := booking("o", 3); k.Teachers = true; return k }(), ""},
		{"no more teachers than places", func() BaseBooking { k := booking("s", 1); k.Teachers = true; return k }(), "共有 3 个教师实践岗位"},
	} {
		err := book.Book(base, tc.k)
		if tc.want == "" && err != nil || tc.want != "" && (!errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	if taken, all := book.Use(20, "2026-11-23", "2026-11-27"); taken != 2*20+2*20 || all != 200 {
		t.Errorf("use %d of %d", taken, all)
	}
	if n := book.PracticeHalfDays("o", "2026-11-24"); n != 6 {
		t.Errorf("%d half days of practice until the second day, want 3 teachers on 2 mornings", n)
	}
}

// Whatever is asked in whatever order, no half day is ever overbooked, and what is cancelled
// is free again.
func TestBaseBookNeverOverbooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, book := stations(rapid.IntRange(1, 12).Draw(t, "stations")), &BaseBook{}
		for i := range rapid.IntRange(1, 30).Draw(t, "bookings") {
			k := booking(rapid.SampledFrom([]string{"s", "o", "p"}).Draw(t, "school"), rapid.IntRange(1, 8).Draw(t, "seats"))
			k.ID, k.Weekdays, k.Parts = fmt.Sprint(i), rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 1, 4, rapid.ID[int]).Draw(t, "days"), rapid.SampledFrom([][]string{{Morning}, {Afternoon}, {Morning, Afternoon}}).Draw(t, "parts")
			_ = book.Book(base, k)
			if rapid.IntRange(0, 3).Draw(t, "cancel") == 0 && len(book.Bookings) > 0 {
				_ = book.Answer(rapid.SampledFrom(book.Bookings).Draw(t, "which").ID, BookingCancelled, "改期")
			}
		}
		for at, n := range book.Occupancy(false) {
			if n > base.Workstations {
				t.Fatalf("%s: %d on %d workstations", at, n, base.Workstations)
			}
		}
		for at, n := range book.taken(false, "s") {
			if n > base.OpenTo() {
				t.Fatalf("%s: others take %d of %d open", at, n, base.OpenTo())
			}
		}
	})
}
