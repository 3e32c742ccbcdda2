package catalogue

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Suggestion is one occupation that a post may be, with the reasons in words.
type Suggestion struct {
	Code  string   `json:"code"` // four segments: a 小类 is written 4-03-02-00
	Name  string   `json:"name"`
	Score float64  `json:"score"` // 0 to 1: share of belief among all candidates
	Why   []string `json:"why"`
}

// Suggest returns up to n occupations for a post's title and duties, the likeliest
// first. Pay, perks, shifts, places and the employer's name in the title count
// little. A code of the classification is that occupation. An empty title is replaced by the
// beginning of the duties; with no letter or digit in either there is no suggestion. The same
// input always gives the same answer.
func (c *Catalogue) Suggest(title, duties string, n int) []Suggestion {
	title, duties, ok := readable(title, duties)
	if !ok || n <= 0 {
		return nil
	}
	if o, known := c.Occupation(title); known {
		return []Suggestion{{Code: longCode(o), Name: o.Name, Score: 1, Why: []string{"标题就是该职业的代码"}}}
	}
	s := c.suggester()
	ranked := s.rank(title, duties)
	out := make([]Suggestion, 0, n)
	for _, k := range ranked[:min(n, len(ranked))] {
		o := c.occs[k.class]
		out = append(out, Suggestion{Code: longCode(o), Name: o.Name, Score: math.Round(k.p*1e4) / 1e4, Why: s.why(k)})
	}
	return out
}

// What is read of a title and of duties, in characters.
const maxTitle, maxDuties = 200, 10_000

// readable bounds a title and duties, and puts the beginning of the duties in place of a title
// that says nothing; ok is false if they say nothing either.
func readable(title, duties string) (_, _ string, ok bool) {
	clip := func(s string, n int) string {
		r := []rune(strings.TrimSpace(s))
		return string(r[:min(n, len(r))])
	}
	says := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	}
	if title, duties = clip(title, maxTitle), clip(duties, maxDuties); !says(title) {
		title = clip(duties, 30)
	}
	return title, duties, says(title)
}

// longCode writes a 小类 with four segments, as labelled data do.
func longCode(o Occupation) string {
	if o.Rank == RankMinor {
		return o.Code + "-00"
	}
	return o.Code
}

// Features of a candidate occupation for a title. The learnt file holds one weight
// for each; adding a feature means training again.
const (
	fNameRaw     = iota // likeness of the raw title to the nearest known name, by characters
	fNameClean          // the same of the cleaned title
	fNamePairs          // the same by characters and pairs
	fSeenClean          // likeness of the cleaned title to the nearest learnt title
	fSeenRaw            // the same of the raw title
	fSeenCube           // the cube of fSeenClean: very near ones count for more
	fBayes              // naive Bayes log posterior over the learnt titles and names
	fSide               // naive Bayes evidence of what stands in brackets or behind
	fOrg                // naive Bayes evidence of the employer's words
	fPrior              // logarithm of how often the occupation was learnt
	fContains           // share of the title that a known name inside it covers
	fEnds               // the title ends in a known name
	fLongest            // no other occupation has a longer name inside the title
	fWhole              // a known name is the whole title
	fStarts             // the title begins with a known name
	fSideName           // a known name stands in the brackets
	fKin                // fBayes of its 小类
	fVote               // its share of the likeness to all learnt titles
	fOurs               // the known name inside is our own trade title
	fOursLongest        // and so for fLongest, fWhole and fEnds
	fOursWhole
	fOursEnds
	fOfficial // the known name inside is the official one
	features
)

// Warm builds what the first suggestion would wait for, a fifth of a second.
func (c *Catalogue) Warm() { c.suggester() }

// suggester is the parsed state behind Suggest.
type suggester struct {
	t       *tables
	cleaner *cleaner
	names1  *simIndex          // names, market titles and trade titles, by characters
	names2  *simIndex          // the same by characters and pairs
	terms   []term             // the documents of names1 and names2
	exact   map[string][]int32 // folded term to terms
	clean   *simIndex          // learnt titles, cleaned
	raw     *simIndex          // learnt titles as they were
	bayes   *bayes
	common  []int32 // the classes most often learnt
	prior   []float32
	lessons
}

type term struct {
	text  string
	class int32
	kind  string // 大典名称, 市场职位名, 行业叫法
}

// learntTitle is a labelled title reduced to hashes: what the training leaves.
type learntTitle struct {
	class           int32
	clean, raw, org []gram
}

// lessons is what the training leaves: the model.
type lessons struct {
	titles  []learntTitle
	weights [features]float64
	fine    fine
}

