package partnership

import (
	"slices"
	"strings"
)

// PostState is where a post stands.
type PostState string

// draft -> submitted -> open -> full -> closed; returned goes back to its
// company with comments per field; expired is closed by the calendar.
const (
	PostDraft     PostState = "draft"
	PostSubmitted PostState = "submitted"
	PostReturned  PostState = "returned"
	PostOpen      PostState = "open"
	PostFull      PostState = "full"
	PostClosed    PostState = "closed"
	PostExpired   PostState = "expired"
)

// Words gives the state in the users' language.
func (s PostState) Words() string {
	return map[PostState]string{PostDraft: "草稿", PostSubmitted: "待审核", PostReturned: "已退回",
		PostOpen: "招收中", PostFull: "已满", PostClosed: "已关闭", PostExpired: "已过期"}[s]
}

// Public reports whether schools may see posts in this state.
func (s PostState) Public() bool { return s == PostOpen || s == PostFull }

// PostKind says what the post is for.
type PostKind string

// The kinds of the internship regulation (art. 2) and, apart from them, jobs.
const (
	KindObservation PostKind = "observation" // 认识实习
	KindInternship  PostKind = "internship"  // 岗位实习
	KindJob         PostKind = "job"         // 就业
)

// Words gives the kind in the users' language.
func (k PostKind) Words() string {
	return map[PostKind]string{KindObservation: "认识实习", KindInternship: "岗位实习", KindJob: "就业"}[k]
}

// Finding is one rule the post (or another document) met, kept with it so that a
// list need not check again. The rules live in services/regulation.
type Finding struct {
	Rule     string `json:"rule"`
	Title    string `json:"title,omitempty"`
	Article  string `json:"article"`
	Severity string `json:"severity"` // forbidden | filing | block | warning
	Field    string `json:"field"`
	Value    string `json:"value,omitempty"`
	Limit    string `json:"limit,omitempty"`
	Sentence string `json:"sentence"`
	Fix      string `json:"fix"`
	Unknown  bool   `json:"unknown,omitempty"` // not broken: what would tell was not answered
}

// OccupationGuess is a suggested or confirmed occupation of a post (国家职业分类大典).
type OccupationGuess struct {
	Code  string   `json:"code"`
	Name  string   `json:"name"`
	Score float64  `json:"score"` // 0..1
	Why   []string `json:"why,omitempty"`
	Said  bool     `json:"said,omitempty"` // a person said so; then it stands first
}

// MajorLink is a major the post leads to through its occupations.
type MajorLink struct {
	Code  string   `json:"code"`
	Name  string   `json:"name"`
	Level string   `json:"level"` // exact | near; unrelated among Post.Unlinked
	Path  []string `json:"path,omitempty"`
	Said  bool     `json:"said,omitempty"` // rests on a correction of this post or a ruling of the district
}

