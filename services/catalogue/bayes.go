package catalogue

import (
	"cmp"
	"math"
	"slices"
)

// bayes is naive Bayes over grams, smoothed up the classification: an occupation
// borrows from its 小类, its 中类 and the whole. Add documents, then call finish.
type bayes struct {
	minor, middle []int32       // group of each class
	rows          []groupWeight // by gram and group after finish
	span          map[gram][2]int32
	all           map[gram]float32
	total         []float32 // by group
	sum           float32
	prior         []float32
	priorSum      float32
}

// groupWeight says how often a gram was met in a group. A group is a class, a 小类 or
// a 中类.
type groupWeight struct {
	gram   gram
	group  int32
	weight float32
}

func newBayes(classes int, t *tables) *bayes {
	b := &bayes{minor: make([]int32, classes), middle: make([]int32, classes), prior: make([]float32, classes), all: map[gram]float32{}}
	groups := map[string]int32{}
	id := func(key string) int32 {
		g, ok := groups[key]
		if !ok {
			g = int32(classes + len(groups))
			groups[key] = g
		}
		return g
	}
	for i, o := range t.occs {
		b.minor[i], b.middle[i] = id("minor "+minorOf(o)), id("middle "+middleOf(o))
	}
	b.total = make([]float32, classes+len(groups))
	return b
}

// add learns one document of a class with a weight.
func (b *bayes) add(class int32, grams []gram, weight float32) {
	b.prior[class] += weight
	b.priorSum += weight
	for _, group := range [3]int32{class, b.minor[class], b.middle[class]} {
		for _, g := range grams {
			b.rows = append(b.rows, groupWeight{g, group, weight})
		}
		b.total[group] += weight * float32(len(grams))
	}
	for _, g := range grams {
		b.all[g] += weight
	}
	b.sum += weight * float32(len(grams))
}

// finish sorts and sums what was added.
func (b *bayes) finish() {
	slices.SortFunc(b.rows, func(x, y groupWeight) int {
		return cmp.Or(cmp.Compare(x.gram, y.gram), cmp.Compare(x.group, y.group))
	})
	n := 0
	for i, r := range b.rows {
		if i > 0 && b.rows[n-1].gram == r.gram && b.rows[n-1].group == r.group {
			b.rows[n-1].weight += r.weight
			continue
		}
		b.rows[n] = r
		n++
	}
	b.rows = slices.Clip(slices.Clone(b.rows[:n]))
	b.span = make(map[gram][2]int32, len(b.all))
	for i := 0; i < n; {
		j := i
		for j < n && b.rows[j].gram == b.rows[i].gram {
			j++
		}
		b.span[b.rows[i].gram] = [2]int32{int32(i), int32(j)}
		i = j
	}
}

// share is the smoothed share of a gram in a group, given the gram's rows.
func (b *bayes) share(rows []groupWeight, group int32) float64 {
	i, ok := slices.BinarySearchFunc(rows, group, func(r groupWeight, g int32) int { return int(r.group - g) })
	if !ok {
		return 0
	}
	return float64(rows[i].weight) / (float64(b.total[group]) + 4)
}

// posterior returns the log posterior of each class, over these classes only, not
// below -14. The shares of the mixture were found by trying; half of the evidence
// counts, because the grams of one title overlap.
func (b *bayes) posterior(grams []gram, classes []int32) []float64 {
	const own, minor, middle, whole, evidence, floor = 0.5, 0.2, 0.1, 0.2, 0.5, -14
	out := make([]float64, len(classes))
	for i, k := range classes {
		out[i] = math.Log((float64(b.prior[k]) + 0.2) / float64(b.priorSum+1))
	}
	for _, g := range grams {
		span, ok := b.span[g]
		if !ok {
			continue
		}
		rows := b.rows[span[0]:span[1]]
		all := float64(b.all[g]) / float64(b.sum+1)
		for i, k := range classes {
			p := own*b.share(rows, k) + minor*b.share(rows, b.minor[k]) + middle*b.share(rows, b.middle[k]) + whole*all
			out[i] += evidence * math.Log(p/all)
		}
	}
	highest := math.Inf(-1)
	for _, s := range out {
		highest = max(highest, s)
	}
	var sum float64
	for _, s := range out {
		sum += math.Exp(s - highest)
	}
	for i := range out {
		out[i] = max(out[i]-highest-math.Log(sum), floor)
	}
	return out
}
