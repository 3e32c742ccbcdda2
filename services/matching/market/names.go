package market

import (
	"bytes"
	"hash/maphash"
)

// names numbers the identifiers of one kind in the order of their first mention.
// The bytes lie in one buffer and the table is open addressing, because a Go map
// of a million strings costs more than the parsing of the whole line.
type names struct {
	kind  string // 学生, 岗位, 企业: for the error sentences
	seed  maphash.Seed
	slots []uint32 // number + 1, 0 is free; the length is a power of two
	hash  []uint32
	text  []byte
	off   []int64 // name i is text[off[i]:off[i+1]]
	first []int32 // line of the first mention
	decl  []int32 // line of the declaration, 0 while there is none
	last  int32   // most edge lines repeat the student of the line before
}

func newNames(kind string) *names {
	return &names{kind: kind, seed: maphash.MakeSeed(), slots: make([]uint32, 64), off: []int64{0}, last: -1}
}

func (n *names) len() int { return len(n.first) }

func (n *names) bytes(i int32) []byte { return n.text[n.off[i]:n.off[i+1]] }

// find returns the number of id, or -1 and where it would be entered.
func (n *names) find(id []byte) (i int32, h uint32) {
	if n.last >= 0 && bytes.Equal(n.bytes(n.last), id) {
		return n.last, 0
	}
	h = uint32(maphash.Bytes(n.seed, id))
	mask := uint32(len(n.slots) - 1)
	for s := h & mask; n.slots[s] != 0; s = (s + 1) & mask {
		if i := int32(n.slots[s] - 1); n.hash[i] == h && bytes.Equal(n.bytes(i), id) {
			n.last = i
			return i, h
		}
	}
	return -1, h
}

// add enters an id that find did not know.
func (n *names) add(id []byte, h uint32, line int) int32 {
	if 4*(n.len()+1) > 3*len(n.slots) {
		n.grow()
	}
	i := int32(n.len())
	n.hash = append(n.hash, h)
	n.text = append(n.text, id...)
	n.off = append(n.off, int64(len(n.text)))
	n.first = append(n.first, int32(line))
	n.decl = append(n.decl, 0)
	n.enter(i)
	n.last = i
	return i
}

func (n *names) enter(i int32) {
	mask := uint32(len(n.slots) - 1)
	s := n.hash[i] & mask
	for n.slots[s] != 0 {
		s = (s + 1) & mask
	}
	n.slots[s] = uint32(i) + 1
}

func (n *names) grow() {
	n.slots = make([]uint32, 2*len(n.slots))
	for i := range n.hash {
		n.enter(int32(i))
	}
}

// all returns the names as strings that share one allocation.
func (n *names) all() []string {
	text := string(n.text)
	out := make([]string, n.len())
	for i := range out {
		out[i] = text[n.off[i]:n.off[i+1]]
	}
	return out
}

// undeclared returns the identifier without a declaration that is mentioned
// first, or -1.
func (n *names) undeclared() int32 {
	u := int32(-1)
	for i, d := range n.decl {
		if d == 0 && (u < 0 || n.first[i] < n.first[u]) {
			u = int32(i)
		}
	}
	return u
}
