package partnership

import "time"

// Retention is how many years the personal data of a student are kept after the last day
// at school; 0 keeps them until the school erases them. The default of three years is the
// general limitation period of a civil claim (民法典第一百八十八条), within which a student
// may still need the papers of an internship; the least time that serves the purpose is
// what 个人信息保护法第十九条 asks for.
type Retention int

// DefaultRetention is used where nothing else is set.
const DefaultRetention Retention = 3

// longestProgramme is the most years a student stays (五年一贯制): which programme a
// student is in is not always recorded, and nobody's data may go too early.
const longestProgramme = 5

// LastDay is the day on which the student left, as far as the roster tells: the day the
// school's roster no longer held the student, or 31 August after the longest programme.
func (s *Student) LastDay() string {
	if s.Entry.Change == RowGone {
		return Day(s.Updated.Time())
	}
	return Day(time.Date(s.Entry.EntryYear+longestProgramme, time.August, 31, 0, 0, 0, 0, Beijing))
}

// Until is the last day on which the student's data are kept, "" if none is set.
func (r Retention) Until(s *Student) string {
	last, err := time.ParseInLocation(time.DateOnly, s.LastDay(), Beijing)
	if err != nil || r <= 0 || s.Entry.EntryYear == 0 && s.Entry.Change != RowGone {
		return ""
	}
	return Day(last.AddDate(int(r), 0, 0))
}

// Due reports whether the student's data are to be erased on the given day. A placement
// that holds the student keeps them.
func (r Retention) Due(s *Student, day string) bool {
	until := r.Until(s)
	return s.Held == "" && until != "" && until < day
}

// LastEntryYear is the youngest year of entry that can be due on the given day.
func (r Retention) LastEntryYear(day string) int {
	return atoi(day[:min(4, len(day))]) - longestProgramme - int(r)
}

// Forget takes out of a placement what was written about the student: words of
// evaluation, reasons, insurance numbers. What is counted stays: days, state, post.
func (p *Placement) Forget() {
	for _, e := range []*Evaluation{p.BySchool, p.ByCompany} {
		if e != nil {
			e.Words = ""
		}
	}
	if p.Ended != nil {
		p.Ended.Reason = ""
	}
	for i := range p.Steps {
		p.Steps[i].Why = ""
	}
	p.Papers.Policies, p.Papers.Reasons, p.Papers.Archive, p.Papers.Filings = nil, nil, nil, nil
}

// Forget takes the student number out of an outcome and of what it said before. The id of
// the student stays, which says nothing by itself, so that 留用率 counts the same afterwards;
// free words and evidence, which may name the student, go.
func (o *Outcome) Forget(student string) {
	forget := func(o *Outcome) {
		o.Student, o.Pseudonym, o.Evidence, o.Steps = "", student, nil, nil
		if o.ByGraduate != nil {
			said := *o.ByGraduate
			said.Why = ""
			o.ByGraduate = &said
		}
		if o.ByCompany != nil {
			said := *o.ByCompany
			said.Why = ""
			o.ByCompany = &said
		}
	}
	forget(o)
	for i := range o.Past {
		forget(&o.Past[i])
	}
}
