package partnership

import (
	"slices"
	"strings"
)

// FormIndustryCollege and FormTeacherPractice are the forms of cooperation that table 29
// of the quality report counts by name.
const (
	FormIndustryCollege = "产业学院"
	FormTeacherPractice = "教师企业实践"
)

// CooperationForms are the usual forms of cooperation (合作形式) for a form's list; others may
// be written too.
func CooperationForms() []string {
	return []string{"岗位实习", "订单培养", "共建专业", "共建实训基地", FormIndustryCollege, "现代学徒制", "现场工程师", FormTeacherPractice, "企业兼职教师", "员工培训", "技术服务", "设备捐赠", "课程教材开发"}
}

// Cooperation is one form of cooperation between a school and a company over a term, an
// entry of the cooperation register (合作登记): what it gave and what each side promised.
type Cooperation struct {
	Record       `json:",inline"`
	School       string   `json:"school"`
	SchoolName   string   `json:"school_name,omitempty"`
	Company      string   `json:"company"`
	CompanyName  string   `json:"company_name,omitempty"`
	Form         string   `json:"form"` // 共建专业, 产业学院, 教师企业实践, 订单培养 …
	Majors       string   `json:"majors,omitempty"`
	Detail       string   `json:"detail,omitempty"`
	Paper        string   `json:"paper,omitempty"` // agreement: number, address or where it is kept
	From         string   `json:"from,omitempty"`
	To           string   `json:"to,omitempty"`            // empty: without an end
	EquipmentFen int64    `json:"equipment_fen,omitempty"` // value of teaching equipment the company provided
	FundsFen     int64    `json:"funds_fen,omitempty"`     // money the company paid in
	Courses      int      `json:"courses,omitempty"`       // developed together
	Textbooks    int      `json:"textbooks,omitempty"`
	StaffTrained int      `json:"staff_trained,omitempty"` // of the company's staff, by the school
	Pledges      []Pledge `json:"pledges,omitempty"`
	Overdue      string   `json:"overdue,omitempty"` // the earliest day by which an open pledge is due
	Awaits       []string `json:"awaits,omitempty"`  // sides that have something to check
	Source       string   `json:"source,omitempty"`
	Sample       bool     `json:"sample,omitempty"`
}

// The sides that promise.
const (
	BySchool  = "学校"
	ByCompany = "企业"
)

// Pledge is one thing promised in a cooperation, and what came of it (承诺与兑现).
type Pledge struct {
	By      string `json:"by"` // 学校 | 企业
	What    string `json:"what"`
	Amount  int    `json:"amount,omitempty"` // promised; 0 where there is nothing to count
	Unit    string `json:"unit,omitempty"`   // 人, 个, 天 …
	Due     string `json:"due,omitempty"`    // day
	Kept    string `json:"kept,omitempty"`   // day on which it was kept, as far as Done says
	Done    int    `json:"done,omitempty"`   // of Amount
	Proof   string `json:"proof,omitempty"`  // evidence: a document with its number, an address or a note
	SaidBy  string `json:"said_by,omitempty"`
	Account string `json:"account,omitempty"` // that recorded it as kept
	Answer  string `json:"answer,omitempty"`  // of the other side: confirmed | disputed
	Why     string `json:"why,omitempty"`     // of a dispute
}

// PledgeState is what became of a pledge.
type PledgeState string

// The states of a pledge.
const (
	PledgeOpen     PledgeState = "open"
	PledgeLate     PledgeState = "late"
	PledgePart     PledgeState = "part" // kept in part
	PledgeKept     PledgeState = "kept"
	PledgeDisputed PledgeState = "disputed" // the other side says otherwise
)

// Words gives the state in the users' language.
func (s PledgeState) Words() string {
	return map[PledgeState]string{PledgeOpen: "进行中", PledgeLate: "逾期", PledgePart: "部分兑现", PledgeKept: "已兑现", PledgeDisputed: "对方有异议"}[s]
}

// What the other side says of a pledge that was recorded as kept.
const (
	PledgeConfirmed = "confirmed"
	PledgeDenied    = "disputed"
)

// State is what became of a pledge by a day.
func (p *Pledge) State(today string) PledgeState {
	switch {
	case p.Kept != "" && p.Answer == PledgeDenied:
		return PledgeDisputed
	case p.Kept != "" && p.Done < p.Amount && (p.Due == "" || p.Due >= today):
		return PledgePart
	case p.Kept != "" && p.Done >= p.Amount:
		return PledgeKept
	case p.Due != "" && p.Due < today:
		return PledgeLate
	}
	return PledgeOpen
}

// In reports whether the cooperation was in force on some day of a window. One without a
// first day is in force in no window: nobody can say in which year it counts.
func (c *Cooperation) In(from, to string) bool {
	return c.From != "" && c.From <= to && (c.To == "" || c.To >= from)
}

// maxPledges is how many pledges one entry holds.
const maxPledges = 50

