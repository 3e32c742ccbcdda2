package storetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"sunmao/services/store"
)

// words hold the cases on which databases differ: case, width, accents, order by byte
// against order by character, a quote, an empty text, a surrogate's neighbour.
var words = []string{"", "a", "A", "ab", "车", "车工", "车床", "焊工", "é", "e", "ａ", "😀", "\uFFFD", "\uD7FF", "o'k", `"`, "%", "_", "z"}

// random makes the fixture: few values of each field, so filters hit and collide.
func random(r *rand.Rand, i int) Offer {
	o := offer(id(i))
	o.Status = []string{"open", "draft", "closed"}[r.IntN(3)]
	o.Title = words[r.IntN(len(words))]
	o.Slots = r.Int64N(9) - 2
	o.Score = float64(r.IntN(8)) / 4
	o.Open = r.IntN(2) == 0
	if r.IntN(3) == 0 {
		o.Note = words[r.IntN(len(words))]
	}
	if r.IntN(2) == 0 {
		n := r.Int64N(4)
		o.Rank = &n
	}
	for range r.IntN(3) {
		o.Tags = append(o.Tags, words[r.IntN(6)])
	}
	o.Site.City = []string{"荣昌", "大足", "永川"}[r.IntN(3)]
	if r.IntN(2) == 0 {
		o.Site.Point = float64(r.IntN(3))
	}
	if r.IntN(4) == 0 {
		o.Codes = map[string]int64{"c" + string(rune('1'+r.IntN(2))): r.Int64N(3)}
	}
	return o
}

// randomFilter makes a filter of every test over every kind of field.
func randomFilter(r *rand.Rand, depth int) store.Filter {
	if depth > 0 && r.IntN(3) > 0 {
		subs := make([]store.Filter, r.IntN(4))
		for i := range subs {
			subs[i] = randomFilter(r, depth-1)
		}
		switch r.IntN(3) {
		case 0:
			return store.And(subs...)
		case 1:
			return store.Or(subs...)
		}
		return store.Not(randomFilter(r, depth-1))
	}
	texts := []string{"status", "title", "note", "site.city", "_id"}
	numbers := []string{"slots", "score", "rank", "site.point", "codes.c1", "_rev"}
	switch r.IntN(8) {
	case 0:
		f := store.Field([]string{"note", "rank", "title", "tags", "site", "codes.c2", "lines", "site.point"}[r.IntN(8)])
		return f.Exists()
	case 1:
		return store.Field("tags").Has(words[r.IntN(7)])
	case 2:
		f := store.Field("open")
		if r.IntN(2) == 0 {
			return f.Ne(r.IntN(2) == 0)
		}
		return f.Eq(r.IntN(2) == 0)
	case 3:
		return store.Field(texts[r.IntN(len(texts))]).Prefix(words[r.IntN(len(words))])
	case 4, 5:
		return compareTo(r, store.Field(texts[r.IntN(len(texts))]), func() any {
			return append(words, "open", "荣昌", id(r.IntN(99)))[r.IntN(len(words)+3)]
		})
	}
	return compareTo(r, store.Field(numbers[r.IntN(len(numbers))]), func() any {
		if r.IntN(2) == 0 {
			return r.Int64N(9) - 2
		}
		return float64(r.IntN(10)) / 4
	})
}

func compareTo(r *rand.Rand, f store.Field, value func() any) store.Filter {
	switch r.IntN(8) {
	case 0:
		return f.Eq(value())
	case 1:
		return f.Ne(value())
	case 2:
		return f.Lt(value())
	case 3:
		return f.Le(value())
	case 4:
		return f.Gt(value())
	case 5:
		return f.Ge(value())
	}
	vs := make([]any, r.IntN(4))
	if r.IntN(8) == 0 {
		vs = make([]any, 60) // past the point where a backend may change its form
	}
	for i := range vs {
		vs[i] = value()
	}
	return f.In(vs...)
}

// matches is the third rendering of a filter, in Go: the oracle.
func matches(f store.Filter, doc map[string]any) bool {
	all := func(g store.Filter) bool { return matches(g, doc) }
	v := valueAt(doc, f.Path)
	switch f.Match {
	case store.MatchAll:
		return true
	case store.MatchAnd:
		return !slices.ContainsFunc(f.Sub, func(g store.Filter) bool { return !all(g) })
	case store.MatchOr:
		return slices.ContainsFunc(f.Sub, all)
	case store.MatchNot:
		return !all(f.Sub[0])
	case store.MatchExists:
		return v != nil
	case store.MatchHas:
		list, _ := v.([]any)
		return slices.ContainsFunc(list, func(e any) bool { return order(e, f.Values[0]) == 0 })
	case store.MatchIn:
		return v != nil && slices.ContainsFunc(f.Values, func(w any) bool { return order(v, w) == 0 })
	}
	if v == nil {
		return false
	}
	c := order(v, f.Values[0])
	switch f.Match {
	case store.MatchEq:
		return c == 0
	case store.MatchLt:
		return c < 0
	case store.MatchLe:
		return c <= 0
	case store.MatchGt:
		return c > 0
	}
	return c >= 0
}

