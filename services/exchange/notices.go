package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"sunmao/services/outbox"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Notices (通知) tell people outside the site what the worklist tells them inside: what
// needs them and by when, with a link, and no personal data. The worklist is the one
// source: what is on it and new goes out at once, or once a day, as the account wants it.

// digestFrom is the hour from which the daily digest goes out.
const digestFrom = 7

// Notices is how an account is told, opened for its owner.
type Notices struct {
	Mail, Hook, HookSign, Phone string
	HookKind                    partnership.Channel
	Tell                        map[string]string // kind to when
	HasMail                     bool              // the platform can send mail
}

func reachPlace(account, field string) string { return "reaches/" + account + "/" + field }

// Outbox is what everything leaves the house by.
func (x *Exchange) Outbox() *outbox.Outbox { return x.outbox }

// Notices returns how the actor's own account is told; what was never set is told daily.
func (x *Exchange) Notices(ctx context.Context, actor partnership.Actor) (Notices, error) {
	n := Notices{Tell: map[string]string{}, HookKind: partnership.ChannelWeCom, HasMail: x.outbox.HasMail()}
	r, err := x.reaches.Get(ctx, actor.Account)
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return n, err
	}
	for _, kind := range partnership.NoticeKinds() {
		n.Tell[kind] = r.When(kind)
	}
	if err != nil {
		return n, nil
	}
	n.HookKind = cmp.Or(r.HookKind, partnership.ChannelWeCom)
	sealer, err := x.seals()
	if err != nil {
		return n, err
	}
	for _, f := range []struct {
		field string
		from  partnership.Sealed
		to    *string
	}{{"mail", r.Mail, &n.Mail}, {"hook", r.Hook, &n.Hook}, {"hook_sign", r.HookSign, &n.HookSign}, {"phone", r.Phone, &n.Phone}} {
		if *f.to, err = sealer.Open(reachPlace(actor.Account, f.field), f.from); err != nil {
			return n, err
		}
	}
	return n, nil
}

// checkNotices says what of the settings cannot work.
func (x *Exchange) checkNotices(n *Notices) error {
	bad := partnership.Invalid{}
	take := func(field string, err error) {
		var invalid partnership.Invalid
		if errors.As(err, &invalid) {
			for _, sentences := range invalid {
				bad[field] = append(bad[field], sentences...)
			}
		}
	}
	for _, s := range []*string{&n.Mail, &n.Hook, &n.HookSign, &n.Phone} {
		*s = strings.TrimSpace(*s)
	}
	if n.Mail != "" {
		take("mail", x.outbox.CheckTarget(partnership.ChannelMail, n.Mail))
	}
	if n.HookKind != partnership.ChannelWeCom && n.HookKind != partnership.ChannelDingTalk {
		bad.Add("hook_kind", "群机器人可选企业微信（wecom）或钉钉（dingtalk）")
	} else if n.Hook != "" {
		take("hook", x.outbox.CheckTarget(n.HookKind, n.Hook))
	}
	if len(n.HookSign) > 200 {
		bad.Add("hook_sign", "加签密钥太长，请从机器人的安全设置里复制")
	}
	if n.Phone != "" && !isPhone(n.Phone) {
		bad.Add("phone", "电话请写成 13800000000 或 023-46770000 这样")
	}
	for kind, when := range n.Tell {
		if !slices.Contains(partnership.NoticeKinds(), kind) || !slices.Contains([]string{partnership.TellNow, partnership.TellDaily, partnership.TellNever}, when) {
			bad.Add("tell", "通知方式应为马上（now）、每日汇总（daily）或不通知（never）")
			break
		}
	}
	return bad.Err()
}

// isPhone accepts digits with at most a plus in front and dashes or spaces between.
func isPhone(s string) bool {
	n := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r == '+' && i == 0, (r == '-' || r == ' ') && i > 0:
		default:
			return false
		}
	}
	return n >= 7 && n <= 15
}

// SaveNotices keeps how the actor's own account wants to be told.
func (x *Exchange) SaveNotices(ctx context.Context, actor partnership.Actor, n Notices) error {
	if err := x.checkNotices(&n); err != nil {
		return err
	}
	sealer, err := x.seals()
	if err != nil {
		return err
	}
	set := func(r *partnership.Reach) {
		seal := func(field, text string) partnership.Sealed {
			return sealer.Seal(reachPlace(actor.Account, field), text)
		}
		r.Mail, r.Hook, r.HookSign, r.Phone = seal("mail", n.Mail), seal("hook", n.Hook), seal("hook_sign", n.HookSign), seal("phone", n.Phone)
		r.HookKind, r.Tell = n.HookKind, maps.Clone(n.Tell)
	}
	if err := x.editReach(ctx, actor.Account, set); err != nil || n.Mail == "" && n.Hook == "" {
		return err
	}
	_, err = x.outbox.EndCalls(ctx, store.Field("for").Eq(actor.Account), "对方已留邮箱或群机器人")
	return err
}

