package assign

import (
	"os"
	"testing"

	"sunmao/services/matching/market"
)

func load(t testing.TB, path string) *market.Market {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m, err := market.ReadBinary(f, st.Size(), false)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
