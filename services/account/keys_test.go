package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sunmao/services/partnership"
)

var keeper = partnership.Actor{Account: "teacher", Role: partnership.RoleSchool, Party: "school-a", Region: "500153", Admin: true}

func TestKeys(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	make := func(days int, scopes ...string) (string, partnership.APIKey) {
		t.Helper()
		key, k, err := a.MakeKey(ctx, keeper, partnership.APIKey{Name: "教务系统", Scopes: scopes}, days)
		if err != nil {
			t.Fatal(err)
		}
		return key, k
	}
	key, k := make(30, "listings:read", "students:read")
	if stored, err := a.keys.Get(ctx, k.ID); err != nil || strings.Contains(stored.Hash, key[len(key)-20:]) || stored.Hash == "" {
		t.Errorf("stored %+v, %v: want a hash of the key, not the key", stored, err)
	}
	actor, err := a.KeyActor(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	if actor.Role != keeper.Role || actor.Party != keeper.Party || actor.Admin || actor.Account != "key/"+k.ID {
		t.Errorf("actor of the key = %+v: want the party's role, and no admin", actor)
	}
	for scope, want := range map[string]bool{"listings:read": true, "students:read": true, "listings:write": false, "": false} {
		if actor.Allows(scope) != want {
			t.Errorf("key allows %q = %v, want %v", scope, !want, want)
		}
	}
	if list, _, err := a.Keys(ctx, keeper, "", 10); err != nil || len(list) != 1 || list[0].Seen == 0 {
		t.Errorf("keys = %+v, %v: want one, seen", list, err)
	}

	for name, bad := range map[string]string{"none": "", "no prefix": strings.TrimPrefix(key, keyPrefix), "another secret": key[:len(key)-1] + "!", "only the id": keyPrefix + k.ID, "no secret": keyPrefix + k.ID + "_", "long": key + strings.Repeat("x", 300)} {
		if _, err := a.KeyActor(ctx, bad); !errors.Is(err, partnership.ErrSignIn) {
			t.Errorf("%s: %v, want ErrSignIn", name, err)
		}
	}

	stranger := keeper
	stranger.Party = "school-b"
	if _, err := a.RevokeKey(ctx, stranger, k.ID); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("another school revokes it: %v, want ErrNotFound", err)
	}
	if _, err := a.RevokeKey(ctx, keeper, k.ID); err != nil {
		t.Fatal(err)
	}
	if again, err := a.RevokeKey(ctx, keeper, k.ID); err != nil || again.Revoked == 0 {
		t.Errorf("revoking twice: %+v, %v", again, err)
	}
	if _, err := a.KeyActor(ctx, key); !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("a revoked key: %v, want ErrSignIn", err)
	}

	short, _ := make(1, "listings:read")
	*now = now.Add(24 * time.Hour)
	if _, err := a.KeyActor(ctx, short); !errors.Is(err, partnership.ErrSignIn) {
		t.Errorf("a key out of date: %v, want ErrSignIn", err)
	}
}

func TestKeysRefused(t *testing.T) {
	ctx := context.Background()
	a, _ := open(t)
	of := func(role partnership.Role, party string, admin bool) partnership.Actor {
		return partnership.Actor{Account: "x", Role: role, Party: party, Region: "500153", Admin: admin}
	}
	key := keeper
	key.Key = "k1"
	for _, tc := range []struct {
		name  string
		actor partnership.Actor
		draft partnership.APIKey
		days  int
		want  string // field of the refusal; "" for ErrForbidden
	}{
		{"no admin", of(partnership.RoleSchool, "school-a", false), partnership.APIKey{Name: "教务", Scopes: []string{"listings:read"}}, 30, ""},
		{"operator", of(partnership.RoleOperator, "", true), partnership.APIKey{Name: "教务", Scopes: []string{"listings:read"}}, 30, ""},
		{"a key makes keys", key, partnership.APIKey{Name: "教务", Scopes: []string{"listings:read"}}, 30, ""},
		{"no name", keeper, partnership.APIKey{Scopes: []string{"listings:read"}}, 30, "name"},
		{"no scope", keeper, partnership.APIKey{Name: "教务"}, 30, "scopes"},
		{"scope of another role", of(partnership.RoleCompany, "c1", true), partnership.APIKey{Name: "人事", Scopes: []string{"students:read"}}, 30, "scopes"},
		{"unknown scope", keeper, partnership.APIKey{Name: "教务", Scopes: []string{"everything"}}, 30, "scopes"},
		{"too long", keeper, partnership.APIKey{Name: "教务", Scopes: []string{"listings:read"}}, 367, "days"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := a.MakeKey(ctx, tc.actor, tc.draft, tc.days)
			var bad partnership.Invalid
			switch {
			case tc.want == "" && !errors.Is(err, partnership.ErrForbidden):
				t.Errorf("got %v, want ErrForbidden", err)
			case tc.want != "" && (!errors.As(err, &bad) || len(bad[tc.want]) == 0):
				t.Errorf("got %v, want a sentence at %s", err, tc.want)
			}
		})
	}
}

