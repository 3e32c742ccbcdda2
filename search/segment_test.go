package search

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"pgregory.net/rapid"
)

// modelOf lists what a segment of docs must hold: for each field its terms, each with its documents.
// Every document is analysed apart, so that nothing of the builder's is taken on trust.
func modelOf(t testing.TB, docs []Document) map[string]map[string][]uint32 {
	t.Helper()
	a := newAnalyser(newDictionary(nil), hearing())
	model := map[string]map[string][]uint32{}
	for _, f := range fieldOrder {
		model[f] = map[string][]uint32{}
	}
	for i := range docs {
		var fields [len(fieldOrder)]vocabulary
		a.analyse(&docs[i], 0, &fields)
		for f := range fields {
			for n := range fields[f].terms {
				term := string(fields[f].term(uint32(n)))
				model[fieldOrder[f]][term] = append(model[fieldOrder[f]][term], uint32(i))
			}
		}
		model[fieldID][docs[i].ID] = append(model[fieldID][docs[i].ID], uint32(i))
	}
	return model
}

// compare reads a segment with zap and compares it with the model and the documents.
func compare(t interface {
	Helper()
	Fatalf(string, ...any)
}, s segment.Segment, model map[string]map[string][]uint32, docs []Document) {
	t.Helper()
	if int(s.Count()) != len(docs) {
		t.Fatalf("%d documents, want %d", s.Count(), len(docs))
	}
	for field, terms := range model {
		p := &part{seg: s}
		seen, last := 0, ""
		err := p.termsBetween(field, nil, nil, nil, func(term string, got *roaring.Bitmap) bool {
			if term <= last && seen > 0 {
				t.Fatalf("%s: %q after %q", field, term, last)
			}
			last = term
			seen++
			if !slices.Equal(got.ToArray(), terms[term]) {
				t.Fatalf("%s: %q is in %v, want %v", field, term, got.ToArray(), terms[term])
			}
			return true
		})
		if err != nil || seen != len(terms) {
			t.Fatalf("%s: %d terms, want %d, %v", field, seen, len(terms), err)
		}
	}
	cols := columnsOf(s)
	for i, d := range docs {
		r, err := readRecord(s, uint32(i), true)
		if err != nil || r.title != d.Title || r.company != d.Company || r.kind != d.Kind || r.body != d.Text || r.rev != d.Rev || int(r.pay) != d.Pay {
			t.Fatalf("document %d: %+v, %v; want %+v", i, r, err, d)
		}
		id, err := s.DocID(uint64(i))
		if err != nil || string(id) != d.ID || string(cols.ids.at(uint32(i))) != d.ID || cols.rev[i] != d.Rev || cols.pay[i] != r.pay ||
			string(cols.titles.at(uint32(i))) != squeeze(d.Title) || cols.shared[cols.names[i]] != r.names {
			t.Fatalf("document %d: ID %q, columns %q %q, %v", i, id, cols.ids.at(uint32(i)), cols.titles.at(uint32(i)), err)
		}
		numbers, err := s.DocNumbers([]string{d.ID, "none"})
		if err != nil || !slices.Equal(numbers.ToArray(), []uint32{uint32(i)}) {
			t.Fatalf("document %d is found under %v, %v", i, numbers, err)
		}
	}
}

// anyDocs draws documents with titles, texts and keys of few and of many words.
func anyDocs(t *rapid.T, prefix string) []Document {
	chars := []rune("数控车工焊接维修汽电子装配员师女士abC+-1 ，")
	words := func(label string, most int) string {
		return string(rapid.SliceOfN(rapid.SampledFrom(chars), 0, most).Draw(t, label))
	}
	n := rapid.IntRange(1, 12).Draw(t, prefix+"docs")
	docs := make([]Document, n)
	for i := range docs {
		docs[i] = Document{ID: fmt.Sprint(prefix, i), Kind: rapid.SampledFrom([]string{"post", "class"}).Draw(t, "kind"), Title: words("title", 12),
			Company: words("company", 6), Text: words("text", 60), Tags: []string{words("tag", 4)}, Pay: rapid.IntRange(0, 9000).Draw(t, "pay"), Rev: int64(i),
			Keys: map[string][]string{"region": {rapid.SampledFrom([]string{"500153", "500118"}).Draw(t, "region")}}}
	}
	return docs
}

func buildSegment(t interface {
	Helper()
	Fatalf(string, ...any)
}, p *plugin, docs []Document) segment.Segment {
	t.Helper()
	a := newAnalyser(newDictionary(nil), hearing())
	list := make([]index.Document, len(docs))
	for i := range docs {
		list[i] = &entry{doc: &docs[i], analyser: a}
	}
	s, _, err := p.NewUsing(list, nil)
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return s
}

