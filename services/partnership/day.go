package partnership

import (
	"strconv"
	"time"
)

// Day is the calendar day of a moment in Beijing, as 2006-01-02: text that sorts by time.
func Day(t time.Time) string { return t.In(Beijing).Format(time.DateOnly) }

// DayWords writes a day as people do, 2026年2月1日; what is no day comes back unchanged.
func DayWords(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2006年1月2日")
}

// isDay reports whether s is a calendar day written as 2006-01-02.
func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func checkWindow(bad Invalid, from, to string) {
	if !isDay(from) {
		bad.Add("from", "开始日期请写成 2027-03-01 这样")
	}
	if !isDay(to) {
		bad.Add("to", "结束日期请写成 2027-08-31 这样")
	}
	if isDay(from) && isDay(to) && from > to {
		bad.Add("to", "结束日期不能早于开始日期 %s", from)
	}
}

// OverlapDays is the number of days both windows share, 0 if they do not meet.
func OverlapDays(from1, to1, from2, to2 string) int {
	from, to := max(from1, from2), min(to1, to2)
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil || b.Before(a) {
		return 0
	}
	return int(b.Sub(a).Hours()/24) + 1
}
