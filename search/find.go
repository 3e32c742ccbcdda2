package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// How much must be found before looser ways of matching are left out. The decision looks at the words
// alone, before filters, so that a more specific filter never adds hits.
const (
	enoughTitles = 50 // of a kind in titles, names and tags: texts then only score
	enoughExact  = 3  // in titles, names and tags: spelling is then taken to be right
	enoughHits   = 20 // with a word in the title at least: every word is then required
)

// The tiers of hits.
const (
	tierGuess   = iota // by sound or likeness, though what was typed is made of proper words
	tierMention        // has all words, but none outside its text
	tierLoose          // lacks some of the words
	tierText           // some words are only in the text
	tierAlike          // by sound or likeness
	tierExact
)

// ranks order the tiers: a hit of a higher rank always stands before one of a lower.
var ranks = [...]int{tierGuess: 1, tierMention: 1, tierLoose: 1, tierText: 2, tierAlike: 3, tierExact: 4}

// run is one query on one view.
type run struct {
	x      *Index
	q      *Query
	asked  question
	view   *view
	w      weights
	terms  []ways
	loose  []ways // single words, when not all are required
	parts  []*partRun
	norms  [256]float32
	marked []string // words to be marked in hits
	res    Result
}

// ways are the leaves of one term and how rare it is.
type ways struct {
	leaves []leaf
	idf    float32
}

// partRun is one query on one part.
type partRun struct {
	*matcher
	terms   []found
	loose   []found
	tiers   [tierExact + 1]*roaring.Bitmap // what the words match, disjoint, before filters
	filters map[string]*roaring.Bitmap     // by field; present and nil: nothing passes
	gate    *roaring.Bitmap                // what the words and the filters let in
}

func newPartRun(p *part) *partRun {
	return &partRun{matcher: newMatcher(p), filters: map[string]*roaring.Bitmap{}}
}

// found is what one term matches in one part.
type found struct {
	leaves      []*roaring.Bitmap
	strong, any *roaring.Bitmap
}

// Find answers a query. Errors are those of the index and of ctx; a query itself is never wrong.
func (x *Index) Find(ctx context.Context, q Query) (Result, error) {
	x.asking.Add(1)
	defer x.asking.Add(-1)
	v, err := x.view()
	if err != nil {
		return Result{}, err
	}
	defer v.release()
	r, err := x.run(ctx, v, &q)
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	if r.res.Total == 0 && q.After == "" {
		if err := r.nearest(ctx); err != nil {
			return Result{}, fmt.Errorf("search for alternatives: %w", err)
		}
	}
	return r.res, nil
}

func (x *Index) run(ctx context.Context, v *view, q *Query) (*run, error) {
	r := &run{x: x, q: q, view: v, w: defaultWeights(), asked: x.lexicon.parse(q.Text, q.Literal)}
	if q.Limit <= 0 {
		q.Limit = 20
	}
	q.Limit = min(q.Limit, MaxWindow)
	q.Offset = max(0, min(q.Offset, MaxWindow-q.Limit))
	r.res.Chips = r.asked.chips
	for i := range r.asked.terms {
		r.terms = append(r.terms, ways{leaves: x.lexicon.leaves(&r.asked.terms[i], &r.w, x.sounds)})
	}
	for _, p := range v.parts {
		r.parts = append(r.parts, newPartRun(p))
	}
	for _, step := range []func() error{r.match, r.filter, r.count} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, r.collect()
}

// match finds what the words let in, tier by tier.
func (r *run) match() error {
	for _, p := range r.parts {
		if len(r.terms) == 0 {
			p.tiers[tierExact] = p.alive(everything(p.cols.n))
			continue
		}
		var err error
		if p.terms, err = p.find(r.terms); err != nil {
			return err
		}
		if err := r.literal(p); err != nil {
			return err
		}
		p.tiers[tierExact] = p.alive(meet(p.terms, func(f *found) *roaring.Bitmap { return f.strong }))
	}
	if len(r.terms) == 0 {
		return nil
	}
	r.rarity(r.terms, func(p *partRun) []found { return p.terms })
	exact := r.total(tierExact)
	if exact < enoughExact {
		if err := r.alike(); err != nil {
			return err
		}
	}
	if err := r.texts(); err != nil {
		return err
	}
	titled := exact + r.total(tierAlike) + r.total(tierText)
	if titled < enoughHits {
		if err := r.loosen(titled+r.total(tierMention)+r.total(tierGuess) == 0); err != nil {
			return err
		}
	}
	r.settle()
	r.res.Sound = r.total(tierAlike)+r.total(tierGuess) > 0
	r.res.Relaxed = r.total(tierLoose) > 0
	return nil
}