// Check returns Invalid with every field that is missing or out of range.
func (c *Cooperation) Check() error {
	bad := Invalid{}
	if n := len([]rune(strings.TrimSpace(c.Form))); n < 2 || n > 30 {
		bad.Add("form", "合作形式应为 2 到 30 个字")
	}
	if slices.Contains(AllianceKinds(), c.Form) {
		bad.Add("form", "%s有多个成员，请登记在“联合体、共同体与集团”里", c.Form)
	}
	for field, text := range map[string]string{"detail": c.Detail, "majors": c.Majors, "paper": c.Paper} {
		if len([]rune(text)) > 500 {
			bad.Add(field, "最多 500 个字")
		}
	}
	checkTerm(bad, c.From, c.To)
	for field, fen := range map[string]int64{"equipment_fen": c.EquipmentFen, "funds_fen": c.FundsFen} {
		if fen < 0 || fen > 10_000_000_000_00 {
			bad.Add(field, "金额应在 0 到 100 亿元之间")
		}
	}
	for field, n := range map[string]int{"courses": c.Courses, "textbooks": c.Textbooks, "staff_trained": c.StaffTrained} {
		if n < 0 || n > 1_000_000 {
			bad.Add(field, "应在 0 到 100 万之间")
		}
	}
	return bad.Err()
}

// checkTerm checks a term whose ends may be open.
func checkTerm(bad Invalid, from, to string) {
	for field, day := range map[string]string{"from": from, "to": to} {
		if day != "" && !isDay(day) {
			bad.Add(field, "日期请写成 2027-03-01 这样")
		}
	}
	if isDay(from) && isDay(to) && to < from {
		bad.Add("to", "结束日期不能早于开始日期 %s", from)
	}
}

// Promise adds a pledge of one side. The same words of the same side are one pledge.
func (c *Cooperation) Promise(p Pledge) error {
	bad := Invalid{}
	p.What, p.Unit = strings.TrimSpace(p.What), strings.TrimSpace(p.Unit)
	if p.By != BySchool && p.By != ByCompany {
		bad.Add("by", "请选择由谁承诺：学校或企业")
	}
	if n := len([]rune(p.What)); n < 2 || n > 200 {
		bad.Add("what", "承诺的内容应为 2 到 200 个字")
	}
	if c.pledge(p.By, p.What) >= 0 {
		bad.Add("what", "已经登记过这一条承诺")
	}
	if p.Amount < 0 || p.Amount > 100_000_000 {
		bad.Add("amount", "数量应在 0 到 1 亿之间")
	}
	if p.Amount > 0 && p.Unit == "" || len([]rune(p.Unit)) > 10 {
		bad.Add("unit", "请写明单位，如 人、个、天、万元")
	}
	if p.Due != "" && !isDay(p.Due) {
		bad.Add("due", "日期请写成 2027-07-31 这样")
	}
	if len(c.Pledges) >= maxPledges {
		bad.Add("what", "一个项目最多登记 %d 条承诺", maxPledges)
	}
	if err := bad.Err(); err != nil {
		return err
	}
	c.Pledges = append(c.Pledges, Pledge{By: p.By, What: p.What, Amount: p.Amount, Unit: p.Unit, Due: p.Due})
	c.Tally()
	return nil
}

func (c *Cooperation) pledge(by, what string) int {
	return slices.IndexFunc(c.Pledges, func(p Pledge) bool { return p.By == by && p.What == what })
}

// Tally keeps the first day by which something is still to be kept, and whose word on a
// record is wanted. Whoever changes pledges otherwise than by the verbs calls it.
func (c *Cooperation) Tally() {
	c.Overdue, c.Awaits = "", nil
	for i := range c.Pledges {
		p := &c.Pledges[i]
		if other := map[string]string{BySchool: ByCompany, ByCompany: BySchool}[p.SaidBy]; p.Kept != "" && p.Answer == "" && !slices.Contains(c.Awaits, other) {
			c.Awaits = append(c.Awaits, other)
		}
		if p.Due != "" && (p.Kept == "" || p.Done < p.Amount) && (c.Overdue == "" || p.Due < c.Overdue) {
			c.Overdue = p.Due
		}
	}
}

// Kept is what is recorded as having been kept of a pledge.
type Kept struct {
	Day   string
	Done  int
	Proof string
}

