package audit

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// counts are the people of one school, year and category of an invented district.
type counts struct{ grads, work, aligned, study int64 }

func (c counts) add(o counts) counts {
	return counts{c.grads + o.grads, c.work + o.work, c.aligned + o.aligned, c.study + o.study}
}

// report is an invented district's figures; every total holds, every rate is right.
type report struct {
	schools, cats []string
	years         []int
	n             map[string]counts // school|year|category
}

var inventedSchools = []string{"青溪县职业技术学校", "云阳湖职教中心", "白石工业学校"}
var inventedCats = []string{"农林牧渔类", "信息技术类", "医药卫生类", "财经商贸类", "土木水利类", "加工制造类", "交通运输类", "旅游服务类", "文化艺术类"}

func drawReport(t *rapid.T) report {
	r := report{schools: inventedSchools[:rapid.IntRange(1, 2).Draw(t, "schools")], cats: inventedCats[:rapid.IntRange(3, 7).Draw(t, "categories")], n: map[string]counts{}}
	for y := 2025 - rapid.IntRange(0, 2).Draw(t, "years"); y <= 2025; y++ {
		r.years = append(r.years, y)
	}
	for _, s := range r.schools {
		for _, y := range r.years {
			for _, c := range r.cats {
				g := rapid.Int64Range(31, 700).Draw(t, "graduates")
				w := rapid.Int64Range(10, g/2).Draw(t, "work")
				r.n[key(s, y, c)] = counts{grads: g, work: w, aligned: rapid.Int64Range(1, w-1).Draw(t, "aligned"), study: rapid.Int64Range(1, g-w-1).Draw(t, "study")}
			}
		}
	}
	return r
}

func key(s string, y int, c string) string { return fmt.Sprint(s, "|", y, "|", c) }

func (r report) at(s string, y int, c string) counts {
	if c != "合计" {
		return r.n[key(s, y, c)]
	}
	var sum counts
	for _, c := range r.cats {
		sum = sum.add(r.n[key(s, y, c)])
	}
	return sum
}

func pct(num, den int64) string {
	if den == 0 {
		return "/"
	}
	return big.NewRat(num*100, den).FloatString(2)
}

// page is a rendered table that remembers where each number stands.
type page struct {
	name   string
	cells  [][]string
	merged []Range
	at     map[string][2]int
}

func (p *page) row(cells ...string) { p.cells = append(p.cells, cells) }

// put appends a cell to the last row and remembers it.
func (p *page) put(k, v string) {
	r := len(p.cells) - 1
	if p.at == nil {
		p.at = map[string][2]int{}
	}
	p.at[k] = [2]int{r, len(p.cells[r])}
	p.cells[r] = append(p.cells[r], v)
}

func (p *page) sheet() Sheet { return Sheet{Name: p.name, Cells: p.cells, Merged: p.merged} }

func (p *page) get(k string) string { at := p.at[k]; return p.cells[at[0]][at[1]] }
func (p *page) set(k, v string)     { at := p.at[k]; p.cells[at[0]][at[1]] = v }

// style is how a table writes its numbers and headings.
type style struct {
	percent, full, thousands bool
	grads, work, workRate    string
	aligned, alignedRate     string
	study, studyRate, share  string
	label                    string
}

var styles = []style{
	{false, false, false, "毕业人数", "直接就业(人)", "直接就业率(%)", "对口就业(人)", "对口率(%)", "升学人数", "升学率(%)", "占比(%)", "专业大类"},
	{true, false, true, "毕业生数（人）", "直接就业人数", "直接就业率", "对口就业人数", "就业对口率", "升学人数（人）", "升学率", "占毕业生比例", "专业类别"},
	{true, true, false, "毕业生人数", "其中：直接就业", "直接就业比例", "专业对口人数", "专业对口率", "升学总人数", "升学比例", "比重", "专业名称"},
	{false, false, false, "graduates", "direct_employed", "direct_rate_pct", "aligned", "aligned_rate_pct", "progressed", "progress_rate_pct", "share_pct", "category"},
}

