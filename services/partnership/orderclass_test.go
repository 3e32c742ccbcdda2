package partnership

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

var (
	classSchool  = Actor{Account: "t", Role: RoleSchool, Party: "s"}
	classCompany = Actor{Account: "m", Role: RoleCompany, Party: "c"}
	classNow     = At(time.Date(2027, 2, 10, 9, 0, 0, 0, Beijing))
)

func newClass() *OrderClass {
	return &OrderClass{School: "s", Company: "c", State: ClassEnrolling, Kind: "订单班", Name: "数控订单班", Majors: []string{"660103"}, Seats: 4, Minimum: 3,
		DecideBy: "2027-02-20", From: "2027-03-01", To: "2028-06-30", PromisedHirePct: 75, PromisedPayFen: 3000_00, PromisedBy: "2028-07-31"}
}

func TestOrderClassCheck(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*OrderClass)
		field  string
	}{
		{"as it should be", func(*OrderClass) {}, ""},
		{"no name", func(o *OrderClass) { o.Name = " " }, "name"},
		{"a kind nobody knows", func(o *OrderClass) { o.Kind = "兴趣班" }, "kind"},
		{"more than one document holds", func(o *OrderClass) { o.Seats = 501 }, "seats"},
		{"minimum above the seats", func(o *OrderClass) { o.Minimum = 5 }, "minimum"},
		{"minimum of nobody", func(o *OrderClass) { o.Minimum = 0 }, "minimum"},
		{"enrolment ends after the start", func(o *OrderClass) { o.DecideBy = "2027-03-02" }, "decide_by"},
		{"more than all are hired", func(o *OrderClass) { o.PromisedHirePct = 101 }, "promised_hire_pct"},
		{"a promise without a day", func(o *OrderClass) { o.PromisedBy = "" }, "promised_by"},
		{"a promise before the start", func(o *OrderClass) { o.PromisedBy = "2027-02-01" }, "promised_by"},
		{"fewer seats than members", func(o *OrderClass) { o.Members = make([]ClassMember, 5) }, "seats"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := newClass()
			tc.change(o)
			err := o.Check()
			var bad Invalid
			if tc.field == "" && err != nil || tc.field != "" && (!errors.As(err, &bad) || bad[tc.field] == nil) {
				t.Errorf("Check = %v, want a complaint about %q", err, tc.field)
			}
		})
	}
}

func TestOrderClassEnrol(t *testing.T) {
	o := newClass()
	for _, tc := range []struct {
		name     string
		by       Actor
		students []string
		round    int
		err      error
		live     int
	}{
		{"by the company", classCompany, []string{"a"}, 0, ErrForbidden, 0},
		{"a round that was not", classSchool, []string{"a"}, 1, Invalid{}, 0},
		{"two", classSchool, []string{"a", "b", "a"}, 0, nil, 2},
		{"one of them again", classSchool, []string{"b", "c"}, 0, nil, 3},
		{"more than fit: none joins", classSchool, []string{"d", "e"}, 0, ErrConflict, 3},
		{"the last seat", classSchool, []string{"d"}, 0, nil, 4},
	} {
		err := o.Enrol(tc.by, classNow, tc.students, tc.round)
		var bad Invalid
		if isInvalid := errors.As(err, &bad); isInvalid != (tc.err != nil && errors.As(tc.err, &bad)) || !isInvalid && !errors.Is(err, tc.err) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.err)
		}
		if o.Live() != tc.live || o.FreeSeats() != 4-tc.live {
			t.Errorf("%s: %d in, %d free, want %d in", tc.name, o.Live(), o.FreeSeats(), tc.live)
		}
	}
}

