package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/search"
	"sunmao/services/exchange"
)

// latin is English that should not be in a sentence for people.
var latin = regexp.MustCompile(`[a-z]{4,}`)

func postQuery() search.Query { return search.Query{Kinds: []string{exchange.KindPost}, Limit: 100} }

// call sends JSON and reads JSON.
func call(t *testing.T, b *browser, method, at, body string, into any) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, b.root+apiRoot+at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, text := b.do(r)
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatalf("%s %s: %v in %.300s", method, at, err, text)
		}
	}
	return res
}

func TestOpenAPIDescribesEveryOperation(t *testing.T) {
	h := openHouse(t)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]any
	}
	if res := call(t, h.browser(t), http.MethodGet, "/openapi.json", "", &doc); res.StatusCode != http.StatusOK {
		t.Fatalf("status %d", res.StatusCode)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi is %q", doc.OpenAPI)
	}
	for _, o := range h.site.operations() {
		if doc.Paths[apiRoot+o.path][strings.ToLower(o.method)] == nil {
			t.Errorf("%s %s is not described", o.method, o.path)
		}
	}
}

func TestPagesOfTheAPIMeetNoPostTwice(t *testing.T) {
	h := openDistrict(t)
	b := h.as(t, "school")
	type page struct {
		Items []postDoc `json:"items"`
		Next  string    `json:"next"`
		Total int       `json:"total"`
	}
	seen, after, total := map[string]bool{}, "", 0
	for range 20 {
		var p page
		if res := call(t, b, http.MethodGet, "/posts?limit=100&after="+url.QueryEscape(after), "", &p); res.StatusCode != http.StatusOK {
			t.Fatalf("status %d", res.StatusCode)
		}
		total = p.Total
		for _, one := range p.Items {
			if seen[one.ID] {
				t.Fatalf("post %s came twice", one.ID)
			}
			seen[one.ID] = true
		}
		if after = p.Next; after == "" {
			break
		}
	}
	if len(seen) != total || total == 0 {
		t.Errorf("the pages held %d posts, the first said %d", len(seen), total)
	}
}

func TestAPIRefusesInChinese(t *testing.T) {
	h := openDistrict(t)
	company, school, nobody := h.as(t, "company"), h.as(t, "school"), h.browser(t)
	for _, tc := range []struct {
		name, method, at, body string
		b                      *browser
		status                 int
		location, words        string
	}{
		{"nobody signed in", "GET", "/posts", "", nobody, 401, "", "请登录"},
		{"another role", "POST", "/posts", "{}", school, 403, "", "不能使用"},
		{"unknown record", "GET", "/posts/none", "", school, 404, "", "没有这个岗位"},
		{"missing field", "POST", "/posts", `{"kind":"job"}`, company, 422, "body", "缺少 title"},
		{"unknown field", "POST", "/posts", `{"kind":"job","title":"车工","duties":"车","slots":1,"from":"2027-03-01","to":"2027-08-31","state":"open"}`, company, 422, "body.state", "没有这个字段"},
		{"wrong kind", "POST", "/posts", `{"kind":"x","title":"车工","duties":"车","slots":1,"from":"2027-03-01","to":"2027-08-31"}`, company, 422, "body.kind", "应为其中之一"},
		{"rule of the trade", "POST", "/posts", `{"kind":"job","title":"车工","duties":"车","slots":1,"from":"明天","to":"2027-08-31"}`, company, 422, "from", "开始日期"},
		{"too many a page", "GET", "/posts?limit=1000", "", school, 422, "query.limit", "不能大于 100"},
		{"no number", "GET", "/rates?year=abc", "", school, 422, "query.year", "应为数字"},
		{"bad cursor", "GET", "/cohorts?after=%21%21", "", school, 422, "", ""},
		{"no JSON at all", "POST", "/posts", `{`, company, 400, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var p problem
			res := call(t, tc.b, tc.method, tc.at, tc.body, &p)
			if res.StatusCode != tc.status || p.Status != tc.status || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
				t.Fatalf("status %d (%d), type %q, want %d: %+v", res.StatusCode, p.Status, res.Header.Get("Content-Type"), tc.status, p)
			}
			all := p.Detail
			found := tc.location == ""
			for _, e := range p.Errors {
				all += " " + e.Message
				found = found || e.Location == tc.location
			}
			if !found || !strings.Contains(all, tc.words) || p.Request == "" || latin.MatchString(p.Title+p.Detail) {
				t.Errorf("got %+v, want %q at %q", p, tc.words, tc.location)
			}
		})
	}
}

func TestAPIWantsJSON(t *testing.T) {
	h := openDistrict(t)
	b := h.as(t, "company")
	res, _ := b.post(apiRoot+"/posts", url.Values{"title": {"x"}})
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a form sent to the API: status %d, want 422", res.StatusCode)
	}
}

func TestAPIAgreesWithTheReport(t *testing.T) {
	h := openDistrict(t)
	var got struct{ Items []figureDoc }
	call(t, h.as(t, "school"), http.MethodGet, "/rates?year=2025&by=school", "", &got)
	want := map[string]string{"direct_employment": "24.19 514/2125", "alignment": "85.41 439/514"}
	for _, f := range got.Items {
		if w, ok := want[f.Rate]; ok {
			if s := f.Percent + " " + plain(int(f.Numerator)) + "/" + plain(int(f.Denominator)); s != w {
				t.Errorf("%s is %s, want %s", f.Rate, s, w)
			}
			delete(want, f.Rate)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
