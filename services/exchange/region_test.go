package exchange_test

import (
	"errors"
	"testing"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// A district officer of another region sees nothing of what lies here, by list, by id, by
// search or while typing; one of the city around it sees all of it.
func TestOtherDistrictSeesNothing(t *testing.T) {
	h, post, offers := market(t, 2, 2)
	p := name(t, h, "school", offers["school"])[0]
	act(t, h, "school", p.ID, "accept", "")
	if _, err := h.SettleAll(ctx); err != nil {
		t.Fatal(err)
	}
	cohorts, _, err := h.Cohorts(ctx, as["school"], exchange.List{})
	if err != nil {
		t.Fatal(err)
	}
	officer := func(region string) partnership.Actor {
		return partnership.Actor{Account: "o" + region, Role: partnership.RoleDistrict, Region: region}
	}
	for _, tc := range []struct {
		name  string
		actor partnership.Actor
		sees  bool
	}{{"its own district", as["district"], true}, {"the city", officer("500100"), true}, {"another district", officer("500112"), false}, {"another province", officer("510000"), false},
		{"no region at all", officer(""), false}} {
		t.Run(tc.name, func(t *testing.T) {
			byID := map[string]error{}
			_, byID["post"] = h.Post(ctx, tc.actor, post.ID)
			_, byID["cohort"] = h.Cohort(ctx, tc.actor, cohorts[0].ID)
			_, byID["company"] = h.Company(ctx, tc.actor, post.Company)
			_, byID["placement"] = h.Placement(ctx, tc.actor, p.ID)
			_, byID["offer"] = h.Offer(ctx, tc.actor, offers["school"])
			for what, err := range byID {
				if tc.sees && err != nil || !tc.sees && !errors.Is(err, partnership.ErrNotFound) {
					t.Errorf("%s: %v", what, err)
				}
			}
			lists := map[string]int{}
			placements, _, err1 := h.Placements(ctx, tc.actor, exchange.List{})
			found, _, err2 := h.Offers(ctx, tc.actor, exchange.List{})
			classes, _, err3 := h.Cohorts(ctx, tc.actor, exchange.List{})
			companies, _, err4 := h.Companies(ctx, tc.actor, exchange.List{})
			r, err5 := h.Search(ctx, tc.actor, search.Query{Kinds: []string{exchange.KindPost, exchange.KindCohort, exchange.KindCompany}})
			typed, err6 := h.Complete(ctx, tc.actor, "数控", []string{exchange.KindPost, exchange.KindCohort}, 10)
			if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
				t.Fatal(err)
			}
			fits, _, err := h.Candidates(ctx, tc.actor, exchange.List{})
			if err != nil {
				t.Fatal(err)
			}
			lists["matches"] = len(fits)
			lists["placements"], lists["offers"], lists["cohorts"], lists["companies"], lists["search"], lists["typing"] = len(placements), len(found), len(classes), len(companies), r.Total, len(typed)
			for what, n := range lists {
				if (n > 0) != tc.sees {
					t.Errorf("%s: %d records", what, n)
				}
			}
			if _, err := h.ActCompany(ctx, tc.actor, post.Company, "suspend", "试试"); !tc.sees && !errors.Is(err, partnership.ErrNotFound) {
				t.Errorf("suspends a company that is not there: %v", err)
			}
			if tc.sees { // back to where it was
				if why, err := h.Barred(ctx, partnership.RoleCompany, post.Company); err != nil || why == "" {
					t.Errorf("a suspended company's accounts: %q, %v", why, err)
				}
				if _, err := h.ActCompany(ctx, tc.actor, post.Company, "approve", ""); err != nil {
					t.Fatal(err)
				}
			}
			if why, err := h.Barred(ctx, partnership.RoleCompany, post.Company); err != nil || why != "" {
				t.Errorf("an approved company's accounts: %q, %v", why, err)
			}
		})
	}
}

// A company seated elsewhere belongs to the district that approves it, with all its posts:
// nobody else would review them.
func TestDistrictSeesTheCompaniesItApproves(t *testing.T) {
	h := exchangetest.Small(t)
	c, err := h.SaveCompany(ctx, as["district"], partnership.Company{Name: "成都甲精密机械有限公司", Industry: "C3484", Region: "510100", Staff: 200, StaffAsOf: "2026-10-31", StaffProof: "社保参保人数"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ActCompany(ctx, as["district"], c.ID, "approve", ""); err != nil {
		t.Fatal(err)
	}
	draft := exchangetest.Lathe()
	draft.Region = "510100"
	p, err := h.SavePost(ctx, partnership.Actor{Account: "far", Role: partnership.RoleCompany, Party: c.ID}, draft)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, region string
		sees         bool
	}{{"the district that approved it", "500153", true}, {"the city of the workplace", "510100", true}, {"another district", "500112", false}} {
		o := partnership.Actor{Account: "o", Role: partnership.RoleDistrict, Region: tc.region}
		if _, err := h.Post(ctx, o, p.ID); tc.sees != (err == nil) {
			t.Errorf("%s reads the post: %v", tc.name, err)
		}
		r, err := h.Search(ctx, o, search.Query{Kinds: []string{exchange.KindPost}})
		if err != nil || (r.Total == 1) != tc.sees {
			t.Errorf("%s finds %d posts (%v)", tc.name, r.Total, err)
		}
	}
}

// What was searched for in vain in one district is no business of another's officer.
func TestMissed_KeepsToTheDistrict(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.Search(ctx, as["school"], search.Query{Text: "魑魅魍魉", Kinds: []string{exchange.KindPost}}); err != nil {
		t.Fatal(err)
	}
	elsewhere := partnership.Actor{Account: "d2", Role: partnership.RoleDistrict, Region: "500112"}
	mine, err := h.Missed(ctx, as["district"])
	if err != nil || len(mine) != 1 {
		t.Fatalf("the own district reads %d words, %v", len(mine), err)
	}
	if theirs, err := h.Missed(ctx, elsewhere); err != nil || len(theirs) != 0 {
		t.Errorf("another district reads %d words, %v", len(theirs), err)
	}
	kindIs(t, h.DoneMissed(ctx, elsewhere, mine[0].ID, "已处理"), partnership.ErrNotFound)
}
