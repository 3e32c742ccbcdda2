package mongodoc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"sunmao/services/store"
)

// place is a cursor of the feed. On a server with change streams a reader begins with a
// token, scans all documents by _id, and goes on from the token: what is written during
// the scan comes again, nothing is missed. On a server without (a lone mongod, an
// emulator) it polls by time.
type place struct {
	Token string `json:"t,omitempty"` // resume token of the change stream, base64 of its BSON
	Scan  bool   `json:"s,omitempty"` // still scanning, after the id below
	After string `json:"a,omitempty"`

	From int64            `json:"f,omitempty"` // polling: written at this time (ms) or later,
	Seen map[string]int64 `json:"n,omitempty"` // but not these revisions
}

// Changes returns what was written since the cursor.
func (b *Backend) Changes(ctx context.Context, coll, cursor string, limit int) ([]store.Doc, string, error) {
	var p place
	if raw, err := base64.RawURLEncoding.DecodeString(cursor); err != nil || json.Unmarshal(raw, &p) != nil {
		p = place{} // a cursor of another store begins anew
	}
	step := b.poll
	if b.streams {
		step = b.follow
	}
	docs, err := step(ctx, coll, &p, limit)
	if err != nil {
		return nil, cursor, b.fault(err)
	}
	raw, err := json.Marshal(p)
	return docs, base64.RawURLEncoding.EncodeToString(raw), err
}

// streamWait is how long a server may wait for news before it says that there are none.
const streamWait = 50 * time.Millisecond

// Reply codes that say that a token can no longer be resumed from: the log of the
// replica set has moved past it.
var tokenLost = []int{136, 222, 260, 280, 286}

func (b *Backend) follow(ctx context.Context, coll string, p *place, limit int) ([]store.Doc, error) {
	if p.Token == "" {
		*p = place{Scan: true}
		stream, err := b.watch(ctx, coll, nil, limit)
		if err != nil {
			return nil, err
		}
		p.setToken(stream.ResumeToken())
		if err := stream.Close(ctx); err != nil {
			return nil, err
		}
	}
	if p.Scan {
		return b.scan(ctx, coll, p, limit)
	}
	token, err := base64.RawURLEncoding.DecodeString(p.Token)
	if err != nil {
		return nil, err
	}
	docs, err := b.news(ctx, coll, p, token, limit)
	var server mongo.ServerError
	if errors.As(err, &server) && hasCode(server, tokenLost) {
		*p = place{}
		return b.follow(ctx, coll, p, limit)
	}
	return docs, err
}

func (p *place) setToken(t bson.Raw) { p.Token = base64.RawURLEncoding.EncodeToString(t) }

func (b *Backend) watch(ctx context.Context, coll string, after bson.Raw, limit int) (*mongo.ChangeStream, error) {
	o := options.ChangeStream().SetFullDocument(options.UpdateLookup).SetMaxAwaitTime(streamWait).SetBatchSize(int32(min(limit, batchSize))) //nolint:gosec // at most 500
	if after != nil {
		o.SetResumeAfter(after)
	}
	return b.db.Collection(coll).Watch(ctx, mongo.Pipeline{}, o)
}

// scan reads all documents once, page by page.
func (b *Backend) scan(ctx context.Context, coll string, p *place, limit int) ([]store.Doc, error) {
	var docs []store.Doc
	for d, err := range b.Find(ctx, coll, store.Field("_id").Gt(p.After), []store.Sort{store.Asc("_id")}, limit) {
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
		p.After = d.ID
	}
	if len(docs) < limit {
		p.Scan, p.After = false, ""
	}
	return docs, nil
}

// news reads the change stream until it has nothing more or the limit is reached. A
// server may answer the opening with an empty batch although there is news, so only the
// second empty answer counts.
func (b *Backend) news(ctx context.Context, coll string, p *place, token bson.Raw, limit int) ([]store.Doc, error) {
	stream, err := b.watch(ctx, coll, token, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close(context.WithoutCancel(ctx)) }()
	var docs []store.Doc
	for empty := 0; len(docs) < limit && empty < 2 && stream.Err() == nil; {
		if !stream.TryNext(ctx) {
			empty++
			continue
		}
		full, ok := stream.Current.Lookup("fullDocument").DocumentOK()
		if !ok {
			continue // purged, now or since
		}
		d, err := toDoc(full)
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	if t := stream.ResumeToken(); t != nil {
		p.setToken(t)
	}
	return docs, stream.Err()
}

// window is how far back polling reads again: a write stamped earlier than one that was
// read may still arrive while clocks differ and commands are under way by less than this.
const window = 5 * time.Second

// poll reads by (_u, _id). It is right as long as window holds, and its cursor grows with
// the writes of a window: meant for emulators in tests and a lone server, not for load.
func (b *Backend) poll(ctx context.Context, coll string, p *place, limit int) ([]store.Doc, error) {
	var docs []store.Doc
	newest, stamps := p.From+window.Milliseconds(), map[string]int64{}
	order := []store.Sort{store.Asc("_u"), store.Asc("_id")}
	seen := p.Seen
	for d, err := range b.Find(ctx, coll, store.Field("_u").Ge(p.From), order, 0) {
		if err != nil {
			return nil, err
		}
		var h struct {
			Updated int64 `json:"_u"`
		}
		if err := json.Unmarshal(d.JSON, &h); err != nil {
			return nil, fmt.Errorf("document %s: %w", d.ID, err)
		}
		stamps[d.ID] = h.Updated
		if rev, ok := seen[d.ID]; ok && rev == d.Rev {
			continue
		}
		docs = append(docs, d)
		newest = max(newest, h.Updated)
		if len(docs) == limit {
			break
		}
	}
	p.From = newest - window.Milliseconds()
	p.Seen = map[string]int64{}
	for id, rev := range seen {
		// One that was not met lies beyond the limit, or else is gone.
		if u, met := stamps[id]; met && u >= p.From || !met && len(docs) == limit {
			p.Seen[id] = rev
		}
	}
	for _, d := range docs {
		if stamps[d.ID] >= p.From {
			p.Seen[d.ID] = d.Rev
		}
	}
	return docs, nil
}
