package partnership

import (
	"fmt"
	"slices"
	"strings"
)

// Reach records that students reached a stage on a day: the school says who completed the
// training, school and company who is an intern, hired or still there. Members of a class
// that opened only, those who had left by that day not.
func (o *OrderClass) Reach(by Actor, now Stamp, stage Stage, students []string, day string) error {
	school, company := o.sides(by)
	switch {
	case !school && !company:
		return Refuse(ErrForbidden, "各阶段由学校或企业登记")
	case stage == StageEnrolled || stage.Words() == "":
		return Invalid{"stage": {"可以登记的阶段：完成培养、上岗实习、录用、满 6 个月在岗、满 12 个月在岗"}}
	case stage == StageTrained && !school:
		return Refuse(ErrForbidden, "完成培养由学校登记")
	case !isDay(day) || day > Day(now.Time()):
		return Invalid{"day": {"日期请写成 2027-06-30 这样，不能晚于今天"}}
	case o.Standing() != ClassOpened && o.Standing() != ClassFinished:
		return Refuse(ErrConflict, "这个班现在是“%s”，开班后才能登记", o.Standing().Words())
	case len(students) == 0:
		return Invalid{"students": {"请勾选学生"}}
	}
	for _, s := range students {
		at := slices.IndexFunc(o.Members, func(m ClassMember) bool { return m.Student == s && (m.Left == "" || m.Left >= day) })
		if at < 0 {
			return Invalid{"students": {"所选学生里有人不在班里，或那一天已经退出，请刷新后重选"}}
		}
		m := &o.Members[at]
		if m.Marks == nil {
			m.Marks = map[Stage]Mark{}
		}
		m.Marks[stage] = Mark{Day: day, By: by.Account}
	}
	return nil
}

