package store

import (
	"fmt"
	"regexp"
	"slices"
)

// Spec declares a collection once, for both backends.
type Spec struct {
	Name    string // ^[a-z][a-z0-9_]*$
	Indexes []Index
	// Trail: each write leaves an entry in the audit trail.
	Trail bool
	// Version of the document's shape, written as _v. A document of a newer version may
	// be read and updated by field, but Replace refuses it: it would drop fields that
	// this program does not know.
	Version int
	// Upcast brings the JSON of an older version to the present shape when it is read;
	// nil if encoding/json reads old documents well enough.
	Upcast func(from int, doc []byte) ([]byte, error)
}

// Index declares an index over fields, the most selective equality first, the sort
// field last. A list index gets _d (not deleted) in front and _id behind, so lists and
// pages need no sort; if it holds every field a Group or Count names, it answers
// alone. A unique key covers deleted documents too, and needs its fields always
// present (filler: the document's own _id).
type Index struct {
	Fields []string
	Unique bool
}

var (
	validName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)
	validPath = regexp.MustCompile(`^[A-Za-z_]\w*(\.\w+)*$`)
)

// normal returns the spec as backends get it: list indexes begin with _d and end with _id.
func (s Spec) normal() (Spec, error) {
	if !validName.MatchString(s.Name) {
		return s, fmt.Errorf("collection name %q: want %s", s.Name, validName)
	}
	indexes := make([]Index, len(s.Indexes))
	for i, x := range s.Indexes {
		if len(x.Fields) == 0 {
			return s, fmt.Errorf("collection %s: index %d has no fields", s.Name, i)
		}
		fields := slices.Clone(x.Fields)
		if !x.Unique {
			fields = slices.DeleteFunc(fields, func(f string) bool { return f == "_d" || f == "_id" })
			fields = append(append([]string{"_d"}, fields...), "_id")
		}
		indexes[i] = Index{Fields: fields, Unique: x.Unique}
	}
	s.Indexes = indexes
	return s, nil
}

// Sort is one field of an order.
type Sort struct {
	Path string
	Desc bool
}

// Asc sorts by the field, least first; documents without it come first.
func Asc(path string) Sort { return Sort{Path: path} }

// Desc sorts by the field, greatest first; documents without it come last.
func Desc(path string) Sort { return Sort{Path: path, Desc: true} }

// OpKind is what an Op does.
type OpKind uint8

// The operations of an update.
const (
	OpSet OpKind = iota
	OpInc
	OpUnset
	OpPush
)

// Op changes one field in an Update.
type Op struct {
	Kind OpKind
	Path string
	N    int64  // for OpInc
	JSON []byte // for OpSet and OpPush
	v    any
}

// Set writes v, anything that encoding/json takes, into the field; nil unsets it.
func Set(path string, v any) Op {
	if v == nil {
		return Unset(path)
	}
	return Op{Kind: OpSet, Path: path, v: v}
}

// Inc adds n to a whole number; a missing field counts as 0.
func Inc(path string, n int64) Op { return Op{Kind: OpInc, Path: path, N: n} }

// Unset removes the field.
func Unset(path string) Op { return Op{Kind: OpUnset, Path: path} }

// Push appends v to an array; a missing field counts as an empty one.
func Push(path string, v any) Op { return Op{Kind: OpPush, Path: path, v: v} }

// AggKind is what an Agg computes.
type AggKind uint8

// The aggregates; the mean is sum over count.
const (
	AggSum AggKind = iota
	AggMin
	AggMax
)

// Agg computes one number for each group.
type Agg struct {
	Kind AggKind
	Path string
}

// Sum adds up a numeric field; missing counts as 0.
func Sum(path string) Agg { return Agg{AggSum, path} }

// Min is the least value of a numeric field; 0 if it is missing throughout.
func Min(path string) Agg { return Agg{AggMin, path} }

// Max is the greatest value of a numeric field; 0 if it is missing throughout.
func Max(path string) Agg { return Agg{AggMax, path} }

// GroupRow is one group: the values of the fields grouped by (string, int64, float64,
// bool, or nil if missing), how many documents, and the aggregates in the order asked
// for (exact for whole numbers up to 2^53).
type GroupRow struct {
	By    []any
	Count int64
	Aggs  []float64
}

// Text returns the i-th grouping value as text, "" if it is missing.
func (g GroupRow) Text(i int) string {
	if g.By[i] == nil {
		return ""
	}
	return fmt.Sprint(g.By[i])
}

// encode fixes the JSON of the value.
func (o *Op) encode() error {
	if o.Kind != OpSet && o.Kind != OpPush {
		return nil
	}
	j, err := encode(o.v)
	if err != nil {
		return fmt.Errorf("operation on %s: %w", o.Path, err)
	}
	if o.Kind == OpSet && string(j) == "null" {
		o.Kind = OpUnset // a typed nil
	}
	o.JSON = j
	return nil
}
