package audit

import (
	"context"
	"testing"
)

// want is a finding as a test names it; Recomputed "*" is not compared.
type want struct {
	table, row, column, published, recomputed string
	kind                                      Kind
}

// compare reports findings that are missing and findings that nobody expects.
func compare(t *testing.T, got []Finding, wants []want) {
	t.Helper()
	left := append([]Finding(nil), got...)
	for _, w := range wants {
		found := false
		for i, f := range left {
			if f.Table == w.table && f.Row == w.row && f.Column == w.column && f.Published == w.published && f.Kind == w.kind && (w.recomputed == "*" || w.recomputed == f.Recomputed) {
				left = append(left[:i], left[i+1:]...)
				found = true
				break
			}
		}
		if !found {
			t.Errorf("not found: %+v", w)
		}
	}
	for _, f := range left {
		t.Errorf("false alarm: %s | %s | %s | %s -> %s | %s | %s", f.Table, f.Row, f.Column, f.Published, f.Recomputed, f.Kind, f.Explanation)
	}
}

const (
	centre = "重庆市荣昌区职业教育中心"
	yimin  = "重庆益民技工学校"
)

// What the district's report for 2025 has wrong in each of its tables, file by file.
var seedWants = map[string][]want{
	"graduates_by_category": {
		{"graduates_by_category", centre + " 2024 信息技术类", "progress_rate_pct", "99.05", "87.03", WrongPercent},
		{"graduates_by_category", centre + " 2023 财经商贸类", "progress_rate_pct", "67.04", "67.05", Truncated},
	},
	"employment_by_category": {
		{"employment_by_category", yimin + " 2025 合计", "aligned", "170", "157", TotalNotSum},
		{"employment_by_category", yimin + " 2025 合计", "aligned_rate_pct", "97.14", "89.71", TotalNotSum},
		{"employment_by_category", centre + " 2023 合计", "aligned_rate_pct", "83.7", "87.68", HiddenDivisor},
		{"employment_by_category", yimin + " 2025 合计", "direct_rate_pct", "38.29", "37.47", HiddenDivisor},
		{"employment_by_category", yimin + " 2025 模具制造技术", "direct_rate_pct", "59.38", "58.76", HiddenDivisor},
		{"employment_by_category", yimin + " 2025 数控技术应用", "direct_rate_pct", "40.0", "37.04", HiddenDivisor},
		{"employment_by_category", yimin + " 2025 工业机器人技术应用", "direct_rate_pct", "25.0", "23.26", HiddenDivisor},
		{"employment_by_category", yimin + " 2025 城市轨道交通运营服务", "direct_rate_pct", "20.25", "20.00", HiddenDivisor},
	},
	"starting_pay": {
		{"starting_pay", yimin + " 2025 合计", "yuan_per_month", "4000", "3600–3900", OutsideRange},
	},
	"satisfaction": {
		{"satisfaction", centre + " 毕业生就业满意度 2023", "satisfied_pct", "98.2", "94.44 或 100.00", Unattainable},
		{"satisfaction", centre + " 毕业生就业满意度 2024", "satisfied_pct", "98.5", "95.00 或 100.00", Unattainable},
	},
	"major_adjustment": {
		{"major_adjustment", centre + " 2024", "majors", "23", "24", TotalNotSum},
		{"major_adjustment", centre + " 2025", "majors", "27", "25", TotalNotSum},
	},
	"companies": {
		{"companies", "重庆东炬金属制品有限公司", "as_written", "重庆东炬金属制品有限公司 / 重庆东矩金属制品有限公司", "", TwoSpellings},
		{"companies", "重庆渝瀚电子科技有限公司", "company", "重庆渝瀚电子科技有限公司 / 重庆瑜瀚电子科技有限公司", "", TwoSpellings},
		{"companies", "重庆市齐盈精密模具有限公司", "as_written", "重庆市齐盈精密模具有限公司 / 重庆齐盈精密模具有限公司", "", TwoSpellings},
	},
}

// What shows only when the tables are read together.
var seedCross = []want{
	{"employment_by_category", centre + " 2023 合计", "direct_employed", "422", "≤412", PartOverWhole},
	{"employment_by_category", centre + " 2024 合计", "direct_employed", "326", "347", Unaccounted},
	{"employment_by_category", centre + " 2025年（整列）", "direct_employed", "12 行", "", Residual},
	{"employment_by_category", yimin + " 2025 合计", "direct_rate_pct", "分母 457", "467", PartOverWhole},
	{"graduates_by_category", yimin + " 2025 电子与信息大类", "graduates", "273", "113", TotalNotSum},
	{"enrolment_by_major", centre + " 2025 食品药品与粮食大类 药品食品检验", "students", "96", "", TablesDiffer},
	{"majors_offered", "服装陈列与展示设计", "major", "服装陈列与展示设计", "服装陈列与展示", TwoSpellings},
	{"progression_paths", "物联网技术应用", "secondary_major", "物联网技术应用", "物联网应用技术", TwoSpellings},
	{"progression_paths", "汽车制造与检测", "secondary_major", "汽车制造与检测", "汽车制造与检修", TwoSpellings},
}

