package web

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sunmao/jobs"
	"sunmao/search"
	"sunmao/services/account"
	"sunmao/services/catalogue"
	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/outbox"
	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// The tests' clock stands still on a working day.
func testNow() time.Time { return time.Date(2026, 11, 20, 9, 30, 0, 0, partnership.Beijing) }

const testPassword = "一句很长的测试用口令 2026"

// logBook keeps what was logged, for tests that read it.
type logBook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// house is a whole Site over a real store and a real index.
type house struct {
	site     *Site
	exchange *exchange.Exchange
	url      string
	log      *logBook
	close    func()
}

var loadCatalogue = sync.OnceValues(catalogue.Load)

// build opens a house in dir, without documents, with an account for each role.
func build(dir string, parties map[partnership.Role]string, opts ...func(*account.Config)) (*house, error) {
	ctx := context.Background()
	cat, err := loadCatalogue()
	if err != nil {
		return nil, err
	}
	b, err := sqlitedoc.Open(ctx, filepath.Join(dir, "store"), sqlitedoc.Options{})
	if err != nil {
		return nil, err
	}
	s := store.New(b, testNow)
	if _, err := s.KeepTrail(bytes.Repeat([]byte{7}, 32)); err != nil {
		return nil, err
	}
	h := &house{log: &logBook{}}
	log := slog.New(slog.NewJSONHandler(h.log, nil))
	cfg := exchange.IndexConfig(cat)
	cfg.Log, cfg.Now = log, testNow
	index, err := search.Open(filepath.Join(dir, "index"), cfg)
	if err != nil {
		return nil, err
	}
	rules, err := regulation.National()
	if err != nil {
		return nil, err
	}
	h.exchange = exchange.New(exchange.Config{Store: s, Index: index, Catalogue: cat, Rules: rules, Now: testNow, Log: log, Key: bytes.Repeat([]byte{7}, 32), Retention: partnership.DefaultRetention,
		Send: outbox.Settings{Allow: []string{"127.0.0.1"}}, Site: "https://sunmao.example"})
	settings := account.Config{Store: s, Now: testNow, Barred: h.exchange.Barred, Key: bytes.Repeat([]byte{7}, 32)}
	for _, o := range opts {
		o(&settings)
	}
	accounts, err := account.New(settings)
	if err != nil {
		return nil, err
	}
	for _, r := range everyRole {
		acc := partnership.Account{Name: "某某某" + r.Words(), Role: r, Party: parties[r], Region: demo.Region, Admin: true}
		acc.ID = string(r)
		if err := accounts.Create(ctx, acc, testPassword); err != nil {
			return nil, err
		}
	}
	runner, err := jobs.New(s, jobs.Table(h.exchange, accounts), "test", testNow, log)
	if err != nil {
		return nil, err
	}
	mate := partnership.Account{Name: "学校同事", Role: partnership.RoleSchool, Party: parties[partnership.RoleSchool], Region: demo.Region}
	mate.ID = "mate"
	if err := accounts.Create(ctx, mate, testPassword); err != nil {
		return nil, err
	}
	h.site, err = New(Config{Exchange: h.exchange, Accounts: accounts, Jobs: runner, Catalogue: cat, Log: log, Now: testNow,
		Ready: h.exchange.Ready, District: "荣昌区", Region: demo.Region, Version: "test", URL: "https://sunmao.example", Patience: time.Minute,
		Demo: []DemoAccount{{Login: "school", Password: testPassword, Name: "示例学校", Role: partnership.RoleSchool}}})
	if err != nil {
		return nil, err
	}
	srv := httptest.NewServer(h.site)
	h.url = srv.URL
	h.close = func() {
		srv.Close()
		_ = index.Close()
		_ = b.Close()
	}
	return h, nil
}

// openHouse is a house of its own for a test that needs no documents.
func openHouse(t testing.TB, opts ...func(*account.Config)) *house {
	t.Helper()
	h, err := build(t.TempDir(), map[partnership.Role]string{partnership.RoleSchool: "s1", partnership.RoleCompany: "c1"}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	return h
}

// district is the demo district, loaded once for all tests of the package: they may
// add to it, and must not count on what others leave alone.
var district = sync.OnceValues(func() (*house, error) {
	dir, err := os.MkdirTemp("", "sunmao-web")
	if err != nil {
		return nil, err
	}
	h, err := build(dir, map[partnership.Role]string{partnership.RoleSchool: demo.Centre, partnership.RoleCompany: demo.Company})
	if err != nil {
		return nil, err
	}
	stop := h.close
	h.close = func() { stop(); _ = os.RemoveAll(dir) }
	cat, err := loadCatalogue()
	if err != nil {
		return nil, err
	}
	bundle, err := demo.District(cat, testNow())
	if err != nil {
		return nil, err
	}
	ctx, x := context.Background(), h.exchange
	if err := x.Load(ctx, bundle); err != nil {
		return nil, err
	}
	if _, err := x.SettleAll(ctx); err != nil {
		return nil, err
	}
	if err := x.Reindex(ctx); err != nil {
		return nil, err
	}
	by := partnership.System("test")
	by.Region = demo.Region
	if _, err := x.RunRound(ctx, by, partnership.Round{Name: "示例轮次", Mode: partnership.ModeAssign, Region: demo.Region, Seed: 1, Sample: true}); err != nil {
		return nil, err
	}
	_, err = x.RefreshRates(ctx, demo.CutOff)
	return h, err
})

func openDistrict(t testing.TB) *house {
	t.Helper()
	opened = true
	h, err := district()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

var opened bool // district has been used, so there is something to close

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if opened {
		if h, err := district(); err == nil {
			h.close()
		}
	}
	os.Exit(code)
}

// browser is one person's browser: cookies, and the token of the last page with a form.
type browser struct {
	t      testing.TB
	root   string
	client *http.Client
}

func (h *house) browser(t testing.TB) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, root: h.url, client: &http.Client{Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is a browser signed in with the login.
func (h *house) as(t testing.TB, login string) *browser {
	t.Helper()
	b := h.browser(t)
	res, _ := b.submit("/signin", "/signin", url.Values{"login": {login}, "password": {testPassword}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign in as %s: status %d", login, res.StatusCode)
	}
	return b
}

func (b *browser) do(r *http.Request) (*http.Response, string) {
	b.t.Helper()
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, string(body)
}

func (b *browser) get(path string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.root+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// follow goes where an answer sends the browser, if it does.
func (b *browser) follow(res *http.Response, body string) (*http.Response, string) {
	b.t.Helper()
	if at := res.Header.Get("Location"); at != "" {
		return b.get(at)
	}
	return res, body
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// token is a form token from the page at path.
func (b *browser) token(path string) string {
	b.t.Helper()
	_, body := b.get(path)
	m := tokenField.FindStringSubmatch(body)
	if m == nil {
		b.t.Fatalf("no form token on %s", path)
	}
	return m[1]
}

// submit sends a form as a person would: from the page that shows it.
func (b *browser) submit(from, to string, form url.Values) (*http.Response, string) {
	b.t.Helper()
	form.Set("token", b.token(from))
	return b.post(to, form)
}

func (b *browser) post(to string, form url.Values) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.root+to, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}
