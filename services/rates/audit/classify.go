package audit

import (
	"math/big"
	"slices"
	"strings"
)

// classify says in which way a printed rate is wrong. The order matters: an explanation
// that needs less chance comes first.
func (b *book) classify(c checked, all checks) {
	want := roundTo(c.exact, max(2, c.n.dec))
	if c.n.dec < 2 && c.how == cut {
		want = roundTo(c.exact, c.n.dec)
	}
	gap := relative(c.n.float(), ratFloat(c.exact))
	base := "按 " + c.names() + " = " + c.formulaWords() + " = " + want + c.sign()
	switch {
	case c.mustBeBounded() && !c.v.bounded() && len(c.v.cells) <= 2:
		return // the counts themselves are wrong: checkParts says so
	case c.mustBeBounded() && c.n.float() > 100:
		b.accuse(c.p, OverHundred, want, gap, "这种比例不可能超过100%%；%s", base)
	case c.n.mant < 0:
		b.accuse(c.p, WrongPercent, want, gap, "比例不可能为负；%s", base)
	case c.isForced(all.link[c.l]):
		b.accuse(c.p, Forced, want, gap, "%s；本列印出的数相加恰为100，是改动这一格凑成的", base)
	case c.how == cut:
		b.accuse(c.p, Truncated, want, gap, "%s（未舍入为 %s），所列数是直接截去尾数", base, c.exact.FloatString(c.n.dec+2))
	case b.unitSlip(c, want, base):
	case b.swapped(c, all.rec[c.p.rec], want, base):
	case b.stale(c, all.link[c.l], want, base, true):
	case b.mixedYears(c, want, base):
	case b.stale(c, all.link[c.l], want, base, false):
	case b.hiddenDivisor(c, want, base):
	default:
		kind := WrongPercent
		if c.p.m.mean || c.p.m.ratio {
			kind = WrongAverage
		}
		b.accuse(c.p, kind, want, gap, "%s，与所列 %s 不符%s", base, c.p.raw, c.hint())
	}
}

var growthWords = []string{"增长", "增幅", "增减", "同比", "环比", "完成率", "达成", "利用率", "负债", "比上年", "超额", "到账", "投入产出", "growth"}

// mustBeBounded reports rates that cannot pass 100 %.
func (m *measure) mustBeBounded() bool {
	if !m.rate {
		return false
	}
	for _, w := range growthWords {
		if strings.Contains(m.name, w) {
			return false
		}
	}
	return true
}

func (c checked) mustBeBounded() bool { return c.p.m.mustBeBounded() }

// precise reports a printed value so detailed that meeting it elsewhere is no chance.
func (n number) precise() bool {
	return n.dec >= 1 && n.mant > 0 && n.float() != 100 && n.mant >= 100
}

// isForced reports a share that is off by a unit or two of the last digit in a column that
// sums to exactly 100 as printed and would not if all its shares were right.
func (c checked) isForced(all []checked) bool {
	if c.l.f.den != nil || c.p.rec.kind == total {
		return false
	}
	printed, correct := new(big.Rat), new(big.Rat)
	for _, o := range all {
		if o.p.rec.school == c.p.rec.school && o.p.rec.year == c.p.rec.year && o.p.rec.kind == item {
			printed.Add(printed, o.n.rat())
			x, _ := new(big.Rat).SetString(roundTo(o.exact, o.n.dec))
			correct.Add(correct, x)
		}
	}
	d := new(big.Rat).Sub(c.n.rat(), c.exact)
	d.Abs(d.Mul(d, new(big.Rat).SetInt(pow10(c.n.dec))))
	return printed.Cmp(c.l.scale) == 0 && correct.Cmp(c.l.scale) != 0 && d.Cmp(big.NewRat(6, 1)) < 0
}

// unitSlip finds 0.8541 among percents and 8541 for 85.41.
func (b *book) unitSlip(c checked, want, base string) bool {
	if c.n.mant == 0 {
		return false
	}
	if c.n.dec > 2 {
		want = roundTo(c.exact, 2)
	}
	for _, by := range []*big.Rat{big.NewRat(100, 1), big.NewRat(1, 100), big.NewRat(1, 10), big.NewRat(10, 1), big.NewRat(1, 1000), big.NewRat(1000, 1)} {
		scaled := new(big.Rat).Mul(c.exact, by)
		n := c.n
		need := 3
		if by.Num().Int64() == 100 || by.Denom().Int64() == 100 {
			need = 2
		}
		if n.dec >= 2 && by.Denom().Int64() == 100 {
			need = 1 // 0.50 for 50 %: a share of one written among percents
		}
		if n.dec >= 1 || by.Cmp(big.NewRat(1, 1)) > 0 {
			if n.printed(scaled) == right && significant(n) >= need {
				b.accuse(c.p, UnitClash, want, 1, "%s；所列 %s 与它恰差 %s 倍，是单位或小数点错了", base, c.p.raw, times(by))
				return true
			}
		}
	}
	return false
}

