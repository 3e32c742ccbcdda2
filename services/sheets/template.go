package sheets

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// templateRows is how far down the drop-down lists and text formats of a template reach.
const templateRows = 5001

// Template writes an empty .xlsx of a kind: headings, required ones in red, one
// example row that is skipped on import if it stays as it is, drop-down lists, and
// a second sheet that explains each column. Lists, by field, add drop-down values
// that only the caller knows, such as the majors of the school.
func Template(w io.Writer, kind Kind, lists map[string][]string) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	l, err := newLooks(f)
	if err != nil {
		return err
	}
	if err := f.SetSheetName("Sheet1", kind.Title); err != nil {
		return fmt.Errorf("name sheet: %w", err)
	}
	if err := templateColumns(f, l, kind); err != nil {
		return fmt.Errorf("template of %s: %w", kind.ID, err)
	}
	if err := templateLists(f, kind, lists); err != nil {
		return fmt.Errorf("lists of %s: %w", kind.ID, err)
	}
	if err := templateHelp(f, l, kind); err != nil {
		return fmt.Errorf("help of %s: %w", kind.ID, err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write template of %s: %w", kind.ID, err)
	}
	return nil
}

func templateColumns(f *excelize.File, l *looks, kind Kind) error {
	var errs []error
	for i, c := range kind.Columns {
		col := columnName(i + 1)
		style := l.head
		if c.Required {
			style = l.must
		}
		errs = append(errs,
			f.SetColStyle(kind.Title, col, l.text),
			f.SetColWidth(kind.Title, col, col, width(c.Header, c.Example)),
			f.SetCellStr(kind.Title, col+"1", c.Header),
			f.SetCellStr(kind.Title, col+"2", c.Example),
			f.SetCellStyle(kind.Title, col+"1", col+"1", style),
			f.SetCellStyle(kind.Title, col+"2", col+"2", l.example))
	}
	errs = append(errs,
		f.SetPanes(kind.Title, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}),
		printSetup(f, kind.Title, 1, 1))
	return errors.Join(errs...)
}

// templateLists puts the values of the drop-down lists on a hidden sheet: a list
// written into the rule itself may have no more than 255 characters.
func templateLists(f *excelize.File, kind Kind, lists map[string][]string) error {
	const sheet = "选项"
	if _, err := f.NewSheet(sheet); err != nil {
		return err
	}
	next := 0
	for i, c := range kind.Columns {
		values := lists[c.Field]
		switch {
		case len(values) > 0:
		case c.Type == Enum:
			values = c.Allowed
		case c.Type == Bool:
			values = []string{"是", "否"}
		default:
			continue
		}
		next++
		col := columnName(next)
		for r, v := range append([]string{c.Header}, values...) {
			if err := f.SetCellStr(sheet, fmt.Sprintf("%s%d", col, r+1), v); err != nil {
				return err
			}
		}
		dv := excelize.NewDataValidation(true)
		dv.SetSqref(fmt.Sprintf("%s2:%s%d", columnName(i+1), columnName(i+1), templateRows))
		dv.SetSqrefDropList(fmt.Sprintf("'%s'!$%s$2:$%s$%d", sheet, col, col, len(values)+1))
		if c.Many || len(lists[c.Field]) > 0 { // more than one value, or one the list lacks, may be typed
			dv.ShowErrorMessage = false
		} else {
			dv.SetError(excelize.DataValidationErrorStyleStop, "填写有误", short(c.Header)+"请从下拉列表里选")
		}
		if err := f.AddDataValidation(kind.Title, dv); err != nil {
			return err
		}
	}
	return f.SetSheetVisible(sheet, false)
}

func templateHelp(f *excelize.File, l *looks, kind Kind) error {
	const sheet = "填写说明"
	if _, err := f.NewSheet(sheet); err != nil {
		return err
	}
	rows := [][]string{{"列名", "是否必填", "怎么填", "允许的内容", "例子", "英文列名"}}
	for _, c := range kind.Columns {
		must := "可空"
		if c.Required {
			must = "必填"
		}
		help := c.Help
		if c.Many {
			help = strings.TrimPrefix(help+"；可填多项，用 ； 分开", "；")
		}
		rows = append(rows, []string{c.Header, must, help, c.rule(), c.Example, c.Field})
	}
	rows = append(rows, nil, []string{"第 2 行是例子，可以删掉，也可以留着：原样不动的例子不会导入。列的先后可以换，不用的列可以删，不要合并单元格，不要写公式。"})
	var errs []error
	for r, row := range rows {
		for i, v := range row {
			cell := fmt.Sprintf("%s%d", columnName(i+1), r+1)
			style := l.text
			if r == 0 {
				style = l.head
			}
			errs = append(errs, f.SetCellStr(sheet, cell, v), f.SetCellStyle(sheet, cell, cell, style))
		}
	}
	for i, w := range []float64{20, 10, 40, 40, 24, 20} {
		errs = append(errs, f.SetColWidth(sheet, columnName(i+1), columnName(i+1), w))
	}
	return errors.Join(append(errs, f.MergeCell(sheet, fmt.Sprintf("A%d", len(rows)), fmt.Sprintf("F%d", len(rows))))...)
}
