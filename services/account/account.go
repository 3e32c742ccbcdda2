// Package account is sign-in (登录): accounts with argon2id passwords, sessions
// kept as the hash of a random token, lock-out with growing delay, and the Actor
// that every use case is called with.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Lifetimes of a session, and when an account is locked.
const (
	idle     = 30 * time.Minute // without a request
	lifetime = 12 * time.Hour   // at most
	free     = 5                // wrong passwords before the account waits
	longest  = 30 * time.Minute // longest wait after wrong passwords
	seenStep = time.Minute      // how often a session's last use is written
)

// Accounts signs people in and out. Make one with New.
type Accounts struct {
	accounts *store.Coll[partnership.Account]
	sessions *store.Coll[partnership.Session]
	now      func() time.Time
	hashing  chan struct{} // bounds the memory and CPU that password hashing may take
	decoy    string        // hash checked for unknown names, so that timing tells nothing
}

// New returns the accounts kept in s. now is the clock.
func New(s *store.Store, now func() time.Time) (*Accounts, error) {
	decoy, err := hash(rand.Text())
	if err != nil {
		return nil, err
	}
	return &Accounts{
		accounts: store.Open[partnership.Account](s, AccountSpec),
		sessions: store.Open[partnership.Session](s, SessionSpec),
		now:      now,
		hashing:  make(chan struct{}, 2),
		decoy:    decoy,
	}, nil
}

// AccountSpec and SessionSpec declare the two collections and their indexes.
var (
	AccountSpec = store.Spec{Name: "accounts", Indexes: []store.Index{{Fields: []string{"party"}}}}
	SessionSpec = store.Spec{Name: "sessions", Indexes: []store.Index{{Fields: []string{"account"}}, {Fields: []string{"expires"}}}}
)

// ErrWrong is the one answer to an unknown name and to a wrong password.
var errWrong = partnership.Refuse(partnership.ErrSignIn, "账号或密码不对，请再试一次；忘记密码请联系区教委管理员重设")

