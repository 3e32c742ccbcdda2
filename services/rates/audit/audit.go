// Package audit reads tables that somebody has published (毕业生、升学、就业、满意度 …),
// recomputes everything that can be recomputed from the table itself, and says which
// numbers do not add up, why, and what they should be.
//
// It works in four steps: a sheet is cut into tables and its header understood
// (grid.go, layout.go); every column gets a meaning from its words (measure.go) and every
// rate column the two counts that explain it, from words and from the data (link.go);
// each check collects what it finds; findings that explain one another are merged, so
// that one wrong number gives one finding. A value that is right at the precision it is
// printed with is never reported, whether it was rounded half up or half to even.
//
// The package is pure: reading files is services/sheets' work.
package audit

import (
	"cmp"
	"context"
	"slices"

	"sunmao/services/partnership"
)

// Range is a merged area of a sheet, all four borders inside, counted from 0.
type Range struct{ Top, Left, Bottom, Right int }

// Sheet is one grid of text cells as a reader sees them.
type Sheet struct {
	Name   string
	Cells  [][]string
	Merged []Range
}

// Kind is the sort of a finding; its text is what the CSV output carries.
type Kind string

// The kinds of finding.
const (
	OverHundred   Kind = "over 100 %"
	PartOverWhole Kind = "part exceeds whole"
	LabelSwap     Kind = "label swap"
	TotalNotSum   Kind = "total differs from sum"
	WrongCount    Kind = "count against its rates"
	TablesDiffer  Kind = "tables disagree"
	WrongPercent  Kind = "wrong percent"
	WrongAverage  Kind = "wrong average"
	HiddenDivisor Kind = "hidden divisor"
	MixedYears    Kind = "mixed-year ratio"
	Copied        Kind = "stale or copied"
	NestedTwice   Kind = "nested rows added twice"
	OutsideRange  Kind = "average outside range"
	Unattainable  Kind = "unattainable share"
	TextDiffers   Kind = "text against table"
	UnitClash     Kind = "unit clash"
	Residual      Kind = "residual count"
	Unaccounted   Kind = "people unaccounted for"
	Forced        Kind = "forced to 100"
	Truncated     Kind = "truncated"
	TwoSpellings  Kind = "two spellings"
)

// kindInfo gives each kind its Chinese name, its rank (higher is worse) and its meaning.
var kindInfo = [...]struct {
	Kind  Kind
	Name  string
	Rank  int
	Means string
}{
	{OverHundred, "超过100%", 100, "比例超过100%，而这种比例不可能超过"},
	{PartOverWhole, "部分大于整体", 98, "其中的一部分（或各部分之和）比整体还多"},
	{LabelSwap, "张冠李戴", 94, "数值其实是同一行另一个比率的"},
	{TotalNotSum, "合计不等于各项之和", 90, "合计、小计与它的各项相加不符；或上年数加增减不等于本年数"},
	{WrongCount, "人数与比率矛盾", 88, "同一人数牵涉的几个比率都对不上，换一个人数就全对"},
	{TablesDiffer, "表间矛盾", 86, "同一学校、年份、项目在两张表里数字不同"},
	{NestedTwice, "重复相加", 84, "“其中”项又被加了一遍"},
	{WrongPercent, "百分比有误", 80, "按表中人数重算，得不到这个百分比"},
	{WrongAverage, "平均数有误", 79, "按表中总量和人数重算，得不到这个人均数或生师比"},
	{HiddenDivisor, "分母另有其数", 78, "换一个分母才能得到这个百分比，并指出这个分母"},
	{MixedYears, "跨年相除", 76, "分子与分母取自不同年份"},
	{Copied, "沿用或照抄", 74, "与另一行、另一年或另一校完全相同，而按本行人数不应如此"},
	{OutsideRange, "平均数越界", 72, "总体平均数不在各部分最低与最高之间"},
	{Unattainable, "不可能的比例", 66, "这么多人里，没有哪个整数人数能得到这个比例"},
	{TextDiffers, "文字与表不符", 64, "文字叙述里的数与表中的数不同"},
	{UnitClash, "单位冲突", 60, "名称、单位与数值不是同一种量"},
	{Residual, "倒挤的数", 50, "每一行都恰好等于毕业人数减升学人数，像是减出来的，不是数出来的"},
	{Unaccounted, "去向不明", 40, "就业加升学少于毕业生，其余的人没有去向"},
	{Forced, "凑成100%", 20, "为使一列合计恰为100%，改动了一格"},
	{Truncated, "截尾未进位", 15, "直接舍去尾数，没有四舍五入"},
	{TwoSpellings, "一名两写", 10, "同一名称有两种写法"},
}

