package partnership

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNameKey(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"重庆市齐盈精密模具有限公司", "重庆齐盈精密模具有限公司", true},
		{"重庆齐盈精密模具有限责任公司", "重庆齐盈精密模具有限公司", true},
		{"重庆齐盈精密模具", "重庆（齐盈）精密模具 有限公司", true},
		{"重庆ＡＢＢ变压器有限公司", "重庆abb变压器有限公司", true},
		{"重庆市荣昌区齐盈精密模具有限公司", "重庆齐盈精密模具有限公司", true},
		{"内蒙古自治区伊利实业", "内蒙古伊利实业有限公司", true},
		{"重庆齐盈精密模具有限公司", "四川齐盈精密模具有限公司", false},
		{"重庆宗申集团有限公司", "重庆宗申有限公司", false},
		{"重庆齐盈精密模具有限公司", "重庆齐盈精密模具股份有限公司", false},
		{"重庆齐盈有限公司", "重庆齐盈有限公司荣昌分公司", false},
		{"重庆渝瀚电子科技有限公司", "重庆瑜瀚电子科技有限公司", false},
	} {
		if got := NameKey(tc.a) == NameKey(tc.b); got != tc.same {
			t.Errorf("NameKey(%s) = %s, NameKey(%s) = %s, want same %t", tc.a, NameKey(tc.a), tc.b, NameKey(tc.b), tc.same)
		}
	}
	if got := NameCore("重庆市齐盈精密模具有限公司"); got != "齐盈精密模具" || !strings.HasPrefix(NameKey("重庆市齐盈精密模具有限公司"), got) {
		t.Errorf("core %q, key %q", got, NameKey("重庆市齐盈精密模具有限公司"))
	}
}

func TestSameCompany(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"重庆渝瀚电子科技有限公司", "重庆瑜瀚电子科技有限公司", true},
		{"重庆渝瀚电子科技有限公司", "渝瀚电子", true},
		{"重庆瑜瀚电子科技有限公司", "渝瀚电子", false}, // a slip and a short form at once is too far; the group joins them
		{"重庆东矩金属制品有限公司", "重庆东炬金属制品有限公司", true},
		{"重庆市齐盈精密模具有限公司", "重庆齐盈精密模具有限公司", true},
		{"渝瀚", "瑜瀚", true},
		{"日泉农牧", "重庆日泉农牧有限公司", true},
		{"宗申集团", "重庆宗申集团有限公司", true},
		{"重庆红宇精密工业集团", "重庆红宇精密工业有限责任公司", true},
		{"重庆市宠济生宠物医院", "宠济生宠物医院", true},
		{"嘉陵益民", "重庆益民技工学校", false},
		{"宗申集团", "隆鑫发动机", false},
		{"京东", "京东方科技集团", false},
		{"恒安", "恒安纸业", false}, // two characters alone are no evidence
		{"重庆宏达机械有限公司", "四川宏达机械有限公司", false},
		{"重庆第一机械厂", "重庆第二机械厂", false},
		{"联荣模具公司", "鸿腾科技公司", false},
		{"重庆泰华牧业", "重庆泰华建筑工程有限公司", false},
		{"重庆兆宏农业开发有限公司", "重庆琪泰食品科技有限公司", false},
		{"精密模具公司", "精密模具制造有限公司", false}, // no brand to go by
		{"重庆齐盈有限公司", "重庆齐盈有限公司荣昌分公司", false},
		{"", "", true},
		{"", "重庆", false},
	} {
		score, why := SameCompany(tc.a, tc.b)
		back, _ := SameCompany(tc.b, tc.a)
		if (score >= Likely) != tc.same || score != back || score >= Likely && why == "" {
			t.Errorf("SameCompany(%s, %s) = %.2f (%s), reversed %.2f, want same %t", tc.a, tc.b, score, why, back, tc.same)
		}
	}
}

