package market

import (
	"fmt"
	"math"
	"sync"
)

// MaxTotal bounds students x largest score, so that no sum of scores or prices
// in a solver can overflow an int64.
const MaxTotal = int64(1) << 60

// Check reports the first reason why the market cannot be solved: a wrong
// length, a negative quota, a number that points nowhere, a quota tree with a
// cycle, a post twice in one list, or numbers so large that sums would overflow.
func (m *Market) Check() error {
	if m.sound == m {
		return nil
	}
	if err := m.checkSides(); err != nil {
		return err
	}
	if err := m.checkTrees(); err != nil {
		return err
	}
	low, high, err := m.checkEdges()
	if err != nil {
		return err
	}
	if err := m.checkExtras(); err != nil {
		return err
	}
	top := max(int64(high), -int64(low), 1)
	n := m.Students()
	if n > math.MaxInt32 {
		return fmt.Errorf("%d students are more than one market can hold (limit %d)", n, math.MaxInt32)
	}
	if n > MaxTotal/top {
		return fmt.Errorf("%d students x score %d is more than the solver can add up (limit %d)", n, top, MaxTotal)
	}
	return nil
}

func (m *Market) checkSides() error {
	nA, nP, nC := len(m.Supply), len(m.PostCap), len(m.CompanyCap)
	if len(m.Company) != nP {
		return fmt.Errorf("%d posts but %d post companies", nP, len(m.Company))
	}
	if m.AgentID != nil && len(m.AgentID) != nA || m.PostID != nil && len(m.PostID) != nP ||
		m.CompanyID != nil && len(m.CompanyID) != nC {
		return fmt.Errorf("names do not cover the market: %d of %d agents, %d of %d posts, %d of %d companies",
			len(m.AgentID), nA, len(m.PostID), nP, len(m.CompanyID), nC)
	}
	for _, q := range []struct {
		what string
		v    []int32
	}{{"supply of agent", m.Supply}, {"capacity of post", m.PostCap}, {"quota of company", m.CompanyCap},
		{"quota of group", m.GroupCap}, {"quota of school", m.SchoolCap}, {"minimum of post", m.MinBatch}} {
		for i, x := range q.v {
			if x < 0 {
				return fmt.Errorf("%s %d is negative: %d", q.what, i, x)
			}
		}
	}
	return nil
}

func (m *Market) checkTrees() error {
	for _, t := range []struct {
		what     string
		up       []int32
		of, over int
		optional bool
	}{
		{"company of post", m.Company, len(m.PostCap), len(m.CompanyCap), false},
		{"group of company", m.Group, len(m.CompanyCap), len(m.GroupCap), true},
		{"group above group", m.GroupUp, len(m.GroupCap), len(m.GroupCap), true},
		{"school of agent", m.School, len(m.Supply), len(m.SchoolCap), true},
		{"school above school", m.SchoolUp, len(m.SchoolCap), len(m.SchoolCap), true},
	} {
		if t.up == nil && t.optional {
			continue
		}
		if len(t.up) != t.of {
			return fmt.Errorf("%s: %d entries for %d", t.what, len(t.up), t.of)
		}
		for i, q := range t.up {
			if q < -1 || int(q) >= t.over {
				return fmt.Errorf("%s %d is %d, there are %d", t.what, i, q, t.over)
			}
		}
	}
	if i := cycle(m.GroupUp); i >= 0 {
		return fmt.Errorf("group %d lies above itself", i)
	}
	if i := cycle(m.SchoolUp); i >= 0 {
		return fmt.Errorf("school %d lies above itself", i)
	}
	return nil
}

// cycle returns a node of a cycle in a parent array, -1 if it is a forest.
func cycle(up []int32) int {
	state := make([]int32, len(up)) // 0 unseen, else 1 + the walk that saw it
	for i := range up {
		walk := int32(i + 1)
		for v := int32(i); v >= 0 && state[v] < walk; v = up[v] {
			if state[v] != 0 {
				break
			}
			state[v] = walk
			if u := up[v]; u >= 0 && state[u] == walk {
				return int(u)
			}
		}
	}
	return -1
}

