package search

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// view is one consistent state of an index: bleve's snapshot and, beside each of its segments, the
// columns that scoring, sorting and counting read. It lives until the last query on it ends.
type view struct {
	snap  *scorch.IndexSnapshot
	parts []*part
	docs  int
	words float64 // mean length of a title in words
	refs  atomic.Int64
}

// part is one segment of a view.
type part struct {
	seg     segment.Segment
	deleted *roaring.Bitmap // nil: none
	cols    *columns
}

// newView wraps a snapshot, taking over from the view before the columns of segments they share:
// segments never change.
func newView(snap *scorch.IndexSnapshot, before *view) (*view, error) {
	known := map[segment.Segment]*columns{}
	ids := map[uint64]*columns{}
	if before != nil {
		for i, s := range before.snap.Segments() {
			known[s.Segment()] = before.parts[i].cols
			ids[s.Id()] = before.parts[i].cols
		}
	}
	v := &view{snap: snap}
	var words, all float64
	for _, s := range snap.Segments() {
		p := &part{seg: s.Segment(), deleted: s.Deleted(), cols: known[s.Segment()]}
		if p.deleted != nil && p.deleted.IsEmpty() {
			p.deleted = nil
		}
		if c := ids[s.Id()]; p.cols == nil && c != nil && c.n == int(s.Segment().Count()) {
			p.cols = c // the same segment, by now on disk
		}
		if p.cols == nil {
			var err error
			if p.cols, err = readColumns(p.seg); err != nil {
				return nil, fmt.Errorf("read segment: %w", err)
			}
		}
		v.docs += int(s.Count())
		words += p.cols.wordsTotal
		all += float64(p.cols.n)
		v.parts = append(v.parts, p)
	}
	v.words = words / max(1, all)
	v.refs.Store(1)
	return v, nil
}

// hold takes the view for reading; false means that it is gone.
func (v *view) hold() bool {
	for {
		n := v.refs.Load()
		if n == 0 {
			return false
		}
		if v.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (v *view) release() {
	if v.refs.Add(-1) == 0 {
		_ = v.snap.Close() // counts down references; closing a file that is mapped has no remedy here
	}
}

// columns hold, for each document number of a segment, what is needed without its stored fields.
type columns struct {
	n          int
	words      []uint8 // of the title
	wordsTotal float64
	pay        []int32
	updated    []int64
	rev        []int64
	lng, lat   []float32
	titles     texts // folded, blanks squeezed
	ids        texts
	names      []uint32 // number, in shared, of company and tags, folded
	shared     []string

	mu     sync.Mutex
	facets map[string]*facetColumn
}

// texts are many short strings in one piece of memory.
type texts struct {
	data []byte
	ends []uint32
}

func (t *texts) add(s string) {
	t.data = append(t.data, s...)
	t.ends = append(t.ends, uint32(len(t.data)))
}

func (t *texts) at(i uint32) []byte {
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.data[from:t.ends[i]]
}

func readColumns(seg segment.Segment) (*columns, error) {
	n := int(seg.Count())
	c := &columns{n: n, words: make([]uint8, n), pay: make([]int32, n), updated: make([]int64, n), rev: make([]int64, n),
		lng: make([]float32, n), lat: make([]float32, n), facets: map[string]*facetColumn{}}
	c.titles.ends, c.ids.ends, c.names = make([]uint32, 0, n), make([]uint32, 0, n), make([]uint32, n)
	numbers := map[string]uint32{}
	for i := range n {
		r, err := readRecord(seg, uint32(i), false)
		if err != nil {
			return nil, err
		}
		id, err := seg.DocID(uint64(i))
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i, err)
		}
		c.words[i], c.pay[i], c.updated[i], c.rev[i], c.lng[i], c.lat[i] = r.words, r.pay, r.updated, r.rev, r.lng, r.lat
		c.wordsTotal += float64(r.words)
		c.titles.add(squeeze(r.title))
		c.ids.add(string(id))
		number, ok := numbers[r.names]
		if !ok {
			number = uint32(len(c.shared))
			numbers[r.names] = number
			c.shared = append(c.shared, r.names)
		}
		c.names[i] = number
	}
	return c, nil
}

