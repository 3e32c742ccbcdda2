package demo

import (
	"fmt"

	"sunmao/services/partnership"
)

const classSize = 45 // students in a generated class

// window is the internship of the students who are in their third year: 1 March to 31 August.
func (b *builder) window() (from, to string) {
	y := schoolYear(b.day) + 1
	return fmt.Sprintf("%d-03-01", y), fmt.Sprintf("%d-08-31", y)
}

// cohorts generates the classes now in their third year: a third of the students
// that the schools had by major in 2025.
func (b *builder) cohorts() error {
	all, err := rows("enrolment_by_major")
	if err != nil {
		return err
	}
	from, to := b.window()
	entry := schoolYear(b.day) - 2
	for _, r := range all {
		code := b.major[r["major"]]
		if r["year"] != "2025" || number(r["students"]) < 3 || code == "" {
			continue
		}
		school := schoolID[r["school"]]
		at := b.out.Schools[0]
		if school == Yimin {
			at = b.out.Schools[1]
		}
		students := number(r["students"]) / 3
		classes := (students + classSize - 1) / classSize
		for i := range classes {
			size := students*(i+1)/classes - students*i/classes
			c := partnership.Cohort{School: school, SchoolName: at.Name, State: partnership.CohortOpen,
				Name: fmt.Sprintf("%d级%s%d班", entry, r["major"], i+1), Major: code, MajorName: r["major"], Category: code[:2], EntryYear: entry,
				Programme: "三年", Size: size, Priority: size / 12, Minors: size / 3, From: from, To: to, Region: Region, Point: at.Point,
				NeedsBeds: b.rng.IntN(3) > 0, MinPayFen: 2500_00, Unsettled: true, Sample: true}
			c.ID = fmt.Sprintf("cohort-%s-%s-%d", school, code, i+1)
			seen := map[string]bool{}
			for _, t := range b.trades {
				for _, s := range t.skills {
					if t.major == code && !seen[s] {
						seen[s] = true
						c.Skills = append(c.Skills, s)
					}
				}
			}
			b.out.Cohorts = append(b.out.Cohorts, c)
		}
	}
	return nil
}

// posts generates as many posts as table 29 counts for 2025, over the centre's
// partner companies, most of them in the company's own trade.
func (b *builder) posts() error {
	from, to := b.window()
	for i := range postsAll {
		h := b.hosts[i%len(b.hosts)]
		c := &b.out.Companies[h.company]
		t := b.trades[h.trade]
		if i >= len(b.hosts) { // a company's further posts lie in its own line
			t = b.sameLine(h.trade)
		}
		p := partnership.Post{Company: c.ID, CompanyName: c.Name, State: partnership.PostOpen, Kind: partnership.KindInternship,
			Title: t.title, Duties: t.duties + "。由企业师傅一对一带教，按学校实习方案轮换工序。", Skills: t.skills, Slots: 1 + b.rng.IntN(6), From: from, To: to, ClosesOn: from,
			HoursPerDay: 8, DaysPerWeek: 5, LabourGrade: 1 + b.rng.IntN(2), SamePostStaff: 10 + b.rng.IntN(40),
			PayForm: "货币", PayCycle: 30, PayTo: "学生本人", Lodging: b.rng.IntN(4) > 0, Meals: b.rng.IntN(5) > 0, Tutors: 1 + b.rng.IntN(3),
			Region: c.Region, Point: c.Point, Cluster: c.Cluster, Unsettled: true, Sample: true}
		p.PayFen = (t.pay + int64(b.rng.IntN(7)-2)*100) * 100
		p.PayWageFen = p.PayFen + 300_00
		p.ID = fmt.Sprintf("post-%03d", i+1)
		b.out.Posts, b.postMajor = append(b.out.Posts, p), append(b.postMajor, t.major)
	}
	return nil
}

// sameLine picks a trade of the same industry section, the given one included.
func (b *builder) sameLine(trade int) trade {
	section := b.trades[trade].industry[:1]
	for {
		if t := b.trades[b.rng.IntN(len(b.trades))]; t.industry[:1] == section {
			return t
		}
	}
}
