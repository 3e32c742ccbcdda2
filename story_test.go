package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// screen collects what a running program prints; tests read it while it grows.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// sunmao runs the program as a shell would and returns exit code and output.
func sunmao(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// person is somebody's browser.
type person struct {
	t      *testing.T
	root   string
	client *http.Client
}

func newPerson(t *testing.T, root, login string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, root: root, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
	page := p.get("/signin")
	p.post("/signin", page, url.Values{"login": {login}, "password": {"demo-" + login + "-2026"}})
	return p
}

func (p *person) read(res *http.Response, err error) string {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode >= 400 {
		p.t.Fatalf("%s %s: %s\n%.800s", res.Request.Method, res.Request.URL.Path, res.Status, body)
	}
	return string(body)
}

func (p *person) get(path string) string {
	p.t.Helper()
	return p.read(p.client.Get(p.root + path)) //nolint:noctx // the client has a deadline
}

// post sends a form with the token of the page it stands on.
func (p *person) post(path, page string, form url.Values) string {
	p.t.Helper()
	if m := regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]+)"`).FindStringSubmatch(page); m != nil {
		form.Set(m[1], m[2])
	}
	return p.read(p.client.PostForm(p.root+path, form)) //nolint:noctx // the client has a deadline
}

// TestStory boots the program and walks the chain over HTTP: a company lists a post, the
// district publishes it, a school finds it with its cohorts matched, the figures are right.
func TestStory(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if code, _, errs := sunmao(t, "demo", "--load-only", "--data", data); code != 0 {
		t.Fatalf("demo --load-only: exit %d\n%s", code, errs)
	}
	if code, _, errs := sunmao(t, "demo", "--load-only", "--data", data); code != 0 || strings.Contains(errs, "已载入：") {
		t.Errorf("a second load: exit %d, %s; want it to find the data there", code, errs)
	}
	checkRates(t, data)
	checkSearch(t, data)
	if code, out, errs := sunmao(t, "job", "run", "rates", "--day", "2025-12-31", "--data", data); code != 0 || !strings.Contains(out, "新写 0 份") {
		t.Errorf("job run rates again: exit %d, %q %q; want nothing new", code, out, errs)
	}
	root, stop := serveDemo(t, data)
	walk(t, root)
	checkExamples(t, root)
	stop()
}

func checkRates(t *testing.T, data string) {
	t.Helper()
	code, out, errs := sunmao(t, "rates", "--year", "2025", "--by", "school", "--school", "职教中心", "--format", "csv", "--data", data)
	if code != 0 {
		t.Fatalf("rates: exit %d: %s", code, errs)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"school", "year", "group", "rate", "numerator", "denominator", "percent"}; !slices.Equal(rows[0], want) {
		t.Errorf("header = %v, want %v", rows[0], want)
	}
	got := map[string][]string{}
	for _, r := range rows[1:] {
		got[r[3]] = r[4:]
	}
	for rate, want := range map[string][]string{"direct_employment": {"514", "2125", "24.19"}, "alignment": {"439", "514", "85.41"}, "progression": {"1611", "2125", "75.81"}} {
		if !slices.Equal(got[rate], want) {
			t.Errorf("%s = %v, want %v", rate, got[rate], want)
		}
	}
}

func checkSearch(t *testing.T, data string) {
	t.Helper()
	code, out, errs := sunmao(t, "search", "数控 车工", "--kind", "post", "--limit", "10", "--format", "json", "--data", data)
	if code != 0 || !strings.Contains(out, "数控车工") {
		t.Errorf("search: exit %d %s %s", code, out, errs)
	}
	// Every filter by itself keeps some of the posts and says why not when it keeps none.
	total := func(filters ...string) int {
		args := []string{"search", "", "--limit", "100", "--format", "json", "--data", data}
		for _, f := range filters {
			args = append(args, "--filter", f)
		}
		code, out, errs := sunmao(t, args...)
		if code != 0 {
			t.Errorf("%v: exit %d %s", filters, code, errs)
		}
		return strings.Count(out, `"id"`)
	}
	posts := total("kind=post")
	for _, f := range []string{"region=荣昌区", "distance=105.59,29.40,15", "major=数控技术应用", "category=66", "occupation=6-18-01-01", "pay=3000-6000", "period=2027-03", "lodging=yes", "open=yes", "state=open"} {
		if n := total("kind=post", f); n == 0 || n > posts {
			t.Errorf("--filter %s finds %d posts of %d", f, n, posts)
		}
	}
	if both, one := total("kind=post", "lodging=yes", "pay=5000"), total("kind=post", "pay=5000"); both > one {
		t.Errorf("a second filter adds hits: %d of %d", both, one)
	}
	for _, field := range []string{`"id"`, `"kind"`, `"title"`, `"score"`, `"why"`} {
		if !strings.Contains(out, field) {
			t.Errorf("search prints no %s", field)
		}
	}
}

