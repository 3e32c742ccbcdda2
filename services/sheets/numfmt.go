package sheets

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat is what a cell's format says about a number's meaning.
type numberFormat int

const (
	plainNumber numberFormat = iota
	dateNumber
	percentNumber
)

// readFormats reads the formats by style index (cellXfs).
func (b *book) readFormats(part string) error {
	custom := map[int]numberFormat{}
	inXfs := false
	return b.scan(part, maxPartXML, func(x *xmlScan) error {
		switch {
		case x.is(xmlStart, "numFmt"):
			code, _ := x.attr("formatCode")
			id, _ := x.attr("numFmtId")
			if n, err := strconv.Atoi(id); err == nil {
				custom[n] = classify(code)
			}
		case x.is(xmlStart, "cellXfs"):
			inXfs = true
		case x.is(xmlEnd, "cellXfs"):
			inXfs = false
		case inXfs && x.is(xmlStart, "xf"):
			id, _ := x.attr("numFmtId")
			n, err := strconv.Atoi(id)
			if err != nil {
				n = 0
			}
			f, ok := custom[n]
			if !ok {
				f = builtin(n)
			}
			b.formats = append(b.formats, f)
		}
		return nil
	})
}

// builtin gives the meaning of the numbered formats (ECMA-376 part 1, 18.8.30;
// 27 to 36 and 50 to 58 are dates in Chinese locales).
func builtin(id int) numberFormat {
	switch {
	case id == 9 || id == 10:
		return percentNumber
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 45 && id <= 47, id >= 50 && id <= 58:
		return dateNumber
	}
	return plainNumber
}

// classify reads a format code such as yyyy"年"m"月"d"日" or 0.00%.
func classify(code string) numberFormat {
	var plain strings.Builder
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			if j := strings.IndexByte(code[i+1:], '"'); j >= 0 {
				i += j + 1
			}
		case '[':
			if j := strings.IndexByte(code[i:], ']'); j >= 0 {
				i += j
			}
		case '\\', '_', '*':
			i++
		default:
			plain.WriteByte(code[i])
		}
	}
	s := strings.ToLower(plain.String())
	switch {
	case s == "general" || s == "@":
		return plainNumber
	case strings.Contains(s, "%"):
		return percentNumber
	case strings.ContainsAny(s, "ymdhs"):
		return dateNumber
	}
	return plainNumber
}

// numberText writes a stored number as its user knows it. Spreadsheets compute
// with 15 digits; more would show the noise of binary fractions.
func numberText(raw string, f numberFormat, date1904 bool) string {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return raw
	}
	switch f {
	case dateNumber:
		if t, ok := dateText(v, date1904); ok {
			return t
		}
	case percentNumber:
		return round15(v*100) + "%"
	}
	return round15(v)
}

func round15(v float64) string {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if err != nil {
		r = v
	}
	if r == 0 {
		return "0"
	}
	if a := math.Abs(r); a >= 1e15 || a < 1e-9 {
		return strconv.FormatFloat(v, 'G', -1, 64) // shown as the person sees it: 5.00226E+17
	}
	return strconv.FormatFloat(r, 'f', -1, 64)
}

// dateText converts a serial day. Day 60 of the 1900 system is the 29 February 1900
// that never was; days before it are off by one.
func dateText(v float64, date1904 bool) (string, bool) {
	if v < 0 || v >= 2958466 { // 9999-12-31
		return "", false
	}
	day, frac := math.Modf(v)
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day < 60:
		start = start.AddDate(0, 0, 1)
	}
	t := start.AddDate(0, 0, int(day)).Add(time.Duration(math.Round(frac*86400)) * time.Second)
	switch {
	case frac == 0:
		return t.Format("2006-01-02"), true
	case day == 0:
		return t.Format("15:04:05"), true
	}
	return t.Format("2006-01-02 15:04:05"), true
}

// isoText writes a date stored as ISO 8601 (cell type d) like one stored as a number.
func isoText(raw string) string {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999", time.DateOnly} {
		if t, err := time.Parse(form, raw); err == nil {
			return strings.TrimSuffix(t.Format(time.DateTime), " 00:00:00")
		}
	}
	return raw
}
