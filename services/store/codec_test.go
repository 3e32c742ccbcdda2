package store

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// FuzzEncode: what is stored is the JSON of the value less null members, whatever the
// value; keys and nestings that one database cannot take are refused.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":null}`, `{"a":null,"b":1,"c":null}`, `{"a":{"b":null},"c":[null,{"d":null}]}`, `{"a.b":1}`, `{"$a":1}`, `{"":1}`,
		`{"a":[[1]]}`, `{"a":[{"b":[1]}]}`, `{"a":"null,}]\\\"","b":"\u0000"}`, `{"\u0000":1}`, `{"a":-0,"b":1e400}`, `{"n":9223372036854775808}`, `[-9223372036854775808]`, `"null"`, `[null]`, `null`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		d := json.NewDecoder(strings.NewReader(in))
		d.UseNumber()
		var v any
		if d.Decode(&v) != nil {
			return
		}
		got, err := encode(v)
		if bad := forbidden(v, false); bad != (err != nil) {
			t.Fatalf("encode(%s): error %v, want one: %v", in, err, bad)
		}
		if err != nil {
			return
		}
		var back any
		d = json.NewDecoder(bytes.NewReader(got))
		d.UseNumber()
		if err := d.Decode(&back); err != nil {
			t.Fatalf("encode(%s) = %s: %v", in, got, err)
		}
		if want := withoutNull(v); !reflect.DeepEqual(back, want) {
			t.Fatalf("encode(%s) = %s", in, got)
		}
	})
}

func forbidden(v any, inArray bool) bool {
	switch v := v.(type) {
	case json.Number:
		_, err := v.Int64()
		return err != nil && !strings.ContainsAny(string(v), ".eE")
	case []any:
		for _, e := range v {
			if forbidden(e, true) {
				return true
			}
		}
		return inArray
	case map[string]any:
		for k, e := range v {
			if k == "" || k[0] == '$' || strings.ContainsAny(k, ".\x00") || forbidden(e, false) {
				return true
			}
		}
	}
	return false
}

func withoutNull(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutNull(v[i])
		}
	case map[string]any:
		for k, e := range v {
			if e == nil {
				delete(v, k)
			} else {
				v[k] = withoutNull(e)
			}
		}
	}
	return v
}

// FuzzCursor: a cursor comes from an address that anybody can type.
func FuzzCursor(f *testing.F) {
	sort := []Sort{Asc("a"), Asc("_id")}
	f.Add("")
	f.Add("eyJxIjowLCJhIjpbMSwiYSJdfQ")
	f.Add("eyJhIjpbeyIkbmUiOiIifSxbXV19")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseCursor(text, Filter{}, sort)
		if err == nil && len(at) != len(sort) {
			t.Fatalf("cursor %q gave %v", text, at)
		}
	})
}

func TestPrefix(t *testing.T) {
	for _, tc := range []struct{ name, prefix, to string }{
		{"letter", "ab", "ac"},
		{"character", "车", "\u8f67"},
		{"before the surrogates", "a\uD7FF", "a\uE000"},
		{"last character", "a\U0010FFFF", "b"},
		{"nothing greater", "\U0010FFFF", ""},
		{"empty", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := Field("t").Prefix(tc.prefix)
			got := ""
			if f.Match == MatchAnd {
				got = f.Sub[1].Values[0].(string)
			}
			if got != tc.to {
				t.Errorf("Prefix(%q) ends before %q, want %q", tc.prefix, got, tc.to)
			}
		})
	}
}
