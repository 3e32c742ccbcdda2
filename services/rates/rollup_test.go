package rates

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func rollup(t testing.TB, rows ...Row) *Rollup {
	t.Helper()
	u := NewRollup(nil)
	for i := range rows {
		if err := u.Add(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

func rateOf(t testing.TB, u *Rollup, s Scope, key string) Rate {
	t.Helper()
	d, ok := Find(key)
	if !ok {
		t.Fatalf("no definition %q", key)
	}
	g := u.Group(s)
	if g == nil {
		t.Fatalf("no group %s", s)
	}
	return d.Rate(g, "2025-12-31")
}

func TestRatesOfLedger(t *testing.T) {
	const s = "甲校"
	base := Row{School: s, Year: 2025, Category: "加工制造类", Major: "数控技术应用"}
	row := func(n int64, change func(*Row)) Row {
		r := base
		r.Count = n
		change(&r)
		return r
	}
	u := rollup(t,
		row(30, func(r *Row) { r.Direction, r.Aligned, r.PayFen, r.Local, r.Sector = Employed, Exact, 400000, County, 2 }),
		row(10, func(r *Row) {
			r.Direction, r.Aligned, r.PayFen, r.Local, r.Sector = Employed, Unrelated, 300000, City, 3
		}),
		row(5, func(r *Row) { r.Direction, r.Aligned, r.SchoolLabel = Army, Open, Yes }),
		row(5, func(r *Row) { r.Direction, r.Aligned, r.Local = Founder, Near, Away }),
		row(40, func(r *Row) { r.Direction, r.Through = Progress, true }),
		row(80, func(r *Row) { r.Direction = Progress }),
		row(20, func(r *Row) { r.Direction = Internship }),
		row(10, func(r *Row) { r.Direction = Seeking }),
		row(0, func(r *Row) { r.Direction = Employed }),
	)
	for _, tc := range []struct {
		key      string
		num, den int64
		want     string
	}{
		{"direct_employment", 50, 200, "25.00"},
		{"direct_employment_excl_through", 50, 160, "31.25"},
		{"progression", 120, 200, "60.00"},
		{"progression_through", 40, 200, "20.00"},
		{"destination", 170, 200, "85.00"},
		{"startup", 5, 200, "2.50"},
		{"alignment", 35, 50, "70.00"},
		{"alignment_exact", 30, 50, "60.00"},
		{"alignment_school", 5, 5, "100.00"},
		{"alignment_survey", 0, 0, ""},
		{"local_county", 30, 50, "60.00"},
		{"local_city", 40, 50, "80.00"},
		{"local_province", 40, 50, "80.00"},
		{"sector2", 30, 50, "60.00"},
	} {
		for _, sc := range []Scope{{Year: 2025}, {Year: 2025, School: s}, {2025, "", Major, "数控技术应用"}, {2025, s, Category, "加工制造类"}} {
			if r := rateOf(t, u, sc, tc.key); r.Numerator != tc.num || r.Denominator != tc.den || r.Percent != tc.want {
				t.Errorf("%s of %s = %d/%d %q, want %d/%d %q", tc.key, sc, r.Numerator, r.Denominator, r.Percent, tc.num, tc.den, tc.want)
			}
		}
	}
	if r := rateOf(t, u, Scope{Year: 2025}, "pay_mean"); r.Amount != "3750.00" {
		t.Errorf("mean pay = %q, want 3750.00", r.Amount)
	}
	if r := rateOf(t, u, Scope{Year: 2025}, "pay_median"); r.Amount != "4000.00" {
		t.Errorf("median pay = %q, want 4000.00", r.Amount)
	}
}

// An internship, even one with pay, a company and a fitting code, never makes anybody employed.
func TestInternshipIsNeverEmployment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := NewRollup(nil)
		r := Row{School: "甲", Year: 2025, Company: "某厂", Count: rapid.Int64Range(1, 50).Draw(t, "n"), Direction: Internship,
			Aligned: Level(rapid.IntRange(0, 3).Draw(t, "aligned")), SchoolLabel: Yes, SurveyLabel: Yes, Local: County, Sector: 2, PayFen: 350000,
			Through: rapid.Bool().Draw(t, "through")}
		if err := u.Add(&r); err != nil {
			t.Fatal(err)
		}
		for _, g := range u.Groups() {
			if g.Tally[Graduates] != r.Count || g.Tally[Waiting] != r.Count {
				t.Fatalf("%s: %d graduates, %d waiting, want %d", g.Scope, g.Tally[Graduates], g.Tally[Waiting], r.Count)
			}
			for c := Direct; c < Waiting; c++ {
				if g.Tally[c] != 0 {
					t.Fatalf("%s: count %d = %d from an internship", g.Scope, c, g.Tally[c])
				}
			}
			for c := AlignedExact; c < countN; c++ {
				if g.Tally[c] != 0 {
					t.Fatalf("%s: count %d = %d from an internship", g.Scope, c, g.Tally[c])
				}
			}
		}
	})
}

