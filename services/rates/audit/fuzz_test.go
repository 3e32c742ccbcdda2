package audit

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever stands in a file, the audit ends and says the same thing twice.
func FuzzRun(f *testing.F) {
	for _, dir := range []string{"rongchang", "districts"} {
		files, err := filepath.Glob(filepath.Join("testdata", dir, "*.csv"))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text), uint8(3), uint8(1))
		}
	}
	f.Fuzz(func(t *testing.T, text string, a, b uint8) {
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		r.LazyQuotes = true
		rows, err := r.ReadAll()
		if err != nil || len(rows) > 200 {
			return
		}
		s := Sheet{Name: "表", Cells: rows, Merged: []Range{{int(a % 7), int(b % 5), int(a%7) + int(b%3), int(b%5) + int(a%3)}}}
		x, y := Run([]Sheet{s, s}), Run([]Sheet{s, s})
		if len(x) != len(y) {
			t.Fatalf("%d findings, then %d", len(x), len(y))
		}
		for i := range x {
			if x[i].Explanation != y[i].Explanation || x[i].Row != y[i].Row {
				t.Fatalf("finding %d: %+v, then %+v", i, x[i], y[i])
			}
		}
	})
}

// The largest table that is read: 5,000 rows, every rate wrong.
func BenchmarkLargest(b *testing.B) {
	rows := [][]string{{"学校", "年度", "专业", "毕业生数", "直接就业人数", "直接就业率(%)", "升学人数", "升学率(%)"}}
	for i := range 4999 {
		rows = append(rows, []string{fmt.Sprintf("第%d职业学校", i%50), fmt.Sprint(2020 + i%5), fmt.Sprint("专业", i), fmt.Sprint(100 + i%300), fmt.Sprint(40 + i%50), "12.34", fmt.Sprint(30 + i%31), "56.78"})
	}
	for b.Loop() {
		Run([]Sheet{{Name: "大表", Cells: rows}})
	}
}
