package search

import (
	"iter"
	"log/slog"
	"time"
)

// Document is one thing that can be found. ID is unique over all kinds.
type Document struct {
	ID    string
	Kind  string // "post", "company", ...: whatever the caller lists
	Title string // the name people call it by; always searchable in full, in part and by sound
	// Company is the name of the organisation behind it, searchable like a title but weaker.
	Company string
	// Text holds duties and description: it scores, and opens the gate only where titles show little.
	Text string
	// Tags are short phrases (skills, majors in words, occupation names), required words match them.
	Tags []string
	// Keys are exact values for filters and facets: region (with all ancestors), major, period ...
	Keys    map[string][]string
	Pay     int // yuan a month, 0 unknown
	Point   *Point
	Updated int64 // milliseconds since 1970
	Rev     int64 // revision of the document at its home, for reconciling
}

// Point is a place in degrees, in whatever datum the caller keeps to (the catalogue's is GCJ-02).
type Point struct{ Lng, Lat float64 }

// Near restricts to a circle around a point.
type Near struct {
	Point
	KM float64
}

// The orders a Query can ask for.
const (
	SortFit      = "fit"      // best match first; without words the newest first
	SortNewest   = "newest"   // last updated first
	SortPay      = "pay"      // best paid first, unknown pay last
	SortDistance = "distance" // nearest to Near first, unknown place last
)

// KindField is the name under which a document's Kind is filtered and counted.
const KindField = "kind"

// MaxWindow bounds Offset+Limit: deeper pages go through After.
const MaxWindow = 1000

// Query asks for documents. The zero Query lists everything, newest first.
type Query struct {
	Text    string              // as typed
	Kinds   []string            // any of these
	Filters map[string][]string // any value inside a field, every field
	PayMin  int                 // yuan a month; documents of unknown pay never pass
	PayMax  int
	Near    *Near // KM 0: no limit, only for SortDistance and Hit.Distance
	Sort    string
	Limit   int // 0: 20
	Offset  int
	After   string   // Result.Next of the page before; wins over Offset
	Facets  []string // fields to count; KindField and PayField among them
	Explain bool     // fill Hit.Why
	Plain   bool     // leave out the marks and the snippet of hits
	// Loosen lists the filter fields (KindField for Kinds) that Result.Nearest may do without. All others
	// hold for it as for the hits: a filter may be what keeps secrets.
	Loosen []string
	// Literal lists the chip keys (Chip.Key) that the user removed: these words are then searched as words.
	Literal []string
}

// Span marks matched characters [Start, End) counted in characters (runes), not bytes.
type Span struct{ Start, End int }

// Hit is one document found.
type Hit struct {
	ID           string
	Kind         string
	Title        string
	Company      string
	Score        float64 // 0 to 100, comparable within one answer only
	Why          []string
	TitleSpans   []Span // matched characters of Title
	Snippet      string // the part of the text around the first match, at most 80 characters
	SnippetSpans []Span
	Distance     float64 // km from Query.Near, -1 unknown
	Pay          int
	Updated      int64
}

// FacetCount is one value of a facet and how many documents carry it.
type FacetCount struct {
	Value string
	Count int
}

// Chip is a part of the typed text that was read as a fact (place, pay, kind, period) and can be removed.
type Chip struct {
	Key      string // stable name for Query.Literal
	Text     string // the words as typed
	Label    string // what they were read as, in Chinese
	Field    string
	Values   []string
	Min, Max int // of pay, yuan a month
}

// Result answers a Query.
type Result struct {
	Hits    []Hit
	Total   int
	Exact   int // how many of Total match every word as typed; the rest are looser, listed after them
	Whole   int // how many of Total have every word somewhere, as typed or in a likely spelling; the others are only near
	Facets  map[string][]FacetCount
	Chips   []Chip
	Next    string // After of the next page, empty on the last
	Nearest []Hit  // when nothing is found: up to three alternatives
	Relaxed bool   // some hits lack some of the words
	Sound   bool   // some hits were found by sound or likeness: probably a typing error
}

// Suggestion is one completion of what is being typed.
type Suggestion struct {
	Text  string
	Kind  string
	ID    string
	Count int // documents with this title
}

// Key is an exact value of a field.
type Key struct{ Field, Value string }

// Config is what the index needs to know of the world. All of it is optional.
type Config struct {
	// Synonyms are groups of phrases that mean the same; every phrase stands for every other.
	Synonyms [][]string
	// Aliases are one-way: who types the key also finds the values, not the other way round.
	Aliases map[string][]string
	// Words are the domain's words (names of occupations, majors, skills). They are part of the index
	// version: other words make another index.
	Words iter.Seq[string]
	// Mapping names the form of the documents that are put. It is part of the index version too.
	Mapping string
	// Places are spoken names of places and the values of field PlaceField they mean.
	Places map[string][]string
	// PlaceField is the key field of Places; "region" if empty.
	PlaceField string
	// Facts are phrases that mean an exact key: 订单班 -> {kind class}, 包住 -> {lodging yes}.
	Facts map[string]Key
	// PeriodField is the key field of months ("2026-06"); "period" if empty.
	PeriodField string
	// Checks is the relevance script that a rebuilt index must pass before it replaces another.
	Checks []Check
	Log    *slog.Logger
	Now    func() time.Time // for words like 6月; nil: such words stay words
}
