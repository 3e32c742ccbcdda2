package rates

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
		sums := scopeSums(groups, year, nests, by.Own)
		counts := make([]int64, len(year))
		for i := range defs {
			if defs[i].things {
				continue
			}
			small := false
			for k, j := range year {
				counts[k] = max(defs[i].people(groups[j]), 0)
			}
			if by.Own != "" {
				lessOwn(groups, year, counts, by.Own)
			}
			for _, n := range counts {
				small = small || n > 0 && n < by.Minimum
			}
			if !small {
				continue
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

// lessOwn takes a school's own people off the district's groups; the school's own groups,
// which it knows anyway, count nobody.
func lessOwn(groups []*Group, year []int, counts []int64, own string) {
	of := map[Scope]int64{}
	for k, j := range year {
		if s := groups[j].Scope; s.School == own {
			s.School = ""
			of[s], counts[k] = counts[k], 0
		}
	}
	for k, j := range year {
		if s := groups[j].Scope; s.School == "" {
			counts[k] = max(counts[k]-of[s], 0)
		}
	}
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
