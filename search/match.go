package search

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// weights say how much a match in a field counts. They are data of the query: a change needs no new
// index. Measured by Evaluate; between 4 and 20 for the title little changes.
type weights struct {
	title, part, company, coPart, tags, across, text, code float32
	sound, mixed, initials, gap, alike, chip               float32
	synonym                                                float32 // factor on the field's weight
	parts                                                  float32 // the same, for the parts of a word
	tie                                                    float32 // share of a term's weaker matches
	norm                                                   float32 // how strongly long titles lose, 0 to 1 (BM25's b)
}

func defaultWeights() weights {
	return weights{title: 12, part: 5, company: 4, coPart: 2, tags: 3, across: 2, text: 1, code: 12,
		sound: 6, mixed: 3, initials: 4, gap: 7, alike: 4, chip: 4, synonym: 0.5, parts: 0.7, tie: 0.2, norm: 0.5}
}

// leaf is one way in which a term can match: all words in one field, or the like.
type leaf struct {
	fields  []string // each word in any of these
	words   []string
	weight  float32
	weak    bool // scores, but opens the gate only where there is little else
	normed  bool // the title's length counts
	label   string
	pay     *Chip                   // instead of words: a range of pay
	check   func(title []byte) bool // further condition on the folded title
	oneEdit bool                    // words one letter away from the first
	within  string                  // further condition: company or tags contain this
}

// leaves lists the ways in which t can match.
func (l *lexicon) leaves(t *term, w *weights, s *sounds) []leaf {
	if t.quoted {
		return quotedLeaves(t, w)
	}
	said := "「" + t.text + "」"
	out := []leaf{{fields: []string{fieldTitle}, words: t.words, weight: w.title, normed: true, label: "标题含" + said, check: touching(t.words)}}
	if t.around != "" {
		name := gramsOf(t.around)
		out = append(out,
			leaf{fields: []string{fieldGram}, words: name, weight: w.title, normed: true, label: "标题中有「" + t.around + "」"},
			leaf{fields: []string{fieldNames}, words: characters(t.around), within: t.around, weight: w.title, label: "单位中有「" + t.around + "」"})
	}
	if t.chip != nil {
		out[0].weight, out[0].normed = w.chip/2, false
		return append(out, chipLeaf(t.chip, w))
	}
	if grams := gramsOf(t.text); len(grams) > 0 {
		out = append(out,
			leaf{fields: []string{fieldGram}, words: grams, weight: w.part, normed: true, label: "标题中有" + said},
			leaf{fields: []string{fieldNames}, words: characters(t.text), within: t.text, weight: w.coPart, label: "单位或技能中有" + said})
	}
	out = append(out,
		leaf{fields: []string{fieldCompany}, words: t.words, weight: w.company, label: "单位含" + said},
		leaf{fields: []string{fieldTags}, words: t.words, weight: w.tags, label: "专业或技能含" + said})
	if len(t.words) > 1 && !slices.ContainsFunc(t.words, single) { // loose characters in different fields mean nothing
		out = append(out, leaf{fields: []string{fieldTitle, fieldCompany, fieldTags}, words: t.words, weight: w.across, weak: true, label: "分散含" + said})
	}
	if t.fine != nil {
		out = append(out,
			leaf{fields: []string{fieldTitle}, words: t.fine, weight: w.title * w.parts, normed: true, label: "标题含" + said + "的各部分"},
			leaf{fields: []string{fieldTags}, words: t.fine, weight: w.tags * w.parts, label: "专业或技能含" + said + "的各部分"},
			leaf{fields: []string{fieldText}, words: meaning(t.fine), weight: w.text * w.parts, weak: true, label: "正文提到" + said + "的各部分"})
	}
	if strings.ContainsAny(t.text, "0123456789") {
		out = append(out, leaf{fields: []string{fieldKey}, words: []string{"=" + t.text}, weight: w.code, label: "代码为" + said})
	}
	for _, v := range l.variants(t) {
		label := "「" + v.phrase + "」（同义）"
		out = append(out,
			leaf{fields: []string{fieldTitle}, words: v.words, weight: w.title * w.synonym, normed: true, label: "标题含" + label, check: touching(v.words)},
			leaf{fields: []string{fieldGram}, words: gramsOf(joined(v.words)), weight: w.part * w.synonym, normed: true, label: "标题中有" + label},
			leaf{fields: []string{fieldTags}, words: v.words, weight: w.tags * w.synonym, label: "专业或技能含" + label},
			leaf{fields: []string{fieldText}, words: meaning(v.words), weight: w.text * w.synonym, weak: true, label: "正文提到" + label})
	}
	out = append(out, pinyinLeaves(t.text, w, s)...)
	return append(out, leaf{fields: []string{fieldText}, words: meaning(t.words), weight: w.text, weak: true, label: "正文提到" + said})
}