// significant counts the digits of a number without zeros at its end: how little chance
// there is in meeting it.
func significant(n number) int { return len(strings.TrimRight(itoa(int(max(n.mant, -n.mant))), "0")) }

func times(by *big.Rat) string {
	if by.IsInt() {
		return by.Num().String()
	}
	return by.Denom().String()
}

// swapped finds the value of another rate of the same record.
func (b *book) swapped(c checked, all []checked, want, base string) bool {
	if !c.n.precise() {
		return false
	}
	for _, o := range all {
		if o.p == c.p || o.p.m == c.p.m || o.l.scale != c.l.scale {
			continue
		}
		if c.n.printed(o.exact) == right {
			b.accuse(c.p, LabelSwap, want, relative(c.n.float(), ratFloat(c.exact)), "%s；所列 %s 其实是“%s”（%s = %s）的数",
				base, c.p.raw, o.p.m.name, o.formulaWords(), roundTo(o.exact, c.n.dec)+c.sign())
			return true
		}
	}
	// A rate that the table does not print: any part over any whole of the record.
	for _, n := range c.p.rec.t.measures {
		num := c.p.rec.get(n)
		if num == nil || !n.counts() || slices.Contains(c.l.f.nums, n) || n.role == noRole || c.l.f.den == nil {
			continue
		}
		den := c.p.rec.get(c.l.f.den)
		if n == c.l.f.den || den == nil || den.n.mant <= 0 {
			continue
		}
		if c.n.printed(c.scaled(num.n.rat(), den.n.rat())) == right && c.n.dec >= 2 {
			b.accuse(c.p, LabelSwap, want, 1, "%s；所列 %s 是用“%s”作分子（%s/%s）得到的", base, c.p.raw, n.name, num.raw, den.raw)
			return true
		}
	}
	return false
}

// mixedYears finds a numerator of one year over a denominator of another.
func (b *book) mixedYears(c checked, want, base string) bool {
	if !c.n.precise() || c.l.f.den == nil || c.p.rec.year == 0 {
		return false
	}
	for _, r := range c.p.rec.t.records {
		if r.year == c.p.rec.year || r.year == 0 || r.school != c.p.rec.school || r.label != c.p.rec.label {
			continue
		}
		other, ok := c.l.f.eval(r, c.tot)
		if !ok {
			continue
		}
		for _, try := range []struct {
			num, den       *big.Rat
			numYear, denYr int
		}{{c.v.num, other.den, c.p.rec.year, r.year}, {other.num, c.v.den, r.year, c.p.rec.year}} {
			if c.n.printed(c.scaled(try.num, try.den)) == right {
				b.accuse(c.p, MixedYears, want, relative(c.n.float(), ratFloat(c.exact)), "%s；所列 %s 是 %s 的分子 %s 除以 %s 的分母 %s",
					base, c.p.raw, yearName(try.numYear), show(try.num), yearName(try.denYr), show(try.den))
				return true
			}
		}
	}
	return false
}

func yearName(y int) string {
	if y < 10 {
		return [...]string{"", "前年", "上年", "本年"}[min(y, 3)]
	}
	return itoa(y) + "年"
}

// stale finds the value of the same row in another year (row true), or of a row beside it.
func (b *book) stale(c checked, all []checked, want, base string, row bool) bool {
	if !c.n.precise() {
		return false
	}
	for _, o := range all {
		if o.p == c.p || o.how == off || !o.n.eq(c.n) {
			continue
		}
		d := o.p.rec.order - c.p.rec.order
		sameRow := o.p.rec.label == c.p.rec.label
		beside := o.p.rec.year == c.p.rec.year && o.p.rec.school == c.p.rec.school
		if row && sameRow || !row && (beside || d == 1 || d == -1) {
			b.accuse(c.p, Copied, want, relative(c.n.float(), ratFloat(c.exact)), "%s；所列 %s 与“%s %s”相同，是照抄过来的",
				base, c.p.raw, o.p.row, o.p.col)
			return true
		}
	}
	return false
}

