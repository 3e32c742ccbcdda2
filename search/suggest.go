package search

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
)

// Suggest completes what is being typed to titles: those that begin with it before those that contain
// it, frequent ones first. Letters are also read as pinyin, of which the last syllable may be
// unfinished, and as initials. Only documents of the kinds (none: any) that pass the filters, which are
// read as those of a Query, are suggested and counted. What is typed beyond 120 characters is not read.
func (x *Index) Suggest(ctx context.Context, prefix string, kinds []string, filters map[string][]string, n int) ([]Suggestion, error) {
	x.asking.Add(1)
	defer x.asking.Add(-1)
	v, err := x.view()
	if err != nil {
		return nil, err
	}
	defer v.release()
	typed := shorten(squeeze(strings.ToValidUTF8(prefix, " ")))
	if typed == "" || n <= 0 {
		return nil, ctx.Err()
	}
	s := &suggester{x: x, typed: []byte(typed), found: map[string]*completion{}}
	for _, p := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.part(p, kinds, filters); err != nil {
			return nil, fmt.Errorf("suggest: %w", err)
		}
	}
	list := make([]*completion, 0, len(s.found))
	for _, c := range s.found {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *completion) int {
		return cmp.Or(cmp.Compare(b.grade, a.grade), cmp.Compare(b.count, a.count), cmp.Compare(len(a.title), len(b.title)),
			cmp.Compare(a.title, b.title))
	})
	out := make([]Suggestion, 0, n)
	for _, c := range list[:min(n, len(list))] {
		rec, err := readRecord(c.part.seg, c.doc, false)
		if err != nil {
			return nil, fmt.Errorf("suggest: %w", err)
		}
		out = append(out, Suggestion{Text: rec.title, Kind: rec.kind, ID: string(c.part.cols.ids.at(c.doc)), Count: c.count})
	}
	return out, nil
}

// completion is one title that fits. The newest of its documents stands for them.
type completion struct {
	title string
	grade int
	count int
	part  *part
	doc   uint32
}

type suggester struct {
	x     *Index
	typed []byte
	found map[string]*completion
	noted *roaring.Bitmap // documents of the part in hand that are counted
}

// The grades of a completion.
const (
	gradeSound = iota
	gradeContains
	gradeSoundBegins
	gradeBegins
)

func (s *suggester) part(p *part, kinds []string, filters map[string][]string) error {
	m := newMatcher(p)
	s.noted = roaring.New()
	allowed, all, err := m.filtered(kinds, filters)
	if err != nil || !all && allowed == nil {
		return err
	}
	pass := func(docs *roaring.Bitmap) *roaring.Bitmap {
		if !all {
			docs = intersect(docs, allowed)
		}
		if docs != nil && p.deleted != nil {
			docs = roaring.AndNot(docs, p.deleted)
		}
		return docs
	}
	docs, err := m.all([]string{fieldGram}, gramsOf(string(s.typed)))
	if err != nil {
		return err
	}
	if docs = pass(docs); docs != nil {
		each(docs, func(d uint32) {
			title := p.cols.titles.at(d)
			if i := bytes.Index(title, s.typed); i == 0 {
				s.add(p, d, title, gradeBegins)
			} else if i > 0 {
				s.add(p, d, title, gradeContains)
			}
		})
	}
	return s.sounds(m, pass)
}

// filtered returns the documents of some kinds that pass filters, nil if none; all says that there is
// nothing to filter by.
func (m *matcher) filtered(kinds []string, filters map[string][]string) (docs *roaring.Bitmap, all bool, err error) {
	all = true
	keep := func(field string, values []string) {
		if len(values) == 0 || err != nil {
			return
		}
		var found *roaring.Bitmap
		if found, err = m.valued(field, values); all {
			docs, all = found, false
		} else {
			docs = intersect(docs, found)
		}
	}
	keep(KindField, kinds)
	for field, values := range filters {
		keep(field, values)
	}
	return docs, all, err
}

