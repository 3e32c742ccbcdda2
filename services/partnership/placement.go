package partnership

import (
	"slices"
	"strings"
)

// PlacementState is where a placement stands.
type PlacementState string

// proposed -> accepted -> agreed -> on post -> completed; declined, released (the
// student accepted another offer) and ended (early, by any of the three) are ends too.
const (
	PlacementProposed  PlacementState = "proposed"
	PlacementAccepted  PlacementState = "accepted"
	PlacementDeclined  PlacementState = "declined"
	PlacementReleased  PlacementState = "released"
	PlacementAgreed    PlacementState = "agreed"
	PlacementOnPost    PlacementState = "on_post"
	PlacementCompleted PlacementState = "completed"
	PlacementEnded     PlacementState = "ended"
)

// Words gives the state in the users' language.
func (s PlacementState) Words() string {
	return map[PlacementState]string{PlacementProposed: "待学生答复", PlacementAccepted: "已接受，待签协议", PlacementDeclined: "已谢绝", PlacementReleased: "已让出",
		PlacementAgreed: "协议已签", PlacementOnPost: "在岗", PlacementCompleted: "已完成", PlacementEnded: "提前结束"}[s]
}

// Holds reports whether a placement in this state takes a slot of its post.
func (s PlacementState) Holds() bool { return slices.Contains(HoldingStates(), s) }

// HoldingStates are the states that take a slot of the post and count as an intern.
func HoldingStates() []PlacementState {
	return []PlacementState{PlacementAccepted, PlacementAgreed, PlacementOnPost}
}

// Evaluation is one side's evaluation of the internship (实习鉴定).
type Evaluation struct {
	Day   string `json:"day"`
	Score int    `json:"score"` // 0..100
	Words string `json:"words"`
	By    string `json:"by"` // account
}

// EarlyEnd says that a placement ended before its time, who ended it and why.
type EarlyEnd struct {
	Day    string `json:"day"`
	By     string `json:"by"` // 学校 | 企业 | 学生
	Reason string `json:"reason"`
}

// Placement is one student on one post (安置).
type Placement struct {
	Record      `json:",inline"`
	State       PlacementState `json:"state"`
	Steps       []Step         `json:"steps,omitempty"`
	Offer       string         `json:"offer"` // the allocation it comes from
	Seat        int            `json:"seat"`  // 1..the offer's count
	Post        string         `json:"post"`
	PostTitle   string         `json:"post_title"`
	Kind        PostKind       `json:"kind"`
	Company     string         `json:"company"`
	CompanyName string         `json:"company_name"`
	School      string         `json:"school"`
	SchoolName  string         `json:"school_name"`
	Cohort      string         `json:"cohort"`
	CohortName  string         `json:"cohort_name"`
	Student     string         `json:"student"`
	MajorName   string         `json:"major_name"`
	Skills      []string       `json:"skills,omitempty"`
	From        string         `json:"from"`
	To          string         `json:"to"`
	StartedOn   string         `json:"started_on,omitempty"` // the day work began in fact

	Agreement *Agreement  `json:"agreement,omitempty"`
	Papers    Papers      `json:"papers"`
	Follow    Supervision `json:"follow"`
	// Open counts the exceptions that nobody has answered, so that lists can put them first.
	Open int `json:"open,omitempty"`
	// InsuredTo is the last day that a policy in Papers covers.
	InsuredTo string      `json:"insured_to,omitempty"`
	BySchool  *Evaluation `json:"by_school,omitempty"`
	ByCompany *Evaluation `json:"by_company,omitempty"`
	Ended     *EarlyEnd   `json:"ended,omitempty"`
	Sample    bool        `json:"sample,omitempty"`
}

// side reports whether the actor acts for the placement's school or company.
func (p *Placement) side(by Actor) (school, company bool) {
	return by.Role == RoleSchool && by.SpeaksFor(p.School), by.Role == RoleCompany && by.SpeaksFor(p.Company)
}

func (p *Placement) only(by Actor, mine bool, who string) error {
	if mine {
		return nil
	}
	return Refuse(ErrForbidden, "这一步由%s来做", who)
}

// Accept says that the student takes the post, recorded by the school. The caller has
// taken a slot of the post for it.
func (p *Placement) Accept(by Actor, now Stamp, a Agreement) error {
	school, _ := p.side(by)
	if err := p.only(by, school, "学校"); err != nil {
		return err
	}
	if err := p.move(PlacementAccepted, by, now, "", PlacementProposed); err != nil {
		return err
	}
	p.Agreement = &a
	return nil
}

