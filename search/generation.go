package search

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	zap "github.com/blevesearch/zapx/v17"
)

// positionKey is where the feed position lives inside the index: in the batch that it belongs to.
const positionKey = "position"

// wholeKey is set inside an index that a rebuild completed: without it, documents may be missing.
const wholeKey = "whole"

// generation is one index on disk (or in memory, path ""), from its building to its replacement.
type generation struct {
	path   string
	engine *scorch.Scorch
	queue  *index.AnalysisQueue
	fault  atomic.Pointer[error] // the last error of bleve's background work, nil while all is well
	view   atomic.Pointer[view]
	swap   sync.Mutex  // guards replacing the view
	closed bool        // no view comes any more
	tidy   *time.Timer // fires some time after a write, to see what bleve has merged since
}

// tidyAfter is how long after a write the view is renewed: by then bleve has put the small segments of
// single writes together, which queries pay for one by one.
const tidyAfter = 2 * time.Second

// manyParts is how many segments a view may have without being looked at again.
const manyParts = 12

// renew follows bleve's merges until few segments are left.
func (g *generation) renew() {
	if err := g.refresh(); err != nil {
		return // closed meanwhile; a damaged segment shows at the next write
	}
	if v := g.view.Load(); v != nil && len(v.parts) > manyParts {
		g.tidy.Reset(5 * tidyAfter)
	}
}

// openGeneration opens or creates the index at path.
func openGeneration(path string) (*generation, error) {
	g := &generation{path: path, queue: index.NewAnalysisQueue(1)}
	config := map[string]any{
		"path":               path,
		"bolt_timeout":       "3s", // a second process gets an error instead of waiting for ever
		"unsafe_batch":       true, // what a crash loses is replayed from the position in the batch
		"numSnapshotsToKeep": 1,
		"forceSegmentType":   pluginType, "forceSegmentVersion": int(zap.Version),
		"scorchMergePlanOptions": map[string]any{
			"MaxSegmentsPerTier": 5, "SegmentsPerMergeTask": 5, "MaxSegmentSize": 5_000_000, "TierGrowth": 10.0,
			"FloorSegmentSize": 2000, "ReclaimDeletesWeight": 2.0,
		},
	}
	if err := g.setUp(config); err != nil {
		return nil, err
	}
	if err := g.engine.Open(); err != nil {
		g.queue.Close()
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	if err := g.refresh(); err != nil {
		return nil, errors.Join(err, g.close())
	}
	if g.tidy = time.AfterFunc(tidyAfter, g.renew); g.path == "" {
		g.tidy.Stop() // nothing is merged in memory
	}
	return g, nil
}

// callbacks guards bleve's table of callbacks, which is read when an engine is set up.
var callbacks sync.Mutex

// setUp makes the engine, with a callback for errors of its background work. A write that fails (disk
// full, directory gone) is tried again by bleve at once and for ever, which eats processor and memory:
// the callback holds each attempt back for a second.
func (g *generation) setUp(config map[string]any) error {
	callbacks.Lock()
	defer callbacks.Unlock()
	name := fmt.Sprintf("sunmao %p", g)
	scorch.RegistryAsyncErrorCallbacks[name] = func(err error, _ string) {
		g.fault.Store(&err)
		time.Sleep(time.Second)
	}
	defer delete(scorch.RegistryAsyncErrorCallbacks, name)
	config["asyncErrorCallbackName"] = name
	made, err := scorch.NewScorch(scorch.Name, config, g.queue)
	if err != nil {
		return fmt.Errorf("set up index %s: %w", g.path, err)
	}
	engine, ok := made.(*scorch.Scorch)
	if !ok {
		return fmt.Errorf("set up index %s: bleve made a %T", g.path, made)
	}
	g.engine = engine
	return nil
}

// apply writes one batch and makes it visible. A position of "" leaves the stored one.
func (g *generation) apply(entries []*entry, deletes []string, position string) error {
	if err := g.load(entries, deletes, position); err != nil {
		return err
	}
	if g.path != "" {
		g.tidy.Reset(tidyAfter)
	}
	return g.refresh()
}

// load writes one batch without making it visible.
func (g *generation) load(entries []*entry, deletes []string, position string) error {
	b := index.NewBatch()
	for _, id := range deletes {
		b.Delete(id)
	}
	for _, e := range entries {
		b.Update(e)
	}
	if position != "" {
		b.SetInternal([]byte(positionKey), []byte(position))
	}
	if err := g.engine.Batch(b); err != nil {
		return fmt.Errorf("write to index: %w", err)
	}
	return nil
}

// flush waits until everything written is on disk, at most for the time given, or until
// writing fails. A fault of earlier is over if this succeeds.
func (g *generation) flush(limit time.Duration) error {
	if g.path == "" {
		return nil
	}
	g.fault.Store(nil)
	done := make(chan error, 1)
	b := index.NewBatch()
	b.SetInternal([]byte("flush"), []byte{1})
	b.SetPersistedCallback(func(err error) { done <- err })
	if err := g.engine.Batch(b); err != nil {
		return fmt.Errorf("flush index: %w", err)
	}
	late, look := time.After(limit), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-look.C:
			if fault := g.fault.Load(); fault != nil {
				return fmt.Errorf("flush index: %w", *fault)
			}
		case <-late:
			return fmt.Errorf("flush index: not on disk after %v", limit)
		}
	}
}

// whole reports whether the index was completed by a rebuild.
func (g *generation) whole() bool {
	v := g.acquire()
	if v == nil {
		return false
	}
	defer v.release()
	mark, err := v.snap.GetInternal([]byte(wholeKey))
	return err == nil && len(mark) > 0
}

// complete marks the index as completed by a rebuild.
func (g *generation) complete() error {
	b := index.NewBatch()
	b.SetInternal([]byte(wholeKey), []byte{1})
	if err := g.engine.Batch(b); err != nil {
		return fmt.Errorf("complete index: %w", err)
	}
	return g.refresh()
}

// refresh makes the newest state of the engine the one that queries see.
func (g *generation) refresh() error {
	g.swap.Lock()
	defer g.swap.Unlock()
	if g.closed {
		return errClosed
	}
	old := g.view.Load()
	reader, err := g.engine.Reader()
	if err != nil {
		return fmt.Errorf("read index: %w", err)
	}
	snap, ok := reader.(*scorch.IndexSnapshot)
	if !ok || snap == nil {
		return errors.New("read index: it is closed")
	}
	v, err := newView(snap)
	if err != nil {
		return errors.Join(err, snap.Close())
	}
	g.view.Store(v)
	if old != nil {
		old.release()
	}
	return nil
}

// acquire returns the current view for reading; the caller releases it. nil means closed.
func (g *generation) acquire() *view {
	for {
		v := g.view.Load()
		if v == nil || v.hold() {
			return v
		}
	}
}

func (g *generation) close() error {
	if g.tidy != nil {
		g.tidy.Stop()
	}
	g.swap.Lock()
	v := g.view.Swap(nil)
	g.closed = true
	g.swap.Unlock()
	if v != nil {
		v.release()
	}
	err := g.engine.Close()
	g.queue.Close()
	if err != nil {
		return fmt.Errorf("close index: %w", err)
	}
	return nil
}
