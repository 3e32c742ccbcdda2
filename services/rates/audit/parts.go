package audit

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// within lists which count can never exceed which.
var within = []struct{ part, whole role }{
	{direct, graduates}, {progressed, graduates}, {placed, graduates}, {employed, graduates}, {waiting, graduates},
	{aligned, direct}, {aligned, employed}, {localWork, direct}, {localWork, employed}, {startup, direct}, {startup, employed}, {startup, graduates},
	{satisfied, surveyed}, {dualTeachers, majorTeachers}, {majorTeachers, fullTeachers}, {dualTeachers, fullTeachers},
	{passed, assessed}, {certified, assessed},
}

var (
	sectorNames = []string{"第一产业", "第二产业", "第三产业"}
	bachelors   = regexp.MustCompile(`升入(普通)?本科|本科(升学)?人数$`)
)

// scorecard checks what the rows of a 计分卡 say of one another: the three sectors make up
// those employed in them, and who goes on to a 本科 is among those who go on.
func (b *book) scorecard(r *record) {
	var whole, study, degree *cell
	var parts []*cell
	for _, c := range r.cells {
		if c == nil || !c.m.counts() {
			continue
		}
		switch {
		case strings.Contains(c.m.name, "三次产业"):
			whole = c
		case slices.ContainsFunc(sectorNames, func(s string) bool { return strings.Contains(c.m.name, s) }):
			parts = append(parts, c)
		case bachelors.MatchString(c.m.name):
			degree = c
		case c.m.role == progressed && study == nil:
			study = c
		}
	}
	if whole != nil && len(parts) == 3 {
		if s := sum(parts); s.Cmp(whole.n.rat()) != 0 {
			b.accuse(whole, TotalNotSum, show(s), relative(whole.n.float(), ratFloat(s)), "三次产业就业人数之和为 %s，与所列 %s 不符", show(s), whole.raw)
		}
	}
	if study != nil && degree != nil && degree.n.rat().Cmp(study.n.rat()) > 0 {
		b.accuse(degree, PartOverWhole, "≤"+study.raw, relative(degree.n.float(), study.n.float()), "“%s” %s 多于它所在的“%s” %s", degree.m.name, degree.raw, study.m.name, study.raw)
	}
}

// checkParts finds parts that exceed their whole, and rates beyond 100 %.
func (b *book) checkParts() {
	for _, t := range b.tables {
		for _, r := range t.records {
			for _, w := range within {
				part, whole := r.by(w.part), r.by(w.whole)
				if part != nil && whole != nil && part.n.rat().Cmp(whole.n.rat()) > 0 && !b.accused[whole] {
					b.accuse(part, PartOverWhole, "≤"+whole.raw, relative(part.n.float(), whole.n.float()), "“%s” %s 多于它所在的“%s” %s",
						part.m.name, part.raw, whole.m.name, whole.raw)
				}
			}
			b.ofWhich(r)
			b.scorecard(r)
			for _, c := range r.cells {
				if c != nil && c.m.mustBeBounded() && c.n.float() > 100 {
					b.accuse(c, OverHundred, "", c.n.float()/100-1, "这种比例不可能超过100%%")
				}
			}
		}
		b.partRows(t)
		b.certificates(t)
		b.linkedParts(t)
	}
}

// ofWhich compares 其中 rows and columns with the number they belong to.
func (b *book) ofWhich(r *record) {
	var whole *cell
	for _, m := range r.t.measures {
		c := r.cells[m.index]
		if !m.part {
			whole = c
			continue
		}
		if c == nil || whole == nil || !m.counts() || !whole.m.counts() || m.unit != whole.m.unit && m.unit != "" && whole.m.unit != "" {
			continue
		}
		if c.n.rat().Cmp(whole.n.rat()) > 0 && !b.accused[whole] {
			b.accuse(c, PartOverWhole, "≤"+whole.raw, relative(c.n.float(), whole.n.float()), "“其中”一项 %s 多于它所在的“%s” %s", c.raw, whole.m.name, whole.raw)
		}
	}
}

