package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Lifetimes of a session.
const (
	idle     = 30 * time.Minute // without a request
	lifetime = 12 * time.Hour   // at most
	halfLife = 5 * time.Minute  // between password and second step
	seenStep = time.Minute      // how often a session's last use is written
	most     = 10               // sessions of one account; one more ends the oldest
)

// errWrong is the one answer to an unknown name and to a wrong password.
var errWrong = partnership.Refuse(partnership.ErrSignIn, "账号或密码不对，请再试一次；忘记密码请找本单位的账号管理员或区教委要一个重设链接")

// Attempt is one try to sign in.
type Attempt struct {
	Login, Password string
	Agent           string // the browser, as it calls itself
	Address         string // of the network it comes from; empty if unknown
	Device          string // what an earlier sign-in gave this browser to keep
}

// Entry is what a right password gives.
type Entry struct {
	Token  string // for the session's cookie; of a half session if Half
	Half   bool   // the second step is still to come
	Actor  partnership.Actor
	Device string // for the browser to keep for a year, so that it is known again
}

// SignIn checks the password and opens a session, or a half one if the account has a
// second step. The token goes into the cookie; only its hash is stored. After five wrong
// passwords each further try waits twice as long, up to 30 minutes; so does an address
// after twenty.
func (a *Accounts) SignIn(ctx context.Context, try Attempt) (Entry, error) {
	login := Login(try.Login)
	from, by := a.bucket("address", try.Address, freeAddress), a.loginBucket(login, try.Device)
	if try.Address != "" {
		if err := a.check(ctx, from); err != nil {
			return Entry{}, err
		}
	}
	if err := a.take(ctx, by); err != nil {
		return Entry{}, err
	}
	acc, err := a.accounts.Get(ctx, login)
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return Entry{}, fmt.Errorf("sign in: %w", err)
	}
	known, h := err == nil && !acc.Disabled, a.decoy
	if known {
		h = acc.Hash
	}
	ok, err := a.matches(ctx, h, try.Password)
	if err != nil {
		return Entry{}, err
	}
	if !known || !ok {
		if try.Address != "" {
			if err := a.take(ctx, from); err != nil && !errors.Is(err, partnership.ErrSignIn) {
				return Entry{}, err
			}
		}
		// A login that is none may be a password typed in the wrong box: it is not kept.
		if err := a.tell(ctx, "sign-in-failed", acc); err != nil {
			return Entry{}, err
		}
		return Entry{}, errWrong
	}
	if acc.TOTP != "" {
		// The tries stay counted until the second step is done, or a stolen password
		// would buy codes without end.
		token, err := a.openSession(ctx, acc.ID, try.Agent, true)
		return Entry{Token: token, Half: true}, err
	}
	return a.enter(ctx, acc, try.Agent, by)
}

// Second is the second step: a code of the app, or a recovery code, ends the half
// session of the token and opens a whole one under another token.
func (a *Accounts) Second(ctx context.Context, token, code, device string) (Entry, error) {
	s, err := a.session(ctx, token, true)
	if err != nil {
		return Entry{}, err
	}
	by := a.loginBucket(s.Account, device)
	if err := a.take(ctx, by); err != nil {
		return Entry{}, err
	}
	acc, err := a.accounts.Edit(store.Derived(ctx), s.Account, func(acc *partnership.Account) error { return a.useCode(acc, code) })
	if errors.Is(err, errCode) {
		if acc, getErr := a.accounts.Get(ctx, s.Account); getErr == nil {
			err = errors.Join(err, a.tell(ctx, "sign-in-failed", acc))
		}
	}
	if err != nil {
		return Entry{}, err
	}
	if err := a.SignOut(ctx, token); err != nil {
		return Entry{}, err
	}
	return a.enter(ctx, acc, s.Agent, by)
}

// admitted refuses the accounts of a party that is barred, who are told why only after
// they have proved who they are.
func (a *Accounts) admitted(ctx context.Context, acc partnership.Account) error {
	if a.barred == nil || acc.Party == "" {
		return nil
	}
	why, err := a.barred(ctx, acc.Role, acc.Party)
	if err != nil || why == "" {
		return err
	}
	return partnership.Refuse(partnership.ErrSignIn, "%s", why)
}

