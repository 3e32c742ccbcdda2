package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

// noticeRoutes are how an account is told outside the site, and what did not get through.
func (s *Site) noticeRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	every, seers := access{roles: everyRole}, access{roles: overseers}
	return []route{
		{get, "/account/notices", every, s.noticeForm},
		{post, "/account/notices", every, s.saveNotices},
		{get, "/undelivered", seers, s.undelivered},
		{post, "/undelivered/export", seers, s.exportContacts},
		{post, "/undelivered/:id/act", seers, s.actMessage},
		{post, "/undelivered/:id/reveal", seers, s.revealContact},
	}
}

func (s *Site) noticeOperations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return []operation{
		{method: get, path: "/account/notices", id: "get-notices", summary: "自己的通知设置", roles: everyRole, add: serves(s.apiNotices)},
		{method: post, path: "/account/notices", id: "save-notices", summary: "修改自己的通知设置", roles: everyRole, add: serves(s.apiSaveNotices)},
		{method: get, path: "/undelivered", id: "list-undelivered", summary: "没有送达的消息，和收不到通知、要打电话告知的账号，最近的在前；电话已遮盖", roles: overseers, add: serves(s.apiUndelivered)},
		{method: post, path: "/undelivered/{id}/act", id: "act-undelivered", summary: "retry 再发一次 | drop 已另行告知，写明怎样告知的", roles: overseers, add: serves(s.apiActMessage)},
		{method: post, path: "/undelivered/{id}/reveal", id: "reveal-contact", summary: "查看对方账号留的电话；写明原因，记入日志", roles: overseers, add: serves(s.apiRevealContact)},
	}
}

func (s *Site) noticeForm(v *visit) error {
	n, err := s.exchange.Notices(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	values := url.Values{"mail": {n.Mail}, "hook": {n.Hook}, "hook_kind": {string(n.HookKind)}, "hook_sign": {n.HookSign}, "phone": {n.Phone}}
	for kind, when := range n.Tell {
		values.Set("tell-"+kind, when)
	}
	return s.showNoticeForm(v, http.StatusOK, newForm(values), n.HasMail)
}

func (s *Site) showNoticeForm(v *visit, status int, f *form, hasMail bool) error {
	p := &formPage{page: page{Title: "通知设置", Crumbs: []link{{URL: "/account", Label: "我的账号"}, {Label: "通知设置"}}}, Submit: "保存", Second: "保存并发一条测试消息", Cancel: "/account",
		Intro: "工作台上需要您处理的事，也可以发到邮箱或群里。消息只写有几件事、哪天到期，不含学生的个人信息。"}
	f.Action = "/account/notices"
	mailHint := "只写一个邮箱"
	if !hasMail {
		mailHint = "平台还没有配置发信服务器，请先用群机器人"
	}
	var kinds []field
	for _, kind := range partnership.NoticeKinds() {
		kinds = append(kinds, f.field("tell-"+kind, partnership.NoticeWords(kind), field{Kind: "select", Width: 4, Options: []option{{Value: partnership.TellDaily, Label: "每天七点起汇总一次"}, {Value: partnership.TellNow, Label: "马上（五分钟内）"}, {Value: partnership.TellNever, Label: "不通知"}}}))
	}
	f.done([]section{
		{Legend: "发到哪里", Fields: []field{
			f.field("mail", "电子邮箱", field{Kind: "email", Width: 6, Auto: "email", Hint: mailHint}),
			f.field("phone", "联系电话", field{Kind: "tel", Width: 6, Auto: "tel", Hint: "消息送不到时，区教委打这个电话；平时不显示"}),
			f.field("hook_kind", "群机器人", field{Kind: "select", Width: 3, Options: []option{{Value: string(partnership.ChannelWeCom), Label: "企业微信"}, {Value: string(partnership.ChannelDingTalk), Label: "钉钉"}}}),
			f.field("hook", "机器人地址", field{Width: 6, Auto: "off", Hint: "在群里添加机器人后得到的网址，以 https:// 开头"}),
			f.field("hook_sign", "加签密钥", field{Width: 3, Auto: "off", Hint: "只有钉钉选了“加签”才填"}),
		}},
		{Legend: "哪些事、什么时候", Fields: kinds},
	})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) saveNotices(v *visit) error {
	f := newForm(v.Request.PostForm)
	n := exchange.Notices{Mail: f.text("mail"), Hook: f.text("hook"), HookSign: f.text("hook_sign"), HookKind: partnership.Channel(f.text("hook_kind")), Phone: f.text("phone"), Tell: map[string]string{}}
	for _, kind := range partnership.NoticeKinds() {
		if when := f.text("tell-" + kind); when != "" {
			n.Tell[kind] = when
		}
	}
	err := s.exchange.SaveNotices(v.ctx(), v.actor, n)
	said := "通知设置已保存"
	if err == nil && f.text("then") != "" {
		_, err = s.exchange.TestNotices(v.ctx(), v.actor)
		said = "已保存，测试消息一分钟内送出。没有收到请核对地址"
	}
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		now, readErr := s.exchange.Notices(v.ctx(), v.actor)
		if readErr != nil {
			return readErr
		}
		return s.showNoticeForm(v, explain(err).Status, f, now.HasMail)
	}
	v.flash(said)
	return redirectTo(v, "/account/notices")
}

