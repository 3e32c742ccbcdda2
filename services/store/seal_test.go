package store

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"sunmao/services/partnership"
)

func TestSealer(t *testing.T) {
	a, err := NewSealer(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewSealer(bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	const place, text = "students/x/name", "张小明"
	sealed := a.Seal(place, text)
	if strings.Contains(string(sealed), text) || sealed == a.Seal(place, text) {
		t.Errorf("sealed %q is readable or the same twice", sealed)
	}
	if got, err := a.Open(place, sealed); got != text || err != nil {
		t.Errorf("open = %q, %v; want %q", got, err, text)
	}
	if got, err := a.Open(place, ""); got != "" || err != nil {
		t.Errorf("open nothing = %q, %v", got, err)
	}
	last := []byte(sealed)
	last[len(last)-3] ^= 1
	for name, try := range map[string]struct {
		place  string
		sealed partnership.Sealed
	}{"another student": {"students/y/name", sealed}, "another field": {"students/x/phone", sealed}, "changed": {place, partnership.Sealed(last)}, "plain text": {place, text}} {
		if got, err := a.Open(try.place, try.sealed); err == nil {
			t.Errorf("%s: opened as %q", name, got)
		}
	}
	if _, err := b.Open(place, sealed); !errors.Is(err, partnership.ErrUnavailable) || !strings.Contains(err.Error(), a.id) {
		t.Errorf("another master key: %v, want it told with the key's number", err)
	}
	if a.Blind("id_number", " 50010x ") != a.Blind("id_number", "50010X") || a.Blind("id_number", "1") == a.Blind("phone", "1") || a.Blind("f", "1") == b.Blind("f", "1") {
		t.Error("blind index does not tell equal texts by field and key")
	}
	if _, err := NewSealer(nil); !errors.Is(err, partnership.ErrUnavailable) {
		t.Errorf("no key: %v", err)
	}
}
