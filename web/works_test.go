package web

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sunmao/jobs"
	"sunmao/services/demo"
)

// What takes long is shown on a page of its own, which may be left: every page then says
// that it runs, and that it ended.
func TestLongWork(t *testing.T) {
	h := openHouse(t)
	h.site.patience = time.Millisecond
	b := h.as(t, "operator")
	hold := make(chan struct{})
	actor, err := h.site.accounts.Actor(t.Context(), sessionOf(t, h, b))
	if err != nil {
		t.Fatal(err)
	}
	w, err := h.site.jobs.Begin(t.Context(), actor, "重建索引", func(ctx context.Context) (jobs.Outcome, error) {
		select {
		case <-hold:
			return jobs.Outcome{Words: "已重建", URL: "/jobs"}, nil
		case <-ctx.Done():
			return jobs.Outcome{}, ctx.Err()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	has := func(at, want string) bool {
		t.Helper()
		res, body := b.get(at)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d", at, res.StatusCode)
		}
		return strings.Contains(body, want)
	}
	at := workURL(w.ID)
	if !has(at, "已用") || !has(at, at+"/stop") || !has("/jobs", "正在进行：") || !has("/works", "重建索引") {
		t.Error("the work is not shown while it runs")
	}
	if res, _ := h.as(t, "district").get(at); res.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else's work: status %d", res.StatusCode)
	}
	close(hold)
	for end := time.Now().Add(10 * time.Second); !has("/jobs", "已完成：") && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if !has("/jobs", "已完成：") {
		t.Error("no page says that it ended")
	}
	if !has(at, "已重建") || has("/jobs", "已完成：") {
		t.Error("the result is not shown, or said for ever")
	}
}

// A check that takes long may be left; what it found is there when one comes back.
func TestLongCheck(t *testing.T) {
	h := openDistrict(t)
	usual := h.site.patience
	h.site.patience = 0
	t.Cleanup(func() { h.site.patience = usual })
	b := h.as(t, "district")
	link := regexp.MustCompile(`href="([^"]*[?&;]work=[^"]*)">查看`)
	for name, begin := range map[string]func() (*http.Response, string){
		"report": func() (*http.Response, string) { return b.get("/report/check?year=2025") },
		"upload": func() (*http.Response, string) { return sendFiles(t, b, map[string]string{"升学.csv": wrongTable}) },
		"recount": func() (*http.Response, string) {
			return b.submit("/snapshots", "/snapshots/check", url.Values{"day": {demo.CutOff}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := b.follow(begin())
			if res.Request.URL.Query().Get("work") == "" { // else it was quicker than no patience at all
				at := res.Request.URL.Path
				if !strings.HasPrefix(at, "/works/") {
					t.Fatalf("went to %s, status %d", at, res.StatusCode)
				}
				for end := time.Now().Add(20 * time.Second); !link.MatchString(body) && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
					_, body = b.get(at)
				}
				m := link.FindStringSubmatch(body)
				if m == nil {
					t.Fatal("no result within twenty seconds")
				}
				res, body = b.get(html.UnescapeString(m[1]))
			}
			if res.StatusCode != http.StatusOK || !regexp.MustCompile(map[string]string{"report": "对不上的数", "upload": "63.16", "recount": "全部一致|与重算结果不同"}[name]).MatchString(body) {
				t.Errorf("the result: status %d at %s", res.StatusCode, res.Request.URL)
			}
		})
	}
}

// sessionOf is the session of somebody's browser.
func sessionOf(t *testing.T, h *house, b *browser) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, h.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(r.URL) {
		if c.Name == h.site.cookieName(sessionCookie) {
			return c.Value
		}
	}
	t.Fatal("not signed in")
	return ""
}
