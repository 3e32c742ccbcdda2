package web

import (
	"net/http"
	"net/url"
	"slices"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type companiesPage struct {
	page
	List listing
	Rows []companyRow
}

type companyRow struct {
	URL, Other, Industry, Place, Far, Staff, Cluster string
	Name                                             []piece
	State                                            mark
	Sample                                           bool
	Why                                              reasons
}

func companyMark(s partnership.CompanyState) mark {
	tones := map[partnership.CompanyState]string{partnership.CompanyApproved: "good", partnership.CompanyPending: "info", partnership.CompanyReturned: "warn", partnership.CompanySuspended: "bad"}
	return mark{s.Words(), tones[s]}
}

// companies is the list of companies.
func (s *Site) companies(v *visit) error {
	q, r, err := s.list(v, "/companies")
	if err != nil {
		return err
	}
	if v.Query("format") != "" {
		return s.exportCompanies(v, &q)
	}
	found, err := s.exchange.CompaniesByID(v.ctx(), v.actor, ids(r.Hits))
	if err != nil {
		return err
	}
	p := &companiesPage{page: page{Title: "企业", Crumbs: []link{{Label: "企业"}}}, List: s.shown(v, &q, r)}
	p.List.Empty = "区教委审核通过的企业会出现在这里。"
	byHit(r.Hits, found, func(d *partnership.Company) string { return d.ID }, func(c *partnership.Company, h *search.Hit) {
		p.Rows = append(p.Rows, companyRow{URL: pageOf(exchange.KindCompany, c.ID), Name: marked(c.Name, h), Other: otherSpellings(c), Industry: s.industryName(c.Industry),
			Place: s.countyName(c.Region), Far: farWords(h.Distance), Staff: count(c.Staff, "人"), Cluster: c.Cluster, State: companyMark(c.State), Sample: c.Sample, Why: reasonsOf(*h, q.query.Sort)})
	})
	return s.render(v, http.StatusOK, "companies", p)
}

type companyPage struct {
	page
	Company      partnership.Company
	State        mark
	Facts        []fact
	Posts        []postRow
	Cooperations []cooperationRow
	Classes      []classRow
	Twins        []twinRow
	Verbs        []verbForm
	Steps        []stepRow
	Review       []reviewRow // a registration to be looked at
	Invite       string
	Paused       bool // by the reader's own school
	PauseWhy     string
	Delegations  []delegationRow
	Schools      []option // that could be let post
	PostFor      bool     // the reader's school may post for it
	Mine         bool     // the reader's own company
	CanEdit      bool
	Findings     []findingRow
}

type cooperationRow struct {
	URL, Form, Majors, Detail, Window, Source string
	Sample                                    bool
}

// twinRow asks whether two records are one company.
type twinRow struct{ Keep, KeepName, KeepURL, Other, OtherName, OtherURL, Why string }

func twinRowOf(t exchange.Twin) twinRow {
	return twinRow{t.Keep, t.KeepName, pageOf(exchange.KindCompany, t.Keep), t.Other, t.OtherName, pageOf(exchange.KindCompany, t.Other), t.Why}
}

// answerTwins keeps the answer to whether two records are one company.
func (s *Site) answerTwins(v *visit) error {
	same := v.PostForm("same") == "yes"
	c, err := s.exchange.AnswerTwins(v.ctx(), v.actor, v.Param("id"), v.PostForm("other"), same)
	if err != nil {
		return err
	}
	if same {
		v.flash("已并为一家，另一种写法记为“" + c.Name + "”的曾用写法")
	} else {
		v.flash("已记下：这是两家企业，以后不再提示")
	}
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindCompany, c.ID))
	return nil
}

