package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// How many wrong tries are free, and how the wait grows after them: a minute, doubled
// with each further one. A login and a browser known to it get few; an address gets more,
// because a whole school may stand behind one.
const (
	freeLogin   = 5
	freeAddress = 20
	firstWait   = time.Minute
	longest     = 30 * time.Minute
	forgotten   = 24 * time.Hour // without a further try, after the wait
)

// throttleSpec: wrong tries are counted in the store, so all nodes count the same. Ids
// are keyed hashes: neither addresses nor what people typed as a login rest there.
var throttleSpec = store.Spec{Name: "throttles", Indexes: []store.Index{{Fields: []string{"last"}}}}

// A bucket counts the wrong tries of one login, browser or address.
type bucket struct {
	id   string
	free int
}

func (a *Accounts) bucket(kind, text string, free int) bucket {
	return bucket{kind + "|" + a.sealer.Blind("throttle "+kind, text), free}
}

// loginBucket counts the tries for a login, whether there is such an account or not: an
// answer must not tell which. A browser that has signed in to it before has a bucket of
// its own, so that strangers who try passwords lock out strangers only.
func (a *Accounts) loginBucket(login, device string) bucket {
	if nonce, ok := a.knownDevice(login, device); ok {
		return a.bucket("device", login+"|"+nonce, freeLogin)
	}
	return a.bucket("login", login, freeLogin)
}

// waiting refuses while the bucket is locked.
func waiting(t *partnership.Throttle, now time.Time) error {
	if until := t.LockedTo.Time(); until.After(now) {
		return partnership.Refuse(partnership.ErrSignIn, "密码错误次数太多，请在 %s后再试", words(until.Sub(now).Round(time.Second)))
	}
	return nil
}

// check refuses while the bucket is locked, and counts nothing.
func (a *Accounts) check(ctx context.Context, b bucket) error {
	t, err := a.throttles.Get(ctx, b.id)
	if errors.Is(err, partnership.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	return waiting(&t, a.now())
}

// take counts one try, before anybody knows how it ends: of many at once only the free
// ones get through.
func (a *Accounts) take(ctx context.Context, b bucket) error {
	for {
		now := a.now()
		_, err := a.throttles.Edit(ctx, b.id, func(t *partnership.Throttle) error {
			if err := waiting(t, now); err != nil {
				return err
			}
			if now.Sub(max(t.Last, t.LockedTo).Time()) > forgotten {
				t.Tries = 0
			}
			t.Tries, t.Last = t.Tries+1, partnership.At(now)
			if over := t.Tries - b.free; over >= 0 {
				t.LockedTo = partnership.At(now.Add(min(longest, firstWait<<min(over, 10))))
			}
			return nil
		})
		if !errors.Is(err, partnership.ErrNotFound) {
			return err
		}
		t := partnership.Throttle{Tries: 1, Last: partnership.At(now)}
		t.ID = b.id
		if err := a.throttles.Insert(ctx, &t); !errors.Is(err, partnership.ErrDuplicate) {
			return err
		}
	}
}

// clear forgets the tries of a bucket.
func (a *Accounts) clear(ctx context.Context, b bucket) error {
	if err := a.throttles.Purge(ctx, b.id); err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return fmt.Errorf("throttle: %w", err)
	}
	return nil
}

// Try counts one try of something else that anybody may ask for (an invitation, a
// registration) from an address, and refuses when there were too many.
func (a *Accounts) Try(ctx context.Context, what, address string) error {
	err := a.take(ctx, a.bucket(what, address, freeAddress))
	var refused *partnership.Refused
	if errors.As(err, &refused) && errors.Is(err, partnership.ErrSignIn) {
		return partnership.Refuse(partnership.ErrTooMany, "这个网络地址短时间内提交的次数太多，请过半小时再试")
	}
	return err
}

// locked tells until when each of the logins has to wait; absent ones need not.
func (a *Accounts) locked(ctx context.Context, logins []string) (map[string]partnership.Stamp, error) {
	of := map[string]string{}
	ids := make([]string, len(logins))
	for i, l := range logins {
		ids[i] = a.bucket("login", l, freeLogin).id
		of[ids[i]] = l
	}
	out := map[string]partnership.Stamp{}
	for t, err := range a.throttles.Find(ctx, store.Query{Where: store.Field("_id").In(ids)}) {
		if err != nil {
			return nil, fmt.Errorf("throttle: %w", err)
		}
		if t.LockedTo.Time().After(a.now()) {
			out[of[t.ID]] = t.LockedTo
		}
	}
	return out, nil
}

// newDevice is what a browser keeps to be known again after a sign-in: a number and its
// keyed hash with the login. It opens nothing.
func (a *Accounts) newDevice(login string) string {
	nonce := rand.Text()
	return nonce + "." + a.sealer.Blind("device", login+"|"+nonce)
}

func (a *Accounts) knownDevice(login, device string) (nonce string, ok bool) {
	nonce, mark, ok := strings.Cut(device, ".")
	if !ok || len(nonce) > 64 {
		return "", false
	}
	return nonce, hmac.Equal([]byte(mark), []byte(a.sealer.Blind("device", login+"|"+nonce)))
}
