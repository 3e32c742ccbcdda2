package store

import (
	"context"
	"errors"
	"time"

	"sunmao/services/partnership"
)

type leaseDoc struct {
	partnership.Record `json:",inline"`
	Holder             string            `json:"holder"`
	Until              partnership.Stamp `json:"until"`
	Fence              int64             `json:"fence"`
}

// Lease is the right of one holder, a node or a job run, to do something for a while.
type Lease struct {
	Name   string
	Holder string
	Fence  int64 // grows each time the lease changes hands: guard the job's writes with it
	// Stop is when the holder must stop, by its own clock: two thirds of the ttl after it
	// asked. The last third is for clocks that differ and pauses of the process.
	Stop time.Time
	s    *Store
}

// Lease takes the lease for ttl, or prolongs it if this holder has it; ErrConflict if
// another has it. ttl is at most a day. holder must be unique to a process run, such as host, pid and start.
func (s *Store) Lease(ctx context.Context, name, holder string, ttl time.Duration) (*Lease, error) {
	asked := s.now()
	now, until := partnership.At(asked), partnership.At(asked.Add(ttl))
	held := func(d leaseDoc) (*Lease, error) {
		return &Lease{Name: name, Holder: holder, Fence: d.Fence, Stop: asked.Add(ttl * 2 / 3), s: s}, nil
	}
	d, err := s.leases.Update(ctx, name, And(Field("holder").Eq(holder), Field("until").Gt(now)), Set("until", until))
	if err == nil {
		return held(d)
	}
	if errors.Is(err, partnership.ErrNotFound) {
		d = leaseDoc{Record: partnership.Record{ID: name}, Holder: holder, Until: until, Fence: 1}
		if err = s.leases.Insert(ctx, &d); err == nil {
			return held(d)
		}
		if !errors.Is(err, partnership.ErrDuplicate) {
			return nil, err
		}
	} else if !errors.Is(err, partnership.ErrConflict) {
		return nil, err
	}
	// No lease is asked for longest: one that holds longer was made while a clock was wrong.
	longest := partnership.At(asked.Add(24 * time.Hour))
	d, err = s.leases.Update(ctx, name, Or(Field("until").Le(now), Field("until").Gt(longest)),
		Set("holder", holder), Set("until", until), Inc("fence", 1))
	if err != nil {
		return nil, err
	}
	return held(d)
}

// Renew prolongs the lease for ttl from now; ErrConflict if it was lost.
func (l *Lease) Renew(ctx context.Context, ttl time.Duration) error {
	asked := l.s.now()
	_, err := l.s.leases.Update(ctx, l.Name, l.mine(), Set("until", partnership.At(asked.Add(ttl))))
	if err == nil {
		l.Stop = asked.Add(ttl * 2 / 3)
	}
	return err
}

// Release gives the lease back; one that was lost already is no error.
func (l *Lease) Release(ctx context.Context) error {
	_, err := l.s.leases.Update(ctx, l.Name, l.mine(), Set("until", int64(0)))
	if errors.Is(err, partnership.ErrConflict) {
		return nil
	}
	return err
}

func (l *Lease) mine() Filter {
	return And(Field("holder").Eq(l.Holder), Field("fence").Eq(l.Fence))
}
