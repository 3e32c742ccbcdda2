package regulation

import (
	"fmt"
	"slices"
	"strings"
)

// Finding is one broken rule, or one that cannot be judged for lack of an answer.
type Finding struct {
	Rule     string   `json:"rule"`
	Title    string   `json:"title"`
	Article  string   `json:"article"`
	Document string   `json:"document"`
	Citation string   `json:"citation"` // document and article as shown, with a mark if not verified
	Verified bool     `json:"verified"`
	Severity Severity `json:"severity"`
	Subject  Subject  `json:"subject"`
	Field    string   `json:"field"`
	Value    string   `json:"value,omitempty"`
	Limit    string   `json:"limit,omitempty"`
	Sentence string   `json:"sentence"`
	Fix      string   `json:"fix"`
	Unknown  bool     `json:"unknown,omitempty"`   // the field was not answered
	LiftedBy string   `json:"lifted_by,omitempty"` // the filing that lifts it; then it stands for the record only
	Reason   string   `json:"reason,omitempty"`    // the reason given, for a warning
}

// Stands reports whether the finding must be mended before a start: it is no mere
// warning and no filing lifts it.
func (f Finding) Stands() bool { return f.Severity != Warning && f.LiftedBy == "" }

// Passes reports whether nothing stands.
func Passes(findings []Finding) bool { return !slices.ContainsFunc(findings, Finding.Stands) }

// Worst is the gravest severity that stands, "" if none does; a warning counts if
// nothing graver is there and no reason was given.
func Worst(findings []Finding) Severity {
	worst := Severity("")
	for _, f := range findings {
		if f.LiftedBy == "" && f.Reason == "" && gravity(f.Severity) > gravity(worst) {
			worst = f.Severity
		}
	}
	return worst
}

func gravity(s Severity) int {
	return slices.Index([]Severity{"", Warning, Block, Filing, Forbidden}, s)
}

// ctx is what a check sees. The facts that a subject does not have are empty.
type ctx struct {
	set     Set
	rule    *Rule
	subject Subject
	day     string
	post    PostFacts
	company CompanyFacts
	cohort  CohortFacts
	school  SchoolFacts
	student StudentFacts
	agree   AgreementFacts
	place   PlacementFacts

	kind, start, end string
	regions          []string
	majors           []string
	filings          []FilingFacts
	reasons          map[string]string
}

// hit is what a check found.
type hit struct {
	field, value, limit string
	unknown             bool
}

// check is one way of testing facts; rules name it and give the parameters.
type check struct {
	on            []Subject
	params, lists []string
	run           func(c *ctx) []hit
}

func (c *ctx) param(name string) float64 { return c.rule.Params[name] }
func (c *ctx) list(name string) []string { return c.rule.Lists[name] }
func broken(field, value, limit string) []hit {
	return []hit{{field: field, value: value, limit: limit}}
}
func unanswered(field string) []hit { return []hit{{field: field, unknown: true}} }

// CheckPost checks what a company offers, before any student is on it. The day is
// the one whose rules apply: today for a draft, the first day for a plan.
func CheckPost(p PostFacts, s Set, day string) []Finding {
	p.Hazards = graded(p.Hazards)
	c := ctx{set: s, subject: OnPost, day: day, post: p, company: p.Company, kind: p.Kind, start: p.Start, end: p.End,
		regions: []string{p.Region, p.Company.Region}, majors: p.Majors, filings: p.Filings, reasons: p.Reasons}
	return c.all()
}

// CheckCompany checks a company as a host.
func CheckCompany(f CompanyFacts, s Set, day string) []Finding {
	c := ctx{set: s, subject: OnCompany, day: day, company: f, start: day, regions: []string{f.Region}, reasons: f.Reasons}
	return c.all()
}

// CheckCohort checks a cohort and its window.
func CheckCohort(f CohortFacts, s Set, day string) []Finding {
	c := ctx{set: s, subject: OnCohort, day: day, cohort: f, school: f.School, kind: f.Kind, start: f.Start, end: f.End,
		student: StudentFacts{EntryYear: f.EntryYear, Major: f.Major}, place: PlacementFacts{PlanOn: f.PlanOn, AssignedBy: f.AssignedBy},
		regions: []string{f.School.Region}, filings: f.Filings, reasons: f.Reasons}
	if f.Major != "" {
		c.majors = []string{f.Major}
	}
	return c.all()
}

