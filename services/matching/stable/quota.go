package stable

import "sunmao/services/matching/market"

// tree is the quotas above the posts: companies are numbered first, then groups of
// companies (企业集团, or regions 地区), each within at most one other. Such nested
// (laminar) quotas with one ranking under each outermost one keep the greedy choice,
// best first as long as no quota is exceeded, substitutable: with a newcomer, the
// worst under the innermost full quota around it goes. A path from a post outwards
// is of, then up again and again; -1 ends it.
type tree struct {
	of  []int32 // quota of each post
	up  []int32 // around each quota
	cap []int64
}

func newTree(m *market.Market) *tree {
	n := m.Companies()
	t := &tree{of: m.Company, up: make([]int32, n+len(m.GroupCap)), cap: make([]int64, n+len(m.GroupCap))}
	for q := range t.up {
		t.up[q] = -1
		if q < n {
			t.cap[q] = int64(m.CompanyCap[q])
			if m.Group != nil && m.Group[q] >= 0 {
				t.up[q] = int32(n) + m.Group[q] //nolint:gosec // an int32 by Check
			}
			continue
		}
		t.cap[q] = int64(m.GroupCap[q-n])
		if m.GroupUp != nil && m.GroupUp[q-n] >= 0 {
			t.up[q] = int32(n) + m.GroupUp[q-n] //nolint:gosec // an int32 by Check
		}
	}
	return t
}

// side is the outermost quota around post j, or behind the quotas a number for a
// post without one: the candidates of one side are compared with each other.
func (t *tree) side(j int32) int32 {
	q := t.of[j]
	if q < 0 {
		return int32(len(t.up)) + j //nolint:gosec // an int32 by Check
	}
	for t.up[q] >= 0 {
		q = t.up[q]
	}
	return q
}

// sides is how many numbers side can return.
func (t *tree) sides() int { return len(t.up) + len(t.of) }