// settle makes the tiers disjoint. What only mentions the words counts as having them all, unless it has
// to stand among looser hits.
func (r *run) settle() {
	among := r.total(tierLoose)+r.total(tierGuess) > 0
	for _, p := range r.parts {
		for _, t := range []int{tierGuess, tierMention} {
			for _, better := range p.tiers[t+1:] {
				if p.tiers[t] != nil && better != nil {
					p.tiers[t] = roaring.AndNot(p.tiers[t], better)
				}
			}
		}
		if !among {
			p.tiers[tierText], p.tiers[tierMention] = union(p.tiers[tierText], p.tiers[tierMention]), nil
		}
	}
}

// find evaluates all leaves of all terms.
func (p *partRun) find(terms []ways) ([]found, error) {
	out := make([]found, len(terms))
	for i := range terms {
		f := &out[i]
		for j := range terms[i].leaves {
			l := &terms[i].leaves[j]
			docs, err := p.leaf(l)
			if err != nil {
				return nil, err
			}
			f.leaves = append(f.leaves, docs)
			f.any = union(f.any, docs)
			if !l.weak {
				f.strong = union(f.strong, docs)
			}
		}
	}
	return out, nil
}

// meet intersects one set of each term.
func meet(terms []found, set func(*found) *roaring.Bitmap) *roaring.Bitmap {
	docs := set(&terms[0])
	for i := 1; i < len(terms) && docs != nil; i++ {
		docs = intersect(docs, set(&terms[i]))
	}
	return docs
}

// alive leaves deleted documents out; it never changes its argument.
func (p *partRun) alive(docs *roaring.Bitmap) *roaring.Bitmap {
	if docs == nil || p.deleted == nil {
		return docs
	}
	return roaring.AndNot(docs, p.deleted)
}

func everything(n int) *roaring.Bitmap {
	b := roaring.New()
	b.AddRange(0, uint64(n))
	return b
}

// total counts a tier over all parts.
func (r *run) total(tier int) (n int) {
	for _, p := range r.parts {
		n += size(p.tiers[tier])
	}
	return n
}

