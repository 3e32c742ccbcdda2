package search

import (
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// scratch are the working arrays of scoring one part, all zero between uses.
type scratch struct{ sum, best, total []float32 }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (s *scratch) fit(n int) {
	if len(s.sum) < n {
		s.sum, s.best, s.total = make([]float32, n), make([]float32, n), make([]float32, n)
	}
}

// score yields the score of every document of a tier. A term gives its best match plus a share of its
// other matches (dis-max): many weak fields do not outweigh a strong one. The score of a document is
// the sum over the terms.
func (r *run) score(p *partRun, tier int, docs *roaring.Bitmap, yield func(uint32, float32)) {
	s := scratches.Get().(*scratch)
	s.fit(p.cols.n)
	terms, sets := r.terms, p.terms
	if tier == tierLoose {
		terms, sets = r.loose, p.loose
	}
	for i := range terms {
		r.add(p, s, &terms[i], &sets[i], docs)
	}
	each(docs, func(d uint32) {
		yield(d, s.sum[d])
		s.sum[d] = 0
	})
	scratches.Put(s)
}

// add adds one term to the sums.
func (r *run) add(p *partRun, s *scratch, t *ways, f *found, docs *roaring.Bitmap) {
	for j, list := range f.leaves {
		if list == nil {
			continue
		}
		l := &t.leaves[j]
		value := l.weight * t.idf
		hits := list
		if list != docs {
			hits = roaring.And(list, docs)
		}
		each(hits, func(d uint32) {
			v := value
			if l.normed {
				v *= r.norms[p.cols.words[d]]
			}
			s.total[d] += v
			if v > s.best[d] {
				s.best[d] = v
			}
		})
	}
	each(docs, func(d uint32) {
		s.sum[d] += s.best[d] + r.w.tie*(s.total[d]-s.best[d])
		s.best[d], s.total[d] = 0, 0
	})
}

// best keeps the first max candidates in a heap whose root is the last of them.
type best struct {
	run  *run
	max  int
	heap []candidate
}

func (b *best) offer(c candidate) {
	if len(b.heap) < b.max {
		b.heap = append(b.heap, c)
		for i := len(b.heap) - 1; i > 0; {
			up := (i - 1) / 2
			if b.run.compare(b.heap[i], b.heap[up]) <= 0 {
				break
			}
			b.heap[i], b.heap[up] = b.heap[up], b.heap[i]
			i = up
		}
		return
	}
	if last := &b.heap[0]; c.group < last.group || c.group == last.group && c.key < last.key || b.run.compare(c, b.heap[0]) >= 0 {
		return
	}
	b.heap[0] = c
	for i := 0; ; {
		last, left := i, 2*i+1
		for _, k := range [2]int{left, left + 1} {
			if k < len(b.heap) && b.run.compare(b.heap[k], b.heap[last]) > 0 {
				last = k
			}
		}
		if last == i {
			return
		}
		b.heap[i], b.heap[last] = b.heap[last], b.heap[i]
		i = last
	}
}

func (b *best) sorted() []candidate {
	slices.SortFunc(b.heap, b.run.compare)
	return b.heap
}
