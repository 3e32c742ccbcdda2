package exchange_test

import (
	"strings"
	"testing"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// What a rule finds today stands on the post tomorrow, although nobody saved it again.
func TestRecheckRules(t *testing.T) {
	h, post, offers := market(t, 3, 4)
	if words, err := h.RecheckRules(ctx); err != nil || words != "" {
		t.Fatalf("nothing has changed: %q (%v)", words, err)
	}
	posts := store.Open[partnership.Post](store.New(h.Backend, h.Clock.Now), store.Spec{Name: "posts"})
	hours := func(n float64) { // as if a stricter rule had begun
		t.Helper()
		if _, err := posts.Edit(ctx, post.ID, func(p *partnership.Post) error { p.HoursPerDay = n; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	hours(11)
	words, err := h.RecheckRules(ctx)
	if err != nil || !strings.Contains(words, "岗位新增不符 ") {
		t.Fatalf("eleven hours a day: %q (%v)", words, err)
	}
	v, err := h.Post(ctx, as["company"], post.ID)
	if err != nil || len(standingOf(v.Post.Findings)) == 0 {
		t.Errorf("the post shows %+v (%v)", v.Post.Findings, err)
	}
	if words, err = h.RecheckRules(ctx); err != nil || words != "" {
		t.Errorf("again: %q (%v)", words, err)
	}
	hours(post.HoursPerDay)
	if words, err = h.RecheckRules(ctx); err != nil || !strings.Contains(words, "已解决 ") {
		t.Errorf("mended: %q (%v)", words, err)
	}

	t.Run("a placement whose insurance is short", func(t *testing.T) {
		p := name(t, h, "school", offers["school"])[0]
		act(t, h, "school", p.ID, "accept", "")
		sign(t, h, p.ID, partnership.SignSchool, partnership.SignCompany, partnership.SignStudent, partnership.ConsentSelf, partnership.ConsentGuard)
		if words, err := h.RecheckRules(ctx); err != nil || !strings.Contains(words, "1 人的安置缺材料或不符合规定") {
			t.Errorf("%q (%v)", words, err)
		}
	})
}

func standingOf(findings []partnership.Finding) (out []partnership.Finding) {
	for _, f := range findings {
		if f.Severity != "warning" {
			out = append(out, f)
		}
	}
	return out
}
