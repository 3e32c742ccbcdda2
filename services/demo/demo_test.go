package demo

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
)

func district(t *testing.T, day time.Time) partnership.Bundle {
	t.Helper()
	cat, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := District(cat, day)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDistrict_HoldsThePublishedCounts(t *testing.T) {
	b := district(t, time.Date(2026, 11, 21, 0, 0, 0, 0, partnership.Beijing))
	partners := map[string]map[string]bool{Centre: {}, Yimin: {}}
	for _, c := range b.Cooperations {
		partners[c.School][c.Company] = true
	}
	external, ordered := 0, 0
	for _, base := range b.Bases {
		if base.School == Centre && base.Kind == "校外" {
			external++
		}
	}
	for _, o := range b.OrderClasses {
		if o.School == Centre {
			ordered += o.Enrolled
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"partners of the centre (table 29)", len(partners[Centre]), 63},
		{"partners of the technician school", len(partners[Yimin]), 25},
		{"external bases (table 29)", external, 48},
		{"internship posts (table 29)", len(b.Posts), 600},
		{"students in order classes (table 29)", ordered, 110},
		{"majors offered (table 4)", len(b.Schools[0].Majors), 27},
	} {
		if c.got != c.want {
			t.Errorf("%s = %d, want %d", c.what, c.got, c.want)
		}
	}
}

func TestDistrict_MarksWhatIsGenerated(t *testing.T) {
	b := district(t, time.Date(2026, 11, 21, 0, 0, 0, 0, partnership.Beijing))
	for _, c := range b.Companies {
		if c.Sample != strings.HasPrefix(c.Name, "示例") {
			t.Errorf("company %s: sample %v", c.Name, c.Sample)
		}
		if c.CreditCode != "" {
			t.Errorf("company %s carries a credit code that no source gave", c.Name)
		}
	}
	for _, p := range b.Posts {
		if !p.Sample || p.Check() != nil {
			t.Errorf("post %s: sample %v, %v", p.ID, p.Sample, p.Check())
		}
	}
	for _, c := range b.Cohorts {
		if !c.Sample || c.Check() != nil || c.Grade(c.From) != 3 {
			t.Errorf("cohort %s: sample %v, grade %d, %v", c.Name, c.Sample, c.Grade(c.From), c.Check())
		}
	}
	for _, o := range b.Outcomes {
		if o.Student != "" && (!o.Sample || !strings.HasPrefix(o.Student, "示例")) {
			t.Errorf("outcome %s of %s is not marked", o.ID, o.Student)
		}
	}
}

func TestDistrict_IsTheSameEachTime(t *testing.T) {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, partnership.Beijing)
	if !reflect.DeepEqual(district(t, day), district(t, day)) {
		t.Error("two builds of one day differ")
	}
	later := district(t, day.AddDate(1, 0, 0))
	if !reflect.DeepEqual(district(t, day).Outcomes, later.Outcomes) {
		t.Error("published outcomes depend on the day of loading")
	}
}

