package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sunmao/services/account"
	"sunmao/services/partnership"
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

// house is a whole Site over a real store in a temporary folder.
type house struct {
	site *Site
	url  string
	log  *logBook
}

func openStore(t testing.TB) *store.Store {
	t.Helper()
	b, err := sqlitedoc.Open(context.Background(), t.TempDir(), sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return store.New(b, testNow)
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

func newAccounts(t testing.TB, s *store.Store, list ...partnership.Account) *account.Accounts {
	t.Helper()
	a, err := account.New(s, testNow)
	if err != nil {
		t.Fatal(err)
	}
	for _, acc := range list {
		if err := a.Create(context.Background(), acc, testPassword); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func login(id, name string, role partnership.Role, party string) partnership.Account {
	a := partnership.Account{Name: name, Role: role, Party: party, Region: "500153"}
	a.ID = id
	return a
}

func openHouse(t testing.TB) *house {
	t.Helper()
	s := openStore(t)
	book := &logBook{}
	site, err := New(Config{
		Accounts: newAccounts(t, s,
			login("school", "示范学校管理员", partnership.RoleSchool, "s1"),
			login("company", "示范企业管理员", partnership.RoleCompany, "c1"),
			login("district", "区教委管理员", partnership.RoleDistrict, ""),
			login("operator", "平台运维", partnership.RoleOperator, "")),
		Log: slog.New(slog.NewJSONHandler(book, nil)), Now: testNow, District: "荣昌区", Version: "test",
		Ready: func(context.Context) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(site)
	t.Cleanup(srv.Close)
	return &house{site: site, url: srv.URL, log: book}
}
