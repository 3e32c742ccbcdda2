package audit

import (
	"math/big"
	"regexp"
)

var (
	growthName = regexp.MustCompile(`增长率|增幅|增速|同比|growth`)
	changeName = regexp.MustCompile(`增减|增加|变化|变动|增量|比上年|较上年`)
)

// checkGrowth compares printed changes with the two latest years of the same row. It
// speaks only if the other rows of the table bear the meaning of the column out.
func (b *book) checkGrowth() {
	for _, t := range b.tables {
		for _, m := range t.measures {
			if growthName.MatchString(m.name) || changeName.MatchString(m.name) {
				b.growthOf(t, m, growthName.MatchString(m.name) || m.rate)
			}
		}
	}
}

func (b *book) growthOf(t *table, m *measure, isRate bool) {
	fits := 0
	type miss struct {
		c        *cell
		want     *big.Rat
		was, now *cell
	}
	var misses []miss
	for _, r := range t.records {
		c := r.get(m)
		if c == nil {
			continue
		}
		was, now := t.lastTwo(r, m)
		if was == nil || isRate && was.n.mant == 0 {
			continue
		}
		x := new(big.Rat).Sub(now.n.rat(), was.n.rat())
		if isRate {
			x = ratio(x, was.n.rat())
		}
		if c.n.printed(x) == right {
			fits++
			continue
		}
		misses = append(misses, miss{c, x, was, now})
	}
	if fits < 2 || len(misses) > fits {
		return
	}
	for _, w := range misses {
		dec := w.c.n.dec
		if isRate {
			dec = max(2, dec)
		}
		b.accuse(w.c, WrongPercent, roundTo(w.want, dec), relative(w.c.n.float(), ratFloat(w.want)), "由 %s 到 %s 应为 %s，所列是 %s", w.was.raw, w.now.raw, roundTo(w.want, dec), w.c.raw)
	}
}

// lastTwo returns the numbers of the two latest years of a row, if the table has only one
// measure besides the changes.
func (t *table) lastTwo(r *record, m *measure) (was, now *cell) {
	if r.year != 0 {
		return t.yearBefore(r, m)
	}
	for _, o := range t.records {
		if o.school != r.school || o.label != r.label || o.year == 0 {
			continue
		}
		for _, c := range o.cells {
			if c == nil || c.m == m || growthName.MatchString(c.m.name) || changeName.MatchString(c.m.name) {
				continue
			}
			if c.m.name != t.measures[0].name {
				return nil, nil
			}
			switch {
			case now == nil || o.year > now.rec.year:
				was, now = now, c
			case was == nil || o.year > was.rec.year:
				was = c
			}
		}
	}
	if was == nil {
		return nil, nil
	}
	return was, now
}

// yearBefore returns the number that a change stands beside and the same number of the year
// before, in tables with a row for each year.
func (t *table) yearBefore(r *record, m *measure) (was, now *cell) {
	var of *measure
	for _, o := range t.measures {
		if o.index < m.index && !growthName.MatchString(o.name) && !changeName.MatchString(o.name) {
			of = o
		}
	}
	for _, o := range t.records {
		if o.school == r.school && o.label == r.label && o.kind == r.kind && o.year == r.year-1 {
			if was, now = o.get(of), r.get(of); was == nil || now == nil {
				return nil, nil
			}
		}
	}
	return was, now
}