func (s *Site) company(v *visit) error {
	view, err := s.exchange.Company(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	c := &view.Company
	p := &companyPage{page: page{Title: c.Name, Crumbs: []link{{URL: "/companies", Label: "企业"}, {Label: c.Name}}},
		Company: *c, State: companyMark(c.State), Facts: s.companyFacts(c, v.actor), Verbs: verbForms("/companies/"+url.PathEscape(c.ID), view.Verbs), Findings: findingRows(view.Findings)}
	if v.actor.Role == partnership.RoleCompany {
		p.Crumbs = []link{{Label: c.Name}}
	}
	for i := range view.Posts {
		p.Posts = append(p.Posts, s.postRow(&view.Posts[i]))
	}
	for _, co := range view.Cooperations {
		p.Cooperations = append(p.Cooperations, cooperationRow{cooperationURL(co.ID), co.Form, orDash(co.Majors), orDash(co.Detail), termWords(co.From, co.To), orDash(co.Source), co.Sample})
	}
	for i := range view.Classes {
		p.Classes = append(p.Classes, classRowOf(&view.Classes[i]))
	}
	for _, t := range view.Twins {
		p.Twins = append(p.Twins, twinRowOf(t))
	}
	if v.actor.SeesAll() || v.actor.SpeaksFor(c.ID) {
		for _, st := range c.Steps {
			p.Steps = append(p.Steps, stepRow{moment(st.At), joinWords(" → ", partnership.CompanyState(st.From).Words(), partnership.CompanyState(st.To).Words()), st.Why})
		}
	}
	if err := s.companyTies(v, p, &view); err != nil {
		return err
	}
	return s.render(v, http.StatusOK, "company", p)
}

// otherSpellings are the ways a company was written that are not its name.
func otherSpellings(c *partnership.Company) string {
	return joinWords("、", slices.DeleteFunc(slices.Clone(c.Spellings), func(s string) bool { return s == c.Name })...)
}

func (s *Site) companyFacts(c *partnership.Company, actor partnership.Actor) []fact {
	staff := count(c.Staff, "人")
	if c.StaffAsOf != "" {
		staff += "（" + day(c.StaffAsOf) + joinWords("", "，", c.StaffProof) + "）"
	}
	facts := []fact{{"统一社会信用代码", orDash(c.CreditCode)}, {"行业", orDash(joinWords(" ", s.industryName(c.Industry), c.Industry))},
		{"企业性质", orDash(c.Nature)}, {"产业集群", orDash(c.Cluster)}, {"在岗职工", staff}, {"地址", orDash(joinWords(" ", s.countyName(c.Region), c.Address))}, {"其他写法", orDash(otherSpellings(c))}}
	if actor.SeesAll() || actor.SpeaksFor(c.ID) {
		facts = append(facts, fact{"联系方式", orDash(c.Contact)}, fact{"限制记录", orDash(c.Blocked)})
		if c.Credit.AsOf != "" || c.Safety.AsOf != "" {
			facts = append(facts, fact{"信用记录", orDash(c.Credit.Words())}, fact{"安全生产记录", orDash(c.Safety.Words())})
		}
	}
	return facts
}

func (s *Site) actCompany(v *visit) error {
	id, verb, why := v.Param("id"), v.PostForm("verb"), v.PostForm("why")
	if _, err := s.exchange.Party(v.ctx(), v.actor, partnership.RoleCompany, id); err != nil {
		return err // whether there is such a company comes before who may do what to it
	}
	switch verb {
	case "pause", "resume":
		if _, err := s.exchange.SetRelation(v.ctx(), v.actor, id, verb == "pause", why); err != nil {
			return err
		}
		v.flash(map[string]string{"pause": "已暂停本校与这家企业的合作，它的岗位不再推荐给本校的班级", "resume": "已恢复本校与这家企业的合作"}[verb])
	case "delegate", "revoke":
		if !v.actor.SpeaksFor(id) {
			return partnership.Refuse(partnership.ErrForbidden, "只有企业自己可以委托学校代为发布岗位")
		}
		d, err := s.exchange.Delegate(v.ctx(), v.actor, v.PostForm("school"), verb == "delegate")
		if err != nil {
			return err
		}
		v.flash(map[string]string{"delegate": "已委托" + d.SchoolName + "代为发布岗位", "revoke": "已撤回对" + d.SchoolName + "的委托，岗位仍归本企业"}[verb])
	case "return":
		comments := map[string]string{}
		for _, field := range partnership.ReviewFields {
			comments[field] = v.PostForm("c-" + field)
		}
		c, err := s.exchange.ReturnCompany(v.ctx(), v.actor, id, why, comments)
		if err != nil {
			return err
		}
		v.flash(c.Name + "：已退回修改，企业用登记时的链接能看到意见")
	default:
		c, err := s.exchange.ActCompany(v.ctx(), v.actor, id, verb, why)
		if err != nil {
			return err
		}
		v.flash(c.Name + "：" + c.State.Words())
	}
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindCompany, id))
	return nil
}

