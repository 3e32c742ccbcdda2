package catalogue

import (
	"slices"
	"strings"
	"unicode"
)

// fold makes spellings comparable: full-width forms to ASCII, capitals to small
// letters, no white space.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case unicode.IsSpace(r):
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// foldName folds a major's name and drops what people add to it.
func foldName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("《》“”\"'", r) {
			return -1
		}
		return r
	}, fold(s))
	if t, ok := strings.CutSuffix(s, "专业"); ok && t != "" {
		s = t
	}
	return s
}

func sortedRunes(s string) string {
	r := []rune(s)
	slices.Sort(r)
	return string(r)
}

// likeness is the Dice coefficient over single characters and pairs of
// neighbouring characters, 0 to 1. It is symmetric.
func likeness(a, b string) float64 {
	if a == b {
		return 1
	}
	ga, gb := grams(a), grams(b)
	if len(ga) == 0 || len(gb) == 0 {
		return 0
	}
	common := 0
	left := make(map[string]int, len(ga))
	for _, g := range ga {
		left[g]++
	}
	for _, g := range gb {
		if left[g] > 0 {
			left[g]--
			common++
		}
	}
	return 2 * float64(common) / float64(len(ga)+len(gb))
}

// grams are the single characters and the pairs of neighbours of s.
func grams(s string) []string {
	r := []rune(s)
	out := make([]string, 0, 2*len(r))
	for i := range r {
		out = append(out, string(r[i]))
		if i+1 < len(r) {
			out = append(out, string(r[i:i+2]))
		}
	}
	return out
}

// edits is the Levenshtein distance over bytes: codes are ASCII.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
