package assign

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sunmao/services/matching/market"
)

// Objective says what comes first. Both orders are lexicographic and exact.
type Objective uint8

const (
	FitFirst    Objective = iota // largest total fit, then most students placed
	PlacedFirst                  // most students placed, then largest total fit
)

// Options of a solve. The zero value is FitFirst on all cores.
type Options struct {
	Objective Objective

	// Workers bounds the goroutines; 0 means one per core. The result is the
	// same, byte for byte, whatever it is.
	Workers int

	// Effort bounds the search for which order classes open, in arcs read; 0
	// means DefaultEffort.
	Effort int64

	// Trace, if set, is called after each stage of a solve with its name and
	// the counters so far.
	Trace func(stage string, c Counters)
}

// DefaultEffort takes a fraction of a second.
const DefaultEffort = 12_000_000

// Result is an assignment with what is needed to prove it optimal.
type Result struct {
	Objective Objective
	Matches   []market.Pair // by agent, then post; fixed pairs included
	Score     int64         // total fit of Matches
	Placed    int64         // students placed
	Unplaced  int64         // students not placed
	Cert      Cert
	Plan      *Plan  // nil where no post has a minimum
	Joint     *Joint // nil where no students go together
	Counters  Counters
}

// Cert is the dual solution: one price for each quota, in weight units (Weights
// tells how a score becomes a weight). The price of a seat at a post is the sum
// of the prices from the post up its tree, an agent's that from the agent up.
type Cert struct {
	Agent, School        []int64
	Post, Company, Group []int64

	Low, High int32 // the range of scores the weights are made for
}

// Counters are the machine-independent costs of a solve.
type Counters struct {
	Bids     int64 // bids of the auction
	Pivots   int64 // steps of the simplex method
	Scanned  int64 // edges read by bids and to find steps
	Loose    int64 // students unseated before the repair
	Searches int64 // shortest-path searches of the repair
	Arcs     int64 // arcs read by them
}

// Weights maps scores to the weights that the engine maximises: a match of an
// agent of class c with score s weighs s*Mul[c] + Add[c]. One number stands for
// the whole lexicographic order because a simple cycle of the residual network,
// by which any two assignments differ, can change the lower goals only so much.
type Weights struct {
	Mul, Add  []int64
	Low, High int32 // the range of scores they hold for, 0 included
}

// NewWeights derives the weights for the scores of a market. It fails if the
// order of the classes does not fit in 62 bits: then there are too many for this
// many posts.
func NewWeights(m *market.Market, objective Objective) (Weights, error) {
	low, high := int32(0), int32(0)
	for _, e := range m.Edges {
		low, high = min(low, e.Score), max(high, e.Score)
	}
	return weightsFor(m, objective, low, high)
}

func weightsFor(m *market.Market, objective Objective, least, most int32) (Weights, error) {
	classes := 1
	for _, c := range m.Class {
		classes = max(classes, int(c)+1)
	}
	low, high := int64(least), int64(most)
	// A simple cycle passes each agent, post and school once, and the ground
	// once: it swaps at most `swaps` matches and places or displaces at most one
	// student at the ground and one at each school.
	swaps := int64(min(len(m.Supply), len(m.PostCap)+len(m.SchoolCap)+1))
	moved := int64(len(m.SchoolCap)) + 1
	mul, add := moved+1, int64(1)
	if objective == PlacedFirst {
		mul, add = 1, swaps*(high-low)+1
		if moved > 1 {
			add *= moved
		}
	}
	w := Weights{Mul: make([]int64, classes), Add: make([]int64, classes), Low: least, High: most}
	span := mul*max(high, -low) + add
	scale := int64(1)
	for c := classes - 1; c >= 0; c-- {
		if c < classes-1 {
			f := 2*swaps*span + 1
			if scale > (math.MaxInt64>>2)/f {
				return w, fmt.Errorf("%d 个优先级、%d 个岗位，无法一次精确排出先后；请合并优先级", classes, len(m.PostCap))
			}
			scale *= f
		}
		if span > (math.MaxInt64>>2)/scale {
			return w, fmt.Errorf("分值高达 %d、优先级 %d 个，超出计算范围；请缩小分值或合并优先级", high, classes)
		}
		w.Mul[c], w.Add[c] = mul*scale, add*scale
	}
	return w, nil
}

// Of returns the weight of a match.
func (w Weights) Of(class uint8, score int32) int64 {
	return int64(score)*w.Mul[class] + w.Add[class]
}

