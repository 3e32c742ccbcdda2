package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// How long a one-time link works, and that of a registration, which waits for its review.
const (
	linkLife    = 7 * 24 * time.Hour
	receiptLife = 90 * 24 * time.Hour
)

var invitationSpec = store.Spec{Name: "invitations", Trail: true, Indexes: []store.Index{{Fields: []string{"party", "expires"}}, {Fields: []string{"expires"}}}}

var (
	errNoLink   = partnership.Refuse(partnership.ErrNotFound, "这个链接无效、已经用过、已被撤回或过了有效期。请向给您链接的人再要一个")
	errUsedLink = partnership.Refuse(partnership.ErrConflict, "这个链接刚刚已经用过，账号已建立。请直接登录；如果不是您本人用的，请马上告诉给您链接的人")
)

// Invite makes a one-time link for a new account of draft.Role, for draft.Party, and
// returns the token that belongs into it. Only the token's hash is kept, so a link is
// shown once. The caller has checked that the party exists and the actor may know of it.
func (a *Accounts) Invite(ctx context.Context, actor partnership.Actor, draft partnership.Invitation) (string, partnership.Invitation, error) {
	if !mayManage(actor, draft.Role, draft.Party, draft.Region) {
		return "", draft, partnership.Refuse(partnership.ErrForbidden, "您不能为这个单位开通账号：账号管理员只能邀请本单位的同事，区教委可以邀请本区的学校和企业")
	}
	bad := partnership.Invalid{}
	checkHolder(bad, draft.Role, draft.Party, draft.Name)
	if err := bad.Err(); err != nil {
		return "", draft, err
	}
	draft.Account = ""
	return a.link(ctx, actor, draft, linkLife)
}

// Receipt makes the link that somebody who registered a party gets: to follow the
// review, and to open the party's first account after it.
func (a *Accounts) Receipt(ctx context.Context, draft partnership.Invitation) (string, partnership.Invitation, error) {
	draft.Account = ""
	return a.link(ctx, partnership.Actor{Account: "registration"}, draft, receiptLife)
}

// InviteReset makes a one-time link by which the person sets a new password for an
// account that the actor manages. The old password works until the link is used.
func (a *Accounts) InviteReset(ctx context.Context, actor partnership.Actor, login string) (string, partnership.Invitation, error) {
	acc, err := a.managedAccount(ctx, actor, login)
	if err != nil {
		return "", partnership.Invitation{}, err
	}
	return a.link(ctx, actor, partnership.Invitation{Account: acc.ID, Role: acc.Role, Party: acc.Party, Region: acc.Region, Admin: acc.Admin, Name: acc.Name}, linkLife)
}

func (a *Accounts) link(ctx context.Context, actor partnership.Actor, inv partnership.Invitation, life time.Duration) (string, partnership.Invitation, error) {
	token := newToken()
	inv.Record = partnership.Record{ID: sessionID(token)}
	inv.By, inv.Expires, inv.Used, inv.Login = actor.Account, partnership.At(a.now().Add(life)), 0, ""
	if err := a.invitations.Insert(ctx, &inv); err != nil {
		return "", inv, fmt.Errorf("invite: %w", err)
	}
	return token, inv, nil
}

// Invitation returns what an unused link is for; ErrNotFound for any other token.
func (a *Accounts) Invitation(ctx context.Context, token string) (partnership.Invitation, error) {
	inv, err := a.invitations.Get(ctx, sessionID(token))
	if errors.Is(err, partnership.ErrNotFound) {
		return inv, errNoLink
	}
	if err != nil {
		return inv, err
	}
	if inv.Used != 0 || !a.now().Before(inv.Expires.Time()) {
		return partnership.Invitation{}, errNoLink
	}
	return inv, nil
}