// CheckAgreement checks a tripartite agreement with its consents and tutors.
func CheckAgreement(f AgreementFacts, s Set, day string) []Finding {
	c := ctx{set: s, subject: OnAgreement, day: day, agree: f, kind: f.Kind, start: f.Start, end: f.End,
		place: PlacementFacts{ArrangedBy: f.ArrangedBy}, regions: []string{f.Region}, reasons: f.Reasons}
	return c.all()
}

// CheckPlacement checks one student on one post with all that belongs to it. Its
// dates take the place of the post's and the agreement's.
func CheckPlacement(f PlacementFacts, s Set, day string) []Finding {
	p, a := f.Post, f.Agreement
	p.Start, p.End, p.Hazards = f.Start, f.End, graded(p.Hazards)
	a.Start, a.End, a.Kind = f.Start, f.End, p.Kind
	c := ctx{set: s, subject: OnPlacement, day: day, post: p, company: p.Company, school: f.School, student: f.Student, agree: a, place: f,
		kind: p.Kind, start: f.Start, end: f.End, regions: []string{p.Region, p.Company.Region, f.School.Region},
		filings: slices.Concat(f.Filings, p.Filings), reasons: f.Reasons}
	if f.Student.Major != "" {
		c.majors = []string{f.Student.Major}
	}
	return c.all()
}

// graded reads a grade written into the kind, as 高处2级: taken for a kind of its own
// it would match no rule.
func graded(hazards []Hazard) []Hazard {
	out := slices.Clone(hazards) // nil stays nil, which is unknown
	for i, h := range out {
		body, ok := strings.CutSuffix(strings.TrimSpace(h.Kind), "级")
		if n := len(body); ok && n > 1 && body[n-1] >= '1' && body[n-1] <= '9' {
			out[i] = Hazard{Kind: strings.TrimRight(body[:n-1], " （("), Grade: int(body[n-1] - '0')}
		}
	}
	return out
}

// all runs the rules in force.
func (c *ctx) all() []Finding {
	var found []Finding
	for _, r := range c.rules() {
		c.rule = r
		for _, h := range checks[r.Check].run(c) {
			if f, ok := c.finding(h); ok {
				found = append(found, f)
			}
		}
	}
	return found
}

// rules are those in force for the facts. One that another takes the place of is
// left out only where that other one itself applies.
func (c *ctx) rules() []*Rule {
	var all []*Rule
	var replaced []string
	for i := range c.set.rules {
		r := &c.set.rules[i]
		if slices.Contains(r.Subjects, c.subject) && r.inForce(c.day) && r.holdsIn(c.regions) && c.applies(r) {
			all = append(all, r)
			if r.Replaces != "" {
				replaced = append(replaced, r.Replaces)
			}
		}
	}
	return slices.DeleteFunc(all, func(r *Rule) bool { return slices.Contains(replaced, r.ID) })
}

// applies tests the rule's narrowing by kind and major. Where the kind is not known
// the rules of internships apply: silence must not be a way around them.
func (c *ctx) applies(r *Rule) bool {
	if len(r.Kinds) > 0 && c.kind != "" && !slices.Contains(r.Kinds, c.kind) {
		return false
	}
	if len(r.Majors) == 0 {
		return true
	}
	return slices.ContainsFunc(c.majors, func(m string) bool {
		return slices.ContainsFunc(r.Majors, func(p string) bool { return strings.HasPrefix(m, p) })
	})
}

