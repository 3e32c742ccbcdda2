package matching

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func welder() PostFacts {
	return PostFacts{
		ID: "p1", Title: "焊接操作工", Kind: "岗位实习",
		Majors: []Major{{"660103", "机械制造技术", Near}, {"660108", "焊接技术应用", Exact}},
		Skills: []string{"氩弧焊", "识图", "ＰＬＣ 编程"}, Region: "500112", At: Point{106.63, 29.72},
		PayFen: 320000, ReferenceFen: 320000, From: "2027-03-01", To: "2027-08-31",
		Lodging: true, Slots: 10, Tutors: 1,
		History: History{Asked: 10, Answered: 9, Started: 4, Completed: 4, Promised: 2, Kept: 1},
	}
}

func cohort() SeekerFacts {
	return SeekerFacts{
		ID: "c1", Name: "23级焊接1班", Kind: "岗位实习", Major: "660108", MajorName: "焊接技术应用",
		Skills: []string{"氩弧焊", "机械识图", "钳工"}, Region: "500112", At: Point{106.63, 29.62},
		From: "2027-03-01", To: "2027-08-27", NeedsBeds: true, Size: 40, MinAge: 17,
	}
}

func TestWeights_Default(t *testing.T) {
	w := DefaultWeights()
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	again, err := WeightsOf(w.Map())
	if err != nil || again != w {
		t.Errorf("read back %+v, %v, want %+v", again, err, w)
	}
	if n := reflect.TypeFor[Weights]().NumField() - 1 + int(criteria); len(w.Map()) != n {
		t.Errorf("%d numbers are stored, there are %d", len(w.Map()), n)
	}
}

func TestWeightsOf_Refuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		set  map[string]int
		says string
	}{
		{"unknown key", map[string]int{"luck": 1}, "luck"},
		{"sum above 100", map[string]int{"pay": 5000}, "合计"},
		{"negative", map[string]int{"pay": -1}, "负数"},
		{"distance backwards", map[string]int{"near_km": 100}, "公里"},
		{"pay backwards", map[string]int{"low_pay": 120}, "报酬"},
		{"tutors backwards", map[string]int{"best_tutor": 15}, "师傅"},
		{"no wishes", map[string]int{"wishes": 0}, "志愿"},
		{"near share", map[string]int{"near_share": 101}, "相近"},
		{"skills", map[string]int{"target_skills": 0}, "技能"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := WeightsOf(tc.set); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("err = %v, want one about %s", err, tc.says)
			}
		})
	}
}

// TestScore_ByHand recomputes one score from the formulas of docs/matching.md.
func TestScore_ByHand(t *testing.T) {
	f := Score(welder(), cohort(), DefaultWeights())
	want := [criteria]int{
		Alignment: 3000,
		Skills:    2000 * 2 / 3,                    // 氩弧焊, 识图 within 机械识图
		Distance:  1200 * (100000 - 11119) / 95000, // 0.1 degree of latitude
		Pay:       1200 * 20 / 40,                  // 100 % between 80 and 120
		Overlap:   700,
		Beds:      400,
		Tutors:    400 * 5 / 10, // 10 students between 5 and 15
		Record:    600 * (833333 + 833333 + 500000) / 3000000,
		Wish:      150,
		Green:     0,
	}
	sum := 0
	for c, p := range f.Parts {
		if p.Got != want[c] {
			t.Errorf("%s = %d, want %d (%s)", p.Criterion.Words(), p.Got, want[c], p.Why)
		}
		sum += p.Got
	}
	if f.Points != sum || f.Refused != "" || f.Level != Exact || f.Version != Version {
		t.Errorf("fit = %+v, want %d points", f, sum)
	}
	if len(f.Reasons) == 0 || f.Reasons[0] != "专业对口（焊接技术应用）" {
		t.Errorf("reasons = %q", f.Reasons)
	}
	if !slices.ContainsFunc(f.Raise, func(s string) bool { return strings.Contains(s, "补上plc编程") }) {
		t.Errorf("raise = %q, want the missing skill named", f.Raise)
	}
}