// editReach changes how an account is told, or begins to keep it.
func (x *Exchange) editReach(ctx context.Context, account string, set func(*partnership.Reach)) error {
	_, err := x.reaches.Edit(ctx, account, func(r *partnership.Reach) error { set(r); return nil })
	if !errors.Is(err, partnership.ErrNotFound) {
		return err
	}
	var r partnership.Reach
	r.ID = account
	set(&r)
	return x.reaches.Insert(ctx, &r)
}

// TestNotices sends a message to everywhere the actor's own account is told, so that its
// owner sees that it works.
func (x *Exchange) TestNotices(ctx context.Context, actor partnership.Actor) (int, error) {
	r, err := x.reaches.Get(ctx, actor.Account)
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return 0, err
	}
	n, err := x.tell(ctx, actor, &r, partnership.Message{Topic: "test", Subject: "这是一条测试消息", Body: "收到它，说明通知设置可以用。"}, x.newID())
	if err == nil && n == 0 {
		return 0, partnership.Refuse(partnership.ErrConflict, "还没有填写电子邮箱或群机器人，请先保存设置")
	}
	return n, err
}

// tell puts one message for each road into the outbox. The same key is told once.
func (x *Exchange) tell(ctx context.Context, actor partnership.Actor, r *partnership.Reach, m partnership.Message, key string) (int, error) {
	sealer, err := x.seals()
	if err != nil {
		return 0, err
	}
	party, err := x.Party(ctx, actor, actor.Role, actor.Party)
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return 0, err
	}
	put := 0
	for _, road := range []struct {
		channel partnership.Channel
		field   string
		to      partnership.Sealed
	}{{partnership.ChannelMail, "mail", r.Mail}, {r.HookKind, "hook", r.Hook}} {
		to, err := sealer.Open(reachPlace(actor.Account, road.field), road.to)
		if err != nil {
			return put, err
		}
		if to == "" {
			continue
		}
		l := outbox.Letter{To: to, Message: m}
		l.Channel, l.For, l.Name, l.Role, l.Party, l.Region = road.channel, actor.Account, joinNames(actor.Name, party.Name), actor.Role, actor.Party, actor.Region
		l.Subject = "榫卯：" + m.Subject
		l.ID = derivedID("notice|"+actor.Account+"|"+string(road.channel), key)
		if road.channel == partnership.ChannelDingTalk {
			if l.Sign, err = sealer.Open(reachPlace(actor.Account, "hook_sign"), r.HookSign); err != nil {
				return put, err
			}
		}
		if _, err := x.outbox.Put(ctx, l); err != nil {
			var invalid partnership.Invalid
			if errors.As(err, &invalid) { // the operator took a road away since it was set
				x.log.Warn("notice has no road", "channel", road.channel, "account", actor.Account)
				continue
			}
			return put, err
		}
		put++
	}
	return put, nil
}

func joinNames(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "（" + b + "）"
}

// NoticeKind is the kind of notice a task belongs to.
func (t *Task) NoticeKind() string {
	switch t.Kind {
	case KindOffer:
		return partnership.NoticeOffers
	case KindPlacement, KindFollow:
		return partnership.NoticePlacements
	case KindPost, KindCompany:
		return partnership.NoticeReviews
	case KindRound:
		return partnership.NoticeRounds
	case KindOutcome:
		return partnership.NoticeOutcomes
	}
	return partnership.NoticeOther
}

// key tells a task from others, whatever number it shows; one that is due by tomorrow is
// another, so that it is told again.
func (t *Task) key(urgent string) string {
	title := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, t.Title)
	return derivedID(t.Kind+"|"+t.ID+"|"+t.State, title+"|"+fmt.Sprint(t.Due != "" && t.Due <= urgent))
}

// line is a task in a message: what and by when. File names and free words stay inside.
func (t *Task) line(today string) string {
	title := t.Title
	if t.Kind == KindImport {
		title = "一个导入等您确认"
	}
	switch {
	case t.Due == "":
		return title
	case t.Due < today:
		return title + "（" + t.Due + " 已到期）"
	case t.Due == today:
		return title + "（今天到期）"
	}
	return title + "（" + t.Due + " 到期）"
}

// Accounts are the sign-ins of people, as far as they are told what needs them.
type Accounts interface {
	// Logins are all accounts of schools and companies.
	Logins(ctx context.Context) iter.Seq2[string, error]
	// ActorOf is the actor of an account that may be used now, else ErrNotFound.
	ActorOf(ctx context.Context, login string) (partnership.Actor, error)
}

