package partnership

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Standing is what a company declares of its record (信用与安全生产记录), or what the
// district found when it looked it up.
type Standing struct {
	Clean  bool   `json:"clean"`
	Detail string `json:"detail,omitempty"` // which list or penalty, if not clean
	AsOf   string `json:"as_of,omitempty"`  // day of the enquiry
	On     string `json:"on,omitempty"`     // day of the last penalty, where it is known
}

// Words gives the record in the users' language.
func (s Standing) Words() string {
	switch {
	case s.AsOf == "":
		return ""
	case s.Clean:
		return "无不良记录（" + DayWords(s.AsOf) + "查询）"
	case s.On != "":
		return s.Detail + "（" + DayWords(s.On) + "处罚，" + DayWords(s.AsOf) + "查询）"
	}
	return s.Detail + "（" + DayWords(s.AsOf) + "查询）"
}

// checkOn checks the day of the last penalty, where it is given: a record that is clean has
// none, and the enquiry cannot have found what came after it.
func (s Standing) checkOn(bad Invalid, field, today string) {
	switch {
	case s.On == "":
	case s.Clean:
		bad.Add(field, "填了处罚日期，上面却选了“没有”：有处罚请选“有”，没有请清空日期")
	case !isDay(s.On):
		bad.Add(field, "请填写最近一次处罚的日期，写成 2026-10-31 这样")
	case s.On > today:
		bad.Add(field, "日期 %s 还没有到，请填写最近一次处罚的日期", s.On)
	case isDay(s.AsOf) && s.On > s.AsOf:
		bad.Add(field, "处罚日期 %s 晚于查询日期 %s，请核对这两个日期", s.On, s.AsOf)
	}
}

// CheckPenalty returns Invalid if the day of the company's last safety penalty cannot be one.
func (c *Company) CheckPenalty(today string) error {
	bad := Invalid{}
	c.Safety.checkOn(bad, "safety_on", today)
	return bad.Err()
}

// CheckRegistration returns Invalid with every field that a company which registers
// itself must fill in and has not; today is the day of the registration.
func (c *Company) CheckRegistration(today string) error {
	bad := Invalid{}
	need := func(field, value, sentence string) {
		if strings.TrimSpace(value) == "" {
			bad.Add(field, "%s", sentence)
		}
	}
	need("credit_code", c.CreditCode, "请填写营业执照上的 18 位统一社会信用代码")
	need("industry", c.Industry, "请填写国民经济行业，写名称或代码都可以")
	need("address", c.Address, "请填写实际生产经营的地址")
	need("contact", c.Contact, "请填写联系人和电话，审核时会联系")
	need("staff_proof", c.StaffProof, "请写明在岗职工人数的依据，如“社保参保人数”")
	if c.Staff < 1 {
		bad.Add("staff", "请填写在岗职工人数，它决定最多能接收多少实习学生")
	}
	checkPast(bad, "staff_as_of", c.StaffAsOf, today, "在岗职工人数是哪一天的")
	for field, s := range map[string]Standing{"credit": c.Credit, "safety": c.Safety} {
		checkPast(bad, field+"_as_of", s.AsOf, today, "哪一天查询的")
		if !s.Clean && strings.TrimSpace(s.Detail) == "" {
			bad.Add(field, "请说明记录的情况，或勾选“没有”")
		}
	}
	c.Safety.checkOn(bad, "safety_on", today)
	for field, text := range map[string]string{"address": c.Address, "contact": c.Contact, "staff_proof": c.StaffProof, "credit": c.Credit.Detail, "safety": c.Safety.Detail} {
		if n := utf8.RuneCountInString(text); n > 200 {
			bad.Add(field, "最多 200 个字，现在有 %d 个", n)
		}
	}
	return bad.Err()
}

// checkPast wants a day that is not in the future.
func checkPast(bad Invalid, field, day, today, what string) {
	switch {
	case !isDay(day):
		bad.Add(field, "请填写%s，写成 2026-10-31 这样", what)
	case day > today:
		bad.Add(field, "日期 %s 还没有到，请填写%s", day, what)
	}
}

// ReviewFields are the fields of a registration that the district may comment on, in
// the order of the form.
var ReviewFields = []string{"name", "credit_code", "industry", "address", "staff", "staff_as_of", "staff_proof", "credit", "safety", "contact"}

