package regulation

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Booking is a number of interns of any school at a company, on one post, from day
// to day, both included.
type Booking struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count int    `json:"count"`
	Post  string `json:"post,omitempty"`
}

// DaySpan is a run of days with the same number of interns that may still come.
// Left is negative where there are too many already.
type DaySpan struct {
	From string `json:"from"`
	To   string `json:"to"`
	Left int    `json:"left"`
}

// InternLimit is how many interns may be present at once: the whole part of the
// percentage of the staff on post. Interns are not staff.
func InternLimit(staff, percent int) int { return max(0, staff) * percent / 100 }

// Capacity answers "how many more interns may this company take, on which dates":
// limit less those present, as spans from day to day, in order, without gaps. People
// are counted on the day, never by the sum of slots.
func Capacity(limit int, bookings []Booking, from, to string) []DaySpan {
	if !isDay(from) || !isDay(to) || to < from {
		return nil
	}
	type step struct {
		day string
		by  int
	}
	steps := make([]step, 0, 2*len(bookings)+1)
	for _, b := range bookings {
		if b.Count == 0 || !isDay(b.From) || !isDay(b.To) || b.To < from || b.From > to || b.To < b.From {
			continue
		}
		steps = append(steps, step{max(b.From, from), -b.Count})
		if b.To < to {
			steps = append(steps, step{nextDay(b.To), b.Count})
		}
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.day, b.day) })
	var spans []DaySpan
	left, day := limit, from
	for i := 0; i < len(steps); {
		at, before := steps[i].day, left
		for ; i < len(steps) && steps[i].day == at; i++ {
			left += steps[i].by
		}
		if left == before {
			continue
		}
		if at > day {
			spans = append(spans, DaySpan{day, prevDay(at), before})
			day = at
		}
	}
	return append(spans, DaySpan{day, to, left})
}

// Tightest is the span with the least room; of equal ones the first.
func Tightest(spans []DaySpan) (DaySpan, bool) {
	if len(spans) == 0 {
		return DaySpan{}, false
	}
	return slices.MinFunc(spans, func(a, b DaySpan) int { return cmp.Compare(a.Left, b.Left) }), true
}

// newcomers is how many interns the facts would add: all slots of a post, one
// student of a placement, none when the company itself is looked at.
func (c *ctx) newcomers() int {
	switch c.subject {
	case OnPost:
		return c.post.Slots
	case OnPlacement:
		return 1
	}
	return 0
}

// window is the time over which people are counted: that of the post or placement,
// or all days with bookings.
func (c *ctx) window(bookings []Booking) (from, to string) {
	if c.subject != OnCompany {
		return c.start, c.end
	}
	for _, b := range bookings {
		if from == "" || b.From < from {
			from = b.From
		}
		to = max(to, b.To)
	}
	return from, to
}

func (c *ctx) crowded(field string, limit int, bookings []Booking) []hit {
	from, to := c.window(bookings)
	worst, ok := Tightest(Capacity(limit-c.newcomers(), bookings, from, to))
	if !ok {
		if c.subject == OnCompany {
			return nil // nobody is there
		}
		return unanswered("start")
	}
	if worst.Left >= 0 {
		return nil
	}
	return broken(field, strconv.Itoa(limit-worst.Left)+" 人（"+worst.From+" 到 "+worst.To+"）", strconv.Itoa(limit)+" 人")
}

func staffShare(c *ctx) []hit {
	if c.company.Staff == nil {
		return unanswered("staff")
	}
	return c.crowded("staff", InternLimit(*c.company.Staff, int(c.param("percent"))), c.company.Bookings)
}

func postShare(c *ctx) []hit {
	if c.post.SamePostStaff == nil {
		return unanswered("same_post_staff")
	}
	var here []Booking
	for _, b := range c.company.Bookings {
		if b.Post == c.post.ID && b.Post != "" {
			here = append(here, b)
		}
	}
	return c.crowded("same_post_staff", InternLimit(*c.post.SamePostStaff, int(c.param("percent"))), here)
}

func weekday(day string) int {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	return (int(t.Weekday())+6)%7 + 1
}

func daysBetween(from, to string) int {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(b.Sub(a).Hours() / 24)
}
