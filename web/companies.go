package web

import (
	"net/http"
	"net/url"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type companiesPage struct {
	page
	List cursorList
	Rows []companyRow
}

type companyRow struct {
	URL, Name, Other, Industry, Place, Staff, Cluster string
	State                                             mark
	Sample                                            bool
}

func companyMark(s partnership.CompanyState) mark {
	tones := map[partnership.CompanyState]string{partnership.CompanyApproved: "good", partnership.CompanyPending: "info", partnership.CompanySuspended: "bad"}
	return mark{s.Words(), tones[s]}
}

func (s *Site) companies(v *visit) error {
	list, ask := readCursor(v, "/companies")
	list.Label, list.Placeholder = "搜企业", "名称、曾用写法、行业"
	list.Empty = "没有企业。区教委审核通过的企业会出现在这里。"
	p := &companiesPage{page: page{Title: "企业", Crumbs: []link{{Label: "企业"}}}}
	if list.Query != "" {
		if err := s.searchCursor(v, &list, exchange.KindCompany); err != nil {
			return err
		}
		p.List = list
		return s.render(v, http.StatusOK, "companies", p)
	}
	if v.actor.SeesAll() {
		var states []option
		for _, st := range []partnership.CompanyState{partnership.CompanyPending, partnership.CompanyApproved, partnership.CompanySuspended} {
			states = append(states, option{Value: string(st), Label: st.Words()})
		}
		ask.State = list.states(ask.State, states)
	} else {
		ask.State = ""
	}
	found, next, err := s.exchange.Companies(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.pages(ask, next)
	for i := range found {
		c := &found[i]
		p.Rows = append(p.Rows, companyRow{URL: pageOf(exchange.KindCompany, c.ID), Name: c.Name, Other: joinWords("、", c.Spellings...), Industry: s.industryName(c.Industry),
			Place: s.countyName(c.Region), Staff: count(c.Staff, "人"), Cluster: c.Cluster, State: companyMark(c.State), Sample: c.Sample})
	}
	p.List = list
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
}

type cooperationRow struct {
	Form, Majors, Detail, Window, Source string
	Sample                               bool
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
		Company: *c, State: companyMark(c.State), Facts: s.companyFacts(c, v.actor), Verbs: verbForms("/companies/"+url.PathEscape(c.ID), view.Verbs)}
	if v.actor.Role == partnership.RoleCompany {
		p.Crumbs = []link{{Label: c.Name}}
	}
	for i := range view.Posts {
		p.Posts = append(p.Posts, s.postRow(&view.Posts[i]))
	}
	for _, co := range view.Cooperations {
		p.Cooperations = append(p.Cooperations, cooperationRow{co.Form, orDash(co.Majors), orDash(co.Detail), span(co.From, co.To), orDash(co.Source), co.Sample})
	}
	for i := range view.Classes {
		p.Classes = append(p.Classes, classRowOf(&view.Classes[i]))
	}
	for _, t := range view.Twins {
		p.Twins = append(p.Twins, twinRowOf(t))
	}
	if v.actor.SeesAll() || v.actor.SpeaksFor(c.ID) {
		for _, st := range c.Steps {
			p.Steps = append(p.Steps, stepRow{moment(st.At), partnership.CompanyState(st.From).Words() + " → " + partnership.CompanyState(st.To).Words(), st.Why})
		}
	}
	return s.render(v, http.StatusOK, "company", p)
}

func (s *Site) companyFacts(c *partnership.Company, actor partnership.Actor) []fact {
	staff := count(c.Staff, "人")
	if c.StaffAsOf != "" {
		staff += "（" + day(c.StaffAsOf) + joinWords("", "，", c.StaffProof) + "）"
	}
	facts := []fact{{"统一社会信用代码", orDash(c.CreditCode)}, {"行业", orDash(joinWords(" ", s.industryName(c.Industry), c.Industry))},
		{"产业集群", orDash(c.Cluster)}, {"在岗职工", staff}, {"地址", orDash(joinWords(" ", s.countyName(c.Region), c.Address))}, {"其他写法", orDash(joinWords("、", c.Spellings...))}}
	if actor.SeesAll() || actor.SpeaksFor(c.ID) {
		facts = append(facts, fact{"联系方式", orDash(c.Contact)}, fact{"限制记录", orDash(c.Blocked)})
	}
	return facts
}

func (s *Site) actCompany(v *visit) error {
	c, err := s.exchange.ActCompany(v.ctx(), v.actor, v.Param("id"), v.PostForm("verb"), v.PostForm("why"))
	if err != nil {
		return err
	}
	v.flash(c.Name + "：" + c.State.Words())
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindCompany, c.ID))
	return nil
}

// ownCompany leads a company to its own record.
func (s *Site) ownCompany(v *visit) error {
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindCompany, v.actor.Party))
	return nil
}
