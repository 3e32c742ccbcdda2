package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// payBuckets are the lower ends of the pay facet's values, yuan a month.
var payBuckets = [...]int32{1, 2000, 3000, 4000, 5000, 6000, 8000, 10000}

// nearField keeps the distance filter apart from key fields.
const nearField = "\x00near"

// filter finds what passes each filter.
func (r *run) filter() error {
	for _, p := range r.parts {
		pass := func(field string, values []string) error {
			docs, err := p.valued(field, values)
			p.filters[field] = docs
			return err
		}
		for field, values := range r.q.Filters {
			if len(values) == 0 {
				continue
			}
			if err := pass(field, values); err != nil {
				return err
			}
		}
		if len(r.q.Kinds) > 0 {
			if err := pass(KindField, r.q.Kinds); err != nil {
				return err
			}
		}
		if r.q.PayMin > 0 || r.q.PayMax > 0 {
			p.filters[PayField] = p.paid(r.q.PayMin, r.q.PayMax)
		}
		if n := r.q.Near; n != nil && n.KM > 0 {
			p.filters[nearField] = p.within(n)
		}
		p.gate = p.passing("")
	}
	return nil
}

// kmPerDegree is the length of a degree of latitude, and of longitude at the equator.
const kmPerDegree = 6371 * math.Pi / 180

// within returns the documents in a circle. What lies outside its square is told without trigonometry.
func (p *part) within(n *Near) *roaring.Bitmap {
	high := n.KM/kmPerDegree + 1e-4 // places are kept to 7 digits
	wide := 360.0
	if top := math.Abs(n.Lat) + high; top < 89 {
		wide = high / math.Cos(top*math.Pi/180)
	}
	return p.cols.where(func(d int) bool {
		if !(math.Abs(float64(p.cols.lat[d])-n.Lat) <= high) || wide < 180 && math.Abs(float64(p.cols.lng[d])-n.Lng) > wide && math.Abs(float64(p.cols.lng[d])-n.Lng) < 360-wide {
			return false
		}
		km := p.distance(uint32(d), n)
		return km >= 0 && km <= n.KM
	})
}

// passing returns what the words and all filters but one let in.
func (p *partRun) passing(but string) *roaring.Bitmap {
	var docs *roaring.Bitmap
	for _, t := range p.tiers {
		docs = union(docs, t)
	}
	for field, pass := range p.filters {
		if field != but {
			docs = intersect(docs, pass)
		}
	}
	return docs
}

// count counts the hits and the facets; a facet's own filter does not count against it.
func (r *run) count() error {
	for _, p := range r.parts {
		r.res.Total += size(p.gate)
		if p.gate != nil {
			for _, t := range []int{tierExact, tierText, tierAlike, tierMention} {
				if p.tiers[t] == nil {
					continue
				}
				n := int(p.tiers[t].AndCardinality(p.gate))
				r.res.Whole += n
				if t == tierExact || t == tierText {
					r.res.Exact += n
				}
			}
		}
	}
	if len(r.q.Facets) == 0 {
		return nil
	}
	r.res.Facets = map[string][]FacetCount{}
	for _, field := range r.q.Facets {
		counts := map[string]int{}
		for _, p := range r.parts {
			docs := p.gate
			if _, own := p.filters[field]; own {
				docs = p.passing(field)
			}
			if docs == nil {
				continue
			}
			if err := p.tally(field, docs, counts); err != nil {
				return err
			}
		}
		r.res.Facets[field] = sortedCounts(field, counts)
	}
	return nil
}

// tally adds the values of a field over docs to counts.
func (p *partRun) tally(field string, docs *roaring.Bitmap, counts map[string]int) error {
	if field == PayField {
		var n [len(payBuckets)]int
		each(docs, func(d uint32) {
			for i := len(payBuckets) - 1; i >= 0; i-- {
				if p.cols.pay[d] >= payBuckets[i] {
					n[i]++
					return
				}
			}
		})
		for i, c := range n {
			if c > 0 {
				counts[payLabel(i)] += c
			}
		}
		return nil
	}
	f, err := p.facet(field)
	if err != nil {
		return err
	}
	n := make([]int, len(f.values))
	each(docs, func(d uint32) {
		for _, v := range f.nums[f.from[d]:f.from[d+1]] {
			n[v]++
		}
	})
	for v, c := range n {
		if c > 0 {
			counts[f.values[v]] += c
		}
	}
	return nil
}

// payLabel names a bucket of pay: "3000-3999", "10000-".
func payLabel(i int) string {
	if i == len(payBuckets)-1 {
		return fmt.Sprintf("%d-", payBuckets[i])
	}
	return fmt.Sprintf("%d-%d", payBuckets[i], payBuckets[i+1]-1)
}

// sortedCounts lists values, most frequent first; buckets of pay from the lowest.
func sortedCounts(field string, counts map[string]int) []FacetCount {
	out := make([]FacetCount, 0, len(counts))
	if field == PayField {
		for i := range payBuckets {
			if n := counts[payLabel(i)]; n > 0 {
				out = append(out, FacetCount{payLabel(i), n})
			}
		}
		return out
	}
	for v, n := range counts {
		out = append(out, FacetCount{v, n})
	}
	slices.SortFunc(out, func(a, b FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return out
}
