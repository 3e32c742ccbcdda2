package audit

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mutation changes one cell of a clean table and says what the audit must answer. ok is
// false if this draw cannot carry the error (nothing to truncate, say).
type mutation struct {
	kind Kind
	make func(t *rapid.T, r report, p *page) (cell string, ok bool)
}

func anyCat(t *rapid.T, r report) string { return rapid.SampledFrom(r.cats).Draw(t, "category") }
func anyYear(t *rapid.T, r report) int   { return rapid.SampledFrom(r.years).Draw(t, "year") }

// hundredths turns 2419 into "24.19".
func hundredths(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

func parsed(s string) int64 {
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil {
		panic(err)
	}
	return int64(f*100 + 0.5)
}

// explained reports that some other number of the table, as divisor, gives the value, or
// that another rate has it: then another kind would be as true.
func explained(p *page, num int64, value string) bool {
	for k := range p.at {
		v := strings.TrimSuffix(p.get(k), "%")
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n > 0 && pct(num, n) == value || v == value {
			return true
		}
	}
	return false
}

var mutations = []mutation{
	{kind: WrongPercent, make: func(t *rapid.T, r report, p *page) (string, bool) {
		s, y, c := r.schools[0], anyYear(t, r), anyCat(t, r)
		n := r.at(s, y, c)
		right := parsed(pct(n.work, n.grads))
		wrong := rapid.Int64Range(101, 9999).Draw(t, "percent")
		if d := float64(wrong-right) / float64(right); d < 0.2 && d > -0.2 || explained(p, n.work, hundredths(wrong)) || shifted(right, wrong) || pct(n.aligned, n.grads) == hundredths(wrong) {
			return "", false
		}
		if slices.ContainsFunc(r.years, func(other int) bool { return pct(r.at(s, other, c).work, n.grads) == hundredths(wrong) }) {
			return "", false // then it is the quotient of two years
		}
		if hidden := n.work * 10000 / wrong; hidden*10 > n.grads*9 && hidden*10 < n.grads*11 {
			return "", false
		}
		return edit(p, key(s, y, c)+"|workRate", hundredths(wrong))
	}},
	{kind: Truncated, make: func(t *rapid.T, r report, p *page) (string, bool) {
		s, y, c := r.schools[0], anyYear(t, r), anyCat(t, r)
		n := r.at(s, y, c)
		low := n.aligned * 10000 / n.work
		if hundredths(low) == pct(n.aligned, n.work) || n.aligned*20000%n.work == 0 { // a half may go to the even side
			return "", false
		}
		return edit(p, key(s, y, c)+"|alignedRate", hundredths(low))
	}},
	{kind: HiddenDivisor, make: func(t *rapid.T, r report, p *page) (string, bool) {
		for _, y := range r.years { // not every row can carry it: take the first that can
			for _, c := range r.cats {
				n := r.at(r.schools[0], y, c)
				den := n.work - rapid.Int64Range(1, 3).Draw(t, "dropped")
				v := pct(n.aligned, den)
				if n.aligned > den || den*20 < n.work*19 || n.work > 60 || n.aligned*2 < n.work || v == pct(n.aligned, n.work) || explained(p, n.aligned, v) ||
					oneDigit(parsed(v), parsed(pct(n.aligned, n.work))) { // a slip of the hand is likelier
					continue
				}
				return edit(p, key(r.schools[0], y, c)+"|alignedRate", v)
			}
		}
		return "", false
	}},
	{kind: LabelSwap, make: func(t *rapid.T, r report, p *page) (string, bool) {
		k := key(r.schools[0], anyYear(t, r), anyCat(t, r))
		v := p.get(k + "|alignedRate")
		if by := parsed(v) - parsed(p.get(k+"|workRate")); by >= -1 && by <= 1 || parsed(v) < 100 || parsed(v) == 10000 || shifted(parsed(p.get(k+"|workRate")), parsed(v)) {
			return "", false
		}
		return edit(p, k+"|workRate", v)
	}},
	{kind: TotalNotSum, make: func(t *rapid.T, r report, p *page) (string, bool) {
		k := key(r.schools[0], anyYear(t, r), "合计") + "|" + rapid.SampledFrom([]string{"grads", "work", "aligned"}).Draw(t, "measure")
		return shiftCount(t, p, k)
	}},
	{kind: TotalNotSum, make: func(t *rapid.T, r report, p *page) (string, bool) { // one of the rows
		k := key(r.schools[0], anyYear(t, r), anyCat(t, r)) + "|" + rapid.SampledFrom([]string{"grads", "work", "aligned"}).Draw(t, "measure")
		return shiftCount(t, p, k)
	}},
	{kind: OverHundred, make: func(t *rapid.T, r report, p *page) (string, bool) {
		k := key(r.schools[0], anyYear(t, r), anyCat(t, r))
		return edit(p, k+"|alignedRate", hundredths(rapid.Int64Range(10001, 19999).Draw(t, "percent")))
	}},
	{kind: UnitClash, make: func(t *rapid.T, r report, p *page) (string, bool) {
		s, y, c := r.schools[0], anyYear(t, r), anyCat(t, r)
		n := r.at(s, y, c)
		return edit(p, key(s, y, c)+"|workRate", big.NewRat(n.work, n.grads).FloatString(4))
	}},
	{kind: Copied, make: func(t *rapid.T, r report, p *page) (string, bool) {
		if len(r.years) < 2 {
			return "", false
		}
		s, c := r.schools[0], anyCat(t, r)
		from, to := key(s, r.years[0], c)+"|alignedRate", key(s, r.years[1], c)+"|alignedRate"
		n := r.at(s, r.years[1], c)
		v := p.get(from)
		if v == p.get(to) || parsed(v) == 10000 || parsed(v) < 100 || otherwise(p, from, n.aligned, v) || shifted(parsed(p.get(to)), parsed(v)) {
			return "", false
		}
		return edit(p, to, v)
	}},
	{kind: MixedYears, make: func(t *rapid.T, r report, p *page) (string, bool) {
		if len(r.years) < 2 {
			return "", false
		}
		s, c := r.schools[0], anyCat(t, r)
		a, b := r.at(s, r.years[0], c), r.at(s, r.years[1], c)
		v := pct(b.work, a.grads)
		if b.work > a.grads || v == pct(b.work, b.grads) || explained(p, 0, v) || parsed(v) < 100 || parsed(v) == 10000 || shifted(parsed(pct(b.work, b.grads)), parsed(v)) || pct(b.aligned, b.grads) == v {
			return "", false
		}
		low := b.work * 10000 / b.grads
		if v == hundredths(low) {
			return "", false
		}
		return edit(p, key(s, r.years[1], c)+"|workRate", v)
	}},
}

// shifted reports values a power of ten apart.
func shifted(a, b int64) bool {
	for _, by := range []int64{10, 100, 1000} {
		if a/by == b || b/by == a || (a+by/2)/by == b || (b+by/2)/by == a {
			return true
		}
	}
	return false
}

// otherwise is explained, but for the cell that the value was taken from.
func otherwise(p *page, from string, num int64, value string) bool {
	was := p.get(from)
	p.set(from, "/")
	defer p.set(from, was)
	return explained(p, num, value)
}

func edit(p *page, k, v string) (string, bool) {
	p.set(k, v)
	return k, true
}

func shiftCount(t *rapid.T, p *page, k string) (string, bool) {
	n, err := strconv.ParseInt(p.get(k), 10, 64)
	if err != nil {
		panic(err)
	}
	by := rapid.Int64Range(2, 9).Draw(t, "by")
	if n < 60 { // one person more or less must show in the rate
		return "", false
	}
	if rapid.Bool().Draw(t, "less") {
		by = -by
	}
	return edit(p, k, strconv.FormatInt(n+by*max(1, n/100), 10))
}

// One wrong cell gives one finding, on that cell and of the right kind.
func TestOneWrongCellIsFound(t *testing.T) {
	for i, m := range mutations {
		t.Run(fmt.Sprintf("%d %s", i, m.kind), func(t *testing.T) {
			tried := 0
			rapid.Check(t, func(t *rapid.T) {
				r := drawReport(t)
				p := r.longTable(styles[0], rapid.Bool().Draw(t, "totals first"))
				k, ok := m.make(t, r, p)
				if !ok {
					return
				}
				tried++
				at := p.at[k]
				fs := run(t, []Sheet{p.sheet()})
				if len(fs) != 1 || fs[0].Kind != m.kind || fs[0].Published != p.get(k) || fs[0].at == nil ||
					!strings.HasPrefix(fs[0].Row, p.cells[at[0]][1]) || fs[0].Column != fold(p.cells[0][at[1]]) {
					t.Fatalf("changed %s to %s, want one %s, got:\n%s\n%s", k, p.get(k), m.kind, findingsText(fs), grid2text(p.cells))
				}
			})
			if tried == 0 {
				t.Errorf("no draw could carry a %s", m.kind)
			}
		})
	}
}

func findingsText(fs []Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "%s | %s | %s -> %s | %s | %s\n", f.Row, f.Column, f.Published, f.Recomputed, f.Kind, f.Explanation)
	}
	return b.String()
}

