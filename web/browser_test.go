package web

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sunmao/jobs"
	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// shots is a folder that TestShots writes pictures of every page to, for people to look at:
//
//	go test ./web -run TestShots -shots ../.shots
var shots = flag.String("shots", "", "folder for screenshots; empty takes none")

// shotsOf narrows the pictures to pages whose "role-page" matches.
var shotsOf = flag.String("shots-of", "", "regular expression; only pictures of matching pages, such as district-accounts")

// chromium starts a browser, or skips the test on a machine that has none. Its limit is there
// for what hangs: a busy machine takes several times as long as a quiet one.
func chromium(t *testing.T) context.Context {
	t.Helper()
	const most = 30 * time.Minute
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no chromium on this machine")
	}
	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(90 * time.Second)}
	for _, name := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage", "hide-scrollbars"} {
		opts = append(opts, chromedp.Flag(name, true))
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser has left its folder
		cancel()
	})
	ctx, cancel = context.WithTimeout(ctx, most)
	t.Cleanup(cancel)
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := inPage(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%v in %.120s", err, expression)
	}
	return v
}

// inPage asks the page again if it was told of its scripts' new world too late: on a busy
// machine the old one may be gone when the question arrives, and nothing was done.
func inPage[T any](ctx context.Context, ask chromedp.Action[T]) (v T, err error) {
	for range 100 {
		if v, err = chromedp.Run(ctx, ask); err == nil || !strings.Contains(err.Error(), "Cannot find context with specified id") {
			return v, err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return v, err
}

// typeIn focuses an element and types. chromedp.SendKeys reads the node's attributes
// without its lock, while our scripts change them: the race detector sees it.
func typeIn(t *testing.T, ctx context.Context, selector, text string) {
	t.Helper()
	do(t, ctx, chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible), chromedp.KeyEvent(text))
}

// enterAs signs in through the form, by keyboard.
func enterAs(t *testing.T, ctx context.Context, h *house, role partnership.Role) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(h.url+"/about"))
	if eval[bool](t, ctx, `!!document.querySelector('form[action="/signout"]')`) {
		do(t, ctx, chromedp.Submit(chromedp.CSS(`form[action="/signout"]`)), chromedp.WaitVisible(chromedp.CSS("#login")))
	}
	do(t, ctx, chromedp.Navigate(h.url+"/signin"))
	typeIn(t, ctx, "#login", string(role))
	typeIn(t, ctx, "#password", testPassword+"\r")
	do(t, ctx, chromedp.WaitVisible(chromedp.CSS(".who")))
}

