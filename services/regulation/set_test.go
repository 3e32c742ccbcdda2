package regulation

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sunmao/services/partnership"
)

const province = `{
  "documents": [{"id": "CQ", "title": "某市实习实施细则", "date": "2026-01-01"}],
  "rules": [
    {"id": "CQ-P1", "title": "报酬不低于底线", "document": "CQ", "article": "第九条", "region": "500000", "from": "2026-01-01", "to": "2026-12-31",
     "severity": "block", "replaces": "P1", "subjects": ["post", "placement"], "kinds": ["岗位实习"], "fields": ["pay_fen"], "check": "pay_floor", "params": {"percent": 90},
     "sentence": "{value}，低于{limit}", "fix": "提高报酬"},
    {"id": "CQ-T5", "title": "护理类岗位实习 8 到 10 个月", "document": "CQ", "article": "第十条", "region": "500000", "from": "2026-01-01",
     "severity": "block", "replaces": "T5", "subjects": ["post", "cohort", "placement"], "majors": ["7202", "5202"], "fields": ["start", "end"], "check": "length", "params": {"min_months": 8, "max_months": 10},
     "sentence": "为期 {value} 个月，应是 {limit} 个月", "fix": "调整日期"},
    {"id": "CQ-T3", "title": "不得上夜班", "document": "CQ", "article": "第十一条", "region": "500153", "from": "2026-01-01",
     "severity": "forbidden", "replaces": "T3", "subjects": ["post", "placement"], "fields": ["shifts"], "check": "night",
     "sentence": "班次“{value}”碰到夜间", "fix": "改为白班"}
  ]
}`

func withProvince(t *testing.T) Set {
	t.Helper()
	s, err := national(t).With(strings.NewReader(province))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestProvinceRules(t *testing.T) {
	s := withProvince(t)
	low := func(f *PlacementFacts) {
		f.Post.PayFen, f.Post.LowestFen = ptr(int64(340_000)), ptr(int64(350_000))
	}
	elsewhere := func(f *PlacementFacts) {
		low(f)
		f.School.Region, f.Post.Region, f.Post.Company.Region = "510104", "510104", "510104"
	}
	for _, tc := range []struct {
		name, day, rule string
		change          func(f *PlacementFacts)
		want            Severity
	}{
		{"85 percent in the province", "2026-02-27", "CQ-P1", low, Block},
		{"the national rule is replaced", "2026-02-27", "P1", low, ""},
		{"85 percent elsewhere", "2026-02-27", "CQ-P1", elsewhere, ""},
		{"the day before it is in force", "2025-12-31", "CQ-P1", low, ""},
		{"its last day", "2026-12-31", "CQ-P1", low, Block},
		{"the day after", "2027-01-01", "CQ-P1", low, ""},
		{"the national rule is back", "2027-01-01", "P1", func(f *PlacementFacts) { low(f); f.Post.PayFen = ptr(int64(1)) }, Warning},
		{"night work in the district", "2026-02-27", "CQ-T3", func(f *PlacementFacts) { f.Post.Shifts = []string{"夜班"} }, Forbidden},
		{"night work in another district", "2026-02-27", "T3", func(f *PlacementFacts) {
			f.Post.Shifts, f.School.Region, f.Post.Region, f.Post.Company.Region = []string{"夜班"}, "500112", "500112", "500112"
		}, Filing},
		{"nursing of six months", "2026-02-27", "CQ-T5", func(f *PlacementFacts) { f.Student.Major = "720201" }, Block},
		{"machining of six months", "2026-02-27", "CQ-T5", func(*PlacementFacts) {}, ""},
	} {
		f := good()
		tc.change(&f)
		found := of(CheckPlacement(f, s, tc.day), tc.rule)
		got := Severity("")
		if len(found) > 0 {
			got = found[0].Severity
		}
		if got != tc.want {
			t.Errorf("%s: %s finds %q, want %q", tc.name, tc.rule, got, tc.want)
		}
	}
}

// A rule narrowed to some majors must not take the national one away from the others.
func TestReplacedOnlyWhereItApplies(t *testing.T) {
	f := good()
	f.End = "2026-06-30" // four months, of a major that the provincial rule does not cover
	if got := of(CheckPlacement(f, withProvince(t), today), "T5"); len(got) != 1 {
		t.Errorf("T5 found %d times, want once", len(got))
	}
}

func TestBeforeTheRegulation(t *testing.T) {
	f := good()
	f.Post.Fees = []string{"押金"}
	if got := of(CheckPlacement(f, national(t), "2021-12-30"), "P6"); len(got) != 0 {
		t.Errorf("a rule of 2021-12-31 found %v the day before", got)
	}
	if got := of(CheckPlacement(f, national(t), "2021-12-31"), "P6"); len(got) != 1 {
		t.Errorf("found %d on its first day, want 1", len(got))
	}
}

func TestFilingLifts(t *testing.T) {
	s := national(t)
	special := FilingFacts{Kind: "F2", Office: "荣昌区教育委员会", Day: "2026-02-01", Rules: []string{"H6", "T3"}, Reason: "焊接专业高处作业"}
	night := func(f *PlacementFacts) { f.Post.Shifts = []string{"22:00-06:00"} }
	for _, tc := range []struct {
		name   string
		rule   string
		filing func(f *FilingFacts)
		change func(f *PlacementFacts)
		stands bool
	}{
		{"night shift", "T3", func(*FilingFacts) {}, night, false},
		{"heights", "H6", func(*FilingFacts) {}, post(func(p *PostFacts) { p.Hazards = []Hazard{{"高处", 1}} }), false},
		{"overtime was not asked for", "T2", func(*FilingFacts) {}, post(func(p *PostFacts) { p.OvertimeHours = ptr(2.0) }), true},
		{"no reason", "T3", func(f *FilingFacts) { f.Reason = " " }, night, true},
		{"filed on the first day", "T3", func(f *FilingFacts) { f.Day = "2026-03-01" }, night, true},
		{"another office", "T3", func(f *FilingFacts) { f.Office = "别处" }, night, true},
		{"another kind", "T3", func(f *FilingFacts) { f.Kind = "F1" }, night, true},
		{"days do not cover", "T3", func(f *FilingFacts) { f.To = "2026-08-30" }, night, true},
		{"days cover", "T3", func(f *FilingFacts) { f.From, f.To = "2026-03-01", "2026-08-31" }, night, false},
		{"another major", "T3", func(f *FilingFacts) { f.Majors = []string{"720201"} }, night, true},
		{"its major", "T3", func(f *FilingFacts) { f.Majors = []string{"660103"} }, night, false},
		{"another post", "T3", func(f *FilingFacts) { f.Posts = []string{"p9"} }, night, true},
		// Article 16 is never lifted, whatever the filing names.
		{"grade III labour", "H1", func(f *FilingFacts) { f.Rules = []string{"H1"} }, post(func(p *PostFacts) { p.LabourGrade = ptr(3) }), true},
		{"a minor at heights", "H2", func(f *FilingFacts) { f.Rules = []string{"H2", "H6"} }, minor(func(p *PostFacts) { p.Hazards = []Hazard{{"高处", 2}} }), true},
		{"fees", "P6", func(f *FilingFacts) { f.Rules = []string{"P6"} }, post(func(p *PostFacts) { p.Fees = []string{"押金"} }), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, fl := good(), special
			tc.filing(&fl)
			tc.change(&f)
			f.Filings = append(f.Filings, fl)
			found := CheckPlacement(f, s, today)
			mine := of(found, tc.rule)
			if len(mine) == 0 {
				t.Fatalf("%s found nothing: a lifted finding must stay on record", tc.rule)
			}
			if mine[0].Stands() != tc.stands || Passes(found) == tc.stands {
				t.Errorf("stands %t, passes %t, want stands %t: %+v", mine[0].Stands(), Passes(found), tc.stands, mine[0])
			}
		})
	}
}