func TestSeedTablesAlone(t *testing.T) {
	for _, name := range seedNames {
		t.Run(name, func(t *testing.T) { compare(t, run(t, seed(t, name)), seedWants[name]) })
	}
}

func TestSeedTablesTogether(t *testing.T) {
	var wants []want
	for _, name := range seedNames {
		for _, w := range seedWants[name] {
			if w.kind == OutsideRange {
				w.recomputed = "3654" // the weights are in another table
			}
			wants = append(wants, w)
		}
	}
	compare(t, run(t, seed(t, seedNames...)), append(wants, seedCross...))
}

// The same errors are found when the tables are laid out as in the printed report: years
// side by side under merged headings, cells as text with % signs or full-width digits.
func TestSeedTablesAsPrinted(t *testing.T) {
	t24 := Sheet{Name: "表24", Cells: [][]string{
		{"表24 重庆市荣昌区职业教育中心毕业生就业情况"},
		{"年度", "毕业人数", "直接就业", "", "对口就业", ""},
		{"", "", "人数（人）", "比例（%）", "人数（人）", "比例（%）"},
		{"2023年", "2,041", "422", "20.68%", "370", "８３．７％"},
		{"2024年", "2,156", "326", "15.12%", "277", "85%"},
		{"2025年", "2,125", "514", "24.19%", "439", "85.41%"},
	}, Merged: []Range{{0, 0, 0, 5}, {1, 0, 2, 0}, {1, 1, 2, 1}, {1, 2, 1, 3}, {1, 4, 1, 5}}}
	t25 := Sheet{Name: "表25", Cells: [][]string{
		{"专业", "毕业人数", "直接就业（人）", "直接就业率（%）", "对口就业（人）", "对口率（%）", "平均起薪点（元）"},
		{"模具制造技术", "97", "57", "59.38", "50", "87.72", "3600"},
		{"数控技术应用", "54", "20", "40.00", "16", "80.00", "3600"},
		{"计算机应用", "113", "56", "49.56", "55", "98.21", "3600"},
		{"工业机器人技术应用", "43", "10", "25.00", "8", "80.00", "3900"},
		{"城市轨道交通运营服务", "160", "32", "20.25", "28", "87.50", "3800"},
		{"合计", "467", "175", "38.29", "170", "97.14", "4000"},
	}}
	t15 := Sheet{Name: "表15", Cells: [][]string{
		{"专业大类", "2023年", "", "", "", "2024年", "", "", ""},
		{"", "毕业人数", "占比", "升学人数", "升学率", "毕业人数", "占比", "升学人数", "升学率"},
		{"信息技术类", "467", "36.15%", "409", "87.58%", "478", "37.23%", "416", "９９．０５％"},
		{"文化艺术类", "12", "0.93%", "10", "83.3%", "106", "8.26%", "92", "86.79%"},
		{"旅游服务类", "64", "4.95%", "46", "71.88%", "51", "3.97%", "42", "82.35%"},
		{"医药卫生类", "161", "12.46%", "160", "99.38%", "183", "14.25%", "169", "92.35%"},
		{"财经商贸类", "176", "13.62%", "118", "67.04%", "181", "14.10%", "168", "92.82%"},
		{"土木水利类", "101", "7.82%", "96", "95.05%", "150", "11.68%", "122", "81.33%"},
		{"公共服务", "/", "/", "/", "/", "—", "—", "—", "—"},
		{"加工制造类", "311", "24.07%", "208", "66.88%", "135", "10.51%", "104", "77.04%"},
		{"合计", "1292", "100.00%", "1047", "81.04%", "1284", "100.00%", "1113", "86.68%"},
	}}
	t28 := Sheet{Name: "表28", Cells: [][]string{
		{"指标", "2023年", "2024年", "2025年"},
		{"毕业生人数（人）", "483", "466", "467"},
		{"升学总人数（人）", "321", "317", "288"},
		{"升学率", "67%", "68.03%", "61.67%"},
		{"合作企业接收毕业学生比例(人)", "30", "35", "40"},
	}}
	t26 := Sheet{Name: "表26", Cells: [][]string{
		{"指标", "满意度", "年度", "调查人次", "调查方式"},
		{"毕业生就业满意度", "98.2%", "2023", "18", "问卷调查"},
		{"毕业生就业满意度", "98.5%", "2024", "20", "问卷调查"},
		{"毕业生就业满意度", "90%", "2025", "20", "抽查回访"},
		{"用人单位满意度", "96%", "2023", "25", "问卷调查"},
		{"用人单位满意度", "93.3%", "2025", "30", "抽查回访"},
	}}
	for name, tc := range map[string]struct {
		sheet Sheet
		wants []want
	}{
		"table 24": {t24, []want{{"表24", "2023年", "对口就业 / 比例(%)", "８３．７％", "87.68", HiddenDivisor}}},
		"table 25": {t25, []want{
			{"表25", "合计", "对口就业(人)", "170", "157", TotalNotSum},
			{"表25", "合计", "对口率(%)", "97.14", "89.71", TotalNotSum},
			{"表25", "合计", "直接就业率(%)", "38.29", "37.47", HiddenDivisor},
			{"表25", "模具制造技术", "直接就业率(%)", "59.38", "58.76", HiddenDivisor},
			{"表25", "数控技术应用", "直接就业率(%)", "40.00", "37.04", HiddenDivisor},
			{"表25", "工业机器人技术应用", "直接就业率(%)", "25.00", "23.26", HiddenDivisor},
			{"表25", "城市轨道交通运营服务", "直接就业率(%)", "20.25", "20.00", HiddenDivisor},
			{"表25", "合计", "平均起薪点(元)", "4000", "3654", OutsideRange},
		}},
		"table 15": {t15, []want{
			{"表15", "信息技术类", "2024年 / 升学率", "９９．０５％", "87.03", WrongPercent},
			{"表15", "财经商贸类", "2023年 / 升学率", "67.04%", "67.05", Truncated},
		}},
		"table 28": {t28, []want{
			{"表28", "升学率", "2023年", "67%", "66.46", WrongPercent},
			{"表28", "合作企业接收毕业学生比例(人)", "（整行）", "合作企业接收毕业学生比例(人)", "", UnitClash},
		}},
		"table 26": {t26, []want{
			{"表26", "毕业生就业满意度 2023", "满意度", "98.2%", "94.44 或 100.00", Unattainable},
			{"表26", "毕业生就业满意度 2024", "满意度", "98.5%", "95.00 或 100.00", Unattainable},
		}},
	} {
		t.Run(name, func(t *testing.T) { compare(t, run(t, []Sheet{tc.sheet}), tc.wants) })
	}
}

