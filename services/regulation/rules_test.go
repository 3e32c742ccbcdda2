package regulation

import (
	"slices"
	"strings"
	"testing"
)

func ptr[T any](v T) *T { return &v }

func national(t testing.TB) Set {
	t.Helper()
	s, err := National()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// good is a placement that breaks nothing: the ground that each case changes in one point.
func good() PlacementFacts {
	company := CompanyFacts{ID: "c1", Name: "重庆示例精密机械有限公司", Region: "500153", Industry: "C3525", Staff: ptr(200),
		Dishonest: ptr(false), SafetyPenalty: ptr(""), New: ptr(true), ApprovedOn: "2026-01-20", PublishedOn: "2026-01-25",
		Visit: &SiteVisit{Day: "2026-01-10", Topics: []string{"资质", "诚信", "管理水平", "岗位性质和内容", "工作时间", "工作环境", "生活环境", "健康保障和安全防护"}}}
	post := PostFacts{ID: "p1", Title: "数控车工", Kind: Internship, Start: "2026-03-01", End: "2026-08-31", Region: "500153", Abroad: ptr(false),
		Company: company, Majors: []string{"660103"}, Slots: 10, DailyHours: ptr(8.0), WeeklyHours: ptr(40.0), OvertimeHours: ptr(0.0),
		Shifts: []string{"08:00-17:00"}, RestDayWork: ptr(false), HolidayWork: ptr(false), Hazards: []Hazard{}, LabourGrade: ptr(2),
		Tasks: []string{"识图", "编程", "加工"}, SamePostStaff: ptr(50), PayFen: ptr(int64(320_000)), PayUnit: "月",
		SamePostFen: ptr(int64(400_000)), LowestFen: ptr(int64(350_000)), Independent: ptr(true), PayForm: "货币", Payee: "学生本人",
		PayCycleDays: ptr(30), Fees: []string{}, HoldsPapers: ptr(false), AsksSurety: ptr(false), PaysSchool: ptr(false), Arranger: "学校"}
	return PlacementFacts{ID: "x1", Start: "2026-03-01", End: "2026-08-31", Post: post,
		Student: StudentFacts{ID: "s1", Birth: "2008-01-15", Sex: "女", EntryYear: 2023, Major: "660103", IDMatches: ptr(true), Fit: ptr(true), FromAway: ptr(false)},
		School:  SchoolFacts{Type: "中职", Region: "500153", Authority: "荣昌区教育委员会", Papers: []string{"管理办法", "安全规定", "应急预案"}},
		Agreement: AgreementFacts{From: "2026-03-01", To: "2026-08-31", School: "2026-02-20", Company: "2026-02-21", Student: "2026-02-22", SchoolTutor: "甲", CompanyTutor: "乙",
			StudentConsent: "2026-02-20", GuardConsent: "2026-02-20", Clauses: []string{"各方信息", "时间地点内容条件", "食宿工时休假", "报酬及支付", "劳动保护", "责任保险与事故处理", "考核", "违约责任", "其他约定"}},
		PlanOn: "2026-01-05", ArrangedBy: "学校", Training: &Training{Day: "2026-02-25", Passed: true},
		Insurance: []Policy{{From: "2026-03-01", To: "2027-02-28", Paid: "学校"}},
		Filings:   []FilingFacts{{Kind: "F1", Office: "荣昌区教育委员会", Day: "2026-02-01"}}}
}

const today = "2026-02-27"

// placed checks good() after a change.
func placed(s Set, change func(f *PlacementFacts)) []Finding {
	f := good()
	change(&f)
	return CheckPlacement(f, s, today)
}

func of(all []Finding, rule string) []Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return f.Rule != rule })
}

func TestGoodBreaksNothing(t *testing.T) {
	s, f := national(t), good()
	for name, found := range map[string][]Finding{
		"placement": CheckPlacement(f, s, today), "post": CheckPost(f.Post, s, today), "company": CheckCompany(f.Post.Company, s, "2026-03-01"),
		"agreement": CheckAgreement(func() AgreementFacts {
			a := f.Agreement
			a.Kind, a.Start, a.End, a.ArrangedBy = Internship, f.Start, f.End, "学校"
			return a
		}(), s, today),
		"cohort": CheckCohort(CohortFacts{Kind: Internship, Start: f.Start, End: f.End, Major: "660103", EntryYear: 2023, School: f.School, PlanOn: f.PlanOn, Filings: f.Filings}, s, today),
	} {
		for _, x := range found {
			t.Errorf("%s: %s %s: %s", name, x.Severity, x.Rule, x.Sentence)
		}
	}
}

// ruleCase changes good() in one point. Want is the severity that the rule finds, ""
// for none; an unknown answer is marked by ? before the severity.
type ruleCase struct {
	rule, name string
	change     func(f *PlacementFacts)
	want       string
	value      string // in the finding's value
}

