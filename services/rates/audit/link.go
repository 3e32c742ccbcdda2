package audit

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// formula is how a rate column comes from counts: the sum of nums over den, or over the
// column's own total.
type formula struct {
	nums  []*measure
	den   *measure // nil: the total of nums[0]
	all   bool     // the total runs over all schools of the year
	usual bool     // it is the definition, not just what the data fit
	named bool     // read out of the rate's name: 双师型教师占专任教师比例, 合格率 of 合格人数
}

// link is a rate column with the formula that explains it.
type link struct {
	m           *measure
	f           formula
	fits, tried int
	scale       *big.Rat // 100 for percents, 1 for fractions and 生师比, 10000 for 元 from 万元
	odd         *formula
}

// value is a formula worked out for one record.
type value struct {
	num, den *big.Rat
	cells    []*cell // numerator cells, then the denominator's if it is printed
	denCell  *cell
}

// times returns num/den in the scale it is printed in.
func (v value) times(scale *big.Rat) *big.Rat {
	return new(big.Rat).Mul(new(big.Rat).Quo(v.num, v.den), scale)
}

var one, hundred, tenThousand = big.NewRat(1, 1), big.NewRat(100, 1), big.NewRat(10000, 1)

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
	if m.ratio {
		if n, d := t.nearest(m, students), t.nearest(m, fullTeachers); n != nil && d != nil {
			out = append(out, formula{nums: []*measure{n}, den: d, usual: true, named: true})
		}
	}
	return append(out, t.namedFormulas(m)...)
}

var ofWhich = regexp.MustCompile(`^(.*?)占(.+?)(?:总数|总人数|的|之)?(?:比例|比重|百分比|比率|比)$`)
var stemTail = regexp.MustCompile(`(人数|学生数|生数|人次|个数|数量|总数|数|学生|人|率|比例|占比|比重|百分比)$`)

// stem is what a rate and its numerator have in common: 合格 of 合格率 and 合格人数.
func stem(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "其中:"), "其中")
	for range 2 {
		if s := stemTail.ReplaceAllString(name, ""); s != "" {
			name = s
		}
	}
	return name
}

// namedFormulas reads a formula out of names: X占Y比例 is X over Y; X率 is X人数 over the
// first count before it or the 合计; X占比 beside a 合计 column is X over 合计.
func (t *table) namedFormulas(m *measure) (out []formula) {
	if !m.rate {
		return nil
	}
	put := func(n, d *measure) {
		if n != nil && d != nil && n != d && n.counts() && d.counts() {
			out = append(out, formula{nums: []*measure{n}, den: d, usual: true, named: true})
		}
	}
	if w := ofWhich.FindStringSubmatch(m.name); w != nil && w[1] != "" {
		put(t.called(w[1], m), t.called(w[2], m))
	}
	if len(definitions[m.role]) > 0 {
		return out // 对口率 is what it is, whatever stands beside it
	}
	n := t.called(stem(m.name), m)
	if n == nil && m.role == shareRate && m.index > 0 {
		n = t.measures[m.index-1]
	}
	for _, d := range t.measures {
		if n != nil && d.counts() && d != n && (strictTotal(d) || d.role == graduates || d.role == students || d.role == surveyed || d.role == assessed) {
			put(n, d)
		}
	}
	return out
}

