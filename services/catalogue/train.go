package catalogue

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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
	Unlike  Figures // tried on titles whose first character no learnt title begins with
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
		out.HeldOut.add(c.try(part[0], part[1], rng))
	}
	for k := range folds {
		learn, try := split(known, k, byFirst)
		out.Unlike.add(c.try(learn, try, rng))
	}
	l := c.learn(known, rng)
	out.Titles = len(l.titles)
	out.Model = encodeModel(c.tables, l)
	return out
}

// try learns from some titles and counts how well others are answered.
func (c *Catalogue) try(learn, titles []Labelled, rng *rand.Rand) Figures {
	if len(learn) == 0 || len(titles) == 0 {
		return Figures{}
	}
	return c.figures(newSuggester(c.tables, c.learn(learn, rng)), titles)
}

// learn is all that is learnt from titles.
func (c *Catalogue) learn(titles []Labelled, rng *rand.Rand) lessons {
	l := c.fit(titles, rng)
	l.titles = c.reduce(titles)
	return l
}

const folds = 5

// split puts the titles of fold k apart.
func split(titles []Labelled, k int, fold func(i int, title string) int) (rest, apart []Labelled) {
	for i, l := range titles {
		if fold(i, l.Title) == k {
			apart = append(apart, l)
		} else {
			rest = append(rest, l)
		}
	}
	return rest, apart
}

// The two ways of folding: titles at random, and all titles with one first character
// together, so that most words of a fold were not learnt. The second is how titles of
// other trades and towns come.
func atRandom(i int, _ string) int    { return i % folds }
func byFirst(_ int, title string) int { return int(hashGrams(title, 1)[0]>>3) % folds }

// reduce turns titles into hashes.
func (c *Catalogue) reduce(titles []Labelled) []learntTitle {
	cl := newCleaner(c.regions)
	out := make([]learntTitle, len(titles))
	for i, l := range titles {
		v := cl.clean(l.Title)
		cleaned, raw, org := boundGrams(v.main, 3), hashGrams(fold(l.Title), 2), orgGrams(v.org)
		out[i] = learntTitle{c.classOf(l.Code), cleaned[:min(len(cleaned), 255)], raw[:min(len(raw), 255)], org[:min(len(org), 255)]}
	}
	return out
}

// example is a title with the candidates that titles of other folds made of it.
type example struct {
	cs    []ranked
	grams []gram
	gold  int // the right one among cs
}

// examples computes the candidates of every title from the other folds, in both ways
// of folding.
func (c *Catalogue) examples(titles []Labelled) []example {
	var out []example
	for _, way := range []func(int, string) int{atRandom, byFirst} {
		for k := range folds {
			rest, apart := split(titles, k, way)
			if len(apart) == 0 {
				continue
			}
			s := newSuggester(c.tables, lessons{titles: c.reduce(rest)})
			for _, l := range apart {
				v := s.cleaner.clean(l.Title)
				cs := s.candidates(fold(l.Title), v)
				want := c.classOf(l.Code)
				if gold := slices.IndexFunc(cs, func(r ranked) bool { return r.class == want }); gold >= 0 {
					out = append(out, example{cs, fineGrams(v), gold})
				}
			}
		}
	}
	return out
}

// fit finds the weights by conditional logistic regression over the candidates of
// each title, by stochastic gradient steps that shrink with what each weight has
// already met (AdaGrad).
func (c *Catalogue) fit(titles []Labelled, rng *rand.Rand) lessons {
	const epochs = 6
	data := c.examples(titles)
	d := descent{w: make([]float32, 1<<fineBits), g: make([]float32, 1<<fineBits)}
	d.weights[fBayes] = 0.2
	for range epochs {
		for _, i := range rng.Perm(len(data)) {
			d.step(data[i])
		}
	}
	return lessons{weights: d.weights, fine: prune(d.w)}
}

// descent is the state of fit: the weights, and the sums of squared gradients.
type descent struct {
	weights, squares [features]float64
	w, g             []float32 // of the fine weights
	p                []float64 // scratch: the error of each candidate
}

// step moves the weights towards the right answer of one example.
func (d *descent) step(x example) {
	const rate, fineRate, still = 0.1, 0.1, 0.01
	d.errors(x)
	for f := range features {
		gradient := 0.0
		for j, r := range x.cs {
			gradient += d.p[j] * r.f[f]
		}
		d.squares[f] += gradient * gradient
		d.weights[f] -= rate * gradient / (math.Sqrt(d.squares[f]) + 1e-6)
	}
	by := damp(x.grams)
	for j, r := range x.cs {
		if math.Abs(d.p[j]) < still {
			continue
		}
		e := float32(d.p[j] * by)
		for _, g := range x.grams {
			at := fineSlot(g, r.class)
			d.g[at] += e * e
			d.w[at] -= fineRate * e / (float32(math.Sqrt(float64(d.g[at]))) + 0.05)
		}
	}
}

