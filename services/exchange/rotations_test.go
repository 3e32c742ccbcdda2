package exchange_test

import (
	"errors"
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// A plan is made of the roster and of posts that are open, long enough and within the tenth
// of the company's staff; what cannot be is refused with the reason at its field.
func TestRotation_OfACohort(t *testing.T) {
	h := withRoster(t, 24)
	cohorts, _, err := h.Cohorts(ctx, as["school"], exchange.List{})
	if err != nil {
		t.Fatal(err)
	}
	wide := exchangetest.Lathe()
	wide.Slots, wide.SamePostStaff = 40, 200
	post := h.Open(t, wide)
	draft := partnership.Rotation{Cohort: cohorts[0].ID, Name: "春季工读轮换", From: "2027-03-01", To: "2027-07-18", TurnWeeks: 2, Batches: 2}
	change := func(f func(*partnership.Rotation)) partnership.Rotation { d := draft; f(&d); return d }
	for _, tc := range []struct {
		name        string
		draft       partnership.Rotation
		posts       []string
		field, want string
	}{
		{"a post that is not there", draft, []string{"there-is-none"}, "posts", "看不到了"},
		{"past the post's days", change(func(d *partnership.Rotation) { d.To = "2027-10-01" }), []string{post.ID}, "posts", "覆盖不了"},
		{"no post", draft, nil, "posts", "请选择岗位"},
		{"a first year", change(func(d *partnership.Rotation) { d.From, d.To = "2025-03-01", "2025-07-01" }), []string{post.ID}, "cohort", "一年级"},
	} {
		_, err := h.PlanRotation(ctx, as["school"], tc.draft, tc.posts)
		var bad partnership.Invalid
		if !errors.As(err, &bad) || !strings.Contains(strings.Join(bad[tc.field], ""), tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	r, err := h.PlanRotation(ctx, as["school"], draft, []string{post.ID})
	if err != nil || len(r.Turns) != 10 || len(r.Batch(1)) != 12 {
		t.Fatalf("%d turns, %v", len(r.Turns), err)
	}
	if _, err := h.SaveCompany(ctx, as["district"], func() partnership.Company {
		v, _ := h.Company(ctx, as["district"], exchangetest.Company)
		v.Company.Staff = 100
		return v.Company
	}()); err != nil {
		t.Fatal(err)
	}
	_, err = h.PlanRotation(ctx, as["school"], draft, []string{post.ID})
	if err == nil || !strings.Contains(err.Error(), "还能接收 10 名实习生") {
		t.Errorf("12 interns of 100 staff: %v", err)
	}
	if v, err := h.Rotation(ctx, as["district"], r.ID); err != nil || len(v.Students) != 0 {
		t.Errorf("the district sees %d students: %v", len(v.Students), err)
	}
	for _, who := range []string{"school2", "company"} {
		_, err := h.Rotation(ctx, as[who], r.ID)
		kindIs(t, err, partnership.ErrNotFound)
	}
	if err := h.DropRotation(ctx, as["school"], r.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.Rotation(ctx, as["school"], r.ID)
	kindIs(t, err, partnership.ErrNotFound)
}
