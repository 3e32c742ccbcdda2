package sheets

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean is the one normal form of a cell's text, applied on the way in and on the
// way out, so that an export read back gives the same data: no control characters
// but tab and newline, line ends as \n, no space around.
func Clean(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7F {
			plain = false
			break
		}
	}
	if plain {
		return strings.Trim(s, " ")
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n', r == '\t':
			return r
		case r < ' ', r >= 0x7F && r < 0xA0, r == 0xFEFF, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
	return strings.TrimFunc(s, unicode.IsSpace)
}

// live reports whether a spreadsheet may run a text beginning with r as a formula:
// the ASCII signs and their full-width forms, tab and carriage return (OWASP).
func live(r rune) bool { return strings.ContainsRune("=+-@\t\r＝＋－＠", r) }

// guarded reports whether s is a live text behind any number of apostrophes.
func guarded(s string) bool {
	s = strings.TrimLeft(s, "'")
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && live(r)
}

// neutral puts an apostrophe before a text that a spreadsheet would run, and before
// one that already looks so guarded, so that reveal gives back exactly the text.
func neutral(s string) string {
	if guarded(s) {
		return "'" + s
	}
	return s
}

// reveal undoes neutral.
func reveal(s string) string {
	if strings.HasPrefix(s, "'") && guarded(s) {
		return s[1:]
	}
	return s
}