// Join uses a link: it makes the account with the login, name and password of the
// person's choice, or gives the account of a reset link its new password. A refusal
// leaves the link usable. Of two uses at once one wins, the other is ErrConflict.
func (a *Accounts) Join(ctx context.Context, token, login, name, password string) (partnership.Account, error) {
	inv, err := a.Invitation(ctx, token)
	if err != nil {
		return partnership.Account{}, err
	}
	if inv.Account != "" {
		return a.joinReset(ctx, inv, password)
	}
	acc := partnership.Account{Name: name, Role: inv.Role, Party: inv.Party, Region: inv.Region, Admin: inv.Admin, Link: inv.ID}
	acc.ID = login
	if acc.Name == "" {
		acc.Name = inv.Name
	}
	if err := checkAccount(&acc, password); err != nil {
		return acc, err
	}
	if acc.Hash, err = a.hash(ctx, password); err != nil {
		return acc, err
	}
	// The link is claimed first: two people with one link must not both get in. A crash
	// before the account is there burns the link, and another is asked for.
	if err := a.claim(ctx, inv, acc.ID); err != nil {
		return acc, err
	}
	err = a.accounts.Insert(ctx, &acc)
	if errors.Is(err, partnership.ErrDuplicate) {
		if _, err := a.invitations.Update(ctx, inv.ID, store.Field("login").Eq(acc.ID), store.Set("used", 0), store.Set("login", "")); err != nil {
			return acc, fmt.Errorf("join: give the link back: %w", err)
		}
		return acc, partnership.Invalid{"login": {"登录名 " + acc.ID + " 已有人用，请换一个"}}
	}
	if err != nil {
		return acc, fmt.Errorf("join: %w", err)
	}
	return bare(acc), nil
}

// claim marks the link as used by the login.
func (a *Accounts) claim(ctx context.Context, inv partnership.Invitation, login string) error {
	_, err := a.invitations.Update(ctx, inv.ID, store.Field("used").Eq(0), store.Set("used", int64(partnership.At(a.now()))), store.Set("login", login))
	if errors.Is(err, partnership.ErrConflict) || errors.Is(err, partnership.ErrNotFound) {
		return errUsedLink
	}
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	return nil
}

func (a *Accounts) joinReset(ctx context.Context, inv partnership.Invitation, password string) (partnership.Account, error) {
	acc, err := a.accounts.Get(ctx, inv.Account)
	if err != nil {
		return acc, fmt.Errorf("join: %w", err)
	}
	bad := partnership.Invalid{}
	CheckPassword(bad, acc.ID, password)
	if err := bad.Err(); err != nil {
		return acc, err
	}
	if err := a.claim(ctx, inv, acc.ID); err != nil {
		return acc, err
	}
	return bare(acc), a.SetPassword(ctx, acc.ID, password)
}

// Invitations lists the unused links that the actor could have made, by whom they run out first.
func (a *Accounts) Invitations(ctx context.Context, actor partnership.Actor) ([]partnership.Invitation, error) {
	where, err := managed(actor)
	if err != nil {
		return nil, err
	}
	open := store.And(where, store.Field("used").Eq(0), store.Field("expires").Gt(int64(partnership.At(a.now()))))
	return a.invitations.All(ctx, store.Query{Where: open, Sort: []store.Sort{store.Asc("expires")}, Limit: 200})
}

// Withdraw ends an unused link.
func (a *Accounts) Withdraw(ctx context.Context, actor partnership.Actor, id string) error {
	inv, err := a.invitations.Get(ctx, id)
	if errors.Is(err, partnership.ErrNotFound) || err == nil && !mayManage(actor, inv.Role, inv.Party, inv.Region) {
		return partnership.Refuse(partnership.ErrNotFound, "没有这个邀请，或者它不归您管理。请刷新“账号”页再看")
	}
	if err != nil {
		return err
	}
	if inv.Used != 0 {
		return partnership.Refuse(partnership.ErrConflict, "这个邀请已由 %s 使用，不能撤回；需要时请停用该账号", inv.Login)
	}
	return a.invitations.Delete(ctx, id)
}
