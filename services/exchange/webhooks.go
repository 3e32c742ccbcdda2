package exchange

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"sunmao/services/outbox"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Webhooks (接口推送) read the same feeds as programs do, in the name of their party, and
// put what changed into the outbox. An event names records by id and revision, nothing
// else: no personal data leaves, and what the receiver may read is decided when it reads.

const (
	mostWebhooks = 10  // of one party
	eventRecords = 200 // in one event
)

var (
	errNoWebhook   = partnership.Refuse(partnership.ErrNotFound, "没有这个接口推送，或者它不归您管理。请刷新再看")
	errWebhookHold = partnership.Refuse(partnership.ErrForbidden, "接口推送由学校、企业或区教委的账号管理员设置。需要时请联系本单位的账号管理员")
)

func webhookPlace(id, field string) string { return "webhooks/" + id + "/" + field }

// Event is what a webhook sends as JSON.
type Event struct {
	Type    string        `json:"type"` // posts.changed
	At      int64         `json:"at"`   // ms since 1970
	Records []EventRecord `json:"records"`
}

// EventRecord is one record that changed.
type EventRecord struct {
	ID   string `json:"id"`
	Rev  int64  `json:"rev"`
	Gone bool   `json:"gone"`
}

// ownWebhooks is the filter for the webhooks of the actor's party.
func ownWebhooks(actor partnership.Actor) (store.Filter, error) {
	if !actor.Admin || actor.Key != "" || actor.Role == partnership.RoleOperator || actor.Role != partnership.RoleDistrict && actor.Party == "" {
		return store.Filter{}, errWebhookHold
	}
	return store.And(store.Field("party").Eq(actor.Party), store.Field("role").Eq(string(actor.Role)), store.Field("region").Eq(actor.Region)), nil
}

// Webhooks lists those of the actor's party.
func (x *Exchange) Webhooks(ctx context.Context, actor partnership.Actor) ([]partnership.Webhook, error) {
	where, err := ownWebhooks(actor)
	if err != nil {
		return nil, err
	}
	return x.webhooks.All(ctx, store.Query{Where: where, Limit: mostWebhooks + 1})
}

// MakeWebhook sets up the telling of changes of the kinds to a URL, from now on. It
// returns the secret that events are signed with, this once.
func (x *Exchange) MakeWebhook(ctx context.Context, actor partnership.Actor, name, target string, kinds []string) (string, partnership.Webhook, error) {
	w := partnership.Webhook{Name: strings.TrimSpace(name), Role: actor.Role, Party: actor.Party, Region: actor.Region, Kinds: slices.Compact(slices.Sorted(slices.Values(kinds))), By: actor.Account}
	mine, err := x.Webhooks(ctx, actor)
	if err != nil {
		return "", w, err
	}
	target = strings.TrimSpace(target)
	bad := partnership.Invalid{}
	if n := utf8.RuneCountInString(w.Name); n < 2 || n > 40 {
		bad.Add("name", "请写 2 到 40 个字，说明推送给哪个系统")
	}
	var invalid partnership.Invalid
	if err := x.outbox.CheckTarget(partnership.ChannelPost, target); errors.As(err, &invalid) {
		bad["url"] = append(bad["url"], invalid["url"]...)
	}
	if len(w.Kinds) == 0 {
		bad.Add("kinds", "请至少选择一类")
	}
	for _, kind := range w.Kinds {
		if !partnership.IsEventKind(kind) {
			bad.Add("kinds", "没有“%s”这一类", kind)
		}
	}
	if err := bad.Err(); err != nil {
		return "", w, err
	}
	if len(mine) >= mostWebhooks {
		return "", w, partnership.Refuse(partnership.ErrConflict, "一个单位最多设 %d 个接口推送，请先删除不用的", mostWebhooks)
	}
	sealer, err := x.seals()
	if err != nil {
		return "", w, err
	}
	if u, err := url.Parse(target); err == nil {
		w.Host = u.Host
	}
	w.ID = x.newID()
	secret := rand.Text()
	w.Target, w.Secret = sealer.Seal(webhookPlace(w.ID, "target"), target), sealer.Seal(webhookPlace(w.ID, "secret"), secret)
	if err := x.webhooks.Insert(ctx, &w); err != nil {
		return "", w, fmt.Errorf("make webhook: %w", err)
	}
	return secret, w, nil
}

func (x *Exchange) ownWebhook(ctx context.Context, actor partnership.Actor, id string) (partnership.Webhook, error) {
	where, err := ownWebhooks(actor)
	if err != nil {
		return partnership.Webhook{}, err
	}
	w, err := x.webhooks.First(ctx, store.Query{Where: store.And(where, store.Field("_id").Eq(id))})
	return w, known(err, errNoWebhook)
}

// DropWebhook ends a webhook.
func (x *Exchange) DropWebhook(ctx context.Context, actor partnership.Actor, id string) (partnership.Webhook, error) {
	w, err := x.ownWebhook(ctx, actor, id)
	if err != nil {
		return w, err
	}
	return w, x.webhooks.Purge(ctx, id)
}

