package exchange

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// RefreshRates writes the snapshot of every scope for a day: one each, never changed
// afterwards, so that running it twice changes nothing. The data are read as they stood
// when the day ended. It returns what happened, and what changed since the day before, in
// words.
func (x *Exchange) RefreshRates(ctx context.Context, day string) (string, error) {
	if _, err := x.keepInputs(ctx); err != nil {
		return "", err
	}
	t, err := x.tallyOf(ctx, day)
	if err != nil {
		return "", err
	}
	digests, err := x.digestsOf(ctx, day)
	if err != nil {
		return "", err
	}
	kept, moved, made, waiting := 0, 0, 0, 0
	var fresh []partnership.Snapshot // still to be written
	var changed []rates.Change
	write := func() error {
		if err := x.snapshots.InsertMany(ctx, fresh); err != nil && !errors.Is(err, partnership.ErrDuplicate) { // one that is there stays
			return fmt.Errorf("snapshots of %s: %w", day, err)
		}
		fresh, waiting = fresh[:0], 0
		return nil
	}
	for s := range t.snapshots(day) {
		if s.Digest, err = digest(&s); err != nil {
			return "", err
		}
		if old, ok := digests[s.ID]; ok {
			kept++
			if old != s.Digest {
				moved++
			}
			continue
		}
		moved, err := x.compareWithLast(ctx, &s)
		if err != nil {
			return "", err
		}
		if s.By != BySchool || s.School == "" { // whole schools stand on two pages
			changed = append(changed, moved...)
		}
		made++
		fresh = append(fresh, s)
		for _, g := range s.Groups {
			waiting += len(g.Figures)
		}
		if waiting > figuresWritten {
			if err := write(); err != nil {
				return "", err
			}
		}
	}
	if err := write(); err != nil {
		return "", err
	}
	return refreshWords(day, made, kept, moved, changed), nil
}

// figuresWritten is how many figures are written at once: that many are held, not all.
const figuresWritten = 20_000

// digestsOf lists the snapshots of a day by id.
func (x *Exchange) digestsOf(ctx context.Context, day string) (map[string]string, error) {
	type narrow struct {
		ID     string `json:"_id"`
		Digest string `json:"digest"`
	}
	out := map[string]string{}
	for s, err := range store.Scan[narrow](ctx, x.snapshots, store.Query{Where: store.Field("day").Eq(day)}) {
		if err != nil {
			return nil, err
		}
		out[s.ID] = s.Digest
	}
	return out, nil
}

func refreshWords(day string, made, kept, moved int, changed []rates.Change) string {
	rates.SortChanges(changed)
	words := fmt.Sprintf("%s：新写 %d 份快照，已有 %d 份保持不变", day, made, kept)
	if moved > 0 {
		words += fmt.Sprintf("；其中 %d 份之后的数据已有变动，当日快照按规定不改，请看新的一天", moved)
	}
	if len(changed) > 0 {
		words += fmt.Sprintf("；与上一份相比 %d 处变化：", len(changed))
		for i, c := range changed[:min(len(changed), 20)] {
			if i > 0 {
				words += "；"
			}
			words += c.Words
		}
		if len(changed) > 20 {
			words += "……（其余见数据看板）"
		}
	}
	return words
}

// tallyOf reads the data as they stood when a day ended, or now while it runs. Where
// nothing was recorded yet on that day, as when a district's earlier years are entered
// afterwards, the day stands for what is known now.
func (x *Exchange) tallyOf(ctx context.Context, day string) (*tally, error) {
	start, err := time.ParseInLocation(time.DateOnly, day, partnership.Beijing)
	if err != nil {
		return nil, partnership.Invalid{"day": {"日期请写成 2025-12-31 这样"}}
	}
	now := x.stamp()
	end := min(partnership.At(start.AddDate(0, 0, 1))-1, now)
	t, err := x.tally(ctx, end)
	if err == nil && t.rows == 0 && end < now {
		return x.tally(ctx, now)
	}
	return t, err
}