// In every layout, whichever rate is changed by much is the one that is named.
func TestWrongRateIsNamedInEveryLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		p := rapid.SampledFrom(r.pages(t)).Draw(t, "page")
		var rates []string
		for k := range p.at {
			if strings.HasSuffix(k, "Rate") || strings.HasSuffix(k, "率") || strings.HasSuffix(k, "share") && !strings.Contains(k, "合计") {
				rates = append(rates, k)
			}
		}
		slices.Sort(rates)
		k := rapid.SampledFrom(rates).Draw(t, "cell")
		was := parseNumber(fold(p.get(k)))
		wrong := was.float() + 13.57
		if wrong > 99 {
			wrong = was.float() - 17.31
		}
		if wrong <= 1 {
			return
		}
		p.set(k, fmt.Sprintf("%.2f%s", wrong, was.unit))
		fs := run(t, []Sheet{p.sheet()})
		if len(fs) != 1 || fs[0].Published != p.get(k) || fs[0].at == nil {
			t.Fatalf("%s was %s, now %s:\n%s\n%s", k, was, p.get(k), findingsText(fs), grid2text(p.cells))
		}
	})
}

// In every layout, a changed count is noticed, and in one finding or two at most (it may
// stand in two sums of which neither says which part is wrong).
func TestWrongCountIsNoticedInEveryLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		p := rapid.SampledFrom(r.pages(t)).Draw(t, "page")
		var counts []string
		for k := range p.at {
			if strings.HasSuffix(k, "grads") || strings.HasSuffix(k, "work") || strings.HasSuffix(k, "study") || strings.HasSuffix(k, "aligned") || strings.HasSuffix(k, "placed") || strings.HasSuffix(k, "人数") {
				counts = append(counts, k)
			}
		}
		slices.Sort(counts)
		k := rapid.SampledFrom(counts).Draw(t, "cell")
		was, ok := parseNumber(fold(p.get(k))).integer()
		if !ok || was < 80 {
			return
		}
		p.set(k, strconv.FormatInt(was-was/9, 10))
		fs := run(t, []Sheet{p.sheet()})
		if len(fs) == 0 || len(fs) > 2 {
			t.Fatalf("%s was %d, now %s:\n%s\n%s", k, was, p.get(k), findingsText(fs), grid2text(p.cells))
		}
	})
}
