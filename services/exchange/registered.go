package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// What the registers say for table 29 of the quality report (产教融合) and for the line of
// practice in firms of table 19. A year of the report is the school year that ends in it,
// from 1 September to 31 August. A register that has nothing says nothing: zero is a number
// that somebody has to state.

// practiceLevel is the line of table 19 that teachers' practice in firms stands in.
const practiceLevel = "企业实践"

// reportWindow is the school year that a year of the report covers.
func reportWindow(year int) (from, to string) {
	return fmt.Sprintf("%04d-09-01", year-1), fmt.Sprintf("%04d-08-31", year)
}

// tableSums gathers the lines of table 29 for one school, or with "" for all.
type tableSums struct {
	companies, practice map[string]bool
	equipment           int64 // fen
	counts              map[string]int
	led, joined         []string
}

func newTableSums() *tableSums {
	return &tableSums{companies: map[string]bool{}, practice: map[string]bool{}, counts: map[string]int{}}
}

func (s *tableSums) add(c *partnership.Cooperation) {
	s.companies[c.Company] = true
	s.equipment += c.EquipmentFen
	switch c.Form {
	case partnership.FormIndustryCollege:
		s.counts["industry_college"]++
	case partnership.FormTeacherPractice, "教师实践": // as reports before wrote it
		s.practice[c.Company] = true
	}
	s.counts["courses_co_developed"] += c.Courses
	s.counts["textbooks_co_developed"] += c.Textbooks
	s.counts["company_staff_trained"] += c.StaffTrained
}

func (s *tableSums) items(school string, year int) []rates.Reported {
	var out []rates.Reported
	put := func(key, value string) {
		if value != "" && value != "0" {
			out = append(out, rates.Reported{School: school, Key: key, Value: value, Year: year})
		}
	}
	put("partner_companies", strconv.Itoa(len(s.companies)))
	put("teacher_practice_bases", strconv.Itoa(len(s.practice)))
	for key, n := range s.counts {
		put(key, strconv.Itoa(n))
	}
	if s.equipment > 0 {
		value := rates.Quotient(s.equipment, 1_000_000, 1, 2)
		if strings.Contains(value, ".") {
			value = strings.TrimRight(strings.TrimRight(value, "0"), ".")
		}
		put("company_equipment_10k_yuan", value)
	}
	put("group_led", strings.Join(slices.Compact(slices.Sorted(slices.Values(s.led))), "；"))
	put("group_joined", strings.Join(slices.Compact(slices.Sorted(slices.Values(s.joined))), "；"))
	return out
}

