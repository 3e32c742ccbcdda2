package exchange

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// The audit trail as its readers see it: the district the events of its region and of
// the platform itself, the operator all. Nobody changes it.

// TrailQuery narrows the trail. Empty fields let everything through.
type TrailQuery struct {
	List
	Account, Act, What, Object string
	From, To                   string // days, both inclusive
}

var errNoTrail = partnership.Refuse(partnership.ErrForbidden, "审计记录由区教委和平台运维查看")

// trailWhere is the filter of a query, within what the actor may see.
func trailWhere(actor partnership.Actor, q TrailQuery) (store.Filter, error) {
	var where store.Filter
	switch actor.Role {
	case partnership.RoleOperator:
	case partnership.RoleDistrict:
		where = store.Or(store.Field("region").Eq(""), within(actor, "region"))
	default:
		return where, errNoTrail
	}
	for field, text := range map[string]string{"account": q.Account, "act": q.Act, "what": q.What, "object": q.Object} {
		if text != "" {
			where = store.And(where, store.Field(field).Eq(text))
		}
	}
	bad := partnership.Invalid{}
	for name, day := range map[string]string{"from": q.From, "to": q.To} {
		if day == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, day, partnership.Beijing)
		switch {
		case err != nil:
			bad.Add(name, "日期请写成 2026-11-20 这样")
		case name == "from":
			where = store.And(where, store.Field("at").Ge(int64(partnership.At(at))))
		default:
			where = store.And(where, store.Field("at").Lt(int64(partnership.At(at.AddDate(0, 0, 1)))))
		}
	}
	return where, bad.Err()
}

// Trail is one page of the audit trail, the newest first.
func (x *Exchange) Trail(ctx context.Context, actor partnership.Actor, q TrailQuery) ([]partnership.TrailEntry, string, error) {
	where, err := trailWhere(actor, q)
	if err != nil || x.trail == nil {
		return nil, "", err
	}
	return x.trail.Entries(ctx, where, q.After, q.limit())
}

// TrailRows is the whole trail that a query lets through, the oldest first, for a file.
func (x *Exchange) TrailRows(ctx context.Context, actor partnership.Actor, q TrailQuery) (iter.Seq2[partnership.TrailEntry, error], error) {
	where, err := trailWhere(actor, q)
	if err != nil {
		return nil, err
	}
	if x.trail == nil {
		return func(func(partnership.TrailEntry, error) bool) {}, nil
	}
	return x.trail.All(ctx, where), nil
}

// Note tells the audit trail of something that changes no document: an export, a
// sign-out. Who does it stands in the context.
func (x *Exchange) Note(ctx context.Context, act, what, object string) error {
	return x.note(ctx, partnership.TrailEntry{Act: act, What: what, Object: object})
}

// CheckTrail proves the chain and writes its head into the log, where it outlives what
// anybody does to the database. It says in words what it found.
func (x *Exchange) CheckTrail(ctx context.Context, anchors ...store.Head) (string, error) {
	if x.trail == nil {
		return "", nil
	}
	head, err := x.trail.Check(ctx, anchors...)
	var broken *store.Broken
	if errors.As(err, &broken) {
		x.log.ErrorContext(ctx, "audit trail broken", "seq", broken.Seq)
		return "", partnership.Refuse(partnership.ErrConflict, "%s。请保留现场（数据目录和日志），与备份和日志里留存的校验值核对，并按安全事件处理", broken.Error())
	}
	if err != nil {
		return "", fmt.Errorf("check the audit trail: %w", err)
	}
	x.log.InfoContext(ctx, "audit trail whole", "head", head.String())
	return fmt.Sprintf("审计记录 %d 条，完好；末条校验值 %s", head.Seq, head), nil
}
