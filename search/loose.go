package search

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
)

// loosen fills tierLoose: documents with the weightier part of the words, facts among them counting
// little. With desperate, when nothing else was found, any word will do, then half the characters, and
// at last any place in a text where the letters stand.
func (r *run) loosen(desperate bool) error {
	var units []term
	words := 0
	for _, t := range r.asked.terms {
		if t.quoted {
			return nil // what is quoted must stand there
		}
		if t.chip != nil {
			units = append(units, t)
			continue
		}
		parts := t.words
		if t.fine != nil {
			parts = t.fine
		}
		for _, w := range parts {
			if utf8.RuneCountInString(w) > 1 || !isHanWord(w) {
				units = append(units, term{text: w, words: []string{w}})
				words++
			}
		}
	}
	if whole := len(units) == 1 && units[0].text == r.asked.terms[0].text; len(units) > 0 && !whole {
		if err := r.byUnits(units, words, 0.5); err != nil {
			return err
		}
		if desperate && r.total(tierLoose) == 0 {
			r.heavier(units, words, 0.01)
		}
	}
	if desperate && r.total(tierLoose) == 0 {
		if err := r.fragments(); err != nil {
			return err
		}
	}
	if desperate && r.total(tierLoose) == 0 {
		return r.byCharacters()
	}
	return nil
}

func isHanWord(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return isHan(r)
}

// byUnits admits documents whose words weigh at least a share of what was asked, by rarity; where all
// that was asked are facts, documents with any of them.
func (r *run) byUnits(units []term, words int, share float32) error {
	r.loose = nil
	for i := range units {
		whole := slices.DeleteFunc(r.x.lexicon.leaves(&units[i], &r.w, r.x.sounds), func(l leaf) bool {
			return l.fields != nil && (l.fields[0] == fieldGram || l.fields[0] == fieldNames) // 叉车工 is not half of 数控车工
		})
		r.loose = append(r.loose, ways{leaves: whole})
	}
	for _, p := range r.parts {
		var err error
		if p.loose, err = p.find(r.loose); err != nil {
			return err
		}
	}
	r.rarity(r.loose, func(p *partRun) []found { return p.loose })
	r.heavier(units, words, share)
	return nil
}

// heavier sets tierLoose to the documents that match a share of the units.
func (r *run) heavier(units []term, words int, share float32) {
	counts := make([]bool, len(units))
	var all float32
	for i := range units {
		if counts[i] = units[i].chip == nil || words == 0; counts[i] {
			all += r.loose[i].idf
		}
	}
	for _, p := range r.parts {
		p.tiers[tierLoose] = r.heavy(p, counts, all*share)
	}
}

// heavy returns the documents outside the better tiers that match counting units of a total weight.
func (r *run) heavy(p *partRun, counts []bool, weight float32) *roaring.Bitmap {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.fit(p.cols.n)
	var any *roaring.Bitmap
	for i := range r.loose {
		if docs := p.loose[i].any; docs != nil && counts[i] {
			any = union(any, docs)
			each(docs, func(d uint32) { s.sum[d] += r.loose[i].idf })
		}
	}
	docs := roaring.New()
	each(orEmpty(any), func(d uint32) {
		if s.sum[d] > 0 && s.sum[d] >= weight {
			docs.Add(d)
		}
		s.sum[d] = 0
	})
	for _, t := range p.tiers[tierText:] {
		if t != nil {
			docs.AndNot(t)
		}
	}
	return p.alive(docs)
}

// byCharacters admits documents with all of the characters asked for in title or text, and titles with
// at least half of them: the rarer the better.
func (r *run) byCharacters() error {
	r.loose = nil
	seen := map[rune]bool{}
	for _, t := range r.asked.terms {
		for _, c := range t.text {
			if !seen[c] && isHan(c) && t.chip == nil {
				seen[c] = true
				r.loose = append(r.loose, ways{leaves: []leaf{
					{fields: []string{fieldGram}, words: []string{string(c)}, weight: 3, normed: true, label: "标题有「" + string(c) + "」字"},
					{weight: 1, label: "正文有「" + string(c) + "」字"}}})
			}
		}
	}
	if len(r.loose) == 0 {
		return nil
	}
	for _, p := range r.parts {
		var err error
		if p.loose, err = p.find(r.loose); err != nil {
			return err
		}
		lists := make([]*roaring.Bitmap, len(p.loose))
		for i := range p.loose {
			lists[i] = p.loose[i].any
		}
		docs := p.inMost(lists, (len(lists)+1)/2)
		if err := p.characters(r.loose); err != nil {
			return err
		}
		all := meet(p.loose, func(f *found) *roaring.Bitmap { return f.any })
		p.tiers[tierLoose] = p.alive(union(docs, all))
	}
	r.rarity(r.loose, func(p *partRun) []found { return p.loose })
	return nil
}