// Post is what a company offers (岗位): internship or job slots of one kind at one place.
type Post struct {
	Record       `json:",inline"`
	Company      string    `json:"company"`
	CompanyName  string    `json:"company_name"`           // copied so that a list row needs no second read
	DelegatedTo  string    `json:"delegated_to,omitempty"` // school that lists it for the company
	DelegateName string    `json:"delegate_name,omitempty"`
	State        PostState `json:"state"`
	Steps        []Step    `json:"steps,omitempty"`
	Kind         PostKind  `json:"kind"`
	Title        string    `json:"title"`
	Duties       string    `json:"duties"`
	Skills       []string  `json:"skills,omitempty"`
	Majors       []string  `json:"majors,omitempty"` // codes the company accepts; empty = those the occupation leads to
	Occupation   string    `json:"occupation,omitempty"`
	Slots        int       `json:"slots"`
	Taken        int       `json:"taken"` // never above Slots: guarded in the store
	From         string    `json:"from"`  // first day, 2006-01-02
	To           string    `json:"to"`
	ClosesOn     string    `json:"closes_on"` // last day to answer

	HoursPerDay   float64  `json:"hours_per_day"`
	DaysPerWeek   float64  `json:"days_per_week"`
	NightShift    bool     `json:"night_shift"`
	Overtime      bool     `json:"overtime"`
	RestDayWork   bool     `json:"rest_day_work"`
	Hazards       []string `json:"hazards,omitempty"`
	LabourGrade   int      `json:"labour_grade,omitempty"` // 体力劳动强度 1..4, 0 unknown
	SamePostStaff int      `json:"same_post_staff,omitempty"`
	LiftKg        float64  `json:"lift_kg,omitempty"`            // heaviest single lift; 0 unknown
	LiftsPerHour  float64  `json:"lifts_per_hour,omitempty"`     // 0 unknown
	Motions       float64  `json:"motions_per_minute,omitempty"` // of line work; 0 unknown

	PayFen     int64  `json:"pay_fen"` // a month
	PayWageFen int64  `json:"pay_wage_fen,omitempty"`
	LowestFen  int64  `json:"lowest_wage_fen,omitempty"` // 本单位最低档工资标准, a month; 0 unknown
	Assists    bool   `json:"assists,omitempty"`         // does not work relatively independently yet (art. 18)
	PayForm    string `json:"pay_form,omitempty"`        // 货币 | 实物 …
	PayCycle   int    `json:"pay_cycle,omitempty"`       // days
	PayTo      string `json:"pay_to,omitempty"`          // 学生本人 …
	Fees       string `json:"fees,omitempty"`            // any charge asked of students

	Lodging   bool   `json:"lodging"`
	Meals     bool   `json:"meals"`
	Transport string `json:"transport,omitempty"` // 交通, such as 厂车接送; empty: none
	Tutors    int    `json:"tutors,omitempty"`
	Region    string `json:"region"`
	District  string `json:"district,omitempty"` // that approves its company, if it is not that of the workplace
	Address   string `json:"address,omitempty"`
	// Sites are further work sites (其他工作地点) that students may be sent to, as addresses.
	Sites     []string `json:"sites,omitempty"`
	Workplace string   `json:"workplace,omitempty"` // industry code of the workplace if another than the company's
	Point     *Point   `json:"point,omitempty"`

	Findings []Finding         `json:"findings,omitempty"`
	Guesses  []OccupationGuess `json:"guesses,omitempty"`
	Links    []MajorLink       `json:"links,omitempty"`
	// LinkMajors repeats the codes of Links, so that the store can find posts by major.
	LinkMajors []string `json:"link_majors,omitempty"`
	// Unlinked are majors that would be linked, had a person not said that they are unrelated.
	Unlinked    []MajorLink  `json:"unlinked,omitempty"`
	AlignedOcc  string       `json:"aligned_occ,omitempty"` // occupation that Links rest on, as the tables write it
	AlignedBy   string       `json:"aligned_by,omitempty"`  // editions of the tables that Links were found with
	Corrections []Correction `json:"corrections,omitempty"` // what people said of Guesses and Links
	Category    string       `json:"category,omitempty"`    // category of the best linked major
	Cluster     string       `json:"cluster,omitempty"`
	Unsettled   bool         `json:"unsettled"` // saved, but index and matches are not up to date yet
	SettleErr   string       `json:"settle_err,omitempty"`
	Sample      bool         `json:"sample,omitempty"`
}

// Left is how many slots nobody has taken.
func (p *Post) Left() int { return max(0, p.Slots-p.Taken) }

