package assign

import (
	"slices"
	"testing"
)

func TestRotate(t *testing.T) {
	draw := func(cohort int32, seed uint64) []Waiting {
		var list []Waiting
		for i := range int32(40) {
			list = append(list, Waiting{Student: i, Missed: i % 3})
		}
		Rotate(list, cohort, seed)
		return list
	}
	list := draw(1, 7)
	if !slices.IsSortedFunc(list, func(a, b Waiting) int { return int(b.Missed - a.Missed) }) {
		t.Error("who missed out more often does not come first")
	}
	if !slices.Equal(list, draw(1, 7)) {
		t.Error("the same seed gives another order")
	}
	if slices.Equal(list, draw(1, 8)) || slices.Equal(list, draw(2, 7)) {
		t.Error("another seed or cohort gives the same order")
	}
	first := map[int32]int{}
	for seed := range uint64(400) {
		list := draw(3, seed)
		first[list[0].Student]++
	}
	for s, n := range first {
		if n < 10 || n > 60 { // 13 students share 400 first places
			t.Errorf("student %d is first %d times of 400", s, n)
		}
	}
}
