package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// A company registers itself: form, link to follow the review, mending what is
// returned, first account after the approval. The same form changes a company later.

type registrationPage struct {
	page
	Company partnership.Company
	State   mark
	Facts   []fact
	Steps   []stepRow
	Said    string // why it was returned or suspended
	Join    string // where the first account is opened, once approved
}

const registerIntro = "企业首次使用请在这里登记。区教委审核一次，通过后全区学校都能看到贵企业。带“必填”的都要填写；登记后会得到一个链接，用来查看进度和修改。"

func (s *Site) registerForm(v *visit) error {
	return s.showRegisterForm(v, http.StatusOK, newForm(url.Values{"region": {s.region}}))
}

func (s *Site) showRegisterForm(v *visit, status int, f *form) error {
	p := &formPage{page: page{Title: "企业登记"}, Intro: registerIntro, Submit: "提交审核", Cancel: "/signin"}
	f.Action = "/register"
	f.done(s.companyFields(v, f, true))
	p.Form = *f
	return s.render(v, status, "form", p)
}

// companyFields are the fields of a company's form; whole with what it is known and
// approved by.
func (s *Site) companyFields(v *visit, f *form, whole bool) []section {
	records := []option{{Label: "请选择"}, {Value: "yes", Label: "没有"}, {Value: "no", Label: "有，说明如下"}}
	about := []field{
		f.field("industry", "国民经济行业", field{Required: true, Width: 6, Hint: "名称或代码，如“汽车零部件及配件制造”或 C3670"}),
		f.field("address", "生产经营地址", field{Required: true, Width: 6, Auto: "street-address"}),
		f.field("contact", "联系人和电话", field{Required: true, Width: 6, Hint: "审核和安置时联系，只有区教委和本企业看得到", Auto: "off"}),
	}
	sections := []section{
		{Legend: "企业", Fields: about},
		{Legend: "在岗职工", Fields: []field{
			f.field("staff", "在岗职工人数", field{Kind: "number", Required: true, Width: 3, Unit: "人", Hint: "实习学生一般不超过它的 10%"}),
			f.field("staff_as_of", "哪一天的人数", field{Kind: "date", Required: true, Width: 3}),
			f.field("staff_proof", "依据", field{Required: true, Width: 6, Hint: "如“2026年10月社保参保证明”，审核时会核对"}),
		}},
	}
	if !whole {
		return sections
	}
	sections[0].Fields = append([]field{
		f.field("name", "企业名称", field{Required: true, Width: 6, Hint: "按营业执照", Auto: "organization"}),
		f.field("credit_code", "统一社会信用代码", field{Required: true, Width: 3, Hint: "18 位", Auto: "off"}),
		f.field("region", "所在区县", field{Kind: "select", Width: 3, Options: s.counties(v)}),
	}, about...)
	return append(sections, section{Legend: "信用与安全生产记录", Fields: []field{
		f.field("credit_clean", "失信、经营异常记录", field{Kind: "select", Required: true, Width: 3, Options: records}),
		f.field("credit_as_of", "查询日期", field{Kind: "date", Required: true, Width: 3}),
		f.field("credit", "情况说明", field{Width: 6, Hint: "没有记录可以留空；可在国家企业信用信息公示系统查询"}),
		f.field("safety_clean", "近三年安全生产处罚", field{Kind: "select", Required: true, Width: 3, Options: append([]option(nil), records...)}),
		f.field("safety_as_of", "查询日期", field{Kind: "date", Required: true, Width: 3}),
		f.field("safety_on", "最近一次处罚的日期", field{Kind: "date", Width: 3, Hint: "有处罚的填写：满三年后可以再接收实习学生"}),
		f.field("safety", "情况说明", field{Width: 3, Hint: "没有处罚可以留空"}),
	}})
}

// readCompany takes the form's fields over into the company.
func (s *Site) readCompany(f *form, c *partnership.Company) {
	c.Name, c.CreditCode, c.Region, c.Address, c.Contact = f.text("name"), f.text("credit_code"), f.text("region"), f.text("address"), f.text("contact")
	c.Staff, c.StaffAsOf, c.StaffProof = f.whole("staff"), f.text("staff_as_of"), f.text("staff_proof")
	c.Credit, c.Safety = f.standing("credit"), f.standing("safety")
	c.Industry = s.readIndustry(f)
}

// standing reads one record: clean or not, when looked up, what it is.
func (f *form) standing(name string) partnership.Standing {
	clean := f.text(name + "_clean")
	if clean != "yes" && clean != "no" {
		f.bad.Add(name+"_clean", "请选择有没有")
	}
	return partnership.Standing{Clean: clean == "yes", Detail: f.text(name), AsOf: f.text(name + "_as_of"), On: f.text(name + "_on")}
}

