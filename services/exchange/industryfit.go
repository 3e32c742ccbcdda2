package exchange

import (
	"cmp"
	"context"
	"slices"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// IndustryFitQuery chooses what IndustryFit looks at; zero values choose for themselves.
type IndustryFitQuery struct {
	School string // id; empty = the district, every major once
	System string // of clusters: 2335, 8大产业 …; empty = the one the rates use
}

// IndustryFit is 专业与产业匹配度 with all it rests on, as things stand today. ByMajors and
// ByStudents are two definitions under two names (rates major_industry_match and
// major_industry_match_students); neither replaces the other.
type IndustryFit struct {
	catalogue.ClusterFit
	School     string
	Systems    []string             // that the district's clusters are read in
	Schools    []partnership.School // the actor may choose from
	Year       int                  // of the numbers of students
	Version    string               // of the tables
	Uncounted  []catalogue.Major    // in ByMajors, but no school reported their students
	SameSystem bool                 // the rates are computed in this system
}

// IndustryFit sets the majors that are taught against the industry clusters that the
// district named: how many of the majors, and how many of the students, serve one.
func (x *Exchange) IndustryFit(ctx context.Context, actor partnership.Actor, q IndustryFitQuery) (IndustryFit, error) {
	f := IndustryFit{School: q.School}
	if actor.Role == partnership.RoleCompany {
		return f, partnership.Refuse(partnership.ErrForbidden, "专业与产业匹配度只供学校和区教委查看")
	}
	r, err := x.newReader(ctx)
	if err != nil {
		return f, err
	}
	for _, k := range r.cat.Clusters(r.home, "") {
		if !slices.Contains(f.Systems, k.System) {
			f.Systems = append(f.Systems, k.System)
		}
	}
	f.System = cmp.Or(q.System, r.system)
	f.SameSystem = f.System == r.system
	if !slices.Contains(f.Systems, f.System) {
		return f, partnership.Invalid{"system": {"没有名为“" + q.System + "”的产业集群体系"}}
	}
	all, err := x.Schools(ctx)
	if err != nil {
		return f, err
	}
	for _, s := range all {
		if actor.Oversees(s.Region) || actor.SpeaksFor(s.ID) {
			f.Schools = append(f.Schools, s)
		}
	}
	if q.School != "" && !slices.ContainsFunc(f.Schools, func(s partnership.School) bool { return s.ID == q.School }) {
		return f, partnership.Refuse(partnership.ErrNotFound, "没有这所学校的数据，或者您无权查看")
	}
	return f, x.fillIndustryFit(ctx, r, &f, sightAmong(actor, all))
}

// fillIndustryFit counts the majors that are offered and the students reported for them, of the
// schools in sight.
func (x *Exchange) fillIndustryFit(ctx context.Context, r *outcomeReader, f *IndustryFit, only *sight) error {
	enrolled, err := x.enrolment(ctx, r, f, only)
	if err != nil {
		return err
	}
	var rows []catalogue.Enrolment
	students := map[string]int{}
	for s, err := range x.schools.Find(ctx, store.Query{Sort: []store.Sort{store.Asc("_id")}}) {
		if err != nil {
			return err
		}
		if f.School != "" && s.ID != f.School || !only.school(s.ID) {
			continue
		}
		for _, o := range s.Majors {
			m, ok := r.cat.Major(o.Code)
			if !ok || o.Since > f.Year {
				continue
			}
			key := enrolledIn{s.ID, f.Year, m.Name}
			n := int(enrolled[key])
			delete(enrolled, key) // a major that stands twice in a school's list counts once
			students[m.Code] += n
			rows = append(rows, catalogue.Enrolment{Major: m.Code, Students: n})
		}
	}
	if f.ClusterFit, err = r.cat.FitClusters(r.home, f.System, rows, nil); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if students[row.Major] == 0 && !seen[row.Major] {
			m, _ := r.cat.Major(row.Major)
			f.Uncounted = append(f.Uncounted, m)
		}
		seen[row.Major] = true
	}
	f.Version = r.cat.Version()
	return nil
}

// enrolment reads the students by school and major of the latest year anybody in the
// selection reported, and sets that year; without reports it is this year.
func (x *Exchange) enrolment(ctx context.Context, r *outcomeReader, f *IndustryFit, only *sight) (map[enrolledIn]int64, error) {
	facts, err := x.publishedFacts(ctx)
	if err != nil {
		return nil, err
	}
	out := map[enrolledIn]int64{}
	for _, e := range facts.enrolment {
		if (f.School == "" || e.school == f.School) && only.school(e.school) {
			f.Year = max(f.Year, e.Year)
			out[enrolledIn{e.school, e.Year, r.major("", e.Major)}] += e.Students
		}
	}
	if f.Year == 0 {
		f.Year = x.now().In(partnership.Beijing).Year()
	}
	return out, nil
}