func TestScore_Gates(t *testing.T) {
	for _, tc := range []struct {
		name string
		set  func(p *PostFacts, s *SeekerFacts)
		says string
	}{
		{"forbidden post", func(p *PostFacts, s *SeekerFacts) {
			p.Forbidden = "营业性娱乐场所不得安排实习（第十六条）"
		}, "第十六条"},
		{"other kind", func(p *PostFacts, s *SeekerFacts) { s.Kind = "认识实习" }, "认识实习"},
		{"too young", func(p *PostFacts, s *SeekerFacts) { p.MinAge = 18 }, "18 周岁"},
		{"wrong major", func(p *PostFacts, s *SeekerFacts) { s.Major, s.MajorName, s.MinLevel = "730101", "护理", Near }, "护理"},
		{"only near", func(p *PostFacts, s *SeekerFacts) { s.Major, s.MinLevel = "660103", Exact }, "对口"},
		{"other months", func(p *PostFacts, s *SeekerFacts) { s.From, s.To = "2027-09-01", "2027-12-31" }, "2027-09-01"},
		{"too far", func(p *PostFacts, s *SeekerFacts) { s.MaxKM = 11 }, "11.1 公里"},
		{"too little pay", func(p *PostFacts, s *SeekerFacts) { s.MinPayFen = 320001 }, "3200.01"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, s := welder(), cohort()
			tc.set(&p, &s)
			f := Score(p, s, DefaultWeights())
			if f.Points != 0 || f.Parts != nil || !strings.Contains(f.Refused, tc.says) {
				t.Errorf("fit = %+v, want a refusal about %s", f, tc.says)
			}
			if len(Rank(p, []SeekerFacts{s}, DefaultWeights(), 0)) != 0 {
				t.Error("a refused pair is ranked")
			}
		})
	}
}

func TestPoints(t *testing.T) {
	for in, want := range map[int]string{0: "0", 8600: "86", 8650: "86.5", 8655: "86.55", 5: "0.05", -120: "-1.2"} {
		if got := Points(in); got != want {
			t.Errorf("Points(%d) = %s, want %s", in, got, want)
		}
	}
}

// TestMetres compares with the haversine formula within a province.
func TestMetres(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Point{rapid.Float64Range(100, 110).Draw(t, "lng"), rapid.Float64Range(18, 50).Draw(t, "lat")}
		q := Point{p.Lng + rapid.Float64Range(-2, 2).Draw(t, "dlng"), p.Lat + rapid.Float64Range(-2, 2).Draw(t, "dlat")}
		rad := math.Pi / 180
		h := math.Pow(math.Sin((q.Lat-p.Lat)*rad/2), 2) + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*math.Pow(math.Sin((q.Lng-p.Lng)*rad/2), 2)
		want := 2 * 6371008.8 * math.Asin(math.Sqrt(h))
		if got := float64(p.metres(q)); math.Abs(got-want) > 0.01*want+2 {
			t.Fatalf("%v to %v = %.0f m, want %.0f", p, q, got, want)
		}
		if p.metres(q) != q.metres(p) {
			t.Fatal("the way back is another")
		}
	})
}