// Decline says no, by school (for the student) or company; the others read why.
func (p *Placement) Decline(by Actor, now Stamp, why string) error {
	school, company := p.side(by)
	if err := p.only(by, school || company, "学校或企业"); err != nil {
		return err
	}
	if strings.TrimSpace(why) == "" {
		return Invalid{"why": {"请写明谢绝的原因，对方会看到这句话"}}
	}
	return p.move(PlacementDeclined, by, now, why, PlacementProposed)
}

// Free gives up an unanswered proposal because the student accepted another offer.
func (p *Placement) Free(by Actor, now Stamp) error {
	return p.move(PlacementReleased, by, now, "学生接受了另一个岗位", PlacementProposed)
}

// Sign records a signature given on a day. School and company sign for themselves;
// those of student and guardian are recorded by the school, which keeps the paper.
// With the last one the agreement is made.
func (p *Placement) Sign(by Actor, now Stamp, who Signer, day string) error {
	school, company := p.side(by)
	if who == SignCompany {
		if err := p.only(by, company, "企业"); err != nil {
			return err
		}
	} else if err := p.only(by, school, "学校"); err != nil {
		return err
	}
	if p.State != PlacementAccepted || p.Agreement == nil {
		return Refuse(ErrConflict, "安置现在是“%s”，签字只在接受之后、协议签齐之前登记", p.State.Words())
	}
	if !isDay(day) || day > Day(now.Time()) {
		return Invalid{"day": {"签字日期请写成 2027-02-20 这样，不能晚于今天"}}
	}
	at := map[Signer]*string{SignSchool: &p.Agreement.School, SignCompany: &p.Agreement.Company, SignStudent: &p.Agreement.Student,
		ConsentSelf: &p.Agreement.StudentConsent, ConsentGuard: &p.Agreement.GuardianConsent}[who]
	if at == nil {
		return Invalid{"who": {"没有这样的签字，可登记：学校、企业、学生签字，学生、监护人知情同意"}}
	}
	*at = day
	p.Steps = append(p.Steps, Step{At: now, Actor: by.Account, From: string(p.State), To: string(p.State), Why: who.Words() + " " + day})
	if p.Agreement.Signed() {
		return p.move(PlacementAgreed, by, now, "三方签字和知情同意齐全", PlacementAccepted)
	}
	return nil
}

// TakePapers takes over the papers that the form fills in: the school all of them,
// the company its tutor and the training.
func (p *Placement) TakePapers(by Actor, now Stamp, form Papers) error {
	school, company := p.side(by)
	if err := p.only(by, school || company, "学校或企业"); err != nil {
		return err
	}
	if !p.State.Holds() {
		return Refuse(ErrConflict, "安置现在是“%s”，不能再登记材料", p.State.Words())
	}
	if err := form.check(); err != nil {
		return err
	}
	p.Papers.merge(form, by.Role)
	p.InsuredTo = ""
	for _, i := range p.Papers.Policies {
		p.InsuredTo = max(p.InsuredTo, i.To)
	}
	p.Steps = append(p.Steps, Step{At: now, Actor: by.Account, From: string(p.State), To: string(p.State), Why: "登记材料"})
	return nil
}

// Start puts the student on the post from today. standing are the findings of the
// internship rules that are not mended; any of them stops the start and the refusal
// lists them all.
func (p *Placement) Start(by Actor, now Stamp, standing []Finding) error {
	school, company := p.side(by)
	if err := p.only(by, school || company, "学校或企业"); err != nil {
		return err
	}
	if len(standing) > 0 && (p.State == PlacementAccepted || p.State == PlacementAgreed) {
		return Refuse(ErrConflict, "还不能上岗，缺 %d 项：%s", len(standing), sentences(standing))
	}
	today := Day(now.Time())
	if p.State == PlacementAgreed && today < p.From {
		return Refuse(ErrConflict, "实习从 %s 开始，到那天才能登记上岗", p.From)
	}
	if p.State == PlacementAgreed && today > p.To {
		return Refuse(ErrConflict, "实习期 %s 到 %s 已过，不能再登记上岗", p.From, p.To)
	}
	if err := p.move(PlacementOnPost, by, now, "", PlacementAgreed); err != nil {
		return err
	}
	p.StartedOn = today
	return nil
}

