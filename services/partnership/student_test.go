package partnership

import (
	"fmt"
	"testing"
)

func TestMasks(t *testing.T) {
	for _, tc := range []struct{ name, got, want string }{
		{"name", MaskName("张小明"), "张*"},
		{"no name", MaskName(" "), ""},
		{"id", MaskID("50015320080501123X"), "5001**********123X"},
		{"short id", MaskID("12345678"), "********"},
		{"phone", MaskPhone("13812345678"), "138****5678"},
		{"no phone", MaskPhone(""), ""},
	} {
		if tc.got != tc.want {
			t.Errorf("%s = %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestDraw_FairAndRepeatable(t *testing.T) {
	var all []Student
	for i := range 40 {
		s := Student{Number: fmt.Sprint(2024000 + i)}
		s.ID = fmt.Sprint("s", i)
		s.Entry.Priority = i == 7 || i == 30
		all = append(all, s)
	}
	first := Draw(all, nil, 42, 10, 10)
	if len(first) != 10 || !first[0].Entry.Priority || !first[1].Entry.Priority || first[2].Entry.Priority {
		t.Fatalf("draw begins with %v %v %v, want the two of the green channel", first[0].Number, first[1].Number, first[2].Number)
	}
	named := map[string]int{}
	for i, s := range Draw(all, nil, 42, 10, 10) {
		if s.ID != first[i].ID {
			t.Fatalf("seed 42 gives %s, then %s at %d", first[i].ID, s.ID, i)
		}
		named[s.ID]++
	}
	for _, s := range Draw(all, named, 42, 30, 30) {
		if named[s.ID] > 0 {
			t.Errorf("%s is drawn again before everybody had a turn", s.ID)
		}
	}
	same := 0
	for i, s := range Draw(all, nil, 43, 10, 10) {
		if s.ID == first[i].ID {
			same++
		}
	}
	if same == 10 {
		t.Error("another seed draws the same students")
	}
	for green, want := range []int{0, 1, 2, 2} {
		got := 0
		for _, s := range Draw(all, nil, 42, 10, green) {
			if s.Entry.Priority {
				got++
			}
		}
		if got != want {
			t.Errorf("an offer made for %d of the green channel draws %d of them, want %d", green, got, want)
		}
	}
	if got := Draw(all, nil, 42, 40, 0); len(got) != 40 || !got[39].Entry.Priority {
		t.Errorf("when all are wanted, %d are drawn", len(got))
	}
	if got := Draw(all[:3], nil, 1, 9, 0); len(got) != 3 {
		t.Errorf("9 of 3 students = %d", len(got))
	}
}
