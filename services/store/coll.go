package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"unicode/utf8"

	"sunmao/services/partnership"
)

// Coll is a collection of documents of the Go type T, which embeds partnership.Record.
type Coll[T any] struct {
	*collection
	rec func(*T) *partnership.Record
}

// Open declares a collection; nothing is read or written until Store.Ensure or first use.
func Open[T any, P interface {
	*T
	Rec() *partnership.Record
}](s *Store, spec Spec) *Coll[T] {
	return &Coll[T]{s.open(reflect.TypeFor[T](), spec), func(t *T) *partnership.Record { return P(t).Rec() }}
}

// Get returns the document with this id; ErrNotFound if there is none or it is deleted.
func (c *Coll[T]) Get(ctx context.Context, id string) (T, error) {
	var t T
	err := c.ready(ctx)
	if err != nil {
		return t, err
	}
	doc, err := c.s.b.Get(ctx, c.spec.Name, id)
	if err == nil {
		t, err = c.decode(doc)
	}
	if err == nil && c.rec(&t).Deleted != 0 {
		err = partnership.ErrNotFound
	}
	if err != nil {
		var none T
		return none, c.wrap("get", id, err)
	}
	return t, nil
}

func (c *Coll[T]) decode(doc Doc) (T, error) {
	var t T
	current, err := c.current(doc.JSON)
	if err == nil {
		err = decode(current, &t)
	}
	return t, err
}

// Insert stores a new document as revision 1 and stamps *t. An empty id is filled in
// by Store.NewID. ErrDuplicate if the id or a unique key is taken, even by a deleted one.
func (c *Coll[T]) Insert(ctx context.Context, t *T) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	r := c.rec(t)
	before := *r
	if r.ID == "" {
		r.ID = c.s.NewID()
	}
	doc, err := c.first(t)
	if err == nil {
		err = c.insert(ctx, doc, r.Write)
	}
	if err != nil {
		id := r.ID
		*r = before
		return c.wrap("insert", id, err)
	}
	return nil
}

// first stamps t as revision 1 and encodes it.
func (c *Coll[T]) first(t *T) (Doc, error) {
	r := c.rec(t)
	if err := validID(r.ID); err != nil {
		return Doc{}, err
	}
	r.Rev, r.Schema, r.Created, r.Deleted, r.Write = 1, c.spec.Version, c.s.stamp(), 0, c.s.newWrite()
	r.Updated = r.Created
	return c.doc(t)
}

func (c *Coll[T]) doc(t *T) (Doc, error) {
	j, err := encode(t)
	return Doc{ID: c.rec(t).ID, Rev: c.rec(t).Rev, JSON: j}, err
}

const maxID = 200 // bytes

func validID(id string) error {
	if id == "" || len(id) > maxID || !utf8.ValidString(id) || bytes.IndexByte([]byte(id), 0) >= 0 {
		return fmt.Errorf("id %.50q: want 1 to %d bytes of UTF-8", id, maxID)
	}
	return nil
}

// chunk is how many documents InsertMany hands over at once: enough to share a commit,
// few enough that other writers come in between.
const chunk = 500

// InsertMany stores many new documents, whose ids the caller gives, and stamps them. It
// may stop half-way; repeating it with the same documents then completes it, because a
// document that is there already with the same content, or that has been changed since,
// is passed over. One that is there with other content, or whose unique key is taken,
// makes it go on with the rest and return ErrDuplicate (a *Taken names them).
func (c *Coll[T]) InsertMany(ctx context.Context, ts []T) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	var taken Taken
	for from := 0; from < len(ts); from += chunk {
		part := ts[from:min(from+chunk, len(ts))]
		ids, err := c.insertChunk(ctx, part)
		if err != nil {
			return c.wrap(fmt.Sprintf("insert many, after %d,", from), "", err)
		}
		taken.IDs = append(taken.IDs, ids...)
	}
	if len(taken.IDs) > 0 {
		return c.wrap("insert many", "", &taken)
	}
	return nil
}

