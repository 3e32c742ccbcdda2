package sqlitedoc_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// filled makes a closed store with n documents and returns its folder.
func filled(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	batch := make([]slot, n)
	for i := range batch {
		batch[i] = slot{Record: partnership.Record{ID: fmt.Sprintf("s%04d", i)}, Text: strings.Repeat("岗", 200)}
	}
	if err := slots(b).InsertMany(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpen_Refused(t *testing.T) {
	edit := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, "sunmao.db")
			write(t, path, change(read(t, path)))
		}
	}
	run := func(text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { execute(t, filepath.Join(dir, "sunmao.db"), text) }
	}
	for _, tc := range []struct {
		name   string
		damage func(*testing.T, string)
		says   string
	}{
		{"cut in half", edit(func(b []byte) []byte { return b[:len(b)/2] }), "已损坏"},
		{"one page short", edit(func(b []byte) []byte { return b[:len(b)-4096] }), "已损坏"},
		{"cut within a page", edit(func(b []byte) []byte { return b[:5000] }), "已损坏"},
		{"no database", edit(func(b []byte) []byte { return []byte(strings.Repeat("not a database ", 1000)) }), "已损坏"},
		{"header overwritten", edit(func(b []byte) []byte { clear(b[:100]); return b }), "已损坏"},
		{"a page overwritten", edit(func(b []byte) []byte { copy(b[3*4096:], strings.Repeat("\xff", 4096)); return b }), "已损坏"},
		{"emptied", edit(func([]byte) []byte { return nil }), "不见了"},
		{"removed", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "sunmao.db")); err != nil {
				t.Fatal(err)
			}
		}, "不见了"},
		{"newer format", run("PRAGMA user_version=99"), "更新版本"},
		{"another program's", run("PRAGMA application_id=1234"), "另一个程序"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filled(t, 200)
			tc.damage(t, dir)
			before := sizes(t, dir)
			b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
			if b != nil || !errors.Is(err, partnership.ErrUnavailable) {
				t.Fatalf("Open = %v, %v; want ErrUnavailable", b, err)
			}
			if !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), dir) {
				t.Errorf("Open says %q; want %q and the folder", err, tc.says)
			}
			if after := sizes(t, dir); after != before {
				t.Errorf("a refused Open changed the folder: %s, then %s", before, after)
			}
			if _, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{}); err == nil || strings.Contains(err.Error(), "另一个 sunmao 进程") {
				t.Errorf("second try: %v; the lock was not given back", err)
			}
		})
	}
}

func sizes(t *testing.T, dir string) string {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "sunmao.db"))
	if errors.Is(err, os.ErrNotExist) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(info.Size())
}

// execute changes the file behind the store's back.
func execute(t *testing.T, file, text string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestOpen_InUse: one process a folder, and the folder is free again after Close.
func TestOpen_InUse(t *testing.T) {
	dir := filled(t, 1)
	first, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if !errors.Is(err, partnership.ErrUnavailable) || !strings.Contains(err.Error(), "另一个 sunmao 进程") || !strings.Contains(err.Error(), dir) {
		t.Errorf("second Open says %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := slots(first).Insert(t.Context(), &slot{}); !errors.Is(err, partnership.ErrUnavailable) {
		t.Errorf("write after Close: %v", err)
	}
	if all, err := slots(open(t, dir)).All(t.Context(), store.Query{}); err != nil || len(all) != 1 {
		t.Errorf("after reopening: %d documents, %v", len(all), err)
	}
}

// TestChecksum: a document changed behind the store's back is not handed out, updated or
// passed over in silence, and Verify names it.
func TestChecksum(t *testing.T) {
	dir := filled(t, 10)
	file := filepath.Join(dir, "sunmao.db")
	execute(t, file, `UPDATE c_slot SET doc=json_set(doc,'$.taken',5) WHERE id='s0003'`)
	execute(t, file, `UPDATE c_slot SET rev=7 WHERE id='s0005'`)
	b := open(t, dir)
	c := slots(b)
	damaged := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, partnership.ErrUnavailable) || !strings.Contains(err.Error(), "已损坏") {
			t.Errorf("%s of a damaged document: %v", what, err)
		}
	}
	_, err := c.Get(t.Context(), "s0003")
	damaged("Get", err)
	_, err = c.Update(t.Context(), "s0003", store.Filter{}, store.Inc("free", 1))
	damaged("Update", err)
	_, err = c.All(t.Context(), store.Query{})
	damaged("All", err)
	_, _, err = c.Changes(t.Context(), "", 100)
	damaged("Changes", err)
	if _, err = c.Get(t.Context(), "s0004"); err != nil {
		t.Error(err)
	}
	r, err := b.Verify(t.Context())
	if err != nil || len(r.Bad) != 2 || !strings.HasPrefix(r.Bad[0], "slot s0003: checksum") || !strings.HasPrefix(r.Bad[1], "slot s0005: id or revision") || r.Documents != 10 {
		t.Errorf("verify: %+v, %v", r, err)
	}
}

