package exchange_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

func importText(t *testing.T, h *exchangetest.House, kind, text string, partial bool) exchange.ImportReport {
	t.Helper()
	r, err := h.Import(ctx, as["operator"], exchange.ImportRequest{Kind: kind, File: kind + ".csv", Body: strings.NewReader(text), Partial: partial})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestImport_OneBadRowWritesNothing(t *testing.T) {
	h := exchangetest.Small(t)
	text := "学校,毕业年份,专业大类,毕业生数,升学人数,直接就业人数,对口就业人数\n" +
		"甲职业学校,2026,装备制造大类,100,60,30,25\n" +
		"甲职业学校,2026,教育与体育大类,50,20,10,12\n"
	r := importText(t, h, "graduates", text, false)
	if r.Rows != 2 || r.BadRows != 1 || r.Written != 0 || len(r.Problems) != 1 {
		t.Fatalf("report = %+v", r)
	}
	if got := r.Problems[0].String(); !strings.HasPrefix(got, "graduates.csv:3: 对口就业人数: ") {
		t.Errorf("problem = %q, want file:line: column: …", got)
	}
	figures, err := h.Rates(ctx, as["operator"], exchange.RateQuery{Year: 2026, By: exchange.BySchool, Live: true})
	if err != nil || len(figures) != 0 {
		t.Errorf("figures after a refused file = %v (%v)", figures, err)
	}
	if r := importText(t, h, "graduates", text, true); r.Written != 1 {
		t.Errorf("partial: written %d, want 1", r.Written)
	}
}

func TestImport_GraduatesSumUpAndRepeat(t *testing.T) {
	h := exchangetest.Small(t)
	text := "school,year,category,graduates,progressed,direct_employed,aligned\n甲职业学校,2026,装备制造大类,100,60,30,25\n甲职业学校,2026,教育与体育大类,50,20,10,8\n"
	body, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same file again changes nothing
		importText(t, h, "graduates", body, false)
		all, err := h.Rates(ctx, as["operator"], exchange.RateQuery{Year: 2026, By: exchange.BySchool, Live: true})
		if err != nil {
			t.Fatal(err)
		}
		if f := find(all, "direct_employment", "甲职业学校", 2026); f == nil || f.Numerator != 40 || f.Denominator != 150 || f.Percent != "26.67" {
			t.Errorf("school's direct employment = %+v, want 40/150", f)
		}
	}
}

func TestImport_CompaniesAcrossSpellings(t *testing.T) {
	h := exchangetest.Small(t)
	r := importText(t, h, "companies", "企业名称,所在区县\n重庆渝瀚电子科技有限公司,荣昌区\n重庆瑜瀚电子科技有限公司,荣昌区\n重庆市甲精密机械有限公司,荣昌区\n重庆全新食品有限公司,荣昌区\n", false)
	if len(r.Problems) != 0 {
		t.Fatalf("problems: %v", r.Problems)
	}
	said := strings.Join(r.Duplicates, "\n")
	if !strings.Contains(said, "瑜瀚") || !strings.Contains(said, "甲精密机械") || strings.Contains(said, "全新食品") {
		t.Errorf("duplicates offered:\n%s", said)
	}
}

func TestImport_UnknownMajorNamesTheNearest(t *testing.T) {
	h := exchangetest.Small(t)
	r := importText(t, h, "cohorts", "班级名称,学校,专业代码,入学年份,人数,开始日期,结束日期\n数控1班,甲职业学校,660130,2024,30,2027-03-01,2027-08-31\n", false)
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].String(), "660103") {
		t.Errorf("problems = %v, want the nearest valid codes named", r.Problems)
	}
}

func TestImport_PostsNeedTheirCompany(t *testing.T) {
	h := exchangetest.Small(t)
	head := "岗位名称,企业名称,招收人数,开始日期,结束日期,岗位职责\n"
	if r := importText(t, h, "posts", head+"数控车工,没有这家公司,3,2027-03-01,2027-08-31,操作数控车床\n", false); len(r.Problems) != 1 || r.Written != 0 {
		t.Errorf("report = %+v, want the company refused", r)
	}
	if r := importText(t, h, "posts", head+"数控车工,重庆甲精密机械有限公司,3,2027-03-01,2027-08-31,操作数控车床\n", false); r.Written != 1 || len(r.Problems) != 0 {
		t.Errorf("report = %+v, want one post written", r)
	}
}

