package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// recordTable is the intake of a kind whose rows are whole documents of one collection.
// A row fills in a new document, or the one with its key; what it changed is kept, so
// that the import can be taken back while nobody has worked on it since.
type recordTable[T any] struct {
	x    *Exchange
	coll *store.Coll[T]
	rec  func(*T) *partnership.Record
	// key names the record that a row stands for; empty after calling bad.
	key func(ctx context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error)
	// find returns the stored records of these keys.
	find func(ctx context.Context, keys []string) (map[string]T, error)
	// id gives a new record its id; nil takes any.
	id func(key string) string
	// purge: what is taken back goes for good, because the next import of the same row
	// wants its id again. Only for kinds that are in no index, of which no node need hear.
	purge bool
	// fill writes a row into a record, a stored one if there. It calls bad for what is wrong.
	fill func(ctx context.Context, doc *T, r sheets.Row, there bool, bad func(field, what, allowed string)) error
	// may says why a stored record is not changed by an import any more; nil allows all.
	may func(old *T) (field, what, allowed string)
	// own clears what an import does not decide, so that two records can be compared.
	own func(T) T
	// words are the users' words for the JSON fields that own leaves.
	words map[string]string
	name  func(*T) string
	// used says what has become of a record that keeps its import from being taken back.
	used func(ctx context.Context, doc *T) (string, error)
	// finish brings index and matches up to date after the records of these ids were
	// written or removed.
	finish func(ctx context.Context, ids []string) error
	// restore puts old in place of a record; nil for overwriting it.
	restore func(doc *T, old T)
	// shared: records that others add to. Taken back is only the import's part, by restore;
	// the record itself stays.
	shared bool

	touched []string        // ids written or removed
	seen    map[string]bool // keys of rows before
}

// entry is a change of one record: the record as it would be, and how to make it so from
// what is stored by then.
type entry[T any] struct {
	key   string
	doc   T
	apply func(ctx context.Context, doc *T, bad func(field, what, allowed string)) error
}

// The words of a row whose record is not what it was when the file was checked.
const (
	movedSince = "，这是检查之后别人改动的"
	goneSince  = "检查之后这条记录被删除了"
	checkAgain = "重新上传这一行，再检查一次"
)

func (t *recordTable[T]) take(ctx context.Context, rows []sheets.Row, bad badCell) ([]change, error) {
	keys := make([]string, len(rows))
	for i, r := range rows {
		var err error
		if keys[i], err = t.key(ctx, r, func(field, what, allowed string) { bad(i, field, what, allowed) }); err != nil {
			return nil, err
		}
	}
	known, err := t.find(ctx, slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "" }))
	if err != nil {
		return nil, err
	}
	var out []change
	for i, r := range rows {
		if keys[i] == "" {
			continue
		}
		old, there := known[keys[i]]
		doc, wrong := old, false
		say := func(field, what, allowed string) { wrong = true; bad(i, field, what, allowed) }
		if err := t.fill(ctx, &doc, r, there, say); err != nil {
			return nil, err
		}
		if wrong {
			continue
		}
		c := t.compare(keys[i], &old, &doc, there)
		if c.what == partnership.RowChanged && t.may != nil && there {
			if field, what, allowed := t.may(&old); what != "" {
				bad(i, field, what, allowed)
				continue
			}
		}
		c.row = i
		e := c.doc.(entry[T]) //nolint:forcetypeassert // made two lines above
		e.apply = func(ctx context.Context, doc *T, bad func(field, what, allowed string)) error {
			return t.fill(ctx, doc, r, true, bad)
		}
		c.doc, known[keys[i]] = e, e.doc
		out = append(out, c)
	}
	return out, nil
}

