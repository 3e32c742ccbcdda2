package search

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read of a query.
const (
	maxQuery = 120 // characters
	maxTerms = 10  // required terms; further ones are not read
)

// term is a part of the query that must match.
type term struct {
	text   string   // folded, as typed
	words  []string // its words, noise left out
	fine   []string // the parts they are made of, nil if the same
	quoted bool     // must stand there literally
	chip   *Chip    // read as a fact: the key is enough, the words are enough too
	around string   // what it was cut from without a blank: 荣昌 and 宏泰机械 out of 荣昌宏泰机械, perhaps a name; 专员 out of 招聘专员
}

// question is a query's text as it was read.
type question struct {
	terms []term
	chips []Chip
}

// parse reads the text of a query. literal lists keys of chips that are to be read as plain words.
func (l *lexicon) parse(text string, literal []string) question {
	s := shorten(squeeze(strings.ToValidUTF8(text, " ")))
	var q question
	for len(s) > 0 && len(q.terms) < maxTerms {
		open, shut, from := nextQuote(s)
		if from < 0 {
			l.plain(&q, s, literal)
			break
		}
		l.plain(&q, s[:from], literal)
		inner := s[from+len(open):]
		end := strings.Index(inner, shut)
		rest := ""
		if end >= 0 {
			inner, rest = inner[:end], inner[end+len(shut):]
		}
		if words := l.words(inner); len(words) > 0 {
			q.terms = append(q.terms, term{text: strings.TrimSpace(inner), words: words, quoted: end >= 0})
		}
		s = rest
	}
	if len(q.terms) > maxTerms {
		q.terms = q.terms[:maxTerms]
	}
	c := cutter{dict: l.dict}
	for i := range q.terms {
		t := &q.terms[i]
		for _, w := range t.words {
			t.fine = append(t.fine, c.fine(w)...)
		}
		if len(t.fine) == len(t.words) {
			t.fine = nil
		}
		if t.chip != nil {
			q.chips = append(q.chips, *t.chip)
		}
	}
	return q
}

// shorten cuts text to what is read of a query.
func shorten(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxQuery {
			return s[:i]
		}
	}
	return s
}

// nextQuote finds the first opening quotation mark, folded; from is -1 if there is none.
func nextQuote(s string) (open, shut string, from int) {
	from = -1
	for _, p := range [][2]string{{"\"", "\""}, {"“", "”"}, {"「", "」"}, {"『", "』"}, {"《", "》"}} {
		if i := strings.Index(s, p[0]); i >= 0 && (from < 0 || i < from) {
			open, shut, from = p[0], p[1], i
		}
	}
	return open, shut, from
}

// words cuts folded text, noise included.
func (l *lexicon) words(s string) []string {
	c := cutter{dict: l.dict}
	var out []string
	for _, t := range c.cut(s, false) {
		out = append(out, s[t.start:t.end])
	}
	return out
}

// plain reads unquoted text: pay and months first, they may hold marks and blanks, then the rest
// piece by piece.
func (l *lexicon) plain(q *question, s string, literal []string) {
	for len(s) > 0 {
		chip, from, to := l.fact(s, literal)
		if chip == nil {
			l.pieces(q, s, literal)
			return
		}
		l.pieces(q, s[:from], literal)
		q.terms = append(q.terms, term{text: s[from:to], words: l.words(s[from:to]), chip: chip})
		s = s[to:]
	}
}

// fact finds the first pay or month in s that is not to be read literally.
func (l *lexicon) fact(s string, literal []string) (chip *Chip, from, to int) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		begins := i == 0 || s[i-1] >= utf8.RuneSelf || !isWordRune(rune(s[i-1]))
		if begins && (isDigit(s[i]) || isHan(r)) {
			c, end := readPay(s, i)
			if c == nil {
				c, end = l.readMonth(s, i)
			}
			if c != nil && !slices.Contains(literal, c.Key) {
				return c, i, end
			}
		}
		i += size
	}
	return nil, 0, 0
}

// pieces reads what stands between blanks and marks.
func (l *lexicon) pieces(q *question, s string, literal []string) {
	for _, piece := range strings.FieldsFunc(s, func(r rune) bool {
		return !isHan(r) && !isWordRune(r) && !strings.ContainsRune("+#-._", r)
	}) {
		l.piece(q, piece, literal)
	}
}

