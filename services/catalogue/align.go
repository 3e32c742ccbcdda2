package catalogue

import (
	"cmp"
	"slices"

	"sunmao/services/partnership"
)

// Closeness is how near an occupation lies to what a major trains for (对口程度).
type Closeness string

// The degrees of alignment. Undecided is given only for an industry without an
// occupation, where the major's occupations are found in every industry.
const (
	Exact     Closeness = "exact"     // 对口
	Near      Closeness = "near"      // 相近
	Unrelated Closeness = "unrelated" // 不对口
	Undecided Closeness = "undecided" // 只凭行业不能判断
)

// Chinese is the word that people read.
func (l Closeness) Chinese() string {
	switch l {
	case Exact:
		return "对口"
	case Near:
		return "相近"
	case Undecided:
		return "待判断"
	}
	return "不对口"
}

// Alignment is the answer to whether a post or an outcome fits a major, with the
// way it was found.
type Alignment struct {
	Level    Closeness `json:"level"`
	Path     []string  `json:"path"` // each step in Chinese words, from the major to the occupation
	Version  string    `json:"version"`
	District bool      `json:"district,omitempty"` // rests on a row or a ruling of the district, not on the ministry's standard
	Ruling   *Ruling   `json:"ruling,omitempty"`   // a person confirmed or corrected it
}

// ways in which a path can lead from a major to an occupation, best first.
const (
	bySame   = iota // the path names the occupation
	byMinor         // the path names its 小类
	sibling         // a neighbour in the same 小类
	byClass         // a major of the same 专业类 names it or its 小类
	byMiddle        // a neighbour in the same 中类
	byNone
)

// way is one found connection.
type way struct {
	kind  int
	major int // the major whose path it is
	path  path
}

func (w way) closeness() Closeness {
	switch w.kind {
	case bySame, byMinor:
		return Exact
	case byNone:
		return Unrelated
	}
	return Near
}

// Align judges an occupation against a major.
//
// Exact: a path of the major names the occupation itself or its 小类. Near: a path
// names something in the same 小类 or 中类, or the occupation (or its 小类) stands on
// a path of another major of the same 专业类. Otherwise unrelated. A ruling of a
// person on this very pair goes before the computation. Codes that are not in the
// tables are unrelated, and the path says so.
func (c *Catalogue) Align(majorCode, occCode string) Alignment {
	a := Alignment{Level: Unrelated, Version: c.Version()}
	m, ok := c.Major(majorCode)
	if !ok {
		a.Path = []string{"专业代码“" + majorCode + "”不在目录里"}
		return a
	}
	o, ok := c.Occupation(occCode)
	if !ok {
		a.Path = []string{"专业 " + m.String(), "职业代码“" + occCode + "”不在大典里"}
		return a
	}
	w := c.bestWay(m, o)
	a.Level, a.Path, a.District = w.closeness(), c.words(m, o, w), w.path.district
	if r, ok := c.rulings[pair{m.Code, o.Code}]; ok {
		verb := "更正为"
		if r.Level == a.Level {
			verb = "确认为"
		}
		a.Path = append(a.Path, r.Who+"于"+r.When+verb+r.Level.Chinese()+"："+r.Why)
		a.Level, a.District, a.Ruling = r.Level, true, &r
	}
	return a
}

// bestWay tries the ways in order. Official rows stand before the district's, so
// that a result rests on the district only when it must.
func (c *Catalogue) bestWay(m Major, o Occupation) way {
	best := way{kind: byNone}
	own := c.majorByID[m.Code]
	minor, middle := minorOf(o), middleOf(o)
	try := func(kind, major int, p path) {
		if kind < best.kind || kind == best.kind && best.path.district && !p.district {
			best = way{kind, major, p}
		}
	}
	for _, p := range c.paths[m.Code] {
		try(kindOf(p, o, minor, middle), own, p)
	}
	if best.kind <= sibling {
		return best
	}
	for _, i := range c.ofClass[m.Class.Code] {
		if i == own {
			continue
		}
		for _, p := range c.paths[c.majors[i].Code] {
			if k := kindOf(p, o, minor, middle); k <= byMinor {
				try(byClass, i, p)
			}
		}
	}
	return best
}

