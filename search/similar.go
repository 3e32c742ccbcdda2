package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Similar finds up to n documents of the kinds (none: any) like d, which need not be indexed itself: by the
// words of its title and tags, the rarer the more they weigh. d is not among them.
func (x *Index) Similar(ctx context.Context, d Document, kinds []string, n int) ([]Hit, error) {
	x.asking.Add(1)
	defer x.asking.Add(-1)
	v, err := x.view()
	if err != nil {
		return nil, err
	}
	defer v.release()
	r := &run{x: x, q: &Query{Kinds: kinds, Limit: n + 1, Plain: true}, view: v, w: defaultWeights()}
	var units []unit
	seen := map[string]bool{}
	c := cutter{dict: x.dict}
	for _, whole := range x.lexicon.words(fold(d.Title + "\n" + strings.Join(d.Tags, "\n"))) {
		for _, w := range c.fine(whole) {
			if !seen[w] && !single(w) && len(units) < maxTerms {
				seen[w] = true
				units = append(units, unit{term: term{text: w, words: []string{w}}, counts: true})
			}
		}
	}
	if n <= 0 || len(units) == 0 {
		return nil, nil
	}
	for _, p := range v.parts {
		r.parts = append(r.parts, newPartRun(p))
	}
	for _, u := range units { // nothing is required; without terms all would be sorted by age
		r.asked.terms, r.terms = append(r.asked.terms, u.term), append(r.terms, ways{})
	}
	for _, step := range []func() error{func() error { return r.byUnits(units, 0.2) }, r.filter, r.collect} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("find similar: %w", err)
		}
	}
	hits := slices.DeleteFunc(r.res.Hits, func(h Hit) bool { return h.ID == d.ID })
	return hits[:min(n, len(hits))], ctx.Err()
}
