package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var oneTimeLink = regexp.MustCompile(`value="https://sunmao\.example(/join/[A-Za-z0-9_-]{43})"`)

// linkIn is the one-time link that a page shows.
func linkIn(t *testing.T, body string) string {
	t.Helper()
	m := oneTimeLink.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no one-time link in %s", body)
	}
	return m[1]
}

// A school's admin invites a colleague, who sets name and password and signs in; the
// link works once, whoever reads it before.
func TestInvitation(t *testing.T) {
	h := openHouse(t)
	admin := h.as(t, "district")
	res, body := admin.submit("/accounts/invite", "/accounts/invite", url.Values{"whom": {"district|"}, "name": {"李主任"}})
	if res.StatusCode != http.StatusOK {
		t.Fatalf("invite: status %d %s", res.StatusCode, body)
	}
	link := linkIn(t, body)
	if _, body := admin.get("/accounts"); !strings.Contains(body, "李主任") || strings.Contains(body, link) {
		t.Error("the list should name the invitation and not show its link again")
	}
	guest := h.browser(t)
	for range 2 { // as a messenger that shows a preview
		if res, body := guest.get(link); res.StatusCode != http.StatusOK || !strings.Contains(body, "区教委账号") || !strings.Contains(body, `value="李主任"`) {
			t.Fatalf("open the link: status %d %s", res.StatusCode, body)
		}
	}
	good := url.Values{"login": {"li"}, "name": {"李某"}, "password": {testPassword}, "again": {testPassword}}
	for name, change := range map[string]url.Values{"passwords differ": {"again": {"x"}}, "short": {"password": {"x"}, "again": {"x"}}, "no name": {"name": {" "}}, "login taken": {"login": {"school"}}} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		for k, v := range change {
			form[k] = v
		}
		res, body := guest.submit(link, link, form)
		if res.StatusCode != http.StatusUnprocessableEntity || strings.Contains(body, testPassword) {
			t.Errorf("%s: status %d, want 422 without the password typed", name, res.StatusCode)
		}
	}
	if res, _ := guest.submit(link, link, good); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/signin" {
		t.Fatalf("join: status %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res, _ := guest.get(link); res.StatusCode != http.StatusNotFound {
		t.Errorf("the link after its use: status %d, want 404", res.StatusCode)
	}
	li := h.as(t, "li")
	if res, _ := li.get("/accounts"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a colleague manages accounts: status %d, want 403", res.StatusCode)
	}
	if _, body := admin.get("/accounts"); !strings.Contains(body, "李某") || strings.Count(body, `data-th="最近登录">2026年11月20日 09:30`) != 2 {
		t.Error("the list does not show the new account with its last sign-in")
	}
}

func TestAccounts_ResetDisableWithdraw(t *testing.T) {
	h := openHouse(t)
	admin, mate := h.as(t, "school"), h.as(t, "mate")
	res, body := admin.submit("/accounts", "/accounts/act", url.Values{"login": {"mate"}, "verb": {"reset"}})
	if res.StatusCode != http.StatusOK {
		t.Fatalf("reset: status %d", res.StatusCode)
	}
	link := linkIn(t, body)
	if res, _ := mate.get("/about"); res.StatusCode != http.StatusOK {
		t.Errorf("before the link is used: status %d", res.StatusCode)
	}
	fresh := "换成另一句更长的话也可以"
	guest := h.browser(t)
	if res, _ := guest.submit(link, link, url.Values{"password": {fresh}, "again": {fresh}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("reset by link: status %d", res.StatusCode)
	}
	if res, _ := mate.get("/password"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("old session after the reset: status %d, want the sign-in", res.StatusCode)
	}
	if res, _ := guest.submit("/signin", "/signin", url.Values{"login": {"mate"}, "password": {fresh}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("new password: status %d", res.StatusCode)
	}
	if res, _ := admin.submit("/accounts", "/accounts/act", url.Values{"login": {"mate"}, "verb": {"disable"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("disable: status %d", res.StatusCode)
	}
	if res, _ := guest.get("/password"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("session of a disabled account: status %d, want the sign-in", res.StatusCode)
	}
	for _, tc := range []struct {
		who, login, verb string
		want             int
	}{{"school", "company", "disable", 404}, {"company", "mate", "enable", 404}, {"school", "school", "disable", 409}, {"school", "nobody", "disable", 404}, {"district", "operator", "reset", 404}, {"school", "mate", "fly", 409}} {
		if res, _ := h.as(t, tc.who).submit("/about", "/accounts/act", url.Values{"login": {tc.login}, "verb": {tc.verb}}); res.StatusCode != tc.want {
			t.Errorf("%s %ss %s: status %d, want %d", tc.who, tc.verb, tc.login, res.StatusCode, tc.want)
		}
	}
	_, body = admin.submit("/accounts/invite", "/accounts/invite", url.Values{"name": {"赵老师"}, "role": {"operator"}, "party": {"c1"}})
	if strings.Contains(body, "one-time-link") {
		t.Fatal("a link for a school that does not exist") // party s1 is no document of this house
	}
}
