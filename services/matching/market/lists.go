package market

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// Unlisted is the Tier of an edge that one of the two sides did not list: it may
// be assigned but not chosen.
const Unlisted = ^uint32(0)

// ByScore is the Tier of a candidate at a post that wrote no list: the higher
// score first.
func ByScore(score int32) uint32 { return uint32(int64(math.MaxInt32) - int64(score)) }

// list reads "<owner> <id> <id> …" with ties in braces, {a b} or { a b }.
func (t *textReader) list(owners, members *names, lists []list, verb string) ([]list, error) {
	o, err := t.id(owners)
	if err != nil {
		return lists, err
	}
	lists = upTo(lists, int(o)+1)
	if l := lists[o].line; l != 0 {
		return lists, t.refuse("%s %q 在第 %d 行已有 %s；每个编号只能写一行", owners.kind, clip(owners.bytes(o)), l, verb)
	}
	l := list{start: int64(len(t.words)), line: int32(t.line)}
	class, tied := int32(0), false
	for w := t.word(); w != nil; w = t.word() {
		if w[0] == '{' {
			if tied {
				return lists, t.refuse("花括号里又有花括号；并列写成 {a b}")
			}
			tied, w = true, w[1:]
		}
		closes := bytes.HasSuffix(w, []byte{'}'})
		if closes {
			if !tied {
				return lists, t.refuse("多了一个 }；并列写成 {a b}")
			}
			w = w[:len(w)-1]
		}
		if len(w) > 0 {
			i, err := t.resolve(members, w)
			if err != nil {
				return lists, err
			}
			t.words = append(t.words, word{id: i, class: class})
		}
		if closes {
			tied = false
		}
		if !tied {
			class++
		}
	}
	if tied {
		return lists, t.refuse("花括号没有合上；并列写成 {a b}")
	}
	l.end = int64(len(t.words))
	lists[o] = l
	return lists, nil
}

// market checks what can only be seen at the end and lays the arrays out.
func (t *textReader) market() (*Market, error) {
	for _, n := range []*names{t.agents, t.posts, t.companies} {
		if u := n.undeclared(); u >= 0 {
			t.line = int(n.first[u])
			verb := map[*names]string{t.agents: "student", t.posts: "post", t.companies: "company"}[n]
			return nil, t.refuse("%s %q 没有声明；请加一行 %s %s <数>", n.kind, clip(n.bytes(u)), verb, clip(n.bytes(u)))
		}
	}
	m := &Market{
		AgentID: t.agents.all(), PostID: t.posts.all(), CompanyID: t.companies.all(),
		Supply: upTo(t.supply, 0), PostCap: upTo(t.postCap, 0), Company: t.company, CompanyCap: upTo(t.compCap, 0),
	}
	t.prefers = upTo(t.prefers, m.Agents())
	t.ranks = upTo(t.ranks, m.Posts())
	if err := t.repeats(t.prefers, t.posts); err != nil {
		return nil, err
	}
	if err := t.repeats(t.ranks, t.agents); err != nil {
		return nil, err
	}
	if len(t.edges) == 0 {
		t.edgesOfLists()
	}
	m.Edges, m.Off = t.group(m.Agents())
	if err := t.duplicate(m); err != nil {
		return nil, err
	}
	if len(t.words) > 0 || slices.ContainsFunc(t.prefers, list.present) || slices.ContainsFunc(t.ranks, list.present) {
		if err := t.classes(m); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (l list) present() bool { return l.line != 0 }

// repeats refuses a list that names somebody twice.
func (t *textReader) repeats(lists []list, members *names) error {
	seen := make([]int32, members.len())
	for o, l := range lists {
		for _, w := range t.words[l.start:l.end] {
			if seen[w.id] == int32(o)+1 {
				t.line = int(l.line)
				return t.refuse("名单里 %s %q 出现了两次", members.kind, clip(members.bytes(w.id)))
			}
			seen[w.id] = int32(o) + 1
		}
	}
	return nil
}

// edgesOfLists makes the edges of a purely ordinal file.
func (t *textReader) edgesOfLists() {
	for i, l := range t.prefers {
		if l.start < l.end {
			t.runs = append(t.runs, run{start: int64(len(t.edges)), agent: int32(i), line: l.line})
		}
		for _, w := range t.words[l.start:l.end] {
			t.edges = append(t.edges, Edge{Post: w.id})
		}
	}
}

// group returns the edges grouped by agent with their offsets. A file that lists
// its students one after the other is used as it stands.
func (t *textReader) group(agents int) ([]Edge, []int64) {
	off := make([]int64, agents+1)
	sorted := true
	for k, r := range t.runs {
		off[r.agent+1] += t.runEnd(k) - r.start
		sorted = sorted && (k == 0 || t.runs[k-1].agent <= r.agent)
	}
	for i := range agents {
		off[i+1] += off[i]
	}
	if sorted {
		return slices.Clip(t.edges), off
	}
	at := slices.Clone(off)
	edges := make([]Edge, len(t.edges))
	for k, r := range t.runs {
		at[r.agent] += int64(copy(edges[at[r.agent]:], t.edges[r.start:t.runEnd(k)]))
	}
	return edges, off
}

func (t *textReader) runEnd(k int) int64 {
	if k+1 < len(t.runs) {
		return t.runs[k+1].start
	}
	return int64(len(t.edges))
}

// duplicate refuses the second edge of a pair and names its line.
func (t *textReader) duplicate(m *Market) error {
	seen := make([]int32, m.Posts())
	for i := range m.Agents() {
		for _, e := range m.Edges[m.Off[i]:m.Off[i+1]] {
			if seen[e.Post] != int32(i)+1 {
				seen[e.Post] = int32(i) + 1
				continue
			}
			t.line = t.secondLine(int32(i), e.Post)
			return t.refuse("学生 %q 和岗位 %q 的 edge 已经写过；每一对只能有一条", clip(t.agents.bytes(int32(i))), clip(t.posts.bytes(e.Post)))
		}
	}
	return nil
}

func (t *textReader) secondLine(agent, post int32) int {
	found := 0
	for k, r := range t.runs {
		if r.agent != agent {
			continue
		}
		for e := r.start; e < t.runEnd(k); e++ {
			if t.edges[e].Post != post {
				continue
			}
			if found++; found == 2 {
				return int(r.line) + int(e-r.start)
			}
		}
	}
	return 0
}

// classes brings every agent's edges into its preference order and sets Tier.
func (t *textReader) classes(m *Market) error {
	m.Tier = make([]uint32, len(m.Edges))
	place := make([]int32, m.Posts()) // of a post in the agent's list
	mark := make([]int32, m.Posts())  // agent + 1 where place is set
	type line struct {
		Edge
		listed bool
		place  int32
	}
	var buf []line
	for i := range m.Agents() {
		l := t.prefers[i]
		for _, w := range t.words[l.start:l.end] {
			place[w.id], mark[w.id] = w.class, int32(i)+1
		}
		buf = buf[:0]
		listed := int64(0)
		edges := m.Edges[m.Off[i]:m.Off[i+1]]
		for _, e := range edges {
			in := mark[e.Post] == int32(i)+1
			if in {
				listed++
			}
			x := line{Edge: e, listed: in || !l.present()}
			if in {
				x.place = place[e.Post]
				mark[e.Post] = 0
			}
			buf = append(buf, x)
		}
		if listed < l.end-l.start {
			return t.withoutEdge(i, mark)
		}
		slices.SortStableFunc(buf, func(a, b line) int {
			if a.listed != b.listed {
				if a.listed {
					return -1
				}
				return 1
			}
			return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Post, b.Post))
		})
		for k, x := range buf {
			edges[k] = x.Edge
			if !x.listed {
				m.Tier[m.Off[i]+int64(k)] = Unlisted
			}
		}
	}
	t.rank(m)
	return nil
}

