package web

import (
	"net/http"
	"strings"

	"sunmao/services/partnership"
)

type webhooksPage struct {
	page
	Rows []webhookRow
}

type webhookRow struct{ ID, Name, Host, Kinds, Told, Made string }

// eventWords names the kinds of a webhook.
func eventWords(kinds []string) string {
	var out []string
	for _, k := range partnership.EventKinds() {
		for _, kind := range kinds {
			if kind == k[0] {
				out = append(out, k[1])
			}
		}
	}
	return strings.Join(out, "、")
}

// webhookList shows which systems of the actor's party are told of changes.
func (s *Site) webhookList(v *visit) error {
	found, err := s.exchange.Webhooks(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &webhooksPage{page: page{Title: "接口推送", Crumbs: []link{{URL: "/keys", Label: "接口密钥"}, {Label: "接口推送"}}}}
	for i := range found {
		w := &found[i]
		p.Rows = append(p.Rows, webhookRow{w.ID, w.Name, w.Host, eventWords(w.Kinds), moment(w.Told), w.By + " 于 " + moment(w.Created) + " 设置"})
	}
	return s.render(v, http.StatusOK, "webhooks", p)
}

// webhookForm asks whom to tell of what.
func (s *Site) webhookForm(v *visit) error { return s.showWebhookForm(v, http.StatusOK, newForm(nil)) }

func (s *Site) showWebhookForm(v *visit, status int, f *form) error {
	if _, err := s.exchange.Webhooks(v.ctx(), v.actor); err != nil { // not for everybody
		return err
	}
	p := &formPage{page: page{Title: "新建接口推送", Narrow: true, Crumbs: []link{{URL: "/webhooks", Label: "接口推送"}, {Label: "新建"}}},
		Intro:  "有变化时，平台在两分钟内把变化的记录编号发到这个网址，不含个人信息。对方收到后，用接口密钥来读内容。",
		Submit: "开始推送", Cancel: "/webhooks"}
	kinds := []option{}
	for _, k := range partnership.EventKinds() {
		kinds = append(kinds, option{Value: k[0], Label: k[1]})
	}
	f.Action = "/webhooks"
	f.done([]section{{Fields: []field{
		f.field("name", "推送给哪个系统", field{Width: 12, Required: true, Auto: "off"}),
		f.field("url", "网址", field{Width: 12, Required: true, Auto: "off", Hint: "以 https:// 开头，由对方系统提供"}),
		f.field("kinds", "哪些变化", field{Kind: "checks", Width: 12, Required: true, Options: kinds}),
	}}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) makeWebhook(v *visit) error {
	f := newForm(v.Request.PostForm)
	secret, w, err := s.exchange.MakeWebhook(v.ctx(), v.actor, f.text("name"), f.text("url"), v.PostFormArray("kinds"))
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showWebhookForm(v, explain(err).Status, f)
	}
	return s.render(v, http.StatusOK, "link", &linkPage{page: page{Title: "接口推送", Narrow: true, Crumbs: []link{{URL: "/webhooks", Label: "接口推送"}, {Label: "签名密钥"}}},
		Head: "推送已设置，签名密钥只显示这一次", Lead: "对方系统用它核对消息确实来自平台，请现在复制给对方。", Label: "“" + w.Name + "”的签名密钥", Link: secret,
		Notes: []string{"推送到 " + w.Host + "：" + eventWords(w.Kinds) + "。从现在起的变化才会推送。", "核对签名的办法见 docs/api.md；在列表里可以发一条测试消息。"},
		Done:  "/webhooks", DoneWords: "我已保存，完成"})
}

// actWebhook tries a webhook, or ends it.
func (s *Site) actWebhook(v *visit) error {
	if _, err := s.exchange.Webhooks(v.ctx(), v.actor); err != nil { // not for everybody
		return err
	}
	id, verb := v.PostForm("id"), v.PostForm("verb")
	var w partnership.Webhook
	var err error
	switch verb {
	case "test":
		w, err = s.exchange.TestWebhook(v.ctx(), v.actor, id)
	case "drop":
		w, err = s.exchange.DropWebhook(v.ctx(), v.actor, id)
	default:
		err = partnership.Invalid{"verb": {"可选：发测试消息（test）、删除（drop）"}}
	}
	if err != nil {
		return err
	}
	v.flash("“" + w.Name + "”" + yesNo(verb == "test", "：测试消息一分钟内发出；没有送达时平台运维会看到", "的推送已删除"))
	v.Redirect(http.StatusSeeOther, "/webhooks")
	return nil
}
