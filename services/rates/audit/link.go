package audit

import (
	"math/big"
	"slices"
)

// formula is how a rate column comes from counts: the sum of nums over den, or over the
// column's own total.
type formula struct {
	nums  []*measure
	den   *measure // nil: the total of nums[0]
	all   bool     // the total runs over all schools of the year
	usual bool     // it is the definition, not just what the data fit
}

// link is a rate column with the formula that explains it.
type link struct {
	m           *measure
	f           formula
	fits, tried int
	fraction    bool // printed as 0.2419, not 24.19
	odd         *formula
}

// value is a formula worked out for one record.
type value struct {
	num, den *big.Rat
	cells    []*cell // numerator cells, then the denominator's if it is printed
	denCell  *cell
}

func (v value) percent() *big.Rat { return ratio(v.num, v.den) }

// bounded reports a numerator within its denominator.
func (v value) bounded() bool { return v.num.Cmp(v.den) <= 0 }

// totals caches the sums that shares divide by.
type totals map[*record]map[*measure]value

// eval works a formula out; ok is false if a number is missing or the denominator is 0.
func (f formula) eval(r *record, tot totals) (v value, ok bool) {
	v.num = new(big.Rat)
	for _, m := range f.nums {
		c := r.get(m)
		if c == nil {
			return v, false
		}
		v.num.Add(v.num, c.n.rat())
		v.cells = append(v.cells, c)
	}
	if f.den != nil {
		c := r.get(f.den)
		if c == nil || c.n.mant <= 0 {
			return v, false
		}
		v.den, v.denCell = c.n.rat(), c
		v.cells = append(v.cells, c)
		return v, v.num.Sign() >= 0
	}
	t, ok := tot[r][f.nums[0]]
	if !ok || t.den.Sign() <= 0 {
		return v, false
	}
	v.den, v.denCell = t.den, t.denCell
	if t.denCell != nil {
		v.cells = append(v.cells, t.denCell)
	}
	return v, v.num.Sign() >= 0
}

// shareTotals gives each record the total its share is of: the printed one if the printed
// shares fit it at least as well, else the sum of the rows. m is the count, p the share.
func shareTotals(t *table, m, p *measure, all bool) totals {
	out := totals{}
	gs := t.groups()
	if all {
		gs = mergeYears(gs)
	}
	for _, g := range gs {
		var printed *cell
		var parts []*cell
		for _, r := range g.records {
			c := r.get(m)
			switch {
			case c == nil:
			case r.kind == total:
				printed = c
			case r.kind == item && !r.schoolTotal:
				parts = append(parts, c)
			}
		}
		s := sum(parts)
		den := value{den: s}
		if printed != nil && (len(parts) < 2 || fitShares(g, m, p, printed.n.rat()) >= fitShares(g, m, p, s)) {
			den = value{den: printed.n.rat(), denCell: printed}
		}
		if len(parts) < 2 && printed == nil {
			continue
		}
		for _, r := range g.records {
			out[r] = map[*measure]value{m: den}
		}
	}
	return out
}

func fitShares(g *group, m, p *measure, den *big.Rat) int {
	fits := 0
	for _, r := range g.records {
		c, s := r.get(m), r.get(p)
		if c != nil && s != nil && den.Sign() > 0 && s.n.printed(ratio(c.n.rat(), den)) == right {
			fits++
		}
	}
	return fits
}

func mergeYears(gs []*group) []*group {
	byYear := map[int]*group{}
	var out []*group
	for _, g := range gs {
		if byYear[g.year] == nil {
			byYear[g.year] = &group{t: g.t, year: g.year}
			out = append(out, byYear[g.year])
		}
		byYear[g.year].records = append(byYear[g.year].records, g.records...)
	}
	return out
}

// definitions lists, for a rate's role, the numerators and the denominator by role, the
// best known first. The roles stand for whichever column of the table has them.
var definitions = map[role][]struct {
	nums []role
	den  role
}{
	directRate:   {{[]role{direct}, graduates}, {[]role{employed}, graduates}},
	employedRate: {{[]role{employed}, graduates}, {[]role{direct}, graduates}, {[]role{placed}, graduates}, {[]role{employed, progressed}, graduates}, {[]role{direct, progressed}, graduates}},
	progressRate: {{[]role{progressed}, graduates}},
	alignedRate:  {{[]role{aligned}, direct}, {[]role{aligned}, employed}},
	placedRate:   {{[]role{placed}, graduates}, {[]role{direct, progressed}, graduates}, {[]role{employed, progressed}, graduates}, {[]role{employed}, graduates}},
	localRate:    {{[]role{localWork}, direct}, {[]role{localWork}, employed}, {[]role{localWork}, placed}, {[]role{localWork}, graduates}},
	startupRate:  {{[]role{startup}, graduates}, {[]role{startup}, direct}, {[]role{startup}, employed}},
	satisfaction: {{[]role{satisfied}, surveyed}},
	dualRate:     {{[]role{dualTeachers}, majorTeachers}, {[]role{dualTeachers}, fullTeachers}},
	certRate:     {{[]role{certified}, assessed}, {[]role{certified}, graduates}},
	passRate:     {{[]role{passed}, assessed}, {[]role{passed}, graduates}},
}

