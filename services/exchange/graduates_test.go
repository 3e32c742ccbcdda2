package exchange_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// graduated records a student of the first school as employed by the first company.
func graduated(t *testing.T, h *exchangetest.House) partnership.Outcome {
	t.Helper()
	if _, err := h.SaveCohort(ctx, as["school"], exchangetest.Class("数控班", 3)); err != nil {
		t.Fatal(err)
	}
	importRoster(t, h, "school", rosterOf("数控班", 3), false)
	o, err := h.SaveOutcome(ctx, as["school"], exchange.OutcomeDraft{Number: "20240001", Year: 2026, Direction: partnership.Employed, Employer: " 重庆甲精密机械有限公司", Occ: "6-18-01-01", PayFen: 4200_00, Label: "对口"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A school records, the company and the graduate confirm; each sees what it needs to and
// nobody else learns of it.
func TestGraduates_RecordedAndConfirmed(t *testing.T) {
	h := exchangetest.Small(t)
	o := graduated(t, h)
	if o.EmployerID != exchangetest.Company || o.Major != "660103" || o.Cohort != "数控班" || o.Aligned == "" || o.Industry != "C3484" || o.AskBy != "2026-12-04" {
		t.Errorf("recorded: %+v", o)
	}
	if task := hasTask(worklist(t, h, "company"), "去向等您确认"); task == nil || task.ID != o.ID || task.Due != "2026-12-04" {
		t.Errorf("the company's worklist: %+v", task)
	}
	rows, _, err := h.Graduates(ctx, as["company"], exchange.GraduateQuery{})
	if err != nil || len(rows) != 1 || rows[0].Student != "" || rows[0].Name != "独*" || rows[0].PayFen != 0 || rows[0].Label != "" {
		t.Errorf("the company's list: %+v, %v", rows, err)
	}
	if rows, _, _ := h.Graduates(ctx, as["district"], exchange.GraduateQuery{}); len(rows) != 1 || rows[0].Student != "" || rows[0].Name != "" || rows[0].PayFen != 0 {
		t.Errorf("the district's list: %+v", rows)
	}
	far := as["district"]
	far.Region = "500112"
	for who, actor := range map[string]partnership.Actor{"another school": as["school2"], "another company": as["company2"], "another district": far} {
		if rows, _, _ := h.Graduates(ctx, actor, exchange.GraduateQuery{}); len(rows) != 0 {
			t.Errorf("%s lists %d", who, len(rows))
		}
		for what, do := range map[string]func() error{
			"reads":   func() error { _, err := h.Graduate(ctx, actor, o.ID); return err },
			"answers": func() error { _, err := h.AnswerOutcome(ctx, actor, o.ID, true, ""); return err },
			"rules":   func() error { _, err := h.RuleOutcome(ctx, actor, o.ID, "", "不归我管"); return err },
			"links":   func() error { _, _, err := h.LinkGraduate(ctx, actor, o.ID); return err },
			"opens":   func() error { _, err := h.RevealGraduate(ctx, actor, o.ID, "看看"); return err },
		} {
			if err := do(); !errors.Is(err, partnership.ErrNotFound) {
				t.Errorf("%s %s: %v", who, what, err)
			}
		}
	}
	if name, err := h.RevealGraduate(ctx, as["company"], o.ID, "核对在职名单"); err != nil || name != "独特名1" {
		t.Errorf("name %q, %v", name, err)
	}
	if o, err = h.AnswerOutcome(ctx, as["company"], o.ID, true, ""); err != nil || !o.ByCompany.Agrees {
		t.Errorf("confirmed: %+v, %v", o.ByCompany, err)
	}
	token, _, err := h.LinkGraduate(ctx, as["school"], o.ID)
	if err != nil {
		t.Fatal(err)
	}
	view, err := h.ByLink(ctx, token)
	if err != nil || !view.Open || view.School != "甲职业学校" || view.Employer != "重庆甲精密机械有限公司" || view.Direction != partnership.Employed {
		t.Errorf("link: %+v, %v", view, err)
	}
	if err := h.AnswerByLink(ctx, token, true, "", ""); err != nil {
		t.Fatal(err)
	}
	if err := h.AnswerByLink(ctx, token, false, "", "又不对了"); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("answered twice by one link: %v", err)
	}
	if rows, _, _ := h.Graduates(ctx, as["school"], exchange.GraduateQuery{List: exchange.List{State: exchange.OutcomesConfirmed}}); len(rows) != 1 || rows[0].Student != "20240001" || !rows[0].ByGraduate.Agrees {
		t.Errorf("the school's list of those confirmed: %+v", rows)
	}
	// the same again changes nothing, another employer asks anew
	same, err := h.SaveOutcome(ctx, as["school"], exchange.OutcomeDraft{Number: "20240001", Year: 2026, Direction: partnership.Employed, Employer: "重庆甲精密机械有限公司", Occ: "6-18-01-01", PayFen: 4200_00, Label: "对口"})
	if err != nil || same.ByCompany == nil || same.ID != o.ID {
		t.Errorf("the same again: %+v, %v", same, err)
	}
	other, err := h.SaveOutcome(ctx, as["school"], exchange.OutcomeDraft{Number: "20240001", Year: 2026, Direction: partnership.Employed, Employer: "不在平台上的单位"})
	if err != nil || other.ByCompany != nil || other.ByGraduate != nil || other.EmployerID != "" || len(other.Past) == 0 {
		t.Errorf("another employer: %+v, %v", other, err)
	}
}

// An objection takes the outcome out of the rates until it is dealt with; the school keeps
// its record with evidence, the other side objects again, and the district has the last word.
func TestGraduates_Disputed(t *testing.T) {
	h := exchangetest.Small(t)
	o := graduated(t, h)
	direct := func() int64 {
		t.Helper()
		h.Clock.Move(24 * time.Hour)
		day := partnership.Day(h.Clock.Now())
		if _, err := h.RefreshRates(ctx, day); err != nil {
			t.Fatal(err)
		}
		found, err := h.Rates(ctx, as["school"], exchange.RateQuery{Year: 2026, By: exchange.BySchool})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Rate == "direct_employment" && f.Denominator == 1 {
				return f.Numerator
			}
		}
		t.Fatalf("no figure of direct employment: %+v", found)
		return 0
	}
	if n := direct(); n != 1 {
		t.Errorf("recorded, nobody objects: %d directly employed", n)
	}
	if _, err := h.AnswerOutcome(ctx, as["company"], o.ID, false, " "); !errors.As(err, &partnership.Invalid{}) {
		t.Errorf("an objection without a word: %v", err)
	}
	if _, err := h.AnswerOutcome(ctx, as["company"], o.ID, false, "没有招过这名毕业生"); err != nil {
		t.Fatal(err)
	}
	if n := direct(); n != 0 {
		t.Errorf("disputed: %d directly employed, want it counted as 去向不明", n)
	}
	for who, title := range map[string]string{"school": "去向有异议", "district": "去向有异议"} {
		if task := hasTask(worklist(t, h, who), title); task == nil || task.ID != o.ID {
			t.Errorf("the worklist of %s: %+v", who, task)
		}
	}
	for _, who := range []string{"school", "company", "district"} {
		r, err := h.Graduate(ctx, as[who], o.ID)
		if err != nil || !r.Disputed || !strings.Contains(r.Steps[len(r.Steps)-1].Why, "没有招过这名毕业生") {
			t.Errorf("%s does not see the objection: %+v, %v", who, r.Steps, err)
		}
	}
	if _, err := h.RuleOutcome(ctx, as["school"], o.ID, "", "合同在手"); !errors.As(err, &partnership.Invalid{}) {
		t.Errorf("kept without evidence: %v", err)
	}
	if _, err := h.SaveOutcome(ctx, as["school"], exchange.OutcomeDraft{Number: "20240001", Year: 2026, Direction: partnership.Employed, Employer: "重庆甲精密机械有限公司", Evidence: []string{"劳动合同 2026-031，就业办"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RuleOutcome(ctx, as["school"], o.ID, "", "合同在手"); err != nil {
		t.Fatal(err)
	}
	if n := direct(); n != 1 {
		t.Errorf("kept by the school: %d", n)
	}
	if _, err := h.AnswerOutcome(ctx, as["company"], o.ID, false, "合同上不是我们的章"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RuleOutcome(ctx, as["school"], o.ID, "", "还是维持"); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("the school rules on what it ruled: %v", err)
	}
	ruled, err := h.RuleOutcome(ctx, as["district"], o.ID, partnership.Searching, "核对社保，没有参保记录")
	if err != nil || ruled.Direction != partnership.Searching || ruled.Employer != "" || ruled.Disputed || !ruled.Final {
		t.Errorf("ruled: %+v, %v", ruled, err)
	}
	if n := direct(); n != 0 {
		t.Errorf("ruled to be looking for work: %d", n)
	}
	if _, err := h.SaveOutcome(ctx, as["school"], exchange.OutcomeDraft{Number: "20240001", Year: 2026, Direction: partnership.Employed, Employer: "重庆甲精密机械有限公司"}); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("recorded against the ruling: %v", err)
	}
	if _, err := h.RuleOutcome(ctx, as["district"], o.ID, "", "再裁一次"); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("ruled without an objection: %v", err)
	}
}

// A link works for its time, until another takes its place, and not after the graduate's
// data were erased; its token rests nowhere.
func TestGraduates_Links(t *testing.T) {
	h := exchangetest.Small(t)
	o := graduated(t, h)
	first, _, err := h.LinkGraduate(ctx, as["school"], o.ID)
	if err != nil {
		t.Fatal(err)
	}
	second, l, err := h.LinkGraduate(ctx, as["school"], o.ID)
	if err != nil || l.ID == second || strings.Contains(l.ID, second) {
		t.Fatalf("link kept as %q, %v", l.ID, err)
	}
	if _, err := h.ByLink(ctx, first); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("the link before: %v", err)
	}
	if err := h.AnswerByLink(ctx, second, false, "", ""); !errors.As(err, &partnership.Invalid{}) {
		t.Errorf("an objection without a word: %v", err)
	}
	if err := h.AnswerByLink(ctx, second, false, partnership.Searching, "没有去过这家单位"); err != nil {
		t.Errorf("the refused answer used up the link: %v", err)
	}
	r, err := h.Graduate(ctx, as["company"], o.ID)
	if err != nil || !r.Disputed || !strings.Contains(r.Steps[len(r.Steps)-1].Why, "实际去向：待就业") {
		t.Errorf("the company does not see it: %+v %v", r.Steps, err)
	}
	h.Clock.Move(31 * 24 * time.Hour)
	if _, err := h.ByLink(ctx, second); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("after a month: %v", err)
	}
	third, _, err := h.LinkGraduate(ctx, as["school"], o.ID)
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := h.Students(ctx, as["school"], exchange.RosterQuery{List: exchange.List{Text: "20240001"}})
	if err != nil || len(rows) != 1 {
		t.Fatal(err)
	}
	if err := h.EraseStudent(ctx, as["school"], rows[0].ID, "本人申请"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ByLink(ctx, third); !errors.Is(err, partnership.ErrNotFound) {
		t.Errorf("after erasure: %v", err)
	}
	if r, err := h.Graduate(ctx, as["school"], o.ID); err != nil || r.Student != "" || r.ByGraduate.Why != "" || len(r.Steps) != 0 || r.Direction != partnership.Employed {
		t.Errorf("after erasure the outcome says %+v, %v", r.Outcome, err)
	}
}

// A sheet is taken in row by row with the same checks, taken back while nobody answered.
func TestGraduates_Import(t *testing.T) {
	h := exchangetest.Small(t)
	graduated(t, h)
	sheet := "学号,毕业年份,去向,用人单位,佐证材料,月收入\n20240001,2026,就业,重庆甲精密机械有限公司,,\n20240002,2026,升学,,录取通知书,\n20240000,2026,创业,,,\n20249999,2026,就业,某厂,,\n"
	bring := func(text string, partial bool) exchange.ImportReport {
		t.Helper()
		r, err := h.Import(ctx, as["school"], exchange.ImportRequest{Kind: "outcomes", File: "去向.csv", Body: strings.NewReader(text), Partial: partial})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := bring(sheet, true)
	if r.BadRows != 2 || r.Changes.New != 1 || r.Changes.Changed != 1 {
		t.Fatalf("report: %+v %+v", r.Changes, r.Problems)
	}
	said := ""
	for _, p := range r.Problems {
		said += p.Column + p.What + "\n"
	}
	if !strings.Contains(said, "自主创业、灵活就业要有佐证") || !strings.Contains(said, "名册里没有这个学号的专业") {
		t.Errorf("problems: %s", said)
	}
	if again := bring(sheet, true); again.Changes.New != 0 || again.Changes.Changed != 0 || again.Changes.Unchanged != 2 {
		t.Errorf("the same file again: %+v", again.Changes)
	}
	if _, err := h.UndoImport(ctx, as["school"], r.Batch); err != nil {
		t.Fatal(err)
	}
	rows, _, err := h.Graduates(ctx, as["school"], exchange.GraduateQuery{})
	if err != nil || len(rows) != 1 || rows[0].PayFen != 4200_00 {
		t.Errorf("after the undo: %+v, %v", rows, err)
	}
	if r := bring(sheet, true); r.Changes.New != 1 {
		t.Errorf("after the undo, again: %+v", r.Changes)
	}
}
