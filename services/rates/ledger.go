package rates

import "fmt"

// Ledger is a row of counts as somebody printed them, without single people. A nil count
// was not printed at this grain, which is not the same as zero.
type Ledger struct {
	School, Class, Category, Major string
	Year                           int
	Graduates, Progressed, Direct  *int64
	Aligned                        *int64 // by the school's own label; of Direct
}

// unlisted are the counts that a ledger could have and does not print. Of what hangs on
// the record of a single person (Listed and all that is counted among it) it truly has none.
var unlisted = setOf(Through, Startup, Military, Flexible, Abroad, Waiting)

// AddLedger counts a row at the grain it was printed in: a row of a major never adds to
// its category, nor a category to its school, because reports contradict themselves and
// each grain keeps what was printed for it. School and district receive it alike.
func (u *Rollup) AddLedger(l *Ledger) error {
	if l.Year < 0 {
		return fmt.Errorf("ledger row of %s: year %d out of range", l.School, l.Year)
	}
	row := Group{unknown: unlisted}
	for _, x := range []struct {
		c Count
		n *int64
	}{{Graduates, l.Graduates}, {Progressed, l.Progressed}, {Direct, l.Direct}} {
		switch {
		case x.n == nil:
			row.unknown |= setOf(x.c)
		case *x.n < 0:
			return fmt.Errorf("ledger row of %s %d: %d people out of range", l.School, l.Year, *x.n)
		default:
			row.Tally[x.c] = *x.n
		}
	}
	if l.Aligned != nil && l.Direct != nil {
		if *l.Aligned < 0 {
			return fmt.Errorf("ledger row of %s %d: %d aligned out of range", l.School, l.Year, *l.Aligned)
		}
		row.Tally[LabelAligned], row.Tally[LabelKnown] = *l.Aligned, *l.Direct
	}
	u.groups = nil
	at := groupKey{year: int32(l.Year), school: u.id(l.School)} //nolint:gosec // a year
	put := func(d Dim, value string) {
		k := groupKey{year: at.year, dim: d, val: u.id(value)}
		u.of(u.placed, k).addPlaced(&row)
		if k.school = at.school; k.school != 0 {
			u.of(u.placed, k).addPlaced(&row)
		}
	}
	switch {
	case l.Major != "":
		put(Major, u.current(l.Major))
	case l.Category != "" || l.Class != "":
		if l.Category != "" {
			put(Category, l.Category)
		}
		if l.Class != "" {
			put(Class, l.Class)
		}
	default:
		put(Whole, "")
	}
	return nil
}

// In is a value of a dimension that something belongs to.
type In struct {
	Dim   Dim
	Value string
}

// AddCount adds n to one count: the way in for what is not an outcome (survey answers,
// slots, teachers, promises). The district, the school if there is one, and each of the
// named groups in both receive it.
func (u *Rollup) AddCount(year int, school string, in []In, c Count, n int64) error {
	if c >= countN || year < 0 || n < 0 {
		return fmt.Errorf("count %d of %s %d: %d out of range", c, school, year, n)
	}
	u.groups = nil
	y, s := int32(year), u.id(school) //nolint:gosec // a year
	put := func(k groupKey) {
		u.of(u.placed, k).Tally[c] += n
		if s != 0 {
			k.school = s
			u.of(u.placed, k).Tally[c] += n
		}
	}
	put(groupKey{year: y})
	for _, i := range in {
		if i.Dim >= dimN || i.Dim == Whole || i.Value == "" {
			continue
		}
		if i.Dim == Major {
			i.Value = u.current(i.Value)
		}
		put(groupKey{year: y, dim: i.Dim, val: u.id(i.Value)})
	}
	return nil
}

// SetCount puts n into one count of exactly one scope: for what does not add up, as the
// majors of a district, of which two schools may offer the same.
func (u *Rollup) SetCount(at Scope, c Count, n int64) error {
	if c >= countN || at.Dim >= dimN || at.Year < 0 || n < 0 {
		return fmt.Errorf("count %d of %s: %d out of range", c, at, n)
	}
	u.groups = nil
	u.of(u.placed, groupKey{int32(at.Year), u.id(at.School), at.Dim, u.id(at.Value)}).Tally[c] = n //nolint:gosec // a year
	return nil
}
