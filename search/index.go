package search

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Index is the full text of one process. Its methods may be called from many goroutines.
type Index struct {
	dir     string // "" in memory
	cfg     Config
	version string
	log     *slog.Logger
	dict    *dictionary
	sounds  *sounds
	lexicon *lexicon

	write    sync.Mutex // one writer at a time; also guards mirror, analyser and swapping
	analyser *analyser
	mirror   *mirror // writes since a rebuild began, nil when none runs
	current  atomic.Pointer[generation]
	building sync.Mutex // one rebuild at a time

	asking atomic.Int64 // queries being answered
	needs  atomic.Bool
}

// layout begins the name of every index whose files this program can read.
const layout = "idx-" + layoutVersion + "-bleve2.6-"

// errClosed tells that the index was closed while it was used.
var errClosed = errors.New("search index is closed")

// Open opens the index under dir, which belongs to it alone. An index built with other domain words is
// used until it is rebuilt. One that is missing, of another layout or damaged (then kept as broken-*,
// the latest only) is replaced by an empty one. In all these cases NeedsRebuild says so. An error means that dir cannot be used at all, for instance because
// another process holds it.
func Open(dir string, cfg Config) (*Index, error) {
	x := newIndex(cfg)
	x.dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make search directory: %w", err)
	}
	name, err := x.currentName()
	if err != nil {
		return nil, err
	}
	var g *generation
	switch {
	case name == "":
		x.needs.Store(true)
	case !strings.HasPrefix(name, layout):
		x.log.Info("search index has another layout, it will be built anew", "found", name, "want", x.version)
		x.needs.Store(true)
	default:
		path := filepath.Join(dir, name)
		if g, err = openChecked(path); err != nil {
			if held(err) {
				return nil, fmt.Errorf("search index %s is used by another process: %w", path, err)
			}
			x.log.Warn("search index is damaged, it will be built anew", "path", name, "error", err)
			x.moveAside(path)
			x.needs.Store(true)
		} else if !g.whole() || !strings.HasPrefix(name, x.version+"-") { // never completed, or of other words
			x.needs.Store(true)
		}
	}
	if g == nil {
		if g, err = x.create(); err != nil {
			return nil, err
		}
		if err := x.point(filepath.Base(g.path)); err != nil {
			return nil, errors.Join(err, g.close())
		}
	}
	x.current.Store(g)
	x.sweep(filepath.Base(g.path))
	return x, nil
}

// OpenMemory opens an empty index that lives in memory and is never merged: for tests and small sets.
func OpenMemory(cfg Config) (*Index, error) {
	x := newIndex(cfg)
	g, err := openGeneration("")
	if err != nil {
		return nil, err
	}
	x.needs.Store(true)
	x.current.Store(g)
	return x, nil
}

func newIndex(cfg Config) *Index {
	var words []string
	if cfg.Words != nil {
		for w := range cfg.Words {
			if w = fold(strings.TrimSpace(w)); w != "" {
				words = append(words, w)
			}
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	sum := crc32.ChecksumIEEE([]byte(cfg.Mapping + "\n" + strings.Join(words, "\n")))
	x := &Index{cfg: cfg, log: cfg.Log, version: fmt.Sprintf("%s%08x", layout, sum)}
	if x.log == nil {
		x.log = slog.New(slog.DiscardHandler)
	}
	x.dict, x.sounds = newDictionary(words), hearing()
	x.lexicon = newLexicon(&x.cfg, x.dict)
	x.analyser = newAnalyser(x.dict, x.sounds)
	return x
}

// NeedsRebuild reports that the index was found empty, damaged or of another version when it was
// opened, and has not been rebuilt since. Until then it finds only what was put into it.
func (x *Index) NeedsRebuild() bool { return x.needs.Load() }

// Whole reports whether the index in use was once completed by Rebuild. One that was not finds only
// what was put into it since; one of other words or another mapping is whole all the same.
func (x *Index) Whole() bool {
	g := x.current.Load()
	return g != nil && g.whole()
}

// Put adds documents, replacing those with the same ID; when it returns they are found. After a crash
// the last seconds of Put may be lost: PutAt tells from where to replay.
func (x *Index) Put(ctx context.Context, docs ...Document) error {
	return x.PutAt(ctx, "", docs, nil)
}

// Delete removes documents; unknown IDs are no error.
func (x *Index) Delete(ctx context.Context, ids ...string) error {
	return x.PutAt(ctx, "", nil, ids)
}

// PutAt adds docs, removes deletes and stores the position in the callers' feed, all or nothing: after
// a crash, Position names the last batch whose documents are all present.
func (x *Index) PutAt(ctx context.Context, position string, docs []Document, deletes []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkIDs(docs); err != nil {
		return err
	}
	if len(docs)+len(deletes) == 0 && position == "" {
		return nil
	}
	x.write.Lock()
	defer x.write.Unlock()
	g := x.current.Load()
	if g == nil {
		return errClosed
	}
	entries := make([]*entry, len(docs))
	for i := range docs {
		entries[i] = &entry{doc: &docs[i], analyser: x.analyser}
	}
	if err := g.apply(entries, deletes, position); err != nil {
		return err
	}
	x.mirror.note(position, docs, deletes)
	return nil
}

func checkIDs(docs []Document) error {
	for i := range docs {
		if docs[i].ID == "" || strings.ContainsRune(docs[i].ID, 0) {
			return fmt.Errorf("document %d (%q): it has no usable ID", i, docs[i].Title)
		}
	}
	return nil
}

// Position returns the position stored by the last PutAt or Rebuild, "" if there was none.
func (x *Index) Position() (string, error) {
	v, err := x.view()
	if err != nil {
		return "", err
	}
	defer v.release()
	b, err := v.snap.GetInternal([]byte(positionKey))
	return string(b), err
}

// view takes the current view; the caller releases it.
func (x *Index) view() (*view, error) {
	for {
		g := x.current.Load()
		if g == nil {
			return nil, errClosed
		}
		if v := g.acquire(); v != nil {
			return v, nil
		}
		if x.current.Load() == g {
			return nil, errClosed
		}
	}
}

// Count returns how many documents of each kind are indexed.
func (x *Index) Count(ctx context.Context) (map[string]int, error) {
	r, err := x.Find(ctx, Query{Facets: []string{KindField}, Limit: 1})
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, f := range r.Facets[KindField] {
		counts[f.Value] = f.Count
	}
	return counts, nil
}

// Revisions returns the revision of every document, by ID: the nightly reconcile compares them with
// the documents' home and puts or deletes what differs.
func (x *Index) Revisions(ctx context.Context) (map[string]int64, error) {
	v, err := x.view()
	if err != nil {
		return nil, err
	}
	defer v.release()
	revs := make(map[string]int64, v.docs)
	for _, p := range v.parts {
		for i := range p.cols.n {
			if p.deleted == nil || !p.deleted.Contains(uint32(i)) {
				revs[string(p.cols.ids.at(uint32(i)))] = p.cols.rev[i]
			}
		}
	}
	return revs, ctx.Err()
}

// Close writes out what is still in memory, waiting up to ten seconds, and closes the index.
func (x *Index) Close() error {
	x.write.Lock()
	defer x.write.Unlock()
	g := x.current.Swap(nil)
	if g == nil {
		return nil
	}
	return errors.Join(g.flush(10*time.Second), g.close())
}
