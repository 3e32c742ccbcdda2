package audit

import (
	"math/big"
	"slices"
	"strings"
)

// sumFault is a total that does not equal the sum of its parts. Any one of its cells may
// be the wrong one; checkRates clears the matter up where a rate depends on them.
type sumFault struct {
	whole  *cell
	parts  []*cell
	sum    *big.Rat
	nested []*cell // 其中 rows that make the total right when added as well
	how    string  // 各行, 各小计, 各列
	blame  *cell   // the cell that a rate speaks against
	fixed  string  // what the blamed cell should be
}

// fix returns what a cell of the fault would have to be for the sum to hold.
func (f *sumFault) fix(c *cell) *big.Rat {
	if c == f.whole {
		return f.sum
	}
	for _, p := range f.parts {
		if p == c {
			x := new(big.Rat).Sub(f.whole.n.rat(), f.sum)
			return x.Add(x, c.n.rat())
		}
	}
	return nil
}

// checkSums compares totals with their parts, down the rows and along the columns.
func (b *book) checkSums() {
	for _, t := range b.tables {
		for _, g := range t.groups() {
			b.rowSums(g)
		}
		b.schoolSums(t)
		b.columnSums(t)
	}
}

// parting is one way in which a total row may be made of others.
type parting struct {
	how   string
	parts []*record
}

// rowSums checks 小计 and 合计 rows of one school and year.
func (b *book) rowSums(g *group) {
	for i, r := range g.records {
		if r.kind != total && r.kind != subtotal {
			continue
		}
		b.bestParting(r, partings(g.records, i))
	}
}

// partings lists how row i may be made of the rows around it, likeliest first.
func partings(rs []*record, i int) []parting {
	pick := func(from, to int, want func(*record) bool) (out []*record) {
		for j := from; j < to; j++ {
			if j != i && want(rs[j]) {
				out = append(out, rs[j])
			}
		}
		return out
	}
	isItem := func(r *record) bool { return r.kind == item }
	isSub := func(r *record) bool { return r.kind == subtotal }
	before, after := i, i+1
	for before > 0 && (rs[before-1].kind == item || rs[before-1].kind == part) {
		before--
	}
	for after < len(rs) && (rs[after].kind == item || rs[after].kind == part) {
		after++
	}
	var out []parting
	put := func(how string, parts []*record) {
		if len(parts) >= 2 {
			out = append(out, parting{how, parts})
		}
	}
	if rs[i].kind == subtotal {
		if p := rs[i].parent; p != "" {
			put("同组各行", pick(0, len(rs), func(r *record) bool { return r.kind == item && r.parent == p }))
		}
		put("上面各行", pick(before, i, isItem))
		put("下面各行", pick(i+1, after, isItem))
		return out
	}
	put("各行", pick(0, len(rs), isItem))
	put("各小计", pick(0, len(rs), isSub))
	put("上面各行", pick(before, i, isItem))
	put("下面各行", pick(i+1, after, isItem))
	return out
}

// bestParting takes the way that fits most columns and reports the others.
func (b *book) bestParting(r *record, ways []parting) {
	best, bestFits, bestTried := -1, 0, 0
	for w, way := range ways {
		fits, tried := 0, 0
		for _, m := range r.t.measures {
			if !m.counts() {
				continue
			}
			whole := r.get(m)
			parts, complete := measureOf(way.parts, m)
			if whole == nil || len(parts) < 2 {
				continue
			}
			tried++
			if sum(parts).Cmp(whole.n.rat()) == 0 || !complete && sum(parts).Cmp(whole.n.rat()) < 0 {
				fits++
			}
		}
		if tried > 0 && (best < 0 || fits > bestFits) {
			best, bestFits, bestTried = w, fits, tried
		}
	}
	if best < 0 || bestFits == bestTried && !b.nestedInside(r) {
		return
	}
	for _, m := range r.t.measures {
		if m.counts() {
			b.oneSum(r, m, ways[best], bestFits > 0, bestTried > 1)
		}
	}
}

// nestedInside reports that the table has 其中 rows, whose double counting can hide in a
// total that differs from the sum in every column.
func (b *book) nestedInside(r *record) bool {
	for _, o := range r.t.records {
		if o.kind == part {
			return true
		}
	}
	return false
}

