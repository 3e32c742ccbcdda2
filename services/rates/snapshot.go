package rates

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// Trend returns a definition's figure for a scope in every year that has rows, oldest
// first. A renamed major is found under its present name (see NewRollup).
func (u *Rollup) Trend(d Definition, at Scope, cutOff string) []Rate {
	var out []Rate
	for _, g := range u.Groups() {
		s := g.Scope
		if s.School == at.School && s.Dim == at.Dim && s.Value == at.Value {
			out = append(out, d.Rate(g, cutOff))
		}
	}
	return out
}

// Snapshot is all figures of one scope on one day. Once made it does not change: its
// digest says so, and the same data of that day give the same digest again.
type Snapshot struct {
	ID     string `json:"id"` // scope|day
	Scope  Scope  `json:"scope"`
	Day    string `json:"day"` // 2006-01-02
	Rates  []Rate `json:"rates"`
	Digest string `json:"digest"` // SHA-256 of scope, day and rates, hex
}

// Take computes all figures of a group as of a day. Definitions without anybody in
// their denominator are left out: there is no such figure.
func Take(g *Group, defs []Definition, day string) Snapshot {
	s := Snapshot{ID: g.Scope.String() + "|" + day, Scope: g.Scope, Day: day}
	for i := range defs {
		if r := defs[i].Rate(g, day); !r.Empty() {
			s.Rates = append(s.Rates, r)
		}
	}
	s.Digest = s.digest()
	return s
}

// Intact reports whether the content still matches its digest.
func (s *Snapshot) Intact() bool { return s.Digest == s.digest() }

func (s *Snapshot) digest() string {
	body, err := json.Marshal(struct {
		Scope Scope
		Day   string
		Rates []Rate
	}{s.Scope, s.Day, s.Rates})
	if err != nil { // strings and integers only: cannot happen
		return ""
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Change is one difference between two snapshots, in words.
type Change struct {
	Key   string `json:"key"`
	Words string `json:"words"`
}

// Compare says what changed from one snapshot to a later one of the same scope: figures
// that moved, appeared, vanished, or are not comparable because the definition changed.
// The names of rates come from the definitions; nothing is said about what stayed.
func Compare(from, to Snapshot) []Change {
	before := map[string]Rate{}
	for _, r := range from.Rates {
		before[r.Key] = r
	}
	var out []Change
	say := func(key, format string, args ...any) {
		out = append(out, Change{key, to.Scope.Words() + nameOf(key) + "：" + fmt.Sprintf(format, args...)})
	}
	for _, b := range to.Rates {
		a, ok := before[b.Key]
		delete(before, b.Key)
		switch {
		case !ok:
			say(b.Key, "%s 新有数字 %s", to.Day, b.words())
		case a.Version != b.Version:
			say(b.Key, "口径由第%s版改为第%s版，%s 的 %s 与 %s 的 %s 不能比较", a.Version, b.Version, from.Day, a.words(), to.Day, b.words())
		case a.Suppressed != b.Suppressed:
			say(b.Key, "因人数变化，是否隐藏由“%s”变为“%s”", hiddenWord(a), hiddenWord(b))
		case a.Numerator != b.Numerator || a.Denominator != b.Denominator || a.Amount != b.Amount:
			say(b.Key, "由 %s 变为 %s（分子%+d，分母%+d）", a.words(), b.words(), b.Numerator-a.Numerator, b.Denominator-a.Denominator)
		}
	}
	for _, a := range from.Rates {
		if _, gone := before[a.Key]; gone {
			say(a.Key, "%s 的 %s 到 %s 已没有对应人数", from.Day, a.words(), to.Day)
		}
	}
	slices.SortStableFunc(out, func(x, y Change) int {
		switch {
		case x.Key < y.Key:
			return -1
		case x.Key > y.Key:
			return 1
		}
		return 0
	})
	return out
}

func hiddenWord(r Rate) string {
	if r.Suppressed {
		return "隐藏"
	}
	return "显示"
}

func nameOf(key string) string {
	if d, ok := Find(key); ok {
		return d.Name
	}
	return key
}

// words writes a figure with its two numbers: 24.19%（514/2125）.
func (r Rate) words() string {
	switch {
	case r.Suppressed:
		return "（人数过少，不显示）"
	case r.Percent != "":
		return fmt.Sprintf("%s%%（%d/%d）", r.Percent, r.Numerator, r.Denominator)
	}
	return fmt.Sprintf("%s（%d人）", r.Amount, r.Denominator)
}
