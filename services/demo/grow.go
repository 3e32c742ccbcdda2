package demo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/partnership"
)

// Size is how large a district is to be, at least. Zero leaves a kind as it is.
type Size struct{ Students, Posts, Companies int }

// Grow repeats the market of a district until it is of the size, so that the platform can be
// tried with the data of a whole city. Copies belong to schools and companies of their own,
// which are 示例 by name. Of the classes a third are in their third year and look for posts;
// the others are younger, and drafts.
func Grow(b *partnership.Bundle, size Size) {
	g := grower{from: *b, out: b}
	students := 0
	for i := range b.Cohorts {
		students += b.Cohorts[i].Size
	}
	g.schools = 1 + (times(students, size.Students)-1)/3
	g.companies = times(len(b.Companies), size.Companies)
	for k := 1; k < g.schools; k++ {
		g.addSchools(k)
	}
	for k := 1; k < g.companies; k++ {
		g.addCompanies(k, size.Companies)
	}
	for k, n := 1, times(students, size.Students); k < n; k++ {
		g.addCohorts(k)
	}
	for k, n := 1, times(len(g.from.Posts), size.Posts); k < n; k++ {
		g.addPosts(k, size.Posts)
	}
}

// times is how often n things are needed to be at least want.
func times(n, want int) int { return max(1, (want+n-1)/n) }

type grower struct {
	from               partnership.Bundle
	out                *partnership.Bundle
	schools, companies int // copies of each, the first included
}

// of is the id of the k-th copy; the first is the original.
func of(id string, k int) string {
	if k == 0 {
		return id
	}
	return id + "-" + strconv.Itoa(k)
}

// schoolName is the name of the k-th copy of a school.
func schoolName(s *partnership.School, k int) string {
	if k == 0 {
		return s.Name
	}
	return fmt.Sprintf("示例第%d%s", k, map[bool]string{true: "技工学校", false: "职业教育中心"}[s.Kind == "技工"])
}

func (g *grower) addSchools(k int) {
	names := map[string]string{}
	for _, s := range g.from.Schools {
		names[s.ID] = schoolName(&s, k)
		s.ID, s.Name, s.Short = of(s.ID, k), names[s.ID], ""
		s.Majors = slices.Clone(s.Majors)
		g.out.Schools = append(g.out.Schools, s)
	}
	for _, o := range g.from.Outcomes {
		o.ID, o.School, o.Sample = of(o.ID, k), of(o.School, k), true
		g.out.Outcomes = append(g.out.Outcomes, o)
	}
}

func (g *grower) addCompanies(k, most int) {
	school := k % g.schools
	name := func(old string) string {
		return fmt.Sprintf("%s（示例 %d 部）", strings.TrimSuffix(old, "有限公司"), k)
	}
	added := map[string]string{} // name by the original's id
	for i, c := range g.from.Companies {
		if len(g.out.Companies) >= most {
			break
		}
		added[c.ID] = name("示例企业" + strconv.Itoa(i+1))
		c.Name, c.Sample, c.CreditCode = added[c.ID], true, ""
		c.ID, c.Spellings = of(c.ID, k), []string{c.Name}
		g.out.Companies = append(g.out.Companies, c)
	}
	for _, c := range g.from.Cooperations {
		if added[c.Company] != "" {
			c.CompanyName, c.SchoolName = added[c.Company], "" // shown by its id
			c.ID, c.Company, c.School, c.Sample = of(c.ID, k), of(c.Company, k), of(c.School, school), true
			g.out.Cooperations = append(g.out.Cooperations, c)
		}
	}
	for _, b := range g.from.Bases {
		if added[b.Owner] != "" {
			b.ID, b.Owner, b.OwnerName, b.School, b.Sample = of(b.ID, k), of(b.Owner, k), added[b.Owner], of(b.School, school), true
			b.Name = b.OwnerName + "校外实训基地"
			g.out.Bases = append(g.out.Bases, b)
		}
	}
	for _, o := range g.from.OrderClasses {
		if added[o.Company] == "" {
			continue
		}
		for i := range g.from.Schools {
			if g.from.Schools[i].ID == o.School {
				o.SchoolName = schoolName(&g.from.Schools[i], school)
			}
		}
		o.ID, o.CompanyName, o.Name = of(o.ID, k), added[o.Company], added[o.Company]+o.Kind
		o.Company, o.School, o.Sample = of(o.Company, k), of(o.School, school), true
		g.out.OrderClasses = append(g.out.OrderClasses, o)
	}
}

func (g *grower) addCohorts(k int) {
	school, younger := k/3, k%3
	for _, c := range g.from.Cohorts {
		for i := range g.from.Schools {
			if g.from.Schools[i].ID == c.School {
				c.SchoolName = schoolName(&g.from.Schools[i], school)
			}
		}
		c.ID, c.School = of(c.ID, k), of(c.School, school)
		c.Name = strconv.Itoa(c.EntryYear+younger) + strings.TrimPrefix(c.Name, strconv.Itoa(c.EntryYear))
		c.EntryYear += younger
		if younger > 0 {
			c.State, c.From, c.To = partnership.CohortDraft, later(c.From, younger), later(c.To, younger)
		}
		g.out.Cohorts = append(g.out.Cohorts, c)
	}
}

// later is the same day some years on; no window ends on 29 February.
func later(day string, years int) string { return strconv.Itoa(number(day[:4])+years) + day[4:] }

func (g *grower) addPosts(k, most int) {
	at := k % g.companies
	names := map[string]string{}
	for _, c := range g.out.Companies {
		names[c.ID] = c.Name
	}
	for _, p := range g.from.Posts {
		if len(g.out.Posts) >= most {
			return
		}
		company := of(p.Company, at)
		if names[company] == "" { // the last copy of companies is not whole
			company = p.Company
		}
		p.ID, p.Company, p.CompanyName = of(p.ID, k), company, names[company]
		g.out.Posts = append(g.out.Posts, p)
	}
}

// Rosters are the students of the cohorts as each school would hand them in: a sheet by
// school id. Names and numbers are made up and say so.
func Rosters(b *partnership.Bundle) map[string]string {
	out := map[string]*strings.Builder{}
	serial := 0
	for i := range b.Cohorts {
		c := &b.Cohorts[i]
		w := out[c.School]
		if w == nil {
			w = &strings.Builder{}
			w.WriteString("学号,姓名,性别,出生日期,班级名称,联系电话,监护人姓名,监护人电话,家庭经济困难\n")
			out[c.School] = w
		}
		for n := range c.Size {
			serial++
			fmt.Fprintf(w, "%d%07d,示例学生%d,%s,%d-%02d-15,%s,138%08d,示例监护人,139%08d,%s\n", c.EntryYear, serial, serial, [2]string{"男", "女"}[serial%2],
				c.EntryYear-16, 1+serial%12, c.Name, serial, serial, map[bool]string{true: "是", false: "否"}[n < c.Priority])
		}
	}
	sheets := make(map[string]string, len(out))
	for school, w := range out {
		sheets[school] = w.String()
	}
	return sheets
}
