package search

import (
	"fmt"
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
)

// usual is bleve with its cjk analyser, the fields boosted, ranges as numeric queries.
type usual struct {
	dir string
	ix  bleve.Index
}

func (u *usual) load(t testing.TB, c *Corpus) {
	m := bleve.NewIndexMapping()
	m.DefaultAnalyzer = cjk.AnalyzerName
	d := mapping.NewDocumentStaticMapping()
	for _, n := range []string{"title", "company", "tags", "text"} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer = cjk.AnalyzerName
		d.AddFieldMappingsAt(n, f)
	}
	for _, n := range []string{"category", "district", "period", "kind"} {
		f := bleve.NewTextFieldMapping()
		f.Analyzer = keyword.Name
		d.AddFieldMappingsAt(n, f)
	}
	d.AddFieldMappingsAt("pay", bleve.NewNumericFieldMapping())
	m.DefaultMapping = d
	var err error
	if u.ix, err = bleve.New(u.dir, m); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = u.ix.Close() })
	b := u.ix.NewBatch()
	for d := range c.Docs() {
		if err := b.Index(d.ID, map[string]any{"title": d.Title, "company": d.Company, "tags": strings.Join(d.Tags, " "), "text": d.Text,
			"category": d.Keys["category"][0], "district": d.Keys["region"][2], "period": d.Keys["period"][0], "kind": d.Kind, "pay": d.Pay}); err != nil {
			t.Fatal(err)
		}
		if b.Size() == 1000 {
			if err := u.ix.Batch(b); err != nil {
				t.Fatal(err)
			}
			b = u.ix.NewBatch()
		}
	}
	if err := u.ix.Batch(b); err != nil {
		t.Fatal(err)
	}
}

func (u *usual) ask(t testing.TB, q *benchQuery) int {
	fields := map[string]float64{"title": 12, "company": 1.5, "tags": 1.5, "text": 1}
	var all []query.Query
	for _, w := range q.words {
		any := bleve.NewDisjunctionQuery()
		for f, boost := range fields {
			if q.typing {
				if f == "title" {
					p := bleve.NewMatchPhraseQuery(w)
					p.SetField(f)
					any.AddQuery(p)
				}
				continue
			}
			if q.phrase {
				p := bleve.NewMatchPhraseQuery(w)
				p.SetField(f)
				any.AddQuery(p)
				continue
			}
			m := bleve.NewMatchQuery(w)
			m.SetField(f)
			m.SetBoost(boost)
			m.SetOperator(query.MatchQueryOperatorAnd)
			any.AddQuery(m)
		}
		all = append(all, any)
	}
	term := func(f, v string) {
		tq := bleve.NewTermQuery(v)
		tq.SetField(f)
		all = append(all, tq)
	}
	if q.district != "" {
		term("district", q.district)
	}
	if q.period != "" {
		term("period", q.period)
	}
	if q.payMin > 0 {
		low := float64(q.payMin)
		n := bleve.NewNumericRangeQuery(&low, nil)
		n.SetField("pay")
		all = append(all, n)
	}
	req := bleve.NewSearchRequestOptions(bleve.NewConjunctionQuery(all...), 20, 0, false)
	req.Fields = []string{"title"}
	if q.facets {
		req.AddFacet("category", bleve.NewFacetRequest("category", 10))
		req.AddFacet("district", bleve.NewFacetRequest("district", 10))
		pay := bleve.NewFacetRequest("pay", 10)
		for i := 2000; i < 10000; i += 1000 {
			low, high := float64(i), float64(i+1000)
			pay.AddNumericRange(fmt.Sprint(i), &low, &high)
		}
		req.AddFacet("pay", pay)
	}
	r, err := u.ix.Search(req)
	if err != nil {
		t.Fatal(err)
	}
	return int(r.Total)
}

func (u *usual) size() int64 { return treeSize(u.dir) }
