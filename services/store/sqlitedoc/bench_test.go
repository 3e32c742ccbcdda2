package sqlitedoc_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

var kilobyte = strings.Repeat("岗", 280)

// BenchmarkPlain is the yardstick: SQLite at one durable commit a write, one client.
func BenchmarkPlain(b *testing.B) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "plain.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE t(id TEXT PRIMARY KEY, doc TEXT); CREATE INDEX i ON t(json_extract(doc,'$.free'),json_extract(doc,'$.taken'))"); err != nil {
		b.Fatal(err)
	}
	put, err := db.Prepare("INSERT INTO t VALUES(?,?)")
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if _, err := put.Exec(fmt.Sprint("s", i), fmt.Sprintf(`{"free":%d,"taken":1,"text":%q}`, i, kilobyte)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInsert(b *testing.B) {
	for _, clients := range []int{1, 32, 128} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			c := slots(open(b, b.TempDir()))
			var n atomic.Int64
			b.SetParallelism((clients + 1) / 2) // times GOMAXPROCS, 2 here
			if clients == 1 {
				for i := 0; b.Loop(); i++ {
					put(b, c, int64(i))
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					put(b, c, n.Add(1))
				}
			})
		})
	}
}

func put(b *testing.B, c *store.Coll[slot], i int64) {
	s := slot{Record: partnership.Record{ID: fmt.Sprint("s", i)}, Free: i, Taken: 1, Text: kilobyte}
	if err := c.Insert(b.Context(), &s); err != nil {
		b.Error(err)
	}
}

// BenchmarkInsertMany: documents a batch of 10,000; an operation is one document.
func BenchmarkInsertMany(b *testing.B) {
	c := slots(open(b, b.TempDir()))
	for done := 0; done < b.N; {
		batch := make([]slot, min(10_000, b.N-done))
		for i := range batch {
			batch[i] = slot{Record: partnership.Record{ID: fmt.Sprintf("s%09d", done+i)}, Free: int64(i % 100), Text: kilobyte}
		}
		if err := c.InsertMany(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		done += len(batch)
	}
}

// large is 20,000 documents of about 1 KB.
func large(b *testing.B) *store.Coll[slot] {
	c := slots(open(b, b.TempDir()))
	batch := make([]slot, 20_000)
	for i := range batch {
		batch[i] = slot{Record: partnership.Record{ID: fmt.Sprintf("s%05d", i)}, Free: int64(i % 100), Taken: int64(i % 7), Text: kilobyte}
	}
	if err := c.InsertMany(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	return c
}

func BenchmarkRead(b *testing.B) {
	c := large(b)
	ctx := b.Context()
	check := func(b *testing.B, n int, err error) {
		if err != nil || n == 0 {
			b.Fatal(n, err)
		}
	}
	b.Run("get", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			s, err := c.Get(ctx, fmt.Sprintf("s%05d", i%20_000))
			check(b, len(s.ID), err)
		}
	})
	b.Run("page of 20 by index", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			q := store.Query{Where: store.Field("free").Eq(i % 100), Sort: []store.Sort{store.Desc("taken")}, Limit: 20}
			items, _, err := c.Page(ctx, q)
			check(b, len(items), err)
		}
	})
	b.Run("count 200 by index", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			n, err := c.Count(ctx, store.Field("free").Eq(i%100))
			check(b, int(n), err)
		}
	})
	b.Run("group 20000 covered", func(b *testing.B) {
		for b.Loop() {
			rows, err := c.Group(ctx, store.Filter{}, []string{"free"}, store.Sum("taken"))
			check(b, len(rows), err)
		}
	})
	b.Run("group 20000 not covered", func(b *testing.B) {
		for b.Loop() {
			rows, err := c.Group(ctx, store.Filter{}, []string{"_u"}, store.Sum("taken"))
			check(b, len(rows), err)
		}
	})
	type narrow struct {
		Free int64 `json:"free"`
	}
	b.Run("scan 20000 narrow", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for _, err := range store.Scan[narrow](ctx, c, store.Query{}) {
				n++
				if err != nil {
					b.Fatal(err)
				}
			}
			check(b, n, nil)
		}
	})
}
