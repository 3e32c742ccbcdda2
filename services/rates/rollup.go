package rates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

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
	flows     map[flowKey]int64
	cells     map[cellKey]*cell
	placed    map[groupKey]*Group // what AddCount and AddLedger put into single scopes
	groups    map[groupKey]*Group // nil until asked for
	clusters  map[uint32][]uint32 // of an interned list of clusters, each of them
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
		cells:     map[cellKey]*cell{},
		flows:     map[flowKey]int64{},
		placed:    map[groupKey]*Group{},
		clusters:  map[uint32][]uint32{},
	}
}

// Add counts one row in every scope it belongs to: the district, its school, and each
// dimension in both.
func (u *Rollup) Add(r *Row) error {
	if r.Count < 0 || r.Count > 1e9 || r.PayFen < 0 || r.Sector > 3 || r.Direction > Internship || r.Aligned > Unrelated || r.Local > Away || r.Year < 0 {
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
	if r.Direction.direct() && class.dims[Class] != 0 && employer.dims[Industry] != 0 {
		u.flows[flowKey{class.year, class.school, class.dims[Class], employer.dims[Industry]}] += r.Count
	}
	return nil
}

// Recorded lists the schools' years that rows were added to.
func (u *Rollup) Recorded() map[Scope]bool {
	out := map[Scope]bool{}
	for k := range u.cells {
		out[Scope{Year: int(k.year), School: u.names[k.school]}] = true
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
		u.of(u.groups, k).addPlaced(g)
	}
	for k, cell := range u.cells {
		for d := range dimN {
			if d == Whole && k.employer {
				continue
			}
			for _, val := range u.values(k, d) {
				u.of(u.groups, groupKey{k.year, 0, d, val}).addCell(cell)
				if k.school != 0 {
					u.of(u.groups, groupKey{k.year, k.school, d, val}).addCell(cell)
				}
			}
		}
	}
}

var wholeOnly = []uint32{0}

// values lists the values of a dimension that a cell belongs to: itself for the whole,
// one at most for the others, several clusters.
func (u *Rollup) values(k cellKey, d Dim) []uint32 {
	val := k.dims[d]
	switch {
	case d == Whole:
		return wholeOnly
	case val == 0:
		return nil
	case d != Cluster:
		return []uint32{val}
	}
	each, ok := u.clusters[val]
	if !ok {
		for _, name := range strings.Split(u.names[val], "|") {
			each = append(each, u.id(name))
		}
		u.clusters[val] = each
	}
	return each
}

func (u *Rollup) of(groups map[groupKey]*Group, k groupKey) *Group {
	g := groups[k]
	if g == nil {
		g = &Group{Scope: u.scope(k)}
		groups[k] = g
	}
	return g
}

func (u *Rollup) scope(k groupKey) Scope {
	return Scope{Year: int(k.year), School: u.names[k.school], Dim: k.dim, Value: u.names[k.val]}
}

func (u *Rollup) cell(k cellKey) *cell {
	c := u.cells[k]
	if c == nil {
		c = &cell{}
		u.cells[k] = c
	}
	return c
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
	id := u.id(name)
	u.last[d] = interned{name, id}
	return id
}

func (u *Rollup) id(name string) uint32 {
	id, ok := u.ids[name]
	if !ok {
		id = uint32(len(u.names)) //nolint:gosec // names of groups, far below 2^32
		u.ids[name] = id
		u.names = append(u.names, name)
	}
	return id
}

// nested are the pairs of dimensions where the values of the second lie inside values of
// the first: a major in its category, a firm in its industry.
var nested = [...][2]Dim{{Class, Category}, {Class, Major}, {Category, Major}, {Class, Cohort}, {Category, Cohort}, {Major, Cohort}, {Industry, Company}, {Cluster, Company}, {Cluster, Industry}}

// Nest says that the groups Parts all lie inside the group Total, and that a reader may
// know it: a category and its majors. They need not be all that Total has.
type Nest struct {
	Total Scope
	Parts []Scope
}

// Nests lists what lies inside what, for Hide: without it a small major could be had by
// subtracting the other majors of its category.
func (u *Rollup) Nests() []Nest {
	var out []Nest
	for _, pair := range nested {
		inside := map[groupKey][]uint32{} // of a fine group, the coarse values that all its cells have
		for k := range u.cells {
			for _, val := range u.values(k, pair[1]) {
				coarse := u.values(k, pair[0])
				for _, key := range []groupKey{{k.year, 0, pair[1], val}, {k.year, k.school, pair[1], val}} {
					was, seen := inside[key]
					if !seen {
						inside[key] = slices.Clone(coarse)
						continue
					}
					inside[key] = slices.DeleteFunc(was, func(c uint32) bool { return !slices.Contains(coarse, c) })
				}
			}
		}
		parts := map[groupKey][]Scope{}
		for fine, coarse := range inside {
			for _, c := range coarse {
				total := groupKey{fine.year, fine.school, pair[0], c}
				parts[total] = append(parts[total], u.scope(fine))
			}
		}
		for total, list := range parts {
			slices.SortFunc(list, Scope.Compare)
			out = append(out, Nest{u.scope(total), list})
		}
	}
	slices.SortFunc(out, func(a, b Nest) int { return cmp.Or(a.Total.Compare(b.Total), a.Parts[0].Compare(b.Parts[0])) })
	return out
}
