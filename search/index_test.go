package search

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func openDir(t testing.TB, dir string) *Index {
	t.Helper()
	x, err := Open(dir, testConfig())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// given yields docs as a rebuild reads them.
func given(docs []Document) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func rebuildWith(t testing.TB, x *Index, docs []Document, position string) {
	t.Helper()
	err := x.Rebuild(context.Background(), given(docs), position)
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenAgain(t *testing.T) {
	dir := t.TempDir()
	x := openDir(t, dir)
	if !x.NeedsRebuild() {
		t.Error("a new index does not ask to be rebuilt")
	}
	rebuildWith(t, x, testDocs(), "100")
	if x.NeedsRebuild() {
		t.Error("a rebuilt index asks to be rebuilt")
	}
	if err := x.PutAt(context.Background(), "101", []Document{{ID: "p10", Kind: "post", Title: "焊工"}}, []string{"p1"}); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = openDir(t, dir)
	defer x.Close()
	if x.NeedsRebuild() {
		t.Error("a closed index asks to be rebuilt")
	}
	if p, err := x.Position(); p != "101" || err != nil {
		t.Errorf("position %q, %v", p, err)
	}
	for text, want := range map[string]string{"焊工": "p10", "叉车工": "p3", "CNC操作员": "p2"} {
		r, err := x.Find(context.Background(), Query{Text: text, Kinds: []string{"post"}})
		if err != nil || len(r.Hits) == 0 || r.Hits[0].ID != want {
			t.Errorf("%s: found %q (%v), want %q", text, ids(r.Hits), err, want)
		}
	}
	if n, err := x.Count(context.Background()); err != nil || n["post"] != 9 || n["company"] != 1 {
		t.Errorf("count %v, %v", n, err)
	}
}

// TestRepeatedDocuments hands a rebuild some documents twice, as a store may whose documents change
// while it is read: the later one counts.
func TestRepeatedDocuments(t *testing.T) {
	x := openDir(t, t.TempDir())
	defer x.Close()
	docs := testDocs()
	changed := docs[2]
	changed.Title, changed.Text, changed.Rev = "挖掘机司机", "挖土。", 7
	rebuildWith(t, x, append(docs, docs[0], changed), "1")
	revs, err := x.Revisions(context.Background())
	if err != nil || len(revs) != len(docs) || revs[changed.ID] != 7 {
		t.Errorf("%d documents, revision %d, %v", len(revs), revs[changed.ID], err)
	}
	if r, err := x.Find(context.Background(), Query{Text: "挖掘机"}); err != nil || ids(r.Hits) != changed.ID {
		t.Errorf("found %q, %v", ids(r.Hits), err)
	}
	if r, err := x.Find(context.Background(), Query{Text: "叉车工", Kinds: []string{"post"}}); err != nil || strings.Contains(ids(r.Hits), changed.ID) {
		t.Errorf("the earlier one is found: %q, %v", ids(r.Hits), err)
	}
}

func TestUnwritableDirectory(t *testing.T) {
	dir := t.TempDir()
	x := openDir(t, dir)
	rebuildWith(t, x, testDocs(), "1")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var failed error
	for i := 0; failed == nil && i < 200; i++ {
		if err := x.Put(ctx, Document{ID: fmt.Sprint("n", i), Kind: "post", Title: "氩弧焊工"}); err != nil {
			t.Fatal(err)
		}
		failed = x.Verify()
	}
	if !errors.Is(failed, ErrUnwritable) {
		t.Errorf("%v: nobody is told that the index cannot be written", failed)
	}
	if r, err := x.Find(ctx, Query{Text: "氩弧焊工"}); err != nil || r.Total == 0 {
		t.Errorf("found %d, %v", r.Total, err)
	}
	if err := x.Rebuild(ctx, func(yield func(Document, error) bool) {}, "2"); err == nil {
		t.Error("a rebuild without a directory succeeds")
	}
	_ = x.Close() // cannot flush
}

func TestDamagedIndex(t *testing.T) {
	damage := map[string]func(t *testing.T, path string){
		"segment cut short": func(t *testing.T, path string) {
			for _, f := range segments(t, path) {
				if err := os.Truncate(f, 100); err != nil {
					t.Fatal(err)
				}
			}
		},
		"bytes flipped": func(t *testing.T, path string) {
			for _, f := range segments(t, path) {
				flip(t, f)
			}
		},
		"segment gone": func(t *testing.T, path string) {
			for _, f := range segments(t, path) {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
		},
		"table of contents gone": func(t *testing.T, path string) {
			if err := os.Remove(filepath.Join(path, "root.bolt")); err != nil {
				t.Fatal(err)
			}
		},
		"table of contents cut short": func(t *testing.T, path string) {
			if err := os.Truncate(filepath.Join(path, "root.bolt"), 1000); err != nil {
				t.Fatal(err)
			}
		},
		"all gone": func(t *testing.T, path string) { _ = os.RemoveAll(path) },
		"pointer bad": func(t *testing.T, path string) {
			_ = os.WriteFile(filepath.Join(filepath.Dir(path), pointer), []byte("../x"), 0o600)
		},
	}
	for name, breakIt := range damage {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			x := openDir(t, dir)
			rebuildWith(t, x, testDocs(), "1")
			path := x.current.Load().path
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
			breakIt(t, path)
			x = openDir(t, dir)
			defer x.Close()
			if !x.NeedsRebuild() {
				t.Fatal("a damaged index does not ask to be rebuilt")
			}
			rebuildWith(t, x, testDocs(), "2")
			r, err := x.Find(context.Background(), Query{Text: "叉车工"})
			if err != nil || len(r.Hits) == 0 || r.Hits[0].ID != "p3" || x.NeedsRebuild() {
				t.Errorf("after the rebuild: %q, %v", ids(r.Hits), err)
			}
		})
	}
}

// What openDir is too quick to see, because the index is large or broke since.
func TestVerify(t *testing.T) {
	x := openDir(t, t.TempDir())
	defer x.Close()
	rebuildWith(t, x, testDocs(), "1")
	g, full := x.current.Load(), errors.New("no space left on device")
	if g.fault.Store(&full); x.Verify() != nil || g.fault.Load() != nil {
		t.Errorf("a disk that was full and has space again: %v", x.Verify())
	}
	flip(t, segments(t, g.path)[0])
	if err := x.Verify(); err == nil || errors.Is(err, ErrUnwritable) || !x.NeedsRebuild() {
		t.Errorf("a flipped byte: %v, needs rebuild %v", err, x.NeedsRebuild())
	}
}

// flip changes a byte in the middle of a file.
func flip(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x55
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func segments(t *testing.T, path string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(path, "*.zap"))
	if err != nil || len(files) == 0 {
		t.Fatal("no segments", err)
	}
	return files
}

func TestOtherVersion(t *testing.T) {
	dir := t.TempDir()
	x := openDir(t, dir)
	rebuildWith(t, x, testDocs(), "1")
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := testConfig()
	cfg.Words = slices.Values([]string{"叉车", "别的词"})
	x, err := Open(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if !x.NeedsRebuild() {
		t.Error("an index of other words does not ask to be rebuilt")
	}
	if r, err := x.Find(context.Background(), Query{Text: "保育员"}); err != nil || r.Total == 0 {
		t.Errorf("an index of other words does not answer until then: %d, %v", r.Total, err)
	}
	rebuildWith(t, x, testDocs(), "2")
	if name, err := x.currentName(); x.NeedsRebuild() || err != nil || !strings.HasPrefix(name, x.version) {
		t.Errorf("rebuilt as %q, %v", name, err)
	}
}

func TestOtherLayout(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "idx-0-bleve1-00000000-1")
	if err := os.Mkdir(old, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, pointer), []byte(filepath.Base(old)), 0o600); err != nil {
		t.Fatal(err)
	}
	x := openDir(t, dir)
	defer x.Close()
	if _, err := os.Stat(old); !x.NeedsRebuild() || !os.IsNotExist(err) {
		t.Errorf("needs rebuild %v, the old one: %v", x.NeedsRebuild(), err)
	}
}

