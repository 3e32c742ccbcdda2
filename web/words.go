package web

import (
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sunmao/services/partnership"
)

// size writes a number of bytes for people.
func size(n int64) string {
	if n >= 1<<20 {
		return strconv.FormatInt(n>>20, 10) + " MB"
	}
	return strconv.FormatInt(max(1, n>>10), 10) + " KB"
}

// day writes 2026-02-01 as 2026年2月1日; anything else comes back unchanged.
func day(s string) string { return partnership.DayWords(s) }

var dayWords = regexp.MustCompile(`至?\d{4}年\d{1,2}月\d{1,2}日`)

// dated keeps each day in a text on one line: Chinese breaks anywhere, also within a date.
func dated(s string) template.HTML {
	return template.HTML(dayWords.ReplaceAllString(template.HTMLEscapeString(s), `<span class="nowrap">$0</span>`)) // #nosec G203 -- escaped
}

// span writes a window of two days.
func span(from, to string) string {
	switch {
	case from == "" && to == "":
		return "未定"
	case to == "":
		return day(from) + "起"
	case from == "":
		return "至" + day(to)
	}
	return day(from) + "至" + day(to)
}

// moment writes a stamp to the minute, Beijing time.
func moment(s partnership.Stamp) string {
	if s == 0 {
		return "—"
	}
	t := s.Time()
	return fmt.Sprintf("%d年%d月%d日 %02d:%02d", t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute())
}

// yuan writes fen as yuan, without needless zeros: 380050 -> 3,800.5.
func yuan(fen int64) string {
	s := number(fen / 100)
	if rest := fen % 100; rest != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%02d", rest), "0")
	}
	return s
}

// typedYuan writes fen as a form takes it: 380050 -> 3800.50.
func typedYuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

// pay writes a monthly pay in fen.
func pay(fen int64) string {
	if fen <= 0 {
		return "未填写"
	}
	return yuan(fen) + " 元/月"
}

// number groups thousands.
func number[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if neg {
		return "-" + s
	}
	return s
}

// decimal writes a float with at most two places.
func decimal(f float64) string {
	return strconv.FormatFloat(float64(int64(f*100+0.5))/100, 'f', -1, 64)
}

// points writes hundredths of a point as 82.5.
func points(hundredths int) string { return decimal(float64(hundredths) / 100) }

// yesNo answers in a word.
func yesNo(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// orDash shows an empty value as a dash, so that a table cell is never blank.
func orDash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "—"
	}
	return s
}

// until says how long is left to a day, seen from today (both 2006-01-02).
func until(today, last string) string {
	a, err1 := time.Parse(time.DateOnly, today)
	b, err2 := time.Parse(time.DateOnly, last)
	if err1 != nil || err2 != nil {
		return ""
	}
	switch n := int(b.Sub(a).Hours() / 24); {
	case n < 0:
		return fmt.Sprintf("已过 %d 天", -n)
	case n == 0:
		return "今天截止"
	default:
		return fmt.Sprintf("还有 %d 天", n)
	}
}
