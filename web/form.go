package web

import (
	"errors"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// form is one form as the page shows it: what was typed stays, each refused field
// says why beside it, and a summary on top leads to the fields.
type form struct {
	Action   string
	Hidden   []pair
	Sections []section
	Errors   []formError // in the order of the fields
	Whole    []string    // what concerns no single field

	values url.Values
	bad    partnership.Invalid
	asks   map[string]*exchange.Question // by field: names that are only near one
}

type section struct {
	Legend string
	Fields []field
}

// field is one control. Kind is text, textarea, number, date, select, check, checks,
// radios, password or file.
type field struct {
	Name, Label, Kind, Value string
	Hint, Unit, Auto         string
	Required                 bool
	Fixed                    bool // shown, not to be changed, not sent
	Width                    int  // of 12 columns
	Rows                     int  // of a textarea
	Step, Min, Max           string
	Options                  []option
	List                     []option // suggestions of a text field
	Errors                   []string
	Ask                      *exchange.Question // shown below: which of these is meant
}

type option struct {
	Value, Label string
	Chosen       bool
	Note         string // said below a radio button
}

type formError struct{ Name, Sentence string }

func newForm(values url.Values) *form {
	if values == nil {
		values = url.Values{}
	}
	return &form{values: values, bad: partnership.Invalid{}, asks: map[string]*exchange.Question{}}
}

// refused takes over the sentences of an Invalid error; rename maps document fields
// to the form's own where they differ. It reports whether err was one a form can show.
func (f *form) refused(err error, rename map[string]string) bool {
	var invalid partnership.Invalid
	var refusal *partnership.Refused
	switch {
	case errors.As(err, &invalid):
		for name, sentences := range invalid {
			if other, ok := rename[name]; ok {
				name = other
			}
			for _, s := range sentences {
				if !slices.Contains(f.bad[name], s) {
					f.bad[name] = append(f.bad[name], s)
				}
			}
		}
	case errors.As(err, &refusal) && !errors.Is(err, partnership.ErrSignIn) && !errors.Is(err, partnership.ErrNotFound):
		f.Whole = append(f.Whole, refusal.Sentence)
	default:
		return false
	}
	return true
}

// field fills a control with what was typed and what is wrong with it.
func (f *form) field(name, label string, c field) field {
	c.Name, c.Label = name, label
	if c.Kind == "" {
		c.Kind = "text"
	}
	if c.Width == 0 {
		c.Width = 4
	}
	if c.Kind != "password" {
		c.Value = f.values.Get(name)
	}
	chosen := f.values[name]
	for i := range c.Options {
		c.Options[i].Chosen = slices.Contains(chosen, c.Options[i].Value)
	}
	c.Errors, c.Ask = f.bad[name], f.asks[name]
	return c
}

// done lists the errors in the order of the fields; those of no field on the form
// are shown for the whole form, so that nothing refused goes unexplained.
func (f *form) done(sections []section) *form {
	f.Sections = sections
	seen := map[string]bool{}
	for _, s := range sections {
		for _, c := range s.Fields {
			seen[c.Name] = true
			for _, e := range c.Errors {
				f.Errors = append(f.Errors, formError{c.Name, c.Label + "：" + e})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.bad)) {
		if !seen[name] {
			f.Whole = append(f.Whole, f.bad[name]...)
		}
	}
	return f
}

func (f *form) text(name string) string { return strings.TrimSpace(f.values.Get(name)) }

func (f *form) on(name string) bool { return f.values.Get(name) != "" }

// words splits a list typed with commas, semicolons, spaces or new lines.
func (f *form) words(name string) []string {
	parts := strings.FieldsFunc(f.values.Get(name), func(r rune) bool { return strings.ContainsRune(",，;；、\n\r\t", r) })
	out := make([]string, 0, len(parts))
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// whole reads a whole number; empty is 0.
func (f *form) whole(name string) int {
	s := digits(f.text(name))
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		f.bad.Add(name, "“%s”不是整数，请只写数字", f.text(name))
	}
	return n
}

// decimal reads a number with a fraction; empty is 0.
func (f *form) decimal(name string) float64 {
	s := digits(f.text(name))
	if s == "" {
		return 0
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		f.bad.Add(name, "“%s”不是数字，请写成 8 或 7.5 这样", f.text(name))
		return 0
	}
	return n
}

// fen reads yuan with at most two places, as fen; empty is 0.
func (f *form) fen(name string) int64 {
	s := digits(f.text(name))
	if s == "" {
		return 0
	}
	yuan, cents, _ := strings.Cut(s, ".")
	whole, err := strconv.ParseInt(yuan, 10, 64)
	rest := int64(0)
	if err == nil && cents != "" {
		rest, err = strconv.ParseInt((cents + "0")[:2], 10, 64)
	}
	if err != nil || len(cents) > 2 || whole < 0 || whole > 1_000_000_000 {
		f.bad.Add(name, "“%s”不是金额，请写成 3800 或 3800.50 这样，单位是元", f.text(name))
		return 0
	}
	return whole*100 + rest
}

// digits folds full-width digits and points and drops thousands marks, as people type them.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '．' || r == '。':
			return '.'
		case r == '－':
			return '-'
		case r == ',' || r == '，' || r == ' ':
			return -1
		}
		return r
	}, s)
}
