package sheets

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// SheetTable is one table of a report: a worksheet with a merged title, headings of
// one or two levels, rows, and notes below.
type SheetTable struct {
	Sheet   string // name of the worksheet; empty takes the title
	Title   string
	Columns []TableColumn
	Rows    [][]any // string, int, int64, float64, Decimal, nil; a short row leaves the rest empty
	Notes   []string
}

// TableColumn is a column of a SheetTable.
type TableColumn struct {
	Group  string  // a heading above neighbouring columns with the same group
	Header string  //
	Format string  // number format such as "0.00%" or "#,##0"; empty shows values as they are
	Width  float64 // in characters; 0 fits the heading
}

// Decimal is a number that keeps the decimals it is printed with: 24.10 stays 24.10. What
// is no plain decimal number is written as text.
type Decimal string

// format is the number format that shows as many decimals, and the number; ok is false
// for what is no plain decimal number.
func (d Decimal) format() (format string, value float64, ok bool) {
	value, err := strconv.ParseFloat(string(d), 64)
	whole, frac, _ := strings.Cut(strings.TrimPrefix(string(d), "-"), ".")
	if err != nil || strings.Trim(whole+frac, "0123456789") != "" || len(whole)+len(frac) > 15 || len(whole) > 1 && whole[0] == '0' {
		return "", 0, false
	}
	format = "0"
	if frac != "" {
		format += "." + strings.Repeat("0", len(frac))
	}
	return format, value, true
}

// WriteTables writes a report as .xlsx, one worksheet a table, set to print on A4
// with the headings repeated on every page.
func WriteTables(w io.Writer, tables []SheetTable) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	l, err := newLooks(f)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for i, t := range tables {
		name := t.Sheet
		if name == "" {
			name = t.Title
		}
		name = uniqueName(used, sheetName(name))
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err == nil {
			err = writeTable(f, l, name, t)
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Title, err)
		}
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// uniqueName keeps two worksheets from having one name; Excel ignores case.
func uniqueName(used map[string]bool, name string) string {
	base := []rune(name)
	for n := 2; used[strings.ToLower(name)]; n++ {
		suffix := fmt.Sprintf(" (%d)", n)
		name = string(base[:min(len(base), 31-len(suffix))]) + suffix
	}
	used[strings.ToLower(name)] = true
	return name
}

func writeTable(f *excelize.File, l *looks, sheet string, t SheetTable) error {
	wide := max(1, len(t.Columns))
	last := columnName(wide)
	head, err := writeHeadings(f, l, sheet, t, last)
	if err != nil {
		return err
	}
	styles := make([]int, wide)
	for i, c := range t.Columns {
		if styles[i], err = l.number(c.Format); err != nil {
			return err
		}
		w := c.Width
		if w == 0 {
			w = width(c.Header)
		}
		col := columnName(i + 1)
		if err := f.SetColWidth(sheet, col, col, w); err != nil {
			return err
		}
	}
	row := head
	for _, values := range t.Rows {
		row++
		for i := range wide {
			cell := fmt.Sprintf("%s%d", columnName(i+1), row)
			style := styles[i]
			if i < len(values) {
				v := values[i]
				if d, ok := v.(Decimal); ok {
					v = string(d)
					if format, number, ok := d.format(); ok {
						v = number
						if style, err = l.number(format); err != nil {
							return err
						}
					}
				}
				if err := setCell(f, sheet, cell, v); err != nil {
					return err
				}
			}
			if err := f.SetCellStyle(sheet, cell, cell, style); err != nil {
				return err
			}
		}
	}
	for _, n := range t.Notes {
		row++
		from, to := fmt.Sprintf("A%d", row), fmt.Sprintf("%s%d", last, row)
		if err := errors.Join(f.SetCellStr(sheet, from, Clean(n)), f.MergeCell(sheet, from, to), f.SetCellStyle(sheet, from, to, l.note)); err != nil {
			return err
		}
	}
	return printSetup(f, sheet, 1, head)
}

// setCell keeps text as text: SetCellStr never makes a formula.
func setCell(f *excelize.File, sheet, cell string, v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case int, int64, float64:
		return f.SetCellValue(sheet, cell, v)
	default:
		return f.SetCellStr(sheet, cell, Clean(plainText(v)))
	}
}

// writeHeadings writes the title and the headings and returns the last row of them.
func writeHeadings(f *excelize.File, l *looks, sheet string, t SheetTable, last string) (int, error) {
	errs := []error{f.SetCellStr(sheet, "A1", Clean(t.Title)), f.MergeCell(sheet, "A1", last+"1"), f.SetCellStyle(sheet, "A1", last+"1", l.title), f.SetRowHeight(sheet, 1, 28)}
	grouped := false
	for _, c := range t.Columns {
		grouped = grouped || c.Group != ""
	}
	head := 2
	if grouped {
		head = 3
	}
	for i := 0; i < len(t.Columns); i++ {
		c, col := t.Columns[i], columnName(i+1)
		low := fmt.Sprintf("%s%d", col, head)
		switch {
		case !grouped:
		case c.Group == "":
			low = col + "2"
			errs = append(errs, f.MergeCell(sheet, low, col+"3"))
		case i == 0 || t.Columns[i-1].Group != c.Group:
			end := i
			for end+1 < len(t.Columns) && t.Columns[end+1].Group == c.Group {
				end++
			}
			errs = append(errs, f.SetCellStr(sheet, col+"2", c.Group), f.MergeCell(sheet, col+"2", columnName(end+1)+"2"))
		}
		errs = append(errs, f.SetCellStr(sheet, low, c.Header))
	}
	errs = append(errs,
		f.SetCellStyle(sheet, "A2", fmt.Sprintf("%s%d", last, head), l.head),
		f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: head, TopLeftCell: fmt.Sprintf("A%d", head+1), ActivePane: "bottomLeft"}))
	return head, errors.Join(errs...)
}
