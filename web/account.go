package web

import (
	"errors"
	"html/template"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"sunmao/services/account"
	"sunmao/services/partnership"
)

// The person's own account: where it is signed in, password, second step.

type accountPage struct {
	page
	Facts    []fact
	Sessions []sessionRow
	Others   bool
	Since    string // second step, empty without one
	Left     int    // recovery codes
	Keys     bool   // manages the API keys of its party
}

type sessionRow struct {
	ID, Browser, Began, Seen string
	Mine                     bool
}

func (s *Site) ownAccount(v *visit) error {
	open, err := s.accounts.Sessions(v.ctx(), v.actor, v.token)
	if err != nil {
		return err
	}
	since, left, err := s.accounts.SecondStep(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	party, err := s.exchange.Party(v.ctx(), v.actor, v.actor.Role, v.actor.Party)
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return err
	}
	p := &accountPage{page: page{Title: "我的账号", Crumbs: []link{{Label: "我的账号"}}}, Left: left, Others: len(open) > 1, Keys: v.actor.Admin && slices.Contains(keyHolders, v.actor.Role),
		Facts: []fact{{"登录名", v.actor.Account}, {"姓名", v.actor.Name}, {"单位", orDash(party.Name)}, {"账号管理员", yesNo(v.actor.Admin, "是，可以邀请和停用同事", "不是")}}}
	if since != 0 {
		p.Since = moment(since)
	}
	for _, o := range open {
		p.Sessions = append(p.Sessions, sessionRow{o.ID, browserWords(o.Agent), moment(o.Began), moment(o.Seen), o.Mine})
	}
	return s.render(v, http.StatusOK, "account", p)
}

// endSession ends one of the person's sessions, or with no id all but this one.
func (s *Site) endSession(v *visit) error {
	id := v.PostForm("id")
	if err := s.accounts.EndSession(v.ctx(), v.actor, v.token, id); err != nil {
		return err
	}
	v.flash(map[bool]string{true: "其他地方的登录已全部退出", false: "那里的登录已退出"}[id == ""])
	v.Redirect(http.StatusSeeOther, "/account")
	return nil
}

// browserWords says which browser on which system calls itself so: enough for a
// person to know it again.
func browserWords(agent string) string {
	name := func(none string, marks ...[2]string) string {
		for _, m := range marks {
			if strings.Contains(agent, m[0]) {
				return m[1]
			}
		}
		return none
	}
	browser := name("其他浏览器或程序", [2]string{"MicroMessenger", "微信"}, [2]string{"wxwork", "企业微信"}, [2]string{"DingTalk", "钉钉"}, [2]string{"Edg", "Edge 浏览器"}, [2]string{"360", "360 浏览器"},
		[2]string{"QQBrowser", "QQ 浏览器"}, [2]string{"Firefox", "火狐浏览器"}, [2]string{"Chrome", "Chrome 浏览器"}, [2]string{"Safari", "Safari 浏览器"})
	system := name("", [2]string{"Android", "安卓"}, [2]string{"iPhone", "苹果手机"}, [2]string{"iPad", "苹果平板"}, [2]string{"HarmonyOS", "鸿蒙"}, [2]string{"Windows", "Windows 电脑"},
		[2]string{"Mac OS", "苹果电脑"}, [2]string{"Linux", "Linux 电脑"})
	return joinWords("，", system, browser)
}

type twoStepPage struct {
	page
	Form    form
	Secret  string // in groups of four, to be typed
	AppLink template.URL
	Since   string
	Left    int
	Must    bool     // the role may not do without
	Codes   []string // recovery codes, shown once
}

// issuer is what the authenticator app calls this site.
func (s *Site) issuer() string { return "榫卯" + s.district }

func (s *Site) twoStep(v *visit) error { return s.showTwoStep(v, http.StatusOK, newForm(nil)) }