// Login folds a sign-in name: without spaces around it, in lower case.
func Login(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// Create adds an account with a password. ErrDuplicate if the name is taken.
func (a *Accounts) Create(ctx context.Context, acc partnership.Account, password string) error {
	acc.ID = Login(acc.ID)
	bad := partnership.Invalid{}
	if n := utf8.RuneCountInString(acc.ID); n < 2 || n > 64 || strings.ContainsAny(acc.ID, " \t\r\n/\\|") {
		bad.Add("login", "登录名应为 2 到 64 个字，不含空格和 / \\ |")
	}
	switch acc.Role {
	case partnership.RoleSchool, partnership.RoleCompany:
		if acc.Party == "" {
			bad.Add("party", "请指明账号属于哪所学校或哪家企业")
		}
	case partnership.RoleDistrict, partnership.RoleOperator:
	default:
		bad.Add("role", "角色应为 school、company、district 或 operator")
	}
	CheckPassword(bad, acc.ID, password)
	if err := bad.Err(); err != nil {
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
	_, err = a.accounts.Edit(ctx, Login(login), func(acc *partnership.Account) error {
		acc.Hash, acc.Failures, acc.LockedTo = h, 0, 0
		return nil
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
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
	ok, err := a.matches(ctx, acc.Hash, old)
	if err != nil {
		return err
	}
	if !ok {
		return partnership.Invalid{"old": {"原密码不对"}}
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
	if _, err := a.accounts.Edit(ctx, acc.ID, func(acc *partnership.Account) error { acc.Hash = h; return nil }); err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	return a.endSessions(ctx, acc.ID, sessionID(keep))
}

// Disable bars the account and ends its sessions.
func (a *Accounts) Disable(ctx context.Context, login string) error {
	_, err := a.accounts.Edit(ctx, Login(login), func(acc *partnership.Account) error { acc.Disabled = true; return nil })
	if err != nil {
		return fmt.Errorf("disable %s: %w", login, err)
	}
	return a.endSessions(ctx, Login(login), "")
}

// List returns all accounts by name, without their hashes.
func (a *Accounts) List(ctx context.Context) ([]partnership.Account, error) {
	all, err := a.accounts.All(ctx, store.Query{Sort: []store.Sort{store.Asc("_id")}})
	for i := range all {
		all[i].Hash = ""
	}
	return all, err
}

// SignIn checks the password and opens a session. The token goes into the
// cookie; only its hash is stored. After five wrong passwords each further try
// waits twice as long, up to 30 minutes.
func (a *Accounts) SignIn(ctx context.Context, login, password, agent string) (token string, actor partnership.Actor, err error) {
	now := a.now()
	acc, err := a.accounts.Get(ctx, Login(login))
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return "", actor, fmt.Errorf("sign in: %w", err)
	}
	known := err == nil && !acc.Disabled
	if known && acc.LockedTo.Time().After(now) {
		wait := acc.LockedTo.Time().Sub(now).Round(time.Second)
		return "", actor, partnership.Refuse(partnership.ErrSignIn, "密码错误次数太多，请在 %s后再试", words(wait))
	}
	h := a.decoy
	if known {
		h = acc.Hash
	}
	ok, err := a.matches(ctx, h, password)
	if err != nil {
		return "", actor, err
	}
	if !known {
		return "", actor, errWrong
	}
	if !ok {
		_, err := a.accounts.Edit(ctx, acc.ID, func(acc *partnership.Account) error {
			acc.Failures++
			if over := acc.Failures - free; over >= 0 {
				acc.LockedTo = partnership.At(now.Add(min(longest, time.Minute<<min(over, 10))))
			}
			return nil
		})
		if err != nil {
			return "", actor, fmt.Errorf("count failure: %w", err)
		}
		return "", actor, errWrong
	}
	if acc.Failures > 0 {
		if _, err := a.accounts.Edit(ctx, acc.ID, func(acc *partnership.Account) error {
			acc.Failures, acc.LockedTo = 0, 0
			return nil
		}); err != nil {
			return "", actor, fmt.Errorf("clear failures: %w", err)
		}
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", actor, fmt.Errorf("session token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(raw)
	s := partnership.Session{Account: acc.ID, Expires: partnership.At(now.Add(lifetime)), Seen: partnership.At(now), Agent: cut(agent, 120)}
	s.ID = sessionID(token)
	if err := a.sessions.Insert(ctx, &s); err != nil {
		return "", actor, fmt.Errorf("open session: %w", err)
	}
	return token, actorOf(acc), nil
}

// Actor tells who holds the token, or ErrSignIn.
func (a *Accounts) Actor(ctx context.Context, token string) (partnership.Actor, error) {
	if token == "" {
		return partnership.Actor{}, partnership.ErrSignIn
	}
	s, err := a.sessions.Get(ctx, sessionID(token))
	if errors.Is(err, partnership.ErrNotFound) {
		return partnership.Actor{}, partnership.ErrSignIn
	}
	if err != nil {
		return partnership.Actor{}, fmt.Errorf("session: %w", err)
	}
	now := a.now()
	if !now.Before(s.Expires.Time()) || now.Sub(s.Seen.Time()) > idle {
		return partnership.Actor{}, partnership.Refuse(partnership.ErrSignIn, "登录已过期，请重新登录")
	}
	acc, err := a.accounts.Get(ctx, s.Account)
	if err != nil || acc.Disabled {
		return partnership.Actor{}, partnership.ErrSignIn
	}
	if now.Sub(s.Seen.Time()) > seenStep {
		// Another request may write the same; whoever is first is enough.
		_, err := a.sessions.Update(ctx, s.ID, store.Filter{}, store.Set("seen", int64(partnership.At(now))))
		if err != nil && !errors.Is(err, partnership.ErrConflict) && !errors.Is(err, partnership.ErrNotFound) {
			return partnership.Actor{}, fmt.Errorf("session: %w", err)
		}
	}
	return actorOf(acc), nil
}

// SignOut ends the session of the token.
func (a *Accounts) SignOut(ctx context.Context, token string) error {
	err := a.sessions.Purge(ctx, sessionID(token))
	if errors.Is(err, partnership.ErrNotFound) {
		return nil
	}
	return err
}

// Sweep removes sessions that have ended and returns how many.
func (a *Accounts) Sweep(ctx context.Context) (int, error) {
	old, err := a.sessions.All(ctx, store.Query{Where: store.Field("expires").Lt(int64(partnership.At(a.now())))})
	if err != nil {
		return 0, err
	}
	for _, s := range old {
		if err := a.sessions.Purge(ctx, s.ID); err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return 0, err
		}
	}
	return len(old), nil
}

func (a *Accounts) endSessions(ctx context.Context, login, keep string) error {
	open, err := a.sessions.All(ctx, store.Query{Where: store.Field("account").Eq(login)})
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	for _, s := range open {
		if s.ID == keep {
			continue
		}
		if err := a.sessions.Purge(ctx, s.ID); err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return fmt.Errorf("end sessions: %w", err)
		}
	}
	return nil
}

func actorOf(acc partnership.Account) partnership.Actor {
	return partnership.Actor{Account: acc.ID, Name: acc.Name, Role: acc.Role, Party: acc.Party, Region: acc.Region}
}

func sessionID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func words(d time.Duration) string {
	if d >= time.Minute {
		return fmt.Sprintf("%d 分钟", int((d+time.Minute-1)/time.Minute))
	}
	return fmt.Sprintf("%d 秒", int(d/time.Second)+1)
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
