package search

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	index "github.com/blevesearch/bleve_index_api"
)

// The fields of the index. Every text field holds bare sets of terms: a title seldom says a word
// twice, what a description says twice is not twice as true, and sets are what the engine is fast at.
const (
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

// layoutVersion changes with anything that makes an old index unusable: fields, terms, stored form.
const layoutVersion = "3"

// maxText bounds the characters of a text that are indexed and kept, in bytes.
const maxText = 32 << 10

// field is one field of a document ready for bleve: its terms are already known.
type field struct {
	name    string
	options index.FieldIndexingOptions
	value   []byte
	terms   index.TokenFrequencies
}

func (f *field) Name() string                                     { return f.name }
func (f *field) Value() []byte                                    { return f.value }
func (f *field) ArrayPositions() []uint64                         { return nil }
func (f *field) EncodedFieldType() byte                           { return 't' }
func (f *field) Analyze()                                         {}
func (f *field) Options() index.FieldIndexingOptions              { return f.options }
func (f *field) AnalyzedLength() int                              { return 1 }
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }
func (f *field) NumPlainTextBytes() uint64                        { return uint64(len(f.value)) }

// entry is a Document in the form bleve indexes; it implements index.Document.
type entry struct {
	id     string
	fields []field
	size   int
}

func (e *entry) ID() string                                 { return e.id }
func (e *entry) Size() int                                  { return e.size }
func (e *entry) VisitComposite(index.CompositeFieldVisitor) {}
func (e *entry) HasComposite() bool                         { return false }
func (e *entry) NumPlainTextBytes() uint64                  { return uint64(e.size) }
func (e *entry) StoredFieldsBytes() uint64                  { return 0 }
func (e *entry) Indexed() bool                              { return true }
func (e *entry) AddIDField()                                {}
func (e *entry) VisitFields(visit index.FieldVisitor) {
	for i := range e.fields {
		visit(&e.fields[i])
	}
}

// writer turns Documents into entries; it keeps its buffers and serves one goroutine.
type writer struct {
	cut    cutter
	sounds *sounds
	mark   *index.TokenFreq // what every term of every set maps to
	once   *index.TokenFreq // the same for IDs, which bleve stores without a list when counted
	spare  []*entry         // entries whose maps can be used again
}

func newWriter(d *dictionary, s *sounds) *writer {
	w := &writer{cut: cutter{dict: d}, sounds: s, mark: &index.TokenFreq{}, once: &index.TokenFreq{}}
	w.once.SetFrequency(1)
	return w
}

// textFields are the fields that are sets of terms, in the order of an entry.
var textFields = [...]string{fieldTitle, fieldGram, fieldSound, fieldCompany, fieldNames, fieldTags, fieldText, fieldKey}

// usualTerms is how many terms the sets of textFields have, so that they need not grow.
var usualTerms = [...]int{8, 24, 24, 8, 24, 8, 112, 14}

// blank returns an entry with empty sets, a used one if there is one.
func (w *writer) blank() *entry {
	if n := len(w.spare); n > 0 {
		e := w.spare[n-1]
		w.spare = w.spare[:n-1]
		return e
	}
	e := &entry{fields: make([]field, 3, 3+len(textFields))}
	e.fields[0] = field{name: "_id", options: index.IndexField | index.StoreField, terms: index.TokenFrequencies{}}
	e.fields[1] = field{name: fieldStored, options: index.StoreField}
	e.fields[2] = field{name: fieldBody, options: index.StoreField}
	for i, name := range textFields {
		terms := make(index.TokenFrequencies, usualTerms[i])
		e.fields = append(e.fields, field{name: name, options: index.IndexField | index.SkipFreqNorm, terms: terms})
	}
	return e
}

// reuse takes entries back that bleve is done with.
func (w *writer) reuse(entries []*entry) {
	for _, e := range entries {
		for i := range e.fields {
			clear(e.fields[i].terms)
		}
	}
	w.spare = append(w.spare, entries...)
}

// entry analyses d. Texts are cut to maxText bytes.
func (w *writer) entry(d *Document) *entry {
	e := w.blank()
	text := clip(strings.ToValidUTF8(d.Text, "�"), maxText)
	title, company, body := fold(strings.ToValidUTF8(d.Title, "�")), fold(d.Company), fold(text)
	names := fold(strings.Join(append([]string{d.Company}, d.Tags...), "\n"))
	e.id, e.size = d.ID, len(d.Title)+len(names)+len(text)
	e.fields[0].value = []byte(d.ID)
	e.fields[0].terms[d.ID] = w.once
	e.fields[1].value = stored(d, w.count(title), names)
	e.fields[2].value = []byte(text)
	sets := e.fields[3:]
	w.words(title, sets[0].terms)
	w.grams(title, sets[1].terms)
	w.syllables(title, sets[2].terms)
	w.words(company, sets[3].terms)
	w.characters(names, sets[4].terms)
	w.words(names[len(company):], sets[5].terms)
	w.text(body, sets[6].terms)
	w.keys(d, sets[7].terms)
	return e
}