// Running text is held against the tables: a rate under another's name, a total that no
// table has. Numbers that some row bears out, and vague ones, pass.
func TestTextAgainstTables(t *testing.T) {
	table := Sheet{Name: "就业", Cells: [][]string{
		{"学校", "年度", "毕业生数", "直接就业人数", "直接就业率", "对口就业人数", "对口率", "升学人数", "升学率"},
		{"甲县职教中心", "2025", "2125", "514", "24.19%", "439", "85.41%", "1600", "75.29%"},
		{"乙县技工学校", "2025", "467", "175", "37.47%", "157", "89.71%", "288", "61.67%"},
		{"全县", "2025", "2592", "689", "26.58%", "596", "86.50%", "1888", "72.84%"},
	}}
	text := func(s string) Sheet { return Sheet{Name: "正文", Cells: [][]string{{s}}} }
	for _, tc := range []struct {
		name, text string
		wants      []want
	}{
		{"right", "2025年，全县毕业生2592人，升学率72.84%，直接就业率26.58%。", nil},
		{"one school's", "2025年甲县职教中心毕业生2125人，对口率为85.41%。", nil},
		{"label swap", "2025年，甲县职教中心直接就业率85.41%，成绩显著。", []want{{"正文", "（文字）", "直接就业率", "85.41%", "*", LabelSwap}}},
		{"wrong total", "2025年，全县共有毕业生2590人，升学率73.32%。", []want{{"正文", "（文字）", "毕业生", "2590人", "2592", TextDiffers}, {"正文", "（文字）", "升学率", "73.32%", "*", TextDiffers}}},
		{"vague", "2025年，全县升学率达98%以上，直接就业率约27%，毕业生近2600人。", nil},
		{"change", "2025年，升学率提高了3.25个百分点，对口率较上年增长2.10%。", nil},
	} {
		t.Run(tc.name, func(t *testing.T) { compare(t, run(t, []Sheet{table, text(tc.text)}), tc.wants) })
	}
}

// The report's own sentences against its own tables.
func TestSeedText(t *testing.T) {
	sheets := append(seed(t, "graduates_by_category", "employment_by_category"), Sheet{Name: "正文", Cells: [][]string{
		{"2.9.1 2025年职教中心毕业生直接就业率为85.41%，就业质量稳步提高。"},
		{"2.9.2 2025年全区毕业生2590人，升学率73.32%。"},
	}})
	var text []Finding
	for _, f := range run(t, sheets) {
		if f.Table == "正文" {
			text = append(text, f)
		}
	}
	compare(t, text, []want{
		{"正文", "（文字）", "直接就业率", "85.41%", "26.58", LabelSwap},
		{"正文", "（文字）", "毕业生", "2590人", "2592", TextDiffers},
		{"正文", "（文字）", "升学率", "73.32%", "73.26", TextDiffers},
	})
}

// run audits sheets that nobody stops.
func run(t interface {
	Context() context.Context
	Fatal(args ...any)
	Helper()
}, sheets []Sheet) []Finding {
	t.Helper()
	found, err := Run(t.Context(), sheets)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
