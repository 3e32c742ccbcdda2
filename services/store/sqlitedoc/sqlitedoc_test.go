package sqlitedoc_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"sunmao/services/store"
	"sunmao/services/store/sqlitedoc"
	"sunmao/services/store/storetest"
)

func open(t testing.TB, dir string) *sqlitedoc.Backend {
	t.Helper()
	b, err := sqlitedoc.Open(t.Context(), dir, sqlitedoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Config{
		Open:    func(t testing.TB) store.Backend { return open(t, t.TempDir()) },
		Docs:    700,
		Filters: 250,
		Writers: 12,
	})
}

// lossy is a backend over a bad line: a write's reply is lost, mostly after the write took
// place, sometimes before it reached the database.
type lossy struct {
	store.Backend
	mu   sync.Mutex
	dice *rand.Rand
	on   bool
	lost int64
}

func (l *lossy) write(do func() error) error {
	l.mu.Lock()
	roll := l.dice.Float64()
	lose := l.on && roll < 0.08
	if lose {
		l.lost++
	}
	l.mu.Unlock()
	if lose && roll < 0.02 {
		return store.ErrLost
	}
	if err := do(); err != nil || !lose {
		return err
	}
	return store.ErrLost
}

func (l *lossy) Insert(ctx context.Context, coll string, docs []store.Doc) error {
	return l.write(func() error { return l.Backend.Insert(ctx, coll, docs) })
}

func (l *lossy) Replace(ctx context.Context, coll string, d store.Doc, oldRev int64) error {
	return l.write(func() error { return l.Backend.Replace(ctx, coll, d, oldRev) })
}

func (l *lossy) Update(ctx context.Context, coll, id string, guard store.Filter, ops []store.Op) (d store.Doc, err error) {
	err = l.write(func() error {
		d, err = l.Backend.Update(ctx, coll, id, guard, ops)
		return err
	})
	return d, err
}

// TestLostReplies: what the store makes of lost replies needs no server to be tested.
func TestLostReplies(t *testing.T) {
	l := &lossy{dice: rand.New(rand.NewPCG(9, 9))}
	open := func(t testing.TB) store.Backend {
		l.Backend = open(t, t.TempDir())
		return l
	}
	storetest.Cut(t, storetest.Config{Open: open}, func(on bool) int64 {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.on = on
		return l.lost
	})
}
