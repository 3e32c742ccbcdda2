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

// Pair is so many students of an agent at a post.
type Pair struct {
	Agent, Post, Count int32
}

// Market is a frozen instance. Slices are indexed by agent, post and company
// number; edges are grouped by agent (CSR): those of agent i are
// Edges[Off[i]:Off[i+1]], no post twice.
//
// Caps form one tree a side (laminar quotas): post below company below group,
// agent below school. Everything from Group down is optional: nil means none.
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

	// Tier[e] is the tie class of that agent at the edge's post, lower is better,
	// Unlisted where one of the two did not name the other. Such a market has its
	// ties still open: stable.Draw turns Tier into Prio by a published seed.
	Tier []uint32

	// Cohort is the class a named student comes from, for the rotation of
	// offers between classmates; -1 for none. It constrains nothing.
	Cohort []int32

	// Missed counts the rounds in which each agent stayed without a place: in
	// two-way selection the higher count wins a tie before the lottery does
	// (rotation 轮转). nil: nobody missed out.
	Missed []uint8

	// Group is the company group (企业集团) or region of each company, -1 for
	// none; groups may lie in groups (GroupUp, -1 at the top).
	Group, GroupCap, GroupUp []int32

	// School is the quota on the students' side that each agent falls under
	// (its school, or a major of it), -1 for none; schools may lie in schools
	// (SchoolUp, -1 at the top). SchoolCap counts students placed.
	School, SchoolCap, SchoolUp []int32

	// Class is the priority class of each agent, 0 served first (green channel
	// 绿色通道): what a later class gains never costs an earlier one anything.
	Class []uint8

	// Fixed pairs are placed before anything else and Forbidden ones never
	// (Count is not read there). A fixed pair need not have an edge.
	Fixed, Forbidden []Pair

	// MinBatch is the least number of students with which an order class
	// (订单班) opens; below it the post stays closed. 0: always open.
	MinBatch []int32

	// sound points to the market itself once it has passed Check, so that it is
	// checked once although reader, solver and proof each ask for it. A copy,
	// which may be changed, does not inherit it.
	sound *Market

	// Together lists agents who want to go to one and the same post (同去).
	Together [][]int32
}

// Agents, Posts and Companies give the sizes.
func (m *Market) Agents() int    { return len(m.Supply) }
func (m *Market) Posts() int     { return len(m.PostCap) }
func (m *Market) Companies() int { return len(m.CompanyCap) }

// Students is the number of students behind all agents.
func (m *Market) Students() int64 {
	n := int64(0)
	for _, s := range m.Supply {
		n += int64(s)
	}
	return n
}

// Of returns the edges of agent i.
func (m *Market) Of(i int) []Edge { return m.Edges[m.Off[i]:m.Off[i+1]] }
