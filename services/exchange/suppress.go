package exchange

import (
	"sunmao/services/partnership"
	"sunmao/services/rates"
)

// shown is the figures of a scope (a school's id, "" for the district) as the actor may
// see them: whole for the school itself and for the operator's command line, else
// without small groups.
func shown(actor partnership.Actor, school string, figures []partnership.Figure) []partnership.Figure {
	if actor.Role == partnership.RoleOperator || school != "" && actor.SpeaksFor(school) {
		return figures
	}
	return protect(figures, rates.SharedMinimum)
}

// protect hides the figures of groups under the minimum, and as many neighbours as it
// takes that none can be had by subtracting shown figures from a shown total. A hidden
// figure keeps its name and group, so that a reader sees that something is there.
func protect(figures []partnership.Figure, minimum int64) []partnership.Figure {
	type family struct {
		rate string
		year int
	}
	byFamily := map[family][]int{}
	for i := range figures {
		f := family{figures[i].Rate, figures[i].Year}
		byFamily[f] = append(byFamily[f], i)
	}
	out := make([]partnership.Figure, len(figures))
	copy(out, figures)
	for _, members := range byFamily {
		counts := make([]int64, len(members))
		for k, i := range members {
			counts[k] = figures[i].Denominator
		}
		for k, hide := range rates.Protect(counts, totals(figures, members, counts), minimum) {
			if hide {
				f := &out[members[k]]
				f.Numerator, f.Denominator, f.Percent, f.Amount, f.Hidden = 0, 0, "", "", true
			}
		}
	}
	return out
}

// totals lists the sums a reader could subtract with: the district of its schools and
// of its classes, each school of its categories and of its majors. A sum that does not
// hold in the figures gives nothing away.
func totals(figures []partnership.Figure, members []int, counts []int64) []rates.Sum {
	parts := map[[2]string][]int{} // school ("" = district), dimension -> members
	whole := map[string]int{}
	for k, i := range members {
		switch f := &figures[i]; f.By {
		case ByDistrict:
			whole[""] = k
		case BySchool:
			whole[f.School] = k
			parts[[2]string{"", BySchool}] = append(parts[[2]string{"", BySchool}], k)
		default:
			key := [2]string{f.School, f.By}
			parts[key] = append(parts[key], k)
		}
	}
	var out []rates.Sum
	for key, list := range parts {
		total, ok := whole[key[0]]
		if !ok {
			continue
		}
		sum := int64(0)
		for _, k := range list {
			sum += counts[k]
		}
		if sum == counts[total] {
			out = append(out, rates.Sum{Total: total, Parts: list})
		}
	}
	return out
}
