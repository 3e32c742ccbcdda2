package mongodoc

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"sunmao/services/store"
)

// groupHere groups in this process. FerretDB 1 lacks $min and $max, and of several accumulators
// only its first sees the documents: each sum behind the count is 0 there.
func (b *Backend) groupHere(ctx context.Context, coll string, where store.Filter, by []string, aggs []store.Agg) ([]store.GroupRow, error) {
	type group struct {
		store.GroupRow
		seen []bool
	}
	groups := map[string]*group{}
	for raw, err := range b.raws(ctx, coll, render(where), bson.D{{Key: "_id", Value: 1}}, 0) {
		if err != nil {
			return nil, err
		}
		key := make([]any, len(by))
		for i, path := range by {
			key[i] = scalar(at(raw, path))
		}
		name := fmt.Sprintf("%#v", key)
		g := groups[name]
		if g == nil {
			g = &group{store.GroupRow{By: key, Aggs: make([]float64, len(aggs))}, make([]bool, len(aggs))}
			groups[name] = g
		}
		g.Count++
		for i, a := range aggs {
			v := at(raw, a.Path)
			if v.Type == 0 {
				continue
			}
			g.Aggs[i] = fold(a.Kind, g.Aggs[i], number(v), !g.seen[i])
			g.seen[i] = true
		}
	}
	out := make([]store.GroupRow, 0, len(groups))
	for _, g := range groups {
		out = append(out, g.GroupRow)
	}
	return out, nil
}

func at(raw bson.Raw, path string) bson.RawValue {
	v, err := raw.LookupErr(strings.Split(path, ".")...)
	if err != nil {
		return bson.RawValue{}
	}
	return v
}

func fold(kind store.AggKind, so, n float64, first bool) float64 {
	switch {
	case first:
		return n
	case kind == store.AggMin:
		return min(so, n)
	case kind == store.AggMax:
		return max(so, n)
	}
	return so + n
}
