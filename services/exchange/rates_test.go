package exchange_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

func find(figures []partnership.Figure, rate, group string, year int) *partnership.Figure {
	for i := range figures {
		f := &figures[i]
		if f.Rate == rate && f.Group == group && f.Year == year {
			return f
		}
	}
	return nil
}

// The published table is read again here, apart from the code that loads it.
func TestRates_EqualThePublishedCounts(t *testing.T) {
	h := exchangetest.Demo(t)
	op := partnership.System("test")
	mine, err := h.Rates(ctx, op, exchange.RateQuery{Year: 2025, School: demo.Centre, By: exchange.ByCategory, Live: true})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("../demo/tables/employment_by_category.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // opened for reading
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, r := range rows[1:] {
		if !strings.Contains(r[0], "职业教育中心") || r[1] != "2025" || r[2] == "合计" {
			continue
		}
		checked++
		direct, aligned := find(mine, "direct_employment", r[2], 2025), find(mine, "alignment_school", r[2], 2025)
		if direct == nil || aligned == nil {
			t.Errorf("%s: no figure", r[2])
			continue
		}
		got := []int64{direct.Denominator, direct.Numerator, aligned.Numerator, aligned.Denominator}
		if want := []int64{num(t, r[3]), num(t, r[4]), num(t, r[6]), num(t, r[4])}; got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
			t.Errorf("%s: graduates, direct, aligned, of direct = %v, published %v", r[2], got, want)
		}
	}
	if checked != 12 {
		t.Errorf("checked %d categories, want 12", checked)
	}
	for _, tc := range []struct {
		by, group, rate string
		num, den        int64
		percent         string
	}{
		{exchange.BySchool, "重庆市荣昌区职业教育中心", "direct_employment", 514, 2125, "24.19"},
		{exchange.BySchool, "重庆市荣昌区职业教育中心", "alignment", 439, 514, "85.41"},
		{exchange.BySchool, "重庆益民技工学校", "direct_employment", 175, 467, "37.47"},
		{exchange.BySchool, "重庆市荣昌区职业教育中心", "alignment_school", 439, 514, "85.41"},
		{exchange.BySchool, "重庆益民技工学校", "alignment_school", 157, 175, "89.71"},
		{exchange.ByDistrict, "全区", "progression", 1899, 2592, "73.26"},
		{exchange.ByDistrict, "全区", "direct_employment", 689, 2592, "26.58"},
		{exchange.ByDistrict, "全区", "alignment_school", 596, 689, "86.50"},
		{exchange.ByDistrict, "全区", "alignment", 439, 514, "85.41"}, // of those recorded one by one
	} {
		all, err := h.Rates(ctx, op, exchange.RateQuery{Year: 2025, By: tc.by, Live: true})
		if err != nil {
			t.Fatal(err)
		}
		f := find(all, tc.rate, tc.group, 2025)
		if f == nil || f.Numerator != tc.num || f.Denominator != tc.den || f.Percent != tc.percent {
			t.Errorf("%s %s = %+v, want %d/%d = %s", tc.group, tc.rate, f, tc.num, tc.den, tc.percent)
		} else if f.Version == "" || f.CutOff != "2025-12-31" {
			t.Errorf("%s %s: version %q, cut-off %q", tc.group, tc.rate, f.Version, f.CutOff)
		}
	}
	t.Run("what was not published has no rate", func(t *testing.T) {
		all, err := h.Rates(ctx, op, exchange.RateQuery{Year: 2024, School: demo.Centre, By: exchange.ByCategory, Live: true})
		if err != nil {
			t.Fatal(err)
		}
		if f := find(all, "direct_employment", "信息技术类", 2024); f != nil {
			t.Errorf("direct employment of a category in 2024 = %+v; the report prints none", f)
		}
		if f := find(all, "progression", "信息技术类", 2024); f == nil || f.Percent != "87.03" {
			t.Errorf("progression 信息技术类 2024 = %+v, want 416/478 = 87.03", f)
		}
	})
	t.Run("a school does not see another's figures", func(t *testing.T) {
		_, err := h.Rates(ctx, as["school"], exchange.RateQuery{School: demo.Centre})
		kindIs(t, err, partnership.ErrNotFound)
	})
	t.Run("the job writes each snapshot once", func(t *testing.T) {
		first, err := h.RefreshRates(ctx, "2025-12-31")
		if err != nil || !strings.HasPrefix(first, "2025-12-31：新写 ") || strings.Contains(first, "新写 0 份") {
			t.Fatalf("first run: %q, %v", first, err)
		}
		second, err := h.RefreshRates(ctx, "2025-12-31")
		if err != nil || !strings.Contains(second, "新写 0 份") {
			t.Errorf("second run: %q, %v; want nothing new", second, err)
		}
		d, err := h.Dashboard(ctx, as["district"], exchange.DashboardQuery{})
		if err != nil || d.Year != 2025 || len(d.Years) != 3 || d.AsOf != "2025-12-31" || len(d.Groups) != 14 || len(d.Demand) == 0 {
			t.Errorf("dashboard: year %d of %v as of %s, %d categories, %d demand rows (%v)", d.Year, d.Years, d.AsOf, len(d.Groups), len(d.Demand), err)
		}
	})
}