func TestHeldByAnother(t *testing.T) {
	dir := t.TempDir()
	x := openDir(t, dir)
	defer x.Close()
	rebuildWith(t, x, testDocs(), "1")
	if y, err := Open(dir, testConfig()); err == nil {
		_ = y.Close()
		t.Error("two processes' worth of indexes on one directory")
	}
	if r, err := x.Find(context.Background(), Query{Text: "叉车工"}); err != nil || r.Total == 0 {
		t.Errorf("the first index was harmed: %d, %v", r.Total, err)
	}
}

// TestSwapUnderLoad rebuilds while queries and writes go on: none fails, none comes back empty, and
// what was written meanwhile is there afterwards.
func TestSwapUnderLoad(t *testing.T) {
	x := openDir(t, t.TempDir())
	defer x.Close()
	rebuildWith(t, x, testDocs(), "1")
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var asked atomic.Int64
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				r, err := x.Find(context.Background(), Query{Text: "叉车工"})
				if err != nil || r.Total == 0 || r.Hits[0].ID != "p3" {
					t.Errorf("during a swap: %q, %v", ids(r.Hits), err)
					return
				}
				if s, err := x.Suggest(context.Background(), "叉", nil, nil, 3); err != nil || len(s) == 0 {
					t.Errorf("during a swap: suggestions %v, %v", s, err)
					return
				}
				asked.Add(1)
			}
		})
	}
	for i := range 5 {
		docs := func(yield func(Document, error) bool) {
			for k, d := range testDocs() {
				if k == 4 { // written while the rebuild runs
					if err := x.PutAt(context.Background(), fmt.Sprint("during", i), []Document{{ID: fmt.Sprint("new", i), Kind: "post", Title: "挖掘机司机"}}, []string{"p9"}); err != nil {
						t.Error(err)
					}
				}
				if !yield(d, nil) {
					return
				}
			}
		}
		if err := x.Rebuild(context.Background(), docs, fmt.Sprint("before", i)); err != nil {
			t.Fatal(err)
		}
		r, err := x.Find(context.Background(), Query{Text: "挖掘机司机"})
		if err != nil || len(r.Hits) == 0 || r.Hits[0].ID != fmt.Sprint("new", i) {
			t.Errorf("round %d: %q, %v", i, ids(r.Hits), err)
		}
		if p, err := x.Position(); p != fmt.Sprint("during", i) || err != nil {
			t.Errorf("round %d: position %q, %v", i, p, err)
		}
		if n, _ := x.Count(context.Background()); n["post"] != 9 {
			t.Errorf("round %d: count %v", i, n)
		}
	}
	stop()
	wg.Wait()
	if asked.Load() == 0 {
		t.Error("nothing was asked")
	}
}

