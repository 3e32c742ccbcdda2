package sheets

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// roster makes an export of n students.
func roster(b *testing.B, f Format, n int) []byte {
	b.Helper()
	var out bytes.Buffer
	err := Export(&out, f, Students(), true, func(yield func(map[string]any) bool) {
		for i := range n {
			if !yield(map[string]any{
				"student_no": fmt.Sprintf("2024%06d", i), "name": fmt.Sprintf("示例学生%d", i), "sex": []string{"男", "女"}[i%2],
				"birth_date": time.Date(2008, 1, 1+i%360, 0, 0, 0, 0, time.UTC), "school": "重庆市荣昌区职业教育中心", "class": fmt.Sprintf("2024级数控%d班", i/50),
				"major": "660103", "entry_year": 2024, "phone": fmt.Sprintf("100%08d", i), "residence": "500153", "priority": i%9 == 0,
			}) {
				return
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func BenchmarkImport(b *testing.B) {
	for _, f := range []Format{CSV, GB18030, XLSX} {
		for _, n := range []int{5_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				data := roster(b, f, n)
				runtime.GC()
				var peak atomic.Uint64
				stop := watchHeap(&peak)
				b.ReportAllocs()
				for b.Loop() {
					im, err := NewImport(bytes.NewReader(data), "r"+f.Ext(), Students(), Options{})
					if err != nil {
						b.Fatal(err)
					}
					for l := range im.Lines() {
						if len(l.Problems) > 0 {
							b.Fatal(l.Problems)
						}
					}
					if im.Rows() != n || im.Err() != nil {
						b.Fatal(im.Rows(), im.Err())
					}
					_ = im.Close()
				}
				stop()
				b.ReportMetric(float64(peak.Load())/(1<<20), "peak-MiB")
			})
		}
	}
}

func BenchmarkExport(b *testing.B) {
	for _, f := range []Format{CSV, XLSX} {
		b.Run(fmt.Sprintf("%s/100000", f), func(b *testing.B) {
			row := []any{"2024000001", "示例学生", "男", "重庆市荣昌区职业教育中心", "2024级数控1班", "660103", 2024, "500153", true, 3600.5, "x", "y"}
			var peak atomic.Uint64
			stop := watchHeap(&peak)
			for b.Loop() {
				l, err := NewListWriter(io.Discard, f, "名册", make([]string, len(row)))
				if err != nil {
					b.Fatal(err)
				}
				for range 100_000 {
					if err := l.Write(row); err != nil {
						b.Fatal(err)
					}
				}
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
			}
			stop()
			b.ReportMetric(float64(peak.Load())/(1<<20), "peak-MiB")
		})
	}
}

// watchHeap samples the heap's growth until stopped.
func watchHeap(peak *atomic.Uint64) (stop func()) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	base, done, ended := m.HeapAlloc, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				if m.HeapAlloc > base {
					peak.Store(max(peak.Load(), m.HeapAlloc-base))
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}

// BenchmarkRows compares the two readers of worksheets on one file: ours, which
// also sees formulas, merged cells and cut files, and excelize's.
func BenchmarkRows(b *testing.B) {
	data := roster(b, XLSX, 20_000)
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			r, err := Open(bytes.NewReader(data), "r.xlsx")
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for r.Next() {
				n++
			}
			if n != 20_001 || r.Err() != nil {
				b.Fatal(n, r.Err())
			}
			_ = r.Close()
		}
	})
	b.Run("excelize", func(b *testing.B) {
		for b.Loop() {
			f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: 256 << 20, UnzipXMLSizeLimit: 8 << 20})
			if err != nil {
				b.Fatal(err)
			}
			rows, err := f.Rows(Students().Title)
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for rows.Next() {
				if _, err := rows.Columns(); err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != 20_001 {
				b.Fatal(n)
			}
			_ = rows.Close()
			_ = f.Close()
		}
	})
}
