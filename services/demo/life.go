package demo

import (
	"fmt"
	"slices"
	"time"

	"sunmao/services/partnership"
)

// The district at work (all of it 示例): one published round with its offers, students by
// invented names, and placements in every state, so that no page of the demo is empty.

// classesAtWork is how many classes of each school are on their internship now.
var classesAtWork = map[string]int{Centre: 2, Yimin: 1}

const roundID = "round-demo-autumn"

// days are calendar days around the day of loading.
func (b *builder) days(n int) string { return partnership.Day(b.day.AddDate(0, 0, n)) }

// now is the internship under way: from two months ago, but of this school year, for five
// months.
func (b *builder) current() (from, to string) {
	start := b.day.AddDate(0, -2, 0)
	if first := time.Date(schoolYear(b.day), 9, 1, 0, 0, 0, 0, partnership.Beijing); start.Before(first) {
		start = first
	}
	return partnership.Day(start), partnership.Day(start.AddDate(0, 5, 0))
}

// life fills classes with students and places those of some classes.
func (b *builder) life() error {
	round := partnership.Round{Name: "示例：秋季岗位实习统筹分配", Owner: Region, Region: Region, Mode: partnership.ModeAssign, State: partnership.RoundPublished, Seed: 2025,
		Verdict: "示例数据，由程序生成", Sample: true, Steps: []partnership.Step{b.step(-70, "", string(partnership.RoundPreview), ""), b.step(-66, string(partnership.RoundPreview), string(partnership.RoundPublished), "")}}
	round.ID = roundID
	used, majors := map[int]bool{}, map[string]bool{}
	for _, school := range []string{Centre, Yimin} {
		for at, n := 0, 0; at < len(b.out.Cohorts) && n < classesAtWork[school]; at++ {
			c := &b.out.Cohorts[at]
			if c.School == school && !majors[c.Major] && b.supply(c.Major, used) >= min(c.Size, 20) {
				b.classAtWork(c, &round, used)
				majors[c.Major] = true
				n++
			}
		}
	}
	if err := b.springOffers(&round, used); err != nil {
		return err
	}
	b.out.Rounds = append(b.out.Rounds, round)
	b.classOfNames()
	return b.bookings()
}

// bookings open the first generated base to others and book its workstations for a class of
// each school, and its practice places for teachers.
func (b *builder) bookings() error {
	at := slices.IndexFunc(b.out.Bases, func(t partnership.TrainingBase) bool { return t.Sample })
	if at < 0 {
		return nil
	}
	base := &b.out.Bases[at]
	base.OpenToOthers, base.TeacherPlaces = true, 4
	book := partnership.BaseBook{Base: base.ID, Year: schoolYear(b.day)}
	book.ID = fmt.Sprintf("%s|%d", base.ID, book.Year)
	last := fmt.Sprintf("%d-08-31", book.Year+1)
	for i, k := range []partnership.BaseBooking{
		{School: Centre, Subject: "示例：技能训练", Seats: 5, Weekdays: []int{1, 3}, Parts: []string{partnership.Morning}},
		{School: Yimin, Subject: "示例：跨校借用工位", Seats: 4, Weekdays: []int{2}, Parts: []string{partnership.Morning, partnership.Afternoon}, State: partnership.BookingAsked},
		{School: Centre, Teachers: true, Subject: "示例：教师企业实践", Seats: 2, Weekdays: []int{5}, Parts: []string{partnership.Morning, partnership.Afternoon}},
	} {
		k.ID, k.At, k.By = fmt.Sprintf("booking-demo-%d", i+1), partnership.At(b.day.AddDate(0, 0, -20)), "demo"
		k.From, k.To = min(max(b.days(-14), fmt.Sprintf("%d-09-01", book.Year)), last), min(b.days(70), last)
		if k.State == "" {
			k.State = partnership.BookingConfirmed
		}
		k.SchoolName = b.out.Schools[0].Name
		if k.School == Yimin {
			k.SchoolName = b.out.Schools[1].Name
		}
		if !k.Teachers {
			c := slices.IndexFunc(b.out.Cohorts, func(c partnership.Cohort) bool { return c.School == k.School })
			k.Cohort, k.CohortName = b.out.Cohorts[c].ID, b.out.Cohorts[c].Name
		}
		if len(k.Days()) == 0 {
			continue
		}
		if err := book.Book(base, k); err != nil {
			return fmt.Errorf("demo: booking: %w", err)
		}
	}
	b.out.BaseBooks = append(b.out.BaseBooks, book)
	return nil
}

