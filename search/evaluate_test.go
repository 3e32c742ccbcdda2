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
	if testing.Verbose() {
		for _, q := range c.Queries {
			if !q.Tuning {
				continue
			}
			r, _ := x.Find(context.Background(), Query{Text: q.Text, Limit: 50, Explain: true})
			var l []string
			for _, h := range r.Hits {
				l = append(l, h.ID)
			}
			if n := q.ndcg(l); n < 0.9 {
				var tops []string
				for _, h := range r.Hits[:min(4, len(r.Hits))] {
					tops = append(tops, h.Title, h.Why[0])
				}
				t.Logf("BAD %.2f %s %s: %d exact %d %q", n, q.Class, q.Text, r.Total, r.Exact, tops)
			}
		}
	}
}
