package rates

import (
	"slices"
	"sync"
)

// Kind says how the two numbers of a rate become one figure.
type Kind uint8

// The kinds of figure.
const (
	Share  Kind = iota // numerator / denominator in percent
	Mean               // numerator / denominator in a unit (yuan, points, days)
	Median             // the middle value of those in the denominator
)

// Definition says what a rate is. A published percent without one cannot be checked;
// two figures may be compared only if Key and Version are equal.
type Definition struct {
	Key         string `json:"key"`
	Name        string `json:"name"` // 中文名
	Version     string `json:"version"`
	Numerator   string `json:"numerator"`
	Denominator string `json:"denominator"`
	Exclusions  string `json:"exclusions"`
	CutOff      string `json:"cut_off"`
	Rounding    string `json:"rounding"`
	Source      string `json:"source"`
	Scope       string `json:"scope"` // where it may be used, what it may not be compared with
	Why         string `json:"why"`   // why it is so and not otherwise
	Unit        string `json:"unit"`  // %, 元/月, 分, 天, 人/人

	kind   Kind
	num    []Count
	den    []Count
	less   []Count // taken out of the denominator
	scale  int64   // numerator units in one printed unit (100 fen = 1 yuan); 0 means 1
	things bool    // the denominator counts things, not people: nobody to protect in a small group
}

// Kind says how the figure is made.
func (d *Definition) Kind() Kind { return d.kind }

// Parts returns the counts of numerator and denominator, and those taken out of the latter.
func (d *Definition) Parts() (num, den, less []Count) {
	return slices.Clone(d.num), slices.Clone(d.den), slices.Clone(d.less)
}

// Fits reports whether the rate means something for groups of a dimension: of a firm's or
// an industry's people all are employed, so rates over all graduates say nothing there.
func (d *Definition) Fits(dim Dim) bool {
	if dim != Company && dim != Industry && dim != Cluster {
		return true
	}
	return !slices.Contains(d.den, Graduates) && !slices.ContainsFunc(d.num, func(c Count) bool { return c >= Sector1 && c <= Sector3 })
}

// Find returns the definition with this key.
func Find(key string) (Definition, bool) {
	d, ok := byKey()[key]
	return d, ok
}

var byKey = sync.OnceValue(func() map[string]Definition {
	out := map[string]Definition{}
	for _, d := range Definitions() {
		out[d.Key] = d
	}
	return out
})

// Rate is one figure of one group, with everything needed to check it.
type Rate struct {
	Key         string `json:"key"`
	Version     string `json:"version"`
	Scope       Scope  `json:"scope"`
	Numerator   int64  `json:"numerator"`
	Denominator int64  `json:"denominator"`
	Percent     string `json:"percent,omitempty"` // of a Share: "24.19"; "" if the group is empty or hidden
	Amount      string `json:"amount,omitempty"`  // of a Mean or Median, in the definition's unit
	CutOff      string `json:"cut_off"`           // 截止日期, 2006-01-02
	Suppressed  bool   `json:"suppressed,omitempty"`
}

// Empty reports that there is nobody to have a rate of.
func (r Rate) Empty() bool { return r.Denominator <= 0 }

// Hide returns r without its numbers.
func (r Rate) Hide() Rate {
	r.Numerator, r.Denominator, r.Percent, r.Amount, r.Suppressed = 0, 0, "", "", true
	return r
}

// Rate computes the figure of a group as of the cut-off day. It is Empty where somebody
// in the group did not publish a count it needs: missing is not zero.
func (d *Definition) Rate(g *Group, cutOff string) Rate {
	r := Rate{Key: d.Key, Version: d.Version, Scope: g.Scope, CutOff: cutOff}
	if !g.Knows(d.num...) || !g.Knows(d.den...) || !g.Knows(d.less...) {
		return r
	}
	r.Numerator = g.Tally.Of(d.num...)
	r.Denominator = g.Tally.Of(d.den...) - g.Tally.Of(d.less...)
	switch d.kind {
	case Share:
		r.Percent = Percent(r.Numerator, r.Denominator)
	case Mean:
		r.Amount = Quotient(r.Numerator, r.Denominator*max(d.scale, 1), 1, 2)
	case Median:
		r.Amount = g.medianPay()
	}
	return r
}
