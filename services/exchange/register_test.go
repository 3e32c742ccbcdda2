package exchange_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// A credit code that passes its check and belongs to nobody: the region is one that GB/T
// 2260 does not give out.
const freeCode = "91999900MA0000007U"

func registration() partnership.Company {
	return partnership.Company{Name: "重庆新来机械有限公司", CreditCode: freeCode, Industry: "C3484", Region: demo.Region, Address: "板桥工业园 1 号",
		Staff: 120, StaffAsOf: "2026-10-31", StaffProof: "社保参保人数", Contact: "陈经理 02346000000",
		Credit: partnership.Standing{Clean: true, AsOf: "2026-11-10"}, Safety: partnership.Standing{Clean: true, AsOf: "2026-11-10"}}
}

func companyIDs(t *testing.T, h *exchangetest.House, actor partnership.Actor) []string {
	t.Helper()
	all, _, err := h.Companies(context.Background(), actor, exchange.List{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return ids
}

// A company registers, is returned with comments per field, mends them, is approved once,
// and only then every school sees it.
func TestRegister_ReturnMendApprove(t *testing.T) {
	h := exchangetest.Small(t)
	ctx, as := context.Background(), exchangetest.Actors()
	c, err := h.Register(ctx, registration())
	if err != nil {
		t.Fatal(err)
	}
	if c.State != partnership.CompanyPending || slices.Contains(companyIDs(t, h, as["school"]), c.ID) {
		t.Fatalf("registered as %q, a school sees it already", c.State)
	}
	if _, err := h.Resubmit(ctx, c.ID, registration()); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("changed while it is looked at: %v, want ErrConflict", err)
	}
	if _, err := h.ReturnCompany(ctx, as["school"], c.ID, "x", nil); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("a school returns it: %v, want ErrForbidden", err)
	}
	var bad partnership.Invalid
	if _, err := h.ReturnCompany(ctx, as["district"], c.ID, " ", map[string]string{"nonsense": "x"}); !errors.As(err, &bad) {
		t.Errorf("returned without a word: %v, want Invalid", err)
	}
	c, err = h.ReturnCompany(ctx, as["district"], c.ID, "", map[string]string{"staff_proof": "请写明社保参保证明的月份", "nonsense": "x"})
	if err != nil || c.State != partnership.CompanyReturned || len(c.Comments) != 1 || c.Comments["staff_proof"] == "" {
		t.Fatalf("returned: %+v, %v", c, err)
	}
	if _, err := h.ActCompany(ctx, as["district"], c.ID, "approve", ""); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("approved while returned: %v, want ErrConflict", err)
	}
	draft := registration()
	draft.CreditCode = "91999900MA0000015N"
	if _, err := h.Resubmit(ctx, c.ID, draft); err == nil {
		t.Error("another company slipped in under the registration")
	}
	draft = registration()
	draft.StaffProof = "2026 年 10 月社保参保证明"
	draft.State, draft.Blocked, draft.District = partnership.CompanyApproved, "", "110101" // what no form may set
	if c, err = h.Resubmit(ctx, c.ID, draft); err != nil || c.State != partnership.CompanyPending || c.StaffProof != draft.StaffProof || len(c.Comments) != 0 || c.District != "" {
		t.Fatalf("resubmitted: %+v, %v", c, err)
	}
	if c, err = h.ActCompany(ctx, as["district"], c.ID, "approve", ""); err != nil || c.State != partnership.CompanyApproved {
		t.Fatalf("approved: %+v, %v", c, err)
	}
	for _, school := range []string{"school", "school2"} {
		if !slices.Contains(companyIDs(t, h, as[school]), c.ID) {
			t.Errorf("%s does not see the approved company", school)
		}
	}
	if got := len(c.Steps); got != 4 {
		t.Errorf("%d steps kept, want registered, returned, resubmitted, approved", got)
	}
	if _, err := h.Register(ctx, registration()); !errors.Is(err, partnership.ErrDuplicate) {
		t.Errorf("registered again: %v, want ErrDuplicate", err)
	}
}

func TestRegister_SaysWhatIsMissing(t *testing.T) {
	h := exchangetest.Small(t)
	for _, tc := range []struct {
		name, field string
		change      func(*partnership.Company)
	}{
		{"no code", "credit_code", func(c *partnership.Company) { c.CreditCode = "" }},
		{"wrong check character", "credit_code", func(c *partnership.Company) { c.CreditCode = "91999900MA0000007R" }},
		{"no industry", "industry", func(c *partnership.Company) { c.Industry = "" }},
		{"unknown industry", "industry", func(c *partnership.Company) { c.Industry = "ZZ99" }},
		{"no staff", "staff", func(c *partnership.Company) { c.Staff = 0 }},
		{"staff without a day", "staff_as_of", func(c *partnership.Company) { c.StaffAsOf = "" }},
		{"staff of tomorrow", "staff_as_of", func(c *partnership.Company) { c.StaffAsOf = "2026-11-21" }},
		{"staff without evidence", "staff_proof", func(c *partnership.Company) { c.StaffProof = " " }},
		{"credit record not said", "credit_as_of", func(c *partnership.Company) { c.Credit = partnership.Standing{Clean: true} }},
		{"safety record without detail", "safety", func(c *partnership.Company) { c.Safety.Clean = false }},
		{"no contact", "contact", func(c *partnership.Company) { c.Contact = "" }},
		{"name too short", "name", func(c *partnership.Company) { c.Name = "X" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			draft := registration()
			tc.change(&draft)
			var bad partnership.Invalid
			if _, err := h.Register(context.Background(), draft); !errors.As(err, &bad) || bad[tc.field] == nil {
				t.Errorf("Register = %v, want a sentence against %s", err, tc.field)
			}
		})
	}
}

// What the records say against a company bars its posts, and the company cannot wash
// itself clean afterwards.
func TestRegister_RecordBars(t *testing.T) {
	h := exchangetest.Small(t)
	ctx, as := context.Background(), exchangetest.Actors()
	draft := registration()
	draft.Safety = partnership.Standing{Detail: "2025 年 3 月因未培训上岗被处罚", AsOf: "2026-11-10"}
	c, err := h.Register(ctx, draft)
	if err != nil || c.Blocked != "安全生产记录：2025 年 3 月因未培训上岗被处罚" {
		t.Fatalf("Blocked = %q, %v", c.Blocked, err)
	}
	self := partnership.Actor{Account: "x", Role: partnership.RoleCompany, Party: c.ID}
	change := c
	change.Blocked, change.Safety, change.Name, change.CreditCode, change.State = "", partnership.Standing{Clean: true, AsOf: "2026-11-11"}, "改名有限公司", "", partnership.CompanyApproved
	change.Staff = 150
	if c, err = h.SaveCompany(ctx, self, change); err != nil {
		t.Fatal(err)
	}
	if c.Blocked == "" || c.Safety.Clean || c.Name != draft.Name || c.CreditCode != freeCode || c.State != partnership.CompanyPending || c.Staff != 150 {
		t.Errorf("the company changed of itself what it was judged by: %+v", c)
	}
	if _, err := h.SaveCompany(ctx, as["company"], c); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("another company saves it: %v, want ErrNotFound", err)
	}
}

func TestRegister_TwoAtOnce(t *testing.T) {
	h := exchangetest.Small(t)
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = h.Register(context.Background(), registration()) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, partnership.ErrDuplicate) {
			t.Errorf("loser: %v, want ErrDuplicate", err)
		}
	}
	if won != 1 {
		t.Errorf("%d registrations of one company", won)
	}
}
