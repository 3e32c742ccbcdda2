package market

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"testing"
)

func sample(t testing.TB) []byte {
	m := Generate(Recipe{Students: 60, Posts: 12, Candidates: 4, Slack: 1.1, Seed: 5})
	var b bytes.Buffer
	if err := m.WriteBinary(&b, 5); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBinaryRoundTrip(t *testing.T) {
	b := sample(t)
	want := Generate(Recipe{Students: 60, Posts: 12, Candidates: 4, Slack: 1.1, Seed: 5})
	got, err := ReadBinary(bytes.NewReader(b), int64(len(b)), true)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Edges, want.Edges) || !slices.Equal(got.Prio, want.Prio) || !slices.Equal(got.Off, want.Off) ||
		!slices.Equal(got.Supply, want.Supply) || !slices.Equal(got.Cohort, want.Cohort) || !slices.Equal(got.PostCap, want.PostCap) ||
		!slices.Equal(got.Company, want.Company) || !slices.Equal(got.CompanyCap, want.CompanyCap) {
		t.Error("what is read is not what was written")
	}
	got, err = ReadBinary(bytes.NewReader(b), int64(len(b)), false)
	if err != nil || got.Prio != nil {
		t.Errorf("without ranks: %v, %d ranks", err, len(got.Prio))
	}
}

func TestBinaryRefuses(t *testing.T) {
	good := sample(t)
	le := binary.LittleEndian
	for _, tc := range []struct {
		name   string
		change func(b []byte) []byte
	}{
		{"empty", func([]byte) []byte { return nil }},
		{"header cut", func(b []byte) []byte { return b[:40] }},
		{"other magic", func(b []byte) []byte { b[7]++; return b }},
		{"end cut", func(b []byte) []byte { return b[:len(b)-8] }},
		{"bytes after the end", func(b []byte) []byte { return append(b, 0) }},
		{"four billion agents", func(b []byte) []byte { le.PutUint32(b[8:], 0xffffffff); return b }},
		{"2^60 edges", func(b []byte) []byte { le.PutUint64(b[24:], 1<<60); return b }},
		{"edges beyond all numbers", func(b []byte) []byte { le.PutUint64(b[24:], 1<<64-1); return b }},
		{"supply beyond 2^31", func(b []byte) []byte { le.PutUint32(b[64:], 0xffffffff); return b }},
		{"post that does not exist", func(b []byte) []byte {
			s := layout(60, 12, 3, int64(le.Uint64(b[24:])))
			le.PutUint32(b[s.post:], 12)
			return b
		}},
		{"post twice", func(b []byte) []byte {
			s := layout(60, 12, 3, int64(le.Uint64(b[24:])))
			copy(b[s.post:s.post+4], b[s.post+4:s.post+8])
			return b
		}},
		{"offsets out of order", func(b []byte) []byte {
			s := layout(60, 12, 3, int64(le.Uint64(b[24:])))
			le.PutUint64(b[s.off+8:], 1<<63)
			return b
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := tc.change(slices.Clone(good))
			if m, err := ReadBinary(bytes.NewReader(b), int64(len(b)), true); err == nil {
				t.Errorf("accepted: %+v", m)
			} else if err.Error() == "" {
				t.Error("no reason given")
			}
		})
	}
}

func FuzzReadBinary(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(Magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadBinary(bytes.NewReader(b), int64(len(b)), true)
		if err == nil {
			if err := m.Check(); err != nil {
				t.Errorf("accepted a market that is not sound: %v", err)
			}
		}
	})
}
