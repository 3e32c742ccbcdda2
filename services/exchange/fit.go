package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sunmao/services/matching"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// matchesKept is how many cohorts at most a post keeps as its matches: the best ones, which
// its page lists. Rounds compare all.
const matchesKept = 50

// answerDays is how long a company may take before an offer counts as unanswered.
const answerDays = 7

// employer is a company with what it has done so far.
type employer struct {
	partnership.Company
	history matching.History
	paused  map[string]bool // schools that have paused it
}

// employers reads each company once for a batch.
type employers struct {
	x    *Exchange
	seen map[string]*employer
}

func (e *employers) of(ctx context.Context, id string) (*employer, error) {
	if c, ok := e.seen[id]; ok {
		return c, nil
	}
	c, err := e.x.companies.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("company %s: %w", id, err)
	}
	h, err := e.x.historyOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("history of company %s: %w", id, err)
	}
	paused, err := e.x.pausedBy(ctx, id)
	if err != nil {
		return nil, err
	}
	e.seen[id] = &employer{c, h, paused}
	return e.seen[id], nil
}

// historyOf counts a company's record on the platform: offers of rounds that it
// answered, or let lie for answerDays; posts it ranked, or did not, in a two-way selection; placements that began, and that ran to their
// end; promises of order classes that fell due, and were kept.
func (x *Exchange) historyOf(ctx context.Context, company string) (matching.History, error) {
	var h matching.History
	mine := store.Field("company").Eq(company)
	due := partnership.At(x.now().AddDate(0, 0, -answerDays))
	late := store.And(mine, store.Field("state").Eq(offerOffered), store.Field("_u").Lt(due))
	answered := store.And(mine, store.Field("state").In([]string{offerAccepted, offerDeclined}))
	for _, q := range []struct {
		where store.Filter
		add   *int
	}{{answered, &h.Answered}, {late, &h.Asked}} {
		n, err := x.allocations.Count(ctx, q.where)
		if err != nil {
			return h, err
		}
		*q.add = int(n)
	}
	ranked, silent, err := x.rankingsOf(ctx, company)
	if err != nil {
		return h, err
	}
	h.Answered += ranked
	h.Asked += h.Answered + silent
	rows, err := x.placements.Group(ctx, mine, []string{"state"})
	if err != nil {
		return h, err
	}
	for _, r := range rows {
		switch partnership.PlacementState(r.Text(0)) {
		case partnership.PlacementCompleted:
			h.Completed += int(r.Count)
			h.Started += int(r.Count)
		case partnership.PlacementEnded:
			h.Started += int(r.Count)
		}
	}
	for o, err := range x.classes.Find(ctx, store.Query{Where: mine}) {
		if err != nil {
			return h, err
		}
		if o.PromisedHirePct > 0 && o.Enrolled > 0 && (o.Hired > 0 || o.PromisedBy != "" && o.PromisedBy < x.today()) {
			h.Promised++
			if o.HiredAsPromised() {
				h.Kept++
			}
		}
	}
	return h, nil
}

// matchOf puts a fit in the form that rows show.
func matchOf(p *partnership.Post, c *partnership.Cohort, link partnership.MajorLink, fit *matching.Fit) partnership.Match {
	m := partnership.Match{Post: p.ID, PostTitle: p.Title, Company: p.Company, CompanyName: p.CompanyName, Cohort: c.ID, CohortName: c.Name,
		School: c.School, SchoolName: c.SchoolName, MajorName: c.MajorName, Size: c.Size, Slots: p.Left(), PayFen: p.PayFen,
		Score: fit.Points, Level: string(fit.Level), Raise: fit.Raise, Version: fit.Version, Closes: p.ClosesOn, Sample: p.Sample && c.Sample}
	m.ID = p.ID + ":" + c.ID
	m.Reasons = append(append(m.Reasons, link.Path...), fit.Reasons...)
	for _, part := range fit.Parts {
		m.Parts = append(m.Parts, partnership.ScorePart{Key: part.Criterion.Key(), Name: part.Criterion.Words(), Got: part.Got, Of: part.Of, Why: part.Why})
	}
	return m
}

// bench is the open cohorts of one major, ready to be ranked for posts.
type bench struct {
	cohorts []partnership.Cohort
	pool    *matching.Pool
}

// benches makes the open cohorts ready, by major.
func benches(open map[string][]partnership.Cohort) map[string]*bench {
	out := make(map[string]*bench, len(open))
	for major, cohorts := range open {
		facts := make([]matching.SeekerFacts, len(cohorts))
		for i := range cohorts {
			facts[i] = cohortFacts(&cohorts[i])
		}
		out[major] = &bench{cohorts, matching.NewPool(facts, matching.DefaultWeights())}
	}
	return out
}

// bestFor returns the best matches of a post, at most matchesKept. Pairs that a rule
// forbids, and cohorts of a school that has paused the company, have no match.
func bestFor(p *partnership.Post, company *employer, open map[string]*bench) []partnership.Match {
	var out []partnership.Match
	facts := postFacts(p, company)
	for _, link := range p.Links {
		b := open[link.Code]
		if b == nil {
			continue
		}
		most := matchesKept
		if len(company.paused) > 0 {
			most = len(b.cohorts) // those of schools that paused the company drop out below
		}
		for _, r := range b.pool.Rank(&facts, most) {
			if company.paused[b.cohorts[r.Index].School] {
				continue
			}
			out = append(out, matchOf(p, &b.cohorts[r.Index], link, &r.Fit))
		}
	}
	slices.SortFunc(out, byMerit)
	return out[:min(len(out), matchesKept)]
}

// byMerit orders matches of one post: the best first.
func byMerit(a, b partnership.Match) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Cohort, b.Cohort))
}

func postFacts(p *partnership.Post, company *employer) matching.PostFacts {
	f := matching.PostFacts{ID: p.ID, Title: p.Title, Kind: string(p.Kind), Skills: p.Skills, Duties: p.Duties, Region: p.Region, At: place(p.Point),
		PayFen: p.PayFen, ReferenceFen: p.PayWageFen, From: p.From, To: p.To, Lodging: p.Lodging, Slots: p.Slots, Tutors: p.Tutors, History: company.history}
	for _, l := range p.Links {
		f.Majors = append(f.Majors, matching.Major{Code: l.Code, Name: l.Name, Level: matching.Level(l.Level)})
	}
	for _, finding := range p.Findings {
		if finding.Severity == "forbidden" {
			f.Forbidden = finding.Sentence
			break
		}
	}
	if company.Blocked != "" {
		f.Forbidden = company.Blocked
	}
	return f
}

func cohortFacts(c *partnership.Cohort) matching.SeekerFacts {
	f := matching.SeekerFacts{ID: c.ID, Name: c.Name, Major: c.Major, MajorName: c.MajorName, Skills: c.Skills, Region: c.Region, At: place(c.Point),
		From: c.From, To: c.To, NeedsBeds: c.NeedsBeds, Green: c.Priority > 0, Size: c.Size, MinPayFen: c.MinPayFen, MaxKM: c.MaxKM}
	return f
}

func place(p *partnership.Point) matching.Point {
	if p == nil {
		return matching.Point{}
	}
	return matching.Point{Lng: p.Lng, Lat: p.Lat}
}
