package sheets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// xlsxRows streams the rows of one worksheet.
type xlsxRows struct {
	book   *book
	part   *boundedPart
	size   int64
	x      *xmlScan
	merges []MergedRange // sorted by Top
	active []MergedRange // those that the current row may touch
	row    int
	cells  []Cell
	text   []byte
	ended  bool
}

// openSheet starts reading a worksheet. The merged ranges stand behind the rows in
// the file, so they are fetched by a first pass over the part.
func (b *book) openSheet(s bookSheet) (*xlsxRows, error) {
	merges, err := b.readMerges(s.part)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	p, err := b.part(s.part, maxSheetXML)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return &xlsxRows{book: b, part: p, size: int64(b.parts[s.part].UncompressedSize64), x: newXMLScan(p), merges: merges}, nil
}

// MergedRange is a merged block of cells, rows and columns counted from 1, both ends included.
type MergedRange struct{ Top, Left, Bottom, Right int }

func (b *book) readMerges(part string) ([]MergedRange, error) {
	p, err := b.part(part, maxSheetXML)
	if err != nil {
		return nil, err
	}
	tail, err := skipRows(p)
	if err != nil {
		return nil, errors.Join(b.broken(part, err), p.Close())
	}
	x := newXMLScan(tail)
	x.depth = 1 // skipRows has eaten the start of the worksheet
	var all []MergedRange
	for {
		err := x.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(b.broken(part, err), p.Close())
		}
		if !x.is(xmlStart, "mergeCell") {
			continue
		}
		ref, _ := x.attr("ref")
		m, ok := parseRange(ref)
		if !ok {
			continue
		}
		if all = append(all, m); len(all) > maxMerged {
			return nil, errors.Join(refuse(b.name, "合并单元格太多", "请取消合并后再导入"), p.Close())
		}
	}
	slices.SortFunc(all, func(a, b MergedRange) int { return a.Top - b.Top })
	return all, p.Close()
}

// skipRows reads on behind </sheetData>, or <sheetData/>, and returns what follows.
// Inside text "<" is always escaped, so the bytes can be looked for as they are.
func skipRows(r io.Reader) (io.Reader, error) {
	const mark = "sheetData"
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		n += kept
		for from := 0; ; {
			i := bytes.Index(buf[from:n], []byte(mark))
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(mark)
			rest := buf[from:n]
			if bytes.HasPrefix(rest, []byte("/>")) {
				rest = rest[2:]
			} else if !closing(buf[:at]) || !bytes.HasPrefix(rest, []byte(">")) {
				continue
			} else {
				rest = rest[1:]
			}
			return io.MultiReader(bytes.NewReader(bytes.Clone(rest)), r), nil
		}
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		kept = copy(buf, buf[max(0, n-64):n])
	}
}

// closing reports whether b ends with "</" or "</prefix:".
func closing(b []byte) bool {
	i := bytes.LastIndexByte(b, '<')
	if i < 0 || i+1 >= len(b) || b[i+1] != '/' {
		return false
	}
	return i+2 == len(b) || b[len(b)-1] == ':'
}

func parseRange(ref string) (MergedRange, bool) {
	a, z, ok := strings.Cut(ref, ":")
	if !ok {
		return MergedRange{}, false
	}
	left, top, ok1 := parseRef(a)
	right, bottom, ok2 := parseRef(z)
	return MergedRange{top, left, bottom, right}, ok1 && ok2 && top <= bottom && left <= right
}

// parseRef reads a cell name: "AB12" is column 28, row 12.
func parseRef(ref string) (col, row int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		col = col*26 + int(ref[i]-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	return col, row, err == nil && col > 0 && col <= 16384 && row > 0 && row <= 1_048_576
}

func (s *xlsxRows) next() (int, []Cell, error) {
	for !s.ended {
		if err := s.x.next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // rows must end with </sheetData>
			}
			return 0, nil, s.book.broken(s.part.name, err)
		}
		switch {
		case s.x.is(xmlStart, "row"):
			if err := s.startRow(); err != nil {
				return 0, nil, err
			}
			if err := s.readRow(); err != nil {
				return 0, nil, err
			}
			s.markMerged()
			return s.row, s.cells, nil
		case s.x.is(xmlEnd, "sheetData"):
			s.ended = true
		}
	}
	return 0, nil, io.EOF
}

