package exchange_test

import (
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

func newSchool() partnership.School {
	return partnership.School{Name: "荣昌区第二职业学校", Kind: "中职", Authority: "荣昌区教育委员会", Region: "500153", Point: &partnership.Point{Lng: 105.59, Lat: 29.4}}
}

// A district registers a school from nothing: the school then registers a class of what it
// offers.
func TestSaveSchool(t *testing.T) {
	h := exchangetest.Small(t)
	s, err := h.SaveSchool(ctx, as["district"], newSchool(), "660103 数控技术应用（老年班） 2019年 三年/3+4\n\n720201，2021，3+2")
	if err != nil {
		t.Fatal(err)
	}
	want := []partnership.OfferedMajor{{Code: "660103", Name: "数控技术应用（老年班）", Since: 2019, Programme: "三年/3+4"}, {Code: "720201", Name: "护理", Since: 2021, Programme: "3+2"}}
	if len(s.Majors) != 2 || s.Majors[0] != want[0] || s.Majors[1] != want[1] {
		t.Errorf("majors %+v, want %+v", s.Majors, want)
	}
	own := partnership.Actor{Account: "new", Role: partnership.RoleSchool, Party: s.ID, Admin: true}
	class := exchangetest.Class("数控1班", 3)
	class.School = s.ID
	if c, err := h.SaveCohort(ctx, own, class); err != nil || c.SchoolName != s.Name || c.Point == nil {
		t.Errorf("its class: %+v (%v)", c, err)
	}
	again, err := h.SaveSchool(ctx, as["district"], s, exchange.OfferedLines(s.Majors))
	if err != nil || len(again.Majors) != 2 || again.Majors[0] != want[0] || again.Majors[1] != want[1] {
		t.Errorf("saved as it was read: %+v (%v)", again.Majors, err)
	}
	_, err = h.SaveSchool(ctx, as["district"], s, "660103") // of the first revision
	kindIs(t, err, partnership.ErrConflict)
}

// What the form does not show of a school that came with the reports is not lost by saving it.
func TestSaveSchool_KeepsWhatItDoesNotShow(t *testing.T) {
	h := exchangetest.Small(t)
	school := newSchool()
	school.ID, school.Sample = "reported", true
	school.Majors = []partnership.OfferedMajor{{Code: "710102", Name: "物联网应用技术", Since: 2016, Programme: "三年/3+4", Category: "电子与信息大类"}, {Code: "790303", Name: "老年人服务与管理", Since: 2022, Programme: "三年"}}
	if err := h.Load(ctx, partnership.Bundle{Schools: []partnership.School{school}}); err != nil {
		t.Fatal(err)
	}
	old, err := h.OverseenSchool(ctx, as["district"], school.ID)
	if err != nil {
		t.Fatal(err)
	}
	saved, err := h.SaveSchool(ctx, as["district"], old, exchange.OfferedLines(old.Majors))
	if err != nil || len(saved.Majors) != 2 || saved.Majors[0] != school.Majors[0] || saved.Majors[1] != school.Majors[1] || !saved.Sample {
		t.Errorf("saved as it stood: %+v (%v)", saved, err)
	}
}

func TestSaveSchool_Refused(t *testing.T) {
	h := exchangetest.Small(t)
	have, err := h.OverseenSchool(ctx, as["district"], exchangetest.School)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change  func(s *partnership.School)
		majors  string
		field   string
		mention string
	}{
		"no name":           {func(s *partnership.School) { s.Name = " " }, "660103", "name", "全称"},
		"a name there is":   {func(s *partnership.School) { s.Name = have.Name }, "660103", "name", "已经登记"},
		"no kind":           {func(s *partnership.School) { s.Kind = "普高" }, "660103", "kind", "类别"},
		"no authority":      {func(s *partnership.School) { s.Authority = "" }, "660103", "authority", "备案"},
		"another district":  {func(s *partnership.School) { s.Region = "500105" }, "660103", "region", "不归您管"},
		"no such place":     {func(s *partnership.School) { s.Region = "999999" }, "660103", "region", "区县"},
		"half a point":      {func(s *partnership.School) { s.Point = &partnership.Point{Lng: 105} }, "660103", "lng", "留空"},
		"no majors":         {func(*partnership.School) {}, " \n", "majors", "一行一个"},
		"a name of college": {func(*partnership.School) {}, "660103\n物联网应用技术", "majors", "第 2 行“物联网应用技术”"},
		"a wrong code":      {func(*partnership.School) {}, "660193", "majors", "第 1 行“660193”"},
		"two majors":        {func(*partnership.School) {}, "660103 护理", "majors", "第 1 行“660103”和“护理”不是同一个专业"},
		"a major twice":     {func(*partnership.School) {}, "660103\n数控技术应用", "majors", "第 2 行“数控技术应用”：这个专业（660103）上面已经写过"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSchool()
			c.change(&s)
			_, err := h.SaveSchool(ctx, as["district"], s, c.majors)
			invalid(t, err, c.field)
			if !strings.Contains(err.Error(), c.mention) {
				t.Errorf("said %q, want %q in it", err, c.mention)
			}
		})
	}
	for _, who := range []string{"school", "company"} {
		_, err := h.SaveSchool(ctx, as[who], newSchool(), "660103")
		kindIs(t, err, partnership.ErrForbidden)
	}
	far := partnership.Actor{Account: "far", Role: partnership.RoleDistrict, Region: "500105"}
	_, err = h.OverseenSchool(ctx, far, exchangetest.School)
	kindIs(t, err, partnership.ErrNotFound)
}
