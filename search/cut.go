package search

import (
	"strings"
	"unicode/utf8"
)

// token is one word of a folded text: bytes [start, end).
type token struct {
	start, end int
	han        bool
}

// cutter cuts folded text into words; it keeps its buffers and serves one goroutine.
type cutter struct {
	dict   *dictionary
	runes  []rune
	offs   []int    // byte offset of each rune of the run, and of its end
	cost   []uint32 // cheapest way from a rune to the end of the run
	next   []uint8  // length of the first word on that way
	path   []uint8  // lengths of the words of the run
	tokens []token
}

// best returns the cost of the cheapest cut of a run of Chinese characters and fills cost and next.
// A word of whole characters at the beginning is not allowed (0: all are).
func (c *cutter) best(run []rune, whole int) uint32 {
	n := len(run)
	if cap(c.cost) < n+1 {
		c.cost, c.next = make([]uint32, 2*n+1), make([]uint8, 2*n+1)
	}
	cost, next := c.cost[:n+1], c.next[:n+1]
	cost[n] = 0
	for i := n - 1; i >= 0; i-- {
		low, length := c.dict.single+cost[i+1], uint8(1)
		h := uint64(hashSeed)
		for j := i; j < n && j-i < maxWord; j++ {
			h = extend(h, run[j])
			w, ok := c.dict.find(h)
			if !ok {
				break
			}
			if t := w + cost[j+1]; w != 0 && t < low && (i > 0 || j+1 != whole) {
				low, length = t, uint8(j-i+1)
			}
		}
		cost[i], next[i] = low, length
	}
	return cost[0]
}

// cut returns the words of s, which must be folded. With sub it also returns, after each Chinese word
// of three characters or more, the words it is made of (叉车工: 叉车; not 车工, nor the 保安 across
// 确保安全), and the parts of latin compounds (6-18-01: 6, 18, 01). The slice is valid until the next call.
func (c *cutter) cut(s string, sub bool) []token {
	c.tokens = c.tokens[:0]
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case isHan(r):
			i = c.cutHan(s, i, sub)
		case isWordRune(r):
			i = c.cutLatin(s, i, sub)
		default:
			i += size
		}
	}
	return c.tokens
}

// longestRun bounds the characters cut at once, so that the buffers stay small on text without marks.
const longestRun = 512

func (c *cutter) cutHan(s string, from int, sub bool) int {
	c.runes, c.offs = c.runes[:0], c.offs[:0]
	i := from
	for i < len(s) && len(c.runes) < longestRun {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isHan(r) {
			break
		}
		c.runes, c.offs = append(c.runes, r), append(c.offs, i)
		i += size
	}
	c.offs = append(c.offs, i)
	c.best(c.runes, 0)
	c.path = c.path[:0]
	for p := 0; p < len(c.runes); p += int(c.next[p]) {
		c.path = append(c.path, c.next[p])
	}
	p := 0
	for _, n := range c.path {
		c.tokens = append(c.tokens, token{c.offs[p], c.offs[p+int(n)], true})
		if sub && n > 2 {
			c.parts(p, p+int(n))
		}
		p += int(n)
	}
	return i
}

// fine cuts a word into the parts it is made of, single characters included; a word without parts is
// its own.
func (c *cutter) fine(word string) []string {
	runes := []rune(word)
	if len(runes) < 3 || len(runes) > maxWord || !isHan(runes[0]) {
		return []string{word}
	}
	c.best(runes, len(runes))
	var out []string
	for p := 0; p < len(runes); p += int(c.next[p]) {
		out = append(out, string(runes[p:p+int(c.next[p])]))
	}
	return out
}

// parts appends the words of two characters or more that the word [from, to) is made of.
func (c *cutter) parts(from, to int) {
	var lens [maxWord]uint8
	n := 0
	c.best(c.runes[from:to], to-from)
	for p := 0; p < to-from; p += int(c.next[p]) {
		lens[n] = c.next[p]
		n++
	}
	for p, i := from, 0; i < n; i++ {
		l := int(lens[i])
		if l > 1 {
			c.tokens = append(c.tokens, token{c.offs[p], c.offs[p+l], true})
		}
		if l > 3 {
			c.parts(p, p+l)
		}
		p += l
	}
}

// cutLatin cuts a run of letters and digits. - . _ join when they stand between two of them, and
// + # belong to the word before them (c++, c#).
func (c *cutter) cutLatin(s string, from int, sub bool) int {
	end, parts, part := from, 0, from
	mark := len(c.tokens)
	c.tokens = append(c.tokens, token{})
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if isWordRune(r) {
			end += size
			continue
		}
		if strings.ContainsRune("-._", r) && end+1 < len(s) {
			if after, _ := utf8.DecodeRuneInString(s[end+1:]); isWordRune(after) {
				if sub {
					c.tokens = append(c.tokens, token{part, end, false})
				}
				parts++
				end++
				part = end
				continue
			}
		}
		break
	}
	if parts > 0 && sub {
		c.tokens = append(c.tokens, token{part, end, false})
	}
	for end < len(s) && (s[end] == '+' || s[end] == '#') && parts == 0 {
		end++
	}
	c.tokens[mark] = token{from, end, false}
	return end
}
