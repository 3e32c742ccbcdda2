package search

import (
	"fmt"
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

// newView wraps a snapshot.
func newView(snap *scorch.IndexSnapshot) (*view, error) {
	v := &view{snap: snap}
	var words, all float64
	for _, s := range snap.Segments() {
		p := &part{seg: s.Segment(), deleted: s.Deleted(), cols: columnsOf(s.Segment())}
		if p.cols == nil {
			return nil, fmt.Errorf("segment %d is a %T", s.Id(), s.Segment())
		}
		if p.deleted != nil && p.deleted.IsEmpty() {
			p.deleted = nil
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
