package sheets

import (
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"strings"

	"sunmao/services/partnership"
)

// Options are what an import may be told.
type Options struct {
	Lookups Lookups
	Mapping map[string]string // remembered headings of this school: heading to field, or Ignored
	Demo    bool              // lets through ID numbers of regions that cannot exist (99xxxx), used by the demo data
}

// Lookups ask the catalogue. A nil function means that only the shape of a code is
// checked.
type Lookups struct {
	Major      Lookup
	Region     Lookup
	Occupation Lookup
	Industry   Lookup
}

// Lookup takes a code or a name and returns the code. If there is none, nearest are
// the codes that may have been meant, each with its name: "660103 数控技术应用".
type Lookup func(codeOrName string) (code string, nearest []string, ok bool)

// Import reads a table of one kind, row by row.
type Import struct {
	Binding *Binding
	r       *Reader
	file    string
	kind    Kind
	opt     Options
	rows    int
	bad     int
	skipped int
	seed    maphash.Seed
	keys    map[uint64]int // hash of the key fields to line
	err     error
}

// Line is one row as read: either good, then Row holds its values, or bad, then
// Problems says why.
type Line struct {
	Row      Row
	Problems []Problem
	Cells    []string // as read, for the error workbook
}

// NewImport opens a table and finds its headings. An unreadable file, or one
// without the required columns, gives an error that wraps partnership.Invalid or a
// *HeadingError. Close it after use.
func NewImport(r io.Reader, name string, kind Kind, opt Options) (*Import, error) {
	rd, err := Open(r, name, kind.Title)
	if err != nil {
		return nil, err
	}
	im := &Import{r: rd, file: name, kind: kind, opt: opt, seed: maphash.MakeSeed(), keys: map[uint64]int{}}
	if err := im.findHeadings(); err != nil {
		_ = rd.Close() // the reason to stop is err; a temporary file left over is not worth more words
		return nil, err
	}
	return im, nil
}

// HeadingError says that a table lacks required columns. It carries the binding so
// that a page can ask the person which heading is which.
type HeadingError struct {
	Binding  *Binding
	Problems []Problem
}

func (e *HeadingError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes the error one of bad input.
func (e *HeadingError) Unwrap() error {
	return partnership.Invalid{"file": {e.Error()}}
}

// findHeadings takes the first row that has all required columns, else the one among
// the first ten that matches most.
func (im *Import) findHeadings() error {
	var best *Binding
	for range headSearch {
		if !im.r.Next() {
			break
		}
		b := bind(im.kind, im.r.Line(), im.r.Cells(), im.opt.Mapping)
		if len(b.Missing) == 0 {
			im.Binding = b
			return nil
		}
		if best == nil || b.matched() > best.matched() {
			best = b
		}
	}
	if err := im.r.Err(); err != nil {
		return err
	}
	if best == nil {
		return refuse(im.file, "表里没有内容", "第一行写列名，下面每行一条")
	}
	return &HeadingError{Binding: best, Problems: best.missing(im.file)}
}

// Lines yields each row below the headings, in order, once. A row that repeats the
// template's example unchanged is skipped. Stop early by breaking; then look at Err.
func (im *Import) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for im.err == nil && im.r.Next() {
			if im.isExample() {
				im.skipped++
				continue
			}
			im.rows++
			l := im.line()
			if len(l.Problems) > 0 {
				im.bad++
			}
			if !yield(l) {
				return
			}
		}
		if im.err == nil {
			im.err = im.r.Err()
		}
	}
}

// Err is the error that cut the table short; rows seen before it stand.
func (im *Import) Err() error { return im.err }

// Rows and Bad count the rows seen and those with problems.
func (im *Import) Rows() int { return im.rows }

// Bad counts the rows with problems.
func (im *Import) Bad() int { return im.bad }

// Progress is the share of the file read, 0 to 1.
func (im *Import) Progress() float64 { return im.r.Progress() }

// Encoding is the encoding found: "UTF-8", "UTF-8 BOM", "UTF-16", "GB18030" or "xlsx".
func (im *Import) Encoding() string { return im.r.Encoding }

// Close frees the file.
func (im *Import) Close() error { return im.r.Close() }

