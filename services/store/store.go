package store

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"sunmao/services/partnership"
)

// Store is a backend with what both backends share: stamps, guards against lost
// replies, leases. One Store for a process.
type Store struct {
	b      Backend
	now    func() time.Time
	writer string // with a number behind it, the id of a write (_w); new at each start
	writes atomic.Int64
	mu     sync.Mutex
	colls  map[string]*collection
	leases *Coll[leaseDoc]
	trail  *Trail // nil: none is kept
}

// New returns a Store on a backend, which the caller closes. now is the clock that
// stamps documents; leases want it to be time.Now, or one that never stands still.
func New(b Backend, now func() time.Time) *Store {
	s := &Store{b: b, now: now, writer: rand.Text()[:10], colls: map[string]*collection{}}
	s.leases = Open[leaseDoc](s, Spec{Name: "lease"})
	return s
}

// Ensure makes every collection opened so far and its indexes. Call it once at start:
// a collection also makes itself when it is first used, but then a request waits.
func (s *Store) Ensure(ctx context.Context) error {
	s.mu.Lock()
	colls := slices.Collect(maps.Values(s.colls))
	s.mu.Unlock()
	for _, c := range colls {
		if err := c.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// NewID returns an id for a new document: 48 bits of milliseconds and 80 random bits
// in 26 characters (as ULID does), so ids of one collection grow and cannot be guessed.
func (s *Store) NewID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(s.now().UnixMilli())<<16) //nolint:gosec // a date
	_, _ = rand.Read(b[6:])                                            // never fails, by its documentation
	return idText.EncodeToString(b[:])
}

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func (s *Store) newWrite() string {
	return s.writer + "-" + strconv.FormatInt(s.writes.Add(1), 36)
}

func (s *Store) stamp() partnership.Stamp { return partnership.At(s.now()) }

// collection is the part of a Coll that does not depend on its Go type.
type collection struct {
	s     *Store
	spec  Spec
	shape *shape
	fresh func() record
	err   error // a fault in the declaration, told at first use
	mu    sync.Mutex
	made  atomic.Bool
}

