package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Who left neither mail nor robot is told by phone (电话告知): once a day the accounts that
// nothing can reach and that something waits for are put on the list of undelivered
// messages, with what they do not know and by when it is due.

func callID(account string) string { return "call:" + account }

// listCalls brings the calls to be made up to date, once a day for each account.
func (x *Exchange) listCalls(ctx context.Context, day string, known map[string]partnership.Reach, accounts Accounts) (int, error) {
	if !x.digestDue(day) {
		return 0, nil
	}
	listed := 0
	var failed error
	for login, err := range accounts.Logins(ctx) {
		if err != nil {
			return listed, fmt.Errorf("accounts to be called: %w", err)
		}
		r := known[login]
		if x.hasRoad(&r) || r.Digest >= day {
			continue
		}
		actor, err := accounts.ActorOf(ctx, login)
		if errors.Is(err, partnership.ErrNotFound) {
			continue
		}
		if err == nil {
			var ok bool
			if ok, err = x.listCall(ctx, day, actor, r); ok {
				listed++
			}
		}
		if err != nil { // one account must not keep the others waiting
			failed = errors.Join(failed, fmt.Errorf("account to be called: %w", err))
		}
	}
	if failed != nil {
		return listed, failed
	}
	begin, err := time.ParseInLocation(time.DateOnly, day, partnership.Beijing)
	if err != nil {
		return listed, fmt.Errorf("day of calls: %w", err)
	}
	_, err = x.outbox.EndCalls(ctx, store.Field("last").Lt(partnership.At(begin)), "不再有待办，或账号已停用")
	return listed, err
}

// roads reads how each account is told, as far as it said so.
func (x *Exchange) roads(ctx context.Context) (map[string]partnership.Reach, error) {
	known := map[string]partnership.Reach{}
	for r, err := range x.reaches.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, fmt.Errorf("roads of accounts: %w", err)
		}
		known[r.ID] = r
	}
	return known, nil
}

// hasRoad reports whether a message can reach an account. A mail address reaches nobody
// while the platform cannot send mail.
func (x *Exchange) hasRoad(r *partnership.Reach) bool {
	return r.Hook != "" || r.Mail != "" && x.outbox.HasMail()
}

// listCall puts an account that nothing can reach on the list, if something waits for it.
func (x *Exchange) listCall(ctx context.Context, day string, actor partnership.Actor, r partnership.Reach) (bool, error) {
	tasks, err := x.Worklist(ctx, actor)
	if err != nil {
		return false, err
	}
	d := x.divide(day, tasks, &r, func(string) bool { return true })
	if len(d.all) > 0 {
		m := x.letter(actor, "call", fmt.Sprintf("待办 %d 项", len(d.all)), d.all, d.due)
		m.ID, m.For, m.Role, m.Party, m.Region = callID(actor.Account), actor.Account, actor.Role, actor.Party, actor.Region
		m.Error = "没有留电子邮箱和群机器人"
		if r.Mail != "" {
			m.Error = "只留了电子邮箱，平台还没有配置发信服务器"
		}
		party, err := x.Party(ctx, actor, actor.Role, actor.Party)
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return false, err
		}
		m.Name = joinNames(actor.Name, party.Name)
		if err := x.outbox.Call(ctx, m, len(d.fresh) > 0); err != nil {
			return false, err
		}
	}
	return len(d.all) > 0, x.editReach(store.Derived(ctx), actor.Account, func(r *partnership.Reach) { r.Told, r.Digest = d.told, day })
}
