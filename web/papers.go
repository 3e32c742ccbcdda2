package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// The papers of a placement that a form knows by name.
var (
	schoolRulePapers = []string{"管理办法", "安全规定", "应急预案"}
	archivePapers    = []string{"三方协议", "实习方案", "实习报告", "考核结果", "实习日志", "检查记录", "实习总结", "其他佐证"}
)

// papersForm records what must be there before the start and at the close.
func (s *Site) papersForm(v *visit) error {
	view, err := s.exchange.Placement(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	if !view.Records {
		return partnership.Refuse(partnership.ErrConflict, "安置现在是“%s”，不能登记材料", view.Placement.State.Words())
	}
	return s.showPapersForm(v, http.StatusOK, &view, newForm(papersValues(&view.Placement.Papers)))
}

func tri(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return "yes"
	}
	return "no"
}

func triOptions(yes, no string) []option {
	return []option{{Label: "还没有登记"}, {Value: "yes", Label: yes}, {Value: "no", Label: no}}
}

// papersValues are the papers as the form types them. Two policies and one filing of each
// kind are what a placement has.
func papersValues(p *partnership.Papers) url.Values {
	f := url.Values{"plan_on": {p.PlanOn}, "school_rules": p.SchoolRules, "approved_on": {p.ApprovedOn}, "published_on": {p.PublishedOn}, "roll_matches": {tri(p.RollMatches)},
		"school_tutor": {p.SchoolTutor}, "company_tutor": {p.CompanyTutor}, "from_away": {tri(p.FromAway)}, "lodging": {p.Lodging}, "lodging_ok": {tri(p.LodgingOK)},
		"approver": {p.Approver}, "archive": p.Archive, "evidence": {strings.Join(p.Evidence, "\n")}}
	for i, one := range p.Policies[:min(2, len(p.Policies))] {
		n := plain(i + 1)
		f.Set("insurer"+n, one.Insurer)
		f.Set("policy"+n, one.Number)
		f.Set("insured_from"+n, one.From)
		f.Set("insured_to"+n, one.To)
		f.Set("insured_paid"+n, one.Paid)
	}
	if t := p.Training; t != nil {
		f.Set("training_day", t.Day)
		f.Set("training_topic", t.Topic)
		f.Set("training_passed", tri(&t.Passed))
	}
	for _, d := range p.Filings {
		f.Set(d.Kind+"_office", d.Office)
		f.Set(d.Kind+"_day", d.Day)
		f.Set(d.Kind+"_reason", d.Reason)
		f["F2_rules"] = append(f["F2_rules"], d.Rules...)
	}
	for rule, why := range p.Reasons {
		f.Set("reason-"+rule, why)
	}
	return f
}

var filingWords = []struct{ kind, words string }{{"F1", "岗位实习备案"}, {"F2", "特殊要求备案"}, {"F3", "跨省实习备案"}}

// readPapers reads the form; what is left empty stays as it was.
func readPapers(f *form, old *partnership.Papers, warned []partnership.Finding) partnership.Papers {
	yes := func(name string) *bool {
		if f.text(name) == "" {
			return nil
		}
		b := f.text(name) == "yes"
		return &b
	}
	p := partnership.Papers{PlanOn: f.text("plan_on"), ApprovedOn: f.text("approved_on"), PublishedOn: f.text("published_on"), RollMatches: yes("roll_matches"),
		SchoolTutor: f.text("school_tutor"), CompanyTutor: f.text("company_tutor"), FromAway: yes("from_away"), Lodging: f.text("lodging"), LodgingOK: yes("lodging_ok"),
		Approver: f.text("approver"), SchoolRules: f.values["school_rules"], Archive: f.values["archive"]}
	for _, n := range []string{"1", "2"} {
		one := partnership.Policy{Insurer: f.text("insurer" + n), Number: f.text("policy" + n), From: f.text("insured_from" + n), To: f.text("insured_to" + n), Paid: f.text("insured_paid" + n)}
		if one.Insurer == "" && one.Number == "" && one.From == "" && one.To == "" {
			continue
		}
		if one.From == "" || one.To == "" {
			f.bad.Add("insured_from"+n, "请写明保险从哪天到哪天")
			continue
		}
		if one.From > one.To {
			f.bad.Add("insured_to"+n, "止期不能早于起期 %s", one.From)
		}
		p.Policies = append(p.Policies, one)
	}
	if f.text("training_day") != "" || f.text("training_topic") != "" {
		p.Training = &partnership.Training{Day: f.text("training_day"), Topic: f.text("training_topic"), Passed: f.text("training_passed") == "yes"}
	}
	p.Filings = readFilings(f, old)
	for _, w := range warned {
		if why := f.text("reason-" + w.Rule); why != "" {
			if p.Reasons == nil {
				p.Reasons = map[string]string{}
			}
			p.Reasons[w.Rule] = why
		}
	}
	for line := range strings.Lines(f.values.Get("evidence")) {
		if line = strings.TrimSpace(line); line != "" {
			p.Evidence = append(p.Evidence, line)
		}
	}
	return p
}

