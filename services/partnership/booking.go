package partnership

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// BaseKinds and BaseLevels are what a training base may be.
func BaseKinds() []string {
	return []string{"校内", "校外", "共享", "虚拟仿真", "校中厂", "厂中校"}
}

// BaseLevels are the levels that recognise a base, the highest first.
func BaseLevels() []string { return []string{"国家级", "市级", "区级", "校级"} }

// Check returns Invalid with every field that is missing or out of range.
func (b *TrainingBase) Check() error {
	bad := Invalid{}
	if n := len([]rune(strings.TrimSpace(b.Name))); n < 2 || n > 80 {
		bad.Add("name", "基地名称应为 2 到 80 个字")
	}
	if !slices.Contains(BaseKinds(), b.Kind) {
		bad.Add("kind", "类型应为：%s", strings.Join(BaseKinds(), "、"))
	}
	if !slices.Contains(BaseLevels(), b.Level) {
		bad.Add("level", "级别应为：%s", strings.Join(BaseLevels(), "、"))
	}
	if b.Workstations < 1 || b.Workstations > 5000 {
		bad.Add("workstations", "工位数应在 1 到 5000 之间")
	}
	if b.OpenSeats < 0 || b.OpenSeats > b.Workstations {
		bad.Add("open_seats", "对外开放的工位应在 0 到 %d 之间", b.Workstations)
	}
	if b.TeacherPlaces < 0 || b.TeacherPlaces > 1000 {
		bad.Add("teacher_places", "教师实践岗位应在 0 到 1000 之间")
	}
	if b.EquipmentCents < 0 || b.EquipmentCents > 100_000_000_000_00 {
		bad.Add("equipment_fen", "设备总值应在 0 到 1000 亿元之间")
	}
	return bad.Err()
}

// The parts of a day that workstations are booked for.
const (
	Morning   = "am"
	Afternoon = "pm"
)

// BookingState is where a booking stands.
type BookingState string

// asked waits for the owner and holds its seats; declined and cancelled hold none.
const (
	BookingAsked     BookingState = "asked"
	BookingConfirmed BookingState = "confirmed"
	BookingDeclined  BookingState = "declined"
	BookingCancelled BookingState = "cancelled"
)

// Words gives the state in the users' language.
func (s BookingState) Words() string {
	return map[BookingState]string{BookingAsked: "待确认", BookingConfirmed: "已确认", BookingDeclined: "已谢绝", BookingCancelled: "已取消"}[s]
}

// Holds reports whether a booking in this state takes seats.
func (s BookingState) Holds() bool { return s == BookingAsked || s == BookingConfirmed }

// BaseBooking is a booking of a training base: workstations for a cohort, or practice
// places for teachers (教师企业实践).
type BaseBooking struct {
	ID         string       `json:"id"`
	State      BookingState `json:"state"`
	School     string       `json:"school"`
	SchoolName string       `json:"school_name"`
	Cohort     string       `json:"cohort,omitempty"`
	CohortName string       `json:"cohort_name,omitempty"`
	Teachers   bool         `json:"teachers,omitempty"` // Seats are teachers on practice places
	Subject    string       `json:"subject"`
	Seats      int          `json:"seats"`
	From       string       `json:"from"`
	To         string       `json:"to"`
	Weekdays   []int        `json:"weekdays"` // 1 Monday .. 7 Sunday
	Parts      []string     `json:"parts"`    // am, pm
	At         Stamp        `json:"at"`
	By         string       `json:"by"` // account
	Why        string       `json:"why,omitempty"`
	Import     string       `json:"import,omitempty"` // that brought it
}

// BaseBook is the bookings of a training base in one school year, which begins on
// 1 September: one document, so that two bookings can never take the same seats.
type BaseBook struct {
	Record   `json:",inline"` // ID = base + "|" + year
	Base     string           `json:"base"`
	Year     int              `json:"year"` // in which the school year begins
	Bookings []BaseBooking    `json:"bookings,omitempty"`
}

// maxBookings is how many a year's book holds.
const maxBookings = 2000

// SchoolYear is the year in which the school year of a day began (1 September); 0 if it is no day.
func SchoolYear(day string) int {
	if !isDay(day) {
		return 0
	}
	y := atoi(day[:4])
	if day[5:7] < "09" {
		y--
	}
	return y
}

// Check returns Invalid with every field that is missing or out of range.
func (k *BaseBooking) Check() error {
	bad := Invalid{}
	checkWindow(bad, k.From, k.To)
	if isDay(k.From) && isDay(k.To) && SchoolYear(k.From) != SchoolYear(k.To) {
		bad.Add("to", "一次预订不能跨过 9 月 1 日，请按学年分两次预订")
	}
	if k.Seats < 1 || k.Seats > 5000 {
		bad.Add("seats", "人数应在 1 到 5000 之间")
	}
	if strings.TrimSpace(k.Subject) == "" {
		bad.Add("subject", "请写明实训内容")
	}
	if len(k.Weekdays) == 0 || slices.ContainsFunc(k.Weekdays, func(d int) bool { return d < 1 || d > 7 }) {
		bad.Add("weekdays", "请选择星期几")
	}
	if len(k.Parts) == 0 || slices.ContainsFunc(k.Parts, func(p string) bool { return p != Morning && p != Afternoon }) {
		bad.Add("parts", "请选择上午或下午")
	}
	if bad.Err() == nil && len(k.Days()) == 0 {
		bad.Add("weekdays", "这段时间里没有所选的星期几")
	}
	return bad.Err()
}