// Check returns Invalid with every field that is missing or out of range.
func (p *Post) Check() error {
	bad := Invalid{}
	need := func(field, value, name string, most int) {
		n := len([]rune(strings.TrimSpace(value)))
		if n == 0 {
			bad.Add(field, "请填写%s", name)
		} else if n > most {
			bad.Add(field, "%s最多 %d 个字，现在有 %d 个", name, most, n)
		}
	}
	need("title", p.Title, "岗位名称", 60)
	need("duties", p.Duties, "工作内容", 4000)
	if p.Kind.Words() == "" {
		bad.Add("kind", "请选择岗位类别：认识实习、岗位实习或就业")
	}
	if p.Slots < 1 || p.Slots > 5000 {
		bad.Add("slots", "招收人数应在 1 到 5000 之间")
	}
	if p.Slots < p.Taken {
		bad.Add("slots", "已有 %d 人确定，招收人数不能再少", p.Taken)
	}
	checkWindow(bad, p.From, p.To)
	if p.ClosesOn != "" && !isDay(p.ClosesOn) {
		bad.Add("closes_on", "截止日期请写成 2027-03-01 这样")
	} else if p.ClosesOn != "" && p.To != "" && p.ClosesOn > p.To {
		bad.Add("closes_on", "截止日期不能晚于结束日期")
	}
	if p.HoursPerDay < 0 || p.HoursPerDay > 24 {
		bad.Add("hours_per_day", "每天工时应在 0 到 24 之间")
	}
	if p.DaysPerWeek < 0 || p.DaysPerWeek > 7 {
		bad.Add("days_per_week", "每周天数应在 0 到 7 之间")
	}
	if p.PayFen < 0 || p.PayFen > 1_000_000_00 {
		bad.Add("pay_fen", "报酬应在每月 0 到 100 万元之间")
	}
	if p.LowestFen < 0 || p.LowestFen > 1_000_000_00 {
		bad.Add("lowest_wage_fen", "最低档工资应在每月 0 到 100 万元之间")
	}
	for field, n := range map[string]float64{"lift_kg": p.LiftKg, "lifts_per_hour": p.LiftsPerHour, "motions_per_minute": p.Motions} {
		if n < 0 || n > 5000 {
			bad.Add(field, "应在 0 到 5000 之间，不清楚请留空")
		}
	}
	if len([]rune(p.Transport)) > 100 {
		bad.Add("transport", "交通最多 100 个字")
	}
	if len(p.Sites) > 20 || slices.ContainsFunc(p.Sites, func(s string) bool { return len([]rune(s)) > 200 }) {
		bad.Add("sites", "其他工作地点最多 20 个，每个最多 200 个字")
	}
	if p.LabourGrade < 0 || p.LabourGrade > 4 {
		bad.Add("labour_grade", "体力劳动强度分级为 1 到 4 级")
	}
	return bad.Err()
}

// Submit asks for review.
func (p *Post) Submit(by Actor, now Stamp) error {
	return p.move(PostSubmitted, by, now, "", PostDraft, PostReturned)
}

// Publish opens the post to schools. A post with a forbidden finding is refused.
func (p *Post) Publish(by Actor, now Stamp) error {
	for _, f := range p.Findings {
		if f.Severity == "forbidden" {
			return Refuse(ErrConflict, "不能发布：%s（%s）。%s", f.Sentence, f.Article, f.Fix)
		}
	}
	to := PostOpen
	if p.Left() == 0 {
		to = PostFull
	}
	return p.move(to, by, now, "", PostDraft, PostSubmitted, PostReturned, PostClosed)
}

// Return sends the post back to its company; why is shown to it.
func (p *Post) Return(by Actor, now Stamp, why string) error {
	if strings.TrimSpace(why) == "" {
		return Invalid{"why": {"请写明退回的原因，企业要照它修改"}}
	}
	return p.move(PostReturned, by, now, why, PostSubmitted)
}

// Close ends the offer by a decision of its company.
func (p *Post) Close(by Actor, now Stamp, why string) error {
	return p.move(PostClosed, by, now, why, PostDraft, PostSubmitted, PostReturned, PostOpen, PostFull)
}

// Expire ends the offer by the calendar once its last day to answer has passed.
func (p *Post) Expire(by Actor, now Stamp, day string) error {
	if p.ClosesOn == "" || p.ClosesOn >= day {
		return Refuse(ErrConflict, "岗位在 %s 前仍在招收", p.ClosesOn)
	}
	return p.move(PostExpired, by, now, "截止日期 "+p.ClosesOn+" 已过", PostOpen, PostFull, PostSubmitted)
}

func (p *Post) move(to PostState, by Actor, now Stamp, why string, from ...PostState) error {
	for _, f := range from {
		if p.State == f {
			p.Steps = append(p.Steps, Step{At: now, Actor: by.Account, From: string(f), To: string(to), Why: why})
			p.State = to
			return nil
		}
	}
	return Refuse(ErrConflict, "岗位现在是“%s”，不能改为“%s”，请刷新后再看", p.State.Words(), to.Words())
}
