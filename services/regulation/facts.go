package regulation

import "strings"

// The kinds of practice (art. 2), and jobs, for which only some rules are checked.
const (
	Observation = "认识实习"
	Internship  = "岗位实习"
	Job         = "就业"
)

// Facts are plain values that the caller copies from its documents. What is not
// known stays nil, or "" in texts; a nil list is unknown, an empty one says "none".
// Money is in fen, days are 2006-01-02, regions and majors are codes.

// PostFacts are what the rules read of a post. The JSON names are those of the
// import columns of posts, where they have one.
type PostFacts struct {
	ID     string `json:"id,omitempty"`
	Title  string `json:"title"`
	Kind   string `json:"kind,omitempty"`  // 认识实习, 岗位实习 or 就业
	Label  string `json:"label,omitempty"` // what the parties call it: 社会实践, 劳动 …
	Duties string `json:"duties,omitempty"`
	Start  string `json:"start,omitempty"`
	End    string `json:"end,omitempty"`
	Region string `json:"region,omitempty"` // of the workplace
	Abroad *bool  `json:"abroad,omitempty"` // outside the mainland

	Company  CompanyFacts `json:"company_facts"`
	Industry string       `json:"industry,omitempty"`  // GB/T 4754 code of the workplace, if not the company's
	Site     string       `json:"site,omitempty"`      // name or address of the workplace
	HostType string       `json:"host_type,omitempty"` // 企业, or 生产性实训基地, 厂中校, 校中厂, 虚拟仿真基地
	HostReg  string       `json:"host_reg,omitempty"`  // registration of such a base as legal person or unincorporated body
	Majors   []string     `json:"majors,omitempty"`

	Slots         int      `json:"slots,omitempty"`
	DailyHours    *float64 `json:"daily_hours,omitempty"`
	WeeklyHours   *float64 `json:"weekly_hours,omitempty"`
	OvertimeHours *float64 `json:"overtime_hours,omitempty"` // a week
	Shifts        []string `json:"shifts,omitempty"`         // 08:00-17:00, 夜班 …
	RestDayWork   *bool    `json:"rest_day_work,omitempty"`
	HolidayWork   *bool    `json:"holiday_work,omitempty"`
	WorkDays      []string `json:"work_days,omitempty"`     // a roster by date, if there is one
	RestWeekdays  []int    `json:"rest_weekdays,omitempty"` // own weekly rest days, 1 Monday to 7 Sunday; empty is the weekend

	Hazards          []Hazard `json:"hazards"`
	LabourGrade      *int     `json:"labour_grade,omitempty"` // 体力劳动强度 1 to 4
	LiftKg           *float64 `json:"lift_kg,omitempty"`      // heaviest single lift
	LiftsPerHour     *float64 `json:"lifts_per_hour,omitempty"`
	MotionsPerMinute *float64 `json:"motions_per_minute,omitempty"` // line work
	Tasks            []string `json:"tasks"`
	OnlyRepetitive   *bool    `json:"only_repetitive,omitempty"` // one simple repeated task is the whole post
	SamePostStaff    *int     `json:"same_post_staff,omitempty"` // 同类岗位在岗职工, without interns

	PayFen       *int64   `json:"pay_fen,omitempty"`
	PayUnit      string   `json:"pay_unit,omitempty"`           // 月, 周, 日, 小时; empty is 月
	SamePostFen  *int64   `json:"same_post_wage_fen,omitempty"` // 相同岗位工资标准, a month
	LowestFen    *int64   `json:"lowest_wage_fen,omitempty"`    // 最低档工资标准, a month
	Independent  *bool    `json:"independent,omitempty"`        // works relatively independently; unknown is taken as yes
	PayForm      string   `json:"pay_form,omitempty"`           // 货币 or another
	Payee        string   `json:"payee,omitempty"`              // 学生本人 or another
	PayCycleDays *int     `json:"pay_cycle_days,omitempty"`
	Fees         []string `json:"fees"` // charges asked of students
	HoldsPapers  *bool    `json:"holds_papers,omitempty"`
	AsksSurety   *bool    `json:"asks_surety,omitempty"`
	PaysSchool   *bool    `json:"pays_school,omitempty"` // money to a school or teacher per student

	Arranger string `json:"arranger,omitempty"` // who organises: 学校, 学生, 企业, 中介 …
	Employer string `json:"employer,omitempty"` // whose workplace it is, if not the company that posts
	Payer    string `json:"payer,omitempty"`    // who pays, if not the company
	Grading  string `json:"grading,omitempty"`  // how the internship is assessed

	Filings []FilingFacts     `json:"filings,omitempty"`
	Reasons map[string]string `json:"reasons,omitempty"` // reason given, by rule, for what is only a warning
}

