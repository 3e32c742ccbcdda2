package mongodoc

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzBSON: any JSON object that is turned into BSON comes back the same, and what is no
// JSON object is an error, never a panic.
func FuzzBSON(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"_id":"a","n":1,"f":0.5,"e":1e21,"b":true,"t":["x",{"y":[]}],"o":{"p":{}},"z":null}`,
		`{"n":9223372036854775807,"m":-9223372036854775808,"u":18446744073709551615}`,
		`{"a":"\u0000\u001f\u2028\\\"😀","$ne":{"$gt":""}}`, `{"a":-0}`, `[1]`, `{"a":1e999}`, `{"a":1`, `nonsense`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		raw, err := toBSON(in)
		if err != nil {
			return
		}
		if err := raw.Validate(); err != nil {
			t.Fatalf("%q became bad BSON: %v", in, err)
		}
		out, err := toJSON(raw)
		if err != nil {
			t.Fatalf("%q did not come back: %v", in, err)
		}
		back, err := toBSON(out)
		if err != nil {
			t.Fatalf("%q came back as %q: %v", in, out, err)
		}
		again, err := toJSON(back)
		if err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%q came back as %q, then as %q, %v", in, out, again, err)
		}
		if !json.Valid(out) {
			t.Fatalf("%q came back as %q, which is no JSON", in, out)
		}
	})
}

func TestBSON_SameValue(t *testing.T) {
	in := `{"_id":"岗位","n":9223372036854775807,"neg":-1,"f":0.1,"big":1e+21,"b":false,"t":["车工","",true],"o":{"p":{"q":"\"\\\t"}},"lines":[{"a":1},{"a":2}]}`
	raw, err := toBSON([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	out, err := toJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	if string(out) != `{"_id":"岗位","n":9223372036854775807,"neg":-1,"f":0.1,"big":1e+21,"b":false,"t":["车工","",true],"o":{"p":{"q":"\"\\\u0009"}},"lines":[{"a":1},{"a":2}]}` {
		t.Errorf("%s came back as %s", in, out)
	}
	var a, b any
	if json.Unmarshal([]byte(in), &a) != nil || json.Unmarshal(out, &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%s means something else as %s", in, out)
	}
}
