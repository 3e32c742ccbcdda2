package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// keyPrefix begins every API key, so that one that leaked into a log or a repository can
// be searched for.
const keyPrefix = "smk_"

const (
	mostKeys = 20  // working keys of one party
	keyDays  = 366 // that a key works at most
)

var keySpec = store.Spec{Name: "api_keys", Trail: true, Indexes: []store.Index{{Fields: []string{"party", "role"}}}}

var (
	errKey     = partnership.Refuse(partnership.ErrSignIn, "接口密钥无效、已撤销或过了有效期。请在“接口密钥”页查看，或换一个新的密钥")
	errNoKey   = partnership.Refuse(partnership.ErrNotFound, "没有这个接口密钥，或者它不归您管理。请刷新“接口密钥”页再看")
	errKeyHold = partnership.Refuse(partnership.ErrForbidden, "接口密钥由学校、企业或区教委的账号管理员建立和撤销。需要时请联系本单位的账号管理员")
)

// ownKeys is the filter for the keys of the actor's own party; a district's are those of
// its region.
func ownKeys(actor partnership.Actor) (store.Filter, error) {
	party := actor.Role == partnership.RoleSchool || actor.Role == partnership.RoleCompany
	if !actor.Admin || actor.Key != "" || party && actor.Party == "" || !party && actor.Role != partnership.RoleDistrict {
		return store.Filter{}, errKeyHold
	}
	return store.And(store.Field("party").Eq(actor.Party), store.Field("role").Eq(string(actor.Role)), store.Field("region").Eq(actor.Region)), nil
}

// Keys lists the keys of the actor's party, the newest first, revoked ones too.
func (a *Accounts) Keys(ctx context.Context, actor partnership.Actor, after string, limit int) ([]partnership.APIKey, string, error) {
	where, err := ownKeys(actor)
	if err != nil {
		return nil, "", err
	}
	return a.keys.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("_id")}, After: after, Limit: limit})
}

// MakeKey makes a key for another system of the actor's party: draft gives its name and
// scopes, days how long it works (1 to 366). The key is returned this once; its secret
// is kept as a hash.
func (a *Accounts) MakeKey(ctx context.Context, actor partnership.Actor, draft partnership.APIKey, days int) (string, partnership.APIKey, error) {
	where, err := ownKeys(actor)
	if err != nil {
		return "", draft, err
	}
	now := a.now()
	bad := partnership.Invalid{}
	draft.Name = strings.TrimSpace(draft.Name)
	if n := utf8.RuneCountInString(draft.Name); n < 2 || n > 40 {
		bad.Add("name", "请写 2 到 40 个字，说明哪个系统用这个密钥")
	}
	if days < 1 || days > keyDays {
		bad.Add("days", "有效期应为 1 到 %d 天", keyDays)
	}
	if len(draft.Scopes) == 0 {
		bad.Add("scopes", "请至少选择一项权限")
	}
	may := partnership.ScopesOf(actor.Role)
	for _, s := range draft.Scopes {
		if !slices.ContainsFunc(may, func(m partnership.Scope) bool { return m.Key == s }) {
			bad.Add("scopes", "没有“%s”这项权限", s)
		}
	}
	if err := bad.Err(); err != nil {
		return "", draft, err
	}
	working, err := a.keys.Count(ctx, store.And(where, store.Field("revoked").Eq(0), store.Field("expires").Gt(int64(partnership.At(now)))))
	if err != nil {
		return "", draft, fmt.Errorf("count keys: %w", err)
	}
	if working >= mostKeys {
		return "", draft, partnership.Refuse(partnership.ErrConflict, "一个单位最多有 %d 个有效的接口密钥，请先撤销不用的", mostKeys)
	}
	secret := newToken()
	k := partnership.APIKey{Hash: sessionID(secret), Name: draft.Name, Role: actor.Role, Party: actor.Party, Region: actor.Region,
		Scopes: slices.Compact(slices.Sorted(slices.Values(draft.Scopes))), By: actor.Account, Expires: partnership.At(now.Add(time.Duration(days) * 24 * time.Hour))}
	if err := a.keys.Insert(ctx, &k); err != nil {
		return "", draft, fmt.Errorf("make key: %w", err)
	}
	return keyPrefix + k.ID + "_" + secret, k, nil
}

// RevokeKey ends a key of the actor's party at once; one that has ended stays as it is.
func (a *Accounts) RevokeKey(ctx context.Context, actor partnership.Actor, id string) (partnership.APIKey, error) {
	where, err := ownKeys(actor)
	if err != nil {
		return partnership.APIKey{}, err
	}
	k, err := a.keys.Update(store.Doing(ctx, "revoke"), id, store.And(where, store.Field("revoked").Eq(0)), store.Set("revoked", int64(partnership.At(a.now()))), store.Set("ended", actor.Account))
	if errors.Is(err, partnership.ErrConflict) { // somebody else's, or revoked already
		if k, err = a.keys.First(ctx, store.Query{Where: store.And(where, store.Field("_id").Eq(id))}); err == nil {
			return k, nil
		}
	}
	if errors.Is(err, partnership.ErrNotFound) {
		return k, errNoKey
	}
	return k, err
}

// KeyActor tells who speaks with a key: its party with its role, cut down to its scopes.
// A key that is unknown, revoked, out of date or of a barred party is ErrSignIn.
func (a *Accounts) KeyActor(ctx context.Context, key string) (partnership.Actor, error) {
	rest, ok := strings.CutPrefix(key, keyPrefix)
	id, secret, split := strings.Cut(rest, "_")
	if !ok || !split || id == "" || len(key) > 200 {
		return partnership.Actor{}, errKey
	}
	k, err := a.keys.Get(ctx, id)
	if errors.Is(err, partnership.ErrNotFound) {
		return partnership.Actor{}, errKey
	}
	if err != nil {
		return partnership.Actor{}, fmt.Errorf("api key: %w", err)
	}
	sum, now := sha256.Sum256([]byte(secret)), a.now()
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(k.Hash)) != 1 || k.Revoked != 0 || !now.Before(k.Expires.Time()) {
		return partnership.Actor{}, errKey
	}
	if err := a.admitted(ctx, partnership.Account{Role: k.Role, Party: k.Party}); err != nil {
		return partnership.Actor{}, err
	}
	if now.Sub(k.Seen.Time()) > seenStep {
		// Derived: the use of a key leaves no entry of its own in the trail, what it does with it does.
		_, err := a.keys.Update(store.Derived(ctx), k.ID, store.Filter{}, store.Set("seen", int64(partnership.At(now))))
		if err != nil && !errors.Is(err, partnership.ErrConflict) && !errors.Is(err, partnership.ErrNotFound) {
			return partnership.Actor{}, fmt.Errorf("api key: %w", err)
		}
	}
	// A login holds no slash, so no account can be taken for a key.
	return partnership.Actor{Account: "key/" + k.ID, Name: "接口密钥“" + k.Name + "”", Role: k.Role, Party: k.Party, Region: k.Region, Key: k.ID, Scopes: k.Scopes}, nil
}