// readFilings reads the filings, and keeps those of a kind that the form does not know.
func readFilings(f *form, old *partnership.Papers) []partnership.Filing {
	var out []partnership.Filing
	for _, k := range filingWords {
		one := partnership.Filing{Kind: k.kind, Office: f.text(k.kind + "_office"), Day: f.text(k.kind + "_day"), Reason: f.text(k.kind + "_reason")}
		if k.kind == "F2" {
			one.Rules = f.values["F2_rules"]
		}
		if one.Office == "" && one.Day == "" {
			continue
		}
		if one.Day == "" {
			f.bad.Add(k.kind+"_day", "请写明备案日期")
			continue
		}
		if one.Office == "" {
			f.bad.Add(k.kind+"_office", "请写明向哪个机关备案")
			continue
		}
		out = append(out, one)
	}
	for _, d := range old.Filings {
		if !slices.ContainsFunc(filingWords, func(k struct{ kind, words string }) bool { return k.kind == d.Kind }) {
			out = append(out, d)
		}
	}
	return out
}

func (s *Site) showPapersForm(v *visit, status int, view *exchange.PlacementView, f *form) error {
	d := &view.Placement
	at := placementURL(d.ID)
	row := placementRowsOf([]exchange.PlacementRow{view.PlacementRow})[0]
	p := &formPage{page: page{Title: "登记材料：" + row.Student, Crumbs: []link{{URL: "/placements", Label: "学生安置"}, {URL: at, Label: row.Student}, {Label: "登记材料"}}}, Submit: "保存", Cancel: at,
		Intro: "没有填的项目保持原样。岗位 " + d.PostTitle + "，" + span(d.From, d.To) + "。保存后，安置页上“还缺什么”随之更新。"}
	f.Action = at + "/papers"
	sections := companyPapers(f, v.actor.Role)
	if v.actor.Role == partnership.RoleSchool {
		sections = append(schoolPapers(f, d), sections...)
		office, err := s.authority(v, d.School)
		if err != nil {
			return err
		}
		sections = append(sections, filingPapers(f, office))
		if d.State == partnership.PlacementOnPost {
			sections = append(sections, section{Legend: "归档", Fields: []field{
				f.field("archive", "已归档的材料", field{Kind: "checks", Width: 12, Options: plainOptions(archivePapers)})}})
		}
		sections = append(sections, section{Legend: "佐证", Fields: []field{
			f.field("evidence", "佐证材料", field{Kind: "textarea", Rows: 3, Width: 12, Hint: "一行一条：材料名称，编号或存放处。如：保险单扫描件，教务处 2027-031"})}})
		if reasons := reasonFields(f, view.Warnings); len(reasons) > 0 {
			sections = append(sections, section{Legend: "需要说明理由的提示", Fields: reasons})
		}
	}
	sections = append(sections, section{Legend: "范围", Fields: []field{f.field("alike", "同一班级、同一岗位的学生一并登记", field{Kind: "check", Width: 12})}})
	f.done(sections)
	p.Form = *f
	return s.render(v, status, "form", p)
}

func plainOptions(words []string) []option {
	out := make([]option, len(words))
	for i, w := range words {
		out[i] = option{Value: w, Label: w}
	}
	return out
}

