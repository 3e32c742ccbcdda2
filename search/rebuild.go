package search

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch/mergeplan"
)

// A rebuild's batches are bounded by documents and by bytes of text.
const (
	batchDocs  = 12_000
	batchBytes = 12 << 20
)

// mirror remembers what is written while a rebuild runs, to be repeated on the new index.
type mirror struct {
	position string
	docs     map[string]*Document // nil: deleted
}

func (m *mirror) note(position string, docs []Document, deletes []string) {
	if m == nil {
		return
	}
	if position != "" {
		m.position = position
	}
	for _, id := range deletes {
		m.docs[id] = nil
	}
	for i := range docs {
		d := docs[i]
		m.docs[d.ID] = &d
	}
}

// Rebuild builds a new index from docs beside the one in use, checks that every document arrived and
// that a sample is found by title, and swaps: queries are answered all the time, by the old index until the new one is complete. position
// is the feed position from which docs were read; what is put or deleted meanwhile is repeated on the
// new index before it is swapped in. On error the old index stays.
func (x *Index) Rebuild(ctx context.Context, docs iter.Seq2[Document, error], position string) error {
	x.building.Lock()
	defer x.building.Unlock()
	x.write.Lock()
	if x.current.Load() == nil {
		x.write.Unlock()
		return errClosed
	}
	x.mirror = &mirror{docs: map[string]*Document{}}
	x.write.Unlock()
	defer func() {
		x.write.Lock()
		x.mirror = nil
		x.write.Unlock()
	}()

	g, err := x.create(true)
	if err != nil {
		return err
	}
	drop := func(err error) error {
		err = errors.Join(err, g.close())
		if g.path != "" {
			x.remove(g.path)
		}
		return fmt.Errorf("rebuild search index: %w", err)
	}
	if err := x.fill(ctx, g, docs, position); err != nil {
		return drop(err)
	}
	if err := x.swapIn(g); err != nil {
		return drop(err)
	}
	return nil
}

// fill indexes all docs into g, merges its segments and checks the count.
func (x *Index) fill(ctx context.Context, g *generation, docs iter.Seq2[Document, error], position string) error {
	seen := map[string]struct{}{}
	var probes []string
	batch := make([]*entry, 0, batchDocs)
	size := 0
	w := newWriter(x.dict, x.sounds)
	write := func(position string) error {
		err := g.load(batch, nil, position, nil)
		if err == nil {
			err = g.flush(10 * time.Minute) // bleve would merge what waits in memory, only to merge it again
		}
		w.reuse(batch)
		batch, size = batch[:0], 0
		return err
	}
	for d, err := range docs {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if err := checkIDs([]Document{d}); err != nil {
			return err
		}
		if n := len(seen); n&(n-1) == 0 { // the 1st, 2nd, 4th, 8th ...
			probes = append(probes, d.Title)
		}
		seen[d.ID] = struct{}{}
		e := w.entry(&d)
		batch, size = append(batch, e), size+e.size
		if len(batch) == batchDocs || size > batchBytes {
			if err := write(""); err != nil {
				return err
			}
		}
	}
	if err := write(position); err != nil {
		return err
	}
	if g.path != "" {
		whole := mergeplan.SingleSegmentMergePlanOptions
		whole.SegmentsPerMergeTask = 10_000
		if err := g.engine.ForceMerge(ctx, &whole); err != nil {
			return fmt.Errorf("merge: %w", err)
		}
	}
	if err := g.refresh(); err != nil {
		return err
	}
	if n := g.view.Load().docs; n != len(seen) {
		return fmt.Errorf("%d documents were given, %d arrived", len(seen), n)
	}
	if err := x.probe(ctx, g, probes); err != nil {
		return err
	}
	return g.complete()
}

// probe asks a new index for some of the titles that were put into it. Single odd titles may not be
// found as they stand; if most are not, the index is of no use.
func (x *Index) probe(ctx context.Context, g *generation, titles []string) error {
	v := g.acquire()
	if v == nil {
		return errClosed
	}
	defer v.release()
	asked, lost := 0, []string(nil)
	for _, title := range titles {
		if len(x.lexicon.words(fold(title))) == 0 {
			continue // nothing in it to search by
		}
		r, err := x.run(ctx, v, &Query{Text: title, Limit: 1, Plain: true})
		if err != nil {
			return fmt.Errorf("ask for %q: %w", title, err)
		}
		if asked++; r.res.Total == 0 {
			lost = append(lost, title)
		}
	}
	if asked >= 3 && 2*len(lost) > asked {
		return fmt.Errorf("the new index does not find %d of %d titles that are in it, such as %q", len(lost), asked, lost[0])
	}
	return nil
}

// swapIn repeats on g what was written meanwhile and makes it the index in use.
func (x *Index) swapIn(g *generation) error {
	x.write.Lock()
	defer x.write.Unlock()
	old := x.current.Load()
	if old == nil {
		return errClosed
	}
	var entries []*entry
	var deletes []string
	for id, d := range x.mirror.docs {
		if d == nil {
			deletes = append(deletes, id)
		} else {
			entries = append(entries, x.writer.entry(d))
		}
	}
	if len(entries)+len(deletes) > 0 || x.mirror.position != "" {
		if err := g.apply(entries, deletes, x.mirror.position); err != nil {
			return err
		}
	}
	if err := g.flush(time.Minute); err != nil {
		return err
	}
	if g.path != "" {
		if err := x.point(filepath.Base(g.path)); err != nil {
			return err
		}
	}
	x.current.Store(g)
	x.needs.Store(false)
	if err := old.close(); err != nil {
		x.log.Warn("old search index not closed", "error", err)
	}
	if old.path != "" {
		x.remove(old.path)
	}
	return nil
}
