package search

import (
	"context"
	"fmt"
	"testing"
)

// BenchmarkFind asks the judged queries of a corpus of -corpus documents.
func BenchmarkFind(b *testing.B) {
	c := NewCorpus(*corpusSize, 1)
	x, err := Open(b.TempDir(), c.Config())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = x.Close() })
	if err := x.Rebuild(context.Background(), c.Docs(), "1"); err != nil {
		b.Fatal(err)
	}
	classes := map[string][]string{}
	for _, q := range c.Judgements() {
		classes[q.Class] = append(classes[q.Class], q.Text)
	}
	for _, class := range []string{"plain", "alias", "place", "typo", "pinyin", "single"} {
		b.Run(class, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := x.Find(context.Background(), Query{Text: classes[class][i%len(classes[class])], Facets: []string{"region"}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("filters only", func(b *testing.B) {
		for b.Loop() {
			q := Query{Filters: map[string][]string{"region": {"500153"}, "period": {"2026-06"}}, Facets: []string{"region", "category", PayField}}
			if _, err := x.Find(context.Background(), q); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFresh puts one document at a time and finds it: how soon a saved change is visible.
func BenchmarkFresh(b *testing.B) {
	x, err := Open(b.TempDir(), testConfig())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = x.Close() })
	docs := testDocs()
	rebuildWith(b, x, docs, "1")
	for i := 0; b.Loop(); i++ {
		d := docs[i%len(docs)]
		d.Rev = int64(i)
		if err := x.PutAt(context.Background(), fmt.Sprint(i), []Document{d}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRebuild builds -corpus documents, which are composed beforehand.
func BenchmarkRebuild(b *testing.B) {
	c := NewCorpus(*corpusSize, 1)
	var docs []Document
	for d := range c.Docs() {
		docs = append(docs, d)
	}
	for b.Loop() {
		x, err := Open(b.TempDir(), c.Config())
		if err != nil {
			b.Fatal(err)
		}
		start := cpu()
		rebuildWith(b, x, docs, "1")
		b.ReportMetric(float64(len(docs))/(cpu()-start).Seconds(), "docs/cpu-s")
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
