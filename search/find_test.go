package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// testConfig is a small world: what a caller would hand in from its tables.
func testConfig() Config {
	words := []string{"铣工", "叉车工", "订单班", "数控车工", "荣昌区", "永川区", "畜禽生产技术", "幼儿保育"}
	return Config{
		Synonyms: [][]string{{"CNC", "数控"}, {"幼师", "幼儿教师", "保育员"}, {"叉车工", "叉车司机", "开叉车"}},
		Aliases:  map[string][]string{"畜牧兽医": {"畜禽生产技术"}, "养猪": {"生猪饲养", "畜禽生产技术"}},
		Words: func(yield func(string) bool) {
			for _, w := range words {
				if !yield(w) {
					return
				}
			}
		},
		Places: map[string][]string{"荣昌": {"500153"}, "荣昌区": {"500153"}, "永川": {"500118"}, "永川区": {"500118"}, "重庆": {"500000"}},
		Facts:  map[string]Key{"订单班": {KindField, "class"}, "包住": {"lodging", "yes"}, "包吃住": {"lodging", "yes"}},
		Now:    func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
	}
}

func testDocs() []Document {
	post := func(id, title, company, text string, pay int, region string, more ...string) Document {
		d := Document{ID: id, Kind: "post", Title: title, Company: company, Text: text, Pay: pay,
			Keys: map[string][]string{"region": {"500000", region}}, Tags: more, Rev: 1, Updated: int64(len(id)) * 1000}
		return d
	}
	docs := []Document{
		post("p1", "数控车工", "渝瀚电子有限公司", "操作数控车床，看懂图纸，包吃住。", 4500, "500153", "数控技术应用"),
		post("p2", "CNC操作员", "东矩金属制品", "加工中心操作，两班倒。", 5200, "500118"),
		post("p3", "叉车工", "昌元物流", "驾驶叉车，需持证，确保安全。", 5000, "500153"),
		post("p4", "汽车维修学徒", "渝西汽修", "保养与维修汽车，跟师傅学。", 3000, "500118", "汽车运用与维修"),
		post("p5", "保育员", "阳光幼儿园", "照顾三岁以下幼儿。", 2800, "500153", "幼儿保育"),
		post("p6", "生猪饲养员", "荣牧养殖场", "饲喂、防疫、记录。", 4000, "500153", "畜禽生产技术"),
		post("p7", "电子装配工", "渝瀚电子有限公司", "流水线装配，坐班。", 3800, "500153"),
		post("p8", "护理员", "康宁养老院", "照护老人，三班倒。", 3500, "500118", "护理"),
		post("p9", "平面设计实习生", "云上广告", "会用 Photoshop 与 CorelDRAW，懂 C++ 更佳。", 2600, "500118"),
	}
	docs[0].Keys["lodging"] = []string{"yes"}
	docs[0].Point = &Point{105.59, 29.4}
	return append(docs,
		Document{ID: "c1", Kind: "company", Title: "渝瀚电子有限公司", Text: "笔记本电脑结构件。", Keys: map[string][]string{"code": {"91500153MA5U4X2K7P"}}},
		Document{ID: "m1", Kind: "major", Title: "畜禽生产技术", Keys: map[string][]string{"major": {"610301"}}},
		Document{ID: "k1", Kind: "class", Title: "智能制造现代学徒班", Company: "东矩金属制品", Text: "数控方向，毕业即就业。"})
}

func openTest(t testing.TB, docs []Document) *Index {
	t.Helper()
	x, err := OpenMemory(testConfig())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := x.Put(context.Background(), docs...); err != nil {
		t.Fatal(err)
	}
	return x
}

