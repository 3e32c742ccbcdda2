package partnership

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func rotation(students, batches, weeks int, slots ...int) *Rotation {
	r := &Rotation{Name: "春季工读轮换", From: "2027-03-01", To: "2027-07-18", TurnWeeks: weeks, Batches: batches}
	for i := range students {
		r.Students = append(r.Students, fmt.Sprintf("s%03d", i))
	}
	for i, n := range slots {
		r.Posts = append(r.Posts, RotationPost{Post: fmt.Sprintf("p%d", i), Slots: n})
	}
	return r
}

func TestRotationPlan(t *testing.T) { // the term has 20 weeks
	for _, tc := range []struct {
		name        string
		r           *Rotation
		field, want string
		turns       int
	}{
		{"two batches by turns of two weeks", rotation(40, 2, 2, 12, 8), "", "", 10},
		{"three batches, and two weeks over for all", rotation(41, 3, 2, 14), "", "", 9},
		{"too few places for a batch", rotation(40, 2, 2, 15), "batches", "请分成至少 3 批", 0},
		{"not one turn each", rotation(40, 4, 6, 30), "turn_weeks", "只有 3 轮，4 批轮不到一遍", 0},
		{"more batches than students", rotation(3, 4, 2, 30), "batches", "只有 3 名学生", 0},
		{"nobody on the roster", rotation(0, 2, 2, 3), "cohort", "请先导入", 0},
		{"no posts", rotation(4, 2, 2), "posts", "请选择岗位", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.r.Plan()
			var bad Invalid
			switch {
			case tc.field == "" && (err != nil || len(tc.r.Turns) != tc.turns || tc.r.Verify() != nil):
				t.Errorf("%v, %d turns, %v", err, len(tc.r.Turns), tc.r.Verify())
			case tc.field != "" && (!errors.As(err, &bad) || !strings.Contains(strings.Join(bad[tc.field], ""), tc.want)):
				t.Errorf("%v, want %q at %s", err, tc.want, tc.field)
			}
		})
	}
}

// Whatever the class, the posts and the term: a plan that is made keeps every rule, every
// student the very same days, and one that is refused says a number of batches that works.
func TestRotationKeepsItsRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rotation(rapid.IntRange(1, 120).Draw(t, "students"), rapid.IntRange(2, 8).Draw(t, "batches"), rapid.IntRange(1, 6).Draw(t, "weeks"),
			rapid.SliceOfN(rapid.IntRange(1, 20), 1, 6).Draw(t, "slots")...)
		if err := r.Plan(); err != nil {
			if len(r.Turns) != 0 {
				t.Fatal("a plan that was refused has turns")
			}
			return
		}
		if err := r.Verify(); err != nil {
			t.Fatal(err)
		}
		seen := 0
		for n := 1; n <= r.Batches; n++ {
			seen += len(r.Batch(n))
		}
		if seen != len(r.Students) {
			t.Fatalf("%d of %d students are in a batch", seen, len(r.Students))
		}
		for _, s := range r.Students {
			if r.WorkDays(s) != r.WorkDays(r.Students[0]) || r.WorkDays(s) == 0 {
				t.Fatalf("%s works %d days, the first %d", s, r.WorkDays(s), r.WorkDays(r.Students[0]))
			}
		}
	})
}

// The proof is its own: it finds each way in which a plan may be wrong.
func TestRotationVerify(t *testing.T) {
	for name, spoil := range map[string]func(*Rotation){
		"a post above its slots": func(r *Rotation) { r.Posts[0].Slots = 1 },
		"two turns at once":      func(r *Rotation) { r.Turns[1].From = r.Turns[0].To },
		"past the term":          func(r *Rotation) { r.Turns[9].To = "2027-08-01" },
		"a stranger":             func(r *Rotation) { r.Turns[0].At["x"] = 1 },
		"somebody stays at school": func(r *Rotation) {
			for i := range r.Turns {
				delete(r.Turns[i].At, r.Students[0])
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := rotation(40, 2, 2, 12, 8)
			if err := r.Plan(); err != nil {
				t.Fatal(err)
			}
			spoil(r)
			if r.Verify() == nil {
				t.Error("not found")
			}
		})
	}
}
