package exchange_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// placed is a student of "school" with a placement that ended early, and one who holds one.
func placed(t *testing.T) (h *exchangetest.House, ended, held string) {
	t.Helper()
	h, _, offers := market(t, 3, 4)
	people := name(t, h, "school", offers["school"])
	for _, p := range people[:2] {
		act(t, h, "school", p.ID, "accept", "")
	}
	act(t, h, "company", people[0].ID, "end", "家里出了大事")
	return h, people[0].Student, people[1].Student
}

func TestErase(t *testing.T) {
	h, id, held := placed(t)
	before, err := h.StudentRecord(ctx, as["school"], id, "本人要求")
	if err != nil || len(before.Placements) != 1 || before.Placements[0].Ended.Reason == "" || before.Row[exchange.FieldName] == "" || before.Until != "2032-08-31" {
		t.Fatalf("record = %+v (%v)", before, err)
	}
	number, _ := before.Row["student_no"].(string)
	choices := store.Open[partnership.Choice](store.New(h.Backend, h.Clock.Now), store.Spec{Name: "choices"})
	choice := partnership.Choice{School: exchangetest.School, Student: id, Number: number, Posts: []string{"p"}}
	if err := choices.Insert(ctx, &choice); err != nil {
		t.Fatal(err)
	}
	outcomes := store.Open[partnership.Outcome](store.New(h.Backend, h.Clock.Now), store.Spec{Name: "outcomes"})
	o := partnership.Outcome{School: exchangetest.School, Year: 2026, Category: "装备制造", Student: number, Direction: partnership.Employed, Past: []partnership.Outcome{{Student: number}}}
	if err := outcomes.Insert(ctx, &o); err != nil {
		t.Fatal(err)
	}

	for _, tc := range []struct {
		name, who, id, reason string
		want                  error
	}{
		{"another school", "school2", id, "本人要求", partnership.ErrNotFound},
		{"a company", "company", id, "本人要求", partnership.ErrNotFound},
		{"the district", "district", id, "本人要求", partnership.ErrNotFound},
		{"a student with a placement", "school", held, "本人要求", partnership.ErrConflict},
	} {
		if err := h.EraseStudent(ctx, as[tc.who], tc.id, tc.reason); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	var bad partnership.Invalid
	if err := h.EraseStudent(ctx, as["school"], id, " "); !errors.As(err, &bad) {
		t.Errorf("without a reason: %v", err)
	}
	h.Clock.Move(time.Minute)
	if err := h.EraseStudent(ctx, as["school"], id, "本人要求删除"); err != nil {
		t.Fatal(err)
	}

	_, err = h.Student(ctx, as["school"], id)
	kindIs(t, err, partnership.ErrNotFound)
	v, err := h.Placement(ctx, as["school"], before.Placements[0].ID)
	if err != nil || v.Placement.State != partnership.PlacementEnded || v.Placement.Ended.Reason != "" || v.Student.Name != "" {
		t.Errorf("the placement after it: %+v, student %+v (%v)", v.Placement.Ended, v.Student, err)
	}
	now, err := outcomes.Get(ctx, o.ID)
	if err != nil || now.Student != "" || now.Past[0].Student != "" || now.Pseudonym != id || now.Direction != partnership.Employed {
		t.Errorf("the outcome after it: %+v (%v)", now, err)
	}
	if _, err := choices.Get(ctx, choice.ID); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("the choices are still there: %v", err)
	}
	log, _, err := h.Reveals(ctx, as["school"], exchange.List{})
	if err != nil || log[0].Field != exchange.FieldErase || log[0].Student != id || log[0].Number != "" || log[0].Reason != "本人要求删除" {
		t.Errorf("the log says %+v (%v)", log[0], err)
	}
	if err := h.EraseStudent(ctx, as["school"], id, "再来一次"); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	if err := h.Backend.Close(); err != nil { // folds the log into the file
		t.Fatal(err)
	}
	for _, file := range []string{"sunmao.db", "sunmao.db-wal"} {
		body, err := os.ReadFile(filepath.Join(h.Dir, file))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for what, text := range map[string]string{"what was written about the student": "家里出了大事", "the document": `"` + id + `","_rev"`} {
			if bytes.Contains(body, []byte(text)) {
				t.Errorf("%s still holds %s", file, what)
			}
		}
	}
}

// Nobody's data go a day early, and every figure counts the same afterwards.
func TestRetain(t *testing.T) {
	h, id, held := placed(t)
	status := func() int {
		rows, _, err := h.Students(ctx, as["school"], exchange.RosterQuery{List: exchange.List{Limit: 100}})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	all := status()
	for _, tc := range []struct {
		day  string
		left int
	}{
		{"2032-08-31", all},                  // entered in 2024, five years, three more
		{"2032-09-01", 1}, {"2032-09-01", 1}, // the one with a placement stays; again: nothing new
	} {
		if _, err := h.Retain(ctx, tc.day); err != nil {
			t.Fatal(err)
		}
		if got := status(); got != tc.left {
			t.Fatalf("on %s %d students are left, want %d of %d", tc.day, got, tc.left, all)
		}
	}
	_, err := h.Student(ctx, as["school"], id)
	kindIs(t, err, partnership.ErrNotFound)
	if _, err := h.Student(ctx, as["school"], held); err != nil {
		t.Error(err)
	}

	t.Run("whoever left the roster goes three years later", func(t *testing.T) {
		h, _, _ := market(t, 3, 4)
		gone := importRoster(t, h, "school2", rosterOf("数控班school2", 3), false) // 3 of 4
		if gone.Changes.Gone != 1 {
			t.Fatalf("%+v", gone.Changes)
		}
		left := func() int {
			r, err := h.RosterStatus(ctx, as["school2"])
			if err != nil {
				t.Fatal(err)
			}
			return r.Gone
		}
		day := h.Clock.Now()
		for _, tc := range []struct{ days, want int }{{0, 1}, {3*365 - 2, 1}, {3*365 + 3, 0}} {
			if _, err := h.Retain(ctx, partnership.Day(day.AddDate(0, 0, tc.days))); err != nil {
				t.Fatal(err)
			}
			if got := left(); got != tc.want {
				t.Errorf("after %d days %d are left, want %d", tc.days, got, tc.want)
			}
		}
	})
	t.Run("problem lists of old imports", func(t *testing.T) {
		imports := store.Open[partnership.ImportBatch](store.New(h.Backend, h.Clock.Now), store.Spec{Name: "imports"})
		b := partnership.ImportBatch{Kind: "students", State: partnership.ImportCommitted, Report: "sealed"}
		if err := imports.Insert(ctx, &b); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			days int
			want partnership.Sealed
		}{{89, "sealed"}, {2, ""}} {
			h.Clock.Move(time.Duration(tc.days) * 24 * time.Hour)
			if _, err := h.Retain(ctx, partnership.Day(h.Clock.Now())); err != nil {
				t.Fatal(err)
			}
			if now, err := imports.Get(ctx, b.ID); err != nil || now.Report != tc.want {
				t.Errorf("after %d more days the list is %q (%v), want %q", tc.days, now.Report, err, tc.want)
			}
		}
	})
}
