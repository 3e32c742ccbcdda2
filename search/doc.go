// Package search is the Chinese full text of the platform (全文检索): put, find, suggest, rebuild.
//
// It knows text and fields, not posts: a caller hands in Documents with a kind, a title, a text and
// exact keys, and asks with a Query. What is found is decided by a gate (filters and required words),
// the order by a score; the description scores, but opens the gate only where titles, names and tags
// have little to show.
//
// The index is bleve's scorch (segments of bitmaps on disk, mapped into memory), written and read at
// segment level: see docs/decisions/0003-analyser.md. It is derived data: whatever goes wrong with it,
// it is rebuilt from the documents' home by Rebuild.
package search
