package web

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sunmao/services/demo"
	"sunmao/services/partnership"
)

// viewer is a person in front of a real browser, who goes by what the page shows.
type viewer struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // lives for one story
	h   *house
}

// until waits for a condition of the page, over navigations and swaps.
func (p *viewer) until(what, condition string) {
	p.t.Helper()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(3 * time.Minute); ; {
		if ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`document.readyState === 'complete' && !!(`+condition+`)`)); err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			p.t.Fatalf("the page never came to %s: %.900s", what, eval[string](p.t, p.ctx, `document.querySelector('main')?.innerText || document.body.innerText`))
		}
	}
}

func (p *viewer) enter(role partnership.Role) { p.t.Helper(); enterAs(p.t, p.ctx, p.h, role) }

func (p *viewer) open(path string) {
	p.t.Helper()
	do(p.t, p.ctx, chromedp.Navigate(p.h.url+path))
}

// fill puts values into the fields of a form as a person would leave them.
func (p *viewer) fill(form string, values url.Values) {
	p.t.Helper()
	for name, v := range values {
		script := fmt.Sprintf(`(() => {
	const all = [...document.querySelectorAll(%q + ' [name="' + %q + '"]')].filter(e => e.type !== 'hidden');
	for (const e of all) {
		if (e.type === 'checkbox' || e.type === 'radio') { e.checked = e.value === %q; } else { e.value = %q; }
		e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true}));
	}
	return all.length;
})()`, form, name, v[0], v[0])
		if n := eval[int64](p.t, p.ctx, script); n == 0 {
			p.t.Fatalf("%s has no field %s", form, name)
		}
	}
}

// press clicks the button a selector finds and waits for the page that follows.
func (p *viewer) press(button string) {
	p.t.Helper()
	p.until("a button "+button, `document.querySelector(`+fmt.Sprintf("%q", button)+`)`)
	eval[bool](p.t, p.ctx, `(() => { window.confirm = () => true; window.stale = true; document.querySelector(`+fmt.Sprintf("%q", button)+`).click(); return true; })()`)
	p.until("the answer to "+button, `!window.stale`)
}

// verb is the button of one of the things that can be done on a page.
func verb(name string) string { return `form:has(input[name=verb][value="` + name + `"]) button` }

// reads wants texts on the page, without those that may not be there.
func (p *viewer) reads(want []string, not ...string) {
	p.t.Helper()
	text := eval[string](p.t, p.ctx, `document.querySelector('main').innerText`)
	for _, w := range want {
		if !strings.Contains(text, w) {
			p.t.Errorf("the page does not show %q:\n%.1200s", w, text)
		}
	}
	for _, w := range not {
		if strings.Contains(text, w) {
			p.t.Errorf("the page shows %q", w)
		}
	}
}

// picture keeps what the person sees, where a folder was given.
func (p *viewer) picture(name string) {
	p.t.Helper()
	if wide := eval[int64](p.t, p.ctx, `document.documentElement.scrollWidth`); wide > 1366 {
		p.t.Errorf("%s: the page is %d wide", name, wide)
	}
	if *shots == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, "story-"+name+".png"), png, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// The stories of the exchange in a real browser, one after the other in the same window; what
