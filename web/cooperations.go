package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// cooperationRoutes are the cooperation register (合作登记), the alliances and the evidence
// pack of a company.
func (s *Site) cooperationRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	every, school := access{roles: everyRole}, access{roles: schools}
	return []route{
		{get, "/cooperations", every, s.cooperations},
		{get, "/cooperations/new", school, s.cooperationForm},
		{post, "/cooperations", school, s.saveCooperation},
		{get, "/cooperations/:id", every, s.cooperation},
		{get, "/cooperations/:id/edit", school, s.cooperationForm},
		{post, "/cooperations/:id", school, s.saveCooperation},
		{post, "/cooperations/:id/pledge", access{roles: parties}, s.pledge},
		{get, "/alliances/new", school, s.allianceForm},
		{post, "/alliances", school, s.saveAlliance},
		{get, "/alliances/:id", every, s.alliance},
		{get, "/alliances/:id/edit", school, s.allianceForm},
		{post, "/alliances/:id", school, s.saveAlliance},
		{get, "/companies/:id/evidence", every, s.evidence},
	}
}

func cooperationURL(id string) string { return "/cooperations/" + url.PathEscape(id) }
func allianceURL(id string) string    { return "/alliances/" + url.PathEscape(id) }
func evidenceURL(id string) string    { return "/companies/" + url.PathEscape(id) + "/evidence" }

var cooperationStates = []option{{Value: exchange.CooperationRunning, Label: "进行中"}, {Value: exchange.CooperationOver, Label: "已结束"}, {Value: exchange.CooperationOverdue, Label: "有逾期的承诺"}}

// cooperations is the register with the alliances under it.
func (s *Site) cooperations(v *visit) error {
	list, ask := readCursor(v, "/cooperations")
	q := exchange.CooperationQuery{List: ask, Form: v.Query("form")}
	q.State = list.states(ask.State, slices.Clone(cooperationStates))
	forms := choose(openOr("全部形式", choices(partnership.CooperationForms())), q.Form)
	if format := v.Query("format"); format != "" {
		return s.exportCooperations(v, format, q)
	}
	found, next, err := s.exchange.Cooperations(v.ctx(), v.actor, q)
	if err != nil {
		return err
	}
	allied, _, err := s.exchange.Alliances(v.ctx(), v.actor, exchange.List{Limit: 100})
	if err != nil {
		return err
	}
	kept := url.Values{}
	for name, value := range map[string]string{"state": q.State, "form": q.Form} {
		if value != "" {
			kept.Set(name, value)
		}
	}
	list.follow(kept, ask.After, next)
	kept.Set("format", "xlsx")
	p := &recordPage{page: page{Title: "合作登记", Crumbs: []link{{Label: "合作登记"}}}, Grids: []grid{s.registerGrid(found), s.allianceGrid(allied)},
		Intro:  "学校登记合作项目，双方登记承诺和兑现，兑现由对方核对。年度报告的“产教融合”表和企业的佐证材料都从这里取数。",
		Filter: &filterBar{Path: "/cooperations", Selects: []filterSelect{{"state", "状态", list.State}, {"form", "形式", forms}}},
		Links:  []link{{URL: "/cooperations?" + kept.Encode(), Label: "导出 Excel"}}}
	switch v.actor.Role {
	case partnership.RoleSchool:
		p.Links = append([]link{{URL: "/cooperations/new", Label: "登记合作项目"}, {URL: "/alliances/new", Label: "登记联合体或集团"}, {URL: "/import?kind=cooperations", Label: "导入 Excel"}}, p.Links...)
	case partnership.RoleCompany:
		p.Links = append(p.Links, link{URL: evidenceURL(v.actor.Party), Label: "产教融合型企业佐证"})
	default:
	}
	if len(allied) > 0 {
		p.Links = append(p.Links, link{URL: "/cooperations?format=alliances", Label: "导出联合体与集团"})
	}
	if list.First != "" {
		p.Links = append(p.Links, link{URL: list.First, Label: "第一页"})
	}
	if list.More != "" {
		p.Links = append(p.Links, link{URL: list.More, Label: "下一页"})
	}
	return s.showRecord(v, http.StatusOK, p)
}

func (s *Site) exportCooperations(v *visit, format string, q exchange.CooperationQuery) error {
	if format == "alliances" {
		return s.sendRows(v, sheets.XLSX, sheets.Alliances(), false, s.exchange.ExportAlliances(v.ctx(), v.actor))
	}
	as, err := sheets.ParseFormat(format)
	if err != nil {
		return partnership.Invalid{"format": {"可以导出 xlsx、csv 或 gb18030"}}
	}
	q.After = ""
	return s.sendRows(v, as, sheets.Cooperations(), false, s.exchange.ExportCooperations(v.ctx(), v.actor, q))
}

