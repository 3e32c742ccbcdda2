package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/partnership"
)

// A school registers a base, books workstations for a class, is refused what would be too
// many with the day named and nothing typed lost, and sees its use; the company does not
// learn of a base that is not open.
func TestBookingOfABase(t *testing.T) {
	h := openDistrict(t)
	school, company := h.as(t, "school"), h.as(t, "company")
	c := addClass(t, h, "实训故事班", "BK", 6)
	terms := url.Values{"name": {"故事数控实训中心"}, "kind": {"校内"}, "level": {"市级"}, "workstations": {"0"}, "equipment_fen": {"1200000"}, "region": {demo.Region}, "majors": {"660103"}, "teacher_places": {"3"}}
	if res, body := school.submit("/bases/new", "/bases", terms); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "工位数应在 1 到 5000 之间") {
		t.Fatalf("a base without workstations: status %d", res.StatusCode)
	}
	terms.Set("workstations", "10")
	res, body := school.submit("/bases/new", "/bases", terms)
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("create: status %d %.300s", res.StatusCode, body)
	}
	ask := url.Values{"form": {"book"}, "cohort": {c.ID}, "subject": {"故事车工实训"}, "seats": {"6"}, "from": {"2026-11-23"}, "to": {"2026-12-18"}, "weekdays": {"1", "3"}, "parts": {"am"}}
	if res, body = school.submit(at, at+"/book", ask); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("book: status %d %.300s", res.StatusCode, body)
	}
	ask.Set("subject", "故事第二批")
	if res, body = school.submit(at, at+"/book", ask); res.StatusCode != http.StatusConflict || !strings.Contains(body, "2026-11-23上午只剩 4 个，不够 6 人") || !strings.Contains(body, `value="故事第二批"`) {
		t.Errorf("more than there are: status %d", res.StatusCode)
	}
	teach := url.Values{"form": {"teachers"}, "t_subject": {"故事教师实践"}, "t_seats": {"4"}, "t_from": {"2026-11-23"}, "t_to": {"2026-11-27"}, "t_weekdays": {"1", "2"}, "t_parts": {"am", "pm"}}
	if res, body = school.submit(at, at+"/book", teach); res.StatusCode != http.StatusConflict || !strings.Contains(body, "教师实践岗位") {
		t.Errorf("more teachers than places: status %d", res.StatusCode)
	}
	if _, body = school.get(at); !strings.Contains(body, "故事车工实训") || !strings.Contains(body, "工位使用率") {
		t.Error("the page does not show the booking and the use")
	}
	if res, _ = company.get(at); res.StatusCode != http.StatusNotFound {
		t.Errorf("a company opens a base that is not open: status %d", res.StatusCode)
	}
	if _, body = school.get(apiRoot + at); !strings.Contains(body, `"peak":6`) {
		t.Errorf("API: %.300s", body)
	}
	actor := partnership.Actor{Account: "school", Role: partnership.RoleSchool, Party: demo.Centre, Region: demo.Region}
	if v, err := h.exchange.Base(t.Context(), actor, strings.TrimPrefix(at, "/bases/"), 0); err != nil || len(v.Bookings) != 1 || v.Bookings[0].State != partnership.BookingConfirmed {
		t.Errorf("%+v, %v", v.Bookings, err)
	}
}
