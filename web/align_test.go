package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// openPost lists a post as the company, publishes it as the officer and returns its page.
func openPost(t *testing.T, company, officer *browser, title string) string {
	t.Helper()
	form := goodPost(title)
	form.Set("then", "submit")
	res, body := company.submit("/posts/new", "/posts", form)
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("post: status %d %.500s", res.StatusCode, body)
	}
	if res, body = officer.submit(at, at+"/act", url.Values{"verb": {"publish"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("publish: status %d %.500s", res.StatusCode, body)
	}
	return at
}

// contains checks that a page has each of the texts.
func contains(t *testing.T, what, body string, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %q", what, want)
		}
	}
}

// A company confirms what the platform suggests, corrects it by name with a reason, and
// finds who said what; a school asks the district, which rules for all, and withdraws.
func TestAlignmentStory(t *testing.T) {
	h := openDistrict(t)
	company, officer, school := h.as(t, "company"), h.as(t, "district"), h.as(t, "school")
	at := openPost(t, company, officer, "数控车床对口故事岗")
	_, body := company.get(at)
	contains(t, "the company's page", body, "对吗？", at+"/align", "平台推测")
	if res, _ := school.submit(at, at+"/confirm", url.Values{"code": {"6-18-01-01"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("a school confirms a company's post: status %d", res.StatusCode)
	}
	company.submit(at, at+"/confirm", url.Values{"code": {"6-18-01-01"}})
	if _, body = school.get(at); !strings.Contains(body, "已确认") {
		t.Error("the confirmation does not show")
	}

	t.Run("an occupation by a near name is asked about, and the answer kept", func(t *testing.T) {
		form := url.Values{"occupation": {"other"}, "occupation_typed": {"数控车床操作工"}, "why": {"实际是操作数控车床"}}
		res, body := company.submit(at+"/align", at+"/align", form)
		if res.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("near name: status %d", res.StatusCode)
		}
		contains(t, "the question", body, `name="occupation_typed.is"`, "是指下面的哪一个", `value="数控车床操作工"`, "实际是操作数控车床")
		form.Set("occupation_typed.asked", "数控车床操作工")
		form.Set("occupation_typed.is", "6-18-01-07")
		if res, body = company.submit(at+"/align", at+"/align", form); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("after the answer: status %d %.300s", res.StatusCode, body[strings.Index(body, "<main"):])
		}
		_, body = company.get(at)
		contains(t, "the corrected page", body, "6-18-01-07", "实际是操作数控车床", "更正记录（2 条）")
		_, body = company.get("/names")
		contains(t, "the list of answers", body, "数控车床操作工")
		company.submit(at, at+"/confirm", url.Values{"code": {"6-18-01-01"}})
	})
	t.Run("majors are corrected with a reason", func(t *testing.T) {
		_, body := company.get(at + "/align")
		name := "level-660103"
		contains(t, "the form", body, `name="`+name+`"`)
		form := url.Values{"occupation": {"6-18-01-01"}, name: {"unrelated"}}
		if res, body := company.submit(at+"/align", at+"/align", form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写一句理由") {
			t.Errorf("no reason: status %d", res.StatusCode)
		}
		form.Set("why", "只招机修专业")
		company.submit(at+"/align", at+"/align", form)
		_, body = school.get(at)
		contains(t, "the school's page", body, "有人认定不对口的专业", "只招机修专业", "提请认定")
	})
	t.Run("the district rules for all", func(t *testing.T) {
		pair := url.Values{"major": {"660103"}, "occupation": {"6-18-01-01"}, "level": {"exact"}, "why": {"两校都在教"}}
		if res, body := school.submit("/rulings/ask", "/rulings/ask", pair); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("ask: status %d %.300s", res.StatusCode, body)
		}
		_, body := officer.get("/rulings")
		contains(t, "the district's list", body, "等待区教委答复", "两校都在教", "/rulings/new?")
		near := url.Values{"major": {"数控加工"}, "occupation": {"车工"}, "level": {"exact"}, "why": {"专业指导委员会意见"}}
		if res, body := officer.submit("/rulings/new", "/rulings", near); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `name="major.is"`) {
			t.Errorf("a near major is taken silently: status %d", res.StatusCode)
		}
		near.Set("major", "数控技术应用")
		if res, body := officer.submit("/rulings/new", "/rulings", near); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("rule: status %d %.300s", res.StatusCode, body)
		}
		_, body = school.get(at)
		contains(t, "the post after the ruling", body, "人工认定", "专业指导委员会意见")
		if strings.Contains(body, "有人认定不对口的专业") {
			t.Error("the company's word still stands against the ruling")
		}
		withdraw := url.Values{"verb": {"withdraw"}, "major": {"660103"}, "occupation": {"6-18-01-01"}}
		if res, _ := officer.submit("/rulings", "/rulings/act", withdraw); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("withdrawn without a reason: status %d", res.StatusCode)
		}
		withdraw.Set("why", "试行结束")
		officer.submit("/rulings", "/rulings/act", withdraw)
		if _, body = school.get("/rulings"); !strings.Contains(body, "已撤回") || !strings.Contains(body, "试行结束") {
			t.Error("the withdrawal does not show to the school")
		}
	})
}

// A school looks through its graduates' alignment and corrects one, by hand and with a reason.
func TestOutcomesAreCorrected(t *testing.T) {
	h := openDistrict(t)
	school, officer := h.as(t, "school"), h.as(t, "district")
	_, body := officer.get("/rulings/outcomes")
	list := firstLink(body, "/rulings/outcomes?")
	if list == "" {
		t.Fatal("no pair of major and occupation")
	}
	_, body = officer.get(list)
	one := firstLink(body, "/rulings/outcomes/")
	if one == "" {
		t.Fatalf("no graduate on %s", list)
	}
	if res, _ := school.get(one); res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusOK {
		t.Errorf("school: status %d", res.StatusCode)
	}
	_, body = officer.get(one)
	level := "near"
	if strings.Contains(body, `value="near" selected`) {
		level = "exact"
	}
	if res, body := officer.submit(one, one, url.Values{"level": {level}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写一句理由") {
		t.Errorf("no reason: status %d", res.StatusCode)
	}
	officer.submit(one, one, url.Values{"level": {level}, "why": {"回访核实"}})
	_, body = officer.get(one)
	contains(t, "the corrected graduate", body, "人工更正", "回访核实", "更正记录")
}

// firstLink is the first address on a page that begins with prefix.
func firstLink(body, prefix string) string {
	_, rest, ok := strings.Cut(body, `href="`+prefix)
	if !ok {
		return ""
	}
	return strings.ReplaceAll(prefix+rest[:strings.IndexByte(rest, '"')], "&amp;", "&")
}
