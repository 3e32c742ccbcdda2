package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/demo"
)

// registerForm is a company's registration as typed. Its credit code passes the check
// and belongs to nobody: GB/T 2260 gives out no region 999900.
func registerForm() url.Values {
	return url.Values{"name": {"重庆新来机械有限公司"}, "credit_code": {"91999900ma0000007u"}, "industry": {"汽车零部件及配件制造"}, "region": {demo.Region}, "address": {"板桥工业园 1 号"},
		"contact": {"陈经理 02346000000"}, "staff": {"120"}, "staff_as_of": {"2026-10-31"}, "staff_proof": {"社保参保证明"},
		"credit_clean": {"yes"}, "credit_as_of": {"2026-11-10"}, "safety_clean": {"yes"}, "safety_as_of": {"2026-11-10"}}
}

var registrationLink = regexp.MustCompile(`value="https://sunmao\.example(/register/[A-Za-z0-9_-]{43})"`)

// A company registers, follows its link through return and mending to the approval, and
// opens its first account with it; nothing lets it in before.
func TestRegistration(t *testing.T) {
	h := openHouse(t)
	officer, guest := h.as(t, "district"), h.browser(t)
	bad := registerForm()
	bad.Set("credit_code", "91999900MA0000007R")
	bad.Set("staff_as_of", "2026-12-31")
	res, body := guest.submit("/register", "/register", bad)
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "统一社会信用代码：统一社会信用代码") || strings.Contains(body, "credit_code: ") || !strings.Contains(body, "还没有到") || !strings.Contains(body, `value="重庆新来机械有限公司"`) {
		t.Fatalf("wrong code and day: status %d %s", res.StatusCode, body)
	}
	res, body = guest.submit("/register", "/register", registerForm())
	link := registrationLink.FindStringSubmatch(body)
	if res.StatusCode != http.StatusOK || link == nil {
		t.Fatalf("registered: status %d %s", res.StatusCode, body)
	}
	at := link[1]
	token := strings.TrimPrefix(at, "/register/")
	if _, body := guest.get(at); !strings.Contains(body, "待审核") || !strings.Contains(body, "汽车零部件及配件制造") {
		t.Errorf("the link does not show the registration: %s", body)
	}
	if res, _ := guest.get("/join/" + token); res.StatusCode != http.StatusConflict {
		t.Errorf("an account before the approval: status %d, want 409", res.StatusCode)
	}
	if res, _ := guest.submit("/register", "/join/"+token, url.Values{"login": {"x1"}, "name": {"x"}, "password": {testPassword}, "again": {testPassword}}); res.StatusCode != http.StatusConflict {
		t.Errorf("an account posted before the approval: status %d, want 409", res.StatusCode)
	}
	company := "/companies/uscc-91999900MA0000007U"
	if _, body := officer.get(company); !strings.Contains(body, `name="c-staff_proof"`) || strings.Count(body, `value="approve"`) != 1 {
		t.Fatalf("the district's page has no review: %s", body)
	}
	if res, _ := officer.submit(company, company+"/act", url.Values{"verb": {"return"}, "c-staff_proof": {"请写明哪个月的证明"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("return: status %d", res.StatusCode)
	}
	_, body = guest.get(at)
	if !strings.Contains(body, "依据：请写明哪个月的证明") || !strings.Contains(body, `value="社保参保证明"`) {
		t.Fatalf("the returned form does not show the comment at its field: %s", body)
	}
	mended := registerForm()
	mended.Set("staff_proof", "2026年10月社保参保证明")
	if res, body := guest.submit(at, at, mended); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("mended: status %d %s", res.StatusCode, body)
	}
	if res, _ := officer.submit(company, company+"/act", url.Values{"verb": {"approve"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("approve: status %d", res.StatusCode)
	}
	if _, body := guest.get(at); !strings.Contains(body, `href="/join/`+token) {
		t.Fatalf("no way to the account after the approval: %s", body)
	}
	join := "/join/" + token
	if res, body := guest.submit(join, join, url.Values{"login": {"xinlai"}, "name": {"陈某"}, "password": {testPassword}, "again": {testPassword}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("join: status %d %s", res.StatusCode, body)
	}
	boss := h.as(t, "xinlai")
	if res, body := boss.get(company); res.StatusCode != http.StatusOK || !strings.Contains(body, "陈经理") {
		t.Errorf("its own page: status %d", res.StatusCode)
	}
	if res, _ := guest.get(at); res.StatusCode != http.StatusNotFound {
		t.Errorf("the link after the account is there: status %d, want 404", res.StatusCode)
	}
	if res, body := guest.submit("/register", "/register", registerForm()); res.StatusCode != http.StatusConflict || !strings.Contains(body, "已在企业库") {
		t.Errorf("registered again: status %d", res.StatusCode)
	}
	res, body = boss.submit(company+"/edit", company, url.Values{"rev": {"1"}})
	if res.StatusCode != http.StatusConflict {
		t.Errorf("saved over another's change: status %d", res.StatusCode)
	}
	rev := regexp.MustCompile(`name="rev" value="(\d+)"`).FindStringSubmatch(body)
	if rev == nil {
		_, page := boss.get(company + "/edit")
		rev = regexp.MustCompile(`name="rev" value="(\d+)"`).FindStringSubmatch(page)
	}
	change := url.Values{"rev": {rev[1]}, "industry": {"C3670"}, "address": {"板桥工业园 2 号"}, "contact": {"陈经理"}, "staff": {"150"}, "staff_as_of": {"2026-11-19"}, "staff_proof": {"社保"}, "name": {"改名有限公司"}}
	if res, body := boss.submit(company+"/edit", company, change); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("own change: status %d %s", res.StatusCode, body)
	}
	if _, body := boss.get(company); !strings.Contains(body, "150 人") || strings.Contains(body, "改名有限公司") {
		t.Error("the company's change is not there, or it changed its name")
	}
}

// An address that registers company after company is stopped.
func TestRegistration_Throttled(t *testing.T) {
	h := openHouse(t)
	guest := h.browser(t)
	for range 20 {
		guest.submit("/register", "/register", url.Values{})
	}
	if res, _ := guest.submit("/register", "/register", registerForm()); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("after 20 tries: status %d, want 429", res.StatusCode)
	}
}

// A company lets a school post for it; the post says so; the company takes it back. A
// school pauses a company for itself alone.
func TestDelegationAndRelation(t *testing.T) {
	h := openDistrict(t)
	company, school, officer := h.as(t, "company"), h.as(t, "school"), h.as(t, "district")
	at := "/companies/" + demo.Company
	if res, _ := school.get("/posts/new?company=" + demo.Company); res.StatusCode != http.StatusOK {
		t.Fatalf("form: status %d", res.StatusCode)
	}
	post := url.Values{"company": {demo.Company}, "kind": {"internship"}, "title": {"受托的岗位"}, "duties": {"操作数控车床"}, "slots": {"2"}, "from": {"2027-03-01"}, "to": {"2027-08-31"}, "region": {demo.Region}}
	if res, _ := school.submit("/about", "/posts", post); res.StatusCode != http.StatusForbidden {
		t.Errorf("posted without a delegation: status %d, want 403", res.StatusCode)
	}
	if res, _ := officer.submit("/about", at+"/act", url.Values{"verb": {"delegate"}, "school": {demo.Centre}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("the district delegates: status %d, want 403", res.StatusCode)
	}
	if res, _ := company.submit(at, at+"/act", url.Values{"verb": {"delegate"}, "school": {demo.Centre}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("delegate: status %d", res.StatusCode)
	}
	if _, body := school.get(at); !strings.Contains(body, "代发岗位</a>") {
		t.Error("the school is not offered to post")
	}
	res, body := school.submit("/posts/new?company="+demo.Company, "/posts", post)
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("posted: status %d %s", res.StatusCode, body)
	}
	own := res.Header.Get("Location")
	if _, body := company.get(own); !strings.Contains(body, "代为发布") || !strings.Contains(body, "受企业委托") {
		t.Error("the post does not say who listed it")
	}
	if res, _ := school.get(own + "/edit"); res.StatusCode != http.StatusOK {
		t.Errorf("the school's form: status %d", res.StatusCode)
	}
	if res, _ := company.submit(at, at+"/act", url.Values{"verb": {"revoke"}, "school": {demo.Centre}}); res.StatusCode != http.StatusSeeOther {
		t.Fatal("revoke")
	}
	if res, _ := school.get(own + "/edit"); res.StatusCode != http.StatusNotFound {
		t.Errorf("the draft after the revocation: status %d, want 404", res.StatusCode)
	}
	if res, _ := company.submit("/about", at+"/act", url.Values{"verb": {"pause"}, "why": {"x"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a company pauses: status %d, want 403", res.StatusCode)
	}
	if res, _ := school.submit(at, at+"/act", url.Values{"verb": {"pause"}, "why": {"宿舍整改"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatal("pause")
	}
	if _, body := school.get(at); !strings.Contains(body, "本校已暂停合作") || !strings.Contains(body, "宿舍整改") {
		t.Error("the school's page does not tell of its pause")
	}
	if _, body := company.get(at); strings.Contains(body, "宿舍整改") {
		t.Error("the company reads the school's own note")
	}
	school.submit(at, at+"/act", url.Values{"verb": {"resume"}})
}
