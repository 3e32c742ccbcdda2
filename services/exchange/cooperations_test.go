package exchange_test

import (
	"strings"
	"testing"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/rates"
)

// One pledge from promise to evidence: the company promises, records it as kept, the school
// disputes it, the company records it anew and the school agrees; nobody else may look.
func TestCooperation_PledgeStory(t *testing.T) {
	h := exchangetest.Small(t)
	_, err := h.SaveCooperation(ctx, as["company"], partnership.Cooperation{Form: "共建专业", Company: exchangetest.Company})
	kindIs(t, err, partnership.ErrForbidden)
	c, err := h.SaveCooperation(ctx, as["school"], partnership.Cooperation{Form: "共建专业", Company: exchangetest.Company, From: "2026-09-01", To: "2029-08-31"})
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"school2", "company2"} {
		_, err := h.Cooperation(ctx, as[who], c.ID)
		kindIs(t, err, partnership.ErrNotFound)
		if all, _, err := h.Cooperations(ctx, as[who], exchange.CooperationQuery{}); err != nil || len(all) != 0 {
			t.Errorf("%s lists %d entries, %v", who, len(all), err)
		}
		_, err = h.PledgeCooperation(ctx, as[who], c.ID, partnership.Pledge{What: "每年接收实习学生", Amount: 20, Unit: "人"})
		kindIs(t, err, partnership.ErrNotFound)
	}
	if _, err := h.PledgeCooperation(ctx, as["company"], c.ID, partnership.Pledge{What: "每年接收实习学生", Amount: 20, Unit: "人", Due: "2026-11-01"}); err != nil {
		t.Fatal(err)
	}
	if tasks := tasksOf(t, h, "company"); !strings.Contains(tasks, "1 条承诺到期") {
		t.Errorf("the company's worklist: %s", tasks)
	}
	late, _, err := h.Cooperations(ctx, as["district"], exchange.CooperationQuery{List: exchange.List{State: exchange.CooperationOverdue}})
	if err != nil || len(late) != 1 || late[0].Pledges[0].State("2026-11-20") != partnership.PledgeLate {
		t.Fatalf("overdue for the district: %+v, %v", late, err)
	}
	_, err = h.KeepPledge(ctx, as["company"], c.ID, 1, partnership.Kept{Day: "2026-12-01", Done: 20, Proof: "名单"})
	if err == nil || !strings.Contains(err.Error(), "不能晚于今天") {
		t.Errorf("kept tomorrow: %v", err)
	}
	keep := partnership.Kept{Day: "2026-11-18", Done: 20, Proof: "接收名单，校企〔2026〕7 号"}
	if _, err = h.KeepPledge(ctx, as["company"], c.ID, 1, keep); err != nil {
		t.Fatal(err)
	}
	_, err = h.ReplyPledge(ctx, as["company"], c.ID, 1, true, "")
	kindIs(t, err, partnership.ErrForbidden)
	_, err = h.ReplyPledge(ctx, as["district"], c.ID, 1, true, "")
	kindIs(t, err, partnership.ErrForbidden)
	if tasks := tasksOf(t, h, "school"); !strings.Contains(tasks, "1 条兑现等您核对") {
		t.Errorf("the school's worklist: %s", tasks)
	}
	if _, err = h.ReplyPledge(ctx, as["school"], c.ID, 1, false, "实际只有 15 人"); err != nil {
		t.Fatal(err)
	}
	keep.Done = 15
	c, err = h.KeepPledge(ctx, as["company"], c.ID, 1, keep)
	if err != nil || c.Pledges[0].State("2026-11-20") != partnership.PledgeLate {
		t.Errorf("15 of 20 after its day: %+v, %v", c.Pledges, err)
	}
	keep.Done = 21
	if _, err = h.KeepPledge(ctx, as["company"], c.ID, 1, keep); err != nil {
		t.Fatal(err)
	}
	c, err = h.ReplyPledge(ctx, as["school"], c.ID, 1, true, "")
	if err != nil || c.Pledges[0].State("2026-11-20") != partnership.PledgeKept || c.Overdue != "" || len(c.Awaits) != 0 {
		t.Errorf("kept and checked: %+v, %v", c, err)
	}
	pack, err := h.Evidence(ctx, as["company"], exchangetest.Company)
	if err != nil {
		t.Fatal(err)
	}
	if i := item(t, &pack, "已兑现的承诺"); i.Value != "1" || i.Rows != 1 || i.Missing != "" {
		t.Errorf("evidence: %+v", i)
	}
	if i := item(t, &pack, "录用毕业生"); i.Value != "0" || !strings.Contains(i.Missing, "由学校登记") {
		t.Errorf("nothing known of hires: %+v", i)
	}
	_, err = h.Evidence(ctx, as["company2"], exchangetest.Company)
	kindIs(t, err, partnership.ErrNotFound)
	if other, err := h.Evidence(ctx, as["school2"], exchangetest.Company); err != nil || !other.Part || len(other.Cooperations) != 0 {
		t.Errorf("another school reads %d entries, %v", len(other.Cooperations), err)
	}
}

