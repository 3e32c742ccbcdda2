package mongodoc

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// toBSON turns a JSON object into a BSON document.
func toBSON(j []byte) (bson.Raw, error) {
	d := json.NewDecoder(bytes.NewReader(j))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("document is no JSON object: %w", err)
	}
	return appendMembers(nil, d, false)
}

// toValue turns any JSON value into a BSON value.
func toValue(j []byte) (bson.RawValue, error) {
	wrapped, err := toBSON(append(append([]byte(`{"v":`), j...), '}'))
	if err != nil {
		return bson.RawValue{}, err
	}
	return wrapped.Lookup("v"), nil
}

// appendMembers appends the members of an object or array whose opening was read.
func appendMembers(out []byte, d *json.Decoder, array bool) ([]byte, error) {
	start := len(out)
	out = append(out, 0, 0, 0, 0)
	for i := 0; d.More(); i++ {
		name := strconv.Itoa(i)
		if !array {
			t, err := d.Token()
			if err != nil {
				return nil, err
			}
			name, _ = t.(string) // a key is a string, or Token is in error
		}
		if bytes.IndexByte([]byte(name), 0) >= 0 {
			return nil, fmt.Errorf("key %q holds a NUL", name)
		}
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		kindAt := len(out)
		out = append(append(append(out, 0), name...), 0)
		var kind bson.Type
		if kind, out, err = appendValue(out, d, t); err != nil {
			return nil, err
		}
		out[kindAt] = byte(kind)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	out = append(out, 0)
	binary.LittleEndian.PutUint32(out[start:], uint32(len(out)-start)) //nolint:gosec // servers refuse 16 MB, long before
	return out, nil
}

func appendValue(out []byte, d *json.Decoder, t json.Token) (bson.Type, []byte, error) {
	switch t := t.(type) {
	case nil:
		return bson.TypeNull, out, nil
	case bool:
		b := byte(0)
		if t {
			b = 1
		}
		return bson.TypeBoolean, append(out, b), nil
	case string:
		out = binary.LittleEndian.AppendUint32(out, uint32(len(t)+1)) //nolint:gosec // as above
		return bson.TypeString, append(append(out, t...), 0), nil
	case json.Number:
		if n, err := strconv.ParseInt(string(t), 10, 64); err == nil && t != "-0" {
			return bson.TypeInt64, binary.LittleEndian.AppendUint64(out, uint64(n)), nil //nolint:gosec // two's complement is meant
		}
		f, err := strconv.ParseFloat(string(t), 64)
		return bson.TypeDouble, binary.LittleEndian.AppendUint64(out, math.Float64bits(f)), err
	}
	if t == json.Delim('[') {
		out, err := appendMembers(out, d, true)
		return bson.TypeArray, out, err
	}
	out, err := appendMembers(out, d, false)
	return bson.TypeEmbeddedDocument, out, err
}

// toJSON turns a BSON document into the JSON that encoding/json would have written.
func toJSON(raw bson.Raw) ([]byte, error) {
	return appendJSON(make([]byte, 0, len(raw)+len(raw)/4), raw, '{', '}')
}

func appendJSON(out []byte, raw bson.Raw, left, right byte) ([]byte, error) {
	elements, err := raw.Elements()
	if err != nil {
		return nil, err
	}
	out = append(out, left)
	first := true
	for _, e := range elements {
		v := e.Value()
		if v.Type == bson.TypeNull && left == '{' {
			continue // null is missing
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		if left == '{' {
			out = append(appendText(out, e.Key()), ':')
		}
		if out, err = appendJSONValue(out, v); err != nil {
			return nil, fmt.Errorf("field %s: %w", e.Key(), err)
		}
	}
	return append(out, right), nil
}

func appendJSONValue(out []byte, v bson.RawValue) ([]byte, error) {
	switch v.Type {
	case bson.TypeString:
		return appendText(out, v.StringValue()), nil
	case bson.TypeInt64:
		return strconv.AppendInt(out, v.Int64(), 10), nil
	case bson.TypeInt32:
		return strconv.AppendInt(out, int64(v.Int32()), 10), nil
	case bson.TypeDouble:
		j, err := json.Marshal(v.Double())
		return append(out, j...), err
	case bson.TypeBoolean:
		return strconv.AppendBool(out, v.Boolean()), nil
	case bson.TypeNull:
		return append(out, "null"...), nil
	case bson.TypeDateTime:
		return strconv.AppendInt(out, v.DateTime(), 10), nil // written by another tool; ours is int64 already
	case bson.TypeEmbeddedDocument:
		return appendJSON(out, v.Document(), '{', '}')
	case bson.TypeArray:
		return appendJSON(out, bson.Raw(v.Array()), '[', ']')
	}
	return nil, fmt.Errorf("value of BSON type %s, which this program never writes", v.Type)
}

const hexDigits = "0123456789abcdef"

// appendText appends a JSON string; the text is UTF-8, as all we store.
func appendText(out []byte, s string) []byte {
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ':
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
