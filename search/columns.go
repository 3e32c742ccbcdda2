package search

import (
	"fmt"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

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
	numbers    map[string]uint32 // of shared, while the columns grow

	mu     sync.Mutex
	facets map[string]*facetColumn
	paid   map[int]*roaring.Bitmap // documents paid at least this, in steps of payStep
}

// payStep is the step of pay, yuan a month, at which sets of documents are kept once asked for.
const payStep = 500

// maxKept is the pay beyond which no sets are kept: few are paid so.
const maxKept = 60_000

// atLeast returns the documents with a known pay of yuan or more. The set must not be changed.
func (c *columns) atLeast(yuan int) *roaring.Bitmap {
	low := yuan - yuan%payStep
	if yuan > maxKept {
		return c.where(func(d int) bool { return int(c.pay[d]) >= yuan })
	}
	docs := c.atStep(low)
	if low == yuan {
		return docs
	}
	higher := c.atStep(low + payStep)
	out := higher.Clone()
	each(roaring.AndNot(docs, higher), func(d uint32) {
		if int(c.pay[d]) >= yuan {
			out.Add(d)
		}
	})
	return out
}

// atStep keeps the sets of atLeast for multiples of payStep.
func (c *columns) atStep(yuan int) *roaring.Bitmap {
	c.mu.Lock()
	defer c.mu.Unlock()
	docs := c.paid[yuan]
	if docs == nil {
		docs = c.where(func(d int) bool { return int(c.pay[d]) >= max(1, yuan) })
		docs.RunOptimize()
		c.paid[yuan] = docs
	}
	return docs
}

// where returns the documents for which a condition holds.
func (c *columns) where(holds func(doc int) bool) *roaring.Bitmap {
	bits := make([]uint64, (c.n+63)/64)
	for d := range c.n {
		if holds(d) {
			bits[d/64] |= 1 << (d % 64)
		}
	}
	return roaring.FromDense(bits, false)
}

// texts are many short strings in one piece of memory.
type texts struct {
	data []byte
	ends []uint32
}

func (t *texts) add(s []byte) {
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

// newColumns returns columns with room for n documents, which are added in order.
func newColumns(n int) *columns {
	c := &columns{words: make([]uint8, 0, n), pay: make([]int32, 0, n), updated: make([]int64, 0, n), rev: make([]int64, 0, n),
		lng: make([]float32, 0, n), lat: make([]float32, 0, n), names: make([]uint32, 0, n), numbers: map[string]uint32{},
		facets: map[string]*facetColumn{}, paid: map[int]*roaring.Bitmap{}}
	c.titles.ends, c.ids.ends = make([]uint32, 0, n), make([]uint32, 0, n)
	return c
}

// add appends a document.
func (c *columns) add(r *record, id string) {
	c.number(r.words, r.pay, r.updated, r.rev, r.lng, r.lat, r.names)
	c.titles.add([]byte(squeeze(r.title)))
	c.ids.add([]byte(id))
}

func (c *columns) number(words byte, pay int32, updated, rev int64, lng, lat float32, names string) {
	c.n++
	c.words, c.wordsTotal = append(c.words, words), c.wordsTotal+float64(words)
	c.pay, c.updated, c.rev = append(c.pay, pay), append(c.updated, updated), append(c.rev, rev)
	c.lng, c.lat = append(c.lng, lng), append(c.lat, lat)
	number, ok := c.numbers[names]
	if !ok {
		number = uint32(len(c.shared))
		c.numbers[names] = number
		c.shared = append(c.shared, names)
	}
	c.names = append(c.names, number)
}

// append appends the documents of other columns that are wanted.
func (c *columns) append(other *columns, want func(doc int) bool) {
	for i := range other.n {
		if want(i) {
			d := uint32(i)
			c.number(other.words[d], other.pay[d], other.updated[d], other.rev[d], other.lng[d], other.lat[d], other.shared[other.names[d]])
			c.titles.add(other.titles.at(d))
			c.ids.add(other.ids.at(d))
		}
	}
}

// sealed returns c when its last document was added, without what it took to grow.
func (c *columns) sealed() *columns {
	c.numbers = nil
	c.words, c.pay, c.updated, c.rev = fitted(c.words), fitted(c.pay), fitted(c.updated), fitted(c.rev)
	c.lng, c.lat, c.names, c.shared = fitted(c.lng), fitted(c.lat), fitted(c.names), fitted(c.shared)
	c.titles = texts{fitted(c.titles.data), fitted(c.titles.ends)}
	c.ids = texts{fitted(c.ids.data), fitted(c.ids.ends)}
	return c
}

// fitted returns s in no more memory than it needs, or nearly.
func fitted[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/16 {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}

// readColumns reads the columns of a segment out of its stored records.
func readColumns(seg segment.Segment) (*columns, error) {
	n := int(seg.Count())
	c := newColumns(n)
	for i := range n {
		r, err := readRecord(seg, uint32(i), false)
		if err != nil {
			return nil, err
		}
		id, err := seg.DocID(uint64(i))
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i, err)
		}
		c.add(&r, string(id))
	}
	return c.sealed(), nil
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