// touching returns a check that the single characters among words stand beside their neighbours in a
// title, nil if there are none: 车班司机 is not in 渣土车司机订单班.
func touching(words []string) func(title []byte) bool {
	var pairs [][]byte
	for i := 1; i < len(words); i++ {
		if single(words[i-1]) || single(words[i]) {
			pairs = append(pairs, []byte(words[i-1]+words[i]))
		}
	}
	if pairs == nil {
		return nil
	}
	return func(title []byte) bool {
		return !slices.ContainsFunc(pairs, func(p []byte) bool { return !bytes.Contains(title, p) })
	}
}

// single reports whether a word is one Chinese character.
func single(word string) bool { return isHanWord(word) && utf8.RuneCountInString(word) == 1 }

// meaning leaves out the words that texts are indexed without.
func meaning(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), isFunction)
}

// quotedLeaves match text that must stand literally: in titles by their letters; in texts by their
// words, checked against the text as written by the caller of match.
func quotedLeaves(t *term, w *weights) []leaf {
	said := "「" + t.text + "」"
	phrase := []byte(t.text)
	return []leaf{
		{fields: []string{fieldGram}, words: gramsOf(t.text), weight: w.title, normed: true, label: "标题原样含" + said,
			check: func(title []byte) bool { return bytes.Contains(title, phrase) }},
		{fields: []string{fieldNames}, words: characters(t.text), within: t.text, weight: w.company, label: "单位或技能原样含" + said},
		{fields: []string{fieldText}, words: meaning(t.words), weight: w.text, label: "正文原样含" + said},
	}
}

// chipLeaf matches the fact that words were read as. The words themselves in a title count for half:
// a title with 荣昌 in it is found by it even where the key is missing.
func chipLeaf(c *Chip, w *weights) leaf {
	if c.Field == PayField {
		return leaf{pay: c, weight: w.chip, label: c.Label}
	}
	l := leaf{fields: []string{fieldKey}, weight: w.chip, label: c.Label}
	for _, v := range c.Values {
		l.words = append(l.words, c.Field+"="+v)
	}
	return l
}

// gramsOf lists the terms of fieldGram that a title with s in it must have: pairs of neighbours, or
// the one character.
func gramsOf(s string) []string {
	var out []string
	before, single := -1, ""
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		if !isHan(r) && !isWordRune(r) && r != '+' && r != '#' {
			before = -1
			continue
		}
		if before >= 0 {
			if g := s[before:end]; !slices.Contains(out, g) {
				out = append(out, g)
			}
		} else if single == "" {
			single = s[i:end]
		}
		before = i
	}
	if len(out) == 0 && single != "" {
		out = append(out, single)
	}
	return out
}

