package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Judgement is a query and how well documents answer it.
type Judgement struct {
	Text   string
	Class  string         // plain, alias, place, typo, pinyin ...
	Tuning bool           // belongs to the half that settings are tuned on; the other half is for trying them
	Grades map[string]int // by document ID: 3 right, 2 right but for one condition, 1 related
}

// Score is the mean over the queries of one class.
type Score struct {
	Class   string
	Queries int
	NDCG    float64 // at 10, gain 2^grade-1
	Recall  float64 // at 50, of min(50, number of documents graded 3)
	Zero    float64 // share of queries without a hit
}

// Evaluate asks every query through find, which returns up to n document IDs, best first, and scores
// the answers by class; the last Score is the mean over all queries.
func Evaluate(ctx context.Context, queries []Judgement, find func(ctx context.Context, text string, n int) ([]string, error)) ([]Score, error) {
	sums := map[string]*Score{}
	add := func(class string, ndcg, recall, zero float64) {
		s := sums[class]
		if s == nil {
			s = &Score{Class: class}
			sums[class] = s
		}
		s.Queries++
		s.NDCG, s.Recall, s.Zero = s.NDCG+ndcg, s.Recall+recall, s.Zero+zero
	}
	for _, q := range queries {
		found, err := find(ctx, q.Text, 50)
		if err != nil {
			return nil, fmt.Errorf("evaluate %q: %w", q.Text, err)
		}
		zero := 0.0
		if len(found) == 0 {
			zero = 1
		}
		ndcg, recall := q.ndcg(found), q.recall(found)
		add(q.Class, ndcg, recall, zero)
		add("all", ndcg, recall, zero)
	}
	out := make([]Score, 0, len(sums))
	for _, s := range sums {
		n := float64(s.Queries)
		s.NDCG, s.Recall, s.Zero = s.NDCG/n, s.Recall/n, s.Zero/n
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Score) int {
		if (a.Class == "all") != (b.Class == "all") {
			return cmp.Compare(len(b.Class), len(a.Class)) // "all" is the shortest name
		}
		return cmp.Compare(a.Class, b.Class)
	})
	return out, nil
}

// Evaluate scores this index on the queries.
func (x *Index) Evaluate(ctx context.Context, queries []Judgement) ([]Score, error) {
	return Evaluate(ctx, queries, func(ctx context.Context, text string, n int) ([]string, error) {
		r, err := x.Find(ctx, Query{Text: text, Limit: n})
		ids := make([]string, len(r.Hits))
		for i, h := range r.Hits {
			ids[i] = h.ID
		}
		return ids, err
	})
}

// ndcg is the discounted gain of the first ten over that of the best possible ten.
func (q *Judgement) ndcg(found []string) float64 {
	gain := func(grade, rank int) float64 { return (math.Exp2(float64(grade)) - 1) / math.Log2(float64(rank)+2) }
	var got float64
	for i, id := range found[:min(10, len(found))] {
		got += gain(q.Grades[id], i)
	}
	var counts [4]int
	for _, g := range q.Grades {
		counts[g]++
	}
	var best float64
	for rank, g := 0, 3; rank < 10 && g > 0; {
		if counts[g] == 0 {
			g--
			continue
		}
		best += gain(g, rank)
		counts[g]--
		rank++
	}
	if best == 0 {
		return 0
	}
	return got / best
}

func (q *Judgement) recall(found []string) float64 {
	right, hit := 0, 0
	for _, g := range q.Grades {
		if g == 3 {
			right++
		}
	}
	for _, id := range found[:min(50, len(found))] {
		if q.Grades[id] == 3 {
			hit++
		}
	}
	if right == 0 {
		return 1
	}
	return float64(hit) / float64(min(50, right))
}

// ReadJudgements reads judged queries from text, one a line: query, class, then id=grade separated by
// blanks, the three parts separated by tabs. Lines that begin with # are comments. Every second query
// belongs to the tuning half.
func ReadJudgements(text string) ([]Judgement, error) {
	var out []Judgement
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "\t")
		if len(parts) != 3 {
			return nil, fmt.Errorf("judged queries: line %d: %d columns, want query, class and grades", n+1, len(parts))
		}
		q := Judgement{Text: parts[0], Class: parts[1], Tuning: len(out)%2 == 0, Grades: map[string]int{}}
		for _, f := range strings.Fields(parts[2]) {
			i := strings.LastIndexByte(f, '=')
			if i < 1 || len(f) != i+2 || f[i+1] < '0' || f[i+1] > '3' {
				return nil, fmt.Errorf("judged queries: line %d: grade %q, want id=0 to id=3", n+1, f)
			}
			q.Grades[f[:i]] = int(f[i+1] - '0')
		}
		out = append(out, q)
	}
	return out, nil
}
