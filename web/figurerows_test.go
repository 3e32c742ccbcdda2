package web

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

var rowLinks = regexp.MustCompile(`href="(/rows\?[^"]*)"`)

func linksOf(body string, pattern *regexp.Regexp) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range pattern.FindAllStringSubmatch(body, -1) {
		at := html.UnescapeString(m[1])
		if !seen[at] {
			seen[at] = true
			out = append(out, at)
		}
	}
	return out
}

// Every figure on the dashboard and the rates page that is shown leads to its rows, which
// whoever reads the figure may open, on the page and in the API.
func TestFiguresOpenTheirRows(t *testing.T) {
	h := openDistrict(t)
	for _, role := range []string{"district", "school"} {
		b := h.as(t, role)
		for _, from := range []string{"/dashboard", "/rates?by=major"} {
			_, body := b.get(from)
			links := linksOf(body, rowLinks)
			if len(links) < 10 {
				t.Fatalf("%s on %s: %d figures lead to rows", role, from, len(links))
			}
			for i := 0; i < len(links); i += 1 + len(links)/6 {
				res, page := b.get(links[i])
				if res.StatusCode != http.StatusOK || !strings.Contains(page, "分子</dt>") {
					t.Errorf("%s opens %s: status %d", role, links[i], res.StatusCode)
				}
				var doc rowsDoc
				res, body := b.get(apiRoot + links[i])
				if err := json.Unmarshal([]byte(body), &doc); err != nil || res.StatusCode != http.StatusOK {
					t.Fatalf("%s asks the API for %s: status %d, %v", role, links[i], res.StatusCode, err)
				}
				if role == "district" && strings.Contains(body, `"number"`) {
					t.Errorf("the API tells the district student numbers: %s", links[i])
				}
			}
		}
	}
}

// Rows that name single students leave as a file only for a reason, which is logged.
func TestRowsExport(t *testing.T) {
	h := openDistrict(t)
	school := h.as(t, "school")
	var ask url.Values
	_, body := school.get("/dashboard")
	for _, at := range linksOf(body, rowLinks) {
		if _, page := school.get(at); strings.Contains(page, "点学号打开名册") {
			ask = mustURL(at).Query()
			break
		}
	}
	if ask == nil {
		t.Fatal("no figure of the school's dashboard has single students behind it")
	}
	ask.Set("format", "csv")
	from := "/rows?" + ask.Encode()
	if res, page := school.submit(from, "/rows/export", ask); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "请写明原因") {
		t.Errorf("an export without a reason: status %d", res.StatusCode)
	}
	ask.Set("reason", "核对对口人数")
	res, file := school.submit(from, "/rows/export", ask)
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(strings.TrimPrefix(file, "\ufeff"), "位置,记录,编号") {
		t.Fatalf("export: status %d, %.80q", res.StatusCode, file)
	}
	if _, log := school.get("/reveals"); !strings.Contains(log, "核对对口人数") || !strings.Contains(log, exchange.PersonalWords(exchange.FieldExportRows)) {
		t.Error("the log of reveals says nothing of the export")
	}
	officer := h.as(t, "district")
	_, body = officer.get("/dashboard")
	at := mustURL(linksOf(body, rowLinks)[0]).Query()
	at.Set("format", "xlsx")
	if res, file := officer.submit("/dashboard", "/rows/export", at); res.StatusCode != http.StatusOK || !strings.HasPrefix(file, "PK") {
		t.Errorf("the district's export: status %d", res.StatusCode)
	}
}

// A figure that is hidden, of another school or of no one is not to be opened by its address.
func TestRowsStayShut(t *testing.T) {
	h := openDistrict(t)
	school, officer := h.as(t, "school"), h.as(t, "district")
	for _, at := range []string{"/rows", "/rows?rate=none&by=district&year=2025", "/rows?rate=direct_employment&by=school&school=there-is-none&year=2025",
		"/rows?rate=direct_employment&by=district&year=1999"} {
		if res, _ := school.get(at); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", at, res.StatusCode)
		}
	}
	found, err := h.exchange.Rates(t.Context(), partnership.Actor{Account: "district", Role: partnership.RoleDistrict, Region: demo.Region}, exchange.RateQuery{})
	if err != nil {
		t.Fatal(err)
	}
	hidden := 0
	for i := range found {
		f := found[i]
		if !f.Hidden {
			continue
		}
		if rowsURL(&f) != "" {
			t.Fatalf("a hidden figure has an address: %+v", f)
		}
		f.Hidden, f.Denominator = false, 1
		if res, _ := officer.get(rowsURL(&f)); res.StatusCode != http.StatusForbidden {
			t.Errorf("hidden %s of %s: status %d, want 403", f.Rate, f.Group, res.StatusCode)
		}
		if hidden++; hidden == 5 {
			break
		}
	}
	if hidden == 0 {
		t.Error("the demo district hides nothing from the district: this test tries nothing")
	}
}
