package partnership

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The kinds of failure that a caller can act on. Everything else is a fault of ours.
// The web maps each kind to one status and one safe sentence; see web/errors.go.
var (
	// ErrNotFound: no such thing, or none that this actor may know of.
	ErrNotFound = errors.New("not found")
	// ErrConflict: somebody was faster, or the thing is not in a state that allows this.
	ErrConflict = errors.New("conflict")
	// ErrDuplicate: a thing with this key exists already.
	ErrDuplicate = errors.New("duplicate")
	// ErrForbidden: the actor knows the thing but may not do this to it.
	ErrForbidden = errors.New("forbidden")
	// ErrSignIn: nobody is signed in, or the session ended.
	ErrSignIn = errors.New("sign in needed")
	// ErrTooMany: asked too often in a short time.
	ErrTooMany = errors.New("too many")
	// ErrUnavailable: a part the answer needs (store, index) is away for now.
	ErrUnavailable = errors.New("unavailable")
)

// Refused is an error of a known kind with a Chinese sentence that is safe to show:
// what happened, why, what to do next.
type Refused struct {
	Kind     error  // one of the Err values above
	Sentence string // for the person
}

func (r *Refused) Error() string { return fmt.Sprintf("%v: %s", r.Kind, r.Sentence) }
func (r *Refused) Unwrap() error { return r.Kind }

// Refuse returns a Refused error.
func Refuse(kind error, format string, args ...any) error {
	return &Refused{Kind: kind, Sentence: fmt.Sprintf(format, args...)}
}

// Invalid says which fields of a thing are wrong: field name (as in the JSON document)
// to Chinese sentences, each naming the rule and what is allowed.
type Invalid map[string][]string

// Add records one more sentence against a field.
func (v Invalid) Add(field, format string, args ...any) {
	v[field] = append(v[field], fmt.Sprintf(format, args...))
}

// Err returns v as an error, or nil if nothing was added.
func (v Invalid) Err() error {
	if len(v) == 0 {
		return nil
	}
	return v
}

// Error lists the fields in alphabetical order so that the text is stable.
func (v Invalid) Error() string {
	var b strings.Builder
	for i, f := range slices.Sorted(maps.Keys(v)) {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f + ": " + strings.Join(v[f], ", "))
	}
	return b.String()
}
