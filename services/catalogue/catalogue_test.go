package catalogue

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sunmao/services/partnership"
)

func loaded(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCountsAreTheDocuments(t *testing.T) {
	c := loaded(t)
	levels, ranks, kinds := map[Level]int{}, map[Rank]int{}, map[string]int{}
	for _, m := range c.majors {
		levels[m.Level]++
	}
	for o := range c.Occupations() {
		ranks[o.Rank]++
	}
	for _, i := range c.industries {
		kinds[i.Rank()]++
	}
	covered := map[Level]int{}
	rows, courses, points := 0, 0, 0
	for _, m := range c.majors {
		official := slices.DeleteFunc(slices.Clone(c.paths[m.Code]), func(p path) bool { return p.district })
		rows += len(official)
		courses += len(c.Courses(m.Code))
		if len(official) > 0 {
			covered[m.Level]++
		}
	}
	for _, r := range c.regions {
		if r.Point.Known() {
			points++
		}
	}
	for _, tc := range []struct {
		name      string
		got, want int
	}{
		{"secondary majors", levels[Secondary], 361}, {"college majors", levels[College], 802}, {"bachelor majors", levels[Bachelor], 321},
		{"the district's majors", levels[Technician], 5},
		{"occupations, 大类", ranks[RankMajor], 8}, {"中类", ranks[RankMiddle], 72}, {"小类", ranks[RankMinor], 436}, {"细类", ranks[RankUnit], 1639},
		{"industries, 门类", kinds["门类"], 20}, {"大类", kinds["大类"], 97}, {"中类", kinds["中类"], 473}, {"小类", kinds["小类"], 1382},
		{"path rows", rows, 2126}, {"secondary majors with a path", covered[Secondary], 221}, {"college", covered[College], 425}, {"bachelor", covered[Bachelor], 63},
		{"courses", courses, 15616}, {"regions", len(c.regions), 3598}, {"regions with a point", points, 3598 - 394}, {"clusters", len(c.clusters), 52},
		{"occupations with skills", len(c.skills), 414},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, tc.got, tc.want)
		}
	}
	if n := len(c.Synonyms()); n < 150 {
		t.Errorf("%d synonym groups, want at least 150", n)
	}
	words := 0
	for range c.Words() {
		words++
	}
	if words < 15000 {
		t.Errorf("%d words, want at least 15,000", words)
	}
}

func TestTablesAreNeverQuoted(t *testing.T) {
	for name, csv := range map[string]string{"majors": majorsCSV, "occupations": occupationsCSV, "clusters": clustersCSV,
		"district_paths": districtPathsCSV, "major_names": majorNamesCSV, "trade_titles": tradeTitlesCSV, "regions": regionsCSV} {
		if strings.ContainsAny(csv, "\"\r\ufeff") {
			t.Errorf("%s.csv holds a quotation mark, a carriage return or a BOM", name)
		}
		if !strings.HasSuffix(csv, "\n") {
			t.Errorf("%s.csv does not end its last line", name)
		}
	}
}

// offered is table 4 of the district's report: 27 majors as it prints them.
const offered = `宠物养护与经营610303 畜禽生产技术610301 特种动物养殖610302 电子技术应用710103 计算机应用710201 物联网应用技术710102 大数据技术应用710205
数字媒体技术应用710204 服装陈列与展示设计750105 民族工艺品设计与制作750306 旅游服务与管理740101 中餐烹饪740201 护理720201 会计事务730301
物流服务与管理730801 建筑工程施工640301 模具制造技术660108 机电技术应用660301 汽车制造与检修660701 数控技术应用660103 工业机器人技术应用660303
无人机操控与维护660601 幼儿保育770101 运动训练770303 新能源汽车运用与维修700209 服装设计与工艺680402 老年人服务与管理790303`

func TestOfferedMajorsResolveOrAsk(t *testing.T) {
	c := loaded(t)
	asks := []string{"物联网应用技术", "汽车制造与检修"}
	rows := strings.Fields(offered)
	if len(rows) != 27 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		name, code := row[:len(row)-6], row[len(row)-6:]
		r := c.ResolveMajor(name, Secondary)
		if slices.Contains(asks, name) {
			if r.Sure || r.Question == "" || len(r.Candidates) == 0 || r.Candidates[0].Major.Code != code {
				t.Errorf("%s: %+v; want a question that begins with %s", name, r, code)
			}
			continue
		}
		if !r.Sure || r.Major.Code != code {
			t.Errorf("%s: %+v, want %s", name, r, code)
		}
		if len(c.Path(code)) == 0 {
			t.Errorf("%s trains for nothing", r.Major)
		}
	}
}

