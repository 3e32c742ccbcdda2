package store

import (
	"fmt"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"sunmao/services/partnership"
)

// Match is what one node of a Filter asks. Ne is Not of Eq and Prefix a pair of
// bounds, so these are all that backends render.
type Match uint8

// The questions of a filter.
const (
	MatchAll    Match = iota // every document
	MatchEq                  // field equals Values[0]
	MatchLt                  // field is less
	MatchLe                  // field is less or equal
	MatchGt                  // field is greater
	MatchGe                  // field is greater or equal
	MatchIn                  // field equals one of Values; none do, if there are none
	MatchHas                 // field, an array, contains Values[0]
	MatchExists              // field is present
	MatchAnd                 // all of Sub
	MatchOr                  // at least one of Sub; none do, if there are none
	MatchNot                 // not Sub[0]
)

// Filter says which documents. The zero Filter matches all. Build it from Field, And,
// Or and Not; the fields are exported for backends to render.
type Filter struct {
	Match  Match
	Path   string
	Values []any // string, int64, float64 or bool
	Sub    []Filter
	err    error // a value that cannot be compared; told when the filter is used
}

// Field names a field by its path in the JSON document: "status", "site.city".
type Field string

// Eq matches documents whose field equals v: a text, number, bool, time or Stamp.
func (p Field) Eq(v any) Filter { return p.test(MatchEq, v) }

// Ne matches documents whose field differs from v or is missing.
func (p Field) Ne(v any) Filter { return Not(p.test(MatchEq, v)) }

// Lt matches a field less than v.
func (p Field) Lt(v any) Filter { return p.test(MatchLt, v) }

// Le matches a field less than or equal to v.
func (p Field) Le(v any) Filter { return p.test(MatchLe, v) }

// Gt matches a field greater than v.
func (p Field) Gt(v any) Filter { return p.test(MatchGt, v) }

// Ge matches a field greater than or equal to v.
func (p Field) Ge(v any) Filter { return p.test(MatchGe, v) }

// Has matches a field that is an array containing v.
func (p Field) Has(v any) Filter { return p.test(MatchHas, v) }

// Exists matches documents that have the field.
func (p Field) Exists() Filter { return Filter{Match: MatchExists, Path: string(p)} }

// In matches a field equal to one of vs; a single slice is taken as its elements.
func (p Field) In(vs ...any) Filter {
	if len(vs) == 1 {
		if s := reflect.ValueOf(vs[0]); s.Kind() == reflect.Slice {
			vs = make([]any, s.Len())
			for i := range vs {
				vs[i] = s.Index(i).Interface()
			}
		}
	}
	return p.test(MatchIn, vs...)
}

// Prefix matches a text field that begins with s. It is the range from s to the next
// text that does not begin with it, so an index serves it.
func (p Field) Prefix(s string) Filter {
	from := p.Ge(s)
	to, ok := after(s)
	if !ok {
		return from
	}
	return And(from, p.Lt(to))
}

// after returns the least text greater than all that begin with s.
func after(s string) (string, bool) {
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
		switch r {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // the surrogates that follow are no characters
			return s + "\uE000", true
		}
		return s + string(r+1), true
	}
	return "", false
}

// And matches documents that match all of fs.
func And(fs ...Filter) Filter {
	fs = slices.DeleteFunc(slices.Clone(fs), func(f Filter) bool { return f.Match == MatchAll })
	switch len(fs) {
	case 0:
		return Filter{}
	case 1:
		return fs[0]
	}
	return Filter{Match: MatchAnd, Sub: fs}
}

// Or matches documents that match at least one of fs; with no fs it matches none.
func Or(fs ...Filter) Filter {
	if len(fs) == 1 {
		return fs[0]
	}
	return Filter{Match: MatchOr, Sub: slices.Clone(fs)}
}

// Not matches the documents that f does not match.
func Not(f Filter) Filter { return Filter{Match: MatchNot, Sub: []Filter{f}} }

func (p Field) test(m Match, vs ...any) Filter {
	f := Filter{Match: m, Path: string(p), Values: make([]any, len(vs))}
	for i, v := range vs {
		n, err := scalar(v)
		if err != nil {
			f.err = fmt.Errorf("filter on %s: %w", p, err)
		}
		f.Values[i] = n
	}
	return f
}

// scalar reduces a comparable value to string, int64, float64 or bool. Anything else
// is refused, so a map from a request never reaches a database as an operator.
func scalar(v any) (any, error) {
	if t, ok := v.(time.Time); ok {
		return int64(partnership.At(t)), nil
	}
	r := reflect.ValueOf(v)
	switch {
	case r.Kind() == reflect.String:
		if s := r.String(); utf8.ValidString(s) {
			return s, nil
		}
		return nil, fmt.Errorf("text is not UTF-8: %q", r.String())
	case r.CanInt():
		return r.Int(), nil
	case r.CanUint() && r.Uint() < 1<<63:
		return int64(r.Uint()), nil //nolint:gosec // bounded on the line above
	case r.CanFloat() && r.Float() == r.Float():
		return r.Float(), nil
	case r.Kind() == reflect.Bool:
		return r.Bool(), nil
	}
	return nil, fmt.Errorf("cannot compare with %T %v", v, v)
}
