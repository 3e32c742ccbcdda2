package web

import (
	"strconv"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
)

// Names of codes, from the catalogue. An unknown code gives an empty word.

func (s *Site) today() string { return partnership.Day(s.now()) }

// countyName names a county; cities and provinces, which every county also is, give "".
func (s *Site) countyName(code string) string {
	if len(code) != 6 || strings.HasSuffix(code, "00") {
		return ""
	}
	r, ok := s.catalogue.Region(code)
	if !ok {
		return ""
	}
	return r.Name
}

func (s *Site) categoryName(code string) string {
	if len(code) != 2 {
		return ""
	}
	g, ok := s.catalogue.GroupOf(code)
	if !ok {
		return ""
	}
	return g.Name
}

func (s *Site) majorName(code string) string {
	m, ok := s.catalogue.Major(code)
	if !ok {
		return ""
	}
	return m.Name
}

func (s *Site) industryName(code string) string {
	i, ok := s.catalogue.Industry(code)
	if !ok {
		return ""
	}
	return i.Name
}

// counties are the choices of a place: the counties of the actor's city, its own first.
func (s *Site) counties(v *visit) []option {
	home := v.actor.Region
	if home == "" {
		home = s.region
	}
	var out []option
	for _, r := range s.countiesAround(home) {
		one := option{Value: r.Code, Label: r.Name}
		if r.Code == home {
			out = append([]option{one}, out...)
			continue
		}
		out = append(out, one)
	}
	return out
}

// countiesAround lists the counties of the province the code lies in.
func (s *Site) countiesAround(code string) []catalogue.Region {
	if len(code) < 2 {
		return nil
	}
	var out []catalogue.Region
	for _, r := range s.catalogue.Regions() {
		if strings.HasPrefix(r.Code, code[:2]) && !strings.HasSuffix(r.Code, "00") {
			out = append(out, r)
		}
	}
	return out
}

func joinWords(sep string, words ...string) string {
	kept := words[:0:0]
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, sep)
}

func plain(n int) string { return strconv.Itoa(n) }

// count writes a number of something that is unknown while 0.
func count(n int, unit string) string {
	if n == 0 {
		return "未填写"
	}
	return number(n) + " " + unit
}