// partRows compares a 其中 row with the row it stands under.
func (b *book) partRows(t *table) {
	for _, g := range t.groups() {
		var whole *record
		for _, r := range g.records {
			if r.kind != part {
				whole = r
				continue
			}
			if whole == nil || whole.kind != item {
				continue
			}
			for _, m := range t.measures {
				c, w := r.get(m), whole.get(m)
				if m.counts() && c != nil && w != nil && c.n.rat().Cmp(w.n.rat()) > 0 && !b.accused[w] {
					b.accuse(c, PartOverWhole, "≤"+w.raw, relative(c.n.float(), w.n.float()), "“其中”一行 %s 多于它所在的“%s” %s", c.raw, whole.label, w.raw)
				}
			}
		}
	}
}

// certificates compares 中级及以上 with all certificates: a part with its whole, in percent.
func (b *book) certificates(t *table) {
	for _, m := range t.measures {
		if !m.rate || !(strings.Contains(m.name, "中级") || strings.Contains(m.name, "高级")) || !strings.Contains(m.name, "及以上") {
			continue
		}
		for _, w := range t.measures {
			if w == m || w.role != certRate || strings.Contains(w.name, "及以上") || strings.Contains(w.name, "1+X") {
				continue
			}
			for _, r := range t.records {
				part, whole := r.get(m), r.get(w)
				if part != nil && whole != nil && part.n.rat().Cmp(whole.n.rat()) > 0 {
					b.accuse(part, PartOverWhole, "≤"+whole.raw, relative(part.n.float(), whole.n.float()), "“%s” %s 高于“%s” %s，而前者是后者的一部分", m.name, part.raw, w.name, whole.raw)
				}
			}
		}
	}
}

// linkedParts compares the numerator of an inferred rate with its denominator, if the rest
// of the column keeps within it.
func (b *book) linkedParts(t *table) {
	for _, m := range t.measures {
		if !m.mustBeBounded() {
			continue
		}
		l, tot := t.linkRate(m)
		if l == nil || l.f.usual || l.f.den == nil || l.fits < 3 {
			continue
		}
		var beyond []*cell
		for _, r := range t.records {
			if v, ok := l.f.eval(r, tot); ok && !v.bounded() && !b.accused[v.denCell] {
				beyond = append(beyond, v.cells[0])
			}
		}
		if len(beyond) == 1 {
			whole := beyond[0].rec.get(l.f.den)
			b.accuse(beyond[0], PartOverWhole, "≤"+whole.raw, relative(beyond[0].n.float(), whole.n.float()), "“%s” %s 多于“%s” %s，而其他各行都不超过",
				beyond[0].m.name, beyond[0].raw, whole.m.name, whole.raw)
		}
	}
}

// checkAverages finds averages, and rates without counts, that lie outside the range of
// the parts they are made of.
func (b *book) checkAverages() {
	for _, t := range b.tables {
		for _, g := range t.groups() {
			for _, r := range g.records {
				if r.kind == total || r.kind == average || r.kind == subtotal && r.parent != "" {
					b.averageOf(r, g.records)
				}
			}
		}
		for _, r := range t.records {
			if r.schoolTotal {
				var schools []*record
				for _, o := range t.records {
					if o.year == r.year && o.label == r.label && !o.schoolTotal {
						schools = append(schools, o)
					}
				}
				b.averageOf(r, schools)
			}
		}
	}
}

