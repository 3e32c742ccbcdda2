package assign

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"sunmao/services/matching/market"
)

// Order classes with a least number of students (订单班起开人数) make the problem
// hard: which of them open is a search (lower quotas: Biró, Fleiner, Irving,
// Manlove 2010). Once that is decided it is a flow again, in which an open class
// has a lower bound, and a forced seat's price may be negative: the subsidy that
// fills it. So each plan is an exact optimum of its own with its own proof, and
// the optimum without minimums bounds every plan from above.

// Plan says what became of the minimums.
type Plan struct {
	Open   []int32 // posts with a minimum that open, ascending
	Closed []Closed
	Bound  int64 // no plan is worth more, in weights: the optimum without minimums
	Value  int64 // the present plan in weights
	Relax  Cert  // proves Bound
}

// Closed is a post that stays closed.
type Closed struct {
	Post    int32
	Least   int32 // its minimum
	Reached int32 // students it would have had without minimums
}

// Gap is how far the plan may be below the best one, as a share of the bound.
func (p *Plan) Gap() float64 {
	if p.Bound <= 0 {
		return 0
	}
	return float64(p.Bound-p.Value) / float64(p.Bound)
}

const (
	closedState int8 = iota
	forced           // open, with a lower bound
	loose            // not decided
)

// planner searches which posts with minimums open.
type planner struct {
	g     *network
	least []int32
	cap   []int32
	state []int8
	posts []int32 // with a minimum
}

// plan opens and closes order classes until none is below its minimum, then
// looks for single changes that gain.
func (g *network) plan(core *market.Market, effort int64) (*Plan, error) {
	p := &planner{g: g, least: core.MinBatch, cap: core.PostCap, state: make([]int8, len(core.PostCap))}
	out := &Plan{Bound: g.value(), Relax: g.cert(core)}
	for j, n := range core.MinBatch {
		if n > 0 {
			p.posts = append(p.posts, int32(j)) //nolint:gosec // Check bounds the nodes
			p.state[j] = loose
		}
	}
	for _, j := range p.posts {
		out.Closed = append(out.Closed, Closed{Post: j, Least: p.least[j], Reached: int32(g.node[g.lefts+j].through)}) //nolint:gosec // below its quota
	}
	g.keep()
	if err := p.dive(); err != nil {
		return nil, err
	}
	if err := p.improve(effort); err != nil {
		return nil, err
	}
	for _, j := range p.posts {
		if g.node[g.lefts+j].through > 0 {
			out.Open = append(out.Open, j)
		}
	}
	out.Closed = slices.DeleteFunc(out.Closed, func(c Closed) bool { return g.node[g.lefts+c.Post].through > 0 })
	out.Value = g.value()
	return out, nil
}

// value is the weight of the present flow.
func (g *network) value() int64 {
	sum := int64(0)
	for k := range g.holds {
		if x := &g.holds[k]; x.count > 0 {
			mul, add := g.weigh(x.agent)
			sum += (int64(x.score)*mul + add) * int64(x.count)
		}
	}
	return sum
}

// set gives a post its bounds for a state; an open class that cannot be filled
// goes back to closed.
func (p *planner) set(j int32, state int8) error {
	v := p.g.lefts + j
	low, quota := int32(0), p.cap[j]
	switch state {
	case closedState:
		quota = 0
	case forced:
		low = p.least[j]
		if low > quota {
			return errUnmeetable
		}
	}
	p.g.node[v].low = low
	if err := p.g.setBounds(v, quota); err != nil {
		return err
	}
	p.state[j] = state
	return nil
}

// fill is how full of its minimum an undecided class is.
func (p *planner) fill(j int32) float64 {
	return float64(p.g.node[p.g.lefts+j].through) / float64(p.least[j])
}

// dive decides one class after the other, the clearest first: the emptiest of
// those below their minimum closes, or the fullest is forced open, whichever is
// nearer to where it is going; its students move on and change the rest.
func (p *planner) dive() error {
	for {
		best, clear := int32(-1), -1.0
		for _, j := range p.posts {
			f := p.fill(j)
			if p.state[j] != loose || f == 0 || f >= 1 {
				continue
			}
			if c := max(f, 1-f); c > clear {
				best, clear = j, c
			}
		}
		if best < 0 {
			break
		}
		if err := p.decide(best); err != nil {
			return err
		}
	}
	for _, j := range p.posts { // what holds by itself is pinned, so that changes respect it
		if p.state[j] == loose {
			state := forced
			if p.fill(j) == 0 {
				state = closedState
			}
			if err := p.set(j, state); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planner) decide(j int32) error {
	if p.fill(j) >= 0.5 {
		err := p.set(j, forced)
		if !errors.Is(err, errUnmeetable) {
			return err
		}
	}
	return p.set(j, closedState)
}

// improve flips single classes while that gains, the most doubtful first, until
// the effort (arcs read) is spent.
func (p *planner) improve(effort int64) error {
	g := p.g
	stop := g.n.Arcs + effort
	for gained := true; gained; {
		gained = false
		order := slices.Clone(p.posts)
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(p.doubt(b), p.doubt(a)) })
		for _, j := range order {
			if g.n.Arcs > stop {
				return nil
			}
			if gain, err := p.try(j); err != nil {
				return err
			} else if gain {
				gained = true
			}
		}
	}
	return nil
}

// try flips one class and takes it back unless that gains.
func (p *planner) try(j int32) (bool, error) {
	g := p.g
	old, flip := p.state[j], forced
	if old == forced {
		flip = closedState
	}
	g.trial, g.hope = true, p.promise(j)
	if g.hope <= 0 {
		g.trial = false
		return false, nil
	}
	err := p.set(j, flip)
	g.trial = false
	switch {
	case err == nil:
		return true, nil
	case !errors.Is(err, errUnmeetable) && !errors.Is(err, errNoGain):
		return false, err
	}
	return false, p.set(j, old)
}

// promise bounds what flipping a class can gain: the change of the dual
// objective at the present prices, where the price of a closed class, which is
// free, is what its best candidate would give.
func (p *planner) promise(j int32) int64 {
	g := p.g
	v := g.lefts + j
	up := g.node[g.node[v].up].pot
	if p.state[j] == forced {
		if price := g.node[v].pot - up; price < 0 {
			return -price * int64(p.least[j])
		}
		return 0
	}
	best := int64(math.MinInt64 / 4)
	r := &g.back
	if len(r.of(j)) == 0 {
		return 0
	}
	for _, c := range r.of(j) {
		mul, add := g.weigh(c.agent)
		best = max(best, int64(c.score)*mul+add-g.node[c.agent].pot)
	}
	if was := g.node[v].pot; best != was {
		g.node[v].pot = best
		if best < was {
			g.sank(v)
		}
	}
	return (best - up) * int64(p.cap[j])
}

// doubt ranks classes for a flip: the subsidy an open one takes, or the price
// below which a closed one would fill.
func (p *planner) doubt(j int32) int64 {
	v := p.g.lefts + j
	price := p.g.node[v].pot - p.g.node[p.g.node[v].up].pot
	if p.state[j] == forced {
		return -price * int64(p.least[j])
	}
	return price
}