func item(t *testing.T, p *exchange.EvidencePack, name string) exchange.EvidenceItem {
	t.Helper()
	for _, i := range p.Items {
		if i.Name == name {
			return i
		}
	}
	t.Fatalf("the pack has no %s", name)
	return exchange.EvidenceItem{}
}

func tasksOf(t *testing.T, h *exchangetest.House, who string) string {
	t.Helper()
	all, err := h.Worklist(ctx, as[who])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, one := range all {
		b.WriteString(one.Title + "\n")
	}
	return b.String()
}

// A suspended company cannot be entered; what was entered stays readable.
func TestCooperation_SuspendedCompany(t *testing.T) {
	h := exchangetest.Small(t)
	c, err := h.SaveCooperation(ctx, as["school"], partnership.Cooperation{Form: "订单培养", Company: exchangetest.Company})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ActCompany(ctx, as["district"], exchangetest.Company, "suspend", "安全生产事故"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Cooperation(ctx, as["school"], c.ID); err != nil {
		t.Errorf("the school's own entry: %v", err)
	}
	_, err = h.SaveCooperation(ctx, as["school"], partnership.Cooperation{Form: "技术服务", Company: exchangetest.Company})
	if err == nil || !strings.Contains(err.Error(), "已入库的企业") {
		t.Errorf("entered with a suspended company: %v", err)
	}
}

// The register goes in by Excel, again without a change, and back out; a bad row names its
// cell, and the import is taken back.
func TestCooperation_Import(t *testing.T) {
	h := exchangetest.Small(t)
	company, err := h.Party(ctx, as["district"], partnership.RoleCompany, exchangetest.Company)
	if err != nil {
		t.Fatal(err)
	}
	head := "企业名称,合作形式,开始日期,结束日期,企业提供设备（万元）,由谁承诺,承诺内容,承诺数量,单位,承诺期限,兑现日期,兑现数量,佐证\n"
	good := head + company.Name + ",共建专业,2026-09-01,2029-08-31,12.5,企业,每年接收实习学生,20,人,2027-07-31,2026-11-01,20,名单 7 号\n" +
		company.Name + ",共建专业,2026-09-01,,,学校,培训企业员工,30,人,2027-07-31,,,\n"
	bad := good + company.Name + ",共建专业,2026-09-01,,,企业,派企业导师,40,,2027-07-31,,,\n"
	report := importAs(t, h, "school", "cooperations", bad)
	if report.BadRows != 1 || report.Written != 0 || !strings.Contains(report.Problems[0].Error(), "请写明单位") {
		t.Fatalf("bad row: %+v", report)
	}
	report = importAs(t, h, "school", "cooperations", good)
	if report.BadRows != 0 || report.Batch == "" {
		t.Fatalf("good rows: %+v", report.Problems)
	}
	all, _, err := h.Cooperations(ctx, as["school"], exchange.CooperationQuery{})
	if err != nil || len(all) != 1 || len(all[0].Pledges) != 2 || all[0].EquipmentFen != 12_5000_00 || all[0].Pledges[0].Done != 20 {
		t.Fatalf("imported: %+v, %v", all, err)
	}
	if again := importAs(t, h, "school", "cooperations", good); again.Changes.Unchanged != 2 {
		t.Errorf("the same file again: %+v", again.Changes)
	}
	rows := 0
	for row, err := range h.ExportCooperations(ctx, as["school"], exchange.CooperationQuery{}) {
		if rows++; err != nil || row["company"] != company.Name {
			t.Errorf("exported %v, %v", row, err)
		}
	}
	if rows != 2 {
		t.Errorf("%d rows exported, want one for each pledge", rows)
	}
	if _, err := h.UndoImport(ctx, as["school"], report.Batch); err != nil {
		t.Fatal(err)
	}
	if all, _, _ = h.Cooperations(ctx, as["school"], exchange.CooperationQuery{}); len(all) != 0 {
		t.Errorf("after the undo: %+v", all)
	}
}

func importAs(t *testing.T, h *exchangetest.House, who, kind, text string) exchange.ImportReport {
	t.Helper()
	report, err := h.Import(ctx, as[who], exchange.ImportRequest{Kind: kind, File: kind + ".csv", Body: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// Table 29 takes from the registers what nobody reported, by school years; what a school
// states stands, with a note where the register says otherwise. Days of practice stand in
// table 19 once their booking is over.
func TestCooperation_FeedsTheReport(t *testing.T) {
	h := exchangetest.Small(t)
	for _, c := range []partnership.Cooperation{
		{Form: partnership.FormIndustryCollege, Company: exchangetest.Company, From: "2025-09-01", EquipmentFen: 12_5000_00},
		{Form: "课程教材开发", Company: exchangetest.Company, From: "2026-01-01", To: "2026-12-31", Courses: 3},
		{Form: "技术服务", Company: exchangetest.Company2, From: "2027-01-01", Courses: 9},
		{Form: "订单培养", Company: exchangetest.Company2},
	} {
		if _, err := h.SaveCooperation(ctx, as["school"], c); err != nil {
			t.Fatal(err)
		}
	}
	school, err := h.Party(ctx, as["school"], partnership.RoleSchool, exchangetest.School)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.SaveAlliance(ctx, as["school"], partnership.Alliance{Kind: partnership.KindGroup, Name: "示例职教集团", Members: []partnership.Member{{Name: "某大学", Leads: true}, {Name: school.Name}}}); err != nil {
		t.Fatal(err)
	}
	practise(t, h)
	h.Clock.Move(30 * 24 * time.Hour)
	tables, err := h.Report(ctx, as["school"], exchangetest.School, 2026, false)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"校企合作企业数": "1", "组建产业学院": "1", "企业提供的实践教学设备总值": "12.5", "合作开发课程": "3", "参与职教集团": "示例职教集团"}
	for name, value := range want {
		if got := cellOf(tables, "cooperation", name); got != value {
			t.Errorf("2026 %s: %q, want %q", name, got, value)
		}
	}
	if _, err := h.FillReport(ctx, as["school"], exchangetest.School, 2026, []exchange.ReportCell{{Table: "产教融合（校企合作）", Row: "4 校企合作企业数 个", Column: "2026年", Now: "63"}}); err != nil {
		t.Fatal(err)
	}
	if tables, err = h.Report(ctx, as["school"], exchangetest.School, 2026, false); err != nil {
		t.Fatal(err)
	}
	if got := cellOf(tables, "cooperation", "校企合作企业数"); got != "63" {
		t.Errorf("what the school states: %q", got)
	}
	if notes := strings.Join(tableOf(tables, "cooperation").Notes, ""); !strings.Contains(notes, "填报为 63，平台登记的是 1") {
		t.Errorf("notes: %s", notes)
	}
	if tables, err = h.Report(ctx, as["school"], exchangetest.School, 2027, false); err != nil {
		t.Fatal(err)
	}
	if got := cellOf(tables, "training", "企业实践"); got != "8" {
		t.Errorf("days of practice in table 19: %q, want 2 teachers x 4 days", got)
	}
	if got := cellOf(tables, "cooperation", "合作企业教师实践基地数"); got != "1" {
		t.Errorf("bases for practice: %q", got)
	}
	pack, err := h.Evidence(ctx, as["company"], exchangetest.Company)
	if i := item(t, &pack, "接收教师企业实践"); err != nil || i.Value != "8" || i.Rows != 1 {
		t.Errorf("practice in the pack: %+v, %v", i, err)
	}
}

// practise books two teachers for two weeks, two days each, in a base of the company.
func practise(t *testing.T, h *exchangetest.House) {
	t.Helper()
	base, err := h.SaveBase(ctx, as["company"], partnership.TrainingBase{Name: "企业实训中心", Kind: "校外", Level: "区级", Majors: []string{"660103"}, Workstations: 10, TeacherPlaces: 4, OpenToOthers: true})
	if err != nil {
		t.Fatal(err)
	}
	k, err := h.BookBase(ctx, as["school"], base.ID, partnership.BaseBooking{Teachers: true, Subject: "数控加工", Seats: 2, From: "2026-11-23", To: "2026-12-05", Weekdays: []int{1, 2}, Parts: []string{partnership.Morning, partnership.Afternoon}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ActBooking(ctx, as["company"], base.ID, 0, k.ID, "confirm", ""); err != nil {
		t.Fatal(err)
	}
}

func tableOf(tables []rates.Table, key string) *rates.Table {
	for i := range tables {
		if tables[i].Key == key {
			return &tables[i]
		}
	}
	return &rates.Table{}
}

// cellOf is the last cell of a line, that of the report's year.
func cellOf(tables []rates.Table, key, name string) string {
	for _, row := range tableOf(tables, key).Rows {
		if row[0] == name || row[1] == name {
			return row[len(row)-1]
		}
	}
	return "no such line"
}
