package store

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"sunmao/services/partnership"
)

// Trail is the audit trail 审计记录: who did what to which document, when; added to,
// never changed. It is one chain for all nodes: the number of an entry is its _id, and
// an entry holds the hash of the one before it, so a node that writes an entry takes the
// next number by an insert that only one can win, and reads on when it lost. The hash is
// keyed with the master key: whoever can write to the database but lacks the key cannot
// mend the chain behind a change. What nothing inside can tell is that the end was cut
// off; for that the head is written to the log every night and can be given to Check.
//
// An entry comes after the write it tells of and before the answer: every write that was
// acknowledged has its entry. A process killed in between leaves a write without one,
// that nobody was told of; the document's own steps tell it.
type Trail struct {
	s       *Store
	entries *Coll[partnership.TrailEntry]
	key     []byte
	mu      sync.Mutex // one entry at a time: each needs the hash of the one before
	head    Head
	known   bool // head is read
}

// Head is the end of the chain.
type Head struct {
	Seq  int64
	Hash string
}

// String is the head as it is noted elsewhere: number and hash.
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + h.Hash }

var trailSpec = Spec{Name: "trail", Indexes: []Index{{Fields: []string{"account", "seq"}}, {Fields: []string{"what", "seq"}}, {Fields: []string{"object", "seq"}}, {Fields: []string{"act", "seq"}}, {Fields: []string{"region", "seq"}}, {Fields: []string{"at"}}}}

// KeepTrail makes the store write a trail of the collections whose Spec says so, keyed
// with the master key. Call it once, before the collections are used.
func (s *Store) KeepTrail(master []byte) (*Trail, error) {
	key, err := hkdf.Key(sha256.New, master, nil, "sunmao audit trail", 32)
	if err != nil {
		return nil, fmt.Errorf("key of the trail: %w", err)
	}
	s.trail = &Trail{s: s, entries: Open[partnership.TrailEntry](s, trailSpec), key: key}
	return s.trail, nil
}

// Trail is the trail that the store keeps, nil if none.
func (s *Store) Trail() *Trail { return s.trail }

type doing struct{}

const derived = "-"

// Doing names what the writes of a context do, where "change" would say too little:
// password, sign-in, approve.
func Doing(ctx context.Context, act string) context.Context {
	return context.WithValue(ctx, doing{}, act)
}

// Derived marks writes that only follow from another one (matches, counts, one row of an
// import that is noted as a whole): they leave an entry only if they change the state.
func Derived(ctx context.Context) context.Context { return Doing(ctx, derived) }

// Note adds an entry about something that is no write of a document: a sign-in, an
// export. Without a trail it does nothing.
func (s *Store) Note(ctx context.Context, e partnership.TrailEntry) error {
	if s.trail == nil {
		return nil
	}
	return s.trail.add(ctx, e)
}

// note adds an entry about a write of this collection.
func (c *collection) note(ctx context.Context, act, id, from, to string, count int) error {
	if c.s.trail == nil || !c.spec.Trail {
		return nil
	}
	if word, ok := ctx.Value(doing{}).(string); ok {
		if word == derived && from == to {
			return nil
		}
		if word != derived {
			act = word
		}
	}
	return c.s.trail.add(ctx, partnership.TrailEntry{Act: act, What: c.spec.Name, Object: id, From: from, To: to, Count: count})
}

// noteWrite adds an entry about a document that was one thing and is another now.
func (c *collection) noteWrite(ctx context.Context, act string, was, is Doc) error {
	if c.s.trail == nil || !c.spec.Trail {
		return nil
	}
	return c.note(ctx, act, is.ID, stateOf(was.JSON), stateOf(is.JSON), 0)
}