// pagesOf are the pages a role works with, by a name for its picture. The ids are
// read from the lists, as a person would find them.
func pagesOf(t *testing.T, h *house, role partnership.Role) map[string]string {
	t.Helper()
	b := h.as(t, string(role))
	first := func(list, prefix string) string {
		_, body := b.get(list)
		for rest := body; ; {
			i := strings.Index(rest, `href="`+prefix)
			if i < 0 {
				return ""
			}
			rest = rest[i+6:]
			at := rest[:strings.IndexByte(rest, '"')]
			if !strings.HasSuffix(at, "/new") {
				return at
			}
		}
	}
	pages := map[string]string{"home": "/", "search": "/search?q=" + url.QueryEscape("数控 车工"), "posts": "/posts?q=" + url.QueryEscape("数控"), "post": first("/posts?q="+url.QueryEscape("车工"), "/posts/"),
		"posts-none": "/posts?q=" + url.QueryEscape("不存在的东西叫什么"), "cohorts": "/cohorts", "cohort": first("/cohorts", "/cohorts/"), "bases": "/bases", "classes": "/order-classes",
		"glossary": "/glossary", "about": "/about", "password": "/password", "api": "/api", "import": "/import", "missing": "/posts/there-is-none", "placements": "/placements", "offers": "/offers"}
	if role != partnership.RoleCompany {
		for name, at := range map[string]string{"companies": "/companies", "company": first("/companies", "/companies/"), "rounds": "/rounds", "dashboard": "/dashboard", "industry-fit": "/industry-fit", "outcomes": "/rulings/outcomes", "screen": "/screen", "charts": "/charts", "dashboard-school": "/dashboard?by=major&school=" + demo.Centre, "rates": "/rates", "rates-major": "/rates?by=major"} {
			pages[name] = at
		}
	}
	pages["works"], pages["work"] = "/works", runningWork(t, h, role)
	pages["cooperations"], pages["cooperation"], pages["alliance"] = "/cooperations", first("/cooperations", "/cooperations/"), first("/cooperations", "/alliances/")
	pages["evidence"] = "/companies/" + demo.Company + "/evidence"
	pages["rulings"], pages["names"] = "/rulings", "/names"
	pages["order-class"], pages["base"], pages["placement"], pages["offer"] = first("/order-classes", "/order-classes/"), first("/bases", "/bases/"), first("/placements", "/placements/"), first("/offers", "/offers/")
	if at := first("/posts", "/companies/"); at != "" {
		pages["capacity"] = at + "/capacity"
	}
	if role != partnership.RoleCompany {
		pages["rotations"], pages["rotation"] = "/rotations", first("/rotations", "/rotations/")
	}
	if role == partnership.RoleSchool || role == partnership.RoleCompany {
		pages["class-new"], pages["base-new"] = "/order-classes/new", "/bases/new"
	}
	if at := pages["post"]; at != "" && role != partnership.RoleSchool {
		pages["align"] = at + "/align"
	}
	if role == partnership.RoleDistrict {
		pages["ruling-new"] = "/rulings/new?major=660103&occupation=6-18-01-01"
	}
	if role != partnership.RoleCompany {
		pages["audit"], pages["report"], pages["report-check"] = "/audit", "/report", "/report/check"
		if role != partnership.RoleSchool {
			pages["snapshots"] = "/snapshots"
		}
		pages["rows"] = strings.ReplaceAll(first("/dashboard", "/rows?"), "&amp;", "&")
	}
	pages["unmet"], pages["bookings"] = "/unmet", "/bookings"
	pages["graduates"], pages["graduate"], pages["notices"] = "/graduates", first("/graduates", "/graduates/"), "/account/notices"
	if role == partnership.RoleSchool {
		pages["graduate-new"] = "/graduates/new"
	}
	if role == partnership.RoleDistrict {
		pages["undelivered"], pages["schools"], pages["school-new"] = "/undelivered", "/schools", "/schools/new"
		pages["school-edit"] = "/schools/" + demo.Centre + "/edit"
	}
	pages["accounts"], pages["invite"], pages["account"], pages["two-step"] = "/accounts", "/accounts/invite", "/account", "/account/two-step"
	if role == partnership.RoleSchool || role == partnership.RoleCompany {
		pages["supervision"] = "/supervision"
	}
	if role != partnership.RoleOperator {
		pages["keys"], pages["key-new"], pages["webhooks"], pages["webhook-new"] = "/keys", "/keys/new", "/webhooks", "/webhooks/new"
	}
	switch role {
	case partnership.RoleCompany:
		pages["company"], pages["post-new"] = first("/posts", "/companies/"), "/posts/new"
		if at := first("/posts", "/posts/"); at != "" {
			pages["post-edit"] = at + "/edit"
		}
		selectionPages(t, h)
		if at := first("/rounds", "/rounds/"); at != "" {
			pages["candidates"] = first(at, at+"/candidates/")
		}
	case partnership.RoleSchool:
		for name, at := range selectionPages(t, h) {
			pages[name] = at
		}
		pages["round"] = first("/rounds", "/rounds/")
		if at := first("/cohorts", "/cohorts/"); at != "" {
			pages["rotation-new"] = "/rotations/new?cohort=" + strings.TrimPrefix(at, "/cohorts/")
		}
		pages["cohort-new"], pages["cohort-edit"] = "/cohorts/new", first("/cohorts", "/cohorts/")+"/edit"
	case partnership.RoleOperator:
		pages["trail"] = "/trail"
		pages["jobs"] = "/jobs"
		pages["round"] = first("/rounds", "/rounds/")
	case partnership.RoleDistrict:
		token, _, err := h.site.accounts.Invite(t.Context(), partnership.System("test"), partnership.Invitation{Role: partnership.RoleSchool, Party: demo.Centre, PartyName: "示例学校", Region: demo.Region, Name: "李老师"})
		if err != nil {
			t.Fatal(err)
		}
		pages["join"] = "/join/" + token
		draft := partnership.Company{}
		h.site.readCompany(newForm(registerForm()), &draft)
		if c, err := h.exchange.Register(t.Context(), draft); err == nil || errors.Is(err, partnership.ErrDuplicate) {
			pages["review"] = "/companies/" + c.ID
		}
		pages["round"], pages["run"] = first("/rounds", "/rounds/"), keptRun(t, h)
	}
	for name, at := range pages {
		if at == "" {
			delete(pages, name)
		}
	}
	return pages
}