// hiddenDivisor finds the number that the printed rate was divided by: first among the
// numbers printed in the record and its totals, then any whole number near the right one
// if it is the only one and hitting it is no chance.
func (b *book) hiddenDivisor(c checked, want, base string) bool {
	if c.n.mant <= 0 || c.v.num.Sign() <= 0 {
		return false
	}
	gap := relative(c.n.float(), ratFloat(c.exact))
	if c.n.precise() {
		for _, m := range c.p.rec.t.measures {
			d := c.p.rec.get(m)
			if d == nil || !m.counts() || d.n.mant <= 0 || d == c.v.denCell || slices.Contains(c.l.f.nums, m) {
				continue
			}
			if c.n.printed(c.scaled(c.v.num, d.n.rat())) == right {
				b.accuse(c.p, HiddenDivisor, want, gap, "%s；所列 %s 是除以“%s” %s 得到的", base, c.p.raw, m.name, d.raw)
				return true
			}
		}
	}
	x, sure := c.divisor()
	if !sure || c.mistyped() && !oneDigit(x, floor(c.v.den)) {
		return false
	}
	b.divisors = append(b.divisors, divisor{c, x})
	b.accuse(c.p, HiddenDivisor, want, gap, "%s；所列 %s 要除以 %d 才能得到（%s/%d），与表中的 %s 差 %s",
		base, c.p.raw, x, show(c.v.num), x, show(c.v.den), show(new(big.Rat).Sub(c.v.den, new(big.Rat).SetInt64(x))))
	return true
}

// divisor is a denominator found behind a printed rate.
type divisor struct {
	c checked
	n int64
}

// divisor returns the one whole number that gives the printed rate, and whether it is near
// enough to the right denominator, and rare enough, to be meant.
func (c checked) divisor() (n int64, sure bool) {
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Mul(big.NewInt(2), pow10(c.n.dec)))
	top := new(big.Rat).Mul(c.v.num, c.l.scale)
	low := new(big.Rat).Sub(c.n.rat(), unit)
	if low.Sign() <= 0 {
		return 0, false
	}
	from, to := new(big.Rat).Quo(top, new(big.Rat).Add(c.n.rat(), unit)), new(big.Rat).Quo(top, low)
	lo, hi := ceil(from), floor(to)
	if lo != hi {
		return 0, false
	}
	width := ratFloat(new(big.Rat).Sub(to, from)) // the chance that some whole number fits
	den := ratFloat(c.v.den)
	off := relative(float64(lo), den)
	return lo, off <= 0.1 && (width <= 0.15 || oneDigit(lo, floor(c.v.den)) || c.n.dec < 2 && width < 2 && off <= 0.08 && lo < 200)
}

// oneDigit reports numbers that differ in one digit, but not the last, or by two
// neighbouring digits swapped: 442 for 422.
func oneDigit(a, b int64) bool {
	x, y := itoa(int(a)), itoa(int(b))
	if len(x) != len(y) || a == b {
		return false
	}
	var at []int
	for i := range x {
		if x[i] != y[i] {
			at = append(at, i)
		}
	}
	return len(at) == 1 && at[0] < len(x)-1 || len(at) == 2 && at[1] == at[0]+1 && x[at[0]] == y[at[1]] && x[at[1]] == y[at[0]]
}

// mistyped reports a printed value that is the right one with one digit wrong, or two
// neighbours swapped: a slip of the hand is likelier than a divisor nobody knows of.
func (c checked) mistyped() bool {
	right, ok := new(big.Int).SetString(strings.ReplaceAll(roundTo(c.exact, c.n.dec), ".", ""), 10)
	return ok && right.IsInt64() && oneDigit(c.n.mant, right.Int64())
}

// hint adds what else can be said of a wrong percent.
func (c checked) hint() string {
	if c.how == raised {
		return "，所列数是见尾就进，不是四舍五入"
	}
	if s := c.p.n.String(); transposed(s, roundTo(c.exact, c.p.n.dec)) {
		return "，疑似数字颠倒或错一位"
	}
	if x, _ := c.divisor(); x > 0 {
		return "（除以 " + itoa(int(x)) + " 才能得到）"
	}
	return ""
}

func transposed(a, b string) bool {
	x, y := strings.ReplaceAll(a, ".", ""), strings.ReplaceAll(b, ".", "")
	if len(x) != len(y) || x == y {
		return false
	}
	var at []int
	for i := range x {
		if x[i] != y[i] {
			at = append(at, i)
		}
	}
	return len(at) == 1 || len(at) == 2 && x[at[0]] == y[at[1]] && x[at[1]] == y[at[0]]
}
