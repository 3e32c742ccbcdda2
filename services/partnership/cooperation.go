package partnership

import (
	"slices"
	"strings"
)

// CooperationForms are the usual forms of cooperation (校企合作形式) for a form's list; others
// may be written too.
func CooperationForms() []string {
	return []string{"岗位实习", "订单培养", "共建专业", "共建实训基地", "产业学院", "现代学徒制", "现场工程师", "教师企业实践", "企业兼职教师", "员工培训", "技术服务", "设备捐赠", "课程教材开发", "产教联合体", "产教融合共同体", "职教集团"}
}

// AllianceForms are those of them that are alliances of many parties.
func AllianceForms() []string {
	return []string{"产教联合体", "产教融合共同体", "职教集团"}
}

// Pledge is one thing promised in a cooperation, and what came of it.
type Pledge struct {
	By    string `json:"by"` // 学校 | 企业
	What  string `json:"what"`
	Due   string `json:"due,omitempty"` // day
	Kept  string `json:"kept,omitempty"`
	Proof string `json:"proof,omitempty"` // evidence: a paper with its number or where it is kept
	Said  string `json:"said,omitempty"`  // account that recorded it as kept
}

// Stands says in words what became of a pledge by a day.
func (p *Pledge) Stands(today string) string {
	switch {
	case p.Kept != "":
		return "已兑现"
	case p.Due != "" && p.Due < today:
		return "逾期"
	}
	return "进行中"
}

// Cooperation is one form of cooperation between a school and a company (校企合作项目), an
// entry of the register (合作台账).
type Cooperation struct {
	Record      `json:",inline"`
	School      string   `json:"school"`
	SchoolName  string   `json:"school_name,omitempty"`
	Company     string   `json:"company"`
	CompanyName string   `json:"company_name,omitempty"`
	Form        string   `json:"form"` // 共建专业, 产业学院, 教师实践, 订单培养 …
	Majors      string   `json:"majors,omitempty"`
	Detail      string   `json:"detail,omitempty"`
	Alliance    string   `json:"alliance,omitempty"` // name of the 联合体, 共同体 or 集团
	From        string   `json:"from,omitempty"`
	To          string   `json:"to,omitempty"`
	Pledges     []Pledge `json:"pledges,omitempty"`
	InputFen    int64    `json:"input_fen,omitempty"` // what the company put in: money and equipment, in fen
	Source      string   `json:"source,omitempty"`
	Sample      bool     `json:"sample,omitempty"`
}

// Check returns Invalid with every field that is missing or out of range.
func (c *Cooperation) Check() error {
	bad := Invalid{}
	if n := len([]rune(strings.TrimSpace(c.Form))); n < 2 || n > 30 {
		bad.Add("form", "合作形式应为 2 到 30 个字")
	}
	for field, text := range map[string]string{"detail": c.Detail, "majors": c.Majors, "alliance": c.Alliance} {
		if len([]rune(text)) > 500 {
			bad.Add(field, "最多 500 个字")
		}
	}
	if slices.Contains(AllianceForms(), c.Form) && strings.TrimSpace(c.Alliance) == "" {
		bad.Add("alliance", "请写明%s的名称", c.Form)
	}
	for field, day := range map[string]string{"from": c.From, "to": c.To} {
		if day != "" && !isDay(day) {
			bad.Add(field, "日期请写成 2027-03-01 这样")
		}
	}
	if isDay(c.From) && isDay(c.To) && c.To < c.From {
		bad.Add("to", "结束日期不能早于开始日期 %s", c.From)
	}
	if c.InputFen < 0 || c.InputFen > 100_000_000_000_00 {
		bad.Add("input_fen", "企业投入应在 0 到 1000 亿元之间")
	}
	return bad.Err()
}

// Promise adds a pledge of one side.
func (c *Cooperation) Promise(p Pledge) error {
	bad := Invalid{}
	if p.By != "学校" && p.By != "企业" {
		bad.Add("by", "请选择由谁承诺")
	}
	if n := len([]rune(strings.TrimSpace(p.What))); n < 2 || n > 200 {
		bad.Add("what", "承诺的内容应为 2 到 200 个字")
	}
	if p.Due != "" && !isDay(p.Due) {
		bad.Add("due", "日期请写成 2027-07-31 这样")
	}
	if len(c.Pledges) >= 50 {
		bad.Add("what", "一个项目最多登记 50 条承诺")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	c.Pledges = append(c.Pledges, Pledge{By: p.By, What: strings.TrimSpace(p.What), Due: p.Due})
	return nil
}

// Keep records that a pledge, by its number from 1, was kept on a day, with the evidence.
func (c *Cooperation) Keep(by Actor, now Stamp, n int, day, proof string) error {
	if n < 1 || n > len(c.Pledges) {
		return Refuse(ErrNotFound, "没有这条承诺，请刷新后再看")
	}
	bad := Invalid{}
	if !isDay(day) || day > Day(now.Time()) {
		bad.Add("kept", "兑现日期请写成 2027-07-31 这样，不能晚于今天")
	}
	if n := len([]rune(strings.TrimSpace(proof))); n < 2 || n > 200 {
		bad.Add("proof", "请写明佐证（2 到 200 个字），如文件名称和编号")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	p := &c.Pledges[n-1]
	p.Kept, p.Proof, p.Said = day, strings.TrimSpace(proof), by.Account
	return nil
}
