package exchange_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

const (
	cnc, care     = "660103", "770101" // 数控技术应用, 幼儿保育
	lathe, kitchn = "6-18-01-01", "4-03-02-01"
)

func linkOf(p partnership.Post, major string) (partnership.MajorLink, bool) {
	at := slices.IndexFunc(p.Links, func(l partnership.MajorLink) bool { return l.Code == major })
	if at < 0 {
		return partnership.MajorLink{}, false
	}
	return p.Links[at], true
}

func invalid(t *testing.T, err error, field string) {
	t.Helper()
	var bad partnership.Invalid
	if !errors.As(err, &bad) || len(bad[field]) == 0 {
		t.Errorf("error = %v, want a sentence against %s", err, field)
	}
}

func TestCorrectPost_Occupation(t *testing.T) {
	h := exchangetest.Small(t)
	c, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("2024级数控1班", 30))
	if err != nil {
		t.Fatal(err)
	}
	p := h.Open(t, exchangetest.Lathe())
	say := func(who, code, why string) (partnership.Post, error) {
		return h.CorrectPost(ctx, as[who], p.ID, exchange.Said{Field: partnership.SaidOccupation, Code: code, Why: why})
	}
	t.Run("a school may not, and another company knows of nothing", func(t *testing.T) {
		_, err := say("school", lathe, "")
		kindIs(t, err, partnership.ErrForbidden)
		_, err = say("company2", lathe, "")
		kindIs(t, err, partnership.ErrNotFound)
	})
	t.Run("what is no occupation is refused", func(t *testing.T) {
		_, err := say("company", "9-99-99-99", "因为")
		invalid(t, err, "occupation")
		_, err = say("company", "6-00-00-00", "因为")
		invalid(t, err, "occupation")
	})
	t.Run("another one needs a reason", func(t *testing.T) {
		_, err := say("company", kitchn, " ")
		invalid(t, err, "why")
	})
	if p, err = say("company", lathe, ""); err != nil {
		t.Fatalf("confirming the suggestion: %v", err)
	}
	if g := p.Guesses[0]; !g.Said || g.Code != lathe || p.Occupation != lathe || !strings.Contains(g.Why[0], "企业甲") {
		t.Errorf("after confirming: %+v", p.Guesses)
	}
	if p, err = say("company", kitchn, "其实是食堂岗位"); err != nil {
		t.Fatal(err)
	}
	if _, ok := linkOf(p, cnc); ok || p.AlignedOcc != kitchn {
		t.Errorf("a kitchen post still leads to 数控: %+v", p.Links)
	}
	if v, err := h.Cohort(ctx, as["school"], c.ID); err != nil || len(v.Matches) != 0 {
		t.Errorf("the cohort keeps the match of the old occupation: %+v (%v)", v.Matches, err)
	}
	t.Run("it survives settling, an edit of the post and a new index", func(t *testing.T) {
		edited := p
		edited.Slots = 7
		if p, err = h.SavePost(ctx, as["company"], edited); err != nil {
			t.Fatal(err)
		}
		if err := h.Reindex(ctx); err != nil {
			t.Fatal(err)
		}
		if p.AlignedOcc != kitchn || len(p.Corrections) != 2 || p.Corrections[1].Why != "其实是食堂岗位" || p.Corrections[1].Of != p.Title {
			t.Errorf("after all that: %s, %+v", p.AlignedOcc, p.Corrections)
		}
		r, err := h.Search(ctx, as["district"], search.Query{Kinds: []string{exchange.KindPost}, Filters: map[string][]string{exchange.OccupationField: {kitchn}}})
		if err != nil || r.Total != 1 {
			t.Errorf("%d posts of the occupation in the index (%v), want 1", r.Total, err)
		}
	})
	t.Run("the district's word is the district's to change", func(t *testing.T) {
		if _, err := say("district", lathe, "现场核实是车工"); err != nil {
			t.Fatal(err)
		}
		_, err := say("company", kitchn, "不同意")
		kindIs(t, err, partnership.ErrForbidden)
		v, err := h.Post(ctx, as["company"], p.ID)
		if err != nil {
			t.Fatal(err)
		}
		draft := v.Post
		draft.Occupation = ""
		_, err = h.SavePost(ctx, as["company"], draft)
		invalid(t, err, "occupation")
		if p, err = say("district", "", ""); err != nil || p.Occupation != "" || p.Guesses[0].Said {
			t.Errorf("taken back: %q %+v (%v)", p.Occupation, p.Guesses, err)
		}
	})
}