func TestDayNumber(t *testing.T) {
	for in, want := range map[string]int{"1970-01-01": 0, "1970-03-01": 59, "2000-02-29": 11016, "2027-03-01": 20878} {
		if got, ok := dayNumber(in); !ok || got != want {
			t.Errorf("dayNumber(%s) = %d, %v, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "2027-3-1", "2027/03/01", "2027-13-01", "2027-00-01", "2027-01-32", "x027-01-01"} {
		if _, ok := dayNumber(in); ok {
			t.Errorf("dayNumber(%q) is a day", in)
		}
	}
}

func drawFacts(t *rapid.T) (PostFacts, SeekerFacts) {
	skill := rapid.SampledFrom([]string{"焊接", "氩弧焊", "识图", "机械识图", "PLC", "钳工", "会计", "护理", "", " "})
	level := rapid.SampledFrom([]Level{Exact, Near, ""})
	day := rapid.SampledFrom([]string{"2027-01-15", "2027-03-01", "2027-08-31", "2028-02-29", "", "x"})
	n := func(most int, what string) int { return rapid.IntRange(0, most).Draw(t, what) }
	at := func() Point {
		return Point{rapid.Float64Range(105, 108).Draw(t, "lng"), rapid.Float64Range(28, 31).Draw(t, "lat")}
	}
	region := rapid.SampledFrom([]string{"", "500112", "500105", "510100", "500230"})
	p := PostFacts{
		ID: "p", Majors: []Major{{"1", "", level.Draw(t, "level")}, {"2", "", Near}},
		Duties: strings.Join(rapid.SliceOfN(skill, 0, 4).Draw(t, "duties"), "、"),
		Skills: rapid.SliceOfN(skill, 0, 9).Draw(t, "needs"), Region: region.Draw(t, "region"),
		PayFen: int64(n(500000, "pay")), ReferenceFen: int64(n(500000, "reference")),
		From: day.Draw(t, "from"), To: day.Draw(t, "to"), Lodging: rapid.Bool().Draw(t, "lodging"),
		Slots: n(60, "slots"), Tutors: n(9, "tutors"),
		History: History{Asked: n(20, "asked"), Answered: n(20, "answered"), Started: n(9, "started"), Completed: n(9, "completed"), Promised: n(9, "promised"), Kept: n(9, "kept")},
	}
	s := SeekerFacts{
		ID: "s", Major: "1", Skills: rapid.SliceOfN(skill, 0, 9).Draw(t, "has"), Region: region.Draw(t, "home"),
		From: day.Draw(t, "start"), To: day.Draw(t, "end"), NeedsBeds: rapid.Bool().Draw(t, "beds"),
		Wishes: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p", "q", "r"}), 0, 3, rapid.ID[string]).Draw(t, "wishes"),
		Green:  rapid.Bool().Draw(t, "green"),
	}
	if rapid.Bool().Draw(t, "on the map") {
		p.At, s.At = at(), at()
	}
	return p, s
}

// TestScore_Bounds: parts lie between nothing and their most, and add up.
func TestScore_Bounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, s := drawFacts(t)
		f := Score(p, s, DefaultWeights())
		if !reflect.DeepEqual(f, Score(p, s, DefaultWeights())) {
			t.Fatal("the same facts give another fit")
		}
		if f.Refused != "" {
			return
		}
		sum := 0
		for _, x := range f.Parts {
			if x.Got < 0 || x.Got > x.Of {
				t.Fatalf("%s = %d of %d", x.Criterion.Words(), x.Got, x.Of)
			}
			sum += x.Got
		}
		if sum != f.Points || f.Points > Full {
			t.Fatalf("%d points, parts add up to %d", f.Points, sum)
		}
	})
}