// TestKilled kills a process that writes, at any moment, and checks that the position stored equals
// the documents present.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("SEARCH_TEST_KILL"); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	rounds := 4 // FAULTS_ROUNDS=200 for the goal
	if n, err := strconv.Atoi(os.Getenv("FAULTS_ROUNDS")); err == nil {
		rounds = n
	}
	r := rand.New(rand.NewPCG(uint64(rounds), 1))
	last := 0
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$") //nolint:gosec // this test itself
		cmd.Env = append(os.Environ(), "SEARCH_TEST_KILL="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 1+r.IntN(60) && lines.Scan(); n++ {
		}
		time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond) // somewhere within a batch
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		x := openDir(t, dir)
		position, err := x.Position()
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.Atoi(position)
		revs, err := x.Revisions(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		want := 0 // batch i writes document i and deletes document i-10
		for i := 1; i <= n; i++ {
			if i > n-10 {
				want++
			}
		}
		if x.NeedsRebuild() || len(revs) != want || n < last {
			t.Errorf("round %d: position %d (before %d), %d documents, want %d", round, n, last, len(revs), want)
		}
		for i := max(1, n-9); i <= n; i++ {
			if revs[fmt.Sprint("d", i)] != int64(i) {
				t.Errorf("round %d: position %d, document %d has revision %d", round, n, i, revs[fmt.Sprint("d", i)])
			}
		}
		last = n
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func writeUntilKilled(t *testing.T, dir string) {
	x := openDir(t, dir)
	if x.NeedsRebuild() {
		rebuildWith(t, x, nil, "0")
	}
	position, err := x.Position()
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(position)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		n++
		d := Document{ID: fmt.Sprint("d", n), Kind: "post", Title: "焊工", Rev: int64(n)}
		if err := x.PutAt(context.Background(), strconv.Itoa(n), []Document{d}, []string{fmt.Sprint("d", n-10)}); err != nil {
			t.Fatal(err)
		}
		fmt.Println(n)
	}
}
