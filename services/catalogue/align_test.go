package catalogue

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAlign(t *testing.T) {
	c := loaded(t)
	for _, tc := range []struct {
		name, major, occ string
		level            Closeness
		district         bool
		word             string // in the path
	}{
		{"the occupation itself", "660103", "6-18-01-01", Exact, false, "就是这个职业"},
		{"its 小类 is on the path", "660108", "6-18-01-04", Exact, false, "其中包括 磨工"},
		{"a post known by its 小类", "740201", "4-03-02-00", Exact, false, "餐饮服务人员"},
		{"a neighbour in the 小类", "660103", "6-18-01-04", Near, false, "同属小类 机械冷加工人员"},
		{"a major of the same class", "660103", "6-18-04-01", Near, false, "同专业类 机械设计制造类（6601）的 模具制造技术"},
		{"a neighbour in the 中类", "660303", "6-31-05-00", Near, false, "同属中类 生产辅助人员"},
		{"another world", "660103", "4-03-02-05", Unrelated, false, "不在同一中类"},
		{"a major without a standard", "610303", "4-10-07-03", Exact, true, "，2026年11月21日，"},
		{"a technician-school major", "500153T01", "4-02-01-07", Exact, true, "700604"},
		{"only the 大类 is known", "660103", "6-00-00-00", Unrelated, false, ""},
		{"no such major", "999999", "6-18-01-01", Unrelated, false, "不在目录里"},
		{"no such occupation", "660103", "6-99-99-99", Unrelated, false, "不在大典里"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := c.Align(tc.major, tc.occ)
			if a.Level != tc.level || a.District != tc.district || !strings.Contains(strings.Join(a.Path, "→"), tc.word) || a.Version == "" {
				t.Errorf("Align(%s, %s) = %+v, want %s with %q", tc.major, tc.occ, a, tc.level, tc.word)
			}
		})
	}
}

func TestRulingGoesFirst(t *testing.T) {
	c := loaded(t)
	r := Ruling{Major: "660103", Occ: "4-03-02-05", Level: Near, Who: "张老师", When: "2026-03-01", Why: "食堂智能设备操作"}
	d := c.With(r)
	a := d.Align("660103", "4-03-02-05")
	if a.Level != Near || a.Ruling == nil || a.Ruling.Who != "张老师" || !strings.Contains(strings.Join(a.Path, ""), "更正为相近") {
		t.Errorf("%+v", a)
	}
	if got := c.Align("660103", "4-03-02-05").Level; got != Unrelated {
		t.Errorf("the catalogue it came from changed: %s", got)
	}
	if !slices.ContainsFunc(d.MajorsFor("4-03-02-05", Secondary), func(m MajorMatch) bool { return m.Major.Code == "660103" }) {
		t.Error("MajorsFor does not obey the ruling")
	}
	bare := c.majors[slices.IndexFunc(c.majors, func(m Major) bool { return m.Level == Secondary && c.paths[m.Code] == nil })]
	only := MajorFilter{Offered: []string{bare.Code}}
	e := c.With(Ruling{Major: bare.Code, Occ: "6-18-01-01", Level: Exact, Who: "张老师", When: "2026-03-01", Why: "开设了车工实训"})
	if got := e.SuggestMajors("车工", "", 3, only); len(got) != 1 || got[0].Major.Code != bare.Code || got[0].Level != Exact {
		t.Errorf("%s has no path but a ruling, and a post for 车工 is suggested %v", bare, got)
	}
	if got := d.Rulings(); len(got) != 1 || got[0] != r {
		t.Errorf("rulings: %v", got)
	}
}

// Align by its definition, written another way: sets of codes instead of ways.
func slowLevel(c *Catalogue, m Major, o Occupation) Closeness {
	near := Unrelated
	for _, other := range c.majors {
		if other.Class != m.Class {
			continue
		}
		for _, p := range c.paths[other.Code] {
			covers := p.occ == o.Code || o.Rank == RankUnit && o.Code[:7] == p.occ
			switch {
			case covers && other.Code == m.Code:
				return Exact
			case covers:
				near = Near
			case other.Code == m.Code && o.Rank != RankMajor && p.occ[:4] == o.Code[:4]:
				near = Near
			}
		}
	}
	return near
}

func TestAlignAgreesWithItsDefinition(t *testing.T) {
	c := loaded(t)
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(c.majors).Draw(t, "major")
		o := rapid.SampledFrom(c.occs).Draw(t, "occupation")
		if paths := c.paths[m.Code]; len(paths) > 0 && rapid.Bool().Draw(t, "close") {
			near := rapid.SampledFrom(paths).Draw(t, "path")
			kin := slices.DeleteFunc(slices.Clone(c.occs), func(x Occupation) bool { return x.Rank == RankMajor || x.Code[:4] != near.occ[:4] })
			o = rapid.SampledFrom(kin).Draw(t, "kin")
		}
		a := c.Align(m.Code, o.Code)
		if want := slowLevel(c, m, o); a.Level != want {
			t.Fatalf("%s, %s: %s, want %s (%v)", m, o, a.Level, want, a.Path)
		}
		found := slices.ContainsFunc(c.MajorsFor(o.Code, m.Level), func(x MajorMatch) bool { return x.Major.Code == m.Code && x.Level == a.Level })
		if found != (a.Level == Exact || a.Level == Near) {
			t.Fatalf("%s, %s: Align says %s, MajorsFor disagrees", m, o, a.Level)
		}
		for _, other := range c.ofClass[m.Class.Code] { // exact for one is at least near for its whole class
			if a.Level == Exact && c.Align(c.majors[other].Code, o.Code).Level == Unrelated {
				t.Fatalf("%s exact, but %s unrelated to %s", m, c.majors[other], o)
			}
		}
	})
}

func TestAlignIndustry(t *testing.T) {
	c := loaded(t)
	for _, tc := range []struct {
		major, industry string
		want            Closeness
	}{
		{"610301", "0313", Exact}, {"660103", "C3670", Exact}, {"730301", "C3670", Undecided}, {"660103", "C", Undecided}, {"660103", "A", Unrelated}, {"610301", "I65", Unrelated}, {"610301", "X99", Unrelated},
	} {
		if a := c.AlignIndustry(tc.major, tc.industry); a.Level != tc.want || len(a.Path) == 0 {
			t.Errorf("AlignIndustry(%s, %s) = %+v, want %s", tc.major, tc.industry, a, tc.want)
		}
	}
}