// kindOf compares one path with an occupation of this 小类 and 中类.
func kindOf(p path, o Occupation, minor, middle string) int {
	switch {
	case p.occ == o.Code:
		return bySame
	case minor != "" && minor == p.occ:
		return byMinor
	case minor != "" && minor == p.minor:
		return sibling
	case middle != "" && middle == p.middle:
		return byMiddle
	}
	return byNone
}

// words tells a way step by step.
func (c *Catalogue) words(m Major, o Occupation, w way) []string {
	steps := []string{"专业 " + m.String()}
	if w.kind == byNone {
		if len(c.paths[m.Code]) == 0 {
			return append(steps, "教学标准没有列出职业，本区也没有补充", "职业 "+o.String())
		}
		return append(steps, "所列职业与 "+o.String()+" 不在同一中类，同专业类的其他专业也没有列出它")
	}
	if w.kind == byClass {
		steps = append(steps, "同专业类 "+m.Class.Name+"（"+m.Class.Code+"）的 "+c.majors[w.major].String())
	}
	p := c.occs[c.occByID[w.path.occ]]
	source := "教学标准列有"
	if w.path.district {
		source = "本区补充（" + w.path.who + "，" + partnership.DayWords(w.path.when) + "，" + w.path.why + "）列有"
	}
	steps = append(steps, source+string(p.Rank)+" "+p.String())
	switch {
	case p.Code == o.Code:
		steps = append(steps, "就是这个职业")
	case w.kind == byMinor || w.kind == byClass:
		steps = append(steps, "其中包括 "+o.String())
	case w.kind == sibling:
		minor := c.occs[c.occByID[minorOf(o)]]
		steps = append(steps, "与 "+o.String()+" 同属小类 "+minor.String())
	default:
		middle := c.occs[c.occByID[middleOf(o)]]
		steps = append(steps, "与 "+o.String()+" 同属中类 "+middle.String())
	}
	return steps
}

// Path lists what a major trains for: the occupations of its standard, then the
// district's additions.
func (c *Catalogue) Path(majorCode string) []PathRow {
	m, _ := c.Major(majorCode)
	out := make([]PathRow, 0, len(c.paths[m.Code]))
	for _, p := range c.paths[m.Code] {
		out = append(out, PathRow{c.occs[c.occByID[p.occ]], p.district, p.who, p.when, p.why})
	}
	return out
}

// PathRow is one occupation (or 小类 with all of its occupations) that a major
// trains for. Who, When and Why are set on the district's rows.
type PathRow struct {
	Occupation Occupation `json:"occupation"`
	District   bool       `json:"district,omitempty"`
	Who        string     `json:"who,omitempty"`
	When       string     `json:"when,omitempty"`
	Why        string     `json:"why,omitempty"`
}

// MajorMatch is a major that an occupation is aligned with.
type MajorMatch struct {
	Major     Major     `json:"major"`
	Level     Closeness `json:"level"`
	Path      []string  `json:"path"`
	District  bool      `json:"district,omitempty"`
	specifity int       // fewer path codes: the major is more about this occupation
	kind      int
}

// MajorsFor returns the majors of a level that an occupation is exact or near to,
// the closest first; an empty level is all. Rulings are obeyed.
func (c *Catalogue) MajorsFor(occCode string, level Level) []MajorMatch {
	return c.majorsFor(occCode, func(m Major) bool { return level == "" || m.Level == level })
}

func (c *Catalogue) majorsFor(occCode string, keep func(Major) bool) []MajorMatch {
	o, ok := c.Occupation(occCode)
	if !ok {
		return nil
	}
	var out []MajorMatch
	for _, m := range c.majors {
		if !keep(m) {
			continue
		}
		w := c.bestWay(m, o)
		level, district := w.closeness(), w.path.district
		r, ruled := c.rulings[pair{m.Code, o.Code}]
		if ruled {
			level, district = r.Level, true
		}
		if level == Exact || level == Near {
			out = append(out, MajorMatch{Major: m, Level: level, District: district,
				specifity: len(c.paths[m.Code]), kind: w.kind})
		}
	}
	slices.SortStableFunc(out, func(a, b MajorMatch) int {
		return cmp.Or(cmpString(string(a.Level), string(b.Level)), a.kind-b.kind, a.specifity-b.specifity)
	})
	for i := range out {
		out[i].Path = c.Align(out[i].Major.Code, o.Code).Path
	}
	return out
}