// compare says what a record that should be doc is, against the one stored.
func (t *recordTable[T]) compare(key string, old, doc *T, there bool) change {
	c := change{what: partnership.RowUnchanged, name: t.name(doc)}
	switch {
	case there && t.digest(old) != t.digest(doc):
		c.what, c.fields = partnership.RowChanged, t.differences(old, doc)
	case !there && t.seen[key]: // a row before brings the record; this one adds to it
		c.what = partnership.RowChanged
	case !there:
		c.what = partnership.RowNew
		if t.id != nil {
			t.rec(doc).ID = t.id(key)
		} else {
			t.rec(doc).ID = t.x.newID()
		}
	}
	t.seen[key] = true
	c.doc = entry[T]{key: key, doc: *doc}
	return c
}

func (t *recordTable[T]) lost(context.Context, sheets.Row) {}

func (t *recordTable[T]) rest(context.Context, func([]change) error) error { return nil }

// digest tells contents apart, as far as an import decides them.
func (t *recordTable[T]) digest(doc *T) string {
	sum := sha256.Sum256(t.content(doc))
	return hex.EncodeToString(sum[:12])
}

func (t *recordTable[T]) content(doc *T) []byte {
	own := t.own(*doc)
	*t.rec(&own) = partnership.Record{}
	body, err := json.Marshal(own)
	if err != nil {
		return nil // documents are plain data and always marshal
	}
	return body
}

// differences names the fields in which two records differ.
func (t *recordTable[T]) differences(old, now *T) []string {
	var a, b map[string]json.RawMessage
	if json.Unmarshal(t.content(old), &a) != nil || json.Unmarshal(t.content(now), &b) != nil {
		return nil
	}
	var out []string
	for field, words := range t.words {
		if string(a[field]) != string(b[field]) && !slices.Contains(out, words) {
			out = append(out, words)
		}
	}
	slices.Sort(out)
	return out
}

// write inserts new records at once and fills the others in one by one. What was there
// is written down first.
func (t *recordTable[T]) write(ctx context.Context, batch string, run []change, bad badCell) error {
	var fresh []T
	var undo []partnership.Undo
	for i := range run {
		if run[i].what != partnership.RowNew {
			continue
		}
		e := run[i].doc.(entry[T]) //nolint:forcetypeassert // our own
		id := t.rec(&e.doc).ID
		if t.shared {
			if there, err := t.find(ctx, []string{e.key}); err != nil {
				return err
			} else if _, ok := there[e.key]; ok { // others began the record meanwhile: the row adds to it
				run[i].what = partnership.RowChanged
				continue
			}
		}
		u := partnership.Undo{Import: batch, Doc: id, After: t.digest(&e.doc)}
		u.ID = batch + ":" + id
		fresh, undo, t.touched = append(fresh, e.doc), append(undo, u), append(t.touched, id)
	}
	if err := t.x.undos.InsertMany(ctx, undo); err != nil {
		return err
	}
	if err := t.coll.InsertMany(ctx, fresh); err != nil {
		return err
	}
	for i := range run {
		if run[i].what != partnership.RowChanged {
			continue
		}
		say := func(field, what, allowed string) { bad(run[i].row, field, what, allowed) }
		if err := t.change(ctx, batch, run[i].doc.(entry[T]), say); err != nil { //nolint:forcetypeassert // our own
			return err
		}
	}
	return nil
}

// errRowMoved ends the change of a record that a row does not fit any more.
var errRowMoved = errors.New("row does not fit any more")

