package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sunmao/services/demo"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// A company lists a post that breaks four rules: it is kept, the page names each rule with
// what would mend it, and nobody can publish it; mended, it is published and no finding of
// those is left.
func TestPostThatBreaksFourRules(t *testing.T) {
	h := openDistrict(t)
	company, officer := h.as(t, "company"), h.as(t, "district")
	form := goodPost("四处违规的数控车工")
	for field, value := range map[string]string{"hours_per_day": "9", "days_per_week": "4", "pay_form": "购物卡", "pay_to": "学校", "labour_grade": "3"} {
		form.Set(field, value)
	}
	form.Set("then", "submit")
	res, body := company.submit("/posts/new", "/posts", form)
	at := res.Header.Get("Location")
	if at == "" {
		t.Fatalf("saving: status %d %.900s", res.StatusCode, mainOf(body))
	}
	_, body = company.get(at)
	if n := strings.Count(body, "finding finding-bad"); n != 4 {
		t.Errorf("%d rules are named, want 4: %.2500s", n, mainOf(body))
	}
	if n := strings.Count(body, "怎样改："); n < 4 {
		t.Errorf("%d ways to mend, want 4", n)
	}
	if res, _ = officer.submit(at, at+"/act", url.Values{"verb": {"publish"}}); res.StatusCode == http.StatusSeeOther {
		t.Error("a post that breaks the law was published")
	}
	must(t, officer, at, at+"/act", url.Values{"verb": {"return"}, "why": {"请按页面上的四条规定修改"}})
	good := goodPost("四处违规的数控车工")
	_, body = company.get(at + "/edit")
	_, rest, _ := strings.Cut(body, `name="rev" value="`)
	good.Set("rev", rest[:strings.IndexByte(rest, '"')])
	good.Set("then", "submit")
	must(t, company, at+"/edit", at, good)
	if _, body = company.get(at); strings.Contains(body, "finding finding-bad") {
		t.Errorf("mended, but: %.1500s", mainOf(body))
	}
	must(t, officer, at, at+"/act", url.Values{"verb": {"publish"}})
}

// A school imports 500 students of whom 20 rows are bad: each is named and nothing is
// written; mended, all are written, taken back, and written again.
func TestImportOfFiveHundred(t *testing.T) {
	tr := openTrade(t, 2, 2)
	school := tr.as(t, "school")
	if _, err := tr.exchange.SaveCohort(t.Context(), tradeActors["school"], partnership.Cohort{Name: "五百人班", Major: "660103", EntryYear: 2024, Size: 500, From: "2026-11-16", To: "2027-05-14"}); err != nil {
		t.Fatal(err)
	}
	good := rosterText("五百人班", "W", 500)
	lines := strings.Split(good, "\n")
	for i := range 20 {
		cells := strings.Split(lines[1+25*i], ",")
		cells[[]int{1, 3}[i%2]] = []string{"", "2008-13-45"}[i%2] // no name, or no day
		lines[1+25*i] = strings.Join(cells, ",")
	}
	_, body, at := upload(t, school, "名册.csv", strings.Join(lines, "\n"), map[string]string{"kind": "students"})
	if !strings.Contains(body, "只写入没有错误的 480 行") || strings.Contains(body, `value="write"`) {
		t.Errorf("the check: %.1500s", mainOf(body))
	}
	if _, book := school.get(at + "/errors"); len(readBook(t, book)) != 21 {
		t.Errorf("the error workbook has %d rows, want a head and the 20 bad ones", len(readBook(t, book)))
	}
	count := func() (n int) {
		t.Helper()
		for after := ""; ; {
			rows, next, err := tr.exchange.Students(t.Context(), tradeActors["school"], exchange.RosterQuery{List: exchange.List{Text: "W", After: after, Limit: 100}})
			if err != nil {
				t.Fatal(err)
			}
			n += len(rows)
			if after = next; after == "" {
				return n
			}
		}
	}
	if n := count(); n != 0 {
		t.Errorf("%d students were written before anybody agreed", n)
	}
	for round := range 2 {
		_, _, at = upload(t, school, "名册改好.csv", good, map[string]string{"kind": "students"})
		if body = press(t, school, at, "write"); !strings.Contains(body, "已写入") || count() != 500 {
			t.Fatalf("round %d: %d students %.900s", round, count(), mainOf(body))
		}
		if round == 0 {
			if body = press(t, school, at, "undo"); !strings.Contains(body, "已撤销") || count() != 0 {
				t.Fatalf("undo: %d students are left", count())
			}
		}
	}
}

