package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
)

var confirmLink = regexp.MustCompile(`value="https://sunmao\.example(/confirm/[A-Z0-9]+)"`)

// An outcome is recorded, the company objects, the school keeps it with evidence, the
// graduate objects by link without an account, the district rules: everybody concerned
// reads all of it, and nobody else learns that there is anything.
func TestOutcomeDisputed(t *testing.T) {
	tr := openTrade(t, 2, 2)
	school, rival, company, officer, nobody := tr.as(t, "school"), tr.as(t, "school2"), tr.as(t, "company"), tr.as(t, "district"), tr.browser(t)
	form := url.Values{"student_no": {"T0001"}, "year": {"2026"}, "direction": {"employed"}, "employer": {""}, "pay": {"四千"}}
	res, body := school.submit("/graduates/new", "/graduates", form)
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "“四千”不是金额") || !strings.Contains(body, `value="T0001"`) {
		t.Errorf("a bad record: status %d", res.StatusCode)
	}
	form.Set("pay", "4200")
	if _, body = school.submit("/graduates/new", "/graduates", form); !strings.Contains(body, "就业要写明用人单位全称") {
		t.Error("employed by nobody was taken")
	}
	form.Set("employer", "重庆示例甲精密机械有限公司")
	res, body = school.submit("/graduates/new", "/graduates", form)
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/graduates/") {
		t.Fatalf("record: status %d %.900s", res.StatusCode, mainOf(body))
	}
	if _, body = company.get("/"); !strings.Contains(body, "1 名毕业生的去向等您确认") || !strings.Contains(body, at) {
		t.Error("the company's worklist does not tell")
	}
	if _, body = company.get(at); strings.Contains(body, "T0001") || strings.Contains(body, "4,200") || !strings.Contains(body, "属实，确认") {
		t.Error("the company's page shows number or pay, or takes no answer")
	}
	if res, body = company.submit(at, at+"/answer", url.Values{"verb": {"dispute"}, "why": {""}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明哪里不对") {
		t.Errorf("an objection without a word: status %d", res.StatusCode)
	}
	must(t, company, at, at+"/answer", url.Values{"verb": {"dispute"}, "why": {"没有招过这名毕业生"}})
	for who, b := range map[string]*browser{"school": school, "company": company, "district": officer} {
		if _, body = b.get(at); !strings.Contains(body, "没有招过这名毕业生") || !strings.Contains(body, "按去向不明计") {
			t.Errorf("%s does not see the objection: %.900s", who, mainOf(body))
		}
	}
	if res, body = school.submit(at, at+"/rule", url.Values{"why": {"有合同"}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "维持登记要有佐证") {
		t.Errorf("kept without evidence: status %d", res.StatusCode)
	}
	form.Set("evidence", "劳动合同 2026-031，就业办")
	must(t, school, at+"/edit", "/graduates", form)
	must(t, school, at, at+"/rule", url.Values{"why": {"有合同"}})
	_, body = school.submit(at, at+"/link", url.Values{})
	m := confirmLink.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no link: %.900s", mainOf(body))
	}
	if _, body = nobody.get(m[1]); !strings.Contains(body, "重庆示例甲精密机械有限公司") || strings.Contains(body, "T0001") || strings.Contains(body, "独*") || strings.Contains(body, "独特名") {
		t.Errorf("the graduate's page: %.900s", mainOf(body))
	}
	if res, body = nobody.submit(m[1], m[1], url.Values{"answer": {"no"}, "claim": {"searching"}, "why": {""}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明哪里不对") {
		t.Errorf("the graduate's objection without a word: status %d", res.StatusCode)
	}
	must(t, nobody, m[1], m[1], url.Values{"answer": {"no"}, "claim": {"searching"}, "why": {"只实习过"}})
	if res, _ = nobody.post(m[1], url.Values{"answer": {"yes"}, "token": {nobody.token(m[1])}}); res.StatusCode != http.StatusConflict {
		t.Errorf("answered twice: status %d", res.StatusCode)
	}
	must(t, officer, at, at+"/rule", url.Values{"direction": {"searching"}, "why": {"社保没有参保记录"}})
	var doc graduateDoc
	if res = call(t, school, http.MethodGet, at, "", &doc); res.StatusCode != http.StatusOK || doc.Direction != "searching" || !doc.Final || doc.Disputed {
		t.Errorf("API: status %d %+v", res.StatusCode, doc)
	}
	if _, body = nobody.get(m[1]); !strings.Contains(body, "待就业") || !strings.Contains(body, "区教委已作出裁定") {
		t.Error("the graduate does not see the ruling")
	}
	for _, path := range []string{at, apiRoot + at} {
		if res, _ = rival.get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("another school opens %s: status %d", path, res.StatusCode)
		}
	}
	for range 25 {
		res, _ = nobody.get("/confirm/NOSUCHTOKEN")
	}
	if res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("guessing links: status %d, want 429 in the end", res.StatusCode)
	}
}

