// Package account is sign-in (登录): accounts with argon2id passwords that begin with
// a one-time link, sessions kept as the hash of a random token, lock-out with growing
// delay, and the Actor that every use case is called with.
package account

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Config is what Accounts work with; all fields but Demand are needed.
type Config struct {
	Store  *store.Store
	Now    func() time.Time
	Key    []byte             // 32 bytes: seals secrets, hashes addresses
	Demand []partnership.Role // who must have a second step
	// Barred says why the accounts of a party may not be used now; "" if they may. Nil bars nobody.
	Barred func(ctx context.Context, role partnership.Role, party string) (string, error)
}

// Accounts signs people in and out and keeps the accounts of each party. Make one with New.
type Accounts struct {
	accounts    *store.Coll[partnership.Account]
	sessions    *store.Coll[partnership.Session]
	invitations *store.Coll[partnership.Invitation]
	throttles   *store.Coll[partnership.Throttle]
	keys        *store.Coll[partnership.APIKey]
	repeats     *store.Coll[partnership.Repeatable]
	sealer      *store.Sealer
	note        func(context.Context, partnership.TrailEntry) error // to the audit trail
	now         func() time.Time
	demand      []partnership.Role
	barred      func(context.Context, partnership.Role, string) (string, error)
	cost        cost
	hashing     chan struct{} // bounds the memory and CPU that password hashing may take
	waiting     atomic.Int32  // for a place in it
	decoy       string        // hash checked for unknown names, so that timing tells nothing
}

// New returns the accounts kept in a store.
func New(c Config) (*Accounts, error) {
	decoy, err := hash(rand.Text(), floor)
	if err != nil {
		return nil, err
	}
	sealer, err := store.NewSealer(c.Key)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	return &Accounts{
		accounts:    store.Open[partnership.Account](c.Store, AccountSpec),
		sessions:    store.Open[partnership.Session](c.Store, SessionSpec),
		invitations: store.Open[partnership.Invitation](c.Store, invitationSpec),
		throttles:   store.Open[partnership.Throttle](c.Store, throttleSpec),
		keys:        store.Open[partnership.APIKey](c.Store, keySpec),
		repeats:     store.Open[partnership.Repeatable](c.Store, onceSpec),
		sealer:      sealer,
		note:        c.Store.Note,
		now:         c.Now,
		demand:      c.Demand,
		barred:      c.Barred,
		hashing:     make(chan struct{}, 2),
		cost:        floor,
		decoy:       decoy,
	}, nil
}

// AccountSpec and SessionSpec declare the two collections and their indexes.
var (
	AccountSpec = store.Spec{Name: "accounts", Indexes: []store.Index{{Fields: []string{"party"}}, {Fields: []string{"role", "region"}}}, Trail: true, Version: 1, Upcast: allAdmins}
	SessionSpec = store.Spec{Name: "sessions", Indexes: []store.Index{{Fields: []string{"account"}}, {Fields: []string{"expires"}}}}
)

// allAdmins brings accounts of shape 0 up to date: before there were colleagues, each
// account was its party's own.
func allAdmins(_ int, doc []byte) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(doc, &fields); err != nil {
		return nil, fmt.Errorf("account of shape 0: %w", err)
	}
	fields["admin"] = json.RawMessage("true")
	return json.Marshal(fields)
}

var errNoAccount = partnership.Refuse(partnership.ErrNotFound, "没有这个账号，或者它不归您管理。请从“账号”页重新打开")

