package exchange

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"sunmao/services/partnership"
	"sunmao/services/regulation"
)

// agreementTemplate is the version of the clauses below, whose headings are those that
// the internship regulation (art. 15) wants in every agreement.
const agreementTemplate = "2026-1"

// agreementOf makes the tripartite agreement (三方协议) of a placement from its post. A
// clause whose facts the post does not tell is left out, so that the rule on the content
// of agreements names it.
func (x *Exchange) agreementOf(post *partnership.Post, p *partnership.Placement) partnership.Agreement {
	a := partnership.Agreement{Template: agreementTemplate, From: p.From, To: p.To}
	add := func(title string, ok bool, format string, args ...any) {
		if ok {
			a.Clauses = append(a.Clauses, partnership.Clause{Title: title, Text: fmt.Sprintf(format, args...)})
		}
	}
	site := x.cat().FullName(post.Region) + post.Address
	beds, meals := "企业不提供住宿", "企业不提供用餐"
	if post.Lodging {
		beds = "企业提供统一住宿"
	}
	if post.Meals {
		meals = "企业提供用餐"
	}
	add("各方信息", true, "甲方（学校）%s；乙方（企业）%s；丙方（学生）%s学生，姓名见签字页。", p.SchoolName, p.CompanyName, p.CohortName)
	add("时间地点内容条件", post.Duties != "", "%s，自%s至%s，地点：%s。岗位：%s。内容：%s", post.Kind.Words(), partnership.DayWords(p.From), partnership.DayWords(p.To), site, post.Title, post.Duties)
	add("食宿工时休假", post.HoursPerDay > 0 && post.DaysPerWeek > 0, "每天工作 %s 小时，每周 %s 天，休息日和法定节假日休息；不安排加班和夜班，依法备案的除外。%s，%s。",
		strconv.FormatFloat(post.HoursPerDay, 'f', -1, 64), strconv.FormatFloat(post.DaysPerWeek, 'f', -1, 64), beds, meals)
	add("报酬及支付", post.PayForm != "" && post.PayCycle > 0 && post.PayTo != "", "每月 %s 元，以%s形式、每 %d 天内支付一次，直接付给%s。不收取押金、培训费、管理费等任何费用。",
		strconv.FormatFloat(float64(post.PayFen)/100, 'f', -1, 64), post.PayForm, post.PayCycle, post.PayTo)
	add("劳动保护", true, "乙方提供符合国家规定的劳动安全卫生条件和防护用品，上岗前完成安全教育和岗前培训；不安排规定禁止学生从事的劳动。")
	add("责任保险与事故处理", true, "实习责任保险覆盖实习全部日期，保险费不由学生支付。发生伤害事故，乙方立即救治并当日通知甲方和监护人，三方依法处理。")
	add("考核", true, "双方指导教师共同考核，过程与结果结合，写明评语；考勤不作为唯一依据。")
	add("违约责任", true, "任何一方不履行约定，另两方可以书面提出改正；仍不改正的可以提前结束，写明原因并通知各方。")
	add("其他约定", true, "提前结束提前 7 天书面告知，危及人身安全的可立即结束；未尽事宜三方书面补充，补充约定由甲方审查。")
	return a
}

// AgreementPaper is the agreement as it is printed.
type AgreementPaper struct {
	Placement partnership.Placement
	Agreement partnership.Agreement
	Student   string // name; masked for the company before consent
	IDNumber  string // for the school only
	Guardian  string // for the school only
	Signs     []Sign
	Printed   string // day
	Full      bool   // names are in full
}

// AgreementPaper returns the agreement as it is printed. With a reason it holds names in
// full, each of which is logged as revealed; without one they are masked.
func (x *Exchange) AgreementPaper(ctx context.Context, actor partnership.Actor, id, reason string) (AgreementPaper, error) {
	p, err := x.visiblePlacement(ctx, actor, id)
	if err != nil {
		return AgreementPaper{}, err
	}
	if p.Agreement == nil {
		return AgreementPaper{}, partnership.Refuse(partnership.ErrConflict, "学生接受岗位之后才有协议")
	}
	if actor.SeesAll() {
		return AgreementPaper{}, partnership.Refuse(partnership.ErrForbidden, "协议由学校和企业打印")
	}
	paper := AgreementPaper{Placement: p, Agreement: *p.Agreement, Signs: signsOf(actor, &p), Printed: x.today()}
	s, err := x.students.Get(ctx, p.Student)
	if err != nil {
		return paper, known(err, errNoStudent)
	}
	if consented := p.Agreement.Consented(); reason == "" || actor.Role == partnership.RoleCompany && !consented {
		rows, err := x.placementRows(ctx, actor, []partnership.Placement{p})
		if err == nil {
			paper.Student, paper.IDNumber, paper.Guardian = rows[0].Student.Name, rows[0].Student.IDNumber, rows[0].Student.Guardian
		}
		return paper, err
	}
	paper.Full = true
	fields := map[string]*string{FieldName: &paper.Student}
	if actor.Role == partnership.RoleSchool {
		fields[FieldIDNumber], fields[FieldGuardian] = &paper.IDNumber, &paper.Guardian
	}
	for field, to := range fields {
		if *to, err = x.Reveal(ctx, actor, s.ID, field, reason); err != nil {
			return AgreementPaper{}, err
		}
	}
	return paper, nil
}

