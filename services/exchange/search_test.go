package exchange_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// While the index is not whole the store answers: the same records, the same counts, the
// same secrets.
func TestSearch_StoreAnswersWhileTheIndexCatchesUp(t *testing.T) {
	h := exchangetest.Small(t)
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("2024级数控1班", 30)); err != nil {
		t.Fatal(err)
	}
	cheap := exchangetest.Lathe()
	cheap.Title, cheap.PayFen, cheap.Lodging = "数控车工学徒", 2000_00, false
	h.Open(t, exchangetest.Lathe())
	h.Open(t, cheap)
	draft, err := h.SavePost(ctx, as["company"], exchangetest.Lathe())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Reindex(ctx); err != nil { // the companies, which were loaded
		t.Fatal(err)
	}
	late := h.Again(t) // another node that has not built its index yet
	near := &search.Near{Point: search.Point{Lng: 105.6, Lat: 29.4}, KM: 5}
	for _, tc := range []struct {
		name string
		who  string
		q    search.Query
	}{
		{"everything a school may see", "school", search.Query{Facets: []string{search.KindField}}},
		{"words", "school", search.Query{Text: "数控 学徒", Kinds: []string{exchange.KindPost}}},
		{"its own draft too", "company", search.Query{Kinds: []string{exchange.KindPost}, Facets: []string{exchange.StateField}}},
		{"a filter whose group is counted", "school", search.Query{Kinds: []string{exchange.KindPost}, Filters: map[string][]string{exchange.LodgingField: {"yes"}}, Facets: []string{exchange.LodgingField, exchange.RegionField}}},
		{"pay", "school", search.Query{Kinds: []string{exchange.KindPost}, PayMin: 3000, Sort: search.SortPay}},
		{"no more than a pay", "school", search.Query{Kinds: []string{exchange.KindPost}, PayMax: 2500}},
		{"distance", "school", search.Query{Kinds: []string{exchange.KindPost}, Near: near, Sort: search.SortDistance}},
		{"nothing", "school", search.Query{Text: "天体物理", Kinds: []string{exchange.KindPost}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want, err := h.Search(ctx, as[tc.who], tc.q)
			if err != nil || want.CatchingUp {
				t.Fatalf("index: %+v (%v)", want, err)
			}
			got, err := late.Search(ctx, as[tc.who], tc.q)
			if err != nil || !got.CatchingUp {
				t.Fatalf("store: catching up %v (%v)", got.CatchingUp, err)
			}
			if a, b := ids(want.Hits), ids(got.Hits); got.Total != want.Total || !slices.Equal(a, b) {
				t.Errorf("store finds %d %v, index %d %v", got.Total, b, want.Total, a)
			}
			for f, counts := range want.Facets {
				if !slices.Equal(counts, got.Facets[f]) {
					t.Errorf("%s: store counts %v, index %v", f, got.Facets[f], counts)
				}
			}
		})
	}
	if r, _ := late.Search(ctx, as["school2"], search.Query{Kinds: []string{exchange.KindPost}}); slices.Contains(ids(r.Hits), draft.ID) {
		t.Error("the store shows a school a draft")
	}
	if err := late.Reindex(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err := late.Search(ctx, as["school"], search.Query{Text: "skcg", Kinds: []string{exchange.KindPost}}); err != nil || r.CatchingUp || r.Total != 2 {
		t.Errorf("after the rebuild: %d by initials, catching up %v (%v)", r.Total, r.CatchingUp, err)
	}
}

func ids(hits []search.Hit) []string {
	out := make([]string, len(hits))
	for i, h := range hits {
		out[i] = h.ID
	}
	slices.Sort(out)
	return out
}

// A base that is open to others is for all to find; any other for its owner, schools and
// the district, in the list, in search, by id and while typing alike.
func TestBases_OneRuleOfWhoSees(t *testing.T) {
	h := exchangetest.Small(t)
	base := func(id, owner string, open bool) partnership.TrainingBase {
		b := partnership.TrainingBase{Name: "精密加工基地" + id, Owner: owner, OwnerName: owner, Kind: "校外", Level: "校级", OpenToOthers: open, Region: "500153"}
		b.ID = id
		return b
	}
	if err := h.Load(ctx, partnership.Bundle{Bases: []partnership.TrainingBase{base("own", exchangetest.Company, false), base("other", exchangetest.Company2, false), base("shared", exchangetest.Company2, true)}}); err != nil {
		t.Fatal(err)
	}
	if err := h.Reindex(ctx); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string][]string{"company": {"own", "shared"}, "company2": {"other", "shared"}, "school": {"other", "own", "shared"}, "district": {"other", "own", "shared"}} {
		r, err := h.Search(ctx, as[who], search.Query{Kinds: []string{exchange.KindBase}})
		if err != nil || !slices.Equal(ids(r.Hits), want) {
			t.Errorf("%s finds %v (%v), want %v", who, ids(r.Hits), err, want)
		}
		list, _, err := h.Bases(ctx, as[who], exchange.List{})
		if err != nil || len(list) != len(want) {
			t.Errorf("%s lists %d (%v), want %v", who, len(list), err, want)
		}
		byID, err := h.BasesByID(ctx, as[who], []string{"shared", "other", "own", "none"})
		if err != nil || len(byID) != len(want) || byID[0].ID != "shared" {
			t.Errorf("%s reads %v (%v), want %v in the order asked", who, byID, err, want)
		}
		s, err := h.Complete(ctx, as[who], "精密", []string{exchange.KindBase}, 5)
		if err != nil || len(s) != len(want) {
			t.Errorf("%s is offered %v (%v), want %v", who, s, err, want)
		}
	}
}

