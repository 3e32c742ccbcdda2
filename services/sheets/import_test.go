package sheets

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"sunmao/services/partnership"
)

// majors stands in for the catalogue.
func majors(s string) (string, []string, bool) {
	table := map[string]string{"660103": "数控技术应用", "660108": "模具制造技术", "710202": "大数据技术应用"}
	for code, name := range table {
		if s == code || s == name {
			return code, nil, true
		}
	}
	return "", []string{"660103 数控技术应用", "660108 模具制造技术"}, false
}

func readAll(t *testing.T, name, text string, k Kind) (rows []Row, problems []string) {
	t.Helper()
	im, err := NewImport(strings.NewReader(text), name, k, Options{Lookups: Lookups{Major: majors}})
	if err != nil {
		return nil, []string{err.Error()}
	}
	defer im.Close()
	for l := range im.Lines() {
		for _, p := range l.Problems {
			problems = append(problems, p.String())
		}
		if len(l.Problems) == 0 {
			rows = append(rows, l.Row)
		}
	}
	if im.Err() != nil {
		problems = append(problems, im.Err().Error())
	}
	return rows, problems
}

func TestImportProblems(t *testing.T) {
	for _, tc := range []struct {
		name, kind, text string
		want             []string
	}{
		{"good", "graduates", "school,year,category,graduates,direct_employed,aligned\n职教中心,2025,合计,2125,514,439\n", nil},
		{"negative count", "graduates", "学校,毕业年份,专业大类,毕业生数\n职教中心,2025,旅游服务类,-3\n",
			[]string{"f.csv:2: 毕业生数: 「-3」 是负数: 0 到 10000000 的整数，例如 120"}},
		{"more aligned than employed", "graduates", "学校,年份,专业大类,毕业生数,就业人数,对口人数\n甲校,2025,农林牧渔类,251,67,68\n",
			[]string{"f.csv:2: 对口人数: 对口人数 68 多于就业人数 67: 不多于 67"}},
		{"more employed than graduated", "graduates", "学校,年份,专业大类,毕业生数,就业人数\n甲校,2025,农林牧渔类,25,67\n",
			[]string{"f.csv:2: 就业人数: 就业人数 67 多于毕业生数 25: 不多于 25"}},
		{"progressed and employed", "graduates", "学校,年份,专业大类,毕业生数,升学,就业\n甲校,2025,农林牧渔类,100,60,41\n",
			[]string{"f.csv:2: 升学: 升学 60 加直接就业 41 等于 101，多于毕业生数 100: 两项之和不多于 100"}},
		{"boundary of all count rules", "graduates", "学校,年份,专业大类,毕业生数,升学,就业,对口就业\n甲校,2025,农林牧渔类,100,60,40,40\n", nil},
		{"neither category nor major", "graduates", "学校,年份,专业大类,毕业生数\n甲校,2025,,100\n",
			[]string{"f.csv:2: 专业大类或专业代码: 都没有填: 至少填一项"}},
		{"unknown major with the nearest", "cohorts", "班级,专业代码,入学年份,人数\n数控1班,660193,2024,45\n",
			[]string{"f.csv:2: 专业代码: 没有专业 「660193」: 相近的有 660103 数控技术应用、660108 模具制造技术"}},
		{"wrong checksum", "companies", "企业名称,统一社会信用代码\n甲公司,91350100M000100Y44\n",
			[]string{"f.csv:2: 统一社会信用代码: 统一社会信用代码“91350100M000100Y44”的校验码不对：末位是“4”，按前17位应为“3”；请对照营业执照逐位核对: 18 位统一社会信用代码"}},
		{"repeated key", "companies", "name,credit_code\n甲公司,91350100M000100Y43\n\n乙公司,91350100M000100Y43\n",
			[]string{"f.csv:4: credit_code: 与第 2 行重复: 每行的credit_code不能全都相同"}},
		{"required cell empty", "cohorts", "班级,专业代码,入学年份,人数\n数控1班,660103,2024,\n",
			[]string{"f.csv:2: 人数: 没有填: 必填；1 到 100000 的整数，例如 45"}},
		{"required column missing", "cohorts", "班级,专业代码,人数,什么\n",
			[]string{"f.csv:1: 入学年份: 缺少这一必填列: 第一行写列名，中文或英文都行；可以先下载模板。没有认出的列：什么，可以指定它们各是哪一列"}},
		{"wrong types", "posts", "岗位,企业,人数,开始日期,结束日期,报酬\n车工,甲公司,十人,2026-02-30,2026-3-1,面议\n",
			[]string{"f.csv:2: 人数: 「十人」 不是整数: 1 到 10000 的整数，例如 10",
				"f.csv:2: 开始日期: 「2026-02-30」 不是日期: 年-月-日，例如 2026-03-01",
				"f.csv:2: 报酬: 「面议」 不是金额: 0 到 1000000 元，最多到分，例如 3200"}},
		{"end before start", "posts", "岗位,企业,人数,开始日期,结束日期\n车工,甲公司,10,2026-03-02,2026-3-1\n",
			[]string{"f.csv:2: 结束日期: 结束日期早于开始日期 2026-03-02: 不早于开始日期"}},
		{"a comma too many", "cohorts", "班级,专业代码,入学年份,人数\n数控1班,660103,2024,45,多\n",
			[]string{"f.csv:2: 第 5 列: 这一格没有列名: 在第 1 行写上列名，或清空这一格；CSV 里内容带逗号时要用英文双引号括起来"}},
		{"quotes that do not pair", "cohorts", "班级,专业代码,入学年份,人数\n数控\"1班,660103,2024,45\n数控2班,660103,2024,45\n",
			[]string{"f.csv:2: 整行: 引号不成对: 内容里有引号时，整格用英文双引号括起来，里面的引号写两遍"}},
		{"an outcome twice", "graduates", "学校,年份,专业大类,毕业生数\n甲校,2025,合计,100\n甲校,2025,合计,101\n",
			[]string{"f.csv:3: 学校: 与第 2 行重复: 每行的学校、年份、专业大类、专业代码不能全都相同"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k, ok := KindOf(tc.kind)
			if !ok {
				t.Fatalf("no kind %q", tc.kind)
			}
			if _, got := readAll(t, "f.csv", tc.text, k); !slices.Equal(got, tc.want) {
				t.Errorf("problems of\n%s\n got %s\nwant %s", tc.text, strings.Join(got, "\n     "), strings.Join(tc.want, "\n     "))
			}
		})
	}
}