// Hazard is one declared danger of a post with its grade, 0 if not known.
type Hazard struct {
	Kind  string `json:"kind"` // 高处, 井下, 放射性, 有毒, 易燃易爆, 粉尘 …
	Grade int    `json:"grade,omitempty"`
}

// ParseHazard reads a declared danger with the grade that may stand behind it: 高处2级.
func ParseHazard(text string) Hazard {
	text = strings.TrimSpace(text)
	if kind, ok := strings.CutSuffix(text, "级"); ok {
		if r := []rune(kind); len(r) > 1 && r[len(r)-1] >= '1' && r[len(r)-1] <= '9' {
			return Hazard{Kind: strings.TrimSpace(string(r[:len(r)-1])), Grade: int(r[len(r)-1] - '0')}
		}
	}
	return Hazard{Kind: text}
}

// CompanyFacts are what the rules read of a company.
type CompanyFacts struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name,omitempty"`
	Region   string `json:"region,omitempty"`
	Industry string `json:"industry,omitempty"` // GB/T 4754 code
	Staff    *int   `json:"staff,omitempty"`    // 在岗职工总数, without interns

	// Bookings are the interns of ALL schools already confirmed, by day and post; the
	// placement or post under check is not among them.
	Bookings []Booking `json:"bookings,omitempty"`

	Dishonest     *bool      `json:"dishonest,omitempty"`      // on a list of dishonesty or abnormal operation
	SafetyPenalty *string    `json:"safety_penalty,omitempty"` // day of the last work-safety penalty; "" says none
	New           *bool      `json:"new,omitempty"`            // no school has used it before
	Visit         *SiteVisit `json:"visit,omitempty"`
	ApprovedOn    string     `json:"approved_on,omitempty"`  // school-level party meeting that chose it
	PublishedOn   string     `json:"published_on,omitempty"` // list made public

	Reasons map[string]string `json:"reasons,omitempty"`
}

// SiteVisit is the written report of a visit to a new host (art. 7).
type SiteVisit struct {
	Day    string   `json:"day"`
	Topics []string `json:"topics"`
}

// CohortFacts are what the rules read of a cohort.
type CohortFacts struct {
	ID         string            `json:"id,omitempty"`
	Name       string            `json:"name,omitempty"`
	Kind       string            `json:"kind,omitempty"`
	Start      string            `json:"start,omitempty"`
	End        string            `json:"end,omitempty"`
	Major      string            `json:"major,omitempty"`
	EntryYear  int               `json:"entry_year,omitempty"` // of the present stage: 3+2 and five-year courses count their own
	School     SchoolFacts       `json:"school"`
	PlanOn     string            `json:"plan_on,omitempty"` // day the internship plan (实习方案) was made
	Filings    []FilingFacts     `json:"filings,omitempty"`
	Reasons    map[string]string `json:"reasons,omitempty"`
	AssignedBy string            `json:"assigned_by,omitempty"` // department that ordered a host
}

// SchoolFacts are what the rules read of a school.
type SchoolFacts struct {
	Name      string   `json:"name,omitempty"`
	Type      string   `json:"type,omitempty"` // 中职, 技工, 高职专科, 高职本科
	Region    string   `json:"region,omitempty"`
	Authority string   `json:"authority,omitempty"` // 主管部门, the office for filings
	Papers    []string `json:"papers"`              // of 管理办法, 安全规定, 应急预案
}

// StudentFacts are what the rules read of a student. No diagnosis is kept, only
// whether the school doctor finds the student fit for the post.
type StudentFacts struct {
	ID         string `json:"id,omitempty"`
	Birth      string `json:"birth,omitempty"`
	Sex        string `json:"sex,omitempty"` // 男, 女
	EntryYear  int    `json:"entry_year,omitempty"`
	Repeated   int    `json:"repeated,omitempty"` // years repeated
	Major      string `json:"major,omitempty"`
	IDMatches  *bool  `json:"id_matches,omitempty"` // name and ID equal those of the school roll
	Fit        *bool  `json:"fit,omitempty"`
	FromAway   *bool  `json:"from_away,omitempty"`   // placed away from home
	MajorMatch string `json:"major_match,omitempty"` // exact, near or unrelated, as the catalogue says; empty leaves it to the codes
}

