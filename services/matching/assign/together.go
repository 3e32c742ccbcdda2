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

// join places all groups of the core market that can be kept.
func (g *network) join(m, core *market.Market) (*market.Market, *Joint, error) {
	g.keep()
	fixed := *m
	fixed.Fixed = slices.Clone(m.Fixed)
	k := &joiner{m: &fixed, g: g}
	out := &Joint{Bound: g.value(), Relax: g.cert(core), Post: make([]int32, len(m.Together))}
	for i, members := range m.Together {
		var err error
		if out.Post[i], err = k.place(core, members); err != nil {
			return nil, nil, err
		}
	}
	out.Value = g.value() + k.value
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

// place takes the members out of the market, finds the post where they cost the
// rest least and takes their seats there. A group without a common post that
// has room, or with a member who is no single student, is not kept.
func (k *joiner) place(core *market.Market, members []int32) (int32, error) {
	g := k.g
	for _, a := range members {
		if core.Supply[a] != 1 {
			return -1, nil
		}
	}
	list := k.common(members)
	if len(list) == 0 || len(members) == 0 {
		return -1, nil
	}
	if err := k.supply(members, 0); err != nil {
		return -1, err
	}
	best, most := int32(-1), int64(math.MinInt64)
	for _, c := range list {
		own := k.worth(members, c.post)
		switch err := k.seats(members, c.post, 1); {
		case errors.Is(err, errUnmeetable):
			continue
		case err != nil:
			return -1, err
		}
		if v := g.value() + own; v > most {
			best, most = c.post, v
		}
		if err := k.seats(members, c.post, -1); err != nil {
			return -1, err
		}
	}
	if best < 0 {
		return -1, k.supply(members, 1)
	}
	if err := k.seats(members, best, 1); err != nil {
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

func (k *joiner) supply(members []int32, n int32) error {
	for _, a := range members {
		if err := k.g.setBounds(a, n); err != nil {
			return err
		}
	}
	return nil
}

// seats takes a seat at post j for each member (sign 1), in every quota above
// it and above the members' schools, out of the market, or puts it back (-1);
// errUnmeetable if a quota has fewer.
func (k *joiner) seats(members []int32, j, sign int32) error {
	g := k.g
	var nodes, take []int32
	spend := func(v, n int32) {
		if i := slices.Index(nodes, v); i >= 0 {
			take[i] += n
		} else {
			nodes, take = append(nodes, v), append(take, n)
		}
	}
	for v := g.lefts + j; v != g.ground; v = g.node[v].up {
		spend(v, int32(len(members))) //nolint:gosec // agents
	}
	for _, a := range members {
		for v := g.node[a].up; v != g.ground; v = g.node[v].up {
			spend(v, 1)
		}
	}
	for i, v := range nodes {
		if g.node[v].cap < sign*take[i] {
			return errUnmeetable
		}
	}
	for i, v := range nodes {
		if err := g.setBounds(v, g.node[v].cap-sign*take[i]); err != nil {
			return err
		}
	}
	return nil
}
