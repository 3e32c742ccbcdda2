package exchange_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

var (
	ctx = context.Background()
	as  = exchangetest.Actors()
)

func kindIs(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error = %v, want kind %v", err, want)
	}
}

func TestPost_FromDraftToOpen(t *testing.T) {
	h := exchangetest.Small(t)
	p, err := h.SavePost(ctx, as["company"], exchangetest.Lathe())
	if err != nil {
		t.Fatal(err)
	}
	if p.State != partnership.PostDraft || p.Company != exchangetest.Company || p.Unsettled {
		t.Fatalf("saved post: state %s, company %s, unsettled %v", p.State, p.Company, p.Unsettled)
	}
	if len(p.Guesses) == 0 || p.Guesses[0].Code != "6-18-01-01" {
		t.Errorf("occupations of 数控车工 = %+v, want 6-18-01-01 first", p.Guesses)
	}
	if !slices.ContainsFunc(p.Links, func(l partnership.MajorLink) bool { return l.Code == "660103" && l.Level == "exact" }) {
		t.Errorf("majors of 数控车工 = %+v, want 660103 exact", p.Links)
	}

	t.Run("a draft is not found by schools and other companies", func(t *testing.T) {
		for _, who := range []string{"school", "school2", "company2"} {
			_, err := h.Post(ctx, as[who], p.ID)
			kindIs(t, err, partnership.ErrNotFound)
			r, err := h.Search(ctx, as[who], search.Query{Text: "数控车工", Kinds: []string{exchange.KindPost}})
			if err != nil || r.Total != 0 {
				t.Errorf("%s finds %d drafts (%v)", who, r.Total, err)
			}
			s, err := h.Complete(ctx, as[who], "数控", nil, 5)
			if err != nil || slices.ContainsFunc(s, func(s search.Suggestion) bool { return s.ID == p.ID }) {
				t.Errorf("%s is offered the draft while typing: %v (%v)", who, s, err)
			}
		}
	})
	t.Run("only its company submits it", func(t *testing.T) {
		_, err := h.ActPost(ctx, as["district"], p.ID, "submit", "")
		kindIs(t, err, partnership.ErrConflict)
		_, err = h.ActPost(ctx, as["company2"], p.ID, "submit", "")
		kindIs(t, err, partnership.ErrNotFound)
	})
	if p, err = h.ActPost(ctx, as["company"], p.ID, "submit", ""); err != nil {
		t.Fatal(err)
	}
	t.Run("returning needs a reason", func(t *testing.T) {
		_, err := h.ActPost(ctx, as["district"], p.ID, "return", " ")
		var bad partnership.Invalid
		if !errors.As(err, &bad) || bad["why"] == nil {
			t.Errorf("return without reason: %v", err)
		}
	})
	if p, err = h.ActPost(ctx, as["district"], p.ID, "publish", ""); err != nil {
		t.Fatal(err)
	}
	if p.State != partnership.PostOpen || len(p.Steps) != 2 {
		t.Errorf("published post: state %s, steps %v", p.State, p.Steps)
	}
	r, err := h.Search(ctx, as["school"], search.Query{Text: "数控车工", Kinds: []string{exchange.KindPost}})
	if err != nil || r.Total != 1 || r.Hits[0].ID != p.ID {
		t.Errorf("school finds %+v (%v), want the open post", r.Hits, err)
	}
	t.Run("another company's draft of the same title does not hide it", func(t *testing.T) {
		if _, err := h.SavePost(ctx, as["company2"], exchangetest.Lathe()); err != nil {
			t.Fatal(err)
		}
		s, err := h.Complete(ctx, as["school"], "数控", []string{exchange.KindPost}, 5)
		if err != nil || len(s) != 1 || s[0].ID != p.ID || s[0].Count != 1 {
			t.Errorf("while typing the school is offered %+v (%v), want the open post, once", s, err)
		}
	})
}

