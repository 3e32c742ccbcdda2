package rates

import (
	"strings"
	"testing"
)

func TestSnapshotIsReproducibleAndTamperEvident(t *testing.T) {
	rows := []Row{{School: "甲校", Year: 2025, Count: 10, Direction: Employed, Aligned: Exact}, {School: "甲校", Year: 2025, Count: 5, Direction: Progress}}
	s := Scope{Year: 2025, School: "甲校"}
	a := Take(rollup(t, rows...).Group(s), Definitions(), "2025-12-31")
	b := Take(rollup(t, rows[1], rows[0]).Group(s), Definitions(), "2025-12-31")
	if a.Digest == "" || a.Digest != b.Digest || !a.Intact() {
		t.Fatalf("digests %q and %q of the same data", a.Digest, b.Digest)
	}
	if a.ID != "2025/甲校/all/|2025-12-31" {
		t.Errorf("id %q", a.ID)
	}
	a.Rates[0].Numerator++
	if a.Intact() {
		t.Error("a changed snapshot passes as intact")
	}
}

func TestCompareSaysWhatChanged(t *testing.T) {
	s := Scope{Year: 2025, School: "甲校"}
	take := func(day string, rows ...Row) Snapshot { return Take(rollup(t, rows...).Group(s), Definitions(), day) }
	job := Row{School: "甲校", Year: 2025, Count: 10, Direction: Employed, Aligned: Exact}
	study := Row{School: "甲校", Year: 2025, Count: 10, Direction: Progress}
	paid := Row{School: "甲校", Year: 2025, Count: 5, Direction: Employed, Aligned: Exact, PayFen: 400000}
	for _, tc := range []struct {
		name     string
		from, to Snapshot
		says     []string // each must occur
		silent   bool
	}{
		{"nothing", take("2025-12-30", job, study), take("2025-12-31", job, study), nil, true},
		{"moved", take("2025-12-30", job, study), take("2025-12-31", job, job, study), []string{"直接就业率：由 50.00%（10/20） 变为 66.67%（20/30）（分子+10，分母+10）"}, false},
		{"appeared", take("2025-12-30", job, study), take("2025-12-31", job, study, paid), []string{"平均起薪：2025-12-31 新有数字 4000.00（5人）"}, false},
		{"vanished", take("2025-12-30", job, study, paid), take("2025-12-31", job, study), []string{"平均起薪：2025-12-30 的 4000.00（5人） 到 2025-12-31 已没有对应人数"}, false},
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
	newer.Rates[0].Version = "2"
	if got := Compare(take("2025-12-30", job, study), newer); len(got) != 1 || !strings.Contains(got[0].Words, "口径由第1版改为第2版") {
		t.Errorf("a new version is %q", got)
	}
}
