package web

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sunmao/services/partnership"
)

// Printed on A4, a page is its matter alone: no menu, no search, no form of a list, its own
// head with the day, tables that repeat their heads and keep rows whole, nothing cut off.
func TestPrint(t *testing.T) {
	h, ctx := openDistrict(t), chromium(t)
	if !h.site.Built() {
		t.Skip("the assets are not built: node web/build.mjs")
	}
	const faults = `(() => {
		const out = [], seen = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
		for (const q of ['.top', '.tabs', '.foot', '.skip', '.crumbs', '.find', '.filters', '.facets', '.demo-strip', '.work-strip', '.pager', '.acts .btn', 'main button', 'main input[type=text], main input[type=search], main select'])
			for (const e of document.querySelectorAll(q)) if (seen(e)) { out.push('still there: ' + q); break; }
		const head = document.querySelector('.print-head');
		if (!head || !seen(head) || !head.textContent.includes('打印时间')) out.push('no head for paper');
		for (const e of document.querySelectorAll('table.grid thead')) if (seen(e) && getComputedStyle(e).display !== 'table-header-group') { out.push('a head that is not repeated'); break; }
		for (const e of document.querySelectorAll('table.grid tbody tr')) if (seen(e) && getComputedStyle(e).breakInside !== 'avoid') { out.push('a row that may be cut'); break; }
		const wide = document.documentElement.scrollWidth;
		if (wide > innerWidth) out.push('the page is ' + wide + ' wide');
		for (const e of document.querySelectorAll('.wide')) if (seen(e) && e.scrollWidth > e.clientWidth + 1) { out.push('a table is cut off at ' + e.clientWidth + ' of ' + e.scrollWidth); break; }
		return out; })()`
	names := []string{"home", "post", "posts", "cohort", "cohorts", "company", "companies", "dashboard", "charts", "rates", "rows", "report", "report-check", "round", "unmet", "bases", "base", "rotations", "rotation", "classes", "class", "outcomes", "works"}
	for _, role := range []partnership.Role{partnership.RoleSchool, partnership.RoleDistrict} {
		do(t, ctx, chromedp.EmulateViewport(1366, 768))
		enterAs(t, ctx, h, role)
		for name, at := range pagesOf(t, h, role) {
			if !slices.Contains(names, name) {
				continue
			}
			do(t, ctx, chromedp.EmulateViewport(703, 1032), chromedp.Navigate(h.url+at)) // A4 less its margins
			settle(t, ctx)
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
				t.Fatal(err)
			}
			if eval[bool](t, ctx, `document.body.classList.contains('broad')`) { // printed across
				do(t, ctx, chromedp.EmulateViewport(1032, 703))
			}
			for _, fault := range eval[[]string](t, ctx, faults) {
				t.Errorf("%s as %s on paper: %s", at, role, fault)
			}
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A picture drawn for a wide screen is drawn again for the paper before the paper is taken,
// in the same turn: no frame comes between.
func TestPrintedChartsFitThePaper(t *testing.T) {
	h, ctx := openDistrict(t), chromium(t)
	if !h.site.Built() {
		t.Skip("the assets are not built: node web/build.mjs")
	}
	const wide = `(() => {
		const of = () => [...document.querySelectorAll('figure.drawn')].filter(f => f.querySelector('.plot svg').getBBox().width > 670).map(f => f.querySelector('figcaption').textContent);
		const before = of().length;
		dispatchEvent(new Event('beforeprint'));
		const out = of();
		dispatchEvent(new Event('afterprint'));
		return before ? out : ['no picture was wide before'] })()`
	do(t, ctx, chromedp.EmulateViewport(1366, 768))
	enterAs(t, ctx, h, partnership.RoleDistrict)
	for _, at := range []string{"/dashboard", "/charts"} {
		do(t, ctx, chromedp.Navigate(h.url+at))
		settle(t, ctx)
		for _, title := range eval[[]string](t, ctx, wide) {
			t.Errorf("%s: cut on paper: %s", at, title)
		}
	}
}
