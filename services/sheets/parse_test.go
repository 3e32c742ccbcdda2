package sheets

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestCells(t *testing.T) {
	im := &Import{opt: Options{}}
	for _, tc := range []struct {
		typ  Type
		text string
		want string // printed value, or ! and a part of what is wrong
	}{
		{Count, "1,200", "1200"}, {Count, "４５", "45"}, {Count, "45人", "45"}, {Count, "45.0", "45"}, {Count, "1,20", "!不是整数"},
		{Count, "4.5", "!不是整数"}, {Count, "-1", "!负数"}, {Count, "约30", "!不是整数"}, {Count, "1e3", "!不是整数"}, {Count, "0x10", "!不是整数"},
		{Count, "99999999999999999999", "!太大"}, {Count, "NaN", "!不是整数"}, {Count, "=1", "!不是整数"},
		{Number, "7.5", "7.5"}, {Number, "8小时", "8"}, {Number, "-0.1", "!负数"}, {Number, ".", "!不是数"},
		{Money, "3,600.50", "360050"}, {Money, "￥3600", "360000"}, {Money, "3600元/月", "360000"}, {Money, "0.001", "!比分还小"}, {Money, "面议", "!不是金额"}, {Money, "-1", "!负数"},
		{Percent, "85.41%", "0.8541"}, {Percent, "85.41", "0.8541"}, {Percent, "0.8541", "!看不出"}, {Percent, "1", "!看不出"}, {Percent, "0", "0"}, {Percent, "100%", "1"},
		{Percent, "100.01%", "!超过"}, {Percent, "-1%", "!负数"}, {Percent, "0.5%", "0.005"},
		{Date, "2025-07-01", "2025-07-01"}, {Date, "2025/7/1", "2025-07-01"}, {Date, "2025.7.1", "2025-07-01"}, {Date, "2025年7月1日", "2025-07-01"},
		{Date, "20250701", "2025-07-01"}, {Date, "2025-07-01 08:30:00", "2025-07-01"}, {Date, "2025-02-29", "!不是日期"}, {Date, "2024-02-29", "2024-02-29"},
		{Date, "1899-01-01", "!年份"}, {Date, "2025年9月", "!不是日期"}, {Date, "45839", "!不是日期"},
		{Bool, "是", "true"}, {Bool, "√", "true"}, {Bool, "N", "false"}, {Bool, "０", "false"}, {Bool, "也许", "!不是“是”"},
		{Phone, "138 0000 0000", "13800000000"}, {Phone, "023-46731234", "023-46731234"}, {Phone, "1234", "!不是电话"}, {Phone, "+8613800000000", "+8613800000000"},
		{CreditCode, "91350100M000100Y43", "91350100M000100Y43"}, {CreditCode, "91350100m000100y43", "91350100M000100Y43"}, {CreditCode, "91350100M000100Y4", "!17位"},
		{CreditCode, "91350100M000I00Y43", "!不在允许的字符里"}, {CreditCode, "91350100M000100Y42", "!校验码"}, {CreditCode, "9.1350100M0001E+17", "!丢失"},
		{IDNumber, "500226199001011230", "!校验码"}, {IDNumber, "50022619900230123X", "!不是存在的日期"}, {IDNumber, "990001200802290014", "!地区码"}, {IDNumber, "5.00226E+17", "!丢失"}, {IDNumber, "123", "!18位"},
		{MajorCode, "660103", "660103"}, {MajorCode, "66010", "!不是专业代码"}, {RegionCode, "500153", "500153"}, {RegionCode, "5001534", "!不是地区代码"},
		{Text, strings.Repeat("字", 501), "!501 个字"},
	} {
		t.Run(fmt.Sprintf("%d %.20s", tc.typ, tc.text), func(t *testing.T) {
			v, what, allowed := im.value(&Column{Field: "x", Header: "某列", Type: tc.typ}, tc.text)
			got := fmt.Sprint(v)
			if what != "" {
				got = "!" + what
			}
			part, bad := strings.CutPrefix(tc.want, "!")
			if bad != (what != "") || bad && (!strings.Contains(what, part) || allowed == "") || !bad && got != tc.want {
				t.Errorf("value(%q) = %s (%s), want %s", tc.text, got, allowed, tc.want)
			}
		})
	}
}

