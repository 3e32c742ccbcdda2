package search

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// benchChild names, in a process started by BenchmarkScale, the step it is to take: what a process
// holds in memory is measured in one that does nothing else.
const benchChild = "SEARCH_BENCH_STEP"

// BenchmarkScale measures what size makes hard, with -corpus documents (500,000 for the goals): building,
// its peak of memory, the memory that serving takes, how soon a change is found, and what queries feel
// of a rebuild. CPU time is user and system time; times of queries are wall time.
func BenchmarkScale(b *testing.B) {
	if step := os.Getenv(benchChild); step != "" {
		steps := map[string]func(*testing.B, *Corpus, string){"build": benchBuild, "serve": benchServe, "fresh": benchFreshness, "swap": benchSwap}
		steps[step](b, NewCorpus(*corpusSize, 1), os.Getenv("SEARCH_BENCH_DIR"))
		return
	}
	dir := b.TempDir()
	for _, step := range []string{"build", "serve", "fresh", "swap"} {
		b.Run(step, func(b *testing.B) {
			cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkScale$", "-test.benchtime=1x", "-test.timeout=1h", //nolint:gosec // this test itself
				"-corpus", strconv.Itoa(*corpusSize))
			cmd.Env = append(os.Environ(), benchChild+"="+step, "SEARCH_BENCH_DIR="+dir)
			out, err := cmd.CombinedOutput()
			if err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			lines := bufio.NewScanner(strings.NewReader(string(out)))
			for lines.Scan() {
				var name string
				var value float64
				if n, _ := fmt.Sscanf(lines.Text(), "measured %s %g", &name, &value); n == 2 {
					b.ReportMetric(value, name)
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// measured prints one figure for the parent.
func measured(name string, value float64) { fmt.Printf("\nmeasured %s %g\n", name, value) }

// memory returns a line of /proc/self/status in MB, 0 where there is none.
func memory(line string) float64 {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), line+":")
	var kb float64
	_, _ = fmt.Sscan(rest, &kb)
	return kb / 1024
}

func openCorpus(b *testing.B, c *Corpus, dir string) *Index {
	b.Helper()
	x, err := Open(dir, c.Config())
	if err != nil {
		b.Fatal(err)
	}
	return x
}

func benchBuild(b *testing.B, c *Corpus, dir string) {
	var text int64
	start := cpu()
	for d := range c.Docs() {
		text += int64(len(d.Title) + len(d.Company) + len(d.Text) + len(d.Tags[0]))
	}
	compose := cpu() - start
	x := openCorpus(b, c, dir)
	start = cpu()
	began := time.Now()
	if err := x.Rebuild(context.Background(), c.Docs(), "1"); err != nil {
		b.Fatal(err)
	}
	spent := cpu() - start - compose
	measured("docs/cpu-s", float64(*corpusSize)/spent.Seconds())
	measured("wall-s", time.Since(began).Seconds())
	measured("peak-MB", memory("VmHWM"))
	if err := x.Close(); err != nil {
		b.Fatal(err)
	}
	measured("size/text", float64(treeSize(dir))/float64(text))
}

// mixedQueries are queries of all kinds, in an order of their own.
func mixedQueries(c *Corpus) []Query {
	var out []Query
	for _, class := range benchClasses(c) {
		for i := range class {
			if !class[i].phrase && !class[i].typing {
				q := class[i].query()
				q.Plain = false
				out = append(out, q)
			}
		}
	}
	slices.SortFunc(out, func(a, b Query) int { return strings.Compare(a.Text, b.Text) })
	r := rand.New(rand.NewPCG(5, 5))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func benchServe(b *testing.B, c *Corpus, dir string) {
	start := time.Now()
	x := openCorpus(b, c, dir)
	measured("open-ms", time.Since(start).Seconds()*1000)
	defer x.Close()
	if x.NeedsRebuild() {
		b.Fatal("the index that was built is not whole")
	}
	start = time.Now()
	if _, err := x.Suggest(context.Background(), "数控", nil, nil, 10); err != nil {
		b.Fatal(err)
	}
	measured("first-suggestion-ms", time.Since(start).Seconds()*1000)
	for _, q := range mixedQueries(c) {
		if _, err := x.Find(context.Background(), q); err != nil {
			b.Fatal(err)
		}
	}
	measured("serving-MB", memory("VmRSS"))
	measured("anonymous-MB", memory("RssAnon"))
}

// asker asks queries until it is stopped and notes how long each took and how many failed.
type asker struct {
	took []time.Duration
	lost int
	done chan struct{}
	stop atomic.Bool
}

func ask(x *Index, queries []Query) *asker {
	a := &asker{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		for i := 0; !a.stop.Load(); i++ {
			start := time.Now()
			r, err := x.Find(context.Background(), queries[i%len(queries)])
			a.took = append(a.took, time.Since(start))
			if err != nil || r.Total == 0 && len(r.Nearest) == 0 {
				a.lost++
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
	return a
}

func (a *asker) end() *asker {
	a.stop.Store(true)
	<-a.done
	return a
}

// at returns a share of the times, in ms: 0.5 is the median.
func at(took []time.Duration, share float64) float64 {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, int(share*float64(len(took))))].Seconds() * 1000
}

// benchFreshness saves changes, fifty a second, while queries are asked, and looks for each until it is
// found: by a word that nothing else has.
func benchFreshness(b *testing.B, c *Corpus, dir string) {
	x := openCorpus(b, c, dir)
	defer x.Close()
	load := ask(x, mixedQueries(c))
	var took []time.Duration
	const changes = 1500
	for i := range changes {
		d := c.document(i * 7 % len(c.posts))
		word := fmt.Sprintf("zx%dq", i)
		d.Title += " " + word
		start := time.Now()
		if err := x.PutAt(context.Background(), strconv.Itoa(i), []Document{d}, nil); err != nil {
			b.Fatal(err)
		}
		r, err := x.Find(context.Background(), Query{Text: word, Limit: 1, Plain: true})
		took = append(took, time.Since(start))
		if err != nil || len(r.Hits) != 1 || r.Hits[0].ID != d.ID {
			b.Fatalf("change %d is not found: %q, %v", i, ids(r.Hits), err)
		}
		time.Sleep(20*time.Millisecond - min(20*time.Millisecond, time.Since(start)))
	}
	load.end()
	measured("fresh-p50-ms", at(took, 0.5))
	measured("fresh-p99-ms", at(took, 0.99))
	measured("query-p99-ms", at(load.took, 0.99))
}

// benchSwap rebuilds while queries are asked and compares their times with those before and after.
func benchSwap(b *testing.B, c *Corpus, dir string) {
	x := openCorpus(b, c, dir)
	defer x.Close()
	queries := mixedQueries(c)
	calm := func() []time.Duration {
		a := ask(x, queries)
		time.Sleep(10 * time.Second)
		return a.end().took
	}
	calm() // warm
	quiet := calm()
	during := ask(x, queries)
	start := time.Now()
	if err := x.Rebuild(context.Background(), c.Docs(), "2"); err != nil {
		b.Fatal(err)
	}
	measured("rebuild-s", time.Since(start).Seconds())
	during.end()
	quiet = append(quiet, calm()...)
	measured("calm-p99-ms", at(quiet, 0.99))
	measured("rebuild-p99-ms", at(during.took, 0.99))
	measured("p99-ratio", at(during.took, 0.99)/at(quiet, 0.99))
	measured("calm-p50-ms", at(quiet, 0.5))
	measured("rebuild-p50-ms", at(during.took, 0.5))
	measured("queries", float64(len(during.took)))
	measured("lost", float64(during.lost))
	measured("peak-MB", memory("VmHWM"))
}