var whoCases = []ruleCase{
	{"K1", "old name", func(f *PlacementFacts) { f.Post.Kind = "跟岗实习" }, "block", "跟岗"},
	{"K1", "unknown", func(f *PlacementFacts) { f.Post.Kind = "" }, "?block", ""},
	{"K1", "a job is no internship", func(f *PlacementFacts) { f.Post.Kind = Job }, "", ""},
	{"K2", "found by the student", func(f *PlacementFacts) { f.Post.Kind, f.ArrangedBy = Observation, "学生" }, "forbidden", ""},
	{"K2", "arranged by the school", func(f *PlacementFacts) { f.Post.Kind = Observation }, "", ""},
	{"K3", "work under another label", func(f *PlacementFacts) { f.Post.Kind, f.Post.Label = Observation, "社会实践" }, "warning", "社会实践"},
	{"K3", "label without hours", func(f *PlacementFacts) {
		f.Post.Kind, f.Post.Label, f.Post.DailyHours, f.Post.Shifts = Observation, "社会实践", nil, nil
	}, "", ""},
	{"K4", "factory in school unregistered", func(f *PlacementFacts) { f.Post.HostType = "校中厂" }, "block", "校中厂"},
	{"K4", "factory in school registered", func(f *PlacementFacts) { f.Post.HostType, f.Post.HostReg = "校中厂", "52500153X" }, "", ""},
	{"K5", "university", func(f *PlacementFacts) { f.School.Type = "普通本科" }, "warning", "普通本科"},
	{"K5", "unknown", func(f *PlacementFacts) { f.School.Type = "" }, "", ""},
	{"G1", "grade 1", func(f *PlacementFacts) { f.Student.EntryYear = 2025 }, "forbidden", "1"},
	{"G1", "grade 2", func(f *PlacementFacts) { f.Student.EntryYear = 2024 }, "", ""},
	{"G1", "grade 2 from 1 September", func(f *PlacementFacts) { f.Student.EntryYear, f.Start, f.End = 2025, "2026-09-01", "2027-02-28" }, "", ""},
	{"G1", "the day before", func(f *PlacementFacts) { f.Student.EntryYear, f.Start = 2025, "2026-08-31" }, "forbidden", "1"},
	{"G1", "repeats grade 1", func(f *PlacementFacts) { f.Student.EntryYear, f.Student.Repeated = 2024, 1 }, "forbidden", "1"},
	{"G1", "observation is not covered", func(f *PlacementFacts) { f.Student.EntryYear, f.Post.Kind = 2025, Observation }, "", ""},
	{"G1", "unknown", func(f *PlacementFacts) { f.Student.EntryYear = 0 }, "?block", ""},
	{"G2", "15", func(f *PlacementFacts) { f.Student.Birth = "2010-06-01" }, "forbidden", "15"},
	{"G2", "16 on the first day", func(f *PlacementFacts) { f.Student.Birth = "2010-03-01" }, "forbidden", "15"},
	{"G2", "16 the day before", func(f *PlacementFacts) { f.Student.Birth = "2010-02-28" }, "", ""},
	{"G2", "unknown", func(f *PlacementFacts) { f.Student.Birth = "" }, "?block", ""},
	{"G3", "not as on the roll", func(f *PlacementFacts) { f.Student.IDMatches = ptr(false) }, "block", ""},
	{"G3", "unknown", func(f *PlacementFacts) { f.Student.IDMatches = nil }, "?block", ""},
}

func minor(change func(p *PostFacts)) func(f *PlacementFacts) {
	return func(f *PlacementFacts) { f.Student.Birth = "2009-01-01"; change(&f.Post) }
}

func post(change func(p *PostFacts)) func(f *PlacementFacts) {
	return func(f *PlacementFacts) { change(&f.Post) }
}