type undeliveredPage struct {
	page
	List    cursorList
	Rows    []undeliveredRow
	Phone   string // opened for this one answer
	Whose   string
	Bad     string
	Export  string
	Formats []option
}

type undeliveredRow struct {
	ID, Name, Subject, Channel, To, Phone, Contact, Error, When, Due string
	Call                                                             bool // nothing can be sent
	State                                                            mark
	Missed                                                           []string
	Steps                                                            []stepRow
}

func undeliveredRowOf(r *exchange.UndeliveredRow) undeliveredRow {
	tone := map[partnership.MessageState]string{partnership.MessageFailed: "bad", partnership.MessageWaiting: "warn"}[r.State]
	row := undeliveredRow{ID: r.ID, Name: r.Name, Subject: r.Subject, Channel: r.Channel.Words(), To: r.To, Phone: r.Phone, Contact: r.Contact, Error: r.Error, When: moment(r.Created), Due: r.Due,
		Call: r.Channel == partnership.ChannelPhone, Missed: r.Missed, State: mark{r.State.Words(), tone}}
	switch {
	case row.Call:
		row.When, row.State = moment(r.Last), mark{"要打电话", "bad"}
	case r.State == partnership.MessageWaiting:
		row.Error += "；试过 " + plain(r.Tries) + " 次，" + moment(r.Next) + " 再试"
	default:
		row.Error += "；试过 " + plain(r.Tries) + " 次，不再自动发送"
	}
	for _, st := range r.Steps {
		row.Steps = append(row.Steps, stepRow{moment(st.At), st.Why, ""})
	}
	return row
}

func (s *Site) undelivered(v *visit) error {
	if v.Query("format") != "" {
		return s.exportUndelivered(v)
	}
	return s.showUndelivered(v, http.StatusOK, "", "", nil)
}

func (s *Site) showUndelivered(v *visit, status int, phone, whose string, refused error) error {
	list, ask := readCursor(v, "/undelivered")
	ask.State = ""
	found, next, err := s.exchange.Undelivered(v.ctx(), v.actor, ask)
	if err != nil {
		return err
	}
	list.pages(ask, next)
	p := &undeliveredPage{page: page{Title: "没有送达的消息", Crumbs: []link{{Label: "没有送达的消息"}}}, List: list, Phone: phone, Whose: whose, Export: "/undelivered?format=xlsx", Formats: exportFormats()}
	if refused != nil {
		f := newForm(nil)
		f.refused(refused, nil)
		for _, sentences := range f.bad {
			p.Bad = strings.Join(sentences, "；")
		}
		p.Bad = joinWords("；", p.Bad, strings.Join(f.Whole, "；"))
	}
	for i := range found {
		p.Rows = append(p.Rows, undeliveredRowOf(&found[i]))
		if found[i].ID == whose {
			p.Whose = found[i].Name
		}
	}
	return s.render(v, status, "undelivered", p)
}

func (s *Site) exportUndelivered(v *visit) error {
	format, err := sheets.ParseFormat(v.Query("format"))
	if err != nil {
		return err
	}
	return s.sendRows(v, format, sheets.UndeliveredMessages(), false, func(yield func(map[string]any, error) bool) {
		for after := ""; ; {
			found, next, err := s.exchange.Undelivered(v.ctx(), v.actor, exchange.List{After: after, Limit: 100})
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range found {
				if !yield(undeliveredCells(&found[i]), nil) {
					return
				}
			}
			if after = next; after == "" {
				return
			}
		}
	})
}

// undeliveredCells is a message as a row of the list's file.
func undeliveredCells(m *exchange.UndeliveredRow) map[string]any {
	r := undeliveredRowOf(m)
	return cells(map[string]any{"name": r.Name, "subject": r.Subject, "channel": r.Channel, "to": r.To, "phone": r.Phone, "contact": r.Contact, "missed": r.Missed, "due": r.Due,
		"state": r.State.Words, "tries": m.Tries, "error": m.Error, "at": r.When})
}

// exportContacts sends the list with the phone numbers in full, after a reason that is logged.
func (s *Site) exportContacts(v *visit) error {
	format, err := sheets.ParseFormat(v.PostForm("format"))
	if err != nil {
		return err
	}
	rows, err := s.exchange.ExportUndelivered(v.ctx(), v.actor, v.PostForm("reason"))
	if err != nil {
		if f := newForm(nil); f.refused(err, nil) {
			return s.showUndelivered(v, explain(err).Status, "", "", err)
		}
		return err
	}
	return s.sendRows(v, format, sheets.UndeliveredMessages(), true, func(yield func(map[string]any, error) bool) {
		for r, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(undeliveredCells(&r), nil) {
				return
			}
		}
	})
}

