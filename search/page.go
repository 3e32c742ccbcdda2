package search

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A cursor names the last hit of a page by what it was sorted by: the next page begins after it even
// when documents came or went in between.

// place is the sort position of a hit.
type place struct {
	group   byte
	key     float64
	updated int64
	id      []byte
}

func (r *run) cursor(c candidate) string {
	cols := r.parts[c.part].cols
	b := binary.BigEndian.AppendUint64([]byte{byte(c.group)}, math.Float64bits(c.key))
	b = binary.BigEndian.AppendUint64(b, uint64(cols.updated[c.doc]))
	return base64.RawURLEncoding.EncodeToString(append(b, cols.ids.at(c.doc)...))
}

// readCursor reads Query.After; what is no cursor is ignored.
func readCursor(s string) (place, bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 18 {
		return place{}, false
	}
	return place{b[0], math.Float64frombits(binary.BigEndian.Uint64(b[1:])), int64(binary.BigEndian.Uint64(b[9:])), b[17:]}, true
}

// follows reports whether c stands after a place.
func (r *run) follows(c candidate, at place) bool {
	if c.group != int(at.group) {
		return c.group < int(at.group)
	}
	if c.key != at.key {
		return c.key < at.key
	}
	cols := r.parts[c.part].cols
	if u := cols.updated[c.doc]; u != at.updated {
		return u < at.updated
	}
	return bytes.Compare(cols.ids.at(c.doc), at.id) > 0
}

// snippetChars is the length of a snippet.
const snippetChars = 80

// hit makes a candidate readable.
func (r *run) hit(c candidate) (Hit, error) {
	p := r.parts[c.part]
	rec, err := readRecord(p.seg, c.doc, !r.q.Plain)
	if err != nil {
		return Hit{}, err
	}
	h := Hit{ID: string(p.cols.ids.at(c.doc)), Kind: rec.kind, Title: rec.title, Company: rec.company,
		Pay: int(rec.pay), Updated: rec.updated, Distance: p.distance(c.doc, r.q.Near)}
	if r.order() == SortFit {
		h.Score = c.key
	}
	if !r.q.Plain {
		if r.marked == nil {
			r.marked = r.marks()
		}
		h.TitleSpans = spans(fold(rec.title), r.marked)
		h.Snippet, h.SnippetSpans = snippet(rec.body, r.marked)
	}
	if r.q.Explain {
		h.Why = r.why(p, c)
	}
	return h, nil
}

// marks lists the folded words to be marked in hits.
func (r *run) marks() []string {
	var out []string
	for i := range r.asked.terms {
		t := &r.asked.terms[i]
		if t.quoted {
			out = append(out, t.text)
			continue
		}
		out = append(out, t.text)
		out = append(append(out, t.words...), t.fine...)
		for _, v := range r.x.lexicon.variants(t) {
			out = append(out, v.phrase)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// spans finds the marks in folded text, as character positions, neighbouring and overlapping ones
// joined.
func spans(text string, marks []string) []Span {
	hit := make([]bool, utf8.RuneCountInString(text))
	any := false
	for _, m := range marks {
		if m == "" {
			continue
		}
		length := utf8.RuneCountInString(m)
		for from, at := 0, 0; ; {
			i := strings.Index(text[from:], m)
			if i < 0 {
				break
			}
			at += utf8.RuneCountInString(text[from : from+i])
			from += i
			if whole(text, from, from+len(m)) {
				for k := at; k < at+length; k++ {
					hit[k] = true
				}
				any = true
			}
			_, size := utf8.DecodeRuneInString(text[from:])
			from, at = from+size, at+1
		}
	}
	if !any {
		return nil
	}
	var out []Span
	for i := 0; i < len(hit); i++ {
		if !hit[i] {
			continue
		}
		j := i
		for j < len(hit) && hit[j] {
			j++
		}
		out = append(out, Span{i, j})
		i = j
	}
	return out
}

// whole reports whether text[from:to] does not cut into a longer latin word or number: plc is not
// marked inside plcs, 3 not inside 13.
func whole(text string, from, to int) bool {
	first, _ := utf8.DecodeRuneInString(text[from:])
	last, _ := utf8.DecodeLastRuneInString(text[:to])
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	next, _ := utf8.DecodeRuneInString(text[to:])
	return !(isWordRune(first) && from > 0 && isWordRune(before)) && !(isWordRune(last) && to < len(text) && isWordRune(next))
}

// snippet cuts the part of a text around its first match, beginning at a sentence where one is near.
func snippet(text string, marks []string) (string, []Span) {
	folded := fold(text)
	found := spans(folded, marks)
	runes := []rune(text)
	from := 0
	if len(found) > 0 {
		from = max(0, found[0].Start-snippetChars/4)
		for i := found[0].Start - 1; i >= from; i-- {
			if strings.ContainsRune("。；;！!\n", runes[i]) {
				from = i + 1
				break
			}
		}
	}
	to := min(len(runes), from+snippetChars)
	var in []Span
	for _, s := range found {
		if s.Start >= from && s.End <= to {
			in = append(in, Span{s.Start - from, s.End - from})
		}
	}
	return string(runes[from:to]), in
}

// why names, for each term, the field that counted most.
func (r *run) why(p *partRun, c candidate) []string {
	terms, sets := r.terms, p.terms
	if c.tier == tierLoose {
		terms, sets = r.loose, p.loose
	}
	var out []string
	for i := range terms {
		label, top := "", float32(-1)
		for j, docs := range sets[i].leaves {
			if l := &terms[i].leaves[j]; docs != nil && l.weight > top && docs.Contains(c.doc) {
				label, top = l.label, l.weight
			}
		}
		if label != "" {
			out = append(out, label)
		}
	}
	return out
}