// A near name of a major, an occupation, a company or a school is asked about, never
// taken for what it is near to; the answer is kept and read back.
func TestImport_NearNamesAreAsked(t *testing.T) {
	h := exchangetest.Small(t)
	cohort := "班级名称,学校,专业代码,入学年份,人数,开始日期,结束日期\n物联1班,甲职业学校,物联网应用技术,2024,30,2027-03-01,2027-08-31\n物联2班,甲职业学校,物联网应用技术,2024,20,2027-03-01,2027-08-31\n"
	r := importText(t, h, "cohorts", cohort, false)
	if r.Written != 0 || len(r.Questions) != 1 || r.Questions[0].Kind != exchange.NameMajor || r.Questions[0].Text != "物联网应用技术" {
		t.Fatalf("report = %+v, want one question and nothing written", r)
	}
	choice := slices.IndexFunc(r.Questions[0].Choices, func(c exchange.Choice) bool { return strings.Contains(c.Label, "物联网技术应用") })
	if choice < 0 {
		t.Fatalf("choices = %+v, want 物联网技术应用 among them", r.Questions[0].Choices)
	}
	code := r.Questions[0].Choices[choice].Value
	sys := partnership.System("test")
	_, err := h.AnswerName(ctx, sys, exchange.NameMajor, "物联网应用技术", "999999")
	invalid(t, err, "value")
	if _, err := h.AnswerName(ctx, sys, exchange.NameMajor, " 物联网应用技术", code); err != nil {
		t.Fatal(err)
	}
	if r = importText(t, h, "cohorts", cohort, false); r.Written != 2 || len(r.Understood) != 1 || !strings.Contains(r.Understood[0], "物联网技术应用") {
		t.Errorf("after the answer: %+v, want two written and a sentence on how the name was read", r)
	}

	t.Run("a school that is only near is asked about", func(t *testing.T) {
		r := importText(t, h, "cohorts", "班级名称,学校,专业代码,入学年份,人数,开始日期,结束日期\n数控1班,甲职校,660103,2024,30,2027-03-01,2027-08-31\n", false)
		if len(r.Questions) != 1 || r.Questions[0].Kind != exchange.NameSchool || r.Questions[0].Choices[0].Value != exchangetest.School {
			t.Errorf("report = %+v, want the school asked about", r)
		}
	})
	t.Run("a company written another way is asked about", func(t *testing.T) {
		text := "岗位名称,企业名称,招收人数,开始日期,结束日期,岗位职责\n数控车工,甲精密机械,3,2027-03-01,2027-08-31,操作数控车床\n"
		r := importText(t, h, "posts", text, false)
		if r.Written != 0 || len(r.Questions) != 1 || r.Questions[0].Choices[0].Value != exchangetest.Company || r.Questions[0].Choices[0].Why == "" {
			t.Fatalf("report = %+v, want the company asked about", r)
		}
		if _, err := h.AnswerName(ctx, sys, exchange.NameCompany, "甲精密机械", exchangetest.Company); err != nil {
			t.Fatal(err)
		}
		if r = importText(t, h, "posts", text, false); r.Written != 1 {
			t.Errorf("after the answer: %+v, want one written", r)
		}
	})
	t.Run("an answer holds for its party, and can be taken back", func(t *testing.T) {
		m, err := h.NameMeans(ctx, as["company"], exchange.NameMajor, "物联网应用技术")
		if err != nil || m.Value != code || m.Kept == nil {
			t.Errorf("the district's answer read by a company: %+v (%v)", m, err)
		}
		if _, err := h.AnswerName(ctx, as["school"], exchange.NameMajor, "数控加工技术", cnc); err != nil {
			t.Fatal(err)
		}
		if m, _ := h.NameMeans(ctx, as["school2"], exchange.NameMajor, "数控加工技术"); m.Value != "" {
			t.Errorf("one school's answer is used for another: %+v", m)
		}
		mine, err := h.NameAnswers(ctx, as["school"])
		if err != nil || len(mine) != 1 {
			t.Fatalf("answers of the school = %+v (%v)", mine, err)
		}
		kindIs(t, h.ForgetName(ctx, as["school2"], mine[0].ID), partnership.ErrNotFound)
		if err := h.ForgetName(ctx, as["school"], mine[0].ID); err != nil {
			t.Fatal(err)
		}
		if m, _ := h.NameMeans(ctx, as["school"], exchange.NameMajor, "数控加工技术"); m.Value != "" || m.Question == nil {
			t.Errorf("forgotten, but still %+v", m)
		}
	})
}

