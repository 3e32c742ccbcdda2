package rates

import (
	"math/bits"
	"strconv"
)

// Percent returns 100*num/den with two decimals, rounded half up, e.g. "24.19".
// It works in whole numbers, so no binary fraction can push a 5 the wrong way.
// It returns "" when den is not above zero (a rate of nobody is not zero) or num is negative.
func Percent(num, den int64) string { return Quotient(num, den, 100, 2) }

// Quotient returns scale*num/den with the given number of decimals (0 to 6), rounded
// half up, or "" when den is not above zero, num is negative or the result is too
// large for 64 bits.
func Quotient(num, den, scale int64, decimals int) string {
	if den <= 0 || num < 0 || scale <= 0 || decimals < 0 || decimals > 6 {
		return ""
	}
	unit := int64(1)
	for range decimals {
		unit *= 10
	}
	// scale*unit stays far below 2^63 for the scales in use; the product with num
	// may not, hence 128 bits.
	hi, lo := bits.Mul64(uint64(num), uint64(scale*unit))
	lo, carry := bits.Add64(lo, uint64(den)/2, 0)
	hi += carry
	if hi >= uint64(den) {
		return ""
	}
	q, _ := bits.Div64(hi, lo, uint64(den))
	return fixed(q, decimals)
}

// fixed writes q/10^decimals.
func fixed(q uint64, decimals int) string {
	s := strconv.FormatUint(q, 10)
	if decimals == 0 {
		return s
	}
	for len(s) <= decimals {
		s = "0" + s
	}
	return s[:len(s)-decimals] + "." + s[len(s)-decimals:]
}
