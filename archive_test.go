package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// TestRestoreDrill is the drill of docs/operating.md: the job backs a district up while
// it is written to, the backup goes into an empty folder, every row is compared, and the
// site starts on it with its index rebuilt.
func TestRestoreDrill(t *testing.T) {
	app := opsApp(t, filepath.Join(t.TempDir(), "data"))
	h, err := openHouse(app)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := demo.District(h.catalogue, app.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.exchange.Load(app.Ctx, bundle), h.exchange.Reindex(app.Ctx)); err != nil {
		t.Fatal(err)
	}
	if _, err := masterKey(app.Config); err != nil {
		t.Fatal(err)
	}
	acknowledged := backUpWhileWriting(t, app, h)
	indexed, err := h.index.Revisions(app.Ctx)
	if err := errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}

	file := filepath.Join(app.Config.Data, "backups", "sunmao-"+partnership.Day(app.Now())+".tar")
	restored := filepath.Join(t.TempDir(), "restored")
	if code, out, errs := sunmao(t, "restore", file, "--data", restored); code != 0 || !strings.Contains(out, "已把") {
		t.Fatalf("restore: exit %d, %s %s", code, out, errs)
	}
	if entries, err := os.ReadDir(restored); err != nil || len(entries) != 2 {
		t.Errorf("the restored folder holds %v, %v; want database and key", entries, err)
	}
	compareFolders(t, app.Config.Data, restored, acknowledged)

	h2, err := openHouse(opsApp(t, restored))
	if err != nil {
		t.Fatal(err)
	}
	defer h2.Close() //nolint:errcheck // end of the test
	if err := h2.ready(app.Ctx); err != nil {
		t.Fatal(err)
	}
	if again, err := h2.index.Revisions(app.Ctx); err != nil || !maps.Equal(again, indexed) {
		t.Errorf("the index of the restored folder has %d entries, %v; want the %d of the old one", len(again), err, len(indexed))
	}
}

// backUpWhileWriting runs the job backup while notes are written and returns how many
// were acknowledged before it began.
func backUpWhileWriting(t *testing.T, app *App, h *house) (acknowledged int) {
	t.Helper()
	c := store.Open[note](h.store, store.Spec{Name: "notes"})
	ctx, stop := context.WithCancel(app.Ctx)
	some, done := make(chan int), make(chan int)
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			if err := c.Insert(ctx, &note{Record: partnership.Record{ID: fmt.Sprintf("n%06d", i)}, Text: "备份时写入"}); err != nil {
				return
			}
			if i == 50 {
				some <- i + 1
			}
		}
	}()
	acknowledged = <-some
	for _, j := range h.jobs(app) {
		if words, err := j.Run(app.Ctx, partnership.Day(app.Now())); err != nil || words == "" {
			t.Errorf("job %s: %q, %v", j.Name, words, err)
		}
	}
	stop()
	<-done
	return acknowledged
}

// compareFolders compares the databases row by row, and the key. Of the notes, which
// were being written, the restored folder has those of one moment.
func compareFolders(t *testing.T, data, restored string, acknowledged int) {
	t.Helper()
	was, is := rows(t, filepath.Join(data, databaseName)), rows(t, filepath.Join(restored, databaseName))
	if len(was["c_outcomes"]) < 2000 || len(was["c_posts"]) < 100 {
		t.Fatalf("the drill compares too little: %d outcomes", len(was["c_outcomes"]))
	}
	n := len(is["c_notes"])
	if n < acknowledged || n > len(was["c_notes"]) {
		t.Errorf("%d notes restored; %d had been acknowledged before the backup, %d after it", n, acknowledged, len(was["c_notes"]))
	}
	for i := range n {
		if id := fmt.Sprintf("n%06d", i); is["c_notes"][id] != was["c_notes"][id] {
			t.Errorf("note %s is %q, was %q", id, is["c_notes"][id], was["c_notes"][id])
		}
	}
	delete(was, "c_notes")
	delete(is, "c_notes")
	for name := range was {
		if !maps.Equal(was[name], is[name]) {
			t.Errorf("%s: %d rows restored, %d before, or other content", name, len(is[name]), len(was[name]))
		}
	}
	if len(was) != len(is) {
		t.Errorf("%d collections restored, %d before", len(is), len(was))
	}
	key, err := os.ReadFile(filepath.Join(data, keyName))
	again, err2 := os.ReadFile(filepath.Join(restored, keyName))
	if err := errors.Join(err, err2); err != nil || !bytes.Equal(key, again) {
		t.Errorf("the master key was not restored: %v", err)
	}
}