// Return sends a registration back with a sentence for each field to be mended; why is
// for the whole.
func (c *Company) Return(by Actor, now Stamp, why string, comments map[string]string) error {
	kept := map[string]string{}
	for field, text := range comments {
		text = strings.TrimSpace(text)
		if text == "" || !slices.Contains(ReviewFields, field) {
			continue
		}
		if utf8.RuneCountInString(text) > 300 {
			return Invalid{field: {"意见最多 300 个字"}}
		}
		kept[field] = text
	}
	why = strings.TrimSpace(why)
	if why == "" && len(kept) == 0 {
		return Invalid{"why": {"请至少写明一处要修改的内容，企业要照它修改"}}
	}
	if why == "" {
		why = "有内容需要修改"
	}
	if err := c.move(CompanyReturned, by, now, why, CompanyPending); err != nil {
		return err
	}
	c.Comments = kept
	return nil
}

// Resubmit asks for review again after a return.
func (c *Company) Resubmit(by Actor, now Stamp) error {
	if err := c.move(CompanyPending, by, now, "", CompanyReturned); err != nil {
		return err
	}
	c.Comments = nil
	return nil
}

// Bar keeps what the records say against the company where rules and matching read it. A
// penalty whose day is known counts for as long as the rules say, not for ever.
func (c *Company) Bar() {
	var against []string
	for what, s := range map[string]Standing{"信用记录：": c.Credit, "安全生产记录：": c.Safety} {
		if s.AsOf != "" && !s.Clean && s.On == "" {
			against = append(against, what+s.Detail)
		}
	}
	slices.Sort(against)
	c.Blocked = strings.Join(against, "；")
}

// Declare takes over what the company says of itself and of its record.
func (c *Company) Declare(d Company) {
	c.Name, c.NameKey, c.CreditCode, c.Industry, c.Region, c.Address = d.Name, NameKey(d.Name), d.CreditCode, d.Industry, d.Region, d.Address
	c.Staff, c.StaffAsOf, c.StaffProof, c.Contact, c.Credit, c.Safety = d.Staff, d.StaffAsOf, d.StaffProof, d.Contact, d.Credit, d.Safety
	c.Bar()
}

// Relation is how one school stands with one company, apart from the district's
// approval (校企关系). ID = school|company; none means they may cooperate.
type Relation struct {
	Record  `json:",inline"`
	School  string `json:"school"`
	Company string `json:"company"`
	Paused  bool   `json:"paused"` // 暂停合作: no matches, no new placements
	Steps   []Step `json:"steps,omitempty"`
}

// RelationID is the id of the relation, and of the delegation, of two parties.
func RelationID(school, company string) string { return school + "|" + company }

const relationActive, relationPaused = "active", "paused"

// Set pauses the cooperation (with a reason) or takes it up again.
func (r *Relation) Set(by Actor, now Stamp, paused bool, why string) error {
	why = strings.TrimSpace(why)
	if paused && why == "" {
		return Invalid{"why": {"请写明暂停合作的原因，本校同事和区教委会看到"}}
	}
	if paused == r.Paused && len(r.Steps) > 0 {
		return Refuse(ErrConflict, "已经是这个状态，请刷新后再看")
	}
	from, to := relationActive, relationPaused
	if !paused {
		from, to = to, from
	}
	r.Paused = paused
	r.Steps = append(r.Steps, Step{At: now, Actor: by.Account, From: from, To: to, Why: why})
	return nil
}

// Delegation lets a school list and answer for the posts of a company (委托发布).
// ID = school|company. The company gives it and takes it back.
type Delegation struct {
	Record     `json:",inline"`
	School     string `json:"school"`
	SchoolName string `json:"school_name"`
	Company    string `json:"company"`
	Active     bool   `json:"active"`
	Steps      []Step `json:"steps,omitempty"`
}

const delegated, revoked = "delegated", "revoked"

// Give delegates; Revoke takes it back.
func (d *Delegation) Give(by Actor, now Stamp) error {
	if d.Active {
		return Refuse(ErrConflict, "已经委托了%s，不用再委托一次", d.SchoolName)
	}
	d.Active = true
	d.Steps = append(d.Steps, Step{At: now, Actor: by.Account, From: revoked, To: delegated})
	return nil
}

// Revoke ends the delegation at once.
func (d *Delegation) Revoke(by Actor, now Stamp) error {
	if !d.Active {
		return Refuse(ErrConflict, "对%s的委托已经撤回", d.SchoolName)
	}
	d.Active = false
	d.Steps = append(d.Steps, Step{At: now, Actor: by.Account, From: delegated, To: revoked})
	return nil
}