// isExample reports whether the current row is the template's example row.
func (im *Import) isExample() bool {
	if im.skipped > 0 || im.rows > 0 {
		return false
	}
	cells, same := im.r.Cells(), 0
	for i, f := range im.Binding.Fields {
		if f == "" {
			continue
		}
		c, _ := im.kind.Column(f)
		text := ""
		if i < len(cells) {
			text = cells[i].Text
		}
		if text != c.Example {
			return false
		}
		if text != "" {
			same++
		}
	}
	return same > 2
}

// line reads the current row.
func (im *Import) line() Line {
	cells := im.r.Cells()
	l := Line{Row: Row{Line: im.r.Line(), Values: make(map[string]any, len(im.Binding.Fields)), bind: im.Binding}}
	l.Cells = make([]string, len(cells))
	for i, c := range cells {
		l.Cells[i] = c.Text
	}
	if len(cells) == 1 && cells[0].Fault == BadQuote {
		l.add(im.problem(l, "整行", BadQuote))
		return l
	}
	bad := map[string]bool{}
	for i, field := range im.Binding.Fields {
		col := im.Binding.columns[i]
		if col == nil {
			continue
		}
		var c Cell
		if i < len(cells) {
			c = cells[i]
		}
		if c.Fault != Sound {
			l.add(im.problem(l, im.Binding.Headers[i], c.Fault))
			bad[field] = true
			continue
		}
		v, what, allowed := im.value(col, c.Text)
		switch {
		case what != "":
			l.add(Problem{im.file, l.Row.Line, im.Binding.Headers[i], what, allowed})
			bad[field] = true
		case v != nil:
			l.Row.Values[field] = v
		}
	}
	for i := len(im.Binding.Fields); i < len(cells); i++ {
		if cells[i].Text != "" {
			l.add(Problem{im.file, l.Row.Line, "第 " + fmt.Sprint(i+1) + " 列", "这一格没有列名", "在第 " + fmt.Sprint(im.Binding.Line) + " 行写上列名，或清空这一格；CSV 里内容带逗号时要用英文双引号括起来"})
			break
		}
	}
	im.checkRow(&l, bad)
	return l
}

func (l *Line) add(p Problem) { l.Problems = append(l.Problems, p) }

func (im *Import) problem(l Line, column string, f Fault) Problem {
	what, allowed := f.problem()
	return Problem{im.file, l.Row.Line, column, what, allowed}
}

// checkRow applies the rules between columns and the rule that keys do not repeat.
func (im *Import) checkRow(l *Line, bad map[string]bool) {
	has := l.Row.Has
	if one := im.kind.OneOf; len(one) > 0 && !slices.ContainsFunc(one, func(f string) bool { return has(f) || bad[f] }) {
		l.add(Problem{im.file, l.Row.Line, im.kind.eitherHeaders(), "都没有填", "至少填一项"})
	}
	for _, rule := range im.kind.Rules {
		if slices.ContainsFunc(rule.Fields, func(f string) bool { return !has(f) }) {
			continue
		}
		if what, allowed := rule.Check(l.Row); what != "" {
			l.add(Problem{im.file, l.Row.Line, im.Binding.headerOf(rule.Fields[0]), what, allowed})
		}
	}
	im.checkKey(l)
}

// checkKey finds rows with the key of an earlier row. Only a hash of each key is kept.
func (im *Import) checkKey(l *Line) {
	if len(im.kind.Key) == 0 {
		return
	}
	var h maphash.Hash
	h.SetSeed(im.seed)
	filled := false
	for _, f := range im.kind.Key {
		if v, ok := l.Row.Values[f]; ok {
			filled = true
			fmt.Fprintf(&h, "%s=%v\x00", f, v)
		} else if !slices.Contains(im.kind.OneOf, f) {
			return
		}
	}
	if !filled {
		return
	}
	sum := h.Sum64()
	if first, ok := im.keys[sum]; ok {
		names := make([]string, len(im.kind.Key))
		for i, f := range im.kind.Key {
			names[i] = im.Binding.headerOf(f)
		}
		l.add(Problem{im.file, l.Row.Line, im.Binding.headerOf(im.kind.Key[0]), fmt.Sprintf("与第 %d 行重复", first), "每行的" + strings.Join(names, "、") + "不能全都相同"})
		return
	}
	im.keys[sum] = l.Row.Line
}
