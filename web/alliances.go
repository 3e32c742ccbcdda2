package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sunmao/services/partnership"
)

func (s *Site) alliance(v *visit) error {
	a, err := s.exchange.Alliance(v.ctx(), v.actor, v.Param("id"))
	if err != nil {
		return err
	}
	members := grid{Title: "成员", Head: []string{"成员", "身份", "平台上的记录"}}
	for _, m := range a.Members {
		part, there := "参加", words("不在平台上")
		if m.Leads {
			part = "牵头"
		}
		if m.Party != "" {
			there = words("已对应")
		}
		members.add(words(m.Name), words(part), there)
	}
	p := &recordPage{page: page{Title: a.Name, Crumbs: []link{{URL: "/cooperations", Label: "合作登记"}, {Label: a.Name}}}, Sample: a.Sample, Grids: []grid{members},
		Facts: []fact{{"类型", a.Kind}, {"期限", termWords(a.From, a.To)}, {"文件", orDash(a.Paper)}, {"说明", orDash(a.Detail)}, {"来源", orDash(a.Source)}}}
	if v.actor.SpeaksFor(a.School) {
		p.Links = append(p.Links, link{URL: allianceURL(a.ID) + "/edit", Label: "修改"})
	}
	return s.showRecord(v, http.StatusOK, p)
}

func (s *Site) allianceForm(v *visit) error {
	values := url.Values{"kind": {partnership.KindGroup}}
	if id := v.Param("id"); id != "" {
		a, err := s.exchange.Alliance(v.ctx(), v.actor, id)
		if err != nil {
			return err
		}
		if !v.actor.SpeaksFor(a.School) {
			return partnership.Refuse(partnership.ErrForbidden, "由登记它的学校修改")
		}
		var led, others []string
		for _, m := range a.Members {
			if m.Leads {
				led = append(led, m.Name)
			} else {
				others = append(others, m.Name)
			}
		}
		values = url.Values{"rev": {strconv.FormatInt(a.Rev, 10)}, "kind": {a.Kind}, "name": {a.Name}, "from": {a.From}, "to": {a.To}, "paper": {a.Paper}, "detail": {a.Detail},
			"leads": {strings.Join(led, "\n")}, "members": {strings.Join(others, "\n")}}
	} else {
		school, err := s.exchange.Party(v.ctx(), v.actor, v.actor.Role, v.actor.Party)
		if err != nil {
			return err
		}
		values.Set("members", school.Name)
	}
	return s.showAllianceForm(v, http.StatusOK, v.Param("id"), newForm(values))
}

func (s *Site) showAllianceForm(v *visit, status int, id string, f *form) error {
	p := &formPage{page: page{Title: "登记联合体、共同体或集团", Crumbs: []link{{URL: "/cooperations", Label: "合作登记"}, {Label: "登记联合体"}}}, Submit: "保存", Cancel: "/cooperations",
		Intro: "成员写全称，每行一个，本校也在内。平台上有的学校和企业会自动对应，它们的账号也能看到。"}
	f.Action = "/alliances"
	if id != "" {
		p.Title, p.Cancel, f.Action = "修改联合体、共同体或集团", allianceURL(id), allianceURL(id)
		f.Hidden = append(f.Hidden, pair{"rev", f.text("rev")})
	}
	f.done([]section{{Legend: "基本情况", Fields: []field{
		f.field("name", "名称", field{Required: true, Width: 6}), f.field("kind", "类型", field{Kind: "select", Required: true, Width: 6, Options: choices(partnership.AllianceKinds())}),
		f.field("from", "成立日期", field{Kind: "date", Width: 3}), f.field("to", "结束日期", field{Kind: "date", Width: 3}), f.field("paper", "文件", field{Width: 6, Hint: "批文名称和文号"}),
		f.field("leads", "牵头单位", field{Kind: "textarea", Rows: 2, Width: 6, Hint: "每行一个"}), f.field("members", "其他成员", field{Kind: "textarea", Rows: 6, Width: 6, Hint: "每行一个"}),
		f.field("detail", "说明", field{Kind: "textarea", Rows: 3, Width: 12})}}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) saveAlliance(v *visit) error {
	id := v.Param("id")
	f := newForm(v.Request.PostForm)
	draft := partnership.Alliance{Kind: f.text("kind"), Name: f.text("name"), From: f.text("from"), To: f.text("to"), Paper: f.text("paper"), Detail: f.text("detail")}
	for _, part := range []string{"leads", "members"} {
		for _, name := range strings.FieldsFunc(f.text(part), func(r rune) bool { return strings.ContainsRune("\r\n；;、", r) }) {
			if name = strings.TrimSpace(name); name != "" {
				draft.Members = append(draft.Members, partnership.Member{Name: name, Leads: part == "leads"})
			}
		}
	}
	if draft.ID = id; id != "" {
		if _, err := s.exchange.Alliance(v.ctx(), v.actor, id); err != nil {
			return err
		}
		var err error
		if draft.Rev, err = strconv.ParseInt(f.text("rev"), 10, 64); err != nil {
			return errStale
		}
	}
	draft, err := s.exchange.SaveAlliance(v.ctx(), v.actor, draft)
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showAllianceForm(v, explain(err).Status, id, f)
	}
	v.flash("已保存")
	return redirectTo(v, allianceURL(draft.ID))
}