// registerGrid is a page of the register.
func (s *Site) registerGrid(found []partnership.Cooperation) grid {
	g := grid{Title: "合作项目", Head: []string{"企业", "形式", "学校", "期限", "承诺", "已兑现", "逾期", "来源"}, Empty: "学校登记的合作项目会出现在这里。"}
	for i := range found {
		c := &found[i]
		kept, late := 0, 0
		for j := range c.Pledges {
			switch c.Pledges[j].State(s.today()) {
			case partnership.PledgeKept:
				kept++
			case partnership.PledgeLate:
				late++
			default:
			}
		}
		g.add(linked(c.CompanyName, cooperationURL(c.ID)), words(c.Form), words(c.SchoolName), words(termWords(c.From, c.To)), amount(len(c.Pledges)), amount(kept), amount(late), words(orDash(sourceOf(c.Source, c.Sample))))
	}
	return g
}

// termWords is a term whose ends may be open.
func termWords(from, to string) string {
	switch {
	case from == "" && to == "":
		return "未登记"
	case to == "":
		return day(from) + " 起"
	case from == "":
		return "到 " + day(to)
	}
	return span(from, to)
}

func sourceOf(source string, sample bool) string {
	if sample {
		return "示例"
	}
	return source
}

func (s *Site) allianceGrid(all []partnership.Alliance) grid {
	g := grid{Title: "联合体、共同体和集团", Head: []string{"名称", "类型", "牵头", "成员", "成立", "来源"}, Empty: "学校登记的市域产教联合体、行业产教融合共同体和职教集团会出现在这里。"}
	for i := range all {
		a := &all[i]
		var leads []string
		for _, m := range a.Members {
			if m.Leads {
				leads = append(leads, m.Name)
			}
		}
		g.add(linked(a.Name, allianceURL(a.ID)), words(a.Kind), words(orDash(strings.Join(leads, "、"))), amount(len(a.Members)), words(termWords(a.From, a.To)), words(orDash(sourceOf(a.Source, a.Sample))))
	}
	return g
}

var pledgeTones = map[partnership.PledgeState]string{partnership.PledgeKept: "good", partnership.PledgePart: "warn", partnership.PledgeLate: "bad", partnership.PledgeDisputed: "bad", partnership.PledgeOpen: "info"}

// pledgeGrid sets what was promised beside what was kept, with the evidence and what the
// other side says.
func (s *Site) pledgeGrid(all []partnership.Cooperation) grid {
	g := grid{Title: "承诺与兑现", Head: []string{"项目", "由谁承诺", "内容", "承诺", "期限", "兑现", "情况", "佐证", "核对"}, Empty: "还没有登记承诺。"}
	for i := range all {
		c := &all[i]
		for j := range c.Pledges {
			p := &c.Pledges[j]
			st := p.State(s.today())
			kept := day(p.Kept)
			if p.Kept != "" && p.Amount > 0 {
				kept += "，" + number(p.Done) + " " + p.Unit
			}
			checked := "—"
			switch {
			case p.Answer == partnership.PledgeConfirmed:
				checked = "对方已核对"
			case p.Answer == partnership.PledgeDenied:
				checked = "对方有异议：" + p.Why
			case p.Kept != "":
				checked = p.SaidBy + "登记，等对方核对"
			}
			promised := "—"
			if p.Amount > 0 {
				promised = number(p.Amount) + " " + p.Unit
			}
			g.add(linked(c.CompanyName+" "+c.Form, cooperationURL(c.ID)), words(p.By), words(p.What), words(promised), dayCell(p.Due), words(orDash(kept)), toned(st.Words(), pledgeTones[st]), words(orDash(p.Proof)), words(checked))
		}
	}
	return g
}