func TestSavePost_Refuses(t *testing.T) {
	h := exchangetest.Small(t)
	for _, tc := range []struct {
		name, field string
		spoil       func(*partnership.Post)
	}{
		{"no title", "title", func(p *partnership.Post) { p.Title = " " }},
		{"no slots", "slots", func(p *partnership.Post) { p.Slots = 0 }},
		{"ends before it begins", "to", func(p *partnership.Post) { p.To = "2027-02-01" }},
		{"unknown major", "majors", func(p *partnership.Post) { p.Majors = []string{"669999"} }},
		{"unknown occupation", "occupation", func(p *partnership.Post) { p.Occupation = "9-99-99-99" }},
		{"unknown place", "region", func(p *partnership.Post) { p.Region = "999999" }},
		{"closes after its end", "closes_on", func(p *partnership.Post) { p.ClosesOn = "2028-01-01" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			draft := exchangetest.Lathe()
			tc.spoil(&draft)
			_, err := h.SavePost(ctx, as["company"], draft)
			var bad partnership.Invalid
			if !errors.As(err, &bad) || len(bad[tc.field]) == 0 {
				t.Errorf("SavePost = %v, want a sentence against %s", err, tc.field)
			}
		})
	}
	t.Run("a school may not list a company's post", func(t *testing.T) {
		draft := exchangetest.Lathe()
		draft.Company = exchangetest.Company
		_, err := h.SavePost(ctx, as["school"], draft)
		kindIs(t, err, partnership.ErrForbidden)
	})
	t.Run("an old revision loses", func(t *testing.T) {
		p, err := h.SavePost(ctx, as["company"], exchangetest.Lathe())
		if err != nil {
			t.Fatal(err)
		}
		stale := p
		p.Slots = 9
		if _, err := h.SavePost(ctx, as["company"], p); err != nil {
			t.Fatal(err)
		}
		_, err = h.SavePost(ctx, as["company"], stale)
		kindIs(t, err, partnership.ErrConflict)
	})
}

func TestSettle_MatchesBothWays(t *testing.T) {
	h := exchangetest.Small(t)
	c, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("2024级数控1班", 30))
	if err != nil {
		t.Fatal(err)
	}
	p := h.Open(t, exchangetest.Lathe())
	view, err := h.Post(ctx, as["district"], p.ID)
	if err != nil || len(view.Matches) != 1 || view.Matches[0].Cohort != c.ID {
		t.Fatalf("matches of the post = %+v (%v), want the cohort", view.Matches, err)
	}
	m := view.Matches[0]
	if m.Score <= 0 || m.Score > 10000 || len(m.Reasons) == 0 || len(m.Parts) == 0 || m.Version == "" {
		t.Errorf("match = %+v, want score, parts, reasons and version", m)
	}
	second, err := h.SaveCohort(ctx, as["school2"], exchangetest.Class("2024级数控2班", 20))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := h.Cohort(ctx, as["school2"], second.ID); err != nil || len(v.Matches) != 1 {
		t.Errorf("a cohort saved after the post has matches %+v (%v), want one", v.Matches, err)
	}
	if v, err := h.Post(ctx, as["school"], p.ID); err != nil || len(v.Matches) != 1 || v.Matches[0].School != exchangetest.School {
		t.Errorf("a school sees matches %+v (%v), want its own only", v.Matches, err)
	}
	_, err = h.Cohort(ctx, as["school"], second.ID)
	kindIs(t, err, partnership.ErrNotFound)

	t.Run("settling again changes nothing", func(t *testing.T) {
		if n, err := h.SettleAll(ctx); err != nil || n != 0 {
			t.Errorf("SettleAll = %d, %v; want nothing to do", n, err)
		}
	})
	t.Run("closing the post takes its matches away", func(t *testing.T) {
		if _, err := h.ActPost(ctx, as["company"], p.ID, "close", "招满"); err != nil {
			t.Fatal(err)
		}
		if v, err := h.Cohort(ctx, as["school"], c.ID); err != nil || len(v.Matches) != 0 {
			t.Errorf("matches after closing = %+v (%v)", v.Matches, err)
		}
	})
}

