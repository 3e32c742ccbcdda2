package catalogue

import (
	"cmp"
	"maps"
	"slices"
)

// MajorSuggestion is a major that a post fits, found through the post's likely
// occupations.
type MajorSuggestion struct {
	Major      Major      `json:"major"`
	Score      float64    `json:"score"` // 0 to 1: belief that the post's occupation is one the major trains for
	Level      Closeness  `json:"level"` // to the likeliest of its occupations
	Occupation Occupation `json:"occupation"`
	Path       []string   `json:"path"`
	District   bool       `json:"district,omitempty"`
}

// MajorFilter restricts suggested majors. The zero filter allows all.
type MajorFilter struct {
	Level   Level    // only this level
	Offered []string // only these codes, such as a school's majors
}

// SuggestMajors returns up to n majors for a post's title and duties. The first is
// the most likely one; each further one is chosen for what the ones before it leave
// open, so that three suggestions cover three readings of the title rather than
// three majors of one 专业类.
func (c *Catalogue) SuggestMajors(title, duties string, n int, only MajorFilter) []MajorSuggestion {
	keep := func(m Major) bool {
		return (only.Level == "" || m.Level == only.Level) &&
			(len(only.Offered) == 0 || slices.Contains(only.Offered, m.Code))
	}
	title, duties, ok := readable(title, duties)
	if !ok {
		return nil
	}
	return c.majorsOf(c.suggester().rank(title, duties), n, keep)
}

// lookAt is how many of a title's occupations are followed to majors.
const lookAt = 8

// majorsOf follows ranked occupations to majors and picks n with the greatest gain in
// covered belief. A near alignment counts for less than an exact one.
func (c *Catalogue) majorsOf(ranked []ranked, n int, keep func(Major) bool) []MajorSuggestion {
	ranked = ranked[:min(lookAt, len(ranked))]
	weight := make([]map[int]float64, len(ranked)) // occupation → major → 0 to 1
	all := map[int]float64{}
	for i, r := range ranked {
		weight[i] = c.reach(c.occs[r.class], keep)
		for m, w := range weight[i] {
			all[m] += r.p * w
		}
	}
	left := make([]float64, len(ranked))
	for i, r := range ranked {
		left[i] = r.p
	}
	order := slices.Sorted(maps.Keys(all))
	var out []MajorSuggestion
	taken := map[int]bool{}
	for len(out) < min(n, len(order)) {
		best, gain := -1, -1.0
		for _, m := range order {
			if taken[m] {
				continue
			}
			var g float64
			for i := range ranked {
				g += left[i] * weight[i][m]
			}
			g += 1e-3 * all[m]
			if g > gain {
				best, gain = m, g
			}
		}
		taken[best] = true
		class := c.majors[best].Class.Code
		lead := 0
		for i := range ranked {
			if ranked[i].p*weight[i][best] > ranked[lead].p*weight[lead][best] {
				lead = i
			}
			covered := weight[i][best]
			for m, w := range weight[i] {
				if c.majors[m].Class.Code == class {
					covered = max(covered, w)
				}
			}
			left[i] *= 1 - covered
		}
		out = append(out, c.majorSuggestion(best, ranked[lead], all[best]))
	}
	return out
}

func (c *Catalogue) majorSuggestion(at int, r ranked, score float64) MajorSuggestion {
	m, o := c.majors[at], c.occs[r.class]
	a := c.Align(m.Code, o.Code)
	return MajorSuggestion{Major: m, Score: min(1, score), Level: a.Level, Occupation: o, Path: a.Path, District: a.District}
}

// reach weighs the majors that an occupation leads to: exact 1, less for a major with
// many other occupations (it is less about this one); near 0.25 and below.
func (c *Catalogue) reach(o Occupation, keep func(Major) bool) map[int]float64 {
	out := map[int]float64{}
	minor, middle := minorOf(o), middleOf(o)
	look := func(code string, paths []path) {
		at := c.majorByID[code]
		if !keep(c.majors[at]) {
			return
		}
		kind := byNone
		for _, p := range paths {
			kind = min(kind, kindOf(p, o, minor, middle))
		}
		breadth := 0.1 * float64(min(len(paths), 9)) / 9
		if r, ok := c.rulings[pair{code, o.Code}]; ok {
			switch kind = byNone; r.Level {
			case Exact:
				kind = bySame
			case Near:
				kind = sibling
			}
		}
		switch kind {
		case bySame:
			out[at] = 1 - breadth
		case byMinor:
			out[at] = 0.95 - breadth
		case sibling:
			out[at] = 0.25 - breadth
		case byMiddle:
			out[at] = 0.12 - breadth
		}
	}
	for code, paths := range c.paths {
		look(code, paths)
	}
	for p := range c.rulings {
		if _, known := c.majorByID[p.major]; known && p.occ == o.Code && c.paths[p.major] == nil { // a major whose only path is what people decided
			look(p.major, nil)
		}
	}
	return out
}

// rightClasses are the 专业类 of the majors exactly aligned with an occupation by the
// ministry's standards.
func (c *Catalogue) rightClasses(class int32) map[string]bool {
	o := c.occs[class]
	out := map[string]bool{}
	for _, code := range slices.Compact([]string{o.Code, cmp.Or(minorOf(o), o.Code)}) {
		for _, m := range c.majorsOn[code] {
			if !c.majors[m].District() && slices.ContainsFunc(c.paths[c.majors[m].Code], func(p path) bool { return p.occ == code && !p.district }) {
				out[c.majors[m].Class.Code] = true
			}
		}
	}
	return out
}
