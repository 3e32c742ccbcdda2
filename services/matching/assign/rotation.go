package assign

import (
	"cmp"
	"slices"
)

// Waiting is a named student of a cohort when the cohort's seats are handed out.
type Waiting struct {
	Student int32 // number of the student in its cohort
	Missed  int32 // rounds in which it stayed without a seat or lost one
}

// Rotate brings the students of a cohort into the order in which they choose
// among the cohort's seats: who missed out more often comes first, and among
// equals a lottery decides that anybody can repeat from the published seed. The
// assignment itself gives each student at most one seat, so nobody has a second
// offer while a classmate has none.
func Rotate(students []Waiting, cohort int32, seed uint64) {
	ticket := func(w Waiting) uint64 {
		return scramble(scramble(scramble(seed)^uint64(uint32(cohort))) ^ uint64(uint32(w.Student))) //nolint:gosec // numbers, not secrets
	}
	slices.SortFunc(students, func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(b.Missed, a.Missed), cmp.Compare(ticket(a), ticket(b)), cmp.Compare(a.Student, b.Student))
	})
}

// scramble is the output function of splitmix64 (Steele, Lea, Flood 2014).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}