func newSuggester(t *tables, l lessons) *suggester {
	learnt := l.titles
	s := &suggester{t: t, cleaner: newCleaner(t.regions), lessons: l, exact: map[string][]int32{}}
	s.terms = t.terms
	one, two := make([]document, len(s.terms)), make([]document, len(s.terms))
	nb := newBayes(len(t.occs), t)
	for i, x := range s.terms {
		f := fold(x.text)
		one[i] = document{x.class, hashGrams(f, 1)}
		two[i] = document{x.class, hashGrams(f, 2)}
		nb.add(x.class, boundGrams(f, 3), 1, 0.5)
		s.exact[f] = append(s.exact[f], int32(i))
	}
	s.names1, s.names2 = newSimIndex(one), newSimIndex(two)
	cl, rw := make([]document, len(learnt)), make([]document, len(learnt))
	s.prior = make([]float32, len(t.occs))
	for i, x := range learnt {
		cl[i], rw[i] = document{x.class, x.clean}, document{x.class, x.raw}
		nb.add(x.class, x.clean, 2, 1)
		nb.add(x.class, x.org, 2, 0)
		s.prior[x.class]++
	}
	nb.finish()
	var often []hit
	for k := range s.prior {
		often = append(often, hit{s.prior[k], int32(k)})
	}
	s.common = top(often, 12)
	s.clean, s.raw, s.bayes = newSimIndex(cl), newSimIndex(rw), nb
	return s
}

