package audit

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// One wrong number planted into a right table of an invented district is found, named with
// what it should be, and nothing else is said.
func TestPlantedErrorsAreFound(t *testing.T) {
	for _, tc := range []struct {
		name, file, old, put             string
		row, column, published, recounts string
		kind                             Kind
	}{
		{"a rate among groups with subtotals", "subtotals_in_groups", "48,31,64.58", "48,31,66.58", "电子与信息大类 物联网技术应用", "升学率(%)", "66.58", "64.58", WrongPercent},
		{"a subtotal", "subtotals_in_groups", "小计,346,", "小计,355,", "电子与信息大类 小计", "毕业生数", "355", "346", TotalNotSum},
		{"a completion beyond a hundred, miscounted", "intake", "110.83%", "112.83%", "护理", "计划完成率", "112.83%", "110.83", WrongPercent},
		{"a pass rate beyond a hundred", "tests", "92.05%", "105.00%", "数控车铣加工", "通过率", "105.00%", "92.05", OverHundred},
		{"boys and girls", "boys_and_girls", "3221", "3121", "2022-2023学年", "合计", "3121", "3221", TotalNotSum},
		{"growth down the years", "changes_down", "2023,3301,13,0.40%", "2023,3301,13,0.93%", "2023", "增长率", "0.93%", "0.40", WrongPercent},
		{"yuan a head from ten thousands", "per_head", "13495.19", "12495.19", "甲职教中心", "生均设备值(元)", "12495.19", "13495.19", WrongAverage},
		{"pay above every part", "rates_only", "3690", "3900", "全县", "平均起薪(元)", "3900", "3310–3820", OutsideRange},
		{"more 本科 than 升学", "scorecard", "人,802,951", "人,802,1951", "升入本科人数", "2024年", "1951", "≤1422", PartOverWhole},
		{"sectors that do not add up", "scorecard", "人,949,987", "人,949,997", "毕业生面向三次产业就业人数", "2024年", "1829", "1839", TotalNotSum},
		{"prizes across", "contests", "国家级,1,2,4,7", "国家级,1,2,4,9", "国家级", "合计", "9", "7", TotalNotSum},
		{"students to a teacher", "counties", "20.26", "22.26", "西区", "生师比", "22.26", "20.26", WrongAverage},
		{"another divisor in one row", "first_and_final", "180,87.38%", "180,85.71%", "护理", "对口就业率", "85.71%", "87.38", HiddenDivisor},
		{"money", "funds", "633.2", "733.2", "事业收入", "金额(万元)", "733.2", "633.2", TotalNotSum},
		{"full width digits", "full_width", "６８．７０％", "６８．９０％", "2023年", "升学率", "６８．９０％", "68.70", WrongPercent},
		{"titles", "titles", "28.05", "30.05", "副高级", "占专任教师比例(%)", "30.05", "28.05", WrongPercent},
		{"a share of few", "satisfaction_national", "98.15,108", "98.20,108", "用人单位满意度", "2024年", "98.20", "98.15 或 99.07", Unattainable},
		{"one digit of a rate", "destinations_merged", "54.81%", "56.81%", "装备制造类", "升学 / 比例", "56.81%", "54.81", WrongPercent},
		{"a rate taken from its neighbour", "destinations_merged", "48,24.24%", "48,83.33%", "财经商贸类", "就业 / 比例", "83.33%", "24.24", LabelSwap},
		{"其中 added into the total", "places_nested", "282,304", "282,465", "合计", "2024年(人)", "465", "304", NestedTwice},
		{"其中 greater than its row", "places_nested", "150,161", "251,161", "其中:本县就业", "2023年(人)", "251", "≤210", PartOverWhole},
		{"a share among people", "cooperation_units", "120,135", "120,13.5%", "订单班人数", "2024年", "13.5%", "", UnitClash},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("testdata", "districts", tc.file+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(string(body), tc.old, tc.put, 1)
			if text == string(body) {
				t.Fatalf("%s has no %q", tc.file, tc.old)
			}
			r := csv.NewReader(strings.NewReader(text))
			r.FieldsPerRecord = -1
			cells, err := r.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			found := run(t, []Sheet{{Name: tc.file, Cells: cells}})
			if len(found) != 1 {
				t.Fatalf("%d findings: %+v", len(found), found)
			}
			f := found[0]
			if f.Row != tc.row || f.Column != tc.column || f.Published != tc.published || f.Recomputed != tc.recounts || f.Kind != tc.kind {
				t.Errorf("found %q %q %q %q %q: %s", f.Row, f.Column, f.Published, f.Recomputed, f.Kind, f.Explanation)
			}
		})
	}
}

// Where the tables call 直接就业 simply 就业 and print 升学 beside it, the text is still held
// against them; where 就业 holds 升学, it is another number.
func TestTextAgainstPlainWords(t *testing.T) {
	apart := [][]string{{"2024届毕业生去向"}, {"专业类", "毕业生数", "升学人数", "就业人数", "就业率", "对口人数", "对口率"},
		{"机械", "312", "171", "141", "45.19%", "121", "85.82%"}, {"电子", "287", "205", "82", "28.57%", "60", "73.17%"}, {"合计", "599", "376", "223", "37.23%", "181", "81.17%"}}
	together := [][]string{{"2024届毕业生去向"}, {"专业类", "毕业生数", "升学人数", "就业人数", "就业率"},
		{"机械", "312", "171", "310", "99.36%"}, {"电子", "287", "205", "280", "97.56%"}, {"合计", "599", "376", "590", "98.50%"}}
	for _, tc := range []struct {
		name, text string
		table      [][]string
		kinds      []Kind
	}{
		{"right", "2024年直接就业率37.23%。", apart, nil},
		{"the 对口率 called 直接就业率", "2024年直接就业率81.17%。", apart, []Kind{LabelSwap}},
		{"another number", "2024年直接就业率41.20%。", apart, []Kind{TextDiffers}},
		{"就业 with 升学 in it", "2024年直接就业率35.73%。", together, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found := run(t, []Sheet{{Name: "表", Cells: tc.table}, {Name: "文", Cells: [][]string{{tc.text}}}})
			var kinds []Kind
			for _, f := range found {
				kinds = append(kinds, f.Kind)
			}
			if !slices.Equal(kinds, tc.kinds) {
				t.Errorf("found %+v, want %v", found, tc.kinds)
			}
		})
	}
}
