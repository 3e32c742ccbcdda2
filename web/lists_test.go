package web

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"sunmao/search"
	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// mainOf is a page without its head and foot.
func mainOf(body string) string {
	_, rest, _ := strings.Cut(body, "<main")
	main, _, _ := strings.Cut(rest, "</main>")
	return main
}

var totalOf = regexp.MustCompile(`共 ([\d,]+) 条，第`)

func total(t *testing.T, body string) int {
	t.Helper()
	m := totalOf.FindStringSubmatch(mainOf(body))
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// facetLink is the address and the count of a facet's value.
func facetLink(t *testing.T, body, title, label string) (string, int) {
	t.Helper()
	_, group, ok := strings.Cut(body, `<h2 class="h6">`+title+`</h2>`)
	if !ok {
		t.Fatalf("no facet %s", title)
	}
	group, _, _ = strings.Cut(group, "</details>")
	m := regexp.MustCompile(`href="([^"]+)"[^>]*><span>(?:<span[^>]*>✓ </span>)?` + regexp.QuoteMeta(label) + `</span><span class="n">([\d,]+)<`).FindStringSubmatch(group)
	if m == nil {
		t.Fatalf("facet %s has no %s: %s", title, label, group)
	}
	n, _ := strconv.Atoi(strings.ReplaceAll(m[2], ",", ""))
	return strings.ReplaceAll(m[1], "&amp;", "&"), n
}

// Every list narrows by its facets, the counts hold, a chosen group keeps its other
// values, and each narrowing can be taken away.
func TestLists_FacetsCountWhatTheyLeadTo(t *testing.T) {
	h := openDistrict(t)
	officer := h.as(t, "district")
	for _, tc := range []struct{ list, title, label string }{
		{"/posts", "专业大类", "装备制造大类"}, {"/posts", "住宿", "提供住宿"}, {"/posts", "在岗月份", "2027年3月"},
		{"/companies", "行业", "制造业"}, {"/cohorts", "学校", "职教中心"}, {"/cohorts", "住宿", "需要住宿"},
		{"/bases", "类型", "校外"}, {"/bases", "级别", "校级"}, {"/order-classes", "学校", "职教中心"},
		{"/search", "类型", "岗位"},
	} {
		t.Run(tc.list+" "+tc.title, func(t *testing.T) {
			_, all := officer.get(tc.list)
			at, n := facetLink(t, all, tc.title, tc.label)
			_, one := officer.get(at)
			if got := total(t, one); got != n || n == 0 {
				t.Errorf("%s says %d, the list behind it has %d", tc.label, n, got)
			}
			contains(t, "the narrowed list", one, tc.title+"："+tc.label, `aria-current="true"`)
			back, same := facetLink(t, one, tc.title, tc.label)
			if same != n {
				t.Errorf("the chosen group counts itself: %d, was %d", same, n)
			}
			if _, body := officer.get(back); total(t, body) != total(t, all) {
				t.Error("taking the narrowing away does not bring everything back")
			}
		})
	}
}

func TestPosts_PayDistanceAndOrder(t *testing.T) {
	h := openDistrict(t)
	school := h.as(t, "school")
	_, all := school.get("/posts")
	everything := total(t, all)
	contains(t, "the school's list", all, "从哪里算", "职教中心", "公里", "报酬（元/月）", "导出 Excel")
	_, rich := school.get("/posts?pay=4000&sort=pay")
	_, poor := school.get("/posts?pay_to=3999")
	if a, b := total(t, rich), total(t, poor); a == 0 || b == 0 || a+b > everything {
		t.Errorf("%d posts from 4000, %d below, of %d", a, b, everything)
	}
	contains(t, "the narrowed list", rich, "报酬不低于 4,000 元/月")
	_, near := school.get("/posts?km=50&sort=distance")
	if n := total(t, near); n == 0 || n > everything {
		t.Errorf("%d posts within 50 km of %d", n, everything)
	}
	contains(t, "the near list", near, "距职教中心 50 公里内", `<strong aria-current="true">由近到远</strong>`)
	_, odd := school.get("/posts?km=-3&pay=abc&sort=upwards&page=-1&state=nonsense&from=nowhere")
	if total(t, odd) != everything {
		t.Error("values that make no sense narrow the list")
	}
}

// Paging walks through everything once, though records come in between.
func TestPosts_PagingIsStable(t *testing.T) {
	h := openDistrict(t)
	officer, company := h.as(t, "district"), h.as(t, "company")
	seen := map[string]bool{}
	rows := regexp.MustCompile(`<a class="name" href="(/posts/[^"]+)"`)
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
	_, body := officer.get("/posts?state=open")
	want := total(t, body)
	for page := 1; ; page++ {
		for _, m := range rows.FindAllStringSubmatch(body, -1) {
			if seen[m[1]] {
				t.Fatalf("%s again on page %d", m[1], page)
			}
			seen[m[1]] = true
		}
		if page == 2 { // newer than all that is listed: by place, page 3 would begin one row early
			openPost(t, company, officer, "翻页时新来的岗位")
		}
		m := next.FindStringSubmatch(body)
		if m == nil {
			break
		}
		_, body = officer.get(strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	if len(seen) != want {
		t.Errorf("walked through %d posts of %d", len(seen), want)
	}
}

func TestLists_ExportIsTheFilteredList(t *testing.T) {
	h := openDistrict(t)
	officer, school := h.as(t, "district"), h.as(t, "school")
	for _, list := range []string{"/posts?pay=4000", "/companies", "/cohorts?lodging=yes", "/bases", "/order-classes"} {
		_, page := officer.get(list)
		res, body := officer.get(list + map[bool]string{true: "&", false: "?"}[strings.Contains(list, "?")] + "format=xlsx")
		if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Disposition"), ".xlsx") {
			t.Fatalf("%s: status %d", list, res.StatusCode)
		}
		f, err := excelize.OpenReader(bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(f.GetSheetName(0))
		if err != nil || len(rows)-1 != total(t, page) {
			t.Errorf("%s: %d rows (%v), the list has %d", list, len(rows)-1, err, total(t, page))
		}
	}
	if _, body := school.get("/companies?format=csv"); strings.Contains(body, "联系人,") && strings.Contains(body, "示例联系") {
		t.Error("a school's export shows companies' contacts")
	}
	if res, _ := officer.get("/posts?format=exe"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("unknown format: status %d", res.StatusCode)
	}
}

// What is saved is found by the next request, in lists, search and suggestions alike.
func TestSavedPostIsFoundAtOnce(t *testing.T) {
	h := openDistrict(t)
	officer, company, school := h.as(t, "district"), h.as(t, "company"), h.as(t, "school")
	const title = "激光切割即时岗"
	at := openPost(t, company, officer, title)
	for _, path := range []string{"/posts?q=" + url.QueryEscape(title), "/posts", "/search?q=" + url.QueryEscape("激光切割 即时"), "/search/suggest?q=" + url.QueryEscape("激光切割即"), "/search/suggest?q=jiguangqiegejishi", "/search/suggest?q=jgqgjs"} {
		if _, body := school.get(path); !strings.Contains(body, at) {
			t.Errorf("%s does not have the post published just before", path)
		}
	}
	officer.submit(at, at+"/act", url.Values{"verb": {"return"}})
	company.submit(at, at+"/act", url.Values{"verb": {"close"}})
	for _, path := range []string{"/posts?q=" + url.QueryEscape(title), "/search?q=" + url.QueryEscape(title), "/search/suggest?q=" + url.QueryEscape(title)} {
		if _, body := school.get(path); strings.Contains(body, at) {
			t.Errorf("%s still shows a closed post", path)
		}
	}
}

func TestSearchesAreSavedAndForgotten(t *testing.T) {
	h := openDistrict(t)
	school := h.as(t, "school")
	list := "/posts?lodging=yes&q=" + url.QueryEscape("数控")
	_, body := school.get(list)
	contains(t, "a narrowed list", body, "保存这个检索", `value="数控 提供住宿"`)
	if res, _ := school.submit(list, "/searches", url.Values{"name": {"数控包住"}, "path": {list}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("save: status %d", res.StatusCode)
	}
	for _, path := range []string{"https://elsewhere.example/", "/about", "//elsewhere"} {
		if res, _ := school.submit(list, "/searches", url.Values{"name": {"坏"}, "path": {path}}); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("saved %s: status %d", path, res.StatusCode)
		}
	}
	_, body = school.get("/search")
	contains(t, "the search page", body, "常用检索", "数控包住", "最近搜索", ">数控<")
	if _, home := school.get("/"); !strings.Contains(home, "数控包住") {
		t.Error("the home page lacks the saved search")
	}
	open := firstLink(body, "/searches/")
	if res, _ := school.get(open); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != list {
		t.Errorf("opened: status %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res, _ := h.as(t, "district").get(open); res.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else opens it: status %d", res.StatusCode)
	}
	if _, body := school.get("/search/suggest?q="); !strings.Contains(body, "数控包住") || !strings.Contains(body, "最近") {
		t.Error("the empty field does not offer what was searched and saved")
	}
	key := strings.TrimPrefix(open, "/searches/")
	school.submit("/search", "/searches/drop", url.Values{"key": {key}})
	school.submit("/search", "/searches/drop", url.Values{"recent": {"1"}})
	if _, body = school.get("/search"); strings.Contains(body, "数控包住") || strings.Contains(body, "最近搜索</h2>") {
		t.Error("forgotten, but still there")
	}

	t.Run("what is still being typed is not remembered", func(t *testing.T) {
		r, err := http.NewRequest(http.MethodGet, h.url+"/posts?q="+url.QueryEscape("正在打字"), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Trigger-Name", "q")
		school.do(r)
		if _, body := school.get("/search"); strings.Contains(body, "正在打字") {
			t.Error("remembered")
		}
	})
}

// Without a word the search says so, names what is nearest, and the district sees what
// nobody found.
func TestNothingFound(t *testing.T) {
	h := openDistrict(t)
	school, officer := h.as(t, "school"), h.as(t, "district")
	_, body := school.get("/posts?q=" + url.QueryEscape("深空探测"))
	contains(t, "the empty list", body, "没有符合条件的记录", "最接近的", "清除全部条件")
	_, body = officer.get("/unmet")
	contains(t, "the district's list", body, "深空探测", "学校 1 次")
	_, form, _ := strings.Cut(body, "深空探测")
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(form)
	if id == nil {
		t.Fatal("no form to answer it")
	}
	done := url.Values{"id": {strings.NewReplacer("&#34;", `"`, "&amp;", "&").Replace(id[1])}}
	if res, _ := officer.submit("/unmet", "/unmet", done); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("answered without a word: status %d", res.StatusCode)
	}
	done.Set("how", "已请电子企业开设岗位")
	if res, _ := officer.submit("/unmet", "/unmet", done); res.StatusCode != http.StatusSeeOther {
		t.Errorf("answered: status %d", res.StatusCode)
	}
	if _, body = officer.get("/unmet"); strings.Contains(body, "深空探测") {
		t.Error("dealt with, but still listed")
	}
	if res, body := school.get("/unmet"); res.StatusCode != http.StatusOK || strings.Contains(body, "没人找到的词") {
		t.Errorf("a school reads what others looked for: status %d", res.StatusCode)
	}
}

func TestReadList_AddressesRoundTrip(t *testing.T) {
	kind := listKind{path: "/posts", kinds: []string{"post"}, pay: true, filters: []filterField{{name: "region", words: func(v string) string { return v }}}}
	q := readList(kind, url.Values{"q": {"车工"}, "region": {"500153", "500106"}, "pay": {"3000"}, "page": {"3"}, "after": {"abc"}, "sort": {search.SortPay}}, nil)
	if q.query.After != "abc" || q.page != 3 || q.query.PayMin != 3000 || q.query.Sort != search.SortPay || len(q.query.Filters["region"]) != 2 {
		t.Errorf("read: %+v", q.query)
	}
	if got := q.with(url.Values{"region": {"500106"}}); got != "/posts?pay=3000&q=%E8%BD%A6%E5%B7%A5&region=500106&sort=pay" {
		t.Errorf("with one region: %s", got)
	}
	if got := q.with(url.Values{"q": nil, "region": nil, "pay": nil, "sort": nil}); got != "/posts" {
		t.Errorf("with nothing: %s", got)
	}
}

// What a list exports, imported again, changes nothing: every row is as it is here.
func TestExportsComeBackUnchanged(t *testing.T) {
	h := openDistrict(t)
	b := h.as(t, "operator")
	// A draft that nobody has submitted, without a closing day.
	if _, err := h.exchange.SavePost(t.Context(), partnership.Actor{Account: "company", Role: partnership.RoleCompany, Party: demo.Company, Region: demo.Region},
		partnership.Post{Kind: partnership.KindInternship, Title: "还没有提交的岗位", Duties: "装配夹具", Slots: 2, From: "2027-03-01", To: "2027-08-31", PayFen: 2500_00, PayWageFen: 4000_00, LowestFen: 2300_00, Assists: true,
			Transport: "厂车接送", Sites: []string{"双河街道 2 号", "峰高街道 3 号"}, LiftKg: 12, LiftsPerHour: 6, Motions: 20, Hazards: []string{"噪声2级"}}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"companies", "posts", "cohorts", "bases", "order-classes"} {
		for _, format := range []string{"xlsx", "csv"} {
			t.Run(kind+" "+format, func(t *testing.T) {
				_, file := b.get("/" + kind + "?format=" + format)
				r, err := h.exchange.Import(t.Context(), partnership.System("test"), exchange.ImportRequest{Kind: kind, File: kind + "." + format, Body: strings.NewReader(file)})
				if err != nil {
					t.Fatal(err)
				}
				if r.Rows == 0 || r.Changes.Unchanged != r.Rows || len(r.Problems) > 0 {
					t.Errorf("%d rows, %+v; first problems %v; first changes %+v", r.Rows, r.Changes, r.Problems[:min(3, len(r.Problems))], r.Shown[:min(5, len(r.Shown))])
				}
			})
		}
	}
}

// Bookings, students of order classes and plans of rotation come out in the columns they go
// in by; taken in again, they change nothing, and the pages lead to both.
func TestPlanExportsComeBackUnchanged(t *testing.T) {
	tr := openTrade(t, 4, 4)
	school, other, x := tr.as(t, "school"), tr.as(t, "school2"), tr.exchange
	actor := tradeActors["school"]
	cohorts, _, err := x.Cohorts(t.Context(), actor, exchange.List{})
	if err != nil || len(cohorts) == 0 {
		t.Fatal(err)
	}
	base, err := x.SaveBase(t.Context(), actor, partnership.TrainingBase{Name: "数控实训中心", Kind: "校内", Level: "市级", Majors: []string{"660103"}, Workstations: 30, OpenToOthers: true, TeacherPlaces: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []partnership.BaseBooking{
		{Cohort: cohorts[0].ID, Subject: "车工实训", Seats: 20, From: "2026-12-07", To: "2027-01-15", Weekdays: []int{1, 3}, Parts: []string{partnership.Morning}},
		{Teachers: true, Subject: "企业实践", Seats: 2, From: "2026-12-07", To: "2026-12-18", Weekdays: []int{5}, Parts: []string{partnership.Morning, partnership.Afternoon}},
		{Cohort: cohorts[0].ID, Subject: "铣工实训", Seats: 20, From: "2026-12-07", To: "2027-01-15", Weekdays: []int{2}, Parts: []string{partnership.Morning}},
	} {
		if k, err = x.BookBase(t.Context(), actor, base.ID, k); err != nil {
			t.Fatal(err)
		}
		if k.Subject == "铣工实训" {
			if _, err := x.ActBooking(t.Context(), actor, base.ID, 2026, k.ID, "cancel", "设备检修"); err != nil {
				t.Fatal(err)
			}
		}
	}
	class, err := x.SaveClass(t.Context(), actor, partnership.OrderClass{Company: "c1", Kind: "订单班", Name: "数控订单班", Majors: []string{"660103"}, Seats: 10, Minimum: 1, DecideBy: "2026-12-10", From: "2027-03-01", To: "2028-06-30"})
	if err != nil {
		t.Fatal(err)
	}
	students, _, err := x.Students(t.Context(), actor, exchange.RosterQuery{})
	if err != nil || len(students) < 2 {
		t.Fatal(err)
	}
	if _, err := x.EnrolClass(t.Context(), actor, class.ID, []string{students[0].Number, students[1].Number}, 0); err != nil {
		t.Fatal(err)
	}
	post, err := x.Post(t.Context(), actor, tr.post)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.PlanRotation(t.Context(), actor, partnership.Rotation{Cohort: cohorts[0].ID, Name: "秋季轮换", From: post.Post.From, To: post.Post.To, Batches: 2, TurnWeeks: 2}, []string{tr.post}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		kind, page, at string
		rows           int
	}{
		{"bookings", "/bookings", "/bookings?format=xlsx", 3},
		{"bookings", "/bookings?whose=own&state=held", "/bookings?whose=own&state=held&format=xlsx", 2},
		{"class-members", "/order-classes/" + class.ID, "/order-classes/" + class.ID + "?format=members", 2},
		{"rotations", "/rotations", "/rotations?format=xlsx", 1},
	} {
		t.Run(tc.at, func(t *testing.T) {
			if _, body := school.get(tc.page); !strings.Contains(body, "/import?kind="+tc.kind) || !strings.Contains(body, "导出") {
				t.Errorf("%s leads to no import or export", tc.page)
			}
			_, file := school.get(tc.at)
			r, err := x.Import(t.Context(), actor, exchange.ImportRequest{Kind: tc.kind, File: "file.xlsx", Body: strings.NewReader(file)})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows != tc.rows || r.Changes.Unchanged != r.Rows || len(r.Problems) > 0 {
				t.Errorf("%d rows, %+v, problems %v, changes %+v", r.Rows, r.Changes, r.Problems, r.Shown)
			}
		})
	}
	if _, body := other.get("/bookings"); strings.Contains(body, "车工实训") {
		t.Error("another school sees the bookings")
	}
	if res, _ := tr.as(t, "company").get("/order-classes/" + class.ID + "?format=members"); res.StatusCode != http.StatusForbidden {
		t.Errorf("the company takes the students away: status %d", res.StatusCode)
	}
	if _, body := tr.as(t, "district").get("/bookings"); !strings.Contains(body, "车工实训") {
		t.Error("the district does not see the bookings")
	}
	var doc struct {
		Year  int
		Items []struct {
			BaseName string `json:"base_name"`
			Subject  string
		}
	}
	if res := call(t, school, http.MethodGet, "/bookings?state=held", "", &doc); res.StatusCode != http.StatusOK || doc.Year != 2026 || len(doc.Items) != 2 || doc.Items[0].BaseName != "数控实训中心" {
		t.Errorf("API: status %d %+v", res.StatusCode, doc)
	}
}
