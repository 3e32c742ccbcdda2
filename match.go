package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"sunmao/services/matching"
	"sunmao/services/matching/assign"
	"sunmao/services/matching/market"
	"sunmao/services/matching/stable"
	"sunmao/services/partnership"
)

// matchCmd solves a market from a file, so that anybody can check a result, or
// shows the matches of the platform.
type matchCmd struct {
	In             string `help:"市场文件：文本格式（首行 sunmao-match 1，见 docs/matching.md）或二进制格式。" placeholder:"文件"`
	Mode           string `help:"assign 统筹分配（总分最大），stable 双向选择（没有人有理由不认）。" enum:"assign,stable" default:"assign"`
	Out            string `help:"结果写到这个文件；不写则打印。" placeholder:"文件"`
	Verify         bool   `help:"用独立的一遍核对证书；--no-verify 不核对。" default:"true" negatable:""`
	PlacedFirst    bool   `help:"统筹分配：先让安排的人数最多，再让总分最大。"`
	CompanyOptimal bool   `help:"双向选择：由企业一方先提出，结果对企业最优。"`
	Seed           uint64 `help:"双向选择：同分抽签的公开种子。" default:"1"`
	Explain        string `help:"把每个学生为什么去这里、更想去的为什么不行、空着的名额为什么空写到这个文件。" placeholder:"文件"`
	Workers        int    `help:"使用的核数，0 为全部；结果与核数无关。" default:"0"`

	Post   string `help:"显示平台上这个岗位的匹配。" placeholder:"编号"`
	Cohort string `help:"显示平台上这个班级批次的匹配。" placeholder:"编号"`
	Format string `help:"平台匹配的输出格式：table、csv 或 json。" enum:"table,csv,json" default:"table"`
}

// Run solves the file, or hands over to the platform's matches without one.
func (c *matchCmd) Run(app *App) error {
	if c.In == "" {
		return c.platform(app)
	}
	if c.Mode != "stable" && c.CompanyOptimal {
		return usagef("--company-optimal 只用于 --mode stable。")
	}
	if c.Mode != "assign" && c.PlacedFirst {
		return usagef("--placed-first 只用于 --mode assign。")
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	start := app.Now()
	m, err := market.Open(c.In, c.Mode == "stable")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("没有文件 %s；请检查 --in 后的路径", c.In)
	}
	if err != nil {
		return err
	}
	readyToSolve()
	s := solution{market: m, read: app.Now().Sub(start)}
	if c.Mode == "stable" {
		err = s.stable(app, c)
	} else {
		err = s.assign(app, c)
	}
	if err != nil {
		return err
	}
	report := app.Err
	if c.Out == "" {
		err = market.WriteMatches(app.Out, m, s.pairs)
	} else {
		report = app.Out
		err = writeFile(c.Out, func(w io.Writer) error { return market.WriteMatches(w, m, s.pairs) })
	}
	if err != nil {
		return err
	}
	if c.Explain != "" {
		if err := writeFile(c.Explain, s.explain); err != nil {
			return err
		}
	}
	if _, err := report.Write(s.report(c)); err != nil {
		return err
	}
	return s.refused
}

// readyToSolve gives back what making the market left over, which would count towards
// the peak of solving, and has garbage collected less often: solving leaves little, and
// collecting it took 7 % of the time.
func readyToSolve() {
	debug.FreeOSMemory()
	debug.SetGCPercent(400)
}

// platform shows the stored matches of one post or cohort, best first.
func (c *matchCmd) platform(app *App) error {
	if (c.Post == "") == (c.Cohort == "") {
		return usagef("请给出 --in 文件，或 --post 岗位编号，或 --cohort 班级批次编号（三者之一）")
	}
	return app.with(func(h *house) error {
		var matches []partnership.Match
		if c.Post != "" {
			v, err := h.exchange.Post(app.Ctx, operator(), c.Post)
			if err != nil {
				return err
			}
			matches = v.Matches
		} else {
			v, err := h.exchange.Cohort(app.Ctx, operator(), c.Cohort)
			if err != nil {
				return err
			}
			matches = v.Matches
		}
		rows := make([][]string, 0, len(matches))
		for _, m := range matches {
			rows = append(rows, []string{m.Post, m.PostTitle, m.CompanyName, m.Cohort, m.CohortName, strconv.Itoa(m.Size), points(m.Score), m.Level, strings.Join(m.Reasons, "；")})
		}
		if matches == nil {
			matches = []partnership.Match{}
		}
		return app.Table(c.Format, []string{"post", "title", "company", "cohort", "cohort_name", "size", "score", "level", "reasons"}, rows, matches)
	})
}

// solution is what a run found and took.
type solution struct {
	market                       *market.Market
	pairs                        []market.Pair
	score, placed                int64
	read, prepare, solve, verify time.Duration
	work                         string // machine-independent counts
	refused                      error  // of the certificate
	explainer                    func() (*matching.Explainer, error)
}