func sentences(findings []Finding) string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Title+"（"+f.Sentence+"）")
	}
	return strings.Join(all, "；")
}

// Evaluate records one side's evaluation.
func (p *Placement) Evaluate(by Actor, now Stamp, e Evaluation) error {
	school, company := p.side(by)
	if err := p.only(by, school || company, "学校或企业"); err != nil {
		return err
	}
	if p.State != PlacementOnPost {
		return Refuse(ErrConflict, "安置现在是“%s”，在岗时才能写鉴定", p.State.Words())
	}
	bad := Invalid{}
	if e.Score < 0 || e.Score > 100 {
		bad.Add("score", "成绩应在 0 到 100 之间")
	}
	if strings.TrimSpace(e.Words) == "" {
		bad.Add("words", "请写几句评语，成绩不能只有分数")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	e.Day, e.By = Day(now.Time()), by.Account
	if school {
		p.BySchool = &e
	} else {
		p.ByCompany = &e
	}
	p.Steps = append(p.Steps, Step{At: now, Actor: by.Account, From: string(p.State), To: string(p.State), Why: "写鉴定"})
	return nil
}

// Complete closes the placement: both evaluations are there and nothing of the archive
// is missing (standing).
func (p *Placement) Complete(by Actor, now Stamp, standing []Finding) error {
	school, _ := p.side(by)
	if err := p.only(by, school, "学校"); err != nil {
		return err
	}
	if p.State == PlacementOnPost {
		switch {
		case p.BySchool == nil:
			return Refuse(ErrConflict, "还缺学校的实习鉴定，写好后再办结")
		case p.ByCompany == nil:
			return Refuse(ErrConflict, "还缺企业的实习鉴定，请企业写好后再办结")
		case len(standing) > 0:
			return Refuse(ErrConflict, "还不能办结：%s", sentences(standing))
		}
	}
	return p.move(PlacementCompleted, by, now, "", PlacementOnPost)
}

// End ends the placement early: by school or company for itself, by the school for the
// student. The reason goes to all three.
func (p *Placement) End(by Actor, now Stamp, forStudent bool, why string) error {
	school, company := p.side(by)
	if err := p.only(by, school || company && !forStudent, "学校或企业"); err != nil {
		return err
	}
	if strings.TrimSpace(why) == "" {
		return Invalid{"why": {"请写明提前结束的原因，三方都会看到"}}
	}
	who := "学校"
	switch {
	case forStudent:
		who = "学生"
	case company:
		who = "企业"
	}
	if err := p.move(PlacementEnded, by, now, who+"："+why, HoldingStates()...); err != nil {
		return err
	}
	p.Ended = &EarlyEnd{Day: Day(now.Time()), By: who, Reason: why}
	return nil
}

func (p *Placement) move(to PlacementState, by Actor, now Stamp, why string, from ...PlacementState) error {
	if !slices.Contains(from, p.State) {
		return Refuse(ErrConflict, "安置现在是“%s”，不能改为“%s”，请刷新后再看", p.State.Words(), to.Words())
	}
	p.Steps = append(p.Steps, Step{At: now, Actor: by.Account, From: string(p.State), To: string(to), Why: why})
	p.State = to
	return nil
}

// TakeSlot gives one slot of the post away; with the last one the post is full.
func (p *Post) TakeSlot(by Actor, now Stamp) error {
	switch {
	case !p.State.Public():
		return Refuse(ErrConflict, "岗位“%s”现在是“%s”，不能再确定学生", p.Title, p.State.Words())
	case p.Left() == 0:
		return Refuse(ErrConflict, "岗位“%s”的 %d 个名额都已确定，最后一个刚被别人占用。请给这名学生另选岗位，或请企业增加名额", p.Title, p.Slots)
	}
	p.Taken++
	if p.Left() == 0 {
		return p.move(PostFull, by, now, "名额已满", PostOpen, PostFull)
	}
	return nil
}

// GiveSlotBack returns one slot; a post that was full takes students again.
func (p *Post) GiveSlotBack(by Actor, now Stamp) error {
	if p.Taken > 0 {
		p.Taken--
	}
	if p.State == PostFull && p.Left() > 0 {
		return p.move(PostOpen, by, now, "有名额让出", PostFull)
	}
	return nil
}