// piece reads one run of characters: places and facts among its words become chips, the words
// between them terms.
func (l *lexicon) piece(q *question, s string, literal []string) {
	c := cutter{dict: l.dict}
	tokens := slices.Clone(c.cut(s, false))
	first, plain := len(q.terms), 0 // plain: first token of the term being collected
	flush := func(end int) {
		if t, ok := plainTerm(s, tokens[plain:end]); ok {
			q.terms = append(q.terms, t)
		}
	}
	for i := 0; i < len(tokens); {
		n, chip := l.known(s, tokens[i:], literal)
		if chip == nil {
			i++
			continue
		}
		flush(i)
		text := s[tokens[i].start:tokens[i+n-1].end]
		q.terms = append(q.terms, term{text: text, words: l.words(text), chip: chip})
		i += n
		plain = i
	}
	flush(len(tokens))
	for i := first; i < len(q.terms) && plain > 0; i++ {
		if q.terms[i].text != s {
			q.terms[i].around = s
		}
	}
	if n := len(q.terms); n > 1 && len(q.terms[n-1].words) == 1 && q.terms[n-1].chip == nil && isNoise(q.terms[n-1].text) {
		q.terms = q.terms[:n-1]
	}
}

// plainTerm makes a term of words, leaving noise out while anything else remains.
func plainTerm(s string, tokens []token) (term, bool) {
	if len(tokens) == 0 {
		return term{}, false
	}
	typed := s[tokens[0].start:tokens[len(tokens)-1].end]
	t, from, to := term{text: typed}, 0, 0
	for i := 0; i < len(tokens); i++ {
		k := tokens[i]
		if isNoise(s[k.start:k.end]) {
			continue
		}
		if i+1 < len(tokens) && isNoise(s[k.start:tokens[i+1].end]) { // 急招, which is no word by itself
			i++
			continue
		}
		if len(t.words) == 0 {
			from = k.start
		}
		t.words, to = append(t.words, s[k.start:k.end]), k.end
	}
	if len(t.words) == 0 {
		t.words = []string{typed}
	} else if t.text = s[from:to]; t.text != typed { // 招聘 around it, unless it is of the name: 招聘专员
		t.around = typed
	}
	return t, true
}

// known finds the longest place or fact that begins with the first token and ends with a token.
func (l *lexicon) known(s string, tokens []token, literal []string) (n int, chip *Chip) {
	for n = min(len(tokens), 6); n > 0; n-- {
		text := s[tokens[0].start:tokens[n-1].end]
		if values, ok := l.places[text]; ok {
			chip = &Chip{Key: "place:" + text, Text: text, Label: "地点：" + text, Field: l.place, Values: values}
		} else if key, ok := l.facts[text]; ok {
			chip = &Chip{Key: key.Field + ":" + text, Text: text, Label: text, Field: key.Field, Values: []string{key.Value}}
		}
		if chip != nil && !slices.Contains(literal, chip.Key) {
			return n, chip
		}
		chip = nil
	}
	return 0, nil
}

// PayField is the field name of chips and facets about pay.
const PayField = "pay"

// The words around an amount of money. What is paid by the day, the hour or the piece is no pay a month.
var (
	payWords  = []string{"月薪", "月工资", "工资", "薪资", "薪水", "底薪", "月入"}
	shortPay  = []string{"日薪", "时薪", "每天", "一天", "每小时", "一小时", "每件", "计件"}
	perShort  = []string{"/天", "/日", "/小时", "/时", "/h", "/件", "/次", "每天", "每日", "一天", "每小时", "一小时", "每件", "一件"}
	perYear   = []string{"/年", "每年", "一年"}
	payEnds   = []string{"元", "块", "/月", "每月", "一个月", "以上", "起", "以下", "以内", "左右"}
	rangeMark = []string{"-", "~", "到", "至", "—"}
)

