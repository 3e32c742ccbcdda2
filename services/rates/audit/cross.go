package audit

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// place is where a number belongs, whichever table prints it.
type place struct {
	school string
	year   int
	label  string // bare
}

// fact is one number of a place: printed in a cell, or the sum of the rows of a table that
// prints no total.
type fact struct {
	c   *cell // a printed cell, or one of the rows summed
	val *big.Rat
	sum bool
	t   *table
}

// facts gathers one role of all tables by place. Schools are matched by name, so the key
// holds the longest form seen.
func (b *book) facts(want role) map[place][]fact {
	out := map[place][]fact{}
	for _, t := range b.tables {
		m := t.measureWith(want)
		if m == nil {
			continue
		}
		for _, g := range t.groups() {
			total := place{b.school(g.school), g.year, "合计"}
			var parts []*cell
			complete, printed := true, false
			for _, r := range g.records {
				c := r.get(m)
				switch {
				case r.kind == item && !strings.Contains(r.label, "@"):
					if c == nil {
						complete = complete && r.blank()
						continue
					}
					parts = append(parts, c)
					if p := (place{total.school, g.year, bare(r.label)}); p.label != "" && p.label != "合计" {
						out[p] = append(out[p], fact{c, c.n.rat(), false, t})
					} else if p.label == "" {
						printed = true
						out[total] = append(out[total], fact{c, c.n.rat(), false, t})
					}
				case strings.Contains(r.label, "@") || c == nil || isTotal(r.label) != rowKindTotal:
				default:
					printed = true
					out[total] = append(out[total], fact{c, c.n.rat(), false, t})
				}
			}
			if !printed && complete && len(parts) >= 2 && m.counts() {
				out[total] = append(out[total], fact{parts[0], sum(parts), true, t})
			}
		}
	}
	return out
}

const rowKindTotal = total

// blank reports a row without any number: a class that did not exist that year.
func (r *record) blank() bool {
	for _, c := range r.cells {
		if c != nil {
			return false
		}
	}
	return true
}

// measureWith returns the table's only measure with this role, nil if there is none or
// more than one (then it is not clear which is meant).
func (t *table) measureWith(want role) *measure {
	var found *measure
	for _, m := range t.measures {
		if m.role == want {
			if found != nil {
				return nil
			}
			found = m
		}
	}
	return found
}

// school returns the longest name under which a school appears in the book, so that short
// and long forms meet. A table that names none speaks of the only school there is.
func (b *book) school(name string) string {
	if b.schools == nil {
		b.schools = b.schoolForms()
	}
	if full, ok := b.schools[name]; ok {
		return full
	}
	return name
}

// schoolForms maps each form of a school's name to its longest, if that is clear.
func (b *book) schoolForms() map[string]string {
	var all []string
	for _, t := range b.tables {
		for _, r := range t.records {
			if r.school != "" && !slices.Contains(all, r.school) {
				all = append(all, r.school)
			}
		}
	}
	out := map[string]string{}
	for _, name := range all {
		longer := 0
		for _, s := range all {
			if s != name && len(s) > len(name) && !isArea(s) && sameSchool(name, s) {
				out[name] = s
				longer++
			}
		}
		if longer != 1 {
			out[name] = name
		}
	}
	if len(all) == 1 {
		out[""] = all[0]
	}
	return out
}

// sortedPlaces returns the keys in a stable order.
func sortedPlaces(m map[place][]fact) []place {
	out := make([]place, 0, len(m))
	for p := range m {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b place) int {
		if c := strings.Compare(a.school, b.school); c != 0 {
			return c
		}
		if a.year != b.year {
			return a.year - b.year
		}
		return strings.Compare(a.label, b.label)
	})
	return out
}

// checkTables compares the same number in different tables.
func (b *book) checkTables() {
	for _, want := range []role{graduates, direct, progressed, aligned, waiting, directRate, progressRate, alignedRate, placedRate} {
		facts := b.facts(want)
		agree := agreements(facts)
		for _, p := range sortedPlaces(facts) {
			fs := facts[p]
			for i, x := range fs {
				for _, y := range fs[i+1:] {
					if x.t != y.t && x.val.Cmp(y.val) != 0 && agree[[2]*table{x.t, y.t}] >= 2 {
						b.disagree(p, x, y)
					}
				}
			}
		}
	}
}