// characters lists the terms of fieldNames that names with s in them must have.
func characters(s string) []string {
	var out []string
	for i, r := range s {
		if c := s[i : i+utf8.RuneLen(r)]; (isHan(r) || isWordRune(r)) && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// pinyinLeaves read typed letters as syllables of a title, as initials, or as both mixed (qichewx).
func pinyinLeaves(text string, w *weights, s *sounds) []leaf {
	if len(text) < 2 || strings.IndexFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && r != '\'' }) >= 0 {
		return nil
	}
	var out []leaf
	syllables, _, ok := s.split(text, false)
	if ok && len(syllables) > 1 {
		l := s.leaf(syllables, 1, w.sound, "标题读音为「"+text+"」")
		out = append(out, l)
	}
	if len(text) <= 10 {
		out = append(out, s.spelled(strings.Split(text, ""), w.initials, "标题拼音首字母为「"+text+"」"))
	}
	if units := s.units(text); !ok && len(units) > 1 && len(units) < len(text) {
		out = append(out, s.spelled(units, w.initials, "标题拼音为「"+text+"」"))
	}
	return out
}

// spelled matches titles with neighbouring characters that begin with the units: syllables or initials.
func (s *sounds) spelled(units []string, weight float32, label string) leaf {
	l := leaf{fields: []string{fieldSound}, weight: weight, normed: true, label: label}
	for i := 1; i < len(units); i++ {
		l.words = append(l.words, initials(units[i-1][0], units[i][0]))
	}
	l.check = func(title []byte) bool { return s.begins(title, units) }
	return l
}

// units reads letters as syllables where they are, and single initials where not.
func (s *sounds) units(letters string) (out []string) {
	for len(letters) > 0 {
		n := min(6, len(letters))
		for n > 1 && s.codes[letters[:n]] == 0 {
			n--
		}
		out = append(out, letters[:n])
		letters = strings.TrimPrefix(letters[n:], "'")
	}
	return out
}

// heard tells how well the syllables stand somewhere in a folded title, one character each: 2 exactly,
// 1 with mixed-up sounds, 0 not at all.
func (s *sounds) heard(title []byte, syllables []uint16) int {
	best := 0
	for at := 0; at < len(title) && best < 2; {
		grade, i := 2, at
		for _, want := range syllables {
			r, size := utf8.DecodeRune(title[i:])
			grade = min(grade, s.match(r, want))
			if grade == 0 {
				break
			}
			i += size
		}
		best = max(best, grade)
		_, size := utf8.DecodeRune(title[at:])
		at += size
	}
	return best
}

// begins reports whether neighbouring characters of a folded title are read so that each begins with
// its unit.
func (s *sounds) begins(title []byte, units []string) bool {
	for at := 0; at < len(title); {
		i, n := at, 0
		for n < len(units) && i < len(title) {
			r, size := utf8.DecodeRune(title[i:])
			hit := strings.HasPrefix(s.names[s.of(r)], units[n])
			for _, o := range s.other[r] {
				hit = hit || strings.HasPrefix(s.names[o], units[n])
			}
			if !hit {
				break
			}
			i, n = i+size, n+1
		}
		if n == len(units) {
			return true
		}
		_, size := utf8.DecodeRune(title[at:])
		at += size
	}
	return false
}

// matcher looks up terms in one part; it remembers what it has looked up.
type matcher struct {
	*part
	dicts map[string]segment.TermDictionary
	seen  map[[2]string]*roaring.Bitmap
}

func newMatcher(p *part) *matcher {
	return &matcher{part: p, dicts: map[string]segment.TermDictionary{}, seen: map[[2]string]*roaring.Bitmap{}}
}

// word returns the documents with a word in a field, nil if none.
func (m *matcher) word(field, word string) (*roaring.Bitmap, error) {
	key := [2]string{field, word}
	if docs, ok := m.seen[key]; ok {
		return docs, nil
	}
	dict, ok := m.dicts[field]
	if !ok {
		var err error
		if dict, err = m.seg.Dictionary(field); err != nil {
			return nil, fmt.Errorf("terms of %s: %w", field, err)
		}
		m.dicts[field] = dict
	}
	docs, err := lookup(dict, []byte(word))
	if err == nil {
		m.seen[key] = docs
	}
	return docs, err
}