var workCases = []ruleCase{
	{"H1", "grade III", post(func(p *PostFacts) { p.LabourGrade = ptr(3) }), "forbidden", "Ⅲ"},
	{"H1", "grade II", post(func(p *PostFacts) { p.LabourGrade = ptr(2) }), "", ""},
	{"H1", "unknown", post(func(p *PostFacts) { p.LabourGrade = nil }), "?block", ""},
	{"H2", "dust", minor(func(p *PostFacts) { p.Hazards = []Hazard{{"粉尘", 1}} }), "forbidden", "粉尘"},
	{"H2", "heights of grade 1", minor(func(p *PostFacts) { p.Hazards = []Hazard{{"高处", 1}} }), "", ""},
	{"H2", "heights of grade 2", minor(func(p *PostFacts) { p.Hazards = []Hazard{{"高处", 2}} }), "forbidden", "高处"},
	{"H2", "grade written into the kind", minor(func(p *PostFacts) { p.Hazards = []Hazard{{"高处2级", 0}} }), "forbidden", "高处（2 级）"},
	{"H2", "low grade written into the kind", minor(func(p *PostFacts) { p.Hazards = []Hazard{{"高处1级", 0}} }), "", ""},
	{"H2", "grade not told", minor(func(p *PostFacts) { p.Hazards = []Hazard{{"高温", 0}} }), "forbidden", "高温"},
	{"H2", "heat of grade 2", minor(func(p *PostFacts) { p.Hazards = []Hazard{{"高温", 2}} }), "", ""},
	{"H2", "one lift of 25 kg", minor(func(p *PostFacts) { p.LiftKg, p.LiftsPerHour = ptr(25.0), ptr(5.0) }), "", ""},
	{"H2", "one lift of 25.1 kg", minor(func(p *PostFacts) { p.LiftKg = ptr(25.1) }), "forbidden", "25.1"},
	{"H2", "six lifts of 21 kg", minor(func(p *PostFacts) { p.LiftKg, p.LiftsPerHour = ptr(21.0), ptr(6.0) }), "forbidden", "6 次"},
	{"H2", "lifts not counted", minor(func(p *PostFacts) { p.LiftKg = ptr(21.0) }), "forbidden", "未填"},
	{"H2", "six lifts of 20 kg", minor(func(p *PostFacts) { p.LiftKg, p.LiftsPerHour = ptr(20.0), ptr(6.0) }), "", ""},
	{"H2", "50 motions", minor(func(p *PostFacts) { p.MotionsPerMinute = ptr(50.0) }), "", ""},
	{"H2", "51 motions", minor(func(p *PostFacts) { p.MotionsPerMinute = ptr(51.0) }), "forbidden", "51"},
	{"H2", "grade IV", minor(func(p *PostFacts) { p.LabourGrade = ptr(4) }), "forbidden", "Ⅳ"},
	{"H2", "of age", post(func(p *PostFacts) { p.Hazards = []Hazard{{"粉尘", 3}} }), "", ""},
	{"H2", "18 on the first day", func(f *PlacementFacts) {
		f.Student.Birth, f.Post.Hazards = "2008-03-01", []Hazard{{"粉尘", 1}}
	}, "forbidden", "粉尘"},
	{"H2", "unknown hazards", minor(func(p *PostFacts) { p.Hazards = nil }), "?block", ""},
	{"H2", "unknown age", func(f *PlacementFacts) { f.Student.Birth = "" }, "?block", ""},
	{"H3", "not fit", func(f *PlacementFacts) { f.Student.Birth, f.Student.Fit = "2009-01-01", ptr(false) }, "forbidden", ""},
	{"H3", "not asked", func(f *PlacementFacts) { f.Student.Birth, f.Student.Fit = "2009-01-01", nil }, "?warning", ""},
	{"H3", "of age", func(f *PlacementFacts) { f.Student.Fit = nil }, "", ""},
	{"H4", "underground", post(func(p *PostFacts) { p.Hazards = []Hazard{{"井下", 0}} }), "forbidden", "井下"},
	{"H4", "grade IV", post(func(p *PostFacts) { p.LabourGrade = ptr(4) }), "forbidden", "Ⅳ"},
	{"H4", "heavy lifts", post(func(p *PostFacts) { p.LiftKg = ptr(26.0) }), "forbidden", "26"},
	{"H4", "a man", func(f *PlacementFacts) { f.Student.Sex, f.Post.Hazards = "男", []Hazard{{"井下", 0}} }, "", ""},
	{"H4", "unknown sex", func(f *PlacementFacts) { f.Student.Sex = "" }, "?block", ""},
	{"H4", "unknown hazards", post(func(p *PostFacts) { p.Hazards = nil }), "?block", ""},
	{"H5", "karaoke by code", post(func(p *PostFacts) { p.Industry = "R9011" }), "forbidden", "9011"},
	{"H5", "bar by name", post(func(p *PostFacts) { p.Site = "某某ktv一楼" }), "forbidden", "KTV"},
	{"H5", "the company's name", post(func(p *PostFacts) { p.Company.Name = "重庆某某网吧" }), "forbidden", "网吧"},
	{"H5", "a hotel with a bar, work in the kitchen", post(func(p *PostFacts) { p.Company.Name, p.Site, p.Industry = "某某酒店酒吧", "酒店后厨", "6110" }), "", ""},
	{"H5", "unknown", post(func(p *PostFacts) { p.Company.Industry = "" }), "?warning", ""},
	{"H5A", "foot bath", post(func(p *PostFacts) { p.Industry = "8052" }), "warning", "8052"},
	{"H5A", "restaurant", post(func(p *PostFacts) { p.Industry = "6210" }), "", ""},
	{"H6", "heights", post(func(p *PostFacts) { p.Hazards = []Hazard{{"高处", 1}} }), "filing", "高处"},
	{"H6", "noise", post(func(p *PostFacts) { p.Hazards = []Hazard{{"噪声", 1}} }), "", ""},
	{"H6", "unknown", post(func(p *PostFacts) { p.Hazards = nil }), "?warning", ""},
	{"H7", "words", post(func(p *PostFacts) { p.Duties = "上门催收欠款" }), "warning", "催收"},
	{"H7", "plain duties", post(func(p *PostFacts) { p.Duties = "操作车床" }), "", ""},
	{"H8", "only repetitive", post(func(p *PostFacts) { p.OnlyRepetitive = ptr(true) }), "forbidden", ""},
	{"H8", "unknown", post(func(p *PostFacts) { p.Tasks = nil }), "?warning", ""},
	{"A1", "labour agency by code", post(func(p *PostFacts) { p.Company.Industry = "L7263" }), "forbidden", "7263"},
	{"A1", "agent organises", post(func(p *PostFacts) { p.Arranger = "某劳务中介" }), "forbidden", "中介"},
	{"A1", "another's workplace", post(func(p *PostFacts) { p.Employer = "另一家公司" }), "forbidden", "另一家公司"},
	{"A1", "another pays", post(func(p *PostFacts) { p.Payer = "另一家公司" }), "forbidden", "另一家公司"},
	{"A1", "its own workplace", post(func(p *PostFacts) { p.Employer = p.Company.Name }), "", ""},
	{"A1", "unknown", post(func(p *PostFacts) { p.Arranger = "" }), "?warning", ""},
}