// agreements counts, for each pair of tables, the numbers they have in common less those
// they differ in: two tables that never agree speak of different people.
func agreements(facts map[place][]fact) map[[2]*table]int {
	out := map[[2]*table]int{}
	for _, fs := range facts {
		for i, x := range fs {
			for _, y := range fs[i+1:] {
				switch k := [2]*table{x.t, y.t}; {
				case x.t == y.t || x.sum && y.sum:
				case x.val.Cmp(y.val) != 0:
					out[k]--
				case x.val.Sign() > 0:
					out[k]++
				}
			}
		}
	}
	return out
}

func (b *book) disagree(p place, x, y fact) {
	if b.accused[x.c] || b.accused[y.c] || x.sum && y.sum {
		return
	}
	if x.c.m.rate && (y.c.n.printed(x.val) == right || x.c.n.printed(y.val) == right) {
		return // the same value with fewer decimals
	}
	if p.label != "合计" && (x.sum || y.sum) {
		return
	}
	// Two tables may hold different things under one word; a small difference is a slip,
	// a large one more likely another population.
	if relative(ratFloat(x.val), ratFloat(y.val)) > 0.3 && p.label == "合计" && (x.sum || y.sum) {
		return
	}
	if y.sum || b.supported(y.c) && !b.supported(x.c) {
		x, y = y, x
	}
	other := x.c.where()
	if x.sum {
		other = x.t.name + " " + p.label + "（各行之和）"
	}
	b.accuse(y.c, TablesDiffer, show(x.val), relative(ratFloat(y.val), ratFloat(x.val)), "同一项在“%s”中是 %s，两表不一致", other, show(x.val))
}

// supported reports that a count makes a printed rate of its own record right.
func (b *book) supported(c *cell) bool {
	for _, m := range c.t.measures {
		if !m.rate {
			continue
		}
		l, tot := c.t.linkRate(m)
		if l == nil || !slices.Contains(l.f.nums, c.m) && l.f.den != c.m {
			continue
		}
		p := c.rec.get(m)
		v, ok := l.f.eval(c.rec, tot)
		if p != nil && ok && p.n.printed(v.times(l.scale)) == right {
			return true
		}
	}
	return false
}

// journey is where the graduates of one place went, as far as the tables say.
type journey struct {
	p                  place
	grads, work, study fact
	gap                *big.Rat // graduates that are neither in work nor in study
}

// checkDestinations puts graduates, employment and progression together, in one table or
// across tables: more people than graduates, people without a destination, and counts that
// are too exact to have been counted.
func (b *book) checkDestinations() {
	js := b.journeys()
	bySchool := map[string][]journey{}
	var order []string
	for _, j := range js {
		if bySchool[j.p.school] == nil {
			order = append(order, j.p.school)
		}
		bySchool[j.p.school] = append(bySchool[j.p.school], j)
	}
	for _, s := range order {
		b.residual(bySchool[s])
		full := false // in some year nobody is left over
		for _, j := range bySchool[s] {
			full = full || j.p.label == "合计" && j.gap.Sign() == 0
		}
		for _, j := range bySchool[s] {
			b.judge(j, full)
		}
	}
	b.divisorsAgainst(js)
}

func (b *book) judge(j journey, full bool) {
	both := new(big.Rat).Add(j.work.val, j.study.val)
	words := "直接就业 " + show(j.work.val) + " + 升学 " + show(j.study.val) + " = " + show(both) + "，毕业 " + show(j.grads.val)
	switch {
	case j.gap.Sign() < 0:
		if b.accused[j.grads.c] || b.accused[j.study.c] || b.accused[j.work.c] {
			return
		}
		most := new(big.Rat).Sub(j.grads.val, j.study.val)
		b.accuse(j.work.c, PartOverWhole, "≤"+show(most), -ratFloat(j.gap)/ratFloat(j.grads.val), "%s，多出 %s 人（毕业与升学见“%s”）",
			words, show(new(big.Rat).Neg(j.gap)), j.study.c.t.name)
	case j.gap.Sign() > 0 && full && j.p.label == "合计" && !b.hasWaiting():
		b.accuse(j.work.c, Unaccounted, show(new(big.Rat).Sub(j.grads.val, j.study.val)), ratFloat(j.gap)/ratFloat(j.grads.val),
			"%s，%s 人没有去向；而其他年份没有余下一人，口径前后不一", words, show(j.gap))
	}
}

