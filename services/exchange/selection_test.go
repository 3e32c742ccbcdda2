package exchange_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// selection opens a two-way selection over a class of n students and two posts of one slot
// and of three.
func selection(t *testing.T, n int) (h *exchangetest.House, r partnership.Round, cohort string, one, three partnership.Post, students []exchange.StudentRow) {
	t.Helper()
	h = exchangetest.Small(t)
	c, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", n))
	if err != nil {
		t.Fatal(err)
	}
	if r := importRoster(t, h, "school", rosterOf("数控1班", n), false); r.Changes.New != n {
		t.Fatalf("roster: %+v", r)
	}
	draft := exchangetest.Lathe()
	draft.Slots = 1
	one = h.Open(t, draft)
	draft.Title, draft.Slots = "数控铣工", 3
	three = h.Open(t, draft)
	v, err := h.RunRound(ctx, as["school"], partnership.Round{Name: "双选", Mode: partnership.ModeStable,
		Selection: &partnership.Selection{ChoicesBy: "2026-11-25", RanksBy: "2026-11-30"}})
	if err != nil || v.Round.State != partnership.RoundCollecting || v.Round.Seed == 0 {
		t.Fatalf("open: %+v, %v", v.Round, err)
	}
	students, _, err = h.Students(ctx, as["school"], exchange.RosterQuery{List: exchange.List{Limit: 100}})
	if err != nil || len(students) != n {
		t.Fatalf("students: %d, %v", len(students), err)
	}
	return h, v.Round, c.ID, one, three, students
}

func TestSelection_FromListsToPlacements(t *testing.T) {
	h, r, cohort, one, three, students := selection(t, 4)
	choose := func(who string, k int, posts ...string) error {
		_, err := h.SaveChoice(ctx, as[who], r.ID, students[k].ID, posts, nil)
		return err
	}
	for k := range 3 { // the last one hands in nothing
		if err := choose("school", k, one.ID, three.ID); err != nil {
			t.Fatal(err)
		}
	}
	var invalid partnership.Invalid
	if err := choose("school", 3, one.ID, one.ID); !errors.As(err, &invalid) || invalid["choice2"] == nil {
		t.Errorf("the same post twice: %v", err)
	}
	if err := choose("school", 3, "there-is-none"); !errors.As(err, &invalid) || invalid["choice1"] == nil {
		t.Errorf("a post that is none: %v", err)
	}
	if err := choose("school2", 3, one.ID); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("another school: %v", err)
	}
	if _, err := h.Selection(ctx, as["company2"], r.ID); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("a company without posts: %v", err)
	}
	if _, err := h.RunRound(ctx, as["school"], r); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("run before the lists are in: %v", err)
	}
	v, err := h.CandidatesOf(ctx, as["company"], r.ID, one.ID)
	if err != nil || len(v.Candidates) != 0 || !v.MayRule || v.MayRank {
		t.Errorf("candidates while students choose: %+v, %v", v, err)
	}

	h.Clock.Move(6 * 24 * time.Hour) // to 26 November: companies rank
	if err := choose("school", 3, three.ID); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("a choice after the deadline: %v", err)
	}
	if v, err = h.CandidatesOf(ctx, as["company"], r.ID, one.ID); err != nil || len(v.Candidates) != 3 {
		t.Fatalf("candidates: %d, %v", len(v.Candidates), err)
	}
	if c := v.Candidates[0]; c.Number != "" || c.Phone != "" || !strings.HasSuffix(c.Name, "*") {
		t.Errorf("the company sees too much of a candidate: %+v", c)
	}
	last := students[2].ID
	if _, err = h.SaveRanking(ctx, as["company"], r.ID, one.ID, partnership.Ranking{Rule: partnership.RankFit, Order: []string{last}}); err != nil {
		t.Fatal(err)
	}
	if _, err = h.SaveRanking(ctx, as["company"], r.ID, one.ID, partnership.Ranking{Rule: partnership.RankFit, Order: []string{students[3].ID}}); !errors.As(err, &invalid) {
		t.Errorf("ranked one who did not choose the post: %v", err)
	}
	if _, err = h.ActSelection(ctx, as["school"], r.ID, "close-ranks"); err != nil {
		t.Fatal(err)
	}
	if r, err = roundOf(h, r.ID); err != nil {
		t.Fatal(err)
	}
	run, err := h.RunRound(ctx, as["school"], r)
	if err != nil {
		t.Fatal(err)
	}
	s := run.Round.Selection.Silence
	if run.Round.Placed != 3 || s.Students != 4 || s.Mute != 1 || s.Posts != 2 || len(s.Unranked) != 1 || !strings.Contains(s.Unranked[0], "数控铣工") {
		t.Errorf("placed %d, silence %+v", run.Round.Placed, s)
	}
	if len(run.Round.Unplaced) != 1 || run.Round.Unplaced[0].Count != 1 || !strings.Contains(run.Round.Unplaced[0].Why, "没有在 2026-11-25 前交志愿") {
		t.Errorf("unplaced: %+v", run.Round.Unplaced)
	}
	rows, err := h.Choices(ctx, as["school"], r.ID, cohort)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows.Rows[:3] {
		res := row.Choice.Result
		if (row.ID == last) != (res.Post == one.ID) || res.Why == "" || row.ID != last && len(res.Blocked) != 1 {
			t.Errorf("%s: %+v", row.Number, res)
		}
	}

	// Run again: the same, and the result before is kept.
	run.Round.Forbidden = []string{cohort + ":" + three.ID}
	again, err := h.RunRound(ctx, as["school"], run.Round)
	if err != nil || again.Round.Placed != 1 || again.Round.Runs != 1 {
		t.Fatalf("barred: placed %d, %d runs, %v", again.Round.Placed, again.Round.Runs, err)
	}
	if old, err := h.Run(ctx, as["school"], r.ID, 1); err != nil || old.Placed != 3 || len(old.Lines) != 2 || old.Lines[0].CompanyName == "" {
		t.Errorf("kept run: %+v, %v", old, err)
	}
	if _, err := h.Run(ctx, as["school2"], r.ID, 1); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("another school sees a kept run: %v", err)
	}
	again.Round.Forbidden = nil
	if _, err = h.RunRound(ctx, as["school"], again.Round); err != nil {
		t.Fatal(err)
	}
	if view, err := h.Round(ctx, as["company"], r.ID); err != nil || view.Round.State != partnership.RoundCollecting || view.Round.Placed != 0 || len(view.Allocations) != 0 {
		t.Errorf("the company sees a preview: %+v, %v", view, err)
	}
	if _, err = h.PublishRound(ctx, as["school"], r.ID); err != nil {
		t.Fatal(err)
	}
	placed, _, err := h.Placements(ctx, as["school"], exchange.List{Limit: 100})
	if err != nil || len(placed) != 3 {
		t.Fatalf("%d placements, %v", len(placed), err)
	}
	for _, p := range placed {
		if p.Placement.State != partnership.PlacementProposed || (p.Placement.Student == last) != (p.Placement.Post == one.ID) {
			t.Errorf("placement %+v", p.Placement)
		}
	}
}

