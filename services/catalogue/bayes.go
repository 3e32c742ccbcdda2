package catalogue

import (
	"math"
	"slices"
)

// bayes is naive Bayes over grams, smoothed up the classification: an occupation
// borrows from its 小类, its 中类 and the whole. Add documents, then call finish.
type bayes struct {
	minor, middle []int32       // group of each class
	added         []uint64      // gram, group (16 bits) and halves (8 bits), until finish
	rows          []groupWeight // by gram and group, after finish
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

// add learns one document of a class. It weighs in halves, and prior is what it adds to
// the class's own frequency.
func (b *bayes) add(class int32, grams []gram, halves uint64, prior float32) {
	b.prior[class] += prior
	b.priorSum += prior
	weight := float32(halves) / 2
	for _, group := range [3]int32{class, b.minor[class], b.middle[class]} {
		for _, g := range grams {
			b.added = append(b.added, uint64(g)<<24|uint64(group)<<8|halves) //nolint:gosec // groups are few
		}
		b.total[group] += weight * float32(len(grams))
	}
	for _, g := range grams {
		b.all[g] += weight
	}
	b.sum += weight * float32(len(grams))
}

// finish sorts and sums what was added. Numbers sort several times faster than structs.
func (b *bayes) finish() {
	slices.Sort(b.added)
	b.rows = make([]groupWeight, 0, len(b.added)/2)
	b.span = make(map[gram][2]int32, len(b.all))
	for i := 0; i < len(b.added); {
		g, from := b.added[i]>>24, len(b.rows)
		for i < len(b.added) && b.added[i]>>24 == g {
			key, halves := b.added[i]>>8, uint64(0)
			for ; i < len(b.added) && b.added[i]>>8 == key; i++ {
				halves += b.added[i] & 0xff
			}
			b.rows = append(b.rows, groupWeight{int32(key & 0xffff), float32(halves) / 2}) //nolint:gosec // as packed
		}
		b.span[gram(g)] = [2]int32{int32(from), int32(len(b.rows))} //nolint:gosec // below a million
	}
	b.rows, b.added = slices.Clip(b.rows), nil
}

// share is the smoothed share of a gram in a group, given the gram's rows.
func (b *bayes) share(rows []groupWeight, group int32) float64 {
	i, ok := slices.BinarySearchFunc(rows, group, func(r groupWeight, g int32) int { return int(r.group - g) })
	if !ok {
		return 0
	}
	return float64(rows[i].weight) / (float64(b.total[group]) + 4)
}

// The shares of the mixture were found by trying; half of the evidence counts, because
// the grams of one title overlap.
const own, minor, middle, whole, evidence, floor = 0.5, 0.2, 0.1, 0.2, 0.5, -14

// posterior returns the log posterior of each class, over these classes only, not
// below -14.
func (b *bayes) posterior(grams []gram, classes []int32) []float64 {
	out := b.evidence(grams, classes)
	for i, k := range classes {
		out[i] += math.Log((float64(b.prior[k]) + 0.2) / float64(b.priorSum+1))
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

// evidence sums, for each class, how much more the grams are of it than of all.
func (b *bayes) evidence(grams []gram, classes []int32) []float64 {
	out := make([]float64, len(classes))
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
	return out
}