func (b *builder) step(day int, from, to, why string) partnership.Step {
	return partnership.Step{At: partnership.At(b.day.AddDate(0, 0, day)), Actor: "demo", From: from, To: to, Why: why}
}

// room is how many interns a post takes by the 10 % and 20 % rules.
func (b *builder) room(post int) int {
	p := &b.out.Posts[post]
	n := min(p.Slots, p.SamePostStaff/5)
	for i := range b.out.Companies {
		if c := &b.out.Companies[i]; c.ID == p.Company && c.Staff > 0 {
			n = min(n, c.Staff/10-b.interns[c.ID])
		}
	}
	return max(n, 0)
}

// supply counts the places for a major, up to a class.
func (b *builder) supply(major string, used map[int]bool) int {
	n := 0
	for i := range b.out.Posts {
		if b.postMajor[i] == major && !used[i] && n < classSize {
			n += b.room(i)
		}
	}
	return n
}

// roster invents the students of a class: nobody's name, no ID and no phone number.
func (b *builder) roster(c *partnership.Cohort) []partnership.Student {
	yes := true
	class := 1 + slices.IndexFunc(b.out.Cohorts, func(o partnership.Cohort) bool { return o.ID == c.ID })
	out := make([]partnership.Student, c.Size)
	for i := range out {
		s := &out[i]
		s.School, s.Number = c.School, fmt.Sprintf("示例%d%03d%02d", c.EntryYear, class, i+1)
		s.ID = partnership.StudentID(c.School, s.Number)
		s.Entry = partnership.RosterEntry{Cohort: c.ID, CohortName: c.Name, Major: c.Major, MajorName: c.MajorName, EntryYear: c.EntryYear,
			Birth: fmt.Sprintf("%d-%02d-%02d", c.EntryYear-16, 1+i%12, 1+i%28), Sex: []string{"男", "女"}[i%2], Residence: Region, Priority: i < c.Priority, Fit: &yes,
			Name: partnership.Sealed(fmt.Sprintf("示例学生%02d", i+1)), Guardian: partnership.Sealed(fmt.Sprintf("示例家长%02d", i+1)), Change: partnership.RowUnchanged}
	}
	return out
}

// classAtWork places the students of a class on posts of their trade, which are then full.
func (b *builder) classAtWork(c *partnership.Cohort, round *partnership.Round, used map[int]bool) {
	from, to := b.current()
	students := b.roster(c)
	c.State, c.From, c.To = partnership.CohortPlaced, from, to
	at := 0
	for i := range b.out.Posts {
		if b.postMajor[i] != c.Major || used[i] || at == len(students) {
			continue
		}
		n := min(b.room(i), len(students)-at)
		if n == 0 {
			continue
		}
		used[i] = true
		p := &b.out.Posts[i]
		p.From, p.To, p.ClosesOn, p.Slots, p.Taken, p.State = from, to, to, n, n, partnership.PostFull
		offer := b.offer(round, c, p, n, "accepted")
		for k := range n {
			b.placed(c, p, offer, k+1, &students[at])
			at++
		}
		b.interns[p.Company] += n
	}
	round.Students, round.Seats, round.Placed = round.Students+c.Size, round.Seats+at, round.Placed+at
	b.out.Students = append(b.out.Students, students...)
}

