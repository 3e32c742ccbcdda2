package partnership

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Policy is an insurance policy (实习责任保险) that names the student.
type Policy struct {
	Insurer string `json:"insurer"`
	Number  string `json:"number"`
	From    string `json:"from"`
	To      string `json:"to"`
	Paid    string `json:"paid"` // 学校 | 企业
}

// Training is the training before the start (岗前培训).
type Training struct {
	Day    string `json:"day"`
	Topic  string `json:"topic,omitempty"`
	Passed bool   `json:"passed"`
}

// Filing is a filing (备案) with an authority: F1 every internship, F2 special
// requirement, F3 other province, F4 abroad.
type Filing struct {
	Kind   string   `json:"kind"`
	Office string   `json:"office"`
	Day    string   `json:"day"`
	Rules  []string `json:"rules,omitempty"` // F2: the rules it asks to lift
	Reason string   `json:"reason,omitempty"`
}

// Papers is what must be on record before a start and at the close. Those of a whole
// class are usually the same and recorded at once.
type Papers struct {
	PlanOn       string            `json:"plan_on,omitempty"`      // day of the internship plan 实习方案
	SchoolRules  []string          `json:"school_rules,omitempty"` // 管理办法, 安全规定, 应急预案
	ApprovedOn   string            `json:"approved_on,omitempty"`  // the company was chosen by the school's committee
	PublishedOn  string            `json:"published_on,omitempty"` // and the list made public
	RollMatches  *bool             `json:"roll_matches,omitempty"` // name and ID equal those of the school roll 学籍
	Policies     []Policy          `json:"policies,omitempty"`
	SchoolTutor  string            `json:"school_tutor,omitempty"`
	CompanyTutor string            `json:"company_tutor,omitempty"`
	Training     *Training         `json:"training,omitempty"`
	FromAway     *bool             `json:"from_away,omitempty"` // away from home
	Lodging      string            `json:"lodging,omitempty"`   // 统一住宿 | 自行住宿 | 回家住
	LodgingOK    *bool             `json:"lodging_ok,omitempty"`
	Approver     string            `json:"approver,omitempty"` // answers for a placement outside the major's category
	Filings      []Filing          `json:"filings,omitempty"`
	Reasons      map[string]string `json:"reasons,omitempty"`  // reason given for a warning, by rule
	Archive      []string          `json:"archive,omitempty"`  // files at the close
	Evidence     []string          `json:"evidence,omitempty"` // what proves the above: a paper with its number or where it is kept
}

// merge takes over what form fills in; empty fields stay as they are. Companies fill
// in their tutor and the training only.
func (p *Papers) merge(form Papers, by Role) {
	text := func(to *string, from string) {
		if from = strings.TrimSpace(from); from != "" {
			*to = from
		}
	}
	text(&p.CompanyTutor, form.CompanyTutor)
	if form.Training != nil {
		p.Training = form.Training
	}
	if by == RoleCompany {
		return
	}
	text(&p.PlanOn, form.PlanOn)
	text(&p.ApprovedOn, form.ApprovedOn)
	text(&p.PublishedOn, form.PublishedOn)
	text(&p.SchoolTutor, form.SchoolTutor)
	text(&p.Lodging, form.Lodging)
	text(&p.Approver, form.Approver)
	for _, b := range []struct{ to, from **bool }{{&p.RollMatches, &form.RollMatches}, {&p.FromAway, &form.FromAway}, {&p.LodgingOK, &form.LodgingOK}} {
		if *b.from != nil {
			*b.to = *b.from
		}
	}
	if form.SchoolRules != nil {
		p.SchoolRules = form.SchoolRules
	}
	if form.Policies != nil {
		p.Policies = form.Policies
	}
	if form.Filings != nil {
		p.Filings = form.Filings
	}
	if form.Archive != nil {
		p.Archive = form.Archive
	}
	if form.Evidence != nil {
		p.Evidence = form.Evidence
	}
	for rule, why := range form.Reasons {
		if p.Reasons == nil {
			p.Reasons = map[string]string{}
		}
		p.Reasons[rule] = why
	}
}

// check adds the fields that are no days or are out of order.
func (p *Papers) check() error {
	bad := Invalid{}
	days := map[string]string{"plan_on": p.PlanOn, "approved_on": p.ApprovedOn, "published_on": p.PublishedOn}
	for field, day := range days {
		if day != "" && !isDay(day) {
			bad.Add(field, "日期请写成 2027-02-20 这样，现在是“%s”", day)
		}
	}
	if p.Training != nil && !isDay(p.Training.Day) {
		bad.Add("training", "培训日期请写成 2027-02-20 这样")
	}
	for _, f := range p.Filings {
		if !isDay(f.Day) || !slices.Contains([]string{"F1", "F2", "F3", "F4"}, f.Kind) {
			bad.Add("filings", "备案要写明类别（F1 到 F4）和日期")
		}
	}
	for _, i := range p.Policies {
		if !isDay(i.From) || !isDay(i.To) || i.From > i.To {
			bad.Add("policies", "保险的起止日期请写成 2027-03-01 这样，止期不早于起期")
		}
	}
	for _, e := range p.Evidence {
		if utf8.RuneCountInString(e) > 200 {
			bad.Add("evidence", "每条佐证最多 200 个字：“%s…”", string([]rune(e)[:20]))
		}
	}
	return bad.Err()
}
