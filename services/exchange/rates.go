package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// RateQuery asks for figures.
type RateQuery struct {
	Year   int    // 0 = all years
	School string // id; empty = the district's own groups (and every school, by school)
	By     string // ByDistrict, BySchool, ByCategory, ByMajor, ByClass; empty = all
	Live   bool   // compute from the outcomes now instead of reading the last snapshot
}

// Rates returns figures with everything that explains them. Schools see their own and
// the district's, companies the district's only.
func (x *Exchange) Rates(ctx context.Context, actor partnership.Actor, q RateQuery) ([]partnership.Figure, error) {
	if q.School != "" && !actor.SeesAll() && !actor.SpeaksFor(q.School) {
		return nil, partnership.Refuse(partnership.ErrNotFound, "没有这所学校的数据，或者您无权查看")
	}
	all, err := x.figuresOf(ctx, q, actor)
	if err != nil {
		return nil, err
	}
	out := make([]partnership.Figure, 0, len(all))
	for _, f := range all {
		if q.Year != 0 && f.Year != q.Year || q.By != "" && f.By != q.By {
			continue
		}
		if f.School != "" && !actor.SeesAll() && !actor.SpeaksFor(f.School) {
			continue
		}
		out = append(out, f)
	}
	return out, nil
}

func (x *Exchange) figuresOf(ctx context.Context, q RateQuery, actor partnership.Actor) ([]partnership.Figure, error) {
	scopes := []string{q.School}
	if q.School == "" && (q.By == ByCategory || q.By == ByMajor) { // the schools' own groups, one after another
		scopes = nil
		schools, err := x.Schools(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range schools {
			if actor.SeesAll() || actor.SpeaksFor(s.ID) {
				scopes = append(scopes, s.ID)
			}
		}
	}
	var t *tally
	var names map[string]string
	if q.Live {
		var err error
		if t, err = x.tallyOutcomes(ctx); err != nil {
			return nil, err
		}
		if names, err = x.schoolNames(ctx); err != nil {
			return nil, err
		}
	}
	var out []partnership.Figure
	for _, school := range scopes {
		if q.Live {
			out = append(out, shown(actor, school, t.figures(school, x.today(), names))...)
			continue
		}
		s, err := x.lastSnapshot(ctx, scopeName(school), "")
		if errors.Is(err, partnership.ErrNotFound) {
			q.Live = true
			return x.figuresOf(ctx, q, actor)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, shown(actor, school, s.Figures)...)
	}
	return out, nil
}

func (x *Exchange) schoolNames(ctx context.Context) (map[string]string, error) {
	all, err := x.Schools(ctx)
	names := map[string]string{}
	for _, s := range all {
		names[s.ID] = s.Name
	}
	return names, err
}

func scopeName(school string) string {
	if school == "" {
		return "district"
	}
	return "school:" + school
}

// lastSnapshot is the newest snapshot of a scope, before the given day if one is given.
func (x *Exchange) lastSnapshot(ctx context.Context, scope, before string) (partnership.Snapshot, error) {
	where := store.Field("scope").Eq(scope)
	if before != "" {
		where = store.And(where, store.Field("day").Lt(before))
	}
	return x.snapshots.First(ctx, store.Query{Where: where, Sort: []store.Sort{store.Desc("day")}})
}

// RefreshRates writes the snapshot of every scope for a day: one each, never changed
// afterwards, so that running it twice changes nothing. It returns what happened in words.
func (x *Exchange) RefreshRates(ctx context.Context, day string) (string, error) {
	t, err := x.tallyOutcomes(ctx)
	if err != nil {
		return "", err
	}
	names, err := x.schoolNames(ctx)
	if err != nil {
		return "", err
	}
	scopes := []string{""}
	for id := range names {
		scopes = append(scopes, id)
	}
	slices.Sort(scopes)
	made, kept, moved := 0, 0, 0
	for _, school := range scopes {
		s := partnership.Snapshot{Scope: scopeName(school), Day: day, Figures: t.figures(school, day, names)}
		if len(s.Figures) == 0 {
			continue
		}
		s.ID = s.Scope + "|" + day
		s.Version = s.Figures[0].Version
		if s.Digest, err = digest(s.Figures); err != nil {
			return "", err
		}
		old, err := x.snapshots.Get(ctx, s.ID)
		if err == nil {
			kept++
			if old.Digest != s.Digest {
				moved++
			}
			continue
		}
		if !errors.Is(err, partnership.ErrNotFound) {
			return "", err
		}
		if before, err := x.lastSnapshot(ctx, s.Scope, day); err == nil {
			s.Changed = changes(before.Figures, s.Figures)
		} else if !errors.Is(err, partnership.ErrNotFound) {
			return "", err
		}
		if err := x.snapshots.Insert(ctx, &s); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
			return "", fmt.Errorf("snapshot %s: %w", s.ID, err)
		}
		made++
	}
	words := fmt.Sprintf("%s：新写 %d 份快照，已有 %d 份保持不变", day, made, kept)
	if moved > 0 {
		words += fmt.Sprintf("；其中 %d 份之后的数据已有变动，当日快照按规定不改，请看新的一天", moved)
	}
	return words, nil
}

func digest(figures []partnership.Figure) (string, error) {
	body, err := json.Marshal(figures)
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// changes says in words which figures differ, at most 50 of them.
func changes(before, after []partnership.Figure) []string {
	type key struct {
		rate, by, group, school string
		year                    int
	}
	of := func(f partnership.Figure) key { return key{f.Rate, f.By, f.Group, f.School, f.Year} }
	old := map[key]partnership.Figure{}
	for _, f := range before {
		old[of(f)] = f
	}
	var out []string
	for _, f := range after {
		was, ok := old[of(f)]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("新增 %d年 %s %s %s%%（%d/%d）", f.Year, f.Group, f.Name, f.Percent, f.Numerator, f.Denominator))
		case was.Numerator != f.Numerator || was.Denominator != f.Denominator:
			out = append(out, fmt.Sprintf("%d年 %s %s 由 %s%%（%d/%d）变为 %s%%（%d/%d）", f.Year, f.Group, f.Name,
				was.Percent, was.Numerator, was.Denominator, f.Percent, f.Numerator, f.Denominator))
		}
		if len(out) == 50 {
			return append(out, "……")
		}
	}
	return out
}

// Definitions lists the rates' definitions for the glossary.
func Definitions() []rates.Definition { return rates.Definitions() }