// findings are what the rules find on a placement.
type findings struct {
	standing []partnership.Finding // must be mended
	warnings []partnership.Finding // ask for a reason
}

// placementFindings checks the placement with its papers against the rules of the day.
func (x *Exchange) placementFindings(ctx context.Context, p *partnership.Placement, closing bool) (findings, error) {
	var out findings
	facts, err := x.placementFacts(ctx, p)
	if err != nil {
		return out, err
	}
	facts.Closing = closing
	for _, f := range regulation.CheckPlacement(facts, x.rules, x.today()) {
		kept := findingOf(f)
		switch {
		case f.Stands():
			out.standing = append(out.standing, kept)
		case f.LiftedBy == "" && f.Reason == "":
			out.warnings = append(out.warnings, kept)
		}
	}
	return out, nil
}

// openArchive is what the archive still lacks at the close.
func (x *Exchange) openArchive(ctx context.Context, p *partnership.Placement) ([]partnership.Finding, error) {
	found, err := x.placementFindings(ctx, p, true)
	return slices.DeleteFunc(found.standing, func(f partnership.Finding) bool { return f.Field != "archive" }), err
}

// placementFacts reads a placement as the rules see it. One that begins late is judged
// by the day it begins.
func (x *Exchange) placementFacts(ctx context.Context, p *partnership.Placement) (regulation.PlacementFacts, error) {
	var f regulation.PlacementFacts
	post, err := x.posts.Get(ctx, p.Post)
	if err != nil {
		return f, fmt.Errorf("post of placement %s: %w", p.ID, err)
	}
	company, err := x.companies.Get(ctx, p.Company)
	if err != nil {
		return f, fmt.Errorf("company of placement %s: %w", p.ID, err)
	}
	school, err := x.schools.Get(ctx, p.School)
	if err != nil {
		return f, fmt.Errorf("school of placement %s: %w", p.ID, err)
	}
	student, err := x.students.Get(ctx, p.Student)
	if err != nil {
		return f, fmt.Errorf("student of placement %s: %w", p.ID, err)
	}
	papers := &p.Papers
	f = regulation.PlacementFacts{ID: p.ID, Start: p.StartedOn, End: p.To, Post: postRuleFacts(&post, &company),
		Student: studentFacts(&student, &post), PlanOn: papers.PlanOn, ArrangedBy: "学校", Approver: papers.Approver,
		Lodging: papers.Lodging, LodgingOK: papers.LodgingOK, Archive: papers.Archive, Reasons: papers.Reasons,
		School: regulation.SchoolFacts{Name: school.Name, Type: school.Kind, Region: school.Region, Authority: school.Authority, Papers: papers.SchoolRules}}
	if f.Start == "" {
		f.Start = max(p.From, x.today())
	}
	f.Student.IDMatches, f.Student.FromAway = papers.RollMatches, papers.FromAway
	f.Post.Arranger = "学校"
	if len(f.Post.Majors) == 0 {
		f.Post.Majors = post.LinkMajors
	}
	f.Post.Company.ApprovedOn, f.Post.Company.PublishedOn = papers.ApprovedOn, papers.PublishedOn
	if f.Post.Company.Bookings, err = x.bookings(ctx, p.Company, p); err != nil {
		return f, err
	}
	for _, i := range papers.Policies {
		f.Insurance = append(f.Insurance, regulation.Policy{From: i.From, To: i.To, Paid: i.Paid})
	}
	for _, d := range papers.Filings {
		f.Filings = append(f.Filings, regulation.FilingFacts{Kind: d.Kind, Office: d.Office, Day: d.Day, Rules: d.Rules, Reason: d.Reason})
	}
	f.LastCheck = p.Follow.LastCall()
	for _, n := range p.Follow.Notes {
		if n.Side == partnership.RoleSchool {
			f.LastCheck = max(f.LastCheck, n.On)
		}
	}
	if t := papers.Training; t != nil {
		f.Training = &regulation.Training{Day: t.Day, Passed: t.Passed}
	}
	if p.Ended != nil {
		f.Ended = &regulation.End{Day: p.Ended.Day, Reason: p.Ended.Reason}
	}
	f.Agreement = regulation.AgreementFacts{SchoolTutor: papers.SchoolTutor, CompanyTutor: papers.CompanyTutor, ArrangedBy: "学校"}
	if a := p.Agreement; a != nil {
		g := &f.Agreement
		g.From, g.To, g.School, g.Company, g.Student, g.StudentConsent, g.GuardConsent = a.From, a.To, a.School, a.Company, a.Student, a.StudentConsent, a.GuardianConsent
		for _, c := range a.Clauses {
			g.Clauses = append(g.Clauses, c.Title)
		}
	}
	return f, nil
}

// studentFacts reads a student as the rules see one. Whether the major fits is what the
// post's own links say.
func studentFacts(s *partnership.Student, post *partnership.Post) regulation.StudentFacts {
	e := &s.Entry
	f := regulation.StudentFacts{ID: s.ID, Birth: e.Birth, Sex: e.Sex, EntryYear: e.EntryYear, Major: e.Major, Fit: e.Fit}
	for _, l := range post.Links {
		if l.Code == e.Major {
			f.MajorMatch = l.Level
		}
	}
	return f
}