func (b *builder) offer(round *partnership.Round, c *partnership.Cohort, p *partnership.Post, n int, state string) string {
	a := partnership.Allocation{Round: round.ID, RunLine: partnership.RunLine{Cohort: c.ID, CohortName: c.Name, School: c.School, Post: p.ID, PostTitle: p.Title, Company: p.Company, CompanyName: p.CompanyName,
		Count: n, Score: 8200 + 13*(n%7)}, Why: []string{"专业与岗位对口", "实习时间一致"}, State: state, Sample: true}
	a.ID = round.ID + ":" + c.ID + ":" + p.ID
	round.Score += int64(a.Score * n)
	round.Bound = round.Score
	b.out.Allocations = append(b.out.Allocations, a)
	return a.ID
}

// placed is one student on a post. By turns one ended early, some have finished, and most
// are at work with roll calls and notes.
func (b *builder) placed(c *partnership.Cohort, p *partnership.Post, offer string, seat int, s *partnership.Student) {
	i := len(b.out.Placements)
	x := partnership.Placement{State: partnership.PlacementOnPost, Offer: offer, Seat: seat, Post: p.ID, PostTitle: p.Title, Kind: p.Kind, Company: p.Company, CompanyName: p.CompanyName,
		School: c.School, SchoolName: c.SchoolName, Cohort: c.ID, CohortName: c.Name, Student: s.ID, MajorName: c.MajorName, Skills: c.Skills, From: p.From, To: p.To, StartedOn: p.From, Sample: true}
	x.ID = fmt.Sprintf("placement-demo-%03d", i+1)
	x.Agreement = b.signed(&x)
	x.Papers = b.papers(&x)
	x.InsuredTo = x.To
	x.Steps = []partnership.Step{b.step(-65, "", string(partnership.PlacementProposed), ""), b.step(-64, string(partnership.PlacementProposed), string(partnership.PlacementAccepted), ""),
		b.step(-62, string(partnership.PlacementAccepted), string(partnership.PlacementAgreed), "三方签字和知情同意齐全"), b.step(-60, string(partnership.PlacementAgreed), string(partnership.PlacementOnPost), "")}
	b.follow(&x, i)
	switch {
	case i%23 == 7:
		x.State = partnership.PlacementEnded
		x.Ended = &partnership.EarlyEnd{Day: b.days(-9), By: "学生", Reason: "示例：身体原因返校"}
		x.Steps = append(x.Steps, b.step(-9, string(partnership.PlacementOnPost), string(x.State), "学生：示例：身体原因返校"))
		p.Taken, p.State = p.Taken-1, partnership.PostOpen
	case i%9 == 4:
		x.State = partnership.PlacementCompleted
		x.BySchool = &partnership.Evaluation{Day: b.days(-5), Score: 80 + i%15, Words: "示例：能独立完成本岗位工作", By: "demo"}
		x.ByCompany = &partnership.Evaluation{Day: b.days(-6), Score: 82 + i%15, Words: "示例：遵守制度，操作规范", By: "demo"}
		x.Papers.Archive = []string{"三方协议", "实习方案", "实习报告", "考核结果", "实习日志", "检查记录", "实习总结", "其他佐证"}
		x.Steps = append(x.Steps, b.step(-5, string(partnership.PlacementOnPost), string(x.State), ""))
	default:
		s.Held, s.HeldAt = x.ID, partnership.At(b.day.AddDate(0, 0, -64))
	}
	if x.State == partnership.PlacementEnded || x.State == partnership.PlacementCompleted {
		x.Open = 0
	}
	b.out.Placements = append(b.out.Placements, x)
}

// signed is an agreement that all have signed; its clauses follow from the post when it is
// stored.
func (b *builder) signed(x *partnership.Placement) *partnership.Agreement {
	day := min(b.days(-62), x.From)
	return &partnership.Agreement{Template: "2026-1", From: x.From, To: x.To, School: day, Company: day, Student: day, StudentConsent: day, GuardianConsent: day}
}

