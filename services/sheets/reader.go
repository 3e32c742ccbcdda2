package sheets

import (
	"errors"
	"io"
)

// Fault marks a cell that may be read but must not be taken as data.
type Fault int

// The faults of a cell.
const (
	Sound    Fault = iota
	Formula        // 公式
	Merged         // 合并单元格
	TooLong        // over MaxCell characters
	BadValue       // a spreadsheet error such as #N/A
	BadBytes       // bytes that are no character of the file's encoding
	BadQuote       // a CSV line whose quotes do not pair
)

// problem gives the sentence for a fault.
func (f Fault) problem() (what, allowed string) {
	switch f {
	case Formula:
		return "单元格里是公式", "请选择性粘贴为数值，只留结果"
	case Merged:
		return "数据区里有合并单元格", "请取消合并，每一行都填上自己的值"
	case TooLong:
		return "单元格内容太长", "最多 32767 个字"
	case BadValue:
		return "单元格里是错误值（如 #N/A、#REF!）", "请填上真正的值，或者清空"
	case BadBytes:
		return "有认不出的字符", "请把文件存为 UTF-8 或 GB18030 编码"
	case BadQuote:
		return "引号不成对", "内容里有引号时，整格用英文双引号括起来，里面的引号写两遍"
	}
	return "", ""
}

// Cell is one cell as text: numbers without grouping, dates as 2006-01-02, percents
// with their sign, all as stored and not as rounded for show.
type Cell struct {
	Text  string
	Fault Fault
}

// Reader streams the rows of one table, skipping rows without content.
type Reader struct {
	src      *source
	rows     rowSource
	Encoding string // "UTF-8", "UTF-8 BOM", "UTF-16", "GB18030" or "xlsx"
	Sheet    string // name of the worksheet; empty for CSV
	line     int
	cells    []Cell
	count    int
	err      error
}

// rowSource is what CSV and .xlsx have in common.
type rowSource interface {
	// next returns the next row, io.EOF at the end. The slice is reused.
	next() (line int, cells []Cell, err error)
	// read is how much of size has been consumed.
	read() (done, size int64)
	io.Closer
}

// Open starts reading a table. The name tells the form (.csv or .xlsx) and stands in
// messages. Of a workbook it takes the first sheet named in prefer that exists, else
// the first visible one. A file that cannot be a table is refused with
// partnership.Invalid. Close the Reader after use; r stays the caller's.
func Open(r io.Reader, name string, prefer ...string) (*Reader, error) {
	src, err := newSource(r, name)
	if err != nil {
		return nil, err
	}
	rd := &Reader{src: src}
	if err := rd.open(prefer); err != nil {
		return nil, errors.Join(err, src.Close())
	}
	return rd, nil
}

func (r *Reader) open(prefer []string) error {
	f, err := r.src.form()
	if err != nil {
		return err
	}
	if f == formCSV {
		c, err := openCSV(r.src)
		if err != nil {
			return err
		}
		r.rows, r.Encoding = c, c.encoding
		return nil
	}
	b, err := openBook(r.src)
	if err != nil {
		return err
	}
	s, err := b.pick(prefer)
	if err != nil {
		return errors.Join(err, b.Close())
	}
	rows, err := b.openSheet(s)
	if err != nil {
		return err
	}
	r.rows, r.Encoding, r.Sheet = rows, "xlsx", s.name
	return nil
}

// Next moves to the next row with content. It returns false at the end or on an
// error, see Err.
func (r *Reader) Next() bool {
	for r.err == nil {
		line, cells, err := r.rows.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				r.err = err
			}
			return false
		}
		for len(cells) > 0 && cells[len(cells)-1] == (Cell{}) {
			cells = cells[:len(cells)-1]
		}
		if !hasContent(cells) {
			continue
		}
		r.line, r.cells = line, cells
		if r.count++; r.count > MaxRows+headSearch {
			r.err = refuseAt(r.src.name, line, "整行", "行数太多", "一次最多 200000 行，请分成几份导入")
			return false
		}
		return true
	}
	return false
}

// hasContent is false for a row with nothing but the rest of merged ranges.
func hasContent(cells []Cell) bool {
	for _, c := range cells {
		if c.Text != "" || c.Fault != Sound && c.Fault != Merged {
			return true
		}
	}
	return false
}

// Line is the row's number as the person sees it.
func (r *Reader) Line() int { return r.line }

// Cells are the row's cells up to the last with content, valid until Next.
func (r *Reader) Cells() []Cell { return r.cells }

// Err is the error that stopped Next, if any.
func (r *Reader) Err() error { return r.err }

// Progress is the share of the table read so far, 0 to 1.
func (r *Reader) Progress() float64 {
	done, size := r.rows.read()
	if size <= 0 {
		return 1
	}
	return min(1, float64(done)/float64(size))
}

// Close frees what Open took.
func (r *Reader) Close() error { return errors.Join(r.rows.Close(), r.src.Close()) }
