package rates

import (
	"cmp"
	"slices"
)

// Flow is how many graduates of a class of majors (专业大类) work in an industry: of those in
// direct employment whose employer is recorded.
type Flow struct {
	Class, Industry string
	People          int64
}

// flowKey is one flow of one school.
type flowKey struct {
	year                    int32
	school, class, industry uint32
}

// Flows lists where the majors of a year lead, of one school or, for "", of the district.
// Its columns add up to the direct employment of the industries' groups.
func (u *Rollup) Flows(year int, school string) []Flow {
	sums := map[[2]uint32]int64{}
	at, known := u.ids[school]
	if !known {
		return nil
	}
	for k, n := range u.flows {
		if k.year == int32(year) && (school == "" || k.school == at) { //nolint:gosec // a year
			sums[[2]uint32{k.class, k.industry}] += n
		}
	}
	var out []Flow
	for k, n := range sums {
		if n > 0 {
			out = append(out, Flow{u.names[k[0]], u.names[k[1]], n})
		}
	}
	slices.SortFunc(out, func(a, b Flow) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(b.People, a.People), cmp.Compare(a.Industry, b.Industry))
	})
	return out
}

// HideFlows says which flows must not be shown where groups under minimum people are
// hidden. The reader knows how many of each class and of each industry there are: no
// hidden flow follows from those, and what is hidden of a class together is no small group.
func HideFlows(flows []Flow, minimum int64) []bool {
	counts := make([]int64, len(flows))
	parts := map[string][]int{}
	var order []string
	for i, f := range flows {
		counts[i] = f.People
		for _, key := range []string{"class " + f.Class, "industry " + f.Industry} {
			if parts[key] == nil {
				order = append(order, key)
			}
			parts[key] = append(parts[key], i)
		}
	}
	var sums []Sum
	for _, key := range order {
		var total int64
		for _, i := range parts[key] {
			total += flows[i].People
		}
		sums = append(sums, Sum{Total: len(counts), Parts: parts[key]})
		counts = append(counts, total)
	}
	return Protect(counts, sums, minimum)[:len(flows)]
}