func (b *book) hasWaiting() bool {
	return slices.ContainsFunc(b.tables, func(t *table) bool { return t.has(waiting) })
}

// residual reports employment that equals graduates less progression in every row.
func (b *book) residual(js []journey) {
	byYear := map[int][]journey{}
	var years []int
	for _, j := range js {
		if j.p.label != "合计" {
			if byYear[j.p.year] == nil {
				years = append(years, j.p.year)
			}
			byYear[j.p.year] = append(byYear[j.p.year], j)
		}
	}
	for _, y := range years {
		exact := 0
		for _, j := range byYear[y] {
			if j.gap.Sign() == 0 {
				exact++
			}
		}
		if exact >= 6 && exact == len(byYear[y]) && !b.hasWaiting() {
			b.column(byYear[y][0].work.c, itoa(exact)+" 行", Residual, "",
				"%s %d 行的直接就业人数全部恰好等于毕业人数减升学人数，没有一个待就业的人；像是用减法倒挤的，不是统计来的", yearName(y), exact)
		}
	}
}

// journeys joins graduates, direct employment and progression by place.
func (b *book) journeys() []journey {
	grads, work, study := b.facts(graduates), b.facts(direct), b.facts(progressed)
	if len(work) == 0 && b.employedExcludesStudy() {
		work = b.facts(employed)
	}
	agree := agreements(grads)
	var out []journey
	for _, p := range sortedPlaces(grads) {
		if len(work[p]) == 0 || len(study[p]) == 0 {
			continue
		}
		j := journey{p: p, grads: pick(grads[p]), work: pick(work[p]), study: pick(study[p])}
		if agree[[2]*table{j.work.t, j.study.t}] < 0 || agree[[2]*table{j.study.t, j.work.t}] < 0 {
			continue // they count different graduates
		}
		j.gap = new(big.Rat).Sub(j.grads.val, new(big.Rat).Add(j.work.val, j.study.val))
		out = append(out, j)
	}
	return out
}

// pick prefers a printed number to a sum.
func pick(fs []fact) fact {
	for _, f := range fs {
		if !f.sum {
			return f
		}
	}
	return fs[0]
}

// employedExcludesStudy reports that 就业人数 in these tables does not include 升学: somewhere
// fewer are employed than went on to study, and nearly everywhere the two together stay
// within the graduates. Where it may include it, nothing is said.
func (b *book) employedExcludesStudy() bool {
	grads, work, study := b.facts(graduates), b.facts(employed), b.facts(progressed)
	within, fewer, all := 0, 0, 0
	for p, g := range grads {
		if len(work[p]) == 0 || len(study[p]) == 0 {
			continue
		}
		w, s := pick(work[p]).val, pick(study[p]).val
		all++
		if w.Cmp(s) < 0 {
			fewer++
		}
		if new(big.Rat).Add(w, s).Cmp(pick(g).val) <= 0 {
			within++
		}
	}
	return all >= 2 && within*10 >= all*8 && fewer*2 > all
}

// divisorsAgainst compares a divisor found behind a printed rate with the people who are
// known to have a destination.
func (b *book) divisorsAgainst(js []journey) {
	for _, d := range b.divisors {
		if d.c.p.m.role != directRate && d.c.p.m.role != employedRate {
			continue
		}
		for _, j := range js {
			both := new(big.Rat).Add(j.work.val, j.study.val)
			if j.work.c != d.c.v.cells[0] || both.Cmp(new(big.Rat).SetInt64(d.n)) <= 0 || j.gap.Sign() < 0 {
				continue
			}
			b.findings = append(b.findings, Finding{Table: d.c.p.t.name, Row: d.c.p.row, Column: d.c.p.col, Published: "分母 " + itoa(int(d.n)), Recomputed: show(j.grads.val),
				Kind: PartOverWhole, Explanation: fmt.Sprintf("直接就业 %s + 升学 %s = %s，已多于算比率时用的 %d 人；实际毕业 %s 人，落实率为 %s%%",
					show(j.work.val), show(j.study.val), show(both), d.n, show(j.grads.val), roundTo(ratio(both, j.grads.val), 2))})
		}
	}
}
