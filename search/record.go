package search

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// record is what a hit needs without a look at the documents' home.
type record struct {
	words                byte // of the title
	pay                  int32
	updated, rev         int64
	lng, lat             float32 // NaN: unknown
	kind, title, company string
	names                string // company and tags, folded
	body                 string // the text; kept beside the rest
}

// pack appends r, without its text, to b.
func (r *record) pack(b []byte) []byte {
	b = append(b, r.words)
	b = binary.AppendVarint(b, int64(r.pay))
	b = binary.AppendVarint(b, r.updated)
	b = binary.AppendVarint(b, r.rev)
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(r.lng))
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(r.lat))
	for _, s := range [...]string{r.kind, r.title, r.company, r.names} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// unpack reads what pack wrote; ok is false if b is damaged.
func unpack(b []byte) (r record, ok bool) {
	if len(b) == 0 {
		return r, false
	}
	r.words, b = b[0], b[1:]
	var nums [3]int64
	for i := range nums {
		v, n := binary.Varint(b)
		if n <= 0 {
			return r, false
		}
		nums[i], b = v, b[n:]
	}
	r.pay, r.updated, r.rev = int32(nums[0]), nums[1], nums[2]
	if len(b) < 8 {
		return r, false
	}
	r.lng = math.Float32frombits(binary.BigEndian.Uint32(b))
	r.lat = math.Float32frombits(binary.BigEndian.Uint32(b[4:]))
	b = b[8:]
	for _, s := range []*string{&r.kind, &r.title, &r.company, &r.names} {
		l, n := binary.Uvarint(b)
		if n <= 0 || uint64(len(b)-n) < l {
			return r, false
		}
		*s, b = string(b[n:n+int(l)]), b[n+int(l):]
	}
	return r, true
}

// clip cuts s to at most n bytes at a rune border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// readRecord reads the stored record of a document, with its text or without.
func readRecord(seg segment.Segment, doc uint32, body bool) (r record, err error) {
	ok, text := false, ""
	err = seg.VisitStoredFields(uint64(doc), func(name string, _ byte, value []byte, _ []uint64) bool {
		switch name {
		case fieldStored:
			r, ok = unpack(value)
		case fieldBody:
			if body {
				text = string(value)
			}
		}
		return body || !ok
	})
	if err == nil && !ok {
		err = fmt.Errorf("its record is damaged")
	}
	if err != nil {
		return r, fmt.Errorf("document %d: %w", doc, err)
	}
	r.body = text
	return r, nil
}
