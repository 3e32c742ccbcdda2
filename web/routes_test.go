package web

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jba/templatecheck"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// Every route of the engine stands in the table with its roles, and the other way round.
func TestEveryRouteHasARole(t *testing.T) {
	h := openHouse(t)
	seen := map[string]bool{}
	for _, r := range h.site.engine.Routes() {
		key := r.Method + " " + r.Path
		seen[key] = true
		a, ok := h.site.access[key]
		if !ok {
			t.Errorf("%s has no row", key)
		}
		if !a.anyone && len(a.roles) == 0 {
			t.Errorf("%s is open to nobody", key)
		}
	}
	for key := range h.site.access {
		if !seen[key] {
			t.Errorf("row without a route: %s", key)
		}
	}
}

// pageKinds is every page template with the struct it is given.
func pageKinds() map[string]any {
	return map[string]any{
		"about":         &aboutPage{},
		"account":       &accountPage{},
		"agreement":     &agreementPage{},
		"accounts":      &accountsPage{},
		"api":           &apiPage{},
		"audit":         &auditPage{},
		"bases":         &basesPage{},
		"batch":         &batchPage{},
		"capacity":      &capacityPage{},
		"classes":       &classesPage{},
		"candidates":    &candidatesPage{},
		"choices":       &choicesPage{},
		"cohort":        &cohortPage{},
		"cohorts":       &cohortsPage{},
		"companies":     &companiesPage{},
		"confirm":       &confirmPage{},
		"graduate":      &graduatePage{},
		"graduates":     &graduatesPage{},
		"schools":       &schoolsPage{},
		"undelivered":   &undeliveredPage{},
		"company":       &companyPage{},
		"charts":        &chartsPage{},
		"dashboard":     &dashboardPage{},
		"error":         &errorPage{},
		"form":          &formPage{},
		"glossary":      &glossaryPage{},
		"home":          &homePage{},
		"import":        &importPage{},
		"industryfit":   &industryFitPage{},
		"jobs":          &jobsPage{},
		"keys":          &keysPage{},
		"link":          &linkPage{},
		"names":         &namesPage{},
		"offer":         &offerPage{},
		"offers":        &offersPage{},
		"outcome":       &outcomePage{},
		"outcomes":      &outcomesPage{},
		"password":      &passwordPage{},
		"placement":     &placementPage{},
		"placements":    &placementsPage{},
		"post":          &postPage{},
		"posts":         &postsPage{},
		"rates":         &ratesPage{},
		"record":        &recordPage{},
		"registration":  &registrationPage{},
		"report":        &reportPage{},
		"missing":       &missingPage{},
		"reportback":    &reportBackPage{},
		"reportcheck":   &reportPage{},
		"reveals":       &revealsPage{},
		"round":         &roundPage{},
		"rounds":        &roundsPage{},
		"rows":          &rowsPage{},
		"run":           &runPage{},
		"rulings":       &rulingsPage{},
		"screen":        &screenPage{},
		"search":        &searchPage{},
		"second":        &secondPage{},
		"selection":     &selectionPage{},
		"signin":        &signinPage{},
		"snapshots":     &snapshotsPage{},
		"student":       &studentPage{},
		"studentrecord": &studentRecordPage{},
		"students":      &studentsPage{},
		"suggest":       &suggestPage{},
		"supervision":   &supervisionPage{},
		"trail":         &trailPage{},
		"twostep":       &twoStepPage{},
		"unmet":         &unmetPage{},
		"webhooks":      &webhooksPage{},
		"work":          &workPage{},
		"works":         &worksPage{},
	}
}

func TestTemplatesFitTheirPages(t *testing.T) {
	all, err := loadTemplates()
	if err != nil {
		t.Fatal(err)
	}
	kinds := pageKinds()
	for name, tmpl := range all {
		data, ok := kinds[name]
		if !ok {
			t.Errorf("template %s has no page struct in this test", name)
			continue
		}
		if err := templatecheck.CheckHTML(tmpl, data); err != nil {
			t.Errorf("template %s: %v", name, err)
		}
	}
	for name := range kinds {
		if _, ok := all[name]; !ok {
			t.Errorf("page struct without a template: %s", name)
		}
	}
}

