package search

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-ego/gse"
)

// maxWord is the longest dictionary word, in characters; longer entries are left out.
const maxWord = 16

// dictionary is a set of words with the cost of each, laid out for walking forward character by
// character. One slot holds 40 bits of the hash of a word or of a beginning of one, and 24 bits of
// cost (0: only a beginning). Two words share 40 bits at the same slot once in 10^12: it is
// accepted, the price is one wrongly known word.
type dictionary struct {
	slots  []uint64
	mask   uint64
	used   int
	single uint32 // cost of a character that is no word
}

const (
	costBits  = 24
	costMask  = 1<<costBits - 1
	costUnit  = 1000 // cost = -ln(probability) * costUnit
	hashSeed  = 0x9E3779B97F4A7C15
	hashPrime = 0xFF51AFD7ED558CCD
)

// extend adds one character to the hash of a word.
func extend(h uint64, r rune) uint64 {
	h = (h ^ uint64(r)) * hashPrime
	return h ^ h>>29
}

// find returns the cost of the word with hash h (0: a beginning only) and whether it is known at all.
func (d *dictionary) find(h uint64) (cost uint32, known bool) {
	key := h &^ costMask
	for i := (h >> 17) & d.mask; ; i = (i + 1) & d.mask {
		s := d.slots[i]
		if s == 0 {
			return 0, false
		}
		if s&^uint64(costMask) == key {
			return uint32(s & costMask), true
		}
	}
}

func (d *dictionary) put(h uint64, cost uint32) {
	key := h &^ costMask
	if key == 0 {
		return // would read as an empty slot; one hash in 10^12
	}
	for i := (h >> 17) & d.mask; ; i = (i + 1) & d.mask {
		s := d.slots[i]
		if s == 0 {
			d.slots[i] = key | uint64(cost)
			d.used++
			return
		}
		if s&^uint64(costMask) == key {
			if old := uint32(s & costMask); cost != 0 && (old == 0 || cost < old) {
				d.slots[i] = key | uint64(cost)
			}
			return
		}
	}
}

// add puts a word and its beginnings. Only words of Chinese characters have a place here.
func (d *dictionary) add(word string, cost uint32) {
	n := 0
	for _, r := range word {
		if !isHan(r) || n == maxWord {
			return
		}
		n++
	}
	h := uint64(hashSeed)
	for i, r := range word {
		h = extend(h, r)
		if i+utf8.RuneLen(r) == len(word) {
			d.put(h, cost)
		} else {
			d.put(h, 0)
		}
	}
}

// newDictionary returns the general dictionary with the domain's folded words added.
func newDictionary(words []string) *dictionary {
	d := general()
	if len(words) == 0 {
		return d
	}
	own := &dictionary{slots: slices.Clone(d.slots), mask: d.mask, used: d.used, single: d.single}
	for _, w := range words {
		own.addDomain(w)
	}
	return own
}

// general reads gse's word list once (270,000 words with their inverse document frequency, counted
// on the same corpus as jieba's): reading takes 0.1 s, and a process may open several indexes. The
// list's IDF is ln(N/df); df over the sum of all df serves as the word's probability.
var general = sync.OnceValue(func() *dictionary {
	// The list fills a third of the slots; what is left takes 100,000 domain words.
	d := &dictionary{slots: make([]uint64, 1<<20), mask: 1<<20 - 1}
	var sum, rarest float64
	eachWord(gse.ZhIdf, func(_ string, idf float64) {
		sum += math.Exp(-idf)
		rarest = max(rarest, idf)
	})
	shift := math.Log(sum)
	eachWord(gse.ZhIdf, func(word string, idf float64) { d.add(word, uint32((idf+shift)*costUnit)) })
	d.single = uint32((rarest + shift + 1) * costUnit)
	return d
})

// addDomain puts a word of the domain so that it just wins over the parts it would be cut into.
func (d *dictionary) addDomain(word string) {
	if n := utf8.RuneCountInString(word); n < 2 || n > maxWord || d.used*10 > len(d.slots)*9 {
		return
	}
	c := cutter{dict: d}
	runes := []rune(word)
	d.add(word, max(1, min(c.best(runes, 0), 2*d.single)-costUnit/2))
}

// eachWord walks the lines "word idf".
func eachWord(list string, yield func(word string, idf float64)) {
	for len(list) > 0 {
		line := list
		if i := strings.IndexByte(list, '\n'); i >= 0 {
			line, list = list[:i], list[i+1:]
		} else {
			list = ""
		}
		word, num, ok := strings.Cut(line, " ")
		if !ok {
			continue
		}
		idf, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
		if err != nil {
			continue
		}
		yield(word, idf)
	}
}