// PlacementFacts are what the rules read of one student on one post.
type PlacementFacts struct {
	ID         string            `json:"id,omitempty"`
	Start      string            `json:"start"`
	End        string            `json:"end"`
	Post       PostFacts         `json:"post"`
	Student    StudentFacts      `json:"student"`
	School     SchoolFacts       `json:"school"`
	Agreement  AgreementFacts    `json:"agreement"`
	PlanOn     string            `json:"plan_on,omitempty"`
	ArrangedBy string            `json:"arranged_by,omitempty"` // 学校 or 学生
	AssignedBy string            `json:"assigned_by,omitempty"`
	Approver   string            `json:"approver,omitempty"` // who answers for a placement outside the major's category
	Training   *Training         `json:"training,omitempty"`
	Insurance  []Policy          `json:"insurance"`
	Lodging    string            `json:"lodging,omitempty"`        // 统一住宿, 自行住宿, 回家住
	LodgingOK  *bool             `json:"lodging_signed,omitempty"` // outside lodging: guardian signed and school filed
	LastCheck  string            `json:"last_check,omitempty"`     // day of the tutor's last check
	Ended      *End              `json:"ended,omitempty"`          // set when it ended early
	Archive    []string          `json:"archive"`                  // at closing: files in the archive
	Closing    bool              `json:"closing,omitempty"`        // being completed now
	Filings    []FilingFacts     `json:"filings,omitempty"`
	Reasons    map[string]string `json:"reasons,omitempty"`
}

// Training is the training before the start.
type Training struct {
	Day    string `json:"day"`
	Passed bool   `json:"passed"`
}

// Policy is an insurance policy (实习责任保险) that names the student.
type Policy struct {
	From string `json:"from"`
	To   string `json:"to"`
	Paid string `json:"paid,omitempty"` // who pays: 学校, 企业 or 学生
}

// End is the record of an early end.
type End struct {
	Day    string `json:"day"`
	Reason string `json:"reason"`
}

// AgreementFacts are what the rules read of the tripartite agreement and the consents.
type AgreementFacts struct {
	ID             string   `json:"id,omitempty"`
	Kind           string   `json:"kind,omitempty"`
	Start          string   `json:"start,omitempty"` // of the placement
	End            string   `json:"end,omitempty"`
	From           string   `json:"from,omitempty"` // days that the agreement covers
	To             string   `json:"to,omitempty"`
	Region         string   `json:"region,omitempty"`
	School         string   `json:"school_signed,omitempty"` // day of each signature; "" is unsigned
	Company        string   `json:"company_signed,omitempty"`
	Student        string   `json:"student_signed,omitempty"`
	Clauses        []string `json:"clauses"`
	StudentConsent string   `json:"student_consent,omitempty"` // day the 知情同意书 was signed
	GuardConsent   string   `json:"guardian_consent,omitempty"`
	Refused        *bool    `json:"refused,omitempty"` // the student refused this host
	ArrangedBy     string   `json:"arranged_by,omitempty"`
	SchoolTutor    string   `json:"school_tutor,omitempty"`
	CompanyTutor   string   `json:"company_tutor,omitempty"`

	Reasons map[string]string `json:"reasons,omitempty"`
}

// FilingFacts is a filing (备案) with an authority.
type FilingFacts struct {
	Kind   string   `json:"kind"`             // F1 every internship, F2 special requirement, F3 other province, F4 abroad
	Office string   `json:"office"`           // with whom
	Day    string   `json:"day"`              // when
	From   string   `json:"from,omitempty"`   // days it covers; empty is all
	To     string   `json:"to,omitempty"`     //
	Rules  []string `json:"rules,omitempty"`  // F2: which of H6, T2, T3, T4 it asks for
	Majors []string `json:"majors,omitempty"` // empty is all
	Posts  []string `json:"posts,omitempty"`  // ids; empty is all
	Reason string   `json:"reason,omitempty"` // special requirement of the major
}

var filingKinds = []string{"F1", "F2", "F3", "F4"}