// A unit behind an amount counts, whichever the column has: taken for the other it would be
// wrong ten thousand times.
func TestMoneyInItsOwnUnit(t *testing.T) {
	im := &Import{}
	for _, tc := range []struct {
		text          string
		inYuan, inWan string // fen, or ! and a part of what is wrong
	}{
		{"3500", "350000", "3500000000"}, {"3500元", "350000", "350000"}, {"0.35万元", "350000", "350000"}, {"0.35万", "350000", "350000"},
		{"3500元/月", "350000", "350000"}, {"0.35万元/月", "350000", "350000"}, {"¥ 1.2 万元", "1200000", "1200000"}, {"3500.001元", "!比分还小", "!比分还小"},
		{"200万元", "!太大", "200000000"}, {"万元", "!不是金额", "!不是金额"}, {"3万万元", "!不是金额", "!不是金额"}, {"3,500元", "350000", "350000"},
	} {
		for _, wan := range []bool{false, true} {
			want := tc.inYuan
			if wan {
				want = tc.inWan
			}
			v, what, _ := im.value(&Column{Field: "x", Header: "某列", Type: Money, Wan: wan, Max: 1_000_000}, tc.text)
			part, bad := strings.CutPrefix(want, "!")
			if bad && !strings.Contains(what, part) || !bad && fmt.Sprint(v) != want {
				t.Errorf("%s, wan %t = %v %s, want %s", tc.text, wan, v, what, want)
			}
		}
	}
}