// Keep records what was kept of a pledge, by its number from 1, with the evidence. A later
// record takes the place of an earlier one, and of what the other side said to it.
func (c *Cooperation) Keep(by Actor, today string, n int, k Kept) error {
	if n < 1 || n > len(c.Pledges) {
		return Refuse(ErrNotFound, "没有这条承诺，请刷新后再看")
	}
	side, err := c.side(by)
	if err != nil {
		return err
	}
	p := &c.Pledges[n-1]
	bad := Invalid{}
	if !isDay(k.Day) || k.Day > today {
		bad.Add("kept", "兑现日期请写成 2027-07-31 这样，不能晚于今天")
	}
	if k.Done < 0 || k.Done > 100_000_000 || p.Amount > 0 && k.Done == 0 {
		bad.Add("done", "请填写兑现了多少%s（承诺 %d）", p.Unit, p.Amount)
	}
	if n := len([]rune(strings.TrimSpace(k.Proof))); n < 2 || n > 300 {
		bad.Add("proof", "请写明佐证（2 到 300 个字），如文件名称和编号、网址或说明")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	p.Kept, p.Done, p.Proof, p.SaidBy, p.Account, p.Answer, p.Why = k.Day, k.Done, strings.TrimSpace(k.Proof), side, by.Account, "", ""
	c.Tally()
	return nil
}

// side is the side of the cooperation that an actor speaks for.
func (c *Cooperation) side(by Actor) (string, error) {
	switch {
	case by.Role == RoleSchool && by.SpeaksFor(c.School):
		return BySchool, nil
	case by.Role == RoleCompany && by.SpeaksFor(c.Company):
		return ByCompany, nil
	}
	return "", Refuse(ErrForbidden, "承诺和兑现由学校或企业登记")
}

// Reply is the other side's word on a pledge that was recorded as kept: agreed, or
// disputed with the reason.
func (c *Cooperation) Reply(by Actor, n int, agree bool, why string) error {
	if n < 1 || n > len(c.Pledges) {
		return Refuse(ErrNotFound, "没有这条承诺，请刷新后再看")
	}
	side, err := c.side(by)
	if err != nil {
		return err
	}
	p := &c.Pledges[n-1]
	switch {
	case p.Kept == "":
		return Refuse(ErrConflict, "这条承诺还没有登记兑现")
	case p.SaidBy == side:
		return Refuse(ErrForbidden, "由对方核对：兑现是您这一方登记的")
	case !agree && strings.TrimSpace(why) == "":
		return Invalid{"why": {"请写明哪里与实际不符，对方会看到"}}
	}
	p.Answer, p.Why = PledgeConfirmed, ""
	if !agree {
		p.Answer, p.Why = PledgeDenied, strings.TrimSpace(why)
	}
	c.Tally()
	return nil
}

// AllianceKinds are the kinds of an alliance of schools and companies.
func AllianceKinds() []string {
	return []string{"市域产教联合体", "行业产教融合共同体", KindGroup}
}

// KindGroup is the kind that table 29 of the quality report lists by name.
const KindGroup = "职教集团"

// Alliance is a 产教联合体, 行业产教融合共同体 or 职教集团 with its members.
type Alliance struct {
	Record  `json:",inline"`
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	School  string   `json:"school"` // that keeps this entry
	Members []Member `json:"members"`
	Parties []string `json:"parties"` // ids of the members known here, for finding it
	From    string   `json:"from,omitempty"`
	To      string   `json:"to,omitempty"`
	Detail  string   `json:"detail,omitempty"`
	Paper   string   `json:"paper,omitempty"` // document that set it up
	Source  string   `json:"source,omitempty"`
	Sample  bool     `json:"sample,omitempty"`
}

// Member is one member of an alliance.
type Member struct {
	Party string `json:"party,omitempty"` // id of a school or company; empty if it is none of ours
	Name  string `json:"name"`
	Leads bool   `json:"leads,omitempty"` // 牵头
}

// maxMembers is how many members one alliance holds.
const maxMembers = 500

// Check returns Invalid with every field that is missing or out of range, and tidies the
// list of members.
func (a *Alliance) Check() error {
	bad := Invalid{}
	if !slices.Contains(AllianceKinds(), a.Kind) {
		bad.Add("kind", "类型应为：%s", strings.Join(AllianceKinds(), "、"))
	}
	if n := len([]rune(strings.TrimSpace(a.Name))); n < 2 || n > 80 {
		bad.Add("name", "名称应为 2 到 80 个字")
	}
	for field, text := range map[string]string{"detail": a.Detail, "paper": a.Paper} {
		if len([]rune(text)) > 500 {
			bad.Add(field, "最多 500 个字")
		}
	}
	checkTerm(bad, a.From, a.To)
	seen := map[string]bool{}
	a.Parties = nil
	for _, m := range a.Members {
		if n := len([]rune(m.Name)); n < 2 || n > 100 {
			bad.Add("members", "成员“%s”的名称应为 2 到 100 个字", m.Name)
		}
		if seen[NameKey(m.Name)] {
			bad.Add("members", "成员“%s”写了两次", m.Name)
		}
		seen[NameKey(m.Name)] = true
		if m.Party != "" {
			a.Parties = append(a.Parties, m.Party)
		}
	}
	if !slices.Contains(a.Parties, a.School) {
		bad.Add("members", "成员里要有本校")
	}
	if len(a.Members) > maxMembers {
		bad.Add("members", "最多 %d 个成员", maxMembers)
	}
	return bad.Err()
}

// Leads reports whether a party leads the alliance.
func (a *Alliance) Leads(party string) bool {
	return slices.ContainsFunc(a.Members, func(m Member) bool { return m.Party == party && m.Leads })
}

// In reports whether the alliance stood on some day of a window. Unlike a cooperation, one
// without a first day did: it is founded once and stays.
func (a *Alliance) In(from, to string) bool {
	return (a.From == "" || a.From <= to) && (a.To == "" || a.To >= from)
}