// serveDemo starts the site on a free port and returns its address and how to stop it.
func serveDemo(t *testing.T, data string) (root string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs screen
	done := make(chan int, 1)
	go func() { done <- run(ctx, []string{"demo", "--data", data, "--listen", "127.0.0.1:0"}, &out, &errs) }()
	for range 600 {
		if m := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String()); m != "" {
			root = m
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if root == "" {
		cancel()
		t.Fatalf("the site did not start:\n%s", errs.String())
	}
	return root, func() {
		cancel()
		select {
		case code := <-done:
			if code != 0 {
				t.Errorf("exit %d after a stop:\n%s", code, errs.String())
			}
		case <-time.After(20 * time.Second):
			t.Error("the site did not stop within 20 s")
		}
	}
}

// walk goes through the pages as a company, the district and a school.
func walk(t *testing.T, root string) {
	t.Helper()
	company, district, school := newPerson(t, root, "company"), newPerson(t, root, "district"), newPerson(t, root, "school")
	if page := district.get("/dashboard"); !strings.Contains(page, "26.58") || !strings.Contains(page, "689") {
		t.Error("the dashboard lacks the district's 26.58 % (689)")
	}
	form := company.get("/posts/new")
	res := company.post("/posts", form, url.Values{"kind": {"internship"}, "title": {"电子装配工（故事）"}, "duties": {"在电子产品生产线完成插件、焊接和整机装配"},
		"slots": {"3"}, "from": {"2027-03-01"}, "to": {"2027-08-31"}, "closes_on": {"2027-02-20"}, "hours_per_day": {"8"}, "days_per_week": {"5"},
		"pay_fen": {"3600"}, "pay_wage_fen": {"4000"}, "pay_form": {"货币"}, "pay_to": {"学生本人"}, "pay_cycle": {"30"}, "labour_grade": {"1"}, "region": {"500153"}, "same_post_staff": {"40"}, "tutors": {"1"}})
	at := regexp.MustCompile(`/posts/([0-9A-Za-z-]+)/act`).FindStringSubmatch(res)
	if at == nil {
		t.Fatalf("saving a post did not lead to its page:\n%.3000s", res)
	}
	path := "/posts/" + at[1]
	company.post(path+"/act", res, url.Values{"verb": {"submit"}})
	page := district.get(path)
	if !strings.Contains(page, "通过并发布") {
		t.Fatalf("the district is not offered to publish:\n%.2000s", page)
	}
	district.post(path+"/act", page, url.Values{"verb": {"publish"}})
	if page := school.get("/posts?q=" + url.QueryEscape("电子装配工 故事")); !strings.Contains(page, path) {
		t.Error("the school does not find the published post")
	}
	if page := school.get(path); !strings.Contains(page, "电子技术应用") {
		t.Error("the post's page shows the school no matched cohort of 电子技术应用")
	}
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"version", []string{"version"}, 0, "sunmao"},
		{"help", []string{"rates", "--help"}, 0, "用法"},
		{"unknown command", []string{"fly"}, 2, "--help"},
		{"unknown flag", []string{"rates", "--nope"}, 2, "--help"},
		{"wrong store", []string{"rates", "--store", "oracle", "--data", t.TempDir()}, 2, "mongodb"},
		{"unknown school", []string{"rates", "--school", "没有", "--data", t.TempDir()}, 1, "没有名称含"},
		{"file not there", []string{"import", "companies", "nowhere.csv", "--data", t.TempDir()}, 1, "打不开"},
		{"bad filter", []string{"search", "x", "--filter", "region", "--data", t.TempDir()}, 2, "字段=值"},
		{"filter of another name", []string{"search", "x", "--filter", "colour=red", "--data", t.TempDir()}, 2, "distance=105.59,29.40,10"},
		{"unknown kind", []string{"search", "x", "--kind", "job", "--data", t.TempDir()}, 2, "应为 post、company"},
		{"distance from nowhere", []string{"search", "x", "--filter", "distance=105.59", "--data", t.TempDir()}, 2, "经度,纬度,公里"},
		{"distance of no number", []string{"search", "x", "--filter", "distance=NaN,29.40,10", "--data", t.TempDir()}, 2, "经度,纬度,公里"},
		{"two distances", []string{"search", "x", "--filter", "distance=105.59,29.40,10", "--filter", "distance=106.5,29.5,5", "--data", t.TempDir()}, 2, "只能给一次"},
		{"two ranges of pay", []string{"search", "x", "--filter", "pay=3000-", "--filter", "pay=-5000", "--data", t.TempDir()}, 2, "只能给一次"},
		{"pay below nothing", []string{"search", "x", "--filter", "pay=3000--5", "--data", t.TempDir()}, 2, "每月多少元"},
		{"near major", []string{"search", "x", "--filter", "major=汽车制造与检修", "--data", t.TempDir()}, 2, "汽车制造与检测"},
		{"search help names the filters", []string{"search", "--help"}, 0, "occupation=6-18-01-01"},
		{"unknown job", []string{"job", "run", "sleep", "--data", t.TempDir()}, 1, "settle"},
		{"match without input", []string{"match"}, 2, "--in"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, errs := sunmao(t, tc.args...)
			if code != tc.code || !strings.Contains(out+errs, tc.says) {
				t.Errorf("exit %d, want %d; printed %q, want %q in it", code, tc.code, out+errs, tc.says)
			}
		})
	}
}

// A column that the platform does not know is named, not left out in silence.
func TestImportNamesUnknownColumns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "企业.csv")
	if err := os.WriteFile(file, []byte("企业名称,法人代表,所在区县\n重庆示例机械有限公司,某人,荣昌区\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := sunmao(t, "import", "companies", file, "--data", t.TempDir())
	if code != 0 || !strings.Contains(out, "写入 1 行") || !strings.Contains(errs, "没有认出的列，它们的内容不会导入：法人代表") {
		t.Errorf("exit %d\n%s\n%s", code, out, errs)
	}
}

// Every setting stands in docs/operating.md.
func TestSettingsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("config.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`env:"(SUNMAO_[A-Z_]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(names) < 8 {
		t.Fatalf("found %d settings in config.go", len(names))
	}
	for _, n := range names {
		if !bytes.Contains(doc, []byte("`"+n[1]+"`")) {
			t.Errorf("%s is not in docs/operating.md", n[1])
		}
	}
}
