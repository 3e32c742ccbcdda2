package audit

import (
	"slices"
	"strings"
	"testing"
)

// Two rows in which 元 stands for 万元 are reported in the order of the rows, each time.
func TestScaleClashesComeInTheOrderOfTheRows(t *testing.T) {
	const table = `项目,年度,总值（万元）
甲,2023,375.4
甲,2024,380.1
甲,2025,3901000
乙,2023,12.5
乙,2024,125000
乙,2025,13.1
丙,2023,80.2
丙,2024,81.7
丙,2025,829000
`
	for range 30 {
		var rows []string
		for _, f := range run(t, []Sheet{sheetOf(t, "t", table)}) {
			if f.Kind == UnitClash && strings.Contains(f.Explanation, "一万倍") {
				rows = append(rows, f.Published)
			}
		}
		if !slices.Equal(rows, []string{"3901000", "125000", "829000"}) {
			t.Fatalf("clashes at %v", rows)
		}
	}
}

func TestFlowTakesTheSameOfTwoColumns(t *testing.T) {
	a, b := meaning("新增专业", "").role, meaning("新增", "").role
	if a != added || b != added {
		t.Fatalf("roles %v and %v, want both %v", a, b, added)
	}
	for range 30 {
		r := &record{t: &table{}, texts: map[string]string{"新增专业": "甲；乙", "新增": "丙"}}
		if n, ok := r.flow(added); n != 1 || !ok {
			t.Fatalf("flow %d %t, want that of the first name", n, ok)
		}
	}
}