// change makes a stored record what its entry says, or says why it cannot be so any more.
func (t *recordTable[T]) change(ctx context.Context, batch string, e entry[T], bad func(field, what, allowed string)) error {
	id := t.rec(&e.doc).ID
	if id == "" { // a row before in the same file brought it
		known, err := t.find(ctx, []string{e.key})
		if err != nil {
			return err
		}
		doc, ok := known[e.key]
		if !ok {
			return nil
		}
		id = t.rec(&doc).ID
	}
	t.touched = append(t.touched, id)
	var field, what, allowed string
	_, err := t.coll.Edit(ctx, id, func(doc *T) error {
		field, what, allowed = "", "", ""
		before, err := json.Marshal(doc)
		if err != nil {
			return fmt.Errorf("record %s: %w", id, err)
		}
		was := t.digest(doc)
		if err := e.apply(ctx, doc, func(f, w, a string) { field, what, allowed = f, w, a }); err != nil {
			return err
		}
		if what != "" {
			return errRowMoved
		}
		if after := t.digest(doc); after != was {
			return t.x.keepUndo(ctx, batch, id, string(before), after)
		}
		return nil
	})
	switch {
	case errors.Is(err, errRowMoved):
		bad(field, what+movedSince, allowed)
		return nil
	case errors.Is(err, partnership.ErrNotFound):
		bad("", goneSince, checkAgain)
		return nil
	}
	return err
}

// keepUndo writes down what a record was. A record that the same import touches twice
// keeps what it was at first.
func (x *Exchange) keepUndo(ctx context.Context, batch, id, before, after string) error {
	u := partnership.Undo{Import: batch, Doc: id, Before: before, After: after}
	u.ID = batch + ":" + id
	err := x.undos.Insert(ctx, &u)
	if errors.Is(err, partnership.ErrDuplicate) {
		_, err = x.undos.Edit(ctx, u.ID, func(u *partnership.Undo) error { u.After = after; return nil })
	}
	return err
}

func (t *recordTable[T]) done(ctx context.Context) error { return t.finish(ctx, t.touched) }

func (t *recordTable[T]) mayUndo(ctx context.Context, batch string) error {
	found := false
	for u, err := range t.x.undos.Find(ctx, store.Query{Where: store.Field("import").Eq(batch)}) {
		if err != nil {
			return err
		}
		found = true
		doc, err := t.coll.Get(ctx, u.Doc)
		if errors.Is(err, partnership.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		why := "后来又被改过"
		if t.digest(&doc) == u.After {
			if why = ""; u.Before == "" && t.used != nil {
				if why, err = t.used(ctx, &doc); err != nil {
					return err
				}
			}
		}
		if why != "" {
			return partnership.Refuse(partnership.ErrConflict, "“%s”%s，这一批不能整批撤销；请到它的页面上修改", t.name(&doc), why)
		}
	}
	if !found {
		return partnership.Refuse(partnership.ErrNotFound, "这一批没有可以撤销的记录")
	}
	return nil
}

func (t *recordTable[T]) undo(ctx context.Context, batch string) error {
	all, err := t.x.undos.All(ctx, store.Query{Where: store.Field("import").Eq(batch)})
	if err != nil {
		return err
	}
	for i := range all {
		u := &all[i]
		t.touched = append(t.touched, u.Doc)
		if err := t.back(ctx, u); err != nil {
			return fmt.Errorf("undo of %s: %w", u.Doc, err)
		}
	}
	if err := t.finish(ctx, t.touched); err != nil {
		return err
	}
	for i := range all {
		if err := t.x.undos.Purge(ctx, all[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// back takes one record back, unless somebody has worked on it since.
func (t *recordTable[T]) back(ctx context.Context, u *partnership.Undo) error {
	if u.Before == "" && !t.shared {
		remove := t.coll.Delete // so that other nodes hear of it
		if t.purge {
			remove = t.coll.Purge
		}
		err := remove(ctx, u.Doc)
		if errors.Is(err, partnership.ErrNotFound) {
			return nil
		}
		return err
	}
	_, err := t.coll.Edit(ctx, u.Doc, func(doc *T) error {
		if t.digest(doc) != u.After {
			return errMoved
		}
		now := *t.rec(doc)
		var old T
		if u.Before != "" {
			if err := json.Unmarshal([]byte(u.Before), &old); err != nil {
				return err
			}
		}
		if t.restore != nil {
			t.restore(doc, old)
			return nil
		}
		*doc = old
		*t.rec(doc) = now
		return nil
	})
	if errors.Is(err, partnership.ErrNotFound) {
		return nil
	}
	return movedIsFine(err)
}
