package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"sunmao/services/partnership"
)

// What Coll does, for documents of any type.

func (c *collection) get(ctx context.Context, id string, into record) error {
	_, err := c.read(ctx, id, into)
	return err
}

// read is get with the document as it is stored.
func (c *collection) read(ctx context.Context, id string, into record) (Doc, error) {
	err := c.ready(ctx)
	if err != nil {
		return Doc{}, err
	}
	doc, err := c.s.b.Get(ctx, c.spec.Name, id)
	if err == nil {
		err = c.decode(doc, into)
	}
	if err == nil && into.Rec().Deleted != 0 {
		err = partnership.ErrNotFound
	}
	return doc, c.wrap("get", id, err)
}

func (c *collection) decode(doc Doc, into any) error {
	current, err := c.current(doc.JSON)
	if err != nil {
		return err
	}
	return decode(current, into)
}

func (c *collection) insertNew(ctx context.Context, t record) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	r := t.Rec()
	before := *r
	if r.ID == "" {
		r.ID = c.s.NewID()
	}
	doc, err := c.begin(t)
	if err == nil {
		err = c.insert(ctx, doc, r.Write)
	}
	if err != nil {
		id := r.ID
		*r = before
		return c.wrap("insert", id, err)
	}
	return c.noteWrite(ctx, "create", Doc{}, doc)
}

// begin stamps t as revision 1 and encodes it.
func (c *collection) begin(t record) (Doc, error) {
	r := t.Rec()
	if err := validID(r.ID); err != nil {
		return Doc{}, err
	}
	r.Rev, r.Schema, r.Created, r.Deleted, r.Write = 1, c.spec.Version, c.s.stamp(), 0, c.s.newWrite()
	r.Updated = r.Created
	return docOf(t)
}

func docOf(t record) (Doc, error) {
	j, err := encode(t)
	return Doc{ID: t.Rec().ID, Rev: t.Rec().Rev, JSON: j}, err
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

func (c *collection) insertMany(ctx context.Context, n int, at func(int) record) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	var taken Taken
	for from := 0; from < n; from += chunk {
		ids, err := c.insertChunk(ctx, from, min(from+chunk, n), at)
		if err != nil {
			return c.wrap(fmt.Sprintf("insert many, after %d,", from), "", err)
		}
		taken.IDs = append(taken.IDs, ids...)
	}
	if err := c.note(ctx, "create", "", "", "", n-len(taken.IDs)); err != nil {
		return err
	}
	if len(taken.IDs) > 0 {
		return c.wrap("insert many", "", &taken)
	}
	return nil
}

