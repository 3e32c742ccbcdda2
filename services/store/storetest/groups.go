package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

func testGroups(k *kit) {
	docs := k.fixture(min(k.cfg.Docs, 300))
	r := rand.New(rand.NewPCG(3, 3))
	aggs := []store.Agg{store.Sum("slots"), store.Sum("score"), store.Min("slots"), store.Max("rank"), store.Max("site.point")}
	for _, by := range [][]string{nil, {"status"}, {"site.city", "open"}, {"note"}, {"rank", "title"}, {"codes.c1"}} {
		for range 3 {
			f := randomFilter(r, 1)
			got, err := k.offers.Group(k.ctx, f, by, aggs...)
			k.must(err)
			want := groupInGo(docs, f, by, aggs)
			if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
				k.Fatalf("group by %v where %s\n got %s\nwant %s", by, show(f), g, w)
			}
		}
	}
	rows, err := k.offers.Group(k.ctx, store.Field("status").Eq("none"), nil)
	k.must(err)
	if len(rows) != 0 {
		k.Errorf("groups of nothing: %v", rows)
	}
}

func groupInGo(docs []map[string]any, f store.Filter, by []string, aggs []store.Agg) []store.GroupRow {
	rows := map[string]*store.GroupRow{}
	seen := map[string][]bool{}
	for _, d := range docs {
		if !matches(f, d) {
			continue
		}
		key := make([]any, len(by))
		for i, path := range by {
			key[i] = valueAt(d, path)
		}
		name := fmt.Sprintf("%#v", key)
		row := rows[name]
		if row == nil {
			row = &store.GroupRow{By: key, Aggs: make([]float64, len(aggs))}
			rows[name], seen[name] = row, make([]bool, len(aggs))
		}
		row.Count++
		for i, a := range aggs {
			v := valueAt(d, a.Path)
			if v == nil {
				continue
			}
			n := number(v)
			switch {
			case a.Kind == store.AggSum:
				row.Aggs[i] += n
			case !seen[name][i]:
				row.Aggs[i] = n
			case a.Kind == store.AggMin:
				row.Aggs[i] = min(row.Aggs[i], n)
			default:
				row.Aggs[i] = max(row.Aggs[i], n)
			}
			seen[name][i] = true
		}
	}
	var out []store.GroupRow
	for _, row := range rows {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b store.GroupRow) int {
		return slices.CompareFunc(a.By, b.By, order)
	})
	return out
}

func testScan(k *kit) {
	k.fixture(min(k.cfg.Docs, 100))
	type narrow struct {
		ID   string `json:"_id"`
		Site struct {
			City string `json:"city"`
		} `json:"site"`
	}
	n := 0
	for o, err := range store.Scan[narrow](k.ctx, k.offers, store.Query{Where: store.Field("site.city").Eq("荣昌"), Sort: []store.Sort{store.Asc("slots")}}) {
		k.must(err)
		if o.ID == "" || o.Site.City != "荣昌" {
			k.Errorf("narrow: %+v", o)
		}
		// A scan may read and write on the way without waiting for itself.
		got, err := k.offers.Update(k.ctx, o.ID, store.Filter{}, store.Set("status", "seen"))
		k.must(err)
		if n++; got.Status != "seen" {
			k.Errorf("written within a scan: %+v", got)
		}
	}
	seen, err := k.offers.Count(k.ctx, store.Field("status").Eq("seen"))
	k.must(err)
	if n == 0 || int(seen) != n {
		k.Errorf("scanned %d, wrote %d", n, seen)
	}
	for range k.offers.Find(k.ctx, store.Query{}) {
		break // leaving early leaves nothing open
	}
	_, err = k.offers.First(k.ctx, store.Query{Where: store.Field("status").Eq("none")})
	k.want(err, partnership.ErrNotFound)
	first, err := k.offers.First(k.ctx, store.Query{Sort: []store.Sort{store.Desc("_id")}})
	k.must(err)
	if first.ID != id(min(k.cfg.Docs, 100)-1) {
		k.Errorf("first from the end is %s", first.ID)
	}
}

// offerV2 is the offer after its title was renamed.
type offerV2 struct {
	partnership.Record `json:",inline"`
	Name               string `json:"name"`
	Slots              int64  `json:"slots"`
}

func upcastOffer(_ int, doc []byte) ([]byte, error) {
	var m map[string]any
	if err := json.Unmarshal(doc, &m); err != nil {
		return nil, err
	}
	m["name"] = m["title"]
	return json.Marshal(m)
}

func testSchema(k *kit) {
	o := offer("a")
	o.Title = "车工"
	k.put(o)
	newer := store.New(k.b, k.now)
	v2 := store.Open[offerV2](newer, store.Spec{Name: "offer", Version: 2, Indexes: nil, Upcast: upcastOffer})
	got, err := v2.Get(k.ctx, "a")
	k.must(err)
	if got.Name != "车工" || got.Schema != 0 {
		k.Errorf("old document read as %+v", got)
	}
	k.must(v2.Replace(k.ctx, &got))
	if got.Schema != 2 {
		k.Errorf("written as version %d", got.Schema)
	}
	old, err := k.offers.Get(k.ctx, "a")
	k.must(err)
	if k.offers.Replace(k.ctx, &old) == nil {
		k.Error("an older program replaced a newer document and dropped what it does not know")
	}
	_, err = k.offers.Update(k.ctx, "a", store.Filter{}, store.Inc("slots", 1))
	k.must(err)
	got, err = v2.Get(k.ctx, "a")
	k.must(err)
	if got.Name != "车工" || got.Slots != 1 || got.Schema != 2 {
		k.Errorf("after an older program's update: %+v", got)
	}
}