// texts adds documents that have some of the words only in their text, for kinds of which titles,
// names and tags show little; apart those with none of the words elsewhere.
func (r *run) texts() error {
	counts := map[string]int{}
	perPart := make([]map[string]*roaring.Bitmap, len(r.parts))
	for i, p := range r.parts {
		perPart[i] = map[string]*roaring.Bitmap{}
		err := p.eachTerm(fieldKey, KindField+"=", func(term string, docs *roaring.Bitmap) bool {
			perPart[i][term] = docs
			if exact := p.tiers[tierExact]; exact != nil {
				counts[term] += int(exact.AndCardinality(docs))
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	for i, p := range r.parts {
		docs := p.alive(meet(p.terms, func(f *found) *roaring.Bitmap { return f.any }))
		if docs == nil {
			continue
		}
		docs = docs.Clone()
		for kind, of := range perPart[i] {
			if counts[kind] >= enoughTitles {
				docs.AndNot(of)
			}
		}
		for _, t := range []int{tierExact, tierAlike} {
			if p.tiers[t] != nil {
				docs.AndNot(p.tiers[t])
			}
		}
		var elsewhere *roaring.Bitmap
		for j, t := range r.asked.terms {
			if t.chip == nil {
				elsewhere = union(elsewhere, p.terms[j].strong)
			}
		}
		p.tiers[tierText] = roaring.And(docs, orEmpty(elsewhere))
		p.tiers[tierMention] = roaring.AndNot(docs, orEmpty(elsewhere))
	}
	return nil
}

// literal checks quoted text against the texts as written, where words alone do not prove it.
func (r *run) literal(p *partRun) error {
	for i, t := range r.asked.terms {
		if !t.quoted || len(t.words) == 1 && t.words[0] == t.text {
			continue
		}
		f := &p.terms[i]
		f.strong = nil
		for j := range f.leaves {
			if r.terms[i].leaves[j].fields[0] == fieldText {
				docs, err := p.containing(f.leaves[j], t.text)
				if err != nil {
					return err
				}
				f.leaves[j] = docs
			}
			f.strong = union(f.strong, f.leaves[j])
		}
		f.any = f.strong
	}
	return nil
}

// rarity sets the idf of terms from the documents they match in titles, names and tags, or at all.
func (r *run) rarity(terms []ways, of func(*partRun) []found) {
	n := float64(max(1, r.view.docs))
	for i := range terms {
		strong, any := 0, 0
		for _, p := range r.parts {
			strong, any = strong+size(of(p)[i].strong), any+size(of(p)[i].any)
		}
		if strong == 0 {
			strong = any
		}
		df := min(float64(strong), n)
		terms[i].idf = float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
	}
	for words := range r.norms {
		b, mean := float64(r.w.norm), max(1, r.view.words)
		r.norms[words] = float32(2.2 / (1 + 1.2*(1-b+b*float64(words)/mean)))
	}
}

// candidate is a document on its way to the page.
type candidate struct {
	part  int
	doc   uint32
	group int     // larger first, before the key
	key   float64 // what is sorted by, larger first
	tier  int
}

// collect sorts what the gate let in and makes the page.
func (r *run) collect() error {
	after, paged := readCursor(r.q.After)
	want := r.q.Limit
	if !paged {
		want += r.q.Offset
	}
	top := &best{run: r, max: want + 1}
	for i, p := range r.parts {
		if p.gate == nil || p.gate.IsEmpty() {
			continue
		}
		for tier := tierExact; tier >= 0; tier-- {
			docs := intersect(p.tiers[tier], p.gate)
			if docs == nil || docs.IsEmpty() {
				continue
			}
			group := r.group(tier)
			r.keys(p, tier, docs, func(doc uint32, key float64) {
				c := candidate{part: i, doc: doc, group: group, key: key, tier: tier}
				if !paged || r.follows(c, after) {
					top.offer(c)
				}
			})
		}
	}
	list := top.sorted()
	more := len(list) > want
	list = list[:min(len(list), want)]
	if !paged {
		list = list[min(len(list), r.q.Offset):]
	}
	if more && len(list) > 0 {
		r.res.Next = r.cursor(list[len(list)-1])
	}
	for _, c := range list {
		h, err := r.hit(c)
		if err != nil {
			return err
		}
		r.res.Hits = append(r.res.Hits, h)
	}
	return nil
}

// keys gives each document of a tier what it is sorted by.
func (r *run) keys(p *partRun, tier int, docs *roaring.Bitmap, yield func(uint32, float64)) {
	switch r.order() {
	case SortNewest:
		each(docs, func(d uint32) { yield(d, float64(p.cols.updated[d])) })
	case SortPay:
		each(docs, func(d uint32) { yield(d, float64(p.cols.pay[d])) })
	case SortDistance:
		each(docs, func(d uint32) {
			km := p.distance(d, r.q.Near)
			if km < 0 {
				km = math.MaxFloat32
			}
			yield(d, -km)
		})
	default:
		r.score(p, tier, docs, func(d uint32, s float32) { yield(d, shown(tier, s)) })
	}
}

// group keeps what was asked for before what only comes near, in the orders that do not look at the words.
func (r *run) group(tier int) int {
	switch {
	case r.order() == SortFit: // by the score
		return 0
	case tier == tierExact || tier == tierText:
		return 2
	case tier == tierAlike:
		return 1
	}
	return 0
}

// order is the sort that applies: without words all fit alike, and without a point nothing is near.
func (r *run) order() string {
	switch r.q.Sort {
	case SortNewest, SortPay:
		return r.q.Sort
	case SortDistance:
		if r.q.Near != nil {
			return SortDistance
		}
	}
	if len(r.terms) == 0 {
		return SortNewest
	}
	return SortFit
}

// shown maps a tier and a score within it to 0..100, keeping the order.
func shown(tier int, score float32) float64 {
	s := float64(score)
	return 25*float64(ranks[tier]-1) + 25*s/(s+60)
}

// distance returns the km from a document to a point, -1 if unknown.
func (p *part) distance(doc uint32, near *Near) float64 {
	lng, lat := float64(p.cols.lng[doc]), float64(p.cols.lat[doc])
	if near == nil || math.IsNaN(lng) {
		return -1
	}
	return distance(near.Point, Point{lng, lat})
}

// each calls f for every document of a set, in order.
func each(docs *roaring.Bitmap, f func(uint32)) {
	var buf [512]uint32
	it := docs.ManyIterator()
	for n := it.NextMany(buf[:]); n > 0; n = it.NextMany(buf[:]) {
		for _, d := range buf[:n] {
			f(d)
		}
	}
}

// compare orders candidates: larger group, larger key, then newer, then by ID.
func (r *run) compare(a, b candidate) int {
	if c := cmp.Or(b.group-a.group, cmp.Compare(b.key, a.key)); c != 0 {
		return c
	}
	ca, cb := r.parts[a.part].cols, r.parts[b.part].cols
	if c := cmp.Compare(cb.updated[b.doc], ca.updated[a.doc]); c != 0 {
		return c
	}
	return slices.Compare(ca.ids.at(a.doc), cb.ids.at(b.doc))
}