// stateOf is the field "state" of a document, as far as it has one.
func stateOf(doc []byte) string {
	var d struct {
		State any `json:"state"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return ""
	}
	s, _ := d.State.(string)
	return s
}

// add completes an entry with who and when and puts it at the end of the chain. The
// write it tells of has happened, so a caller who went away does not stop it.
func (t *Trail) add(ctx context.Context, e partnership.TrailEntry) error {
	by := partnership.ActorIn(ctx)
	if e.Account == "" {
		e.Account, e.Role, e.Party, e.Region = by.Account, by.Role, by.Party, by.Region
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if !t.known {
			head, err := t.Head(ctx)
			if err != nil {
				return fmt.Errorf("audit trail: %w", err)
			}
			t.head, t.known = head, true
		}
		e.Record = partnership.Record{ID: seqID(t.head.Seq + 1)}
		e.Seq, e.At, e.Prev = t.head.Seq+1, t.s.stamp(), t.head.Hash
		e.Hash = t.hash(&e)
		err := t.entries.Insert(ctx, &e)
		if err == nil {
			t.head = Head{e.Seq, e.Hash}
			return nil
		}
		t.known = false // another node was faster, or nobody knows
		if !errors.Is(err, partnership.ErrDuplicate) {
			return fmt.Errorf("audit trail: %w", err)
		}
	}
}

// seqID is a number as an id: of fixed width, so that ids sort as numbers do.
func seqID(n int64) string { return fmt.Sprintf("%015d", n) }

// hash is the keyed hash of all an entry says and of the entry before it.
func (t *Trail) hash(e *partnership.TrailEntry) string {
	m := hmac.New(sha256.New, t.key)
	for _, part := range []string{e.Prev, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(int64(e.At), 10), e.Account, string(e.Role), e.Party, e.Region,
		e.Act, e.What, e.Object, e.From, e.To, strconv.Itoa(e.Count)} {
		// With its length before it, so that no two entries read the same.
		fmt.Fprintf(m, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(m.Sum(nil))
}

// Head is the last entry of the chain; the zero Head of an empty one.
func (t *Trail) Head(ctx context.Context) (Head, error) {
	last, err := t.entries.First(ctx, Query{Sort: []Sort{Desc("_id")}, WithDeleted: true})
	if errors.Is(err, partnership.ErrNotFound) {
		return Head{}, nil
	}
	return Head{last.Seq, last.Hash}, err
}

// Check reads the whole chain and proves that no entry was changed, taken out, put in
// or moved, and that the anchors (heads noted earlier, elsewhere) are in it, so that
// nothing of its end is gone. It returns the head; a fault is a *Broken.
func (t *Trail) Check(ctx context.Context, anchors ...Head) (Head, error) {
	return t.check(t.entries.Find(ctx, Query{Sort: []Sort{Asc("_id")}, WithDeleted: true}), anchors)
}

// Broken says where the chain does not hold.
type Broken struct {
	Seq int64 // first number that is wrong
	Why string
}

func (b *Broken) Error() string { return fmt.Sprintf("审计记录第 %d 条%s", b.Seq, b.Why) }

func (t *Trail) check(entries iter.Seq2[partnership.TrailEntry, error], anchors []Head) (Head, error) {
	var at Head
	want := map[int64]string{}
	for _, a := range anchors {
		want[a.Seq] = a.Hash
	}
	for e, err := range entries {
		if err != nil {
			return at, err
		}
		switch next := at.Seq + 1; {
		case e.Seq != next || e.ID != seqID(next):
			return at, &Broken{next, "不见了，或顺序被改动"}
		case e.Deleted != 0:
			return at, &Broken{next, "被标为删除"}
		case e.Prev != at.Hash || e.Hash != t.hash(&e):
			return at, &Broken{next, "或它前面一条的内容被改动"}
		}
		at = Head{e.Seq, e.Hash}
		if hash, ok := want[e.Seq]; ok && hash != e.Hash {
			return at, &Broken{e.Seq, "与当时留存的校验值不一致"}
		}
		delete(want, e.Seq)
	}
	for seq := range want {
		if seq != 0 {
			return at, &Broken{at.Seq + 1, fmt.Sprintf("到第 %d 条不见了：末尾被截去", seq)}
		}
	}
	return at, nil
}

// Entries is one page of the entries that match, the newest first.
func (t *Trail) Entries(ctx context.Context, where Filter, after string, limit int) ([]partnership.TrailEntry, string, error) {
	return t.entries.Page(ctx, Query{Where: where, Sort: []Sort{Desc("_id")}, After: after, Limit: limit})
}

// All is every entry that matches, the oldest first.
func (t *Trail) All(ctx context.Context, where Filter) iter.Seq2[partnership.TrailEntry, error] {
	return t.entries.Find(ctx, Query{Where: where, Sort: []Sort{Asc("_id")}})
}

// CheckEntries is Check over entries that are kept elsewhere, such as an export.
func (t *Trail) CheckEntries(entries []partnership.TrailEntry, anchors ...Head) (Head, error) {
	return t.check(func(yield func(partnership.TrailEntry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}, anchors)
}