// TestScore_Monotone: a pair that gets better in one respect never scores less, and
// never becomes refused.
func TestScore_Monotone(t *testing.T) {
	better := map[string]func(t *rapid.T, p *PostFacts, s *SeekerFacts){
		"one more skill of the seeker": func(t *rapid.T, p *PostFacts, s *SeekerFacts) {
			s.Skills = append(slices.Clone(s.Skills), rapid.SampledFrom([]string{"焊接", "识图", "数控"}).Draw(t, "new skill"))
		},
		"one more shared skill": func(t *rapid.T, p *PostFacts, s *SeekerFacts) {
			p.Skills, s.Skills = append(slices.Clone(p.Skills), "茶艺"), append(slices.Clone(s.Skills), "茶艺")
		},
		"one more skill in the duties": func(t *rapid.T, p *PostFacts, s *SeekerFacts) {
			p.Duties, s.Skills = p.Duties+"，会茶艺", append(slices.Clone(s.Skills), "茶艺")
		},
		"longer duties": func(t *rapid.T, p *PostFacts, s *SeekerFacts) { p.Duties += "焊接识图" },
		"one yuan more": func(t *rapid.T, p *PostFacts, s *SeekerFacts) { p.PayFen += 100 },
		"one kilometre less": func(t *rapid.T, p *PostFacts, s *SeekerFacts) {
			// Towards the post along the straight line: every step is nearer.
			share := rapid.Float64Range(0, 1).Draw(t, "share")
			s.At = Point{s.At.Lng + (p.At.Lng-s.At.Lng)*share, s.At.Lat + (p.At.Lat-s.At.Lat)*share}
		},
		"one more tutor": func(t *rapid.T, p *PostFacts, s *SeekerFacts) { p.Tutors++ },
		"lodging":        func(t *rapid.T, p *PostFacts, s *SeekerFacts) { p.Lodging = true },
		"an answer":      func(t *rapid.T, p *PostFacts, s *SeekerFacts) { p.History.Answered++ },
		"a question answered": func(t *rapid.T, p *PostFacts, s *SeekerFacts) {
			p.History.Asked++
			p.History.Answered = p.History.Asked
		},
		"a completed placement": func(t *rapid.T, p *PostFacts, s *SeekerFacts) { p.History.Completed++ },
		"a kept promise":        func(t *rapid.T, p *PostFacts, s *SeekerFacts) { p.History.Kept++ },
		"a better level": func(t *rapid.T, p *PostFacts, s *SeekerFacts) {
			p.Majors = append(p.Majors, Major{Code: "1", Level: Exact})
		},
		"first wish":             func(t *rapid.T, p *PostFacts, s *SeekerFacts) { s.Wishes = []string{"p"} },
		"the green channel":      func(t *rapid.T, p *PostFacts, s *SeekerFacts) { s.Green = true },
		"a post that lasts more": func(t *rapid.T, p *PostFacts, s *SeekerFacts) { p.From = "2027-01-01"; p.To = "2028-12-31" },
	}
	for name, change := range better {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p, s := drawFacts(t)
				before := Score(p, s, DefaultWeights())
				change(t, &p, &s)
				after := Score(p, s, DefaultWeights())
				if before.Refused == "" && (after.Refused != "" || after.Points < before.Points) {
					t.Fatalf("%d points became %d %s", before.Points, after.Points, after.Refused)
				}
			})
		})
	}
}

// TestRank_Order: best first, equal ones by ID, cut at top, whatever the input order.
func TestRank_Order(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := drawFacts(t)
		var all []SeekerFacts
		for k := range rapid.IntRange(0, 8).Draw(t, "seekers") {
			_, s := drawFacts(t)
			s.ID = string(rune('a' + k))
			all = append(all, s)
		}
		w := DefaultWeights()
		ranked := Rank(p, all, w, 0)
		for k, r := range ranked {
			if want := Score(p, all[r.Index], w); !reflect.DeepEqual(r.Fit, want) {
				t.Fatalf("fit %+v, want %+v", r.Fit, want)
			}
			if k > 0 {
				last := ranked[k-1]
				if last.Fit.Points < r.Fit.Points || last.Fit.Points == r.Fit.Points && all[last.Index].ID > all[r.Index].ID {
					t.Fatal("not in order")
				}
			}
			posts := RankPosts(all[r.Index], []PostFacts{p}, w, 1)
			if len(posts) != 1 || posts[0].Fit.Points != r.Fit.Points {
				t.Fatalf("seen from the seeker: %+v", posts)
			}
		}
		if top := Rank(p, all, w, 2); len(top) != min(2, len(ranked)) || len(top) > 0 && top[0].Index != ranked[0].Index {
			t.Fatalf("top two: %v", top)
		}
		mixed := rapid.Permutation(all).Draw(t, "mixed")
		for k, r := range Rank(p, mixed, w, 0) {
			if mixed[r.Index].ID != all[ranked[k].Index].ID {
				t.Fatal("the order of the input changed the ranking")
			}
		}
		table := Table([]PostFacts{p}, all, w)
		for n := range all {
			f := Score(p, all[n], w)
			if want := f.Points; f.Refused == "" && int(table[0][n]) != want || f.Refused != "" && table[0][n] != -1 {
				t.Fatalf("table %d, want %d", table[0][n], want)
			}
		}
	})
}

