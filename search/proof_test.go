package search

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestParseChecks(t *testing.T) {
	got, err := ParseChecks("# comment\nquery 养猪\n  kind post\n  expected 生猪 | ＣＮＣ\n  forbidden 车工\n\nquery 车工\n  expected 车工\n")
	if err != nil || len(got) != 2 || got[0].Kind != "post" || !slices.Equal(got[0].Expected, []string{"生猪", "cnc"}) || !slices.Equal(got[0].Forbidden, []string{"车工"}) {
		t.Errorf("%+v, %v", got, err)
	}
	for name, script := range map[string]string{
		"expects nothing": "query 车工\n", "an empty title": "query 车工\nexpected 车工 |\n", "demand before a query": "expected 车工\n",
		"unknown line": "query 车工\nexpect 车工\n", "query of nothing": "query\n",
	} {
		if got, err := ParseChecks(script); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// An index that fails the relevance script is not swapped in: the old one goes on serving, its
// documents and its position untouched, and the error says what failed. The first whole index is
// taken all the same.
func TestRebuildRefused(t *testing.T) {
	checks, err := ParseChecks("query 掌勺\n expected 叉车工\nquery 没有这个\n expected 不在索引里\nquery 叉车工\n expected 叉车工\n forbidden 保育员")
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig()
	cfg.Checks = checks
	dir := t.TempDir()
	x, err := Open(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	rebuildWith(t, x, testDocs(), "1")
	more := append(testDocs(), Document{ID: "later", Kind: "post", Title: "挖掘机司机"})
	err = x.Rebuild(context.Background(), given(more), "2")
	var refused *Refused
	if !errors.As(err, &refused) || len(refused.Failed) != 1 || !strings.Contains(err.Error(), "查“掌勺”") {
		t.Fatalf("rebuilt in spite of its script: %v", err)
	}
	if p, _ := x.Position(); p != "1" {
		t.Errorf("position %q", p)
	}
	if r, err := x.Find(context.Background(), Query{Text: "叉车工"}); err != nil || r.Total == 0 || r.Hits[0].ID != "p3" {
		t.Errorf("the old index does not answer: %v, %v", ids(r.Hits), err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Aliases = map[string][]string{"掌勺": {"叉车工"}}
	if x, err = Open(dir, cfg); err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	rebuildWith(t, x, more, "3")
	if p, _ := x.Position(); p != "3" {
		t.Errorf("position %q after a rebuild that passes", p)
	}
}

// A new list of words, and a new mapping, is rebuilt while queries run: each is answered in full, by the
// old index or the new one.
func TestOtherWordsUnderLoad(t *testing.T) {
	dir := t.TempDir()
	x := openDir(t, dir)
	rebuildWith(t, x, testDocs(), "1")
	for round, change := range []func(*Config){
		func(c *Config) { c.Words = slices.Values([]string{"叉车", "育员"}) },
		func(c *Config) { c.Mapping = "another" },
	} {
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		cfg := testConfig()
		change(&cfg)
		var err error
		if x, err = Open(dir, cfg); err != nil || !x.NeedsRebuild() || !x.Whole() {
			t.Fatalf("round %d: %v", round, err)
		}
		var asked atomic.Int64
		ctx, stop := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for ctx.Err() == nil {
					for text, want := range map[string]string{"叉车工": "p3", "保育员": "p5"} {
						r, err := x.Find(context.Background(), Query{Text: text})
						if err != nil || !slices.ContainsFunc(r.Hits, func(h Hit) bool { return h.ID == want }) {
							t.Errorf("round %d: %s finds %q, %v", round, text, ids(r.Hits), err)
							return
						}
					}
					asked.Add(1)
				}
			})
		}
		for n := int64(1); n <= 3; n++ {
			rebuildWith(t, x, testDocs(), "2")
			for asked.Load() < 20*n && !t.Failed() { // some after each swap
				time.Sleep(time.Millisecond)
			}
		}
		stop()
		wg.Wait()
		if name, err := x.currentName(); x.NeedsRebuild() || err != nil || !strings.HasPrefix(name, x.version) {
			t.Errorf("round %d: rebuilt as %q, %v", round, name, err)
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}