// registered reads the registers for the report's years; names are the schools by id.
func (x *Exchange) registered(ctx context.Context, names map[string]string, years []int) ([]rates.Reported, error) {
	at := map[int]map[string]*tableSums{}
	of := func(year int, school string) []*tableSums {
		for _, key := range []string{"", school} {
			if at[year] == nil {
				at[year] = map[string]*tableSums{}
			}
			if at[year][key] == nil {
				at[year][key] = newTableSums()
			}
		}
		return []*tableSums{at[year][""], at[year][school]}
	}
	for c, err := range x.cooperations.Find(ctx, store.Query{Where: store.Field("from").Gt("")}) {
		if err != nil {
			return nil, fmt.Errorf("cooperation register: %w", err)
		}
		for _, y := range years {
			if from, to := reportWindow(y); names[c.School] != "" && c.In(from, to) {
				for _, s := range of(y, c.School) {
					s.add(&c)
				}
			}
		}
	}
	if err := x.alliancesInTable(ctx, names, years, of); err != nil {
		return nil, err
	}
	if err := x.outsideBases(ctx, names, years[len(years)-1], of); err != nil {
		return nil, err
	}
	practice, err := x.practice(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range practice {
		if slices.Contains(years, p.year) && names[p.school] != "" && p.company {
			for _, s := range of(p.year, p.school) {
				s.practice[p.owner] = true
			}
		}
	}
	var out []rates.Reported
	for _, y := range years {
		for school, sums := range at[y] {
			out = append(out, sums.items(names[school], y)...)
			hired, err := x.hiredByPartners(ctx, school, y, sums.companies, names)
			if err != nil {
				return nil, err
			}
			if hired > 0 {
				out = append(out, rates.Reported{School: names[school], Key: "hired_by_partners", Value: strconv.FormatInt(hired, 10), Year: y})
			}
		}
	}
	return out, nil
}

func (x *Exchange) alliancesInTable(ctx context.Context, names map[string]string, years []int, of func(int, string) []*tableSums) error {
	for a, err := range x.alliances.Find(ctx, store.Query{Where: store.Field("kind").Eq(partnership.KindGroup)}) {
		if err != nil {
			return fmt.Errorf("alliances: %w", err)
		}
		for _, y := range years {
			from, to := reportWindow(y)
			for _, party := range a.Parties {
				if names[party] == "" || !a.In(from, to) {
					continue
				}
				for _, s := range of(y, party) {
					if a.Leads(party) {
						s.led = append(s.led, a.Name)
					} else {
						s.joined = append(s.joined, a.Name)
					}
				}
			}
		}
	}
	return nil
}

// outsideBases counts the bases outside the schools. The register has no years: it speaks of
// the last one only.
func (x *Exchange) outsideBases(ctx context.Context, names map[string]string, year int, of func(int, string) []*tableSums) error {
	for b, err := range x.bases.Find(ctx, store.Query{Where: store.Field("kind").Eq("校外")}) {
		if err != nil {
			return fmt.Errorf("bases: %w", err)
		}
		if names[b.School] == "" {
			continue
		}
		for _, s := range of(year, b.School) {
			s.counts["external_bases"]++
		}
	}
	return nil
}

// hiredByPartners counts the graduates of a year whom partner companies employ, as far as
// their outcomes name a company of the platform.
func (x *Exchange) hiredByPartners(ctx context.Context, school string, year int, companies map[string]bool, names map[string]string) (int64, error) {
	where := store.And(store.Field("year").Eq(year), store.Field("direction").Eq(string(partnership.Employed)), store.Field("employer_id").Gt(""))
	if school != "" {
		where = store.And(where, store.Field("school").Eq(school))
	}
	rows, err := x.outcomes.Group(ctx, where, []string{"employer_id", "school"})
	if err != nil {
		return 0, fmt.Errorf("graduates hired by partners: %w", err)
	}
	n := int64(0)
	for _, r := range rows {
		if companies[r.Text(0)] && names[r.Text(1)] != "" {
			n += r.Count
		}
	}
	return n, nil
}

// practiceRow is what one booking of practice places comes to.
type practiceRow struct {
	school, owner, base string
	company             bool // the base belongs to a company
	booking             string
	year                int // of the report
	days                int // heads times half days, halved
	to                  string
	made, changed       partnership.Stamp
}

// practice reads the confirmed bookings of practice places (教师企业实践), each whole.
func (x *Exchange) practice(ctx context.Context) ([]practiceRow, error) {
	owners := map[string]partnership.TrainingBase{}
	for b, err := range x.bases.Find(ctx, store.Query{Where: store.Field("teacher_places").Gt(0)}) {
		if err != nil {
			return nil, fmt.Errorf("bases: %w", err)
		}
		owners[b.ID] = b
	}
	var out []practiceRow
	for book, err := range x.books.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, fmt.Errorf("bookings of bases: %w", err)
		}
		b, ok := owners[book.Base]
		if !ok {
			continue
		}
		for i := range book.Bookings {
			if k := &book.Bookings[i]; k.Teachers && k.State == partnership.BookingConfirmed {
				out = append(out, practiceRow{k.School, b.Owner, b.ID, b.Owner != b.School, k.ID, book.Year + 1, k.Seats * len(k.Days()) * len(k.Parts) / 2, k.To, k.At, book.Updated})
			}
		}
	}
	return out, nil
}

// addPractice adds the days of practice whose bookings are over to table 19, for the schools
// and years that no school has stated itself.
func (x *Exchange) addPractice(ctx context.Context, f *rates.Facts, names map[string]string, today string) error {
	rows, err := x.practice(ctx)
	if err != nil {
		return err
	}
	type at struct {
		school string
		year   int
	}
	stated, days := map[at]bool{}, map[at]int64{}
	for _, t := range f.Training {
		if t.Level == practiceLevel {
			stated[at{t.School, t.Year}] = true
		}
	}
	for _, p := range rows {
		if k := (at{names[p.school], p.year}); k.school != "" && p.to < today && !stated[k] {
			days[k] += int64(p.days)
		}
	}
	for k, n := range days {
		f.Training = append(f.Training, rates.Training{School: k.school, Level: practiceLevel, Year: k.year, Days: n})
	}
	return nil
}

// eachPractice hands over the days of practice that the bookings come to, for the rate of
// practice days: each counts once it is over, and only where the school states no number
// of days, but how many teachers it has. These count with the first that is over.
func (x *Exchange) eachPractice(ctx context.Context, stated map[statedKey]statedCount, give func(input) error) error {
	rows, err := x.practice(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b practiceRow) int { return cmp.Compare(a.to, b.to) })
	counted := map[statedKey]bool{}
	for _, p := range rows {
		_, own := stated[statedKey{p.school, p.year, rates.PracticeDays.String()}]
		at := statedKey{p.school, p.year, majorTeachers}
		teachers, ok := stated[at]
		if p.days == 0 || own || !ok {
			continue
		}
		lines := []partnership.CountLine{line(p.year, p.school, rates.PracticeDays, int64(p.days), inOf(dueBy, p.to))}
		if !counted[at] {
			counted[at] = true
			lines = append(lines, line(p.year, p.school, rates.PracticeOf, teachers.n, inOf(dueBy, p.to)))
		}
		if err := give(input{kind: "practice", doc: p.base + "|" + p.booking, title: p.to, created: p.made, updated: max(p.changed, teachers.updated), lines: lines}); err != nil {
			return err
		}
	}
	return nil
}