func (m *Market) checkEdges() (low, high int32, err error) {
	nA, nP := len(m.Supply), int32(len(m.PostCap))
	if len(m.Off) != nA+1 || m.Off[0] != 0 || m.Off[nA] != int64(len(m.Edges)) {
		return 0, 0, fmt.Errorf("edge offsets do not cover %d agents and %d edges", nA, len(m.Edges))
	}
	if m.Prio != nil && len(m.Prio) != len(m.Edges) {
		return 0, 0, fmt.Errorf("%d ranks for %d edges", len(m.Prio), len(m.Edges))
	}
	if nA > math.MaxInt32-2 || int64(nA)+int64(nP)+int64(len(m.CompanyCap)) > math.MaxInt32-2 {
		return 0, 0, fmt.Errorf("%d agents and %d posts are more than 2^31 nodes", nA, nP)
	}
	for i := range nA {
		if m.Off[i] > m.Off[i+1] || m.Off[i+1] > int64(len(m.Edges)) {
			return 0, 0, fmt.Errorf("edges of agent %d end before they begin", i)
		}
	}
	// Two halves, as the pass is bound by the memory behind one core; the first
	// reason is that of the lower agent.
	var part [2]struct {
		low, high int32
		err       error
	}
	var wg sync.WaitGroup
	for k := range part {
		p := &part[k]
		wg.Go(func() { p.low, p.high, p.err = m.checkRun(nA*k/len(part), nA*(k+1)/len(part)) })
	}
	wg.Wait()
	for _, p := range part {
		if p.err != nil {
			return 0, 0, p.err
		}
		low, high = min(low, p.low), max(high, p.high)
	}
	return low, high, nil
}

// checkRun checks the edges of a run of agents and returns the range of scores,
// 0 included.
func (m *Market) checkRun(from, to int) (low, high int32, err error) {
	nP := len(m.PostCap)
	last := make([]int32, nP)
	for i := from; i < to; i++ {
		for _, e := range m.Of(i) {
			if uint32(e.Post) >= uint32(nP) { //nolint:gosec // a negative number is out of range, too
				return 0, 0, fmt.Errorf("agent %d has an edge to post %d, there are %d posts", i, e.Post, nP)
			}
			if last[e.Post] == int32(i)+1 { //nolint:gosec // nodes are bounded above
				return 0, 0, fmt.Errorf("agent %d names post %d twice", i, e.Post)
			}
			last[e.Post] = int32(i) + 1 //nolint:gosec // nodes are bounded above
			low, high = min(low, e.Score), max(high, e.Score)
		}
	}
	return low, high, nil
}

func (m *Market) checkExtras() error {
	nA, nP := len(m.Supply), len(m.PostCap)
	for _, v := range []struct {
		what    string
		have, n int
	}{{"cohorts", len(m.Cohort), nA}, {"classes", len(m.Class), nA}, {"minimums", len(m.MinBatch), nP}} {
		if v.have != 0 && v.have != v.n {
			return fmt.Errorf("%d %s for %d", v.have, v.what, v.n)
		}
	}
	for _, list := range [][]Pair{m.Fixed, m.Forbidden} {
		for k, p := range list {
			if uint(p.Agent) >= uint(nA) || uint(p.Post) >= uint(nP) || p.Count < 0 {
				return fmt.Errorf("locked pair %d names agent %d, post %d, count %d", k, p.Agent, p.Post, p.Count)
			}
		}
	}
	in := make([]bool, nA)
	for k, g := range m.Together {
		for _, a := range g {
			if uint(a) >= uint(nA) {
				return fmt.Errorf("group %d of those going together names agent %d, there are %d", k, a, nA)
			}
			if in[a] {
				return fmt.Errorf("agent %d goes together with two groups", a)
			}
			in[a] = true
		}
	}
	return nil
}
