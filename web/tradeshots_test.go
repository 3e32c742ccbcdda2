package web

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"sunmao/services/partnership"
)

// TestShotsOfATrade takes pictures of the pages of a placement on its way, which the demo
// district has none of, and fails on one that scrolls sideways.
func TestShotsOfATrade(t *testing.T) {
	if *shots == "" {
		t.Skip("no -shots folder given")
	}
	if err := os.MkdirAll(*shots, 0o750); err != nil {
		t.Fatal(err)
	}
	tr, ctx := openTrade(t, 3, 2), chromium(t)
	school, company := tr.as(t, "school"), tr.as(t, "company")
	at := tr.named(t, "school")
	for _, one := range at {
		must(t, school, one, one+"/act", url.Values{"verb": {"accept"}})
	}
	tr.sign(t, school, at[0], partnership.SignSchool, partnership.SignStudent, partnership.ConsentSelf, partnership.ConsentGuard)
	tr.sign(t, company, at[0], partnership.SignCompany)
	form := schoolPaperForm()
	form.Set("insured_to1", "2027-05-14")
	must(t, school, at[0]+"/papers", at[0]+"/papers", form)
	must(t, company, at[0]+"/papers", at[0]+"/papers", url.Values{"company_tutor": {"李师傅"}, "training_day": {"2026-11-17"}, "training_passed": {"yes"}, "alike": {"1"}})
	must(t, company, at[0], at[0]+"/act", url.Values{"verb": {"start"}})
	id := idOf(at[0])
	must(t, company, "/supervision", "/supervision/roll", url.Values{"post": {tr.post}, "day": {"2026-11-20"}, "id": {id}, "kind-" + id: {"hurt"}, "words-" + id: {"手指擦伤，已包扎"}})
	for role, pages := range map[partnership.Role]map[string]string{
		partnership.RoleSchool:  {"home": "/", "waiting": at[1], "placement": at[0], "papers": at[0] + "/papers", "agreement": at[0] + "/agreement", "placements": "/placements", "supervision": "/supervision"},
		partnership.RoleCompany: {"home": "/", "placement": at[0], "supervision": "/supervision", "capacity": "/companies/c1/capacity"},
	} {
		do(t, ctx, chromedp.EmulateViewport(1366, 768))
		enterAs(t, ctx, tr.house, role)
		for name, page := range pages {
			for _, w := range widths {
				do(t, ctx, chromedp.EmulateViewport(w.width, w.height), chromedp.Navigate(tr.url+page))
				settle(t, ctx)
				if wide := eval[int64](t, ctx, `document.documentElement.scrollWidth`); wide > w.width {
					t.Errorf("%s as %s at %d: the page is %d wide; %s", page, role, w.width, wide, eval[string](t, ctx, widest))
				}
				png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(*shots, "trade-"+string(role)+"-"+name+"-"+w.name+".png"), png, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
