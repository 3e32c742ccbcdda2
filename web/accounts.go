package web

import (
	"net/http"
	"net/url"
	"strings"

	"sunmao/services/account"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type accountsPage struct {
	page
	Rows    []accountRow
	Invited []invitedRow
	More    string
}

type accountRow struct {
	Login, Name, Role, Party, PartyURL, LastIn string
	State                                      mark
	Admin, Second, Self                        bool
	Verbs                                      []verbForm
}

type invitedRow struct{ ID, For, Party, Expires string }

// linkPage shows a one-time link, which is nowhere to be seen afterwards.
type linkPage struct {
	page
	Head, Lead, Label, Link string
	Notes                   []string
	Done, DoneWords         string // where to go on
}

// accountList shows the accounts that the actor manages, and the invitations not used yet.
func (s *Site) accountList(v *visit) error {
	list, next, err := s.accounts.List(v.ctx(), v.actor, v.Query("after"), 50)
	if err != nil {
		return err
	}
	open, err := s.accounts.Invitations(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &accountsPage{page: page{Title: "账号管理", Crumbs: []link{{Label: "账号管理"}}}}
	if next != "" {
		p.More = "/accounts?after=" + queryEscape(next)
	}
	names := map[string]exchange.Party{}
	party := func(role partnership.Role, id string) exchange.Party {
		if _, ok := names[id]; !ok {
			names[id], _ = s.exchange.Party(v.ctx(), v.actor, role, id) // a party not known any more has no name
		}
		return names[id]
	}
	for i := range list {
		p.Rows = append(p.Rows, s.accountRow(v, &list[i], party(list[i].Role, list[i].Party)))
	}
	for _, inv := range open {
		row := invitedRow{inv.ID, orDash(inv.Name), orDash(inv.PartyName), moment(inv.Expires)}
		if inv.Account != "" {
			row.For = inv.Account + "（重设密码）"
		}
		p.Invited = append(p.Invited, row)
	}
	return s.render(v, http.StatusOK, "accounts", p)
}

func (s *Site) accountRow(v *visit, a *account.Listed, party exchange.Party) accountRow {
	row := accountRow{Login: a.ID, Name: a.Name, Role: a.Role.Words(), Party: party.Name, LastIn: moment(a.LastIn), Admin: a.Admin, Second: a.Second, Self: a.ID == v.actor.Account}
	if a.Role == partnership.RoleCompany && party.ID != "" {
		row.PartyURL = pageOf(exchange.KindCompany, party.ID)
	}
	if row.Party == row.Role {
		row.Role = ""
	}
	switch {
	case a.Disabled:
		row.State = mark{"已停用", "bad"}
	case a.Locked != 0:
		row.State = mark{"已锁定，到 " + a.Locked.Time().Format("15:04"), "warn"}
	default:
		row.State = mark{"正常", "good"}
	}
	if row.Self {
		return row
	}
	verbs := []exchange.Verb{{Key: "reset", Words: "重设密码"}}
	if a.Admin {
		verbs = append(verbs, exchange.Verb{Key: account.Dismiss, Words: "取消管理员"})
	} else {
		verbs = append(verbs, exchange.Verb{Key: account.Promote, Words: "设为管理员"})
	}
	if a.Disabled || a.Locked != 0 {
		verbs = append(verbs, exchange.Verb{Key: account.Enable, Words: "恢复登录"})
	}
	if a.Second {
		verbs = append(verbs, exchange.Verb{Key: account.Unlink, Words: "解除两步登录"})
	}
	if !a.Disabled {
		verbs = append(verbs, exchange.Verb{Key: account.Disable, Words: "停用"})
	}
	row.Verbs = verbForms("/accounts", verbs)
	return row
}

// actAccount does a verb to an account; reset makes a link by which its person sets a
// new password.
func (s *Site) actAccount(v *visit) error {
	login, verb := v.PostForm("login"), v.PostForm("verb")
	if verb == "reset" {
		token, inv, err := s.accounts.InviteReset(v.ctx(), v.actor, login)
		if err != nil {
			return err
		}
		return s.showLink(v, token, inv)
	}
	acc, err := s.accounts.Act(v.ctx(), v.actor, login, verb)
	if err != nil {
		return err
	}
	words := map[string]string{account.Disable: "已停用，它的登录已全部退出", account.Enable: "已恢复登录", account.Promote: "现在是本单位的账号管理员", account.Dismiss: "不再是账号管理员", account.Unlink: "的两步登录已解除，下次只用密码登录"}
	v.flash("账号 " + acc.ID + " " + words[verb])
	v.Redirect(http.StatusSeeOther, "/accounts")
	return nil
}

func (s *Site) withdrawInvitation(v *visit) error {
	if err := s.accounts.Withdraw(v.ctx(), v.actor, v.PostForm("id")); err != nil {
		return err
	}
	v.flash("邀请已撤回，链接不能再用")
	v.Redirect(http.StatusSeeOther, "/accounts")
	return nil
}

// inviteForm asks whom to invite. A party's admin invites colleagues; the district
// chooses the party, or comes from the page of a company with it chosen.
func (s *Site) inviteForm(v *visit) error {
	return s.showInviteForm(v, http.StatusOK, newForm(url.Values{"role": {v.Query("role")}, "party": {v.Query("party")}, "admin": {v.Query("admin")}}))
}

func (s *Site) showInviteForm(v *visit, status int, f *form) error {
	if !v.actor.Admin {
		return partnership.Refuse(partnership.ErrForbidden, "只有本单位的账号管理员可以邀请同事。需要时请联系邀请您的人")
	}
	p := &formPage{page: page{Title: "邀请开通账号", Narrow: true, Crumbs: []link{{URL: "/accounts", Label: "账号管理"}, {Label: "邀请"}}},
		Intro:  "提交后得到一个一次性链接，7 天内有效。请只发给本人，由本人设登录名和密码；平台不设初始密码，也不会再显示这个链接。",
		Submit: "生成邀请链接", Cancel: "/accounts"}
	who, err := s.inviteWho(v, f)
	if err != nil {
		return err
	}
	f.Action = "/accounts/invite"
	f.done([]section{{Fields: append(who,
		f.field("name", "姓名", field{Width: 6, Required: true, Hint: "给谁用，本人可以改", Auto: "off"}),
		f.field("admin", "可以管理本单位的账号（邀请、停用同事）", field{Kind: "check", Width: 12}))}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

// inviteWho is the part of the form that says for which party, fixed where there is
// no choice.
func (s *Site) inviteWho(v *visit, f *form) ([]field, error) {
	role := partnership.Role(f.text("role"))
	if !v.actor.SeesAll() {
		return nil, nil
	}
	if role == partnership.RoleCompany {
		party, err := s.exchange.Party(v.ctx(), v.actor, role, f.text("party"))
		if err != nil {
			return nil, err
		}
		f.Hidden = append(f.Hidden, pair{"role", string(role)}, pair{"party", party.ID})
		return []field{{Name: "for", Label: "企业", Kind: "text", Value: party.Name, Width: 12, Fixed: true}}, nil
	}
	schools, err := s.exchange.Schools(v.ctx())
	if err != nil {
		return nil, err
	}
	// One choice instead of role and party apart: nothing wrong can be put together.
	choices := []option{{Label: "请选择"}}
	for _, sc := range schools {
		if v.actor.Role == partnership.RoleOperator || v.actor.Covers(sc.Region) {
			choices = append(choices, option{Value: string(partnership.RoleSchool) + "|" + sc.ID, Label: "学校：" + sc.Name})
		}
	}
	choices = append(choices, option{Value: string(partnership.RoleDistrict) + "|", Label: partnership.RoleDistrict.Words()})
	if v.actor.Role == partnership.RoleOperator {
		choices = append(choices, option{Value: string(partnership.RoleOperator) + "|", Label: partnership.RoleOperator.Words()})
	}
	return []field{f.field("whom", "单位", field{Kind: "select", Required: true, Width: 12, Options: choices, Hint: "邀请企业：请打开企业页面，点“邀请企业账号”"})}, nil
}

func (s *Site) invite(v *visit) error {
	f := newForm(v.Request.PostForm)
	role, id := partnership.Role(f.text("role")), f.text("party")
	if !v.actor.SeesAll() {
		role, id = v.actor.Role, v.actor.Party
	} else if whom := f.text("whom"); whom != "" {
		before, after, _ := strings.Cut(whom, "|")
		role, id = partnership.Role(before), after
	} else if role == "" {
		f.bad.Add("whom", "请选择为哪个单位开通账号")
	}
	if f.text("name") == "" {
		f.bad.Add("name", "请填写姓名，以后在账号列表里认得出是谁")
	}
	token, inv, err := "", partnership.Invitation{Role: role, Name: f.text("name"), Admin: f.on("admin")}, f.bad.Err()
	if err == nil {
		var party exchange.Party
		if party, err = s.exchange.Party(v.ctx(), v.actor, role, id); err == nil {
			inv.Party, inv.PartyName, inv.Region = party.ID, party.Name, party.Region
			token, inv, err = s.accounts.Invite(v.ctx(), v.actor, inv)
		}
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showInviteForm(v, explain(err).Status, f)
	}
	return s.showLink(v, token, inv)
}

func (s *Site) showLink(v *visit, token string, inv partnership.Invitation) error {
	p := &linkPage{page: page{Title: "邀请链接", Narrow: true, Crumbs: []link{{URL: "/accounts", Label: "账号管理"}, {Label: "邀请链接"}}},
		Head: "链接已生成，只显示这一次", Lead: "本人打开后设自己的登录名和密码，账号就开通了。", Label: "给 " + joinWords("，", inv.PartyName, inv.Name) + " 的一次性链接", Link: s.url + "/join/" + token,
		Notes: []string{"有效到 " + moment(inv.Expires) + "，用一次后失效；没有用之前可以在“账号管理”里撤回。", "请直接发给本人（电话核实后用短信、微信或邮件），不要发到群里：谁先打开并设密码，账号就是谁的。"},
		Done:  "/accounts", DoneWords: "完成"}
	if inv.Account != "" {
		p.Title, p.Label, p.Lead = "重设密码的链接", "给 "+inv.Account+" 的一次性链接", "本人打开后设新密码；在那之前，原密码照常可用。"
	}
	return s.render(v, http.StatusOK, "link", p)
}

// joinForm is what an invitation opens. Reading it uses nothing up: messengers open
// links by themselves to show a preview.
func (s *Site) joinForm(v *visit) error {
	inv, err := s.invitation(v)
	if err != nil {
		return err
	}
	return s.showJoinForm(v, http.StatusOK, &inv, newForm(url.Values{"name": {inv.Name}}))
}

// invitation is the one of the link in the path. A company's works once the company is
// approved: until then nobody of it comes in.
func (s *Site) invitation(v *visit) (partnership.Invitation, error) {
	inv, err := s.accounts.Invitation(v.ctx(), v.Param("token"))
	if err != nil || inv.Role != partnership.RoleCompany || inv.Account != "" {
		return inv, err
	}
	c, err := s.exchange.Registered(v.ctx(), inv.Party)
	if err == nil && c.State != partnership.CompanyApproved {
		err = partnership.Refuse(partnership.ErrConflict, "企业现在是“%s”，区教委审核通过后才能开通账号", c.State.Words())
	}
	return inv, err
}

func (s *Site) showJoinForm(v *visit, status int, inv *partnership.Invitation, f *form) error {
	p := &formPage{page: page{Title: "开通账号", Narrow: true}, Submit: "开通账号", Cancel: "/signin",
		Intro: "您受邀使用" + forWhom(inv) + "账号。请设自己的登录名和密码，然后登录。"}
	fields := []field{
		f.field("login", "登录名", field{Required: true, Width: 6, Auto: "username", Hint: "2 到 64 个字，登录时用，不分大小写"}),
		f.field("name", "姓名", field{Required: true, Width: 6, Auto: "name"}),
	}
	if inv.Account != "" {
		p.Title, p.Submit, p.Intro = "重设密码", "保存新密码", "为账号 "+inv.Account+" 设新密码。保存后，这个账号在其他地方的登录全部退出。"
		fields = nil
	}
	fields = append(fields,
		f.field("password", "密码", field{Kind: "password", Required: true, Auto: "new-password", Width: 6, Hint: passwordHint}),
		f.field("again", "再输一次密码", field{Kind: "password", Required: true, Auto: "new-password", Width: 6}))
	f.Action = "/join/" + url.PathEscape(v.Param("token"))
	f.done([]section{{Fields: fields}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

// forWhom says whose account an invitation is for.
func forWhom(inv *partnership.Invitation) string {
	if inv.Party == "" {
		return inv.Role.Words()
	}
	return inv.PartyName + "的" + inv.Role.Words()
}

func (s *Site) join(v *visit) error {
	token, f := v.Param("token"), newForm(v.Request.PostForm)
	inv, err := s.invitation(v)
	if err != nil {
		return err
	}
	if v.PostForm("password") != v.PostForm("again") {
		f.bad.Add("again", "两次输入的密码不一样")
	}
	if inv.Account == "" && f.text("name") == "" {
		f.bad.Add("name", "请填写姓名")
	}
	acc, err := partnership.Account{}, f.bad.Err()
	if err == nil {
		acc, err = s.accounts.Join(v.ctx(), token, v.PostForm("login"), f.text("name"), v.PostForm("password"))
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showJoinForm(v, explain(err).Status, &inv, f)
	}
	if inv.Account != "" {
		v.flash("新密码已保存，请登录")
	} else {
		v.flash("账号 " + acc.ID + " 已开通，请登录")
	}
	v.Redirect(http.StatusSeeOther, "/signin")
	return nil
}