func TestCloseExpired_Twice(t *testing.T) {
	h := exchangetest.Small(t)
	p := h.Open(t, exchangetest.Lathe())
	if n, err := h.CloseExpired(ctx, "2027-02-20"); n != 0 || err != nil {
		t.Errorf("on its last day: closed %d (%v), want 0", n, err)
	}
	if n, err := h.CloseExpired(ctx, "2027-02-21"); n != 1 || err != nil {
		t.Errorf("the day after: closed %d (%v), want 1", n, err)
	}
	if n, err := h.CloseExpired(ctx, "2027-02-21"); n != 0 || err != nil {
		t.Errorf("again: closed %d (%v), want 0", n, err)
	}
	h.Clock.Move(time.Hour)
	if v, err := h.Post(ctx, as["company"], p.ID); err != nil || v.Post.State != partnership.PostExpired {
		t.Errorf("state = %s (%v), want expired", v.Post.State, err)
	}
}

// A company closes one of the posts that are due while the job is at work: the others are
// closed all the same.
func TestCloseExpired_OneIsClosedMeanwhile(t *testing.T) {
	h := exchangetest.Small(t)
	posts := []partnership.Post{h.Open(t, exchangetest.Lathe()), h.Open(t, exchangetest.Lathe()), h.Open(t, exchangetest.Lathe())}
	h.Clock.Meanwhile(func() {
		if _, err := h.ActPost(ctx, as["company"], posts[1].ID, "close", "招满"); err != nil {
			t.Error(err)
		}
	})
	if n, err := h.CloseExpired(ctx, "2027-02-21"); n != 2 || err != nil {
		t.Errorf("closed %d (%v), want the two that were open", n, err)
	}
	for i, want := range []partnership.PostState{partnership.PostExpired, partnership.PostClosed, partnership.PostExpired} {
		if v, err := h.Post(ctx, as["company"], posts[i].ID); err != nil || v.Post.State != want {
			t.Errorf("post %d is %s (%v), want %s", i, v.Post.State, err, want)
		}
	}
}

func TestReconcile_MendsTheIndex(t *testing.T) {
	h := exchangetest.Small(t)
	if err := h.Reindex(ctx); err != nil {
		t.Fatal(err)
	}
	p := h.Open(t, exchangetest.Lathe())
	if words, err := h.Reconcile(ctx); err != nil || words != "" {
		t.Errorf("a true index: %q, %v; want nothing to mend", words, err)
	}
	if err := h.Index.Delete(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Index.Put(ctx, search.Document{ID: "ghost", Kind: exchange.KindPost, Title: "没有的岗位", Rev: 1}); err != nil {
		t.Fatal(err)
	}
	if words, err := h.Reconcile(ctx); err != nil || words == "" {
		t.Errorf("Reconcile = %q, %v; want words on what it mended", words, err)
	}
	r, err := h.Search(ctx, as["district"], search.Query{Kinds: []string{exchange.KindPost}})
	if err != nil || r.Total != 1 || r.Hits[0].ID != p.ID {
		t.Errorf("after mending: %+v (%v), want the one real post", r.Hits, err)
	}
}

func TestSearch_OrderClassesStayWithTheirParties(t *testing.T) {
	h := exchangetest.Small(t)
	o := partnership.OrderClass{Company: exchangetest.Company, School: exchangetest.School, Name: "精密机械订单班", Kind: "订单班"}
	o.ID = "class-1"
	if err := h.Load(ctx, partnership.Bundle{OrderClasses: []partnership.OrderClass{o}}); err != nil {
		t.Fatal(err)
	}
	if err := h.Reindex(ctx); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]int{"company": 1, "school": 1, "district": 1, "company2": 0, "school2": 0} {
		r, err := h.Search(ctx, as[who], search.Query{Text: "精密机械", Kinds: []string{exchange.KindClass}})
		if err != nil || r.Total != want {
			t.Errorf("%s finds %d order classes (%v), want %d", who, r.Total, err, want)
		}
		s, err := h.Complete(ctx, as[who], "精密", []string{exchange.KindClass}, 5)
		if err != nil || len(s) != want {
			t.Errorf("%s is offered %d while typing (%v), want %d", who, len(s), err, want)
		}
	}
}

