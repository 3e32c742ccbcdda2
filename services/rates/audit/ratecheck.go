package audit

import (
	"fmt"
	"math/big"
	"strings"
)

// checked is one printed rate with what it should be.
type checked struct {
	p     *cell
	n     number // p as a percent
	v     value
	l     *link
	tot   totals
	exact *big.Rat
	how   rounding
}

// checks is the checked rates of one table, all and by the cells they are made of, by
// their record and by their column.
type checks struct {
	all  []checked
	by   map[*cell][]checked
	rec  map[*record][]checked
	link map[*link][]checked
}

// checkRates compares every rate column with the counts that explain it.
func (b *book) checkRates() {
	b.crossBlame()
	of := map[*table]checks{}
	for _, t := range b.tables {
		mine := checks{by: map[*cell][]checked{}, rec: map[*record][]checked{}, link: map[*link][]checked{}}
		for _, m := range t.measures {
			if m.rate || m.ratio || m.mean {
				mine.all = append(mine.all, b.linkAndCheck(t, m)...)
			}
		}
		for _, c := range mine.all {
			mine.rec[c.p.rec] = append(mine.rec[c.p.rec], c)
			mine.link[c.l] = append(mine.link[c.l], c)
			for _, x := range c.v.cells {
				mine.by[x] = append(mine.by[x], c)
			}
		}
		of[t] = mine
	}
	b.clearUp(of)
	for _, t := range b.tables {
		b.blameCounts(of[t])
	}
	for _, t := range b.tables {
		for _, c := range of[t].all {
			if c.how != right && !b.accused[c.p] && !b.inDoubt(c) {
				b.classify(c, of[t])
			}
		}
	}
	b.derivedRates(of)
}

// linkAndCheck works out all printed values of one rate column.
func (b *book) linkAndCheck(t *table, m *measure) []checked {
	l, tot := t.linkRate(m)
	if l == nil {
		return nil
	}
	if l.f.den == nil && tot == nil {
		tot = shareTotals(t, l.f.nums[0], m, l.f.all)
	}
	var out []checked
	for _, r := range t.records {
		p := r.get(m)
		v, ok := l.f.eval(r, tot)
		if p == nil || !ok {
			continue
		}
		c := checked{p: p, n: p.n, v: v, l: l, tot: tot, exact: v.times(l.scale)}
		c.how = c.n.printed(c.exact)
		if c.how == right && l.odd != nil {
			continue
		}
		out = append(out, c)
	}
	return out
}

// crossBlame finds counts that stand in two or more broken sums and mend them all with one
// value: the cell where a wrong row total and a wrong column total cross.
func (b *book) crossBlame() {
	for {
		c, fixed, mended := b.bestCross()
		if c == nil {
			return
		}
		for _, f := range mended {
			f.blame, f.fixed = c, show(fixed)
		}
	}
}

// bestCross returns the cell that mends the most broken sums, nil if that is one only or
// if several cells mend as many.
func (b *book) bestCross() (best *cell, fixed *big.Rat, mended []*sumFault) {
	var order []*cell
	by := map[*cell][]*sumFault{}
	for _, f := range b.sums {
		if f.blame != nil {
			continue
		}
		for _, c := range append([]*cell{f.whole}, f.parts...) {
			if by[c] == nil {
				order = append(order, c)
			}
			by[c] = append(by[c], f)
		}
	}
	tie := false
	for _, c := range order {
		for _, f := range by[c] {
			x := f.fix(c)
			if x.Sign() < 0 {
				continue
			}
			var same []*sumFault
			for _, g := range by[c] {
				if y := g.fix(c); y.Cmp(x) == 0 {
					same = append(same, g)
				}
			}
			switch {
			case len(same) > len(mended):
				best, fixed, mended, tie = c, x, same, false
			case len(same) == len(mended) && c != best:
				tie = true
			}
		}
	}
	if tie || len(mended) < 2 {
		return nil, nil, nil
	}
	return best, fixed, mended
}

// clearUp asks the rates which cell of a broken sum is the wrong one: the cell whose
// mending makes its rates right as well.
func (b *book) clearUp(of map[*table]checks) {
	for _, f := range b.sums {
		if f.blame != nil {
			continue
		}
		rates := of[f.whole.t]
		for _, c := range append([]*cell{f.whole}, f.parts...) {
			x := f.fix(c)
			if x.Sign() < 0 {
				continue
			}
			mended, broken := 0, 0
			for _, r := range rates.by[c] {
				switch was, is := r.how == right, r.with(c, x); {
				case !was && is:
					mended++
				case was && !is:
					broken++
				}
			}
			if mended > 0 && mended > broken {
				f.blame, f.fixed = c, show(x)
				break
			}
		}
	}
}

// scaled is num/den as the column prints it.
func (c checked) scaled(num, den *big.Rat) *big.Rat {
	return value{num: num, den: den}.times(c.l.scale)
}

// sign is what stands behind a number of the column.
func (c checked) sign() string {
	if c.l.scale == hundred {
		return "%"
	}
	return ""
}

func (c checked) uses(x *cell) bool {
	for _, o := range c.v.cells {
		if o == x {
			return true
		}
	}
	return false
}

// with reports whether the rate would be right if cell x had another value.
func (c checked) with(x *cell, val *big.Rat) bool {
	num, den := new(big.Rat), c.v.den
	for _, o := range c.v.cells {
		n := o.n.rat()
		if o == x {
			n = val
		}
		if o == c.v.denCell {
			den = n
		} else {
			num.Add(num, n)
		}
	}
	return den.Sign() > 0 && c.n.printed(c.scaled(num, den)) == right
}

