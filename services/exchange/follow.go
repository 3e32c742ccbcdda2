package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"sunmao/search"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Two ways lead into a node's search index: what the node saves itself it puts there at once (put), and what other nodes
// saved, or what a crash kept from being put, comes through the store's feed of changes (Follow). Both may carry the same
// document, in any order; `indexed` lets the newest revision win.

// indexed remembers the newest revision of the documents that this process has put into the index lately. It forgets the
// older half when it has grown to twice keep: then the feed puts a document once more, which changes nothing.
type indexed struct {
	mu         sync.Mutex // held while documents are put, so that what is remembered is what the index has
	young, old map[string]int64
}

const keep = 1 << 15

func (k *indexed) rev(id string) int64 {
	if rev, ok := k.young[id]; ok {
		return rev
	}
	return k.old[id]
}

func (k *indexed) note(id string, rev int64) {
	if len(k.young) >= keep {
		k.young, k.old = nil, k.young
	}
	if k.young == nil {
		k.young = make(map[string]int64)
	}
	k.young[id] = rev
}

// put makes saved documents findable. One that the index has in a newer revision is left alone.
func (x *Exchange) put(ctx context.Context, docs ...search.Document) error {
	x.indexed.mu.Lock()
	defer x.indexed.mu.Unlock()
	fresh := make([]search.Document, 0, len(docs))
	for _, d := range docs {
		if x.indexed.rev(d.ID) <= d.Rev {
			fresh = append(fresh, d)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := x.index.Put(ctx, fresh...); err != nil {
		return err
	}
	for _, d := range fresh {
		x.indexed.note(d.ID, d.Rev)
	}
	return nil
}

// feed is the changes of one collection as search documents.
type feed struct {
	name string
	next func(ctx context.Context, cursor string) (news []news, next string, err error)
}

type news struct {
	doc  search.Document
	gone bool
	at   partnership.Stamp // when it was saved
}

// feedBatch is how many changes are read, and put into the index, at once.
const feedBatch = 500

func feedOf[T any, P interface {
	*T
	Rec() *partnership.Record
}](name string, c *store.Coll[T], doc func(*T) search.Document) feed {
	return feed{name, func(ctx context.Context, cursor string) ([]news, string, error) {
		changed, next, err := c.Changes(ctx, cursor, feedBatch)
		if err != nil {
			return nil, cursor, err
		}
		out := make([]news, len(changed))
		for i := range changed {
			r := P(&changed[i]).Rec()
			out[i] = news{doc(&changed[i]), r.Deleted != 0, r.Updated}
		}
		return out, next, nil
	}}
}

func (x *Exchange) feeds() []feed {
	return []feed{
		feedOf("posts", x.posts, x.postDocument),
		feedOf("cohorts", x.cohorts, x.cohortDocument),
		feedOf("companies", x.companies, x.companyDocument),
		feedOf("bases", x.bases, x.baseDocument),
		feedOf("order_classes", x.classes, x.classDocument),
	}
}

// follower reads the feeds from where the index was left.
type follower struct {
	x       *Exchange
	feeds   []feed
	cursors map[string]string
	have    map[string]int64 // revisions in the index when a feed had to begin at its beginning; nil afterwards
	unsaved int              // changes read since the position was last stored
}

func (x *Exchange) newFollower(ctx context.Context) (*follower, error) {
	f := &follower{x: x, feeds: x.feeds(), cursors: map[string]string{}}
	position, err := x.index.Position()
	if err != nil {
		return nil, fmt.Errorf("position of index: %w", err)
	}
	if json.Unmarshal([]byte(position), &f.cursors) != nil || len(f.cursors) < len(f.feeds) {
		f.cursors = map[string]string{}
		if f.have, err = x.index.Revisions(ctx); err != nil {
			return nil, fmt.Errorf("revisions of index: %w", err)
		}
	}
	return f, nil
}

// catchUp reads every feed to its end and returns how many documents it put or removed.
func (f *follower) catchUp(ctx context.Context) (int, error) {
	put := 0
	for _, feed := range f.feeds {
		for {
			changed, next, err := feed.next(ctx, f.cursors[feed.name])
			if err != nil {
				return put, fmt.Errorf("changes of %s: %w", feed.name, err)
			}
			before := f.cursors[feed.name]
			f.cursors[feed.name] = next
			if len(changed) == 0 {
				break
			}
			n, err := f.apply(ctx, changed)
			if err != nil {
				f.cursors[feed.name] = before
				return put, fmt.Errorf("index %s: %w", feed.name, err)
			}
			put += n
		}
	}
	f.have = nil
	return put, nil
}

// apply puts what the index does not have yet, with the position in the same step.
func (f *follower) apply(ctx context.Context, changed []news) (int, error) {
	k := &f.x.indexed
	k.mu.Lock()
	defer k.mu.Unlock()
	var docs []search.Document
	var saved []partnership.Stamp // of docs
	var gone []string
	for _, n := range changed {
		at, there := f.have[n.doc.ID]
		switch {
		case n.gone && (f.have == nil || there):
			gone = append(gone, n.doc.ID)
		case n.gone, there && at == n.doc.Rev, k.rev(n.doc.ID) >= n.doc.Rev:
		default:
			docs, saved = append(docs, n.doc), append(saved, n.at)
		}
	}
	f.unsaved += len(changed)
	if len(docs)+len(gone) == 0 && f.unsaved < feedBatch {
		return 0, nil
	}
	if err := f.store(ctx, docs, gone); err != nil {
		return 0, err
	}
	now := f.x.now()
	for i, d := range docs {
		k.note(d.ID, d.Rev)
		if f.have == nil && f.x.watch.IndexLag != nil { // not the first reading, which says when the node was off
			f.x.watch.IndexLag(now.Sub(saved[i].Time()))
		}
	}
	return len(docs) + len(gone), nil
}

func (f *follower) store(ctx context.Context, docs []search.Document, gone []string) error {
	position, err := json.Marshal(f.cursors)
	if err != nil {
		return err
	}
	if err := f.x.index.PutAt(ctx, string(position), docs, gone); err != nil {
		return err
	}
	f.unsaved = 0
	return nil
}

// Follow keeps this node's search index in step with the store until ctx ends, looking for changes `every` so often: what
// other nodes save is found here that much later, and what a crash kept out of the index comes in at the next start. It
// outlives a store that is away for a while. When it returns, the position is in the index.
func (x *Exchange) Follow(ctx context.Context, every time.Duration) {
	var f *follower
	failing := false
	for {
		err := func() (err error) {
			if f == nil {
				if f, err = x.newFollower(ctx); err != nil {
					return err
				}
			}
			n, err := f.catchUp(ctx)
			if n > 0 {
				x.log.Debug("index caught up", "documents", n)
			}
			return err
		}()
		if ctx.Err() != nil {
			break
		}
		switch {
		case err != nil && !failing:
			x.log.Warn("index cannot follow the store", "err", err)
		case err == nil && failing:
			x.log.Info("index follows the store again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
	if f != nil && f.unsaved > 0 {
		if err := f.store(context.WithoutCancel(ctx), nil, nil); err != nil {
			x.log.Warn("position of the index not stored", "err", err)
		}
	}
}
