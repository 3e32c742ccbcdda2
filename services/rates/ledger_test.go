package rates

import "testing"

func printed(n int64) *int64 { return &n }

// A school prints totals only, another has its people one by one: each rate of the
// district says what it can say and nothing else.
func TestLedgerBesidePeople(t *testing.T) {
	u := rollup(t,
		Row{School: "甲", Year: 2025, Category: "制造", Count: 30, Direction: Employed, Aligned: Exact, SchoolLabel: Yes, Local: County, PayFen: 350000},
		Row{School: "甲", Year: 2025, Category: "制造", Count: 10, Direction: Employed, Aligned: Unrelated, SchoolLabel: No},
		Row{School: "甲", Year: 2025, Category: "制造", Count: 60, Direction: Progress, Through: true})
	for _, l := range []Ledger{
		{School: "乙", Year: 2025, Graduates: printed(200), Progressed: printed(120), Direct: printed(80), Aligned: printed(44)},
		{School: "乙", Year: 2025, Category: "农林", Class: "农林牧渔大类", Graduates: printed(90), Progressed: printed(50)},
		{School: "乙", Year: 2025, Category: "农林", Major: "畜牧", Graduates: printed(40), Direct: printed(18), Aligned: printed(9)},
	} {
		if err := u.AddLedger(&l); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		scope, key string
		at         Scope
		num, den   int64 // 0, 0: there is no such figure
	}{
		{"the district adds what both have", "direct_employment", Scope{Year: 2025}, 120, 300},
		{"", "progression", Scope{Year: 2025}, 180, 300},
		{"by code only those with a record", "alignment", Scope{Year: 2025}, 30, 40},
		{"the school's label is another method", "alignment_school", Scope{Year: 2025}, 74, 120},
		{"", "local_county", Scope{Year: 2025}, 30, 40},
		{"what 乙 did not print is missing, not zero", "startup", Scope{Year: 2025}, 0, 0},
		{"", "progression_through", Scope{Year: 2025}, 0, 0},
		{"", "direct_employment_excl_through", Scope{Year: 2025}, 0, 0},
		{"甲 has it", "progression_through", Scope{Year: 2025, School: "甲"}, 60, 100},
		{"a ledger has no codes", "alignment", Scope{Year: 2025, School: "乙"}, 0, 0},
		{"", "alignment_school", Scope{Year: 2025, School: "乙"}, 44, 80},
		{"a category keeps its own grain", "progression", Scope{2025, "乙", Category, "农林"}, 50, 90},
		{"and its class in the district", "progression", Scope{2025, "", Class, "农林牧渔大类"}, 50, 90},
		{"direct employment was not printed for it", "direct_employment", Scope{2025, "乙", Category, "农林"}, 0, 0},
		{"a major adds to no category", "alignment_school", Scope{2025, "乙", Major, "畜牧"}, 9, 18},
	} {
		t.Run(tc.key+" "+tc.at.String(), func(t *testing.T) {
			if r := rateOf(t, u, tc.at, tc.key); r.Numerator != tc.num || r.Denominator != tc.den {
				t.Errorf("%s: %d/%d, want %d/%d", tc.scope, r.Numerator, r.Denominator, tc.num, tc.den)
			}
		})
	}
	for name, l := range map[string]Ledger{"negative": {Graduates: printed(-1)}, "negative aligned": {Direct: printed(3), Aligned: printed(-1)}, "year": {Year: -1}} {
		if err := u.AddLedger(&l); err == nil {
			t.Errorf("%s: a ledger row out of range was taken", name)
		}
	}
}

func TestCountKeysAreRead(t *testing.T) {
	seen := map[string]bool{}
	for c := range countN {
		if k := c.String(); k == "" || seen[k] {
			t.Errorf("count %d has key %q", c, k)
		}
		seen[c.String()] = true
		if back, ok := ParseCount(c.String()); !ok || back != c {
			t.Errorf("key %q is read as %d, %v; want %d", c, back, ok, c)
		}
	}
	if _, ok := ParseCount("nothing"); ok {
		t.Error("an unknown key was read")
	}
}
