package exchange_test

import (
	"testing"

	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

func TestRound_PreviewLockPublish(t *testing.T) {
	for _, mode := range []partnership.RoundMode{partnership.ModeAssign, partnership.ModeStable} {
		t.Run(string(mode), func(t *testing.T) {
			h := exchangetest.Small(t)
			a, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("2024级数控1班", 4))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.SaveCohort(ctx, as["school2"], exchangetest.Class("2024级数控2班", 4)); err != nil {
				t.Fatal(err)
			}
			care := exchangetest.Class("2024级幼保1班", 6)
			care.Major, care.Skills = "770101", nil
			lonely, err := h.SaveCohort(ctx, as["school"], care)
			if err != nil {
				t.Fatal(err)
			}
			p := h.Open(t, exchangetest.Lathe())

			v, err := h.RunRound(ctx, as["district"], partnership.Round{Mode: mode, Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			if v.Round.State != partnership.RoundPreview || v.Round.Students != 14 || v.Round.Seats != 5 || v.Round.Placed != 5 {
				t.Errorf("round = %+v, want 5 of 14 students in 5 seats", v.Round)
			}
			if v.Round.Verdict == "" || v.Round.Digest == "" {
				t.Errorf("round without verdict or digest: %+v", v.Round)
			}
			why := map[string]partnership.Unmet{}
			for _, u := range v.Round.Unplaced {
				why[u.ID] = u
			}
			if u := why[lonely.ID]; u.Count != 6 || u.Kind != "no-major" || u.Why == "" {
				t.Errorf("unplaced 幼儿保育 = %+v, want all 6 for want of a post", u)
			}

			t.Run("a forbidden pair is not made again", func(t *testing.T) {
				again, err := h.RunRound(ctx, as["district"], partnership.Round{Record: partnership.Record{ID: v.Round.ID}, Mode: mode, Seed: 7, Forbidden: []string{a.ID + ":" + p.ID}})
				if err != nil {
					t.Fatal(err)
				}
				if again.Round.ID != v.Round.ID || again.Round.Placed != 4 || len(again.Allocations) != 1 || again.Allocations[0].Cohort == a.ID {
					t.Errorf("with the pair barred: placed %d, lines %+v", again.Round.Placed, again.Allocations)
				}
			})
			t.Run("a school sees its own lines once published, companies none", func(t *testing.T) {
				_, err := h.Round(ctx, as["school"], v.Round.ID)
				kindIs(t, err, partnership.ErrNotFound)
				if _, err := h.PublishRound(ctx, as["district"], v.Round.ID); err != nil {
					t.Fatal(err)
				}
				mine, err := h.Round(ctx, as["school"], v.Round.ID)
				if err != nil || len(mine.Allocations) != 0 {
					t.Errorf("school's lines = %+v (%v), want none of the other school's", mine.Allocations, err)
				}
				_, err = h.Round(ctx, as["company"], v.Round.ID)
				kindIs(t, err, partnership.ErrNotFound)
				_, err = h.PublishRound(ctx, as["district"], v.Round.ID)
				kindIs(t, err, partnership.ErrConflict)
				_, err = h.RunRound(ctx, as["district"], partnership.Round{Record: partnership.Record{ID: v.Round.ID}, Mode: mode})
				kindIs(t, err, partnership.ErrConflict)
			})
		})
	}
}

func TestRound_KeepsTheTenPercentRule(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("2024级数控1班", 60)); err != nil {
		t.Fatal(err)
	}
	draft := exchangetest.Lathe()
	draft.Slots = 50
	h.Open(t, draft)
	v, err := h.RunRound(ctx, as["district"], partnership.Round{Mode: partnership.ModeAssign})
	if err != nil {
		t.Fatal(err)
	}
	if v.Round.Placed != 30 {
		t.Errorf("placed %d with 300 staff and 50 slots, want 30", v.Round.Placed)
	}
	if len(v.Round.Cold) != 1 || v.Round.Cold[0].Kind != "rule" {
		t.Errorf("empty slots = %+v, want the rule named", v.Round.Cold)
	}
}
