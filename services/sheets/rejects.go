package sheets

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	reasonHeader = "错误原因"
	lineHeader   = "原行号"
)

// RejectWriter writes the error workbook: the same columns as the file that came
// in, only the bad rows, the wrong cells marked, the reasons in a last column. Mended,
// it can be imported as it is. What a row has beyond the last heading, such as the rest of
// a line with a comma too many, stands marked behind all columns.
type RejectWriter struct {
	list    *ListWriter
	binding *Binding
	Rows    int
}

// NewRejectWriter starts the error workbook of an import.
func NewRejectWriter(w io.Writer, b *Binding) (*RejectWriter, error) {
	l, err := NewListWriter(w, XLSX, b.kind.Title, slices.Concat(b.Headers, []string{reasonHeader, lineHeader}))
	if err != nil {
		return nil, err
	}
	return &RejectWriter{list: l, binding: b}, nil
}

// Write adds a bad line; a good one is left out.
func (r *RejectWriter) Write(l Line) error {
	if len(l.Problems) == 0 {
		return nil
	}
	r.Rows++
	n := len(r.binding.Headers)
	cells := make([]any, n+2)
	var reasons []string
	for _, p := range l.Problems {
		reasons = append(reasons, fmt.Sprintf("%s：%s。允许：%s", p.Column, p.What, p.Allowed))
	}
	beyond := l.Cells[min(n, len(l.Cells)):]
	for len(beyond) > 0 && strings.TrimSpace(beyond[len(beyond)-1]) == "" {
		beyond = beyond[:len(beyond)-1]
	}
	if len(beyond) > 0 {
		reasons = append(reasons, fmt.Sprintf("这一行比表头多出 %d 格，原样放在“%s”后面：多半是多了分隔的逗号，各格可能错开了", len(beyond), lineHeader))
	}
	for i := range n {
		text := ""
		if i < len(l.Cells) {
			text = l.Cells[i]
		}
		style := r.list.looks.text
		if header := r.binding.Headers[i]; slices.ContainsFunc(l.Problems, func(p Problem) bool { return p.Column == header }) {
			style = r.list.looks.bad
		}
		cells[i] = excelize.Cell{StyleID: style, Value: Clean(text)}
	}
	cells[n] = excelize.Cell{StyleID: r.list.looks.reason, Value: cut(strings.Join(reasons, "\n"), MaxCell)}
	cells[n+1] = excelize.Cell{StyleID: r.list.looks.text, Value: l.Row.Line}
	for _, text := range beyond {
		cells = append(cells, excelize.Cell{StyleID: r.list.looks.bad, Value: Clean(text)})
	}
	r.list.row++
	if err := r.list.sheet.SetRow("A"+strconv.Itoa(r.list.row), cells); err != nil {
		return fmt.Errorf("reject of line %d: %w", l.Row.Line, err)
	}
	return nil
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Close finishes the workbook.
func (r *RejectWriter) Close() error { return r.list.Close() }

// Rejects reads a table again and writes its error workbook: one call for a
// download link that was offered after an import. It returns the number of bad rows.
func Rejects(w io.Writer, r io.Reader, name string, kind Kind, opt Options) (bad int, err error) {
	im, err := NewImport(r, name, kind, opt)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, im.Close()) }()
	out, err := NewRejectWriter(w, im.Binding)
	if err != nil {
		return 0, err
	}
	for l := range im.Lines() {
		if err := out.Write(l); err != nil {
			return out.Rows, errors.Join(err, out.Close())
		}
	}
	return out.Rows, errors.Join(im.Err(), out.Close())
}