func TestReasonsAndWorst(t *testing.T) {
	s, f := national(t), good()
	f.End = "2026-06-30"
	if got := Worst(CheckPlacement(f, s, today)); got != Warning {
		t.Errorf("worst of a short internship = %q, want a warning", got)
	}
	f.Reasons = map[string]string{"T5": "分段实习，另一段在秋季"}
	found := CheckPlacement(f, s, today)
	if got := Worst(found); got != "" || of(found, "T5")[0].Reason == "" {
		t.Errorf("worst with a reason = %q: %+v", got, found)
	}
	f.Post.LabourGrade = ptr(3)
	if got := Worst(CheckPlacement(f, s, today)); got != Forbidden {
		t.Errorf("worst = %q, want forbidden", got)
	}
}

func TestOnOtherSubjects(t *testing.T) {
	s := national(t)
	rules := func(found []Finding) string {
		var ids []string
		for _, f := range found {
			ids = append(ids, f.Rule+":"+string(f.Severity))
		}
		return strings.Join(slices.Compact(ids), " ")
	}
	p := good().Post
	p.Hazards, p.LiftKg = []Hazard{{"井下", 0}}, ptr(30.0)
	if got, want := rules(CheckPost(p, s, today)), "H2:warning H4:warning H6:filing"; got != want {
		t.Errorf("a post underground: %s, want %s", got, want)
	}
	c := CompanyFacts{Name: "重庆某某人力资源有限公司", Industry: "7262", Staff: ptr(100), Dishonest: ptr(true), SafetyPenalty: ptr("2025-01-01"), New: ptr(false),
		ApprovedOn: "2026-01-01", PublishedOn: "2026-01-02", Bookings: []Booking{{From: "2026-03-01", To: "2026-06-30", Count: 6}, {From: "2026-06-30", To: "2026-08-31", Count: 5}}}
	if got, want := rules(CheckCompany(c, s, "2026-02-01")), "Q1:warning A1:forbidden C1:block C2:block"; got != want {
		t.Errorf("a company: %s, want %s", got, want)
	}
	ch := CohortFacts{Kind: "工学交替", Start: "2026-03-01", End: "2026-06-30", EntryYear: 2025, Major: "660103", School: SchoolFacts{Type: "技工", Papers: []string{"管理办法"}}, AssignedBy: "某局"}
	if got, want := rules(CheckCohort(ch, s, today)), "K1:block"; got != want { // the other rules wait for a kind that exists
		t.Errorf("a cohort of no kind: %s, want %s", got, want)
	}
	ch.Kind = Internship
	if got, want := rules(CheckCohort(ch, s, today)), "G1:forbidden T5:warning A2:forbidden D1:block D2:block F1:block"; got != want {
		t.Errorf("a cohort: %s, want %s", got, want)
	}
	a := AgreementFacts{Kind: Internship, Start: "2026-03-01", End: "2026-08-31", Refused: ptr(true)}
	if got, want := rules(CheckAgreement(a, s, today)), "A3:block A4:forbidden A5:forbidden A6:block D3:block"; got != want {
		t.Errorf("an agreement: %s, want %s", got, want)
	}
}

