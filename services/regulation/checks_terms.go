package regulation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func hours(c *ctx) []hit {
	d, w := c.post.DailyHours, c.post.WeeklyHours
	var hits []hit
	switch {
	case d == nil:
		hits = unanswered("daily_hours")
	case *d > c.param("daily"):
		hits = broken("daily_hours", "每日 "+number(*d)+" 小时", "每日 "+number(c.param("daily"))+" 小时")
	}
	switch {
	case w == nil:
		hits = append(hits, hit{field: "weekly_hours", unknown: true})
	case *w > c.param("weekly"):
		hits = append(hits, hit{field: "weekly_hours", value: "每周 " + number(*w) + " 小时", limit: "每周 " + number(c.param("weekly")) + " 小时"})
	}
	return hits
}

func overtime(c *ctx) []hit {
	switch h := c.post.OvertimeHours; {
	case h == nil:
		return unanswered("overtime_hours")
	case *h > c.param("weekly"):
		return broken("overtime_hours", number(*h), number(c.param("weekly")))
	}
	return nil
}

func nightShift(c *ctx) []hit {
	if len(c.post.Shifts) == 0 {
		return unanswered("shifts")
	}
	for _, s := range c.post.Shifts {
		night, known := touchesNight(s)
		switch {
		case night:
			return broken("shifts", s, "22:00 到次日 6:00 之外")
		case !known:
			return unanswered("shifts")
		}
	}
	return nil
}

// daysOff looks at a roster by date if there is one, else at the declared answers.
func daysOff(c *ctx) []hit {
	if len(c.post.WorkDays) > 0 {
		for _, day := range c.post.WorkDays {
			if why := c.restDay(day); why != "" {
				return broken("work_days", day+"（"+why+"）", "工作日")
			}
		}
		return nil
	}
	var hits []hit
	for _, q := range []struct {
		field, value string
		answer       *bool
	}{{"rest_day_work", "休息日", c.post.RestDayWork}, {"holiday_work", "法定节假日", c.post.HolidayWork}} {
		switch {
		case q.answer == nil:
			hits = append(hits, hit{field: q.field, unknown: true})
		case *q.answer:
			hits = append(hits, hit{field: q.field, value: q.value, limit: "工作日"})
		}
	}
	return hits
}

// restDay says why a day is off for this post: a public holiday always, else its
// own weekly rest days, else the weekend.
func (c *ctx) restDay(day string) string {
	if len(c.post.RestWeekdays) == 0 {
		return c.set.calendar.DayOff(day)
	}
	if name := c.set.calendar.Holiday(day); name != "" {
		return name
	}
	if !isDay(day) {
		return ""
	}
	if slices.Contains(c.post.RestWeekdays, weekday(day)) {
		return "本岗位的休息日"
	}
	return ""
}

func length(c *ctx) []hit {
	if !isDay(c.start) || !isDay(c.end) {
		return unanswered("end")
	}
	m := Months(c.start, c.end)
	if lo, hi := c.param("min_months"), c.param("max_months"); m < lo || m > hi {
		return broken("end", strconv.FormatFloat(m, 'f', 1, 64), number(lo)+" 到 "+number(hi))
	}
	return nil
}

func grading(c *ctx) []hit {
	for _, w := range c.list("words") {
		if strings.Contains(c.post.Grading, w) {
			return broken("grading", "“"+w+"”", "")
		}
	}
	return nil
}

// Month, week and day as parts of each other for pay: 21.75 paid days a month of 8
// hours (劳社部发〔2008〕3号), five days a week. In hundredths to stay whole.
const (
	paidDays100 = 2175
	dayHours    = 8
	weekDays    = 5
)

// MonthlyFen converts pay in fen to a month. ok is false for an unknown unit.
func MonthlyFen(fen int64, unit string) (int64, bool) {
	switch unit {
	case "", "月":
		return fen, true
	case "周":
		return fen * paidDays100 / (100 * weekDays), true
	case "日":
		return fen * paidDays100 / 100, true
	case "小时":
		return fen * paidDays100 * dayHours / 100, true
	}
	return 0, false
}

