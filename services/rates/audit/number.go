package audit

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// number is a decimal exactly as printed: mant / 10^dec.
type number struct {
	mant int64
	dec  int
	unit string // what followed it in the cell: %, 人, 元 …
	ok   bool
}

// fold writes full-width letters, digits and signs as half-width and drops white space.
func fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\u3000' || r == '\u00a0' || r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\ufeff':
			continue
		case r >= '！' && r <= '～':
			r -= 0xfee0
		case r == '﹪':
			r = '%'
		case r == '−' || r == '﹣': // minus signs of other keyboards
			r = '-'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isMissing reports the signs by which tables say "nothing here".
func isMissing(folded string) bool {
	switch strings.ToLower(folded) {
	case "", "/", "\\", "-", "--", "---", "—", "——", "–", "―", "*", "**", "无", "无数据", "暂无", "...", "…", "……", "n/a", "na", "null", "nil", "none", "x", "×", "空", "缺", "#n/a", "#div/0!":
		return true
	}
	return false
}

var cellUnits = []string{"%", "人次", "人", "名", "个", "元/月", "元/人", "元", "万元", "家", "所", "门", "本", "台套", "台", "套", "天", "人天", "人日", "分", "平方米", "册", "份", "项", "班", "张", "位", ":1", "百分点", "㎡"}

// parseNumber reads 1,234 / 37.47% / ３７．４７ / 3600元 / 22.45:1. Words such as 约 or 以上 make
// it no number: what is not stated exactly cannot be recomputed.
func parseNumber(folded string) number {
	s := folded
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || s[end] == ',') {
		end++
	}
	digits, unit := s[:end], s[end:]
	if end == 0 || !validGroups(digits) {
		return number{}
	}
	if unit != "" && !isUnit(unit) {
		return number{}
	}
	digits = strings.ReplaceAll(digits, ",", "")
	intPart, frac, _ := strings.Cut(digits, ".")
	if strings.Contains(frac, ".") || intPart == "" {
		return number{}
	}
	if len(frac) > 9 { // a binary fraction written out: 24.190000000000001
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return number{}
		}
		digits = strings.TrimRight(strconv.FormatFloat(f, 'f', 9, 64), "0")
		intPart, frac, _ = strings.Cut(digits, ".")
	}
	mant, err := strconv.ParseInt(intPart+frac, 10, 64)
	if err != nil || len(intPart)+len(frac) > 17 {
		return number{}
	}
	if neg {
		mant = -mant
	}
	return number{mant, len(frac), unit, true}
}

func isUnit(s string) bool {
	for _, u := range cellUnits {
		if s == u {
			return true
		}
	}
	return false
}

// validGroups accepts 1,234,567 and plain digits, refuses 1,2.
func validGroups(s string) bool {
	intPart, frac, _ := strings.Cut(s, ".")
	if strings.Contains(frac, ",") {
		return false
	}
	parts := strings.Split(intPart, ",")
	for i, p := range parts {
		if len(parts) > 1 && (i > 0 && len(p) != 3 || i == 0 && (len(p) == 0 || len(p) > 3)) {
			return false
		}
	}
	return true
}

func (n number) float() float64 { return float64(n.mant) / math.Pow10(n.dec) }

// rat returns the exact value.
func (n number) rat() *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(n.mant), pow10(n.dec))
}

func pow10(k int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(k)), nil) }

func (n number) String() string {
	s := strconv.FormatInt(max(n.mant, -n.mant), 10)
	if n.dec > 0 {
		for len(s) <= n.dec {
			s = "0" + s
		}
		s = s[:len(s)-n.dec] + "." + s[len(s)-n.dec:]
	}
	if n.mant < 0 {
		s = "-" + s
	}
	return s
}

// eq compares values, not printing.
func (n number) eq(o number) bool {
	n, o = n.trim(), o.trim()
	return n.ok && o.ok && n.mant == o.mant && n.dec == o.dec
}

// trim drops zeros at the end of the decimals.
func (n number) trim() number {
	for n.dec > 0 && n.mant%10 == 0 {
		n.mant /= 10
		n.dec--
	}
	return n
}

// integer returns the value if it is a whole number.
func (n number) integer() (int64, bool) {
	m := n.mant
	for range n.dec {
		if m%10 != 0 {
			return 0, false
		}
		m /= 10
	}
	return m, n.ok
}

// rounding says how a printed number relates to the exact one.
type rounding uint8

const (
	off    rounding = iota // none of these
	right                  // half up or half to even
	cut                    // truncated, where rounding would differ
	raised                 // rounded up, where rounding would not
)

// printed compares x with what was printed, at the printed precision.
func (n number) printed(x *big.Rat) rounding {
	scaled := new(big.Rat).Mul(x, new(big.Rat).SetInt(pow10(n.dec)))
	floor := new(big.Int).Div(scaled.Num(), scaled.Denom())
	rest := new(big.Rat).Sub(scaled, new(big.Rat).SetInt(floor))
	d := new(big.Int).Sub(big.NewInt(n.mant), floor)
	if !d.IsInt64() {
		return off
	}
	half := rest.Cmp(big.NewRat(1, 2))
	switch d.Int64() {
	case 0:
		// At exactly a half, the even neighbour is right as well.
		if half < 0 || half == 0 && floor.Bit(0) == 0 {
			return right
		}
		return cut
	case 1:
		if half >= 0 {
			return right
		}
		if rest.Sign() > 0 {
			return raised
		}
	}
	return off
}

// roundTo prints x half up with k decimals.
func roundTo(x *big.Rat, k int) string { return x.FloatString(k) }

func ratio(num, den *big.Rat) *big.Rat {
	return new(big.Rat).Mul(new(big.Rat).Quo(num, den), big.NewRat(100, 1))
}
