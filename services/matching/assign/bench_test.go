package assign

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"sunmao/services/matching/market"
)

// instance generates a named benchmark market once per run of the benchmark.
func instance(b *testing.B, size string) *market.Market {
	if (size == "L" || size == "cx") && os.Getenv("SUNMAO_BENCH_LARGE") == "" {
		b.Skip("set SUNMAO_BENCH_LARGE=1: it needs a gigabyte and minutes to generate")
	}
	recipe, ok := market.Named(size)
	if !ok {
		b.Fatalf("no instance %s", size)
	}
	m := market.Generate(recipe)
	m.Prio = nil
	return m
}

// report adds the machine-independent counts to the times.
func (c Counters) report(b *testing.B) {
	b.ReportMetric(float64(c.Bids), "bids")
	b.ReportMetric(float64(c.Pivots), "pivots")
	b.ReportMetric(float64(c.Scanned), "edges-read")
	b.ReportMetric(float64(c.Searches), "searches")
	b.ReportMetric(float64(c.Arcs), "arcs")
}

func BenchmarkSolve(b *testing.B) {
	for _, size := range []string{"S", "M", "Mt", "c", "C", "cx", "L"} {
		b.Run(size, func(b *testing.B) {
			m := instance(b, size)
			var r *Result
			for b.Loop() {
				var err error
				if r, err = Solve(m, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			r.Counters.report(b)
		})
	}
}

// BenchmarkTextbook is the yardstick on the same machine in the same run.
func BenchmarkTextbook(b *testing.B) {
	m := instance(b, "S")
	for b.Loop() {
		textbookScore(m)
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, size := range []string{"S", "M", "C", "L"} {
		b.Run(size, func(b *testing.B) {
			m := instance(b, size)
			r, err := Solve(m, Options{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := Verify(m, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkShapes solves the hard shapes beside a random market of their size.
func BenchmarkShapes(b *testing.B) {
	all := hardShapes(100_000)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := all[name]
		b.Run(name, func(b *testing.B) {
			var r *Result
			for b.Loop() {
				var err error
				if r, err = Solve(m, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			r.Counters.report(b)
		})
	}
}

// BenchmarkMinimums lets every third post with eight slots or more open only
// with nine tenths of them.
func BenchmarkMinimums(b *testing.B) {
	m := instance(b, "S")
	m.MinBatch = make([]int32, len(m.PostCap))
	for j, c := range m.PostCap {
		if j%3 == 0 && c >= 8 {
			m.MinBatch[j] = (c*9 + 9) / 10
		}
	}
	var r *Result
	for b.Loop() {
		var err error
		if r, err = Solve(m, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	r.Counters.report(b)
	b.ReportMetric(float64(r.Score), "fit")
	b.ReportMetric(1e4*r.Plan.Gap(), "gap-bp")
}

// BenchmarkChange measures single changes from an optimum, at the median and at
// the 99th percentile.
func BenchmarkChange(b *testing.B) {
	for _, size := range []string{"S", "M", "C", "L"} {
		b.Run(size, func(b *testing.B) {
			s, err := NewSolver(instance(b, size), Options{})
			if err != nil {
				b.Fatal(err)
			}
			posts, agents := s.m.Posts(), s.m.Agents()
			step := uint64(1)
			next := func(n int) int { step = scramble(step); return int(step>>1) % n }
			for _, change := range []struct {
				name string
				do   func() error
			}{
				{"seat less", func() error { j := next(posts); return s.SetCap(j, max(0, s.m.PostCap[j]-1)) }},
				{"seat more", func() error { j := next(posts); return s.SetCap(j, s.m.PostCap[j]+1) }},
				{"withdraw", func() error { return s.Withdraw(next(agents)) }},
				{"close post", func() error { return s.ClosePost(next(posts)) }},
			} {
				b.Run(change.name, func(b *testing.B) {
					var took []time.Duration
					var arcs []int64
					for range 100 { // fixed, so that the market stays nearly the same
						t, from := time.Now(), s.r.Counters.Arcs
						if err := change.do(); err != nil {
							b.Fatal(err)
						}
						took, arcs = append(took, time.Since(t)), append(arcs, s.r.Counters.Arcs-from)
					}
					slices.Sort(took)
					slices.Sort(arcs)
					b.ReportMetric(float64(took[50].Microseconds()), "p50-us")
					b.ReportMetric(float64(took[99].Microseconds()), "p99-us")
					b.ReportMetric(float64(arcs[50]), "p50-arcs")
					b.ReportMetric(float64(arcs[99]), "p99-arcs")
					b.ReportMetric(0, "ns/op")
				})
			}
			if err := Verify(s.Market(), s.Result()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