// called finds the count whose name has this stem, else the nearest before m that contains it.
func (t *table) called(name string, m *measure) (found *measure) {
	s := stem(name)
	if len([]rune(s)) < 1 {
		return nil
	}
	for _, o := range t.measures {
		if o.counts() && stem(o.name) == s {
			return o
		}
	}
	for _, o := range t.measures {
		if o.counts() && o.index < m.index && len([]rune(s)) >= 2 && (strings.Contains(o.name, s) || strings.Contains(strings.ReplaceAll(o.name, "总", ""), s)) {
			found = o
		}
	}
	return found
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
func (t *table) fit(m *measure, f formula, tot totals, scale *big.Rat) (fits, tried int, distance float64) {
	return fit(t.records, m, f, tot, scale)
}

func fit(records []*record, m *measure, f formula, tot totals, scale *big.Rat) (fits, tried int, distance float64) {
	for _, r := range records {
		p := r.get(m)
		v, ok := f.eval(r, tot)
		if p == nil || !ok || v.num.Sign() == 0 || v.num.Cmp(v.den) == 0 {
			continue
		}
		tried++
		x := v.times(scale)
		if p.n.printed(x) == right {
			fits++
		}
		distance += relative(p.n.float(), ratFloat(x))
	}
	return fits, tried, distance
}

// scaleOf tells a column printed as 0.2419 from one printed as 24.19; one cell that does
// not keep to the column's way does not decide.
func (t *table) scaleOf(m *measure) *big.Rat {
	if m.ratio {
		return one
	}
	small, all := 0, 0
	for _, r := range t.records {
		if p := r.get(m); p != nil && p.n.mant > 0 {
			all++
			if p.n.unit != "%" && p.n.float() <= 1 && p.n.dec > 0 {
				small++
			}
		}
	}
	if all > 0 && small*10 >= all*6 {
		return one
	}
	return hundred
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
	if m.mean {
		return t.linkMean(m)
	}
	scale := t.scaleOf(m)
	l := t.bestUsual(m, scale)
	if scale == one && !m.ratio { // 0.80 may be a share of one or less than one percent
		if p := t.bestUsual(m, hundred); p != nil && p.fits > l.fits {
			l, scale = p, hundred
		}
	}
	if l != nil && l.f.named && l.tried < 3 && l.fits == 0 {
		l = nil // the names alone are too weak
	}
	if l != nil && (l.fits*2 >= l.tried || l.tried < 3) {
		return l, nil
	}
	alt, tot := t.bestFitting(m, scale, l != nil)
	switch {
	case l == nil:
		return alt, tot
	case alt == nil && l.fits == 0 && (loose(m.role) || m.ratio || l.f.named):
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

// linkMean finds the total and the head count of an average: by its name (生均建筑面积 is
// 建筑面积 over 在校生), if one row at least bears it out, else from the data.
func (t *table) linkMean(m *measure) (*link, totals) {
	var best *link
	if of := perHead.FindStringSubmatch(m.name); of != nil {
		n, d := t.called(of[2], m), t.nearest(m, students)
		if of[1] != "生均" {
			d = nil
		}
		for _, scale := range []*big.Rat{one, tenThousand} {
			if n == nil || d == nil || n == d {
				continue
			}
			f := formula{nums: []*measure{n}, den: d, usual: true, named: true}
			if fits, tried, _ := t.fit(m, f, nil, scale); fits > 0 && (best == nil || fits > best.fits) {
				best = &link{m: m, f: f, fits: fits, tried: tried, scale: scale}
			}
		}
	}
	if best != nil {
		return best, nil
	}
	for _, scale := range []*big.Rat{one, tenThousand} {
		if l, tot := t.bestFitting(m, scale, true); l != nil {
			return l, tot
		}
	}
	return nil, nil
}

var perHead = regexp.MustCompile(`^(生均|人均|师均)(.+)$`)

// loose reports rates whose divisor differs from place to place: if no row fits the usual
// one, the table has another in mind, and nothing can be said.
func loose(r role) bool {
	switch r {
	case employedRate, localRate, startupRate, certRate, passRate, dualRate, placedRate:
		return true
	}
	return false
}

func (t *table) bestUsual(m *measure, scale *big.Rat) *link {
	var best *link
	var bestDistance float64
	for _, f := range usualFormulas(t, m) {
		fits, tried, distance := t.fit(m, f, nil, scale)
		if tried == 0 && best != nil {
			continue
		}
		if best == nil || fits > best.fits || fits == best.fits && distance < bestDistance {
			best, bestDistance = &link{m: m, f: f, fits: fits, tried: tried, scale: scale}, distance
		}
	}
	return best
}

// inferLimit is how many columns a table may have for formulas and sums to be sought in all
// their pairs and runs; wider tables are checked by their words only.
const inferLimit = 60

// bestFitting infers the formula from the data. strict asks for near certainty, because a
// definition is at hand that says otherwise.
func (t *table) bestFitting(m *measure, scale *big.Rat, strict bool) (*link, totals) {
	if len(t.measures) > inferLimit {
		return nil, nil
	}
	var best *link
	var bestTotals totals
	some := spread(t.records, 40)
	try := func(f formula, tot totals, need int) {
		if fits, tried, _ := fit(some, m, f, tot, scale); len(some) < len(t.records) && tried >= 20 && fits*10 < tried*3 {
			return // far from the 60 % that it takes
		}
		fits, tried, _ := t.fit(m, f, tot, scale)
		if fits < need || fits*10 < tried*6 || strict && fits*10 < tried*8 {
			return
		}
		if best == nil || fits > best.fits || fits == best.fits && near(m, f) < near(m, best.f) {
			best, bestTotals = &link{m: m, f: f, fits: fits, tried: tried, scale: scale}, tot
		}
	}
	for _, n := range t.measures {
		if !n.counts() {
			continue
		}
		need := 3
		if m.role == shareRate && n.index == m.index-1 || m.rate && stem(n.name) == stem(m.name) {
			need = 2
		}
		if m.rate && (m.role == noRole || m.role == shareRate) {
			for _, all := range []bool{false, true} {
				f := formula{nums: []*measure{n}, all: all}
				try(f, shareTotals(t, n, m, all), need)
			}
		}
		for _, d := range t.measures {
			if d != n && d.counts() {
				try(formula{nums: []*measure{n}, den: d}, nil, need)
			}
		}
	}
	return best, bestTotals
}

// spread takes up to n of the records, from all parts of the table.
func spread(records []*record, n int) []*record {
	if len(records) <= n {
		return records
	}
	out := make([]*record, n)
	for i := range out {
		out[i] = records[i*len(records)/n]
	}
	return out
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
