package search

import (
	"math"
	"strings"
	"unicode/utf8"
)

// The fields of the index. Every text field holds bare sets of terms: a title seldom says a word
// twice, what a description says twice is not twice as true, and sets are what the engine is fast at.
const (
	fieldID      = "_id"
	fieldTitle   = "t" // words of the title
	fieldGram    = "g" // single characters and pairs of the title
	fieldSound   = "p" // pairs of syllables (loose) and of initials of the title
	fieldCompany = "c" // words of the company
	fieldNames   = "h" // single characters of company and tags
	fieldTags    = "s" // words of the tags
	fieldText    = "d" // words of the text
	fieldKey     = "k" // "field=value"; "=value" for codes
	fieldStored  = "m" // what a hit shows, and numbers; not searched
	fieldBody    = "x" // the text as written; not searched
)

// The numbers of the fields in a segment: the ID first, then by name.
const (
	numID = iota
	numCompany
	numText
	numGram
	numNames
	numKey
	numStored
	numSound
	numTags
	numTitle
	numBody
)

// fieldOrder names the fields by their numbers.
var fieldOrder = [...]string{fieldID, fieldCompany, fieldText, fieldGram, fieldNames, fieldKey, fieldStored, fieldSound, fieldTags, fieldTitle, fieldBody}

// layoutVersion changes with anything that makes an old index unusable: fields, terms, stored form.
const layoutVersion = "4"

// maxText bounds the characters of a text that are indexed and kept, in bytes.
const maxText = 32 << 10

// analyser cuts Documents into the terms of their fields; it keeps its buffers and serves one goroutine.
type analyser struct {
	cut    cutter
	sounds *sounds
}

func newAnalyser(d *dictionary, s *sounds) *analyser {
	return &analyser{cut: cutter{dict: d}, sounds: s}
}

// terms collects the terms of one document in one field; the same one may come more than once.
type terms struct {
	of  *vocabulary
	doc uint32
}

func (t terms) add(term string) { t.of.add(term, t.doc) }

// analyse adds the terms of d to the vocabularies of its fields, under the number doc, and returns what
// is stored of it. Texts are cut to maxText bytes.
func (a *analyser) analyse(d *Document, doc uint32, fields *[len(fieldOrder)]vocabulary) record {
	in := func(num int) terms { return terms{&fields[num], doc} }
	r := record{kind: d.Kind, title: d.Title, company: d.Company, pay: int32(d.Pay), updated: d.Updated, rev: d.Rev,
		lng: float32(math.NaN()), lat: float32(math.NaN()), body: clip(strings.ToValidUTF8(d.Text, "�"), maxText)}
	if d.Point != nil {
		r.lng, r.lat = float32(d.Point.Lng), float32(d.Point.Lat)
	}
	title, company := fold(strings.ToValidUTF8(d.Title, "�")), fold(d.Company)
	tags := fold(strings.Join(d.Tags, "\n"))
	r.names = company
	if len(d.Tags) > 0 {
		r.names += "\n" + tags
	}
	r.words = a.count(title)
	a.words(title, in(numTitle))
	a.grams(title, in(numGram))
	a.syllables(title, in(numSound))
	a.words(company, in(numCompany))
	a.characters(r.names, in(numNames))
	a.words(tags, in(numTags))
	a.text(fold(r.body), in(numText))
	a.keys(d, in(numKey))
	return r
}

func (a *analyser) words(s string, into terms) {
	for _, t := range a.cut.cut(s, true) {
		into.add(s[t.start:t.end])
	}
}

// text adds the words of s without the characters that every text has.
func (a *analyser) text(s string, into terms) {
	for _, t := range a.cut.cut(s, true) {
		if word := s[t.start:t.end]; !isFunction(word) {
			into.add(word)
		}
	}
}

func isFunction(word string) bool { return len(word) == 3 && strings.Contains(function, word) }

// function are characters that, standing alone, are grammar.
const function = "的了和与及或在有是为能可按并等不无对将从到由以其各每这那也都被把让给向上下中内后前用会要做好个"

// characters adds the single characters of s.
func (a *analyser) characters(s string, into terms) {
	for i, r := range s {
		if isHan(r) || isWordRune(r) {
			into.add(s[i : i+utf8.RuneLen(r)])
		}
	}
}

// count returns the number of words in a title, at most 255: the length that scores are normed by.
func (a *analyser) count(title string) byte {
	return byte(min(255, len(a.cut.cut(title, false))))
}

// grams adds the single characters of s and its pairs of neighbours. Blanks and marks are left out
// and separate; a latin word counts by letters like a Chinese one, so that half of it is found.
func (a *analyser) grams(s string, into terms) {
	before := -1
	for i, r := range s {
		if !isHan(r) && !isWordRune(r) && r != '+' && r != '#' {
			before = -1
			continue
		}
		end := i + utf8.RuneLen(r)
		into.add(s[i:end])
		if before >= 0 {
			into.add(s[before:end])
		}
		before = i
	}
}

// syllables adds the pairs of syllables of neighbouring Chinese characters, in loose form
// ("qi'xiu"), with the second readings that occur, and the pairs of initials ("q x").
func (a *analyser) syllables(s string, into terms) {
	last := rune(0)
	for _, r := range s {
		now := a.sounds.of(r)
		if now == 0 {
			last = 0
			continue
		}
		if last != 0 {
			a.sounds.each(last, func(x uint16) {
				a.sounds.each(r, func(y uint16) {
					into.add(a.sounds.pair(x, y))
					into.add(initials(a.sounds.names[x][0], a.sounds.names[y][0]))
				})
			})
		}
		last = r
	}
}

// each calls f with every reading of r.
func (s *sounds) each(r rune, f func(uint16)) {
	if c := s.of(r); c != 0 {
		f(c)
		for _, o := range s.other[r] {
			f(o)
		}
	}
}

// pair is the term of two syllables that follow each other; mixed-up sounds share a term.
func (s *sounds) pair(a, b uint16) string { return s.names[s.loose[a]] + "'" + s.names[s.loose[b]] }

// initials is the term of two initials that follow each other.
func initials(a, b byte) string { return string([]byte{a, ' ', b}) }

func (a *analyser) keys(d *Document, into terms) {
	into.add(KindField + "=" + d.Kind)
	code := func(v string) {
		if len(v) >= 3 && strings.ContainsAny(v, "0123456789") {
			into.add("=" + fold(v))
		}
	}
	code(d.ID)
	for f, values := range d.Keys {
		for _, v := range values {
			into.add(f + "=" + v)
			code(v)
		}
	}
}