// TestWebhook sends an event without records, so that the receiver can be tried.
func (x *Exchange) TestWebhook(ctx context.Context, actor partnership.Actor, id string) (partnership.Webhook, error) {
	w, err := x.ownWebhook(ctx, actor, id)
	if err != nil {
		return w, err
	}
	return w, x.sendEvent(ctx, &w, "test", x.newID(), nil)
}

// TellWebhooks puts into the outbox what changed since each webhook was told last, and
// says how many events that were. It may be called by several nodes: an event goes out
// under an id made of where its feed was read from and to. A crash before the place is
// kept may tell of a record twice, never not at all.
func (x *Exchange) TellWebhooks(ctx context.Context) (int, error) {
	told := 0
	var failed error
	for w, err := range x.webhooks.Find(ctx, store.Query{}) {
		if err != nil {
			return told, fmt.Errorf("webhooks: %w", err)
		}
		for _, kind := range w.Kinds {
			n, err := x.tellWebhook(ctx, &w, kind)
			told += n
			if err != nil { // one must not keep the others waiting
				failed = errors.Join(failed, fmt.Errorf("webhook %s: %w", w.ID, err))
			}
		}
	}
	return told, failed
}

func (x *Exchange) tellWebhook(ctx context.Context, w *partnership.Webhook, kind string) (int, error) {
	if why, err := x.Barred(ctx, w.Role, w.Party); err != nil || why != "" {
		return 0, err // told from here on when the party is let in again
	}
	actor := partnership.Actor{Account: "webhook/" + w.ID, Role: w.Role, Party: w.Party, Region: w.Region}
	field := strings.ReplaceAll(kind, "-", "_") // a path in the store takes no dash
	cursor, begun := w.Cursors[field]
	told := 0
	for {
		records, next, more, err := x.changed(ctx, actor, kind, cursor)
		if err != nil {
			return told, err
		}
		if begun && len(records) > 0 { // what was there before the webhook is no news
			if err := x.sendEvent(ctx, w, kind+".changed", strings.Join([]string{kind, cursor, next}, "|"), records); err != nil {
				return told, err
			}
			told++
		}
		if next != cursor {
			ops := []store.Op{store.Set("cursors."+field, next)}
			if begun && len(records) > 0 {
				ops = append(ops, store.Set("told", int64(x.stamp())))
			}
			guard := store.Filter{}
			if begun {
				guard = store.Field("cursors." + field).Eq(cursor)
			}
			_, err := x.webhooks.Update(store.Derived(ctx), w.ID, guard, ops...)
			if errors.Is(err, partnership.ErrConflict) || errors.Is(err, partnership.ErrNotFound) {
				return told, nil // another node is at it, or the webhook is gone
			}
			if err != nil {
				return told, err
			}
			cursor = next
		}
		if !more {
			return told, nil
		}
	}
}

// changed reads one step of the feed of a kind, as the actor may know it.
func (x *Exchange) changed(ctx context.Context, actor partnership.Actor, kind, since string) ([]EventRecord, string, bool, error) {
	q := SinceQuery{Since: since, Limit: eventRecords}
	switch kind {
	case "posts":
		return eventRecordsOf(x.PostChanges(ctx, actor, q))
	case "cohorts":
		return eventRecordsOf(x.CohortChanges(ctx, actor, q))
	case "companies":
		return eventRecordsOf(x.CompanyChanges(ctx, actor, q))
	case "bases":
		return eventRecordsOf(x.BaseChanges(ctx, actor, q))
	case "order-classes":
		return eventRecordsOf(x.ClassChanges(ctx, actor, q))
	case "placements":
		return eventRecordsOf(x.PlacementChanges(ctx, actor, q))
	}
	return nil, since, false, fmt.Errorf("no feed of %s", kind)
}

func eventRecordsOf[T any](f Feed[T], err error) ([]EventRecord, string, bool, error) {
	var out []EventRecord
	for _, c := range f.Items {
		out = append(out, EventRecord{c.ID, c.Rev, c.Gone})
	}
	return out, f.Next, f.More, err
}

// sendEvent puts an event into the outbox; one with the same key is not sent again.
func (x *Exchange) sendEvent(ctx context.Context, w *partnership.Webhook, what, key string, records []EventRecord) error {
	sealer, err := x.seals()
	if err != nil {
		return err
	}
	if records == nil {
		records = []EventRecord{}
	}
	body, err := json.Marshal(Event{Type: what, At: int64(x.stamp()), Records: records})
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	l := outbox.Letter{Message: partnership.Message{Channel: partnership.ChannelPost, For: "webhook/" + w.ID, Name: w.Name, Role: w.Role, Party: w.Party, Region: w.Region,
		Topic: what, Subject: "接口推送：" + w.Name, Body: string(body)}}
	l.ID = derivedID("webhook|"+w.ID, key)
	if l.To, err = sealer.Open(webhookPlace(w.ID, "target"), w.Target); err != nil {
		return err
	}
	if l.Sign, err = sealer.Open(webhookPlace(w.ID, "secret"), w.Secret); err != nil {
		return err
	}
	_, err = x.outbox.Put(ctx, l)
	var invalid partnership.Invalid
	if errors.As(err, &invalid) { // the operator no longer allows the address
		x.log.Warn("webhook has no road", "webhook", w.ID)
		return nil
	}
	return err
}
