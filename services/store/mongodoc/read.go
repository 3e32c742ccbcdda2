package mongodoc

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Get returns the document with this id.
func (b *Backend) Get(ctx context.Context, coll, id string) (store.Doc, error) {
	raw, err := b.db.Collection(coll).FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Doc{}, partnership.ErrNotFound
	}
	if err != nil {
		return store.Doc{}, b.fault(err)
	}
	return toDoc(raw)
}

// batchSize is how many documents a reply holds at most: several hundred kilobytes.
const batchSize = 500

// Find yields the documents that match, in order.
func (b *Backend) Find(ctx context.Context, coll string, where store.Filter, sort []store.Sort, limit int) iter.Seq2[store.Doc, error] {
	return func(yield func(store.Doc, error) bool) {
		for raw, err := range b.raws(ctx, coll, render(where), renderSort(sort), limit) {
			var d store.Doc
			if err == nil {
				d, err = toDoc(raw)
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// raws streams the documents of a query; an error is the last thing it yields.
func (b *Backend) raws(ctx context.Context, coll string, where, sort bson.D, limit int) iter.Seq2[bson.Raw, error] {
	return func(yield func(bson.Raw, error) bool) {
		o := options.Find().SetSort(sort).SetBatchSize(batchSize)
		if limit > 0 {
			o.SetLimit(int64(limit))
		}
		rows, err := b.db.Collection(coll).Find(ctx, where, o)
		if err != nil {
			yield(nil, b.fault(err))
			return
		}
		defer func() { _ = rows.Close(context.WithoutCancel(ctx)) }()
		for rows.Next(ctx) {
			if !yield(rows.Current, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, b.fault(err))
		}
	}
}

// Count counts the documents that match.
func (b *Backend) Count(ctx context.Context, coll string, where store.Filter) (int64, error) {
	n, err := b.db.Collection(coll).CountDocuments(ctx, render(where))
	return n, b.fault(err)
}

// Group groups on the server, or here if the server cannot.
func (b *Backend) Group(ctx context.Context, coll string, where store.Filter, by []string, aggs []store.Agg) ([]store.GroupRow, error) {
	if b.ferret && len(aggs) > 0 {
		return b.groupHere(ctx, coll, where, by, aggs)
	}
	key := bson.D{}
	for i, path := range by {
		key = append(key, bson.E{Key: fmt.Sprintf("k%d", i), Value: "$" + path})
	}
	group := bson.D{{Key: "_id", Value: key}, {Key: "n", Value: bson.D{{Key: "$sum", Value: int64(1)}}}}
	for i, a := range aggs {
		op := map[store.AggKind]string{store.AggSum: "$sum", store.AggMin: "$min", store.AggMax: "$max"}[a.Kind]
		group = append(group, bson.E{Key: fmt.Sprintf("v%d", i), Value: bson.D{{Key: op, Value: "$" + a.Path}}})
	}
	rows, err := b.db.Collection(coll).Aggregate(ctx, mongo.Pipeline{{{Key: "$match", Value: render(where)}}, {{Key: "$group", Value: group}}})
	if err != nil {
		return nil, b.fault(err)
	}
	out, err := readGroups(ctx, rows, len(by), len(aggs))
	return out, b.fault(err)
}

func readGroups(ctx context.Context, rows *mongo.Cursor, keys, aggs int) ([]store.GroupRow, error) {
	defer func() { _ = rows.Close(context.WithoutCancel(ctx)) }()
	var out []store.GroupRow
	for rows.Next(ctx) {
		g := store.GroupRow{By: make([]any, keys), Aggs: make([]float64, aggs)}
		g.Count, _ = rows.Current.Lookup("n").AsInt64OK()
		for i := range g.By {
			g.By[i] = scalar(rows.Current.Lookup("_id", fmt.Sprintf("k%d", i)))
		}
		for i := range g.Aggs {
			g.Aggs[i] = number(rows.Current.Lookup(fmt.Sprintf("v%d", i)))
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

func scalar(v bson.RawValue) any {
	switch v.Type {
	case bson.TypeString:
		return v.StringValue()
	case bson.TypeBoolean:
		return v.Boolean()
	case bson.TypeInt32, bson.TypeInt64:
		return v.AsInt64()
	case bson.TypeDouble:
		return v.Double()
	}
	return nil
}

func number(v bson.RawValue) float64 {
	switch n := scalar(v).(type) {
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return 0
}