func reasonFields(f *form, warned []partnership.Finding) []field {
	var out []field
	for _, w := range warned {
		if name := "reason-" + w.Rule; !slices.ContainsFunc(out, func(c field) bool { return c.Name == name }) {
			out = append(out, f.field(name, w.Title, field{Width: 12, Hint: w.Sentence + "（" + w.Article + "）。确有理由的，写在这里；" + w.Fix}))
		}
	}
	return out
}

func schoolPapers(f *form, d *partnership.Placement) []section {
	paid := []option{{Label: "请选择"}, {Value: "学校", Label: "学校"}, {Value: "企业", Label: "企业"}}
	first := []field{
		f.field("plan_on", "实习方案日期", field{Kind: "date", Width: 3}),
		f.field("approved_on", "党组织会议研究日期", field{Kind: "date", Width: 3, Hint: "确定实习单位的会议"}),
		f.field("published_on", "名单公示日期", field{Kind: "date", Width: 3}),
		f.field("roll_matches", "与学籍核对", field{Kind: "select", Width: 3, Options: triOptions("姓名和证件号一致", "不一致")}),
		f.field("school_rules", "已有的制度", field{Kind: "checks", Width: 12, Options: plainOptions(schoolRulePapers)}),
		f.field("school_tutor", "学校指导教师", field{Width: 4}),
		f.field("from_away", "是否离家", field{Kind: "select", Width: 4, Options: triOptions("离家实习", "不离家")}),
		f.field("lodging", "住宿", field{Kind: "select", Width: 4, Options: append([]option{{Label: "还没有登记"}}, plainOptions([]string{"统一住宿", "自行住宿", "回家住"})...)}),
		f.field("lodging_ok", "自行住宿的手续", field{Kind: "select", Width: 6, Options: triOptions("监护人签字并报学校备案", "还没有办")}),
		f.field("approver", "跨大类的负责人", field{Width: 6, Hint: "专业与岗位不同大类时，谁同意的"}),
	}
	insured := []field{}
	for _, n := range []string{"1", "2"} {
		hint := "要覆盖实习的每一天：" + d.From + " 至 " + d.To
		if n == "2" {
			hint = "一份不够时填第二份，如续保"
		}
		insured = append(insured,
			f.field("insured_from"+n, "第 "+n+" 份起期", field{Kind: "date", Width: 3, Hint: hint}), f.field("insured_to"+n, "第 "+n+" 份止期", field{Kind: "date", Width: 3}),
			f.field("insured_paid"+n, "保费由谁付", field{Kind: "select", Width: 6, Options: slices.Clone(paid)}),
			f.field("insurer"+n, "保险公司", field{Width: 6}), f.field("policy"+n, "保单号", field{Width: 6}))
	}
	return []section{{Legend: "学校的准备", Fields: first}, {Legend: "实习责任保险", Fields: insured}}
}

func companyPapers(f *form, role partnership.Role) []section {
	hint := "企业登记的，学校也能看到"
	if role == partnership.RoleSchool {
		hint = "企业也可以登记"
	}
	return []section{{Legend: "企业的准备", Fields: []field{
		f.field("company_tutor", "企业指导教师", field{Width: 3, Hint: hint}),
		f.field("training_day", "岗前培训日期", field{Kind: "date", Width: 3}),
		f.field("training_topic", "培训内容", field{Width: 3, Hint: "如：安全生产、操作规程"}),
		f.field("training_passed", "考核结果", field{Kind: "select", Width: 3, Options: triOptions("合格", "不合格")}),
	}}}
}

// filingPapers are the filings; the rules ask with whom, so the name of the office has to be
// the one that the school is registered under.
func filingPapers(f *form, office string) section {
	hint, list := "", []option(nil)
	if office != "" {
		hint, list = "与主管部门的名称一致才算数：“"+office+"”", []option{{Value: office}}
	}
	var fields []field
	for _, k := range filingWords {
		fields = append(fields, f.field(k.kind+"_office", k.words+"：备案机关", field{Width: 8, Hint: hint, List: list}), f.field(k.kind+"_day", "备案日期", field{Kind: "date"}))
		if k.kind == "F2" {
			fields = append(fields, f.field("F2_reason", "专业的特殊要求", field{Width: 12}),
				f.field("F2_rules", "备案解除的限制", field{Kind: "checks", Width: 12, Options: []option{{Value: "H6", Label: "高风险作业"}, {Value: "T2", Label: "加班"}, {Value: "T3", Label: "夜班"}, {Value: "T4", Label: "休息日、节假日上班"}}}))
		}
	}
	return section{Legend: "备案", Fields: fields}
}

