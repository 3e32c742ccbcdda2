// Package market is one matching instance (匹配市场) as flat arrays: agents
// (students, or cohorts of identical students), posts, companies and the scored
// edges between them, with the readers and writers of its file formats and a
// seeded generator. Solvers live beside it: assign (统筹分配), stable (双向选择).
package market

// Edge is one eligible pair: the agent's candidate post and the fit, an integer
// (points x 100 when it comes from matching.Score). A pair that the rules forbid
// has no edge.
type Edge struct {
	Post  int32
	Score int32
}

// Market is a frozen instance. Slices are indexed by agent, post and company
// number; edges are grouped by agent (CSR): those of agent i are
// Edges[Off[i]:Off[i+1]], no post twice.
type Market struct {
	// Names as in the file; nil for generated or binary instances, where the
	// number is the name.
	AgentID, PostID, CompanyID []string

	Supply     []int32 // students behind each agent, >= 0
	PostCap    []int32 // slots of each post, >= 0
	Company    []int32 // company of each post, -1 for none
	CompanyCap []int32 // students a company may take over all its posts (10 % rule), >= 0

	Off   []int64
	Edges []Edge

	// Two-way selection only. In a market for it the edges of an agent stand in
	// its preference order, best first, and Prio[e] is the strict rank of that
	// agent at the edge's post: lower is better, no two agents of a post equal.
	// nil where the market has no ranks.
	Prio []uint32
}

// Agents, Posts and Companies give the sizes.
func (m *Market) Agents() int    { return len(m.Supply) }
func (m *Market) Posts() int     { return len(m.PostCap) }
func (m *Market) Companies() int { return len(m.CompanyCap) }
