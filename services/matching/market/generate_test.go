package market

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
)

// The digests are of files written by the generator that the published figures
// come from: a change of one bit would make them incomparable.
func TestGenerateIsTheSameEverywhere(t *testing.T) {
	for _, tc := range []struct {
		size, digest string
	}{
		{"XS", "8ddd6ce077404ccb7c2b5bd658fe96e66966888c68574ebbc7b4f7ede61e3433"},
		{"S", "2c808f6a9bd6996380e8beb9ba0ff217c46b35c766bd238a4486e63d87494abb"},
		{"c", "40b16c50f1be2b68fd7b6e06cb65fac01dde4a0910254053526dd1613f94e3d1"},
	} {
		t.Run(tc.size, func(t *testing.T) {
			recipe, ok := Named(tc.size)
			if !ok {
				t.Fatal("no such size")
			}
			m := Generate(recipe)
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := m.WriteBinary(&b, recipe.Seed); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%x", sha256.Sum256(b.Bytes())); got != tc.digest {
				t.Errorf("digest %s, want %s", got, tc.digest)
			}
		})
	}
}
