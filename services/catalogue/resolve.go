package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Resolution is what a major's name turned out to mean: either one Major, or a
// Question to a person with candidates. A near name is never picked silently.
type Resolution struct {
	Major      Major       `json:"major,omitzero"`
	Sure       bool        `json:"sure"`               // Major is set and needs no question
	Question   string      `json:"question,omitempty"` // what to ask, in Chinese
	Candidates []Candidate `json:"candidates,omitempty"`
}

// Candidate is one possible meaning of a name, with the reason it is offered.
type Candidate struct {
	Major Major   `json:"major"`
	Score float64 `json:"score"` // 0 to 1: likeness of the names
	Why   string  `json:"why"`
}

// majorName is a name that is not the official one of the major it stands for.
type majorName struct {
	at       int
	relation string // 改名, 合并, 撤并, 近名, 简称, 俗称, 方向, 保留
	basis    string // report: so spelt in a published report; district: this district's reading
	note     string
}

// ResolveMajor finds what a name (or code) of a major means at a level; an empty
// level is unknown. It is sure only when the text is a valid code, or the official
// name of exactly one major at that level and no major of another level has a name
// that people mix up with it.
func (c *Catalogue) ResolveMajor(text string, level Level) Resolution {
	if m, ok := c.Major(text); ok {
		return Resolution{Major: m, Sure: true}
	}
	key := foldName(text)
	if key == "" {
		return Resolution{Question: "没有写专业名称，请填写专业目录里的名称或六位代码"}
	}
	var exact, other []int
	for _, i := range c.byName[key] {
		m := c.majors[i]
		if level == "" || m.Level == level || level == Technician && m.Level == Secondary {
			exact = append(exact, i)
		} else {
			other = append(other, i)
		}
	}
	cands := c.namedCandidates(key, level)
	if len(exact) == 1 && (level != "" || len(cands) == 0) {
		return Resolution{Major: c.majors[exact[0]], Sure: true}
	}
	if len(exact) > 1 {
		if i := slices.IndexFunc(exact, func(i int) bool { return c.majors[i].Level == level }); i >= 0 {
			return Resolution{Major: c.majors[exact[i]], Sure: true}
		}
	}
	for _, i := range exact {
		m := c.majors[i]
		cands = append(cands, Candidate{m, 1, string(m.Level) + "目录的正式名称"})
	}
	for _, i := range other {
		m := c.majors[i]
		cands = append(cands, Candidate{m, 0.8, "名称相同，但属于" + string(m.Level)})
	}
	return c.ask(text, level, cands)
}

// namedCandidates are the meanings from the table of other names, and the majors
// whose names have the very same characters in another order (物联网应用技术 and
// 物联网技术应用), which eyes do not tell apart.
func (c *Catalogue) namedCandidates(key string, level Level) []Candidate {
	var out []Candidate
	for _, n := range c.majorNames[key] {
		m := c.majors[n.at]
		why := n.relation
		if n.note != "" {
			why += "：" + n.note
		}
		if n.basis == "district" {
			why += "（本区解读，未与教育部新旧专业对照表核对）"
		} else {
			why += "（质量报告中的写法）"
		}
		out = append(out, Candidate{m, 0.95, why})
	}
	anagram := sortedRunes(key)
	for _, m := range c.majors {
		name := foldName(m.Name)
		if len(name) != len(key) || name == key || !sameTier(m.Level, level) || sortedRunes(name) != anagram {
			continue
		}
		if !slices.ContainsFunc(out, func(x Candidate) bool { return x.Major.Code == m.Code }) {
			out = append(out, Candidate{m, 0.9, "用字相同、次序不同的" + string(m.Level) + "专业"})
		}
	}
	return out
}

// longestName is how many characters of a name are looked at.
const longestName = 60

// ask fills up with the nearest names and puts the question.
func (c *Catalogue) ask(text string, level Level, cands []Candidate) Resolution {
	said := strings.TrimSpace(text)
	if r := []rune(said); len(r) > longestName {
		said = string(r[:longestName]) + "…"
	}
	if digits := fold(text); len(cands) == 0 && len(digits) >= 4 && strings.Trim(digits, "0123456789k") == "" {
		for _, m := range c.NearestMajors(digits, 3) {
			cands = append(cands, Candidate{m, 0.5, "代码“" + digits + "”不在目录里，这是相近的代码"})
		}
	}
	if !slices.ContainsFunc(cands, func(x Candidate) bool { return sameTier(x.Major.Level, level) }) {
		cands = append(cands, c.nearNames(text, level, 5)...)
	}
	slices.SortStableFunc(cands, func(a, b Candidate) int {
		tier := func(x Candidate) int {
			if level != "" && !sameTier(x.Major.Level, level) {
				return 1
			}
			return 0
		}
		return cmp.Or(tier(a)-tier(b), cmp.Compare(b.Score, a.Score), cmpString(a.Major.Code, b.Major.Code))
	})
	where := "专业目录"
	if level != "" {
		where = string(level) + "专业目录"
	}
	if len(cands) == 0 {
		return Resolution{Question: fmt.Sprintf("%s里没有“%s”，也没有相近的名称；请填六位专业代码，或由区里登记为本区自设专业", where, said)}
	}
	first := cands[0].Major
	q := fmt.Sprintf("“%s”是指%s的 %s 吗？", said, first.Level, first)
	if len(cands) > 1 {
		q = fmt.Sprintf("“%s”在%s里对不上唯一的专业，是指%s的 %s，还是另外 %d 个之一？", said, where, first.Level, first, len(cands)-1)
	}
	return Resolution{Question: q, Candidates: cands}
}

// nearNames returns up to n majors by likeness of name, nothing below 0.4, or the
// three best above 0.2 if nothing is nearer.
func (c *Catalogue) nearNames(text string, level Level, n int) []Candidate {
	key := foldName(text)
	if utf8.RuneCountInString(key) > longestName { // a page is near to none
		return nil
	}
	var out []Candidate
	for _, m := range c.majors {
		if !sameTier(m.Level, level) && !(level == Technician && m.Level == Technician) {
			continue
		}
		if s := likeness(key, foldName(m.Name)); s >= 0.2 {
			out = append(out, Candidate{m, s, fmt.Sprintf("名称相近（相似度 %.0f%%）", s*100)})
		}
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmpString(a.Major.Code, b.Major.Code))
	})
	if i := slices.IndexFunc(out, func(x Candidate) bool { return x.Score < 0.4 }); i > 0 {
		out = out[:i]
	} else if i == 0 {
		n = 3
	}
	return out[:min(n, len(out))]
}

func parseMajorNames(t *tables) error {
	t.majorNames = map[string][]majorName{}
	t.otherNames = map[string][]string{}
	return eachRow("major_names", majorNamesCSV, 5, func(r []string) error {
		i, ok := t.majorByID[r[1]]
		if !ok {
			return fmt.Errorf("%s stands for %s, which is no major", r[0], r[1])
		}
		k := foldName(r[0])
		t.majorNames[k] = append(t.majorNames[k], majorName{i, r[2], r[3], r[4]})
		if r[2] != "方向" && r[2] != "撤并" {
			t.otherNames[r[1]] = append(t.otherNames[r[1]], k)
		}
		return nil
	})
}