func TestWrongFiles(t *testing.T) {
	s := national(t)
	rule := func(edit string, to string) string {
		text := `{"documents":[{"id":"D","title":"某细则"}],"rules":[{"id":"X","title":"t","document":"D","article":"第一条","region":"500000","from":"2026-01-01","severity":"block","subjects":["post"],"fields":["pay_fen"],"check":"pay_cycle","params":{"days":31},"sentence":"s","fix":"f"}]}`
		if !strings.Contains(text, edit) {
			t.Fatalf("no %q to edit", edit)
		}
		return strings.Replace(text, edit, to, 1)
	}
	if _, err := s.With(strings.NewReader(rule(`"X"`, `"X"`))); err != nil {
		t.Fatalf("the good file: %v", err)
	}
	for _, tc := range []struct{ name, text, want string }{
		{"no JSON", "hello", "JSON"},
		{"cut", `{"rules": [`, "不完整"},
		{"two objects", rule("]}", "]}{}"), "多余"},
		{"unknown field", rule(`"fix"`, `"fixx"`), "fixx"},
		{"wrong type", rule(`"days":31`, `"days":"31"`), "params"},
		{"id taken", rule(`"id":"X"`, `"id":"P1"`), "已经用过"},
		{"no id", rule(`"id":"X",`, ``), "没有 id"},
		{"no document", rule(`"document":"D"`, `"document":"E"`), "E"},
		{"no day", rule("2026-01-01", "2026-1-1"), "2026-1-1"},
		{"ends before it begins", rule(`"from":"2026-01-01"`, `"from":"2026-01-01","to":"2025-01-01"`), "不早于"},
		{"region", rule("500000", "5000"), "region"},
		{"severity", rule(`"block"`, `"ban"`), "severity"},
		{"subject", rule(`["post"]`, `["student"]`), "student"},
		{"subject of the check", rule(`["post"]`, `["company"]`), "不能用在 company"},
		{"no subject", rule(`["post"]`, `[]`), "至少"},
		{"no such check", rule(`"pay_cycle"`, `"pay_circle"`), "pay_circle"},
		{"param missing", rule(`{"days":31}`, `{}`), "days"},
		{"param unknown", rule(`{"days":31}`, `{"days":31,"weeks":4}`), "weeks"},
		{"list unknown", rule(`"params"`, `"lists":{"x":["y"]},"params"`), `"x"`},
		{"filing without kind", rule(`"block"`, `"filing"`), "lifted_by"},
		{"lifted but not a filing", rule(`"severity"`, `"lifted_by":"F2","severity"`), "lifted_by"},
		{"replaces nothing", rule(`"severity"`, `"replaces":"P99","severity"`), "P99"},
		{"no sentence", rule(`"sentence":"s"`, `"sentence":""`), "sentence"},
		{"kind", rule(`"fields"`, `"kinds":["顶岗"],"fields"`), "顶岗"},
		{"major", rule(`"fields"`, `"majors":["护理"],"fields"`), "护理"},
	} {
		_, err := s.With(strings.NewReader(tc.text))
		var invalid partnership.Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want bad input with %q", tc.name, err, tc.want)
		}
	}
}

func FuzzRuleFile(f *testing.F) {
	f.Add(province)
	f.Add(`{"rules":[{}]}`)
	s, err := National()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := s.With(strings.NewReader(text))
		if err != nil {
			return
		}
		CheckPlacement(good(), got, today) // rules that were let in must run
		CheckPost(PostFacts{}, got, today)
	})
}
