package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// trade is a small market over HTTP: two schools, one company with an open post, and for
// each school an offer that the company has accepted.
type trade struct {
	*house
	post   string
	offers map[string]string // by login
}

var tradeActors = map[string]partnership.Actor{
	"school":   {Account: "school", Role: partnership.RoleSchool, Party: "s1", Region: demo.Region},
	"school2":  {Account: "school2", Role: partnership.RoleSchool, Party: "s2", Region: demo.Region},
	"company":  {Account: "company", Role: partnership.RoleCompany, Party: "c1", Region: demo.Region},
	"district": {Account: "district", Role: partnership.RoleDistrict, Region: demo.Region},
}

// openTrade opens a market whose post has slots and whose classes have size students. The
// internship began on Monday of the tests' week, so that a start can be recorded today.
func openTrade(t *testing.T, slots, size int) *trade {
	t.Helper()
	h := openHouse(t)
	x, ctx := h.exchange, t.Context()
	school := func(id, name string) partnership.School {
		s := partnership.School{Name: name, Short: name, Kind: "中职", Authority: "区教委", Region: demo.Region, Majors: []partnership.OfferedMajor{{Code: "660103", Name: "数控技术应用"}},
			Point: &partnership.Point{Lng: 105.61, Lat: 29.41}}
		s.ID = id
		return s
	}
	c := partnership.Company{Name: "重庆示例甲精密机械有限公司", Industry: "C3484", Region: demo.Region, Staff: 300, StaffAsOf: "2026-10-31", StaffProof: "社保参保人数",
		State: partnership.CompanyApproved, Point: &partnership.Point{Lng: 105.6, Lat: 29.4}}
	c.ID = "c1"
	if err := x.Load(ctx, partnership.Bundle{Schools: []partnership.School{school("s1", "示例甲职业学校"), school("s2", "示例乙技工学校")}, Companies: []partnership.Company{c}}); err != nil {
		t.Fatal(err)
	}
	second := partnership.Account{Name: "乙校老师", Role: partnership.RoleSchool, Party: "s2", Region: demo.Region}
	second.ID = "school2"
	if err := h.site.accounts.Create(ctx, second, testPassword); err != nil {
		t.Fatal(err)
	}
	tr := &trade{house: h, offers: map[string]string{}}
	for _, who := range []string{"school", "school2"} {
		class := "数控班" + who
		if _, err := x.SaveCohort(ctx, tradeActors[who], partnership.Cohort{Name: class, Major: "660103", EntryYear: 2024, Size: size, From: "2026-11-16", To: "2027-05-14"}); err != nil {
			t.Fatal(err)
		}
		r, err := x.Import(ctx, tradeActors[who], exchange.ImportRequest{Kind: "students", File: "名册.csv", Body: strings.NewReader(rosterText(class, "T", size))})
		if err != nil || r.BadRows != 0 {
			t.Fatalf("roster: %v, %v", err, r.Problems)
		}
	}
	p, err := x.SavePost(ctx, tradeActors["company"], partnership.Post{Kind: partnership.KindInternship, Title: "数控车工", Duties: "操作数控车床加工轴套类零件，装夹、对刀、首件自检",
		Slots: slots, From: "2026-11-16", To: "2027-05-14", ClosesOn: "2026-12-31", HoursPerDay: 8, DaysPerWeek: 5, LabourGrade: 2, SamePostStaff: 40, PayFen: 3600_00, PayWageFen: 4000_00,
		PayForm: "货币", PayCycle: 30, PayTo: "学生本人", Lodging: true, Meals: true, Tutors: 2, Region: demo.Region})
	if err != nil {
		t.Fatal(err)
	}
	tr.post = p.ID
	for _, step := range []struct{ who, verb string }{{"company", "submit"}, {"district", "publish"}} {
		if _, err := x.ActPost(ctx, tradeActors[step.who], p.ID, step.verb, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []string{"school", "school2"} {
		v, err := x.RunRound(ctx, tradeActors[who], partnership.Round{Mode: partnership.ModeAssign, Seed: 7})
		if err != nil || len(v.Allocations) != 1 {
			t.Fatalf("round of %s: %d lines, %v", who, len(v.Allocations), err)
		}
		if _, err := x.PublishRound(ctx, tradeActors[who], v.Round.ID); err != nil {
			t.Fatal(err)
		}
		tr.offers[who] = v.Allocations[0].ID
		if _, err := x.ActOffer(ctx, tradeActors["company"], tr.offers[who], "accept", ""); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

// named names students for an offer and returns the addresses of their placements.
func (tr *trade) named(t *testing.T, who string) []string {
	t.Helper()
	ps, err := tr.exchange.NameStudents(t.Context(), tradeActors[who], tr.offers[who], nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range ps {
		out = append(out, placementURL(p.ID))
	}
	return out
}

// must sends a form and wants it taken.
func must(t *testing.T, b *browser, from, to string, form url.Values) {
	t.Helper()
	if res, body := b.submit(from, to, form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST %s %v: status %d\n%.900s", to, form, res.StatusCode, mainOf(body))
	}
}

func schoolPaperForm() url.Values {
	return url.Values{"plan_on": {"2026-11-01"}, "school_rules": schoolRulePapers, "approved_on": {"2026-11-02"}, "published_on": {"2026-11-05"}, "roll_matches": {"yes"},
		"insurer1": {"示例保险"}, "policy1": {"P1"}, "insured_from1": {"2026-11-16"}, "insured_to1": {"2027-05-13"}, "insured_paid1": {"学校"}, "school_tutor": {"王老师"}, "from_away": {"no"}, "lodging": {"统一住宿"},
		"F1_office": {"区教委"}, "F1_day": {"2026-11-10"}, "evidence": {"保险单扫描件，教务处 2026-031\n知情同意书原件，学生处"}, "alike": {"1"}}
}

// sign records signatures on the page of a placement.
func (tr *trade) sign(t *testing.T, b *browser, at string, who ...partnership.Signer) {
	t.Helper()
	for _, w := range who {
		must(t, b, at, at+"/sign", url.Values{"who": {string(w)}, "day": {"2026-11-18"}})
	}
}

// A placement cannot start without the guardian's consent and a policy that covers every
// day: the page names each, and when both are there the student starts, is followed by roll
// calls and notes, is evaluated by both sides and completed.
func TestPlacementCannotStartWithoutTheGuardian(t *testing.T) {
	tr := openTrade(t, 3, 2)
	school, company := tr.as(t, "school"), tr.as(t, "company")
	at := tr.named(t, "school")
	for _, one := range at {
		must(t, school, one, one+"/act", url.Values{"verb": {"accept"}})
	}
	tr.sign(t, school, at[0], partnership.SignSchool, partnership.SignStudent, partnership.ConsentSelf)
	tr.sign(t, company, at[0], partnership.SignCompany)
	if _, body := company.get(at[0]); strings.Contains(body, "138") || !strings.Contains(body, "独*") {
		t.Error("before the guardian's consent the company sees more than a surname")
	}
	must(t, school, at[0]+"/papers", at[0]+"/papers", schoolPaperForm())
	must(t, company, at[0]+"/papers", at[0]+"/papers", url.Values{"company_tutor": {"李师傅"}, "training_day": {"2026-11-17"}, "training_topic": {"安全生产"}, "training_passed": {"yes"}, "alike": {"1"}, "plan_on": {"2020-01-01"}})
	_, body := school.get(at[0])
	for _, want := range []string{"监护人没有签", "2027-05-14", "王老师；李师傅", "知情同意书原件", "登记材料"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q:\n%.1500s", want, mainOf(body))
		}
	}
	if _, other := school.get(at[1]); !strings.Contains(other, "王老师；李师傅") {
		t.Error("papers recorded for the class did not reach the other student")
	}
	start := url.Values{"verb": {"start"}, "id": {idOf(at[0]), idOf(at[1])}}
	_, body = school.submit("/placements", "/placements/act", start)
	if n := strings.Count(body, "没有办成"); n != 2 || !strings.Contains(body, "监护人没有签") {
		t.Errorf("the bulk start answers %d refusals:\n%.900s", n, mainOf(body))
	}
	form := url.Values{"insured_from1": {"2026-11-16"}, "insured_to1": {"2027-05-14"}, "insured_paid1": {"学校"}, "insurer1": {"示例保险"}}
	must(t, school, at[0]+"/papers", at[0]+"/papers", form)
	form.Set("insured_to1", "2026-01-01")
	if res, body := school.submit(at[0]+"/papers", at[0]+"/papers", url.Values{"F1_day": {"2026-11-10"}}); res.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(body, "请写明向哪个机关备案") || !strings.Contains(body, "与主管部门的名称一致才算数：“区教委”") {
		t.Errorf("a filing with nobody: status %d", res.StatusCode)
	}
	if res, body := school.submit(at[0]+"/papers", at[0]+"/papers", form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "止期不能早于起期") || !strings.Contains(body, `value="2026-01-01"`) {
		t.Errorf("a policy that ends before it begins: status %d", res.StatusCode)
	}
	tr.sign(t, school, at[0], partnership.ConsentGuard)
	_, body = school.submit("/placements", "/placements/act", start)
	if strings.Count(body, "没有办成") != 1 || !strings.Contains(body, `mark-good">在岗`) {
		t.Fatalf("one start of two:\n%.1500s", mainOf(body))
	}
	tr.agreement(t, at[0])
	tr.follow(t, at[0])
	tr.close(t, at[0])
}

func idOf(at string) string { return at[strings.LastIndex(at, "/")+1:] }

// agreement prints the agreement, masked without a reason; the company opens a name with one.
func (tr *trade) agreement(t *testing.T, at string) {
	t.Helper()
	school, company := tr.as(t, "school"), tr.as(t, "company")
	if _, body := school.get(at + "/agreement"); strings.Contains(body, "独特名") || !strings.Contains(body, "独*") || !strings.Contains(body, "第九条") || !strings.Contains(body, "实习知情同意书") {
		t.Error("the masked agreement is not as it should be")
	}
	if res, body := school.submit(at+"/agreement", at+"/agreement", url.Values{"reason": {""}}); res.StatusCode != http.StatusUnprocessableEntity || strings.Contains(body, "独特名") {
		t.Errorf("printed without a reason: status %d", res.StatusCode)
	}
	if _, body := school.submit(at+"/agreement", at+"/agreement", url.Values{"reason": {"三方签字"}}); !strings.Contains(body, "独特名") || !strings.Contains(body, "监护名") {
		t.Error("the agreement to print lacks the names")
	}
	_, body := company.submit(at, at+"/reveal", url.Values{"field": {"phone"}, "reason": {"通知上班时间"}})
	if !strings.Contains(body, "1381000000") {
		t.Errorf("the company does not get the phone number after consent:\n%.900s", mainOf(body))
	}
	if res, _ := company.submit(at, at+"/reveal", url.Values{"field": {"id_number"}, "reason": {"想看看"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("the company opens an ID number: status %d", res.StatusCode)
	}
	if _, body = school.get("/reveals"); !strings.Contains(body, "通知上班时间") {
		t.Error("the school's log does not tell what the company opened")
	}
}

// follow calls the roll with an exception, which the school answers, and writes notes.
func (tr *trade) follow(t *testing.T, at string) {
	t.Helper()
	school, company, rival := tr.as(t, "school"), tr.as(t, "company"), tr.as(t, "school2")
	id := idOf(at)
	roll := url.Values{"post": {tr.post}, "day": {"2026-11-20"}, "id": {id}, "kind-" + id: {"hurt"}, "words-" + id: {"手指擦伤，已包扎"}}
	must(t, company, "/supervision", "/supervision/roll", roll)
	_, body := school.get("/supervision")
	if !strings.Contains(body, "手指擦伤") || !strings.Contains(body, at) {
		t.Errorf("the school does not see the exception:\n%.900s", mainOf(body))
	}
	if _, file := school.get("/supervision?format=csv"); !strings.Contains(file, "手指擦伤") || !strings.Contains(file, "上次点名") {
		t.Errorf("the school's file:\n%.500s", file)
	}
	if _, file := rival.get("/supervision?format=csv"); strings.Contains(file, "手指擦伤") {
		t.Error("another school's file shows the exception")
	}
	if _, file := company.get("/offers?format=csv"); !strings.Contains(file, "示例甲职业学校") || !strings.Contains(file, "数控班school") {
		t.Errorf("the company's file of offers:\n%.500s", file)
	}
	if res, _ := rival.submit("/supervision", at+"/answer", url.Values{"day": {"2026-11-20"}, "answer": {"不归我管"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("another school answers: status %d", res.StatusCode)
	}
	must(t, school, at, at+"/answer", url.Values{"day": {"2026-11-20"}, "answer": {"已电话告知监护人，次日复查"}})
	if _, body = company.get(at); !strings.Contains(body, "已电话告知监护人") {
		t.Error("the company does not see what the school did")
	}
	must(t, company, at, at+"/note", url.Values{"day": {"2026-11-20"}, "words": {"学会装夹和对刀"}})
	if res, _ := company.submit(at, at+"/note", url.Values{"day": {"2026-11-30"}, "words": {"还没到"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a note on a week to come: status %d", res.StatusCode)
	}
	if _, body = school.get(at); !strings.Contains(body, "学会装夹和对刀") {
		t.Error("the school does not read the company's note")
	}
}

// close evaluates on both sides and completes, which wants the archive.
func (tr *trade) close(t *testing.T, at string) {
	t.Helper()
	school, company := tr.as(t, "school"), tr.as(t, "company")
	if res, _ := school.submit(at, at+"/evaluate", url.Values{"score": {"九十"}, "words": {"踏实"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a score in words: status %d", res.StatusCode)
	}
	must(t, school, at, at+"/evaluate", url.Values{"score": {"90"}, "words": {"踏实"}})
	if res, body := school.submit(at, at+"/act", url.Values{"verb": {"complete"}}); res.StatusCode != http.StatusConflict || !strings.Contains(body, "企业的实习鉴定") {
		t.Errorf("completed without the company's word: status %d", res.StatusCode)
	}
	must(t, company, at, at+"/evaluate", url.Values{"score": {"88"}, "words": {"能独立上机"}})
	must(t, school, at+"/papers", at+"/papers", url.Values{"archive": archivePapers})
	var done struct {
		Items []doneDoc `json:"items"`
	}
	call(t, school, http.MethodPost, "/placements/act", `{"ids":["`+idOf(at)+`"],"verb":"complete"}`, &done)
	if len(done.Items) != 1 || !done.Items[0].OK || done.Items[0].Words != "已完成" {
		t.Fatalf("completed through the API: %+v", done.Items)
	}
	if res, book := school.get("/placements?format=csv&state=completed"); res.StatusCode != http.StatusOK || !strings.Contains(book, "已完成") || strings.Contains(book, "独特名") || strings.Count(book, "\n") != 2 {
		t.Errorf("export: status %d\n%s", res.StatusCode, book)
	}
}

// Two schools confirm the last slot at the same instant: one wins, the other is told.
func TestTwoSchoolsConfirmTheLastSlotAtOnce(t *testing.T) {
	tr := openTrade(t, 1, 1)
	at := map[string]string{"school": tr.named(t, "school")[0], "school2": tr.named(t, "school2")[0]}
	people := map[string]*browser{}
	tokens := map[string]string{}
	for who := range at {
		people[who] = tr.as(t, who)
		tokens[who] = people[who].token(at[who])
	}
	var mu sync.Mutex
	got := map[string]string{} // who: status and page
	var wg sync.WaitGroup
	for who, b := range people {
		wg.Go(func() {
			r, err := http.NewRequest(http.MethodPost, b.root+at[who]+"/act", strings.NewReader(url.Values{"verb": {"accept"}, "token": {tokens[who]}}.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, body := b.do(r)
			mu.Lock()
			defer mu.Unlock()
			got[who] = res.Status + body
		})
	}
	wg.Wait()
	won, told := 0, 0
	for _, answer := range got {
		switch {
		case strings.HasPrefix(answer, "303"):
			won++
		case strings.HasPrefix(answer, "409") && strings.Contains(answer, "最后一个刚被别人占用"):
			told++
		}
	}
	if won != 1 || told != 1 {
		t.Fatalf("%d won and %d were told, want one each: %.200q", won, told, got)
	}
	_, body := tr.as(t, "company").get("/posts/" + tr.post)
	if !strings.Contains(body, "已满") {
		t.Error("the post is not full")
	}
}

// Every verb of the placements' API keeps to whose they are, and refuses in Chinese.
func TestPlacementAPIKeepsToTheParties(t *testing.T) {
	tr := openTrade(t, 1, 1)
	at := tr.named(t, "school")[0]
	school, rival := tr.as(t, "school"), tr.as(t, "school2")
	var view placementViewDoc
	if res := call(t, school, http.MethodGet, at, "", &view); res.StatusCode != http.StatusOK || view.Placement.State != "proposed" || !slices.Contains(view.Verbs, "accept") {
		t.Fatalf("own placement: status %d, %+v", res.StatusCode, view)
	}
	for _, o := range tr.site.placementOperations() {
		if !strings.HasPrefix(o.path, "/placements/{id}") || !slices.Contains(o.roles, partnership.RoleSchool) {
			continue
		}
		body, err := json.Marshal(map[string]any{})
		if err != nil {
			t.Fatal(err)
		}
		if known := apiBodies[o.id]; known != "" {
			body = []byte(known)
		}
		res := call(t, rival, o.method, strings.Replace(o.path, "/placements/{id}", at, 1), string(body), nil)
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s by another school: status %d, want 404", o.id, res.StatusCode)
		}
	}
	call(t, school, http.MethodPost, at+"/act", `{"verb":"accept"}`, &view)
	if view.Placement.State != "accepted" || len(view.Missing) == 0 || len(view.Signs) != 5 {
		t.Errorf("accepted through the API: %+v", view)
	}
}

// apiBodies are bodies that pass the schema of an operation.
var apiBodies = map[string]string{
	"act-placement": `{"verb":"accept"}`, "sign-placement": `{"who":"school","day":"2026-11-18"}`, "evaluate-placement": `{"score":90,"words":"好"}`,
	"note-placement": `{"day":"2026-11-20","words":"一周"}`, "answer-roll-mark": `{"day":"2026-11-20","answer":"处理了"}`, "reveal-placed": `{"field":"name","reason":"看看"}`,
}

// How many more interns the company may take is told by days from what all schools have
// confirmed, on the page and in the API; days that are none are refused beside the answer.
func TestCapacityPage(t *testing.T) {
	tr := openTrade(t, 3, 2)
	for _, who := range []string{"school", "school2"} {
		b := tr.as(t, who)
		for _, at := range tr.named(t, who)[:1] {
			must(t, b, at, at+"/act", url.Values{"verb": {"accept"}})
		}
	}
	school := tr.as(t, "school")
	_, body := school.get("/companies/c1/capacity?from=2026-11-01&to=2027-06-30")
	for _, want := range []string{"还能接收 30 人", "还能接收 28 人", "2026年11月16日至2027年5月14日", "剩余名额 1 / 3"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q:\n%.1200s", want, mainOf(body))
		}
	}
	if res, body := school.get("/companies/c1/capacity?from=2027-06-30&to=2026-11-01"); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "开始不晚于结束") {
		t.Errorf("days the wrong way round: status %d", res.StatusCode)
	}
	var d capacityDoc
	call(t, tr.as(t, "company"), http.MethodGet, "/companies/c1/capacity?from=2026-11-01&to=2027-06-30", "", &d)
	if d.Limit != 30 || len(d.Spans) != 3 || d.Spans[1].Left != 28 || len(d.Posts) != 1 || d.Posts[0].Free != 1 {
		t.Errorf("the API says %+v", d)
	}
	if res, _ := school.get("/companies/there-is-none/capacity"); res.StatusCode != http.StatusNotFound {
		t.Errorf("no such company: status %d", res.StatusCode)
	}
}

// A company's own system answers the offers of a round: it sees its own, must say why it
// declines, and answers once.
func TestOffersAreAnsweredByKey(t *testing.T) {
	tr := openTrade(t, 3, 1)
	x, ctx, school := tr.exchange, t.Context(), tradeActors["school"]
	if _, err := x.SaveCohort(ctx, school, partnership.Cohort{Name: "等答复的班", Major: "660103", EntryYear: 2024, Size: 1, From: "2026-11-16", To: "2027-05-14"}); err != nil {
		t.Fatal(err)
	}
	v, err := x.RunRound(ctx, school, partnership.Round{Mode: partnership.ModeAssign, Seed: 7})
	if err != nil || len(v.Allocations) == 0 {
		t.Fatalf("round: %d lines, %v", len(v.Allocations), err)
	}
	if _, err := x.PublishRound(ctx, school, v.Round.ID); err != nil {
		t.Fatal(err)
	}
	ask, _ := program(t, tr.house, "company", "人力资源系统", "placements:read", "placements:write")
	var found struct{ Items []offerDoc }
	if res := ask(http.MethodGet, "/offers?state=offered", "", &found); res.StatusCode != http.StatusOK || len(found.Items) == 0 {
		t.Fatalf("offers: status %d, %d items", res.StatusCode, len(found.Items))
	}
	at := "/offers/" + found.Items[0].ID
	var view offerViewDoc
	if res := ask(http.MethodGet, at, "", &view); res.StatusCode != http.StatusOK || !slices.Contains(view.Verbs, "accept") || view.Offer.State != "offered" {
		t.Fatalf("offer: status %d, %+v", res.StatusCode, view)
	}
	if res := ask(http.MethodPost, at+"/act", `{"verb":"decline"}`, nil); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("declined without a reason: status %d, want 422", res.StatusCode)
	}
	if res := ask(http.MethodPost, at+"/act", `{"verb":"decline","why":"产线停产"}`, &view); res.StatusCode != http.StatusOK || view.Offer.State != "declined" || !strings.Contains(strings.Join(view.Offer.Reasons, "；"), "产线停产") {
		t.Errorf("declined: status %d, %+v", res.StatusCode, view.Offer)
	}
	if res := ask(http.MethodPost, at+"/act", `{"verb":"accept"}`, nil); res.StatusCode != http.StatusConflict {
		t.Errorf("answered twice: status %d, want 409", res.StatusCode)
	}
	reader, _ := program(t, tr.house, "company", "只读系统", "placements:read")
	if res := reader(http.MethodPost, at+"/act", `{"verb":"accept"}`, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("with a key that only reads: status %d, want 403", res.StatusCode)
	}
}
