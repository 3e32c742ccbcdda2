package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestSignInAndOut(t *testing.T) {
	h := openHouse(t)
	b := h.browser(t)
	res, _ := b.get("/password?x=1")
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/signin?next=%2Fpassword%3Fx%3D1" {
		t.Fatalf("a page without a sign-in: status %d to %q, want the sign-in with the way back", res.StatusCode, got)
	}
	res, body := b.submit("/signin", "/signin", url.Values{"login": {"school"}, "password": {"wrong wrong wrong"}, "next": {"/password"}})
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "账号或密码不对") || !strings.Contains(body, `value="school"`) {
		t.Fatalf("wrong password: status %d, body %s", res.StatusCode, body)
	}
	if strings.Contains(body, "wrong wrong") {
		t.Error("the typed password came back in the page")
	}
	res, _ = b.submit("/signin", "/signin", url.Values{"login": {" School "}, "password": {testPassword}, "next": {"/password"}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/password" {
		t.Fatalf("right password: status %d to %q, want 303 to /password", res.StatusCode, res.Header.Get("Location"))
	}
	if res, body = b.get("/password"); res.StatusCode != http.StatusOK || !strings.Contains(body, `某某某学校<span class="role">（学校）</span>`) {
		t.Fatalf("signed in: status %d, body %s", res.StatusCode, body)
	}
	if res, _ = b.submit("/password", "/signout", url.Values{}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign out: status %d", res.StatusCode)
	}
	if res, _ = b.get("/password"); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("after sign-out: status %d, want the sign-in", res.StatusCode)
	}
}

func TestNextStaysHere(t *testing.T) {
	for next, want := range map[string]string{
		"/posts?q=a": "/posts?q=a", "": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/",
		"/signin": "/", "posts": "/", "javascript:alert(1)": "/", "/a\nb": "/",
	} {
		if got := localPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestChangePassword(t *testing.T) {
	h := openHouse(t)
	b, other := h.as(t, "company"), h.as(t, "company")
	fresh := "换成另一句更长的话也可以"
	for _, tc := range []struct{ name, old, fresh, again, want string }{
		{"two spellings", testPassword, fresh, fresh + "。", "不一样"},
		{"wrong old one", "不是原来那一个密码", fresh, fresh, "原密码不对"},
		{"too short", testPassword, "短", "短", "12 到 128"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			res, body := b.submit("/password", "/password", url.Values{"old": {tc.old}, "new": {tc.fresh}, "again": {tc.again}})
			if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, tc.want) {
				t.Errorf("status %d, want 422 with %q", res.StatusCode, tc.want)
			}
		})
	}
	if res, _ := b.submit("/password", "/password", url.Values{"old": {testPassword}, "new": {fresh}, "again": {fresh}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("good change: status %d", res.StatusCode)
	}
	if res, _ := b.get("/password"); res.StatusCode != http.StatusOK {
		t.Errorf("own session after the change: status %d, want 200", res.StatusCode)
	}
	if res, _ := other.get("/password"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("other session after the change: status %d, want the sign-in", res.StatusCode)
	}
}

func TestFormsNeedTheirToken(t *testing.T) {
	h := openHouse(t)
	b, thief := h.as(t, "school"), h.as(t, "company")
	good := b.token("/password")
	for _, tc := range []struct {
		name, token string
		header      map[string]string
		want        int
	}{
		{"no token", "", nil, http.StatusForbidden},
		{"nonsense", "AAAA", nil, http.StatusForbidden},
		{"another person's token", thief.token("/password"), nil, http.StatusForbidden},
		{"another site says Sec-Fetch-Site", good, map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		{"another site says Origin", good, map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		{"own token", good, map[string]string{"Sec-Fetch-Site": "same-origin"}, http.StatusSeeOther},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodPost, b.root+"/theme", strings.NewReader(url.Values{"token": {tc.token}, "theme": {"dark"}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range tc.header {
				r.Header.Set(k, v)
			}
			if res, _ := b.do(r); res.StatusCode != tc.want {
				t.Errorf("status %d, want %d", res.StatusCode, tc.want)
			}
		})
	}
	if a, again := b.token("/password"), b.token("/password"); a == again {
		t.Error("two pages carry the same token: it must be masked anew each time")
	}
}
