package market

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpen_Sniffs reads the same market as text and as binary, from a file and from
// a stream.
func TestOpen_Sniffs(t *testing.T) {
	m, err := ReadText(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	var text, bin bytes.Buffer
	if err := WriteText(&text, m); err != nil {
		t.Fatal(err)
	}
	if err := m.WriteBinary(&bin, 1); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"text": text.Bytes(), "binary": bin.Bytes()} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			fromFile, err := Open(path, false)
			if err != nil {
				t.Fatal(err)
			}
			fromStream, err := Read(bytes.NewReader(b), false)
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range []*Market{fromFile, fromStream} {
				if len(got.Edges) != len(m.Edges) || got.Students() != m.Students() || got.Posts() != m.Posts() || got.Companies() != m.Companies() {
					t.Errorf("market = %+v, want %+v", got, m)
				}
			}
		})
	}
	t.Run("short", func(t *testing.T) {
		if _, err := Read(strings.NewReader("x"), false); err == nil {
			t.Error("one byte is a market")
		}
	})
	t.Run("absent", func(t *testing.T) {
		if _, err := Open(filepath.Join(t.TempDir(), "none"), false); !os.IsNotExist(err) {
			t.Errorf("err = %v", err)
		}
	})
}
