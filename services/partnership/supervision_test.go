package partnership

import (
	"errors"
	"testing"
	"time"
)

func onPost() (*Placement, Actor, Actor, Stamp) {
	p := &Placement{State: PlacementOnPost, School: "s", Company: "c", StartedOn: "2027-03-03", From: "2027-03-01", To: "2027-08-31"}
	return p, Actor{Account: "t", Role: RoleSchool, Party: "s"}, Actor{Account: "m", Role: RoleCompany, Party: "c"}, At(time.Date(2027, 3, 17, 9, 0, 0, 0, Beijing))
}

func TestCallRoll(t *testing.T) {
	p, school, company, now := onPost()
	for _, tc := range []struct {
		name string
		by   Actor
		day  string
		mark *RollMark
		ok   bool
		open int // exceptions that wait, after it
	}{
		{"by the school", school, "2027-03-10", nil, false, 0},
		{"before the start", company, "2027-03-02", nil, false, 0},
		{"tomorrow", company, "2027-03-18", nil, false, 0},
		{"no day", company, "3 月 10 日", nil, false, 0},
		{"no such kind", company, "2027-03-10", &RollMark{Kind: "asleep"}, false, 0},
		{"all there", company, "2027-03-10", nil, true, 0},
		{"on leave asks for nothing", company, "2027-03-11", &RollMark{Kind: RollLeave}, true, 0},
		{"absent", company, "2027-03-12", &RollMark{Kind: RollAbsent}, true, 1},
		{"an earlier day later", company, "2027-03-09", &RollMark{Kind: RollLate}, true, 2},
		{"corrected to there", company, "2027-03-09", nil, true, 1},
		{"corrected to hurt", company, "2027-03-12", &RollMark{Kind: RollHurt, Words: "擦伤"}, true, 1},
	} {
		err := p.CallRoll(tc.by, now, tc.day, tc.mark)
		if (err == nil) != tc.ok || p.Open != tc.open {
			t.Errorf("%s: %v, %d open, want %d", tc.name, err, p.Open, tc.open)
		}
	}
	if got := p.Follow.LastCall(); got != "2027-03-12" || len(p.Follow.Called) != 4 {
		t.Errorf("called on %v", p.Follow.Called)
	}
	if err := p.AnswerMark(school, now, "2027-03-09", "处理"); !errors.Is(err, ErrNotFound) {
		t.Errorf("answered what was corrected: %v", err)
	}
	if err := p.AnswerMark(school, now, "2027-03-12", "已告知监护人"); err != nil || p.Open != 0 {
		t.Errorf("answer: %v, %d open", err, p.Open)
	}
}

func TestWeekNote(t *testing.T) {
	p, school, company, now := onPost()
	for _, tc := range []struct {
		name, day string
		by        Actor
		ok        bool
		notes     int
	}{
		{"week before the start", "2027-02-28", school, false, 0},
		{"Monday of the week of the start", "2027-03-01", school, true, 1},
		{"its Sunday takes its place", "2027-03-07", school, true, 1},
		{"the other side's own", "2027-03-05", company, true, 2},
		{"this week, a day to come", "2027-03-21", school, true, 3},
		{"next week", "2027-03-22", school, false, 3},
		{"a stranger", "2027-03-10", Actor{Role: RoleSchool, Party: "other"}, false, 3},
	} {
		err := p.Note(tc.by, now, tc.day, "装夹和对刀")
		if (err == nil) != tc.ok || len(p.Follow.Notes) != tc.notes {
			t.Errorf("%s: %v, %d notes, want %d", tc.name, err, len(p.Follow.Notes), tc.notes)
		}
	}
	if got := p.Follow.LastNote(RoleSchool); got != "2027-03-15" {
		t.Errorf("last note of the school is of %s", got)
	}
}
