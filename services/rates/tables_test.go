package rates_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"sunmao/services/rates"
	"sunmao/services/rates/audit"
)

func drawFacts(t *rapid.T) *rates.Facts {
	f := &rates.Facts{School: "甲校", Year: 2025, Years: 2, CutOff: "2025-12-31"}
	u := rates.NewRollup(nil)
	for y := 2024; y <= 2025; y++ {
		for c := range rapid.IntRange(2, 3).Draw(t, "categories") {
			for m := range 2 {
				base := rates.Row{School: "甲校", Year: y, Category: fmt.Sprintf("第%c类", '甲'+c), Major: fmt.Sprintf("专业%c%d", 'A'+c, m)}
				add := func(change func(*rates.Row)) {
					r := base
					r.Count = rapid.Int64Range(0, 120).Draw(t, "people")
					change(&r)
					if err := u.Add(&r); err != nil {
						t.Fatal(err)
					}
				}
				add(func(r *rates.Row) {
					r.Direction, r.Aligned, r.SchoolLabel, r.PayFen, r.Sector = rates.Employed, rates.Exact, rates.Yes, rapid.Int64Range(2500, 6000).Draw(t, "yuan")*100, 2
				})
				add(func(r *rates.Row) { r.Direction, r.Aligned, r.SchoolLabel = rates.Employed, rates.Unrelated, rates.No })
				add(func(r *rates.Row) { r.Direction = rates.Progress })
				add(func(r *rates.Row) { r.Direction = rates.Seeking })
			}
		}
		f.Enrolment = append(f.Enrolment, rates.Enrolment{School: "甲校", Year: y, Category: "甲类", Major: "数控技术应用", Students: rapid.Int64Range(1, 900).Draw(t, "students")},
			rates.Enrolment{School: "甲校", Year: y, Category: "甲类", Major: "模具制造技术", Students: rapid.Int64Range(1, 900).Draw(t, "students")})
		n := rapid.Int64Range(2, 90).Draw(t, "answers")
		f.Surveys = append(f.Surveys, rates.Survey{School: "甲校", Indicator: "用人单位满意度", Year: y, Answers: n, Satisfied: rapid.Int64Range(0, n).Draw(t, "satisfied"), Method: "问卷"})
	}
	f.Groups = u.Groups()
	return f
}

// What we publish passes our own audit, in every table.
func TestReportTablesPassTheAudit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, table := range rates.Tables(drawFacts(t)) {
			s := audit.Sheet{Name: table.Title}
			groups, heads := []string{}, []string{}
			grouped := false
			for _, c := range table.Columns {
				h := c.Header
				if c.Unit != "" {
					h += "（" + c.Unit + "）"
				}
				groups, heads = append(groups, c.Group), append(heads, h)
				grouped = grouped || c.Group != ""
			}
			if grouped {
				for i := range groups {
					if groups[i] == "" {
						groups[i], heads[i] = heads[i], ""
					}
				}
				s.Cells = append(s.Cells, groups)
			}
			s.Cells = append(s.Cells, heads)
			s.Cells = append(s.Cells, table.Rows...)
			for _, row := range table.Rows {
				if len(row) != len(table.Columns) {
					t.Fatalf("%s: row %v has %d cells, want %d", table.Title, row, len(row), len(table.Columns))
				}
			}
			findings, err := audit.Run(t.Context(), []audit.Sheet{s})
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range findings {
				if found.Kind != audit.Copied { // equal draws may repeat a row
					t.Fatalf("%s: %+v\n%v", table.Title, found, s.Cells)
				}
			}
		}
	})
}

// Every empty numeric cell that somebody could fill says who.
func TestMissingCellsNameSomebody(t *testing.T) {
	tables := rates.Tables(&rates.Facts{School: "甲校", Year: 2025})
	if len(tables) < 16 {
		t.Fatalf("%d tables", len(tables))
	}
	missing := 0
	for _, table := range tables {
		for _, m := range table.Missing {
			missing++
			if m.WhoCanSupply == "" || m.Row == "" || m.Column == "" {
				t.Errorf("%s: %+v", table.Title, m)
			}
		}
		if len(table.Missing) == 0 && !slices.Contains([]string{"bases", "employment_by_major"}, table.Key) {
			t.Errorf("%s: nothing is missing although nothing is known", table.Title)
		}
	}
	if missing < 100 {
		t.Errorf("%d missing cells", missing)
	}
}