// Remind tells every account that wants it what needs it: what is new at once, the rest
// once a day from seven o'clock, when whom nothing can reach is listed to be called. Done
// again for the same day, it tells nothing twice.
func (x *Exchange) Remind(ctx context.Context, day string, accounts Accounts) (string, error) {
	known, err := x.roads(ctx)
	if err != nil {
		return "", err
	}
	told := 0
	var failed error
	for _, login := range slices.Sorted(maps.Keys(known)) {
		r := known[login]
		if !x.hasRoad(&r) {
			continue
		}
		actor, err := accounts.ActorOf(ctx, login)
		if errors.Is(err, partnership.ErrNotFound) {
			continue
		}
		if err == nil {
			var n int
			n, err = x.remind(ctx, day, actor, &r)
			told += n
		}
		if err != nil { // one account must not keep the others waiting
			failed = errors.Join(failed, fmt.Errorf("remind an account: %w", err))
		}
	}
	calls, err := x.listCalls(ctx, day, known, accounts)
	failed = errors.Join(failed, err)
	switch {
	case told > 0 && calls > 0:
		return fmt.Sprintf("发出 %d 条提醒，%d 个账号要打电话", told, calls), failed
	case told > 0:
		return fmt.Sprintf("发出 %d 条提醒", told), failed
	case calls > 0:
		return fmt.Sprintf("%d 个账号要打电话", calls), failed
	}
	return "", failed
}

func (x *Exchange) remind(ctx context.Context, day string, actor partnership.Actor, r *partnership.Reach) (int, error) {
	tasks, err := x.Worklist(ctx, actor)
	if err != nil {
		return 0, err
	}
	d := x.divide(day, tasks, r, func(when string) bool { return when == partnership.TellNow })
	sent, digest := 0, r.Digest
	if len(d.fresh) > 0 {
		n, err := x.tell(ctx, actor, r, x.letter(actor, "alert", subjectOf(d.fresh), d.fresh, d.freshDue), "alert|"+day+"|"+strings.Join(d.fresh, "\n"))
		if sent += n; err != nil {
			return sent, err
		}
	}
	if digest < day && len(d.all) > 0 && x.digestDue(day) && x.wantsDigest(r) {
		n, err := x.tell(ctx, actor, r, x.letter(actor, "digest", fmt.Sprintf("%s 待办 %d 项", shortDay(day), len(d.all)), d.all, d.due), "digest|"+day)
		if sent += n; err != nil {
			return sent, err
		}
		digest = day
	}
	if !d.changed && len(d.told) == len(r.Told) && digest == r.Digest {
		return sent, nil
	}
	_, err = x.reaches.Edit(store.Derived(ctx), r.ID, func(r *partnership.Reach) error { r.Told, r.Digest = d.told, digest; return nil })
	return sent, err
}

// digestDue reports whether the digest of a day may go out by now.
func (x *Exchange) digestDue(day string) bool {
	return x.now().In(partnership.Beijing).Hour() >= digestFrom || day < x.today()
}

// divided are the tasks of an account that wants to hear of them, as lines.
type divided struct {
	all, fresh    []string // fresh: those it was not told of yet
	due, freshDue string   // the earliest day of either
	told          map[string]int64
	changed       bool // told differs from what is kept
}

// divide sorts the tasks of an account into lines; noted says of which it is kept that it
// was told, by when it is told of their kind.
func (x *Exchange) divide(day string, tasks []Task, r *partnership.Reach, noted func(when string) bool) divided {
	tomorrow := partnership.Day(x.now().In(partnership.Beijing).AddDate(0, 0, 1))
	d := divided{told: map[string]int64{}}
	first := func(to *string, due string) {
		if due != "" && (*to == "" || due < *to) {
			*to = due
		}
	}
	for i := range tasks {
		t := &tasks[i]
		when := r.When(t.NoticeKind())
		if when == partnership.TellNever {
			continue
		}
		d.all = append(d.all, t.line(day))
		first(&d.due, t.Due)
		if !noted(when) {
			continue
		}
		key := t.key(tomorrow)
		was, known := r.Told[key]
		if d.told[key] = max(t.Count, 1); !known || d.told[key] > was {
			d.fresh = append(d.fresh, t.line(day))
			first(&d.freshDue, t.Due)
		}
		d.changed = d.changed || !known || d.told[key] != was
	}
	return d
}

// wantsDigest: somebody who is told everything at once needs no list of it each morning.
func (x *Exchange) wantsDigest(r *partnership.Reach) bool {
	return slices.ContainsFunc(partnership.NoticeKinds(), func(k string) bool { return r.When(k) == partnership.TellDaily })
}

func subjectOf(lines []string) string {
	if len(lines) == 1 {
		return lines[0]
	}
	return fmt.Sprintf("%s 等 %d 项", lines[0], len(lines))
}

// letter is a notice: one line for each thing, the earliest day, and where to see to it.
func (x *Exchange) letter(actor partnership.Actor, topic, subject string, lines []string, due string) partnership.Message {
	var b strings.Builder
	b.WriteString(actor.Role.Words() + "待办：\n")
	for i, l := range lines {
		fmt.Fprintf(&b, "%d. %s\n", i+1, l)
	}
	b.WriteString("\n请登录处理：" + x.site + "/\n不想再收到，请在“我的账号—通知设置”里修改。")
	return partnership.Message{Topic: topic, Subject: subject, Body: b.String(), Missed: lines, Due: due}
}

// shortDay is 11月20日.
func shortDay(day string) string {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return fmt.Sprintf("%d月%d日", int(d.Month()), d.Day())
}
