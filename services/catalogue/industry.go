package catalogue

import (
	"fmt"
	"slices"
	"strings"
)

// Industry is one row of GB/T 4754-2017 with Amendment No. 1.
type Industry struct {
	Code string `json:"code"` // the 门类 letter and the digits: C, C36, C367, C3670
	Name string `json:"name"`
	Alt  string `json:"alt,omitempty"` // another wording in use
}

// Rank is 门类, 大类, 中类 or 小类, by the length of the code.
func (i Industry) Rank() string {
	switch len(i.Code) {
	case 1:
		return "门类"
	case 3:
		return "大类"
	case 4:
		return "中类"
	}
	return "小类"
}

// Sector is one of the three sectors of the economy (三次产业).
type Sector int

// The sectors.
const (
	PrimarySector   Sector = 1 // 第一产业
	SecondarySector Sector = 2 // 第二产业
	TertiarySector  Sector = 3 // 第三产业
)

// String is the sector's Chinese name.
func (s Sector) String() string {
	return [...]string{"未知", "第一产业", "第二产业", "第三产业"}[s]
}

// Sector follows 三次产业划分规定 (国家统计局, 国统设管函〔2018〕74号): primary is A without
// A05; secondary is B without B11, C without C43, D and E; the rest is tertiary. A
// bare 门类 is taken as its main part, and no industry has no sector (0).
func (i Industry) Sector() Sector {
	switch {
	case i.Code == "":
		return 0
	case strings.HasPrefix(i.Code, "A05"), strings.HasPrefix(i.Code, "B11"), strings.HasPrefix(i.Code, "C43"):
		return TertiarySector
	case i.Code[0] == 'A':
		return PrimarySector
	case i.Code[0] >= 'B' && i.Code[0] <= 'E':
		return SecondarySector
	}
	return TertiarySector
}

// Industry looks a code up, with its letter (C3670) or without (3670, 36).
func (c *Catalogue) Industry(code string) (Industry, bool) {
	code = strings.ToUpper(fold(code))
	if i, ok := c.industryID[code]; ok {
		return c.industries[i], true
	}
	if code == "" || code[0] > '9' {
		return Industry{}, false
	}
	for letter := 'A'; letter <= 'T'; letter++ {
		if i, ok := c.industryID[string(letter)+code]; ok {
			return c.industries[i], true
		}
	}
	return Industry{}, false
}

// IndustryChain returns an industry's 门类, 大类, 中类 and 小类, as far down as the code
// goes; none if the code is unknown.
func (c *Catalogue) IndustryChain(code string) []Industry {
	ind, ok := c.Industry(code)
	if !ok {
		return nil
	}
	var out []Industry
	for _, n := range []int{1, 3, 4, 5} {
		if n <= len(ind.Code) {
			up, _ := c.Industry(ind.Code[:n])
			out = append(out, up)
		}
	}
	return out
}