// readPay reads pay a month at s[i:]: 3000元以上, 月薪5000, 4-6k, 4000-6000元, 年薪6万 (a twelfth of it), 八千 is
// not read. A bare number is no pay, nor are two years (2026-2027). It returns the chip and the end, or nil.
func readPay(s string, i int) (*Chip, int) {
	if slices.ContainsFunc(shortPay, func(w string) bool { return strings.HasSuffix(s[:i], w) }) {
		return nil, 0
	}
	start := i
	i, marked := passOne(s, i, payWords)
	i, yearly := passOne(s, i, []string{"年薪", "年收入"})
	low, lowUnit, i, ok := amount(s, i)
	if !ok {
		return nil, 0
	}
	high, ranged := 0.0, false
	if j, between := passOne(s, i, rangeMark); between {
		if h, unit, end, ok := amount(s, j); ok {
			high, ranged, i = h, true, end
			if lowUnit == 0 && unit > 1 && low < 1000 {
				low *= float64(unit)
			}
			marked = marked || unit > 0 || low >= 1000 && high >= 1000 && !(isYear(low) && isYear(high))
		}
	}
	marked = marked || lowUnit > 0 || yearly
	up, down := false, false
	for _, w := range payEnds {
		var here bool
		if i, here = passOne(s, i, perYear); here {
			yearly = true
		}
		if strings.HasPrefix(s[i:], w) {
			i, marked = i+len(w), true
			up, down = up || w == "以上" || w == "起", down || w == "以下" || w == "以内"
		}
	}
	if _, short := passOne(s, i, perShort); short {
		return nil, 0
	}
	cuts := i < len(s) && s[i] < utf8.RuneSelf && isWordRune(rune(s[i])) // 2k in the middle of a code
	if yearly {
		low, high = low/12, high/12
	}
	if !marked || cuts || low < 500 || low > 200_000 || ranged && high < low {
		return nil, 0
	}
	return payChip(s[start:i], int(math.Round(low)), int(math.Round(high)), ranged, down && !up), i
}

func payChip(text string, low, high int, ranged, down bool) *Chip {
	c := &Chip{Key: "pay:" + text, Text: text, Field: PayField, Min: low}
	switch {
	case ranged:
		c.Max = high
		c.Label = fmt.Sprintf("月薪 %d—%d 元", low, high)
	case down:
		c.Min, c.Max = 0, low
		c.Label = fmt.Sprintf("月薪 %d 元以下", low)
	default:
		c.Label = fmt.Sprintf("月薪 %d 元以上", low)
	}
	return c
}

// passOne steps over the first of some words that stands at s[i:].
func passOne(s string, i int, words []string) (end int, ok bool) {
	for _, w := range words {
		if strings.HasPrefix(s[i:], w) {
			return i + len(w), true
		}
	}
	return i, false
}

func isYear(n float64) bool { return n >= 1980 && n < 2100 }

// amount reads a number with its unit, in yuan: 4500, 4.5k, 6千, 1.2万. unit is 0 without one.
func amount(s string, i int) (yuan float64, unit, end int, ok bool) {
	end = i
	for end < len(s) && (isDigit(s[end]) || s[end] == '.' && end > i) {
		end++
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(s[i:end], "."), 64)
	if err != nil || f > 1e6 {
		return 0, 0, i, false
	}
	for _, u := range []struct {
		name string
		by   int
	}{{"k", 1000}, {"千", 1000}, {"万", 10000}, {"w", 10000}} {
		if strings.HasPrefix(s[end:], u.name) {
			end, unit = end+len(u.name), u.by
			break
		}
	}
	return f * float64(max(1, unit)), unit, end, true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// readMonth reads a month at s[i:]: 2026年6月, 6月 (the next June). Needs a clock.
func (l *lexicon) readMonth(s string, i int) (*Chip, int) {
	if l.now == nil {
		return nil, 0
	}
	number := func(i int) (n, end int) {
		for end = i; end < len(s) && isDigit(s[end]) && end < i+4; end++ {
			n = n*10 + int(s[end]-'0')
		}
		return n, end
	}
	n, end := number(i)
	now := l.now()
	year := 0
	if end == i+4 && strings.HasPrefix(s[end:], "年") && n >= 2000 && n < 2100 {
		year = n
		from := end + len("年")
		if n, end = number(from); end == from {
			return nil, 0
		}
	}
	if end == i || n < 1 || n > 12 || !strings.HasPrefix(s[end:], "月") {
		return nil, 0
	}
	end += len("月")
	if year == 0 {
		if year = now.Year(); n < int(now.Month()) {
			year++
		}
	}
	end += len(s[end:]) - len(strings.TrimPrefix(s[end:], "份"))
	value := fmt.Sprintf("%04d-%02d", year, n)
	return &Chip{Key: "period:" + s[i:end], Text: s[i:end], Label: fmt.Sprintf("时间：%d 年 %d 月", year, n),
		Field: l.period, Values: []string{value}}, end
}