// The list goes out as a file with a reason; so do the links, one for each who has not answered.
func TestOutcomeFiles(t *testing.T) {
	tr := openTrade(t, 2, 2)
	school := tr.as(t, "school")
	_, _, at := upload(t, school, "去向.csv", "学号,毕业年份,去向,用人单位,月收入,对口,佐证材料\nT0000,2026,就业,重庆示例甲精密机械有限公司,4200.50,否,劳动合同 1；社保\nT0001,2026,升学,,,,\n", map[string]string{"kind": "outcomes"})
	if body := press(t, school, at, "write"); !strings.Contains(body, "已写入") {
		t.Fatalf("import: %.900s", mainOf(body))
	}
	if res, _ := school.submit("/graduates", "/graduates/export", url.Values{"format": {"csv"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("exported without a reason: status %d", res.StatusCode)
	}
	res, body := school.submit("/graduates", "/graduates/export", url.Values{"format": {"csv"}, "reason": {"核对"}})
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "T0000,2026,就业") || !strings.Contains(body, "T0001,2026,升学") {
		t.Errorf("export: status %d %.400s", res.StatusCode, body)
	}
	for _, format := range []string{"csv", "xlsx"} { // as filtered, and back again: nothing is changed by it
		_, file := school.submit("/graduates", "/graduates/export", url.Values{"format": {format}, "q": {"T0000"}, "reason": {"核对"}})
		back, err := tr.exchange.Import(t.Context(), tradeActors["school"], exchange.ImportRequest{Kind: "outcomes", File: "去向." + format, Body: strings.NewReader(file)})
		if err != nil || back.Rows != 1 || back.Changes.Unchanged != 1 || len(back.Problems) > 0 {
			t.Errorf("%s back: %d rows, %+v, problems %v, %v; %+v", format, back.Rows, back.Changes, back.Problems, err, back.Shown)
		}
	}
	res, body = school.submit("/graduates", "/graduates/links", url.Values{"reason": {"发给毕业生"}})
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "PK") {
		t.Fatalf("links: status %d %.300s", res.StatusCode, body)
	}
	links := map[string]bool{}
	for _, row := range readBook(t, body) {
		for _, cell := range row {
			if path, ok := strings.CutPrefix(cell, "https://sunmao.example"); ok {
				links[path] = true
			}
		}
	}
	if len(links) != 2 {
		t.Fatalf("%d links", len(links))
	}
	for path := range links {
		if res, _ := tr.browser(t).get(path); res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, res.StatusCode)
		}
	}
	if _, ok := sheets.KindOf("outcomes"); !ok {
		t.Error("no such kind")
	}
}