func (w *writer) words(s string, into index.TokenFrequencies) {
	for _, t := range w.cut.cut(s, true) {
		into[s[t.start:t.end]] = w.mark
	}
}

// text adds the words of s without the characters that every text has.
func (w *writer) text(s string, into index.TokenFrequencies) {
	for _, t := range w.cut.cut(s, true) {
		if word := s[t.start:t.end]; !isFunction(word) {
			into[word] = w.mark
		}
	}
}

func isFunction(word string) bool { return len(word) == 3 && strings.Contains(function, word) }

// function are characters that, standing alone, are grammar.
const function = "的了和与及或在有是为能可按并等不无对将从到由以其各每这那也都被把让给向上下中内后前用会要做好个"

// characters adds the single characters of s.
func (w *writer) characters(s string, into index.TokenFrequencies) {
	for i, r := range s {
		if isHan(r) || isWordRune(r) {
			into[s[i:i+utf8.RuneLen(r)]] = w.mark
		}
	}
}

// count returns the number of words in a title, at most 255: the length that scores are normed by.
func (w *writer) count(title string) byte {
	return byte(min(255, len(w.cut.cut(title, false))))
}

// grams adds the single characters of s and its pairs of neighbours. Blanks and marks are left out
// and separate; a latin word counts by letters like a Chinese one, so that half of it is found.
func (w *writer) grams(s string, into index.TokenFrequencies) {
	before := -1
	for i, r := range s {
		if !isHan(r) && !isWordRune(r) && r != '+' && r != '#' {
			before = -1
			continue
		}
		end := i + utf8.RuneLen(r)
		into[s[i:end]] = w.mark
		if before >= 0 {
			into[s[before:end]] = w.mark
		}
		before = i
	}
}

// syllables adds the pairs of syllables of neighbouring Chinese characters, in loose form
// ("qi'xiu"), with the second readings that occur, and the pairs of initials ("q x").
func (w *writer) syllables(s string, into index.TokenFrequencies) {
	last := rune(0)
	for _, r := range s {
		now := w.sounds.of(r)
		if now == 0 {
			last = 0
			continue
		}
		if last != 0 {
			w.sounds.each(last, func(a uint16) {
				w.sounds.each(r, func(b uint16) {
					into[w.sounds.pair(a, b)] = w.mark
					into[initials(w.sounds.names[a][0], w.sounds.names[b][0])] = w.mark
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

func (w *writer) keys(d *Document, terms index.TokenFrequencies) {
	terms[KindField+"="+d.Kind] = w.mark
	code := func(v string) {
		if len(v) >= 3 && strings.ContainsAny(v, "0123456789") {
			terms["="+fold(v)] = w.mark
		}
	}
	code(d.ID)
	for f, values := range d.Keys {
		for _, v := range values {
			terms[f+"="+v] = w.mark
			code(v)
		}
	}
}

// stored packs what a hit needs without a look at the documents' home.
func stored(d *Document, words byte, names string) []byte {
	lng, lat := math.NaN(), math.NaN()
	if d.Point != nil {
		lng, lat = d.Point.Lng, d.Point.Lat
	}
	b := []byte{words}
	b = binary.AppendVarint(b, int64(d.Pay))
	b = binary.AppendVarint(b, d.Updated)
	b = binary.AppendVarint(b, d.Rev)
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(float32(lng)))
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(float32(lat)))
	for _, s := range []string{d.Kind, d.Title, d.Company, names} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// record is what stored packed.
type record struct {
	words                byte
	pay                  int32
	updated, rev         int64
	lng, lat             float32 // NaN: unknown
	kind, title, company string
	names                string // company and tags, folded
	body                 string // the text; read beside the rest
}

// unpack reads what stored wrote; ok is false if b is damaged.
func unpack(b []byte) (r record, ok bool) {
	if len(b) == 0 {
		return r, false
	}
	r.words, b = b[0], b[1:]
	var nums [3]int64
	for i := range nums {
		v, n := binary.Varint(b)
		if n <= 0 {
			return r, false
		}
		nums[i], b = v, b[n:]
	}
	r.pay, r.updated, r.rev = int32(nums[0]), nums[1], nums[2]
	if len(b) < 8 {
		return r, false
	}
	r.lng = math.Float32frombits(binary.BigEndian.Uint32(b))
	r.lat = math.Float32frombits(binary.BigEndian.Uint32(b[4:]))
	b = b[8:]
	for _, s := range []*string{&r.kind, &r.title, &r.company, &r.names} {
		l, n := binary.Uvarint(b)
		if n <= 0 || uint64(len(b)-n) < l {
			return r, false
		}
		*s, b = string(b[n:n+int(l)]), b[n+int(l):]
	}
	return r, true
}

// clip cuts s to at most n bytes at a rune border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