// Login folds a sign-in name: without spaces around it, in lower case.
func Login(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// Create adds an account with a password. ErrDuplicate if the name is taken.
func (a *Accounts) Create(ctx context.Context, acc partnership.Account, password string) error {
	if err := checkAccount(&acc, password); err != nil {
		return err
	}
	h, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	acc.Hash = h
	err = a.accounts.Insert(ctx, &acc)
	if errors.Is(err, partnership.ErrDuplicate) {
		return partnership.Refuse(partnership.ErrDuplicate, "登录名 %s 已有人用，请换一个", acc.ID)
	}
	return err
}

// checkAccount folds the login and checks what a new account is made of.
func checkAccount(acc *partnership.Account, password string) error {
	acc.ID = Login(acc.ID)
	bad := partnership.Invalid{}
	if n := utf8.RuneCountInString(acc.ID); n < 2 || n > 64 || strings.ContainsAny(acc.ID, " \t\r\n/\\|") {
		bad.Add("login", "登录名应为 2 到 64 个字，不含空格和 / \\ |")
	}
	checkHolder(bad, acc.Role, acc.Party, acc.Name)
	CheckPassword(bad, acc.ID, password)
	return bad.Err()
}

// checkHolder checks whom an account or an invitation is for.
func checkHolder(bad partnership.Invalid, role partnership.Role, party, name string) {
	if utf8.RuneCountInString(name) > 40 {
		bad.Add("name", "姓名最多 40 个字")
	}
	switch role {
	case partnership.RoleSchool, partnership.RoleCompany:
		if party == "" {
			bad.Add("party", "请指明账号属于哪所学校或哪家企业")
		}
	case partnership.RoleDistrict, partnership.RoleOperator:
	default:
		bad.Add("role", "角色应为 school、company、district 或 operator")
	}
}

// SetPassword gives the account a new password, unlocks it and ends its sessions.
func (a *Accounts) SetPassword(ctx context.Context, login, password string) error {
	bad := partnership.Invalid{}
	CheckPassword(bad, Login(login), password)
	if err := bad.Err(); err != nil {
		return err
	}
	h, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = a.accounts.Edit(store.Doing(ctx, "password"), Login(login), func(acc *partnership.Account) error {
		acc.Hash = h
		return nil
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if err := a.clear(ctx, a.bucket("login", Login(login), freeLogin)); err != nil {
		return err
	}
	return a.endSessions(ctx, Login(login), "")
}

// ChangePassword is SetPassword by the person, who proves to know the old one.
// The session of keep (its token) stays, all others end.
func (a *Accounts) ChangePassword(ctx context.Context, actor partnership.Actor, old, password, keep string) error {
	acc, err := a.accounts.Get(ctx, actor.Account)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	by := a.bucket("old password", acc.ID, freeLogin) // a stolen session must not serve for guessing
	if err := a.take(ctx, by); err != nil {
		return err
	}
	ok, err := a.matches(ctx, acc.Hash, old)
	if err != nil {
		return err
	}
	if !ok {
		return partnership.Invalid{"old": {"原密码不对"}}
	}
	if err := a.clear(ctx, by); err != nil {
		return err
	}
	bad := partnership.Invalid{}
	CheckPassword(bad, acc.ID, password)
	if err := bad.Err(); err != nil {
		return err
	}
	h, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	if _, err := a.accounts.Edit(store.Doing(ctx, "password"), acc.ID, func(acc *partnership.Account) error { acc.Hash = h; return nil }); err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	return a.endSessions(ctx, acc.ID, sessionID(keep))
}

// mayManage reports whether the actor manages accounts of this role, party and region:
// the admin of a party its colleagues, of a district its own and those of its schools
// and companies, the operator all.
func mayManage(actor partnership.Actor, role partnership.Role, party, region string) bool {
	if !actor.Admin {
		return false
	}
	switch actor.Role {
	case partnership.RoleOperator:
		return true
	case partnership.RoleDistrict:
		return role != partnership.RoleOperator && actor.Covers(region)
	}
	return role == actor.Role && actor.SpeaksFor(party)
}

// managed is the filter for the documents with role, party and region that the actor manages.
func managed(actor partnership.Actor) (store.Filter, error) {
	if !actor.Admin {
		return store.Filter{}, partnership.Refuse(partnership.ErrForbidden, "只有本单位的账号管理员可以管理账号。需要时请联系邀请您的人")
	}
	switch actor.Role {
	case partnership.RoleOperator:
		return store.Filter{}, nil
	case partnership.RoleDistrict:
		if actor.Region == "" {
			return store.Or(), nil // nothing: the prefix of no region would be everything
		}
		return store.And(store.Field("region").Prefix(partnership.RegionPrefix(actor.Region)), store.Field("role").Ne(string(partnership.RoleOperator))), nil
	}
	return store.And(store.Field("party").Eq(actor.Party), store.Field("role").Eq(string(actor.Role))), nil
}

// Listed is an account as its managers see it.
type Listed struct {
	partnership.Account
	Locked partnership.Stamp // until when it has to wait after wrong passwords
	Second bool              // has a second step
}

// List returns the accounts that the actor manages, by login from after, without
// secrets, and where the next page begins.
func (a *Accounts) List(ctx context.Context, actor partnership.Actor, after string, limit int) ([]Listed, string, error) {
	where, err := managed(actor)
	if err != nil {
		return nil, "", err
	}
	page, next, err := a.accounts.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("_id")}, After: after, Limit: limit})
	if err != nil {
		return nil, "", err
	}
	logins := make([]string, len(page))
	for i := range page {
		logins[i] = page[i].ID
	}
	locked, err := a.locked(ctx, logins)
	out := make([]Listed, len(page))
	for i, acc := range page {
		out[i] = Listed{bare(acc), locked[acc.ID], acc.TOTP != ""}
	}
	return out, next, err
}

