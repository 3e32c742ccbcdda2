package sheets

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"sunmao/services/partnership"
)

// Format is a form in which tables leave the house.
type Format string

// The formats, as in the parameter of a download.
const (
	XLSX    Format = "xlsx"
	CSV     Format = "csv"     // UTF-8 with a byte order mark, which Excel needs to see UTF-8
	GB18030 Format = "gb18030" // CSV for older programs
)

// ParseFormat accepts xlsx, csv and gb18030; empty is xlsx.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case "":
		return XLSX, nil
	case XLSX, CSV, GB18030:
		return f, nil
	}
	v := partnership.Invalid{}
	v.Add("format", "没有格式 %s：可以是 xlsx、csv（UTF-8）或 gb18030", short(s))
	return "", v
}

// ContentType and Ext are what a download needs.
func (f Format) ContentType() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case GB18030:
		return "text/csv; charset=gb18030"
	}
	return "text/csv; charset=utf-8"
}

// Ext is the file name extension with its dot.
func (f Format) Ext() string {
	if f == XLSX {
		return ".xlsx"
	}
	return ".csv"
}

// ListWriter writes a list row by row, in memory that does not grow with its
// length. Text that a spreadsheet would run as a formula is made harmless: in
// .xlsx every text is typed as text, in CSV it gets an apostrophe in front, which
// Import takes off again.
type ListWriter struct {
	w      io.Writer
	format Format
	csv    *csv.Writer
	gb     io.WriteCloser
	book   *excelize.File
	sheet  *excelize.StreamWriter
	looks  *looks
	row    int
	record []string
}

// NewListWriter starts a list with its title (the worksheet's name) and headings.
func NewListWriter(w io.Writer, format Format, title string, headers []string) (*ListWriter, error) {
	l := &ListWriter{w: w, format: format}
	if format == XLSX {
		if err := l.openBook(title, headers); err != nil {
			return nil, errors.Join(fmt.Errorf("list %s: %w", title, err), l.book.Close())
		}
		return l, nil
	}
	out := w
	if format == GB18030 {
		l.gb = transform.NewWriter(w, simplifiedchinese.GB18030.NewEncoder())
		out = l.gb
	} else if _, err := w.Write(bomUTF8); err != nil {
		return nil, fmt.Errorf("list %s: %w", title, err)
	}
	l.csv = csv.NewWriter(out)
	l.csv.UseCRLF = true
	values := make([]any, len(headers))
	for i, h := range headers {
		values[i] = h
	}
	return l, l.Write(values)
}

func (l *ListWriter) openBook(title string, headers []string) error {
	l.book = excelize.NewFile()
	title = sheetName(title)
	if err := l.book.SetSheetName("Sheet1", title); err != nil {
		return err
	}
	var err error
	if l.looks, err = newLooks(l.book); err != nil {
		return err
	}
	if err := printSetup(l.book, title, 1, 1); err != nil {
		return err
	}
	if l.sheet, err = l.book.NewStreamWriter(title); err != nil {
		return err
	}
	cells := make([]any, len(headers))
	for i, h := range headers {
		cells[i] = excelize.Cell{StyleID: l.looks.head, Value: Clean(h)}
		if err := l.sheet.SetColWidth(i+1, i+1, width(h, "　　　　")); err != nil {
			return err
		}
	}
	if err := l.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	l.row = 1
	return l.sheet.SetRow("A1", cells)
}

// sheetName makes a title fit for a worksheet: no : \ / ? * [ ], at most 31 characters.
func sheetName(s string) string {
	out := []rune{}
	for _, r := range Clean(s) {
		switch r {
		case ':', '\\', '/', '?', '*', '[', ']', '\'', '\n', '\t':
			r = ' '
		}
		if len(out) < 31 {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return "表"
	}
	return string(out)
}

// Write adds a row. Values may be string, []string, int, int64, float64, bool,
// time.Time (its day in Beijing) and nil; numbers stay numbers in .xlsx.
func (l *ListWriter) Write(values []any) error {
	if l.format == XLSX {
		l.row++
		cells := make([]any, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case nil:
			case int, int64, float64:
				cells[i] = v
			default:
				if s := Clean(plainText(v)); s != "" {
					cells[i] = excelize.Cell{StyleID: l.looks.text, Value: s}
				}
			}
		}
		if err := l.sheet.SetRow("A"+strconv.Itoa(l.row), cells); err != nil {
			return fmt.Errorf("row %d: %w", l.row, err)
		}
		return nil
	}
	l.record = l.record[:0]
	for _, v := range values {
		switch v.(type) {
		case int, int64, float64:
			l.record = append(l.record, plainText(v))
		default:
			l.record = append(l.record, neutral(Clean(plainText(v))))
		}
	}
	if len(l.record) == 1 && l.record[0] == "" {
		l.record[0] = " " // an empty line would be no row
	}
	return l.csv.Write(l.record)
}

func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []string:
		return JoinList(v)
	case bool:
		if v {
			return "是"
		}
		return "否"
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return partnership.Day(v)
	case float64:
		return plain(v)
	}
	return fmt.Sprint(v)
}

// Close finishes the file and sends what is left. It must be called once, also
// after an error.
func (l *ListWriter) Close() error {
	if l.format != XLSX {
		l.csv.Flush()
		err := l.csv.Error()
		if l.gb != nil {
			err = errors.Join(err, l.gb.Close())
		}
		return err
	}
	err := l.sheet.Flush()
	if err == nil {
		err = l.book.Write(l.w)
	}
	return errors.Join(err, l.book.Close())
}

// Export writes rows of a kind under its own Chinese headings, so that importing
// the file gives the same data. Each row maps fields to values of the types that
// Import gives; personal columns are left out unless personal is set.
func Export(w io.Writer, format Format, kind Kind, personal bool, rows func(yield func(map[string]any) bool)) (err error) {
	var cols []Column
	var headers []string
	for _, c := range kind.Columns {
		if personal || !c.Personal {
			cols, headers = append(cols, c), append(headers, c.Header)
		}
	}
	l, err := NewListWriter(w, format, kind.Title, headers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	values := make([]any, len(cols))
	for row := range rows {
		for i, c := range cols {
			values[i] = cellOf(c, row[c.Field])
		}
		if err := l.Write(values); err != nil {
			return err
		}
	}
	return nil
}

// cellOf writes a typed value as a person would.
func cellOf(c Column, v any) any {
	switch v := v.(type) {
	case int64:
		if c.Type == Money && c.Wan {
			return float64(v) / 1_000_000
		}
		if c.Type == Money {
			return float64(v) / 100
		}
	case float64:
		if c.Type == Percent {
			return round15(v*100) + "%"
		}
	}
	return v
}