// sumOf reads a backup in memory and returns a hash of all that it would restore.
func sumOf(body []byte) (string, error) {
	h := sha256.New()
	_, err := readBackup(bytes.NewReader(body), int64(len(body)), func(name string, from io.Reader) error {
		fmt.Fprintln(h, name)
		_, err := io.Copy(h, from)
		return err
	})
	return fmt.Sprintf("%x", h.Sum(nil)), err
}

// TestRestore_CutShort: a backup cut anywhere is refused and the folder stays as it was.
func TestRestore_CutShort(t *testing.T) {
	file := backedUp(t, notes(t, 200))
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := len(body)
	cuts := []int{0, 1, 100, 511, 512, 513, 600, 1023, 1024, 1025, 1536, 5000, n / 3, n / 2, n - 4096, n - 2048, n - 1537, n - 1536, n - 1025, n - 1024, n - 1023, n - 513, n - 512, n - 511, n - 1}
	for at := 3000; at < n; at += n/60 + 7 {
		cuts = append(cuts, at)
	}
	for _, at := range cuts {
		if _, err := sumOf(body[:at]); !errors.Is(err, partnership.ErrUnavailable) {
			t.Errorf("cut at %d of %d: %v, want a refusal", at, n, err)
		}
	}
	empty := t.TempDir()
	for _, at := range []int{100, 1024, n / 2, n - 1024, n - 1} {
		cut := filepath.Join(t.TempDir(), "cut.tar")
		if err := os.WriteFile(cut, body[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		absent := filepath.Join(t.TempDir(), "absent")
		for _, dir := range []string{absent, empty} {
			if code, _, errs := sunmao(t, "restore", cut, "--data", dir); code != 1 || !strings.Contains(errs, "没有改动任何数据") {
				t.Errorf("restore of %d bytes: exit %d, %s", at, code, errs)
			}
		}
		if code, _, errs := sunmao(t, "verify", cut); code != 1 {
			t.Errorf("verify of %d bytes: exit %d, %s", at, code, errs)
		}
		if _, err := os.Stat(absent); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a refused restore made the folder: %v", err)
		}
	}
	if entries, err := os.ReadDir(empty); err != nil || len(entries) > 0 {
		t.Errorf("refused restores left %v, %v", entries, err)
	}
}

// TestReadBackup_Damaged: with a byte changed anywhere, a backup is refused or restores
// exactly the same (the byte was one of the padding).
func TestReadBackup_Damaged(t *testing.T) {
	body, err := os.ReadFile(backedUp(t, notes(t, 20)))
	if err != nil {
		t.Fatal(err)
	}
	want, err := sumOf(body)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var at []int
	for i := range 2048 { // manifest and its header, and the end, byte by byte
		at = append(at, i, len(body)-1-i)
	}
	for range 500 {
		at = append(at, r.IntN(len(body)))
	}
	refused := 0
	for _, i := range at {
		damaged := bytes.Clone(body)
		damaged[i] ^= byte(1 << r.IntN(8))
		got, err := sumOf(damaged)
		if err == nil && got != want {
			t.Errorf("byte %d changed: restored something else", i)
		}
		if err != nil {
			refused++
		}
	}
	if refused < len(at)/3 {
		t.Errorf("only %d of %d changes refused", refused, len(at))
	}
}

// TestRestore_Refused: files of others, of newer programs, or made to harm.
func TestRestore_Refused(t *testing.T) {
	db := func(change string) func(*testing.T) string {
		return func(t *testing.T) string {
			dir := notes(t, 5)
			execSQL(t, filepath.Join(dir, databaseName), change)
			to := filepath.Join(t.TempDir(), "b.tar")
			if err := pack(to, manifest{Program: "sunmao", Format: 1, Documents: 5}, []string{filepath.Join(dir, databaseName)}); err != nil {
				t.Fatal(err)
			}
			return to
		}
	}
	with := func(m manifest) func(*testing.T) string {
		return func(t *testing.T) string {
			to := filepath.Join(t.TempDir(), "b.tar")
			if err := pack(to, m, []string{filepath.Join(notes(t, 5), databaseName)}); err != nil {
				t.Fatal(err)
			}
			return to
		}
	}
	entries := func(headers ...tar.Header) func(*testing.T) string {
		return func(t *testing.T) string {
			to := filepath.Join(t.TempDir(), "b.tar")
			var buf bytes.Buffer
			w := tar.NewWriter(&buf)
			body := []byte(`{"program":"sunmao","format":1}`)
			for _, h := range headers {
				if h.Typeflag == tar.TypeReg {
					h.Size = int64(len(body))
				}
				if err := w.WriteHeader(&h); err != nil {
					t.Fatal(err)
				}
				if h.Typeflag == tar.TypeReg {
					if _, err := w.Write(body); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := errors.Join(w.Close(), os.WriteFile(to, buf.Bytes(), 0o600)); err != nil {
				t.Fatal(err)
			}
			return to
		}
	}
	first := tar.Header{Name: manifestName, Typeflag: tar.TypeReg}
	for _, tc := range []struct {
		name string
		file func(*testing.T) string
		says string
	}{
		{"not there", func(t *testing.T) string { return filepath.Join(t.TempDir(), "none.tar") }, "没有备份文件"},
		{"a folder", func(t *testing.T) string { return t.TempDir() }, "不是文件"},
		{"a database", func(t *testing.T) string { return filepath.Join(notes(t, 5), databaseName) }, "不是 sunmao 的备份"},
		{"another tar", entries(tar.Header{Name: "readme", Typeflag: tar.TypeReg}), "不是 sunmao 的备份"},
		{"another program", with(manifest{Program: "wms", Format: 1}), "不是 sunmao 的备份"},
		{"no format", with(manifest{Program: "sunmao"}), "不是 sunmao 的备份"},
		{"newer backup", with(manifest{Program: "sunmao", Format: 2, Version: "v9"}), "更新版本的 sunmao（v9）"},
		{"fewer documents than said", with(manifest{Program: "sunmao", Format: 1, Documents: 6}), "应有 6 条记录"},
		{"newer database", db("PRAGMA user_version=99"), "更新版本"},
		{"another program's database", db("PRAGMA application_id=77"), "另一个程序"},
		{"document changed before packing", db("UPDATE c_notes SET doc=json_set(doc,'$.text','x') WHERE id='n0003'"), "校验和不符"},
		{"a way out of the folder", entries(first, tar.Header{Name: "../" + databaseName, Typeflag: tar.TypeReg}), "不应有"},
		{"a link", entries(first, tar.Header{Name: databaseName, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), "不应是这样的"},
		{"manifest twice", entries(first, first), "不应有"},
		{"no sums", entries(first, tar.Header{Name: databaseName, Typeflag: tar.TypeReg}), "缺少结尾的 SHA256SUMS"},
		{"wrong sums", entries(first, tar.Header{Name: databaseName, Typeflag: tar.TypeReg}, tar.Header{Name: sumsName, Typeflag: tar.TypeReg}), "校验和不符"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			code, _, errs := sunmao(t, "restore", tc.file(t), "--data", dir)
			if code != 1 || !strings.Contains(errs, tc.says) {
				t.Errorf("exit %d, %s; want %q", code, errs, tc.says)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a refused restore left the folder: %v", err)
			}
		})
	}
}

// TestRestore_Older: a database from before formats were numbered is brought to today's.
func TestRestore_Older(t *testing.T) {
	dir := notes(t, 30)
	execSQL(t, filepath.Join(dir, databaseName), "PRAGMA user_version=0; PRAGMA application_id=0")
	file := filepath.Join(t.TempDir(), "old.tar")
	if err := pack(file, manifest{Program: "sunmao", Format: 1, Documents: 30}, []string{filepath.Join(dir, databaseName)}); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if code, _, errs := sunmao(t, "restore", file, "--data", to); code != 0 {
		t.Fatalf("restore: exit %d, %s", code, errs)
	}
	if code, out, errs := sunmao(t, "verify", "--data", to); code != 0 || !strings.Contains(out, "30 条记录") || !strings.Contains(out, "数据完好") {
		t.Errorf("verify: exit %d, %s %s", code, out, errs)
	}
	if was, is := rows(t, filepath.Join(dir, databaseName)), rows(t, filepath.Join(to, databaseName)); !maps.Equal(was["c_notes"], is["c_notes"]) {
		t.Error("the restored notes differ")
	}
}

func TestRestore_NotEmpty(t *testing.T) {
	data := notes(t, 5)
	file := backedUp(t, data)
	before, err := os.ReadFile(filepath.Join(data, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := sunmao(t, "restore", file, "--data", data); code != 1 || !strings.Contains(errs, "不是空的") {
		t.Errorf("restore over data: exit %d, %s", code, errs)
	}
	if after, err := os.ReadFile(filepath.Join(data, databaseName)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refused restore changed the data: %v", err)
	}
	// What a killed restore left behind does not stand in the way.
	again := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(again, staging), 0o700), os.WriteFile(filepath.Join(again, staging, databaseName), []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := sunmao(t, "restore", file, "--data", again); code != 0 {
		t.Errorf("restore after a killed one: exit %d, %s", code, errs)
	}
}

// TestRestore_EachFormat: a backup written by the first release of each format is kept
// in testdata and still restores, opens and fills the index.
func TestRestore_EachFormat(t *testing.T) {
	kept, err := filepath.Glob("testdata/backups/format*.tar.gz")
	if err != nil || len(kept) != backupFormat {
		t.Fatalf("kept backups: %v, %v; want one for each of %d formats", kept, err, backupFormat)
	}
	for _, path := range kept {
		t.Run(filepath.Base(path), func(t *testing.T) {
			file, data := filepath.Join(t.TempDir(), "b.tar"), filepath.Join(t.TempDir(), "data")
			unzip(t, path, file)
			for _, args := range [][]string{{"verify", file}, {"restore", file, "--data", data}, {"verify", "--data", data}, {"reindex", "--data", data}} {
				if code, _, errs := sunmao(t, args...); code != 0 {
					t.Fatalf("%v: exit %d, %s", args, code, errs)
				}
			}
			companies := strings.Join(slices.Sorted(maps.Values(rows(t, filepath.Join(data, databaseName))["c_companies"])), "\n")
			for _, name := range []string{"示例机械厂", "示例电子厂", "示例酒店"} {
				if strings.Count(companies, `"`+name+`"`) == 0 {
					t.Errorf("no company %s in %s", name, companies)
				}
			}
		})
	}
}

func unzip(t *testing.T, from, to string) {
	t.Helper()
	body, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err := errors.Join(err, os.WriteFile(to, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// FuzzReadBackup: no bytes make the reader of backups panic, hang or take what is not
// under the sums.
func FuzzReadBackup(f *testing.F) {
	db := filepath.Join(f.TempDir(), databaseName)
	to := filepath.Join(f.TempDir(), "b.tar")
	if err := errors.Join(os.WriteFile(db, []byte("database"), 0o600), pack(to, manifest{Program: "sunmao", Format: 1}, []string{db})); err != nil {
		f.Fatal(err)
	}
	body, err := os.ReadFile(to)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add(body[:1500])
	f.Add([]byte("not a backup"))
	f.Fuzz(func(t *testing.T, body []byte) {
		sum, err := sumOf(body)
		if again, err2 := sumOf(body); again != sum || (err == nil) != (err2 == nil) {
			t.Errorf("read twice: %s %v, %s %v", sum, err, again, err2)
		}
		if err != nil && !errors.Is(err, partnership.ErrUnavailable) {
			t.Errorf("refused with %v, want a sentence", err)
		}
	})
}
