package store

import (
	"context"
	"errors"
	"iter"

	"sunmao/services/partnership"
)

// Backend is all that a database has to do. Filters, operations and documents have
// been checked by then; a backend only renders them. Every method may be called
// from many goroutines.
type Backend interface {
	// Ensure makes the collection and its indexes; calling it again changes nothing.
	Ensure(ctx context.Context, spec Spec) error
	// Insert stores new documents. Those whose _id or unique key is taken are left out
	// and named by a *Taken error; the others are stored all the same.
	Insert(ctx context.Context, coll string, docs []Doc) error
	// Get returns the document, deleted or not, or partnership.ErrNotFound.
	Get(ctx context.Context, coll, id string) (Doc, error)
	// Replace stores doc in place of the one with its id and revision oldRev, or returns
	// partnership.ErrConflict if there is none, *Taken if a unique key is taken.
	Replace(ctx context.Context, coll string, doc Doc, oldRev int64) error
	// Update applies ops, one of which always raises _rev by one, to the document if it
	// meets the guard and returns it as it is afterwards; partnership.ErrConflict if no
	// document with this id meets the guard, *Taken if a unique key is taken.
	Update(ctx context.Context, coll, id string, guard Filter, ops []Op) (Doc, error)
	// Find yields the documents that match, in order; limit 0 is no limit. The loop
	// body may call the backend again.
	Find(ctx context.Context, coll string, where Filter, sort []Sort, limit int) iter.Seq2[Doc, error]
	// Count counts the documents that match.
	Count(ctx context.Context, coll string, where Filter) (int64, error)
	// Group groups the documents that match by the fields named; rows in any order.
	Group(ctx context.Context, coll string, where Filter, by []string, aggs []Agg) ([]GroupRow, error)
	// Changes returns documents written since the cursor ("" = since ever), each at
	// least once in its latest state, deleted ones too, and the cursor to go on from.
	Changes(ctx context.Context, coll, cursor string, limit int) ([]Doc, string, error)
	// Purge removes the document for good; none there is no error.
	Purge(ctx context.Context, coll, id string) error
	// Close lets go of everything; the backend cannot be used again.
	Close() error
}

// Doc is a document as a backend keeps it: its JSON, which also holds _id and _rev.
type Doc struct {
	ID   string
	Rev  int64
	JSON []byte
}

// Taken names the documents that were refused because their _id or a unique key
// belongs to another. It is an ErrDuplicate.
type Taken struct{ IDs []string }

func (t *Taken) Error() string {
	if len(t.IDs) == 1 {
		return "duplicate: " + t.IDs[0]
	}
	return "duplicate: " + t.IDs[0] + " and others"
}

// Unwrap returns partnership.ErrDuplicate.
func (t *Taken) Unwrap() error { return partnership.ErrDuplicate }

// ErrLost is what a backend wraps when a write was sent and its reply was lost: it may
// have happened. The store then looks for the write's id (_w) in the document.
var ErrLost = errors.New("reply lost")

// ErrUnknown says that a write may or may not have happened and that the document has
// been overwritten since, so nobody can tell. It is an ErrUnavailable.
var ErrUnknown = partnership.Refuse(partnership.ErrUnavailable,
	"数据库连接中断，无法确定这次操作是否已经保存。请刷新页面核对后再决定是否重做。")
