package sqlitedoc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// slot is the document of these tests: free falls as taken rises.
type slot struct {
	partnership.Record `json:",inline"`
	Free               int64  `json:"free"`
	Taken              int64  `json:"taken"`
	Text               string `json:"text"`
}

func slots(b store.Backend) *store.Coll[slot] {
	return store.Open[slot](store.New(b, time.Now), store.Spec{Name: "slot", Indexes: []store.Index{{Fields: []string{"free", "taken"}}}})
}

const childDir = "SUNMAO_TEST_CHILD"

// TestMain turns this test binary into the writer that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled writes from eight goroutines and prints each write once it is
// acknowledged.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	b, err := sqlitedoc.Open(ctx, dir, sqlitedoc.Options{})
	if err != nil {
		return err
	}
	c := slots(b)
	if err := c.Insert(ctx, &slot{Record: partnership.Record{ID: "counter"}, Free: 1 << 40}); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
		return err
	}
	run := strconv.FormatInt(time.Now().UnixNano(), 36)
	text := strings.Repeat("岗位", 300)
	fail := make(chan error)
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				s := slot{Record: partnership.Record{ID: fmt.Sprintf("%s-%d-%d", run, w, i)}, Text: text}
				if err := c.Insert(ctx, &s); err != nil {
					fail <- err
				}
				fmt.Printf("insert %s 1\n", s.ID)
				n, err := c.Update(ctx, "counter", store.Field("free").Gt(0), store.Inc("free", -1), store.Inc("taken", 1))
				if err != nil {
					fail <- err
				}
				fmt.Printf("count counter %d\n", n.Rev)
				s.Text = "changed"
				if err := c.Replace(ctx, &s); err != nil {
					fail <- err
				}
				fmt.Printf("replace %s %d\n", s.ID, s.Rev)
			}
		}()
	}
	return <-fail
}

// TestKill kills the writing process at random moments: every acknowledged write is there
// afterwards, the file is whole, and no revision or count is half-way. SUNMAO_TEST_KILLS
// sets the number of rounds.
func TestKill(t *testing.T) {
	rounds := 20
	if n, err := strconv.Atoi(os.Getenv("SUNMAO_TEST_KILLS")); err == nil {
		rounds = n
	}
	dir := t.TempDir()
	dice := rand.New(rand.NewPCG(1, 2))
	acknowledged := map[string]int64{}
	total := 0
	for round := range rounds {
		total += killOnce(t, dir, time.Duration(20+dice.IntN(150))*time.Millisecond, acknowledged)
		b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		checkAcknowledged(t, b, acknowledged)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if total < rounds*10 {
		t.Errorf("only %d writes acknowledged in %d rounds: the test proves little", total, rounds)
	}
	t.Logf("%d kills, %d acknowledged writes, all there", rounds, total)
}

func killOnce(t *testing.T, dir string, after time.Duration, acknowledged map[string]int64) int {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewScanner(out); lines.Scan(); n++ {
		if n == 0 {
			timer := time.AfterFunc(after, func() { _ = child.Process.Kill() }) // it may have failed by itself
			defer timer.Stop()
		}
		f := strings.Fields(lines.Text())
		if len(f) != 3 {
			continue // the line that the kill cut
		}
		rev, err := strconv.ParseInt(f[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged[f[1]] = max(acknowledged[f[1]], rev)
	}
	if err := child.Wait(); err == nil || child.ProcessState.ExitCode() != -1 {
		t.Fatalf("the writer ended by itself: %v", child.ProcessState)
	}
	return n
}

func checkAcknowledged(t *testing.T, b *sqlitedoc.Backend, acknowledged map[string]int64) {
	t.Helper()
	there := map[string]int64{}
	for s, err := range slots(b).Find(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		there[s.ID] = s.Rev
		if s.ID == "counter" && (s.Free+s.Taken != 1<<40 || s.Rev != s.Taken+1) {
			t.Fatalf("counter is half-way: %+v", s)
		}
	}
	for id, rev := range acknowledged {
		if there[id] < rev {
			t.Fatalf("%s: revision %d was acknowledged, %d is there", id, rev, there[id])
		}
	}
	report, err := b.Verify(t.Context())
	if err != nil || len(report.Bad) > 0 || report.Documents != int64(len(there)) {
		t.Fatalf("verify: %+v, %v; %d documents found", report, err, len(there))
	}
}

// TestTornLog cuts the log short or flips one of its bits at random places, as a power cut
// on a bad disk may: the store opens and holds the writes of a beginning of the log, none
// half-way and none after a missing one.
func TestTornLog(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	c := slots(b)
	const rounds, writes = 24, 100
	for i := range writes {
		s := slot{Record: partnership.Record{ID: fmt.Sprintf("s%04d", i)}, Text: strings.Repeat("x", 700)}
		if err := c.Insert(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
	}
	file, log := read(t, filepath.Join(dir, "sunmao.db")), read(t, filepath.Join(dir, "sunmao.db-wal"))
	dice := rand.New(rand.NewPCG(3, 4))
	shorter := 0
	for i := range rounds {
		torn := append([]byte(nil), log...)
		if at := dice.IntN(len(torn)); i%2 == 0 {
			torn = torn[:at]
		} else {
			torn[at] ^= 1 << dice.IntN(8)
		}
		copyDir := t.TempDir()
		write(t, filepath.Join(copyDir, "sunmao.db"), file)
		write(t, filepath.Join(copyDir, "sunmao.db-wal"), torn)
		b, err := sqlitedoc.Open(t.Context(), copyDir, sqlitedoc.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		all, err := slots(b).All(t.Context(), store.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for j, s := range all {
			if s.ID != fmt.Sprintf("s%04d", j) {
				t.Fatalf("round %d: document %d is %s", i, j, s.ID)
			}
		}
		if len(all) < writes {
			shorter++
		}
		if report, err := b.Verify(t.Context()); err != nil || len(report.Bad) > 0 {
			t.Fatalf("round %d: %+v, %v", i, report, err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if shorter < rounds/2 {
		t.Errorf("%d of %d logs lost writes: the test proves little", shorter, rounds)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestGroupCommit: many writers share commits, and each gets its own answer though others
// in the same commit are refused.
func TestGroupCommit(t *testing.T) {
	c := slots(open(t, t.TempDir()))
	var all sync.WaitGroup
	for w := range 64 {
		all.Go(func() {
			for i := range 10 {
				s := slot{Record: partnership.Record{ID: fmt.Sprintf("%d-%d", w, i)}}
				if i%2 == 1 {
					s.ID = fmt.Sprintf("%d-%d", w, i-1) // taken
				}
				if err := c.Insert(t.Context(), &s); errors.Is(err, partnership.ErrDuplicate) != (i%2 == 1) {
					t.Errorf("insert %s, try %d: %v", s.ID, i, err)
				}
			}
		})
	}
	all.Wait()
	if n, err := c.Count(t.Context(), store.Filter{}); err != nil || n != 64*5 {
		t.Errorf("%d documents, %v; want %d", n, err, 64*5)
	}
}