func (s *Site) showTwoStep(v *visit, status int, f *form) error {
	since, left, err := s.accounts.SecondStep(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	p := &twoStepPage{page: page{Title: "两步登录", Narrow: true, Crumbs: []link{{URL: "/account", Label: "我的账号"}, {Label: "两步登录"}}}, Left: left, Must: v.actor.Unready}
	fields := []field{f.field("code", "6 位验证码", field{Required: true, Width: 6, Auto: "one-time-code", Hint: "验证器里现在显示的数字"})}
	if since != 0 {
		p.Since = moment(since)
		fields = []field{f.field("password", "密码", field{Kind: "password", Required: true, Width: 6, Auto: "current-password"}),
			f.field("code", "6 位验证码或恢复码", field{Required: true, Width: 6, Auto: "one-time-code"})}
	} else {
		offer, err := s.accounts.OfferSecond(v.ctx(), v.actor, s.issuer())
		if err != nil {
			return err
		}
		p.Secret, p.AppLink = groups(offer.Secret), template.URL(offer.Link) // #nosec G203 -- made by account from its own secret and the login, escaped
	}
	f.done([]section{{Fields: fields}})
	p.Form = *f
	return s.render(v, status, "twostep", p)
}

// groups writes a secret in fours, as people copy it.
func groups(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// changeTwoStep begins the second step with a code of the app, or ends it.
func (s *Site) changeTwoStep(v *visit) error {
	f := newForm(nil) // neither codes nor passwords are sent back
	if v.PostForm("verb") == "drop" {
		if err := s.accounts.DropSecond(v.ctx(), v.actor, v.PostForm("password"), v.PostForm("code")); err != nil {
			return s.twoStepRefused(v, f, err)
		}
		v.flash("两步登录已关闭，以后只用密码登录")
		v.Redirect(http.StatusSeeOther, "/account")
		return nil
	}
	codes, err := s.accounts.ConfirmSecond(v.ctx(), v.actor, v.PostForm("code"), v.token)
	if err != nil {
		return s.twoStepRefused(v, f, err)
	}
	v.actor.Unready = false
	p := &twoStepPage{page: page{Title: "两步登录已开启", Narrow: true, Crumbs: []link{{URL: "/account", Label: "我的账号"}, {Label: "恢复码"}}}, Codes: codes}
	return s.render(v, http.StatusOK, "twostep", p)
}

func (s *Site) twoStepRefused(v *visit, f *form, err error) error {
	if !f.refused(err, nil) {
		return err
	}
	return s.showTwoStep(v, explain(err).Status, f)
}

type secondPage struct {
	page
	Next, Reason string
}

// secondForm asks for the second step of a sign-in.
func (s *Site) secondForm(v *visit) error { return s.showSecond(v, http.StatusOK, "") }

func (s *Site) showSecond(v *visit, status int, reason string) error {
	next := v.Query("next")
	if v.Request.Method == http.MethodPost {
		next = v.PostForm("next")
	}
	return s.render(v, status, "second", &secondPage{page: page{Title: "两步登录"}, Next: localPath(next), Reason: reason})
}

func (s *Site) second(v *visit) error {
	entry, err := s.accounts.Second(v.ctx(), v.cookie(secondCookie), v.PostForm("code"), v.cookie(deviceCookie))
	if errors.Is(err, partnership.ErrSignIn) {
		f := explain(err)
		if err == partnership.ErrSignIn { //nolint:errorlint // bare: there is no half session, begin again
			f.Detail = "输入密码后超过 5 分钟，或已经用过。请回到登录页重新输入密码"
		}
		return s.showSecond(v, http.StatusUnauthorized, f.Detail)
	}
	if err != nil {
		return err
	}
	return s.welcome(v, entry)
}

// welcome gives the browser its session and leads on.
func (s *Site) welcome(v *visit, entry account.Entry) error {
	next := localPath(v.PostForm("next"))
	if entry.Half {
		v.setCookie(secondCookie, entry.Token, 5*60)
		v.Redirect(http.StatusSeeOther, "/signin/second?next="+queryEscape(next))
		return nil
	}
	v.setCookie(sessionCookie, entry.Token, 0)
	v.setCookie(deviceCookie, entry.Device, 365*24*3600)
	v.setCookie(visitCookie, "", -1)
	if v.cookie(secondCookie) != "" {
		v.setCookie(secondCookie, "", -1)
	}
	v.Redirect(http.StatusSeeOther, next)
	return nil
}

// address is the network that a request comes from, for counting tries: behind our
// proxy the last address it wrote, else the peer's. Of IPv6 the first 64 bits, which one
// subscriber has. Never logged or stored in plain.
func (v *visit) address() string {
	text := v.Request.RemoteAddr
	if v.site.proxied {
		if all := v.Request.Header.Values("X-Forwarded-For"); len(all) > 0 {
			last := all[len(all)-1]
			text = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		at, err := netip.ParseAddrPort(text)
		if err != nil {
			return ""
		}
		ip = at.Addr()
	}
	if ip = ip.Unmap(); ip.Is6() {
		net, err := ip.Prefix(64)
		if err != nil {
			return ""
		}
		return net.Addr().WithZone("").String()
	}
	return ip.String()
}