func ids(hits []Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	x := openTest(t, testDocs())
	for _, tc := range []struct {
		name  string
		query Query
		first string // IDs that must come first, in this order
		not   string // IDs that must not be found
	}{
		{"title", Query{Text: "数控车工"}, "p1", "p3"},
		{"full width and capitals", Query{Text: "ｃｎｃ"}, "p2", ""},
		{"synonym", Query{Text: "CNC 车工"}, "p1", ""},
		{"alias one way", Query{Text: "养猪", Kinds: []string{"post"}}, "p6", "p3"},
		{"part of a word across words", Query{Text: "控车"}, "p1", ""},
		{"one character", Query{Text: "猪"}, "p6", ""},
		{"company", Query{Text: "渝瀚"}, "c1", ""},
		{"code", Query{Text: "91500153MA5U4X2K7P"}, "c1", ""},
		{"major code", Query{Text: "610301"}, "m1", ""},
		{"pinyin", Query{Text: "shukongchegong"}, "p1", ""},
		{"initials", Query{Text: "skcg"}, "p1", ""},
		{"pinyin one letter wrong", Query{Text: "shukongchegon"}, "p1", ""},
		{"homophone", Query{Text: "护里员"}, "p8", ""},
		{"wrong shape", Query{Text: "电子装酡工"}, "p7", ""},
		{"missing character", Query{Text: "平面计实习"}, "p9", ""},
		{"swapped characters", Query{Text: "数车控工"}, "p1", ""},
		{"place in the text", Query{Text: "永川 护理"}, "p8", ""},
		{"pay in the text", Query{Text: "电子 3500元以上"}, "p7", "p8"},
		{"kind in the text", Query{Text: "订单班"}, "k1", "p1"},
		{"lodging in the text", Query{Text: "包吃住"}, "p1", "p2"},
		{"only in the text", Query{Text: "图纸"}, "p1", ""},
		{"half a word of the text", Query{Text: "持证"}, "p3", ""},
		{"across words, not a word", Query{Text: "保安"}, "", "p3x"},
		{"latin in the text", Query{Text: "coreldraw"}, "p9", ""},
		{"c++", Query{Text: "C++"}, "p9", ""},
		{"quoted", Query{Text: "“电子装配”"}, "p7", "p1"},
		{"filter", Query{Text: "电子", Filters: map[string][]string{"region": {"500153"}}, Kinds: []string{"post"}}, "p7", "c1"},
		{"near", Query{Near: &Near{Point{105.6, 29.4}, 10}}, "p1", "p2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.query.Explain = true
			r, err := x.Find(context.Background(), tc.query)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(r.Hits); !strings.HasPrefix(got+" ", strings.TrimSpace(tc.first+" ")) {
				t.Errorf("found %q, want first %q", got, tc.first)
			}
			for _, h := range r.Hits {
				if tc.not != "" && h.ID == tc.not {
					t.Errorf("found %s: %v", h.ID, h.Why)
				}
			}
			for _, h := range r.Hits {
				t.Logf("%s %.1f %s %v %v", h.ID, h.Score, h.Title, h.TitleSpans, h.Why)
			}
		})
	}
}

// Who types the words the other way round finds the same.
func TestOrderOfWordsDoesNotMatter(t *testing.T) {
	docs := []Document{{ID: "x", Kind: "post", Title: "护理师傅", Text: "也做电子装配。"}}
	for i := range 10 {
		docs = append(docs, Document{ID: fmt.Sprint("e", i), Kind: "post", Title: "电子装配工"})
	}
	x := openTest(t, docs)
	for _, text := range []string{"护理 电子装配", "电子装配 护理"} {
		r, err := x.Find(context.Background(), Query{Text: text})
		if err != nil || r.Total != 1 || r.Hits[0].ID != "x" {
			t.Errorf("%q finds %d: %q (%v), want x alone: what most of it weighs is in no other", text, r.Total, ids(r.Hits), err)
		}
	}
}

func TestSimilar(t *testing.T) {
	x := openTest(t, testDocs())
	d := Document{ID: "p1", Title: "数控车工", Tags: []string{"数控技术应用"}}
	hits, err := x.Similar(context.Background(), d, []string{"post"}, 3)
	if err != nil || len(hits) == 0 || hits[0].ID != "p2" {
		t.Errorf("like p1: %q, %v", ids(hits), err)
	}
}

