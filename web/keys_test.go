package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sunmao/services/demo"
	"sunmao/services/partnership"
)

var shownKey = regexp.MustCompile(`value="(smk_[^"]+)"`)

// program is another system with a key that was made on the page by the role's account.
func program(t *testing.T, h *house, role, name string, scopes ...string) (func(method, at, body string, into any, header ...string) *http.Response, string) {
	t.Helper()
	res, page := h.as(t, role).submit("/keys/new", "/keys", url.Values{"name": {name}, "days": {"30"}, "scopes": scopes})
	m := shownKey.FindStringSubmatch(page)
	if res.StatusCode != http.StatusOK || m == nil {
		t.Fatalf("make a key: status %d", res.StatusCode)
	}
	b := h.browser(t)
	return func(method, at, body string, into any, header ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequest(method, b.root+apiRoot+at, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+m[1])
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		res, text := b.do(r)
		if into != nil {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatalf("%s %s: %v in %.300s", method, at, err, text)
			}
		}
		return res
	}, m[1]
}

func TestKeyReachesItsScopesOnly(t *testing.T) {
	h := openDistrict(t)
	ask, key := program(t, h, "school", "教务系统", "listings:read", "students:read")
	for at, want := range map[string]int{
		"/posts?limit=1": http.StatusOK, "/cohorts?limit=1": http.StatusOK, "/students?limit=1": http.StatusOK, "/changes/posts?limit=1": http.StatusOK,
		"/placements": http.StatusForbidden, "/rates": http.StatusForbidden, "/changes/placements": http.StatusForbidden, "/reveals": http.StatusForbidden,
		"/jobs": http.StatusForbidden, "/there-is-none": http.StatusNotFound,
	} {
		if res := ask(http.MethodGet, at, "", nil); res.StatusCode != want {
			t.Errorf("%s: status %d, want %d", at, res.StatusCode, want)
		}
	}
	if res := ask(http.MethodPost, "/students/x/reveal", `{"field":"name","reason":"核对"}`, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("reveal with a key: status %d, want 403", res.StatusCode)
	}
	// Pages take no keys.
	r, err := http.NewRequest(http.MethodGet, h.url+"/students", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	if res, _ := h.browser(t).do(r); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a page with a key: status %d, want the way to the sign-in", res.StatusCode)
	}

	person := h.as(t, "school")
	_, page := person.get("/keys")
	if strings.Contains(page, key) || !strings.Contains(page, "教务系统") {
		t.Error("the list shows the key, or not its name")
	}
	id := strings.Split(strings.TrimPrefix(key, "smk_"), "_")[0]
	if res, _ := person.submit("/keys", "/keys/revoke", url.Values{"id": {id}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("revoke: status %d", res.StatusCode)
	}
	var refused problem
	if res := ask(http.MethodGet, "/posts", "", &refused); res.StatusCode != http.StatusUnauthorized || !strings.Contains(refused.Detail, "已撤销") {
		t.Errorf("after it was revoked: status %d %q", res.StatusCode, refused.Detail)
	}
	if res, _ := h.as(t, "mate").get("/keys"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a colleague who manages no accounts: status %d, want 403", res.StatusCode)
	}
}

// A write with a key is in the audit trail under the key's number; sent again with the
// same Idempotency-Key it happens once.
func TestKeyWritesOnce(t *testing.T) {
	h := openDistrict(t)
	ask, key := program(t, h, "company", "人力资源系统", "listings:read", "listings:write")
	body := `{"kind":"internship","title":"数控车工（接口）","duties":"操作数控车床，加工零件","slots":2,"from":"2027-03-01","to":"2027-08-31","closes_on":"2027-02-15","pay_fen":380000,"hours_per_day":8,"days_per_week":5}`
	var first, again postDoc
	if res := ask(http.MethodPost, "/posts", body, &first, "Idempotency-Key", "2c9d1a"); res.StatusCode != http.StatusOK || first.ID == "" {
		t.Fatalf("create: status %d %+v", res.StatusCode, first)
	}
	res := ask(http.MethodPost, "/posts", body, &again, "Idempotency-Key", "2c9d1a")
	if res.StatusCode != http.StatusOK || again.ID != first.ID || res.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same again: status %d, post %s; want %s", res.StatusCode, again.ID, first.ID)
	}
	var p problem
	if res := ask(http.MethodPost, "/posts", strings.Replace(body, `"slots":2`, `"slots":3`, 1), &p, "Idempotency-Key", "2c9d1a"); res.StatusCode != http.StatusUnprocessableEntity || len(p.Errors) == 0 || p.Errors[0].Location != "Idempotency-Key" {
		t.Errorf("another body: status %d %+v", res.StatusCode, p)
	}
	if res := ask(http.MethodPost, "/posts", body, nil, "Idempotency-Key", "含汉字"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a key that is none: status %d", res.StatusCode)
	}
	// What was refused changed nothing: mended, it goes under the same key.
	if res := ask(http.MethodPost, "/posts", strings.Replace(body, `"slots":2`, `"slots":0`, 1), nil, "Idempotency-Key", "mended"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a bad post: status %d", res.StatusCode)
	}
	var mended postDoc
	if res := ask(http.MethodPost, "/posts", strings.Replace(body, "（接口）", "（接口二）", 1), &mended, "Idempotency-Key", "mended"); res.StatusCode != http.StatusOK || mended.ID == first.ID {
		t.Errorf("the post mended: status %d %s", res.StatusCode, mended.ID)
	}

	id := strings.Split(strings.TrimPrefix(key, "smk_"), "_")[0]
	_, page := h.as(t, "district").get("/trail?account=" + url.QueryEscape("key/"+id))
	if !strings.Contains(page, "key/"+id) || !strings.Contains(page, first.ID) {
		t.Error("the audit trail does not name the key and its post")
	}
	for _, one := range []string{first.ID, mended.ID} { // others count on this district having no drafts
		if res := ask(http.MethodPost, "/posts/"+one+"/act", `{"verb":"submit"}`, nil); res.StatusCode != http.StatusOK {
			t.Errorf("submit: status %d", res.StatusCode)
		}
	}

	// The feed of the company brings both, each once, and goes on from where it was.
	type feed struct {
		Items []changeDoc[postDoc] `json:"items"`
		Next  string               `json:"next"`
		More  bool                 `json:"more"`
	}
	seen, since := map[string]int{}, ""
	for range 200 {
		var f feed
		if res := ask(http.MethodGet, "/changes/posts?limit=50&since="+url.QueryEscape(since), "", &f); res.StatusCode != http.StatusOK {
			t.Fatalf("changes: status %d", res.StatusCode)
		}
		for _, one := range f.Items {
			seen[one.ID]++
			if !one.Gone && one.Doc.Company != demo.Company {
				t.Fatalf("the company reads a post of %s", one.Doc.Company)
			}
		}
		if since = f.Next; !f.More {
			break
		}
	}
	if seen[first.ID] != 1 || seen[mended.ID] != 1 {
		t.Errorf("the feed brings the posts %d and %d times, want once each", seen[first.ID], seen[mended.ID])
	}
	var none feed
	if ask(http.MethodGet, "/changes/posts?since="+url.QueryEscape(since), "", &none); len(none.Items) != 0 || none.More {
		t.Errorf("nothing happened, and the feed brings %+v", none)
	}
}