// leaf returns the documents that match l, nil if none. The bitmap must not be changed.
func (m *matcher) leaf(l *leaf) (*roaring.Bitmap, error) {
	if l.pay != nil {
		return m.paid(l.pay.Min, l.pay.Max), nil
	}
	if len(l.words) == 0 {
		return nil, nil
	}
	if l.fields[0] == fieldKey {
		return m.anyKey(l.words)
	}
	docs, err := m.all(l.fields, l.words)
	if err != nil || docs == nil || l.check == nil && l.within == "" {
		return docs, err
	}
	if l.within != "" {
		return m.named(docs, l.within), nil
	}
	checked := roaring.New()
	docs.Iterate(func(d uint32) bool {
		if l.check(m.cols.titles.at(d)) {
			checked.Add(d)
		}
		return true
	})
	return checked, nil
}

// named returns those of docs whose company or tags contain a folded string.
func (m *matcher) named(docs *roaring.Bitmap, part string) *roaring.Bitmap {
	if utf8.RuneCountInString(part) == 1 {
		return docs
	}
	out := roaring.New()
	each(docs, func(d uint32) {
		if strings.Contains(m.cols.shared[m.cols.names[d]], part) {
			out.Add(d)
		}
	})
	return out
}

// all intersects the words, each found in any of the fields; of no words, nothing is found.
func (m *matcher) all(fields, words []string) (*roaring.Bitmap, error) {
	lists := make([]*roaring.Bitmap, 0, len(words))
	for _, w := range words {
		var docs *roaring.Bitmap
		for _, f := range fields {
			found, err := m.word(f, w)
			if err != nil {
				return nil, err
			}
			docs = union(docs, found)
		}
		if docs == nil {
			return nil, nil
		}
		lists = append(lists, docs)
	}
	switch len(lists) {
	case 0:
		return nil, nil
	case 1:
		return lists[0], nil
	}
	slices.SortFunc(lists, func(a, b *roaring.Bitmap) int { return int(a.GetCardinality()) - int(b.GetCardinality()) })
	docs := roaring.And(lists[0], lists[1])
	for _, l := range lists[2:] {
		docs.And(l)
	}
	return docs, nil
}

// valued returns the documents with any of some values of a key field, nil if none.
func (m *matcher) valued(field string, values []string) (*roaring.Bitmap, error) {
	terms := make([]string, len(values))
	for i, v := range values {
		terms[i] = field + "=" + v
	}
	return m.anyKey(terms)
}

func (m *matcher) anyKey(terms []string) (*roaring.Bitmap, error) {
	var docs *roaring.Bitmap
	for _, t := range terms {
		found, err := m.word(fieldKey, t)
		if err != nil {
			return nil, err
		}
		docs = union(docs, found)
	}
	return docs, nil
}

// paid returns the documents whose pay lies in a range; max 0: no upper end.
func (m *matcher) paid(low, high int) *roaring.Bitmap {
	docs := m.cols.atLeast(max(1, low))
	if high > 0 {
		docs = roaring.AndNot(docs, m.cols.atLeast(high+1))
	}
	return docs
}

// union joins two sets without changing either; nil is the empty set.
func union(a, b *roaring.Bitmap) *roaring.Bitmap {
	switch {
	case a == nil:
		return b
	case b == nil || a == b:
		return a
	}
	return roaring.Or(a, b)
}

// intersect returns what is in both; nil is the empty set.
func intersect(a, b *roaring.Bitmap) *roaring.Bitmap {
	if a == nil || b == nil {
		return nil
	}
	if a == b {
		return a
	}
	return roaring.And(a, b)
}

func size(b *roaring.Bitmap) int {
	if b == nil {
		return 0
	}
	return int(b.GetCardinality())
}

// distance returns the km between two points on the sphere (haversine, radius 6371 km).
func distance(a, b Point) float64 {
	const rad = math.Pi / 180
	sinLat, sinLng := math.Sin((b.Lat-a.Lat)*rad/2), math.Sin((b.Lng-a.Lng)*rad/2)
	h := sinLat*sinLat + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*sinLng*sinLng
	return 2 * 6371 * math.Asin(math.Min(1, math.Sqrt(h)))
}
