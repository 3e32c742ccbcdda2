package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"sunmao/services/partnership"
)

// visit is one request on its way: who asks, with which session, under which number.
type visit struct {
	*gin.Context
	site       *Site
	actor      partnership.Actor // no role: nobody signed in
	token      string            // of the session
	freshVisit string            // visit number given out with this very answer
	id         string            // of the request, in the log and on error pages
	access     access
	err        error // what the handler returned
}

const visitKey = "visit"

func (v *visit) ctx() context.Context { return v.Request.Context() }

// api reports whether the answer is for a program.
func (v *visit) api() bool { return strings.HasPrefix(v.Request.URL.Path, apiRoot) }

func visitOf(c *gin.Context) *visit { return c.MustGet(visitKey).(*visit) }

// policy lets a page load only what this site serves, nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// enter begins the visit: number, headers on every answer, the guard against panics,
// and one line in the log when it is over. The line names route and status, never
// paths, queries or people.
func (s *Site) enter(c *gin.Context) {
	start := s.now()
	v := &visit{Context: c, site: s, id: rand.Text()[:16]}
	c.Set(visitKey, v)
	s.headers(c.Writer.Header(), v.id)
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { //nolint:errorlint // a sentinel that net/http compares the same way
				panic(p)
			}
			v.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			s.fail(v, v.err)
			c.Abort()
		}
		took := s.now().Sub(start)
		route := c.FullPath()
		if route == "" {
			route = "none"
		}
		status := c.Writer.Status()
		s.metrics.observe(route, c.Request.Method, status, took)
		role := string(v.actor.Role)
		if role == "" {
			role = "none"
		}
		level, attrs := slog.LevelInfo, []slog.Attr{
			slog.String("method", c.Request.Method), slog.String("route", route), slog.Int("status", status),
			slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int("bytes", max(0, c.Writer.Size())),
			slog.String("role", role), slog.String("request", v.id),
		}
		if v.err != nil && status >= 500 {
			level = slog.LevelError
			attrs = append(attrs, slog.String("error", v.err.Error()))
		}
		s.log.LogAttrs(context.WithoutCancel(c.Request.Context()), level, "request", attrs...)
	}()
	c.Next()
}