// A ledger row of n people gives the same figures as n rows of one.
func TestLedgerRowEqualsItsPeople(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, many := NewRollup(nil), NewRollup(nil)
		for range rapid.IntRange(1, 12).Draw(t, "rows") {
			r := drawRow(t)
			if err := many.Add(&r); err != nil {
				t.Fatal(err)
			}
			single := r
			single.Count = 1
			for range r.Count {
				if err := one.Add(&single); err != nil {
					t.Fatal(err)
				}
			}
		}
		a, b := one.Groups(), many.Groups()
		if len(a) != len(b) {
			t.Fatalf("%d groups from single rows, %d from ledger rows", len(a), len(b))
		}
		for i := range a {
			if a[i].Tally != b[i].Tally || a[i].Scope != b[i].Scope || a[i].medianPay() != b[i].medianPay() {
				t.Fatalf("%s: %v and %v", a[i].Scope, a[i], b[i])
			}
		}
	})
}

func drawRow(t *rapid.T) Row {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	return Row{
		School: pick("school", "甲校", "乙校"), Year: rapid.IntRange(2023, 2025).Draw(t, "year"),
		Category: pick("category", "农林", "制造"), Major: pick("major", "数控", "畜牧", "护理"), Company: pick("company", "", "某厂"),
		Count: rapid.Int64Range(0, 9).Draw(t, "count"), Direction: Direction(rapid.IntRange(0, int(Internship)).Draw(t, "direction")),
		Through: rapid.Bool().Draw(t, "through"), Aligned: Level(rapid.IntRange(0, 3).Draw(t, "level")),
		SchoolLabel: Answer(rapid.IntRange(0, 2).Draw(t, "label")), SurveyLabel: Answer(rapid.IntRange(0, 2).Draw(t, "survey")),
		Local: Place(rapid.IntRange(0, 4).Draw(t, "place")), Sector: uint8(rapid.IntRange(0, 3).Draw(t, "sector")),
		PayFen: rapid.Int64Range(0, 20).Draw(t, "pay") * 50000,
	}
}

func TestRenamedMajorKeepsItsTrend(t *testing.T) {
	u := NewRollup(map[string]string{"计算机及应用": "计算机应用", "电算": "计算机及应用", "甲": "乙", "乙": "甲"})
	for y, name := range map[int]string{2023: "电算", 2024: "计算机及应用", 2025: "计算机应用"} {
		if err := u.Add(&Row{School: "甲校", Year: y, Major: name, Count: 10, Direction: Employed}); err != nil {
			t.Fatal(err)
		}
	}
	if err := u.Add(&Row{School: "乙校", Year: 2025, Major: "甲", Count: 1}); err != nil { // a circle must end
		t.Fatal(err)
	}
	d, _ := Find("direct_employment")
	for y := 2023; y <= 2025; y++ {
		g := u.Group(Scope{Year: y, School: "甲校", Dim: Major, Value: "计算机应用"})
		if g == nil || d.Rate(g, "2025-12-31").Denominator != 10 {
			t.Errorf("计算机应用 %d: %v, want 10 graduates under the present name", y, g)
		}
	}
}

