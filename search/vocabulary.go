package search

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
)

// vocabulary holds the terms of one field with their documents while a segment is built.
type vocabulary struct {
	slots   []uint64 // half of a term's hash, and its number plus one; 0 is free
	terms   []postings
	letters []byte // of all terms
}

// postings are a term's documents: differences from one to the next, after the first.
type postings struct {
	from, size         uint32 // in letters
	first, last, count uint32
	more               []byte
}

var hashing = maphash.MakeSeed()

// half of a slot holds a number, the other half a hash.
const half = math.MaxUint32

// add notes that document doc has a term. Documents come in order.
func (v *vocabulary) add(term string, doc uint32) {
	if 2*len(v.terms) >= len(v.slots) {
		v.grow()
	}
	h := maphash.String(hashing, term)
	i, n := v.find(term, h)
	if n < 0 {
		v.slots[i] = h&^half | uint64(len(v.terms)+1)
		v.terms = append(v.terms, postings{from: uint32(len(v.letters)), size: uint32(len(term)), first: doc, last: doc, count: 1})
		v.letters = append(v.letters, term...)
		return
	}
	if p := &v.terms[n]; p.last != doc {
		p.more = binary.AppendUvarint(p.more, uint64(doc-p.last))
		p.last = doc
		p.count++
	}
}

// find returns the slot of a term and its number, -1 if it is new.
func (v *vocabulary) find(term string, h uint64) (slot, number int) {
	mask := len(v.slots) - 1
	for i := int(h) & mask; ; i = (i + 1) & mask {
		s := v.slots[i]
		if s == 0 {
			return i, -1
		}
		if n := int(s&half) - 1; s&^half == h&^half && string(v.term(uint32(n))) == term {
			return i, n
		}
	}
}

func (v *vocabulary) has(term string) bool {
	if len(v.slots) == 0 {
		return false
	}
	_, n := v.find(term, maphash.String(hashing, term))
	return n >= 0
}

// grow makes room for twice as many terms.
func (v *vocabulary) grow() {
	slots := make([]uint64, max(64, 2*len(v.slots)))
	mask := len(slots) - 1
	for n := range v.terms {
		h := maphash.Bytes(hashing, v.term(uint32(n)))
		i := int(h) & mask
		for slots[i] != 0 {
			i = (i + 1) & mask
		}
		slots[i] = h&^half | uint64(n+1)
	}
	v.slots = slots
}

func (v *vocabulary) term(n uint32) []byte {
	p := &v.terms[n]
	return v.letters[p.from : p.from+p.size]
}

// sorted returns the numbers of the terms in the order of their letters.
func (v *vocabulary) sorted() []uint32 {
	order := make([]uint32, len(v.terms))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return bytes.Compare(v.term(a), v.term(b)) })
	return order
}

// decode appends the documents to list.
func (p *postings) decode(list []uint32) []uint32 {
	doc := p.first
	list = append(list, doc)
	for rest := p.more; len(rest) > 0; {
		step, n := binary.Uvarint(rest)
		doc, rest = doc+uint32(step), rest[n:]
		list = append(list, doc)
	}
	return list
}