func (s *Site) cooperation(v *visit) error {
	c, err := s.exchange.Cooperation(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	return s.showCooperation(v, http.StatusOK, &c, nil)
}

func (s *Site) showCooperation(v *visit, status int, c *partnership.Cooperation, refused *form) error {
	money := func(fen int64) string {
		if fen == 0 {
			return "未登记"
		}
		return yuan(fen) + " 元"
	}
	p := &recordPage{page: page{Title: c.CompanyName + "：" + c.Form, Crumbs: []link{{URL: "/cooperations", Label: "合作登记"}, {Label: c.Form}}}, Sample: c.Sample,
		Facts: []fact{{"企业", c.CompanyName}, {"学校", c.SchoolName}, {"形式", c.Form}, {"专业", orDash(c.Majors)}, {"期限", termWords(c.From, c.To)}, {"协议", orDash(c.Paper)},
			{"企业提供设备", money(c.EquipmentFen)}, {"企业投入资金", money(c.FundsFen)}, {"合作开发课程", count(c.Courses, "门")}, {"合作开发教材", count(c.Textbooks, "本")},
			{"培训企业员工", count(c.StaffTrained, "人")}, {"内容", orDash(c.Detail)}, {"来源", orDash(c.Source)}},
		Grids: []grid{s.pledgeGrid([]partnership.Cooperation{*c})}, Links: []link{{URL: evidenceURL(c.Company), Label: "企业的佐证材料"}}}
	if v.actor.Role == partnership.RoleSchool {
		p.Links = append(p.Links, link{URL: cooperationURL(c.ID) + "/edit", Label: "修改"})
	}
	if !v.actor.SeesAll() {
		p.Forms = pledgeForms(v.actor.Role, c, refused)
	}
	return s.showRecord(v, status, p)
}

// pledgeForms are the forms by which a side promises, records and checks.
func pledgeForms(role partnership.Role, c *partnership.Cooperation, refused *form) []smallForm {
	to := cooperationURL(c.ID) + "/pledge"
	mine := map[partnership.Role]string{partnership.RoleSchool: partnership.BySchool, partnership.RoleCompany: partnership.ByCompany}[role]
	out := []smallForm{small("pledge", "登记承诺", "登记承诺", to, refused, func(f *form) []field {
		var by []field
		if role == partnership.RoleSchool {
			by = []field{f.field("by", "由谁承诺", field{Kind: "select", Width: 12, Options: choices([]string{partnership.ByCompany, partnership.BySchool})})}
		}
		return append(by, f.field("what", "承诺的内容", field{Width: 12, Required: true, Hint: "如：每年接收岗位实习学生"}), f.field("amount", "数量", field{Kind: "number", Width: 6}),
			f.field("unit", "单位", field{Width: 6, Hint: "人、个、天"}), f.field("due", "期限", field{Kind: "date", Width: 12}))
	})}
	var open, check []option
	for i := range c.Pledges {
		p := &c.Pledges[i]
		one := option{Value: plain(i + 1), Label: p.By + "：" + p.What}
		if p.Kept == "" || p.Done < p.Amount || p.Answer == partnership.PledgeDenied {
			open = append(open, one)
		}
		if p.Kept != "" && p.SaidBy != mine && p.Answer == "" {
			check = append(check, one)
		}
	}
	if len(open) > 0 {
		out = append(out, small("keep", "登记兑现", "登记兑现", to, refused, func(f *form) []field {
			return []field{f.field("n", "哪一条", field{Kind: "select", Width: 12, Options: open}), f.field("kept", "兑现日期", field{Kind: "date", Width: 6, Required: true}),
				f.field("done", "兑现数量", field{Kind: "number", Width: 6}), f.field("proof", "佐证", field{Width: 12, Required: true, Hint: "文件名称和编号、网址或说明"})}
		}))
	}
	if len(check) > 0 {
		out = append(out, small("reply", "核对对方登记的兑现", "提交核对", to, refused, func(f *form) []field {
			return []field{f.field("m", "哪一条", field{Kind: "select", Width: 12, Options: check}),
				f.field("agree", "结果", field{Kind: "select", Width: 12, Options: []option{{Value: "yes", Label: "属实"}, {Value: "no", Label: "与实际不符"}}}), f.field("why", "哪里不符", field{Width: 12})}
		}))
	}
	return out
}

func (s *Site) pledge(v *visit) error {
	id := v.Param("id")
	do := func(key string, f *form) (string, error) {
		var err error
		switch key {
		case "keep":
			k := partnership.Kept{Day: f.text("kept"), Done: f.whole("done"), Proof: f.text("proof")}
			if err = f.bad.Err(); err == nil {
				_, err = s.exchange.KeepPledge(v.ctx(), v.actor, id, f.whole("n"), k)
			}
			return "已登记兑现，等对方核对", err
		case "reply":
			_, err = s.exchange.ReplyPledge(v.ctx(), v.actor, id, f.whole("m"), f.text("agree") == "yes", f.text("why"))
			return "已提交核对", err
		}
		p := partnership.Pledge{By: f.text("by"), What: f.text("what"), Amount: f.whole("amount"), Unit: f.text("unit"), Due: f.text("due")}
		if err = f.bad.Err(); err == nil {
			_, err = s.exchange.PledgeCooperation(v.ctx(), v.actor, id, p)
		}
		return "已登记承诺", err
	}
	return s.sentForm(v, cooperationURL(id), do, func(status int, f *form) error {
		c, err := s.exchange.Cooperation(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		return s.showCooperation(v, status, &c, f)
	})
}

func (s *Site) cooperationForm(v *visit) error {
	values := url.Values{}
	if id := v.Param("id"); id != "" {
		c, err := s.exchange.Cooperation(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		values = url.Values{"rev": {strconv.FormatInt(c.Rev, 10)}, "company": {c.CompanyName}, "form": {c.Form}, "majors": {c.Majors}, "paper": {c.Paper}, "detail": {c.Detail}, "from": {c.From}, "to": {c.To}}
		for name, fen := range map[string]int64{"equipment_fen": c.EquipmentFen, "funds_fen": c.FundsFen} {
			if fen > 0 {
				values.Set(name, typedYuan(fen))
			}
		}
		for name, n := range map[string]int{"courses": c.Courses, "textbooks": c.Textbooks, "staff_trained": c.StaffTrained} {
			if n > 0 {
				values.Set(name, plain(n))
			}
		}
	}
	return s.showCooperationForm(v, http.StatusOK, v.Param("id"), newForm(values))
}

func (s *Site) showCooperationForm(v *visit, status int, id string, f *form) error {
	p := &formPage{page: page{Title: "登记合作项目", Crumbs: []link{{URL: "/cooperations", Label: "合作登记"}, {Label: "登记"}}}, Submit: "保存", Cancel: "/cooperations",
		Intro: "一个企业的一种合作形式登记一条。保存后登记双方的承诺。年度报告按学年计有效的项目，所以要写开始日期。"}
	f.Action = "/cooperations"
	if id != "" {
		p.Title, p.Cancel, f.Action = "修改合作项目", cooperationURL(id), cooperationURL(id)
		f.Hidden = append(f.Hidden, pair{"rev", f.text("rev")})
	}
	partner, err := s.partnerField(v, f, nil, id != "")
	if err != nil {
		return err
	}
	f.done([]section{{Legend: "合作项目", Fields: []field{partner,
		f.field("form", "形式", field{Required: true, Width: 6, List: choices(partnership.CooperationForms())}),
		f.field("majors", "专业", field{Width: 6}), f.field("paper", "协议", field{Width: 6, Hint: "编号、网址或存放处"}),
		f.field("from", "开始日期", field{Kind: "date", Width: 3}), f.field("to", "结束日期", field{Kind: "date", Width: 3, Hint: "长期的留空"}),
		f.field("detail", "内容", field{Kind: "textarea", Rows: 3, Width: 12})}},
		{Legend: "投入与成果", Fields: []field{
			f.field("equipment_fen", "企业提供设备", field{Kind: "number", Width: 3, Unit: "元"}), f.field("funds_fen", "企业投入资金", field{Kind: "number", Width: 3, Unit: "元"}),
			f.field("courses", "合作开发课程", field{Kind: "number", Width: 3, Unit: "门"}), f.field("textbooks", "合作开发教材", field{Kind: "number", Width: 3, Unit: "本"}),
			f.field("staff_trained", "培训企业员工", field{Kind: "number", Width: 3, Unit: "人"})}}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) saveCooperation(v *visit) error {
	f := newForm(v.Request.PostForm)
	draft := partnership.Cooperation{Form: f.text("form"), Majors: f.text("majors"), Paper: f.text("paper"), Detail: f.text("detail"), From: f.text("from"), To: f.text("to"),
		EquipmentFen: f.fen("equipment_fen"), FundsFen: f.fen("funds_fen"), Courses: f.whole("courses"), Textbooks: f.whole("textbooks"), StaffTrained: f.whole("staff_trained")}
	there := func(id string) error { _, err := s.exchange.Cooperation(v.ctx(), v.actor, id); return err }
	if err := s.between(v, f, &draft.Record, there, &draft.School, &draft.Company); err != nil {
		return err
	}
	err := f.bad.Err()
	if err == nil {
		draft, err = s.exchange.SaveCooperation(v.ctx(), v.actor, draft)
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showCooperationForm(v, explain(err).Status, v.Param("id"), f)
	}
	v.flash("合作项目已保存")
	return redirectTo(v, cooperationURL(draft.ID))
}
