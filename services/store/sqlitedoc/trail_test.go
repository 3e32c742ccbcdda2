package sqlitedoc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
)

// offer is a document with a state, watched by the trail.
type offer struct {
	partnership.Record `json:",inline"`
	State              string `json:"state"`
	Title              string `json:"title"`
}

// trailHouse is a store with a trail over a real database.
type trailHouse struct {
	b      *sqlitedoc.Backend
	s      *store.Store
	trail  *store.Trail
	offers *store.Coll[offer]
}

func openTrail(t *testing.T, b *sqlitedoc.Backend) trailHouse {
	t.Helper()
	if b == nil {
		var err error
		if b, err = sqlitedoc.Open(t.Context(), t.TempDir(), sqlitedoc.Options{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
	}
	h := trailHouse{b: b, s: store.New(b, time.Now)}
	var err error
	if h.trail, err = h.s.KeepTrail(bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	h.offers = store.Open[offer](h.s, store.Spec{Name: "offers", Trail: true})
	return h
}

func (h trailHouse) entries(t *testing.T) []partnership.TrailEntry {
	t.Helper()
	var all []partnership.TrailEntry
	for e, err := range h.trail.All(t.Context(), store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// Each kind of write leaves one entry: who, what, which document, from which state to which.
func TestTrail_TellsWrites(t *testing.T) {
	h := openTrail(t, nil)
	by := partnership.Actor{Account: "wang", Role: partnership.RoleSchool, Party: "school-a", Region: "500153"}
	ctx := by.In(t.Context())
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	o := offer{Record: partnership.Record{ID: "o1"}, State: "draft", Title: "张三 13800000000"}
	fail(h.offers.Insert(ctx, &o))
	_, err := h.offers.Edit(ctx, "o1", func(o *offer) error { o.State = "open"; return nil })
	fail(err)
	_, err = h.offers.Edit(store.Doing(ctx, "approve"), "o1", func(o *offer) error { o.State = "full"; return nil })
	fail(err)
	_, err = h.offers.Edit(store.Derived(ctx), "o1", func(o *offer) error { o.Title = "y"; return nil }) // leaves none
	fail(err)
	_, err = h.offers.Edit(store.Derived(ctx), "o1", func(o *offer) error { o.State = "closed"; return nil })
	fail(err)
	_, err = h.offers.Update(ctx, "o1", store.Filter{}, store.Set("title", "z"))
	fail(err)
	fail(h.offers.InsertMany(ctx, []offer{{Record: partnership.Record{ID: "m1"}}, {Record: partnership.Record{ID: "m2"}}}))
	fail(h.offers.Delete(ctx, "m1"))
	fail(h.offers.Purge(ctx, "m1"))
	fail(h.s.Note(context.Background(), partnership.TrailEntry{Act: "export", What: "posts", Count: 3}))
	if _, err := h.offers.Edit(ctx, "o1", func(*offer) error { return errors.New("no") }); err == nil {
		t.Fatal("edit")
	}
	var got []string
	for _, e := range h.entries(t) {
		got = append(got, fmt.Sprint(e.Account, " ", e.Act, " ", e.What, " ", e.Object, " ", e.From, ">", e.To, " ", e.Count))
		if strings.Contains(fmt.Sprint(e), "张三") {
			t.Error("the trail holds what the document says")
		}
	}
	want := []string{"wang create offers o1 >draft 0", "wang change offers o1 draft>open 0", "wang approve offers o1 open>full 0", "wang change offers o1 full>closed 0",
		"wang change offers o1 closed>closed 0", "wang create offers  > 2", "wang delete offers m1 > 0", "wang purge offers m1 > 0", " export posts  > 3"}
	if !slices.Equal(got, want) {
		t.Errorf("trail:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if head, err := h.trail.Check(t.Context()); err != nil || head.Seq != int64(len(want)) {
		t.Errorf("Check = %v, %v", head, err)
	}
}

// Several nodes write one chain at once: it holds, and every write has its entry.
func TestTrail_SeveralNodes(t *testing.T) {
	first := openTrail(t, nil)
	nodes := []trailHouse{first, openTrail(t, first.b), openTrail(t, first.b)}
	var wg sync.WaitGroup
	const each = 40
	for n, h := range nodes {
		for i := range each {
			wg.Go(func() {
				o := offer{Record: partnership.Record{ID: fmt.Sprintf("n%d-%d", n, i)}}
				if err := h.offers.Insert(t.Context(), &o); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	all := first.entries(t)
	seen := map[string]bool{}
	for _, e := range all {
		seen[e.Object] = true
	}
	if len(all) != each*len(nodes) || len(seen) != len(all) {
		t.Errorf("%d entries of %d documents, want %d", len(all), len(seen), each*len(nodes))
	}
	if _, err := first.trail.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Whoever goes away in the middle of a write does not keep its entry from the trail.
func TestTrail_CallerGone(t *testing.T) {
	h := openTrail(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	o := offer{Record: partnership.Record{ID: "o1"}}
	if err := h.offers.Insert(ctx, &o); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := h.s.Note(ctx, partnership.TrailEntry{Act: "export"}); err != nil {
		t.Error(err)
	}
	if n := len(h.entries(t)); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}

// A thousand changes to the stored trail, each found with the first number that is wrong:
// one field changed, an entry taken out, two swapped, one put in, the end cut off.
func TestTrail_FindsEveryChange(t *testing.T) {
	h := openTrail(t, nil)
	for i := range 60 {
		o := offer{Record: partnership.Record{ID: fmt.Sprint("o", i)}, State: "draft"}
		if err := h.offers.Insert(partnership.Actor{Account: fmt.Sprint("a", i%5), Role: partnership.RoleSchool, Party: "p", Region: "500153"}.In(t.Context()), &o); err != nil {
			t.Fatal(err)
		}
	}
	whole := h.entries(t)
	head := store.Head{Seq: 60, Hash: whole[59].Hash}
	if _, err := h.trail.CheckEntries(whole, head); err != nil {
		t.Fatalf("the chain as it is: %v", err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	changes := []func(e *partnership.TrailEntry){
		func(e *partnership.TrailEntry) { e.Account += "x" }, func(e *partnership.TrailEntry) { e.Act = "nothing" }, func(e *partnership.TrailEntry) { e.At++ },
		func(e *partnership.TrailEntry) { e.Object = "other" }, func(e *partnership.TrailEntry) { e.To = "open" }, func(e *partnership.TrailEntry) { e.Count++ },
		func(e *partnership.TrailEntry) { e.Party, e.Region = e.Party+e.Region[:1], e.Region[1:] }, // the same letters, cut elsewhere
		func(e *partnership.TrailEntry) { e.Hash = strings.Repeat("0", 64) }, func(e *partnership.TrailEntry) { e.Prev = strings.Repeat("0", 64) }, func(e *partnership.TrailEntry) { e.Deleted = 1 },
		func(e *partnership.TrailEntry) { e.Role = partnership.RoleDistrict }, func(e *partnership.TrailEntry) { e.What = "posts" }, func(e *partnership.TrailEntry) { e.From = "x" },
	}
	for n := range 1000 {
		forged := slices.Clone(whole)
		at := rng.IntN(len(forged))
		var kind string
		switch n % 5 {
		case 0, 1:
			kind = "changed"
			changes[rng.IntN(len(changes))](&forged[at])
		case 2:
			kind = "taken out"
			forged = slices.Delete(forged, at, at+1)
		case 3:
			kind = "swapped"
			at = rng.IntN(len(forged) - 1)
			forged[at], forged[at+1] = forged[at+1], forged[at]
			forged[at].Seq, forged[at+1].Seq = forged[at+1].Seq, forged[at].Seq
			forged[at].ID, forged[at+1].ID = forged[at+1].ID, forged[at].ID
		case 4:
			kind = "cut off"
			forged = forged[:at]
		}
		_, err := h.trail.CheckEntries(forged, head)
		var broken *store.Broken
		if !errors.As(err, &broken) || broken.Seq != int64(at+1) {
			t.Fatalf("%s at %d: %v, want it found there", kind, at+1, err)
		}
	}
}

// Without the key nobody can mend the chain behind a change: another key's chain is broken
// from its first entry.
func TestTrail_IsKeyed(t *testing.T) {
	h := openTrail(t, nil)
	o := offer{Record: partnership.Record{ID: "o1"}}
	if err := h.offers.Insert(t.Context(), &o); err != nil {
		t.Fatal(err)
	}
	other := store.New(h.b, time.Now)
	trail, err := other.KeepTrail(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	var broken *store.Broken
	if _, err := trail.Check(t.Context()); !errors.As(err, &broken) || broken.Seq != 1 {
		t.Errorf("Check with another key = %v, want broken at 1", err)
	}
}

func BenchmarkTrail(b *testing.B) {
	for name, watched := range map[string]bool{"with": true, "without": false} {
		b.Run(name, func(b *testing.B) {
			db, err := sqlitedoc.Open(b.Context(), b.TempDir(), sqlitedoc.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			s := store.New(db, time.Now)
			if _, err := s.KeepTrail(bytes.Repeat([]byte{7}, 32)); err != nil {
				b.Fatal(err)
			}
			offers := store.Open[offer](s, store.Spec{Name: "offers", Trail: watched})
			for i := 0; b.Loop(); i++ {
				o := offer{Record: partnership.Record{ID: fmt.Sprint(i)}}
				if err := offers.Insert(b.Context(), &o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