func TestRollupRefuses(t *testing.T) {
	for name, r := range map[string]Row{
		"negative people": {Count: -1}, "more people than there are": {Count: 1e9 + 1}, "negative pay": {Count: 1, PayFen: -1}, "sector 4": {Count: 1, Sector: 4},
		"no such direction": {Count: 1, Direction: 99}, "no such level": {Count: 1, Aligned: 9}, "no such place": {Count: 1, Local: 9}, "year -1": {Count: 1, Year: -1},
	} {
		t.Run(name, func(t *testing.T) {
			if err := NewRollup(nil).Add(&r); err == nil {
				t.Errorf("Add(%+v) gave no error", r)
			}
		})
	}
}

func TestDefinitionsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Definitions() {
		if seen[d.Key] {
			t.Errorf("two definitions %q", d.Key)
		}
		seen[d.Key] = true
		for field, v := range map[string]string{"name": d.Name, "version": d.Version, "numerator": d.Numerator, "denominator": d.Denominator,
			"exclusions": d.Exclusions, "cut-off": d.CutOff, "rounding": d.Rounding, "source": d.Source, "scope": d.Scope, "why": d.Why, "unit": d.Unit} {
			if v == "" {
				t.Errorf("%s: no %s", d.Key, field)
			}
		}
		if len(d.num) == 0 || len(d.den) == 0 {
			t.Errorf("%s: computes nothing", d.Key)
		}
	}
}

// outcome is a document as a store would hand it over, for the benchmarks.
type outcome struct {
	ID, School, Region, Class, Category, Major, Cohort, Company, Industry, Cluster string
	Year                                                                           int
	Count                                                                          int64
	Direction                                                                      Direction
	Through                                                                        bool
	Aligned                                                                        Level
	SchoolLabel                                                                    Answer
	Local                                                                          Place
	Sector                                                                         uint8
	PayFen                                                                         int64
}

func (o *outcome) row() Row {
	return Row{School: o.School, Region: o.Region, Class: o.Class, Category: o.Category, Major: o.Major, Cohort: o.Cohort, Company: o.Company,
		Industry: o.Industry, Cluster: o.Cluster, Year: o.Year, Count: o.Count, Direction: o.Direction, Through: o.Through, Aligned: o.Aligned,
		SchoolLabel: o.SchoolLabel, Local: o.Local, Sector: o.Sector, PayFen: o.PayFen}
}

func documents(n int) [][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([][]byte, n)
	for i := range out {
		school, major := rng.IntN(20), rng.IntN(40)
		o := outcome{ID: fmt.Sprintf("outcome-%08d", i), School: fmt.Sprintf("第%d职业学校", school), Region: "荣昌区", Class: fmt.Sprintf("大类%d", major/4),
			Category: fmt.Sprintf("专业类%d", major/2), Major: fmt.Sprintf("专业%d", major), Cohort: fmt.Sprintf("c-%d-%d-%d", school, major, rng.IntN(3)),
			Company: fmt.Sprintf("企业%d有限公司", rng.IntN(600)), Industry: fmt.Sprintf("%04d", 1000+rng.IntN(200)), Cluster: fmt.Sprintf("集群%d", rng.IntN(8)),
			Year: 2021 + rng.IntN(5), Count: 1, Direction: Direction(rng.IntN(int(Internship) + 1)), Aligned: Level(rng.IntN(4)), SchoolLabel: Answer(rng.IntN(3)),
			Local: Place(rng.IntN(5)), Sector: uint8(1 + rng.IntN(3)), PayFen: int64(2500+100*rng.IntN(50)) * 100}
		out[i], _ = json.Marshal(o)
	}
	return out
}

