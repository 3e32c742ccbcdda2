package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/demo"
)

// Every answer, good or bad, carries the protective headers.
func TestHeadersOnEveryAnswer(t *testing.T) {
	h := openDistrict(t)
	b := h.as(t, "operator")
	paths := []string{"/no/such/page", "/assets/none.js", "/healthz", "/signin", "/posts/there-is-none", "/api/v1/none", "/%2e%2e/etc/passwd", "//evil", h.site.assets.path("icon.svg")}
	for key := range h.site.access {
		if at, ok := strings.CutPrefix(key, "GET "); ok {
			paths = append(paths, fill(at, "x"))
		}
	}
	for _, at := range paths {
		res, _ := b.get(at)
		for name, want := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", at, name, got)
			}
		}
		if res.Header.Get("Permissions-Policy") == "" || res.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no Permissions-Policy or X-Request-Id", at)
		}
		if cache := res.Header.Get("Cache-Control"); !strings.HasPrefix(at, "/assets/") && cache != "no-store" {
			t.Errorf("%s: Cache-Control %q, want no-store", at, cache)
		}
		if res.Header.Get("Server") != "" || res.Header.Get("X-Powered-By") != "" {
			t.Errorf("%s: tells what serves it", at)
		}
		if kind := res.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "utf-8") {
			t.Errorf("%s: %q names no charset", at, kind)
		}
		for _, c := range res.Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: cookie %s is not HttpOnly and Lax", at, c.Name)
			}
		}
	}
}

func TestMethodsThatNobodyServes(t *testing.T) {
	h := openHouse(t)
	for _, method := range []string{http.MethodTrace, http.MethodDelete, http.MethodPut, "PROPFIND", http.MethodOptions} {
		r, err := http.NewRequest(method, h.url+"/posts", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, _ := h.browser(t).do(r); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", method, res.StatusCode)
		}
	}
}

func TestReadiness(t *testing.T) {
	h := openHouse(t)
	b := h.browser(t)
	for _, at := range []string{"/healthz", "/readyz"} {
		if res, _ := b.get(at); res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", at, res.StatusCode)
		}
	}
	h.site.Stopping()
	if res, _ := b.get("/readyz"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz while stopping: status %d, want 503", res.StatusCode)
	}
	if res, _ := b.get("/healthz"); res.StatusCode != http.StatusOK {
		t.Errorf("/healthz while stopping: status %d, want 200", res.StatusCode)
	}
}

// The log tells routes and statuses, never people, paths with ids or what was searched.
func TestLogNamesNobody(t *testing.T) {
	h := openDistrict(t)
	canary := "张三丰13800001111"
	b := h.as(t, "school")
	b.get("/posts?q=" + url.QueryEscape(canary))
	b.get("/posts/" + url.PathEscape(canary))
	b.get("/" + url.PathEscape(canary))
	h.browser(t).submit("/signin", "/signin", url.Values{"login": {canary}, "password": {canary}})
	b.submit("/about", "/cohorts", url.Values{"name": {canary}, "needs": {canary}, "size": {canary}})
	log := h.log.String()
	for _, secret := range []string{canary, url.QueryEscape(canary), url.PathEscape(canary), "某某某", testPassword, "127.0.0.1"} {
		if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("the log holds %q: %s", secret, log[max(0, i-200):min(len(log), i+100)])
		}
	}
	for _, want := range []string{`"route":"/posts"`, `"route":"/posts/:id"`, `"route":"none"`, `"role":"school"`, `"status":404`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s", want)
		}
	}
}

// Text that tries to become markup stays text on every page that shows it.
func TestMarkupStaysText(t *testing.T) {
	h := openDistrict(t)
	company, officer, school := h.as(t, "company"), h.as(t, "district"), h.as(t, "school")
	payloads := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg/onload=alert(1)>`, `{{.Token}}`, `</textarea><script>1</script>`, `javascript:alert(1)`,
		`<a href="javascript:alert(1)">x</a>`, `<iframe srcdoc="<script>1</script>">`, `<!--<script>`, `${alert(1)}`, "</title><script>1</script>", `<math><mtext><style><img src=x onerror=1>`}
	raw := regexp.MustCompile(`(?i)<script>|<img src=x|<svg/onload|<iframe|onerror=alert\(1\)>|href="javascript:|<math>`)
	check := func(b *browser, at string) {
		t.Helper()
		if _, body := b.get(at); raw.MatchString(body) {
			i := raw.FindStringIndex(body)
			t.Errorf("%s: %s", at, body[max(0, i[0]-60):min(len(body), i[1]+60)])
		}
	}
	for i, p := range payloads {
		form := url.Values{"title": {cutWords(p, 50)}, "duties": {p}, "skills": {p}, "address": {p}, "fees": {p}, "pay_form": {p}, "pay_to": {p}, "hazards": {p}, "kind": {"internship"},
			"slots": {"2"}, "from": {"2027-03-01"}, "to": {"2027-08-31"}, "region": {demo.Region}}
		res, body := company.submit("/posts/new", "/posts", form)
		if raw.MatchString(body) {
			t.Errorf("form: %q came back as markup", p)
		}
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("payload %d: status %d", i, res.StatusCode)
		}
		at := res.Header.Get("Location")
		for _, where := range []string{at, at + "/edit", "/", "/companies/" + demo.Company, "/posts?state=draft"} {
			check(company, where)
		}
		check(officer, at)
		for _, where := range []string{"/posts?q=", "/search?q=", "/cohorts?q=", "/companies?q=", "/bases?q=", "/rates?by=", "/signin?next=", "/posts?state=", "/posts?sort="} {
			check(school, where+url.QueryEscape(p))
		}
		res, _ = company.get(apiRoot + at)
		if kind := res.Header.Get("Content-Type"); kind != "application/json" {
			t.Errorf("API: content type %q", kind)
		}
	}
}

// Over TLS the session cookie is bound to the host and to HTTPS, and browsers are told to
// come back by HTTPS only; a session that somebody brings along is never taken over.
func TestCookiesOverTLS(t *testing.T) {
	h := openHouse(t)
	h.site.secure = true
	res, _ := h.browser(t).get("/signin")
	if got := res.Header.Get("Strict-Transport-Security"); !strings.Contains(got, "max-age=") {
		t.Errorf("Strict-Transport-Security is %q", got)
	}
	cookies := res.Cookies()
	if len(cookies) == 0 {
		t.Fatal("no cookie for the form's token")
	}
	for _, c := range cookies {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %+v", c)
		}
	}
	h.site.secure = false
	b := h.browser(t)
	root, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	b.client.Jar.SetCookies(root, []*http.Cookie{{Name: sessionCookie, Value: "brought-along-by-somebody", Path: "/"}})
	b.get("/signin")
	before := map[string]string{}
	for _, c := range b.client.Jar.Cookies(root) {
		before[c.Name] = c.Value
	}
	res, _ = b.submit("/signin", "/signin", url.Values{"login": {"school"}, "password": {testPassword}})
	fresh := false
	for _, c := range res.Cookies() {
		if old, there := before[c.Name]; there && old == c.Value {
			t.Errorf("the cookie %s of before the sign-in goes on", c.Name)
		}
		fresh = fresh || c.Name == sessionCookie && len(c.Value) > 20
	}
	if !fresh {
		t.Error("signing in gives no new session")
	}
}