// Days are the days of the booking, in order.
func (k *BaseBooking) Days() []string {
	from, err1 := time.Parse(time.DateOnly, k.From)
	to, err2 := time.Parse(time.DateOnly, k.To)
	if err1 != nil || err2 != nil {
		return nil
	}
	var out []string
	for d := from; !d.After(to) && len(out) < 400; d = d.AddDate(0, 0, 1) {
		if slices.Contains(k.Weekdays, (int(d.Weekday())+6)%7+1) {
			out = append(out, d.Format(time.DateOnly))
		}
	}
	return out
}

// Occupancy is how many seats are taken on each half day: the key is the day with the part
// behind it, as 2026-11-23am. teachers counts practice places instead of workstations.
func (b *BaseBook) Occupancy(teachers bool) map[string]int { return b.taken(teachers, "") }

// taken is Occupancy without the bookings of one school, "" for all.
func (b *BaseBook) taken(teachers bool, without string) map[string]int {
	out := map[string]int{}
	for i := range b.Bookings {
		k := &b.Bookings[i]
		if !k.State.Holds() || k.Teachers != teachers || without != "" && k.School == without {
			continue
		}
		for _, day := range k.Days() {
			for _, part := range k.Parts {
				out[day+part] += k.Seats
			}
		}
	}
	return out
}

// Book adds a booking if its seats are free on every one of its half days, and within what
// the base opens to others unless it is the owner's own. The refusal names the first day
// that is too full and how many seats are left.
func (b *BaseBook) Book(base *TrainingBase, k BaseBooking) error {
	if len(b.Bookings) >= maxBookings {
		return Refuse(ErrConflict, "这个基地本学年的预订已有 %d 条，不能再加", maxBookings)
	}
	limit, what := base.Workstations, "工位"
	if k.Teachers {
		limit, what = base.TeacherPlaces, "教师实践岗位"
	}
	type check struct {
		limit int
		taken map[string]int
		words string
	}
	checks := []check{{limit, b.taken(k.Teachers, ""), "共有 %d 个" + what}}
	if !k.Teachers && !base.Own(k.School) {
		others := b.taken(false, base.School)
		if base.School == "" {
			others = b.taken(false, base.Owner)
		}
		checks = append(checks, check{base.OpenTo(), others, "对外开放 %d 个" + what})
	}
	for _, c := range checks {
		for _, day := range k.Days() {
			for _, part := range k.Parts {
				if left := c.limit - c.taken[day+part]; k.Seats > left {
					half := map[string]string{Morning: "上午", Afternoon: "下午"}[part]
					return Refuse(ErrConflict, "%s%s只剩 %d 个，不够 %d 人（%s）。请换时间，或分批预订", day, half, max(0, left), k.Seats, fmt.Sprintf(c.words, c.limit))
				}
			}
		}
	}
	b.Bookings = append(b.Bookings, k)
	return nil
}

// Own reports whether a school is the base's own: its owner or the one whose tables count it.
func (b *TrainingBase) Own(school string) bool {
	return school != "" && (school == b.Owner || school == b.School)
}

// OpenTo is how many workstations other schools may take at once.
func (b *TrainingBase) OpenTo() int {
	switch {
	case !b.OpenToOthers:
		return 0
	case b.OpenSeats == 0:
		return b.Workstations
	}
	return b.OpenSeats
}

// Answer is the owner's word on a booking that asks, or the end of one that holds.
func (b *BaseBook) Answer(id string, to BookingState, why string) error {
	at := slices.IndexFunc(b.Bookings, func(k BaseBooking) bool { return k.ID == id })
	if at < 0 {
		return Refuse(ErrNotFound, "没有这条预订，可能已经取消，请刷新后再看")
	}
	k := &b.Bookings[at]
	if !k.State.Holds() || to == BookingConfirmed && k.State != BookingAsked || to == BookingDeclined && k.State != BookingAsked {
		return Refuse(ErrConflict, "这条预订现在是“%s”，不能改为“%s”", k.State.Words(), to.Words())
	}
	if to != BookingConfirmed && strings.TrimSpace(why) == "" {
		return Invalid{"why": {"请写明原因，对方会看到"}}
	}
	k.State, k.Why = to, strings.TrimSpace(why)
	return nil
}

// Use is the share of the workstations' half days from Monday to Friday that is booked, in a
// window: taken of all.
func (b *BaseBook) Use(workstations int, from, to string) (taken, all int) {
	occupied := b.Occupancy(false)
	week := BaseBooking{From: from, To: to, Weekdays: []int{1, 2, 3, 4, 5}}
	for _, day := range week.Days() {
		all += 2 * workstations
		taken += occupied[day+Morning] + occupied[day+Afternoon]
	}
	return taken, all
}

// PracticeHalfDays are the half days that teachers of a school spend on practice by confirmed
// bookings until a day, both included: heads times half days.
func (b *BaseBook) PracticeHalfDays(school, until string) int {
	n := 0
	for i := range b.Bookings {
		k := &b.Bookings[i]
		if !k.Teachers || k.State != BookingConfirmed || k.School != school {
			continue
		}
		for _, day := range k.Days() {
			if day <= until {
				n += k.Seats * len(k.Parts)
			}
		}
	}
	return n
}
