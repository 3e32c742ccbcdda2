// Package catalogue holds the code tables that a district matches by, and the
// rules for reading them: majors (职业教育专业目录), occupations (国家职业分类大典),
// the occupations each major trains for (专业教学标准·职业面向), industries
// (GB/T 4754), administrative regions, industry clusters (产业体系), and the
// district's own additions.
//
// It answers: which major does this name mean, or which question must be put to
// a person; which occupation is this post; is this occupation aligned (对口) with
// that major, by which path in words; which majors fit this post; which majors and
// how many students serve the district's clusters.
//
// The package is pure: tables are embedded, there is no I/O, no clock and no
// mutable state. A Catalogue is safe for concurrent use.
package catalogue

import (
	"fmt"
	"slices"
)

// The editions of the tables, as they stand beside each result.
const (
	MajorsEdition      = "职业教育专业目录（2021年，含至2025年增补）"
	OccupationsEdition = "国家职业分类大典（2022年版）"
	PathsEdition       = "专业教学标准（2025年）职业面向"
	IndustriesEdition  = "GB/T 4754-2017（含第1号修改单）"
	DistrictEdition    = "本区补充行 2026-11-21"
)

// Catalogue is one loaded edition of all tables. Use Load to make one; With adds a
// district's rulings and majors and leaves the receiver as it was.
type Catalogue struct {
	*tables
	rulings map[pair]Ruling
}

type pair struct{ major, occ string }

// Load parses the embedded tables. An error means a damaged build and names the
// table and the line.
func Load() (*Catalogue, error) {
	t, err := parseTables()
	if err != nil {
		return nil, fmt.Errorf("load catalogue: %w", err)
	}
	return &Catalogue{tables: t}, nil
}

// Version names the table editions that an alignment was computed with.
func (c *Catalogue) Version() string {
	return MajorsEdition + "；" + OccupationsEdition + "；" + PathsEdition + "；" + DistrictEdition
}

// Ruling is a person's decision on one pair of major and occupation: a computed
// alignment confirmed, or corrected. It is kept with who decided, when and why.
type Ruling struct {
	Major string    `json:"major"` // major code
	Occ   string    `json:"occ"`   // occupation code
	Level Closeness `json:"level"` // what the person decided
	Who   string    `json:"who"`
	When  string    `json:"when"` // date, 2006-01-02
	Why   string    `json:"why"`
}

// With returns a catalogue that answers by these rulings first. Of several rulings
// on one pair the last one counts.
func (c *Catalogue) With(rulings ...Ruling) *Catalogue {
	d := *c
	d.rulings = make(map[pair]Ruling, len(c.rulings)+len(rulings))
	for k, r := range c.rulings {
		d.rulings[k] = r
	}
	for _, r := range rulings {
		d.rulings[pair{r.Major, c.canonical(r.Occ)}] = r
	}
	return &d
}

// Rulings lists the rulings in force, by major and occupation.
func (c *Catalogue) Rulings() []Ruling {
	out := make([]Ruling, 0, len(c.rulings))
	for _, r := range c.rulings {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Ruling) int {
		if a.Major != b.Major {
			return cmpString(a.Major, b.Major)
		}
		return cmpString(a.Occ, b.Occ)
	})
	return out
}