// authority is the bureau that a school answers to, as it is registered.
func (s *Site) authority(v *visit, school string) (string, error) {
	all, err := s.exchange.Schools(v.ctx())
	if i := slices.IndexFunc(all, func(one partnership.School) bool { return one.ID == school }); i >= 0 {
		return all[i].Authority, err
	}
	return "", err
}

func (s *Site) savePapers(v *visit) error {
	view, err := s.exchange.Placement(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	f := newForm(v.Request.PostForm)
	papers := readPapers(f, &view.Placement.Papers, view.Warnings)
	n := 1
	if err = f.bad.Err(); err == nil {
		if f.on("alike") {
			n, err = s.exchange.SavePapersAlike(v.ctx(), v.actor, view.Placement.ID, papers)
		} else {
			_, err = s.exchange.SavePapers(v.ctx(), v.actor, []string{view.Placement.ID}, papers)
		}
	}
	if err != nil {
		if !f.refused(err, map[string]string{"training": "training_day", "policies": "insured_from1", "filings": "F1_day"}) {
			return err
		}
		return s.showPapersForm(v, explain(err).Status, &view, f)
	}
	v.flash(yesNo(n > 1, "已为 "+number(n)+" 名学生登记材料", "已登记材料"))
	v.Redirect(http.StatusSeeOther, placementURL(view.Placement.ID))
	return nil
}

type agreementPage struct {
	page
	Action, Back       string
	Student, ID        string
	Guardian           string
	School, Company    string
	Post, Cohort, Span string
	Clauses            []partnership.Clause
	Signs              []signRow
	Template           string
	Full               bool
	Refused            []string
	Sample             bool
}

// agreementPaper is the tripartite agreement with the informed consent, to be printed:
// masked, or after a reason with names in full on this one answer.
func (s *Site) agreementPaper(v *visit) error { return s.showAgreement(v, "", nil) }

func (s *Site) printAgreement(v *visit) error {
	reason := strings.TrimSpace(v.PostForm("reason"))
	if reason == "" {
		return s.showAgreement(v, "", []string{"请写明原因（2 到 200 个字），会记入日志"})
	}
	return s.showAgreement(v, reason, nil)
}

func (s *Site) showAgreement(v *visit, reason string, refused []string) error {
	a, err := s.exchange.AgreementPaper(v.ctx(), v.actor, v.Param("id"), reason)
	status := http.StatusOK
	if bad := (partnership.Invalid{}); reason != "" && errors.As(err, &bad) {
		refused = bad["reason"]
		a, err = s.exchange.AgreementPaper(v.ctx(), v.actor, v.Param("id"), "")
	}
	if err != nil {
		return err
	}
	if len(refused) > 0 {
		status = http.StatusUnprocessableEntity
	}
	d := &a.Placement
	at := placementURL(d.ID)
	p := &agreementPage{page: page{Title: "实习三方协议", Crumbs: []link{{URL: "/placements", Label: "学生安置"}, {URL: at, Label: d.PostTitle}, {Label: "三方协议"}}},
		Action: at + "/agreement", Back: at, Student: a.Student, ID: a.IDNumber, Guardian: a.Guardian, School: d.SchoolName, Company: d.CompanyName, Post: d.PostTitle, Cohort: d.CohortName,
		Span: span(a.Agreement.From, a.Agreement.To), Clauses: a.Agreement.Clauses, Template: a.Agreement.Template, Full: a.Full, Refused: refused, Sample: d.Sample}
	for _, sign := range a.Signs {
		p.Signs = append(p.Signs, signRow{Who: string(sign.Who), Words: sign.Words, Day: day(sign.Day)})
	}
	return s.render(v, status, "agreement", p)
}