var termCases = []ruleCase{
	{"T1", "8.5 hours", post(func(p *PostFacts) { p.DailyHours = ptr(8.5) }), "forbidden", "8.5"},
	{"T1", "8 hours", post(func(p *PostFacts) { p.DailyHours = ptr(8.0) }), "", ""},
	{"T1", "40.1 hours a week", post(func(p *PostFacts) { p.WeeklyHours = ptr(40.1) }), "forbidden", "40.1"},
	{"T1", "unknown", post(func(p *PostFacts) { p.DailyHours = nil }), "?warning", ""},
	{"T2", "an hour", post(func(p *PostFacts) { p.OvertimeHours = ptr(1.0) }), "filing", "1"},
	{"T2", "unknown", post(func(p *PostFacts) { p.OvertimeHours = nil }), "?warning", ""},
	{"T3", "until 22:00", post(func(p *PostFacts) { p.Shifts = []string{"14:00-22:00"} }), "", ""},
	{"T3", "until 22:01", post(func(p *PostFacts) { p.Shifts = []string{"14:00-22:01"} }), "filing", "22:01"},
	{"T3", "from 6:00", post(func(p *PostFacts) { p.Shifts = []string{"6:00-14:00"} }), "", ""},
	{"T3", "from 5:59", post(func(p *PostFacts) { p.Shifts = []string{"5:59-14:00"} }), "filing", ""},
	{"T3", "over midnight", post(func(p *PostFacts) { p.Shifts = []string{"08:00-16:00", "20:00－次日04:00"} }), "filing", ""},
	{"T3", "in words", post(func(p *PostFacts) { p.Shifts = []string{"三班倒"} }), "filing", ""},
	{"T3", "unknown", post(func(p *PostFacts) { p.Shifts = nil }), "?warning", ""},
	{"T3", "not to be read", post(func(p *PostFacts) { p.Shifts = []string{"看情况"} }), "?warning", ""},
	{"T4", "rest days", post(func(p *PostFacts) { p.RestDayWork = ptr(true) }), "filing", "休息日"},
	{"T4", "holidays", post(func(p *PostFacts) { p.HolidayWork = ptr(true) }), "filing", "法定"},
	{"T4", "a Sunday", post(func(p *PostFacts) { p.WorkDays = []string{"2026-03-02", "2026-03-08"} }), "filing", "周日"},
	{"T4", "a Saturday worked for a holiday", post(func(p *PostFacts) { p.WorkDays = []string{"2026-05-09"} }), "", ""},
	{"T4", "Labour Day", post(func(p *PostFacts) { p.WorkDays = []string{"2026-05-01"} }), "filing", "劳动节"},
	{"T4", "Sunday where Monday is the rest day", post(func(p *PostFacts) { p.WorkDays, p.RestWeekdays = []string{"2026-03-08"}, []int{1} }), "", ""},
	{"T4", "Monday where Monday is the rest day", post(func(p *PostFacts) { p.WorkDays, p.RestWeekdays = []string{"2026-03-09"}, []int{1} }), "filing", "本岗位"},
	{"T4", "unknown", post(func(p *PostFacts) { p.RestDayWork = nil }), "?warning", ""},
	{"T5", "4 months", func(f *PlacementFacts) { f.End = "2026-06-30" }, "warning", "4.0"},
	{"T5", "5 months", func(f *PlacementFacts) { f.End = "2026-07-31" }, "", ""},
	{"T5", "7 months", func(f *PlacementFacts) { f.End = "2026-09-30" }, "", ""},
	{"T5", "7 months and a day", func(f *PlacementFacts) { f.End = "2026-10-01" }, "warning", "7.0"},
	{"T5", "unknown", func(f *PlacementFacts) { f.End = "" }, "?warning", ""},
	{"T6", "attendance only", post(func(p *PostFacts) { p.Grading = "按考勤打分" }), "warning", "按考勤"},
	{"T6", "process and result", post(func(p *PostFacts) { p.Grading = "过程 60%，结果 40%" }), "", ""},
	{"P1", "below both", post(func(p *PostFacts) { p.PayFen = ptr(int64(319_999)) }), "warning", "3199.99"},
	{"P1", "80 percent exactly", post(func(p *PostFacts) { p.PayFen = ptr(int64(320_000)) }), "", ""},
	{"P1", "below the one that is known", post(func(p *PostFacts) { p.PayFen, p.LowestFen = ptr(int64(319_999)), nil }), "warning", "3199.99"},
	{"P1", "the lowest grade", post(func(p *PostFacts) { p.PayFen, p.SamePostFen = ptr(int64(350_000)), ptr(int64(900_000)) }), "", ""},
	{"P1", "by the hour", post(func(p *PostFacts) { p.PayFen, p.PayUnit = ptr(int64(1_840)), "小时" }), "", ""},
	{"P1", "by the hour, too little", post(func(p *PostFacts) { p.PayFen, p.PayUnit = ptr(int64(1_830)), "小时" }), "warning", "3184.2"},
	{"P1", "assisting only", post(func(p *PostFacts) { p.PayFen, p.Independent = ptr(int64(100)), ptr(false) }), "", ""},
	{"P1", "unknown pay", post(func(p *PostFacts) { p.PayFen = nil }), "?warning", ""},
	{"P1", "unknown standard", post(func(p *PostFacts) { p.PayFen, p.SamePostFen = ptr(int64(300_000)), nil }), "?warning", ""},
	{"P1", "unknown standard but enough", post(func(p *PostFacts) { p.PayFen, p.SamePostFen = ptr(int64(350_000)), nil }), "", ""},
	{"P2", "nothing", post(func(p *PostFacts) { p.PayFen, p.Independent = ptr(int64(0)), ptr(false) }), "warning", "0"},
	{"P2", "a fen", post(func(p *PostFacts) { p.PayFen = ptr(int64(1)) }), "", ""},
	{"P3", "31 days", post(func(p *PostFacts) { p.PayCycleDays = ptr(31) }), "", ""},
	{"P3", "32 days", post(func(p *PostFacts) { p.PayCycleDays = ptr(32) }), "warning", "32"},
	{"P3", "unknown", post(func(p *PostFacts) { p.PayCycleDays = nil }), "?warning", ""},
	{"P4", "vouchers", post(func(p *PostFacts) { p.PayForm = "代金券" }), "forbidden", "代金券"},
	{"P4", "unknown", post(func(p *PostFacts) { p.PayForm = "" }), "?warning", ""},
	{"P5", "to the school", post(func(p *PostFacts) { p.Payee = "学校" }), "forbidden", "学校"},
	{"P5", "unknown", post(func(p *PostFacts) { p.Payee = "" }), "?warning", ""},
	{"P6", "deposit", post(func(p *PostFacts) { p.Fees = []string{"押金"} }), "forbidden", "押金"},
	{"P6", "none in words", post(func(p *PostFacts) { p.Fees = []string{"无"} }), "", ""},
	{"P6", "unknown", post(func(p *PostFacts) { p.Fees = nil }), "?warning", ""},
	{"P7", "holds papers", post(func(p *PostFacts) { p.HoldsPapers = ptr(true) }), "forbidden", ""},
	{"P7", "asks surety", post(func(p *PostFacts) { p.AsksSurety = ptr(true) }), "forbidden", ""},
	{"P7", "unknown", post(func(p *PostFacts) { p.HoldsPapers = nil }), "?warning", ""},
	{"P8", "per head", post(func(p *PostFacts) { p.PaysSchool = ptr(true) }), "forbidden", ""},
	{"P8", "unknown", post(func(p *PostFacts) { p.PaysSchool = nil }), "?warning", ""},
	{"Q1", "the 20th of 200", post(func(p *PostFacts) { p.Company.Bookings = []Booking{{From: "2026-01-01", To: "2026-12-31", Count: 19}} }), "", ""},
	{"Q1", "the 21st of 200", post(func(p *PostFacts) {
		p.Company.Bookings = []Booking{{From: "2026-01-01", To: "2026-03-31", Count: 8}, {From: "2026-03-31", To: "2026-12-31", Count: 12}}
	}), "warning", "21 人（2026-03-31 到 2026-03-31）"},
	{"Q1", "others have left", post(func(p *PostFacts) { p.Company.Bookings = []Booking{{From: "2026-01-01", To: "2026-02-28", Count: 20}} }), "", ""},
	{"Q1", "nine staff", post(func(p *PostFacts) { p.Company.Staff = ptr(9) }), "warning", "1 人"},
	{"Q1", "unknown", post(func(p *PostFacts) { p.Company.Staff = nil }), "?warning", ""},
	{"Q2", "the 10th of 50", post(func(p *PostFacts) {
		p.Company.Bookings = []Booking{{From: "2026-03-01", To: "2026-08-31", Count: 9, Post: "p1"}, {From: "2026-03-01", To: "2026-08-31", Count: 9, Post: "p2"}}
	}), "", ""},
	{"Q2", "the 11th of 50", post(func(p *PostFacts) {
		p.Company.Bookings = []Booking{{From: "2026-05-01", To: "2026-05-01", Count: 10, Post: "p1"}}
	}), "warning", "11 人"},
	{"Q2", "unknown", post(func(p *PostFacts) { p.SamePostStaff = nil }), "?warning", ""},
}