// compareWithLast says what changed since the snapshot before, in the new one as well, and
// lets it share the content of that one if nothing did.
func (x *Exchange) compareWithLast(ctx context.Context, s *partnership.Snapshot) ([]rates.Change, error) {
	before, err := x.snapshotBefore(ctx, s.Scope, s.Day)
	if errors.Is(err, partnership.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if before.Digest == s.Digest {
		s.Same, s.Rates, s.Groups, s.Flows = cmp.Or(before.Same, before.ID), nil, nil, nil
		return nil, nil
	}
	full, err := x.content(ctx, &before)
	if err != nil {
		return nil, err
	}
	all := rates.Compare(ratesOf(full, false), ratesOf(s, false))
	for _, c := range all[:min(len(all), changesKept)] {
		s.Changed = append(s.Changed, c.Words)
	}
	if len(all) > changesKept {
		s.Changed = append(s.Changed, fmt.Sprintf("……共 %d 处", len(all)))
	}
	return all, nil
}

// changesKept is how many changes one snapshot keeps in words.
const changesKept = 50

// ratesOf is the content of a snapshot as the rates see it. Unless whole is set, figures
// that are hidden from somebody stay so in what is said of their changes.
func ratesOf(s *partnership.Snapshot, whole bool) []rates.Rate {
	var out []rates.Rate
	for _, g := range s.Groups {
		scope := rates.Scope{Year: g.Year, School: s.Of, Dim: dimOf(s.By)}
		switch {
		case scope.Dim != rates.Whole:
			scope.Value = g.Name
		case s.By == BySchool:
			scope.School = g.Name
		}
		for _, f := range g.Figures {
			d := s.Rates[f.Rate]
			r := rates.Rate{Key: d.Key, Version: d.Version, Scope: scope, Numerator: f.Numerator, Denominator: f.Denominator, Percent: f.Percent, Amount: f.Amount}
			if !whole && (f.Hidden || len(f.HiddenFrom) > 0) {
				r = r.Hide()
			}
			out = append(out, r)
		}
	}
	return out
}

func dimOf(by string) rates.Dim {
	for d, b := range dimBy {
		if b == by {
			return d
		}
	}
	return rates.Whole
}

func digest(s *partnership.Snapshot) (string, error) {
	body, err := json.Marshal(struct {
		Rates  []partnership.SnapshotRate
		Groups []partnership.SnapshotGroup
		Flows  []partnership.SnapshotFlow `json:",omitempty"` // snapshots before there were flows keep their digest
	}{s.Rates, s.Groups, s.Flows})
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// snapshotBefore is the newest snapshot of a scope before a day; "" is the newest of all.
func (x *Exchange) snapshotBefore(ctx context.Context, scope, day string) (partnership.Snapshot, error) {
	where := store.Field("scope").Eq(scope)
	if day != "" {
		where = store.And(where, store.Field("day").Lt(day))
	}
	return x.snapshots.First(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("day")}})
}

// content fills in what a snapshot shares with an earlier one.
func (x *Exchange) content(ctx context.Context, s *partnership.Snapshot) (*partnership.Snapshot, error) {
	if s.Same == "" {
		return s, nil
	}
	same, err := x.snapshots.Get(ctx, s.Same)
	if err != nil {
		return nil, fmt.Errorf("content of snapshot %s: %w", s.ID, err)
	}
	full := *s
	full.Rates, full.Groups, full.Flows = same.Rates, same.Groups, same.Flows
	return &full, nil
}

// snapshotCache keeps what was read: a snapshot never changes, so what is kept is right
// for ever. It forgets everything when it holds too much.
type snapshotCache struct {
	mu      sync.Mutex
	kept    map[string]*partnership.Snapshot
	figures int
}

const figuresCached = 200_000

func (c *snapshotCache) get(id string) *partnership.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[id]
}