func num(t *testing.T, s string) int64 {
	t.Helper()
	n := int64(0)
	for _, c := range s {
		if c < '0' || c > '9' {
			t.Fatalf("not a count: %q", s)
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

func TestRates_InternsAreNotEmployed(t *testing.T) {
	h := exchangetest.Small(t)
	out := func(id string, d partnership.Direction) partnership.Outcome {
		o := partnership.Outcome{School: exchangetest.School, Year: 2026, Category: "装备制造大类", MajorName: "数控技术应用", Major: "660103", Student: id, Direction: d}
		o.ID = id
		return o
	}
	if err := h.Load(ctx, partnership.Bundle{Outcomes: []partnership.Outcome{
		out("1", partnership.Employed), out("2", partnership.Interning), out("3", partnership.Searching), out("4", partnership.Progress)}}); err != nil {
		t.Fatal(err)
	}
	all, err := h.Rates(ctx, as["school"], exchange.RateQuery{Year: 2026, School: exchangetest.School, By: exchange.BySchool, Live: true})
	if err != nil {
		t.Fatal(err)
	}
	if f := find(all, "direct_employment", "甲职业学校", 2026); f == nil || f.Numerator != 1 || f.Denominator != 4 {
		t.Errorf("direct employment = %+v, want 1 of 4: the intern is not employed", f)
	}
}

func TestRates_SmallGroupsAreHiddenFromOthers(t *testing.T) {
	h := exchangetest.Small(t)
	var all []partnership.Outcome
	add := func(category string, n int) {
		for range n {
			o := partnership.Outcome{School: exchangetest.School, Year: 2026, Category: category, Direction: partnership.Employed, Student: "x"}
			o.ID = h.Store.NewID()
			all = append(all, o)
		}
	}
	add("装备制造大类", 40)
	add("教育与体育大类", 30)
	add("旅游大类", 3)
	if err := h.Load(ctx, partnership.Bundle{Outcomes: all}); err != nil {
		t.Fatal(err)
	}
	q := exchange.RateQuery{Year: 2026, School: exchangetest.School, By: exchange.ByCategory, Live: true}
	for _, tc := range []struct {
		who    string
		hidden int
	}{{"school", 0}, {"operator", 2}, {"district", 2}} {
		figures, err := h.Rates(ctx, as[tc.who], q)
		if err != nil {
			t.Fatal(err)
		}
		hidden := 0
		for _, f := range figures {
			if f.Rate == "direct_employment" && f.Hidden {
				hidden++
				if f.Numerator != 0 || f.Denominator != 0 || f.Percent != "" {
					t.Errorf("%s reads a hidden figure: %+v", tc.who, f)
				}
			}
		}
		if hidden != tc.hidden {
			t.Errorf("%s: %d groups hidden, want %d (the small one, and one more so that it cannot be subtracted)", tc.who, hidden, tc.hidden)
		}
	}
}

// A school that states a whole and not its part, or a part alone, is left out of the
// district's rate on both sides: its silence is not a zero.
func TestRates_LeaveOutWhatASchoolDidNotState(t *testing.T) {
	h := exchangetest.Small(t)
	var stated []partnership.Published
	for _, s := range []struct {
		school string
		year   int
		items  map[string]string
	}{
		{exchangetest.School, 2026, map[string]string{"major_teachers": "40", "dual_teachers": "30", "assessed": "100", "certified": "90", "certified_middle": "20"}},
		{exchangetest.School2, 2026, map[string]string{"major_teachers": "60", "practice_days": "300", "assessed": "50", "certified": "40", "course_passed": "45"}},
		{exchangetest.School, 2027, map[string]string{"major_teachers": "40"}},
		{exchangetest.School2, 2027, map[string]string{"major_teachers": "60"}},
	} {
		for item, value := range s.items {
			p := partnership.Published{School: s.school, Year: s.year, Table: "reported", Item: item, Value: value, Source: "年报"}
			p.ID = fmt.Sprint(s.school, s.year, item)
			stated = append(stated, p)
		}
	}
	if err := h.Load(ctx, partnership.Bundle{Published: stated}); err != nil {
		t.Fatal(err)
	}
	practise(t, h)
	h.Clock.Move(30 * 24 * time.Hour)
	figures, err := h.Rates(ctx, partnership.System("test"), exchange.RateQuery{Live: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		rate     string
		year     int
		num, den int64
	}{
		{"dual_teachers", 2026, 30, 40},
		{"practice_days", 2026, 300, 60},
		{"certificate", 2026, 130, 150},
		{"certificate_middle", 2026, 20, 100},
		{"course_pass", 2026, 0, 0},
		{"practice_days", 2027, 8, 40}, // from the bookings: whoever booked nothing is not counted
	} {
		var num, den int64
		for _, f := range figures {
			if f.Rate == want.rate && f.Year == want.year && f.School == "" && f.By == exchange.ByDistrict {
				num, den = f.Numerator, f.Denominator
			}
		}
		if num != want.num || den != want.den {
			t.Errorf("%s %d of the district: %d / %d, want %d / %d", want.rate, want.year, num, den, want.num, want.den)
		}
	}
}