// oneSum compares one column. certain: another column of these rows adds up. several: there
// are others, and none does, so that rows may have been left out of the table on purpose.
func (b *book) oneSum(r *record, m *measure, way parting, certain, several bool) {
	whole := r.get(m)
	parts, complete := measureOf(way.parts, m)
	if whole == nil || len(parts) < 2 {
		return
	}
	s := sum(parts)
	f := &sumFault{whole: whole, parts: parts, sum: s, how: way.how}
	if nested := nestedParts(r, m); len(nested) > 0 && new(big.Rat).Add(s, sum(nested)).Cmp(whole.n.rat()) == 0 {
		f.nested = nested
	}
	switch c := s.Cmp(whole.n.rat()); {
	case c == 0 || c < 0 && !complete || looksLikeID(m):
		return
	case f.nested != nil:
	case !certain && several && c < 0 && !b.nestedInside(r):
		return
	case !certain && relative(whole.n.float(), ratFloat(s)) > 0.3:
		return // these rows are not its parts
	}
	b.sums = append(b.sums, f)
}

func looksLikeID(m *measure) bool {
	return strings.Contains(m.name, "代码") || strings.Contains(m.name, "序号")
}

func nestedParts(r *record, m *measure) (out []*cell) {
	for _, o := range r.t.records {
		if o.kind == part && o.school == r.school && o.year == r.year {
			if c := o.get(m); c != nil {
				out = append(out, c)
			}
		}
	}
	return out
}

// measureOf collects one measure of some records; complete is false if one of them is blank.
func measureOf(rs []*record, m *measure) (out []*cell, complete bool) {
	complete = true
	for _, r := range rs {
		if c := r.get(m); c != nil {
			out = append(out, c)
		} else {
			complete = false
		}
	}
	return out, complete
}

func sum(cells []*cell) *big.Rat {
	s := new(big.Rat)
	for _, c := range cells {
		s.Add(s, c.n.rat())
	}
	return s
}

func ratFloat(x *big.Rat) float64 {
	f, _ := x.Float64()
	return f
}

// schoolSums checks the row or column group of the whole district against its schools: the
// same row of each school, or where the row is a 总计 their own totals or all their rows.
func (b *book) schoolSums(t *table) {
	for _, r := range t.records {
		if !r.schoolTotal {
			continue
		}
		pick := func(want func(*record) bool) (out []*record) {
			for _, o := range t.records {
				if o != r && !o.schoolTotal && o.year == r.year && want(o) {
					out = append(out, o)
				}
			}
			return out
		}
		var ways []parting
		put := func(how string, parts []*record) {
			if len(parts) >= 2 {
				ways = append(ways, parting{how, parts})
			}
		}
		put("各校", pick(func(o *record) bool { return o.label == r.label }))
		if r.kind == total || r.label == "" {
			put("各校小计", pick(func(o *record) bool { return o.kind == subtotal || o.kind == total }))
			put("各行", pick(func(o *record) bool { return o.kind == item }))
		}
		b.bestParting(r, ways)
	}
}

// columnSums checks columns that are the sum of their neighbours: 升学总人数 of 高考, 单招,
// 贯通; 合计 of 男 and 女.
func (b *book) columnSums(t *table) {
	if len(t.measures) > inferLimit {
		return
	}
	for _, m := range t.measures {
		if !m.counts() || !columnTotal(m, t) {
			continue
		}
		run, fits, tried := bestRun(t, m)
		if run == nil || fits*2 < tried {
			run, fits, tried = bestPair(t, m)
		}
		if run == nil || fits*2 < tried || fits < 2 && !strictTotal(m) {
			continue
		}
		for _, r := range t.records {
			whole := r.get(m)
			parts, complete := pickCells(r, run)
			if whole == nil || len(parts) < 2 {
				continue
			}
			s := sum(parts)
			if c := s.Cmp(whole.n.rat()); c == 0 || c < 0 && !complete {
				continue
			}
			b.sums = append(b.sums, &sumFault{whole: whole, parts: parts, sum: s, how: "各列"})
		}
	}
}

func strictTotal(m *measure) bool {
	k := isTotal(m.name)
	return k == total || k == subtotal || strings.Contains(m.name, "合计") || strings.Contains(m.name, "总计") || strings.Contains(m.name, "小计")
}

// columnTotal reports a measure that may be the sum of others in its row.
func columnTotal(m *measure, t *table) bool {
	return strictTotal(m) || strings.Contains(m.name, "总") || m.role == graduates || m.role == progressed || m.role == placed || m.role == students || m.role == employed
}

