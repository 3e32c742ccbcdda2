package assign

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"sunmao/services/matching/market"
)

// Students who go together (同去) make the problem hard, too: a group is a flow
// that must not split. Groups are settled after the optimum in which everybody
// goes alone, which bounds the value from above: one after the other, each where
// taking it costs least, at every step from an exact optimum of the rest.

// Joint says what became of the groups.
type Joint struct {
	Post  []int32 // of each group: the post all its members go to, -1 if not kept
	Bound int64   // nothing keeps the groups and is worth more, in weights
	Value int64   // the result in weights
	Relax Cert    // proves Bound
}

// tryPosts is for how many posts a group's cost is computed exactly, in the
// order of what they promise at the present prices.
const tryPosts = 4

// joiner places groups.
type joiner struct {
	m     *market.Market // fixed pairs of the groups are added as they are placed
	g     *network
	value int64 // of the groups placed
}

// join places all groups of the core market that can be kept. With minimums, which
// classes open was decided before, by the plan: closed ones have no seats, and
// members in an open one count towards its minimum.
func (g *network) join(m, core *market.Market, plan *Plan) (*market.Market, *Joint, error) {
	fixed := *m
	fixed.Fixed = slices.Clone(m.Fixed)
	k := &joiner{m: &fixed, g: g}
	out := &Joint{Post: make([]int32, len(m.Together))}
	if plan != nil {
		out.Bound, out.Relax = plan.Bound, plan.Relax
	} else {
		out.Bound, out.Relax = g.value(), g.cert(core)
		g.keep()
	}
	for i, members := range m.Together {
		var err error
		if out.Post[i], err = k.place(core, members); err != nil {
			return nil, nil, err
		}
	}
	out.Value = g.value() + k.value
	if plan != nil {
		plan.Value = out.Value
	}
	return &fixed, out, nil
}

// chance is a post that a group may go to, with what it promises.
type chance struct {
	value int64
	post  int32
}

// common lists the posts that all members can take, the most promising first.
func (k *joiner) common(members []int32) []chance {
	g := k.g
	value, count := map[int32]int64{}, map[int32]int{}
	for _, a := range members {
		mul, add := g.weigh(a)
		for _, e := range g.edges[g.off[a]:g.off[a+1]] {
			value[e.Post] += int64(e.Score)*mul + add - g.node[g.lefts+e.Post].pot
			count[e.Post]++
		}
	}
	var list []chance
	for j, n := range count {
		if n == len(members) {
			list = append(list, chance{value[j], j})
		}
	}
	slices.SortFunc(list, func(a, b chance) int { return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.post, b.post)) })
	return list[:min(len(list), tryPosts)]
}

// place finds the post where the members cost the rest least, and takes them and
// their seats there out of the market. A group without a common post that has
// room, or with a member who is no single student, is not kept.
func (k *joiner) place(core *market.Market, members []int32) (int32, error) {
	for _, a := range members {
		if core.Supply[a] != 1 {
			return -1, nil
		}
	}
	if len(members) == 0 {
		return -1, nil
	}
	best, most := int32(-1), int64(math.MinInt64)
	var seats []bounds
	for _, c := range k.common(members) {
		with, without := k.seats(members, c.post)
		if with == nil {
			continue
		}
		err := k.g.setAll(with)
		if v := k.g.value() + k.worth(members, c.post); err == nil && v > most {
			best, most, seats = c.post, v, with
		}
		if err != nil && !errors.Is(err, errUnmeetable) {
			return -1, err
		}
		if err := k.g.setAll(without); err != nil {
			return -1, err
		}
	}
	if best < 0 {
		return -1, nil
	}
	if err := k.g.setAll(seats); err != nil {
		return -1, err
	}
	k.value += k.worth(members, best)
	for _, a := range members {
		k.m.Fixed = append(k.m.Fixed, market.Pair{Agent: a, Post: best, Count: 1})
	}
	return best, nil
}

// worth is what the members are worth at a post.
func (k *joiner) worth(members []int32, j int32) int64 {
	sum := int64(0)
	for _, a := range members {
		mul, add := k.g.weigh(a)
		sum += int64(k.g.edge(a, k.g.lefts+j))*mul + add
	}
	return sum
}

// seats returns the bounds of all nodes that change when the members go to post j,
// and those as they are: the members leave, and a seat for each is taken in every
// quota above the post and above their schools. It returns nil if a quota has fewer.
func (k *joiner) seats(members []int32, j int32) (with, without []bounds) {
	g := k.g
	spend := func(v, n int32) {
		i := slices.IndexFunc(with, func(b bounds) bool { return b.node == v })
		if i < 0 {
			b := bounds{v, g.node[v].low, g.node[v].cap}
			i = len(with)
			with, without = append(with, b), append(without, b)
		}
		with[i].cap -= n
		with[i].low = max(0, with[i].low-n)
	}
	for v := g.lefts + j; v != g.ground; v = g.node[v].up {
		spend(v, int32(len(members))) //nolint:gosec // agents
	}
	for _, a := range members {
		for v := a; v != g.ground; v = g.node[v].up {
			spend(v, 1)
		}
	}
	if slices.ContainsFunc(with, func(b bounds) bool { return b.cap < 0 }) {
		return nil, nil
	}
	return with, without
}

// bounds are those of the arc between a node and its parent.
type bounds struct{ node, low, cap int32 }

// setAll changes bounds and restores the balance; after errUnmeetable that is left
// to the call that takes them back.
func (g *network) setAll(list []bounds) error {
	for _, b := range list {
		g.node[b.node].low, g.node[b.node].cap = b.low, b.cap
		g.settleArc(b.node)
	}
	err := g.balance(g.touched)
	if err == nil {
		g.touched = g.touched[:0]
	}
	return err
}
