package exchange_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/matching"
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

			for _, u := range v.Round.Unplaced {
				if u.ID != lonely.ID && (!strings.Contains(u.Change, "增加") || len(u.Blocked) == 0 || strings.Contains(strings.Join(u.Blocked, ""), "数控") && u.Count == 4) {
					t.Errorf("unplaced %s = %+v, want what would help and what stood in the way, without the other school's class", u.Name, u)
				}
			}
			for _, line := range v.Allocations {
				if !strings.Contains(line.Place, "匹配") {
					t.Errorf("line %+v does not say how good the place is", line)
				}
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

// TestRound_Weights: a round scores by its own weights, keeps them with the result, and
// refuses those that break a rule.
func TestRound_Weights(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("2024级数控1班", 4)); err != nil {
		t.Fatal(err)
	}
	h.Open(t, exchangetest.Lathe())
	plain, err := h.RunRound(ctx, as["district"], partnership.Round{Mode: partnership.ModeAssign})
	if err != nil {
		t.Fatal(err)
	}
	w := matching.DefaultWeights().Map()
	if got := plain.Round.Weights; !maps.Equal(got, w) {
		t.Errorf("a round without weights keeps %v, want the default ones", got)
	}
	w["alignment"], w["skills"] = w["alignment"]+w["skills"], 0
	own, err := h.RunRound(ctx, as["district"], partnership.Round{Mode: partnership.ModeAssign, Weights: w})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(own.Round.Weights, w) || own.Round.Digest == plain.Round.Digest || own.Allocations[0].Score == plain.Allocations[0].Score {
		t.Errorf("with other weights: %v, score %d as before", own.Round.Weights, own.Allocations[0].Score)
	}
	w["pay"]++
	_, err = h.RunRound(ctx, as["district"], partnership.Round{Mode: partnership.ModeAssign, Weights: w})
	var invalid partnership.Invalid
	if !errors.As(err, &invalid) || len(invalid["weights"]) == 0 {
		t.Errorf("weights of more than 100 points: %v", err)
	}
}

// TestRound_GreenChannelFirst: assignment places the green channel of a class before
// students of a class that fits better, and the rest after them; in two-way selection it
// comes first among equals.
func TestRound_GreenChannelFirst(t *testing.T) {
	for _, mode := range []partnership.RoundMode{partnership.ModeAssign, partnership.ModeStable} {
		t.Run(string(mode), func(t *testing.T) {
			h := exchangetest.Small(t)
			poor := exchangetest.Class("2024级数控1班", 6)
			poor.Skills, poor.Priority = nil, 2
			poor, err := h.SaveCohort(ctx, as["school"], poor)
			if err != nil {
				t.Fatal(err)
			}
			good, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("2024级数控2班", 4))
			if err != nil {
				t.Fatal(err)
			}
			h.Open(t, exchangetest.Lathe()) // five seats
			v, err := h.RunRound(ctx, as["district"], partnership.Round{Mode: mode, Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			count, priority := map[string]int{}, map[string]int{}
			for _, a := range v.Allocations {
				count[a.Cohort], priority[a.Cohort] = a.Count, a.Priority
			}
			want := [2]int{2, 3} // of the class with the green channel, of the one that fits better
			if mode == partnership.ModeStable {
				want = [2]int{1, 4} // the company ranks by fit, the green channel wins ties alone
			}
			if got := [2]int{count[poor.ID], count[good.ID]}; got != want || priority[poor.ID] != want[0] || priority[good.ID] != 0 {
				t.Errorf("placed %v, green channel %v, want %v", got, priority, want)
			}
			left := 0
			for _, u := range v.Round.Unplaced {
				left += u.Count
			}
			if left != 5 || v.Round.Students != 10 {
				t.Errorf("%d of %d students left over, want 5 of 10", left, v.Round.Students)
			}
		})
	}
}

// TestRound_Rotation: whom the last published round left out comes first among equals.
func TestRound_Rotation(t *testing.T) {
	h := exchangetest.Small(t)
	for _, name := range []string{"2024级数控1班", "2024级数控2班"} {
		if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class(name, 5)); err != nil {
			t.Fatal(err)
		}
	}
	h.Open(t, exchangetest.Lathe())
	had := map[string]int{}
	for seed := range uint64(4) {
		v, err := h.RunRound(ctx, as["district"], partnership.Round{Mode: partnership.ModeStable, Seed: 3 * seed})
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Allocations) != 1 {
			t.Fatalf("round %d: %+v, want one class in the five seats", seed, v.Allocations)
		}
		had[v.Allocations[0].Cohort]++
		if n := len(had); seed == 1 && n != 2 {
			t.Fatalf("the same class twice: %v", had)
		}
		if _, err := h.PublishRound(ctx, as["district"], v.Round.ID); err != nil {
			t.Fatal(err)
		}
	}
	for class, n := range had {
		if n != 2 {
			t.Errorf("class %s was placed %d times of 4, want 2", class, n)
		}
	}
}

// TestSettle_KeepsTheBest: a post keeps its best matches only, whether post or cohorts
// were there first, and is matched anew when one of them goes.
func TestSettle_KeepsTheBest(t *testing.T) {
	h := exchangetest.Small(t)
	p := h.Open(t, exchangetest.Lathe())
	var first partnership.Cohort
	for k := range 53 {
		class := exchangetest.Class(fmt.Sprintf("2024级数控%d班", k), 4)
		if k < 3 {
			class.Skills = nil
		}
		c, err := h.SaveCohort(ctx, as["school"], class)
		if err != nil {
			t.Fatal(err)
		}
		if k == 3 {
			first = c
		}
	}
	check := func(what string, without int) {
		t.Helper()
		var all []partnership.Match
		for after := ""; ; {
			page, next, err := h.Candidates(ctx, as["company"], exchange.List{After: after})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page...)
			if after = next; after == "" {
				break
			}
		}
		all = slices.DeleteFunc(all, func(m partnership.Match) bool { return m.Post != p.ID })
		best := slices.MaxFunc(all, func(a, b partnership.Match) int { return cmp.Compare(a.Score, b.Score) })
		low := len(slices.DeleteFunc(slices.Clone(all), func(m partnership.Match) bool { return m.Score == best.Score }))
		if len(all) != 50 || low != without {
			t.Fatalf("%s: %d matches, %d of them with fewer points, want 50 and %d", what, len(all), low, without)
		}
	}
	check("53 classes, 3 without skills", 0)
	first.Major, first.Skills = "770101", nil
	if _, err := h.SaveCohort(ctx, as["school"], first); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SettleAll(ctx); err != nil {
		t.Fatal(err)
	}
	check("a class with skills gone", 1)
	// A round compares all, kept or not: only the class of another major has nothing to go to.
	v, err := h.RunRound(ctx, as["district"], partnership.Round{Mode: partnership.ModeAssign})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range v.Round.Unplaced {
		if (u.Kind == "no-major") != (u.ID == first.ID) {
			t.Errorf("%s stays unplaced for %q: %s", u.Name, u.Kind, u.Why)
		}
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
