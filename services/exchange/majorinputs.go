package exchange

import (
	"context"

	"sunmao/services/catalogue"
	"sunmao/services/rates"
	"sunmao/services/store"
)

// offeredMajor is a major that a school offers in a year, and whether it serves one of the
// district's industry clusters.
type offeredMajor struct {
	school string
	year   int
	major  catalogue.Major
	serves []string // names of the clusters
}

// eachMajor hands over the majors offered from a year, the latest with graduates, up to that
// of a day. Of earlier years the schools' lists no longer say which majors were closed.
func (x *Exchange) eachMajor(ctx context.Context, r *outcomeReader, from int, day string, give func(offeredMajor) error) error {
	if r.system == "" || from == 0 {
		return nil
	}
	serves := map[string][]string{}
	for s, err := range x.schools.Find(ctx, store.Query{Sort: []store.Sort{store.Asc("_id")}}) {
		if err != nil {
			return err
		}
		for _, o := range s.Majors {
			m, ok := r.cat.Major(o.Code)
			if !ok {
				continue
			}
			if _, known := serves[m.Code]; !known {
				fit, err := r.cat.FitClusters(r.home, r.system, []catalogue.Enrolment{{Major: m.Code}}, nil)
				if err != nil {
					return err
				}
				serves[m.Code] = []string{}
				for _, row := range fit.Rows {
					if len(row.Majors) > 0 {
						serves[m.Code] = append(serves[m.Code], row.Cluster.Name)
					}
				}
			}
			for year := max(from, o.Since); year <= yearOf(day); year++ {
				if err := give(offeredMajor{s.ID, year, m, serves[m.Code]}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// countMajors counts the majors offered and those that serve an industry cluster: for each
// school, and for the district every major once; and their students where enrolment by
// major is known.
func (x *Exchange) countMajors(ctx context.Context, c *counting, r *outcomeReader, day string) error {
	type key struct {
		school string
		year   int
	}
	all, serving := map[key]map[string]bool{}, map[key]int64{}
	err := x.eachMajor(ctx, r, c.latest, day, func(m offeredMajor) error {
		if !c.only.school(m.school) {
			return nil
		}
		for _, k := range []key{{m.school, m.year}, {"", m.year}} {
			if all[k] == nil {
				all[k] = map[string]bool{}
			}
			if !all[k][m.major.Code] && len(m.serves) > 0 {
				serving[k]++
			}
			all[k][m.major.Code] = true
		}
		n, ok := c.enrolled[enrolledIn{m.school, m.year, m.major.Name}]
		if !ok {
			return nil
		}
		delete(c.enrolled, enrolledIn{m.school, m.year, m.major.Name})
		of := int64(0)
		if len(m.serves) > 0 {
			of = n
		}
		if err := c.up.AddCount(m.year, m.school, nil, rates.MajorStudents, n); err != nil {
			return err
		}
		return c.up.AddCount(m.year, m.school, nil, rates.ServingStudents, of)
	})
	if err != nil {
		return err
	}
	for k, majors := range all {
		at := rates.Scope{Year: k.year, School: k.school}
		if err := c.up.SetCount(at, rates.Majors, int64(len(majors))); err != nil {
			return err
		}
		if err := c.up.SetCount(at, rates.MajorsServing, serving[k]); err != nil {
			return err
		}
	}
	return nil
}

// enrolledIn names the students of one major.
type enrolledIn struct {
	school string
	year   int
	major  string
}