func FuzzScore(f *testing.F) {
	f.Add("焊接", "2027-03-01", int64(300000), int64(280000), 106.5, 29.5, 3, 10)
	f.Add("", "", int64(math.MaxInt64), int64(1), math.NaN(), math.Inf(1), -5, math.MinInt)
	f.Fuzz(func(t *testing.T, word, day string, pay, ref int64, lng, lat float64, tutors, slots int) {
		p, s := welder(), cohort()
		p.Skills, p.From, p.PayFen, p.ReferenceFen = append(p.Skills, word), day, pay, ref
		p.At, p.Tutors, p.Slots = Point{lng, lat}, tutors, slots
		p.History = History{Asked: slots, Answered: tutors}
		s.Skills, s.To = append(s.Skills, word), day
		f := Score(p, s, DefaultWeights())
		if f.Points < 0 || f.Points > Full {
			t.Fatalf("%d points", f.Points)
		}
		for _, x := range f.Parts {
			if x.Got < 0 || x.Got > x.Of {
				t.Fatalf("%s = %d of %d", x.Criterion.Words(), x.Got, x.Of)
			}
		}
	})
}

// TestScore_Duties: what the duties say stands in for a list of skills.
func TestScore_Duties(t *testing.T) {
	w := DefaultWeights()
	for _, tc := range []struct {
		name   string
		skills []string
		duties string
		want   int
		says   string
	}{
		{"nothing said", nil, "", 0, "没有写明"},
		{"duties alone", nil, "负责氩弧焊与钳工作业", w.Max[Skills] * 2 / 3, "写到课程中的 2 项"},
		{"the list is better", []string{"氩弧焊"}, "负责钳工作业", w.Max[Skills], "覆盖 1 项"},
		{"the duties are better", []string{"氩弧焊", "a1", "b2", "c3"}, "钳工，氩弧焊", w.Max[Skills] * 2 / 3, "写到课程中的 2 项"},
		{"one character is no skill", nil, "钳", 0, "写到课程中的 0 项"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, s := welder(), cohort()
			p.Skills, p.Duties, s.Skills = tc.skills, tc.duties, append(s.Skills, "钳")
			part := Score(p, s, w).Parts[Skills]
			if part.Got != tc.want || !strings.Contains(part.Why, tc.says) {
				t.Errorf("%d points, %q, want %d and %q", part.Got, part.Why, tc.want, tc.says)
			}
		})
	}
}

// TestScore_ManySkills: a list longer than a machine word is compared as well.
func TestScore_ManySkills(t *testing.T) {
	p, s := welder(), cohort()
	p.Skills = nil
	for k := range 100 {
		p.Skills = append(p.Skills, "技能"+strings.Repeat("x", k))
	}
	s.Skills = p.Skills[60:70]
	w := DefaultWeights()
	w.TargetSkills = 100
	got := Score(p, s, w).Parts[Skills]
	want := 0
	for _, need := range p.Skills {
		if meets(s.Skills, need) {
			want++
		}
	}
	if got.Got != w.Max[Skills]*want/100 {
		t.Errorf("%d points for %d of 100 skills", got.Got, want)
	}
}
