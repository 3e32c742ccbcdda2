package search

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"
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

// gcPercent is how much memory may be garbage during a rebuild, in percent of what is in use.
const gcPercent = 40

// Rebuild builds a new index from docs beside the one in use, checks that every document arrived, that
// a sample is found by title and that Config.Checks hold, and swaps: queries are answered all the time, by the old index until the new one is complete. position
// is the feed position from which docs were read; what is put or deleted meanwhile is repeated on the
// new index before it is swapped in. On error the old index stays; checks that
// do not hold are a Refused. They cannot keep out the first whole index: any is better than none.
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

	// What a rebuild holds grows to its end and then goes all at once: collected at the usual rate, as much
	// again would lie about dead.
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))

	g, err := x.create()
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

// fill builds g out of one segment with all docs and checks their number.
func (x *Index) fill(ctx context.Context, g *generation, docs iter.Seq2[Document, error], position string) error {
	p := newProof(x.cfg.Checks)
	whole, probes, again, err := x.build(ctx, g, docs, p)
	if err != nil {
		return err
	}
	n := 0
	var batch []*entry
	if whole != nil {
		n = int(whole.Count())
		batch = []*entry{{doc: &Document{ID: "\x00"}, segment: whole}}
	}
	if err := g.load(batch, nil, position); err != nil {
		return err
	}
	if err := g.flush(10 * time.Minute); err != nil {
		return err
	}
	if err := g.apply(again, nil, ""); err != nil {
		return err
	}
	if got := g.view.Load().docs; got != n {
		return fmt.Errorf("%d documents were given, %d arrived", n, got)
	}
	if err := x.probe(ctx, g, probes); err != nil {
		return err
	}
	if err := x.prove(ctx, g, p); err != nil {
		var refused *Refused
		if x.Whole() || !errors.As(err, &refused) {
			return err
		}
		x.log.Error("a search index that fails its relevance script is used, since there is no other", "failed", refused.Failed)
	}
	return g.complete()
}

// build writes docs into a segment, nil if there are none. It returns some of their titles and, again,
// those whose ID came before: the later one counts.
func (x *Index) build(ctx context.Context, g *generation, docs iter.Seq2[Document, error], p *proof) (whole *fresh, probes []string, again []*entry, err error) {
	w, err := newBulk(g.path, newAnalyser(x.dict, x.sounds))
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	w.pause = (&courtesy{asking: &x.asking, since: time.Now()}).giveWay
	later := map[string]*entry{}
	for d, err := range docs {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, nil, nil, err
		}
		if err := checkIDs([]Document{d}); err != nil {
			return nil, nil, nil, err
		}
		p.see(&d)
		if w.has(d.ID) {
			later[d.ID] = &entry{doc: &d, analyser: w.analyser}
			continue
		}
		if n := w.docs(); n&(n-1) == 0 { // the 1st, 2nd, 4th, 8th ...
			probes = append(probes, d.Title)
		}
		if err := w.add(&d); err != nil {
			return nil, nil, nil, err
		}
	}
	if w.docs() == 0 {
		return nil, nil, nil, nil
	}
	whole, err = w.seal()
	return whole, probes, slices.Collect(maps.Values(later)), err
}

// courtesy lets queries go before the work of a rebuild, which otherwise makes them wait for a processor.
// It waits no longer than it has worked: a rebuild goes on, at half its speed at worst.
type courtesy struct {
	asking *atomic.Int64 // queries being answered
	since  time.Time     // when work went on
}

func (c *courtesy) giveWay() {
	if c.asking.Load() == 0 {
		return
	}
	began := time.Now()
	for most := began.Sub(c.since); c.asking.Load() > 0 && time.Since(began) < most; {
		time.Sleep(100 * time.Microsecond)
	}
	c.since = time.Now()
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
			entries = append(entries, &entry{doc: d, analyser: x.analyser})
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