func (c *collection) insertChunk(ctx context.Context, from, to int, at func(int) record) ([]string, error) {
	docs := make([]Doc, to-from)
	byID := make(map[string]record, to-from)
	for i := range docs {
		t := at(from + i)
		var err error
		if docs[i], err = c.begin(t); err != nil {
			return nil, err
		}
		if byID[docs[i].ID] != nil {
			return nil, fmt.Errorf("%w: %s is in the batch twice", partnership.ErrDuplicate, docs[i].ID)
		}
		byID[docs[i].ID] = t
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
		same, err := c.sameThere(ctx, byID[id])
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
func (c *collection) sameThere(ctx context.Context, t record) (bool, error) {
	r := t.Rec()
	doc, err := c.s.b.Get(ctx, c.spec.Name, r.ID)
	if errors.Is(err, partnership.ErrNotFound) {
		return false, nil // refused for a unique key
	}
	if err != nil {
		return false, err
	}
	there := c.fresh()
	if err := c.decode(doc, there); err != nil {
		return false, err
	}
	stored := there.Rec()
	r.Rev, r.Schema, r.Created, r.Updated, r.Deleted, r.Write =
		stored.Rev, stored.Schema, stored.Created, stored.Updated, stored.Deleted, stored.Write
	if stored.Rev > 1 {
		return true, nil
	}
	want, err := docOf(t)
	if err != nil {
		return false, err
	}
	got, err := docOf(there)
	return bytes.Equal(want.JSON, got.JSON), err
}

func (c *collection) replaceOld(ctx context.Context, t record) error {
	doc, err := c.swap(ctx, t)
	if err != nil {
		return err
	}
	return c.noteWrite(ctx, "change", doc, doc)
}

// swap is replaceOld without its entry in the trail.
func (c *collection) swap(ctx context.Context, t record) (Doc, error) {
	if err := c.ready(ctx); err != nil {
		return Doc{}, err
	}
	r := t.Rec()
	before := *r
	if r.Schema > c.spec.Version {
		return Doc{}, c.wrap("replace", r.ID, fmt.Errorf("document is of version %d, this program knows %d", r.Schema, c.spec.Version))
	}
	r.Rev, r.Schema, r.Updated, r.Write = r.Rev+1, c.spec.Version, c.s.stamp(), c.s.newWrite()
	doc, err := docOf(t)
	if err == nil {
		err = c.replace(ctx, doc, before.Rev, r.Write)
	}
	if err != nil {
		*r = before
	}
	return doc, c.wrap("replace", r.ID, err)
}

// edits is how often edit tries before it gives up. Each failure means that another
// writer of this document succeeded.
const edits = 64

// edit reads into what fresh returns, lets change alter it, and replaces it.
func (c *collection) edit(ctx context.Context, id string, fresh func() record, change func() error) error {
	for try := range edits {
		t := fresh()
		was, err := c.read(ctx, id, t)
		if err != nil {
			return err
		}
		if err := change(); err != nil {
			return err
		}
		doc, err := c.swap(ctx, t)
		if err == nil {
			return c.noteWrite(ctx, "change", was, doc)
		}
		if !errors.Is(err, partnership.ErrConflict) || try == edits-1 {
			return err
		}
		if try > 3 {
			if err := pause(ctx, min(try/8, 2)); err != nil {
				return err
			}
		}
	}
	return c.wrap("edit", id, partnership.ErrConflict)
}

func (c *collection) updateGuarded(ctx context.Context, id string, guard Filter, ops []Op, into record) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	err := c.shape.fits(guard)
	if err == nil {
		err = c.shape.allows(ops)
	}
	if err != nil {
		return c.wrap("update", id, err)
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
		return c.wrap("update", id, err)
	}
	if err := c.decode(doc, into); err != nil {
		return err
	}
	return c.noteWrite(ctx, "change", doc, doc)
}

// alive is what lists and updates add: deleting is a state.
var alive = Filter{Match: MatchEq, Path: "_d", Values: []any{int64(0)}}

// Delete marks the document as deleted: reads no longer find it, the feed carries it,
// its id and unique keys stay taken. ErrNotFound if there is none.
func (c *collection) Delete(ctx context.Context, id string) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	_, err := c.update(ctx, id, alive, []Op{Set("_d", max(c.s.stamp(), 1))})
	if errors.Is(err, partnership.ErrConflict) {
		err = partnership.ErrNotFound
	}
	if err != nil {
		return c.wrap("delete", id, err)
	}
	return c.note(ctx, "delete", id, "", "", 0)
}

// Purge removes the document for good, deleted or not; none there is no error. For
// retention jobs only, and only after every reader of Changes has seen the deletion.
func (c *collection) Purge(ctx context.Context, id string) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	if err := c.s.b.Purge(ctx, c.spec.Name, id); err != nil {
		return c.wrap("purge", id, err)
	}
	return c.note(ctx, "purge", id, "", "", 0)
}

// changes reads a batch of the feed: size is told how many documents there are, at gives the place of each.
func (c *collection) changes(ctx context.Context, cursor string, limit int, size func(int), at func(int) record) (string, error) {
	if err := c.ready(ctx); err != nil {
		return cursor, err
	}
	docs, next, err := c.s.b.Changes(ctx, c.spec.Name, cursor, max(limit, 1))
	if err != nil {
		return cursor, c.wrap("changes of", "", err)
	}
	size(len(docs))
	for i, doc := range docs {
		if err := c.decode(doc, at(i)); err != nil {
			return cursor, c.wrap("changes of", doc.ID, err)
		}
	}
	return next, nil
}

// each reads the documents of a query one by one with read and hands them on with next, which may end it; an error is handed
// on too and ends it.
func (c *collection) each(ctx context.Context, q Query, read func(Doc) error, next func(error) bool) {
	for doc, err := range c.docs(ctx, q) {
		if err == nil {
			err = read(doc)
		}
		if err != nil {
			next(c.wrap("find", doc.ID, err))
			return
		}
		if !next(nil) {
			return
		}
	}
}

func (c *collection) first(ctx context.Context, q Query, into any) error {
	q.Limit = 1
	found := false
	var failed error
	c.each(ctx, q, func(doc Doc) error { return c.decode(doc, into) }, func(err error) bool {
		found, failed = true, err
		return false
	})
	if !found {
		return c.wrap("first", "", partnership.ErrNotFound)
	}
	return failed
}
