package market

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Open reads the market file at path, text or binary as its first bytes say. The
// ranks of a binary file, which only two-way selection needs, are skipped unless
// asked for. The market returned has passed Check.
func Open(path string, ranks bool) (*Market, error) {
	f, err := os.Open(path) //nolint:gosec // the person names the file
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	magic := make([]byte, len(Magic))
	if _, err := f.ReadAt(magic, 0); err == nil && string(magic) == Magic {
		st, err := f.Stat()
		if err != nil {
			return nil, err
		}
		return ReadBinary(f, st.Size(), ranks)
	}
	m, err := Read(f, ranks)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Read is Open for a stream, of which a binary one is held in memory as a whole.
func Read(r io.Reader, ranks bool) (*Market, error) {
	magic := make([]byte, len(Magic))
	n, err := io.ReadFull(r, magic)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	all := io.MultiReader(bytes.NewReader(magic[:n]), r)
	if string(magic[:n]) == Magic {
		b, err := io.ReadAll(all)
		if err != nil {
			return nil, err
		}
		return ReadBinary(bytes.NewReader(b), int64(len(b)), ranks)
	}
	m, err := ReadText(all)
	if err != nil {
		return nil, err
	}
	return m, m.Check()
}
