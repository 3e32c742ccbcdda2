package sqlitedoc

import (
	"fmt"
	"slices"
	"sync"

	"sunmao/services/store"
)

// memo keeps counts and groups until their collection is written to. Pages count much and
// write little, and nobody but this process can write to the file. It is never behind: a
// write raises the collection's age before its caller hears that it is done.
type memo struct {
	mu   sync.Mutex
	ages map[string]uint64     // of a collection: how many writes it has seen
	kept map[string]remembered // by collection, statement and arguments
}

type remembered struct {
	age  uint64
	rows []store.GroupRow
}

const (
	maxKept     = 4096 // answers; then all are forgotten
	maxKeptRows = 2000 // of one answer
)

func newMemo() *memo { return &memo{ages: map[string]uint64{}, kept: map[string]remembered{}} }

// written makes what was answered of the collections of these writes stale.
func (m *memo) written(jobs []*job) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, j := range jobs {
		m.ages[j.coll]++
	}
}

// answer returns the kept answer, or asks and keeps what it hears.
func (m *memo) answer(coll string, q *query, ask func() ([]store.GroupRow, error)) ([]store.GroupRow, error) {
	key := fmt.Sprintf("%s %s %#v", coll, q.String(), q.args)
	m.mu.Lock()
	age := m.ages[coll]
	was, ok := m.kept[key]
	m.mu.Unlock()
	if ok && was.age == age {
		return copied(was.rows), nil
	}
	rows, err := ask()
	if err != nil || len(rows) > maxKeptRows {
		return rows, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.kept) >= maxKept {
		clear(m.kept)
	}
	m.kept[key] = remembered{age, copied(rows)}
	return rows, nil
}

// copied gives the caller rows of its own.
func copied(rows []store.GroupRow) []store.GroupRow {
	out := slices.Clone(rows)
	for i := range out {
		out[i].By, out[i].Aggs = slices.Clone(out[i].By), slices.Clone(out[i].Aggs)
	}
	return out
}