func (s *Site) headers(h http.Header, id string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-Id", id)
	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// guard lets a request through to its handler only if the table of routes says so:
// origin, size of the body, session, role, form token. A route without a row is shut.
func (s *Site) guard(c *gin.Context) {
	v := visitOf(c)
	if err := s.admit(v); err != nil {
		v.err = err
		s.fail(v, err)
		c.Abort()
		return
	}
	s.once(v)
}

func (s *Site) admit(v *visit) error {
	if err := s.crossOrigin.Check(v.Request); err != nil {
		return partnership.Refuse(partnership.ErrForbidden, "这个请求来自别的网站，已拒绝")
	}
	a, known := s.access[v.Request.Method+" "+v.FullPath()]
	if !known && v.FullPath() != "" {
		return fmt.Errorf("route %s %s has no role", v.Request.Method, v.FullPath())
	}
	v.access = a
	limit := a.limit
	if limit == 0 {
		limit = smallBody
	}
	v.Request.Body = http.MaxBytesReader(v.Writer, v.Request.Body, limit)
	if known && a.still {
		return nil
	}
	if err := s.recognise(v); err != nil {
		return err
	}
	if !known { // nothing there: the not-found page, with the menu of whoever asks
		return partnership.ErrNotFound
	}
	if !a.anyone {
		if v.actor.Role == "" {
			return partnership.ErrSignIn
		}
		if !slices.Contains(a.roles, v.actor.Role) {
			return partnership.Refuse(partnership.ErrForbidden, "“%s”账号不能使用这个页面。请从上方菜单进入您的工作", v.actor.Role.Words())
		}
		if !v.actor.Allows(a.scope) {
			return keyLacks(a.scope)
		}
	}
	if v.actor.Unready && !a.anyone && !a.bare {
		return errUnready
	}
	switch {
	case v.Request.Method != http.MethodPost:
	case !v.api():
		return s.checkForm(v)
	case v.ContentType() != "application/json": // which no foreign form can send
		return partnership.Invalid{"Content-Type": {"应为 application/json"}}
	}
	return nil
}

// recognise says who asks: on the API whoever the key in the Authorization header speaks
// for, else whoever is signed in with this browser. A key that does not work is refused
// even where a session would do, or a program would not notice that its key has ended.
func (s *Site) recognise(v *visit) error {
	if key, ok := strings.CutPrefix(v.GetHeader("Authorization"), "Bearer "); ok && v.api() {
		actor, err := s.accounts.KeyActor(v.ctx(), strings.TrimSpace(key))
		if err != nil {
			return err
		}
		v.become(actor)
		if wait := s.limiter.take(actor.Key, s.now()); wait > 0 {
			v.Header("Retry-After", plain(wait))
			return partnership.Refuse(partnership.ErrTooMany, "这个接口密钥的请求太密：每秒平均 %d 次，一次连续最多 %d 次。请 %d 秒后再发", keyRate, keyBurst, wait)
		}
		return nil
	}
	token := v.cookie(sessionCookie)
	if token == "" {
		return nil
	}
	actor, err := s.accounts.Actor(v.ctx(), token)
	switch {
	case err == nil:
		v.token = token
		v.become(actor)
	case !errors.Is(err, partnership.ErrSignIn):
		return err
	}
	return nil
}

// become makes the actor the one who asks, and whom the audit trail names.
func (v *visit) become(actor partnership.Actor) {
	v.actor = actor
	v.Request = v.Request.WithContext(actor.In(v.ctx()))
}

// keyLacks refuses a key that was not made for this.
func keyLacks(scope string) error {
	if scope == "" {
		return partnership.Refuse(partnership.ErrForbidden, "这件事要由本人登录后在页面上做，接口密钥不能代办")
	}
	return partnership.Refuse(partnership.ErrForbidden, "这个接口密钥没有“%s”权限。请账号管理员在“接口密钥”页建一个有此权限的密钥", scope)
}

func (s *Site) checkForm(v *visit) error {
	var err error
	if strings.HasPrefix(v.ContentType(), "multipart/") {
		err = v.Request.ParseMultipartForm(formMemory)
	} else {
		err = v.Request.ParseForm()
	}
	if err != nil {
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return err
		}
		return partnership.Invalid{"form": {"表单没有完整送达，请返回重新提交"}}
	}
	return v.checkToken(v.PostForm("token"))
}

type errorPage struct {
	page
	Fault  fault
	Fields []formError
	SignIn string
}

// fail answers with the error's status and safe sentence, as a page or as problem+json.
func (s *Site) fail(v *visit, err error) {
	if v.Writer.Written() {
		return // part of an answer is out; the log has the rest
	}
	f := explain(err)
	if v.api() {
		s.problem(v, f)
		return
	}
	if errors.Is(err, errUnready) && v.Request.Method == http.MethodGet {
		v.Redirect(http.StatusSeeOther, "/account/two-step")
		return
	}
	if f.Status == http.StatusUnauthorized && v.Request.Method == http.MethodGet {
		target := "/signin"
		if at := v.Request.URL.RequestURI(); at != "/" {
			target += "?next=" + queryEscape(localPath(at))
		}
		v.Redirect(http.StatusSeeOther, target)
		return
	}
	p := &errorPage{page: page{Title: f.Title, Narrow: true}, Fault: f}
	for _, name := range sortedKeys(f.Fields) {
		for _, sentence := range f.Fields[name] {
			p.Fields = append(p.Fields, formError{name, sentence})
		}
	}
	if f.Status == http.StatusUnauthorized {
		p.SignIn = "/signin"
	}
	if err := s.render(v, f.Status, "error", p); err != nil {
		s.log.Error("error page", "request", v.id, "error", err.Error())
		v.String(http.StatusInternalServerError, "平台出了差错，编号 %s", v.id)
	}
}

// handle turns a handler that returns an error into one of gin's.
func (s *Site) handle(h func(*visit) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		v := visitOf(c)
		if err := h(v); err != nil {
			v.err = err
			s.fail(v, err)
		}
	}
}
