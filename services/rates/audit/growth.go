package audit

import (
	"math/big"
	"regexp"
	"strings"
)

var (
	growthName = regexp.MustCompile(`增长率|增幅|增速|同比|growth`)
	changeName = regexp.MustCompile(`增减|增加|变化|变动|增量|比上年|较上年`)
)

// checkGrowth compares printed changes with the two latest years of the same row, or of the
// same column where the change is a row of its own. It speaks only if the other cells of the
// column (or row) bear its meaning out.
func (b *book) checkGrowth() {
	for _, t := range b.tables {
		for _, m := range t.measures {
			if !isChange(m.name) {
				continue
			}
			c := changes{name: m.name, isRate: !points.MatchString(m.name+m.unit) && (growthName.MatchString(m.name) || m.rate)}
			for _, r := range t.records {
				if now := r.get(m); now != nil && !isChange(r.label) {
					was, is := t.lastTwo(r, m)
					c.hold(now, was, is)
				}
			}
			c.tell(b)
		}
		for _, r := range t.records {
			if r.year != 0 || !isChange(r.label) {
				continue
			}
			c := changes{name: r.label, isRate: !points.MatchString(r.label) && growthName.MatchString(r.label)}
			for _, m := range t.measures {
				if cell := r.get(m); cell != nil {
					was, is := t.lastTwoOf(r, m)
					c.hold(cell, was, is)
				}
			}
			c.tell(b)
		}
	}
}

// points is how a table says that a change of rates is their difference, not a share.
var points = regexp.MustCompile(`百分点|个点|pp$`)

func isChange(name string) bool { return growthName.MatchString(name) || changeName.MatchString(name) }

// changes are the printed changes of one column or row, held against what they are changes of.
type changes struct {
	name   string
	isRate bool // the change is a share of the earlier number
	signed bool // some cell has a sign
	fits   int
	misses []miss
}

// direction is in the names of changes that say up or down by their sign; 变化幅度 may be
// printed without one.
var direction = regexp.MustCompile(`增减|增加|增长|增幅|增速|增量|同比|提高|上升`)

type miss struct {
	c        *cell
	want     *big.Rat
	was, now *cell
}

func (g *changes) hold(c, was, now *cell) {
	if was == nil || now == nil || g.isRate && was.n.mant == 0 {
		return
	}
	x := new(big.Rat).Sub(now.n.rat(), was.n.rat())
	if g.isRate {
		x = ratio(x, was.n.rat())
	}
	g.signed = g.signed || strings.HasPrefix(fold(c.raw), "-") || strings.HasPrefix(fold(c.raw), "+")
	if c.n.printed(x) == right {
		g.fits++
		return
	}
	g.misses = append(g.misses, miss{c, x, was, now})
}

// tell accuses what does not fit, if most does.
func (g *changes) tell(b *book) {
	if g.fits < 2 || len(g.misses) > g.fits {
		return
	}
	for _, w := range g.misses {
		dec := w.c.n.dec
		if g.isRate {
			dec = max(2, dec)
		}
		words := "由 %s 到 %s 应为 %s，所列是 %s"
		if w.c.n.printed(new(big.Rat).Neg(w.want)) == right {
			if !g.signed && !direction.MatchString(g.name) {
				continue // how far, not which way
			}
			words += "：正负号反了"
		}
		b.accuse(w.c, WrongPercent, roundTo(w.want, dec), relative(w.c.n.float(), ratFloat(w.want)), words, w.was.raw, w.now.raw, roundTo(w.want, dec), w.c.raw)
	}
}

// lastTwoOf returns a column's numbers of the two latest years, for a row of changes.
func (t *table) lastTwoOf(r *record, m *measure) (was, now *cell) {
	for _, o := range t.records {
		c := o.get(m)
		if c == nil || o.year == 0 || o.school != r.school || isChange(o.label) || o.label != "" && bare(o.label) == "合计" {
			continue
		}
		switch {
		case was != nil && now != nil && o.year == was.rec.year, now != nil && o.year == now.rec.year:
			return nil, nil // several rows a year: whose change it is, nobody knows
		case now == nil || o.year > now.rec.year:
			was, now = now, c
		case was == nil || o.year > was.rec.year:
			was = c
		}
	}
	if was == nil {
		return nil, nil
	}
	return was, now
}

// lastTwo returns the numbers of the two latest years of a row: of the measure that the
// change is named after, or of the only one besides the changes.
func (t *table) lastTwo(r *record, m *measure) (was, now *cell) {
	if r.year != 0 {
		return t.yearBefore(r, m)
	}
	of := t.changed(m)
	if of == "" {
		return nil, nil
	}
	for _, o := range t.records {
		if o.school != r.school || o.label != r.label || o.year == 0 {
			continue
		}
		for _, c := range o.cells {
			if c == nil || c.m.name != of {
				continue
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

// changed names the measure that a change is of; "" if that is not plain.
func (t *table) changed(m *measure) string {
	only, several := "", false
	about := changeWords.ReplaceAllString(m.name, "")
	for _, o := range t.measures {
		if isChange(o.name) {
			continue
		}
		if about != "" && strings.Trim(o.name, "()") == about {
			return o.name
		}
		several = several || only != "" && only != o.name
		only = o.name
	}
	if several {
		return ""
	}
	return only
}

// changeWords are what is left out of a change's name to see whose change it is.
var changeWords = regexp.MustCompile(`\([^)]*\)|百分点|个点|增长率|增幅|增速|同比|增减|增加|变化|变动|增量|比上年|较上年|值|情况`)

// yearBefore returns the number that a change stands beside and the same number of the year
// before, in tables with a row for each year.
func (t *table) yearBefore(r *record, m *measure) (was, now *cell) {
	var of *measure
	for _, o := range t.measures {
		if o.index < m.index && !isChange(o.name) {
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
