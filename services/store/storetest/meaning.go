package storetest

import (
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// testMeaning pins what each constructor means, with the answers written down: random
// filters only show that backend and evaluator read the same tree alike.
func testMeaning(k *kit) {
	one, two := int64(1), int64(2)
	when := time.Date(2026, 5, 4, 3, 2, 1, 0, partnership.Beijing)
	for _, o := range []Offer{
		{Title: "车工", Slots: 1, Rank: &one, Tags: []string{"夜班", "住宿"}, Open: true, At: partnership.At(when)},
		{Title: "车床", Slots: 2, Rank: &two, Tags: []string{"夜"}, Note: "急"},
		{Title: "", Slots: 3, Tags: []string{}, Site: Site{City: "荣昌"}},
		{Title: "焊工", Slots: 4, Score: 0.5, Codes: map[string]int64{"660301": 7}},
	} {
		o.ID = string(rune('a' + o.Slots - 1))
		k.put(o)
	}
	f := func(p string) store.Field { return store.Field(p) }
	for _, tc := range []struct {
		name  string
		where store.Filter
		want  string
	}{
		{"zero", store.Filter{}, "a b c d"},
		{"eq", f("title").Eq("车工"), "a"},
		{"eq empty", f("title").Eq(""), "c"},
		{"eq bool", f("open").Eq(false), "b c d"},
		{"eq a named type", f("at").Eq(partnership.At(when)), "a"},
		{"eq a time", f("at").Eq(when), "a"},
		{"eq does not match missing", f("rank").Eq(0), ""},
		{"ne matches missing", f("rank").Ne(1), "b c d"},
		{"ne a missing text", f("note").Ne("急"), "a c d"},
		{"lt does not match missing", f("rank").Lt(2), "a"},
		{"le", f("slots").Le(2), "a b"},
		{"gt", f("slots").Gt(2.5), "c d"},
		{"ge", f("score").Ge(0.5), "d"},
		{"in", f("slots").In(1, 4, 9), "a d"},
		{"in a slice", f("title").In([]string{"车工", "焊工"}), "a d"},
		{"in nothing", f("slots").In(), ""},
		{"in an empty slice", f("slots").In([]int{}), ""},
		{"not in matches missing", store.Not(f("rank").In(1)), "b c d"},
		{"has", f("tags").Has("夜"), "b"},
		{"has not", store.Not(f("tags").Has("夜班")), "b c d"},
		{"prefix", f("title").Prefix("车"), "a b"},
		{"prefix is exact", f("title").Prefix("车工"), "a"},
		{"prefix of all", f("title").Prefix(""), "a b c d"},
		{"prefix is no pattern", f("title").Prefix("%"), ""},
		{"exists", f("rank").Exists(), "a b"},
		{"an empty slice exists, none does not", f("tags").Exists(), "a b c"},
		{"exists not", store.Not(f("note").Exists()), "a c d"},
		{"nested", f("site.city").Eq("荣昌"), "c"},
		{"key of a map", f("codes.660301").Gt(6), "d"},
		{"and", store.And(f("slots").Ge(2), store.Filter{}, f("slots").Lt(4)), "b c"},
		{"and of nothing", store.And(), "a b c d"},
		{"or", store.Or(f("slots").Eq(1), f("slots").Eq(3)), "a c"},
		{"or of nothing", store.Or(), ""},
		{"or with all", store.Or(f("slots").Eq(1), store.Filter{}), "a b c d"},
		{"not all", store.Not(store.Filter{}), ""},
		{"not and", store.Not(store.And(f("rank").Ge(1), f("open").Eq(true))), "b c d"},
	} {
		got, err := k.offers.All(k.ctx, store.Query{Where: tc.where})
		k.must(err)
		ids := make([]string, len(got))
		for i, o := range got {
			ids[i] = o.ID
		}
		if joined(ids) != tc.want {
			k.Errorf("%s: got %q, want %q", tc.name, joined(ids), tc.want)
		}
	}
}