// TestBackup: a copy taken under load is a whole store in itself, with the writes of a
// beginning of the history, and its feed starts anew.
func TestBackup(t *testing.T) {
	dir := filled(t, 500)
	b := open(t, dir)
	c := slots(b)
	_, cursor, err := c.Changes(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		for i := 0; ; i++ {
			s := slot{Record: partnership.Record{ID: fmt.Sprintf("t%05d", i)}}
			if err := c.Insert(ctx, &s); err != nil {
				done <- i
				return
			}
		}
	}()
	to := filepath.Join(t.TempDir(), "sunmao.db")
	err = b.Backup(t.Context(), to)
	stop()
	<-done
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Backup(t.Context(), to); !errors.Is(err, partnership.ErrDuplicate) {
		t.Errorf("backup over a backup: %v", err)
	}
	if err := b.Backup(t.Context(), filepath.Join(dir, "none", "x.db")); !errors.Is(err, partnership.ErrUnavailable) {
		t.Errorf("backup to nowhere: %v", err)
	}
	copied := open(t, filepath.Dir(to))
	cc := slots(copied)
	all, err := cc.All(t.Context(), store.Query{Where: store.Field("_id").Prefix("t")})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range all {
		if s.ID != fmt.Sprintf("t%05d", i) {
			t.Fatalf("document %d of the copy is %s", i, s.ID)
		}
	}
	if n, err := cc.Count(t.Context(), store.Filter{}); err != nil || n != int64(500+len(all)) {
		t.Errorf("copy holds %d, %v", n, err)
	}
	changes, _, err := cc.Changes(t.Context(), cursor, 10_000)
	if err != nil || len(changes) != 500+len(all) {
		t.Errorf("the old cursor gives %d changes on the copy, %v; want all", len(changes), err)
	}
}

// TestPurgedNumber: a purge and a restart must not give a sequence number twice, or a
// reader of the feed misses a write.
func TestPurgedNumber(t *testing.T) {
	dir := t.TempDir()
	b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := slots(b)
	for _, id := range []string{"a", "b"} {
		if err := c.Insert(t.Context(), &slot{Record: partnership.Record{ID: id}}); err != nil {
			t.Fatal(err)
		}
	}
	_, cursor, err := c.Changes(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Purge(t.Context(), "b"), b.Close()); err != nil {
		t.Fatal(err)
	}
	c = slots(open(t, dir))
	if err := c.Insert(t.Context(), &slot{Record: partnership.Record{ID: "c"}}); err != nil {
		t.Fatal(err)
	}
	changes, _, err := c.Changes(t.Context(), cursor, 10)
	if err != nil || len(changes) != 1 || changes[0].ID != "c" {
		t.Errorf("changes after the restart: %v, %v", changes, err)
	}
}