// The names of the seed reports as written, each group being one company.
var seed = [][]string{
	{"重庆渝瀚电子科技有限公司", "渝瀚电子", "重庆瑜瀚电子科技有限公司"}, {"联荣模具公司"}, {"鸿腾科技公司"}, {"日泉农牧"},
	{"重庆东矩金属制品有限公司", "重庆东炬金属制品有限公司"}, {"重庆乐和乐都旅游有限公司"}, {"重庆泰华牧业"}, {"重庆市宠济生宠物医院"},
	{"重庆兆宏农业开发有限公司"}, {"重庆琪泰食品科技有限公司"}, {"嘉陵益民"}, {"宗申集团"}, {"隆鑫发动机"}, {"重庆红宇精密工业集团"},
	{"成都宝利根精密工业有限公司"}, {"重庆齐盈精密模具有限公司", "重庆市齐盈精密模具有限公司"}, {"重庆链脉网络科技有限公司"},
	{"川环科技公司"}, {"天宝集团"}, {"京东"}, {"恒安"}, {"圣美精工"}, {"重庆益民技工学校"}, {"重庆市荣昌区职业教育中心"},
}

func TestSpellingGroupsOfTheSeed(t *testing.T) {
	var names []string
	var want []string
	for _, g := range seed {
		if len(g) > 1 {
			want = append(want, strings.Join(g, "|"))
		}
		names = append(names, g...)
	}
	var got []string
	for _, g := range SpellingGroups(names) {
		var members []string
		for _, i := range g.Names {
			members = append(members, names[i])
		}
		got = append(got, strings.Join(members, "|"))
		if len(g.Why) != len(g.Names)-1 {
			t.Errorf("%v: %d reasons for %d names", members, len(g.Why), len(members))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("groups\n got %q\nwant %q", got, want)
	}
}

func TestSpellingProperties(t *testing.T) {
	brand := rapid.StringOfN(rapid.SampledFrom([]rune("渝瀚齐盈东矩日泉红宇链脉益民")), 2, 3, -1)
	trade := rapid.SampledFrom([]string{"精密模具", "电子科技", "农牧", "网络科技", "医院", "职业学校"})
	rapid.Check(t, func(t *rapid.T) {
		core := brand.Draw(t, "brand") + trade.Draw(t, "trade")
		a := rapid.SampledFrom([]string{"重庆", "重庆市", "重庆市荣昌区"}).Draw(t, "place a") + core + rapid.SampledFrom([]string{"有限公司", "有限责任公司", "公司", ""}).Draw(t, "form a")
		b := rapid.SampledFrom([]string{"重庆", "重庆市"}).Draw(t, "place b") + core + rapid.SampledFrom([]string{"有限公司", "有限责任公司", ""}).Draw(t, "form b")
		if NameKey(a) != NameKey(b) {
			t.Fatalf("NameKey(%s) = %s, NameKey(%s) = %s", a, NameKey(a), b, NameKey(b))
		}
		x, y := brand.Draw(t, "x")+trade.Draw(t, "tx"), brand.Draw(t, "y")+trade.Draw(t, "ty")
		s1, _ := SameCompany(x, y)
		s2, _ := SameCompany(y, x)
		if s1 != s2 || s1 < 0 || s1 > 1 {
			t.Fatalf("SameCompany(%s, %s) = %v, reversed %v", x, y, s1, s2)
		}
	})
}

func BenchmarkSpellingGroups(b *testing.B) {
	brands, trade := []rune("渝瀚齐盈东矩日泉红宇链脉益民鸿腾联荣泰华兆宏琪泰"), []string{"精密模具", "电子科技", "农牧", "网络科技", "机械制造"}
	names := make([]string, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("重庆%c%c%c%s有限公司", brands[i%len(brands)], brands[i/7%len(brands)], rune(0x4E00+i), trade[i%len(trade)])
	}
	for b.Loop() {
		SpellingGroups(names)
	}
}

func FuzzSameCompany(f *testing.F) {
	f.Add("重庆市齐盈精密模具有限公司", "齐盈")
	f.Add("公司", "有限公司")
	f.Fuzz(func(t *testing.T, a, b string) {
		s, _ := SameCompany(a, b)
		if back, _ := SameCompany(b, a); s != back || s < 0 || s > 1 {
			t.Fatalf("SameCompany(%q, %q) = %v, reversed %v", a, b, s, back)
		}
		if NameKey(a) == NameKey(b) && s != 1 {
			t.Fatalf("one key, score %v", s)
		}
	})
}