// BenchmarkMillion compares one pass over 1,000,000 outcome documents that computes
// all rates in all scopes with the same pass that only decodes. ns/op of "rates" over
// "decode" is the figure to read; it is to stay at or under 1.5.
func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	docs := documents(50_000) // read again and again: 1,000,000 in memory would measure the garbage collector
	pass := func(b *testing.B, each func(*Row)) {
		for i := range n {
			var o outcome
			dec := json.NewDecoder(bytes.NewReader(docs[i%len(docs)]))
			if err := dec.Decode(&o); err != nil {
				b.Fatal(err)
			}
			r := o.row()
			each(&r)
		}
	}
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			pass(b, func(*Row) {})
		}
	})
	b.Run("rates", func(b *testing.B) {
		for b.Loop() {
			u := NewRollup(nil)
			pass(b, func(r *Row) {
				if err := u.Add(r); err != nil {
					b.Fatal(err)
				}
			})
			var made int
			defs := Definitions()
			for _, g := range u.Groups() {
				for _, d := range defs {
					_ = d.Rate(g, "2025-12-31")
					made++
				}
			}
			b.ReportMetric(float64(len(u.groups)), "groups")
			b.ReportMetric(float64(made), "rates")
		}
	})
}

// The rows behind a figure add up to it: those in the numerator and those in the
// denominator only, whatever the rate; and each says why it stands where it does.
func TestRowsAddUpToTheirRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := NewRollup(nil)
		var rows []Row
		for range rapid.IntRange(1, 15).Draw(t, "rows") {
			r := drawRow(t)
			r.Count = 1
			rows = append(rows, r)
			if err := u.Add(&r); err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range Definitions() {
			if !d.OfOutcomes() {
				continue
			}
			for _, g := range u.Groups() {
				if g.Scope.Dim != Whole || g.Scope.School == "" {
					continue
				}
				var num, den int64
				for i := range rows {
					if rows[i].School != g.Scope.School || rows[i].Year != g.Scope.Year {
						continue
					}
					part, why := d.Place(&rows[i])
					if why == "" {
						t.Fatalf("%s: %+v is %s without a reason", d.Key, rows[i], part.Name())
					}
					if part != Excluded {
						den++
					}
					if part == InNumerator {
						num++
					}
				}
				if r := d.Rate(g, ""); r.Denominator != den || d.Kind() == Share && r.Numerator != num {
					t.Fatalf("%s of %s: %d/%d, the rows give %d/%d", d.Key, g.Scope, r.Numerator, r.Denominator, num, den)
				}
			}
		}
	})
}

// What a roll-up holds follows the groups: twenty times the people in the same groups take
// (nearly) no more room.
func TestRollup_MemoryFollowsGroups(t *testing.T) {
	held := func(rows int) uint64 {
		u := NewRollup(nil)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range rows {
			r := Row{School: "校" + strconv.Itoa(i%10), Year: 2021 + i/10%5, Class: "类" + strconv.Itoa(i/50%8), Major: "专业" + strconv.Itoa(i/50%16), Count: 1,
				Direction: Employed, Company: "公司" + strconv.Itoa(i/50%40), Industry: "行业" + strconv.Itoa(i/50%5), PayFen: int64(300_000 + 10_000*(i/400%30))}
			if err := u.Add(&r); err != nil {
				t.Fatal(err)
			}
		}
		groups := u.Groups()
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(groups)
		runtime.KeepAlive(u)
		return after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc)
	}
	few, many := held(12_000), held(20*12_000)
	t.Logf("12,000 rows hold %d KiB, 240,000 rows %d KiB", few>>10, many>>10)
	if few == 0 || many > few+few/4 {
		t.Errorf("12,000 rows hold %d bytes, 20 times as many in the same groups %d", few, many)
	}
}
