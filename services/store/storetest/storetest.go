// Package storetest is the one conformance suite of store backends. sqlitedoc and
// mongodoc run it in a few lines each; a backend is right when it passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Config says how to reach the backend and how much to do: a server over a wire gets
// smaller figures than an embedded file.
type Config struct {
	Open    func(testing.TB) store.Backend // an empty one; closed by the test's cleanup
	Docs    int                            // documents in the larger fixtures
	Filters int                            // random filters compared with the Go evaluator
	Writers int                            // concurrent writers
}

// Offer is the suite's document: each kind of field there is.
type Offer struct {
	partnership.Record `json:",inline"`
	Status             string            `json:"status"`
	Title              string            `json:"title"`
	Slots              int64             `json:"slots"`
	Score              float64           `json:"score"`
	Open               bool              `json:"open"`
	Note               string            `json:"note,omitempty"`
	Rank               *int64            `json:"rank"`
	Tags               []string          `json:"tags"`
	Site               Site              `json:"site"`
	Lines              []Line            `json:"lines,omitempty"`
	Codes              map[string]int64  `json:"codes,omitempty"`
	At                 partnership.Stamp `json:"at"`
	Key                string            `json:"key"`
}

// Site is a nested object.
type Site struct {
	City  string  `json:"city"`
	Point float64 `json:"point,omitempty"`
}

// Line is an element of an array of objects.
type Line struct {
	Code string `json:"code"`
	N    int64  `json:"n"`
}

// kit is a store and its offers for one test.
type kit struct {
	*testing.T
	ctx    context.Context
	cfg    Config
	b      store.Backend
	s      *store.Store
	offers *store.Coll[Offer]
	clock  *atomic.Int64 // ms; grows by one each time it is read
}

var offerSpec = store.Spec{
	Name: "offer",
	Indexes: []store.Index{
		{Fields: []string{"status", "at"}},
		{Fields: []string{"site.city", "slots", "score"}},
		{Fields: []string{"key"}, Unique: true},
	},
}

func newKit(t *testing.T, cfg Config) *kit {
	k := &kit{T: t, ctx: t.Context(), cfg: cfg, clock: new(atomic.Int64)}
	k.clock.Store(time.Date(2026, 3, 1, 8, 0, 0, 0, partnership.Beijing).UnixMilli())
	k.b = cfg.Open(t)
	k.s = store.New(k.b, k.now)
	k.offers = store.Open[Offer](k.s, offerSpec)
	if err := k.s.Ensure(k.ctx); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kit) now() time.Time { return time.UnixMilli(k.clock.Add(1)) }

func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

func (k *kit) want(err, kind error) {
	k.Helper()
	if !errors.Is(err, kind) {
		k.Fatalf("error is %v, want %v", err, kind)
	}
}

// put inserts an offer with this id; its unique key is its id.
func (k *kit) put(o Offer) Offer {
	k.Helper()
	if o.Key == "" {
		o.Key = o.ID
	}
	k.must(k.offers.Insert(k.ctx, &o))
	return o
}

func offer(id string) Offer {
	return Offer{Record: partnership.Record{ID: id}, Key: id}
}

// Run runs the whole suite.
func Run(t *testing.T, cfg Config) {
	for _, c := range []struct {
		name string
		run  func(*kit)
	}{
		{"Documents", testDocuments},
		{"Duplicates", testDuplicates},
		{"Operations", testOperations},
		{"Mistakes", testMistakes},
		{"Deleted", testDeleted},
		{"InsertMany", testInsertMany},
		{"Meaning", testMeaning},
		{"Filters", testFilters},
		{"Pages", testPages},
		{"Groups", testGroups},
		{"Scan", testScan},
		{"Feed", testFeed},
		{"Leases", testLeases},
		{"BoundedCounter", testBoundedCounter},
		{"Contention", testContention},
		{"OwnCounts", testOwnCounts},
		{"Schema", testSchema},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(newKit(t, cfg)) })
	}
}

func id(i int) string { return fmt.Sprintf("o%05d", i) }

func joined(ids []string) string { return strings.Join(ids, " ") }

// Database appends n to the database that a MongoDB URI names.
func Database(uri string, n int) string {
	base, query, asked := strings.Cut(uri, "?")
	base = fmt.Sprintf("%s%d", strings.TrimSuffix(base, "/"), n)
	if asked {
		base += "?" + query
	}
	return base
}
