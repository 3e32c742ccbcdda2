package search

import (
	"strings"
	"testing"
)

func cutWords(d *dictionary, s string, sub bool) string {
	c := cutter{dict: d}
	s = fold(s)
	var out []string
	for _, t := range c.cut(s, sub) {
		out = append(out, s[t.start:t.end])
	}
	return strings.Join(out, " ")
}

func TestCut(t *testing.T) {
	d := newDictionary([]string{"铣工", "叉车工", "订单班", "数控车工"})
	t.Logf("slots %d used %d", len(d.slots), d.used)
	for _, tc := range []struct{ name, in, want string }{
		{"compound", "数控车床操作工", "数控车床 数控 车床 操作工 操作"},
		{"domain word", "叉车工", "叉车工 叉车"},
		{"mixed", "ＣＮＣ操作员C++工程师", "cnc 操作员 操作 c++ 工程师 工程"},
		{"code", "6-18-01-01 车工", "6-18-01-01 6 18 01 01 车工"},
		{"boundary", "确保安全 土木工程", "确保安全 确保 安全 土木工程 土木 工程"},
		{"name", "渝瀚电子", "渝 瀚 电子"},
		{"empty", " ，。", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := cutWords(d, tc.in, true); got != tc.want {
				t.Errorf("cut(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func BenchmarkDictionary(b *testing.B) {
	for b.Loop() {
		newDictionary(nil)
	}
}

func BenchmarkCut(b *testing.B) {
	d := newDictionary(nil)
	text := strings.Repeat("负责数控车床的日常操作与保养，能看懂机械图纸，按工艺要求完成零件加工并做好自检记录。", 20)
	c := cutter{dict: d}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		c.cut(text, true)
	}
}

func TestFold(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"traditional", "數控車工 護理員 養豬 後勤", "数控车工 护理员 养猪 后勤"},
		{"full width", "ＰＬＣ　Ｃ＋＋", "plc c++"},
		{"simplified stays", "叶县 云计算 干部", "叶县 云计算 干部"},
		{"invalid bytes", "a\xffB", "a�b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := fold(tc.in); got != tc.want {
				t.Errorf("fold(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}
