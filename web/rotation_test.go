package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sunmao/services/partnership"
)

// A school rotates a class: too few batches are refused with the number that works, then the
// plan stands on its page, in its workbook and in the API.
func TestRotationPages(t *testing.T) {
	h := openDistrict(t)
	school, company := h.as(t, "school"), h.as(t, "company")
	c := addClass(t, h, "轮换故事班", "RT", 9)
	title := "轮换故事岗"
	good := goodPost(title)
	good.Set("majors", "660103")
	good.Set("then", "submit")
	res, _ := company.submit("/posts/new", "/posts", good)
	post := res.Header.Get("Location")
	h.as(t, "district").submit(post, post+"/act", url.Values{"verb": {"publish"}})
	form := "/rotations/new?cohort=" + c.ID
	ask := url.Values{"cohort": {c.ID}, "name": {"故事轮换"}, "batches": {"2"}, "turn_weeks": {"2"}, "from": {"2027-03-01"}, "to": {"2027-07-18"}, "posts": {strings.TrimPrefix(post, "/posts/")}}
	if res, body := school.submit(form, "/rotations", ask); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请分成至少 3 批") {
		t.Fatalf("two batches of five for three slots: status %d", res.StatusCode)
	}
	ask.Set("batches", "3")
	res, body := school.submit(form, "/rotations", ask)
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("plan: status %d %.300s", res.StatusCode, body)
	}
	if _, body = school.get(at); !strings.Contains(body, "RT0000") || !strings.Contains(body, "第 9 轮") || !strings.Contains(body, title) {
		t.Error("the plan is not on its page")
	}
	if res, _ = school.get(at + "?format=xlsx"); res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Type"), "spreadsheet") {
		t.Errorf("workbook: status %d", res.StatusCode)
	}
	if _, body = school.get(apiRoot + at); !strings.Contains(body, `"work_days":42`) {
		t.Errorf("API: %.300s", body)
	}
	if _, body = school.get("/rotations"); !strings.Contains(body, "故事轮换") {
		t.Error("the list lacks the plan")
	}
	if _, err := h.exchange.Rotation(t.Context(), partnership.Actor{Role: partnership.RoleSchool, Party: "another"}, strings.TrimPrefix(at, "/rotations/")); err == nil {
		t.Error("another school reads the plan")
	}
	if res, _ = school.submit(at, at+"/act", url.Values{"verb": {"drop"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("drop: status %d", res.StatusCode)
	}
	if _, err := h.exchange.Rotation(t.Context(), partnership.System("test"), strings.TrimPrefix(at, "/rotations/")); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("after the drop: %v", err)
	}
}
