package web

import (
	"math"
	"sync"
	"time"
)

// How many requests an API key may make on a node: keyRate a second over time, and as many
// as keyBurst at once, so that a program that reads a whole list need not count.
const (
	keyRate  = 10
	keyBurst = 300
)

// limiter lets requests of each key through at an even rate (token bucket). It counts on
// this node alone: it keeps one program from crowding out people, and bills nobody.
type limiter struct {
	rate, burst float64

	mu   sync.Mutex
	keys map[string]tokens
}

type tokens struct {
	left float64
	at   time.Time
}

func newLimiter(rate, burst float64) *limiter {
	return &limiter{rate: rate, burst: burst, keys: map[string]tokens{}}
}

// take lets one request through, or says how long to wait, in whole seconds.
func (l *limiter) take(key string, now time.Time) (wait int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, known := l.keys[key]
	if !known {
		l.forget(now)
		t = tokens{l.burst, now}
	}
	t.left = min(l.burst, t.left+l.rate*max(0, now.Sub(t.at).Seconds()))
	t.at = now
	if t.left < 1 {
		l.keys[key] = t
		return max(1, int(math.Ceil((1-t.left)/l.rate)))
	}
	t.left--
	l.keys[key] = t
	return 0
}

// forget drops keys that have rested so long that they have all their tokens again.
func (l *limiter) forget(now time.Time) {
	for key, t := range l.keys {
		if t.left+l.rate*now.Sub(t.at).Seconds() >= l.burst {
			delete(l.keys, key)
		}
	}
}
