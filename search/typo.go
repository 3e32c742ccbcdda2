package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
)

// maxChecked bounds the titles compared letter by letter for one term in one part.
const maxChecked = 20_000

// alike fills tierAlike: documents that match every term as typed, by sound, or with a character
// wrong, swapped, missing or too many; at least one term not as typed. Where what was typed is made of
// proper words (打字员) they go to tierGuess: it is hardly a typing error (for 打包员).
func (r *run) alike() error {
	guessed := make([]int, len(r.terms)) // how many of a term's last leaves are guesses
	any, tier := false, tierAlike
	for i := range r.asked.terms {
		t := &r.asked.terms[i]
		if t.chip != nil || t.quoted || r.known(i) {
			continue
		}
		g := r.guesses(t)
		guessed[i] = len(g)
		r.terms[i].leaves = append(r.terms[i].leaves, g...)
		any = any || len(g) > 0
		if len(g) > 0 && proper(t) {
			tier = tierGuess
		}
	}
	if !any {
		return nil
	}
	for _, p := range r.parts {
		docs := (*roaring.Bitmap)(nil)
		for i := range r.terms {
			f := &p.terms[i]
			fits := f.any
			from := len(r.terms[i].leaves) - guessed[i]
			for j := from; j < len(r.terms[i].leaves); j++ {
				found, err := p.guess(&r.terms[i].leaves[j])
				if err != nil {
					return err
				}
				f.leaves = append(f.leaves, found)
				fits = union(fits, found)
			}
			if i == 0 {
				docs = fits
			} else {
				docs = intersect(docs, fits)
			}
		}
		if docs = p.alive(docs); docs == nil {
			continue
		}
		docs = roaring.AndNot(docs, orEmpty(p.tiers[tierExact]))
		if typed := meet(p.terms, func(f *found) *roaring.Bitmap { return f.any }); typed != nil {
			docs.AndNot(roaring.AndNot(typed, p.heard(r.terms, guessed)))
		}
		p.tiers[tier] = docs
	}
	return nil
}

// proper reports whether a term is hardly mistyped: it was cut into Chinese words of two characters or
// more, where a character typed wrong mostly leaves single ones; or it is too short to tell.
func proper(t *term) bool {
	return utf8.RuneCountInString(t.text) < 3 ||
		!slices.ContainsFunc(t.words, func(w string) bool { return single(w) || !isHanWord(w) })
}

// known reports that titles, names or tags have term i often enough for its spelling to be right.
func (r *run) known(i int) bool {
	n := 0
	for _, p := range r.parts {
		n += size(p.terms[i].strong)
	}
	return n >= enoughExact
}

// heard returns the documents that some guess matches.
func (p *partRun) heard(terms []ways, guessed []int) *roaring.Bitmap {
	var docs *roaring.Bitmap
	for i := range terms {
		for j := len(terms[i].leaves) - guessed[i]; j < len(terms[i].leaves); j++ {
			docs = union(docs, p.terms[i].leaves[j])
		}
	}
	return orEmpty(docs)
}

func orEmpty(b *roaring.Bitmap) *roaring.Bitmap {
	if b == nil {
		return roaring.New()
	}
	return b
}

// guesses lists the ways in which t may have been meant.
func (r *run) guesses(t *term) []leaf {
	var out []leaf
	said := "「" + t.text + "」"
	chars := []rune(t.text)
	if s := r.x.sounds.reading(chars); len(s) > 1 {
		out = append(out, r.x.sounds.leaf(s, 2, r.w.sound, "标题读音同"+said))
		if len(s) > 2 {
			out = append(out, r.x.sounds.leaf(s, 1, r.w.mixed, "标题读音近"+said))
		}
	}
	latin := strings.IndexFunc(t.text, isHan) < 0
	if len(chars) >= 3 && !latin || len(chars) >= 5 {
		words := strings.Split(t.text, "")
		out = append(out,
			leaf{fields: []string{fieldGram}, words: words, weight: r.w.gap, normed: true,
				label: "标题与" + said + "只差缺字或次序", check: alikeCheck(chars, 3)},
			leaf{fields: []string{fieldGram}, words: words, weight: r.w.alike, normed: true,
				label: "标题与" + said + "只差一两个字", check: alikeCheck(chars, 1)})
	}
	if latin && len(chars) >= 5 {
		out = append(out, leaf{fields: []string{fieldTitle, fieldTags, fieldCompany, fieldText}, words: []string{t.text}, weight: r.w.alike,
			label: "有与" + said + "差一个字母的词", oneEdit: true})
	}
	for _, s := range r.x.sounds.fixes(t.text) {
		out = append(out, r.x.sounds.leaf(s, 2, r.w.alike, "标题读音近似"+said))
	}
	return out
}

// leaf matches titles in which the syllables stand, one character each, heard with a least grade: 2
// exactly, 1 with mixed-up sounds.
func (s *sounds) leaf(syllables []uint16, grade int, weight float32, label string) leaf {
	l := leaf{fields: []string{fieldSound}, weight: weight, normed: true, label: label}
	for i := 1; i < len(syllables); i++ {
		l.words = append(l.words, s.pair(syllables[i-1], syllables[i]))
	}
	l.check = func(title []byte) bool { return s.heard(title, syllables) >= grade }
	return l
}

