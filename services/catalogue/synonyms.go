package catalogue

import (
	"iter"
	"strings"
)

// Synonyms returns the groups of words that a searcher means the same by: trade
// names and market names, spoken and official, old and new names of majors. Each
// word is a whole phrase, lower case; a word may stand in several groups.
func (c *Catalogue) Synonyms() [][]string {
	out := make([][]string, 0, len(c.synonyms)+len(c.majorNames))
	for _, cell := range c.synonyms {
		out = append(out, list(cell))
	}
	for _, m := range c.majors { // table order, so that the result is always the same
		if names := c.otherNames[m.Code]; len(names) > 0 {
			out = append(out, append([]string{foldName(m.Name)}, names...))
		}
	}
	return out
}

// Spoken returns what people say for a job, a tool, a machine or a brand (打螺丝, plc,
// 海底捞) with the words to find besides. It is one-way: who types 海底捞 also sees
// 餐厅服务员, but not the other way round. All phrases are lower case.
func (c *Catalogue) Spoken() map[string][]string {
	out := make(map[string][]string, len(c.spoken))
	for phrase, finds := range c.spoken {
		out[phrase] = list(finds)
	}
	return out
}

// Words yields the domain's words for a segmenter, each once, lower case: names of
// majors, classes, occupations, market and trade titles, skills, courses,
// industries, clusters, regions and the words of Synonyms.
func (c *Catalogue) Words() iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := make(map[string]struct{}, 40_000)
		put := func(words ...string) bool {
			for _, w := range words {
				w = fold(w)
				if _, twice := seen[w]; twice || strings.TrimSpace(w) == "" {
					continue
				}
				seen[w] = struct{}{}
				if !yield(w) {
					return false
				}
			}
			return true
		}
		for _, m := range c.majors {
			if !put(m.Name, m.Class.Name, m.Category.Name) || !put(c.otherNames[m.Code]...) || !put(list(c.courses[m.Code])...) {
				return
			}
		}
		for _, t := range c.terms {
			if !put(t.text) {
				return
			}
		}
		for _, o := range c.occs {
			if !put(list(c.skills[o.Code])...) {
				return
			}
		}
		for _, i := range c.industries {
			if !put(i.Name) {
				return
			}
		}
		for _, k := range c.clusters {
			if k.Defined && !put(k.Name) {
				return
			}
		}
		for _, r := range c.regions {
			if !put(r.Name, r.Short) {
				return
			}
		}
		for _, cell := range c.synonyms {
			if !put(list(cell)...) {
				return
			}
		}
	}
}

func parseSynonyms(t *tables) error {
	return eachRow("synonyms", synonymsCSV, 1, func(r []string) error {
		t.synonyms = append(t.synonyms, r[0])
		return nil
	})
}