// State a count of a stage, for a class without named students. A later stage cannot have
// more people than an earlier one.
func (o *OrderClass) StateCount(by Actor, now Stamp, r StageRecord) error {
	if school, company := o.sides(by); !school && !company {
		return Refuse(ErrForbidden, "人数由学校或企业登记")
	}
	if len(o.Members) > 0 {
		return Refuse(ErrConflict, "这个班有学生名单，各阶段人数按名单计算，不再按人数登记")
	}
	bad := Invalid{}
	if r.Stage.Words() == "" {
		bad.Add("stage", "请选择阶段")
	}
	if !isDay(r.Day) || r.Day > Day(now.Time()) {
		bad.Add("day", "日期请写成 2027-06-30 这样，不能晚于今天")
	}
	all := Stages()
	if at := slices.Index(all, r.Stage); at >= 0 {
		switch {
		case r.N < 0 || r.Stage == StageEnrolled && r.N > o.Seats:
			bad.Add("n", "人数应在 0 到计划人数 %d 之间", o.Seats)
		case at > 0 && r.N > *o.At(all[at-1]):
			bad.Add("n", "%s %d 人，不能多于%s的 %d 人", r.Stage.Words(), r.N, all[at-1].Words(), *o.At(all[at-1]))
		case at+1 < len(all) && r.N < *o.At(all[at+1]):
			bad.Add("n", "%s %d 人，不能少于%s的 %d 人", r.Stage.Words(), r.N, all[at+1].Words(), *o.At(all[at+1]))
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	r.At, r.By, r.Name = now, by.Account, by.Name
	o.Recorded = append(o.Recorded, r)
	*o.At(r.Stage) = r.N
	return nil
}

// Reached is what placements and outcomes say of one student of a class.
type Reached struct {
	Interned string // first day on a post of the company, "" if never
	Hired    string // day on which the school recorded the employment by the company
	PayFen   int64  // of that employment, 0 if not known
}

// Day is the day on which a member reached a stage, "" if not yet: as somebody recorded it,
// else as placements and outcomes say.
func (m *ClassMember) Day(s Stage, r Reached) string {
	switch {
	case s == StageEnrolled:
		return m.On
	case m.Marks[s].Day != "":
		return m.Marks[s].Day
	case s == StageInterned:
		return r.Interned
	case s == StageHired:
		return r.Hired
	}
	return ""
}

// Counted are the heads of each stage, in order, by members and what is known of them.
// Who left before the class opened is in none. A class without members keeps what was
// recorded.
func (o *OrderClass) Counted(known map[string]Reached) [6]int {
	var out [6]int
	if len(o.Members) == 0 {
		for i, s := range Stages() {
			out[i] = *o.At(s)
		}
		return out
	}
	opened := o.openedOn()
	for i := range o.Members {
		m := &o.Members[i]
		if m.Left != "" && (opened == "" || m.Left < opened) {
			continue
		}
		for at, s := range Stages() {
			if m.Day(s, known[m.Student]) != "" {
				out[at]++
			}
		}
	}
	return out
}

// openedOn is the day the class opened, "" if it has not.
func (o *OrderClass) openedOn() string {
	for _, s := range o.Steps {
		if s.To == string(ClassOpened) {
			return Day(s.At.Time())
		}
	}
	return ""
}

// PromiseState is what became of a promise.
type PromiseState string

// The states of a promise.
const (
	PromiseKept    PromiseState = "kept"
	PromiseBroken  PromiseState = "broken"
	PromisePending PromiseState = "pending" // its day has not come and it is not kept yet
	PromiseUnknown PromiseState = "unknown" // nobody recorded what would tell
)

// Words gives the state in the users' language.
func (s PromiseState) Words() string {
	return map[PromiseState]string{PromiseKept: "已兑现", PromiseBroken: "低于承诺", PromisePending: "未到期", PromiseUnknown: "没有记录"}[s]
}

// Promise is one promise of a class beside what came of it.
type Promise struct {
	Name, Promised, Delivered string
	Due                       string // day
	State                     PromiseState
}

// Promises sets what the company promised beside what was delivered by a day. The share
// hired is of those who joined. pays are the monthly pays known of those hired, in fen.
func (o *OrderClass) Promises(today string, pays []int64) []Promise {
	var out []Promise
	late := func(due string) PromiseState {
		if due == "" || due >= today {
			return PromisePending
		}
		return PromiseBroken
	}
	if o.PromisedPostsBy != "" {
		p := Promise{Name: "安排实习岗位", Promised: "全体入班学生", Due: o.PromisedPostsBy, Delivered: fmt.Sprintf("%d / %d 人上岗", o.Interned, o.Enrolled), State: late(o.PromisedPostsBy)}
		if o.Enrolled > 0 && o.Interned >= o.Enrolled {
			p.State = PromiseKept
		} else if o.Enrolled == 0 {
			p.State = PromiseUnknown
		}
		out = append(out, p)
	}
	if o.PromisedHirePct > 0 {
		p := Promise{Name: "录用比例", Promised: fmt.Sprintf("不低于 %d%%", o.PromisedHirePct), Due: o.PromisedBy, State: PromiseUnknown, Delivered: "—"}
		if o.Enrolled > 0 {
			p.Delivered = fmt.Sprintf("%d / %d 人，%.1f%%", o.Hired, o.Enrolled, 100*float64(o.Hired)/float64(o.Enrolled))
			if p.State = late(o.PromisedBy); o.HiredAsPromised() {
				p.State = PromiseKept
			}
		}
		out = append(out, p)
	}
	if o.PromisedPayFen > 0 {
		p := Promise{Name: "最低月薪", Promised: fmt.Sprintf("不低于 %d 元", o.PromisedPayFen/100), Due: o.PromisedBy, State: PromiseUnknown, Delivered: "没有人的报酬有记录"}
		if len(pays) > 0 {
			low, below := slices.Min(pays), 0
			for _, fen := range pays {
				if fen < o.PromisedPayFen {
					below++
				}
			}
			p.Delivered, p.State = fmt.Sprintf("有记录的 %d 人中最低 %d 元，%d 人低于承诺", len(pays), low/100, below), PromiseKept
			if below > 0 {
				p.State = PromiseBroken
			}
		}
		out = append(out, p)
	}
	return out
}

// HiredAsPromised reports whether the promised share of those who joined was hired.
func (o *OrderClass) HiredAsPromised() bool {
	return o.Enrolled > 0 && o.Hired*100 >= o.PromisedHirePct*o.Enrolled
}

// JoinClass binds the student to an order class: one at a time.
func (s *Student) JoinClass(class string) error {
	if s.Class != "" && s.Class != class {
		return Refuse(ErrConflict, "学号 %s 已经在另一个订单班，先退出那个班才能报名", s.Number)
	}
	if s.Entry.Change == RowGone {
		return Refuse(ErrConflict, "学号 %s 已经不在名册里，不能报名", s.Number)
	}
	s.Class = class
	return nil
}

// LeaveClass frees the student if this class holds it.
func (s *Student) LeaveClass(class string) {
	if s.Class == class {
		s.Class = ""
	}
}

// TrimmedNumbers are the student numbers of a typed list, each once.
func TrimmedNumbers(text string) []string {
	var out []string
	for _, n := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,，;；、\r\n\t", r) }) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
