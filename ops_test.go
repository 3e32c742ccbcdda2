package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sunmao/jobs"
	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// note is a document of these tests.
type note struct {
	partnership.Record `json:",inline"`
	Text               string `json:"text"`
}

func (n *note) Rec() *partnership.Record { return &n.Record }

func opsApp(t *testing.T, data string) *App {
	t.Helper()
	return &App{Ctx: t.Context(), Out: io.Discard, Err: io.Discard, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Config: Config{Data: data, Store: "sqlite", LogLevel: "info"}}
}

// notes makes a closed store with n notes and returns its folder.
func notes(t testing.TB, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := make([]note, n)
	for i := range all {
		all[i] = note{Record: partnership.Record{ID: fmt.Sprintf("n%04d", i)}, Text: strings.Repeat("岗位", i%50)}
	}
	c := store.Open[note](store.New(b, time.Now), store.Spec{Name: "notes"})
	if err := errors.Join(c.InsertMany(t.Context(), all), b.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// backedUp runs the command on the folder and returns the file.
func backedUp(t *testing.T, data string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "backup.tar")
	if code, out, errs := sunmao(t, "backup", to, "--data", data); code != 0 || !strings.Contains(out, "已备份到") {
		t.Fatalf("backup: exit %d, %s %s", code, out, errs)
	}
	return to
}

func execSQL(t *testing.T, file, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// rows reads every document of a database file, by table and id.
func rows(t *testing.T, file string) map[string]map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // read only
	texts := func(query string, each func(a, b string)) {
		rows, err := db.Query(query) //nolint:gosec // names of tables
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck // Err is asked below
		for rows.Next() {
			var a, b string
			if err := rows.Scan(&a, &b); err != nil {
				t.Fatal(err)
			}
			each(a, b)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]map[string]string{}
	texts(`SELECT name,'' FROM sqlite_master WHERE type='table' AND name LIKE 'c\_%' ESCAPE '\'`, func(name, _ string) { all[name] = map[string]string{} })
	for name, docs := range all {
		texts("SELECT id,doc FROM "+name, func(id, doc string) { docs[id] = doc })
	}
	return all
}

func TestBackup_Refused(t *testing.T) {
	data := notes(t, 5)
	file := backedUp(t, data)
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	mongo := []string{"--store", "mongodb://sunmao:secret@db/x"}
	for _, tc := range []struct {
		name string
		args []string
		says string
	}{
		{"over a file", []string{"backup", file, "--data", data}, "已经存在"},
		{"no data", []string{"backup", filepath.Join(t.TempDir(), "b.tar"), "--data", t.TempDir()}, "没有数据库"},
		{"nowhere", []string{"backup", filepath.Join(t.TempDir(), "none", "b.tar"), "--data", data}, "目录是否存在"},
		{"mongodb backup", append([]string{"backup", "b.tar"}, mongo...), "mongodump"},
		{"mongodb restore", append([]string{"restore", "b.tar"}, mongo...), "mongorestore"},
		{"mongodb verify", append([]string{"verify"}, mongo...), "validate"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if code, _, errs := sunmao(t, tc.args...); code != 1 || !strings.Contains(errs, tc.says) || strings.Contains(errs, "secret") {
				t.Errorf("exit %d, %s; want %q", code, errs, tc.says)
			}
		})
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(body, after) {
		t.Errorf("the existing backup changed: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("left beside the backup: %v, %v", left, err)
	}
}

// TestBackup_InUse: while the site has the folder, both commands name the jobs instead.
func TestBackup_InUse(t *testing.T) {
	dir := notes(t, 5)
	b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // end of the test
	for _, args := range [][]string{{"backup", filepath.Join(t.TempDir(), "b.tar"), "--data", dir}, {"verify", "--data", dir}} {
		if code, _, errs := sunmao(t, args...); code != 1 || !strings.Contains(errs, "“定时任务”页立即运行 backup") {
			t.Errorf("%s: exit %d, %s", args[0], code, errs)
		}
	}
}

func TestBackup_Key(t *testing.T) {
	dir := notes(t, 5)
	if _, err := masterKey(Config{Data: dir}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		key  bool
	}{
		{"with", nil, true},
		{"without", []string{"--without-key"}, false},
		{"given apart", []string{"--key", strings.Repeat("ab", 32)}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file, to := filepath.Join(t.TempDir(), "b.tar"), t.TempDir()
			code, _, errs := sunmao(t, append([]string{"backup", file, "--data", dir}, tc.args...)...)
			code2, _, errs2 := sunmao(t, "restore", file, "--data", to)
			_, err := os.Stat(filepath.Join(to, keyName))
			if code+code2 != 0 || (err == nil) != tc.key || strings.Contains(errs, "另外保管") == tc.key || strings.Contains(errs2, "SUNMAO_KEY") == tc.key {
				t.Errorf("exit %d, %d; key there: %v\n%s%s", code, code2, err, errs, errs2)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	for _, tc := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		code   int
		says   []string
	}{
		{"whole", func(*testing.T, string) {}, 0, []string{"40 条记录", "数据完好"}},
		{"a document changed", func(t *testing.T, dir string) {
			execSQL(t, filepath.Join(dir, databaseName), "UPDATE c_notes SET doc=json_set(doc,'$.text','改过') WHERE id='n0007'; UPDATE c_notes SET rev=9 WHERE id='n0009'")
		}, 1, []string{"40 条记录", "notes n0007：校验和不符", "notes n0009：编号或版本", "2 处不完好", "sunmao restore"}},
		{"cut short", func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, databaseName), 9000); err != nil {
				t.Fatal(err)
			}
		}, 1, []string{"已损坏", "sunmao restore"}},
		{"database gone", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, databaseName)); err != nil {
				t.Fatal(err)
			}
		}, 1, []string{"不见了", "sunmao restore"}},
		{"another folder", func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, 1, []string{"没有数据库", "--data"}},
		{"key spoilt", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, keyName), []byte("abc"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, 1, []string{"主密钥"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := notes(t, 40)
			tc.damage(t, dir)
			code, out, errs := sunmao(t, "verify", "--data", dir)
			if code != tc.code {
				t.Errorf("exit %d, want %d", code, tc.code)
			}
			for _, w := range tc.says {
				if !strings.Contains(out+errs, w) {
					t.Errorf("no %q in %s%s", w, out, errs)
				}
			}
		})
	}
}

