package storetest

import (
	"errors"
	"math"
	"reflect"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// full is an offer with every field set and text that has tripped databases before.
func full() Offer {
	o := offer("岗位-1/ü 'x' \"y\"")
	rank := int64(-7)
	o.Status, o.Title = "open", "数控车工 <a&b> \\ \t\n\u0001\u2028 😀 $where {$ne:1} '; DROP TABLE c_offer;--"
	o.Slots, o.Score, o.Open, o.Note, o.Rank = math.MaxInt64, 0.1, true, "夜班", &rank
	o.Tags, o.Site = []string{"车工", "", "a.b"}, Site{"荣昌", -29.4}
	o.Lines = []Line{{"6-18-01-01", 3}, {"", 0}}
	o.Codes = map[string]int64{"660301": 1}
	o.At = 1_772_000_000_123
	return o
}

func testDocuments(k *kit) {
	o := k.put(full())
	if o.Rev != 1 || o.Created == 0 || o.Created != o.Updated || o.Write == "" {
		k.Errorf("stamps of a new document: %+v", o.Record)
	}
	got, err := k.offers.Get(k.ctx, o.ID)
	k.must(err)
	if !reflect.DeepEqual(got, o) {
		k.Errorf("read\n %+v, wrote\n %+v", got, o)
	}
	auto := Offer{Key: "auto"}
	k.must(k.offers.Insert(k.ctx, &auto))
	if len(auto.ID) != 26 {
		k.Errorf("id filled in is %q", auto.ID)
	}

	stale := got
	got.Title, got.Tags, got.Rank = "钳工", nil, nil
	k.must(k.offers.Replace(k.ctx, &got))
	if got.Rev != 2 || got.Updated <= got.Created {
		k.Errorf("stamps after a replace: %+v", got.Record)
	}
	again, err := k.offers.Get(k.ctx, o.ID)
	k.must(err)
	if !reflect.DeepEqual(got, again) {
		k.Errorf("read\n %+v, replaced by\n %+v", again, got)
	}
	k.want(k.offers.Replace(k.ctx, &stale), partnership.ErrConflict)
	if stale.Rev != 1 {
		k.Errorf("a refused replace changed the revision to %d", stale.Rev)
	}
	none := offer("none")
	none.Rev = 1
	k.want(k.offers.Replace(k.ctx, &none), partnership.ErrConflict)
	_, err = k.offers.Get(k.ctx, "none")
	k.want(err, partnership.ErrNotFound)
	_, err = k.offers.Get(k.ctx, "")
	k.want(err, partnership.ErrNotFound)

	_, err = k.offers.Edit(k.ctx, "none", func(*Offer) error { return nil })
	k.want(err, partnership.ErrNotFound)
	stop := errors.New("stop")
	_, err = k.offers.Edit(k.ctx, o.ID, func(o *Offer) error { o.Title = "x"; return stop })
	k.want(err, stop)
	edited, err := k.offers.Edit(k.ctx, o.ID, func(o *Offer) error { o.Slots = 9; return nil })
	k.must(err)
	if edited.Slots != 9 || edited.Rev != 3 || edited.Title != "钳工" {
		k.Errorf("edited: %+v", edited)
	}
}

func testDuplicates(k *kit) {
	a, b := k.put(offer("a")), k.put(offer("b"))
	again := offer("a")
	k.want(k.offers.Insert(k.ctx, &again), partnership.ErrDuplicate)
	if again.Rev != 0 {
		k.Errorf("a refused insert stamped revision %d", again.Rev)
	}
	c := offer("c")
	c.Key = "a"
	k.want(k.offers.Insert(k.ctx, &c), partnership.ErrDuplicate)
	b.Key = "a"
	k.want(k.offers.Replace(k.ctx, &b), partnership.ErrDuplicate)
	_, err := k.offers.Update(k.ctx, "b", store.Filter{}, store.Set("key", "a"))
	k.want(err, partnership.ErrDuplicate)
	k.must(k.offers.Delete(k.ctx, "a"))
	k.want(k.offers.Insert(k.ctx, &c), partnership.ErrDuplicate) // a deleted one keeps its keys
	k.must(k.offers.Purge(k.ctx, a.ID))
	k.must(k.offers.Insert(k.ctx, &c))
}

func testOperations(k *kit) {
	o := offer("a")
	o.Slots = 2
	k.put(o)
	got, err := k.offers.Update(k.ctx, "a", store.Field("slots").Gt(1),
		store.Inc("slots", -1), store.Inc("rank", 5), store.Set("site.city", "昌元"), store.Set("title", "\"'\\ 焊工"),
		store.Push("tags", "夜班"), store.Push("lines", Line{"x", 4}), store.Set("codes", map[string]int64{"660301": 2}),
		store.Set("open", true), store.Set("score", 1.5), store.Unset("note"))
	k.must(err)
	five := int64(5)
	want := got
	want.Slots, want.Rank, want.Site.City, want.Title = 1, &five, "昌元", "\"'\\ 焊工"
	want.Tags, want.Lines, want.Codes = []string{"夜班"}, []Line{{"x", 4}}, map[string]int64{"660301": 2}
	want.Open, want.Score, want.Note = true, 1.5, ""
	if !reflect.DeepEqual(got, want) || got.Rev != 2 || got.Updated <= got.Created {
		k.Errorf("after image\n %+v, want\n %+v", got, want)
	}
	stored, err := k.offers.Get(k.ctx, "a")
	k.must(err)
	if !reflect.DeepEqual(got, stored) {
		k.Errorf("after image\n %+v, stored\n %+v", got, stored)
	}
	_, err = k.offers.Update(k.ctx, "a", store.Field("slots").Gt(1), store.Inc("slots", -1))
	k.want(err, partnership.ErrConflict)
	_, err = k.offers.Update(k.ctx, "none", store.Filter{}, store.Inc("slots", 1))
	k.want(err, partnership.ErrNotFound)

	got, err = k.offers.Update(k.ctx, "a", store.Not(store.Field("tags").Has("早班")),
		store.Push("tags", "早班"), store.Inc("codes.660301", 1), store.Inc("codes.710201", 1), store.Set("rank", nil))
	k.must(err)
	if !slices.Equal(got.Tags, []string{"夜班", "早班"}) || got.Rank != nil || got.Codes["660301"] != 3 || got.Codes["710201"] != 1 {
		k.Errorf("second update: %+v", got)
	}
	_, err = k.offers.Update(k.ctx, "a", store.Not(store.Field("tags").Has("早班")), store.Push("tags", "早班"))
	k.want(err, partnership.ErrConflict)
	got, err = k.offers.Update(k.ctx, "a", store.Filter{}, store.Inc("slots", math.MaxInt64-1))
	k.must(err)
	if got.Slots != math.MaxInt64 {
		k.Errorf("slots %d, want the greatest int64", got.Slots)
	}
}

// testMistakes: what the Go type shows to be wrong is an error on every backend alike.
func testMistakes(k *kit) {
	k.put(offer("a"))
	f := func(p string) store.Field { return store.Field(p) }
	for name, where := range map[string]store.Filter{
		"unknown field":      f("stat").Eq("x"),
		"number for text":    f("status").Eq(1),
		"text for number":    f("slots").Gt("1"),
		"bool for number":    f("slots").Eq(true),
		"array compared":     f("tags").Eq("x"),
		"has on text":        f("status").Has("x"),
		"through an array":   f("lines.code").Eq("x"),
		"injected path":      f("status') OR 1=1 --").Eq("x"),
		"operator for value": f("status").Eq(map[string]any{"$ne": ""}),
		"nil":                f("status").Eq(nil),
		"not UTF-8":          f("status").Eq("\xff"),
		"nested":             store.Or(f("status").Eq("x"), store.Not(f("$where").Exists())),
		"NaN":                f("score").Lt(math.NaN()),
	} {
		if _, err := k.offers.Count(k.ctx, where); err == nil {
			k.Errorf("%s: no error from Count", name)
		}
		if _, err := k.offers.Update(k.ctx, "a", where, store.Inc("slots", 1)); err == nil || errors.Is(err, partnership.ErrConflict) {
			k.Errorf("%s: Update says %v", name, err)
		}
	}
	for name, ops := range map[string][]store.Op{
		"the store's field":  {store.Set("_rev", 1)},
		"one field twice":    {store.Set("slots", 1), store.Inc("slots", 1)},
		"a field and inside": {store.Set("site", Site{}), store.Set("site.city", "x")},
		"inc of text":        {store.Inc("status", 1)},
		"push to text":       {store.Push("status", "x")},
		"unknown field":      {store.Set("stat", 1)},
		"key with a dot":     {store.Set("codes", map[string]int64{"a.b": 1})},
	} {
		if _, err := k.offers.Update(k.ctx, "a", store.Filter{}, ops...); err == nil {
			k.Errorf("%s: no error", name)
		}
	}
	for name, codes := range map[string]map[string]int64{"dot": {"a.b": 1}, "dollar": {"$set": 1}, "empty": {"": 1}} {
		o := offer("b")
		o.Codes = codes
		if err := k.offers.Insert(k.ctx, &o); err == nil {
			k.Errorf("key with %s: no error", name)
		}
	}
	for name, q := range map[string]store.Query{
		"sort by an array": {Sort: []store.Sort{store.Asc("tags")}},
		"sort twice":       {Sort: []store.Sort{store.Asc("slots"), store.Desc("slots")}},
		"sort unknown":     {Sort: []store.Sort{store.Asc("x")}},
	} {
		if _, err := k.offers.All(k.ctx, q); err == nil {
			k.Errorf("%s: no error", name)
		}
	}
	got, err := k.offers.Get(k.ctx, "a")
	k.must(err)
	if got.Rev != 1 {
		k.Errorf("a mistake was written: %+v", got)
	}
}

func testDeleted(k *kit) {
	k.put(offer("a"))
	k.put(offer("b"))
	k.must(k.offers.Delete(k.ctx, "a"))
	k.want(k.offers.Delete(k.ctx, "a"), partnership.ErrNotFound)
	_, err := k.offers.Get(k.ctx, "a")
	k.want(err, partnership.ErrNotFound)
	_, err = k.offers.Update(k.ctx, "a", store.Filter{}, store.Inc("slots", 1))
	k.want(err, partnership.ErrNotFound)
	n, err := k.offers.Count(k.ctx, store.Filter{})
	k.must(err)
	groups, err := k.offers.Group(k.ctx, store.Filter{}, []string{"status"})
	k.must(err)
	alive, err := k.offers.All(k.ctx, store.Query{})
	k.must(err)
	all, err := k.offers.All(k.ctx, store.Query{WithDeleted: true})
	k.must(err)
	if n != 1 || len(groups) != 1 || groups[0].Count != 1 || len(alive) != 1 || len(all) != 2 {
		k.Errorf("count %d, groups %v, alive %d, with deleted %d", n, groups, len(alive), len(all))
	}
	if all[0].Deleted == 0 || all[0].Rev != 2 {
		k.Errorf("deleted: %+v", all[0].Record)
	}
	k.must(k.offers.Purge(k.ctx, "a"))
	k.must(k.offers.Purge(k.ctx, "a"))
	k.put(offer("a"))
}

func testInsertMany(k *kit) {
	batch := func(n int) []Offer {
		os := make([]Offer, n)
		for i := range os {
			os[i] = offer(id(i))
			os[i].Slots = int64(i)
		}
		return os
	}
	n := k.cfg.Docs
	k.must(k.offers.InsertMany(k.ctx, batch(n/2))) // as if it had stopped half-way
	_, err := k.offers.Update(k.ctx, id(1), store.Filter{}, store.Inc("slots", 100))
	k.must(err)
	k.must(k.offers.Delete(k.ctx, id(2)))
	again := batch(n)
	k.must(k.offers.InsertMany(k.ctx, again))
	count, err := k.offers.Count(k.ctx, store.Filter{})
	k.must(err)
	if count != int64(n-1) {
		k.Errorf("%d documents, want %d", count, n-1)
	}
	changed, err := k.offers.Get(k.ctx, id(1))
	k.must(err)
	if changed.Slots != 101 || changed.Rev != 2 || again[1].Rev != 2 || again[n-1].Rev != 1 {
		k.Errorf("a repeated batch wrote over a change: %+v", changed)
	}
	other := batch(n)
	other[3].Title = "另一份"
	other[n-1].ID, other[n-1].Key = "fresh", id(0)
	err = k.offers.InsertMany(k.ctx, other)
	k.want(err, partnership.ErrDuplicate)
	var taken *store.Taken
	if !errors.As(err, &taken) || joined(taken.IDs) != id(3)+" fresh" {
		k.Errorf("taken: %v", err)
	}
	k.want(k.offers.InsertMany(k.ctx, []Offer{offer("x"), offer("x")}), partnership.ErrDuplicate)
	if k.offers.InsertMany(k.ctx, []Offer{{}}) == nil {
		k.Error("a batch without ids was taken")
	}
	k.must(k.offers.InsertMany(k.ctx, nil))
}