// errors sets p to the candidates' shares of belief, less one for the right one.
func (d *descent) errors(x example) {
	d.p = d.p[:0]
	by, highest := damp(x.grams), math.Inf(-1)
	for _, r := range x.cs {
		var s float64
		for _, g := range x.grams {
			s += float64(d.w[fineSlot(g, r.class)])
		}
		s *= by
		for f := range features {
			s += d.weights[f] * r.f[f]
		}
		d.p = append(d.p, s)
		highest = max(highest, s)
	}
	var sum float64
	for j := range d.p {
		d.p[j] = math.Exp(d.p[j] - highest)
		sum += d.p[j]
	}
	for j := range d.p {
		d.p[j] /= sum
	}
	d.p[x.gold]--
}

// modelMark stands at the head of the learnt file; its digit grows with the format
// or the features.
const modelMark = "SMT4"

// encodeModel writes the mark and, deflated, the weights as float32, the fine weights,
// and for each title its code (length, bytes), three counts, and the hashes in three
// bytes each, little-endian.
func encodeModel(t *tables, l lessons) []byte {
	var out []byte
	for _, x := range l.weights {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(x)))
	}
	out = l.fine.encode(out)
	for _, x := range l.titles {
		code := t.occs[x.class].Code
		out = append(append(out, byte(len(code))), code...)
		out = append(out, byte(len(x.clean)), byte(len(x.raw)), byte(len(x.org)))
		for _, g := range slices.Concat(x.clean, x.raw, x.org) {
			out = append(out, byte(g), byte(g>>8), byte(g>>16))
		}
	}
	return deflate(out)
}

// deflate puts the mark before the compressed model. Writing to memory cannot fail.
func deflate(model []byte) []byte {
	var b bytes.Buffer
	b.WriteString(modelMark)
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	_, _ = w.Write(model)
	_ = w.Close()
	return b.Bytes()
}

// inflate undoes deflate. Of a file cut short it is an error.
func inflate(file string) (string, error) {
	body, ok := strings.CutPrefix(file, modelMark)
	if !ok {
		return "", fmt.Errorf("titles.model: not a model of format %s", modelMark)
	}
	var out strings.Builder
	if _, err := io.Copy(&out, flate.NewReader(strings.NewReader(body))); err != nil { // #nosec G110 -- our own embedded file
		return "", fmt.Errorf("titles.model: %w", err)
	}
	return out.String(), nil
}

func parseModel(t *tables) error { return decodeModel(t, titlesModel) }

// decodeModel reads what encodeModel wrote. An empty file is an untrained model.
func decodeModel(t *tables, m string) (err error) {
	l := &t.lessons
	if m == "" {
		l.weights = [features]float64{fNameClean: 2, fNamePairs: 1, fContains: 2, fEnds: 1}
		return nil
	}
	if m, err = inflate(m); err != nil {
		return err
	}
	if len(m) < 4*features {
		return errors.New("titles.model: cut short in the weights")
	}
	for f := range l.weights {
		bits := uint32(m[0]) | uint32(m[1])<<8 | uint32(m[2])<<16 | uint32(m[3])<<24
		l.weights[f], m = float64(math.Float32frombits(bits)), m[4:]
	}
	if l.fine, m, err = decodeFine(m); err != nil {
		return err
	}
	for m != "" {
		n := int(m[0])
		if len(m) < n+4 || len(m) < n+4+3*(int(m[n+1])+int(m[n+2])+int(m[n+3])) {
			return fmt.Errorf("titles.model: cut short after %d titles", len(l.titles))
		}
		x := learntTitle{class: t.classOf(m[1 : n+1])}
		if x.class < 0 {
			return fmt.Errorf("titles.model: no occupation %q", m[1:n+1])
		}
		clean, raw, org := int(m[n+1]), int(m[n+2]), int(m[n+3])
		m = m[n+4:]
		grams := make([]gram, clean+raw+org)
		for i := range grams {
			grams[i], m = gram(m[0])|gram(m[1])<<8|gram(m[2])<<16, m[3:]
		}
		x.clean, x.raw, x.org = grams[:clean:clean], grams[clean:clean+raw:clean+raw], grams[clean+raw:]
		l.titles = append(l.titles, x)
	}
	return nil
}
