package exchange_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

func worklist(t *testing.T, h *exchangetest.House, who string) []exchange.Task {
	t.Helper()
	tasks, err := h.Worklist(ctx, as[who])
	if err != nil {
		t.Fatalf("worklist of %s: %v", who, err)
	}
	if !slices.IsSortedFunc(tasks, func(a, b exchange.Task) int {
		due := func(t exchange.Task) string {
			if t.Due == "" {
				return "9999"
			}
			return t.Due
		}
		return strings.Compare(due(a), due(b))
	}) {
		t.Errorf("worklist of %s is not in the order of its days: %+v", who, tasks)
	}
	return tasks
}

func hasTask(tasks []exchange.Task, part string) *exchange.Task {
	for i := range tasks {
		if strings.Contains(tasks[i].Title, part) {
			return &tasks[i]
		}
	}
	return nil
}

// What a placement waits for stands on the worklist of whose turn it is, and only there.
func TestWorklist_FollowsAPlacement(t *testing.T) {
	h, _, offers := market(t, 2, 3)
	if task := hasTask(worklist(t, h, "school"), "名额待确定学生"); task == nil || task.ID != offers["school"] {
		t.Errorf("seats to fill: %+v", task)
	}
	ps := name(t, h, "school", offers["school"])
	p := ps[0]
	if task := hasTask(worklist(t, h, "school"), "没有答复岗位"); task == nil || task.Count != int64(len(ps)) || task.Due != "2027-03-01" {
		t.Errorf("students to answer: %+v", task)
	}
	act(t, h, "school", p.ID, "accept", "")
	if task := hasTask(worklist(t, h, "company"), "等企业签字"); task == nil || task.ID != p.ID {
		t.Errorf("company to sign: %+v", task)
	}
	if hasTask(worklist(t, h, "company2"), "等企业签字") != nil || hasTask(worklist(t, h, "school2"), "等学校签字") != nil {
		t.Error("others are asked to sign")
	}
	sign(t, h, p.ID, partnership.SignSchool, partnership.SignCompany, partnership.SignStudent, partnership.ConsentSelf)
	mine := worklist(t, h, "school")
	if hasTask(mine, "等学校签字") != nil || hasTask(mine, "监护人的签字") == nil {
		t.Errorf("after the signatures: %+v", mine)
	}
	sign(t, h, p.ID, partnership.ConsentGuard)
	for who, papers := range map[string]partnership.Papers{"school": complete(), "company": {CompanyTutor: "李师傅", Training: &partnership.Training{Day: "2026-11-19", Passed: true}}} {
		if _, err := h.SavePapers(ctx, as[who], []string{p.ID}, papers); err != nil {
			t.Fatal(err)
		}
	}
	h.Clock.Move(101 * 24 * time.Hour) // 2027-03-01, a Monday
	if hasTask(worklist(t, h, "company"), "即将到岗") == nil {
		t.Error("the company is not told of the start")
	}
	act(t, h, "company", p.ID, "start", "")
	if task := hasTask(worklist(t, h, "company"), "没有点名"); task == nil || task.Due != "2027-03-01" {
		t.Errorf("roll to call: %+v", task)
	}
	n, err := h.CallRoll(ctx, as["company"], exchange.RollCall{Post: p.Post, Day: "2027-03-01", Marks: map[string]partnership.RollMark{p.ID: {Kind: partnership.RollAbsent}}})
	if err != nil || n != 1 {
		t.Fatalf("roll call of %d: %v", n, err)
	}
	if hasTask(worklist(t, h, "company"), "没有点名") != nil || hasTask(worklist(t, h, "school"), "点名异常") == nil {
		t.Error("the exception did not move to the school")
	}
	_, err = h.CallRoll(ctx, as["company2"], exchange.RollCall{Post: p.Post, Day: "2027-03-01"})
	kindIs(t, err, partnership.ErrNotFound)
	rows, _, err := h.Supervision(ctx, as["school"], "")
	if err != nil || len(rows) != 1 || len(rows[0].Alerts) != 1 || !strings.Contains(rows[0].Alerts[0], "缺勤") {
		t.Errorf("supervision = %+v (%v)", rows, err)
	}
}