func (b *book) averageOf(r *record, among []*record) {
	for _, m := range r.t.measures {
		c := r.get(m)
		if c == nil || b.accused[c] || !m.mean && !m.ratio && !m.rate || m.role == shareRate {
			continue
		}
		if m.rate && b.settled(r, m) {
			continue
		}
		var parts []*cell
		missing := false
		for _, o := range among {
			if o == r || o.kind != item || r.kind == subtotal && o.parent != r.parent {
				continue
			}
			p := o.get(m)
			if p == nil || b.accused[p] {
				missing = true
				continue
			}
			parts = append(parts, p)
		}
		if len(parts) < 2 || missing {
			continue
		}
		low, high := parts[0], parts[0]
		for _, p := range parts {
			if p.n.rat().Cmp(low.n.rat()) < 0 {
				low = p
			}
			if p.n.rat().Cmp(high.n.rat()) > 0 {
				high = p
			}
		}
		if c.n.rat().Cmp(low.n.rat()) >= 0 && c.n.rat().Cmp(high.n.rat()) <= 0 {
			continue
		}
		if m.rate && sumsTo(parts, c) { // parts of one whole, not rates of parts
			continue
		}
		want, how := low.raw+"–"+high.raw, ""
		if x, by := b.weighted(parts); x != nil {
			want = roundTo(x, c.n.dec)
			how = fmt.Sprintf("；按%s加权应为 %s", by, want)
		}
		b.accuse(c, OutsideRange, want, relative(c.n.float(), high.n.float()), "各部分在 %s 与 %s 之间，总体平均不可能是 %s%s", low.raw, high.raw, c.raw, how)
	}
}

// settled reports a rate that its own counts bear out, or a share, whose total is 100.
func (b *book) settled(r *record, m *measure) bool {
	l, tot := r.t.linkRate(m)
	if l == nil {
		return false
	}
	v, ok := l.f.eval(r, tot)
	return l.f.den == nil || ok && r.get(m).n.printed(v.times(l.scale)) == right
}

// sumsTo reports that the parts add up to the whole, within their rounding.
func sumsTo(parts []*cell, whole *cell) bool {
	d := new(big.Rat).Sub(sum(parts), whole.n.rat())
	return d.Abs(d).Cmp(big.NewRat(1, 10)) <= 0
}

// weighted returns the average weighted with the people found for each part, in this
// table or another one, or nil.
func (b *book) weighted(parts []*cell) (*big.Rat, string) {
	want := direct
	if parts[0].m.rate {
		want = graduates
		if parts[0].m.role == alignedRate {
			want = direct
		}
	} else if parts[0].m.role != pay {
		return nil, ""
	}
	top, people := new(big.Rat), new(big.Rat)
	for _, p := range parts {
		w := b.find(p.rec, want)
		if w == nil && want == direct {
			w = b.find(p.rec, employed)
		}
		if w == nil {
			return nil, ""
		}
		top.Add(top, new(big.Rat).Mul(p.n.rat(), w.n.rat()))
		people.Add(people, w.n.rat())
	}
	if people.Sign() <= 0 {
		return nil, ""
	}
	if want == direct {
		return top.Quo(top, people), "直接就业人数"
	}
	return top.Quo(top, people), "毕业人数"
}

// find looks for the same row's count in the table itself and then in the others.
func (b *book) find(r *record, want role) *cell {
	if c := r.by(want); c != nil {
		return c
	}
	for _, t := range b.tables {
		if t == r.t {
			continue
		}
		for _, o := range t.records {
			if o.year == r.year && sameSchool(o.school, r.school) && bare(o.label) == bare(r.label) && (o.kind == total) == (r.kind == total) {
				if c := o.by(want); c != nil {
					return c
				}
			}
		}
	}
	return nil
}

// checkShares finds shares that no whole number of people gives: 98.2 % of 18.
func (b *book) checkShares() {
	for _, t := range b.tables {
		var all []asked
		for _, m := range t.measures {
			if !m.rate {
				continue
			}
			column := slices.DeleteFunc(t.asked(m), func(a asked) bool {
				return a.n < 2 || a.p.n.float() > 100 || a.p.n.mant < 0 || a.resolution() < 1 || a.p.rec.isScore()
			})
			if !mostlyScores(column, 4) {
				all = append(all, column...)
			}
		}
		b.sharesOf(all)
	}
}

// asked is a printed share with the number of people it is of.
type asked struct {
	p *cell
	n int64
	m string // what n is called
}

// resolution is how many printed units one person moves the share by. Near one, every
// printed number is a share of somebody; below it nothing can be said.
func (a asked) resolution() float64 { return 100 * pow(a.p.n.dec) / float64(a.n) }

