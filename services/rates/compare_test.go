package rates

import (
	"strings"
	"testing"
)

func TestCompareSaysWhatChanged(t *testing.T) {
	s := Scope{Year: 2025, School: "甲校"}
	take := func(day string, rows ...Row) (out []Rate) {
		for _, d := range Definitions() {
			if r := d.Rate(rollup(t, rows...).Group(s), day); !r.Empty() {
				out = append(out, r)
			}
		}
		return out
	}
	job := Row{School: "甲校", Year: 2025, Count: 10, Direction: Employed, Aligned: Exact}
	study := Row{School: "甲校", Year: 2025, Count: 10, Direction: Progress}
	paid := Row{School: "甲校", Year: 2025, Count: 5, Direction: Employed, Aligned: Exact, PayFen: 400000}
	for _, tc := range []struct {
		name     string
		from, to []Rate
		says     []string // each must occur
		silent   bool
	}{
		{"nothing", take("2025-12-30", job, study), take("2025-12-31", job, study), nil, true},
		{"moved", take("2025-12-30", job, study), take("2025-12-31", job, job, study), []string{"直接就业率：由 50.00%（10/20） 变为 66.67%（20/30）（分子+10，分母+10）"}, false},
		{"appeared", take("2025-12-30", job, study), take("2025-12-31", job, study, paid), []string{"平均起薪：新有数字 4000.00（5人）"}, false},
		{"vanished", take("2025-12-30", job, study, paid), take("2025-12-31", job, study), []string{"平均起薪：原来的 4000.00（5人） 已没有对应人数"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var all []string
			for _, c := range Compare(tc.from, tc.to) {
				all = append(all, c.Words)
			}
			text := strings.Join(all, "\n")
			if tc.silent != (len(all) == 0) {
				t.Errorf("changes %q", all)
			}
			for _, w := range tc.says {
				if !strings.Contains(text, w) {
					t.Errorf("no %q in\n%s", w, text)
				}
			}
		})
	}
	newer := take("2025-12-31", job, study)
	newer[0].Version = "2"
	if got := Compare(take("2025-12-30", job, study), newer); len(got) != 1 || !strings.Contains(got[0].Words, "口径由第1版改为第2版") {
		t.Errorf("a new version is %q", got)
	}
}