func (s *Store) open(t reflect.Type, spec Spec, fresh func() record) *collection {
	c := &collection{s: s, shape: &shape{root: t}, fresh: fresh}
	c.spec, c.err = spec.normal()
	for _, x := range c.spec.Indexes {
		for _, path := range x.Fields {
			if _, err := c.shape.at(path); err != nil && c.err == nil {
				c.err = fmt.Errorf("index of %s: %w", spec.Name, err)
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.colls[spec.Name]; old != nil && c.err == nil {
		c.err = fmt.Errorf("collection %s is opened twice", spec.Name)
	}
	s.colls[spec.Name] = c
	return c
}

// ready makes the collection on first use. A failure is tried again by the next caller.
func (c *collection) ready(ctx context.Context) error {
	if c.err != nil || c.made.Load() {
		return c.err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made.Load() {
		return nil
	}
	if err := c.s.b.Ensure(ctx, c.spec); err != nil {
		return c.wrap("ensure", "", err)
	}
	c.made.Store(true)
	return nil
}

// wrap adds what the reader of a log lacks: collection, id and what was being done.
func (c *collection) wrap(verb, id string, err error) error {
	if err == nil {
		return nil
	}
	if id == "" {
		return fmt.Errorf("%s %s: %w", verb, c.spec.Name, err)
	}
	return fmt.Errorf("%s %s %s: %w", verb, c.spec.Name, id, err)
}

// Tries after a lost reply: 0, 50, 100, 200, 400, 800 ms apart.
const tries = 6

func pause(ctx context.Context, try int) error {
	if try == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(25 * time.Millisecond << min(try, 6))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// insert stores one new document exactly once, lost replies or not.
func (c *collection) insert(ctx context.Context, doc Doc, write string) error {
	lost := false
	for try := range tries {
		if err := pause(ctx, try); err != nil {
			break
		}
		err := c.s.b.Insert(ctx, c.spec.Name, []Doc{doc})
		switch {
		case errors.Is(err, ErrLost):
			lost = true
			continue
		case !lost || !errors.Is(err, partnership.ErrDuplicate):
			return err
		}
		// Refused after a lost reply: by our own first attempt?
		there, h, getErr := c.head(ctx, doc.ID)
		switch {
		case errors.Is(getErr, partnership.ErrNotFound):
			return err // a unique key is taken
		case getErr != nil:
			return getErr
		case h.Write == write:
			return nil
		case there.Rev > 1:
			return ErrUnknown
		}
		return err
	}
	return orUnknown(ctx, lost)
}

// replace swaps one document exactly once, lost replies or not.
func (c *collection) replace(ctx context.Context, doc Doc, oldRev int64, write string) error {
	lost := false
	for try := range tries {
		if err := pause(ctx, try); err != nil {
			break
		}
		err := c.s.b.Replace(ctx, c.spec.Name, doc, oldRev)
		switch {
		case errors.Is(err, ErrLost):
			lost = true
			continue
		case !lost || !errors.Is(err, partnership.ErrConflict):
			return err
		}
		there, h, getErr := c.head(ctx, doc.ID)
		switch {
		case getErr != nil:
			return getErr
		case h.Write == write:
			return nil
		case there.Rev > doc.Rev:
			return ErrUnknown // ours may have been the one that was overwritten
		}
		return err
	}
	return orUnknown(ctx, lost)
}

// clockSkew is how far apart the clocks of nodes may be.
const clockSkew = 5 * time.Second

// update applies guarded operations. After a lost reply it looks for its write id; if
// the document was last written well before this call, ours did not happen and it tries
// again on that very revision; otherwise nobody can tell.
func (c *collection) update(ctx context.Context, id string, guard Filter, ops []Op) (Doc, error) {
	began, write := c.s.now(), c.s.newWrite()
	ops = append(slices.Clone(ops), Inc("_rev", 1), Set("_u", partnership.At(began)), Set("_w", write))
	for i := range ops {
		if err := ops[i].encode(); err != nil {
			return Doc{}, err
		}
	}
	lost := false
	for try := range tries {
		if err := pause(ctx, try); err != nil {
			break
		}
		doc, err := c.s.b.Update(ctx, c.spec.Name, id, guard, ops)
		if lost && errors.Is(err, partnership.ErrConflict) {
			return Doc{}, ErrUnknown
		}
		if !errors.Is(err, ErrLost) {
			return doc, err
		}
		lost = true
		doc, h, err := c.head(ctx, id)
		switch {
		case err != nil:
			continue
		case h.Write == write:
			return doc, nil
		case !h.Updated.Time().Before(began.Add(-clockSkew)):
			return Doc{}, ErrUnknown
		}
		guard = And(guard, Field("_rev").Eq(doc.Rev))
	}
	return Doc{}, orUnknown(ctx, lost)
}

// orUnknown is why trying ended: the caller gave up, or replies kept being lost.
func orUnknown(ctx context.Context, lost bool) error {
	if lost {
		return ErrUnknown
	}
	return ctx.Err()
}

// head reads the part of a document that the store owns.
func (c *collection) head(ctx context.Context, id string) (Doc, partnership.Record, error) {
	var h partnership.Record
	doc, err := c.s.b.Get(ctx, c.spec.Name, id)
	if err == nil {
		err = decode(doc.JSON, &h)
	}
	return doc, h, err
}

// current brings an older document to the present shape.
func (c *collection) current(doc []byte) ([]byte, error) {
	if c.spec.Upcast == nil {
		return doc, nil
	}
	var h partnership.Record
	if err := decode(doc, &h); err != nil || h.Schema >= c.spec.Version {
		return doc, err
	}
	return c.spec.Upcast(h.Schema, doc)
}