func roundOf(h *exchangetest.House, id string) (partnership.Round, error) {
	v, err := h.Round(ctx, as["school"], id)
	return v.Round, err
}

// A sheet of choices: bad rows are named, good ones written, the import undone and done again.
func TestSelection_ChoicesFromASheet(t *testing.T) {
	h, r, cohort, one, _, _ := selection(t, 4)
	sheet := "学号,第一志愿,第二志愿\n20240000,重庆甲精密机械有限公司/数控车工,数控铣工\n20240001," + one.ID + ",\n20240002,数控车工,数控车工\n20249999,数控车工,\n20240003,焊工,\n"
	take := func() exchange.ImportReport {
		rep, err := h.Import(ctx, as["school"], exchange.ImportRequest{Kind: "choices", File: "志愿.csv", Body: strings.NewReader(sheet), Partial: true})
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	rep := take()
	if rep.Rows != 5 || rep.BadRows != 3 || rep.Written != 2 {
		t.Errorf("%d rows, %d bad, %d written: %v", rep.Rows, rep.BadRows, rep.Written, rep.Problems)
	}
	var words []string
	for _, p := range rep.Problems {
		words = append(words, p.String())
	}
	for _, want := range []string{"第二志愿与第一志愿相同", "本校名册里没有这个学号", "可选岗位里没有“焊工”"} {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("nothing says %q: %v", want, words)
		}
	}
	handed := func() (n int) {
		v, err := h.Choices(ctx, as["school"], r.ID, cohort)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range v.Rows {
			if row.Choice != nil {
				n++
			}
		}
		return n
	}
	if n := handed(); n != 2 {
		t.Errorf("%d handed in, want 2", n)
	}
	if _, err := h.UndoImport(ctx, as["school"], rep.Batch); err != nil {
		t.Fatal(err)
	}
	if n := handed(); n != 0 {
		t.Errorf("%d handed in after undo", n)
	}
	if rep = take(); rep.Written != 2 || handed() != 2 {
		t.Errorf("again: %d written, %d handed in", rep.Written, handed())
	}
}

// A whole group is recommended with one list: together to one post, or one by one.
func TestSelection_WholeGroup(t *testing.T) {
	for _, tc := range []struct {
		together bool
		n        int
		placed   int
		released bool
	}{{true, 3, 3, false}, {true, 4, 4, true}, {false, 4, 4, false}} {
		t.Run(fmt.Sprintf("%d together %v", tc.n, tc.together), func(t *testing.T) {
			h, r, cohort, one, three, _ := selection(t, tc.n)
			n, err := h.Recommend(ctx, as["school"], r.ID, exchange.Recommendation{Cohort: cohort, Posts: []string{one.ID, three.ID}, Together: tc.together})
			if err != nil || n != tc.n {
				t.Fatalf("recommended %d, %v", n, err)
			}
			h.Clock.Move(20 * 24 * time.Hour)
			v, err := h.RunRound(ctx, as["school"], r)
			if err != nil {
				t.Fatal(err)
			}
			if v.Round.Placed != tc.placed || strings.Contains(v.Round.Verdict, "逐人安排") != tc.released {
				t.Errorf("placed %d, %s", v.Round.Placed, v.Round.Verdict)
			}
			if !tc.released && tc.together && (len(v.Allocations) != 1 || v.Allocations[0].Post != three.ID) {
				t.Errorf("not together: %+v", v.Allocations)
			}
		})
	}
}
