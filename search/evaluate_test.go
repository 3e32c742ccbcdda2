package search

import (
	"context"
	"flag"
	"testing"
)

var corpusSize = flag.Int("corpus", 3000, "documents of the composed corpus in TestCorpus")

func TestCorpus(t *testing.T) {
	c := NewCorpus(*corpusSize, 1)
	x, err := Open(t.TempDir(), c.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Rebuild(context.Background(), c.Docs(), "1"); err != nil {
		t.Fatal(err)
	}
	st, _ := x.Stats()
	t.Logf("%+v", st)
	for _, half := range []bool{true, false} {
		var qs []Judgement
		for _, q := range c.Queries {
			if q.Tuning == half {
				qs = append(qs, q)
			}
		}
		scores, err := x.Evaluate(context.Background(), qs)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scores {
			t.Logf("tuning %v %-10s %4d ndcg %.3f recall %.3f zero %.3f", half, s.Class, s.Queries, s.NDCG, s.Recall, s.Zero)
		}
	}
	for _, q := range c.Queries {
		r, err := x.Find(context.Background(), Query{Text: q.Text, Plain: true})
		if err != nil {
			t.Fatal(err)
		}
		if r.Total == 0 {
			t.Logf("nothing is found by %q; nearest %q", q.Text, ids(r.Nearest))
		}
	}
}
