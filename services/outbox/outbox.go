// Package outbox brings messages out of the house (待发消息): whoever has something to
// tell puts it into the store, and Deliver sends what is due, by SMTP, to the group robots
// of 企业微信 and 钉钉, or as signed JSON to a partner's program. What does not get through
// is tried again with growing delay and, in the end, listed for people to see to.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Settings say by what roads messages may leave. The zero value sends no mail, and only
// to public addresses over https.
type Settings struct {
	SMTP string // smtp://user:password@host:587 (STARTTLS) or smtps://…:465; empty for no mail
	From string // sender of mail, such as "榫卯 <notice@example.cn>"
	// Allow are hosts (host or host:port) that may be written to over plain HTTP and
	// where the address is not public: an operator's own network.
	Allow []string
}

// Check reports settings that cannot work, in words.
func (s Settings) Check() error {
	_, err := s.mailer()
	return err
}

// Outbox keeps messages and delivers them. Make one with New.
type Outbox struct {
	messages *store.Coll[partnership.Message]
	seals    func() (*store.Sealer, error)
	newID    func() string
	now      func() time.Time
	log      *slog.Logger
	settings Settings
	client   *http.Client // to public addresses, https only
	inside   *http.Client // to the hosts of Settings.Allow
}

var spec = store.Spec{Name: "messages", Indexes: []store.Index{{Fields: []string{"state", "next"}}, {Fields: []string{"for", "_c"}}, {Fields: []string{"state", "_c"}}}}

// New returns the outbox kept in a store; seals opens the sealer of targets.
func New(s *store.Store, seals func() (*store.Sealer, error), now func() time.Time, log *slog.Logger, settings Settings) *Outbox {
	return &Outbox{messages: store.Open[partnership.Message](s, spec), seals: seals, newID: s.NewID, now: now, log: log, settings: settings,
		client: newClient(publicOnly), inside: newClient(nil)}
}

// Letter is a message before it is sealed and kept.
type Letter struct {
	partnership.Message        // Channel, For, Name, scope, Topic, Subject, Body; an ID makes it once only
	To                  string // mail address or URL
	Sign                string // secret that signs it; empty for none
}

// Put keeps a letter for delivery and returns its id. A letter whose ID is there already
// is not kept again. Where it goes is checked: a target that can never be reached is
// partnership.Invalid.
func (o *Outbox) Put(ctx context.Context, l Letter) (string, error) {
	if err := o.CheckTarget(l.Channel, l.To); err != nil {
		return "", err
	}
	sealer, err := o.seals()
	if err != nil {
		return "", err
	}
	m := l.Message
	if m.ID == "" {
		m.ID = o.newID()
	}
	m.Target, m.Secret = sealer.Seal(place(m.ID, "target"), l.To), sealer.Seal(place(m.ID, "secret"), l.Sign)
	m.State, m.Tries, m.Next, m.Error, m.Steps = partnership.MessageWaiting, 0, partnership.At(o.now()), "", nil
	if err := o.messages.Insert(ctx, &m); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
		return "", fmt.Errorf("keep message: %w", err)
	}
	return m.ID, nil
}

func place(id, field string) string { return "messages/" + id + "/" + field }

// Delays before the next try, by how many there were. After the last the message has failed.
var delays = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 8 * time.Hour, 24 * time.Hour}

const (
	batch    = 200 // messages of one call of Deliver
	workers  = 4   // at once
	oneTry   = 20 * time.Second
	claimed  = 5 * time.Minute // for how long a try keeps others off
	sentKept = 30 * 24 * time.Hour
	lostKept = 90 * 24 * time.Hour
)

// Deliver sends what is due and says how many messages got through and how many did not.
// Several nodes may call it at once: a message is claimed before it is sent. A node that
// dies in between makes it go out a second time after the claim has run out.
func (o *Outbox) Deliver(ctx context.Context) (sent, failed int, err error) {
	due, err := o.messages.All(ctx, store.Query{Where: store.And(store.Field("state").Eq(string(partnership.MessageWaiting)), store.Field("next").Le(partnership.At(o.now()))),
		Sort: []store.Sort{store.Asc("next")}, Limit: batch})
	if err != nil {
		return 0, 0, fmt.Errorf("messages due: %w", err)
	}
	var mu sync.Mutex
	var wait sync.WaitGroup
	turn := make(chan struct{}, workers)
	for i := range due {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			ok, one := o.try(ctx, &due[i])
			mu.Lock()
			defer mu.Unlock()
			switch {
			case one != nil:
				err = errors.Join(err, one)
			case ok:
				sent++
			default:
				failed++
			}
		})
	}
	wait.Wait()
	return sent, failed, err
}

