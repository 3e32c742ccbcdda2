package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// encode returns the JSON that is stored: what encoding/json makes of v, without
// HTML escapes and without null members.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	c := canon{in: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}
	if err := c.value(false); err != nil {
		return nil, err
	}
	return c.out, nil
}

// decode is the one place where stored JSON becomes a Go value.
func decode(doc []byte, v any) error { return json.Unmarshal(doc, v) }

// canon copies compact JSON, as encoding/json writes it, and holds it to the rules of
// the package comment. It relies on the input being valid.
type canon struct {
	in  []byte
	at  int
	out []byte
}

func (c *canon) value(inArray bool) error {
	switch c.in[c.at] {
	case '{':
		return c.object()
	case '[':
		if inArray {
			return fmt.Errorf("an array directly inside an array cannot be stored")
		}
		return c.array()
	case '"':
		c.text()
		return nil
	}
	from := c.at
	for c.at < len(c.in) && !strings.ContainsRune(",]}", rune(c.in[c.at])) {
		c.at++
	}
	c.out = append(c.out, c.in[from:c.at]...)
	return wholeNumber(c.in[from:c.at])
}

// wholeNumber refuses whole numbers beyond int64: one database would round them.
func wholeNumber(n []byte) error {
	const short = 18 // digits that always fit
	if len(n) <= short || bytes.ContainsAny(n, ".eE") {
		return nil
	}
	if _, err := strconv.ParseInt(string(n), 10, 64); err != nil {
		return fmt.Errorf("whole number %s cannot be stored: it is beyond 64 bits", n)
	}
	return nil
}

func (c *canon) object() error {
	c.out = append(c.out, '{')
	c.at++
	for first := true; c.in[c.at] != '}'; {
		if c.in[c.at] == ',' {
			c.at++
		}
		undo := len(c.out)
		if !first {
			c.out = append(c.out, ',')
		}
		from := c.at
		c.text()
		if err := goodKey(c.in[from+1 : c.at-1]); err != nil {
			return err
		}
		c.out = append(c.out, ':')
		c.at++
		if bytes.HasPrefix(c.in[c.at:], []byte("null")) {
			c.out = c.out[:undo]
			c.at += len("null")
			continue
		}
		first = false
		if err := c.value(false); err != nil {
			return err
		}
	}
	c.out = append(c.out, '}')
	c.at++
	return nil
}

func (c *canon) array() error {
	c.out = append(c.out, '[')
	c.at++
	for c.in[c.at] != ']' {
		if c.in[c.at] == ',' {
			c.out = append(c.out, ',')
			c.at++
		}
		if err := c.value(true); err != nil {
			return err
		}
	}
	c.out = append(c.out, ']')
	c.at++
	return nil
}

// text copies a string with its quotes.
func (c *canon) text() {
	from := c.at
	for c.at++; c.in[c.at] != '"'; c.at++ {
		if c.in[c.at] == '\\' {
			c.at++
		}
	}
	c.at++
	c.out = append(c.out, c.in[from:c.at]...)
}

// goodKey refuses keys that one of the databases would read as a path or an operator.
func goodKey(k []byte) error {
	if len(k) == 0 || k[0] == '$' || bytes.IndexByte(k, '.') >= 0 || bytes.Contains(k, []byte(`\u0000`)) {
		return fmt.Errorf("key %q cannot be stored: a key is not empty, has no dot and no leading $", k)
	}
	return nil
}
