package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/partnership"
)

// The district reads what is unmet on both sides, a school and a company their own; as a
// file too.
func TestUnmetDemandPages(t *testing.T) {
	tr := openTrade(t, 2, 2)
	x, ctx := tr.exchange, t.Context()
	if _, err := x.SaveCohort(ctx, tradeActors["school"], partnership.Cohort{Name: "护理空班", Major: "720201", EntryYear: 2024, Size: 7, From: "2026-11-16", To: "2027-05-14"}); err != nil {
		t.Fatal(err)
	}
	if _, err := x.RollUnmet(ctx, "2026-11-20"); err != nil {
		t.Fatal(err)
	}
	school, rival, company, officer := tr.as(t, "school"), tr.as(t, "school2"), tr.as(t, "company"), tr.as(t, "district")
	for who, b := range map[string]*browser{"school": school, "district": officer} {
		if _, body := b.get("/unmet"); !strings.Contains(body, "护理空班") || !strings.Contains(body, "专业不对应") || !strings.Contains(body, "7 名学生") {
			t.Errorf("%s: %.1200s", who, mainOf(body))
		}
	}
	for who, b := range map[string]*browser{"another school": rival, "a company": company} {
		if res, body := b.get("/unmet"); res.StatusCode != http.StatusOK || strings.Contains(body, "护理空班") {
			t.Errorf("%s: status %d", who, res.StatusCode)
		}
	}
	if _, body := officer.get("/unmet?kind=distance"); strings.Contains(body, "护理空班") {
		t.Error("the filter by reason does nothing")
	}
	if res, body := officer.get("/unmet?format=csv&side=cohort"); res.StatusCode != http.StatusOK || !strings.Contains(body, "护理空班") || !strings.Contains(body, "没有岗位的班级") {
		t.Errorf("export: status %d %.300s", res.StatusCode, body)
	}
	var list struct {
		Items []unmetDemandDoc `json:"items"`
	}
	if res := call(t, school, http.MethodGet, "/unmet/demand?side=cohort", "", &list); res.StatusCode != http.StatusOK || len(list.Items) == 0 {
		t.Errorf("API: status %d %+v", res.StatusCode, list)
	}
	if _, body := officer.get("/"); !strings.Contains(body, "个班级还有学生没有岗位") {
		t.Error("the district's worklist does not tell")
	}
}

// Who has nothing yet is led to what comes first, and every step can be taken.
func TestHomeLeadsTheFirstSteps(t *testing.T) {
	h := openHouse(t)
	steps := regexp.MustCompile(`(?s)从这里开始</h2></header><ol class="work">(.*?)</ol>`)
	link := regexp.MustCompile(`<a href="([^"]+)">`)
	for _, who := range []string{"district", "school", "operator"} {
		b := h.as(t, who)
		_, body := b.get("/")
		list := steps.FindStringSubmatch(body)
		if list == nil {
			t.Errorf("%s is shown no first steps: %.900s", who, mainOf(body))
			continue
		}
		for _, to := range link.FindAllStringSubmatch(list[1], -1) {
			res, page := b.get(to[1])
			if res.StatusCode != http.StatusOK {
				t.Errorf("%s: %s answers %d", who, to[1], res.StatusCode)
			}
			if _, kind, ok := strings.Cut(to[1], "kind="); ok && !strings.Contains(page, `value="`+kind+`" selected`) {
				t.Errorf("%s: %s does not open with that kind chosen", who, to[1])
			}
		}
	}
	if _, body := openTrade(t, 2, 2).as(t, "school").get("/"); strings.Contains(body, "从这里开始") {
		t.Error("a school with a class is shown the first steps")
	}
}

// A district with nothing yet is led to what comes first: it registers a school, is asked about
// a major that is none, and mends what it wrote.
func TestSchoolRegistered(t *testing.T) {
	tr := openTrade(t, 2, 2)
	officer := tr.as(t, "district")
	form := url.Values{"name": {"荣昌区第二职业学校"}, "kind": {"中职"}, "authority": {"荣昌区教育委员会"}, "region": {"500153"}, "majors": {"660103\n物联网应用技术"}}
	res, body := officer.submit("/schools/new", "/schools", form)
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "第 2 行“物联网应用技术”") || !strings.Contains(body, "710102") {
		t.Errorf("a name of another level: status %d %.1500s", res.StatusCode, mainOf(body))
	}
	form.Set("majors", "660103\n710102 物联网技术应用 2021")
	must(t, officer, "/schools/new", "/schools", form)
	_, body = officer.get("/schools")
	at := regexp.MustCompile(`href="(/schools/[^"]+/edit)">荣昌区第二职业学校`).FindStringSubmatch(body)
	if at == nil {
		t.Fatalf("not listed: %.2000s", mainOf(body))
	}
	_, body = officer.get(at[1])
	contains(t, "the form", body, "710102 物联网技术应用 2021", "荣昌区教育委员会")
	rev := regexp.MustCompile(`name="rev" value="(\d+)"`).FindStringSubmatch(body)
	form.Set("rev", rev[1])
	form.Set("short", "二职校")
	must(t, officer, at[1], strings.TrimSuffix(at[1], "/edit"), form)
	if res, _ := officer.submit(at[1], strings.TrimSuffix(at[1], "/edit"), form); res.StatusCode != http.StatusConflict {
		t.Errorf("an old form again: status %d", res.StatusCode)
	}
}

// A district suspends a school with a reason: its open sessions end, nobody of it signs in;
// another district knows nothing of it; resumed, all is as before.
func TestSchoolSuspended(t *testing.T) {
	tr := openTrade(t, 2, 2)
	school, officer := tr.as(t, "school"), tr.as(t, "district")
	if _, body := officer.get("/schools"); !strings.Contains(body, "示例甲职业学校") || !strings.Contains(body, "正常") {
		t.Errorf("the list: %.900s", mainOf(body))
	}
	if res, body := officer.submit("/schools", "/schools/s1/act", url.Values{"verb": {"suspend"}}); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请写明暂停的原因") {
		t.Errorf("without a reason: status %d", res.StatusCode)
	}
	must(t, officer, "/schools", "/schools/s1/act", url.Values{"verb": {"suspend"}, "why": {"整改期间"}})
	if res, _ := school.get("/cohorts"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the open session goes on: status %d", res.StatusCode)
	}
	b := tr.browser(t)
	if res, body := b.submit("/signin", "/signin", url.Values{"login": {"school"}, "password": {testPassword}}); res.StatusCode == http.StatusSeeOther || !strings.Contains(body, "贵校已被区教委暂停") {
		t.Errorf("sign-in: status %d", res.StatusCode)
	}
	if res, _ := tr.as(t, "school2").get("/cohorts"); res.StatusCode != http.StatusOK {
		t.Errorf("another school: status %d", res.StatusCode)
	}
	if res := call(t, officer, http.MethodPost, "/schools/s1/act", `{"verb":"resume"}`, nil); res.StatusCode != http.StatusOK {
		t.Errorf("resume: status %d", res.StatusCode)
	}
	if res, _ := tr.as(t, "school").get("/cohorts"); res.StatusCode != http.StatusOK {
		t.Errorf("after it: status %d", res.StatusCode)
	}
}
