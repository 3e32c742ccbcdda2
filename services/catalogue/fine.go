package catalogue

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// fine holds what single runs of characters say for or against an occupation, learnt
// beyond the features: 销售代表 is rather one code than its neighbour. Pairs of a gram
// and an occupation share slots by their hash; a rare collision costs nothing.
type fine struct {
	scale float32 // value of one step
	w     []int8  // by slot, nil for none
}

const fineBits = 20

func fineSlot(g gram, class int32) uint32 {
	h := uint32(g)*2654435761 ^ uint32(class)*0x9E3779B1
	h = (h ^ h>>15) * 0x85ebca6b
	return (h ^ h>>13) >> (32 - fineBits)
}

// fineGrams are the grams that weights are learnt for: those of the main part, the
// brackets and the employer's words, kept apart.
func fineGrams(v view) []gram {
	out := boundGrams(v.main, 4)
	for _, g := range boundGrams(v.side, 2) {
		out = append(out, g^0x333333)
	}
	return append(out, orgGrams(v.org)...)
}

// damp keeps long titles from outweighing the features.
func damp(grams []gram) float64 { return 1 / math.Sqrt(float64(len(grams)+1)) }

// score is what the grams say for a class.
func (f *fine) score(grams []gram, class int32) float64 {
	if f.w == nil {
		return 0
	}
	var sum int
	for _, g := range grams {
		sum += int(f.w[fineSlot(g, class)])
	}
	return float64(sum) * float64(f.scale) * damp(grams)
}

// fineKept is how many weights are kept, the heaviest: the others hardly move a rank
// and would double the file.
const fineKept = 150_000

// prune keeps the heaviest weights in steps of 1/127 of one of
// the heaviest; the few above it are cut to it.
func prune(w []float32) fine {
	var at []uint32
	for i, x := range w {
		if x != 0 {
			at = append(at, uint32(i)) //nolint:gosec // below 1<<fineBits
		}
	}
	heavy := func(i uint32) float32 { return max(w[i], -w[i]) }
	slices.SortFunc(at, func(a, b uint32) int { return cmp.Or(cmp.Compare(heavy(b), heavy(a)), cmp.Compare(a, b)) })
	if len(at) == 0 {
		return fine{}
	}
	f := fine{scale: heavy(at[len(at)/1000]) / 127, w: make([]int8, 1<<fineBits)}
	for _, i := range at[:min(len(at), fineKept)] {
		f.w[i] = int8(max(-127, min(127, math.Round(float64(w[i]/f.scale)))))
	}
	return f
}

// encode appends the scale, the number of weights, and for each the distance from the
// slot before it and the steps.
func (f *fine) encode(out []byte) []byte {
	out = binary.LittleEndian.AppendUint32(out, math.Float32bits(f.scale))
	n := 0
	for _, x := range f.w {
		if x != 0 {
			n++
		}
	}
	out = binary.AppendUvarint(out, uint64(n)) //nolint:gosec // not negative
	last := 0
	for i, x := range f.w {
		if x != 0 {
			out = append(binary.AppendUvarint(out, uint64(i-last)), byte(x)) //nolint:gosec // slots grow
			last = i
		}
	}
	return out
}

// decodeFine reads what encode wrote and returns the rest.
func decodeFine(m string) (f fine, rest string, err error) {
	short := fmt.Errorf("titles.model: cut short in the fine weights")
	if len(m) < 5 {
		return f, "", short
	}
	f.scale = math.Float32frombits(uint32(m[0]) | uint32(m[1])<<8 | uint32(m[2])<<16 | uint32(m[3])<<24)
	m = m[4:]
	uvarint := func() (x uint64, ok bool) {
		for shift := 0; m != "" && shift < 35; shift += 7 {
			b := m[0]
			m = m[1:]
			if x |= uint64(b&0x7f) << shift; b < 0x80 {
				return x, true
			}
		}
		return 0, false
	}
	n, ok := uvarint()
	if !ok {
		return f, "", short
	}
	f.w = make([]int8, 1<<fineBits)
	for at := uint64(0); n > 0; n-- {
		step, ok := uvarint()
		if at += step; !ok || m == "" || at >= 1<<fineBits {
			return f, "", short
		}
		f.w[at], m = int8(m[0]), m[1:] //nolint:gosec // two's complement, as written
	}
	return f, m, nil
}
