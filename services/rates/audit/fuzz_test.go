package audit

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
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
		x, y := run(t, []Sheet{s, s}), run(t, []Sheet{s, s})
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

// Tables broken in odd ways: rows lost, cells replaced, areas merged at random.
func TestBrokenTablesAreRead(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	odd := []string{"", "/", "—", "0", "-5", "100", "1e9", "合计", "小计", "其中：男", "2024年", "2023", "85.41%", "9999999999999999", "0.5", "注：abc12，3。", "甲学校", "%", "1,234", "3-5", "全区", "99999999.99999999999"}
	var base []Sheet
	for _, dir := range []string{"rongchang", "districts"} {
		files, err := filepath.Glob(filepath.Join("testdata", dir, "*.csv"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			base = append(base, sheetOf(t, filepath.Base(f), string(text)))
		}
	}
	for range 200 {
		var cells [][]string
		for _, row := range base[rng.IntN(len(base))].Cells {
			cells = append(cells, append([]string{}, row...))
		}
		for range 1 + rng.IntN(8) {
			r := rng.IntN(len(cells))
			c := rng.IntN(max(1, len(cells[r])))
			switch rng.IntN(5) {
			case 0:
				cells[r] = cells[r][:min(c, len(cells[r]))]
			case 1:
				cells = append(cells[:r], cells[r+1:]...)
				cells = append(cells, []string{"a"})
			case 2:
				cells[r] = nil
			default:
				if c < len(cells[r]) {
					cells[r][c] = odd[rng.IntN(len(odd))]
				}
			}
		}
		at := Range{rng.IntN(5), rng.IntN(3), rng.IntN(8), rng.IntN(6)}
		for _, f := range run(t, []Sheet{{Name: "表", Cells: cells, Merged: []Range{at}}}) {
			if f.Kind.rank() == 0 || f.Explanation == "" || f.Table == "" {
				t.Fatalf("half a finding: %+v", f)
			}
		}
	}
}

// The largest table that is read: 5,000 rows, every rate wrong.
func BenchmarkLargest(b *testing.B) {
	rows := [][]string{{"学校", "年度", "专业", "毕业生数", "直接就业人数", "直接就业率(%)", "升学人数", "升学率(%)"}}
	for i := range 4999 {
		rows = append(rows, []string{fmt.Sprintf("第%d职业学校", i%50), fmt.Sprint(2020 + i%5), fmt.Sprint("专业", i), fmt.Sprint(100 + i%300), fmt.Sprint(40 + i%50), "12.34", fmt.Sprint(30 + i%31), "56.78"})
	}
	for b.Loop() {
		run(b, []Sheet{{Name: "大表", Cells: rows}})
	}
}

// As many schools as rows: what compares schools two by two must not take minutes.
func BenchmarkManySchools(b *testing.B) {
	rows := [][]string{{"学校", "专业", "毕业生数", "直接就业人数", "直接就业率(%)", "升学人数", "对口就业率(%)", "平均月薪"}}
	for i := range 4999 {
		rows = append(rows, []string{fmt.Sprintf("第%d职业学校", i), fmt.Sprint("专业", i%50), fmt.Sprint(100 + i%300), fmt.Sprint(40 + i%50), "12.34", fmt.Sprint(30 + i%31), "56.78", fmt.Sprint(2000 + i%977)})
	}
	for b.Loop() {
		run(b, []Sheet{{Name: "大表", Cells: rows}})
	}
}

// As many columns as formulas are sought among.
func BenchmarkManyColumns(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 7))
	rows := [][]string{{"专业"}}
	for j := range inferLimit - 1 {
		rows[0] = append(rows[0], fmt.Sprint("甲", j, []string{"人数", "率(%)"}[j%2]))
	}
	for i := range 1000 {
		row := []string{fmt.Sprint("专业", i)}
		for range inferLimit - 1 {
			row = append(row, fmt.Sprint(1+rng.IntN(99)))
		}
		rows = append(rows, row)
	}
	for b.Loop() {
		run(b, []Sheet{{Name: "大表", Cells: rows}})
	}
}
