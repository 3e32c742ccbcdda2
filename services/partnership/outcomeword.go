package partnership

import (
	"slices"
	"strings"
	"time"
)

// What the company and the graduate say of an outcome that a school recorded: they confirm
// it or object (异议). An objection stands until the school mends the record, or school or
// district rules on it; meanwhile the outcome counts as 去向不明.

// answerDays is how many days a company has to answer before it is reminded as late.
const answerDays = 14

// OutcomeAnswer is what one of the two says.
type OutcomeAnswer struct {
	Agrees bool      `json:"agrees"`
	At     Stamp     `json:"at"`
	By     string    `json:"by"` // account; "link" for the graduate
	Why    string    `json:"why,omitempty"`
	Claim  Direction `json:"claim,omitempty"` // where the graduate says to be
	Open   bool      `json:"open,omitempty"`  // an objection that nobody has ruled on
	Again  bool      `json:"again,omitempty"` // to what the school ruled: now the district rules
}

// Words gives an answer in the users' language; nil is none yet.
func (a *OutcomeAnswer) Words() string {
	switch {
	case a == nil:
		return "未答复"
	case a.Agrees:
		return "已确认"
	case a.Open:
		return "有异议"
	}
	return "异议已处理"
}

// OutcomeLink is a one-time link by which a graduate confirms an outcome without an
// account. ID is the SHA-256 of the token in the link.
type OutcomeLink struct {
	Record  `json:",inline"`
	Outcome string `json:"outcome"`
	School  string `json:"school"`
	By      string `json:"by"`
	Expires Stamp  `json:"expires"`
	Used    Stamp  `json:"used"` // when it was answered by; 0 while open
}

// Jobs reports whether the direction is work that somebody pays for, so that there is an
// employer to name.
func (d Direction) Jobs() bool { return d == Employed || d == Freelance }

// Directions are all directions a school may record, in the order of the form.
func Directions() []Direction {
	return []Direction{Employed, Progress, Enlisted, Founded, Freelance, Overseas, Searching, Resting, Interning, Unknown}
}

// Singular reports whether this is the outcome of one graduate, not a row of counts.
func (o *Outcome) Singular() bool { return o.Ledger == nil && o.Direction != "" }

// CheckRecord says what is missing of an outcome as a school records it.
func (o *Outcome) CheckRecord(today string) error {
	bad := Invalid{}
	if !slices.Contains(Directions(), o.Direction) {
		bad.Add("direction", "请选择去向")
	}
	year, _ := time.Parse(time.DateOnly, today)
	if o.Year < 2000 || o.Year > year.Year()+1 {
		bad.Add("year", "毕业年份请写 2000 到 %d 之间的年份", year.Year()+1)
	}
	if o.Student == "" {
		bad.Add("student_no", "请填学号，一名学生登记一条")
	}
	if o.Direction == Employed && o.Employer == "" {
		bad.Add("employer", "就业要写明用人单位全称，企业据此确认")
	}
	if !o.Direction.Jobs() && o.Employer != "" {
		bad.Add("employer", "去向是“%s”，不填用人单位；升学的学校、参军等写在佐证材料里", o.Direction.Words())
	}
	if o.Through && o.Direction != Progress {
		bad.Add("through", "只有升学才分是否贯通培养")
	}
	if (o.Direction == Founded || o.Direction == Freelance) && len(o.Evidence) == 0 {
		bad.Add("evidence", "自主创业、灵活就业要有佐证，如营业执照编号、收入凭证；没有佐证请登记为待就业")
	}
	if o.PayFen < 0 || o.PayFen > 0 && !o.Direction.Jobs() {
		bad.Add("pay", "只有就业和灵活就业才登记月收入，不能是负数")
	}
	if len(o.Evidence) > 20 {
		bad.Add("evidence", "佐证材料最多 20 条")
	}
	for _, e := range o.Evidence {
		if len([]rune(e)) > 200 {
			bad.Add("evidence", "每条佐证最多 200 个字")
			break
		}
	}
	return bad.Err()
}

// Restate takes over what the school records now. If it says something else than before,
// what company and graduate said of it no longer holds and they are asked anew. What the
// district ruled stands.
func (o *Outcome) Restate(to Outcome, by Actor, now Stamp) error {
	fresh := o.Direction == ""
	same := !fresh && o.Direction == to.Direction && o.Employer == to.Employer && o.Through == to.Through && o.Year == to.Year
	if o.Final && !same {
		return Refuse(ErrConflict, "区教委已对这条去向作出裁定，不能再改；有新的材料请联系区教委")
	}
	to.Record, to.Since, to.Past, to.Corrections, to.Final, to.Sample = o.Record, o.Since, o.Past, o.Corrections, o.Final, o.Sample
	to.Survey, to.Pseudonym, to.Steps = o.Survey, o.Pseudonym, slices.Clone(o.Steps)
	if same {
		to.ByCompany, to.ByGraduate, to.Disputed, to.AskBy = o.ByCompany, o.ByGraduate, o.Disputed, o.AskBy
		if to.EmployerID != o.EmployerID {
			to.ByCompany, to.AskBy = nil, ""
			to.Disputed = to.openObjection()
		}
	} else {
		words := "学校登记：" + to.Direction.Words()
		if !fresh {
			words = "学校改正：" + to.Direction.Words()
		}
		to.Steps = append(to.Steps, Step{At: now, Actor: by.Account, From: string(o.Direction), To: string(to.Direction), Why: words})
	}
	if to.EmployerID != "" && to.AskBy == "" {
		to.AskBy = Day(now.Time().AddDate(0, 0, answerDays))
	}
	*o = to
	return nil
}