func valueAt(doc map[string]any, path string) any {
	var v any = doc
	for _, name := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// order compares two scalars of one type; nil is least. Documents decoded by
// encoding/json hold float64, filters int64 too.
func order(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(b2i(a != nil), b2i(b != nil))
	}
	if s, ok := a.(string); ok {
		return cmp.Compare(s, b.(string))
	}
	return cmp.Compare(number(a), number(b))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func number(v any) float64 {
	switch v := v.(type) {
	case bool:
		return float64(b2i(v))
	case int64:
		return float64(v)
	}
	return v.(float64)
}

// fixture inserts n random offers and returns them as plain JSON values.
func (k *kit) fixture(n int) []map[string]any {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	os := make([]Offer, n)
	for i := range os {
		os[i] = random(r, i)
	}
	k.must(k.offers.InsertMany(k.ctx, os))
	docs := make([]map[string]any, n)
	for i := range os {
		j, err := json.Marshal(os[i])
		k.must(err)
		k.must(json.Unmarshal(j, &docs[i]))
		for name, v := range docs[i] {
			if v == nil {
				delete(docs[i], name)
			}
		}
	}
	return docs
}

func testFilters(k *kit) {
	docs := k.fixture(min(k.cfg.Docs, 200))
	r := rand.New(rand.NewPCG(7, 7))
	hits := 0
	for i := range k.cfg.Filters {
		f := randomFilter(r, 3)
		var want []string
		for _, d := range docs {
			if matches(f, d) {
				want = append(want, d["_id"].(string))
			}
		}
		var got []string
		for o, err := range k.offers.Find(k.ctx, store.Query{Where: f}) {
			k.must(err)
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) {
			k.Fatalf("filter %d %s\n got %s\nwant %s", i, show(f), joined(got), joined(want))
		}
		n, err := k.offers.Count(k.ctx, f)
		k.must(err)
		if n != int64(len(want)) {
			k.Fatalf("filter %d %s: count %d, want %d", i, show(f), n, len(want))
		}
		if len(want) > 0 && len(want) < len(docs) {
			hits++
		}
	}
	if hits < k.cfg.Filters/3 {
		k.Errorf("only %d of %d filters told documents apart: the fixture proves little", hits, k.cfg.Filters)
	}
}

func show(f store.Filter) string {
	j, err := json.Marshal(f)
	return fmt.Sprintf("%s %v", j, err)
}

func testPages(k *kit) {
	docs := k.fixture(min(k.cfg.Docs, 300))
	sorts := [][]store.Sort{
		nil,
		{store.Desc("_id")},
		{store.Asc("title")},
		{store.Desc("status"), store.Asc("slots")},
		{store.Asc("note"), store.Desc("rank")}, // both may be missing
		{store.Desc("note")},
		{store.Desc("site.point"), store.Asc("open"), store.Desc("score")},
		{store.Desc("at"), store.Desc("_id")},
	}
	for _, where := range []store.Filter{{}, store.Field("status").Eq("open")} {
		for _, sort := range sorts {
			k.pages(docs, where, sort)
		}
	}
	q := store.Query{Where: store.Field("status").Eq("open"), Sort: []store.Sort{store.Asc("title")}, Limit: 3}
	_, next, err := k.offers.Page(k.ctx, q)
	k.must(err)
	q.Where = store.Field("status").Eq("closed")
	for _, after := range []string{next, next + "x", "garbage", "{}", "eyJxIjowfQ"} {
		q.After = after
		if _, _, err = k.offers.Page(k.ctx, q); err == nil || !strings.Contains(err.Error(), "翻页") {
			k.Errorf("cursor %q of another list: %v", after, err)
		}
	}
}

// pages walks a list page by page and compares it with the sorted fixture.
func (k *kit) pages(docs []map[string]any, where store.Filter, sort []store.Sort) {
	k.Helper()
	last := store.Asc("_id")
	if len(sort) > 0 {
		last.Desc = sort[len(sort)-1].Desc
	}
	full := append(slices.Clone(sort), last)
	var want []string
	sorted := slices.Clone(docs)
	slices.SortFunc(sorted, func(a, b map[string]any) int {
		for _, s := range full {
			c := order(valueAt(a, s.Path), valueAt(b, s.Path))
			if s.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	for _, d := range sorted {
		if matches(where, d) {
			want = append(want, d["_id"].(string))
		}
	}
	var got []string
	q := store.Query{Where: where, Sort: sort, Limit: 37}
	for {
		items, next, err := k.offers.Page(k.ctx, q)
		k.must(err)
		for _, o := range items {
			got = append(got, o.ID)
		}
		if next == "" {
			break
		}
		if len(items) != 37 {
			k.Fatalf("sort %v: a page of %d with a next", sort, len(items))
		}
		q.After = next
	}
	if !slices.Equal(got, want) {
		k.Fatalf("sort %v\n got %s\nwant %s", sort, joined(got), joined(want))
	}
}