// A heading that names another unit than ours has its own way.
func TestMoneyInTheUnitOfTheHeading(t *testing.T) {
	kind := Kind{ID: "x", Title: "某表", Columns: []Column{{Field: "name", Header: "名称", Required: true},
		{Field: "value", Header: "设备总值（万元）", Aliases: []string{"设备总值"}, Type: Money, Wan: true, Max: 20_000}, {Field: "pay", Header: "月收入", Type: Money, Max: 1_000_000}}}
	for head, want := range map[string]string{
		"设备总值（万元）,月收入": "120000000 350", "设备总值,月收入（元/月）": "120000000 350", "设备总值（元）,月收入（万元）": "12000 3500000", "设备总值 【 元 】,月收入(元)": "12000 350",
		"设备总值（学校填）,月收入（税前）": "120000000 350", "设备总值（千元）,月收入（千元/月）": "12000000 350000", "设备总值（百万元）,月收入": "12000000000 350",
	} {
		im, err := NewImport(strings.NewReader("名称,"+head+"\n甲,120,3.5\n"), "x.csv", kind, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for l := range im.Lines() {
			if got := fmt.Sprint(l.Row.Values["value"], " ", l.Row.Values["pay"]); got != want || len(l.Problems) > 0 {
				t.Errorf("%s: %s %v, want %s", head, got, l.Problems, want)
			}
		}
		if im.Rows() != 1 {
			t.Errorf("%s: %d rows", head, im.Rows())
		}
		if err := im.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestEnumSpellings(t *testing.T) {
	c, _ := Posts().Column("kind")
	grade, _ := Posts().Column("labour_grade")
	im := &Import{}
	for text, want := range map[string]string{"岗位实习": "岗位实习", "顶岗实习": "岗位实习", "跟岗": "岗位实习", "见习": "认识实习"} {
		if v, what, _ := im.value(&c, text); v != want {
			t.Errorf("kind %q = %v %s, want %s", text, v, what, want)
		}
	}
	for text, want := range map[string]string{"Ⅲ": "Ⅲ", "iii": "Ⅲ", "3": "Ⅲ", "Ⅲ级": "Ⅲ", "３": "Ⅲ"} {
		if v, what, _ := im.value(&grade, text); v != want {
			t.Errorf("grade %q = %v %s, want %s", text, v, what, want)
		}
	}
	hazards, _ := Posts().Column("hazards")
	for text, want := range map[string]string{"高处2级": "[高处2级]", "登高（ 2 级）、噪声": "[高处2级 噪声]", "无": "[无]"} {
		if v, what, _ := im.value(&hazards, text); fmt.Sprint(v) != want {
			t.Errorf("hazards %q = %v %s, want %s", text, v, what, want)
		}
	}
	if _, what, _ := im.value(&hazards, "高处10级"); what == "" {
		t.Error("a grade of two digits was accepted")
	}
	if _, what, allowed := im.value(&c, "义务劳动"); what != "不认识 「义务劳动」" || allowed != "认识实习、岗位实习、就业" {
		t.Errorf("got %s: %s", what, allowed)
	}
}

func TestDateText(t *testing.T) {
	for _, tc := range []struct {
		v        float64
		date1904 bool
		want     string
	}{{1, false, "1900-01-01"}, {59, false, "1900-02-28"}, {61, false, "1900-03-01"}, {45838, false, "2025-06-30"}, {0.5, false, "12:00:00"}, {44376, true, "2025-06-30"}, {-1, false, "-1"}} {
		if got := numberText(fmt.Sprint(tc.v), dateNumber, tc.date1904); got != tc.want {
			t.Errorf("date %v = %s, want %s", tc.v, got, tc.want)
		}
	}
}

func TestISOText(t *testing.T) {
	for raw, want := range map[string]string{"2025-06-30T00:00:00.000Z": "2025-06-30", "2025-06-30T00:00:00": "2025-06-30", "2025-06-30": "2025-06-30", "2025-06-30T08:30:00": "2025-06-30 08:30:00", "x": "x"} {
		if got := isoText(raw); got != want {
			t.Errorf("isoText(%s) = %s, want %s", raw, got, want)
		}
	}
}

func TestDelimiter(t *testing.T) {
	for text, want := range map[string]rune{"a,b;c,d\n1;2;3;4;5;6\n": ',', "a\tb\tc\n": '\t', "标题\na;b;c\n": ';', "\"a;b;c;d\",x,y\n": ',', "": ',', "a|b": '|'} {
		if got := delimiter([]byte(text)); got != want {
			t.Errorf("delimiter(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("企业名称,备注\n甲,乙\n"))
	f.Add([]byte("\xEF\xBB\xBFa,b"))
	f.Add([]byte("\xFF\xFEa\x00"))
	f.Add([]byte("\xC6\xF3\xD2\xB5,\"x\ny\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		enc, err := sniff(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		chunked, err := sniff(io.MultiReader(bytes.NewReader(data[:len(data)/2]), bytes.NewReader(data[len(data)/2:])))
		if err != nil || enc == "UTF-8" && chunked != enc {
			t.Fatalf("whole %s, in two parts %s, %v", enc, chunked, err)
		}
		tryImport(t, "f.csv", data)
	})
}

func FuzzXLSX(f *testing.F) {
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>企业名称</t></is></c></row><row r="2"><c r="A2"><f>1</f><v>2</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`))
	f.Add([]byte(`<x:worksheet><x:sheetData><x:row><x:c t="d"><x:v>2025-01-01T00:00:00</x:v></x:c></x:row></x:sheetData></x:worksheet>`))
	f.Fuzz(func(t *testing.T, sheet []byte) {
		data := archive(t, rawBook(string(sheet)))
		tryImport(t, "f.xlsx", data)
		_, _ = Grids(bytes.NewReader(data), "f.xlsx") // must not panic; the error is the file's
	})
}

func FuzzCell(f *testing.F) {
	for _, s := range []string{"1,200", "85%", "2025年7月1日", "91350100M000100Y43", "’=1", "\t=x", "_x0041_"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		im := &Import{}
		for typ := Text; typ <= IDNumber; typ++ {
			v, what, allowed := im.value(&Column{Header: "某列", Type: typ, Allowed: []string{"甲"}}, s)
			if what != "" && (v != nil || allowed == "") {
				t.Fatalf("type %d of %q: value %v with %q: %q", typ, s, v, what, allowed)
			}
		}
		c := Clean(s)
		if Clean(c) != c {
			t.Fatalf("Clean(%q) = %q is not clean", s, c)
		}
		if got := reveal(neutral(c)); got != c {
			t.Fatalf("reveal(neutral(%q)) = %q", c, got)
		}
	})
}