// FindIndustries returns up to n industries whose name contains the text, or the
// most alike, best first.
func (c *Catalogue) FindIndustries(text string, n int) []Industry {
	key := fold(text)
	type hit struct {
		at    int
		score float64
	}
	var hits []hit
	for i, ind := range c.industries {
		s := max(likeness(key, fold(ind.Name)), likeness(key, fold(ind.Alt)))
		if key != "" && (strings.Contains(ind.Name, key) || strings.Contains(ind.Alt, key)) {
			s += 1
		}
		if s >= 0.3 {
			hits = append(hits, hit{i, s})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	out := make([]Industry, 0, n)
	for _, h := range hits[:min(n, len(hits))] {
		out = append(out, c.industries[h.at])
	}
	return out
}

// Industries returns every industry in table order. The slice is a copy.
func (c *Catalogue) Industries() []Industry { return slices.Clone(c.industries) }

// IndustriesOf returns the industry codes where an occupation is mainly found, by
// the platform's own reading of names (occupation_industries.csv; no official table
// of this kind exists). None means: in every industry.
func (c *Catalogue) IndustriesOf(occCode string) []string {
	for code := c.canonical(occCode); len(code) >= len("6-18"); code = code[:len(code)-3] {
		if cell, ok := c.occInds[code]; ok {
			return list(cell)
		}
	}
	return nil
}

// within says whether the industry lies in (or is) one of the codes.
func within(industry string, codes []string) (string, bool) {
	for _, code := range codes {
		if strings.HasPrefix(industry, code) {
			return code, true
		}
	}
	return "", false
}

// AlignIndustry judges an outcome that has an industry but no occupation. Exact: the
// industry is one where an occupation on the major's path is mainly found. Near:
// where an occupation of another major of the same 专业类 is, or it is in the same
// 大类 as an exact one. Undecided: the major's occupations are found in every
// industry, so that an industry proves nothing; or the industry is a whole 门类 (C
// 制造业), a part of which would be exact or near.
func (c *Catalogue) AlignIndustry(majorCode, industryCode string) Alignment {
	a := Alignment{Level: Unrelated, Version: c.Version() + "；" + IndustriesEdition}
	m, ok := c.Major(majorCode)
	if !ok {
		a.Path = []string{"专业代码“" + majorCode + "”不在目录里"}
		return a
	}
	ind, ok := c.Industry(industryCode)
	if !ok {
		a.Path = []string{"专业 " + m.String(), "行业代码“" + industryCode + "”不在国民经济行业分类里"}
		return a
	}
	own := c.industryReach(m)
	if code, ok := within(ind.Code, own); ok {
		a.Level, a.Path = Exact, c.industryWords(m, m, ind, code)
		return a
	}
	for _, i := range c.ofClass[m.Class.Code] {
		if code, ok := within(ind.Code, c.industryReach(c.majors[i])); ok {
			a.Level, a.Path = Near, c.industryWords(m, c.majors[i], ind, code)
			return a
		}
	}
	for _, code := range own {
		if len(code) >= 3 && len(ind.Code) >= 3 && code[:3] == ind.Code[:3] {
			a.Level, a.Path = Near, c.industryWords(m, m, ind, code)
			return a
		}
	}
	if len(ind.Code) == 1 {
		for _, i := range c.ofClass[m.Class.Code] {
			for _, code := range c.industryReach(c.majors[i]) {
				if strings.HasPrefix(code, ind.Code) {
					a.Level, a.Path = Undecided, append(c.industryWords(m, c.majors[i], ind, code), "去向行业只写到门类，不能判断，请写到大类")
					return a
				}
			}
		}
	}
	a.Path = []string{"专业 " + m.String(), "所列职业不在行业 " + ind.Name + "（" + ind.Code + "）"}
	if len(own) == 0 {
		a.Level = Undecided
		a.Path[1] = "所列职业各行业都有，只凭行业 " + ind.Name + "（" + ind.Code + "）不能判断，请补职业代码"
	}
	return a
}

// industryReach is the union of the industries of a major's path occupations.
func (c *Catalogue) industryReach(m Major) []string {
	var out []string
	for _, p := range c.paths[m.Code] {
		for _, code := range c.IndustriesOf(p.occ) {
			if !slices.Contains(out, code) {
				out = append(out, code)
			}
		}
	}
	return out
}

func (c *Catalogue) industryWords(m, via Major, ind Industry, code string) []string {
	steps := c.reachWords(via, code)
	if via.Code != m.Code {
		steps[0] = "同专业类 " + m.Class.Name + "（" + m.Class.Code + "）的 " + via.String()
		steps = append([]string{"专业 " + m.String()}, steps...)
	}
	return append(steps, "去向行业 "+ind.Name+"（"+ind.Code+"）")
}

// reachWords tells how a major reaches an industry of its industryReach.
func (c *Catalogue) reachWords(via Major, code string) []string {
	steps := []string{"专业 " + via.String()}
	for _, p := range c.paths[via.Code] {
		if slices.Contains(c.IndustriesOf(p.occ), code) {
			where, _ := c.Industry(code)
			steps = append(steps, "列有职业 "+c.occs[c.occByID[p.occ]].String(),
				"该职业主要在 "+where.Name+"（"+code+"）（平台解读）")
			break
		}
	}
	return steps
}

func parseIndustries(t *tables) error {
	n := strings.Count(industriesCSV, "\n")
	t.industries = make([]Industry, 0, n)
	t.industryID = make(map[string]int, n)
	return eachRow("industries", industriesCSV, 3, func(r []string) error {
		if up := parentIndustry(r[0]); up != "" {
			if _, ok := t.industryID[up]; !ok {
				return fmt.Errorf("%s: parent %s does not stand before it", r[0], up)
			}
		}
		t.industryID[r[0]] = len(t.industries)
		t.industries = append(t.industries, Industry{r[0], r[1], r[2]})
		return nil
	})
}

// parentIndustry is the code one rank up: C3670, C367, C36, C.
func parentIndustry(code string) string {
	switch len(code) {
	case 1:
		return ""
	case 3:
		return code[:1]
	}
	return code[:len(code)-1]
}
