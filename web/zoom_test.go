package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sunmao/services/partnership"
)

// The size of the text is the person's choice, on every page until it is taken back.
func TestLargeTextIsKept(t *testing.T) {
	h := openHouse(t)
	b := h.as(t, "school")
	for _, tc := range []struct{ text, want string }{{"large", `data-text="large"`}, {"normal", `<html lang="zh-CN">`}} {
		if res, _ := b.submit("/about", "/theme", url.Values{"text": {tc.text}, "next": {"/about"}}); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("status %d", res.StatusCode)
		}
		if _, body := b.get("/glossary"); !strings.Contains(body, tc.want) {
			t.Errorf("text %s: the page lacks %s", tc.text, tc.want)
		}
	}
}

// At 200 % zoom, which halves the page's width, and with large text on top of it, no page
// is wider than the window, and the menu, the first heading and the forms stay in it.
func TestZoomAndLargeText(t *testing.T) {
	h, ctx := openDistrict(t), chromium(t)
	if !h.site.Built() {
		t.Skip("the assets are not built: node web/build.mjs")
	}
	names := []string{"home", "posts", "post", "post-new", "cohorts", "cohort", "companies", "company", "dashboard", "rates", "report", "report-check", "rounds", "round", "import", "placements", "offers", "keys", "accounts", "glossary"}
	for _, role := range []partnership.Role{partnership.RoleSchool, partnership.RoleCompany, partnership.RoleDistrict} {
		do(t, ctx, chromedp.EmulateViewport(683, 384))
		enterAs(t, ctx, h, role)
		for name, at := range pagesOf(t, h, role) {
			if !slices.Contains(names, name) {
				continue
			}
			do(t, ctx, chromedp.Navigate(h.url+at))
			settle(t, ctx)
			for _, size := range []string{"normal", "large"} {
				if wide := eval[int64](t, ctx, `(document.documentElement.dataset.text = '`+size+`', document.documentElement.scrollWidth)`); wide > 683 {
					t.Errorf("%s as %s at 200 %%, text %s: the page is %d wide; %s", at, role, size, wide, eval[string](t, ctx, widest))
				}
			}
		}
	}
}
