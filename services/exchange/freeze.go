package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"sunmao/services/matching"
	"sunmao/services/matching/assign"
	"sunmao/services/matching/market"
	"sunmao/services/matching/stable"
	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
)

// frozen is a round's input as documents and as a market, number for number.
type frozen struct {
	*sides
	agents      []int32 // cohort of each agent: its green channel and the rest are two
	companies   []string
	companyName []string
	market      market.Market
	result      []market.Pair
	words       *matching.Explainer
}

// green is the priority class of the green channel (绿色通道), served before the rest, 1.
const green = 0

// freeze reads the open cohorts and posts into a market, in the order of their ids, so that
// the same data give the same market.
func (x *Exchange) freeze(ctx context.Context, r *partnership.Round, w matching.Weights) (*frozen, error) {
	in, err := x.freezeSides(ctx, r, w)
	if err != nil {
		return nil, err
	}
	missed, err := x.missedRounds(ctx, r)
	if err != nil {
		return nil, err
	}
	in.addAgents(r, missed)
	r.Seats = 0
	for _, n := range in.market.PostCap {
		r.Seats += int(n)
	}
	return in, nil
}

// addAgents puts the cohorts and their pairs into the market. The green channel of a
// cohort is an agent of its own, served first.
func (in *frozen) addAgents(r *partnership.Round, missed map[string]uint8) {
	m, edges := &in.market, in.edges()
	barred := map[string]bool{}
	for _, pair := range r.Forbidden {
		barred[pair] = true
	}
	sum := sha256.New()
	m.Off = append(m.Off, 0)
	for i := range in.cohorts {
		c := &in.cohorts[i]
		r.Students += c.Size
		for class, size := range [2]int{c.Priority, c.Size - c.Priority} {
			if size == 0 && (class == green || c.Size > 0) {
				continue
			}
			in.agents = append(in.agents, int32(i))
			m.AgentID = append(m.AgentID, c.ID)                                              // the lottery is drawn from it
			m.Supply, m.Class = append(m.Supply, int32(size)), append(m.Class, uint8(class)) //nolint:gosec // at most 5000
			m.Missed = append(m.Missed, missed[c.ID])
			for _, e := range edges[i] {
				post := &in.posts[e.Post]
				if barred[c.ID+":"+post.ID] {
					continue
				}
				m.Edges = append(m.Edges, e)
				fmt.Fprintf(sum, "%s %s %d %d %d\n", c.ID, post.ID, size, post.Left(), e.Score)
			}
			m.Off = append(m.Off, int64(len(m.Edges)))
		}
	}
	if !slices.Contains(m.Class, green) {
		m.Class = nil // one class for all
	}
	r.Digest = hex.EncodeToString(sum.Sum(nil))
}

// freezeSides reads the open cohorts and posts with what each company may take.
func (x *Exchange) freezeSides(ctx context.Context, r *partnership.Round, w matching.Weights) (*frozen, error) {
	where, err := x.roundCohorts(ctx, r)
	if err != nil {
		return nil, err
	}
	byID := []store.Sort{store.Asc("_id")}
	cohorts, err := x.cohorts.All(ctx, store.Query{Where: where, Sort: byID})
	if err != nil {
		return nil, err
	}
	posts, err := x.posts.All(ctx, store.Query{Where: store.Field("state").Eq(string(partnership.PostOpen)), Sort: byID})
	if err != nil {
		return nil, err
	}
	in := &frozen{}
	if in.sides, err = x.newSides(ctx, cohorts, posts, w); err != nil {
		return nil, err
	}
	staff, err := x.companyStaff(ctx)
	if err != nil {
		return nil, err
	}
	present, err := x.internsPresent(ctx)
	if err != nil {
		return nil, err
	}
	companyAt := map[string]int32{}
	m := &in.market
	for i := range in.posts {
		p := &in.posts[i]
		m.PostID = append(m.PostID, p.ID)
		c, ok := companyAt[p.Company]
		if !ok {
			c = int32(len(in.companies)) //nolint:gosec // far below 2^31
			companyAt[p.Company] = c
			in.companies, in.companyName = append(in.companies, p.Company), append(in.companyName, p.CompanyName)
			m.CompanyID = append(m.CompanyID, p.Company)
			m.CompanyCap = append(m.CompanyCap, internsAllowed(staff[p.Company], present[p.Company]))
		}
		m.PostCap = append(m.PostCap, int32(p.Left())) //nolint:gosec // at most 5000
		m.Company = append(m.Company, c)
	}
	return in, nil
}

