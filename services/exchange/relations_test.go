package exchange_test

import (
	"context"
	"errors"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// A school that pauses a company no longer meets its posts; another school does, and so
// does the first after it took the cooperation up again.
func TestSetRelation(t *testing.T) {
	h := exchangetest.Small(t)
	ctx, as := context.Background(), exchangetest.Actors()
	h.Open(t, exchangetest.Lathe())
	for _, who := range []string{"school", "school2"} {
		if _, err := h.SaveCohort(ctx, as[who], exchangetest.Class(who, 30)); err != nil {
			t.Fatal(err)
		}
	}
	matches := func(who string) int {
		t.Helper()
		found, _, err := h.Candidates(ctx, as[who], exchange.List{})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if matches("school") != 1 || matches("school2") != 1 {
		t.Fatalf("before: %d and %d matches, want one each", matches("school"), matches("school2"))
	}
	var bad partnership.Invalid
	if _, err := h.SetRelation(ctx, as["school"], exchangetest.Company, true, " "); !errors.As(err, &bad) {
		t.Errorf("paused without a reason: %v, want Invalid", err)
	}
	for _, who := range []string{"district", "company", "company2"} {
		if _, err := h.SetRelation(ctx, as[who], exchangetest.Company, true, "x"); err == nil {
			t.Errorf("%s paused a school's cooperation", who)
		}
	}
	if _, err := h.SetRelation(ctx, as["school"], exchangetest.Company, true, "宿舍整改"); err != nil {
		t.Fatal(err)
	}
	if matches("school") != 0 || matches("school2") != 1 {
		t.Errorf("paused: %d and %d matches, want 0 and 1", matches("school"), matches("school2"))
	}
	// Settling the post anew must not bring it back.
	posts, err := h.Company(ctx, as["school"], exchangetest.Company)
	if err != nil || len(posts.Posts) != 1 || !posts.Relation.Paused || posts.Relation.Steps[0].Why != "宿舍整改" {
		t.Fatalf("Company = %+v, %v: the school still sees it, with its own pause", posts.Relation, err)
	}
	post := posts.Posts[0]
	post.Tutors = 3
	if _, err := h.SavePost(ctx, as["company"], post); err != nil {
		t.Fatal(err)
	}
	if matches("school") != 0 || matches("school2") != 1 {
		t.Errorf("after the post was saved: %d and %d matches", matches("school"), matches("school2"))
	}
	if other, err := h.Company(ctx, as["school2"], exchangetest.Company); err != nil || other.Relation.Paused {
		t.Errorf("the other school is told of it: %+v, %v", other.Relation, err)
	}
	if _, err := h.SetRelation(ctx, as["school"], exchangetest.Company, true, "再来一次"); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("paused twice: %v, want ErrConflict", err)
	}
	if _, err := h.SetRelation(ctx, as["school"], exchangetest.Company, false, ""); err != nil {
		t.Fatal(err)
	}
	if matches("school") != 1 {
		t.Errorf("taken up again: %d matches", matches("school"))
	}
}

// A company lets a school list its posts and takes that back; what the school listed is
// the company's, and the school can change nothing of it from that moment.
func TestDelegate(t *testing.T) {
	h := exchangetest.Small(t)
	ctx, as := context.Background(), exchangetest.Actors()
	draft := exchangetest.Lathe()
	draft.Company = exchangetest.Company
	if _, err := h.SavePost(ctx, as["school"], draft); !errors.Is(err, partnership.ErrForbidden) {
		t.Fatalf("before the delegation: %v, want ErrForbidden", err)
	}
	forged := draft
	forged.DelegatedTo = exchangetest.School
	if _, err := h.SavePost(ctx, as["school"], forged); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("a draft that names itself delegated: %v, want ErrForbidden", err)
	}
	if _, err := h.Delegate(ctx, as["school"], exchangetest.School, true); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("a school delegates to itself: %v, want ErrForbidden", err)
	}
	if _, err := h.Delegate(ctx, as["company"], "none", true); err == nil {
		t.Error("delegated to no school")
	}
	d, err := h.Delegate(ctx, as["company"], exchangetest.School, true)
	if err != nil || !d.Active {
		t.Fatalf("Delegate = %+v, %v", d, err)
	}
	p, err := h.SavePost(ctx, as["school"], draft)
	if err != nil || p.DelegatedTo != exchangetest.School || p.DelegateName == "" || p.Company != exchangetest.Company {
		t.Fatalf("posted: %+v, %v", p, err)
	}
	draft.Company = exchangetest.Company2
	if _, err := h.SavePost(ctx, as["school"], draft); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("for a company that did not: %v, want ErrForbidden", err)
	}
	draft.Company = exchangetest.Company
	if _, err := h.SavePost(ctx, as["school2"], draft); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("by another school: %v, want ErrForbidden", err)
	}
	if _, err := h.ActPost(ctx, as["school"], p.ID, "submit", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Delegate(ctx, as["company"], exchangetest.School, false); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Post(ctx, as["school"], p.ID); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("a post under review, after the delegation ended: %v, want ErrNotFound", err)
	}
	p.Title = "改名"
	if _, err := h.SavePost(ctx, as["school"], p); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("changed after the delegation ended: %v, want ErrNotFound", err)
	}
	view, err := h.Post(ctx, as["company"], p.ID)
	if err != nil || view.Post.DelegatedTo != "" || !view.CanEdit {
		t.Fatalf("the company's view: %+v, %v", view.Post, err)
	}
	if last := view.Post.Steps[len(view.Post.Steps)-1]; last.Why == "" {
		t.Error("the post does not tell that the delegation ended")
	}
	if _, err := h.Delegate(ctx, as["company"], exchangetest.School, false); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("taken back twice: %v, want ErrConflict", err)
	}
}

// A crash between the end of a delegation and the posts leaves no right behind.
func TestDelegate_EndCountsBeforeThePostsKnow(t *testing.T) {
	h := exchangetest.Small(t)
	ctx, as := context.Background(), exchangetest.Actors()
	if _, err := h.Delegate(ctx, as["company"], exchangetest.School, true); err != nil {
		t.Fatal(err)
	}
	draft := exchangetest.Lathe()
	draft.Company = exchangetest.Company
	p, err := h.SavePost(ctx, as["school"], draft)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.EndDelegationOnly(ctx, exchangetest.School, exchangetest.Company); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ActPost(ctx, as["school"], p.ID, "submit", ""); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("ActPost = %v, want ErrNotFound", err)
	}
}
