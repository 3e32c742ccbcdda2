//go:build unix

package exchange_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// cpu is the time this process has worked, user and system: on a shared machine it tells
// more than the clock.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak runs f and returns the CPU time it took and how far the heap grew above what was
// live before, in MiB, looked at every few milliseconds.
func peak(b *testing.B, f func()) (time.Duration, float64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, most := m.HeapAlloc, m.HeapAlloc
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
	}()
	start := cpu(b)
	f()
	took := cpu(b) - start
	close(stop)
	<-done
	return took, float64(most-before) / (1 << 20)
}

// live is the heap that is in use after a collection, in MiB.
func live() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// loadOutcomes enters n outcomes of 40 schools over five years. A third of the graduates of
// each school and year work, in 150 firms of the district's 300 in turn: from 100,000 outcomes
// on there are the same groups, however many outcomes there are.
func loadOutcomes(b *testing.B, h *exchangetest.House, n int) {
	b.Helper()
	rng := rand.New(rand.NewPCG(5, 8)) // starting pay in whole hundreds of yuan
	majors := [][3]string{{"加工制造类", "660103", "数控技术应用"}, {"信息技术类", "710201", "计算机应用"}, {"财经商贸类", "730701", "电子商务"}, {"农林牧渔类", "610301", "畜禽生产技术"},
		{"交通运输类", "700206", "汽车运用与维修"}, {"教育类", "770101", "幼儿保育"}, {"医药卫生类", "720201", "护理"}, {"旅游服务类", "740201", "中餐烹饪"}}
	industries := []string{"3525", "3911", "5294", "0313", "8111", "8310", "8411", "6110", "1351", "7241"}
	level := []string{"exact", "near", "unrelated"}
	var schools []partnership.School
	for i := range 40 {
		s := partnership.School{Name: fmt.Sprintf("第%02d职业学校", i), Short: fmt.Sprintf("%02d校", i), Region: demo.Region}
		s.ID = fmt.Sprintf("school-%02d", i)
		schools = append(schools, s)
	}
	if err := h.Load(ctx, partnership.Bundle{Schools: schools}); err != nil {
		b.Fatal(err)
	}
	for from := 0; from < n; from += 20_000 {
		run := make([]partnership.Outcome, 0, 20_000)
		for i := from; i < min(n, from+20_000); i++ {
			m := majors[rng.IntN(len(majors))]
			o := partnership.Outcome{School: schools[i%40].ID, Year: 2021 + i/40%5, Category: m[0], Major: m[1], MajorName: m[2],
				Cohort: fmt.Sprintf("%d级%s%d班", 2018+i/40%5, m[2], rng.IntN(3)), Student: fmt.Sprint(20180000 + i), Direction: partnership.Progress}
			o.ID = fmt.Sprintf("o%07d", i)
			if turn := i / 200; turn%3 == 0 {
				firm := (i%40*7 + turn/3%150) % 300
				o.Direction, o.Employer, o.Industry, o.Occ = partnership.Employed, fmt.Sprintf("第%03d公司", firm), industries[firm%len(industries)], "6-18-01-01"
				o.PayFen, o.Region, o.Aligned, o.AlignedBy = int64(300_000+10_000*rng.IntN(20)), demo.Region, level[rng.IntN(3)], "专业目录2021"
				o.AlignWhy, o.Label = []string{"职业 6-18-01-01 车工，专业教学标准列有", "专业 " + m[2]}, "yes"
			}
			run = append(run, o)
		}
		if err := h.Load(ctx, partnership.Bundle{Outcomes: run}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRates is the whole way: outcomes in the store, one pass that computes every rate
// in every scope with the snapshots made of it, against one that reads and decodes the same
// documents and computes nothing. Read ratio (CPU time, to stay at most 1.5), live-heap-MiB at
// both sizes (all that is held when everything is counted; not to grow with outcomes, of which
// the groups are the same), and what the dashboard takes from the snapshots.
func BenchmarkRates(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := exchangetest.Empty(b)
			loadOutcomes(b, h, n)
			day := partnership.Day(h.Clock.Now())
			for b.Loop() {
				decode, heap0 := peak(b, func() {
					if got, err := h.ReadOutcomes(ctx); err != nil || got != n {
						b.Fatalf("read %d: %v", got, err)
					}
				})
				var made, groups int
				var aside time.Duration
				before := live()
				var held float64
				rates, heap1 := peak(b, func() {
					got, snapshots, err := h.ComputeAll(ctx, day, func(n int) {
						start := cpu(b)
						groups, held = n, live()-before
						aside = cpu(b) - start
					})
					if made = snapshots; err != nil || got != n {
						b.Fatalf("counted %d: %v", got, err)
					}
				})
				rates -= aside
				b.ReportMetric(decode.Seconds(), "decode-cpu-s")
				b.ReportMetric(rates.Seconds(), "rates-cpu-s")
				b.ReportMetric(rates.Seconds()/decode.Seconds(), "ratio")
				b.ReportMetric(heap0, "decode-heap-MiB")
				b.ReportMetric(heap1, "rates-heap-MiB")
				b.ReportMetric(held, "live-heap-MiB")
				b.ReportMetric(float64(groups), "groups")
				b.ReportMetric(float64(made), "snapshots")
			}
			if _, err := h.RefreshRates(ctx, day); err != nil {
				b.Fatal(err)
			}
			const asks = 500
			took := make([]time.Duration, 0, asks)
			start := cpu(b)
			for i := range asks {
				at := time.Now()
				if _, err := h.Dashboard(ctx, as["district"], exchange.DashboardQuery{Year: 2021 + i%5}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(at))
			}
			b.ReportMetric((cpu(b)-start).Seconds()*1000/asks, "dashboard-cpu-ms")
			slices.Sort(took)
			b.ReportMetric(float64(took[asks/2].Microseconds())/1000, "dashboard-p50-ms")
			b.ReportMetric(float64(took[asks*99/100].Microseconds())/1000, "dashboard-p99-ms")
		})
	}
}
