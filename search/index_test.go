package search

import (
	"context"
	"testing"
)

func openDir(t testing.TB, dir string) *Index {
	t.Helper()
	x, err := Open(dir, testConfig())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func rebuildWith(t testing.TB, x *Index, docs []Document, position string) {
	t.Helper()
	err := x.Rebuild(context.Background(), func(yield func(Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}, position)
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