func TestCorrectPost_Major(t *testing.T) {
	h := exchangetest.Small(t)
	c, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("2024级数控1班", 30))
	if err != nil {
		t.Fatal(err)
	}
	p := h.Open(t, exchangetest.Lathe())
	say := func(who, major, level, why string) error {
		t.Helper()
		got, err := h.CorrectPost(ctx, as[who], p.ID, exchange.Said{Field: partnership.SaidMajor, Code: major, Level: level, Why: why})
		if err == nil {
			p = got
		}
		return err
	}
	invalid(t, say("company", cnc, "unrelated", ""), "why")
	invalid(t, say("company", cnc, "rather", "因为"), "level")
	invalid(t, say("company", "669999", "exact", "因为"), "major")
	if err := say("company", cnc, "unrelated", "只招机修"); err != nil {
		t.Fatal(err)
	}
	if _, ok := linkOf(p, cnc); ok || len(p.Unlinked) != 1 || !strings.Contains(p.Unlinked[0].Path[0], "只招机修") {
		t.Errorf("refused major: links %+v, unlinked %+v", p.Links, p.Unlinked)
	}
	if v, _ := h.Cohort(ctx, as["school"], c.ID); len(v.Matches) != 0 {
		t.Errorf("the cohort still matches: %+v", v.Matches)
	}
	if err := say("company", care, "near", "带幼儿参观车间的讲解"); err != nil {
		t.Fatal(err)
	}
	if l, ok := linkOf(p, care); !ok || l.Level != "near" || !l.Said {
		t.Errorf("added major: %+v", p.Links)
	}
	if err := say("company", cnc, "", ""); err != nil {
		t.Fatal(err)
	}
	if l, ok := linkOf(p, cnc); !ok || l.Level != "exact" || l.Said {
		t.Errorf("taken back: %+v", p.Links)
	}
	if v, _ := h.Cohort(ctx, as["school"], c.ID); len(v.Matches) != 1 {
		t.Errorf("matches after taking back: %+v", v.Matches)
	}
	if p.AlignedBy != h.Catalogue.Version() {
		t.Errorf("tables named = %q", p.AlignedBy)
	}
}

func TestRulings(t *testing.T) {
	h := exchangetest.Small(t)
	p := h.Open(t, exchangetest.Lathe())
	pair := exchange.Pair{Major: cnc, Occupation: lathe}
	links := func() []partnership.MajorLink {
		t.Helper()
		v, err := h.Post(ctx, as["company"], p.ID)
		if err != nil || v.Post.Unsettled {
			t.Fatalf("post unsettled %v (%v)", v.Post.Unsettled, err)
		}
		return v.Post.Links
	}
	outcome := partnership.Outcome{School: exchangetest.School, Year: 2025, Category: "装备制造大类", Major: cnc, Student: "1", Direction: partnership.Employed, Occ: lathe, Aligned: "exact"}
	outcome.ID = "outcome-1"
	if err := h.Load(ctx, partnership.Bundle{Outcomes: []partnership.Outcome{outcome}}); err != nil {
		t.Fatal(err)
	}

	_, _, err := h.Rule(ctx, as["school"], pair, "near", "因为")
	kindIs(t, err, partnership.ErrForbidden)
	_, _, err = h.Rule(ctx, as["district"], pair, "unrelated", "")
	invalid(t, err, "why")
	_, _, err = h.Rule(ctx, as["district"], exchange.Pair{Major: "1", Occupation: "6-00-00-00"}, "near", "因为")
	invalid(t, err, "major")
	invalid(t, err, "occupation")

	if _, err := h.AskRuling(ctx, as["school"], pair, "near", "设备差别大", p.ID); err != nil {
		t.Fatal(err)
	}
	all, err := h.Rulings(ctx, as["district"])
	if err != nil || len(all) != 1 || all[0].Waiting != 1 || all[0].InForce() || all[0].Posts != 1 {
		t.Fatalf("after a request: %+v (%v)", all, err)
	}
	if mine, _ := h.Rulings(ctx, as["school2"]); len(mine) != 0 {
		t.Errorf("another school sees the request: %+v", mine)
	}
	r, n, err := h.Rule(ctx, as["district"], pair, "unrelated", "本区车床岗位不用数控")
	if err != nil || n != 2 || r.Waiting != 0 || r.Computed != "exact" || r.Unsettled {
		t.Fatalf("ruling: %+v touches %d (%v)", r, n, err)
	}
	if _, ok := linkOf(partnership.Post{Links: links()}, cnc); ok {
		t.Errorf("after the ruling the post still leads to the major: %+v", links())
	}
	_, err = h.CorrectPost(ctx, as["company"], p.ID, exchange.Said{Field: partnership.SaidMajor, Code: cnc, Level: "exact", Why: "我们要"})
	kindIs(t, err, partnership.ErrForbidden)
	o, err := store.Open[partnership.Outcome](store.New(h.Backend, h.Clock.Now), store.Spec{Name: "outcomes"}).Get(ctx, "outcome-1")
	if err != nil || o.Aligned != "unrelated" || o.Ruled != "ruling" || o.AlignedBy == "" || !strings.Contains(strings.Join(o.AlignWhy, ""), "不用数控") {
		t.Errorf("outcome after the ruling: %+v (%v)", o, err)
	}

	t.Run("another node follows before it settles anything", func(t *testing.T) {
		other := h.Again(t)
		saved, err := other.SavePost(ctx, as["company"], exchangetest.Lathe())
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := linkOf(saved, cnc); ok || len(saved.Unlinked) != 1 {
			t.Errorf("a post saved on the other node: links %+v, unlinked %+v", saved.Links, saved.Unlinked)
		}
	})
	t.Run("withdrawn, the tables count again", func(t *testing.T) {
		_, _, err := h.WithdrawRuling(ctx, as["district"], pair, "")
		invalid(t, err, "why")
		if r, _, err = h.WithdrawRuling(ctx, as["district"], pair, "依据有误"); err != nil || len(r.Steps) != 2 {
			t.Fatalf("withdraw: %+v (%v)", r, err)
		}
		if l, ok := linkOf(partnership.Post{Links: links()}, cnc); !ok || l.Level != "exact" {
			t.Errorf("links after the withdrawal: %+v", links())
		}
		_, _, err = h.WithdrawRuling(ctx, as["district"], pair, "再撤")
		kindIs(t, err, partnership.ErrConflict)
	})
}