func (c *Coll[T]) insertChunk(ctx context.Context, part []T) ([]string, error) {
	docs := make([]Doc, len(part))
	at := make(map[string]int, len(part))
	for i := range part {
		var err error
		if docs[i], err = c.first(&part[i]); err != nil {
			return nil, err
		}
		if _, twice := at[docs[i].ID]; twice {
			return nil, fmt.Errorf("%w: %s is in the batch twice", partnership.ErrDuplicate, docs[i].ID)
		}
		at[docs[i].ID] = i
	}
	var err error
	for try := range tries {
		if err = pause(ctx, try); err != nil {
			return nil, err
		}
		// Repeating is safe: what the first attempt stored is there with the same content.
		if err = c.s.b.Insert(ctx, c.spec.Name, docs); !errors.Is(err, ErrLost) {
			break
		}
	}
	var taken *Taken
	if !errors.As(err, &taken) {
		if errors.Is(err, ErrLost) {
			return nil, ErrUnknown
		}
		return nil, err
	}
	var other []string
	for _, id := range taken.IDs {
		same, err := c.sameThere(ctx, &part[at[id]])
		if err != nil {
			return nil, err
		}
		if !same {
			other = append(other, id)
		}
	}
	return other, nil
}

// sameThere tells whether the stored document with the id of t is t, or was once, and
// gives t the stamps of the stored one.
func (c *Coll[T]) sameThere(ctx context.Context, t *T) (bool, error) {
	r := c.rec(t)
	doc, err := c.s.b.Get(ctx, c.spec.Name, r.ID)
	if errors.Is(err, partnership.ErrNotFound) {
		return false, nil // refused for a unique key
	}
	if err != nil {
		return false, err
	}
	there, err := c.decode(doc)
	if err != nil {
		return false, err
	}
	stored := c.rec(&there)
	r.Rev, r.Schema, r.Created, r.Updated, r.Deleted, r.Write =
		stored.Rev, stored.Schema, stored.Created, stored.Updated, stored.Deleted, stored.Write
	if stored.Rev > 1 {
		return true, nil
	}
	want, err := c.doc(t)
	if err != nil {
		return false, err
	}
	got, err := c.doc(&there)
	return bytes.Equal(want.JSON, got.JSON), err
}

// Replace stores *t in place of the revision it was read at and raises its revision.
// ErrConflict if somebody wrote in between, ErrDuplicate if a unique key is taken; *t
// is as before then.
func (c *Coll[T]) Replace(ctx context.Context, t *T) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	r := c.rec(t)
	before := *r
	if r.Schema > c.spec.Version {
		return c.wrap("replace", r.ID, fmt.Errorf("document is of version %d, this program knows %d", r.Schema, c.spec.Version))
	}
	r.Rev, r.Schema, r.Updated, r.Write = r.Rev+1, c.spec.Version, c.s.stamp(), c.s.newWrite()
	doc, err := c.doc(t)
	if err == nil {
		err = c.replace(ctx, doc, before.Rev, r.Write)
	}
	if err != nil {
		*r = before
	}
	return c.wrap("replace", r.ID, err)
}

// edits is how often Edit tries before it gives up. Each failure means that another
// writer of this document succeeded.
const edits = 64

// Edit reads the document, lets change alter it, and replaces it, again from the start
// when somebody was faster; change may run several times and ends it all by returning an
// error, which comes back as it is. Returns the document as stored.
func (c *Coll[T]) Edit(ctx context.Context, id string, change func(*T) error) (T, error) {
	var none T
	for try := range edits {
		t, err := c.Get(ctx, id)
		if err != nil {
			return none, err
		}
		if err := change(&t); err != nil {
			return none, err
		}
		err = c.Replace(ctx, &t)
		if err == nil {
			return t, nil
		}
		if !errors.Is(err, partnership.ErrConflict) || try == edits-1 {
			return none, err
		}
		if try > 3 {
			if err := pause(ctx, min(try/8, 2)); err != nil {
				return none, err
			}
		}
	}
	return none, c.wrap("edit", id, partnership.ErrConflict)
}

