package store

import (
	"context"
	"iter"
	"reflect"

	"sunmao/services/partnership"
)

// Coll is a collection of documents of the Go type T, which embeds partnership.Record. Its methods only give collection's
// their type: the compiler makes them anew for every T in every package that meets one.
type Coll[T any] struct {
	*collection
}

// record is a pointer to a document.
type record interface {
	Rec() *partnership.Record
}

func recordOf[T any](t *T) record { return any(t).(record) } // Open lets no other T in

// Open declares a collection; nothing is read or written until Store.Ensure or first use.
func Open[T any, P interface {
	*T
	Rec() *partnership.Record
}](s *Store, spec Spec) *Coll[T] {
	return &Coll[T]{s.open(reflect.TypeFor[T](), spec, func() record { return P(new(T)) })}
}

// Get returns the document with this id; ErrNotFound if there is none or it is deleted.
func (c *Coll[T]) Get(ctx context.Context, id string) (T, error) {
	var t, none T
	if err := c.get(ctx, id, recordOf(&t)); err != nil {
		return none, err
	}
	return t, nil
}

// Insert stores a new document as revision 1 and stamps *t. An empty id is filled in
// by Store.NewID. ErrDuplicate if the id or a unique key is taken, even by a deleted one.
func (c *Coll[T]) Insert(ctx context.Context, t *T) error { return c.insertNew(ctx, recordOf(t)) }

// InsertMany stores many new documents, whose ids the caller gives, and stamps them. It
// may stop half-way; repeating it with the same documents then completes it, because a
// document that is there already with the same content, or that has been changed since,
// is passed over. One that is there with other content, or whose unique key is taken,
// makes it go on with the rest and return ErrDuplicate (a *Taken names them).
func (c *Coll[T]) InsertMany(ctx context.Context, ts []T) error {
	return c.insertMany(ctx, len(ts), func(i int) record { return recordOf(&ts[i]) })
}

// Replace stores *t in place of the revision it was read at and raises its revision.
// ErrConflict if somebody wrote in between, ErrDuplicate if a unique key is taken; *t
// is as before then.
func (c *Coll[T]) Replace(ctx context.Context, t *T) error { return c.replaceOld(ctx, recordOf(t)) }

// Edit reads the document, lets change alter it, and replaces it, again from the start
// when somebody was faster; change may run several times and ends it all by returning an
// error, which comes back as it is. Returns the document as stored.
func (c *Coll[T]) Edit(ctx context.Context, id string, change func(*T) error) (T, error) {
	var t, none T
	err := c.edit(ctx, id, func() record {
		t = none
		return recordOf(&t)
	}, func() error { return change(&t) })
	if err != nil {
		return none, err
	}
	return t, nil
}

// Update applies ops to the document if it meets the guard and returns it as it is
// afterwards, in one atomic step: two callers cannot take the same last slot.
// ErrConflict if the guard fails, ErrNotFound if there is no such document or it is
// deleted, ErrDuplicate if a unique key is taken, ErrUnknown as told there.
func (c *Coll[T]) Update(ctx context.Context, id string, guard Filter, ops ...Op) (T, error) {
	var t, none T
	if err := c.updateGuarded(ctx, id, guard, ops, recordOf(&t)); err != nil {
		return none, err
	}
	return t, nil
}

// Changes returns documents written since the cursor, "" being since ever, in their
// latest state and deleted ones too (Rec().Deleted != 0), and the cursor to go on from.
// A document may come again: take it only if its revision is newer. No documents means
// that there is nothing new yet.
func (c *Coll[T]) Changes(ctx context.Context, cursor string, limit int) ([]T, string, error) {
	var ts []T
	next, err := c.changes(ctx, cursor, limit, func(n int) { ts = make([]T, n) }, func(i int) record { return recordOf(&ts[i]) })
	if err != nil {
		return nil, cursor, err
	}
	return ts, next, nil
}

// Find yields the documents of a query, in order. It ends after the first error.
func (c *Coll[T]) Find(ctx context.Context, q Query) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var t, none T
		c.each(ctx, q, func(doc Doc) error {
			t = none
			return c.decode(doc, &t)
		}, func(err error) bool {
			if err != nil {
				return yield(none, err)
			}
			return yield(t, nil)
		})
	}
}

// Scan is Find into another struct type N that has only the fields wanted, under their
// names: a narrow struct decodes several times faster. N gets documents as stored,
// without Upcast.
func Scan[N, T any](ctx context.Context, c *Coll[T], q Query) iter.Seq2[N, error] {
	return func(yield func(N, error) bool) {
		var n, none N
		c.each(ctx, q, func(doc Doc) error {
			n = none
			return decode(doc.JSON, &n)
		}, func(err error) bool {
			if err != nil {
				return yield(none, err)
			}
			return yield(n, nil)
		})
	}
}

// All returns the documents of a query; give it a Limit wherever the collection grows.
func (c *Coll[T]) All(ctx context.Context, q Query) ([]T, error) {
	var all []T
	var failed error
	c.each(ctx, q, func(doc Doc) error {
		all = append(all, *new(T))
		return c.decode(doc, &all[len(all)-1])
	}, func(err error) bool { failed = err; return err == nil })
	if failed != nil {
		return nil, failed
	}
	return all, nil
}

// First returns the first document of a query; ErrNotFound if there is none.
func (c *Coll[T]) First(ctx context.Context, q Query) (T, error) {
	var t, none T
	if err := c.first(ctx, q, &t); err != nil {
		return none, err
	}
	return t, nil
}

// Page returns up to q.Limit documents and the cursor for q.After of the next page, ""
// when this is the last. A cursor that does not fit the query is partnership.Invalid.
func (c *Coll[T]) Page(ctx context.Context, q Query) ([]T, string, error) {
	var items []T
	next, err := c.page(ctx, q, func(doc Doc) error {
		items = append(items, *new(T))
		return c.decode(doc, &items[len(items)-1])
	})
	if err != nil {
		return nil, "", err
	}
	return items, next, nil
}