// errClaimed is another node being at it.
var errClaimed = errors.New("message is being sent elsewhere")

// try claims one message, sends it and writes down what came of it.
func (o *Outbox) try(ctx context.Context, m *partnership.Message) (bool, error) {
	_, err := o.messages.Update(ctx, m.ID, store.And(store.Field("state").Eq(string(partnership.MessageWaiting)), store.Field("tries").Eq(m.Tries), store.Field("next").Eq(m.Next)),
		store.Set("next", partnership.At(o.now().Add(claimed))), store.Inc("tries", 1))
	if errors.Is(err, partnership.ErrConflict) || errors.Is(err, partnership.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("claim message: %w", err)
	}
	within, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	failure := o.send(within, m)
	if ctx.Err() != nil {
		return false, nil // the claim runs out, and the next call sends it
	}
	_, err = o.messages.Edit(ctx, m.ID, func(now *partnership.Message) error {
		if now.State != partnership.MessageWaiting || now.Tries != m.Tries+1 {
			return errClaimed
		}
		now.Last, now.Error, now.Next = partnership.At(o.now()), "", 0
		var lost *lostError
		switch {
		case failure == nil:
			now.State = partnership.MessageSent
		case errors.As(failure, &lost), now.Tries > len(delays):
			now.State, now.Error = partnership.MessageFailed, inWords(failure)
		default:
			now.Error, now.Next = inWords(failure), partnership.At(o.now().Add(delays[now.Tries-1]))
		}
		return nil
	})
	if err != nil && !errors.Is(err, errClaimed) {
		return false, fmt.Errorf("note delivery: %w", err)
	}
	if failure != nil {
		o.log.Warn("message not delivered", "message", m.ID, "channel", m.Channel, "topic", m.Topic, "try", m.Tries+1, "why", inWords(failure))
	}
	return failure == nil, nil
}

// lostError is a failure that trying again will not mend.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

func (o *Outbox) send(ctx context.Context, m *partnership.Message) error {
	sealer, err := o.seals()
	if err != nil {
		return err
	}
	to, err := sealer.Open(place(m.ID, "target"), m.Target)
	if err != nil {
		return &lostError{err}
	}
	secret, err := sealer.Open(place(m.ID, "secret"), m.Secret)
	if err != nil {
		return &lostError{err}
	}
	if err := o.CheckTarget(m.Channel, to); err != nil { // the settings may have changed since
		return &lostError{err}
	}
	if m.Channel == partnership.ChannelMail {
		mail, err := o.settings.mailer()
		if err != nil {
			return err
		}
		return mail.send(ctx, m, to, o.now())
	}
	return o.post(ctx, m, to, secret)
}

// CheckTarget reports why a channel can never reach a target, as partnership.Invalid.
func (o *Outbox) CheckTarget(channel partnership.Channel, to string) error {
	switch channel {
	case partnership.ChannelMail:
		if o.settings.SMTP == "" {
			return partnership.Invalid{"mail": {"平台还没有配置发信服务器，暂时不能用电子邮件通知。请联系平台运维，或改用群机器人"}}
		}
		return checkAddress(to)
	case partnership.ChannelWeCom, partnership.ChannelDingTalk, partnership.ChannelPost:
		return o.settings.checkURL(to)
	}
	return partnership.Invalid{"channel": {"通知方式应为 mail、wecom、dingtalk 或 post"}}
}

// HasMail reports whether mail can be sent at all.
func (o *Outbox) HasMail() bool { return o.settings.SMTP != "" }

// Get returns one message.
func (o *Outbox) Get(ctx context.Context, id string) (partnership.Message, error) {
	return o.messages.Get(ctx, id)
}

// List pages through the messages that a filter lets through, the newest first.
func (o *Outbox) List(ctx context.Context, where store.Filter, after string, limit int) ([]partnership.Message, string, error) {
	return o.messages.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("_c")}, After: after, Limit: limit})
}

