package web

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"sunmao/services/demo"
	"sunmao/services/partnership"
)

// workbook opens what a page sent as Excel: rows by sheet.
func workbook(t *testing.T, file string) map[string][][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader([]byte(file)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // in memory
	out := map[string][][]string{}
	for _, name := range f.GetSheetList() {
		if out[name], err = f.GetRows(name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

var panelTitle = regexp.MustCompile(`<section class="panel[^"]*" id="[^"]+"><header><h2>([^<]+)`)

// Every filter stands in the address, and the Excel holds the questions of the page with
// their rows, no others.
func TestDashboardViews(t *testing.T) {
	h := openDistrict(t)
	officer := h.as(t, "district")
	for name, tc := range map[string]struct {
		at    string
		wants []string
	}{
		"the district":         {"/dashboard?year=2025", []string{"全区：2025 届", "26.58%", "各校与全区差在哪里", "虚线是全区的"}},
		"one school":           {"/dashboard?year=2025&school=" + demo.Centre, []string{"职教中心：2025 届", "24.19%", "全区 26.58%，低 2.39 个百分点", "年度报告还缺什么"}},
		"by major":             {"/dashboard?year=2025&by=major", []string{"哪些专业直接就业率高"}},
		"other rates":          {"/dashboard?year=2025&by=class&x=progression&y=destination", []string{"升学率", "毕业去向落实率"}},
		"one group by its own": {"/dashboard?year=2025&by=class&group=" + url.QueryEscape("装备制造大类"), []string{"全区 装备制造大类：2025 届", "个百分点"}},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := officer.get(tc.at)
			if res.StatusCode != http.StatusOK {
				t.Fatalf("status %d", res.StatusCode)
			}
			contains(t, "the page", body, tc.wants...)
			_, file := officer.get(tc.at + "&format=xlsx")
			book := workbook(t, file)
			titles := panelTitle.FindAllStringSubmatch(body, -1)
			if len(book) != len(titles)+1 {
				t.Errorf("%d sheets for %d questions and the overview", len(book), len(titles))
			}
			for _, rows := range book {
				if !strings.Contains(body, rows[0][0]) && !strings.Contains(rows[0][0], "2025 届") {
					t.Errorf("the sheet %q answers no question of the page", rows[0][0])
				}
			}
		})
	}
	if res, _ := officer.get("/dashboard?year=2025&group=no-such-group"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a group there is not: status %d", res.StatusCode)
	}
	if res, _ := officer.get("/dashboard?x=no-such-rate"); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a rate there is not: status %d", res.StatusCode)
	}
}

// The lines of the quadrant are the district's figures, not a mean of the groups.
func TestQuadrantStandsAgainstTheDistrict(t *testing.T) {
	_, body := openDistrict(t).as(t, "district").get("/dashboard?year=2025&school=" + demo.Centre)
	m := regexp.MustCompile(`data-chart="quadrant"[^>]*data-mean-x="([^"]+)" data-mean-y="([^"]+)" data-mean-of="全区"`).FindStringSubmatch(body)
	if m == nil || m[1] != "26.58" || m[2] != "86.50" {
		t.Errorf("the quadrant is cut at %q, want 26.58 and 86.50", m)
	}
}

// A school begins with its own figures beside the district's, and what it still owes.
func TestSchoolsOwnDashboard(t *testing.T) {
	school := openDistrict(t).as(t, "school")
	_, body := school.get("/dashboard?year=2025")
	contains(t, "the school's page", body, "职教中心：2025 届", "24.19%", "全区 26.58%")
	contains(t, "the way to the school's report", body, `href="/report?school=`+demo.Centre+`&amp;year=2025"`, `href="/report/check?school=`+demo.Centre+`&amp;year=2025"`,
		`href="/report?school=`+demo.Centre+`&amp;year=2025#missing"`)
	_, part := school.get("/dashboard/missing?year=2025")
	contains(t, "what is missing", part, "何时前", "2025年12月31日", "学校")
	if strings.Contains(part, "<html") {
		t.Error("the part is a whole page")
	}
	if _, body := school.get("/dashboard?year=2025&school="); !strings.Contains(body, "全区：2025 届") {
		t.Error("a school cannot look at the district's figures")
	}
	if res, _ := school.get("/dashboard?school=" + demo.Yimin); res.StatusCode != http.StatusNotFound {
		t.Errorf("another school's dashboard: status %d", res.StatusCode)
	}
}

func TestViewsAreSaved(t *testing.T) {
	officer := openDistrict(t).as(t, "district")
	at := "/dashboard?by=major&school=&year=2025"
	res, _ := officer.submit("/dashboard", "/searches", url.Values{"name": {"各专业"}, "path": {at}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != at {
		t.Fatalf("saving a view: status %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	_, body := officer.get("/dashboard")
	contains(t, "the dashboard", body, `<a href="/dashboard?by=major&amp;school=&amp;year=2025">各专业</a>`)
	_, body = officer.get("/search")
	contains(t, "the search page", body, "各专业", "数据看板")
	if res, _ := officer.submit("/dashboard", "/searches", url.Values{"name": {"审计"}, "path": {"/trail"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("saving what is no view: status %d", res.StatusCode)
	}
}

// Each chart asks one question, has its table, and its Excel with the same rows.
func TestCharts(t *testing.T) {
	h := openDistrict(t)
	for _, role := range []partnership.Role{partnership.RoleDistrict, partnership.RoleSchool} {
		t.Run(string(role), func(t *testing.T) {
			b := h.as(t, string(role))
			res, body := b.get("/charts?year=2025")
			if res.StatusCode != http.StatusOK {
				t.Fatalf("status %d", res.StatusCode)
			}
			contains(t, "the page", body, `data-chart="sankey"`, `data-chart="map"`, `data-chart="barh"`, "岗位不够", "heat-", "离学校有多远", "哪一步少下来", "兑现")
			for _, id := range []string{"flow", "heat", "map", "funnel", "promises"} {
				_, part, _ := strings.Cut(body, `id="`+id+`"`)
				part, _, _ = strings.Cut(part, "</section>")
				shown := strings.Count(part, "<tr>") - 1
				res, file := b.get("/charts?year=2025&format=xlsx&panel=" + id)
				if res.StatusCode != http.StatusOK {
					t.Errorf("%s as Excel: status %d", id, res.StatusCode)
					continue
				}
				book := workbook(t, file)
				if len(book) != 1 {
					t.Errorf("%s: %d sheets", id, len(book))
				}
				for name, rows := range book {
					if n := strings.Count(part, `<p class="source">`) + 1; len(rows) != shown+2+n || shown < 2 {
						t.Errorf("%s: %d rows with title, headings and %d notes; the page shows %d", name, len(rows), n, shown)
					}
				}
			}
		})
	}
	if res, _ := h.as(t, "district").get("/charts?format=xlsx&panel=none"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a chart there is not: status %d", res.StatusCode)
	}
}

// The wall says of which day its figures are, and of which moment its counts.
func TestScreenSaysWhen(t *testing.T) {
	_, body := openDistrict(t).as(t, "district").get("/screen?year=2025")
	contains(t, "the wall", body, "比率截至 2025年12月31日 的快照", `data-renew="60"`, `class="tile"`)
	if n := strings.Count(body, `class="tile"`); n != 6 {
		t.Errorf("%d pictures on the wall, want 6", n)
	}
}