// Somebody sets how to be told, is told, and what does not get through is seen to.
func TestNoticesOverHTTP(t *testing.T) {
	answer := `{"errcode":0}`
	var said []string
	robot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		said = append(said, string(raw))
		_, _ = io.WriteString(w, answer)
	}))
	defer robot.Close()
	tr := openTrade(t, 2, 2)
	company, officer, school := tr.as(t, "company"), tr.as(t, "district"), tr.as(t, "school")
	form := url.Values{"hook_kind": {"wecom"}, "hook": {"https://192.168.1.9/x"}, "phone": {"13812345678"}, "mail": {"li@example.cn"}, "tell-offers": {"now"}}
	res, body := company.submit("/account/notices", "/account/notices", form)
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "指向内部网络") || !strings.Contains(body, "没有配置发信服务器") || !strings.Contains(body, `value="https://192.168.1.9/x"`) {
		t.Errorf("a hook inside: status %d %.900s", res.StatusCode, mainOf(body))
	}
	form.Set("hook", robot.URL)
	form.Del("mail")
	form.Set("then", "submit")
	must(t, company, "/account/notices", "/account/notices", form)
	deliver := func() {
		t.Helper()
		if _, _, err := tr.exchange.Outbox().Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	if len(said) != 1 || !strings.Contains(said[0], "测试消息") {
		t.Fatalf("told: %q", said)
	}
	if _, body = company.get("/account/notices"); !strings.Contains(body, robot.URL) || !strings.Contains(body, "13812345678") {
		t.Error("the settings are not shown to their owner")
	}
	answer = `{"errcode":93000}`
	must(t, company, "/account/notices", "/account/notices", form)
	deliver()
	if _, body = officer.get("/"); !strings.Contains(body, "1 条消息没有送达") {
		t.Error("the district's worklist does not tell")
	}
	_, body = officer.get("/undelivered")
	if !strings.Contains(body, "138****5678") || strings.Contains(body, "13812345678") || !strings.Contains(body, "错误码 93000") {
		t.Errorf("the list: %.1200s", mainOf(body))
	}
	id := regexp.MustCompile(`/undelivered/([^/"]+)/act`).FindStringSubmatch(body)[1]
	if res, _ = school.get("/undelivered"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a school: status %d", res.StatusCode)
	}
	if res, body = officer.submit("/undelivered", "/undelivered/"+id+"/reveal", url.Values{"reason": {""}}); res.StatusCode != http.StatusUnprocessableEntity || strings.Contains(body, "13812345678") {
		t.Errorf("without a reason: status %d", res.StatusCode)
	}
	if _, body = officer.submit("/undelivered", "/undelivered/"+id+"/reveal", url.Values{"reason": {"电话告知"}}); !strings.Contains(body, "13812345678") {
		t.Error("the number is not shown")
	}
	if res, book := officer.get("/undelivered?format=csv"); res.StatusCode != http.StatusOK || !strings.Contains(book, "138****5678") || strings.Contains(book, "13812345678") {
		t.Errorf("export: status %d %.300s", res.StatusCode, book)
	}
	must(t, officer, "/undelivered", "/undelivered/"+id+"/act", url.Values{"verb": {"drop"}, "why": {"已电话告知"}})
	if _, body = officer.get("/undelivered"); !strings.Contains(body, "消息都已送达") {
		t.Error("still listed")
	}
	var set noticesDoc
	if res := call(t, company, http.MethodGet, "/account/notices", "", &set); res.StatusCode != http.StatusOK || set.Tell["offers"] != partnership.TellNow || set.Hook != robot.URL {
		t.Errorf("API: %+v", set)
	}
	raw, _ := json.Marshal(set)
	if res := call(t, company, http.MethodPost, "/account/notices", string(raw), &set); res.StatusCode != http.StatusOK {
		t.Errorf("API save: status %d", res.StatusCode)
	}
}

// Whom nothing can reach is on the list with phone number, tasks and day; the workbook has
// the numbers in full for who writes why.
func TestCallsOverHTTP(t *testing.T) {
	tr := openTrade(t, 2, 2)
	school, officer := tr.as(t, "school"), tr.as(t, "district")
	must(t, school, "/account/notices", "/account/notices", url.Values{"hook_kind": {"wecom"}, "phone": {"13812345678"}})
	if _, err := tr.exchange.Remind(t.Context(), tr.site.today(), tr.site.accounts); err != nil {
		t.Fatal(err)
	}
	if _, body := officer.get("/"); !strings.Contains(body, "个账号收不到通知，有待办要打电话告知") {
		t.Error("the district's worklist does not tell")
	}
	_, body := officer.get("/undelivered")
	if row := mainOf(body); !strings.Contains(row, "138****5678") || strings.Contains(row, "13812345678") || !strings.Contains(row, "没有留电子邮箱和群机器人") || !strings.Contains(row, "名额待确定学生") || strings.Contains(row, `value="retry"`) {
		t.Errorf("the list: %.1500s", row)
	}
	ask := url.Values{"format": {"xlsx"}, "reason": {""}}
	if res, body := officer.submit("/undelivered", "/undelivered/export", ask); res.StatusCode != http.StatusUnprocessableEntity || strings.Contains(body, "13812345678") {
		t.Errorf("without a reason: status %d", res.StatusCode)
	}
	ask.Set("reason", "逐个电话告知")
	res, book := officer.submit("/undelivered", "/undelivered/export", ask)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("export: status %d", res.StatusCode)
	}
	found := false
	for _, row := range readBook(t, book) {
		found = found || strings.Contains(strings.Join(row, "|"), "13812345678") && strings.Contains(strings.Join(row, "|"), "名额待确定学生")
	}
	if !found {
		t.Errorf("the workbook: %q", readBook(t, book))
	}
}

// readBook is the first sheet of a workbook.
func readBook(t *testing.T, body string) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
