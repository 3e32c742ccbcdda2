package account

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// A program that loses the reply to a request cannot know whether it was carried out.
// With an idempotency key it may ask again: the first request with a key is carried out,
// every other one with the same key and the same content gets the answer of the first.
// The claim is an insert that only one node can win.

const (
	repeatable = 24 * time.Hour  // how long an answer is kept
	longestRun = 3 * time.Minute // a request without an answer after that was cut off; the server allows two
	maxAnswer  = 8 << 20         // bytes of a kept answer, compressed
)

var onceSpec = store.Spec{Name: "repeatables", Indexes: []store.Index{{Fields: []string{"_c"}}}}

// Answer is what a request was answered.
type Answer struct {
	Status int
	Type   string // of the body
	Body   []byte
}

// Claim is the right to carry out one request, to be ended by Keep, Release or Fail.
type Claim struct {
	a  *Accounts
	id string
}

// Once claims the actor's request with this idempotency key. It returns either a claim,
// or the answer of the earlier request that was the same. Another request with the same
// key is Invalid; ErrConflict while the first is under way, or if nobody can tell what
// became of it.
func (a *Accounts) Once(ctx context.Context, actor partnership.Actor, key string, request [sha256.Size]byte) (*Claim, *Answer, error) {
	sum := sha256.Sum256([]byte(actor.Account + "\x00" + key))
	r := partnership.Repeatable{Request: hex.EncodeToString(request[:])}
	r.ID = hex.EncodeToString(sum[:])
	for range 3 {
		fresh := r
		err := a.repeats.Insert(ctx, &fresh)
		if err == nil {
			return &Claim{a, r.ID}, nil, nil
		}
		if !errors.Is(err, partnership.ErrDuplicate) {
			return nil, nil, fmt.Errorf("claim request: %w", err)
		}
		was, err := a.repeats.Get(ctx, r.ID)
		if errors.Is(err, partnership.ErrNotFound) {
			continue // released just now
		}
		if err != nil {
			return nil, nil, fmt.Errorf("claim request: %w", err)
		}
		age := a.now().Sub(was.Created.Time())
		if age > repeatable {
			if err := a.repeats.Purge(ctx, r.ID); err != nil {
				return nil, nil, fmt.Errorf("claim request: %w", err)
			}
			continue
		}
		answer, err := a.earlier(&was, r.Request, age)
		return nil, answer, err
	}
	return nil, nil, errUnderWay
}

var errUnderWay = partnership.Refuse(partnership.ErrConflict, "带这个 Idempotency-Key 的请求正在处理，请稍后用同样的内容再发一次")

// earlier is what the earlier request with the same key was answered.
func (a *Accounts) earlier(was *partnership.Repeatable, request string, age time.Duration) (*Answer, error) {
	switch {
	case was.Request != request:
		return nil, partnership.Invalid{"Idempotency-Key": {"这个值已用于另一个请求（地址或内容不同）。每件事请用一个新的值"}}
	case was.Failed || !was.Done && age > longestRun:
		return nil, partnership.Refuse(partnership.ErrConflict, "带这个 Idempotency-Key 的请求中途出错，不能确定是否已办。请先查询结果，没有办成再用一个新的值重发")
	case !was.Done:
		return nil, errUnderWay
	}
	text, err := a.sealer.Open(repeatPlace(was.ID), was.Answer)
	if err != nil {
		return nil, err
	}
	unzip, err := gzip.NewReader(bytes.NewReader([]byte(text)))
	if err != nil {
		return nil, fmt.Errorf("kept answer: %w", err)
	}
	body, err := io.ReadAll(unzip)
	if err != nil {
		return nil, fmt.Errorf("kept answer: %w", err)
	}
	return &Answer{was.Status, was.Type, body}, nil
}

func repeatPlace(id string) string { return onceSpec.Name + "/" + id + "/answer" }

// Keep stores the answer for a day. One that is too long to be kept counts as a fault:
// asking again does not carry the request out again.
func (c *Claim) Keep(ctx context.Context, answer Answer) error {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(answer.Body)
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	if b.Len() > maxAnswer {
		return c.Fail(ctx)
	}
	_, err = c.a.repeats.Update(ctx, c.id, store.Filter{}, store.Set("done", true), store.Set("status", answer.Status), store.Set("type", answer.Type),
		store.Set("answer", c.a.sealer.Seal(repeatPlace(c.id), b.String())))
	return err
}

// Release forgets a request that was refused, which therefore changed nothing: mended, it
// may be sent again under the same key.
func (c *Claim) Release(ctx context.Context) error { return c.a.repeats.Purge(ctx, c.id) }

// Fail notes that the request ended with a fault, half-way perhaps.
func (c *Claim) Fail(ctx context.Context) error {
	_, err := c.a.repeats.Update(ctx, c.id, store.Filter{}, store.Set("failed", true))
	return err
}