func TestMissed_CountedByRoleAndDealtWith(t *testing.T) {
	h := exchangetest.Small(t)
	ask := func(who, text string, q search.Query) {
		t.Helper()
		q.Text = text
		if _, err := h.Search(ctx, as[who], q); err != nil {
			t.Fatal(err)
		}
	}
	posts := search.Query{Kinds: []string{exchange.KindPost}}
	ask("school", "天体物理", posts)
	ask("school2", " 天体物理", posts)
	ask("company", "天体物理", posts)
	ask("school", "13800138000", posts)
	deep := posts
	deep.Offset = 20
	ask("school", "天体物理", deep)
	if _, err := h.Peek(ctx, as["school"], search.Query{Text: "天体物"}); err != nil {
		t.Fatal(err)
	}
	_, err := h.Missed(ctx, as["school"])
	kindIs(t, err, partnership.ErrForbidden)
	all, err := h.Missed(ctx, as["district"])
	if err != nil || len(all) != 1 || all[0].Times != 3 || all[0].Schools != 2 || all[0].Companies != 1 || all[0].Now != 0 {
		t.Fatalf("missed = %+v (%v), want one text three times, and no phone number", all, err)
	}
	invalid(t, h.DoneMissed(ctx, as["district"], all[0].ID, ""), "how")
	kindIs(t, h.DoneMissed(ctx, as["school"], all[0].ID, "已开设"), partnership.ErrForbidden)
	if err := h.DoneMissed(ctx, as["district"], all[0].ID, "已请企业开设岗位"); err != nil {
		t.Fatal(err)
	}
	if all, _ = h.Missed(ctx, as["district"]); len(all) != 0 {
		t.Errorf("dealt with, but still listed: %+v", all)
	}
	half := search.Query{}
	half.Text = "数控车工 天体物理"
	if r, err := h.Search(ctx, as["school"], half); err != nil || r.Total == 0 || r.Whole != 0 {
		t.Fatalf("数控车工 天体物理 finds %d, %d of them whole (%v), want some that are only near", r.Total, r.Whole, err)
	}
	if all, _ = h.Missed(ctx, as["district"]); len(all) != 1 || all[0].Text != "数控车工 天体物理" || all[0].Now != 0 {
		t.Errorf("found with half of its words only: %+v, want it counted", all)
	}
	if err := h.DoneMissed(ctx, as["district"], all[0].ID, "已请企业开设岗位"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Search(ctx, as["school"], search.Query{Text: "数控"}); err != nil {
		t.Fatal(err)
	}
	ask("school", "天体物理", posts)
	if all, _ = h.Missed(ctx, as["district"]); len(all) != 1 || all[0].Times != 4 || len(all[0].Answers) != 1 {
		t.Errorf("asked again: %+v", all)
	}
}

func TestSearches_RememberedAndSaved(t *testing.T) {
	h := exchangetest.Small(t)
	for _, text := range []string{"车工", "护理", " 车工 ", "510226199001011234"} {
		if err := h.Remember(ctx, as["school"], text); err != nil {
			t.Fatal(err)
		}
	}
	s, err := h.Searches(ctx, as["school"])
	if err != nil || len(s.Recent) != 2 || s.Recent[0].Text != "车工" || s.Recent[1].Text != "护理" {
		t.Errorf("recent = %+v (%v), want 车工, 护理 and no ID number", s.Recent, err)
	}
	rev := s.Rev
	if err := h.Remember(ctx, as["school"], "车工"); err != nil {
		t.Fatal(err)
	}
	if s, _ = h.Searches(ctx, as["school"]); s.Rev != rev {
		t.Error("asking the same again writes")
	}
	if other, err := h.Searches(ctx, as["school2"]); err != nil || len(other.Recent) != 0 {
		t.Errorf("another account sees %+v (%v)", other, err)
	}
	if err := h.ForgetRecent(ctx, as["school"]); err != nil {
		t.Fatal(err)
	}
	invalid(t, h.SaveSearch(ctx, as["school"], " ", "/posts?q=车工"), "name")
	invalid(t, h.SaveSearch(ctx, as["school"], "车工", "//elsewhere"), "path")
	for _, path := range []string{"/posts?q=车工", "/posts?q=数控车工"} { // the second replaces the first
		if err := h.SaveSearch(ctx, as["school"], "车工", path); err != nil {
			t.Fatal(err)
		}
	}
	if s, _ = h.Searches(ctx, as["school"]); len(s.Saved) != 1 || len(s.Recent) != 0 || s.Saved[0].Path != "/posts?q=数控车工" {
		t.Fatalf("saved = %+v", s)
	}
	h.Clock.Move(time.Minute)
	p := h.Open(t, exchangetest.Lathe())
	q := search.Query{Text: "数控车工", Kinds: []string{exchange.KindPost}}
	if n, err := h.NewSince(ctx, as["school"], q, s.Saved[0].Seen); err != nil || n != 1 {
		t.Errorf("new since saved = %d (%v), want the post", n, err)
	}
	h.Clock.Move(time.Minute)
	if _, err := h.LookAt(ctx, as["school"], s.Saved[0].Key); err != nil {
		t.Fatal(err)
	}
	s, _ = h.Searches(ctx, as["school"])
	if n, err := h.NewSince(ctx, as["school"], q, s.Saved[0].Seen); err != nil || n != 0 {
		t.Errorf("new after a look = %d (%v), want none", n, err)
	}
	kindIs(t, h.DropSearch(ctx, as["school2"], s.Saved[0].Key), partnership.ErrNotFound)
	if err := h.DropSearch(ctx, as["school"], s.Saved[0].Key); err != nil {
		t.Fatal(err)
	}
	_, err = h.LookAt(ctx, as["school"], s.Saved[0].Key)
	kindIs(t, err, partnership.ErrNotFound)

	t.Run("what was closed since is not shown, whatever the index says", func(t *testing.T) {
		r, err := h.Search(ctx, as["school"], q)
		if err != nil || r.Total != 1 {
			t.Fatalf("%+v (%v)", r, err)
		}
		if _, err := h.ActPost(ctx, as["company"], p.ID, "close", ""); err != nil {
			t.Fatal(err)
		}
		if left, err := h.Visible(ctx, as["school"], r.Hits); err != nil || len(left) != 0 {
			t.Errorf("visible = %+v (%v)", left, err)
		}
	})
}

func TestOrigins_OwnPlaceFirst(t *testing.T) {
	h := exchangetest.Small(t)
	for who, want := range map[string]string{"school2": exchangetest.School2, "company": exchangetest.Company, "district": exchangetest.School} {
		all, err := h.Origins(ctx, as[who])
		if err != nil || len(all) < 3 || all[0].Key != want {
			t.Errorf("%s measures from %+v (%v), want %s first", who, all, err, want)
		}
	}
}

// The demo's index passes the platform's own relevance script, with the trade's synonyms; without
// them it is refused, the reconcile job says so, and the old index goes on answering.
func TestReindex_RelevanceScript(t *testing.T) {
	h := exchangetest.Demo(t)
	cfg := exchange.IndexConfig(h.Catalogue)
	if len(cfg.Checks) < 15 {
		t.Fatalf("%d checks", len(cfg.Checks))
	}
	dir := t.TempDir()
	open := func(cfg search.Config) (*search.Index, *exchange.Exchange) {
		ix, err := search.Open(dir, cfg)
		if err != nil {
			t.Fatal(err)
		}
		kept := store.New(h.Backend, h.Clock.Now)
		if _, err := kept.KeepTrail(bytes.Repeat([]byte{7}, 32)); err != nil {
			t.Fatal(err)
		}
		return ix, exchange.New(exchange.Config{Store: kept, Index: ix, Catalogue: h.Catalogue, Now: h.Clock.Now, Log: slog.New(slog.DiscardHandler)})
	}
	ix, x := open(cfg)
	for range 2 { // the first is not kept out, the second has to pass
		if err := x.Reindex(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	bare := cfg
	bare.Synonyms, bare.Aliases, bare.Mapping = nil, nil, "bare"
	ix, x = open(bare)
	defer ix.Close()
	var refused *search.Refused
	if _, err := x.Reconcile(ctx); !errors.As(err, &refused) || !strings.Contains(err.Error(), "没有换用") {
		t.Errorf("an index without synonyms is taken: %v", err)
	}
	if r, err := x.Search(ctx, as["district"], search.Query{Text: "护理", Kinds: []string{exchange.KindPost}}); err != nil || r.CatchingUp || r.Total == 0 {
		t.Errorf("the old index does not answer: %d, %v (%v)", r.Total, r.CatchingUp, err)
	}
	if !x.NeedsReindex() {
		t.Error("the refused rebuild is forgotten")
	}
}
