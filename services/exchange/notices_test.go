package exchange_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// robot is a group robot on loopback that keeps what it is told.
type robot struct {
	*httptest.Server
	said   []string
	answer string
}

func newRobot(t *testing.T) *robot {
	r := &robot{answer: `{"errcode":0}`}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		var body struct{ Text struct{ Content string } }
		raw, _ := io.ReadAll(q.Body)
		_ = json.Unmarshal(raw, &body)
		r.said = append(r.said, body.Text.Content)
		_, _ = io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

// people are the accounts of the tests, all in use.
type people struct{}

func (people) Logins(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, who := range []string{"company", "school", "school2"} {
			if !yield(as[who].Account, nil) {
				return
			}
		}
	}
}

func (people) ActorOf(_ context.Context, account string) (partnership.Actor, error) {
	for _, a := range as {
		if a.Account == account {
			return a, nil
		}
	}
	return partnership.Actor{}, partnership.ErrNotFound
}

// remind runs both jobs and returns what the robot was told by it.
func (r *robot) remind(t *testing.T, h *exchangetest.House) []string {
	t.Helper()
	r.said = nil
	if _, err := h.Remind(ctx, partnership.Day(h.Clock.Now()), people{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Outbox().Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	return r.said
}

// What is new on a worklist is told at once and once; the rest comes in one digest a day;
// what nobody wants to hear is not told.
func TestNotices_TellWhatIsNew(t *testing.T) {
	h, r := exchangetest.Small(t), newRobot(t)
	set := exchange.Notices{Hook: r.URL, HookKind: partnership.ChannelWeCom, Tell: map[string]string{partnership.NoticeReviews: partnership.TellNow, partnership.NoticeOther: partnership.TellNever}}
	if err := h.SaveNotices(ctx, as["district"], set); err != nil {
		t.Fatal(err)
	}
	submit := func() {
		t.Helper()
		p, err := h.SavePost(ctx, as["company"], exchangetest.Lathe())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.ActPost(ctx, as["company"], p.ID, "submit", ""); err != nil {
			t.Fatal(err)
		}
	}
	if said := r.remind(t, h); len(said) != 0 {
		t.Errorf("nothing needs anybody, and yet: %q", said)
	}
	submit()
	said := r.remind(t, h)
	if len(said) != 2 || !strings.Contains(strings.Join(said, "\n"), "榫卯：1 个岗位待审核\n区教委待办：\n1. 1 个岗位待审核\n\n请登录处理：https://sunmao.example/") || !strings.Contains(strings.Join(said, "\n"), "11月20日 待办 1 项") {
		t.Fatalf("an alert and the digest of the day: %q", said)
	}
	if said := r.remind(t, h); len(said) != 0 {
		t.Errorf("told twice: %q", said)
	}
	submit()
	if said := r.remind(t, h); len(said) != 1 || !strings.Contains(said[0], "2 个岗位待审核") {
		t.Errorf("one more: %q", said)
	}
	h.Clock.Move(-3 * time.Hour)
	h.Clock.Move(24 * time.Hour) // half past six of the next day
	if said := r.remind(t, h); len(said) != 0 {
		t.Errorf("a digest before seven: %q", said)
	}
	h.Clock.Move(time.Hour)
	if said := r.remind(t, h); len(said) != 1 || !strings.Contains(said[0], "11月21日 待办 1 项") {
		t.Errorf("the digest of the next day: %q", said)
	}
}

// Messages hold no name, number or free word of a student's.
func TestNotices_HoldNoPersonalData(t *testing.T) {
	h, _, offers := market(t, 3, 3)
	r := newRobot(t)
	for _, who := range []string{"school", "company"} {
		if err := h.SaveNotices(ctx, as[who], exchange.Notices{Hook: r.URL, HookKind: partnership.ChannelDingTalk, HookSign: "SEC"}); err != nil {
			t.Fatal(err)
		}
	}
	ps := name(t, h, "school", offers["school"])
	act(t, h, "school", ps[0].ID, "accept", "")
	said := strings.Join(r.remind(t, h), "\n")
	if !strings.Contains(said, "没有答复岗位") || !strings.Contains(said, "等企业签字") {
		t.Fatalf("school and company are not told: %s", said)
	}
	for _, personal := range []string{"独特名", "独*", "监护名", "1381", "2024000"} {
		if strings.Contains(said, personal) {
			t.Errorf("a message holds %q: %s", personal, said)
		}
	}
}

// What cannot be reached is refused by field; what is kept is sealed and opens for its
// owner only.
func TestNotices_Settings(t *testing.T) {
	h := exchangetest.Small(t)
	err := h.SaveNotices(ctx, as["school"], exchange.Notices{Mail: "li@example.cn", Hook: "https://10.0.0.1/", HookKind: "sms", Phone: "打电话", Tell: map[string]string{"x": "y"}})
	var bad partnership.Invalid
	if !errors.As(err, &bad) || len(bad) != 4 || bad["mail"] == nil || bad["hook_kind"] == nil || bad["phone"] == nil || bad["tell"] == nil {
		t.Errorf("refused: %v", err)
	}
	if err := h.SaveNotices(ctx, as["school"], exchange.Notices{HookKind: partnership.ChannelWeCom, Hook: "https://10.0.0.1/"}); !errors.As(err, &bad) || bad["hook"] == nil {
		t.Errorf("a hook inside: %v", err)
	}
	if _, err := h.TestNotices(ctx, as["school"]); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("a test without a road: %v", err)
	}
	want := exchange.Notices{Hook: "https://robot.example.cn/send?key=1", HookKind: partnership.ChannelDingTalk, HookSign: "SEC", Phone: "023-46770000", Tell: map[string]string{partnership.NoticeOffers: partnership.TellNow}}
	if err := h.SaveNotices(ctx, as["school"], want); err != nil {
		t.Fatal(err)
	}
	got, err := h.Notices(ctx, as["school"])
	if err != nil || got.Hook != want.Hook || got.HookSign != "SEC" || got.Phone != want.Phone || got.Tell[partnership.NoticeOffers] != partnership.TellNow || got.Tell[partnership.NoticeRounds] != partnership.TellDaily {
		t.Errorf("read again: %+v, %v", got, err)
	}
	if got, _ := h.Notices(ctx, as["school2"]); got.Hook != "" || got.Phone != "" {
		t.Errorf("another account's: %+v", got)
	}
}

// What does not get through is listed for district and operator with the phone number
// masked; opening it takes a reason and is logged; another district knows nothing of it.
func TestUndelivered(t *testing.T) {
	h, r := exchangetest.Small(t), newRobot(t)
	r.answer = `{"errcode":93000}`
	if err := h.SaveNotices(ctx, as["company"], exchange.Notices{Hook: r.URL + "/send?key=secret", HookKind: partnership.ChannelWeCom, Phone: "13812345678"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.TestNotices(ctx, as["company"]); err != nil {
		t.Fatal(err)
	}
	if _, failed, err := h.Outbox().Deliver(ctx); err != nil || failed != 1 {
		t.Fatalf("%d failed, %v", failed, err)
	}
	if _, _, err := h.Undelivered(ctx, as["company"], exchange.List{}); !errors.Is(err, partnership.ErrForbidden) {
		t.Errorf("a company reads the list: %v", err)
	}
	rows, _, err := h.Undelivered(ctx, as["district"], exchange.List{})
	if err != nil || len(rows) != 1 || rows[0].Phone != "138****5678" || rows[0].State != partnership.MessageFailed || strings.Contains(rows[0].To, "secret") {
		t.Fatalf("the district's list: %+v, %v", rows, err)
	}
	id, far := rows[0].ID, as["district"]
	far.Region = "500112"
	if rows, _, _ := h.Undelivered(ctx, far, exchange.List{}); len(rows) != 0 {
		t.Errorf("another district: %+v", rows)
	}
	for who, actor := range map[string]partnership.Actor{"another district": far} {
		if _, err := h.RevealContact(ctx, actor, id, "联系企业"); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("%s opens the phone number: %v", who, err)
		}
		if err := h.ActMessage(ctx, actor, id, exchange.MessageRetry, ""); !errors.Is(err, partnership.ErrNotFound) {
			t.Errorf("%s sends again: %v", who, err)
		}
	}
	if _, err := h.RevealContact(ctx, as["district"], id, ""); !errors.As(err, &partnership.Invalid{}) {
		t.Errorf("opened without a reason: %v", err)
	}
	if phone, err := h.RevealContact(ctx, as["district"], id, "通知没有送达，电话告知"); err != nil || phone != "13812345678" {
		t.Errorf("phone %q, %v", phone, err)
	}
	log, _, err := h.Reveals(ctx, as["operator"], exchange.List{})
	if err != nil || len(log) != 1 || log[0].Field != exchange.FieldContactPhone || log[0].Number != "c" {
		t.Errorf("log: %+v, %v", log, err)
	}
	if err := h.ActMessage(ctx, as["district"], id, exchange.MessageDrop, "已电话告知"); err != nil {
		t.Fatal(err)
	}
	if rows, _, _ := h.Undelivered(ctx, as["operator"], exchange.List{}); len(rows) != 0 {
		t.Errorf("still listed: %+v", rows)
	}
}

// Whom nothing can reach is listed to be called, with what waits for it, by when and where:
// once, until there is news, and no longer than it is true.
func TestUndelivered_Calls(t *testing.T) {
	h, _, offers := market(t, 3, 3)
	r := newRobot(t)
	if err := h.SaveNotices(ctx, as["school"], exchange.Notices{HookKind: partnership.ChannelWeCom, Phone: "13812345678"}); err != nil {
		t.Fatal(err)
	}
	if err := h.SaveNotices(ctx, as["school2"], exchange.Notices{HookKind: partnership.ChannelWeCom, Hook: r.URL}); err != nil {
		t.Fatal(err)
	}
	calls := func() map[string]exchange.UndeliveredRow {
		t.Helper()
		r.remind(t, h)
		rows, _, err := h.Undelivered(ctx, as["district"], exchange.List{})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]exchange.UndeliveredRow{}
		for _, row := range rows {
			out[row.For] = row
		}
		return out
	}
	school := calls()[as["school"].Account]
	if school.Phone != "138****5678" || school.Channel != partnership.ChannelPhone || len(school.Missed) == 0 || school.Due == "" || !strings.Contains(strings.Join(school.Missed, ""), "名额待确定学生") {
		t.Fatalf("the school left no address: %+v", school)
	}
	if rows := calls(); rows[as["school2"].Account].ID != "" {
		t.Errorf("whom a robot reaches is to be called: %+v", rows)
	}
	if err := h.ActMessage(ctx, as["district"], school.ID, exchange.MessageRetry, ""); !errors.Is(err, partnership.ErrConflict) {
		t.Errorf("sent again to nowhere: %v", err)
	}
	rows, err := h.ExportUndelivered(ctx, as["district"], "")
	if !errors.As(err, &partnership.Invalid{}) || rows != nil {
		t.Errorf("numbers in full without a reason: %v", err)
	}
	if rows, err = h.ExportUndelivered(ctx, as["district"], "逐个电话告知"); err != nil {
		t.Fatal(err)
	}
	full := ""
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		full += row.Phone + " "
	}
	if log, _, _ := h.Reveals(ctx, as["operator"], exchange.List{}); !strings.Contains(full, "13812345678") || len(log) != 1 || log[0].Field != exchange.FieldContacts || log[0].Count == 0 {
		t.Errorf("exported %q, log %+v", full, log)
	}
	if err := h.ActMessage(ctx, as["district"], school.ID, exchange.MessageDrop, "已电话告知"); err != nil {
		t.Fatal(err)
	}
	h.Clock.Move(24 * time.Hour)
	if rows := calls(); rows[as["school"].Account].ID != "" {
		t.Errorf("told by phone yesterday, nothing new, and listed again: %+v", rows[as["school"].Account].Missed)
	}
	ps := name(t, h, "school", offers["school"])
	h.Clock.Move(24 * time.Hour)
	if row := calls()[as["school"].Account]; row.ID != school.ID || len(row.Steps) != 2 || !strings.Contains(strings.Join(row.Missed, ""), "没有答复岗位") {
		t.Errorf("students wait for an answer: %+v %d", row, len(ps))
	}
	if err := h.SaveNotices(ctx, as["school"], exchange.Notices{HookKind: partnership.ChannelWeCom, Hook: r.URL}); err != nil {
		t.Fatal(err)
	}
	if rows := calls(); rows[as["school"].Account].ID != "" {
		t.Error("still to be called after it left an address")
	}
}