// A class ends by its minimum: it cannot open, whoever joined leaves, and is to be told.
func TestOrderClassBelowItsMinimum(t *testing.T) {
	o := newClass()
	if err := o.Enrol(classSchool, classNow, []string{"a", "b"}, 0); err != nil {
		t.Fatal(err)
	}
	if err := o.Open(classSchool, classNow); !errors.Is(err, ErrConflict) {
		t.Fatalf("opened with 2 of 3: %v", err)
	}
	if o.TooFew("2027-02-20") || !o.TooFew("2027-02-21") {
		t.Error("enrolment is over on the day after its last one")
	}
	freed, err := o.CallOff(classSchool, classNow, "人数不足")
	if err != nil || !slices.Equal(freed, []string{"a", "b"}) {
		t.Fatalf("called off: %v, %v", freed, err)
	}
	if o.State != ClassNotOpened || o.FreeSeats() != 0 || o.Live() != 0 || len(o.Untold()) != 2 {
		t.Errorf("after the end: %s, %d free, %d in, %d to be told", o.State, o.FreeSeats(), o.Live(), len(o.Untold()))
	}
	if err := o.Tell(classSchool, classNow, []string{"a"}); err != nil || len(o.Untold()) != 1 {
		t.Errorf("one told: %v, %d wait", err, len(o.Untold()))
	}
	if err := o.Enrol(classSchool, classNow, []string{"c"}, 0); !errors.Is(err, ErrConflict) {
		t.Errorf("joined a class that is over: %v", err)
	}
}

func TestOrderClassStagesAndPromises(t *testing.T) {
	o := newClass()
	if err := errors.Join(o.Enrol(classSchool, classNow, []string{"a", "b", "c", "d"}, 0), o.Leave(classSchool, classNow, "d", "转学"), o.Open(classSchool, classNow)); err != nil {
		t.Fatal(err)
	}
	o.Members[3].Left = "2027-02-09" // before it opened
	later := At(time.Date(2028, 8, 1, 9, 0, 0, 0, Beijing))
	if err := o.Reach(classCompany, later, StageTrained, []string{"a"}, "2028-06-30"); !errors.Is(err, ErrForbidden) {
		t.Errorf("the company says who is trained: %v", err)
	}
	if err := o.Reach(classSchool, later, StageTrained, []string{"a", "b"}, "2028-06-30"); err != nil {
		t.Fatal(err)
	}
	known := map[string]Reached{"a": {Interned: "2027-09-01", Hired: "2028-07-02", PayFen: 3200_00}, "b": {Interned: "2027-09-01", Hired: "2028-07-02", PayFen: 2900_00}}
	counts := o.Counted(known)
	if want := [6]int{3, 2, 2, 2, 0, 0}; counts != want {
		t.Fatalf("counts %v, want %v: who left before the start is in none", counts, want)
	}
	for i, s := range Stages() {
		*o.At(s) = counts[i]
	}
	for _, tc := range []struct {
		name, today string
		hired       int
		share, pay  PromiseState
	}{
		{"before the day", "2028-07-31", 2, PromisePending, PromiseBroken},
		{"after it", "2028-08-01", 2, PromiseBroken, PromiseBroken},
		{"kept before the day", "2028-07-01", 3, PromiseKept, PromiseBroken},
	} {
		o.Hired = tc.hired
		got := o.Promises(tc.today, []int64{3200_00, 2900_00})
		if len(got) != 2 || got[0].State != tc.share || got[1].State != tc.pay {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
	if got := o.Promises("2028-08-01", nil); got[1].State != PromiseUnknown {
		t.Errorf("no pay known: %+v", got[1])
	}
}

func TestOrderClassCountsOnly(t *testing.T) {
	o := newClass()
	for _, tc := range []struct {
		stage Stage
		n     int
		ok    bool
	}{{StageEnrolled, 5, false}, {StageEnrolled, 4, true}, {StageTrained, 5, false}, {StageTrained, 3, true}, {StageInterned, 3, true}, {StageTrained, 2, false}, {StageEnrolled, 3, true}} {
		t.Run(fmt.Sprintf("%s %d", tc.stage, tc.n), func(t *testing.T) {
			err := o.StateCount(classCompany, classNow, StageRecord{Stage: tc.stage, N: tc.n, Day: "2027-02-01"})
			if (err == nil) != tc.ok {
				t.Errorf("%v", err)
			}
		})
	}
	if n := len(o.Recorded); n != 4 || o.Recorded[0].By != "m" || o.Enrolled != 3 {
		t.Errorf("%d counts recorded, enrolled %d", n, o.Enrolled)
	}
	if err := o.Enrol(classSchool, classNow, []string{"a"}, 0); !errors.Is(err, ErrConflict) {
		t.Errorf("names beside counts: %v", err)
	}
}