func (s *xlsxRows) startRow() error {
	row := s.row + 1
	if r, ok := s.x.attr("r"); ok {
		n, err := strconv.Atoi(r)
		if err != nil || n <= s.row || n > 1_048_576 {
			return s.book.broken(s.part.name, errXML)
		}
		row = n
	}
	s.row, s.cells = row, s.cells[:0]
	return nil
}

// readRow reads the cells up to </row>.
func (s *xlsxRows) readRow() error {
	col := 0
	for {
		if err := s.x.next(); err != nil {
			return s.book.broken(s.part.name, err)
		}
		if s.x.is(xmlEnd, "row") {
			return nil
		}
		if !s.x.is(xmlStart, "c") {
			continue
		}
		col++
		if ref, ok := s.x.attr("r"); ok {
			n, _, ok := parseRef(ref)
			if !ok || n < col {
				return s.book.broken(s.part.name, errXML)
			}
			col = n
		}
		c, err := s.readCell()
		if err != nil {
			return err
		}
		if c == (Cell{}) {
			continue
		}
		if col > MaxColumns {
			return refuseAt(s.book.name, s.row, columnName(col), "列数太多", fmt.Sprintf("最多 %d 列，请删去多余的列", MaxColumns))
		}
		for len(s.cells) < col-1 {
			s.cells = append(s.cells, Cell{})
		}
		s.cells = append(s.cells, c)
	}
}

// readCell reads one cell up to </c>.
func (s *xlsxRows) readCell() (Cell, error) {
	kind, _ := s.x.attr("t")
	format := plainNumber
	if st, ok := s.x.attr("s"); ok {
		if i, err := strconv.Atoi(st); err == nil && i >= 0 && i < len(s.book.formats) {
			format = s.book.formats[i]
		}
	}
	s.text = s.text[:0]
	formula, inText, inHint := false, false, false
	for {
		if err := s.x.next(); err != nil {
			return Cell{}, s.book.broken(s.part.name, err)
		}
		switch s.x.kind {
		case xmlText:
			if inText && !inHint {
				s.text = unescape(s.text, s.x.raw)
			}
		case xmlStart:
			switch string(s.x.name) {
			case "v", "t":
				inText = true
			case "f":
				formula = true
			case "rPh":
				inHint = true
			}
		case xmlEnd:
			switch string(s.x.name) {
			case "v", "t":
				inText = false
			case "rPh":
				inHint = false
			case "c":
				return s.cell(kind, format, formula)
			}
		}
	}
}

func (s *xlsxRows) cell(kind string, format numberFormat, formula bool) (Cell, error) {
	raw := string(s.text)
	var c Cell
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(raw))
		text, ok := "", false
		if err == nil {
			text, ok = s.book.strings.get(i)
		}
		if !ok && raw != "" {
			return Cell{}, s.book.broken(s.part.name, errXML)
		}
		c = textCell(Clean(text))
	case "inlineStr", "str":
		c = textCell(Clean(unescapeCell(raw)))
	case "b":
		c.Text = map[string]string{"1": "是", "true": "是", "0": "否", "false": "否"}[raw]
	case "e":
		c = Cell{Text: raw, Fault: BadValue}
	case "d":
		c.Text = isoText(raw)
	default:
		c.Text = numberText(strings.TrimSpace(raw), format, s.book.date1904)
	}
	if formula {
		c.Fault = Formula
	}
	return c, nil
}

// markMerged marks the first cell of each merged range in the current row.
func (s *xlsxRows) markMerged() {
	if len(s.cells) == 0 {
		return // the rest of a range that has its content above
	}
	for len(s.merges) > 0 && s.merges[0].Top <= s.row {
		s.active = append(s.active, s.merges[0])
		s.merges = s.merges[1:]
	}
	s.active = slices.DeleteFunc(s.active, func(m MergedRange) bool { return m.Bottom < s.row })
	for _, m := range s.active {
		if m.Left > MaxColumns {
			continue
		}
		for len(s.cells) < m.Left {
			s.cells = append(s.cells, Cell{})
		}
		s.cells[m.Left-1].Fault = Merged
	}
}

// columnName is the letter of a column: 28 is "AB".
func columnName(col int) string {
	name := ""
	for ; col > 0; col = (col - 1) / 26 {
		name = string(rune('A'+(col-1)%26)) + name
	}
	return name
}

func (s *xlsxRows) read() (done, size int64) { return s.part.read, s.size }

func (s *xlsxRows) Close() error { return errors.Join(s.part.Close(), s.book.Close()) }
