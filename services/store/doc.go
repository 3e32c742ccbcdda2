// Package store keeps documents with revisions. It is the waist of the house:
// above it use cases speak of posts and placements, below it a [Backend] of
// eleven methods keeps JSON documents in SQLite (sqlitedoc, the embedded default)
// or in MongoDB (mongodoc). Both pass one conformance suite, storetest.
//
// # A collection
//
//	type Post struct {
//		partnership.Record `json:",inline"`
//		Status string `json:"status"`
//		Slots  int64  `json:"slots"`
//	}
//
//	posts := store.Open[Post](s, store.Spec{
//		Name:    "post",
//		Indexes: []store.Index{{Fields: []string{"status", "_c"}}},
//	})
//	page, next, err := posts.Page(ctx, store.Query{
//		Where: store.Field("status").Eq("open"),
//		Sort:  []store.Sort{store.Desc("_c")},
//		Limit: 20,
//	})
//
// # What is atomic
//
// One document. [Coll.Insert], [Coll.Replace] (compare and swap on _rev) and
// [Coll.Update] (a guard and a few operations) each happen wholly or not at all and
// are durable when they return. There are no transactions over several documents
// and no upserts: a rule over two documents gets a single-document form (a guarded
// Inc on the one that counts, a hold pushed into it, a key used as _id).
//
// # Rules that make both backends agree
//
//   - JSON decides: a document is what encoding/json makes of the Go value, less
//     members that are null. Both backends keep exactly that.
//   - Ne also matches a missing field; Not(f) matches whatever f does not match.
//   - Exists means present and not null. An empty Go slice or string without
//     omitempty is present.
//   - Strings compare by their bytes (pinyin order needs a stored sort key, folding
//     a stored folded key). Prefix is a range, never a regular expression.
//   - One type a field. Filters and operations are checked against the Go type: an
//     unknown path, a number compared with a text field or a path through an array
//     is an error, not an empty answer.
//   - Sort ends with _id in the direction of the last sort field, so an order is total.
//   - No dot or leading dollar sign in a key, no array directly inside an array.
//   - Time is int64 milliseconds (partnership.Stamp); money is int64 fen (分).
//
// # Errors
//
// The kinds of sunmao/services/partnership: ErrNotFound, ErrConflict, ErrDuplicate,
// ErrUnavailable, and Invalid for a bad page cursor. [ErrUnknown] (an ErrUnavailable)
// says that a reply was lost and that nobody can tell any more whether this write
// took place.
package store
