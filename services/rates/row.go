package rates

import "slices"

// Direction is where a graduate went (毕业去向).
type Direction uint8

// The directions, by the official three classes (就业, 升学, 未就业) and their kinds.
const (
	Unknown    Direction = iota // 去向不明
	Employed                    // 就业 with contract or agreement
	Progress                    // 升学
	Army                        // 参军
	Founder                     // 自主创业
	Freelance                   // 灵活就业、自由职业
	Overseas                    // 出国(境)
	Seeking                     // 待就业
	NotSeeking                  // 暂不就业
	Internship                  // 实习、见习: not a destination, stays 未就业
)

// Level is how near an outcome is to the major.
type Level uint8

// The levels. Open means that no code is there to judge by.
const (
	Open Level = iota
	Exact
	Near
	Unrelated
)

// Answer is a yes or no that may be missing.
type Answer uint8

// The answers.
const (
	Unasked Answer = iota
	Yes
	No
)

// Place is how near to home the work is.
type Place uint8

// The places, from near to far.
const (
	Somewhere Place = iota // not known
	County                 // 本区县
	City                   // 本市, another county
	Province               // 本省, another city
	Away                   // another province
)

// Row is one outcome, or Count people who are alike in every field. Published counts
// without single people go in by AddLedger.
type Row struct {
	School, Region, Class, Category, Major, Cohort string
	Company, Industry                              string
	Cluster                                        string // several are parted by |: an industry may belong to several
	Year                                           int
	Count                                          int64 // people, at most a thousand million; 0 adds nobody (a ledger may print 0)
	Direction                                      Direction
	Through                                        bool   // 升学 by 贯通; read only with Progress
	Aligned                                        Level  // by code, with the catalogue's table
	SchoolLabel                                    Answer // the school's own 对口 label: another method, never mixed in
	SurveyLabel                                    Answer // the graduate's own answer: a third method
	Local                                          Place
	Sector                                         uint8 // 1, 2, 3; 0 unknown
	PayFen                                         int64 // fen a month for each of the Count people; 0 unknown
}

// Group is what is known of one scope.
type Group struct {
	Scope   Scope
	pay     payCounts // for the median
	Tally   Tally
	unknown countSet // counts that somebody in the group did not publish
}

// Knows reports whether everybody in the group published all of these counts. What is
// not known is missing; its place in the Tally holds what the others published.
func (g *Group) Knows(counts ...Count) bool { return g.unknown&setOf(counts...) == 0 }

// medianPay returns the median starting pay in yuan: the middle person's, or the mean
// of the two in the middle; pay is cut to the whole yuan for it.
func (g *Group) medianPay() string {
	n := g.Tally[Paid]
	if n <= 0 {
		return ""
	}
	return Quotient(g.pay.at((n-1)/2)+g.pay.at(n/2), 2, 1, 2)
}

// payCounts counts people by their pay in whole yuan a month, lowest first: all that an exact
// median needs. It grows with the different sums that are paid, not with people.
type payCounts []payCount

type payCount struct {
	yuan   int32
	people uint32
}

func (p *payCounts) add(yuan int32, people uint32) {
	list := *p
	from, to := 0, len(list)
	for from < to {
		if mid := (from + to) / 2; list[mid].yuan < yuan {
			from = mid + 1
		} else {
			to = mid
		}
	}
	if from < len(list) && list[from].yuan == yuan {
		list[from].people += people
		return
	}
	*p = slices.Insert(list, from, payCount{yuan, people})
}

// at is the pay of the person of a rank, counted from 0.
func (p payCounts) at(rank int64) int64 {
	for _, c := range p {
		if rank -= int64(c.people); rank < 0 {
			return int64(c.yuan)
		}
	}
	return 0
}

type increment struct {
	c Count
	n int64
}

// cell is what was counted of the outcomes that are alike in everything they are grouped by.
type cell struct {
	pay   payCounts
	tally [PayFen + 1]int64 // outcomes are counted in these alone
}

func (c *cell) add(steps []increment, yuan int32, people int64) {
	for _, s := range steps {
		c.tally[s.c] += s.n
	}
	if yuan >= 0 {
		c.pay.add(yuan, uint32(people)) //nolint:gosec // Add refuses more
	}
}

func (g *Group) addCell(c *cell) {
	for i, n := range c.tally {
		g.Tally[i] += n
	}
	for _, p := range c.pay {
		g.pay.add(p.yuan, p.people)
	}
}

// addPlaced adds what was counted without outcomes: there is no pay among it.
func (g *Group) addPlaced(o *Group) {
	for c, n := range o.Tally {
		g.Tally[c] += n
	}
	g.unknown |= o.unknown
}

// direct reports whether the direction is 直接就业: every destination but 升学.
// An internship is none: the rule 四不准 forbids it as proof of employment.
func (d Direction) direct() bool {
	switch d {
	case Employed, Army, Founder, Freelance, Overseas:
		return true
	case Unknown, Progress, Seeking, NotSeeking, Internship:
	}
	return false
}

// increments lists what the row adds to each of its groups.
func (r *Row) increments(out []increment) []increment {
	n := r.Count
	put := func(c Count) { out = append(out, increment{c, n}) }
	put(Graduates)
	if !r.Direction.direct() {
		switch {
		case r.Direction != Progress:
			put(Waiting)
		case r.Through:
			put(Progressed)
			put(Through)
		default:
			put(Progressed)
		}
		return out
	}
	put(Direct)
	put(Listed)
	switch r.Direction {
	case Founder:
		put(Startup)
	case Army:
		put(Military)
	case Freelance:
		put(Flexible)
	case Overseas:
		put(Abroad)
	case Employed, Unknown, Progress, Seeking, NotSeeking, Internship:
	}
	put([...]Count{Open: AlignedOpen, Exact: AlignedExact, Near: AlignedNear, Unrelated: AlignedNot}[r.Aligned])
	if r.SchoolLabel != Unasked {
		put(LabelKnown)
		if r.SchoolLabel == Yes {
			put(LabelAligned)
		}
	}
	if r.SurveyLabel != Unasked {
		put(SurveyKnown)
		if r.SurveyLabel == Yes {
			put(SurveyAligned)
		}
	}
	if r.Local != Somewhere {
		put(PlaceKnown)
		for c, far := range [...]Place{County, City, Province} {
			if r.Local <= far {
				put(LocalCounty + Count(c))
			}
		}
	}
	if r.Sector > 0 {
		put(Sector1 + Count(r.Sector-1))
	}
	if r.PayFen > 0 {
		put(Paid)
		out = append(out, increment{PayFen, n * r.PayFen})
	}
	return out
}