func TestAnswerTwins(t *testing.T) {
	h := exchangetest.Small(t)
	r := importText(t, h, "companies", "企业名称,所在区县,曾用写法\n重庆渝瀚电子科技有限公司,荣昌区,\n重庆瑜瀚电子科技有限公司,荣昌区,渝瀚电子厂\n重庆瑜翰电子科技有限公司,荣昌区,\n", false)
	if len(r.Pairs) == 0 {
		t.Fatalf("report = %+v, want pairs to answer", r)
	}
	p := r.Pairs[0]
	_, err := h.AnswerTwins(ctx, as["company"], p.Keep, p.Other, true)
	kindIs(t, err, partnership.ErrForbidden)
	if _, err := h.AnswerTwins(ctx, as["district"], p.Keep, p.Other, true); err != nil {
		t.Fatal(err)
	}
	view, err := h.Company(ctx, as["district"], p.Keep)
	if err != nil || !slices.Contains(view.Company.Spellings, p.OtherName) {
		t.Errorf("after merging: %+v (%v), want the other spelling kept", view.Company, err)
	}
	gone, err := h.Company(ctx, as["district"], p.Other)
	if err != nil || gone.Company.MergedInto != p.Keep || len(gone.Twins) != 0 {
		t.Errorf("the merged record: %+v (%v)", gone.Company, err)
	}
	if _, err = h.ActCompany(ctx, as["district"], p.Other, "approve", ""); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("a merged record is approved: %v", err)
	}
	if again := importText(t, h, "companies", "企业名称,所在区县\n重庆瑜瀚电子科技有限公司,荣昌区\n", false); again.Written != 0 || len(again.Pairs) != 0 {
		t.Errorf("the known spelling again: %+v, want nothing new and no question", again)
	}

	t.Run("two companies stay two", func(t *testing.T) {
		for _, twin := range view.Twins {
			if _, err := h.AnswerTwins(ctx, as["district"], twin.Keep, twin.Other, false); err != nil {
				t.Fatal(err)
			}
		}
		if view, err = h.Company(ctx, as["district"], p.Keep); err != nil || len(view.Twins) != 0 {
			t.Errorf("asked again: %+v (%v)", view.Twins, err)
		}
	})
	t.Run("a company with posts is not closed", func(t *testing.T) {
		h.Open(t, exchangetest.Lathe())
		_, err := h.AnswerTwins(ctx, as["district"], p.Keep, exchangetest.Company, true)
		kindIs(t, err, partnership.ErrConflict)
		if !strings.Contains(err.Error(), "1 条岗位") {
			t.Errorf("refusal = %v, want what is in the way", err)
		}
	})
}

// Stopped while it is read, an import is dropped; stopped while it is written, what it has
// written is taken back. Either way the next file finds nothing in its way.
func TestImport_StoppedLeavesNothing(t *testing.T) {
	h := exchangetest.Small(t)
	actor := as["school"]
	if _, err := h.SaveCohort(ctx, actor, exchangetest.Class("数控1班", 3)); err != nil {
		t.Fatal(err)
	}
	text := rosterOf("数控1班", 5000)
	students := func() int {
		t.Helper()
		c, err := h.RosterStatus(ctx, actor)
		if err != nil {
			t.Fatal(err)
		}
		return c.New
	}
	for _, tc := range []struct {
		name string
		when partnership.ImportState
		want partnership.ImportState
	}{{"while it is read", partnership.ImportReading, partnership.ImportDropped}, {"while it is written", partnership.ImportWriting, partnership.ImportUndone}} {
		t.Run(tc.name, func(t *testing.T) {
			b, err := h.UploadImport(ctx, actor, exchange.ImportRequest{Kind: "students", File: "名册.csv", Body: strings.NewReader(text)})
			if err != nil {
				t.Fatal(err)
			}
			if tc.when == partnership.ImportWriting {
				if err := h.RunImport(ctx, b.ID); err != nil {
					t.Fatal(err)
				}
				if b, err = h.ActImport(ctx, actor, b.ID, "write"); err != nil {
					t.Fatal(err)
				}
			}
			if busy, err := h.BusyImports(ctx, actor); err != nil || len(busy) != 1 || busy[0].ID != b.ID {
				t.Fatalf("under way: %d imports, %v; it must be found again", len(busy), err)
			}
			ended := make(chan error)
			go func() { ended <- h.RunImport(ctx, b.ID) }()
			for tc.when == partnership.ImportWriting && students() == 0 {
				time.Sleep(time.Millisecond)
			}
			if _, err := h.ActImport(ctx, actor, b.ID, "stop"); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
			v, err := h.ImportOf(ctx, actor, b.ID)
			if err != nil || v.Batch.State != tc.want {
				t.Fatalf("it is %s (%v), want %s", v.Batch.State, err, tc.want)
			}
			if n := students(); n != 0 {
				t.Errorf("%d students are left", n)
			}
			_, err = h.ActImport(ctx, actor, b.ID, "stop")
			if !errors.Is(err, partnership.ErrConflict) {
				t.Errorf("stopped twice: %v, want a refusal", err)
			}
		})
	}
}
