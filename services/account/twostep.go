package account

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// The second step of signing in 两步登录: a code of an authenticator app, or one of the
// recovery codes.

var errCode = partnership.Refuse(partnership.ErrSignIn, "验证码不对或已用过。请用手机验证器里现在显示的 6 位数字再试；手机不在身边时可用一个恢复码")

func totpPlace(login string) string { return "accounts/" + login + "/totp" }

// useCode takes a code of the account's app, or a recovery code, which is spent with it.
func (a *Accounts) useCode(acc *partnership.Account, code string) error {
	secret, err := a.sealer.Open(totpPlace(acc.ID), acc.TOTP)
	if err != nil {
		return fmt.Errorf("second step: %w", err)
	}
	if step, ok := matchCode(secret, code, a.now(), acc.TOTPStep); ok {
		acc.TOTPStep = step
		return nil
	}
	if at := slices.Index(acc.Recovery, recoveryHash(code)); at >= 0 {
		acc.Recovery = slices.Delete(slices.Clone(acc.Recovery), at, at+1)
		return nil
	}
	return errCode
}

// Offer is what a person needs to set up an authenticator app.
type Offer struct {
	Secret string // base32, to be typed
	Link   string // otpauth address, for an app on the same device
}

// SecondStep tells whether the actor has a second step, since when, and how many
// recovery codes are left.
func (a *Accounts) SecondStep(ctx context.Context, actor partnership.Actor) (since partnership.Stamp, left int, err error) {
	acc, err := a.accounts.Get(ctx, actor.Account)
	if err != nil || acc.TOTP == "" {
		return 0, 0, err
	}
	return acc.TOTPSince, len(acc.Recovery), nil
}

// OfferSecond makes a secret for an authenticator app. It counts for nothing until
// ConfirmSecond sees a code of it; asking again gives the same until then.
func (a *Accounts) OfferSecond(ctx context.Context, actor partnership.Actor, issuer string) (Offer, error) {
	fresh := newSecret()
	sealed := a.sealer.Seal(totpPlace(actor.Account), fresh)
	acc, err := a.accounts.Edit(store.Derived(ctx), actor.Account, func(acc *partnership.Account) error {
		if acc.TOTP != "" {
			return partnership.Refuse(partnership.ErrConflict, "两步登录已经开启。要换手机，请先关闭再重新开启")
		}
		if acc.TOTPOffer == "" {
			acc.TOTPOffer = sealed
		}
		return nil
	})
	if err != nil {
		return Offer{}, err
	}
	secret, err := a.sealer.Open(totpPlace(acc.ID), acc.TOTPOffer)
	if err != nil {
		return Offer{}, fmt.Errorf("second step: %w", err)
	}
	return Offer{Secret: secret, Link: otpAuth(issuer, acc.ID, secret)}, nil
}

// ConfirmSecond begins the second step once the app shows a right code, ends the other
// sessions, and returns the recovery codes, which are shown this once.
func (a *Accounts) ConfirmSecond(ctx context.Context, actor partnership.Actor, code, keep string) ([]string, error) {
	codes, hashes := newRecovery()
	by := a.bucket("second", actor.Account, freeLogin)
	if err := a.take(ctx, by); err != nil {
		return nil, err
	}
	_, err := a.accounts.Edit(store.Doing(ctx, "second-step"), actor.Account, func(acc *partnership.Account) error {
		if acc.TOTPOffer == "" {
			return partnership.Refuse(partnership.ErrConflict, "两步登录已经开启，或还没有开始设置。请刷新“我的账号”页再看")
		}
		secret, err := a.sealer.Open(totpPlace(acc.ID), acc.TOTPOffer)
		if err != nil {
			return fmt.Errorf("second step: %w", err)
		}
		step, ok := matchCode(secret, code, a.now(), 0)
		if !ok {
			return partnership.Invalid{"code": {"验证码不对。请输入验证器里现在显示的 6 位数字；一直不对时，请检查手机的时间是否准确"}}
		}
		acc.TOTP, acc.TOTPOffer, acc.TOTPStep, acc.TOTPSince, acc.Recovery = acc.TOTPOffer, "", step, partnership.At(a.now()), hashes
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := a.clear(ctx, by); err != nil {
		return nil, err
	}
	return codes, a.endSessions(ctx, actor.Account, sessionID(keep))
}

// DropSecond ends the second step of the actor, who proves password and code once more.
// It is refused to roles that must have one.
func (a *Accounts) DropSecond(ctx context.Context, actor partnership.Actor, password, code string) error {
	if slices.Contains(a.demand, actor.Role) {
		return partnership.Refuse(partnership.ErrForbidden, "平台要求“%s”账号使用两步登录，不能关闭。换手机请找另一位管理员解除后重新设置", actor.Role.Words())
	}
	by := a.bucket("second", actor.Account, freeLogin)
	if err := a.take(ctx, by); err != nil {
		return err
	}
	acc, err := a.accounts.Get(ctx, actor.Account)
	if err != nil {
		return err
	}
	ok, err := a.matches(ctx, acc.Hash, password)
	if err != nil {
		return err
	}
	if !ok {
		return partnership.Invalid{"password": {"密码不对"}}
	}
	_, err = a.accounts.Edit(store.Doing(ctx, "unlink"), acc.ID, func(acc *partnership.Account) error {
		if err := a.useCode(acc, code); errors.Is(err, partnership.ErrSignIn) {
			return partnership.Invalid{"code": {"验证码不对或已用过"}}
		} else if err != nil {
			return err
		}
		dropSecond(acc)
		return nil
	})
	if err != nil {
		return err
	}
	return a.clear(ctx, by)
}

func dropSecond(acc *partnership.Account) {
	acc.TOTP, acc.TOTPOffer, acc.TOTPStep, acc.TOTPSince, acc.Recovery = "", "", 0, 0, nil
}
