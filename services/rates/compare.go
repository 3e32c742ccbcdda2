package rates

import (
	"cmp"
	"fmt"
	"slices"
)

// Change is one difference between the figures of two days, in words.
type Change struct {
	Key   string `json:"key"`
	Scope Scope  `json:"scope"`
	Words string `json:"words"`
}

// Compare says what changed from the figures of one day to those of a later one: those
// that moved, appeared, vanished, or are not comparable because the definition changed. The
// names of rates come from the definitions; nothing is said about what stayed.
func Compare(from, to []Rate) []Change {
	type at struct {
		key   string
		scope Scope
	}
	before := make(map[at]Rate, len(from))
	for _, r := range from {
		before[at{r.Key, r.Scope}] = r
	}
	var out []Change
	say := func(r Rate, format string, args ...any) {
		out = append(out, Change{r.Key, r.Scope, r.Scope.Words() + " " + nameOf(r.Key) + "：" + fmt.Sprintf(format, args...)})
	}
	for _, b := range to {
		k := at{b.Key, b.Scope}
		a, ok := before[k]
		delete(before, k)
		switch {
		case !ok:
			say(b, "新有数字 %s", b.words())
		case a.Version != b.Version:
			say(b, "口径由第%s版改为第%s版，原来的 %s 与现在的 %s 不能比较", a.Version, b.Version, a.words(), b.words())
		case a.Suppressed != b.Suppressed:
			say(b, "因人数变化，是否隐藏由“%s”变为“%s”", hiddenWord(a), hiddenWord(b))
		case a.Numerator != b.Numerator || a.Denominator != b.Denominator || a.Amount != b.Amount:
			say(b, "由 %s 变为 %s（分子%+d，分母%+d）", a.words(), b.words(), b.Numerator-a.Numerator, b.Denominator-a.Denominator)
		}
	}
	for _, a := range before {
		say(a, "原来的 %s 已没有对应人数", a.words())
	}
	SortChanges(out)
	return out
}

// SortChanges puts the wholes before their parts, the district before its schools, later
// years first, and the rates in the order of the glossary.
func SortChanges(all []Change) {
	order := map[string]int{}
	for i, d := range Definitions() {
		order[d.Key] = i
	}
	slices.SortStableFunc(all, func(x, y Change) int {
		return cmp.Or(cmp.Compare(x.Scope.Dim, y.Scope.Dim), cmp.Compare(y.Scope.Year, x.Scope.Year), x.Scope.Compare(y.Scope), cmp.Compare(order[x.Key], order[y.Key]))
	})
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
