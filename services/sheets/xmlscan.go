package sheets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlScan is a forward-only scanner for the XML inside a workbook: elements, text,
// nothing else. It is here because encoding/xml is several times slower, which at
// 100,000 rows is the whole waiting time, and because a document type, with which
// entities can be made to explode, is refused by not existing in it.
type xmlScan struct {
	br    *bufio.Reader
	kind  xmlKind
	name  []byte // local name of an element
	attrs []byte // the raw attributes of a start
	raw   []byte // the bytes of the token
	empty bool   // an empty element: its end comes next
	depth int
}

type xmlKind int

const (
	xmlStart xmlKind = iota
	xmlEnd
	xmlText
)

const (
	maxTag  = 64 << 10
	maxText = 1 << 20
)

var errXML = errors.New("broken XML")

func newXMLScan(r io.Reader) *xmlScan { return &xmlScan{br: bufio.NewReaderSize(r, 64<<10)} }

// next moves to the next token. At a well-formed end it returns io.EOF; a part
// that was cut short is an error, never a quiet end.
func (x *xmlScan) next() error {
	if x.empty {
		x.empty, x.kind = false, xmlEnd
		x.depth--
		return nil
	}
	for {
		b, err := x.br.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && x.depth > 0 {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		if b != '<' {
			if err := x.br.UnreadByte(); err != nil {
				return err
			}
			return x.text()
		}
		skipped, err := x.tag()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if !skipped {
			return nil
		}
	}
}

// until reads through the first occurrence of end into raw.
func (x *xmlScan) until(end string, limit int) error {
	x.raw = x.raw[:0]
	for {
		part, err := x.br.ReadSlice(end[len(end)-1])
		x.raw = append(x.raw, part...)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if len(x.raw) > limit {
			return fmt.Errorf("%w: a token over %d bytes", errXML, limit)
		}
		if err == nil && bytes.HasSuffix(x.raw, []byte(end)) {
			return nil
		}
	}
}

func (x *xmlScan) text() error {
	x.raw = x.raw[:0]
	for {
		part, err := x.br.ReadSlice('<')
		x.raw = append(x.raw, part...)
		if len(x.raw) > maxText {
			return fmt.Errorf("%w: a text over %d bytes", errXML, maxText)
		}
		switch {
		case err == nil:
			x.raw = x.raw[:len(x.raw)-1]
			x.kind = xmlText
			return x.br.UnreadByte()
		case errors.Is(err, io.EOF):
			x.kind = xmlText
			if x.depth > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// tag reads what follows "<". It reports true for what carries no data: the
// declaration, comments and processing instructions.
func (x *xmlScan) tag() (skipped bool, err error) {
	head, err := x.br.Peek(3)
	if len(head) == 0 {
		return false, err
	}
	switch {
	case head[0] == '?':
		return true, x.until("?>", maxTag)
	case bytes.Equal(head, []byte("!--")):
		if _, err := x.br.Discard(3); err != nil {
			return false, err
		}
		return true, x.until("-->", maxText)
	case bytes.HasPrefix(head, []byte("![")):
		if err := x.until("]]>", maxText); err != nil {
			return false, err
		}
		body, ok := bytes.CutPrefix(x.raw, []byte("![CDATA["))
		if !ok {
			return false, errXML
		}
		// Made plain text here, so that readers of text need one decoder.
		x.raw = append([]byte(nil), bytes.ReplaceAll(bytes.TrimSuffix(body, []byte("]]>")), []byte("&"), []byte("&amp;"))...)
		x.kind = xmlText
		return false, nil
	case head[0] == '!':
		return false, fmt.Errorf("%w: a document type is not allowed", errXML)
	}
	return false, x.element()
}

func (x *xmlScan) element() error {
	x.raw = x.raw[:0]
	for { // '>' may stand inside a quoted attribute value
		part, err := x.br.ReadSlice('>')
		x.raw = append(x.raw, part...)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if len(x.raw) > maxTag {
			return fmt.Errorf("%w: an element over %d bytes", errXML, maxTag)
		}
		if err == nil && quotesClosed(x.raw) {
			break
		}
	}
	body := x.raw[:len(x.raw)-1]
	x.kind = xmlStart
	if len(body) > 0 && body[0] == '/' {
		x.kind, body = xmlEnd, body[1:]
		if x.depth--; x.depth < 0 {
			return errXML
		}
	} else {
		x.depth++
		if n := len(body); n > 0 && body[n-1] == '/' {
			x.empty, body = true, body[:n-1]
		}
	}
	i := 0
	for i < len(body) && !space(body[i]) {
		i++
	}
	x.name, x.attrs = body[:i], body[i:]
	if j := bytes.IndexByte(x.name, ':'); j >= 0 {
		x.name = x.name[j+1:]
	}
	if len(x.name) == 0 {
		return errXML
	}
	return nil
}

func quotesClosed(b []byte) bool {
	if bytes.IndexByte(b, '"') < 0 && bytes.IndexByte(b, '\'') < 0 {
		return true
	}
	var open byte
	for _, c := range b {
		switch {
		case open == 0 && (c == '"' || c == '\''):
			open = c
		case c == open:
			open = 0
		}
	}
	return open == 0
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// is reports whether the token is of this kind and local name.
func (x *xmlScan) is(k xmlKind, name string) bool { return x.kind == k && string(x.name) == name }

// attr returns the value of the attribute with this name, prefix included.
func (x *xmlScan) attr(name string) (string, bool) {
	rest := x.attrs
	for {
		for len(rest) > 0 && space(rest[0]) {
			rest = rest[1:]
		}
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return "", false
		}
		key := bytes.TrimRight(rest[:eq], " \n\t\r")
		rest = bytes.TrimLeft(rest[eq+1:], " \n\t\r")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return "", false
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return "", false
		}
		if string(key) == name {
			return string(unescape(nil, rest[1:1+end])), true
		}
		rest = rest[end+2:]
	}
}

// unescape appends the text of raw XML to dst: the five entities and numbered ones;
// an unknown one stays as written.
func unescape(dst, raw []byte) []byte {
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		raw = raw[i:]
		end := bytes.IndexByte(raw[:min(len(raw), 12)], ';')
		r, ok := rune(0), false
		if end > 0 {
			r, ok = entity(string(raw[1:end]))
		}
		if !ok {
			dst, raw = append(dst, '&'), raw[1:]
			continue
		}
		dst, raw = utf8.AppendRune(dst, r), raw[end+1:]
	}
	return dst
}

func entity(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, false
	}
	return rune(n), true
}

// unescapeCell undoes the escapes that Excel itself puts into text, as _x000D_
// (ECMA-376 part 1, 22.9.2.19 ST_Xstring).
func unescapeCell(s string) string {
	i := strings.Index(s, "_x")
	if i < 0 {
		return s
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(s[:i])
		s = s[i:]
		if len(s) >= 7 && s[6] == '_' {
			if n, err := strconv.ParseUint(s[2:6], 16, 16); err == nil {
				b.WriteRune(rune(n))
				s = s[7:]
				i = strings.Index(s, "_x")
				continue
			}
		}
		b.WriteByte('_')
		s = s[1:]
		i = strings.Index(s, "_x")
	}
	b.WriteString(s)
	return b.String()
}