func (a asked) impossible() bool {
	lo, _ := attainable(a.p.n, a.n)
	return lo != ""
}

// mostlyScores reports numbers that hardly ever fit, which are mean scores and no shares.
func mostlyScores(all []asked, least int) bool {
	bad := 0
	for _, a := range all {
		if a.impossible() {
			bad++
		}
	}
	return len(all) >= least && bad*10 > len(all)*6
}

// sharesOf judges the shares of a table. Of few people each is judged by itself. Where one
// person moves a share by a few printed units only, chance alone hits or misses, and a mean
// over several questions looks the same: there the others must bear out that they are shares.
func (b *book) sharesOf(all []asked) {
	var fine []asked
	fits := 0
	for _, a := range all {
		switch {
		case a.resolution() >= 10:
			b.accuseShare(a)
		case a.impossible():
			fine = append(fine, a)
		default:
			fits++
		}
	}
	if fits >= 4 && fits >= 4*len(fine) {
		for _, a := range fine {
			b.accuseShare(a)
		}
	}
}

func (b *book) accuseShare(a asked) {
	if lo, hi := attainable(a.p.n, a.n); lo != "" {
		b.accuse(a.p, Unattainable, lo+" 或 "+hi, 0.1, "%s %d 中，没有哪个整数能得到 %s；最近的是 %s%% 和 %s%%", a.m, a.n, a.p.raw, lo, hi)
	}
}

// asked lists the shares of a column whose number of people is known but whose numerator
// is not printed.
func (t *table) asked(m *measure) (out []asked) {
	if samples := t.samples[m]; samples != nil { // asked this year: the last column
		for _, c := range samples {
			var last *cell
			for _, r := range t.records {
				if r.school == c.rec.school || c.rec.school == "" {
					last = r.get(m)
				}
			}
			if n, ok := c.n.integer(); ok && last != nil {
				out = append(out, asked{last, n, "调查人次"})
			}
		}
		return out
	}
	den := t.sampleOf(m)
	if den == nil {
		return nil
	}
	for _, r := range t.records {
		p, c := r.get(m), r.get(den)
		if p == nil || c == nil {
			continue
		}
		if n, ok := c.n.integer(); ok {
			out = append(out, asked{p, n, den.name})
		}
	}
	return out
}

func pow(k int) float64 {
	x := 1.0
	for range k {
		x *= 10
	}
	return x
}

// isScore reports a row that says it gives scores.
func (r *record) isScore() bool {
	for _, v := range r.texts {
		if strings.Contains(v, "评分") || strings.Contains(v, "打分") || strings.Contains(v, "平均分") || strings.Contains(v, "得分") {
			return true
		}
	}
	return strings.Contains(r.label, "得分") || strings.Contains(r.label, "分值")
}

// sampleOf returns the number of people a rate without a numerator column is of.
func (t *table) sampleOf(m *measure) *measure {
	if l, _ := t.linkRate(m); l != nil {
		return nil
	}
	if m.role == satisfaction || m.role == noRole {
		if s := t.nearest(m, surveyed); s != nil {
			return s
		}
	}
	for _, d := range definitions[m.role] {
		if len(d.nums) == 1 && t.nearest(m, d.nums[0]) == nil && (m.role == directRate || m.role == progressRate || m.role == alignedRate) {
			return t.nearest(m, d.den)
		}
	}
	return nil
}

// attainable returns "" if some k of n people gives the printed share, else the shares of
// the two nearest k.
func attainable(p number, n int64) (lower, upper string) {
	x := new(big.Rat).Mul(p.rat(), big.NewRat(n, 100))
	k := floor(x)
	for d := int64(-1); d <= 2; d++ {
		if k+d < 0 || k+d > n {
			continue
		}
		if how := p.printed(big.NewRat((k+d)*100, n)); how == right || how == cut {
			return "", ""
		}
	}
	dec := max(2, p.dec)
	return roundTo(big.NewRat(max(k, 0)*100, n), dec), roundTo(big.NewRat(min(k+1, n)*100, n), dec)
}
