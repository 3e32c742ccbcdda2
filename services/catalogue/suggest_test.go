package catalogue

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// trades reads our own table of vocational titles; the model never learnt them.
func trades(t testing.TB) []Labelled {
	t.Helper()
	f, err := os.Open("testdata/trades.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []Labelled
	for _, r := range rows[1:] {
		out = append(out, Labelled{r[0], r[1]})
	}
	return out
}

func TestTradesAreRecognised(t *testing.T) {
	c := loaded(t)
	titles := trades(t)
	if len(titles) < 120 {
		t.Fatalf("%d titles, want at least 120", len(titles))
	}
	for _, l := range titles {
		if got := c.Suggest(l.Title, "", 3); len(got) == 0 || got[0].Code != l.Code {
			t.Logf("%s: want %s, got %v", l.Title, l.Code, got)
		}
	}
	f := c.Evaluate(titles)
	t.Logf("%+v", f)
	if f.Skipped != 0 || f.Top1*100 < f.Titles*85 || f.Top3*100 < f.Titles*93 {
		t.Errorf("top1 %d, top3 %d of %d (%d skipped); want 85 %% and 93 %%", f.Top1, f.Top3, f.Titles, f.Skipped)
	}
	if f.MajorsTop3*100 < f.WithPath*90 {
		t.Errorf("right class among three majors: %d of %d, want 90 %%", f.MajorsTop3, f.WithPath)
	}
}

func TestNoiseDoesNotMoveTheAnswer(t *testing.T) {
	c := loaded(t)
	for _, title := range []string{"电焊工", "幼儿园老师", "养老护理员", "中餐厨师", "仓库管理员", "模具钳工", "宠物美容师"} {
		want := c.Suggest(title, "", 1)[0].Code
		for _, noisy := range []string{
			title + " 两班倒 包吃住", "急聘" + title, title + "（五险一金+双休）", title + "8000-12000元/月",
			"重庆某某有限公司招聘" + title, "荣昌" + title,
		} {
			if got := c.Suggest(noisy, "", 1)[0].Code; got != want {
				t.Errorf("%s: %s, but %s alone is %s", noisy, got, title, want)
			}
		}
	}
}

func TestSuggestionsSayWhy(t *testing.T) {
	c := loaded(t)
	got := c.Suggest("数控车工 两班倒 包吃住", "", 5)
	if len(got) != 5 || got[0].Code != "6-18-01-01" || !strings.Contains(strings.Join(got[0].Why, ""), "数控车工") {
		t.Errorf("got %+v", got)
	}
	sum := 0.0
	for i, s := range got {
		sum += s.Score
		if len(s.Why) == 0 || s.Name == "" || i > 0 && s.Score > got[i-1].Score {
			t.Errorf("suggestion %d: %+v", i, s)
		}
	}
	if sum > 1.001 {
		t.Errorf("scores sum to %v", sum)
	}
	if got := c.Suggest(" ", "", 5); got != nil {
		t.Errorf("nothing said, but %v", got)
	}
	if got := c.Suggest("", "负责猪场饲养工作", 1); len(got) != 1 || got[0].Code != "5-03-02-01" {
		t.Errorf("from the duties alone: %v", got)
	}
	if got := c.SuggestMajors(" ", "负责猪场饲养工作", 1, MajorFilter{Level: Secondary}); len(got) != 1 || got[0].Occupation.Code != "5-03-02-01" {
		t.Errorf("majors from the duties alone: %v", got)
	}
	for _, title := range []string{"😀", "——！？", "…"} {
		if got := c.Suggest(title, "", 5); got != nil {
			t.Errorf("%s says nothing, but %v", title, got)
		}
	}
	for title, code := range map[string]string{"6-18-01-01": "6-18-01-01", " ６-18-01-01": "6-18-01-01", "4-03-02": "4-03-02-00"} {
		if got := c.Suggest(title, "", 5); len(got) != 1 || got[0].Code != code || got[0].Score != 1 {
			t.Errorf("the code %s is read as %v", title, got)
		}
	}
	if got := c.Suggest("车工", "", -1); got != nil {
		t.Errorf("fewer than none: %v", got)
	}
}

// A page pasted into a title or a cell costs no more than its beginning.
func TestLongTexts(t *testing.T) {
	c := loaded(t)
	long := strings.Repeat("数控车床操作与编程", 30_000)
	if got := c.Suggest(long, long, 3); len(got) == 0 {
		t.Error("no occupation for a long title")
	}
	if r := c.ResolveMajor(long, Secondary); r.Sure || r.Question == "" || len(r.Question) > 600 {
		t.Errorf("a page is read as %v", r.Major)
	}
	if near := c.NearestMajors(strings.Repeat("7101", 100_000), 1); len(near) != 1 {
		t.Errorf("near a long code: %v", near)
	}
}

func TestSuggestIsDeterministicAndSafe(t *testing.T) {
	c := loaded(t)
	other, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.String().Draw(t, "title")
		if a, b := c.Suggest(title, "", 5), other.Suggest(title, "", 5); !reflect.DeepEqual(a, b) {
			t.Fatalf("%q: %v, then %v", title, a, b)
		}
	})
}

