package store

import (
	"context"
	"iter"
	"time"
)

// Timed is a backend whose calls are measured: observe gets the name of the operation
// and what it took. A search counts until its last document is read.
func Timed(b Backend, observe func(op string, took time.Duration)) Backend {
	return &timed{b, observe}
}

type timed struct {
	Backend
	observe func(op string, took time.Duration)
}

func (t *timed) from(op string, start time.Time) { t.observe(op, time.Since(start)) }

func (t *timed) Insert(ctx context.Context, coll string, docs []Doc) error {
	defer t.from("insert", time.Now())
	return t.Backend.Insert(ctx, coll, docs)
}

func (t *timed) Get(ctx context.Context, coll, id string) (Doc, error) {
	defer t.from("get", time.Now())
	return t.Backend.Get(ctx, coll, id)
}

func (t *timed) Replace(ctx context.Context, coll string, doc Doc, oldRev int64) error {
	defer t.from("replace", time.Now())
	return t.Backend.Replace(ctx, coll, doc, oldRev)
}

func (t *timed) Update(ctx context.Context, coll, id string, guard Filter, ops []Op) (Doc, error) {
	defer t.from("update", time.Now())
	return t.Backend.Update(ctx, coll, id, guard, ops)
}

func (t *timed) Find(ctx context.Context, coll string, where Filter, sort []Sort, limit int) iter.Seq2[Doc, error] {
	found := t.Backend.Find(ctx, coll, where, sort, limit)
	return func(yield func(Doc, error) bool) {
		defer t.from("find", time.Now())
		found(yield)
	}
}

func (t *timed) Count(ctx context.Context, coll string, where Filter) (int64, error) {
	defer t.from("count", time.Now())
	return t.Backend.Count(ctx, coll, where)
}

func (t *timed) Group(ctx context.Context, coll string, where Filter, by []string, aggs []Agg) ([]GroupRow, error) {
	defer t.from("group", time.Now())
	return t.Backend.Group(ctx, coll, where, by, aggs)
}

func (t *timed) Changes(ctx context.Context, coll, cursor string, limit int) ([]Doc, string, error) {
	defer t.from("changes", time.Now())
	return t.Backend.Changes(ctx, coll, cursor, limit)
}
