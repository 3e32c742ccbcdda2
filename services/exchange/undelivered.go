package exchange

import (
	"context"
	"errors"
	"iter"

	"sunmao/services/outbox"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// UndeliveredRow is a message that has not got through, or that somebody nothing can reach
// has to be called for, and where its receiver can be called.
type UndeliveredRow struct {
	partnership.Message
	To      string // where it went, masked
	Phone   string // 138****5678; empty if the account left none
	Contact string // of the company, for an account that left no phone number
}

var errNoMessage = partnership.Refuse(partnership.ErrNotFound, "没有这条消息，或者您无权查看。请从“没有送达的消息”重新打开")

// What the log of reveals writes for the phone number of an account, and for an export of
// the list with all of them.
const (
	FieldContactPhone = "contact_phone"
	FieldContacts     = "contact_phones"
)

// messagesWithin is the filter for the messages an actor sees to: a district those for the
// accounts of its region, the operator all.
func messagesWithin(actor partnership.Actor) (store.Filter, error) {
	if !actor.SeesAll() {
		return store.Filter{}, partnership.Refuse(partnership.ErrForbidden, "没有送达的消息由区教委和平台运维处理")
	}
	return within(actor, "region"), nil
}

// Undelivered lists what has not got through, the newest first.
func (x *Exchange) Undelivered(ctx context.Context, actor partnership.Actor, l List) ([]UndeliveredRow, string, error) {
	where, err := messagesWithin(actor)
	if err != nil {
		return nil, "", err
	}
	found, next, err := x.outbox.List(ctx, store.And(outbox.Undelivered(), where), l.After, l.limit())
	if err != nil {
		return nil, "", err
	}
	rows, err := x.callRows(ctx, found, partnership.MaskPhone)
	return rows, next, err
}

// callRows gives messages with where they went and where their receivers can be called.
func (x *Exchange) callRows(ctx context.Context, found []partnership.Message, show func(phone string) string) ([]UndeliveredRow, error) {
	out := make([]UndeliveredRow, len(found))
	for i := range found {
		r := &out[i]
		r.Message = found[i]
		var err error
		if r.Channel != partnership.ChannelPhone {
			if r.To, err = x.outbox.MaskedTarget(&r.Message); err != nil {
				return nil, err
			}
		}
		phone, err := x.phoneOf(ctx, r.For)
		if err != nil {
			return nil, err
		}
		if r.Phone = show(phone); phone != "" || r.Role != partnership.RoleCompany {
			continue
		}
		c, err := x.companies.Get(ctx, r.Party)
		if err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return nil, err
		}
		r.Contact = c.Contact
	}
	return out, nil
}

// ExportUndelivered yields the list with the phone numbers in full, for a file to call
// from. It asks for a reason and logs the export before the first row.
func (x *Exchange) ExportUndelivered(ctx context.Context, actor partnership.Actor, reason string) (iter.Seq2[UndeliveredRow, error], error) {
	where, err := messagesWithin(actor)
	if err != nil {
		return nil, err
	}
	where = store.And(outbox.Undelivered(), where)
	n, err := x.outbox.Count(ctx, where)
	if err != nil {
		return nil, err
	}
	if err := x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, Field: FieldContacts, Count: int(n), Reason: reason}); err != nil {
		return nil, err
	}
	return func(yield func(UndeliveredRow, error) bool) {
		for after := ""; ; {
			found, next, err := x.outbox.List(ctx, where, after, 100)
			var rows []UndeliveredRow
			if err == nil {
				rows, err = x.callRows(ctx, found, func(phone string) string { return phone })
			}
			if err != nil {
				yield(UndeliveredRow{}, err)
				return
			}
			for i := range rows {
				if !yield(rows[i], nil) {
					return
				}
			}
			if after = next; after == "" {
				return
			}
		}
	}, nil
}

// phoneOf is the phone number that an account left for such cases.
func (x *Exchange) phoneOf(ctx context.Context, account string) (string, error) {
	found, err := x.reaches.All(ctx, store.Query{Where: store.Field("_id").Eq(account), Limit: 1})
	if err != nil || len(found) == 0 {
		return "", err
	}
	sealer, err := x.seals()
	if err != nil {
		return "", err
	}
	return sealer.Open(reachPlace(account, "phone"), found[0].Phone)
}

// message returns a message that the actor sees to.
func (x *Exchange) message(ctx context.Context, actor partnership.Actor, id string) (partnership.Message, error) {
	if _, err := messagesWithin(actor); err != nil {
		return partnership.Message{}, err
	}
	m, err := x.outbox.Get(ctx, id)
	if err != nil {
		return m, known(err, errNoMessage)
	}
	if !actor.Oversees(m.Region) {
		return partnership.Message{}, errNoMessage
	}
	return m, nil
}

// RevealContact opens the phone number of the account a message is for, with a reason
// that is logged before.
func (x *Exchange) RevealContact(ctx context.Context, actor partnership.Actor, id, reason string) (string, error) {
	m, err := x.message(ctx, actor, id)
	if err != nil {
		return "", err
	}
	phone, err := x.phoneOf(ctx, m.For)
	if err != nil {
		return "", err
	}
	if phone == "" {
		return "", partnership.Refuse(partnership.ErrConflict, "这个账号没有留电话，请在企业或学校的页面查联系方式")
	}
	if err := x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, Number: m.For, Field: FieldContactPhone, Reason: reason}); err != nil {
		return "", err
	}
	return phone, nil
}

// The verbs of an undelivered message.
const (
	MessageRetry = "retry" // send it again now
	MessageDrop  = "drop"  // its receiver was told otherwise
)

// ActMessage sends a message again, or notes how its receiver was told otherwise.
func (x *Exchange) ActMessage(ctx context.Context, actor partnership.Actor, id, verb, why string) error {
	if _, err := x.message(ctx, actor, id); err != nil {
		return err
	}
	switch verb {
	case MessageRetry:
		return x.outbox.Retry(ctx, actor, id)
	case MessageDrop:
		return x.outbox.Drop(ctx, actor, id, why)
	}
	return partnership.Refuse(partnership.ErrConflict, "没有“%s”这个操作", verb)
}
