package sheets

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var bomUTF8 = []byte("\xEF\xBB\xBF")

// sniff tells the encoding of a text: a byte order mark decides; else UTF-8 if the
// bytes of the whole file agree with it; else GB18030, which WPS and Excel in Chinese write
// and which contains GBK and GB2312.
func sniff(r io.Reader) (string, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, bomUTF8):
		return "UTF-8 BOM", nil
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return "UTF-16", nil
	}
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		// Full buffers, so that the answer does not depend on how the bytes come in.
		n, err := io.ReadFull(br, buf[kept:])
		n += kept
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return "", err
		}
		whole := n
		if !last { // a character may be cut at the end of the buffer
			whole -= cutRune(buf[:n])
		}
		if !utf8.Valid(buf[:whole]) && !mostlyUTF8(buf[:whole]) {
			return "GB18030", nil
		}
		if last {
			return "UTF-8", nil
		}
		kept = copy(buf, buf[whole:n])
	}
}

// mostlyUTF8 tells a UTF-8 text with a few broken bytes from a GB18030 text, of whose
// bytes hardly any make UTF-8 characters. The broken cells are then named, instead
// of the whole file turning into wrong characters.
func mostlyUTF8(b []byte) bool {
	wide, broken := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
		case n > 2: // pairs come about by chance in GB18030, triples hardly
			wide++
		}
		b = b[n:]
	}
	return wide > 10*broken || wide > 0 && broken <= 2
}

// cutRune is the length of an unfinished UTF-8 character at the end of b, 0 to 3.
func cutRune(b []byte) int {
	for i := 1; i <= 3 && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return i
			}
			return 0
		}
	}
	return 0
}

// csvRows reads the rows of a CSV text.
type csvRows struct {
	name     string
	encoding string
	in       *io.SectionReader
	csv      *csv.Reader
	cells    []Cell
	last     int // line where the last record ended
}

// records passes text on and complains about a record that never ends: the CSV
// reader would gather it in memory. It follows quotes as that reader does: one at the
// beginning of a field opens it, one elsewhere (12" 显示器) spoils its line and no other.
type records struct {
	r      io.Reader
	comma  byte
	inside bool // between the quotes of a field
	closed bool // after a quote inside: the field's end, or the first of two
	within bool // behind the beginning of a field
	spoilt bool // the reader gives the rest of the line up
	size   int
}

var errRecord = errors.New("record too long")

func (l *records) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for _, b := range p[:n] {
		if l.size++; l.size > maxRecord {
			return 0, errRecord
		}
		l.follow(b)
	}
	return n, err
}

// follow takes one byte more into account.
func (l *records) follow(b byte) {
	if l.closed && b != '"' && b != '\r' {
		l.inside, l.closed = false, false
		l.spoilt = b != l.comma && b != '\n'
	}
	switch {
	case l.closed: // the second of two quotes, or the \r of a line's end
		l.closed = b == '\r'
	case l.inside:
		l.closed = b == '"'
	case b == '\n':
		l.within, l.spoilt, l.size = false, false, 0
	case l.spoilt:
	case b == l.comma:
		l.within = false
	case b == '"' && !l.within:
		l.inside = true
	default:
		l.spoilt = b == '"'
		l.within = true
	}
}

func openCSV(src *source) (*csvRows, error) {
	enc, err := sniff(src.reader())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", src.name, err)
	}
	c := &csvRows{name: src.name, encoding: enc, in: src.reader()}
	var text io.Reader = c.in
	switch enc {
	case "GB18030":
		text = transform.NewReader(c.in, simplifiedchinese.GB18030.NewDecoder())
	case "UTF-16":
		text = transform.NewReader(c.in, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	}
	br := bufio.NewReaderSize(text, 64<<10)
	if b, err := br.Peek(3); err == nil && bytes.Equal(b, bomUTF8) {
		_, _ = br.Discard(3) // Peek has shown that they are there
	}
	head, err := br.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", src.name, err)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, refuse(src.name, "内容不是文本", "请选真正的 .csv 文件")
	}
	comma := delimiter(head)
	c.csv = csv.NewReader(&records{r: br, comma: byte(comma)})
	c.csv.Comma = comma
	c.csv.FieldsPerRecord = -1
	c.csv.ReuseRecord = true
	return c, nil
}

// delimiter picks comma, tab, semicolon or bar: the one most frequent outside quotes
// in the first line that has any. Excel writes tabs for "Unicode text" and
// semicolons under some locales.
func delimiter(head []byte) rune {
	const marks = ",\t;|"
	var counts [len(marks)]int
	quoted, seen := false, false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if b == '\n' && seen {
			break
		}
		if i := strings.IndexByte(marks, b); i >= 0 {
			counts[i]++
			seen = true
		}
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return rune(marks[best])
}

func (c *csvRows) next() (int, []Cell, error) {
	rec, err := c.csv.Read()
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		// The reader stands behind the broken line and can go on.
		c.cells = append(c.cells[:0], Cell{Fault: BadQuote})
		return max(bad.StartLine, 1), c.cells, nil
	case errors.Is(err, errRecord):
		return 0, nil, refuseAt(c.name, c.last+1, "整行", "一行超过 4 MB，多半是从这里起引号不成对", "补上缺的英文双引号；内容里的引号写两遍")
	case errors.Is(err, io.EOF):
		return 0, nil, io.EOF
	case err != nil:
		return 0, nil, fmt.Errorf("read %s: %w", c.name, err)
	}
	line, _ := c.csv.FieldPos(0)
	c.last, _ = c.csv.FieldPos(len(rec) - 1)
	if len(rec) > MaxColumns {
		rec = trimEmpty(rec)
	}
	if len(rec) > MaxColumns {
		return 0, nil, refuseAt(c.name, line, "整行", fmt.Sprintf("有 %d 列", len(rec)), "最多 256 列")
	}
	c.cells = c.cells[:0]
	for _, text := range rec {
		c.cells = append(c.cells, textCell(Clean(reveal(Clean(text)))))
	}
	return line, c.cells, nil
}

func trimEmpty(rec []string) []string {
	for len(rec) > 0 && strings.TrimSpace(rec[len(rec)-1]) == "" {
		rec = rec[:len(rec)-1]
	}
	return rec
}

// textCell checks the length and the characters of a cell's text.
func textCell(text string) Cell {
	if len(text) > MaxCell && utf8.RuneCountInString(text) > MaxCell {
		return Cell{Fault: TooLong}
	}
	if strings.ContainsRune(text, utf8.RuneError) {
		return Cell{Text: text, Fault: BadBytes}
	}
	return Cell{Text: text}
}

func (c *csvRows) read() (done, size int64) {
	done, _ = c.in.Seek(0, io.SeekCurrent) // a SectionReader cannot fail to tell its place
	return done, c.in.Size()
}

func (c *csvRows) Close() error { return nil }
