package exchange_test

import (
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// What is open on either side is found with its reason and the nearest that would do; who
// may not know of it does not see it; once it is met it is gone.
func TestUnmet_RollUp(t *testing.T) {
	h := exchangetest.Small(t)
	post := h.Open(t, exchangetest.Lathe())
	far := exchangetest.Class("数控远班", 4)
	far.MaxKM = 0.5
	rich := exchangetest.Class("数控贵班", 3)
	rich.MinPayFen = 9000_00
	care := partnership.Cohort{Name: "幼保班", Major: "770101", EntryYear: 2024, Size: 6, From: "2027-03-01", To: "2027-08-31"}
	for _, c := range []partnership.Cohort{far, rich, care} {
		if _, err := h.SaveCohort(ctx, as["school"], c); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := h.RollUnmet(ctx, "2026-11-20"); err != nil || said != "未满足的需求 4 项：新增 4 项，消除 0 项" {
		t.Fatalf("%q, %v", said, err)
	}
	if said, err := h.RollUnmet(ctx, "2026-11-20"); err != nil || said != "" {
		t.Errorf("again the same day: %q, %v", said, err)
	}
	list := func(who string) map[string]partnership.UnmetDemand {
		t.Helper()
		found, _, err := h.UnmetDemand(ctx, as[who], exchange.UnmetQuery{})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]partnership.UnmetDemand{}
		for _, u := range found {
			out[u.Name] = u
		}
		return out
	}
	all := list("district")
	for name, want := range map[string]struct {
		kind, why string
		near      int
	}{
		"数控远班": {partnership.UnmetDistance, "距离放宽到", 1},
		"数控贵班": {partnership.UnmetPay, "报酬要求降到 3600 元", 1},
		"幼保班":  {partnership.UnmetMajor, "没有在招岗位与幼儿保育对口", 0},
		"数控车工": {partnership.UnmetDistance, "", 2},
	} {
		u, ok := all[name]
		if !ok || u.Kind != want.kind && name != "数控车工" || !strings.Contains(u.Why, want.why) || len(u.Near) != want.near || u.Since != "2026-11-20" {
			t.Errorf("%s: %+v", name, u)
		}
	}
	if mine := list("school"); len(mine) != 3 {
		t.Errorf("the school sees %d entries", len(mine))
	}
	if mine := list("company"); len(mine) != 1 || mine["数控车工"].Doc != post.ID {
		t.Errorf("the company sees %+v", mine)
	}
	for _, who := range []string{"school2", "company2"} {
		if other := list(who); len(other) != 0 {
			t.Errorf("%s sees %d entries of others", who, len(other))
		}
	}
	elsewhere := as["district"]
	elsewhere.Region = "500112"
	if found, _, _ := h.UnmetDemand(ctx, elsewhere, exchange.UnmetQuery{}); len(found) != 0 {
		t.Errorf("another district sees %d", len(found))
	}
	sums, majors, err := h.UnmetSums(ctx, as["district"])
	if err != nil || len(sums) != 4 || len(majors) < 2 {
		t.Errorf("sums: %+v %+v, %v", sums, majors, err)
	}
	if task := hasTask(worklist(t, h, "district"), "1 个岗位没有人应，3 个班级还有学生没有岗位"); task == nil || task.Count != 13 {
		t.Errorf("the district's worklist: %+v", task)
	}
	// a class that fits is arranged: the post is answered, and both are off the list
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控合适班", 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RollUnmet(ctx, "2026-11-21"); err != nil {
		t.Fatal(err)
	}
	if u := list("school")["数控合适班"]; u.Kind != partnership.UnmetOpen || len(u.Near) != 1 || u.Near[0].ID != post.ID {
		t.Errorf("a class that fits: %+v", u)
	}
	v, err := h.RunRound(ctx, as["school"], partnership.Round{Mode: partnership.ModeAssign, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.PublishRound(ctx, as["school"], v.Round.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RollUnmet(ctx, "2026-11-22"); err != nil {
		t.Fatal(err)
	}
	after := list("district")
	if _, still := after["数控合适班"]; still {
		t.Error("a class with a post is still listed")
	}
	if _, still := after["数控车工"]; still {
		t.Error("a post that was answered is still listed")
	}
	if u := after["数控远班"]; u.Since != "2026-11-20" {
		t.Errorf("since when: %+v", u)
	}
}