func (s *Site) actMessage(v *visit) error {
	verb := v.PostForm("verb")
	err := s.exchange.ActMessage(v.ctx(), v.actor, v.Param("id"), verb, v.PostForm("why"))
	if err != nil {
		if f := newForm(nil); f.refused(err, nil) {
			return s.showUndelivered(v, explain(err).Status, "", "", err)
		}
		return err
	}
	v.flash(yesNo(verb == exchange.MessageRetry, "一分钟内再发一次", "已记下，不再发送"))
	return redirectTo(v, "/undelivered")
}

func (s *Site) revealContact(v *visit) error {
	phone, err := s.exchange.RevealContact(v.ctx(), v.actor, v.Param("id"), v.PostForm("reason"))
	if err != nil {
		if f := newForm(nil); f.refused(err, nil) {
			return s.showUndelivered(v, explain(err).Status, "", "", err)
		}
		return err
	}
	return s.showUndelivered(v, http.StatusOK, phone, v.Param("id"), nil)
}

type noticesDoc struct {
	Mail     string            `json:"mail,omitempty" maxLength:"254" doc:"电子邮箱"`
	Hook     string            `json:"hook,omitempty" maxLength:"1000" doc:"群机器人地址，以 https:// 开头"`
	HookKind string            `json:"hook_kind,omitempty" enum:"wecom,dingtalk" doc:"企业微信或钉钉"`
	HookSign string            `json:"hook_sign,omitempty" maxLength:"200" doc:"钉钉加签密钥"`
	Phone    string            `json:"phone,omitempty" maxLength:"20" doc:"送不到时打的电话"`
	Tell     map[string]string `json:"tell,omitempty" doc:"offers、placements、reviews、rounds、outcomes、other 各为 now、daily 或 never"`
}

type noticesAsk struct{ Body noticesDoc }

func (s *Site) apiNotices(ctx context.Context, v *visit, _ *none) (*one[noticesDoc], error) {
	n, err := s.exchange.Notices(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	return &one[noticesDoc]{noticesDoc{n.Mail, n.Hook, string(n.HookKind), n.HookSign, n.Phone, n.Tell}}, nil
}

func (s *Site) apiSaveNotices(ctx context.Context, v *visit, in *noticesAsk) (*one[noticesDoc], error) {
	b := &in.Body
	n := exchange.Notices{Mail: b.Mail, Hook: b.Hook, HookKind: partnership.Channel(b.HookKind), HookSign: b.HookSign, Phone: b.Phone, Tell: b.Tell}
	if n.HookKind == "" {
		n.HookKind = partnership.ChannelWeCom
	}
	if err := s.exchange.SaveNotices(ctx, v.actor, n); err != nil {
		return nil, err
	}
	return s.apiNotices(ctx, v, &none{})
}

type undeliveredDoc struct {
	ID      string `json:"id"`
	Name    string `json:"name" doc:"给谁的"`
	Subject string `json:"subject"`
	Channel string `json:"channel"`
	To      string `json:"to" doc:"已遮盖"`
	Phone   string `json:"phone" doc:"已遮盖，空为没有留"`
	Contact string `json:"contact,omitempty" doc:"没有留电话时，企业登记的联系方式"`
	State   string `json:"state"`
	Tries   int    `json:"tries"`
	Error   string `json:"error"`

	Missed []string `json:"missed,omitempty" doc:"对方没有看到的待办"`
	Due    string   `json:"due,omitempty" doc:"其中最早的期限"`
}

func (s *Site) apiUndelivered(ctx context.Context, v *visit, in *Paging) (*pageOfDocs[undeliveredDoc], error) {
	found, next, err := s.exchange.Undelivered(ctx, v.actor, exchange.List{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, func(r *exchange.UndeliveredRow) undeliveredDoc {
		return undeliveredDoc{r.ID, r.Name, r.Subject, string(r.Channel), r.To, r.Phone, r.Contact, string(r.State), r.Tries, r.Error, r.Missed, r.Due}
	}), nil
}

type actMessageAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Verb string `json:"verb" enum:"retry,drop"`
		Why  string `json:"why,omitempty" maxLength:"200" doc:"drop 时必填：怎样告知的"`
	}
}

type actedDoc struct {
	ID string `json:"id"`
}

func (s *Site) apiActMessage(ctx context.Context, v *visit, in *actMessageAsk) (*one[actedDoc], error) {
	if err := s.exchange.ActMessage(ctx, v.actor, in.ID, in.Body.Verb, in.Body.Why); err != nil {
		return nil, err
	}
	return &one[actedDoc]{actedDoc{in.ID}}, nil
}

type contactAsk struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Reason string `json:"reason" minLength:"2" maxLength:"200" doc:"记入日志"`
	}
}

func (s *Site) apiRevealContact(ctx context.Context, v *visit, in *contactAsk) (*one[revealed], error) {
	phone, err := s.exchange.RevealContact(ctx, v.actor, in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &one[revealed]{revealed{"phone", phone}}, nil
}