// Every operation that a key can use names a scope that some key of its roles can have.
func TestScopesOfOperations(t *testing.T) {
	h := openHouse(t)
	used := map[string]bool{}
	for _, o := range h.site.operations() {
		scope := o.scope()
		if scope == "" {
			continue
		}
		used[scope] = true
		ok := false
		for _, role := range o.roles {
			for _, s := range partnership.ScopesOf(role) {
				ok = ok || s.Key == scope
			}
		}
		if !ok {
			t.Errorf("%s %s needs %s, which no key of its roles can have", o.method, o.path, scope)
		}
		if strings.Contains(o.path, "reveal") || strings.Contains(o.path, "erase") {
			t.Errorf("%s %s can be done with a key", o.method, o.path)
		}
	}
	for _, s := range partnership.Scopes {
		if !used[s.Key] {
			t.Errorf("no operation needs %s", s.Key)
		}
	}
}

// A key that asks too often is told how long to wait, and others are none the worse; in
// time it may go on.
func TestKeyIsHeldToItsRate(t *testing.T) {
	h := openDistrict(t)
	ask, _ := program(t, h, "school", "太急的系统", "listings:read")
	calm, _ := program(t, h, "school", "另一个系统", "listings:read")
	was := h.site.limiter
	h.site.limiter = newLimiter(0.5, 3)
	defer func() { h.site.limiter = was }()
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		var told struct{ Detail string }
		res := ask(http.MethodGet, "/cohorts?limit=1", "", &told)
		if res.StatusCode != want {
			t.Fatalf("request %d: status %d, want %d", i+1, res.StatusCode, want)
		}
		if want == http.StatusTooManyRequests && (res.Header.Get("Retry-After") != "2" || !strings.Contains(told.Detail, "2 秒后")) {
			t.Errorf("Retry-After %q, %q; want 2 seconds", res.Header.Get("Retry-After"), told.Detail)
		}
	}
	if res := calm(http.MethodGet, "/cohorts?limit=1", "", nil); res.StatusCode != http.StatusOK {
		t.Errorf("another key: status %d", res.StatusCode)
	}
	l := newLimiter(10, 2)
	now := testNow()
	for i, tc := range []struct {
		after time.Duration
		free  bool
	}{{0, true}, {0, true}, {0, false}, {50 * time.Millisecond, false}, {50 * time.Millisecond, true}, {0, false}, {time.Hour, true}, {0, true}, {0, false}, {-time.Hour, false}} {
		now = now.Add(tc.after)
		if wait := l.take("k", now); (wait == 0) != tc.free {
			t.Errorf("request %d: wait %d, free %v wanted", i, wait, tc.free)
		}
	}
}
