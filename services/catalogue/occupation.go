package catalogue

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Rank is the depth of an occupation in the classification.
type Rank string

// The four ranks of 国家职业分类大典.
const (
	RankMajor  Rank = "大类" // 6-00-00-00
	RankMiddle Rank = "中类" // 6-18-00-00
	RankMinor  Rank = "小类" // 6-18-01
	RankUnit   Rank = "细类" // 6-18-01-01, an occupation proper
)

// Occupation is one row of 国家职业分类大典.
type Occupation struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Rank    Rank   `json:"rank"`
	Parent  string `json:"parent,omitempty"`
	Green   bool   `json:"green,omitempty"`   // 绿色职业
	Digital bool   `json:"digital,omitempty"` // 数字职业
}

// String is the occupation as people write it: name and code.
func (o Occupation) String() string { return o.Name + "（" + o.Code + "）" }

// Occupation looks a code up. A 小类 may be written with three segments (4-03-02) or
// padded to four (4-03-02-00), as labelled data often do.
func (c *Catalogue) Occupation(code string) (Occupation, bool) {
	i, ok := c.occByID[c.canonical(code)]
	if !ok {
		return Occupation{}, false
	}
	return c.occs[i], true
}

// canonical is the code as it stands in the table.
func (t *tables) canonical(code string) string {
	code = fold(code)
	if _, ok := t.occByID[code]; !ok {
		if short, cut := strings.CutSuffix(code, "-00"); cut {
			if _, ok := t.occByID[short]; ok {
				return short
			}
		}
	}
	return code
}

// Occupations returns every occupation in table order.
func (c *Catalogue) Occupations() iter.Seq[Occupation] { return slices.Values(c.occs) }

// Skills returns the 职业功能 of an occupation's 国家职业标准, none if it has none.
func (c *Catalogue) Skills(occ string) []string { return list(c.skills[c.canonical(occ)]) }

// Titles returns the market's names for an occupation.
func (c *Catalogue) Titles(occ string) []string { return list(c.aliases[c.canonical(occ)]) }

// minorOf and middleOf give the 小类 and 中类 that a code lies in, "" if the code is
// of a higher rank.
func minorOf(o Occupation) string {
	switch o.Rank {
	case RankMinor:
		return o.Code
	case RankUnit:
		return o.Code[:len("6-18-01")]
	}
	return ""
}

func middleOf(o Occupation) string {
	if o.Rank == RankMajor {
		return ""
	}
	return o.Code[:len("6-18")] + "-00-00"
}

func parseOccupations(t *tables) error {
	n := strings.Count(occupationsCSV, "\n")
	t.occs = make([]Occupation, 0, n)
	t.occByID = make(map[string]int, n)
	return eachRow("occupations", occupationsCSV, 6, func(r []string) error {
		o := Occupation{Code: r[0], Name: r[1], Rank: Rank(r[2]), Parent: r[3], Green: r[4] != "", Digital: r[5] != ""}
		if o.Rank != RankMajor {
			if _, ok := t.occByID[o.Parent]; !ok {
				return fmt.Errorf("%s: parent %q does not stand before it", o.Code, o.Parent)
			}
		}
		if _, twice := t.occByID[o.Code]; twice {
			return fmt.Errorf("code %s stands twice", o.Code)
		}
		t.occByID[o.Code] = len(t.occs)
		t.occs = append(t.occs, o)
		return nil
	})
}

func parsePaths(t *tables) error {
	t.paths = make(map[string][]path, 1024)
	t.majorsOn = make(map[string][]int, 1024)
	add := func(major string, p path) error {
		i, ok := t.majorByID[major]
		if !ok {
			return fmt.Errorf("no major %q", major)
		}
		at, ok := t.occByID[p.occ]
		if !ok {
			return fmt.Errorf("no occupation %q", p.occ)
		}
		p.minor, p.middle = minorOf(t.occs[at]), middleOf(t.occs[at])
		t.paths[major] = append(t.paths[major], p)
		t.majorsOn[p.occ] = append(t.majorsOn[p.occ], i)
		return nil
	}
	err := eachRow("major_paths", majorPathsCSV, 2, func(r []string) error {
		return add(r[0], path{occ: r[1]})
	})
	if err != nil {
		return err
	}
	err = eachRow("district_paths", districtPathsCSV, 5, func(r []string) error {
		return add(r[0], path{occ: r[1], district: true, who: r[2], when: r[3], why: r[4]})
	})
	if err != nil {
		return err
	}
	// A district's own major trains also for what the national major it is read as does.
	for _, m := range t.majors {
		for _, p := range t.paths[m.ReadAs] {
			p.district, p.who, p.when = true, m.Who, m.When
			p.why = "按国家专业 " + m.ReadAs + " 的标准解读"
			if err := add(m.Code, p); err != nil {
				return err
			}
		}
	}
	return nil
}