func TestNamesAskWhenInDoubt(t *testing.T) {
	c := loaded(t)
	for _, tc := range []struct {
		text  string
		level Level
		sure  string   // code, or
		ask   []string // codes among the candidates
	}{
		{"物联网应用技术", College, "510102", nil},
		{"物联网应用技术", "", "", []string{"710102", "510102"}},
		{"服装陈列与展示", Secondary, "", []string{"750105"}},
		{"服装陈列与展示设计", "", "", []string{"750105", "550127"}},
		{"畜牧兽医", Secondary, "", []string{"610301", "410303"}},
		{"农村经济综合管理", Secondary, "", []string{"610104", "610119"}},
		{"城市轨道交通运营服务", Technician, "700604", nil},
		{"模具制造", Technician, "500153T02", nil},
		{"710102", "", "710102", nil},
		{"570102", "", "570102K", nil},
		{"７１０１０２", "", "710102", nil},
		{"710199", Secondary, "", []string{"710101"}},
		{"数控技术应用专业", Secondary, "660103", nil},
	} {
		r := c.ResolveMajor(tc.text, tc.level)
		if r.Sure != (tc.sure != "") || r.Major.Code != tc.sure {
			t.Errorf("%s (%s): %+v, want %q", tc.text, tc.level, r, tc.sure)
		}
		for _, code := range tc.ask {
			if !slices.ContainsFunc(r.Candidates, func(x Candidate) bool { return x.Major.Code == code && x.Why != "" }) {
				t.Errorf("%s (%s): no candidate %s in %+v", tc.text, tc.level, code, r.Candidates)
			}
		}
	}
	if r := c.ResolveMajor("", Secondary); r.Sure || r.Question == "" {
		t.Errorf("nothing written: %+v", r)
	}
}

func TestUnknownCodeNamesTheNearest(t *testing.T) {
	_, err := loaded(t).CheckMajor("710199")
	if !errors.Is(err, partnership.ErrNotFound) || !strings.Contains(err.Error(), "710101") {
		t.Errorf("got %v", err)
	}
}

func TestCategoriesAsReportsSpellThem(t *testing.T) {
	c := loaded(t)
	for name, want := range map[string]string{
		"信息技术类": "71", "电子与信息大类": "71", "电子与信息": "71", "加工制造类": "66", "装备制造大类--自动化类": "66", "装备制造": "66",
		"教育类": "77", "教育与体育": "77", "轻工纺织": "68", "公共服务": "79", "公共服务类": "79", "旅游服务类": "74", "医药卫生类": "72", "农林牧渔类": "61",
		"土木水利类": "64 65", "无此类": "",
	} {
		var got []string
		for _, g := range c.Category(name, Secondary) {
			got = append(got, g.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	if got := c.Category("信息技术类", College); len(got) != 1 || got[0].Code != "51" {
		t.Errorf("college: %v", got)
	}
}

func TestIndustries(t *testing.T) {
	c := loaded(t)
	for code, want := range map[string]string{"0313": "猪的饲养", "C3670": "汽车零部件及配件制造", "a03": "畜牧业", "36": "汽车制造业"} {
		if i, ok := c.Industry(code); !ok || i.Name != want {
			t.Errorf("%s: %v %v, want %s", code, i, ok, want)
		}
	}
	for code, want := range map[string]Sector{"A0313": PrimarySector, "A05": TertiarySector, "B11": TertiarySector, "B06": SecondarySector,
		"C43": TertiarySector, "C3670": SecondarySector, "D44": SecondarySector, "E47": SecondarySector, "H62": TertiarySector} {
		if i, ok := c.Industry(code); !ok || i.Sector() != want {
			t.Errorf("%s: %v, want %v", code, i.Sector(), want)
		}
	}
	var chain []string
	for _, i := range c.IndustryChain("C3670") {
		chain = append(chain, i.Code)
	}
	if strings.Join(chain, " ") != "C C36 C367 C3670" {
		t.Errorf("chain %v", chain)
	}
	if k := c.ClustersOf("500153", "2335", "2750"); len(k) != 2 { // 生物医药 and 农牧高新
		t.Errorf("clusters of 兽用药品制造: %v", k)
	}
}

func TestRegions(t *testing.T) {
	c := loaded(t)
	for _, name := range []string{"荣昌", "荣昌区", "重庆荣昌", "重庆市荣昌区"} {
		if r := c.FindRegions(name); len(r) != 1 || r[0].Code != "500153" {
			t.Errorf("%s: %v", name, r)
		}
	}
	if got := c.FullName("500153"); got != "重庆市荣昌区" {
		t.Errorf("full name %s", got)
	}
	if km := c.Km("500153", "500118"); km < 30 || km > 36 {
		t.Errorf("荣昌 to 永川: %v km", km)
	}
	if !c.Inside("500153", "500000") || c.Inside("500153", "510000") {
		t.Error("荣昌 lies in 重庆, not in 四川")
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) Point {
			return Point{rapid.Float64Range(73, 135).Draw(t, "lng"), rapid.Float64Range(3, 54).Draw(t, "lat")}
		})
		p, q, r := draw.Draw(t, "p"), draw.Draw(t, "q"), draw.Draw(t, "r")
		if p.Km(p) != 0 || p.Km(q) != q.Km(p) || p.Km(r) > p.Km(q)+q.Km(r)+1e-6 {
			t.Fatalf("%v %v %v: not a distance", p, q, r)
		}
	})
}

