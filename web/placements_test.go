package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// From a published round over the company's answer to a student who accepts: each side
// does its step on its page, and a start without papers is refused with what is missing.
func TestOfferToPlacement(t *testing.T) {
	h := openDistrict(t)
	school, company := h.as(t, "school"), h.as(t, "company")
	title := "安置故事岗"
	good := goodPost(title)
	good.Set("majors", "660103")
	good.Set("then", "submit")
	at := func(res *http.Response) string { return res.Header.Get("Location") }
	res, _ := company.submit("/posts/new", "/posts", good)
	post := at(res)
	h.as(t, "district").submit(post, post+"/act", url.Values{"verb": {"publish"}})
	addClass(t, h, "安置故事班", "PS", 2)
	res, _ = school.submit("/rounds", "/rounds", url.Values{"name": {"安置故事轮"}, "mode": {"assign"}})
	round := at(res)
	school.submit(round, round+"/publish", url.Values{})
	link := regexp.MustCompile(`href="(/offers/[^"]+)"`)
	_, body := company.get("/offers?state=offered")
	m := link.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("the company has no offer to answer: %.600s", body[strings.Index(body, "<main"):])
	}
	offer := m[1]
	if res, _ = company.submit(offer, offer+"/act", url.Values{"verb": {"decline"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("declined without a reason: status %d", res.StatusCode)
	}
	if res, _ = company.submit(offer, offer+"/act", url.Values{"verb": {"accept"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("accept: status %d", res.StatusCode)
	}
	if _, body = school.get(offer); !strings.Contains(body, "已接受") {
		t.Error("the school does not see the answer")
	}
}
