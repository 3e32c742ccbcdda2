package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"sunmao/services/matching"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Every night the job unmet writes down what stayed open on either side: posts that nobody
// answers, cohorts without posts, why, and the three nearest alternatives of each with what
// would remove the obstacle.

// nearest is how many alternatives an entry keeps.
const nearest = 3

// market of one night: everything open, ready to be compared.
type unmetMarket struct {
	posts    []partnership.Post
	postFits []matching.PostFacts
	paused   []map[string]bool // by post: schools that paused its company
	free     []int             // by post: slots nobody holds or was offered
	offered  map[string]bool   // posts that somebody is offered for, or placed at
	cohorts  []partnership.Cohort
	seekers  []matching.SeekerFacts
	left     []int // by cohort: students nobody offered a post
}

// RollUnmet finds what is unmet now and keeps it; what is met is taken off the list. Done
// again, it changes nothing.
func (x *Exchange) RollUnmet(ctx context.Context, day string) (string, error) {
	m, err := x.unmetMarket(ctx)
	if err != nil {
		return "", err
	}
	want := map[string]partnership.UnmetDemand{}
	ofCohort, ofPost, err := m.alternatives(ctx)
	if err != nil {
		return "", err
	}
	for i := range m.cohorts {
		if m.left[i] > 0 {
			u := m.cohort(i, ofCohort[i])
			want[u.ID] = u
		}
	}
	for k := range m.posts {
		if m.unanswered(k) {
			u := m.post(k, ofPost[k])
			want[u.ID] = u
		}
	}
	added, gone, err := x.putUnmet(ctx, day, want)
	if err != nil || added+gone == 0 {
		return "", err
	}
	return fmt.Sprintf("未满足的需求 %d 项：新增 %d 项，消除 %d 项", len(want), added, gone), nil
}

func (x *Exchange) putUnmet(ctx context.Context, day string, want map[string]partnership.UnmetDemand) (added, gone int, err error) {
	for old, err := range x.unmet.Find(ctx, store.Query{}) {
		if err != nil {
			return added, gone, fmt.Errorf("unmet demand: %w", err)
		}
		u, still := want[old.ID]
		if !still {
			if err := x.unmet.Purge(ctx, old.ID); err != nil && !errors.Is(err, partnership.ErrNotFound) {
				return added, gone, err
			}
			gone++
			continue
		}
		delete(want, old.ID)
		if u.Record, u.Since = old.Record, old.Since; reflect.DeepEqual(u, old) {
			continue
		}
		if err := movedIsFine(x.unmet.Replace(ctx, &u)); err != nil {
			return added, gone, err
		}
	}
	for _, u := range want {
		u.Since = day
		if err := x.unmet.Insert(ctx, &u); err != nil && !errors.Is(err, partnership.ErrDuplicate) {
			return added, gone, err
		}
		added++
	}
	return added, gone, nil
}

func (x *Exchange) unmetMarket(ctx context.Context) (*unmetMarket, error) {
	m := &unmetMarket{offered: map[string]bool{}}
	waiting := store.Field("state").In(offerOffered, offerAccepted)
	given := map[string]int{}
	taken := map[string]int{}
	rows, err := x.allocations.Group(ctx, waiting, []string{"post", "cohort"}, store.Sum("count"))
	if err != nil {
		return nil, fmt.Errorf("offers: %w", err)
	}
	for _, r := range rows {
		m.offered[r.Text(0)] = true
		taken[r.Text(0)] += int(r.Aggs[0])
		given[r.Text(1)] += int(r.Aggs[0])
	}
	companies := employers{x, map[string]*employer{}}
	for p, err := range x.posts.Find(ctx, store.Query{Where: store.Field("state").In(string(partnership.PostOpen), string(partnership.PostFull))}) {
		if err != nil {
			return nil, fmt.Errorf("open posts: %w", err)
		}
		company, err := companies.of(ctx, p.Company)
		if err != nil {
			return nil, err
		}
		m.offered[p.ID] = m.offered[p.ID] || p.Taken > 0
		m.posts, m.postFits, m.paused = append(m.posts, p), append(m.postFits, postFacts(&p, company)), append(m.paused, company.paused)
		m.free = append(m.free, max(0, p.Slots-max(p.Taken, taken[p.ID])))
	}
	for c, err := range x.cohorts.Find(ctx, store.Query{Where: store.Field("state").Eq(string(partnership.CohortOpen))}) {
		if err != nil {
			return nil, fmt.Errorf("open cohorts: %w", err)
		}
		s := cohortFacts(&c)
		s.MinLevel = matching.Near // a post of another major is no place for them
		m.cohorts, m.seekers, m.left = append(m.cohorts, c), append(m.seekers, s), append(m.left, max(0, c.Size-given[c.ID]))
	}
	return m, nil
}

// alternative is one before it is put in words.
type alternative struct {
	post, cohort int
	score        int
	kind         string
}

