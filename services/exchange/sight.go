package exchange

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// sight is the part of the data that an actor's figures are made of: the schools of its
// district. nil stands for all of it, which is so wherever one district uses the platform.
type sight struct {
	region  string
	schools map[string]bool
}

// sightOf is what the actor's 全区 means: a district's own region, a school's district.
func (x *Exchange) sightOf(ctx context.Context, actor partnership.Actor) (*sight, error) {
	if actor.Role != partnership.RoleDistrict && actor.Role != partnership.RoleSchool {
		return nil, nil //nolint:nilnil // nil is all of it
	}
	all, err := x.Schools(ctx)
	return sightAmong(actor, all), err
}

// sightAmong is sightOf where all schools are at hand.
func sightAmong(actor partnership.Actor, all []partnership.School) *sight {
	if actor.Role != partnership.RoleDistrict && actor.Role != partnership.RoleSchool {
		return nil
	}
	s := &sight{region: actor.Region, schools: map[string]bool{}}
	for _, sc := range all {
		if actor.SpeaksFor(sc.ID) {
			s.region = sc.Region
		}
	}
	for _, sc := range all {
		if (partnership.Actor{Region: s.region}).Covers(sc.Region) {
			s.schools[sc.ID] = true
		}
	}
	if len(s.schools) == len(all) {
		return nil
	}
	return s
}

// where narrows outcomes to the schools in sight.
func (s *sight) where(f store.Filter) store.Filter {
	if s == nil {
		return f
	}
	ids := make([]string, 0, len(s.schools))
	for id := range s.schools {
		ids = append(ids, id)
	}
	return store.And(f, store.Field("school").In(ids))
}

// school reports whether a school is in sight.
func (s *sight) school(id string) bool { return s == nil || s.schools[id] }

// line reports whether a counted line is in sight: its school, or else its place.
func (s *sight) line(l *partnership.CountLine) bool {
	if s == nil || l.School != "" {
		return s.school(l.School)
	}
	for _, text := range l.In {
		if at, ok := strings.CutPrefix(text, rates.Region.String()+"="); ok {
			return (partnership.Actor{Region: s.region}).Covers(at)
		}
	}
	return false
}

// sights keeps the figures of districts that share the platform with others. They are
// counted as the data stood when a snapshot was made, so what is kept is right for ever.
type sights struct {
	mu   sync.Mutex
	kept map[string]map[string]*partnership.Snapshot
}

// sightsKept bounds what is kept; when there are more, all are counted again.
const sightsKept = 8

// inSight are the pages of a sight on the day of a snapshot, or as things are now.
func (x *Exchange) inSight(ctx context.Context, only *sight, day string, live bool) (map[string]*partnership.Snapshot, error) {
	var asOf partnership.Stamp
	key := only.region + "|" + day
	if !live {
		x.sights.mu.Lock()
		kept := x.sights.kept[key]
		x.sights.mu.Unlock()
		if kept != nil {
			return kept, nil
		}
		s, err := x.snapshots.Get(ctx, page{by: ByDistrict}.String()+"|"+day)
		if errors.Is(err, partnership.ErrNotFound) {
			return map[string]*partnership.Snapshot{}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", day, err)
		}
		asOf = s.AsOf
	}
	t, err := x.tallyWhere(ctx, asOf, store.Filter{}, only)
	if err != nil {
		return nil, err
	}
	out := map[string]*partnership.Snapshot{}
	for snap := range t.snapshots(day) {
		out[snap.Scope] = &snap
	}
	if !live {
		x.sights.mu.Lock()
		defer x.sights.mu.Unlock()
		if x.sights.kept == nil || len(x.sights.kept) >= sightsKept {
			x.sights.kept = map[string]map[string]*partnership.Snapshot{}
		}
		x.sights.kept[key] = out
	}
	return out, nil
}

// readsSchool reports whether the actor may read what a school recorded of its graduates.
func (x *Exchange) readsSchool(ctx context.Context, actor partnership.Actor, school string) (bool, error) {
	if actor.SpeaksFor(school) {
		return true, nil
	}
	return x.overseesSchool(ctx, actor, school)
}