func yuan(fen int64) string { return number(float64(fen)/100) + " 元" }

// payFloor is broken only if the pay is below the share of the same post's wage AND
// below the lowest grade of wages: one of the two is enough.
func payFloor(c *ctx) []hit {
	p := c.post
	if p.Independent != nil && !*p.Independent {
		return nil
	}
	if p.PayFen == nil {
		return unanswered("pay_fen")
	}
	pay, ok := MonthlyFen(*p.PayFen, p.PayUnit)
	if !ok {
		return unanswered("pay_fen")
	}
	percent := int64(c.param("percent"))
	if p.SamePostFen != nil && pay*100 >= *p.SamePostFen*percent || p.LowestFen != nil && pay >= *p.LowestFen {
		return nil
	}
	if p.SamePostFen == nil {
		return unanswered("same_post_wage_fen")
	}
	if p.LowestFen == nil { // below the one floor that is known: whoever keeps to the other says so
		return broken("pay_fen", "折合每月 "+yuan(pay), fmt.Sprintf("相同岗位工资的 %d%%（%s）；不低于本单位最低档工资的，请填写最低档工资", percent, yuan(*p.SamePostFen*percent/100)))
	}
	return broken("pay_fen", "折合每月 "+yuan(pay), fmt.Sprintf("相同岗位工资的 %d%%（%s）或最低档工资（%s）", percent, yuan(*p.SamePostFen*percent/100), yuan(*p.LowestFen)))
}

func paySome(c *ctx) []hit {
	switch {
	case c.post.PayFen == nil:
		return unanswered("pay_fen")
	case *c.post.PayFen <= 0:
		return broken("pay_fen", "0 元", "大于 0")
	}
	return nil
}

func payCycle(c *ctx) []hit {
	switch d := c.post.PayCycleDays; {
	case d == nil:
		return unanswered("pay_cycle_days")
	case *d > int(c.param("days")):
		return broken("pay_cycle_days", strconv.Itoa(*d), number(c.param("days")))
	}
	return nil
}

func payForm(c *ctx) []hit { return oneOf("pay_form", c.post.PayForm, c.list("forms")) }
func payee(c *ctx) []hit   { return oneOf("payee", c.post.Payee, c.list("payees")) }

func oneOf(field, value string, allowed []string) []hit {
	switch {
	case value == "":
		return unanswered(field)
	case !slices.Contains(allowed, value):
		return broken(field, value, strings.Join(allowed, "、"))
	}
	return nil
}

func fees(c *ctx) []hit {
	if c.post.Fees == nil {
		return unanswered("fees")
	}
	var asked []string
	for _, f := range c.post.Fees {
		if f = strings.TrimSpace(f); f != "" && f != "无" && f != "没有" && f != "0" {
			asked = append(asked, f)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	return broken("fees", strings.Join(asked, "、"), "无")
}

func papersHeld(c *ctx) []hit {
	switch {
	case yes(c.post.HoldsPapers):
		return broken("holds_papers", "扣押证件", "")
	case yes(c.post.AsksSurety):
		return broken("asks_surety", "要求担保或收取财物", "")
	case c.subject == OnPost: // both sides declare it when a placement is agreed
		return nil
	case c.post.HoldsPapers == nil:
		return unanswered("holds_papers")
	case c.post.AsksSurety == nil:
		return unanswered("asks_surety")
	}
	return nil
}

func paysSchool(c *ctx) []hit {
	switch {
	case c.post.PaysSchool == nil && c.subject == OnPost:
		return nil
	case c.post.PaysSchool == nil:
		return unanswered("pays_school")
	case *c.post.PaysSchool:
		return broken("pays_school", "按人头付款", "")
	}
	return nil
}

func yes(b *bool) bool { return b != nil && *b }
