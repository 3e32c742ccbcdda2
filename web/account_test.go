package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"sunmao/services/account"
	"sunmao/services/partnership"
)

func TestOwnAccount_EndsSessions(t *testing.T) {
	h := openHouse(t)
	here, there, third := h.as(t, "school"), h.as(t, "school"), h.as(t, "school")
	_, body := here.get("/account")
	if strings.Count(body, "就是这里") != 1 || strings.Count(body, "其他浏览器或程序") != 5 { // two of the three rows name it twice, for the button
		t.Errorf("the page does not list three sessions, this one marked: %s", body)
	}
	id := regexp.MustCompile(`name="id" value="([0-9a-f]{64})"`).FindStringSubmatch(body)
	if id == nil {
		t.Fatal("no session to end")
	}
	if res, _ := h.as(t, "company").submit("/account", "/account/sessions", url.Values{"id": {id[1]}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("another person ends it: status %d, want 404", res.StatusCode)
	}
	if res, _ := here.submit("/account", "/account/sessions", url.Values{"id": {id[1]}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("end one: status %d", res.StatusCode)
	}
	alive := 0
	for _, b := range []*browser{here, there, third} {
		if res, _ := b.get("/account"); res.StatusCode == http.StatusOK {
			alive++
		}
	}
	if alive != 2 {
		t.Errorf("%d sessions alive after one was ended", alive)
	}
	here.submit("/account", "/account/sessions", url.Values{"id": {""}})
	for _, b := range []*browser{there, third} {
		if res, _ := b.get("/account"); res.StatusCode != http.StatusSeeOther {
			t.Error("another session is alive after all others were ended")
		}
	}
	if res, _ := here.get("/account"); res.StatusCode != http.StatusOK {
		t.Error("the own session ended too")
	}
}

// twoSteps sets up the second step as its page tells and returns the recovery codes.
func twoSteps(t *testing.T, b *browser) []string {
	t.Helper()
	_, body := b.get("/account/two-step")
	m := regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`).FindStringSubmatch(body)
	if m == nil || !strings.Contains(body, "otpauth://totp/") {
		t.Fatalf("no secret on the page: %s", body)
	}
	code, err := account.CodeOf(strings.ReplaceAll(m[1], " ", ""), testNow())
	if err != nil {
		t.Fatal(err)
	}
	res, body := b.submit("/account/two-step", "/account/two-step", url.Values{"code": {"000000"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "验证码不对") {
		t.Errorf("wrong code: status %d", res.StatusCode)
	}
	res, body = b.submit("/account/two-step", "/account/two-step", url.Values{"code": {code}})
	codes := regexp.MustCompile(`<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</code>`).FindAllStringSubmatch(body, -1)
	if res.StatusCode != http.StatusOK || len(codes) != 10 {
		t.Fatalf("right code: status %d with %d recovery codes", res.StatusCode, len(codes))
	}
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = c[1]
	}
	return out
}

func TestTwoSteps(t *testing.T) {
	h := openHouse(t)
	codes := twoSteps(t, h.as(t, "school"))
	b := h.browser(t)
	res, _ := b.submit("/signin", "/signin", url.Values{"login": {"school"}, "password": {testPassword}, "next": {"/account"}})
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/signin/second?next=%2Faccount" {
		t.Fatalf("password: status %d to %q, want the second step", res.StatusCode, got)
	}
	if res, _ := b.get("/account"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/signin") {
		t.Error("half a session opens pages")
	}
	if res, body := b.submit("/signin/second", "/signin/second", url.Values{"code": {"000000"}, "next": {"/account"}}); res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "验证码不对") {
		t.Errorf("wrong code: status %d", res.StatusCode)
	}
	res, _ = b.submit("/signin/second", "/signin/second", url.Values{"code": {codes[0]}, "next": {"/account"}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/account" {
		t.Fatalf("recovery code: status %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if _, body := b.get("/account"); !strings.Contains(body, "还有 9 个恢复码") {
		t.Error("the account page does not tell what is left")
	}
	if res, body := h.browser(t).submit("/signin/second", "/signin/second", url.Values{"code": {codes[1]}}); res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "重新输入密码") {
		t.Errorf("a code without a password: status %d", res.StatusCode)
	}
	if res, _ := b.submit("/account/two-step", "/account/two-step", url.Values{"verb": {"drop"}, "password": {testPassword}, "code": {codes[1]}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("drop: status %d", res.StatusCode)
	}
	h.as(t, "school") // with the password alone again
}

// A role that must sign in in two steps is led to set that up, and finds every other
// page shut until then.
func TestTwoSteps_Demanded(t *testing.T) {
	h := openHouse(t, func(c *account.Config) { c.Demand = []partnership.Role{partnership.RoleDistrict} })
	b := h.as(t, "district")
	for at, want := range map[string]int{"/": 303, "/dashboard": 303, "/accounts": 303, "/api/v1/posts": 403, "/about": 200, "/password": 200, "/account/two-step": 200} {
		res, _ := b.get(at)
		if res.StatusCode != want || want == 303 && res.Header.Get("Location") != "/account/two-step" {
			t.Errorf("%s: status %d to %q, want %d", at, res.StatusCode, res.Header.Get("Location"), want)
		}
	}
	if res, _ := b.submit("/password", "/accounts/invite", url.Values{"whom": {"district|"}, "name": {"x"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a form before the set-up: status %d, want 403", res.StatusCode)
	}
	twoSteps(t, b)
	if res, _ := b.get("/accounts"); res.StatusCode != http.StatusOK {
		t.Errorf("after the set-up: status %d", res.StatusCode)
	}
	if res, _ := h.as(t, "school").get("/account"); res.StatusCode != http.StatusOK {
		t.Errorf("a role that need not: status %d", res.StatusCode)
	}
}

// Strangers lock out strangers; the browser that has signed in before goes on.
func TestSignIn_KnownBrowser(t *testing.T) {
	h := openHouse(t)
	known := h.as(t, "company")
	known.submit("/about", "/signout", url.Values{})
	stranger := h.browser(t)
	for range 6 {
		stranger.submit("/signin", "/signin", url.Values{"login": {"company"}, "password": {"wrong wrong wrong"}})
	}
	if _, body := stranger.submit("/signin", "/signin", url.Values{"login": {"company"}, "password": {testPassword}}); !strings.Contains(body, "次数太多") {
		t.Error("a stranger may guess without end")
	}
	if res, _ := known.submit("/signin", "/signin", url.Values{"login": {"company"}, "password": {testPassword}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the known browser: status %d", res.StatusCode)
	}
}

func TestAddress(t *testing.T) {
	for _, tc := range []struct {
		name, peer string
		forwarded  []string
		proxied    bool
		want       string
	}{
		{"peer", "192.0.2.1:5000", nil, false, "192.0.2.1"},
		{"a header that nobody asked for", "192.0.2.1:5000", []string{"198.51.100.9"}, false, "192.0.2.1"},
		{"behind the proxy", "10.0.0.2:5000", []string{"198.51.100.9"}, true, "198.51.100.9"},
		{"a client that made up the first", "10.0.0.2:5000", []string{"203.0.113.7, 198.51.100.9"}, true, "198.51.100.9"},
		{"two headers", "10.0.0.2:5000", []string{"203.0.113.7", "198.51.100.9"}, true, "198.51.100.9"},
		{"the proxy wrote none", "10.0.0.2:5000", nil, true, "10.0.0.2"},
		{"nonsense", "10.0.0.2:5000", []string{"<script>"}, true, ""},
		{"six", "[2001:db8:1:2:3:4:5:6]:5000", nil, false, "2001:db8:1:2::"},
		{"four in six", "[::ffff:192.0.2.1]:5000", nil, false, "192.0.2.1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tc.peer
			r.Header["X-Forwarded-For"] = tc.forwarded
			v := &visit{Context: &gin.Context{Request: r}, site: &Site{proxied: tc.proxied}}
			if got := v.address(); got != tc.want {
				t.Errorf("address = %q, want %q", got, tc.want)
			}
		})
	}
}