// In a publication a small category is hidden together with a second one.
func TestTablesHideSmallGroups(t *testing.T) {
	u := rates.NewRollup(nil)
	for c, n := range map[string]int64{"甲类": 3, "乙类": 40, "丙类": 90} {
		if err := u.Add(&rates.Row{School: "甲校", Year: 2025, Category: c, Count: n, Direction: rates.Employed}); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range rates.Tables(&rates.Facts{School: "甲校", Year: 2025, Years: 1, Minimum: rates.SharedMinimum, Groups: u.Groups()}) {
		if table.Key != "graduates" && table.Key != "employment" {
			continue
		}
		var hidden []string
		for _, row := range table.Rows {
			if slices.Contains(row, "*") {
				hidden = append(hidden, row[0]+row[1])
			}
			if slices.Contains(row, "3") {
				t.Errorf("%s shows three people: %v", table.Key, row)
			}
		}
		if len(hidden) != 2 {
			t.Errorf("%s hides %v, want 甲类 and 乙类", table.Key, hidden)
		}
	}
}

// What one table of a publication hides no other shows: the graduates of a small school
// stand in five tables.
func TestTablesHideASmallSchoolEverywhere(t *testing.T) {
	u := rates.NewRollup(nil)
	for _, r := range []rates.Row{{School: "甲校", Count: 13, Direction: rates.Employed, Sector: 2, Local: rates.City, PayFen: 390_000}, {School: "甲校", Count: 4, Direction: rates.Progress}} {
		r.Year = 2025
		if err := u.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	for c, n := range map[rates.Count]int64{rates.Assessed: 17, rates.AssessedPassed: 13, rates.Certified: 13, rates.CourseTaken: 17, rates.CoursePassed: 13} {
		if err := u.AddCount(2025, "甲校", nil, c, n); err != nil {
			t.Fatal(err)
		}
	}
	f := &rates.Facts{School: "甲校", Year: 2025, Years: 1, Minimum: rates.PublicationMinimum, Groups: u.Groups(),
		Progress: []rates.ProgressPath{{School: "甲校", Path: "高考", Year: 2025, People: 4}}}
	starred := 0
	for _, table := range rates.Tables(f) {
		for _, row := range table.Rows {
			for i, cell := range row {
				if table.Columns[i].Numeric && slices.Contains([]string{"4", "13", "17", "23.53", "76.47", "100.00"}, cell) {
					t.Errorf("%s shows %s: %v", table.Key, cell, row)
				}
			}
			if slices.Contains(row, rates.HiddenMark) {
				starred++
			}
		}
	}
	if starred < 14 {
		t.Errorf("only %d rows hide something", starred)
	}
}

func TestReportedNumbersOfSchoolsAreAddedOnlyWhereTheyMayBe(t *testing.T) {
	f := &rates.Facts{Year: 2025, Reported: []rates.Reported{
		{School: "甲校", Key: "partner_companies", Year: 2025, Value: "63"}, {School: "乙校", Key: "partner_companies", Year: 2025, Value: "25"},
		{School: "甲校", Key: "internship_subsidy_yuan", Year: 2025, Value: "0"}, {School: "乙校", Key: "internship_subsidy_yuan", Year: 2025, Value: "200"},
	}}
	want := map[string]string{"校企合作企业数": strconv.Itoa(88), "生均企业实习经费补贴": "0；200"}
	for _, table := range rates.Tables(f) {
		for _, row := range table.Rows {
			if w, ok := want[row[1]]; ok && table.Key == "cooperation" && row[4] != w {
				t.Errorf("%s = %q, want %q", row[1], row[4], w)
			}
		}
	}
}
