package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/demo"
)

// What people do is in the trail with who, what and which: sign-ins good and bad, states,
// exports, accounts; the filters find it; the chain holds.
func TestTrail(t *testing.T) {
	h := openDistrict(t)
	company, officer, operator := h.as(t, "company"), h.as(t, "district"), h.as(t, "operator")
	h.browser(t).submit("/signin", "/signin", url.Values{"login": {"school"}, "password": {"wrong wrong wrong"}})
	h.browser(t).submit("/signin", "/signin", url.Values{"login": {"我的密码打在这里了"}, "password": {"x"}})
	post := url.Values{"kind": {"internship"}, "title": {"张三的岗位"}, "duties": {"操作数控车床"}, "slots": {"2"}, "from": {"2027-03-01"}, "to": {"2027-08-31"}, "region": {demo.Region}}
	res, _ := company.submit("/posts/new", "/posts", post)
	at := res.Header.Get("Location")
	id := strings.TrimPrefix(at, "/posts/")
	company.submit(at, at+"/act", url.Values{"verb": {"submit"}})
	officer.submit(at, at+"/act", url.Values{"verb": {"return"}, "why": {"请写明班次"}})
	officer.get("/rates?format=csv")
	officer.submit("/accounts", "/accounts/act", url.Values{"login": {"mate"}, "verb": {"promote"}})
	officer.submit("/accounts", "/accounts/act", url.Values{"login": {"mate"}, "verb": {"dismiss"}})
	for _, tc := range []struct{ name, filter, want string }{
		{"new post", "what=posts&act=create&object=" + id, `>company <.*企业.*>新建<.*岗位`},
		{"submitted", "what=posts&act=change&account=company&object=" + id, `草稿 → 待审核`},
		{"returned", "what=posts&account=district&object=" + id, `待审核 → 已退回`},
		{"sign-in", "act=sign-in&account=company", `>登录<`},
		{"wrong password", "act=sign-in-failed&account=school", `>登录失败<`},
		{"export", "act=export&account=district", `>导出<.*就业指标`},
		{"role", "act=promote&object=mate", `>设为管理员<.*账号`},
	} {
		_, body := officer.get("/trail?" + tc.filter)
		if !regexp.MustCompile(`(?s)` + tc.want).MatchString(body) {
			t.Errorf("%s: /trail?%s does not show %s", tc.name, tc.filter, tc.want)
		}
	}
	_, all := operator.get("/trail?format=csv&from=2026-11-20&to=2026-11-20")
	for _, secret := range []string{"张三", "请写明班次", "我的密码", testPassword, "127.0.0.1"} {
		if strings.Contains(all, secret) {
			t.Errorf("the trail holds %q", secret)
		}
	}
	if n := strings.Count(all, "\n"); n < 10 {
		t.Errorf("the file has %d lines", n)
	}
	if _, body := operator.get("/trail?from=2026-11-21"); !strings.Contains(body, "没有符合条件的记录") {
		t.Error("tomorrow has entries")
	}
	if res, body := operator.get("/trail?from=gestern"); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "日期请写成") {
		t.Errorf("a day that is none: status %d", res.StatusCode)
	}
	for _, role := range []string{"school", "company"} {
		if res, _ := h.as(t, role).get("/trail"); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s reads the trail: status %d", role, res.StatusCode)
		}
	}
	if words, err := h.exchange.CheckTrail(t.Context()); err != nil || !strings.Contains(words, "完好") {
		t.Errorf("CheckTrail = %q, %v", words, err)
	}
}
