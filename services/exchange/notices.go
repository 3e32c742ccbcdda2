package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	_, err = x.reaches.Edit(ctx, actor.Account, func(r *partnership.Reach) error { set(r); return nil })
	if !errors.Is(err, partnership.ErrNotFound) {
		return err
	}
	var r partnership.Reach
	r.ID = actor.Account
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
	n, err := x.tell(ctx, actor, &r, "test", x.newID(), "这是一条测试消息", "收到它，说明通知设置可以用。")
	if err == nil && n == 0 {
		return 0, partnership.Refuse(partnership.ErrConflict, "还没有填写电子邮箱或群机器人，请先保存设置")
	}
	return n, err
}

// tell puts one message for each road into the outbox. The same key is told once.
func (x *Exchange) tell(ctx context.Context, actor partnership.Actor, r *partnership.Reach, topic, key, subject, body string) (int, error) {
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
		l := outbox.Letter{To: to, Message: partnership.Message{Channel: road.channel, For: actor.Account, Name: joinNames(actor.Name, party.Name), Role: actor.Role, Party: actor.Party, Region: actor.Region,
			Topic: topic, Subject: "榫卯：" + subject, Body: body}}
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

// Remind tells every account that wants it what needs it: what is new at once, the rest
// once a day from seven o'clock. live returns the actor of an account that may be used,
// or ErrNotFound. Done again for the same day, it tells nothing twice.
func (x *Exchange) Remind(ctx context.Context, day string, live func(ctx context.Context, account string) (partnership.Actor, error)) (string, error) {
	told := 0
	var failed error
	for r, err := range x.reaches.Find(ctx, store.Query{}) {
		if err != nil {
			return "", fmt.Errorf("accounts to be told: %w", err)
		}
		actor, err := live(ctx, r.ID)
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
	if told == 0 {
		return "", failed
	}
	return fmt.Sprintf("发出 %d 条提醒", told), failed
}

func (x *Exchange) remind(ctx context.Context, day string, actor partnership.Actor, r *partnership.Reach) (int, error) {
	if r.Mail == "" && r.Hook == "" {
		return 0, nil
	}
	tasks, err := x.Worklist(ctx, actor)
	if err != nil {
		return 0, err
	}
	now := x.now().In(partnership.Beijing)
	tomorrow := partnership.Day(now.AddDate(0, 0, 1))
	var fresh, all []string
	told, changed := map[string]int64{}, false
	for i := range tasks {
		t := &tasks[i]
		when := r.When(t.NoticeKind())
		if when == partnership.TellNever {
			continue
		}
		all = append(all, t.line(day))
		if when == partnership.TellDaily {
			continue
		}
		key := t.key(tomorrow)
		was, known := r.Told[key]
		if told[key] = max(t.Count, 1); !known || told[key] > was {
			fresh = append(fresh, t.line(day))
		}
		changed = changed || !known || told[key] != was
	}
	sent, digest := 0, r.Digest
	if len(fresh) > 0 {
		n, err := x.tell(ctx, actor, r, "alert", "alert|"+day+"|"+strings.Join(fresh, "\n"), subjectOf(fresh), x.letter(actor, fresh))
		if sent += n; err != nil {
			return sent, err
		}
	}
	if digest < day && len(all) > 0 && (now.Hour() >= digestFrom || day < x.today()) && x.wantsDigest(r) {
		n, err := x.tell(ctx, actor, r, "digest", "digest|"+day, fmt.Sprintf("%s 待办 %d 项", shortDay(day), len(all)), x.letter(actor, all))
		if sent += n; err != nil {
			return sent, err
		}
		digest = day
	}
	if !changed && len(told) == len(r.Told) && digest == r.Digest {
		return sent, nil
	}
	_, err = x.reaches.Edit(store.Derived(ctx), r.ID, func(r *partnership.Reach) error { r.Told, r.Digest = told, digest; return nil })
	return sent, err
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

// letter is the text of a notice: one line for each thing, and where to see to it.
func (x *Exchange) letter(actor partnership.Actor, lines []string) string {
	var b strings.Builder
	b.WriteString(actor.Role.Words() + "待办：\n")
	for i, l := range lines {
		fmt.Fprintf(&b, "%d. %s\n", i+1, l)
	}
	b.WriteString("\n请登录处理：" + x.site + "/\n不想再收到，请在“我的账号—通知设置”里修改。")
	return b.String()
}

// shortDay is 11月20日.
func shortDay(day string) string {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return fmt.Sprintf("%d月%d日", int(d.Month()), d.Day())
}
