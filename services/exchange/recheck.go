package exchange

import (
	"context"
	"errors"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// SnapshotDay says what the snapshots of one day are.
type SnapshotDay struct {
	Day     string
	AsOf    partnership.Stamp // the data were read as they stood then
	Scopes  int64
	Changed []string // of the district's totals, since the day before
}

// SnapshotDays lists the days that have snapshots, newest first, at most n.
func (x *Exchange) SnapshotDays(ctx context.Context, actor partnership.Actor, n int) ([]SnapshotDay, error) {
	if !actor.SeesAll() {
		return nil, partnership.Refuse(partnership.ErrForbidden, "只有区教委和平台运维可以查看全区的快照")
	}
	only, err := x.sightOf(ctx, actor)
	if err != nil {
		return nil, err
	}
	var out []SnapshotDay
	where := store.Field("scope").Eq(page{by: ByDistrict}.String())
	for s, err := range x.snapshots.Find(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("day")}, Limit: n}) {
		if err != nil {
			return nil, err
		}
		count, err := x.snapshots.Count(ctx, store.Field("day").Eq(s.Day))
		if err != nil {
			return nil, err
		}
		one := SnapshotDay{s.Day, s.AsOf, count, s.Changed}
		if only != nil { // what changed is said of all districts together
			one.Changed = nil
		}
		out = append(out, one)
	}
	return out, nil
}

// Recheck says how the snapshots of a day stand against what the data of that day give
// when they are counted again.
type Recheck struct {
	Day         string
	AsOf        partnership.Stamp
	Scopes      int
	Figures     int
	Differences []string // none: all is as it was stored
}

// RecheckRates counts the data once more as they stood when the snapshots of a day were
// made, and compares figure by figure. A snapshot whose content no longer has its digest
// was tampered with, and is named.
func (x *Exchange) RecheckRates(ctx context.Context, actor partnership.Actor, day string) (Recheck, error) {
	r := Recheck{Day: day}
	if !actor.SeesAll() {
		return r, partnership.Refuse(partnership.ErrForbidden, "只有区教委和平台运维可以重算快照")
	}
	if only, err := x.sightOf(ctx, actor); err != nil || only != nil {
		return r, errors.Join(err, partnership.Refuse(partnership.ErrForbidden, "平台上有几个区县，快照由平台运维重算"))
	}
	again := map[partnership.Stamp]map[string]*partnership.Snapshot{} // by the moment the data were read at
	for s, err := range x.snapshots.Find(ctx, store.Query{Where: store.Field("day").Eq(day)}) {
		if err != nil {
			return r, err
		}
		if again[s.AsOf] == nil {
			if err := partnership.Tell(ctx, "按当时的数据重算", 50); err != nil {
				return r, err
			}
			t, err := x.tally(ctx, s.AsOf)
			if err != nil {
				return r, err
			}
			again[s.AsOf] = map[string]*partnership.Snapshot{}
			for made := range t.snapshots(day) {
				again[s.AsOf][made.Scope] = &made
			}
		}
		if err := partnership.Tell(ctx, fmt.Sprintf("逐份比较，已比 %d 份", r.Scopes), min(990, 500+500*r.Scopes/max(1, len(again[s.AsOf])))); err != nil {
			return r, err
		}
		r.AsOf = max(r.AsOf, s.AsOf)
		if err := x.recheck(ctx, &s, again[s.AsOf][s.Scope], &r); err != nil {
			return r, err
		}
	}
	if r.Scopes == 0 {
		return r, partnership.Refuse(partnership.ErrNotFound, "%s 没有快照。可先运行任务 rates，或换一天", day)
	}
	return r, nil
}

func (x *Exchange) recheck(ctx context.Context, stored, made *partnership.Snapshot, r *Recheck) error {
	full, err := x.content(ctx, stored)
	if err != nil {
		return err
	}
	r.Scopes++
	for _, g := range full.Groups {
		r.Figures += len(g.Figures)
	}
	sum, err := digest(full)
	if err != nil {
		return err
	}
	if sum != stored.Digest {
		r.Differences = append(r.Differences, fmt.Sprintf("快照 %s 的内容与写入时的摘要不符，被改动过", stored.ID))
	}
	if made == nil {
		made = &partnership.Snapshot{}
	}
	for _, c := range rates.Compare(ratesOf(full, true), ratesOf(made, true)) {
		r.Differences = append(r.Differences, "存的与重算的不同："+c.Words)
	}
	return nil
}