// remoteness is how near an alternative is: what fits first, then what one change of the seeker
// would open, then what is full, then what a rule keeps away.
var remoteness = map[string]int{partnership.UnmetOpen: 0, partnership.UnmetDistance: 1, partnership.UnmetPay: 1, partnership.UnmetWindow: 1, partnership.UnmetMajor: 1, partnership.UnmetCapacity: 2, partnership.UnmetRule: 3}

func nearer(a, b alternative) int {
	return cmp.Or(cmp.Compare(remoteness[a.kind], remoteness[b.kind]), cmp.Compare(b.score, a.score), cmp.Compare(a.post, b.post), cmp.Compare(a.cohort, b.cohort))
}

// keepNearest adds an alternative to the nearest ones, in order.
func keepNearest(best []alternative, a alternative) []alternative {
	if len(best) == nearest {
		if nearer(best[nearest-1], a) <= 0 {
			return best
		}
		best = best[:nearest-1]
	}
	at, _ := slices.BinarySearchFunc(best, a, nearer)
	return slices.Insert(best, at, a)
}

// alternatives compares every post with every cohort once and returns the nearest of each
// cohort and of each post. Another trade altogether is no alternative.
func (m *unmetMarket) alternatives(ctx context.Context) (ofCohort, ofPost [][]alternative, err error) {
	ofCohort, ofPost = make([][]alternative, len(m.cohorts)), make([][]alternative, len(m.posts))
	pool := matching.NewPool(m.seekers, matching.DefaultWeights())
	var stand []matching.Standing
	for k := range m.posts {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		stand = pool.Judge(&m.postFits[k], stand)
		for i, s := range stand {
			if s.Cause == matching.CauseMajor {
				continue
			}
			a := alternative{post: k, cohort: i, score: int(s.Points), kind: m.kind(k, i, s.Cause)}
			if m.left[i] > 0 {
				ofCohort[i] = keepNearest(ofCohort[i], a)
			}
			if m.unanswered(k) {
				if a.kind == partnership.UnmetOpen && m.left[i] == 0 {
					a.kind = partnership.UnmetCapacity
				}
				ofPost[k] = keepNearest(ofPost[k], a)
			}
		}
	}
	return ofCohort, ofPost, nil
}

// unanswered says that a post has slots and nobody has been offered one.
func (m *unmetMarket) unanswered(k int) bool { return m.free[k] > 0 && !m.offered[m.posts[k].ID] }

// kind says what stands between a post and a cohort.
func (m *unmetMarket) kind(k, i int, cause matching.Gate) string {
	switch cause {
	case matching.CauseNone:
	case matching.CauseDistance, matching.CausePay, matching.CauseWindow:
		return string(cause)
	default:
		return partnership.UnmetRule
	}
	switch {
	case m.paused[k][m.cohorts[i].School]:
		return partnership.UnmetRule
	case m.free[k] == 0:
		return partnership.UnmetCapacity
	}
	return partnership.UnmetOpen
}

// words says what stands between the two and what would help.
func (m *unmetMarket) words(a alternative, w matching.Weights) string {
	k, s := a.post, m.seekers[a.cohort]
	fit := matching.Score(m.postFits[k], s, w)
	switch {
	case fit.Cause == matching.CauseNone && a.kind == partnership.UnmetRule:
		return "学校暂停了与这家企业的合作"
	case fit.Cause == matching.CauseNone && m.free[k] == 0:
		return "合适，但名额已满；可请企业增加名额"
	case fit.Cause == matching.CauseNone:
		return ""
	}
	if miss := matching.NearMisses(s, m.postFits[k:k+1], []int{1}, w, 1); len(miss) > 0 {
		return fit.Refused + "；" + miss[0].Words
	}
	return fit.Refused // more than one thing would have to change
}

// cohort is the entry of a cohort without posts.
func (m *unmetMarket) cohort(i int, near []alternative) partnership.UnmetDemand {
	c := &m.cohorts[i]
	u := partnership.UnmetDemand{Side: partnership.UnmetCohort, Doc: c.ID, Name: c.Name, Party: c.School, PartyName: c.SchoolName, Region: c.Region, Majors: []string{c.MajorName}, Count: m.left[i], Sample: c.Sample}
	u.ID = u.Side + "|" + u.Doc
	w := matching.DefaultWeights()
	for _, n := range near {
		p := &m.posts[n.post]
		why := cmp.Or(m.words(n, w), fmt.Sprintf("合适，还有 %d 个名额；运行一轮匹配即可安排", m.free[n.post]))
		u.Near = append(u.Near, partnership.UnmetNear{ID: p.ID, Name: p.Title, Party: p.CompanyName, Score: n.score, Kind: n.kind, Why: why})
	}
	return because(u, "没有在招岗位与"+c.MajorName+"对口或相近，可向企业征集岗位，或与企业商量订单班")
}

// because gives an entry the major it counts for, and the reason of its nearest alternative
// or that its major has none.
func because(u partnership.UnmetDemand, none string) partnership.UnmetDemand {
	if len(u.Majors) > 0 {
		u.Major = u.Majors[0]
	}
	if u.Kind, u.Why = partnership.UnmetMajor, none; len(u.Near) > 0 {
		u.Kind, u.Why = u.Near[0].Kind, u.Near[0].Why
	}
	return u
}