// A ruling that was stored when the process died is applied by the job.
func TestRulings_AppliedAfterACrash(t *testing.T) {
	h := exchangetest.Small(t)
	p := h.Open(t, exchangetest.Lathe())
	r := partnership.Ruling{Major: cnc, MajorName: "数控技术应用", Occ: lathe, OccName: "车工", Level: "near", Name: "区教委", Why: "核实", At: 1, Unsettled: true}
	r.ID = partnership.RulingID(cnc, lathe)
	if err := store.Open[partnership.Ruling](store.New(h.Backend, h.Clock.Now), store.Spec{Name: "rulings"}).Insert(ctx, &r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{2, 0} { // the post found and the post settled; then nothing
		if n, err := h.SettleAll(ctx); err != nil || n != want {
			t.Fatalf("SettleAll = %d, %v; want %d", n, err, want)
		}
	}
	v, err := h.Post(ctx, as["company"], p.ID)
	if l, ok := linkOf(v.Post, cnc); err != nil || !ok || l.Level != "near" || !l.Said {
		t.Errorf("links = %+v (%v), want near by ruling", v.Post.Links, err)
	}
}

func TestCorrectOutcome(t *testing.T) {
	h := exchangetest.Small(t)
	row := func(id, occ string) partnership.Outcome {
		o := partnership.Outcome{School: exchangetest.School, Year: 2025, Category: "装备制造大类", Major: cnc, Student: id, Direction: partnership.Employed, Occ: occ, Aligned: "unrelated"}
		o.ID = id
		return o
	}
	ledger := partnership.Outcome{School: exchangetest.School, Year: 2025, Ledger: &partnership.Ledger{}}
	ledger.ID = "ledger"
	if err := h.Load(ctx, partnership.Bundle{Outcomes: []partnership.Outcome{row("a", kitchn), row("b", kitchn), ledger}}); err != nil {
		t.Fatal(err)
	}
	say := func(who, id, field, code, level, why string) (partnership.Outcome, error) {
		return h.CorrectOutcome(ctx, as[who], id, exchange.Said{Field: field, Code: code, Level: level, Why: why})
	}
	_, err := say("school2", "a", partnership.SaidLevel, "", "exact", "是")
	kindIs(t, err, partnership.ErrNotFound)
	_, err = say("company", "a", partnership.SaidLevel, "", "exact", "是")
	kindIs(t, err, partnership.ErrNotFound)
	_, err = say("district", "ledger", partnership.SaidLevel, "", "exact", "是")
	kindIs(t, err, partnership.ErrConflict)
	_, err = say("school", "a", partnership.SaidLevel, "", "exact", "")
	invalid(t, err, "why")

	o, err := say("school", "a", partnership.SaidLevel, "", "near", "在食堂维修设备")
	if err != nil || o.Aligned != "near" || o.Ruled != "correction" || len(o.Corrections) != 1 {
		t.Fatalf("corrected: %+v (%v)", o, err)
	}
	if _, _, err := h.Rule(ctx, as["district"], exchange.Pair{Major: cnc, Occupation: kitchn}, "unrelated", "餐饮与数控无关"); err != nil {
		t.Fatal(err)
	}
	if o, err = say("district", "a", partnership.SaidOccupation, lathe, "", "回访核实"); err != nil || o.Occ != lathe || o.Aligned != "near" {
		t.Errorf("occupation corrected: %+v (%v); the school's word on the level stays", o, err)
	}
	_, err = say("school", "b", partnership.SaidLevel, "", "exact", "是")
	kindIs(t, err, partnership.ErrForbidden)
	if o, err = say("district", "b", partnership.SaidLevel, "", "exact", "个案"); err != nil || o.Aligned != "exact" {
		t.Errorf("the district's word on one outcome beats its ruling: %+v (%v)", o, err)
	}
}