// Count counts the messages that a filter lets through.
func (o *Outbox) Count(ctx context.Context, where store.Filter) (int64, error) {
	return o.messages.Count(ctx, where)
}

// Undelivered is the filter for what has not got through: failed, or still waiting after
// some tries.
func Undelivered() store.Filter {
	return store.Or(store.Field("state").Eq(string(partnership.MessageFailed)), store.And(store.Field("state").Eq(string(partnership.MessageWaiting)), store.Field("tries").Ge(2)))
}

// Retry makes an undelivered message due at once, with all its tries before it.
func (o *Outbox) Retry(ctx context.Context, actor partnership.Actor, id string) error {
	m, err := o.messages.Get(ctx, id)
	if err != nil {
		return err
	}
	if m.Channel == partnership.ChannelPhone {
		return partnership.Refuse(partnership.ErrConflict, "对方没有留邮箱和群机器人，发不出去。请打电话告知，再记下怎样告知的")
	}
	return o.settle(ctx, actor, id, "再试一次", func(m *partnership.Message) {
		m.State, m.Tries, m.Next = partnership.MessageWaiting, 0, partnership.At(o.now())
	})
}

// Drop ends an undelivered message because somebody told the receiver otherwise.
func (o *Outbox) Drop(ctx context.Context, actor partnership.Actor, id, why string) error {
	why = strings.TrimSpace(why)
	if n := len([]rune(why)); n < 2 || n > 200 {
		return partnership.Invalid{"why": {"请写一句怎样告知的，如：已电话告知（2 到 200 个字）"}}
	}
	return o.settle(ctx, actor, id, why, func(m *partnership.Message) { m.State, m.Next = partnership.MessageDropped, 0 })
}

func (o *Outbox) settle(ctx context.Context, actor partnership.Actor, id, why string, to func(*partnership.Message)) error {
	_, err := o.messages.Edit(ctx, id, func(m *partnership.Message) error {
		if m.State != partnership.MessageFailed && (m.State != partnership.MessageWaiting || m.Tries == 0) {
			return partnership.Refuse(partnership.ErrConflict, "这条消息现在是“%s”，不用再处理，请刷新后再看", m.State.Words())
		}
		from := m.State
		to(m)
		m.Steps = append(m.Steps, partnership.Step{At: partnership.At(o.now()), Actor: actor.Account, From: string(from), To: string(m.State), Why: why})
		return nil
	})
	return err
}

// Sweep removes messages that have been done with for a month, or lost for three, and
// says how many.
func (o *Outbox) Sweep(ctx context.Context) (int, error) {
	now, done := o.now(), 0
	old := store.Or(
		store.And(store.Field("state").In(string(partnership.MessageSent), string(partnership.MessageDropped)), store.Field("_c").Lt(partnership.At(now.Add(-sentKept)))),
		store.And(store.Field("state").Eq(string(partnership.MessageFailed)), store.Field("_c").Lt(partnership.At(now.Add(-lostKept)))))
	for {
		page, err := o.messages.All(ctx, store.Query{Where: old, Limit: 500})
		if err != nil || len(page) == 0 {
			return done, err
		}
		for i := range page {
			if err := o.messages.Purge(ctx, page[i].ID); err != nil && !errors.Is(err, partnership.ErrNotFound) {
				return done, fmt.Errorf("old message: %w", err)
			}
			done++
		}
	}
}

// MaskedTarget is where a message goes as lists show it: l***@example.cn, or the host of
// a URL, whose path and query hold keys.
func (o *Outbox) MaskedTarget(m *partnership.Message) (string, error) {
	sealer, err := o.seals()
	if err != nil {
		return "", err
	}
	to, err := sealer.Open(place(m.ID, "target"), m.Target)
	if err != nil {
		return "", err
	}
	if name, domain, ok := strings.Cut(to, "@"); ok && m.Channel == partnership.ChannelMail {
		return string([]rune(name)[:1]) + "***@" + domain, nil
	}
	u, err := url.Parse(to)
	if err != nil {
		return "", nil //nolint:nilerr // an address nobody can read is shown as none
	}
	return u.Host, nil
}
