package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/partnership"
)

// A two-way selection over HTTP: the school opens it, enters choices on the page, by a
// sheet and for a whole group; the company sets a rule, then ranks; silence is counted; the
// result is run twice, the first kept, exported, published, and stands as placements.
func TestTwoWaySelectionStory(t *testing.T) {
	h := openDistrict(t)
	school, company := h.as(t, "school"), h.as(t, "company")
	good := goodPost("双选故事岗")
	good.Set("majors", "660103")
	good.Set("slots", "2")
	good.Set("then", "submit")
	res, _ := company.submit("/posts/new", "/posts", good)
	post := res.Header.Get("Location")
	h.as(t, "district").submit(post, post+"/act", url.Values{"verb": {"publish"}})
	c := addClass(t, h, "双选故事班", "TW", 6)
	id := strings.TrimPrefix(post, "/posts/")

	res, body := school.submit("/rounds", "/rounds", url.Values{"name": {"双选故事轮"}, "mode": {"stable"}, "choices_by": {"2026-12-01"}, "ranks_by": {"2026-11-01"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "截止日期不能早于今天") || !strings.Contains(body, "双选故事轮") {
		t.Errorf("deadlines the wrong way round: status %d", res.StatusCode)
	}
	res, _ = school.submit("/rounds", "/rounds", url.Values{"name": {"双选故事轮"}, "mode": {"stable"}, "choices_by": {"2026-12-01"}, "ranks_by": {"2026-12-05"}})
	round := res.Header.Get("Location")
	_, body = school.get(round)
	if !strings.Contains(body, "征集学生志愿") || !strings.Contains(body, "抽签种子") || !strings.Contains(body, "还差 6 人") {
		t.Fatalf("the selection does not say how far it is: %.900s", body[strings.Index(body, "<main"):])
	}
	choices, cands := round+"/choices/"+c.ID, round+"/candidates/"+id
	_, body = school.get(choices)
	students := regexp.MustCompile(`<option value="([0-9a-f]{24})"[^>]*>TW`).FindAllStringSubmatch(body, -1)
	if len(students) != 6 || !strings.Contains(body, "双选故事岗") {
		t.Fatalf("%d students to choose for", len(students))
	}
	if res, body = school.submit(choices, choices, url.Values{"student": {students[0][1]}, "choice1": {id}, "choice2": {id}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "每个志愿填不同的岗位") {
		t.Errorf("the same post twice: status %d", res.StatusCode)
	}
	if res, _ = school.submit(choices, choices, url.Values{"student": {students[0][1]}, "choice1": {id}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("one choice: status %d", res.StatusCode)
	}
	_, body, at := upload(t, school, "志愿.csv", "学号,第一志愿,轮次\nTW0001,双选故事岗,双选故事轮\nTW9999,双选故事岗,双选故事轮\n", map[string]string{"kind": "choices"})
	if !strings.Contains(body, "本校名册里没有这个学号") {
		t.Errorf("the bad row is not named: %.400s", body[strings.Index(body, "<main"):])
	}
	press(t, school, at, "write-good")
	if res, _ = school.submit(choices, round+"/recommend/"+c.ID, url.Values{"choice1": {id}, "student": {students[2][1], students[3][1]}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a group: status %d", res.StatusCode)
	}
	if _, body = school.get(round); !strings.Contains(body, "还差 2 人") {
		t.Error("four of six handed in, and the page does not say so")
	}
	if _, body = company.get("/rounds"); !strings.Contains(body, round) || strings.Contains(body, "运行新的一轮") {
		t.Error("the company does not find the selection it takes part in, or may run rounds")
	}
	if _, body = company.get(cands); !strings.Contains(body, "学生还在填志愿") || strings.Contains(body, "place.") {
		t.Error("the company sees candidates while students choose")
	}
	if res, _ = h.as(t, "mate").get(cands); res.StatusCode != http.StatusForbidden {
		t.Errorf("a school asks for a company's candidates: status %d", res.StatusCode)
	}
	school.submit(round, round+"/act", url.Values{"verb": {"close-choices"}})
	_, body = company.get(cands)
	places := regexp.MustCompile(`name="place\.([0-9a-f]{24})"`).FindAllStringSubmatch(body, -1)
	if len(places) != 4 || strings.Contains(body, "TW000") || strings.Contains(body, "独特名") {
		t.Fatalf("%d candidates, or personal data shown", len(places))
	}
	if res, body = company.submit(cands, cands, url.Values{"rule": {"fit"}, "place." + places[0][1]: {"1"}, "place." + places[1][1]: {"1"}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "都排第 1") {
		t.Errorf("one place twice: status %d", res.StatusCode)
	}
	first := places[3][1]
	if res, _ = company.submit(cands, cands, url.Values{"rule": {"near"}, "place." + first: {"１"}, "place." + places[1][1]: {"不接收"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("ranking: status %d", res.StatusCode)
	}
	if res, _ = school.submit(round, round+"/run", url.Values{}); res.StatusCode != http.StatusConflict {
		t.Errorf("run before the rankings are in: status %d", res.StatusCode)
	}
	school.submit(round, round+"/act", url.Values{"verb": {"close-ranks"}})
	for range 2 {
		if res, body = school.submit(round, round+"/run", url.Values{}); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("run: status %d %.500s", res.StatusCode, body)
		}
	}
	_, body = school.get(round)
	if !strings.Contains(body, "没有在 2026-12-01 前交志愿") || !strings.Contains(body, "第 1 次运行") || !strings.Contains(body, "稳定") {
		t.Errorf("the preview: %.1500s", body[strings.Index(body, "<main"):])
	}
	if res, body = school.get(round + "/runs/1"); res.StatusCode != http.StatusOK || !strings.Contains(body, "双选故事岗") {
		t.Errorf("the kept run: status %d", res.StatusCode)
	}
	if res, body = school.get(round + "/file?format=csv"); res.StatusCode != http.StatusOK || !strings.Contains(body, "未安置学生") || !strings.Contains(body, "双选故事岗") {
		t.Errorf("the file: status %d %.300s", res.StatusCode, body)
	}
	if _, body = company.get(apiRoot + round); strings.Contains(body, `"placed":2`) || !strings.Contains(body, `"state":"collecting"`) {
		t.Errorf("the company knows the preview: %.300s", body)
	}
	_, body = school.get(apiRoot + choices)
	if !strings.Contains(body, `"student":"`+first+`"`) || strings.Count(body, `"post":"`+id+`"`) < 2 {
		t.Errorf("the API's choices: %.600s", body)
	}
	school.submit(round, round+"/publish", url.Values{})
	_, body = company.get("/placements")
	if n := strings.Count(body, "双选故事班"); n != 2 || !strings.Contains(body, partnership.PlacementProposed.Words()) {
		t.Errorf("%d placements of the selection, want 2", n)
	}
}
