package store

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// kind is the JSON type of a field as its Go type tells it.
type kind uint8

const (
	anyKind kind = iota // not to be told: an interface, a type with its own marshaller
	textKind
	numberKind
	boolKind
	objectKind
	arrayKind
)

func (k kind) String() string {
	return [...]string{"any", "text", "number", "bool", "object", "array"}[k]
}

// field is what shape knows about a path.
type field struct {
	kind    kind
	elem    kind // of an array's elements
	missing bool // may be absent: omitempty, pointer, map or interface on the way
}

// shape answers what lies at a path of a Go type's JSON form, and remembers.
type shape struct {
	root  reflect.Type
	known sync.Map // path to field
}

// at returns the field at a path, or why there is none.
func (s *shape) at(path string) (field, error) {
	if f, ok := s.known.Load(path); ok {
		return f.(field), nil
	}
	if !validPath.MatchString(path) {
		return field{}, fmt.Errorf("path %q of %s: want %s", path, s.root, validPath)
	}
	f := field{}
	t := s.root
	for _, name := range strings.Split(path, ".") {
		t = deref(t, &f)
		switch {
		case kindOf(t) == anyKind:
			f.missing = true
			s.known.Store(path, f)
			return f, nil
		case t.Kind() == reflect.Map:
			t, f.missing = t.Elem(), true
		case t.Kind() == reflect.Struct:
			m, ok := member(t, name)
			if !ok {
				return field{}, fmt.Errorf("path %q: %s has no field %q", path, t, name)
			}
			t, f.missing = m.typ, f.missing || m.optional
		default:
			return field{}, fmt.Errorf("path %q: %q lies inside a %s of %s", path, name, t.Kind(), s.root)
		}
	}
	t = deref(t, &f)
	f.kind = kindOf(t)
	if f.kind == arrayKind {
		f.elem = kindOf(deref(t.Elem(), &field{}))
		f.missing = f.missing || t.Kind() == reflect.Slice
	}
	s.known.Store(path, f)
	return f, nil
}

func deref(t reflect.Type, f *field) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t, f.missing = t.Elem(), true
	}
	return t
}

// kindOf tells the JSON type that encoding/json makes of a Go type.
func kindOf(t reflect.Type) kind {
	p := reflect.PointerTo(t)
	if p.Implements(reflect.TypeFor[json.Marshaler]()) {
		return anyKind
	}
	if p.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return textKind
	}
	switch t.Kind() {
	case reflect.String:
		return textKind
	case reflect.Bool:
		return boolKind
	case reflect.Struct, reflect.Map:
		return objectKind
	case reflect.Array:
		return arrayKind
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return textKind // base64
		}
		return arrayKind
	case reflect.Interface:
		return anyKind
	}
	return numberKind
}

type structMember struct {
	typ      reflect.Type
	optional bool
}

// member finds the field of a struct that encoding/json writes under a name.
func member(t reflect.Type, name string) (structMember, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && tag == "" {
			in := f.Type
			if in.Kind() == reflect.Pointer {
				in = in.Elem()
			}
			if in.Kind() == reflect.Struct {
				if m, ok := member(in, name); ok {
					m.optional = m.optional || f.Type.Kind() == reflect.Pointer
					return m, true
				}
				continue
			}
		}
		if !f.IsExported() || tag == "-" {
			continue
		}
		if tag == "" {
			tag = f.Name
		}
		if tag == name {
			return structMember{f.Type, strings.Contains(opts, "omit")}, true
		}
	}
	return structMember{}, false
}

// fits refuses a filter that the Go type shows to be a mistake.
func (s *shape) fits(f Filter) error {
	if f.err != nil {
		return f.err
	}
	for _, sub := range f.Sub {
		if err := s.fits(sub); err != nil {
			return err
		}
	}
	if f.Path == "" {
		return nil
	}
	at, err := s.at(f.Path)
	if err != nil {
		return err
	}
	k := at.kind
	switch {
	case f.Match == MatchExists || k == anyKind:
		return nil
	case f.Match == MatchHas:
		if k != arrayKind {
			return fmt.Errorf("filter on %s: Has wants an array, this is %s", f.Path, k)
		}
		k = at.elem
	}
	for _, v := range f.Values {
		if got := kindOfScalar(v); k != anyKind && got != k {
			return fmt.Errorf("filter on %s: the field is %s, the value %s", f.Path, k, got)
		}
	}
	return nil
}

func kindOfScalar(v any) kind {
	switch v.(type) {
	case string:
		return textKind
	case bool:
		return boolKind
	}
	return numberKind
}

// allows refuses operations that the Go type shows to be a mistake, that touch what the
// store owns, or that touch one field twice (the databases disagree on the outcome).
func (s *shape) allows(ops []Op) error {
	for i, op := range ops {
		at, err := s.at(op.Path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(op.Path, "_") {
			return fmt.Errorf("operation on %s: the store owns it", op.Path)
		}
		switch {
		case op.Kind == OpInc && at.kind != numberKind && at.kind != anyKind:
			return fmt.Errorf("Inc of %s: it is %s", op.Path, at.kind)
		case op.Kind == OpPush && at.kind != arrayKind && at.kind != anyKind:
			return fmt.Errorf("Push to %s: it is %s", op.Path, at.kind)
		}
		for _, other := range ops[:i] {
			a, b := op.Path+".", other.Path+"."
			if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
				return fmt.Errorf("operations on %s and %s overlap", other.Path, op.Path)
			}
		}
	}
	return nil
}
