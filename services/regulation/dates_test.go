package regulation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestIsDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`\d{4}-[01]\d-[0-3]\d`), rapid.StringMatching(`[0-9-]{9,11}`), rapid.String()).Draw(t, "day")
		_, err := time.Parse(time.DateOnly, s)
		if isDay(s) != (err == nil) {
			t.Fatalf("isDay(%q) = %t, time.Parse says %v", s, isDay(s), err)
		}
	})
}

func TestAgeOn(t *testing.T) {
	for _, tc := range []struct {
		birth, day string
		want       int
	}{
		{"2010-03-01", "2026-03-01", 15}, {"2010-03-01", "2026-03-02", 16}, {"2008-02-29", "2026-02-28", 17}, {"2008-02-29", "2026-03-01", 18},
		{"2008-02-29", "2024-02-29", 15}, {"2008-02-29", "2024-03-01", 16}, {"2026-03-01", "2026-03-01", -1}, {"2026-03-01", "2026-03-02", 0}, {"", "2026-03-01", -1}, {"2010-13-01", "2026-03-01", -1},
	} {
		if got := AgeOn(tc.birth, tc.day); got != tc.want {
			t.Errorf("AgeOn(%s, %s) = %d, want %d", tc.birth, tc.day, got, tc.want)
		}
	}
}

func TestGradeOn(t *testing.T) {
	for _, tc := range []struct {
		entry, repeated int
		day             string
		want            int
	}{{2024, 0, "2024-08-31", 0}, {2024, 0, "2024-09-01", 1}, {2024, 0, "2025-08-31", 1}, {2024, 0, "2025-09-01", 2}, {2024, 1, "2025-09-01", 1}, {2024, 1, "2026-09-01", 2}, {2024, 3, "2025-09-01", 1}, {0, 0, "2025-09-01", 0}, {2024, 0, "x", 0}} {
		if got := GradeOn(tc.entry, tc.repeated, tc.day); got != tc.want {
			t.Errorf("GradeOn(%d, %d, %s) = %d, want %d", tc.entry, tc.repeated, tc.day, got, tc.want)
		}
	}
}

func TestMonths(t *testing.T) {
	for _, tc := range []struct {
		from, to string
		want     float64
	}{{"2026-03-01", "2026-08-31", 6}, {"2026-03-15", "2026-09-14", 6}, {"2026-03-01", "2026-03-01", 1.0 / 30}, {"2026-01-31", "2026-02-27", 1}, {"2026-01-31", "2026-02-28", 1 + 1.0/30}, {"2026-03-02", "2026-03-01", 0}, {"2025-09-01", "2026-06-30", 10}} {
		if got := Months(tc.from, tc.to); got < tc.want-1e-9 || got > tc.want+1e-9 {
			t.Errorf("Months(%s, %s) = %v, want %v", tc.from, tc.to, got, tc.want)
		}
	}
}

func TestTouchesNight(t *testing.T) {
	for text, want := range map[string]string{
		"08:00-17:00": "day", "22:00-06:00": "night", "06:00-22:00": "day", "05:59-12:00": "night", "21:00-22:01": "night", "00:00-08:00": "night", "23:00-23:30": "night",
		"6:00-6:00": "?", "20:00－次日02:00": "night", "8点-17点30分": "day", "夜班": "night", "白班": "day", "三班倒": "night", "机动": "?", "25:00-26:00": "?", "08:61-09:00": "?", "14:00~22:00": "day", "16:00-24:00": "night",
	} {
		night, known := touchesNight(text)
		got := "day"
		if night {
			got = "night"
		}
		if !known {
			got = "?"
		}
		if got != want {
			t.Errorf("touchesNight(%q) = %s, want %s", text, got, want)
		}
	}
}

// The shift rule against a walk over the minutes.
func TestNightByMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, n := rapid.IntRange(0, 1439).Draw(t, "from"), rapid.IntRange(1, 1439).Draw(t, "minutes")
		want := false
		for m := from; m < from+n; m++ {
			h := m % 1440 / 60
			want = want || h >= 22 || h < 6
		}
		to := (from + n) % 1440
		text := fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60)
		if got, known := touchesNight(text); got != want || !known {
			t.Fatalf("touchesNight(%s) = %t, %t, want %t", text, got, known, want)
		}
	})
}