// enter opens the session of somebody who has proved everything.
func (a *Accounts) enter(ctx context.Context, acc partnership.Account, agent string, by bucket) (Entry, error) {
	if err := a.admitted(ctx, acc); err != nil {
		return Entry{}, err
	}
	if err := a.clear(ctx, by); err != nil {
		return Entry{}, err
	}
	if _, err := a.accounts.Edit(store.Derived(ctx), acc.ID, func(acc *partnership.Account) error { acc.LastIn = partnership.At(a.now()); return nil }); err != nil {
		return Entry{}, fmt.Errorf("note the sign-in: %w", err)
	}
	if err := a.tell(ctx, "sign-in", acc); err != nil {
		return Entry{}, err
	}
	token, err := a.openSession(ctx, acc.ID, agent, false)
	return Entry{Token: token, Actor: a.actorOf(acc), Device: a.newDevice(acc.ID)}, err
}

func (a *Accounts) openSession(ctx context.Context, login, agent string, half bool) (string, error) {
	open, err := a.sessionsOf(ctx, login)
	if err != nil {
		return "", err
	}
	for _, old := range open[:max(0, len(open)-most+1)] {
		if err := a.sessions.Purge(ctx, old.ID); err != nil {
			return "", fmt.Errorf("end the oldest session: %w", err)
		}
	}
	now, token := a.now(), newToken()
	life := lifetime
	if half {
		life = halfLife
	}
	s := partnership.Session{Account: login, Expires: partnership.At(now.Add(life)), Seen: partnership.At(now), Agent: cut(agent, 200), Half: half}
	s.ID = sessionID(token)
	if err := a.sessions.Insert(ctx, &s); err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	return token, nil
}

// session returns the live session of a token, whole or half; ErrSignIn for any other.
func (a *Accounts) session(ctx context.Context, token string, half bool) (partnership.Session, error) {
	if token == "" {
		return partnership.Session{}, partnership.ErrSignIn
	}
	s, err := a.sessions.Get(ctx, sessionID(token))
	if errors.Is(err, partnership.ErrNotFound) {
		return s, partnership.ErrSignIn
	}
	if err != nil {
		return s, fmt.Errorf("session: %w", err)
	}
	if s.Half != half {
		return partnership.Session{}, partnership.ErrSignIn
	}
	if now := a.now(); !now.Before(s.Expires.Time()) || now.Sub(s.Seen.Time()) > idle {
		return partnership.Session{}, partnership.Refuse(partnership.ErrSignIn, "登录已过期，请重新登录")
	}
	return s, nil
}

// Actor tells who holds the token, or ErrSignIn.
func (a *Accounts) Actor(ctx context.Context, token string) (partnership.Actor, error) {
	s, err := a.session(ctx, token, false)
	if err != nil {
		return partnership.Actor{}, err
	}
	acc, err := a.accounts.Get(ctx, s.Account)
	if errors.Is(err, partnership.ErrNotFound) || err == nil && acc.Disabled {
		return partnership.Actor{}, partnership.ErrSignIn
	}
	if err != nil {
		return partnership.Actor{}, fmt.Errorf("session: %w", err)
	}
	if err := a.admitted(ctx, acc); err != nil {
		return partnership.Actor{}, err
	}
	if now := a.now(); now.Sub(s.Seen.Time()) > seenStep {
		// Another request may write the same; whoever is first is enough.
		_, err := a.sessions.Update(ctx, s.ID, store.Filter{}, store.Set("seen", int64(partnership.At(now))))
		if err != nil && !errors.Is(err, partnership.ErrConflict) && !errors.Is(err, partnership.ErrNotFound) {
			return partnership.Actor{}, fmt.Errorf("session: %w", err)
		}
	}
	return a.actorOf(acc), nil
}

// ActorOf is the actor of an account that may be used now, for work done in its name;
// ErrNotFound for any other.
func (a *Accounts) ActorOf(ctx context.Context, login string) (partnership.Actor, error) {
	acc, err := a.accounts.Get(ctx, login)
	if err != nil {
		return partnership.Actor{}, err
	}
	if acc.Disabled {
		return partnership.Actor{}, errNoAccount
	}
	if err := a.admitted(ctx, acc); errors.Is(err, partnership.ErrSignIn) {
		return partnership.Actor{}, errNoAccount
	} else if err != nil {
		return partnership.Actor{}, err
	}
	return a.actorOf(acc), nil
}

// Logins are the accounts of schools and companies that are not disabled, by login.
func (a *Accounts) Logins(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		parties := store.Field("role").In(string(partnership.RoleSchool), string(partnership.RoleCompany))
		for acc, err := range a.accounts.Find(ctx, store.Query{Where: parties, Sort: []store.Sort{store.Asc("_id")}}) {
			if err == nil && acc.Disabled {
				continue
			}
			if !yield(acc.ID, err) || err != nil {
				return
			}
		}
	}
}