// What the rules read of a post reaches them: pay under the floor, graded hazards, lifts, a
// second work site; and what was filled in comes back by the table.
func TestPost_EveryFieldIsChecked(t *testing.T) {
	h := exchangetest.Small(t)
	rule := func(change func(*partnership.Post)) map[string]string {
		t.Helper()
		p := exchangetest.Lathe()
		change(&p)
		p, err := h.SavePost(ctx, as["company"], p)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, f := range p.Findings {
			out[f.Rule] = f.Value
		}
		return out
	}
	for name, tc := range map[string]struct {
		change func(*partnership.Post)
		rule   string
		found  bool
	}{
		"as it should be":            {func(*partnership.Post) {}, "P1", false},
		"pay under 80 %":             {func(p *partnership.Post) { p.PayFen = 2000_00 }, "P1", true},
		"pay under both floors":      {func(p *partnership.Post) { p.PayFen, p.LowestFen = 2000_00, 2500_00 }, "P1", true},
		"pay of the lowest grade":    {func(p *partnership.Post) { p.PayFen, p.LowestFen = 2000_00, 2000_00 }, "P1", false},
		"assisting only":             {func(p *partnership.Post) { p.PayFen, p.Assists = 2000_00, true }, "P1", false},
		"a hazard with its grade":    {func(p *partnership.Post) { p.Hazards = []string{"高处2级"} }, "H6", true},
		"a bar as second work site":  {func(p *partnership.Post) { p.Sites = []string{"昌州街道某某夜总会"} }, "H5", true},
		"a factory as a second site": {func(p *partnership.Post) { p.Sites = []string{"双河街道园区 2 号"} }, "H5", false},
	} {
		if got, ok := rule(tc.change)[tc.rule]; ok != tc.found {
			t.Errorf("%s: %s found %v (%q)", name, tc.rule, ok, got)
		}
	}
	table := "岗位名称,企业名称,招收人数,岗位职责,开始日期,结束日期,报酬,相同岗位工资,最低档工资,相对独立参加工作,交通,工作地点,其他工作地点,单次搬举公斤数,每小时搬举次数,每分钟动作次数,危险因素\n" +
		"装配工,重庆甲精密机械有限公司,3,装配夹具,2027-03-01,2027-08-31,2500,4000,2300,否,厂车接送,昌州街道 1 号,双河街道 2 号；峰高街道 3 号,12,6,20,噪声2级\n"
	report := importAs(t, h, "company", "posts", table)
	if report.BadRows != 0 || report.Changes.New != 1 {
		t.Fatalf("%+v", report)
	}
	hits, err := h.Peek(ctx, as["company"], search.Query{Text: "装配工", Kinds: []string{exchange.KindPost}})
	if err != nil || len(hits.Hits) == 0 {
		t.Fatalf("%+v, %v", hits, err)
	}
	list, err := h.PostsByID(ctx, as["company"], []string{hits.Hits[0].ID})
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	p := list[0]
	if p.LowestFen != 2300_00 || !p.Assists || p.Transport != "厂车接送" || len(p.Sites) != 2 || p.LiftKg != 12 || p.LiftsPerHour != 6 || p.Motions != 20 || p.Hazards[0] != "噪声2级" {
		t.Errorf("taken in: %+v", p)
	}
	if again := importAs(t, h, "company", "posts", table); again.Changes.Unchanged != 1 {
		t.Errorf("the same table again: %+v %+v", again.Changes, again.Shown)
	}
}

