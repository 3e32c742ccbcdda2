package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"sunmao/services/matching/assign"
	"sunmao/services/matching/market"
	"sunmao/services/matching/stable"
)

// benchMatchCmd measures both ways of matching on a generated market and sets them
// beside the plain algorithms of the textbooks.
type benchMatchCmd struct {
	Size     string `help:"市场大小：XS、S、M、Mt（名额少于学生）、L、C（班级批次）、c、cx。" default:"S" enum:"XS,S,M,Mt,L,C,c,cx"`
	Workers  int    `help:"使用的核数，0 为全部。" default:"0"`
	Textbook bool   `help:"XS 和 S 另跑教科书算法作比较；--no-textbook 不跑。" default:"true" negatable:""`
}

// Run prints one line a measurement: what, seconds, ratio to the plain pass over the
// edges, machine-independent counts.
func (c *benchMatchCmd) Run(app *App) error {
	recipe, ok := market.Named(c.Size)
	if !ok {
		return usagef("没有叫 %s 的市场大小。", c.Size)
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	b := benchmark{app: app}
	var m *market.Market
	b.time("generate", "", func() (err error) { m = market.Generate(recipe); return nil })
	readyToSolve()
	b.say("market", 0, fmt.Sprintf("学生 %d 人，%d 个单位，岗位 %d 个，企业 %d 家，边 %d 条，用 %d 核",
		m.Students(), m.Agents(), m.Posts(), m.Companies(), len(m.Edges), c.Workers))
	b.floor = b.time("look-up", "每条边读一次并查一个岗位的分数线", func() error { lookUp(m); return nil })
	if err := b.assign(m, c); err != nil {
		return err
	}
	if err := b.stable(m, c); err != nil {
		return err
	}
	return b.err
}

// benchmark prints measurements; the first error of any of them is kept.
type benchmark struct {
	app   *App
	floor time.Duration
	err   error
}

func (b *benchmark) time(what, counts string, f func() error) time.Duration {
	start := b.app.Now()
	if err := f(); err != nil && b.err == nil {
		b.err = fmt.Errorf("%s: %w", what, err)
	}
	d := b.app.Now().Sub(start)
	b.say(what, d, counts)
	return d
}

func (b *benchmark) say(what string, d time.Duration, counts string) {
	ratio := ""
	if b.floor > 0 && d > 0 {
		ratio = fmt.Sprintf("%.1fx", float64(d)/float64(b.floor))
	}
	seconds := ""
	if d > 0 {
		seconds = fmt.Sprintf("%.4f", d.Seconds())
	}
	if _, err := fmt.Fprintln(b.app.Out, strings.TrimRight(fmt.Sprintf("%-18s %10s %8s  %s", what, seconds, ratio, counts), " ")); err != nil && b.err == nil {
		b.err = err
	}
}

// lookUp is the floor of all that reads every edge: one pass with one look-up each.
func lookUp(m *market.Market) int {
	cut := make([]int32, m.Posts())
	n := 0
	for _, e := range m.Edges {
		if e.Score < cut[e.Post] {
			n++
		}
	}
	return n
}

func (b *benchmark) assign(m *market.Market, c *benchMatchCmd) error {
	var r *assign.Result
	d := b.time("assign", "", func() (err error) {
		r, err = assign.Solve(m, assign.Options{Workers: c.Workers})
		return err
	})
	if b.err != nil {
		return b.err
	}
	b.say("  counts", 0, fmt.Sprintf("总分 %d，安排 %d 人，出价 %d 次，换基 %d 次，读边 %d 条，搜索 %d 次，弧 %d 条",
		r.Score, r.Placed, r.Counters.Bids, r.Counters.Pivots, r.Counters.Scanned, r.Counters.Searches, r.Counters.Arcs))
	b.time("  certificate", "对偶价格", func() error { return assign.Verify(m, r) })
	if !c.Textbook || m.Agents() > 10_000 || m.Students() != int64(m.Agents()) {
		return b.err
	}
	t := newTextbook(m)
	plain := b.time("  textbook", "逐个学生的最短增广路", func() error { t.solve(); return nil })
	b.say("  counts", 0, fmt.Sprintf("总分 %d，搜索 %d 次，弧 %d 条；本程序快 %.0f 倍", t.score, t.searches, t.arcs, float64(plain)/float64(max(d, 1))))
	if t.score != r.Score && b.err == nil {
		b.err = fmt.Errorf("教科书算法的总分 %d 与本程序的 %d 不同", t.score, r.Score)
	}
	return b.err
}

func (b *benchmark) stable(m *market.Market, c *benchMatchCmd) error {
	var a *stable.Arranged
	b.time("arrange", "按市场次序排好名单", func() (err error) {
		strict, err := stable.Prepare(m, 1)
		if err == nil {
			m = strict
			a, err = stable.Arrange(m)
		}
		return err
	})
	if b.err != nil {
		return b.err
	}
	var r *stable.Result
	d := b.time("stable", "", func() (err error) {
		r, err = a.Solve(stable.Options{Workers: c.Workers})
		return err
	})
	if b.err != nil {
		return b.err
	}
	var p stable.Proof
	proof := b.time("  certificate", "没有阻碍对", func() (err error) {
		p, err = stable.Verify(m, r, c.Workers)
		return err
	})
	b.say("  counts", 0, fmt.Sprintf("安排 %d 人，志愿行 %d 条，核对读 %d 行（%.1f 纳秒一行）", p.Placed, r.Proposals, p.Lines, float64(proof)/float64(max(p.Lines, 1))))
	if !c.Textbook || m.Agents() > 1_000_000 || m.Students() != int64(m.Agents()) {
		return b.err
	}
	var pairs []market.Pair
	plain := b.time("  textbook", "逐个学生依次提出，岗位各一个堆", func() error { pairs = plainAcceptance(m); return nil })
	b.say("  counts", 0, fmt.Sprintf("本程序快 %.1f 倍", float64(plain)/float64(max(d, 1))))
	if !slices.Equal(pairs, r.Pairs) && b.err == nil {
		b.err = fmt.Errorf("教科书算法的结果与本程序的不同")
	}
	return b.err
}
