package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sunmao/services/account"
	"sunmao/services/partnership"
)

// Cookies. With TLS they carry the __Host- prefix, which binds them to this host.
const (
	sessionCookie = "sm_session"
	visitCookie   = "sm_visit" // a random number for forms that come before the sign-in
	themeCookie   = "sm_theme"
	textCookie    = "sm_text" // large, or not there
	flashCookie   = "sm_flash"
	secondCookie  = "sm_second" // the half session between password and second step
	deviceCookie  = "sm_device" // a browser that has signed in before
)

func (s *Site) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// cookie reads a cookie, empty if it is not there.
func (v *visit) cookie(name string) string {
	c, err := v.Request.Cookie(v.site.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie writes a cookie for this host. An age of 0 lasts as long as the browser,
// a negative one removes it.
func (v *visit) setCookie(name, value string, age int) {
	http.SetCookie(v.Writer, &http.Cookie{ // #nosec G124 -- Secure follows Config.Secure: a demo on 127.0.0.1 has no TLS
		Name: v.site.cookieName(name), Value: value, Path: "/", MaxAge: age,
		Secure: v.site.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// formSecret is what this browser's form tokens are made from: its session, or before
// the sign-in its visit cookie. It is a digest, so a token on a page tells nothing of
// the session.
func (v *visit) formSecret() []byte {
	seed := v.cookie(sessionCookie)
	if seed == "" {
		seed = v.cookie(visitCookie)
	}
	if seed == "" {
		seed = v.freshVisit
	}
	if seed == "" {
		seed = rand.Text()
		v.freshVisit = seed
		v.setCookie(visitCookie, seed, 0)
	}
	sum := sha256.Sum256([]byte("form|" + seed))
	return sum[:]
}

// formToken is the secret under a fresh mask: pages are compressed, and a constant
// secret beside reflected text could be guessed from the length (BREACH).
func (v *visit) formToken() string {
	secret := v.formSecret()
	mask := make([]byte, len(secret))
	_, _ = rand.Read(mask) // never fails, see crypto/rand
	masked := make([]byte, 2*len(secret))
	copy(masked, mask)
	subtle.XORBytes(masked[len(mask):], secret, mask)
	return base64.RawURLEncoding.EncodeToString(masked)
}

// checkToken returns errStale unless the token was made for this browser.
func (v *visit) checkToken(token string) error {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	secret := v.formSecret()
	if err != nil || len(raw) != 2*len(secret) {
		return errStale
	}
	got := make([]byte, len(secret))
	subtle.XORBytes(got, raw[:len(secret)], raw[len(secret):])
	if subtle.ConstantTimeCompare(got, secret) != 1 {
		return errStale
	}
	return nil
}

// localPath keeps a wish to return to a page of this site, and nothing else.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(u.Path, "/signin") {
		return "/"
	}
	return next
}

// DemoAccount is one sign-in that the demo offers on its sign-in page.
type DemoAccount struct {
	Login, Password string
	Name            string // whose account it is, in words
	Role            partnership.Role
	Try             string // what to look at first, in words
}

type signinPage struct {
	page
	Next   string
	Login  string
	Reason string
	Demo   []DemoAccount
}

func (s *Site) signinForm(v *visit) error {
	if v.actor.Role != "" {
		v.Redirect(http.StatusSeeOther, localPath(v.Query("next")))
		return nil
	}
	return s.signinAgain(v, http.StatusOK, "", "")
}

func (s *Site) signinAgain(v *visit, status int, login, reason string) error {
	next := v.Query("next")
	if v.Request.Method == http.MethodPost {
		next = v.PostForm("next")
	}
	offered := slices.Clone(s.demo)
	for i := range offered {
		if offered[i].Try == "" {
			offered[i].Try = tryFirst(offered[i].Role)
		}
	}
	return s.render(v, status, "signin", &signinPage{page: page{Title: "登录"}, Next: localPath(next), Login: login, Reason: reason, Demo: offered})
}

// tryFirst is what the demo suggests to a role.
func tryFirst(r partnership.Role) string {
	switch r {
	case partnership.RoleDistrict:
		return "数据看板：每个百分比旁边都有分子和分母"
	case partnership.RoleSchool:
		return "打开一个班级批次，看候选岗位和理由"
	case partnership.RoleCompany:
		return "发布一个岗位，看平台怎样检查和推测专业"
	case partnership.RoleOperator:
		return "定时任务：手动运行一次指标计算"
	}
	return ""
}

func (s *Site) signin(v *visit) error {
	login := v.PostForm("login")
	entry, err := s.accounts.SignIn(v.ctx(), account.Attempt{Login: login, Password: v.PostForm("password"), Agent: v.Request.UserAgent(),
		Address: v.address(), Device: v.cookie(deviceCookie)})
	if errors.Is(err, partnership.ErrSignIn) {
		return s.signinAgain(v, http.StatusUnauthorized, login, explain(err).Detail)
	}
	if err != nil {
		return err
	}
	return s.welcome(v, entry)
}

func (s *Site) signout(v *visit) error {
	if err := s.accounts.SignOut(v.ctx(), v.token); err != nil {
		return err
	}
	if err := s.exchange.Note(v.ctx(), "sign-out", "accounts", v.actor.Account); err != nil {
		return err
	}
	v.setCookie(sessionCookie, "", -1)
	v.setCookie(visitCookie, "", -1)
	v.Header("Clear-Site-Data", `"cache", "storage"`)
	v.Redirect(http.StatusSeeOther, "/signin")
	return nil
}

type passwordPage struct {
	page
	Form form
}

const passwordHint = "12 到 128 个字符，可以是一句话，可以用汉字；不要用登录名或常见密码" // #nosec G101 -- a hint

func passwordFields(f *form) []section {
	return []section{{Fields: []field{
		f.field("old", "原密码", field{Kind: "password", Required: true, Auto: "current-password", Width: 12}),
		f.field("new", "新密码", field{Kind: "password", Required: true, Auto: "new-password", Width: 12, Hint: passwordHint}),
		f.field("again", "再输一次新密码", field{Kind: "password", Required: true, Auto: "new-password", Width: 12}),
	}}}
}

func (s *Site) passwordForm(v *visit) error {
	f := newForm(nil)
	f.Sections = passwordFields(f)
	return s.render(v, http.StatusOK, "password", &passwordPage{page: page{Title: "修改密码", Narrow: true, Crumbs: []link{{URL: "/account", Label: "我的账号"}, {Label: "修改密码"}}}, Form: *f})
}

func (s *Site) changePassword(v *visit) error {
	old, fresh := v.PostForm("old"), v.PostForm("new")
	err := partnership.Invalid{"again": {"两次输入的新密码不一样"}}.Err()
	if fresh == v.PostForm("again") {
		err = s.accounts.ChangePassword(v.ctx(), v.actor, old, fresh, v.token)
	}
	if err == nil {
		v.flash("密码已修改，其他地方的登录已退出")
		v.Redirect(http.StatusSeeOther, "/account")
		return nil
	}
	f := newForm(nil) // typed passwords are not sent back
	if !f.refused(err, map[string]string{"password": "new"}) {
		return err
	}
	f.Sections = passwordFields(f)
	return s.render(v, http.StatusUnprocessableEntity, "password", &passwordPage{page: page{Title: "修改密码", Narrow: true, Crumbs: []link{{URL: "/account", Label: "我的账号"}, {Label: "修改密码"}}}, Form: *f})
}

// theme keeps the person's choice of light, dark or as the system says, and of large text.
func (s *Site) theme(v *visit) error {
	const year = 365 * 24 * 3600
	switch text := v.PostForm("text"); text {
	case "large":
		v.setCookie(textCookie, text, year)
	case "normal":
		v.setCookie(textCookie, "", -1)
	}
	switch t := v.PostForm("theme"); t {
	case "light", "dark":
		v.setCookie(themeCookie, t, year)
	case "auto":
		v.setCookie(themeCookie, "", -1)
	}
	v.Redirect(http.StatusSeeOther, localPath(v.PostForm("next")))
	return nil
}

// flash keeps one sentence for the next page.
func (v *visit) flash(sentence string) {
	v.setCookie(flashCookie, base64.RawURLEncoding.EncodeToString([]byte(sentence)), 60)
}

func (v *visit) takeFlash() string {
	raw := v.cookie(flashCookie)
	if raw == "" {
		return ""
	}
	v.setCookie(flashCookie, "", -1)
	b, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil || len(b) > 600 {
		return ""
	}
	return string(b)
}