// What a table says of a company's record reaches the rules: a penalty bars for three years
// from its day.
func TestImport_RecordsOfACompany(t *testing.T) {
	for name, tc := range map[string]struct {
		row  string // 是否失信, 最近一次处罚
		rule string // found; empty: neither
	}{
		"nothing said":         {",", ""},
		"clean":                {"否,", ""},
		"dishonest":            {"是,", "C1"},
		"a penalty of late":    {"否,2026-03-01", "C2"},
		"a penalty of old":     {"否,2021-03-01", ""},
		"a penalty of no list": {",2026-03-01", "C2"},
	} {
		t.Run(name, func(t *testing.T) {
			h := exchangetest.Small(t)
			table := "企业名称,所在区县,企业性质,联系人,联系电话,是否失信或经营异常,最近一次安全生产处罚日期\n重庆甲精密机械有限公司,荣昌区,民营,钱经理,023-46770000," + tc.row + "\n"
			if report := importAs(t, h, "district", "companies", table); report.BadRows != 0 || report.Changes.Changed != 1 {
				t.Fatalf("%+v", report)
			}
			c, err := h.Company(ctx, as["district"], exchangetest.Company)
			if err != nil || c.Company.Nature != "民营" || c.Company.Contact != "钱经理 023-46770000" {
				t.Errorf("kept: %+v, %v", c.Company, err)
			}
			if again := importAs(t, h, "district", "companies", table); again.Changes.Unchanged != 1 {
				t.Errorf("the same table again: %+v %+v", again.Changes, again.Shown)
			}
			// An officer who edits the company keeps the day of its penalty.
			if _, err := h.SaveCompany(ctx, as["district"], c.Company); err != nil {
				t.Fatal(err)
			}
			if c, err = h.Company(ctx, as["district"], exchangetest.Company); err != nil {
				t.Fatal(err)
			}
			for _, rule := range []string{"C1", "C2"} {
				found := slices.ContainsFunc(c.Findings, func(f partnership.Finding) bool { return f.Rule == rule })
				if found != (rule == tc.rule) {
					t.Errorf("%s found: %v; %+v", rule, found, c.Findings)
				}
			}
		})
	}
}

// An officer mends the day of a penalty in the form: it decides how long the penalty bars,
// and without one it bars for as long as the record is not clean.
func TestSaveCompany_DayOfAPenalty(t *testing.T) {
	for name, tc := range map[string]struct {
		safety  partnership.Standing
		rules   []string // found
		refused string   // part of the sentence at safety_on
	}{
		"of late":           {partnership.Standing{Detail: "罚款", AsOf: "2026-11-10", On: "2026-03-01"}, []string{"C2"}, ""},
		"of old":            {partnership.Standing{Detail: "罚款", AsOf: "2026-11-10", On: "2021-03-01"}, nil, ""},
		"not known":         {partnership.Standing{Detail: "罚款", AsOf: "2026-11-10"}, []string{"C1", "C2"}, ""},
		"none":              {partnership.Standing{Clean: true, AsOf: "2026-11-10"}, nil, ""},
		"clean, with a day": {partnership.Standing{Clean: true, AsOf: "2026-11-10", On: "2026-03-01"}, nil, "选了“没有”"},
		"after the enquiry": {partnership.Standing{Detail: "罚款", AsOf: "2026-11-10", On: "2026-11-11"}, nil, "晚于查询日期"},
		"still to come":     {partnership.Standing{Detail: "罚款", AsOf: "2026-11-10", On: "2036-11-11"}, nil, "还没有到"},
		"no day at all":     {partnership.Standing{Detail: "罚款", AsOf: "2026-11-10", On: "去年"}, nil, "写成"},
	} {
		t.Run(name, func(t *testing.T) {
			h := exchangetest.Small(t)
			c, err := h.Company(ctx, as["district"], exchangetest.Company)
			if err != nil {
				t.Fatal(err)
			}
			c.Company.Credit, c.Company.Safety = partnership.Standing{Clean: true, AsOf: "2026-11-10"}, tc.safety
			_, err = h.SaveCompany(ctx, as["district"], c.Company)
			if tc.refused != "" {
				var bad partnership.Invalid
				if !errors.As(err, &bad) || !strings.Contains(strings.Join(bad["safety_on"], ""), tc.refused) {
					t.Fatalf("refused with %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c, err = h.Company(ctx, as["district"], exchangetest.Company); err != nil || c.Company.Safety != tc.safety {
				t.Fatalf("kept: %+v, %v", c.Company.Safety, err)
			}
			for _, rule := range []string{"C1", "C2"} {
				if found := slices.ContainsFunc(c.Findings, func(f partnership.Finding) bool { return f.Rule == rule }); found != slices.Contains(tc.rules, rule) {
					t.Errorf("%s found: %v; %+v", rule, found, c.Findings)
				}
			}
		})
	}
}
