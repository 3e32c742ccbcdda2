package regulation

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"sunmao/services/partnership"
)

// isDay reports whether s is a day of the calendar written 2006-01-02. It is asked for
// every rule of every placement each night; time.Parse would be most of that work.
func isDay(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	y, m, d := digits(s[:4]), digits(s[5:7]), digits(s[8:])
	if y < 0 || m < 1 || m > 12 || d < 1 {
		return false
	}
	if m == 2 {
		leap := y%4 == 0 && y%100 != 0 || y%400 == 0
		return d <= 28 || d == 29 && leap
	}
	return d <= 30 || d == 31 && m != 4 && m != 6 && m != 9 && m != 11
}

// digits is the number that s writes, -1 if it holds anything but digits.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// AgeOn is the age in full years (周岁) on a day. A year of age is full on the day after
// the birthday, so that a person is 16 on no earlier day than the law may count.
// It is -1 if either is no day or the day is not after the birth.
func AgeOn(birth, day string) int {
	if !isDay(birth) || !isDay(day) || day <= birth {
		return -1
	}
	years := atoi(day[:4]) - atoi(birth[:4])
	// Text order does for 29 February too: in other years the 28th is its last day
	// and the year is full on 1 March.
	if day[5:] <= birth[5:] {
		years--
	}
	return years
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// GradeOn is the grade (年级) on a day: 1 from 1 September of the entry year, one more
// each 1 September, less the years repeated. It is 0 before entry.
func GradeOn(entryYear, repeated int, day string) int {
	if !isDay(day) || entryYear <= 0 {
		return 0
	}
	years := atoi(day[:4]) - entryYear
	if day[5:7] >= "09" {
		years++
	}
	if years <= 0 {
		return 0
	}
	return max(1, years-repeated)
}

// Months is the length of a window in months, both days included: 1 March to 31
// August is 6, days beyond whole months count as thirtieths.
func Months(from, to string) float64 {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil || b.Before(a) {
		return 0
	}
	b = b.AddDate(0, 0, 1)
	whole := (b.Year()-a.Year())*12 + int(b.Month()-a.Month())
	if addMonths(a, whole).After(b) {
		whole--
	}
	rest := b.Sub(addMonths(a, whole)).Hours() / 24
	return float64(whole) + rest/30
}

// addMonths keeps to the last day of a shorter month: 31 August and a month is 30 September.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// Days lists the days of a window, at most limit.
func Days(from, to string, limit int) []string {
	a, err := time.Parse(time.DateOnly, from)
	if err != nil || !isDay(to) {
		return nil
	}
	var all []string
	for d := a; len(all) < limit; d = d.AddDate(0, 0, 1) {
		s := d.Format(time.DateOnly)
		if s > to {
			break
		}
		all = append(all, s)
	}
	return all
}

func nextDay(day string) string { return shift(day, 1) }
func prevDay(day string) string { return shift(day, -1) }

func shift(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}

// Calendar is the arrangement of public holidays that the State Council publishes
// each autumn for the next year: days off, and weekend days that are worked for
// them (调休). Years it does not hold have weekends only.
type Calendar struct {
	off  map[string]string
	work map[string]bool
}

// ParseCalendar reads arrangements as JSON:
//
//	{"holidays":[{"name":"元旦","from":"2026-01-01","to":"2026-01-03"}],"workdays":["2026-01-04"]}
func ParseCalendar(r io.Reader) (Calendar, error) {
	var f struct {
		Sources  []string `json:"sources"`
		Holidays []struct {
			Name string `json:"name"`
			From string `json:"from"`
			To   string `json:"to"`
		} `json:"holidays"`
		Workdays []string `json:"workdays"`
	}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Calendar{}, partnership.Invalid{"file": {fileSentence(err)}}
	}
	c := Calendar{off: map[string]string{}, work: map[string]bool{}}
	bad := partnership.Invalid{}
	for i, h := range f.Holidays {
		days := Days(h.From, h.To, 31)
		if h.Name == "" || len(days) == 0 || len(days) > 15 {
			bad.Add(fmt.Sprintf("holidays[%d]", i), "节日要有 name，from 到 to 是 1 到 15 天，写成 2026-01-01 这样")
		}
		for _, day := range days {
			c.off[day] = h.Name
		}
	}
	for i, day := range f.Workdays {
		if !isDay(day) || c.off[day] != "" {
			bad.Add(fmt.Sprintf("workdays[%d]", i), "调休上班日 %q 要是放假日以外的一天", day)
		}
		c.work[day] = true
	}
	return c, bad.Err()
}

// DayOff says why a day is off: the name of the holiday, 周六 or 周日, or "" for a
// working day.
func (c Calendar) DayOff(day string) string {
	if name := c.off[day]; name != "" {
		return name
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || c.work[day] {
		return ""
	}
	switch t.Weekday() {
	case time.Saturday:
		return "周六"
	case time.Sunday:
		return "周日"
	}
	return ""
}

// Holiday is the name of the public holiday a day belongs to, or "".
func (c Calendar) Holiday(day string) string { return c.off[day] }

// touchesNight reports whether a shift such as 14:00-22:30 has a minute between
// 22:00 and 06:00. A shift may run over midnight. known is false if the text is no
// pair of times and no usual word for a shift.
func touchesNight(text string) (night, known bool) {
	s := strings.NewReplacer("：", ":", "－", "-", "—", "-", "–", "-", "～", "-", "~", "-", "至", "-", " ", "", "次日", "", "翌日", "").Replace(text)
	switch {
	case strings.Contains(s, "夜") || strings.Contains(s, "三班") || strings.Contains(s, "两班") || strings.Contains(s, "24小时"):
		return true, true
	case s == "白班" || s == "早班" || s == "常白班" || s == "正常班":
		return false, true
	}
	a, b, ok := strings.Cut(s, "-")
	from, ok1 := minute(a)
	to, ok2 := minute(b)
	if !ok || !ok1 || !ok2 || from == to {
		return false, false
	}
	if to < from {
		to += 24 * 60
	}
	const six, ten = 6 * 60, 22 * 60
	for _, night := range [][2]int{{ten - 1440, six}, {ten, six + 1440}, {ten + 1440, six + 2880}} {
		if from < night[1] && to > night[0] {
			return true, true
		}
	}
	return false, true
}

// minute reads 8:30, 08:30 or 8点30分 as minutes from midnight, up to 24:00.
func minute(s string) (int, bool) {
	s = strings.TrimSuffix(strings.NewReplacer("点", ":", "时", ":", "分", "").Replace(s), ":")
	h, m, ok := strings.Cut(s, ":")
	if !ok {
		m = "0"
	}
	hh, err1 := strconv.Atoi(h)
	mm, err2 := strconv.Atoi(m)
	if err1 != nil || err2 != nil || hh < 0 || mm < 0 || mm > 59 || hh*60+mm > 24*60 {
		return 0, false
	}
	return hh*60 + mm, true
}
