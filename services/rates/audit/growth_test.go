package audit

import (
	"strings"
	"testing"
)

// A change of rates in percentage points is their difference. A sign that is the wrong way
// round is found wherever the change stands; right ones of any spelling stay silent.
func TestChangesInPoints(t *testing.T) {
	const years = `专业,2024年升学率（%）,2025年升学率（%）,增减百分点
甲,60.10,62.30,2.20
乙,71.00,69.50,-1.50
丙,55.20,58.00,2.80
丁,66.60,64.10,-2.50
`
	const down = `年度,毕业人数,升学人数,升学率（%）,比上年增减百分点
2021,500,300,60.00,/
2022,500,310,62.00,2.00
2023,500,300,60.00,-2.00
2024,500,320,64.00,4.00
2025,500,315,63.00,-1.00
`
	const row = `指标,2024年,2025年,增减百分点
升学率,60.10%,62.30%,2.20
对口率,71.00%,69.50%,-1.50
直接就业率,55.20%,58.00%,2.80
本地就业率,66.60%,64.10%,-2.50
`
	const among = `专业,2024年毕业人数,2024年升学人数,2024年升学率（%）,2025年毕业人数,2025年升学人数,2025年升学率（%）,升学率增减（百分点）
甲,100,60,60.00,100,62,62.00,2.00
乙,100,71,71.00,100,69,69.00,-2.00
丙,100,55,55.00,100,58,58.00,3.00
丁,100,66,66.00,100,64,64.00,-2.00
`
	const share = `专业,2024年在校生,2025年在校生,增长率（%）
甲,600,660,10.00
乙,500,450,-10.00
丙,400,420,5.00
丁,300,330,10.00
`
	for _, tc := range []struct {
		name, text, old, put string
		want                 want
	}{
		{"columns by year", years, "69.50,-1.50", "69.50,1.50", want{"t", "乙", "增减百分点", "1.50", "-1.50", WrongPercent}},
		{"a rise printed as a fall", years, "58.00,2.80", "58.00,-2.80", want{"t", "丙", "增减百分点", "-2.80", "2.80", WrongPercent}},
		{"another keyboard's minus", strings.ReplaceAll(years, ",-", ",−"), "64.10,−2.50", "64.10,2.50", want{"t", "丁", "增减百分点", "2.50", "-2.50", WrongPercent}},
		{"rows by year", down, "60.00,-2.00", "60.00,2.00", want{"t", "2023", "比上年增减百分点", "2.00", "-2.00", WrongPercent}},
		{"indicators down the side", row, "69.50%,-1.50", "69.50%,1.50", want{"t", "对口率", "增减百分点", "1.50", "-1.50", WrongPercent}},
		{"among counts of both years", among, "69.00,-2.00", "69.00,2.00", want{"t", "乙", "升学率增减(百分点)", "2.00", "-2.00", WrongPercent}},
		{"a growth, not a difference", share, "450,-10.00", "450,10.00", want{"t", "乙", "增长率(%)", "10.00", "-10.00", WrongPercent}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			compare(t, run(t, []Sheet{sheetOf(t, "t", tc.text)}), nil)
			wrong := strings.Replace(tc.text, tc.old, tc.put, 1)
			if wrong == tc.text {
				t.Fatalf("no %q in the table", tc.old)
			}
			compare(t, run(t, []Sheet{sheetOf(t, "t", wrong)}), []want{tc.want})
		})
	}
	// Magnitudes without signs, and a table whose change is of something else, are no errors.
	compare(t, run(t, []Sheet{sheetOf(t, "t", `专业,2024年升学率（%）,2025年升学率（%）,变化幅度
甲,60.10,62.30,2.20
乙,71.00,69.50,1.50
丙,55.20,58.00,2.80
丁,66.60,64.10,2.50
`)}), nil)
	compare(t, run(t, []Sheet{sheetOf(t, "t", `专业,2024年升学率（%）,2025年升学率（%）,就业率增减百分点
甲,60.10,62.30,1.10
乙,71.00,69.50,0.70
丙,55.20,58.00,-2.80
丁,66.60,64.10,0.40
`)}), nil)
}