var paperCases = []ruleCase{
	{"A2", "ordered", func(f *PlacementFacts) { f.AssignedBy = "某局" }, "forbidden", "某局"},
	{"A2", "own choice", func(f *PlacementFacts) { f.AssignedBy = " " }, "", ""},
	{"A3", "no guardian", func(f *PlacementFacts) { f.Agreement.GuardConsent = "" }, "block", "监护人没有签"},
	{"A3", "signed on the first day", func(f *PlacementFacts) { f.Agreement.GuardConsent = "2026-03-01" }, "", ""},
	{"A3", "signed late", func(f *PlacementFacts) { f.Agreement.StudentConsent = "2026-03-02" }, "block", "学生签于"},
	{"A3", "found by the student", func(f *PlacementFacts) { f.ArrangedBy, f.Agreement.GuardConsent = "学生", "" }, "", ""},
	{"A4", "refused", func(f *PlacementFacts) { f.Agreement.Refused = ptr(true) }, "forbidden", ""},
	{"A4", "refused and chose another", func(f *PlacementFacts) { f.Agreement.Refused, f.ArrangedBy = ptr(true), "学生" }, "", ""},
	{"A5", "company unsigned", func(f *PlacementFacts) { f.Agreement.Company = "" }, "forbidden", "企业没有签"},
	{"A5", "signed on the first day", func(f *PlacementFacts) { f.Agreement.Student = "2026-03-01" }, "", ""},
	{"A5", "signed late", func(f *PlacementFacts) { f.Agreement.School = "2026-03-02" }, "forbidden", "学校签于"},
	{"A5", "a day not covered", func(f *PlacementFacts) { f.Agreement.To = "2026-08-30" }, "forbidden", "没有盖住"},
	{"A6", "a clause missing", func(f *PlacementFacts) { f.Agreement.Clauses = f.Agreement.Clauses[1:] }, "block", "各方信息"},
	{"A6", "a clause more", func(f *PlacementFacts) { f.Agreement.Clauses = append(f.Agreement.Clauses, "保密") }, "", ""},
	{"A7", "no reason", func(f *PlacementFacts) { f.Ended = &End{Day: "2026-04-01"} }, "warning", ""},
	{"A7", "recorded", func(f *PlacementFacts) { f.Ended = &End{Day: "2026-04-01", Reason: "参军"} }, "", ""},
	{"C1", "dishonest", post(func(p *PostFacts) { p.Company.Dishonest = ptr(true) }), "block", ""},
	{"C1", "unknown", post(func(p *PostFacts) { p.Company.Dishonest = nil }), "?warning", ""},
	{"C2", "three years to the day", post(func(p *PostFacts) { p.Company.SafetyPenalty = ptr("2023-03-01") }), "", ""},
	{"C2", "a day less", post(func(p *PostFacts) { p.Company.SafetyPenalty = ptr("2023-03-02") }), "block", "2023-03-02"},
	{"C2", "unknown", post(func(p *PostFacts) { p.Company.SafetyPenalty = nil }), "?warning", ""},
	{"C3", "no visit", post(func(p *PostFacts) { p.Company.Visit = nil }), "block", "没有实地考察"},
	{"C3", "a topic missing", post(func(p *PostFacts) { p.Company.Visit.Topics = p.Company.Visit.Topics[1:] }), "block", "资质"},
	{"C3", "after the choice", post(func(p *PostFacts) { p.Company.Visit.Day = "2026-01-20" }), "block", "之后"},
	{"C3", "an old partner", post(func(p *PostFacts) { p.Company.Visit, p.Company.New = nil, ptr(false) }), "", ""},
	{"C3", "unknown", post(func(p *PostFacts) { p.Company.Visit, p.Company.New = nil, nil }), "?warning", ""},
	{"C4", "not published", post(func(p *PostFacts) { p.Company.PublishedOn = "" }), "block", "名单公开"},
	{"C4", "on the first day", post(func(p *PostFacts) { p.Company.ApprovedOn = "2026-03-01" }), "block", "党组织"},
	{"C4", "the day before", post(func(p *PostFacts) { p.Company.PublishedOn = "2026-02-28" }), "", ""},
	{"M1", "another major of the category", func(f *PlacementFacts) { f.Student.Major = "660108" }, "warning", "660108"},
	{"M1", "near by the catalogue", func(f *PlacementFacts) { f.Student.Major, f.Student.MajorMatch = "660108", "near" }, "", ""},
	{"M1", "unknown", func(f *PlacementFacts) { f.Student.Major = "" }, "?warning", ""},
	{"M2", "another category", func(f *PlacementFacts) { f.Student.Major = "710202" }, "block", "710202"},
	{"M2", "same category of the college", func(f *PlacementFacts) { f.Post.Majors = []string{"460103"} }, "", ""},
	{"M2", "approved with a reason", func(f *PlacementFacts) {
		f.Student.Major, f.Approver, f.Reasons = "710202", "教务处长", map[string]string{"M2": "工业软件岗位"}
	}, "", ""},
	{"M2", "approved without a reason", func(f *PlacementFacts) { f.Student.Major, f.Approver = "710202", "教务处长" }, "block", ""},
	{"D1", "no plan", func(f *PlacementFacts) { f.PlanOn = "" }, "block", ""},
	{"D1", "on the first day", func(f *PlacementFacts) { f.PlanOn = "2026-03-01" }, "", ""},
	{"D1", "late", func(f *PlacementFacts) { f.PlanOn = "2026-03-02" }, "block", ""},
	{"D2", "one missing", func(f *PlacementFacts) { f.School.Papers = []string{"管理办法", "安全规定"} }, "block", "应急预案"},
	{"D2", "unknown", func(f *PlacementFacts) { f.School.Papers = nil }, "?block", ""},
	{"D3", "no tutor in the company", func(f *PlacementFacts) { f.Agreement.CompanyTutor = " " }, "block", "企业指导人员"},
	{"D3", "both named", func(f *PlacementFacts) { f.Agreement.CompanyTutor = "丙" }, "", ""},
	{"D4", "none", func(f *PlacementFacts) { f.Training = nil }, "block", "没有"},
	{"D4", "failed", func(f *PlacementFacts) { f.Training.Passed = false }, "block", "不合格"},
	{"D4", "on the first day", func(f *PlacementFacts) { f.Training.Day = "2026-03-01" }, "", ""},
	{"D6", "outside, unsigned", func(f *PlacementFacts) { f.Student.FromAway, f.Lodging = ptr(true), "自行住宿" }, "block", "自行住宿"},
	{"D6", "outside, signed", func(f *PlacementFacts) {
		f.Student.FromAway, f.Lodging, f.LodgingOK = ptr(true), "自行住宿", ptr(true)
	}, "", ""},
	{"D6", "lodged together", func(f *PlacementFacts) { f.Student.FromAway, f.Lodging = ptr(true), "统一住宿" }, "", ""},
	{"D6", "unknown", func(f *PlacementFacts) { f.Student.FromAway = nil }, "?warning", ""},
	{"D7", "none", func(f *PlacementFacts) { f.Insurance = nil }, "block", "2026-03-01"},
	{"D7", "the last day missing", func(f *PlacementFacts) { f.Insurance[0].To = "2026-08-30" }, "block", "2026-08-31"},
	{"D7", "two that meet", func(f *PlacementFacts) {
		f.Insurance = []Policy{{From: "2026-06-01", To: "2026-08-31"}, {From: "2026-02-01", To: "2026-05-31"}}
	}, "", ""},
	{"D7", "two with a gap", func(f *PlacementFacts) {
		f.Insurance = []Policy{{From: "2026-06-02", To: "2026-08-31"}, {From: "2026-02-01", To: "2026-05-31"}}
	}, "block", "2026-06-01"},
	{"D7", "unknown end", func(f *PlacementFacts) { f.End = "" }, "?block", ""},
	{"D7A", "the student pays", func(f *PlacementFacts) { f.Insurance[0].Paid = "学生" }, "forbidden", "学生"},
	{"D7A", "the company pays", func(f *PlacementFacts) { f.Insurance[0].Paid = "企业" }, "", ""},
	{"D8", "closing without files", func(f *PlacementFacts) { f.Closing = true }, "block", "三方协议"},
	{"D8", "not closing", func(f *PlacementFacts) { f.Archive = nil }, "", ""},
	{"F1", "not filed", func(f *PlacementFacts) { f.Filings = nil }, "block", ""},
	{"F1", "filed on the first day", func(f *PlacementFacts) { f.Filings[0].Day = "2026-03-01" }, "block", ""},
	{"F1", "filed the day before", func(f *PlacementFacts) { f.Filings[0].Day = "2026-02-28" }, "", ""},
	{"F1", "filed with another office", func(f *PlacementFacts) { f.Filings[0].Office = "荣昌区人力资源和社会保障局" }, "block", ""},
	{"F3", "Sichuan", post(func(p *PostFacts) { p.Region = "510104" }), "block", ""},
	{"F3", "Sichuan, filed", func(f *PlacementFacts) {
		f.Post.Region = "510104"
		f.Filings = append(f.Filings, FilingFacts{Kind: "F3", Office: "荣昌区教育委员会", Day: "2026-02-01"})
	}, "", ""},
	{"F3", "unknown", post(func(p *PostFacts) { p.Region = "" }), "?warning", ""},
	{"F4", "abroad", post(func(p *PostFacts) { p.Abroad = ptr(true) }), "block", ""},
	{"F4", "Macao", post(func(p *PostFacts) { p.Region = "820000" }), "block", ""},
	{"F4", "abroad, filed", func(f *PlacementFacts) {
		f.Post.Abroad = ptr(true)
		f.Filings = append(f.Filings, FilingFacts{Kind: "F4", Office: "荣昌区教育委员会", Day: "2026-02-01"})
	}, "", ""},
}

