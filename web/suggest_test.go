package web

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sunmao/services/partnership"
)

// patient lets a busy machine take longer than the 30 seconds that polling has by itself.
var patient = chromedp.WithPollingTimeout(3 * time.Minute)

// The search field of the head is a combobox: what is typed is completed, arrows walk through
// the suggestions and say so to a screen reader, Escape closes, Enter opens the one marked.
func TestSuggestionBox(t *testing.T) {
	h, ctx := openDistrict(t), chromium(t)
	if !h.site.Built() {
		t.Skip("the assets are not built: node web/build.mjs")
	}
	complaints := watch(t, ctx)
	do(t, ctx, chromedp.EmulateViewport(1366, 768))
	enterAs(t, ctx, h, partnership.RoleSchool)
	now := func(name string) string {
		return eval[string](t, ctx, `String(document.getElementById('find').getAttribute('`+name+`'))`)
	}
	if _, err := inPage(ctx, chromedp.Poll[bool](`document.getElementById('find').getAttribute('role') === 'combobox'`, patient)); err != nil || now("aria-expanded") != "false" {
		t.Fatalf("before typing: role %s, expanded %s (%v)", now("role"), now("aria-expanded"), err)
	}
	typeIn(t, ctx, "#find", "shukong")
	// Recent searches stand there until the completions of what was typed come.
	open := `document.getElementById('find').getAttribute('aria-expanded') === 'true' && document.querySelectorAll('#find-box [role=option]').length > 1 && document.querySelector('#find-list').textContent.includes('全部结果')`
	if _, err := inPage(ctx, chromedp.Poll[bool](open, patient)); err != nil {
		t.Fatal(err)
	}
	marked := `(() => { const o = document.querySelectorAll('#find-list [aria-selected=true]'); return o.length === 1 && o[0].id === document.getElementById('find').getAttribute('aria-activedescendant') ? o[0].textContent : ''; })()`
	do(t, ctx, chromedp.KeyEvent(kb.ArrowDown))
	if first := eval[string](t, ctx, marked); !strings.Contains(first, "数控") {
		t.Errorf("the first suggestion is %q", first)
	}
	do(t, ctx, chromedp.KeyEvent(kb.ArrowUp)) // round to the last: all results
	if last := eval[string](t, ctx, marked); !strings.Contains(last, "全部结果") {
		t.Errorf("the last suggestion is %q", last)
	}
	do(t, ctx, chromedp.KeyEvent(kb.Escape))
	if now("aria-expanded") != "false" || now("aria-activedescendant") != "null" || eval[string](t, ctx, `document.activeElement.id`) != "find" {
		t.Errorf("after Escape: expanded %s, marked %s", now("aria-expanded"), now("aria-activedescendant"))
	}
	do(t, ctx, chromedp.KeyEvent("j"))
	if _, err := inPage(ctx, chromedp.Poll[bool](open, patient)); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.KeyEvent(kb.ArrowDown))
	want := eval[string](t, ctx, `document.querySelector('#find-list [aria-selected=true]').dataset.url`)
	// One event without a character, which chromedp.KeyEvent would send apart and so submit the form.
	if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: "rawKeyDown", Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if eval[string](t, ctx, `location.pathname + location.search`) == want {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if at := eval[string](t, ctx, `location.pathname + location.search`); at != want {
		t.Errorf("Enter leads to %s, want %s", at, want)
	}
	if len(complaints()) > 0 {
		t.Errorf("the browser complained: %v", complaints())
	}
}