func (t *textReader) withoutEdge(agent int, mark []int32) error {
	l := t.prefers[agent]
	t.line = int(l.line)
	for _, w := range t.words[l.start:l.end] {
		if mark[w.id] == int32(agent)+1 {
			return t.refuse("学生 %q 的志愿里有岗位 %q，却没有这一对的 edge；文件写了 edge 时，志愿只能选有 edge 的岗位",
				clip(t.agents.bytes(int32(agent))), clip(t.posts.bytes(w.id)))
		}
	}
	return nil
}

// rank sets the class of every listed edge: the place on the post's ranks line, or
// the score where the post has none.
func (t *textReader) rank(m *Market) {
	start, at := m.byPost()
	place := make([]int32, m.Agents())
	mark := make([]int32, m.Agents())
	for j, l := range t.ranks {
		for _, w := range t.words[l.start:l.end] {
			place[w.id], mark[w.id] = w.class, int32(j)+1
		}
		for _, c := range at[start[j]:start[j+1]] {
			switch e := c.edge; {
			case m.Tier[e] == Unlisted:
			case !l.present():
				m.Tier[e] = ByScore(m.Edges[e].Score)
			case mark[c.agent] == int32(j)+1:
				m.Tier[e] = uint32(place[c.agent])
			default:
				m.Tier[e] = Unlisted
			}
		}
	}
}

// candidate is an edge seen from its post.
type candidate struct {
	edge  int64
	agent int32
}

// byPost lists the edges by post, in agent order within each.
func (m *Market) byPost() (start []int64, at []candidate) {
	start = make([]int64, m.Posts()+1)
	for _, e := range m.Edges {
		start[e.Post+1]++
	}
	for j := range m.Posts() {
		start[j+1] += start[j]
	}
	fill := slices.Clone(start)
	at = make([]candidate, len(m.Edges))
	for i := range m.Agents() {
		for e := m.Off[i]; e < m.Off[i+1]; e++ {
			j := m.Edges[e].Post
			at[fill[j]] = candidate{edge: e, agent: int32(i)}
			fill[j]++
		}
	}
	return start, at
}
