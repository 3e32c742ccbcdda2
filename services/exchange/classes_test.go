package exchange_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// orderClass sets up a class of the school with the company, and a roster to enrol from.
func orderClass(t *testing.T, h *exchangetest.House, seats, minimum int) partnership.OrderClass {
	t.Helper()
	o, err := h.SaveClass(ctx, as["school"], partnership.OrderClass{Company: exchangetest.Company, Kind: "订单班", Name: fmt.Sprintf("数控订单班%d", seats), Majors: []string{"660103"}, Seats: seats, Minimum: minimum,
		DecideBy: "2026-12-10", From: "2027-03-01", To: "2028-06-30", PromisedHirePct: 80, PromisedPayFen: 3500_00, PromisedBy: "2028-07-31"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func numbersTo(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("2024%04d", i)
	}
	return out
}

func withRoster(t *testing.T, n int) *exchangetest.House {
	t.Helper()
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", n)); err != nil {
		t.Fatal(err)
	}
	importRoster(t, h, "school", rosterOf("数控1班", n), false)
	return h
}

// The whole life of a class that fails its minimum: it cannot open, the night ends it,
// its students are free for another class, and the school's worklist says whom to tell.
func TestOrderClass_FailsItsMinimum(t *testing.T) {
	h := withRoster(t, 10)
	o := orderClass(t, h, 8, 6)
	if o.Confirmed != nil {
		t.Error("the school confirmed the company's promises")
	}
	if o, err := h.ActClass(ctx, as["company"], o.ID, "confirm", ""); err != nil || o.Confirmed == nil {
		t.Errorf("confirm: %v", err)
	}
	if _, err := h.EnrolClass(ctx, as["school"], o.ID, numbersTo(4), 0); err != nil {
		t.Fatal(err)
	}
	_, err := h.ActClass(ctx, as["school"], o.ID, "open", "")
	kindIs(t, err, partnership.ErrConflict)
	other := orderClass(t, h, 5, 3)
	_, err = h.EnrolClass(ctx, as["school"], other.ID, numbersTo(3), 0)
	if err == nil || !strings.Contains(err.Error(), "已在另一个订单班") {
		t.Fatalf("in two classes at once: %v", err)
	}
	if words, err := h.TendClasses(ctx, "2026-12-10"); err != nil || words != "" {
		t.Fatalf("on the last day: %q, %v", words, err)
	}
	for i, want := range []string{"2 个订单班人数不足，未开班；0 个班的各阶段人数有变化", ""} { // the other one has nobody
		if words, err := h.TendClasses(ctx, "2026-12-11"); err != nil || words != want {
			t.Fatalf("night %d: %q, %v", i, words, err)
		}
	}
	v, err := h.OrderClass(ctx, as["school"], o.ID)
	if err != nil || v.Class.State != partnership.ClassNotOpened || v.Untold != 4 || v.Class.FreeSeats() != 0 {
		t.Fatalf("after the end: %s, %d to be told (%v)", v.Class.State, v.Untold, err)
	}
	tasks, err := h.Worklist(ctx, as["school"])
	if err != nil || !slices.ContainsFunc(tasks, func(w exchange.Task) bool { return w.ID == o.ID && strings.Contains(w.Title, "4 名学生等通知") }) {
		t.Errorf("the worklist does not say whom to tell: %+v, %v", tasks, err)
	}
	third := orderClass(t, h, 4, 4)
	if _, err := h.EnrolClass(ctx, as["school"], third.ID, numbersTo(4), 0); err != nil {
		t.Errorf("the freed students cannot join another class: %v", err)
	}
	if _, err := h.ActClass(ctx, as["school"], o.ID, "tell", ""); err != nil {
		t.Fatal(err)
	}
	if v, err := h.OrderClass(ctx, as["school"], o.ID); err != nil || v.Untold != 0 {
		t.Errorf("told: %d wait (%v)", v.Untold, err)
	}
}

// Stages follow from placements and outcomes; nobody may be enrolled by halves.
func TestOrderClass_CountsFromRecords(t *testing.T) {
	h := withRoster(t, 6)
	o := orderClass(t, h, 6, 2)
	_, err := h.EnrolClass(ctx, as["school"], o.ID, []string{"20240000", "20249999"}, 0)
	if err == nil || !strings.Contains(err.Error(), "第 2 个学号 20249999 不在本校名册里") {
		t.Fatalf("a number nobody has: %v", err)
	}
	if _, err := h.EnrolClass(ctx, as["school"], o.ID, numbersTo(3), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ActClass(ctx, as["school"], o.ID, "open", ""); err != nil {
		t.Fatal(err)
	}
	for i, employer := range []string{"重庆甲精密机械有限公司", "别家公司"} {
		out := partnership.Outcome{School: exchangetest.School, Year: 2026, Category: "装备制造大类", Student: numbersTo(3)[i], Direction: partnership.Employed, Employer: employer, PayFen: 3400_00}
		out.ID = fmt.Sprintf("out-%d", i)
		if err := h.RecordOutcome(ctx, out); err != nil {
			t.Fatal(err)
		}
	}
	v, err := h.OrderClass(ctx, as["company"], o.ID)
	if err != nil || v.Class.Enrolled != 3 || v.Class.Hired != 1 || len(v.Members) != 3 || v.Members[0].Student.Number != "" {
		t.Fatalf("%+v, %v", v.Class, err)
	}
	if p := v.Promises[1]; p.State != partnership.PromiseBroken || !strings.Contains(p.Delivered, "1 人低于承诺") {
		t.Errorf("pay: %+v", p)
	}
	if words, err := h.TendClasses(ctx, "2026-11-21"); err != nil || !strings.Contains(words, "1 个班的各阶段人数有变化") {
		t.Errorf("the night counts again: %q, %v", words, err)
	}
	if found, _, err := h.OrderClasses(ctx, as["district"], exchange.List{}); err != nil || found[0].Hired != 1 {
		t.Errorf("the list: %+v, %v", found, err)
	}
	for who, actor := range map[string]partnership.Actor{"another school": as["school2"], "another company": as["company2"]} {
		_, err := h.OrderClass(ctx, actor, o.ID)
		kindIs(t, err, partnership.ErrNotFound)
		_, err = h.ActClass(ctx, actor, o.ID, "finish", "试试")
		kindIs(t, err, partnership.ErrNotFound)
		_ = who
	}
}

// However many enrol at once, the seats hold: each call goes in whole or not at all.
func TestOrderClass_SeatsHoldUnderRivals(t *testing.T) {
	h := withRoster(t, 12)
	o := orderClass(t, h, 5, 2)
	var wg sync.WaitGroup
	won := make([]bool, 6)
	for i := range won {
		wg.Go(func() {
			_, err := h.EnrolClass(ctx, as["school"], o.ID, numbersTo(12)[2*i:2*i+2], 0)
			won[i] = err == nil
		})
	}
	wg.Wait()
	v, err := h.OrderClass(ctx, as["school"], o.ID)
	if err != nil || v.Class.Live() != 4 {
		t.Fatalf("%d of 5 seats taken by pairs, want 4 (%v)", v.Class.Live(), err)
	}
	rows, _, err := h.Students(ctx, as["school"], exchange.RosterQuery{List: exchange.List{Limit: 100}})
	if err != nil {
		t.Fatal(err)
	}
	again := orderClass(t, h, 12, 2)
	var free []string
	for _, r := range rows {
		if !slices.ContainsFunc(v.Members, func(m exchange.ClassMemberRow) bool { return m.Member.Student == r.ID }) {
			free = append(free, r.Number)
		}
	}
	if _, err := h.EnrolClass(ctx, as["school"], again.ID, free, 0); err != nil || len(free) != 8 {
		t.Errorf("the %d who lost are bound: %v", len(free), err)
	}
}

// An import of students cannot be taken back while one of them is in an order class: the
// refusal names the student and the class; once the student has left, it can.
func TestRosterUndo_StudentInAnOrderClass(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", 10)); err != nil {
		t.Fatal(err)
	}
	batch := importRoster(t, h, "school", rosterOf("数控1班", 10), false).Batch
	o := orderClass(t, h, 8, 6)
	o, err := h.EnrolClass(ctx, as["school"], o.ID, numbersTo(1), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.UndoImport(ctx, as["school"], batch)
	kindIs(t, err, partnership.ErrConflict)
	if !strings.Contains(err.Error(), numbersTo(1)[0]) || !strings.Contains(err.Error(), o.Name) {
		t.Errorf("the refusal names neither student nor class: %v", err)
	}
	if _, err := h.LeaveClass(ctx, as["school"], o.ID, o.Members[0].Student, "报错了班"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.UndoImport(ctx, as["school"], batch); err != nil {
		t.Errorf("after the student left: %v", err)
	}
}
