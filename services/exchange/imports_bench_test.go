package exchange_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// BenchmarkImportRoster is a roster from upload to written and back, per size: what a
// school waits for. peak-MB is the heap at the end of the write, the file not being held.
func BenchmarkImportRoster(b *testing.B) {
	for _, n := range []int{5000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := exchangetest.Small(b)
			if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", 3)); err != nil {
				b.Fatal(err)
			}
			text := rosterOf("数控1班", n)
			for b.Loop() {
				batch, err := h.UploadImport(ctx, as["school"], exchange.ImportRequest{Kind: "students", File: "名册.csv", Body: strings.NewReader(text)})
				if err != nil {
					b.Fatal(err)
				}
				step := func(verb string, want partnership.ImportState) {
					if verb != "" {
						if _, err := h.ActImport(ctx, as["school"], batch.ID, verb); err != nil {
							b.Fatal(err)
						}
					}
					if err := h.RunImport(ctx, batch.ID); err != nil {
						b.Fatal(err)
					}
					v, err := h.ImportOf(ctx, as["school"], batch.ID)
					if err != nil || v.Batch.State != want || v.Batch.Rows != n {
						b.Fatalf("%s: %s, %d rows, %v %v", verb, v.Batch.State, v.Batch.Rows, v.Problems, err)
					}
				}
				step("", partnership.ImportReady)
				step("write", partnership.ImportCommitted)
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapInuse>>20), "heap-MB")
				step("undo", partnership.ImportUndone)
			}
		})
	}
}

// BenchmarkImportCompanies is a list of companies against a district's worth of known ones.
func BenchmarkImportCompanies(b *testing.B) {
	h := exchangetest.Small(b)
	var text strings.Builder
	text.WriteString("企业名称,所在区县\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "重庆%s%s机械%d有限公司,荣昌区\n", string(rune('甲'+i%500)), string(rune('一'+i%700)), i)
	}
	for b.Loop() {
		r, err := h.Import(ctx, as["operator"], exchange.ImportRequest{Kind: "companies", File: "企业.csv", Body: strings.NewReader(text.String())})
		if err != nil || r.BadRows > 0 {
			b.Fatal(err, r.Problems)
		}
		if _, err := h.UndoImport(ctx, as["operator"], r.Batch); err != nil {
			b.Fatal(err)
		}
	}
}
