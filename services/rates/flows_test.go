package rates

import (
	"slices"
	"testing"
)

func TestFlows(t *testing.T) {
	u := NewRollup(nil)
	add := func(school, class, industry string, d Direction, n int64) {
		t.Helper()
		if err := u.Add(&Row{School: school, Class: class, Major: class, Industry: industry, Company: industry + "厂", Year: 2025, Count: n, Direction: d}); err != nil {
			t.Fatal(err)
		}
	}
	add("甲", "装备制造大类", "汽车制造业", Employed, 30)
	add("乙", "装备制造大类", "汽车制造业", Founder, 2)
	add("甲", "装备制造大类", "零售业", Employed, 3)
	add("甲", "财经商贸大类", "零售业", Employed, 20)
	add("甲", "财经商贸大类", "汽车制造业", Employed, 4)
	add("甲", "财经商贸大类", "汽车制造业", Progress, 9) // has no employer's industry, whatever the row says
	add("甲", "财经商贸大类", "", Employed, 7)
	all := u.Flows(2025, "")
	want := []Flow{{"装备制造大类", "汽车制造业", 32}, {"装备制造大类", "零售业", 3}, {"财经商贸大类", "零售业", 20}, {"财经商贸大类", "汽车制造业", 4}}
	if !slices.Equal(all, want) {
		t.Fatalf("flows = %v, want %v", all, want)
	}
	if own := u.Flows(2025, "乙"); !slices.Equal(own, []Flow{{"装备制造大类", "汽车制造业", 2}}) {
		t.Errorf("flows of 乙 = %v", own)
	}
	if none := u.Flows(2024, ""); none != nil {
		t.Errorf("flows of a year without graduates = %v", none)
	}
	for industry, people := range map[string]int64{"汽车制造业": 36, "零售业": 23} {
		var sum int64
		for _, f := range all {
			if f.Industry == industry {
				sum += f.People
			}
		}
		if g := u.Group(Scope{Year: 2025, Dim: Industry, Value: industry}); sum != people || g.Tally[Direct] != people {
			t.Errorf("%s: flows add up to %d, its group has %d, want %d", industry, sum, g.Tally[Direct], people)
		}
	}
	if g := u.Group(Scope{Year: 2025, Dim: Class, Value: "财经商贸大类"}); g.Tally[Graduates] != 40 {
		t.Errorf("a class counts %d graduates, want each once: 40", g.Tally[Graduates])
	}
	// The two small flows stand in one another's row and column: all four have to go.
	if hidden := HideFlows(all, SharedMinimum); slices.Contains(hidden, false) {
		t.Errorf("hidden = %v: a small flow follows from the totals", hidden)
	}
	if hidden := HideFlows(want[:1], SharedMinimum); hidden[0] {
		t.Error("a large flow is hidden")
	}
}