// TestSegmentReadsBack writes segments and lets zap read them, from memory, from a file, and merged with
// another after some documents were deleted.
func TestSegmentReadsBack(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(rt *rapid.T) {
		p := &plugin{}
		files++
		path := func(name string) string { return filepath.Join(dir, fmt.Sprint(files, name)) }
		one, two := anyDocs(rt, "a"), anyDocs(rt, "b")
		first, second := buildSegment(rt, p, one), buildSegment(rt, p, two)
		compare(rt, first, modelOf(t, one), one)
		if err := first.(*fresh).Persist(path("first")); err != nil {
			rt.Fatalf("persist: %v", err)
		}
		reopened, err := p.OpenUsing(path("first"), nil)
		if err != nil {
			rt.Fatalf("open: %v", err)
		}
		defer reopened.Close()
		compare(rt, reopened, modelOf(t, one), one)
		if err := verifyFile(path("first")); err != nil {
			rt.Fatalf("sum: %v", err)
		}

		gone := rapid.IntRange(0, len(one)-1).Draw(rt, "deleted")
		numbers, _, err := p.MergeUsing([]segment.Segment{reopened, second}, []*roaring.Bitmap{roaring.BitmapOf(uint32(gone)), nil}, path("merged"), nil, nil, nil)
		if err != nil || len(numbers) != 2 {
			rt.Fatalf("merge: %v, %v", numbers, err)
		}
		merged, err := p.OpenUsing(path("merged"), nil)
		if err != nil {
			rt.Fatalf("open merged: %v", err)
		}
		defer merged.Close()
		left := slices.Concat(one[:gone], one[gone+1:], two)
		compare(rt, merged, modelOf(t, left), left)

		again, err := (&plugin{}).OpenUsing(path("merged"), nil) // knows no columns
		if err != nil {
			rt.Fatalf("open again: %v", err)
		}
		defer again.Close()
		compare(rt, again, modelOf(t, left), left)
	})
}

// TestLargeSegment has terms in most of many documents: other containers of roaring's, several chunks of
// zap's. It is written to a file as a rebuild does, and merged with itself.
func TestLargeSegment(t *testing.T) {
	docs := make([]Document, 9000)
	for i := range docs {
		docs[i] = Document{ID: fmt.Sprint("p", i), Kind: "post", Title: fmt.Sprint("焊工", i%7), Text: fmt.Sprint("焊接 ", i%5000), Rev: int64(i)}
	}
	w, err := newBulk(t.TempDir(), newAnalyser(newDictionary(nil), hearing()))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for i := range docs {
		if w.has(docs[i].ID) {
			t.Fatalf("%s was not added yet", docs[i].ID)
		}
		if err := w.add(&docs[i]); err != nil {
			t.Fatal(err)
		}
	}
	s, err := w.seal()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	compare(t, s, modelOf(t, docs), docs)

	p := &plugin{}
	path := filepath.Join(t.TempDir(), "merged")
	drops := roaring.New()
	drops.AddRange(10, 8000)
	small := docs[10:12]
	if _, _, err := p.MergeUsing([]segment.Segment{s, buildSegment(t, p, small)}, []*roaring.Bitmap{drops, nil}, path, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	merged, err := p.OpenUsing(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer merged.Close()
	left := slices.Concat(docs[:10], docs[8000:], small)
	compare(t, merged, modelOf(t, left), left)
}

func TestVocabulary(t *testing.T) {
	var v vocabulary
	if v.has("焊工") {
		t.Error("an empty vocabulary has a word")
	}
	for doc := range uint32(300) {
		v.add("焊工", doc)
		v.add("焊工", doc)
		v.add(fmt.Sprint(doc%100), doc)
	}
	if !v.has("焊工") || v.has("车工") || len(v.terms) != 101 {
		t.Errorf("%d terms", len(v.terms))
	}
	order := v.sorted()
	if !slices.IsSortedFunc(order, func(a, b uint32) int { return bytes.Compare(v.term(a), v.term(b)) }) {
		t.Error("not in order")
	}
	for _, n := range order {
		got := v.terms[n].decode(nil)
		want := 3
		if string(v.term(n)) == "焊工" {
			want = 300
		}
		if len(got) != want || int(v.terms[n].count) != want || !slices.IsSorted(got) {
			t.Errorf("%s is in %v", v.term(n), got)
		}
	}
}