func (b *builder) papers(x *partnership.Placement) partnership.Papers {
	yes, no := true, false
	before := min(b.days(-63), x.From)
	return partnership.Papers{PlanOn: before, SchoolRules: []string{"管理办法", "安全规定", "应急预案"}, ApprovedOn: before, PublishedOn: before, RollMatches: &yes,
		Policies:    []partnership.Policy{{Insurer: "示例保险公司", Number: "示例保单", From: x.From, To: x.To, Paid: "学校"}},
		SchoolTutor: "示例教师", CompanyTutor: "示例师傅", Training: &partnership.Training{Day: before, Topic: "安全与岗位规范", Passed: true}, FromAway: &no, Lodging: "回家住", LodgingOK: &yes,
		Filings:  []partnership.Filing{{Kind: "F1", Office: "荣昌区教育委员会", Day: before}},
		Evidence: []string{"示例：备案回执、保单复印件存学校实习科"}}
}

// follow calls the roll on working days of the last two weeks; by turns something was up.
func (b *builder) follow(x *partnership.Placement, i int) {
	for back := 14; back >= 1; back-- {
		t := b.day.AddDate(0, 0, -back)
		if w := t.Weekday(); w == time.Saturday || w == time.Sunday || partnership.Day(t) < x.StartedOn {
			continue
		}
		x.Follow.Called = append(x.Follow.Called, partnership.Day(t))
	}
	if n := len(x.Follow.Called); n > 2 && i%8 == 3 {
		m := partnership.RollMark{Day: x.Follow.Called[n-1], Kind: partnership.RollKinds()[i%4], Words: "示例", By: "demo"}
		if i%16 == 3 {
			m.Answer, m.AnsweredOn = "示例：已联系本人，情况已了解", m.Day
		} else if m.Kind != partnership.RollLeave {
			x.Open = 1
		}
		x.Follow.Marks = []partnership.RollMark{m}
	}
	if week := partnership.MondayOf(b.days(-7)); week >= x.StartedOn {
		x.Follow.Notes = []partnership.WeekNote{{Week: week, Side: partnership.RoleSchool, Words: "示例：巡视一次，学习和生活正常。", On: b.days(-3), By: "demo"}}
	}
}

// springOffers are lines of the round for the spring: some wait for the company's answer,
// some for students, with students asked, accepted and declined.
func (b *builder) springOffers(round *partnership.Round, used map[int]bool) error {
	at := slices.IndexFunc(b.out.Cohorts, func(c partnership.Cohort) bool {
		return c.School == Centre && c.State == partnership.CohortOpen && b.supply(c.Major, used) >= 20
	})
	if at < 0 {
		return nil
	}
	c := &b.out.Cohorts[at]
	students := b.roster(c)
	lines := 0
	for i := range b.out.Posts {
		p := &b.out.Posts[i]
		if p.State != partnership.PostOpen || p.Taken > 0 || p.Company != Company && b.postMajor[i] != c.Major || b.room(i) < 2 {
			continue
		}
		state := "offered"
		if lines%2 == 1 {
			state = "accepted"
		}
		offer := b.offer(round, c, p, 2, state)
		if state == "accepted" {
			b.asked(c, p, offer, students, lines)
		}
		if lines++; lines == 6 {
			break
		}
	}
	round.Students, round.Seats, round.Placed = round.Students+2*lines, round.Seats+2*lines, round.Placed+2*lines
	b.out.Students = append(b.out.Students, students...)
	return b.rotation(c, students)
}

// rotation is a plan by which the class would alternate between school and posts of its trade.
func (b *builder) rotation(c *partnership.Cohort, students []partnership.Student) error {
	r := partnership.Rotation{School: c.School, Cohort: c.ID, CohortName: c.Name, Name: "示例：" + c.Name + "工读轮换", From: c.From, To: c.To, TurnWeeks: 2, Sample: true}
	r.ID = "rotation-demo-1"
	for i := range students {
		r.Students = append(r.Students, students[i].ID)
	}
	seats := 0
	for i := range b.out.Posts {
		p := &b.out.Posts[i]
		if b.postMajor[i] == c.Major && p.State == partnership.PostOpen && p.Taken == 0 && p.From == c.From && len(r.Posts) < 8 && b.room(i) > 0 {
			r.Posts = append(r.Posts, partnership.RotationPost{Post: p.ID, Title: p.Title, Company: p.CompanyName, Slots: b.room(i)})
			seats += b.room(i)
		}
	}
	if seats == 0 {
		return nil
	}
	r.Batches = max(2, (len(students)+seats-1)/seats)
	if r.Weeks()/r.TurnWeeks < r.Batches {
		return nil // too few places for everybody to have a turn
	}
	if err := r.Plan(); err != nil {
		return fmt.Errorf("demo: rotation: %w", err)
	}
	b.out.Rotations = append(b.out.Rotations, r)
	return nil
}