func TestOnce(t *testing.T) {
	ctx := context.Background()
	a, now := open(t)
	request, other := sha256.Sum256([]byte("POST /posts {}")), sha256.Sum256([]byte("POST /posts {1}"))

	// Of many that come at once, one is carried out; the others are told to wait.
	var won, told atomic.Int32
	var first *Claim
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			claim, kept, err := a.Once(ctx, keeper, "k1", request)
			switch {
			case claim != nil:
				won.Add(1)
				first = claim
			case kept == nil && errors.Is(err, partnership.ErrConflict):
				told.Add(1)
			default:
				t.Errorf("%v, %v, %v", claim, kept, err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 || told.Load() != 7 {
		t.Fatalf("%d carried out, %d told to wait; want 1 and 7", won.Load(), told.Load())
	}
	if err := first.Keep(ctx, Answer{200, "application/json", []byte(`{"id":"p1"}`)}); err != nil {
		t.Fatal(err)
	}
	claim, kept, err := a.Once(ctx, keeper, "k1", request)
	if err != nil || claim != nil || kept.Status != 200 || string(kept.Body) != `{"id":"p1"}` || kept.Type != "application/json" {
		t.Errorf("the same again: %v, %+v, %v; want the first answer", claim, kept, err)
	}
	var bad partnership.Invalid
	if _, _, err := a.Once(ctx, keeper, "k1", other); !errors.As(err, &bad) {
		t.Errorf("another request with the key: %v, want Invalid", err)
	}
	colleague := keeper
	colleague.Account = "colleague"
	if claim, _, err := a.Once(ctx, colleague, "k1", other); err != nil || claim == nil {
		t.Errorf("the key of somebody else is another key: %v", err)
	}
	if n, err := a.Sweep(ctx); err != nil || n != 0 {
		t.Errorf("swept %d, %v within the day", n, err)
	}
	*now = now.Add(repeatable + time.Minute)
	if claim, _, err := a.Once(ctx, keeper, "k1", other); err != nil || claim == nil {
		t.Errorf("a day later: %v, want a claim", err)
	}

	t.Run("refused", func(t *testing.T) {
		claim, _, err := a.Once(ctx, keeper, "k2", request)
		if err != nil {
			t.Fatal(err)
		}
		if err := claim.Release(ctx); err != nil {
			t.Fatal(err)
		}
		if claim, _, err := a.Once(ctx, keeper, "k2", other); err != nil || claim == nil {
			t.Errorf("mended and sent again: %v, want a claim", err)
		}
	})
	t.Run("fault", func(t *testing.T) {
		claim, _, err := a.Once(ctx, keeper, "k3", request)
		if err != nil {
			t.Fatal(err)
		}
		if err := claim.Fail(ctx); err != nil {
			t.Fatal(err)
		}
		if claim, kept, err := a.Once(ctx, keeper, "k3", request); claim != nil || kept != nil || !errors.Is(err, partnership.ErrConflict) || !strings.Contains(err.Error(), "不能确定") {
			t.Errorf("after a fault: %v %v %v; want to be told that nobody knows", claim, kept, err)
		}
	})
	t.Run("cut off", func(t *testing.T) {
		if _, _, err := a.Once(ctx, keeper, "k4", request); err != nil {
			t.Fatal(err)
		}
		*now = now.Add(longestRun + time.Second)
		if claim, _, err := a.Once(ctx, keeper, "k4", request); claim != nil || !errors.Is(err, partnership.ErrConflict) || !strings.Contains(err.Error(), "不能确定") {
			t.Errorf("after the node died: %v %v; want to be told that nobody knows", claim, err)
		}
	})
	*now = now.Add(2 * repeatable)
	if n, err := a.Sweep(ctx); err != nil || n != 5 {
		t.Errorf("swept %d, %v; want 5", n, err)
	}
}
