package exchange

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/regulation"
)

// postFindings checks a post against the rules of the day. Findings that a filing
// lifts are left out: they no longer concern the post.
func (x *Exchange) postFindings(ctx context.Context, p *partnership.Post) ([]partnership.Finding, error) {
	c, err := x.companies.Get(ctx, p.Company)
	if err != nil {
		return nil, fmt.Errorf("company of post %s: %w", p.ID, err)
	}
	var out []partnership.Finding
	for _, f := range regulation.CheckPost(postRuleFacts(p, &c), x.rules, x.today()) {
		if f.LiftedBy != "" || f.Unknown && f.Severity == regulation.Warning {
			continue
		}
		found := findingOf(f)
		if f.Unknown && f.Severity == regulation.Forbidden {
			found.Severity = string(regulation.Block) // not answered is not broken, but must be answered
		}
		out = append(out, found)
	}
	return out, nil
}

// companyFindings checks a company as a host. What a school decides and records for itself,
// its visit and its choice of the host, is looked at on the placement.
func (x *Exchange) companyFindings(c *partnership.Company) []partnership.Finding {
	var out []partnership.Finding
	for _, f := range regulation.CheckCompany(companyRuleFacts(c), x.rules, x.today()) {
		if f.LiftedBy == "" && !f.Unknown && f.Field != "visit" && f.Field != "approved_on" {
			out = append(out, findingOf(f))
		}
	}
	return out
}

// findingOf is a finding as documents keep it and pages show it.
func findingOf(f regulation.Finding) partnership.Finding {
	return partnership.Finding{Rule: f.Rule, Title: f.Title, Article: f.Citation, Severity: string(f.Severity), Field: f.Field,
		Value: f.Value, Limit: f.Limit, Sentence: f.Sentence, Fix: f.Fix, Unknown: f.Unknown}
}

func known64(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}

func knownInt(v int) *int {
	if v == 0 {
		return nil
	}
	return &v
}

func knownFen(v int64) *int64 {
	if v == 0 {
		return nil
	}
	return &v
}

// postRuleFacts reads a post as the rules see it.
func postRuleFacts(p *partnership.Post, c *partnership.Company) regulation.PostFacts {
	f := regulation.PostFacts{ID: p.ID, Title: p.Title, Kind: p.Kind.Words(), Duties: p.Duties, Start: p.From, End: p.To, Region: p.Region,
		Company: companyRuleFacts(c), Industry: p.Workplace, Site: p.Address, Majors: p.Majors, Slots: p.Slots,
		DailyHours: known64(p.HoursPerDay), WeeklyHours: known64(p.HoursPerDay * p.DaysPerWeek), RestDayWork: &p.RestDayWork,
		Hazards: []regulation.Hazard{}, LabourGrade: knownInt(p.LabourGrade), Tasks: p.Skills, SamePostStaff: knownInt(p.SamePostStaff),
		LiftKg: known64(p.LiftKg), LiftsPerHour: known64(p.LiftsPerHour), MotionsPerMinute: known64(p.Motions),
		PayFen: &p.PayFen, SamePostFen: knownFen(p.PayWageFen), LowestFen: knownFen(p.LowestFen), PayForm: p.PayForm, Payee: p.PayTo, PayCycleDays: knownInt(p.PayCycle), Fees: []string{}}
	for _, h := range p.Hazards {
		f.Hazards = append(f.Hazards, regulation.ParseHazard(h))
	}
	if len(p.Sites) > 0 { // the rule on venues reads them all
		f.Site = strings.Join(append([]string{p.Address}, p.Sites...), "；")
	}
	if independent := !p.Assists; p.Assists {
		f.Independent = &independent
	}
	overtime := 0.0
	if p.Overtime {
		overtime = 1
	}
	f.OvertimeHours = &overtime
	if p.NightShift {
		f.Shifts = []string{"夜班"}
	} else {
		f.Shifts = []string{"08:00-17:00"}
	}
	if p.Fees != "" {
		f.Fees = append(f.Fees, p.Fees)
	}
	return f
}

func companyRuleFacts(c *partnership.Company) regulation.CompanyFacts {
	f := regulation.CompanyFacts{ID: c.ID, Name: c.Name, Region: c.Region, Industry: c.Industry, Staff: knownInt(c.Staff)}
	if c.Blocked != "" || c.Credit.AsOf != "" {
		barred := c.Blocked != ""
		f.Dishonest = &barred
	}
	switch s := c.Safety; {
	case s.AsOf == "":
	case s.Clean:
		f.SafetyPenalty = new(string)
	default: // without the day itself, that of the enquiry: it was no later
		on := cmp.Or(s.On, s.AsOf)
		f.SafetyPenalty = &on
	}
	return f
}
