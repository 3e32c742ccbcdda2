package audit

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// claim is one number in running text with the words that say what it is.
type claim struct {
	words string
	n     number
	year  int
	raw   string
	sheet string
	line  string
}

var claimPattern = regexp.MustCompile(`([^,。;:、()0-9]{0,14}?)((?:直接)?就业率|对口就业率|对口率|升学率|毕业去向落实率|落实率|直接就业人数|直接就业|对口就业人数|对口就业|升学人数|毕业生人数|毕业生总数|毕业生数|毕业人数|毕业生|升学)(?:共计|合计|共有|达到|人数为|总数为|共|达|为|有|是|约)?:?([0-9][0-9,]*(?:\.[0-9]+)?)(%|人|名)`)

// checkText compares what the notes say with what the tables say. A number that any row of
// the same measure bears out is let pass: only what no row supports is reported.
func (b *book) checkText() {
	for _, n := range b.texts {
		for _, c := range claims(n) {
			b.checkClaim(c)
		}
	}
}

func claims(n note) (out []claim) {
	line := fold(n.text)
	year := 0
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("。;", r) }) {
		for _, at := range claimPattern.FindAllStringSubmatchIndex(part, -1) {
			before := part[:at[4]]
			if ys := yearWord.FindAllString(before, -1); len(ys) > 0 {
				year = 0
				for _, d := range ys[len(ys)-1] {
					year = year*10 + int(d-'0')
				}
			}
			num := parseNumber(part[at[6]:at[7]])
			rest := part[at[9]:]
			if !num.ok || vague(part[at[2]:at[6]], rest) {
				continue
			}
			out = append(out, claim{words: part[at[4]:at[5]], n: num, year: year, raw: part[at[6]:at[9]], sheet: n.sheet, line: part})
		}
	}
	return out
}

// vague reports numbers that are not meant exactly, or that say how something changed.
func vague(before, after string) bool {
	for _, w := range []string{"约", "近", "超", "增", "降", "提高", "提升", "比上年", "较", "其中"} {
		if strings.Contains(before, w) {
			return true
		}
	}
	for _, w := range []string{"以上", "左右", "多", "余", "个百分点"} {
		if strings.HasPrefix(after, w) {
			return true
		}
	}
	return false
}

var claimRoles = map[string]role{
	"直接就业率": directRate, "就业率": employedRate, "对口就业率": alignedRate, "对口率": alignedRate, "升学率": progressRate,
	"毕业去向落实率": placedRate, "落实率": placedRate, "直接就业人数": direct, "直接就业": direct, "对口就业人数": aligned, "对口就业": aligned,
	"升学人数": progressed, "升学": progressed, "毕业生人数": graduates, "毕业生总数": graduates, "毕业生数": graduates, "毕业人数": graduates, "毕业生": graduates,
}

func (b *book) checkClaim(c claim) {
	want := claimRoles[c.words]
	isRate := strings.HasSuffix(c.raw, "%")
	if isRate != strings.HasSuffix(c.words, "率") {
		return
	}
	known := b.printed(want, c.year)
	if like := plainWord[want]; len(known) == 0 && like != noRole && b.apartFromStudy(c.year) {
		want, known = like, b.printed(like, c.year)
	}
	if len(known) == 0 {
		return
	}
	for _, x := range known {
		if c.n.printed(x.n.rat()) != off {
			return
		}
	}
	total := b.wholeOf(want, c.year, isRate)
	if total == nil || c.n.printed(total) != off {
		return
	}
	shown := show(total)
	if isRate {
		shown = roundTo(total, 2)
	}
	if other := b.otherRate(c, want, known); other != nil {
		b.findings = append(b.findings, Finding{Table: c.sheet, Row: "（文字）", Column: c.words, Published: c.raw, Recomputed: shown,
			Kind: LabelSwap, Explanation: fmt.Sprintf("文字“%s”把 %s 称作%s；表中它是“%s”（%s）", c.line, c.raw, c.words, other.m.name, other.where()), weight: 1})
		return
	}
	b.findings = append(b.findings, Finding{Table: c.sheet, Row: "（文字）", Column: c.words, Published: c.raw, Recomputed: shown,
		Kind: TextDiffers, Explanation: fmt.Sprintf("文字“%s”与表中各行都不同；表中合计为 %s", c.line, shown), weight: relative(c.n.float(), ratFloat(total))})
}

// plainWord is what tables call 直接就业 where they print 升学 beside it.
var plainWord = map[role]role{direct: employed, directRate: employedRate}

// printed lists the cells of a measure in a year; year 0 is any.
func (b *book) printed(want role, year int) (out []*cell) {
	for _, t := range b.tables {
		for _, r := range t.records {
			if x := r.by(want); x != nil && (year == 0 || sameYear(r.year, year)) {
				out = append(out, x)
			}
		}
	}
	return out
}

// apartFromStudy reports that 就业 in the tables of a year is counted without 升学: wherever
// both are printed they fit into the graduates together.
func (b *book) apartFromStudy(year int) bool {
	seen := false
	for _, e := range b.printed(employed, year) {
		g, p := e.rec.by(graduates), e.rec.by(progressed)
		if g == nil || p == nil || p.n.mant == 0 {
			continue
		}
		seen = true
		if sum([]*cell{e, p}).Cmp(g.n.rat()) > 0 {
			return false
		}
	}
	return seen
}

// wholeOf returns the number of the whole district in a year (0: the latest that the tables
// have): as printed, or added up from its schools. It returns nil if that is not clear.
func (b *book) wholeOf(want role, year int, isRate bool) *big.Rat {
	facts := b.facts(want)
	if year == 0 {
		for p := range facts {
			year = max(year, p.year)
		}
	}
	total := new(big.Rat)
	schools := 0
	var single *big.Rat
	for _, p := range sortedPlaces(facts) {
		if p.label != "合计" || p.year != year {
			continue
		}
		f := pick(facts[p])
		if f.c.rec.schoolTotal || isArea(p.school) {
			return f.val
		}
		schools++
		single = f.val
		total.Add(total, f.val)
	}
	switch {
	case schools == 0 && !isRate:
		return nil
	case schools == 1:
		return single
	case !isRate:
		return total
	}
	for _, d := range definitions[want] {
		num, den := new(big.Rat), b.wholeOf(d.den, year, false)
		for _, n := range d.nums {
			x := b.wholeOf(n, year, false)
			if x == nil {
				num = nil
				break
			}
			num.Add(num, x)
		}
		if num != nil && den != nil && den.Sign() > 0 {
			return ratio(num, den)
		}
	}
	return nil
}

// otherRate finds the rate of the same records whose value the text has taken.
func (b *book) otherRate(c claim, want role, known []*cell) *cell {
	if !c.n.precise() {
		return nil
	}
	for _, k := range known {
		for _, x := range k.rec.cells {
			if x != nil && x.m.rate && x.m.role != want && x.n.eq(c.n) {
				return x
			}
		}
	}
	return nil
}
