package outbox

import (
	"context"
	"errors"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Call lists a message that can be sent nowhere, for people to call its receiver: one for
// each ID, which a later call brings up to date. One that was dealt with stays so, unless
// there is news.
func (o *Outbox) Call(ctx context.Context, m partnership.Message, news bool) error {
	set := func(to *partnership.Message) {
		to.Channel, to.For, to.Name, to.Role, to.Party, to.Region = partnership.ChannelPhone, m.For, m.Name, m.Role, m.Party, m.Region
		to.Topic, to.Subject, to.Body, to.Missed, to.Due, to.Error = m.Topic, m.Subject, m.Body, m.Missed, m.Due, m.Error
		to.Last = partnership.At(o.now())
	}
	_, err := o.messages.Edit(ctx, m.ID, func(now *partnership.Message) error {
		set(now)
		if news && now.State != partnership.MessageFailed {
			now.Steps = append(now.Steps, partnership.Step{At: now.Last, Actor: partnership.System("reminders").Account, From: string(now.State), To: string(partnership.MessageFailed), Why: "又有新的待办"})
			now.State = partnership.MessageFailed
		}
		return nil
	})
	if errors.Is(err, partnership.ErrNotFound) {
		fresh := partnership.Message{State: partnership.MessageFailed}
		fresh.ID = m.ID
		set(&fresh)
		err = o.messages.Insert(ctx, &fresh)
	}
	if err != nil {
		return fmt.Errorf("list for a call: %w", err)
	}
	return nil
}

// EndCalls ends the calls that are still to be made of those a filter lets through, with
// the reason, and says how many.
func (o *Outbox) EndCalls(ctx context.Context, where store.Filter, why string) (int, error) {
	open, err := o.messages.All(ctx, store.Query{Where: store.And(where, store.Field("state").Eq(string(partnership.MessageFailed)), store.Field("channel").Eq(string(partnership.ChannelPhone)))})
	if err != nil {
		return 0, fmt.Errorf("calls to end: %w", err)
	}
	for i := range open {
		if err := o.Drop(ctx, partnership.System("reminders"), open[i].ID, why); err != nil && !errors.Is(err, partnership.ErrConflict) {
			return i, err
		}
	}
	return len(open), nil
}
