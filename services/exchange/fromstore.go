package exchange

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"sunmao/search"
	"sunmao/services/catalogue"
)

// fromStore answers a query while the index cannot: it reads everything of the kinds
// asked for, so it is slow, but it finds what was saved a moment ago. Words must stand
// somewhere in the record as typed. Filters, counts of facets that ignore their own
// group, sorting and paging by offset are as the index does them; marks, likeness, sound
// and cursors are not there.
func (x *Exchange) fromStore(ctx context.Context, q search.Query) (search.Result, error) {
	words := strings.Fields(strings.ToLower(q.Text))
	counts := map[string]map[string]int{}
	for _, f := range q.Facets {
		counts[f] = map[string]int{}
	}
	var hits []search.Hit
	kinds := q.Kinds
	if slices.Contains(q.Facets, search.KindField) { // whose counts ignore the kinds asked for
		kinds = nil
	}
	for d, err := range x.documents(ctx, kinds...) {
		if err != nil {
			return search.Result{}, err
		}
		if !hasWords(&d, words) {
			continue
		}
		km := kmFrom(q.Near, d.Point)
		stops, ok := stopped(&d, &q, km)
		if !ok {
			continue
		}
		for f, n := range counts {
			if stops == "" || stops == f {
				for _, v := range valuesOf(&d, f) {
					n[v]++
				}
			}
		}
		if stops == "" {
			hits = append(hits, search.Hit{ID: d.ID, Kind: d.Kind, Title: d.Title, Company: d.Company, Pay: d.Pay, Updated: d.Updated, Distance: km})
		}
	}
	sortHits(hits, q.Sort)
	r := search.Result{Total: len(hits), Exact: len(hits), Facets: map[string][]search.FacetCount{}}
	for f, n := range counts {
		for v, c := range n {
			r.Facets[f] = append(r.Facets[f], search.FacetCount{Value: v, Count: c})
		}
		slices.SortFunc(r.Facets[f], func(a, b search.FacetCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
	}
	from := min(max(0, q.Offset), len(hits))
	r.Hits = hits[from:min(len(hits), from+q.Limit)]
	return r, nil
}

func hasWords(d *search.Document, words []string) bool {
	if len(words) == 0 {
		return true
	}
	all := strings.ToLower(strings.Join(append([]string{d.Title, d.Company, d.Text}, d.Tags...), "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) })
}

func valuesOf(d *search.Document, field string) []string {
	if field == search.KindField {
		return []string{d.Kind}
	}
	return d.Keys[field]
}

// stopped names the one filter field that keeps a document out, "" if none does; ok is
// false if several do, or one that is no facet.
func stopped(d *search.Document, q *search.Query, km float64) (field string, ok bool) {
	if q.PayMin > 0 && d.Pay < q.PayMin || q.PayMax > 0 && (d.Pay == 0 || d.Pay > q.PayMax) {
		field = search.PayField
	}
	if q.Near != nil && q.Near.KM > 0 && (km < 0 || km > q.Near.KM) {
		return "", false
	}
	check := func(name string, want []string) bool {
		if len(want) == 0 || slices.ContainsFunc(valuesOf(d, name), func(v string) bool { return slices.Contains(want, v) }) {
			return true
		}
		if field != "" || name == SeeField {
			return false
		}
		field = name
		return true
	}
	if !check(search.KindField, q.Kinds) {
		return "", false
	}
	for name, want := range q.Filters {
		if !check(name, want) {
			return "", false
		}
	}
	return field, true
}

// kmFrom is the distance of a document, -1 if it is unknown.
func kmFrom(near *search.Near, at *search.Point) float64 {
	if near == nil || at == nil {
		return -1
	}
	return catalogue.Point{Lng: near.Lng, Lat: near.Lat}.Km(catalogue.Point{Lng: at.Lng, Lat: at.Lat})
}

func sortHits(hits []search.Hit, order string) {
	slices.SortFunc(hits, func(a, b search.Hit) int {
		first := 0
		switch order {
		case search.SortPay:
			first = cmp.Compare(b.Pay, a.Pay)
		case search.SortDistance:
			first = cmp.Or(cmp.Compare(boolInt(a.Distance < 0), boolInt(b.Distance < 0)), cmp.Compare(a.Distance, b.Distance))
		}
		return cmp.Or(first, cmp.Compare(b.Updated, a.Updated), cmp.Compare(a.ID, b.ID))
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