// Update applies ops to the document if it meets the guard and returns it as it is
// afterwards, in one atomic step: two callers cannot take the same last slot.
// ErrConflict if the guard fails, ErrNotFound if there is no such document or it is
// deleted, ErrDuplicate if a unique key is taken, ErrUnknown as told there.
func (c *Coll[T]) Update(ctx context.Context, id string, guard Filter, ops ...Op) (T, error) {
	var none T
	if err := c.ready(ctx); err != nil {
		return none, err
	}
	err := c.shape.fits(guard)
	if err == nil {
		err = c.shape.allows(ops)
	}
	if err != nil {
		return none, c.wrap("update", id, err)
	}
	doc, err := c.update(ctx, id, And(alive, guard), ops)
	if errors.Is(err, partnership.ErrConflict) {
		// The guard failed, or there is no such document?
		_, h, getErr := c.head(ctx, id)
		switch {
		case getErr != nil:
			err = getErr
		case h.Deleted != 0:
			err = partnership.ErrNotFound
		}
	}
	if err != nil {
		return none, c.wrap("update", id, err)
	}
	return c.decode(doc)
}

// alive is what lists and updates add: deleting is a state.
var alive = Filter{Match: MatchEq, Path: "_d", Values: []any{int64(0)}}

// Delete marks the document as deleted: reads no longer find it, the feed carries it,
// its id and unique keys stay taken. ErrNotFound if there is none.
func (c *Coll[T]) Delete(ctx context.Context, id string) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	_, err := c.update(ctx, id, alive, []Op{Set("_d", max(c.s.stamp(), 1))})
	if errors.Is(err, partnership.ErrConflict) {
		err = partnership.ErrNotFound
	}
	return c.wrap("delete", id, err)
}

// Purge removes the document for good, deleted or not; none there is no error. For
// retention jobs only, and only after every reader of Changes has seen the deletion.
func (c *Coll[T]) Purge(ctx context.Context, id string) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	return c.wrap("purge", id, c.s.b.Purge(ctx, c.spec.Name, id))
}

// Changes returns documents written since the cursor, "" being since ever, in their
// latest state and deleted ones too (Rec().Deleted != 0), and the cursor to go on from.
// A document may come again: take it only if its revision is newer. No documents means
// that there is nothing new yet.
func (c *Coll[T]) Changes(ctx context.Context, cursor string, limit int) ([]T, string, error) {
	if err := c.ready(ctx); err != nil {
		return nil, cursor, err
	}
	docs, next, err := c.s.b.Changes(ctx, c.spec.Name, cursor, max(limit, 1))
	if err != nil {
		return nil, cursor, c.wrap("changes of", "", err)
	}
	ts := make([]T, len(docs))
	for i, doc := range docs {
		if ts[i], err = c.decode(doc); err != nil {
			return nil, cursor, c.wrap("changes of", doc.ID, err)
		}
	}
	return ts, next, nil
}

// Find yields the documents of a query, in order. It ends after the first error.
func (c *Coll[T]) Find(ctx context.Context, q Query) iter.Seq2[T, error] {
	return find(ctx, c.collection, q, c.decode)
}

// Scan is Find into another struct type N that has only the fields wanted, under their
// names: a narrow struct decodes several times faster. N gets documents as stored,
// without Upcast.
func Scan[N, T any](ctx context.Context, c *Coll[T], q Query) iter.Seq2[N, error] {
	return find(ctx, c.collection, q, func(doc Doc) (N, error) {
		var n N
		err := decode(doc.JSON, &n)
		return n, err
	})
}

func find[N any](ctx context.Context, c *collection, q Query, dec func(Doc) (N, error)) iter.Seq2[N, error] {
	return func(yield func(N, error) bool) {
		for doc, err := range c.docs(ctx, q) {
			var n N
			if err == nil {
				n, err = dec(doc)
			}
			if err != nil {
				var none N
				yield(none, c.wrap("find", doc.ID, err))
				return
			}
			if !yield(n, nil) {
				return
			}
		}
	}
}

// All returns the documents of a query; give it a Limit wherever the collection grows.
func (c *Coll[T]) All(ctx context.Context, q Query) ([]T, error) {
	var all []T
	for t, err := range c.Find(ctx, q) {
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// First returns the first document of a query; ErrNotFound if there is none.
func (c *Coll[T]) First(ctx context.Context, q Query) (T, error) {
	q.Limit = 1
	for t, err := range c.Find(ctx, q) {
		return t, err
	}
	var none T
	return none, c.wrap("first", "", partnership.ErrNotFound)
}