// tell adds an event of signing in or out to the audit trail, in the account's own name.
func (a *Accounts) tell(ctx context.Context, act string, acc partnership.Account) error {
	return a.note(a.actorOf(acc).In(ctx), partnership.TrailEntry{Act: act, What: "accounts", Object: acc.ID})
}

// SignOut ends the session of the token.
func (a *Accounts) SignOut(ctx context.Context, token string) error {
	err := a.sessions.Purge(ctx, sessionID(token))
	if errors.Is(err, partnership.ErrNotFound) {
		return nil
	}
	return err
}

// OpenSession is one browser that is signed in to an account.
type OpenSession struct {
	ID          string
	Agent       string
	Began, Seen partnership.Stamp
	Mine        bool // the one that asks
}

// Sessions lists where the actor is signed in, the latest used first.
func (a *Accounts) Sessions(ctx context.Context, actor partnership.Actor, token string) ([]OpenSession, error) {
	all, err := a.sessionsOf(ctx, actor.Account)
	if err != nil {
		return nil, err
	}
	var out []OpenSession
	for _, s := range slices.Backward(all) {
		if !s.Half {
			out = append(out, OpenSession{ID: s.ID, Agent: s.Agent, Began: s.Created, Seen: s.Seen, Mine: s.ID == sessionID(token)})
		}
	}
	return out, nil
}

// EndSession ends one session of the actor; an empty id ends all but that of the token.
func (a *Accounts) EndSession(ctx context.Context, actor partnership.Actor, token, id string) error {
	if id == "" {
		return a.endSessions(ctx, actor.Account, sessionID(token))
	}
	s, err := a.sessions.Get(ctx, id)
	if errors.Is(err, partnership.ErrNotFound) || err == nil && s.Account != actor.Account {
		return partnership.Refuse(partnership.ErrNotFound, "这个登录已经退出了，请刷新再看")
	}
	if err != nil {
		return err
	}
	return a.sessions.Purge(ctx, id)
}

// Sweep removes sessions and one-time links that have ended, tries that are forgotten and
// answers that are no longer kept, and returns how many.
func (a *Accounts) Sweep(ctx context.Context) (int, error) {
	now, done := a.now(), 0
	before := func(field string, at time.Time) store.Filter { return store.Field(field).Lt(int64(partnership.At(at))) }
	for _, one := range []func() (int, error){
		func() (int, error) { return sweep(ctx, a.sessions, before("expires", now)) },
		func() (int, error) { return sweep(store.Derived(ctx), a.invitations, before("expires", now)) },
		func() (int, error) { return sweep(ctx, a.throttles, before("last", now.Add(-forgotten-longest))) },
		func() (int, error) { return sweep(ctx, a.repeats, before("_c", now.Add(-repeatable))) },
	} {
		n, err := one()
		if done += n; err != nil {
			return done, err
		}
	}
	return done, nil
}

func sweep[T any, P interface {
	*T
	Rec() *partnership.Record
}](ctx context.Context, c *store.Coll[T], where store.Filter) (int, error) {
	old, err := c.All(ctx, store.Query{Where: where, Limit: 10_000})
	if err != nil {
		return 0, err
	}
	for i := range old {
		if err := c.Purge(ctx, P(&old[i]).Rec().ID); err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return i, err
		}
	}
	return len(old), nil
}

// sessionsOf lists the sessions of an account that have not ended, by their last use.
func (a *Accounts) sessionsOf(ctx context.Context, login string) ([]partnership.Session, error) {
	all, err := a.sessions.All(ctx, store.Query{Where: store.Field("account").Eq(login)})
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	now := a.now()
	all = slices.DeleteFunc(all, func(s partnership.Session) bool {
		return !now.Before(s.Expires.Time()) || now.Sub(s.Seen.Time()) > idle
	})
	slices.SortFunc(all, func(x, y partnership.Session) int { return int(x.Seen - y.Seen) })
	return all, nil
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

func (a *Accounts) actorOf(acc partnership.Account) partnership.Actor {
	return partnership.Actor{Account: acc.ID, Name: acc.Name, Role: acc.Role, Party: acc.Party, Region: acc.Region, Admin: acc.Admin,
		Unready: acc.TOTP == "" && slices.Contains(a.demand, acc.Role)}
}

// newToken returns 256 random bits as text, for a cookie or a link.
func newToken() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails, by its documentation
	return base64.RawURLEncoding.EncodeToString(raw)
}

// sessionID is what is stored of a token: its hash. A leaked database lets nobody in.
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