// asked are two students of an accepted line: one has accepted and lacks signatures, the
// other has not answered.
func (b *builder) asked(c *partnership.Cohort, p *partnership.Post, offer string, students []partnership.Student, line int) {
	for k := range 2 {
		s := &students[2*line+k]
		x := partnership.Placement{State: partnership.PlacementProposed, Offer: offer, Seat: k + 1, Post: p.ID, PostTitle: p.Title, Kind: p.Kind, Company: p.Company, CompanyName: p.CompanyName,
			School: c.School, SchoolName: c.SchoolName, Cohort: c.ID, CohortName: c.Name, Student: s.ID, MajorName: c.MajorName, Skills: c.Skills, From: p.From, To: p.To, Sample: true,
			Steps: []partnership.Step{b.step(-6, "", string(partnership.PlacementProposed), "")}}
		x.ID = fmt.Sprintf("placement-demo-%03d", len(b.out.Placements)+1)
		if k == 0 {
			x.State = partnership.PlacementAccepted
			x.Agreement = &partnership.Agreement{Template: "2026-1", From: p.From, To: p.To, School: b.days(-2), StudentConsent: b.days(-3)}
			x.Steps = append(x.Steps, b.step(-4, string(partnership.PlacementProposed), string(partnership.PlacementAccepted), ""))
			s.Held, s.HeldAt = x.ID, partnership.At(b.day.AddDate(0, 0, -4))
			p.Taken++
		}
		b.out.Placements = append(b.out.Placements, x)
	}
}

// classOfNames is an order class whose students are named, beside those that a report only
// counts: a few left before it opened, the rest are in training.
func (b *builder) classOfNames() {
	at := slices.IndexFunc(b.out.Students, func(s partnership.Student) bool { return s.School == Yimin })
	if at < 0 {
		return
	}
	first := b.out.Students[at].Entry
	o := partnership.OrderClass{Company: Company, School: Yimin, SchoolName: "重庆益民技工学校", State: partnership.ClassOpened, Kind: "学徒制班", Name: "示例" + first.MajorName + "学徒制班",
		Majors: []string{first.Major}, MajorNames: first.MajorName, Seats: 24, Minimum: 10, Year: schoolYear(b.day), DecideBy: b.days(-40), From: b.days(-30), To: b.days(330),
		PromisedHirePct: 80, PromisedPayFen: 3500_00, PromisedBy: b.days(400), PromisedPostsBy: b.days(120), Sample: true,
		Confirmed: &partnership.Mark{Day: b.days(-45), By: "demo"}, Rounds: []partnership.SelectionRound{{Day: b.days(-50), Way: "面试", Applied: 20}, {Day: b.days(-44), Way: "实操", Applied: 16}},
		Steps: []partnership.Step{b.step(-60, "", string(partnership.ClassEnrolling), ""), b.step(-38, string(partnership.ClassEnrolling), string(partnership.ClassOpened), "")}}
	o.ID = "oc-6"
	for _, c := range b.out.Companies {
		if c.ID == Company {
			o.CompanyName = c.Name
		}
	}
	for i := at; i < len(b.out.Students) && len(o.Members) < 16; i++ {
		s := &b.out.Students[i]
		if s.School != Yimin {
			continue
		}
		m := partnership.ClassMember{Student: s.ID, On: b.days(-42), Round: 1 + len(o.Members)%2}
		if len(o.Members) == 5 {
			m.Left, m.LeftWhy = b.days(-39), "示例：改报别的班"
		} else {
			s.Class, o.Enrolled = o.ID, o.Enrolled+1
		}
		o.Members = append(o.Members, m)
	}
	b.out.OrderClasses = append(b.out.OrderClasses, o)
}