// readIndustry takes a code, or the name of an industry as people know it.
func (s *Site) readIndustry(f *form) string {
	text := f.text("industry")
	if i, ok := s.catalogue.Industry(text); ok {
		return i.Code
	}
	found := s.catalogue.FindIndustries(text, 6)
	for _, i := range found {
		if i.Name == text {
			return i.Code
		}
	}
	switch {
	case text == "":
	case len(found) == 1:
		return found[0].Code
	case len(found) == 0:
		f.bad.Add("industry", "国民经济行业分类里没有“%s”，请换一个说法，或填写营业执照上的行业", text)
	default:
		names := make([]string, len(found))
		for i := range found {
			names[i] = found[i].Name + " " + found[i].Code
		}
		f.bad.Add("industry", "“%s”对应不止一个行业，请填其中一个的代码：%s", text, strings.Join(names, "；"))
	}
	return ""
}

func (s *Site) companyValues(c *partnership.Company) url.Values {
	v := url.Values{"name": {c.Name}, "credit_code": {c.CreditCode}, "region": {c.Region}, "industry": {joinWords(" ", s.industryName(c.Industry))}, "address": {c.Address}, "contact": {c.Contact},
		"staff_as_of": {c.StaffAsOf}, "staff_proof": {c.StaffProof}, "rev": {strconv.FormatInt(c.Rev, 10)}}
	if c.Staff > 0 {
		v.Set("staff", plain(c.Staff))
	}
	for name, st := range map[string]partnership.Standing{"credit": c.Credit, "safety": c.Safety} {
		v.Set(name, st.Detail)
		v.Set(name+"_as_of", st.AsOf)
		v.Set(name+"_on", st.On)
		if st.AsOf != "" {
			v.Set(name+"_clean", yesNo(st.Clean, "yes", "no"))
		}
	}
	return v
}

func (s *Site) register(v *visit) error {
	f := newForm(v.Request.PostForm)
	draft := partnership.Company{District: s.region}
	s.readCompany(f, &draft)
	err := s.accounts.Try(v.ctx(), "register", v.address())
	if err == nil {
		err = f.bad.Err()
	}
	c := draft
	switch {
	case err == nil:
		c, err = s.exchange.Register(v.ctx(), draft)
	case f.bad.Err() != nil:
		s.alsoWrong(f, draft)
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showRegisterForm(v, explain(err).Status, f)
	}
	token, inv, err := s.accounts.Receipt(v.ctx(), partnership.Invitation{Role: partnership.RoleCompany, Party: c.ID, PartyName: c.Name, Region: c.District, Name: "登记人", Admin: true})
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, "link", &linkPage{page: page{Title: "登记已提交", Narrow: true}, Head: "登记已提交，等待区教委审核",
		Lead: "请保存下面的链接：用它查看审核结果、修改被退回的内容，审核通过后用它开通账号。", Label: c.Name + " 的登记链接", Link: s.url + "/register/" + token,
		Notes: []string{"有效到 " + moment(inv.Expires) + "。", "拿到这个链接的人就能修改登记、开通账号，请不要转发给无关的人。", "链接丢了：请联系区教委，审核通过后由区教委重新发一个。"},
		Done:  "/register/" + token, DoneWords: "查看登记"})
}

// alsoWrong adds what is wrong with the fields that could be read, so that everything is
// said at once, and nothing twice.
func (s *Site) alsoWrong(f *form, draft partnership.Company) {
	var more partnership.Invalid
	if !errors.As(s.exchange.CheckRegistration(draft), &more) {
		return
	}
	for field, sentences := range more {
		if f.bad[field] == nil && f.bad[field+"_clean"] == nil {
			f.bad[field] = sentences
		}
	}
}

// registered is what the link of a registration opens.
func (s *Site) registered(v *visit) error {
	c, err := s.registeredBy(v)
	if err != nil {
		return err
	}
	if c.State == partnership.CompanyReturned {
		f := newForm(s.companyValues(&c))
		for field, text := range c.Comments {
			f.bad.Add(field, "%s", text)
		}
		return s.showMendForm(v, http.StatusOK, &c, f)
	}
	return s.showRegistration(v, &c)
}

// registeredBy returns the company whose registration the token in the path belongs to.
func (s *Site) registeredBy(v *visit) (partnership.Company, error) {
	inv, err := s.accounts.Invitation(v.ctx(), v.Param("token"))
	if err != nil {
		return partnership.Company{}, err
	}
	if inv.Role != partnership.RoleCompany || inv.Account != "" {
		return partnership.Company{}, partnership.ErrNotFound
	}
	return s.exchange.Registered(v.ctx(), inv.Party)
}

