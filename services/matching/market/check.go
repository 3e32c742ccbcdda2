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
		return fmt.Errorf("共 %d 名学生，一个匹配市场最多 %d 名；请分批", n, math.MaxInt32)
	}
	if n > MaxTotal/top {
		return fmt.Errorf("%d 名学生 × 最大分值 %d 超出可累加的上限 %d；请缩小分值", n, top, MaxTotal)
	}
	return nil
}

func (m *Market) checkSides() error {
	nA, nP, nC := len(m.Supply), len(m.PostCap), len(m.CompanyCap)
	if len(m.Company) != nP {
		return fmt.Errorf("有 %d 个岗位，却有 %d 个岗位所属企业", nP, len(m.Company))
	}
	if m.AgentID != nil && len(m.AgentID) != nA || m.PostID != nil && len(m.PostID) != nP ||
		m.CompanyID != nil && len(m.CompanyID) != nC {
		return fmt.Errorf("编号不齐：学生 %d/%d，岗位 %d/%d，企业 %d/%d",
			len(m.AgentID), nA, len(m.PostID), nP, len(m.CompanyID), nC)
	}
	for _, q := range []struct {
		what string
		v    []int32
	}{{"学生人数", m.Supply}, {"岗位名额", m.PostCap}, {"企业限额", m.CompanyCap},
		{"集团限额", m.GroupCap}, {"学校限额", m.SchoolCap}, {"起开人数", m.MinBatch}} {
		for i, x := range q.v {
			if x < 0 {
				return fmt.Errorf("%s(第 %d 个)是负数 %d；应为 0 或正数", q.what, i, x)
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
		{"岗位所属企业", m.Company, len(m.PostCap), len(m.CompanyCap), false},
		{"企业所属集团", m.Group, len(m.CompanyCap), len(m.GroupCap), true},
		{"集团的上级", m.GroupUp, len(m.GroupCap), len(m.GroupCap), true},
		{"学生所属学校", m.School, len(m.Supply), len(m.SchoolCap), true},
		{"学校的上级", m.SchoolUp, len(m.SchoolCap), len(m.SchoolCap), true},
	} {
		if t.up == nil && t.optional {
			continue
		}
		if len(t.up) != t.of {
			return fmt.Errorf("%s：有 %d 项，应有 %d 项", t.what, len(t.up), t.of)
		}
		for i, q := range t.up {
			if q < -1 || int(q) >= t.over {
				return fmt.Errorf("%s(第 %d 个)指向 %d，而总数只有 %d", t.what, i, q, t.over)
			}
		}
	}
	if i := cycle(m.GroupUp); i >= 0 {
		return fmt.Errorf("企业集团 %d 成了自己的上级", i)
	}
	if i := cycle(m.SchoolUp); i >= 0 {
		return fmt.Errorf("学校(系部)%d 成了自己的上级", i)
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
		return 0, 0, fmt.Errorf("候选对的起止位置与 %d 名学生、%d 条候选对不符", nA, len(m.Edges))
	}
	if m.Prio != nil && len(m.Prio) != len(m.Edges) {
		return 0, 0, fmt.Errorf("有 %d 个名次，却有 %d 条候选对", len(m.Prio), len(m.Edges))
	}
	const most = math.MaxInt32/2 - 2 // a search numbers every node twice
	if n := nA + int(nP) + len(m.CompanyCap) + len(m.GroupCap) + len(m.SchoolCap); n > most || len(m.Edges) > math.MaxInt32-1 {
		return 0, 0, fmt.Errorf("共 %d 名学生、岗位、企业等，%d 条候选对，超出一个市场的上限", n, len(m.Edges))
	}
	for i := range nA {
		if m.Off[i] > m.Off[i+1] || m.Off[i+1] > int64(len(m.Edges)) {
			return 0, 0, fmt.Errorf("学生 %d 的候选对起止颠倒", i)
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
				return 0, 0, fmt.Errorf("学生 %d 的候选岗位 %d 不存在，岗位共 %d 个", i, e.Post, nP)
			}
			if last[e.Post] == int32(i)+1 { //nolint:gosec // nodes are bounded above
				return 0, 0, fmt.Errorf("学生 %d 的候选岗位 %d 重复；每个岗位只能写一次", i, e.Post)
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
	}{{"班级", len(m.Cohort), nA}, {"优先级", len(m.Class), nA}, {"轮空次数", len(m.Missed), nA}, {"起开人数", len(m.MinBatch), nP}} {
		if v.have != 0 && v.have != v.n {
			return fmt.Errorf("有 %d 个%s，应有 %d 个", v.have, v.what, v.n)
		}
	}
	for _, list := range [][]Pair{m.Fixed, m.Forbidden} {
		for k, p := range list {
			if uint(p.Agent) >= uint(nA) || uint(p.Post) >= uint(nP) || p.Count < 0 {
				return fmt.Errorf("第 %d 个锁定配对无效：学生 %d，岗位 %d，人数 %d", k, p.Agent, p.Post, p.Count)
			}
		}
	}
	in := make([]bool, nA)
	for k, g := range m.Together {
		for _, a := range g {
			if uint(a) >= uint(nA) {
				return fmt.Errorf("第 %d 个同去小组里的学生 %d 不存在，学生共 %d 名", k, a, nA)
			}
			if in[a] {
				return fmt.Errorf("学生 %d 同时在两个同去小组里；只能在一个", a)
			}
			in[a] = true
		}
	}
	return nil
}
