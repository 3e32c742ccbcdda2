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

// errWrong is the one answer to an unknown name and to a wrong password.
var errWrong = partnership.Refuse(partnership.ErrSignIn, "账号或密码不对，请再试一次；忘记密码请找本单位的账号管理员或区教委要一个重设链接")

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
	if _, err := a.accounts.Edit(ctx, acc.ID, func(acc *partnership.Account) error {
		acc.Failures, acc.LockedTo, acc.LastIn = 0, 0, partnership.At(now)
		return nil
	}); err != nil {
		return "", actor, fmt.Errorf("note the sign-in: %w", err)
	}
	token = newToken()
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
	return partnership.Actor{Account: acc.ID, Name: acc.Name, Role: acc.Role, Party: acc.Party, Region: acc.Region, Admin: acc.Admin}
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