func (s *Site) showRegistration(v *visit, c *partnership.Company) error {
	p := &registrationPage{page: page{Title: "登记进度：" + c.Name}, Company: *c, State: companyMark(c.State)}
	p.Facts = append([]fact{{"企业名称", c.Name}}, s.companyFacts(c, partnership.Actor{Role: partnership.RoleCompany, Party: c.ID})...)
	for _, st := range c.Steps {
		p.Steps = append(p.Steps, stepRow{moment(st.At), joinWords(" → ", partnership.CompanyState(st.From).Words(), partnership.CompanyState(st.To).Words()), st.Why})
		p.Said = st.Why
	}
	if c.State == partnership.CompanyApproved {
		p.Join = "/join/" + url.PathEscape(v.Param("token"))
	}
	return s.render(v, http.StatusOK, "registration", p)
}

func (s *Site) showMendForm(v *visit, status int, c *partnership.Company, f *form) error {
	why := ""
	if len(c.Steps) > 0 {
		why = c.Steps[len(c.Steps)-1].Why
	}
	p := &formPage{page: page{Title: "修改登记"}, Submit: "修改好了，重新提交", Cancel: "/signin",
		Intro: "区教委退回了登记：" + why + "。请按下面各项的意见修改后重新提交。"}
	f.Action = "/register/" + url.PathEscape(v.Param("token"))
	f.done(s.companyFields(v, f, true))
	p.Form = *f
	return s.render(v, status, "form", p)
}

// mend takes a returned registration as it was mended.
func (s *Site) mend(v *visit) error {
	c, err := s.registeredBy(v)
	if err != nil {
		return err
	}
	f, draft := newForm(v.Request.PostForm), partnership.Company{}
	s.readCompany(f, &draft)
	if err = f.bad.Err(); err == nil {
		_, err = s.exchange.Resubmit(v.ctx(), c.ID, draft)
	} else {
		s.alsoWrong(f, draft)
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showMendForm(v, explain(err).Status, &c, f)
	}
	v.flash("已重新提交，等待区教委审核")
	v.Redirect(http.StatusSeeOther, "/register/"+url.PathEscape(v.Param("token")))
	return nil
}

// companyForm changes what a company says of itself: the company its address, contact
// and staff, the district all of it.
func (s *Site) companyForm(v *visit) error {
	view, err := s.exchange.Company(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	if !v.actor.SeesAll() && !v.actor.SpeaksFor(view.Company.ID) {
		return partnership.Refuse(partnership.ErrForbidden, "只有企业自己和区教委可以修改企业信息")
	}
	return s.showCompanyForm(v, http.StatusOK, &view.Company, newForm(s.companyValues(&view.Company)))
}

func (s *Site) showCompanyForm(v *visit, status int, c *partnership.Company, f *form) error {
	at := pageOf(exchange.KindCompany, c.ID)
	p := &formPage{page: page{Title: "修改企业信息", Crumbs: []link{{URL: "/companies", Label: "企业"}, {URL: at, Label: c.Name}, {Label: "修改"}}}, Submit: "保存修改", Cancel: at,
		Intro: "企业名称、统一社会信用代码和记录由区教委修改；其余由企业自己保持准确。"}
	if v.actor.Role == partnership.RoleCompany { // it has no list of others
		p.Crumbs = p.Crumbs[1:]
	}
	f.Action = at
	f.Hidden = []pair{{"rev", f.text("rev")}}
	f.done(s.companyFields(v, f, v.actor.SeesAll()))
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) saveCompany(v *visit) error {
	view, err := s.exchange.Company(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	f, draft := newForm(v.Request.PostForm), view.Company
	if f.text("rev") != strconv.FormatInt(draft.Rev, 10) {
		return partnership.Refuse(partnership.ErrConflict, "企业信息刚被别人改过，您的修改没有保存。请返回重新打开")
	}
	if v.actor.SeesAll() {
		s.readCompany(f, &draft)
	} else {
		draft.Industry, draft.Address, draft.Contact = s.readIndustry(f), f.text("address"), f.text("contact")
		draft.Staff, draft.StaffAsOf, draft.StaffProof = f.whole("staff"), f.text("staff_as_of"), f.text("staff_proof")
	}
	if err = f.bad.Err(); err == nil {
		draft, err = s.exchange.SaveCompany(v.ctx(), v.actor, draft)
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showCompanyForm(v, explain(err).Status, &view.Company, f)
	}
	v.flash("企业信息已保存")
	v.Redirect(http.StatusSeeOther, pageOf(exchange.KindCompany, draft.ID))
	return nil
}