func (s *solution) assign(app *App, c *matchCmd) error {
	o := assign.Options{Workers: c.Workers}
	if c.PlacedFirst {
		o.Objective = assign.PlacedFirst
	}
	start := app.Now()
	r, err := assign.Solve(s.market, o)
	if err != nil {
		return err
	}
	s.solve = app.Now().Sub(start)
	s.pairs, s.score, s.placed = r.Matches, r.Score, r.Placed
	s.explainer = func() (*matching.Explainer, error) { return matching.ExplainAssignment(s.market, r) }
	k := r.Counters
	s.work = fmt.Sprintf("出价 %d 次,换基 %d 次,读边 %d 条,修补 %d 人、搜索 %d 次、弧 %d 条", k.Bids, k.Pivots, k.Scanned, k.Loose, k.Searches, k.Arcs)
	if c.Verify {
		start = app.Now()
		s.refused = assign.Verify(s.market, r)
		s.verify = app.Now().Sub(start)
	}
	return nil
}

func (s *solution) stable(app *App, c *matchCmd) error {
	start := app.Now()
	m, err := stable.Prepare(s.market, c.Seed)
	if err != nil {
		return err
	}
	a, err := stable.Arrange(m)
	if err != nil {
		return err
	}
	s.prepare = app.Now().Sub(start)
	start = app.Now()
	r, err := a.Solve(stable.Options{CompanyOptimal: c.CompanyOptimal, Workers: c.Workers})
	if err != nil {
		return err
	}
	s.solve = app.Now().Sub(start)
	s.explainer = func() (*matching.Explainer, error) { return matching.ExplainStable(m, r), nil }
	s.pairs = r.Pairs
	s.work = fmt.Sprintf("志愿行 %d 条", r.Proposals)
	if c.Verify {
		start = app.Now()
		_, s.refused = stable.Verify(m, r, c.Workers)
		s.verify = app.Now().Sub(start)
	}
	s.score, s.placed = total(m, r.Pairs)
	return nil
}

// total adds up the scores and students of pairs, which are sorted by agent.
func total(m *market.Market, pairs []market.Pair) (score, placed int64) {
	scores := make([]int32, m.Posts()) // of the agent at hand
	last := int32(-1)
	for _, p := range pairs {
		if p.Agent != last {
			last = p.Agent
			for _, e := range m.Of(int(last)) {
				scores[e.Post] = e.Score
			}
		}
		placed += int64(p.Count)
		score += int64(p.Count) * int64(scores[p.Post])
	}
	return score, placed
}

// explain writes the story of every student and of every post with empty slots.
func (s *solution) explain(w io.Writer) error {
	x, err := s.explainer()
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	for i := range s.market.Agents() {
		story := x.Agent(i)
		fmt.Fprintf(b, "%s\n", x.AgentName(story.Agent))
		for _, words := range story.Words {
			fmt.Fprintf(b, "  %s\n", words)
		}
		if story.Unplaced > 0 {
			fmt.Fprintf(b, "  还有 %d 人没有安排：%s\n", story.Unplaced, story.Change.Words)
		}
		for _, blocked := range story.Blocked {
			fmt.Fprintf(b, "  未去 %s\n", blocked.Words)
		}
	}
	for j := range s.market.Posts() {
		if story := x.Post(j); story.Words != "" {
			fmt.Fprintf(b, "岗位 %s %s\n", x.PostName(story.Post), story.Words)
		}
	}
	return b.Flush()
}

// report is the summary: one "<key> <value> <words>" a line.
func (s *solution) report(c *matchCmd) []byte {
	var b bytes.Buffer
	line := func(key, value, words string) { fmt.Fprintf(&b, "%-12s %s  %s\n", key, value, words) }
	number := func(key string, n int64, words string) { line(key, strconv.FormatInt(n, 10), words) }
	seconds := func(key string, d time.Duration, words string) {
		line(key, strconv.FormatFloat(d.Seconds(), 'f', 4, 64), words)
	}
	number("score", s.score, "总分")
	number("placed", s.placed, "已安排人数")
	number("unplaced", s.market.Students()-s.placed, "未安排人数")
	seconds("read", s.read, "读入秒数")
	if c.Mode == "stable" {
		seconds("prepare", s.prepare, fmt.Sprintf("抽签并排列名单秒数(种子 %d)", c.Seed))
	}
	seconds("solve", s.solve, "求解秒数")
	number("memory", peakMemory()>>20, "内存峰值 MB")
	line("work", s.work, "")
	switch {
	case !c.Verify:
		line("certificate", "unchecked", "证书未核对")
	case s.refused != nil:
		line("certificate", "refused", "证书不成立："+s.refused.Error())
	case c.Mode == "stable":
		line("certificate", "proven", fmt.Sprintf("证书成立：没有一对学生和岗位都更愿意换成对方（核对 %.4f 秒）", s.verify.Seconds()))
	default:
		line("certificate", "proven", fmt.Sprintf("证书成立：由对偶价格证明总分不可能更高（核对 %.4f 秒）", s.verify.Seconds()))
	}
	return b.Bytes()
}

// peakMemory is the largest resident size so far in bytes: the kernel's figure, or
// what Go has asked of the system where there is none.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				if kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64); err == nil {
					return kb << 10
				}
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys) //nolint:gosec // bytes of memory fit
}

// writeFile creates a file by write, and leaves none behind if that fails.
func writeFile(path string, write func(w io.Writer) error) error {
	f, err := os.Create(path) //nolint:gosec // the person names the file
	if err == nil {
		if err = errors.Join(write(f), f.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}
	if err != nil {
		return partnership.Refuse(partnership.ErrUnavailable, "不能写文件 %s：%v。请检查路径、权限和磁盘空间", path, err)
	}
	return nil
}
