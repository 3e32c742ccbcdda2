package search

import (
	"unicode"
	"unicode/utf8"
)

// foldRune brings the written forms of one character together: full width to half, capitals to small,
// traditional to simplified. It maps one rune to one rune, so that positions in folded text are
// positions in the text as written.
func foldRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	case 0xFF01 <= r && r <= 0xFF5E:
		return foldRune(r - 0xFEE0)
	case r == 0x3000 || r == 0x00A0:
		return ' '
	case isHan(r):
		return simplify(r)
	}
	return unicode.ToLower(r)
}

// fold folds every character of s; invalid bytes become U+FFFD.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || ('A' <= c && c <= 'Z') {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	table := simplified()
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if 0x4E00 <= r && r <= 0x9FFF {
			if simple := table[r-0x4E00]; simple != 0 {
				r = rune(simple)
			}
		} else {
			r = foldRune(r)
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// isHan reports whether r is a Chinese character.
func isHan(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || 0x3400 <= r && r <= 0x4DBF || r == 0x3007 ||
		0xF900 <= r && r <= 0xFAFF || 0x20000 <= r && r <= 0x323AF
}

// isWordRune reports whether r, folded, is part of a latin word or number.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	}
	return !isHan(r) && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