// the same stories prove over HTTP is not proven again, but that a person gets through.
func TestStoriesInABrowser(t *testing.T) {
	ctx := chromium(t)
	do(t, ctx, chromedp.EmulateViewport(1366, 900))
	if *shots != "" {
		if err := os.MkdirAll(*shots, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	district := openDistrict(t)
	for _, story := range []struct {
		name string
		tell func(*viewer)
		at   func() *house
	}{
		{"a post that breaks four rules is mended", fourRules, func() *house { return district }},
		{"an order class fails its minimum", failingClass, func() *house { return district }},
		{"500 students with 20 bad rows", fiveHundred, nil},
	} {
		t.Run(story.name, func(t *testing.T) {
			p := &viewer{t: t, ctx: ctx}
			if story.at != nil {
				p.h = story.at()
			}
			story.tell(p)
		})
	}
	t.Run("a round from preview to a placement and back", func(t *testing.T) { roundAndBack(&viewer{t: t, ctx: ctx}) })
	t.Run("the last slot of two schools", func(t *testing.T) { lastSlot(&viewer{t: t, ctx: ctx}) })
	t.Run("no start without the guardian", func(t *testing.T) { guardian(&viewer{t: t, ctx: ctx}) })
	t.Run("an outcome disputed", func(t *testing.T) { disputed(&viewer{t: t, ctx: ctx}) })
}

const mainForm = `form.form`

func fourRules(p *viewer) {
	p.t.Helper()
	p.enter(partnership.RoleCompany)
	p.open("/posts/new")
	form := goodPost("浏览器里四处违规的车工")
	form.Set("slots", "3")
	form.Set("pay_fen", "4200")
	p.fill(mainForm, form)
	p.fill(mainForm, url.Values{"hours_per_day": {"9"}, "days_per_week": {"4"}, "pay_form": {"购物卡"}, "pay_to": {"学校"}, "labour_grade": {"3"}})
	p.press(`button[name=then][value=submit]`)
	if n := eval[int64](p.t, p.ctx, `document.querySelectorAll('.finding-bad').length`); n != 4 {
		p.t.Errorf("%d rules are named, want 4", n)
	}
	p.reads([]string{"怎样改："})
	p.picture("four-rules")
	at := eval[string](p.t, p.ctx, `location.pathname`)
	p.enter(partnership.RoleDistrict)
	p.open(at)
	p.fill(`form:has(input[name=verb][value=return])`, url.Values{"why": {"请按页面上的四条规定修改"}})
	p.press(verb("return"))
	p.enter(partnership.RoleCompany)
	p.open(at)
	p.reads([]string{"请按页面上的四条规定修改"})
	p.open(at + "/edit")
	p.fill(mainForm, url.Values{"hours_per_day": {"8"}, "days_per_week": {"5"}, "pay_form": {"货币"}, "pay_to": {"学生本人"}, "labour_grade": {"2"}})
	p.press(mainForm + ` button.btn-primary`)
	p.press(verb("submit"))
	if n := eval[int64](p.t, p.ctx, `document.querySelectorAll('.finding-bad').length`); n != 0 {
		p.t.Errorf("mended, but %d rules are named", n)
	}
	p.enter(partnership.RoleDistrict)
	p.open(at)
	p.press(verb("publish"))
	p.reads([]string{"招收中"})
	p.picture("four-rules-mended")
}

func failingClass(p *viewer) {
	p.t.Helper()
	addClass(p.t, p.h, "浏览器订单班", "BC", 6)
	company, err := p.h.exchange.Party(p.t.Context(), partnership.System("test"), "company", demo.Company)
	if err != nil {
		p.t.Fatal(err)
	}
	p.enter(partnership.RoleSchool)
	p.open("/order-classes/new")
	p.fill(mainForm, url.Values{"company": {company.Name}, "name": {"浏览器故事订单班"}, "kind": {"订单班"}, "majors": {"660103"}, "seats": {"6"}, "minimum": {"5"}, "decide_by": {"2026-12-10"}, "from": {"2027-03-01"}, "to": {"2028-06-30"}, "promised_hire_pct": {"80"}, "promised_by": {"2028-07-31"}})
	p.press(mainForm + ` button.btn-primary`)
	at := eval[string](p.t, p.ctx, `location.pathname`)
	p.fill(`#form-enrol`, url.Values{"numbers": {"BC0000 BC0001"}})
	p.press(`#form-enrol button`)
	p.reads([]string{"BC0000"})
	p.press(verb("open"))
	p.reads([]string{"不到最低开班人数 5 人"})
	p.picture("class-too-few")
	if _, err := p.h.exchange.TendClasses(p.t.Context(), "2026-12-11"); err != nil {
		p.t.Fatal(err)
	}
	p.open(at)
	p.reads([]string{"未开班"})
	p.press(verb("tell"))
	p.reads([]string{"已通知"})
	p.picture("class-not-opened")
}

// sheet writes a file for the browser to upload and returns its path.
func (p *viewer) sheet(name, text string) string {
	p.t.Helper()
	at := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return at
}

func (p *viewer) upload(kind, file string) {
	p.t.Helper()
	p.open("/import?kind=" + kind)
	do(p.t, p.ctx, chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{file}))
	p.press(`form[enctype] button`)
}

func fiveHundred(p *viewer) {
	p.t.Helper()
	tr := openTrade(p.t, 2, 2)
	p.h = tr.house
	if _, err := tr.exchange.SaveCohort(p.t.Context(), tradeActors["school"], partnership.Cohort{Name: "五百人班", Major: "660103", EntryYear: 2024, Size: 500, From: "2026-11-16", To: "2027-05-14"}); err != nil {
		p.t.Fatal(err)
	}
	good := rosterText("五百人班", "W", 500)
	lines := strings.Split(good, "\n")
	for i := range 20 {
		cells := strings.Split(lines[1+25*i], ",")
		cells[3] = "2008-13-45"
		lines[1+25*i] = strings.Join(cells, ",")
	}
	p.enter(partnership.RoleSchool)
	p.upload("students", p.sheet("名册.csv", strings.Join(lines, "\n")))
	p.until("the check", `document.body.innerText.includes('只写入没有错误的 480 行')`)
	p.reads([]string{"2008-13-45"})
	p.picture("import-bad-rows")
	mended := p.sheet("名册改好.csv", good)
	for _, again := range []bool{true, false} {
		p.upload("students", mended)
		p.press(verb("write"))
		p.until("the rows written", `document.body.innerText.includes('已写入')`)
		if again {
			p.press(verb("undo"))
			p.until("the rows taken back", `document.body.innerText.includes('已撤销')`)
			p.picture("import-undone")
		}
	}
	p.open("/students")
	p.reads([]string{"W0"})
	p.picture("import-written")
}

func roundAndBack(p *viewer) {
	p.t.Helper()
	tr := openTrade(p.t, 3, 2)
	p.h = tr.house
	x, ctx := tr.exchange, p.t.Context()
	if _, err := x.SaveCohort(ctx, tradeActors["school"], partnership.Cohort{Name: "浏览器轮次班", Major: "660103", EntryYear: 2024, Size: 1, From: "2026-11-16", To: "2027-05-14"}); err != nil {
		p.t.Fatal(err)
	}
	p.enter(partnership.RoleSchool)
	p.open("/rounds")
	p.fill(`form[action="/rounds"]`, url.Values{"name": {"浏览器一轮"}})
	p.press(`form[action="/rounds"] button.btn-primary`)
	p.until("the preview", `document.body.innerText.includes('这是预览')`)
	p.picture("round-preview")
	p.press(`form[action$="/publish"] button`)
	p.reads([]string{"已发布"})
	p.picture("round-published")
	at := tr.named(p.t, "school")[0]
	p.open(at)
	p.press(verb("accept"))
	taken := func() int {
		p.t.Helper()
		v, err := x.Post(ctx, tradeActors["company"], tr.post)
		if err != nil {
			p.t.Fatal(err)
		}
		return v.Post.Taken
	}
	if n := taken(); n != 1 {
		p.t.Errorf("accepted, %d slots are taken", n)
	}
	p.fill(`form:has(input[name=verb][value=end])`, url.Values{"why": {"学生转学"}})
	p.press(verb("end"))
	p.reads([]string{"学生转学"})
	if n := taken(); n != 0 {
		p.t.Errorf("ended, %d slots are taken", n)
	}
	p.picture("round-back")
}

func lastSlot(p *viewer) {
	p.t.Helper()
	tr := openTrade(p.t, 1, 1)
	p.h = tr.house
	mine, theirs := tr.named(p.t, "school")[0], tr.named(p.t, "school2")[0]
	p.enter(partnership.RoleSchool)
	p.open(mine) // the page still offers the slot when the other school takes it
	must(p.t, tr.as(p.t, "school2"), theirs, theirs+"/act", url.Values{"verb": {"accept"}})
	p.press(verb("accept"))
	p.reads([]string{"最后一个刚被别人占用"})
	p.picture("last-slot-told")
}

func guardian(p *viewer) {
	p.t.Helper()
	tr := openTrade(p.t, 3, 2)
	p.h = tr.house
	school, company := tr.as(p.t, "school"), tr.as(p.t, "company")
	at := tr.named(p.t, "school")[0]
	must(p.t, school, at, at+"/act", url.Values{"verb": {"accept"}})
	tr.sign(p.t, school, at, partnership.SignSchool, partnership.SignStudent, partnership.ConsentSelf)
	tr.sign(p.t, company, at, partnership.SignCompany)
	form := schoolPaperForm()
	form.Set("insured_to1", "2027-05-14")
	must(p.t, school, at+"/papers", at+"/papers", form)
	must(p.t, company, at+"/papers", at+"/papers", url.Values{"company_tutor": {"李师傅"}, "training_day": {"2026-11-17"}, "training_topic": {"安全生产"}, "training_passed": {"yes"}})
	p.enter(partnership.RoleSchool)
	p.open(at)
	p.reads([]string{"监护人没有签"})
	p.picture("no-guardian")
	p.press(`form:has(input[name=who][value=` + string(partnership.ConsentGuard) + `]) button`)
	p.reads(nil, "监护人没有签")
	p.press(verb("start"))
	p.reads([]string{"在岗"})
	p.picture("started")
}

func disputed(p *viewer) {
	p.t.Helper()
	tr := openTrade(p.t, 2, 2)
	p.h = tr.house
	p.enter(partnership.RoleSchool)
	p.open("/graduates/new")
	p.fill(mainForm, url.Values{"student_no": {"T0001"}, "year": {"2026"}, "direction": {"employed"}, "employer": {"重庆示例甲精密机械有限公司"}})
	p.press(mainForm + ` button.btn-primary`)
	at := eval[string](p.t, p.ctx, `location.pathname`)
	p.reads([]string{"未答复"})
	p.enter(partnership.RoleCompany)
	p.open(at)
	p.fill(`form:has(button[value=dispute])`, url.Values{"why": {"没有招过这名毕业生"}})
	p.press(`button[value=dispute]`)
	p.reads([]string{"没有招过这名毕业生"})
	p.enter(partnership.RoleDistrict)
	p.open(at)
	p.reads([]string{"没有招过这名毕业生", "按去向不明计"})
	p.picture("outcome-disputed")
}
