package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/partnership"
)

// An order class that fails its minimum, over HTTP: set up by the school, confirmed by the
// company, refused when it wants to open, ended by the night; the school is told whom to
// tell, and the district sees the end.
func TestOrderClassFailsItsMinimum(t *testing.T) {
	h := openDistrict(t)
	school, company, officer := h.as(t, "school"), h.as(t, "company"), h.as(t, "district")
	addClass(t, h, "订单故事班", "OC", 6)
	view, err := h.exchange.Party(t.Context(), partnership.System("test"), "company", demo.Company)
	if err != nil {
		t.Fatal(err)
	}
	terms := url.Values{"company": {"没有这家企业"}, "name": {"故事订单班"}, "kind": {"订单班"}, "majors": {"660103"}, "seats": {"6"}, "minimum": {"9"}, "decide_by": {"2026-12-10"}, "from": {"2027-03-01"}, "to": {"2028-06-30"},
		"promised_hire_pct": {"80"}, "promised_pay_fen": {"3500"}, "promised_by": {"2028-07-31"}}
	res, body := school.submit("/order-classes/new", "/order-classes", terms)
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "企业库里没有“没有这家企业”") {
		t.Fatalf("a company nobody knows: status %d", res.StatusCode)
	}
	terms.Set("company", view.Name)
	if res, body = school.submit("/order-classes/new", "/order-classes", terms); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "最低开班人数应在 1 到计划人数 6 之间") {
		t.Fatalf("a minimum above the seats: status %d", res.StatusCode)
	}
	terms.Set("minimum", "5")
	res, body = school.submit("/order-classes/new", "/order-classes", terms)
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("create: status %d %.400s", res.StatusCode, body)
	}
	if _, body = school.get(at); !strings.Contains(body, "企业还没有确认") || !strings.Contains(body, "不低于 80%") {
		t.Error("the page does not show the promise and that nobody has confirmed it")
	}
	if res, _ = company.submit(at, at+"/act", url.Values{"verb": {"confirm"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("confirm: status %d", res.StatusCode)
	}
	enrol := url.Values{"form": {"enrol"}, "numbers": {"OC0000\nOC0001\nOC9999"}, "round": {"0"}}
	if res, body = school.submit(at, at+"/record", enrol); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "第 3 个学号 OC9999") || !strings.Contains(body, "OC0000\nOC0001") {
		t.Fatalf("a wrong number: status %d; what was typed must stay", res.StatusCode)
	}
	enrol.Set("numbers", "OC0000 OC0001")
	if res, body = school.submit(at, at+"/record", enrol); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("enrol: status %d %.300s", res.StatusCode, body)
	}
	if res, body = school.submit(at, at+"/act", url.Values{"verb": {"open"}}); res.StatusCode != http.StatusConflict || !strings.Contains(body, "不到最低开班人数 5 人") {
		t.Errorf("opened with 2 of 5: status %d", res.StatusCode)
	}
	if _, err := h.exchange.TendClasses(t.Context(), "2026-12-11"); err != nil {
		t.Fatal(err)
	}
	for who, b := range map[string]*browser{"school": school, "company": company, "district": officer} {
		if _, body = b.get(at); !strings.Contains(body, "未开班") || !strings.Contains(body, "不到最低开班人数 5 人") {
			t.Errorf("%s does not see the end and why", who)
		}
		if named := strings.Contains(body, "OC0000"); named != (who == "school") {
			t.Errorf("%s sees student numbers: %v", who, named)
		}
	}
	if _, body = school.get("/"); !strings.Contains(body, "故事订单班”没有开班，2 名学生等通知") {
		t.Error("the worklist does not say that students are to be told")
	}
	if res, _ = school.submit(at, at+"/act", url.Values{"verb": {"tell"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("tell: status %d", res.StatusCode)
	}
	if _, body = school.get(at); len(regexp.MustCompile("已通知").FindAllString(body, -1)) < 2 {
		t.Error("who was told is not on the list")
	}
	if res, _ = school.get(at + "?format=xlsx"); res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Type"), "spreadsheet") {
		t.Errorf("workbook: status %d, %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	if _, body = school.get(apiRoot + "/order-classes/" + strings.TrimPrefix(at, "/order-classes/")); !strings.Contains(body, `"state":"not_opened"`) || !strings.Contains(body, `"untold":0`) {
		t.Errorf("API: %.400s", body)
	}
}