// A round of 40 posts and 600 students: preview, publication, the companies' answers, a
// placement for each student, and back: a placement that is declined frees its seat for
// another student, one that ends early gives its slot of the post back.
func TestRoundOfSixHundred(t *testing.T) {
	tr := openTrade(t, 2, 2)
	x, ctx, school, company := tr.exchange, t.Context(), tr.as(t, "school"), tr.as(t, "company")
	if err := x.Load(ctx, partnership.Bundle{Companies: []partnership.Company{bigCompany()}}); err != nil {
		t.Fatal(err)
	}
	big := partnership.Actor{Account: "big", Role: partnership.RoleCompany, Party: "c9", Region: demo.Region}
	var roster strings.Builder
	for i := range 15 {
		class := fmt.Sprintf("大轮%02d班", i)
		if _, err := x.SaveCohort(ctx, tradeActors["school"], partnership.Cohort{Name: class, Major: "660103", EntryYear: 2024, Size: 40, From: "2027-06-01", To: "2027-11-30"}); err != nil {
			t.Fatal(err)
		}
		text := rosterText(class, fmt.Sprintf("R%02d", i), 40)
		if i > 0 {
			_, text, _ = strings.Cut(text, "\n")
		}
		roster.WriteString(text)
	}
	if r, err := x.Import(ctx, tradeActors["school"], exchange.ImportRequest{Kind: "students", File: "名册.csv", Body: strings.NewReader(roster.String())}); err != nil || r.Changes.New != 600 {
		t.Fatalf("roster: %+v, %v", r.Changes, err)
	}
	for i := range 40 {
		p, err := x.SavePost(ctx, big, partnership.Post{Kind: partnership.KindInternship, Title: fmt.Sprintf("数控车工%02d", i), Duties: "操作数控车床加工轴套类零件", Slots: 15, From: "2027-06-01", To: "2027-11-30", ClosesOn: "2027-05-01",
			HoursPerDay: 8, DaysPerWeek: 5, LabourGrade: 2, SamePostStaff: 100, PayFen: 3600_00, PayWageFen: 4000_00, PayForm: "货币", PayCycle: 30, PayTo: "学生本人", Lodging: true, Tutors: 4, Region: demo.Region})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			actor partnership.Actor
			verb  string
		}{{big, "submit"}, {tradeActors["district"], "publish"}} {
			if _, err := x.ActPost(ctx, step.actor, p.ID, step.verb, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	res, body := school.submit("/rounds", "/rounds", url.Values{"name": {"六百人一轮"}, "mode": {"assign"}})
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("run: status %d %.600s", res.StatusCode, mainOf(body))
	}
	if _, body = school.get(at); !strings.Contains(body, "这是预览") || !strings.Contains(strings.ReplaceAll(body, "</a></dt>", "</dt>"), "安置</dt><dd>602 人") { // the word may be a link to its meaning
		t.Errorf("the preview: %.1200s", mainOf(body))
	}
	if _, body = company.get("/offers"); strings.Contains(body, "大轮") {
		t.Error("a company sees a preview")
	}
	must(t, school, at, at+"/publish", url.Values{})
	view, err := x.Round(ctx, tradeActors["school"], idOf(at))
	if err != nil {
		t.Fatal(err)
	}
	placed, first := 0, ""
	for _, a := range view.Allocations {
		if !strings.HasPrefix(a.CohortName, "大轮") || a.Company != "c9" {
			continue
		}
		if _, err := x.ActOffer(ctx, big, a.ID, "accept", ""); err != nil {
			t.Fatal(err)
		}
		must(t, school, offerURL(a.ID), offerURL(a.ID)+"/act", url.Values{"verb": {"name"}})
		v, err := x.Offer(ctx, tradeActors["school"], a.ID)
		if err != nil || v.Open != 0 {
			t.Fatalf("offer %s: %d seats without a student, %v", a.ID, v.Open, err)
		}
		if placed += len(v.Placements); first == "" {
			first = placementURL(v.Placements[0].Placement.ID)
		}
	}
	if placed != 600 {
		t.Fatalf("%d placements, want 600", placed)
	}
	must(t, school, first, first+"/act", url.Values{"verb": {"accept"}})
	p, err := x.Placement(ctx, tradeActors["school"], idOf(first))
	if err != nil {
		t.Fatal(err)
	}
	taken := func() int {
		t.Helper()
		v, err := x.Post(ctx, big, p.Placement.Post)
		if err != nil {
			t.Fatal(err)
		}
		return v.Post.Taken
	}
	if n := taken(); n != 1 {
		t.Errorf("after one student accepted, %d slots are taken", n)
	}
	must(t, school, first, first+"/act", url.Values{"verb": {"end"}, "why": {"学生转学"}})
	if n := taken(); n != 0 {
		t.Errorf("after it ended, %d slots are taken", n)
	}
	if _, body = school.get(first); !strings.Contains(body, "学生转学") {
		t.Error("the page does not say why it ended")
	}
}

// bigCompany is one whose staff admits 600 interns.
func bigCompany() partnership.Company {
	c := partnership.Company{Name: "重庆示例大型精密机械有限公司", Industry: "C3484", Region: demo.Region, Staff: 20000, StaffAsOf: "2026-10-31", StaffProof: "社保参保人数", State: partnership.CompanyApproved, Point: &partnership.Point{Lng: 105.6, Lat: 29.4}}
	c.ID = "c9"
	return c
}
