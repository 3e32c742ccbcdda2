package assign

import "testing"

// checkKept checks what keep promises: no lead is above what it bounds, no rung
// above its candidates, and every edge of a seat is tight.
func checkKept(t *testing.T, g *network) {
	t.Helper()
	for a := range g.agents {
		mul, add := g.weigh(a)
		for _, e := range g.edges[g.off[a]:g.off[a+1]] {
			slack := g.node[a].pot + g.node[g.lefts+e.Post].pot - int64(e.Score)*mul - add
			held := g.holdOf(a, g.lefts+e.Post) >= 0
			switch {
			case slack < 0:
				t.Fatalf("agent %d and post %d: reduced cost %d", a, e.Post, slack)
			case held && slack != 0:
				t.Fatalf("agent %d sits at post %d, reduced cost %d", a, e.Post, slack)
			case !held && slack < g.node[a].lead:
				t.Fatalf("agent %d: lead %d, post %d has reduced cost %d", a, g.node[a].lead, e.Post, slack)
			}
		}
	}
	r := &g.back
	for j := range g.posts {
		if !r.laid[j] {
			continue
		}
		aside := map[int32]bool{}
		for _, c := range r.aside[j] {
			aside[c.agent] = true
		}
		list := r.of(j)
		for k := range r.first[j+1] - r.first[j] {
			for _, c := range list[rung(k, int64(len(list))):rung(k+1, int64(len(list)))] {
				mul, add := g.weigh(c.agent)
				if key := g.node[c.agent].pot - int64(c.score)*mul - add; key < r.least[r.first[j]+k]-g.slip && !aside[c.agent] {
					t.Fatalf("post %d: rung %d promises %d less %d, agent %d is at %d", j, k, r.least[r.first[j]+k], g.slip, c.agent, key)
				}
			}
		}
	}
}