func TestOfferedMajorsOnly(t *testing.T) {
	c := loaded(t)
	offered := []string{"660108", "740201", "770101"}
	for _, l := range trades(t)[:30] {
		for _, m := range c.SuggestMajors(l.Title, "", 3, MajorFilter{Offered: offered}) {
			if !strings.Contains(strings.Join(offered, " "), m.Major.Code) {
				t.Errorf("%s: %s is not offered", l.Title, m.Major)
			}
		}
	}
	got := c.SuggestMajors("模具学徒", "", 1, MajorFilter{Offered: offered})
	if len(got) != 1 || got[0].Major.Code != "660108" || got[0].Level != Exact || len(got[0].Path) < 3 {
		t.Errorf("模具学徒: %+v", got)
	}
}

func TestTrainRoundTrip(t *testing.T) {
	c := loaded(t)
	titles := trades(t)[:60]
	known := c.learn(titles, rand.New(rand.NewPCG(7, 0)))
	model := encodeModel(c.tables, known)
	if len(known.titles) != 60 || known.fine.w == nil || known.weights[fBayes] == 0 {
		t.Fatalf("%d titles, weights %v", len(known.titles), known.weights)
	}
	back := *c.tables
	back.lessons = lessons{}
	if err := decodeModel(&back, string(model)); err != nil {
		t.Fatal(err)
	}
	if again := encodeModel(&back, back.lessons); string(again) != string(model) {
		t.Error("the model changes when read and written again")
	}
	for n := 0; n < len(model); n += 1 + n/200 { // densely where the format changes, then here and there
		cut := *c.tables
		cut.lessons = lessons{}
		if n > 0 && decodeModel(&cut, string(model[:n])) == nil {
			t.Fatalf("%d of %d bytes pass for a model", n, len(model))
		}
	}
}

func TestTrainLeavesUnknownCodesOut(t *testing.T) {
	out := Train(loaded(t), []Labelled{{"电工", "9-99-99-99"}, {"", "6-31-01-03"}}, 7)
	if out.Titles != 0 || out.Unknown != 2 || out.HeldOut.Titles != 0 || out.Unlike.Titles != 0 {
		t.Errorf("%+v", out)
	}
}

func BenchmarkSuggest(b *testing.B) {
	c := loaded(b)
	c.suggester()
	b.ReportAllocs()
	for b.Loop() {
		c.Suggest("重庆齐盈精密模具有限公司招聘数控车工 两班倒 包吃住", "", 5)
	}
}

func BenchmarkSuggestMajors(b *testing.B) {
	c := loaded(b)
	c.suggester()
	b.ReportAllocs()
	for b.Loop() {
		c.SuggestMajors("重庆齐盈精密模具有限公司招聘数控车工 两班倒 包吃住", "", 3, MajorFilter{Level: Secondary})
	}
}

func BenchmarkFirstSuggest(b *testing.B) {
	for b.Loop() {
		c, err := Load()
		if err != nil {
			b.Fatal(err)
		}
		c.Suggest("电工", "", 1)
	}
}