func allCases() []ruleCase { return slices.Concat(whoCases, workCases, termCases, paperCases) }

func TestRules(t *testing.T) {
	s := national(t)
	for _, tc := range allCases() {
		t.Run(tc.rule+" "+tc.name, func(t *testing.T) {
			found := of(placed(s, tc.change), tc.rule)
			if tc.want == "" {
				for _, f := range found {
					if !f.Unknown { // of K5 an unknown answer is silent
						t.Errorf("found %s: %s", f.Severity, f.Sentence)
					}
				}
				return
			}
			want, unknown := strings.CutPrefix(tc.want, "?")
			if len(found) == 0 {
				t.Fatalf("found nothing, want %s", tc.want)
			}
			f := found[0]
			if string(f.Severity) != want || f.Unknown != unknown || !strings.Contains(f.Value, tc.value) {
				t.Errorf("found %s (unknown %t) %q: %s, want %s with %q", f.Severity, f.Unknown, f.Value, f.Sentence, tc.want, tc.value)
			}
			if f.Sentence == "" || f.Fix == "" || strings.ContainsAny(f.Sentence+f.Fix, "{}") || f.Citation == "" {
				t.Errorf("finding without words: %+v", f)
			}
		})
	}
}

// D5 looks at the day of the check, which is why it stands apart.
func TestTutorChecks(t *testing.T) {
	s := national(t)
	for _, tc := range []struct {
		name, day, last string
		want            int
	}{{"before the start", "2026-02-27", "", 0}, {"seven days in", "2026-03-08", "", 0}, {"eight days in", "2026-03-09", "", 1},
		{"checked yesterday", "2026-05-02", "2026-05-01", 0}, {"checked long ago", "2026-05-09", "2026-05-01", 1}, {"after the end", "2026-09-01", "", 0}} {
		f := good()
		f.LastCheck = tc.last
		if got := len(of(CheckPlacement(f, s, tc.day), "D5")); got != tc.want {
			t.Errorf("%s: %d findings, want %d", tc.name, got, tc.want)
		}
	}
}