func TestCalendar(t *testing.T) {
	c := national(t).Calendar()
	for day, want := range map[string]string{
		"2025-01-28": "春节", "2025-01-26": "", "2025-10-11": "", "2025-10-08": "国庆节、中秋节", "2026-01-04": "", "2026-02-23": "春节", "2026-02-24": "", "2026-02-28": "",
		"2026-05-09": "", "2026-05-10": "周日", "2026-09-20": "", "2026-10-10": "", "2026-10-08": "", "2027-01-02": "周六", "x": "",
	} {
		if got := c.DayOff(day); got != want {
			t.Errorf("DayOff(%s) = %q, want %q", day, got, want)
		}
	}
	// The arrangements say how many days each holiday has: 28 days off in 2025, 33 in 2026.
	for year, want := range map[string]int{"2025": 28, "2026": 33} {
		n := 0
		for _, day := range Days(year+"-01-01", year+"-12-31", 366) {
			if c.Holiday(day) != "" {
				n++
			}
		}
		if n != want {
			t.Errorf("%d holidays in %s, want %d", n, year, want)
		}
	}
	for name, text := range map[string]string{"backwards": `{"holidays":[{"name":"x","from":"2026-01-03","to":"2026-01-01"}]}`, "workday on a holiday": `{"holidays":[{"name":"x","from":"2026-01-01","to":"2026-01-01"}],"workdays":["2026-01-01"]}`, "no JSON": `x`} {
		if _, err := ParseCalendar(strings.NewReader(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCapacity(t *testing.T) {
	got := Capacity(10, []Booking{{From: "2026-03-01", To: "2026-03-31", Count: 4}, {From: "2026-03-31", To: "2026-05-01", Count: 7}, {From: "2027-01-01", To: "2027-02-01", Count: 9}}, "2026-02-15", "2026-12-31")
	want := []DaySpan{{"2026-02-15", "2026-02-28", 10}, {"2026-03-01", "2026-03-30", 6}, {"2026-03-31", "2026-03-31", -1}, {"2026-04-01", "2026-05-01", 3}, {"2026-05-02", "2026-12-31", 10}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if InternLimit(9, 10) != 0 || InternLimit(10, 10) != 1 || InternLimit(109, 10) != 10 || InternLimit(4, 20) != 0 || InternLimit(-5, 10) != 0 {
		t.Error("the limit is the whole part of the share")
	}
	if Capacity(1, nil, "2026-02-02", "2026-02-01") != nil {
		t.Error("an empty window has no spans")
	}
}

// The sweep against a count day by day.
func TestCapacityByDays(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	day := func(n int) string { return start.AddDate(0, 0, n).Format(time.DateOnly) }
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 20).Draw(t, "limit")
		bookings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Booking {
			from := rapid.IntRange(0, 60).Draw(t, "from")
			return Booking{From: day(from), To: day(from + rapid.IntRange(-2, 30).Draw(t, "len")), Count: rapid.IntRange(0, 5).Draw(t, "count")}
		}), 0, 12).Draw(t, "bookings")
		from, n := rapid.IntRange(0, 60).Draw(t, "first"), rapid.IntRange(0, 40).Draw(t, "days")
		spans := Capacity(limit, bookings, day(from), day(from+n))
		i := 0
		for d := from; d <= from+n; d++ {
			left := limit
			for _, b := range bookings {
				if b.From <= day(d) && day(d) <= b.To {
					left -= b.Count
				}
			}
			for i < len(spans) && spans[i].To < day(d) {
				i++
			}
			if i == len(spans) || spans[i].From > day(d) || spans[i].Left != left {
				t.Fatalf("on %s left is %d, spans say %v", day(d), left, spans)
			}
		}
		for j := 1; j < len(spans); j++ {
			if spans[j].Left == spans[j-1].Left || spans[j].From != nextDay(spans[j-1].To) {
				t.Fatalf("spans with a gap or not joined: %v", spans)
			}
		}
	})
}