// companyStaff is the staff on post of each company, 0 where it is not known.
func (x *Exchange) companyStaff(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	for c, err := range x.companies.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, err
		}
		out[c.ID] = c.Staff
	}
	return out, nil
}

// internsAllowed is the 10 % rule of the internship regulation (art. 11) as a cap.
// The rule says "generally", so a company of unknown size is not barred by it here:
// its posts carry the finding, and the school gives its reason. Interns already
// confirmed there take their share.
func internsAllowed(staff int, present int64) int32 {
	if staff <= 0 {
		return math.MaxInt32
	}
	return int32(max(0, int64(regulation.InternLimit(staff, companyPercent))-present)) //nolint:gosec // staff is at most millions
}

// internsPresent counts the interns of all schools already confirmed at each company.
// All of them count, whatever their days: a round never books a place that somebody
// may still hold.
func (x *Exchange) internsPresent(ctx context.Context) (map[string]int64, error) {
	where := store.And(store.Field("state").In(holding()), store.Field("kind").Eq(string(partnership.KindInternship)))
	rows, err := x.placements.Group(ctx, where, []string{"company"})
	if err != nil {
		return nil, fmt.Errorf("interns present: %w", err)
	}
	out := map[string]int64{}
	for _, r := range rows {
		out[r.Text(0)] = r.Count
	}
	return out, nil
}

// solve runs the round's mode and proves the result with the independent checker.
func (in *frozen) solve(r *partnership.Round) error {
	m := &in.market
	switch r.Mode {
	case partnership.ModeStable:
		// Neither side has handed in lists, so Prepare ranks by fit on both.
		ranked, err := stable.Prepare(m, r.Seed)
		if err != nil {
			return fmt.Errorf("round: %w", err)
		}
		res, err := stable.Solve(ranked, stable.Options{})
		if err != nil {
			return fmt.Errorf("round: %w", err)
		}
		if _, err := stable.Verify(ranked, res, 1); err != nil {
			return fmt.Errorf("round: result is not stable: %w", err)
		}
		in.result, in.words = res.Pairs, matching.ExplainStable(ranked, res)
		r.Verdict = "已核验：没有一对学生与岗位会同时更愿意选择对方（稳定）"
	default:
		res, err := assign.Solve(m, assign.Options{})
		if err != nil {
			return fmt.Errorf("round: %w", err)
		}
		if err := assign.Verify(m, res); err != nil {
			return fmt.Errorf("round: result is not proven: %w", err)
		}
		w, err := assign.NewWeights(m, assign.FitFirst)
		if err != nil {
			return fmt.Errorf("round: %w", err)
		}
		r.Prices = map[string]int64{}
		for i := range in.posts {
			price := res.Cert.Post[i]
			if c := m.Company[i]; c >= 0 {
				price += res.Cert.Company[c]
			}
			// In points of those served last; who is served before them outbids any score.
			if price = min(price/w.Mul[len(w.Mul)-1], matching.Full); price > 0 {
				r.Prices[in.posts[i].ID] = price
			}
		}
		in.result = res.Matches
		if in.words, err = matching.ExplainAssignment(m, res); err != nil {
			return fmt.Errorf("round: %w", err)
		}
		r.Verdict = "已核验：总匹配度不可能更高（最优，附对偶证明）"
		if m.Class != nil {
			r.Verdict = "已核验：先让绿色通道学生的总匹配度最高，再让其余学生的总匹配度不可能更高（最优，附对偶证明）"
		}
	}
	r.Score, r.Placed = 0, 0
	for _, p := range in.result {
		r.Placed += int(p.Count)
		r.Score += int64(p.Count) * int64(in.scoreOf(p))
	}
	r.Bound = r.Score
	return nil
}

// scoreOf is the points of a pair of the market.
func (in *frozen) scoreOf(p market.Pair) int32 {
	of := in.market.Of(int(p.Agent))
	return of[slices.IndexFunc(of, func(e market.Edge) bool { return e.Post == p.Post })].Score
}