func (c *ctx) finding(h hit) (Finding, bool) {
	r := c.rule
	f := Finding{Rule: r.ID, Title: r.Title, Article: r.Article, Document: r.Document, Citation: c.set.Citation(*r), Verified: r.Verified,
		Severity: r.Severity, Subject: c.subject, Field: h.field, Value: h.value, Limit: h.limit, Fix: r.Fix}
	if s, ok := r.SeverityOn[c.subject]; ok {
		f.Severity = s
	}
	if h.unknown {
		f.Severity, f.Unknown = r.Unknown, true
		if c.subject == OnPost && f.Severity == Block {
			f.Severity = Warning
		}
		f.Sentence = fmt.Sprintf("没有填写%s，判断不了“%s”", fieldWords(h.field), r.Title)
		f.Fix = "请补填" + fieldWords(h.field)
		return f, f.Severity != ""
	}
	f.Sentence = strings.NewReplacer("{value}", h.value, "{limit}", h.limit).Replace(r.Sentence)
	if f.Severity == Filing {
		f.LiftedBy = c.lifted(*r)
	}
	if f.Severity == Warning {
		f.Reason = strings.TrimSpace(c.reasons[r.ID])
	}
	return f, true
}

// lifted finds the filing that lifts a rule, or "". A special filing (F2) lifts only
// the rules it asks for, only with a reason, only if made before the start with the
// school's own authority, and only for its majors, posts and days.
func (c *ctx) lifted(r Rule) string {
	for _, f := range c.filings {
		switch {
		case f.Kind != r.LiftedBy, !isDay(f.Day), c.start == "", f.Day >= c.start:
		case f.Kind == "F2" && (!slices.Contains(f.Rules, r.ID) && (r.Replaces == "" || !slices.Contains(f.Rules, r.Replaces)) || strings.TrimSpace(f.Reason) == ""):
		case strings.TrimSpace(f.Office) == "", c.school.Authority != "" && f.Office != c.school.Authority:
		case f.From != "" && f.From > c.start, f.To != "" && (c.end == "" || f.To < c.end):
		case len(f.Majors) > 0 && !coversAll(f.Majors, c.majors):
		case len(f.Posts) > 0 && !slices.Contains(f.Posts, c.post.ID):
		default:
			return fmt.Sprintf("%s：%s 于 %s 备案", f.Kind, f.Office, f.Day)
		}
	}
	return ""
}

// filed reports whether a filing of this kind was made before the start and covers it.
func (c *ctx) filed(kind string) bool {
	return c.lifted(Rule{LiftedBy: kind}) != ""
}

func coversAll(have, want []string) bool {
	return len(want) > 0 && !slices.ContainsFunc(want, func(m string) bool { return !slices.Contains(have, m) })
}

// fieldWords is the users' word for a field.
func fieldWords(field string) string {
	if w, ok := words[field]; ok {
		return w
	}
	return field
}

var words = map[string]string{
	"kind": "实习类型", "start": "开始日期", "end": "结束日期", "birth": "出生日期", "sex": "性别", "entry_year": "入学年份", "fit": "校医意见", "id_matches": "学籍核对结果",
	"labour_grade": "体力劳动强度", "hazards": "危险因素", "daily_hours": "每日工时", "weekly_hours": "每周工时", "overtime_hours": "每周加班小时", "shifts": "班次",
	"rest_day_work": "休息日是否上班", "holiday_work": "法定节假日是否上班", "tasks": "典型工作任务", "staff": "在岗职工总数", "same_post_staff": "同类岗位在岗职工数",
	"pay_fen": "报酬", "same_post_wage_fen": "相同岗位工资标准或最低档工资标准", "pay_form": "支付形式", "payee": "支付对象", "pay_cycle_days": "支付周期", "fees": "向学生收费项目",
	"industry": "工作场所的行业代码", "arranger": "组织安排者", "dishonest": "失信和经营异常核查", "safety_penalty": "近三年安全生产处罚", "new": "是否新合作单位",
	"region": "工作地区", "abroad": "是否境外", "lodging": "住宿安排", "from_away": "是否离家实习", "papers": "学校的管理办法、安全规定、应急预案", "school_type": "学校类型", "major": "专业",
	"holds_papers": "是否扣证", "asks_surety": "是否要求担保", "pays_school": "是否按人头给学校付款", "host_reg": "登记证号", "arranged_by": "由谁安排", "archive": "归档材料",
}