// TestDailyBackup: the newest seven days stay, one file a day, and nothing else is touched.
func TestDailyBackup(t *testing.T) {
	dir := notes(t, 5)
	b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // end of the test
	app := opsApp(t, dir)
	at := time.Date(2026, 2, 25, 4, 10, 0, 0, partnership.Beijing)
	app.Now = func() time.Time { return at }
	backups := filepath.Join(dir, "backups")
	own := filepath.Join(backups, "sunmao-before-upgrade.tar")
	killed := filepath.Join(backups, "sunmao-2026-02-20.tar"+working)
	if err := errors.Join(os.MkdirAll(killed, 0o700), os.WriteFile(own, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 9 {
		for range 2 { // run again by hand: the same file
			if words, err := dailyBackup(app, b, partnership.Day(at)); err != nil || !strings.Contains(words, "5 条记录") {
				t.Fatalf("%q, %v", words, err)
			}
		}
		at = at.AddDate(0, 0, 1)
	}
	entries, err := os.ReadDir(backups)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"sunmao-2026-02-27.tar", "sunmao-2026-02-28.tar", "sunmao-2026-03-01.tar", "sunmao-2026-03-02.tar", "sunmao-2026-03-03.tar",
		"sunmao-2026-03-04.tar", "sunmao-2026-03-05.tar", "sunmao-before-upgrade.tar"}
	if !slices.Equal(names, want) {
		t.Errorf("backups are %v, want %v", names, want)
	}
	var invalid partnership.Invalid
	if _, err := dailyBackup(app, b, "2026-01-01"); !errors.As(err, &invalid) {
		t.Errorf("a backup for a day long past: %v", err)
	}
}

func TestHealth(t *testing.T) {
	status := http.StatusOK
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	address := strings.TrimPrefix(site.URL, "http://")
	if code, _, errs := sunmao(t, "health", "--listen", address); code != 0 {
		t.Errorf("ready: exit %d, %s", code, errs)
	}
	if code, _, errs := sunmao(t, "health", "--listen", strings.Replace(address, "127.0.0.1", "0.0.0.0", 1)); code != 0 {
		t.Errorf("ready, listening everywhere: exit %d, %s", code, errs)
	}
	status = http.StatusServiceUnavailable
	if code, _, errs := sunmao(t, "health", "--listen", address); code != 1 || !strings.Contains(errs, "还不能接受访问") {
		t.Errorf("stopping: exit %d, %s", code, errs)
	}
	site.Close()
	if code, _, errs := sunmao(t, "health", "--listen", address); code != 1 || !strings.Contains(errs, "没有回答") {
		t.Errorf("gone: exit %d, %s", code, errs)
	}
	if code, _, _ := sunmao(t, "health", "--listen", "nonsense"); code != 2 {
		t.Errorf("no address: exit %d, want 2", code)
	}
}

// Every job stands in docs/operating.md, daily and weekly ones with the minute they run at.
func TestJobsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	all := append(jobs.Table(nil, nil), (&house{backend: &sqlitedoc.Backend{}}).jobs(&App{})...)
	for _, j := range all {
		row := regexp.MustCompile("(?m)^\\| `" + j.Name + "` \\|.*$").FindString(string(doc))
		at := ""
		var minute, hour int
		if n, _ := fmt.Sscanf(j.Spec, "%d %d", &minute, &hour); n == 2 {
			at = fmt.Sprintf("%02d:%02d", hour, minute)
		}
		if row == "" || !strings.Contains(row, at) {
			t.Errorf("job %s (%s): its row in docs/operating.md is %q", j.Name, j.Spec, row)
		}
	}
}