func (c *snapshotCache) put(id string, s *partnership.Snapshot) {
	n := 1
	for _, g := range s.Groups {
		n += len(g.Figures)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || c.figures+n > figuresCached {
		c.kept, c.figures = map[string]*partnership.Snapshot{}, 0
	}
	c.kept[id], c.figures = s, c.figures+n
}

// snapshotOn reads the snapshot of a page on a day. A page without figures on that day is
// empty, not an error.
func (x *Exchange) snapshotOn(ctx context.Context, p page, day string) (*partnership.Snapshot, error) {
	id := p.String() + "|" + day
	if s := x.cache.get(id); s != nil {
		return s, nil
	}
	s, err := x.snapshots.Get(ctx, id)
	if errors.Is(err, partnership.ErrNotFound) {
		return &partnership.Snapshot{Scope: p.String(), School: p.school, By: p.by, Year: p.year, Day: day}, nil
	}
	if err != nil {
		return nil, err
	}
	full, err := x.content(ctx, &s)
	if err != nil {
		return nil, err
	}
	x.cache.put(id, full)
	return full, nil
}

// lastDay is the day of the newest snapshots, "" if there are none.
func (x *Exchange) lastDay(ctx context.Context) (string, error) {
	type narrow struct {
		Day string `json:"day"`
	}
	newest := store.Query{Where: store.Field("scope").Eq(page{by: ByDistrict}.String()), Sort: []store.Sort{store.Desc("day")}, Limit: 1}
	for s, err := range store.Scan[narrow](ctx, x.snapshots, newest) {
		return s.Day, err
	}
	return "", nil
}

// shelf is where figures are read from: the snapshots of a day, or a tally made for the
// occasion where there are none yet.
type shelf struct {
	x       *Exchange
	day     string
	fresh   map[string]*partnership.Snapshot
	schools []partnership.School // all there are
	only    *sight
}

// newShelf opens the newest snapshots, or those of a day; live computes everything anew.
func (x *Exchange) newShelf(ctx context.Context, actor partnership.Actor, day string, live bool) (*shelf, error) {
	s := &shelf{x: x, day: day}
	var err error
	if s.schools, err = x.Schools(ctx); err != nil {
		return nil, err
	}
	s.only = sightAmong(actor, s.schools)
	if !live && day == "" {
		if s.day, err = x.lastDay(ctx); err != nil {
			return nil, err
		}
	}
	if !live && s.day != "" {
		if s.only != nil {
			s.fresh, err = x.inSight(ctx, s.only, s.day, false)
		}
		return s, err
	}
	if s.only != nil {
		s.day = x.today()
		s.fresh, err = x.inSight(ctx, s.only, s.day, true)
		return s, err
	}
	t, err := x.tally(ctx, 0)
	if err != nil {
		return nil, err
	}
	s.day = x.today()
	s.fresh = map[string]*partnership.Snapshot{}
	for snap := range t.snapshots(s.day) {
		s.fresh[snap.Scope] = &snap
	}
	return s, nil
}

func (s *shelf) page(ctx context.Context, p page) (*partnership.Snapshot, error) {
	if s.fresh == nil {
		return s.x.snapshotOn(ctx, p, s.day)
	}
	if snap := s.fresh[p.String()]; snap != nil {
		return snap, nil
	}
	return &partnership.Snapshot{Scope: p.String(), School: p.school, By: p.by, Year: p.year, Day: s.day}, nil
}

// years lists the years that have graduates, oldest first.
func (s *shelf) years(ctx context.Context) ([]int, error) {
	district, err := s.page(ctx, page{by: ByDistrict})
	if err != nil {
		return nil, err
	}
	var out []int
	for _, g := range district.Groups {
		if slices.ContainsFunc(g.Figures, func(f partnership.SnapshotFigure) bool {
			return slices.Contains(publishedRates, district.Rates[f.Rate].Key)
		}) {
			out = append(out, g.Year)
		}
	}
	slices.Sort(out)
	return out, nil
}
