package exchange_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

const rosterHead = "学号,姓名,性别,出生日期,班级名称,联系电话,监护人姓名,监护人电话,家庭经济困难\n"

// rosterOf is a roster of n students of a class; name and phone can be found again.
func rosterOf(class string, n int) string {
	var b strings.Builder
	b.WriteString(rosterHead)
	for i := range n {
		fmt.Fprintf(&b, "2024%04d,独特名%d,男,2008-05-01,%s,138%08d,监护名%d,139%08d,否\n", i, i, class, 10000000+i, i, 20000000+i)
	}
	return b.String()
}

func importRoster(t *testing.T, h *exchangetest.House, who, text string, partial bool) exchange.ImportReport {
	t.Helper()
	r, err := h.Import(ctx, as[who], exchange.ImportRequest{Kind: "students", File: "students.csv", Body: strings.NewReader(text), Partial: partial})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// market is a post with slots and one class of each school, whose offers for the post
// the company has accepted, each from a round of its own.
func market(t *testing.T, slots, size int) (h *exchangetest.House, post partnership.Post, offers map[string]string) {
	t.Helper()
	h = exchangetest.Small(t)
	draft := exchangetest.Lathe()
	draft.Slots = slots
	for _, who := range []string{"school", "school2"} {
		if _, err := h.SaveCohort(ctx, as[who], exchangetest.Class("数控班"+who, size)); err != nil {
			t.Fatal(err)
		}
		if r := importRoster(t, h, who, rosterOf("数控班"+who, size), false); r.Changes.New != size {
			t.Fatalf("roster of %s: %+v", who, r)
		}
	}
	post = h.Open(t, draft)
	offers = map[string]string{}
	for _, who := range []string{"school", "school2"} {
		v, err := h.RunRound(ctx, as[who], partnership.Round{Mode: partnership.ModeAssign, Seed: 7})
		if err != nil || len(v.Allocations) != 1 {
			t.Fatalf("round of %s: %+v, %v", who, v.Allocations, err)
		}
		if _, err := h.Offer(ctx, as[who], v.Allocations[0].ID); !errors.Is(err, partnership.ErrNotFound) {
			t.Fatalf("offer before the round is published: %v", err)
		}
		if _, err := h.PublishRound(ctx, as[who], v.Round.ID); err != nil {
			t.Fatal(err)
		}
		offers[who] = v.Allocations[0].ID
		if _, err := h.ActOffer(ctx, as["company"], offers[who], "accept", ""); err != nil {
			t.Fatal(err)
		}
	}
	return h, post, offers
}

func name(t *testing.T, h *exchangetest.House, who, offer string) []partnership.Placement {
	t.Helper()
	ps, err := h.NameStudents(ctx, as[who], offer, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func act(t *testing.T, h *exchangetest.House, who, id, verb, why string) partnership.Placement {
	t.Helper()
	p, err := h.ActPlacement(ctx, as[who], id, verb, why)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func slotsOf(t *testing.T, h *exchangetest.House, post string) (taken int, state partnership.PostState) {
	t.Helper()
	v, err := h.Post(ctx, as["district"], post)
	if err != nil {
		t.Fatal(err)
	}
	return v.Post.Taken, v.Post.State
}

func TestPlacement_LastSlotIsGivenOnce(t *testing.T) {
	h, post, offers := market(t, 3, 8)
	rivals := map[string]string{} // placement to school
	for who, offer := range offers {
		for _, p := range name(t, h, who, offer) {
			rivals[p.ID] = who
		}
	}
	if len(rivals) != 6 {
		t.Fatalf("%d students named for 3 slots by two schools, want 6", len(rivals))
	}
	var mu sync.Mutex
	var won int
	var wg sync.WaitGroup
	for id, who := range rivals {
		for range 3 { // impatient clicks
			wg.Go(func() {
				_, err := h.ActPlacement(ctx, as[who], id, "accept", "")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case !errors.Is(err, partnership.ErrConflict):
					t.Errorf("%s: %v", who, err)
				}
			})
		}
	}
	wg.Wait()
	if taken, state := slotsOf(t, h, post.ID); won != 3 || taken != 3 || state != partnership.PostFull {
		t.Fatalf("%d confirmed, %d taken of 3, post %s; want 3, 3, full", won, taken, state)
	}
	var late, winner string
	for id, who := range rivals {
		v, err := h.Placement(ctx, as[who], id)
		if err != nil {
			t.Fatal(err)
		}
		if v.Placement.State == partnership.PlacementAccepted {
			winner = id
			continue
		}
		late = id
		if v.Student.Held != "" {
			t.Errorf("a student who got no slot is bound to %s", v.Student.Held)
		}
	}
	_, err := h.ActPlacement(ctx, as[rivals[late]], late, "accept", "")
	if kindIs(t, err, partnership.ErrConflict); !strings.Contains(err.Error(), "最后一个刚被别人占用") {
		t.Errorf("the loser reads %v", err)
	}
	t.Run("an early end frees the slot and the student", func(t *testing.T) {
		_, err := h.ActPlacement(ctx, as["company"], winner, "end", " ")
		var bad partnership.Invalid
		if !errors.As(err, &bad) {
			t.Fatalf("end without a reason: %v", err)
		}
		act(t, h, "company", winner, "end", "订单减少")
		if taken, state := slotsOf(t, h, post.ID); taken != 2 || state != partnership.PostOpen {
			t.Fatalf("after the end: %d taken, %s", taken, state)
		}
		v, err := h.Placement(ctx, as[rivals[winner]], winner)
		if err != nil || v.Student.Held != "" || v.Placement.Ended.By != "企业" || v.Placement.Ended.Reason != "订单减少" {
			t.Errorf("ended placement = %+v, %v", v.Placement.Ended, err)
		}
		_, err = h.ActPlacement(ctx, as["company"], winner, "end", "再来一次")
		kindIs(t, err, partnership.ErrConflict)
		act(t, h, rivals[late], late, "accept", "")
		if taken, state := slotsOf(t, h, post.ID); taken != 3 || state != partnership.PostFull {
			t.Errorf("after the next: %d taken, %s", taken, state)
		}
	})
}

// complete is all papers that the rules want before a start on 2027-03-01.
func complete() partnership.Papers {
	yes := true
	return partnership.Papers{PlanOn: "2026-11-01", SchoolRules: []string{"管理办法", "安全规定", "应急预案"}, ApprovedOn: "2026-11-02", PublishedOn: "2026-11-05",
		RollMatches: &yes, Policies: []partnership.Policy{{Insurer: "示例保险", Number: "P1", From: "2027-03-01", To: "2027-08-31", Paid: "学校"}},
		SchoolTutor: "王老师", Filings: []partnership.Filing{{Kind: "F1", Office: "区教委", Day: "2026-11-10"}}}
}

func TestPlacement_FromOfferToCompletion(t *testing.T) {
	h, _, offers := market(t, 2, 3)
	p := name(t, h, "school", offers["school"])[0]

	t.Run("others do not find it", func(t *testing.T) {
		for _, who := range []string{"school2", "company2"} {
			_, err := h.Placement(ctx, as[who], p.ID)
			kindIs(t, err, partnership.ErrNotFound)
			for _, verb := range []string{"accept", "decline", "start", "complete", "end"} {
				_, err := h.ActPlacement(ctx, as[who], p.ID, verb, "why")
				kindIs(t, err, partnership.ErrNotFound)
			}
			_, err = h.SignPlacement(ctx, as[who], p.ID, partnership.SignSchool, "2026-11-20")
			kindIs(t, err, partnership.ErrNotFound)
			_, err = h.SavePapers(ctx, as[who], []string{p.ID}, complete())
			kindIs(t, err, partnership.ErrNotFound)
			_, err = h.AgreementPaper(ctx, as[who], p.ID, "打印")
			kindIs(t, err, partnership.ErrNotFound)
			rows, _, err := h.Placements(ctx, as[who], exchange.List{})
			if err != nil || slices.ContainsFunc(rows, func(r exchange.PlacementRow) bool { return r.Placement.ID == p.ID }) {
				t.Errorf("%s lists it (%v)", who, err)
			}
			_, err = h.Reveal(ctx, as[who], p.Student, exchange.FieldName, "想看看")
			kindIs(t, err, partnership.ErrNotFound)
		}
		_, err := h.NameStudents(ctx, as["school2"], offers["school"], nil)
		kindIs(t, err, partnership.ErrNotFound)
		_, err = h.ActPlacement(ctx, as["district"], p.ID, "end", "上级要求")
		kindIs(t, err, partnership.ErrForbidden)
	})
	t.Run("verbs out of order are refused", func(t *testing.T) {
		for _, verb := range []string{"start", "complete", "end"} {
			_, err := h.ActPlacement(ctx, as["school"], p.ID, verb, "why")
			kindIs(t, err, partnership.ErrConflict)
		}
		_, err := h.SignPlacement(ctx, as["school"], p.ID, partnership.SignSchool, "2026-11-20")
		kindIs(t, err, partnership.ErrConflict)
		_, err = h.ActPlacement(ctx, as["company"], p.ID, "accept", "")
		kindIs(t, err, partnership.ErrForbidden)
	})
	act(t, h, "school", p.ID, "accept", "")
	seen, err := h.Placement(ctx, as["company"], p.ID)
	if err != nil || seen.Student.Name != "独*" || seen.Student.Number != "" || seen.Student.Phone != "" || seen.Student.MajorName == "" || len(seen.Student.Skills) == 0 {
		t.Errorf("before consent the company sees %+v (%v)", seen.Student, err)
	}
	_, err = h.Reveal(ctx, as["company"], p.Student, exchange.FieldName, "联系学生")
	kindIs(t, err, partnership.ErrForbidden)

	sign(t, h, p.ID, partnership.SignSchool, partnership.SignCompany, partnership.SignStudent, partnership.ConsentSelf)
	_, err = h.SignPlacement(ctx, as["company"], p.ID, partnership.ConsentGuard, "2026-11-20")
	kindIs(t, err, partnership.ErrForbidden)
	if _, err := h.SavePapers(ctx, as["school"], []string{p.ID}, complete()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SavePapers(ctx, as["company"], []string{p.ID}, partnership.Papers{CompanyTutor: "李师傅", PlanOn: "2020-01-01", Training: &partnership.Training{Day: "2026-11-19", Passed: true}}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Move(101 * 24 * time.Hour) // 2027-03-01

	t.Run("no start without the guardian", func(t *testing.T) {
		_, err := h.ActPlacement(ctx, as["school"], p.ID, "start", "")
		if kindIs(t, err, partnership.ErrConflict); !strings.Contains(err.Error(), "监护人没有签") {
			t.Fatalf("start without guardian: %v", err)
		}
		v, err := h.Placement(ctx, as["school"], p.ID)
		if err != nil || len(v.Missing) != 1 || v.Missing[0].Rule != "A3" || v.Placement.Papers.PlanOn != "2026-11-01" {
			t.Fatalf("missing = %+v (%v), want the guardian's consent alone", v.Missing, err)
		}
	})
	sign(t, h, p.ID, partnership.ConsentGuard)
	v, err := h.Placement(ctx, as["company"], p.ID)
	if err != nil || len(v.Missing) != 0 || v.Placement.State != partnership.PlacementAgreed || v.Student.Number == "" || !strings.HasPrefix(v.Student.Phone, "138****") {
		t.Fatalf("after consent: %+v, missing %+v (%v)", v.Student, v.Missing, err)
	}
	t.Run("no start with a day uninsured", func(t *testing.T) {
		short := complete().Policies
		short[0].To = "2027-08-30"
		if _, err := h.SavePapers(ctx, as["school"], []string{p.ID}, partnership.Papers{Policies: short}); err != nil {
			t.Fatal(err)
		}
		_, err := h.ActPlacement(ctx, as["company"], p.ID, "start", "")
		if kindIs(t, err, partnership.ErrConflict); !strings.Contains(err.Error(), "2027-08-31") {
			t.Errorf("start with the last day uninsured: %v", err)
		}
		if _, err := h.SavePapers(ctx, as["school"], []string{p.ID}, complete()); err != nil {
			t.Fatal(err)
		}
	})
	paper, err := h.AgreementPaper(ctx, as["school"], p.ID, "打印协议")
	if err != nil || !strings.HasPrefix(paper.Student, "独特名") || !strings.HasPrefix(paper.Guardian, "监护名") || len(paper.Agreement.Clauses) != 9 {
		t.Errorf("agreement = %+v (%v)", paper, err)
	}
	if started := act(t, h, "company", p.ID, "start", ""); started.StartedOn != "2027-03-01" {
		t.Errorf("started on %s", started.StartedOn)
	}
	finish(t, h, p.ID)
}

func sign(t *testing.T, h *exchangetest.House, id string, who ...partnership.Signer) {
	t.Helper()
	for _, w := range who {
		actor := as["school"]
		if w == partnership.SignCompany {
			actor = as["company"]
		}
		if _, err := h.SignPlacement(ctx, actor, id, w, "2026-11-20"); err != nil {
			t.Fatal(err)
		}
	}
}

// finish evaluates and completes a placement on post, whose order it tests.
func finish(t *testing.T, h *exchangetest.House, id string) {
	t.Helper()
	want := func(part string) {
		t.Helper()
		_, err := h.ActPlacement(ctx, as["school"], id, "complete", "")
		if kindIs(t, err, partnership.ErrConflict); !strings.Contains(err.Error(), part) {
			t.Errorf("complete: %v, want %q told", err, part)
		}
	}
	want("学校的实习鉴定")
	if _, err := h.EvaluatePlacement(ctx, as["school"], id, partnership.Evaluation{Score: 90, Words: "踏实"}); err != nil {
		t.Fatal(err)
	}
	want("企业的实习鉴定")
	if _, err := h.EvaluatePlacement(ctx, as["company"], id, partnership.Evaluation{Score: 88, Words: "能独立上机"}); err != nil {
		t.Fatal(err)
	}
	want("归档")
	all := []string{"三方协议", "实习方案", "实习报告", "考核结果", "实习日志", "检查记录", "实习总结", "其他佐证"}
	if _, err := h.SavePapers(ctx, as["school"], []string{id}, partnership.Papers{Archive: all}); err != nil {
		t.Fatal(err)
	}
	done := act(t, h, "school", id, "complete", "")
	var states []string
	for _, s := range done.Steps {
		if s.From != s.To {
			states = append(states, s.To)
		}
	}
	if got := strings.Join(states, " "); got != "proposed accepted agreed on_post completed" {
		t.Errorf("history = %s", got)
	}
	_, err := h.ActPlacement(ctx, as["school"], id, "end", "太晚")
	kindIs(t, err, partnership.ErrConflict)
}

func TestPlacement_AcceptingOneFreesTheOthers(t *testing.T) {
	h, _, offers := market(t, 2, 1)
	first := name(t, h, "school", offers["school"])[0]
	v, err := h.RunRound(ctx, as["school"], partnership.Round{Mode: partnership.ModeAssign})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.PublishRound(ctx, as["school"], v.Round.ID); err != nil {
		t.Fatal(err)
	}
	second := name(t, h, "school", v.Allocations[0].ID)[0]
	if first.Student != second.Student {
		t.Fatal("the only student is not named for both offers")
	}
	_, err = h.ActPlacement(ctx, as["school"], second.ID, "accept", "")
	kindIs(t, err, partnership.ErrConflict) // the company has not answered
	act(t, h, "school", first.ID, "accept", "")
	w, err := h.Placement(ctx, as["school"], second.ID)
	if err != nil || w.Placement.State != partnership.PlacementReleased {
		t.Errorf("other proposal is %s (%v), want released", w.Placement.State, err)
	}
	if _, err := h.ActOffer(ctx, as["company"], v.Allocations[0].ID, "decline", ""); !errors.As(err, new(partnership.Invalid)) {
		t.Errorf("decline without a reason: %v", err)
	}
	if _, err := h.ActOffer(ctx, as["company"], v.Allocations[0].ID, "decline", "设备检修"); err != nil {
		t.Fatal(err)
	}
	_, err = h.NameStudents(ctx, as["school"], v.Allocations[0].ID, nil)
	kindIs(t, err, partnership.ErrConflict)
}

func TestPlacement_TheLawBarsTheYoung(t *testing.T) {
	h, _, offers := market(t, 2, 1)
	young := strings.ReplaceAll(rosterOf("数控班school", 1), "2008-05-01", "2012-05-01")
	if r := importRoster(t, h, "school", young, false); r.Changes.Changed != 1 {
		t.Fatalf("roster = %+v", r)
	}
	p := name(t, h, "school", offers["school"])[0]
	_, err := h.ActPlacement(ctx, as["school"], p.ID, "accept", "")
	if kindIs(t, err, partnership.ErrConflict); !strings.Contains(err.Error(), "16") {
		t.Errorf("a student of 14: %v", err)
	}
}

func TestCapacity_CountsAllSchoolsByDay(t *testing.T) {
	h, post, offers := market(t, 10, 4)
	n := 0
	for who, offer := range offers {
		for _, p := range name(t, h, who, offer)[:2] {
			act(t, h, who, p.ID, "accept", "")
			n++
		}
	}
	v, err := h.Capacity(ctx, as["school"], exchangetest.Company, "2027-02-01", "2027-09-30")
	if err != nil {
		t.Fatal(err)
	}
	if n != 4 || v.Limit != 30 || len(v.Spans) != 3 || v.Spans[0].Left != 30 || v.Spans[1].Left != 26 || v.Spans[1].From != "2027-03-01" || v.Spans[1].To != "2027-08-31" {
		t.Errorf("spans = %+v of limit %d, want 30, then 26 from March to August, then 30", v.Spans, v.Limit)
	}
	if len(v.Posts) != 1 || v.Posts[0].Post != post.ID || v.Posts[0].Limit != 8 || v.Posts[0].Left != 6 || len(v.Posts[0].Spans) != 1 || v.Posts[0].Spans[0].Left != 4 {
		t.Errorf("posts = %+v, want 4 more of the post's 8", v.Posts)
	}
	_, err = h.Capacity(ctx, as["company2"], exchangetest.Company, "2027-02-01", "2027-09-30")
	kindIs(t, err, partnership.ErrNotFound)
	_, err = h.Capacity(ctx, as["company"], exchangetest.Company, "2027-09-30", "2027-02-01")
	if !errors.As(err, new(partnership.Invalid)) {
		t.Errorf("days out of order: %v", err)
	}
}

// TestPlacement_GreenSeats: naming the students of the worse post first leaves the green channel
// to the better one, which the round gave it.
func TestPlacement_GreenSeats(t *testing.T) {
	h := exchangetest.Small(t)
	class := exchangetest.Class("数控绿班", 6)
	class.Priority = 2
	if _, err := h.SaveCohort(ctx, as["school"], class); err != nil {
		t.Fatal(err)
	}
	roster := rosterOf("数控绿班", 6)
	for _, n := range []string{"4", "5"} { // the last two of the list are poor (家庭经济困难)
		roster = strings.Replace(roster, "监护名"+n+",1392000000"+n+",否", "监护名"+n+",1392000000"+n+",是", 1)
	}
	if r := importRoster(t, h, "school", roster, false); r.Changes.New != 6 {
		t.Fatalf("roster: %+v", r)
	}
	better, worse := exchangetest.Lathe(), exchangetest.Lathe()
	better.Slots, worse.Slots = 3, 3
	worse.Title, worse.PayFen, worse.Lodging = "数控车工二班", 3300_00, true
	b := h.Open(t, better)
	h.Open(t, worse)
	v, err := h.RunRound(ctx, as["school"], partnership.Round{Mode: partnership.ModeAssign, Seed: 7})
	if err != nil || len(v.Allocations) != 2 {
		t.Fatalf("round: %+v, %v", v.Allocations, err)
	}
	if _, err := h.PublishRound(ctx, as["school"], v.Round.ID); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(v.Allocations, func(x, y partnership.Allocation) int { return x.Priority - y.Priority })
	if v.Allocations[1].Post != b.ID || v.Allocations[1].Priority != 2 || v.Allocations[0].Priority != 0 {
		t.Fatalf("the round gave the green channel %+v", v.Allocations)
	}
	for i, want := range []int{0, 2} {
		got := 0
		for _, p := range name(t, h, "school", v.Allocations[i].ID) {
			s, err := h.Student(ctx, as["school"], p.Student)
			if err != nil {
				t.Fatal(err)
			}
			if s.Priority {
				got++
			}
		}
		if got != want {
			t.Errorf("line %d got %d of the green channel, want %d", i, got, want)
		}
	}
}