func (o *Outcome) openObjection() bool {
	return o.ByCompany != nil && o.ByCompany.Open || o.ByGraduate != nil && o.ByGraduate.Open
}

// The two who answer.
const (
	AnswerCompany  = "company"
	AnswerGraduate = "graduate"
)

// Say takes the answer of the company or the graduate. After a ruling of the school either
// may object again, and then the district rules; after one of the district nobody may.
func (o *Outcome) Say(side string, a OutcomeAnswer, now Stamp) error {
	who, at := "用人单位", &o.ByCompany
	if side == AnswerGraduate {
		who, at = "毕业生", &o.ByGraduate
	}
	if a.Why = strings.TrimSpace(a.Why); !a.Agrees && len([]rune(a.Why)) < 2 {
		return Invalid{"why": {"请写明哪里不对，学校和区教委据此核对"}}
	}
	if len([]rune(a.Why)) > 300 {
		return Invalid{"why": {"说明最多 300 个字"}}
	}
	if a.Claim != "" && !slices.Contains(Directions(), a.Claim) {
		return Invalid{"claim": {"请选择实际去向"}}
	}
	if o.Final && !a.Agrees {
		return Refuse(ErrConflict, "区教委已对这条去向作出裁定，不再受理异议")
	}
	if old := *at; old != nil && old.Open && !a.Agrees {
		return Refuse(ErrConflict, "异议已经提出，正在处理，不用再提一次")
	}
	a.At, a.Open, a.Again = now, !a.Agrees, !a.Agrees && *at != nil && !(*at).Agrees
	step := who + "确认"
	if a.Agrees {
		a.Why, a.Claim = "", ""
	} else {
		step = who + "提出异议：" + a.Why
		if a.Claim != "" {
			step += "（实际去向：" + a.Claim.Words() + "）"
		}
	}
	o.Steps = append(slices.Clone(o.Steps), Step{At: now, Actor: a.By, From: string(o.Direction), To: string(o.Direction), Why: step})
	*at = &a
	o.Disputed = o.openObjection()
	return nil
}

// Rule ends the objections. The school may only keep its record, with evidence, and once;
// the district, whose word is the last, may also set another direction (empty keeps).
func (o *Outcome) Rule(by Actor, now Stamp, to Direction, why string) error {
	if !o.Disputed {
		return Refuse(ErrConflict, "这条去向现在没有待处理的异议，请刷新后再看")
	}
	why, err := needWhy(why, "请写明依据，各方都会看到")
	if err != nil {
		return err
	}
	from := o.Direction
	if by.Role == RoleSchool {
		switch {
		case to != "" && to != o.Direction:
			return Refuse(ErrConflict, "登记有误请直接改正登记，改正后异议自动结束")
		case o.ByCompany != nil && o.ByCompany.Again || o.ByGraduate != nil && o.ByGraduate.Again:
			return Refuse(ErrForbidden, "对方不认可学校的处理，这一次由区教委裁定")
		case len(o.Evidence) == 0:
			return Invalid{"why": {"维持登记要有佐证，请先在登记里写上佐证材料"}}
		}
	} else {
		if to != "" && !slices.Contains(Directions(), to) {
			return Invalid{"direction": {"请选择去向"}}
		}
		o.Final = true
		if to != "" && to != o.Direction {
			if o.Direction = to; !to.Jobs() {
				o.Employer, o.EmployerID, o.PayFen, o.Occ, o.Industry = "", "", 0, "", ""
				o.Aligned, o.AlignedBy, o.AlignWhy, o.Ruled = "", "", nil, ""
			}
			o.Through = o.Through && to == Progress
		}
	}
	words := by.Role.Words() + "维持登记：" + why
	if o.Direction != from {
		words = by.Role.Words() + "裁定为" + o.Direction.Words() + "：" + why
	}
	o.Steps = append(slices.Clone(o.Steps), Step{At: now, Actor: by.Account, From: string(from), To: string(o.Direction), Why: words})
	for _, at := range []**OutcomeAnswer{&o.ByCompany, &o.ByGraduate} {
		if a := *at; a != nil && a.Open {
			closed := *a
			closed.Open = false
			*at = &closed
		}
	}
	o.Disputed = false
	return nil
}
