package audit

import (
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
		t.Run(name, func(t *testing.T) { compare(t, Run(seed(t, name)), seedWants[name]) })
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
	compare(t, Run(seed(t, seedNames...)), append(wants, seedCross...))
}