func TestSuggest(t *testing.T) {
	x := openTest(t, testDocs())
	for _, tc := range []struct {
		name, typed string
		kinds       []string
		want        string
	}{
		{"begins", "数控", nil, "数控车工"},
		{"contains", "维修", nil, "汽车维修学徒"},
		{"one character", "叉", nil, "叉车工"},
		{"pinyin", "dianzizhuang", nil, "电子装配工"},
		{"pinyin unfinished", "qichew", nil, "汽车维修学徒"},
		{"initials", "qcwx", nil, "汽车维修学徒"},
		{"one syllable", "cha", nil, "叉车工"},
		{"kind", "渝", []string{"company"}, "渝瀚电子有限公司"},
		{"other kind", "渝", []string{"class"}, ""},
		{"blank", " ", nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := x.Suggest(context.Background(), tc.typed, tc.kinds, nil, 5)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(s) > 0 {
				got = s[0].Text
			}
			if got != tc.want {
				t.Errorf("%q suggests %v, want first %q", tc.typed, s, tc.want)
			}
		})
	}
}

// A title is counted once for each document, however many ways its letters can be read in; and only
// documents that pass the filters count, or stand for the title.
func TestSuggest_Counts(t *testing.T) {
	docs := testDocs()
	twin := docs[3]
	twin.ID, twin.Updated, twin.Keys = "p10", twin.Updated-1, map[string][]string{"region": {"500000", "500153"}}
	x := openTest(t, append(docs, twin))
	for _, tc := range []struct {
		name, typed string
		filters     map[string][]string
		count       int
		id          string
	}{
		{"characters", "汽车维修", nil, 2, "p4"},
		{"initials", "qcwx", nil, 2, "p4"},
		{"syllables", "qicheweixiu", nil, 2, "p4"},
		{"mixed", "qichewx", nil, 2, "p4"},
		{"one syllable", "qi", nil, 2, "p4"},
		{"filter", "汽车维修", map[string][]string{"region": {"500153"}}, 1, "p10"},
		{"filter, by sound", "qichewx", map[string][]string{"region": {"500153"}}, 1, "p10"},
		{"two filters", "汽车维修", map[string][]string{"region": {"500153"}, "lodging": {"yes"}}, 0, ""},
		{"empty filter", "汽车维修", map[string][]string{"region": nil}, 2, "p4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := x.Suggest(context.Background(), tc.typed, []string{"post"}, tc.filters, 5)
			if err != nil {
				t.Fatal(err)
			}
			s = slices.DeleteFunc(s, func(s Suggestion) bool { return s.Text != twin.Title })
			if tc.count == 0 && len(s) == 0 {
				return
			}
			if len(s) != 1 || s[0].Count != tc.count || s[0].ID != tc.id {
				t.Errorf("%q suggests %+v, want %d of %s", tc.typed, s, tc.count, tc.id)
			}
		})
	}
}

// Of a pasted page only the beginning is read.
func TestSuggest_LongText(t *testing.T) {
	title := strings.Repeat("数控车工培训班", 25)
	x := openTest(t, []Document{{ID: "k1", Kind: "class", Title: title}})
	s, err := x.Suggest(context.Background(), title[:3*maxQuery]+strings.Repeat("别的字", 1000), nil, nil, 5)
	if err != nil || len(s) != 1 {
		t.Errorf("%v, %v", s, err)
	}
}

// What is typed arrives letter by letter: every beginning of a title's pinyin is answered, and
// with that title once a syllable stands.
func TestSuggest_LetterByLetter(t *testing.T) {
	x := openTest(t, testDocs())
	for pinyin, title := range map[string]string{
		"shukongchegong": "数控车工", "dianzizhuangpeigong": "电子装配工", "qicheweixiuxuetu": "汽车维修学徒", "chachegong": "叉车工",
	} {
		for n := 1; n <= len(pinyin); n++ {
			s, err := x.Suggest(context.Background(), pinyin[:n], nil, nil, 10)
			if err != nil {
				t.Fatalf("%q: %v", pinyin[:n], err)
			}
			if n > 4 && !slices.ContainsFunc(s, func(s Suggestion) bool { return s.Text == title }) {
				t.Errorf("%q does not suggest %s: %v", pinyin[:n], title, s)
			}
		}
	}
	for _, a := range "abcdefghijklmnopqrstuvwxyz" {
		for _, b := range "abcdefghijklmnopqrstuvwxyz'" {
			for _, c := range "aeghiknoruv'" {
				if _, err := x.Suggest(context.Background(), string([]rune{a, b, c}), nil, nil, 10); err != nil {
					t.Fatalf("%c%c%c: %v", a, b, c, err)
				}
			}
		}
	}
}
