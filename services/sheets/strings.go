package sheets

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// stringTable holds a workbook's shared strings: the first 8 MB in memory, the rest
// in a temporary file, so that memory does not grow with the workbook.
type stringTable struct {
	mem  []byte
	ends []int64 // where each string ends, over mem and file together
	file *os.File
	size int64
}

const stringsInMemory = 8 << 20

func (t *stringTable) add(s []byte) error {
	if t.file == nil && len(t.mem)+len(s) <= stringsInMemory {
		t.mem = append(t.mem, s...)
	} else {
		if t.file == nil {
			f, err := os.CreateTemp("", "sunmao-strings-*")
			if err != nil {
				return fmt.Errorf("spool shared strings: %w", err)
			}
			t.file = f
		}
		if _, err := t.file.Write(s); err != nil {
			return fmt.Errorf("spool shared strings: %w", err)
		}
	}
	t.size += int64(len(s))
	t.ends = append(t.ends, t.size)
	return nil
}

// get returns string i, or false if there is none.
func (t *stringTable) get(i int) (string, bool) {
	if t == nil || i < 0 || i >= len(t.ends) {
		return "", false
	}
	from, to := int64(0), t.ends[i]
	if i > 0 {
		from = t.ends[i-1]
	}
	if to <= int64(len(t.mem)) {
		return string(t.mem[from:to]), true
	}
	buf := make([]byte, to-from)
	if _, err := t.file.ReadAt(buf, from-int64(len(t.mem))); err != nil && !errors.Is(err, io.EOF) {
		return "", false
	}
	return string(buf), true
}

func (t *stringTable) Close() error {
	if t.file == nil {
		return nil
	}
	f := t.file
	t.file = nil
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// readStrings loads the shared strings. Rich text is joined; phonetic hints (rPh)
// are left out.
func (b *book) readStrings(part string) error {
	b.strings = &stringTable{}
	var item []byte
	inText, inHint := false, false
	return b.scan(part, maxStringsXML, func(x *xmlScan) error {
		switch x.kind {
		case xmlText:
			if inText && !inHint {
				item = unescape(item, x.raw)
			}
		case xmlStart:
			switch string(x.name) {
			case "si":
				item = item[:0]
			case "t":
				inText = true
			case "rPh":
				inHint = true
			}
		case xmlEnd:
			switch string(x.name) {
			case "si":
				if len(b.strings.ends) >= maxStrings {
					return errTooBig
				}
				return b.strings.add([]byte(unescapeCell(string(item))))
			case "t":
				inText = false
			case "rPh":
				inHint = false
			}
		}
		return nil
	})
}
