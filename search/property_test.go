package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// corpusIndex is an index of a small composed corpus with deletions and several segments.
func corpusIndex(t testing.TB, n int) (*Index, []Document) {
	t.Helper()
	c := NewCorpus(n, 7)
	cfg := c.Config()
	x, err := OpenMemory(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	var docs []Document
	for d := range c.Docs() {
		docs = append(docs, d)
	}
	for part := range slices.Chunk(docs, n/5) {
		if err := x.Put(context.Background(), part...); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Delete(context.Background(), docs[0].ID, docs[n/2].ID); err != nil {
		t.Fatal(err)
	}
	return x, slices.Concat(docs[1:n/2], docs[n/2+1:])
}

// anyQuery draws a query such as people type, from the words of the corpus.
func anyQuery(t *rapid.T, docs []Document) Query {
	d := docs[rapid.IntRange(0, len(docs)-1).Draw(t, "doc")]
	o := docs[rapid.IntRange(0, len(docs)-1).Draw(t, "other")]
	title := []rune(d.Title)
	from := rapid.IntRange(0, len(title)-1).Draw(t, "from")
	to := rapid.IntRange(from+1, len(title)).Draw(t, "to")
	text := rapid.SampledFrom([]string{"", string(title[from:to]), d.Title, d.Title + " " + o.Tags[0], "荣昌 " + o.Title, o.Tags[0] + " 4000元以上",
		string([]rune(d.Text)[5:9]), "zhuangpei", "xyz"}).Draw(t, "text")
	return Query{Text: text, Limit: 200}
}

// narrower draws a filter in addition to those of q.
func narrower(t *rapid.T, q Query, docs []Document) Query {
	d := docs[rapid.IntRange(0, len(docs)-1).Draw(t, "like")]
	n := q
	n.Filters = map[string][]string{}
	for f, v := range q.Filters {
		n.Filters[f] = v
	}
	add := func(field string, values []string) {
		if _, ok := n.Filters[field]; !ok { // another value would replace the first, not narrow it
			n.Filters[field] = values
		}
	}
	switch rapid.IntRange(0, 4).Draw(t, "which") {
	case 0:
		add("region", d.Keys["region"][rapid.IntRange(0, 2).Draw(t, "level"):][:1])
	case 1:
		add("period", d.Keys["period"])
	case 2:
		if n.Kinds == nil {
			n.Kinds = []string{d.Kind}
		}
	case 3:
		n.PayMin = max(n.PayMin, d.Pay)
	case 4:
		if n.Near == nil {
			n.Near = &Near{*d.Point, 80}
		}
	}
	return n
}

func TestNarrowerFilterNeverAddsHits(t *testing.T) {
	x, docs := corpusIndex(t, 300)
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuery(t, docs)
		for range 3 {
			n := narrower(t, q, docs)
			wide, narrow := everyHit(t, x, q), everyHit(t, x, n)
			for id := range narrow {
				if !wide[id] {
					t.Fatalf("%s is found with %+v and not with %+v", id, n, q)
				}
			}
			q = n
		}
	})
}