// runningWork is the page of a piece of work that goes on for as long as the test.
func runningWork(t *testing.T, h *house, role partnership.Role) string {
	t.Helper()
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	w, err := h.site.jobs.Begin(t.Context(), partnership.Actor{Account: string(role), Role: role}, "重建索引", func(ctx context.Context) (jobs.Outcome, error) {
		partnership.Tell(ctx, "读出记录", 420)
		<-hold
		return jobs.Outcome{Words: "已重建", URL: "/"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return workURL(w.ID)
}

// keptRun is the page of a result that a later run of the same round replaced, made once a
// house.
func keptRun(t *testing.T, h *house) string {
	t.Helper()
	const name = "看图重跑轮"
	actor := partnership.Actor{Account: "school", Role: partnership.RoleSchool, Party: demo.Centre, Region: demo.Region}
	rounds, _, err := h.exchange.Rounds(t.Context(), actor, exchange.List{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if at := slices.IndexFunc(rounds, func(r partnership.Round) bool { return r.Name == name }); at >= 0 {
		return roundURL(rounds[at].ID) + "/runs/1"
	}
	v, err := h.exchange.RunRound(t.Context(), actor, partnership.Round{Name: name, Mode: partnership.ModeAssign, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.exchange.RunRound(t.Context(), actor, v.Round); err != nil {
		t.Fatal(err)
	}
	return roundURL(v.Round.ID) + "/runs/1"
}

// selectionPages are those of a two-way selection that collects, made once a house.
func selectionPages(t *testing.T, h *house) map[string]string {
	t.Helper()
	const name = "看图双选轮"
	actor := partnership.Actor{Account: "school", Role: partnership.RoleSchool, Party: demo.Centre, Region: demo.Region}
	rounds, _, err := h.exchange.Rounds(t.Context(), actor, exchange.List{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(rounds, func(r partnership.Round) bool { return r.Name == name })
	if at < 0 {
		c := addClass(t, h, "看图双选班", "LK", 3)
		v, err := h.exchange.RunRound(t.Context(), actor, partnership.Round{Name: name, Mode: partnership.ModeStable, Selection: &partnership.Selection{ChoicesBy: "2026-12-01", RanksBy: "2026-12-08"}})
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"selection": roundURL(v.Round.ID), "choices": roundURL(v.Round.ID) + "/choices/" + c.ID}
	}
	return map[string]string{"selection": roundURL(rounds[at].ID)}
}

// answers are pages that only a form sent leads to: what the first form of a page, so
// filled in, answers.
var answers = []struct {
	role     partnership.Role
	name, at string
	fill     map[string]string
}{
	{partnership.RoleCompany, "invited", "/accounts/invite", map[string]string{"name": "钱师傅"}},
	{partnership.RoleDistrict, "invite-refused", "/accounts/invite", nil},
	{partnership.RoleDistrict, "register-refused", "/register", map[string]string{"credit_code": "91999900MA0000007R", "industry": "机械"}},
	{partnership.RoleDistrict, "registered", "/register", map[string]string{"name": "重庆后来机械有限公司", "credit_code": "91999900MA0000015N", "industry": "C3670", "address": "板桥工业园 1 号", "contact": "陈经理", "staff": "120", "staff_as_of": "2026-10-31", "staff_proof": "社保参保证明",
		"credit_clean": "yes", "credit_as_of": "2026-11-10", "safety_clean": "yes", "safety_as_of": "2026-11-10"}},
}

var widths = []struct {
	name          string
	width, height int64
}{{"desk", 1366, 768}, {"phone", 390, 844}}

// TestShots takes pictures of every page of every role, on a desktop, a phone and on
// paper, and fails on a page that scrolls sideways.
func TestShots(t *testing.T) {
	if *shots == "" {
		t.Skip("no -shots folder given")
	}
	if err := os.MkdirAll(*shots, 0o750); err != nil {
		t.Fatal(err)
	}
	h, ctx := openDistrict(t), chromium(t)
	wanted := regexp.MustCompile(*shotsOf)
	take := func(name string) {
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	do(t, ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate(h.url+"/signin"))
	take("signin-desk")
	for _, role := range everyRole {
		do(t, ctx, chromedp.EmulateViewport(1366, 768))
		pages := pagesOf(t, h, role)
		maps.DeleteFunc(pages, func(name, _ string) bool { return !wanted.MatchString(string(role) + "-" + name) })
		if len(pages) > 0 {
			enterAs(t, ctx, h, role)
		}
		for name, at := range pages {
			for _, w := range widths {
				if name == "screen" {
					w.width, w.height = 1920, 1080
				}
				do(t, ctx, chromedp.EmulateViewport(w.width, w.height), chromedp.Navigate(h.url+at))
				settle(t, ctx)
				if wide := eval[int64](t, ctx, `document.documentElement.scrollWidth`); wide > w.width {
					t.Errorf("%s as %s at %d: the page is %d wide; %s", at, role, w.width, wide, eval[string](t, ctx, widest))
				}
				take(fmt.Sprintf("%s-%s-%s", role, name, w.name))
			}
			do(t, ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate(h.url+at)) // people print from a desk
			settle(t, ctx)
			pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize()))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(*shots, fmt.Sprintf("%s-%s-print.pdf", role, name)), pdf, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, a := range answers {
		if !wanted.MatchString(string(a.role) + "-" + a.name) {
			continue
		}
		enterAs(t, ctx, h, a.role)
		do(t, ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate(h.url+a.at))
		for field, text := range a.fill {
			do(t, ctx, chromedp.SetValue(chromedp.CSS("#f-"+field), text))
		}
		do(t, ctx, chromedp.Submit(chromedp.CSS("main form")), chromedp.WaitVisible(chromedp.CSS("#one-time-link, .errors, .note-good")))
		settle(t, ctx)
		for _, w := range widths {
			do(t, ctx, chromedp.EmulateViewport(w.width, w.height))
			take(fmt.Sprintf("%s-%s-%s", a.role, a.name, w.name))
		}
	}
	if *shotsOf != "" {
		return
	}
	do(t, ctx, chromedp.EmulateViewport(1366, 768))
	scheme(t, ctx, "dark")
	for _, at := range []string{"/", "/dashboard", "/posts?q=" + url.QueryEscape("数控")} {
		do(t, ctx, chromedp.Navigate(h.url+at))
		settle(t, ctx)
		take("dark-" + strings.Trim(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, strings.SplitN(at, "?", 2)[0]), "-"))
	}
}

// scheme makes the system's choice light or dark.
func scheme(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	if err != nil {
		t.Fatal(err)
	}
}

// settle waits until the pictures are drawn, and what is fetched after the page is there.
func settle(t *testing.T, ctx context.Context) {
	t.Helper()
	if _, err := inPage(ctx, chromedp.Poll[bool](`document.readyState === 'complete' && [...document.querySelectorAll('figure[data-chart]')].every(f => f.classList.contains('drawn') || f.querySelectorAll('tbody tr').length === 0 || !document.querySelector('script[src*=charts]')) && !(document.scripts.length && document.querySelector('[data-later]'))`, chromedp.WithPollingTimeout(2*time.Minute))); err != nil {
		t.Fatalf("%s: %v", eval[string](t, ctx, `location.href`), err)
	}
}

// widest names the element that sticks out furthest, to mend it.
const widest = `(() => { let worst = null, w = 0; for (const e of document.querySelectorAll('body *')) { const r = e.getBoundingClientRect(); if (r.right > w && !e.closest('.wide')) { w = r.right; worst = e; } } return worst ? worst.tagName + '.' + worst.className + ' ' + w : ''; })()`

// TestAxe asks axe-core about every page of every role, in light and dark: WCAG 2.2 AA
// and best practice, no violation. It runs where npm has fetched axe-core.
func TestAxe(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "node_modules", "axe-core", "axe.min.js"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("axe-core is not there: npm ci fetches it")
	}
	if err != nil {
		t.Fatal(err)
	}
	h, ctx := openDistrict(t), chromium(t)
	if !h.site.Built() {
		t.Skip("the assets are not built: node web/build.mjs")
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate(h.url+"/signin")); err != nil {
		t.Fatal(err)
	}
	judge(t, ctx, string(axe), "signin")
	seen := map[string]bool{}
	for _, role := range everyRole {
		enterAs(t, ctx, h, role)
		for name, at := range pagesOf(t, h, role) {
			// A page that does not differ by role is judged once.
			shared := slices.Contains([]string{"about", "glossary", "api", "password", "missing", "bases", "posts-none", "search", "rates", "rates-major", "screen"}, name)
			if shared && seen[name] {
				continue
			}
			seen[name] = true
			do(t, ctx, chromedp.Navigate(h.url+at))
			settle(t, ctx)
			judge(t, ctx, string(axe), string(role)+" "+at)
		}
	}
}

// judge runs axe on the page: every rule in light, and in dark those that look at colours, as
// the rest of the page is the same.
func judge(t *testing.T, ctx context.Context, axe, where string) {
	t.Helper()
	const run = `new Promise(next => requestAnimationFrame(next))
		.then(() => Promise.all(document.getAnimations().filter(a => a.effect.getTiming().iterations < Infinity).map(a => a.finished.catch(() => 0)))) // fades
		.then(() => axe.run(document, {runOnly: %s, resultTypes: ['violations']}))
		.then(r => r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + (n.any[0] ? n.any[0].message : '')).join(' | ')))`
	if _, err := inPage(ctx, chromedp.Evaluate[bool](axe+";true")); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	for _, look := range []struct{ scheme, rules string }{
		{"light", `['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']`},
		{"dark", `{type: 'rule', values: ['color-contrast', 'link-in-text-block']}`},
	} {
		scheme(t, ctx, look.scheme)
		found, err := inPage(ctx, chromedp.Evaluate[[]string](fmt.Sprintf(run, look.rules), chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		for _, f := range found {
			t.Errorf("%s, %s: %s", where, look.scheme, f)
		}
	}
	scheme(t, ctx, "light")
}
