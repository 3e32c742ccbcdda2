package assign

import (
	"cmp"
	"slices"
)

// smallPart is the share of all offers below which components are taken together.
const smallPart = 64

// parts splits the market into its connected components, the one with the most offers
// first; small ones are one part together, which is the last.
func (s *simplex[W]) parts() []*walk[W] {
	g := s.g
	root := s.components()
	type component struct{ root, offers int32 }
	size := make([]int32, g.ground)
	for a := range g.agents {
		size[root[a]] += s.off[a+1] - s.off[a]
	}
	var large []component
	for v := range g.ground {
		if root[v] == v && int(size[v])*smallPart > len(s.offers) {
			large = append(large, component{v, size[v]})
		}
	}
	slices.SortFunc(large, func(a, b component) int { return cmp.Or(cmp.Compare(b.offers, a.offers), cmp.Compare(a.root, b.root)) })
	of := make([]int32, g.ground) // part of each component
	for v := range of {
		of[v] = int32(len(large)) //nolint:gosec // below 64
	}
	parts := make([]*walk[W], len(large)+1)
	for k := range parts {
		if parts[k] = (&walk[W]{simplex: s}); k < len(large) {
			of[large[k].root] = int32(k) //nolint:gosec // below 64
		}
	}
	for v := range g.ground {
		p := parts[of[root[v]]]
		if p.nodes = append(p.nodes, v); v < g.agents {
			p.agents = p.nodes
		}
	}
	return parts
}

// components returns for each node but the ground the least node that it hangs
// together with, over quotas and offers.
func (s *simplex[W]) components() []int32 {
	g := s.g
	root := make([]int32, g.ground)
	for v := range root {
		root[v] = int32(v) //nolint:gosec // a node
	}
	find := func(v int32) int32 {
		for root[v] != v {
			root[v] = root[root[v]]
			v = root[v]
		}
		return v
	}
	join := func(u, v int32) {
		if u, v = find(u), find(v); u < v {
			root[v] = u
		} else {
			root[u] = v
		}
	}
	for v := range g.ground {
		if up := g.node[v].up; up != g.ground {
			join(v, up)
		}
	}
	for a := range g.agents {
		for _, o := range s.of(a) {
			join(a, o.post)
		}
	}
	for v := range root {
		root[v] = find(int32(v)) //nolint:gosec // a node
	}
	return root
}
