package catalogue

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Labelled is a post's title with the occupation a person gave it.
type Labelled struct {
	Title string `json:"title"`
	Code  string `json:"code"`
}

// Trained is the result of Train.
type Trained struct {
	Model   []byte  // tables/titles.model
	Titles  int     // titles learnt
	Unknown int     // titles left out: their code is not in the table
	HeldOut Figures // learnt on one half, tried on the other, and the reverse
}

// Train learns from labelled titles: it keeps each title as hashes with its
// occupation, and fits the weights of the features on titles that the features were
// not computed from (five folds). HeldOut is measured in the same way on halves, so
// that no title is tried by what was learnt from it. The seed orders the titles.
func Train(c *Catalogue, titles []Labelled, seed uint64) Trained {
	var out Trained
	known := make([]Labelled, 0, len(titles))
	for _, l := range titles {
		if c.classOf(l.Code) < 0 || l.Title == "" {
			out.Unknown++
			continue
		}
		known = append(known, l)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })

	half := len(known) / 2
	for _, part := range [][2][]Labelled{{known[:half], known[half:]}, {known[half:], known[:half]}} {
		s := newSuggester(c.tables, c.reduce(part[0]), c.fit(part[0], rng))
		out.HeldOut.add(c.figures(s, part[1]))
	}
	learnt := c.reduce(known)
	out.Titles = len(learnt)
	out.Model = encodeModel(c.tables, learnt, c.fit(known, rng))
	return out
}

// reduce turns titles into hashes.
func (c *Catalogue) reduce(titles []Labelled) []learntTitle {
	cl := newCleaner(c.regions)
	out := make([]learntTitle, len(titles))
	for i, l := range titles {
		cleaned, raw := hashGrams(cl.clean(l.Title), 3), hashGrams(fold(l.Title), 2)
		out[i] = learntTitle{c.classOf(l.Code), cleaned[:min(len(cleaned), 255)], raw[:min(len(raw), 255)]}
	}
	return out
}

// fit finds the weights by conditional logistic regression over the candidates of
// each title, where the features of a title come from the other four folds.
func (c *Catalogue) fit(titles []Labelled, rng *rand.Rand) [features]float64 {
	const folds = 5
	type example struct {
		cs   []ranked
		gold int
	}
	var data []example
	for k := range folds {
		var rest, fold []Labelled
		for i, l := range titles {
			if i%folds == k {
				fold = append(fold, l)
			} else {
				rest = append(rest, l)
			}
		}
		s := newSuggester(c.tables, c.reduce(rest), [features]float64{})
		for _, l := range fold {
			cs := s.rank(l.Title, "")
			want := c.classOf(l.Code)
			if gold := slices.IndexFunc(cs, func(r ranked) bool { return r.class == want }); gold >= 0 {
				data = append(data, example{cs, gold})
			}
		}
	}
	var w, squares [features]float64
	w[fBayes] = 0.2
	p := make([]float64, 0, 128)
	for range 25 {
		for _, i := range rng.Perm(len(data)) {
			x := data[i]
			p = softmax(p[:0], x.cs, w)
			for f := range features {
				gradient := 0.0
				for j, r := range x.cs {
					if j == x.gold {
						gradient += (p[j] - 1) * r.f[f]
					} else {
						gradient += p[j] * r.f[f]
					}
				}
				squares[f] += gradient * gradient
				w[f] -= 0.1 * gradient / (math.Sqrt(squares[f]) + 1e-6)
			}
		}
	}
	return w
}

func softmax(p []float64, cs []ranked, w [features]float64) []float64 {
	highest := math.Inf(-1)
	for _, r := range cs {
		var s float64
		for f := range features {
			s += w[f] * r.f[f]
		}
		p = append(p, s)
		highest = max(highest, s)
	}
	var sum float64
	for i := range p {
		p[i] = math.Exp(p[i] - highest)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// modelMark stands at the head of the learnt file; its digit grows with the format
// or the features.
const modelMark = "SMT2"

// encodeModel writes the mark, the weights as float32, and for each title its code
// (length, bytes), two counts, and the hashes in three bytes each, little-endian.
func encodeModel(t *tables, learnt []learntTitle, w [features]float64) []byte {
	out := []byte(modelMark)
	for _, x := range w {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(x)))
	}
	for _, l := range learnt {
		code := t.occs[l.class].Code
		out = append(append(out, byte(len(code))), code...)
		out = append(out, byte(len(l.clean)), byte(len(l.raw)))
		for _, g := range slices.Concat(l.clean, l.raw) {
			out = append(out, byte(g), byte(g>>8), byte(g>>16))
		}
	}
	return out
}

func parseModel(t *tables) error { return decodeModel(t, titlesModel) }

// decodeModel reads what encodeModel wrote. An empty file is an untrained model.
func decodeModel(t *tables, m string) error {
	if m == "" {
		t.weights = [features]float64{fNameClean: 2, fNamePairs: 1, fContains: 2, fEnds: 1}
		return nil
	}
	if len(m) < len(modelMark)+4*features || m[:len(modelMark)] != modelMark {
		return fmt.Errorf("titles.model: not a model of format %s", modelMark)
	}
	m = m[len(modelMark):]
	for f := range t.weights {
		bits := uint32(m[0]) | uint32(m[1])<<8 | uint32(m[2])<<16 | uint32(m[3])<<24
		t.weights[f], m = float64(math.Float32frombits(bits)), m[4:]
	}
	for m != "" {
		n := int(m[0])
		if len(m) < n+3 || len(m) < n+3+3*(int(m[n+1])+int(m[n+2])) {
			return fmt.Errorf("titles.model: cut short after %d titles", len(t.learnt))
		}
		l := learntTitle{class: t.classOf(m[1 : n+1])}
		if l.class < 0 {
			return fmt.Errorf("titles.model: no occupation %q", m[1:n+1])
		}
		clean, raw := int(m[n+1]), int(m[n+2])
		m = m[n+3:]
		grams := make([]gram, clean+raw)
		for i := range grams {
			grams[i], m = gram(m[0])|gram(m[1])<<8|gram(m[2])<<16, m[3:]
		}
		l.clean, l.raw = grams[:clean:clean], grams[clean:]
		t.learnt = append(t.learnt, l)
	}
	return nil
}
