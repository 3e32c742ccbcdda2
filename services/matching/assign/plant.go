package assign

// unplanted stands for the parent of a node that is not in the tree yet.
const unplanted = -2

// joinPasses is how often all nodes that are not in the tree are looked at for a tight
// arc to it, before any arc will do.
const joinPasses = 4

// plant lays a tree through the flow: all arcs that can take more and less are in it,
// as far as they close no cycle, and from every node something can still go to the
// ground. The other arcs are at a bound, but for those that do close a cycle, which
// are emptied or taken in one by one.
func (s *warm[W]) plant() {
	s.reserve()
	g := s.g
	s.tree[g.ground], s.link[g.ground].parent = branch{size: 1}, -1
	s.topDown = append(s.topDown, g.ground)
	for k := len(g.inner) - 1; k >= 0; k-- {
		s.hang(g.inner[k])
	}
	for v := range g.ground {
		if !g.isInner(v) {
			s.hang(v)
		}
	}
	at := s.grow(0)
	for pass := 0; len(s.topDown) <= int(g.ground); pass++ {
		for v := range g.ground {
			if !s.planted(v) && s.join(v, pass < joinPasses) {
				at = s.grow(at)
			}
		}
	}
	s.measure()
	s.settleOthers()
	watched := s.nodes
	s.nodes = s.topDown[1:]
	s.sweep()
	s.nodes = watched
	for v := range g.ground {
		if s.y[v] != s.was[v] {
			s.move(v)
		}
	}
}

// reserve makes the space for all that is known of each node.
func (s *warm[W]) reserve() {
	g := s.g
	n := int(g.ground) + 1
	s.tree, s.link, s.up, s.state = make([]branch, n), make([]link[W], n), make([]int32, n), make([]int8, n)
	s.y, s.was, s.fresh = make([]W, n), make([]W, n), make([]bool, n)
	s.topDown, s.place, s.end, s.span = make([]int32, 0, n), make([]int32, n), make([]int32, n), make([]int32, n)
	s.moved, s.listed = make([]bool, n), make([]bool, n)
	s.shelf, s.best, s.fell = make([]shelf[W], n), make([]entrant[W], g.agents), make([]bool, g.agents)
	for v := range g.ground {
		s.link[v].parent, s.up[v] = unplanted, g.node[v].up
		s.shelf[v].bound = -above[W]()
		if s.was[v] = W(g.node[v].pot); v >= g.lefts {
			s.was[v] = -s.was[v]
		}
		if v < g.agents {
			s.fell[v] = g.node[v].cap == 0
		}
	}
	s.fresh[g.ground] = true
}

// measure counts the nodes of each subtree and gives each its place.
func (s *warm[W]) measure() {
	for k := len(s.topDown) - 1; k > 0; k-- {
		v := s.topDown[k]
		s.tree[s.link[v].parent].size += s.tree[v].size
	}
	for k, v := range s.topDown {
		if k > 0 {
			up := s.link[v].parent
			s.place[v] = s.end[up] // the end counts what is placed already
			s.end[up] += s.tree[v].size
		}
		s.end[v] = s.place[v] + 1
		s.span[s.place[v]] = v
	}
}

// attach puts a node into the tree.
func (s *warm[W]) attach(v, parent int32, arc int8, rise W, up, down int32) {
	s.tree[v], s.link[v] = branch{up: up, down: down, size: 1, arc: arc}, link[W]{rise, parent}
	s.topDown = append(s.topDown, v)
}

func (s *warm[W]) planted(v int32) bool { return s.link[v].parent != unplanted }

// loose tells whether more can flow between a node and its parent. A node without a
// quota counts as loose: nothing will flow there.
func (g *network) loose(v int32) bool { return g.node[v].flow < g.node[v].cap || g.node[v].cap == 0 }

// hang attaches a node to its parent by a loose arc.
func (s *warm[W]) hang(v int32) {
	if !s.planted(v) && s.planted(s.up[v]) && s.g.loose(v) {
		s.hangOwn(v)
	}
}

// hangOwn attaches a node to its parent in the network.
func (s *warm[W]) hangOwn(v int32) {
	x := &s.g.node[v]
	if v < s.g.lefts {
		s.attach(v, x.up, ownArc, 0, boundless, x.cap-x.flow)
	} else {
		s.attach(v, x.up, ownArc, 0, x.cap-x.flow, x.flow)
	}
}

