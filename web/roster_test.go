package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// rosterText is a roster of n students of a class whose personal texts can be found again.
func rosterText(class, prefix string, n int) string {
	var b strings.Builder
	b.WriteString("学号,姓名,性别,出生日期,班级名称,联系电话,监护人姓名,监护人电话,家庭经济困难\n")
	for i := range n {
		fmt.Fprintf(&b, "%s%04d,独特名%d,男,2008-05-01,%s,138%08d,监护名%d,139%08d,%s\n", prefix, i, i, class, 10000000+i, i, 20000000+i, yesNo(i%10 == 0, "是", "否"))
	}
	return b.String()
}

// addClass registers a class of the demo's school with a roster of n students.
func addClass(t *testing.T, h *house, name, prefix string, n int) partnership.Cohort {
	t.Helper()
	actor := partnership.Actor{Account: "school", Role: partnership.RoleSchool, Party: demo.Centre, Region: demo.Region}
	c, err := h.exchange.SaveCohort(t.Context(), actor, partnership.Cohort{Name: name, Major: "660103", EntryYear: 2024, Size: n, From: "2027-03-01", To: "2027-08-31"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.exchange.Import(t.Context(), actor, exchange.ImportRequest{Kind: "students", File: "名册.csv", Body: strings.NewReader(rosterText(name, prefix, n))})
	if err != nil || r.BadRows != 0 {
		t.Fatalf("roster: %v, %v", err, r.Problems)
	}
	return c
}

// A school finds a student by the whole name, opens a field only with a reason, and the
// log and the export tell it; nobody else sees any of it.
func TestRosterIsMaskedAndReasonsAreLogged(t *testing.T) {
	h := openDistrict(t)
	school := h.as(t, "school")
	c := addClass(t, h, "名册页测试班", "RP", 12)
	_, body := school.get("/students?cohort=" + c.ID)
	if !strings.Contains(body, "RP0003") || !strings.Contains(body, "138****0003") || strings.Contains(body, "独特名") || strings.Contains(body, "1381000") {
		t.Fatalf("the roster is not masked:\n%.600s", body[strings.Index(body, "<tbody"):])
	}
	if n := strings.Count(body, "优先</span>"); n != 2 {
		t.Errorf("%d students of the green channel marked, want 2", n)
	}
	_, body = school.get("/students?q=" + url.QueryEscape("独特名7") + "&cohort=" + c.ID)
	if strings.Count(body, "RP00") < 1 || !strings.Contains(body, "RP0007") || strings.Contains(body, "RP0006") {
		t.Error("a whole name does not find its student alone")
	}
	at := body[strings.Index(body, `href="/students/`)+6:]
	at = at[:strings.IndexByte(at, '"')]
	res, body := school.submit(at, at+"/reveal", url.Values{"field": {"phone"}, "reason": {" "}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明原因") || strings.Contains(body, "13810000007") {
		t.Errorf("no reason: status %d", res.StatusCode)
	}
	res, body = school.submit(at, at+"/reveal", url.Values{"field": {"phone"}, "reason": {"联系家长确认"}})
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "13810000007") || strings.Contains(body, "独特名7") {
		t.Errorf("with a reason: status %d", res.StatusCode)
	}
	if _, body = school.get(at); strings.Contains(body, "13810000007") {
		t.Error("the field stays open")
	}
	res, file := school.submit("/students", "/students/export", url.Values{"cohort": {c.ID}, "format": {"csv"}, "reason": {"发给班主任核对"}})
	if res.StatusCode != http.StatusOK || strings.Count(file, "\n") != 13 || strings.Contains(file, "独特名") || !strings.Contains(file, "138****0003") {
		t.Errorf("masked export: status %d %.300s", res.StatusCode, file)
	}
	if _, file = school.submit("/students", "/students/export", url.Values{"cohort": {c.ID}, "format": {"csv"}, "full": {"1"}, "reason": {"办理保险"}}); !strings.Contains(file, "独特名3") {
		t.Errorf("full export: %.300s", file)
	}
	if res, _ = school.submit("/students", "/students/export", url.Values{"format": {"csv"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("export without a reason: status %d", res.StatusCode)
	}
	_, body = school.get("/reveals")
	for _, want := range []string{"联系家长确认", "发给班主任核对", "办理保险", "导出名册（完整信息）", "12 名学生"} {
		if !strings.Contains(body, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	var page struct{ Items []studentDoc }
	if res := call(t, school, http.MethodGet, "/students?q=RP0004", "", &page); res.StatusCode != http.StatusOK || len(page.Items) != 1 || page.Items[0].Phone != "138****0004" {
		t.Errorf("API: status %d %+v", res.StatusCode, page.Items)
	}
	var open revealed
	if res := call(t, school, http.MethodPost, "/students/"+page.Items[0].ID+"/reveal", `{"field":"name","reason":"核对学籍"}`, &open); res.StatusCode != http.StatusOK || open.Text != "独特名4" {
		t.Errorf("API reveal: status %d %+v", res.StatusCode, open)
	}
	for _, who := range []string{"company", "district", "operator"} {
		if res, _ := h.as(t, who).get(at); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s opens a student: status %d", who, res.StatusCode)
		}
	}
	if text := h.log.String(); strings.Contains(text, "独特名") || strings.Contains(text, "1381000") {
		t.Error("the log of the server holds personal texts")
	}
}

// A student gets a copy of all that is kept, and is erased on request; each with a reason.
func TestStudentRecordAndErasure(t *testing.T) {
	h := openDistrict(t)
	school := h.as(t, "school")
	c := addClass(t, h, "删除测试班", "RE", 3)
	_, body := school.get("/students?cohort=" + c.ID)
	at := body[strings.Index(body, `href="/students/`)+6:]
	at = at[:strings.IndexByte(at, '"')]
	res, body := school.submit(at, at+"/record", url.Values{"reason": {""}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明原因") || strings.Contains(body, "独特名") {
		t.Errorf("a record without a reason: status %d", res.StatusCode)
	}
	res, body = school.submit(at, at+"/record", url.Values{"reason": {"家长来查"}})
	for _, want := range []string{"独特名0", "13810000000", "监护名0", "家长来查", "2032年8月31日"} {
		if !strings.Contains(body, want) {
			t.Errorf("the record lacks %s (status %d)", want, res.StatusCode)
		}
	}
	if res, body = school.submit(at, at+"/erase", url.Values{"reason": {" "}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明原因") {
		t.Errorf("erasure without a reason: status %d", res.StatusCode)
	}
	if res, _ = school.submit(at, at+"/erase", url.Values{"reason": {"退学，家长要求"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("erasure: status %d", res.StatusCode)
	}
	if _, body = school.get("/students"); !strings.Contains(body, "个人信息已删除") {
		t.Error("the list does not say that the erasure is done")
	}
	if res, _ = school.get(at); res.StatusCode != http.StatusNotFound {
		t.Errorf("after it: status %d", res.StatusCode)
	}
	if _, body = school.get("/reveals"); !strings.Contains(body, "退学，家长要求") || !strings.Contains(body, "已删除的学生") {
		t.Error("the log lacks the erasure")
	}
	if _, body = h.as(t, "operator").get("/trail?act=erase"); !strings.Contains(body, "清除个人信息") {
		t.Error("the audit trail lacks the erasure")
	}
	var page struct{ Items []studentDoc }
	if res := call(t, school, http.MethodGet, "/students?cohort="+c.ID, "", &page); res.StatusCode != http.StatusOK || len(page.Items) != 2 {
		t.Fatalf("API: status %d, %d students", res.StatusCode, len(page.Items))
	}
	var done erasedDoc
	if res := call(t, school, http.MethodPost, "/students/"+page.Items[0].ID+"/erase", `{"reason":"本人要求"}`, &done); res.StatusCode != http.StatusOK || !done.Erased {
		t.Errorf("API erasure: status %d", res.StatusCode)
	}
	if res := call(t, h.as(t, "company"), http.MethodPost, "/students/"+page.Items[1].ID+"/erase", `{"reason":"不该可以"}`, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a company erases: status %d", res.StatusCode)
	}
}

// A name that is only near one is asked about on the page, and the answer lets the rows through.
func TestImportAsksAboutNearNames(t *testing.T) {
	h := openDistrict(t)
	school := h.as(t, "school")
	sheet := "班级名称,专业代码,入学年份,人数,开始日期,结束日期\n近名测试1班,物联网应用技术,2024,30,2027-03-01,2027-08-31\n"
	_, body, at := upload(t, school, "班级.csv", sheet, map[string]string{"kind": "cohorts"})
	m := regexp.MustCompile(`name="kind" value="(\w+)"><input type="hidden" name="text" value="([^"]+)"><span[^>]*><button[^>]*value="(\d+)"`).FindStringSubmatch(body)
	if m == nil || !strings.Contains(body, "请确认这些名称") {
		t.Fatalf("no question: %.1500s", body[strings.Index(body, "<main"):])
	}
	if res, _ := school.submit(at, at+"/answer", url.Values{"kind": {m[1]}, "text": {m[2]}, "value": {m[3]}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("answer: status %d", res.StatusCode)
	}
	if body = finished(t, school, at); strings.Contains(body, "请确认这些名称") || !strings.Contains(body, `value="write"`) {
		t.Errorf("after the answer: %.1500s", body[strings.Index(body, "<main"):])
	}
}
