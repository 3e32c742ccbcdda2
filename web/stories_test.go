package web

import (
	"bytes"
	"encoding/base64"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sunmao/services/demo"
)

func goodPost(title string) url.Values {
	return url.Values{"title": {title}, "kind": {"internship"}, "duties": {"操作数控车床加工轴类零件，装夹、对刀、首件自检。"}, "skills": {"数控编程，量具测量"}, "slots": {"３"},
		"from": {"2027-03-01"}, "to": {"2027-08-31"}, "closes_on": {"2027-02-20"}, "region": {demo.Region}, "pay_fen": {"4，200.50"}, "pay_wage_fen": {"4500"}, "pay_form": {"货币"}, "pay_to": {"学生本人"}, "pay_cycle": {"30"},
		"hours_per_day": {"8"}, "days_per_week": {"5"}, "tutors": {"3"}, "same_post_staff": {"20"}, "labour_grade": {"2"}, "lodging": {"1"}}
}

// A company's first try is refused field by field, nothing typed is lost; mended, the
// post is submitted, returned with a reason, submitted again, published, and then
// found by a school, which may not change it.
func TestPostFromDraftToSchool(t *testing.T) {
	h := openDistrict(t)
	company, officer, school := h.as(t, "company"), h.as(t, "district"), h.as(t, "school")
	title := "数控车工故事岗"
	bad := goodPost(title)
	bad.Set("slots", "三个")
	bad.Set("to", "2027-02-01")
	bad.Set("pay_fen", "面议")
	res, body := company.submit("/posts/new", "/posts", bad)
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("bad post: status %d", res.StatusCode)
	}
	for _, want := range []string{`href="#f-slots"`, `id="f-slots"`, "“三个”不是整数", "“面议”不是金额", `value="三个"`, `value="面议"`, `value="` + title + `"`, `aria-invalid="true"`, "4500"} {
		if !strings.Contains(body, want) {
			t.Errorf("the refused form lacks %s", want)
		}
	}
	bad.Set("slots", "3")
	bad.Set("pay_fen", "4200")
	if _, body = company.submit("/posts/new", "/posts", bad); !strings.Contains(body, "结束日期不能早于开始日期") {
		t.Error("the window that ends before it begins was not refused")
	}
	good := goodPost(title)
	good.Set("then", "submit")
	res, body = company.submit("/posts/new", "/posts", good)
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || at == "" {
		t.Fatalf("good post: status %d %.500s", res.StatusCode, body)
	}
	if _, body = company.get(at); !strings.Contains(body, "等待区教委审核") || !strings.Contains(body, "4,200.5 元/月") {
		t.Errorf("after the save the page does not say what happened: %.300s", body)
	}
	if res, _ = school.get(at); res.StatusCode != http.StatusNotFound {
		t.Errorf("a school sees a post under review: status %d", res.StatusCode)
	}
	if res, _ = officer.submit(at, at+"/act", url.Values{"verb": {"return"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("returned without a reason: status %d", res.StatusCode)
	}
	officer.submit(at, at+"/act", url.Values{"verb": {"return"}, "why": {"请写明班次"}})
	if _, body = company.get("/"); !strings.Contains(body, "请写明班次") {
		t.Error("the company's worklist does not tell why the post came back")
	}
	company.submit(at, at+"/act", url.Values{"verb": {"submit"}})
	if res, body = officer.submit(at, at+"/act", url.Values{"verb": {"publish"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("publish: status %d %.600s", res.StatusCode, body)
	}
	if _, body = school.get("/posts?q=" + url.QueryEscape(title)); !strings.Contains(body, at) {
		t.Error("the school does not find the open post")
	}
	if _, body = school.get(at); !strings.Contains(body, "本校适合的班级批次") || strings.Contains(body, "/edit\"") {
		t.Error("the school's page of the post is not as it should be")
	}
	stale := goodPost(title)
	stale.Set("rev", "1")
	if _, body = company.submit(at+"/edit", at, stale); !strings.Contains(body, "刚被别人修改过") {
		t.Error("a change over somebody else's was not refused")
	}
}

// upload sends a file to be checked and returns where its import is shown.
func upload(t *testing.T, b *browser, name, text string, fields map[string]string) (res *http.Response, body, at string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	fields["token"] = b.token("/import")
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, b.root+"/import", &buf)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	res, body = b.do(r)
	if res.StatusCode != http.StatusSeeOther {
		return res, body, ""
	}
	at = res.Header.Get("Location")
	return res, finished(t, b, at), at
}

// finished is the page of an import when nothing is under way any more.
func finished(t *testing.T, b *browser, at string) string {
	t.Helper()
	for range 600 {
		_, body := b.get(at)
		if !strings.Contains(body, "hx-trigger=\"every 1s\"") {
			return body
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s: the import does not come to an end", at)
	return ""
}

// press uses one of the buttons of a page.
func press(t *testing.T, b *browser, at, verb string) string {
	t.Helper()
	res, body := b.submit(at, at+"/act", url.Values{"verb": {verb}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s %s: status %d %.600s", at, verb, res.StatusCode, body)
	}
	return finished(t, b, at)
}

func TestImportNamesEveryBadRow(t *testing.T) {
	h := openDistrict(t)
	officer, company := h.as(t, "district"), h.as(t, "company")
	sheet := "企业名称,统一社会信用代码\n示例导入一号有限公司,\n示例导入二号有限公司,91500226MA5U000000\n"
	_, body, at := upload(t, officer, "企业.csv", sheet, map[string]string{"kind": "companies"})
	if !strings.Contains(body, "待确认") || !strings.Contains(body, "统一社会信用代码") || !strings.Contains(body, "只写入没有错误的 1 行") || strings.Contains(body, `value="write"`) {
		t.Errorf("a bad row: %.1800s", body[max(0, strings.Index(body, "<main")):])
	}
	if res, book := officer.get(at + "/errors"); res.StatusCode != http.StatusOK || !strings.HasPrefix(book, "PK") {
		t.Errorf("error workbook: status %d", res.StatusCode)
	}
	if _, list := officer.get("/companies?state=pending"); strings.Contains(list, "示例导入一号") {
		t.Error("something was written before anybody agreed")
	}
	if body = press(t, officer, at, "write-good"); !strings.Contains(body, "已写入") {
		t.Error("the good rows were not written")
	}
	if _, list := officer.get("/companies?state=pending"); !strings.Contains(list, "示例导入一号") {
		t.Error("the company is not in the list")
	}
	if res, _ := company.get(at); res.StatusCode != http.StatusNotFound {
		t.Errorf("another party opens the import: status %d", res.StatusCode)
	}
	if body = press(t, officer, at, "undo"); !strings.Contains(body, "已撤销") {
		t.Error("not undone")
	}
	if _, list := officer.get("/companies?state=pending"); strings.Contains(list, "示例导入一号") {
		t.Error("the company is still in the list after the undo")
	}
	if res, body, _ := upload(t, company, "企业.csv", sheet, map[string]string{"kind": "companies"}); res.StatusCode != http.StatusForbidden || !strings.Contains(body, "不能导入") {
		t.Errorf("a kind that the role may not import: status %d", res.StatusCode)
	}
	if res, _, _ := upload(t, officer, "大.csv", strings.Repeat("很大的文件", 2<<20), map[string]string{"kind": "companies"}); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a file above the limit: status %d, want 413", res.StatusCode)
	}
	if res, body := officer.get("/import/template/companies"); res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "PK") {
		t.Errorf("template: status %d", res.StatusCode)
	}
}

// A school's own headings are asked for once and then known.
func TestImportRemembersHeadings(t *testing.T) {
	h := openDistrict(t)
	officer := h.as(t, "district")
	sheet := "单位全名,注册号码\n示例列名一号有限公司,\n"
	_, body, at := upload(t, officer, "企业.csv", sheet, map[string]string{"kind": "companies"})
	if !strings.Contains(body, "缺少必填的列") || !strings.Contains(body, "单位全名") || !strings.Contains(body, "企业名称") {
		t.Fatalf("unknown headings: %.1500s", body[max(0, strings.Index(body, "<main")):])
	}
	res, body := officer.submit(at, at+"/columns", url.Values{"c0": {"name"}, "c1": {"name"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "不能都是") {
		t.Errorf("one field twice: status %d", res.StatusCode)
	}
	if res, _ = officer.submit(at, at+"/columns", url.Values{"c0": {"name"}, "c1": {"-"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("mapped: status %d", res.StatusCode)
	}
	if body = finished(t, officer, at); !strings.Contains(body, "待确认") || !strings.Contains(body, "示例列名一号有限公司") {
		t.Errorf("after mapping: %.1500s", body[max(0, strings.Index(body, "<main")):])
	}
	if _, body, _ = upload(t, officer, "企业二.csv", strings.Replace(sheet, "一号", "二号", 1), map[string]string{"kind": "companies"}); !strings.Contains(body, "待确认") || !strings.Contains(body, "示例列名二号有限公司") {
		t.Error("the headings were not remembered")
	}
	var d importDoc
	if res := call(t, officer, http.MethodPost, "/imports", `{"kind":"companies","file":"x.csv","content":"`+base64.StdEncoding.EncodeToString([]byte("企业名称\n示例接口有限公司\n"))+`"}`, &d); res.StatusCode != http.StatusOK || d.State != "ready" || d.Changes.New != 1 {
		t.Errorf("API upload: status %d %+v", res.StatusCode, d)
	}
	if call(t, officer, http.MethodPost, "/imports/"+d.ID+"/act", `{"verb":"write"}`, &d); d.State != "committed" {
		t.Errorf("API write: %+v", d)
	}
	if call(t, officer, http.MethodPost, "/imports/"+d.ID+"/act", `{"verb":"undo"}`, &d); d.State != "undone" {
		t.Errorf("API undo: %+v", d)
	}
}

func TestRoundFromPreviewToPublished(t *testing.T) {
	h := openDistrict(t)
	school := h.as(t, "school")
	res, body := school.submit("/rounds", "/rounds", url.Values{"name": {"本校一轮"}, "mode": {"stable"}})
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("run: status %d %.400s", res.StatusCode, body)
	}
	_, body = school.get(at)
	if !strings.Contains(body, "这是预览") || !strings.Contains(body, "没有安置的学生") || !strings.Contains(body, "已核验") {
		t.Fatal("the preview lacks its parts")
	}
	i := strings.Index(body, `name="bar" value="`)
	if i < 0 {
		t.Fatal("no line to bar")
	}
	pair := body[i+18:]
	pair = pair[:strings.IndexByte(pair, '"')]
	school.submit(at, at+"/run", url.Values{"mode": {"assign"}, "bar": {pair}})
	_, body = school.get(at + "?all=1")
	if n := strings.Count(body, `value="`+pair+`"`); n != 1 || !strings.Contains(body, "已排除的安排") {
		t.Errorf("the barred pair stands %d times on the page, want once, among the barred", n)
	}
	if res, _ = school.submit(at, at+"/publish", url.Values{}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("publish: status %d", res.StatusCode)
	}
	if res, _ = school.submit(at, at+"/run", url.Values{"mode": {"assign"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("run again after publishing: status %d, want 409", res.StatusCode)
	}
}

// The dashboard's figures are those of the report, with numerator and denominator.
func TestDashboardTellsTheReport(t *testing.T) {
	h := openDistrict(t)
	_, body := h.as(t, "district").get("/dashboard?year=2025")
	for _, want := range []string{"26.58%", "689/2,592", "86.50%", "73.26%", "1,899/2,592", "24.19%", "514/2,125", "85.41%", "439/514", "定义版本 1", "2025年12月31日"} {
		if !strings.Contains(body, want) {
			t.Errorf("the dashboard lacks %s", want)
		}
	}
	_, table := h.as(t, "school").get("/rates?year=2025&by=school&format=csv")
	if !strings.HasPrefix(table, "\ufeff") || !strings.Contains(table, "514,2125,24.19") {
		t.Errorf("export: %.300s", table)
	}
}

// Without bundles the pages come with the committed style sheets and no script.
func TestBareCheckout(t *testing.T) {
	a, err := loadAssets(dist, own)
	if err != nil {
		t.Fatal(err)
	}
	if !a.built && len(a.scripts(true)) != 0 {
		t.Error("scripts without bundles")
	}
	for _, list := range [][]string{a.styles(), a.scripts(true)} {
		for _, at := range list {
			if _, ok := a.files[at]; !ok {
				t.Errorf("%q is not among the files", at)
			}
		}
	}
	for _, name := range []string{"plain.css", "theme.css", "icon.svg"} {
		if a.path(name) == "" {
			t.Errorf("%s is not embedded", name)
		}
	}
	h := openHouse(t)
	for _, at := range append(a.styles(), a.path("icon.svg")) {
		res, body := h.browser(t).get(at)
		if res.StatusCode != http.StatusOK || body == "" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, %q", at, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
}

// TestRoundWeights: a round scores by the weights of its form, says so, and sends back
// those that do not add up with what was typed.
func TestRoundWeights(t *testing.T) {
	school := openDistrict(t).as(t, "school")
	form := url.Values{"name": {"看重报酬"}, "mode": {"assign"}, "pay": {"22"}, "skills": {"10"}, "far_km": {"60"}}
	res, body := school.submit("/rounds", "/rounds", form)
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("run: status %d %.400s", res.StatusCode, body)
	}
	if _, body = school.get(res.Header.Get("Location")); !strings.Contains(body, "技能课程 10 分、报酬 22 分、多远没有分 60 公里") {
		t.Error("the round does not say by which weights it scored")
	}
	for _, c := range []struct{ pay, want string }{{"23", "合计 101.00 分"}, {"很多", "不是数字"}} {
		form.Set("pay", c.pay)
		if res, body = school.submit("/rounds", "/rounds", form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, c.want) || !strings.Contains(body, `value="`+c.pay+`"`) {
			t.Errorf("pay %s: status %d, want 422 with %q and what was typed", c.pay, res.StatusCode, c.want)
		}
	}
}