// readRecord reads the stored record of a document, with its text or without.
func readRecord(seg segment.Segment, doc uint32, body bool) (r record, err error) {
	ok, text := false, ""
	err = seg.VisitStoredFields(uint64(doc), func(name string, _ byte, value []byte, _ []uint64) bool {
		switch name {
		case fieldStored:
			r, ok = unpack(value)
		case fieldBody:
			if body {
				text = string(value)
			}
		}
		return body || !ok
	})
	if err == nil && !ok {
		err = fmt.Errorf("its record is damaged")
	}
	if err != nil {
		return r, fmt.Errorf("document %d: %w", doc, err)
	}
	r.body = text
	return r, nil
}

// facetColumn holds the values of one key field: the numbers, into values, of each document.
type facetColumn struct {
	values []string
	from   []uint32 // n+1 offsets into nums
	nums   []uint32
}

// facet returns the column of a key field, reading it on first use.
func (p *part) facet(name string) (*facetColumn, error) {
	p.cols.mu.Lock()
	defer p.cols.mu.Unlock()
	if f, ok := p.cols.facets[name]; ok {
		return f, nil
	}
	f := &facetColumn{from: make([]uint32, p.cols.n+1)}
	var lists []*roaring.Bitmap
	err := p.eachTerm(fieldKey, name+"=", func(term string, docs *roaring.Bitmap) bool {
		f.values = append(f.values, term[len(name)+1:])
		lists = append(lists, docs)
		docs.Iterate(func(d uint32) bool { f.from[d+1]++; return true })
		return true
	})
	if err != nil {
		return nil, err
	}
	for i := range p.cols.n {
		f.from[i+1] += f.from[i]
	}
	f.nums = make([]uint32, f.from[p.cols.n])
	fill := append([]uint32(nil), f.from...)
	for v, docs := range lists {
		docs.Iterate(func(d uint32) bool { f.nums[fill[d]] = uint32(v); fill[d]++; return true })
	}
	p.cols.facets[name] = f
	return f, nil
}

// eachTerm calls f with every term of a field that begins with prefix, and with its documents, in
// order of terms, until f returns false.
func (p *part) eachTerm(name, prefix string, f func(term string, docs *roaring.Bitmap) bool) error {
	return p.termsBetween(name, []byte(prefix), after(prefix), nil, f)
}

// termLister lists terms without reading how many documents each has: several times as fast.
type termLister interface {
	AutomatonIteratorOmitCount(a segment.Automaton, from, to []byte) segment.DictionaryIterator
}

// termsBetween calls f with the terms of a field from one to before another (nil: the last) that want, if
// given, asks for.
func (p *part) termsBetween(name string, from, to []byte, want func(string) bool, f func(string, *roaring.Bitmap) bool) error {
	dict, err := p.seg.Dictionary(name)
	if err != nil {
		return fmt.Errorf("terms of %s: %w", name, err)
	}
	it := dict.AutomatonIterator(nil, from, to)
	if d, ok := dict.(termLister); ok && want != nil {
		it = d.AutomatonIteratorOmitCount(nil, from, to)
	}
	for {
		e, err := it.Next()
		if err != nil {
			return fmt.Errorf("terms of %s: %w", name, err)
		}
		if e == nil {
			return nil
		}
		if want != nil && !want(e.Term) {
			continue
		}
		docs, err := lookup(dict, []byte(e.Term))
		if err != nil {
			return err
		}
		if docs != nil && !f(e.Term, docs) {
			return nil
		}
	}
}

// after is the first term that does not begin with prefix, nil if there is none.
func after(prefix string) []byte {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xFF {
			b[i]++
			return b[:i+1]
		}
	}
	return nil
}

// lookup returns the documents of a term, nil if there are none. The bitmap lies in mapped memory and
// must not be changed, nor used after the view.
func lookup(dict segment.TermDictionary, term []byte) (*roaring.Bitmap, error) {
	list, err := dict.PostingsList(term, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("documents of %q: %w", term, err)
	}
	it, ok := list.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return nil, fmt.Errorf("documents of %q: bleve's postings changed their form", term)
	}
	if one, ok := it.DocNum1Hit(); ok {
		return roaring.BitmapOf(uint32(one)), nil
	}
	docs := it.ActualBitmap()
	if docs == nil || docs.IsEmpty() {
		return nil, nil
	}
	return docs, nil
}