// reading returns the syllables of Chinese characters, nil if one of them is not Chinese.
func (s *sounds) reading(chars []rune) []uint16 {
	out := make([]uint16, len(chars))
	for i, c := range chars {
		if out[i] = s.of(c); out[i] == 0 {
			return nil
		}
	}
	return out
}

// maxFixes bounds the corrected readings that are tried for mistyped letters.
const maxFixes = 40

// fixes lists the syllables that long letters could be meant for with one letter wrong, missing, too
// many, or two swapped.
func (s *sounds) fixes(letters string) [][]uint16 {
	if len(letters) < 7 || len(letters) > 30 || strings.IndexFunc(letters, func(c rune) bool { return c < 'a' || c > 'z' }) >= 0 {
		return nil
	}
	var out [][]uint16
	try := func(w string) {
		if syllables, _, ok := s.split(w, false); ok && len(syllables) > 1 && len(out) < maxFixes {
			if !slices.ContainsFunc(out, func(o []uint16) bool { return slices.Equal(o, syllables) }) {
				out = append(out, syllables)
			}
		}
	}
	for i := 0; i <= len(letters); i++ {
		if i < len(letters) {
			try(letters[:i] + letters[i+1:])
		}
		if i+1 < len(letters) {
			try(letters[:i] + letters[i+1:i+2] + letters[i:i+1] + letters[i+2:])
		}
		for c := 'a'; c <= 'z'; c++ {
			try(letters[:i] + string(c) + letters[i:])
			if i < len(letters) {
				try(letters[:i] + string(c) + letters[i+1:])
			}
		}
	}
	return out
}

// guess evaluates a guessed leaf. Readings are looked up like any leaf; likeness takes the titles that
// share enough characters and compares them.
func (p *partRun) guess(l *leaf) (*roaring.Bitmap, error) {
	switch {
	case l.fields[0] == fieldSound:
		return p.leaf(l)
	case l.oneEdit:
		return p.oneEdit(l)
	}
	lists := make([]*roaring.Bitmap, len(l.words))
	for i, w := range l.words {
		var err error
		if lists[i], err = p.word(fieldGram, w); err != nil {
			return nil, err
		}
	}
	out := roaring.New()
	checked := 0
	p.inMost(lists, len(lists)-edits(len(lists))).Iterate(func(d uint32) bool {
		if l.check(p.cols.titles.at(d)) {
			out.Add(d)
		}
		checked++
		return checked < maxChecked
	})
	return out, nil
}

// inMost returns the documents that at least need of the lists have.
func (p *part) inMost(lists []*roaring.Bitmap, need int) *roaring.Bitmap {
	lists = slices.Clone(lists)
	slices.SortFunc(lists, func(a, b *roaring.Bitmap) int { return size(a) - size(b) })
	// What need of n lists have is in at least one of any n-need+1: only the shortest make candidates.
	var some *roaring.Bitmap
	for _, l := range lists[:len(lists)-need+1] {
		some = union(some, l)
	}
	out := roaring.New()
	if some == nil {
		return out
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.fit(p.cols.n)
	for _, l := range lists {
		if l != nil {
			each(roaring.And(l, some), func(d uint32) { s.sum[d]++ })
		}
	}
	each(some, func(d uint32) {
		if int(s.sum[d]) >= need {
			out.Add(d)
		}
		s.sum[d] = 0
	})
	return out
}

// oneEdit returns the documents with a latin word one letter away from the leaf's, in any of its fields.
func (p *partRun) oneEdit(l *leaf) (*roaring.Bitmap, error) {
	docs := roaring.New()
	typed := l.words[0]
	for _, name := range l.fields {
		err := p.termsBetween(name, []byte("0"), []byte{utf8.RuneSelf}, func(t string) bool { return oneApart(typed, t) },
			func(_ string, list *roaring.Bitmap) bool { docs.Or(list); return true })
		if err != nil {
			return nil, err
		}
	}
	return docs, nil
}

// oneApart reports whether two words differ by one letter wrong, missing or too many, or two swapped.
func oneApart(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return false // the same
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// edits is how many characters of n may be wrong.
func edits(n int) int {
	if n >= 8 {
		return 2
	}
	return 1
}

// alikeCheck returns a check whether chars stand somewhere in a title with at most edits missing,
// swapped, wrong or too many (Sellers' approximate search with transpositions). Those wrong or too many
// cost as told: more than is allowed where all that was typed must be in the title.
func alikeCheck(chars []rune, wrong int) func(title []byte) bool {
	limit := edits(len(chars))
	n := len(chars)
	rows := [3][]int{make([]int, n+1), make([]int, n+1), make([]int, n+1)}
	return func(title []byte) bool {
		older, old, now := rows[0], rows[1], rows[2]
		for i := range old {
			old[i] = i * wrong
		}
		var before rune
		for at := 0; at < len(title); {
			c, width := utf8.DecodeRune(title[at:])
			at += width
			now[0] = 0
			for i := 1; i <= n; i++ {
				cost := wrong
				if chars[i-1] == c {
					cost = 0
				}
				now[i] = min(old[i]+1, now[i-1]+wrong, old[i-1]+cost)
				if i > 1 && before != 0 && chars[i-1] == before && chars[i-2] == c {
					now[i] = min(now[i], older[i-2]+1)
				}
			}
			if now[n] <= limit {
				return true
			}
			before = c
			older, old, now = old, now, older
		}
		return false
	}
}