// parseTerms gathers every known name of an occupation.
func parseTerms(t *tables) error {
	for _, o := range t.occs {
		if o.Name != "" {
			t.terms = append(t.terms, term{o.Name, t.classOf(o.Code), "大典名称"})
		}
	}
	for _, src := range []struct{ name, csv, kind string }{
		{"occupation_aliases", occupationAliasesCSV, "市场职位名"},
		{"trade_titles", tradeTitlesCSV, "行业叫法"},
	} {
		err := eachRow(src.name, src.csv, 2, func(r []string) error {
			if _, ok := t.occByID[t.canonical(r[0])]; !ok {
				return fmt.Errorf("no occupation %q", r[0])
			}
			for _, title := range list(r[1]) {
				t.terms = append(t.terms, term{title, t.classOf(r[0]), src.kind})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// classOf is the place of a code in the table; a 小类 with a single occupation of the
// same name (2-06-03, 2-06-03-00) is that occupation. -1 for an unknown code.
func (t *tables) classOf(code string) int32 {
	code = t.canonical(code)
	if i, ok := t.occByID[code+"-00"]; ok {
		return int32(i)
	}
	if i, ok := t.occByID[code]; ok {
		return int32(i)
	}
	return -1
}

// ranked is a candidate with what it was judged by.
type ranked struct {
	class int32
	f     [features]float64
	score float64
	p     float64
	name  hit    // nearest name
	seen  hit    // nearest learnt title
	found string // the known name inside the title, if any
	duty  []string
}

// rank gathers candidates, scores them and sorts them.
func (s *suggester) rank(title, duties string) []ranked {
	v := s.cleaner.clean(title)
	cs := s.candidates(fold(title), v)
	if duties != "" {
		s.addDuties(cs, fold(duties))
	}
	highest := math.Inf(-1)
	grams := fineGrams(v)
	for i := range cs {
		cs[i].score += s.handSet(cs[i])
		for f, w := range s.weights {
			cs[i].score += w * cs[i].f[f]
		}
		cs[i].score += s.fine.score(grams, cs[i].class)
		highest = max(highest, cs[i].score)
	}
	var sum float64
	for i := range cs {
		cs[i].p = math.Exp(cs[i].score - highest)
		sum += cs[i].p
	}
	for i := range cs {
		cs[i].p /= sum
	}
	slices.SortFunc(cs, func(a, b ranked) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return int(a.class - b.class)
	})
	return cs
}

// handSet is the credit of names that people wrote down (the classification's own, and
// our trade titles) beyond what was learnt: the labelled titles are mostly office and
// sales posts with some wrong labels, and undervalue exact trade names.
func (s *suggester) handSet(r ranked) float64 {
	const whole, longest = 2.5, 0.8
	if r.found == "" || r.f[fLongest] == 0 || s.kindOf(r.found, r.class) == "市场职位名" {
		return 0
	}
	if r.f[fWhole] == 1 {
		return whole
	}
	return longest
}

// candidates computes the features of every occupation worth a look.
func (s *suggester) candidates(raw string, v view) []ranked {
	cleanGrams := boundGrams(v.main, 3)
	all := len(s.t.occs)
	nameRaw := s.names1.best(hashGrams(raw, 1), all)
	nameClean := s.names1.best(hashGrams(v.main, 1), all)
	namePairs := s.names2.best(hashGrams(v.main, 2), all)
	seenClean := s.clean.best(cleanGrams, all)
	seenRaw := s.raw.best(hashGrams(raw, 2), all)
	inside := s.contained(v.main)
	aside := s.contained(v.side)

	var classes []int32
	for _, h := range [][]hit{nameRaw, nameClean, namePairs, seenClean, seenRaw} {
		classes = append(classes, top(h, 12)...)
	}
	for k := range inside {
		classes = append(classes, k)
	}
	for k := range aside {
		classes = append(classes, k)
	}
	classes = append(classes, s.common...)
	slices.Sort(classes)
	classes = slices.Compact(classes)
	posterior := s.bayes.posterior(cleanGrams, classes)
	side := s.bayes.evidence(boundGrams(v.side, 3), classes)
	org := s.bayes.evidence(orgGrams(v.org), classes)
	kin := map[int32]float64{}
	for i, k := range classes {
		kin[s.bayes.minor[k]] += math.Exp(posterior[i])
	}
	longest := 0
	for _, text := range inside {
		longest = max(longest, utf8.RuneCountInString(text))
	}
	votes := s.clean.votes(cleanGrams, all)
	var cast float64
	for _, v := range votes {
		cast += float64(v)
	}
	out := make([]ranked, len(classes))
	for i, k := range classes {
		r := ranked{class: k, name: namePairs[k], seen: seenClean[k]}
		sc := float64(seenClean[k].score)
		r.f = [features]float64{
			fNameRaw: float64(nameRaw[k].score), fNameClean: float64(nameClean[k].score),
			fNamePairs: float64(namePairs[k].score), fSeenClean: sc,
			fSeenRaw: float64(seenRaw[k].score), fSeenCube: sc * sc * sc,
			fBayes: posterior[i], fPrior: math.Log(float64(s.prior[k]) + 0.3),
			fSide: side[i], fOrg: org[i], fKin: math.Log(kin[s.bayes.minor[k]] + 1e-6),
			fVote: math.Log(float64(votes[k])/(cast+1e-9) + 0.003),
		}
		if text, ok := inside[k]; ok {
			s.nameFeatures(&r, text, v.main, longest)
		}
		if _, ok := aside[k]; ok {
			r.f[fSideName] = 1
		}
		out[i] = r
	}
	return out
}

// nameFeatures sets what a known name inside the main part tells; longest is the length
// of the longest such name of any occupation.
func (s *suggester) nameFeatures(r *ranked, text, main string, longest int) {
	r.found = text
	n := utf8.RuneCountInString(text)
	set := func(f int, yes bool) {
		if yes {
			r.f[f] = 1
		}
	}
	r.f[fContains] = float64(n) / float64(max(1, utf8.RuneCountInString(main)))
	set(fLongest, n == longest)
	set(fWhole, text == main)
	set(fEnds, strings.HasSuffix(main, text))
	set(fStarts, strings.HasPrefix(main, text))
	switch s.kindOf(text, r.class) {
	case "行业叫法":
		r.f[fOurs], r.f[fOursLongest], r.f[fOursWhole], r.f[fOursEnds] = 1, r.f[fLongest], r.f[fWhole], r.f[fEnds]
	case "大典名称":
		r.f[fOfficial] = 1
	}
}

// contained finds, for each class, the longest known name of two characters or more
// inside the title. A name that is only a part of a longer one found (美容师 in
// 宠物美容师) is none.
func (s *suggester) contained(cleaned string) map[int32]string {
	r := []rune(cleaned)
	out := map[int32]string{}
	for i := range r {
		for j := i + 2; j <= len(r) && j-i <= 12; j++ {
			text := string(r[i:j])
			for _, at := range s.exact[text] {
				k := s.terms[at].class
				if old := out[k]; len(text) > len(old) || len(text) == len(old) && strings.HasSuffix(cleaned, text) {
					out[k] = text
				}
			}
		}
	}
	for k, text := range out {
		for _, other := range out {
			if len(other) > len(text) && strings.Contains(other, text) {
				delete(out, k)
				break
			}
		}
	}
	return out
}

// addDuties lets the words of the duties speak for a candidate: each 职业功能 or known
// name that occurs in them adds a little.
func (s *suggester) addDuties(cs []ranked, duties string) {
	for i := range cs {
		o := s.t.occs[cs[i].class]
		words := append(list(s.t.skills[o.Code]), list(s.t.aliases[o.Code])...)
		for _, w := range append(words, o.Name) {
			if len(w) >= 6 && strings.Contains(duties, fold(w)) && len(cs[i].duty) < 3 {
				cs[i].duty = append(cs[i].duty, w)
				cs[i].score += 0.4
			}
		}
	}
}

// why tells in words what spoke for a candidate.
func (s *suggester) why(r ranked) []string {
	var out []string
	if r.found != "" {
		out = append(out, "标题里有“"+r.found+"”，是该职业的"+s.kindOf(r.found, r.class))
	} else if r.name.score >= 0.3 {
		t := s.terms[r.name.doc]
		out = append(out, "标题与该职业的"+t.kind+"“"+t.text+"”用字相近")
	}
	if r.seen.score >= 0.35 {
		out = append(out, fmt.Sprintf("与人工归类过的岗位标题相近（相似度 %.0f%%）", 100*r.seen.score))
	}
	for _, d := range r.duty {
		out = append(out, "职责里提到“"+d+"”")
	}
	if len(out) == 0 {
		out = append(out, "只有少数字词相近，请人工核对")
	}
	return out
}

func (s *suggester) kindOf(text string, class int32) string {
	for _, at := range s.exact[text] {
		if s.terms[at].class == class {
			return s.terms[at].kind
		}
	}
	return "叫法"
}
