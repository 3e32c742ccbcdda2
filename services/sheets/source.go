package sheets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// source is an upload that can be read twice and from any place: once to learn
// its encoding or its list of parts, once for the rows.
type source struct {
	io.ReaderAt
	size int64
	temp *os.File // nil if the caller's reader already allows random access
	name string
}

// spoolInMemory is the size up to which an upload without random access stays in memory.
const spoolInMemory = 1 << 20

// newSource takes r as it is if it allows random access (a file, an uploaded part,
// a bytes.Reader), else copies it: small ones to memory, others to a temporary file.
func newSource(r io.Reader, name string) (*source, error) {
	s := &source{name: name}
	type random interface {
		io.ReaderAt
		io.Seeker
	}
	if ra, ok := r.(random); ok {
		size, err := ra.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, fmt.Errorf("size of %s: %w", name, err)
		}
		s.ReaderAt, s.size = ra, size
		return s, s.checkSize()
	}
	var head bytes.Buffer
	n, err := io.Copy(&head, io.LimitReader(r, spoolInMemory))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if n < spoolInMemory {
		s.ReaderAt, s.size = bytes.NewReader(head.Bytes()), n
		return s, s.checkSize()
	}
	f, err := os.CreateTemp("", "sunmao-sheet-*")
	if err != nil {
		return nil, fmt.Errorf("spool %s: %w", name, err)
	}
	s.temp, s.ReaderAt = f, f
	s.size, err = io.Copy(f, io.MultiReader(&head, io.LimitReader(r, MaxFile+1-n)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("spool %s: %w", name, err), s.Close())
	}
	if err := s.checkSize(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *source) checkSize() error {
	switch {
	case s.size == 0:
		return refuse(s.name, "文件是空的", "请选有内容的 .csv 或 .xlsx 文件")
	case s.size > MaxFile:
		return refuse(s.name, fmt.Sprintf("文件有 %d MB", s.size>>20), fmt.Sprintf("最大 %d MB，请分成几份导入", MaxFile>>20))
	}
	return nil
}

// Close removes the temporary copy, if there is one.
func (s *source) Close() error {
	if s.temp == nil {
		return nil
	}
	f := s.temp
	s.temp = nil
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// reader starts at the first byte.
func (s *source) reader() *io.SectionReader { return io.NewSectionReader(s.ReaderAt, 0, s.size) }

type form int

const (
	formCSV form = iota
	formXLSX
)

// form tells CSV from .xlsx by extension and content, which must agree: a file
// whose name lies about its content is refused.
func (s *source) form() (form, error) {
	head := make([]byte, 8)
	n, err := s.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read %s: %w", s.name, err)
	}
	head = head[:n]
	zipped := bytes.HasPrefix(head, []byte("PK\x03\x04"))
	if bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) {
		return 0, refuse(s.name, "这是旧版 .xls 或加了密码的工作簿", "请去掉密码，在 Excel 或 WPS 里另存为 .xlsx 再导入")
	}
	switch strings.ToLower(path.Ext(s.name)) {
	case ".xlsx":
		if !zipped {
			return 0, refuse(s.name, "文件名是 .xlsx，内容却不是 Excel 工作簿", "请在 Excel 或 WPS 里打开后另存为 .xlsx")
		}
		return formXLSX, nil
	case ".csv", ".txt":
		if zipped {
			return 0, refuse(s.name, "文件名是 .csv，内容却是压缩包或 Excel 工作簿", "若是工作簿，请把扩展名改为 .xlsx")
		}
		return formCSV, nil
	case ".xlsm", ".xltm", ".xlsb", ".xlam":
		return 0, refuse(s.name, "工作簿带宏或是二进制格式", "请另存为不带宏的 .xlsx 再导入")
	}
	return 0, refuse(s.name, "不认识的文件类型", "只收 .csv 和 .xlsx")
}