// hangParent attaches the parent of a node to it.
func (s *warm[W]) hangParent(v int32) {
	x := &s.g.node[v]
	if v < s.g.lefts {
		s.attach(x.up, v, parentArc, 0, x.cap-x.flow, boundless)
	} else {
		s.attach(x.up, v, parentArc, 0, x.flow, x.cap-x.flow)
	}
}

// grow attaches, to the nodes of the tree from the given place on, all that hang
// together with them by arcs that can take more and less.
func (s *warm[W]) grow(at int) int {
	g := s.g
	for ; at < len(s.topDown); at++ {
		v := s.topDown[at]
		if v == g.ground {
			continue
		}
		x := &g.node[v]
		if !s.planted(x.up) && x.flow < x.cap && (x.flow > 0 || v < g.lefts) {
			s.hangParent(v)
		}
		for _, c := range g.children(v) {
			s.hang(c)
		}
		switch {
		case v < g.agents:
			for h := x.hold; h >= 0; h = g.holds[h].next {
				if y := &g.holds[h]; !s.planted(g.lefts + y.post) {
					s.attach(g.lefts+y.post, v, edgeArc, -s.weight(v, y.score), y.count, boundless)
				}
			}
		case v >= g.lefts && v < g.lefts+g.posts:
			for _, h := range g.holders[v-g.lefts] {
				if y := &g.holds[h.hold]; !s.planted(h.agent) {
					s.attach(h.agent, v, edgeArc, s.weight(h.agent, y.score), boundless, y.count)
				}
			}
		}
	}
	return at
}

// join attaches a node to the tree by an arc at a bound, a tight one or any, over which
// something can still go towards the ground.
func (s *warm[W]) join(v int32, tight bool) bool {
	g := s.g
	x := &g.node[v]
	switch {
	case s.planted(x.up) && (v < g.lefts || g.loose(v)) && (!tight || x.pot == g.node[x.up].pot):
		s.hangOwn(v)
		return true
	case v < g.agents:
		return s.joinPost(v)
	case !g.isInner(v):
		return false
	}
	for _, c := range g.children(v) {
		if c >= g.lefts && s.planted(c) && g.node[c].flow > 0 && (!tight || g.node[c].pot == x.pot) {
			s.hangParent(c)
			return true
		}
	}
	return false
}

// joinPost attaches an agent to a post of the tree that is as good as any.
func (s *warm[W]) joinPost(a int32) bool {
	g := s.g
	if g.node[a].lead > 0 {
		return false
	}
	for _, e := range g.edges[g.off[a]:g.off[a+1]] {
		p := g.lefts + e.Post
		if w := s.weight(a, e.Score); s.planted(p) && int64(w) == g.node[a].pot+g.node[p].pot && !s.closed(p) {
			s.attach(a, p, edgeArc, w, boundless, 0)
			return true
		}
	}
	return false
}

// settleOthers notes at which bound each arc outside the tree is, and brings those
// that are at none to one, or into the tree.
func (s *warm[W]) settleOthers() {
	g := s.g
	var between []entrant[W]
	for v := range g.ground {
		x := &g.node[v]
		switch {
		case s.tree[v].arc == ownArc || s.tree[x.up].arc == parentArc && s.link[x.up].parent == v:
		case x.flow == x.cap:
			s.state[v] = s.full(v)
		case v < g.lefts:
			between = append(between, entrant[W]{from: v, to: x.up, own: v, room: boundless, back: x.cap - x.flow})
		default:
			between = append(between, entrant[W]{from: v, to: x.up, own: v, room: x.cap - x.flow, back: x.flow})
		}
	}
	for k := range g.holds {
		h := &g.holds[k]
		if v, _ := s.edgeAt(h.agent, g.lefts+h.post); h.count > 0 && v < 0 {
			between = append(between, entrant[W]{from: h.agent, to: g.lefts + h.post, own: -1,
				weight: s.weight(h.agent, h.score), room: boundless, back: h.count})
		}
	}
	for _, e := range between {
		if !s.take(e, 0) {
			e.from, e.to, e.room, e.back, e.weight = e.to, e.from, e.back, e.room, -e.weight
			s.take(e, 1)
		}
	}
}

// edgeAt finds the node of the tree whose arc to its parent is the edge between an
// agent and a post, and how many students it carries; -1 if it is not in the tree.
func (s *warm[W]) edgeAt(a, p int32) (v, n int32) {
	switch {
	case s.tree[a].arc == edgeArc && s.link[a].parent == p:
		return a, s.tree[a].down
	case s.tree[p].arc == edgeArc && s.link[p].parent == a:
		return p, s.tree[p].up
	}
	return -1, 0
}