// everyHit pages through all hits and checks that pages neither repeat nor lose any.
func everyHit(t *rapid.T, x *Index, q Query) map[string]bool {
	seen := map[string]bool{}
	q.Limit, q.Plain = 37, true
	total := -1
	for {
		r, err := x.Find(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if total < 0 {
			total = r.Total
		}
		for _, h := range r.Hits {
			if seen[h.ID] {
				t.Fatalf("%s is on two pages of %+v", h.ID, q)
			}
			seen[h.ID] = true
		}
		if r.Next == "" {
			break
		}
		q.After = r.Next
	}
	if len(seen) != total {
		t.Fatalf("%d hits on the pages, total %d of %+v", len(seen), total, q)
	}
	return seen
}

func TestFacetSumsEqualTotals(t *testing.T) {
	x, docs := corpusIndex(t, 300)
	rapid.Check(t, func(t *rapid.T) {
		q := narrower(t, anyQuery(t, docs), docs)
		q.Facets, q.Limit = []string{KindField, "period", "region", PayField}, 1
		r, err := x.Find(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, single := range []string{KindField, "period", PayField} {
			without := q // a facet's counts ignore its own filter
			switch single {
			case KindField:
				without.Kinds = nil
			case PayField:
				without.PayMin = 0
			default:
				without.Filters = map[string][]string{}
				for f, v := range q.Filters {
					if f != single {
						without.Filters[f] = v
					}
				}
			}
			all, err := x.Find(context.Background(), without)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0
			for _, f := range r.Facets[single] {
				sum += f.Count
			}
			if sum != all.Total {
				t.Fatalf("facet %s of %+v sums to %d, without its filter there are %d hits", single, q, sum, all.Total)
			}
		}
		for _, f := range r.Facets["period"] {
			one := q
			one.Filters = map[string][]string{}
			for k, v := range q.Filters {
				one.Filters[k] = v
			}
			one.Filters["period"] = []string{f.Value}
			hits, err := x.Find(context.Background(), one)
			if err != nil {
				t.Fatal(err)
			}
			if hits.Total != f.Count {
				t.Fatalf("period %s counts %d, filtered by it there are %d", f.Value, f.Count, hits.Total)
			}
		}
	})
}

func TestFoundByOwnTitle(t *testing.T) {
	x, docs := corpusIndex(t, 300)
	r := rand.New(rand.NewPCG(3, 3))
	for _, i := range r.Perm(len(docs))[:40] {
		d := docs[i]
		if !reaches(t, x, d.Title, d.ID) {
			t.Errorf("%s is not found by its title %q", d.ID, d.Title)
		}
		runes := []rune(d.Title)
		for n := 1; n <= 2; n++ {
			for at := 0; at+n <= len(runes); at++ {
				part := string(runes[at : at+n])
				if strings.IndexFunc(part, func(r rune) bool { return !isHan(r) && !isWordRune(foldRune(r)) }) >= 0 {
					continue // marks are not searched
				}
				if !reaches(t, x, part, d.ID) {
					t.Errorf("%s is not found by %q of its title %q", d.ID, part, d.Title)
				}
			}
		}
	}
}

// reaches reports whether a text finds a document on any page.
func reaches(t *testing.T, x *Index, text, id string) bool {
	t.Helper()
	q := Query{Text: text, Limit: MaxWindow, Plain: true}
	for {
		r, err := x.Find(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(r.Hits, func(h Hit) bool { return h.ID == id }) {
			return true
		}
		if q.After = r.Next; q.After == "" {
			return false
		}
	}
}

func TestSpansLieOnMarks(t *testing.T) {
	x, docs := corpusIndex(t, 300)
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuery(t, docs)
		r, err := x.Find(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range r.Hits {
			for _, s := range []struct {
				text  string
				spans []Span
			}{{h.Title, h.TitleSpans}, {h.Snippet, h.SnippetSpans}} {
				last := -1
				for _, p := range s.spans {
					if p.Start <= last || p.End <= p.Start || p.End > utf8.RuneCountInString(s.text) {
						t.Fatalf("marks %v of %q", s.spans, s.text)
					}
					last = p.End
				}
			}
		}
	})
}

// FuzzParse reads any text as a query: it must neither fail nor lose itself, and its terms are bounded.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"永川 电子 装配 3000元以上", "“看懂图纸” C++", "4-6k 订单班", "2027年6月", "\"", "月薪", "ＣＮＣ　數控", "a-b_c.d+#", "\xff\xfe", "「」『"} {
		f.Add(s)
	}
	cfg := testConfig()
	l := newLexicon(&cfg, newDictionary(nil))
	f.Fuzz(func(t *testing.T, s string) {
		q := l.parse(s, nil)
		if len(q.terms) > maxTerms {
			t.Fatalf("%d terms", len(q.terms))
		}
		folded := squeeze(strings.ToValidUTF8(s, " "))
		for _, term := range q.terms {
			if term.text == "" || !utf8.ValidString(term.text) || !strings.Contains(folded, term.text) {
				t.Fatalf("term %q of %q", term.text, folded)
			}
			if len(term.words) == 0 && term.chip == nil {
				t.Fatalf("term %q has no words", term.text)
			}
		}
		for _, c := range q.chips {
			if c.Key == "" || c.Label == "" {
				t.Fatalf("chip %+v", c)
			}
			again := l.parse(s, []string{c.Key})
			if slices.ContainsFunc(again.chips, func(o Chip) bool { return o.Key == c.Key }) {
				t.Fatalf("chip %+v cannot be taken back from %q", c, s)
			}
		}
	})
}

// FuzzAsk asks an index any words, finished and while they are typed: both answer.
func FuzzAsk(f *testing.F) {
	for _, s := range []string{"shuko", "sk", "xi'an", "数kong", "CNC 叉车", "\"电子", "3000元以上", "q'", "\xff"} {
		f.Add(s)
	}
	x := openTest(f, testDocs())
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := x.Suggest(context.Background(), s, nil, nil, 10); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Find(context.Background(), Query{Text: s, Limit: 10, Loosen: []string{KindField}}); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzCut cuts any text: words lie on character borders, in order, and all letters are in one of them.
func FuzzCut(f *testing.F) {
	for _, s := range []string{"数控车床操作工", "C++/PLC 6-18-01", "土木工程", strings.Repeat("汽车维修", 200), "é字\u0301", "a-", "-.-"} {
		f.Add(s)
	}
	d := newDictionary(nil)
	f.Fuzz(func(t *testing.T, s string) {
		s = fold(strings.ToValidUTF8(s, " "))
		c := cutter{dict: d}
		end := 0
		var whole strings.Builder
		for _, k := range c.cut(s, false) {
			if k.start < end || k.end <= k.start || !utf8.ValidString(s[k.start:k.end]) {
				t.Fatalf("token %+v of %q", k, s)
			}
			whole.WriteString(s[k.start:k.end])
			end = k.end
		}
		letters := func(s string) string {
			return strings.Map(func(r rune) rune {
				if isHan(r) || isWordRune(r) {
					return r
				}
				return -1
			}, s)
		}
		if letters(whole.String()) != letters(s) {
			t.Fatalf("words of %q join to %q", s, whole.String())
		}
		for _, k := range c.cut(s, true) {
			if k.start < 0 || k.end > len(s) || k.end <= k.start || !utf8.ValidString(s[k.start:k.end]) {
				t.Fatalf("part %+v of %q", k, s)
			}
		}
	})
}

// FuzzUnpack reads damaged records without failing.
func FuzzUnpack(f *testing.F) {
	f.Add((&record{kind: "post", title: "焊工", lng: 1, lat: 2, words: 2, names: "x"}).pack(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, ok := unpack(b); ok {
			_ = fmt.Sprint(r)
		}
	})
}
