package partnership

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Supervision is how a placement is followed while the student works: the mentor's roll
// calls and both sides' weekly notes. Where a student is is not tracked.
type Supervision struct {
	Called []string   `json:"called,omitempty"` // days on which the roll was called, sorted
	Marks  []RollMark `json:"marks,omitempty"`  // exceptions only, by day
	Notes  []WeekNote `json:"notes,omitempty"`  // by week, then side
}

// LastCall is the last day on which the roll was called; "" if it never was.
func (s *Supervision) LastCall() string {
	if len(s.Called) == 0 {
		return ""
	}
	return s.Called[len(s.Called)-1]
}

// LastNote is the last week (its Monday) that the side wrote of; "" if there is none.
func (s *Supervision) LastNote(side Role) string {
	last := ""
	for _, n := range s.Notes {
		if n.Side == side {
			last = max(last, n.Week)
		}
	}
	return last
}

// RollKind is what a mentor may find at a roll call (点名) when not all is well.
type RollKind string

// The exceptions. Whoever is not named in a roll call was there.
const (
	RollAbsent RollKind = "absent"
	RollLeave  RollKind = "leave"
	RollLate   RollKind = "late"
	RollUnwell RollKind = "unwell"
	RollHurt   RollKind = "hurt"
	RollOther  RollKind = "other"
)

// RollKinds are all exceptions, the most frequent first.
func RollKinds() []RollKind {
	return []RollKind{RollAbsent, RollLeave, RollLate, RollUnwell, RollHurt, RollOther}
}

// Words gives the exception in the users' language.
func (k RollKind) Words() string {
	return map[RollKind]string{RollAbsent: "缺勤", RollLeave: "请假", RollLate: "迟到早退", RollUnwell: "身体不适", RollHurt: "受伤", RollOther: "其他"}[k]
}

// RollMark is one exception at a roll call, and what the school made of it.
type RollMark struct {
	Day        string   `json:"day"`
	Kind       RollKind `json:"kind"`
	Words      string   `json:"words,omitempty"`
	By         string   `json:"by"` // account
	Answer     string   `json:"answer,omitempty"`
	AnsweredOn string   `json:"answered_on,omitempty"`
}

// WeekNote is one side's note on one week (周志).
type WeekNote struct {
	Week  string `json:"week"` // its Monday
	Side  Role   `json:"side"`
	Words string `json:"words"`
	On    string `json:"on"`
	By    string `json:"by"` // account
}

// MondayOf is the Monday of the week a day lies in; "" if it is no day.
func MondayOf(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, -(int(t.Weekday())+6)%7).Format(time.DateOnly)
}

// CallRoll records that the mentor called the roll on a day: nil says that the student was
// there. Calling again for the same day corrects it; an answer that was given stays.
func (p *Placement) CallRoll(by Actor, now Stamp, day string, mark *RollMark) error {
	_, company := p.side(by)
	if err := p.only(by, company, "企业指导教师"); err != nil {
		return err
	}
	if err := p.followed(now, day); err != nil {
		return err
	}
	f := &p.Follow
	at := slices.IndexFunc(f.Marks, func(m RollMark) bool { return m.Day == day })
	if mark == nil {
		if at >= 0 {
			f.Marks = slices.Delete(f.Marks, at, at+1)
		}
	} else {
		m := RollMark{Day: day, Kind: mark.Kind, Words: strings.TrimSpace(mark.Words), By: by.Account}
		if m.Kind.Words() == "" {
			return Invalid{"kind": {"点名异常应为：缺勤、请假、迟到早退、身体不适、受伤或其他"}}
		}
		if utf8.RuneCountInString(m.Words) > 200 {
			return Invalid{"words": {"点名说明最多 200 个字"}}
		}
		if at >= 0 {
			m.Answer, m.AnsweredOn = f.Marks[at].Answer, f.Marks[at].AnsweredOn
			f.Marks[at] = m
		} else {
			f.Marks = append(f.Marks, m)
			slices.SortFunc(f.Marks, func(a, b RollMark) int { return strings.Compare(a.Day, b.Day) })
		}
	}
	if at, found := slices.BinarySearch(f.Called, day); !found {
		f.Called = slices.Insert(f.Called, at, day)
	}
	p.countOpen()
	return nil
}

// followed refuses a day on which the student was not yet, or is not any more, on post.
func (p *Placement) followed(now Stamp, day string) error {
	switch today := Day(now.Time()); {
	case p.State != PlacementOnPost:
		return Refuse(ErrConflict, "安置现在是“%s”，只在岗时登记点名和周志", p.State.Words())
	case !isDay(day):
		return Invalid{"day": {"日期请写成 2027-03-08 这样"}}
	case day > today || day < p.StartedOn:
		return Invalid{"day": {"日期应在上岗（" + p.StartedOn + "）和今天之间"}}
	}
	return nil
}

// AnswerMark records what the school did about an exception; with it the exception is closed.
func (p *Placement) AnswerMark(by Actor, now Stamp, day, answer string) error {
	school, _ := p.side(by)
	if err := p.only(by, school, "学校指导教师"); err != nil {
		return err
	}
	at := slices.IndexFunc(p.Follow.Marks, func(m RollMark) bool { return m.Day == day })
	if at < 0 {
		return Refuse(ErrNotFound, "%s 没有点名异常，可能企业已经更正，请刷新后再看", day)
	}
	answer = strings.TrimSpace(answer)
	if n := utf8.RuneCountInString(answer); n < 2 || n > 200 {
		return Invalid{"answer": {"请写明怎样处理的（2 到 200 个字），企业会看到"}}
	}
	p.Follow.Marks[at].Answer, p.Follow.Marks[at].AnsweredOn = answer, Day(now.Time())
	p.countOpen()
	return nil
}

// Note records one side's note on the week of a day; a second one of the same week and
// side takes the place of the first.
func (p *Placement) Note(by Actor, now Stamp, day, words string) error {
	school, company := p.side(by)
	if err := p.only(by, school || company, "学校或企业指导教师"); err != nil {
		return err
	}
	today := Day(now.Time())
	week := MondayOf(day)
	if week == MondayOf(p.StartedOn) {
		day = max(day, p.StartedOn) // the week of the start counts from its Monday
	}
	if err := p.followed(now, min(day, today)); err != nil {
		return err
	}
	if week > today {
		return Invalid{"day": {"这一周还没有开始"}}
	}
	words = strings.TrimSpace(words)
	if n := utf8.RuneCountInString(words); n < 2 || n > 2000 {
		return Invalid{"words": {"周志请写 2 到 2000 个字：这一周做了什么，有什么问题"}}
	}
	note := WeekNote{Week: week, Side: by.Role, Words: words, On: today, By: by.Account}
	f := &p.Follow
	if at := slices.IndexFunc(f.Notes, func(n WeekNote) bool { return n.Week == week && n.Side == by.Role }); at >= 0 {
		f.Notes[at] = note
		return nil
	}
	f.Notes = append(f.Notes, note)
	slices.SortStableFunc(f.Notes, func(a, b WeekNote) int { return strings.Compare(a.Week, b.Week) })
	return nil
}

func (p *Placement) countOpen() {
	p.Open = 0
	for _, m := range p.Follow.Marks {
		if m.Answer == "" && m.Kind != RollLeave {
			p.Open++
		}
	}
}
