package rates

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// crossTable is a table of schools and categories with both margins and the grand total,
// and under each category of each school some majors.
type crossTable struct {
	counts []int64
	sums   []Sum
}

func drawTable(t *rapid.T) crossTable {
	var x crossTable
	cell := func(n int64) int {
		x.counts = append(x.counts, n)
		return len(x.counts) - 1
	}
	rows, cols := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 6).Draw(t, "cols")
	nested := rapid.Bool().Draw(t, "majors")
	size := rapid.SampledFrom([]int64{3, 8, 30, 200}).Draw(t, "size")
	byRow, byCol := make([][]int, rows), make([][]int, cols)
	for r := range rows {
		for c := range cols {
			var at int
			if nested {
				total := Sum{}
				var n int64
				for range rapid.IntRange(1, 3).Draw(t, "majors") {
					v := rapid.Int64Range(0, size).Draw(t, "n")
					n += v
					total.Parts = append(total.Parts, cell(v))
				}
				at = cell(n)
				total.Total = at
				x.sums = append(x.sums, total)
			} else {
				at = cell(rapid.Int64Range(0, size).Draw(t, "n"))
			}
			byRow[r], byCol[c] = append(byRow[r], at), append(byCol[c], at)
		}
	}
	total := func(parts []int) int {
		var n int64
		for _, p := range parts {
			n += x.counts[p]
		}
		at := cell(n)
		x.sums = append(x.sums, Sum{at, parts})
		return at
	}
	var margins []int
	for _, p := range byRow {
		margins = append(margins, total(p))
	}
	grand := total(margins)
	margins = nil
	for _, p := range byCol {
		margins = append(margins, total(p))
	}
	x.sums = append(x.sums, Sum{grand, margins})
	return x
}

// solved returns the hidden cells that an attacker with the visible ones and all sums can
// compute: exact rational elimination, written apart from the code under test.
func solved(x crossTable, hidden []bool) []int {
	var unknown []int
	at := map[int]int{}
	for c, h := range hidden {
		if h {
			at[c] = len(unknown)
			unknown = append(unknown, c)
		}
	}
	var m [][]*big.Rat
	for _, s := range x.sums {
		row := make([]*big.Rat, len(unknown)+1)
		for i := range row {
			row[i] = new(big.Rat)
		}
		add := func(c int, sign int64) {
			if hidden[c] {
				row[at[c]].Add(row[at[c]], big.NewRat(sign, 1))
			} else {
				row[len(unknown)].Sub(row[len(unknown)], big.NewRat(sign*x.counts[c], 1))
			}
		}
		for _, p := range s.Parts {
			add(p, 1)
		}
		add(s.Total, -1)
		m = append(m, row)
	}
	top := 0
	for c := range unknown {
		p := -1
		for r := top; r < len(m); r++ {
			if m[r][c].Sign() != 0 {
				p = r
				break
			}
		}
		if p < 0 {
			continue
		}
		m[top], m[p] = m[p], m[top]
		for r := range m {
			if r == top || m[r][c].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Quo(m[r][c], m[top][c])
			for i := range m[r] {
				m[r][i].Sub(m[r][i], new(big.Rat).Mul(f, m[top][i]))
			}
		}
		top++
	}
	var out []int
	for _, row := range m {
		n, only := 0, 0
		for i := range unknown {
			if row[i].Sign() != 0 {
				n++
				only = i
			}
		}
		if n == 1 {
			out = append(out, unknown[only])
		}
	}
	return out
}

func TestAttackerGainsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawTable(t)
		minimum := rapid.SampledFrom([]int64{SharedMinimum, PublicationMinimum}).Draw(t, "minimum")
		hidden := Protect(x.counts, x.sums, minimum)
		for c, n := range x.counts {
			if n > 0 && n < minimum && !hidden[c] {
				t.Fatalf("cell %d of %d people is shown", c, n)
			}
			if n == 0 && hidden[c] {
				t.Fatalf("cell %d of nobody is hidden", c)
			}
		}
		if got := solved(x, hidden); len(got) > 0 {
			t.Fatalf("the attacker computes %v of %v, hidden %v, sums %v", got, x.counts, hidden, x.sums)
		}
		for _, s := range x.sums {
			var n int64
			for _, p := range s.Parts {
				if hidden[p] {
					n += x.counts[p]
				}
			}
			if !hidden[s.Total] && n > 0 && n < minimum {
				t.Fatalf("the remainder of sum %v is %d people", s, n)
			}
		}
	})
}

func TestProtectHidesLittle(t *testing.T) {
	for _, tc := range []struct {
		name   string
		counts []int64
		sums   []Sum
		want   string
	}{
		{"nothing small", []int64{10, 20, 30}, []Sum{{2, []int{0, 1}}}, "[false false false]"},
		{"one small takes the smallest other", []int64{3, 40, 9, 52}, []Sum{{3, []int{0, 1, 2}}}, "[true false true false]"},
		{"two small need no third if they are many enough", []int64{3, 4, 45, 52}, []Sum{{3, []int{0, 1, 2}}}, "[true true false false]"},
		{"two very small take a third", []int64{1, 2, 45, 60, 108}, []Sum{{4, []int{0, 1, 2, 3}}}, "[true true true false false]"},
		{"the only row hides its total", []int64{3, 3}, []Sum{{1, []int{0}}}, "[true true]"},
		{"nobody is shown", []int64{0, 12, 12}, []Sum{{2, []int{0, 1}}}, "[false false false]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := fmt.Sprint(Protect(tc.counts, tc.sums, 5)); got != tc.want {
				t.Errorf("Protect(%v) = %s, want %s", tc.counts, got, tc.want)
			}
		})
	}
}

// Publishing hides a class of three in one school so that neither the district's figure of
// that class nor the school's total gives it away.
func TestPublish(t *testing.T) {
	u := rollup(t,
		Row{School: "甲", Year: 2025, Category: "农林", Count: 3, Direction: Employed},
		Row{School: "甲", Year: 2025, Category: "制造", Count: 60, Direction: Employed},
		Row{School: "甲", Year: 2025, Category: "信息", Count: 50, Direction: Progress},
		Row{School: "乙", Year: 2025, Category: "农林", Count: 40, Direction: Employed},
		Row{School: "乙", Year: 2025, Category: "制造", Count: 30, Direction: Employed},
		Row{School: "乙", Year: 2025, Category: "信息", Count: 70, Direction: Employed},
	)
	d, _ := Find("direct_employment")
	rs := Publish(u.Groups(), []Definition{d}, u.Nests(), "2025-12-31", Sight{Minimum: SharedMinimum})
	hidden := 0
	for _, r := range rs {
		if r.Suppressed {
			hidden++
			if r.Numerator != 0 || r.Denominator != 0 || r.Percent != "" {
				t.Errorf("hidden rate %s still carries %+v", r.Scope, r)
			}
		}
		if r.Scope.School == "甲" && r.Scope.Value == "农林" && !r.Suppressed {
			t.Errorf("three people are shown: %+v", r)
		}
	}
	if hidden != 4 { // a rectangle: two classes in two schools
		t.Errorf("%d rates hidden, want 4", hidden)
	}
}

func BenchmarkProtect(b *testing.B) {
	u := NewRollup(nil)
	for s := range 20 {
		for m := range 60 {
			n := int64((s*7+m*13)%90 + 1)
			if err := u.Add(&Row{School: fmt.Sprint("校", s), Year: 2025, Major: fmt.Sprint("专业", m), Category: fmt.Sprint("类", m/4), Count: n, Direction: Employed}); err != nil {
				b.Fatal(err)
			}
		}
	}
	groups, nests := u.Groups(), u.Nests()
	d, _ := Find("direct_employment")
	for b.Loop() {
		Publish(groups, []Definition{d}, nests, "2025-12-31", Sight{Minimum: PublicationMinimum})
	}
}
