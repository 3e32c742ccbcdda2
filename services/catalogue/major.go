package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
)

// Level is the kind of school that a major belongs to.
type Level string

// The levels of the catalogue. The technician schools (技工院校) have a catalogue
// of their own, which the district adds to by hand.
const (
	Secondary  Level = "中职"
	Technician Level = "技工"
	College    Level = "高职专科"
	Bachelor   Level = "职业本科"
)

// Group is a category (专业大类, two digits) or a class (专业类, four digits).
type Group struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Major is one row of the catalogue of majors, or of the district's additions.
type Major struct {
	Code     string `json:"code"` // six digits; a K behind them marks 国家控制布点专业
	Name     string `json:"name"`
	Level    Level  `json:"level"`
	Class    Group  `json:"class"`
	Category Group  `json:"category"`
	Edition  string `json:"edition"` // 2021, 2022-2024增补, 2025增补, or 本区
	Note     string `json:"note,omitempty"`
	// A district's own major: the national code it is read as, and who entered it when.
	ReadAs string `json:"readAs,omitempty"`
	Who    string `json:"who,omitempty"`
	When   string `json:"when,omitempty"`
}

// District says whether the major is the district's own addition.
func (m Major) District() bool { return m.ReadAs != "" }

// String is the major as people write it: name and code.
func (m Major) String() string { return m.Name + "（" + m.Code + "）" }

// Major looks a code up. The K of 国家控制布点专业 may be left out, and spaces or
// full-width digits are read as meant.
func (c *Catalogue) Major(code string) (Major, bool) {
	code = strings.ToUpper(fold(code))
	for _, k := range []string{code, code + "K", strings.TrimSuffix(code, "K")} {
		if i, ok := c.majorByID[k]; ok {
			return c.majors[i], true
		}
	}
	return Major{}, false
}

// CheckMajor returns the major of a code, or a refusal that names the nearest
// valid codes.
func (c *Catalogue) CheckMajor(code string) (Major, error) {
	if m, ok := c.Major(code); ok {
		return m, nil
	}
	near := c.NearestMajors(code, 3)
	names := make([]string, len(near))
	for i, m := range near {
		names[i] = string(m.Level) + " " + m.String()
	}
	return Major{}, partnership.Refuse(partnership.ErrNotFound,
		"专业代码“%s”不在%s里；最接近的有：%s", code, MajorsEdition, strings.Join(names, "、"))
}

// NearestMajors returns the n majors whose codes are nearest to a wrong one: fewest
// single-digit edits, then the longest common beginning, then the code.
func (c *Catalogue) NearestMajors(code string, n int) []Major {
	code = strings.ToUpper(fold(code))
	code = code[:min(len(code), 16)] // a whole sentence is near to none
	type near struct{ edits, prefix, at int }
	all := make([]near, 0, len(c.majors))
	for i, m := range c.majors {
		id := strings.TrimSuffix(m.Code, "K")
		all = append(all, near{edits(code, id), commonPrefix(code, id), i})
	}
	slices.SortFunc(all, func(a, b near) int {
		return cmp.Or(a.edits-b.edits, b.prefix-a.prefix, cmpString(c.majors[a.at].Code, c.majors[b.at].Code))
	})
	out := make([]Major, 0, n)
	for _, x := range all[:min(n, len(all))] {
		out = append(out, c.majors[x.at])
	}
	return out
}

// Majors returns every major: the national ones in table order, then the
// district's own. The slice is a copy.
func (c *Catalogue) Majors() []Major { return slices.Clone(c.majors) }

// Courses returns the course names of a major's 专业教学标准, none if it has none.
func (c *Catalogue) Courses(code string) []string { return list(c.courses[code]) }

// GroupOf looks up a category (two digits) or class (four digits).
func (c *Catalogue) GroupOf(code string) (Group, bool) {
	name, ok := c.groups[code]
	return Group{code, name}, ok
}

// Category resolves a category's name as reports spell it (信息技术类, 电子与信息大类,
// 电子与信息, 装备制造大类--自动化类) to the category of a level. Several results mean
// that the old category was split and a person must choose; none, that the name is
// unknown.
func (c *Catalogue) Category(name string, level Level) []Group {
	name, _, _ = strings.Cut(strings.TrimSpace(name), "--")
	stem := categoryStem(name)
	var official []string
	for _, m := range c.majors {
		if categoryStem(m.Category.Name) == stem {
			official = []string{m.Category.Name}
			break
		}
	}
	if official == nil {
		official = c.catNames[stem]
	}
	var out []Group
	for _, want := range official {
		for _, m := range c.majors {
			if m.Category.Name == want && sameTier(m.Level, level) && !slices.Contains(out, m.Category) {
				out = append(out, m.Category)
				break
			}
		}
	}
	return out
}

// categoryStem drops the endings that spellings of one category differ by.
func categoryStem(name string) string {
	name = fold(name)
	for _, end := range []string{"大类", "类"} {
		if s, ok := strings.CutSuffix(name, end); ok {
			return s
		}
	}
	return name
}

// sameTier: technician schools are read as secondary ones where the national
// catalogue decides; an empty level is any.
func sameTier(have, want Level) bool {
	if want == Technician {
		want = Secondary
	}
	return want == "" || have == want
}

func parseMajors(t *tables) error {
	groups, err := parsePairs("major_groups", majorGroupsCSV)
	if err != nil {
		return err
	}
	t.groups = groups
	n := strings.Count(majorsCSV, "\n")
	t.majors = make([]Major, 0, n)
	t.majorByID = make(map[string]int, n)
	t.byName = make(map[string][]int, n)
	t.ofClass = make(map[string][]int, len(groups))
	return eachRow("majors", majorsCSV, 5, func(r []string) error {
		m := Major{Code: r[0], Name: r[1], Level: Level(r[2]), Edition: r[3], Note: r[4]}
		if len(m.Code) < 6 {
			return fmt.Errorf("code %q is shorter than six digits", m.Code)
		}
		var ok, ok2 bool
		m.Class.Code, m.Category.Code = m.Code[:4], m.Code[:2]
		m.Class.Name, ok = groups[m.Class.Code]
		m.Category.Name, ok2 = groups[m.Category.Code]
		if !ok || !ok2 {
			return fmt.Errorf("code %s has no class or category", m.Code)
		}
		return t.addMajor(m)
	})
}

func (t *tables) addMajor(m Major) error {
	if _, twice := t.majorByID[m.Code]; twice {
		return fmt.Errorf("code %s stands twice", m.Code)
	}
	i := len(t.majors)
	t.majors = append(t.majors, m)
	t.majorByID[m.Code] = i
	t.byName[foldName(m.Name)] = append(t.byName[foldName(m.Name)], i)
	t.ofClass[m.Class.Code] = append(t.ofClass[m.Class.Code], i)
	return nil
}

func parseDistrictMajors(t *tables) error {
	return eachRow("district_majors", districtMajorsCSV, 7, func(r []string) error {
		i, ok := t.majorByID[r[3]]
		if !ok {
			return fmt.Errorf("%s is read as %s, which is no major", r[0], r[3])
		}
		base := t.majors[i]
		return t.addMajor(Major{Code: r[0], Name: r[1], Level: Technician, Class: base.Class,
			Category: base.Category, Edition: "本区", Note: r[6], ReadAs: r[3], Who: r[4], When: r[5]})
	})
}

func parseCategoryNames(t *tables) error {
	t.catNames = map[string][]string{}
	return eachRow("category_names", categoryNamesCSV, 3, func(r []string) error {
		k := categoryStem(r[0])
		t.catNames[k] = append(t.catNames[k], r[1])
		return nil
	})
}