// Every rule must have a case that breaks it, one that passes and, if an unknown
// answer matters, one for that.
func TestEveryRuleHasCases(t *testing.T) {
	brk, pass, unknown := map[string]bool{"D5": true}, map[string]bool{"D5": true}, map[string]bool{}
	for _, tc := range allCases() {
		switch {
		case tc.want == "":
			pass[tc.rule] = true
		case strings.HasPrefix(tc.want, "?"):
			unknown[tc.rule] = true
		default:
			brk[tc.rule] = true
		}
	}
	for _, r := range national(t).Rules() {
		if !brk[r.ID] {
			t.Errorf("%s: no case breaks it", r.ID)
		}
		if !pass[r.ID] && !unknown[r.ID] { // good() itself passes every rule
			t.Errorf("%s: no case at its border", r.ID)
		}
		if r.Unknown != "" && !unknown[r.ID] {
			t.Errorf("%s: no case for an unknown answer", r.ID)
		}
	}
}

func TestParseHazard(t *testing.T) {
	for text, want := range map[string]Hazard{"高处2级": {"高处", 2}, "高处 2级": {"高处", 2}, "噪声": {Kind: "噪声"}, "级": {Kind: "级"}, "2级": {Kind: "2级"}, " 有毒 ": {Kind: "有毒"}} {
		if got := ParseHazard(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