// usualFormulas finds the columns of the table that stand in a definition.
func usualFormulas(t *table, m *measure) []formula {
	var out []formula
	for _, d := range definitions[m.role] {
		f := formula{usual: true}
		for _, want := range d.nums {
			if c := t.nearest(m, want); c != nil {
				f.nums = append(f.nums, c)
			}
		}
		f.den = t.nearest(m, d.den)
		if len(f.nums) == len(d.nums) && f.den != nil && !slices.Contains(f.nums, f.den) {
			out = append(out, f)
		}
	}
	return out
}

// nearest returns the measure with this role that stands nearest before m, or after it.
func (t *table) nearest(m *measure, want role) *measure {
	var best *measure
	for _, o := range t.measures {
		if o.role != want || o == m {
			continue
		}
		if best == nil || o.index < m.index && o.index > best.index || best.index > m.index && o.index < best.index {
			best = o
		}
	}
	return best
}

// fit counts the records in which the printed rate is right; trivial ones (0 %, 100 %) do
// not prove a formula and are left out.
func (t *table) fit(m *measure, f formula, tot totals, fraction bool) (fits, tried int, distance float64) {
	for _, r := range t.records {
		p := r.get(m)
		v, ok := f.eval(r, tot)
		if p == nil || !ok || v.num.Sign() == 0 || v.num.Cmp(v.den) == 0 {
			continue
		}
		tried++
		n := asPercent(p.n, fraction)
		if n.printed(v.percent()) == right {
			fits++
		}
		distance += relative(n.float(), ratFloat(v.percent()))
	}
	return fits, tried, distance
}

// asPercent reads 0.2419 as 24.19 where a column is printed in fractions.
func asPercent(n number, fraction bool) number {
	if !fraction || n.unit == "%" {
		return n
	}
	for n.dec < 2 {
		n.mant *= 10
		n.dec++
	}
	n.dec -= 2
	return n
}

// fractions reports a column printed as 0.2419.
func (t *table) fractions(m *measure) bool {
	seen := false
	for _, r := range t.records {
		if p := r.get(m); p != nil {
			if p.n.unit == "%" || p.n.float() > 1 {
				return false
			}
			seen = seen || p.n.mant > 0
		}
	}
	return seen
}

// linkRate finds the formula of a rate column, nil if there is none to be sure of.
func (t *table) linkRate(m *measure) (*link, totals) {
	if known, ok := t.links[m]; ok {
		return known.l, known.tot
	}
	l, tot := t.findLink(m)
	if t.links == nil {
		t.links = map[*measure]linked{}
	}
	t.links[m] = linked{l, tot}
	return l, tot
}

// linked is what linkRate remembers.
type linked struct {
	l   *link
	tot totals
}

func (t *table) findLink(m *measure) (*link, totals) {
	fraction := t.fractions(m)
	l := t.bestUsual(m, fraction)
	if l != nil && (l.fits*2 >= l.tried || l.tried < 3) {
		return l, nil
	}
	alt, tot := t.bestFitting(m, fraction, l != nil)
	switch {
	case l == nil:
		return alt, tot
	case alt == nil && l.fits == 0 && loose(m.role):
		return nil, nil
	case alt == nil || alt.f.den == nil:
		return l, nil
	case m.role == alignedRate:
		odd := alt.f // by definition 对口率 divides by 直接就业 only
		l.odd = &odd
		return l, nil
	}
	return alt, tot
}

// loose reports rates whose divisor differs from place to place: if no row fits the usual
// one, the table has another in mind, and nothing can be said.
func loose(r role) bool {
	switch r {
	case employedRate, localRate, startupRate, certRate, passRate, dualRate, placedRate:
		return true
	}
	return false
}

func (t *table) bestUsual(m *measure, fraction bool) *link {
	var best *link
	var bestDistance float64
	for _, f := range usualFormulas(t, m) {
		fits, tried, distance := t.fit(m, f, nil, fraction)
		if tried == 0 && best != nil {
			continue
		}
		if best == nil || fits > best.fits || fits == best.fits && distance < bestDistance {
			best, bestDistance = &link{m: m, f: f, fits: fits, tried: tried, fraction: fraction}, distance
		}
	}
	return best
}

// bestFitting infers the formula from the data. strict asks for near certainty, because a
// definition is at hand that says otherwise.
func (t *table) bestFitting(m *measure, fraction, strict bool) (*link, totals) {
	var best *link
	var bestTotals totals
	try := func(f formula, tot totals, need int) {
		fits, tried, _ := t.fit(m, f, tot, fraction)
		if fits < need || fits*10 < tried*6 || strict && fits*10 < tried*8 {
			return
		}
		if best == nil || fits > best.fits || fits == best.fits && near(m, f) < near(m, best.f) {
			best, bestTotals = &link{m: m, f: f, fits: fits, tried: tried, fraction: fraction}, tot
		}
	}
	for _, n := range t.measures {
		if !n.counts() {
			continue
		}
		need := 3
		if m.role == shareRate && n.index == m.index-1 {
			need = 2
		}
		if m.role == noRole || m.role == shareRate {
			for _, all := range []bool{false, true} {
				f := formula{nums: []*measure{n}, all: all}
				try(f, shareTotals(t, n, m, all), need)
			}
		}
		for _, d := range t.measures {
			if d != n && d.counts() {
				try(formula{nums: []*measure{n}, den: d}, nil, 3)
			}
		}
	}
	return best, bestTotals
}

// near is how far a formula's numerator stands from its rate, left first.
func near(m *measure, f formula) int {
	d := m.index - f.nums[0].index
	if d < 0 {
		d = 100 - d
	}
	if f.den != nil {
		d++
	}
	return d
}