// Kinds lists every kind, worst first, with its Chinese name and meaning.
func Kinds() (out []struct {
	Kind        Kind
	Name, Means string
}) {
	for _, k := range kindInfo {
		out = append(out, struct {
			Kind        Kind
			Name, Means string
		}{k.Kind, k.Name, k.Means})
	}
	return out
}

// Name returns the Chinese name of the kind.
func (k Kind) Name() string {
	for _, i := range kindInfo {
		if i.Kind == k {
			return i.Name
		}
	}
	return string(k)
}

func (k Kind) rank() int {
	for _, i := range kindInfo {
		if i.Kind == k {
			return i.Rank
		}
	}
	return 0
}

// Finding is one number that does not add up.
type Finding struct {
	Table       string `json:"table"`
	Row         string `json:"row"`
	Column      string `json:"column"`
	Published   string `json:"published"`  // as printed
	Recomputed  string `json:"recomputed"` // what it should be, "" if only the contradiction is known
	Kind        Kind   `json:"kind"`
	Explanation string `json:"explanation"` // Chinese, begins with the kind's name

	weight float64 // how far off, for the order within a kind
	at     *cell
}

// Columns are the headings of findings as a table.
func Columns() []string {
	return []string{"table", "row", "column", "published", "recomputed", "kind", "explanation"}
}

// Texts is a finding as a row of that table.
func (f *Finding) Texts() []string {
	return []string{f.Table, f.Row, f.Column, f.Published, f.Recomputed, string(f.Kind), f.Explanation}
}

// Run audits sheets that belong together (one file or a folder of them) and returns the
// findings, worst first. Sheets it cannot read as tables give none. It tells the context
// where it is, and its only error is that the context ended.
func Run(ctx context.Context, sheets []Sheet) ([]Finding, error) {
	if err := partnership.Tell(ctx, "读出表格的行列和单位", 0); err != nil {
		return nil, err
	}
	b := newBook(sheets)
	checks := []struct {
		what string
		run  func(*book)
	}{
		{"合计与分项", (*book).checkSums},   // first: it says which counts are in doubt
		{"比率与人数", (*book).checkRates},  // rates against counts, doubted counts in mind
		{"合计与分项", (*book).settleSums},  // blame what is left on the totals
		{"部分与全体", (*book).checkParts},  //
		{"平均数", (*book).checkAverages}, //
		{"占比", (*book).checkShares},    //
		{"同一个数的各处", (*book).checkCopies},
		{"表与表之间", (*book).checkTables},
		{"毕业去向", (*book).checkDestinations},
		{"成员与名单", (*book).checkMembership},
		{"名单", (*book).checkLists},
		{"流向", (*book).checkFlows},
		{"增减", (*book).checkGrowth},
		{"单位", (*book).checkUnits},
		{"正文", (*book).checkText},
		{"名称", (*book).checkNames},
	}
	for i, check := range checks {
		if err := partnership.Tell(ctx, "核对"+check.what, 100+900*i/len(checks)); err != nil {
			return nil, err
		}
		check.run(b)
	}
	return b.sorted(), nil
}

func (b *book) sorted() []Finding {
	seen := map[Finding]bool{}
	var out []Finding
	for _, f := range b.findings {
		key := f
		key.Explanation, key.weight, key.at = "", 0, nil
		if !seen[key] {
			seen[key] = true
			f.Explanation = f.Kind.Name() + "：" + f.Explanation
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(y.Kind.rank(), x.Kind.rank()), cmp.Compare(y.weight, x.weight))
	})
	return out
}