func (s style) count(n int64) string {
	out := fmt.Sprint(n)
	if s.thousands && n >= 1000 {
		out = out[:len(out)-3] + "," + out[len(out)-3:]
	}
	return s.wide(out)
}

func (s style) rate(num, den int64) string {
	out := pct(num, den)
	if s.percent {
		out += "%"
	}
	return s.wide(out)
}

func (s style) wide(out string) string {
	if !s.full {
		return out
	}
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 {
			return r + 0xfee0
		}
		return r
	}, out)
}

// longTable is one row for each school, year and category, totals last or first.
func (r report) longTable(st style, totalsFirst bool) *page {
	p := &page{name: "就业情况"}
	p.row("序号", "学校", "年度", st.label, st.grads, st.work, st.workRate, st.aligned, st.alignedRate)
	for _, s := range r.schools {
		for _, y := range r.years {
			cats := append(append([]string{}, r.cats...), "合计")
			if totalsFirst {
				cats = append([]string{"合计"}, r.cats...)
			}
			for _, c := range cats {
				n := r.at(s, y, c)
				p.row(fmt.Sprint(len(p.cells)), s, fmt.Sprint(y), c)
				k := key(s, y, c)
				p.put(k+"|grads", st.count(n.grads))
				p.put(k+"|work", st.count(n.work))
				p.put(k+"|workRate", st.rate(n.work, n.grads))
				p.put(k+"|aligned", st.count(n.aligned))
				p.put(k+"|alignedRate", st.rate(n.aligned, n.work))
			}
		}
	}
	p.row("注：数据统计截至当年8月31日。")
	return p
}

// wideTable has one row for each category and a group of columns for each year.
func (r report) wideTable(st style, school string, merge bool) *page {
	p := &page{name: "升学情况"}
	p.row("表15 " + school + "毕业生升学情况统计表")
	head, sub := []string{st.label}, []string{""}
	for i, y := range r.years {
		head = append(head, fmt.Sprint(y, "年"), "", "", "")
		sub = append(sub, st.grads, st.share, st.study, st.studyRate)
		if merge {
			p.merged = append(p.merged, Range{1, 1 + 4*i, 1, 4 + 4*i})
		}
	}
	if merge {
		p.merged = append(p.merged, Range{0, 0, 0, 4 * len(r.years)}, Range{1, 0, 2, 0})
	}
	p.row(head...)
	p.row(sub...)
	for _, c := range append(append([]string{}, r.cats...), "合计") {
		p.row(c)
		for _, y := range r.years {
			n, all := r.at(school, y, c), r.at(school, y, "合计")
			k := key(school, y, c)
			p.put(k+"|grads", st.count(n.grads))
			p.put(k+"|share", st.rate(n.grads, all.grads))
			p.put(k+"|study", st.count(n.study))
			p.put(k+"|studyRate", st.rate(n.study, n.grads))
		}
	}
	return p
}

// downTable has its indicators in the rows and the years in the columns.
func (r report) downTable(st style, school string) *page {
	p := &page{name: "计分卡"}
	head := []string{"序号", "指标", "单位"}
	for _, y := range r.years {
		head = append(head, fmt.Sprint(y, "年"))
	}
	p.row(head...)
	for i, m := range []struct {
		name, unit string
		val        func(counts) string
	}{
		{"毕业生人数", "人", func(c counts) string { return st.count(c.grads) }},
		{"其中：升学人数", "人", func(c counts) string { return st.count(c.study) }},
		{"升学率", "%", func(c counts) string { return st.rate(c.study, c.grads) }},
		{"直接就业人数", "人", func(c counts) string { return st.count(c.work) }},
		{"直接就业率", "%", func(c counts) string { return st.rate(c.work, c.grads) }},
		{"对口就业人数", "人", func(c counts) string { return st.count(c.aligned) }},
		{"对口率", "%", func(c counts) string { return st.rate(c.aligned, c.work) }},
		{"毕业去向落实率", "%", func(c counts) string { return st.rate(c.work+c.study, c.grads) }},
	} {
		p.row(fmt.Sprint(i+1), m.name, m.unit)
		for _, y := range r.years {
			p.put(fmt.Sprint(y, "|", m.name), m.val(r.at(school, y, "合计")))
		}
	}
	return p
}

