package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sunmao/services/partnership"
)

// hands go through the platform with key events alone: no click, no focus set by a script,
// no address typed but the first. Every stop of the Tab key must show where the focus is.
type hands struct {
	t    *testing.T
	ctx  context.Context
	keys int // pressed to get somewhere and to act; the characters of what is typed are not counted
}

// where tells what the keyboard is on, and what is wrong with how that is shown: nothing
// marks it, it lies outside the window, or something covers it (WCAG 2.4.7, 2.4.11).
const where = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return {at: '', fault: ''};
	const s = getComputedStyle(e), r = e.getBoundingClientRect();
	let fault = '';
	if (!(s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) && s.boxShadow === 'none') fault = 'nothing marks the focus';
	else if (r.width < 1 || r.height < 1 || r.bottom <= 0 || r.right <= 0 || r.top >= innerHeight || r.left >= innerWidth) fault = 'out of the window';
	else {
		const x = Math.min(Math.max(r.left + Math.min(r.width, 20) / 2, 0), innerWidth - 1), y = Math.min(Math.max(r.top + Math.min(r.height, 20) / 2, 0), innerHeight - 1);
		const over = document.elementFromPoint(x, y);
		if (over && over !== e && !e.contains(over) && !over.contains(e)) fault = 'covered by ' + over.tagName + '.' + over.className;
	}
	return {at: e.tagName + '#' + e.id + '[' + (e.getAttribute('href') || e.name || '') + '] ' + e.textContent.trim().slice(0, 30), fault: fault};
})()`

type focus struct {
	At    string `json:"at"`
	Fault string `json:"fault"`
}

// press presses a key and lets it go, as a keyboard does: one event that both presses and types.
func (k *hands) press(key string) {
	k.t.Helper()
	codes := map[string]struct {
		code, text string
		number     int64
	}{"Tab": {"Tab", "", 9}, "Enter": {"Enter", "\r", 13}, " ": {"Space", " ", 32}, "/": {"Slash", "/", 191}, "ArrowDown": {"ArrowDown", "", 40}, "ArrowRight": {"ArrowRight", "", 39}}
	c, ok := codes[key]
	if !ok {
		k.t.Fatalf("no key %q on this keyboard", key)
	}
	for _, p := range []input.DispatchKeyEventParams{{Type: "keyDown", Key: key, Code: c.code, Text: c.text, WindowsVirtualKeyCode: c.number}, {Type: "keyUp", Key: key, Code: c.code, WindowsVirtualKeyCode: c.number}} {
		if _, err := chromedp.Call(k.ctx, input.DispatchKeyEvent, p); err != nil {
			k.t.Fatal(err)
		}
	}
	k.keys++
}

// on reports whether the focus is on what the selector names.
func (k *hands) on(selector string) bool {
	k.t.Helper()
	return eval[bool](k.t, k.ctx, fmt.Sprintf(`document.activeElement !== null && document.activeElement.matches(%q)`, selector))
}

// to goes on by Tab to the first element that the selector names.
func (k *hands) to(selector string) {
	k.t.Helper()
	for range 150 {
		k.press("Tab")
		if f := eval[focus](k.t, k.ctx, where); f.Fault != "" {
			k.t.Errorf("%s: %s: %s", eval[string](k.t, k.ctx, `location.pathname`), f.At, f.Fault)
		}
		if k.on(selector) {
			return
		}
	}
	k.t.Fatalf("%s: 150 times Tab do not lead to %s", eval[string](k.t, k.ctx, `location.pathname`), selector)
}

// body skips the head of the page, by the link that every page begins with.
func (k *hands) body() {
	k.t.Helper()
	k.to("a.skip")
	k.press("Enter")
	if !k.on("#main") {
		k.t.Errorf("%s: the skip link leads to %q", eval[string](k.t, k.ctx, `location.pathname`), eval[focus](k.t, k.ctx, where).At)
	}
}

// enter presses Enter on what has the focus and waits for what then shows.
func (k *hands) enter(shows string) {
	k.t.Helper()
	k.press("Enter")
	do(k.t, k.ctx, chromedp.WaitVisible(chromedp.CSS(shows)))
	settle(k.t, k.ctx)
}

func (k *hands) write(text string) {
	k.t.Helper()
	do(k.t, k.ctx, chromedp.KeyEvent(text))
}

// fill goes to a field and writes into it.
func (k *hands) fill(selector, text string) {
	k.t.Helper()
	k.to(selector)
	k.write(text)
}

// day writes a day into a date field, part by part in the order in which this browser has them.
func (k *hands) day(selector, month, day, year string) {
	k.t.Helper()
	k.fill(selector, month+day+year)
	if got := eval[string](k.t, k.ctx, `document.activeElement.value`); got != year+"-"+month+"-"+day {
		k.t.Fatalf("%s: %s%s%s typed, the field has %q", selector, month, day, year, got)
	}
}

// begins opens the sign-in and signs in.
func (k *hands) begins(h *house, role partnership.Role) {
	k.t.Helper()
	do(k.t, k.ctx, chromedp.Navigate(h.url+"/signin"))
	k.fill("#login", string(role))
	k.fill("#password", testPassword)
	k.enter(".who")
}

// ends signs out, and counts what the task took.
func (k *hands) ends() {
	k.t.Helper()
	k.t.Logf("%d keys beside what was typed", k.keys)
	k.to(`form[action="/signout"] button`)
	k.enter("#login")
}

// chooses lets file choosers that the keyboard opens answer with a file, and dialogs that
// ask once more with yes: both belong to the system, not to the page.
func chooses(t *testing.T, ctx context.Context, file string) {
	t.Helper()
	err := chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *cdppage.EventFileChooserOpened:
			go func() {
				if _, err := chromedp.Call(ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{file}, BackendNodeID: e.BackendNodeID}); err != nil {
					t.Errorf("choose a file: %v", err)
				}
			}()
		case *cdppage.EventJavascriptDialogOpening:
			go func() {
				if _, err := chromedp.Call(ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true}); err != nil {
					t.Errorf("answer a dialog: %v", err)
				}
			}()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdppage.SetInterceptFileChooserDialog, cdppage.SetInterceptFileChooserDialogParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
}

// byKeyboard are the five tasks of docs/usability.md, in its order.
var byKeyboard = []struct {
	name string
	role partnership.Role
	do   func(k *hands)
}{
	{"企业发布第一个岗位", partnership.RoleCompany, func(k *hands) {
		k.body()
		k.to(`main a[href="/posts/new"]`)
		k.enter("#f-title")
		k.body()
		k.fill("#f-title", "数控车工键盘岗")
		k.fill("#f-duties", "操作数控车床加工轴类零件，装夹、对刀、首件自检")
		k.fill("#f-slots", "3")
		k.day("#f-from", "03", "01", "2027")
		k.day("#f-to", "08", "31", "2027")
		k.to(`button[name="then"]`)
		k.enter("dl.facts")
		k.shows("等待区教委审核")
	}},
	{"学校导入名册并看到候选岗位", partnership.RoleSchool, func(k *hands) {
		k.body()
		k.to(`main a[href^="/import?kind=students"]`)
		k.enter("#f-file")
		k.body()
		k.to("#f-file")
		k.press("Enter") // opens the system's own dialog
		k.until(`document.querySelector('#f-file').files.length === 1`)
		k.to(`main button[type="submit"]`)
		k.press("Enter")
		k.until(`!!document.querySelector('#batch input[name="verb"][value="write"]')`)
		k.to(`form:has(input[value="write"]) button`)
		k.press("Enter")
		k.until(`document.querySelector('.title .mark').textContent.includes('已写入')`)
		k.to(`main a[href="/cohorts"]`)
		k.enter("#list")
		k.body()
		k.to(`#list a[href^="/cohorts/"]`)
		k.enter("dl.facts")
		k.shows("适配分")
	}},
	{"区教委运行并发布一轮匹配", partnership.RoleDistrict, func(k *hands) {
		k.body()
		k.to(`main a[href="/rounds"]`)
		k.enter(`form[action="/rounds"]`)
		k.body()
		k.to(`select[name="mode"]`)
		k.until(`document.activeElement.value === 'assign'`)
		k.to(`form[action="/rounds"] button[type="submit"]`)
		k.press("Enter")
		k.until(`document.querySelector('form[action$="/publish"]') !== null`)
		k.body()
		k.to(`form[action$="/publish"] button`)
		k.press("Enter")
		k.until(`document.querySelector('.title .mark').textContent.includes('已发布')`)
	}},
	{"区教委查一个比率为什么低", partnership.RoleDistrict, func(k *hands) {
		k.body()
		k.to(`main a[href^="/dashboard"]`)
		k.enter(".kpis")
		k.body()
		k.to(`main a[href^="/rows?"]`)
		k.enter("dl.facts")
		k.shows("分母")
	}},
	{"区教委发布前核对报告", partnership.RoleDistrict, func(k *hands) {
		k.body()
		k.to(`main a[href^="/report/check"]`)
		k.enter("table.findings")
		k.shows("对不上的数")
	}},
}

