package regulation

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// barred tells from the words of art. 16, not from our rules, whether a student may
// not be on a post: first years, under 16, heavy work, work barred to minors and to
// women, places of entertainment, agents.
func barred(f PlacementFacts) string {
	if f.Post.Kind != Internship {
		return ""
	}
	turn := f.Start[:4] + "-09-01"
	year := 0
	for _, c := range f.Start[:4] {
		year = year*10 + int(c-'0')
	}
	if f.Start < turn {
		year--
	}
	if year-f.Student.EntryYear-f.Student.Repeated < 1 {
		return "(1) first year"
	}
	age := func(n int) bool { // n full years before the start
		y := 0
		for _, c := range f.Student.Birth[:4] {
			y = y*10 + int(c-'0')
		}
		y += n
		return string([]byte{byte('0' + y/1000), byte('0' + y/100%10), byte('0' + y/10%10), byte('0' + y%10)})+f.Student.Birth[4:] < f.Start
	}
	heavy := *f.Post.LiftKg > 25 || *f.Post.LiftKg > 20 && *f.Post.LiftsPerHour >= 6
	underground, dusty := false, false
	for _, h := range f.Post.Hazards {
		underground = underground || h.Kind == "井下"
		dusty = dusty || h.Kind == "粉尘" || h.Kind == "有毒" || h.Kind == "高处" && h.Grade != 1 || h.Kind == "放射性"
	}
	switch {
	case !age(16):
		return "(2) under 16"
	case *f.Post.LabourGrade >= 3:
		return "(7) grade III"
	case !age(18) && (underground || dusty || heavy || *f.Post.MotionsPerMinute > 50):
		return "(3) minors"
	case f.Student.Sex == "女" && (underground || heavy):
		return "(4) women"
	case strings.Contains("6233 8051 9011 9012 9013 9019", f.Post.Company.Industry):
		return "(5) entertainment"
	case strings.HasPrefix(f.Post.Company.Industry, "726") || f.Post.Arranger == "中介":
		return "(6) agent"
	}
	return ""
}

// TestArticle16NeverPasses draws students and posts around the borders of art. 16.
// None that it bars may pass, whatever was filed; and where nothing but art. 16 is
// in play, what it does not bar passes.
func TestArticle16NeverPasses(t *testing.T) {
	s := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := good()
		pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
		f.Start = pick("start", "2026-03-01", "2026-08-31", "2026-09-01")
		f.End = "2027-02-10"
		f.Agreement.To = "2027-12-31"
		f.Post.Kind = pick("kind", Internship, Internship, Observation)
		f.Student.EntryYear = rapid.IntRange(2023, 2026).Draw(t, "entry")
		f.Student.Repeated = rapid.IntRange(0, 1).Draw(t, "repeated")
		f.Student.Birth = pick("birth", "2008-02-28", "2008-03-01", "2008-09-01", "2010-02-28", "2010-03-01", "2010-08-31", "2010-09-01", "2007-01-01", "2007-01-01")
		f.Student.Sex = pick("sex", "男", "女")
		f.Post.LabourGrade = ptr(rapid.IntRange(1, 4).Draw(t, "labour"))
		f.Post.LiftKg = ptr(float64(rapid.IntRange(15, 27).Draw(t, "kg")))
		f.Post.LiftsPerHour = ptr(float64(rapid.IntRange(4, 7).Draw(t, "lifts")))
		f.Post.MotionsPerMinute = ptr(float64(rapid.IntRange(48, 52).Draw(t, "motions")))
		if rapid.Bool().Draw(t, "hazard") {
			f.Post.Hazards = []Hazard{{pick("hazard kind", "井下", "粉尘", "有毒", "高处", "放射性", "噪声"), rapid.IntRange(0, 3).Draw(t, "grade")}}
		}
		f.Post.Company.Industry = pick("industry", "3525", "3525", "9011", "6233", "7263", "8052")
		f.Post.Arranger = pick("arranger", "学校", "学校", "中介")
		f.Filings = append(f.Filings, FilingFacts{Kind: "F2", Office: f.School.Authority, Day: "2026-02-01", Reason: "特殊要求",
			Rules: []string{"G1", "G2", "H1", "H2", "H4", "H5", "H6", "A1", "T2", "T3", "T4"}})
		found := CheckPlacement(f, s, today)
		why := barred(f)
		if why != "" && Passes(found) {
			t.Fatalf("art. 16 %s, and yet it passes: %+v", why, found)
		}
		if why == "" && f.Post.Kind == Internship && !Passes(found) {
			t.Fatalf("nothing bars it, and yet: %+v", found)
		}
	})
}

func BenchmarkCheckPlacement(b *testing.B) {
	s, f := national(b), good()
	b.ReportAllocs()
	for b.Loop() {
		if !Passes(CheckPlacement(f, s, today)) {
			b.Fatal("the good placement does not pass")
		}
	}
}

func BenchmarkCapacity(b *testing.B) {
	bookings := make([]Booking, 1000)
	days := Days("2026-01-01", "2026-12-31", 366)
	for i := range bookings {
		bookings[i] = Booking{From: days[i%300], To: days[i%300+60], Count: 1 + i%4}
	}
	for b.Loop() {
		Capacity(300, bookings, "2026-01-01", "2026-12-31")
	}
}
