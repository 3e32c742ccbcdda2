package search

import (
	"slices"
	"strings"
	"time"
)

// lexicon is what a query is read with: synonyms, places, facts. It is data of the query, not of the
// index: another table needs no new index.
type lexicon struct {
	dict   *dictionary
	means  map[string][]string // folded phrase -> folded phrases it also stands for
	places map[string][]string
	facts  map[string]Key
	place  string // key field of places
	period string // key field of months
	now    func() time.Time
}

// isNoise reports words that people type around what they look for; they are dropped while others remain.
func isNoise(word string) bool {
	switch word {
	case "的", "了", "和", "与", "及", "或", "在", "有", "我", "我要", "要", "想", "想找", "找", "招", "招聘", "急招", "急聘", "急需", "诚聘", "诚招",
		"高薪", "直招", "直聘", "招募", "请问", "有没有", "哪家", "工作", "岗位", "职位", "附近", "哪里", "可以", "相关", "方面", "一名", "若干", "大量", "以及", "等":
		return true
	}
	return false
}

func newLexicon(cfg *Config, d *dictionary) *lexicon {
	l := &lexicon{dict: d, means: map[string][]string{}, places: map[string][]string{}, facts: map[string]Key{},
		place: cfg.PlaceField, period: cfg.PeriodField, now: cfg.Now}
	if l.place == "" {
		l.place = "region"
	}
	if l.period == "" {
		l.period = "period"
	}
	add := func(from, to string) {
		from, to = squeeze(from), squeeze(to)
		if from != "" && to != "" && from != to && !slices.Contains(l.means[from], to) {
			l.means[from] = append(l.means[from], to)
		}
	}
	for _, group := range cfg.Synonyms {
		for _, a := range group {
			for _, b := range group {
				add(a, b)
			}
		}
	}
	for from, all := range cfg.Aliases {
		for _, to := range all {
			add(from, to)
		}
	}
	for name, values := range cfg.Places {
		l.places[squeeze(name)] = values
	}
	for phrase, key := range cfg.Facts {
		l.facts[squeeze(phrase)] = key
	}
	return l
}

// squeeze folds a phrase and puts single blanks between its parts.
func squeeze(s string) string { return strings.Join(strings.Fields(fold(s)), " ") }

// variant is another way to say a term.
type variant struct {
	words  []string
	phrase string // the synonym that was used
}

// maxVariants bounds the synonyms of one term: beyond, they cost more than they find.
const maxVariants = 12

// variants says a term in other ways: with every synonym of the whole or of a part of neighbouring
// words.
func (l *lexicon) variants(t *term) []variant {
	if len(l.means) == 0 {
		return nil
	}
	out := l.reworded(nil, t.words)
	if t.fine != nil {
		out = l.reworded(out, t.fine)
	}
	return out
}

func (l *lexicon) reworded(out []variant, words []string) []variant {
	c := cutter{dict: l.dict}
	for n := len(words); n > 0; n-- {
		for i := 0; i+n <= len(words); i++ {
			for _, to := range l.means[joined(words[i:i+n])] {
				if len(out) == maxVariants {
					return out
				}
				said := append([]string{}, words[:i]...)
				for _, t := range c.cut(to, false) {
					said = append(said, to[t.start:t.end])
				}
				said = append(said, words[i+n:]...)
				if !slices.ContainsFunc(out, func(v variant) bool { return slices.Equal(v.words, said) }) {
					out = append(out, variant{said, to})
				}
			}
		}
	}
	return out
}

// joined writes words as they would be typed: blanks only between latin words.
func joined(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 && w[0] < 0x80 && words[i-1][len(words[i-1])-1] < 0x80 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}
