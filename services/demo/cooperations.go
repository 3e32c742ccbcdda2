package demo

import (
	"fmt"

	"sunmao/services/partnership"
)

// cooperations puts terms and pledges to the generated entries of the register, adds a few of
// the forms that table 29 counts, and the alliances. The entries that the report itself names
// have no dates there and get none here.
func (b *builder) cooperations() {
	companies, schools := map[string]string{}, map[string]string{}
	for i := range b.out.Companies {
		companies[b.out.Companies[i].ID] = b.out.Companies[i].Name
	}
	for i := range b.out.Schools {
		schools[b.out.Schools[i].ID] = b.out.Schools[i].Name
	}
	var more []partnership.Cooperation
	n := 0
	for i := range b.out.Cooperations {
		c := &b.out.Cooperations[i]
		c.CompanyName, c.SchoolName = companies[c.Company], schools[c.School]
		if !c.Sample {
			continue
		}
		c.From, c.To, c.Paper = b.days(-500-7*(n%20)), b.days(600+9*(n%30)), fmt.Sprintf("示例协议 %03d 号", n+1)
		if n%4 == 0 {
			b.pledges(c, n)
		}
		if form := []string{partnership.FormIndustryCollege, partnership.FormTeacherPractice, "课程教材开发", "设备捐赠", "员工培训"}; n < len(form) {
			more = append(more, b.alsoAs(c, form[n], n))
		}
		n++
	}
	b.out.Cooperations = append(b.out.Cooperations, more...)
	b.alliances(schools)
}

// pledges are one kept, one under way, one late, by turns, and one of the school.
func (b *builder) pledges(c *partnership.Cooperation, n int) {
	c.Pledges = []partnership.Pledge{
		{By: partnership.ByCompany, What: "每年接收岗位实习学生", Amount: 8 + n%5, Unit: "人", Due: b.days(-60), Kept: b.days(-70), Done: 8 + n%5, Proof: "示例：接收名单", SaidBy: partnership.ByCompany, Account: "demo", Answer: partnership.PledgeConfirmed},
		{By: partnership.ByCompany, What: "派企业导师到校授课", Amount: 40, Unit: "课时", Due: b.days(150)},
		{By: partnership.BySchool, What: "为企业员工开展技能培训", Amount: 20, Unit: "人", Due: b.days(120)},
	}
	switch n % 12 {
	case 4:
		c.Pledges[1].Due = b.days(-20)
	case 8:
		c.Pledges[0].Answer = ""
	}
	c.Tally()
}

// alsoAs is another form of cooperation with the same company.
func (b *builder) alsoAs(c *partnership.Cooperation, form string, n int) partnership.Cooperation {
	out := partnership.Cooperation{School: c.School, SchoolName: c.SchoolName, Company: c.Company, CompanyName: c.CompanyName, Form: form, Majors: c.Majors, From: b.days(-400), To: b.days(700),
		Paper: fmt.Sprintf("示例协议 %03d 号", 900+n), Detail: "示例：由程序生成", Sample: true}
	out.ID = c.Company + ":" + c.School + ":" + form
	switch form {
	case "课程教材开发":
		out.Courses, out.Textbooks = 2, 1
	case "设备捐赠":
		out.EquipmentFen = 28_0000_00
	case "员工培训":
		out.StaffTrained = 35
	}
	return out
}

// alliances are the group that the report says the vocational centre leads, whose members it
// does not list, and a generated one.
func (b *builder) alliances(schools map[string]string) {
	group := partnership.Alliance{Kind: partnership.KindGroup, Name: "川渝现代农牧职业教育集团", School: Centre, Members: []partnership.Member{{Party: Centre, Name: schools[Centre], Leads: true}},
		Parties: []string{Centre}, Detail: "年度报告只写了牵头单位，没有列出其他成员", Source: source}
	group.ID = "alliance-01"
	union := partnership.Alliance{Kind: partnership.AllianceKinds()[0], Name: "示例高新区产教联合体", School: Centre, From: b.days(-300), Detail: "示例：由程序生成", Sample: true,
		Members: []partnership.Member{{Name: "示例高新区管委会", Leads: true}, {Party: Centre, Name: schools[Centre]}, {Party: Yimin, Name: schools[Yimin]}}, Parties: []string{Centre, Yimin}}
	union.ID = "alliance-s01"
	for i := range b.out.Companies {
		if c := &b.out.Companies[i]; c.Sample && len(union.Members) < 8 {
			union.Members, union.Parties = append(union.Members, partnership.Member{Party: c.ID, Name: c.Name}), append(union.Parties, c.ID)
		}
	}
	b.out.Alliances = []partnership.Alliance{group, union}
}