// characters sets the second leaf of each unit, a single character, to the documents with a word of
// the text that has it.
func (p *partRun) characters(units []ways) error {
	sets := make([]*roaring.Bitmap, len(units))
	has := func(term string) bool {
		return slices.ContainsFunc(units, func(u ways) bool { return strings.Contains(term, u.leaves[0].words[0]) })
	}
	err := p.termsBetween(fieldText, nil, nil, has, func(term string, docs *roaring.Bitmap) bool {
		for i := range units {
			if strings.Contains(term, units[i].leaves[0].words[0]) {
				if sets[i] == nil {
					sets[i] = roaring.New()
				}
				sets[i].Or(docs)
			}
		}
		return true
	})
	for i, docs := range sets {
		p.loose[i].leaves[1] = docs
		p.loose[i].any = union(p.loose[i].any, docs)
	}
	return err
}

// fragments looks for a short piece of text that is no word (half a word, two halves) in the words of
// the texts, and proves it on the texts.
func (r *run) fragments() error {
	var pieces []string
	for _, t := range r.asked.terms {
		if n := utf8.RuneCountInString(t.text); t.chip == nil && n <= 4 {
			pieces = append(pieces, t.text)
		}
	}
	if len(pieces) == 0 || len(pieces) != len(r.asked.terms) {
		return nil
	}
	r.loose = nil
	for _, piece := range pieces {
		r.loose = append(r.loose, ways{idf: 1, leaves: []leaf{{weight: 1, label: "正文有「" + piece + "」"}}})
	}
	for _, p := range r.parts {
		p.loose = nil
		for _, piece := range pieces {
			docs, err := p.fragment(piece)
			if err != nil {
				return err
			}
			p.loose = append(p.loose, found{leaves: []*roaring.Bitmap{docs}, strong: docs, any: docs})
		}
		p.tiers[tierLoose] = p.alive(meet(p.loose, func(f *found) *roaring.Bitmap { return f.any }))
	}
	return nil
}

// fragment returns the documents whose text contains piece: within one word, or across two.
func (p *partRun) fragment(piece string) (*roaring.Bitmap, error) {
	within := roaring.New()
	ends, starts := map[int]*roaring.Bitmap{}, map[int]*roaring.Bitmap{}
	touches := func(term string) bool {
		for cut := range piece {
			if strings.HasPrefix(term, piece[cut:]) || cut > 0 && strings.HasSuffix(term, piece[:cut]) {
				return true
			}
		}
		return strings.Contains(term, piece)
	}
	err := p.termsBetween(fieldText, nil, nil, touches, func(term string, docs *roaring.Bitmap) bool {
		if strings.Contains(term, piece) {
			within.Or(docs)
			return true
		}
		for cut := range piece {
			if cut == 0 {
				continue
			}
			if strings.HasSuffix(term, piece[:cut]) {
				ends[cut] = roaring.Or(orEmpty(ends[cut]), docs)
			}
			if strings.HasPrefix(term, piece[cut:]) {
				starts[cut] = roaring.Or(orEmpty(starts[cut]), docs)
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for cut, docs := range ends {
		if both := intersect(docs, starts[cut]); both != nil {
			proved, err := p.containing(both, piece)
			if err != nil {
				return nil, err
			}
			within.Or(orEmpty(proved))
		}
	}
	return within, nil
}

// containing returns those of docs whose text contains a folded phrase literally.
func (p *part) containing(docs *roaring.Bitmap, phrase string) (*roaring.Bitmap, error) {
	if docs == nil {
		return nil, nil
	}
	out := roaring.New()
	literal := []byte(phrase)
	var failed error
	docs.Iterate(func(d uint32) bool {
		failed = p.seg.VisitStoredFields(uint64(d), func(name string, _ byte, text []byte, _ []uint64) bool {
			if name != fieldBody {
				return true
			}
			if bytes.Contains(text, literal) || strings.Contains(fold(string(text)), phrase) {
				out.Add(d)
			}
			return false
		})
		return failed == nil
	})
	return out, failed
}

// nearestCount is how many alternatives are shown when nothing is found.
const nearestCount = 3

// nearest fills Result.Nearest: first what matches without pay, distance and the filters that may be
// loosened, then without the places, pay and so on in the words, then the newest.
func (r *run) nearest(ctx context.Context) error {
	base := Query{Text: r.q.Text, Kinds: r.q.Kinds, Filters: maps.Clone(r.q.Filters), Literal: r.q.Literal, Limit: nearestCount,
		Explain: r.q.Explain, Plain: r.q.Plain}
	for _, field := range r.q.Loosen {
		delete(base.Filters, field)
	}
	if slices.Contains(r.q.Loosen, KindField) {
		base.Kinds = nil
	}
	if r.q.Near != nil {
		base.Near = &Near{Point: r.q.Near.Point}
	}
	var plain []string
	for _, t := range r.asked.terms {
		if t.chip == nil {
			plain = append(plain, t.text)
		}
	}
	noChips := base
	noChips.Text = strings.Join(plain, " ")
	newest := base
	newest.Text = ""
	seen := map[string]bool{}
	for _, q := range []Query{base, noChips, newest} {
		alt, err := r.x.run(ctx, r.view, &q)
		if err != nil {
			return err
		}
		for _, h := range alt.res.Hits {
			if !seen[h.ID] && len(r.res.Nearest) < nearestCount {
				seen[h.ID] = true
				r.res.Nearest = append(r.res.Nearest, h)
			}
		}
	}
	return nil
}