func TestCreditCode(t *testing.T) {
	for code, wrong := range map[string]string{
		"91350100M000100Y43": "", "９１３５０１００m000100y43": "", "91350100M000100Y44": "校验码", "91350100M000100Y4": "18位",
		"91350100M000100I43": "允许的字符", "9135A100M000100Y43": "行政区划", "": "没有填",
	} {
		_, err := CreditCode(code)
		var invalid partnership.Invalid
		if wrong == "" && err != nil || wrong != "" && (!errors.As(err, &invalid) || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%q: %v, want %q", code, err, wrong)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // one wrong character is always found
		good, at := []byte("91350100M000100Y43"), rapid.IntRange(0, 17).Draw(t, "at")
		was := good[at]
		good[at] = rapid.SampledFrom([]byte(creditAlphabet)).Draw(t, "to")
		if _, err := CreditCode(string(good)); good[at] != was && err == nil {
			t.Fatalf("%s passes", good)
		}
	})
}

func TestResidentID(t *testing.T) {
	for id, wrong := range map[string]string{
		"11010519491231002X": "", "11010519491231002x": "", "440524188001010014": "日期", "110105194912310021": "校验码",
		"11010519490231002X": "日期", "1101051949123100": "18位", "1101051949123A002X": "数字",
		"11010519491231002×": "末位", "身份证号码": "有5位", "一二三四五六": "有6位",
	} {
		_, err := ResidentID(id)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), id)) {
			t.Errorf("%q: %v, want %q and not the number", id, err, wrong)
		}
	}
}

func TestFitClusters(t *testing.T) {
	c := loaded(t)
	rows := []Enrolment{{"610301", 400}, {"610301", 93}, {"660103", 100}, {"730301", 50}}
	fit, err := c.FitClusters("500153", "2335", rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	if fit.ByMajors != (Share{2, 3}) || fit.ByStudents != (Share{593, 643}) || len(fit.Rows) != 5 || len(fit.Unserving) != 1 {
		t.Errorf("%+v", fit)
	}
	for _, row := range fit.Rows {
		for _, m := range row.Majors {
			if len(m.Path) != 4 || !strings.Contains(m.Path[3], row.Cluster.Name) {
				t.Errorf("%s serves %s by %q", m.Major, row.Cluster.Name, m.Path)
			}
		}
	}
	fit, err = c.FitClusters("500153", "2335", rows, map[string][]string{"730301": {"消费品"}, "660103": nil})
	if err != nil || fit.ByMajors != (Share{2, 3}) || fit.ByStudents != (Share{543, 643}) {
		t.Errorf("with a reading: %+v, %v", fit, err)
	}
	if _, err := c.FitClusters("500153", "2335", []Enrolment{{"999999", 1}}, nil); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("unknown major: %v", err)
	}
}

func TestSpokenPhrases(t *testing.T) {
	c := loaded(t)
	spoken := c.Spoken()
	for _, phrase := range strings.Fields("打螺丝 拧螺丝 带小孩 做饭阿姨 卖房子 端盘子 开挖掘机 修手机 修电脑 看仓库 送外卖 带货 贴标签 plc ug cad ps java") {
		if len(spoken[phrase]) == 0 {
			t.Errorf("%s finds nothing besides itself", phrase)
		}
	}
	for phrase, finds := range spoken {
		if phrase != strings.ToLower(phrase) || strings.TrimSpace(phrase) != phrase || len(finds) == 0 {
			t.Errorf("%q finds %q", phrase, finds)
		}
		if slices.Contains(finds, phrase) || slices.Contains(finds, "") {
			t.Errorf("%q finds itself or nothing: %q", phrase, finds)
		}
	}
}
