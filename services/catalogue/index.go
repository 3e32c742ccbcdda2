package catalogue

import (
	"math"
	"slices"
)

// gram is a hashed run of 1 to 3 characters. 24 bits: two different runs of the
// twenty thousand in use fall together once in a thousand, which costs nothing.
type gram uint32

// hashGrams returns the hashed runs of 1 to n characters of s, in order, repeated as
// they repeat.
func hashGrams(s string, n int) []gram {
	r := []rune(s)
	out := make([]gram, 0, n*len(r))
	for i := range r {
		h := uint32(2166136261)
		for k := 0; k < n && i+k < len(r); k++ {
			for shift := 0; shift < 24; shift += 8 {
				h = (h ^ uint32(r[i+k])>>shift&0xff) * 16777619
			}
			out = append(out, gram((h>>24^h)&0xffffff))
		}
	}
	return out
}

// boundGrams are the runs of s with its borders marked.
func boundGrams(s string, n int) []gram {
	if s == "" {
		return nil
	}
	return hashGrams("^"+s+"$", n)
}

// orgGrams are the pairs of the employer's words, apart from all others.
func orgGrams(s string) []gram {
	out := hashGrams(s, 2)
	for i := range out {
		out[i] ^= 0x5a5a5a
	}
	return out
}

// simIndex finds documents by the cosine of their tf-idf vectors.
type simIndex struct {
	class []int32 // class of each document
	post  map[gram][]posting
	idf   map[gram]float32
	unit  float32 // idf of a gram that no document has
}

type posting struct {
	doc    int32
	weight float32
}

type document struct {
	class int32
	grams []gram
}

func newSimIndex(docs []document) *simIndex {
	x := &simIndex{class: make([]int32, len(docs)), post: map[gram][]posting{}, idf: map[gram]float32{}}
	df := map[gram]int{}
	var seen []gram
	for _, d := range docs {
		seen = append(seen[:0], d.grams...)
		slices.Sort(seen)
		for _, g := range slices.Compact(seen) {
			df[g]++
		}
	}
	for g, n := range df {
		x.idf[g] = float32(math.Log(float64(1+len(docs))/float64(1+n)) + 1)
	}
	x.unit = float32(math.Log(float64(1+len(docs))) + 1)
	for i, d := range docs {
		x.class[i] = d.class
		for _, w := range x.vector(d.grams) {
			x.post[w.gram] = append(x.post[w.gram], posting{int32(i), w.weight})
		}
	}
	return x
}

type weighted struct {
	gram   gram
	weight float32
}

// vector is the unit tf-idf vector of some grams, sorted by gram.
func (x *simIndex) vector(grams []gram) []weighted {
	sorted := slices.Clone(grams)
	slices.Sort(sorted)
	out := make([]weighted, 0, len(sorted))
	var norm float64
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		idf, ok := x.idf[sorted[i]]
		if !ok {
			idf = x.unit
		}
		w := float32(j-i) * idf
		norm += float64(w) * float64(w)
		out = append(out, weighted{sorted[i], w})
		i = j
	}
	norm = math.Sqrt(norm) + 1e-9
	for i := range out {
		out[i].weight /= float32(norm)
	}
	return out
}

// hit is the best document of a class. A class without one has score 0.
type hit struct {
	score float32
	doc   int32
}

// best returns, by class, its best document for the query.
func (x *simIndex) best(grams []gram, classes int) []hit {
	acc := make([]float32, len(x.class))
	for _, w := range x.vector(grams) {
		for _, p := range x.post[w.gram] {
			acc[p.doc] += w.weight * p.weight
		}
	}
	out := make([]hit, classes)
	for d, s := range acc {
		if k := x.class[d]; s > out[k].score { // of equal documents the first counts
			out[k] = hit{s, int32(d)}
		}
	}
	return out
}

// votes returns, by class, the sum of the fourth powers of its documents' scores.
func (x *simIndex) votes(grams []gram, classes int) []float32 {
	acc := make([]float32, len(x.class))
	for _, w := range x.vector(grams) {
		for _, p := range x.post[w.gram] {
			acc[p.doc] += w.weight * p.weight
		}
	}
	out := make([]float32, classes)
	for d, s := range acc {
		out[x.class[d]] += s * s * s * s
	}
	return out
}

// top returns the n classes with the highest scores above 0; equal ones by class.
func top(hits []hit, n int) []int32 {
	out := make([]int32, 0, n+1)
	for k, h := range hits {
		if h.score == 0 || len(out) == n && h.score <= hits[out[n-1]].score {
			continue
		}
		at := len(out)
		for at > 0 && h.score > hits[out[at-1]].score {
			at--
		}
		out = slices.Insert(out, at, int32(k))
		out = out[:min(n, len(out))]
	}
	return out
}
