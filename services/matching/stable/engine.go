package stable

import (
	"slices"

	"sunmao/services/matching/market"
)

// engine solves one market again and again with small changes: agents that list one
// post alone, and posts that are closed.
type engine struct {
	m        market.Market // with slots of its own
	lists    lists
	layout   *layout // nil unless the students propose one by one
	side     Options
	original map[int32][2]line // first lines of bound students
	slots    []int32           // of the market
}

// lists are the part of each agent's list that counts: edges from[i] up to to[i].
type lists struct{ from, to []int64 }

func ownLists(m *market.Market) lists { return lists{m.Off[:m.Agents()], m.Off[1:]} }

func newEngine(a *Arranged, o Options) *engine {
	x := &engine{m: *a.m, lists: ownLists(a.m), side: o, original: map[int32][2]line{}, slots: a.m.PostCap}
	if len(a.m.Together) > 0 {
		x.lists = lists{slices.Clone(x.lists.from), slices.Clone(x.lists.to)}
	}
	if a.m.MinBatch != nil {
		x.m.PostCap = slices.Clone(a.m.PostCap)
	}
	if !o.CompanyOptimal {
		x.layout = a.layout
	}
	return x
}

func (x *engine) solve() (*Result, error) {
	switch {
	case x.side.CompanyOptimal:
		return solveCompanies(&x.m, x.lists)
	case x.layout != nil:
		return x.layout.units(x.side.Workers), nil
	}
	return solveCohorts(&x.m, x.lists)
}

// bind lets agent a list the edge e alone.
func (x *engine) bind(a int32, e int64) {
	x.lists.from[a], x.lists.to[a] = e, e+1
	if x.layout != nil {
		head := &x.layout.head[x.layout.at[a]]
		x.original[a] = [2]line{head[0], head[1]}
		head[0] = line{x.layout.id[x.m.Edges[e].Post], x.m.Prio[e]}
		head[1] = x.layout.end()
	}
}

// unbind gives agent a its list back.
func (x *engine) unbind(a int32) {
	x.lists.from[a], x.lists.to[a] = x.m.Off[a], x.m.Off[a+1]
	if x.layout != nil {
		head := &x.layout.head[x.layout.at[a]]
		head[0], head[1] = x.original[a][0], x.original[a][1]
		delete(x.original, a)
	}
}

// room sets the slots of post j, to at most those of the market.
func (x *engine) room(j, slots int32) {
	x.m.PostCap[j] = slots
	if x.layout != nil {
		x.layout.memory.seats[x.layout.id[j]].cap = slots
	}
}
