package rates

import "slices"

// Sight is what a reader sees and knows.
type Sight struct {
	Minimum int64 // groups of 1 to Minimum-1 people are hidden; 0 hides none
	// Own is the school whose own figures the reader knows: what the district's figures
	// would tell him of the others is what is left when his own are taken off.
	Own string
}

// Hide says for every group and definition whether that rate must be hidden from the
// reader: hidden[i][j] is definition i of group j. Each rate is judged by its own
// denominator: a class of 30 of whom 3 took a job shows its 直接就业率 but not its 对口率.
// The sums a reader can subtract along are the schools of the district, the values of each
// dimension, and nests; only those that hold exactly are of use to him. groups must be all
// that he sees; those of other schools that he does not see must not be among them.
func Hide(groups []*Group, defs []Definition, nests []Nest, by Sight) [][]bool {
	out := make([][]bool, len(defs))
	for i := range out {
		out[i] = make([]bool, len(groups))
	}
	if by.Minimum <= 0 {
		return out
	}
	for _, year := range byYear(groups) {
		var sums []Sum // made when the first rate needs them
		own := ownOf(groups, year, by.Own)
		counts := make([]int64, len(year))
		for i := range defs {
			if defs[i].things {
				continue
			}
			for k, j := range year {
				counts[k] = max(defs[i].people(groups[j]), 0)
			}
			for _, o := range own { // what is left of the district's; his own he knows anyway
				if o.district >= 0 {
					counts[o.district] = max(counts[o.district]-counts[o.own], 0)
				}
				counts[o.own] = 0
			}
			if !slices.ContainsFunc(counts, func(n int64) bool { return n > 0 && n < by.Minimum }) {
				continue
			}
			if sums == nil {
				sums = scopeSums(groups, year, nests, by.Own)
			}
			for k, h := range Protect(counts, holding(sums, counts), by.Minimum) {
				out[i][year[k]] = h
			}
		}
	}
	return out
}

// people is the denominator of the rate in a group, 0 if there is no rate.
func (d *Definition) people(g *Group) int64 {
	if !g.Knows(d.num...) || !g.Knows(d.den...) || !g.Knows(d.less...) {
		return 0
	}
	return g.Tally.Of(d.den...) - g.Tally.Of(d.less...)
}

// byYear splits the indexes of groups by year: no sum goes from one year to another.
func byYear(groups []*Group) [][]int {
	at := map[int]int{}
	var out [][]int
	for i, g := range groups {
		k, ok := at[g.Scope.Year]
		if !ok {
			k = len(out)
			at[g.Scope.Year] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// ownPart is a group of the reader's school and the district's group it is part of, -1 if
// the district has none, by their places in year.
type ownPart struct{ own, district int }

// ownOf lists the groups of a school with those of the district that they are taken off.
func ownOf(groups []*Group, year []int, own string) []ownPart {
	if own == "" {
		return nil
	}
	at := make(map[Scope]int, len(year))
	for k, j := range year {
		if s := groups[j].Scope; s.School == "" {
			at[s] = k
		}
	}
	var out []ownPart
	for k, j := range year {
		if s := groups[j].Scope; s.School == own {
			s.School = ""
			district, ok := at[s]
			if !ok {
				district = -1
			}
			out = append(out, ownPart{k, district})
		}
	}
	return out
}

// scopeSums lists the sums between groups of one year: the district of its schools, each
// whole of the values of each dimension, and the nests. The sums number the groups by
// their place in year. own is left out: its groups count nobody.
func scopeSums(groups []*Group, year []int, nests []Nest, own string) []Sum {
	at := make(map[Scope]int, len(year))
	for k, j := range year {
		at[groups[j].Scope] = k
	}
	type parting struct {
		total int
		dim   Dim // dimN: by schools
	}
	index := map[parting]int{}
	var out []Sum
	put := func(total Scope, dim Dim, part int) {
		t, ok := at[total]
		if !ok {
			return
		}
		i, ok := index[parting{t, dim}]
		if !ok {
			i = len(out)
			index[parting{t, dim}] = i
			out = append(out, Sum{Total: t})
		}
		out[i].Parts = append(out[i].Parts, part)
	}
	for k, j := range year {
		s := groups[j].Scope
		if s.School != "" && s.School == own {
			continue
		}
		if s.School != "" {
			put(Scope{Year: s.Year, Dim: s.Dim, Value: s.Value}, dimN, k)
		}
		if s.Dim != Whole {
			put(Scope{Year: s.Year, School: s.School}, s.Dim, k)
		}
	}
	for _, n := range nests {
		t, ok := at[n.Total]
		if !ok {
			continue
		}
		sum := Sum{Total: t}
		for _, s := range n.Parts {
			if k, ok := at[s]; ok {
				sum.Parts = append(sum.Parts, k)
			}
		}
		if len(sum.Parts) > 0 {
			out = append(out, sum)
		}
	}
	return out
}

// holding keeps the sums that are exact for these counts.
func holding(sums []Sum, counts []int64) []Sum {
	out := make([]Sum, 0, len(sums))
	for _, s := range sums {
		var n int64
		for _, c := range s.Parts {
			n += counts[c]
		}
		if n == counts[s.Total] {
			out = append(out, s)
		}
	}
	return out
}

// Publish computes the rates of all groups as a reader may see them: those hidden from him
// are there without their numbers.
func Publish(groups []*Group, defs []Definition, nests []Nest, cutOff string, by Sight) []Rate {
	hidden := Hide(groups, defs, nests, by)
	var out []Rate
	for i := range defs {
		for j, g := range groups {
			switch r := defs[i].Rate(g, cutOff); {
			case r.Empty():
			case hidden[i][j]:
				out = append(out, r.Hide())
			default:
				out = append(out, r)
			}
		}
	}
	return out
}