// reviewRows are a registration's fields for the district to comment on.
func (s *Site) reviewRows(c *partnership.Company) []reviewRow {
	values := map[string][2]string{"name": {"企业名称", c.Name}, "credit_code": {"统一社会信用代码", c.CreditCode}, "industry": {"行业", joinWords(" ", s.industryName(c.Industry), c.Industry)},
		"address": {"地址", joinWords(" ", s.countyName(c.Region), c.Address)}, "staff": {"在岗职工人数", count(c.Staff, "人")}, "staff_as_of": {"人数日期", day(c.StaffAsOf)}, "staff_proof": {"人数依据", c.StaffProof},
		"credit": {"失信、经营异常记录", c.Credit.Words()}, "safety": {"近三年安全生产处罚", c.Safety.Words()}, "contact": {"联系人和电话", c.Contact}}
	out := make([]reviewRow, 0, len(partnership.ReviewFields))
	for _, name := range partnership.ReviewFields {
		out = append(out, reviewRow{name, values[name][0], orDash(values[name][1])})
	}
	return out
}

type reviewRow struct{ Name, Label, Value string }

// delegationRow is one school that may post for the company, or could.
type delegationRow struct {
	School, Name, Since string
	Active              bool
}

// companyTies shows who may post for the company, and to its own people the rest of
// what they may do with it.
func (s *Site) companyTies(v *visit, p *companyPage, view *exchange.CompanyView) error {
	c := &view.Company
	p.CanEdit = v.actor.SeesAll() || v.actor.SpeaksFor(c.ID)
	p.Paused = view.Relation.Paused
	if n := len(view.Relation.Steps); p.Paused && n > 0 {
		p.PauseWhy = view.Relation.Steps[n-1].Why
	}
	given := map[string]bool{}
	for _, d := range view.Delegations {
		if !d.Active {
			continue
		}
		given[d.School] = true
		p.Delegations = append(p.Delegations, delegationRow{d.School, d.SchoolName, moment(d.Steps[len(d.Steps)-1].At), true})
		p.PostFor = p.PostFor || v.actor.SpeaksFor(d.School)
	}
	if v.actor.SeesAll() {
		if c.State == partnership.CompanyPending {
			p.Review = s.reviewRows(c)
			p.Verbs = slices.DeleteFunc(p.Verbs, func(f verbForm) bool { return f.Key == "approve" }) // stands below what is reviewed
		}
		if c.State == partnership.CompanyApproved && v.actor.Admin {
			p.Invite = "/accounts/invite?role=company&admin=1&party=" + queryEscape(c.ID)
		}
	}
	if p.Mine = v.actor.SpeaksFor(c.ID); !p.Mine {
		return nil
	}
	schools, err := s.exchange.Schools(v.ctx())
	if err != nil {
		return err
	}
	for _, sc := range schools {
		if !given[sc.ID] {
			p.Schools = append(p.Schools, option{Value: sc.ID, Label: sc.Name})
		}
	}
	return nil
}

// ownCompany leads a company to its own record.
func (s *Site) ownCompany(v *visit) error {
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindCompany, v.actor.Party))
	return nil
}