// Pages bring no inline script, style or handler, which the content policy would
// refuse, and name no other host.
func TestTemplatesKeepTheContentPolicy(t *testing.T) {
	bad := regexp.MustCompile(`(?i)\sstyle=|<style|\son[a-z]+=|javascript:|https?://|<script(?:>|\s[^>]*[^c]>)[^<]|\|\s*safe`)
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		body, err := templateFiles.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if m := bad.Find(body); m != nil {
			t.Errorf("%s: %q", f, m)
		}
	}
}

// No English is left in what people read, but for the names of things.
func TestPagesSpeakChinese(t *testing.T) {
	words := regexp.MustCompile(`[A-Za-z]{2,}`)
	tag := regexp.MustCompile(`(?s)<[^>]*>|\{\{.*?\}\}|[a-z-]+="[^"]*"`)
	allowed := []string{"API", "CSV", "Excel", "xlsx", "GB", "UTF", "MB", "JSON", "json", "application", "problem", "errors", "openapi", "Authorization", "Bearer", "Idempotency", "Key", "changes", "next", "since", "Apache", "Bootstrap", "htmx", "ECharts", "DOCTYPE", "doctype"}
	files, _ := fs.Glob(templateFiles, "templates/*.html")
	for _, f := range files {
		body, err := templateFiles.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words.FindAllString(tag.ReplaceAllString(string(body), " "), -1) {
			if !slices.Contains(allowed, w) {
				t.Errorf("%s: %q is no Chinese", f, w)
			}
		}
	}
}

// records are documents of the demo district by whose they are.
type records struct{ ownPost, otherPost, ownCohort, otherCohort, ownCompany, otherCompany, round string }