// nestedTable has schools with subtotals and a grand total, and 就业率 that includes 升学.
func (r report) nestedTable(st style) *page {
	p := &page{name: "毕业生去向"}
	y := r.years[len(r.years)-1]
	p.row("学校", "专业", "毕业生数", "就业人数", "就业率", "升学人数", "升学率")
	var all counts
	line := func(school, label string, n counts) {
		p.row(school, label)
		k := key(school, y, label)
		p.put(k+"|grads", st.count(n.grads))
		p.put(k+"|placed", st.count(n.work+n.study))
		p.put(k+"|placedRate", st.rate(n.work+n.study, n.grads))
		p.put(k+"|study", st.count(n.study))
		p.put(k+"|studyRate", st.rate(n.study, n.grads))
	}
	for _, s := range r.schools {
		from := len(p.cells)
		for i, c := range r.cats {
			name := s
			if i > 0 {
				name = ""
			}
			line(name, c, r.at(s, y, c))
		}
		line("", "小计", r.at(s, y, "合计"))
		p.merged = append(p.merged, Range{from, 0, len(p.cells) - 1, 0})
		all = all.add(r.at(s, y, "合计"))
	}
	line("总计", "", all)
	return p
}

// sideTable has the schools side by side and the district at the end.
func (r report) sideTable(st style) *page {
	p := &page{name: "各校毕业生"}
	y := r.years[len(r.years)-1]
	head, sub := []string{"专业类"}, []string{"专业类"}
	schools := append(append([]string{}, r.schools...), "全区合计")
	for _, s := range schools {
		head = append(head, s, s, s)
		sub = append(sub, "毕业生人数", "直接就业人数", "直接就业率（%）")
	}
	p.row(head...)
	p.row(sub...)
	for _, c := range append(append([]string{}, r.cats...), "总计") {
		p.row(c)
		for _, s := range schools {
			var n counts
			for _, o := range r.schools {
				if o == s || s == "全区合计" {
					label := c
					if c == "总计" {
						label = "合计"
					}
					n = n.add(r.at(o, y, label))
				}
			}
			p.put(key(s, y, c)+"|grads", st.count(n.grads))
			p.put(key(s, y, c)+"|work", st.count(n.work))
			p.put(key(s, y, c)+"|workRate", st.rate(n.work, n.grads))
		}
	}
	return p
}

func (r report) pages(t *rapid.T) []*page {
	st := rapid.SampledFrom(styles).Draw(t, "style")
	s := r.schools[0]
	return []*page{r.longTable(st, false), r.longTable(st, true), r.wideTable(st, s, false), r.wideTable(st, s, true), r.downTable(st, s), r.nestedTable(st), r.sideTable(st)}
}

// A table without errors gives no findings, whatever its layout and its words.
func TestCleanTablesAreSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(drawReport(t).pages(t)).Draw(t, "page")
		if fs := run(t, []Sheet{p.sheet()}); len(fs) > 0 {
			t.Fatalf("%s: %+v\n%s", p.name, fs[0], grid2text(p.cells))
		}
	})
}

func grid2text(cells [][]string) string {
	var b strings.Builder
	for _, r := range cells {
		b.WriteString(strings.Join(r, " | ") + "\n")
	}
	return b.String()
}

// Invented tables of other districts in layouts of their own, all without errors.
func TestOtherDistrictsAreSilent(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "districts", "*.csv"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, run(t, []Sheet{sheetOf(t, filepath.Base(f), string(text))}), nil)
		})
	}
}

// All tables of one clean report together give no findings either: the same numbers in
// different cuts are no contradictions.
func TestCleanReportIsSilent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		r.schools, r.cats = r.schools[:1], r.cats[:3]
		var all []Sheet
		for i, p := range r.pages(t) {
			s := p.sheet()
			s.Name = fmt.Sprint(s.Name, i)
			all = append(all, s)
		}
		if fs := run(t, all); len(fs) > 0 {
			t.Fatalf("%d findings:\n%s", len(fs), findingsText(fs))
		}
	})
}
