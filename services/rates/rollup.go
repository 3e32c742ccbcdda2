package rates

import (
	"fmt"
	"slices"
	"strconv"
)

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

// Row is one outcome, or a counted ledger row that stands for Count people who are
// alike in every field (a school's printed table has no names).
type Row struct {
	School, Region, Class, Category, Major, Cohort string
	Company, Industry, Cluster                     string
	Year                                           int
	Count                                          int64 // people; 0 adds nobody (a ledger may print 0)
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
	Scope Scope
	Tally Tally
	pay   map[int32]int64 // whole yuan a month -> people, for the median
}

// PayBand returns how many people of known pay earn from <= yuan a month < to; to <= 0 is open.
func (g *Group) PayBand(from, to int32) int64 {
	var n int64
	for y, c := range g.pay {
		if y >= from && (to <= 0 || y < to) {
			n += c
		}
	}
	return n
}

// medianPay returns the median starting pay in yuan: the middle person's, or the mean
// of the two in the middle; pay is cut to the whole yuan for it.
func (g *Group) medianPay() string {
	n := g.Tally[Paid]
	if n <= 0 {
		return ""
	}
	yuan := make([]int32, 0, len(g.pay))
	for y := range g.pay {
		yuan = append(yuan, y)
	}
	slices.Sort(yuan)
	at := func(rank int64) int64 {
		for _, y := range yuan {
			if rank -= g.pay[y]; rank < 0 {
				return int64(y)
			}
		}
		return 0
	}
	return Quotient(at((n-1)/2)+at(n/2), 2, 1, 2)
}

// Rollup adds outcomes up into groups in one pass. Memory grows with the number of
// groups, never with the number of rows. It is not safe for use by several goroutines.
type Rollup struct {
	successor map[string]string
	ids       map[string]uint32
	names     []string
	groups    map[uint64]*Group
	last      [dimN + 1]interned
	err       error
}

type interned struct {
	name string
	id   uint32
}

// NewRollup returns an empty roll-up. successor maps the old name (or code) of a major
// to the one it is continued under, so that a renamed or re-coded major keeps its trend;
// it may be nil. Chains are followed.
func NewRollup(successor map[string]string) *Rollup {
	return &Rollup{
		successor: successor,
		ids:       map[string]uint32{"": 0},
		names:     []string{""},
		groups:    map[uint64]*Group{},
	}
}

// Add counts one row in every scope it belongs to: the district, its school, and each
// dimension in both.
func (u *Rollup) Add(r *Row) error {
	if r.Count < 0 || r.PayFen < 0 || r.Sector > 3 || r.Direction > Internship || r.Aligned > Unrelated || r.Local > Away || r.Year < 0 || r.Year >= 1<<12 {
		return fmt.Errorf("outcome of %s %d %s: count %d, pay %d, sector %d, direction %d out of range",
			r.School, r.Year, r.Major, r.Count, r.PayFen, r.Sector, r.Direction)
	}
	if r.Count == 0 {
		return u.err
	}
	var inc [24]increment
	steps := r.increments(inc[:0])
	vals := [dimN]string{Region: r.Region, Class: r.Class, Category: r.Category, Major: u.current(r.Major), Cohort: r.Cohort,
		Company: r.Company, Industry: r.Industry, Cluster: r.Cluster}
	school := u.intern(dimN, r.School)
	yuan, people := int32(-1), r.Count
	if r.PayFen > 0 && r.Direction.direct() {
		yuan = int32(min(r.PayFen/100, 1<<24))
	}
	for d := range dimN {
		if d != Whole && vals[d] == "" {
			continue
		}
		v := u.intern(d, vals[d])
		u.group(r.Year, 0, d, v).add(steps, yuan, people)
		if school != 0 {
			u.group(r.Year, school, d, v).add(steps, yuan, people)
		}
	}
	return u.err
}

// AddCount adds n to one count of one place: the way in for what is not an outcome
// (survey answers, slots, teachers, promises). Only the scopes named by at's non-empty
// fields receive it: the whole district and school always, and at.Dim if it is set.
func (u *Rollup) AddCount(at Scope, c Count, n int64) error {
	if c >= countN || at.Dim >= dimN || at.Year < 0 || at.Year >= 1<<12 || n < 0 {
		return fmt.Errorf("count %d of %s: %d out of range", c, at, n)
	}
	school := u.intern(dimN, at.School)
	steps := []increment{{c, n}}
	u.group(at.Year, 0, Whole, 0).add(steps, -1, 0)
	if school != 0 {
		u.group(at.Year, school, Whole, 0).add(steps, -1, 0)
	}
	if at.Dim != Whole && at.Value != "" {
		name := at.Value
		if at.Dim == Major {
			name = u.current(name)
		}
		v := u.intern(at.Dim, name)
		u.group(at.Year, 0, at.Dim, v).add(steps, -1, 0)
		if school != 0 {
			u.group(at.Year, school, at.Dim, v).add(steps, -1, 0)
		}
	}
	return u.err
}

// Groups returns all groups in the order of their scopes.
func (u *Rollup) Groups() []*Group {
	out := make([]*Group, 0, len(u.groups))
	for _, g := range u.groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *Group) int { return a.Scope.Compare(b.Scope) })
	return out
}

// Group returns the group of a scope, or nil if no row fell into it.
func (u *Rollup) Group(s Scope) *Group {
	school, ok1 := u.ids[s.School]
	val, ok2 := u.ids[s.Value]
	if !ok1 || !ok2 || s.Year < 0 || s.Year >= 1<<12 {
		return nil
	}
	return u.groups[pack(s.Year, school, s.Dim, val)]
}

// current follows a major to the name it has now. The bound stops at a circle.
func (u *Rollup) current(major string) string {
	if u.successor == nil {
		return major
	}
	for range 8 {
		next, ok := u.successor[major]
		if !ok || next == major {
			break
		}
		major = next
	}
	return major
}

// intern gives each name a number. Rows come sorted by school and class more often than
// not, so the last name of each dimension is tried first.
func (u *Rollup) intern(d Dim, name string) uint32 {
	if l := &u.last[d]; l.name == name {
		return l.id
	}
	id, ok := u.ids[name]
	if !ok {
		id = uint32(len(u.names))
		u.ids[name] = id
		u.names = append(u.names, name)
	}
	u.last[d] = interned{name, id}
	return id
}

const valBits, schoolBits, dimBits = 24, 24, 4

func pack(year int, school uint32, d Dim, val uint32) uint64 {
	return uint64(year)<<(valBits+schoolBits+dimBits) | uint64(d)<<(valBits+schoolBits) | uint64(school)<<valBits | uint64(val)
}

func (u *Rollup) group(year int, school uint32, d Dim, val uint32) *Group {
	if school >= 1<<schoolBits || val >= 1<<valBits {
		u.err = fmt.Errorf("more than %s different names in one roll-up", strconv.Itoa(1<<valBits))
		school, val = 0, 0
	}
	key := pack(year, school, d, val)
	g := u.groups[key]
	if g == nil {
		g = &Group{Scope: Scope{Year: year, School: u.names[school], Dim: d, Value: u.names[val]}}
		u.groups[key] = g
	}
	return g
}

type increment struct {
	c Count
	n int64
}

func (g *Group) add(steps []increment, yuan int32, people int64) {
	for _, s := range steps {
		g.Tally[s.c] += s.n
	}
	if yuan >= 0 {
		if g.pay == nil {
			g.pay = map[int32]int64{}
		}
		g.pay[yuan] += people
	}
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