func findRecords(t *testing.T, h *house) records {
	t.Helper()
	ctx, sys := t.Context(), partnership.System("test")
	var r records
	posts, err := h.exchange.Search(ctx, sys, postQuery())
	if err != nil {
		t.Fatal(err)
	}
	for _, hit := range posts.Hits {
		view, err := h.exchange.Post(ctx, sys, hit.ID)
		if err != nil {
			t.Fatal(err)
		}
		if view.Post.Company == demo.Company {
			r.ownPost = hit.ID
		} else {
			r.otherPost = hit.ID
		}
	}
	if r.ownPost == "" {
		view, err := h.exchange.Company(ctx, sys, demo.Company)
		if err != nil {
			t.Fatal(err)
		}
		if len(view.Posts) > 0 {
			r.ownPost = view.Posts[0].ID
		}
	}
	for after := ""; r.ownCohort == "" || r.otherCohort == ""; {
		cohorts, next, err := h.exchange.Cohorts(ctx, sys, exchange.List{After: after, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cohorts {
			if c.School == demo.Centre {
				r.ownCohort = c.ID
			} else {
				r.otherCohort = c.ID
			}
		}
		if after = next; next == "" {
			break
		}
	}
	r.ownCompany = demo.Company
	companies, _, err := h.exchange.Companies(ctx, sys, exchange.List{Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range companies {
		if c.ID != demo.Company {
			r.otherCompany = c.ID
		}
	}
	rounds, _, err := h.exchange.Rounds(ctx, sys, exchange.List{})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range rounds { // the district's preview, whatever rounds other tests have run
		if one.State == partnership.RoundPreview && one.Owner != demo.Centre {
			r.round = one.ID
		}
	}
	for name, id := range map[string]string{"own post": r.ownPost, "other post": r.otherPost, "own cohort": r.ownCohort, "other cohort": r.otherCohort, "other company": r.otherCompany} {
		if id == "" {
			t.Fatalf("the demo district has no %s", name)
		}
	}
	return r
}

// fill puts ids into a route's pattern.
func fill(pattern, id string) string {
	for _, name := range []string{":id", ":name", ":kind", ":token", ":key", "*file"} {
		pattern = strings.Replace(pattern, name, url.PathEscape(id), 1)
	}
	return pattern
}

// Every route, asked by nobody and by each role, lets in whom the table names and
// nobody else. Ids that do not exist keep this from changing anything.
func TestAccessByRole(t *testing.T) {
	h := openDistrict(t)
	people := map[partnership.Role]*browser{"": h.browser(t)}
	tokens := map[partnership.Role]string{"": h.browser(t).token("/signin")}
	for _, r := range everyRole {
		people[r] = h.as(t, string(r))
		tokens[r] = people[r].token("/about")
	}
	for key, a := range h.site.access {
		method, pattern, _ := strings.Cut(key, " ")
		if pattern == "/signout" || pattern == "/signin" && method == http.MethodPost || method == http.MethodPost && strings.HasSuffix(pattern, "/rounds") {
			continue // ends the session of this test, or runs for seconds; tested on their own
		}
		at := fill(pattern, "there-is-none")
		for role, b := range people {
			allowed := a.anyone || slices.Contains(a.roles, role)
			status, to := ask(t, b, method, at, tokens[role])
			in := status != http.StatusUnauthorized && status != http.StatusForbidden && (method == http.MethodPost || !strings.HasPrefix(to, "/signin"))
			switch {
			case pattern == "/company" && allowed, strings.HasPrefix(pattern, "/signin"):
			case !allowed && in:
				t.Errorf("%s as %q: status %d, but the table does not let it in", key, role, status)
			case allowed && role != "" && !in:
				t.Errorf("%s as %q: status %d, but the table lets it in", key, role, status)
			case status >= 500:
				t.Errorf("%s as %q: status %d", key, role, status)
			}
		}
	}
}

func ask(t *testing.T, b *browser, method, at, token string) (status int, to string) {
	t.Helper()
	body, kind := "", ""
	if method == http.MethodPost {
		body, kind = url.Values{"token": {token}}.Encode(), "application/x-www-form-urlencoded"
		if strings.HasPrefix(at, apiRoot) {
			body, kind = "{}", "application/json"
		}
	}
	r, err := http.NewRequest(method, b.root+at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	res, _ := b.do(r)
	return res.StatusCode, res.Header.Get("Location")
}

// What belongs to another party is shown as far as the trade needs it, never changed,
// and what an actor may not know of is not found, on pages and in the API alike.
func TestAccessByParty(t *testing.T) {
	h := openDistrict(t)
	r := findRecords(t, h)
	school, company, officer := h.as(t, "school"), h.as(t, "company"), h.as(t, "district")
	for _, tc := range []struct {
		who  string
		b    *browser
		at   string
		want int
	}{
		{"school", school, "/posts/" + r.otherPost, 200}, // open to schools
		{"school", school, "/posts/" + r.otherPost + "/edit", 403},
		{"school", school, "/cohorts/" + r.ownCohort, 200},
		{"school", school, "/cohorts/" + r.ownCohort + "/edit", 200},
		{"school", school, "/cohorts/" + r.otherCohort, 404},
		{"school", school, "/cohorts/" + r.otherCohort + "/edit", 404},
		{"school", school, "/cohorts/there-is-none", 404},
		{"school", school, "/rounds/" + r.round, 404}, // the district's preview
		{"company", company, "/posts/" + r.ownPost, 200},
		{"company", company, "/posts/" + r.ownPost + "/edit", 200},
		{"company", company, "/posts/" + r.otherPost, 404},
		{"company", company, "/posts/" + r.otherPost + "/edit", 404},
		{"company", company, "/cohorts/" + r.otherCohort, 200}, // open to companies
		{"company", company, "/companies/" + r.ownCompany, 200},
		{"company", company, "/companies/" + r.otherCompany, 404},
		{"company", company, "/rounds/" + r.round, 404},
		{"district", officer, "/posts/" + r.otherPost, 200},
		{"district", officer, "/posts/" + r.otherPost + "/edit", 403},
		{"district", officer, "/cohorts/" + r.otherCohort, 200},
		{"district", officer, "/companies/" + r.otherCompany, 200},
		{"district", officer, "/rounds/" + r.round, 200},
	} {
		res, body := tc.b.get(tc.at)
		if res.StatusCode != tc.want {
			t.Errorf("%s asks %s: status %d, want %d", tc.who, tc.at, res.StatusCode, tc.want)
		}
		if strings.HasSuffix(tc.at, "/edit") || strings.Contains(tc.at, "there-is") {
			continue
		}
		if res, _ := tc.b.get(apiRoot + tc.at); res.StatusCode != tc.want {
			t.Errorf("%s asks %s of the API: status %d, want %d", tc.who, tc.at, res.StatusCode, tc.want)
		}
		if tc.want == http.StatusNotFound {
			_, absent := tc.b.get(tc.at[:strings.LastIndex(tc.at, "/")] + "/there-is-none")
			if plainText(body) != plainText(absent) {
				t.Errorf("%s can tell %s from what does not exist", tc.who, tc.at)
			}
		}
	}
	for _, tc := range []struct {
		b    *browser
		at   string
		form url.Values
		want int
	}{
		{company, "/posts/" + r.otherPost + "/act", url.Values{"verb": {"close"}}, 404},
		{company, "/posts/" + r.otherPost, url.Values{"title": {"改"}, "rev": {"1"}}, 404},
		{company, "/companies/" + r.ownCompany + "/act", url.Values{"verb": {"approve"}}, 403},
		{school, "/posts/" + r.otherPost + "/act", url.Values{"verb": {"close"}}, 409},
		{school, "/cohorts/" + r.otherCohort, url.Values{"name": {"改"}, "rev": {"1"}}, 404},
		{school, "/rounds/" + r.round + "/publish", url.Values{}, 404},
		{officer, "/posts/" + r.otherPost, url.Values{"title": {"改"}, "rev": {"1"}}, 403},
	} {
		if res, _ := tc.b.submit("/about", tc.at, tc.form); res.StatusCode != tc.want {
			t.Errorf("POST %s: status %d, want %d", tc.at, res.StatusCode, tc.want)
		}
	}
}

var changing = regexp.MustCompile(`(?s)<head>.*?</head>|name="token" value="[^"]*"|编号 [A-Z0-9]+|name="next" value="[^"]*"`)

// plainText is a page without what differs on every answer.
func plainText(body string) string { return changing.ReplaceAllString(body, "") }

// Alternatives to a search that found nothing stay within what the actor may know of.
func TestNearestStayInSight(t *testing.T) {
	h := openDistrict(t)
	link := regexp.MustCompile(`href="(/(?:posts|cohorts|companies)/[^"/]+)"`)
	for _, role := range everyRole {
		b := h.as(t, string(role))
		for _, at := range []string{"/posts?q=", "/search?q=", "/cohorts?q=", "/companies?q="} {
			_, body := b.get(at + url.QueryEscape("不存在的东西叫什么"))
			for _, m := range link.FindAllStringSubmatch(body, -1) {
				if strings.HasSuffix(m[1], "/new") {
					continue
				}
				if res, _ := b.get(m[1]); res.StatusCode != http.StatusOK {
					t.Errorf("%s: %s offers %s, which answers %d", role, at, m[1], res.StatusCode)
				}
			}
		}
	}
}

func TestPageSizes(t *testing.T) {
	h := openDistrict(t)
	b := h.as(t, "district")
	for _, at := range []string{"/", "/posts", "/companies", "/cohorts", "/dashboard", "/rates?by=major&year=", "/rounds", "/glossary"} {
		_, body := b.get(at)
		if n := strings.Count(body, "<"); n > 2*5000 {
			t.Errorf("%s: about %d elements, too many for a weak machine", at, n/2)
		}
		if len(body) > 600<<10 {
			t.Errorf("%s: %d bytes", at, len(body))
		}
	}
}

func ExampleSite_path() {
	fmt.Println(pageOf(exchange.KindPost, "a/b"), pageOf(exchange.KindMajor, "major-660103"))
	// Output: /posts/a%2Fb /posts?major=660103
}

// BenchmarkPostList is the server's time for the post list with a search: one search,
// one read for the rows. The 99th percentile is reported beside the mean.
func BenchmarkPostList(b *testing.B) {
	h, err := district()
	if err != nil {
		b.Fatal(err)
	}
	opened = true
	person := h.as(b, "school")
	queries := []string{"/posts?q=" + url.QueryEscape("数控 车工"), "/posts?q=" + url.QueryEscape("荣昌 包住 护理"), "/posts", "/posts?q=skcg&sort=pay", "/posts?category=66&page=2"}
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		r := httptest.NewRequest(http.MethodGet, queries[i%len(queries)], nil)
		for _, c := range person.client.Jar.Cookies(mustURL(h.url)) {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		began := time.Now()
		h.site.ServeHTTP(w, r)
		took = append(took, time.Since(began))
		if w.Code != http.StatusOK {
			b.Fatalf("status %d", w.Code)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}