// Solve finds an optimal assignment and its proof. It returns an error if the
// market does not pass Check.
func Solve(m *market.Market, opt Options) (*Result, error) {
	r := &Result{Objective: opt.Objective}
	g, core, err := optimum(m, opt, r)
	if err != nil {
		return nil, err
	}
	if err := checkSum(g, core); err != nil {
		return nil, err
	}
	if hasMinimums(core) {
		if r.Plan, err = g.plan(core, cmp.Or(opt.Effort, DefaultEffort)); err != nil {
			return nil, err
		}
		r.trace(opt, "plan")
	}
	if len(m.Together) > 0 {
		if m, r.Joint, err = g.join(m, core, r.Plan); err != nil {
			return nil, err
		}
		r.trace(opt, "join")
	}
	g.report(m, r)
	r.trace(opt, "report")
	return r, nil
}

func hasMinimums(m *market.Market) bool {
	return slices.ContainsFunc(m.MinBatch, func(n int32) bool { return n > 0 })
}

// checkSum refuses a search over a market whose total weight overflows.
func checkSum(g *network, core *market.Market) error {
	if !hasMinimums(core) && len(core.Together) == 0 {
		return nil
	}
	if top := max(g.w.Of(0, g.w.High), -g.w.Of(0, g.w.Low)); core.Students() > math.MaxInt64/2/max(top, 1) {
		return fmt.Errorf("有起开人数或同去小组时，%d 个优先级超出可累加的范围；请合并优先级", len(g.w.Mul))
	}
	return nil
}

// optimum solves the market without reporting.
func optimum(m *market.Market, opt Options, r *Result) (*network, *market.Market, error) {
	if err := m.Check(); err != nil {
		return nil, nil, err
	}
	core, err := release(m)
	if err != nil {
		return nil, nil, err
	}
	w, err := NewWeights(core, opt.Objective)
	if err != nil {
		return nil, nil, err
	}
	workers := cores(opt.Workers)
	g := newNetwork(core, w, workers, &r.Counters)
	r.trace(opt, "network")
	g.start(core, workers)
	r.trace(opt, "start")
	g.settle(workers)
	r.trace(opt, "settle")
	if err := g.rebalance(); err != nil {
		return nil, nil, err
	}
	r.trace(opt, "repair")
	return g, core, nil
}

// cert reads the prices off the potentials.
func (g *network) cert(m *market.Market) Cert {
	for k := len(g.inner) - 1; k >= 0; k-- {
		g.raise(g.inner[k])
	}
	for p := g.lefts; p < g.lefts+g.posts; p++ {
		g.raise(p)
	}
	spread(g.workers, int(g.agents), func(from, to int) {
		for a := int32(from); a < int32(to); a++ { //nolint:gosec // agents
			g.raise(a)
			if g.kept {
				g.back.highest[a] = max(g.back.highest[a], g.node[a].pot)
			}
		}
	})
	own := func(from, n int) []int64 {
		p := make([]int64, n)
		spread(g.workers, n, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				x := &g.node[from+i]
				p[i] = x.pot - g.node[x.up].pot
			}
		})
		return p
	}
	nA, nS, nP, nC, nG := len(m.Supply), len(m.SchoolCap), len(m.PostCap), len(m.CompanyCap), len(m.GroupCap)
	return Cert{
		Agent: own(0, nA), School: own(nA, nS),
		Post: own(nA+nS, nP), Company: own(nA+nS+nP, nC), Group: own(nA+nS+nP+nC, nG),
		Low: g.w.Low, High: g.w.High,
	}
}

// report writes the balanced flow and its prices into r.
func (g *network) report(m *market.Market, r *Result) {
	r.Cert = g.cert(m)
	r.Matches = make([]market.Pair, 0, len(g.holds)+len(m.Fixed))
	for a := range g.agents {
		from := len(r.Matches)
		for h := g.node[a].hold; h >= 0; h = g.holds[h].next {
			x := g.holds[h]
			r.Matches = append(r.Matches, market.Pair{Agent: a, Post: x.post, Count: x.count})
			r.Score += int64(x.score) * int64(x.count)
			r.Placed += int64(x.count)
		}
		if len(r.Matches) > from+1 {
			sortPairs(r.Matches[from:])
		}
	}
	r.addFixed(m)
	r.Unplaced = m.Students() - r.Placed
}

func sortPairs(p []market.Pair) { slices.SortFunc(p, comparePairs) }

func comparePairs(a, b market.Pair) int {
	return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Post, b.Post))
}

func (r *Result) trace(opt Options, stage string) {
	if opt.Trace != nil {
		opt.Trace(stage, r.Counters)
	}
}
