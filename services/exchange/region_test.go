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

// What one district decides for itself it cannot decide for another: which companies are one,
// whose classes a round is about, what the figures of the region are made of.
func TestDistrictDecidesForItself(t *testing.T) {
	h := exchangetest.Small(t)
	school := partnership.School{Name: "江北职业学校", Kind: "中职", Region: "500105", Majors: []partnership.OfferedMajor{{Code: "660103", Name: "数控技术应用", Since: 2020}}}
	school.ID = "school-far"
	twin := partnership.Company{Name: "重庆甲精密机械公司", State: partnership.CompanyApproved, Region: "500105", District: "500105"}
	twin.ID = "company-far"
	if err := h.Load(ctx, partnership.Bundle{Schools: []partnership.School{school}, Companies: []partnership.Company{twin}}); err != nil {
		t.Fatal(err)
	}
	far := partnership.Actor{Account: "far", Role: partnership.RoleDistrict, Region: "500105"}
	city := partnership.Actor{Account: "city", Role: partnership.RoleDistrict, Region: "500100"}
	third := partnership.Actor{Account: "third", Role: partnership.RoleDistrict, Region: "500112"}
	none := partnership.Actor{Account: "none", Role: partnership.RoleDistrict}

	t.Run("companies of two districts are merged by who oversees both", func(t *testing.T) {
		_, err := h.AnswerTwins(ctx, third, exchangetest.Company, twin.ID, true)
		kindIs(t, err, partnership.ErrNotFound)
		_, err = h.AnswerTwins(ctx, far, twin.ID, exchangetest.Company2, true)
		kindIs(t, err, partnership.ErrForbidden)
		if _, err := h.AnswerTwins(ctx, far, twin.ID, exchangetest.Company2, false); err != nil {
			t.Errorf("says that they are two: %v", err)
		}
		if _, err := h.AnswerTwins(ctx, city, exchangetest.Company, twin.ID, true); err != nil {
			t.Errorf("the city around both: %v", err)
		}
	})
	t.Run("a round is about the classes of the region", func(t *testing.T) {
		if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控1班", 3)); err != nil {
			t.Fatal(err)
		}
		for _, one := range []struct {
			actor partnership.Actor
			want  int
		}{{as["district"], 3}, {far, 0}} {
			view, err := h.RunRound(ctx, one.actor, partnership.Round{Owner: exchangetest.School, Mode: partnership.ModeAssign})
			if err != nil || view.Round.Students != one.want || view.Round.Owner != one.actor.Region {
				t.Errorf("%s: a round of %s over %d students (%v), want %d", one.actor.Account, view.Round.Owner, view.Round.Students, err, one.want)
			}
		}
	})
	t.Run("majors and clusters", func(t *testing.T) {
		for _, one := range []struct {
			actor   partnership.Actor
			schools int
		}{{far, 1}, {city, 3}, {as["operator"], 3}} {
			f, err := h.IndustryFit(ctx, one.actor, exchange.IndustryFitQuery{})
			if err != nil || len(f.Schools) != one.schools {
				t.Errorf("%s chooses from %d schools (%v), want %d", one.actor.Account, len(f.Schools), err, one.schools)
			}
		}
		_, err := h.IndustryFit(ctx, far, exchange.IndustryFitQuery{School: exchangetest.School})
		kindIs(t, err, partnership.ErrNotFound)
		if f, err := h.IndustryFit(ctx, far, exchange.IndustryFitQuery{}); err != nil || f.ByMajors.Den != 1 {
			t.Errorf("majors of the far district: %+v (%v), want its one", f.ByMajors, err)
		}
	})
	t.Run("no region at all sees no region's trail", func(t *testing.T) {
		entries, _, err := h.Trail(ctx, none, exchange.TrailQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Region != "" {
				t.Errorf("reads %+v", e)
			}
		}
	})
}

// Two officers who change a company at once: the second is told, and nothing is lost.
func TestSaveCompany_NobodyIsOverwritten(t *testing.T) {
	h := exchangetest.Small(t)
	view, err := h.Company(ctx, as["district"], exchangetest.Company)
	if err != nil {
		t.Fatal(err)
	}
	first, second := view.Company, view.Company
	first.Address, second.Contact = "昌州街道 1 号", "李四"
	if _, err := h.SaveCompany(ctx, as["district"], first); err != nil {
		t.Fatal(err)
	}
	_, err = h.SaveCompany(ctx, as["company"], second)
	kindIs(t, err, partnership.ErrConflict)
	if view, err = h.Company(ctx, as["district"], exchangetest.Company); err != nil || view.Company.Address != "昌州街道 1 号" {
		t.Errorf("after both: %q (%v)", view.Company.Address, err)
	}
}
