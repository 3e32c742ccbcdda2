package rates

import (
	"fmt"
	"slices"
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
//
// A row belongs to some twenty groups, but it is counted in two cells only: that of its
// class in its school, and that of its employer in its school. The groups are the sums
// of cells, made once when they are first asked for.
type Rollup struct {
	successor map[string]string
	ids       map[string]uint32
	names     []string
	last      [dimN + 1]interned
	cells     map[cellKey]*Group
	placed    map[groupKey]*Group // what AddCount put into single scopes
	groups    map[groupKey]*Group // nil until asked for
}

type interned struct {
	name string
	id   uint32
}

// cellKey holds interned names, 0 where a dimension does not belong to the cell.
type cellKey struct {
	year     int32
	employer bool // the cell of an employer, not of a class: leave its whole out of the sums
	school   uint32
	dims     [dimN]uint32
}

type groupKey struct {
	year   int32
	school uint32
	dim    Dim
	val    uint32
}

// NewRollup returns an empty roll-up. successor maps the old name (or code) of a major
// to the one it is continued under, so that a renamed or re-coded major keeps its trend;
// it may be nil. Chains are followed.
func NewRollup(successor map[string]string) *Rollup {
	return &Rollup{
		successor: successor,
		ids:       map[string]uint32{"": 0},
		names:     []string{""},
		cells:     map[cellKey]*Group{},
		placed:    map[groupKey]*Group{},
	}
}

// Add counts one row in every scope it belongs to: the district, its school, and each
// dimension in both.
func (u *Rollup) Add(r *Row) error {
	if r.Count < 0 || r.PayFen < 0 || r.Sector > 3 || r.Direction > Internship || r.Aligned > Unrelated || r.Local > Away || r.Year < 0 {
		return fmt.Errorf("outcome of %s %d %s: count %d, pay %d, sector %d, direction %d out of range",
			r.School, r.Year, r.Major, r.Count, r.PayFen, r.Sector, r.Direction)
	}
	if r.Count == 0 {
		return nil
	}
	u.groups = nil
	var inc [16]increment
	steps := r.increments(inc[:0])
	yuan := int32(-1)
	if r.PayFen > 0 && r.Direction.direct() {
		yuan = int32(min(r.PayFen/100, 1<<24))
	}
	class := cellKey{year: int32(r.Year), school: u.intern(dimN, r.School)}
	employer := class
	employer.employer = true
	class.dims[Region] = u.intern(Region, r.Region)
	class.dims[Class] = u.intern(Class, r.Class)
	class.dims[Category] = u.intern(Category, r.Category)
	class.dims[Major] = u.intern(Major, u.current(r.Major))
	class.dims[Cohort] = u.intern(Cohort, r.Cohort)
	u.cell(class).add(steps, yuan, r.Count)
	if r.Company == "" && r.Industry == "" && r.Cluster == "" {
		return nil
	}
	employer.dims[Company] = u.intern(Company, r.Company)
	employer.dims[Industry] = u.intern(Industry, r.Industry)
	employer.dims[Cluster] = u.intern(Cluster, r.Cluster)
	u.cell(employer).add(steps, yuan, r.Count)
	return nil
}

// AddCount adds n to one count of one place: the way in for what is not an outcome
// (survey answers, slots, teachers, promises). The whole district and at.School receive
// it, and at.Dim in both if it is set.
func (u *Rollup) AddCount(at Scope, c Count, n int64) error {
	if c >= countN || at.Dim >= dimN || at.Year < 0 || n < 0 {
		return fmt.Errorf("count %d of %s: %d out of range", c, at, n)
	}
	u.groups = nil
	if at.Dim == Major {
		at.Value = u.current(at.Value)
	}
	for _, k := range u.scopes(int32(at.Year), u.intern(dimN, at.School), at.Dim, u.intern(at.Dim, at.Value)) {
		u.of(u.placed, k).Tally[c] += n
	}
	return nil
}

// scopes lists the groups that one dimension of a cell belongs to, the whole included.
func (u *Rollup) scopes(year int32, school uint32, d Dim, val uint32) []groupKey {
	out := []groupKey{{year: year}}
	if school != 0 {
		out = append(out, groupKey{year: year, school: school})
	}
	if d != Whole && val != 0 {
		for _, k := range out {
			out = append(out, groupKey{year, k.school, d, val})
		}
	}
	return out
}

// Groups returns all groups in the order of their scopes.
func (u *Rollup) Groups() []*Group {
	u.sum()
	out := make([]*Group, 0, len(u.groups))
	for _, g := range u.groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *Group) int { return a.Scope.Compare(b.Scope) })
	return out
}

// Group returns the group of a scope, or nil if no row fell into it.
func (u *Rollup) Group(s Scope) *Group {
	u.sum()
	school, ok1 := u.ids[s.School]
	val, ok2 := u.ids[s.Value]
	if !ok1 || !ok2 {
		return nil
	}
	return u.groups[groupKey{int32(s.Year), school, s.Dim, val}]
}

// sum makes the groups from the cells.
func (u *Rollup) sum() {
	if u.groups != nil {
		return
	}
	u.groups = make(map[groupKey]*Group, len(u.cells))
	for k, g := range u.placed {
		u.of(u.groups, k).merge(g)
	}
	for k, cell := range u.cells {
		for d, val := range k.dims {
			if val == 0 && (Dim(d) != Whole || k.employer) {
				continue
			}
			u.of(u.groups, groupKey{k.year, 0, Dim(d), val}).merge(cell)
			if k.school != 0 {
				u.of(u.groups, groupKey{k.year, k.school, Dim(d), val}).merge(cell)
			}
		}
	}
}

func (u *Rollup) of(groups map[groupKey]*Group, k groupKey) *Group {
	g := groups[k]
	if g == nil {
		g = &Group{Scope: Scope{Year: int(k.year), School: u.names[k.school], Dim: k.dim, Value: u.names[k.val]}}
		groups[k] = g
	}
	return g
}

func (u *Rollup) cell(k cellKey) *Group {
	g := u.cells[k]
	if g == nil {
		g = &Group{}
		u.cells[k] = g
	}
	return g
}

// current follows a major to the name it has now. The bound stops at a circle.
func (u *Rollup) current(major string) string {
	for range min(len(u.successor), 8) {
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

func (g *Group) merge(o *Group) {
	for c, n := range o.Tally {
		g.Tally[c] += n
	}
	if g.pay == nil && len(o.pay) > 0 {
		g.pay = make(map[int32]int64, len(o.pay))
	}
	for y, n := range o.pay {
		g.pay[y] += n
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