// post is the entry of a post that nobody answers.
func (m *unmetMarket) post(k int, near []alternative) partnership.UnmetDemand {
	p := &m.posts[k]
	u := partnership.UnmetDemand{Side: partnership.UnmetPost, Doc: p.ID, Name: p.Title, Party: p.Company, PartyName: p.CompanyName, Region: p.Region, District: p.District, Count: m.free[k], Sample: p.Sample}
	u.ID = u.Side + "|" + u.Doc
	for _, l := range p.Links[:min(len(p.Links), 5)] {
		u.Majors = append(u.Majors, l.Name)
	}
	w := matching.DefaultWeights()
	for _, n := range near {
		c := &m.cohorts[n.cohort]
		why := cmp.Or(m.words(n, w), fmt.Sprintf("合适，还有 %d 名学生没有岗位；等学校安排", m.left[n.cohort]))
		if n.kind == partnership.UnmetCapacity {
			why = "合适，但学生都已有安排"
		}
		u.Near = append(u.Near, partnership.UnmetNear{ID: c.ID, Name: c.Name, Party: c.SchoolName, Score: n.score, Kind: n.kind, Why: why})
	}
	return because(u, "没有在找岗位的班级专业与它对口或相近，可核对岗位对应的职业，或与学校商量订单班")
}

// UnmetQuery narrows the list of unmet demand.
type UnmetQuery struct {
	List
	Side string // UnmetPost or UnmetCohort; empty for both
	Kind string // one reason only
}

// unmetWithin is the filter for what an actor may know: a school its cohorts, a company its
// posts, a district those of its region, the operator all.
func unmetWithin(actor partnership.Actor) (store.Filter, error) {
	switch actor.Role {
	case partnership.RoleSchool:
		return store.And(store.Field("side").Eq(partnership.UnmetCohort), store.Field("party").Eq(actor.Party)), nil
	case partnership.RoleCompany:
		return store.And(store.Field("side").Eq(partnership.UnmetPost), store.Field("party").Eq(actor.Party)), nil
	case partnership.RoleDistrict:
		return store.Or(within(actor, "region"), within(actor, "district")), nil
	case partnership.RoleOperator:
		return store.Filter{}, nil
	}
	return store.Filter{}, partnership.ErrForbidden
}

// UnmetDemand lists what is unmet, the longest first.
func (x *Exchange) UnmetDemand(ctx context.Context, actor partnership.Actor, q UnmetQuery) ([]partnership.UnmetDemand, string, error) {
	where, err := unmetWithin(actor)
	if err != nil {
		return nil, "", err
	}
	if q.Side != "" {
		where = store.And(where, store.Field("side").Eq(q.Side))
	}
	if q.Kind != "" {
		where = store.And(where, store.Field("kind").Eq(q.Kind))
	}
	return x.unmet.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("since"), store.Asc("_id")}, After: q.After, Limit: q.limit()})
}

// UnmetSum is one line of the roll-up: how much of one side is unmet for one reason.
type UnmetSum struct {
	Side, Kind string
	Entries    int64
	Heads      int64 // slots or students
}

// UnmetMajorSum is one line for the planning of majors: students without posts and posts
// without students that one major leads to.
type UnmetMajorSum struct {
	Major           string
	Students, Slots int64
}

// UnmetSums adds up what is unmet by reason, and by major, the largest gap first.
func (x *Exchange) UnmetSums(ctx context.Context, actor partnership.Actor) ([]UnmetSum, []UnmetMajorSum, error) {
	where, err := unmetWithin(actor)
	if err != nil {
		return nil, nil, err
	}
	rows, err := x.unmet.Group(ctx, where, []string{"side", "kind", "major"}, store.Sum("count"))
	if err != nil {
		return nil, nil, err
	}
	reasons, by := map[[2]string]UnmetSum{}, map[string]UnmetMajorSum{}
	for _, r := range rows {
		side, kind, heads := r.Text(0), r.Text(1), int64(r.Aggs[0])
		was := reasons[[2]string{side, kind}]
		reasons[[2]string{side, kind}] = UnmetSum{side, kind, was.Entries + r.Count, was.Heads + heads}
		if name := r.Text(2); name != "" {
			m := by[name]
			m.Major = name
			if side == partnership.UnmetPost {
				m.Slots += heads
			} else {
				m.Students += heads
			}
			by[name] = m
		}
	}
	sums, majors := slices.Collect(maps.Values(reasons)), slices.Collect(maps.Values(by))
	slices.SortFunc(sums, func(a, b UnmetSum) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(b.Heads, a.Heads), cmp.Compare(a.Kind, b.Kind))
	})
	slices.SortFunc(majors, func(a, b UnmetMajorSum) int {
		return cmp.Or(cmp.Compare(b.Students+b.Slots, a.Students+a.Slots), cmp.Compare(a.Major, b.Major))
	})
	return sums, majors, nil
}
