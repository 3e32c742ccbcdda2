package rates

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestPercent(t *testing.T) {
	for _, tc := range []struct {
		name     string
		num, den int64
		want     string
	}{
		{"the vocational centre 2025, direct", 514, 2125, "24.19"},
		{"the vocational centre 2025, aligned", 439, 514, "85.41"},
		{"exact half goes up", 1, 32, "3.13"}, // 3.125
		{"half where float rounds down", 1005, 100000, "1.01"},
		{"below a half", 1, 3, "33.33"},
		{"all", 7, 7, "100.00"},
		{"none of some", 0, 7, "0.00"},
		{"nobody", 0, 0, ""},
		{"nobody, yet somebody", 3, 0, ""},
		{"negative", -1, 5, ""},
		{"over a hundred is shown, not cut", 11, 10, "110.00"},
		{"large", 9007199254740993, 9007199254740993, "100.00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Percent(tc.num, tc.den); got != tc.want {
				t.Errorf("Percent(%d, %d) = %q, want %q", tc.num, tc.den, got, tc.want)
			}
		})
	}
}

func TestQuotientIsHalfUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		num := rapid.Int64Range(0, 1<<36).Draw(t, "num")
		den := rapid.Int64Range(1, 1<<40).Draw(t, "den")
		dec := rapid.IntRange(0, 6).Draw(t, "decimals")
		x := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(num), big.NewInt(100)), big.NewInt(den))
		// big.Rat rounds halves away from zero, which is up for what is not negative.
		if got, want := Quotient(num, den, 100, dec), x.FloatString(dec); got != want {
			t.Fatalf("Quotient(%d, %d, 100, %d) = %s, want %s", num, den, dec, got, want)
		}
	})
}
