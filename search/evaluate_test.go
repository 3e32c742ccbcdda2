package search

import (
	"context"
	"flag"
	"math"
	"strings"
	"testing"
)

var corpusSize = flag.Int("corpus", 3000, "documents of the composed corpus in TestCorpus")

// TestCorpus holds relevance on composed posts, by class, above floors a little below what was reached:
// both halves of the queries, as no setting is tuned here.
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
	floors := map[string]float64{"plain": 0.92, "typo": 0.92, "pinyin": 0.89, "initials": 0.85, "place": 0.87, "kind": 0.75,
		"company": 0.99, "boundary": 0.82, "single": 0.99, "alias": 0.65, "all": 0.86}
	for _, tuning := range []bool{true, false} {
		var half []Judgement
		for _, q := range c.Judgements() {
			if q.Tuning == tuning {
				half = append(half, q)
			}
		}
		scores, err := x.Evaluate(context.Background(), half)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scores {
			t.Logf("tuning %-5v %-10s %4d queries, nDCG@10 %.3f, recall@50 %.3f, nothing found %.3f", tuning, s.Class, s.Queries, s.NDCG, s.Recall, s.Zero)
			if s.NDCG < floors[s.Class] {
				t.Errorf("tuning %v: %s: nDCG@10 %.3f, want %.2f", tuning, s.Class, s.NDCG, floors[s.Class])
			}
		}
	}
	for _, q := range c.Judgements() {
		r, err := x.Find(context.Background(), Query{Text: q.Text, Plain: true})
		if err != nil {
			t.Fatal(err)
		}
		if r.Total == 0 && q.Class != "alias" {
			t.Errorf("nothing is found by %q (%s)", q.Text, q.Class)
		}
		if r.Total == 0 && len(r.Nearest) != nearestCount {
			t.Errorf("nothing is found by %q and %d alternatives are offered", q.Text, len(r.Nearest))
		}
	}
}

func TestReadJudgements(t *testing.T) {
	for _, tc := range []struct {
		name, text, wrong string
		n                 int
	}{
		{"two", "# c\n焊工\tplain\tp1=3 p2=1\n\n电工\talias\tp3=2\n", "", 2},
		{"column missing", "焊工\tplain", "line 1", 0},
		{"grade too high", "焊工\tplain\tp1=4", "p1=4", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ReadJudgements(tc.text)
			if tc.wrong == "" && (err != nil || len(got) != tc.n || !got[0].Tuning || got[1].Tuning) {
				t.Errorf("%d queries, %v", len(got), err)
			}
			if tc.wrong != "" && (err == nil || !strings.Contains(err.Error(), tc.wrong)) {
				t.Errorf("error %v, want one about %s", err, tc.wrong)
			}
		})
	}
}

func TestNDCG(t *testing.T) {
	q := Judgement{Grades: map[string]int{"a": 3, "b": 3, "c": 1}}
	for _, tc := range []struct {
		name  string
		found []string
		want  float64
	}{
		{"perfect", []string{"a", "b", "c"}, 1},
		{"nothing", nil, 0},
		{"one related first", []string{"c", "a", "b"}, (1 + 7/1.584962 + 7.0/2) / (7 + 7/1.584962 + 1.0/2)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := q.ndcg(tc.found); math.Abs(got-tc.want) > 1e-5 {
				t.Errorf("nDCG %f, want %f", got, tc.want)
			}
		})
	}
}
