package sheets

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Grid is one table as it looks on the page: each cell the text that is shown, so a
// rate printed as 85.41% is "85.41%" whatever stands behind it. Rows may differ in
// length. Of a merged range only the first cell has text.
type Grid struct {
	Name   string // the worksheet; of a CSV the file
	Cells  [][]string
	Merged []MergedRange
}

// At returns the text at a row and column counted from 1. Inside a merged range it
// is the range's text.
func (g Grid) At(row, col int) string {
	for _, m := range g.Merged {
		if row >= m.Top && row <= m.Bottom && col >= m.Left && col <= m.Right {
			row, col = m.Top, m.Left
			break
		}
	}
	if row < 1 || row > len(g.Cells) || col < 1 || col > len(g.Cells[row-1]) {
		return ""
	}
	return g.Cells[row-1][col-1]
}

// Grids reads a .csv or .xlsx whole, every visible sheet with content, for the
// audit of published tables. Formulas give their last stored result. Tables over
// 5,000 rows are refused: those are lists, and Import streams them.
func Grids(r io.Reader, name string) (_ []Grid, err error) {
	src, err := newSource(r, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	f, err := src.form()
	if err != nil {
		return nil, err
	}
	if f == formCSV {
		rows, err := openCSV(src)
		if err != nil {
			return nil, err
		}
		g, err := readGrid(rows, name, name)
		if err != nil {
			return nil, err
		}
		return []Grid{g}, nil
	}
	return bookGrids(src)
}

func bookGrids(src *source) (_ []Grid, err error) {
	b, err := openBook(src)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	// Our own scanner goes first: it bounds every sheet and finds broken ones, at
	// which excelize would quietly stop.
	var grids []Grid
	for _, s := range b.sheets {
		if s.hidden {
			continue
		}
		g, err := b.grid(s)
		if err != nil {
			return nil, err
		}
		if len(g.Cells) > 0 {
			grids = append(grids, g)
		}
	}
	return grids, showFormats(src, grids)
}

func (b *book) grid(s bookSheet) (Grid, error) {
	p, err := b.part(s.part, maxSheetXML)
	if err != nil {
		return Grid{}, err
	}
	g, err := readGrid(&xlsxRows{book: b, part: p, x: newXMLScan(p)}, b.name, s.name)
	if err == nil {
		g.Merged, err = b.readMerges(s.part)
	}
	return g, errors.Join(err, p.Close())
}

func readGrid(rows rowSource, file, name string) (Grid, error) {
	g := Grid{Name: name}
	total := 0
	for {
		line, cells, err := rows.next()
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return g, err
		}
		texts := make([]string, len(cells))
		last := 0
		for i, c := range cells {
			if texts[i] = c.Text; c.Text != "" {
				last = i + 1
			}
			if c.Fault == TooLong || c.Fault == BadBytes || c.Fault == BadQuote {
				what, allowed := c.Fault.problem()
				return g, refuseAt(file, line, columnName(i+1), what, allowed)
			}
		}
		if last == 0 {
			continue
		}
		if total += last; line > gridRows || total > gridCells {
			return g, refuseAt(file, line, "整行", "表太大", fmt.Sprintf("核对用的表最多 %d 行、%d 格", gridRows, gridCells))
		}
		for len(g.Cells) < line-1 {
			g.Cells = append(g.Cells, nil)
		}
		g.Cells = append(g.Cells, texts[:last])
	}
}

// showFormats replaces numbers by the text that their format shows. Only excelize
// knows all the number formats; the sheets are small and known to be whole here.
func showFormats(src *source, grids []Grid) (err error) {
	f, err := excelize.OpenReader(src.reader(), excelize.Options{UnzipSizeLimit: 64 << 20, UnzipXMLSizeLimit: 8 << 20})
	if err != nil {
		return refuse(src.name, notWorkbook, saveAgain)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for i := range grids {
		rows, err := f.GetRows(grids[i].Name)
		if err != nil {
			return refuse(src.name, notWorkbook, saveAgain)
		}
		for r, row := range grids[i].Cells {
			for c := range row {
				if r < len(rows) && c < len(rows[r]) && row[c] != "" {
					if shown := strings.TrimSpace(rows[r][c]); shown != "" && isNumber(row[c]) {
						row[c] = shown
					}
				}
			}
		}
	}
	return nil
}

// isNumber reports whether a cell's text came from a stored number.
func isNumber(s string) bool {
	return strings.Trim(s, "0123456789.-+E%: ") == ""
}
