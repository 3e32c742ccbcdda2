package rates

import "slices"

// Part is where a row stands in a rate.
type Part uint8

// The parts.
const (
	Excluded      Part = iota // not in the denominator, by the definition
	InDenominator             // in the denominator only
	InNumerator               // in both
)

// Name returns the Chinese name of the part.
func (p Part) Name() string {
	return [...]string{"不计入", "只在分母", "在分子"}[p]
}

// String is the key used in addresses; ParsePart reads it.
func (p Part) String() string { return [...]string{"excluded", "denominator", "numerator"}[p] }

// ParsePart reads a key written by String.
func ParsePart(key string) (Part, bool) {
	for p := Excluded; p <= InNumerator; p++ {
		if p.String() == key {
			return p, true
		}
	}
	return 0, false
}

// Place says where one row stands in the rate, and why, in words that fit behind the row.
// It speaks of rates over outcomes; other counts do not come from rows.
func (d *Definition) Place(r *Row) (Part, string) {
	var buf [16]increment
	var num, den int64
	for _, s := range r.increments(buf[:0]) {
		if slices.Contains(d.num, s.c) {
			num += s.n
		}
		if slices.Contains(d.den, s.c) {
			den += s.n
		}
		if slices.Contains(d.less, s.c) {
			den -= s.n
		}
	}
	switch {
	case den <= 0:
		return Excluded, d.whyNot(r)
	case num > 0:
		return InNumerator, d.how(r)
	}
	return InDenominator, d.how(r)
}

var directionWords = [...]string{Unknown: "去向不明", Employed: "就业", Progress: "升学", Army: "参军", Founder: "自主创业", Freelance: "灵活就业", Overseas: "出国（境）",
	Seeking: "待就业", NotSeeking: "暂不就业", Internship: "仍在实习，实习不算就业"}

// whyNot says why a row is not in the denominator.
func (d *Definition) whyNot(r *Row) string {
	switch {
	case r.Through && slices.Contains(d.less, Through):
		return "贯通转段升学，按口径不在分母"
	case !r.Direction.direct():
		return directionWords[r.Direction] + "，不在直接就业人数里"
	case slices.Contains(d.den, LabelKnown):
		return "学校没有报是否对口"
	case slices.Contains(d.den, SurveyKnown):
		return "没有回答问卷"
	case slices.Contains(d.den, Paid):
		return "工资不明"
	}
	return "不属于这个指标的人群"
}

// how says what of the row decides whether it is in the numerator.
func (d *Definition) how(r *Row) string {
	switch c := d.num[0]; {
	case c == AlignedExact || c == AlignedNear:
		return [...]string{Open: "没有职业或行业编码", Exact: "完全对应", Near: "相近", Unrelated: "不对口"}[r.Aligned]
	case c == LabelAligned:
		return [...]string{Unasked: "", Yes: "学校报为对口", No: "学校报为不对口"}[r.SchoolLabel]
	case c == SurveyAligned:
		return [...]string{Unasked: "", Yes: "本人答对口", No: "本人答不对口"}[r.SurveyLabel]
	case c >= LocalCounty && c <= LocalProvince:
		return [...]string{Somewhere: "工作地点不明", County: "在本区县", City: "在本市其他区县", Province: "在本省其他市", Away: "在外省"}[r.Local]
	case c >= Sector1 && c <= Sector3:
		return [...]string{"行业不明", "在第一产业", "在第二产业", "在第三产业"}[r.Sector]
	case c == PayFen || c == Paid:
		return "工资已知"
	}
	if r.Direction == Progress && r.Through {
		return "升学（贯通转段）"
	}
	return directionWords[r.Direction]
}

// OfOutcomes reports whether the rate is made of outcomes alone.
func (d *Definition) OfOutcomes() bool {
	for _, c := range slices.Concat(d.num, d.den, d.less) {
		if c > PayFen {
			return false
		}
	}
	return true
}