// sounds adds titles that are read as the letters typed.
func (s *suggester) sounds(m *matcher, pass func(*roaring.Bitmap) *roaring.Bitmap) error {
	typed := string(s.typed)
	if len(typed) < 2 || strings.IndexFunc(typed, func(r rune) bool { return (r < 'a' || r > 'z') && r != '\'' }) >= 0 {
		return nil
	}
	h := s.x.sounds
	if syllables, rest, ok := h.split(typed, true); ok && len(syllables) > 0 {
		var words []string
		for i := 1; i < len(syllables); i++ {
			words = append(words, h.pair(syllables[i-1], syllables[i]))
		}
		docs, err := m.sounded(h, words, syllables[len(syllables)-1], rest)
		if err != nil {
			return err
		}
		if docs = pass(docs); docs != nil {
			each(docs, func(d uint32) {
				if title := m.cols.titles.at(d); h.heard(title, syllables) == 2 {
					s.add(m.part, d, title, soundGrade(h.startsWith(title, syllables)))
				}
			})
		}
	}
	for _, units := range [][]string{strings.Split(typed, ""), h.units(typed)} {
		if len(units) < 2 {
			continue
		}
		l := h.spelled(units, 1, "")
		docs, err := m.leaf(&l)
		if err != nil {
			return err
		}
		if docs = pass(docs); docs != nil {
			each(docs, func(d uint32) {
				title := m.cols.titles.at(d)
				s.add(m.part, d, title, soundGrade(h.begins(firstRunes(title, len(units)), units)))
			})
		}
	}
	return nil
}

// firstRunes returns the first n characters of a text.
func firstRunes(text []byte, n int) []byte {
	end := 0
	for ; n > 0 && end < len(text); n-- {
		_, size := utf8.DecodeRune(text[end:])
		end += size
	}
	return text[:end]
}

func soundGrade(begins bool) int {
	if begins {
		return gradeSoundBegins
	}
	return gradeSound
}

// startsWith reports whether a folded title begins with the syllables.
func (s *sounds) startsWith(title []byte, syllables []uint16) bool {
	runes := []rune(string(title))
	if len(runes) < len(syllables) {
		return false
	}
	for i, want := range syllables {
		if s.match(runes[i], want) == 0 {
			return false
		}
	}
	return true
}

// sounded returns titles with all pairs of syllables in words and, after last, one that begins with
// rest; with a single syllable, titles where anything follows it.
func (m *matcher) sounded(h *sounds, words []string, last uint16, rest string) (*roaring.Bitmap, error) {
	docs, err := m.all([]string{fieldSound}, words)
	if err != nil || len(words) > 0 && (docs == nil || rest == "") {
		return docs, err
	}
	begun := h.names[h.loose[last]] + "'"
	more := roaring.New()
	err = m.eachTerm(fieldSound, begun, func(term string, list *roaring.Bitmap) bool {
		if rest == "" || h.couldBe(term[len(begun):], rest) {
			more.Or(list)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	if len(words) == 0 {
		return more, nil
	}
	return intersect(docs, more), nil
}

// couldBe reports whether the loose syllable stands for one that begins with letters.
func (s *sounds) couldBe(loose, letters string) bool {
	for c, name := range s.names {
		if s.names[s.loose[c]] == loose && strings.HasPrefix(name, letters) {
			return true
		}
	}
	return false
}

func (s *suggester) add(p *part, doc uint32, title []byte, grade int) {
	c, ok := s.found[string(title)]
	if !ok {
		c = &completion{title: string(title), grade: grade, part: p, doc: doc}
		s.found[c.title] = c
	}
	if s.noted.CheckedAdd(doc) { // letters are read in several ways
		c.count++
		if now, was := p.cols, c.part.cols; cmp.Or(cmp.Compare(was.updated[c.doc], now.updated[doc]), bytes.Compare(now.ids.at(doc), was.ids.at(c.doc))) < 0 {
			c.part, c.doc = p, doc
		}
	}
	c.grade = max(c.grade, grade)
}