// bare is an account without its secrets.
func bare(acc partnership.Account) partnership.Account {
	acc.Hash, acc.TOTP, acc.TOTPOffer, acc.Recovery = "", "", "", nil
	return acc
}

// Any reports whether there is an account at all.
func (a *Accounts) Any(ctx context.Context) (bool, error) {
	n, err := a.accounts.Count(ctx, store.Filter{})
	return n > 0, err
}

// managedAccount returns an account that the actor manages.
func (a *Accounts) managedAccount(ctx context.Context, actor partnership.Actor, login string) (partnership.Account, error) {
	acc, err := a.accounts.Get(ctx, Login(login))
	switch {
	case errors.Is(err, partnership.ErrNotFound):
		return acc, errNoAccount
	case err != nil:
		return acc, err
	case !mayManage(actor, acc.Role, acc.Party, acc.Region):
		return partnership.Account{}, errNoAccount
	}
	return acc, nil
}

// The verbs of an account.
const (
	Disable = "disable" // bar it and end its sessions
	Enable  = "enable"  // let it in again
	Promote = "promote" // let it manage its party's accounts
	Dismiss = "dismiss" // no longer
	Unlink  = "unlink"  // end its second step, for somebody whose telephone is lost
)

// Act does one of the verbs to an account that the actor manages, but never to the
// actor's own: nobody locks himself out or leaves a party without an admin by mistake.
func (a *Accounts) Act(ctx context.Context, actor partnership.Actor, login, verb string) (partnership.Account, error) {
	acc, err := a.managedAccount(ctx, actor, login)
	if err != nil {
		return acc, err
	}
	if acc.ID == actor.Account {
		return acc, partnership.Refuse(partnership.ErrConflict, "不能停用自己或改自己的管理员身份，请让另一位管理员来做")
	}
	acc, err = a.accounts.Edit(store.Doing(ctx, verb), acc.ID, func(acc *partnership.Account) error {
		switch verb {
		case Disable:
			acc.Disabled = true
		case Enable:
			acc.Disabled = false
		case Promote:
			acc.Admin = true
		case Dismiss:
			acc.Admin = false
		case Unlink:
			dropSecond(acc)
		default:
			return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
		}
		return nil
	})
	if err != nil {
		return acc, fmt.Errorf("%s account: %w", verb, err)
	}
	switch verb {
	case Disable:
		err = a.endSessions(ctx, acc.ID, "")
	case Enable:
		err = a.clear(ctx, a.bucket("login", acc.ID, freeLogin))
	}
	return bare(acc), err
}