func TestImportEncodings(t *testing.T) {
	text := "企业名称,备注\n重庆𠮷祥机械有限公司,\"一行\n两行\"\n㙍某公司,x\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	utf16 := []byte{0xFF, 0xFE}
	for _, r := range strings.ReplaceAll(text, ",", "\t") {
		if r > 0xFFFF {
			r -= 0x10000
			hi, lo := 0xD800+r>>10, 0xDC00+r&0x3FF
			utf16 = append(utf16, byte(hi), byte(hi>>8), byte(lo), byte(lo>>8))
			continue
		}
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for _, tc := range []struct {
		encoding string
		data     []byte
	}{
		{"UTF-8", []byte(text)},
		{"UTF-8 BOM", append([]byte("\xEF\xBB\xBF"), text...)},
		{"GB18030", gb},
		{"UTF-16", utf16},
	} {
		t.Run(tc.encoding, func(t *testing.T) {
			im, err := NewImport(bytes.NewReader(tc.data), "c.csv", Companies(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer im.Close()
			var got []string
			for l := range im.Lines() {
				got = append(got, fmt.Sprint(l.Row.Line, l.Row.Text("name"), l.Row.Text("note"), l.Problems))
			}
			want := []string{"2重庆𠮷祥机械有限公司一行\n两行[]", "4㙍某公司x[]"}
			if !slices.Equal(got, want) || im.Encoding() != tc.encoding {
				t.Errorf("got %q in %s, want %q", got, im.Encoding(), want)
			}
		})
	}
}

func TestImportMapping(t *testing.T) {
	text := "单位抬头,人头,标题\n甲公司,10,车工\n"
	_, err := NewImport(strings.NewReader(text), "p.csv", Posts(), Options{})
	var he *HeadingError
	var invalid partnership.Invalid
	if !errors.As(err, &he) || !errors.As(err, &invalid) {
		t.Fatalf("error %v is no HeadingError of bad input", err)
	}
	if want := []string{"单位抬头", "人头", "标题"}; !slices.Equal(he.Binding.Extra, want) {
		t.Errorf("extra = %q, want %q", he.Binding.Extra, want)
	}
	im, err := NewImport(strings.NewReader(text), "p.csv", Posts(), Options{Mapping: map[string]string{"单位抬头": "company", "人头": "slots", "标题": "title"}})
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	for l := range im.Lines() {
		if l.Row.Text("title") != "车工" || l.Row.Count("slots") != 10 || len(l.Problems) > 0 {
			t.Errorf("row %+v", l)
		}
	}
	if im.Binding.Mapping["人头"] != "slots" {
		t.Errorf("mapping to remember = %v", im.Binding.Mapping)
	}
}

func TestHeadingsBelowTitle(t *testing.T) {
	rows, problems := readAll(t, "f.csv", "2025 年毕业生情况,,,\n单位：人,,,\n学校,毕业年份（届）,专业大类 *,毕业生数（人）\n甲校,2025,合计,\"1,204\"\n", Graduates())
	if len(problems) > 0 || len(rows) != 1 || rows[0].Count("graduates") != 1204 || rows[0].Line != 4 {
		t.Errorf("rows %+v, problems %q", rows, problems)
	}
}

func TestKindsAreSound(t *testing.T) {
	for _, k := range Kinds() {
		t.Run(k.ID, func(t *testing.T) {
			for _, name := range []string{k.ID, k.One, strings.ToUpper(k.ID), k.Title} {
				if got, ok := KindOf(name); !ok || got.ID != k.ID {
					t.Errorf("KindOf(%s) = %s, %t", name, got.ID, ok)
				}
			}
			seen := map[string]string{}
			im := &Import{kind: k, opt: Options{}}
			for _, c := range k.Columns {
				own := map[string]bool{}
				for _, n := range c.names() {
					if other := seen[n]; other != "" && !own[n] {
						t.Errorf("heading %q means both %s and %s", n, other, c.Field)
					}
					seen[n], own[n] = c.Field, true
				}
				if c.Example != "" {
					if _, what, allowed := im.value(&c, c.Example); what != "" {
						t.Errorf("%s: example %q: %s: %s", c.Field, c.Example, what, allowed)
					}
				}
				if c.Required && c.Example == "" {
					t.Errorf("%s is required and has no example", c.Field)
				}
				for alias, v := range c.Means {
					if !slices.Contains(c.Allowed, v) {
						t.Errorf("%s: %q means %q, which is not allowed", c.Field, alias, v)
					}
				}
			}
			for _, f := range slices.Concat(k.Key, k.OneOf) {
				if _, ok := k.Column(f); !ok {
					t.Errorf("no column %q", f)
				}
			}
			for _, r := range k.Rules {
				for _, f := range r.Fields {
					if _, ok := k.Column(f); !ok {
						t.Errorf("rule reads %q, which is no column", f)
					}
				}
			}
		})
	}
}
