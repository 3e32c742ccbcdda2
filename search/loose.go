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

// unit is a piece of what was asked, where not all of it is required.
type unit struct {
	term   term
	of     int  // number of the term asked that this is a part of
	whole  int  // one more than the number of the term asked that this is, 0 for a part of one
	counts bool // towards the weight that a document must have
}

// units cuts what was asked into pieces: the words that terms are made of, and beside them the terms
// themselves, so that a document with all of a term stands before one with its parts. Facts count only
// where nothing else was asked. ok is false if there are no smaller pieces.
func (q *question) units() (units []unit, ok bool) {
	words := 0
	for i, t := range q.terms {
		if t.chip != nil {
			continue
		}
		parts := t.words
		if t.fine != nil {
			parts = t.fine
		}
		for _, w := range parts {
			if utf8.RuneCountInString(w) > 1 || !isHanWord(w) {
				units = append(units, unit{term: term{text: w, words: []string{w}}, of: i, counts: true})
				words++
			}
		}
		if len(parts) > 1 {
			units = append(units, unit{term: t, whole: i + 1})
		}
	}
	for i, t := range q.terms {
		if t.chip != nil {
			units = append(units, unit{term: t, whole: i + 1, counts: words == 0})
		}
	}
	return units, words > 0 && !(len(units) == 1 && units[0].term.text == q.terms[0].text) || words == 0 && len(units) > 1
}

// loosen fills tierLoose: documents with the weightier part of the words, facts among them counting
// little. With desperate, when nothing else was found, any word will do, then any place in a text where
// the letters stand, at last half the characters.
func (r *run) loosen(desperate bool) error {
	if slices.ContainsFunc(r.asked.terms, func(t term) bool { return t.quoted }) {
		return nil // what is quoted must stand there
	}
	if units, ok := r.asked.units(); ok {
		if err := r.byUnits(units, 0.5); err != nil {
			return err
		}
		if desperate && r.total(tierLoose) == 0 {
			r.heavier(units, 0.01)
		}
	}
	if desperate && r.total(tierLoose) == 0 {
		if err := r.fragments(); err != nil || r.total(tierLoose) > 0 {
			return err
		}
	}
	if desperate && r.titled() < enoughExact {
		return r.byCharacters()
	}
	return nil
}

// titled counts the documents of tierLoose that have one of the words outside their text.
func (r *run) titled() (n int) {
	for _, p := range r.parts {
		var strong *roaring.Bitmap
		for i := range p.loose {
			strong = union(strong, p.loose[i].strong)
		}
		n += size(intersect(p.tiers[tierLoose], strong))
	}
	return n
}

func isHanWord(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return isHan(r)
}

// byUnits admits documents whose words weigh at least a share of what was asked, by rarity.
func (r *run) byUnits(units []unit, share float32) error {
	r.loose = nil
	for _, u := range units {
		if u.whole > 0 {
			r.loose = append(r.loose, r.terms[u.whole-1])
			continue
		}
		whole := slices.DeleteFunc(r.x.lexicon.leaves(&u.term, &r.w, r.x.sounds), func(l leaf) bool {
			return l.fields != nil && (l.fields[0] == fieldGram || l.fields[0] == fieldNames) // 叉车工 is not half of 数控车工
		})
		r.loose = append(r.loose, ways{leaves: whole})
	}
	for _, p := range r.parts {
		p.loose = make([]found, 0, len(units))
		for i, u := range units {
			if u.whole > 0 {
				p.loose = append(p.loose, p.terms[u.whole-1])
				continue
			}
			sets, err := p.find(r.loose[i : i+1])
			if err != nil {
				return err
			}
			p.loose = append(p.loose, sets[0])
		}
	}
	r.rarity(r.loose, func(p *partRun) []found { return p.loose })
	r.heavier(units, share)
	return nil
}

// heavier sets tierLoose to the documents outside the better tiers that match counting units of a share
// of their weight, or a whole term of which that is true.
func (r *run) heavier(units []unit, share float32) {
	var all float32
	weight := make([]float32, len(r.terms)) // of the parts of each term
	for i, u := range units {
		if u.counts {
			all += r.loose[i].idf
		}
		if u.whole == 0 {
			weight[u.of] += r.loose[i].idf
		}
	}
	enough := make([]bool, len(units)) // whole terms that are
	for i, u := range units {
		enough[i] = u.whole > 0 && !u.counts && u.term.chip == nil && weight[u.whole-1] >= all*share
	}
	for _, p := range r.parts {
		docs := r.heavy(p, units, all*share)
		for i := range units {
			if enough[i] {
				docs = union(docs, p.loose[i].strong)
			}
		}
		for _, t := range p.tiers[tierText:] {
			if t != nil {
				docs = roaring.AndNot(docs, t)
			}
		}
		p.tiers[tierLoose] = p.alive(docs)
	}
}

// heavy returns the documents that match counting units of a total weight.
func (r *run) heavy(p *partRun, units []unit, weight float32) *roaring.Bitmap {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.fit(p.cols.n)
	var any *roaring.Bitmap
	for i := range units {
		if docs := p.loose[i].any; docs != nil && units[i].counts {
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
	return docs
}

// light are characters of doing that say little of what is looked for: 药 counts in 卖药.
const light = "打做卖开弄搞拉写剪种养喂送带给照看装抓喷刷洗切当学干跑接收修管"

// byCharacters admits, beside what words found, documents with all of the characters asked for in title
// or text, and titles with at least half of them: the rarer the better.
func (r *run) byCharacters() error {
	from := len(r.loose)
	seen := map[rune]bool{}
	for _, t := range r.asked.terms {
		for _, c := range t.text {
			if !seen[c] && isHan(c) && t.chip == nil {
				seen[c] = true
				weight := float32(1)
				if strings.ContainsRune(light, c) {
					weight = 0.3
				}
				r.loose = append(r.loose, ways{leaves: []leaf{
					{fields: []string{fieldGram}, words: []string{string(c)}, weight: 3 * weight, normed: true, label: "标题有「" + string(c) + "」字"},
					{weight: weight, label: "正文有「" + string(c) + "」字"}}})
			}
		}
	}
	chars := r.loose[from:]
	if len(chars) == 0 {
		return nil
	}
	for _, p := range r.parts {
		sets, err := p.find(chars)
		if err != nil {
			return err
		}
		lists := make([]*roaring.Bitmap, len(sets))
		for i := range sets {
			lists[i] = sets[i].any
		}
		docs := p.inMost(lists, (len(lists)+1)/2)
		if err := p.characters(chars, sets); err != nil {
			return err
		}
		docs = union(docs, meet(sets, func(f *found) *roaring.Bitmap { return f.any }))
		p.tiers[tierLoose] = union(p.tiers[tierLoose], p.alive(docs))
		p.loose = append(p.loose[:from:from], sets...)
	}
	r.rarity(r.loose, func(p *partRun) []found { return p.loose })
	return nil
}

// characters sets the second leaf of each unit, a single character, to the documents with a word of
// the text that has it.
func (p *partRun) characters(units []ways, found []found) error {
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
		found[i].leaves[1] = docs
		found[i].any = union(found[i].any, docs)
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
