package sqlitedoc

import (
	"strings"
	"testing"

	"sunmao/services/store"
)

// TestPlan: lists, pages, counts and groups are answered from declared indexes, without
// sorting or scanning.
func TestPlan(t *testing.T) {
	b, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	err = b.Ensure(t.Context(), store.Spec{Name: "x", Indexes: []store.Index{
		{Fields: []string{"_d", "status", "at", "_id"}},
		{Fields: []string{"_d", "city", "slots", "_id"}},
		{Fields: []string{"key"}, Unique: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	f := func(p string) store.Field { return store.Field(p) }
	alive := f("_d").Eq(0)
	open := store.And(alive, f("status").Eq("open"))
	byDate := []store.Sort{store.Desc("at"), store.Desc("_id")}
	beyond := store.And(f("at").Le(9), store.Or(f("at").Lt(9), store.And(f("at").Eq(9), f("_id").Lt("i"))))
	list := func(where store.Filter, sort ...store.Sort) *query {
		q := &query{}
		q.WriteString("SELECT id,rev,crc,doc FROM c_x WHERE ")
		q.where(where)
		q.order(sort)
		return q
	}
	count := &query{}
	count.WriteString("SELECT count(*) FROM c_x WHERE ")
	count.where(store.And(open, f("at").Ge(3)))
	group := &query{}
	group.WriteString("SELECT count(*),sum(" + column("slots") + ")," + column("city") + " FROM c_x WHERE ")
	group.where(alive)
	group.WriteString(" GROUP BY " + column("city"))
	for _, tc := range []struct {
		name      string
		q         *query
		want, not string
	}{
		{"list", list(open, byDate...), "USING INDEX i_x___d_status_at__id", "TEMP B-TREE"},
		{"next page", list(store.And(open, beyond), byDate...), "USING INDEX i_x___d_status_at__id", "TEMP B-TREE"},
		{"prefix", list(store.And(alive, f("city").Prefix("荣"))), "USING INDEX i_x___d_city_slots__id", "SCAN"},
		{"some states", list(store.And(alive, f("status").In("a", "b"))), "USING INDEX i_x___d_status_at__id", "SCAN"},
		{"many states", list(store.And(alive, f("status").In(make([]int, 99)))), "USING INDEX i_x___d_status_at__id", "SCAN c_x"},
		{"unique key", list(f("key").Eq("k")), "USING INDEX i_x_unique_key", "SCAN"},
		{"ids", list(store.And(alive, f("_id").In("a", "b"))), "(id=?)", "SCAN"},
		{"many ids", list(store.And(alive, store.And(f("city").Eq("荣昌"), f("_id").In(make([]string, 99))))), "(id=?)", "SCAN c_x"},
		{"a few ids in order", list(store.And(store.And(f("_id").In("a", "b", "c"), f("status").In("a", "b", "c")), alive), byDate...), "(id=?)", "SCAN c_x"},
		{"count", count, "COVERING INDEX i_x___d_status_at__id", "SCAN"},
		// Not called covering, yet the sums are read from the index: BenchmarkRead shows it.
		{"group", group, "USING INDEX i_x___d_city_slots__id", "TEMP B-TREE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rows, err := b.reads.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+tc.q.String(), tc.q.args...)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			var plan []string
			for rows.Next() {
				var id, parent, rest int
				var detail string
				if err := rows.Scan(&id, &parent, &rest, &detail); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, detail)
			}
			if got := strings.Join(plan, "; "); !strings.Contains(got, tc.want) || strings.Contains(got, tc.not) {
				t.Errorf("%s\nplan %s\nwant %q, not %q", tc.q.String(), got, tc.want, tc.not)
			}
		})
	}
}