// bestRun finds the unbroken run of count columns beside m that adds up to it in most rows.
func bestRun(t *table, m *measure) (best []*measure, bestFits, bestTried int) {
	n := len(t.measures)
	for from := range n {
		for to := from + 2; to <= n; to++ {
			run, ok := countsBetween(t, m, from, to)
			if !ok || len(run) < 2 || t.rank(run[0]) != t.rank(m)+1 && t.rank(run[len(run)-1]) != t.rank(m)-1 {
				continue
			}
			fits, tried := 0, 0
			for _, r := range t.records {
				whole := r.get(m)
				parts, complete := pickCells(r, run)
				if whole == nil || len(parts) < 2 || whole.n.mant == 0 {
					continue
				}
				tried++
				if c := sum(parts).Cmp(whole.n.rat()); c == 0 && complete {
					fits++
				}
			}
			if fits > bestFits || fits == bestFits && fits > 0 && len(run) > len(best) {
				best, bestFits, bestTried = run, fits, tried
			}
		}
	}
	return best, bestFits, bestTried
}

// rank numbers the count columns, leaving the rates between them out.
func (t *table) rank(m *measure) int {
	n := 0
	for _, o := range t.measures[:m.index] {
		if o.counts() {
			n++
		}
	}
	return n
}

// bestPair finds two count columns anywhere in the table that add up to m in all rows but
// at most one: 就业 and 未就业 of 毕业生.
func bestPair(t *table, m *measure) (best []*measure, bestFits, bestTried int) {
	for i, x := range t.measures {
		for _, y := range t.measures[i+1:] {
			if x == m || y == m || !x.counts() || !y.counts() {
				continue
			}
			fits, tried := 0, 0
			for _, r := range t.records {
				whole := r.get(m)
				parts, complete := pickCells(r, []*measure{x, y})
				if whole == nil || !complete || parts[0].n.mant == 0 || parts[1].n.mant == 0 {
					continue
				}
				tried++
				if sum(parts).Cmp(whole.n.rat()) == 0 {
					fits++
				}
			}
			if fits >= 3 && fits >= tried-1 && fits > bestFits {
				best, bestFits, bestTried = []*measure{x, y}, fits, tried
			}
		}
	}
	return best, bestFits, bestTried
}

func countsBetween(t *table, m *measure, from, to int) (run []*measure, ok bool) {
	for i := from; i < to; i++ {
		o := t.measures[i]
		if o == m || o.role == graduates && m.role != graduates {
			return nil, false
		}
		if o.counts() {
			run = append(run, o)
		}
	}
	// A run that begins or ends with a rate is the same run without it.
	return run, len(run) > 0 && t.measures[from].counts() && t.measures[to-1].counts()
}

func pickCells(r *record, run []*measure) (out []*cell, complete bool) {
	complete = true
	for _, m := range run {
		if c := r.get(m); c != nil {
			out = append(out, c)
		} else {
			complete = false
		}
	}
	return out, complete
}

// settleSums reports the sums that checkRates has not explained otherwise.
func (b *book) settleSums() {
	for _, f := range b.sums {
		if slices.ContainsFunc(f.parts, func(c *cell) bool { return c.n.unit == "%" && c.m.unit != "%" }) {
			continue // what is no count does not add up: it has its own finding
		}
		w := relative(f.whole.n.float(), ratFloat(f.sum))
		switch {
		case f.nested != nil:
			b.accuse(f.whole, NestedTwice, show(f.sum), w, "合计 %s = %s之和 %s 再加上“其中”行 %s；“其中”已在上级行里，不应再加",
				f.whole.raw, f.how, show(f.sum), show(sum(f.nested)))
		case f.blame != nil && f.blame != f.whole:
			b.accuse(f.blame, TotalNotSum, f.fixed, w, "%s之和为 %s，而合计为 %s；本格改为 %s 后合计与比率都对得上",
				f.how, show(f.sum), f.whole.raw, f.fixed)
		default:
			b.accuse(f.whole, TotalNotSum, show(f.sum), w, "%s之和为 %s，与所列 %s 相差 %s",
				f.how, show(f.sum), f.whole.raw, show(new(big.Rat).Abs(new(big.Rat).Sub(f.whole.n.rat(), f.sum))))
		}
	}
}