// A grown district has the size asked for, ids of its own for every record, and no record that
// points at a party which is not there.
func TestGrow(t *testing.T) {
	for _, tc := range []struct {
		name string
		size Size
	}{{"as it is", Size{}}, {"a city", Size{Students: 30000, Posts: 5000, Companies: 1000}}, {"posts alone", Size{Posts: 1300}}, {"fewer companies than posts ask for", Size{Posts: 3000, Companies: 90}}} {
		t.Run(tc.name, func(t *testing.T) {
			b := district(t, time.Date(2026, 11, 21, 0, 0, 0, 0, partnership.Beijing))
			Grow(&b, tc.size)
			ids, names := map[string]bool{}, map[string]string{}
			add := func(id, name string) {
				if ids[id] {
					t.Errorf("two records %s", id)
				}
				ids[id], names[id] = true, name
			}
			for _, s := range b.Schools {
				add(s.ID, s.Name)
			}
			for _, c := range b.Companies {
				add(c.ID, c.Name)
			}
			named := func(id, what, name string) {
				if names[id] == "" || name != "" && names[id] != name {
					t.Errorf("%s of %q, whose name is %q, says %q", what, id, names[id], name)
				}
			}
			students, opened := 0, 0
			for _, c := range b.Cohorts {
				add(c.ID, "")
				named(c.School, "cohort "+c.ID, c.SchoolName)
				if students += c.Size; c.State == partnership.CohortOpen {
					opened += c.Size
				}
			}
			for _, p := range b.Posts {
				add(p.ID, "")
				named(p.Company, "post "+p.ID, p.CompanyName)
			}
			for _, o := range b.OrderClasses {
				add(o.ID, "")
				named(o.Company, "order class "+o.ID, o.CompanyName)
				named(o.School, "order class "+o.ID, o.SchoolName)
			}
			for _, c := range b.Cooperations {
				add(c.ID, "")
				named(c.Company, "cooperation "+c.ID, "")
				named(c.School, "cooperation "+c.ID, "")
			}
			for _, o := range b.Bases {
				add(o.ID, "")
				named(o.Owner, "base "+o.ID, o.OwnerName)
			}
			for _, o := range b.Outcomes {
				add(o.ID, "")
				named(o.School, "outcome "+o.ID, "")
			}
			got := Size{students, len(b.Posts), len(b.Companies)}
			if got.Students < tc.size.Students || got.Posts < tc.size.Posts || got.Companies < tc.size.Companies {
				t.Errorf("grown to %+v, want %+v", got, tc.size)
			}
			if tc.size.Students > 0 && (opened*5 < students || opened*2 > students) {
				t.Errorf("%d of %d students look for a post, want about a third", opened, students)
			}
			rows := 0
			for _, sheet := range Rosters(&b) {
				rows += strings.Count(sheet, "\n") - 1
			}
			if rows != students {
				t.Errorf("rosters name %d students, cohorts have %d", rows, students)
			}
		})
	}
}

// The district at work: placements in every state, nobody's name, no post above its slots,
// no company above its tenth, every student in one placement.
func TestDistrict_IsAtWork(t *testing.T) {
	for _, day := range []time.Time{time.Date(2026, 11, 21, 0, 0, 0, 0, partnership.Beijing), time.Date(2027, 7, 15, 0, 0, 0, 0, partnership.Beijing), time.Date(2027, 9, 2, 0, 0, 0, 0, partnership.Beijing)} {
		b := district(t, day)
		states, held, taken, interns, students := map[partnership.PlacementState]int{}, map[string]bool{}, map[string]int{}, map[string]int{}, map[string]bool{}
		for _, s := range b.Students {
			students[s.ID] = true
			if !strings.HasPrefix(s.Number, "示例") || !strings.HasPrefix(string(s.Entry.Name), "示例") || s.Entry.IDNumber != "" || s.Entry.Phone != "" {
				t.Errorf("student %s is not plainly invented", s.Number)
			}
		}
		for _, p := range b.Placements {
			states[p.State]++
			if !p.Sample || !students[p.Student] || held[p.Student] {
				t.Errorf("placement %s: sample %v, known %v, placed twice %v", p.ID, p.Sample, students[p.Student], held[p.Student])
			}
			held[p.Student] = true
			if p.State != partnership.PlacementProposed && p.State != partnership.PlacementEnded {
				taken[p.Post]++
				interns[p.Company]++
			}
		}
		for _, p := range b.Posts {
			if p.Taken != taken[p.ID] || p.Taken > p.Slots || p.Check() != nil {
				t.Errorf("post %s: %d taken, %d placed, %d slots, %v", p.ID, p.Taken, taken[p.ID], p.Slots, p.Check())
			}
		}
		for _, c := range b.Companies {
			if c.Staff > 0 && interns[c.ID] > c.Staff/10 {
				t.Errorf("%s: %d interns of %d staff", c.Name, interns[c.ID], c.Staff)
			}
		}
		for _, st := range []partnership.PlacementState{partnership.PlacementProposed, partnership.PlacementAccepted, partnership.PlacementOnPost, partnership.PlacementCompleted, partnership.PlacementEnded} {
			if states[st] == 0 {
				t.Errorf("%s: no placement is %s: %v", partnership.Day(day), st, states)
			}
		}
		if len(b.Rotations) != 1 || b.Rotations[0].Verify() != nil {
			t.Errorf("%d rotations", len(b.Rotations))
		}
		for _, o := range b.OrderClasses {
			if o.Live() > o.Seats || o.State != "" && o.Check() != nil {
				t.Errorf("class %s: %d of %d, %v", o.Name, o.Live(), o.Seats, o.Check())
			}
		}
	}
}