// inDoubt reports a rate that is wrong only because a count it uses is.
func (b *book) inDoubt(c checked) bool {
	for _, f := range b.sums {
		if f.blame != nil && c.uses(f.blame) && c.with(f.blame, f.fix(f.blame)) {
			return true
		}
	}
	for _, x := range c.v.cells {
		if b.accused[x] {
			return true
		}
	}
	return false
}

// blameCounts finds a count that two or more wrong rates of one record have in common, and
// that one other whole number would put right in all of them.
func (b *book) blameCounts(rates checks) {
	byCell := map[*cell][]checked{}
	var order []*cell
	for _, c := range rates.all {
		if c.how == right || c.how == cut || b.inDoubt(c) {
			continue
		}
		for _, x := range c.v.cells {
			if byCell[x] == nil {
				order = append(order, x)
			}
			byCell[x] = append(byCell[x], c)
		}
	}
	for _, x := range order {
		wrong := byCell[x]
		if len(wrong) < 2 || b.accused[x] {
			continue
		}
		lo, hi := int64(0), int64(1)<<50
		for _, c := range wrong {
			l, h := c.interval(x)
			lo, hi = max(lo, l), min(hi, h)
		}
		now, _ := x.n.integer()
		if lo > hi || hi-lo > 2 || now >= lo && now <= hi || x.rec == nil || wrong[0].v.denCell == x && wrong[0].l.f.den == nil {
			continue
		}
		ok := true
		for _, c := range rates.by[x] { // the rates that are right must stay so
			if c.how == right && !c.with(x, new(big.Rat).SetInt64(lo)) {
				ok = false
			}
		}
		if !ok {
			continue
		}
		b.accuse(x, WrongCount, itoa(int(lo)), relative(x.n.float(), float64(lo)), "本格与 %d 个比率（%s）都对不上；改为 %d 后全部对得上",
			len(wrong), columnsOf(wrong), lo)
	}
}

func columnsOf(cs []checked) string {
	var s []string
	for _, c := range cs {
		s = append(s, c.p.col+" "+c.p.raw)
	}
	return strings.Join(s, "、")
}

// interval returns the whole numbers that cell x might have for the printed rate to be right.
func (c checked) interval(x *cell) (lo, hi int64) {
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Mul(big.NewInt(2), pow10(c.n.dec)))
	p := c.n.rat()
	low, high := new(big.Rat).Sub(p, unit), new(big.Rat).Add(p, unit)
	if low.Sign() <= 0 {
		return 0, 1 << 50
	}
	if x == c.v.denCell {
		n := new(big.Rat).Mul(c.v.num, c.l.scale)
		return ceil(new(big.Rat).Quo(n, high)), floor(new(big.Rat).Quo(n, low))
	}
	rest := new(big.Rat).Sub(c.v.num, x.n.rat())
	at := func(q *big.Rat) *big.Rat {
		y := new(big.Rat).Mul(q, c.v.den)
		return y.Sub(y.Quo(y, c.l.scale), rest)
	}
	return ceil(at(low)), floor(at(high))
}

func floor(x *big.Rat) int64 { return new(big.Int).Div(x.Num(), x.Denom()).Int64() }

func ceil(x *big.Rat) int64 {
	f := floor(x)
	if !x.IsInt() {
		f++
	}
	return f
}

// derivedRates reports rates that agree with a total that is itself wrong.
func (b *book) derivedRates(of map[*table]checks) {
	for _, f := range b.sums {
		rates := of[f.whole.t]
		if f.blame != nil && f.blame != f.whole || f.nested != nil || !supportedParts(f, rates) {
			continue // the parts may be what is wrong
		}
		for _, c := range rates.by[f.whole] {
			if c.how != right || c.p.rec != f.whole.rec || b.accused[c.p] || c.with(f.whole, f.sum) {
				continue
			}
			num, den := c.v.num, f.sum
			if c.v.denCell != f.whole {
				num, den = new(big.Rat).Add(new(big.Rat).Sub(c.v.num, f.whole.n.rat()), f.sum), c.v.den
			}
			if den.Sign() <= 0 {
				continue
			}
			x := roundTo(c.scaled(num, den), max(2, c.n.dec))
			b.accuse(c.p, TotalNotSum, x, 0, "它由有误的 %s（%s）算得；按%s之和 %s 应为 %s（%s/%s）",
				f.whole.col, f.whole.raw, f.how, show(f.sum), x+c.sign(), show(num), show(den))
		}
	}
}

// supportedParts reports that every part of a broken sum makes its own printed rate right.
func supportedParts(f *sumFault, rates checks) bool {
	for _, p := range f.parts {
		ok := false
		for _, r := range rates.by[p] {
			ok = ok || r.how == right && r.p.rec == p.rec
		}
		if !ok {
			return false
		}
	}
	return true
}

// formulaWords writes a formula with its numbers: 175/467.
func (c checked) formulaWords() string {
	return fmt.Sprintf("%s/%s", show(c.v.num), show(c.v.den))
}

func (c checked) names() string {
	var n []string
	for _, m := range c.l.f.nums {
		n = append(n, m.name)
	}
	den := "该列合计"
	if c.l.f.den != nil {
		den = c.l.f.den.name
	}
	return strings.Join(n, "+") + "÷" + den
}