// until waits until the page that is there by then says so; in between it may be another one.
func (k *hands) until(expression string) {
	k.t.Helper()
	for late := time.Now().Add(3 * time.Minute); time.Now().Before(late); {
		if yes, err := chromedp.Run(k.ctx, chromedp.Evaluate[bool](expression)); err == nil && yes {
			settle(k.t, k.ctx)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	k.t.Fatalf("%s: three minutes have passed without %s", eval[string](k.t, k.ctx, `location.pathname`), expression)
}

func (k *hands) shows(want string) {
	k.t.Helper()
	if text := eval[string](k.t, k.ctx, `document.querySelector('main').textContent`); !strings.Contains(text, want) {
		k.t.Errorf("the last page does not show %q: %.600s", want, text)
	}
}

// The five tasks are done with the keyboard alone, from the sign-in to the sign-out; the
// focus is seen at every stop, and the browser has nothing to complain about.
func TestKeyboardDoesTheFiveTasks(t *testing.T) {
	h, ctx := openDistrict(t), chromium(t)
	if !h.site.Built() {
		t.Skip("the assets are not built: node web/build.mjs")
	}
	addClass(t, h, "2024级键盘测试班", "KB", 1)
	file := filepath.Join(t.TempDir(), "名册.csv")
	if err := os.WriteFile(file, []byte(rosterText("2024级键盘测试班", "KC", 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	chooses(t, ctx, file)
	complaints := watch(t, ctx)
	do(t, ctx, chromedp.EmulateViewport(1366, 768))
	for _, task := range byKeyboard {
		t.Run(task.name, func(t *testing.T) {
			k := &hands{t: t, ctx: ctx}
			k.begins(h, task.role)
			task.do(k)
			k.ends()
		})
	}
	if len(complaints()) > 0 {
		t.Errorf("the browser complained: %v", complaints())
	}
}

// Tab goes through a page from its first control to its last and comes round again: none
// of them holds the focus, and none that can be used is left out.
func TestKeyboardIsNeverTrapped(t *testing.T) {
	h, ctx := openDistrict(t), chromium(t)
	if !h.site.Built() {
		t.Skip("the assets are not built: node web/build.mjs")
	}
	// One of a group of radio buttons stands for all; what is folded away is not there.
	const number = `(() => { let n = 0; const radios = new Set();
		for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {
			if (e.disabled || e.type === 'hidden' || e.tabIndex < 0 || !e.checkVisibility({visibilityProperty: true})) continue;
			if (e.type === 'radio') { const of = (e.form ? [...document.forms].indexOf(e.form) : '') + e.name; if (radios.has(of)) continue; radios.add(of); }
			n++;
		} return n; })()`
	const step = `(() => { const e = document.activeElement; if (!e || e === document.body) return -1; window.met ??= new Map(); if (!window.met.has(e)) window.met.set(e, window.met.size); return window.met.get(e); })()`
	names := []string{"home", "post", "post-new", "posts", "import", "rounds", "round", "dashboard", "report-check", "rows", "search"}
	for _, role := range []partnership.Role{partnership.RoleCompany, partnership.RoleSchool, partnership.RoleDistrict} {
		enterAs(t, ctx, h, role)
		for name, at := range pagesOf(t, h, role) {
			if !slices.Contains(names, name) {
				continue
			}
			do(t, ctx, chromedp.Navigate(h.url+at))
			settle(t, ctx)
			k, last, met := &hands{t: t, ctx: ctx}, -1, 0
			want := eval[int](t, ctx, number)
			for range 3 * (want + 5) {
				k.press("Tab")
				now := eval[int](t, ctx, step)
				if now == last && now >= 0 && eval[string](t, ctx, `document.activeElement.type || ''`) != "date" { // a date has three parts
					t.Fatalf("%s as %s: Tab does not leave %s", at, role, eval[focus](t, ctx, where).At)
				}
				if now == 0 && met > 0 {
					break
				}
				last, met = now, max(met, now+1)
			}
			if met != want {
				t.Errorf("%s as %s: Tab stops %d times, %d controls can be used", at, role, met, want)
			}
		}
	}
}

// A person signs in, searches with the slash key, opens a post and searches again, with the
// keyboard alone; nothing is refused by the content policy on the way.
func TestKeyboardFindsAPost(t *testing.T) {
	h, ctx := openDistrict(t), chromium(t)
	complaints := watch(t, ctx)
	do(t, ctx, chromedp.EmulateViewport(1366, 768))
	enterAs(t, ctx, h, partnership.RoleSchool)
	if h.site.Built() {
		(&hands{t: t, ctx: ctx}).press("/")
		if at := eval[string](t, ctx, `document.activeElement.id`); at != "find" {
			t.Fatalf("after the slash key the focus is on %q", at)
		}
	} else {
		do(t, ctx, chromedp.Focus(chromedp.CSS("#find")))
	}
	typeIn(t, ctx, "#find", "数控车工\r")
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS("#list")))
	if got := eval[string](t, ctx, `new URL(location).searchParams.get('q')`); got != "数控车工" {
		t.Fatalf("searched for %q", got)
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS("#list .what a")), chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("dl.facts")))
	if title := eval[string](t, ctx, `document.querySelector('h1').textContent`); !strings.Contains(title, "车工") {
		t.Errorf("opened %q", title)
	}
	do(t, ctx, chromedp.Navigate(h.url+"/posts"))
	typeIn(t, ctx, "#q", "护理\r")
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS(".chips")))
	if len(complaints()) > 0 {
		t.Errorf("the browser complained: %v", complaints())
	}
}

// watch collects what the browser complains about: console errors, refusals of the
// content policy, failed loads.
func watch(t *testing.T, ctx context.Context) func() []string {
	t.Helper()
	var mu sync.Mutex
	var all []string
	err := chromedp.Listen(ctx, func(ev any) {
		var text string
		switch e := ev.(type) {
		case *cdplog.EventEntryAdded:
			if e.Entry != nil && e.Entry.Level == cdplog.EntryLevelError {
				text = e.Entry.Text + " " + e.Entry.URL
			}
		case *runtime.EventExceptionThrown:
			text = "exception"
			if e.ExceptionDetails != nil {
				text = e.ExceptionDetails.Text
			}
		}
		if text != "" {
			mu.Lock()
			all = append(all, text)
			mu.Unlock()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}
